package wordvec

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"sort"

	"panther/pkg/search"
)

// Dims is the length of a trained vector. A smaller vocabulary leaves the last
// of them zero, so that the space keeps its shape while a corpus grows.
const Dims = 256

// Bounds and parameters of the training, chosen on judged collections.
const (
	maxVocab    = 30_000     // terms, the most frequent ones
	minCount    = 2          // a term of one occurrence has no company to learn from
	window      = 8          // terms to each side that count as company
	maxPairs    = 4_000_000  // pairs of terms; beyond it the rare ones are dropped
	maxTerms    = 20_000_000 // of a corpus; the rest is not read
	smoothing   = 0.75       // of context frequencies (Levy and Goldberg)
	eigenPower  = 0.5        // of the singular values in the vectors
	minTrained  = 100        // terms, below which a corpus teaches nothing
	idfPower    = 1.0        // of idf in the mean
	trainedFuse = 0.3        // the dense leg's share, where the lexical leg guides it
)

// ErrSmall means that the corpus is too small to learn from.
var ErrSmall = errors.New("the corpus is too small to learn word vectors from")

// corpus is a text collection as term numbers.
type corpus struct {
	ids   map[string]int32
	terms []string
	tf    []int32 // occurrences
	df    []int32 // texts
	seq   []int32 // all texts, one after another, each closed by -1
	texts int
}

// Train learns a model from texts, which it reads until next returns io.EOF:
// positive pointwise mutual information of terms that occur near each other,
// reduced by a truncated singular value decomposition. The same texts in the
// same order give the same model.
func Train(ctx context.Context, next func() (string, error)) (*Model, int, error) {
	c, err := readCorpus(ctx, next)
	if err != nil {
		return nil, 0, err
	}
	keep := c.prune()
	if len(keep) < minTrained {
		return nil, c.texts, fmt.Errorf("%w: %d words occur at least twice, it takes %d", ErrSmall, len(keep), minTrained)
	}
	m, err := c.ppmi(ctx)
	if err != nil {
		return nil, c.texts, err
	}
	k := min(Dims, len(keep)/2)
	vecs, err := m.embed(ctx, k)
	if err != nil {
		return nil, c.texts, err
	}
	out := &Model{dims: Dims, weight: trainedFuse, trained: true, index: make(map[string]int32, len(keep)),
		terms: c.terms, scale: make([]float32, len(keep)), vecs: make([]int8, len(keep)*Dims)}
	for i, term := range c.terms {
		out.index[term] = int32(i)
		idf := math.Pow(math.Log(1+float64(c.texts)/float64(c.df[i])), idfPower)
		out.scale[i] = quantize(out.vecs[i*Dims:(i+1)*Dims], vecs[i*k:(i+1)*k]) * float32(idf)
	}
	out.name = fmt.Sprintf("words-%d-%.8s", Dims, out.digest())
	return out, c.texts, nil
}

func readCorpus(ctx context.Context, next func() (string, error)) (*corpus, error) {
	c := &corpus{ids: map[string]int32{}}
	for {
		text, err := next()
		if errors.Is(err, io.EOF) {
			return c, nil
		}
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return nil, err
		}
		if len(c.seq) < maxTerms {
			c.add(search.Terms(text))
		}
	}
}

func (c *corpus) add(terms []string) {
	seen := map[int32]bool{}
	for _, t := range terms {
		id, ok := c.ids[t]
		if !ok {
			id = int32(len(c.terms))
			c.ids[t] = id
			c.terms, c.tf, c.df = append(c.terms, t), append(c.tf, 0), append(c.df, 0)
		}
		c.tf[id]++
		if !seen[id] {
			seen[id] = true
			c.df[id]++
		}
		c.seq = append(c.seq, id)
	}
	c.seq = append(c.seq, -1)
	c.texts++
}

