// SPDX-License-Identifier: GPL-2.0
/*
 * String instructions: MOVS, CMPS, STOS, LODS, SCAS, INS, OUTS, with and without REP.
 *
 * Called by the emulator, loaded, interrupts on. A repeated one does a burst and
 * leaves RIP where it is: the guest executes it again, and interrupts come between.
 * Registers tell after each element how far it came, so that each is mapped and
 * accessed as if it were an instruction of its own (SDM 2, REP).
 */
#include <linux/sched.h>
#include <asm/trapnr.h>

#include "arch/x86/emul.h"

#define MAX_BURST	256	/* elements */

/**
 * struct string - a string instruction under way
 * @size: bytes of an element
 * @step: what is added to RSI and RDI after each
 */
struct string {
	unsigned int size;
	s64 step;
};

static const struct {
	bool source;		/* DS:RSI, with override */
	bool dest;		/* ES:RDI */
	bool writes_dest;
	bool compares;		/* REPE and REPNE look at ZF */
	bool port;
} traits[X86_STRING_OPS] = {
	[X86_STRING_MOVS] = { .source = true, .dest = true, .writes_dest = true },
	[X86_STRING_CMPS] = { .source = true, .dest = true, .compares = true },
	[X86_STRING_STOS] = { .dest = true, .writes_dest = true },
	[X86_STRING_LODS] = { .source = true },
	[X86_STRING_SCAS] = { .dest = true, .compares = true },
	[X86_STRING_INS]  = { .dest = true, .writes_dest = true, .port = true },
	[X86_STRING_OUTS] = { .source = true, .port = true },
};

static u64 get_counter(const struct x86_emul *e, enum x86_gpr reg)
{
	return e->v->gpr[reg] & x86_mask(e->insn->addr_size);
}

static void add_to_counter(struct x86_emul *e, enum x86_gpr reg, s64 step)
{
	x86_put_reg(&e->v->gpr[reg], e->insn->addr_size, e->v->gpr[reg] + step);
}

static enum x86_outcome map_element(struct x86_emul *e, const struct string *s)
{
	enum x86_string_op op = e->insn->form->op;
	enum x86_outcome outcome = X86_EMUL_OK;

	e->saw_device = traits[op].port;
	if (traits[op].source)
		outcome = x86_emul_map(e, &e->other, e->insn->seg, get_counter(e, X86_RSI),
				       s->size, false);
	if (outcome == X86_EMUL_OK && traits[op].dest)
		outcome = x86_emul_map(e, &e->mem, X86_ES, get_counter(e, X86_RDI), s->size,
				       traits[op].writes_dest);
	if (outcome == X86_EMUL_OK && !e->saw_device)
		return X86_EMUL_RETRY;
	return outcome;
}

static void do_movs(struct x86_emul *e, const struct string *s)
{
	x86_emul_write_int(e, &e->mem, x86_emul_read_int(e, &e->other));
}

static void do_cmps(struct x86_emul *e, const struct string *s)
{
	u64 source = x86_emul_read_int(e, &e->other);

	x86_alu(X86_ALU_CMP, source, x86_emul_read_int(e, &e->mem), s->size, &e->v->rflags);
}

static void do_stos(struct x86_emul *e, const struct string *s)
{
	x86_emul_write_int(e, &e->mem, e->v->gpr[X86_RAX] & x86_mask(s->size));
}

static void do_lods(struct x86_emul *e, const struct string *s)
{
	x86_put_reg(&e->v->gpr[X86_RAX], s->size, x86_emul_read_int(e, &e->other));
}

static void do_scas(struct x86_emul *e, const struct string *s)
{
	x86_alu(X86_ALU_CMP, e->v->gpr[X86_RAX] & x86_mask(s->size),
		x86_emul_read_int(e, &e->mem), s->size, &e->v->rflags);
}

static void do_ins(struct x86_emul *e, const struct string *s)
{
	x86_emul_write_int(e, &e->mem, x86_pio_read(e->v, e->v->gpr[X86_RDX], s->size));
}

