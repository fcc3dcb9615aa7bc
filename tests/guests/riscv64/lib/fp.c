// SPDX-License-Identifier: GPL-2.0
/*
 * Patterns in floating-point and vector registers, one set per CPU.
 */
#include "cpu.h"
#include "csr.h"
#include "runtime.h"

#define NR_REGS		32
#define FCSR_MASK	0xff
#define MAX_VLENB	256
#define CSR_VLENB	0xc22
#define VTYPE_TEST	0xc9	/* e16, m2, tail and mask agnostic */
#define VL_TEST		3

static u64 fregs[GUEST_MAX_CPUS][NR_REGS];
static u8 vregs[GUEST_MAX_CPUS][NR_REGS * MAX_VLENB] __aligned(8);

static u64 pattern(u64 seed, unsigned int n)
{
	u64 state = seed + n * 0x9e3779b97f4a7c15;

	return random_next(&state);
}

/* Rounding modes above 4 are reserved. */
static u64 fcsr_pattern(u64 seed)
{
	return (pattern(seed, NR_REGS) & 0x1f) | (seed % 5) << 5;
}

void arch_fp_on(void)
{
	csr_set(CSR_SSTATUS, SSTATUS_FS);
}

void arch_fp_fill(u64 seed)
{
	u64 *regs = fregs[arch_cpu_self()];
	unsigned int i;

	for (i = 0; i < NR_REGS; i++)
		regs[i] = pattern(seed, i);
	fp_load(regs, fcsr_pattern(seed));
}

unsigned int arch_fp_compare(u64 seed)
{
	u64 *regs = fregs[arch_cpu_self()];
	u64 fcsr = fp_store(regs);
	unsigned int i;

	for (i = 0; i < NR_REGS; i++) {
		if (regs[i] != pattern(seed, i))
			return i + 1;
	}
	return (fcsr & FCSR_MASK) != fcsr_pattern(seed) ? NR_REGS + 1 : 0;
}

bool arch_vector_on(void)
{
	if (!cpu_has("v"))
		return false;
	csr_set(CSR_SSTATUS, SSTATUS_VS);
	return csr_read(CSR_VLENB) <= MAX_VLENB;
}

void arch_vector_fill(u64 seed)
{
	u64 *regs = (u64 *)vregs[arch_cpu_self()];
	unsigned int i, nr = NR_REGS * csr_read(CSR_VLENB) / 8;

	for (i = 0; i < nr; i++)
		regs[i] = pattern(seed, i);
	vector_load((u8 *)regs);
}

unsigned int arch_vector_compare(u64 seed)
{
	u64 *regs = (u64 *)vregs[arch_cpu_self()];
	u64 vlenb = csr_read(CSR_VLENB);
	unsigned int i, nr = NR_REGS * vlenb / 8;
	u64 state[2];

	vector_store((u8 *)regs, state);
	for (i = 0; i < nr; i++) {
		if (regs[i] != pattern(seed, i))
			return i * 8 / vlenb + 1;
	}
	return state[0] != VTYPE_TEST || state[1] != VL_TEST ? NR_REGS + 1 : 0;
}
