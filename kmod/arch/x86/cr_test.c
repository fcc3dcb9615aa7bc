// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit suite: control registers, EFER and XCR0.
 */
#include <asm/cpufeature.h>
#include <asm/fpu/types.h>
#include <asm/processor.h>
#include <asm/trapnr.h>

#include "arch/x86/cpu_test.h"

#define ROOT	0x2000

struct cr_case {
	struct x86_test_vm *tv;
	struct x86_test_vcpu *tc;
	struct x86_vcpu *v;
};

/* A vCPU of the made-up Intel CPU, in protected mode. */
static int init_case(struct kunit *test)
{
	static struct cpu_test_host host;
	struct cr_case *c = kunit_kzalloc(test, sizeof(*c), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, c);
	c->tv = cpu_test_create(test, 1);
	c->tc = &c->tv->vcpus[0];
	c->v = x86_test_vcpu(c->tv, 0);
	host = cpu_test_host(X86_VENDOR_INTEL);
	cpu_test_replace(c->tv, 0, &host);
	c->v->cr0 = X86_CR0_ET | X86_CR0_PE;
	test->priv = c;
	return 0;
}

/* CS says whether the code has 64 bits. */
static void enter_long_mode(struct cr_case *c, bool code_64)
{
	c->v->cr0 = X86_CR0_ET | X86_CR0_PE | X86_CR0_PG;
	c->v->cr4 = X86_CR4_PAE;
	c->v->efer = EFER_LME | EFER_LMA;
	c->tc->seg[X86_CS].attr = X86_SEG_P | X86_SEG_S | 0xb | (code_64 ? X86_SEG_L : X86_SEG_DB);
	c->tc->v.cr3 = ROOT;
}

static void enter_pae_paging(struct cr_case *c)
{
	c->v->cr0 = X86_CR0_ET | X86_CR0_PE | X86_CR0_PG;
	c->v->cr4 = X86_CR4_PAE;
	c->v->efer = 0;
	c->tc->v.cr3 = ROOT;
}

/* A write that is refused changes nothing, and raises #GP(0). */
static void expect_refused(struct kunit *test, bool (*write)(struct x86_vcpu *v, u64 val), u64 val)
{
	struct cr_case *c = test->priv;
	struct x86_vcpu old = *c->v;
	unsigned int updates = c->tc->updates;

	KUNIT_EXPECT_FALSE_MSG(test, write(c->v, val), "%llx", val);
	cpu_test_expect_gp(test, c->v);
	KUNIT_EXPECT_EQ(test, c->v->cr0, old.cr0);
	KUNIT_EXPECT_EQ(test, c->v->cr4, old.cr4);
	KUNIT_EXPECT_EQ(test, c->v->efer, old.efer);
	KUNIT_EXPECT_EQ(test, c->tc->updates, updates);
}

static void expect_done(struct kunit *test, bool (*write)(struct x86_vcpu *v, u64 val), u64 val)
{
	struct cr_case *c = test->priv;

	KUNIT_EXPECT_TRUE_MSG(test, write(c->v, val), "%llx", val);
	cpu_test_expect_none(test, c->v);
}

/* --- CR0 --- */

static void cr0_combinations(struct kunit *test)
{
	struct cr_case *c = test->priv;

	expect_refused(test, x86_cr0_write, X86_CR0_PE | X86_CR0_NW);
	expect_refused(test, x86_cr0_write, X86_CR0_PG);
	expect_done(test, x86_cr0_write, X86_CR0_PE | X86_CR0_NW | X86_CR0_CD);
	expect_done(test, x86_cr0_write, X86_CR0_PE | X86_CR0_CD);
	KUNIT_EXPECT_EQ(test, c->v->cr0, X86_CR0_PE | X86_CR0_CD | X86_CR0_ET);
}

static void cr0_undefined_bits(struct kunit *test)
{
	struct cr_case *c = test->priv;

	expect_done(test, x86_cr0_write, X86_CR0_PE | 0x1ff0ff00);
	KUNIT_EXPECT_EQ(test, c->v->cr0, X86_CR0_PE | X86_CR0_ET | (0x1ff0ff00 & X86_CR0_AM));
	enter_long_mode(c, true);
	expect_refused(test, x86_cr0_write, c->v->cr0 | BIT_ULL(32));
	/* Outside of 64-bit code nobody can write these. */
	enter_long_mode(c, false);
	expect_done(test, x86_cr0_write, c->v->cr0 | BIT_ULL(32));
}

