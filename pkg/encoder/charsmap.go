package encoder

import (
	"encoding/binary"
	"errors"
	"strings"

	"github.com/rivo/uniseg"
)

// charsmap is the "Precompiled" normalizer of SentencePiece models: a table of
// replacements, most of them NFKC. On disk it is the size of a double-array
// trie (darts-clone) as a little-endian uint32, the trie, and the replacements,
// each ended by a zero byte, to whose offsets the trie leads.
type charsmap struct {
	trie  []uint32
	texts string
	ascii [128]bool // whether it replaces that byte
}

func parseCharsmap(b []byte) (*charsmap, error) {
	if len(b) < 4 {
		return nil, errors.New("precompiled_charsmap is truncated")
	}
	size := binary.LittleEndian.Uint32(b)
	if b = b[4:]; size == 0 || size%4 != 0 || int64(size) > int64(len(b)) {
		return nil, errors.New("precompiled_charsmap is truncated")
	}
	c := &charsmap{trie: make([]uint32, size/4), texts: string(b[size:])}
	for i := range c.trie {
		c.trie[i] = binary.LittleEndian.Uint32(b[4*i:])
	}
	for i := range c.ascii {
		_, c.ascii[i] = c.find(string(rune(i)))
	}
	return c, nil
}

// find returns the replacement of the shortest prefix of s that has one. That
// it then stands for the whole of s, where s is a grapheme, is how the
// reference has it.
func (c *charsmap) find(s string) (string, bool) {
	at := unitOffset(c.trie[0])
	for i := 0; i < len(s) && s[i] != 0; i++ {
		at ^= uint32(s[i])
		if at >= uint32(len(c.trie)) {
			return "", false
		}
		unit := c.trie[at]
		if unit&(1<<31|0xFF) != uint32(s[i]) {
			return "", false
		}
		at ^= unitOffset(unit)
		if unit>>8&1 == 1 {
			if at >= uint32(len(c.trie)) {
				return "", false
			}
			return c.text(c.trie[at] &^ (1 << 31))
		}
	}
	return "", false
}

// unitOffset is where the children of a unit of the trie lie, relative to it.
func unitOffset(unit uint32) uint32 { return unit >> 10 << (unit & (1 << 9) >> 6) }

func (c *charsmap) text(at uint32) (string, bool) {
	if at > uint32(len(c.texts)) {
		return "", false
	}
	s, _, _ := strings.Cut(c.texts[at:], "\x00")
	return s, true
}

// maxGrapheme is below how many bytes a grapheme is replaced as a whole; the
// reference takes longer ones by characters.
const maxGrapheme = 6

func (c *charsmap) normalize(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	state := -1
	for s != "" {
		if s[0] < 0x80 && s[0] != '\r' && (len(s) == 1 || s[1] < 0x80) { // a grapheme of its own
			if t, ok := "", c.ascii[s[0]]; ok {
				t, _ = c.find(s[:1])
				b.WriteString(t)
			} else {
				b.WriteByte(s[0])
			}
			s, state = s[1:], -1
			continue
		}
		var g string
		g, s, _, state = uniseg.FirstGraphemeClusterInString(s, state)
		if len(g) < maxGrapheme {
			if t, ok := c.find(g); ok {
				b.WriteString(t)
				continue
			}
		}
		for i, r := range g {
			if t, ok := c.find(g[i : i+len(string(r))]); ok {
				b.WriteString(t)
			} else {
				b.WriteRune(r)
			}
		}
	}
	return b.String()
}
