package panther

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"panther/pkg/commandline"
	"panther/pkg/knowledge"
	"panther/pkg/sd"
	"panther/pkg/terminal"
)

func (a *app) memoriesCommand() *cobra.Command {
	var sel knowledge.ListMemories
	var asJSON bool
	cmd := &cobra.Command{
		Use: "memories", Short: "List, show, edit, confirm and forget what agents remember",
		Long: "List what agents remember and what waits for your word, with where it came from. What an agent wanted to remember\n" +
			"after it had read pages, and nobody was there to allow, waits to be confirmed and is not used until then.",
		Example: "  panther memories\n  panther memories confirm mem_1a22d289c1400313e1af698f31\n  panther memories undo ses_1a22d289c100003addd794ea05",
		Args:    commandline.Between(0, 0),
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.listMemories(cmd, sel, asJSON) },
	}
	fl := cmd.Flags()
	fl.BoolVar(&sel.Waiting, "waiting", false, "only what waits to be confirmed")
	fl.BoolVar(&sel.Superseded, "all", false, "also what was corrected, merged or laid aside")
	fl.StringVar(&sel.Session, "session", "", "only what this `session` stored")
	fl.StringVar(&sel.Kind, "kind", "", "only facts, episodes or skills: `fact`, episode or skill")
	fl.IntVarP(&sel.Limit, "limit", "n", 50, "how many, newest first")
	jsonFlag(cmd, &asJSON)
	cmd.AddCommand(a.showMemoryCommand(), a.editMemoryCommand(),
		a.eachMemory("confirm MEMORY…", "Keep memories that wait for your word", func(ctx context.Context, c *knowledge.Client, m *knowledge.Memory) (string, error) {
			kept, err := c.ConfirmMemory(ctx, m.ID)
			return "remembered " + kept.ID, err
		}),
		a.eachMemory("forget MEMORY…", "Remove memories for good, with what they corrected", func(ctx context.Context, c *knowledge.Client, m *knowledge.Memory) (string, error) {
			return "forgotten " + m.ID, c.Forget(ctx, m.ID)
		}),
		a.undoMemoriesCommand())
	return cmd
}

func (a *app) listMemories(cmd *cobra.Command, sel knowledge.ListMemories, asJSON bool) error {
	c, t, err := a.knowledgeClient()
	if err != nil {
		return err
	}
	defer c.Close()
	list, err := c.Memories(cmd.Context(), sel)
	if err == nil && !sel.Waiting && !sel.Superseded { // what waits is what is to be done: it comes first
		var waiting []knowledge.Memory
		waits := sel
		waits.Waiting = true
		waiting, err = c.Memories(cmd.Context(), waits)
		list = append(waiting, list...)
	}
	if err != nil {
		return t.explain(cmd.Context(), err)
	}
	if asJSON {
		return writeJSON(a.out, orEmpty(list))
	}
	if len(list) == 0 {
		a.errOut.Printf("nothing is remembered\n")
		return nil
	}
	now, waiting := time.Now(), 0
	rows := make([][]terminal.Cell, 0, len(list))
	for _, m := range list {
		state := terminal.Cell{Text: origin(m.Provenance), Style: terminal.Faint}
		if m.SupersededBy == knowledge.Unconfirmed {
			state = terminal.Cell{Text: "waits: " + origin(m.Provenance), Style: terminal.Careful}
			waiting++
		} else if m.SupersededBy != "" {
			state.Text = "not used: " + origin(m.Provenance)
		}
		rows = append(rows, []terminal.Cell{{Text: m.ID, Style: terminal.Accent}, {Text: ago(m.Created, now)}, state, {Text: oneLine(m.Text)}})
	}
	a.out.Table([]terminal.Column{{Head: "MEMORY"}, {Head: "MADE", Rank: 2}, {Head: "FROM", Least: 10, Rank: 1}, {Head: "TEXT", Least: 8}}, rows)
	if waiting > 0 {
		a.errOut.Printf("%d to be confirmed: panther memories show, confirm or forget MEMORY\n", waiting)
	}
	return nil
}

// origin says in a few words where a memory came from.
func origin(p knowledge.Provenance) string {
	s := map[string]string{"user": "you", "mcp": "agent over MCP"}[p.Origin]
	if s == "" {
		s = cmp.Or(p.Origin, "unknown")
	}
	switch {
	case p.Confirmed != "":
		s += ", confirmed"
	case len(p.Read) > 0:
		s += ", had read " + count(len(p.Read), "source")
	}
	return s
}

func (a *app) showMemoryCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "show MEMORY", Short: "Show a memory and where it came from", Args: commandline.Between(1, 1), ValidArgsFunction: a.completeMemories,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withMemory(cmd, args[0], func(_ *knowledge.Client, m *knowledge.Memory) error {
				if asJSON {
					return writeJSON(a.out, m)
				}
				a.showMemory(m)
				return nil
			})
		},
	}
	jsonFlag(cmd, &asJSON)
	return cmd
}

