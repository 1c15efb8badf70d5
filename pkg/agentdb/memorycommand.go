package agentdb

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"panther/pkg/knowledge"
)

func (c *remoteCommand) memories() *cobra.Command {
	var sel knowledge.ListMemories
	cmd := &cobra.Command{Use: "memories", Short: "List what agents remember for you, and why some of it is not recalled", Args: cobra.NoArgs,
		Long: "Lists memories, newest first. With --superseded also those that were corrected, merged or laid aside, each with\n" +
			"the reason; `agentdb memories restore` takes that back, and the nightly upkeep then leaves the entry alone.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			ms, err := c.client().Memories(cmd.Context(), sel)
			if err != nil {
				return err
			}
			return c.print(cmd.OutOrStdout(), ms, func(w io.Writer) { listMemories(w, ms) })
		}}
	cmd.Flags().BoolVar(&sel.Superseded, "superseded", false, "also those that are not recalled")
	cmd.Flags().StringVar(&sel.Kind, "kind", "", "fact, episode or skill")
	cmd.Flags().IntVar(&sel.Limit, "limit", 100, "at most this many")
	cmd.AddCommand(
		&cobra.Command{Use: "restore ID", Short: "Take back that a memory is not recalled, and pin it", Args: cobra.ExactArgs(1),
			RunE: func(cmd *cobra.Command, args []string) error { return c.client().RestoreMemory(cmd.Context(), args[0]) }},
		&cobra.Command{Use: "forget ID", Short: "Remove a memory for good, with what it superseded", Args: cobra.ExactArgs(1),
			RunE: func(cmd *cobra.Command, args []string) error { return c.client().Forget(cmd.Context(), args[0]) }})
	return cmd
}

func listMemories(w io.Writer, ms []knowledge.Memory) {
	byID := map[string]*knowledge.Memory{}
	for i := range ms {
		byID[ms[i].ID] = &ms[i]
	}
	for _, m := range ms {
		text := []rune(strings.Join(strings.Fields(m.Text), " "))
		if len(text) > 100 {
			text = append(text[:99], '…')
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%.2f\t%s\n", m.ID, m.Created.Format("2006-01-02"), m.Kind, m.Strength, string(text))
		if why := m.Why(byID[m.SupersededBy]); why != "" {
			fmt.Fprintf(w, "\t\t\t\t(%s)\n", why)
		}
	}
}
