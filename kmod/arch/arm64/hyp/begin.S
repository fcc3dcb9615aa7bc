/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Start of the section of hyp/: EL2's vectors while the host runs and while a
 * guest does, and the way into a guest. Linked first.
 *
 * SP_EL2 is the CPU's own stack, TPIDR_EL2 its struct hyp_cpu. There are no
 * alternatives here: what runs is a copy, which the kernel does not patch.
 */
#include <linux/linkage.h>
#include <asm/assembler.h>
#include <asm/esr.h>
#include <asm/kvm_arm.h>
#include <asm/ptrace.h>
#include <asm/sysreg.h>
#include <asm/virt.h>

#include "arch/arm64/context_asm.h"
#include "arch/arm64/hyp/hyp.h"
#include "arch/arm64/spec_asm.h"

	.section .axvm.hyp, "ax"

	.balign	A64_VECTORS_SIZE
	.globl	hyp_begin
hyp_begin:

/* While the host runs. Its interrupts and errors do not come here: HCR_EL2.{IMO,FMO,AMO} are 0. */
SYM_CODE_START(hyp_vectors)
	.rept	8
	a64_own_vector .Lown_unexpected
	.endr
	a64_own_vector .Lhost_sync
	.rept	7
	a64_own_vector .Lown_unexpected
	.endr
	.balign	128
SYM_CODE_END(hyp_vectors)

/* While a guest runs. */
SYM_CODE_START(hyp_guest_vectors)
	a64_vectors A64_SPEC_NONE
	a64_vectors A64_SPEC_LOOP
	a64_vectors A64_SPEC_CLEAR
	a64_vectors A64_SPEC_FIRMWARE
SYM_CODE_END(hyp_guest_vectors)

/* HCR_EL2, SP_EL0 and key IA change hands in switch.c, which does not need them; PSTATE nothing. */
	.macro	to_guest
	ldr	x3, [x0, #A64_CTX_OFF_CPTR]
	msr	vbar_el2, x1
	msr	cptr_el2, x3
	.endm
	.macro	from_guest
	.endm
	.macro	to_host
	mrs	x3, tpidr_el2
	ldr	x4, [x3, #HYP_CPU_VECTORS]
	msr	vbar_el2, x4
	.endm

#define switch_name	hyp_enter
#include "arch/arm64/switch_asm.h"

/*
 * An exception from the host; x0 and x1 are pushed. It is an HVC: nothing else of
 * the host's traps. x0 to x17 of ours may be lost, of the stub's only the result.
 */
SYM_CODE_START_LOCAL(host_sync)
.Lhost_sync:
	mrs	x0, esr_el2
	ubfx	x0, x0, #ESR_ELx_EC_SHIFT, #ESR_ELx_EC_WIDTH
	cmp	x0, #ESR_ELx_EC_HVC64
	b.ne	.Lown_unexpected
	ldp	x0, x1, [sp], #16
	cmp	x0, #HVC_STUB_HCALL_NR
	b.lo	stub_call
	mov	x9, #(HYP_CALL_FIRST & 0xffff)
	movk	x9, #(HYP_CALL_FIRST >> 16), lsl #16
	sub	x9, x0, x9
	cmp	x9, #HYP_CALLS
	b.hs	.Lstub_unknown

	stp	x29, x30, [sp, #-32]!
	mov	x29, sp
	mrs	x9, elr_el2
	mrs	x10, spsr_el2
	stp	x9, x10, [sp, #16]
	mrs	x5, tpidr_el2
	bl	hyp_call
	ldp	x9, x10, [sp, #16]
	msr	elr_el2, x9
	msr	spsr_el2, x10
	ldp	x29, x30, [sp], #32
	eret
	a64_speculation_barrier
SYM_CODE_END(host_sync)

/*
 * The stub's own functions, asm/virt.h: but for the one that asks, each of them gives EL2 back,
 * so that kexec and hibernation, which know the stub alone, find what they expect.
 *	HVC_SET_VECTORS		x1: physical address of vectors
 *	HVC_SOFT_RESTART	x1: where to go on at EL2, x2 to x4: x0 to x2 there
 *	HVC_RESET_VECTORS
 *	HVC_GET_ICH_VTR_EL2	result: x1: ICH_VTR_EL2; newer kernels, on CPUs that have it
 */
SYM_CODE_START_LOCAL(stub_call)
#ifdef HVC_GET_ICH_VTR_EL2
	cmp	x0, #HVC_GET_ICH_VTR_EL2
	b.eq	.Lstub_ich_vtr
#endif
	mrs	x9, tpidr_el2
	adr	x10, .Lreturn
	ldr	x11, [x9, #HYP_CPU_STUB_VBAR]
	cmp	x0, #HVC_RESET_VECTORS
	b.eq	.Lstub_done
	cmp	x0, #HVC_SET_VECTORS
	b.eq	.Lstub_vectors
	cmp	x0, #HVC_SOFT_RESTART
	b.ne	.Lstub_unknown
	mov	x10, x1
	mov	x0, x2
	mov	x1, x3
	mov	x2, x4
	b	hyp_leave
.Lstub_vectors:
	mov	x11, x1
.Lstub_done:
	mov	x0, xzr
	b	hyp_leave
#ifdef HVC_GET_ICH_VTR_EL2
.Lstub_ich_vtr:
	mrs_s	x1, SYS_ICH_VTR_EL2
	mov	x0, xzr
	eret
	a64_speculation_barrier
#endif
.Lstub_unknown:
	mov	x0, #(HVC_STUB_ERR & 0xffff)
	movk	x0, #(HVC_STUB_ERR >> 16), lsl #16
.Lreturn:
	eret
	a64_speculation_barrier
SYM_CODE_END(stub_call)

/*
 * EL2 took an exception of its own: let the kernel say so, in its own place.
 * Nothing of what was going on here is gone on with. A second time there is
 * nobody to tell.
 */
SYM_CODE_START_LOCAL(end_of_el2)
.Lown_unexpected:
	mrs	x19, esr_el2
	mrs	x20, elr_el2
	mrs	x21, far_el2
	mrs	x22, spsr_el2
	mrs	x23, tpidr_el2
	ldr	x0, [x23, #HYP_CPU_PANIC]
	cbz	x0, .Lhang
	str	xzr, [x23, #HYP_CPU_PANIC]
	ldr	x1, [x23, #HYP_CPU_VECTORS]
	ldr	x2, [x23, #HYP_CPU_STACK]
	msr	elr_el2, x0
	msr	vbar_el2, x1
	mov	sp, x2
	mov	x0, x23
	bl	hyp_end_run
	mov	x5, #(PSR_MODE_EL1h | PSR_D_BIT | PSR_A_BIT | PSR_I_BIT | PSR_F_BIT)
	msr	spsr_el2, x5
	mov	x0, x19
	mov	x1, x20
	mov	x2, x21
	mov	x3, x22
	eret
	a64_speculation_barrier
.Lhang:
	wfe
	b	.Lhang
SYM_CODE_END(end_of_el2)
