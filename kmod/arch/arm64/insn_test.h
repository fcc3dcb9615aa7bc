/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Vectors of the decoder's KUnit suite; tests/decoder/vectors-arm64 writes them.
 */
#ifndef AXVM_ARM64_INSN_TEST_H
#define AXVM_ARM64_INSN_TEST_H

#include <linux/kernel.h>

#include "insn.h"

/* An instruction, and what it does; of stores and of FP/SIMD registers .sf means nothing. */
struct insn_vector {
	const char *text;
	u32 insn;
	struct a64_access access;
};

extern const struct insn_vector insn_vectors[];
extern const unsigned int nr_insn_vectors;

/* Those that may not reach a device, are no loads and stores, or are nothing at all. */
extern const u32 insn_refused[];
extern const unsigned int nr_insn_refused;

#endif /* AXVM_ARM64_INSN_TEST_H */
