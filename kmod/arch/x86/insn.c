// SPDX-License-Identifier: GPL-2.0
/*
 * Instruction decoder: prefixes, opcode, ModRM, SIB, displacement, immediate.
 *
 * Called by the emulator on vCPU threads; pure, any context. One byte per
 * opcode says what follows it. "SDM" is Intel's manual, volume 2, "APM" is AMD's,
 * volume 3.
 */
#include <linux/array_size.h>
#include <linux/export.h>
#include <linux/string.h>
#include <asm/insn.h>
#include <kunit/visibility.h>

#include "arch/x86/x86.h"

/* What kind of immediate follows; in the low four bits of a layout. */
enum imm_kind {
	IMM_NONE,
	IMM_8,
	IMM_16,
	IMM_Z,		/* 2 or 4 bytes, as the operand size */
	IMM_V,		/* 2, 4 or 8 bytes, as the operand size */
	IMM_J,		/* near jump: as Z, but 4 in 64-bit mode */
	IMM_OFFSET,	/* moffs: as the address size */
	IMM_FAR,	/* offset as Z, then a selector */
	IMM_ENTER,	/* 2 and 1 bytes */
	IMM_TEST_8,	/* group 3: 1 byte with TEST alone */
	IMM_TEST_Z,	/* group 3: as Z with TEST alone */
};

#define LAYOUT_IMM	0x0f
#define MODRM		0x10	/* a ModRM byte follows */
#define NO_64		0x20	/* not in 64-bit mode */
#define INVALID		0x40	/* nowhere */
#define REGISTER	0x80	/* ModRM names a register, whatever mod says */

/* SDM A.3, table A-2. Prefixes and escapes never get here. */
static const u8 one_byte_layouts[256] = {
	[0x00 ... 0x03] = MODRM, [0x04] = IMM_8, [0x05] = IMM_Z, [0x06 ... 0x07] = NO_64,
	[0x08 ... 0x0b] = MODRM, [0x0c] = IMM_8, [0x0d] = IMM_Z, [0x0e] = NO_64,
	[0x10 ... 0x13] = MODRM, [0x14] = IMM_8, [0x15] = IMM_Z, [0x16 ... 0x17] = NO_64,
	[0x18 ... 0x1b] = MODRM, [0x1c] = IMM_8, [0x1d] = IMM_Z, [0x1e ... 0x1f] = NO_64,
	[0x20 ... 0x23] = MODRM, [0x24] = IMM_8, [0x25] = IMM_Z, [0x27] = NO_64,
	[0x28 ... 0x2b] = MODRM, [0x2c] = IMM_8, [0x2d] = IMM_Z, [0x2f] = NO_64,
	[0x30 ... 0x33] = MODRM, [0x34] = IMM_8, [0x35] = IMM_Z, [0x37] = NO_64,
	[0x38 ... 0x3b] = MODRM, [0x3c] = IMM_8, [0x3d] = IMM_Z, [0x3f] = NO_64,
	[0x60 ... 0x61] = NO_64, [0x62] = MODRM | NO_64, [0x63] = MODRM,
	[0x68] = IMM_Z, [0x69] = MODRM | IMM_Z, [0x6a] = IMM_8, [0x6b] = MODRM | IMM_8,
	[0x70 ... 0x7f] = IMM_8,
	[0x80] = MODRM | IMM_8, [0x81] = MODRM | IMM_Z, [0x82] = MODRM | IMM_8 | NO_64,
	[0x83] = MODRM | IMM_8, [0x84 ... 0x8f] = MODRM,
	[0x9a] = IMM_FAR | NO_64,
	[0xa0 ... 0xa3] = IMM_OFFSET, [0xa8] = IMM_8, [0xa9] = IMM_Z,
	[0xb0 ... 0xb7] = IMM_8, [0xb8 ... 0xbf] = IMM_V,
	[0xc0 ... 0xc1] = MODRM | IMM_8, [0xc2] = IMM_16, [0xc4 ... 0xc5] = MODRM | NO_64,
	[0xc6] = MODRM | IMM_8, [0xc7] = MODRM | IMM_Z,
	[0xc8] = IMM_ENTER, [0xca] = IMM_16, [0xcd] = IMM_8, [0xce] = NO_64,
	[0xd0 ... 0xd3] = MODRM, [0xd4 ... 0xd5] = IMM_8 | NO_64, [0xd6] = NO_64,
	[0xd8 ... 0xdf] = MODRM,
	[0xe0 ... 0xe7] = IMM_8, [0xe8 ... 0xe9] = IMM_J, [0xea] = IMM_FAR | NO_64, [0xeb] = IMM_8,
	[0xf6] = MODRM | IMM_TEST_8, [0xf7] = MODRM | IMM_TEST_Z, [0xfe ... 0xff] = MODRM,
};

