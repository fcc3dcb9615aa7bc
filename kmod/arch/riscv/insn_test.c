// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit: the load and store decoder against an assembler's encodings.
 *
 * The encodings were made by GNU as 2.44 from the texts beside them: the instruction
 * itself, and what htinst holds for it, which is the same access, not compressed, with
 * x0 as base and no offset (bit 1 clear when the original was compressed).
 */
#include <linux/array_size.h>
#include <linux/log2.h>
#include <kunit/test.h>

#include "insn.h"

#define LOAD(n, r, s)		{ .len = n, .reg = r, .size = s }
#define LOAD_SIGNED(n, r, s)	{ .len = n, .reg = r, .size = s, .sign_extend = true }
#define STORE(n, r, s)		{ .len = n, .reg = r, .size = s, .write = true }
#define FP_LOAD(n, r, s)	{ .len = n, .reg = r, .size = s, .fp = true }
#define FP_STORE(n, r, s)	{ .len = n, .reg = r, .size = s, .fp = true, .write = true }

/* Width, register, size in memory. */
static const struct {
	const char *text;
	u32 insn;
	u32 htinst;
	struct rv_mmio_insn expected;
} accesses[] = {
	{ "lb zero,-2048(t6)", 0x800f8003, 0x00000003, LOAD_SIGNED(1, 0, 4) },
	{ "lb t6,2047(zero)", 0x7ff00f83, 0x00000f83, LOAD_SIGNED(1, 31, 4) },
	{ "lb a0,1365(a1)", 0x55558503, 0x00000503, LOAD_SIGNED(1, 10, 4) },
	{ "lbu zero,-2048(t6)", 0x800fc003, 0x00004003, LOAD(1, 0, 4) },
	{ "lbu t6,2047(zero)", 0x7ff04f83, 0x00004f83, LOAD(1, 31, 4) },
	{ "lbu a0,1365(a1)", 0x5555c503, 0x00004503, LOAD(1, 10, 4) },
	{ "lh zero,-2048(t6)", 0x800f9003, 0x00001003, LOAD_SIGNED(2, 0, 4) },
	{ "lh t6,2047(zero)", 0x7ff01f83, 0x00001f83, LOAD_SIGNED(2, 31, 4) },
	{ "lh a0,1365(a1)", 0x55559503, 0x00001503, LOAD_SIGNED(2, 10, 4) },
	{ "lhu zero,-2048(t6)", 0x800fd003, 0x00005003, LOAD(2, 0, 4) },
	{ "lhu t6,2047(zero)", 0x7ff05f83, 0x00005f83, LOAD(2, 31, 4) },
	{ "lhu a0,1365(a1)", 0x5555d503, 0x00005503, LOAD(2, 10, 4) },
	{ "lw zero,-2048(t6)", 0x800fa003, 0x00002003, LOAD_SIGNED(4, 0, 4) },
	{ "lw t6,2047(zero)", 0x7ff02f83, 0x00002f83, LOAD_SIGNED(4, 31, 4) },
	{ "lw a0,1365(a1)", 0x5555a503, 0x00002503, LOAD_SIGNED(4, 10, 4) },
	{ "lwu zero,-2048(t6)", 0x800fe003, 0x00006003, LOAD(4, 0, 4) },
	{ "lwu t6,2047(zero)", 0x7ff06f83, 0x00006f83, LOAD(4, 31, 4) },
	{ "lwu a0,1365(a1)", 0x5555e503, 0x00006503, LOAD(4, 10, 4) },
	{ "ld zero,-2048(t6)", 0x800fb003, 0x00003003, LOAD(8, 0, 4) },
	{ "ld t6,2047(zero)", 0x7ff03f83, 0x00003f83, LOAD(8, 31, 4) },
	{ "ld a0,1365(a1)", 0x5555b503, 0x00003503, LOAD(8, 10, 4) },
	{ "sb zero,-2048(t6)", 0x800f8023, 0x00000023, STORE(1, 0, 4) },
	{ "sb t6,2047(zero)", 0x7ff00fa3, 0x01f00023, STORE(1, 31, 4) },
	{ "sb a0,1365(a1)", 0x54a58aa3, 0x00a00023, STORE(1, 10, 4) },
	{ "sh zero,-2048(t6)", 0x800f9023, 0x00001023, STORE(2, 0, 4) },
	{ "sh t6,2047(zero)", 0x7ff01fa3, 0x01f01023, STORE(2, 31, 4) },
	{ "sh a0,1365(a1)", 0x54a59aa3, 0x00a01023, STORE(2, 10, 4) },
	{ "sw zero,-2048(t6)", 0x800fa023, 0x00002023, STORE(4, 0, 4) },
	{ "sw t6,2047(zero)", 0x7ff02fa3, 0x01f02023, STORE(4, 31, 4) },
	{ "sw a0,1365(a1)", 0x54a5aaa3, 0x00a02023, STORE(4, 10, 4) },
	{ "sd zero,-2048(t6)", 0x800fb023, 0x00003023, STORE(8, 0, 4) },
	{ "sd t6,2047(zero)", 0x7ff03fa3, 0x01f03023, STORE(8, 31, 4) },
	{ "sd a0,1365(a1)", 0x54a5baa3, 0x00a03023, STORE(8, 10, 4) },
	{ "flh ft0,-2048(t6)", 0x800f9007, 0x00001007, FP_LOAD(2, 0, 4) },
	{ "flh ft11,2047(zero)", 0x7ff01f87, 0x00001f87, FP_LOAD(2, 31, 4) },
	{ "flh fa0,1365(a1)", 0x55559507, 0x00001507, FP_LOAD(2, 10, 4) },
	{ "flw ft0,-2048(t6)", 0x800fa007, 0x00002007, FP_LOAD(4, 0, 4) },
	{ "flw ft11,2047(zero)", 0x7ff02f87, 0x00002f87, FP_LOAD(4, 31, 4) },
	{ "flw fa0,1365(a1)", 0x5555a507, 0x00002507, FP_LOAD(4, 10, 4) },
	{ "fld ft0,-2048(t6)", 0x800fb007, 0x00003007, FP_LOAD(8, 0, 4) },
	{ "fld ft11,2047(zero)", 0x7ff03f87, 0x00003f87, FP_LOAD(8, 31, 4) },
	{ "fld fa0,1365(a1)", 0x5555b507, 0x00003507, FP_LOAD(8, 10, 4) },
	{ "fsh ft0,-2048(t6)", 0x800f9027, 0x00001027, FP_STORE(2, 0, 4) },
	{ "fsh ft11,2047(zero)", 0x7ff01fa7, 0x01f01027, FP_STORE(2, 31, 4) },
	{ "fsh fa0,1365(a1)", 0x54a59aa7, 0x00a01027, FP_STORE(2, 10, 4) },
	{ "fsw ft0,-2048(t6)", 0x800fa027, 0x00002027, FP_STORE(4, 0, 4) },
	{ "fsw ft11,2047(zero)", 0x7ff02fa7, 0x01f02027, FP_STORE(4, 31, 4) },
	{ "fsw fa0,1365(a1)", 0x54a5aaa7, 0x00a02027, FP_STORE(4, 10, 4) },
	{ "fsd ft0,-2048(t6)", 0x800fb027, 0x00003027, FP_STORE(8, 0, 4) },
	{ "fsd ft11,2047(zero)", 0x7ff03fa7, 0x01f03027, FP_STORE(8, 31, 4) },
	{ "fsd fa0,1365(a1)", 0x54a5baa7, 0x00a03027, FP_STORE(8, 10, 4) },
	{ "c.lw s0,0(a5)", 0x00004380, 0x00002401, LOAD_SIGNED(4, 8, 2) },
	{ "c.lw a5,124(s0)", 0x00005c7c, 0x00002781, LOAD_SIGNED(4, 15, 2) },
	{ "c.ld s0,0(a5)", 0x00006380, 0x00003401, LOAD(8, 8, 2) },
	{ "c.ld a5,248(s0)", 0x00007c7c, 0x00003781, LOAD(8, 15, 2) },
	{ "c.sw s0,0(a5)", 0x0000c380, 0x00802021, STORE(4, 8, 2) },
	{ "c.sw a5,124(s0)", 0x0000dc7c, 0x00f02021, STORE(4, 15, 2) },
	{ "c.sd s0,0(a5)", 0x0000e380, 0x00803021, STORE(8, 8, 2) },
	{ "c.sd a5,248(s0)", 0x0000fc7c, 0x00f03021, STORE(8, 15, 2) },
	{ "c.fld fs0,0(a5)", 0x00002380, 0x00003405, FP_LOAD(8, 8, 2) },
	{ "c.fld fa5,248(s0)", 0x00003c7c, 0x00003785, FP_LOAD(8, 15, 2) },
	{ "c.fsd fs0,0(a5)", 0x0000a380, 0x00803025, FP_STORE(8, 8, 2) },
	{ "c.fsd fa5,248(s0)", 0x0000bc7c, 0x00f03025, FP_STORE(8, 15, 2) },
	{ "c.lwsp ra,0(sp)", 0x00004082, 0x00002081, LOAD_SIGNED(4, 1, 2) },
	{ "c.lwsp t6,252(sp)", 0x00005ffe, 0x00002f81, LOAD_SIGNED(4, 31, 2) },
	{ "c.ldsp ra,0(sp)", 0x00006082, 0x00003081, LOAD(8, 1, 2) },
	{ "c.ldsp t6,504(sp)", 0x00007ffe, 0x00003f81, LOAD(8, 31, 2) },
	{ "c.swsp zero,0(sp)", 0x0000c002, 0x00002021, STORE(4, 0, 2) },
	{ "c.swsp t6,252(sp)", 0x0000dffe, 0x01f02021, STORE(4, 31, 2) },
	{ "c.sdsp zero,0(sp)", 0x0000e002, 0x00003021, STORE(8, 0, 2) },
	{ "c.sdsp t6,504(sp)", 0x0000fffe, 0x01f03021, STORE(8, 31, 2) },
	{ "c.fldsp ft0,0(sp)", 0x00002002, 0x00003005, FP_LOAD(8, 0, 2) },
	{ "c.fldsp ft11,504(sp)", 0x00003ffe, 0x00003f85, FP_LOAD(8, 31, 2) },
	{ "c.fsdsp ft0,0(sp)", 0x0000a002, 0x00003025, FP_STORE(8, 0, 2) },
	{ "c.fsdsp ft11,504(sp)", 0x0000bffe, 0x01f03025, FP_STORE(8, 31, 2) },
	{ "c.lbu s0,0(a5)", 0x00008380, 0x00004401, LOAD(1, 8, 2) },
	{ "c.lbu a5,1(s0)", 0x0000805c, 0x00004781, LOAD(1, 15, 2) },
	{ "c.lbu s0,2(a5)", 0x000083a0, 0x00004401, LOAD(1, 8, 2) },
	{ "c.lbu a5,3(s0)", 0x0000807c, 0x00004781, LOAD(1, 15, 2) },
	{ "c.lhu s0,0(a5)", 0x00008780, 0x00005401, LOAD(2, 8, 2) },
	{ "c.lhu a5,2(s0)", 0x0000843c, 0x00005781, LOAD(2, 15, 2) },
	{ "c.lh s0,0(a5)", 0x000087c0, 0x00001401, LOAD_SIGNED(2, 8, 2) },
	{ "c.lh a5,2(s0)", 0x0000847c, 0x00001781, LOAD_SIGNED(2, 15, 2) },
	{ "c.sb s0,0(a5)", 0x00008b80, 0x00800021, STORE(1, 8, 2) },
	{ "c.sb a5,1(s0)", 0x0000885c, 0x00f00021, STORE(1, 15, 2) },
	{ "c.sb s0,2(a5)", 0x00008ba0, 0x00800021, STORE(1, 8, 2) },
	{ "c.sb a5,3(s0)", 0x0000887c, 0x00f00021, STORE(1, 15, 2) },
	{ "c.sh s0,0(a5)", 0x00008f80, 0x00801021, STORE(2, 8, 2) },
	{ "c.sh a5,2(s0)", 0x00008c3c, 0x00f01021, STORE(2, 15, 2) },
};

