/* SPDX-License-Identifier: GPL-2.0 */
/*
 * FP/SIMD and SVE registers to memory and back. Called by fpsimd.c and sve.c,
 * which own the unit.
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

#ifdef CONFIG_ARM64_SVE

/* void a64_sve_save(void *ffr, u32 *fpsr) */
SYM_FUNC_START(a64_sve_save)
	mov	x2, #1
	sve_save 0, x1, x2, 3
	ret
SYM_FUNC_END(a64_sve_save)

/* void a64_sve_load(const void *ffr, const u32 *fpsr) */
SYM_FUNC_START(a64_sve_load)
	mov	x2, #1
	sve_load 0, x1, x2, 4
	ret
SYM_FUNC_END(a64_sve_load)

/* unsigned int a64_sve_len(void) */
SYM_FUNC_START(a64_sve_len)
	_sve_rdvl 0, 1
	ret
SYM_FUNC_END(a64_sve_len)

#endif
