package panther

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"panther/pkg/commandline"
	"panther/pkg/knowledge"
	"panther/pkg/sd"
	"panther/pkg/terminal"
)

type searchFlags struct {
	request knowledge.SearchRequest
	mode    string
	after   string
	full    bool
	json    bool
}

func (a *app) searchCommand() *cobra.Command {
	var f searchFlags
	cmd := &cobra.Command{
		Use: "search QUERY…", SuggestFor: []string{"find", "query", "grep"},
		Short: "Find passages",
		Long: "Find the passages that fit best, from words and meaning together.\n" +
			"A query understands \"phrases\", not:WORD, source:NAME, version:17, lang:TAG and after:DATE besides words.",
		Example: "  panther search partial index\n  panther search -n 3 --explain '\"write-ahead log\" not:replication'\n" +
			"  panther search vacuum --json | jq -r '.hits[].link'",
		Args: commandline.Between(1, -1),
		RunE: func(cmd *cobra.Command, args []string) error { return a.search(cmd, strings.Join(args, " "), f) },
	}
	fl := cmd.Flags()
	fl.IntVarP(&f.request.Limit, "limit", "n", 10, "how many passages")
	fl.StringVar(&f.mode, "mode", "hybrid", "hybrid, lexical or dense")
	fl.StringSliceVar(&f.request.Sources, "source", nil, "only from this `source` (may be repeated)")
	fl.StringSliceVar(&f.request.Languages, "lang", nil, "only in this `language` (may be repeated)")
	fl.StringSliceVar(&f.request.Tags, "tag", nil, "only documents with this `tag` (may be repeated: all of them)")
	fl.StringVar(&f.after, "after", "", "only what was fetched or published since this `date` (2026-01-31) or `age` (7d)")
	fl.BoolVar(&f.request.Explain, "explain", false, "show what each leg of the search says")
	fl.BoolVar(&f.full, "full", false, "show whole passages")
	jsonFlag(cmd, &f.json)
	_ = cmd.RegisterFlagCompletionFunc("mode", cobra.FixedCompletions([]string{"hybrid", "lexical", "dense"}, cobra.ShellCompDirectiveNoFileComp))
	_ = cmd.RegisterFlagCompletionFunc("source", a.completeSources)
	return cmd
}

func (a *app) search(cmd *cobra.Command, query string, f searchFlags) error {
	req := f.request
	req.Query, req.Syntax = query, true
	switch req.Mode = knowledge.Mode(f.mode); req.Mode {
	case knowledge.ModeHybrid, knowledge.ModeLexical, knowledge.ModeDense:
	default:
		return sd.UsageError("--mode is hybrid, lexical or dense, not %q", f.mode)
	}
	if req.Limit < 1 || req.Limit > 1000 {
		return sd.UsageError("--limit is from 1 to 1000, not %d", req.Limit)
	}
	var err error
	if req.After, err = parseSince("after", f.after, time.Now()); err != nil {
		return err
	}
	c, t, err := a.knowledgeClient()
	if err != nil {
		return err
	}
	defer c.Close()
	res, err := c.Search(cmd.Context(), req)
	if err != nil {
		return t.explain(cmd.Context(), err)
	}
	if f.json {
		return writeJSON(a.out, res)
	}
	for _, w := range res.Warnings {
		a.errOut.Printf("%s %s\n", a.errOut.Paint(terminal.Careful, "note:"), terminal.Clean(w))
	}
	for i, h := range res.Hits {
		a.printHit(i+1, h, query, f)
	}
	if len(res.Hits) == 0 {
		return a.nothingFound(cmd, c, f.request.Sources)
	}
	if a.out.Live {
		a.out.Printf("%s\n", a.out.Paint(terminal.Faint, fmt.Sprintf("%s, %.0f ms", res.Mode, res.Millis)))
	}
	return nil
}

// nothingFound tells an empty database and a source that there is not from a
// query that nothing fits.
func (a *app) nothingFound(cmd *cobra.Command, c *knowledge.Client, sources []string) error {
	if list, err := c.Sources(cmd.Context()); err == nil {
		for _, s := range sources {
			if names := namesOf(list); !slices.Contains(names, s) {
				return noSource(s, names)
			}
		}
	}
	a.errOut.Printf("nothing found\n")
	if s, err := c.Stats(cmd.Context()); err == nil && s.Documents == 0 {
		a.errOut.Printf("hint: there are no documents yet: panther sources add URL-or-folder, then panther crawl\n")
	}
	return nil
}

