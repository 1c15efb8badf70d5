package engine

import (
	"math"
	"strings"
	"unicode"
)

// duplicates recognizes texts that say the same as one before: nearly all of
// their three-word shingles are shared. The zero value is ready.
type duplicates struct{ seen []sketched }

// nearlyAll is the share of common shingles (Jaccard) from which two passages
// are the same to a reader: copies of a page under another version or address.
const nearlyAll = 0.9

// sketches is how many min-hashes are compared before the shingles themselves.
// Texts that share nine tenths differ in all of them once in a hundred million.
// It is a power of two.
const sketches = 8

// sketched is a text with its min-hashes (Broder, "On the resemblance and
// containment of documents", 1997), each the least of one part of the hashes
// (Li, Owen, Zhang, "One Permutation Hashing", 2012).
type sketched struct {
	text string
	mins [sketches]uint64
	set  map[uint64]bool // of its shingles, made when it is first compared
}

// add returns which text that was added before the text repeats, by its number;
// if none, -1, and it is added.
func (d *duplicates) add(text string) int {
	s := sketch(text)
	for i := range d.seen {
		if s.repeats(&d.seen[i]) {
			return i
		}
	}
	d.seen = append(d.seen, s)
	return -1
}

func (s *sketched) repeats(o *sketched) bool {
	for i, m := range s.mins {
		if m == o.mins[i] {
			return similar(s.shingles(), o.shingles()) >= nearlyAll && numbers(s.text) == numbers(o.text)
		}
	}
	return false
}

// numbers returns the digits of a text, those of one number after another: two
// pages that differ in a value are not the same, however little that is of them.
func numbers(text string) string {
	return strings.Join(strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsDigit(r) }), " ")
}

func (s *sketched) shingles() map[uint64]bool {
	if s.set == nil {
		s.set = map[uint64]bool{}
		shingles(s.text, func(h uint64) { s.set[h] = true })
	}
	return s.set
}

func sketch(text string) sketched {
	s := sketched{text: text}
	for i := range s.mins {
		s.mins[i] = math.MaxUint64
	}
	shingles(text, func(h uint64) {
		h = (h ^ h>>29) * 0xbf58476d1ce4e5b9
		h ^= h >> 32
		i := h % sketches
		s.mins[i] = min(s.mins[i], h)
	})
	return s
}

// shingles hashes each three words in a row, and the last two
// (FNV-1a over lower-case characters).
func shingles(text string, use func(uint64)) {
	const offset, prime = 14695981039346656037, 1099511628211
	var one, two, h uint64 // hashes of the words before, and of this one
	n := 0
	end := func() {
		if h == 0 {
			return
		}
		if n++; n > 2 {
			use((one*prime^two)*prime ^ h)
		}
		one, two, h = two, h, 0
	}
	for _, r := range text {
		if unicode.IsSpace(r) {
			end()
			continue
		}
		if r < 'a' || r > 'z' {
			r = unicode.ToLower(r)
		}
		if h == 0 {
			h = offset
		}
		h = (h ^ uint64(r)) * prime
	}
	end()
	if n > 0 {
		use((one*prime^two)*prime ^ offset) // the last two words, so that short texts have a shingle too
	}
}

func similar(a, b map[uint64]bool) float64 {
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(a) == 0 || float64(len(a)) < nearlyAll*float64(len(b)) {
		return 0
	}
	common := 0
	for h := range a {
		if b[h] {
			common++
		}
	}
	return float64(common) / float64(len(a)+len(b)-common)
}