/* SDM A.3, table A-3; APM A.1, table A-3 for 0E, 0F, 78 and 79. */
static const u8 two_byte_layouts[256] = {
	[0x00 ... 0x03] = MODRM, [0x04] = INVALID, [0x0a] = INVALID, [0x0c] = INVALID,
	[0x0d] = MODRM, [0x0f] = MODRM | IMM_8,
	[0x10 ... 0x1f] = MODRM, [0x20 ... 0x23] = MODRM | REGISTER, [0x24 ... 0x27] = INVALID,
	[0x28 ... 0x2f] = MODRM, [0x36] = INVALID, [0x39] = INVALID, [0x3b ... 0x3f] = INVALID,
	[0x40 ... 0x6f] = MODRM,
	[0x70 ... 0x73] = MODRM | IMM_8, [0x74 ... 0x76] = MODRM, [0x78 ... 0x79] = MODRM,
	[0x7a ... 0x7b] = INVALID, [0x7c ... 0x7f] = MODRM,
	[0x80 ... 0x8f] = IMM_J, [0x90 ... 0x9f] = MODRM,
	[0xa3] = MODRM, [0xa4] = MODRM | IMM_8, [0xa5] = MODRM, [0xa6 ... 0xa7] = INVALID,
	[0xab] = MODRM, [0xac] = MODRM | IMM_8, [0xad ... 0xb9] = MODRM,
	[0xba] = MODRM | IMM_8, [0xbb ... 0xc1] = MODRM,
	[0xc2] = MODRM | IMM_8, [0xc3] = MODRM, [0xc4 ... 0xc6] = MODRM | IMM_8, [0xc7] = MODRM,
	[0xd0 ... 0xff] = MODRM,
};

#define OP_EMMS		0x77	/* with VEX: VZEROUPPER, the only one there without ModRM */
#define OP_VMREAD	0x78	/* with a prefix: EXTRQ and INSERTQ with two immediates (APM 4) */

/* Bits of a REX prefix; those of VEX are brought into the same form. */
#define REX_B	BIT(0)
#define REX_X	BIT(1)
#define REX_R	BIT(2)
#define REX_W	BIT(3)

/* A REX bit in the place of a register number's highest bit. */
#define HIGH_BIT	8

/* Bytes are taken from here; past the end there are zeroes, and @result says so. */
struct cursor {
	const u8 *bytes;
	unsigned int nr;
	unsigned int pos;
	enum x86_decode result;
	u8 rex;
};

static u64 take(struct cursor *c, unsigned int len)
{
	u64 val = 0;

	if (c->result != X86_DECODE_OK)
		return 0;
	if (c->pos + len > X86_INSN_MAX)
		c->result = X86_DECODE_TOO_LONG;
	else if (c->pos + len > c->nr)
		c->result = X86_DECODE_SHORT;
	else
		memcpy(&val, c->bytes + c->pos, len);
	c->pos += len;
	return val;
}

static s64 take_signed(struct cursor *c, unsigned int len)
{
	unsigned int shift = 64 - 8 * len;

	return len ? (s64)(take(c, len) << shift) >> shift : 0;
}

static void refuse(struct cursor *c, enum x86_decode why)
{
	if (c->result == X86_DECODE_OK)
		c->result = why;
}

static u8 rex_bit(const struct cursor *c, u8 bit)
{
	return c->rex & bit ? HIGH_BIT : 0;
}

/* --- prefixes --- */

/* 64-bit mode ignores all segment prefixes but two (SDM 1, 3.3.7.1). */
static void override_segment(struct x86_insn *insn, u8 seg)
{
	if (insn->mode == 8 && seg < X86_FS)
		return;
	insn->seg = seg;
	insn->has_seg = true;
}

