// Command panther-crawl visits the configured sources that are due and sends
// what it reads to agentdb as Markdown. It listens on no socket; a run is ready
// when its visits begin and has ended when the process exits. The subcommands
// run, check, sources and extract are for people.
package main

import (
	"context"
	"os"
	"runtime/debug"

	"panther/pkg/commandline"
	"panther/pkg/crawl"
	"panther/pkg/sd"
)

func main() { sd.Main(run) }

func run(ctx context.Context) error {
	debug.SetGCPercent(crawl.GCPercent)
	cmd := crawl.Command()
	cmd.SetArgs(commandline.LongFlags(os.Args[1:]))
	return cmd.ExecuteContext(ctx)
}
