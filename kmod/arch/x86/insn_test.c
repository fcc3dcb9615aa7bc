// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit suite of the instruction decoder, against the words of an independent disassembler.
 * Part of axvm_test.ko.
 */
#include <linux/hex.h>
#include <linux/minmax.h>
#include <linux/prandom.h>
#include <linux/string.h>
#include <kunit/test.h>

#include "arch/x86/insn_test.h"

#define FUZZ_ROUNDS	200000

/* What is behind an instruction must not matter. */
static const u8 fillers[] = { 0x00, 0xff, 0x66, 0x0f };

static void expect_operand(struct kunit *test, const struct insn_vector *t,
			   const struct x86_insn *insn)
{
	KUNIT_EXPECT_TRUE_MSG(test, insn->is_mem, "%s", t->hex);
	KUNIT_EXPECT_EQ_MSG(test, insn->base, t->mem.base, "%s", t->hex);
	KUNIT_EXPECT_EQ_MSG(test, insn->index, t->mem.index, "%s", t->hex);
	if (t->mem.index != X86_NO_REG)
		KUNIT_EXPECT_EQ_MSG(test, insn->scale, t->mem.scale, "%s", t->hex);
	KUNIT_EXPECT_EQ_MSG(test, insn->seg, t->mem.seg, "%s", t->hex);
	KUNIT_EXPECT_EQ_MSG(test, insn->rip_relative, t->mem.rip_relative, "%s", t->hex);
	KUNIT_EXPECT_EQ_MSG(test, insn->disp, t->mem.disp, "%s", t->hex);
}

static void expect_vector(struct kunit *test, const struct insn_vector *t, u8 filler)
{
	u8 bytes[X86_INSN_MAX];
	struct x86_insn insn;

	memset(bytes, filler, sizeof(bytes));
	KUNIT_ASSERT_EQ_MSG(test, hex2bin(bytes, t->hex, t->len), 0, "%s", t->hex);
	KUNIT_EXPECT_EQ_MSG(test, x86_insn_decode(bytes, sizeof(bytes), t->mode, &insn),
			    X86_DECODE_OK, "%s, mode %u", t->hex, t->mode);
	KUNIT_EXPECT_EQ_MSG(test, insn.len, t->len, "%s, mode %u", t->hex, t->mode);
	if (t->mem.check)
		expect_operand(test, t, &insn);
}

static void decodes_as_the_disassembler(struct kunit *test)
{
	unsigned int i, n;

	KUNIT_EXPECT_GT(test, nr_insn_vectors, 4000);
	for (i = 0; i < nr_insn_vectors; i++)
		for (n = 0; n < ARRAY_SIZE(fillers); n++)
			expect_vector(test, &insn_vectors[i], fillers[n]);
}

/* Every instruction needs its last byte, and nothing behind it. */
static void asks_for_missing_bytes(struct kunit *test)
{
	u8 bytes[X86_INSN_MAX];
	struct x86_insn insn;
	unsigned int i, nr;

	for (i = 0; i < nr_insn_vectors; i++) {
		const struct insn_vector *t = &insn_vectors[i];

		KUNIT_ASSERT_EQ(test, hex2bin(bytes, t->hex, t->len), 0);
		KUNIT_EXPECT_EQ_MSG(test, x86_insn_decode(bytes, t->len, t->mode, &insn),
				    X86_DECODE_OK, "%s", t->hex);
		for (nr = 0; nr < t->len; nr++) {
			KUNIT_EXPECT_EQ_MSG(test, x86_insn_decode(bytes, nr, t->mode, &insn),
					    X86_DECODE_SHORT, "%u bytes of %s", nr, t->hex);
			KUNIT_EXPECT_EQ(test, insn.mode, 0);
		}
	}
}

static enum x86_decode decode_hex(struct kunit *test, const char *hex, u8 mode,
				  struct x86_insn *insn)
{
	u8 bytes[X86_INSN_MAX + 1] = {};

