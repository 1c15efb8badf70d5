// Command panther-crawl visits the configured sources and turns what it reads into Markdown. It listens on no socket;
// a run is ready when its sources are visited and has ended when the process exits.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"panther/pkg/markdown"

	"github.com/spf13/cobra"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	root := &cobra.Command{Use: "panther-crawl", Short: "Read sources as Markdown", SilenceUsage: true, SilenceErrors: true}
	root.AddCommand(markdown.Command())
	if err := root.ExecuteContext(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "panther-crawl:", err)
		os.Exit(1)
	}
}
