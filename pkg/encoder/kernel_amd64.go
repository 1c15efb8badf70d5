package encoder

import (
	"slices"

	"golang.org/x/sys/cpu"
)

//go:generate go -C asm run . -out ../kernels_amd64.s -stubs ../kernels_amd64.go -pkg encoder

// engines returns what this processor can run, the fastest first.
func engines() []engine {
	var out []engine
	x := &cpu.X86
	if x.HasAVX2 && x.HasFMA {
		avx := engine{name: "avx2", tiles: tiles(16, avx2), bytes: byteTiles(16, avx2Bytes), limit: 63,
			gelu:    func(v []float32) { geluAVX2(len(v), &v[0]) },
			softmax: func(v []float32, scale float32) float32 { return softmaxAVX2(len(v), &v[0], scale) },
			addNorm: func(x, y, gamma, beta []float32, eps float32) {
				_, _, _ = y[len(x)-1], gamma[len(x)-1], beta[len(x)-1]
				addNormAVX2(len(x), &x[0], &y[0], &gamma[0], &beta[0], eps)
			},
			quantize: func(dst []uint8, src, row []float32) {
				_, _ = dst[len(src)-1], row[1]
				quantizeAVX2(len(src), &dst[0], &src[0], &row[0])
			}}
		out = append(out, avx)
		if x.HasAVXVNNI {
			avx.name, avx.bytes, avx.limit = "avx2-vnni", byteTiles(16, avx2Dots), 127
			out = append(out, avx)
		}
		if x.HasAVX512F && x.HasAVX512BW && x.HasAVX512VL && x.HasAVX512DQ {
			wide := engine{name: "avx512", tiles: tiles(32, avx512), bytes: avx.bytes, limit: avx.limit,
				gelu:    func(v []float32) { geluAVX512(len(v), &v[0]) },
				softmax: func(v []float32, scale float32) float32 { return softmaxAVX512(len(v), &v[0], scale) },
				addNorm: func(x, y, gamma, beta []float32, eps float32) {
					_, _, _ = y[len(x)-1], gamma[len(x)-1], beta[len(x)-1]
					addNormAVX512(len(x), &x[0], &y[0], &gamma[0], &beta[0], eps)
				},
				quantize: func(dst []uint8, src, row []float32) {
					_, _ = dst[len(src)-1], row[1]
					quantizeAVX512(len(src), &dst[0], &src[0], &row[0])
				}}
			if x.HasAVX512VNNI {
				wide.name, wide.bytes, wide.limit = "avx512-vnni", byteTiles(32, avx512Bytes), 127
			}
			out = append(out, wide)
		}
	}
	slices.Reverse(out)
	return append(out, portable)
}

// The kernels by their rows. The strides lda and ldc of the assembly are in
// bytes.
type (
	asmTile     = func(k int, a *float32, lda int, b, c *float32, ldc int, bias *float32)
	asmByteTile = func(k int, a *uint8, lda int, b *int8, c *float32, ldc int, columns, rows *float32)
)

var (
	avx2        = map[int]asmTile{6: tileAVX2x6, 4: tileAVX2x4, 2: tileAVX2x2, 1: tileAVX2x1}
	avx512      = map[int]asmTile{12: tileAVX512x12, 8: tileAVX512x8, 4: tileAVX512x4, 2: tileAVX512x2, 1: tileAVX512x1}
	avx2Bytes   = map[int]asmByteTile{6: bytesAVX2x6, 4: bytesAVX2x4, 2: bytesAVX2x2, 1: bytesAVX2x1}
	avx2Dots    = map[int]asmByteTile{6: bytesAVX2VNNIx6, 4: bytesAVX2VNNIx4, 2: bytesAVX2VNNIx2, 1: bytesAVX2VNNIx1}
	avx512Bytes = map[int]asmByteTile{12: bytesAVX512x12, 8: bytesAVX512x8, 4: bytesAVX512x4, 2: bytesAVX512x2, 1: bytesAVX512x1}
)

// tiles returns kernels that compute width columns at a time.
func tiles(width int, kernels map[int]asmTile) (out []tile) {
	for rows, f := range kernels {
		out = append(out, tile{rows, func(k int, a []float32, lda int, b, c []float32, ldc int, bias []float32) {
			for j := 0; j < panelWidth; j += width {
				f(k, &a[0], lda*4, &b[j], &c[j], ldc*4, &bias[j])
			}
		}})
	}
	slices.SortFunc(out, func(a, b tile) int { return b.rows - a.rows })
	return out
}

func byteTiles(width int, kernels map[int]asmByteTile) (out []byteTile) {
	for rows, f := range kernels {
		out = append(out, byteTile{rows, func(k int, a []uint8, lda int, b []int8, c []float32, ldc int, columns, rows []float32) {
			for j := 0; j < panelWidth; j += width {
				f(k, &a[0], lda, &b[4*j], &c[j], ldc*4, &columns[j], &rows[0])
			}
		}})
	}
	slices.SortFunc(out, func(a, b byteTile) int { return b.rows - a.rows })
	return out
}
