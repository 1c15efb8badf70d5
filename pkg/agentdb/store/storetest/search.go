package storetest

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"panther/pkg/agentdb/store"
	"panther/pkg/knowledge"
	"panther/pkg/search"
)

// bm25 is the formula of the package comment of store, written out.
func bm25(terms []string, unit []string, corpus [][]string) float64 {
	var total, score float64
	for _, u := range corpus {
		total += float64(len(u))
	}
	avg, n := total/float64(len(corpus)), float64(len(corpus))
	for _, t := range terms {
		var df, f float64
		for _, u := range corpus {
			if slices.Contains(u, t) {
				df++
			}
		}
		for _, w := range unit {
			if w == t {
				f++
			}
		}
		idf := math.Log(1 + (n-df+.5)/(df+.5))
		score += idf * f * 2.2 / (f + 1.2*(.25+.75*float64(len(unit))/avg))
	}
	return score
}

func testBM25(t *testing.T, s store.Store) {
	ctx := everyone(t)
	words := strings.Fields("apple apple_pie work_mem foo-bar 00942 naïve v1.2 straße 索引")
	var corpus [][]string
	for i := range 60 {
		var u []string
		for j := range 3 + i%7 {
			u = append(u, words[(i*j+i/9)%len(words)])
		}
		corpus = append(corpus, u)
		put(t, s, doc(fmt.Sprintf("u:%02d", i), []string{"x", "y"}[i%2], strings.Join(u, " ")))
	}
	for _, q := range [][]string{{"apple"}, {"work_mem", "foo-bar", "none"}, {"naïve", "索引", "v1.2"}, {"apple", "foo-bar", "apple", "apple"}, {"straße", "00942", "apple_pie"}} {
		for _, f := range []store.Filter{{}, {Sources: []string{"y"}}} {
			got := must(s.Lexical(ctx, store.DocumentCorpus, search.Words(q...), f, 100))(t)
			want := 0
			for i, u := range corpus {
				if score := bm25(q, u, corpus); score > 0 && (f.IsZero() || i%2 == 1) {
					want++
					_ = score
				}
			}
			same(t, fmt.Sprintf("number of %q", q), len(got), want)
			last := store.Scored{Score: math.Inf(1)}
			for i, text := range texts(t, s, got) {
				h := got[i]
				if exact := bm25(q, strings.Fields(text), corpus); math.Abs(h.Score-exact) > 1e-6*math.Max(exact, 1e-4) {
					t.Fatalf("%q in %q scored %g, want %g", q, text, h.Score, exact)
				}
				if h.Score > last.Score || h.Score == last.Score && h.Unit < last.Unit {
					t.Fatalf("%q: %+v after %+v", q, h, last)
				}
				last = h
			}
			scores := map[int64]float64{}
			for _, h := range got {
				scores[h.Unit] = h.Score
			}
			asked := append([]int64{1 << 40}, store.Units(got)...)
			slices.Reverse(asked)
			same(t, fmt.Sprintf("scores for %q", q), must(s.LexicalScores(ctx, store.DocumentCorpus, search.Words(q...), asked))(t), scores)
			best := must(s.Lexical(ctx, store.DocumentCorpus, search.Words(q...), f, 5))(t)
			same(t, "the best five", best, got[:min(5, len(got))])
		}
	}
	same(t, "scores of others", must(s.LexicalScores(ctx, store.DocumentCorpus, search.Words("none"), []int64{1, 2, 3}))(t), map[int64]float64{})
	same(t, "no terms", len(must(s.Lexical(ctx, store.DocumentCorpus, nil, store.Filter{}, 9))(t)), 0)
	for _, odd := range []string{`"`, "*", "a b", "'", "x OR y", "^a", "(", "NEAR(a b)", "a:b", "\x00", "{"} {
		if _, err := s.Lexical(ctx, store.DocumentCorpus, search.Words(odd), store.Filter{}, 9); err != nil {
			t.Errorf("term %q: %v", odd, err)
		}
	}
}

