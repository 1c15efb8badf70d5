package panther

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"panther/pkg/commandline"
	"panther/pkg/opencode/api"
	"panther/pkg/sd"
	"panther/pkg/terminal"
)

func (a *app) sessionsCommand() *cobra.Command {
	var list api.ListSessions
	var asJSON bool
	cmd := &cobra.Command{
		Use: "sessions", SuggestFor: []string{"history", "conversations"}, Short: "List, show, resume, export and delete conversations", Args: commandline.Between(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error { return a.listSessions(cmd, list, asJSON) },
	}
	sub := &cobra.Command{Use: "list", Short: "List sessions, newest first", Args: commandline.Between(0, 0), RunE: cmd.RunE}
	list.Roots = true
	for _, c := range []*cobra.Command{cmd, sub} {
		c.Flags().IntVarP(&list.Limit, "limit", "n", 20, "how many, newest first")
		c.Flags().StringVar(&list.Search, "search", "", "only titles that contain this `text`")
		jsonFlag(c, &asJSON)
	}
	cmd.PersistentFlags().BoolVar(&a.everyone, "everyone", false, "of all accounts (root only)")
	cmd.AddCommand(sub, a.showSessionCommand(), a.resumeCommand(), a.exportCommand(), a.deleteSessionCommand())
	return cmd
}

func (a *app) listSessions(cmd *cobra.Command, sel api.ListSessions, asJSON bool) error {
	c, t, err := a.runtimeClient()
	if err != nil {
		return err
	}
	defer c.Close()
	list, err := c.Sessions(cmd.Context(), sel)
	if err != nil {
		return t.explain(cmd.Context(), err)
	}
	if asJSON {
		return writeJSON(a.out, orEmpty(list))
	}
	if len(list) == 0 {
		a.errOut.Printf("no sessions\n")
		return nil
	}
	now := time.Now()
	columns := []terminal.Column{{Head: "SESSION"}, {Head: "UPDATED", Rank: 1}, {Head: "TITLE", Least: 8}}
	if a.everyone {
		columns = slices.Insert(columns, 1, terminal.Column{Head: "OWNER"})
	}
	rows := make([][]terminal.Cell, 0, len(list))
	for _, s := range list {
		row := []terminal.Cell{{Text: s.ID, Style: terminal.Accent}, {Text: ago(time.UnixMilli(s.Time.Updated), now)}, {Text: s.Title}}
		if a.everyone {
			row = slices.Insert(row, 1, terminal.Cell{Text: or(string(s.Owner), "-")})
		}
		rows = append(rows, row)
	}
	a.out.Table(columns, rows)
	return nil
}

func (a *app) showSessionCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "show SESSION", Short: "Show what was said in a session", Args: commandline.Between(1, 1), ValidArgsFunction: a.completeSessions,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withSession(cmd, args[0], func(c *api.Client, s *api.Session) error {
				list, err := c.Messages(cmd.Context(), s.ID, 0)
				if err != nil {
					return err
				}
				if asJSON {
					return writeJSON(a.out, struct {
						Session  *api.Session           `json:"session"`
						Messages []api.MessageWithParts `json:"messages"`
					}{s, orEmpty(list)})
				}
				a.showMessages(s, list)
				return nil
			})
		},
	}
	jsonFlag(cmd, &asJSON)
	return cmd
}

func (a *app) showMessages(s *api.Session, list []api.MessageWithParts) {
	a.out.Printf("%s\n%s\n", a.out.Paint(terminal.Strong, oneLine(s.Title)),
		a.out.Paint(terminal.Faint, s.ID+" · "+time.UnixMilli(s.Time.Created).Format("2006-01-02 15:04")))
	for _, m := range list {
		text := m.Text()
		if text == "" && m.Info.Error == nil {
			continue
		}
		a.out.Printf("\n")
		if m.Info.Role == api.RoleUser {
			for _, l := range a.markdown(text, a.out.Width()-2) {
				a.out.Printf("%s %s\n", a.out.Paint(terminal.Accent, ">"), l)
			}
			continue
		}
		for _, l := range a.markdown(text, a.out.Width()) {
			a.out.Printf("%s\n", l)
		}
		if e := m.Info.Error; e != nil {
			a.out.Printf("%s\n", a.out.Paint(terminal.Bad, "("+oneLine(e.Message())+")"))
		}
		writeSources(a.out, answered(m))
	}
}

// markdown returns the lines of a text: rendered on a terminal, as they are in a
// pipe.
func (a *app) markdown(text string, width int) []string {
	if a.out.Live {
		return a.out.Markdown(text, width)
	}
	return strings.Split(terminal.Clean(strings.TrimSpace(text)), "\n")
}

// answered returns the turn of a stored message, for its sources.
func answered(m api.MessageWithParts) *turn {
	t := newTurn(m.Info.SessionID)
	t.applyMessage(&m.Info)
	for i := range m.Parts {
		t.applyPart(&m.Parts[i])
	}
	return t
}

