// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit suite of the instruction emulator: registers, accesses, faults, steps.
 * Part of axvm_test.ko.
 */
#include <linux/prandom.h>
#include <asm/debugreg.h>
#include <asm/trap_pf.h>
#include <asm/trapnr.h>

#include "arch/x86/emul_test.h"

#define ARITH	(X86_EFLAGS_CF | X86_EFLAGS_PF | X86_EFLAGS_AF | X86_EFLAGS_ZF | X86_EFLAGS_SF | \
		 X86_EFLAGS_OF)

/* Where RDI points at the beginning. */
#define SPOT	0x10

/*
 * Each byte of a register tells which one it is, and each of the device's which
 * it is: RAX is 0x0706050403020100, RCX 0x1716151413121110, R15 ...f7f6...,
 * the device at SPOT 0xa7a6a5a4a3a2a1a0.
 */
static u64 pattern(unsigned int n)
{
	return 0x0706050403020100ULL + 0x1010101010101010ULL * n;
}

static void fill_registers(struct emul_test *t)
{
	unsigned int i;

	for (i = 0; i < X86_GPRS; i++)
		t->v->gpr[i] = pattern(i);
	t->v->gpr[X86_RDI] = TEST_DEVICE + SPOT;
	t->v->gpr[X86_RSI] = TEST_DATA;
	t->v->gpr[X86_RSP] = TEST_STACK;
	t->v->rflags = X86_EFLAGS_FIXED;
	for (i = 0; i < sizeof(t->device); i++)
		t->device[i] = 0x90 + i;
	emul_test_clear_log(t);
}

static enum axvm_verdict emulate(struct emul_test *t)
{
	return x86_emulate_mmio(t->v, TEST_DEVICE + SPOT);
}

static enum axvm_verdict run(struct emul_test *t, const char *hex)
{
	emul_test_load(t, hex);
	return emulate(t);
}

static void expect_done(struct emul_test *t, const char *hex)
{
	KUNIT_EXPECT_EQ_MSG(t->test, run(t, hex), AXVM_RESUME, "%s", hex);
	KUNIT_EXPECT_EQ_MSG(t->test, t->v->rip, TEST_CODE + strlen(hex) / 2, "%s", hex);
	emul_test_expect_no_exception(t);
}

static void expect_access(struct emul_test *t, unsigned int n, bool write, u64 addr,
			  unsigned int len, u64 val)
{
	KUNIT_ASSERT_GT(t->test, t->nr_log, n);
	KUNIT_EXPECT_EQ(t->test, t->log[n].write, write);
	KUNIT_EXPECT_EQ(t->test, t->log[n].addr, addr);
	KUNIT_EXPECT_EQ(t->test, t->log[n].len, len);
	KUNIT_EXPECT_EQ(t->test, t->log[n].val, val);
}

/* Nothing happened: no access, no step. */
static void expect_untouched(struct emul_test *t)
{
	KUNIT_EXPECT_EQ(t->test, t->nr_log, 0);
	KUNIT_EXPECT_EQ(t->test, t->v->rip, TEST_CODE);
}

/* --- every instruction, once or more --- */

struct move {
	const char *text;
	const char *hex;
	struct {
		bool write;
		u8 len;
		u64 val;
		u8 reg;
		u64 result;	/* of a load */
	} did;
};

#define STORE(n, v)		{ true, n, v }
#define LOAD(n, v, r, res)	{ false, n, v, X86_##r, res }
#define NOTHING			{ .len = 0 }

