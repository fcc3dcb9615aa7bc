// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit suite of hardware task switches that go wrong: in the old task, in the new one, for want
 * of memory, and with tables of any contents. Part of axvm_test.ko.
 */
#include <linux/prandom.h>
#include <asm/pgtable_types.h>
#include <asm/trap_pf.h>
#include <asm/trapnr.h>

#include "arch/x86/task_test.h"

#define FUZZ_ROUNDS	20000

#define RWU	(_PAGE_PRESENT | _PAGE_RW | _PAGE_USER)

/* --- in the old task: nothing has happened --- */

static void expect_refused(struct task_test *tt, enum axvm_verdict verdict, u8 vector, u32 error,
			   const char *what)
{
	struct kunit *test = tt->t->test;

	KUNIT_EXPECT_EQ_MSG(test, verdict, AXVM_RESUME, "%s", what);
	emul_test_expect_exception(tt->t, vector, true, error);
	task_test_expect_unchanged(tt, what);
}

static const struct {
	const char *what;
	u16 sel;
	u16 attr;	/* of the new TSS */
	u16 limit;
	u8 vector;
	u8 by_iret;
	u16 error;
} bad_tss[] = {
	{ "null", 0, ATTR_TSS_32, 0x67, X86_TRAP_GP, X86_TRAP_TS, 0 },
	{ "null with RPL", 3, ATTR_TSS_32, 0x67, X86_TRAP_GP, X86_TRAP_TS, 0 },
	{ "in the LDT", SEL_NEW | 4, ATTR_TSS_32, 0x67, X86_TRAP_GP, X86_TRAP_TS, SEL_NEW | 4 },
	{ "beyond the GDT", 0x80, ATTR_TSS_32, 0x67, X86_TRAP_GP, X86_TRAP_TS, 0x80 },
	{ "far beyond", 0xfff8, ATTR_TSS_32, 0x67, X86_TRAP_GP, X86_TRAP_TS, 0xfff8 },
	{ "data", SEL_DATA, ATTR_TSS_32, 0x67, X86_TRAP_GP, X86_TRAP_TS, SEL_DATA },
	{ "a gate", SEL_GATE, ATTR_TSS_32, 0x67, X86_TRAP_GP, X86_TRAP_TS, SEL_GATE },
	{ "an LDT", SEL_LDTR, ATTR_TSS_32, 0x67, X86_TRAP_GP, X86_TRAP_TS, SEL_LDTR },
	{ "absent", SEL_NEW | 3, 0x09, 0x67, X86_TRAP_NP, X86_TRAP_NP, SEL_NEW },
	{ "too short", SEL_NEW | 3, ATTR_TSS_32, 0x66, X86_TRAP_TS, X86_TRAP_TS, SEL_NEW },
	{ "short of 16 bits", SEL_NEW, ATTR_TSS_16, 0x2a, X86_TRAP_TS, X86_TRAP_TS, SEL_NEW },
};

static void checks_the_new_tss(struct kunit *test)
{
	struct task_test *tt = task_test_create(test);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad_tss); i++) {
		task_test_set_descriptor(tt, SEL_NEW, TASK_NEW_TSS, bad_tss[i].limit,
					 bad_tss[i].attr);
		expect_refused(tt, task_test_by_insn(tt, X86_TASK_JMP, bad_tss[i].sel),
			       bad_tss[i].vector, bad_tss[i].error, bad_tss[i].what);
		expect_refused(tt, task_test_by_insn(tt, X86_TASK_CALL, bad_tss[i].sel),
			       bad_tss[i].vector, bad_tss[i].error, bad_tss[i].what);
		task_test_set_descriptor(tt, SEL_NEW, TASK_NEW_TSS, bad_tss[i].limit,
					 bad_tss[i].attr | ATTR_BUSY);
		expect_refused(tt, task_test_by_insn(tt, X86_TASK_IRET, bad_tss[i].sel),
			       bad_tss[i].by_iret, bad_tss[i].error, bad_tss[i].what);
	}
}

static void checks_the_busy_bit(struct kunit *test)
{
	struct task_test *tt = task_test_create(test);

	expect_refused(tt, task_test_by_insn(tt, X86_TASK_IRET, SEL_NEW), X86_TRAP_TS, SEL_NEW,
		       "return to a task that waits for nobody");
	expect_refused(tt, task_test_by_insn(tt, X86_TASK_JMP, SEL_OLD), X86_TRAP_GP, SEL_OLD,
		       "jump to itself");
	task_test_set_descriptor(tt, SEL_NEW, TASK_NEW_TSS, 0x67, ATTR_TSS_32 | ATTR_BUSY);
	expect_refused(tt, task_test_by_insn(tt, X86_TASK_CALL, SEL_NEW), X86_TRAP_GP, SEL_NEW,
		       "call of a caller");
	expect_refused(tt, task_test_by_event(tt, X86_TYPE_INTR, 0x40), X86_TRAP_GP,
		       SEL_NEW | 1, "interrupt");
}

