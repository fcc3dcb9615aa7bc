// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit suite of hardware task switches that succeed: each way in and back, both formats of TSS,
 * what is saved and what is loaded. Part of axvm_test.ko.
 */
#include <asm/pgtable_types.h>
#include <asm/trapnr.h>

#include "arch/x86/task_test.h"

#define RWU	(_PAGE_PRESENT | _PAGE_RW | _PAGE_USER)

static void expect_done(struct task_test *tt, enum axvm_verdict verdict)
{
	KUNIT_ASSERT_EQ(tt->t->test, verdict, AXVM_RESUME);
	emul_test_expect_no_exception(tt->t);
}

static void expect_saved_32(struct task_test *tt, u32 eip, u32 eflags)
{
	struct kunit *test = tt->t->test;
	unsigned int i;

	KUNIT_EXPECT_EQ(test, task_test_get32(tt, TASK_OLD_TSS + 0x20), eip);
	KUNIT_EXPECT_EQ(test, task_test_get32(tt, TASK_OLD_TSS + 0x24), eflags);
	for (i = 0; i < 8; i++)
		KUNIT_EXPECT_EQ(test, task_test_get32(tt, TASK_OLD_TSS + 0x28 + 4 * i),
				0x11110000 + i);
	/* The other halves of selectors, and what does not change, are not written. */
	for (i = 0; i < X86_TASK_SEGS; i++)
		KUNIT_EXPECT_EQ(test, task_test_get32(tt, TASK_OLD_TSS + 0x48 + 4 * i),
				0xdddd0000 | (i == X86_CS ? SEL_CODE : SEL_DATA));
	for (i = 0; i < 0x20; i += 4)
		KUNIT_EXPECT_EQ(test, task_test_get32(tt, TASK_OLD_TSS + i), 0xdddddddd);
	for (i = 0x60; i < 0x70; i += 4)
		KUNIT_EXPECT_EQ(test, task_test_get32(tt, TASK_OLD_TSS + i), 0xdddddddd);
}

static void expect_loaded_32(struct task_test *tt, u64 rflags)
{
	struct x86_test_vcpu *tc = tt->t->tc;
	struct kunit *test = tt->t->test;
	unsigned int i;

	task_test_expect_switched(tt, "loaded");
	KUNIT_EXPECT_EQ(test, tc->v.rip, TASK_ENTRY);
	KUNIT_EXPECT_EQ(test, tc->v.rflags, rflags);
	for (i = 0; i < 8; i++)
		if (i != X86_RSP)
			KUNIT_EXPECT_EQ(test, tc->v.gpr[i], 0x22220000 + i);
	for (i = 0; i < X86_TASK_SEGS; i++) {
		KUNIT_EXPECT_EQ(test, tc->seg[i].sel, i == X86_CS ? SEL_CODE : SEL_DATA);
		KUNIT_EXPECT_EQ(test, tc->seg[i].base, 0);
		KUNIT_EXPECT_EQ(test, tc->seg[i].limit, U32_MAX);
		KUNIT_EXPECT_EQ(test, tc->seg[i].attr,
				X86_SEG_G | X86_SEG_DB | (i == X86_CS ? 0x9b : 0x93));
	}
	KUNIT_EXPECT_EQ(test, tc->seg[X86_LDTR].sel, SEL_LDTR);
	KUNIT_EXPECT_EQ(test, tc->seg[X86_LDTR].base, TASK_LDT);
	KUNIT_EXPECT_EQ(test, tc->seg[X86_LDTR].limit, 0x1f);
	KUNIT_EXPECT_EQ(test, tc->seg[X86_LDTR].attr, 0x82);
	KUNIT_EXPECT_EQ(test, tc->seg[X86_TR].attr, ATTR_TSS_32 | ATTR_BUSY);
	KUNIT_EXPECT_EQ(test, tc->seg[X86_TR].limit, 0x67);
}

#define OLD_FLAGS	(X86_EFLAGS_FIXED | X86_EFLAGS_CF | X86_EFLAGS_AC)
#define NEW_FLAGS	(X86_EFLAGS_FIXED | X86_EFLAGS_ZF | X86_EFLAGS_IF)

