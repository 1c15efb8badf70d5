// Command panther-metrics tells a monitoring agent how the suite is: GET /metrics at 127.0.0.1:9464, in Prometheus' text
// format, started by its socket unit and gone when nobody asks. It is ready when it answers.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"

	"panther/pkg/metrics"
	"panther/pkg/sd"
)

func main() { sd.Main(run) }

func run(ctx context.Context) error {
	f := flag.NewFlagSet(metrics.Name, flag.ContinueOnError)
	check := f.Bool("check", false, "exit at once: there is nothing to configure")
	version := f.Bool("version", false, "print the version and exit")
	if err := f.Parse(os.Args[1:]); err != nil {
		return sd.UsageError("%w", err)
	}
	if *version {
		_, err := fmt.Println(metrics.Name, sd.BuildVersion())
		return err
	}
	if *check {
		return nil
	}
	env, err := sd.FromSystemd(metrics.Name)
	if err != nil {
		return err
	}
	return metrics.Run(ctx, env)
}
