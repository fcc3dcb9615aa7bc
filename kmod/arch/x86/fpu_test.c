// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit suite: the extended state of vCPUs, on the CPU itself.
 */
#include <linux/math.h>
#include <linux/random.h>
#include <linux/string.h>
#include <asm/cpufeature.h>
#include <asm/fpu/types.h>
#include <asm/fpu/xcr.h>
#include <asm/fpu/xstate.h>
#include <asm/processor.h>
#include <asm/special_insns.h>

#include "arch/x86/cpu_test.h"
#include "compat.h"

#define VECTORS	16

static struct x86_vcpu *create(struct kunit *test)
{
	return x86_test_vcpu(cpu_test_create(test, 1), 0);
}

static bool has_ymm(void)
{
	return x86_fpu_guest_features() & XFEATURE_MASK_YMM;
}

static unsigned int vector_len(void)
{
	return has_ymm() ? 32 : 16;
}

/* --- sizes --- */

static void sizes_are_those_of_the_cpu(struct kunit *test)
{
	u64 features = x86_fpu_guest_features();
	u32 eax, ebx, ecx, edx, end = 576, compacted = 576;
	unsigned int i;

	if (!features)
		kunit_skip(test, "this CPU has no XSAVE");
	for (i = FIRST_EXTENDED_XFEATURE; i < 63; i++) {
		if (!(features & BIT_ULL(i)))
			continue;
		cpuid_count(CPUID_LEAF_XSTATE, i, &eax, &ebx, &ecx, &edx);
		end = max(end, eax + ebx);
		compacted = (ecx & 2 ? round_up(compacted, 64) : compacted) + eax;
	}
	KUNIT_EXPECT_EQ(test, x86_fpu_size(features, false), end);
	KUNIT_EXPECT_EQ(test, x86_fpu_size(features, true), compacted);
	KUNIT_EXPECT_EQ(test, x86_fpu_size(XFEATURE_MASK_FP, false), 576);
	KUNIT_EXPECT_EQ(test, x86_fpu_size(XFEATURE_MASK_FPSSE, true), 576);
	/* The host uses at least as much. */
	cpuid_count(CPUID_LEAF_XSTATE, 0, &eax, &ebx, &ecx, &edx);
	KUNIT_EXPECT_LE(test, end, ebx);
}

static void features_are_those_of_the_host(struct kunit *test)
{
	u64 features = x86_fpu_guest_features();

	if (!features)
		kunit_skip(test, "this CPU has no XSAVE");
	KUNIT_EXPECT_EQ(test, features & ~xgetbv(0), 0);
	KUNIT_EXPECT_EQ(test, features & XFEATURE_MASK_FPSSE, XFEATURE_MASK_FPSSE);
	KUNIT_EXPECT_EQ(test, features & (XFEATURE_MASK_XTILE_CFG | XFEATURE_MASK_XTILE_DATA |
					  XFEATURE_MASK_BNDREGS | XFEATURE_MASK_BNDCSR), 0);
}

/* --- after power-on --- */

struct live {
	u16 fcw;
	u16 fsw;
	u32 mxcsr;
	u64 xcr0;
};

/* Nothing between load and put may use the unit, checks least of all. */
static struct live look(struct x86_vcpu *v)
{
	struct live live = {};

	x86_fpu_load(v);
	asm volatile("fnstcw %0" : "=m" (live.fcw));
	asm volatile("fnstsw %0" : "=m" (live.fsw));
	asm volatile("stmxcsr %0" : "=m" (live.mxcsr));
	if (x86_fpu_guest_features())
		live.xcr0 = xgetbv(0);
	x86_fpu_put(v);
	return live;
}

static void power_on_state(struct kunit *test)
{
	struct x86_vcpu *v = create(test);
	struct live live = look(v);

	KUNIT_EXPECT_EQ(test, live.fcw, 0x40);
	KUNIT_EXPECT_EQ(test, live.fsw, 0);
	KUNIT_EXPECT_EQ(test, live.mxcsr, MXCSR_DEFAULT);
	if (x86_fpu_guest_features())
		KUNIT_EXPECT_EQ(test, live.xcr0, XFEATURE_MASK_FP);
}

/* --- registers --- */

static void write_all(struct x86_vcpu *v, u8 (*regs)[32])
{
	unsigned int n;

	x86_fpu_load(v);
	for (n = 0; n < VECTORS; n++)
		x86_fpu_write_vector(v, n, regs[n], vector_len(), false);
	x86_fpu_put(v);
}

