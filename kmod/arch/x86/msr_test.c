// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit suite: MSRs of guests.
 */
#include <linux/random.h>
#include <asm/cpufeature.h>
#include <asm/mtrr.h>
#include <asm/processor.h>
#include <asm/pvclock-abi.h>
#include <asm/tsc.h>
#include <uapi/asm/kvm_para.h>

#include "arch/x86/cpu_test.h"

#define LOW_48		0x00007fffffffffffULL
#define HIGH_48		0xffff800000000000ULL
#define NOT_48		0x0000800000000000ULL
#define HIGH_57		0xff00000000000000ULL
#define NOT_57		0x0100000000000000ULL

static struct x86_vcpu *made_up(struct kunit *test, const struct cpu_test_host *host)
{
	struct x86_test_vm *tv = cpu_test_create(test, 1);

	cpu_test_replace(tv, 0, host);
	return x86_test_vcpu(tv, 0);
}

static struct x86_vcpu *of_vendor(struct kunit *test, u8 vendor)
{
	struct cpu_test_host host = cpu_test_host(vendor);

	return made_up(test, &host);
}

static struct x86_vcpu *of_host(struct kunit *test)
{
	return x86_test_vcpu(cpu_test_create(test, 1), 0);
}

static void expect_value(struct kunit *test, struct x86_vcpu *v, u32 msr, u64 expected)
{
	u64 val = ~expected;

	KUNIT_EXPECT_EQ_MSG(test, x86_msr_read(v, msr, &val), 0, "%x", msr);
	KUNIT_EXPECT_EQ_MSG(test, val, expected, "%x", msr);
}

static void expect_kept(struct kunit *test, struct x86_vcpu *v, u32 msr, u64 val)
{
	KUNIT_EXPECT_EQ_MSG(test, x86_msr_write(v, msr, val), 0, "%x: %llx", msr, val);
	expect_value(test, v, msr, val);
}

static void expect_refused(struct kunit *test, struct x86_vcpu *v, u32 msr, u64 val)
{
	KUNIT_EXPECT_NE_MSG(test, x86_msr_write(v, msr, val), 0, "%x: %llx", msr, val);
}

static void expect_absent(struct kunit *test, struct x86_vcpu *v, u32 msr)
{
	u64 val;

	KUNIT_EXPECT_NE_MSG(test, x86_msr_read(v, msr, &val), 0, "%x", msr);
	expect_refused(test, v, msr, 0);
}

/* --- which there are --- */

static const u32 never[] = {
	0x2, MSR_TEST_CTRL, MSR_PPIN_CTL, MSR_PPIN, MSR_IA32_PERFCTR0, MSR_IA32_CORE_CAPS,
	MSR_IA32_UMWAIT_CONTROL, MSR_IA32_MPERF, MSR_IA32_APERF, MSR_IA32_TSX_CTRL,
	MSR_IA32_MCU_OPT_CTRL, MSR_IA32_MCG_CTL, MSR_P6_EVNTSEL0, MSR_IA32_PERF_CAPABILITIES,
	MSR_IA32_MC0_CTL, MSR_IA32_MC0_STATUS, MSR_IA32_MC0_CTL2, MSR_IA32_VMX_BASIC,
	MSR_IA32_VMX_VMFUNC, MSR_IA32_DS_AREA, MSR_IA32_RTIT_CTL, MSR_IA32_U_CET,
	MSR_IA32_PL0_SSP, MSR_IA32_BNDCFGS, MSR_IA32_XFD, MSR_IA32_PASID, MSR_IA32_FRED_CONFIG,
	MSR_KVM_SYSTEM_TIME, MSR_KVM_WALL_CLOCK, MSR_KVM_ASYNC_PF_EN, 0x40000000,
	MSR_AMD64_TSC_RATIO, MSR_F17H_IRPERF, MSR_VM_CR, MSR_VM_HSAVE_PA,
	MSR_AMD64_VIRT_SPEC_CTRL, MSR_AMD64_SEV, MSR_AMD64_SEV_ES_GHCB, MSR_AMD64_OSVW_STATUS,
	MSR_F15H_PERF_CTL, MSR_AMD64_LS_CFG, MSR_AMD64_IBSCTL, MSR_AMD64_PERF_CNTR_GLOBAL_CTL,
	U32_MAX,
};

