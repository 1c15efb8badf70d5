package panther

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"time"

	udiff "github.com/aymanbagabas/go-udiff"
	"github.com/spf13/cobra"

	"panther/pkg/commandline"
	"panther/pkg/knowledge"
	"panther/pkg/sd"
	"panther/pkg/terminal"
)

func (a *app) changesCommand() *cobra.Command {
	var sel knowledge.ListChanges
	var since, kind string
	var asJSON bool
	cmd := &cobra.Command{
		Use: "changes", Short: "Tell what changed in the sources",
		Long: "Tell what changed in the sources since yesterday, what matters most first: security, breaking, removed, deprecated,\n" +
			"default (a default value), api (a signature, a type, a name), added and moved. Other details and mere wording are\n" +
			"counted; --all shows them. The first visit of a source is no change.",
		Example: "  panther changes\n  panther changes --since 7d --source postgresql\n  panther changes --kind default --since 2026-01-01 --json",
		Args:    commandline.Between(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			if sel.Since, err = sinceTime(since, time.Now()); err != nil {
				return err
			}
			sel.Kind = knowledge.ChangeKind(kind)
			if kind != "" && !slices.Contains(knowledge.ChangeKinds, sel.Kind) {
				return sd.Hint(sd.UsageError("there is no kind of change %q", kind), "the kinds are "+kindNames())
			}
			return a.changes(cmd.Context(), sel, asJSON)
		},
	}
	fl := cmd.Flags()
	fl.StringVar(&since, "since", "yesterday", "since this `date` (2026-01-31, yesterday, today) or age (7d)")
	fl.StringVar(&sel.Source, "source", "", "only of this `source`")
	fl.StringVar(&kind, "kind", "", "only changes of this `kind`: "+kindNames())
	fl.BoolVar(&sel.All, "all", false, "also other details and mere wording")
	jsonFlag(cmd, &asJSON)
	_ = cmd.RegisterFlagCompletionFunc("source", a.completeSources)
	_ = cmd.RegisterFlagCompletionFunc("kind", cobra.FixedCompletions(strings.Split(kindNames(), ", "), cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func kindNames() string {
	var out []string
	for _, k := range knowledge.ChangeKinds {
		out = append(out, string(k))
	}
	return strings.Join(out, ", ")
}

// sinceTime reads --since: as parseSince, or a day in words.
func sinceTime(s string, now time.Time) (time.Time, error) {
	day := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, now.Location())
	switch s {
	case "today":
		return day, nil
	case "yesterday":
		return day.AddDate(0, 0, -1), nil
	}
	return parseSince("since", s, now)
}

func (a *app) changes(ctx context.Context, sel knowledge.ListChanges, asJSON bool) error {
	pages, err := a.changedPages(ctx, sel)
	switch {
	case err != nil:
		return err
	case asJSON:
		return writeJSON(a.out, map[string]any{"since": sel.Since, "pages": pages})
	case len(pages) == 0:
		a.errOut.Printf("nothing changed since %s\n", sel.Since.Format("2006-01-02 15:04"))
		return nil
	}
	a.printChanges(pages, sel)
	return nil
}

// changedPages returns what changed, by source and by how much it matters.
func (a *app) changedPages(ctx context.Context, sel knowledge.ListChanges) ([]knowledge.PageChange, error) {
	c, t, err := a.knowledgeClient()
	if err != nil {
		return nil, err
	}
	defer c.Close()
	if sel.Source != "" {
		list, err := c.Sources(ctx)
		if err != nil {
			return nil, t.explain(ctx, err)
		}
		if names := namesOf(list); !slices.Contains(names, sel.Source) {
			return nil, noSource(sel.Source, names)
		}
	}
	pages := []knowledge.PageChange{}
	for {
		l, err := c.Changes(ctx, sel)
		if err != nil {
			return nil, t.explain(ctx, err)
		}
		pages = append(pages, l.Pages...)
		if sel.After = l.Next; sel.After == "" {
			break
		}
	}
	slices.SortStableFunc(pages, func(x, y knowledge.PageChange) int {
		return cmp.Or(cmp.Compare(x.Source, y.Source), cmp.Compare(x.Kind.Rank(), y.Kind.Rank()))
	})
	return pages, nil
}

func (a *app) printChanges(pages []knowledge.PageChange, sel knowledge.ListChanges) {
	source, details := "", 0
	for _, p := range pages {
		if p.Source != source {
			if source != "" {
				a.out.Printf("\n")
			}
			source = p.Source
			n := 0
			for _, q := range pages {
				if q.Source == source {
					n++
				}
			}
			a.out.Printf("%s  %s\n", a.out.Paint(terminal.Strong, source), a.out.Paint(terminal.Faint, count(n, "page")))
		}
		if p.Kind == knowledge.ChangeDetail && sel.Kind == "" && !sel.All {
			details++
			continue
		}
		a.printPageChange(p)
	}
	if details > 0 {
		a.out.Printf("\n%s with other details: panther changes --all\n", count(details, "more page"))
	}
}

func (a *app) printPageChange(p knowledge.PageChange) {
	a.out.Printf("\n  %s\n", a.out.Paint(terminal.Style{Bold: true, Link: p.URI}, oneLine(or(p.Title, p.URI))))
	a.out.Printf("  %s\n", a.out.Paint(terminal.Style{Color: terminal.Blue, Link: p.URI}, p.URI))
	if len(p.Changes) == 0 {
		a.out.Printf("    %s\n", a.out.Paint(kindStyle(p.Kind), pageWords(p)))
	}
	for _, c := range p.Changes {
		a.printChange(c, p.URI)
	}
	if p.More > 0 {
		a.out.Printf("    %s\n", a.out.Paint(terminal.Faint, fmt.Sprintf("%d more: panther diff %s", p.More, p.URI)))
	}
}

func pageWords(p knowledge.PageChange) string {
	switch p.Kind {
	case knowledge.ChangeAdded:
		return "new page"
	case knowledge.ChangeRemoved:
		return "page is gone"
	case knowledge.ChangeMoved:
		if p.To != "" {
			return "is part of " + p.To + " now"
		}
		return "moved from " + p.From
	}
	return string(p.Kind)
}

func kindStyle(k knowledge.ChangeKind) terminal.Style {
	switch k {
	case knowledge.ChangeSecurity, knowledge.ChangeBreaking, knowledge.ChangeRemoved:
		return terminal.Bad
	case knowledge.ChangeDeprecated, knowledge.ChangeDefault, knowledge.ChangeAPI:
		return terminal.Careful
	case knowledge.ChangeAdded:
		return terminal.Good
	}
	return terminal.Faint
}

// kindWidth is that of the longest kind.
const kindWidth = 10

func (a *app) printChange(c knowledge.Change, uri string) {
	link := terminal.Style{Link: c.Link(uri)}
	a.out.Printf("    %s%s %s\n", a.out.Paint(kindStyle(c.Kind), string(c.Kind)), strings.Repeat(" ", max(0, kindWidth-len(c.Kind))),
		a.out.Paint(link, oneLine(strings.ReplaceAll(c.Where(), " > ", " › "))))
	a.printWords(c, strings.Repeat(" ", 4+kindWidth+1))
}

// shownWords is how much of a change a listing shows around what differs, in
// words of each side.
const shownWords = 12

// printWords writes what differs between the texts of a change, word by word.
func (a *app) printWords(c knowledge.Change, margin string) {
	before, after := unmarked(c.Before), unmarked(c.After)
	width := max(40, a.out.Width()-len(margin)-2)
	switch {
	case before == "" || after == "":
		sign, st := "+ ", terminal.Good
		if after == "" {
			sign, st = "- ", terminal.Style{Color: terminal.Red}
		}
		a.out.Printf("%s%s\n", margin, a.out.Paint(st, sign+cut(before+after, 0, 2*width)))
	default:
		b, n := around(before, after)
		a.out.Printf("%s%s\n", margin, a.out.Paint(terminal.Style{Color: terminal.Red}, "- "+cut(b, 0, 2*width)))
		a.out.Printf("%s%s\n", margin, a.out.Paint(terminal.Good, "+ "+cut(n, 0, 2*width)))
	}
}

// unmarked is Markdown as words in one line.
func unmarked(md string) string {
	md = markup.ReplaceAllString(strings.ReplaceAll(md, "<br>", " "), "$2")
	return oneLine(markup.ReplaceAllString(md, "$2")) // what the text of a link has
}

// around leaves of two texts what differs, with some words on both sides.
func around(before, after string) (string, string) {
	b, n := strings.Fields(before), strings.Fields(after)
	same := 0
	for same < len(b) && same < len(n) && b[same] == n[same] {
		same++
	}
	tail := 0
	for tail < len(b)-same && tail < len(n)-same && b[len(b)-1-tail] == n[len(n)-1-tail] {
		tail++
	}
	from, to := max(0, same-shownWords), max(0, tail-shownWords)
	window := func(ws []string) string {
		s := strings.Join(ws[from:len(ws)-to], " ")
		if from > 0 {
			s = "… " + s
		}
		if to > 0 {
			s += " …"
		}
		return s
	}
	return window(b), window(n)
}

func (a *app) diffCommand() *cobra.Command {
	var since, at string
	var asJSON bool
	cmd := &cobra.Command{
		Use: "diff DOCUMENT", Short: "Compare a document with what it was",
		Long: "Compare a document, by its address or the link of a citation, with what it was before its last change, or at a time.\n" +
			"A terminal shows what changed and what that means, a pipe a unified diff of the Markdown. --at prints the document as it was\n" +
			"then: what an old answer cited.",
		Example: "  panther diff https://www.postgresql.org/docs/current/runtime-config-query.html\n  panther diff --since 30d notes/setup.md | less\n" +
			"  panther diff --at 2026-01-31 https://vite.dev/config/server-options",
		Args: commandline.Between(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			now := time.Now()
			from, err := sinceTime(since, now)
			if err != nil {
				return err
			}
			then, err := sinceTime(at, now)
			if err != nil {
				return err
			}
			return a.diff(cmd.Context(), args[0], from, then, asJSON)
		},
	}
	fl := cmd.Flags()
	fl.StringVar(&since, "since", "", "with what it was at this `date` (2026-01-31, yesterday) or age (7d)")
	fl.StringVar(&at, "at", "", "print what it was at this `date` or age")
	jsonFlag(cmd, &asJSON)
	return cmd
}

func (a *app) diff(ctx context.Context, document string, since, at time.Time, asJSON bool) error {
	c, t, err := a.knowledgeClient()
	if err != nil {
		return err
	}
	defer c.Close()
	explain := func(uri string, err error) error {
		if errors.Is(err, knowledge.ErrNotFound) {
			return sd.Hint(fmt.Errorf("there is no document %s, or there was none then", uri), "find its address: panther search WORDS")
		}
		return t.explain(ctx, err)
	}
	uri := addressOf(document)
	if _, err := c.Document(ctx, uri); errors.Is(err, knowledge.ErrNotFound) {
		uri, _, _ = strings.Cut(uri, "#") // a fragment is the place that a citation leads to, and seldom part of the address
	}
	if !at.IsZero() {
		d, err := c.DocumentAt(ctx, uri, at)
		if err != nil {
			return explain(uri, err)
		}
		if asJSON {
			return writeJSON(a.out, d)
		}
		a.out.Printf("%s\n", terminal.Clean(strings.TrimRight(d.Markdown, "\n")))
		return nil
	}
	d, err := c.Diff(ctx, uri, since)
	if err != nil {
		return explain(uri, err)
	}
	switch {
	case asJSON:
		return writeJSON(a.out, d)
	case d.Before == d.After:
		a.errOut.Printf("it is as it was\n")
	case a.out.Live:
		a.printPageChange(knowledge.PageChange{URI: d.URI, Title: d.Title, Changes: d.Changes, Kind: kindOf(d)})
	default:
		a.out.Printf("%s", terminal.Clean(udiff.Unified(d.URI+"\t"+d.Since.Format(time.RFC3339), d.URI, line(d.Before), line(d.After))))
	}
	return nil
}

// addressOf returns the address of a document: a path is that of a file.
func addressOf(document string) string {
	if strings.Contains(document, "://") {
		return document
	}
	path, err := filepath.Abs(document)
	if err != nil {
		return document
	}
	return (&url.URL{Scheme: "file", Path: path}).String()
}

// kindOf is what became of a document that has no two texts to compare.
func kindOf(d *knowledge.DocumentDiff) knowledge.ChangeKind {
	switch {
	case d.After == "":
		return knowledge.ChangeRemoved
	case d.Before == "":
		return knowledge.ChangeAdded
	}
	return knowledge.ChangeWording
}

// line ends a text with a line.
func line(s string) string {
	if s == "" || strings.HasSuffix(s, "\n") {
		return s
	}
	return s + "\n"
}
