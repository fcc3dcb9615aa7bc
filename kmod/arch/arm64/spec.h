/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Mitigations of speculative execution where a guest is left.
 *
 * Each set of vectors has one mitigation, so that no branch that a guest could
 * have trained stands before it. Which one a CPU uses is chosen when the CPU is
 * taken, by what it is; the module's parameter "mitigations" forces another.
 */
#ifndef AXVM_ARM64_SPEC_H
#define AXVM_ARM64_SPEC_H

/* What a set of vectors does first; A64_FRAME_SPEC has what it needs. */
#define A64_SPEC_NONE		0	/* nothing: not affected, or the CPU does it by itself */
#define A64_SPEC_LOOP		1	/* A64_FRAME_SPEC taken branches (Spectre-BHB) */
#define A64_SPEC_CLEAR		2	/* CLRBHB (Spectre-BHB) */
#define A64_SPEC_FIRMWARE	3	/* SMCCC function A64_FRAME_SPEC (Spectre-v2, -BHB) */
#define A64_SPEC_KINDS		4

#define A64_VECTORS_SIZE	2048	/* VBAR_EL2: 16 vectors of 128 bytes */

#ifndef __ASSEMBLY__

#include <linux/types.h>

/**
 * struct a64_spec - what a CPU does when a guest leaves
 * @kind: A64_SPEC_*
 * @arg: length of the loop, or the firmware function's id
 */
struct a64_spec {
	u32 kind;
	u32 arg;
};

/* Check the parameter. Process context, once. 0 or -EINVAL. */
int a64_spec_init(void);

/* Choose for the calling CPU, where the caller stays. Any context. */
struct a64_spec a64_spec_choose(void);

/* Taken branches that the core of this MIDR_EL1 needs, 0 unknown; for KUnit too. */
u32 a64_spec_loop_length(u32 midr);

/* Speculative store bypass: what this CPU needs; on each CPU that is taken, preemption off. */
void a64_spec_probe_bypass(void);
/* It is off while guests run, or the CPUs do not have it; for guests without SSBS. Any context. */
bool a64_spec_stops_bypass(void);
/* Before a vCPU is loaded, preemption off. */
void a64_spec_load(void);

/* For the log: name of a kind. */
const char *a64_spec_name(u32 kind);

#endif /* __ASSEMBLY__ */
#endif /* AXVM_ARM64_SPEC_H */