static void read_all(struct x86_vcpu *v, u8 (*regs)[32])
{
	unsigned int n;

	x86_fpu_load(v);
	for (n = 0; n < VECTORS; n++)
		x86_fpu_read_vector(v, n, regs[n], vector_len());
	x86_fpu_put(v);
}

/* Two vCPUs in turn, and the host's own use of the unit between them. */
static void vcpus_keep_their_registers(struct kunit *test)
{
	struct x86_test_vm *tv = cpu_test_create(test, 2);
	struct x86_vcpu *v[2] = { x86_test_vcpu(tv, 0), x86_test_vcpu(tv, 1) };
	u8 (*want)[VECTORS][32] = kunit_kzalloc(test, 2 * sizeof(*want), GFP_KERNEL);
	u8 (*got)[32] = kunit_kzalloc(test, sizeof(*want), GFP_KERNEL);
	unsigned int i, n, round;

	KUNIT_ASSERT_NOT_NULL(test, want);
	KUNIT_ASSERT_NOT_NULL(test, got);
	for (round = 0; round < 10; round++) {
		for (i = 0; i < 2; i++) {
			get_random_bytes(want[i], sizeof(*want));
			write_all(v[i], want[i]);
		}
		kernel_fpu_begin();
		asm volatile("pxor %%xmm3, %%xmm3" : : : "memory");
		kernel_fpu_end();
		for (i = 0; i < 2; i++) {
			read_all(v[i], got);
			for (n = 0; n < VECTORS; n++)
				KUNIT_EXPECT_MEMEQ(test, got[n], want[i][n], vector_len());
		}
	}
}

/* The register itself has it, not the copy alone. */
static void writes_reach_the_register(struct kunit *test)
{
	struct x86_vcpu *v = create(test);
	u8 want[16], low[16], last[16];

	get_random_bytes(want, sizeof(want));
	x86_fpu_load(v);
	x86_fpu_write_vector(v, 0, want, sizeof(want), false);
	x86_fpu_write_vector(v, 15, want, sizeof(want), false);
	asm volatile("movups %%xmm0, %0" : "=m" (low));
	asm volatile("movups %%xmm15, %0" : "=m" (last));
	x86_fpu_put(v);
	KUNIT_EXPECT_MEMEQ(test, low, want, sizeof(want));
	KUNIT_EXPECT_MEMEQ(test, last, want, sizeof(want));
}

static void reads_come_from_the_register(struct kunit *test)
{
	struct x86_vcpu *v = create(test);
	u8 want[16], got[16];

	get_random_bytes(want, sizeof(want));
	x86_fpu_load(v);
	asm volatile("movups %0, %%xmm7" : : "m" (want));
	x86_fpu_read_vector(v, 7, got, sizeof(got));
	x86_fpu_put(v);
	KUNIT_EXPECT_MEMEQ(test, got, want, sizeof(want));
}

static void short_writes_keep_or_clear_the_rest(struct kunit *test)
{
	struct x86_vcpu *v = create(test);
	unsigned int len = vector_len();
	u8 ones[32], got[32], want[32];

	memset(ones, 0xff, sizeof(ones));
	x86_fpu_load(v);
	x86_fpu_write_vector(v, 2, ones, len, false);
	x86_fpu_write_vector(v, 2, "abcdefgh", 8, false);
	x86_fpu_read_vector(v, 2, got, len);
	x86_fpu_put(v);
	memcpy(want, ones, sizeof(want));
	memcpy(want, "abcdefgh", 8);
	KUNIT_EXPECT_MEMEQ(test, got, want, len);

	x86_fpu_load(v);
	x86_fpu_write_vector(v, 2, ones, len, false);
	x86_fpu_write_vector(v, 2, "abcdefgh", 8, true);
	x86_fpu_read_vector(v, 2, got, len);
	x86_fpu_put(v);
	memset(want, 0, sizeof(want));
	memcpy(want, "abcdefgh", 8);
	KUNIT_EXPECT_MEMEQ(test, got, want, len);
}

/* --- XCR0 --- */

