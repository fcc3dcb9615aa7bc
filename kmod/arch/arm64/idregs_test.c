// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit suite: feature ID registers of guests, on hosts of the test's making.
 *
 * What guests may see is written down here a second time, by register, as Arm ARM D23.2 lays them
 * out. Part of axvm_test.ko.
 */
#include <kunit/static_stub.h>
#include <kunit/test.h>

#include "arm64.h"
#include "idregs.h"

#define EVERY_NIBBLE	0x1111111111111111ULL

/* A field whose value has an upper limit. */
struct limit {
	u8 shift;
	u8 max;
};

#define NR_LIMITS	4

/* open: fields that are passed on; limits: others that are; the rest is hidden. */
static const struct shown {
	u32 reg;
	u64 open;
	struct limit limits[NR_LIMITS];
} shown[] = {
	/* EL0, FP, AdvSIMD, DIT, CSV3; EL1: AArch64; GIC 3.0; RAS 1.0; CSV2 without SCXTNUM */
	{ SYS_ID_AA64PFR0_EL1, 0xf00f000000ff000f, { { 4, 1 }, { 24, 1 }, { 28, 1 }, { 56, 1 } } },
	/* BT, SSBS */
	{ SYS_ID_AA64PFR1_EL1, 0xff, { } },
	/* BRPs, WRPs, CTX_CMPs, DoubleLock; DebugVer: v8.4 */
	{ SYS_ID_AA64DFR0_EL1, 0xf0f0f0f000, { { 0, 9 } } },
	/* all but TME */
	{ SYS_ID_AA64ISAR0_EL1, 0xfffffffff0fffff0, { } },
	/* all but XS, LS64 */
	{ SYS_ID_AA64ISAR1_EL1, 0x00ffffffffffffff, { } },
	/* RPRES, GPA3, APA3, BC, PAC_frac, CLRBHB */
	{ SYS_ID_AA64ISAR2_EL1, 0xfff0fff0, { } },
	/* ASIDBits, BigEnd, BigEndEL0, TGran64; PARange: 48 bits; TGran16; TGran4: see below */
	{ SYS_ID_AA64MMFR0_EL1, 0x0f0f0ff0, { { 0, 5 }, { 20, 1 } } },
	/* HPDS, PAN, SpecSEI, ETS, nTLBPA, ECBHB; HAFDBS: flag and dirty state */
	{ SYS_ID_AA64MMFR1_EL1, 0xf00f00f00ff0f000, { { 0, 2 } } },
	/* all but NV, FWB, BBM, EVT */
	{ SYS_ID_AA64MMFR2_EL1, 0xf00f00fff0ffffff, { } },
};

#define TGRAN4	ID_AA64MMFR0_EL1_TGRAN4_MASK
#define PAUTH_1	(ID_AA64ISAR1_EL1_APA_MASK | ID_AA64ISAR1_EL1_API_MASK | \
		 ID_AA64ISAR1_EL1_GPA_MASK | ID_AA64ISAR1_EL1_GPI_MASK)
#define PAUTH_2	(ID_AA64ISAR2_EL1_APA3_MASK | ID_AA64ISAR2_EL1_GPA3_MASK | \
		 ID_AA64ISAR2_EL1_PAC_frac_MASK)

static u64 host[A64_NR_ID_REGS];

static unsigned int index_of(u32 reg)
{
	return a64_id_index(sys_reg_CRm(reg), sys_reg_Op2(reg));
}

static u64 test_host(u32 reg)
{
	return host[index_of(reg)];
}

static int idregs_test_init(struct kunit *test)
{
	test->priv = kunit_kzalloc(test, sizeof(struct a64_vm), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, test->priv);
	memset(host, 0, sizeof(host));
	kunit_activate_static_stub(test, a64_id_host, test_host);
	return 0;
}

/* Registers of a new VM. */
static const u64 *guest(struct kunit *test)
{
	struct a64_vm *vm = test->priv;

	memset(vm->id_regs, 0, sizeof(vm->id_regs));
	a64_idregs_init(vm);
	return vm->id_regs;
}

