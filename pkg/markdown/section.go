package markdown

import (
	"regexp"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// labels finds the labels of sections, in lower case: each pattern is a whole label.
func labels(patterns ...string) *regexp.Regexp {
	return regexp.MustCompile("^(?:" + strings.Join(patterns, "|") + ")$")
}

// besideLabels are those of sections of a shop that are about no thing that the page shows.
var besideLabels = labels(
	`(?:(?:our|customers?|user|product|verified|global|top|all|latest|recent|most helpful|critics?|owner) )*(?:reviews?|ratings?|feedback)(?: (?:and|&) (?:reviews?|ratings?|feedback|questions?|comments?))?(?: (?:for|of|from|by|about|on)\b.*)?`,
	`.*\breviews for\b.*`,
	`what (?:our )?(?:customers|people|others|users|buyers)\b.*`,
	`customers? (?:who|also|say|love|questions)\b.*`,
	`(?:people|others|shoppers|guests|users|you) (?:also|who|frequently)\b.*`,
	`(?:you|we) (?:may|might|will|could|think|'ll)\b.*\b(?:like|love|need|enjoy|interested)\b.*`,
	`(?:frequently|often|usually|commonly) (?:bought|purchased|viewed)\b.*`,
	`(?:recently|last|previously|your recently) (?:viewed|visited|browsed|added)\b.*`,
	`your (?:recent|browsing)\b.*`,
	`(?:related|similar|recommended|suggested|sponsored) (?:products?|items?|articles?|posts?|searches|categories|collections?|listings?|accessories|games|books|titles|results|deals|videos|stories|content|offers|styles|ads)\b.*`,
	`recommendations`, `recommended (?:for|based)\b.*`, `picked for you`, `inspired by your\b.*`,
	`compare (?:with )?(?:similar|related)\b.*`,
	`questions? (?:and|&) answers?`, `q&a`,
	`join (?:our|the)\b.*`, `follow us`, `share(?: this)?`, `stay (?:in|up)\b.*`, `sign up\b.*`,
	`payment methods?`, `payment (?:and|&) security`,
	// German, French, Spanish, Italian, Dutch, Portuguese
	`(?:kunden)?(?:bewertung(?:en)?|rezension(?:en)?)`, `kundenmeinungen`, `ähnliche (?:produkte|artikel)`, `das könnte (?:ihnen|dir|sie)\b.*`, `(?:andere )?kunden\b.*`, `zuletzt (?:angesehen|gesehen)\b.*`,
	`avis(?: clients?)?`, `produits (?:similaires|associés|complémentaires)`, `vous aimerez\b.*`, `(?:articles?|produits?) récemment\b.*`,
	`(?:productos|artículos) (?:relacionados|similares)`, `también te puede\b.*`, `opiniones(?: de clientes)?`,
	`prodotti (?:correlati|simili)`, `potrebbe(?:ro)? (?:anche )?(?:interessarti|piacerti)\b.*`, `recensioni(?: dei clienti)?`,
	`(?:gerelateerde|vergelijkbare) producten`, `anderen bekeken\b.*`, `(?:klant)?beoordelingen`,
	`produtos (?:relacionados|similares)`,
)

// othersLabels are those of sections about other things than the one for sale.
var othersLabels = labels(
	`(?:comparable|other|popular|featured|trending|alternative) (?:products?|items?|categories|collections?|listings?|accessories|games|books|titles|deals|offers|styles)\b.*`,
	`(?:products|items|more|explore|discover|similar)(?: items| products)? (?:related|like|from|by|in|to|for|you|items|products|ideas)\b.{0,40}`,
	`(?:shop|complete|get|style|finish)(?: with)? (?:the|this|your|it) (?:look|set|outfit|style|room|order|collection|kit|with)\b.*`,
	`(?:pairs?|goes|works|wear|best paired) (?:\w+ )?with\b.*`,
	`(?:our |shop )?best ?sellers`, `new arrivals`, `trending now`, `as seen (?:on|in)\b.*`,
	`passend dazu`, `zubehör`,
)

const (
	maxTitle  = 60 // characters of the label of a section
	maxBeside = 55 // percent of the text of a page that a section beside the content may have
	// maxSections bounds how many such sections are looked for: each takes a look at the text around it.
	maxSections = 40
)

// isBeside reports whether the text of n is the label of a section that is not about what is for sale here.
func (s *shop) isBeside(n *html.Node) bool {
	text := label(n)
	return besideLabels.MatchString(text) || s.x.kind == productKind && othersLabels.MatchString(text)
}

// sections drops the sections whose labels say that they are about something else.
func (s *shop) sections(body *html.Node) {
	var labels []*html.Node
	walk(body, func(n *html.Node) bool {
		if n.Type != html.ElementNode {
			return n == body
		}
		if s.inCard(n) {
			return false
		}
		if isElement(n, atom.A, atom.Button, atom.Li, atom.Td, atom.Label, atom.Pre) {
			return !isElement(n, atom.A, atom.Button, atom.Pre, atom.Label)
		}
		if size := textLen(n, maxTitle+1); size == 0 || size > maxTitle {
			return size != 0
		}
		if (isHeading(n) || hasText(n)) && s.isBeside(n) {
			labels = append(labels, n)
			return false
		}
		return true
	})
	for _, n := range labels[:min(len(labels), maxSections)] {
		if n.Parent != nil && contains(body, n) {
			s.section(n)
		}
	}
}

// hasText reports whether there is text right in n.
func hasText(n *html.Node) bool {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type == html.TextNode && strings.TrimSpace(c.Data) != "" {
			return true
		}
	}
	return false
}