static void jumps(struct kunit *test)
{
	struct task_test *tt = task_test_create(test);
	struct x86_vcpu *v = tt->t->v;

	v->shadow = true;
	v->gpr[X86_RBX] |= 0xabcdULL << 32;
	expect_done(tt, task_test_by_insn(tt, X86_TASK_JMP, SEL_NEW));
	expect_saved_32(tt, TEST_CODE + 7, OLD_FLAGS);
	expect_loaded_32(tt, NEW_FLAGS);
	KUNIT_EXPECT_EQ(test, v->gpr[X86_RSP], TASK_STACK);
	KUNIT_EXPECT_FALSE(test, v->shadow);
	KUNIT_EXPECT_EQ(test, v->cpl, 0);
	/* No link, and the old task may be entered again. */
	KUNIT_EXPECT_EQ(test, task_test_get16(tt, TASK_NEW_TSS), 0xeeee);
	KUNIT_EXPECT_EQ(test, task_test_type(tt, SEL_OLD), ATTR_TSS_32);
	KUNIT_EXPECT_EQ(test, task_test_type(tt, SEL_NEW), ATTR_TSS_32 | ATTR_BUSY);
	/* Accessed bits, where something was loaded. */
	KUNIT_EXPECT_EQ(test, task_test_type(tt, SEL_CODE), 0x9b);
	KUNIT_EXPECT_EQ(test, task_test_type(tt, SEL_DATA), 0x93);
	KUNIT_EXPECT_EQ(test, task_test_type(tt, SEL_CODE_USER), 0xfa);
}

static void calls_and_returns(struct kunit *test)
{
	struct task_test *tt = task_test_create(test);
	struct x86_vcpu *v = tt->t->v;

	expect_done(tt, task_test_by_insn(tt, X86_TASK_CALL, SEL_NEW));
	expect_saved_32(tt, TEST_CODE + 7, OLD_FLAGS);
	expect_loaded_32(tt, NEW_FLAGS | X86_EFLAGS_NT);
	KUNIT_EXPECT_EQ(test, task_test_get16(tt, TASK_NEW_TSS), SEL_OLD);
	KUNIT_EXPECT_EQ(test, task_test_get16(tt, TASK_NEW_TSS + 2), 0xeeee);
	KUNIT_EXPECT_TRUE(test, task_test_type(tt, SEL_OLD) & ATTR_BUSY);
	KUNIT_EXPECT_TRUE(test, task_test_type(tt, SEL_NEW) & ATTR_BUSY);

	task_test_put32(tt, TASK_OLD_TSS + 0x60, 0);
	task_test_put16(tt, TASK_OLD_TSS + 0x64, 0);
	v->gpr[X86_RAX] = 0x12345678;
	expect_done(tt, task_test_by_insn(tt, X86_TASK_IRET, SEL_OLD));
	KUNIT_EXPECT_EQ(test, v->rip, TEST_CODE + 7);
	KUNIT_EXPECT_EQ(test, v->rflags, OLD_FLAGS);
	KUNIT_EXPECT_EQ(test, v->gpr[X86_RDI], 0x11110007);
	KUNIT_EXPECT_EQ(test, tt->t->tc->seg[X86_TR].sel, SEL_OLD);
	KUNIT_EXPECT_EQ(test, tt->t->tc->seg[X86_LDTR].attr & X86_SEG_P, 0);
	/* The nested task is left behind IRET, without NT; only the outer one is busy. */
	KUNIT_EXPECT_EQ(test, task_test_get32(tt, TASK_NEW_TSS + 0x20), TEST_CODE + 1);
	KUNIT_EXPECT_EQ(test, task_test_get32(tt, TASK_NEW_TSS + 0x24), NEW_FLAGS);
	KUNIT_EXPECT_EQ(test, task_test_get32(tt, TASK_NEW_TSS + 0x28), 0x12345678);
	KUNIT_EXPECT_TRUE(test, task_test_type(tt, SEL_OLD) & ATTR_BUSY);
	KUNIT_EXPECT_FALSE(test, task_test_type(tt, SEL_NEW) & ATTR_BUSY);
}

