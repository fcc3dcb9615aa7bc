// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit suite: what CPUID tells guests.
 */
#include <linux/string.h>
#include <asm/cpufeature.h>
#include <asm/fpu/types.h>
#include <asm/processor.h>
#include <uapi/asm/kvm_para.h>

#include "arch/x86/cpu_test.h"

struct answer {
	u32 eax, ebx, ecx, edx;
};

static struct answer ask(struct x86_vcpu *v, u32 leaf, u32 subleaf)
{
	v->gpr[X86_RAX] = leaf;
	v->gpr[X86_RCX] = subleaf;
	x86_cpuid_emulate(v);
	return (struct answer) {
		v->gpr[X86_RAX], v->gpr[X86_RBX], v->gpr[X86_RCX], v->gpr[X86_RDX]
	};
}

static bool is_zero(struct answer a)
{
	return !(a.eax | a.ebx | a.ecx | a.edx);
}

static bool is_same(struct answer a, struct answer b)
{
	return a.eax == b.eax && a.ebx == b.ebx && a.ecx == b.ecx && a.edx == b.edx;
}

static struct x86_vcpu *made_up(struct kunit *test, const struct cpu_test_host *host)
{
	struct x86_test_vm *tv = cpu_test_create(test, 1);

	cpu_test_replace(tv, 0, host);
	x86_cpuid_set_topology(x86_test_vcpu(tv, 0));
	return x86_test_vcpu(tv, 0);
}

static struct x86_vcpu *of_vendor(struct kunit *test, u8 vendor)
{
	struct cpu_test_host host = cpu_test_host(vendor);

	return made_up(test, &host);
}

/* --- features --- */

static const unsigned int never[] = {
	X86_FEATURE_VMX, X86_FEATURE_SVM, X86_FEATURE_MWAIT, X86_FEATURE_MWAITX, X86_FEATURE_SMX,
	X86_FEATURE_DS, X86_FEATURE_DTES64, X86_FEATURE_DSCPL, X86_FEATURE_PDCM, X86_FEATURE_EST,
	X86_FEATURE_TM2, X86_FEATURE_ACPI, X86_FEATURE_ACC, X86_FEATURE_PBE, X86_FEATURE_DCA,
	X86_FEATURE_XTPR, X86_FEATURE_SDBG, X86_FEATURE_SGX, X86_FEATURE_MPX, X86_FEATURE_CQM,
	X86_FEATURE_RDT_A, X86_FEATURE_INTEL_PT, X86_FEATURE_WAITPKG, X86_FEATURE_SHSTK,
	X86_FEATURE_IBT, X86_FEATURE_ENQCMD, X86_FEATURE_BUS_LOCK_DETECT, X86_FEATURE_TME,
	X86_FEATURE_SGX_LC, X86_FEATURE_PCONFIG, X86_FEATURE_ARCH_LBR, X86_FEATURE_AMX_BF16,
	X86_FEATURE_AMX_TILE, X86_FEATURE_AMX_INT8, X86_FEATURE_CORE_CAPABILITIES,
	X86_FEATURE_HYBRID_CPU, X86_FEATURE_FRED, X86_FEATURE_LKGS, X86_FEATURE_LAM,
	X86_FEATURE_XFD, X86_FEATURE_IBS, X86_FEATURE_LWP, X86_FEATURE_SKINIT, X86_FEATURE_WDT,
	X86_FEATURE_OSVW, X86_FEATURE_PERFCTR_CORE, X86_FEATURE_PERFCTR_NB,
	X86_FEATURE_PERFCTR_LLC, X86_FEATURE_BPEXT, X86_FEATURE_PTSC, X86_FEATURE_NODEID_MSR,
	X86_FEATURE_EXTAPIC, X86_FEATURE_RDPRU, X86_FEATURE_IRPERF, X86_FEATURE_VIRT_SSBD,
	X86_FEATURE_AMD_PPIN, X86_FEATURE_CPPC, X86_FEATURE_BRS, X86_FEATURE_HWP,
	X86_FEATURE_DTHERM, X86_FEATURE_IDA,
};

