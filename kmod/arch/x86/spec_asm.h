/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Mitigation sequences for the assembly of world switches; see spec.h.
 *
 * "AMD: Software techniques for managing speculation on AMD processors";
 * "Intel: Branch History Injection and Intra-mode Branch Target Injection".
 */
#ifndef AXVM_X86_SPEC_ASM_H
#define AXVM_X86_SPEC_ASM_H

#include <linux/linkage.h>
#include <linux/objtool.h>
#include <asm/alternative.h>
#include <asm/asm.h>
#include <asm/cpufeatures.h>
#include <asm/msr-index.h>
#include <asm/nospec-branch.h>

#include "arch/x86/spec.h"

#define SPEC_RSB_ENTRIES	32

/*
 * Overwrite every entry of the return stack buffer with one that leads a
 * mispredicted return into an int3.
 */
.macro SPEC_FILL_RSB
	.rept	SPEC_RSB_ENTRIES
	ANNOTATE_INTRA_FUNCTION_CALL
	call	772f
	int3
772:
	.endr
	add	$(8 * SPEC_RSB_ENTRIES), %rsp
	lfence
.endm

/* Indirect branch prediction barrier; changes rax, rcx, rdx. No return may stand before it. */
.macro SPEC_IBPB
	mov	$MSR_IA32_PRED_CMD, %ecx
	mov	$PRED_CMD_IBPB, %eax
	xor	%edx, %edx
	wrmsr
.endm

/* Forget what the guest taught about returns; the kernel knows how this CPU wants it. */
.macro SPEC_UNTRAIN_RET
	VALIDATE_UNRET_END
	CALL_UNTRAIN_RET
.endm

/* VERW with a memory operand also clears CPU buffers. Changes the zero flag. */
.macro SPEC_CLEAR_BUFFERS
	verw	x86_spec_verw_sel(%rip)
.endm

#endif /* AXVM_X86_SPEC_ASM_H */
