// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit suite of events into a VMX guest: the words in which a control block has them.
 *
 * Part of axvm_test.ko; needs no VMX. Numbers are from SDM 3, table 25-17 (VM-entry interruption
 * information) and 25.9.3 (IDT-vectoring information). What a processor makes of them is in
 * axvm_vmx_entry.
 */
#include <kunit/test.h>

#include "arch/x86/vmx.h"

#define VALID		BIT(31)
#define HAS_ERROR	BIT(11)

static const struct {
	struct x86_inject event;
	u32 info;
} entries[] = {
	{ { .vector = 0x31, .type = X86_TYPE_INTR }, VALID | 0x31 },
	{ { .vector = 0xff, .type = X86_TYPE_INTR }, VALID | 0xff },
	{ { .vector = 2, .type = X86_TYPE_NMI }, VALID | 0x202 },
	{ { .vector = 6, .type = X86_TYPE_EXCEPTION }, VALID | 0x306 },
	{ { .vector = 1, .type = X86_TYPE_EXCEPTION }, VALID | 0x301 },
	{ { .vector = 13, .type = X86_TYPE_EXCEPTION, .has_error = true, .error = 0x18 },
	  VALID | HAS_ERROR | 0x30d },
	{ { .vector = 14, .type = X86_TYPE_EXCEPTION, .has_error = true },
	  VALID | HAS_ERROR | 0x30e },
	/* INT3 and INTO are exceptions of software, whoever raises them. */
	{ { .vector = 3, .type = X86_TYPE_EXCEPTION }, VALID | 0x603 },
	{ { .vector = 4, .type = X86_TYPE_EXCEPTION }, VALID | 0x604 },
};

static void test_entry_info(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(entries); i++)
		KUNIT_EXPECT_EQ_MSG(test, vmx_entry_info(&entries[i].event), entries[i].info,
				    "event %u", i);
}

static const struct {
	u32 vectoring;
	bool again;
	u8 vector;
	enum x86_event_type type;
	bool has_error;
} interrupted[] = {
	{ VALID | 0x31, true, 0x31, X86_TYPE_INTR },
	{ VALID | 0x202, true, 2, X86_TYPE_NMI },
	{ VALID | 0x30d | HAS_ERROR, true, 13, X86_TYPE_EXCEPTION, true },
	{ VALID | 0x306, true, 6, X86_TYPE_EXCEPTION },
	/* Bit 12 is undefined here. */
	{ VALID | BIT(12) | 0x202, true, 2, X86_TYPE_NMI },
	/* INT n, INT1, INT3 and INTO are executed again. */
	{ VALID | 0x421 },
	{ VALID | 0x501 },
	{ VALID | 0x603 },
	{ VALID | 0x604 },
	/* Nothing was under way, whatever the other bits say. */
	{ 0x31 },
	{ 0x30d | HAS_ERROR },
	{ 0 },
};

static void test_interrupted(struct kunit *test)
{
	struct x86_inject event;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(interrupted); i++) {
		KUNIT_EXPECT_EQ_MSG(test, vmx_find_interrupted(interrupted[i].vectoring, &event),
				    interrupted[i].again, "word %u", i);
		if (!interrupted[i].again)
			continue;
		KUNIT_EXPECT_EQ(test, event.vector, interrupted[i].vector);
		KUNIT_EXPECT_EQ(test, event.type, interrupted[i].type);
		KUNIT_EXPECT_EQ(test, event.has_error, interrupted[i].has_error);
	}
}

/* What is injected again is what was interrupted, to the bit. */
static void test_round_trip(struct kunit *test)
{
	struct x86_inject event;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(interrupted); i++) {
		if (!vmx_find_interrupted(interrupted[i].vectoring, &event))
			continue;
		KUNIT_EXPECT_EQ(test, vmx_entry_info(&event),
				interrupted[i].vectoring & ~(u32)BIT(12));
	}
}

static struct kunit_case inject_cases[] = {
	KUNIT_CASE(test_entry_info),
	KUNIT_CASE(test_interrupted),
	KUNIT_CASE(test_round_trip),
	{}
};

static struct kunit_suite inject_suite = {
	.name = "axvm_vmx_inject",
	.test_cases = inject_cases,
};

kunit_test_suite(inject_suite);