/* Return: false: @byte is no legacy prefix. */
static bool take_legacy_prefix(struct x86_insn *insn, u8 byte)
{
	switch (byte) {
	case 0x26:
	case 0x2e:
	case 0x36:
	case 0x3e:
		override_segment(insn, (byte >> 3) & 3);
		return true;
	case 0x64:
	case 0x65:
		override_segment(insn, byte & 7);
		return true;
	case 0x66:
		insn->prefixes |= X86_PREFIX_OPSIZE;
		return true;
	case 0x67:
		insn->addr_size = insn->mode == 4 ? 2 : 4;
		return true;
	case 0xf0:
		insn->prefixes |= X86_PREFIX_LOCK;
		return true;
	case 0xf2:
	case 0xf3:	/* the last one counts */
		insn->prefixes &= ~X86_PREFIX_REPEAT;
		insn->prefixes |= byte == 0xf3 ? X86_PREFIX_REP : X86_PREFIX_REPNE;
		return true;
	}
	return false;
}

/* A REX prefix counts only right before the opcode (SDM 2.2.1). Return: first byte after them. */
static u8 take_prefixes(struct cursor *c, struct x86_insn *insn)
{
	u8 byte = take(c, 1);

	for (;;) {
		if (take_legacy_prefix(insn, byte)) {
			c->rex = 0;
			insn->prefixes &= ~X86_PREFIX_REX;
		} else if (insn->mode == 8 && (byte & 0xf0) == 0x40) {
			c->rex = byte;
			insn->prefixes |= X86_PREFIX_REX;
		} else {
			return byte;
		}
		byte = take(c, 1);
	}
}

static void set_op_size(const struct cursor *c, struct x86_insn *insn)
{
	bool override = insn->prefixes & X86_PREFIX_OPSIZE;

	if (c->rex & REX_W) {
		insn->op_size = 8;
		insn->prefixes |= X86_PREFIX_REX_W;
	} else {
		insn->op_size = override == (insn->mode == 2) ? 4 : 2;
	}
}

/* --- opcode --- */

static const u8 vex_prefixes[4] = {
	[1] = X86_PREFIX_OPSIZE,
	[2] = X86_PREFIX_REP,
	[3] = X86_PREFIX_REPNE,
};

/* Outside of 64-bit mode C4 and C5 are LDS and LES unless mod would be 3 (SDM 2.3.5). */
static bool is_vex(const struct cursor *c, const struct x86_insn *insn, u8 byte)
{
	if (byte != 0xc4 && byte != 0xc5)
		return false;
	if (insn->mode == 8 || c->pos >= c->nr)
		return true;
	return X86_MODRM_MOD(c->bytes[c->pos]) == 3;
}

/* SDM 2.3.5 and 2.3.6: payload bytes are inverted where they extend registers. */
static void take_vex(struct cursor *c, struct x86_insn *insn, u8 escape)
{
	u8 first = take(c, 1);
	u8 last = first;

	if (insn->prefixes)
		refuse(c, X86_DECODE_INVALID);
	c->rex = first & 0x80 ? 0 : REX_R;
	insn->map = X86_MAP_0F;
	if (escape == 0xc4) {
		last = take(c, 1);
		c->rex |= (first & 0x40 ? 0 : REX_X) | (first & 0x20 ? 0 : REX_B) |
			  (X86_VEX_W(last) ? REX_W : 0);
		insn->map = X86_VEX3_M(first);
	}
	if (insn->mode != 8)
		c->rex = 0;
	if (insn->map < X86_MAP_0F || insn->map > X86_MAP_0F3A)
		refuse(c, X86_DECODE_INVALID);
	insn->vvvv = ~X86_VEX_V(last) & (insn->mode == 8 ? 15 : 7);
	insn->prefixes |= X86_PREFIX_VEX | vex_prefixes[X86_VEX_P(last)] |
			  (X86_VEX_L(last) ? X86_PREFIX_VEX_256 : 0) |
			  (c->rex & REX_W ? X86_PREFIX_REX_W : 0);
	insn->op_size = c->rex & REX_W ? 8 : 4;
	insn->opcode = take(c, 1);
}

/* Encodings that share their first byte with an old instruction. */
static void refuse_extensions(struct cursor *c, const struct x86_insn *insn, u8 byte)
{
	u8 next = c->pos < c->nr ? c->bytes[c->pos] : 0;

	if (byte == 0x62 && (insn->mode == 8 || X86_MODRM_MOD(next) == 3))
		refuse(c, X86_DECODE_EVEX);
	if (byte == 0x8f && X86_MODRM_REG(next))
		refuse(c, next & 0x18 ? X86_DECODE_XOP : X86_DECODE_INVALID);
}

