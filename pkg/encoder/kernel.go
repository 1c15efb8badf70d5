package encoder

import (
	"runtime"
	"sync"
	"sync/atomic"
)

const (
	panelWidth = 16 // columns of a packed panel: one AVX-512 or two AVX registers
	tileRows   = 6  // rows of a kernel's tile: 12 accumulators of AVX2's 16 registers
)

// matrix is the right side of a product, packed in panels: panel p holds, for
// each of the k rows, the columns 16p to 16p+15 side by side.
type matrix struct {
	k, n   int // n is a multiple of panelWidth
	panels []float32
	bias   []float32 // n values, or nil
}

// packTransposed packs w, which is n by k (as torch stores a linear layer), at
// column `at` of m.
func (m *matrix) packTransposed(w []float32, n, at int) {
	for j := range n {
		col := at + j
		dst := m.panels[(col/panelWidth)*m.k*panelWidth+col%panelWidth:]
		for i, v := range w[j*m.k : (j+1)*m.k] {
			dst[i*panelWidth] = v
		}
	}
}

// roundUp returns n rounded up to a multiple of m.
func roundUp(n, m int) int { return (n + m - 1) / m * m }

// multiply computes c = a*b + bias for rows rows. a and c are row-major with
// strides lda and ldc and must have rows up to the next multiple of tileRows,
// whose content does not matter.
func multiply(a []float32, lda, rows int, b *matrix, c []float32, ldc int) {
	const group = 4 // panels of one unit of work: 98 KB at k = 384, which stays in L2
	panels := b.n / panelWidth
	parallel((panels+group-1)/group, func(g int) {
		for r := 0; r < rows; r += tileRows {
			for p := g * group; p < min(panels, (g+1)*group); p++ {
				tileOf(a, r, lda, b, p, c, ldc)
			}
		}
	})
}

func tileOf(a []float32, r, lda int, b *matrix, p int, c []float32, ldc int) {
	bias := zeroBias[:]
	if b.bias != nil {
		bias = b.bias[p*panelWidth : (p+1)*panelWidth]
	}
	// These bounds are what the assembly relies on.
	aa := a[r*lda : (r+tileRows-1)*lda+b.k]
	bb := b.panels[p*b.k*panelWidth : (p+1)*b.k*panelWidth]
	cc := c[r*ldc+p*panelWidth : (r+tileRows-1)*ldc+(p+1)*panelWidth]
	if useAssembly {
		tileAVX2(b.k, &aa[0], lda*4, &bb[0], &cc[0], ldc*4, &bias[0])
		return
	}
	tileGo(b.k, aa, lda, bb, cc, ldc, bias)
}

var zeroBias [panelWidth]float32

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

// parallel calls f for 0 to n-1 on as many threads as GOMAXPROCS allows, which
// follows the cgroup's limit.
func parallel(n int, f func(int)) {
	workers := min(runtime.GOMAXPROCS(0), n)
	if workers <= 1 {
		for i := range n {
			f(i)
		}
		return
	}
	var next atomic.Int64
	var wg sync.WaitGroup
	work := func() {
		for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
			f(i)
		}
	}
	for range workers - 1 {
		wg.Go(work)
	}
	work()
	wg.Wait()
}