/* What is no plain load or store of a general or floating-point register. */
static const struct {
	const char *text;
	u32 insn;
} others[] = {
	{ "lr.w a0,(a1)", 0x1005a52f },
	{ "lr.d a0,(a1)", 0x1005b52f },
	{ "sc.w a0,a2,(a1)", 0x18c5a52f },
	{ "sc.d a0,a2,(a1)", 0x18c5b52f },
	{ "amoadd.w a0,a2,(a1)", 0x00c5a52f },
	{ "amoswap.d a0,a2,(a1)", 0x08c5b52f },
	{ "addi a0,a1,4", 0x00458513 },
	{ "lui a0,0x10", 0x00010537 },
	{ "auipc a0,0x10", 0x00010517 },
	{ "jal ra,.", 0x000000ef },
	{ "jalr ra,0(a0)", 0x000500e7 },
	{ "beq a0,a1,.", 0x00b50063 },
	{ "add a0,a1,a2", 0x00c58533 },
	{ "addw a0,a1,a2", 0x00c5853b },
	{ "addiw a0,a1,1", 0x0015851b },
	{ "fence", 0x0ff0000f },
	{ "fence.i", 0x0000100f },
	{ "ecall", 0x00000073 },
	{ "ebreak", 0x00100073 },
	{ "wfi", 0x10500073 },
	{ "csrrw a0,sscratch,a1", 0x14059573 },
	{ "csrrs a0,time,zero", 0xc0102573 },
	{ "fadd.d fa0,fa1,fa2", 0x02c5f553 },
	{ "fmadd.d fa0,fa1,fa2,fa3", 0x6ac5f543 },
	{ "flq fa0,0(a1)", 0x0005c507 },
	{ "fsq fa0,0(a1)", 0x00a5c027 },
	{ "vle8.v v0,(a1)", 0x02058007 },
	{ "vle16.v v0,(a1)", 0x0205d007 },
	{ "vle32.v v0,(a1)", 0x0205e007 },
	{ "vle64.v v0,(a1)", 0x0205f007 },
	{ "vse8.v v0,(a1)", 0x02058027 },
	{ "vse16.v v0,(a1)", 0x0205d027 },
	{ "vse32.v v0,(a1)", 0x0205e027 },
	{ "vse64.v v0,(a1)", 0x0205f027 },
	{ "cbo.zero (a1)", 0x0045a00f },
	{ "cbo.clean (a1)", 0x0015a00f },
	{ "cbo.flush (a1)", 0x0025a00f },
	{ "cbo.inval (a1)", 0x0005a00f },
	{ "prefetch.r 0(a1)", 0x0015e013 },
	{ "hlv.b a0,(a1)", 0x6005c573 },
	{ "hlv.bu a0,(a1)", 0x6015c573 },
	{ "hlv.h a0,(a1)", 0x6405c573 },
	{ "hlv.w a0,(a1)", 0x6805c573 },
	{ "hlv.d a0,(a1)", 0x6c05c573 },
	{ "hlvx.wu a0,(a1)", 0x6835c573 },
	{ "hsv.b a0,(a1)", 0x62a5c073 },
	{ "hsv.w a0,(a1)", 0x6aa5c073 },
	{ "hsv.d a0,(a1)", 0x6ea5c073 },
	{ "c.addi4spn a0,sp,8", 0x00000028 },
	{ "c.nop", 0x00000001 },
	{ "c.addi a0,1", 0x00000505 },
	{ "c.addiw a0,1", 0x00002505 },
	{ "c.li a0,1", 0x00004505 },
	{ "c.lui a0,1", 0x00006505 },
	{ "c.srli a0,1", 0x00008105 },
	{ "c.sub a0,a1", 0x00008d0d },
	{ "c.j .", 0x0000a001 },
	{ "c.beqz a0,.", 0x0000c101 },
	{ "c.bnez a0,.", 0x0000e101 },
	{ "c.slli a0,1", 0x00000506 },
	{ "c.jr a0", 0x00008502 },
	{ "c.mv a0,a1", 0x0000852e },
	{ "c.ebreak", 0x00009002 },
	{ "c.jalr a0", 0x00009502 },
	{ "c.add a0,a1", 0x0000952e },
	{ "c.unimp", 0x00000000 },
	{ "c.zext.b a0", 0x00009d61 },
	{ "c.mul a0,a1", 0x00009d4d },
	{ "c.lwsp with rd 0, reserved", 0x00004002 },
	{ "c.lwsp with rd 0 and an offset, reserved", 0x0000507e },
	{ "c.ldsp with rd 0, reserved", 0x00006002 },
	{ "c.ldsp with rd 0 and an offset, reserved", 0x0000707e },
	{ "beside c.sh, reserved", 0x00008c40 },
	{ "beside c.lbu with bit 12, reserved", 0x00009000 },
	{ "load of width 7, reserved", 0x00007003 },
	{ "store of width 4, reserved", 0x00004023 },
	{ "store of width 7, reserved", 0x00007023 },
	{ "fp load of width 0 with other vector bits", 0xfff58007 },
	{ "48-bit instruction", 0x0000001f },
	{ "64-bit instruction", 0x0000003f },
	{ "all ones", 0xffffffff },
};

