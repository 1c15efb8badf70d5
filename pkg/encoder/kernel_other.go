//go:build !amd64

package encoder

const useAssembly = false

func tileAVX2(k int, a *float32, lda int, b, c *float32, ldc int, bias *float32) {
	panic("no assembly on this architecture")
}
