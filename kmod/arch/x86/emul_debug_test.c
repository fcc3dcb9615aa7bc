// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit: breakpoints on what is emulated. Part of axvm_test.ko.
 */
#include <asm/debugreg.h>
#include <asm/trapnr.h>

#include "arch/x86/emul_test.h"

#define KIND_WRITE	DR_RW_WRITE
#define KIND_PORT	2
#define KIND_ACCESS	DR_RW_READ
#define CODED_8		2
#define HIGH		0xffffffff80000000ULL

static void set_breakpoint(struct emul_test *t, unsigned int n, u64 at, unsigned int kind,
			   unsigned int coded_len)
{
	u64 dr7 = x86_hw->get_sysreg(t->v, X86_DR7);

	t->v->dr[n] = at;
	t->v->has_breakpoints = true;
	dr7 |= DR_GLOBAL_ENABLE << (n * DR_ENABLE_SIZE);
	dr7 |= (u64)(coded_len << 2 | kind) << (DR_CONTROL_SHIFT + n * DR_CONTROL_SIZE);
	x86_hw->set_sysreg(t->v, X86_DR7, dr7);
}

static struct emul_test *create(struct kunit *test)
{
	struct emul_test *t = emul_test_create(test);

	x86_hw->set_sysreg(t->v, X86_DR7, DR7_FIXED_1);
	x86_hw->set_sysreg(t->v, X86_DR6, DR6_RESERVED | DR_TRAP3);
	t->v->cr4 |= X86_CR4_DE;
	return t;
}

static const struct match_case {
	const char *name;
	u64 at;
	u8 coded_len;
	u64 addr;
	u8 len;
	bool hit;
} match_cases[] = {
	{ "same byte", 0x1000, 0, 0x1000, 1, true },
	{ "byte behind", 0x1000, 0, 0x1001, 1, false },
	{ "byte before", 0x1000, 0, 0xfff, 1, false },
	{ "first of wide access", 0x1003, 0, 0x1000, 4, true },
	{ "behind wide access", 0x1004, 0, 0x1000, 4, false },
	{ "last of 2", 0x1000, 1, 0x1001, 1, true },
	{ "last of 4", 0x1000, 3, 0x1003, 1, true },
	{ "behind 4", 0x1000, 3, 0x1004, 8, false },
	{ "last of 8", 0x1000, CODED_8, 0x1007, 1, true },
	{ "low bits do not count", 0x1003, 3, 0x1000, 1, true },
	{ "from before", 0x1000, 3, 0xffe, 4, true },
	{ "just before", 0x1000, 3, 0xffc, 4, false },
	{ "high", HIGH, CODED_8, HIGH + 7, 8, true },
	{ "end of the address space", ~7ULL, CODED_8, ~0ULL, 1, true },
	{ "nothing wraps", 0, 0, ~7ULL, 8, false },
};

KUNIT_ARRAY_PARAM_DESC(match, match_cases, name);

static void compares_addresses(struct kunit *test)
{
	const struct match_case *c = test->param_value;
	struct emul_test *t = create(test);

	set_breakpoint(t, 2, c->at, KIND_ACCESS, c->coded_len);
	KUNIT_EXPECT_EQ(test, x86_find_breakpoints(t->v, BIT(KIND_ACCESS), c->addr, c->len),
			c->hit ? DR_TRAP2 : 0);
	KUNIT_EXPECT_EQ(test, x86_find_breakpoints(t->v, BIT(KIND_WRITE), c->addr, c->len), 0);
}

static void finds_all(struct kunit *test)
{
	struct emul_test *t = create(test);

	set_breakpoint(t, 0, 0x1000, KIND_WRITE, 0);
	set_breakpoint(t, 1, 0x1002, KIND_ACCESS, 1);
	t->v->dr[2] = 0x1000;	/* off */
	set_breakpoint(t, 3, 0x1000, DR_RW_EXECUTE, 0);
	KUNIT_EXPECT_EQ(test, x86_find_data_breakpoints(t->v, 0x1000, 4, true),
			DR_TRAP0 | DR_TRAP1);
	KUNIT_EXPECT_EQ(test, x86_find_data_breakpoints(t->v, 0x1000, 4, false), DR_TRAP1);
	KUNIT_EXPECT_EQ(test, x86_find_port_breakpoints(t->v, 0x1000, 4), 0);
}

