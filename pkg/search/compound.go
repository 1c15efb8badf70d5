package search

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

// compounding are the languages that write compounds as one word.
var compounding = set("de nl sv da no fi hu")

// Lengths in letters: of a word that may be a compound, and of its parts.
const (
	shortestCompound = 8
	shortestPart     = 4
	longPart         = 6 // beside it a part may have a letter less
)

// appendEnds adds to the terms of a text in a compounding language its long words
// from their ends on, once each: the index then tells which words end with
// another one as it tells which begin with it.
func appendEnds(terms []string, lang string) []string {
	if !compounding[lang] {
		return terms
	}
	seen := map[string]bool{}
	for _, t := range terms {
		if w, ok := strings.CutPrefix(t, lang+Mark); ok && !seen[w] && utf8.RuneCountInString(w) >= shortestCompound {
			seen[w] = true
			terms = append(terms, lang+Mark+Mark+reversed(w))
		}
	}
	return terms
}

func reversed(w string) string {
	rs := []rune(w)
	slices.Reverse(rs)
	return string(rs)
}

// Vocabulary tells how many units of an index have each of some terms, and each
// term that begins in one of some ways.
type Vocabulary func(terms, prefixes []string) (map[string]int, error)

// Bounds of what a query asks the vocabulary for, and of what it takes.
const (
	maxSplit = 12 // words
	maxWider = 24 // compounds that have a word as part, the most frequent
)

// partWeight is what a part of a compound counts beside the word itself.
const partWeight = .7

// links are what stands between the parts of compounds.
var links = []string{"", "s", "es", "n", "en", "er", "e"}

// compounds adds what the words of a query are parts of, and the parts that they
// have, by the words of the index: of the places where a word could be split the
// one whose parts are the most frequent, by their geometric mean (Koehn, Knight:
// "Empirical Methods for Compound Splitting", 2003).
func (r *reader) compounds(wanted []token, langs []string, vocabulary Vocabulary) error {
	langs = slices.DeleteFunc(slices.Clone(langs), func(l string) bool { return !compounding[l] })
	if len(langs) == 0 || vocabulary == nil {
		return nil
	}
	var words []compound
	var terms, prefixes []string
	for _, t := range wanted {
		for _, l := range langs {
			stem := t.in(l)
			if !t.alone || t.exact || !t.speaks(l) || Silent(stem) || len(words) == maxSplit*len(langs) {
				continue
			}
			w := compound{lang: l, word: t.word, stem: strings.TrimPrefix(stem, l+Mark), text: t.plain()}
			words = append(words, w)
			for _, s := range w.splits() {
				terms = append(terms, s[0], s[1])
			}
			if utf8.RuneCountInString(w.stem) >= shortestPart {
				prefixes = append(prefixes, l+Mark+w.stem, l+Mark+Mark+reversed(w.stem))
			}
		}
	}
	if len(words) == 0 {
		return nil
	}
	slices.Sort(terms)
	found, err := vocabulary(slices.Compact(terms), prefixes)
	if err != nil {
		return err
	}
	for _, w := range words {
		w.split(r, found)
		w.widen(r, found)
	}
	return nil
}

// compound is a word of a query in a language.
type compound struct {
	lang, word, stem string
	text             string // its plain term
}

// splits are the terms of the two parts of a word, for each place and link.
func (w *compound) splits() [][2]string {
	var out [][2]string
	rs := []rune(w.word)
	for i := shortestPart; i <= len(rs)-shortestPart; i++ {
		right, silent := termIn(w.lang, string(rs[i:]))
		if silent {
			continue
		}
		for _, link := range links {
			left, ok := strings.CutSuffix(string(rs[:i]), link)
			if !ok || utf8.RuneCountInString(left) < shortestPart {
				continue
			}
			if term, silent := termIn(w.lang, left); !silent {
				out = append(out, [2]string{term, right})
			}
		}
	}
	return out
}

// split adds the parts of a word.
func (w *compound) split(r *reader, found map[string]int) {
	var best [2]string
	most := 0
	for _, s := range w.splits() {
		if n := found[s[0]] * found[s[1]]; n > most {
			best, most = s, n
		}
	}
	if most > 0 {
		r.add(best[:1], partWeight)
		r.add(best[1:], partWeight)
	}
}

// widen adds the compounds that begin or end with a word, as its kin.
func (w *compound) widen(r *reader, found map[string]int) {
	before, ends := w.lang+Mark+w.stem, w.lang+Mark+Mark+reversed(w.stem)
	units := map[string]int{} // of each wider word
	for term, n := range found {
		rest, begins := strings.CutPrefix(term, before)
		if !begins {
			if rest, begins = strings.CutPrefix(term, ends); !begins {
				continue
			}
			term = w.lang + Mark + reversed(rest) + w.stem
		}
		if letters := utf8.RuneCountInString(rest); letters >= shortestPart || letters == shortestPart-1 && len(w.stem) >= longPart {
			units[term] = n
		}
	}
	wider := slices.SortedFunc(maps.Keys(units), func(a, b string) int {
		return cmp.Or(cmp.Compare(units[b], units[a]), cmp.Compare(a, b))
	})
	for _, term := range wider[:min(len(wider), maxWider)] {
		i, ok := r.at[term]
		switch {
		case !ok:
			r.add([]string{term, w.text}, 0)
			i = r.at[term]
		case r.terms[i].Weight >= 1: // the query says it
			continue
		}
		r.terms[i].Weight += partWeight // also where it has two words of the query
	}
}