static void expect_insn(struct kunit *test, const struct rv_mmio_insn *insn,
			const struct rv_mmio_insn *expected, const char *text)
{
	KUNIT_EXPECT_EQ_MSG(test, insn->write, expected->write, "%s", text);
	KUNIT_EXPECT_EQ_MSG(test, insn->sign_extend, expected->sign_extend, "%s", text);
	KUNIT_EXPECT_EQ_MSG(test, insn->fp, expected->fp, "%s", text);
	KUNIT_EXPECT_EQ_MSG(test, insn->len, expected->len, "%s", text);
	KUNIT_EXPECT_EQ_MSG(test, insn->reg, expected->reg, "%s", text);
	KUNIT_EXPECT_EQ_MSG(test, insn->size, expected->size, "%s", text);
}

static void decodes_instructions(struct kunit *test)
{
	struct rv_mmio_insn insn;
	int i;

	for (i = 0; i < ARRAY_SIZE(accesses); i++) {
		memset(&insn, 0xff, sizeof(insn));
		KUNIT_EXPECT_TRUE_MSG(test, rv_insn_decode(accesses[i].insn, &insn), "%s",
				      accesses[i].text);
		expect_insn(test, &insn, &accesses[i].expected, accesses[i].text);
	}
}

/* A fetch of four bytes at a compressed instruction brings two of the next one. */
static void ignores_what_follows(struct kunit *test)
{
	struct rv_mmio_insn insn;
	int i;

	for (i = 0; i < ARRAY_SIZE(accesses); i++) {
		if (accesses[i].expected.size != 2)
			continue;
		KUNIT_EXPECT_TRUE_MSG(test, rv_insn_decode(accesses[i].insn | 0xffff0000, &insn),
				      "%s", accesses[i].text);
		expect_insn(test, &insn, &accesses[i].expected, accesses[i].text);
	}
}