func testFilters(t *testing.T, s store.Store) {
	ctx := everyone(t)
	space(t, s, "p/m/4")
	add := func(uri, source, lang string, tags []string, month int) {
		d := doc(uri, source, "word "+uri)
		d.Language, d.Tags = lang, tags
		if uri < "d" {
			d.Meta = map[string]string{knowledge.MetaVersion: map[string]string{"a": "1", "b": "1.7", "c": "17"}[uri]}
		}
		d.FetchedAt = day.AddDate(0, 6, 0)
		if month != 0 {
			d.PublishedAt = day.AddDate(0, month, 0)
		}
		put(t, s, d)
	}
	add("a", "x", "en", []string{"red", "big"}, -2)
	add("b", "y", "en-GB", []string{"red"}, 2)
	add("c", "y", "de", nil, 0)
	add("d", "z", "eng", []string{"big"}, 1)
	add("e", "z", "", []string{"redder", `q"t`}, 1)
	embedAll(t, s, "p/m/4")
	for _, tc := range []struct {
		name string
		f    store.Filter
		want string
	}{
		{"none", store.Filter{}, "a b c d e"},
		{"source", store.Filter{Sources: []string{"y"}}, "b c"},
		{"sources", store.Filter{Sources: []string{"y", "x"}}, "a b c"},
		{"version", store.Filter{Versions: []string{"1"}}, "a b"},
		{"versions", store.Filter{Versions: []string{"17", "1.7"}}, "b c"},
		{"unknown source", store.Filter{Sources: []string{"%"}}, ""},
		{"language", store.Filter{Languages: []string{"en"}}, "a b"},
		{"languages", store.Filter{Languages: []string{"en-GB", "de"}}, "b c"},
		{"tag", store.Filter{Tags: []string{"red"}}, "a b"},
		{"tags", store.Filter{Tags: []string{"big", "red"}}, "a"},
		{"quoted tag", store.Filter{Tags: []string{`q"t`}}, "e"},
		{"after", store.Filter{After: day}, "b c d e"},
		{"all", store.Filter{After: day, Sources: []string{"y"}, Languages: []string{"en"}, Tags: []string{"red"}, Exclude: []string{"c"}}, "b"},
		{"exclude", store.Filter{Exclude: []string{"a", "none"}}, "b c d e"},
		{"exclude all", store.Filter{Exclude: []string{"word"}}, ""},
	} {
		lex := must(s.Lexical(ctx, store.DocumentCorpus, search.Words("word"), tc.f, 9))(t)
		near := must(s.Nearest(ctx, store.DocumentCorpus, "p/m/4", vector("q"), tc.f, 9))(t)
		with, passages, err := s.NearestPassages(ctx, "p/m/4", vector("q"), tc.f, 9)
		if err != nil {
			t.Fatal(err)
		}
		same(t, tc.name+": results that bring their passages", with, near)
		same(t, tc.name+": their passages", passages, must(s.Passages(ctx, store.Units(near)))(t))
		for leg, hits := range map[string][]store.Scored{"lexical": lex, "dense": near} {
			got := texts(t, s, hits)
			slices.Sort(got)
			same(t, tc.name+" "+leg, strings.ReplaceAll(strings.Join(got, " "), "word ", ""), tc.want)
		}
	}
}

