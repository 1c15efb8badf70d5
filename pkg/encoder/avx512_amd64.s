#include "textflag.h"

// The products: a tile of twelve rows and two registers of columns. Row i's
// accumulators are Z(2i) and Z(2i+1); Z24 and Z25 hold a row of the panel.

#define BASES \
	LEAQ (R8)(R8*2), R13 \
	LEAQ (SI)(R13*1), R10 \
	LEAQ (R10)(R13*1), R11 \
	LEAQ (R11)(R13*1), R12

#define BIAS \
	VMOVUPS (AX), Z0     \
	VMOVUPS 64(AX), Z1   \
	VMOVAPS Z0, Z2       \
	VMOVAPS Z1, Z3       \
	VMOVAPS Z0, Z4       \
	VMOVAPS Z1, Z5       \
	VMOVAPS Z0, Z6       \
	VMOVAPS Z1, Z7       \
	VMOVAPS Z0, Z8       \
	VMOVAPS Z1, Z9       \
	VMOVAPS Z0, Z10      \
	VMOVAPS Z1, Z11      \
	VMOVAPS Z0, Z12      \
	VMOVAPS Z1, Z13      \
	VMOVAPS Z0, Z14      \
	VMOVAPS Z1, Z15      \
	VMOVAPS Z0, Z16      \
	VMOVAPS Z1, Z17      \
	VMOVAPS Z0, Z18      \
	VMOVAPS Z1, Z19      \
	VMOVAPS Z0, Z20      \
	VMOVAPS Z1, Z21      \
	VMOVAPS Z0, Z22      \
	VMOVAPS Z1, Z23

#define STORE(lo, hi) \
	VMOVUPS lo, (DX)     \
	VMOVUPS hi, 64(DX)   \
	ADDQ    R9, DX

#define STORES \
	STORE(Z0, Z1)   \
	STORE(Z2, Z3)   \
	STORE(Z4, Z5)   \
	STORE(Z6, Z7)   \
	STORE(Z8, Z9)   \
	STORE(Z10, Z11) \
	STORE(Z12, Z13) \
	STORE(Z14, Z15) \
	STORE(Z16, Z17) \
	STORE(Z18, Z19) \
	STORE(Z20, Z21) \
	STORE(Z22, Z23)

#define ROW(addr, lo, hi) \
	VBROADCASTSS addr, Z26    \
	VFMADD231PS  Z24, Z26, lo \
	VFMADD231PS  Z25, Z26, hi

// func tileAVX512(k int, a *float32, lda int, b, c *float32, ldc int, bias *float32)
TEXT ·tileAVX512(SB), NOSPLIT, $0-56
	MOVQ k+0(FP), CX
	MOVQ a+8(FP), SI
	MOVQ lda+16(FP), R8
	MOVQ b+24(FP), DI
	MOVQ c+32(FP), DX
	MOVQ ldc+40(FP), R9
	MOVQ bias+48(FP), AX
	BASES
	BIAS

loop:
	VMOVUPS (DI), Z24
	VMOVUPS 64(DI), Z25
	ROW((SI), Z0, Z1)
	ROW((SI)(R8*1), Z2, Z3)
	ROW((SI)(R8*2), Z4, Z5)
	ROW((R10), Z6, Z7)
	ROW((R10)(R8*1), Z8, Z9)
	ROW((R10)(R8*2), Z10, Z11)
	ROW((R11), Z12, Z13)
	ROW((R11)(R8*1), Z14, Z15)
	ROW((R11)(R8*2), Z16, Z17)
	ROW((R12), Z18, Z19)
	ROW((R12)(R8*1), Z20, Z21)
	ROW((R12)(R8*2), Z22, Z23)
	ADDQ $4, SI
	ADDQ $4, R10
	ADDQ $4, R11
	ADDQ $4, R12
	ADDQ $128, DI
	DECQ CX
	JNZ  loop

	STORES
	VZEROUPPER
	RET

// VDPBF16PS Zrm, Z26, Zreg, which the assembler does not know:
// EVEX.512.F3.0F38.W0 52 /r. p0 carries the high bits of reg (0x92 for Z0 to
// Z7, 0x12 for Z8 to Z15, 0x82 for Z16 to Z23), modrm its low ones and Z24 or
// Z25 as rm.
#define DPBF16(p0, modrm) BYTE $0x62; BYTE $p0; BYTE $0x2e; BYTE $0x40; BYTE $0x52; BYTE $modrm

#define ROW16(addr, p0, lo, hi) \
	VPBROADCASTD addr, Z26 \
	DPBF16(p0, lo)         \
	DPBF16(p0, hi)

