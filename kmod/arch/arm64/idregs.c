// SPDX-License-Identifier: GPL-2.0
/*
 * Feature ID registers as guests read them.
 *
 * Arm ARM D23.3.1: fields of four bits, "larger means more" unless signed. A
 * field that is not in the table reads as zero: what axvm does not know it does
 * not offer. What is in it is what the host's CPUs have in common, up to a limit.
 */
#include <asm/cpufeature.h>
#include <kunit/static_stub.h>
#include <kunit/visibility.h>

#include "arm64.h"
#include "idregs.h"

#define ALL	0xf

#define ID(name, field, max_)	\
	{ SYS_##name, name##_##field##_SHIFT, max_ }
#define ID_SIGNED(name, field)	\
	{ SYS_##name, name##_##field##_SHIFT, ALL }

VISIBLE_IF_KUNIT const struct a64_id_field a64_id_fields[] = {
	/* What AArch32 there is at EL0 shows in ID_PFR0_EL1 and so on: see below. */
	ID(ID_AA64PFR0_EL1, EL0, ALL),
	ID(ID_AA64PFR0_EL1, EL1, ID_AA64PFR0_EL1_EL1_IMP),
	ID_SIGNED(ID_AA64PFR0_EL1, FP),
	ID_SIGNED(ID_AA64PFR0_EL1, AdvSIMD),
	ID(ID_AA64PFR0_EL1, GIC, ID_AA64PFR0_EL1_GIC_IMP),
	ID(ID_AA64PFR0_EL1, RAS, ID_AA64PFR0_EL1_RAS_IMP),
	ID(ID_AA64PFR0_EL1, DIT, ALL),
	/* 2 and more: SCXTNUM_ELx, which is not switched. */
	ID(ID_AA64PFR0_EL1, CSV2, ID_AA64PFR0_EL1_CSV2_IMP),
	ID(ID_AA64PFR0_EL1, CSV3, ALL),
	ID(ID_AA64PFR1_EL1, BT, ALL),
	ID(ID_AA64PFR1_EL1, SSBS, ALL),
	ID(ID_AA64DFR0_EL1, DebugVer, ID_AA64DFR0_EL1_DebugVer_V8P4),
	ID(ID_AA64DFR0_EL1, BRPs, ALL),
	ID(ID_AA64DFR0_EL1, WRPs, ALL),
	ID(ID_AA64DFR0_EL1, CTX_CMPs, ALL),
	ID_SIGNED(ID_AA64DFR0_EL1, DoubleLock),
	ID(ID_AA64ISAR0_EL1, AES, ALL),
	ID(ID_AA64ISAR0_EL1, SHA1, ALL),
	ID(ID_AA64ISAR0_EL1, SHA2, ALL),
	ID(ID_AA64ISAR0_EL1, CRC32, ALL),
	ID(ID_AA64ISAR0_EL1, ATOMIC, ALL),
	ID(ID_AA64ISAR0_EL1, RDM, ALL),
	ID(ID_AA64ISAR0_EL1, SHA3, ALL),
	ID(ID_AA64ISAR0_EL1, SM3, ALL),
	ID(ID_AA64ISAR0_EL1, SM4, ALL),
	ID(ID_AA64ISAR0_EL1, DP, ALL),
	ID(ID_AA64ISAR0_EL1, FHM, ALL),
	ID(ID_AA64ISAR0_EL1, TS, ALL),
	ID(ID_AA64ISAR0_EL1, TLB, ALL),
	ID(ID_AA64ISAR0_EL1, RNDR, ALL),
	ID(ID_AA64ISAR1_EL1, DPB, ALL),
	ID(ID_AA64ISAR1_EL1, APA, ALL),
	ID(ID_AA64ISAR1_EL1, API, ALL),
	ID(ID_AA64ISAR1_EL1, JSCVT, ALL),
	ID(ID_AA64ISAR1_EL1, FCMA, ALL),
	ID(ID_AA64ISAR1_EL1, LRCPC, ALL),
	ID(ID_AA64ISAR1_EL1, GPA, ALL),
	ID(ID_AA64ISAR1_EL1, GPI, ALL),
	ID(ID_AA64ISAR1_EL1, FRINTTS, ALL),
	ID(ID_AA64ISAR1_EL1, SB, ALL),
	ID(ID_AA64ISAR1_EL1, SPECRES, ALL),
	ID(ID_AA64ISAR1_EL1, BF16, ALL),
	ID(ID_AA64ISAR1_EL1, DGH, ALL),
	ID(ID_AA64ISAR1_EL1, I8MM, ALL),
	ID(ID_AA64ISAR2_EL1, RPRES, ALL),
	ID(ID_AA64ISAR2_EL1, GPA3, ALL),
	ID(ID_AA64ISAR2_EL1, APA3, ALL),
	ID(ID_AA64ISAR2_EL1, BC, ALL),
	ID(ID_AA64ISAR2_EL1, PAC_frac, ALL),
	ID(ID_AA64ISAR2_EL1, CLRBHB, ALL),
	ID(ID_AA64MMFR0_EL1, PARANGE, ID_AA64MMFR0_EL1_PARANGE_48),
	ID(ID_AA64MMFR0_EL1, ASIDBITS, ALL),
	ID(ID_AA64MMFR0_EL1, BIGEND, ALL),
	ID(ID_AA64MMFR0_EL1, BIGENDEL0, ALL),
	/* More: 52 bits, which stage 2 does not have. */
	ID(ID_AA64MMFR0_EL1, TGRAN16, ID_AA64MMFR0_EL1_TGRAN16_IMP),
	ID_SIGNED(ID_AA64MMFR0_EL1, TGRAN64),
	ID_SIGNED(ID_AA64MMFR0_EL1, TGRAN4),
	ID(ID_AA64MMFR1_EL1, HAFDBS, ID_AA64MMFR1_EL1_HAFDBS_DBM),
	ID(ID_AA64MMFR1_EL1, HPDS, ALL),
	ID(ID_AA64MMFR1_EL1, PAN, ALL),
	ID(ID_AA64MMFR1_EL1, SpecSEI, ALL),
	ID(ID_AA64MMFR1_EL1, ETS, ALL),
	ID(ID_AA64MMFR1_EL1, nTLBPA, ALL),
	ID(ID_AA64MMFR1_EL1, ECBHB, ALL),
	ID(ID_AA64MMFR2_EL1, CnP, ALL),
	ID(ID_AA64MMFR2_EL1, UAO, ALL),
	ID(ID_AA64MMFR2_EL1, LSM, ALL),
	ID(ID_AA64MMFR2_EL1, IESB, ALL),
	ID(ID_AA64MMFR2_EL1, VARange, ALL),
	ID(ID_AA64MMFR2_EL1, CCIDX, ALL),
	ID(ID_AA64MMFR2_EL1, ST, ALL),
	ID(ID_AA64MMFR2_EL1, AT, ALL),
	ID(ID_AA64MMFR2_EL1, IDS, ALL),
	ID(ID_AA64MMFR2_EL1, TTL, ALL),
	ID(ID_AA64MMFR2_EL1, E0PD, ALL),
};
EXPORT_SYMBOL_IF_KUNIT(a64_id_fields);
#if IS_ENABLED(CONFIG_KUNIT)
const unsigned int a64_nr_id_fields = ARRAY_SIZE(a64_id_fields);
EXPORT_SYMBOL_IF_KUNIT(a64_nr_id_fields);
#endif

/* AArch32 at EL0: passed on, but for the performance monitors and debug of ID_DFR0_EL1. */
static const u32 aarch32_regs[] = {
	SYS_ID_PFR0_EL1, SYS_ID_PFR1_EL1, SYS_ID_PFR2_EL1,
	SYS_ID_MMFR0_EL1, SYS_ID_MMFR1_EL1, SYS_ID_MMFR2_EL1, SYS_ID_MMFR3_EL1,
	SYS_ID_MMFR4_EL1, SYS_ID_MMFR5_EL1,
	SYS_ID_ISAR0_EL1, SYS_ID_ISAR1_EL1, SYS_ID_ISAR2_EL1, SYS_ID_ISAR3_EL1,
	SYS_ID_ISAR4_EL1, SYS_ID_ISAR5_EL1, SYS_ID_ISAR6_EL1,
	SYS_MVFR0_EL1, SYS_MVFR1_EL1, SYS_MVFR2_EL1,
};

u64 a64_id_limit(u64 host, const struct a64_id_field *field)
{
	u64 val = (host >> field->shift) & ALL;

	return min_t(u64, val, field->max) << field->shift;
}
EXPORT_SYMBOL_IF_KUNIT(a64_id_limit);

/* What the host's CPUs have in common. */
u64 a64_id_host(u32 encoding)
{
	KUNIT_STATIC_STUB_REDIRECT(a64_id_host, encoding);
	return read_sanitised_ftr_reg(encoding);
}
EXPORT_SYMBOL_IF_KUNIT(a64_id_host);

static u64 *id_reg(struct a64_vm *vm, u32 encoding)
{
	return &vm->id_regs[a64_id_index(sys_reg_CRm(encoding), sys_reg_Op2(encoding))];
}

static void hide(struct a64_vm *vm, u32 encoding, u64 mask)
{
	*id_reg(vm, encoding) &= ~mask;
}

static void hide_pauth(struct a64_vm *vm)
{
	hide(vm, SYS_ID_AA64ISAR1_EL1, ID_AA64ISAR1_EL1_APA_MASK | ID_AA64ISAR1_EL1_API_MASK |
				       ID_AA64ISAR1_EL1_GPA_MASK | ID_AA64ISAR1_EL1_GPI_MASK);
	hide(vm, SYS_ID_AA64ISAR2_EL1, ID_AA64ISAR2_EL1_APA3_MASK | ID_AA64ISAR2_EL1_GPA3_MASK |
				       ID_AA64ISAR2_EL1_PAC_frac_MASK);
}

/* As with TGRAN16, but the field is signed. */
static void hide_52_bits(struct a64_vm *vm)
{
	u64 val = *id_reg(vm, SYS_ID_AA64MMFR0_EL1) & ID_AA64MMFR0_EL1_TGRAN4_MASK;

	if (val == SYS_FIELD_PREP_ENUM(ID_AA64MMFR0_EL1, TGRAN4, 52_BIT))
		hide(vm, SYS_ID_AA64MMFR0_EL1, ID_AA64MMFR0_EL1_TGRAN4_MASK);
}

static bool has_aarch32(struct a64_vm *vm)
{
	u64 pfr0 = *id_reg(vm, SYS_ID_AA64PFR0_EL1);

	return (pfr0 & ID_AA64PFR0_EL1_EL0_MASK) >> ID_AA64PFR0_EL1_EL0_SHIFT ==
	       ID_AA64PFR0_EL1_EL0_AARCH32;
}

void a64_idregs_init(struct a64_vm *vm)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(a64_id_fields); i++)
		*id_reg(vm, a64_id_fields[i].reg) |=
			a64_id_limit(a64_id_host(a64_id_fields[i].reg), &a64_id_fields[i]);
	if (!a64_host.pauth)
		hide_pauth(vm);
	hide_52_bits(vm);
	for (i = 0; i < ARRAY_SIZE(aarch32_regs) && has_aarch32(vm); i++)
		*id_reg(vm, aarch32_regs[i]) = a64_id_host(aarch32_regs[i]);
	/* Activity monitors, as in AArch64. */
	hide(vm, SYS_ID_PFR0_EL1, ID_PFR0_EL1_AMU_MASK);
}
EXPORT_SYMBOL_IF_KUNIT(a64_idregs_init);
