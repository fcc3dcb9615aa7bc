/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Exceptions and interrupts: entry and exit, and calls that survive one.
 *
 * Exceptions have a stack of their own (IST): a test may have put anything into
 * any register, RSP included. Interrupts use the one that is there, so that
 * handlers may turn them on again.
 */
#include "cpu.h"

	.text
	.balign	16
	.globl	vector_stubs
vector_stubs:
	.set	vector, 0
	.rept	256
	.balign	16
	.if	vector != 8 && (vector < 10 || vector > 14) && vector != 17 && vector != 21
	pushq	$0
	.endif
	pushq	$vector
	jmp	trap_common
	.set	vector, vector + 1
	.endr

trap_common:
	.irp	reg, rax, rcx, rdx, rbx, rbp, rsi, rdi, r8, r9, r10, r11, r12, r13, r14, r15
	pushq	%\reg
	.endr
	cld
	movq	%rsp, %rdi
	call	trap_handle
	.irp	reg, r15, r14, r13, r12, r11, r10, r9, r8, rdi, rsi, rbp, rbx, rdx, rcx, rax
	popq	%\reg
	.endr
	addq	$16, %rsp
	iretq

	.macro	this_cpu
	movl	$SEL_CPU, %eax
	lsll	%eax, %eax
	imulq	$CPU_SIZE, %rax
	addq	$cpus, %rax
	.endm

/* u64 try_call(fn, arg): 0 when fn returned, 1 when trap_handle() came to try_return */
	.globl	try_call, try_return
try_call:
	this_cpu
	movq	%rsp, (CPU_JUMP + 0)(%rax)
	movq	%rbx, (CPU_JUMP + 8)(%rax)
	movq	%rbp, (CPU_JUMP + 16)(%rax)
	movq	%r12, (CPU_JUMP + 24)(%rax)
	movq	%r13, (CPU_JUMP + 32)(%rax)
	movq	%r14, (CPU_JUMP + 40)(%rax)
	movq	%r15, (CPU_JUMP + 48)(%rax)
	pushfq
	popq	(CPU_JUMP + 56)(%rax)
	subq	$8, %rsp
	movq	%rdi, %rax
	movq	%rsi, %rdi
	call	*%rax
	addq	$8, %rsp
	xorl	%eax, %eax
	ret
try_return:
	this_cpu
	movq	(CPU_JUMP + 0)(%rax), %rsp
	movq	(CPU_JUMP + 8)(%rax), %rbx
	movq	(CPU_JUMP + 16)(%rax), %rbp
	movq	(CPU_JUMP + 24)(%rax), %r12
	movq	(CPU_JUMP + 32)(%rax), %r13
	movq	(CPU_JUMP + 40)(%rax), %r14
	movq	(CPU_JUMP + 48)(%rax), %r15
	pushq	(CPU_JUMP + 56)(%rax)
	popfq
	movl	$1, %eax
	ret

/* void halt_held(void): the interrupt that ends it returns with interrupts off */
	.globl	halt_held
halt_held:
	sti
	hlt
	cli
	ret

/* void user_enter(fn, arg, stack, rflags) */
	.globl	user_enter
user_enter:
	movq	$user_exit, -8(%rdx)
	subq	$8, %rdx
	pushq	$(SEL_USER_DATA | 3)
	pushq	%rdx
	pushq	%rcx
	pushq	$(SEL_USER_CODE64 | 3)
	pushq	%rdi
	movq	%rsi, %rdi
	iretq

user_exit:
	int3
	jmp	user_exit

/* What SYSCALL left: RCX, R11, CS. RSP is still the user's, and not used. */
	.globl	syscall_entry, syscall_seen
syscall_entry:
	movq	%rcx, syscall_seen(%rip)
	movq	%r11, 8 + syscall_seen(%rip)
	movq	%cs, %rax
	movq	%rax, 16 + syscall_seen(%rip)
	sysretq

	.bss
	.align	8
syscall_seen:
	.space	24