static const struct move moves[] = {
	{ "mov [rdi], al", "8807", STORE(1, 0x00) },
	{ "mov [rdi], ch", "882f", STORE(1, 0x11) },
	{ "mov [rdi], bpl", "40882f", STORE(1, 0x50) },
	{ "mov [rdi], r9b", "44880f", STORE(1, 0x90) },
	{ "mov [rdi], cx", "66890f", STORE(2, 0x1110) },
	{ "mov [rdi], ecx", "890f", STORE(4, 0x13121110) },
	{ "mov [rdi], rcx", "48890f", STORE(8, 0x1716151413121110) },
	{ "mov [rdi], r8", "4c8907", STORE(8, 0x8786858483828180) },
	{ "mov byte [rdi], 0x85", "c60785", STORE(1, 0x85) },
	{ "mov word [rdi], 0x8001", "66c7070180", STORE(2, 0x8001) },
	{ "mov dword [rdi], 0x80000001", "c70701000080", STORE(4, 0x80000001) },
	{ "mov qword [rdi], -2", "48c707feffffff", STORE(8, 0xfffffffffffffffe) },
	{ "mov [abs], al", "a2100000d000000000", STORE(1, 0x00) },
	{ "mov [abs], rax", "48a3100000d000000000", STORE(8, 0x0706050403020100) },
	{ "movnti [rdi], ecx", "0fc30f", STORE(4, 0x13121110) },
	{ "movnti [rdi], rcx", "480fc30f", STORE(8, 0x1716151413121110) },
	{ "movbe [rdi], cx", "660f38f10f", STORE(2, 0x1011) },
	{ "movbe [rdi], ecx", "0f38f10f", STORE(4, 0x10111213) },
	{ "movbe [rdi], rcx", "480f38f10f", STORE(8, 0x1011121314151617) },
	{ "mov [rdi], es", "8c07", STORE(2, 0x1234) },
	{ "mov [rdi], es with W", "488c07", STORE(2, 0x1234) },
	{ "setb [rdi]", "0f9207", STORE(1, 0) },
	{ "setae [rdi]", "0f9307", STORE(1, 1) },
	{ "mov ch, [rdi]", "8a2f", LOAD(1, 0xa0, RCX, 0x171615141312a010) },
	{ "mov bpl, [rdi]", "408a2f", LOAD(1, 0xa0, RBP, 0x57565554535251a0) },
	{ "mov cx, [rdi]", "668b0f", LOAD(2, 0xa1a0, RCX, 0x171615141312a1a0) },
	{ "mov ecx, [rdi]", "8b0f", LOAD(4, 0xa3a2a1a0, RCX, 0xa3a2a1a0) },
	{ "mov rcx, [rdi]", "488b0f", LOAD(8, 0xa7a6a5a4a3a2a1a0, RCX, 0xa7a6a5a4a3a2a1a0) },
	{ "mov al, [abs]", "a0100000d000000000", LOAD(1, 0xa0, RAX, 0x07060504030201a0) },
	{ "mov eax, [abs]", "a1100000d000000000", LOAD(4, 0xa3a2a1a0, RAX, 0xa3a2a1a0) },
	{ "movzx cx, byte [rdi]", "660fb60f", LOAD(1, 0xa0, RCX, 0x17161514131200a0) },
	{ "movzx ecx, byte [rdi]", "0fb60f", LOAD(1, 0xa0, RCX, 0xa0) },
	{ "movzx rcx, word [rdi]", "480fb70f", LOAD(2, 0xa1a0, RCX, 0xa1a0) },
	{ "movsx cx, byte [rdi]", "660fbe0f", LOAD(1, 0xa0, RCX, 0x171615141312ffa0) },
	{ "movsx ecx, byte [rdi]", "0fbe0f", LOAD(1, 0xa0, RCX, 0xffffffa0) },
	{ "movsx rcx, byte [rdi]", "480fbe0f", LOAD(1, 0xa0, RCX, 0xffffffffffffffa0) },
	{ "movsx ecx, word [rdi]", "0fbf0f", LOAD(2, 0xa1a0, RCX, 0xffffa1a0) },
	{ "movsxd rcx, dword [rdi]", "48630f", LOAD(4, 0xa3a2a1a0, RCX, 0xffffffffa3a2a1a0) },
	{ "movsxd without W", "630f", LOAD(4, 0xa3a2a1a0, RCX, 0xa3a2a1a0) },
	{ "movbe cx, [rdi]", "660f38f00f", LOAD(2, 0xa1a0, RCX, 0x171615141312a0a1) },
	{ "movbe ecx, [rdi]", "0f38f00f", LOAD(4, 0xa3a2a1a0, RCX, 0xa0a1a2a3) },
	{ "cmovae ecx, [rdi]", "0f430f", LOAD(4, 0xa3a2a1a0, RCX, 0xa3a2a1a0) },
	{ "cmovb ecx, [rdi]", "0f420f", LOAD(4, 0xa3a2a1a0, RCX, 0x13121110) },
	{ "cmovb cx, [rdi]", "660f420f", LOAD(2, 0xa1a0, RCX, 0x1716151413121110) },
	{ "clflush [rdi]", "0fae3f", NOTHING },
	{ "clflushopt [rdi]", "660fae3f", NOTHING },
	{ "clwb [rdi]", "660fae37", NOTHING },
};

