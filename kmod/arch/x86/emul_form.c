// SPDX-License-Identifier: GPL-2.0
/*
 * Which instructions are emulated, and how: by opcode.
 *
 * Asked once per decoded instruction; pure, any context. The layout of the maps
 * is that of Intel's manual, volume 2, appendix A.
 */
#include <linux/array_size.h>
#include <asm/insn.h>

#include "arch/x86/emul.h"

#define BYTE	X86_FORM_BYTE
#define TO_REG	X86_FORM_TO_REG
#define IMM	X86_FORM_IMM
#define ACC	X86_FORM_ACC
#define READ_ONLY	X86_FORM_READ
#define LOCK	X86_FORM_LOCK
#define STACK	X86_FORM_STACK
#define STRING	X86_FORM_STRING
#define GROUP	X86_FORM_GROUP

#define FORM(fn, o, f)	{ .run = x86_run_##fn, .op = (o), .flags = (f) }
#define SIZED(fn, s, f)	{ .run = x86_run_##fn, .size = (s), .flags = (f) }
#define GROUP_OF(g)	{ .group = (g) }

static const struct x86_form mov_imm_byte[8] = { [0] = FORM(store, 0, IMM | BYTE) };
static const struct x86_form mov_imm[8] = { [0] = FORM(store, 0, IMM) };
static const struct x86_form pop_group[8] = { [0] = FORM(pop, 0, STACK) };

static const struct x86_form group3_byte[8] = {
	[0 ... 1] = FORM(alu, X86_ALU_TEST, BYTE | IMM | READ_ONLY),
	[2] = FORM(alu, X86_ALU_NOT, BYTE | LOCK),
	[3] = FORM(alu, X86_ALU_NEG, BYTE | LOCK),
};

static const struct x86_form group3[8] = {
	[0 ... 1] = FORM(alu, X86_ALU_TEST, IMM | READ_ONLY),
	[2] = FORM(alu, X86_ALU_NOT, LOCK),
	[3] = FORM(alu, X86_ALU_NEG, LOCK),
};

static const struct x86_form group4[8] = {
	[0] = FORM(alu, X86_ALU_INC, BYTE | LOCK),
	[1] = FORM(alu, X86_ALU_DEC, BYTE | LOCK),
};

static const struct x86_form group5[8] = {
	[0] = FORM(alu, X86_ALU_INC, LOCK),
	[1] = FORM(alu, X86_ALU_DEC, LOCK),
	[6] = FORM(push, 0, STACK),
};

/* ModRM.reg is the operation; CMP alone writes nothing. */
static const struct x86_form group1_byte[8] = {
	[0 ... 6] = FORM(alu, 0, BYTE | IMM | LOCK | GROUP),
	[7] = FORM(alu, X86_ALU_CMP, BYTE | IMM | READ_ONLY),
};

static const struct x86_form group1[8] = {
	[0 ... 6] = FORM(alu, 0, IMM | LOCK | GROUP),
	[7] = FORM(alu, X86_ALU_CMP, IMM | READ_ONLY),
};

