package web

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
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
	var low smallest
	var runs [3]uint32 // hashes of the runs that began with the last words, the oldest first
	words, inside := 0, false
	end := func() {
		inside = false
		for i := range runs {
			runs[i] = fnv32a(runs[i], 0)
		}
		if words >= len(runs) {
			low.add(runs[0])
		}
	}
	for _, r := range markdown {
		switch letter := unicode.IsLetter(r) || unicode.IsDigit(r); {
		case !letter && inside:
			end()
			continue
		case !letter:
			continue
		case !inside:
			inside = true
			words++
			runs = [3]uint32{runs[1], runs[2], fnvOffset}
		}
		var b [utf8.UTFMax]byte
		for _, c := range b[:utf8.EncodeRune(b[:], unicode.ToLower(r))] {
			for i := range runs {
				runs[i] = fnv32a(runs[i], c)
			}
		}
	}
	if inside {
		end()
	}
	if words > 0 && words < len(runs) {
		low.add(runs[len(runs)-words])
	}
	return low.sketch()
}

// fnvOffset begins a hash that fnv32a goes on with (FNV-1a, 32 bits).
const fnvOffset = 2166136261

func fnv32a(h uint32, c byte) uint32 { return (h ^ uint32(c)) * 16777619 }

// smallest keeps the smallest hashes that were added. The zero value has none.
type smallest struct {
	kept  []uint32
	limit uint32 // none above it is kept; 0 is no limit yet
}

func (s *smallest) add(h uint32) {
	if s.limit > 0 && h > s.limit {
		return
	}
	if s.kept = append(s.kept, h); len(s.kept) == 8*sketchSize {
		s.cut()
	}
}

func (s *smallest) cut() {
	slices.Sort(s.kept)
	s.kept = slices.Compact(s.kept)
	if len(s.kept) >= sketchSize {
		s.kept = s.kept[:sketchSize]
		s.limit = s.kept[sketchSize-1]
	}
}

func (s *smallest) sketch() sketch {
	s.cut()
	return slices.Clone(s.kept)
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
