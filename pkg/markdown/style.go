package markdown

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/andybalholm/cascadia"
	"github.com/tdewolff/parse/v2"
	"github.com/tdewolff/parse/v2/css"
	"golang.org/x/net/html"
)

// declarations maps the properties that decide whether a reader sees an element to their values, in lower case and
// without blanks.
type declarations map[string]string

// visual holds the properties that are read. What sets the others is no concern of this package.
var visual = set(`display visibility opacity font-size font color background background-color position left top right bottom
	text-indent margin-left margin-top clip clip-path width height max-width max-height overflow overflow-x overflow-y transform
	transition transition-property transition-duration animation animation-name filter will-change -webkit-background-clip background-clip content-visibility -webkit-text-fill-color zoom scale`)

// styles are the rules of the style elements of a page. What linked sheets say is not known.
type styles struct {
	hiding  map[string][]*styleRule // rules that may hide something, by the id, class or tag that their selector ends in
	all     map[string][]*styleRule // every rule, to see what overrides them
	linked  bool                    // the page also has sheets of its own elsewhere
	colours []*styleRule            // rules that hide nothing but may give text the colour of a background
	backs   [][3]int                // the backgrounds that rules give
	work    int                     // selectors that may still be matched
}

type styleRule struct {
	key   string
	sel   cascadia.Sel
	order int
	decl  declarations
}

const (
	// maxSheet bounds what is read of the style elements of one page, and maxRules how many rules are kept.
	maxSheet = 256 << 10
	maxRules = 4000
	// maxMatches bounds how many selectors are matched: rules beyond it are not applied. A page of 10,000 elements
	// with 20 rules that apply to each takes a tenth of it.
	maxMatches = 2_000_000
	maxInline  = 4 << 10 // of one style attribute
)

// readStyles reads the style elements below doc.
func readStyles(doc *html.Node, linked bool) *styles {
	s := &styles{linked: linked, work: maxMatches}
	left := maxSheet
	order := 0
	walk(doc, func(n *html.Node) bool {
		if n.Type != html.ElementNode || n.Data != "style" {
			return n.Type == html.ElementNode || n.Type == html.DocumentNode
		}
		if media := strings.ToLower(attr(n, "media")); n.FirstChild != nil && (media == "" || media == "all" || media == "screen") {
			if text := n.FirstChild.Data; len(text) <= left {
				left -= len(text)
				s.read(text, &order)
			}
		}
		return false
	})
	s.settle()
	return s
}

// read adds the rules of one sheet. Those inside @media and the like are left out: whether they apply is not known.
func (s *styles) read(sheet string, order *int) {
	if !strings.Contains(sheet, "{") {
		return
	}
	p := css.NewParser(parse.NewInputString(sheet), false)
	var selector string
	var decl declarations
	depth := 0
	for *order < maxRules {
		kind, _, data := p.Next()
		switch kind {
		case css.ErrorGrammar:
			if errors.Is(p.Err(), io.EOF) || !p.HasParseError() {
				return
			}
		case css.BeginAtRuleGrammar:
			depth++
		case css.EndAtRuleGrammar:
			depth--
		case css.BeginRulesetGrammar:
			selector, decl = joinTokens(p.Values()), nil
		case css.DeclarationGrammar:
			decl = decl.add(data, p.Values())
		case css.EndRulesetGrammar:
			if depth == 0 && decl != nil {
				*order++
				s.rule(selector, decl, *order)
			}
		}
	}
}

// rule files one rule under what its selectors end in. Selectors with pseudo-classes say how an element looks at times.
func (s *styles) rule(selectors string, decl declarations, order int) {
	for _, text := range strings.Split(selectors, ",") {
		text = strings.TrimSpace(text)
		if text == "" || len(text) > 200 || strings.ContainsAny(text, ":(*") || strings.Count(text, " ")+strings.Count(text, ">") > 2 || strings.ContainsAny(text, "~+") {
			continue
		}
		sel, err := cascadia.Parse(text)
		if err != nil {
			continue
		}
		last := text[strings.LastIndexAny(text, " >")+1:]
		key := last
		if i := strings.IndexAny(last, "#.["); i == 0 && last[0] != '[' {
			if end := strings.IndexAny(last[1:], "#.["); end >= 0 {
				key = last[:end+1]
			}
		} else if i > 0 {
			key = last[:i]
		} else if i == 0 {
			continue
		}
		if s.all == nil {
			s.all, s.hiding = make(map[string][]*styleRule), make(map[string][]*styleRule)
		}
		r := &styleRule{key: key, sel: sel, order: order, decl: decl}
		s.all[key] = append(s.all[key], r)
		if back, ok := colour(background(decl)); ok {
			s.backs = append(s.backs, back)
		}
		switch {
		case decl.folds() || decl.covers() != "":
			s.hiding[key] = append(s.hiding[key], r)
		case decl["color"] != "":
			s.colours = append(s.colours, r)
		}
	}
}

// settle adds the rules whose colour some background has to those that may hide.
func (s *styles) settle() {
	s.backs = append(s.backs[:min(len(s.backs), 100)], [3]int{255, 255, 255}, [3]int{})
	for _, r := range s.colours {
		text, ok := colour(r.decl["color"])
		if ok && slices.ContainsFunc(s.backs, func(back [3]int) bool { return near(text, back) }) {
			s.hiding[r.key] = append(s.hiding[r.key], r)
		}
	}
}

// of returns what is declared for n by its style attribute and, where one of them may hide it, by the rules.
func (s *styles) of(n *html.Node) declarations {
	var decl declarations
	if len(s.hiding) > 0 && s.matches(s.hiding, n) != nil {
		decl = s.cascade(n)
	}
	return inlineStyle(n, decl)
}

// full returns all that is declared for n.
func (s *styles) full(n *html.Node) declarations { return inlineStyle(n, s.cascade(n)) }

func (s *styles) cascade(n *html.Node) declarations {
	rules := s.matches(s.all, n)
	if len(rules) == 0 {
		return nil
	}
	sort.SliceStable(rules, func(i, j int) bool {
		a, b := rules[i].sel.Specificity(), rules[j].sel.Specificity()
		if a == b {
			return rules[i].order < rules[j].order
		}
		return a.Less(b)
	})
	decl := make(declarations)
	for _, r := range rules {
		for k, v := range r.decl {
			decl[k] = v
		}
	}
	return decl
}

// matches returns the rules of table that apply to n.
func (s *styles) matches(table map[string][]*styleRule, n *html.Node) (out []*styleRule) {
	look := func(key string) {
		for _, r := range table[key] {
			if s.work--; s.work > 0 && r.sel.Match(n) {
				out = append(out, r)
			}
		}
	}
	look(n.Data)
	for i := range n.Attr {
		switch n.Attr[i].Key {
		case "id":
			look("#" + n.Attr[i].Val)
		case "class":
			for rest := n.Attr[i].Val; rest != ""; {
				var token string
				if token, rest = nextToken(rest); token != "" {
					look("." + token)
				}
			}
		}
	}
	return out
}

// inlineStyle adds what the attributes of n declare to decl.
func inlineStyle(n *html.Node, decl declarations) declarations {
	for i := range n.Attr {
		switch n.Attr[i].Key {
		case "style":
			if v := n.Attr[i].Val; len(v) > maxInline || !strings.Contains(v, ":") {
				continue
			}
			p := css.NewParser(parse.NewInputString(n.Attr[i].Val), true)
			for {
				kind, _, data := p.Next()
				if kind == css.ErrorGrammar && (errors.Is(p.Err(), io.EOF) || !p.HasParseError()) {
					break
				}
				if kind == css.DeclarationGrammar {
					decl = decl.add(data, p.Values())
				}
			}
		case "bgcolor":
			decl = decl.set("background-color", strings.ToLower(n.Attr[i].Val))
		case "color":
			if n.Data == "font" {
				decl = decl.set("color", strings.ToLower(n.Attr[i].Val))
			}
		}
	}
	return decl
}

func (d declarations) add(name []byte, values []css.Token) declarations {
	property := unescape(string(bytes.ToLower(name)))
	if !visual[property] {
		return d
	}
	value := unescape(strings.ToLower(strings.ReplaceAll(joinTokens(values), " ", "")))
	return d.set(property, strings.TrimSuffix(value, "!important"))
}

func (d declarations) set(property, value string) declarations {
	if d == nil {
		d = make(declarations)
	}
	d[property] = value
	return d
}

func joinTokens(tokens []css.Token) string {
	var b strings.Builder
	for _, t := range tokens {
		b.Write(t.Data)
	}
	return b.String()
}

// unescape resolves the escapes of CSS, by which "none" can be written n\6f ne.
func unescape(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b.WriteByte(s[i])
			continue
		}
		j := i + 1
		for j < len(s) && j < i+7 && strings.IndexByte("0123456789abcdefABCDEF", s[j]) >= 0 {
			j++
		}
		if j == i+1 {
			continue // an escaped character stands for itself
		}
		code, _ := strconv.ParseUint(s[i+1:j], 16, 32)
		b.WriteRune(rune(code))
		if j < len(s) && isSpace(s[j]) {
			j++
		}
		i = j - 1
	}
	return strings.ToLower(b.String())
}