/* A task that returns to itself goes on as it was saved, and is not busy any more. */
static void returns_to_itself(struct kunit *test)
{
	struct task_test *tt = task_test_create(test);
	struct x86_vcpu *v = tt->t->v;

	memcpy(test_memory(tt->t, TASK_OLD_TSS), test_memory(tt->t, TASK_NEW_TSS), 0x68);
	v->rflags |= X86_EFLAGS_NT;
	expect_done(tt, task_test_by_insn(tt, X86_TASK_IRET, SEL_OLD));
	KUNIT_EXPECT_EQ(test, v->rip, TEST_CODE + 1);
	KUNIT_EXPECT_EQ(test, v->rflags, OLD_FLAGS);
	KUNIT_EXPECT_EQ(test, v->gpr[X86_RBX], 0x11110003);
	KUNIT_EXPECT_EQ(test, tt->t->tc->seg[X86_LDTR].sel, SEL_LDTR);
	KUNIT_EXPECT_EQ(test, task_test_type(tt, SEL_OLD), ATTR_TSS_32);
}

/* JMP keeps NT of both. */
static void keeps_nt(struct kunit *test)
{
	struct task_test *tt = task_test_create(test);

	tt->t->v->rflags |= X86_EFLAGS_NT;
	expect_done(tt, task_test_by_insn(tt, X86_TASK_JMP, SEL_NEW));
	KUNIT_EXPECT_EQ(test, task_test_get32(tt, TASK_OLD_TSS + 0x24),
			OLD_FLAGS | X86_EFLAGS_NT);
	KUNIT_EXPECT_EQ(test, tt->t->v->rflags, NEW_FLAGS);
}

/* --- how long the instruction is --- */

static void finds_the_length(struct kunit *test)
{
	static const struct {
		enum x86_task_source source;
		const char *hex;
	} insns[] = {
		{ X86_TASK_JMP, "ea000000002000" },
		{ X86_TASK_JMP, "66ea00002000" },
		{ X86_TASK_JMP, "ff2d00800000" },	/* jmp far [0x8000] */
		{ X86_TASK_JMP, "ff6b10" },		/* jmp far [ebx+16] */
		{ X86_TASK_CALL, "9a000000002000" },
		{ X86_TASK_CALL, "ff1d00800000" },
		{ X86_TASK_CALL, "2eff5c2410" },	/* call far cs:[esp+16] */
		{ X86_TASK_IRET, "cf" },
		{ X86_TASK_IRET, "66cf" },
		{ X86_TASK_GATE, "cd20" },
		{ X86_TASK_GATE, "cc" },
		{ X86_TASK_GATE, "ce" },
		{ X86_TASK_GATE, "f366cd20" },
	};
	struct task_test *tt;
	unsigned int i;
	u16 sel;

	for (i = 0; i < ARRAY_SIZE(insns); i++) {
		struct x86_task_switch sw = { .source = insns[i].source, .type = X86_TYPE_SOFT };

		tt = task_test_create(test);
		sel = insns[i].source == X86_TASK_IRET ? SEL_NEW : SEL_NEW | 3;
		sw.sel = sel;
		if (insns[i].source == X86_TASK_IRET)
			task_test_set_descriptor(tt, SEL_NEW, TASK_NEW_TSS, 0x67,
						 ATTR_TSS_32 | ATTR_BUSY);
		emul_test_load(tt->t, insns[i].hex);
		KUNIT_EXPECT_EQ_MSG(test, x86_task_switch(tt->t->v, &sw), AXVM_RESUME, "%s",
				    insns[i].hex);
		KUNIT_EXPECT_EQ_MSG(test, task_test_get32(tt, TASK_OLD_TSS + 0x20),
				    TEST_CODE + strlen(insns[i].hex) / 2, "%s", insns[i].hex);
		KUNIT_EXPECT_EQ(test, tt->t->tc->seg[X86_TR].sel, sel);
	}
}