static void unlisted_ones_are_absent(struct kunit *test)
{
	static const u8 vendors[] = { X86_VENDOR_INTEL, X86_VENDOR_AMD };
	struct x86_vcpu *v;
	unsigned int i, n;

	for (n = 0; n < ARRAY_SIZE(vendors); n++) {
		v = of_vendor(test, vendors[n]);
		for (i = 0; i < ARRAY_SIZE(never); i++)
			expect_absent(test, v, never[i]);
	}
}

static void each_vendor_has_its_own(struct kunit *test)
{
	struct x86_vcpu *intel = of_vendor(test, X86_VENDOR_INTEL);
	struct x86_vcpu *amd = of_vendor(test, X86_VENDOR_AMD);

	expect_value(test, intel, MSR_IA32_FEAT_CTL, FEAT_CTL_LOCKED);
	expect_refused(test, intel, MSR_IA32_FEAT_CTL, 0);
	expect_absent(test, amd, MSR_IA32_FEAT_CTL);
	expect_absent(test, intel, MSR_K7_HWCR);
	expect_absent(test, intel, MSR_AMD64_SYSCFG);
	expect_value(test, amd, MSR_AMD64_SYSCFG, 0);
	expect_absent(test, amd, MSR_IA32_MISC_ENABLE);
	expect_value(test, amd, MSR_K7_PERFCTR3, 0);
	expect_absent(test, amd, MSR_K7_PERFCTR3 + 1);
}

static void ends_of_ranges(struct kunit *test)
{
	struct x86_vcpu *v = of_vendor(test, X86_VENDOR_INTEL);

	expect_absent(test, v, MTRRphysBase_MSR(0) - 1);
	expect_kept(test, v, MTRRphysBase_MSR(0), 6);
	expect_kept(test, v, MTRRphysMask_MSR(7), 0x800);
	expect_absent(test, v, MTRRphysMask_MSR(7) + 1);
	expect_value(test, v, MTRRphysBase_MSR(0), 6);
	expect_kept(test, v, MSR_MTRRfix4K_F8000, 6);
	expect_absent(test, v, MSR_MTRRfix4K_F8000 + 1);
	expect_value(test, v, MSR_MTRRdefType, 0);
}

/* They are not in the table. */
static void x2apic_numbers_reach_the_apic(struct kunit *test)
{
	struct x86_vcpu *v = of_host(test);
	u64 val;

	expect_absent(test, v, APIC_BASE_MSR + (APIC_TASKPRI >> 4));
	x86_test_lapic_to_x2apic(v);
	expect_kept(test, v, APIC_BASE_MSR + (APIC_TASKPRI >> 4), 0x30);
	KUNIT_EXPECT_EQ(test, v->lapic.tpr, 0x30);
	expect_absent(test, v, APIC_BASE_MSR - 1);
	expect_absent(test, v, APIC_BASE_MSR + 0xff);
	expect_absent(test, v, APIC_BASE_MSR + 0x100);
	KUNIT_EXPECT_EQ(test, x86_msr_read(v, APIC_BASE_MSR + (APIC_ID >> 4), &val), 0);
	KUNIT_EXPECT_EQ(test, val, v->base.hw_id);
}

/* Nothing that a guest does with them harms the host: sanitizers and the host itself watch. */
static void all_numbers_any_value(struct kunit *test)
{
	static const struct { u32 first, last; } ranges[] = {
		{ 0, 0x1fff }, { 0x4b564d00, 0x4b564d0f }, { 0xc0000000, 0xc0001fff },
		{ 0xc0010000, 0xc0011fff },
	};
	struct x86_vcpu *v = of_host(test);
	unsigned int i, round, kept = 0;
	u64 val;
	u32 msr;

	for (round = 0; round < 3; round++)
		for (i = 0; i < ARRAY_SIZE(ranges); i++)
			for (msr = ranges[i].first; msr <= ranges[i].last; msr++) {
				val = get_random_u64() >> (get_random_u8() % 64);
				kept += !x86_msr_write(v, msr, val);
				kept += !x86_msr_read(v, msr, &val);
			}
	KUNIT_EXPECT_GT(test, kept, 100);
}

