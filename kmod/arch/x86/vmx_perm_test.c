// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit suite of the MSR bitmaps of VMX: layout, and what is open in them.
 *
 * Part of axvm_test.ko; needs no VMX. Numbers are from SDM 3, 25.6.9. There is no bitmap of
 * ports: all of them exit (axvm_vmx_caps).
 */
#include <linux/bitmap.h>
#include <linux/mm.h>
#include <asm/msr-index.h>

#include <kunit/test.h>

#include "arch/x86/vmx_apic.h"
#include "arch/x86/vmx_perm.h"
#include "arch/x86/x86.h"

#define MAP_BITS	(PAGE_SIZE * 8)

static const struct {
	u32 msr;
	int read;
	int write;
} bits[] = {
	{ 0x0, 0, 0x800 * 8 },
	{ 0x1b, 0x1b, 0x800 * 8 + 0x1b },
	{ 0x1fff, 0x1fff, 0x800 * 8 + 0x1fff },
	{ 0x2000, -1, -1 },
	{ 0xbfffffff, -1, -1 },
	{ 0xc0000000, 0x400 * 8, 0xc00 * 8 },
	{ 0xc0000080, 0x400 * 8 + 0x80, 0xc00 * 8 + 0x80 },
	{ 0xc0001fff, 0x400 * 8 + 0x1fff, 0xc00 * 8 + 0x1fff },
	{ 0xc0002000, -1, -1 },
	{ 0xc0010000, -1, -1 },
	{ 0xffffffff, -1, -1 },
};

static void test_bits(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bits); i++) {
		KUNIT_EXPECT_EQ_MSG(test, vmx_msr_read_bit(bits[i].msr), bits[i].read, "MSR %x",
				    bits[i].msr);
		KUNIT_EXPECT_EQ_MSG(test, vmx_msr_write_bit(bits[i].msr), bits[i].write,
				    "MSR %x", bits[i].msr);
	}
}

static unsigned long *new_bitmap(struct kunit *test, bool x2apic)
{
	unsigned long *bitmap = kunit_kzalloc(test, PAGE_SIZE, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, bitmap);
	vmx_msr_bitmap_fill(bitmap, x2apic);
	return bitmap;
}

/* The hardware does not switch these: whoever writes one has to be seen. */
static bool is_read_only(u32 msr)
{
	return msr == MSR_STAR || msr == MSR_LSTAR || msr == MSR_CSTAR || msr == MSR_SYSCALL_MASK;
}

/* Exactly what the list says is open. */
static void test_open(struct kunit *test)
{
	unsigned long *bitmap = new_bitmap(test, false);
	unsigned int n, opened = 0;
	u32 msr;

	for (n = 0; (msr = x86_msr_direct(n)); n++) {
		if (vmx_msr_read_bit(msr) < 0)
			continue;
		KUNIT_EXPECT_FALSE_MSG(test, test_bit(vmx_msr_read_bit(msr), bitmap), "MSR %x",
				       msr);
		KUNIT_EXPECT_EQ_MSG(test, test_bit(vmx_msr_write_bit(msr), bitmap),
				    is_read_only(msr), "MSR %x", msr);
		opened += 2 - is_read_only(msr);
	}
	KUNIT_EXPECT_GT(test, opened, 0);
	KUNIT_EXPECT_EQ(test, bitmap_weight(bitmap, MAP_BITS), MAP_BITS - opened);
}

/* What guests must never reach by themselves, whatever the list says one day. */
static const u32 forbidden[] = {
	MSR_EFER, MSR_IA32_FEAT_CTL, MSR_IA32_APICBASE, MSR_IA32_TSC, MSR_IA32_TSC_ADJUST,
	MSR_IA32_TSC_DEADLINE, MSR_IA32_XSS, MSR_TSC_AUX, MSR_IA32_UCODE_REV, MSR_IA32_UCODE_WRITE,
	MSR_IA32_DEBUGCTLMSR, MSR_IA32_PEBS_ENABLE, MSR_IA32_DS_AREA, MSR_IA32_SPEC_CTRL,
	MSR_IA32_PRED_CMD, MSR_IA32_MISC_ENABLE, MSR_CORE_PERF_GLOBAL_CTRL, MSR_IA32_VMX_BASIC,
	MSR_IA32_RTIT_CTL,
};

static void test_forbidden(struct kunit *test)
{
	unsigned long *bitmap = new_bitmap(test, true);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(forbidden); i++) {
		KUNIT_EXPECT_TRUE_MSG(test, test_bit(vmx_msr_read_bit(forbidden[i]), bitmap),
				      "MSR %x", forbidden[i]);
		KUNIT_EXPECT_TRUE_MSG(test, test_bit(vmx_msr_write_bit(forbidden[i]), bitmap),
				      "MSR %x", forbidden[i]);
	}
}

/* The map for x2APIC mode opens what the CPU serves there; in the other no such MSR is open. */
static void test_x2apic(struct kunit *test)
{
	unsigned long *with = new_bitmap(test, true), *without = new_bitmap(test, false);
	unsigned int differences = 0;
	u32 msr;

	for (msr = 0x800; msr < 0x900; msr++) {
		KUNIT_EXPECT_TRUE(test, test_bit(vmx_msr_read_bit(msr), without));
		KUNIT_EXPECT_TRUE(test, test_bit(vmx_msr_write_bit(msr), without));
		KUNIT_EXPECT_EQ(test, !test_bit(vmx_msr_read_bit(msr), with),
				vmx_apic_serves(msr, VMX_X2APIC_READ));
		KUNIT_EXPECT_EQ(test, !test_bit(vmx_msr_write_bit(msr), with),
				vmx_apic_serves(msr, VMX_X2APIC_WRITE));
		differences += !test_bit(vmx_msr_read_bit(msr), with);
		differences += !test_bit(vmx_msr_write_bit(msr), with);
	}
	KUNIT_EXPECT_EQ(test, bitmap_weight(without, MAP_BITS) - bitmap_weight(with, MAP_BITS),
			differences);
}

static struct kunit_case perm_cases[] = {
	KUNIT_CASE(test_bits),
	KUNIT_CASE(test_open),
	KUNIT_CASE(test_forbidden),
	KUNIT_CASE(test_x2apic),
	{}
};

static struct kunit_suite perm_suite = {
	.name = "axvm_vmx_perm",
	.test_cases = perm_cases,
};

kunit_test_suite(perm_suite);