// func tileAVX512BF16(k int, a *uint16, lda int, b *uint16, c *float32, ldc int, bias *float32)
TEXT ·tileAVX512BF16(SB), NOSPLIT, $0-56
	MOVQ k+0(FP), CX
	MOVQ a+8(FP), SI
	MOVQ lda+16(FP), R8
	MOVQ b+24(FP), DI
	MOVQ c+32(FP), DX
	MOVQ ldc+40(FP), R9
	MOVQ bias+48(FP), AX
	BASES
	BIAS

loop:
	VMOVDQU32 (DI), Z24
	VMOVDQU32 64(DI), Z25
	ROW16((SI), 0x92, 0xc0, 0xc9)
	ROW16((SI)(R8*1), 0x92, 0xd0, 0xd9)
	ROW16((SI)(R8*2), 0x92, 0xe0, 0xe9)
	ROW16((R10), 0x92, 0xf0, 0xf9)
	ROW16((R10)(R8*1), 0x12, 0xc0, 0xc9)
	ROW16((R10)(R8*2), 0x12, 0xd0, 0xd9)
	ROW16((R11), 0x12, 0xe0, 0xe9)
	ROW16((R11)(R8*1), 0x12, 0xf0, 0xf9)
	ROW16((R11)(R8*2), 0x82, 0xc0, 0xc9)
	ROW16((R12), 0x82, 0xd0, 0xd9)
	ROW16((R12)(R8*1), 0x82, 0xe0, 0xe9)
	ROW16((R12)(R8*2), 0x82, 0xf0, 0xf9)
	ADDQ $4, SI
	ADDQ $4, R10
	ADDQ $4, R11
	ADDQ $4, R12
	ADDQ $128, DI
	DECQ CX
	JNZ  loop

	STORES
	VZEROUPPER
	RET

// func roundAVX512(n int, dst *uint16, src *float32)
TEXT ·roundAVX512(SB), NOSPLIT, $0-24
	MOVQ n+0(FP), CX
	MOVQ dst+8(FP), DI
	MOVQ src+16(FP), SI

loop:
	VMOVUPS   (SI), Z0
	VMOVUPS   64(SI), Z1
	// VCVTNEPS2BF16 Z0, Y0 and Z1, Y1: EVEX.512.F3.0F38.W0 72 /r.
	BYTE $0x62; BYTE $0xf2; BYTE $0x7e; BYTE $0x48; BYTE $0x72; BYTE $0xc0
	BYTE $0x62; BYTE $0xf2; BYTE $0x7e; BYTE $0x48; BYTE $0x72; BYTE $0xc9
	VMOVDQU32 Y0, (DI)
	VMOVDQU32 Y1, 32(DI)
	ADDQ      $128, SI
	ADDQ      $64, DI
	SUBQ      $32, CX
	JG        loop
	VZEROUPPER
	RET

// func geluAVX512(n int, v *float32)
//
// x/2 * (1 + erf(x/sqrt 2)), erf as a rational function on [-4, 4] as Eigen has
// it (absolute error below 2e-7).
TEXT ·geluAVX512(SB), NOSPLIT, $0-16
	MOVQ n+0(FP), CX
	MOVQ v+8(FP), SI
	VBROADCASTSS ·erfAlpha+0(SB), Z16
	VBROADCASTSS ·erfAlpha+4(SB), Z17
	VBROADCASTSS ·erfAlpha+8(SB), Z18
	VBROADCASTSS ·erfAlpha+12(SB), Z19
	VBROADCASTSS ·erfAlpha+16(SB), Z20
	VBROADCASTSS ·erfAlpha+20(SB), Z21
	VBROADCASTSS ·erfAlpha+24(SB), Z22
	VBROADCASTSS ·erfBeta+0(SB), Z23
	VBROADCASTSS ·erfBeta+4(SB), Z24
	VBROADCASTSS ·erfBeta+8(SB), Z25
	VBROADCASTSS ·erfBeta+12(SB), Z26
	VBROADCASTSS ·erfBeta+16(SB), Z27
	VBROADCASTSS ·geluConst+0(SB), Z28 // 1/sqrt 2
	VBROADCASTSS ·geluConst+4(SB), Z29 // 4
	VBROADCASTSS ·geluConst+8(SB), Z30 // -4
	VBROADCASTSS ·geluConst+12(SB), Z31 // 1/2

loop:
	VMOVUPS (SI), Z0
	VMOVUPS 64(SI), Z1
	VMULPS  Z28, Z0, Z2
	VMULPS  Z28, Z1, Z3
	VMINPS  Z29, Z2, Z2
	VMINPS  Z29, Z3, Z3
	VMAXPS  Z30, Z2, Z2
	VMAXPS  Z30, Z3, Z3
	VMULPS  Z2, Z2, Z4
	VMULPS  Z3, Z3, Z5
	VMOVAPS Z16, Z6
	VMOVAPS Z16, Z7
	VMOVAPS Z23, Z8
	VMOVAPS Z23, Z9
	VFMADD213PS Z17, Z4, Z6
	VFMADD213PS Z17, Z5, Z7
	VFMADD213PS Z24, Z4, Z8
	VFMADD213PS Z24, Z5, Z9
	VFMADD213PS Z18, Z4, Z6
	VFMADD213PS Z18, Z5, Z7
	VFMADD213PS Z25, Z4, Z8
	VFMADD213PS Z25, Z5, Z9
	VFMADD213PS Z19, Z4, Z6
	VFMADD213PS Z19, Z5, Z7
	VFMADD213PS Z26, Z4, Z8
	VFMADD213PS Z26, Z5, Z9
	VFMADD213PS Z20, Z4, Z6
	VFMADD213PS Z20, Z5, Z7
	VFMADD213PS Z27, Z4, Z8
	VFMADD213PS Z27, Z5, Z9
	VFMADD213PS Z21, Z4, Z6
	VFMADD213PS Z21, Z5, Z7
	VFMADD213PS Z22, Z4, Z6
	VFMADD213PS Z22, Z5, Z7
	VMULPS  Z2, Z6, Z6
	VMULPS  Z3, Z7, Z7
	VDIVPS  Z8, Z6, Z6
	VDIVPS  Z9, Z7, Z7
	VMULPS  Z31, Z0, Z0
	VMULPS  Z31, Z1, Z1
	VFMADD213PS Z0, Z0, Z6
	VFMADD213PS Z1, Z1, Z7
	VMOVUPS Z6, (SI)
	VMOVUPS Z7, 64(SI)
	ADDQ $128, SI
	SUBQ $32, CX
	JG   loop
	VZEROUPPER
	RET

// EXP sets x to e^x for x <= 0. t is scratch.
#define EXP(x, t) \
	VMULPS      Z16, x, t     \
	VRNDSCALEPS $0, t, t      \
	VFNMADD231PS Z17, t, x    \
	VFNMADD231PS Z18, t, x    \
	VMOVAPS     Z19, Z9       \
	VFMADD213PS Z20, x, Z9    \
	VFMADD213PS Z21, x, Z9    \
	VFMADD213PS Z22, x, Z9    \
	VFMADD213PS Z23, x, Z9    \
	VFMADD213PS Z24, x, Z9    \
	VFMADD213PS Z24, x, Z9    \
	VSCALEFPS   t, Z9, x

// func softmaxAVX512(n int, v *float32, scale float32) float32
TEXT ·softmaxAVX512(SB), NOSPLIT, $0-28
	MOVQ n+0(FP), CX
	MOVQ v+8(FP), SI
	VBROADCASTSS scale+16(FP), Z15
	VBROADCASTSS ·expConst+0(SB), Z16 // log2 e
	VBROADCASTSS ·expConst+4(SB), Z17 // ln 2, high part
	VBROADCASTSS ·expConst+8(SB), Z18 // ln 2, low part
	VBROADCASTSS ·expConst+12(SB), Z19 // 1/6!
	VBROADCASTSS ·expConst+16(SB), Z20 // 1/5!
	VBROADCASTSS ·expConst+20(SB), Z21 // 1/4!
	VBROADCASTSS ·expConst+24(SB), Z22 // 1/3!
	VBROADCASTSS ·expConst+28(SB), Z23 // 1/2!
	VBROADCASTSS ·expConst+32(SB), Z24 // 1

	// K1 has a bit for each value beyond the last whole register.
	MOVQ CX, AX
	ANDQ $15, AX
	MOVQ CX, R8
	SHRQ $4, R8
	MOVQ CX, R9
	MOVQ AX, CX
	MOVQ $1, BX
	SHLQ CX, BX
	DECQ BX
	KMOVW BX, K1

	VBROADCASTSS (SI), Z0
	MOVQ SI, DI
	MOVQ R8, CX
	TESTQ CX, CX
	JZ   maxTail
maxLoop:
	VMAXPS (DI), Z0, Z0
	ADDQ $64, DI
	DECQ CX
	JNZ  maxLoop
maxTail:
	VMAXPS (DI), Z0, K1, Z0
	VEXTRACTF64X4 $1, Z0, Y1
	VMAXPS Y1, Y0, Y0
	VEXTRACTF128 $1, Y0, X1
	VMAXPS X1, X0, X0
	VPERMILPS $0x4e, X0, X1
	VMAXPS X1, X0, X0
	VPERMILPS $0xb1, X0, X1
	VMAXPS X1, X0, X0
	VBROADCASTSS X0, Z0

	VPXORD Z2, Z2, Z2
	MOVQ SI, DI
	MOVQ R8, CX
	TESTQ CX, CX
	JZ   expTail
