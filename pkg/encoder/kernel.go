package encoder

import (
	"runtime"
	"sync"
	"sync/atomic"
)

const (
	panelWidth = 32 // columns of a packed panel: two AVX-512 registers, four of AVX
	tileRows   = 12 // rows of a tile: 24 accumulators of AVX-512's 32 registers
)

// engine is the set of kernels that a processor runs best. All compute the same
// within rounding; bf16 rounds weights and inputs of products to 8 bits, which
// leaves vectors within 1e-3 of float32 by cosine.
type engine struct {
	name string
	bf16 bool // products in bfloat16, accumulated in float32

	// tile computes tileRows rows and panelWidth columns of c = a*b + bias.
	tile func(k int, a []float32, lda int, b, c []float32, ldc int, bias []float32)
	// tile16 does so with a and b in bfloat16, b in pairs of rows; k is even.
	tile16 func(k int, a []uint16, lda int, b []uint16, c []float32, ldc int, bias []float32)
	// round16 converts to bfloat16, to nearest even; len(src) is a multiple of 32.
	round16 func(dst []uint16, src []float32)
	// gelu applies x*Phi(x) in place.
	gelu func(v []float32)
	// softmax sets v to exp((v-max)*scale) and returns 1 over their sum.
	softmax func(v []float32, scale float32) float32
	// addNorm sets x to the layer normalization of x plus y.
	addNorm func(x, y, gamma, beta []float32, eps float32)
}

var portable = engine{name: "portable", tile: tileGo, gelu: gelu, softmax: softmax, addNorm: addNorm}

// Engine names the kernels that this machine runs.
func Engine() string { return best().name }

func best() *engine {
	all := engines()
	return &all[0]
}

// matrix is the right side of a product, packed in panels: panel p holds, for
// each of the k rows, the columns 32p to 32p+31 side by side. In bfloat16 two
// rows are interleaved, column by column.
type matrix struct {
	k, n   int // n is a multiple of panelWidth
	panels []float32
	pairs  []uint16  // instead of panels
	bias   []float32 // n values, or nil
	gelu   bool      // applied to the product
}

// newMatrix returns a matrix of zeros for an engine.
func newMatrix(k, n int, e *engine) matrix {
	m := matrix{k: k, n: n}
	if e.bf16 {
		m.pairs = make([]uint16, k*n)
	} else {
		m.panels = make([]float32, k*n)
	}
	return m
}

// packTransposed packs w, which is n by k (as torch stores a linear layer), at
// column at of m.
func (m *matrix) packTransposed(w []float32, n, at int, e *engine) {
	var row []uint16
	if m.pairs != nil {
		row = make([]uint16, m.k)
	}
	for j := range n {
		col := at + j
		base := (col / panelWidth) * m.k * panelWidth
		src := w[j*m.k : (j+1)*m.k]
		if m.pairs == nil {
			dst := m.panels[base+col%panelWidth:]
			for i, v := range src {
				dst[i*panelWidth] = v
			}
			continue
		}
		e.round16(row, src)
		dst := m.pairs[base+col%panelWidth*2:]
		for i := 0; i < len(row); i += 2 {
			d := dst[i*panelWidth : i*panelWidth+2]
			d[0], d[1] = row[i], row[i+1]
		}
	}
}

// roundUp returns n rounded up to a multiple of m.
func roundUp(n, m int) int { return (n + m - 1) / m * m }

// product is what a multiplication needs besides its matrices.
type product struct {
	*engine
	threads int
	half    []uint16 // scratch for inputs in bfloat16
}

// multiply computes c = a*b + bias for rows rows. a and c are row-major with
// strides lda and ldc and must have rows up to the next multiple of tileRows,
// whose content does not matter.
func (p *product) multiply(a []float32, lda, rows int, b *matrix, c []float32, ldc int) {
	const group = 4 // panels of one unit of work: 98 KB at k = 384 in bfloat16, which stays in L2
	panels := b.n / panelWidth
	if p.bf16 {
		p.roundRows(a, lda, rows, b.k)
	}
	parallel(p.threads, (panels+group-1)/group, func(_, g int) {
		from, to := g*group, min(panels, (g+1)*group)
		for r := 0; r < rows; r += tileRows {
			for q := from; q < to; q++ {
				if p.bf16 {
					p.tileOf16(p.half, r, b, q, c, ldc)
				} else {
					p.tileOf(a, r, lda, b, q, c, ldc)
				}
			}
			if b.gelu {
				for i := r; i < r+tileRows; i++ {
					p.gelu(c[i*ldc+from*panelWidth : i*ldc+to*panelWidth])
				}
			}
		}
	})
}

// roundRows fills half with a in bfloat16, k values a row.
func (p *product) roundRows(a []float32, lda, rows, k int) {
	tall := roundUp(rows, tileRows)
	if need := tall * k; len(p.half) < need {
		p.half = make([]uint16, need)
	}
	for r := range tall {
		p.round16(p.half[r*k:(r+1)*k], a[r*lda:r*lda+k])
	}
}

var zeroBias [panelWidth]float32

func (m *matrix) biasOf(panel int) []float32 {
	if m.bias == nil {
		return zeroBias[:]
	}
	return m.bias[panel*panelWidth : (panel+1)*panelWidth]
}

// tileOf and tileOf16 cut the slices to exactly what a kernel touches: these
// bounds are what the assembly relies on.
func (e *engine) tileOf(a []float32, r, lda int, b *matrix, p int, c []float32, ldc int) {
	e.tile(b.k, a[r*lda:(r+tileRows-1)*lda+b.k], lda, b.panels[p*b.k*panelWidth:(p+1)*b.k*panelWidth],
		c[r*ldc+p*panelWidth:(r+tileRows-1)*ldc+(p+1)*panelWidth], ldc, b.biasOf(p))
}

func (e *engine) tileOf16(a []uint16, r int, b *matrix, p int, c []float32, ldc int) {
	e.tile16(b.k, a[r*b.k:(r+tileRows)*b.k], b.k, b.pairs[p*b.k*panelWidth:(p+1)*b.k*panelWidth],
		c[r*ldc+p*panelWidth:(r+tileRows-1)*ldc+(p+1)*panelWidth], ldc, b.biasOf(p))
}

// tileGo is the portable kernel.
func tileGo(k int, a []float32, lda int, b, c []float32, ldc int, bias []float32) {
	for r := range tileRows {
		var acc [panelWidth]float32
		copy(acc[:], bias)
		for i, x := range a[r*lda : r*lda+k] {
			row := b[i*panelWidth : (i+1)*panelWidth : (i+1)*panelWidth]
			for j, y := range row {
				acc[j] += x * y
			}
		}
		copy(c[r*ldc:r*ldc+panelWidth], acc[:])
	}
}

// parallel calls f for i from 0 to n-1 on at most that many threads, which it
// numbers from 0.
func parallel(threads, n int, f func(thread, i int)) {
	workers := min(threads, n)
	if workers <= 1 {
		for i := range n {
			f(0, i)
		}
		return
	}
	var next atomic.Int64
	var wg sync.WaitGroup
	work := func(thread int) {
		for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
			f(thread, i)
		}
	}
	for t := range workers - 1 {
		wg.Go(func() { work(t + 1) })
	}
	work(0)
	wg.Wait()
}

// threads is how many run at once: what the cgroup's limit allows.
func threads() int { return runtime.GOMAXPROCS(0) }
