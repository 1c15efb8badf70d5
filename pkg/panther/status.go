package panther

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"panther/pkg/commandline"
	"panther/pkg/knowledge"
	"panther/pkg/local"
	"panther/pkg/opencode/api"
	"panther/pkg/sd"
	"panther/pkg/terminal"
	"panther/pkg/units"
)

func (a *app) statusCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "status", SuggestFor: []string{"ps", "info"}, Short: "Show what runs and how it is",
		Long: "Show every service with its state and its own status line: from systemd on a server, from the process of\n" +
			"panther local on a laptop. panther doctor says what to do where something is wrong. The exit status is 1 if a service\n" +
			"has failed or does not answer.",
		Args: commandline.Between(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error { return a.status(cmd.Context(), asJSON) },
	}
	jsonFlag(cmd, &asJSON)
	return cmd
}

// statusJSON is what `panther status --json` prints.
type statusJSON struct {
	Kind     string           `json:"kind"` // local, server or socket
	Local    *local.Status    `json:"local,omitempty"`
	Units    []units.Unit     `json:"units,omitempty"`
	Database *knowledge.Stats `json:"database,omitempty"`
	Runtime  *api.Status      `json:"runtime,omitempty"`
	Problems []string         `json:"problems"` // what could not be read
	errs     []error
}

func (a *app) status(ctx context.Context, asJSON bool) error {
	t, err := a.find()
	if err != nil {
		return err
	}
	st := t.status(ctx)
	if asJSON {
		if err := writeJSON(a.out, st); err != nil {
			return err
		}
		return t.ailing(ctx, st)
	}
	switch {
	case st.Local != nil:
		a.showLocal(st.Local)
	case st.Units != nil:
		a.showUnits(st.Units)
	}
	a.showDatabase(st)
	return t.ailing(ctx, st)
}

// ailing is the failure of a status that is not well, or nil.
func (t *target) ailing(ctx context.Context, st statusJSON) error {
	if len(st.errs) > 0 {
		return t.explain(ctx, errors.Join(st.errs...))
	}
	var failed []string
	if st.Local != nil {
		for _, v := range st.Local.Services {
			if v.State == local.StateFailed {
				failed = append(failed, v.Name)
			}
		}
	}
	for _, u := range st.Units {
		if u.Active == "failed" {
			failed = append(failed, u.Name)
		}
	}
	if len(failed) == 0 {
		return nil
	}
	return sd.Hint(fmt.Errorf("failed: %s", strings.Join(failed, ", ")), "panther doctor says what to do")
}

// status asks everyone; what does not answer is a problem and not a failure.
func (t *target) status(ctx context.Context) statusJSON {
	st := statusJSON{Kind: t.kind, Problems: []string{}}
	note := func(err error) {
		if err != nil {
			st.Problems, st.errs = append(st.Problems, err.Error()), append(st.errs, err)
		}
	}
	ask, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	switch t.kind {
	case "local":
		c, err := local.Dial(t.dir)
		if err == nil {
			defer c.Close()
			st.Local, err = c.Status(ask)
		}
		note(err)
	case "server":
		c, err := units.Open(ask)
		if err == nil {
			defer c.Close()
			st.Units, err = c.All(ask)
		}
		note(err)
	}
	if t.knowledge != "" {
		k := t.agentdb()
		defer k.Close()
		err := k.Ready(ask)
		if err == nil {
			st.Database, err = k.Stats(ask)
		}
		note(err)
	}
	r := t.opencoded()
	defer r.Close()
	var err error
	if st.Runtime, err = r.Status(ask); err != nil {
		st.Runtime = nil
		note(err)
	}
	return st
}