/* EXT: the program has not asked for it. */
static void says_who_it_was(struct kunit *test)
{
	struct task_test *tt = task_test_create(test);
	struct x86_vcpu *v = tt->t->v;

	task_test_set_descriptor(tt, SEL_NEW, TASK_NEW_TSS, 0x60, ATTR_TSS_32);
	expect_refused(tt, task_test_by_event(tt, X86_TYPE_INTR, 0x40), X86_TRAP_TS,
		       SEL_NEW | 1, "interrupt");
	KUNIT_EXPECT_FALSE(test, test_bit(X86_EV_REINJECT, &v->events));
	expect_refused(tt, task_test_by_event(tt, X86_TYPE_NMI, X86_TRAP_NMI), X86_TRAP_TS,
		       SEL_NEW | 1, "NMI");
	KUNIT_EXPECT_FALSE(test, test_bit(X86_EV_REINJECT, &v->events));
	KUNIT_EXPECT_TRUE(test, v->nmi_masked);
	expect_refused(tt, task_test_by_event(tt, X86_TYPE_EXCEPTION, X86_TRAP_NM), X86_TRAP_TS,
		       SEL_NEW | 1, "exception");
	emul_test_load(tt->t, "cd40");
	expect_refused(tt, task_test_by_event(tt, X86_TYPE_SOFT, 0x40), X86_TRAP_TS,
		       SEL_NEW, "INT n");
	emul_test_load(tt->t, "ce");
	expect_refused(tt, task_test_by_event(tt, X86_TYPE_EXCEPTION, X86_TRAP_OF), X86_TRAP_TS,
		       SEL_NEW, "INTO");
}

static void checks_the_old_tss(struct kunit *test)
{
	struct task_test *tt = task_test_create(test);

	tt->t->tc->seg[X86_TR].limit = 0x5e;
	expect_refused(tt, task_test_by_insn(tt, X86_TASK_JMP, SEL_NEW), X86_TRAP_TS, SEL_OLD,
		       "short");
}

/* Two exceptions make a double fault, three the end; in either task. */
static void merges_exceptions(struct kunit *test)
{
	struct task_test *tt = task_test_create(test);

	task_test_set_descriptor(tt, SEL_NEW, TASK_NEW_TSS, 0x60, ATTR_TSS_32);
	expect_refused(tt, task_test_by_error(tt, X86_TRAP_GP, 0), X86_TRAP_DF, 0, "contributory");
	expect_refused(tt, task_test_by_error(tt, X86_TRAP_PF, 0), X86_TRAP_DF, 0, "page fault");
	KUNIT_EXPECT_EQ(test, task_test_by_error(tt, X86_TRAP_DF, 0), AXVM_RESUME);
	emul_test_expect_no_exception(tt->t);
	KUNIT_EXPECT_TRUE(test, x86_test_take_event(tt->t->v, X86_EV_SHUTDOWN));

	tt = task_test_create(test);
	task_test_put32(tt, TASK_NEW_TSS + 0x54, SEL_ABSENT);
	KUNIT_EXPECT_EQ(test, task_test_by_error(tt, X86_TRAP_GP, 0), AXVM_RESUME);
	emul_test_expect_exception(tt->t, X86_TRAP_DF, true, 0);
	task_test_expect_switched(tt, "contributory");
}

/* --- in the new task --- */

#define IN_TSS(field)	(TASK_NEW_TSS + (field))

