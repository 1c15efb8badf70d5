package encoder

// engines returns what this processor can run, the fastest first. Every arm64
// has NEON.
func engines() []engine {
	neon := portable
	neon.name, neon.tile = "neon", tile128
	return []engine{neon, portable}
}

// tileNEON computes six rows and sixteen columns; the strides are in bytes.
//
//go:noescape
func tileNEON(k int, a *float32, lda int, b, c *float32, ldc int, bias *float32)

func tile128(k int, a []float32, lda int, b, c []float32, ldc int, bias []float32) {
	for r := 0; r < tileRows; r += 6 {
		for j := 0; j < panelWidth; j += 16 {
			tileNEON(k, &a[r*lda], lda*4, &b[j], &c[r*ldc+j], ldc*4, &bias[j])
		}
	}
}
