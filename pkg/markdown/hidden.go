package markdown

import (
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// hide takes out of the document what a browser would never show, before anything is weighed: a text that no reader
// sees is either not meant for this page or not meant for readers.
//
// There are two ways to hide. What is folded (display, visibility, the hidden attribute, no height) stays where the
// page lets a reader unfold it, as tabs, accordions and details do. What is covered (no size, no opacity, off the
// screen, its own background's colour) can't be uncovered, and is text for programs.
//
// With whole a part that holds most of the page is folded for the moment before scripts run, as nothing else is there.
func (x *extraction) hide(whole bool) {
	h := &hider{x: x, whole: whole, styles: readStyles(x.index.doc, x.hasSheets()), controls: make(map[string]bool), behind: make(map[*html.Node]string), mostly: make(map[string]bool)}
	h.prepare(x.index.body)
	h.see(x.index.body, false)
}

// hider is the state of one walk over the document.
type hider struct {
	x        *extraction
	whole    bool
	styles   *styles
	controls map[string]bool // ids that a control of the page names as what it shows
	behind   map[*html.Node]string
	mostly   map[string]bool // of a class: whether what has it is most of the page
	total    int             // characters of the page, once most is asked
	waiting  int             // elements that were found to hold the whole page
}

// hiding is one place where text was taken out, for the warning about pages that have much of it.
type hiding struct {
	parent  *html.Node
	size    int
	covered bool // in a way that nothing uncovers
	speaks  bool // to a model
}

func (x *extraction) hasSheets() bool {
	for _, n := range x.index.heads {
		if strings.Contains(strings.ToLower(attr(n, "rel")), "stylesheet") {
			return true
		}
	}
	return false
}

// prepare opens what stands for itself without scripts: a noscript element that holds the page, and what React and Marko
// send late, hidden, to be moved to its place. It notes which ids controls name.
func (h *hider) prepare(body *html.Node) {
	var noscripts, streamed []*html.Node
	places := make(map[string]*html.Node)
	walk(body, func(n *html.Node) bool {
		if n.Type != html.ElementNode {
			return n == body
		}
		switch {
		case strings.HasPrefix(n.Data, "x-"): // an element of the page, not of what rewrite makes
			n.Data = "page-" + n.Data
		case n.Data == "noscript":
			noscripts = append(noscripts, n)
			return false
		case n.Data == "template" && strings.HasPrefix(attr(n, "id"), "B:"), n.Data == "template" && strings.HasPrefix(attr(n, "id"), "P:"):
			places[attr(n, "id")[2:]] = n
		case hasAttr(n, "hidden") && strings.HasPrefix(attr(n, "id"), "S:"):
			streamed = append(streamed, n)
		case strings.HasPrefix(attr(n, "id"), "af"):
			switch name, number, ok := markoID(attr(n, "id")); {
			case ok && strings.HasSuffix(name, "ph"):
				places[strings.TrimSuffix(name, "ph")+number] = n
			case ok && strings.Contains(attr(n, "style"), "none"):
				streamed = append(streamed, n)
			}
		}
		for i := range n.Attr {
			switch n.Attr[i].Key {
			case "aria-controls", "data-target", "data-bs-target", "data-controls", "data-tab-target", "data-toggle-target":
				for _, id := range strings.Fields(n.Attr[i].Val) {
					h.controls[strings.TrimPrefix(id, "#")] = true
				}
			case "href":
				if v := n.Attr[i].Val; len(v) > 1 && v[0] == '#' && (attr(n, "role") == "tab" || attr(n, "role") == "button" || nameHas(n, "tab", "toggle", "accordion", "collapse")) {
					h.controls[v[1:]] = true
				}
			}
		}
		return true
	})
	for _, n := range streamed {
		if place := places[strings.TrimPrefix(attr(n, "id"), "S:")]; place != nil && place.Parent != nil && !contains(n, place) {
			n.Attr = nil
			replace(place, n)
		}
	}
	rest := -1
	for _, n := range noscripts {
		if rest < 0 {
			rest = textLen(body, 1<<20)
		}
		h.openNoscript(n, rest)
	}
}

// markoID parts the id that Marko gives to what it sends late, "af16", and to where it belongs, "afph16".
func markoID(id string) (name, number string, ok bool) {
	name = strings.TrimRight(id, "0123456789")
	return name, id[len(name):], len(name) < len(id)
}

// askSize is the length, in characters, of what a noscript element says where it only asks for scripts.
const askSize = 150

// openNoscript replaces a noscript element by what it holds when that has more text than all the rest of the page.
func (h *hider) openNoscript(n *html.Node, rest int) {
	if n.FirstChild == nil || n.FirstChild.Type != html.TextNode || len(n.FirstChild.Data) < max(rest, askSize) {
		return
	}
	nodes, err := html.ParseFragment(strings.NewReader(n.FirstChild.Data), &html.Node{Type: html.ElementNode, Data: "div", DataAtom: atom.Div})
	if err != nil {
		return
	}
	div := element("div")
	for _, c := range nodes {
		div.AppendChild(c)
	}
	if textLen(div, 1<<20) > max(rest, askSize) {
		replace(n, div)
		walk(div, h.x.index.visit)
	}
}

// see decides about what is below n. tiny says that text here has no size.
func (h *hider) see(n *html.Node, tiny bool) {
	for c := n.FirstChild; c != nil; {
		next := c.NextSibling
		switch {
		case c.Type == html.ElementNode:
			h.element(c, tiny)
		case c.Type == html.TextNode && tiny && strings.TrimSpace(c.Data) != "":
			h.drop(c, true, "text without size")
		}
		c = next
	}
}

func (h *hider) element(n *html.Node, tiny bool) {
	switch n.DataAtom {
	case atom.Script, atom.Style, atom.Template, atom.Noscript, atom.Head, atom.Svg, atom.Math:
		return
	case atom.Dialog:
		if !hasAttr(n, "open") {
			h.drop(n, false, "closed dialog")
			return
		}
	case atom.Img:
		h.speaking(n)
		return
	}
	decl := h.styles.of(n)
	switch how := decl.covers(); {
	case how != "" && !(decl.fades() && (h.moves(n, decl) || h.unfolds(n) || h.most(n))) && !h.waits(n):
		h.drop(n, true, how)
		return
	case (hasAttr(n, "hidden") && attr(n, "hidden") != "until-found" || decl.folds()) && !h.unfolds(n) && !h.waits(n) &&
		!(decl.unseen() && h.moves(n, decl)) && !((decl.unseen() || h.whole) && h.most(n)):
		h.drop(n, false, "hidden")
		return
	case decl["color"] != "" && h.sameColour(n, decl):
		h.drop(n, true, "text in the colour of its background")
		return
	}
	if size := decl["font-size"]; size != "" {
		tiny = small(size, 1) && !h.waits(n)
	}
	if !isElement(n, atom.Pre) { // highlighters style every word of code
		h.see(n, tiny)
	}
}

// waits reports whether n is the page itself, which a script will show: it has the heading, or next to nothing but n has
// text.
func (h *hider) waits(n *html.Node) bool {
	const wrappers = 8 // that hide the whole page, one in the other
	if h.waiting >= wrappers || aside(n) {
		return false
	}
	one := len(h.x.index.h1) == 1
	own := isElement(n, atom.Main) || find(n, func(c *html.Node) bool { return isElement(c, atom.Main) || one && c == h.x.index.h1[0] }) != nil
	if !own && (one || textLen(h.x.index.body, 1<<20)-textLen(n, 1<<20) >= 30) {
		return false
	}
	h.waiting++
	return true
}

// most reports whether n, or all that is of one class with it, holds more than half of a page of some length: what hides
// it is for the moment before the page's scripts run.
func (h *hider) most(n *html.Node) bool {
	const long, classes = 2000, 32
	if h.total == 0 {
		h.total = textLen(h.x.index.body, 1<<20)
	}
	if size := textLen(n, 1<<20); size >= long && size*2 > h.total {
		return true
	}
	class, _ := nextToken(attr(n, "class"))
	if class == "" {
		return false
	}
	if most, ok := h.mostly[class]; ok || len(h.mostly) == classes {
		return most
	}
	size := 0
	for _, c := range findAll(h.x.index.body, func(c *html.Node) bool { return hasClass(c, class) }) {
		size += textLen(c, 1<<20)
	}
	h.mostly[class] = size >= long && size*2 > h.total
	return h.mostly[class]
}

// aside reports whether n is named as something that opens over the page.
func aside(n *html.Node) bool {
	return isElement(n, atom.Nav, atom.Form) || furnitureRole[attr(n, "role")] ||
		nameHas(n, "search", "menu", "modal", "popup", "cookie", "overlay", "tooltip", "dropdown", "drawer")
}

// drop takes n out and notes how much went.
func (h *hider) drop(n *html.Node, covered bool, reason string) {
	x := h.x
	size := textLen(n, 1<<20)
	if size > 0 && n.Parent != nil {
		x.hidden = append(x.hidden, hiding{n.Parent, size, covered, speaksToModel(textOf(n))})
	}
	x.drop(n, reason)
}

// hiddenHere keeps what was hidden within the region: menus and dialogs beside it are hidden on most pages.
func (x *extraction) hiddenHere() {
	x.hidden = slices.DeleteFunc(x.hidden, func(h hiding) bool {
		return h.parent != x.region && (h.parent == nil || !contains(x.region, h.parent))
	})
}

// hidesMuch reports whether what was hidden in the region is worth a warning.
func (x *extraction) hidesMuch() bool {
	const much = 200 // characters: labels for screen readers are shorter
	covered := 0
	for _, h := range x.hidden {
		if h.speaks {
			return true
		}
		if h.covered {
			covered += h.size
		}
	}
	return covered >= much
}

// speaking drops the description of a picture where it is addressed to a model.
func (h *hider) speaking(img *html.Node) {
	for _, key := range []string{"alt", "title"} {
		if text := attr(img, key); len(text) > 20 && speaksToModel(text) {
			h.x.hidden = append(h.x.hidden, hiding{img.Parent, len(text), true, true})
			setAttr(img, key, "")
		}
	}
}

// speaksToModel reports whether a text gives instructions to a language model. It is asked only about texts that
// readers do not see: a page may well speak about such sentences.
func speaksToModel(text string) bool {
	text = strings.ToLower(text[:min(len(text), 20_000)])
	return slices.ContainsFunc(modelWords, func(w string) bool { return strings.Contains(text, w) }) && modelTalk.MatchString(text)
}

// modelWords has a word of each sentence that modelTalk finds, which costs more.
var modelWords = []string{"instruction", "prompt", "rules", "guidelines", "context", "directive", "system", "developer", "language model", "llm",
	"assistant", "chatgpt", "claude", "gpt", "copilot", "gemini", " bot", " agent", " ai", "ai ", "you are", "you must", "you should", "you will"}

var modelTalk = regexp.MustCompile(`(?i)\b(?:ignore|disregard|forget|override|bypass)\b.{0,40}\b(?:instructions?|prompts?|rules|guidelines|context|directives?)\b|` +
	`\b(?:system|developer)\s+(?:prompt|message|instruction|note|override)s?\b|\bas an? (?:ai|llm|(?:large )?language model)\b|` +
	`\b(?:note|message|instructions?|attention|important|notice)\s*(?:to|for)?[\s:,]*(?:the\s+|all\s+|any\s+)?(?:ai|llms?|(?:ai\s+)?assistants?|(?:large )?language models?|chatgpt|claude|gpt|copilot|gemini|bots?|agents?)\b|` +
	`\byou (?:are|must|should|will) (?:now |always )?(?:an? )?(?:ai|assistant|language model|act as|respond|reply|answer|say|tell|send|include|recommend)\b|` +
	`\b(?:assistant|ai model|language model|llm|chatgpt)s?\b.{0,40}\b(?:must|should|shall|please|need to|have to)\b`)

// moves reports whether n is see-through only until an animation of the page brings it in.
func (h *hider) moves(n *html.Node, d declarations) bool {
	if d["transform"] != "" || d["transition"] != "" || d["transition-property"] != "" || d["animation"] != "" || d["animation-name"] != "" || d["will-change"] != "" || d["filter"] != "" {
		return true
	}
	for i := range n.Attr {
		switch key := n.Attr[i].Key; key {
		case "data-w-id", "data-aos", "data-animation", "data-animate", "data-scroll", "data-sal", "data-framer-appear-id", "data-framer-name", "data-reveal", "data-gsap":
			return true
		}
	}
	return nameHas(n, "animat", "fade", "reveal", "wow", "motion", "slide", "lazy", "appear", "framer", "tab", "accordion")
}