static const struct {
	const char *what;
	u32 addr;
	u32 val;
	u8 vector;
	u16 error;
} bad_state[] = {
	{ "LDT in itself", IN_TSS(0x60), SEL_LDTR | 4, X86_TRAP_TS, SEL_LDTR | 4 },
	{ "LDT beyond the GDT", IN_TSS(0x60), 0x80, X86_TRAP_TS, 0x80 },
	{ "LDT is data", IN_TSS(0x60), SEL_DATA, X86_TRAP_TS, SEL_DATA },
	{ "LDT absent", TASK_GDT + SEL_LDTR + 4, 0x0200, X86_TRAP_TS, SEL_LDTR },
	{ "CS null", IN_TSS(0x4c), 0, X86_TRAP_TS, 0 },
	{ "CS beyond the GDT", IN_TSS(0x4c), 0x80, X86_TRAP_TS, 0x80 },
	{ "CS beyond the LDT", IN_TSS(0x4c), 0x24, X86_TRAP_TS, 0x24 },
	{ "CS is data", IN_TSS(0x4c), SEL_DATA, X86_TRAP_TS, SEL_DATA },
	{ "CS is a TSS", IN_TSS(0x4c), SEL_OLD, X86_TRAP_TS, SEL_OLD },
	{ "CS with another RPL", IN_TSS(0x4c), SEL_CODE | 3, X86_TRAP_TS, SEL_CODE },
	{ "CS with a lower RPL", IN_TSS(0x4c), SEL_CODE_USER, X86_TRAP_TS, SEL_CODE_USER },
	{ "CS absent", IN_TSS(0x4c), SEL_ABSENT_CODE, X86_TRAP_NP, SEL_ABSENT_CODE },
	{ "SS null", IN_TSS(0x50), 0, X86_TRAP_TS, 0 },
	{ "SS beyond the GDT", IN_TSS(0x50), 0x80, X86_TRAP_TS, 0x80 },
	{ "SS is code", IN_TSS(0x50), SEL_CODE, X86_TRAP_TS, SEL_CODE },
	{ "SS read-only", IN_TSS(0x50), SEL_READ_ONLY, X86_TRAP_TS, SEL_READ_ONLY },
	{ "SS with another RPL", IN_TSS(0x50), SEL_DATA | 3, X86_TRAP_TS, SEL_DATA },
	{ "SS with another DPL", IN_TSS(0x50), SEL_DATA_USER, X86_TRAP_TS, SEL_DATA_USER },
	{ "SS absent", IN_TSS(0x50), SEL_ABSENT, X86_TRAP_SS, SEL_ABSENT },
	{ "ES beyond the GDT", IN_TSS(0x48), 0x80, X86_TRAP_TS, 0x80 },
	{ "DS not readable", IN_TSS(0x54), SEL_EXEC_ONLY, X86_TRAP_TS, SEL_EXEC_ONLY },
	{ "FS with a higher RPL", IN_TSS(0x58), SEL_DATA | 3, X86_TRAP_TS, SEL_DATA },
	{ "GS is a TSS", IN_TSS(0x5c), SEL_OLD, X86_TRAP_TS, SEL_OLD },
	{ "GS absent", IN_TSS(0x5c), SEL_ABSENT, X86_TRAP_NP, SEL_ABSENT },
	{ "EIP beyond CS", IN_TSS(0x4c), SEL_CODE_SHORT, X86_TRAP_GP, 0 },
};

static void checks_the_new_state(struct kunit *test)
{
	struct task_test *tt;
	unsigned int i, ext;

	for (i = 0; i < 2 * ARRAY_SIZE(bad_state); i++) {
		const typeof(bad_state[0]) *bad = &bad_state[i / 2];

		tt = task_test_create(test);
		task_test_put32(tt, bad->addr, bad->val);
		ext = i & 1;
		KUNIT_EXPECT_EQ_MSG(test, ext ? task_test_by_event(tt, X86_TYPE_INTR, 0x40) :
				    task_test_by_insn(tt, X86_TASK_CALL, SEL_NEW),
				    AXVM_RESUME, "%s", bad->what);
		emul_test_expect_exception(tt->t, bad->vector, true, bad->error | ext);
		task_test_expect_switched(tt, bad->what);
		KUNIT_EXPECT_EQ_MSG(test, tt->t->v->rip, TASK_ENTRY, "%s", bad->what);
		KUNIT_EXPECT_EQ_MSG(test, tt->t->tc->seg[X86_CS].sel,
				    task_test_get16(tt, TASK_NEW_TSS + 0x4c), "%s", bad->what);
		KUNIT_EXPECT_EQ(test, task_test_get16(tt, TASK_NEW_TSS), SEL_OLD);
		KUNIT_EXPECT_FALSE(test, test_bit(X86_EV_REINJECT, &tt->t->v->events));
	}
}

