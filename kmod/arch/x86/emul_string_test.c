// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit suite of emulated string instructions: counters, directions, bursts, ports.
 * Part of axvm_test.ko.
 */
#include <asm/debugreg.h>
#include <asm/pgtable_types.h>
#include <asm/trap_pf.h>
#include <asm/trapnr.h>

#include "arch/x86/emul_test.h"

#define RWU	(_PAGE_PRESENT | _PAGE_RW | _PAGE_USER)
#define BURST	256

static struct emul_test *create(struct kunit *test)
{
	struct emul_test *t = emul_test_create(test);
	u8 *ram = test_memory(t, TEST_DATA);
	unsigned int i;

	for (i = 0; i < SZ_4K; i++) {
		ram[i] = i * 7 + 1;
		t->device[i] = i * 5 + 3;
	}
	t->v->gpr[X86_RSI] = TEST_DATA;
	t->v->gpr[X86_RDI] = TEST_DEVICE;
	t->v->events = 0;	/* nobody waits */
	return t;
}

static enum axvm_verdict run(struct emul_test *t, const char *hex)
{
	emul_test_load(t, hex);
	emul_test_clear_log(t);
	return x86_emulate_mmio(t->v, TEST_DEVICE);
}

static void expect_done(struct emul_test *t, const char *hex)
{
	KUNIT_EXPECT_EQ_MSG(t->test, run(t, hex), AXVM_RESUME, "%s", hex);
	KUNIT_EXPECT_EQ_MSG(t->test, t->v->rip, TEST_CODE + strlen(hex) / 2, "%s", hex);
	KUNIT_EXPECT_FALSE(t->test, t->v->rflags & X86_EFLAGS_RF);
	emul_test_expect_no_exception(t);
}

/* Some of it was done: RIP stays, and a breakpoint there does not come again. */
static void expect_more(struct emul_test *t, const char *hex)
{
	KUNIT_EXPECT_EQ_MSG(t->test, run(t, hex), AXVM_RESUME, "%s", hex);
	KUNIT_EXPECT_EQ_MSG(t->test, t->v->rip, TEST_CODE, "%s", hex);
	KUNIT_EXPECT_TRUE(t->test, t->v->rflags & X86_EFLAGS_RF);
}

static void expect_counters(struct emul_test *t, u64 rcx, u64 rsi, u64 rdi)
{
	KUNIT_EXPECT_EQ(t->test, t->v->gpr[X86_RCX], rcx);
	KUNIT_EXPECT_EQ(t->test, t->v->gpr[X86_RSI], rsi);
	KUNIT_EXPECT_EQ(t->test, t->v->gpr[X86_RDI], rdi);
}

static void moves_once(struct kunit *test)
{
	struct emul_test *t = create(test);
	u64 *source = test_memory(t, TEST_DATA);

	t->v->gpr[X86_RCX] = 77;
	expect_done(t, "a4");
	expect_counters(t, 77, TEST_DATA + 1, TEST_DEVICE + 1);
	KUNIT_EXPECT_EQ(test, t->log[0].val, *(u8 *)source);
	t->v->gpr[X86_RSI] = TEST_DATA;
	t->v->gpr[X86_RDI] = TEST_DEVICE;
	expect_done(t, "48a5");
	expect_counters(t, 77, TEST_DATA + 8, TEST_DEVICE + 8);
	KUNIT_EXPECT_EQ(test, t->nr_log, 1);
	KUNIT_EXPECT_EQ(test, t->log[0].val, *source);
	/* Down, from the device to itself. */
	t->v->rflags |= X86_EFLAGS_DF;
	t->v->gpr[X86_RSI] = TEST_DEVICE + 0x20;
	t->v->gpr[X86_RDI] = TEST_DEVICE + 0x40;
	expect_done(t, "66a5");
	expect_counters(t, 77, TEST_DEVICE + 0x1e, TEST_DEVICE + 0x3e);
	KUNIT_EXPECT_EQ(test, t->nr_log, 2);
}

