// SPDX-License-Identifier: GPL-2.0
/*
 * System registers: each encoding of op0 = 2 and 3 either works or is UNDEFINED
 * (Arm ARM D24 and C5), at EL1 and at EL0; what identifies features is the same
 * on all CPUs, is all there, and shows nothing that a guest cannot have.
 */
#include "cpu.h"
#include "runtime.h"
#include "sysreg.h"

const char *const guest_name = "sysreg";

#define SECOND		1000000
#define NR_ID_REGS	56		/* op0 3, op1 0, CRn 0, CRm 1 to 7 */
#define NR_ENCODINGS	0x8000U		/* op0 2 and 3 */
#define RT		11

#define ENC_OP1(enc)	((enc) >> 11 & 7)
#define ENC_CRN(enc)	((enc) >> 7 & 0xf)
#define ENC_CRM(enc)	((enc) >> 3 & 0xf)
#define ENC_OP2(enc)	((enc) & 7)

static u64 seed = 1;

static bool read_register(u32 enc, u64 *val, struct trap_info *trap)
{
	struct insn_regs regs;
	bool trapped;

	insn_fill(&regs);
	trapped = insn_run(INSN_MRS(enc, RT), &regs, trap);
	*val = regs.x[RT];
	return !trapped;
}

static bool write_register(u32 enc, u64 val, struct trap_info *trap)
{
	struct insn_regs regs;

	insn_fill(&regs);
	regs.x[RT] = val;
	return !insn_run(INSN_MSR(enc, RT), &regs, trap);
}

/* UNDEFINED, or switched off; FEAT_IDST: a trap that names the register, in the ID space. */
static bool is_refusal(u32 enc, u64 esr)
{
	switch (ESR_EC(esr)) {
	case EC_SYSREG:
		return enc >> 14 && !ENC_CRN(enc) && ENC_OP1(enc) < 4;
	case EC_UNKNOWN:
	case EC_FP:
	case EC_SVE:
	case 0x1d:	/* SME */
		return true;
	default:
		return false;
	}
}

static void describe(const char *what, u32 enc, u64 esr)
{
	test_fail("%s S%u_%u_C%u_C%u_%u: ESR 0x%lx", what, 2 + (enc >> 14 & 1), ENC_OP1(enc),
		  ENC_CRN(enc), ENC_CRM(enc), ENC_OP2(enc), esr);
}

/* What takes an interrupt by being read. */
static bool may_read(u32 enc)
{
	return enc != SYSREG(3, 0, 12, 8, 0) && enc != SYSREG(3, 0, 12, 12, 0) &&
	       enc != SYSREG(3, 0, 12, 9, 5);
}

static u64 works[NR_ENCODINGS / 64];

static void each_read(void)
{
	struct trap_info trap;
	unsigned int nr = 0;
	u64 val;
	u32 enc;

	for (enc = 0; enc < NR_ENCODINGS && !test_failed(); enc++) {
		if (!may_read(enc))
			continue;
		if (read_register(enc, &val, &trap)) {
			works[enc / 64] |= BIT(enc % 64);
			nr++;
		} else if (!is_refusal(enc, trap.cause)) {
			describe("reading", enc, trap.cause);
		}
	}
	print("%u registers can be read\n", nr);
}

static bool is_readable(u32 enc)
{
	return works[enc / 64] >> enc % 64 & 1;
}

/* EL2 and EL3 are not there: D24.2, "UNDEFINED at EL1". Aliases of EL1's registers (op1 5), too. */
static void higher_levels_hidden(void)
{
	u32 enc;

	for (enc = 0; enc < NR_ENCODINGS && !test_failed(); enc++) {
		if (ENC_OP1(enc) < 4 || !is_readable(enc) || !(enc >> 14))
			continue;
		if (ENC_OP1(enc) >= 4 && ENC_OP1(enc) <= 6)
			describe("readable:", enc, 0);
	}
}

/* Not what this program stands on: EL1's controls, tables, the interrupt controller. */
static bool may_write(u32 enc)
{
	switch (ENC_CRN(enc) << 4 | ENC_CRM(enc)) {
	case 0x10:	/* SCTLR, CPACR, ... */
	case 0x12:	/* ZCR, SMCR */
	case 0x20:	/* TTBR, TCR */
	case 0x21:	/* pointer authentication keys */
	case 0x22:
	case 0x23:
	case 0x40:	/* SPSR, ELR */
	case 0x41:	/* SP */
	case 0x42:	/* PSTATE fields */
	case 0x43:
	case 0x46:	/* PMR */
	case 0xa2:	/* MAIR */
	case 0xa3:	/* AMAIR, POR, ... */
	case 0xa4:
	case 0xc0:	/* VBAR */
	case 0xc8 ... 0xcc:	/* ICC */
	case 0xd0:	/* TPIDR */
		return false;
	default:
		return ENC_CRN(enc) != 11 && ENC_CRN(enc) != 15 && ENC_CRN(enc) != 14;
	}
}

