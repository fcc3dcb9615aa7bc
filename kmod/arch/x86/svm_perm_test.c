// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit suite of the MSR permission map, of reports on control blocks, and of the choice
 * of mitigations.
 *
 * Part of axvm_test.ko. Numbers are from APM 2, 15.11 (MSRPM) and 15.5.1 (VMRUN).
 */
#include <linux/bitmap.h>
#include <linux/string.h>
#include <asm/trapnr.h>

#include <kunit/test.h>

#include "arch/x86/spec.h"
#include "arch/x86/svm.h"
#include "arch/x86/svm_perm.h"

/* --- MSR permission map --- */

static const struct {
	u32 msr;
	int bit;
} bits[] = {
	{ 0x0, 0 },
	{ 0x1b, 0x36 },
	{ 0x1fff, 0x3ffe },
	{ 0x2000, -1 },
	{ 0x40000000, -1 },
	{ 0xbfffffff, -1 },
	{ 0xc0000000, 0x800 * 8 },
	{ 0xc0000080, 0x800 * 8 + 0x100 },
	{ 0xc0001fff, 0x800 * 8 + 0x3ffe },
	{ 0xc0002000, -1 },
	{ 0xc0010000, 0x1000 * 8 },
	{ 0xc0011fff, 0x1000 * 8 + 0x3ffe },
	{ 0xc0012000, -1 },
	{ 0xffffffff, -1 },
};

static void test_bits(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bits); i++)
		KUNIT_EXPECT_EQ_MSG(test, svm_msrpm_bit(bits[i].msr), bits[i].bit, "MSR %x",
				    bits[i].msr);
}

#define MAP_BITS	(SVM_MSRPM_SIZE * 8)

/* One MSR opened is two bits cleared, and nothing else; one that has no bit changes nothing. */
static void test_open(struct kunit *test)
{
	unsigned long *map = kunit_kzalloc(test, SVM_MSRPM_SIZE, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, map);
	bitmap_fill(map, MAP_BITS);
	svm_msrpm_open(map, 0x2000);
	KUNIT_EXPECT_TRUE(test, bitmap_full(map, MAP_BITS));
	svm_msrpm_open(map, MSR_LSTAR);
	KUNIT_EXPECT_EQ(test, bitmap_weight(map, MAP_BITS), MAP_BITS - 2);
	KUNIT_EXPECT_FALSE(test, test_bit(0x800 * 8 + 0x82 * 2, map));
	KUNIT_EXPECT_FALSE(test, test_bit(0x800 * 8 + 0x82 * 2 + 1, map));
}

/* What guests must never reach by themselves, whatever the list says one day. */
static const u32 forbidden[] = {
	MSR_EFER, MSR_VM_HSAVE_PA, MSR_VM_CR, MSR_IA32_APICBASE, MSR_IA32_TSC,
	MSR_IA32_TSC_ADJUST, MSR_IA32_TSC_DEADLINE, MSR_IA32_XSS, MSR_TSC_AUX,
	MSR_IA32_UCODE_REV, MSR_AMD64_PATCH_LOADER, MSR_AMD64_SYSCFG, MSR_K7_HWCR,
	MSR_IA32_DEBUGCTLMSR, MSR_AMD64_LS_CFG, MSR_AMD64_TSC_RATIO,
};

static void test_direct_msrs(struct kunit *test)
{
	unsigned int n, i;
	u32 msr;

	for (n = 0; (msr = x86_msr_direct(n)); n++) {
		KUNIT_EXPECT_GE_MSG(test, svm_msrpm_bit(msr), 0, "MSR %x has no bit", msr);
		for (i = 0; i < ARRAY_SIZE(forbidden); i++)
			KUNIT_EXPECT_NE(test, msr, forbidden[i]);
		/* x2APIC registers */
		KUNIT_EXPECT_FALSE(test, msr >= 0x800 && msr < 0x900);
	}
	KUNIT_EXPECT_GT(test, n, 0);
}

/* --- why VMRUN refuses --- */

static struct vmcb *good_vmcb(struct kunit *test)
{
	struct vmcb *vmcb = kunit_kzalloc(test, sizeof(*vmcb), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, vmcb);
	vmcb->control.intercepts[INTERCEPT_VMRUN / 32] = BIT(INTERCEPT_VMRUN % 32);
	vmcb->control.asid = 1;
	vmcb->save.efer = EFER_SVME | EFER_LME | EFER_LMA;
	vmcb->save.cr0 = X86_CR0_PE | X86_CR0_PG;
	vmcb->save.cr4 = X86_CR4_PAE;
	vmcb->save.cs.attrib = X86_SEG_L;
	vmcb->save.g_pat = 0x0007040600070406ULL;
	return vmcb;
}

static void expect_reason(struct kunit *test, const struct vmcb *vmcb, const char *word)
{
	const char *what = svm_find_invalid(vmcb, 16);

	KUNIT_ASSERT_NOT_NULL(test, what);
	KUNIT_EXPECT_NOT_NULL_MSG(test, strstr(what, word), "'%s' instead of something with '%s'",
				  what, word);
}

static void test_reasons(struct kunit *test)
{
	struct vmcb *vmcb = good_vmcb(test);

	KUNIT_EXPECT_NULL(test, svm_find_invalid(vmcb, 16));
	vmcb->control.asid = 16;
	expect_reason(test, vmcb, "ASID");
	vmcb->control.event_inj = SVM_EVTINJ_VALID | SVM_EVTINJ_TYPE_EXEPT | X86_TRAP_NMI;
	expect_reason(test, vmcb, "event");
	vmcb->control.intercepts[INTERCEPT_VMRUN / 32] = 0;
	expect_reason(test, vmcb, "not intercepted");
	vmcb->save.g_pat = 2;
	expect_reason(test, vmcb, "PAT");
	vmcb->save.cs.attrib |= X86_SEG_DB;
	expect_reason(test, vmcb, "L and D");
	vmcb->save.cr4 = 0;
	expect_reason(test, vmcb, "PAE");
	vmcb->save.cr0 = X86_CR0_PG;
	expect_reason(test, vmcb, "CR0.PE");
	vmcb->save.dr7 = BIT_ULL(32);
	expect_reason(test, vmcb, "DR7");
	vmcb->save.cr0 |= BIT_ULL(32);
	expect_reason(test, vmcb, "above 31");
	vmcb->save.cr0 |= X86_CR0_NW;
	expect_reason(test, vmcb, "CR0.NW");
	vmcb->save.efer |= BIT_ULL(40);
	expect_reason(test, vmcb, "EFER");
	vmcb->save.efer = 0;
	expect_reason(test, vmcb, "SVME");
}

/* --- the parameter "mitigations" --- */

static void test_mitigations(struct kunit *test)
{
	unsigned int all = X86_SPEC_RSB | X86_SPEC_VERW | X86_SPEC_IBPB_EXIT;

	KUNIT_EXPECT_EQ(test, x86_spec_parse("auto", X86_SPEC_RSB, all), X86_SPEC_RSB);
	KUNIT_EXPECT_EQ(test, x86_spec_parse("off", X86_SPEC_RSB, all), 0);
	KUNIT_EXPECT_EQ(test, x86_spec_parse("verw", X86_SPEC_RSB, all), X86_SPEC_VERW);
	KUNIT_EXPECT_EQ(test, x86_spec_parse("rsb,verw,ibpb-exit", 0, all), all);
	/* not on this CPU, no such thing, and nothing at all */
	KUNIT_EXPECT_EQ(test, x86_spec_parse("rsb,untrain", 0, all), -EINVAL);
	KUNIT_EXPECT_EQ(test, x86_spec_parse("rs", 0, all), -EINVAL);
	KUNIT_EXPECT_EQ(test, x86_spec_parse("rsb,", 0, all), -EINVAL);
	KUNIT_EXPECT_EQ(test, x86_spec_parse("", 0, all), -EINVAL);
}

static struct kunit_case perm_cases[] = {
	KUNIT_CASE(test_bits),
	KUNIT_CASE(test_open),
	KUNIT_CASE(test_direct_msrs),
	KUNIT_CASE(test_reasons),
	KUNIT_CASE(test_mitigations),
	{}
};

static struct kunit_suite perm_suite = {
	.name = "axvm_svm_perm",
	.test_cases = perm_cases,
};

kunit_test_suite(perm_suite);
