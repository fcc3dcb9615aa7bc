// SPDX-License-Identifier: GPL-2.0
/*
 * Decoder of load and store instructions, for accesses to device registers.
 *
 * Called by the backend's decode on vCPU threads; pure, any context. The
 * encodings are tables indexed by the bits that tell the instructions of one
 * major opcode apart. "Unprivileged" below is the RISC-V Instruction Set Manual,
 * Volume I, "Privileged" its Volume II.
 */
#include <linux/array_size.h>
#include <linux/bitfield.h>
#include <linux/bits.h>
#include <linux/export.h>
#include <asm/insn.h>
#include <kunit/visibility.h>

#include "insn.h"

/*
 * Major opcodes that the kernel's headers lack: Unprivileged, "RV32/64G
 * Instruction Set Listings", RISC-V base opcode map.
 */
#define RV_MAJOR_LOAD		0x03
#define RV_MAJOR_STORE		0x23

#define RV_REG_MASK		GENMASK(4, 0)

/* Registers x8 to x15 in three bits: Unprivileged, "C", Compressed Instruction Formats. */
#define RVC_SHORT_REG_MASK	GENMASK(2, 0)
#define RVC_SHORT_REG_BASE	8

/*
 * What tells the Zcb accesses apart, funct6 and the bit beside the register:
 * Unprivileged, "Zc*", "Zcb".
 */
#define RVC_ZCB_FUNCT3		0x4
#define RVC_ZCB_FUNCT6_LOW	GENMASK(12, 10)
#define RVC_ZCB_FUNCT1		BIT(6)

#define RV_HTINST_ADDR_OFFSET	GENMASK(19, 15)

/* What an encoding means; @len 0 is no load or store of ours. */
struct form {
	u8 len;
	bool write;
	bool sign_extend;
	bool fp;
	bool reg0_reserved;
};

#define LOAD(n)		{ .len = (n) }
#define LOAD_SIGNED(n)	{ .len = (n), .sign_extend = true }
#define STORE(n)	{ .len = (n), .write = true }
#define FP_LOAD(n)	{ .len = (n), .fp = true }
#define FP_STORE(n)	{ .len = (n), .fp = true, .write = true }

#define NR_FUNCT3	8

/* Unprivileged, "RV32I" and "RV64I", Load and Store Instructions; by funct3. */
static const struct form loads[NR_FUNCT3] = {
	[0] = LOAD_SIGNED(1),	/* lb */
	[1] = LOAD_SIGNED(2),	/* lh */
	[2] = LOAD_SIGNED(4),	/* lw */
	[3] = LOAD(8),		/* ld */
	[4] = LOAD(1),		/* lbu */
	[5] = LOAD(2),		/* lhu */
	[6] = LOAD(4),		/* lwu */
};

static const struct form stores[NR_FUNCT3] = {
	[0] = STORE(1),		/* sb */
	[1] = STORE(2),		/* sh */
	[2] = STORE(4),		/* sw */
	[3] = STORE(8),		/* sd */
};

/* Width 1 is Zfh's; the other widths of these opcodes belong to Q and V. */
static const struct form fp_loads[NR_FUNCT3] = {
	[1]			= FP_LOAD(2),	/* flh */
	[RVFDQ_FL_FS_WIDTH_W]	= FP_LOAD(4),	/* flw */
	[RVFDQ_FL_FS_WIDTH_D]	= FP_LOAD(8),	/* fld */
};

static const struct form fp_stores[NR_FUNCT3] = {
	[1]			= FP_STORE(2),	/* fsh */
	[RVFDQ_FL_FS_WIDTH_W]	= FP_STORE(4),	/* fsw */
	[RVFDQ_FL_FS_WIDTH_D]	= FP_STORE(8),	/* fsd */
};

/* Unprivileged, "C", Load and Store Instructions, RV64 column; by funct3. */
static const struct form register_based[NR_FUNCT3] = {
	[1] = FP_LOAD(8),	/* c.fld */
	[2] = LOAD_SIGNED(4),	/* c.lw */
	[3] = LOAD(8),		/* c.ld */
	[5] = FP_STORE(8),	/* c.fsd */
	[6] = STORE(4),		/* c.sw */
	[7] = STORE(8),		/* c.sd */
};