static void moves_both_ways(struct kunit *test)
{
	struct emul_test *t = create(test);

	t->v->gpr[X86_RCX] = 16;
	expect_done(t, "f3a5");
	expect_counters(t, 0, TEST_DATA + 64, TEST_DEVICE + 64);
	KUNIT_EXPECT_EQ(test, t->nr_log, 16);
	KUNIT_EXPECT_MEMEQ(test, t->device, test_memory(t, TEST_DATA), 64);

	t->v->gpr[X86_RCX] = 100;
	t->v->gpr[X86_RSI] = TEST_DEVICE + 0x100;
	t->v->gpr[X86_RDI] = TEST_DATA + 0x203;
	expect_done(t, "f3a4");
	KUNIT_EXPECT_MEMEQ(test, t->device + 0x100, test_memory(t, TEST_DATA + 0x203), 100);
	/* F2 is a repetition, too. */
	t->v->gpr[X86_RCX] = 3;
	t->v->gpr[X86_RDI] = TEST_DEVICE;
	expect_done(t, "f2a4");
	KUNIT_EXPECT_EQ(test, t->nr_log, 6);
	t->v->gpr[X86_RCX] = 0;
	expect_done(t, "f3a4");
	KUNIT_EXPECT_EQ(test, t->nr_log, 0);
}

static void pauses_after_a_burst(struct kunit *test)
{
	struct emul_test *t = create(test);

	t->v->gpr[X86_RCX] = 2 * BURST + 10;
	t->v->gpr[X86_RAX] = 0x5a;
	expect_more(t, "f3aa");
	expect_counters(t, BURST + 10, TEST_DATA, TEST_DEVICE + BURST);
	KUNIT_EXPECT_EQ(test, t->nr_log, BURST);
	expect_more(t, "f3aa");
	expect_done(t, "f3aa");
	expect_counters(t, 0, TEST_DATA, TEST_DEVICE + 2 * BURST + 10);
	KUNIT_EXPECT_EQ(test, t->device[2 * BURST + 9], 0x5a);
	/* As long as somebody waits, one at a time. */
	set_bit(X86_EV_IRQ, &t->v->events);
	t->v->gpr[X86_RCX] = 10;
	expect_more(t, "f3aa");
	KUNIT_EXPECT_EQ(test, t->v->gpr[X86_RCX], 9);
}

static void steps_through_iterations(struct kunit *test)
{
	struct emul_test *t = create(test);

	t->v->rflags |= X86_EFLAGS_TF;
	t->v->gpr[X86_RCX] = 2;
	expect_more(t, "f3aa");
	KUNIT_EXPECT_EQ(test, t->v->gpr[X86_RCX], 1);
	emul_test_expect_exception(t, X86_TRAP_DB, false, 0);
	KUNIT_EXPECT_TRUE(test, t->tc->sysreg[X86_DR6] & DR_STEP);
	KUNIT_EXPECT_EQ(test, run(t, "f3aa"), AXVM_RESUME);
	KUNIT_EXPECT_EQ(test, t->v->rip, TEST_CODE + 2);
	emul_test_expect_exception(t, X86_TRAP_DB, false, 0);
}

/* Counters are as wide as addresses. */
static void obeys_the_address_size(struct kunit *test)
{
	struct emul_test *t = create(test);

	t->v->gpr[X86_RCX] = 0x100000002;
	t->v->gpr[X86_RDI] = 0x700000000 | TEST_DEVICE;
	expect_done(t, "67f3aa");
	expect_counters(t, 0, TEST_DATA, TEST_DEVICE + 2);

	emul_test_real_mode(t);
	t->tc->seg[X86_ES].base = TEST_DEVICE;
	t->v->gpr[X86_RCX] = 0x30002;
	t->v->gpr[X86_RDI] = 0x5ffff;
	expect_done(t, "f3aa");
	KUNIT_EXPECT_EQ(test, t->v->gpr[X86_RCX], 0x30000);
	KUNIT_EXPECT_EQ(test, t->v->gpr[X86_RDI], 0x50001);
	KUNIT_ASSERT_EQ(test, t->nr_log, 1);	/* of the two, one is beyond the window */
	KUNIT_EXPECT_EQ(test, t->log[0].addr, TEST_DEVICE);
}

static void overrides_the_source_alone(struct kunit *test)
{
	struct emul_test *t = create(test);

	t->tc->seg[X86_FS].base = 0x10;
	expect_done(t, "64a4");
	KUNIT_EXPECT_EQ(test, t->log[0].addr, TEST_DEVICE);
	KUNIT_EXPECT_EQ(test, t->log[0].val, *(u8 *)test_memory(t, TEST_DATA + 0x10));
}

