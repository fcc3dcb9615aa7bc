// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit suite: accesses of devices whose syndrome says nothing (ISV = 0), done as the
 * instruction says; and how far walks of a guest's tables come. Part of axvm_test.ko.
 */
#include <kunit/test.h>
#include <linux/preempt.h>
#include <asm/pgtable-hwdef.h>

#include "guest_fixture.h"

#define BASE	(FIX_SCRATCH + 0x20)	/* of an access, as the guest's address too */
#define TRANSLATION	(ESR_ELx_FSC_FAULT | 3)
#define ONE	0x1111111122222222ULL
#define TWO	0x8333333384444444ULL

struct machine {
	struct vgic_fixture *fix;
	struct a64_vcpu *v;
	u8 *device;
};

static struct machine boot(struct kunit *test)
{
	struct machine m = { .fix = guest_fixture_boot(test) };

	m.v = &m.fix->vcpus[0];
	m.device = guest_fixture_scratch(m.fix);
	m.v->ctx->x[3] = BASE;
	m.v->ctx->sys[A64_SP_EL0] = BASE;
	m.v->ctx->sys[A64_SP_EL1] = BASE;
	m.v->ctx->pstate = PSR_MODE_EL1h;
	return m;
}

/* The abort of this instruction, at FIX_PC, on this address. */
static enum axvm_verdict execute(struct machine *m, u32 insn, u64 address)
{
	struct a64_context *ctx = m->v->ctx;
	__le32 *code = guest_fixture_back(m->fix, FIX_PC);
	/* Pairs have one bit for the direction, single registers two for that and for signs. */
	bool write = !(insn & ((insn & GENMASK(29, 28)) == BIT(29) ? BIT(22) : GENMASK(23, 22)));
	enum axvm_verdict verdict;

	*code = cpu_to_le32(insn);
	guest_fixture_exit(m->v, ESR_ELx_EC_DABT_LOW, TRANSLATION | (write ? ESR_ELx_WNR : 0));
	ctx->exit.hpfar = address >> 12 << 4;
	ctx->exit.far = address;
	ctx->exit.insn_par = FIX_PC & PAGE_MASK;
	ctx->pc = FIX_PC;
	m->v->base.exit = (struct axvm_exit){};
	preempt_disable();
	verdict = a64_abort_decode(m->v);
	preempt_enable();
	return verdict;
}

static void expect_done(struct machine *m, u32 insn, u64 address)
{
	struct kunit *test = kunit_get_current_test();

	KUNIT_EXPECT_EQ(test, execute(m, insn, address), AXVM_RESUME);
	KUNIT_EXPECT_EQ_MSG(test, m->v->ctx->pc, FIX_PC + 4, "%#x", insn);
}

static void expect_aborted(struct machine *m, u32 insn, u64 address)
{
	struct kunit *test = kunit_get_current_test();
	const struct a64_context *ctx = m->v->ctx;

	KUNIT_EXPECT_EQ(test, execute(m, insn, address), AXVM_RESUME);
	KUNIT_EXPECT_EQ_MSG(test, ctx->sys[A64_ELR], FIX_PC, "%#x", insn);
	KUNIT_EXPECT_EQ(test, ctx->sys[A64_FAR], address);
	KUNIT_EXPECT_EQ(test, ctx->sys[A64_ESR] & ESR_ELx_FSC, ESR_ELx_FSC_EXTABT);
}

static u64 device_word(struct machine *m, u64 address)
{
	u64 val;

	memcpy(&val, m->device + (address - FIX_SCRATCH), sizeof(val));
	return val;
}

static void fill_device(struct machine *m)
{
	u64 words[2] = { ONE, TWO };
	unsigned int i;

	for (i = 0; i + 24 <= FIX_SCRATCH_LEN; i += 16)
		memcpy(m->device + i, words, sizeof(words));
}

static void pairs_are_loaded(struct kunit *test)
{
	struct machine m = boot(test);
	u64 *x = m.v->ctx->x;

	fill_device(&m);
	expect_done(&m, 0xa9400861, BASE);		/* ldp x1, x2, [x3] */
	KUNIT_EXPECT_EQ(test, x[1], ONE);
	KUNIT_EXPECT_EQ(test, x[2], TWO);
	KUNIT_EXPECT_EQ(test, x[3], BASE);
	expect_done(&m, 0xa9c10861, BASE + 16);		/* ldp x1, x2, [x3, #16]! */
	KUNIT_EXPECT_EQ(test, x[3], BASE + 16);
	expect_done(&m, 0xa8ff0861, BASE + 16);		/* ldp x1, x2, [x3], #-16 */
	KUNIT_EXPECT_EQ(test, x[3], BASE);
	expect_done(&m, 0x29410861, BASE + 8);		/* ldp w1, w2, [x3, #8] */
	KUNIT_EXPECT_EQ(test, x[1], lower_32_bits(TWO));
	KUNIT_EXPECT_EQ(test, x[2], upper_32_bits(TWO));
	expect_done(&m, 0x69410861, BASE + 8);		/* ldpsw x1, x2, [x3, #8] */
	KUNIT_EXPECT_EQ(test, x[1], (u64)(s32)lower_32_bits(TWO));
	KUNIT_EXPECT_EQ(test, x[2], (u64)(s32)upper_32_bits(TWO));
}

