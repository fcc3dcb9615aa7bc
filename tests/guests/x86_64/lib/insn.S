/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One instruction with a register file of the caller's choice. It ends with a
 * trap, its own or the breakpoint behind it: insn.c.
 */
#include "cpu.h"

	.text
/* void insn_execute(void): registers from insn_state, the rest from insn_frame */
	.globl	insn_execute
insn_execute:
	movq	insn_state + 0(%rip), %rax
	movq	insn_state + 8(%rip), %rcx
	movq	insn_state + 16(%rip), %rdx
	movq	insn_state + 24(%rip), %rbx
	movq	insn_state + 40(%rip), %rbp
	movq	insn_state + 48(%rip), %rsi
	movq	insn_state + 56(%rip), %rdi
	movq	insn_state + 64(%rip), %r8
	movq	insn_state + 72(%rip), %r9
	movq	insn_state + 80(%rip), %r10
	movq	insn_state + 88(%rip), %r11
	movq	insn_state + 96(%rip), %r12
	movq	insn_state + 104(%rip), %r13
	movq	insn_state + 112(%rip), %r14
	movq	insn_state + 120(%rip), %r15
	movq	$insn_frame, %rsp
	iretq
