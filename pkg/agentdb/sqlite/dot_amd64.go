package sqlite

import "golang.org/x/sys/cpu"

var useAssembly = cpu.X86.HasAVX2

// dotsAVX2 is dotsGo by AVX2; dims is a positive multiple of 32.
//
//go:noescape
func dotsAVX2(codes *int8, query *int16, dims, rows int, out *int32)