// prune keeps the terms that are frequent enough, renumbered by frequency.
func (c *corpus) prune() []string {
	order := make([]int32, 0, len(c.terms))
	for i, n := range c.tf {
		if n >= minCount {
			order = append(order, int32(i))
		}
	}
	sort.Slice(order, func(a, b int) bool {
		x, y := order[a], order[b]
		if c.tf[x] != c.tf[y] {
			return c.tf[x] > c.tf[y]
		}
		return c.terms[x] < c.terms[y]
	})
	order = order[:min(len(order), maxVocab)]
	renumber := make([]int32, len(c.terms))
	for i := range renumber {
		renumber[i] = -2
	}
	terms, tf, df := make([]string, len(order)), make([]int32, len(order)), make([]int32, len(order))
	for n, o := range order {
		renumber[o] = int32(n)
		terms[n], tf[n], df[n] = c.terms[o], c.tf[o], c.df[o]
	}
	kept := c.seq[:0]
	for _, id := range c.seq {
		if id < 0 {
			kept = append(kept, -1)
		} else if n := renumber[id]; n >= 0 {
			kept = append(kept, n)
		}
	}
	c.terms, c.tf, c.df, c.seq, c.ids = terms, tf, df, kept, nil
	return terms
}

// ppmi returns the symmetric matrix of positive pointwise mutual information.
func (c *corpus) ppmi(ctx context.Context) (*sparse, error) {
	pairs, err := c.pairs(ctx)
	if err != nil {
		return nil, err
	}
	n := len(c.terms)
	sum := make([]float64, n)
	for _, p := range pairs {
		sum[p.i] += float64(p.n)
		if p.i != p.j {
			sum[p.j] += float64(p.n)
		}
	}
	// Both sides are smoothed, which keeps the matrix symmetric.
	var total, smooth float64
	for _, s := range sum {
		total += s
		smooth += math.Pow(s, smoothing)
	}
	logp := make([]float64, n)
	for i, s := range sum {
		logp[i] = (math.Log(s/total) + math.Log(math.Pow(s, smoothing)/smooth)) / 2
	}
	entries := pairs[:0]
	for _, p := range pairs {
		if v := math.Log(float64(p.n)/total) - logp[p.i] - logp[p.j]; v > 0 {
			entries = append(entries, pair{p.i, p.j, float32(v)})
		}
	}
	return newSparse(n, entries), nil
}

// pair counts how often two terms are near each other; i <= j.
type pair struct {
	i, j int32
	n    float32
}

// pairs counts, a nearer neighbour for more, in the order of i and j.
func (c *corpus) pairs(ctx context.Context) ([]pair, error) {
	count := make(map[uint64]float32, 1<<16)
	floor := float32(0)
	for at, a := range c.seq {
		if a < 0 {
			if len(count) > maxPairs {
				floor += 0.5
				for k, v := range count {
					if v <= floor {
						delete(count, k)
					}
				}
				if err := ctx.Err(); err != nil {
					return nil, err
				}
			}
			continue
		}
		for d := 1; d <= window && at+d < len(c.seq) && c.seq[at+d] >= 0; d++ {
			b := c.seq[at+d]
			count[uint64(min(a, b))<<32|uint64(max(a, b))] += 1 / float32(d)
		}
	}
	out := make([]pair, 0, len(count))
	for k, v := range count {
		out = append(out, pair{int32(k >> 32), int32(k & 0xffffffff), v})
	}
	slices.SortFunc(out, func(x, y pair) int {
		if x.i != y.i {
			return int(x.i - y.i)
		}
		return int(x.j - y.j)
	})
	return out, nil
}

// quantize writes v, of length 1, as bytes and returns what one step is worth.
func quantize(dst []int8, v []float32) float32 {
	unit(v)
	var top float32
	for _, x := range v {
		top = max(top, x, -x)
	}
	if top == 0 {
		return 0
	}
	for i, x := range v {
		dst[i] = int8(math.RoundToEven(float64(x / top * 127)))
	}
	return top / 127
}