static void decodes_transformed(struct kunit *test)
{
	struct rv_mmio_insn insn;
	int i;

	for (i = 0; i < ARRAY_SIZE(accesses); i++) {
		memset(&insn, 0xff, sizeof(insn));
		KUNIT_EXPECT_TRUE_MSG(test, rv_htinst_decode(accesses[i].htinst, &insn), "%s",
				      accesses[i].text);
		KUNIT_EXPECT_FALSE(test, rv_htinst_is_pseudo(accesses[i].htinst));
		expect_insn(test, &insn, &accesses[i].expected, accesses[i].text);
	}
}

static void refuses_others(struct kunit *test)
{
	struct rv_mmio_insn insn;
	int i;

	for (i = 0; i < ARRAY_SIZE(others); i++) {
		KUNIT_EXPECT_FALSE_MSG(test, rv_insn_decode(others[i].insn, &insn), "%s",
				       others[i].text);
		/* As a transformed instruction, of whichever size. */
		if ((others[i].insn & 3) != 3)
			continue;
		KUNIT_EXPECT_FALSE_MSG(test, rv_htinst_decode(others[i].insn, &insn), "%s",
				       others[i].text);
		KUNIT_EXPECT_FALSE_MSG(test, rv_htinst_decode(others[i].insn & ~2u, &insn), "%s",
				       others[i].text);
	}
}

