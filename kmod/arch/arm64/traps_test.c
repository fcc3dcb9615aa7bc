// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit suite: what traps for which host and guest, and what stays the host's in registers
 * that both use. Part of axvm_test.ko.
 */
#include <kunit/test.h>
#include <asm/kvm_arm.h>

#include "guest_fixture.h"
#include "traps.h"

/* --- MDCR_EL2 --- */

#define MDCR_GUEST	(MDCR_EL2_TDRA | MDCR_EL2_TDOSA | MDCR_EL2_TDA | MDCR_EL2_TPM |	\
			 MDCR_EL2_TPMCR | MDCR_EL2_TPMS | MDCR_EL2_TTRF)
/* Counters that EL2 keeps, and where they count. */
#define MDCR_COUNTERS	(MDCR_EL2_HPMN_MASK | MDCR_EL2_HPME | MDCR_EL2_HPMD | MDCR_EL2_HCCD |	\
			 MDCR_EL2_HLP)
/* Buffers: whose translation (3 and 2: EL1's; 0: EL2's), without and with a trap. */
#define E2PB(n)		((u64)(n) << MDCR_EL2_E2PB_SHIFT)
#define E2TB(n)		((u64)(n) << MDCR_EL2_E2TB_SHIFT)

static void debug_traps(struct kunit *test)
{
	static const struct {
		u64 host, asked, wanted;
	} mdcr[] = {
		{ 0, MDCR_GUEST, MDCR_GUEST },
		{ 6, MDCR_GUEST, MDCR_GUEST | 6 },
		{ MDCR_COUNTERS, MDCR_GUEST, MDCR_COUNTERS | MDCR_GUEST },
		/* The host's own traps are not a guest's, nor is more than traps taken from it. */
		{ MDCR_EL2_TDE | MDCR_EL2_TPMS, 0, 0 },
		{ 6, MDCR_COUNTERS | E2PB(3) | MDCR_GUEST, MDCR_GUEST | 6 },
		{ 0, MDCR_EL2_TDE, MDCR_EL2_TDE },
		/* Owner as it is, never open to EL1. */
		{ E2PB(3) | E2TB(3), MDCR_GUEST, E2PB(2) | E2TB(2) | MDCR_GUEST },
		{ E2PB(2) | E2TB(2), MDCR_GUEST, E2PB(2) | E2TB(2) | MDCR_GUEST },
		{ E2PB(1) | E2TB(1), MDCR_GUEST, MDCR_GUEST },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(mdcr); i++)
		KUNIT_EXPECT_EQ_MSG(test, a64_mdcr_for_guest(mdcr[i].host, mdcr[i].asked),
				    mdcr[i].wanted, "host %#llx, asked %#llx", mdcr[i].host,
				    mdcr[i].asked);
}

/* A bit that we do not know stays as the host has it, on or off. */
static void unknown_debug_bits(struct kunit *test)
{
	u64 known = A64_MDCR_TRAPS | A64_MDCR_OPEN;

	KUNIT_EXPECT_EQ(test, a64_mdcr_for_guest(~0ULL, 0), ~known);
	KUNIT_EXPECT_EQ(test, a64_mdcr_for_guest(0, ~0ULL), A64_MDCR_TRAPS);
	KUNIT_EXPECT_EQ(test, a64_mdcr_for_guest(~0ULL, ~0ULL), ~known | A64_MDCR_TRAPS);
}

/* --- the others that host and guest share --- */

static void partition_stays(struct kunit *test)
{
	u64 traps = A64_MPAM2_TIDR | A64_MPAM2_TRAPMPAM0EL1 | A64_MPAM2_TRAPMPAM1EL1;
	u64 host = BIT_ULL(63) | 0x00070005;	/* MPAMEN, PARTIDs */

	KUNIT_EXPECT_EQ(test, a64_mpam2_for_guest(0), traps);
	KUNIT_EXPECT_EQ(test, a64_mpam2_for_guest(host), host | traps);
	KUNIT_EXPECT_EQ(test, a64_mpam2_for_guest(host | A64_MPAM2_ENMPAMSM), host | traps);
	KUNIT_EXPECT_EQ(test, a64_mpam2_for_guest(~0ULL), ~A64_MPAM2_ENMPAMSM);
}

