/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One instruction with a register file of the caller's choice.
 */
#include "cpu.h"

	.section .text.insn, "ax"

/* void insn_execute(struct insn_regs *regs): interrupts off; the instruction is at insn_slot */
	.globl	insn_execute
insn_execute:
	addi	sp, sp, -128
	sd	ra, 0(sp)
	sd	gp, 8(sp)
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
	sd	s\n, (16 + \n * 8)(sp)
	.endr
	sd	sp, CPU_INSN_SP(tp)
	sd	a0, CPU_INSN_REGS(tp)
	.irp	n, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, \
		23, 24, 25, 26, 27, 28, 29, 30, 31
	ld	x\n, (\n * 8)(x10)
	.endr
	ld	x10, 80(x10)
	.balign	4
	.globl	insn_slot
insn_slot:
	.4byte	0x00000013
	csrrw	x31, sscratch, x31
	sd	x30, CPU_TMP(x31)
	ld	x30, CPU_INSN_REGS(x31)
	.irp	n, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, \
		23, 24, 25, 26, 27, 28, 29
	sd	x\n, (\n * 8)(x30)
	.endr
	ld	x1, CPU_TMP(x31)
	sd	x1, (30 * 8)(x30)
	csrr	x1, sscratch
	sd	x1, (31 * 8)(x30)
	csrw	sscratch, x31
	mv	tp, x31
	ld	sp, CPU_INSN_SP(tp)
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
	ld	s\n, (16 + \n * 8)(sp)
	.endr
	ld	gp, 8(sp)
	ld	ra, 0(sp)
	addi	sp, sp, 128
	ret

/* void user_enter(void (*fn)(void *), void *arg, u64 stack) */
	.globl	user_enter
user_enter:
	csrw	sepc, a0
	mv	sp, a2
	mv	a0, a1
	la	ra, user_exit
	li	t0, 1 << 8
	csrc	sstatus, t0
	sret

	.globl	user_exit
user_exit:
	ecall
	j	user_exit
