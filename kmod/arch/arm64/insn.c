// SPDX-License-Identifier: GPL-2.0
/*
 * Decoding of A64 loads and stores for which the CPU gives no syndrome.
 *
 * Arm ARM C4.1.88, "Loads and Stores": the ISS of a data abort is valid
 * (ISV = 1) for single general registers without writeback only. Pure functions.
 */
#include <linux/bits.h>
#include <linux/bitops.h>
#include <kunit/visibility.h>

#include "insn.h"

static unsigned int field(u32 insn, unsigned int high, unsigned int low)
{
	return (insn & GENMASK(high, low)) >> low;
}

static void set_base(u32 insn, struct a64_access *access)
{
	access->rt[0] = field(insn, 4, 0);
	access->rn = field(insn, 9, 5);
	access->simd = insn & BIT(26);
	access->nr = 1;
}

/* "Load/store register pair": opc, V; bits 24:23 say no-allocate, post-index, offset, pre-index. */
static bool decode_pair(u32 insn, struct a64_access *access)
{
	unsigned int opc = field(insn, 31, 30), mode = field(insn, 24, 23);
	bool load = insn & BIT(22);
	int offset;

	if (opc == 3)
		return false;
	if (access->simd)
		access->len = 4 << opc;
	else
		access->len = opc == 2 ? 8 : 4;
	/* LDPSW; with a store, or without allocation, these are tags or nothing. */
	if (!access->simd && opc == 1) {
		if (!load || !mode)
			return false;
		access->sign = true;
	}
	access->sf = access->sign || opc == 2;
	access->nr = 2;
	access->rt[1] = field(insn, 14, 10);
	access->write = !load;
	offset = sign_extend32(field(insn, 21, 15), 6) * access->len;
	access->writeback = mode & 1;
	access->step = access->writeback ? offset : 0;
	access->offset = mode == 1 ? 0 : offset;
	return true;
}

/* size and opc of single registers: what is moved, and how it is extended. */
static bool decode_single_size(u32 insn, struct a64_access *access)
{
	unsigned int size = field(insn, 31, 30), opc = field(insn, 23, 22);

	if (access->simd) {
		if (opc & 2 && size)
			return false;
		access->len = opc & 2 ? 16 : 1 << size;
		access->write = !(opc & 1);
		return true;
	}
	access->len = 1 << size;
	access->write = !opc;
	access->sign = opc & 2;
	access->sf = opc == 2 || size == 3;
	if (opc < 2)
		return true;
	/* 64 bits: PRFM and nothing; 32 bits: LDRSW alone. */
	return size < 2 || (size == 2 && opc == 2);
}

/* bits 11:10: unscaled, post-index, unprivileged, pre-index. */
static bool decode_imm9(u32 insn, struct a64_access *access)
{
	unsigned int mode = field(insn, 11, 10);

	if (mode == 2 && access->simd)
		return false;
	access->writeback = mode & 1;
	if (access->writeback)
		access->step = sign_extend32(field(insn, 20, 12), 8);
	return true;
}

/*
 * "Load/store register (unsigned immediate)", "(unscaled immediate)", "(immediate
 * ...-indexed)", "(register offset)"
 */
static bool decode_single(u32 insn, struct a64_access *access)
{
	if (!decode_single_size(insn, access))
		return false;
	if (insn & BIT(24))
		return true;
	if (!(insn & BIT(21)))
		return decode_imm9(insn, access);
	/* Others are atomics and pointer authentication; without bit 14 no extension exists. */
	return field(insn, 11, 10) == 2 && insn & BIT(14);
}

/* "Load register (literal)": a driver's constant is no device, but it is a plain load. */
static bool decode_literal(u32 insn, struct a64_access *access)
{
	unsigned int opc = field(insn, 31, 30);

	if (opc == 3)
		return false;
	access->rn = 31;
	if (access->simd) {
		access->len = 4 << opc;
		return true;
	}
	access->len = opc == 1 ? 8 : 4;
	access->sign = opc == 2;
	access->sf = opc != 0;
	return true;
}

bool a64_insn_decode(u32 insn, struct a64_access *access)
{
	/* op0 of the main encoding table: loads and stores are x1x0. */
	if (!(insn & BIT(27)) || insn & BIT(25))
		return false;
	*access = (struct a64_access){};
	set_base(insn, access);
	switch (field(insn, 29, 28)) {
	case 2:
		return decode_pair(insn, access);
	case 3:
		return decode_single(insn, access);
	case 1:
		return !field(insn, 24, 24) && decode_literal(insn, access);
	default:
		return false;
	}
}
EXPORT_SYMBOL_IF_KUNIT(a64_insn_decode);
