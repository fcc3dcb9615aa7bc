/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One instruction with a register file of the caller's choice, and EL0.
 */
#include "cpu.h"

	.macro	each_pair what:req, base:req
	\what	x2, x3, [\base, #16]
	\what	x4, x5, [\base, #32]
	\what	x6, x7, [\base, #48]
	\what	x8, x9, [\base, #64]
	\what	x10, x11, [\base, #80]
	\what	x12, x13, [\base, #96]
	\what	x14, x15, [\base, #112]
	\what	x16, x17, [\base, #128]
	\what	x18, x19, [\base, #144]
	\what	x20, x21, [\base, #160]
	\what	x22, x23, [\base, #176]
	\what	x24, x25, [\base, #192]
	\what	x26, x27, [\base, #208]
	\what	x28, x29, [\base, #224]
	.endm

	.macro	each_saved what:req
	\what	x19, x20, [sp, #0]
	\what	x21, x22, [sp, #16]
	\what	x23, x24, [sp, #32]
	\what	x25, x26, [sp, #48]
	\what	x27, x28, [sp, #64]
	\what	x29, x30, [sp, #80]
	.endm

	.section .text.insn, "ax"

/*
 * void insn_execute(struct insn_regs *regs): interrupts off; the instruction is
 * at insn_slot. Registers x0..x30, sp, NZCV.
 */
	.globl	insn_execute
insn_execute:
	sub	sp, sp, #96
	each_saved stp
	mrs	x1, tpidr_el1
	mov	x2, sp
	stp	x2, x0, [x1, #CPU_INSN_SP]
	ldp	x2, x3, [x0, #248]
	mov	sp, x2
	msr	nzcv, x3
	each_pair ldp, x0
	ldr	x30, [x0, #240]
	ldp	x0, x1, [x0]
	b	insn_slot
	.balign	64
	.globl	insn_slot
insn_slot:
	nop
	msr	tpidrro_el0, x0
	mrs	x0, tpidr_el1
	str	x1, [x0, #CPU_TMP]
	ldr	x1, [x0, #CPU_INSN_REGS]
	each_pair stp, x1
	str	x30, [x1, #240]
	mrs	x2, tpidrro_el0
	ldr	x3, [x0, #CPU_TMP]
	stp	x2, x3, [x1]
	mov	x2, sp
	mrs	x3, nzcv
	stp	x2, x3, [x1, #248]
	ldr	x2, [x0, #CPU_INSN_SP]
	mov	sp, x2
	each_saved ldp
	add	sp, sp, #96
	ret

/* void user_enter(void (*fn)(void *), void *arg, u64 stack, u64 pstate) */
	.globl	user_enter
user_enter:
	msr	elr_el1, x0
	msr	sp_el0, x2
	msr	spsr_el1, x3
	mov	x0, x1
	adr	x30, user_exit
	/* The way back lies in the same window as the code. */
	mrs	x9, elr_el1
	and	x9, x9, #0xffffffffc0000000
	and	x30, x30, #0x3fffffff
	orr	x30, x30, x9
	eret

	.globl	user_exit
user_exit:
	svc	#0
	b	user_exit

/* u64 call_without(u64 bits, u64 (*fn)(u64 arg), u64 arg) */
	.balign	64
	.globl	call_without
call_without:
	stp	x29, x30, [sp, #-16]!
	mrs	x10, sctlr_el1
	mov	x12, x1
	bic	x11, x10, x0
	mov	x0, x2
	dsb	sy
	msr	sctlr_el1, x11
	isb
	blr	x12
	dsb	sy
	msr	sctlr_el1, x10
	isb
	ldp	x29, x30, [sp], #16
	ret
