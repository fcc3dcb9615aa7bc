// SPDX-License-Identifier: GPL-2.0
/*
 * SSE and AVX moves between memory and vector registers.
 *
 * Called by the emulator, loaded, interrupts on. The registers belong to the guest
 * while it is loaded; fpu.c reaches them. "SDM" is Intel's manual, volume 2.
 */
#include <linux/array_size.h>
#include <linux/string.h>
#include <asm/fpu/types.h>
#include <asm/trapnr.h>

#include "arch/x86/emul.h"

#define TO_REG	X86_FORM_TO_REG
#define ALIGNED	X86_FORM_ALIGNED

/* What is between memory and register; x86_form.op. */
enum vector_op {
	VECTOR_WHOLE,	/* all of it; a narrower load clears the rest */
	VECTOR_LOW,	/* a half, the other one stays (or comes from a third operand) */
	VECTOR_HIGH,
	VECTOR_WORD,	/* 4 bytes, or 8 with W */
};

static enum x86_outcome run_vector(struct x86_emul *e);

#define PREFIX_NONE	0
#define PREFIX_66	X86_PREFIX_OPSIZE
#define PREFIX_F3	X86_PREFIX_REP
#define PREFIX_F2	X86_PREFIX_REPNE

#define VECTOR(m, o, p, what, n, f) {						\
	.map = X86_MAP_##m, .opcode = (o), .prefix = PREFIX_##p,		\
	.form = { .run = run_vector, .op = VECTOR_##what, .size = (n), .flags = (f) },	\
}

/* Size 0: 16 bytes, or 32 with VEX.256. */
static const struct row {
	u8 map;
	u8 opcode;
	u8 prefix;
	struct x86_form form;
} rows[] = {
	VECTOR(0F, 0x10, NONE, WHOLE, 0, TO_REG),		/* MOVUPS */
	VECTOR(0F, 0x10, 66, WHOLE, 0, TO_REG),			/* MOVUPD */
	VECTOR(0F, 0x10, F3, WHOLE, 4, TO_REG),			/* MOVSS */
	VECTOR(0F, 0x10, F2, WHOLE, 8, TO_REG),			/* MOVSD */
	VECTOR(0F, 0x11, NONE, WHOLE, 0, 0),
	VECTOR(0F, 0x11, 66, WHOLE, 0, 0),
	VECTOR(0F, 0x11, F3, WHOLE, 4, 0),
	VECTOR(0F, 0x11, F2, WHOLE, 8, 0),
	VECTOR(0F, 0x12, NONE, LOW, 8, TO_REG),			/* MOVLPS */
	VECTOR(0F, 0x12, 66, LOW, 8, TO_REG),			/* MOVLPD */
	VECTOR(0F, 0x13, NONE, LOW, 8, 0),
	VECTOR(0F, 0x13, 66, LOW, 8, 0),
	VECTOR(0F, 0x16, NONE, HIGH, 8, TO_REG),		/* MOVHPS */
	VECTOR(0F, 0x16, 66, HIGH, 8, TO_REG),			/* MOVHPD */
	VECTOR(0F, 0x17, NONE, HIGH, 8, 0),
	VECTOR(0F, 0x17, 66, HIGH, 8, 0),
	VECTOR(0F, 0x28, NONE, WHOLE, 0, TO_REG | ALIGNED),	/* MOVAPS */
	VECTOR(0F, 0x28, 66, WHOLE, 0, TO_REG | ALIGNED),	/* MOVAPD */
	VECTOR(0F, 0x29, NONE, WHOLE, 0, ALIGNED),
	VECTOR(0F, 0x29, 66, WHOLE, 0, ALIGNED),
	VECTOR(0F, 0x2b, NONE, WHOLE, 0, ALIGNED),		/* MOVNTPS */
	VECTOR(0F, 0x2b, 66, WHOLE, 0, ALIGNED),		/* MOVNTPD */
	VECTOR(0F, 0x6e, 66, WORD, 0, TO_REG),			/* MOVD, MOVQ */
	VECTOR(0F, 0x7e, 66, WORD, 0, 0),
	VECTOR(0F, 0x7e, F3, WHOLE, 8, TO_REG),			/* MOVQ */
	VECTOR(0F, 0xd6, 66, WHOLE, 8, 0),			/* MOVQ */
	VECTOR(0F, 0x6f, 66, WHOLE, 0, TO_REG | ALIGNED),	/* MOVDQA */
	VECTOR(0F, 0x6f, F3, WHOLE, 0, TO_REG),			/* MOVDQU */
	VECTOR(0F, 0x7f, 66, WHOLE, 0, ALIGNED),
	VECTOR(0F, 0x7f, F3, WHOLE, 0, 0),
	VECTOR(0F, 0xe7, 66, WHOLE, 0, ALIGNED),		/* MOVNTDQ */
	VECTOR(0F, 0xf0, F2, WHOLE, 0, TO_REG),			/* LDDQU */
	VECTOR(0F38, 0x2a, 66, WHOLE, 0, TO_REG | ALIGNED),	/* MOVNTDQA */
};

