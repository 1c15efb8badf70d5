package encoder

import "slices"

// panelWidth is how many columns a packed panel has: two AVX-512 registers, four
// of AVX.
const panelWidth = 32

// engine is the set of kernels that a processor runs best. All of float32
// compute the same within rounding.
type engine struct {
	name  string
	tiles []tile     // by rows, the largest first
	bytes []byteTile // of int8, the same; none where it does not pay
	limit float32    // of an int8 weight
	shift uint8      // from what quantize writes to what the byte tiles read

	// gelu applies x*Phi(x) in place; len(v) is a multiple of panelWidth, as in
	// what follows.
	gelu func(v []float32)
	// softmax sets v to exp((v-max)*scale) and returns 1 over their sum.
	softmax func(v []float32, scale float32) float32
	// addNorm sets x to the layer normalization of x plus y.
	addNorm func(x, y, gamma, beta []float32, eps float32)
	// quantize writes src as scale*(dst-zero), dst from 0 to 255, and sets row to
	// scale and scale*zero.
	quantize func(dst []uint8, src, row []float32)
}

// tile computes some rows of panelWidth columns of c = a*b + bias.
type tile struct {
	rows int
	run  func(k int, a []float32, lda int, b, c []float32, ldc int, bias []float32)
}

// byteTile computes some rows of panelWidth columns of c = s*(t*(a*b) - z*u) + v.
// rows has s and z of each row: its scale, and that times what stands for zero.
// columns has panelWidth times t, the scale of a column's weights, then u, that
// times their sum, then v, the bias.
type byteTile struct {
	rows int
	run  func(k int, a []uint8, lda int, b []int8, c []float32, ldc int, columns, rows []float32)
}

var portable = engine{name: "portable", tiles: []tile{{4, tileGo}}, limit: 127, gelu: gelu, softmax: softmax, addNorm: addNorm, quantize: quantize}

// fitting returns the smallest tile that has n rows, or the largest of all.
func fitting[T any](tiles []T, rowsOf func(T) int, n int) T {
	for i := len(tiles) - 1; i > 0; i-- {
		if rowsOf(tiles[i]) >= n {
			return tiles[i]
		}
	}
	return tiles[0]
}

func (e *engine) tile(n int) tile { return fitting(e.tiles, func(t tile) int { return t.rows }, n) }
func (e *engine) byteTile(n int) byteTile {
	return fitting(e.bytes, func(t byteTile) int { return t.rows }, n)
}

// spareRows is how many rows beyond those in use a buffer has: a tile may
// compute more rows than it was asked for.
const spareRows = 12

// matrix is the right side of a product, packed in panels: panel p holds the
// columns 32p to 32p+31 side by side, in float32 row by row, in int8 by four
// rows, of which a column's four values lie together.
type matrix struct {
	k, n    int // n is a multiple of panelWidth; k of 32 in int8
	panels  []float32
	bias    []float32
	bytes   []int8 // instead of both
	columns []float32
	gelu    bool // applied to the product
}

// perPanel is how many values of columns a panel has.
const perPanel = 3 * panelWidth

// newMatrix returns a matrix of zeros, in int8 or in float32.
func newMatrix(k, n int, int8s bool) matrix {
	m := matrix{k: k, n: n}
	if int8s {
		m.bytes, m.columns = make([]int8, k*n), make([]float32, n/panelWidth*perPanel)
	} else {
		m.panels, m.bias = make([]float32, k*n), make([]float32, n)
	}
	return m
}

// packTransposed packs w, which is n by k (as torch stores a linear layer), with
// its bias at column at of m.
func (m *matrix) packTransposed(w, bias []float32, at int, limit float32) {
	for j, b := range bias {
		col := at + j
		src := w[j*m.k : (j+1)*m.k]
		base := col / panelWidth * m.k * panelWidth
		if m.bytes != nil {
			c := m.columns[col/panelWidth*perPanel+col%panelWidth:]
			scale, sum := quantizeWeights(m.bytes[base+4*(col%panelWidth):], src, limit)
			c[0], c[panelWidth], c[2*panelWidth] = scale, scale*float32(sum), b
			continue
		}
		m.bias[col] = b
		dst := m.panels[base+col%panelWidth:]
		for i, v := range src {
			dst[i*panelWidth] = v
		}
	}
}

