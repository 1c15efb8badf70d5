package panther

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"panther/pkg/commandline"
	"panther/pkg/sd"
	"panther/pkg/terminal"
)

func (a *app) doctorCommand() *cobra.Command {
	var asJSON, offline bool
	cmd := &cobra.Command{
		Use: "doctor", SuggestFor: []string{"check", "diagnose"}, Short: "Find what is wrong and say what to do",
		Long: "Check everything that Panther needs: units and their conditions, sockets and permissions, secrets, the database,\n" +
			"the embedder, sources, disk, timers and optional programs. Each configured language model is asked one short question.\n" +
			"The exit status is 1 if something is wrong; what could be better is a warning.",
		Args: commandline.Between(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error { return a.doctor(cmd.Context(), offline, asJSON) },
	}
	cmd.Flags().BoolVar(&offline, "offline", false, "ask no language model")
	jsonFlag(cmd, &asJSON)
	return cmd
}

// Verdicts of a check.
const (
	checkOK   = "ok"
	checkNote = "note"
	checkWarn = "warning"
	checkFail = "problem"
)

// check is one thing that was looked at.
type check struct {
	Name    string `json:"name"`
	Verdict string `json:"verdict"` // ok, note, warning or problem
	Reason  string `json:"reason"`
	Hint    string `json:"hint,omitempty"` // what to do
}

// checkup collects checks.
type checkup struct{ checks []check }

func (c *checkup) ok(name, format string, args ...any) {
	c.checks = append(c.checks, check{name, checkOK, fmt.Sprintf(format, args...), ""})
}

// note adds what is good to know and nothing to worry about.
func (c *checkup) note(name, hint, format string, args ...any) {
	c.checks = append(c.checks, check{name, checkNote, fmt.Sprintf(format, args...), hint})
}

func (c *checkup) warn(name, hint, format string, args ...any) {
	c.checks = append(c.checks, check{name, checkWarn, fmt.Sprintf(format, args...), hint})
}

func (c *checkup) fail(name, hint, format string, args ...any) {
	c.checks = append(c.checks, check{name, checkFail, fmt.Sprintf(format, args...), hint})
}

// failErr adds a problem whose hint the error brings along, or else the given
// one.
func (c *checkup) failErr(name string, err error, hint string) {
	if h := sd.HintOf(err); h != "" {
		hint = h
	}
	c.fail(name, hint, "%s", err)
}

func (c *checkup) counts() (problems, warnings int) {
	for _, k := range c.checks {
		switch k.Verdict {
		case checkFail:
			problems++
		case checkWarn:
			warnings++
		}
	}
	return problems, warnings
}

func (a *app) doctor(ctx context.Context, offline, asJSON bool) error {
	c := &checkup{}
	t, err := a.find()
	if err != nil {
		c.failErr("running", err, "")
		c.configuration(configFolder(nil))
	} else {
		c.examine(ctx, t, offline)
	}
	problems, warnings := c.counts()
	switch {
	case asJSON:
		if err := writeJSON(a.out, struct {
			Checks   []check `json:"checks"`
			Problems int     `json:"problems"`
			Warnings int     `json:"warnings"`
		}{c.checks, problems, warnings}); err != nil {
			return err
		}
	default:
		a.showChecks(c.checks)
		if problems == 0 {
			a.out.Printf("\n%s\n", a.out.Paint(terminal.Good, "nothing is wrong")+warned(warnings))
		}
	}
	if problems > 0 {
		return errors.New(plural(problems, "problem", "problems") + warned(warnings))
	}
	return nil
}

func warned(n int) string {
	if n == 0 {
		return ""
	}
	return ", " + plural(n, "warning", "warnings")
}

func (a *app) showChecks(list []check) {
	marks := map[string]struct {
		mark  string
		style terminal.Style
	}{checkOK: {"✓", terminal.Good}, checkNote: {"·", terminal.Faint}, checkWarn: {"!", terminal.Careful}, checkFail: {"✗", terminal.Bad}}
	width := 0
	for _, k := range list {
		width = max(width, terminal.Columns(k.Name))
	}
	for _, k := range list {
		m := marks[k.Verdict]
		mark, name := a.out.Paint(m.style, m.mark), terminal.Clean(k.Name)
		indent := width + 4
		if a.out.Live && a.out.Width() < indent+minReason {
			a.out.Printf("%s %s\n", mark, name)
			indent = 4
			a.out.Indented("", indent, terminal.Style{}, k.Reason)
		} else {
			a.out.Indented(fmt.Sprintf("%s %-*s  ", mark, width, name), indent, terminal.Style{}, k.Reason)
		}
		if k.Hint != "" {
			a.out.Indented("", indent, terminal.Strong, "→ "+k.Hint)
		}
	}
}

// minReason is the room, in columns, that a reason needs beside the names; with
// less it is written below.
const minReason = 30