func testPhrases(t *testing.T, s store.Store) {
	ctx := everyone(t)
	put(t, s, doc("a", "x", "create partial index now", "index partial create"), doc("b", "x", "partial create index partial index"))
	space(t, s, "p/m/4")
	embedAll(t, s, "p/m/4")
	for _, tc := range []struct {
		phrases []search.Phrase
		want    int
	}{
		{[]search.Phrase{{{"partial", "index"}}}, 2},
		{[]search.Phrase{{{"create", "partial", "index"}}}, 1},
		{[]search.Phrase{{{"partial", "index"}}, {{"partial", "create"}}}, 1},
		{[]search.Phrase{{{"index", "create"}}}, 0},
		{[]search.Phrase{{{"now"}}}, 1},
	} {
		f := store.Filter{Phrases: tc.phrases}
		same(t, fmt.Sprintf("lexical %q", tc.phrases),
			len(must(s.Lexical(ctx, store.DocumentCorpus, search.Words("partial", "index"), f, 9))(t)), tc.want)
		same(t, fmt.Sprintf("dense %q", tc.phrases),
			len(must(s.Nearest(ctx, store.DocumentCorpus, "p/m/4", vector("q"), f, 9))(t)), tc.want)
	}
}

// testWords has what a query of several languages asks for: terms of one word that
// are rare by all of them, silent terms, phrases in several ways, and terms that
// the ASCII of a tokenizer would part.
func testWords(t *testing.T, s store.Store) {
	ctx := everyone(t)
	for i, text := range []string{"connect ·the pool", "de·connection ·the pool", "connect it", "a ->> b ·of", "a @> b -h·", "-h a b", "c++ a", "c# a", "#include a"} {
		put(t, s, doc(fmt.Sprintf("u:%d", i), "x", text))
	}
	find := func(f store.Filter, terms ...search.Term) []store.Scored {
		return must(s.Lexical(ctx, store.DocumentCorpus, terms, f, 20))(t)
	}
	kin := find(store.Filter{}, search.Term{Text: "connect", Weight: 2, Kin: 1}, search.Term{Text: "de·connection", Weight: 2, Kin: 1})
	same(t, "all of a kin", len(kin), 3)
	if math.Abs(kin[0].Score-kin[1].Score) > 1e-9 || math.Abs(kin[0].Score-kin[2].Score) > 1e-9 {
		t.Errorf("the terms of one word score %v", kin) // in units of two terms each
	}
	idf := math.Log(1 + (9-3+.5)/(3+.5))
	if want := 2 * idf * 2.2 / (1 + 1.2*(.25+.75*2/(22./9))); math.Abs(kin[0].Score-want) > 1e-6 {
		t.Errorf("the score is %g, want %g", kin[0].Score, want)
	}
	same(t, "a silent term", len(find(store.Filter{}, search.Words("·the")...)), 0)
	for _, tc := range []struct {
		way  search.Phrase
		want int
	}{
		{search.Phrase{{"connect", "·the", "pool"}, {"de·connection", "·the", "pool"}}, 2},
		{search.Phrase{{"connect", "pool"}}, 0},
		{search.Phrase{{"a", "->>", "b", "·of"}}, 1},
		{search.Phrase{{"a", "@>", "b"}}, 1},
		{search.Phrase{{"-h"}}, 1},
	} {
		f := store.Filter{Phrases: []search.Phrase{tc.way}}
		same(t, fmt.Sprintf("phrase %q", tc.way), len(find(f, search.Words("connect", "de·connection", "a", "-h")...)), tc.want)
	}
	same(t, "without an operator", len(find(store.Filter{Exclude: []string{"c++", "->>", "#include"}}, search.Words("a")...)), 3)
	same(t, "vocabulary", must(s.Vocabulary(ctx, []string{"connect", "none", "·the"}, []string{"de·", "c", "x"}, 20))(t), map[string]int{"connect": 2, "de·connection": 1, "c++": 1, "c#": 1})
	same(t, "the first words of a range", len(must(s.Vocabulary(ctx, nil, []string{""}, 3))(t)), 3)
	put(t, s, doc("u:0", "x", "other"))
	same(t, "vocabulary of what is left", must(s.Vocabulary(ctx, []string{"connect", "pool"}, nil, 9))(t), map[string]int{"connect": 1, "pool": 1})
	check(t, s.Tombstone(ctx, knowledge.DocumentID("u:2")))
	same(t, "vocabulary after a deletion", must(s.Vocabulary(ctx, []string{"connect"}, []string{"connect"}, 9))(t), map[string]int{})
}

