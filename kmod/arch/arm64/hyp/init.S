/* SPDX-License-Identifier: GPL-2.0 */
/*
 * EL2 taken from the kernel's stub, and given back.
 *
 * hyp_take is entered by the stub's HVC_SOFT_RESTART (asm/virt.h): at EL2 with
 * MMU and caches off, x0 to x2 as the caller gave them in x2 to x4, ELR_EL2 and SPSR_EL2
 * those of its HVC. hyp_leave is jumped to by the host's vector with MMU and caches on.
 */
#include <linux/linkage.h>
#include <asm/assembler.h>
#include <asm/kvm_arm.h>
#include <asm/sysreg.h>

#include "arch/arm64/hyp/hyp.h"

	.section .axvm.hyp, "ax"

/* Just a look, by the same way as hyp_take, wherever this code lies: x0 = HCR_EL2. In one page. */
	.balign	16
SYM_CODE_START(hyp_look)
	mrs	x0, hcr_el2
	eret
	dsb	nsh
	isb
SYM_CODE_END(hyp_look)

/*
 * x0: physical address of this CPU's struct hyp_cpu, cleaned to the point of
 * coherency. Back to the caller with x0 = VBAR_EL2, x1 = SCTLR_EL2, x2 = HCR_EL2 as found:
 * with caches off nothing is stored, the caller writes them down. Nothing is changed
 * where HCR_EL2.E2H is set: registers of EL2 have another layout then.
 */
SYM_CODE_START(hyp_take)
	mov	x9, x0
	mrs	x0, vbar_el2
	mrs	x1, sctlr_el2
	mrs	x2, hcr_el2
	tst	x2, #HCR_E2H
	b.ne	.Ltake_refused

	ldr	x3, [x9, #HYP_CPU_MAIR]
	ldr	x4, [x9, #HYP_CPU_TCR]
	ldr	x5, [x9, #HYP_CPU_TTBR]
	msr	mair_el2, x3
	msr	tcr_el2, x4
	msr	ttbr0_el2, x5
	isb
	/*
	 * What EL2 may have translated before belongs to somebody else; nothing is
	 * cached with the MMU off, but the TLB. Nor is there anything left of VMs whose tables
	 * changed while no CPU's EL2 could invalidate: see nvhe_tlb().
	 */
	tlbi	alle2
	tlbi	alle1
	dsb	nsh
	isb
	ldr	x3, [x9, #HYP_CPU_SCTLR]
	msr	sctlr_el2, x3
	isb
	/*
	 * Instructions that were fetched with caches off may be in the instruction
	 * cache as they were in memory.
	 */
	ic	iallu
	dsb	nsh
	isb

	ldr	x3, [x9, #HYP_CPU_VECTORS]
	ldr	x4, [x9, #HYP_CPU_STACK]
	msr	vbar_el2, x3
	msr	tpidr_el2, x9
	mov	sp, x4
	isb
.Ltake_refused:
	eret
	dsb	nsh
	isb
SYM_CODE_END(hyp_take)

/*
 * MMU off and the stub's registers back. x9: struct hyp_cpu; x10: where to go on,
 * physical; x11: VBAR_EL2 to be; x0 to x4 stay. What EL2 wrote is in caches, which
 * the host's are too.
 */
SYM_CODE_START(hyp_leave)
	ldr	x12, [x9, #HYP_CPU_STUB_SCTLR]
	ldr	x13, [x9, #HYP_CPU_STUB_HCR]
	msr	vbar_el2, x11
	msr	hcr_el2, x13
	msr	tpidr_el2, xzr
	isb
	msr	sctlr_el2, x12
	isb
	tlbi	alle2
	dsb	nsh
	isb
	br	x10
SYM_CODE_END(hyp_leave)