/* What passes by without an exit has the same meaning when it does not. */
static void direct_ones_are_listed(struct kunit *test)
{
	struct x86_vcpu *v = of_host(test);
	unsigned int n;
	u64 val;
	u32 msr;

	for (n = 0; (msr = x86_msr_direct(n)); n++) {
		KUNIT_EXPECT_EQ_MSG(test, x86_msr_read(v, msr, &val), 0, "%x", msr);
		KUNIT_EXPECT_EQ_MSG(test, x86_msr_write(v, msr, val), 0, "%x", msr);
		KUNIT_EXPECT_NE(test, msr, MSR_EFER);
		KUNIT_EXPECT_NE(test, msr, MSR_IA32_TSC);
		KUNIT_EXPECT_NE(test, msr, MSR_IA32_APICBASE);
	}
	KUNIT_EXPECT_EQ(test, n, 10);
}

/* --- instructions --- */

static void instructions(struct kunit *test)
{
	struct x86_vcpu *v = of_host(test);

	v->gpr[X86_RCX] = 0xffffffff00000000ULL | MSR_LSTAR;
	v->gpr[X86_RAX] = 0xaaaaaaaa89abcdefULL;
	v->gpr[X86_RDX] = 0xbbbbbbbbffffffffULL;
	KUNIT_EXPECT_TRUE(test, x86_wrmsr_emulate(v));
	expect_value(test, v, MSR_LSTAR, 0xffffffff89abcdefULL);
	v->gpr[X86_RAX] = U64_MAX;
	v->gpr[X86_RDX] = U64_MAX;
	KUNIT_EXPECT_TRUE(test, x86_rdmsr_emulate(v));
	KUNIT_EXPECT_EQ(test, v->gpr[X86_RAX], 0x89abcdef);
	KUNIT_EXPECT_EQ(test, v->gpr[X86_RDX], 0xffffffff);
	cpu_test_expect_none(test, v);

	v->gpr[X86_RCX] = MSR_VM_HSAVE_PA;
	v->gpr[X86_RAX] = 0x1234;
	KUNIT_EXPECT_FALSE(test, x86_rdmsr_emulate(v));
	cpu_test_expect_gp(test, v);
	KUNIT_EXPECT_EQ(test, v->gpr[X86_RAX], 0x1234);
	KUNIT_EXPECT_FALSE(test, x86_wrmsr_emulate(v));
	cpu_test_expect_gp(test, v);
}

/* --- addresses --- */

static const u32 addresses[] = {
	MSR_LSTAR, MSR_CSTAR, MSR_FS_BASE, MSR_GS_BASE, MSR_KERNEL_GS_BASE,
	MSR_IA32_SYSENTER_ESP, MSR_IA32_SYSENTER_EIP,
};

static void addresses_are_canonical(struct kunit *test)
{
	struct cpu_test_host host = cpu_test_host(X86_VENDOR_INTEL);
	struct x86_vcpu *v;
	unsigned int i;

	host.lacks[0] = X86_FEATURE_LA57;
	v = made_up(test, &host);
	for (i = 0; i < ARRAY_SIZE(addresses); i++) {
		expect_kept(test, v, addresses[i], LOW_48);
		expect_kept(test, v, addresses[i], HIGH_48);
		expect_refused(test, v, addresses[i], NOT_48);
		expect_refused(test, v, addresses[i], HIGH_57);
		expect_refused(test, v, addresses[i], BIT_ULL(63));
		expect_value(test, v, addresses[i], HIGH_48);
	}
	v = of_vendor(test, X86_VENDOR_INTEL);
	for (i = 0; i < ARRAY_SIZE(addresses); i++) {
		expect_kept(test, v, addresses[i], NOT_48);
		expect_kept(test, v, addresses[i], HIGH_57);
		expect_refused(test, v, addresses[i], NOT_57);
	}
}

