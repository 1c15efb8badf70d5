package web

import (
	"hash/fnv"
	"slices"
	"strings"
	"unicode"
)

// words is what is kept of a page to tell whether another page says the same.
type words struct {
	title string
	text  sketch
}

func wordsOf(title, markdown string) words {
	return words{strings.Join(strings.Fields(title), " "), sketchOf(markdown)}
}

// sameAs reports whether a page is the other one, or a part of it.
func (w words) sameAs(o words) bool {
	if w.title == o.title {
		return w.text.within(o.text) >= agree
	}
	return w.text.within(o.text) >= agreeAlone
}

// sketch tells of a text whether another one says the same: the smallest hashes of its runs of three words (Broder, On the resemblance
// and containment of documents, 1997).
type sketch []uint32

const (
	// sketchSize bounds a sketch: 64 of them tell four fifths from three within a
	// twentieth, in a quarter of a kilobyte a page.
	sketchSize = 64
	// agree is the part of a page's words that another one of the same title must
	// have to be the same page, and agreeAlone that of another title: pages of one
	// template differ in a word here and there.
	agree      = 0.9
	agreeAlone = 0.99
)

func sketchOf(markdown string) sketch {
	words := strings.FieldsFunc(strings.ToLower(markdown), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	var all []uint32
	for i := range max(len(words)-2, min(len(words), 1)) {
		h := fnv.New32a()
		for _, w := range words[i:min(i+3, len(words))] {
			_, _ = h.Write([]byte(w))
			_, _ = h.Write([]byte{0})
		}
		all = append(all, h.Sum32())
	}
	slices.Sort(all)
	all = slices.Compact(all)
	return slices.Clone(all[:min(len(all), sketchSize)])
}

// within returns the part of s that o has too, judged by the hashes below which
// both are whole.
func (s sketch) within(o sketch) float64 {
	if len(s) == 0 || len(o) == 0 {
		return 0
	}
	limit := ^uint32(0)
	for _, l := range []sketch{s, o} {
		if len(l) == sketchSize {
			limit = min(limit, l[len(l)-1])
		}
	}
	seen, shared := 0, 0
	for _, h := range s {
		if h > limit {
			break
		}
		seen++
		if _, ok := slices.BinarySearch(o, h); ok {
			shared++
		}
	}
	if seen == 0 {
		return 0
	}
	return float64(shared) / float64(seen)
}
