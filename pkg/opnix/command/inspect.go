package command

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"panther/pkg/opnix/fetch"
	"panther/pkg/opnix/generation"
	"panther/pkg/opnix/place"
	"panther/pkg/opnix/run"
	"panther/pkg/opnix/vault"
	"panther/pkg/sd"
)

func writeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

func jsonFlag(c *cobra.Command) *bool { return c.Flags().Bool("json", false, "write JSON") }

func planCommand(f *flags) *cobra.Command {
	c := &cobra.Command{Use: "plan", Aliases: []string{"diff"}, Short: "Show what a run would change, without values", Args: cobra.NoArgs}
	asJSON := jsonFlag(c)
	c.RunE = f.with(func(c *cobra.Command, r *run.Runner, _ *sd.Env) error {
		res, err := r.Plan(c.Context(), run.Options{})
		if err != nil {
			return err
		}
		if *asJSON {
			changes := res.Changes
			if changes == nil {
				changes = []run.Change{}
			}
			return writeJSON(c.OutOrStdout(), changes)
		}
		for _, ch := range res.Changes {
			fmt.Fprintf(c.OutOrStdout(), "%-8s %s\n", ch.Kind, display(ch.Path))
		}
		if len(res.Changes) == 0 {
			fmt.Fprintf(c.OutOrStdout(), "nothing would change in %s\n", plural(res.Secrets, "secret", "secrets"))
		}
		for _, g := range res.Incomplete {
			fmt.Fprintf(c.ErrOrStderr(), "opnix: %s would stay as it is: no value for %s\n", display(g.Name), g.Missing())
		}
		if res.Problem != nil {
			fmt.Fprintf(c.ErrOrStderr(), "opnix: compared with copies: %s\n", res.Problem)
		}
		return nil
	})
	return c
}

func verifyCommand(f *flags) *cobra.Command {
	c := &cobra.Command{Use: "verify", Short: "Compare the files with what was written", Args: cobra.NoArgs}
	asJSON := jsonFlag(c)
	c.RunE = f.with(func(c *cobra.Command, r *run.Runner, _ *sd.Env) error {
		problems, m, err := r.Verify(c.Context())
		if err != nil {
			return err
		}
		for i := range problems {
			problems[i].Path = display(problems[i].Path)
		}
		if *asJSON {
			if problems == nil {
				problems = []generation.Problem{}
			}
			err = writeJSON(c.OutOrStdout(), problems)
		} else {
			for _, p := range problems {
				fmt.Fprintf(c.OutOrStdout(), "%s %s\n", p.Path, p.Detail)
			}
		}
		if err == nil && len(problems) > 0 {
			return sd.Hint(fmt.Errorf("%s not as written", plural(len(problems), "file is", "files are")), "run: sudo opnix materialize")
		}
		if err == nil && !*asJSON {
			fmt.Fprintf(c.OutOrStdout(), "%s of generation %d are as written\n", plural(len(m.Entries), "file", "files"), m.Number)
		}
		return err
	})
	return c
}

func statusCommand(f *flags) *cobra.Command {
	c := &cobra.Command{Use: "status", Short: "Show what is served and how the last run went", Args: cobra.NoArgs}
	asJSON := jsonFlag(c)
	c.RunE = f.with(func(c *cobra.Command, r *run.Runner, _ *sd.Env) error {
		o, err := r.Status(c.Context())
		if err != nil {
			return err
		}
		if *asJSON {
			return writeJSON(c.OutOrStdout(), o)
		}
		return printStatus(c.OutOrStdout(), o, time.Now())
	})
	return c
}

func printStatus(w io.Writer, o *run.Overview, now time.Time) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	row := func(k, format string, args ...any) { fmt.Fprintf(t, "%s\t%s\n", k, fmt.Sprintf(format, args...)) }
	if o.Serving == 0 {
		row("serving", "nothing")
	} else {
		row("serving", "%s, generation %d, made %s", plural(o.Secrets, "secret", "secrets"), o.Serving, ago(o.Since, now))
	}
	if len(o.Stale) > 0 {
		row("stale", "%s (from the last good copy, the oldest %s)", displayAll(o.Stale), ago(o.Oldest, now))
	}
	if !o.Fresh.IsZero() {
		row("refreshed", "%s", ago(o.Fresh, now))
	}
	if !o.Time.IsZero() {
		row("last run", "%s, %s, %d ms, %s", o.Outcome, ago(o.Time, now), o.Millis, plural(o.Requests, "request", "requests"))
	}
	if o.Error != "" {
		row("problem", "%s", strings.ReplaceAll(o.Error, "\n", "\n\t"))
	}
	if o.Hint != "" {
		row("to do", "%s", o.Hint)
	}
	if b := o.Breaker; b != nil && (b.Kind != vault.Unavailable || now.Before(b.Until)) {
		until := "until the token or the configuration changes"
		if !b.Until.IsZero() {
			until = "until " + b.Until.Format(time.RFC3339)
		}
		row("not asking", "%s, since %s (%s)", until, b.Since.Format(time.RFC3339), b.Kind)
	}
	if o.Hold != nil {
		row("rolled back", "%s, held until: sudo opnix refresh --retry", ago(o.Hold.Since, now))
	}
	if len(o.Missing) > 0 {
		row("missing", "%s", strings.Join(o.Missing, " "))
	}
	if len(o.Owed) > 0 {
		row("to be told", "%s", strings.Join(o.Owed, " "))
	}
	if !o.InMemory {
		row("memory", "no: generations are on a disk or can be swapped out")
	}
	return t.Flush()
}

