// SPDX-License-Identifier: GPL-2.0
/*
 * Instructions made at run time, and user mode. Not for several CPUs at once.
 */
#include "cpu.h"
#include "csr.h"
#include "runtime.h"

#define INSN_C_NOP	0x0001u

bool insn_run(u32 insn, struct insn_regs *regs, struct trap_info *trap)
{
	u64 irqs = csr_read(CSR_SSTATUS) & SSTATUS_SIE;
	bool trapped;

	if ((insn & 3) != 3 && !(insn >> 16))
		insn |= INSN_C_NOP << 16;
	insn_slot = insn;
	asm volatile("fence.i" ::: "memory");
	arch_irq_off();
	trapped = arch_try(insn_execute, regs, trap);
	if (trapped)
		memcpy(&regs->x[1], &this_cpu()->regs[1], 31 * 8);
	csr_set(CSR_SSTATUS, irqs);
	return trapped;
}

void insn_fill(struct insn_regs *regs)
{
	static u64 state;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(regs->x); i++)
		regs->x[i] = random_next(&state);
}

unsigned int insn_changed(const struct insn_regs *before, const struct insn_regs *after,
			  unsigned int except)
{
	unsigned int i;

	for (i = 1; i < ARRAY_SIZE(before->x); i++) {
		if (i != except && before->x[i] != after->x[i])
			return i;
	}
	return 0;
}

static u8 user_stack[STACK_SIZE] __aligned(16);

struct user_call {
	void (*fn)(void *arg);
	void *arg;
};

static void enter(void *arg)
{
	struct user_call *call = arg;

	user_enter(call->fn, call->arg, (u64)user_stack + sizeof(user_stack));
}

void user_run(void (*fn)(void *arg), void *arg, struct trap_info *trap)
{
	struct user_call call = { .fn = fn, .arg = arg };

	arch_try(enter, &call, trap);
}
