// SPDX-License-Identifier: GPL-2.0
/*
 * SSE and AVX moves from and to device registers. SDM 2, chapters 3 to 5.
 */
#include "cpu.h"
#include "oracle.h"

const char *const guest_name = "mmiovec";

/* Encoding: mandatory prefix (0: none), opcode behind 0F, bytes of the operand. */
struct move {
	const char *name;
	u8 prefix;
	u8 opcode;
	u8 width;	/* of the 128-bit form; the 256-bit form has twice of 16 */
	bool w;		/* REX.W or VEX.W */
	bool three;	/* VEX has a third operand */
	bool aligned;
};

static const struct move loads[] = {
	{ "MOVUPS", 0x00, 0x10, 16, false, false, false },
	{ "MOVUPD", 0x66, 0x10, 16, false, false, false },
	{ "MOVSS", 0xf3, 0x10, 4, false, false, false },
	{ "MOVSD", 0xf2, 0x10, 8, false, false, false },
	{ "MOVAPS", 0x00, 0x28, 16, false, false, true },
	{ "MOVAPD", 0x66, 0x28, 16, false, false, true },
	{ "MOVDQA", 0x66, 0x6f, 16, false, false, true },
	{ "MOVDQU", 0xf3, 0x6f, 16, false, false, false },
	{ "LDDQU", 0xf2, 0xf0, 16, false, false, false },
	{ "MOVD", 0x66, 0x6e, 4, false, false, false },
	{ "MOVQ of REX.W", 0x66, 0x6e, 8, true, false, false },
	{ "MOVQ", 0xf3, 0x7e, 8, false, false, false },
	{ "MOVLPS", 0x00, 0x12, 8, false, true, false },
	{ "MOVLPD", 0x66, 0x12, 8, false, true, false },
	{ "MOVHPS", 0x00, 0x16, 8, false, true, false },
	{ "MOVHPD", 0x66, 0x16, 8, false, true, false },
};

static const struct move stores[] = {
	{ "MOVUPS", 0x00, 0x11, 16, false, false, false },
	{ "MOVUPD", 0x66, 0x11, 16, false, false, false },
	{ "MOVSS", 0xf3, 0x11, 4, false, false, false },
	{ "MOVSD", 0xf2, 0x11, 8, false, false, false },
	{ "MOVAPS", 0x00, 0x29, 16, false, false, true },
	{ "MOVAPD", 0x66, 0x29, 16, false, false, true },
	{ "MOVDQA", 0x66, 0x7f, 16, false, false, true },
	{ "MOVDQU", 0xf3, 0x7f, 16, false, false, false },
	{ "MOVNTPS", 0x00, 0x2b, 16, false, false, true },
	{ "MOVNTPD", 0x66, 0x2b, 16, false, false, true },
	{ "MOVNTDQ", 0x66, 0xe7, 16, false, false, true },
	{ "MOVD", 0x66, 0x7e, 4, false, false, false },
	{ "MOVQ of REX.W", 0x66, 0x7e, 8, true, false, false },
	{ "MOVQ", 0x66, 0xd6, 8, false, false, false },
	{ "MOVLPS", 0x00, 0x13, 8, false, false, false },
	{ "MOVLPD", 0x66, 0x13, 8, false, false, false },
	{ "MOVHPS", 0x00, 0x17, 8, false, false, false },
	{ "MOVHPD", 0x66, 0x17, 8, false, false, false },
};

static void run(const struct move *move, const struct code *code, unsigned int width)
{
	struct oracle_op op = {
		.name = move->name,
		.insn = { .code = code->bytes, .len = code->len },
		.width = width,
		.flags = RFLAGS_STATUS,
		.vector = true,
	};

	oracle_run(&op, device_of_width(width));
	if (width == 4)
		oracle_run(&op, &device_hole);
}

static void run_sse(const struct move *move, unsigned int reg)
{
	struct code code = { .len = 0 };
	u8 rex = (move->w ? REX_W : 0) | (reg & 8 ? REX_R : 0);

	if (move->prefix)
		code_put(&code, move->prefix);
	if (rex)
		code_put(&code, REX | rex);
	code_put(&code, 0x0f);
	code_put(&code, move->opcode);
	code_put(&code, MODRM(0, reg, RBX));
	run(move, &code, move->width);
}

static u8 vex_prefix(u8 prefix)
{
	switch (prefix) {
	case 0x66:
		return 1;
	case 0xf3:
		return 2;
	case 0xf2:
		return 3;
	default:
		return 0;
	}
}

/* SDM 2.3.5: inverted bits; the third operand is another register, or none. */
static void run_avx(const struct move *move, unsigned int reg, bool wide, bool long_form)
{
	struct code code = { .len = 0 };
	u8 third = move->three ? (reg + 3) % 16 : 0;
	u8 last = (~third & 15) << 3 | (wide ? 4 : 0) | vex_prefix(move->prefix);

	if (long_form || move->w) {
		code_put(&code, 0xc4);
		code_put(&code, (reg & 8 ? 0 : 0x80) | 0x60 | 1);
		code_put(&code, last | (move->w ? 0x80 : 0));
	} else {
		code_put(&code, 0xc5);
		code_put(&code, (reg & 8 ? 0 : 0x80) | last);
	}
	code_put(&code, move->opcode);
	code_put(&code, MODRM(0, reg, RBX));
	run(move, &code, wide ? 32 : move->width);
}