/* Arm ARM CNTHCTL_EL2 with E2H = 1: the access of EL0 and the event stream are the host's. */
static void timers_with_vhe(struct kunit *test)
{
	u64 el1 = BIT_ULL(10) | BIT_ULL(11);	/* EL1PCTEN, EL1PTEN */

	KUNIT_EXPECT_EQ(test, a64_vhe_cnthctl(0x3ff | el1, 0), 0x3ff);
	KUNIT_EXPECT_EQ(test, a64_vhe_cnthctl(0x302, el1), 0x302 | el1);
	KUNIT_EXPECT_EQ(test, a64_vhe_cnthctl(0, ~0ULL), A64_CNTHCTL_GUEST);
	KUNIT_EXPECT_EQ(test, a64_vhe_cnthctl(~0ULL, 0), ~A64_CNTHCTL_GUEST);
}

/* --- what EL2 makes of a host at EL1 --- */

static void hcr_without_vhe(struct kunit *test)
{
	u64 good = A64_HCR_REQUIRED | HCR_TWI | HCR_FB | HCR_BSU_IS;
	unsigned int bit;

	KUNIT_EXPECT_EQ(test, a64_nvhe_hcr_for_guest(0), A64_HCR_REQUIRED);
	KUNIT_EXPECT_EQ(test, a64_nvhe_hcr_for_guest(~0ULL), ~A64_HCR_FORBIDDEN);
	KUNIT_EXPECT_EQ(test, A64_HCR_REQUIRED & A64_HCR_FORBIDDEN, 0);
	/* What is right is left alone: the switch relies on it to look once. */
	KUNIT_EXPECT_EQ(test, a64_nvhe_hcr_for_guest(good), good);
	for (bit = 0; bit < 64; bit++) {
		u64 hcr = a64_nvhe_hcr_for_guest(good ^ BIT_ULL(bit));

		KUNIT_EXPECT_EQ(test, a64_nvhe_hcr_for_guest(hcr), hcr);
		KUNIT_EXPECT_EQ(test, hcr & A64_HCR_REQUIRED, A64_HCR_REQUIRED);
		KUNIT_EXPECT_EQ(test, hcr & A64_HCR_FORBIDDEN, 0);
	}
}

static void modes(struct kunit *test)
{
	static const u64 guests[] = {
		PSR_MODE_EL0t, PSR_MODE_EL1t, PSR_MODE_EL1h, PSR_MODE32_BIT | PSR_AA32_MODE_USR,
	};
	unsigned int mode, i;
	bool wanted;

	for (mode = 0; mode <= (PSR_MODE32_BIT | PSR_MODE_MASK); mode++) {
		wanted = false;
		for (i = 0; i < ARRAY_SIZE(guests); i++)
			wanted |= guests[i] == mode;
		KUNIT_EXPECT_EQ_MSG(test, a64_is_guest_mode(mode | PSR_D_BIT | PSR_Z_BIT), wanted,
				    "mode %#x", mode);
	}
}

/* --- a vCPU at reset --- */

static void restore_host(void *data)
{
	a64_host = *(struct a64_host *)data;
}

/* A vCPU on a host that the case may change: the real one is idle, and comes back. */
static struct a64_vcpu *boot(struct kunit *test)
{
	struct a64_host *real = kunit_kzalloc(test, sizeof(*real), GFP_KERNEL);
	struct a64_vcpu *v = &guest_fixture_boot(test)->vcpus[0];

	KUNIT_ASSERT_NOT_NULL(test, real);
	*real = a64_host;
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, restore_host, real), 0);
	return v;
}

/* Of HCR_EL2, besides what all guests have. */
#define HCR_COMMON	(A64_HCR_REQUIRED | HCR_FB | HCR_BSU_IS | HCR_TWI | HCR_TIDCP | HCR_TACR | \
			 HCR_TLOR)
#define HCR_NEVER	(HCR_TGE | HCR_NV | HCR_NV1 | HCR_NV2 | HCR_DC | HCR_ATA | HCR_HCD |	\
			 HCR_VI | HCR_VF | HCR_VSE | HCR_TWE | HCR_ENSCXT | HCR_AMVOFFEN | HCR_FIEN)

struct configuration {
	bool vhe, fwb, ras, pauth;
	u64 set, clear;
};

static const struct configuration configurations[] = {
	{ .vhe = true, .fwb = true, .ras = true, .pauth = true,
	  .set = HCR_E2H | HCR_FWB | HCR_TERR | HCR_TEA | HCR_API | HCR_APK,
	  .clear = HCR_TSW | HCR_TVM },
	{ .vhe = true, .set = HCR_E2H | HCR_TSW | HCR_TVM,
	  .clear = HCR_FWB | HCR_TERR | HCR_TEA | HCR_API | HCR_APK },
	{ .fwb = true, .ras = true, .pauth = true,
	  .set = HCR_FWB | HCR_TERR | HCR_TEA | HCR_API | HCR_APK,
	  .clear = HCR_E2H | HCR_TSW | HCR_TVM },
	{ .set = HCR_TSW | HCR_TVM,
	  .clear = HCR_E2H | HCR_FWB | HCR_TERR | HCR_TEA | HCR_API | HCR_APK },
	{ .ras = true, .set = HCR_TERR | HCR_TEA, .clear = HCR_API | HCR_APK },
	{ .pauth = true, .set = HCR_API | HCR_APK, .clear = HCR_TERR | HCR_TEA },
};