static void trusts_the_hardware_for_the_length(struct kunit *test)
{
	struct task_test *tt = task_test_create(test);

	tt->t->v->next_rip = TEST_CODE + 12;
	expect_done(tt, task_test_by_insn(tt, X86_TASK_JMP, SEL_NEW));
	KUNIT_EXPECT_EQ(test, task_test_get32(tt, TASK_OLD_TSS + 0x20), TEST_CODE + 12);
	/* But not where no instruction asked. */
	tt = task_test_create(test);
	tt->t->v->next_rip = TEST_CODE + 12;
	expect_done(tt, task_test_by_event(tt, X86_TYPE_INTR, 0x40));
	KUNIT_EXPECT_EQ(test, task_test_get32(tt, TASK_OLD_TSS + 0x20), TEST_CODE);
}

/* --- task gates --- */

static void takes_interrupts(struct kunit *test)
{
	struct task_test *tt = task_test_create(test);
	struct x86_vcpu *v = tt->t->v;

	expect_done(tt, task_test_by_event(tt, X86_TYPE_INTR, 0x40));
	expect_saved_32(tt, TEST_CODE, OLD_FLAGS);
	expect_loaded_32(tt, NEW_FLAGS | X86_EFLAGS_NT);
	KUNIT_EXPECT_EQ(test, v->gpr[X86_RSP], TASK_STACK);
	KUNIT_EXPECT_EQ(test, task_test_get16(tt, TASK_NEW_TSS), SEL_OLD);
	KUNIT_EXPECT_FALSE(test, test_bit(X86_EV_REINJECT, &v->events));
	KUNIT_EXPECT_FALSE(test, v->nmi_masked);
}

static void takes_nmis(struct kunit *test)
{
	struct task_test *tt = task_test_create(test);
	struct x86_vcpu *v = tt->t->v;

	expect_done(tt, task_test_by_event(tt, X86_TYPE_NMI, X86_TRAP_NMI));
	KUNIT_EXPECT_TRUE(test, v->nmi_masked);
	KUNIT_EXPECT_FALSE(test, test_bit(X86_EV_REINJECT, &v->events));
	task_test_put32(tt, TASK_OLD_TSS + 0x60, 0);
	task_test_put16(tt, TASK_OLD_TSS + 0x64, 0);
	expect_done(tt, task_test_by_insn(tt, X86_TASK_IRET, SEL_OLD));
	KUNIT_EXPECT_FALSE(test, v->nmi_masked);
}

static void takes_exceptions(struct kunit *test)
{
	struct task_test *tt = task_test_create(test);
	struct x86_vcpu *v = tt->t->v;

	expect_done(tt, task_test_by_error(tt, X86_TRAP_DF, 0));
	expect_saved_32(tt, TEST_CODE, OLD_FLAGS | X86_EFLAGS_RF);
	expect_loaded_32(tt, NEW_FLAGS | X86_EFLAGS_NT);
	KUNIT_EXPECT_EQ(test, v->gpr[X86_RSP], TASK_STACK - 4);
	KUNIT_EXPECT_EQ(test, task_test_get32(tt, TASK_STACK - 4), 0);
	KUNIT_EXPECT_FALSE(test, test_bit(X86_EV_REINJECT, &v->events));

	tt = task_test_create(test);
	expect_done(tt, task_test_by_error(tt, X86_TRAP_PF, 0x12345678));
	KUNIT_EXPECT_EQ(test, task_test_get32(tt, TASK_STACK - 4), 0x12345678);
	KUNIT_EXPECT_EQ(test, task_test_get16(tt, TASK_STACK), 0);
}

static void takes_software_interrupts(struct kunit *test)
{
	struct task_test *tt = task_test_create(test);

	emul_test_load(tt->t, "cd20");
	expect_done(tt, task_test_by_event(tt, X86_TYPE_SOFT, 0x20));
	expect_saved_32(tt, TEST_CODE + 2, OLD_FLAGS);
	tt = task_test_create(test);
	emul_test_load(tt->t, "cc");
	expect_done(tt, task_test_by_event(tt, X86_TYPE_EXCEPTION, X86_TRAP_BP));
	expect_saved_32(tt, TEST_CODE + 1, OLD_FLAGS);
	tt = task_test_create(test);
	emul_test_load(tt->t, "cc");
	expect_done(tt, task_test_by_event(tt, X86_TYPE_EXCEPTION, X86_TRAP_DB));
	expect_saved_32(tt, TEST_CODE, OLD_FLAGS);
}