static void pairs_are_stored(struct kunit *test)
{
	struct machine m = boot(test);
	u64 *x = m.v->ctx->x;

	x[1] = ONE;
	x[2] = TWO;
	expect_done(&m, 0xa9000861, BASE);		/* stp x1, x2, [x3] */
	KUNIT_EXPECT_EQ(test, device_word(&m, BASE), ONE);
	KUNIT_EXPECT_EQ(test, device_word(&m, BASE + 8), TWO);
	expect_done(&m, 0x29bf0861, BASE - 8);		/* stp w1, w2, [x3, #-8]! */
	KUNIT_EXPECT_EQ(test, device_word(&m, BASE - 8), TWO << 32 | lower_32_bits(ONE));
	KUNIT_EXPECT_EQ(test, x[3], BASE - 8);
	x[3] = BASE;
	expect_done(&m, 0xa9007c61, BASE);		/* stp x1, xzr, [x3] */
	KUNIT_EXPECT_EQ(test, device_word(&m, BASE + 8), 0);
}

static void single_ones_move_their_base(struct kunit *test)
{
	struct machine m = boot(test);
	u64 *x = m.v->ctx->x;

	fill_device(&m);
	expect_done(&m, 0xf8408461, BASE);		/* ldr x1, [x3], #8 */
	KUNIT_EXPECT_EQ(test, x[1], ONE);
	KUNIT_EXPECT_EQ(test, x[3], BASE + 8);
	expect_done(&m, 0x389fdc61, BASE + 5);		/* ldrsb x1, [x3, #-3]! */
	KUNIT_EXPECT_EQ(test, x[3], BASE + 5);
	KUNIT_EXPECT_EQ(test, x[1], 0x11);
	x[3] = BASE + 8;
	expect_done(&m, 0x78c02461, BASE + 8);		/* ldrsh w1, [x3], #2 */
	KUNIT_EXPECT_EQ(test, x[1], 0x4444);
	expect_done(&m, 0xb8804461, BASE + 12);		/* ldrsw x1, [x3], #4 */
	KUNIT_EXPECT_EQ(test, x[1], 0xffffffff83333333ULL);
	KUNIT_EXPECT_EQ(test, x[3], BASE + 14);
	x[1] = 0xaabb;
	expect_done(&m, 0x38001461, BASE);		/* strb w1, [x3], #1 */
	KUNIT_EXPECT_EQ(test, m.device[BASE - FIX_SCRATCH], 0xbb);
}

/* Rn 31 is the stack pointer of PSTATE.SP, and no zero register. */
static void stack_pointers(struct kunit *test)
{
	static const struct {
		u64 pstate;
		enum a64_sys sp;
	} levels[] = {
		{ PSR_MODE_EL0t, A64_SP_EL0 },
		{ PSR_MODE_EL1t, A64_SP_EL0 },
		{ PSR_MODE_EL1h, A64_SP_EL1 },
	};
	struct machine m = boot(test);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(levels); i++) {
		u64 *sp = &m.v->ctx->sys[levels[i].sp];

		m.v->ctx->sys[A64_SP_EL0] = 0;
		m.v->ctx->sys[A64_SP_EL1] = 0;
		*sp = BASE;
		m.v->ctx->pstate = levels[i].pstate;
		expect_done(&m, 0xa9bf0be1, BASE - 16);	/* stp x1, x2, [sp, #-16]! */
		KUNIT_EXPECT_EQ(test, *sp, BASE - 16);
	}
}

/* The second half is nowhere, or nothing answers: nothing of the base moves. */
static void halves(struct kunit *test)
{
	struct machine m = boot(test);
	u64 *x = m.v->ctx->x, last = FIX_SCRATCH + FIX_SCRATCH_LEN - 16;

	x[3] = last;
	expect_aborted(&m, 0xa8c10861, last);		/* ldp x1, x2, [x3], #16 */
	KUNIT_EXPECT_EQ(test, x[3], last);
	m.v->ctx->pstate = PSR_MODE_EL1h;
	x[3] = FIX_SCRATCH + FIX_SCRATCH_LEN;
	expect_aborted(&m, 0xa9400861, x[3]);		/* ldp x1, x2, [x3] */
}

