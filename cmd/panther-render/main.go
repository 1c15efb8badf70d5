// Command panther-render renders pages that are empty without scripts and reads PDF files for the crawler, on
// /run/panther-render/panther-render.sock, started by its socket unit and gone when idle. It has no network: what a page
// asks for it asks the crawler for. It is ready when it accepts tasks; the browser starts with the first page.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"

	"panther/pkg/crawl/render"
	"panther/pkg/sd"
)

func main() { sd.Main(run) }

func run(ctx context.Context) error {
	f := flag.NewFlagSet(render.Name, flag.ContinueOnError)
	check := f.Bool("check", false, "exit at once: there is nothing to configure")
	version := f.Bool("version", false, "print the version and exit")
	if err := f.Parse(os.Args[1:]); err != nil {
		return sd.UsageError("%w", err)
	}
	if *version {
		_, err := fmt.Println(render.Name, sd.BuildVersion())
		return err
	}
	if *check {
		return nil
	}
	env, err := sd.FromSystemd(render.Name)
	if err != nil {
		return err
	}
	return render.Run(ctx, env)
}
