package encoder

import "golang.org/x/sys/cpu"

var useAssembly = cpu.X86.HasAVX2 && cpu.X86.HasFMA

// tileAVX2 computes six rows and sixteen columns of c = a*b + bias. The strides
// lda and ldc are in bytes.
//
//go:noescape
func tileAVX2(k int, a *float32, lda int, b, c *float32, ldc int, bias *float32)