/* The fault was about the first page: what lies behind it is not the instruction's to reach. */
static void across_pages(struct kunit *test)
{
	struct machine m = boot(test);
	u64 *x = m.v->ctx->x, edge = PAGE_ALIGN(FIX_SCRATCH);

	x[3] = edge - 8;
	expect_aborted(&m, 0xa9400861, x[3]);		/* ldp x1, x2, [x3] */
	m.v->ctx->pstate = PSR_MODE_EL1h;
	x[3] = edge - 4;
	expect_aborted(&m, 0xf8408461, x[3]);		/* ldr x1, [x3], #8 */
	KUNIT_EXPECT_EQ(test, x[3], edge - 4);
	m.v->ctx->pstate = PSR_MODE_EL1h;
	x[3] = edge - 16;
	expect_done(&m, 0xa8810861, x[3]);		/* stp x1, x2, [x3], #16 */
	KUNIT_EXPECT_EQ(test, x[3], edge);
}

/* Exclusives, atomics, vectors of structures, and what is no load or store at all. */
static void not_for_devices(struct kunit *test)
{
	static const u32 insns[] = {
		0x885f7c61, 0xc85ffc61, 0xb8610062, 0xf8618062, 0x4c407060, 0xd503201f, 0,
		0xd50b7423,
	};
	struct machine m = boot(test);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(insns); i++) {
		m.v->ctx->pstate = PSR_MODE_EL1h;
		expect_aborted(&m, insns[i], BASE);
	}
}

/* What lies there is not what was executed: another CPU has written it since. */
static void changed_meanwhile(struct kunit *test)
{
	struct machine m = boot(test);

	expect_aborted(&m, 0xa9400861, BASE + 8);	/* ldp x1, x2, [x3], but not there */
	m.v->ctx->pstate = PSR_MODE_EL1h;
	execute(&m, 0xa9400861, BASE);
	m.v->ctx->exit.esr |= ESR_ELx_WNR;		/* that was a store */
	m.v->ctx->pc = FIX_PC;
	m.v->ctx->pstate = PSR_MODE_EL1h;
	KUNIT_EXPECT_EQ(test, a64_abort_decode(m.v), AXVM_RESUME);
	KUNIT_EXPECT_EQ(test, m.v->ctx->pc, FIX_VBAR + 0x200);
}

static void insn_is_elsewhere(struct kunit *test)
{
	struct machine m = boot(test);
	struct a64_context *ctx = m.v->ctx;

	execute(&m, 0xa9400861, BASE);
	ctx->pc = FIX_PC;
	ctx->exit.insn_par = SYS_PAR_EL1_F;		/* not mapped any more: fetch it again */
	KUNIT_EXPECT_EQ(test, a64_abort_decode(m.v), AXVM_RESUME);
	KUNIT_EXPECT_EQ(test, ctx->pc, FIX_PC);
	ctx->exit.insn_par = FIX_RAM + SZ_2M;		/* memory that nobody has touched */
	KUNIT_EXPECT_EQ(test, a64_abort_decode(m.v), AXVM_DISPATCH);
	KUNIT_EXPECT_EQ(test, m.v->base.exit.kind, AXVM_EXIT_S2_FAULT);
	KUNIT_EXPECT_EQ(test, m.v->base.exit.fault.gpa, FIX_RAM + SZ_2M + (FIX_PC & ~PAGE_MASK));
	KUNIT_EXPECT_EQ(test, m.v->base.exit.fault.access, AXVM_PROT_EXEC);
	ctx->exit.insn_par = FIX_SCRATCH;		/* no memory */
	KUNIT_EXPECT_EQ(test, a64_abort_decode(m.v), AXVM_RESUME);
	KUNIT_EXPECT_EQ(test, ctx->pc, FIX_VBAR + 0x200);
}

static void not_in_aarch32(struct kunit *test)
{
	struct machine m = boot(test);

	m.v->ctx->pstate = PSR_MODE32_BIT | PSR_AA32_MODE_USR;
	expect_aborted(&m, 0xa9400861, BASE);
	KUNIT_EXPECT_EQ(test, m.v->ctx->pc, FIX_VBAR + 0x600);
}

/* --- walks --- */

#define VA	0x0000123456789000ULL
#define TABLES	(FIX_RAM + SZ_1M)

