package sqlite

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"panther/pkg/agentdb/store"
	"panther/pkg/knowledge"
	"panther/pkg/search"
)

// benchSize is how many passages the benchmarks search: PANTHER_BENCH_PASSAGES,
// or as many as a quick run can load.
func benchSize() int {
	if n, err := strconv.Atoi(os.Getenv("PANTHER_BENCH_PASSAGES")); err == nil && n > 0 {
		return n
	}
	return 5_000
}

const benchDims = 384

// corpusOf makes passages of about 60 words that follow Zipf's law, and vectors
// around 1,000 centres.
type benchCorpus struct {
	rng     *rand.Rand
	zipf    *rand.Zipf
	centres [][]float32
}

func newBenchCorpus() *benchCorpus {
	b := &benchCorpus{rng: rand.New(rand.NewPCG(1, 2))}
	b.zipf = rand.NewZipf(b.rng, 1.07, 8, 200_000)
	for range 1000 {
		b.centres = append(b.centres, b.around(make([]float32, benchDims), 1))
	}
	return b
}

func (b *benchCorpus) words(n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = "w" + strconv.FormatUint(b.zipf.Uint64(), 36)
	}
	return out
}

func (b *benchCorpus) around(c []float32, spread float64) []float32 {
	v, norm := make([]float32, len(c)), 0.0
	for i := range v {
		v[i] = c[i] + float32(b.rng.NormFloat64()*spread)
		norm += float64(v[i]) * float64(v[i])
	}
	for i := range v {
		v[i] /= float32(math.Sqrt(norm))
	}
	return v
}

func (b *benchCorpus) vector() []float32 {
	return b.around(b.centres[b.rng.IntN(len(b.centres))], .03)
}

func fillBench(b *testing.B, s store.Store, c *benchCorpus, n int) {
	b.Helper()
	const perDoc = 10
	for i := 0; i < n; {
		var docs []store.DocumentWrite
		for range 32 {
			var ps []store.Passage
			for range perDoc {
				w := c.words(60)
				ps = append(ps, store.Passage{Hash: strconv.Itoa(i), Text: strings.Join(w, " "), Tokens: 60, Terms: w})
				i++
			}
			uri := fmt.Sprintf("bench:%d", i)
			docs = append(docs, store.DocumentWrite{Document: knowledge.Document{URI: uri, Source: "s" + strconv.Itoa(i%7)},
				Fingerprint: uri, Passages: func() []store.Passage { return ps }})
		}
		if _, err := s.Upsert(b.Context(), docs); err != nil {
			b.Fatal(err)
		}
	}
	if err := s.CreateSpace(b.Context(), store.Space{ID: "p/m/384", Provider: "p", Model: "m", Dimensions: benchDims}); err != nil {
		b.Fatal(err)
	}
	for {
		n, err := s.Embed(b.Context(), "p/m/384", 2000, func(_ context.Context, us []store.PendingUnit) ([][]float32, error) {
			out := make([][]float32, len(us))
			for i := range us {
				out[i] = c.vector()
			}
			return out, nil
		})
		if err != nil {
			b.Fatal(err)
		}
		if n == 0 {
			return
		}
	}
}

func BenchmarkSearch(b *testing.B) {
	s, err := Open(b.Context(), filepath.Join(b.TempDir(), "x.db"))
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	c, start := newBenchCorpus(), time.Now()
	fillBench(b, s, c, benchSize())
	b.Logf("%d passages stored with vectors in %v", benchSize(), time.Since(start).Round(time.Millisecond))
	measure := func(b *testing.B, search func() error) {
		if err := search(); err != nil { // loads what is loaded once
			b.Fatal(err)
		}
		var took []time.Duration
		for b.Loop() {
			start := time.Now()
			if err := search(); err != nil {
				b.Fatal(err)
			}
			took = append(took, time.Since(start))
		}
		slices.Sort(took)
		for name, at := range map[string]int{"p50-ms": 50, "p95-ms": 95, "p99-ms": 99} {
			b.ReportMetric(float64(took[len(took)*at/100].Microseconds())/1000, name)
		}
	}
	filters := map[string]store.Filter{"": {}, "/source": {Sources: []string{"s3"}}}
	for name, f := range filters {
		b.Run("lexical"+name, func(b *testing.B) {
			measure(b, func() error {
				_, err := s.Lexical(b.Context(), store.DocumentCorpus, search.Words(c.words(5)...), f, 200)
				return err
			})
		})
		b.Run("dense"+name, func(b *testing.B) {
			measure(b, func() error {
				_, err := s.Nearest(b.Context(), store.DocumentCorpus, "p/m/384", c.vector(), f, 200)
				return err
			})
		})
	}
}