/* DS and what comes after it are as after null selectors, and CS is code that cannot run. */
static void leaves_the_rest_unusable(struct kunit *test)
{
	struct task_test *tt = task_test_create(test);
	struct x86_seg *seg = tt->t->tc->seg;

	task_test_put32(tt, TASK_NEW_TSS + 0x54, SEL_ABSENT);
	KUNIT_EXPECT_EQ(test, task_test_by_insn(tt, X86_TASK_JMP, SEL_NEW), AXVM_RESUME);
	emul_test_expect_exception(tt->t, X86_TRAP_NP, true, SEL_ABSENT);
	KUNIT_EXPECT_TRUE(test, seg[X86_SS].attr & X86_SEG_P);
	KUNIT_EXPECT_TRUE(test, seg[X86_ES].attr & X86_SEG_P);
	KUNIT_EXPECT_EQ(test, seg[X86_DS].sel, SEL_ABSENT);
	KUNIT_EXPECT_FALSE(test, seg[X86_DS].attr & X86_SEG_P);
	KUNIT_EXPECT_EQ(test, seg[X86_GS].sel, SEL_DATA);
	KUNIT_EXPECT_FALSE(test, seg[X86_GS].attr & X86_SEG_P);

	tt = task_test_create(test);
	seg = tt->t->tc->seg;
	task_test_put32(tt, TASK_NEW_TSS + 0x60, 0x80);
	task_test_put32(tt, TASK_NEW_TSS + 0x4c, SEL_CODE_USER | 3);
	KUNIT_EXPECT_EQ(test, task_test_by_insn(tt, X86_TASK_JMP, SEL_NEW), AXVM_RESUME);
	emul_test_expect_exception(tt->t, X86_TRAP_TS, true, 0x80);
	KUNIT_EXPECT_EQ(test, seg[X86_CS].sel, SEL_CODE_USER | 3);
	KUNIT_EXPECT_EQ(test, seg[X86_CS].attr, 0xfb);
	KUNIT_EXPECT_EQ(test, seg[X86_CS].limit, 0);
	KUNIT_EXPECT_EQ(test, seg[X86_SS].attr, X86_SEG_DPL);
	KUNIT_EXPECT_FALSE(test, seg[X86_LDTR].attr & X86_SEG_P);
	KUNIT_EXPECT_EQ(test, tt->t->v->cpl, 3);
	/* Nothing of it was accessed. */
	KUNIT_EXPECT_EQ(test, task_test_type(tt, SEL_CODE_USER), 0xfa);
}

static void checks_the_stack(struct kunit *test)
{
	struct task_test *tt = task_test_create(test);

	task_test_put32(tt, TASK_NEW_TSS + 0x50, SEL_SMALL);
	task_test_put32(tt, TASK_NEW_TSS + 0x38, TASK_STACK + 4);
	KUNIT_EXPECT_EQ(test, task_test_by_error(tt, X86_TRAP_NM, 5), AXVM_RESUME);
	emul_test_expect_exception(tt->t, X86_TRAP_SS, true, 1);
	KUNIT_EXPECT_EQ(test, tt->t->v->gpr[X86_RSP], TASK_STACK + 4);

	tt = task_test_create(test);
	task_test_put32(tt, TASK_NEW_TSS + 0x50, SEL_SMALL);
	task_test_put32(tt, TASK_NEW_TSS + 0x38, TASK_STACK + 5 + 0xfff);
	KUNIT_EXPECT_EQ(test, task_test_by_error(tt, X86_TRAP_NM, 5), AXVM_RESUME);
	emul_test_expect_no_exception(tt->t);
	/* The limit counts only for what is pushed. */
	tt = task_test_create(test);
	task_test_put32(tt, TASK_NEW_TSS + 0x50, SEL_SMALL);
	task_test_put32(tt, TASK_NEW_TSS + 0x38, 4);
	KUNIT_EXPECT_EQ(test, task_test_by_event(tt, X86_TYPE_EXCEPTION, X86_TRAP_NM),
			AXVM_RESUME);
	emul_test_expect_no_exception(tt->t);
}

/* --- page faults: 4 KiB pages of 32-bit format; what is not listed is one to one --- */

struct page_case {
	const char *what;
	u32 page;	/* that is missing, or read-only */
	bool read_only;
	u32 addr;	/* of the fault */
	u32 error;
	bool switched;
};

static void start_paging(struct task_test *tt, const struct page_case *c, bool in_new)
{
	u32 *dir, *table;
	unsigned int i, n;

	for (n = 0; n < 4; n += 2) {
		dir = (u32 *)test_table(tt->t, n);
		table = (u32 *)test_table(tt->t, n + 1);
		memset(dir, 0, SZ_4K);
		dir[0] = TEST_TABLE_GPA(n + 1) | RWU;
		for (i = 0; i < SZ_4K / sizeof(*table); i++)
			table[i] = i * SZ_4K | RWU;
		if (in_new == !!n)
			table[c->page / SZ_4K] = c->read_only ? c->page | _PAGE_PRESENT : 0;
	}
	tt->t->v->cr0 |= X86_CR0_PG | X86_CR0_WP;
	tt->t->v->cr3 = TEST_TABLE_GPA(0);
	task_test_put32(tt, TASK_NEW_TSS + 0x1c, TEST_TABLE_GPA(2));
}

