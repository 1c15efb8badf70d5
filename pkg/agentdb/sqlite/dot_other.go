//go:build !amd64

package sqlite

const useAssembly = false

func dotsAVX2(codes *int8, query *int16, dims, rows int, out *int32) {
	panic("no assembly on this architecture")
}
