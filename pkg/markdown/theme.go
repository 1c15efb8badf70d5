package markdown

import (
	"strings"

	"github.com/andybalholm/cascadia"
	"golang.org/x/net/html"
)

// theme describes the pages of one generator: how they are recognized, where their content is, and which parts of it
// are furniture.
type theme struct {
	name string
	// marks recognize the theme: "#id", ".class", "<custom-element", "@Type" of schema.org, "g:prefix" of meta generator, or "c:words" of a
	// comment. Any one suffices, except that marks joined by "+" must all be there.
	marks []string
	// region holds CSS selectors in order of preference; the first that selects an element with text wins.
	region []string
	// title selects the page's heading where it lies outside the region.
	title string
	// drop holds selectors of furniture inside the region.
	drop string
	// members select the names of what a page describes, where they are no headings: those of the second level, then those of
	// the third.
	members []string
	// indexes are the files of its manuals that list what other pages say, as patterns of path.Match.
	indexes []string
	// article says that the body of its pages is an article, whose headline is not repeated in the Markdown.
	article bool
	// static says that its pages call themselves articles whatever they are.
	static bool

	regions  []cascadia.Selector
	titles   cascadia.Selector
	dropping cascadia.Selector
	naming   []cascadia.Selector
}

// themeMarks holds every single mark of themes and boards, so that the index notes only these.
var themeMarks = compileThemes()

func compileThemes() map[string]bool {
	marks := make(map[string]bool)
	note := func(list []string) {
		for _, mark := range list {
			for _, single := range strings.Split(mark, "+") {
				marks[single] = true
			}
		}
	}
	note([]string{"@Product"})
	for i := range boards {
		note(boards[i].marks)
	}
	for i := range themes {
		t := &themes[i]
		note(t.marks)
		for _, s := range t.region {
			t.regions = append(t.regions, cascadia.MustCompile(s))
		}
		if t.title != "" {
			t.titles = cascadia.MustCompile(t.title)
		}
		for _, m := range t.members {
			t.naming = append(t.naming, cascadia.MustCompile(m))
		}
		if t.drop != "" {
			t.dropping = cascadia.MustCompile(t.drop)
		}
	}
	return marks
}

// recognize returns the first theme the page bears a mark of, or nil.
func recognize(ix *index) *theme {
	for i := range themes {
		for _, mark := range themes[i].marks {
			if ix.bears(mark) {
				return &themes[i]
			}
		}
	}
	return nil
}

func (ix *index) bears(mark string) bool {
	for mark != "" {
		var single string
		single, mark, _ = strings.Cut(mark, "+")
		var ok bool
		switch {
		case strings.HasPrefix(single, "g:"):
			ok = strings.HasPrefix(ix.generator, single[2:])
		case strings.HasPrefix(single, "c:"):
			ok = strings.Contains(ix.comment, single[2:])
		default:
			ok = ix.marks[single]
		}
		if !ok {
			return false
		}
	}
	return true
}

// minRegionText is the least text, in characters, that a region of a recognized theme must have to be chosen before
// its later selectors; stubs with one sentence are real pages, so it is small.
const minRegionText = 12

// regionOf returns the element of the theme's content and the selector that found it. Where a selector finds several
// elements that do not contain each other, the one with the most text is taken. Where all have too little, shortest is
// the first that any selector found: the page of a section without text of its own, say.
func (t *theme) regionOf(doc *html.Node) (best *html.Node, by string, shortest *html.Node) {
	for i, sel := range t.regions {
		var best *html.Node
		most := minRegionText - 1
		for _, n := range cascadia.QueryAll(doc, sel) {
			if best != nil && contains(best, n) {
				continue
			}
			if shortest == nil {
				shortest = n
			}
			if size := textLen(n, 1<<20); size > most {
				best, most = n, size
			}
		}
		if best != nil {
			return best, t.region[i], nil
		}
	}
	return nil, "", shortest
}

func contains(outer, n *html.Node) bool {
	for p := n.Parent; p != nil; p = p.Parent {
		visit()
		if p == outer {
			return true
		}
	}
	return false
}
