/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Mitigations of speculative execution where a guest is left.
 *
 * Each set of vectors has one mitigation, so that no branch that a guest could
 * have trained stands before it. Which one a CPU uses is chosen when the CPU is
 * taken, by what it is; the module's parameter "mitigations" forces another.
 */
#ifndef AXVM_ARM64_SPEC_H
#define AXVM_ARM64_SPEC_H

/* What a set of vectors does first; A64_FRAME_SPEC has what it needs. */
#define A64_SPEC_NONE		0	/* nothing: the CPU is not affected, or clears its history itself */
#define A64_SPEC_LOOP		1	/* as many taken branches as A64_FRAME_SPEC says (Spectre-BHB) */
#define A64_SPEC_CLEAR		2	/* CLRBHB (Spectre-BHB) */
#define A64_SPEC_FIRMWARE	3	/* the SMCCC function whose id A64_FRAME_SPEC has (Spectre-v2, -BHB) */
#define A64_SPEC_KINDS		4

#define A64_VECTORS_SIZE	2048	/* Arm ARM D1.3.1: 16 vectors of 128 bytes */

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

#else /* !__ASSEMBLY__ */

#include <linux/types.h>

/**
 * struct a64_spec - what a CPU does when a guest leaves
 * @kind: A64_SPEC_*
 * @arg: length of the loop, or the firmware function's id
 */
struct a64_spec {
	u32 kind;
	u32 arg;
};

/* Check the parameter. Process context, once. 0 or -EINVAL. */
int a64_spec_init(void);

/* Choose for the calling CPU. Thread context, preemption off. */
struct a64_spec a64_spec_choose(void);

/* For the log: name of a kind. */
const char *a64_spec_name(u32 kind);

#endif /* __ASSEMBLY__ */
#endif /* AXVM_ARM64_SPEC_H */
