package markdown

import (
	"regexp"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// kind is what a page is, as far as that says what belongs to it.
type kind byte

const (
	plainKind   kind = iota
	articleKind      // a text, with other texts announced around it
	productKind      // one thing for sale
	shelfKind        // things for sale or pages to go to, one beside the other
)

// readKind returns what the page calls itself: to search engines first, since what it says to social networks is often
// the same on every page of a site.
func readKind(ix *index, ld linkedData) kind {
	social := ""
	for _, n := range ix.metas {
		if strings.EqualFold(attr(n, "property"), "og:type") {
			social = strings.ToLower(strings.TrimSpace(attr(n, "content")))
			break
		}
	}
	shelf := strings.Contains(social, "product") && strings.HasSuffix(social, "group")
	switch {
	case ld.article:
		return articleKind
	case ld.shelf || ld.products > 1 || shelf:
		return shelfKind
	case ld.products == 1 || social == "product" || strings.HasSuffix(social, ":product") || strings.HasSuffix(social, ":item"):
		return productKind
	case social == "article" || hasMeta(ix.metas, "article:published_time"):
		return articleKind
	case ix.marks["@Product"]:
		return productKind
	}
	return plainKind
}

// price finds an amount of money.
var price = regexp.MustCompile(`[$€£¥₹₽₩₺₴]\s?\d|\d\s?(?:[$€£¥₹₽₩₺₴]|kr\b|zł|Kč|Ft\b|lei\b|CHF\b|EUR\b|USD\b|GBP\b|SEK\b|NOK\b|DKK\b|AUD\b|CAD\b)|\b(?:EUR|USD|GBP|CHF|AUD|CAD|Rs\.?|R\$|S\$|A\$)\s?\d`)

// A card stands for another page: a picture or a price, and a few words, in a link to it.
const (
	maxCard  = 400 // characters
	minCards = 3   // of one kind beside each other
)

// cardsIn returns the children of n that are cards of one kind, and how many of them have a price.
func (x *extraction) cardsIn(n *html.Node) (cards []*html.Node, priced int) {
	var first *html.Node // of the kind that most children are of, if any is
	votes := 0
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		switch {
		case !mayBeCard(c):
		case votes == 0:
			first, votes = c, 1
		case alike(c, first):
			votes++
		default:
			votes--
		}
	}
	if votes == 0 {
		return nil, 0
	}
	all := 0
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if !mayBeCard(c) || !alike(c, first) {
			continue
		}
		all++
		if ok, cost := x.isCard(c); ok {
			cards = append(cards, c)
			if cost {
				priced++
			}
		}
	}
	if len(cards) < minCards || len(cards)*2 < all {
		return nil, 0
	}
	return cards, priced
}

// mayBeCard reports whether n is an element that has room for a card.
func mayBeCard(n *html.Node) bool {
	return n.Type == html.ElementNode && (isElement(n, atom.Div, atom.Li, atom.A, atom.Article, atom.Section, atom.Figure) || n.DataAtom == 0)
}

// alike reports whether two elements have one tag and the same first class.
func alike(a, b *html.Node) bool {
	one, _ := nextToken(attr(a, "class"))
	other, _ := nextToken(attr(b, "class"))
	return a.Data == b.Data && one == other
}

// isCard reports whether n is a card, and whether it has a price.
func (x *extraction) isCard(n *html.Node) (ok, priced bool) {
	size := textLen(n, maxCard+1)
	if size == 0 || size > maxCard {
		return false, false
	}
	link, picture := isElement(n, atom.A) && leads(n), false
	find(n, func(c *html.Node) bool {
		link = link || isElement(c, atom.A) && leads(c)
		picture = picture || isElement(c, atom.Img, atom.Picture, atom.Svg)
		return link && picture
	})
	if !link {
		return false, false
	}
	priced = price.MatchString(textOf(n))
	return picture || priced, priced
}

// leads reports whether a is a link to another page.
func leads(a *html.Node) bool {
	href := strings.TrimSpace(attr(a, "href"))
	return href != "" && href[0] != '#' && !strings.HasPrefix(href, "javascript:") && !strings.HasPrefix(href, "mailto:") && !strings.HasPrefix(href, "tel:")
}

// countPrices returns how many prices there are below each element that has any.
func countPrices(body *html.Node) map[*html.Node]int {
	prices := make(map[*html.Node]int)
	walk(body, func(n *html.Node) bool {
		if n.Type == html.TextNode && mayBePrice(n.Data) {
			for p := n.Parent; p != nil; p = p.Parent {
				prices[p]++
			}
		}
		return n.Type == html.ElementNode && !isElement(n, atom.Script, atom.Style, atom.Pre)
	})
	return prices
}

// mayBePrice reports whether a text is so short that it says a price and little else, or the currency of one.
func mayBePrice(text string) bool {
	const short = 60
	text = strings.TrimSpace(text)
	return text != "" && len(text) <= short && (strings.ContainsAny(text, "$€£¥₹₽₩₺₴") || strings.ContainsAny(text, "0123456789") && price.MatchString(text))
}

// shelves returns the outermost elements below n that hold cards with prices.
func (x *extraction) shelves(n *html.Node) []*html.Node {
	if x.prices == nil {
		x.prices = countPrices(x.index.body)
	}
	var out []*html.Node
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if x.prices[c] < minCards {
			continue
		}
		if cards, priced := x.cardsIn(c); priced > 0 && priced*2 >= len(cards) {
			out = append(out, c)
		} else {
			out = append(out, x.shelves(c)...)
		}
	}
	return out
}

// offersMany reports whether the page shows so many things with their prices that they are what it is about.
func (x *extraction) offersMany(body *html.Node) bool {
	const many = 6
	for _, s := range x.shelves(body) {
		if _, priced := x.cardsIn(s); priced >= many {
			return true
		}
	}
	return false
}

// withShelves returns the smallest element around n and what is for sale on the page, where this outweighs n: the page
// then is a shop, and n its introduction.
func (x *extraction) withShelves(n, body *html.Node) *html.Node {
	around, size := n, 0
	for _, s := range x.shelves(body) {
		if s == n || contains(n, s) || contains(s, n) {
			continue
		}
		size += textLen(s, 1<<20)
		for around != body && !contains(around, s) {
			around = around.Parent
		}
	}
	if around == body || size < textLen(n, 1<<20) {
		return n
	}
	return around
}

// holdsHeadline reports whether n is or holds the heading of the page.
func (x *extraction) holdsHeadline(n *html.Node) bool {
	return len(x.index.h1) > 0 && (n == x.index.h1[0] || contains(n, x.index.h1[0]))
}
