/* SPDX-License-Identifier: GPL-2.0 */
/*
 * SVE registers in memory, and what fpsimd.c needs of them.
 *
 * Laid out as the kernel's save and restore macros have them: 32 Z registers,
 * 16 predicates of an eighth of their length, FFR.
 */
#ifndef AXVM_ARM64_SVE_H
#define AXVM_ARM64_SVE_H

#include <linux/types.h>

/* Where FFR is, and the size of it all, for vectors of len bytes. */
static inline unsigned int a64_sve_ffr(unsigned int len)
{
	return 32 * len + 16 * (len / 8);
}

static inline unsigned int a64_sve_size(unsigned int len)
{
	return a64_sve_ffr(len) + len / 8;
}

/* fpsimd_asm.S: ffr is where FFR is in the memory; fpsr, and fpcr behind it. */
void a64_sve_save(void *ffr, u32 *fpsr);
void a64_sve_load(const void *ffr, const u32 *fpsr);
/* Bytes of a vector just now. */
unsigned int a64_sve_len(void);

#endif /* AXVM_ARM64_SVE_H */