/* The width is that of the TSS, the size of the stack pointer that of its segment. */
static void pushes_by_width(struct kunit *test)
{
	struct task_test *tt = task_test_create(test);
	struct x86_vcpu *v = tt->t->v;

	task_test_make_new_16(tt);
	task_test_put16(tt, TASK_NEW_TSS + 0x1a, 0x8002);
	task_test_set_descriptor(tt, SEL_DATA, 0x10000, U16_MAX, 0x92);
	memset(test_memory(tt->t, 0x18000), 0xaa, 8);
	expect_done(tt, task_test_by_error(tt, X86_TRAP_GP, 0x12340018));
	KUNIT_EXPECT_EQ(test, v->gpr[X86_RSP], 0xffff8000);
	KUNIT_EXPECT_EQ(test, task_test_get32(tt, 0x18000), 0xaaaa0018);

	tt = task_test_create(test);
	v = tt->t->v;
	task_test_set_descriptor(tt, SEL_DATA, 0x10000, U16_MAX, 0x92);
	task_test_put32(tt, TASK_NEW_TSS + 0x38, 0x56780000);
	expect_done(tt, task_test_by_error(tt, X86_TRAP_GP, 0x18));
	KUNIT_EXPECT_EQ(test, v->gpr[X86_RSP], 0x5678fffc);
	KUNIT_EXPECT_EQ(test, task_test_get32(tt, 0x1fffc), 0x18);
}

/* --- 16 bits --- */

static void loads_16_bits(struct kunit *test)
{
	struct task_test *tt = task_test_create(test);
	struct x86_test_vcpu *tc = tt->t->tc;
	unsigned int i;

	task_test_make_new_16(tt);
	expect_done(tt, task_test_by_insn(tt, X86_TASK_CALL, SEL_NEW));
	expect_saved_32(tt, TEST_CODE + 7, OLD_FLAGS);
	KUNIT_EXPECT_EQ(test, tc->v.rip, 0x6000);
	KUNIT_EXPECT_EQ(test, tc->v.rflags, X86_EFLAGS_FIXED | X86_EFLAGS_ZF | X86_EFLAGS_NT);
	for (i = 0; i < 8; i++)
		KUNIT_EXPECT_EQ(test, tc->v.gpr[i], 0xffff3330 + i);
	KUNIT_EXPECT_EQ(test, tc->seg[X86_DS].sel, SEL_DATA);
	KUNIT_EXPECT_EQ(test, tc->seg[X86_FS].sel, 0);
	KUNIT_EXPECT_EQ(test, tc->seg[X86_GS].attr & X86_SEG_P, 0);
	KUNIT_EXPECT_EQ(test, tc->seg[X86_LDTR].base, TASK_LDT);
	KUNIT_EXPECT_EQ(test, tc->seg[X86_TR].attr, ATTR_TSS_16 | ATTR_BUSY);
	KUNIT_EXPECT_EQ(test, task_test_get16(tt, TASK_NEW_TSS), SEL_OLD);
	KUNIT_EXPECT_EQ(test, task_test_type(tt, SEL_NEW), ATTR_TSS_16 | ATTR_BUSY);
}

