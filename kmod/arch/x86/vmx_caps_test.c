// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit suite of the choice of VMX controls: from capability MSRs to control words.
 *
 * Part of axvm_test.ko. Numbers are from SDM 3, appendix A and 25.6 to 25.8.
 */
#include <linux/string.h>

#include <kunit/test.h>

#include "arch/x86/vmx_caps.h"
#include "arch/x86/x86.h"

/* Revision 4, control blocks of 4 KiB in write-back memory, TRUE controls. */
#define GOOD_BASIC	0x00da100000000004ULL

/* A processor that may do everything, and must do what the default1 class says (A.2). */
static const struct vmx_cap_msrs everything = {
	.basic = GOOD_BASIC,
	.controls = {
		[VMX_PIN]	= 0xffffffff00000016,
		[VMX_PRIMARY]	= 0xffffffff04006172,
		[VMX_SECONDARY]	= 0xffffffff00000000,
		[VMX_EXIT]	= 0xffffffff00036dfb,
		[VMX_ENTRY]	= 0xffffffff000011fb,
	},
	.misc = 5,
	.cr0_set = 0x80000021,
	.cr0_may = 0xffffffff,
	.cr4_set = 0x2000,
	.cr4_may = 0xffffffff,
	.ept_vpid = U64_MAX,
};

static struct vmx_caps *caps_of(struct kunit *test, const struct vmx_cap_msrs *msrs)
{
	struct vmx_caps *caps = kunit_kzalloc(test, sizeof(*caps), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, caps);
	caps->msrs = *msrs;
	return caps;
}

static void take_away(struct vmx_caps *caps, enum vmx_group group, u32 bit)
{
	caps->msrs.controls[group] &= ~((u64)bit << 32);
}

/* What is set is what the processor demands and what axvm has a reason for, nothing else. */
static void test_words(struct kunit *test)
{
	static const u32 chosen[VMX_GROUPS] = {
		[VMX_PIN]	= 0x16 | 0x01 | 0x08 | 0x20 | 0x40,
		[VMX_PRIMARY]	= 0x04006172 | 0x00000008 | 0x00000080 | 0x00000400 | 0x00000800 |
				  0x00200000 | 0x00800000 | 0x01000000 | 0x10000000 |
				  0x20000000 | 0x80000000,
		[VMX_SECONDARY]	= 0x02 | 0x08 | 0x20 | 0x40 | 0x80 | 0x100 | 0x200 | 0x400 |
				  0x1000 | 0x8000 | 0x80000 | 0x100000,
		[VMX_EXIT]	= 0x00036dfb | 0x4 | 0x200 | 0x80000 | 0x200000 | 0x800000 |
				  0x1000000,
		[VMX_ENTRY]	= 0x000011fb | 0x4 | 0x4000 | 0x8000 | 0x10000 | 0x20000,
	};
	struct vmx_caps *caps = caps_of(test, &everything);
	unsigned int i;

	KUNIT_ASSERT_EQ(test, vmx_caps_choose(caps, true, NULL), 0);
	for (i = 0; i < VMX_GROUPS; i++)
		KUNIT_EXPECT_EQ_MSG(test, caps->controls[i], chosen[i], "word %u", i);
}

/* No control may be set that the processor does not offer, and none left out that it demands. */
static void test_allowed(struct kunit *test)
{
	struct vmx_caps *caps = caps_of(test, &everything);
	unsigned int group, bit;

	for (group = 0; group < VMX_GROUPS; group++) {
		for (bit = 0; bit < 32; bit++) {
			caps->msrs = everything;
			take_away(caps, group, BIT(bit));
			if (!vmx_caps_choose(caps, true, NULL))
				KUNIT_EXPECT_EQ(test, caps->controls[group] & BIT(bit) &
						~lower_32_bits(everything.controls[group]), 0);
			caps->msrs = everything;
			caps->msrs.controls[group] |= BIT(bit);
			KUNIT_EXPECT_EQ(test, vmx_caps_choose(caps, true, NULL), 0);
			KUNIT_EXPECT_NE(test, caps->controls[group] & BIT(bit), 0);
		}
	}
}

static const struct {
	enum vmx_group group;
	u32 bit;
	const char *name;
} needed[] = {
	{ VMX_PIN, BIT(0), "external-interrupt exiting" },
	{ VMX_PIN, BIT(3), "NMI exiting" },
	{ VMX_PIN, BIT(5), "virtual NMIs" },
	{ VMX_PRIMARY, BIT(3), "TSC offsetting" },
	{ VMX_PRIMARY, BIT(7), "HLT exiting" },
	{ VMX_PRIMARY, BIT(21), "TPR shadow" },
	{ VMX_PRIMARY, BIT(24), "unconditional I/O" },
	{ VMX_PRIMARY, BIT(28), "MSR bitmaps" },
	{ VMX_PRIMARY, BIT(31), "secondary controls" },
	{ VMX_SECONDARY, BIT(1), "EPT" },
	{ VMX_SECONDARY, BIT(7), "unrestricted guest" },
	{ VMX_EXIT, BIT(9), "host address-space size" },
	{ VMX_EXIT, BIT(21), "IA32_EFER" },
	{ VMX_ENTRY, BIT(15), "IA32_EFER" },
};

