// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit suite of emulated SSE and AVX moves; the registers are the CPU's own.
 * Part of axvm_test.ko.
 */
#include <asm/fpu/types.h>
#include <asm/trapnr.h>

#include "arch/x86/emul_test.h"

#define WIDE	32	/* bytes of a YMM register */

/**
 * struct vec_test - the machine, and what its vector registers had
 * @t: the machine
 * @before: registers 1 and 9 before the instruction
 * @after: likewise afterwards
 */
struct vec_test {
	struct emul_test *t;
	u8 before[2][WIDE];
	u8 after[2][WIDE];
};

static const unsigned int numbers[2] = { 1, 9 };

static void destroy_fpu(void *v)
{
	x86_fpu_destroy(v);
}

static struct vec_test *create(struct kunit *test)
{
	struct vec_test *vt = kunit_kzalloc(test, sizeof(*vt), GFP_KERNEL);
	unsigned int i, n;

	KUNIT_ASSERT_NOT_NULL(test, vt);
	vt->t = emul_test_create(test);
	x86_fpu_probe();
	KUNIT_ASSERT_EQ(test, x86_fpu_init(vt->t->v), 0);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, destroy_fpu, vt->t->v), 0);
	x86_fpu_reset(vt->t->v, false);
	vt->t->v->cr4 |= X86_CR4_OSFXSR | X86_CR4_OSXSAVE;
	vt->t->v->fpu.xcr0 = x86_fpu_guest_features() & (XFEATURE_MASK_FPSSE | XFEATURE_MASK_YMM);
	vt->t->v->gpr[X86_RDI] = TEST_DEVICE;
	for (n = 0; n < 2; n++)
		for (i = 0; i < WIDE; i++)
			vt->before[n][i] = 0x40 * (n + 1) + i;
	for (i = 0; i < SZ_4K; i++)
		vt->t->device[i] = 0xc0 + i;
	return vt;
}

static bool has_avx(struct vec_test *vt)
{
	return vt->t->v->fpu.xcr0 & XFEATURE_MASK_YMM;
}

/* Nothing that may sleep while the registers are the guest's. */
static enum axvm_verdict run(struct vec_test *vt, const char *hex)
{
	struct x86_vcpu *v = vt->t->v;
	unsigned int i, width = has_avx(vt) ? 32 : 16;
	enum axvm_verdict verdict;

	emul_test_load(vt->t, hex);
	emul_test_clear_log(vt->t);
	x86_fpu_load(v);
	for (i = 0; i < 2; i++)
		x86_fpu_write_vector(v, numbers[i], vt->before[i], width, false);
	verdict = x86_emulate_mmio(v, TEST_DEVICE);
	for (i = 0; i < 2; i++)
		x86_fpu_read_vector(v, numbers[i], vt->after[i], width);
	x86_fpu_put(v);
	return verdict;
}

static void expect_done(struct vec_test *vt, const char *hex)
{
	struct kunit *test = vt->t->test;

	KUNIT_EXPECT_EQ_MSG(test, run(vt, hex), AXVM_RESUME, "%s", hex);
	KUNIT_EXPECT_EQ_MSG(test, vt->t->v->rip, TEST_CODE + strlen(hex) / 2, "%s", hex);
	emul_test_expect_no_exception(vt->t);
}

struct vec_move {
	const char *text;
	const char *hex;
	bool avx;
	u8 reg;		/* 0: register 1, 1: register 9 */
	u8 from;	/* first byte in the register that moves */
	u8 len;
	u8 kept;	/* bytes from @kept on keep their value, 0 = none */
};