static void hides_what_is_not_virtualized(struct kunit *test)
{
	static const u8 vendors[] = { X86_VENDOR_INTEL, X86_VENDOR_AMD };
	struct x86_vcpu *v;
	unsigned int i, n;

	for (n = 0; n < ARRAY_SIZE(vendors); n++) {
		v = of_vendor(test, vendors[n]);
		for (i = 0; i < ARRAY_SIZE(never); i++)
			KUNIT_EXPECT_FALSE_MSG(test, x86_guest_has(v, never[i]), "word %u bit %u",
					       never[i] / 32, never[i] % 32);
	}
}

/* Monitor, power, counters, RDT, SGX, tracing, SoC, key locker, hybrid, LBR, AMX, history. */
static const u32 empty_leaves[] = {
	0x3, 0x5, 0x8, 0x9, 0xa, 0xc, 0xe, 0xf, 0x10, 0x11, 0x12, 0x13, 0x14, 0x17, 0x18, 0x19,
	0x1a, 0x1b, 0x1c, 0x1d, 0x1e,
	0x80000009, 0x8000000a, 0x8000001b, 0x8000001c, 0x8000001f, 0x80000020,
};

static void unknown_leaves_are_empty(struct kunit *test)
{
	struct x86_vcpu *v = of_vendor(test, X86_VENDOR_AMD);
	unsigned int i;
	u32 subleaf;

	for (i = 0; i < ARRAY_SIZE(empty_leaves); i++)
		for (subleaf = 0; subleaf < 4; subleaf++)
			KUNIT_EXPECT_TRUE_MSG(test, is_zero(ask(v, empty_leaves[i], subleaf)),
					      "leaf %x", empty_leaves[i]);
	KUNIT_EXPECT_EQ(test, ask(v, 0x6, 0).eax, BIT(X86_FEATURE_ARAT % 32));
	KUNIT_EXPECT_EQ(test, ask(v, 0x6, 0).ecx, 0);
}

static void shows_what_the_cpu_has(struct kunit *test)
{
	struct x86_vcpu *v = of_vendor(test, X86_VENDOR_INTEL);

	KUNIT_EXPECT_TRUE(test, x86_guest_has(v, X86_FEATURE_SMEP));
	KUNIT_EXPECT_TRUE(test, x86_guest_has(v, X86_FEATURE_AVX512F));
	KUNIT_EXPECT_TRUE(test, x86_guest_has(v, X86_FEATURE_LA57));
	KUNIT_EXPECT_TRUE(test, x86_guest_has(v, X86_FEATURE_AVX_VNNI));
	KUNIT_EXPECT_TRUE(test, x86_guest_has(v, X86_FEATURE_XSAVES));
	KUNIT_EXPECT_TRUE(test, x86_guest_has(v, X86_FEATURE_NX));
}

static void hides_what_the_cpu_lacks(struct kunit *test)
{
	struct cpu_test_host host = cpu_test_host(X86_VENDOR_INTEL);
	struct x86_vcpu *v;

	host.lacks[0] = X86_FEATURE_SMEP;
	host.lacks[1] = X86_FEATURE_AVX_VNNI;
	host.lacks[2] = X86_FEATURE_INVPCID;
	v = made_up(test, &host);
	KUNIT_EXPECT_FALSE(test, x86_guest_has(v, X86_FEATURE_SMEP));
	KUNIT_EXPECT_FALSE(test, x86_guest_has(v, X86_FEATURE_AVX_VNNI));
	KUNIT_EXPECT_FALSE(test, x86_guest_has(v, X86_FEATURE_INVPCID));
	KUNIT_EXPECT_TRUE(test, x86_guest_has(v, X86_FEATURE_SMAP));
}