static void loads_and_stores(struct kunit *test)
{
	struct emul_test *t = create(test);

	t->v->gpr[X86_RSI] = TEST_DEVICE;
	t->v->gpr[X86_RAX] = U64_MAX;
	expect_done(t, "ac");
	KUNIT_EXPECT_EQ(test, t->v->gpr[X86_RAX], 0xffffffffffffff00 | t->device[0]);
	expect_done(t, "ad");
	KUNIT_EXPECT_EQ(test, t->v->gpr[X86_RAX], *(u32 *)(t->device + 1));
	KUNIT_EXPECT_EQ(test, t->v->gpr[X86_RSI], TEST_DEVICE + 5);
	t->v->gpr[X86_RAX] = 0x1122334455667788;
	expect_done(t, "48ab");
	KUNIT_EXPECT_EQ(test, *(u64 *)t->device, 0x1122334455667788);
	KUNIT_EXPECT_EQ(test, t->v->gpr[X86_RDI], TEST_DEVICE + 8);
}

static void compares_and_scans(struct kunit *test)
{
	struct emul_test *t = create(test);

	memset(t->device, 0x11, 64);
	memset(test_memory(t, TEST_DATA), 0x11, 64);
	t->device[20] = 0x12;
	/* repe cmpsb ends behind the difference: source - destination. */
	t->v->gpr[X86_RCX] = 50;
	expect_done(t, "f3a6");
	expect_counters(t, 29, TEST_DATA + 21, TEST_DEVICE + 21);
	KUNIT_EXPECT_EQ(test, t->v->rflags & (X86_EFLAGS_ZF | X86_EFLAGS_CF), X86_EFLAGS_CF);
	/* repne scasb ends behind the match. */
	t->v->gpr[X86_RDI] = TEST_DEVICE;
	t->v->gpr[X86_RCX] = 50;
	t->v->gpr[X86_RAX] = 0x12;
	expect_done(t, "f2ae");
	expect_counters(t, 29, TEST_DATA + 21, TEST_DEVICE + 21);
	KUNIT_EXPECT_TRUE(test, t->v->rflags & X86_EFLAGS_ZF);
	/* Nothing found: the counter ends it. */
	t->v->gpr[X86_RCX] = 10;
	expect_done(t, "f2ae");
	KUNIT_EXPECT_EQ(test, t->v->gpr[X86_RCX], 0);
	KUNIT_EXPECT_FALSE(test, t->v->rflags & X86_EFLAGS_ZF);
	/* Without a repetition, RCX does not matter. */
	t->v->gpr[X86_RCX] = 0;
	t->v->gpr[X86_RDI] = TEST_DEVICE + 20;
	expect_done(t, "ae");
	KUNIT_EXPECT_TRUE(test, t->v->rflags & X86_EFLAGS_ZF);
}

/* What was done before a fault stays done. */
static void faults_between_elements(struct kunit *test)
{
	struct emul_test *t = create(test);

	t->v->gpr[X86_RCX] = 8;
	t->v->gpr[X86_RDI] = TEST_ADDR(PAGE_MISSING) - 12;
	KUNIT_EXPECT_EQ(test, run(t, "f3ab"), AXVM_RESUME);
	emul_test_expect_exception(t, X86_TRAP_PF, true, X86_PF_WRITE);
	KUNIT_EXPECT_EQ(test, t->tc->sysreg[X86_CR2], TEST_ADDR(PAGE_MISSING));
	KUNIT_EXPECT_EQ(test, t->v->rip, TEST_CODE);
	KUNIT_EXPECT_EQ(test, t->nr_log, 3);
	expect_counters(t, 5, TEST_DATA, TEST_ADDR(PAGE_MISSING));
	/* The same for memory that is not there yet. */
	test_table(t, 4)[PAGE_MISSING] = TEST_UNBACKED | RWU;
	t->v->gpr[X86_RDI] = TEST_ADDR(PAGE_MISSING) - 4;
	KUNIT_EXPECT_EQ(test, run(t, "f3ab"), AXVM_DISPATCH);
	KUNIT_EXPECT_EQ(test, t->v->base.exit.fault.gpa, TEST_UNBACKED);
	KUNIT_EXPECT_EQ(test, t->nr_log, 1);
	expect_counters(t, 4, TEST_DATA, TEST_ADDR(PAGE_MISSING));
}

