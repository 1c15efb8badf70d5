package panther

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"panther/pkg/knowledge"
	"panther/pkg/local"
	"panther/pkg/opencode/api"
	"panther/pkg/terminal"
	"panther/pkg/units"
)

func (a *app) statusCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "status", Short: "Show what runs and how it is",
		Long: "Show every service with its state and its own status line: from systemd on a server, from the process of\n" +
			"panther local on a laptop. panther doctor says what to do where something is wrong.",
		Args: between(0, 0),
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
}

func (a *app) status(ctx context.Context, asJSON bool) error {
	t, err := a.find()
	if err != nil {
		return err
	}
	st := t.status(ctx)
	if asJSON {
		return writeJSON(a.out, st)
	}
	switch {
	case st.Local != nil:
		a.showLocal(st.Local)
	case st.Units != nil:
		a.showUnits(st.Units)
	}
	a.showDatabase(st)
	for _, p := range st.Problems {
		a.out.Printf("%s %s\n", a.out.Paint(terminal.Bad, "!"), terminal.Clean(p))
	}
	return nil
}

// answerWithin bounds how long status and doctor wait for a service: a person
// who asks how it is wants to know that it hangs.
const answerWithin = 3 * time.Second

// status asks everyone; what does not answer is a problem and not a failure.
func (t *target) status(ctx context.Context) statusJSON {
	st := statusJSON{Kind: t.kind, Problems: []string{}}
	note := func(err error) {
		if err != nil {
			st.Problems = append(st.Problems, err.Error())
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
		k := knowledge.NewClient(t.knowledge, "")
		defer k.Close()
		err := k.Ready(ask)
		if err == nil {
			st.Database, err = k.Stats(ask)
		}
		note(err)
	}
	r := api.NewClient(t.runtime, "")
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
	a.out.Table(nil, rows, 3)
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
			{Text: u.Active + " (" + u.Sub + ")"}, {Text: since(u, now), Right: true}, {Text: memory(u), Right: true},
			{Text: unitLine(u, now), Style: terminal.Faint}})
	}
	a.out.Table([]string{"", "UNIT", "STATE", "FOR", "MEMORY", "STATUS"}, rows, 5)
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
