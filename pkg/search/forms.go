package search

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

var (
	hexadecimal = regexp.MustCompile(`^0[xX]([0-9A-Fa-f]{2,})$`)
	numbered    = regexp.MustCompile(`^[vV](\d+(?:\.\d+)*)$`)
)

// appendForms adds what a field is called besides: a flag with its dashes; a
// negative number; the digits of a code without 0x; the number of a version
// without its v; .env, and a name with the mark before it that says what it is:
// $PATH, #include, @media, %w, \d.
func appendForms(out []token, s string, at int, field string) []token {
	bare := strings.TrimRight(field, "-._")
	if len(bare) > maxTerm {
		return out
	}
	switch flag := strings.TrimLeft(bare, "-"); {
	case bare == flag || flag == "" || len(bare)-len(flag) > 2:
	case len(flag) == 1:
		return appendToken(out, "-"+cased(flag))
	case unicode.IsDigit(rune(flag[0])):
		return appendToken(out, "-"+strings.ToLower(flag))
	case len(pieces(flag)) == 1:
		return appendToken(out, bare[:len(bare)-len(flag)]+strings.ToLower(flag))
	}
	switch {
	case len(bare) > 2 && bare[0] == '0' && bare[1]|0x20 == 'x':
		if m := hexadecimal.FindStringSubmatch(bare); m != nil {
			out = appendToken(out, strings.ToLower(m[1]))
			if short := strings.TrimLeft(m[1], "0"); len(short) > 1 && short != m[1] {
				out = appendToken(out, strings.ToLower(short))
			}
		}
	case bare[0]|0x20 == 'v':
		if m := numbered.FindStringSubmatch(bare); m != nil {
			out = appendToken(out, m[1])
		}
	case len(bare) > 1 && bare[0] == '.' && bare[1] != '.' && !unicode.IsDigit(rune(bare[1])):
		return appendToken(out, strings.ToLower(bare))
	}
	return appendSigil(out, s, at, bare)
}

// cased is a letter in small, marked where it was a capital: -h and -H are two
// flags, \d and \D two classes, and the index of a database may not see the
// difference.
func cased(letter string) string {
	if small := strings.ToLower(letter); small != letter {
		return small + Mark
	}
	return letter
}

func appendSigil(out []token, s string, at int, bare string) []token {
	if r, _ := utf8.DecodeRuneInString(bare); at == 0 || !unicode.IsLetter(r) && r != '_' {
		return out
	}
	sigil, from := s[at-1], at-1
	if sigil == '{' && at > 1 && s[at-2] == '$' {
		sigil, from = '$', at-2
	}
	if strings.IndexByte(`$#@%\`, sigil) < 0 {
		return out
	}
	if before, _ := utf8.DecodeLastRuneInString(s[:from]); from > 0 && (wordRune(before) || strings.ContainsRune(`$#@%\&/`, before) || sigil == '#' && before == '(') {
		return out // an address, a part of one, an escape
	}
	if len(bare) == 1 {
		return appendToken(out, string(sigil)+cased(bare))
	}
	return appendToken(out, string(sigil)+strings.ToLower(bare))
}

// isMark has the characters of operators.
var isMark = func() (in [utf8.RuneSelf]bool) {
	for _, c := range "-<>=!@#%^&|~?:+/*" {
		in[c] = true
	}
	return in
}()

// operatorAt reports whether a dash is part of an operator, not of a word.
func operatorAt(s string, at int) bool {
	for at < len(s) && s[at] == '-' {
		at++
	}
	return at < len(s) && s[at] < utf8.RuneSelf && isMark[s[at]]
}

// markEnd is where a run of marks ends that begins at a place.
func markEnd(s string, at int) int {
	for at < len(s) && s[at] < utf8.RuneSelf && isMark[s[at]] {
		at++
	}
	return at
}

// drawn are runs of marks that draw tables, rules, fences, headings, emphasis,
// comments, elements and characters, and the ends of sentences.
var drawn = regexp.MustCompile(`^(?:[-|:+*?!/]+|#+|=+|~+/?|<!-*|-*>|-+&|/?>?</?|/?>|>+<!-*|&#)$`)

// undrawn are operators that look like it.
var undrawn = set("|| :: ?: ->")

// appendOperator adds a run of two to four marks that is an operator, or what ends
// the name of a language: C++, C#.
func appendOperator(out []token, s string, from, to int) []token {
	run := s[from:to]
	if run == "++" || run == "#" {
		next, _ := utf8.DecodeRuneInString(s[to:])
		name := from
		for name > 0 && s[name-1] < utf8.RuneSelf && s[name-1]|0x20 >= 'a' && s[name-1]|0x20 <= 'z' {
			name--
		}
		before, _ := utf8.DecodeLastRuneInString(s[:name])
		if name < from && from-name < 16 && (run == "++" || from-name == 1) && (name == 0 || !wordRune(before)) && (to == len(s) || !wordRune(next)) {
			return appendToken(out, strings.ToLower(s[name:to]))
		}
	}
	if len(run) < 2 || len(run) > 4 || drawn.MatchString(run) && !undrawn[run] {
		return out
	}
	return appendToken(out, run)
}

// appendEmoji adds a picture. A flag is two letters of its own.
func appendEmoji(out []token, s string, r rune) []token {
	if r < 0x2600 || r >= 0xFE00 && r < 0x1F000 || !unicode.Is(unicode.So, r) {
		return out
	}
	if n := len(out); n > 0 && flagLetter(s) && flagLetter(out[n-1].text) {
		out[n-1].text += s
		return out
	}
	return appendToken(out, s)
}

func flagLetter(s string) bool {
	r, size := utf8.DecodeRuneInString(s)
	return r >= 0x1F1E6 && r <= 0x1F1FF && size == len(s)
}

// pathAt collects the fields of an absolute path: /etc/hosts, ~/.ssh/config.
type pathAt struct {
	from, to, fields int
}

// add takes the next field of a text.
func (p *pathAt) add(out []token, s string, from, to int) []token {
	if p.fields > 0 && from == p.to+1 && s[p.to] == '/' {
		p.to = to
		p.fields++
		return out
	}
	out = p.end(out, s)
	if from > 0 && s[from-1] == '/' {
		if before, _ := utf8.DecodeLastRuneInString(s[:from-1]); from == 1 || !wordRune(before) && !strings.ContainsRune("/:)]}>&?=", before) {
			*p = pathAt{from - 1, to, 1}
		}
	}
	return out
}

// end adds the path that is over.
func (p *pathAt) end(out []token, s string) []token {
	if p.fields > 1 && p.to-p.from <= maxTerm {
		out = appendToken(out, strings.ToLower(strings.TrimRight(s[p.from:p.to], "-._")))
	}
	*p = pathAt{}
	return out
}
