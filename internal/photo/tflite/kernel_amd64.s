//go:build !noasm

#include "textflag.h"

// Products and sums are rounded apart, in the order of the Go code, so that
// both make the same bits.

// func multiplyTile(dst, src, w0, w1, b0, b1 *float32, k, srcStride, dstStride, gap int)
//
// Y0 to Y7 are the sums: of row 0 to 3, outputs 0 to 7 and gap to gap + 7.
TEXT ·multiplyTile(SB), NOSPLIT, $0-80
	MOVQ    src+8(FP), SI
	MOVQ    w0+16(FP), R8
	MOVQ    w1+24(FP), R9
	MOVQ    b0+32(FP), R10
	MOVQ    b1+40(FP), R11
	MOVQ    k+48(FP), CX
	MOVQ    srcStride+56(FP), DX
	SHLQ    $2, DX
	LEAQ    (DX)(DX*2), BX
	VMOVUPS (R10), Y0
	VMOVUPS (R11), Y1
	VMOVAPS Y0, Y2
	VMOVAPS Y1, Y3
	VMOVAPS Y0, Y4
	VMOVAPS Y1, Y5
	VMOVAPS Y0, Y6
	VMOVAPS Y1, Y7

weight:
	VMOVUPS      (R8), Y8
	VMOVUPS      (R9), Y9
	VBROADCASTSS (SI), Y10
	VMULPS       Y8, Y10, Y11
	VMULPS       Y9, Y10, Y12
	VADDPS       Y11, Y0, Y0
	VADDPS       Y12, Y1, Y1
	VBROADCASTSS (SI)(DX*1), Y10
	VMULPS       Y8, Y10, Y13
	VMULPS       Y9, Y10, Y14
	VADDPS       Y13, Y2, Y2
	VADDPS       Y14, Y3, Y3
	VBROADCASTSS (SI)(DX*2), Y10
	VMULPS       Y8, Y10, Y11
	VMULPS       Y9, Y10, Y12
	VADDPS       Y11, Y4, Y4
	VADDPS       Y12, Y5, Y5
	VBROADCASTSS (SI)(BX*1), Y10
	VMULPS       Y8, Y10, Y13
	VMULPS       Y9, Y10, Y14
	VADDPS       Y13, Y6, Y6
	VADDPS       Y14, Y7, Y7
	ADDQ         $4, SI
	ADDQ         $32, R8
	ADDQ         $32, R9
	DECQ         CX
	JNZ          weight

	MOVQ    dst+0(FP), DI
	MOVQ    dstStride+64(FP), DX
	MOVQ    gap+72(FP), R8
	SHLQ    $2, DX
	VMOVUPS Y0, (DI)
	VMOVUPS Y1, (DI)(R8*4)
	ADDQ    DX, DI
	VMOVUPS Y2, (DI)
	VMOVUPS Y3, (DI)(R8*4)
	ADDQ    DX, DI
	VMOVUPS Y4, (DI)
	VMOVUPS Y5, (DI)(R8*4)
	ADDQ    DX, DI
	VMOVUPS Y6, (DI)
	VMOVUPS Y7, (DI)(R8*4)
	VZEROUPPER
	RET

// func weighFour(dst, src, filter, bias *float32, c, kh, kw, down, right, srcStride, dstStride int)
//
// Y0 to Y3 are the sums of four pixels, eight channels at a time; the last
// eight may cover channels that were done.
TEXT ·weighFour(SB), NOSPLIT, $0-88
	MOVQ c+32(FP), CX
	MOVQ down+56(FP), R8
	MOVQ right+64(FP), R9
	MOVQ srcStride+72(FP), DX
	SHLQ $2, R8
	SHLQ $2, R9
	SHLQ $2, DX
	LEAQ (DX)(DX*2), BX
	XORQ AX, AX           // channel

channels:
	MOVQ    bias+24(FP), SI
	MOVQ    filter+16(FP), R10
	MOVQ    src+8(FP), R11
	VMOVUPS (SI)(AX*4), Y0
	VMOVAPS Y0, Y1
	VMOVAPS Y0, Y2
	VMOVAPS Y0, Y3
	LEAQ    (R10)(AX*4), R10
	LEAQ    (R11)(AX*4), R11
	MOVQ    kh+40(FP), R12

row:
	MOVQ R11, SI
	MOVQ kw+48(FP), R13

tap:
	VMOVUPS (R10), Y4
	VMULPS  (SI), Y4, Y5
	VMULPS  (SI)(DX*1), Y4, Y6
	VMULPS  (SI)(DX*2), Y4, Y7
	VMULPS  (SI)(BX*1), Y4, Y8
	VADDPS  Y5, Y0, Y0
	VADDPS  Y6, Y1, Y1
	VADDPS  Y7, Y2, Y2
	VADDPS  Y8, Y3, Y3
	ADDQ    R9, SI
	LEAQ    (R10)(CX*4), R10
	DECQ    R13
	JNZ     tap
	ADDQ    R8, R11
	DECQ    R12
	JNZ     row

	MOVQ    dst+0(FP), DI
	MOVQ    dstStride+80(FP), R10
	SHLQ    $2, R10
	LEAQ    (DI)(AX*4), DI
	VMOVUPS Y0, (DI)
	ADDQ    R10, DI
	VMOVUPS Y1, (DI)
	ADDQ    R10, DI
	VMOVUPS Y2, (DI)
	ADDQ    R10, DI
	VMOVUPS Y3, (DI)

	ADDQ    $8, AX
	LEAQ    -8(CX), R10
	CMPQ    AX, R10
	JLE     channels     // eight or more are left
	CMPQ    AX, CX
	JGE     done
	MOVQ    R10, AX
	JMP     channels

done:
	VZEROUPPER
	RET
