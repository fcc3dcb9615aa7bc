/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Out of long mode and back: see legacy.h. What is between legacy_low and
 * legacy_low_end runs in a copy at LEGACY_CODE. SDM 3, 10.8.5 and 10.9.
 */
#include "cpu.h"
#include "legacy.h"

#define CR0_PE		0x1
#define CR0_PG		0x80000000
#define MSR_EFER	0xc0000080
#define EFER_LME	0x100
#define EFLAGS_VM	0x20000
#define LOW(label)	(LEGACY_CODE + (label) - legacy_low)

	.text
	.globl	legacy_enter
legacy_enter:
	pushq	%rbx
	pushq	%rbp
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
	pushfq
	cli
	movq	%rsp, legacy_rsp(%rip)
	sgdt	legacy_gdtr(%rip)
	pushq	$SEL_CODE32
	pushq	$1f
	lretq
	.code32
1:	movl	$SEL_DATA, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	movl	$legacy_stack_top, %esp
	movl	%cr0, %eax
	andl	$~CR0_PG, %eax
	movl	%eax, %cr0
	cmpl	$0, LEGACY_STATE + LEGACY_KEEP_LME
	jne	2f
	movl	$MSR_EFER, %ecx
	rdmsr
	andl	$~EFER_LME, %eax
	wrmsr
2:	movl	LEGACY_STATE + LEGACY_CR4, %eax
	movl	%eax, %cr4
	movl	LEGACY_STATE + LEGACY_CR3, %eax
	movl	%eax, %cr3
	lidtl	LEGACY_STATE + LEGACY_IDT
	testl	$CR0_PE, LEGACY_STATE + LEGACY_CR0
	jnz	3f
	ljmpl	$SEL_CODE16, $LOW(enter_real)
3:	movl	LEGACY_STATE + LEGACY_CR0, %eax
	.globl	legacy_paging_on
legacy_paging_on:
	movl	%eax, %cr0
	lldtw	LEGACY_STATE + LEGACY_LDTR
	cmpl	$0, LEGACY_STATE + LEGACY_TR
	je	4f
	ltrw	LEGACY_STATE + LEGACY_TR
4:	testl	$EFLAGS_VM, LEGACY_STATE + LEGACY_EFLAGS
	jnz	enter_vm86
	testl	$3, LEGACY_STATE + LEGACY_CS
	jnz	enter_outer
	movl	LEGACY_STATE + LEGACY_SS, %eax
	movl	LEGACY_STATE + LEGACY_GPR + 4 * 4, %edx
	movl	%eax, %ss
	movl	%edx, %esp
	jmp	enter_common
enter_vm86:
	pushl	LEGACY_STATE + LEGACY_GS
	pushl	LEGACY_STATE + LEGACY_FS
	pushl	LEGACY_STATE + LEGACY_DS
	pushl	LEGACY_STATE + LEGACY_ES
	movl	$0, LEGACY_STATE + LEGACY_DS
	movl	$0, LEGACY_STATE + LEGACY_ES
	movl	$0, LEGACY_STATE + LEGACY_FS
	movl	$0, LEGACY_STATE + LEGACY_GS
enter_outer:
	pushl	LEGACY_STATE + LEGACY_SS
	pushl	LEGACY_STATE + LEGACY_GPR + 4 * 4
enter_common:
	pushl	LEGACY_STATE + LEGACY_EFLAGS
	pushl	LEGACY_STATE + LEGACY_CS
	pushl	LEGACY_STATE + LEGACY_EIP
	movw	LEGACY_STATE + LEGACY_ES, %es
	movw	LEGACY_STATE + LEGACY_FS, %fs
	movw	LEGACY_STATE + LEGACY_GS, %gs
	movw	LEGACY_STATE + LEGACY_DS, %ds
	movl	%cs:LEGACY_STATE + LEGACY_GPR + 0 * 4, %eax
	movl	%cs:LEGACY_STATE + LEGACY_GPR + 1 * 4, %ecx
	movl	%cs:LEGACY_STATE + LEGACY_GPR + 2 * 4, %edx
	movl	%cs:LEGACY_STATE + LEGACY_GPR + 3 * 4, %ebx
	movl	%cs:LEGACY_STATE + LEGACY_GPR + 5 * 4, %ebp
	movl	%cs:LEGACY_STATE + LEGACY_GPR + 6 * 4, %esi
	movl	%cs:LEGACY_STATE + LEGACY_GPR + 7 * 4, %edi
	iretl

/* --- exceptions and interrupts in protected mode --- */

	.balign	16
	.globl	legacy_stubs