static void expect_move(struct emul_test *t, const struct move *m)
{
	u64 expected[X86_GPRS];
	unsigned int i;

	fill_registers(t);
	t->tc->seg[X86_ES].sel = 0x1234;
	memcpy(expected, t->v->gpr, sizeof(expected));
	if (!m->did.write && m->did.len)
		expected[m->did.reg] = m->did.result;
	expect_done(t, m->hex);
	KUNIT_EXPECT_EQ_MSG(t->test, t->nr_log, m->did.len ? 1 : 0, "%s", m->text);
	if (m->did.len)
		expect_access(t, 0, m->did.write, TEST_DEVICE + SPOT, m->did.len, m->did.val);
	for (i = 0; i < X86_GPRS; i++)
		KUNIT_EXPECT_EQ_MSG(t->test, t->v->gpr[i], expected[i], "%s: register %u",
				    m->text, i);
	KUNIT_EXPECT_EQ_MSG(t->test, t->v->rflags, X86_EFLAGS_FIXED, "%s", m->text);
}

static void moves_data(struct kunit *test)
{
	struct emul_test *t = emul_test_create(test);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(moves); i++)
		expect_move(t, &moves[i]);
}

/* Read, compute, write: the numbers are right by emul_alu_test.c. */
static const struct {
	const char *text;
	const char *hex;
	enum x86_alu_op op;
	u8 size;
	bool to_reg;
	u64 source;
} sums[] = {
	{ "add [rdi], cl", "000f", X86_ALU_ADD, 1, false, 0x10 },
	{ "add [rdi], ecx", "010f", X86_ALU_ADD, 4, false, 0x13121110 },
	{ "lock add [rdi], rcx", "f048010f", X86_ALU_ADD, 8, false, 0x1716151413121110 },
	{ "add ecx, [rdi]", "030f", X86_ALU_ADD, 4, true },
	{ "or ch, [rdi]", "0a2f", X86_ALU_OR, 1, true },
	{ "or [rdi], cx", "66090f", X86_ALU_OR, 2, false, 0x1110 },
	{ "adc [rdi], ecx", "110f", X86_ALU_ADC, 4, false, 0x13121110 },
	{ "sbb rcx, [rdi]", "481b0f", X86_ALU_SBB, 8, true },
	{ "and dword [rdi], 0xfffffff0", "8327f0", X86_ALU_AND, 4, false, 0xfffffff0 },
	{ "lock and dword [rdi], imm32", "f0812744332211", X86_ALU_AND, 4, false, 0x11223344 },
	{ "sub byte [rdi], 0xc0", "802fc0", X86_ALU_SUB, 1, false, 0xc0 },
	{ "xor ecx, [rdi]", "330f", X86_ALU_XOR, 4, true },
	{ "xor [rdi], ecx", "310f", X86_ALU_XOR, 4, false, 0x13121110 },
	{ "cmp [rdi], ecx", "390f", X86_ALU_CMP, 4, false, 0x13121110 },
	{ "cmp ecx, [rdi]", "3b0f", X86_ALU_CMP, 4, true },
	{ "cmp qword [rdi], -1", "48833fff", X86_ALU_CMP, 8, false, U64_MAX },
	{ "test [rdi], ecx", "850f", X86_ALU_TEST, 4, false, 0x13121110 },
	{ "test byte [rdi], 0x80", "f60780", X86_ALU_TEST, 1, false, 0x80 },
	{ "test dword [rdi], imm32", "f70700000080", X86_ALU_TEST, 4, false, 0x80000000 },
	{ "lock inc byte [rdi]", "f0fe07", X86_ALU_INC, 1, false, 0 },
	{ "dec word [rdi]", "66ff0f", X86_ALU_DEC, 2, false, 0 },
	{ "not dword [rdi]", "f717", X86_ALU_NOT, 4, false, 0 },
	{ "neg qword [rdi]", "48f71f", X86_ALU_NEG, 8, false, 0 },
};