// quantizeWeights writes the weights of a column as integers up to limit, four
// to each row of a panel, and returns their scale and sum.
func quantizeWeights(dst []int8, w []float32, limit float32) (scale float32, sum int32) {
	var most float32
	for _, x := range w {
		most = max(most, x, -x)
	}
	if most == 0 {
		most = 1
	}
	inverse := limit / most
	for i, x := range w {
		q := nearest(x * inverse)
		dst[i/4*4*panelWidth+i%4] = int8(q)
		sum += q
	}
	return most / limit, sum
}

// product is what a multiplication needs besides its matrices.
type product struct {
	*engine
	team   *team // nil is this thread alone
	bytes8 []uint8
	scales []float32 // of byteTile's rows
}

// multiply computes c = a*b + bias for rows rows. a and c are row-major with
// strides lda and ldc and must have spareRows more, whose content does not
// matter.
func (p *product) multiply(a []float32, lda, rows int, b *matrix, c []float32, ldc int) {
	panels := b.n / panelWidth
	group, height := 4, p.tiles[0].rows // panels of one unit of work: they stay in the second-level cache
	if b.bytes != nil {
		p.quantizeRows(a, lda, rows, b.k)
		height = p.engine.bytes[0].rows
		group = max(1, 24<<10/(b.k*panelWidth)) // in the first-level cache
	}
	p.team.run((panels+group-1)/group, func(_, g int) {
		from, to := g*group, min(panels, (g+1)*group)
		for r := 0; r < rows; r += height {
			n := min(height, rows-r)
			for q := from; q < to; q++ {
				if b.bytes != nil {
					p.byteTileOf(r, n, b, q, c, ldc)
				} else {
					p.tileOf(a, r, n, lda, b, q, c, ldc)
				}
			}
			for i := r; b.gelu && i < r+n; i++ {
				p.gelu(c[i*ldc+from*panelWidth : i*ldc+to*panelWidth])
			}
		}
	})
}

// quantizeRows fills bytes8 with a, k values a row, and scales.
func (p *product) quantizeRows(a []float32, lda, rows, k int) {
	const some = 16
	if need := (rows + spareRows) * k; len(p.bytes8) < need {
		p.bytes8 = make([]uint8, need)
	}
	grow(&p.scales, 2*(rows+spareRows))
	p.team.run((rows+some-1)/some, func(_, g int) {
		for r := g * some; r < min(rows, (g+1)*some); r++ {
			dst, row := p.bytes8[r*k:(r+1)*k], p.scales[2*r:2*r+2]
			p.quantize(dst, a[r*lda:r*lda+k], row)
			if p.shift != 0 {
				for i := range dst {
					dst[i] -= p.shift
				}
				row[1] -= row[0] * float32(p.shift)
			}
		}
	})
}

// tileOf and byteTileOf cut the slices to exactly what a kernel touches: these
// bounds are what the assembly relies on.
func (e *engine) tileOf(a []float32, r, n, lda int, b *matrix, p int, c []float32, ldc int) {
	t := e.tile(n)
	t.run(b.k, a[r*lda:(r+t.rows-1)*lda+b.k], lda, b.panels[p*b.k*panelWidth:(p+1)*b.k*panelWidth],
		c[r*ldc+p*panelWidth:(r+t.rows-1)*ldc+(p+1)*panelWidth], ldc, b.bias[p*panelWidth:(p+1)*panelWidth])
}

func (p *product) byteTileOf(r, n int, b *matrix, q int, c []float32, ldc int) {
	t := p.byteTile(n)
	t.run(b.k, p.bytes8[r*b.k:(r+t.rows)*b.k], b.k, b.bytes[q*b.k*panelWidth:(q+1)*b.k*panelWidth],
		c[r*ldc+q*panelWidth:(r+t.rows-1)*ldc+(q+1)*panelWidth], ldc, b.columns[q*perPanel:(q+1)*perPanel], p.scales[2*r:2*(r+t.rows)])
}

// tileGo is the portable kernel.
func tileGo(k int, a []float32, lda int, b, c []float32, ldc int, bias []float32) {
	for r := range 4 {
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

// roundUp returns n rounded up to a multiple of m.
func roundUp(n, m int) int { return (n + m - 1) / m * m }

// named returns the kernels of that name, which the processor must have.
func named(name string) (engine, bool) {
	all := engines()
	i := slices.IndexFunc(all, func(e engine) bool { return e.name == name })
	if i < 0 {
		return engine{}, false
	}
	return all[i], true
}
