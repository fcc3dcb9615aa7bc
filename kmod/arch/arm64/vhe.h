/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What entry.S and vhe.c have of each other.
 */
#ifndef AXVM_ARM64_VHE_H
#define AXVM_ARM64_VHE_H

#include <linux/types.h>

struct a64_context;

/* entry.S: see switch_asm.h. */
void a64_vhe_enter(struct a64_context *ctx, unsigned long vectors, u64 spec);

/* entry.S: sets of vectors by A64_SPEC_*. */
extern char a64_vhe_vectors[];

/* vhe.c: the host's vectors, for entry.S to fall back to. */
extern unsigned long a64_vhe_host_vectors;

#endif /* AXVM_ARM64_VHE_H */