/* Behind the access; DR6 tells this one alone, and TF as well. */
static void traps_on_ports(struct kunit *test)
{
	struct emul_test *t = create(test);

	set_breakpoint(t, 0, TEST_PORT + 1, KIND_PORT, 0);
	t->v->rflags |= X86_EFLAGS_TF;
	emul_test_load(t, "ef");
	t->v->next_rip = TEST_CODE + 1;
	x86_port_write(t->v, TEST_PORT, 4);
	KUNIT_EXPECT_EQ(test, t->nr_log, 1);
	KUNIT_EXPECT_EQ(test, t->v->rip, TEST_CODE + 1);
	KUNIT_EXPECT_EQ(test, x86_hw->get_sysreg(t->v, X86_DR6),
			DR6_RESERVED | DR_STEP | DR_TRAP0);
	emul_test_expect_exception(t, X86_TRAP_DB, false, 0);
	t->v->rflags &= ~X86_EFLAGS_TF;
	x86_port_write(t->v, TEST_PORT + 4, 4);
	emul_test_expect_no_exception(t);
	t->v->cr4 &= ~X86_CR4_DE;
	x86_port_read(t->v, TEST_PORT, 4);
	emul_test_expect_no_exception(t);
}

/* A trap after each iteration: RIP stays until the last one. */
static void traps_between_iterations(struct kunit *test)
{
	struct emul_test *t = create(test);

	set_breakpoint(t, 1, TEST_PORT, KIND_PORT, 0);
	t->v->gpr[X86_RCX] = 2;
	t->v->gpr[X86_RDX] = TEST_PORT;
	t->v->gpr[X86_RSI] = TEST_DATA;
	emul_test_load(t, "f36e");
	KUNIT_EXPECT_EQ(test, x86_emulate_string_io(t->v), AXVM_RESUME);
	KUNIT_EXPECT_EQ(test, t->v->rip, TEST_CODE);
	KUNIT_EXPECT_TRUE(test, t->v->rflags & X86_EFLAGS_RF);
	KUNIT_EXPECT_EQ(test, t->v->gpr[X86_RCX], 1);
	emul_test_expect_exception(t, X86_TRAP_DB, false, 0);
	KUNIT_EXPECT_EQ(test, x86_emulate_string_io(t->v), AXVM_RESUME);
	KUNIT_EXPECT_EQ(test, t->v->rip, TEST_CODE + 2);
	emul_test_expect_exception(t, X86_TRAP_DB, false, 0);
	KUNIT_EXPECT_EQ(test, t->nr_log, 2);
}

/* Both operands of a move count; what was not done by us is no hit. */
static void traps_on_data(struct kunit *test)
{
	struct emul_test *t = create(test);

	set_breakpoint(t, 0, TEST_DATA, KIND_ACCESS, 3);
	t->v->gpr[X86_RSI] = TEST_DATA;
	t->v->gpr[X86_RDI] = TEST_ADDR(PAGE_DEVICE);
	emul_test_load(t, "a5");
	KUNIT_EXPECT_EQ(test, x86_emulate_mmio(t->v, TEST_DEVICE), AXVM_RESUME);
	KUNIT_EXPECT_EQ(test, t->v->rip, TEST_CODE + 1);
	emul_test_expect_exception(t, X86_TRAP_DB, false, 0);
	set_breakpoint(t, 3, TEST_ADDR(PAGE_DEVICE) + 8, KIND_WRITE, 0);
	t->v->gpr[X86_RDI] = TEST_ADDR(PAGE_DEVICE) + 8;
	emul_test_load(t, "8a07");
	KUNIT_EXPECT_EQ(test, x86_emulate_mmio(t->v, TEST_DEVICE + 8), AXVM_RESUME);
	emul_test_expect_no_exception(t);
	emul_test_load(t, "8807");
	KUNIT_EXPECT_EQ(test, x86_emulate_mmio(t->v, TEST_DEVICE + 8), AXVM_RESUME);
	emul_test_expect_exception(t, X86_TRAP_DB, false, 0);
	t->v->gpr[X86_RDI] = TEST_DATA;
	emul_test_load(t, "8807");
	KUNIT_EXPECT_EQ(test, x86_emulate_mmio(t->v, TEST_DATA), AXVM_RESUME);
	emul_test_expect_no_exception(t);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(compares_addresses, match_gen_params),
	KUNIT_CASE(finds_all),
	KUNIT_CASE(traps_on_ports),
	KUNIT_CASE(traps_between_iterations),
	KUNIT_CASE(traps_on_data),
	{}
};

static struct kunit_suite suite = {
	.name = "axvm_x86_emul_debug",
	.test_cases = cases,
};

kunit_test_suite(suite);
