/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Entry points of the boot CPU (a0 = hart id, a1 = device tree) and of CPUs
 * started through the firmware (a0 = hart id, a1 = struct cpu).
 */
#include "cpu.h"

	.section .text.start, "ax"
	.globl _start
_start:
	csrw	sie, zero
	la	t0, __bss_start
	la	t1, __bss_end
1:	bgeu	t0, t1, 2f
	sd	zero, (t0)
	addi	t0, t0, 8
	j	1b
2:	la	sp, boot_stack + STACK_SIZE
	la	t0, trap_entry
	csrw	stvec, t0
	call	runtime_main

	.globl secondary_entry
	.balign 4
secondary_entry:
	mv	tp, a1
	csrw	sscratch, tp
	csrw	sie, zero
	la	t0, trap_entry
	csrw	stvec, t0
	ld	sp, CPU_STACK(tp)
	call	runtime_secondary

	.bss
	.balign	16
boot_stack:
	.space	STACK_SIZE
