package encoder

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"testing"
)

// eachEngine runs a test with every engine that this processor has.
func eachEngine(t *testing.T, f func(t *testing.T, e *engine, r *rand.Rand)) {
	t.Parallel()
	for _, e := range engines() {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			f(t, &e, rand.New(rand.NewPCG(1, 2)))
		})
	}
}

// TestEnginesAgree compares every engine with plain loops in Go.
func TestEnginesAgree(t *testing.T) {
	eachEngine(t, func(t *testing.T, e *engine, r *rand.Rand) {
		for _, k := range []int{32, 64, 384, 1536} {
			for rows := range 15 {
				products(t, e, r, k, rows)
			}
		}
		for _, n := range []int{32, 64, 96, 256} {
			got := append(random(r, n), 77)
			got[n-1] = float32(math.Inf(-1))
			want := slices.Clone(got)
			sg, sw := e.softmax(got[:n], 3), softmax(want[:n], 3)
			near(t, got, want, 1e-5)
			near(t, []float32{sg}, []float32{sw}, 1e-5)
		}
		got := random(r, 384)
		for i := range got {
			got[i] *= 3
		}
		want := slices.Clone(got)
		e.gelu(got)
		gelu(want)
		near(t, got, want, 3e-6)
		x, y, g, b := random(r, 384), random(r, 384), random(r, 384), random(r, 384)
		want = slices.Clone(x)
		e.addNorm(x, y, g, b, 1e-12)
		addNorm(want, y, g, b, 1e-12)
		near(t, x, want, 1e-5)
	})
}

// products compares c = a*b + bias of an engine, in float32 and in int8, for
// some rows of a wide matrix of k rows and 64 columns.
func products(t *testing.T, e *engine, r *rand.Rand, k, rows int) {
	t.Helper()
	const lda, ldc = 1600, 70
	w, bias, a := random(r, k*64), random(r, 64), random(r, 2*spareRows*lda+lda*3)
	want := make([]float32, rows*ldc)
	for i := range rows {
		for j := range 64 {
			sum := float64(bias[j])
			for l := range k {
				sum += float64(a[i*lda+l]) * float64(w[j*k+l])
			}
			want[i*ldc+j] = float32(sum)
		}
	}
	for _, int8s := range []bool{false, true} {
		if int8s && e.bytes == nil {
			continue
		}
		m := newMatrix(k, 64, int8s)
		m.packTransposed(w[:32*k], bias[:32], 0, e.limit)
		m.packTransposed(w[32*k:], bias[32:], 32, e.limit)
		team := newTeam(3)
		p := product{engine: e, team: team}
		got := make([]float32, (rows+spareRows)*ldc)
		p.multiply(a, lda, rows, &m, got, ldc)
		team.stop()
		tolerance := 2e-4
		if int8s {
			tolerance = 12 / float64(e.limit) * math.Sqrt(float64(k)) // five deviations of what rounding adds
			integers(t, &p, &m, rows, ldc, got)
		}
		for i := range rows {
			near(t, got[i*ldc:i*ldc+64], want[i*ldc:i*ldc+64], tolerance)
		}
	}
}

// integers holds an int8 product to what its own integers give.
func integers(t *testing.T, p *product, m *matrix, rows, ldc int, got []float32) {
	t.Helper()
	for i := range rows {
		for j := range m.n {
			var sum int32
			for l := range m.k {
				a, b := int32(p.bytes8[i*m.k+l]), int32(m.bytes[j/panelWidth*m.k*panelWidth+l/4*4*panelWidth+j%panelWidth*4+l%4])
				if p.shift != 0 {
					a = int32(int8(a))
				}
				sum += a * b
			}
			c := m.columns[j/panelWidth*perPanel+j%panelWidth:]
			want := p.scales[2*i]*c[0]*float32(sum) - p.scales[2*i+1]*c[panelWidth] + c[2*panelWidth]
			near(t, got[i*ldc+j:i*ldc+j+1], []float32{want}, 1e-3)
		}
	}
}

// TestByteProductsDoNotSaturate has every value at its end, where sums of 16
// bits are largest.
func TestByteProductsDoNotSaturate(t *testing.T) {
	eachEngine(t, func(t *testing.T, e *engine, _ *rand.Rand) {
		if e.bytes == nil {
			t.Skip("no int8")
		}
		const k = 64
		for _, sign := range []float32{1, -1} {
			w := slices.Repeat([]float32{sign}, k*panelWidth)
			m := newMatrix(k, panelWidth, true)
			m.packTransposed(w, make([]float32, panelWidth), 0, e.limit)
			p := product{engine: e}
			got := make([]float32, (1+spareRows)*panelWidth)
			p.multiply(slices.Repeat([]float32{3}, (1+spareRows)*k), k, 1, &m, got, panelWidth)
			near(t, got[:panelWidth], slices.Repeat([]float32{sign * 3 * k}, panelWidth), 1e-3)
		}
	})
}

func TestQuantize(t *testing.T) {
	eachEngine(t, func(t *testing.T, e *engine, r *rand.Rand) {
		for name, src := range map[string][]float32{
			"random": random(r, 384), "zeros": make([]float32, 64), "one sign": slices.Repeat([]float32{2, 3}, 32),
			"negative": slices.Repeat([]float32{-2, -3}, 16), "an outlier": append(random(r, 63), 1000), "tiny": slices.Repeat([]float32{1e-38, -1e-38}, 16),
		} {
			got, want := make([]uint8, len(src)), make([]uint8, len(src))
			var sg, sw [2]float32
			e.quantize(got, src, sg[:])
			quantize(want, src, sw[:])
			if !slices.Equal(got, want) || sg != sw {
				t.Errorf("%s: %v %v, want %v %v", name, got, sg, want, sw)
			}
			for i, x := range src {
				near(t, []float32{sg[0]*float32(got[i]) - sg[1]}, []float32{x}, float64(sg[0])*0.51)
			}
		}
	})
}

func TestTeamDoesEverythingOnce(t *testing.T) {
	t.Parallel()
	for _, size := range []int{1, 2, 5} {
		team := newTeam(size)
		for n := range 200 {
			done := make([]atomic.Int32, n)
			team.run(n, func(thread, i int) {
				if thread < 0 || thread >= size {
					t.Errorf("thread %d of %d", thread, size)
				}
				done[i].Add(1)
			})
			for i := range done {
				if done[i].Load() != 1 {
					t.Fatalf("%d of %d was done %d times by %d threads", i, n, done[i].Load(), size)
				}
			}
		}
		team.stop()
	}
}

func TestOpenRefusesUnknownKernels(t *testing.T) {
	t.Parallel()
	if _, err := Open(t.TempDir(), Options{Kernels: "abacus"}); err == nil || fmt.Sprint(err) == "" {
		t.Error("kernels that no processor has were taken")
	}
}

func random(r *rand.Rand, n int) []float32 {
	v := make([]float32, n)
	for i := range v {
		v[i] = float32(r.NormFloat64())
	}
	return v
}