	KUNIT_ASSERT_LE(test, strlen(hex) / 2, sizeof(bytes));
	KUNIT_ASSERT_EQ(test, hex2bin(bytes, hex, strlen(hex) / 2), 0);
	return x86_insn_decode(bytes, X86_INSN_MAX, mode, insn);
}

/* Immediates are sign-extended; the text beside them is what assemblers say. */
static void finds_immediates(struct kunit *test)
{
	static const struct {
		const char *text;
		u8 mode;
		const char *hex;
		s64 imm;
	} cases[] = {
		{ "mov dword [rdi], -2", 8, "c707feffffff", -2 },
		{ "mov qword [rdi], -2", 8, "48c707feffffff", -2 },
		{ "mov word [rdi], 0x8001", 8, "66c7070180", (s16)0x8001 },
		{ "mov byte [rdi], 0x80", 8, "c60780", -128 },
		{ "mov rax, imm64", 8, "48b8efcdab8967452381", 0x8123456789abcdefULL },
		{ "mov word [di], 0x1234", 2, "c7053412", 0x1234 },
		{ "mov dword [di], 0x12345678", 2, "66c70578563412", 0x12345678 },
		{ "and dword [edi], 0xfffffff0", 4, "8327f0", -16 },
		{ "test dword [edi], 0x80000000", 4, "f70700000080", (s32)0x80000000 },
		{ "test byte [edi], 1", 4, "f60701", 1 },
		{ "not byte [edi]", 4, "f617", 0 },
		{ "enter 0x1234, 5", 4, "c8341205", 0x51234 },
		{ "bt dword [rdi], 0x85", 8, "0fba2785", (s8)0x85 },
	};
	struct x86_insn insn;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		KUNIT_EXPECT_EQ_MSG(test, decode_hex(test, cases[i].hex, cases[i].mode, &insn),
				    X86_DECODE_OK, "%s", cases[i].text);
		KUNIT_EXPECT_EQ_MSG(test, insn.len, strlen(cases[i].hex) / 2, "%s",
				    cases[i].text);
		KUNIT_EXPECT_EQ_MSG(test, insn.imm, cases[i].imm, "%s", cases[i].text);
	}
}

static void finds_registers_and_prefixes(struct kunit *test)
{
	static const struct {
		const char *text;
		u8 mode;
		const char *hex;
		u8 reg;
		u8 op_size;
		u8 addr_size;
		u8 prefixes;
		u8 vvvv;
	} cases[] = {
		{ "mov [rdi], r8", 8, "4c8907", 8, 8, 8, X86_PREFIX_REX | X86_PREFIX_REX_W },
		{ "mov [edi], r8d", 8, "67448907", 8, 4, 4, X86_PREFIX_REX },
		{ "mov [rdi], r8w", 8, "66448907", 8, 2, 8, X86_PREFIX_OPSIZE | X86_PREFIX_REX },
		{ "REX does not count before 66", 8, "4c668907", 0, 2, 8, X86_PREFIX_OPSIZE },
		{ "W is stronger than 66", 8, "66488907", 0, 8, 8,
		  X86_PREFIX_OPSIZE | X86_PREFIX_REX | X86_PREFIX_REX_W },
		{ "mov [di], ax", 2, "8905", 0, 2, 2, 0 },
		{ "mov [edi], eax", 2, "66678907", 0, 4, 4, X86_PREFIX_OPSIZE },
		{ "mov [di], eax", 4, "678905", 0, 4, 2, 0 },
		{ "lock xadd [rdi], ecx", 8, "f00fc10f", 1, 4, 8, X86_PREFIX_LOCK },
		{ "the last of F2 and F3 counts", 8, "f2f3a4", 0, 4, 8, X86_PREFIX_REP },
		{ "the last of F3 and F2 counts", 8, "f3f2a4", 0, 4, 8, X86_PREFIX_REPNE },
		{ "vmovdqu ymm9, [rdi]", 8, "c57e6f0f", 9, 4, 8,
		  X86_PREFIX_VEX | X86_PREFIX_VEX_256 | X86_PREFIX_REP, 0 },
		{ "vmovlps xmm1, xmm12, [rdi]", 8, "c598120f", 1, 4, 8, X86_PREFIX_VEX, 12 },
		{ "vmovq xmm1, [rdi]", 8, "c4e1f96e0f", 1, 8, 8,
		  X86_PREFIX_VEX | X86_PREFIX_OPSIZE | X86_PREFIX_REX_W, 0 },
		{ "vmovups xmm1, [edi], 32-bit code", 4, "c5f8100f", 1, 4, 4, X86_PREFIX_VEX, 0 },
		{ "les eax, [edi]", 4, "c407", 0, 4, 4, 0 },
	};
	struct x86_insn insn;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		KUNIT_EXPECT_EQ_MSG(test, decode_hex(test, cases[i].hex, cases[i].mode, &insn),
				    X86_DECODE_OK, "%s", cases[i].text);
		KUNIT_EXPECT_EQ_MSG(test, insn.reg, cases[i].reg, "%s", cases[i].text);
		KUNIT_EXPECT_EQ_MSG(test, insn.op_size, cases[i].op_size, "%s", cases[i].text);
		KUNIT_EXPECT_EQ_MSG(test, insn.addr_size, cases[i].addr_size, "%s", cases[i].text);
		KUNIT_EXPECT_EQ_MSG(test, insn.prefixes, cases[i].prefixes, "%s", cases[i].text);
		KUNIT_EXPECT_EQ_MSG(test, insn.vvvv, cases[i].vvvv, "%s", cases[i].text);
	}
}

