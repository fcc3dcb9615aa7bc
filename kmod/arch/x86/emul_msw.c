// SPDX-License-Identifier: GPL-2.0
/*
 * SMSW and LMSW with a memory operand.
 *
 * Called by backends whose exits on control registers leave that to us; vCPU thread,
 * loaded, interrupts on.
 */
#include <linux/export.h>
#include <asm/insn.h>
#include <kunit/visibility.h>

#include "arch/x86/emul.h"

#define OP_GROUP7	0x01	/* second byte of the opcode (APM volume 3) */

/* The code may have changed since the exit: other members of the group are none of ours. */
static bool is_msw(const struct x86_insn *insn)
{
	u8 op = X86_MODRM_REG(insn->modrm);

	return insn->map == X86_MAP_0F && insn->opcode == OP_GROUP7 && insn->is_mem &&
	       (op == X86_GROUP7_SMSW || op == X86_GROUP7_LMSW);
}

static enum x86_outcome run(struct x86_emul *e)
{
	bool write = X86_MODRM_REG(e->insn->modrm) == X86_GROUP7_SMSW;
	struct x86_vcpu *v = e->v;
	enum x86_outcome outcome;

	if (!is_msw(e->insn))
		return X86_EMUL_RETRY;
	outcome = x86_emul_map(e, &e->mem, e->insn->seg, x86_emul_offset(e), 2, write);
	if (outcome != X86_EMUL_OK)
		return outcome;
	if (write)
		x86_emul_write_int(e, &e->mem, (u16)v->cr0);
	else if (!x86_lmsw(v, x86_emul_read_int(e, &e->mem)))
		return X86_EMUL_FAULT;
	return X86_EMUL_OK;
}

enum axvm_verdict x86_emulate_msw(struct x86_vcpu *v)
{
	struct x86_emul e;
	enum x86_outcome outcome = x86_emul_begin(&e, v);

	if (outcome == X86_EMUL_OK)
		outcome = run(&e);
	return x86_emul_finish(&e, outcome);
}
EXPORT_SYMBOL_IF_KUNIT(x86_emulate_msw);
