// SPDX-License-Identifier: GPL-2.0
/*
 * XSAVE, XCR0 and the state that they manage: rules, and that each CPU keeps
 * its own, with others at the same time. SDM 1, chapter 13.
 *
 * Most of it shows with more CPUs than the host has; "ms=N" says for how long.
 */
#include "cpu.h"

const char *const guest_name = "xsave";

#define SECOND		1000000
#define X87		BIT(0)
#define SSE		BIT(1)
#define AVX		BIT(2)
#define PKRU		BIT(9)
#define AREA_SIZE	4096
#define HEADER		512
#define MXCSR		24
#define XMM		160
#define MXCSR_DEFAULT	0x1f80
#define FCW_UNMASKED	0x0340

static u8 areas[GUEST_MAX_CPUS][2][AREA_SIZE] __aligned(64);
static u64 supported;

static void xsave(u8 *area, u64 mask)
{
	asm volatile("xsave64 (%0)" : : "r" (area), "a" ((u32)mask), "d" ((u32)(mask >> 32))
		     : "memory");
}

static void xrstor(const u8 *area, u64 mask)
{
	asm volatile("xrstor64 (%0)" : : "r" (area), "a" ((u32)mask), "d" ((u32)(mask >> 32))
		     : "memory");
}

static u32 component_offset(unsigned int n)
{
	return cpuid(0xd, n).ebx;
}

static void enable(u64 xcr0)
{
	arch_fp_on();
	write_cr4(read_cr4() | CR4_OSXSAVE);
	xsetbv(0, xcr0);
}

/* --- rules --- */

struct xcr {
	u32 nr;
	u64 val;
};

static void set_xcr(void *arg)
{
	const struct xcr *xcr = arg;

	xsetbv(xcr->nr, xcr->val);
}

static void get_xcr(void *arg)
{
	xgetbv((u64)arg);
}

static bool set_faults(u32 nr, u64 val)
{
	struct xcr xcr = { nr, val };
	struct trap_info trap;

	return arch_try(set_xcr, &xcr, &trap) && trap.cause == VEC_GP;
}

static void without_osxsave(void)
{
	struct trap_info trap;

	write_cr4(read_cr4() & ~CR4_OSXSAVE);
	check(arch_try(get_xcr, NULL, &trap) && trap.cause == VEC_UD, "XGETBV: trap %lu",
	      trap.cause);
	check(arch_try(set_xcr, &(struct xcr){ 0, 1 }, &trap) && trap.cause == VEC_UD,
	      "XSETBV: trap %lu", trap.cause);
	write_cr4(read_cr4() | CR4_OSXSAVE);
}

static void xcr0_rules(void)
{
	u64 before = xgetbv(0);
	unsigned int i;

	check(set_faults(0, 0), "0 was taken");
	check(set_faults(0, SSE), "without x87");
	if (supported & AVX)
		check(set_faults(0, X87 | AVX), "AVX without SSE");
	for (i = 0; i < 64; i++) {
		if (!(supported >> i & 1))
			check(set_faults(0, X87 | BIT(i)), "bit %u, which is not announced", i);
	}
	check(set_faults(1, 1), "XCR1 was written");
	check(xgetbv(0) == before, "XCR0 became 0x%lx", xgetbv(0));
}

static void each_feature_set(void)
{
	static const u64 sets[] = { X87, X87 | SSE, X87 | SSE | AVX, X87 | PKRU,
				    X87 | SSE | AVX | PKRU };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sets); i++) {
		if (sets[i] & ~supported)
			continue;
		xsetbv(0, sets[i]);
		arch_mmio_read();
		arch_null_call();
		check(xgetbv(0) == sets[i], "0x%lx, not 0x%lx", xgetbv(0), sets[i]);
	}
	xsetbv(0, supported);
	check(xgetbv(0) == supported, "0x%lx, not 0x%lx", xgetbv(0), supported);
}

static void user_xsetbv(void *arg)
{
	xsetbv(0, 1);
}

static void not_for_users(void)
{
	struct trap_info trap;

	user_run(user_xsetbv, NULL, &trap);
	check(trap.cause == VEC_GP, "trap %lu", trap.cause);
}

static void use_ymm(void *arg)
{
	asm volatile("vpxor %ymm1, %ymm1, %ymm1");
}

static void avx_needs_xcr0(void)
{
	struct trap_info trap;

	if (!(supported & AVX)) {
		test_skip("no AVX");
		return;
	}
	xsetbv(0, X87 | SSE);
	check(arch_try(use_ymm, NULL, &trap) && trap.cause == VEC_UD, "trap %lu", trap.cause);
	xsetbv(0, X87 | SSE | AVX);
	check(!arch_try(use_ymm, NULL, &trap), "trap %lu with it", trap.cause);
}

static void use_x87(void *arg)
{
	asm volatile("fldz");
}

