package agentdb

import (
	"fmt"
	"os"

	"github.com/google/renameio/v2"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"panther/pkg/sd"
)

func (c *remoteCommand) backup() *cobra.Command {
	return &cobra.Command{Use: "backup [FILE]", Short: "Write everything to a file, or to standard output, while the server serves", Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				if out, ok := cmd.OutOrStdout().(*os.File); ok && term.IsTerminal(int(out.Fd())) {
					return sd.UsageError("a backup is not for a terminal: name a file, or redirect the output")
				}
				return c.client().Backup(cmd.Context(), cmd.OutOrStdout())
			}
			f, err := renameio.NewPendingFile(args[0], renameio.WithPermissions(0o600))
			if err != nil {
				return fmt.Errorf("make backup file: %w", err)
			}
			defer func() { _ = f.Cleanup() }() // does nothing after the replacement
			if err := c.client().Backup(cmd.Context(), f); err != nil {
				return err
			}
			if err := f.CloseAtomicallyReplace(); err != nil {
				return fmt.Errorf("write backup file: %w", err)
			}
			return nil
		}}
}

func (c *remoteCommand) restore() *cobra.Command {
	return &cobra.Command{Use: "restore [FILE]", Short: "Read a backup from a file, or from standard input, into an empty database", Args: cobra.MaximumNArgs(1),
		Long: "Reads a backup, whole or not at all, and then asks the canaries: exit status 1 says that searches lost pages.",
		RunE: func(cmd *cobra.Command, args []string) error {
			in := cmd.InOrStdin()
			if len(args) == 1 {
				f, err := os.Open(args[0])
				if err != nil {
					return fmt.Errorf("open backup: %w", err)
				}
				defer f.Close()
				in = f
			}
			if err := c.client().Restore(cmd.Context(), in); err != nil {
				return sd.Hint(err, "restore into an empty database, as root or as the service's user")
			}
			r, err := c.client().MeasureCanaries(cmd.Context())
			if err != nil {
				return fmt.Errorf("everything is restored; ask the canaries: %w", err)
			}
			return c.canaryReport(cmd, r)
		}}
}