static void each_sse(const struct move *moves, unsigned int nr)
{
	unsigned int i, reg;

	for (i = 0; i < nr; i++) {
		for (reg = 0; reg < 16 && !test_failed(); reg++)
			run_sse(&moves[i], reg);
	}
}

static void each_avx(const struct move *moves, unsigned int nr)
{
	unsigned int i, reg;

	if (!HAS_AVX) {
		test_skip("no AVX");
		return;
	}
	for (i = 0; i < nr; i++) {
		for (reg = 0; reg < 16 && !test_failed(); reg++) {
			run_avx(&moves[i], reg, false, reg & 1);
			if (moves[i].width == 16)
				run_avx(&moves[i], reg, true, reg & 2);
		}
	}
}

static void sse_loads(void)
{
	each_sse(loads, ARRAY_SIZE(loads));
}

static void sse_stores(void)
{
	each_sse(stores, ARRAY_SIZE(stores));
}

static void avx_loads(void)
{
	each_avx(loads, ARRAY_SIZE(loads));
}

static void avx_stores(void)
{
	each_avx(stores, ARRAY_SIZE(stores));
}

static void non_temporal(void)
{
	static const u8 movnti[] = { 0x0f, 0xc3, MODRM(0, RDX, RBX) };
	static const u8 movntdqa[] = { 0x66, 0x0f, 0x38, 0x2a, MODRM(0, 5, RBX) };
	struct oracle_op op = { .name = "MOVNTI", .flags = RFLAGS_STATUS, .vector = true };

	op.insn = (struct insn){ .code = movnti, .len = sizeof(movnti) };
	oracle_run(&op, &device_word);
	op.name = "MOVNTDQA";
	op.insn = (struct insn){ .code = movntdqa, .len = sizeof(movntdqa) };
	oracle_run(&op, &device_hole);
}

/* At an address that is a multiple of 8 alone: those that need 16 are #GP, the others work. */
static void alignment(void)
{
	static u8 near[64] __aligned(64);
	unsigned int i, dev;

	for (i = 0; i < ARRAY_SIZE(loads); i++) {
		bool trapped[2];

		for (dev = 0; dev < 2; dev++) {
			struct code code = { .len = 0 };
			struct insn insn = { .code = code.bytes };
			struct insn_regs regs;
			struct trap_info trap = { .cause = 0 };

			if (loads[i].prefix)
				code_put(&code, loads[i].prefix);
			code_put(&code, 0x0f);
			code_put(&code, loads[i].opcode);
			code_put(&code, MODRM(0, 1, RBX));
			insn.len = code.len;
			insn_fill(&regs);
			regs.r[RBX] = (dev ? device_hole.addr : (u64)near) + 8;
			trapped[dev] = insn_run(&insn, &regs, &trap);
			check(!trapped[dev] || trap.cause == VEC_GP, "%s: trap %lu", loads[i].name,
			      trap.cause);
		}
		check(trapped[0] == trapped[1], "%s: %s", loads[i].name,
		      trapped[0] ? "it does not fault" : "it faults");
		if (!arch_is_reference())
			check(trapped[0] == loads[i].aligned || emulator_differs("takes all"),
			      "%s in memory", loads[i].name);
	}
}

/* CR0.TS and CR4.OSFXSR are looked at before the device is. */
static void without_permission(void)
{
	static const u8 movups[] = { 0x0f, 0x10, MODRM(0, 1, RBX) };
	struct insn insn = { .code = movups, .len = sizeof(movups) };
	struct insn_regs regs;
	struct trap_info trap = { .cause = 0 };
	u64 cr4 = read_cr4();

	insn_fill(&regs);
	regs.r[RBX] = device_hole.addr;
	write_cr0(read_cr0() | CR0_TS);
	check(insn_run(&insn, &regs, &trap) && trap.cause == VEC_NM, "TS: trap %lu", trap.cause);
	write_cr0(read_cr0() & ~CR0_TS);
	write_cr4(cr4 & ~CR4_OSFXSR);
	check(insn_run(&insn, &regs, &trap) && trap.cause == VEC_UD, "OSFXSR: trap %lu",
	      trap.cause);
	write_cr4(cr4);
}

static const struct test_case cases[] = {
	{ "sse_loads", sse_loads },
	{ "sse_stores", sse_stores },
	{ "avx_loads", avx_loads },
	{ "avx_stores", avx_stores },
	{ "non_temporal", non_temporal },
	{ "alignment", alignment },
	{ "without_permission", without_permission },
};

void guest_main(void)
{
	oracle_init();
	test_run(cases, ARRAY_SIZE(cases));
}
