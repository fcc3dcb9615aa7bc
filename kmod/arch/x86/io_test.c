// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit suite of single port accesses, of the local APIC's page, and of stepping over
 * instructions that were intercepted. Part of axvm_test.ko.
 */
#include <asm/apicdef.h>
#include <asm/debugreg.h>
#include <asm/pgtable_types.h>
#include <asm/trapnr.h>

#include "arch/x86/emul_test.h"

/* --- stepping --- */

/* What exits step over, in its shortest form and with prefixes. */
static const struct {
	const char *text;
	const char *hex;
} skipped[] = {
	{ "cpuid", "0fa2" },
	{ "cpuid with prefixes", "66f3480fa2" },
	{ "rdmsr", "0f32" },
	{ "wrmsr", "0f30" },
	{ "rdtsc", "0f31" },
	{ "rdtscp", "0f01f9" },
	{ "rdpmc", "0f33" },
	{ "vmmcall", "0f01d9" },
	{ "vmcall", "0f01c1" },
	{ "xsetbv", "0f01d1" },
	{ "hlt", "f4" },
	{ "hlt with a prefix", "66f4" },
	{ "pause", "f390" },
	{ "invd", "0f08" },
	{ "wbinvd", "0f09" },
	{ "wbnoinvd", "f30f09" },
	{ "clts", "0f06" },
	{ "mov rax, cr0", "0f20c0" },
	{ "mov cr4, r9", "410f22e1" },
	{ "mov cr8, rax", "440f22c0" },
	{ "mov cr8 by lock", "f00f22c0" },
	{ "mov cr0, rax with mod 0", "0f2200" },
	{ "mov dr7, rax", "0f23f8" },
	{ "lmsw ax", "0f01f0" },
	{ "lmsw [rax + 8]", "0f017008" },
	{ "smsw [rip]", "0f012500000000" },
	{ "invlpg [rax + rcx * 4 + disp]", "0f01bc8800000100" },
	{ "invlpga", "0f01df" },
	{ "lgdt [rax]", "0f0110" },
	{ "sgdt [esp + 8]", "670f01442408" },
	{ "in al, 0x60", "e460" },
	{ "out dx, ax", "66ef" },
	{ "rep outsb", "f36e" },
	{ "monitor", "0f01c8" },
	{ "mwait", "0f01c9" },
	{ "rdrand rax", "480fc7f0" },
	{ "invpcid rax, [rcx]", "660f388201" },
	{ "xsaves [rdi]", "0fc72f" },
	{ "iretq", "48cf" },
	{ "int 0x80", "cd80" },
	{ "rsm", "0faa" },
	{ "clgi", "0f01dd" },
	{ "skinit", "0f01de" },
	{ "umwait", "f20faef1" },
	{ "tpause", "660faef1" },
};

static void steps_over_what_exits(struct kunit *test)
{
	struct emul_test *t = emul_test_create(test);
	unsigned int i, round, len;

	for (i = 0; i < ARRAY_SIZE(skipped); i++) {
		len = strlen(skipped[i].hex) / 2;
		for (round = 0; round < 2; round++) {
			emul_test_load(t, skipped[i].hex);
			t->v->rflags = X86_EFLAGS_FIXED | X86_EFLAGS_RF | X86_EFLAGS_CF;
			t->v->shadow = true;
			KUNIT_EXPECT_TRUE_MSG(test, x86_skip(t->v, 0), "%s", skipped[i].text);
			KUNIT_EXPECT_EQ_MSG(test, t->v->rip, TEST_CODE + len, "%s",
					    skipped[i].text);
			KUNIT_EXPECT_EQ(test, t->v->rflags, X86_EFLAGS_FIXED | X86_EFLAGS_CF);
			KUNIT_EXPECT_FALSE(test, t->v->shadow);
		}
		emul_test_expect_no_exception(t);
	}
}

/* The last bytes of a page, and across its end. */
static void steps_near_page_ends(struct kunit *test)
{
	struct emul_test *t = emul_test_create(test);
	static const u8 code[] = { 0x66, 0x0f, 0xa2 };
	unsigned int left;

	for (left = 1; left <= sizeof(code); left++) {
		memcpy(test_memory(t, TEST_DATA + SZ_4K - left), code, left);
		memcpy(test_memory(t, TEST_ROM), code + left, sizeof(code) - left);
		test_table(t, 4)[PAGE_DEVICE] = TEST_ROM | _PAGE_PRESENT;
		t->v->rip = TEST_ADDR(PAGE_DEVICE) - left;
		KUNIT_EXPECT_TRUE(test, x86_skip(t->v, 0));
		KUNIT_EXPECT_EQ(test, t->v->rip, TEST_ADDR(PAGE_DEVICE) - left + sizeof(code));
		/* Without the second page only what fits. */
		test_table(t, 4)[PAGE_DEVICE] = 0;
		t->v->rip = TEST_ADDR(PAGE_DEVICE) - left;
		KUNIT_EXPECT_EQ(test, x86_skip(t->v, 0), left == sizeof(code));
	}
}

