/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Layout of struct a64_context for assembly, and what the world switches of
 * both backends have in common.
 *
 * Included by entry.S and hyp/entry.S; vcpu.c asserts the layout.
 */
#ifndef AXVM_ARM64_CONTEXT_ASM_H
#define AXVM_ARM64_CONTEXT_ASM_H

#define A64_CTX_OFF_FLAGS	8
#define A64_CTX_OFF_X(n)	(16 + 8 * (n))
#define A64_CTX_OFF_PC		A64_CTX_OFF_X(31)	/* and pstate behind it */
#define A64_CTX_OFF_SYS(n)	(280 + 8 * (n))
#define A64_CTX_OFF_SP_EL0	A64_CTX_OFF_SYS(18)
#define A64_CTX_OFF_APIAKEY	A64_CTX_OFF_SYS(24)	/* low and high half */
#define A64_CTX_OFF_HCR		560
#define A64_CTX_OFF_CPTR	584
#define A64_CTX_OFF_EXIT_CODE	656
#define A64_CTX_OFF_EXIT_ESR	664

/* Bits of flags. */
#define A64_CTX_BIT_PAUTH	0
#define A64_CTX_BIT_RAS		2

/* enum a64_exit_code */
#define A64_EXIT_CODE_SYNC	0
#define A64_EXIT_CODE_IRQ	1
#define A64_EXIT_CODE_SERROR	2
#define A64_EXIT_CODE_ILLEGAL	3

/*
 * The host's part of a stay in the guest, at the top of the stack of EL2.
 * Vectors find it behind the x0 and x1 that they push.
 */
#define A64_FRAME_CTX		0	/* struct a64_context * */
#define A64_FRAME_SPEC		8	/* what the vectors' mitigation needs: see spec.h */
#define A64_FRAME_FP		16	/* x29, x30: a frame record */
#define A64_FRAME_X(n)		(32 + 8 * ((n) - 18))	/* x18 to x28 */
#define A64_FRAME_SP_EL0	120
#define A64_FRAME_HCR		128
#define A64_FRAME_CPTR		136
#define A64_FRAME_VBAR		144
#define A64_FRAME_APIAKEY	160	/* low and high half */
#define A64_FRAME_SIZE		176

#ifdef __ASSEMBLY__