static void do_outs(struct x86_emul *e, const struct string *s)
{
	x86_pio_write(e->v, e->v->gpr[X86_RDX], s->size, x86_emul_read_int(e, &e->other));
}

static void (*const element_ops[X86_STRING_OPS])(struct x86_emul *e, const struct string *s) = {
	[X86_STRING_MOVS] = do_movs,
	[X86_STRING_CMPS] = do_cmps,
	[X86_STRING_STOS] = do_stos,
	[X86_STRING_LODS] = do_lods,
	[X86_STRING_SCAS] = do_scas,
	[X86_STRING_INS]  = do_ins,
	[X86_STRING_OUTS] = do_outs,
};

static enum x86_outcome do_element(struct x86_emul *e, const struct string *s)
{
	enum x86_string_op op = e->insn->form->op;
	enum x86_outcome outcome = map_element(e, s);

	if (outcome != X86_EMUL_OK) {
		e->hits = 0;
		return outcome;
	}
	if (unlikely(e->v->has_breakpoints && traits[op].port))
		e->hits |= x86_find_port_breakpoints(e->v, e->v->gpr[X86_RDX], s->size);
	element_ops[op](e, s);
	if (traits[op].source)
		add_to_counter(e, X86_RSI, s->step);
	if (traits[op].dest)
		add_to_counter(e, X86_RDI, s->step);
	return X86_EMUL_OK;
}

/* Is a repeated one done after this element? REPE ends with the first difference. */
static bool is_last(const struct x86_emul *e)
{
	bool equal = e->v->rflags & X86_EFLAGS_ZF;

	if (!get_counter(e, X86_RCX))
		return true;
	if (!traits[e->insn->form->op].compares)
		return false;
	return equal != !!(e->insn->prefixes & X86_PREFIX_REP);
}

/* Somebody waits for this vCPU, or the guest steps through the iterations, or watches them. */
static bool should_pause(const struct x86_emul *e)
{
	const struct x86_vcpu *v = e->v;

	return (v->rflags & X86_EFLAGS_TF) || e->hits || READ_ONCE(v->events) ||
	       READ_ONCE(v->base.requests) || need_resched();
}

/* RF keeps a breakpoint at the instruction from coming again (SDM 3, 17.3.1.1). */
static enum x86_outcome pause(struct x86_emul *e)
{
	e->v->rflags |= X86_EFLAGS_RF;
	return X86_EMUL_AGAIN;
}

static enum x86_outcome repeat(struct x86_emul *e, const struct string *s)
{
	enum x86_outcome outcome;
	unsigned int done;

	if (!get_counter(e, X86_RCX))
		return X86_EMUL_OK;
	for (done = 0; done < MAX_BURST; done++) {
		outcome = do_element(e, s);
		if (outcome == X86_EMUL_RETRY && done)
			break;	/* from here on it is all memory */
		if (outcome != X86_EMUL_OK)
			return outcome;
		add_to_counter(e, X86_RCX, -1);
		if (is_last(e))
			return X86_EMUL_OK;
		if (should_pause(e))
			break;
	}
	return pause(e);
}

/* Ports are four bytes wide at most. */
static unsigned int element_size(const struct x86_emul *e)
{
	const struct x86_form *form = e->insn->form;

	if (form->flags & X86_FORM_BYTE)
		return 1;
	if (traits[form->op].port && e->insn->op_size == 8)
		return 4;
	return e->insn->op_size;
}

enum x86_outcome x86_run_string(struct x86_emul *e)
{
	struct string s = { .size = element_size(e) };
	enum x86_outcome outcome;

	s.step = e->v->rflags & X86_EFLAGS_DF ? -(s64)s.size : (s64)s.size;
	if (traits[e->insn->form->op].port) {
		outcome = x86_emul_check_port(e, e->v->gpr[X86_RDX], s.size);
		if (outcome != X86_EMUL_OK)
			return outcome;
	}
	if (e->insn->prefixes & X86_PREFIX_REPEAT)
		return repeat(e, &s);
	return do_element(e, &s);
}