static void believes_the_hardware(struct kunit *test)
{
	struct emul_test *t = emul_test_create(test);

	emul_test_load(t, "90");
	KUNIT_EXPECT_TRUE(test, x86_skip(t->v, 7));
	KUNIT_EXPECT_EQ(test, t->v->rip, TEST_CODE + 7);
	t->v->next_rip = 0x123456789a;
	KUNIT_EXPECT_TRUE(test, x86_skip(t->v, 0));
	KUNIT_EXPECT_EQ(test, t->v->rip, 0x123456789a);
	t->v->next_rip = 0;
	/* EIP wraps, RIP does not. */
	t->v->rip = 0xffffffff;
	KUNIT_EXPECT_TRUE(test, x86_skip(t->v, 2));
	KUNIT_EXPECT_EQ(test, t->v->rip, 0x100000001);
	emul_test_protected_mode(t);
	t->v->rip = 0xffffffff;
	KUNIT_EXPECT_TRUE(test, x86_skip(t->v, 2));
	KUNIT_EXPECT_EQ(test, t->v->rip, 1);
}

static void traps_after_single_steps(struct kunit *test)
{
	struct emul_test *t = emul_test_create(test);

	emul_test_load(t, "0fa2");
	t->v->rflags |= X86_EFLAGS_TF;
	KUNIT_EXPECT_TRUE(test, x86_skip(t->v, 0));
	emul_test_expect_exception(t, X86_TRAP_DB, false, 0);
	KUNIT_EXPECT_TRUE(test, t->tc->sysreg[X86_DR6] & DR_STEP);
	/* With BTF, branches alone do. */
	t->tc->sysreg[X86_DEBUGCTL] = DEBUGCTLMSR_BTF;
	emul_test_load(t, "0fa2");
	KUNIT_EXPECT_TRUE(test, x86_skip(t->v, 0));
	emul_test_expect_no_exception(t);
}

static void says_when_code_is_gone(struct kunit *test)
{
	struct emul_test *t = emul_test_create(test);

	t->v->rip = TEST_ADDR(PAGE_MISSING);
	KUNIT_EXPECT_FALSE(test, x86_skip(t->v, 0));
	KUNIT_EXPECT_EQ(test, x86_emulate_again(t->v), AXVM_RESUME);
	KUNIT_EXPECT_EQ(test, t->v->rip, TEST_ADDR(PAGE_MISSING));
	t->v->rip = TEST_ADDR(PAGE_NOT_BACKED);
	KUNIT_EXPECT_FALSE(test, x86_skip(t->v, 0));
	KUNIT_EXPECT_EQ(test, x86_emulate_again(t->v), AXVM_DISPATCH);
	KUNIT_EXPECT_EQ(test, t->v->base.exit.kind, AXVM_EXIT_S2_FAULT);
	KUNIT_EXPECT_EQ(test, t->v->base.exit.fault.gpa, TEST_UNBACKED);
	t->v->rip = TEST_ADDR(PAGE_DEVICE);
	KUNIT_EXPECT_FALSE(test, x86_skip(t->v, 0));
	KUNIT_EXPECT_EQ(test, x86_emulate_again(t->v), AXVM_DISPATCH);
	KUNIT_EXPECT_EQ(test, t->v->base.exit.kind, AXVM_EXIT_FAIL);
	emul_test_load(t, "0f04");
	KUNIT_EXPECT_FALSE(test, x86_skip(t->v, 0));
	KUNIT_EXPECT_EQ(test, x86_emulate_again(t->v), AXVM_DISPATCH);
	KUNIT_EXPECT_EQ(test, t->v->base.exit.kind, AXVM_EXIT_FAIL);
	/* Readable again: the guest executes it, with the translations that are right now. */
	t->tc->flushes = 0;
	emul_test_load(t, "66f3480fa2");
	KUNIT_EXPECT_EQ(test, x86_emulate_again(t->v), AXVM_RESUME);
	KUNIT_EXPECT_EQ(test, t->v->rip, TEST_CODE);
	KUNIT_EXPECT_EQ(test, t->tc->flushes, 1);
	KUNIT_EXPECT_EQ(test, t->nr_log, 0);
}

/* Nothing changes by looking. */
static void finds_the_next_instruction(struct kunit *test)
{
	struct emul_test *t = emul_test_create(test);

	emul_test_load(t, "66f3480f30");
	t->v->shadow = true;
	t->v->rflags |= X86_EFLAGS_TF | X86_EFLAGS_RF;
	KUNIT_EXPECT_EQ(test, x86_find_next(t->v), TEST_CODE + 5);
	KUNIT_EXPECT_EQ(test, t->v->rip, TEST_CODE);
	KUNIT_EXPECT_TRUE(test, t->v->shadow);
	KUNIT_EXPECT_TRUE(test, t->v->rflags & X86_EFLAGS_RF);
	emul_test_expect_no_exception(t);
	t->v->next_rip = 0x4567;
	KUNIT_EXPECT_EQ(test, x86_find_next(t->v), 0x4567);
	t->v->next_rip = 0;
	t->v->rip = TEST_ADDR(PAGE_MISSING);
	KUNIT_EXPECT_EQ(test, x86_find_next(t->v), 0);
	t->v->rip = TEST_ADDR(PAGE_NOT_BACKED);
	KUNIT_EXPECT_EQ(test, x86_find_next(t->v), 0);
	emul_test_load(t, "0f04");
	KUNIT_EXPECT_EQ(test, x86_find_next(t->v), 0);
}

/* How often the guest is sent back to the same instruction before the VM ends. */
static unsigned int count_retries(struct emul_test *t, unsigned int entries, unsigned int most)
{
	unsigned int n;

	for (n = 0; n < most; n++) {
		if (x86_emulate_again(t->v) != AXVM_RESUME)
			break;
		t->v->base.count[AXVM_COUNT_ENTRIES] += entries;
	}
	return n;
}

static void ends_what_repeats_for_ever(struct kunit *test)
{
	struct emul_test *t = emul_test_create(test);
	unsigned int n;

	emul_test_load(t, "0fa2");
	n = count_retries(t, 1, 100000);
	KUNIT_EXPECT_GE(test, n, 10);
	KUNIT_EXPECT_LT(test, n, 100000);
	KUNIT_EXPECT_EQ(test, t->v->base.exit.kind, AXVM_EXIT_FAIL);
	KUNIT_EXPECT_EQ(test, t->v->base.exit.fail.code, TEST_CODE);
	/* Elsewhere it starts anew, and where the guest gets on there is no end. */
	t->v->rip++;
	KUNIT_EXPECT_EQ(test, count_retries(t, 1, 10), 10);
	KUNIT_EXPECT_EQ(test, count_retries(t, 2, 1000), 1000);
	/* Code that cannot be read while the CPU executes it. */
	t->v->rip = TEST_ADDR(PAGE_MISSING);
	KUNIT_EXPECT_LT(test, count_retries(t, 1, 100000), 100000);
	KUNIT_EXPECT_EQ(test, t->v->base.exit.kind, AXVM_EXIT_FAIL);
}

/* --- IN and OUT --- */

static void expect_in(struct emul_test *t, u16 port, unsigned int len, u64 expected)
{
	t->v->gpr[X86_RAX] = 0x1122334455667788;
	emul_test_load(t, "ed");
	t->v->next_rip = TEST_CODE + 1;
	emul_test_clear_log(t);
	KUNIT_EXPECT_EQ(t->test, x86_port_io(t->v, port, len, false), AXVM_RESUME);
	KUNIT_EXPECT_EQ_MSG(t->test, t->v->gpr[X86_RAX], expected, "port %#x, %u bytes", port, len);
	KUNIT_EXPECT_EQ(t->test, t->v->rip, TEST_CODE + 1);
}

static void reads_ports(struct kunit *test)
{
	struct emul_test *t = emul_test_create(test);
	unsigned int i;

	for (i = 0; i < 16; i++) {
		t->ports[0][i] = 0xa0 + i;
		t->ports[1][i] = 0xb0 + i;
	}
	expect_in(t, TEST_PORT, 1, 0x11223344556677a0);
	expect_in(t, TEST_PORT + 2, 2, 0x112233445566a3a2);
	expect_in(t, TEST_PORT + 4, 4, 0xa7a6a5a4);
	KUNIT_EXPECT_EQ(test, t->nr_log, 1);
	/* Misaligned, narrow, at the end, and nowhere. */
	expect_in(t, TEST_PORT + 1, 4, 0xa4a3a2a1);
	expect_in(t, TEST_BYTE_PORT + 4, 4, 0xb7b6b5b4);
	KUNIT_EXPECT_EQ(test, t->nr_log, 4);
	expect_in(t, TEST_BYTE_PORT + 14, 4, 0xffffbfbe);
	expect_in(t, TEST_BYTE_PORT - 1, 2, 0x112233445566b0ff);
	expect_in(t, 0x333, 1, 0x11223344556677ff);
	expect_in(t, 0x333, 2, 0x112233445566ffff);
	expect_in(t, 0xffff, 4, 0xffffffff);
	KUNIT_EXPECT_EQ(test, t->nr_log, 0);
}