func displayAll(paths []string) string {
	out := make([]string, len(paths))
	for i, p := range paths {
		out[i] = display(p)
	}
	return strings.Join(out, " ")
}

// listed is one row of `opnix list`.
type listed struct {
	Path      string    `json:"path"`
	Reference string    `json:"reference,omitempty"`
	Mode      string    `json:"mode"`
	Owner     string    `json:"owner,omitempty"`
	Group     string    `json:"group,omitempty"`
	Policy    string    `json:"policy,omitempty"`
	Served    bool      `json:"served"`
	Stale     bool      `json:"stale,omitempty"`
	Size      int       `json:"size"`
	Resolved  time.Time `json:"resolved,omitzero"`
}

func listCommand(f *flags) *cobra.Command {
	c := &cobra.Command{Use: "list", Short: "List the secrets, without values", Args: cobra.NoArgs}
	asJSON := jsonFlag(c)
	c.RunE = f.with(func(c *cobra.Command, r *run.Runner, _ *sd.Env) error {
		m, err := r.Current(c.Context())
		if err != nil && !errors.Is(err, run.ErrNothing) {
			return err
		}
		rows := rowsOf(r, m)
		if *asJSON {
			return writeJSON(c.OutOrStdout(), rows)
		}
		t := tabwriter.NewWriter(c.OutOrStdout(), 0, 0, 2, ' ', 0)
		fmt.Fprintln(t, "PATH\tREFERENCE\tMODE\tOWNER\tPOLICY\tSERVED")
		for _, l := range rows {
			served := "no"
			switch {
			case l.Stale:
				served = "stale, of " + ago(l.Resolved, time.Now())
			case l.Served:
				served = fmt.Sprintf("%d bytes", l.Size)
			}
			fmt.Fprintf(t, "%s\t%s\t%s\t%s:%s\t%s\t%s\n", l.Path, l.Reference, l.Mode, l.Owner, l.Group, l.Policy, served)
		}
		return t.Flush()
	})
	return c
}

func rowsOf(r *run.Runner, m *generation.Manifest) []listed {
	rows := []listed{}
	add := func(l listed) {
		if m != nil {
			e, ok := m.Entry(generation.InGeneration(l.Path))
			l.Served, l.Stale, l.Size, l.Resolved = ok, e.Stale, e.Size, e.ResolvedAt
		}
		rows = append(rows, l)
	}
	for i := range r.Config.Secrets {
		s := &r.Config.Secrets[i]
		add(listed{Path: s.Path, Reference: s.Request.Ref.String(), Mode: fmt.Sprintf("%04o", s.Mode), Owner: s.Owner.User, Group: s.Owner.Group, Policy: string(s.Policy)})
	}
	for i := range r.Config.Templates {
		t := &r.Config.Templates[i]
		add(listed{Path: t.Path, Mode: fmt.Sprintf("%04o", t.Mode), Owner: t.Owner.User, Group: t.Owner.Group})
	}
	return rows
}

func getCommand(f *flags) *cobra.Command {
	return &cobra.Command{
		Use: "get NAME", Short: "Write a served secret to standard output", Args: cobra.ExactArgs(1),
		Long: "Writes the value byte for byte, with nothing added. For scripts; on a terminal it warns first.",
		RunE: f.with(func(c *cobra.Command, r *run.Runner, _ *sd.Env) error {
			b, err := r.Read(c.Context(), c.Flags().Arg(0))
			if err != nil {
				return err
			}
			if out, ok := c.OutOrStdout().(*os.File); ok && term.IsTerminal(int(out.Fd())) {
				fmt.Fprintln(c.ErrOrStderr(), "opnix: this secret is now on the screen and in the terminal's memory")
			}
			_, err = c.OutOrStdout().Write(b)
			return err
		}),
	}
}

func rollbackCommand(f *flags) *cobra.Command {
	return &cobra.Command{
		Use: "rollback", Short: "Go back to the generation before", Args: cobra.NoArgs,
		Long: "Switches to the generation before and tells the services whose secrets differ. It is held until\n" +
			"somebody runs materialize, or refresh with --retry.",
		RunE: f.with(func(c *cobra.Command, r *run.Runner, env *sd.Env) error {
			start := time.Now()
			res, err := r.Rollback(c.Context())
			if err != nil {
				return err
			}
			announce(env, res, start)
			return nil
		}),
	}
}

func placeCommand() *cobra.Command {
	return &cobra.Command{Use: place.ChildCommand, Hidden: true, Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return place.RunChild(c.InOrStdin(), c.OutOrStdout()) }}
}

// fetchCommand answers one question: of the connection that systemd passed, or
// of the pipe of the run whose child it is.
func fetchCommand() *cobra.Command {
	return &cobra.Command{Use: fetch.Command, Hidden: true, Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if os.Getenv("LISTEN_FDS") == "" {
				return fetch.Serve(c.Context(), c.InOrStdin(), c.OutOrStdout(), run.OpenRemote)
			}
			conn, err := sd.Connection()
			if err != nil {
				return err
			}
			defer conn.Close()
			return fetch.ServeConn(c.Context(), conn, run.OpenRemote)
		}}
}