static const struct x86_form one_byte[256] = {
	[0x00] = FORM(alu, X86_ALU_ADD, BYTE | LOCK),
	[0x01] = FORM(alu, X86_ALU_ADD, LOCK),
	[0x02] = FORM(alu, X86_ALU_ADD, BYTE | TO_REG),
	[0x03] = FORM(alu, X86_ALU_ADD, TO_REG),
	[0x08] = FORM(alu, X86_ALU_OR, BYTE | LOCK),
	[0x09] = FORM(alu, X86_ALU_OR, LOCK),
	[0x0a] = FORM(alu, X86_ALU_OR, BYTE | TO_REG),
	[0x0b] = FORM(alu, X86_ALU_OR, TO_REG),
	[0x10] = FORM(alu, X86_ALU_ADC, BYTE | LOCK),
	[0x11] = FORM(alu, X86_ALU_ADC, LOCK),
	[0x12] = FORM(alu, X86_ALU_ADC, BYTE | TO_REG),
	[0x13] = FORM(alu, X86_ALU_ADC, TO_REG),
	[0x18] = FORM(alu, X86_ALU_SBB, BYTE | LOCK),
	[0x19] = FORM(alu, X86_ALU_SBB, LOCK),
	[0x1a] = FORM(alu, X86_ALU_SBB, BYTE | TO_REG),
	[0x1b] = FORM(alu, X86_ALU_SBB, TO_REG),
	[0x20] = FORM(alu, X86_ALU_AND, BYTE | LOCK),
	[0x21] = FORM(alu, X86_ALU_AND, LOCK),
	[0x22] = FORM(alu, X86_ALU_AND, BYTE | TO_REG),
	[0x23] = FORM(alu, X86_ALU_AND, TO_REG),
	[0x28] = FORM(alu, X86_ALU_SUB, BYTE | LOCK),
	[0x29] = FORM(alu, X86_ALU_SUB, LOCK),
	[0x2a] = FORM(alu, X86_ALU_SUB, BYTE | TO_REG),
	[0x2b] = FORM(alu, X86_ALU_SUB, TO_REG),
	[0x30] = FORM(alu, X86_ALU_XOR, BYTE | LOCK),
	[0x31] = FORM(alu, X86_ALU_XOR, LOCK),
	[0x32] = FORM(alu, X86_ALU_XOR, BYTE | TO_REG),
	[0x33] = FORM(alu, X86_ALU_XOR, TO_REG),
	[0x38] = FORM(alu, X86_ALU_CMP, BYTE | READ_ONLY),
	[0x39] = FORM(alu, X86_ALU_CMP, READ_ONLY),
	[0x3a] = FORM(alu, X86_ALU_CMP, BYTE | TO_REG),
	[0x3b] = FORM(alu, X86_ALU_CMP, TO_REG),
	[0x63] = SIZED(extend, 4, TO_REG),	/* MOVSXD; ARPL is told apart below */
	[0x6c] = FORM(string, X86_STRING_INS, STRING | BYTE),
	[0x6d] = FORM(string, X86_STRING_INS, STRING),
	[0x6e] = FORM(string, X86_STRING_OUTS, STRING | BYTE),
	[0x6f] = FORM(string, X86_STRING_OUTS, STRING),
	[0x80] = GROUP_OF(group1_byte),
	[0x81] = GROUP_OF(group1),
	[0x82] = GROUP_OF(group1_byte),
	[0x83] = GROUP_OF(group1),
	[0x84] = FORM(alu, X86_ALU_TEST, BYTE | READ_ONLY),
	[0x85] = FORM(alu, X86_ALU_TEST, READ_ONLY),
	[0x86] = FORM(xchg, 0, BYTE | LOCK),
	[0x87] = FORM(xchg, 0, LOCK),
	[0x88] = FORM(store, 0, BYTE),
	[0x89] = FORM(store, 0, 0),
	[0x8a] = FORM(load, 0, BYTE),
	[0x8b] = FORM(load, 0, 0),
	[0x8c] = SIZED(store_segment, 2, 0),
	[0x8e] = SIZED(load_segment, 2, 0),
	[0x8f] = GROUP_OF(pop_group),
	[0xa0] = FORM(load, 0, ACC | BYTE),
	[0xa1] = FORM(load, 0, ACC),
	[0xa2] = FORM(store, 0, ACC | BYTE),
	[0xa3] = FORM(store, 0, ACC),
	[0xa4] = FORM(string, X86_STRING_MOVS, STRING | BYTE),
	[0xa5] = FORM(string, X86_STRING_MOVS, STRING),
	[0xa6] = FORM(string, X86_STRING_CMPS, STRING | BYTE),
	[0xa7] = FORM(string, X86_STRING_CMPS, STRING),
	[0xaa] = FORM(string, X86_STRING_STOS, STRING | BYTE),
	[0xab] = FORM(string, X86_STRING_STOS, STRING),
	[0xac] = FORM(string, X86_STRING_LODS, STRING | BYTE),
	[0xad] = FORM(string, X86_STRING_LODS, STRING),
	[0xae] = FORM(string, X86_STRING_SCAS, STRING | BYTE),
	[0xaf] = FORM(string, X86_STRING_SCAS, STRING),
	[0xc6] = GROUP_OF(mov_imm_byte),
	[0xc7] = GROUP_OF(mov_imm),
	[0xf6] = GROUP_OF(group3_byte),
	[0xf7] = GROUP_OF(group3),
	[0xfe] = GROUP_OF(group4),
	[0xff] = GROUP_OF(group5),
};

