// Command asm writes the kernels of pkg/encoder for amd64: kernels_amd64.s and
// the declarations of its functions. One description yields the kernels of AVX2
// and of AVX-512; what they compute is said in pkg/encoder/kernel.go. It is a
// module of its own, so that nothing else depends on the generator.
//
//	go -C asm run . -out ../kernels_amd64.s -stubs ../kernels_amd64.go -pkg encoder
package main

import (
	"github.com/mmcloughlin/avo/attr"
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// isa is an instruction set: its registers, and the tiles that fit into them.
type isa struct {
	name  string
	vec   []reg.VecPhysical
	bytes int   // of a register
	rows  []int // of the tiles; each has two registers of columns
}

var (
	avx2 = &isa{name: "AVX2", bytes: 32, rows: []int{6, 4, 2, 1}, vec: []reg.VecPhysical{
		reg.Y0, reg.Y1, reg.Y2, reg.Y3, reg.Y4, reg.Y5, reg.Y6, reg.Y7, reg.Y8, reg.Y9, reg.Y10, reg.Y11, reg.Y12, reg.Y13, reg.Y14, reg.Y15}}
	avx512 = &isa{name: "AVX512", bytes: 64, rows: []int{12, 8, 4, 2, 1}, vec: []reg.VecPhysical{
		reg.Z0, reg.Z1, reg.Z2, reg.Z3, reg.Z4, reg.Z5, reg.Z6, reg.Z7, reg.Z8, reg.Z9, reg.Z10, reg.Z11, reg.Z12, reg.Z13, reg.Z14, reg.Z15,
		reg.Z16, reg.Z17, reg.Z18, reg.Z19, reg.Z20, reg.Z21, reg.Z22, reg.Z23, reg.Z24, reg.Z25, reg.Z26, reg.Z27, reg.Z28, reg.Z29, reg.Z30, reg.Z31}}
)

func main() {
	ConstraintExpr("amd64")
	constants()
	for _, s := range []*isa{avx2, avx512} {
		for _, rows := range s.rows {
			s.tile(rows)
			s.tile8(rows, s.dotSet())
		}
		s.gelu()
		s.softmax()
		s.addNorm()
		s.quantize()
	}
	for _, rows := range avx2.rows {
		avx2.tile8(rows, vnniVEX)
	}
	Generate()
}

// text begins a function of the instruction set.
func (s *isa) text(name, variant, signature string) {
	TEXT(name+s.name+variant, attr.NOSPLIT, signature)
	Pragma("noescape")
}

// load puts a parameter into a register.
func load(name string) reg.GPVirtual {
	r := GP64()
	Load(Param(name), r)
	return r
}

// loop repeats body while the register has at least step, which it takes away.
func loop(name string, count reg.Register, step int, body func()) {
	Label(name)
	CMPQ(count, U32(step))
	JL(jump(name + "End"))
	body()
	SUBQ(U32(step), count)
	JMP(jump(name))
	Label(name + "End")
}

func jump(name string) Op { return LabelRef(name) }

// zero clears a register.
func (s *isa) zero(r reg.VecPhysical) {
	if s == avx512 {
		VPXORD(r, r, r)
	} else {
		VPXOR(r, r, r)
	}
}

// low returns the part of a register as wide as AVX or SSE.
func low(r reg.VecPhysical) (y, x reg.VecPhysical) {
	return r.AsY().(reg.VecPhysical), r.AsX().(reg.VecPhysical)
}

// across combines all values of r with op into the lowest one; t is scratch.
func (s *isa) across(op func(...Op), r, t reg.VecPhysical) reg.VecPhysical {
	y, x := low(r)
	ty, tx := low(t)
	if s == avx512 {
		VEXTRACTF64X4(U8(1), r, ty)
		op(ty, y, y)
	}
	VEXTRACTF128(U8(1), y, tx)
	op(tx, x, x)
	for _, swap := range []U8{0x4e, 0xb1} {
		VPERMILPS(swap, x, tx)
		op(tx, x, x)
	}
	return x
}

// rowAddresses returns the addresses of rows that are stride apart, three to a
// base register, and a function that moves them on.
func rowAddresses(first, stride reg.GPVirtual, rows int) (at func(row, offset int) Mem, move func(bytes int)) {
	bases := []reg.GPVirtual{first}
	if rows > 3 {
		three := GP64()
		LEAQ(Mem{Base: stride, Index: stride, Scale: 2}, three)
		for i := 3; i < rows; i += 3 {
			next := GP64()
			LEAQ(Mem{Base: bases[len(bases)-1], Index: three, Scale: 1}, next)
			bases = append(bases, next)
		}
	}
	at = func(row, offset int) Mem {
		m := Mem{Base: bases[row/3], Disp: offset}
		if row%3 > 0 {
			m.Index, m.Scale = stride, uint8(row%3)
		}
		return m
	}
	move = func(bytes int) {
		for _, b := range bases {
			ADDQ(I32(bytes), b)
		}
	}
	return at, move
}