static const struct form stack_based[NR_FUNCT3] = {
	[1] = FP_LOAD(8),	/* c.fldsp */
	[2] = { .len = 4, .sign_extend = true, .reg0_reserved = true },	/* c.lwsp */
	[3] = { .len = 8, .reg0_reserved = true },			/* c.ldsp */
	[5] = FP_STORE(8),	/* c.fsdsp */
	[6] = STORE(4),		/* c.swsp */
	[7] = STORE(8),		/* c.sdsp */
};

/* By the low bits of funct6, then funct1, which of a byte access is part of the offset. */
static const struct form zcb[8][2] = {
	[0] = { LOAD(1), LOAD(1) },		/* c.lbu */
	[1] = { LOAD(2), LOAD_SIGNED(2) },	/* c.lhu, c.lh */
	[2] = { STORE(1), STORE(1) },		/* c.sb */
	[3] = { STORE(2) },			/* c.sh */
};

static u8 reg_at(u32 insn, unsigned int shift)
{
	return (insn >> shift) & RV_REG_MASK;
}

static u8 short_reg_at(u32 insn, unsigned int shift)
{
	return ((insn >> shift) & RVC_SHORT_REG_MASK) + RVC_SHORT_REG_BASE;
}

static bool fill(const struct form *form, u8 reg, u8 size, struct rv_mmio_insn *out)
{
	if (!form->len || (form->reg0_reserved && !reg))
		return false;
	*out = (struct rv_mmio_insn) {
		.write = form->write,
		.sign_extend = form->sign_extend,
		.fp = form->fp,
		.len = form->len,
		.reg = reg,
		.size = size,
	};
	return true;
}

static const struct form *find_standard(u32 insn)
{
	static const struct {
		u8 opcode;
		const struct form *forms;
	} majors[] = {
		{ RV_MAJOR_LOAD, loads },
		{ RV_MAJOR_STORE, stores },
		{ RVFDQ_OPCODE_FL, fp_loads },
		{ RVFDQ_OPCODE_FS, fp_stores },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(majors); i++)
		if ((insn & RV_INSN_OPCODE_MASK) == majors[i].opcode)
			return &majors[i].forms[FIELD_GET(RV_INSN_FUNCT3_MASK, insn)];
	return NULL;
}

static bool decode_standard(u32 insn, u8 size, struct rv_mmio_insn *out)
{
	const struct form *form = find_standard(insn);

	if (!form)
		return false;
	return fill(form, reg_at(insn, form->write ? RVG_RS2_OPOFF : RVG_RD_OPOFF), size, out);
}

static bool decode_register_based(u32 insn, struct rv_mmio_insn *out)
{
	u32 funct3 = FIELD_GET(RVC_INSN_FUNCT3_MASK, insn);
	const struct form *form = &register_based[funct3];

	if (funct3 == RVC_ZCB_FUNCT3)
		form = &zcb[FIELD_GET(RVC_ZCB_FUNCT6_LOW, insn)][FIELD_GET(RVC_ZCB_FUNCT1, insn)];
	/* The register is in the same place in loads and stores. */
	return fill(form, short_reg_at(insn, RVC_C0_RD_OPOFF), sizeof(u16), out);
}

static bool decode_stack_based(u32 insn, struct rv_mmio_insn *out)
{
	const struct form *form = &stack_based[FIELD_GET(RVC_INSN_FUNCT3_MASK, insn)];
	u8 reg = reg_at(insn, form->write ? RVC_C2_RS2_OPOFF : RVC_C2_RD_OPOFF);

	return fill(form, reg, sizeof(u16), out);
}

bool rv_insn_decode(u32 insn, struct rv_mmio_insn *out)
{
	switch (insn & RVC_INSN_OPCODE_MASK) {
	case RVC_OPCODE_C0:
		return decode_register_based(insn, out);
	case RVC_OPCODE_C1:
		return false;
	case RVC_OPCODE_C2:
		return decode_stack_based(insn, out);
	default:
		return decode_standard(insn, sizeof(u32), out);
	}
}
EXPORT_SYMBOL_IF_KUNIT(rv_insn_decode);

bool rv_htinst_decode(unsigned long htinst, struct rv_mmio_insn *out)
{
	u8 size = htinst & RV_HTINST_NOT_EXPANDED ? sizeof(u32) : sizeof(u16);

	if (!(htinst & RV_HTINST_TRANSFORMED) || htinst > U32_MAX)
		return false;
	if (htinst & RV_HTINST_ADDR_OFFSET)
		return false;
	return decode_standard(htinst | RV_HTINST_NOT_EXPANDED, size, out);
}
EXPORT_SYMBOL_IF_KUNIT(rv_htinst_decode);
