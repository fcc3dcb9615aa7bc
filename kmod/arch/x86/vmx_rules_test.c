// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit suite of what VM entries demand of a guest's state: each rule broken by itself.
 *
 * Part of axvm_test.ko. Numbers are from SDM 3, 27.3.1. Whether a processor refuses the same
 * is the matter of vmx_run_test.c.
 */
#include <linux/string.h>
#include <asm/msr-index.h>
#include <asm/processor-flags.h>

#include <kunit/test.h>

#include "arch/x86/vmx_rules.h"

static const struct vmx_cap_msrs caps = {
	.cr0_set = 0x80000021,
	.cr0_may = 0xffffffff,
	.cr4_set = 0x2000,
	.cr4_may = 0x3767ff,
};

/* A kernel in 64-bit mode. */
static const struct vmx_state good = {
	.cr0 = 0x80050033, .cr3 = 0x1000, .cr4 = 0x2020, .efer = EFER_LME | EFER_LMA | EFER_SCE,
	.rflags = 0x202, .rip = 0xffffffff81000000, .dr7 = 0x400, .pat = 0x0007040600070406,
	.entry = VM_ENTRY_IA32E_MODE, .cs = 0xa09b, .ss = 0xc093, .ldtr = 0x10000, .tr = 0x8b,
	.gdt_limit = 0x7f, .idt_limit = 0xfff, .link = U64_MAX,
};

/* At the reset vector. */
static const struct vmx_state real = {
	.cr0 = 0x30, .cr4 = 0x2000, .rflags = 2, .rip = 0xfff0, .dr7 = 0x400,
	.pat = 0x0007040600070406, .cs = 0x9b, .ss = 0x93, .ldtr = 0x82, .tr = 0x8b,
	.gdt_limit = 0xffff, .idt_limit = 0xffff, .link = U64_MAX,
};

static void expect_rule(struct kunit *test, const struct vmx_state *s, const char *word)
{
	const char *what = vmx_find_broken_rule(s, &caps);

	KUNIT_ASSERT_NOT_NULL_MSG(test, what, "nothing is wrong with %s", word);
	KUNIT_EXPECT_NOT_NULL_MSG(test, strstr(what, word), "'%s' instead of something with '%s'",
				  what, word);
}

static void test_good(struct kunit *test)
{
	KUNIT_EXPECT_STREQ(test, vmx_find_broken_rule(&good, &caps) ?: "", "");
	KUNIT_EXPECT_STREQ(test, vmx_find_broken_rule(&real, &caps) ?: "", "");
}

#define EXPECT_BROKEN(test_, base_, word_, ...)		\
do {							\
	struct vmx_state s = base_;			\
							\
	__VA_ARGS__;					\
	expect_rule(test_, &s, word_);			\
} while (0)

static void test_control_registers(struct kunit *test)
{
	EXPECT_BROKEN(test, good, "bit of CR0", s.cr0 &= ~0x20);
	EXPECT_BROKEN(test, good, "bit of CR0", s.cr0 |= BIT_ULL(32));
	EXPECT_BROKEN(test, good, "bit of CR4", s.cr4 &= ~0x2000);
	EXPECT_BROKEN(test, good, "bit of CR4", s.cr4 |= BIT_ULL(31));
	EXPECT_BROKEN(test, good, "CR0.PE", s.cr0 &= ~1);
	EXPECT_BROKEN(test, good, "paging", s.cr0 &= ~BIT_ULL(31));
	EXPECT_BROKEN(test, good, "PAE", s.cr4 &= ~0x20);
	EXPECT_BROKEN(test, real, "PCIDE", s.cr4 |= X86_CR4_PCIDE);
	EXPECT_BROKEN(test, good, "CR3", s.cr3 |= BIT_ULL(63));
	EXPECT_BROKEN(test, good, "DR7", s.dr7 |= BIT_ULL(32));
	EXPECT_BROKEN(test, good, "EFER", s.efer &= ~EFER_LMA);
	EXPECT_BROKEN(test, good, "EFER", s.efer &= ~EFER_LME);
	EXPECT_BROKEN(test, real, "EFER", s.efer |= EFER_LMA);
	EXPECT_BROKEN(test, good, "PAT", s.pat ^= 4);
	EXPECT_BROKEN(test, good, "PAT", s.pat |= BIT_ULL(59));
}