static void expect_sum(struct emul_test *t, unsigned int i, u64 flags)
{
	bool silent = sums[i].op == X86_ALU_CMP || sums[i].op == X86_ALU_TEST;
	u64 mask = x86_mask(sums[i].size), memory, a, b, res;
	bool high = !strcmp(sums[i].text, "or ch, [rdi]");
	u64 *rcx = &t->v->gpr[X86_RCX];

	fill_registers(t);
	t->v->rflags |= flags;
	memory = 0xa7a6a5a4a3a2a1a0 & mask;
	a = sums[i].to_reg ? (high ? 0x11 : *rcx & mask) : memory;
	b = sums[i].to_reg ? memory : sums[i].source;
	flags |= X86_EFLAGS_FIXED;
	res = x86_alu(sums[i].op, a, b, sums[i].size, &flags);
	expect_done(t, sums[i].hex);
	KUNIT_EXPECT_EQ_MSG(t->test, t->v->rflags, flags, "%s", sums[i].text);
	expect_access(t, 0, false, TEST_DEVICE + SPOT, sums[i].size, memory);
	if (sums[i].to_reg || silent) {
		KUNIT_EXPECT_EQ_MSG(t->test, t->nr_log, 1, "%s", sums[i].text);
	} else {
		KUNIT_EXPECT_EQ_MSG(t->test, t->nr_log, 2, "%s", sums[i].text);
		expect_access(t, 1, true, TEST_DEVICE + SPOT, sums[i].size, res);
	}
	if (high)
		KUNIT_EXPECT_EQ(t->test, *rcx, (pattern(X86_RCX) & ~0xff00ULL) | res << 8);
	else if (sums[i].to_reg && !silent)
		KUNIT_EXPECT_EQ_MSG(t->test, *rcx & mask, res, "%s", sums[i].text);
	else
		KUNIT_EXPECT_EQ_MSG(t->test, *rcx, pattern(X86_RCX), "%s", sums[i].text);
}

static void computes(struct kunit *test)
{
	struct emul_test *t = emul_test_create(test);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sums); i++) {
		expect_sum(t, i, 0);
		expect_sum(t, i, ARITH);
	}
}

static void exchanges(struct kunit *test)
{
	struct emul_test *t = emul_test_create(test);

	fill_registers(t);
	expect_done(t, "870f");		/* xchg [rdi], ecx */
	KUNIT_EXPECT_EQ(test, t->nr_log, 2);
	expect_access(t, 0, false, TEST_DEVICE + SPOT, 4, 0xa3a2a1a0);
	expect_access(t, 1, true, TEST_DEVICE + SPOT, 4, 0x13121110);
	KUNIT_EXPECT_EQ(test, t->v->gpr[X86_RCX], 0xa3a2a1a0);

	fill_registers(t);
	expect_done(t, "f00fc10f");	/* lock xadd [rdi], ecx */
	KUNIT_EXPECT_EQ(test, t->nr_log, 2);
	expect_access(t, 1, true, TEST_DEVICE + SPOT, 4, 0xa3a2a1a0 + 0x13121110);
	KUNIT_EXPECT_EQ(test, t->v->gpr[X86_RCX], 0xa3a2a1a0);
	KUNIT_EXPECT_EQ(test, t->v->rflags & (X86_EFLAGS_SF | X86_EFLAGS_CF), X86_EFLAGS_SF);
}