static void faults_in_the_old_task(struct kunit *test)
{
	static const struct page_case cases[] = {
		{ "GDT", TASK_GDT, false, TASK_GDT + SEL_NEW, 0 },
		{ "busy bit", TASK_GDT, true, TASK_GDT + SEL_NEW + 5, X86_PF_PROT | X86_PF_WRITE },
		{ "old TSS", TASK_OLD_TSS, false, TASK_OLD_TSS + 0x20, X86_PF_WRITE },
		{ "old TSS", TASK_OLD_TSS, true, TASK_OLD_TSS + 0x20, X86_PF_PROT | X86_PF_WRITE },
		{ "new TSS", TASK_NEW_TSS, false, TASK_NEW_TSS, 0 },
		{ "back link", TASK_NEW_TSS, true, TASK_NEW_TSS, X86_PF_PROT | X86_PF_WRITE },
	};
	struct task_test *tt;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		tt = task_test_create(test);
		tt->t->v->cpl = 3;	/* does not matter */
		start_paging(tt, &cases[i], false);
		expect_refused(tt, task_test_by_insn(tt, X86_TASK_CALL, SEL_NEW), X86_TRAP_PF,
			       cases[i].error, cases[i].what);
		KUNIT_EXPECT_EQ(test, tt->t->tc->sysreg[X86_CR2], cases[i].addr);
		KUNIT_EXPECT_EQ(test, tt->t->v->cr3, TEST_TABLE_GPA(0));
	}
}

static void faults_in_the_new_task(struct kunit *test)
{
	static const struct page_case cases[] = {
		{ "GDT", TASK_GDT, false, TASK_GDT + SEL_LDTR, 0 },
		{ "accessed bit", TASK_GDT, true, TASK_GDT + SEL_CODE + 5,
		  X86_PF_PROT | X86_PF_WRITE },
		{ "LDT", TASK_LDT, false, TASK_LDT + 8, 0 },
		{ "stack", TASK_STACK - SZ_4K, false, TASK_STACK - 4, X86_PF_WRITE },
	};
	struct task_test *tt;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		tt = task_test_create(test);
		if (cases[i].page == TASK_LDT)
			task_test_put32(tt, TASK_NEW_TSS + 0x4c, SEL_IN_LDT);
		start_paging(tt, &cases[i], true);
		KUNIT_EXPECT_EQ(test, task_test_by_error(tt, X86_TRAP_NM, 0), AXVM_RESUME);
		emul_test_expect_exception(tt->t, X86_TRAP_PF, true, cases[i].error);
		KUNIT_EXPECT_EQ_MSG(test, tt->t->tc->sysreg[X86_CR2], cases[i].addr, "%s",
				    cases[i].what);
		task_test_expect_switched(tt, cases[i].what);
		KUNIT_EXPECT_EQ(test, tt->t->v->cr3, TEST_TABLE_GPA(2));
		KUNIT_EXPECT_EQ(test, tt->t->v->gpr[X86_RSP], TASK_STACK);
	}
}

/* A page directory pointer with reserved bits: CR3 is not loaded. */
static void checks_pdptes(struct kunit *test)
{
	struct task_test *tt = task_test_create(test);
	struct x86_vcpu *v = tt->t->v;
	u64 *pdpt = test_table(tt->t, 0);

	memset(pdpt, 0, SZ_4K);
	memset(test_table(tt->t, 1), 0, SZ_4K);
	pdpt[0] = TEST_TABLE_GPA(1) | _PAGE_PRESENT;
	pdpt[8] = TEST_TABLE_GPA(1) | _PAGE_PRESENT;
	pdpt[9] = _PAGE_PRESENT | _PAGE_RW;
	test_table(tt->t, 1)[0] = RWU | _PAGE_PSE;
	v->cr0 |= X86_CR0_PG;
	v->cr4 |= X86_CR4_PAE;
	v->cr3 = TEST_TABLE_GPA(0);
	task_test_put32(tt, TASK_NEW_TSS + 0x1c, TEST_TABLE_GPA(0) + 64);
	KUNIT_EXPECT_EQ(test, task_test_by_insn(tt, X86_TASK_JMP, SEL_NEW), AXVM_RESUME);
	emul_test_expect_exception(tt->t, X86_TRAP_GP, true, 0);
	task_test_expect_switched(tt, "bad entry");
	KUNIT_EXPECT_EQ(test, v->cr3, TEST_TABLE_GPA(0));
}

/* --- memory that is not there --- */