/* From a device into memory, and from there on memory alone: that is the guest's. */
static void stops_where_memory_begins(struct kunit *test)
{
	struct emul_test *t = create(test);

	t->v->gpr[X86_RCX] = 20;
	t->v->gpr[X86_RDI] = TEST_ADDR(PAGE_RAM_BEHIND) - 10;
	expect_more(t, "f3a4");
	expect_counters(t, 10, TEST_DATA + 10, TEST_ADDR(PAGE_RAM_BEHIND));
	KUNIT_EXPECT_EQ(test, t->nr_log, 10);
	/* An element in both. */
	t->v->gpr[X86_RDI] = TEST_ADDR(PAGE_RAM_BEHIND) - 3;
	t->v->gpr[X86_RCX] = 1;
	expect_done(t, "f3a5");
	KUNIT_EXPECT_EQ(test, t->nr_log, 2);
}

/* --- ports --- */

static enum axvm_verdict run_io(struct emul_test *t, const char *hex)
{
	emul_test_load(t, hex);
	emul_test_clear_log(t);
	return x86_emulate_string_io(t->v);
}

static void expect_io_done(struct emul_test *t, const char *hex)
{
	KUNIT_EXPECT_EQ_MSG(t->test, run_io(t, hex), AXVM_RESUME, "%s", hex);
	KUNIT_EXPECT_EQ_MSG(t->test, t->v->rip, TEST_CODE + strlen(hex) / 2, "%s", hex);
	emul_test_expect_no_exception(t);
}

static void reads_and_writes_ports(struct kunit *test)
{
	struct emul_test *t = create(test);
	u8 *ram = test_memory(t, TEST_DATA);

	t->v->gpr[X86_RDX] = 0xabcd0000 | (TEST_PORT + 4);
	t->v->gpr[X86_RDI] = TEST_DATA;
	t->v->gpr[X86_RCX] = 9;
	t->ports[0][4] = 0x77;
	expect_io_done(t, "f36c");		/* rep insb */
	KUNIT_EXPECT_EQ(test, t->nr_log, 9);
	KUNIT_EXPECT_EQ(test, ram[8], 0x77);
	KUNIT_EXPECT_NE(test, ram[9], 0x77);
	KUNIT_EXPECT_EQ(test, t->v->gpr[X86_RDI], TEST_DATA + 9);

	t->v->gpr[X86_RSI] = TEST_DATA;
	*(u32 *)ram = 0x44332211;
	expect_io_done(t, "6f");		/* outsd */
	KUNIT_EXPECT_EQ(test, t->log[0].len, 4);
	KUNIT_EXPECT_EQ(test, t->log[0].val, 0x44332211);
	KUNIT_EXPECT_EQ(test, t->log[0].addr, TEST_PORT + 4);
	expect_io_done(t, "486f");		/* no wider with W */
	KUNIT_EXPECT_EQ(test, t->log[0].len, 4);
	expect_io_done(t, "666f");
	KUNIT_EXPECT_EQ(test, t->log[0].len, 2);

	/* To and from a device's registers. */
	t->v->gpr[X86_RDI] = TEST_DEVICE;
	expect_io_done(t, "6c");
	KUNIT_EXPECT_EQ(test, t->nr_log, 2);
	KUNIT_EXPECT_EQ(test, t->device[0], t->ports[0][4]);
}

static void bounds_bursts_of_ports(struct kunit *test)
{
	struct emul_test *t = create(test);

	t->v->gpr[X86_RDX] = TEST_PORT;
	t->v->gpr[X86_RCX] = U64_MAX;
	KUNIT_EXPECT_EQ(test, run_io(t, "f36e"), AXVM_RESUME);
	KUNIT_EXPECT_EQ(test, t->v->rip, TEST_CODE);
	KUNIT_EXPECT_EQ(test, t->v->gpr[X86_RCX], U64_MAX - BURST);
	KUNIT_EXPECT_EQ(test, t->nr_log, BURST);
}

static void looks_up_memory_before_ports(struct kunit *test)
{
	struct emul_test *t = create(test);

	t->v->gpr[X86_RDX] = TEST_PORT;
	t->v->gpr[X86_RDI] = TEST_ADDR(PAGE_MISSING);
	KUNIT_EXPECT_EQ(test, run_io(t, "6c"), AXVM_RESUME);
	emul_test_expect_exception(t, X86_TRAP_PF, true, X86_PF_WRITE);
	KUNIT_EXPECT_EQ(test, t->nr_log, 0);
	t->v->gpr[X86_RDI] = TEST_ADDR(PAGE_NOT_BACKED);
	KUNIT_EXPECT_EQ(test, run_io(t, "6c"), AXVM_DISPATCH);
	KUNIT_EXPECT_EQ(test, t->v->base.exit.kind, AXVM_EXIT_S2_FAULT);
	KUNIT_EXPECT_EQ(test, t->v->base.exit.fault.access, AXVM_PROT_WRITE);
	KUNIT_EXPECT_EQ(test, t->nr_log, 0);
	/* The guest put another instruction there meanwhile. */
	KUNIT_EXPECT_EQ(test, run_io(t, "8907"), AXVM_RESUME);
	KUNIT_EXPECT_EQ(test, t->v->rip, TEST_CODE);
	KUNIT_EXPECT_EQ(test, t->nr_log, 0);
	emul_test_expect_no_exception(t);
}

