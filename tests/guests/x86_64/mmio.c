// SPDX-License-Identifier: GPL-2.0
/*
 * Integer instructions on device registers: each form, each register.
 * SDM 2.
 */
#include "cpu.h"
#include "oracle.h"

const char *const guest_name = "mmio";

#define OPSIZE		0x66

static u64 seed = 3;

/* Prefixes for an operand of that width, and a register for ModRM.reg. */
static void put_prefixes(struct code *code, unsigned int width, unsigned int reg, bool force_rex)
{
	u8 rex = (width == 8 ? REX_W : 0) | (reg & 8 ? REX_R : 0);

	if (width == 2)
		code_put(code, OPSIZE);
	if (rex || force_rex)
		code_put(code, REX | rex);
}

static void run_code(const char *name, const struct code *code, unsigned int width, u64 flags)
{
	struct oracle_op op = {
		.name = name,
		.insn = { .code = code->bytes, .len = code->len },
		.width = width,
		.flags = flags,
	};

	oracle_run(&op, device_of_width(width));
	if (width == 1 || width == 4)
		oracle_run(&op, &device_hole);
}

static const unsigned int widths[] = { 1, 2, 4, 8 };

/*
 * "opcode ModRM [RBX], reg": all registers but those that RBX is part of. The
 * form of a byte is at the opcode, the others at the one behind it.
 */
static void each_register(const char *name, const u8 *opcode, unsigned int nr, unsigned int width,
			  u64 flags)
{
	unsigned int reg, i, rex;

	for (reg = 0; reg < 16 && !test_failed(); reg++) {
		for (rex = 0; rex < 2; rex++) {
			struct code code = { .len = 0 };

			if (reg == RBX || (width == 1 && reg == 7 && !rex))
				continue;
			put_prefixes(&code, width, reg, rex);
			for (i = 0; i + 1 < nr; i++)
				code_put(&code, opcode[i]);
			code_put(&code, opcode[nr - 1] + (width > 1));
			code_put(&code, MODRM(0, reg, RBX));
			run_code(name, &code, width, flags);
		}
	}
}

static void all_widths(const char *name, const u8 *opcode, unsigned int nr, u64 flags)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(widths); i++)
		each_register(name, opcode, nr, widths[i], flags);
}

#define EACH(name, flags, ...)							\
	all_widths(name, (const u8[]){ __VA_ARGS__ },				\
		   sizeof((const u8[]){ __VA_ARGS__ }), flags)

/* Groups: ModRM.reg is the operation; an immediate of imm bytes behind it. */
static void group(const char *name, u8 opcode, unsigned int n, unsigned int width,
		  unsigned int imm, u64 flags)
{
	unsigned int round;

	for (round = 0; round < 6 && !test_failed(); round++) {
		struct code code = { .len = 0 };

		put_prefixes(&code, width, 0, false);
		code_put(&code, opcode);
		code_put(&code, MODRM(0, n, RBX));
		code_put_imm(&code, round ? random_next(&seed) : 0x80, imm);
		run_code(name, &code, width, flags);
	}
}

static unsigned int imm_of(unsigned int width)
{
	return width < 4 ? width : 4;
}

/* --- forms --- */

static void move(void)
{
	unsigned int i;

	EACH("store", RFLAGS_STATUS, 0x88);
	EACH("load", RFLAGS_STATUS, 0x8a);
	for (i = 0; i < ARRAY_SIZE(widths); i++)
		group("store immediate", widths[i] == 1 ? 0xc6 : 0xc7, 0, widths[i],
		      imm_of(widths[i]), RFLAGS_STATUS);
}

/* MOV with an address of 64 bits instead of ModRM: device and memory need code of their own. */
static void move_offset(void)
{
	static u32 word;
	struct insn_regs regs, before;
	struct trap_info trap;
	struct code code = { .len = 0 };
	unsigned int load;

	for (load = 0; load < 2; load++) {
		code.len = 0;
		code_put(&code, load ? 0xa1 : 0xa3);
		code_put_imm(&code, device_word.addr, 8);
		insn_fill(&before);
		regs = before;
		device_set(&device_word, 0x13579bdf);
		check(!insn_run(&(struct insn){ .code = code.bytes, .len = code.len }, &regs,
				&trap), "trap %lu", trap.cause);
		word = load ? 0x13579bdf : (u32)before.r[RAX];
		check(device_get(&device_word) == word, "the device has 0x%lx, not 0x%x",
		      device_get(&device_word), word);
		if (load)
			check(regs.r[RAX] == word, "RAX is 0x%lx", regs.r[RAX]);
		check(!insn_changed(&before, &regs, load ? BIT(RAX) : 0), "a register changed");
	}
}

static void extend(void)
{
	static const u8 opcodes[] = { 0xb6, 0xb7, 0xbe, 0xbf };
	unsigned int i, to, reg;

	for (i = 0; i < ARRAY_SIZE(opcodes); i++) {
		for (to = 1; to < ARRAY_SIZE(widths); to++) {
			for (reg = 0; reg < 16; reg++) {
				struct code code = { .len = 0 };

				if (reg == RBX)
					continue;
				put_prefixes(&code, widths[to], reg, false);
				code_put(&code, 0x0f);
				code_put(&code, opcodes[i]);
				code_put(&code, MODRM(0, reg, RBX));
				run_code("MOVZX or MOVSX", &code, opcodes[i] & 1 ? 2 : 1,
					 RFLAGS_STATUS);
			}
		}
	}
}