static void saves_16_bits(struct kunit *test)
{
	struct task_test *tt = task_test_create(test);
	unsigned int i;

	task_test_make_old_16(tt);
	expect_done(tt, task_test_by_insn(tt, X86_TASK_JMP, SEL_NEW));
	expect_loaded_32(tt, NEW_FLAGS);
	KUNIT_EXPECT_EQ(test, task_test_get16(tt, TASK_OLD_TSS + 0x0c), 0xdddd);
	KUNIT_EXPECT_EQ(test, task_test_get16(tt, TASK_OLD_TSS + 0x0e), TEST_CODE + 7);
	KUNIT_EXPECT_EQ(test, task_test_get16(tt, TASK_OLD_TSS + 0x10), (u16)OLD_FLAGS);
	for (i = 0; i < 8; i++)
		KUNIT_EXPECT_EQ(test, task_test_get16(tt, TASK_OLD_TSS + 0x12 + 2 * i), i);
	for (i = 0; i < 4; i++)
		KUNIT_EXPECT_EQ(test, task_test_get16(tt, TASK_OLD_TSS + 0x22 + 2 * i),
				i == X86_CS ? SEL_CODE : SEL_DATA);
	KUNIT_EXPECT_EQ(test, task_test_get16(tt, TASK_OLD_TSS + 0x2a), 0xdddd);
	KUNIT_EXPECT_EQ(test, task_test_type(tt, SEL_OLD), ATTR_TSS_16);
}

/* --- segments of the new task --- */

static void loads_from_the_ldt(struct kunit *test)
{
	struct task_test *tt = task_test_create(test);
	struct x86_test_vcpu *tc = tt->t->tc;

	task_test_put32(tt, TASK_NEW_TSS + 0x4c, SEL_IN_LDT);
	expect_done(tt, task_test_by_insn(tt, X86_TASK_JMP, SEL_NEW));
	KUNIT_EXPECT_EQ(test, tc->seg[X86_CS].sel, SEL_IN_LDT);
	KUNIT_EXPECT_EQ(test, tc->seg[X86_CS].base, 0x1000);
	KUNIT_EXPECT_EQ(test, *(u8 *)test_memory(tt->t, TASK_LDT + 8 + 5), 0x9b);
}

static void changes_privilege(struct kunit *test)
{
	struct task_test *tt = task_test_create(test);
	struct x86_test_vcpu *tc = tt->t->tc;
	unsigned int i;

	task_test_put32(tt, TASK_NEW_TSS + 0x4c, SEL_CODE_USER | 3);
	task_test_put32(tt, TASK_NEW_TSS + 0x50, SEL_DATA_USER | 3);
	for (i = X86_DS; i <= X86_GS; i++)
		task_test_put32(tt, TASK_NEW_TSS + 0x48 + 4 * i, SEL_DATA_USER | 3);
	task_test_put32(tt, TASK_NEW_TSS + 0x48, SEL_CONFORMING | 3);
	expect_done(tt, task_test_by_insn(tt, X86_TASK_JMP, SEL_NEW));
	KUNIT_EXPECT_EQ(test, tc->v.cpl, 3);
	KUNIT_EXPECT_EQ(test, tc->seg[X86_SS].attr, X86_SEG_G | X86_SEG_DB | 0xf3);
	KUNIT_EXPECT_EQ(test, tc->seg[X86_ES].attr, X86_SEG_G | X86_SEG_DB | 0x9f);
}

static void enters_vm86_mode(struct kunit *test)
{
	struct task_test *tt = task_test_create(test);
	struct x86_test_vcpu *tc = tt->t->tc;
	unsigned int i;

	task_test_put32(tt, TASK_NEW_TSS + 0x20, 0x1234);
	task_test_put32(tt, TASK_NEW_TSS + 0x24, X86_EFLAGS_VM | X86_EFLAGS_IF);
	for (i = 0; i < X86_TASK_SEGS; i++)
		task_test_put32(tt, TASK_NEW_TSS + 0x48 + 4 * i, 0x1000 + i);
	expect_done(tt, task_test_by_insn(tt, X86_TASK_JMP, SEL_NEW));
	KUNIT_EXPECT_EQ(test, tc->v.cpl, 3);
	KUNIT_EXPECT_EQ(test, tc->v.rflags,
			X86_EFLAGS_FIXED | X86_EFLAGS_VM | X86_EFLAGS_IF);
	for (i = 0; i < X86_TASK_SEGS; i++) {
		KUNIT_EXPECT_EQ(test, tc->seg[i].sel, 0x1000 + i);
		KUNIT_EXPECT_EQ(test, tc->seg[i].base, (0x1000 + i) << 4);
		KUNIT_EXPECT_EQ(test, tc->seg[i].limit, U16_MAX);
		KUNIT_EXPECT_EQ(test, tc->seg[i].attr, 0xf3);
	}
	KUNIT_EXPECT_EQ(test, tc->seg[X86_LDTR].sel, SEL_LDTR);
}

