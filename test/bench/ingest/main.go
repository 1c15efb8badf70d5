// Command ingest measures how fast synthetic documents (package synthetic) get
// into each store: new, unchanged, and embedded with vectors that cost nothing,
// so that the figures are the store's own; or with -docs, how fast real ones do,
// cut, and embedded with the installed model. `scripts/bench ingest` runs it.
//
// PostgreSQL is a throw-away one by scripts/postgres with fsync on, unless
// -postgres names an empty database; SQLite is a file in a temporary folder.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"panther/pkg/agentdb"
	"panther/pkg/agentdb/store"
	"panther/test/bench/synthetic"

	"github.com/jackc/pgx/v5"
)

// Batches as the crawler and agentdb's embedder send them.
const (
	batchDocuments = 64
	batchVectors   = 256
)

type options struct {
	passages, writers, dimensions int
	postgres, stores, docs        string
}

func main() {
	var o options
	flag.IntVar(&o.passages, "passages", 100_000, "number of passages, ten in a document")
	flag.IntVar(&o.writers, "writers", 2, "batches at the same time")
	flag.IntVar(&o.dimensions, "dimensions", 384, "of the vectors")
	flag.StringVar(&o.stores, "stores", "postgres,sqlite", "what to measure")
	flag.StringVar(&o.docs, "docs", "", "folder of HTML pages to store in place of synthetic passages")
	flag.StringVar(&o.postgres, "postgres", "", "URL of an empty database with the extension vector")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, o); err != nil {
		fmt.Fprintf(os.Stderr, "bench ingest: %v\n", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o options) error {
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	fmt.Printf("%-9s %-22s %10s %9s %14s\n", "store", "step", "passages", "seconds", "passages/s")
	for _, name := range strings.Split(o.stores, ",") {
		database := "sqlite:" + filepath.Join(dir, "bench.db")
		if name == "postgres" {
			if database = o.postgres; database == "" {
				pg := filepath.Join(dir, "postgres")
				defer func() { _ = exec.Command("scripts/postgres", "remove", pg).Run() }()
				if database, err = start(ctx, pg); err != nil {
					return err
				}
			}
		}
		s, err := agentdb.Open(ctx, database)
		if err != nil {
			return err
		}
		if o.docs != "" {
			err = measureDocs(ctx, o, s, filepath.Join(dir, name))
		} else {
			err = measure(ctx, o, s)
		}
		if cerr := s.Close(); err == nil {
			err = cerr
		}
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	if b, err := os.ReadFile("/proc/self/status"); err == nil {
		for line := range strings.Lines(string(b)) {
			if strings.HasPrefix(line, "VmHWM") {
				fmt.Printf("memory at most, with what is stored:%s", strings.TrimPrefix(line, "VmHWM:"))
			}
		}
	}
	return nil
}

// start runs a server that writes as durably as an installed one.
func start(ctx context.Context, dir string) (string, error) {
	cmd := exec.CommandContext(ctx, "scripts/postgres", "start", dir, "fsync=on", "shared_buffers=1GB", "max_wal_size=4GB")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("start PostgreSQL: %w", err)
	}
	url := strings.TrimSpace(string(out))
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return "", err
	}
	defer func() { _ = conn.Close(ctx) }()
	_, err = conn.Exec(ctx, "CREATE EXTENSION vector")
	return url, err
}

func measure(ctx context.Context, o options, s store.Store) error {
	c := synthetic.Corpus{Dimensions: o.dimensions, Clustered: true}
	documents := o.passages / synthetic.PassagesPerDocument
	batches := make([][]store.DocumentWrite, 0, documents/batchDocuments+1)
	for d := range documents { // made before the clock runs
		if d%batchDocuments == 0 {
			batches = append(batches, nil)
		}
		x := c.Document(d)
		passages := make([]store.Passage, len(x.Passages))
		for i, p := range x.Passages {
			passages[i] = p.Passage
		}
		last := len(batches) - 1
		batches[last] = append(batches[last], store.DocumentWrite{Document: x.Document, Fingerprint: x.Fingerprint,
			Passages: func() []store.Passage { return passages }})
	}
	id := store.SpaceID("bench", "synthetic", o.dimensions)
	report := func(step string, do func() error) error {
		begin := time.Now()
		if err := do(); err != nil {
			return fmt.Errorf("%s: %w", step, err)
		}
		t := time.Since(begin).Seconds()
		fmt.Printf("%-9s %-22s %10d %9.2f %14.0f\n", s.Kind(), step, o.passages, t, float64(o.passages)/t)
		return nil
	}
	if err := report("store, new", func() error { return upsert(ctx, o, s, batches) }); err != nil {
		return err
	}
	if err := report("store, unchanged", func() error { return upsert(ctx, o, s, batches) }); err != nil {
		return err
	}
	if err := s.CreateSpace(ctx, store.Space{ID: id, Provider: "bench", Model: "synthetic", Dimensions: o.dimensions, Weight: .5}); err != nil {
		return err
	}
	if err := report("vectors", func() error { return vectors(ctx, o, s, id, c) }); err != nil {
		return err
	}
	if err := report("make searchable", func() error { return s.ActivateSpace(ctx, id) }); err != nil {
		return err
	}
	st, err := s.Stats(ctx)
	if err != nil {
		return err
	}
	if st.Chunks != documents*synthetic.PassagesPerDocument || st.Spaces[0].Pending != 0 {
		return fmt.Errorf("%d passages are there and %d wait for vectors", st.Chunks, st.Spaces[0].Pending)
	}
	fmt.Printf("%-9s %-22s %10d MB\n", s.Kind(), "size", st.Bytes>>20)
	return nil
}

// upsert stores all batches, several at a time.
func upsert(ctx context.Context, o options, s store.Store, batches [][]store.DocumentWrite) error {
	return parallel(o.writers, func(next func() int) error {
		for i := next(); i < len(batches); i = next() {
			rs, err := s.Upsert(ctx, batches[i])
			if err != nil {
				return err
			}
			for _, r := range rs {
				if r.Err != nil {
					return r.Err
				}
			}
		}
		return nil
	})
}

// vectors gives every passage the vector of its number.
func vectors(ctx context.Context, o options, s store.Store, id string, c synthetic.Corpus) error {
	return parallel(o.writers, func(func() int) error {
		for {
			n, err := s.Embed(ctx, id, batchVectors, func(_ context.Context, us []store.PendingUnit) ([][]float32, error) {
				out := make([][]float32, len(us))
				for i, u := range us {
					out[i] = c.Vector(int(u.Unit))
				}
				return out, nil
			})
			if n == 0 || err != nil {
				return err
			}
		}
	})
}

// parallel runs do n times at once and returns the first error.
func parallel(n int, do func(next func() int) error) error {
	var number atomic.Int64
	var failure error
	var once sync.Once
	var wg sync.WaitGroup
	for range n {
		wg.Go(func() {
			if err := do(func() int { return int(number.Add(1)) - 1 }); err != nil {
				once.Do(func() { failure = err })
			}
		})
	}
	wg.Wait()
	return failure
}
