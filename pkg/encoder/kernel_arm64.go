package encoder

import "golang.org/x/sys/cpu"

// engines returns what this processor can run, the fastest first. Every arm64
// has NEON.
func engines() []engine {
	neon := portable
	neon.name, neon.tiles = "neon", []tile{{6, tile128}}
	if !cpu.ARM64.HasASIMDDP {
		return []engine{neon, portable}
	}
	dots := neon
	dots.name, dots.bytes, dots.shift = "neon-dotprod", []byteTile{{6, bytes128}}, 128
	return []engine{dots, neon, portable}
}

// tileNEON computes six rows and sixteen columns; the strides are in bytes.
//
//go:noescape
func tileNEON(k int, a *float32, lda int, b, c *float32, ldc int, bias *float32)

func tile128(k int, a []float32, lda int, b, c []float32, ldc int, bias []float32) {
	for j := 0; j < panelWidth; j += 16 {
		tileNEON(k, &a[0], lda*4, &b[j], &c[j], ldc*4, &bias[j])
	}
}

// bytesNEON computes six rows and sixteen columns of byteTile's product, with
// the values of a as signed ones.
//
//go:noescape
func bytesNEON(k int, a *uint8, lda int, b *int8, c *float32, ldc int, columns, rows *float32)

func bytes128(k int, a []uint8, lda int, b []int8, c []float32, ldc int, columns, rows []float32) {
	for j := 0; j < panelWidth; j += 16 {
		bytesNEON(k, &a[0], lda, &b[4*j], &c[j], ldc*4, &columns[j], &rows[0])
	}
}
