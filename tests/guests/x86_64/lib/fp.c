// SPDX-License-Identifier: GPL-2.0
/*
 * Patterns in x87, SSE and AVX registers, one set per CPU. SDM 1, 10.5 and 13.4.
 */
#include "cpu.h"

#define NR_X87		8
#define NR_XMM		16
#define FXSAVE_SIZE	512
#define FXSAVE_MXCSR	24
#define FXSAVE_X87	32
#define FXSAVE_XMM	160
#define MXCSR_DEFAULT	0x1f80
#define NR_YMM		16
#define YMM_SIZE	32

static u8 fxsave[GUEST_MAX_CPUS][FXSAVE_SIZE] __aligned(16);
static u64 ymm[GUEST_MAX_CPUS][NR_YMM * YMM_SIZE / 8] __aligned(32);

static u64 pattern(u64 seed, unsigned int n)
{
	u64 state = seed + n * 0x9e3779b97f4a7c15;

	return random_next(&state);
}

/* Rounding control and exception flags; all exceptions stay masked, and bit 6 is always set. */
static u16 control_word(u64 seed)
{
	return 0x037f | (pattern(seed, 100) & 3) << 10;
}

static u32 mxcsr(u64 seed)
{
	return MXCSR_DEFAULT | (pattern(seed, 101) & 0x3f) | (pattern(seed, 102) & 3) << 13;
}

/* A normal number: registers hold 80 bits, each in 16 bytes. */
static void x87_pattern(u64 seed, unsigned int n, u8 *to)
{
	u64 mantissa = pattern(seed, n) | BIT(63);
	u16 exponent = 0x3fff;

	memcpy(to, &mantissa, 8);
	memcpy(to + 8, &exponent, 2);
}

void arch_fp_on(void)
{
	write_cr0((read_cr0() & ~(CR0_EM | CR0_TS)) | CR0_MP);
	write_cr4(read_cr4() | CR4_OSFXSR | CR4_OSXMMEXCPT);
}

void arch_fp_fill(u64 seed)
{
	u8 *area = fxsave[arch_cpu_self()];
	unsigned int i;
	u64 val;

	memset(area, 0, FXSAVE_SIZE);
	*(u16 *)area = control_word(seed);
	area[4] = 0xff;
	*(u32 *)(area + FXSAVE_MXCSR) = mxcsr(seed);
	for (i = 0; i < NR_X87; i++)
		x87_pattern(seed, i, area + FXSAVE_X87 + i * 16);
	for (i = 0; i < NR_XMM * 2; i++) {
		val = pattern(seed, NR_X87 + i);
		memcpy(area + FXSAVE_XMM + i * 8, &val, 8);
	}
	fp_load(area);
}

static unsigned int compare_xmm(u64 seed, const u8 *area)
{
	unsigned int i;
	u64 val;

	for (i = 0; i < NR_XMM * 2; i++) {
		val = pattern(seed, NR_X87 + i);
		if (memcmp(area + FXSAVE_XMM + i * 8, &val, 8))
			return NR_X87 + i / 2 + 1;
	}
	return 0;
}

unsigned int arch_fp_compare(u64 seed)
{
	u8 *area = fxsave[arch_cpu_self()];
	u8 wanted[10];
	unsigned int i;

	fp_store(area);
	for (i = 0; i < NR_X87; i++) {
		x87_pattern(seed, i, wanted);
		if (memcmp(area + FXSAVE_X87 + i * 16, wanted, sizeof(wanted)))
			return i + 1;
	}
	if (*(u16 *)area != control_word(seed) || area[4] != 0xff ||
	    *(u32 *)(area + FXSAVE_MXCSR) != mxcsr(seed))
		return NR_X87 + NR_XMM + 1;
	return compare_xmm(seed, area);
}

bool arch_vector_on(void)
{
	if (!HAS_AVX || !HAS_XSAVE)
		return false;
	arch_fp_on();
	write_cr4(read_cr4() | CR4_OSXSAVE);
	xsetbv(0, 7);
	return true;
}

void arch_vector_fill(u64 seed)
{
	u64 *regs = ymm[arch_cpu_self()];
	unsigned int i;

	for (i = 0; i < NR_YMM * YMM_SIZE / 8; i++)
		regs[i] = pattern(seed, i);
	vector_load((u8 *)regs);
}

unsigned int arch_vector_compare(u64 seed)
{
	u64 *regs = ymm[arch_cpu_self()];
	unsigned int i;

	vector_store((u8 *)regs);
	for (i = 0; i < NR_YMM * YMM_SIZE / 8; i++) {
		if (regs[i] != pattern(seed, i))
			return i * 8 / YMM_SIZE + 1;
	}
	return 0;
}