static void paging_activates_long_mode(struct kunit *test)
{
	struct cr_case *c = test->priv;

	expect_done(test, x86_efer_write, EFER_LME);
	expect_refused(test, x86_cr0_write, X86_CR0_PE | X86_CR0_PG);
	expect_done(test, x86_cr4_write, X86_CR4_PAE);
	c->tc->seg[X86_CS].attr |= X86_SEG_L;
	expect_refused(test, x86_cr0_write, X86_CR0_PE | X86_CR0_PG);
	c->tc->seg[X86_CS].attr &= ~X86_SEG_L;
	expect_done(test, x86_cr0_write, X86_CR0_PE | X86_CR0_PG);
	KUNIT_EXPECT_EQ(test, c->v->efer, EFER_LME | EFER_LMA);
	expect_done(test, x86_cr0_write, X86_CR0_PE);
	KUNIT_EXPECT_EQ(test, c->v->efer, EFER_LME);
}

static void paging_stays_on_in_64_bit_code(struct kunit *test)
{
	struct cr_case *c = test->priv;

	enter_long_mode(c, true);
	expect_refused(test, x86_cr0_write, X86_CR0_PE);
	enter_long_mode(c, false);
	c->v->cr4 |= X86_CR4_PCIDE;
	expect_refused(test, x86_cr0_write, X86_CR0_PE);
	c->v->cr4 &= ~X86_CR4_PCIDE;
	expect_done(test, x86_cr0_write, X86_CR0_PE);
}

static void lmsw_sets_pe_and_keeps_it(struct kunit *test)
{
	struct cr_case *c = test->priv;

	c->v->cr0 = X86_CR0_ET | X86_CR0_NE | X86_CR0_TS;
	KUNIT_EXPECT_TRUE(test, x86_lmsw(c->v, 0xfff0 | X86_CR0_PE | X86_CR0_MP));
	KUNIT_EXPECT_EQ(test, c->v->cr0, X86_CR0_ET | X86_CR0_NE | X86_CR0_PE | X86_CR0_MP);
	KUNIT_EXPECT_TRUE(test, x86_lmsw(c->v, 0));
	KUNIT_EXPECT_EQ(test, c->v->cr0, X86_CR0_ET | X86_CR0_NE | X86_CR0_PE);
}

/* --- CR3 and the entries that it loads --- */

static void cr3_in_long_mode(struct kunit *test)
{
	struct cr_case *c = test->priv;

	enter_long_mode(c, true);
	expect_refused(test, x86_cr3_write, BIT_ULL(CPU_TEST_PHYS_BITS));
	expect_refused(test, x86_cr3_write, BIT_ULL(63));
	expect_refused(test, x86_cr3_write, BIT_ULL(62));
	expect_done(test, x86_cr3_write, BIT_ULL(CPU_TEST_PHYS_BITS - 1) | 0x18);
	KUNIT_EXPECT_EQ(test, c->tc->v.cr3, BIT_ULL(CPU_TEST_PHYS_BITS - 1) | 0x18);
}

static void cr3_forgets_translations(struct kunit *test)
{
	struct cr_case *c = test->priv;
	unsigned int flushes;

	enter_long_mode(c, true);
	flushes = c->tc->flushes;
	expect_done(test, x86_cr3_write, ROOT);
	KUNIT_EXPECT_EQ(test, c->tc->flushes, flushes + 1);
	c->v->cr4 |= X86_CR4_PCIDE;
	expect_done(test, x86_cr3_write, ROOT | 5 | X86_CR3_PCID_NOFLUSH);
	KUNIT_EXPECT_EQ(test, c->tc->flushes, flushes + 1);
	KUNIT_EXPECT_EQ(test, c->tc->v.cr3, ROOT | 5);
	expect_done(test, x86_cr3_write, ROOT | 6);
	KUNIT_EXPECT_EQ(test, c->tc->flushes, flushes + 2);
}

static void cr3_loads_pdptes(struct kunit *test)
{
	struct cr_case *c = test->priv;
	u64 *pdpte;

	enter_pae_paging(c);
	pdpte = cpu_test_memory(c->tv, ROOT + 0x20);
	expect_done(test, x86_cr3_write, ROOT + 0x20);
	pdpte[3] = 0x3000 | 1;
	expect_done(test, x86_cr3_write, ROOT + 0x20);
	pdpte[3] = 0x3000 | _PAGE_ACCESSED | 1;	/* what QEMU makes of it */
	expect_done(test, x86_cr3_write, ROOT + 0x20);
	pdpte[3] = 0x3000 | 3;
	expect_refused(test, x86_cr3_write, ROOT + 0x20);
	pdpte[3] = BIT_ULL(CPU_TEST_PHYS_BITS) | 1;
	expect_refused(test, x86_cr3_write, ROOT + 0x20);
	pdpte[3] = BIT_ULL(CPU_TEST_PHYS_BITS);
	expect_done(test, x86_cr3_write, ROOT + 0x20);
	/* Not backed: zeroes; no memory: ones. */
	expect_done(test, x86_cr3_write, CPU_TEST_BACKED_LEN);
	expect_refused(test, x86_cr3_write, CPU_TEST_RAM_LEN);
}