/* The code is not looked at: whatever the access did to it, the guest goes on behind it. */
static void ports_need_no_code(struct kunit *test)
{
	struct emul_test *t = emul_test_create(test);

	t->v->rip = TEST_ADDR(PAGE_MISSING);
	t->v->next_rip = TEST_ADDR(PAGE_MISSING) + 5;
	t->v->shadow = true;
	KUNIT_EXPECT_EQ(test, x86_port_io(t->v, TEST_PORT, 4, true), AXVM_RESUME);
	KUNIT_EXPECT_EQ(test, t->v->rip, TEST_ADDR(PAGE_MISSING) + 5);
	KUNIT_EXPECT_FALSE(test, t->v->shadow);
	KUNIT_EXPECT_EQ(test, t->nr_log, 1);
}

static void writes_ports(struct kunit *test)
{
	struct emul_test *t = emul_test_create(test);

	t->v->gpr[X86_RAX] = 0x1122334455667788;
	emul_test_load(t, "ef");
	t->v->next_rip = TEST_CODE + 1;
	KUNIT_EXPECT_EQ(test, x86_port_io(t->v, TEST_PORT, 4, true), AXVM_RESUME);
	KUNIT_EXPECT_EQ(test, x86_port_io(t->v, TEST_PORT, 1, true), AXVM_RESUME);
	KUNIT_EXPECT_EQ(test, x86_port_io(t->v, TEST_BYTE_PORT, 2, true), AXVM_RESUME);
	KUNIT_EXPECT_EQ(test, x86_port_io(t->v, 0x333, 4, true), AXVM_RESUME);
	KUNIT_ASSERT_EQ(test, t->nr_log, 4);
	KUNIT_EXPECT_EQ(test, t->log[0].val, 0x55667788);
	KUNIT_EXPECT_EQ(test, t->log[1].val, 0x88);
	KUNIT_EXPECT_EQ(test, t->log[2].val, 0x88);
	KUNIT_EXPECT_EQ(test, t->log[3].val, 0x77);
	KUNIT_EXPECT_EQ(test, t->log[3].addr, TEST_BYTE_PORT + 1);
	KUNIT_EXPECT_EQ(test, t->v->gpr[X86_RAX], 0x1122334455667788);
}

/* --- the local APIC's page --- */

static void reaches_the_local_apic(struct kunit *test)
{
	struct emul_test *t = emul_test_create(test);

	x86_test_lapic_enable(t->v);
	t->v->gpr[X86_RDI] = X86_APIC_DEFAULT_BASE + APIC_TASKPRI;
	t->v->gpr[X86_RAX] = 0x50;
	emul_test_load(t, "8907");
	KUNIT_EXPECT_EQ(test, x86_emulate_mmio(t->v, t->v->gpr[X86_RDI]), AXVM_RESUME);
	KUNIT_EXPECT_EQ(test, x86_test_lapic_read(t->v, APIC_TASKPRI), 0x50);
	emul_test_load(t, "8b0f");
	KUNIT_EXPECT_EQ(test, x86_emulate_mmio(t->v, t->v->gpr[X86_RDI]), AXVM_RESUME);
	KUNIT_EXPECT_EQ(test, t->v->gpr[X86_RCX], 0x50);
	/* In x2APIC mode nothing is there. */
	x86_test_lapic_to_x2apic(t->v);
	emul_test_load(t, "8b0f");
	KUNIT_EXPECT_EQ(test, x86_emulate_mmio(t->v, t->v->gpr[X86_RDI]), AXVM_RESUME);
	KUNIT_EXPECT_EQ(test, t->v->gpr[X86_RCX], U32_MAX);
}

static struct kunit_case io_cases[] = {
	KUNIT_CASE(steps_over_what_exits),
	KUNIT_CASE(steps_near_page_ends),
	KUNIT_CASE(believes_the_hardware),
	KUNIT_CASE(traps_after_single_steps),
	KUNIT_CASE(says_when_code_is_gone),
	KUNIT_CASE(finds_the_next_instruction),
	KUNIT_CASE(ends_what_repeats_for_ever),
	KUNIT_CASE(reads_ports),
	KUNIT_CASE(ports_need_no_code),
	KUNIT_CASE(writes_ports),
	KUNIT_CASE(reaches_the_local_apic),
	{}
};

static struct kunit_suite io_suite = {
	.name = "axvm_x86_io",
	.test_cases = io_cases,
};

kunit_test_suite(io_suite);