/* Register 1 or 9 and [rdi]. */
static const struct vec_move stores[] = {
	{ "movups [rdi], xmm1", "0f110f", false, 0, 0, 16 },
	{ "movups [rdi], xmm9", "440f110f", false, 1, 0, 16 },
	{ "movupd [rdi], xmm1", "660f110f", false, 0, 0, 16 },
	{ "movss [rdi], xmm1", "f30f110f", false, 0, 0, 4 },
	{ "movsd [rdi], xmm1", "f20f110f", false, 0, 0, 8 },
	{ "movlps [rdi], xmm1", "0f130f", false, 0, 0, 8 },
	{ "movhps [rdi], xmm1", "0f170f", false, 0, 8, 8 },
	{ "movhpd [rdi], xmm9", "66440f170f", false, 1, 8, 8 },
	{ "movaps [rdi], xmm1", "0f290f", false, 0, 0, 16 },
	{ "movntps [rdi], xmm1", "0f2b0f", false, 0, 0, 16 },
	{ "movd [rdi], xmm1", "660f7e0f", false, 0, 0, 4 },
	{ "movq [rdi], xmm1", "66480f7e0f", false, 0, 0, 8 },
	{ "movq [rdi], xmm1 (D6)", "660fd60f", false, 0, 0, 8 },
	{ "movdqa [rdi], xmm1", "660f7f0f", false, 0, 0, 16 },
	{ "movdqu [rdi], xmm1", "f30f7f0f", false, 0, 0, 16 },
	{ "movntdq [rdi], xmm1", "660fe70f", false, 0, 0, 16 },
	{ "vmovups [rdi], xmm1", "c5f8110f", true, 0, 0, 16 },
	{ "vmovups [rdi], ymm1", "c5fc110f", true, 0, 0, 32 },
	{ "vmovaps [rdi], ymm9", "c57c290f", true, 1, 0, 32 },
	{ "vmovdqu [rdi], ymm1", "c5fe7f0f", true, 0, 0, 32 },
	{ "vmovdqa [rdi], ymm1", "c5fd7f0f", true, 0, 0, 32 },
	{ "vmovntdq [rdi], ymm1", "c5fde70f", true, 0, 0, 32 },
	{ "vmovq [rdi], xmm1", "c4e1f97e0f", true, 0, 0, 8 },
	{ "vmovhps [rdi], xmm1", "c5f8170f", true, 0, 8, 8 },
};

static const struct vec_move loads[] = {
	{ "movups xmm1, [rdi]", "0f100f", false, 0, 0, 16, 16 },
	{ "movups xmm9, [rdi]", "440f100f", false, 1, 0, 16, 16 },
	{ "movss xmm1, [rdi]", "f30f100f", false, 0, 0, 4, 16 },
	{ "movsd xmm1, [rdi]", "f20f100f", false, 0, 0, 8, 16 },
	{ "movlps xmm1, [rdi]", "0f120f", false, 0, 0, 8, 8 },
	{ "movlpd xmm9, [rdi]", "66440f120f", false, 1, 0, 8, 8 },
	{ "movaps xmm1, [rdi]", "0f280f", false, 0, 0, 16, 16 },
	{ "movd xmm1, [rdi]", "660f6e0f", false, 0, 0, 4, 16 },
	{ "movq xmm1, [rdi]", "66480f6e0f", false, 0, 0, 8, 16 },
	{ "movq xmm1, [rdi] (7E)", "f30f7e0f", false, 0, 0, 8, 16 },
	{ "movdqa xmm1, [rdi]", "660f6f0f", false, 0, 0, 16, 16 },
	{ "movdqu xmm1, [rdi]", "f30f6f0f", false, 0, 0, 16, 16 },
	{ "lddqu xmm1, [rdi]", "f20ff00f", false, 0, 0, 16, 16 },
	{ "movntdqa xmm1, [rdi]", "660f382a0f", false, 0, 0, 16, 16 },
	{ "vmovups xmm1, [rdi]", "c5f8100f", true, 0, 0, 16 },
	{ "vmovups ymm1, [rdi]", "c5fc100f", true, 0, 0, 32 },
	{ "vmovdqa ymm9, [rdi]", "c57d6f0f", true, 1, 0, 32 },
	{ "vmovd xmm1, [rdi]", "c5f96e0f", true, 0, 0, 4 },
	{ "vmovsd xmm1, [rdi]", "c5fb100f", true, 0, 0, 8 },
	{ "vmovntdqa ymm1, [rdi]", "c4e27d2a0f", true, 0, 0, 32 },
};

