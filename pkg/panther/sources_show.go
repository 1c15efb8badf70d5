package panther

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"panther/pkg/commandline"
	"panther/pkg/config"
	"panther/pkg/crawl"
	"panther/pkg/knowledge"
	"panther/pkg/local"
	"panther/pkg/sd"
	"panther/pkg/terminal"
)

func (a *app) showSourceCommand() *cobra.Command {
	var asJSON bool
	var outcome string
	cmd := &cobra.Command{
		Use: "show SOURCE", Short: "Show one source: settings, runs, and what became of its pages",
		Long: "Show the settings of a source, its last runs, and the pages of the last one that are no documents, with the reason.\n" +
			"--pages new, changed, unchanged, gone, refused or failed lists all pages of that outcome.",
		Example: "  panther sources show postgresql\n  panther sources show notes --pages failed", Args: commandline.Between(1, 1), ValidArgsFunction: a.completeSources,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.showSource(cmd.Context(), args[0], outcome, asJSON)
		},
	}
	cmd.Flags().StringVar(&outcome, "pages", "", "list the pages of this `outcome`")
	jsonFlag(cmd, &asJSON)
	return cmd
}

// sourceJSON is what `panther sources show --json` prints.
type sourceJSON struct {
	Source   knowledge.Source        `json:"source"`
	Settings string                  `json:"settings,omitempty"` // its table in panther-crawl.toml
	Runs     []knowledge.Run         `json:"runs"`
	Pages    []knowledge.PageOutcome `json:"pages"` // of the last run
}

// Shown by default: the last runs, and pages of each outcome of the last one.
const (
	shownRuns  = 5
	shownPages = 10
)

// unread are the outcomes of pages that are no documents, the worst first.
var unread = []string{"failed", "refused", "gone"}

func (a *app) showSource(ctx context.Context, name, outcome string, asJSON bool) error {
	k, t, err := a.knowledgeClient()
	if err != nil {
		return err
	}
	defer k.Close()
	out, err := a.lookUp(ctx, k, t, name, outcome)
	if err != nil {
		return err
	}
	if asJSON {
		return writeJSON(a.out, out)
	}
	a.printSource(out, outcome)
	return nil
}

func (a *app) lookUp(ctx context.Context, k *knowledge.Client, t *target, name, outcome string) (*sourceJSON, error) {
	list, err := k.Sources(ctx)
	if err != nil {
		return nil, t.explain(ctx, err)
	}
	i := slices.IndexFunc(list, func(s knowledge.Source) bool { return s.Name == name })
	if i < 0 {
		return nil, noSource(name, namesOf(list))
	}
	out := &sourceJSON{Source: list[i], Pages: []knowledge.PageOutcome{}}
	if dir, err := t.configDir(); err == nil {
		out.Settings, _ = crawl.Table(local.SourcesFile(dir), name) // one that cannot be read is not shown
	}
	if out.Runs, err = k.Runs(ctx, name, shownRuns); err != nil {
		return nil, t.explain(ctx, err)
	}
	if out.Runs = orEmpty(out.Runs); len(out.Runs) == 0 {
		return out, nil
	}
	outcomes := unread
	if outcome != "" {
		outcomes = []string{outcome}
	}
	for _, o := range outcomes {
		pages, err := k.Pages(ctx, out.Runs[0].ID, o)
		if err != nil {
			return nil, t.explain(ctx, err)
		}
		out.Pages = append(out.Pages, pages...)
	}
	return out, nil
}

func (a *app) printSource(s *sourceJSON, outcome string) {
	now := time.Now()
	a.out.Printf("%s  %s  %s\n", a.out.Paint(terminal.Strong, s.Source.Name), s.Source.Kind, terminal.Clean(s.Source.Location))
	next := "by hand"
	if s.Source.NextRun != nil {
		next = ago(*s.Source.NextRun, now)
	}
	a.out.Printf("%s, %s, next run %s\n", count(s.Source.Documents, "document"), count(s.Source.Chunks, "passage"), next)
	if s.Settings != "" {
		a.out.Printf("\n%s\n%s\n", a.out.Paint(terminal.Faint, "SETTINGS"), terminal.Clean(strings.TrimSpace(s.Settings)))
	}
	a.out.Printf("\n%s\n", a.out.Paint(terminal.Faint, "RUNS"))
	if len(s.Runs) == 0 {
		a.out.Printf("none yet; visit it with: panther crawl %s\n", s.Source.Name)
		return
	}
	for _, r := range s.Runs {
		a.out.Printf("%s, %s: %s\n", ago(r.Started, now), r.Status, summary(r.Counts))
		if r.Error != "" {
			a.out.Printf("  %s\n", a.out.Paint(terminal.Bad, oneLine(r.Error)))
		}
	}
	last := s.Runs[0]
	for _, w := range last.Warnings {
		a.out.Printf("%s\n", a.out.Paint(terminal.Careful, "warning: "+oneLine(w)))
	}
	if line := skipped(last.Skipped); line != "" {
		a.out.Printf("%s\n", line)
	}
	limit := shownPages
	if outcome != "" {
		limit = len(s.Pages)
	}
	a.printPages(s.Pages, limit)
}

// printPages lists pages with their reasons, some of each outcome.
func (a *app) printPages(pages []knowledge.PageOutcome, limit int) {
	for len(pages) > 0 {
		o := pages[0].Outcome
		n := slices.IndexFunc(pages, func(p knowledge.PageOutcome) bool { return p.Outcome != o })
		if n < 0 {
			n = len(pages)
		}
		a.out.Printf("\n%s\n", a.out.Paint(terminal.Faint, strings.ToUpper(o)))
		for _, p := range pages[:min(n, limit)] {
			a.out.Printf("%s  %s\n", terminal.Clean(p.URI), a.out.Paint(terminal.Faint, oneLine(or(p.Reason, p.Outcome))))
		}
		if n > limit {
			a.out.Printf("%s more: panther sources show NAME --pages %s\n", number(n-limit), o)
		}
		pages = pages[n:]
	}
}

// failures prints the first pages that failed in the last runs of sources, and
// returns an error if there are any.
func (a *app) failures(ctx context.Context, t *target, failed map[string]int, quiet bool) error {
	total := 0
	for _, n := range failed {
		total += n
	}
	if total == 0 {
		return nil
	}
	names := make([]string, 0, len(failed))
	for name := range failed {
		names = append(names, name)
	}
	slices.Sort(names)
	if !quiet {
		k := t.agentdb()
		defer k.Close()
		for _, name := range names {
			a.firstFailures(ctx, k, name)
		}
	}
	return sd.Hint(fmt.Errorf("%s failed", count(total, "page")), "see all with their reasons: panther sources show "+names[0]+" --pages failed")
}

// firstFailed is how many failures of a source a crawl prints.
const firstFailed = 5

func (a *app) firstFailures(ctx context.Context, k *knowledge.Client, name string) {
	runs, err := k.Runs(ctx, name, 1)
	if err != nil || len(runs) == 0 {
		return // the count was told
	}
	pages, err := k.Pages(ctx, runs[0].ID, "failed")
	if err != nil {
		return
	}
	for _, p := range pages[:min(len(pages), firstFailed)] {
		a.errOut.Printf("%s %s: %s\n", a.errOut.Paint(terminal.Bad, "failed:"), terminal.Clean(p.URI), oneLine(or(p.Reason, "without a reason")))
	}
}