static void hides_what_the_kernel_turned_off(struct kunit *test)
{
	struct cpu_test_host host = cpu_test_host(X86_VENDOR_AMD);
	struct x86_vcpu *v;

	host.denied[0] = X86_FEATURE_SMAP;
	host.denied[1] = X86_FEATURE_AMD_IBPB;
	v = made_up(test, &host);
	KUNIT_EXPECT_FALSE(test, x86_guest_has(v, X86_FEATURE_SMAP));
	KUNIT_EXPECT_FALSE(test, x86_guest_has(v, X86_FEATURE_AMD_IBPB));
	KUNIT_EXPECT_TRUE(test, x86_guest_has(v, X86_FEATURE_SMEP));
}

static void emulated_features_need_no_host(struct kunit *test)
{
	struct cpu_test_host host = cpu_test_host(X86_VENDOR_AMD);
	struct x86_vcpu *v;

	host.lacks[0] = X86_FEATURE_X2APIC;
	host.lacks[1] = X86_FEATURE_TSC_DEADLINE_TIMER;
	host.lacks[2] = X86_FEATURE_HYPERVISOR;
	host.lacks[3] = X86_FEATURE_TSC_ADJUST;
	host.denied[0] = X86_FEATURE_X2APIC;
	host.denied[1] = X86_FEATURE_HYPERVISOR;
	v = made_up(test, &host);
	KUNIT_EXPECT_TRUE(test, x86_guest_has(v, X86_FEATURE_X2APIC));
	KUNIT_EXPECT_TRUE(test, x86_guest_has(v, X86_FEATURE_TSC_DEADLINE_TIMER));
	KUNIT_EXPECT_TRUE(test, x86_guest_has(v, X86_FEATURE_HYPERVISOR));
	KUNIT_EXPECT_TRUE(test, x86_guest_has(v, X86_FEATURE_TSC_ADJUST));
}

/* What needs state that is not switched is not there. */
static void features_need_their_state(struct kunit *test)
{
	static const unsigned int avx[] = {
		X86_FEATURE_AVX, X86_FEATURE_AVX2, X86_FEATURE_FMA, X86_FEATURE_F16C,
		X86_FEATURE_VAES, X86_FEATURE_VPCLMULQDQ, X86_FEATURE_AVX_VNNI,
		X86_FEATURE_AVX512F, X86_FEATURE_AVX512_FP16, X86_FEATURE_XOP, X86_FEATURE_PKU,
	};
	struct cpu_test_host host = cpu_test_host(X86_VENDOR_AMD);
	struct x86_vcpu *v;
	unsigned int i;

	host.host.xfeatures = XFEATURE_MASK_FPSSE;
	v = made_up(test, &host);
	for (i = 0; i < ARRAY_SIZE(avx); i++)
		KUNIT_EXPECT_FALSE_MSG(test, x86_guest_has(v, avx[i]), "word %u bit %u",
				       avx[i] / 32, avx[i] % 32);
	KUNIT_EXPECT_TRUE(test, x86_guest_has(v, X86_FEATURE_XSAVE));
	KUNIT_EXPECT_EQ(test, ask(v, 0xd, 0).eax, XFEATURE_MASK_FPSSE);
	KUNIT_EXPECT_TRUE(test, is_zero(ask(v, 0xd, XFEATURE_YMM)));

	host.host.xfeatures = 0;
	v = made_up(test, &host);
	KUNIT_EXPECT_FALSE(test, x86_guest_has(v, X86_FEATURE_XSAVE));
	KUNIT_EXPECT_FALSE(test, x86_guest_has(v, X86_FEATURE_XSAVES));
	KUNIT_EXPECT_TRUE(test, is_zero(ask(v, 0xd, 0)));
	KUNIT_EXPECT_TRUE(test, is_zero(ask(v, 0xd, 1)));
}

