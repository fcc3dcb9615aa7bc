/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Boot sector for the lab's Bochs: starts the Linux that image.py has put into memory.
 *
 * Bochs has no option for a kernel, but loads a file into RAM before its BIOS runs. That file holds
 * boot_params, the command line, the kernel and the initial RAM disk; this sector, all of a floppy
 * disk, copies the first three to where the 32-bit boot protocol wants them
 * (Documentation/arch/x86/boot.rst, "32-bit Boot Protocol") and jumps into the kernel. image.py
 * writes the three words after the jump.
 */

#define PARAMS		0x90000		/* boot_params and, after a page, the command line */
#define PARAMS_SIZE	0x2000
#define FRESH		0x6d767861	/* last word of these two pages: nothing has run yet */
#define KERNEL		0x100000
#define BOOT_CS		0x10		/* __BOOT_CS and __BOOT_DS of the protocol */
#define BOOT_DS		0x18

	.code16
	.globl	_start
_start:
	jmp	begin
	.balign	4
image:	.long	0			/* physical address of what was loaded */
size:	.long	0			/* of the kernel behind boot_params, bytes */
entry:	.long	0

begin:
	cli
	cld
	xorw	%ax, %ax
	movw	%ax, %ds
	inb	$0x92, %al		/* A20 */
	orb	$2, %al
	andb	$0xfe, %al		/* bit 0 would reset the machine */
	outb	%al, $0x92
	lgdtl	gdt_pointer
	movl	%cr0, %eax
	orb	$1, %al
	movl	%eax, %cr0
	ljmpl	$BOOT_CS, $protected

	.code32
protected:
	movl	$BOOT_DS, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %fs
	movl	%eax, %gs
	movl	%eax, %ss
	movl	$PARAMS, %esp
	movl	image, %esi
	cmpl	$FRESH, PARAMS_SIZE - 4(%esi)
	jne	shut_down
	movl	$0, PARAMS_SIZE - 4(%esi)
	movl	$PARAMS, %edi
	movl	$PARAMS_SIZE / 4, %ecx
	rep movsl
	movl	$KERNEL, %edi
	movl	size, %ecx
	rep movsb
	movl	$PARAMS, %esi
	xorl	%ebx, %ebx
	xorl	%ebp, %ebp
	xorl	%edi, %edi
	movl	entry, %eax
	jmp	*%eax

	/* A second time: the host was reset. What was loaded is gone, and the lab wants an end. */
shut_down:
	movl	$word, %esi
	movl	$8, %ecx
	movw	$0x8900, %dx		/* Bochs ends when it reads this word here */
	rep outsb
	hlt
word:	.ascii	"Shutdown"

	.balign	8
gdt:	.quad	0, 0
	.quad	0x00cf9b000000ffff	/* code, 4 GiB */
	.quad	0x00cf93000000ffff	/* data, 4 GiB */
gdt_pointer:
	.word	. - gdt - 1
	.long	gdt
	.org	510
	.word	0xaa55