static void narrow_ones(struct kunit *test)
{
	struct x86_vcpu *v = of_vendor(test, X86_VENDOR_INTEL);

	expect_kept(test, v, MSR_TSC_AUX, U32_MAX);
	expect_refused(test, v, MSR_TSC_AUX, BIT_ULL(32));
	expect_kept(test, v, MSR_SYSCALL_MASK, U32_MAX);
	expect_refused(test, v, MSR_SYSCALL_MASK, BIT_ULL(32));
	expect_kept(test, v, MSR_STAR, U64_MAX);
	expect_refused(test, v, MSR_IA32_DEBUGCTLMSR, BIT_ULL(6));
	expect_refused(test, v, MSR_IA32_XSS, BIT_ULL(11));
	expect_kept(test, v, MSR_IA32_XSS, 0);
}

/* --- memory types --- */

static void pat_takes_valid_types(struct kunit *test)
{
	struct x86_vcpu *v = of_host(test);
	unsigned int type, n;

	expect_value(test, v, MSR_IA32_CR_PAT, 0x0007040600070406ULL);
	for (type = 0; type < 256; type++)
		for (n = 0; n < 8; n++) {
			if (type == 2 || type == 3 || type > 7)
				expect_refused(test, v, MSR_IA32_CR_PAT, (u64)type << n * 8);
			else
				expect_kept(test, v, MSR_IA32_CR_PAT, (u64)type << n * 8);
		}
}

static void mtrrs_take_valid_values(struct kunit *test)
{
	struct x86_vcpu *v = of_vendor(test, X86_VENDOR_AMD);
	u64 top = BIT_ULL(CPU_TEST_PHYS_BITS);

	expect_value(test, v, MSR_MTRRcap, 0x508);
	expect_refused(test, v, MSR_MTRRcap, 0x508);
	expect_kept(test, v, MTRRphysBase_MSR(3), (top - 0x1000) | 6);
	expect_refused(test, v, MTRRphysBase_MSR(3), top | 6);
	expect_refused(test, v, MTRRphysBase_MSR(3), 7);
	expect_refused(test, v, MTRRphysBase_MSR(3), 2);
	expect_refused(test, v, MTRRphysBase_MSR(3), 0x106);
	expect_kept(test, v, MTRRphysMask_MSR(3), (top - 0x1000) | 0x800);
	expect_refused(test, v, MTRRphysMask_MSR(3), 0x400);
	expect_refused(test, v, MTRRphysMask_MSR(3), top);
	expect_kept(test, v, MSR_MTRRdefType, 0xc06);
	expect_refused(test, v, MSR_MTRRdefType, 0xc07);
	expect_refused(test, v, MSR_MTRRdefType, 0x1000);
	expect_kept(test, v, MSR_MTRRfix16K_A0000, 0x0605040100060504ULL);
	expect_refused(test, v, MSR_MTRRfix16K_A0000, 0x0700000000000000ULL);
	expect_value(test, v, MSR_MTRRfix16K_80000, 0);
}

/* --- speculation --- */

static void spec_ctrl_follows_features(struct kunit *test)
{
	struct cpu_test_host host = cpu_test_host(X86_VENDOR_AMD);
	struct x86_vcpu *v;

	host.lacks[0] = X86_FEATURE_SPEC_CTRL;
	host.lacks[1] = X86_FEATURE_AMD_IBRS;
	host.lacks[2] = X86_FEATURE_INTEL_STIBP;
	host.lacks[3] = X86_FEATURE_AMD_STIBP;
	host.lacks[4] = X86_FEATURE_SPEC_CTRL_SSBD;
	host.lacks[5] = X86_FEATURE_AMD_PSFD;
	v = made_up(test, &host);
	expect_kept(test, v, MSR_IA32_SPEC_CTRL, SPEC_CTRL_SSBD);
	KUNIT_EXPECT_EQ(test, v->spec_ctrl, SPEC_CTRL_SSBD);
	expect_refused(test, v, MSR_IA32_SPEC_CTRL, SPEC_CTRL_IBRS);
	expect_refused(test, v, MSR_IA32_SPEC_CTRL, SPEC_CTRL_STIBP);
	expect_refused(test, v, MSR_IA32_SPEC_CTRL, BIT_ULL(63));
	KUNIT_EXPECT_EQ(test, v->spec_ctrl, SPEC_CTRL_SSBD);

	host.lacks[6] = X86_FEATURE_AMD_SSBD;
	expect_absent(test, made_up(test, &host), MSR_IA32_SPEC_CTRL);
}