static void extend_word(void)
{
	unsigned int reg;

	for (reg = 0; reg < 16; reg++) {
		struct code code = { .len = 0 };

		if (reg == RBX)
			continue;
		put_prefixes(&code, 8, reg, false);
		code_put(&code, 0x63);
		code_put(&code, MODRM(0, reg, RBX));
		run_code("MOVSXD", &code, 4, RFLAGS_STATUS);
	}
}

static void arithmetic(void)
{
	static const char *const names[] = {
		"ADD", "OR", "ADC", "SBB", "AND", "SUB", "XOR", "CMP"
	};
	unsigned int op, i;

	for (op = 0; op < 8; op++) {
		u64 flags = op == 1 || op == 4 || op == 6 ? FLAGS_LOGIC : RFLAGS_STATUS;

		EACH(names[op], flags, op << 3);
		EACH(names[op], flags, op << 3 | 2);
		for (i = 0; i < ARRAY_SIZE(widths); i++) {
			group(names[op], widths[i] == 1 ? 0x80 : 0x81, op, widths[i],
			      imm_of(widths[i]), flags);
			if (widths[i] > 1)
				group(names[op], 0x83, op, widths[i], 1, flags);
		}
	}
}

static void unary(void)
{
	static const struct {
		const char *name;
		u8 opcode;
		u8 n;
		bool imm;
		u64 flags;
	} table[] = {
		{ "TEST", 0xf6, 0, true, FLAGS_LOGIC },
		{ "NOT", 0xf6, 2, false, RFLAGS_STATUS },
		{ "NEG", 0xf6, 3, false, RFLAGS_STATUS },
		{ "INC", 0xfe, 0, false, RFLAGS_STATUS },
		{ "DEC", 0xfe, 1, false, RFLAGS_STATUS },
	};
	unsigned int i, w;

	for (i = 0; i < ARRAY_SIZE(table); i++) {
		for (w = 0; w < ARRAY_SIZE(widths); w++)
			group(table[i].name, table[i].opcode + (widths[w] > 1), table[i].n,
			      widths[w], table[i].imm ? imm_of(widths[w]) : 0, table[i].flags);
	}
	EACH("TEST", FLAGS_LOGIC, 0x84);
}

static void exchange(void)
{
	EACH("XCHG", RFLAGS_STATUS, 0x86);
	EACH("XADD", RFLAGS_STATUS, 0x0f, 0xc0);
}

/* With an accumulator that is equal in half of the cases. */
static void compare_exchange(void)
{
	struct insn_regs given = { .rflags = 0 };
	struct oracle_op op = { .name = "CMPXCHG", .width = 4, .flags = RFLAGS_STATUS };
	static const u8 bytes[] = { 0x0f, 0xb1, MODRM(0, RCX, RBX) };
	static const u64 values[] = { 0, 0xffffffff, 0x80808080, 0x7f7f7f7f, 1 };
	unsigned int i;

	EACH("CMPXCHG", RFLAGS_STATUS, 0x0f, 0xb0);
	op.insn.code = bytes;
	op.insn.len = sizeof(bytes);
	for (i = 0; i < 200; i++) {
		given.r[RAX] = values[i % ARRAY_SIZE(values)] | random_next(&seed) << 32;
		oracle_run_with(&op, &device_word, &given, BIT(RAX));
	}
}

/* 8 and 16 bytes, where nothing is: equal with the constant or not. */
static void compare_exchange_wide(void)
{
	static const u8 eight[] = { 0x0f, 0xc7, MODRM(0, 1, RBX) };
	static const u8 sixteen[] = { REX | REX_W, 0x0f, 0xc7, MODRM(0, 1, RBX) };
	struct insn_regs given = { .rflags = 0 };
	struct oracle_op op = { .name = "CMPXCHG8B", .width = 8, .flags = RFLAGS_STATUS };
	unsigned int i;

	if (reference_differs("takes no 16 bytes"))
		return;
	for (i = 0; i < 8; i++) {
		op.insn = (struct insn){ .code = i & 1 ? sixteen : eight,
					 .len = i & 1 ? sizeof(sixteen) : sizeof(eight) };
		given.r[RAX] = i & 2 ? device_hole.constant : 1;
		given.r[RDX] = i & 4 ? device_hole.constant : 1;
		oracle_run_with(&op, &device_hole, &given, BIT(RAX) | BIT(RDX));
	}
}

#define BIT_FLAGS	(RFLAGS_CF | RFLAGS_ZF)