/* What AAPCS64 and the shadow call stack want kept. The frame is at sp. */
	.macro	a64_save_host_registers
	stp	x29, x30, [sp, #A64_FRAME_FP]
	stp	x18, x19, [sp, #A64_FRAME_X(18)]
	stp	x20, x21, [sp, #A64_FRAME_X(20)]
	stp	x22, x23, [sp, #A64_FRAME_X(22)]
	stp	x24, x25, [sp, #A64_FRAME_X(24)]
	stp	x26, x27, [sp, #A64_FRAME_X(26)]
	str	x28, [sp, #A64_FRAME_X(28)]
	.endm

	.macro	a64_load_host_registers
	ldp	x29, x30, [sp, #A64_FRAME_FP]
	ldp	x18, x19, [sp, #A64_FRAME_X(18)]
	ldp	x20, x21, [sp, #A64_FRAME_X(20)]
	ldp	x22, x23, [sp, #A64_FRAME_X(22)]
	ldp	x24, x25, [sp, #A64_FRAME_X(24)]
	ldp	x26, x27, [sp, #A64_FRAME_X(26)]
	ldr	x28, [sp, #A64_FRAME_X(28)]
	.endm

/* Return address, PSTATE, stack pointer of EL0 and all general registers; x0 is the context, last of all. */
	.macro	a64_load_guest_registers
	ldp	x1, x2, [x0, #A64_CTX_OFF_PC]
	ldr	x3, [x0, #A64_CTX_OFF_SP_EL0]
	msr	elr_el2, x1
	msr	spsr_el2, x2
	msr	sp_el0, x3
	ldp	x2, x3, [x0, #A64_CTX_OFF_X(2)]
	ldp	x4, x5, [x0, #A64_CTX_OFF_X(4)]
	ldp	x6, x7, [x0, #A64_CTX_OFF_X(6)]
	ldp	x8, x9, [x0, #A64_CTX_OFF_X(8)]
	ldp	x10, x11, [x0, #A64_CTX_OFF_X(10)]
	ldp	x12, x13, [x0, #A64_CTX_OFF_X(12)]
	ldp	x14, x15, [x0, #A64_CTX_OFF_X(14)]
	ldp	x16, x17, [x0, #A64_CTX_OFF_X(16)]
	ldp	x18, x19, [x0, #A64_CTX_OFF_X(18)]
	ldp	x20, x21, [x0, #A64_CTX_OFF_X(20)]
	ldp	x22, x23, [x0, #A64_CTX_OFF_X(22)]
	ldp	x24, x25, [x0, #A64_CTX_OFF_X(24)]
	ldp	x26, x27, [x0, #A64_CTX_OFF_X(26)]
	ldp	x28, x29, [x0, #A64_CTX_OFF_X(28)]
	ldr	x30, [x0, #A64_CTX_OFF_X(30)]
	ldp	x0, x1, [x0, #A64_CTX_OFF_X(0)]
	.endm

/*
 * The reverse, and what the exception was. x0 and x1 of the guest are on the
 * stack, w1 has the exit code; afterwards x0 is the context and sp the frame.
 */
	.macro	a64_save_guest_registers
	ldr	x0, [sp, #16 + A64_FRAME_CTX]
	stp	x2, x3, [x0, #A64_CTX_OFF_X(2)]
	ldp	x2, x3, [sp], #16
	str	w1, [x0, #A64_CTX_OFF_EXIT_CODE]
	stp	x2, x3, [x0, #A64_CTX_OFF_X(0)]
	stp	x4, x5, [x0, #A64_CTX_OFF_X(4)]
	stp	x6, x7, [x0, #A64_CTX_OFF_X(6)]
	stp	x8, x9, [x0, #A64_CTX_OFF_X(8)]
	stp	x10, x11, [x0, #A64_CTX_OFF_X(10)]
	stp	x12, x13, [x0, #A64_CTX_OFF_X(12)]
	stp	x14, x15, [x0, #A64_CTX_OFF_X(14)]
	stp	x16, x17, [x0, #A64_CTX_OFF_X(16)]
	stp	x18, x19, [x0, #A64_CTX_OFF_X(18)]
	stp	x20, x21, [x0, #A64_CTX_OFF_X(20)]
	stp	x22, x23, [x0, #A64_CTX_OFF_X(22)]
	stp	x24, x25, [x0, #A64_CTX_OFF_X(24)]
	stp	x26, x27, [x0, #A64_CTX_OFF_X(26)]
	stp	x28, x29, [x0, #A64_CTX_OFF_X(28)]
	str	x30, [x0, #A64_CTX_OFF_X(30)]
	mrs	x1, elr_el2
	mrs	x2, spsr_el2
	mrs	x3, esr_el2
	mrs	x4, sp_el0
	stp	x1, x2, [x0, #A64_CTX_OFF_PC]
	str	x3, [x0, #A64_CTX_OFF_EXIT_ESR]
	str	x4, [x0, #A64_CTX_OFF_SP_EL0]
	.endm

/* Nothing is speculated past this. Behind an ERET it is never executed. */
	.macro	a64_speculation_barrier
	dsb	nsh
	isb
	.endm

/*
 * Branch to label when an interrupt or an error waits: it is the host's. With
 * RAS an error still under way is waited for, so that it does not pass for the
 * guest's (Arm ARM, "Error synchronization event"). x0 is the context.
 */
	.macro	a64_branch_if_pending label, tmp
	ldr	\tmp, [x0, #A64_CTX_OFF_FLAGS]
	tbz	\tmp, #A64_CTX_BIT_RAS, .Lno_ras\@
	dsb	nshst
	isb
.Lno_ras\@:
	mrs	\tmp, isr_el1
	cbnz	\tmp, \label
	.endm

/*
 * Errors of the guest's stay that are still pending become this exit's cause.
 *
 * With RAS, the ESB of the vector has put them into DISR_EL1. Without, they are
 * waited for, then taken in the one place where a64_error_vector expects them.
 * x0 is the context; x1 and x3 are lost. Used once in a file.
 */
	.macro	a64_take_errors
	ldr	x1, [x0, #A64_CTX_OFF_FLAGS]
	tbz	x1, #A64_CTX_BIT_RAS, .Lwait_for_errors
	mrs_s	x1, SYS_DISR_EL1
	cbz	x1, .Lno_errors
	msr_s	SYS_DISR_EL1, xzr
	b	.Lreport_error
.Lwait_for_errors:
	dsb	sy
	isb
	mrs	x1, isr_el1
	tbz	x1, #ISR_EL1_A_SHIFT, .Lno_errors
	msr	daifclr, #4
.Lerrors_begin:
	isb
.Lerrors_end:
	msr	daifset, #4
	b	.Lno_errors
.Lerror_taken:
	mrs	x1, esr_el2
.Lreport_error:
	/* An HVC that was the cause until now is executed again: the program counter is behind it. */
	ldr	w3, [x0, #A64_CTX_OFF_EXIT_CODE]
	cbnz	w3, .Lno_call
	ldr	x3, [x0, #A64_CTX_OFF_EXIT_ESR]
	ubfx	x3, x3, #ESR_ELx_EC_SHIFT, #ESR_ELx_EC_WIDTH
	cmp	x3, #ESR_ELx_EC_HVC64
	b.ne	.Lno_call
	ldr	x3, [x0, #A64_CTX_OFF_PC]
	sub	x3, x3, #4
	str	x3, [x0, #A64_CTX_OFF_PC]
.Lno_call:
	and	x1, x1, #ESR_ELx_ISS_MASK
	mov	x3, #ESR_ELx_EC_SERROR
	orr	x1, x1, x3, lsl #ESR_ELx_EC_SHIFT
	str	x1, [x0, #A64_CTX_OFF_EXIT_ESR]
	mov	w1, #A64_EXIT_CODE_SERROR
	str	w1, [x0, #A64_CTX_OFF_EXIT_CODE]
.Lno_errors:
	.endm

/*
 * An error at EL2 itself, x0 and x1 pushed: go on at .Lerror_taken with errors
 * masked when it is the one that a64_take_errors waits for, else to label.
 */
	.macro	a64_error_vector label
	mrs	x0, elr_el2
	adr	x1, .Lerrors_begin
	cmp	x0, x1
	b.lo	\label
	adr	x1, .Lerrors_end
	cmp	x0, x1
	b.hi	\label
	adr	x1, .Lerror_taken
	mrs	x0, spsr_el2
	orr	x0, x0, #PSR_A_BIT
	msr	elr_el2, x1
	msr	spsr_el2, x0
	ldp	x0, x1, [sp], #16
	eret
	a64_speculation_barrier
	.endm

#endif /* __ASSEMBLY__ */
#endif /* AXVM_ARM64_CONTEXT_ASM_H */