static void refuses_by_name(struct kunit *test)
{
	static const struct {
		const char *text;
		u8 mode;
		const char *hex;
		enum x86_decode result;
	} cases[] = {
		{ "vmovups zmm0, [rdi]", 8, "62f17c481007", X86_DECODE_EVEX },
		{ "the same in 32-bit code", 4, "62f17c481007", X86_DECODE_EVEX },
		{ "an XOP instruction", 8, "8fe97881c0", X86_DECODE_XOP },
		{ "pop /4", 8, "8f20", X86_DECODE_INVALID },
		{ "push es in 64-bit code", 8, "06", X86_DECODE_INVALID },
		{ "far call in 64-bit code", 8, "9a000000000000", X86_DECODE_INVALID },
		{ "0f 04", 8, "0f04", X86_DECODE_INVALID },
		{ "VEX after 66", 8, "66c5f81007", X86_DECODE_INVALID },
		{ "VEX after LOCK", 8, "f0c5f81007", X86_DECODE_INVALID },
		{ "VEX after REX", 8, "40c5f81007", X86_DECODE_INVALID },
		{ "VEX map 0", 8, "c4e0781007", X86_DECODE_INVALID },
		{ "VEX of a jump", 8, "c5f88000", X86_DECODE_INVALID },
		{ "14 prefixes and 2 bytes", 8, "66666666666666666666666666668907",
		  X86_DECODE_TOO_LONG },
		{ "prefixes alone", 8, "666666666666666666666666666666", X86_DECODE_TOO_LONG },
	};
	struct x86_insn insn;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		KUNIT_EXPECT_EQ_MSG(test, decode_hex(test, cases[i].hex, cases[i].mode, &insn),
				    cases[i].result, "%s", cases[i].text);
		KUNIT_EXPECT_EQ(test, insn.mode, 0);
		KUNIT_EXPECT_GT(test, strlen(x86_decode_name(cases[i].result)), 0);
	}
	/* BOUND and LES are no extensions. */
	KUNIT_EXPECT_EQ(test, decode_hex(test, "6207", 4, &insn), X86_DECODE_OK);
	KUNIT_EXPECT_EQ(test, decode_hex(test, "c407", 2, &insn), X86_DECODE_OK);
}