/* What the guest turned off is still there when it turns it on again. */
static void registers_survive_xcr0(struct kunit *test)
{
	struct x86_vcpu *v = create(test);
	u64 host, features = x86_fpu_guest_features();
	u8 want[32], got[32];

	if (!has_ymm())
		kunit_skip(test, "this CPU has no AVX");
	host = xgetbv(0);
	get_random_bytes(want, sizeof(want));
	x86_fpu_load(v);
	x86_fpu_set_xcr0(v, features);
	x86_fpu_write_vector(v, 5, want, sizeof(want), false);
	x86_fpu_set_xcr0(v, XFEATURE_MASK_FP);
	x86_fpu_put(v);
	KUNIT_EXPECT_EQ(test, xgetbv(0), host);
	KUNIT_EXPECT_EQ(test, v->fpu.xcr0, XFEATURE_MASK_FP);
	read_all(v, kunit_kzalloc(test, VECTORS * 32, GFP_KERNEL));
	x86_fpu_load(v);
	x86_fpu_set_xcr0(v, features);
	x86_fpu_read_vector(v, 5, got, sizeof(got));
	x86_fpu_put(v);
	KUNIT_EXPECT_MEMEQ(test, got, want, sizeof(want));
	KUNIT_EXPECT_EQ(test, xgetbv(0), host);
	KUNIT_EXPECT_EQ(test, look(v).xcr0, features);
}

/* As under a hypervisor that does not let XSETBV exit. */
static void unseen_xsetbv_is_taken_over(struct kunit *test)
{
	struct x86_vcpu *v = create(test);
	u64 host;

	if (!has_ymm())
		kunit_skip(test, "this CPU has no AVX");
	host = xgetbv(0);
	x86_fpu_load(v);
	xsetbv(0, host);
	x86_fpu_put(v);
	KUNIT_EXPECT_EQ(test, v->fpu.xcr0, host & x86_fpu_guest_features());
	KUNIT_EXPECT_EQ(test, xgetbv(0), host);
}

static void pkru_is_switched(struct kunit *test)
{
	struct x86_vcpu *v = create(test);
	u32 host, first, second;

	if (!(x86_fpu_guest_features() & XFEATURE_MASK_PKRU))
		kunit_skip(test, "this CPU has no protection keys");
	host = rdpkru();
	x86_fpu_load(v);
	first = rdpkru();
	wrpkru(0x12345670);
	x86_fpu_put(v);
	KUNIT_EXPECT_EQ(test, first, 0);
	KUNIT_EXPECT_EQ(test, rdpkru(), host);
	x86_fpu_load(v);
	second = rdpkru();
	x86_fpu_put(v);
	KUNIT_EXPECT_EQ(test, second, 0x12345670);
	KUNIT_EXPECT_EQ(test, rdpkru(), host);
}

/* --- reset --- */

static void init_keeps_and_power_on_clears(struct kunit *test)
{
	struct x86_vcpu *v = create(test);
	u8 want[16], got[16], zero[16] = {};

	get_random_bytes(want, sizeof(want));
	x86_fpu_load(v);
	x86_fpu_write_vector(v, 9, want, sizeof(want), false);
	x86_fpu_put(v);
	x86_fpu_reset(v, true);
	x86_fpu_load(v);
	x86_fpu_read_vector(v, 9, got, sizeof(got));
	x86_fpu_put(v);
	KUNIT_EXPECT_MEMEQ(test, got, want, sizeof(want));
	x86_fpu_reset(v, false);
	x86_fpu_load(v);
	x86_fpu_read_vector(v, 9, got, sizeof(got));
	x86_fpu_put(v);
	KUNIT_EXPECT_MEMEQ(test, got, zero, sizeof(zero));
}

static struct kunit_case cases[] = {
	KUNIT_CASE(sizes_are_those_of_the_cpu),
	KUNIT_CASE(features_are_those_of_the_host),
	KUNIT_CASE(power_on_state),
	KUNIT_CASE(vcpus_keep_their_registers),
	KUNIT_CASE(writes_reach_the_register),
	KUNIT_CASE(reads_come_from_the_register),
	KUNIT_CASE(short_writes_keep_or_clear_the_rest),
	KUNIT_CASE(registers_survive_xcr0),
	KUNIT_CASE(unseen_xsetbv_is_taken_over),
	KUNIT_CASE(pkru_is_switched),
	KUNIT_CASE(init_keeps_and_power_on_clears),
	{}
};

static struct kunit_suite suite = {
	.name = "x86_fpu",
	.test_cases = cases,
};

kunit_test_suite(suite);
