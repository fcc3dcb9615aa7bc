/* SPDX-License-Identifier: GPL-2.0 */
/*
 * x87, SSE and AVX registers in bulk; no other code touches them.
 */
	.text

/* void fp_load(const u8 *fxsave_area) */
	.globl	fp_load
fp_load:
	fxrstor64 (%rdi)
	ret

/* void fp_store(u8 *fxsave_area) */
	.globl	fp_store
fp_store:
	fxsave64 (%rdi)
	ret

/* void vector_load(const u8 *regs): 16 registers of 32 bytes */
	.globl	vector_load
vector_load:
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	vmovdqu	(\n * 32)(%rdi), %ymm\n
	.endr
	ret

/* void vector_store(u8 *regs) */
	.globl	vector_store
vector_store:
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	vmovdqu	%ymm\n, (\n * 32)(%rdi)
	.endr
	ret
