/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A machine with two tasks, for the suites of task switches. Part of axvm_test.ko.
 */
#ifndef AXVM_X86_TASK_TEST_H
#define AXVM_X86_TASK_TEST_H

#include "arch/x86/emul_test.h"
#include "arch/x86/task.h"

/* Guest-physical addresses, and linear ones where nothing else is said. */
#define TASK_GDT	0x20000
#define TASK_OLD_TSS	0x21000
#define TASK_NEW_TSS	0x22000
#define TASK_LDT	0x23000
#define TASK_STACK	0x25000		/* of the new task, grows down */
#define TASK_ENTRY	0x26000		/* where it goes on */
#define TASK_END	0x28000

/* Selectors. */
enum {
	SEL_CODE	= 0x08,
	SEL_DATA	= 0x10,
	SEL_OLD		= 0x18,
	SEL_NEW		= 0x20,
	SEL_LDTR	= 0x28,
	SEL_CODE_USER	= 0x30,
	SEL_DATA_USER	= 0x38,
	SEL_CONFORMING	= 0x40,
	SEL_READ_ONLY	= 0x48,
	SEL_EXEC_ONLY	= 0x50,
	SEL_ABSENT	= 0x58,
	SEL_ABSENT_CODE	= 0x60,
	SEL_SMALL	= 0x68,
	SEL_CODE_SHORT	= 0x70,
	SEL_GATE	= 0x78,
	SEL_LAST	= 0x7f,
	SEL_IN_LDT	= 0x0c,
};

/* Attributes: 0x80 present, 0x10 code or data, 0x60 privilege. */
#define ATTR_TSS_32	0x089
#define ATTR_TSS_16	0x081
#define ATTR_BUSY	0x002

/**
 * struct task_test - the machine
 * @t: vCPU and memory; in 32-bit protected mode, paging off
 * @before: what the tasks' memory held
 */
struct task_test {
	struct emul_test *t;
	u8 before[TASK_END - TASK_GDT];
};

/* The case ends when it cannot be made. The old task runs, the new one is ready. */
struct task_test *task_test_create(struct kunit *test);

void task_test_set_descriptor(struct task_test *tt, u16 sel, u32 base, u32 limit, u16 attr);
u8 task_test_type(struct task_test *tt, u16 sel);

/* Fields of both TSSs. */
u16 task_test_get16(struct task_test *tt, u32 addr);
u32 task_test_get32(struct task_test *tt, u32 addr);
void task_test_put16(struct task_test *tt, u32 addr, u16 val);
void task_test_put32(struct task_test *tt, u32 addr, u32 val);

/* Replace the new task's TSS by one of 16 bits; likewise the old one's, which is running. */
void task_test_make_new_16(struct task_test *tt);
void task_test_make_old_16(struct task_test *tt);

/* By an instruction: far JMP, far CALL or IRET, put where RIP is. */
enum axvm_verdict task_test_by_insn(struct task_test *tt, enum x86_task_source source, u16 sel);
/* By an event through a task gate, as it is after an exit of a backend. */
enum axvm_verdict task_test_by_event(struct task_test *tt, enum x86_event_type type, u8 vector);
enum axvm_verdict task_test_by_error(struct task_test *tt, u8 vector, u32 error);

/* Nothing was changed, in memory or registers. */
void task_test_remember(struct task_test *tt);
void task_test_expect_unchanged(struct task_test *tt, const char *what);
/* The new task runs. */
void task_test_expect_switched(struct task_test *tt, const char *what);

#endif /* AXVM_X86_TASK_TEST_H */