static void expect_asks(struct task_test *tt, enum axvm_verdict verdict, u64 gpa, const char *what)
{
	struct kunit *test = tt->t->test;
	struct x86_vcpu *v = tt->t->v;

	KUNIT_EXPECT_EQ_MSG(test, verdict, AXVM_DISPATCH, "%s", what);
	KUNIT_EXPECT_EQ_MSG(test, v->base.exit.kind, AXVM_EXIT_S2_FAULT, "%s", what);
	KUNIT_EXPECT_EQ_MSG(test, v->base.exit.fault.gpa, gpa, "%s", what);
	emul_test_expect_no_exception(tt->t);
	task_test_expect_unchanged(tt, what);
}

static void back(struct task_test *tt, u64 gpa)
{
	u8 byte = 0;

	KUNIT_ASSERT_EQ(tt->t->test, axvm_gmem_write(&tt->t->tv->vm.base.gmem, gpa, &byte, 1), 0);
}

static void asks_for_memory_first(struct kunit *test)
{
	struct task_test *tt = task_test_create(test);
	struct x86_test_vcpu *tc = tt->t->tc;

	/* The stack of the new task, which is the last that is looked at. */
	task_test_put32(tt, TASK_NEW_TSS + 0x38, TEST_UNBACKED + 4);
	expect_asks(tt, task_test_by_error(tt, X86_TRAP_DF, 9), TEST_UNBACKED, "stack");
	KUNIT_EXPECT_EQ(test, tc->v.base.exit.fault.access, AXVM_PROT_WRITE);
	KUNIT_EXPECT_TRUE(test, test_bit(X86_EV_REINJECT, &tc->v.events));
	back(tt, TEST_UNBACKED);
	KUNIT_EXPECT_EQ(test, task_test_by_error(tt, X86_TRAP_DF, 9), AXVM_RESUME);
	KUNIT_EXPECT_EQ(test, task_test_get32(tt, TEST_UNBACKED), 9);
	task_test_expect_switched(tt, "stack");

	tt = task_test_create(test);
	task_test_set_descriptor(tt, SEL_LDTR, TEST_UNBACKED, 0x1f, 0x82);
	task_test_put32(tt, TASK_NEW_TSS + 0x4c, SEL_IN_LDT);
	expect_asks(tt, task_test_by_insn(tt, X86_TASK_CALL, SEL_NEW), TEST_UNBACKED + 8, "LDT");
	KUNIT_EXPECT_EQ(test, tt->t->v->base.exit.fault.access, AXVM_PROT_READ);

	tt = task_test_create(test);
	tt->t->tc->seg[X86_TR].base = TEST_UNBACKED;
	expect_asks(tt, task_test_by_insn(tt, X86_TASK_JMP, SEL_NEW), TEST_UNBACKED + 0x20,
		    "old TSS");
	KUNIT_EXPECT_EQ(test, tt->t->v->base.exit.fault.access, AXVM_PROT_WRITE);

	tt = task_test_create(test);
	task_test_set_descriptor(tt, SEL_NEW, TEST_UNBACKED + SZ_4K - 8, 0x67, ATTR_TSS_32);
	back(tt, TEST_UNBACKED);
	expect_asks(tt, task_test_by_insn(tt, X86_TASK_JMP, SEL_NEW), TEST_UNBACKED + SZ_4K,
		    "new TSS");

	tt = task_test_create(test);
	tt->t->tc->gdt.base = TEST_UNBACKED;
	expect_asks(tt, task_test_by_insn(tt, X86_TASK_JMP, SEL_NEW), TEST_UNBACKED + SEL_NEW,
		    "GDT");
}

/* The new task's page tables are used, and given up again. */
static void asks_for_page_tables(struct kunit *test)
{
	struct task_test *tt = task_test_create(test);
	struct page_case all = { "", TASK_END };

	start_paging(tt, &all, true);
	task_test_put32(tt, TASK_NEW_TSS + 0x1c, TEST_UNBACKED);
	expect_asks(tt, task_test_by_insn(tt, X86_TASK_CALL, SEL_NEW), TEST_UNBACKED, "root");
	KUNIT_EXPECT_EQ(test, tt->t->v->cr3, TEST_TABLE_GPA(0));
}

static void asks_for_code(struct kunit *test)
{
	struct task_test *tt = task_test_create(test);
	const struct x86_task_switch sw = { .source = X86_TASK_JMP, .sel = SEL_NEW };

	tt->t->v->rip = TEST_UNBACKED - TEST_CODE;
	tt->t->tc->seg[X86_CS].base = TEST_CODE;
	task_test_remember(tt);
	KUNIT_EXPECT_EQ(test, x86_task_switch(tt->t->v, &sw), AXVM_DISPATCH);
	KUNIT_EXPECT_EQ(test, tt->t->v->base.exit.fault.gpa, TEST_UNBACKED);
	tt->t->v->rip = TEST_CODE;
	task_test_expect_unchanged(tt, "code");
}