/* The device saw eight bytes at a time, or all of it at once. */
static void expect_cycles(struct vec_test *vt, const struct vec_move *m)
{
	struct emul_test *t = vt->t;
	unsigned int i, len = m->len < 8 ? m->len : 8;

	KUNIT_ASSERT_EQ_MSG(t->test, t->nr_log, m->len / len, "%s", m->text);
	for (i = 0; i < t->nr_log; i++) {
		KUNIT_EXPECT_EQ_MSG(t->test, t->log[i].addr, TEST_DEVICE + i * len, "%s", m->text);
		KUNIT_EXPECT_EQ_MSG(t->test, t->log[i].len, len, "%s", m->text);
	}
}

static void stores_vectors(struct kunit *test)
{
	struct vec_test *vt = create(test);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(stores); i++) {
		const struct vec_move *m = &stores[i];

		if (m->avx && !has_avx(vt))
			continue;
		expect_done(vt, m->hex);
		expect_cycles(vt, m);
		KUNIT_EXPECT_EQ_MSG(test, memcmp(vt->t->device, vt->before[m->reg] + m->from,
						 m->len), 0, "%s", m->text);
		KUNIT_EXPECT_EQ_MSG(test, memcmp(vt->before, vt->after, sizeof(vt->before)), 0,
				    "%s", m->text);
		memset(vt->t->device, 0xcc, 64);
	}
}

static void loads_vectors(struct kunit *test)
{
	struct vec_test *vt = create(test);
	u8 expected[2][WIDE];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(loads); i++) {
		const struct vec_move *m = &loads[i];
		u8 *reg = expected[m->reg];

		if (m->avx && !has_avx(vt))
			continue;
		memcpy(expected, vt->before, sizeof(expected));
		memset(reg, 0, m->kept ? m->kept : WIDE);
		memcpy(reg + m->from, vt->t->device, m->len);
		expect_done(vt, m->hex);
		expect_cycles(vt, m);
		KUNIT_EXPECT_EQ_MSG(test, memcmp(expected, vt->after, has_avx(vt) ? 64 : 16), 0,
				    "%s", m->text);
	}
}

/* Halves: one is loaded, the other one comes from the same or a third register. */
static void merges_halves(struct kunit *test)
{
	struct vec_test *vt = create(test);
	static const u8 zeroes[16];

	expect_done(vt, "0f160f");			/* movhps xmm1, [rdi] */
	KUNIT_EXPECT_MEMEQ(test, vt->after[0], vt->before[0], 8);
	KUNIT_EXPECT_MEMEQ(test, vt->after[0] + 8, vt->t->device, 8);
	if (!has_avx(vt))
		return;
	KUNIT_EXPECT_MEMEQ(test, vt->after[0] + 16, vt->before[0] + 16, 16);
	expect_done(vt, "c5b0120f");			/* vmovlps xmm1, xmm9, [rdi] */
	KUNIT_EXPECT_MEMEQ(test, vt->after[0], vt->t->device, 8);
	KUNIT_EXPECT_MEMEQ(test, vt->after[0] + 8, vt->before[1] + 8, 8);
	KUNIT_EXPECT_MEMEQ(test, vt->after[0] + 16, zeroes, 16);
	expect_done(vt, "c5b1160f");			/* vmovhpd xmm1, xmm9, [rdi] */
	KUNIT_EXPECT_MEMEQ(test, vt->after[0], vt->before[1], 8);
	KUNIT_EXPECT_MEMEQ(test, vt->after[0] + 8, vt->t->device, 8);
	KUNIT_EXPECT_MEMEQ(test, vt->after[0] + 16, zeroes, 16);
}

static void expect_fault(struct vec_test *vt, const char *hex, u8 vector, bool has_error)
{
	KUNIT_EXPECT_EQ_MSG(vt->t->test, run(vt, hex), AXVM_RESUME, "%s", hex);
	emul_test_expect_exception(vt->t, vector, has_error, 0);
	KUNIT_EXPECT_EQ(vt->t->test, vt->t->nr_log, 0);
	KUNIT_EXPECT_EQ(vt->t->test, vt->t->v->rip, TEST_CODE);
}