/* The CR4 bits of features that are hidden cannot be set. */
static void cr4_follows_features(struct kunit *test)
{
	struct cpu_test_host host = cpu_test_host(X86_VENDOR_INTEL);
	struct x86_vcpu *v = made_up(test, &host);
	u64 optional = X86_CR4_SMEP | X86_CR4_SMAP | X86_CR4_UMIP | X86_CR4_PKE | X86_CR4_LA57 |
		       X86_CR4_FSGSBASE | X86_CR4_PCIDE | X86_CR4_OSXSAVE;

	KUNIT_EXPECT_EQ(test, x86_cr4_allowed(v) & optional, optional);
	KUNIT_EXPECT_EQ(test, x86_cr4_allowed(v) & (X86_CR4_VMXE | X86_CR4_SMXE | X86_CR4_CET |
						    X86_CR4_FRED | X86_CR4_LAM_SUP), 0);
	host.lacks[0] = X86_FEATURE_SMEP;
	host.lacks[1] = X86_FEATURE_LA57;
	host.lacks[2] = X86_FEATURE_PCID;
	v = made_up(test, &host);
	KUNIT_EXPECT_EQ(test, x86_cr4_allowed(v) & optional,
			optional & ~(X86_CR4_SMEP | X86_CR4_LA57 | X86_CR4_PCIDE));
}

/* AMD repeats them, Intel does not; what is hidden in one place is hidden in both. */
static void amd_repeats_features(struct kunit *test)
{
	struct cpu_test_host host = cpu_test_host(X86_VENDOR_AMD);
	struct x86_vcpu *v;
	u32 edx;

	host.lacks[0] = X86_FEATURE_PSE36;
	v = made_up(test, &host);
	edx = ask(v, 0x80000001, 0).edx;
	KUNIT_EXPECT_TRUE(test, edx & BIT(X86_FEATURE_FXSR % 32));
	KUNIT_EXPECT_FALSE(test, edx & BIT(X86_FEATURE_PSE36 % 32));
	v = of_vendor(test, X86_VENDOR_INTEL);
	KUNIT_EXPECT_FALSE(test, ask(v, 0x80000001, 0).edx & BIT(X86_FEATURE_FXSR % 32));
}

/* --- leaves --- */

static void past_the_end_intel_repeats(struct kunit *test)
{
	struct cpu_test_host host = cpu_test_host(X86_VENDOR_INTEL);
	struct x86_vcpu *v;
	u32 max;

	host.max_basic = 0x16;
	v = made_up(test, &host);
	max = ask(v, 0, 0).eax;
	KUNIT_EXPECT_EQ(test, max, 0x16);
	KUNIT_EXPECT_FALSE(test, is_zero(ask(v, max, 0)));
	KUNIT_EXPECT_TRUE(test, is_same(ask(v, max + 1, 0), ask(v, max, 0)));
	KUNIT_EXPECT_TRUE(test, is_same(ask(v, 0x1000, 0), ask(v, max, 0)));
	KUNIT_EXPECT_TRUE(test, is_same(ask(v, 0x80000009, 0), ask(v, max, 0)));
	KUNIT_EXPECT_TRUE(test, is_same(ask(v, U32_MAX, 3), ask(v, max, 3)));
	KUNIT_EXPECT_TRUE(test, is_zero(ask(v, 0x40000200, 0)));
}

static void past_the_end_amd_is_empty(struct kunit *test)
{
	struct cpu_test_host host = cpu_test_host(X86_VENDOR_AMD);
	struct x86_vcpu *v;

	host.max_basic = 0xd;
	host.max_extended = 0x8000001a;
	v = made_up(test, &host);
	KUNIT_EXPECT_EQ(test, ask(v, 0, 0).eax, 0xd);
	KUNIT_EXPECT_EQ(test, ask(v, 0x80000000, 0).eax, 0x8000001a);
	KUNIT_EXPECT_TRUE(test, is_zero(ask(v, 0xe, 0)));
	KUNIT_EXPECT_TRUE(test, is_zero(ask(v, 0x1f, 0)));
	KUNIT_EXPECT_TRUE(test, is_zero(ask(v, 0x80000021, 0)));
	KUNIT_EXPECT_TRUE(test, is_zero(ask(v, U32_MAX, U32_MAX)));
	KUNIT_EXPECT_TRUE(test, is_zero(ask(v, 0x40000002, 0)));
	KUNIT_EXPECT_TRUE(test, is_zero(ask(v, 0x4fffffff, 0)));
}

