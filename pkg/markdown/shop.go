package markdown

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// clearShop takes out of a page on which things are for sale what is about others: what customers say and what else
// they bought, filters, ways to pay.
func (x *extraction) clearShop(body *html.Node) {
	s := &shop{x: x, total: textLen(body, 1<<20)}
	s.sections(body)
	s.names(body)
	s.choices(body)
	if x.kind == productKind {
		s.others(body)
	}
	for _, shelf := range x.shelves(body) {
		s.tidy(shelf)
	}
}

type shop struct {
	x     *extraction
	total int // characters of the page
}

// inCard reports whether n is one of the things on a shelf, with all that it says.
func (s *shop) inCard(n *html.Node) bool {
	if s.x.kind != shelfKind || isElement(n, atom.A) {
		return false
	}
	ok, _ := s.x.isCard(n)
	return ok
}

// shopWords name parts of a shop that are not about what is for sale.
var shopWords = set(`review reviews rating ratings bazaarvoice bv yotpo trustpilot stamped okendo judgeme powerreviews upsell crosssell wishlist recently
	filter filters facet facets refine refinement refinements sorting sortby sort financing affirm klarna afterpay paypal minicart quickview quickshop swatch swatches
	qna recommendations recs`)

// names drops the parts whose names say that they are not about what is for sale, unless they are a great part of the
// page.
func (s *shop) names(n *html.Node) {
	const great = 40 // percent
	for k := n.FirstChild; k != nil; {
		next := k.NextSibling
		if k.Type == html.ElementNode && !s.inCard(k) {
			if word := shopWord(k); word != "" && textLen(k, 1<<20)*100 < s.total*great && !s.x.holdsHeadline(k) {
				s.x.drop(k, "named "+word)
			} else {
				s.names(k)
			}
		}
		k = next
	}
}

func shopWord(n *html.Node) string {
	if isHeading(n) || isElement(n, atom.Body, atom.Main, atom.Article, atom.P, atom.Label) {
		return ""
	}
	return first(findName(attr(n, "class"), besideThings), findName(attr(n, "id"), besideThings))
}

// besideThings returns the first of words that names a part which is not about what is for sale, or "". The results of
// a filter are.
func besideThings(words []string) string {
	switch words[len(words)-1] {
	case "result", "results", "grid":
		return ""
	}
	for _, w := range words {
		if shopWords[w] {
			return w
		}
	}
	return ""
}

// choices drops what a visitor chooses from: boxes to tick, and lists of the same page sorted or cut down in other ways.
func (s *shop) choices(n *html.Node) {
	for c := n.FirstChild; c != nil; {
		next := c.NextSibling
		if c.Type == html.ElementNode && textLen(c, 1) > 0 && !isElement(c, atom.Table) {
			if s.isChoice(c) {
				s.x.drop(c, "choices")
			} else {
				s.choices(c)
			}
		}
		c = next
	}
}

// isChoice reports whether n is made of boxes and switches with their labels, or of links to the page itself.
func (s *shop) isChoice(n *html.Node) bool {
	const few, label = 4, 40 // characters
	switches, others, numbers := 0, 0, 0
	find(n, func(c *html.Node) bool {
		switch {
		case isElement(c, atom.Input):
			if kind := attr(c, "type"); kind == "checkbox" || kind == "radio" {
				switches++
			}
		case isElement(c, atom.A) && hasAttr(c, "href"):
			if s.x.leadsHere(c) {
				switches++
			} else if leads(c) {
				others++
			}
		case isElement(c, atom.Li, atom.Button) && textLen(c, 5) < 5 && isNumber(textOf(c)):
			numbers++
		case isElement(c, atom.P, atom.Pre, atom.Table, atom.Img, atom.H1):
			others++
		}
		return others > 0
	})
	switches = max(switches, numbers)
	return others == 0 && switches >= few && textLen(n, 1<<20) <= switches*label
}

func isNumber(text string) bool {
	for _, r := range text {
		if r < '0' || r > '9' {
			return false
		}
	}
	return text != ""
}

// leadsHere reports whether a link leads to the page itself, with another query.
func (x *extraction) leadsHere(a *html.Node) bool {
	href := attr(a, "href")
	if strings.HasPrefix(href, "?") {
		return true
	}
	before, _, query := strings.Cut(href, "?")
	if !query || x.base == nil {
		return false
	}
	before = resolve(x.base, before)
	return before != "" && strings.TrimRight(before, "/") == strings.TrimRight(x.base.Scheme+"://"+x.base.Host+x.base.EscapedPath(), "/")
}

// others drops the cards of other things, with the label above them.
func (s *shop) others(body *html.Node) {
	for c := body.FirstChild; c != nil; {
		next := c.NextSibling
		if c.Type == html.ElementNode && textLen(c, 1) > 0 {
			if cards, priced := s.x.cardsIn(c); cards != nil && !holdsParagraph(c) && (priced*2 >= len(cards) || nameHas(c, "product", "card", "carousel", "slide", "swiper") || nameHas(cards[0], "product", "card", "slide")) && !s.x.holdsHeadline(c) && textLen(c, 1<<20)*100 < s.total*maxBeside {
				s.x.drop(s.withLabel(c), "other things")
			} else {
				s.others(c)
			}
		}
		c = next
	}
}

// withLabel returns the element around n that has next to nothing but it.
func (s *shop) withLabel(n *html.Node) *html.Node {
	size := textLen(n, 1<<20)
	for p := n.Parent; p != nil && !isElement(p, atom.Body, atom.Main) && !s.x.holdsHeadline(p) && textLen(p, 1<<20) < size+maxTitle; p = p.Parent {
		n = p
	}
	return n
}

// tidy takes out of the cards of a shelf what says nothing about the thing: what they all offer to do, and what is said
// twice, for a narrow and for a wide screen.
func (s *shop) tidy(shelf *html.Node) {
	cards, _ := s.x.cardsIn(shelf)
	type piece struct {
		n    *html.Node
		text string
	}
	offers := make(map[string]int)
	var pieces []piece
	for _, card := range cards {
		said := make(map[string]bool)
		walk(card, func(n *html.Node) bool {
			if n.Type != html.ElementNode || n == card {
				return n == card
			}
			if find(n, func(c *html.Node) bool { return textLen(c, 1) > 0 }) != nil {
				return true
			}
			text := textOf(n)
			switch {
			case len(text) < 4:
			case said[text]:
				s.x.drop(n, "said twice")
			case isElement(n, atom.A, atom.Button, atom.Label) || under(n, atom.Button, atom.Label) || under(n, atom.A) && len(text) < 20:
				offers[text]++
				pieces = append(pieces, piece{n, text})
				said[text] = true
			default:
				said[text] = true
			}
			return false
		})
	}
	for _, p := range pieces {
		if offers[p.text]*3 > len(cards)*2 && p.n.Parent != nil {
			s.x.drop(p.n, "what every card offers")
		}
	}
}