static void reset(struct a64_vcpu *v, const struct configuration *conf)
{
	struct a64_vm *vm = a64_vm_of(v);

	a64_host.vhe = conf->vhe;
	a64_host.fwb = conf->fwb;
	a64_host.ras = conf->ras;
	vm->id_regs[a64_id_index(6, 1)] =
		conf->pauth ? SYS_FIELD_PREP_ENUM(ID_AA64ISAR1_EL1, API, PAuth) : 0;
	a64_vcpu_resume(v, FIX_PC, 0);
}

static void hcr_at_reset(struct kunit *test)
{
	struct a64_vcpu *v = boot(test);
	unsigned int i;
	u64 hcr;

	for (i = 0; i < ARRAY_SIZE(configurations); i++) {
		const struct configuration *conf = &configurations[i];

		v->ctx->el2.hcr = ~0ULL;
		reset(v, conf);
		hcr = v->ctx->el2.hcr;
		KUNIT_EXPECT_EQ_MSG(test, hcr & (HCR_COMMON | conf->set), HCR_COMMON | conf->set,
				    "configuration %u", i);
		/* Cavium's erratum 219 wants one of them nevertheless. */
		if (cpus_have_final_cap(ARM64_WORKAROUND_CAVIUM_TX2_219_TVM))
			hcr &= ~HCR_TVM;
		KUNIT_EXPECT_EQ_MSG(test, hcr & (HCR_NEVER | conf->clear), 0,
				    "configuration %u", i);
		if (!conf->vhe)
			KUNIT_EXPECT_EQ(test, a64_nvhe_hcr_for_guest(v->ctx->el2.hcr),
					v->ctx->el2.hcr);
	}
}

/* Guests never reach debug registers, counters, buffers; their debug exceptions are their own. */
static void mdcr_at_reset(struct kunit *test)
{
	struct a64_vcpu *v = boot(test);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(configurations); i++) {
		reset(v, &configurations[i]);
		KUNIT_EXPECT_EQ(test, v->ctx->el2.mdcr, MDCR_GUEST);
	}
}

/* CPTR_EL2 has two layouts, in one of which a bit traps and in the other a field opens. */
static void units_at_reset(struct kunit *test)
{
	u64 vhe = CPACR_ELx_FPEN | CPACR_ELx_TTA | CPTR_EL2_TAM;
	u64 nvhe = CPTR_NVHE_EL2_RES1 | CPTR_EL2_TTA | CPTR_EL2_TAM | CPTR_EL2_TSM | CPTR_EL2_TZ;
	struct a64_vcpu *v = boot(test);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(configurations); i++) {
		reset(v, &configurations[i]);
		KUNIT_EXPECT_EQ(test, v->ctx->el2.cptr, configurations[i].vhe ? vhe : nvhe);
		KUNIT_EXPECT_EQ(test, !!(v->ctx->flags & A64_CTX_PAUTH), configurations[i].pauth);
		KUNIT_EXPECT_EQ(test, !!(v->ctx->flags & A64_CTX_RAS), configurations[i].ras);
		KUNIT_EXPECT_EQ(test, v->ctx->flags & A64_CTX_SVE, 0);
		/* What later features have of their own: nothing of it is on. */
		KUNIT_EXPECT_EQ(test, v->ctx->el2.hcrx, 0);
		KUNIT_EXPECT_EQ(test, v->ctx->el2.cnthctl, 0);
	}
}

static struct kunit_case cases[] = {
	KUNIT_CASE(debug_traps),
	KUNIT_CASE(unknown_debug_bits),
	KUNIT_CASE(partition_stays),
	KUNIT_CASE(timers_with_vhe),
	KUNIT_CASE(hcr_without_vhe),
	KUNIT_CASE(modes),
	KUNIT_CASE(hcr_at_reset),
	KUNIT_CASE(mdcr_at_reset),
	KUNIT_CASE(units_at_reset),
	{}
};

static struct kunit_suite suite = {
	.name = "axvm_a64_traps",
	.test_cases = cases,
};

kunit_test_suite(suite);
