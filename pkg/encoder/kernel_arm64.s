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
