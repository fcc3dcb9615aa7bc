/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Entry points: of the boot CPU by the PVH protocol (32-bit protected mode,
 * flat, no paging, EBX = hvm_start_info), and of started CPUs in real mode.
 */
#include "cpu.h"

#define CR0_LONG	0x80010033	/* PG, WP, NE, ET, MP, PE */
#define CR4_LONG	0x20		/* PAE */
#define MSR_EFER	0xc0000080
#define EFER_LONG	0x900		/* LME, NXE */
#define PVH_ENTRY	18

	.section .note.pvh, "a", @note
	.align	4
	.long	4, 8, PVH_ENTRY
	.asciz	"Xen"
	.quad	_start

	.text
	.code32
	.globl	_start
_start:
	cli
	cld
	xorl	%eax, %eax
	movl	$__bss_start, %edi
	movl	$__bss_end, %ecx
	subl	%edi, %ecx
	shrl	$2, %ecx
	rep stosl
	movl	$boot_stack_top, %esp
	call	make_tables
	lgdtl	boot_gdt_pointer
	ljmpl	$SEL_CODE32, $1f
1:	call	enable_long_mode
	ljmpl	$SEL_CODE64, $boot_64

/* Identity map of the low 4 GiB in blocks of 2 MiB; the last quarter uncached. */
make_tables:
	movl	$boot_pml4, %edi
	movl	$boot_pdpt + 3, (%edi)
	movl	$boot_pdpt, %edi
	movl	$boot_pd + 3, %eax
1:	movl	%eax, (%edi)
	addl	$8, %edi
	addl	$4096, %eax
	cmpl	$boot_pd + 3 + 4 * 4096, %eax
	jne	1b
	movl	$boot_pd, %edi
	movl	$0x87, %eax	# user may, once the upper levels let him
2:	movl	%eax, (%edi)
	addl	$8, %edi
	addl	$0x200000, %eax
	jc	3f
	cmpl	$0xc0000087, %eax
	jne	2b
	orl	$0x18, %eax
	jmp	2b
3:	ret

/* Returns in 64-bit mode's compatibility part. */
enable_long_mode:
	movl	$SEL_DATA, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	movl	$CR4_LONG, %eax
	movl	%eax, %cr4
	movl	$boot_pml4, %eax
	movl	%eax, %cr3
	movl	$MSR_EFER, %ecx
	rdmsr
	orl	$EFER_LONG, %eax
	wrmsr
	movl	$CR0_LONG, %eax
	movl	%eax, %cr0
	ret

	.code64
boot_64:
	movl	%ebx, %edi
	call	runtime_main

/* Copied to LOW_TRAMPOLINE. */
	.code16
	.globl	trampoline, trampoline_end
trampoline:
	cli
	cld
	movw	%cs, %ax
	movw	%ax, %ds
	lgdtl	trampoline_gdt - trampoline
	movl	%cr0, %eax
	orl	$1, %eax
	movl	%eax, %cr0
	ljmpl	$SEL_CODE32, $secondary_32
	.align	4
trampoline_gdt:
	.word	boot_gdt_end - boot_gdt - 1
	.long	boot_gdt
trampoline_end:

	.code32
secondary_32:
	movl	$SEL_DATA, %eax
	movl	%eax, %ss
	movl	$secondary_32_stack, %esp
	call	enable_long_mode
	ljmpl	$SEL_CODE64, $secondary_64

/* Which one am I? By the APIC id that CPUID tells; nobody else has it. */
	.code64
secondary_64:
	movl	$1, %eax
	cpuid
	shrl	$24, %ebx
	movl	$cpus, %edi
1:	cmpl	%ebx, CPU_APIC_ID(%rdi)
	je	2f
	addq	$CPU_SIZE, %rdi
	jmp	1b
2:	movq	CPU_STACK(%rdi), %rsp
	call	runtime_secondary

	.data
	.align	8
boot_gdt_pointer:
	.word	boot_gdt_end - boot_gdt - 1
	.long	boot_gdt
	.align	8
boot_gdt:
	.quad	0
	.quad	0x00cf9b000000ffff
	.quad	0x00af9b000000ffff
	.quad	0x00cf93000000ffff
boot_gdt_end:

/*
 * One return address, the same for all: started one by one, but a start that is
 * cut off by another does not matter either.
 */
	.space	16
secondary_32_stack:

	.bss
	.align	4096
	.globl	boot_pml4, boot_pdpt
boot_pml4:
	.space	4096
boot_pdpt:
	.space	4096
boot_pd:
	.space	4 * 4096
	.align	16
	.space	STACK_SIZE
boot_stack_top:
