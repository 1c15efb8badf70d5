package wordvec

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// themes are words that occur together and, but for chance, with no others.
var themes = [][]string{
	{"index", "btree", "column", "query", "planner", "table", "scan", "vacuum"},
	{"socket", "unit", "journal", "systemd", "timer", "target", "slice", "cgroup"},
	{"oven", "flour", "yeast", "dough", "bread", "butter", "sugar", "salt"},
}

// feed yields texts of one theme each, filled with rare words.
func feed(n int) func() (string, error) {
	r := rand.New(rand.NewPCG(5, 6))
	return func() (string, error) {
		if n--; n < 0 {
			return "", io.EOF
		}
		th, s := themes[n%len(themes)], ""
		for range 12 {
			s += th[r.IntN(len(th))] + " "
			if r.IntN(3) == 0 {
				s += fmt.Sprintf("filler%d ", r.IntN(150))
			}
		}
		return s, nil
	}
}

func TestTrainingFindsMeaning(t *testing.T) {
	t.Parallel()
	m, texts, err := Train(t.Context(), feed(300))
	if err != nil {
		t.Fatal(err)
	}
	if texts != 300 || m.Words() < minTrained || m.Dimensions() != Dims || !m.Trained() {
		t.Errorf("%d texts, %d words, %d dimensions", texts, m.Words(), m.Dimensions())
	}
	// No word in common, but the theme.
	a, _ := m.Embed("btree planner")
	b, _ := m.Embed("vacuum of a column")
	c, _ := m.Embed("yeast and dough")
	if near, far := dot(a, b), dot(a, c); near < far+0.2 {
		t.Errorf("cosine within a theme %.3f, across %.3f", near, far)
	}
	again, _, err := Train(t.Context(), feed(300))
	if err != nil || again.Name() != m.Name() {
		t.Errorf("the same corpus made %s, then %s (%v)", m.Name(), again.Name(), err)
	}
	other, _, err := Train(t.Context(), feed(299))
	if err != nil || other.Name() == m.Name() {
		t.Errorf("another corpus made the same model (%v)", err)
	}
}

func TestTrainRefuses(t *testing.T) {
	t.Parallel()
	if _, _, err := Train(t.Context(), feed(1)); !errors.Is(err, ErrSmall) {
		t.Errorf("a small corpus: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := Train(ctx, feed(300)); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	broken := errors.New("broken")
	if _, _, err := Train(t.Context(), func() (string, error) { return "", broken }); !errors.Is(err, broken) {
		t.Errorf("a broken source: %v", err)
	}
}

func TestSaveAndLoad(t *testing.T) {
	t.Parallel()
	m, _, err := Train(t.Context(), feed(300))
	if err != nil {
		t.Fatal(err)
	}
	p := filepath.Join(t.TempDir(), "words.bin")
	if err := m.Save(p); err != nil {
		t.Fatal(err)
	}
	l, err := Load(p)
	if err != nil {
		t.Fatal(err)
	}
	a, _ := m.Embed("systemd timer")
	b, _ := l.Embed("systemd timer")
	if l.Name() != m.Name() || l.Weight() != m.Weight() || !slices.Equal(a, b) {
		t.Errorf("loaded %s differs from saved %s", l.Name(), m.Name())
	}
	whole, err := os.ReadFile(p)
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range []int{0, len(magic), 60, len(whole) / 2, len(whole) - 1} {
		bad := slices.Clone(whole)
		bad[at] ^= 1
		if _, err := parse(bad); !errors.Is(err, errDamaged) {
			t.Errorf("byte %d changed: %v", at, err)
		}
	}
	if _, err := parse(whole[:len(whole)-1]); !errors.Is(err, errDamaged) {
		t.Errorf("truncated: %v", err)
	}
}

func TestHashedVectors(t *testing.T) {
	t.Parallel()
	m := Hashed()
	a, n := m.Embed("partial index")
	b, _ := m.Embed("partial indexes")
	c, _ := m.Embed("bread and butter")
	if n != 2 || dot(a, b) < 0.9 || dot(a, c) > 0.3 {
		t.Errorf("%d terms, cosine of forms %.3f, of strangers %.3f", n, dot(a, b), dot(a, c))
	}
	if z, n := m.Embed(" \n"); n != 0 || dot(z, z) != 1 {
		t.Errorf("nothing gave %d terms and length %g", n, dot(z, z))
	}
}

// TestDecomposition compares with the definition: s*v = value*v.
func TestDecomposition(t *testing.T) {
	t.Parallel()
	const n, k = 60, 20
	r := rand.New(rand.NewPCG(8, 9))
	var upper []pair
	for i := range int32(n) {
		for j := i; j < n; j++ {
			if r.IntN(3) == 0 {
				upper = append(upper, pair{i, j, float32(r.Float64())})
			}
		}
	}
	s := newSparse(n, upper)
	v, err := s.embed(t.Context(), k)
	if err != nil {
		t.Fatal(err)
	}
	sv := make([]float32, n*k)
	s.times(v, sv, k)
	for c := range 5 {
		var num, den float64
		for i := range n {
			num += float64(sv[i*k+c]) * float64(v[i*k+c])
			den += float64(v[i*k+c]) * float64(v[i*k+c])
		}
		// A column has its eigenvalue's root as its length.
		value, res := num/den, 0.0
		for i := range n {
			d := float64(sv[i*k+c]) - value*float64(v[i*k+c])
			res += d * d
		}
		if math.Sqrt(res/den) > 1e-2*value || math.Abs(den-value) > 1e-2*value {
			t.Errorf("column %d: value %g, length² %g, residue %g", c, value, den, math.Sqrt(res/den))
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(magic))
	f.Add(append([]byte(magic), make([]byte, 48)...))
	f.Fuzz(func(_ *testing.T, b []byte) { _, _ = parse(b) })
}