static void compares_and_exchanges(struct kunit *test)
{
	struct emul_test *t = emul_test_create(test);

	fill_registers(t);
	t->v->gpr[X86_RAX] = 0xffffffffa3a2a1a0;
	expect_done(t, "f00fb10f");	/* lock cmpxchg [rdi], ecx */
	expect_access(t, 1, true, TEST_DEVICE + SPOT, 4, 0x13121110);
	KUNIT_EXPECT_EQ(test, t->v->gpr[X86_RAX], 0xffffffffa3a2a1a0);
	KUNIT_EXPECT_TRUE(test, t->v->rflags & X86_EFLAGS_ZF);

	fill_registers(t);
	expect_done(t, "0fb10f");
	KUNIT_EXPECT_EQ(test, t->nr_log, 2);
	expect_access(t, 1, true, TEST_DEVICE + SPOT, 4, 0xa3a2a1a0);
	KUNIT_EXPECT_EQ(test, t->v->gpr[X86_RAX], 0xa3a2a1a0);
	KUNIT_EXPECT_FALSE(test, t->v->rflags & X86_EFLAGS_ZF);

	fill_registers(t);
	expect_done(t, "0fb00f");	/* cmpxchg [rdi], cl */
	KUNIT_EXPECT_EQ(test, t->v->gpr[X86_RAX], 0x07060504030201a0);
}

static void compares_and_exchanges_pairs(struct kunit *test)
{
	struct emul_test *t = emul_test_create(test);

	fill_registers(t);
	t->v->gpr[X86_RAX] = 0xa3a2a1a0;
	t->v->gpr[X86_RDX] = 0xa7a6a5a4;
	expect_done(t, "f00fc70f");	/* lock cmpxchg8b [rdi] */
	KUNIT_EXPECT_TRUE(test, t->v->rflags & X86_EFLAGS_ZF);
	expect_access(t, 1, true, TEST_DEVICE + SPOT, 8, 0x1312111033323130);

	fill_registers(t);
	t->v->rflags |= ARITH;
	expect_done(t, "0fc70f");
	KUNIT_EXPECT_EQ(test, t->v->rflags & ARITH, ARITH & ~X86_EFLAGS_ZF);
	expect_access(t, 1, true, TEST_DEVICE + SPOT, 8, 0xa7a6a5a4a3a2a1a0);
	KUNIT_EXPECT_EQ(test, t->v->gpr[X86_RAX], 0xa3a2a1a0);
	KUNIT_EXPECT_EQ(test, t->v->gpr[X86_RDX], 0xa7a6a5a4);

	fill_registers(t);
	expect_done(t, "480fc70f");	/* cmpxchg16b [rdi] */
	KUNIT_EXPECT_EQ(test, t->nr_log, 4);
	KUNIT_EXPECT_EQ(test, t->v->gpr[X86_RAX], 0xa7a6a5a4a3a2a1a0);
	KUNIT_EXPECT_EQ(test, t->v->gpr[X86_RDX], 0xafaeadacabaaa9a8);
	expect_done(t, "480fc70f");
	KUNIT_EXPECT_TRUE(test, t->v->rflags & X86_EFLAGS_ZF);
	expect_access(t, 6, true, TEST_DEVICE + SPOT, 8, pattern(X86_RBX));
	expect_access(t, 7, true, TEST_DEVICE + SPOT + 8, 8, pattern(X86_RCX));

	fill_registers(t);
	t->v->gpr[X86_RDI] += 8;
	KUNIT_EXPECT_EQ(test, run(t, "480fc70f"), AXVM_RESUME);
	emul_test_expect_exception(t, X86_TRAP_GP, true, 0);
	expect_untouched(t);
}