static u64 guest_reg(struct kunit *test, u32 reg)
{
	return guest(test)[index_of(reg)];
}

/* What of a register whose fields all have this value is shown. */
static u64 limited(const struct shown *reg, u8 value)
{
	u64 val = (value * EVERY_NIBBLE) & reg->open;
	unsigned int i;

	for (i = 0; i < NR_LIMITS && reg->limits[i].max; i++)
		val |= min_t(u64, value, reg->limits[i].max) << reg->limits[i].shift;
	return val;
}

static u64 without_pauth(u32 reg, u64 val)
{
	if (a64_host.pauth)
		return val;
	if (reg == SYS_ID_AA64ISAR1_EL1)
		return val & ~PAUTH_1;
	return reg == SYS_ID_AA64ISAR2_EL1 ? val & ~PAUTH_2 : val;
}

/* Every field of each register at all of its values. */
static void all_values(struct kunit *test)
{
	const struct shown *reg;
	u8 value;

	for (value = 0; value < 16; value++)
		for (reg = shown; reg < shown + ARRAY_SIZE(shown); reg++) {
			u64 ignored = reg->reg == SYS_ID_AA64MMFR0_EL1 ? TGRAN4 : 0;

			memset(host, 0, sizeof(host));
			host[index_of(reg->reg)] = value * EVERY_NIBBLE;
			KUNIT_EXPECT_EQ_MSG(test, guest_reg(test, reg->reg) & ~ignored,
					    without_pauth(reg->reg, limited(reg, value)),
					    "register %#x, fields of %u", reg->reg, value);
		}
}

/* Fields do not depend on their neighbours. */
static void fields_alone(struct kunit *test)
{
	const struct shown *reg;
	unsigned int shift;

	for (reg = shown; reg < shown + ARRAY_SIZE(shown); reg++)
		for (shift = 0; shift < 64; shift += 4) {
			memset(host, 0, sizeof(host));
			host[index_of(reg->reg)] = 1ULL << shift;
			if (reg->reg == SYS_ID_AA64MMFR0_EL1 && BIT_ULL(shift) & TGRAN4)
				continue;
			KUNIT_EXPECT_EQ_MSG(test, guest_reg(test, reg->reg),
					    without_pauth(reg->reg, limited(reg, 1)) &
					    1ULL << shift,
					    "register %#x, bit %u", reg->reg, shift);
		}
}

static bool is_shown(unsigned int index)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(shown); i++)
		if (index_of(shown[i].reg) == index)
			return true;
	return false;
}

/* Registers that are not in the list read as zero, whatever the host has; also those to come. */
static void others_are_zero(struct kunit *test)
{
	const u64 *regs;
	unsigned int i;
	u8 value;

	for (value = 1; value < 16; value++) {
		for (i = 0; i < A64_NR_ID_REGS; i++)
			host[i] = value * EVERY_NIBBLE;
		host[index_of(SYS_ID_AA64PFR0_EL1)] = ID_AA64PFR0_EL1_EL0_IMP;
		regs = guest(test);
		for (i = 0; i < A64_NR_ID_REGS; i++)
			if (!is_shown(i))
				KUNIT_EXPECT_EQ_MSG(test, regs[i], 0, "CRm %u, op2 %u", 1 + i / 8,
						    i % 8);
	}
}

static void nothing_of_nothing(struct kunit *test)
{
	const u64 *regs = guest(test);
	unsigned int i;

	for (i = 0; i < A64_NR_ID_REGS; i++)
		KUNIT_EXPECT_EQ(test, regs[i], 0);
}