/* What is needed and missing is refused, and named. */
static void test_refusals(struct kunit *test)
{
	struct vmx_caps *caps = caps_of(test, &everything);
	struct axvm_error err;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(needed); i++) {
		err = (struct axvm_error){};
		caps->msrs = everything;
		take_away(caps, needed[i].group, needed[i].bit);
		KUNIT_EXPECT_EQ(test, vmx_caps_choose(caps, true, &err), -EOPNOTSUPP);
		KUNIT_ASSERT_NOT_NULL(test, err.msg);
		KUNIT_EXPECT_NOT_NULL_MSG(test, strstr(err.msg, needed[i].name),
					  "'%s' instead of something with '%s'", err.msg,
					  needed[i].name);
	}
}

static void test_basic(struct kunit *test)
{
	struct vmx_caps *caps = caps_of(test, &everything);

	caps->msrs.basic &= ~BIT_ULL(55);	/* no TRUE controls */
	KUNIT_EXPECT_EQ(test, vmx_caps_choose(caps, true, NULL), -EOPNOTSUPP);
	caps->msrs.basic = GOOD_BASIC & ~GENMASK_ULL(53, 50);	/* uncached */
	KUNIT_EXPECT_EQ(test, vmx_caps_choose(caps, true, NULL), -EOPNOTSUPP);
	caps->msrs = (struct vmx_cap_msrs){};
	KUNIT_EXPECT_EQ(test, vmx_caps_choose(caps, true, NULL), -EOPNOTSUPP);
}

/* Without a way to forget them there are no tags; EPT itself cannot do without. */
static void test_ept_vpid(struct kunit *test)
{
	struct vmx_caps *caps = caps_of(test, &everything);

	caps->msrs.ept_vpid = ~BIT_ULL(32);	/* INVVPID */
	KUNIT_ASSERT_EQ(test, vmx_caps_choose(caps, true, NULL), 0);
	KUNIT_EXPECT_EQ(test, caps->controls[VMX_SECONDARY] & BIT(5), 0);
	caps->msrs.ept_vpid = ~BIT_ULL(20);	/* INVEPT */
	KUNIT_EXPECT_EQ(test, vmx_caps_choose(caps, true, NULL), -EOPNOTSUPP);
	caps->msrs.ept_vpid = ~BIT_ULL(6);	/* four levels */
	KUNIT_EXPECT_EQ(test, vmx_caps_choose(caps, true, NULL), -EOPNOTSUPP);
}

/* It counts every 2^5 ticks of the TSC. */
static void test_preemption_timer(struct kunit *test)
{
	struct vmx_caps *caps = caps_of(test, &everything);

	KUNIT_ASSERT_EQ(test, vmx_caps_choose(caps, true, NULL), 0);
	KUNIT_EXPECT_EQ(test, caps->preemption, BIT(24 - 5));
	take_away(caps, VMX_PIN, BIT(6));
	KUNIT_ASSERT_EQ(test, vmx_caps_choose(caps, true, NULL), 0);
	KUNIT_EXPECT_EQ(test, caps->preemption, 0);
}

#define APICV	(BIT(4) | BIT(8) | BIT(9))

/* All three or none; x2APIC mode is turned on and off later. */
static void test_apicv(struct kunit *test)
{
	static const u32 bits[] = { BIT(4), BIT(8), BIT(9) };
	struct vmx_caps *caps = caps_of(test, &everything);
	unsigned int i;

	KUNIT_ASSERT_EQ(test, vmx_caps_choose(caps, true, NULL), 0);
	KUNIT_EXPECT_TRUE(test, caps->apicv);
	KUNIT_EXPECT_EQ(test, caps->controls[VMX_SECONDARY] & APICV, BIT(8) | BIT(9));
	KUNIT_ASSERT_EQ(test, vmx_caps_choose(caps, false, NULL), 0);
	KUNIT_EXPECT_FALSE(test, caps->apicv);
	KUNIT_EXPECT_EQ(test, caps->controls[VMX_SECONDARY] & APICV, 0);
	for (i = 0; i < ARRAY_SIZE(bits); i++) {
		caps->msrs = everything;
		take_away(caps, VMX_SECONDARY, bits[i]);
		KUNIT_ASSERT_EQ(test, vmx_caps_choose(caps, true, NULL), 0);
		KUNIT_EXPECT_FALSE(test, caps->apicv);
		KUNIT_EXPECT_EQ(test, caps->controls[VMX_SECONDARY] & APICV, 0);
	}
}

static struct kunit_case caps_cases[] = {
	KUNIT_CASE(test_words),
	KUNIT_CASE(test_allowed),
	KUNIT_CASE(test_refusals),
	KUNIT_CASE(test_basic),
	KUNIT_CASE(test_ept_vpid),
	KUNIT_CASE(test_preemption_timer),
	KUNIT_CASE(test_apicv),
	{}
};

static struct kunit_suite caps_suite = {
	.name = "axvm_vmx_caps",
	.test_cases = caps_cases,
};

kunit_test_suite(caps_suite);