/* Nobody knows what leaves that come in the future say. */
static void ends_are_limited(struct kunit *test)
{
	struct x86_vcpu *v = of_vendor(test, X86_VENDOR_AMD);

	KUNIT_EXPECT_EQ(test, ask(v, 0, 0).eax, 0x1f);
	KUNIT_EXPECT_EQ(test, ask(v, 0x80000000, 0).eax, 0x80000021);
}

static void subleaves_end(struct kunit *test)
{
	struct x86_vcpu *v = of_vendor(test, X86_VENDOR_INTEL);

	KUNIT_EXPECT_EQ(test, ask(v, 0x7, 0).eax, 2);
	KUNIT_EXPECT_FALSE(test, is_zero(ask(v, 0x7, 1)));
	KUNIT_EXPECT_TRUE(test, is_zero(ask(v, 0x7, 3)));
	KUNIT_EXPECT_TRUE(test, is_zero(ask(v, 0x7, U32_MAX)));
	KUNIT_EXPECT_TRUE(test, is_zero(ask(v, 0xd, 63)));
	KUNIT_EXPECT_TRUE(test, is_zero(ask(v, 0x4, 17)));
	/* Where there are none, ECX does not matter. */
	KUNIT_EXPECT_TRUE(test, is_same(ask(v, 0x1, 77), ask(v, 0x1, 0)));
}

static void only_the_lower_halves_count(struct kunit *test)
{
	struct x86_vcpu *v = of_vendor(test, X86_VENDOR_INTEL);
	unsigned int i;

	memset(v->gpr, 0xff, sizeof(v->gpr));
	v->gpr[X86_RAX] = 0xdead00000000000bULL;
	v->gpr[X86_RCX] = 0xdead000000000000ULL;
	x86_cpuid_emulate(v);
	KUNIT_EXPECT_EQ(test, v->gpr[X86_RBX], 1);
	for (i = 0; i < X86_GPRS; i++)
		KUNIT_EXPECT_EQ(test, v->gpr[i] >> 32, i <= X86_RBX ? 0 : U32_MAX);
}

static void expect_signature(struct kunit *test, struct answer a, const char *text)
{
	KUNIT_EXPECT_MEMEQ(test, &a.ebx, text, 4);
	KUNIT_EXPECT_MEMEQ(test, &a.ecx, text + 4, 4);
	KUNIT_EXPECT_MEMEQ(test, &a.edx, text + 8, 4);
}

static void hypervisor_leaves(struct kunit *test)
{
	struct x86_vcpu *v = of_vendor(test, X86_VENDOR_AMD);

	KUNIT_EXPECT_EQ(test, ask(v, 0x40000000, 0).eax, 0x40000010);
	expect_signature(test, ask(v, 0x40000000, 0), "axvmaxvmaxvm");
	KUNIT_EXPECT_EQ(test, ask(v, 0x40000010, 0).eax, CPU_TEST_TSC_KHZ);
	KUNIT_EXPECT_EQ(test, ask(v, 0x40000010, 0).ebx, 1000000);
	KUNIT_EXPECT_EQ(test, ask(v, 0x40000100, 0).eax, 0x40000101);
	expect_signature(test, ask(v, 0x40000100, 0), KVM_SIGNATURE);
	KUNIT_EXPECT_EQ(test, ask(v, 0x40000101, 0).eax,
			BIT(KVM_FEATURE_CLOCKSOURCE2) | BIT(KVM_FEATURE_NOP_IO_DELAY) |
			BIT(KVM_FEATURE_CLOCKSOURCE_STABLE_BIT));
}