func (a *app) showMemory(m *knowledge.Memory) {
	line := func(name, value string) {
		if value != "" {
			a.out.Printf("%s %s\n", a.out.Paint(terminal.Faint, name+":"), oneLine(value))
		}
	}
	for _, text := range []string{m.Text, m.Outcome, m.Critique, m.Body} {
		if text != "" {
			a.out.Printf("%s\n\n", terminal.Clean(strings.TrimSpace(text)))
		}
	}
	p := m.Provenance
	line("memory", m.ID+" ("+m.Kind+")")
	line("made", m.Created.Local().Format("2006-01-02 15:04"))
	line("from", strings.TrimSpace(origin(p)+" "+p.By))
	line("session", p.Session)
	line("drawn from", p.URI)
	line("confirmed by", p.Confirmed)
	line("not used", m.Why(nil))
	for _, r := range p.Read {
		line("had read", r)
	}
}

func (a *app) editMemoryCommand() *cobra.Command {
	return &cobra.Command{
		Use: "edit MEMORY TEXT…", Short: "Correct the text of a memory; one that waits is confirmed by it", Args: commandline.Between(2, -1), ValidArgsFunction: a.completeMemories,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withMemory(cmd, args[0], func(c *knowledge.Client, m *knowledge.Memory) error {
				next := *m
				next.ID, next.Supersedes, next.SupersededBy = "", m.ID, ""
				next.Text = strings.Join(args[1:], " ")
				next.Provenance.Origin, next.Provenance.By = "user", ""
				kept, err := c.Remember(cmd.Context(), next)
				if err == nil {
					a.out.Printf("remembered %s  %s\n", kept.ID, a.out.Paint(terminal.Faint, oneLine(kept.Text)))
				}
				return err
			})
		},
	}
}

func (a *app) undoMemoriesCommand() *cobra.Command {
	return &cobra.Command{
		Use: "undo SESSION", Short: "Forget what a session and its sub-agents stored, and restore what that corrected", Args: commandline.Between(1, 1),
		ValidArgsFunction: a.completeSessions,
		RunE: func(cmd *cobra.Command, args []string) error {
			c, t, err := a.knowledgeClient()
			if err != nil {
				return err
			}
			defer c.Close()
			u, err := c.UndoMemories(cmd.Context(), args[0])
			if err != nil {
				return t.explain(cmd.Context(), err)
			}
			if len(u.Forgotten) == 0 {
				return sd.Hint(fmt.Errorf("session %s stored no memory", args[0]), "see: panther memories --json, at provenance.session")
			}
			for _, id := range u.Forgotten {
				a.out.Printf("forgotten %s\n", id)
			}
			for _, id := range u.Restored {
				a.out.Printf("restored %s\n", id)
			}
			return nil
		},
	}
}

// eachMemory is a command that does something with each memory that is named.
func (a *app) eachMemory(use, short string, do func(context.Context, *knowledge.Client, *knowledge.Memory) (string, error)) *cobra.Command {
	return &cobra.Command{
		Use: use, Short: short, Args: commandline.Between(1, -1), ValidArgsFunction: a.completeMemories,
		RunE: func(cmd *cobra.Command, args []string) error {
			for _, id := range args {
				if err := a.withMemory(cmd, id, func(c *knowledge.Client, m *knowledge.Memory) error {
					done, err := do(cmd.Context(), c, m)
					if err == nil {
						a.out.Printf("%s  %s\n", done, a.out.Paint(terminal.Faint, oneLine(m.Text)))
					}
					return err
				}); err != nil {
					return err
				}
			}
			return nil
		},
	}
}

func (a *app) withMemory(cmd *cobra.Command, id string, f func(*knowledge.Client, *knowledge.Memory) error) error {
	c, t, err := a.knowledgeClient()
	if err != nil {
		return err
	}
	defer c.Close()
	m, err := findMemory(cmd.Context(), c, id)
	if err == nil {
		err = f(c, m)
	}
	return t.explain(cmd.Context(), err)
}

// findMemory returns the memory with that ID, or the only one whose ID ends so:
// people copy a part.
func findMemory(ctx context.Context, c *knowledge.Client, id string) (*knowledge.Memory, error) {
	m, err := c.Memory(ctx, id)
	if err == nil || !errors.Is(err, knowledge.ErrNotFound) {
		return m, err
	}
	list, err := c.Memories(ctx, knowledge.ListMemories{Superseded: true, Limit: 1000})
	if err != nil {
		return nil, err
	}
	var found []*knowledge.Memory
	for i := range list {
		if len(id) >= 4 && strings.HasSuffix(list[i].ID, id) {
			found = append(found, &list[i])
		}
	}
	if len(found) == 1 {
		return found[0], nil
	}
	return nil, sd.Hint(fmt.Errorf("%d memories match %q", len(found), id), "see: panther memories")
}

// completeMemories completes IDs of memories, with their texts.
func (a *app) completeMemories(cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
	c, _, err := a.knowledgeClient()
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	defer c.Close()
	list, _ := c.Memories(cmd.Context(), knowledge.ListMemories{Superseded: true, Limit: 50}) // none is no completion
	var out []string
	for _, m := range list {
		out = append(out, m.ID+"\t"+terminal.Truncate(oneLine(m.Text), 60))
	}
	return out, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
}
