package markdown

import (
	"strings"
	"unicode"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"panther/pkg/commonmark"
)

// clear takes out of a page no theme is known for what is recognized as standing beside its content: navigation,
// search, footers, consent, sharing, what is related. How heavy a part is says nothing about it, except that a part with
// most of the text, or with the page's heading, is no such part whatever its name.
func (x *extraction) clear(body *html.Node) {
	c := &clearing{x: x, total: textLen(body, 1<<20), words: make(map[string]besideClass)}
	c.children(body)
}

type clearing struct {
	x     *extraction
	total int                    // characters of the page
	words map[string]besideClass // what the classes of the page say
}

func (c *clearing) children(n *html.Node) {
	for k := n.FirstChild; k != nil; {
		next := k.NextSibling
		if k.Type == html.ElementNode && !isElement(k, atom.Pre, atom.P) {
			if reason := c.beside(k); reason != "" {
				c.x.drop(k, reason)
			} else {
				c.children(k)
			}
		}
		k = next
	}
}

// holdsContent reports whether a part that is named as furniture has what furniture has not.
func (c *clearing) holdsContent(n *html.Node, share int) bool {
	if textLen(n, 1<<20)*100 > c.total*share {
		return true
	}
	return find(n, func(k *html.Node) bool {
		return isElement(k, atom.Main) || strings.Contains(attr(k, "itemprop"), "articleBody") || len(c.x.index.h1) > 0 && k == c.x.index.h1[0]
	}) != nil
}

// beside returns what n is recognized as, or "".
func (c *clearing) beside(n *html.Node) string {
	switch n.DataAtom {
	case atom.Nav:
		return c.unless(n, "navigation", 50)
	case atom.Footer:
		if !under(n, atom.Article, atom.Blockquote, atom.Section) {
			return c.unless(n, "footer", 50)
		}
	case atom.Header:
		if !under(n, atom.Article, atom.Section, atom.Li) && (find(n, func(k *html.Node) bool { return isElement(k, atom.Nav, atom.Form) }) != nil && !holdsParagraph(n) || linkDense(n)) {
			return c.unless(n, "header of the site", 50)
		}
	case atom.Aside:
		if find(n, func(k *html.Node) bool { return isElement(k, atom.Article) }) == nil && alertKind(n) == "" && linkDense(n) {
			return c.unless(n, "aside of links", 50)
		}
	case atom.A, atom.Main, atom.Body, atom.Table, atom.Tbody, atom.Tr, atom.Td, atom.Th, atom.Label, atom.Input:
		return ""
	}
	if isHeading(n) || isElement(n, atom.Code, atom.Article) {
		return ""
	}
	if role := attr(n, "role"); role != "" && furnitureRole[role] {
		return c.unless(n, "role "+role, 50)
	}
	word, links := c.besideName(n)
	if word == "" || links && textLen(n, 80) >= 80 && !linkDense(n) {
		return ""
	}
	if word == "search" && find(n, func(k *html.Node) bool { return isElement(k, atom.Input, atom.Form) }) == nil {
		return "" // what was found
	}
	return c.unless(n, "named "+word, 30)
}

func (c *clearing) unless(n *html.Node, reason string, share int) string {
	if c.holdsContent(n, share) || holdsQuote(n) || holdsCode(n) {
		return ""
	}
	return reason
}

// besideClass is what a class says.
type besideClass struct {
	word  string
	links bool
}

// besideName looks for words in the class and the id of n. An id that is the anchor of a heading names a section.
// links says that only a part that is made of links is what the word says.
func (c *clearing) besideName(n *html.Node) (word string, links bool) {
	if class := attr(n, "class"); class != "" {
		said, ok := c.words[class]
		if !ok {
			said.word, said.links = besideWord(class)
			c.words[class] = said
		}
		if said.word != "" {
			return said.word, said.links
		}
	}
	if id := attr(n, "id"); id != "" {
		if word, links = besideWord(id); word != "" && !headsSection(n, id) {
			return word, links
		}
	}
	return "", false
}

func headsSection(n *html.Node, id string) bool {
	h := find(n, isHeading)
	return h != nil && (attr(h, "id") != "" || strings.Contains(strings.ReplaceAll(commonmark.Slug(textOf(h)), "-", ""), strings.ReplaceAll(strings.ToLower(id), "-", "")))
}

// besideWord returns the first word of a class or an id that names what is not content, or "".
func besideWord(names string) (word string, links bool) {
	word = findName(names, func(words []string) string {
		for _, w := range words {
			if besideWords[w] || linkWords[w] {
				return w
			}
		}
		return ""
	})
	return word, linkWords[word]
}

// findName returns what fn returns for the first of the names, cut into words, for which that is not "". A name that
// denies its word ("no-sidebar", "with-sidebar") or that is the state of a wrapper ("has-footer") names something else.
func findName(names string, fn func(words []string) string) string {
	if len(names) < 3 || len(names) > 400 {
		return ""
	}
	for rest := names; rest != ""; {
		var token string
		token, rest = nextToken(rest)
		words := nameWords(token)
		if len(words) == 0 || len(words) > 1 && (stateWords[words[0]] || words[len(words)-1] == "only") {
			continue
		}
		if found := fn(words); found != "" {
			return found
		}
	}
	return ""
}

var (
	// stateWords begin the names of states and of layouts.
	stateWords = set("no has with without is hide show not hasnt js theme wp page layout content main body single template")
	// besideWords name what is no content whatever it holds.
	besideWords = set(`cookie cookies consent gdpr onetrust cookiebot sharebar addtoany addthis newsletter popup lightbox modal
		advertisement adsense outbrain taboola disqus comments skiplink toast snackbar minicart flyout offcanvas megamenu
		upsell crosssell breadcrumb breadcrumbs pagination sidebar signin searchbar searchbox related recommended recommendation recommendations`)
	// linkWords name lists of links to other pages, and also what happens to be called so.
	linkWords = set(`nav navbar navigation subnav sitenav topnav menu submenu footer subfooter share sharing social socials
		recommends subscribe subscription signup login drawer search pager advert ads sponsored toc skip tooltip wishlist
		trending popular promo topbar utility languages`)
)

// nameWords splits a class token at hyphens, underscores and capitals.
func nameWords(token string) []string {
	var words []string
	var b strings.Builder
	flush := func() {
		if b.Len() > 0 {
			words = append(words, b.String())
			b.Reset()
		}
	}
	lower := false
	for _, r := range token {
		switch {
		case !unicode.IsLetter(r):
			flush()
			lower = false
			continue
		case unicode.IsUpper(r) && lower:
			flush()
		}
		lower = unicode.IsLower(r)
		b.WriteRune(unicode.ToLower(r))
	}
	flush()
	return words
}
