package encoder

import "unicode"

// newer are ranges with the marks, format characters and punctuation that
// Unicode has added since the version which the reference tokenizers were built
// with: to those they are letters. Found by comparing every code point with the
// tokenizers library; ranges are joined where nothing of those categories lies
// between.
var newer = &unicode.RangeTable{
	R16: []unicode.Range16{
		{0x061d, 0x061d, 1}, {0x07fd, 0x07fd, 1}, {0x0890, 0x08e2, 1}, {0x09fd, 0x09fe, 1}, {0x0a76, 0x0a76, 1},
		{0x0afa, 0x0aff, 1}, {0x0b55, 0x0b55, 1}, {0x0c04, 0x0c3c, 1}, {0x0c77, 0x0c77, 1}, {0x0c84, 0x0c84, 1},
		{0x0d00, 0x0d00, 1}, {0x0d3b, 0x0d3c, 1}, {0x0d81, 0x0d81, 1}, {0x0eba, 0x0eba, 1}, {0x0ece, 0x0ece, 1},
		{0x180f, 0x1886, 1}, {0x1abf, 0x1ace, 1}, {0x1b7d, 0x1b7e, 1}, {0x1df6, 0x1dfb, 1}, {0x2e43, 0x2e5d, 1},
		{0xa82c, 0xa82c, 1}, {0xa8c5, 0xa8c5, 1}, {0xa8ff, 0xa8ff, 1}, {0xa9bd, 0xa9bd, 1},
	},
	R32: []unicode.Range32{
		{0x10d24, 0x10d27, 1}, {0x10eab, 0x10f89, 1}, {0x11070, 0x11074, 1}, {0x110c2, 0x110cd, 1},
		{0x111c9, 0x111c9, 1}, {0x111cf, 0x111cf, 1}, {0x1123e, 0x11241, 1}, {0x1133b, 0x1133b, 1},
		{0x11438, 0x1145e, 1}, {0x11660, 0x1166c, 1}, {0x116b9, 0x116b9, 1}, {0x1182f, 0x11d97, 1},
		{0x11ef3, 0x11fff, 1}, {0x12ff1, 0x12ff2, 1}, {0x13430, 0x13455, 1}, {0x16e97, 0x16f4f, 1},
		{0x16fe2, 0x16fe4, 1}, {0x1cf00, 0x1cf46, 1}, {0x1e000, 0x1e136, 1}, {0x1e2ae, 0x1e2ef, 1},
		{0x1e4ec, 0x1e4ef, 1}, {0x1e944, 0x1e95f, 1},
	},
}

// The three code points that have changed their category since.
const (
	wasPunct1 = 0x166D  // CANADIAN SYLLABICS CHI SIGN
	wasPunct2 = 0x111C9 // SHARADA SANDHI MARK
	wasMark   = 0x1734  // HANUNOO SIGN PAMUDPOD
)

// is reports whether r is in one of tables for the reference.
func is(r rune, tables ...*unicode.RangeTable) bool {
	return unicode.In(r, tables...) && !unicode.Is(newer, r)
}

func isMark(r rune) bool { return is(r, unicode.Mn) || r == wasMark }

// isPunct is BERT's idea of punctuation: every ASCII sign and Unicode's P.
func isPunct(r rune) bool {
	if r < 0x80 {
		return r >= 33 && r <= 47 || r >= 58 && r <= 64 || r >= 91 && r <= 96 || r >= 123 && r <= 126
	}
	return is(r, unicode.P) || r == wasPunct1 || r == wasPunct2
}

func isControl(r rune) bool {
	if r == '\t' || r == '\n' || r == '\r' {
		return false
	}
	if r < 0x80 {
		return r < 0x20 || r == 0x7f
	}
	// Code points that Unicode has not assigned stay, as in the reference.
	return is(r, unicode.Cc, unicode.Cf, unicode.Co)
}

func isChinese(r rune) bool {
	return r >= 0x4E00 && r <= 0x9FFF || r >= 0x3400 && r <= 0x4DBF || r >= 0x20000 && r <= 0x2A6DF ||
		r >= 0x2A700 && r <= 0x2B73F || r >= 0x2B740 && r <= 0x2B81F || r >= 0x2B920 && r <= 0x2CEAF ||
		r >= 0xF900 && r <= 0xFAFF || r >= 0x2F800 && r <= 0x2FA1F
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}
