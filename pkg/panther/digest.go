package panther

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"panther/pkg/commandline"
	"panther/pkg/knowledge"
	"panther/pkg/terminal"
)

func (a *app) digestCommand() *cobra.Command {
	var since, source string
	cmd := &cobra.Command{
		Use: "digest", Short: "Sum up what changed, as a list to read or to send",
		Long: "Sum up what matters of what changed in the sources since yesterday: one line a change, the weightiest first, what release\n" +
			"notes and changelogs tell before the rest, with a link. On a pipe it is Markdown. Where nothing changed it says nothing.",
		Example: "  panther digest\n  panther digest --since 7d | mail -E -s 'What is new' me@example.org",
		Args:    commandline.Between(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			from, err := sinceTime(since, time.Now())
			if err != nil {
				return err
			}
			return a.digest(cmd.Context(), knowledge.ListChanges{Since: from, Source: source})
		},
	}
	fl := cmd.Flags()
	fl.StringVar(&since, "since", "yesterday", "since this `date` (2026-01-31, yesterday, today) or age (7d)")
	fl.StringVar(&source, "source", "", "only of this `source`")
	_ = cmd.RegisterFlagCompletionFunc("source", a.completeSources)
	return cmd
}

func (a *app) digest(ctx context.Context, sel knowledge.ListChanges) error {
	pages, err := a.changedPages(ctx, sel)
	if err != nil || len(pages) == 0 {
		return err
	}
	md := digest(pages)
	if !a.out.Live {
		a.out.Printf("%s", terminal.Clean(md))
		return nil
	}
	for _, l := range a.out.Markdown(md, a.out.Width()) {
		a.out.Printf("%s\n", l)
	}
	return nil
}

// digestLines is how many lines a kind of change of a source has in a digest.
const digestLines = 8

// news is a line of a digest.
type news struct {
	kind   knowledge.ChangeKind
	weight int // of two of a kind the heavier comes first
	text   string
}

// digest is the Markdown of a digest; pages are ordered by source.
func digest(pages []knowledge.PageChange) string {
	var b strings.Builder
	for len(pages) > 0 {
		source := pages[0].Source
		n := slices.IndexFunc(pages, func(p knowledge.PageChange) bool { return p.Source != source })
		if n < 0 {
			n = len(pages)
		}
		var lines []news
		details := 0
		for _, p := range pages[:n] {
			if p.Kind == knowledge.ChangeDetail {
				details++
				continue
			}
			lines = append(lines, newsOf(p)...)
		}
		slices.SortStableFunc(lines, func(x, y news) int {
			return cmp.Or(cmp.Compare(x.kind.Rank(), y.kind.Rank()), cmp.Compare(y.weight, x.weight))
		})
		fmt.Fprintf(&b, "## %s\n\n", inline(source))
		shown := map[knowledge.ChangeKind]int{}
		for i, l := range lines {
			if shown[l.kind]++; shown[l.kind] <= digestLines {
				fmt.Fprintf(&b, "- **%s** %s\n", l.kind, l.text)
			}
			if last := i+1 == len(lines) || lines[i+1].kind != l.kind; last && shown[l.kind] > digestLines {
				fmt.Fprintf(&b, "- **%s** and %s more: `panther changes --source %s --kind %s`\n", l.kind, number(shown[l.kind]-digestLines), source, l.kind)
			}
		}
		if details > 0 {
			fmt.Fprintf(&b, "- other details on %s\n", count(details, "page"))
		}
		b.WriteString("\n")
		pages = pages[n:]
	}
	return strings.TrimRight(b.String(), "\n") + "\n"
}

// newsWords is how much a line quotes of each side, in bytes.
const newsWords = 160

func newsOf(p knowledge.PageChange) (out []news) {
	title := or(p.Title, p.URI)
	if len(p.Changes) == 0 {
		return []news{{kind: p.Kind, text: link(title, p.URI) + ": " + inline(pageWords(p))}}
	}
	for _, c := range p.Changes {
		where := or(strings.ReplaceAll(c.Where(), " > ", " › "), title)
		weight := 1
		if c.Name != "" {
			weight++
		}
		if c.Release {
			weight += 2
		}
		out = append(out, news{c.Kind, weight, link(where, c.Link(p.URI)) + quoted(c)})
	}
	return out
}

// quoted is what differs, in words.
func quoted(c knowledge.Change) string {
	before, after := unmarked(c.Before), unmarked(c.After)
	switch {
	case before == "" && after == "":
		return ""
	case before == "":
		return ": " + inline(cut(after, 0, newsWords))
	case after == "":
		return ": gone is “" + inline(cut(before, 0, newsWords)) + "”"
	}
	before, after = around(before, after)
	return ": “" + inline(cut(before, 0, newsWords)) + "” is now “" + inline(cut(after, 0, newsWords)) + "”"
}

func link(text, uri string) string {
	return "[" + inline(text) + "](<" + strings.NewReplacer("<", "%3C", ">", "%3E").Replace(uri) + ">)"
}

// inline writes words so that Markdown has nothing to say about them.
func inline(s string) string {
	var b strings.Builder
	for _, r := range oneLine(s) {
		if strings.ContainsRune("\\`*_[]<>#|~!&", r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}
