// SPDX-License-Identifier: GPL-2.0
/*
 * Patterns in FP/SIMD and SVE registers, one set per CPU.
 */
#include "cpu.h"
#include "fp.h"
#include "runtime.h"
#include "sysreg.h"

#define NR_REGS		32
#define NR_WORDS	(2 * NR_REGS)
#define FPCR_MASK	0x07c00000UL	/* AHP, DN, FZ, RMode */
#define FPSR_MASK	0x0800009fUL	/* QC and the cumulative exceptions */
#define ZCR_EL1		S3_0_C1_C2_0
#define SVE_FIELD	32		/* of ID_AA64PFR0_EL1 */

static u64 qregs[GUEST_MAX_CPUS][NR_WORDS] __aligned(16);
static u8 zregs[GUEST_MAX_CPUS][NR_REGS * SVE_MAX_BYTES] __aligned(16);
static u8 pregs[GUEST_MAX_CPUS][SVE_NR_P * SVE_MAX_BYTES / 8] __aligned(16);

static u64 pattern(u64 seed, unsigned int n)
{
	u64 state = seed + n * 0x9e3779b97f4a7c15;

	return random_next(&state);
}

void arch_fp_on(void)
{
	sysreg_write(cpacr_el1, sysreg_read(cpacr_el1) | CPACR_FPEN);
	isb();
}

void arch_fp_fill(u64 seed)
{
	u64 *regs = qregs[arch_cpu_self()];
	unsigned int i;

	for (i = 0; i < NR_WORDS; i++)
		regs[i] = pattern(seed, i);
	fp_load(regs, pattern(seed, NR_WORDS) & FPCR_MASK, pattern(seed, NR_WORDS + 1) & FPSR_MASK);
}

unsigned int arch_fp_compare(u64 seed)
{
	u64 *regs = qregs[arch_cpu_self()];
	unsigned int i;
	u64 state[2];

	fp_store(regs, state);
	for (i = 0; i < NR_WORDS; i++) {
		if (regs[i] != pattern(seed, i))
			return i / 2 + 1;
	}
	if (state[0] != (pattern(seed, NR_WORDS) & FPCR_MASK))
		return NR_REGS + 1;
	return state[1] != (pattern(seed, NR_WORDS + 1) & FPSR_MASK) ? NR_REGS + 2 : 0;
}

static bool has_sve(void)
{
	return id_field(sysreg_read(id_aa64pfr0_el1), SVE_FIELD);
}

unsigned int sve_set_bytes(unsigned int bytes)
{
	icc_write(ZCR_EL1, bytes / 16 - 1);
	isb();
	return sve_vector_bytes();
}

bool arch_vector_on(void)
{
	if (!has_sve())
		return false;
	sysreg_write(cpacr_el1, sysreg_read(cpacr_el1) | CPACR_FPEN | CPACR_ZEN);
	isb();
	sve_set_bytes(SVE_MAX_BYTES);
	return true;
}

unsigned int sve_bytes(void)
{
	return arch_vector_on() ? sve_vector_bytes() : 0;
}

/* FFR has no holes: it is a row of ones, then zeros (Arm ARM, "First-fault register"). */
static u8 predicate_byte(u64 seed, unsigned int i, unsigned int len)
{
	unsigned int ones = seed % (8 * len + 1);

	if (i < 16 * len)
		return pattern(seed ^ 0x5e5e, i);
	i = 8 * (i - 16 * len);
	if (i >= ones)
		return 0;
	return ones - i >= 8 ? 0xff : (1 << (ones - i)) - 1;
}

void sve_fill(u64 seed)
{
	unsigned int i, vl = sve_vector_bytes(), cpu = arch_cpu_self();
	u64 *z = (u64 *)zregs[cpu];

	for (i = 0; i < NR_REGS * vl / 8; i++)
		z[i] = pattern(seed, i);
	for (i = 0; i < SVE_NR_P * vl / 8; i++)
		pregs[cpu][i] = predicate_byte(seed, i, vl / 8);
	sve_load(zregs[cpu], pregs[cpu]);
}

unsigned int sve_compare(u64 seed)
{
	unsigned int i, vl = sve_vector_bytes(), cpu = arch_cpu_self();
	u64 *z = (u64 *)zregs[cpu];

	sve_store(zregs[cpu], pregs[cpu]);
	for (i = 0; i < NR_REGS * vl / 8; i++) {
		if (z[i] != pattern(seed, i))
			return i * 8 / vl + 1;
	}
	for (i = 0; i < SVE_NR_P * vl / 8; i++) {
		if (pregs[cpu][i] != predicate_byte(seed, i, vl / 8))
			return NR_REGS + i / (vl / 8) + 1;
	}
	return 0;
}

void arch_vector_fill(u64 seed)
{
	sve_fill(seed);
}

unsigned int arch_vector_compare(u64 seed)
{
	return sve_compare(seed);
}