static void use_sse(void *arg)
{
	asm volatile("xorps %xmm1, %xmm1");
}

static void task_switched(void)
{
	struct trap_info trap;

	write_cr0(read_cr0() | CR0_TS);
	check(arch_try(use_x87, NULL, &trap) && trap.cause == VEC_NM, "x87: trap %lu", trap.cause);
	arch_mmio_read();
	check(arch_try(use_sse, NULL, &trap) && trap.cause == VEC_NM, "SSE: trap %lu", trap.cause);
	asm volatile("clts");
	check(!arch_try(use_sse, NULL, &trap), "after CLTS: trap %lu", trap.cause);
}

static void divide_x87(void *arg)
{
	u16 control = FCW_UNMASKED;

	asm volatile("fninit\n\t"
		     "fldcw %0\n\t"
		     "fld1\n\t"
		     "fldz\n\t"
		     "fdivrp\n\t"
		     "fwait" : : "m" (control));
}

static void divide_sse(void *arg)
{
	u32 mxcsr = MXCSR_DEFAULT & ~(1u << 9);

	asm volatile("ldmxcsr %0\n\t"
		     "pcmpeqd %%xmm1, %%xmm1\n\t"
		     "psrld $25, %%xmm1\n\t"
		     "pslld $23, %%xmm1\n\t"
		     "xorps %%xmm0, %%xmm0\n\t"
		     "divss %%xmm0, %%xmm1" : : "m" (mxcsr));
}

static void numeric_errors(void)
{
	u32 mxcsr = MXCSR_DEFAULT;
	struct trap_info trap;

	check(arch_try(divide_x87, NULL, &trap) && trap.cause == VEC_MF, "x87: trap %lu",
	      trap.cause);
	asm volatile("fninit");
	if (!emulator_differs("has no #XM"))
		check(arch_try(divide_sse, NULL, &trap) && trap.cause == VEC_XM, "SSE: trap %lu",
		      trap.cause);
	asm volatile("ldmxcsr %0" : : "m" (mxcsr));
}

/* --- state --- */

static u64 pattern(u64 seed, unsigned int n)
{
	u64 state = seed + n * 0x9e3779b97f4a7c15;

	return random_next(&state);
}

static bool has_pkru(u64 set)
{
	return (set & PKRU) && HAS_PKU;
}

/* Rounding control; all exceptions stay masked, and bit 6 is always set. */
static u16 control_word(u64 seed)
{
	return 0x037f | (seed & 3) << 10;
}

static void fill(u64 seed, u64 set)
{
	u8 *area = areas[arch_cpu_self()][0];
	unsigned int i;
	u64 val;

	memset(area, 0, AREA_SIZE);
	*(u16 *)area = control_word(seed);
	*(u32 *)(area + MXCSR) = MXCSR_DEFAULT | (seed & 0x3f);
	*(u64 *)(area + HEADER) = set;
	for (i = 0; i < 32; i++) {
		val = pattern(seed, i);
		memcpy(area + XMM + i * 8, &val, 8);
		if (set & AVX)
			memcpy(area + component_offset(2) + i * 8, &(u64){ pattern(seed, i + 64) },
			       8);
	}
	if (has_pkru(set))
		*(u32 *)(area + component_offset(9)) = seed << 2;
	xrstor(area, set);
}

/* 0: all as it was; otherwise which part is not. */
static unsigned int compare(u64 seed, u64 set)
{
	u8 *area = areas[arch_cpu_self()][1];
	unsigned int i;
	u64 val;

	memset(area, 0, AREA_SIZE);
	xsave(area, set);
	if (*(u16 *)area != control_word(seed))
		return 1;
	if ((set & SSE) && *(u32 *)(area + MXCSR) != (MXCSR_DEFAULT | (seed & 0x3f)))
		return 2;
	for (i = 0; (set & SSE) && i < 32; i++) {
		val = pattern(seed, i);
		if (memcmp(area + XMM + i * 8, &val, 8))
			return 3;
		val = pattern(seed, i + 64);
		if ((set & AVX) && memcmp(area + component_offset(2) + i * 8, &val, 8))
			return 4;
	}
	if (has_pkru(set) && *(u32 *)(area + component_offset(9)) != (u32)(seed << 2))
		return 5;
	return 0;
}

static void exits(void)
{
	arch_mmio_read();
	arch_null_call();
	cpuid(0, 0);
	inb(uart_port() + 7);
	delay_us(200);
}

static void kept_with(u64 set)
{
	u64 seed = set << 20;
	unsigned int i, bad;

	xsetbv(0, set);
	for (i = 0; i < 100 && !test_failed(); i++) {
		fill(++seed, set);
		exits();
		bad = compare(seed, set);
		check(!bad, "XCR0 0x%lx: part %u changed in round %u", set, bad, i);
	}
}