/* An access that was split by the CPU, at each of its possible offsets. */
static void refuses_split_accesses(struct kunit *test)
{
	struct rv_mmio_insn insn;
	unsigned long offset;
	int i;

	for (i = 0; i < ARRAY_SIZE(accesses); i++)
		for (offset = 1; offset < 32; offset++)
			KUNIT_EXPECT_FALSE_MSG(test,
					       rv_htinst_decode(accesses[i].htinst | offset << 15,
								&insn),
					       "%s at offset %lu", accesses[i].text, offset);
}

static void tells_pseudo_instructions(struct kunit *test)
{
	/* Reads and writes of 32-bit and 64-bit page table entries. */
	static const unsigned long pseudo[] = { 0x2000, 0x2020, 0x3000, 0x3020 };
	struct rv_mmio_insn insn;
	int i;

	for (i = 0; i < ARRAY_SIZE(pseudo); i++) {
		KUNIT_EXPECT_TRUE(test, rv_htinst_is_pseudo(pseudo[i]));
		KUNIT_EXPECT_FALSE(test, rv_htinst_decode(pseudo[i], &insn));
	}
	KUNIT_EXPECT_FALSE(test, rv_htinst_is_pseudo(0));
	KUNIT_EXPECT_FALSE(test, rv_htinst_decode(0, &insn));
}

