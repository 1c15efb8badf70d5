// Command panther-embed turns text into vectors: it serves the OpenAI embeddings API on
// /run/panther-embed/panther-embed.sock, started by its socket unit and gone when idle. It is ready when its model is open.
// The subcommands pull, models and verify keep the folder of models, bench measures.
package main

import (
	"context"
	"os"

	"github.com/spf13/cobra"

	"panther/pkg/commandline"
	"panther/pkg/config"
	"panther/pkg/embed"
	"panther/pkg/embed/model"
	"panther/pkg/sd"
)

func main() { sd.Main(run) }

func run(ctx context.Context) error {
	root := &cobra.Command{Use: embed.Name, Short: "Turn text into vectors", Version: sd.BuildVersion(), Args: commandline.NoCommand}
	path := root.Flags().String("config", config.Path(embed.Name), "configuration `file`")
	check := root.Flags().Bool("check", false, "check the configuration and exit")
	root.RunE = func(c *cobra.Command, _ []string) error {
		cfg := embed.Default()
		if err := config.Load(*path, &cfg); err != nil {
			return err
		}
		if *check {
			return cfg.Check("/")
		}
		env, err := sd.FromSystemd(embed.Name)
		if err != nil {
			return err
		}
		return embed.Run(c.Context(), env, cfg)
	}
	root.AddCommand(append(model.Commands(), embed.BenchCommand())...)
	commandline.Prepare(root, commandline.Common)
	root.SetArgs(commandline.LongFlags(os.Args[1:]))
	return root.ExecuteContext(ctx)
}
