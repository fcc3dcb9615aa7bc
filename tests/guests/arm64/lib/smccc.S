/* SPDX-License-Identifier: GPL-2.0 */
/*
 * HVC and SMC with all the registers that the calling convention names.
 */
	.macro	smccc_function name:req, insn:req
	.globl	\name
\name:
	stp	x29, x30, [sp, #-32]!
	stp	x18, x0, [sp, #16]
	mov	x18, x0
	ldp	x2, x3, [x18, #16]
	ldp	x4, x5, [x18, #32]
	ldp	x6, x7, [x18, #48]
	ldp	x8, x9, [x18, #64]
	ldp	x10, x11, [x18, #80]
	ldp	x12, x13, [x18, #96]
	ldp	x14, x15, [x18, #112]
	ldp	x16, x17, [x18, #128]
	ldp	x0, x1, [x18]
	\insn	#0
	stp	x0, x1, [x18]
	stp	x2, x3, [x18, #16]
	stp	x4, x5, [x18, #32]
	stp	x6, x7, [x18, #48]
	stp	x8, x9, [x18, #64]
	stp	x10, x11, [x18, #80]
	stp	x12, x13, [x18, #96]
	stp	x14, x15, [x18, #112]
	stp	x16, x17, [x18, #128]
	ldp	x18, x0, [sp, #16]
	ldp	x29, x30, [sp], #32
	ret
	.endm

	.text
	smccc_function smccc_hvc, hvc
	smccc_function smccc_smc, smc
