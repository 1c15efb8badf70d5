package grounding

import (
	"fmt"
	"math"
	"strings"
	"unicode/utf8"

	"panther/pkg/commonmark"
	"panther/pkg/gate"
	"panther/pkg/knowledge"
	"panther/pkg/search"
)

const (
	// quoted is how many passages an extractive answer quotes: what fits a
	// screen.
	quoted = 4
	// quoteSize bounds one quotation in bytes, about twelve lines.
	quoteSize = 900
)

// Quotable picks the passages that an answer without a model quotes: the first
// of each document, since a reader who wants more of it follows the link; then,
// where few documents are left, the first of their other sections.
func Quotable(list []knowledge.Passage) []knowledge.Passage {
	var out, sections []knowledge.Passage
	seen := map[string]bool{}
	for _, p := range list {
		switch {
		case !seen[p.URI]:
			out = append(out, p)
		case !seen[p.Link]:
			sections = append(sections, p)
		}
		seen[p.URI], seen[p.Link] = true, true
	}
	out = append(out, sections...)
	return out[:min(quoted, len(out))]
}

// Extract answers a question with its sources, quoted and cited, for where no
// language model is configured; why says so to the reader. It marks them as
// cited.
func Extract(s *Sources, question, why string, weak bool) string {
	list := s.Passages()
	if len(list) == 0 {
		return "I don't know from your sources: nothing in them matches the question.\n\n" + why
	}
	var b strings.Builder
	if weak {
		b.WriteString("I don't know from your sources. The nearest passages are:\n\n")
	}
	q := search.Text(question)
	for _, p := range list {
		s.Cite(p.N)
		g := gate.Quote(s)
		text := g.Write(excerpt(p, q)) + g.Close()
		fmt.Fprintf(&b, "**%s** [%d]\n\n%s\n\n", gate.Text(s, Heading(p)), p.N, quote(text))
	}
	b.WriteString(why)
	return b.String()
}

// excerpt returns the blocks of a passage around the one that has most of the
// question's words, in reading order and within quoteSize.
func excerpt(p knowledge.Passage, q search.Query) string {
	blocks := splitBlocks(p.Text)
	if len(blocks) == 0 {
		return ""
	}
	best, bestScore := 0, math.Inf(-1)
	words := q.Matcher("", p.Text)
	for i, b := range blocks {
		has, _ := words(b)
		if score := float64(has) - float64(len(b))/8000; score > bestScore { // a little less for a long one
			best, bestScore = i, score
		}
	}
	from, to, size := best, best+1, len(blocks[best])
	for grown := true; grown; {
		grown = false
		if to < len(blocks) && size+len(blocks[to]) <= quoteSize {
			size += len(blocks[to])
			to++
			grown = true
		}
		if from > 0 && size+len(blocks[from-1]) <= quoteSize {
			from--
			size += len(blocks[from])
			grown = true
		}
	}
	return clip(strings.Join(blocks[from:to], "\n\n"))
}

// splitBlocks returns the blocks of Markdown without its headings, since the
// quotation has one.
func splitBlocks(md string) []string {
	var out []string
	for _, b := range commonmark.Blocks(md, nil) {
		if b.Kind != commonmark.Heading {
			out = append(out, b.Source)
		}
	}
	return out
}

// clip shortens a text to quoteSize at the end of a line or word. The gate closes
// the code block that it cuts.
func clip(s string) string {
	if len(s) <= quoteSize {
		return s
	}
	cut := quoteSize
	for !utf8.RuneStart(s[cut]) {
		cut--
	}
	if i := strings.LastIndexAny(s[:cut], "\n "); i > quoteSize/2 {
		cut = i
	}
	return strings.TrimRight(s[:cut], " \n") + " …"
}

func quote(s string) string {
	return "> " + strings.ReplaceAll(s, "\n", "\n> ")
}
