package main

import (
	"math"

	"github.com/mmcloughlin/avo/attr"
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// The constants lie in memory in every lane of the widest register, since AVX2
// has no registers left for them and cannot broadcast in passing.
var (
	ones                   Mem // of 16 bits
	one, half, tiny        Mem
	erfAlpha, erfBeta      []Mem // from the highest power down
	rootHalf, four, minus4 Mem
	log2e, ln2High, ln2Low Mem
	lowest, levels         Mem
	exponential            []Mem // from the highest power down
	order                  Mem   // of 32-bit values that two rounds of AVX2's packing leave mixed
)

// constants writes the table.
func constants() {
	table := GLOBL("constants", attr.RODATA|attr.NOPTR)
	at := 0
	place := func(values func(lane int) Constant) Mem {
		m := table.Offset(at)
		for i := range 16 {
			DATA(at+4*i, values(i))
		}
		at += 64
		return m
	}
	// As bits: avo writes a whole F32 as an integer.
	all := func(v float32) Mem { return place(func(int) Constant { return U32(math.Float32bits(v)) }) }
	each := func(vs ...float32) (out []Mem) {
		for _, v := range vs {
			out = append(out, all(v))
		}
		return out
	}
	ones = place(func(int) Constant { return U32(0x00010001) })
	one, half, tiny, levels = all(1), all(0.5), all(1e-30), all(255)
	rootHalf, four, minus4 = all(0.70710678), all(4), all(-4)
	// erf as a rational function on [-4, 4], as Eigen has it (absolute error below 2e-7)
	erfAlpha = each(-2.72614225801306e-10, 2.77068142495902e-08, -2.10102402082508e-06, -5.69250639462346e-05,
		-7.34990630326855e-04, -2.95459980854025e-03, -1.60960333262415e-02)
	erfBeta = each(-1.45660718464996e-05, -2.13374055278905e-04, -1.68282697438203e-03, -7.37332916720468e-03, -1.42647390514189e-02)
	log2e, ln2High, ln2Low, lowest = all(1.44269504), all(0.693359375), all(-2.12194440e-4), all(-87)
	exponential = each(1.3888889e-3, 8.3333333e-3, 4.1666668e-2, 1.6666667e-1, 0.5, 1, 1)
	order = place(func(i int) Constant { return U32([]uint32{0, 4, 1, 5, 2, 6, 3, 7}[i%8]) })
}

// both does the same with each of two registers, so that one waits for the other.
func both(f func(i int)) { f(0); f(1) }

// gelu writes x/2 * (1 + erf(x/sqrt 2)) for n values, two registers at a time.
func (s *isa) gelu() {
	s.text("gelu", "", "func(n int, v *float32)")
	n, v := load("n"), load("v")
	x, z, z2, p, q := s.vec[0:2], s.vec[2:4], s.vec[4:6], s.vec[6:8], s.vec[8:10]
	loop("values", n, s.bytes/2, func() {
		both(func(i int) {
			VMOVUPS(Mem{Base: v, Disp: i * s.bytes}, x[i])
			VMULPS(rootHalf, x[i], z[i])
			VMINPS(four, z[i], z[i])
			VMAXPS(minus4, z[i], z[i])
			VMULPS(z[i], z[i], z2[i])
			VMOVUPS(erfAlpha[0], p[i])
			VMOVUPS(erfBeta[0], q[i])
		})
		for j := 1; j < len(erfAlpha); j++ {
			both(func(i int) { VFMADD213PS(erfAlpha[j], z2[i], p[i]) })
			if j < len(erfBeta) {
				both(func(i int) { VFMADD213PS(erfBeta[j], z2[i], q[i]) })
			}
		}
		both(func(i int) {
			VMULPS(z[i], p[i], p[i])
			VDIVPS(q[i], p[i], p[i])
			VMULPS(half, x[i], x[i])
			VFMADD213PS(x[i], x[i], p[i])
			VMOVUPS(p[i], Mem{Base: v, Disp: i * s.bytes})
		})
		ADDQ(I32(2*s.bytes), v)
	})
	VZEROUPPER()
	RET()
}

// softmax writes exp((v-max)*scale) over n values and returns 1 over their sum.
func (s *isa) softmax() {
	s.text("softmax", "", "func(n int, v *float32, scale float32) float32")
	n, v := load("n"), load("v")
	top, sum, scale := s.vec[6:8], s.vec[8:10], s.vec[10]
	x, power, p := s.vec[0:2], s.vec[2:4], s.vec[4:6]
	count, at := GP64(), GP64()
	MOVQ(n, count)
	MOVQ(v, at)
	both(func(i int) { VMOVUPS(Mem{Base: v, Disp: i * s.bytes}, top[i]) })
	loop("max", count, s.bytes/2, func() {
		both(func(i int) { VMAXPS(Mem{Base: at, Disp: i * s.bytes}, top[i], top[i]) })
		ADDQ(I32(2*s.bytes), at)
	})
	VMAXPS(top[1], top[0], top[0])
	VBROADCASTSS(s.across(VMAXPS, top[0], x[0]), top[0])
	scalar, _ := Param("scale").Resolve()
	VBROADCASTSS(scalar.Addr, scale)
	both(func(i int) { s.zero(sum[i]) })
	loop("exp", n, s.bytes/2, func() {
		both(func(i int) {
			VMOVUPS(Mem{Base: v, Disp: i * s.bytes}, x[i])
			VSUBPS(top[0], x[i], x[i])
			VMULPS(scale, x[i], x[i])
			VMAXPS(lowest, x[i], x[i])
			VMULPS(log2e, x[i], power[i])
			s.round(power[i])
			VFNMADD231PS(ln2High, power[i], x[i])
			VFNMADD231PS(ln2Low, power[i], x[i])
			VMOVUPS(exponential[0], p[i])
		})
		for _, c := range exponential[1:] {
			both(func(i int) { VFMADD213PS(c, x[i], p[i]) })
		}
		both(func(i int) {
			// times 2^power, by adding it to the exponent
			VCVTPS2DQ(power[i], power[i])
			VPSLLD(U8(23), power[i], power[i])
			VPADDD(power[i], p[i], p[i])
			VMOVUPS(p[i], Mem{Base: v, Disp: i * s.bytes})
			VADDPS(p[i], sum[i], sum[i])
		})
		ADDQ(I32(2*s.bytes), v)
	})
	VADDPS(sum[1], sum[0], sum[0])
	total := s.across(VADDPS, sum[0], x[0])
	VMOVSS(one, reg.X0)
	VDIVSS(total, reg.X0, reg.X0)
	Store(reg.X0, ReturnIndex(0))
	VZEROUPPER()
	RET()
}

func (s *isa) round(r reg.VecPhysical) {
	if s == avx512 {
		VRNDSCALEPS(U8(0), r, r)
	} else {
		VROUNDPS(U8(0), r, r)
	}
}

// addNorm writes the layer normalization of x plus y into x, n values.
func (s *isa) addNorm() {
	s.text("addNorm", "", "func(n int, x, y, gamma, beta *float32, eps float32)")
	n, x, y, gamma, beta := load("n"), load("x"), load("y"), load("gamma"), load("beta")
	sum, square, v, t := s.vec[0:2], s.vec[2:4], s.vec[4:6], s.vec[6:8]
	_, count := low(s.vec[10])
	VXORPS(count, count, count)
	VCVTSI2SSQ(n, count, count)
	SHLQ(U8(2), n)
	offset := GP64()
	over := func(name string, body func(i int, at func(base reg.GPVirtual) Mem)) {
		XORQ(offset, offset)
		Label(name)
		both(func(i int) {
			body(i, func(base reg.GPVirtual) Mem { return Mem{Base: base, Index: offset, Scale: 1, Disp: i * s.bytes} })
		})
		ADDQ(I32(2*s.bytes), offset)
		CMPQ(offset, n)
		JL(jump(name))
	}
	mean := func(r []reg.VecPhysical) reg.VecPhysical {
		VADDPS(r[1], r[0], r[0])
		total := s.across(VADDPS, r[0], v[0])
		VDIVSS(count, total, total)
		return total
	}
	both(func(i int) { s.zero(sum[i]); s.zero(square[i]) })
	over("sum", func(i int, at func(reg.GPVirtual) Mem) {
		VMOVUPS(at(x), v[i])
		VADDPS(at(y), v[i], v[i])
		VMOVUPS(v[i], at(x))
		VADDPS(v[i], sum[i], sum[i])
	})
	VBROADCASTSS(mean(sum), sum[0])
	over("squares", func(i int, at func(reg.GPVirtual) Mem) {
		VMOVUPS(at(x), v[i])
		VSUBPS(sum[0], v[i], v[i])
		VFMADD231PS(v[i], v[i], square[i])
	})
	variance := mean(square)
	eps, _ := Param("eps").Resolve()
	VADDSS(eps.Addr, variance, variance)
	VSQRTSS(variance, variance, variance)
	_, inverse := low(v[0])
	VMOVSS(one, inverse)
	VDIVSS(variance, inverse, inverse)
	VBROADCASTSS(inverse, square[0])
	over("norm", func(i int, at func(reg.GPVirtual) Mem) {
		VMOVUPS(at(x), v[i])
		VSUBPS(sum[0], v[i], v[i])
		VMULPS(square[0], v[i], v[i])
		VMOVUPS(at(gamma), t[i])
		VFMADD213PS(at(beta), t[i], v[i])
		VMOVUPS(v[i], at(x))
	})
	VZEROUPPER()
	RET()
}

// quantize writes n values as integers from 0 to 255, the lowest and the highest
// value (or 0) at the ends, and the scale and that times the integer that stands
// for 0.
func (s *isa) quantize() {
	s.text("quantize", "", "func(n int, dst *uint8, src, row *float32)")
	n, dst, src := load("n"), load("dst"), load("src")
	low2, high, x := s.vec[8:10], s.vec[10:12], s.vec[0:4]
	factor, zeroAt := s.vec[6], s.vec[7]
	count, at := GP64(), GP64()
	MOVQ(n, count)
	MOVQ(src, at)
	both(func(i int) { s.zero(low2[i]); s.zero(high[i]) })
	loop("range", count, s.bytes/2, func() {
		both(func(i int) {
			VMOVUPS(Mem{Base: at, Disp: i * s.bytes}, x[i])
			VMINPS(x[i], low2[i], low2[i])
			VMAXPS(x[i], high[i], high[i])
		})
		ADDQ(I32(2*s.bytes), at)
	})
	VMINPS(low2[1], low2[0], low2[0])
	VMAXPS(high[1], high[0], high[0])
	least, most := s.across(VMINPS, low2[0], x[0]), s.across(VMAXPS, high[0], x[0])
	_, f := low(factor)
	_, z := low(zeroAt)
	_, scale := low(x[0])
	VSUBSS(least, most, most)
	VMAXSS(tiny, most, most) // all the same: the values are 0, whatever the scale
	VMOVSS(levels, f)
	VDIVSS(most, f, f)
	VDIVSS(levels, most, scale)
	VMULSS(least, f, z)
	VCVTSS2SI(z, count.As32())
	NEGL(count.As32())
	VCVTSI2SSL(count.As32(), z, z)
	VMULSS(scale, z, z)
	row := load("row")
	VMOVSS(scale, Mem{Base: row})
	VMOVSS(z, Mem{Base: row, Disp: 4})
	VBROADCASTSS(f, factor)
	VMOVD(count.As32(), z)
	VPBROADCASTD(z, zeroAt)
	if s == avx2 {
		VMOVDQU(order, s.vec[5])
	} else {
		s.zero(s.vec[5])
	}
	loop("values", n, 32, func() {
		for i := range 128 / s.bytes {
			VMULPS(Mem{Base: src, Disp: i * s.bytes}, factor, x[i])
			VCVTPS2DQ(x[i], x[i])
			VPADDD(zeroAt, x[i], x[i])
		}
		s.narrow(x, dst)
		ADDQ(I32(128), src)
		ADDQ(I32(32), dst)
	})
	VZEROUPPER()
	RET()
}

// narrow writes 32 integers as bytes without sign, saturated.
func (s *isa) narrow(x []reg.VecPhysical, dst reg.GPVirtual) {
	if s == avx512 {
		both(func(i int) {
			VPMAXSD(s.vec[5], x[i], x[i])
			VPMOVUSDB(x[i], Mem{Base: dst, Disp: 16 * i})
		})
		return
	}
	VPACKSSDW(x[1], x[0], x[0])
	VPACKSSDW(x[3], x[2], x[2])
	VPACKUSWB(x[2], x[0], x[0])
	VPERMD(x[0], s.vec[5], x[0])
	VMOVDQU(x[0], Mem{Base: dst})
}
