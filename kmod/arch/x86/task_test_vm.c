// SPDX-License-Identifier: GPL-2.0
/*
 * The machine on which suites of task switches run. Part of axvm_test.ko.
 */
#include <linux/string.h>

#include "arch/x86/task_test.h"

u16 task_test_get16(struct task_test *tt, u32 addr)
{
	u16 val;

	memcpy(&val, test_memory(tt->t, addr), sizeof(val));
	return val;
}

u32 task_test_get32(struct task_test *tt, u32 addr)
{
	u32 val;

	memcpy(&val, test_memory(tt->t, addr), sizeof(val));
	return val;
}

void task_test_put16(struct task_test *tt, u32 addr, u16 val)
{
	memcpy(test_memory(tt->t, addr), &val, sizeof(val));
}

void task_test_put32(struct task_test *tt, u32 addr, u32 val)
{
	memcpy(test_memory(tt->t, addr), &val, sizeof(val));
}

void task_test_set_descriptor(struct task_test *tt, u16 sel, u32 base, u32 limit, u16 attr)
{
	u32 table = sel & SEL_LDT ? TASK_LDT : TASK_GDT;
	u32 addr = table + (sel & ~7);

	if (limit > 0xfffff) {
		limit >>= 12;
		attr |= X86_SEG_G;
	}
	task_test_put32(tt, addr, base << 16 | (limit & 0xffff));
	task_test_put32(tt, addr + 4, (base >> 16 & 0xff) | (attr & 0xff) << 8 |
			(limit & 0xf0000) | (attr & 0xf00) << 12 | (base & 0xff000000));
}

u8 task_test_type(struct task_test *tt, u16 sel)
{
	return *(u8 *)test_memory(tt->t, TASK_GDT + (sel & ~7) + 5);
}

/* --- the machine --- */

/* No accessed bits: they are to be set. */
static const struct {
	u16 sel;
	u32 base;
	u32 limit;
	u16 attr;
} descriptors[] = {
	{ SEL_CODE, 0, U32_MAX, X86_SEG_DB | 0x9a },
	{ SEL_DATA, 0, U32_MAX, X86_SEG_DB | 0x92 },
	{ SEL_OLD, TASK_OLD_TSS, 0x67, ATTR_TSS_32 | ATTR_BUSY },
	{ SEL_NEW, TASK_NEW_TSS, 0x67, ATTR_TSS_32 },
	{ SEL_LDTR, TASK_LDT, 0x1f, 0x82 },
	{ SEL_CODE_USER, 0, U32_MAX, X86_SEG_DB | 0xfa },
	{ SEL_DATA_USER, 0, U32_MAX, X86_SEG_DB | 0xf2 },
	{ SEL_CONFORMING, 0, U32_MAX, X86_SEG_DB | 0x9e },
	{ SEL_READ_ONLY, 0, U32_MAX, X86_SEG_DB | 0x90 },
	{ SEL_EXEC_ONLY, 0, U32_MAX, X86_SEG_DB | 0x98 },
	{ SEL_ABSENT, 0, U32_MAX, X86_SEG_DB | 0x12 },
	{ SEL_ABSENT_CODE, 0, U32_MAX, X86_SEG_DB | 0x1a },
	{ SEL_SMALL, 0, TASK_STACK, X86_SEG_DB | 0x96 },	/* expands down to that */
	{ SEL_CODE_SHORT, 0, TASK_ENTRY - 1, X86_SEG_DB | 0x9a },
	{ SEL_GATE, 0, 0, 0x85 },
	{ SEL_IN_LDT, 0x1000, U32_MAX, X86_SEG_DB | 0x9a },
};