legacy_stubs:
	.set	vector, 0
	.rept	256
	.balign	16
	.if	vector != 8 && (vector < 10 || vector > 14) && vector != 17
	pushl	$0
	.endif
	pushl	$vector
	jmp	legacy_trap
	.set	vector, vector + 1
	.endr

legacy_trap:
	pushl	%eax
	pushl	%ds
	movl	$SEL_DATA, %eax
	movl	%eax, %ds
	popl	LEGACY_STATE + LEGACY_DS
	popl	LEGACY_STATE + LEGACY_GPR
	movl	%esp, LEGACY_STATE + LEGACY_FRAME
	popl	LEGACY_STATE + LEGACY_VECTOR
	popl	LEGACY_STATE + LEGACY_ERROR
	popl	LEGACY_STATE + LEGACY_EIP
	popl	LEGACY_STATE + LEGACY_CS
	popl	LEGACY_STATE + LEGACY_EFLAGS
	movw	%es, LEGACY_STATE + LEGACY_ES
	movw	%fs, LEGACY_STATE + LEGACY_FS
	movw	%gs, LEGACY_STATE + LEGACY_GS
	movl	%esp, LEGACY_STATE + LEGACY_GPR + 4 * 4
	movw	%ss, LEGACY_STATE + LEGACY_SS
	testl	$EFLAGS_VM, LEGACY_STATE + LEGACY_EFLAGS
	jnz	from_outer
	testl	$3, LEGACY_STATE + LEGACY_CS
	jz	save_rest
from_outer:
	popl	LEGACY_STATE + LEGACY_GPR + 4 * 4
	popl	LEGACY_STATE + LEGACY_SS
	testl	$EFLAGS_VM, LEGACY_STATE + LEGACY_EFLAGS
	jz	save_rest
	popl	LEGACY_STATE + LEGACY_ES
	popl	LEGACY_STATE + LEGACY_DS
	popl	LEGACY_STATE + LEGACY_FS
	popl	LEGACY_STATE + LEGACY_GS
save_rest:
	movl	%ecx, LEGACY_STATE + LEGACY_GPR + 1 * 4
	movl	%edx, LEGACY_STATE + LEGACY_GPR + 2 * 4
	movl	%ebx, LEGACY_STATE + LEGACY_GPR + 3 * 4
	movl	%ebp, LEGACY_STATE + LEGACY_GPR + 5 * 4
	movl	%esi, LEGACY_STATE + LEGACY_GPR + 6 * 4
	movl	%edi, LEGACY_STATE + LEGACY_GPR + 7 * 4
	movl	%cr0, %eax
	movl	%eax, LEGACY_STATE + LEGACY_CR0
	movl	%cr2, %eax
	movl	%eax, LEGACY_STATE + LEGACY_CR2
	movl	%cr3, %eax
	movl	%eax, LEGACY_STATE + LEGACY_CR3
	movl	%cr4, %eax
	movl	%eax, LEGACY_STATE + LEGACY_CR4
	movl	%dr6, %eax
	movl	%eax, LEGACY_STATE + LEGACY_DR6
	strl	%eax
	movl	%eax, LEGACY_STATE + LEGACY_TR
	sldtl	%eax
	movl	%eax, LEGACY_STATE + LEGACY_LDTR

/* DS is flat. */
leave_legacy:
	movl	$SEL_DATA, %eax
	movl	%eax, %ss
	movl	$legacy_stack_top, %esp
	pushl	$2	/* no nested task */
	popfl
	lgdtl	legacy_gdtr
	movl	%cr0, %eax
	andl	$~CR0_PG, %eax
	movl	%eax, %cr0
	movl	legacy_back + 8, %eax
	movl	%eax, %cr4
	movl	legacy_back + 4, %eax
	movl	%eax, %cr3
	movl	$MSR_EFER, %ecx
	rdmsr
	orl	$EFER_LME, %eax
	wrmsr
	movl	legacy_back, %eax
	movl	%eax, %cr0
	ljmpl	$SEL_CODE64, $1f
	.code64
1:	movl	$SEL_DATA, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	xorl	%eax, %eax
	movl	%eax, %fs
	movl	%eax, %gs
	lldt	%ax
	movq	legacy_rsp(%rip), %rsp
	popfq
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%rbp
	popq	%rbx
	ret

/* --- real mode --- */

	.globl	legacy_low, legacy_low_end, legacy_real_stubs
	.code16
legacy_low:
enter_real:
	movw	%cs:LEGACY_STATE + LEGACY_FIRST_DATA, %ax
	movw	%ax, %ds
	movw	%ax, %es
	movw	%ax, %ss
	movw	%ax, %fs
	movw	%ax, %gs
	movl	%cs:LEGACY_STATE + LEGACY_CR0, %eax
	movl	%eax, %cr0
	ljmpw	$0, $LOW(1f)