expLoop:
	VMOVUPS (DI), Z3
	VSUBPS Z0, Z3, Z3
	VMULPS Z15, Z3, Z3
	EXP(Z3, Z4)
	VMOVUPS Z3, (DI)
	VADDPS Z3, Z2, Z2
	ADDQ $64, DI
	DECQ CX
	JNZ  expLoop
expTail:
	TESTQ AX, AX
	JZ   sum
	VMOVUPS.Z (DI), K1, Z3
	VSUBPS Z0, Z3, Z3
	VMULPS Z15, Z3, Z3
	EXP(Z3, Z4)
	VMOVUPS Z3, K1, (DI)
	VADDPS Z3, Z2, K1, Z2
sum:
	VEXTRACTF64X4 $1, Z2, Y1
	VADDPS Y1, Y2, Y2
	VEXTRACTF128 $1, Y2, X1
	VADDPS X1, X2, X2
	VPERMILPS $0x4e, X2, X1
	VADDPS X1, X2, X2
	VPERMILPS $0xb1, X2, X1
	VADDPS X1, X2, X2
	VMOVSS ·expConst+32(SB), X0
	VDIVSS X2, X0, X0
	VMOVSS X0, ret+24(FP)
	VZEROUPPER
	RET

// MEAN sets all of z to the sum of z over n (as a float in X10).
#define MEAN(z, y, x, t, tx) \
	VEXTRACTF64X4 $1, z, t \
	VADDPS t, y, y         \
	VEXTRACTF128 $1, y, tx \
	VADDPS tx, x, x        \
	VPERMILPS $0x4e, x, tx \
	VADDPS tx, x, x        \
	VPERMILPS $0xb1, x, tx \
	VADDPS tx, x, x        \
	VDIVSS X10, x, x

// func addNormAVX512(n int, x, y, gamma, beta *float32, eps float32)
TEXT ·addNormAVX512(SB), NOSPLIT, $0-44
	MOVQ n+0(FP), CX
	MOVQ x+8(FP), SI
	MOVQ y+16(FP), DI
	MOVQ gamma+24(FP), R8
	MOVQ beta+32(FP), R9
	VCVTSI2SSQ CX, X10, X10
	SHLQ $2, CX
	VPXORD Z0, Z0, Z0
	VPXORD Z1, Z1, Z1
	XORQ AX, AX
sumLoop:
	VMOVUPS (SI)(AX*1), Z2
	VMOVUPS 64(SI)(AX*1), Z3
	VADDPS (DI)(AX*1), Z2, Z2
	VADDPS 64(DI)(AX*1), Z3, Z3
	VMOVUPS Z2, (SI)(AX*1)
	VMOVUPS Z3, 64(SI)(AX*1)
	VADDPS Z2, Z0, Z0
	VADDPS Z3, Z1, Z1
	ADDQ $128, AX
	CMPQ AX, CX
	JL   sumLoop
	VADDPS Z1, Z0, Z0
	MEAN(Z0, Y0, X0, Y1, X1)
	VBROADCASTSS X0, Z0

	VPXORD Z4, Z4, Z4
	VPXORD Z5, Z5, Z5
	XORQ AX, AX
squareLoop:
	VMOVUPS (SI)(AX*1), Z2
	VMOVUPS 64(SI)(AX*1), Z3
	VSUBPS Z0, Z2, Z2
	VSUBPS Z0, Z3, Z3
	VFMADD231PS Z2, Z2, Z4
	VFMADD231PS Z3, Z3, Z5
	ADDQ $128, AX
	CMPQ AX, CX
	JL   squareLoop
	VADDPS Z5, Z4, Z4
	MEAN(Z4, Y4, X4, Y5, X5)
	VADDSS eps+40(FP), X4, X4
	VSQRTSS X4, X4, X4
	VMOVSS ·expConst+32(SB), X5
	VDIVSS X4, X5, X4
	VBROADCASTSS X4, Z4

	XORQ AX, AX
normLoop:
	VMOVUPS (SI)(AX*1), Z2
	VMOVUPS 64(SI)(AX*1), Z3
	VSUBPS Z0, Z2, Z2
	VSUBPS Z0, Z3, Z3
	VMULPS Z4, Z2, Z2
	VMULPS Z4, Z3, Z3
	VMOVUPS (R8)(AX*1), Z6
	VMOVUPS 64(R8)(AX*1), Z7
	VFMADD213PS (R9)(AX*1), Z6, Z2
	VFMADD213PS 64(R9)(AX*1), Z7, Z3
	VMOVUPS Z2, (SI)(AX*1)
	VMOVUPS Z3, 64(SI)(AX*1)
	ADDQ $128, AX
	CMPQ AX, CX
	JL   normLoop
	VZEROUPPER
	RET
