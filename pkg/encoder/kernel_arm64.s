#include "textflag.h"

// One step of one row: a value of a in every lane, multiplied with the sixteen
// values of b in V24 to V27 and added to the row's four accumulators.
#define ROW(ptr, v0, v1, v2, v3) \
	VLD1R.P 4(ptr), [V28.S4]       \
	VFMLA   V28.S4, V24.S4, v0.S4  \
	VFMLA   V28.S4, V25.S4, v1.S4  \
	VFMLA   V28.S4, V26.S4, v2.S4  \
	VFMLA   V28.S4, V27.S4, v3.S4

#define COPY(v0, v1, v2, v3) \
	VMOV V0.B16, v0.B16 \
	VMOV V1.B16, v1.B16 \
	VMOV V2.B16, v2.B16 \
	VMOV V3.B16, v3.B16

// func tileNEON(k int, a *float32, lda int, b, c *float32, ldc int, bias *float32)
TEXT ·tileNEON(SB), NOSPLIT, $0-56
	MOVD k+0(FP), R0
	MOVD a+8(FP), R10
	MOVD lda+16(FP), R8
	MOVD b+24(FP), R2
	MOVD c+32(FP), R3
	MOVD ldc+40(FP), R9
	MOVD bias+48(FP), R4
	ADD  R8, R10, R11
	ADD  R8, R11, R12
	ADD  R8, R12, R13
	ADD  R8, R13, R14
	ADD  R8, R14, R15
	VLD1 (R4), [V0.S4, V1.S4, V2.S4, V3.S4]
	COPY(V4, V5, V6, V7)
	COPY(V8, V9, V10, V11)
	COPY(V12, V13, V14, V15)
	COPY(V16, V17, V18, V19)
	COPY(V20, V21, V22, V23)

loop:
	VLD1 (R2), [V24.S4, V25.S4, V26.S4, V27.S4]
	ADD  $128, R2
	ROW(R10, V0, V1, V2, V3)
	ROW(R11, V4, V5, V6, V7)
	ROW(R12, V8, V9, V10, V11)
	ROW(R13, V12, V13, V14, V15)
	ROW(R14, V16, V17, V18, V19)
	ROW(R15, V20, V21, V22, V23)
	SUBS $1, R0, R0
	BNE  loop

	VST1 [V0.S4, V1.S4, V2.S4, V3.S4], (R3)
	ADD  R9, R3
	VST1 [V4.S4, V5.S4, V6.S4, V7.S4], (R3)
	ADD  R9, R3
	VST1 [V8.S4, V9.S4, V10.S4, V11.S4], (R3)
	ADD  R9, R3
	VST1 [V12.S4, V13.S4, V14.S4, V15.S4], (R3)
	ADD  R9, R3
	VST1 [V16.S4, V17.S4, V18.S4, V19.S4], (R3)
	ADD  R9, R3
	VST1 [V20.S4, V21.S4, V22.S4, V23.S4], (R3)
	RET

// What the assembler does not know, by the numbers of the registers: the dot
// products of four bytes of n and m in every lane, added to d; integers to
// floats; and the product of floats.
#define SDOT(m, n, d) WORD $(0x4e809400 | (m)<<16 | (n)<<5 | (d))
#define SCVTF(n, d) WORD $(0x4e21d800 | (n)<<5 | (d))
#define FMUL(m, n, d) WORD $(0x6e20dc00 | (m)<<16 | (n)<<5 | (d))

// Four bytes of a in every lane of V28, and sixteen columns of b in V24 to V27.
#define DOTS(ptr, d) \
	VLD1R.P 4(ptr), [V28.S4] \
	SDOT(28, 24, d)          \
	SDOT(28, 25, d+1)        \
	SDOT(28, 26, d+2)        \
	SDOT(28, 27, d+3)

#define CLEAR(v0, v1, v2, v3) \
	VEOR v0.B16, v0.B16, v0.B16 \
	VEOR v1.B16, v1.B16, v1.B16 \
	VEOR v2.B16, v2.B16, v2.B16 \
	VEOR v3.B16, v3.B16, v3.B16

// Four columns of a row: V26 has the row's scale, V27 that times its zero; R5,
// R6 and R7 walk over the columns' scales, sums and biases.
#define SCALE(v, d) \
	VLD1.P 16(R5), [V28.S4]        \
	VLD1.P 16(R6), [V29.S4]        \
	VLD1.P 16(R7), [V30.S4]        \
	SCVTF(d, d)                    \
	FMUL(28, d, d)                 \
	VFMLA  V26.S4, v.S4, V30.S4    \
	VFMLS  V27.S4, V29.S4, V30.S4  \
	VST1.P [V30.S4], 16(R3)

#define SCALEROW(v0, v1, v2, v3, d) \
	VLD1R.P 4(R4), [V26.S4] \
	VLD1R.P 4(R4), [V27.S4] \
	MOVD R0, R5             \
	ADD  $128, R0, R6       \
	ADD  $256, R0, R7       \
	MOVD R1, R3             \
	SCALE(v0, d)            \
	SCALE(v1, d+1)          \
	SCALE(v2, d+2)          \
	SCALE(v3, d+3)          \
	ADD  R9, R1

// func bytesNEON(k int, a *uint8, lda int, b *int8, c *float32, ldc int, columns, rows *float32)
TEXT ·bytesNEON(SB), NOSPLIT, $0-64
	MOVD k+0(FP), R0
	MOVD a+8(FP), R10
	MOVD lda+16(FP), R8
	MOVD b+24(FP), R2
	ADD  R8, R10, R11
	ADD  R8, R11, R12
	ADD  R8, R12, R13
	ADD  R8, R13, R14
	ADD  R8, R14, R15
	CLEAR(V0, V1, V2, V3)
	CLEAR(V4, V5, V6, V7)
	CLEAR(V8, V9, V10, V11)
	CLEAR(V12, V13, V14, V15)
	CLEAR(V16, V17, V18, V19)
	CLEAR(V20, V21, V22, V23)

four:
	VLD1 (R2), [V24.B16, V25.B16, V26.B16, V27.B16]
	ADD  $128, R2
	DOTS(R10, 0)
	DOTS(R11, 4)
	DOTS(R12, 8)
	DOTS(R13, 12)
	DOTS(R14, 16)
	DOTS(R15, 20)
	SUBS $4, R0, R0
	BNE  four

	MOVD c+32(FP), R1
	MOVD ldc+40(FP), R9
	MOVD columns+48(FP), R0
	MOVD rows+56(FP), R4
	SCALEROW(V0, V1, V2, V3, 0)
	SCALEROW(V4, V5, V6, V7, 4)
	SCALEROW(V8, V9, V10, V11, 8)
	SCALEROW(V12, V13, V14, V15, 12)
	SCALEROW(V16, V17, V18, V19, 16)
	SCALEROW(V20, V21, V22, V23, 20)
	RET