/* As a kernel computes it: in 32 bits. */
static void tsc_leaf_names_the_rate(struct kunit *test)
{
	static const u32 rates[] = {
		800000, 999999, 1000000, 1000001, 1996800, 2095078, 2400056, 2399998, 2893299,
		3000000, 3792874, 4200000, 5100000,
	};
	struct cpu_test_host host = cpu_test_host(X86_VENDOR_INTEL);
	struct answer a;
	unsigned int i;
	u32 khz;

	for (i = 0; i < ARRAY_SIZE(rates); i++) {
		host.host.tsc_khz = rates[i];
		a = ask(made_up(test, &host), 0x15, 0);
		KUNIT_ASSERT_NE(test, a.eax, 0);
		KUNIT_EXPECT_EQ(test, a.ecx, 1000000000);
		khz = a.ecx / 1000 * a.ebx / a.eax;
		KUNIT_EXPECT_LE_MSG(test, abs_diff(khz, rates[i]), rates[i] / 20000,
				    "%u for %u", khz, rates[i]);
	}
}

/* --- what mirrors registers --- */

static void mirrors_cr4(struct kunit *test)
{
	struct x86_vcpu *v = of_vendor(test, X86_VENDOR_INTEL);
	u32 osxsave = BIT(X86_FEATURE_OSXSAVE % 32), ospke = BIT(X86_FEATURE_OSPKE % 32);

	KUNIT_EXPECT_FALSE(test, ask(v, 0x1, 0).ecx & osxsave);
	KUNIT_EXPECT_FALSE(test, ask(v, 0x7, 0).ecx & ospke);
	KUNIT_ASSERT_TRUE(test, x86_cr4_write(v, X86_CR4_OSXSAVE | X86_CR4_PKE));
	KUNIT_EXPECT_TRUE(test, ask(v, 0x1, 0).ecx & osxsave);
	KUNIT_EXPECT_TRUE(test, ask(v, 0x7, 0).ecx & ospke);
	KUNIT_ASSERT_TRUE(test, x86_cr4_write(v, 0));
	KUNIT_EXPECT_FALSE(test, ask(v, 0x1, 0).ecx & osxsave);
	KUNIT_EXPECT_FALSE(test, ask(v, 0x7, 0).ecx & ospke);
}

static void mirrors_the_apic(struct kunit *test)
{
	struct x86_vcpu *v = of_vendor(test, X86_VENDOR_AMD);
	u32 apic = BIT(X86_FEATURE_APIC % 32);

	KUNIT_EXPECT_TRUE(test, ask(v, 0x1, 0).edx & apic);
	KUNIT_EXPECT_TRUE(test, ask(v, 0x80000001, 0).edx & apic);
	KUNIT_ASSERT_EQ(test, x86_msr_write(v, MSR_IA32_APICBASE,
					    v->lapic.base_msr & ~(u64)MSR_IA32_APICBASE_ENABLE), 0);
	KUNIT_EXPECT_FALSE(test, ask(v, 0x1, 0).edx & apic);
	KUNIT_EXPECT_FALSE(test, ask(v, 0x80000001, 0).edx & apic);
}

static void mirrors_xcr0(struct kunit *test)
{
	struct x86_vcpu *v = x86_test_vcpu(cpu_test_create(test, 1), 0);
	u64 features = x86_fpu_guest_features();

	if (!x86_guest_has(v, X86_FEATURE_XSAVE))
		kunit_skip(test, "this CPU has no XSAVE");
	KUNIT_EXPECT_EQ(test, ask(v, 0xd, 0).ebx, 576);
	KUNIT_EXPECT_EQ(test, ask(v, 0xd, 0).ecx, x86_fpu_size(features, false));
	KUNIT_ASSERT_TRUE(test, x86_cr4_write(v, X86_CR4_OSXSAVE));
	v->gpr[X86_RAX] = features;
	v->gpr[X86_RDX] = features >> 32;
	v->gpr[X86_RCX] = 0;
	KUNIT_ASSERT_TRUE(test, x86_xsetbv(v));
	KUNIT_EXPECT_EQ(test, ask(v, 0xd, 0).ebx, x86_fpu_size(features, false));
}

/* --- topology --- */