static void commands_cannot_be_read(struct kunit *test)
{
	struct x86_vcpu *v = of_host(test);
	u64 val;

	KUNIT_EXPECT_NE(test, x86_msr_read(v, MSR_IA32_PRED_CMD, &val), 0);
	KUNIT_EXPECT_NE(test, x86_msr_read(v, MSR_IA32_FLUSH_CMD, &val), 0);
	expect_refused(test, v, MSR_IA32_PRED_CMD, BIT_ULL(1));
	expect_refused(test, v, MSR_IA32_FLUSH_CMD, BIT_ULL(1));
	expect_refused(test, v, MSR_IA32_ARCH_CAPABILITIES, 0);
}

/* --- clocks --- */

static u64 tsc_of(struct x86_vcpu *v)
{
	u64 val = 0;

	x86_msr_read(v, MSR_IA32_TSC, &val);
	return val;
}

static u64 in_a_minute(void)
{
	return x86_tsc_khz() * 60000;
}

static void tsc_starts_at_zero(struct kunit *test)
{
	KUNIT_EXPECT_LT(test, tsc_of(of_host(test)), in_a_minute());
}

static void tsc_and_adjust_move_together(struct kunit *test)
{
	struct x86_test_vm *tv = cpu_test_create(test, 2);
	struct x86_vcpu *v = x86_test_vcpu(tv, 0), *other = x86_test_vcpu(tv, 1);
	u64 before, adjust, far = BIT_ULL(60);

	before = tsc_of(v);
	KUNIT_EXPECT_EQ(test, x86_msr_write(v, MSR_IA32_TSC, far), 0);
	KUNIT_EXPECT_LT(test, tsc_of(v) - far, in_a_minute());
	KUNIT_EXPECT_EQ(test, x86_msr_read(v, MSR_IA32_TSC_ADJUST, &adjust), 0);
	KUNIT_EXPECT_LT(test, far - before - adjust, in_a_minute());
	KUNIT_EXPECT_LT(test, tsc_of(other), in_a_minute());
	KUNIT_EXPECT_GT(test, tv->vcpus[0].tsc_updates, 0);
	KUNIT_EXPECT_EQ(test, x86_msr_write(v, MSR_IA32_TSC_ADJUST, 0), 0);
	KUNIT_EXPECT_LT(test, tsc_of(v) - before, in_a_minute());
	KUNIT_EXPECT_EQ(test, x86_msr_write(v, MSR_IA32_TSC_ADJUST, -before), 0);
	KUNIT_EXPECT_LT(test, tsc_of(v), in_a_minute());
	KUNIT_EXPECT_EQ(test, x86_msr_write(v, MSR_IA32_TSC, 0), 0);
	KUNIT_EXPECT_LT(test, tsc_of(v), in_a_minute());
}

#define CLOCK	0x3040

static struct pvclock_vcpu_time_info *clock_page(struct x86_test_vm *tv)
{
	return cpu_test_memory(tv, CLOCK);
}

/* As asm/pvclock.h computes it. */
static u64 clock_time(const struct pvclock_vcpu_time_info *p, u64 tsc)
{
	u64 delta = tsc - p->tsc_timestamp;

	delta = p->tsc_shift < 0 ? delta >> -p->tsc_shift : delta << p->tsc_shift;
	return p->system_time + mul_u64_u32_shr(delta, p->tsc_to_system_mul, 32);
}