1:	movw	%cs:LEGACY_STATE + LEGACY_SS, %ss
	movl	%cs:LEGACY_STATE + LEGACY_GPR + 4 * 4, %esp
	pushw	%cs:LEGACY_STATE + LEGACY_EFLAGS
	pushw	%cs:LEGACY_STATE + LEGACY_CS
	pushw	%cs:LEGACY_STATE + LEGACY_EIP
	movw	%cs:LEGACY_STATE + LEGACY_ES, %es
	movw	%cs:LEGACY_STATE + LEGACY_FS, %fs
	movw	%cs:LEGACY_STATE + LEGACY_GS, %gs
	movw	%cs:LEGACY_STATE + LEGACY_DS, %ds
	movl	%cs:LEGACY_STATE + LEGACY_GPR + 0 * 4, %eax
	movl	%cs:LEGACY_STATE + LEGACY_GPR + 1 * 4, %ecx
	movl	%cs:LEGACY_STATE + LEGACY_GPR + 2 * 4, %edx
	movl	%cs:LEGACY_STATE + LEGACY_GPR + 3 * 4, %ebx
	movl	%cs:LEGACY_STATE + LEGACY_GPR + 5 * 4, %ebp
	movl	%cs:LEGACY_STATE + LEGACY_GPR + 6 * 4, %esi
	movl	%cs:LEGACY_STATE + LEGACY_GPR + 7 * 4, %edi
	iretw

	.balign	8
legacy_real_stubs:
	.set	vector, 0
	.rept	256
	.balign	8
	.byte	0x68		/* push */
	.word	vector
	.byte	0xe9		/* jmp */
	.word	real_trap - (. + 2)
	.set	vector, vector + 1
	.endr

real_trap:
	pushl	%eax
	pushw	%ds
	xorw	%ax, %ax
	movw	%ax, %ds
	popw	LEGACY_STATE + LEGACY_DS
	popl	LEGACY_STATE + LEGACY_GPR
	popw	LEGACY_STATE + LEGACY_VECTOR
	popw	LEGACY_STATE + LEGACY_EIP
	popw	LEGACY_STATE + LEGACY_CS
	popw	LEGACY_STATE + LEGACY_EFLAGS
	movw	%es, LEGACY_STATE + LEGACY_ES
	movw	%fs, LEGACY_STATE + LEGACY_FS
	movw	%gs, LEGACY_STATE + LEGACY_GS
	movw	%ss, LEGACY_STATE + LEGACY_SS
	movl	%esp, LEGACY_STATE + LEGACY_GPR + 4 * 4
	movl	%ecx, LEGACY_STATE + LEGACY_GPR + 1 * 4
	movl	%edx, LEGACY_STATE + LEGACY_GPR + 2 * 4
	movl	%ebx, LEGACY_STATE + LEGACY_GPR + 3 * 4
	movl	%ebp, LEGACY_STATE + LEGACY_GPR + 5 * 4
	movl	%esi, LEGACY_STATE + LEGACY_GPR + 6 * 4
	movl	%edi, LEGACY_STATE + LEGACY_GPR + 7 * 4
	movl	%cr2, %eax
	movl	%eax, LEGACY_STATE + LEGACY_CR2
	movl	%cr3, %eax
	movl	%eax, LEGACY_STATE + LEGACY_CR3
	movl	%cr4, %eax
	movl	%eax, LEGACY_STATE + LEGACY_CR4
	movl	%dr6, %eax
	movl	%eax, LEGACY_STATE + LEGACY_DR6
	movl	%cr0, %eax
	movl	%eax, LEGACY_STATE + LEGACY_CR0
	lgdtl	LOW(real_gdtr)
	orl	$CR0_PE, %eax
	movl	%eax, %cr0
	ljmpl	$SEL_CODE32, $real_to_protected
	.balign	4
	.globl	legacy_real_gdtr
legacy_real_gdtr:
real_gdtr:
	.space	8
legacy_low_end:

	.code32
real_to_protected:
	movl	$SEL_DATA, %eax
	movl	%eax, %ds
	movl	%eax, %es
	jmp	leave_legacy

	.bss
	.align	16
	.globl	legacy_back, legacy_gdtr
legacy_rsp:
	.space	8
legacy_gdtr:
	.space	16
/* CR0, CR3, CR4 of long mode */
legacy_back:
	.space	16
	.space	STACK_SIZE
	.globl	legacy_stack_top
legacy_stack_top:
