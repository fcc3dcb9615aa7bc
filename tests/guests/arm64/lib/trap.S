/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Traps: entry and exit, and calls that survive one.
 *
 * Nothing but TPIDR_EL1 is trusted on entry: a test may have put anything into
 * any register, sp included. TPIDRRO_EL0 holds x0 for a moment.
 */
#include "cpu.h"

	.macro	each_pair what:req, base:req
	\what	x2, x3, [\base, #(CPU_REGS + 16)]
	\what	x4, x5, [\base, #(CPU_REGS + 32)]
	\what	x6, x7, [\base, #(CPU_REGS + 48)]
	\what	x8, x9, [\base, #(CPU_REGS + 64)]
	\what	x10, x11, [\base, #(CPU_REGS + 80)]
	\what	x12, x13, [\base, #(CPU_REGS + 96)]
	\what	x14, x15, [\base, #(CPU_REGS + 112)]
	\what	x16, x17, [\base, #(CPU_REGS + 128)]
	\what	x18, x19, [\base, #(CPU_REGS + 144)]
	\what	x20, x21, [\base, #(CPU_REGS + 160)]
	\what	x22, x23, [\base, #(CPU_REGS + 176)]
	\what	x24, x25, [\base, #(CPU_REGS + 192)]
	\what	x26, x27, [\base, #(CPU_REGS + 208)]
	\what	x28, x29, [\base, #(CPU_REGS + 224)]
	.endm

	.text
	.balign	2048
	.globl	trap_vectors
trap_vectors:
	.set	vector, 0
	.rept	16
	.balign	128
	msr	tpidrro_el0, x0
	mrs	x0, tpidr_el1
	str	x1, [x0, #(CPU_REGS + 8)]
	mov	x1, #vector
	b	trap_common
	.set	vector, vector + 1
	.endr

	.balign	128
trap_common:
	each_pair stp, x0
	str	x30, [x0, #(CPU_REGS + 240)]
	mrs	x2, tpidrro_el0
	str	x2, [x0, #CPU_REGS]
	mov	x2, sp
	mrs	x3, elr_el1
	stp	x2, x3, [x0, #CPU_SP]
	mrs	x2, spsr_el1
	ldr	x3, [x0, #CPU_TRAP_STACK]
	str	x2, [x0, #CPU_PSTATE]
	mov	sp, x3
	bl	trap_handle
	mrs	x0, tpidr_el1
	ldp	x2, x3, [x0, #CPU_SP]
	ldr	x1, [x0, #CPU_PSTATE]
	mov	sp, x2
	msr	elr_el1, x3
	msr	spsr_el1, x1
	each_pair ldp, x0
	ldr	x30, [x0, #(CPU_REGS + 240)]
	ldp	x0, x1, [x0, #CPU_REGS]
	eret

	.macro	each_saved what:req
	\what	x19, x20, [x9, #(CPU_JUMP + 0)]
	\what	x21, x22, [x9, #(CPU_JUMP + 16)]
	\what	x23, x24, [x9, #(CPU_JUMP + 32)]
	\what	x25, x26, [x9, #(CPU_JUMP + 48)]
	\what	x27, x28, [x9, #(CPU_JUMP + 64)]
	\what	x29, x30, [x9, #(CPU_JUMP + 80)]
	.endm

/* u64 try_call(fn, arg): 0 when fn returned, 1 when trap_handle() came to try_return */
	.globl	try_call, try_return
try_call:
	mrs	x9, tpidr_el1
	each_saved stp
	mov	x10, sp
	str	x10, [x9, #(CPU_JUMP + 96)]
	mov	x10, x0
	mov	x0, x1
	blr	x10
	mov	x0, #0
	b	1f
try_return:
	mov	x0, #1
1:	mrs	x9, tpidr_el1
	each_saved ldp
	ldr	x10, [x9, #(CPU_JUMP + 96)]
	mov	sp, x10
	ret
