package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/ir"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// dots is a way to add the products of four bytes of a, without sign, with four
// of b in every lane.
type dots struct {
	name string
	add  func(s *isa, a, acc reg.VecPhysical, b Mem)
	// begin loads what add needs beside its operands.
	begin func(s *isa)
	// shared puts b into a register for all rows; VPMADDUBSW reads it from memory,
	// since AVX2's registers are all taken.
	shared bool
}

// dotSet is the one that every processor of the instruction set has, or in
// AVX-512 the only one that is worth it.
func (s *isa) dotSet() dots {
	if s == avx512 {
		return vnniEVEX
	}
	return maddubs
}

var maddubs = dots{
	begin: func(s *isa) { VMOVDQU(ones, s.vec[14]) },
	add: func(s *isa, a, acc reg.VecPhysical, b Mem) {
		VPMADDUBSW(b, a, s.vec[13]) // no sum of two is beyond 16 bits: the weights have seven
		VPMADDWD(s.vec[14], s.vec[13], s.vec[13])
		VPADDD(s.vec[13], acc, acc)
	},
}

// The assembler has VPDPBUSD only as AVX-512 encodes it, and avo not at all.
var vnniEVEX = dots{shared: true, add: func(s *isa, a, acc reg.VecPhysical, b Mem) {
	Instruction(&ir.Instruction{Opcode: "VPDPBUSD", Operands: []Op{s.columnOf(b), a, acc}})
}}

var vnniVEX = dots{name: "VNNI", shared: true, add: func(s *isa, a, acc reg.VecPhysical, b Mem) {
	// VEX.256.66.0F38.W0 50 /r
	dst, left, right := acc.ID().Index(), a.ID().Index(), s.columnOf(b).ID().Index()
	prefix := 0x05<<16 | 0x42<<8 | 0xc4 | uint32(^left&15)<<19 | uint32(^dst>>3&1)<<15 | uint32(^right>>3&1)<<13
	Instruction(&ir.Instruction{Opcode: "LONG", Operands: []Op{U32(prefix | 0x50<<24)}})
	Instruction(&ir.Instruction{Opcode: "BYTE", Operands: []Op{U8(0xc0 | dst&7<<3 | right&7)}})
}}

// columnOf is the register that holds the columns at b.
func (s *isa) columnOf(b Mem) reg.VecPhysical {
	return s.vec[len(s.vec)-3+b.Disp%128/s.bytes%2]
}

// tile8 writes a tile of c = rows*(columns*(a*b)) + bias, in integers of 8 bits
// and their products in 32.
func (s *isa) tile8(rows int, d dots) {
	s.text("bytes", fmt.Sprintf("%sx%d", d.name, rows), "func(k int, a *uint8, lda int, b *int8, c *float32, ldc int, columns, rows *float32)")
	k, a, lda, b := load("k"), load("a"), load("lda"), load("b")
	at, move := rowAddresses(a, lda, rows)
	for i := range 2 * rows {
		s.zero(s.vec[i])
	}
	if d.begin != nil {
		d.begin(s)
	}
	value := s.vec[len(s.vec)-1]
	if !d.shared {
		value = s.vec[12]
	}
	loop("eight", k, 8, func() {
		for u := range 2 {
			var columns [2]Mem
			for j := range columns {
				columns[j] = Mem{Base: b, Disp: u*128 + j*s.bytes}
				if d.shared {
					VMOVUPS(columns[j], s.columnOf(columns[j]))
				}
			}
			for i := range rows {
				VPBROADCASTD(at(i, 4*u), value)
				for j, m := range columns {
					d.add(s, value, s.vec[2*i+j], m)
				}
			}
		}
		move(8)
		ADDQ(I32(256), b)
	})
	s.store8(rows)
}

// store8 scales the sums. Of a row it has the scale and that times the value
// that stands for zero, of a column its scale, that times the sum of its
// weights, and the bias, 32 of each.
func (s *isa) store8(rows int) {
	c, ldc, columns, row := load("c"), load("ldc"), load("columns"), load("rows")
	scale, zero := s.vec[len(s.vec)-1], s.vec[len(s.vec)-2]
	for i := range rows {
		VBROADCASTSS(Mem{Base: row, Disp: 8 * i}, scale)
		VBROADCASTSS(Mem{Base: row, Disp: 8*i + 4}, zero)
		for j := range 2 {
			v := s.vec[2*i+j]
			VCVTDQ2PS(v, v)
			VMULPS(Mem{Base: columns, Disp: j * s.bytes}, v, v)
			VFMADD213PS(Mem{Base: columns, Disp: 256 + j*s.bytes}, scale, v)
			VFNMADD231PS(Mem{Base: columns, Disp: 128 + j*s.bytes}, zero, v)
			VMOVUPS(v, Mem{Base: c, Disp: j * s.bytes})
		}
		if i < rows-1 {
			ADDQ(ldc, c)
		}
	}
	VZEROUPPER()
	RET()
}
