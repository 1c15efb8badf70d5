package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
)

// tile writes c = a*b + bias for some rows and two registers of columns.
//
// Row i's accumulators are registers 2i and 2i+1; the last three hold two of b
// and one value of a in every lane.
func (s *isa) tile(rows int) {
	s.text("tile", fmt.Sprintf("x%d", rows), "func(k int, a *float32, lda int, b, c *float32, ldc int, bias *float32)")
	k, a, lda, b := load("k"), load("a"), load("lda"), load("b")
	bias := load("bias")
	at, move := rowAddresses(a, lda, rows)
	for j := range 2 {
		VMOVUPS(Mem{Base: bias, Disp: j * s.bytes}, s.vec[j])
		for i := 1; i < rows; i++ {
			VMOVAPS(s.vec[j], s.vec[2*i+j])
		}
	}
	last := len(s.vec) - 1
	value, columns := s.vec[last], s.vec[last-2:last]
	step := func(n int) func() {
		return func() {
			for u := range n {
				for j, v := range columns {
					VMOVUPS(Mem{Base: b, Disp: u*128 + j*s.bytes}, v)
				}
				for i := range rows {
					VBROADCASTSS(at(i, 4*u), value)
					for j, v := range columns {
						VFMADD231PS(v, value, s.vec[2*i+j])
					}
				}
			}
			move(4 * n)
			ADDQ(I32(128*n), b)
		}
	}
	loop("four", k, 4, step(4))
	loop("one", k, 1, step(1))
	c, ldc := load("c"), load("ldc")
	for i := range rows {
		for j := range 2 {
			VMOVUPS(s.vec[2*i+j], Mem{Base: c, Disp: j * s.bytes})
		}
		if i < rows-1 {
			ADDQ(ldc, c)
		}
	}
	VZEROUPPER()
	RET()
}