/* What axvm does not virtualize, by name. */
static const struct {
	const char *name;
	u32 reg;
	u8 shift;
} hidden[] = {
#define HIDDEN(name, field)	{ #field, SYS_##name, name##_##field##_SHIFT }
	HIDDEN(ID_AA64PFR0_EL1, EL2),
	HIDDEN(ID_AA64PFR0_EL1, EL3),
	HIDDEN(ID_AA64PFR0_EL1, SVE),	/* with a VM that has it: sve.c */
	HIDDEN(ID_AA64PFR0_EL1, SEL2),
	HIDDEN(ID_AA64PFR0_EL1, MPAM),
	HIDDEN(ID_AA64PFR0_EL1, AMU),
	HIDDEN(ID_AA64PFR0_EL1, RME),
	HIDDEN(ID_AA64PFR1_EL1, MTE),
	HIDDEN(ID_AA64PFR1_EL1, RAS_frac),
	HIDDEN(ID_AA64PFR1_EL1, MPAM_frac),
	HIDDEN(ID_AA64PFR1_EL1, SME),
	HIDDEN(ID_AA64PFR1_EL1, RNDR_trap),
	HIDDEN(ID_AA64PFR1_EL1, CSV2_frac),
	HIDDEN(ID_AA64PFR1_EL1, NMI),
	HIDDEN(ID_AA64PFR1_EL1, GCS),
	HIDDEN(ID_AA64DFR0_EL1, TraceVer),
	HIDDEN(ID_AA64DFR0_EL1, PMUVer),
	HIDDEN(ID_AA64DFR0_EL1, PMSVer),
	HIDDEN(ID_AA64DFR0_EL1, TraceFilt),
	HIDDEN(ID_AA64DFR0_EL1, TraceBuffer),
	HIDDEN(ID_AA64DFR0_EL1, MTPMU),
	HIDDEN(ID_AA64DFR0_EL1, BRBE),
	HIDDEN(ID_AA64ISAR0_EL1, TME),
	HIDDEN(ID_AA64ISAR1_EL1, XS),
	HIDDEN(ID_AA64ISAR1_EL1, LS64),
	HIDDEN(ID_AA64ISAR2_EL1, WFxT),
	HIDDEN(ID_AA64ISAR2_EL1, MOPS),
	HIDDEN(ID_AA64MMFR0_EL1, EXS),
	HIDDEN(ID_AA64MMFR0_EL1, FGT),
	HIDDEN(ID_AA64MMFR0_EL1, ECV),
	HIDDEN(ID_AA64MMFR1_EL1, VMIDBits),
	HIDDEN(ID_AA64MMFR1_EL1, VH),
	HIDDEN(ID_AA64MMFR1_EL1, LO),
	HIDDEN(ID_AA64MMFR1_EL1, XNX),
	HIDDEN(ID_AA64MMFR1_EL1, HCX),
	HIDDEN(ID_AA64MMFR2_EL1, NV),
	HIDDEN(ID_AA64MMFR2_EL1, FWB),
	HIDDEN(ID_AA64MMFR3_EL1, TCRX),
	HIDDEN(ID_AA64MMFR3_EL1, SCTLRX),
	HIDDEN(ID_AA64MMFR3_EL1, S1PIE),
	HIDDEN(ID_AA64MMFR3_EL1, S1POE),
	HIDDEN(ID_AA64SMFR0_EL1, SMEver),
};

static void hidden_by_name(struct kunit *test)
{
	unsigned int i;
	u64 value;

	for (i = 0; i < ARRAY_SIZE(hidden); i++)
		for (value = 1; value < 16; value++) {
			memset(host, 0, sizeof(host));
			host[index_of(hidden[i].reg)] = value << hidden[i].shift;
			KUNIT_EXPECT_EQ_MSG(test, guest_reg(test, hidden[i].reg), 0, "%s %llu",
					    hidden[i].name, value);
		}
}

/* Limits are in the table for each of its fields, and none is there twice. */
static void table(struct kunit *test)
{
	unsigned int i, k;

	for (i = 0; i < a64_nr_id_fields; i++) {
		const struct a64_id_field *field = &a64_id_fields[i];

		KUNIT_EXPECT_TRUE(test, is_shown(index_of(field->reg)));
		KUNIT_EXPECT_EQ(test, field->shift % 4, 0);
		KUNIT_EXPECT_GT(test, field->max, 0);
		KUNIT_EXPECT_EQ(test, a64_id_limit(~0ULL, field), (u64)field->max << field->shift);
		KUNIT_EXPECT_EQ(test, a64_id_limit(~(0xfULL << field->shift), field), 0);
		for (k = 0; k < i; k++)
			KUNIT_EXPECT_FALSE(test, a64_id_fields[k].reg == field->reg &&
					   a64_id_fields[k].shift == field->shift);
	}
}