/* Only what can be read is restored; what cannot is none of ours. */
static void write_one(u32 enc)
{
	struct trap_info trap;
	u64 before = 0;
	bool readable = is_readable(enc) && read_register(enc, &before, &trap);

	if (!write_register(enc, readable ? before : random_next(&seed), &trap) &&
	    !is_refusal(enc, trap.cause))
		describe("writing", enc, trap.cause);
	if (!readable || !write_register(enc, random_next(&seed), &trap))
		return;
	write_register(enc, before, &trap);
}

static void each_write(void)
{
	u32 enc;

	for (enc = 0x4000; enc < NR_ENCODINGS && !test_failed(); enc++) {
		if (may_write(enc))
			write_one(enc);
	}
}

/* op0 2: debug and trace. Debug exceptions stay off: MDSCR_EL1 is put back. */
static void each_debug_write(void)
{
	u64 mdscr = sysreg_read(mdscr_el1);
	struct trap_info trap;
	u32 enc;

	for (enc = 0; enc < 0x4000 && !test_failed(); enc++) {
		if (enc == SYSREG(2, 0, 0, 2, 2) || enc == SYSREG(2, 0, 1, 0, 4) ||
		    enc == SYSREG(2, 0, 1, 3, 4))
			continue;
		if (!write_register(enc, random_next(&seed), &trap) && !is_refusal(enc, trap.cause))
			describe("writing", enc, trap.cause);
	}
	for (enc = 0; enc < 16; enc++) {
		write_register(SYSREG(2, 0, 0, enc, 5), 0, &trap);
		write_register(SYSREG(2, 0, 0, enc, 7), 0, &trap);
	}
	sysreg_write(mdscr_el1, mdscr);
	isb();
}

/* --- feature registers --- */

static u64 id_regs[GUEST_MAX_CPUS][NR_ID_REGS];

static void read_id_regs(u64 *to)
{
	struct trap_info trap;
	unsigned int i;

	for (i = 0; i < NR_ID_REGS; i++) {
		u32 enc = SYSREG(3, 0, 0, 1 + i / 8, i % 8);

		if (!check(read_register(enc, &to[i], &trap), "CRm %u, op2 %u: ESR 0x%lx",
			   1 + i / 8, i % 8, trap.cause))
			return;
	}
}

/* All of them can be read, those not assigned as zero: D24.3.1. */
static void id_space(void)
{
	read_id_regs(id_regs[arch_cpu_self()]);
}

static void id_writes_refused(void)
{
	struct trap_info trap;
	unsigned int i;

	for (i = 0; i < NR_ID_REGS; i++) {
		u32 enc = SYSREG(3, 0, 0, 1 + i / 8, i % 8);

		check(!write_register(enc, 0, &trap) && is_refusal(enc, trap.cause),
		      "CRm %u, op2 %u can be written", 1 + i / 8, i % 8);
	}
}

static u64 others_read;

static void read_on_other(void *arg)
{
	read_id_regs(id_regs[arch_cpu_self()]);
	store_shared(&others_read, 1);
}

static void same_on_each_cpu(void)
{
	unsigned int cpu, i, self = arch_cpu_self();

	for (cpu = 0; cpu < arch_cpu_count(); cpu++) {
		if (cpu == self)
			continue;
		store_shared(&others_read, 0);
		if (!check(arch_cpu_start(cpu, read_on_other, NULL) &&
			   wait_for(&others_read, 1, 60 * SECOND), "CPU %u does not come", cpu))
			return;
		for (i = 0; i < NR_ID_REGS; i++)
			check(id_regs[cpu][i] == id_regs[self][i], "CPU %u: CRm %u, op2 %u", cpu,
			      1 + i / 8, i % 8);
	}
}

static u64 id_reg(unsigned int crm, unsigned int op2)
{
	return id_regs[arch_cpu_self()][(crm - 1) * 8 + op2];
}

struct field {
	const char *name;
	u8 crm;
	u8 op2;
	u8 low;
	u8 most;	/* highest value that a guest may see */
};

/* What axvm does not give to guests. */
static const struct field hidden[] = {
	{ "EL2", 4, 0, 8, 0 }, { "EL3", 4, 0, 12, 0 }, { "AMU", 4, 0, 44, 0 },
	{ "MPAM", 4, 0, 40, 0 }, { "MTE", 4, 1, 8, 0 },
	{ "SME", 4, 1, 24, 0 }, { "MPAM_frac", 4, 1, 16, 0 },
	{ "TraceVer", 5, 0, 4, 0 }, { "PMUVer", 5, 0, 8, 0 }, { "PMSVer", 5, 0, 32, 0 },
	{ "TraceFilt", 5, 0, 40, 0 }, { "TraceBuffer", 5, 0, 44, 0 }, { "BRBE", 5, 0, 52, 0 },
};

static void hidden_features(void)
{
	unsigned int i;

	if (arch_is_reference()) {
		test_skip("the reference hides nothing");
		return;
	}
	for (i = 0; i < ARRAY_SIZE(hidden); i++) {
		u64 val = id_field(id_reg(hidden[i].crm, hidden[i].op2), hidden[i].low);

		/* The PMU's own way to say no. */
		if (val == 0xf && !strcmp(hidden[i].name, "PMUVer"))
			continue;
		check(val <= hidden[i].most, "%s is 0x%lx", hidden[i].name, val);
	}
}

static bool can_read(u32 enc)
{
	struct trap_info trap;
	u64 val;

	return read_register(enc, &val, &trap);
}

/* Said to be there, and there; said not to be, and UNDEFINED. */
static void features_hold(void)
{
	arch_fp_on();
	arch_vector_on();
	check(can_read(SYSREG(3, 0, 1, 2, 0)) == !!id_field(id_reg(4, 0), 32), "SVE: ZCR_EL1");
	check(can_read(SYSREG(3, 0, 2, 1, 0)) == !!((id_reg(6, 1) >> 4 | id_reg(6, 1) >> 8 |
						     id_reg(6, 2) >> 12) & 0xf),
	      "pointer authentication: APIAKEYLO_EL1");
	check(can_read(SYSREG(3, 3, 2, 4, 0)) == !!id_field(id_reg(6, 0), 60), "RNDR");
	check(can_read(SYSREG(3, 0, 12, 12, 5)) == !!id_field(id_reg(4, 0), 24), "ICC_SRE_EL1");
	if (!arch_is_reference())
		check(can_read(SYSREG(3, 3, 9, 12, 0)) ==
		      (id_field(id_reg(5, 0), 8) && id_field(id_reg(5, 0), 8) != 0xf), "PMCR_EL0");
	check(can_read(SYSREG(3, 0, 5, 3, 0)) == !!id_field(id_reg(4, 0), 28), "RAS: ERRIDR_EL1");
	check(can_read(SYSREG(3, 0, 2, 0, 3)) == !!id_field(id_reg(7, 3), 0), "TCR2_EL1");
}

/* FEAT_MOPS: prologue, main part and epilogue of a copy and of a set, Arm ARM C6.2. */
static const u32 copies[] = {
	0x19020420, 0x19420420, 0x19820420,	/* CPYF* [x0]!, [x2]!, x1! */
	0x19c20420, 0x19c24420, 0x19c28420,	/* SET* [x0]!, x1!, x2 */
};

/* What a guest is not told of is UNDEFINED for it, not half there. */
static void hidden_instructions(void)
{
	static u8 place[16];
	struct insn_regs regs;
	struct trap_info trap;
	unsigned int i;

	if (id_field(id_reg(6, 2), 16)) {
		test_skip("MOPS is there");
		return;
	}
	for (i = 0; i < ARRAY_SIZE(copies); i++) {
		insn_fill(&regs);
		regs.x[0] = (u64)place;
		regs.x[1] = i < 3 ? 16 : 8;
		regs.x[2] = (u64)place;
		check(insn_run(copies[i], &regs, &trap) && ESR_EC(trap.cause) == EC_UNKNOWN,
		      "0x%08x: ESR 0x%lx", copies[i], trap.cause);
	}
}

static void main_id(void)
{
	u64 midr = sysreg_read(midr_el1), mpidr = sysreg_read(mpidr_el1);

	check((midr >> 16 & 0xf) == 0xf, "MIDR_EL1 0x%lx", midr);
	check(mpidr & BIT(31) && !(mpidr & BIT(30)), "MPIDR_EL1 0x%lx", mpidr);
	check((mpidr & MPIDR_AFFINITY) == this_cpu()->mpidr, "affinity 0x%lx", mpidr);
	check(sysreg_read(cntfrq_el0) >= 1000000, "CNTFRQ_EL0 %lu", sysreg_read(cntfrq_el0));
	check((sysreg_read(ctr_el0) & 0xf) >= 2, "CTR_EL0 0x%lx", sysreg_read(ctr_el0));
}

/* --- EL1's own registers hold what they are given --- */

struct kept {
	const char *name;
	u32 enc;
	u64 mask;
};

static const struct kept kept[] = {
	{ "TPIDR_EL0", SYSREG(3, 3, 13, 0, 2), -1UL },
	{ "TPIDRRO_EL0", SYSREG(3, 3, 13, 0, 3), -1UL },
	{ "CONTEXTIDR_EL1", SYSREG(3, 0, 13, 0, 1), 0xffffffff },
	{ "PAR_EL1", SYSREG(3, 0, 7, 4, 0), 0x0000fffffffff000 },
	{ "FAR_EL1", SYSREG(3, 0, 6, 0, 0), -1UL },
	{ "ESR_EL1", SYSREG(3, 0, 5, 2, 0), 0xffffffff },
	{ "AFSR0_EL1", SYSREG(3, 0, 5, 1, 0), 0 },
	{ "TTBR1_EL1", SYSREG(3, 0, 2, 0, 1), 0x00007ffffffff000 },
	{ "CSSELR_EL1", SYSREG(3, 2, 0, 0, 0), 3 },
	{ "CNTKCTL_EL1", SYSREG(3, 0, 14, 1, 0), 3 },
	{ "MDSCR_EL1", SYSREG(2, 0, 0, 2, 2), 1 << 12 },
};

static void kept_over_exits(void)
{
	u64 saved, wanted, got;
	struct trap_info trap;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(kept); i++) {
		if (!check(read_register(kept[i].enc, &saved, &trap), "%s", kept[i].name))
			continue;
		wanted = random_next(&seed) & kept[i].mask;
		/* TPIDRRO_EL0 is what the runtime has to spare in a trap. */
		if (kept[i].enc == SYSREG(3, 3, 13, 0, 3))
			continue;
		write_register(kept[i].enc, wanted, &trap);
		arch_null_call();
		arch_mmio_read();
		delay_us(3000);
		read_register(kept[i].enc, &got, &trap);
		check((got & kept[i].mask) == wanted, "%s: 0x%lx, not 0x%lx", kept[i].name, got,
		      wanted);
		write_register(kept[i].enc, saved, &trap);
	}
}

/* --- EL0 --- */

static void user_id(void *arg)
{
	sysreg_read(id_aa64pfr0_el1);
}

static void user_sctlr(void *arg)
{
	sysreg_read(sctlr_el1);
}

static void user_ctr(void *arg)
{
	sysreg_read(ctr_el0);
}

static void user_tpidr(void *arg)
{
	sysreg_write(tpidr_el0, 1);
}

static void from_el0(void)
{
	struct trap_info trap;

	user_run(user_ctr, NULL, &trap);
	check(ESR_EC(trap.cause) == EC_SVC, "CTR_EL0: 0x%lx", trap.cause);
	user_run(user_tpidr, NULL, &trap);
	check(ESR_EC(trap.cause) == EC_SVC, "TPIDR_EL0: 0x%lx", trap.cause);
	user_run(user_sctlr, NULL, &trap);
	check(ESR_EC(trap.cause) == EC_UNKNOWN, "SCTLR_EL1: 0x%lx", trap.cause);
	user_run(user_id, NULL, &trap);
	check(ESR_EC(trap.cause) == EC_UNKNOWN || ESR_EC(trap.cause) == EC_SYSREG,
	      "ID_AA64PFR0_EL1: 0x%lx", trap.cause);
}

static const struct test_case cases[] = {
	{ "main_id", main_id },
	{ "id_space", id_space },
	{ "id_writes_refused", id_writes_refused },
	{ "same_on_each_cpu", same_on_each_cpu },
	{ "hidden_features", hidden_features },
	{ "features_hold", features_hold },
	{ "hidden_instructions", hidden_instructions },
	{ "each_read", each_read },
	{ "higher_levels_hidden", higher_levels_hidden },
	{ "kept_over_exits", kept_over_exits },
	{ "from_el0", from_el0 },
	{ "each_write", each_write },
	{ "each_debug_write", each_debug_write },
};

void guest_main(void)
{
	test_run(cases, ARRAY_SIZE(cases));
}