/* No kind at all: bit 0 clear and bit 1 set; or more than an instruction. */
static void refuses_reserved_htinst(struct kunit *test)
{
	struct rv_mmio_insn insn;

	KUNIT_EXPECT_FALSE(test, rv_htinst_decode(0x2002, &insn));
	KUNIT_EXPECT_FALSE(test, rv_htinst_is_pseudo(0x2002));
	KUNIT_EXPECT_TRUE(test, rv_htinst_decode(0x2003, &insn));
	KUNIT_EXPECT_FALSE(test, rv_htinst_decode(BIT(32) | 0x2003, &insn));
	KUNIT_EXPECT_FALSE(test, rv_htinst_decode(BIT(63) | 0x2003, &insn));
}

static bool is_sane(const struct rv_mmio_insn *insn, u8 size)
{
	return is_power_of_2(insn->len) && insn->len <= 8 && insn->reg < 32 &&
	       insn->size == size && !(insn->sign_extend && (insn->write || insn->fp));
}

/*
 * All 65536 halfwords. Accesses among them, free bits after opcode and funct:
 * 12 forms with 11, less rd = 0 of c.lwsp and c.ldsp with 6; and of Zcb 3 with 8
 * (c.lbu, c.sb, c.lhu and c.lh together) and c.sh with 7.
 */
static void knows_every_halfword(struct kunit *test)
{
	struct rv_mmio_insn insn;
	unsigned int found = 0;
	u32 code;

	for (code = 0; code <= U16_MAX; code++) {
		if ((code & 3) == 3 || !rv_insn_decode(code, &insn))
			continue;
		found++;
		KUNIT_EXPECT_TRUE_MSG(test, is_sane(&insn, 2), "%#x", code);
	}
	KUNIT_EXPECT_EQ(test, found, 12 * BIT(11) - 2 * BIT(6) + 3 * BIT(8) + BIT(7));
}

static struct kunit_case insn_cases[] = {
	KUNIT_CASE(decodes_instructions),
	KUNIT_CASE(ignores_what_follows),
	KUNIT_CASE(decodes_transformed),
	KUNIT_CASE(refuses_others),
	KUNIT_CASE(refuses_split_accesses),
	KUNIT_CASE(tells_pseudo_instructions),
	KUNIT_CASE(refuses_reserved_htinst),
	KUNIT_CASE(knows_every_halfword),
	{}
};

static struct kunit_suite insn_suite = {
	.name = "axvm-riscv-insn",
	.test_cases = insn_cases,
};

kunit_test_suite(insn_suite);