static void kept(void)
{
	kept_with(X87);
	kept_with(X87 | SSE);
	if (supported & AVX)
		kept_with(X87 | SSE | AVX);
	kept_with(supported & (X87 | SSE | AVX | PKRU));
}

/* Switched off and on again: what XCR0 has off keeps its state. */
static void parts_come_back(void)
{
	u64 seed = 77;

	if (!(supported & AVX)) {
		test_skip("no AVX");
		return;
	}
	xsetbv(0, X87 | SSE | AVX);
	fill(seed, X87 | SSE | AVX);
	xsetbv(0, X87);
	exits();
	delay_us(20000);
	xsetbv(0, X87 | SSE | AVX);
	check(!compare(seed, X87 | SSE | AVX), "part %u changed", compare(seed, X87 | SSE | AVX));
}

/* --- everywhere at once --- */

static const u64 cpu_sets[] = { X87 | SSE | AVX, X87, X87 | SSE, X87 | SSE | AVX | PKRU };
static u64 done;

static void worker(void *arg)
{
	unsigned int i, bad, self = arch_cpu_self();
	u64 set = cpu_sets[self % ARRAY_SIZE(cpu_sets)] & supported;
	u64 end = arch_time() + time_from_us(option_number("ms", 500) * 1000);
	u64 seed = (u64)self << 40;

	enable(set);
	arch_irq_on();
	for (i = 0; arch_time() < end && !test_failed(); i++) {
		fill(++seed, set);
		if (i % 3)
			delay_us(random_next(&seed) % 5000);
		else
			exits();
		seed &= 0xffffffffffff;
		fill(seed, set);
		exits();
		bad = compare(seed, set);
		check(!bad, "CPU %u: part %u changed in round %u", self, bad, i);
		check(xgetbv(0) == set, "CPU %u: XCR0 is 0x%lx, not 0x%lx", self, xgetbv(0), set);
	}
	arch_irq_off();
	add_shared(&done, 1);
}

static void kept_everywhere(void)
{
	unsigned int cpu;

	store_shared(&done, 0);
	for (cpu = 0; cpu < arch_cpu_count(); cpu++) {
		if (cpu != arch_cpu_self())
			check(arch_cpu_start(cpu, worker, NULL), "CPU %u does not start", cpu);
	}
	worker(NULL);
	check(wait_for(&done, arch_cpu_count(), 60 * SECOND), "only %lu ended", done);
}

static u64 first_xcr0, looked;

static void look(void *arg)
{
	write_cr4(read_cr4() | CR4_OSXSAVE);
	store_shared(&first_xcr0, xgetbv(0));
	store_shared(&looked, 1);
}

/* Before anybody else: XCR0 is 1 at power-on. */
static void power_on(void)
{
	unsigned int other = !arch_cpu_self();

	write_cr4(read_cr4() | CR4_OSXSAVE);
	check(xgetbv(0) == 1, "XCR0 is 0x%lx", xgetbv(0));
	if (arch_cpu_count() < 2)
		return;
	check(arch_cpu_start(other, look, NULL) && wait_for(&looked, 1, 10 * SECOND),
	      "CPU %u does not start", other);
	check(first_xcr0 == 1, "XCR0 of CPU %u is 0x%lx", other, first_xcr0);
}

static void protection_keys(void)
{
	u32 val, i;

	if (!HAS_PKU) {
		test_skip("no protection keys");
		return;
	}
	write_cr4(read_cr4() | CR4_PKE);
	for (i = 0; i < 100 && !test_failed(); i++) {
		asm volatile("wrpkru" : : "a" (i * 0x1234567), "c" (0), "d" (0));
		exits();
		asm volatile("rdpkru" : "=a" (val) : "c" (0) : "rdx");
		check(val == i * 0x1234567, "0x%x, not 0x%x", val, i * 0x1234567);
	}
	asm volatile("wrpkru" : : "a" (0), "c" (0), "d" (0));
}

static const struct test_case cases[] = {
	{ "power_on", power_on },
	{ "without_osxsave", without_osxsave },
	{ "xcr0_rules", xcr0_rules },
	{ "each_feature_set", each_feature_set },
	{ "not_for_users", not_for_users },
	{ "avx_needs_xcr0", avx_needs_xcr0 },
	{ "task_switched", task_switched },
	{ "numeric_errors", numeric_errors },
	{ "kept", kept },
	{ "parts_come_back", parts_come_back },
	{ "protection_keys", protection_keys },
	{ "kept_everywhere", kept_everywhere },
};

static void no_xsave(void)
{
	test_skip("no XSAVE");
}

static const struct test_case none[] = {
	{ "needed", no_xsave },
};

void guest_main(void)
{
	if (!HAS_XSAVE) {
		test_run(none, ARRAY_SIZE(none));
		return;
	}
	supported = cpuid(0xd, 0).eax | (u64)cpuid(0xd, 0).edx << 32;
	arch_fp_on();
	test_run(cases, ARRAY_SIZE(cases));
}
