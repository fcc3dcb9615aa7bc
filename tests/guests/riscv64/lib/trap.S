/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Traps: entry and exit, and calls that survive one.
 *
 * Nothing but sscratch is trusted on entry: a test may have put anything into
 * any register, sp and tp included.
 */
#include "cpu.h"

	.macro	each_reg what:req
	.irp	n, 1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, \
		21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	\what	x\n, (CPU_REGS + \n * 8)(tp)
	.endr
	.endm

	.text
	.balign	4
	.globl	trap_entry
trap_entry:
	csrrw	tp, sscratch, tp
	each_reg sd
	csrr	t0, sscratch
	sd	t0, (CPU_REGS + 4 * 8)(tp)
	csrw	sscratch, tp
	csrr	t0, sepc
	sd	t0, CPU_REGS(tp)
	ld	sp, CPU_TRAP_STACK(tp)
	mv	a0, tp
	call	trap_handle
	ld	t0, CPU_REGS(tp)
	csrw	sepc, t0
	each_reg ld
	ld	tp, (CPU_REGS + 4 * 8)(tp)
	sret

	.macro	each_saved what:req
	\what	ra, (CPU_JUMP + 0)(tp)
	\what	sp, (CPU_JUMP + 8)(tp)
	\what	gp, (CPU_JUMP + 16)(tp)
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
	\what	s\n, (CPU_JUMP + 24 + \n * 8)(tp)
	.endr
	.endm

/* u64 try_call(fn, arg): 0 when fn returned, 1 when trap_handle() came to try_return */
	.globl	try_call, try_return
try_call:
	each_saved sd
	mv	t0, a0
	mv	a0, a1
	jalr	t0
	li	a0, 0
	ld	ra, CPU_JUMP(tp)
	ret
try_return:
	csrr	tp, sscratch
	each_saved ld
	li	a0, 1
	ret