/* The device at SPOT is 1010 0000 from bit 0 on: bits 5 and 7 are set. */
static const struct {
	const char *text;
	const char *hex;
	u64 rcx;
	s64 offset;	/* of the access */
	u8 size;
	bool carry;
	bool write;
	u64 val;
} bits[] = {
	{ "bt dword [rdi], 5", "0fba2705", 0, 0, 4, true },
	{ "bt dword [rdi], 38: the number is cut", "0fba2726", 0, 0, 4, false },
	{ "bts dword [rdi], 0", "0fba2f00", 0, 0, 4, false, true, 0xa3a2a1a1 },
	{ "lock btr dword [rdi], 5", "f00fba3705", 0, 0, 4, true, true, 0xa3a2a180 },
	{ "btc word [rdi], 15", "660fba3f0f", 0, 0, 2, true, true, 0x21a0 },
	{ "bt [rdi], ecx = 7", "0fa30f", 7, 0, 4, true },
	{ "bt [rdi], ecx = 32", "0fa30f", 32, 4, 4, false },
	{ "bt [rdi], ecx = -1", "0fa30f", 0xffffffff, -4, 4, true },
	{ "bt [rdi], rcx = -64", "480fa30f", -64, -8, 8, false },
	{ "bt [rdi], cx = 0x10007", "660fa30f", 0x10007, 0, 2, true },
	{ "lock bts [rdi], ecx = 41", "f00fab0f", 41, 4, 4, false, true, 0xa7a6a7a4 },
	{ "btr [rdi], ecx = 5", "0fb30f", 5, 0, 4, true, true, 0xa3a2a180 },
	{ "btc [rdi], rcx = 63", "480fbb0f", 63, 0, 8, true, true, 0x27a6a5a4a3a2a1a0 },
};

static void finds_bits(struct kunit *test)
{
	struct emul_test *t = emul_test_create(test);
	u64 addr, flags;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bits); i++) {
		fill_registers(t);
		t->v->gpr[X86_RCX] = bits[i].rcx;
		flags = bits[i].carry ? 0 : ARITH;
		t->v->rflags |= flags;
		addr = TEST_DEVICE + SPOT + bits[i].offset;
		expect_done(t, bits[i].hex);
		KUNIT_EXPECT_EQ_MSG(test, t->v->rflags & ARITH,
				    (flags & ~X86_EFLAGS_CF) | bits[i].carry, "%s", bits[i].text);
		KUNIT_ASSERT_EQ_MSG(test, t->nr_log, bits[i].write ? 2 : 1, "%s", bits[i].text);
		KUNIT_EXPECT_EQ_MSG(test, t->log[0].addr, addr, "%s", bits[i].text);
		KUNIT_EXPECT_EQ_MSG(test, t->log[0].len, bits[i].size, "%s", bits[i].text);
		if (bits[i].write)
			expect_access(t, 1, true, addr, bits[i].size, bits[i].val);
	}
}

static void pushes_and_pops(struct kunit *test)
{
	struct emul_test *t = emul_test_create(test);
	u64 *top = test_memory(t, TEST_STACK - 8);

	fill_registers(t);
	expect_done(t, "ff37");		/* push [rdi] */
	expect_access(t, 0, false, TEST_DEVICE + SPOT, 8, 0xa7a6a5a4a3a2a1a0);
	KUNIT_EXPECT_EQ(test, *top, 0xa7a6a5a4a3a2a1a0);
	KUNIT_EXPECT_EQ(test, t->v->gpr[X86_RSP], TEST_STACK - 8);

	*top = 0x1122334455667788;
	expect_done(t, "8f07");		/* pop [rdi] */
	expect_access(t, 1, true, TEST_DEVICE + SPOT, 8, 0x1122334455667788);
	KUNIT_EXPECT_EQ(test, t->v->gpr[X86_RSP], TEST_STACK);

	fill_registers(t);
	expect_done(t, "66ff37");	/* two bytes */
	expect_access(t, 0, false, TEST_DEVICE + SPOT, 2, 0xa1a0);
	KUNIT_EXPECT_EQ(test, t->v->gpr[X86_RSP], TEST_STACK - 2);

	/* pop [rsp + rax]: the address is computed after the pop. */
	fill_registers(t);
	t->v->gpr[X86_RAX] = TEST_DEVICE - TEST_STACK;
	expect_done(t, "8f0404");
	expect_access(t, 0, true, TEST_DEVICE + 8, 8, *(u64 *)test_memory(t, TEST_STACK));
}

/* --- other modes --- */

