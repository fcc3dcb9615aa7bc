// SPDX-License-Identifier: GPL-2.0
/*
 * Instructions made at run time, and EL0. Not for several CPUs at once.
 */
#include "cpu.h"
#include "runtime.h"
#include "sysreg.h"

#define LINE_MIN	16UL	/* no cache line is shorter */

void code_publish(const void *addr, size_t len)
{
	u64 end = (u64)addr + len, line = (u64)addr & -LINE_MIN;

	for (; line < end; line += LINE_MIN)
		asm volatile("dc cvau, %0" : : "r" (line) : "memory");
	dsb();
	for (line = (u64)addr & -LINE_MIN; line < end; line += LINE_MIN)
		asm volatile("ic ivau, %0" : : "r" (line) : "memory");
	dsb();
	isb();
}

u64 insn_address(void)
{
	return (u64)&insn_slot;
}

static u8 other_stack[STACK_SIZE] __aligned(16);

bool insn_run(u32 insn, struct insn_regs *regs, struct trap_info *trap)
{
	u64 daif = sysreg_read(daif);
	bool trapped;

	insn_slot = insn;
	code_publish(&insn_slot, 4);
	if (!regs->sp)
		regs->sp = (u64)other_stack + sizeof(other_stack) / 2;
	arch_irq_off();
	trapped = arch_try(insn_execute, regs, trap);
	if (trapped) {
		memcpy(regs->x, this_cpu()->x, sizeof(regs->x));
		regs->sp = this_cpu()->trap_sp;
		regs->nzcv = this_cpu()->trap_pstate & PSTATE_NZCV;
	}
	sysreg_write(daif, daif);
	return trapped;
}

void insn_fill(struct insn_regs *regs)
{
	static u64 state;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(regs->x); i++)
		regs->x[i] = random_next(&state);
	regs->nzcv = random_next(&state) & PSTATE_NZCV;
	regs->sp = (u64)other_stack + sizeof(other_stack) / 2;
}

int insn_changed(const struct insn_regs *before, const struct insn_regs *after, u32 except)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(before->x); i++) {
		if (!(except & 1u << i) && before->x[i] != after->x[i])
			return i;
	}
	return !(except >> 31) && before->sp != after->sp ? 31 : -1;
}

static u8 user_stack[STACK_SIZE] __aligned(16);

struct user_call {
	void (*fn)(void *arg);
	void *arg;
};

static void enter(void *arg)
{
	struct user_call *call = arg;

	user_enter(call->fn, call->arg, (u64)user_alias(user_stack) + sizeof(user_stack),
		   PSTATE_EL0 | PSTATE_DAIF);
}

void user_run(void (*fn)(void *arg), void *arg, struct trap_info *trap)
{
	struct user_call call = { .fn = user_alias(fn), .arg = arg };

	arch_try(enter, &call, trap);
}