static void take_opcode(struct cursor *c, struct x86_insn *insn)
{
	u8 byte = take_prefixes(c, insn);

	if (is_vex(c, insn, byte)) {
		take_vex(c, insn, byte);
		return;
	}
	set_op_size(c, insn);
	refuse_extensions(c, insn, byte);
	insn->map = X86_MAP_ONE;
	if (byte == 0x0f) {
		insn->map = X86_MAP_0F;
		byte = take(c, 1);
		if (byte == 0x38 || byte == 0x3a) {
			insn->map = byte == 0x38 ? X86_MAP_0F38 : X86_MAP_0F3A;
			byte = take(c, 1);
		}
	}
	insn->opcode = byte;
}

static u8 two_byte_layout(const struct x86_insn *insn)
{
	if (insn->opcode == OP_VMREAD &&
	    (insn->prefixes & (X86_PREFIX_OPSIZE | X86_PREFIX_REPNE)))
		return MODRM | IMM_16;
	return two_byte_layouts[insn->opcode];
}

static u8 layout_of(const struct x86_insn *insn)
{
	switch (insn->map) {
	case X86_MAP_ONE:
		return one_byte_layouts[insn->opcode];
	case X86_MAP_0F:
		return two_byte_layout(insn);
	case X86_MAP_0F38:
		return MODRM;
	default:
		return MODRM | IMM_8;
	}
}

/* --- ModRM and what it brings --- */

/* SDM 2.1.5, table 2-1; mod 0 with r/m 6 is handled before. */
static const struct {
	u8 base;
	u8 index;
} modrm16[8] = {
	{ X86_RBX, X86_RSI },
	{ X86_RBX, X86_RDI },
	{ X86_RBP, X86_RSI },
	{ X86_RBP, X86_RDI },
	{ X86_RSI, X86_NO_REG },
	{ X86_RDI, X86_NO_REG },
	{ X86_RBP, X86_NO_REG },
	{ X86_RBX, X86_NO_REG },
};

static void take_address16(struct cursor *c, struct x86_insn *insn)
{
	static const u8 disp_len[4] = { 0, 1, 2, 0 };
	u8 mod = X86_MODRM_MOD(insn->modrm), rm = X86_MODRM_RM(insn->modrm);

	if (!mod && rm == 6) {
		insn->disp = take(c, 2);
		return;
	}
	insn->base = modrm16[rm].base;
	insn->index = modrm16[rm].index;
	insn->disp = take_signed(c, disp_len[mod]);
}

static void take_sib(struct cursor *c, struct x86_insn *insn)
{
	u8 sib = take(c, 1);

	insn->base = X86_SIB_BASE(sib) | rex_bit(c, REX_B);
	insn->index = X86_SIB_INDEX(sib) | rex_bit(c, REX_X);
	insn->scale = X86_SIB_SCALE(sib);
	if (insn->index == X86_RSP)	/* SDM 2.1.5, table 2-3: none */
		insn->index = X86_NO_REG;
}

/* SDM 2.1.5, tables 2-2 and 2-3; 2.2.1.6 for RIP. */
static void take_address32(struct cursor *c, struct x86_insn *insn)
{
	static const u8 disp_len[4] = { 0, 1, 4, 0 };
	u8 mod = X86_MODRM_MOD(insn->modrm), rm = X86_MODRM_RM(insn->modrm);

	insn->base = rm | rex_bit(c, REX_B);
	if (rm == X86_RSP)
		take_sib(c, insn);
	if (mod || (insn->base & ~HIGH_BIT) != X86_RBP) {
		insn->disp = take_signed(c, disp_len[mod]);
		return;
	}
	insn->base = X86_NO_REG;
	insn->disp = take_signed(c, 4);
	insn->rip_relative = rm == X86_RBP && insn->mode == 8;
}

static void take_modrm(struct cursor *c, struct x86_insn *insn, u8 layout)
{
	insn->has_modrm = true;
	insn->modrm = take(c, 1);
	insn->reg = X86_MODRM_REG(insn->modrm) | rex_bit(c, REX_R);
	if (X86_MODRM_MOD(insn->modrm) == 3 || (layout & REGISTER)) {
		insn->rm = X86_MODRM_RM(insn->modrm) | rex_bit(c, REX_B);
		return;
	}
	insn->is_mem = true;
	if (insn->addr_size == 2)
		take_address16(c, insn);
	else
		take_address32(c, insn);
	if (!insn->has_seg)
		insn->seg = insn->base == X86_RSP || insn->base == X86_RBP ? X86_SS : X86_DS;
}