static void works_in_32_bit_code(struct kunit *test)
{
	struct emul_test *t = emul_test_create(test);

	emul_test_protected_mode(t);
	fill_registers(t);
	expect_done(t, "8907");		/* mov [edi], eax */
	expect_access(t, 0, true, TEST_DEVICE + SPOT, 4, 0x03020100);
	expect_done(t, "668b0f");
	expect_done(t, "a1100000d0");	/* mov eax, [abs] */
	KUNIT_EXPECT_EQ(test, t->v->gpr[X86_RAX], 0x03020100);
	/* Addresses wrap at 4 GiB. */
	t->v->gpr[X86_RDI] = 0xfffffff0;
	t->tc->seg[X86_DS].base = TEST_DEVICE + 0x20;
	emul_test_clear_log(t);
	expect_done(t, "8b0f");
	KUNIT_EXPECT_EQ(test, t->log[0].addr, TEST_DEVICE + 0x10);
	/* A segment prefix counts. */
	t->tc->seg[X86_GS].base = TEST_DEVICE + 0x30;
	expect_done(t, "658b0f");
	KUNIT_EXPECT_EQ(test, t->log[1].addr, TEST_DEVICE + 0x20);
	/* The stack is in SS. */
	t->tc->seg[X86_SS].base = TEST_DEVICE;
	t->v->gpr[X86_RBP] = 0x100;
	expect_done(t, "8b4d04");	/* mov ecx, [ebp + 4] */
	KUNIT_EXPECT_EQ(test, t->log[2].addr, TEST_DEVICE + 0x104);
}

static void works_in_16_bit_code(struct kunit *test)
{
	struct emul_test *t = emul_test_create(test);

	emul_test_real_mode(t);
	fill_registers(t);
	t->tc->seg[X86_DS].base = TEST_DEVICE;
	t->v->gpr[X86_RDI] = 0xffff0040;
	t->v->gpr[X86_RBX] = 0xffc4;
	expect_done(t, "8901");		/* mov [bx + di], ax */
	expect_access(t, 0, true, TEST_DEVICE + 4, 2, 0x0100);
	t->v->gpr[X86_RDI] = 0x50;
	expect_done(t, "66678907");	/* mov [edi], eax */
	expect_access(t, 1, true, TEST_DEVICE + 0x50, 4, 0x03020100);
	t->tc->seg[X86_SS].base = TEST_DEVICE;
	t->v->gpr[X86_RBP] = 0x60;
	expect_done(t, "8b4e02");	/* mov cx, [bp + 2] */
	KUNIT_EXPECT_EQ(test, t->log[2].addr, TEST_DEVICE + 0x62);
}

static void loads_segments_in_real_mode(struct kunit *test)
{
	struct emul_test *t = emul_test_create(test);

	emul_test_real_mode(t);
	fill_registers(t);
	t->tc->seg[X86_DS].base = TEST_DEVICE;
	t->v->gpr[X86_RDI] = SPOT;
	expect_done(t, "8e05");		/* mov es, [di] */
	KUNIT_EXPECT_EQ(test, t->tc->seg[X86_ES].sel, 0xa1a0);
	KUNIT_EXPECT_EQ(test, t->tc->seg[X86_ES].base, 0xa1a00);
	KUNIT_EXPECT_EQ(test, t->tc->seg[X86_ES].limit, U16_MAX);
}

static struct kunit_case emul_cases[] = {
	KUNIT_CASE(moves_data),
	KUNIT_CASE(computes),
	KUNIT_CASE(exchanges),
	KUNIT_CASE(compares_and_exchanges),
	KUNIT_CASE(compares_and_exchanges_pairs),
	KUNIT_CASE(finds_bits),
	KUNIT_CASE(pushes_and_pops),
	KUNIT_CASE(works_in_32_bit_code),
	KUNIT_CASE(works_in_16_bit_code),
	KUNIT_CASE(loads_segments_in_real_mode),
	{}
};

static struct kunit_suite emul_suite = {
	.name = "axvm_x86_emul",
	.test_cases = emul_cases,
};

kunit_test_suite(emul_suite);