static const struct x86_form group8[8] = {
	[4] = FORM(bit, X86_BIT_TEST, IMM | READ_ONLY),
	[5] = FORM(bit, X86_BIT_SET, IMM | LOCK),
	[6] = FORM(bit, X86_BIT_RESET, IMM | LOCK),
	[7] = FORM(bit, X86_BIT_COMPLEMENT, IMM | LOCK),
};

static const struct x86_form group9[8] = { [1] = FORM(cmpxchg_wide, 0, LOCK) };

/* CLWB with a prefix (XSAVEOPT without one), CLFLUSH and CLFLUSHOPT. */
static const struct x86_form group15[8] = { [6 ... 7] = SIZED(touch, 1, READ_ONLY) };

/* Those that a prefix turns into something else are told apart below. */
static const struct x86_form two_byte[256] = {
	[0x40 ... 0x4f] = FORM(cmov, 0, TO_REG),
	[0x90 ... 0x9f] = FORM(setcc, 0, BYTE),
	[0xa3] = FORM(bit, X86_BIT_TEST, READ_ONLY),
	[0xab] = FORM(bit, X86_BIT_SET, LOCK),
	[0xae] = GROUP_OF(group15),
	[0xb0] = FORM(cmpxchg, 0, BYTE | LOCK),
	[0xb1] = FORM(cmpxchg, 0, LOCK),
	[0xb3] = FORM(bit, X86_BIT_RESET, LOCK),
	[0xb6] = SIZED(extend, 1, TO_REG),
	[0xb7] = SIZED(extend, 2, TO_REG),
	[0xba] = GROUP_OF(group8),
	[0xbb] = FORM(bit, X86_BIT_COMPLEMENT, LOCK),
	[0xbe] = SIZED(extend, 1, TO_REG),
	[0xbf] = SIZED(extend, 2, TO_REG),
	[0xc0] = FORM(xadd, 0, BYTE | LOCK),
	[0xc1] = FORM(xadd, 0, LOCK),
	[0xc3] = FORM(store, 0, 0),	/* MOVNTI */
	[0xc7] = GROUP_OF(group9),
};

/* With F2 they are CRC32. */
static const struct x86_form movbe[2] = {
	FORM(swap_bytes, 0, TO_REG),
	FORM(swap_bytes, 0, 0),
};

static const struct x86_form *pick(const struct x86_form *form, const struct x86_insn *insn)
{
	if (form->group)
		form = &form->group[X86_MODRM_REG(insn->modrm)];
	return form->run ? form : NULL;
}

static const struct x86_form *find_one_byte(const struct x86_insn *insn)
{
	if (insn->opcode == 0x63 && insn->mode != 8)
		return NULL;
	return pick(&one_byte[insn->opcode], insn);
}

/* Of group 15, CLFLUSH has no prefix, CLFLUSHOPT and CLWB have 66; the rest are others. */
static bool is_cache_line_op(const struct x86_insn *insn)
{
	if (insn->prefixes & X86_PREFIX_REPEAT)
		return false;
	return X86_MODRM_REG(insn->modrm) == 7 || (insn->prefixes & X86_PREFIX_OPSIZE);
}

static const struct x86_form *find_two_byte(const struct x86_insn *insn)
{
	if (insn->opcode == 0xae && !is_cache_line_op(insn))
		return NULL;
	return pick(&two_byte[insn->opcode], insn);
}

static const struct x86_form *find_movbe(const struct x86_insn *insn)
{
	u8 n = insn->opcode - 0xf0;

	if (n >= ARRAY_SIZE(movbe) || (insn->prefixes & X86_PREFIX_REPEAT))
		return NULL;
	return &movbe[n];
}

static const struct x86_form *find_integer(const struct x86_insn *insn)
{
	if (insn->prefixes & X86_PREFIX_VEX)
		return NULL;
	switch (insn->map) {
	case X86_MAP_ONE:
		return find_one_byte(insn);
	case X86_MAP_0F:
		return find_two_byte(insn);
	case X86_MAP_0F38:
		return find_movbe(insn);
	default:
		return NULL;
	}
}

const struct x86_form *x86_form_find(const struct x86_insn *insn)
{
	const struct x86_form *form = find_integer(insn);

	return form ? form : x86_form_find_vector(insn);
}
