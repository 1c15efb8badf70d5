package panther

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"panther/pkg/commandline"
	"panther/pkg/knowledge"
	"panther/pkg/terminal"
)

func (a *app) sourcesCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "sources", Short: "List, show, add, change and remove what is crawled",
		Long: "List the sources with what they hold, their last run and their next one.",
		Args: commandline.Between(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error { return a.listSources(cmd, asJSON) },
	}
	jsonFlag(cmd, &asJSON)
	list := &cobra.Command{Use: "list", Aliases: []string{"ls"}, Short: cmd.Short, Hidden: true, Args: commandline.Between(0, 0), RunE: cmd.RunE}
	jsonFlag(list, &asJSON)
	cmd.AddCommand(list, a.showSourceCommand(), a.addSourceCommand(), a.editSourceCommand(), a.removeSourceCommand())
	return cmd
}

// sourcesJSON is what `panther sources --json` prints.
type sourcesJSON struct {
	Sources []knowledge.Source `json:"sources"`
	Spaces  []knowledge.Space  `json:"spaces"`
}

func (a *app) listSources(cmd *cobra.Command, asJSON bool) error {
	c, t, err := a.knowledgeClient()
	if err != nil {
		return err
	}
	defer c.Close()
	list, err := c.Sources(cmd.Context())
	if err != nil {
		return t.explain(cmd.Context(), err)
	}
	stats, err := c.Stats(cmd.Context())
	if err != nil {
		return t.explain(cmd.Context(), err)
	}
	if asJSON {
		return writeJSON(a.out, sourcesJSON{orEmpty(list), orEmpty(stats.Spaces)})
	}
	if len(list) == 0 {
		a.errOut.Printf("no sources yet\nhint: add one with: panther sources add https://docs.example.org/ (or a folder)\n")
		return nil
	}
	now := time.Now()
	rows := make([][]terminal.Cell, 0, len(list))
	for _, s := range list {
		rows = append(rows, sourceRow(s, now))
	}
	a.out.Table([]terminal.Column{{Head: "SOURCE", Least: 12}, {Head: "KIND", Rank: 5}, {Head: "PAGES", Right: true}, {Head: "PASSAGES", Right: true, Rank: 4},
		{Head: "LAST RUN", Rank: 2}, {Head: "RESULT", Least: 12, Rank: 1}, {Head: "NEXT RUN", Rank: 3}, {Head: "LOCATION", Least: 20, Rank: 6}}, rows)
	for _, s := range list {
		if s.LastRun != nil && s.LastRun.Error != "" {
			a.out.Printf("%s %s\n", a.out.Paint(terminal.Bad, s.Name+":"), terminal.Clean(s.LastRun.Error))
		}
	}
	a.out.Printf("%s\n", a.out.Paint(terminal.Faint, embedding(stats)))
	return nil
}

func sourceRow(s knowledge.Source, now time.Time) []terminal.Cell {
	last, result, next := terminal.Cell{Text: "never", Style: terminal.Faint}, terminal.Cell{}, terminal.Cell{Text: "by hand", Style: terminal.Faint}
	if r := s.LastRun; r != nil {
		last = terminal.Cell{Text: ago(r.Started, now)}
		result = terminal.Cell{Text: summary(r.Counts), Style: terminal.Faint}
		switch r.Status {
		case "running":
			result = terminal.Cell{Text: "running: " + progress(r, now), Style: terminal.Accent}
		case "failed":
			result = terminal.Cell{Text: "failed: " + summary(r.Counts), Style: terminal.Bad}
		case "interrupted":
			result = terminal.Cell{Text: "interrupted: " + summary(r.Counts), Style: terminal.Careful}
		}
	}
	if s.NextRun != nil {
		next = terminal.Cell{Text: ago(*s.NextRun, now)}
	}
	return []terminal.Cell{
		{Text: s.Name, Style: terminal.Strong}, {Text: s.Kind},
		{Text: number(s.Documents)}, {Text: number(s.Chunks)},
		last, result, next, {Text: s.Location, Style: terminal.Faint},
	}
}

// progress tells of a run that goes on how far it is, how fast, and how long it
// will take if it goes on like this.
func progress(r *knowledge.Run, now time.Time) string {
	known, done := r.Counts["known"], 0
	for k, n := range r.Counts {
		if k != "known" {
			done += n
		}
	}
	seconds := now.Sub(r.Started).Seconds()
	if known == 0 || done == 0 || seconds < 1 {
		return number(done) + " pages"
	}
	rate := float64(done) / seconds
	s := fmt.Sprintf("%s of %s pages, %.1f/s", number(done), number(known), rate)
	if left := known - done; left > 0 {
		s += ", " + time.Duration(float64(left)/rate*float64(time.Second)).Round(time.Second).String() + " left"
	}
	return s
}

// orEmpty returns an empty list for nil, which JSON writes as [].
func orEmpty[T any](l []T) []T {
	if l == nil {
		return []T{}
	}
	return l
}

// completeSources completes names of sources.
func (a *app) completeSources(cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
	c, _, err := a.knowledgeClient()
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	defer c.Close()
	list, err := c.Sources(cmd.Context())
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var out []string
	for _, s := range list {
		out = append(out, fmt.Sprintf("%s\t%s", s.Name, s.Location))
	}
	return out, cobra.ShellCompDirectiveNoFileComp
}