func (a *app) showLocal(s *local.Status) {
	a.out.Printf("%s  pid %d, up %s, %s\n", a.out.Paint(terminal.Strong, "panther local"), s.PID,
		span(time.Since(s.Started)), size(s.Memory))
	rows := make([][]terminal.Cell, 0, len(s.Services))
	for _, v := range s.Services {
		line := v.Status
		if v.Error != "" {
			line = v.Error
		}
		rows = append(rows, []terminal.Cell{{Text: "●", Style: stateStyle(v.State)}, {Text: v.Name, Style: terminal.Strong},
			{Text: v.State}, {Text: line, Style: terminal.Faint}})
	}
	a.out.Table([]terminal.Column{{}, {}, {}, {Least: 8}}, rows)
	a.out.Printf("API     %s\nFolder  %s\n", s.Address, s.Folder)
}

func (a *app) showUnits(list []units.Unit) {
	now := time.Now()
	rows := make([][]terminal.Cell, 0, len(list))
	missing := 0
	for _, u := range list {
		if !u.Installed() {
			missing++
			continue
		}
		rows = append(rows, []terminal.Cell{{Text: "●", Style: unitStyle(u)}, {Text: u.Name, Style: terminal.Strong},
			{Text: u.Active + " (" + u.Sub + ")"}, {Text: since(u, now)}, {Text: memory(u)},
			{Text: unitLine(u, now), Style: terminal.Faint}})
	}
	a.out.Table([]terminal.Column{{}, {Head: "UNIT", Least: 20}, {Head: "STATE"}, {Head: "FOR", Right: true, Rank: 2},
		{Head: "MEMORY", Right: true, Rank: 3}, {Head: "STATUS", Least: 20, Rank: 1}}, rows)
	if missing > 0 {
		a.out.Printf("%s\n", a.out.Paint(terminal.Careful, count(missing, "unit")+" not installed"))
	}
}

func since(u units.Unit, now time.Time) string {
	if u.Since == nil {
		return ""
	}
	return span(now.Sub(*u.Since))
}

func memory(u units.Unit) string {
	if u.Memory == 0 {
		return ""
	}
	return size(u.Memory)
}

// unitLine is what matters most about a unit in one line.
func unitLine(u units.Unit, now time.Time) string {
	switch {
	case len(u.Unmet) > 0:
		return "not started: " + strings.Join(u.Unmet, ", ") + " is not met"
	case u.Active == "failed":
		line := "failed: " + u.Result
		if u.ExitStatus != 0 {
			line += fmt.Sprintf(" (status %d)", u.ExitStatus)
		}
		if u.Status != "" {
			line += ", " + u.Status
		}
		return line
	case u.NextRun != nil:
		line := "next " + u.NextRun.Local().Format("Mon 15:04") + ", " + ago(*u.NextRun, now)
		if u.LastRun != nil {
			line += "; last " + ago(*u.LastRun, now)
		}
		return line
	}
	return u.Status
}

func unitStyle(u units.Unit) terminal.Style {
	if len(u.Unmet) > 0 {
		return terminal.Careful
	}
	return stateStyle(u.Active)
}

func stateStyle(state string) terminal.Style {
	switch state {
	case "active", "reloading", local.StateReady:
		return terminal.Good
	case "failed":
		return terminal.Bad
	case "activating", "deactivating", local.StateStarting:
		return terminal.Careful
	}
	return terminal.Faint
}

func (a *app) showDatabase(st statusJSON) {
	if d := st.Database; d != nil {
		a.out.Printf("Data    %s in %s, %s of %s\n", count(d.Chunks, "passage"), count(d.Documents, "document"), size(uint64(d.Bytes)), d.Engine)
		a.out.Printf("        %s; %s, %s\n", embedding(d), plural(d.Memories, "memory", "memories"), count(d.Sessions, "session"))
	}
	if r := st.Runtime; r != nil {
		names := make([]string, 0, len(r.Models))
		for _, m := range r.Models {
			names = append(names, m.String())
		}
		slices.Sort(names)
		a.out.Printf("Models  %s\n", a.out.Paint(terminal.Accent, r.Model.String()))
		if len(names) > 1 {
			a.out.Printf("        %s\n", a.out.Paint(terminal.Faint, strings.Join(names, ", ")))
		}
	}
}
