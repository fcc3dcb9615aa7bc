// SPDX-License-Identifier: GPL-2.0
/*
 * Instructions made at run time, and user mode. Not for several CPUs at once.
 */
#include "cpu.h"

#define INSN_MAX	15
#define INSN_BREAK	0xcc

/* For insn.S. */
u64 insn_state[16];
u64 insn_frame[5];

static u8 slot[32] __aligned(32);
static u8 user_stack[STACK_SIZE] __aligned(16);

u64 insn_place(void)
{
	return (u64)slot;
}

static void put_code(const struct insn *insn, u64 where)
{
	memcpy((void *)where, insn->code, insn->len);
	*(u8 *)(where + insn->len) = INSN_BREAK;
}

static void prepare(const struct insn *insn, const struct insn_regs *regs, u64 where)
{
	u64 cs = insn->cs ? insn->cs : SEL_CODE64;

	memcpy(insn_state, regs->r, sizeof(insn_state));
	insn_frame[0] = where;
	insn_frame[1] = cs;
	insn_frame[2] = regs->rflags | RFLAGS_FIXED;
	insn_frame[3] = regs->r[RSP];
	insn_frame[4] = cs & 3 ? SEL_USER_DATA | 3 : SEL_DATA;
}

static void execute(void *arg)
{
	insn_execute();
}

/* IRET to user mode takes the kernel's data segments away, and 32-bit code uses them. */
static void set_data_segments(u16 selector)
{
	asm volatile("mov %0, %%ds\n\tmov %0, %%es" : : "r" ((u64)selector) : "memory");
}

/* The frame has them against the order of their numbers, without RSP. */
static void take_regs(const struct trap_frame *frame, struct insn_regs *regs)
{
	unsigned int i;

	for (i = 0; i < 16; i++) {
		if (i < RSP)
			regs->r[i] = frame->gpr[14 - i];
		else if (i > RSP)
			regs->r[i] = frame->gpr[15 - i];
	}
	regs->r[RSP] = frame->rsp;
	regs->rflags = frame->rflags & ~RFLAGS_RF;
}

bool insn_run(const struct insn *insn, struct insn_regs *regs, struct trap_info *trap)
{
	u64 where = insn->where ? insn->where : (u64)slot;

	if (!insn->placed)
		put_code(insn, where);
	prepare(insn, regs, where);
	if (insn->cs & 3)
		set_data_segments(SEL_USER_DATA | 3);
	if ((insn->cs & 3) && !insn->placed)
		paging_user(true);
	arch_try(execute, NULL, trap);
	if ((insn->cs & 3) && !insn->placed)
		paging_user(false);
	if (insn->cs & 3)
		set_data_segments(SEL_DATA);
	take_regs(trap_last(), regs);
	return trap->cause != VEC_BP || trap->pc != where + insn->len + 1;
}

void insn_fill(struct insn_regs *regs)
{
	static u64 state;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(regs->r); i++)
		regs->r[i] = random_next(&state);
	regs->rflags = random_next(&state) & RFLAGS_STATUS;
}

unsigned int insn_changed(const struct insn_regs *before, const struct insn_regs *after,
			  u32 except)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(before->r); i++) {
		if (!(except & BIT(i)) && before->r[i] != after->r[i])
			return i + 1;
	}
	return 0;
}

struct user_call {
	void (*fn)(void *arg);
	void *arg;
};

static void enter(void *arg)
{
	struct user_call *call = arg;

	user_enter(call->fn, call->arg, (u64)user_stack + sizeof(user_stack), RFLAGS_FIXED);
}

void user_run(void (*fn)(void *arg), void *arg, struct trap_info *trap)
{
	struct user_call call = { .fn = fn, .arg = arg };

	paging_user(true);
	arch_try(enter, &call, trap);
	paging_user(false);
}