static void test_rflags_and_rip(struct kunit *test)
{
	EXPECT_BROKEN(test, good, "RFLAGS", s.rflags = 0);
	EXPECT_BROKEN(test, good, "RFLAGS", s.rflags |= BIT(15));
	EXPECT_BROKEN(test, good, "RFLAGS", s.rflags |= BIT(22));
	EXPECT_BROKEN(test, good, "RFLAGS.VM", s.rflags |= X86_EFLAGS_VM);
	EXPECT_BROKEN(test, real, "RFLAGS.VM", s.rflags |= X86_EFLAGS_VM);
	EXPECT_BROKEN(test, good, "RIP", s.rip = BIT_ULL(47));
	EXPECT_BROKEN(test, real, "RIP", s.rip = BIT_ULL(32));
}

static void test_segments(struct kunit *test)
{
	EXPECT_BROKEN(test, good, "CS", s.cs &= ~VMX_AR_P_MASK);
	EXPECT_BROKEN(test, good, "CS", s.cs &= ~1);
	EXPECT_BROKEN(test, good, "L and D", s.cs |= VMX_AR_DB_MASK);
	EXPECT_BROKEN(test, good, "SS", s.ss &= ~2);
	EXPECT_BROKEN(test, good, "SS", s.ss &= ~VMX_AR_P_MASK);
	EXPECT_BROKEN(test, good, "TR", s.tr |= VMX_AR_UNUSABLE_MASK);
	EXPECT_BROKEN(test, good, "TR", s.tr = 0x83);
	EXPECT_BROKEN(test, good, "LDTR", s.ldtr = 0x83);
	EXPECT_BROKEN(test, good, "GDTR", s.gdt_base = BIT_ULL(50));
	EXPECT_BROKEN(test, good, "IDTR", s.idt_limit = 0x10000);
}

static void test_events(struct kunit *test)
{
	const u32 irq = INTR_INFO_VALID_MASK | INTR_TYPE_EXT_INTR | 0x20;
	const u32 nmi = INTR_INFO_VALID_MASK | INTR_TYPE_NMI_INTR | 2;

	EXPECT_BROKEN(test, real, "RFLAGS.IF", s.event = irq);
	EXPECT_BROKEN(test, good, "cannot be", s.shadow = 3);
	EXPECT_BROKEN(test, real, "cannot be", s.shadow = GUEST_INTR_STATE_STI);
	EXPECT_BROKEN(test, good, "event is blocked", s.event = irq, s.shadow = 1);
	EXPECT_BROKEN(test, good, "event is blocked", s.event = nmi, s.shadow = 8);
	EXPECT_BROKEN(test, good, "pending debug", s.pending = BIT(4));
	EXPECT_BROKEN(test, good, "single step", s.shadow = 2, s.pending = BIT(14));
	EXPECT_BROKEN(test, good, "single step", s.shadow = 2, s.rflags |= X86_EFLAGS_TF);
}

static void test_the_rest(struct kunit *test)
{
	EXPECT_BROKEN(test, good, "link pointer", s.link = 0x1000);
	EXPECT_BROKEN(test, good, "activity", s.activity = 1);
	EXPECT_BROKEN(test, good, "PDPTE", s.entry = 0, s.efer = 0, s.rip = 0,
		      s.pdpte[3] = 0x1007);
}

static struct kunit_case rules_cases[] = {
	KUNIT_CASE(test_good),
	KUNIT_CASE(test_control_registers),
	KUNIT_CASE(test_rflags_and_rip),
	KUNIT_CASE(test_segments),
	KUNIT_CASE(test_events),
	KUNIT_CASE(test_the_rest),
	{}
};

static struct kunit_suite rules_suite = {
	.name = "axvm_vmx_rules",
	.test_cases = rules_cases,
};

kunit_test_suite(rules_suite);