static void set_running(struct task_test *tt)
{
	struct x86_test_vcpu *tc = tt->t->tc;
	unsigned int i;

	tc->gdt = (struct x86_dt) { .base = TASK_GDT, .limit = SEL_LAST };
	tc->seg[X86_TR] = (struct x86_seg) {
		.base = TASK_OLD_TSS, .limit = 0x67, .sel = SEL_OLD,
		.attr = ATTR_TSS_32 | ATTR_BUSY,
	};
	tc->seg[X86_CS].sel = SEL_CODE;
	for (i = 0; i < X86_TASK_SEGS; i++)
		if (i != X86_CS)
			tc->seg[i].sel = SEL_DATA;
	for (i = 0; i < 8; i++)
		tc->v.gpr[i] = 0x11110000 + i;
	tc->v.rflags = X86_EFLAGS_FIXED | X86_EFLAGS_CF | X86_EFLAGS_AC;
	tc->sysreg[X86_DR7] = 0x7ff;
}

static void fill_new_tss(struct task_test *tt)
{
	u32 tss = TASK_NEW_TSS;
	unsigned int i;

	memset(test_memory(tt->t, tss), 0xee, SZ_4K);
	task_test_put32(tt, tss + 0x1c, 0);
	task_test_put32(tt, tss + 0x20, TASK_ENTRY);
	task_test_put32(tt, tss + 0x24, X86_EFLAGS_ZF | X86_EFLAGS_IF | BIT(15) | BIT(30));
	for (i = 0; i < 8; i++)
		task_test_put32(tt, tss + 0x28 + 4 * i, 0x22220000 + i);
	task_test_put32(tt, tss + 0x38, TASK_STACK);
	for (i = 0; i < X86_TASK_SEGS; i++)
		task_test_put32(tt, tss + 0x48 + 4 * i, i == X86_CS ? SEL_CODE : SEL_DATA);
	task_test_put32(tt, tss + 0x60, SEL_LDTR);
	task_test_put16(tt, tss + 0x64, 0);
}

struct task_test *task_test_create(struct kunit *test)
{
	struct task_test *tt = kunit_kzalloc(test, sizeof(*tt), GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, tt);
	tt->t = emul_test_create(test);
	emul_test_protected_mode(tt->t);
	for (i = 0; i < ARRAY_SIZE(descriptors); i++)
		task_test_set_descriptor(tt, descriptors[i].sel, descriptors[i].base,
					 descriptors[i].limit, descriptors[i].attr);
	set_running(tt);
	memset(test_memory(tt->t, TASK_OLD_TSS), 0xdd, SZ_4K);
	fill_new_tss(tt);
	return tt;
}

void task_test_make_new_16(struct task_test *tt)
{
	u32 tss = TASK_NEW_TSS;
	unsigned int i;

	memset(test_memory(tt->t, tss), 0xee, SZ_4K);
	task_test_put16(tt, tss + 0x0e, 0x6000);
	task_test_put16(tt, tss + 0x10, X86_EFLAGS_ZF | BIT(15));
	for (i = 0; i < 8; i++)
		task_test_put16(tt, tss + 0x12 + 2 * i, 0x3330 + i);
	for (i = 0; i < 4; i++)
		task_test_put16(tt, tss + 0x22 + 2 * i, i == X86_CS ? SEL_CODE : SEL_DATA);
	task_test_put16(tt, tss + 0x2a, SEL_LDTR);
	task_test_set_descriptor(tt, SEL_NEW, tss, 0x2b, ATTR_TSS_16);
}

void task_test_make_old_16(struct task_test *tt)
{
	struct x86_seg *tr = &tt->t->tc->seg[X86_TR];

	tr->limit = 0x2b;
	tr->attr = ATTR_TSS_16 | ATTR_BUSY;
	task_test_set_descriptor(tt, SEL_OLD, TASK_OLD_TSS, 0x2b, ATTR_TSS_16 | ATTR_BUSY);
}

/* --- who asks --- */

enum axvm_verdict task_test_by_insn(struct task_test *tt, enum x86_task_source source, u16 sel)
{
	static const char *const code[] = {
		[X86_TASK_CALL]	= "9a000000002000",	/* call 0x20:0 */
		[X86_TASK_IRET]	= "cf",
		[X86_TASK_JMP]	= "ea000000002000",	/* jmp 0x20:0 */
	};
	struct x86_task_switch sw = { .source = source, .sel = sel };