static void traps_where_asked(struct kunit *test)
{
	struct task_test *tt = task_test_create(test);

	task_test_put16(tt, TASK_NEW_TSS + 0x64, 1);
	KUNIT_EXPECT_EQ(test, task_test_by_insn(tt, X86_TASK_JMP, SEL_NEW), AXVM_RESUME);
	emul_test_expect_exception(tt->t, X86_TRAP_DB, false, 0);
	KUNIT_EXPECT_EQ(test, tt->t->tc->sysreg[X86_DR6] & BIT(15), BIT(15));
	expect_loaded_32(tt, NEW_FLAGS);
	/* It is not an exception while another one is delivered. */
	tt = task_test_create(test);
	task_test_put16(tt, TASK_NEW_TSS + 0x64, 1);
	KUNIT_EXPECT_EQ(test, task_test_by_error(tt, X86_TRAP_DF, 0), AXVM_RESUME);
	emul_test_expect_exception(tt->t, X86_TRAP_DB, false, 0);
	/* A 16-bit TSS has no such bit. */
	tt = task_test_create(test);
	task_test_make_new_16(tt);
	memset(test_memory(tt->t, TASK_NEW_TSS + 0x64), 0xff, 2);
	expect_done(tt, task_test_by_insn(tt, X86_TASK_JMP, SEL_NEW));
}

/* --- page tables: 4 MiB pages, 32-bit format --- */

static void start_paging(struct task_test *tt)
{
	u32 *old = (u32 *)test_table(tt->t, 0), *new = (u32 *)test_table(tt->t, 1);

	memset(old, 0, SZ_4K);
	memset(new, 0, SZ_4K);
	old[0] = RWU | _PAGE_PSE;
	new[0] = RWU | _PAGE_PSE;
	new[1] = RWU | _PAGE_PSE;
	tt->t->v->cr0 |= X86_CR0_PG;
	tt->t->v->cr4 |= X86_CR4_PSE;
	tt->t->v->cr3 = TEST_TABLE_GPA(0);
	task_test_put32(tt, TASK_NEW_TSS + 0x1c, TEST_TABLE_GPA(1));
}

/* Its LDT and stack are where its own tables say. */
static void changes_page_tables(struct kunit *test)
{
	struct task_test *tt = task_test_create(test);
	struct x86_vcpu *v = tt->t->v;

	start_paging(tt);
	task_test_set_descriptor(tt, SEL_LDTR, SZ_4M + TASK_LDT, 0x1f, 0x82);
	task_test_put32(tt, TASK_NEW_TSS + 0x4c, SEL_IN_LDT);
	task_test_put32(tt, TASK_NEW_TSS + 0x38, SZ_4M + TASK_STACK);
	expect_done(tt, task_test_by_error(tt, X86_TRAP_DF, 0x77));
	KUNIT_EXPECT_EQ(test, v->cr3, TEST_TABLE_GPA(1));
	KUNIT_EXPECT_GT(test, tt->t->tc->flushes, 0);
	KUNIT_EXPECT_EQ(test, tt->t->tc->seg[X86_CS].base, 0x1000);
	KUNIT_EXPECT_EQ(test, task_test_get32(tt, TASK_STACK - 4), 0x77);
}

static void keeps_page_tables(struct kunit *test)
{
	struct task_test *tt = task_test_create(test);

	/* Without paging they are not loaded. */
	tt->t->v->cr3 = 0x5000;
	task_test_put32(tt, TASK_NEW_TSS + 0x1c, 0x6000);
	expect_done(tt, task_test_by_insn(tt, X86_TASK_JMP, SEL_NEW));
	KUNIT_EXPECT_EQ(test, tt->t->v->cr3, 0x5000);
	/* A 16-bit TSS has none. */
	tt = task_test_create(test);
	start_paging(tt);
	task_test_make_new_16(tt);
	expect_done(tt, task_test_by_insn(tt, X86_TASK_JMP, SEL_NEW));
	KUNIT_EXPECT_EQ(test, tt->t->v->cr3, TEST_TABLE_GPA(0));
}

