// Package synthetic makes passages, vectors and queries for benchmarks: any
// number of them, the same ones in every run, each from its number alone. Words
// are distributed as in English text without its stop words; vectors lie in
// clusters, as those of texts do, or anywhere, which is the worst case.
package synthetic

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"

	"panther/pkg/agentdb/store"
	"panther/pkg/knowledge"
)

// Corpus describes what is made.
type Corpus struct {
	Dimensions int
	Clustered  bool
}

// Shape of the text: a Zipf-Mandelbrot law whose offset stands for the stop
// words that were removed, and passages of the length that the cutter makes.
const (
	vocabulary = 300_000
	exponent   = 1.1
	offset     = 30
	minTerms   = 60
	maxTerms   = 180
)

// Shape of the vectors: as many clusters as a large documentation has topics,
// and a spread at which a vector's neighbours are mostly of its own cluster.
const (
	clusters = 1000
	spread   = 0.6
)

// PassagesPerDocument is how many passages a document has.
const PassagesPerDocument = 10

// random returns the generator of one thing.
func random(kind, i uint64) *rand.Rand { return rand.New(rand.NewPCG(kind, i)) }

// Terms returns the index terms of passage i.
func (c Corpus) Terms(i int) []string {
	r := random(1, uint64(i))
	z := rand.NewZipf(r, exponent, offset, vocabulary-1)
	out := make([]string, minTerms+r.IntN(maxTerms-minTerms+1))
	for j := range out {
		out[j] = word(z.Uint64())
	}
	return out
}

// word spells a number, so that words are as long as English ones. They end in
// vowels that a stemmer leaves alone.
func word(n uint64) string {
	const syllables = "ba co du fa go hu ja ko lu ma no pu ra so tu va"
	var b strings.Builder
	for n += 16; n > 0; n /= 16 {
		b.WriteString(syllables[n%16*3 : n%16*3+2])
	}
	return b.String()
}

// Vector returns the vector of passage i, of length 1.
func (c Corpus) Vector(i int) []float32 { return c.vector(random(2, uint64(i))) }

func (c Corpus) vector(r *rand.Rand) []float32 {
	v := make([]float32, c.Dimensions)
	var center *rand.Rand
	if c.Clustered {
		center = random(3, uint64(r.IntN(clusters)))
	}
	var sum float64
	for j := range v {
		x := r.NormFloat64()
		if c.Clustered {
			x = center.NormFloat64() + spread*x
		}
		v[j] = float32(x)
		sum += x * x
	}
	for j := range v {
		v[j] = float32(float64(v[j]) / math.Sqrt(sum))
	}
	return v
}

// Query returns the terms and the vector of query i over n passages: three to
// eight of the words of some passage, and a vector from the distribution of the
// passages that is none of theirs.
func (c Corpus) Query(i, n int) (terms []string, vector []float32) {
	r := random(4, uint64(i))
	words := c.Terms(r.IntN(n))
	want := 3 + r.IntN(6)
	seen := map[string]bool{}
	for len(terms) < want {
		if w := words[r.IntN(len(words))]; !seen[w] {
			seen[w] = true
			terms = append(terms, w)
		}
	}
	return terms, c.vector(random(5, uint64(i)))
}

// CommonQuery returns the terms of query i of common words, as in a question in
// plain language: four to eight of the thousand most common ones, which one to
// 48 percent of the passages have.
func (c Corpus) CommonQuery(i int) (terms []string) {
	r := random(6, uint64(i))
	want := 4 + r.IntN(5)
	for len(terms) < want {
		if w := word(uint64(math.Pow(1000, r.Float64()))); !slices.Contains(terms, w) {
			terms = append(terms, w)
		}
	}
	return terms
}

// Document returns document d with its passages, as a backup holds it. Units
// begin at 1.
func (c Corpus) Document(d int) store.ExportedDocument {
	x := store.ExportedDocument{
		Document: knowledge.Document{URI: fmt.Sprintf("synthetic:%07d", d), Source: fmt.Sprintf("source%02d", d%20),
			Title: fmt.Sprintf("Document %d", d)},
		Fingerprint: "1",
	}
	for j := range PassagesPerDocument {
		i := d*PassagesPerDocument + j
		terms := c.Terms(i)
		x.Passages = append(x.Passages, store.ExportedPassage{Unit: int64(i + 1), Passage: store.Passage{
			Hash: fmt.Sprint(i), Text: strings.Join(terms, " "), Tokens: len(terms), Terms: terms}})
	}
	return x
}
