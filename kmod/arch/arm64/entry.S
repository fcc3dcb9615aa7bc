/* SPDX-License-Identifier: GPL-2.0 */
/*
 * World switch where the host kernel runs at EL2 (VHE).
 *
 * Called by vhe.c on the vCPU's thread with all of DAIF masked. Nothing here
 * may be instrumented, probed or interrupted: between the writes of VBAR_EL2 the
 * host's handling of exceptions is out of reach.
 */
#include <linux/linkage.h>
#include <asm/alternative.h>
#include <asm/assembler.h>
#include <asm/esr.h>
#include <asm/kvm_arm.h>
#include <asm/ptrace.h>
#include <asm/sysreg.h>

#include "context_asm.h"
#include "spec_asm.h"

	.section .noinstr.text, "ax"

/*
 * AmpereOne's erratum AC04_CPU_23: a write to HCR_EL2 may spoil the translation of accesses
 * that are under way. There the write is one out of line, with barriers around it. Kernels that
 * do not know the erratum are refused on these CPUs (host.c).
 */
	.macro	write_hcr reg, where
#ifdef ARM64_WORKAROUND_AMPERE_AC04_CPU_23
	ALTERNATIVE("msr hcr_el2, \reg", "b .Lalone_\where", ARM64_WORKAROUND_AMPERE_AC04_CPU_23)
.Lwritten_\where:
#else
	msr	hcr_el2, \reg
#endif
	.endm

	.macro	write_hcr_alone reg, where
#ifdef ARM64_WORKAROUND_AMPERE_AC04_CPU_23
.Lalone_\where:
	dsb	nsh
	msr	hcr_el2, \reg
	isb
	b	.Lwritten_\where
#endif
	.endm

/*
 * The key that the kernel signs its return addresses with is also the
 * guest's: it changes here, where no such address is made or used. The other
 * keys are no concern of the kernel; vhe.c loads them.
 */
	.macro	to_guest
	mrs	x3, sp_el0
	mrs	x4, hcr_el2
	mrs	x5, cptr_el2
	mrs	x6, vbar_el2
	stp	x3, x4, [sp, #A64_FRAME_SP_EL0]
	stp	x5, x6, [sp, #A64_FRAME_CPTR]
#ifdef CONFIG_ARM64_PTR_AUTH_KERNEL
	ldr	x3, [x0, #A64_CTX_OFF_FLAGS]
	tbz	x3, #A64_CTX_BIT_PAUTH, .Lno_keys\@
	mrs_s	x3, SYS_APIAKEYLO_EL1
	mrs_s	x4, SYS_APIAKEYHI_EL1
	ldp	x5, x6, [x0, #A64_CTX_OFF_APIAKEY]
	stp	x3, x4, [sp, #A64_FRAME_APIAKEY]
	msr_s	SYS_APIAKEYLO_EL1, x5
	msr_s	SYS_APIAKEYHI_EL1, x6
.Lno_keys\@:
#endif
	ldr	x3, [x0, #A64_CTX_OFF_HCR]
	ldr	x4, [x0, #A64_CTX_OFF_CPTR]
	msr	vbar_el2, x1
	msr	cptr_el2, x4
	write_hcr x3, guest
	.endm

	.macro	to_host
	ldp	x3, x4, [sp, #A64_FRAME_SP_EL0]
	ldp	x5, x6, [sp, #A64_FRAME_CPTR]
	msr	sp_el0, x3
	write_hcr x4, host
	msr	cptr_el2, x5
	msr	vbar_el2, x6
#ifdef CONFIG_ARM64_PTR_AUTH_KERNEL
	ldr	x3, [x0, #A64_CTX_OFF_FLAGS]
	tbz	x3, #A64_CTX_BIT_PAUTH, .Lno_keys\@
	mrs_s	x3, SYS_APIAKEYLO_EL1
	mrs_s	x4, SYS_APIAKEYHI_EL1
	ldp	x5, x6, [sp, #A64_FRAME_APIAKEY]
	stp	x3, x4, [x0, #A64_CTX_OFF_APIAKEY]
	msr_s	SYS_APIAKEYLO_EL1, x5
	msr_s	SYS_APIAKEYHI_EL1, x6
.Lno_keys\@:
#endif
	.endm

/*
 * The exception was taken with TGE = 0, which leaves PSTATE.PAN as it was in
 * the guest (Arm ARM, SCTLR_EL2.SPAN), and DIT always; the kernel wants both set.
 */
	.macro	from_guest
	ALTERNATIVE("nop", SET_PSTATE_PAN(1), ARM64_HAS_PAN)
	ALTERNATIVE("nop", SET_PSTATE_DIT(1), ARM64_HAS_DIT)
#ifdef CONFIG_KASAN_HW_TAGS
	ALTERNATIVE("nop", SET_PSTATE_TCO(0), ARM64_MTE)
#endif
	.endm

#define switch_name	a64_vhe_enter
#include "switch_asm.h"

SYM_CODE_START_LOCAL(write_alone)
	write_hcr_alone x3, guest
	write_hcr_alone x4, host
SYM_CODE_END(write_alone)

/*
 * A fault of the switch itself: let the host have its vectors and the
 * instruction fault again, so that the kernel's own report appears.
 */
SYM_CODE_START_LOCAL(give_back)
.Lown_unexpected:
	mrs	x0, hcr_el2
	orr	x0, x0, #HCR_TGE
	msr	hcr_el2, x0
	adrp	x0, a64_vhe_host_vectors
	ldr	x0, [x0, #:lo12:a64_vhe_host_vectors]
	msr	vbar_el2, x0
	ldp	x0, x1, [sp], #16
	eret
	a64_speculation_barrier
SYM_CODE_END(give_back)

	.balign	A64_VECTORS_SIZE
SYM_CODE_START(a64_vhe_vectors)
	a64_vectors A64_SPEC_NONE
	a64_vectors A64_SPEC_LOOP
	a64_vectors A64_SPEC_CLEAR
	a64_vectors A64_SPEC_FIRMWARE
SYM_CODE_END(a64_vhe_vectors)