static void controls_load_pdptes(struct kunit *test)
{
	struct cr_case *c = test->priv;
	u64 *pdpte = cpu_test_memory(c->tv, ROOT);

	enter_pae_paging(c);
	pdpte[0] = U64_MAX;
	expect_refused(test, x86_cr4_write, X86_CR4_PAE | X86_CR4_PGE);
	expect_refused(test, x86_cr0_write, X86_CR0_PE | X86_CR0_PG | X86_CR0_CD);
	expect_done(test, x86_cr4_write, X86_CR4_PAE | X86_CR4_DE);
	expect_done(test, x86_cr0_write, X86_CR0_PE | X86_CR0_PG | X86_CR0_WP);
	expect_done(test, x86_cr0_write, X86_CR0_PE);
	expect_refused(test, x86_cr0_write, X86_CR0_PE | X86_CR0_PG);
	expect_done(test, x86_cr4_write, 0);
	expect_done(test, x86_cr0_write, X86_CR0_PE | X86_CR0_PG);
	expect_refused(test, x86_cr4_write, X86_CR4_PAE);
}

/* --- CR4 --- */

static void cr4_hidden_bits(struct kunit *test)
{
	static const u64 bits[] = {
		X86_CR4_VMXE, X86_CR4_SMXE, X86_CR4_CET, X86_CR4_LAM_SUP,
		BIT_ULL(15), BIT_ULL(19), BIT_ULL(31),
	};
	struct cr_case *c = test->priv;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bits); i++)
		expect_refused(test, x86_cr4_write, bits[i]);
	expect_done(test, x86_cr4_write, x86_cr4_allowed(c->v) & ~X86_CR4_PCIDE);
	expect_done(test, x86_cr4_write, X86_CR4_PAE);
	enter_long_mode(c, true);
	expect_refused(test, x86_cr4_write, X86_CR4_PAE | X86_CR4_FRED);
	expect_refused(test, x86_cr4_write, X86_CR4_PAE | BIT_ULL(63));
}

static void cr4_in_long_mode(struct kunit *test)
{
	struct cr_case *c = test->priv;

	enter_long_mode(c, true);
	expect_refused(test, x86_cr4_write, 0);
	expect_refused(test, x86_cr4_write, X86_CR4_PAE | X86_CR4_LA57);
	expect_done(test, x86_cr4_write, X86_CR4_PAE | X86_CR4_PGE);
	c->v->cr4 |= X86_CR4_LA57;
	expect_refused(test, x86_cr4_write, X86_CR4_PAE);
}

static void cr4_pcide(struct kunit *test)
{
	struct cr_case *c = test->priv;

	expect_refused(test, x86_cr4_write, X86_CR4_PAE | X86_CR4_PCIDE);
	enter_long_mode(c, true);
	c->tc->v.cr3 = ROOT | 1;
	expect_refused(test, x86_cr4_write, X86_CR4_PAE | X86_CR4_PCIDE);
	c->tc->v.cr3 = ROOT;
	expect_done(test, x86_cr4_write, X86_CR4_PAE | X86_CR4_PCIDE);
	c->tc->v.cr3 = ROOT | 1;
	expect_done(test, x86_cr4_write, X86_CR4_PAE | X86_CR4_PCIDE | X86_CR4_PGE);
}

/* --- CR8 --- */

static void cr8(struct kunit *test)
{
	struct cr_case *c = test->priv;

	expect_done(test, x86_cr8_write, 9);
	KUNIT_EXPECT_EQ(test, x86_cr8_read(c->v), 9);
	KUNIT_EXPECT_EQ(test, c->v->lapic.tpr, 0x90);
	expect_refused(test, x86_cr8_write, 0x10);
	expect_refused(test, x86_cr8_write, BIT_ULL(63));
	KUNIT_EXPECT_EQ(test, x86_cr8_read(c->v), 9);
}

/* --- EFER --- */

