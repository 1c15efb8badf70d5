package gate

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// cited is a citation as models write it: numbers and ranges in brackets of
// either width, with what some of them put behind a number.
var cited = regexp.MustCompile(`^(?:\[|【|［)[ \x{a0}]*\^?((?:[0-9０-９]{1,6}[ \x{a0}]*[,;，、–—‑-]?[ \x{a0}]*){1,64})(?:[†:][^\[\]【】［］\n]{0,64})?(?:\]|】|］)`)

// widest is how many sources a range may name.
const widest = 20

// citation writes the citation that s begins with and returns its length; 0
// where there is none. Behind a letter or digit a bracket is an index, as in
// a[1].
func (g *Gate) citation(s []byte, c context) int {
	if s[0] != '[' && s[0] != "【"[0] && s[0] != "［"[0] || g.kind != answer || c.link || s[0] == '[' && g.pend == "" && isWord(g.prev) {
		return 0
	}
	m := cited.FindSubmatchIndex(s)
	if m == nil {
		return 0
	}
	body := strings.TrimRight(digits.Replace(string(s[m[2]:m[3]])), " ,;-")
	g.ready()
	for _, part := range strings.FieldsFunc(body, func(r rune) bool { return r == ',' || r == ';' }) {
		g.cite(strings.Trim(part, " -"))
	}
	return m[1]
}

// digits makes one of the spellings of digits, separators and spaces.
var digits = strings.NewReplacer("０", "0", "１", "1", "２", "2", "３", "3", "４", "4", "５", "5", "６", "6", "７", "7", "８", "8", "９", "9",
	"，", ",", "、", ",", "–", "-", "—", "-", "‑", "-", "\u00a0", " ")

// cite writes one number, several with spaces between, or a range.
func (g *Gate) cite(part string) {
	from, to, ranged := strings.Cut(part, "-")
	if !ranged {
		for _, n := range strings.Fields(part) {
			v, _ := strconv.Atoi(n)
			g.number(v)
		}
		return
	}
	a, _ := strconv.Atoi(strings.TrimSpace(from))
	b, err := strconv.Atoi(strings.TrimSpace(to))
	if err != nil || b < a || b-a >= widest {
		g.invented(part, a)
		return
	}
	for n := a; n <= b; n++ {
		g.number(n)
	}
}

func (g *Gate) number(n int) {
	if shown, ok := g.src.Cite(n); ok {
		bol := g.bol
		g.write("[" + strconv.Itoa(shown) + "]")
		g.label = bol
		g.prev = ']'
		return
	}
	g.invented(strconv.Itoa(n), n)
}

// invented marks what names no source.
func (g *Gate) invented(s string, n int) {
	g.Invented = append(g.Invented, n)
	if g.last == ']' {
		g.write(" ")
	}
	bol := g.bol
	g.write(fmt.Sprintf("[%s: no such source]", s))
	g.label = bol
	g.prev = utf8.RuneError
}
