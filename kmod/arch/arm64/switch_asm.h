/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The world switch itself: the function that both backends enter guests with.
 *
 * Included once by entry.S (VHE) and once by hyp/entry.S. They define, before:
 *	switch_name		name of the function
 *	to_guest		macro: VBAR_EL2 (x1) and what else is the guest's at EL2 from here on, and the
 *				host's out of the way; x0 is the context, x3 to x6 are free, sp is the frame
 *	from_guest		macro: right after the guest's registers are saved
 *	to_host			macro: as to_guest, in the other direction
 * and afterwards, at .Lown_unexpected, what an exception of EL2 itself leads to; x0 and x1 are pushed.
 *
 * void switch_name(struct a64_context *ctx, unsigned long vectors, u64 spec)
 *
 * Stay in the guest until an exception to EL2; ctx->exit has its code and
 * syndrome. When something is pending for the host the guest is not entered:
 * that is an exit for an interrupt too. All of DAIF is masked.
 *
 * No ISB before the ERET: it is a context synchronization event (Arm ARM,
 * SCTLR_EL2.EOS, which is set).
 */
#ifndef AXVM_ARM64_SWITCH_ASM_H
#define AXVM_ARM64_SWITCH_ASM_H

#ifdef __ASSEMBLY__

SYM_FUNC_START(switch_name)
	a64_branch_if_pending .Lpending, x3
	sub	sp, sp, #A64_FRAME_SIZE
	a64_save_host_registers
	add	x29, sp, #A64_FRAME_FP
	stp	x0, x2, [sp, #A64_FRAME_CTX]
	to_guest
	a64_load_guest_registers
	eret
	a64_speculation_barrier

.Lguest_sync:
	mov	w1, #A64_EXIT_CODE_SYNC
	b	.Lexit
.Lguest_irq:
	mov	w1, #A64_EXIT_CODE_IRQ
	b	.Lexit
.Lguest_error:
	mov	w1, #A64_EXIT_CODE_SERROR
	b	.Lexit
.Lillegal:
	mov	w1, #A64_EXIT_CODE_ILLEGAL

	/* HCR_EL2.VSE is 0 when the guest has taken its virtual SError: keep what is there. */
.Lexit:
	a64_save_guest_registers
	from_guest
	mrs	x1, hcr_el2
	str	x1, [x0, #A64_CTX_OFF_HCR]
	a64_take_errors

	to_host
	/*
	 * All of that before the next exception, use of FP/SIMD or AUTIASP,
	 * and before the guest's EL1 registers change (erratum 1165522).
	 */
	isb
	a64_load_host_registers
	add	sp, sp, #A64_FRAME_SIZE
	ret

.Lpending:
	mov	w1, #A64_EXIT_CODE_IRQ
	str	w1, [x0, #A64_CTX_OFF_EXIT_CODE]
	ret

/* An ERET to a state that is none (Arm ARM, "Illegal exception returns from AArch64 state") leaves us at EL2 with PSTATE.IL set. */
.Lown_sync:
	mrs	x0, spsr_el2
	tst	x0, #PSR_IL_BIT
	b.ne	.Lillegal
	b	.Lown_unexpected

.Lown_error:
	a64_error_vector .Lown_unexpected
SYM_FUNC_END(switch_name)

#endif /* __ASSEMBLY__ */
#endif /* AXVM_ARM64_SWITCH_ASM_H */