/* Other code than the one that made the exit: the guest has to execute that. */
static void sees_that_code_changed(struct kunit *test)
{
	const struct x86_task_switch sw = { .source = X86_TASK_JMP, .sel = SEL_NEW };
	struct task_test *tt = task_test_create(test);

	emul_test_load(tt->t, "90");
	task_test_remember(tt);
	KUNIT_EXPECT_EQ(test, x86_task_switch(tt->t->v, &sw), AXVM_RESUME);
	emul_test_expect_no_exception(tt->t);
	task_test_expect_unchanged(tt, "code");
}

static void refuses_devices(struct kunit *test)
{
	static const u32 bases[] = { (u32)TEST_DEVICE, TEST_NOTHING };
	struct task_test *tt;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bases); i++) {
		tt = task_test_create(test);
		task_test_set_descriptor(tt, SEL_NEW, bases[i], 0x67, ATTR_TSS_32);
		KUNIT_EXPECT_EQ(test, task_test_by_insn(tt, X86_TASK_JMP, SEL_NEW),
				AXVM_DISPATCH);
		KUNIT_EXPECT_EQ(test, tt->t->v->base.exit.kind, AXVM_EXIT_FAIL);
		KUNIT_EXPECT_EQ(test, tt->t->nr_log, 0);
		task_test_expect_unchanged(tt, "device");
	}
}

/* A BIOS has its GDT there: what is to be marked in it stays as it is. */
static void reads_tables_in_rom(struct kunit *test)
{
	struct task_test *tt = task_test_create(test);

	memcpy(test_memory(tt->t, TEST_ROM), test_memory(tt->t, TASK_GDT), SEL_LAST + 1);
	tt->t->tc->gdt.base = TEST_ROM;
	KUNIT_EXPECT_EQ(test, task_test_by_insn(tt, X86_TASK_JMP, SEL_NEW), AXVM_RESUME);
	emul_test_expect_no_exception(tt->t);
	KUNIT_EXPECT_EQ(test, tt->t->tc->seg[X86_TR].sel, SEL_NEW);
	KUNIT_EXPECT_EQ(test, tt->t->v->rip, TASK_ENTRY);
	KUNIT_EXPECT_EQ(test, memcmp(test_memory(tt->t, TEST_ROM), test_memory(tt->t, TASK_GDT),
				     SEL_LAST + 1), 0);
}

/* --- where there are no tasks --- */

static void knows_no_tasks_in_long_mode(struct kunit *test)
{
	struct task_test *tt = task_test_create(test);
	struct x86_vcpu *v = tt->t->v;

	emul_test_long_mode(tt->t);
	KUNIT_EXPECT_EQ(test, task_test_by_insn(tt, X86_TASK_CALL, SEL_NEW | 3), AXVM_RESUME);
	emul_test_expect_exception(tt->t, X86_TRAP_GP, true, SEL_NEW);
	KUNIT_EXPECT_EQ(test, task_test_by_insn(tt, X86_TASK_IRET, SEL_NEW), AXVM_RESUME);
	emul_test_expect_exception(tt->t, X86_TRAP_GP, true, 0);
	KUNIT_EXPECT_EQ(test, task_test_by_event(tt, X86_TYPE_INTR, 0x40), AXVM_RESUME);
	emul_test_expect_exception(tt->t, X86_TRAP_GP, true, 0x40 << 3 | 3);
	KUNIT_EXPECT_EQ(test, task_test_by_event(tt, X86_TYPE_SOFT, 0x40), AXVM_RESUME);
	emul_test_expect_exception(tt->t, X86_TRAP_GP, true, 0x40 << 3 | 2);
	KUNIT_EXPECT_EQ(test, v->rip, TEST_CODE);
	KUNIT_EXPECT_FALSE(test, v->cr0 & X86_CR0_TS);
}

/* --- anything --- */

static void set_anything(struct task_test *tt, struct rnd_state *rnd)
{
	u8 *gdt = test_memory(tt->t, TASK_GDT), *tss = test_memory(tt->t, TASK_NEW_TSS);
	unsigned int i, n = prandom_u32_state(rnd) % 4;

	for (i = 0; i < n; i++) {
		gdt[prandom_u32_state(rnd) % (SEL_LAST + 1)] ^= BIT(prandom_u32_state(rnd) % 8);
		tss[prandom_u32_state(rnd) % 0x68] ^= BIT(prandom_u32_state(rnd) % 8);
	}
}

static enum axvm_verdict ask_anything(struct task_test *tt, struct rnd_state *rnd)
{
	u32 how = prandom_u32_state(rnd);

