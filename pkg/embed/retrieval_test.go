package embed

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"panther/pkg/embed/model"
	"panther/pkg/embed/wordvec"
	"panther/pkg/search"
)

// TestRetrieval measures how well vectors find what people judged relevant:
// alone, and fused with BM25 over the top 200 of each, on the collections in
// PANTHER_IR (folders of the BEIR layout). It prints nDCG@10 and fails where a
// provider's vectors lower what BM25 finds alone.
//
//	PANTHER_IR=DIR go test ./pkg/embed -run Retrieval -v
func TestRetrieval(t *testing.T) {
	root := os.Getenv("PANTHER_IR")
	if root == "" {
		t.Skip("PANTHER_IR names no judged collections")
	}
	folders, err := filepath.Glob(filepath.Join(root, "*", "corpus.jsonl"))
	if err != nil || len(folders) == 0 {
		t.Fatalf("no collections in %s", root)
	}
	var bm25, recall25 float64
	sums := map[string]float64{}
	for _, f := range folders {
		c := loadCollection(t, filepath.Dir(f))
		lexical := c.lexical()
		b, r := c.score(lexical)
		bm25, recall25 = bm25+b, recall25+r
		t.Logf("%-10s bm25 %.3f/%.3f", c.name, b, r)
		for name, p := range c.providers(t) {
			dense := c.dense(t, p)
			d, r := c.score(dense)
			line := fmt.Sprintf("%-10s %-8s alone %.3f/%.3f fused", c.name, name, d, r)
			for _, w := range []float64{0.05, 0.1, 0.2, 0.3, 0.4, 0.5} {
				n, r := c.score(c.fused(lexical, dense, w))
				sums[fmt.Sprintf("%s %.2f", name, w)] += n
				sums[fmt.Sprintf("%s %.2f recall", name, w)] += r
				line += fmt.Sprintf("  %.2f: %.3f/%.3f", w, n, r)
			}
			sums[name] += d
			t.Log(line)
			_ = p.Close()
		}
	}
	n := float64(len(folders))
	t.Logf("mean bm25 %.4f/%.4f", bm25/n, recall25/n)
	for _, k := range slices.Sorted(keysOf(sums)) {
		t.Logf("mean %-24s %.4f", k, sums[k]/n)
	}
	for name, w := range map[string]float64{"hashed": wordvec.Hashed().Weight(), "trained": 0.4, "encoder": encoderWeight} {
		if got, ok := sums[fmt.Sprintf("%s %.2f", name, w)]; ok && got < bm25 {
			t.Errorf("%s lowers bm25's %.4f to %.4f", name, bm25/n, got/n)
		}
	}
}

func keysOf(m map[string]float64) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// collection is one judged collection.
type collection struct {
	name    string
	ids     []string
	docs    []string
	queries []string
	rels    []map[int]int // by query: grade by document
}

func loadCollection(t *testing.T, dir string) *collection {
	c := &collection{name: filepath.Base(dir)}
	at := map[string]int{}
	eachLine(t, filepath.Join(dir, "corpus.jsonl"), func(l string) {
		var d struct {
			ID          string `json:"_id"`
			Title, Text string
		}
		if err := json.Unmarshal([]byte(l), &d); err != nil {
			t.Fatal(err)
		}
		at[d.ID] = len(c.docs)
		c.ids, c.docs = append(c.ids, d.ID), append(c.docs, strings.TrimSpace(d.Title+"\n"+d.Text))
	})
	query := map[string]int{}
	eachLine(t, filepath.Join(dir, "queries.jsonl"), func(l string) {
		var q struct {
			ID   string `json:"_id"`
			Text string
		}
		if err := json.Unmarshal([]byte(l), &q); err != nil {
			t.Fatal(err)
		}
		query[q.ID] = len(c.queries)
		c.queries, c.rels = append(c.queries, q.Text), append(c.rels, map[int]int{})
	})
	eachLine(t, filepath.Join(dir, "qrels.tsv"), func(l string) {
		f := strings.Split(l, "\t")
		q, ok := query[f[0]]
		if d, known := at[f[1]]; ok && known {
			var g int
			fmt.Sscan(f[2], &g)
			c.rels[q][d] = g
		}
	})
	return c
}

func eachLine(t *testing.T, path string, f func(string)) {
	t.Helper()
	r, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	s := bufio.NewScanner(r)
	s.Buffer(nil, 16<<20)
	for s.Scan() {
		f(s.Text())
	}
}