static void clock_page_tells_the_time(struct kunit *test)
{
	struct x86_test_vm *tv = cpu_test_create(test, 1);
	struct x86_vcpu *v = x86_test_vcpu(tv, 0);
	struct pvclock_vcpu_time_info *page = clock_page(tv);
	u64 before, tsc;

	page->version = 7;
	expect_kept(test, v, MSR_KVM_SYSTEM_TIME_NEW, CLOCK | KVM_MSR_ENABLED);
	KUNIT_EXPECT_EQ(test, page->version & 1, 0);
	KUNIT_EXPECT_GT(test, page->version, 7);
	tsc = tsc_of(v);
	before = clock_time(page, tsc);
	KUNIT_EXPECT_LE(test, abs_diff(before, x86_tsc_to_ns(tsc)), 2000);

	/* The guest's counter jumps, time does not. */
	KUNIT_EXPECT_EQ(test, x86_msr_write(v, MSR_IA32_TSC, BIT_ULL(50)), 0);
	KUNIT_EXPECT_LT(test, clock_time(page, tsc_of(v)) - before, 60 * NSEC_PER_SEC);
	expect_kept(test, v, MSR_KVM_SYSTEM_TIME_NEW, 0);
}

static void clock_page_is_memory_of_the_guest(struct kunit *test)
{
	struct x86_test_vm *tv = cpu_test_create(test, 1);
	struct x86_vcpu *v = x86_test_vcpu(tv, 0);

	expect_refused(test, v, MSR_KVM_SYSTEM_TIME_NEW, CPU_TEST_ROM | 1);
	expect_refused(test, v, MSR_KVM_SYSTEM_TIME_NEW, CPU_TEST_RAM_LEN | 1);
	expect_refused(test, v, MSR_KVM_SYSTEM_TIME_NEW, U64_MAX);
	expect_refused(test, v, MSR_KVM_SYSTEM_TIME_NEW, (CLOCK + 2) | 1);
	expect_refused(test, v, MSR_KVM_SYSTEM_TIME_NEW, (SZ_4K - 4) | 1);
	expect_value(test, v, MSR_KVM_SYSTEM_TIME_NEW, 0);
	expect_refused(test, v, MSR_KVM_WALL_CLOCK_NEW, CPU_TEST_ROM);
	expect_refused(test, v, MSR_KVM_WALL_CLOCK_NEW, 3);
	KUNIT_EXPECT_EQ(test, v->events & X86_EV_SLOW, 0);
}

/* Where nothing is backed yet, that is done outside of the loaded section. */
static void clock_page_is_backed_later(struct kunit *test)
{
	struct x86_test_vm *tv = cpu_test_create(test, 1);
	struct x86_vcpu *v = x86_test_vcpu(tv, 0);
	struct pvclock_vcpu_time_info *page;
	struct pvclock_wall_clock *wall;

	expect_kept(test, v, MSR_KVM_SYSTEM_TIME_NEW, CPU_TEST_BACKED_LEN | 1);
	KUNIT_EXPECT_EQ(test, v->events & X86_EV_SLOW, BIT(X86_EV_CLOCK));
	KUNIT_EXPECT_TRUE(test, x86_vcpu_has_irq(&v->base));
	x86_vcpu_slow(&v->base);
	KUNIT_EXPECT_EQ(test, v->events & X86_EV_SLOW, 0);
	page = cpu_test_memory(tv, CPU_TEST_BACKED_LEN);
	KUNIT_EXPECT_NE(test, page->tsc_to_system_mul, 0);
	KUNIT_EXPECT_EQ(test, page->version, 2);

	expect_kept(test, v, MSR_KVM_WALL_CLOCK_NEW, CPU_TEST_BACKED_LEN + SZ_4K);
	KUNIT_EXPECT_EQ(test, v->events & X86_EV_SLOW, BIT(X86_EV_CLOCK));
	x86_vcpu_slow(&v->base);
	wall = cpu_test_memory(tv, CPU_TEST_BACKED_LEN + SZ_4K);
	KUNIT_EXPECT_EQ(test, wall->version, 2);
	KUNIT_EXPECT_GT(test, wall->sec, 0);
}

