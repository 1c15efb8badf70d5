package search

import (
	"cmp"
	"slices"
	"strings"
)

// Reading is a query as an index in some languages understands it.
type Reading struct {
	Terms   []Term
	Phrases []Phrase // each must occur
	Exclude []string // none may occur
}

// Term is a term of a query with how much it counts.
type Term struct {
	Text   string
	Weight float64 // how often it was said, less for a part of a word
	// Kin is the same for the terms of one word in several languages: a unit has
	// one of them, and how rare the word is goes by all of them.
	Kin int
}

// Phrase has the ways in which an index may have a phrase, silent terms too: one
// for each language that has terms of its own. All have the same length.
type Phrase [][]string

// Words are plain terms, each as often as it is there.
func Words(terms ...string) []Term {
	var r reader
	for _, t := range terms {
		r.add([]string{t}, 1)
	}
	return r.terms
}

// In reads a query for an index that has texts in some languages. With its
// vocabulary compounds are found by their parts, and parts by compounds; nil is for
// an index without. Only the vocabulary makes it fail.
func (q Query) In(langs []string, vocabulary Vocabulary) (Reading, error) {
	var own []string
	for _, l := range langs {
		if l = base(l); inflected(l) && !slices.Contains(own, l) {
			own = append(own, l)
		}
	}
	var r reader
	for _, t := range q.wanted {
		r.add(t.forms(own), 1)
	}
	if err := r.compounds(q.wanted, own, vocabulary); err != nil {
		return Reading{}, err
	}
	out := Reading{Terms: r.terms}
	for _, p := range q.phrases {
		out.Phrases = append(out.Phrases, phraseIn(p.tokens, own))
	}
	for _, x := range q.exclude {
		for _, t := range x.tokens {
			out.Exclude = append(out.Exclude, t.forms(own)...)
		}
	}
	return out, nil
}

// Matcher returns what counts how many words of the query a text has, and how many
// there are. The text is of a document in a language, "" for one that is told by
// the text that is given first and by the query. A word is there also as a part of
// a compound.
func (q Query) Matcher(lang, first string) func(text string) (has, of int) {
	if lang == "" {
		lang = cmp.Or(Detect(first), Detect(q.Text))
	}
	q.wanted = slices.DeleteFunc(slices.Clone(q.wanted), func(t token) bool { return t.exact })
	return func(text string) (has, of int) {
		there := map[string]int{}
		for _, t := range Index(text, lang) {
			if !Silent(t) {
				there[t]++
			}
		}
		r, _ := q.In([]string{lang}, func(_, prefixes []string) (map[string]int, error) {
			found := map[string]int{}
			for t, n := range there {
				if slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(t, p) }) {
					found[t] = n
				}
			}
			return found, nil
		})
		kin := map[int]bool{}
		for _, t := range r.Terms {
			kin[t.Kin] = kin[t.Kin] || there[t.Text] > 0
		}
		for _, is := range kin {
			if is {
				has++
			}
		}
		return has, len(kin)
	}
}

// forms are the terms of a token, the plain one first.
func (t token) forms(langs []string) []string {
	out := []string{t.plain()}
	for _, l := range langs {
		if t.exact || !t.speaks(l) || Silent(t.in(l)) {
			continue
		}
		for _, f := range variants(l, t.word) {
			if !slices.Contains(out, f) {
				out = append(out, f)
			}
		}
	}
	return out
}

// variants are the terms that an inflected form of a word, or one written without
// marks, may have. Stemmers do not cut all forms to the same: of connexion French
// leaves all, of connexions connex, and of Hungarian's kapcsolat, which is the stem
// of kapcsolatok, kapcsol.
func variants(lang, w string) []string {
	var out []string
	for _, v := range []string{w, fold(w), w + "s", strings.TrimSuffix(w, "s")} {
		if term, silent := termIn(lang, v); !silent && (v == w || v == fold(w) || number[lang]) {
			out = append(out, term)
		}
	}
	if stem := stemmers[lang]; stem != nil {
		out = append(out, lang+Mark+fold(w), lang+Mark+fold(stemBy(stem, stemBy(stem, w))))
	}
	return out
}

// number has the languages whose plural is an s, which their stemmers take for the
// end of a verb.
var number = set("fr es pt")

func phraseIn(ts []token, langs []string) Phrase {
	var out Phrase
	for _, l := range append([]string{""}, langs...) {
		way := make([]string, len(ts))
		for i, t := range ts {
			way[i] = t.in(l)
		}
		if !slices.ContainsFunc(out, func(w []string) bool { return slices.Equal(w, way) }) {
			out = append(out, way)
		}
	}
	return out
}

// reader collects terms.
type reader struct {
	terms []Term
	at    map[string]int
	kin   int
}

// add adds the forms of a word, of which some may be there: then they are kin of
// the others.
func (r *reader) add(forms []string, weight float64) {
	if r.at == nil {
		r.at = map[string]int{}
	}
	r.kin++
	for _, f := range forms {
		i, ok := r.at[f]
		if !ok {
			r.at[f] = len(r.terms)
			r.terms = append(r.terms, Term{f, weight, r.kin})
			continue
		}
		r.terms[i].Weight += weight
		for j, was := 0, r.terms[i].Kin; j < len(r.terms); j++ {
			if r.terms[j].Kin == was {
				r.terms[j].Kin = r.kin
			}
		}
	}
}
