#include "textflag.h"

// One step of one row: broadcast a value of a, multiply it with the sixteen
// values of b in Y12 and Y13, add to the row's two accumulators.
#define ROW(addr, lo, hi) \
	VBROADCASTSS addr, Y14     \
	VFMADD231PS  Y12, Y14, lo  \
	VFMADD231PS  Y13, Y14, hi

#define STORE(ptr, lo, hi) \
	VMOVUPS lo, (ptr)    \
	VMOVUPS hi, 32(ptr)

// func tileAVX2(k int, a *float32, lda int, b, c *float32, ldc int, bias *float32)
TEXT ·tileAVX2(SB), NOSPLIT, $0-56
	MOVQ k+0(FP), CX
	MOVQ a+8(FP), SI
	MOVQ lda+16(FP), R8
	MOVQ b+24(FP), DI
	MOVQ c+32(FP), DX
	MOVQ ldc+40(FP), R9
	MOVQ bias+48(FP), AX
	VMOVUPS (AX), Y0
	VMOVUPS 32(AX), Y1
	VMOVAPS Y0, Y2
	VMOVAPS Y1, Y3
	VMOVAPS Y0, Y4
	VMOVAPS Y1, Y5
	VMOVAPS Y0, Y6
	VMOVAPS Y1, Y7
	VMOVAPS Y0, Y8
	VMOVAPS Y1, Y9
	VMOVAPS Y0, Y10
	VMOVAPS Y1, Y11
	// R10 is the fourth row of a, so that every row is one address away.
	LEAQ (R8)(R8*2), R10
	ADDQ SI, R10

loop:
	VMOVUPS (DI), Y12
	VMOVUPS 32(DI), Y13
	ROW((SI), Y0, Y1)
	ROW((SI)(R8*1), Y2, Y3)
	ROW((SI)(R8*2), Y4, Y5)
	ROW((R10), Y6, Y7)
	ROW((R10)(R8*1), Y8, Y9)
	ROW((R10)(R8*2), Y10, Y11)
	ADDQ $4, SI
	ADDQ $4, R10
	ADDQ $128, DI
	DECQ CX
	JNZ  loop

	STORE(DX, Y0, Y1)
	ADDQ R9, DX
	STORE(DX, Y2, Y3)
	ADDQ R9, DX
	STORE(DX, Y4, Y5)
	ADDQ R9, DX
	STORE(DX, Y6, Y7)
	ADDQ R9, DX
	STORE(DX, Y8, Y9)
	ADDQ R9, DX
	STORE(DX, Y10, Y11)
	VZEROUPPER
	RET