#define TSS	0x9000

static void allow_port(struct emul_test *t, u16 port, bool allow)
{
	u8 *map = test_memory(t, TSS + 0x68 + port / 8);

	*map = allow ? *map & ~BIT(port & 7) : *map | BIT(port & 7);
}

static void obeys_the_io_permission_map(struct kunit *test)
{
	struct emul_test *t = create(test);
	struct x86_seg *tr = &t->tc->seg[X86_TR];

	*tr = (struct x86_seg) { .base = TSS, .limit = 0x67 + 0x2000, .attr = X86_SEG_P | 0xb };
	memset(test_memory(t, TSS), 0xff, SZ_4K);
	*(u16 *)test_memory(t, TSS + 0x66) = 0x68;
	t->v->cpl = 3;
	t->v->gpr[X86_RDX] = TEST_PORT + 6;
	KUNIT_EXPECT_EQ(test, run_io(t, "6e"), AXVM_RESUME);
	emul_test_expect_exception(t, X86_TRAP_GP, true, 0);
	KUNIT_EXPECT_EQ(test, t->nr_log, 0);
	allow_port(t, TEST_PORT + 6, true);
	allow_port(t, TEST_PORT + 7, true);
	allow_port(t, TEST_PORT + 8, true);
	expect_io_done(t, "6e");
	expect_io_done(t, "666f");
	KUNIT_EXPECT_EQ(test, run_io(t, "6f"), AXVM_RESUME);	/* the fourth is forbidden */
	emul_test_expect_exception(t, X86_TRAP_GP, true, 0);
	allow_port(t, TEST_PORT + 9, true);
	expect_io_done(t, "6f");
	tr->limit = 0x68 + (TEST_PORT + 6) / 8;			/* the map ends */
	KUNIT_EXPECT_EQ(test, run_io(t, "6e"), AXVM_RESUME);
	emul_test_expect_exception(t, X86_TRAP_GP, true, 0);
	t->v->rflags |= X86_EFLAGS_IOPL;
	expect_io_done(t, "6e");
	tr->limit = 0x67 + 0x2000;
	t->v->rflags |= X86_EFLAGS_VM;				/* IOPL does not count */
	t->v->efer = 0;
	t->tc->seg[X86_CS].attr &= ~X86_SEG_L;
	t->v->cr0 &= ~X86_CR0_PG;
	t->v->cr4 = 0;
	t->tc->seg[X86_DS].limit = U16_MAX;
	t->v->gpr[X86_RSI] = TEST_DATA;
	expect_io_done(t, "6e");
	allow_port(t, TEST_PORT + 6, false);
	KUNIT_EXPECT_EQ(test, run_io(t, "6e"), AXVM_RESUME);
	emul_test_expect_exception(t, X86_TRAP_GP, true, 0);
}

static struct kunit_case string_cases[] = {
	KUNIT_CASE(moves_once),
	KUNIT_CASE(moves_both_ways),
	KUNIT_CASE(pauses_after_a_burst),
	KUNIT_CASE(steps_through_iterations),
	KUNIT_CASE(obeys_the_address_size),
	KUNIT_CASE(overrides_the_source_alone),
	KUNIT_CASE(loads_and_stores),
	KUNIT_CASE(compares_and_scans),
	KUNIT_CASE(faults_between_elements),
	KUNIT_CASE(stops_where_memory_begins),
	KUNIT_CASE(reads_and_writes_ports),
	KUNIT_CASE(bounds_bursts_of_ports),
	KUNIT_CASE(looks_up_memory_before_ports),
	KUNIT_CASE(obeys_the_io_permission_map),
	{}
};

static struct kunit_suite string_suite = {
	.name = "axvm_x86_emul_string",
	.test_cases = string_cases,
};

kunit_test_suite(string_suite);
