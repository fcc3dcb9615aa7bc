/* SPDX-License-Identifier: GPL-2.0 */
/*
 * FP/SIMD registers in assembly: fpsimd_asm.S. The caller owns the unit.
 */
#ifndef AXVM_ARM64_FPSIMD_H
#define AXVM_ARM64_FPSIMD_H

struct user_fpsimd_state;

void a64_fpsimd_save(struct user_fpsimd_state *state);
void a64_fpsimd_load(const struct user_fpsimd_state *state);

#endif /* AXVM_ARM64_FPSIMD_H */