func (a *app) editSourceCommand() *cobra.Command {
	var e edits
	var asJSON bool
	cmd := &cobra.Command{
		Use: "edit SOURCE", Short: "Change the settings of a source", Args: commandline.Between(1, 1), ValidArgsFunction: a.completeSources,
		Long:    "Change settings of a source in panther-crawl.toml, which stays as it is otherwise. They hold from its next visit on.",
		Example: "  panther sources edit notes --schedule '0 * * * *'\n  panther sources edit handbook --render auto --max-pages 50000",
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.editSource(cmd, args[0], &e, asJSON)
		},
	}
	fl := cmd.Flags()
	fl.StringVar(&e.schedule, "schedule", "", "when to visit it, as a `cron` expression")
	fl.StringSliceVar(&e.tags, "tag", nil, "give its documents this `tag` (may be repeated)")
	fl.StringSliceVar(&e.include, "include", nil, "visit only what matches this `glob` (may be repeated)")
	fl.StringSliceVar(&e.exclude, "exclude", nil, "leave out what matches this `glob` (may be repeated)")
	fl.StringVar(&e.versions, "versions", "", versionsUsage)
	fl.StringVar(&e.render, "render", "", "run the scripts of pages: never, auto or always")
	fl.StringVar(&e.ref, "ref", "", "`branch` or tag of a repository")
	fl.IntVar(&e.maxPages, "max-pages", 0, "visit at most this `number` of pages")
	fl.Float64Var(&e.maxRemoved, "max-removed", 0, "`share` of its documents that one run may remove")
	fl.BoolVar(&e.private, "allow-private", false, "it is on this machine or a private network")
	fl.BoolVar(&e.indices, "indices", false, "pages that list what others say are documents too")
	fl.BoolVar(&e.ocr, "ocr", false, "read the images of PDF files that have no text")
	fl.BoolVar(&e.code, "code", false, "read source code too, of a folder or a repository")
	fl.BoolVar(&e.disabled, "disabled", false, "do not visit it by schedule")
	jsonFlag(cmd, &asJSON)
	return cmd
}

// edits are the values of the flags of `sources edit`.
type edits struct {
	schedule, render, ref  string
	versions               string
	tags, include, exclude []string
	maxPages               int
	maxRemoved             float64
	private, disabled      bool
	indices, ocr, code     bool
}

// settings returns the settings whose flags were given.
func (e *edits) settings(cmd *cobra.Command) map[string]any {
	out := map[string]any{}
	for flag, v := range map[string]any{"schedule": e.schedule, "render": e.render, "ref": e.ref, "versions": e.versions, "tag": e.tags, "include": e.include, "exclude": e.exclude,
		"max-pages": e.maxPages, "max-removed": e.maxRemoved, "allow-private": e.private, "disabled": e.disabled, "indices": e.indices, "ocr": e.ocr, "code": e.code} {
		if !cmd.Flags().Changed(flag) {
			continue
		}
		key := strings.ReplaceAll(flag, "-", "_")
		if key == "tag" {
			key = "tags"
		}
		out[key] = v
	}
	return out
}

func (a *app) editSource(cmd *cobra.Command, name string, e *edits, asJSON bool) error {
	settings := e.settings(cmd)
	if len(settings) == 0 {
		return sd.Hint(sd.UsageError("nothing is to be changed"), "for example: panther sources edit "+name+" --schedule '0 * * * *'")
	}
	t, err := a.find()
	dir := local.ConfigDir()
	if err == nil {
		dir, err = t.configDir()
	} else if a.socket == "" {
		t, err = nil, nil
	}
	if err != nil {
		return err
	}
	path := local.SourcesFile(dir)
	if err := crawl.Edit(path, name, settings); errors.Is(err, crawl.ErrNoSource) || errors.Is(err, fs.ErrNotExist) {
		cfg := crawl.Default()
		_ = config.Load(path, &cfg) // without one there are no names to tell
		return noSource(name, cfg.Names())
	} else if err != nil {
		return writable(err, name)
	}
	if t != nil {
		cfg := crawl.Default()
		if err := config.Load(path, &cfg); err == nil {
			for _, s := range cfg.Sources {
				if s.Name == name {
					a.register(cmd, t, s.Complete())
				}
			}
		}
	}
	if asJSON {
		return writeJSON(a.out, struct {
			Name     string         `json:"name"`
			Settings map[string]any `json:"settings"`
			File     string         `json:"file"`
		}{name, settings, path})
	}
	a.out.Printf("changed %s in %s\n", a.out.Paint(terminal.Strong, name), home(path))
	return nil
}