/* F2 and F3 go before 66 where there are both. */
static u8 mandatory_prefix(const struct x86_insn *insn)
{
	u8 repeat = insn->prefixes & X86_PREFIX_REPEAT;

	return repeat ? repeat : insn->prefixes & X86_PREFIX_OPSIZE;
}

const struct x86_form *x86_form_find_vector(const struct x86_insn *insn)
{
	u8 prefix = mandatory_prefix(insn);
	const struct row *row;

	for (row = rows; row < rows + ARRAY_SIZE(rows); row++)
		if (row->map == insn->map && row->opcode == insn->opcode &&
		    row->prefix == prefix)
			return &row->form;
	return NULL;
}

static bool is_vex(const struct x86_emul *e)
{
	return e->insn->prefixes & X86_PREFIX_VEX;
}

#define XCR0_AVX	(XFEATURE_MASK_SSE | XFEATURE_MASK_YMM)

/* SDM 2.4, types 1 to 5; 2.4.1 for SSE. Return: 0 or the exception. */
static u8 check_enabled(const struct x86_emul *e)
{
	const struct x86_vcpu *v = e->v;

	if (is_vex(e)) {
		if (!(v->cr0 & X86_CR0_PE) || (v->rflags & X86_EFLAGS_VM) ||
		    !(v->cr4 & X86_CR4_OSXSAVE) || (v->fpu.xcr0 & XCR0_AVX) != XCR0_AVX)
			return X86_TRAP_UD;
	} else if ((v->cr0 & X86_CR0_EM) || !(v->cr4 & X86_CR4_OSFXSR)) {
		return X86_TRAP_UD;
	}
	return v->cr0 & X86_CR0_TS ? X86_TRAP_NM : 0;
}

static unsigned int size_of(const struct x86_emul *e)
{
	const struct x86_form *form = e->insn->form;

	if (form->op == VECTOR_WORD)
		return e->insn->prefixes & X86_PREFIX_REX_W ? 8 : 4;
	if (form->size)
		return form->size;
	return e->insn->prefixes & X86_PREFIX_VEX_256 ? 32 : 16;
}

static void load(struct x86_emul *e, unsigned int size)
{
	unsigned int width = size > 16 ? size : 16;
	u8 val[X86_MAX_OPERAND] = {};
	u8 op = e->insn->form->op;

	if (op == VECTOR_LOW || op == VECTOR_HIGH)
		x86_fpu_read_vector(e->v, is_vex(e) ? e->insn->vvvv : e->insn->reg, val, width);
	x86_emul_read(e, &e->mem, op == VECTOR_HIGH ? val + 8 : val);
	x86_fpu_write_vector(e->v, e->insn->reg, val, width, is_vex(e));
}

static void store(struct x86_emul *e, unsigned int size)
{
	u8 val[X86_MAX_OPERAND] = {};

	x86_fpu_read_vector(e->v, e->insn->reg, val, size > 16 ? size : 16);
	x86_emul_write(e, &e->mem, e->insn->form->op == VECTOR_HIGH ? val + 8 : val);
}

static enum x86_outcome run_vector(struct x86_emul *e)
{
	bool to_reg = e->insn->form->flags & TO_REG;
	unsigned int size = size_of(e);
	u8 trap = check_enabled(e);
	enum x86_outcome outcome;

	if (trap)
		return x86_emul_raise(e, trap);
	outcome = x86_emul_map_only(e, x86_emul_offset(e), size, !to_reg);
	if (outcome != X86_EMUL_OK)
		return outcome;
	if (to_reg)
		load(e, size);
	else
		store(e, size);
	return X86_EMUL_OK;
}
