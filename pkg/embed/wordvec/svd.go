package wordvec

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"sort"
	"sync"
)

// sparse is a symmetric matrix in compressed rows.
type sparse struct {
	n     int
	start []int32 // of each row in cols and vals
	cols  []int32
	vals  []float32
}

// newSparse makes both halves of the entries of the upper one, which are in
// order.
func newSparse(n int, upper []pair) *sparse {
	s := &sparse{n: n, start: make([]int32, n+1)}
	for _, p := range upper {
		s.start[p.i+1]++
		if p.i != p.j {
			s.start[p.j+1]++
		}
	}
	for i := range n {
		s.start[i+1] += s.start[i]
	}
	s.cols, s.vals = make([]int32, s.start[n]), make([]float32, s.start[n])
	fill := append([]int32(nil), s.start[:n]...)
	put := func(i, j int32, v float32) {
		s.cols[fill[i]], s.vals[fill[i]] = j, v
		fill[i]++
	}
	for _, p := range upper {
		put(p.i, p.j, p.n)
		if p.i != p.j {
			put(p.j, p.i, p.n)
		}
	}
	return s
}

// oversample and iterations make the subspace of the randomized decomposition
// (Halko, Martinsson and Tropp) accurate beyond what retrieval can tell.
const (
	oversample = 24
	iterations = 6
)

// embed returns n vectors of k values: the eigenvectors of the k largest
// eigenvalues, each times a power of its eigenvalue.
func (s *sparse) embed(ctx context.Context, k int) ([]float32, error) {
	w := min(k+oversample, s.n)
	r := rand.New(rand.NewPCG(7, 11)) // the same corpus gives the same model
	q := make([]float32, s.n*w)
	for i := range q {
		q[i] = float32(r.NormFloat64())
	}
	y := make([]float32, s.n*w)
	for range iterations {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		s.times(q, y, w)
		if err := orthonormalize(y, s.n, w); err != nil {
			return nil, err
		}
		q, y = y, q
	}
	s.times(q, y, w)
	values, vectors := jacobi(gram(q, y, s.n, w), w)
	order := make([]int, w)
	for i := range order {
		order[i] = i
	}
	sort.SliceStable(order, func(a, b int) bool { return values[order[a]] > values[order[b]] })
	out := make([]float32, s.n*k)
	for c := range k {
		o := order[c]
		if values[o] <= 0 {
			break
		}
		f := math.Pow(values[o], eigenPower)
		col := make([]float32, w)
		for i := range w {
			col[i] = float32(vectors[i*w+o] * f)
		}
		for i := range s.n {
			out[i*k+c] = dot(q[i*w:(i+1)*w], col)
		}
	}
	return out, nil
}

// times computes y = s*x for w columns.
func (s *sparse) times(x, y []float32, w int) {
	shards(s.n, func(_, from, to int) {
		for i := from; i < to; i++ {
			row := y[i*w : (i+1)*w]
			clear(row)
			for e := s.start[i]; e < s.start[i+1]; e++ {
				v := s.vals[e]
				src := x[int(s.cols[e])*w:][:len(row)]
				for c := range row {
					row[c] += v * src[c]
				}
			}
		}
	})
}

// shardCount is fixed, so that sums do not depend on the number of cores.
const shardCount = 8

// shards calls f for parts of 0 to n-1 on every core.
func shards(n int, f func(shard, from, to int)) {
	slots := make(chan struct{}, runtime.GOMAXPROCS(0))
	var wg sync.WaitGroup
	for i := range shardCount {
		slots <- struct{}{}
		wg.Go(func() {
			f(i, n*i/shardCount, n*(i+1)/shardCount)
			<-slots
		})
	}
	wg.Wait()
}

// gram returns a'b of two n by w matrices.
func gram(a, b []float32, n, w int) []float64 {
	var parts [shardCount][]float64
	shards(n, func(shard, from, to int) {
		g := make([]float64, w*w)
		for i := from; i < to; i++ {
			x, y := a[i*w:(i+1)*w], b[i*w:(i+1)*w]
			for p, v := range x {
				row := g[p*w : (p+1)*w]
				for q, u := range y {
					row[q] += float64(v) * float64(u)
				}
			}
		}
		parts[shard] = g
	})
	sum := parts[0]
	for _, g := range parts[1:] {
		for i, v := range g {
			sum[i] += v
		}
	}
	return sum
}

// orthonormalize makes the columns of y orthonormal, by the Cholesky factor of
// their inner products.
func orthonormalize(y []float32, n, w int) error {
	g := gram(y, y, n, w)
	trace := 0.0
	for i := range w {
		trace += g[i*w+i]
	}
	for i := range w {
		g[i*w+i] += 1e-12 * trace // columns may be dependent: a small corpus has few dimensions
	}
	// g = L*L', L in the lower half.
	for j := range w {
		for i := j; i < w; i++ {
			v := g[i*w+j]
			for k := range j {
				v -= g[i*w+k] * g[j*w+k]
			}
			if i > j {
				g[i*w+j] = v / g[j*w+j]
				continue
			}
			if v <= 0 || math.IsNaN(v) {
				return fmt.Errorf("decompose: column %d of %d vanished", j, w)
			}
			g[j*w+j] = math.Sqrt(v)
		}
	}
	shards(n, func(_, from, to int) {
		for r := from; r < to; r++ {
			row := y[r*w : (r+1)*w]
			for i := range w {
				v := float64(row[i])
				for k := range i {
					v -= g[i*w+k] * float64(row[k])
				}
				row[i] = float32(v / g[i*w+i])
			}
		}
	})
	return nil
}

// jacobi returns the eigenvalues of the symmetric w by w matrix a, which it
// destroys, and the eigenvectors as columns.
func jacobi(a []float64, w int) (values, vectors []float64) {
	v := make([]float64, w*w)
	for i := range w {
		v[i*w+i] = 1
	}
	for range 30 {
		off, diag := 0.0, 0.0
		for i := range w {
			diag += a[i*w+i] * a[i*w+i]
			for j := i + 1; j < w; j++ {
				m := (a[i*w+j] + a[j*w+i]) / 2
				a[i*w+j], a[j*w+i] = m, m
				off += m * m
			}
		}
		if off <= 1e-14*diag {
			break
		}
		for p := range w {
			for q := p + 1; q < w; q++ {
				rotate(a, v, w, p, q)
			}
		}
	}
	values = make([]float64, w)
	for i := range w {
		values[i] = a[i*w+i]
	}
	return values, v
}

// rotate zeroes a[p][q]. Rows of a stand for its columns, as it is symmetric.
func rotate(a, v []float64, w, p, q int) {
	apq := a[p*w+q]
	if math.Abs(apq) < 1e-300 {
		return
	}
	theta := (a[q*w+q] - a[p*w+p]) / (2 * apq)
	t := 1 / (math.Abs(theta) + math.Sqrt(theta*theta+1))
	if theta < 0 {
		t = -t
	}
	c := 1 / math.Sqrt(t*t+1)
	s := t * c
	for k := range w {
		x, y := a[p*w+k], a[q*w+k]
		a[p*w+k], a[q*w+k] = c*x-s*y, s*x+c*y
	}
	for k := range w {
		x, y := a[k*w+p], a[k*w+q]
		a[k*w+p], a[k*w+q] = c*x-s*y, s*x+c*y
	}
	for k := range w {
		x, y := v[k*w+p], v[k*w+q]
		v[k*w+p], v[k*w+q] = c*x-s*y, s*x+c*y
	}
}

func dot(a, b []float32) float32 {
	var s float32
	for i, x := range a {
		s += x * b[i]
	}
	return s
}