// label returns the text of n as labels are compared: in lower case, without counts and marks at its ends.
func label(n *html.Node) string {
	text := strings.ToLower(strings.ReplaceAll(textOf(n), "’", "'"))
	return strings.Trim(text, " \t:.…!?()[]0123456789,-–+*#>›»|/")
}

// section drops what label is the label of: the largest element that starts with it and holds no other section, or what
// follows it up to the next.
func (s *shop) section(label *html.Node) {
	n := label
	for p := n.Parent; p != nil && !isElement(p, atom.Body, atom.Main); p = p.Parent {
		if textBefore(p, n) || s.x.holdsHeadline(p) || textLen(p, 1<<20)*100 > s.total*maxBeside || s.otherSection(p, n) {
			break
		}
		n = p
	}
	if n != label && textLen(n, 1<<20) > textLen(label, 1<<20) {
		if isHeading(label) || find(label, isHeading) != nil || linkDense(n) || s.cards(n) || isReviews(label) {
			s.x.drop(n, "about something else")
		}
		return
	}
	if !isHeading(label) {
		return
	}
	for c := n.NextSibling; c != nil; {
		next := c.NextSibling
		if isHeading(c) || c.Type == html.ElementNode && (find(c, isHeading) != nil && !isElement(c, atom.Ul, atom.Ol) && s.otherSection(c, nil) || s.x.holdsHeadline(c)) || textLen(c, 1<<20)*100 > s.total*maxBeside {
			break
		}
		s.x.drop(c, "about something else")
		c = next
	}
	s.x.drop(n, "label of something else")
}

// textBefore reports whether there is text in p before n.
func textBefore(p, n *html.Node) bool {
	for c := p.FirstChild; c != nil && c != n; c = c.NextSibling {
		if textLen(c, 4) >= 4 {
			return true
		}
	}
	return false
}

// otherSection reports whether p has a heading outside of n that is not the title of a card.
func (s *shop) otherSection(p, n *html.Node) bool {
	for c := p.FirstChild; c != nil; c = c.NextSibling {
		if c == n || c.Type != html.ElementNode {
			continue
		}
		if s.isOwnHeading(c, p) || find(c, func(k *html.Node) bool { return s.isOwnHeading(k, p) }) != nil {
			return true
		}
	}
	return false
}

// isOwnHeading reports whether h heads a part of root that is neither a card nor about something else.
func (s *shop) isOwnHeading(h, root *html.Node) bool {
	if !isHeading(h) || textLen(h, 1) == 0 || find(h, func(c *html.Node) bool { return isElement(c, atom.A) }) != nil || s.isBeside(h) {
		return false
	}
	for p := h.Parent; p != nil && p != root; p = p.Parent {
		if isElement(p, atom.A, atom.Li, atom.Article) {
			return false
		}
	}
	return true
}

// cards reports whether there are cards below n.
func (s *shop) cards(n *html.Node) bool {
	return find(n, func(c *html.Node) bool {
		cards, _ := s.x.cardsIn(c)
		return cards != nil
	}) != nil
}

func isReviews(n *html.Node) bool {
	text := label(n)
	return strings.Contains(text, "review") || strings.Contains(text, "rating")
}
