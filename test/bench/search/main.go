// Command search measures searches over synthetic passages (package synthetic):
// through agentdb's socket, by the store, and by the bare SQL of the dense leg,
// in one run over one database. `scripts/bench search` runs it.
//
// It starts a throw-away PostgreSQL by scripts/postgres, unless it is given a
// database of its own by -store, and agentdb as a process of its own, whose
// memory it reports. The queries' vectors are served by the benchmark itself.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"

	"panther/test/bench/synthetic"
)

type options struct {
	passages, dimensions, queries, truth int
	data, concurrency, store, export     string
}

func main() {
	var o options
	flag.IntVar(&o.passages, "passages", 100_000, "number of passages")
	flag.IntVar(&o.dimensions, "dimensions", 384, "of the vectors")
	flag.IntVar(&o.queries, "queries", 1000, "queries of each measurement")
	flag.IntVar(&o.truth, "truth", 200, "queries whose recall is measured against an exact search")
	flag.StringVar(&o.data, "data", "clustered,random", "distributions of the vectors")
	flag.StringVar(&o.concurrency, "concurrency", "1,16", "queries at the same time")
	flag.StringVar(&o.store, "store", "", "an empty database to use, postgres://… or sqlite:PATH; a throw-away PostgreSQL by default")
	flag.StringVar(&o.export, "export", "", "write the vectors to this folder, for other programs to search, and do nothing else")
	serve := flag.String("serve", "", "serve agentdb in this folder (the benchmark starts itself so)")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var err error
	if *serve != "" {
		err = serveAgentdb(ctx, *serve, o.store, flag.Arg(0))
	} else {
		err = run(ctx, o)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "bench search: %v\n", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o options) error {
	fmt.Printf("%-10s %-8s %-13s %7s %10s %8s %8s %8s %10s\n", "data", "path", "mode", "clients", "recall@10", "p50 ms", "p95 ms", "p99 ms", "queries/s")
	for _, data := range strings.Split(o.data, ",") {
		if data != "clustered" && data != "random" {
			return fmt.Errorf("data %q is neither clustered nor random", data)
		}
		b := &bench{options: o, ctx: ctx, name: data,
			corpus: synthetic.Corpus{Dimensions: o.dimensions, Clustered: data == "clustered"}}
		err := b.run()
		b.close()
		if err != nil {
			return err
		}
		for _, n := range b.notes {
			fmt.Println(n)
		}
	}
	return nil
}