/* The decoded instruction is good for its own bytes in its own mode, and nothing else. */
static void knows_its_own_bytes(struct kunit *test)
{
	union {
		u64 words[2];
		u8 bytes[16];
	} code = {};
	struct x86_insn insn;
	unsigned int i, n;

	for (i = 0; i < nr_insn_vectors; i += 7) {
		const struct insn_vector *t = &insn_vectors[i];

		memset(&code, 0, sizeof(code));
		KUNIT_ASSERT_EQ(test, hex2bin(code.bytes, t->hex, t->len), 0);
		KUNIT_ASSERT_EQ(test, x86_insn_decode(code.bytes, 15, t->mode, &insn), 0);
		memset(code.bytes + t->len, 0xa5, sizeof(code) - t->len);
		KUNIT_EXPECT_TRUE_MSG(test, x86_insn_is_same(&insn, code.words, t->mode), "%s",
				      t->hex);
		KUNIT_EXPECT_FALSE(test, x86_insn_is_same(&insn, code.words, t->mode ^ 6));
		for (n = 0; n < t->len; n++) {
			code.bytes[n] ^= BIT(n & 7);
			KUNIT_EXPECT_FALSE_MSG(test, x86_insn_is_same(&insn, code.words, t->mode),
					       "byte %u of %s", n, t->hex);
			code.bytes[n] ^= BIT(n & 7);
		}
	}
	insn.mode = 0;
	KUNIT_EXPECT_FALSE(test, x86_insn_is_same(&insn, code.words, 8));
}

/* Whatever the bytes are: an answer, within the bytes, about registers that exist. */
static void survives_anything(struct kunit *test)
{
	static const u8 modes[] = { 2, 4, 8 }, begin[] = { 0x0f, 0x66, 0xf3, 0xc4 };
	struct x86_insn insn;
	struct rnd_state rnd;
	u8 bytes[X86_INSN_MAX];
	unsigned int i, nr, bad = 0;
	enum x86_decode result;

	prandom_seed_state(&rnd, 5);
	for (i = 0; i < FUZZ_ROUNDS; i++) {
		prandom_bytes_state(&rnd, bytes, sizeof(bytes));
		if (i & 1)	/* more of what begins with prefixes and escapes */
			bytes[0] = begin[(i >> 1) % ARRAY_SIZE(begin)];
		nr = prandom_u32_state(&rnd) % (X86_INSN_MAX + 1);
		result = x86_insn_decode(bytes, nr, modes[i % 3], &insn);
		if (result != X86_DECODE_OK) {
			bad += result >= X86_DECODES || insn.mode;
			continue;
		}
		bad += !insn.len || insn.len > nr || insn.mode != modes[i % 3];
		bad += insn.base != X86_NO_REG && insn.base >= X86_GPRS;
		bad += insn.index != X86_NO_REG && insn.index >= X86_GPRS;
		bad += insn.reg >= X86_GPRS || insn.rm >= X86_GPRS || insn.vvvv >= X86_GPRS;
		bad += insn.seg > X86_GS || insn.scale > 3 || insn.map >= X86_MAPS;
		bad += insn.mode != 8 && (insn.reg > 7 || insn.op_size == 8);
	}
	KUNIT_EXPECT_EQ(test, bad, 0);
}

static struct kunit_case insn_cases[] = {
	KUNIT_CASE(decodes_as_the_disassembler),
	KUNIT_CASE(asks_for_missing_bytes),
	KUNIT_CASE(finds_immediates),
	KUNIT_CASE(finds_registers_and_prefixes),
	KUNIT_CASE(refuses_by_name),
	KUNIT_CASE(knows_its_own_bytes),
	KUNIT_CASE_SLOW(survives_anything),
	{}
};

static struct kunit_suite insn_suite = {
	.name = "axvm_x86_insn",
	.test_cases = insn_cases,
};

kunit_test_suite(insn_suite);