/* Linear pages next to each other that are not so in memory. */
static void crosses_pages(struct kunit *test)
{
	struct task_test *tt = task_test_create(test);
	u32 *dir = (u32 *)test_table(tt->t, 0), *table = (u32 *)test_table(tt->t, 1);
	u32 base = SZ_4M + SZ_4K - 0x31;
	u8 tss[0x68];

	start_paging(tt);
	memset(table, 0, SZ_4K);
	dir[1] = TEST_TABLE_GPA(1) | RWU;
	table[0] = TASK_NEW_TSS | RWU;
	table[1] = TASK_STACK | RWU;
	task_test_put32(tt, TASK_NEW_TSS + 0x1c, TEST_TABLE_GPA(0));
	memcpy(tss, test_memory(tt->t, TASK_NEW_TSS), sizeof(tss));
	memcpy(test_memory(tt->t, TASK_NEW_TSS + SZ_4K - 0x31), tss, 0x31);
	memcpy(test_memory(tt->t, TASK_STACK), tss + 0x31, sizeof(tss) - 0x31);
	task_test_set_descriptor(tt, SEL_NEW, base, 0x67, ATTR_TSS_32);
	expect_done(tt, task_test_by_insn(tt, X86_TASK_CALL, SEL_NEW));
	KUNIT_EXPECT_EQ(test, tt->t->v->gpr[X86_RDX], 0x22220002);
	KUNIT_EXPECT_EQ(test, tt->t->v->gpr[X86_RDI], 0x22220007);
	/* And written again when it is left. */
	task_test_put32(tt, TASK_OLD_TSS + 0x60, 0);
	task_test_put32(tt, TASK_OLD_TSS + 0x1c, TEST_TABLE_GPA(0));
	task_test_put16(tt, TASK_OLD_TSS + 0x64, 0);
	tt->t->v->gpr[X86_RDX] = 0x89abcdef;
	tt->t->v->gpr[X86_RDI] = 0x01234567;
	expect_done(tt, task_test_by_insn(tt, X86_TASK_IRET, SEL_OLD));
	KUNIT_EXPECT_EQ(test, *(u8 *)test_memory(tt->t, TASK_NEW_TSS + SZ_4K - 1), 0xef);
	KUNIT_EXPECT_EQ(test, task_test_get16(tt, TASK_STACK), 0xabcd);
	KUNIT_EXPECT_EQ(test, task_test_get32(tt, TASK_STACK + 0x44 - 0x31), 0x01234567);
}

static struct kunit_case task_cases[] = {
	KUNIT_CASE(jumps),
	KUNIT_CASE(calls_and_returns),
	KUNIT_CASE(returns_to_itself),
	KUNIT_CASE(keeps_nt),
	KUNIT_CASE(finds_the_length),
	KUNIT_CASE(trusts_the_hardware_for_the_length),
	KUNIT_CASE(takes_interrupts),
	KUNIT_CASE(takes_nmis),
	KUNIT_CASE(takes_exceptions),
	KUNIT_CASE(takes_software_interrupts),
	KUNIT_CASE(pushes_by_width),
	KUNIT_CASE(loads_16_bits),
	KUNIT_CASE(saves_16_bits),
	KUNIT_CASE(loads_from_the_ldt),
	KUNIT_CASE(changes_privilege),
	KUNIT_CASE(enters_vm86_mode),
	KUNIT_CASE(traps_where_asked),
	KUNIT_CASE(changes_page_tables),
	KUNIT_CASE(keeps_page_tables),
	KUNIT_CASE(crosses_pages),
	{}
};

static struct kunit_suite task_suite = {
	.name = "axvm_x86_task",
	.test_cases = task_cases,
};

kunit_test_suite(task_suite);