func (c *collection) providers(t *testing.T) map[string]Provider {
	out := map[string]Provider{"hashed": &builtinProvider{}}
	trained := &builtinProvider{}
	at := 0
	if _, err := trained.Train(t.Context(), func() (string, error) {
		if at == len(c.docs) {
			return "", io.EOF
		}
		at++
		return c.docs[at-1], nil
	}); err != nil {
		t.Fatal(err)
	}
	out["trained"] = trained
	cache, _ := model.CacheDir()
	if dir := filepath.Join(cache, model.Default); model.Present(dir) && os.Getenv("PANTHER_IR_ENCODER") != "" {
		p, err := openEncoder(dir, EncoderConfig{})
		if err != nil {
			t.Fatal(err)
		}
		out["encoder"] = p
	}
	return out
}

const depth = 200

func top(scores []float64) []search.Scored {
	var out []search.Scored
	for i, s := range scores {
		if s > 0 {
			out = append(out, search.Scored{Unit: int64(i), Score: s})
		}
	}
	slices.SortFunc(out, func(a, b search.Scored) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Unit, b.Unit))
	})
	return out[:min(depth, len(out))]
}

func (c *collection) lexical() [][]search.Scored {
	const k1, b = 1.2, 0.75
	tfs, df, total := make([]map[string]float64, len(c.docs)), map[string]float64{}, 0.0
	lens := make([]float64, len(c.docs))
	for i, d := range c.docs {
		tfs[i] = map[string]float64{}
		for _, t := range search.Terms(d) {
			if tfs[i][t]++; tfs[i][t] == 1 {
				df[t]++
			}
			lens[i]++
		}
		total += lens[i]
	}
	mean := total / float64(len(c.docs))
	out := make([][]search.Scored, len(c.queries))
	for q, text := range c.queries {
		terms := search.Parse(text).Terms
		scores := make([]float64, len(c.docs))
		for _, t := range terms {
			idf := math.Log(1 + (float64(len(c.docs))-df[t]+0.5)/(df[t]+0.5))
			for i, tf := range tfs {
				if n := tf[t]; n > 0 {
					scores[i] += idf * n * (k1 + 1) / (n + k1*(1-b+b*lens[i]/mean))
				}
			}
		}
		out[q] = top(scores)
	}
	return out
}

func (c *collection) dense(t *testing.T, p Provider) [][]search.Scored {
	vectors := func(texts []string, query bool) [][]float32 {
		in := make([]Input, len(texts))
		for i, s := range texts {
			in[i].Text = s
		}
		r, err := p.Embed(t.Context(), Batch{Inputs: in, Query: query})
		if err != nil {
			t.Fatal(err)
		}
		return r.Vectors
	}
	docs := vectors(c.docs, false)
	out := make([][]search.Scored, len(c.queries))
	for q, v := range vectors(c.queries, true) {
		scores := make([]float64, len(docs))
		for i, d := range docs {
			scores[i] = dot(v, d)
		}
		out[q] = top(scores)
	}
	return out
}

func (c *collection) fused(lexical, dense [][]search.Scored, weight float64) [][]search.Scored {
	out := make([][]search.Scored, len(lexical))
	for q := range lexical {
		for _, f := range search.Fuse(search.Leg{List: lexical[q]}, search.Leg{List: dense[q]}, weight) {
			out[q] = append(out[q], search.Scored{Unit: f.Unit, Score: f.Score})
		}
	}
	return out
}

// score returns the means of nDCG@10 and recall@100 over the queries that have
// relevant documents.
func (c *collection) score(ranked [][]search.Scored) (ndcg, recall float64) {
	n := 0.0
	for q, rel := range c.rels {
		var ideal []float64
		for _, g := range rel {
			if g > 0 {
				ideal = append(ideal, float64(g))
			}
		}
		if len(ideal) == 0 {
			continue
		}
		n++
		slices.Sort(ideal)
		slices.Reverse(ideal)
		var best, got, found float64
		for i, g := range ideal[:min(10, len(ideal))] {
			best += g / math.Log2(float64(i+2))
		}
		for i, s := range ranked[q][:min(100, len(ranked[q]))] {
			g := float64(rel[int(s.Unit)])
			if g > 0 {
				found++
			}
			if i < 10 {
				got += g / math.Log2(float64(i+2))
			}
		}
		ndcg += got / best
		recall += found / float64(len(ideal))
	}
	return ndcg / n, recall / n
}