static const u64 sparse_ids[] = { 0, 1, 4, 6 };

static void expect_topology(struct kunit *test, struct x86_vcpu *v, u32 id)
{
	struct answer thread = ask(v, 0xb, 0), core = ask(v, 0xb, 1), past = ask(v, 0xb, 2);

	KUNIT_EXPECT_EQ(test, ask(v, 0x1, 0).ebx >> 24, id);
	KUNIT_EXPECT_TRUE(test, ask(v, 0x1, 0).edx & BIT(X86_FEATURE_HT % 32));
	KUNIT_EXPECT_EQ(test, thread.eax, 0);
	KUNIT_EXPECT_EQ(test, thread.ebx, 1);
	KUNIT_EXPECT_EQ(test, thread.ecx, 0x100);
	KUNIT_EXPECT_EQ(test, thread.edx, id);
	KUNIT_EXPECT_EQ(test, core.eax, 3);
	KUNIT_EXPECT_EQ(test, core.ebx, ARRAY_SIZE(sparse_ids));
	KUNIT_EXPECT_EQ(test, core.ecx, 0x201);
	KUNIT_EXPECT_EQ(test, core.edx, id);
	KUNIT_EXPECT_EQ(test, past.eax, 0);
	KUNIT_EXPECT_EQ(test, past.ebx, 0);
	KUNIT_EXPECT_EQ(test, past.ecx, 2);
	KUNIT_EXPECT_EQ(test, past.edx, id);
}

static void each_vcpu_has_its_id(struct kunit *test)
{
	static const u8 vendors[] = { X86_VENDOR_INTEL, X86_VENDOR_AMD };
	struct x86_test_vm *tv = cpu_test_create(test, ARRAY_SIZE(sparse_ids));
	struct cpu_test_host host;
	unsigned int n, i;

	for (i = 0; i < ARRAY_SIZE(sparse_ids); i++)
		x86_test_vcpu(tv, i)->base.hw_id = sparse_ids[i];
	for (n = 0; n < ARRAY_SIZE(vendors); n++) {
		host = cpu_test_host(vendors[n]);
		for (i = 0; i < ARRAY_SIZE(sparse_ids); i++) {
			cpu_test_replace(tv, i, &host);
			x86_cpuid_set_topology(x86_test_vcpu(tv, i));
			expect_topology(test, x86_test_vcpu(tv, i), sparse_ids[i]);
		}
	}
	/* Of AMD: number and width of ids, and the id once more. */
	KUNIT_EXPECT_EQ(test, ask(x86_test_vcpu(tv, 2), 0x80000008, 0).ecx, 0x3003);
	KUNIT_EXPECT_EQ(test, ask(x86_test_vcpu(tv, 2), 0x8000001e, 0).eax, 4);
	KUNIT_EXPECT_TRUE(test, x86_guest_has(x86_test_vcpu(tv, 2), X86_FEATURE_CMP_LEGACY));
}

static void one_vcpu_is_no_group(struct kunit *test)
{
	struct x86_vcpu *v = of_vendor(test, X86_VENDOR_AMD);

	KUNIT_EXPECT_FALSE(test, ask(v, 0x1, 0).edx & BIT(X86_FEATURE_HT % 32));
	KUNIT_EXPECT_EQ(test, ask(v, 0x1, 0).ebx >> 16, 1);
	KUNIT_EXPECT_FALSE(test, x86_guest_has(v, X86_FEATURE_CMP_LEGACY));
	KUNIT_EXPECT_EQ(test, ask(v, 0x80000008, 0).ecx, 0);
	KUNIT_EXPECT_EQ(test, ask(v, 0xb, 1).ebx, 1);
}

