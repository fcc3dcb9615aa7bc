/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Vectors of EL2 for guests, with the mitigations of spec.h.
 *
 * Included by entry.S and hyp/begin.S, after context_asm.h.
 */
#ifndef AXVM_ARM64_SPEC_ASM_H
#define AXVM_ARM64_SPEC_ASM_H

#include "spec.h"

#ifdef __ASSEMBLY__

/*
 * A vector for exceptions from the guest. x0 and x1 are pushed; NZCV are lost.
 * ESB defers errors of the guest into DISR_EL1; without RAS it does nothing.
 */
	.macro	a64_guest_vector kind, target
	.balign	128
	hint	#16			/* ESB */
	stp	x0, x1, [sp, #-16]!
	.if	\kind == A64_SPEC_LOOP
	ldr	x0, [sp, #16 + A64_FRAME_SPEC]
.Lloop\@:
	b	. + 4
	subs	x0, x0, #1
	b.ne	.Lloop\@
	a64_speculation_barrier
	.endif
	.if	\kind == A64_SPEC_CLEAR
	hint	#22			/* CLRBHB */
	isb
	.endif
	.if	\kind == A64_SPEC_FIRMWARE
	/* SMCCC 1.1, 2.6: x4 to x30 are preserved. */
	stp	x2, x3, [sp, #-16]!
	ldr	w0, [sp, #32 + A64_FRAME_SPEC]
	smc	#0
	ldp	x2, x3, [sp], #16
	.endif
	b	\target
	.endm

/* One that is taken from EL2 itself. */
	.macro	a64_own_vector target
	.balign	128
	stp	x0, x1, [sp, #-16]!
	b	\target
	.endm

/* A set: from EL2 with SP_EL0, from EL2, from A64, from A32; each synchronous, IRQ, FIQ, SError. */
	.macro	a64_vectors kind
	.rept	4
	a64_own_vector .Lown_unexpected
	.endr
	a64_own_vector .Lown_sync
	a64_own_vector .Lown_unexpected
	a64_own_vector .Lown_unexpected
	a64_own_vector .Lown_error
	.rept	2
	a64_guest_vector \kind, .Lguest_sync
	a64_guest_vector \kind, .Lguest_irq
	a64_guest_vector \kind, .Lguest_irq
	a64_guest_vector \kind, .Lguest_error
	.endr
	.balign	128
	.endm

#endif /* __ASSEMBLY__ */
#endif /* AXVM_ARM64_SPEC_ASM_H */
