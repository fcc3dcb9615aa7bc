/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Entry points of the boot CPU (x0 = device tree) and of CPUs started through
 * PSCI (x0 = struct cpu), at EL1 with MMU and caches off.
 *
 * Nothing is read or written before the MMU is on, but by the table walker:
 * what the loader left in caches and what is in memory need not be the same.
 */
#include "cpu.h"
#include "sysreg.h"

	.macro	load_const reg:req, value:req
	movz	\reg, #((\value) & 0xffff)
	movk	\reg, #((\value) >> 16 & 0xffff), lsl #16
	.endm

	/* MMU and caches on, with the tables below; uses x1 to x3 */
	.macro	mmu_on
	load_const x1, MAIR_SETUP
	msr	mair_el1, x1
	mrs	x2, id_aa64mmfr0_el1
	and	x2, x2, #0xf
	mov	x3, #IPS_48BIT
	cmp	x2, x3
	csel	x2, x2, x3, lo
	load_const x1, TCR_SETUP
	orr	x1, x1, x2, lsl #TCR_IPS_SHIFT
	msr	tcr_el1, x1
	adrp	x1, table_root
	msr	ttbr0_el1, x1
	tlbi	vmalle1
	ic	iallu
	dsb	sy
	isb
	load_const x1, SCTLR_SETUP
	msr	sctlr_el1, x1
	isb
	adrp	x1, trap_vectors
	add	x1, x1, :lo12:trap_vectors
	msr	vbar_el1, x1
	.endm

	.section .text.start, "ax"
	.globl _start
_start:
	msr	spsel, #1
	msr	daifset, #15
	mmu_on
	adrp	x1, __bss_start
	add	x1, x1, :lo12:__bss_start
	adrp	x2, __bss_end
	add	x2, x2, :lo12:__bss_end
1:	cmp	x1, x2
	b.hs	2f
	stp	xzr, xzr, [x1], #16
	b	1b
2:	adrp	x1, boot_stack
	add	x1, x1, :lo12:boot_stack
	add	sp, x1, #STACK_SIZE
	bl	runtime_main

	.globl secondary_entry
	.balign 4
secondary_entry:
	mrs	x19, currentel
	mrs	x20, spsel
	mrs	x21, daif
	mrs	x22, sctlr_el1
	msr	spsel, #1
	msr	daifset, #15
	mmu_on
	msr	tpidr_el1, x0
	stp	x19, x20, [x0, #CPU_ENTRY]
	stp	x21, x22, [x0, #(CPU_ENTRY + 16)]
	ldr	x1, [x0, #CPU_STACK]
	mov	sp, x1
	bl	runtime_secondary

	/*
	 * 1 GiB blocks: devices below the memory, then memory as it is. From
	 * USER_WINDOW on the first two of them again for EL0, see paging.c.
	 */
	.data
	.balign	4096
	.globl	table_root, table_gib
table_root:
	.quad	table_gib + 3
	.fill	511, 8, 0
table_gib:
	.quad	0x0060000000000401 | ATTR_DEVICE << 2
	.set	gib, 1
	.rept	127
	.quad	0x0040000000000701 | (gib << 30) | ATTR_NORMAL << 2
	.set	gib, gib + 1
	.endr
	.fill	384, 8, 0

	.bss
	.balign	16
boot_stack:
	.space	STACK_SIZE
