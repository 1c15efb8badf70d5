package library

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// places finds passages in the text of their document. A passage was cut out of
// the stored text, and the text that is shown passed the gate: both have the same
// letters and digits but for addresses, so these are what is compared.
type places struct {
	text    string
	letters string
	at      []int // where in the text each byte of letters stands
	from    int   // passages are looked for in reading order
	missed  int   // that did not stand where they were looked for
}

// address is the target of a link or an image, which the gate may have taken out.
var address = regexp.MustCompile(`\]\([^()\n]*(?:\([^()\n]*\)[^()\n]*)*\)|\]\[[^\]\n]*\]|<https?:[^>\s]*>|https?://[^\s)>\]]+|\(link-removed\)`)

func newPlaces(text string) *places {
	p := &places{text: text}
	p.letters, p.at = letters(text)
	return p
}

// letters returns the letters and digits of a text without addresses, and where
// they stand in it.
func letters(text string) (string, []int) {
	var b strings.Builder
	at := make([]int, 0, len(text))
	add := func(from, to int) {
		for i, r := range text[from:to] {
			if lettered(r) {
				n := b.Len()
				b.WriteRune(r)
				for ; n < b.Len(); n++ {
					at = append(at, from+i)
				}
			}
		}
	}
	last := 0
	for _, m := range address.FindAllStringIndex(text, -1) {
		add(last, m[0])
		last = m[1]
	}
	add(last, len(text))
	return b.String(), at
}

// known is how many bytes of letters tell where a passage begins or ends, where
// what is between was changed.
const known = 48

// find returns where a passage stands. Those that follow each other may overlap.
func (p *places) find(passage string) (from, to int, ok bool) {
	want, _ := letters(passage)
	if want == "" {
		return 0, 0, false
	}
	begin, size := p.index(want), len(want)
	if begin < 0 {
		head := want[:min(known, len(want))]
		if begin = p.index(strings.ToValidUTF8(head, "")); begin < 0 {
			return 0, 0, false
		}
		tail := strings.ToValidUTF8(want[max(len(want)-known, 0):], "")
		limit := min(begin+2*len(want)+known, len(p.letters))
		if i := strings.Index(p.letters[begin:limit], tail); i >= 0 {
			size = i + len(tail)
		} else {
			size = min(size, len(p.letters)-begin)
		}
	}
	p.from = begin + 1
	from, to = p.at[begin], p.at[begin+size-1]+p.letter(begin+size-1)
	lineStart := strings.LastIndexByte(p.text[:from], '\n') + 1
	if !strings.ContainsFunc(p.text[lineStart:from], lettered) {
		from = lineStart
	}
	rest, _, _ := strings.Cut(p.text[to:], "\n")
	if !strings.ContainsFunc(rest, lettered) {
		to += len(strings.TrimRight(rest, " "))
	}
	return from, to, true
}

func lettered(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// letter returns the length of the letter whose last byte is at n.
func (p *places) letter(n int) int {
	size := 1
	for n-size >= 0 && p.at[n-size] == p.at[n] {
		size++
	}
	return size
}

// maxMissed bounds the passages that are looked for in the whole text: those of
// a text that the gate has changed much.
const maxMissed = 64

// index finds letters behind where the passage before began, or else anywhere.
func (p *places) index(s string) int {
	if p.missed >= maxMissed {
		return -1
	}
	if i := strings.Index(p.letters[min(p.from, len(p.letters)):], s); i >= 0 {
		return p.from + i
	}
	p.missed++
	return strings.Index(p.letters, s)
}

// units counts offsets as JavaScript does, in UTF-16 units.
type units struct {
	text  string
	marks []int // units before each stretch of the text
}

// stretch is how many bytes are counted at most for an offset.
const stretch = 1 << 10

func newUnits(text string) *units {
	u := &units{text: text, marks: make([]int, 0, len(text)/stretch+1)}
	n := 0
	for i, r := range text {
		for len(u.marks)*stretch <= i {
			u.marks = append(u.marks, n)
		}
		n += width(r)
	}
	return u
}

// width is how many units a character is.
func width(r rune) int {
	if r > 0xFFFF {
		return 2
	}
	return 1
}

// of returns the units before the character that begins at an offset in bytes.
func (u *units) of(offset int) int {
	if len(u.marks) == 0 {
		return 0
	}
	at := min(offset/stretch, len(u.marks)-1)
	n, from := u.marks[at], at*stretch
	for from < offset && !utf8.RuneStart(u.text[from]) { // it belongs to the stretch before
		from++
	}
	for _, r := range u.text[from:offset] {
		n += width(r)
	}
	return n
}