static void wall_clock_is_that_of_the_start(struct kunit *test)
{
	struct x86_test_vm *tv = cpu_test_create(test, 1);
	struct x86_vcpu *v = x86_test_vcpu(tv, 0);
	struct pvclock_wall_clock *wall = cpu_test_memory(tv, CLOCK);
	u64 start, now;

	expect_kept(test, v, MSR_KVM_WALL_CLOCK_NEW, CLOCK);
	start = wall->sec * NSEC_PER_SEC + wall->nsec;
	now = ktime_get_real_ns();
	KUNIT_EXPECT_LT(test, wall->nsec, NSEC_PER_SEC);
	KUNIT_EXPECT_LT(test, abs_diff(now, start), 60 * NSEC_PER_SEC);
}

/* --- power-on and the rest --- */

static void power_on_values(struct kunit *test)
{
	struct x86_vcpu *v = of_vendor(test, X86_VENDOR_AMD);

	expect_value(test, v, MSR_IA32_MCG_CAP, 0);
	expect_value(test, v, MSR_K7_HWCR, BIT_ULL(24));
	KUNIT_EXPECT_EQ(test, x86_msr_write(v, MSR_K7_HWCR, BIT_ULL(18) | BIT_ULL(30)), 0);
	expect_value(test, v, MSR_K7_HWCR, BIT_ULL(18) | BIT_ULL(24));
	expect_kept(test, v, MSR_IA32_MCG_STATUS, 7);
	expect_refused(test, v, MSR_IA32_MCG_STATUS, 8);
	expect_kept(test, v, MSR_MTRRdefType, 0x800);
	expect_kept(test, v, MSR_LSTAR, 0x1000);
	x86_msr_reset(v);
	expect_value(test, v, MSR_MTRRdefType, 0);
	expect_value(test, v, MSR_LSTAR, 0);
	expect_value(test, v, MSR_K7_HWCR, BIT_ULL(24));
	expect_value(test, of_vendor(test, X86_VENDOR_INTEL), MSR_IA32_MISC_ENABLE, 0x1801);
}

static void efer_by_number(struct kunit *test)
{
	struct x86_vcpu *v = of_host(test);

	expect_kept(test, v, MSR_EFER, EFER_SCE);
	expect_refused(test, v, MSR_EFER, EFER_SVME);
	cpu_test_expect_none(test, v);
	expect_value(test, v, MSR_EFER, EFER_SCE);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(unlisted_ones_are_absent),
	KUNIT_CASE(each_vendor_has_its_own),
	KUNIT_CASE(ends_of_ranges),
	KUNIT_CASE(x2apic_numbers_reach_the_apic),
	KUNIT_CASE(all_numbers_any_value),
	KUNIT_CASE(direct_ones_are_listed),
	KUNIT_CASE(instructions),
	KUNIT_CASE(addresses_are_canonical),
	KUNIT_CASE(narrow_ones),
	KUNIT_CASE(pat_takes_valid_types),
	KUNIT_CASE(mtrrs_take_valid_values),
	KUNIT_CASE(spec_ctrl_follows_features),
	KUNIT_CASE(commands_cannot_be_read),
	KUNIT_CASE(tsc_starts_at_zero),
	KUNIT_CASE(tsc_and_adjust_move_together),
	KUNIT_CASE(clock_page_tells_the_time),
	KUNIT_CASE(clock_page_is_memory_of_the_guest),
	KUNIT_CASE(clock_page_is_backed_later),
	KUNIT_CASE(wall_clock_is_that_of_the_start),
	KUNIT_CASE(power_on_values),
	KUNIT_CASE(efer_by_number),
	{}
};

static struct kunit_suite suite = {
	.name = "x86_msr",
	.test_cases = cases,
};

kunit_test_suite(suite);
