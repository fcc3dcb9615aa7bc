/* SPDX-License-Identifier: GPL-2.0 */
/* FP/SIMD and SVE registers; see fp.S. */
#ifndef ARM64_FP_H
#define ARM64_FP_H

#include "guest.h"

#define SVE_MAX_BYTES	256
#define SVE_NR_P	17	/* and FFR as the last one */

void fp_load(const u64 *regs, u64 fpcr, u64 fpsr);
void fp_store(u64 *regs, u64 *state);
void sve_load(const u8 *z, const u8 *p);
void sve_store(u8 *z, u8 *p);
u64 sve_vector_bytes(void);

/* Patterns at the present vector length; compare: 0, or a register + 1: P0 is 32, FFR 48. */
void sve_fill(u64 seed);
unsigned int sve_compare(u64 seed);
/* Ask for this length; the length that it became. */
unsigned int sve_set_bytes(unsigned int bytes);

#endif /* ARM64_FP_H */