	switch (how % 4) {
	case 0:
		return task_test_by_insn(tt, X86_TASK_CALL, SEL_NEW);
	case 1:
		return task_test_by_insn(tt, X86_TASK_JMP, SEL_NEW);
	case 2:
		return task_test_by_event(tt, X86_TYPE_INTR, 0x40);
	default:
		return task_test_by_error(tt, X86_TRAP_DF, how);
	}
}

static void restart(struct task_test *tt, const struct x86_test_vcpu *tc, const u8 *memory)
{
	unsigned int i;

	tt->t->tc->v.events = 0;
	tt->t->tc->v.rip = TEST_CODE;
	tt->t->tc->v.rflags = tc->v.rflags;
	tt->t->tc->v.cr0 = tc->v.cr0;
	tt->t->tc->v.cpl = tc->v.cpl;
	memcpy(tt->t->tc->v.gpr, tc->v.gpr, sizeof(tc->v.gpr));
	memcpy(tt->t->tc->sysreg, tc->sysreg, sizeof(tc->sysreg));
	memcpy(tt->t->tc->seg, tc->seg, sizeof(tc->seg));
	for (i = 0; i < TASK_END - TASK_GDT; i += SZ_4K)
		memcpy(test_memory(tt->t, TASK_GDT + i), memory + i, SZ_4K);
}

/* The old task or the new one, with at most one exception, and never half of each. */
static void survives_anything(struct kunit *test)
{
	u8 *memory = kunit_kzalloc(test, TASK_END - TASK_GDT, GFP_KERNEL);
	struct task_test *tt = task_test_create(test);
	struct x86_test_vcpu *tc = kunit_kzalloc(test, sizeof(*tc), GFP_KERNEL);
	unsigned int i, switched = 0, strange = 0;
	enum axvm_verdict verdict;
	struct rnd_state rnd;
	bool moved;

	KUNIT_ASSERT_NOT_NULL(test, memory);
	KUNIT_ASSERT_NOT_NULL(test, tc);
	task_test_remember(tt);
	memcpy(memory, tt->before, sizeof(tt->before));
	memcpy(tc, tt->t->tc, sizeof(*tc));
	prandom_seed_state(&rnd, 42);
	for (i = 0; i < FUZZ_ROUNDS; i++) {
		restart(tt, tc, memory);
		set_anything(tt, &rnd);
		verdict = ask_anything(tt, &rnd);
		moved = tt->t->tc->seg[X86_TR].sel == SEL_NEW;
		switched += moved;
		strange += verdict != AXVM_RESUME && verdict != AXVM_DISPATCH;
		strange += moved && verdict != AXVM_RESUME;
		strange += moved != !!(tt->t->v->cr0 & X86_CR0_TS);
		strange += !moved && tt->t->v->gpr[X86_RBX] != 0x11110003;
		strange += !(tt->t->v->rflags & X86_EFLAGS_FIXED);
		strange += (tt->t->tc->seg[X86_CS].attr & (X86_SEG_P | X86_SEG_S)) !=
			   (X86_SEG_P | X86_SEG_S);
	}
	KUNIT_EXPECT_EQ(test, strange, 0);
	KUNIT_EXPECT_GT(test, switched, FUZZ_ROUNDS / 4);
	KUNIT_EXPECT_LT(test, switched, FUZZ_ROUNDS);
}

static struct kunit_case fault_cases[] = {
	KUNIT_CASE(checks_the_new_tss),
	KUNIT_CASE(checks_the_busy_bit),
	KUNIT_CASE(says_who_it_was),
	KUNIT_CASE(checks_the_old_tss),
	KUNIT_CASE(merges_exceptions),
	KUNIT_CASE(checks_the_new_state),
	KUNIT_CASE(leaves_the_rest_unusable),
	KUNIT_CASE(checks_the_stack),
	KUNIT_CASE(faults_in_the_old_task),
	KUNIT_CASE(faults_in_the_new_task),
	KUNIT_CASE(checks_pdptes),
	KUNIT_CASE(asks_for_memory_first),
	KUNIT_CASE(asks_for_page_tables),
	KUNIT_CASE(asks_for_code),
	KUNIT_CASE(sees_that_code_changed),
	KUNIT_CASE(refuses_devices),
	KUNIT_CASE(reads_tables_in_rom),
	KUNIT_CASE(knows_no_tasks_in_long_mode),
	KUNIT_CASE_SLOW(survives_anything),
	{}
};

static struct kunit_suite fault_suite = {
	.name = "axvm_x86_task_fault",
	.test_cases = fault_cases,
};

kunit_test_suite(fault_suite);
