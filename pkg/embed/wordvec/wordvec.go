// Package wordvec is the embedder without downloaded weights. Trained on the
// owner's own corpus it averages word vectors; before that it hashes words and
// their parts into a vector, which finds little beyond what a lexical index
// finds and says so by a low Weight.
package wordvec

import (
	"hash/fnv"
	"math"
	"sort"

	"panther/pkg/search"
)

// hashDims is the length of a hashed vector: enough for few collisions within a
// passage, and cheap to index.
const hashDims = 256

// Model embeds text. It may be used by several goroutines.
type Model struct {
	name    string
	dims    int
	weight  float64
	trained bool

	index map[string]int32 // number of a term
	terms []string         // by number
	scale []float32        // by number: idf times the worth of a step
	vecs  []int8           // dims steps for each term
}

// Hashed returns the model that needs no training.
func Hashed() *Model {
	return &Model{name: "hash-256", dims: hashDims, weight: hashedWeight}
}

// hashedWeight is the dense leg's share with hashed vectors: just enough to
// break ties and to catch misspellings, since more of it lowers the quality.
const hashedWeight = 0.05

// Name identifies the model and its training.
func (m *Model) Name() string { return m.name }

// Dimensions is the length of every vector.
func (m *Model) Dimensions() int { return m.dims }

// Weight is the share of the dense leg that this model deserves in fusion with
// a lexical index.
func (m *Model) Weight() float64 { return m.weight }

// Trained reports whether the model learned from a corpus.
func (m *Model) Trained() bool { return m.trained }

// Words is how many words a trained model knows.
func (m *Model) Words() int { return len(m.terms) }

// Embed returns the vector of a text, of length 1, and how many terms it has. A
// text of which nothing is known gets a vector of zeros.
func (m *Model) Embed(text string) (vec []float32, terms int) {
	ts := search.Terms(text)
	vec = make([]float32, m.dims)
	count := map[string]int{}
	for _, t := range ts {
		count[t]++
	}
	// In a fixed order, so that the same text has the same vector to the bit.
	distinct := make([]string, 0, len(count))
	for t := range count {
		distinct = append(distinct, t)
	}
	sort.Strings(distinct)
	for _, t := range distinct {
		tf := float32(1 + math.Log(float64(count[t])))
		if m.trained {
			m.addWord(vec, t, tf)
		} else {
			addHashed(vec, t, tf)
		}
	}
	if !unit(vec) {
		vec[0] = 1 // a text without a known word still has a vector of length 1
	}
	return vec, len(ts)
}

func (m *Model) addWord(vec []float32, term string, tf float32) {
	n, ok := m.index[term]
	if !ok {
		return
	}
	f := tf * m.scale[n]
	for i, x := range m.vecs[int(n)*m.dims:][:len(vec)] {
		vec[i] += f * float32(x)
	}
}

// addHashed adds a term by its hash, and with less weight its letter trigrams,
// so that forms and misspellings of a word stay near each other.
func addHashed(vec []float32, term string, tf float32) {
	addFeature(vec, term, tf)
	rs := []rune("<" + term + ">")
	if len(rs) < 5 {
		return
	}
	part := 0.5 * tf / float32(len(rs)-2)
	for i := 0; i+3 <= len(rs); i++ {
		addFeature(vec, string(rs[i:i+3]), part)
	}
}

func addFeature(vec []float32, feature string, weight float32) {
	h := fnv.New64a()
	_, _ = h.Write([]byte(feature))
	x := h.Sum64()
	x ^= x >> 29 // FNV's high bits are the better mixed ones
	if x&(1<<40) != 0 {
		weight = -weight
	}
	vec[x%uint64(len(vec))] += weight
}

func unit(v []float32) bool {
	var s float64
	for _, x := range v {
		s += float64(x) * float64(x)
	}
	if s == 0 {
		return false
	}
	inv := float32(1 / math.Sqrt(s))
	for i := range v {
		v[i] *= inv
	}
	return true
}
