package gate

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// cleaner takes out of a stream what a reader cannot see or what moves what is
// seen: control characters, overrides of direction, tags, and letters of no
// width. A joiner stays between parts of one picture or letters of a script
// that needs it; a variation selector behind the picture that it belongs to.
type cleaner struct {
	part []byte // of a character
	cr   bool   // the last was a carriage return
	prev rune   // that was kept
	join rune   // a joiner that waits for what it joins
}

// write appends what is kept of s to dst.
func (c *cleaner) write(dst []byte, s string) []byte {
	for len(s) > 0 {
		if len(c.part) > 0 {
			c.part = append(c.part, s[0])
			s = s[1:]
			if !utf8.FullRune(c.part) {
				continue
			}
			r, n := utf8.DecodeRune(c.part)
			rest := string(c.part[n:])
			c.part = c.part[:0]
			dst = c.rune(dst, r)
			s = rest + s
			continue
		}
		if n := ascii(s); n > 0 && (!c.cr || s[0] != '\n') {
			dst = append(dst, s[:n]...)
			c.cr, c.prev, c.join = false, rune(s[n-1]), 0
			s = s[n:]
			continue
		}
		r, n := utf8.DecodeRuneInString(s)
		if r == utf8.RuneError && n == 1 && !utf8.FullRuneInString(s) {
			c.part = append(c.part, s...)
			return dst
		}
		dst = c.rune(dst, r)
		s = s[n:]
	}
	return dst
}

// ascii returns how much of the beginning of s is text that stays as it is.
func ascii(s string) int {
	i := 0
	for i < len(s) && (s[i] >= ' ' && s[i] < 0x7f || s[i] == '\n' || s[i] == '\t') {
		i++
	}
	return i
}

// close appends what stands for half a character at the end.
func (c *cleaner) close(dst []byte) []byte {
	if len(c.part) > 0 {
		dst = utf8.AppendRune(dst, utf8.RuneError)
	}
	return dst
}

func (c *cleaner) rune(dst []byte, r rune) []byte {
	cr := c.cr
	c.cr = r == '\r'
	switch {
	case r == '\n' && cr:
		return dst
	case r == '\r':
		r = '\n'
	case r == '\u2028' || r == '\u2029' || r == '\u0085': // lines to some and none to others
		r = ' '
	case r == '\u200c' || r == '\u200d':
		if isPicture(c.prev) && r == '\u200d' || joins(c.prev) {
			c.join = r
		}
		return dst
	case r == '\ufe0f':
		if c.prev < 0x80 && !strings.ContainsRune("0123456789#*", c.prev) || c.prev >= 0x80 && !isPicture(c.prev) || c.prev == r {
			return dst
		}
	case !seen(r):
		return dst
	}
	if c.join != 0 {
		if isPicture(c.prev) && isPicture(r) || joins(c.prev) && joins(r) {
			dst = utf8.AppendRune(dst, c.join)
		}
		c.join = 0
	}
	c.prev = r
	return utf8.AppendRune(dst, r)
}

// seen reports whether a character may stand in a text.
func seen(r rune) bool {
	switch {
	case r == '\n' || r == '\t' || r >= ' ' && r < 0x7f:
		return true
	case r < 0xa0, r == '\u034f', r >= '\u115f' && r <= '\u1160', r >= '\u17b4' && r <= '\u17b5', r >= '\u180b' && r <= '\u180f',
		r >= '\u2028' && r <= '\u2029', r == '\u2065', r == '\u3164', r == '\uffa0', r >= '\ufe00' && r <= '\ufe0f', r >= '\ufff0' && r <= '\ufffb',
		r >= '\ufdd0' && r <= '\ufdef', r&0xfffe == 0xfffe, r >= 0xe0000 && r <= 0xe0fff:
		return false
	}
	return !unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Prepended_Concatenation_Mark, r)
}

// isPicture reports whether a character is, or ends, a part of a picture.
func isPicture(r rune) bool {
	return r >= 0x1f000 && r <= 0x1faff || r >= '\u2190' && r <= '\u2bff' || r == '\ufe0f' || r == '©' || r == '®' || r == '\u3030' || r == '\u303d' ||
		r == '\u3297' || r == '\u3299' || r == '\u203c' || r == '\u2049' || r == '\u2122' || r == '\u2139'
}

// joins reports whether a character is of a script in which joiners change what
// is read.
func joins(r rune) bool {
	return r >= 0x600 && unicode.In(r, unicode.Arabic, unicode.Syriac, unicode.Devanagari, unicode.Bengali, unicode.Gurmukhi, unicode.Gujarati, unicode.Oriya,
		unicode.Tamil, unicode.Telugu, unicode.Kannada, unicode.Malayalam, unicode.Sinhala, unicode.Khmer, unicode.Mongolian) && unicode.In(r, unicode.L, unicode.M)
}

// Clean takes out of a text what cannot be seen, and leaves its markup alone:
// for text that is data and never rendered, such as what a model is given.
func Clean(s string) string {
	if ascii(s) == len(s) {
		return s
	}
	var c cleaner
	return string(c.close(c.write(make([]byte, 0, len(s)), s)))
}