/* The made-up host's caches are of level 7. */
static void caches_are_shared_by_all(struct kunit *test)
{
	struct x86_test_vm *tv = cpu_test_create(test, 4);
	struct cpu_test_host host = cpu_test_host(X86_VENDOR_INTEL);
	struct answer a;

	cpu_test_replace(tv, 0, &host);
	x86_cpuid_set_topology(x86_test_vcpu(tv, 0));
	a = ask(x86_test_vcpu(tv, 0), 0x4, 2);
	KUNIT_EXPECT_EQ(test, a.eax >> 26, 3);
	KUNIT_EXPECT_EQ(test, (a.eax >> 14) & 0xfff, 3);
	host = cpu_test_host(X86_VENDOR_AMD);
	cpu_test_replace(tv, 0, &host);
	x86_cpuid_set_topology(x86_test_vcpu(tv, 0));
	a = ask(x86_test_vcpu(tv, 0), 0x8000001d, 2);
	KUNIT_EXPECT_EQ(test, (a.eax >> 14) & 0xfff, 3);
	KUNIT_EXPECT_TRUE(test, is_zero(ask(x86_test_vcpu(tv, 0), 0x4, 0)));
}

/* --- this machine --- */

static void takes_nothing_out_of_the_air(struct kunit *test)
{
	static const u32 leaves[] = { 0x1, 0x7, 0x80000001 };
	struct x86_vcpu *v = x86_test_vcpu(cpu_test_create(test, 1), 0);
	u32 emulated = BIT(X86_FEATURE_X2APIC % 32) | BIT(X86_FEATURE_HYPERVISOR % 32) |
		       BIT(X86_FEATURE_TSC_DEADLINE_TIMER % 32);
	u32 eax, ebx, ecx, edx;
	struct answer a;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(leaves); i++) {
		a = ask(v, leaves[i], 0);
		cpuid_count(leaves[i], 0, &eax, &ebx, &ecx, &edx);
		if (leaves[i] == 0x1)
			ecx |= emulated;
		KUNIT_EXPECT_EQ_MSG(test, a.ecx & ~ecx, 0, "leaf %x", leaves[i]);
		if (leaves[i] != 0x7)
			KUNIT_EXPECT_EQ_MSG(test, a.edx & ~edx, 0, "leaf %x", leaves[i]);
	}
	KUNIT_EXPECT_LE(test, x86_guest_phys_bits(v), boot_cpu_data.x86_phys_bits);
	KUNIT_EXPECT_GE(test, x86_guest_phys_bits(v), 32);
	KUNIT_EXPECT_TRUE(test, x86_guest_has(v, X86_FEATURE_LM));
	KUNIT_EXPECT_TRUE(test, x86_guest_has(v, X86_FEATURE_FXSR));
}

static struct kunit_case cases[] = {
	KUNIT_CASE(hides_what_is_not_virtualized),
	KUNIT_CASE(unknown_leaves_are_empty),
	KUNIT_CASE(shows_what_the_cpu_has),
	KUNIT_CASE(hides_what_the_cpu_lacks),
	KUNIT_CASE(hides_what_the_kernel_turned_off),
	KUNIT_CASE(emulated_features_need_no_host),
	KUNIT_CASE(features_need_their_state),
	KUNIT_CASE(cr4_follows_features),
	KUNIT_CASE(amd_repeats_features),
	KUNIT_CASE(past_the_end_intel_repeats),
	KUNIT_CASE(past_the_end_amd_is_empty),
	KUNIT_CASE(ends_are_limited),
	KUNIT_CASE(subleaves_end),
	KUNIT_CASE(only_the_lower_halves_count),
	KUNIT_CASE(hypervisor_leaves),
	KUNIT_CASE(tsc_leaf_names_the_rate),
	KUNIT_CASE(mirrors_cr4),
	KUNIT_CASE(mirrors_the_apic),
	KUNIT_CASE(mirrors_xcr0),
	KUNIT_CASE(each_vcpu_has_its_id),
	KUNIT_CASE(one_vcpu_is_no_group),
	KUNIT_CASE(caches_are_shared_by_all),
	KUNIT_CASE(takes_nothing_out_of_the_air),
	{}
};

static struct kunit_suite suite = {
	.name = "x86_cpuid",
	.test_cases = cases,
};

kunit_test_suite(suite);