/* --- immediates --- */

static unsigned int size_z(const struct x86_insn *insn)
{
	return insn->op_size == 2 ? 2 : 4;
}

/* Group 3: TEST alone, /0 and /1, has one. */
static bool is_test(const struct x86_insn *insn)
{
	return X86_MODRM_REG(insn->modrm) < 2;
}

static void take_offset(struct cursor *c, struct x86_insn *insn)
{
	insn->is_mem = true;
	insn->disp = take(c, insn->addr_size);
	if (!insn->has_seg)
		insn->seg = X86_DS;
}

static void take_imm(struct cursor *c, struct x86_insn *insn, enum imm_kind kind)
{
	switch (kind) {
	case IMM_NONE:
		return;
	case IMM_8:
		insn->imm = take_signed(c, 1);
		return;
	case IMM_16:
		insn->imm = take(c, 2);
		return;
	case IMM_Z:
		insn->imm = take_signed(c, size_z(insn));
		return;
	case IMM_V:
		insn->imm = take_signed(c, insn->op_size);
		return;
	case IMM_J:
		insn->imm = take_signed(c, insn->mode == 8 ? 4 : size_z(insn));
		return;
	case IMM_OFFSET:
		take_offset(c, insn);
		return;
	case IMM_FAR:
		insn->imm = take(c, size_z(insn) + 2);
		return;
	case IMM_ENTER:
		insn->imm = take(c, 3);
		return;
	case IMM_TEST_8:
		insn->imm = is_test(insn) ? take_signed(c, 1) : 0;
		return;
	case IMM_TEST_Z:
		insn->imm = is_test(insn) ? take_signed(c, size_z(insn)) : 0;
		return;
	}
}

/* --- all of it --- */

static u64 ones(unsigned int bytes)
{
	return bytes >= 8 ? ~0ULL : BIT_ULL(8 * bytes) - 1;
}

static void remember(const struct cursor *c, struct x86_insn *insn)
{
	insn->len = c->pos;
	memcpy(insn->key, c->bytes, c->pos);
	insn->mask[0] = ones(c->pos);
	insn->mask[1] = c->pos > 8 ? ones(c->pos - 8) : 0;
}

static bool is_valid(const struct x86_insn *insn, u8 layout)
{
	if (layout & INVALID)
		return false;
	if (insn->prefixes & X86_PREFIX_VEX)
		return (layout & MODRM) || insn->opcode == OP_EMMS;
	return insn->mode != 8 || !(layout & NO_64);
}

enum x86_decode x86_insn_decode(const u8 *bytes, unsigned int nr, unsigned int mode,
				struct x86_insn *insn)
{
	struct cursor c = { .bytes = bytes, .nr = nr };
	u8 layout;

	*insn = (struct x86_insn) {
		.mode = mode,
		.addr_size = mode,
		.seg = X86_DS,
		.base = X86_NO_REG,
		.index = X86_NO_REG,
	};
	take_opcode(&c, insn);
	layout = layout_of(insn);
	if (!is_valid(insn, layout))
		refuse(&c, X86_DECODE_INVALID);
	if (layout & MODRM)
		take_modrm(&c, insn, layout);
	take_imm(&c, insn, layout & LAYOUT_IMM);
	if (c.result == X86_DECODE_OK)
		remember(&c, insn);
	else
		insn->mode = 0;
	return c.result;
}
EXPORT_SYMBOL_IF_KUNIT(x86_insn_decode);

static const char *const decode_names[X86_DECODES] = {
	[X86_DECODE_OK]		= "no emulation of this instruction",
	[X86_DECODE_SHORT]	= "instruction is cut off",
	[X86_DECODE_TOO_LONG]	= "instruction of more than 15 bytes",
	[X86_DECODE_INVALID]	= "no such instruction",
	[X86_DECODE_EVEX]	= "no emulation of AVX-512 (EVEX) instructions",
	[X86_DECODE_XOP]	= "no emulation of XOP instructions",
};

const char *x86_decode_name(enum x86_decode result)
{
	return decode_names[result];
}
EXPORT_SYMBOL_IF_KUNIT(x86_decode_name);