static void checks_alignment(struct kunit *test)
{
	struct vec_test *vt = create(test);

	vt->t->v->gpr[X86_RDI] = TEST_DEVICE + 8;
	expect_fault(vt, "0f280f", X86_TRAP_GP, true);
	expect_fault(vt, "660f7f0f", X86_TRAP_GP, true);
	expect_fault(vt, "660fe70f", X86_TRAP_GP, true);
	expect_done(vt, "0f100f");
	expect_done(vt, "f30f7f0f");
	if (!has_avx(vt))
		return;
	vt->t->v->gpr[X86_RDI] = TEST_DEVICE + 16;
	expect_fault(vt, "c5fd6f0f", X86_TRAP_GP, true);
	expect_done(vt, "c5f96f0f");
	expect_done(vt, "c5fe6f0f");
}

static void checks_that_it_is_enabled(struct kunit *test)
{
	struct vec_test *vt = create(test);
	struct x86_vcpu *v = vt->t->v;

	v->cr0 |= X86_CR0_TS;
	expect_fault(vt, "0f100f", X86_TRAP_NM, false);
	v->cr0 |= X86_CR0_EM;
	expect_fault(vt, "0f100f", X86_TRAP_UD, false);
	v->cr0 &= ~(X86_CR0_TS | X86_CR0_EM);
	v->cr4 &= ~X86_CR4_OSFXSR;
	expect_fault(vt, "0f100f", X86_TRAP_UD, false);
	if (!has_avx(vt))
		return;
	expect_done(vt, "c5f8100f");
	v->cr0 |= X86_CR0_TS;
	expect_fault(vt, "c5f8100f", X86_TRAP_NM, false);
	v->cr0 &= ~X86_CR0_TS;
	v->cr4 &= ~X86_CR4_OSXSAVE;
	expect_fault(vt, "c5f8100f", X86_TRAP_UD, false);
	v->cr4 |= X86_CR4_OSXSAVE;
	v->fpu.xcr0 &= ~XFEATURE_MASK_YMM;
	KUNIT_EXPECT_EQ(test, run(vt, "c5f8100f"), AXVM_RESUME);
	emul_test_expect_exception(vt->t, X86_TRAP_UD, false, 0);
}

/* Half in a device, half in memory. */
static void crosses_pages(struct kunit *test)
{
	struct vec_test *vt = create(test);
	u8 *ram = test_memory(vt->t, TEST_DATA + SZ_4K);

	vt->t->v->gpr[X86_RDI] = TEST_ADDR(PAGE_RAM_BEHIND) - 5;
	expect_done(vt, "f30f7f0f");
	KUNIT_EXPECT_MEMEQ(test, vt->t->device + SZ_4K - 5, vt->before[0], 5);
	KUNIT_EXPECT_MEMEQ(test, ram, vt->before[0] + 5, 11);
	expect_done(vt, "f3440f6f0f");
	KUNIT_EXPECT_MEMEQ(test, vt->after[1], vt->before[0], 16);
	test_table(vt->t, 4)[PAGE_RAM_BEHIND] = 0;
	KUNIT_EXPECT_EQ(test, run(vt, "f30f7f0f"), AXVM_RESUME);
	KUNIT_EXPECT_TRUE(test, x86_test_take_event(vt->t->v, X86_EV_EXCEPTION));
	KUNIT_EXPECT_EQ(test, vt->t->tc->sysreg[X86_CR2], TEST_ADDR(PAGE_RAM_BEHIND));
	KUNIT_EXPECT_EQ(test, vt->t->nr_log, 0);
}

static struct kunit_case vec_cases[] = {
	KUNIT_CASE(stores_vectors),
	KUNIT_CASE(loads_vectors),
	KUNIT_CASE(merges_halves),
	KUNIT_CASE(checks_alignment),
	KUNIT_CASE(checks_that_it_is_enabled),
	KUNIT_CASE(crosses_pages),
	{}
};

static struct kunit_suite vec_suite = {
	.name = "axvm_x86_emul_vec",
	.test_cases = vec_cases,
};

kunit_test_suite(vec_suite);