	emul_test_load(tt->t, code[source]);
	task_test_remember(tt);
	return x86_task_switch(tt->t->v, &sw);
}

static enum axvm_verdict by_gate(struct task_test *tt, const struct x86_task_switch *sw)
{
	struct x86_vcpu *v = tt->t->v;

	if (sw->type != X86_TYPE_SOFT) {
		v->reinject = (struct x86_inject) {
			.vector = sw->vector, .type = sw->type,
			.has_error = sw->has_error, .error = sw->error,
		};
		set_bit(X86_EV_REINJECT, &v->events);
	}
	task_test_remember(tt);
	return x86_task_switch(v, sw);
}

enum axvm_verdict task_test_by_event(struct task_test *tt, enum x86_event_type type, u8 vector)
{
	const struct x86_task_switch sw = {
		.source = X86_TASK_GATE, .sel = SEL_NEW, .type = type, .vector = vector,
	};

	return by_gate(tt, &sw);
}

enum axvm_verdict task_test_by_error(struct task_test *tt, u8 vector, u32 error)
{
	const struct x86_task_switch sw = {
		.source = X86_TASK_GATE, .sel = SEL_NEW, .type = X86_TYPE_EXCEPTION,
		.vector = vector, .has_error = true, .error = error, .rf = true,
	};

	return by_gate(tt, &sw);
}

/* --- what became of it --- */

void task_test_remember(struct task_test *tt)
{
	unsigned int i;

	for (i = 0; i < sizeof(tt->before); i += SZ_4K)
		memcpy(tt->before + i, test_memory(tt->t, TASK_GDT + i), SZ_4K);
}

void task_test_expect_unchanged(struct task_test *tt, const char *what)
{
	struct x86_test_vcpu *tc = tt->t->tc;
	struct kunit *test = tt->t->test;
	unsigned int i;

	for (i = 0; i < sizeof(tt->before); i += SZ_4K)
		KUNIT_EXPECT_EQ_MSG(test, memcmp(tt->before + i,
						 test_memory(tt->t, TASK_GDT + i), SZ_4K), 0,
				    "%s: page %u", what, i / SZ_4K);
	KUNIT_EXPECT_EQ_MSG(test, tc->v.rip, TEST_CODE, "%s", what);
	KUNIT_EXPECT_EQ_MSG(test, tc->seg[X86_TR].sel, SEL_OLD, "%s", what);
	KUNIT_EXPECT_EQ_MSG(test, tc->seg[X86_CS].sel, SEL_CODE, "%s", what);
	KUNIT_EXPECT_EQ_MSG(test, tc->v.gpr[X86_RBX], 0x11110003, "%s", what);
	KUNIT_EXPECT_EQ_MSG(test, tc->v.rflags,
			    X86_EFLAGS_FIXED | X86_EFLAGS_CF | X86_EFLAGS_AC, "%s", what);
	KUNIT_EXPECT_FALSE_MSG(test, tc->v.cr0 & X86_CR0_TS, "%s", what);
	KUNIT_EXPECT_EQ_MSG(test, tc->sysreg[X86_DR7], 0x7ff, "%s", what);
}

void task_test_expect_switched(struct task_test *tt, const char *what)
{
	struct x86_test_vcpu *tc = tt->t->tc;
	struct kunit *test = tt->t->test;

	KUNIT_EXPECT_EQ_MSG(test, tc->seg[X86_TR].sel, SEL_NEW, "%s", what);
	KUNIT_EXPECT_EQ_MSG(test, tc->seg[X86_TR].base, TASK_NEW_TSS, "%s", what);
	KUNIT_EXPECT_TRUE_MSG(test, task_test_type(tt, SEL_NEW) & ATTR_BUSY, "%s", what);
	KUNIT_EXPECT_TRUE_MSG(test, tc->v.cr0 & X86_CR0_TS, "%s", what);
	KUNIT_EXPECT_EQ_MSG(test, tc->sysreg[X86_DR7], 0x6aa, "%s", what);
	KUNIT_EXPECT_EQ_MSG(test, tc->v.gpr[X86_RBX], 0x22220003, "%s", what);
}