func (a *app) printHit(n int, h knowledge.Hit, query string, f searchFlags) {
	title := h.Title
	if len(h.Headings) > 0 {
		path := h.Headings
		if path[0] == title {
			path = path[1:]
		}
		title = strings.Join(append([]string{title}, path...), " › ")
	}
	if title == "" {
		title = h.URI
	}
	score := fmt.Sprintf("%.2f", h.Score)
	number := fmt.Sprintf("%2d  ", n)
	width := a.out.Width() - len(number)
	if a.out.Live {
		title = terminal.Truncate(title, width-len(score)-len(h.Source)-4)
	}
	a.out.Printf("%s%s  %s %s\n", a.out.Paint(terminal.Accent, number), a.out.Paint(terminal.Strong, oneLine(title)),
		a.out.Paint(terminal.Faint, h.Source), a.out.Paint(terminal.Faint, score))
	a.out.Printf("    %s\n", a.out.Paint(terminal.Style{Color: terminal.Blue, Link: h.Link}, h.Link))
	if line := h.VersionLine(); line != "" {
		a.out.Printf("    %s\n", a.out.Paint(terminal.Faint, line))
	}
	if f.request.Explain {
		a.out.Printf("    %s\n", a.out.Paint(terminal.Faint, legs(h)))
	}
	if f.full {
		for _, l := range a.out.Markdown(h.Text, width) {
			a.out.Printf("    %s\n", l)
		}
	} else {
		for _, l := range a.out.Markdown(excerpt(h.Text, query, 2*width), width) {
			a.out.Printf("    %s\n", l)
		}
	}
	a.out.Printf("\n")
}

func legs(h knowledge.Hit) string {
	one := func(name string, l *knowledge.Leg) string {
		if l == nil {
			return name + " not among its best"
		}
		return fmt.Sprintf("%s rank %d (%.3f)", name, l.Rank, l.Score)
	}
	return one("lexical", h.Lexical) + " · " + one("dense", h.Dense)
}

var (
	markup = regexp.MustCompile("(?m)^(#+ |>+ ?|[-*+] |\\d+\\. |```.*$|\\|[-:| ]+\\|$)|[*`|]+|</?a[^>]*>|!?\\[([^\\]]*)\\]\\([^)]*\\)")
	words  = regexp.MustCompile(`[\pL\pN_]{3,}`)
)

// excerpt returns about n bytes of a passage as plain text, from the sentence
// in which most words of the query first meet.
func excerpt(md, query string, n int) string {
	text := oneLine(markup.ReplaceAllString(md, "$2"))
	if len(text) <= n {
		return text
	}
	low := strings.ToLower(text)
	var at []int
	for _, w := range words.FindAllString(strings.ToLower(query), -1) {
		if len(w) > 5 {
			w = w[:len(w)-1] // indexes finds index
		}
		if i := strings.Index(low, w); i >= 0 {
			at = append(at, i)
		}
	}
	best, most := 0, 0
	for _, start := range at {
		count := 0
		for _, i := range at {
			if i >= start && i < start+n-20 {
				count++
			}
		}
		if count > most || count == most && start < best {
			best, most = start, count
		}
	}
	if i := strings.LastIndex(text[:best], ". "); i >= 0 && best-i < n/2 {
		best = i + 2
	} else if best > 20 {
		best = best - 20 + strings.IndexByte(text[best-20:]+" ", ' ') + 1
	} else {
		best = 0
	}
	return cut(text, best, n)
}

// cut returns n bytes of text from a start, with an ellipsis where something
// is left out, on whole characters.
func cut(text string, start, n int) string {
	start = min(start, len(text))
	for start > 0 && start < len(text) && !utf8.RuneStart(text[start]) {
		start--
	}
	end := min(start+n, len(text))
	for end < len(text) && !utf8.RuneStart(text[end]) {
		end--
	}
	s := text[start:end]
	if start > 0 {
		s = "… " + s
	}
	if end < len(text) {
		if i := strings.LastIndexByte(s, ' '); i > 0 {
			s = s[:i]
		}
		s += " …"
	}
	return s
}

// parseSince reads the value of a flag: a date, a time or an age.
func parseSince(flag, s string, now time.Time) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{time.DateOnly, time.RFC3339, "2006-01"} {
		if t, err := time.ParseInLocation(layout, s, now.Location()); err == nil {
			return t, nil
		}
	}
	d, err := parseAge(s)
	if err != nil {
		return time.Time{}, sd.Hint(sd.UsageError("--%s %q is neither a date nor an age", flag, s), "write it like 2026-01-31 or 7d")
	}
	return now.Add(-d), nil
}