func testLanguages(t *testing.T, s store.Store) {
	same(t, "languages of nothing", len(must(s.Languages(t.Context()))(t)), 0)
	for i, lang := range []string{"de", "en-GB", "", "de", "Zz", "fr"} {
		d := doc(fmt.Sprintf("u:%d", i), "x", "word")
		d.Language = lang
		put(t, s, d)
	}
	check(t, s.Tombstone(t.Context(), knowledge.DocumentID("u:5")))
	same(t, "languages", fmt.Sprintf("%q", must(s.Languages(t.Context()))(t)), `["" "Zz" "de" "en-GB"]`)
}

func testNearest(t *testing.T, s store.Store) {
	ctx := everyone(t)
	if _, err := s.Nearest(ctx, store.DocumentCorpus, "p/m/4", vector("q"), store.Filter{}, 9); !errors.Is(err, store.ErrUnknownSpace) {
		t.Errorf("an unknown space gave %v", err)
	}
	var all []string
	for i := range 50 {
		all = append(all, fmt.Sprintf("text %d", i))
		put(t, s, doc(fmt.Sprintf("u:%02d", i), "x", all[i]))
	}
	space(t, s, "p/m/4")
	same(t, "before vectors", len(must(s.Nearest(ctx, store.DocumentCorpus, "p/m/4", vector("q"), store.Filter{}, 9))(t)), 0)
	embedAll(t, s, "p/m/4")
	q := vector("q")
	slices.SortFunc(all, func(a, b string) int {
		if dot(q, vector(a)) > dot(q, vector(b)) {
			return -1
		}
		return 1
	})
	hits := must(s.Nearest(ctx, store.DocumentCorpus, "p/m/4", q, store.Filter{}, 10))(t)
	same(t, "nearest", texts(t, s, hits), all[:10])
	for i, h := range hits {
		if want := dot(q, vector(all[i])); math.Abs(h.Score-want) > 2e-3 {
			t.Errorf("%s scored %g, want %g", all[i], h.Score, want)
		}
	}
	scores := map[int64]float64{}
	for _, h := range hits {
		scores[h.Unit] = h.Score
	}
	same(t, "similarities", must(s.Similarities(ctx, store.DocumentCorpus, "p/m/4", q, append(store.Units(hits), 1<<40)))(t), scores)
	if _, err := s.Similarities(ctx, store.DocumentCorpus, "p/none/4", q, []int64{1}); !errors.Is(err, store.ErrUnknownSpace) {
		t.Errorf("an unknown space gave %v", err)
	}
	vectors := must(s.Vectors(ctx, store.DocumentCorpus, "p/m/4", []int64{hits[0].Unit, 1 << 40}))(t)
	if v := vectors[hits[0].Unit]; len(vectors) != 1 || len(v) != 4 || math.Abs(dot(v, vector(all[0]))-1) > 2e-3 {
		t.Errorf("vectors: %v, want %v", vectors, vector(all[0]))
	}
	if _, err := s.Vectors(ctx, store.DocumentCorpus, "p/none/4", []int64{1}); !errors.Is(err, store.ErrUnknownSpace) {
		t.Errorf("an unknown space gave %v", err)
	}
	check(t, s.ActivateSpace(ctx, "p/m/4"))
	same(t, "nearest in the active space", texts(t, s, must(s.Nearest(ctx, store.DocumentCorpus, "p/m/4", q, store.Filter{}, 10))(t)), all[:10])
	put(t, s, doc("u:00", "x", "other"))
	for _, h := range texts(t, s, must(s.Nearest(ctx, store.DocumentCorpus, "p/m/4", q, store.Filter{}, 50))(t)) {
		if h == "text 0" || h == "other" {
			t.Errorf("found %q", h)
		}
	}
}

func dot(a, b []float32) (s float64) {
	for i := range a {
		s += float64(a[i]) * float64(b[i])
	}
	return s
}