/* D8.2.4, table D8-14 and those behind: size of a region, and the level at which walks begin. */
static const struct {
	u8 page_shift;
	u8 t0sz;
	u8 first;
} regions[] = {
	{ 12, 16, 0 }, { 12, 24, 0 }, { 12, 25, 1 }, { 12, 33, 1 }, { 12, 34, 2 }, { 12, 42, 2 },
	{ 12, 43, 3 },
	{ 14, 16, 0 }, { 14, 17, 1 }, { 14, 27, 1 }, { 14, 28, 2 }, { 14, 38, 2 }, { 14, 39, 3 },
	{ 16, 16, 1 }, { 16, 21, 1 }, { 16, 22, 2 }, { 16, 34, 2 }, { 16, 35, 3 },
};

static u64 tcr_of(u8 page_shift, u8 size, bool high)
{
	static const u64 tg0[] = { [12] = TCR_TG0_4K, [14] = TCR_TG0_16K, [16] = TCR_TG0_64K };
	static const u64 tg1[] = { [12] = TCR_TG1_4K, [14] = TCR_TG1_16K, [16] = TCR_TG1_64K };

	return high ? tg1[page_shift] | (u64)size << TCR_T1SZ_OFFSET : tg0[page_shift] | size;
}

/* Let a table's entry for VA lead to the next one; of the first table only so many bits count. */
static void put_table(struct vgic_fixture *fix, u64 table, u64 va, unsigned int shift,
		      unsigned int bits, u64 next)
{
	u64 at = table + ((va >> shift) & (BIT_ULL(bits) - 1)) * 8;
	void *page = guest_fixture_back(fix, at);

	*(__le64 *)(page + (at & ~PAGE_MASK)) = cpu_to_le64(next | PMD_TYPE_TABLE);
}

/* Tables down to this level are memory; the one behind is not. */
static void make_tables(struct vgic_fixture *fix, u64 va, unsigned int region, int last)
{
	unsigned int page_shift = regions[region].page_shift, stride = page_shift - 3;
	unsigned int va_bits = 64 - regions[region].t0sz;
	u64 table = TABLES;
	int level;

	for (level = regions[region].first; level <= last; level++) {
		unsigned int shift = page_shift + stride * (3 - level);
		u64 next = level == last ? FIX_SCRATCH & GENMASK_ULL(47, 16) : table + SZ_64K;

		put_table(fix, table, va, shift, min(stride, va_bits - shift), next);
		table = next;
	}
}

static void expect_level(struct kunit *test, unsigned int region, bool high, int level)
{
	struct machine m = boot(test);
	u64 va = high ? VA | GENMASK_ULL(63, 48) : VA;
	enum a64_sys ttbr = high ? A64_TTBR1 : A64_TTBR0;

	m.v->ctx->sys[A64_TCR] = tcr_of(regions[region].page_shift, regions[region].t0sz, high);
	m.v->ctx->sys[ttbr] = level == regions[region].first ? FIX_SCRATCH & GENMASK_ULL(47, 16) :
							       TABLES | BIT_ULL(48);
	make_tables(m.fix, va, region, level - 1);
	guest_fixture_exit(m.v, ESR_ELx_EC_DABT_LOW, ESR_ELx_S1PTW | TRANSLATION);
	a64_inject_abort(m.v, false, va);
	KUNIT_EXPECT_EQ_MSG(test, m.v->ctx->sys[A64_ESR] & ESR_ELx_FSC, 0x14 + level,
			    "pages of %u bits, TxSZ %u, %s half", regions[region].page_shift,
			    regions[region].t0sz, high ? "upper" : "lower");
}

/* "Synchronous External abort on translation table walk", with the level of what is not there. */
static void walks(struct kunit *test)
{
	unsigned int i;
	int level;

	for (i = 0; i < ARRAY_SIZE(regions); i++)
		for (level = regions[i].first; level <= 3; level++) {
			expect_level(test, i, false, level);
			expect_level(test, i, true, level);
		}
}

static struct kunit_case cases[] = {
	KUNIT_CASE(pairs_are_loaded),
	KUNIT_CASE(pairs_are_stored),
	KUNIT_CASE(single_ones_move_their_base),
	KUNIT_CASE(stack_pointers),
	KUNIT_CASE(halves),
	KUNIT_CASE(across_pages),
	KUNIT_CASE(not_for_devices),
	KUNIT_CASE(changed_meanwhile),
	KUNIT_CASE(insn_is_elsewhere),
	KUNIT_CASE(not_in_aarch32),
	KUNIT_CASE(walks),
	{}
};

static struct kunit_suite suite = {
	.name = "axvm_a64_access",
	.test_cases = cases,
};

kunit_test_suite(suite);
