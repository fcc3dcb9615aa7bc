/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Programs for CPUs that begin in real mode: sipi.c copies them to where they
 * begin, and finds in their page what they leave.
 */
	.section .rodata
	.code16
	.globl	real_begin, real_end, halt_begin, halt_end

/* Tells its registers, then counts up for good. */
real_begin:
	mov	%eax, %cs:0x110
	mov	%ebx, %cs:0x114
	mov	%ecx, %cs:0x118
	mov	%edx, %cs:0x11c
	mov	%esi, %cs:0x120
	mov	%edi, %cs:0x124
	mov	%ebp, %cs:0x128
	mov	%esp, %cs:0x12c
	mov	%cs, %cs:0x150
	mov	%ds, %cs:0x152
	mov	%es, %cs:0x154
	mov	%ss, %cs:0x156
	mov	%fs, %cs:0x158
	mov	%gs, %cs:0x15a
	mov	%cs, %ax
	mov	%ax, %ss
	mov	$0x1000, %sp
	pushfl
	popl	%cs:0x130
	mov	%cr0, %eax
	mov	%eax, %cs:0x134
	mov	%cr2, %eax
	mov	%eax, %cs:0x138
	mov	%cr3, %eax
	mov	%eax, %cs:0x13c
	mov	%cr4, %eax
	mov	%eax, %cs:0x140
	mov	%dr6, %eax
	mov	%eax, %cs:0x160
	mov	%dr7, %eax
	mov	%eax, %cs:0x164
	lock incl %cs:0x100
1:	lock incl %cs:0x180
	jmp	1b
real_end:

/* Counts once, and halts for good. */
halt_begin:
	cli
	lock incl %cs:0x100
1:	hlt
	jmp	1b
halt_end:
