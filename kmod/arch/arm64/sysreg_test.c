// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit suite: system registers and instructions of guests that trap, known and
 * unknown ones. Part of axvm_test.ko.
 */
#include <kunit/test.h>
#include <linux/irqflags.h>

#include "guest_fixture.h"

#define RT	7
#define OLD	0x0123456789abcdefULL

static void stop_timers(void *data)
{
	a64_timer_destroy(data);
}

static struct a64_vcpu *boot(struct kunit *test)
{
	struct a64_vcpu *v = &guest_fixture_boot(test)->vcpus[0];

	a64_timer_init(v);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, stop_timers, v), 0);
	return v;
}

static u32 iss_of(u32 reg, bool write, unsigned int rt)
{
	return ESR_ELx_SYS64_ISS_SYS_VAL(sys_reg_Op0(reg), sys_reg_Op1(reg), sys_reg_Op2(reg),
					 sys_reg_CRn(reg), sys_reg_CRm(reg)) |
	       rt << ESR_ELx_SYS64_ISS_RT_SHIFT |
	       (write ? ESR_ELx_SYS64_ISS_DIR_WRITE : ESR_ELx_SYS64_ISS_DIR_READ);
}

/* The trap of MRS or MSR; true: what there was to do is done. */
static bool trap(struct a64_vcpu *v, u32 reg, bool write, unsigned int rt)
{
	bool done;

	guest_fixture_exit(v, ESR_ELx_EC_SYS64, iss_of(reg, write, rt));
	v->ctx->pc = FIX_PC;
	v->ctx->pstate = PSR_MODE_EL1h;
	v->base.exit = (struct axvm_exit){};
	v->slow = NULL;
	local_irq_disable();
	done = a64_sysreg_fast(v);
	local_irq_enable();
	return done || a64_sysreg_decode(v) == AXVM_RESUME;
}

static bool is_undefined(struct a64_vcpu *v)
{
	return v->ctx->pc == FIX_VBAR + 0x200 && v->ctx->sys[A64_ESR] == ESR_ELx_IL &&
	       v->ctx->sys[A64_ELR] == FIX_PC;
}

static bool is_stepped(struct a64_vcpu *v)
{
	return v->ctx->pc == FIX_PC + 4;
}

static u64 get(struct a64_vcpu *v, u32 reg)
{
	v->ctx->x[RT] = OLD;
	KUNIT_EXPECT_TRUE(kunit_get_current_test(), trap(v, reg, false, RT));
	KUNIT_EXPECT_TRUE(kunit_get_current_test(), is_stepped(v));
	return v->ctx->x[RT];
}

static void expect_undefined(struct a64_vcpu *v, u32 reg, bool write)
{
	v->ctx->x[RT] = OLD;
	KUNIT_EXPECT_TRUE(kunit_get_current_test(), trap(v, reg, write, RT));
	KUNIT_EXPECT_TRUE_MSG(kunit_get_current_test(), is_undefined(v), "%#x", reg);
	KUNIT_EXPECT_EQ(kunit_get_current_test(), v->ctx->x[RT], OLD);
}

/* Where they trap: one level of caches, with the lines that all CPUs have. */
static void cache_ids(struct kunit *test)
{
	struct a64_vcpu *v = boot(test);
	u64 ctr = get(v, SYS_CTR_EL0), clidr = get(v, SYS_CLIDR_EL1);

	KUNIT_EXPECT_EQ(test, ctr, read_sanitised_ftr_reg(SYS_CTR_EL0));
	KUNIT_EXPECT_EQ(test, SYS_FIELD_GET(CLIDR_EL1, LoC, clidr), 1);
	KUNIT_EXPECT_NE(test, SYS_FIELD_GET(CLIDR_EL1, Ctype1, clidr), 0);
	KUNIT_EXPECT_EQ(test, SYS_FIELD_GET(CLIDR_EL1, LoUU, clidr),
			!(ctr & CTR_EL0_IDC_MASK));
	get(v, SYS_CSSELR_EL1);
	KUNIT_EXPECT_LE(test, get(v, SYS_CCSIDR_EL1), CCSIDR_EL1_LineSize_MASK);
	expect_undefined(v, SYS_CTR_EL0, true);
	expect_undefined(v, SYS_CLIDR_EL1, true);
	expect_undefined(v, SYS_CCSIDR_EL1, true);
	expect_undefined(v, sys_reg(3, 1, 0, 0, 2), false);
}

/* D23.3.1: all of the space can be read, none of it written. */
static void id_space(struct kunit *test)
{
	struct a64_vcpu *v = boot(test);
	u64 *regs = a64_vm_of(v)->id_regs;
	unsigned int i;

	for (i = 0; i < A64_NR_ID_REGS; i++) {
		u32 reg = sys_reg(3, 0, 0, 1 + i / 8, i % 8);

		regs[i] = 0x1000000000000000ULL + i;
		KUNIT_EXPECT_EQ(test, get(v, reg), regs[i]);
		expect_undefined(v, reg, true);
	}
}

/* A VM with a GICv2 has no system registers of a GICv3, and says so. */
static void kind_of_gic(struct kunit *test)
{
	struct a64_vcpu *v = boot(test);
	u64 gic = SYS_FIELD_PREP_ENUM(ID_AA64PFR0_EL1, GIC, IMP);

	a64_vm_of(v)->id_regs[a64_id_index(4, 0)] = gic | ID_AA64PFR0_EL1_EL0_IMP;
	KUNIT_EXPECT_EQ(test, get(v, SYS_ID_AA64PFR0_EL1), gic | ID_AA64PFR0_EL1_EL0_IMP);
	a64_vm_of(v)->vgic.model = 2;
	KUNIT_EXPECT_EQ(test, get(v, SYS_ID_AA64PFR0_EL1), ID_AA64PFR0_EL1_EL0_IMP);
	expect_undefined(v, SYS_ICC_SGI1R_EL1, true);
	expect_undefined(v, SYS_ICC_SGI0R_EL1, true);
}

static void zero(struct kunit *test)
{
	static const u32 regs[] = {
		SYS_ACTLR_EL1, SYS_ERRIDR_EL1, SYS_ERRSELR_EL1, SYS_ERXFR_EL1, SYS_ERXCTLR_EL1,
		SYS_ERXSTATUS_EL1, SYS_ERXADDR_EL1, SYS_ERXMISC0_EL1, SYS_ERXMISC1_EL1,
	};
	struct a64_vcpu *v = boot(test);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(regs); i++) {
		KUNIT_EXPECT_TRUE(test, trap(v, regs[i], true, RT));
		KUNIT_EXPECT_TRUE(test, is_stepped(v));
		KUNIT_EXPECT_EQ(test, get(v, regs[i]), 0);
	}
}

/* Of EL2 and EL3, and of features that guests do not have. */
static void not_there(struct kunit *test)
{
	static const u32 regs[] = {
		SYS_HCR_EL2, SYS_SCTLR_EL2, SYS_VTTBR_EL2, SYS_VBAR_EL2, SYS_SCTLR_EL12,
		SYS_CNTHCTL_EL2, SYS_ICH_HCR_EL2, sys_reg(3, 6, 1, 0, 0), SYS_ZCR_EL1,
		SYS_SMCR_EL1, SYS_RGSR_EL1, SYS_GCR_EL1, SYS_TFSR_EL1, SYS_TFSRE0_EL1,
		SYS_PMCR_EL0, SYS_PMCCNTR_EL0, SYS_PMUSERENR_EL0, SYS_PMINTENSET_EL1,
		SYS_PMSCR_EL1, SYS_TRBLIMITR_EL1, SYS_TRFCR_EL1, SYS_LORC_EL1, SYS_LORID_EL1,
		sys_reg(3, 0, 10, 5, 0), sys_reg(3, 0, 10, 4, 4),	/* MPAM1, MPAMIDR */
		SYS_AMCR_EL0, SYS_SCXTNUM_EL1, SYS_SCXTNUM_EL0,
		SYS_TCR2_EL1, SYS_PIR_EL1, SYS_GMID_EL1, sys_reg(3, 0, 15, 0, 0),
		sys_reg(3, 7, 15, 15, 7), sys_reg(1, 0, 11, 0, 0), SYS_ICC_SRE_EL2,
	};
	struct a64_vcpu *v = boot(test);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(regs); i++) {
		expect_undefined(v, regs[i], false);
		expect_undefined(v, regs[i], true);
	}
}

/* HCR_EL2.TVM: writes alone, into the guest's register. */
static void stage1_registers(struct kunit *test)
{
	static const struct {
		u32 reg;
		enum a64_sys sys;
	} regs[] = {
		{ SYS_TTBR0_EL1, A64_TTBR0 }, { SYS_TTBR1_EL1, A64_TTBR1 },
		{ SYS_TCR_EL1, A64_TCR }, { SYS_ESR_EL1, A64_ESR },
		{ SYS_AFSR0_EL1, A64_AFSR0 }, { SYS_AFSR1_EL1, A64_AFSR1 },
		{ SYS_FAR_EL1, A64_FAR }, { SYS_MAIR_EL1, A64_MAIR },
		{ SYS_AMAIR_EL1, A64_AMAIR }, { SYS_CONTEXTIDR_EL1, A64_CONTEXTIDR },
	};
	struct a64_vcpu *v = boot(test);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(regs); i++) {
		v->ctx->x[RT] = OLD + i;
		KUNIT_EXPECT_TRUE(test, trap(v, regs[i].reg, true, RT));
		KUNIT_EXPECT_TRUE(test, is_stepped(v));
		KUNIT_EXPECT_EQ(test, v->ctx->sys[regs[i].sys], OLD + i);
		KUNIT_EXPECT_TRUE(test, trap(v, regs[i].reg, true, 31));
		KUNIT_EXPECT_EQ(test, v->ctx->sys[regs[i].sys], 0);
		expect_undefined(v, regs[i].reg, false);
	}
}

/* What has to look at caches leaves the loaded section for that, when it is done. */
static void with_more_to_do(struct kunit *test)
{
	static const u32 regs[] = { SYS_SCTLR_EL1, SYS_DC_ISW, SYS_DC_CSW, SYS_DC_CISW };
	struct a64_vcpu *v = boot(test);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(regs); i++) {
		v->ctx->x[RT] = SCTLR_ELx_M;
		KUNIT_EXPECT_FALSE(test, trap(v, regs[i], true, RT));
		KUNIT_EXPECT_EQ(test, v->base.exit.kind, AXVM_EXIT_ARCH);
		KUNIT_EXPECT_NOT_NULL(test, v->slow);
		KUNIT_EXPECT_TRUE(test, is_stepped(v));
	}
	KUNIT_EXPECT_EQ(test, v->ctx->sys[A64_SCTLR], SCTLR_ELx_M);
}

/* The zero register reads as zero, and takes what is read. */
static void zero_register(struct kunit *test)
{
	struct a64_vcpu *v = boot(test);
	unsigned int i;

	for (i = 0; i < 31; i++)
		v->ctx->x[i] = OLD + i;
	KUNIT_EXPECT_TRUE(test, trap(v, SYS_ID_AA64ISAR0_EL1, false, 31));
	KUNIT_EXPECT_TRUE(test, is_stepped(v));
	for (i = 0; i < 31; i++)
		KUNIT_EXPECT_EQ(test, v->ctx->x[i], OLD + i);
}

/* No encoding leads anywhere but behind the instruction or to the guest's vector. */
static void every_encoding(struct kunit *test)
{
	struct a64_vcpu *v = boot(test);
	u32 nr;

	for (nr = 0; nr < BIT(17); nr++) {
		u32 reg = sys_reg(nr >> 14 & 3, nr >> 11 & 7, nr >> 7 & 15, nr >> 3 & 15, nr & 7);

		v->ctx->x[RT] = OLD * nr;
		trap(v, reg, nr >> 16, RT);
		KUNIT_ASSERT_TRUE_MSG(test, is_stepped(v) || is_undefined(v), "%#x", reg);
		v->ctx->sys[A64_VBAR] = FIX_VBAR;
	}
}

static struct kunit_case cases[] = {
	KUNIT_CASE(cache_ids),
	KUNIT_CASE(id_space),
	KUNIT_CASE(kind_of_gic),
	KUNIT_CASE(zero),
	KUNIT_CASE(not_there),
	KUNIT_CASE(stage1_registers),
	KUNIT_CASE(with_more_to_do),
	KUNIT_CASE(zero_register),
	KUNIT_CASE(every_encoding),
	{}
};

static struct kunit_suite suite = {
	.name = "axvm_a64_sysreg",
	.test_cases = cases,
};

kunit_test_suite(suite);
