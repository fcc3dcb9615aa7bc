/* SPDX-License-Identifier: GPL-2.0 */
/*
 * End of the section of hyp/: linked last.
 */
#include <linux/linkage.h>

	.section .axvm.hyp, "ax"
	.balign	16
	.globl	hyp_end
hyp_end:
