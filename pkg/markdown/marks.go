package markdown

import (
	"slices"
	"unicode"
	"unicode/utf8"
)

// settleMarks makes HTML of the marks whose delimiters CommonMark would not read as they are meant, between the
// characters that they stand between. Each such change changes what the delimiters beside it stand between.
func (p *printer) settleMarks(line []token) {
	for rounds := 0; p.settleRuns(line, rounds == maxRounds); rounds++ {
	}
}

// maxRounds is after how many changes of what stands beside them all marks of a line become HTML. More than two are rare.
const maxRounds = 4

// settleRuns goes through the runs of delimiters once and reports whether it changed any.
func (p *printer) settleRuns(line []token, all bool) (changed bool) {
	var open openRuns
	for i := 0; i < len(line); {
		if delimiterOf(line[i]) == 0 {
			i++
			continue
		}
		r := runAt(line, i)
		if !p.isRead(line, r, &open) || all {
			for _, t := range line[r.start:r.end] {
				t.mark.asHTML = t.mark.asHTML || t.kind == openToken || !r.opens
			}
			changed = true
		}
		i = r.end
	}
	return changed
}

// run is a run of delimiters of one character.
type run struct {
	start, end    int // in the tokens of the line
	char          byte
	size          int // in characters
	opens, closes bool
}

func runAt(line []token, i int) run {
	r := run{start: i, end: i, char: delimiterOf(line[i])}
	for ; r.end < len(line) && delimiterOf(line[r.end]) == r.char; r.end++ {
		t := line[r.end]
		r.size += len(t.mark.delimiter())
		r.opens, r.closes = r.opens || t.kind == openToken, r.closes || t.kind == closeToken
	}
	return r
}

// openRuns has, for each mark that is open, the length of the run that opened it: of stars, and of tildes.
type openRuns struct{ stars, tildes []int }

func (o *openRuns) of(char byte) *[]int {
	if char == '~' {
		return &o.tildes
	}
	return &o.stars
}

// isRead reports whether CommonMark reads r as it is meant: it opens, or closes, where it stands, and cannot be taken for
// the end of a mark that is open around it.
func (p *printer) isRead(line []token, r run, around *openRuns) bool {
	before, after := p.lastOf(line, r.start-1), p.firstOf(line, r.end)
	opening, _ := flanks(before, after)
	closing, mayClose := flanks(after, before)
	open := around.of(r.char)
	switch {
	case r.opens && r.closes:
		return false
	case r.char == '~' && (before == '~' || after == '~'):
		return false
	case r.opens:
		taken := mayClose && slices.ContainsFunc(*open, func(outer int) bool { return r.char == '~' || pairs(outer, r.size) })
		for range r.end - r.start {
			*open = append(*open, r.size)
		}
		return opening && !taken
	}
	*open = (*open)[:max(0, len(*open)-(r.end-r.start))]
	return closing
}

// pairs reports whether CommonMark may take two runs of stars for the start and the end of emphasis, of which one could
// be either: not where their lengths together are a multiple of three, unless both are.
func pairs(outer, size int) bool { return (outer+size)%3 != 0 || outer%3 == 0 }

// delimiterOf returns the character that the delimiter of t consists of, 0 where t has none.
func delimiterOf(t token) byte {
	if t.kind != openToken && t.kind != closeToken || t.mark.delimiter() == "" {
		return 0
	}
	return t.mark.delimiter()[0]
}

// flanks reports whether a run of delimiters opens between the two characters, or closes when they are given the other
// way round. Versions of CommonMark differ in whether symbols are punctuation: it does surely where both say so, and may
// where one does.
func flanks(outer, inner rune) (surely, may bool) {
	if unicode.IsSpace(inner) {
		return false, false
	}
	loose := unicode.IsSpace(outer)
	one := !unicode.IsPunct(inner) || loose || unicode.IsPunct(outer)
	other := !isPunctuation(inner) || loose || isPunctuation(outer)
	return one && other, one || other
}

func isPunctuation(r rune) bool { return unicode.IsPunct(r) || unicode.IsSymbol(r) }

// firstOf returns the first character that the tokens from i on are written with, a space at the end of the line.
func (p *printer) firstOf(line []token, i int) rune {
	if i >= len(line) {
		return ' '
	}
	first, _ := p.edges(line[i])
	return first
}

// lastOf returns the last character that the tokens up to i are written with, a space at the start of the line.
func (p *printer) lastOf(line []token, i int) rune {
	if i < 0 {
		return ' '
	}
	_, last := p.edges(line[i])
	return last
}

// edges returns the characters that a token begins and ends with as it is written.
func (p *printer) edges(t token) (first, last rune) {
	switch t.kind {
	case textToken, rawToken:
		first, _ = utf8.DecodeRuneInString(t.text)
		last, _ = utf8.DecodeLastRuneInString(t.text)
		return first, last
	case codeToken:
		return '`', '`'
	case imageToken:
		return '!', ')'
	case breakToken:
		if p.cell {
			return '<', '>'
		}
		return ' ', ' '
	}
	switch delimiter := delimiterOf(t); {
	case delimiter != 0:
		return rune(delimiter), rune(delimiter)
	case t.mark.tag != "a":
		return '<', '>'
	case t.kind == openToken:
		return '[', '['
	}
	return ']', ')'
}