/* No addresses of 52 bits (FEAT_LPA2): stage 2 does not have them. TGran4 is signed, 15 is none. */
static void granules(struct kunit *test)
{
	static const u8 seen[16] = { [15] = 15 };
	u8 value;

	for (value = 0; value < 16; value++) {
		if (value > 1 && value < 15)	/* reserved */
			continue;
		host[index_of(SYS_ID_AA64MMFR0_EL1)] =
			(u64)value << ID_AA64MMFR0_EL1_TGRAN4_SHIFT;
		KUNIT_EXPECT_EQ(test, guest_reg(test, SYS_ID_AA64MMFR0_EL1),
				(u64)seen[value] << ID_AA64MMFR0_EL1_TGRAN4_SHIFT);
	}
}

static void pointer_authentication(struct kunit *test)
{
	bool pauth = a64_host.pauth;

	host[index_of(SYS_ID_AA64ISAR1_EL1)] = EVERY_NIBBLE;
	host[index_of(SYS_ID_AA64ISAR2_EL1)] = EVERY_NIBBLE;
	KUNIT_EXPECT_EQ(test, guest_reg(test, SYS_ID_AA64ISAR1_EL1) & PAUTH_1,
			pauth ? EVERY_NIBBLE & PAUTH_1 : 0);
	KUNIT_EXPECT_EQ(test, guest_reg(test, SYS_ID_AA64ISAR2_EL1) & PAUTH_2,
			pauth ? EVERY_NIBBLE & PAUTH_2 : 0);
}

/* CRm 1 to 3: AArch32 is shown where EL0 has it, but for debug, monitors and what is reserved. */
static const u32 never_in_aarch32[] = {
	SYS_ID_DFR0_EL1, SYS_ID_AFR0_EL1, SYS_ID_DFR1_EL1, sys_reg(3, 0, 0, 3, 3),
	sys_reg(3, 0, 0, 3, 7),
};

static u64 in_aarch32(u32 reg)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(never_in_aarch32); i++)
		if (never_in_aarch32[i] == reg)
			return 0;
	if (reg == SYS_ID_PFR0_EL1)
		return EVERY_NIBBLE & ~ID_PFR0_EL1_AMU_MASK;
	return EVERY_NIBBLE;
}

static void aarch32(struct kunit *test)
{
	const u64 *regs;
	unsigned int i;

	for (i = 0; i < A64_NR_ID_REGS; i++)
		host[i] = EVERY_NIBBLE;
	host[index_of(SYS_ID_AA64PFR0_EL1)] = ID_AA64PFR0_EL1_EL0_AARCH32;
	regs = guest(test);
	for (i = 0; i < a64_id_index(4, 0); i++) {
		u32 reg = sys_reg(3, 0, 0, 1 + i / 8, i % 8);

		KUNIT_EXPECT_EQ_MSG(test, regs[i], in_aarch32(reg), "CRm %u, op2 %u", 1 + i / 8,
				    i % 8);
	}
}

static struct kunit_case cases[] = {
	KUNIT_CASE(all_values),
	KUNIT_CASE(fields_alone),
	KUNIT_CASE(others_are_zero),
	KUNIT_CASE(nothing_of_nothing),
	KUNIT_CASE(hidden_by_name),
	KUNIT_CASE(table),
	KUNIT_CASE(granules),
	KUNIT_CASE(pointer_authentication),
	KUNIT_CASE(aarch32),
	{}
};

static struct kunit_suite suite = {
	.name = "axvm_a64_idregs",
	.init = idregs_test_init,
	.test_cases = cases,
};

kunit_test_suite(suite);