static void bits_immediate(void)
{
	static const char *const names[] = { "BT", "BTS", "BTR", "BTC" };
	unsigned int op, n, w;

	for (op = 0; op < 4; op++) {
		for (n = 0; n < 256; n += 13) {
			for (w = 1; w < ARRAY_SIZE(widths); w++) {
				struct code code = { .len = 0 };

				put_prefixes(&code, widths[w], 0, false);
				code_put(&code, 0x0f);
				code_put(&code, 0xba);
				code_put(&code, MODRM(0, 4 + op, RBX));
				code_put(&code, n);
				run_code(names[op], &code, widths[w], BIT_FLAGS);
			}
		}
	}
}

/* A register as bit offset moves the operand: RBX goes the other way. */
static void bits_register(void)
{
	static const u8 opcodes[] = { 0xa3, 0xab, 0xb3, 0xbb };
	struct insn_regs given = { .rflags = 0 };
	struct oracle_op op = { .name = "BT* register", .width = 4, .flags = BIT_FLAGS };
	s64 words, bit;
	unsigned int i;

	for (i = 0; i < 400 && !test_failed(); i++) {
		/* [RBX + disp8], and as many words back by the offset. */
		words = (s64)(random_next(&seed) % 31) - 15;
		bit = random_next(&seed) % 32;
		u8 bytes[] = { 0x0f, opcodes[i % 4], MODRM(1, RCX, RBX), (u8)(-words * 4) };

		given.r[RCX] = (words * 32 + bit) & 0xffffffff;
		op.insn = (struct insn){ .code = bytes, .len = sizeof(bytes) };
		oracle_run_with(&op, &device_word, &given, BIT(RCX));
	}
}

static void swap(void)
{
	unsigned int op, w, reg;

	if (!cpuid_has(1, 0, ECX, 22)) {
		test_skip("no MOVBE");
		return;
	}
	for (op = 0; op < 2; op++) {
		for (w = 1; w < ARRAY_SIZE(widths); w++) {
			for (reg = 0; reg < 16; reg++) {
				struct code code = { .len = 0 };

				if (reg == RBX)
					continue;
				put_prefixes(&code, widths[w], reg, false);
				code_put_imm(&code, 0xf0380f + (op << 16), 3);
				code_put(&code, MODRM(0, reg, RBX));
				run_code("MOVBE", &code, widths[w], RFLAGS_STATUS);
			}
		}
	}
}

static void conditions(void)
{
	unsigned int cc;

	for (cc = 0; cc < 16; cc++) {
		u8 cmov[] = { 0x0f, 0x40 + cc, MODRM(0, RDX, RBX) };
		u8 setcc[] = { 0x0f, 0x90 + cc, MODRM(0, 0, RBX) };
		struct oracle_op op = { .name = "CMOVcc", .flags = RFLAGS_STATUS };
		unsigned int i;

		for (i = 0; i < 8; i++) {
			op.insn = (struct insn){ .code = cmov, .len = sizeof(cmov) };
			oracle_run(&op, &device_word);
			op.name = "SETcc";
			op.insn = (struct insn){ .code = setcc, .len = sizeof(setcc) };
			oracle_run(&op, &device_byte);
		}
	}
}

static void stack(void)
{
	static const u8 push[] = { 0xff, MODRM(0, 6, RBX) };
	static const u8 pop[] = { 0x8f, MODRM(0, 0, RBX) };
	struct oracle_op op = { .name = "PUSH", .flags = RFLAGS_STATUS };

	op.insn = (struct insn){ .code = push, .len = sizeof(push) };
	oracle_run(&op, &device_hole);
	op.name = "POP";
	op.insn = (struct insn){ .code = pop, .len = sizeof(pop) };
	oracle_run(&op, &device_hole);
}

static void locked(void)
{
	static const u8 ops[][4] = {
		{ 0xf0, 0x01, MODRM(0, RCX, RBX), 3 }, { 0xf0, 0x31, MODRM(0, RDX, RBX), 3 },
		{ 0xf0, 0x87, MODRM(0, RSI, RBX), 3 }, { 0xf0, 0x21, MODRM(0, RBP, RBX), 3 },
		{ 0xf0, 0xff, MODRM(0, 0, RBX), 3 }, { 0xf0, 0xf7, MODRM(0, 3, RBX), 3 },
		/* Those that may not have it are #UD. */
		{ 0xf0, 0x8b, MODRM(0, RCX, RBX), 3 }, { 0xf0, 0x39, MODRM(0, RCX, RBX), 3 },
	};
	struct oracle_op op = { .name = "LOCK", .flags = FLAGS_LOGIC };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ops); i++) {
		op.insn = (struct insn){ .code = ops[i], .len = ops[i][3] };
		oracle_run(&op, &device_word);
	}
}

static const struct test_case cases[] = {
	{ "move", move },
	{ "move_offset", move_offset },
	{ "extend", extend },
	{ "extend_word", extend_word },
	{ "arithmetic", arithmetic },
	{ "unary", unary },
	{ "exchange", exchange },
	{ "compare_exchange", compare_exchange },
	{ "compare_exchange_wide", compare_exchange_wide },
	{ "bits_immediate", bits_immediate },
	{ "bits_register", bits_register },
	{ "swap", swap },
	{ "conditions", conditions },
	{ "stack", stack },
	{ "locked", locked },
};

void guest_main(void)
{
	oracle_init();
	test_run(cases, ARRAY_SIZE(cases));
}
