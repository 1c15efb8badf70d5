package encoder

import "golang.org/x/sys/cpu"

// engines returns what this processor can run, the fastest first.
func engines() []engine {
	var out []engine
	x := &cpu.X86
	avx512 := x.HasAVX512F && x.HasAVX512BW && x.HasAVX512VL && x.HasAVX512DQ
	wide := engine{name: "avx512", tile: tile512, gelu: gelu512, softmax: softmax512, addNorm: addNorm512}
	if avx512 && x.HasAVX512BF16 {
		half := wide
		half.name, half.bf16, half.tile16, half.round16 = "avx512-bf16", true, tileBF16, round512
		out = append(out, half)
	}
	if avx512 {
		out = append(out, wide)
	}
	if x.HasAVX2 && x.HasFMA {
		out = append(out, engine{name: "avx2", tile: tile256, gelu: gelu256, softmax: softmax256, addNorm: addNorm256})
	}
	return append(out, portable)
}

// The strides lda and ldc of the assembly are in bytes.

// tileAVX2 computes six rows and sixteen columns.
//
//go:noescape
func tileAVX2(k int, a *float32, lda int, b, c *float32, ldc int, bias *float32)

//go:noescape
func tileAVX512(k int, a *float32, lda int, b, c *float32, ldc int, bias *float32)

// tileAVX512BF16 takes pairs of rows: k is half of the matrix's.
//
//go:noescape
func tileAVX512BF16(k int, a *uint16, lda int, b *uint16, c *float32, ldc int, bias *float32)

//go:noescape
func roundAVX512(n int, dst *uint16, src *float32)

//go:noescape
func geluAVX512(n int, v *float32)

//go:noescape
func softmaxAVX512(n int, v *float32, scale float32) float32

//go:noescape
func addNormAVX512(n int, x, y, gamma, beta *float32, eps float32)

func tile512(k int, a []float32, lda int, b, c []float32, ldc int, bias []float32) {
	tileAVX512(k, &a[0], lda*4, &b[0], &c[0], ldc*4, &bias[0])
}

func tileBF16(k int, a []uint16, lda int, b []uint16, c []float32, ldc int, bias []float32) {
	tileAVX512BF16(k/2, &a[0], lda*2, &b[0], &c[0], ldc*4, &bias[0])
}

func tile256(k int, a []float32, lda int, b, c []float32, ldc int, bias []float32) {
	for r := 0; r < tileRows; r += 6 {
		for j := 0; j < panelWidth; j += 16 {
			tileAVX2(k, &a[r*lda], lda*4, &b[j], &c[r*ldc+j], ldc*4, &bias[j])
		}
	}
}

func round512(dst []uint16, src []float32) { roundAVX512(len(src), &dst[0], &src[0]) }
func gelu512(v []float32)                  { geluAVX512(len(v), &v[0]) }

func softmax512(v []float32, scale float32) float32 { return softmaxAVX512(len(v), &v[0], scale) }

func addNorm512(x, y, gamma, beta []float32, eps float32) {
	_, _, _ = y[len(x)-1], gamma[len(x)-1], beta[len(x)-1]
	addNormAVX512(len(x), &x[0], &y[0], &gamma[0], &beta[0], eps)
}

//go:noescape
func geluAVX2(n int, v *float32)

//go:noescape
func maxAVX2(n int, v *float32) float32

//go:noescape
func expAVX2(n int, v *float32, top, scale float32) float32

//go:noescape
func addNormAVX2(n int, x, y, gamma, beta *float32, eps float32)

func gelu256(v []float32) { geluAVX2(len(v), &v[0]) }

// softmax256 leaves what does not fill a register to Go.
func softmax256(v []float32, scale float32) float32 {
	whole := len(v) &^ 7
	top := v[len(v)-1]
	if whole > 0 {
		top = maxAVX2(whole, &v[0])
	}
	for _, x := range v[whole:] {
		top = max(top, x)
	}
	var sum float32
	if whole > 0 {
		sum = expAVX2(whole, &v[0], top, scale)
	}
	for i, x := range v[whole:] {
		e := exp32((x - top) * scale)
		v[whole+i] = e
		sum += e
	}
	return 1 / sum
}

func addNorm256(x, y, gamma, beta []float32, eps float32) {
	_, _, _ = y[len(x)-1], gamma[len(x)-1], beta[len(x)-1]
	addNormAVX2(len(x), &x[0], &y[0], &gamma[0], &beta[0], eps)
}

// Constants of the assembly: the coefficients from the highest power down.
var (
	erfAlpha = [7]float32{-2.72614225801306e-10, 2.77068142495902e-08, -2.10102402082508e-06, -5.69250639462346e-05,
		-7.34990630326855e-04, -2.95459980854025e-03, -1.60960333262415e-02}
	erfBeta   = [5]float32{-1.45660718464996e-05, -2.13374055278905e-04, -1.68282697438203e-03, -7.37332916720468e-03, -1.42647390514189e-02}
	geluConst = [4]float32{0.70710678, 4, -4, 0.5}
	expConst  = [9]float32{1.44269504, 0.693359375, -2.12194440e-4, 1.3888889e-3, 8.3333333e-3, 4.1666668e-2, 1.6666667e-1, 0.5, 1}
)

// wide holds the same constants eight times each, then -87, for AVX2, which
// cannot broadcast them in passing.
var wide = func() (w [26][8]float32) {
	var all []float32
	for _, c := range [][]float32{erfAlpha[:], erfBeta[:], geluConst[:], expConst[:], {-87}} {
		all = append(all, c...)
	}
	for i, c := range all {
		for j := range w[i] {
			w[i][j] = c
		}
	}
	return w
}()