func (a *app) resumeCommand() *cobra.Command {
	var f askFlags
	cmd := &cobra.Command{
		Use: "resume SESSION", Short: "Go on with a session in panther chat", Args: commandline.Between(1, 1), ValidArgsFunction: a.completeSessions,
		RunE: func(cmd *cobra.Command, args []string) error {
			f.session = args[0]
			return a.chat(cmd.Context(), f, true)
		},
	}
	return cmd
}

func (a *app) exportCommand() *cobra.Command {
	var format, to string
	cmd := &cobra.Command{
		Use: "export SESSION", Short: "Write a session as Markdown or JSON", Args: commandline.Between(1, 1), ValidArgsFunction: a.completeSessions,
		RunE: func(cmd *cobra.Command, args []string) error {
			if format != "markdown" && format != "json" {
				return sd.UsageError("--format is markdown or json, not %q", format)
			}
			return a.withSession(cmd, args[0], func(c *api.Client, s *api.Session) error {
				b, err := c.Export(cmd.Context(), s.ID, format)
				if err != nil {
					return err
				}
				if to != "" {
					if err := os.WriteFile(to, b, 0o600); err != nil {
						return fmt.Errorf("write export: %w", err)
					}
					return nil
				}
				if a.out.Live && format == "markdown" {
					b = []byte(terminal.Clean(string(b)))
				}
				if _, err := a.out.Write(b); err != nil {
					return fmt.Errorf("write export: %w", err)
				}
				return nil
			})
		},
	}
	cmd.Flags().StringVar(&format, "format", "markdown", "markdown or json")
	cmd.Flags().StringVarP(&to, "output", "o", "", "write to this `file`")
	return cmd
}

func (a *app) deleteSessionCommand() *cobra.Command {
	return &cobra.Command{
		Use: "delete SESSION…", Short: "Remove sessions with all that was said", Aliases: []string{"rm"},
		Args: commandline.Between(1, -1), ValidArgsFunction: a.completeSessions,
		RunE: func(cmd *cobra.Command, args []string) error {
			for _, id := range args {
				if err := a.withSession(cmd, id, func(c *api.Client, s *api.Session) error {
					if err := c.DeleteSession(cmd.Context(), s.ID); err != nil {
						return err
					}
					a.out.Printf("deleted %s  %s\n", s.ID, a.out.Paint(terminal.Faint, oneLine(s.Title)))
					return nil
				}); err != nil {
					return err
				}
			}
			return nil
		},
	}
}

func (a *app) withSession(cmd *cobra.Command, id string, f func(*api.Client, *api.Session) error) error {
	c, t, err := a.runtimeClient()
	if err != nil {
		return err
	}
	defer c.Close()
	s, err := findSession(cmd.Context(), c, id)
	if err == nil {
		err = f(c, s)
	}
	return t.explain(cmd.Context(), err)
}

// findSession returns the session with that ID, or the only one whose ID begins
// or ends so: people copy a part.
func findSession(ctx context.Context, c *api.Client, id string) (*api.Session, error) {
	s, err := c.Session(ctx, id)
	if err == nil || !errors.Is(err, api.ErrNotFound) {
		return s, err
	}
	list, lerr := c.Sessions(ctx, api.ListSessions{Limit: 1000})
	if lerr != nil {
		return nil, lerr
	}
	var found []api.Session
	for _, s := range list {
		if len(id) >= 4 && (strings.HasPrefix(s.ID, id) || strings.HasSuffix(s.ID, id)) {
			found = append(found, s)
		}
	}
	switch len(found) {
	case 1:
		return &found[0], nil
	case 0:
		return nil, sd.Hint(fmt.Errorf("there is no session %q", id), "see: panther sessions")
	}
	return nil, sd.Hint(fmt.Errorf("%d sessions match %q", len(found), id), "give more of its ID, see: panther sessions")
}

// completeSessions completes IDs of sessions, with their titles.
func (a *app) completeSessions(cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
	c, _, err := a.runtimeClient()
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	defer c.Close()
	list, _ := c.Sessions(cmd.Context(), api.ListSessions{Roots: true, Limit: 50}) // none is no completion
	var out []string
	for _, s := range list {
		out = append(out, s.ID+"\t"+terminal.Truncate(s.Title, 60))
	}
	return out, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
}

func (a *app) completeAgents(cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
	c, _, err := a.runtimeClient()
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	defer c.Close()
	list, _ := c.Agents(cmd.Context())
	var out []string
	for _, g := range list {
		if g.Mode != api.ModeSubagent && !g.Hidden {
			out = append(out, g.Name+"\t"+terminal.Truncate(g.Description, 60))
		}
	}
	return out, cobra.ShellCompDirectiveNoFileComp
}

func (a *app) completeModels(cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
	c, _, err := a.runtimeClient()
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	defer c.Close()
	s, err := c.Status(cmd.Context())
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var out []string
	for _, m := range s.Models {
		out = append(out, m.String())
	}
	return out, cobra.ShellCompDirectiveNoFileComp
}
