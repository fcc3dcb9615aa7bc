/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Decode x86 instructions: their length, and where their operands are.
 *
 * Pure functions of their arguments: they read no memory and no registers.
 * "SDM" is Intel's manual, volume 2; "APM" is AMD's, volume 3.
 */
#ifndef AXVM_X86_INSN_H
#define AXVM_X86_INSN_H

#include <linux/bits.h>
#include <linux/types.h>

#define X86_INSN_MAX	15	/* bytes of an instruction */

/* No register in a place where one could be. */
#define X86_NO_REG	0xff

/* Opcode maps (SDM 2.1.2, appendix A). */
enum x86_map {
	X86_MAP_ONE,
	X86_MAP_0F,
	X86_MAP_0F38,
	X86_MAP_0F3A,
	X86_MAPS
};

/* Prefixes that an instruction had. */
#define X86_PREFIX_LOCK		BIT(0)
#define X86_PREFIX_REPNE	BIT(1)
#define X86_PREFIX_REP		BIT(2)
#define X86_PREFIX_OPSIZE	BIT(3)
#define X86_PREFIX_REX		BIT(4)
#define X86_PREFIX_REX_W	BIT(5)
#define X86_PREFIX_VEX		BIT(6)
#define X86_PREFIX_VEX_256	BIT(7)

#define X86_PREFIX_REPEAT	(X86_PREFIX_REP | X86_PREFIX_REPNE)

struct x86_form;

/**
 * struct x86_insn - a decoded instruction
 * @key: its bytes, zeroes behind them
 * @mask: all ones in each byte that @key has
 * @mode: code size it was decoded for: 2, 4 or 8; 0 = nothing is decoded
 * @len: its length
 * @map: enum x86_map
 * @opcode: last byte of the opcode
 * @prefixes: X86_PREFIX_*
 * @op_size: operand size: 2, 4 or 8
 * @addr_size: address size: 2, 4 or 8
 * @has_modrm: there is a ModRM byte
 * @is_mem: a memory operand is named by ModRM or by an offset (moffs)
 * @modrm: ModRM byte
 * @reg: its reg field with the prefix's bit, a register number
 * @rm: its r/m field likewise, when not @is_mem
 * @vvvv: third register of a VEX instruction
 * @seg: segment of the memory operand: override or default
 * @has_seg: of these, an override
 * @base: base register or X86_NO_REG
 * @index: index register or X86_NO_REG
 * @scale: what the index is shifted by
 * @rip_relative: @disp counts from the next instruction
 * @disp: displacement, or the offset of a moffs operand
 * @imm: immediate, sign-extended
 * @form: private to the emulator: how it is emulated
 */
struct x86_insn {
	u64 key[2];
	u64 mask[2];
	u8 mode;
	u8 len;
	u8 map;
	u8 opcode;
	u8 prefixes;
	u8 op_size;
	u8 addr_size;
	bool has_modrm;
	bool is_mem;
	u8 modrm;
	u8 reg;
	u8 rm;
	u8 vvvv;
	u8 seg;
	bool has_seg;
	u8 base;
	u8 index;
	u8 scale;
	bool rip_relative;
	s64 disp;
	s64 imm;
	const struct x86_form *form;
};

/**
 * enum x86_decode - how decoding went
 * @X86_DECODE_OK: done
 * @X86_DECODE_SHORT: more bytes are needed
 * @X86_DECODE_TOO_LONG: more than 15 bytes: #GP
 * @X86_DECODE_INVALID: no such instruction
 * @X86_DECODE_EVEX: AVX-512 encoding
 * @X86_DECODE_XOP: AMD's XOP encoding
 * @X86_DECODES: their number
 */
enum x86_decode {
	X86_DECODE_OK,
	X86_DECODE_SHORT,
	X86_DECODE_TOO_LONG,
	X86_DECODE_INVALID,
	X86_DECODE_EVEX,
	X86_DECODE_XOP,
	X86_DECODES
};

/**
 * x86_insn_decode() - decode one instruction
 * @bytes: its bytes
 * @nr: their number
 * @mode: size of the code segment: 2, 4 or 8 bytes
 * @insn: result; only its mode is changed (to 0) when decoding fails
 *
 * Any instruction of the four maps is decoded, with legacy and VEX encoding;
 * not all of them exist on each CPU.
 *
 * Return: enum x86_decode.
 */
enum x86_decode x86_insn_decode(const u8 *bytes, unsigned int nr, unsigned int mode,
				struct x86_insn *insn);

/* What an outcome means, for reports. */
const char *x86_decode_name(enum x86_decode result);

/**
 * x86_insn_is_same() - were these bytes decoded last?
 * @insn: decoded last
 * @bytes: two words of code, what is behind the instruction included
 * @mode: size of the code segment
 *
 * Return: true when decoding again would give the same.
 */
static inline bool x86_insn_is_same(const struct x86_insn *insn, const u64 *bytes,
				    unsigned int mode)
{
	u64 diff = ((bytes[0] ^ insn->key[0]) & insn->mask[0]) |
		   ((bytes[1] ^ insn->key[1]) & insn->mask[1]);

	return insn->mode == mode && !diff;
}

#endif /* AXVM_X86_INSN_H */
