// Command opencode-subagent is one sub-agent of the agent runtime: it works on
// one task and asks for everything it needs, the model, the knowledge base and
// memory, over the one connection that systemd accepted for it (descriptor 3;
// opencode-subagent.socket). It listens on nothing and is ready when it runs.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"

	"panther/pkg/opencode/subagent"
	"panther/pkg/sd"
)

func main() { sd.Main(run) }

func run(ctx context.Context) error {
	version := flag.Bool("version", false, "print the version and exit")
	check := flag.Bool("check", false, "do nothing: there is no configuration to check")
	flag.Parse()
	switch {
	case *version:
		fmt.Println("opencode-subagent", sd.BuildVersion())
		return nil
	case flag.NArg() > 0:
		return sd.UsageError("unexpected argument %q", flag.Arg(0))
	case *check:
		return nil
	}
	conn, err := sd.Connection()
	if err != nil {
		return err
	}
	log := slog.New(sd.NewHandler("opencode-subagent", sd.LevelFromEnv()))
	if err := subagent.Serve(ctx, conn, log); err != nil && !errors.Is(err, context.Canceled) {
		return fmt.Errorf("work on task: %w", err)
	}
	return nil
}
