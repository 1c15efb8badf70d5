package panther

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"panther/pkg/local"
	"panther/pkg/sd"
	"panther/pkg/terminal"
)

func (a *app) crawlCommand() *cobra.Command {
	var req local.CrawlRequest
	var asJSON bool
	cmd := &cobra.Command{
		Use: "crawl [SOURCE…]", SuggestFor: []string{"sync", "fetch", "update", "index"}, Short: "Visit sources now",
		Long: "Visit all sources, or those that are named, and show what changed. A page that did not change costs one request and\n" +
			"no work. Ctrl-C interrupts; the next crawl goes on where this one was. The first pages that failed are printed, and the\n" +
			"exit status is 1 then.",
		Example:           "  panther crawl\n  panther crawl postgresql --json",
		ValidArgsFunction: a.completeSources,
		RunE: func(cmd *cobra.Command, args []string) error {
			req.Sources = args
			return a.crawl(cmd.Context(), req, asJSON)
		},
	}
	cmd.Flags().BoolVar(&req.Due, "due", false, "only sources whose time has come")
	jsonFlag(cmd, &asJSON)
	return cmd
}

func (a *app) crawl(ctx context.Context, req local.CrawlRequest, asJSON bool) error {
	t, err := a.find()
	if err != nil {
		return err
	}
	if t.kind == "server" {
		return a.crawlServer(ctx, t, req, asJSON)
	}
	if t.kind != "local" {
		return sd.Hint(fmt.Errorf("a crawl cannot be started through %s", a.socket), "run it where Panther runs: a server, or panther local")
	}
	c, err := local.Dial(t.dir)
	if err != nil {
		return err
	}
	defer c.Close()
	v := newCrawlView(a, asJSON)
	defer v.close()
	err = c.Crawl(ctx, req, v.event)
	if ctx.Err() != nil {
		v.close()
		return &sd.Error{Err: fmt.Errorf("interrupted"), Code: exitInterrupted, Hint: "panther crawl goes on where it was"}
	}
	if err != nil {
		return err
	}
	v.close()
	return a.failures(ctx, t, v.failed, asJSON)
}

// crawlView shows the progress of a crawl: a line for each source that is
// redrawn on a terminal; in a pipe a plain line every few seconds and one when
// a source is done; or a line of JSON for each event.
type crawlView struct {
	out     *terminal.Output
	notes   *terminal.Output
	live    *terminal.Live
	json    bool
	mu      sync.Mutex
	running []local.Progress
	printed map[string]time.Time
	tick    int
	failed  map[string]int // pages that failed, by source
}

// plainEvery is how often a pipe gets a line of a source that goes on.
const plainEvery = 5 * time.Second

func newCrawlView(a *app, asJSON bool) *crawlView {
	return &crawlView{out: a.out, notes: a.errOut, live: terminal.NewLive(a.out), json: asJSON, printed: map[string]time.Time{}, failed: map[string]int{}}
}

func (v *crawlView) event(e local.CrawlEvent) {
	if p := e.Progress; p != nil && p.Finished && p.Counts["failed"] > 0 {
		v.mu.Lock()
		v.failed[p.Source] = p.Counts["failed"]
		v.mu.Unlock()
	}
	switch {
	case v.json:
		_ = json.NewEncoder(v.out).Encode(e) // a closed pipe ends the process
	case e.Progress != nil:
		v.progress(*e.Progress)
	case e.Note != "":
		v.note(e.Note)
	}
}

// note writes a line above the progress.
func (v *crawlView) note(s string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.live.Close()
	v.notes.Printf("%s\n", terminal.Clean(s))
}

func (v *crawlView) progress(p local.Progress) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.tick++
	v.running = slices.DeleteFunc(v.running, func(o local.Progress) bool { return o.Source == p.Source })
	var commit []string
	switch {
	case p.Finished:
		commit = append(commit, v.finished(p)...)
	case v.out.Live:
		v.running = append(v.running, p)
		slices.SortFunc(v.running, func(a, b local.Progress) int { return strings.Compare(a.Source, b.Source) })
	case (p.Done > 0 || p.Waiting != "") && time.Since(v.printed[p.Source]) >= plainEvery:
		v.printed[p.Source] = time.Now()
		line := fmt.Sprintf("%s: %s of %s, %s", p.Source, number(p.Done), count(p.Known, "page"), summary(p.Counts))
		if p.Waiting != "" {
			line += ", waiting: " + oneLine(p.Waiting)
		}
		commit = append(commit, line)
	}
	var area []string
	for _, r := range v.running {
		area = append(area, v.line(r))
	}
	v.live.Update(commit, area)
}

func (v *crawlView) line(p local.Progress) string {
	share := 0.0
	if p.Known > 0 {
		share = float64(p.Done) / float64(p.Known)
	}
	text := fmt.Sprintf("%s of %s", number(p.Done), count(p.Known, "page"))
	if p.Waiting != "" {
		text += ", waiting for agentdb: " + oneLine(p.Waiting)
	}
	if p.Rate > 0 {
		text += fmt.Sprintf(", %.0f/s", p.Rate)
	}
	name := terminal.Truncate(p.Source, 20)
	return v.out.Paint(terminal.Accent, terminal.Spin(v.tick)) + " " + v.out.Paint(terminal.Strong, name) + " " +
		v.out.Bar(share, 24) + " " + terminal.Truncate(text, max(v.out.Width()-30-terminal.Columns(name), 10))
}

func (v *crawlView) finished(p local.Progress) []string {
	mark, st := "✓", terminal.Good
	if p.Error != "" {
		mark, st = "✗", terminal.Bad
	}
	line := fmt.Sprintf("%s: %s in %s", p.Source, summary(p.Counts), span(time.Duration(p.Seconds*float64(time.Second))))
	if v.out.Live {
		line = v.out.Paint(st, mark) + " " + line
	}
	lines := []string{line}
	if p.Error != "" {
		lines = append(lines, "  "+v.out.Paint(terminal.Bad, oneLine(p.Error)))
	}
	if s := skipped(p.Skipped); s != "" {
		lines = append(lines, "  "+s)
	}
	for _, w := range p.Warnings {
		lines = append(lines, "  "+v.out.Paint(terminal.Careful, "warning: "+oneLine(w)))
	}
	return lines
}

// skipped says how many files of which kinds were not read, the most first.
func skipped(kinds map[string]int) string {
	const named = 6
	total, rest := 0, 0
	var parts []string
	for i, kind := range slices.SortedFunc(maps.Keys(kinds), func(a, b string) int {
		return cmp.Or(kinds[b]-kinds[a], strings.Compare(a, b))
	}) {
		n := kinds[kind]
		if total += n; i < named {
			parts = append(parts, number(n)+" "+kind)
		} else {
			rest += n
		}
	}
	if total == 0 {
		return ""
	}
	if rest > 0 {
		parts = append(parts, number(rest)+" others")
	}
	return count(total, "file") + " skipped: " + strings.Join(parts, ", ")
}

func (v *crawlView) close() { v.live.Close() }
