/* SPDX-License-Identifier: GPL-2.0 */
/*
 * FP/SIMD registers to memory and back. Called by fpsimd.c, which owns the unit.
 */
#include <linux/linkage.h>
#include <asm/assembler.h>
#include <asm/fpsimdmacros.h>

	.text

/* void a64_fpsimd_save(struct user_fpsimd_state *state) */
SYM_FUNC_START(a64_fpsimd_save)
	fpsimd_save x0, 8
	ret
SYM_FUNC_END(a64_fpsimd_save)

/* void a64_fpsimd_load(const struct user_fpsimd_state *state) */
SYM_FUNC_START(a64_fpsimd_load)
	fpsimd_restore x0, 8
	ret
SYM_FUNC_END(a64_fpsimd_load)
