/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What world switches of either vendor call or read to mitigate speculation.
 *
 * Called from assembly right after an exit; interrupts are off.
 */
#include <asm/segment.h>

#include "arch/x86/spec_asm.h"

/* So many taken branches push everything else out of the longest history (194 entries). */
#define BHB_OUTER	12
#define BHB_INNER	8

	.section .rodata, "a"
	.balign	2
/* Operand of VERW: any selector that may be written. */
SYM_DATA(x86_spec_verw_sel, .word __KERNEL_DS)

	.section .noinstr.text, "ax"

SYM_FUNC_START_LOCAL(clear_inner)
	mov	$BHB_INNER, %eax
.Linner:
	jmp	.Lnext_inner
	int3
.Lnext_inner:
	dec	%eax
	jnz	.Linner
	RET
SYM_FUNC_END(clear_inner)

/*
 * void x86_spec_clear_bhb(void)
 *
 * Only taken branches count, calls and returns among them. Changes rax and rcx.
 */
SYM_FUNC_START(x86_spec_clear_bhb)
	mov	$BHB_OUTER, %ecx
.Louter:
	call	clear_inner
	dec	%ecx
	jnz	.Louter
	lfence
	RET
SYM_FUNC_END(x86_spec_clear_bhb)
