package encoder

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// wordPiece is BERT's algorithm: words are split at spaces and punctuation and
// then, from the left, into the longest pieces of the vocabulary.
type wordPiece struct {
	vocab     map[string]int32
	prefix    string // of pieces inside a word
	unk       int32
	maxChars  int // of a word; a longer one is unknown
	clean     bool
	chinese   bool // every Chinese character is a word
	accents   bool // strip them
	lowercase bool
}

func (w *wordPiece) tokens(ids []int32, s string, _ bool) []int32 {
	begin := -1
	for i, r := range s {
		space, punct := unicode.IsSpace(r), isPunct(r)
		if !space && !punct {
			if begin < 0 {
				begin = i
			}
			continue
		}
		if begin >= 0 {
			ids = w.pieces(ids, s[begin:i])
			begin = -1
		}
		if punct {
			ids = w.pieces(ids, s[i:i+utf8.RuneLen(r)])
		}
	}
	if begin >= 0 {
		ids = w.pieces(ids, s[begin:])
	}
	return ids
}

// pieces appends the greedy longest-match pieces of one word.
func (w *wordPiece) pieces(ids []int32, word string) []int32 {
	if utf8.RuneCountInString(word) > w.maxChars {
		return append(ids, w.unk)
	}
	n := len(ids)
	buf := make([]byte, 0, 64)
	for start := 0; start < len(word); {
		found := false
		for end := len(word); end > start; {
			buf = buf[:0]
			if start > 0 {
				buf = append(buf, w.prefix...)
			}
			buf = append(buf, word[start:end]...)
			if id, ok := w.vocab[string(buf)]; ok {
				ids, start, found = append(ids, id), end, true
				break
			}
			_, size := utf8.DecodeLastRuneInString(word[start:end])
			end -= size
		}
		if !found {
			return append(ids[:n], w.unk)
		}
	}
	return ids
}

func (w *wordPiece) normalize(s string) string {
	var b strings.Builder
	b.Grow(len(s) + 8)
	for _, r := range s {
		switch {
		case w.clean && (r == 0 || r == 0xFFFD || isControl(r)):
		case w.clean && unicode.IsSpace(r):
			b.WriteByte(' ')
		case w.chinese && isChinese(r):
			b.WriteByte(' ')
			b.WriteRune(r)
			b.WriteByte(' ')
		default:
			b.WriteRune(r)
		}
	}
	s = b.String()
	if w.accents && !isASCII(s) {
		s = strings.Map(func(r rune) rune {
			if isMark(r) {
				return -1
			}
			return r
		}, norm.NFD.String(s))
	}
	if w.lowercase { // rune by rune, as the reference does, so without final sigma
		s = strings.Map(unicode.ToLower, strings.ReplaceAll(s, "\u0130", "i\u0307"))
	}
	return s
}