static void efer(struct kunit *test)
{
	struct cr_case *c = test->priv;

	expect_refused(test, x86_efer_write, EFER_SVME);
	expect_refused(test, x86_efer_write, EFER_LMSLE);
	expect_refused(test, x86_efer_write, BIT_ULL(1));
	expect_refused(test, x86_efer_write, BIT_ULL(63));
	expect_done(test, x86_efer_write, EFER_SCE | EFER_NX | EFER_LME | EFER_LMA);
	KUNIT_EXPECT_EQ(test, c->v->efer, EFER_SCE | EFER_NX | EFER_LME);
	enter_long_mode(c, true);
	expect_refused(test, x86_efer_write, 0);
	expect_done(test, x86_efer_write, EFER_LME | EFER_NX);
	KUNIT_EXPECT_EQ(test, c->v->efer, EFER_LME | EFER_NX | EFER_LMA);
	enter_pae_paging(c);
	expect_refused(test, x86_efer_write, EFER_LME);
}

/* --- XCR0 --- */

static bool xsetbv(struct x86_vcpu *v, u64 val)
{
	v->gpr[X86_RAX] = lower_32_bits(val) | 0xabULL << 56;
	v->gpr[X86_RDX] = upper_32_bits(val);
	v->gpr[X86_RCX] = 0xcdULL << 56;
	return x86_xsetbv(v);
}

static void xcr0_needs_osxsave(struct kunit *test)
{
	struct cr_case *c = test->priv;

	KUNIT_EXPECT_FALSE(test, xsetbv(c->v, XFEATURE_MASK_FP));
	KUNIT_ASSERT_TRUE(test, x86_test_take_event(c->v, X86_EV_EXCEPTION));
	KUNIT_EXPECT_EQ(test, c->v->exception.vector, X86_TRAP_UD);
	c->v->cr4 |= X86_CR4_OSXSAVE;
	expect_done(test, xsetbv, XFEATURE_MASK_FP);
	c->tc->v.cpl = 3;
	expect_refused(test, xsetbv, XFEATURE_MASK_FP);
	c->tc->v.cpl = 0;
	c->v->gpr[X86_RAX] = XFEATURE_MASK_FP;
	c->v->gpr[X86_RDX] = 0;
	c->v->gpr[X86_RCX] = 1;
	KUNIT_EXPECT_FALSE(test, x86_xsetbv(c->v));
	cpu_test_expect_gp(test, c->v);
}

static bool is_xcr0_sound(u64 val)
{
	u64 avx512 = val & XFEATURE_MASK_AVX512;

	if (!(val & XFEATURE_MASK_FP))
		return false;
	if ((val & XFEATURE_MASK_YMM) && !(val & XFEATURE_MASK_SSE))
		return false;
	if (avx512 && (avx512 != XFEATURE_MASK_AVX512 || !(val & XFEATURE_MASK_YMM)))
		return false;
	return !(val & ~x86_fpu_guest_features());
}

/* All of them, and beyond what exists. */
static void xcr0_combinations(struct kunit *test)
{
	struct cr_case *c = test->priv;
	u64 val;

	c->v->cr4 |= X86_CR4_OSXSAVE;
	for (val = 0; val < BIT_ULL(XFEATURE_PASID); val++) {
		if (!is_xcr0_sound(val)) {
			expect_refused(test, xsetbv, val);
			continue;
		}
		expect_done(test, xsetbv, val);
		KUNIT_EXPECT_EQ(test, c->v->fpu.xcr0, val);
	}
	expect_done(test, xsetbv, XFEATURE_MASK_FP);
	for (val = BIT_ULL(XFEATURE_PASID); val; val <<= 1)
		expect_refused(test, xsetbv, val | XFEATURE_MASK_FPSSE);
	KUNIT_EXPECT_EQ(test, c->v->fpu.xcr0, XFEATURE_MASK_FP);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(cr0_combinations),
	KUNIT_CASE(cr0_undefined_bits),
	KUNIT_CASE(paging_activates_long_mode),
	KUNIT_CASE(paging_stays_on_in_64_bit_code),
	KUNIT_CASE(lmsw_sets_pe_and_keeps_it),
	KUNIT_CASE(cr3_in_long_mode),
	KUNIT_CASE(cr3_forgets_translations),
	KUNIT_CASE(cr3_loads_pdptes),
	KUNIT_CASE(controls_load_pdptes),
	KUNIT_CASE(cr4_hidden_bits),
	KUNIT_CASE(cr4_in_long_mode),
	KUNIT_CASE(cr4_pcide),
	KUNIT_CASE(cr8),
	KUNIT_CASE(efer),
	KUNIT_CASE(xcr0_needs_osxsave),
	KUNIT_CASE(xcr0_combinations),
	{}
};

static struct kunit_suite suite = {
	.name = "x86_cr",
	.init = init_case,
	.test_cases = cases,
};

kunit_test_suite(suite);
