// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit suite of what can go wrong while an instruction is emulated: each fault, page
 * boundaries, memory that is not there, a guest that changes its mind. Part of axvm_test.ko.
 */
#include <linux/prandom.h>
#include <asm/pgtable_types.h>
#include <asm/trap_pf.h>
#include <asm/trapnr.h>

#include "arch/x86/emul_test.h"

#define FUZZ_ROUNDS	20000

#define RWU		(_PAGE_PRESENT | _PAGE_RW | _PAGE_USER)
#define NOT_CANONICAL	0x800000000000ULL

static enum axvm_verdict run(struct emul_test *t, const char *hex)
{
	emul_test_load(t, hex);
	emul_test_clear_log(t);
	return x86_emulate_mmio(t->v, TEST_DEVICE);
}

static void expect_done(struct emul_test *t, const char *hex)
{
	KUNIT_EXPECT_EQ_MSG(t->test, run(t, hex), AXVM_RESUME, "%s", hex);
	KUNIT_EXPECT_EQ_MSG(t->test, t->v->rip, TEST_CODE + strlen(hex) / 2, "%s", hex);
	emul_test_expect_no_exception(t);
}

static void expect_untouched(struct emul_test *t)
{
	KUNIT_EXPECT_EQ(t->test, t->nr_log, 0);
	KUNIT_EXPECT_EQ(t->test, t->v->rip, TEST_CODE);
}

static void expect_fault(struct emul_test *t, const char *hex, u8 vector, u32 error)
{
	KUNIT_EXPECT_EQ_MSG(t->test, run(t, hex), AXVM_RESUME, "%s", hex);
	emul_test_expect_exception(t, vector, true, error);
	expect_untouched(t);
}

static void expect_page_fault(struct emul_test *t, const char *hex, u64 addr, u32 error)
{
	expect_fault(t, hex, X86_TRAP_PF, error);
	KUNIT_EXPECT_EQ_MSG(t->test, t->tc->sysreg[X86_CR2], addr, "%s", hex);
}

/* --- what has no form --- */

/* SMSW and LMSW: a backend does them, and has nothing but their operand found. */
static void finds_the_operand_of_what_backends_do(struct kunit *test)
{
	struct emul_test *t = emul_test_create(test);
	struct x86_emul e;

	t->v->gpr[X86_RDI] = TEST_DATA + 1;
	emul_test_load(t, "0f0127");			/* smsw [rdi] */
	KUNIT_ASSERT_EQ(test, x86_emul_begin(&e, t->v), X86_EMUL_OK);
	KUNIT_ASSERT_EQ(test, x86_emul_map(&e, &e.mem, X86_DS, t->v->gpr[X86_RDI], 2, true),
			X86_EMUL_OK);
	KUNIT_EXPECT_PTR_EQ(test, (void *)e.mem.part[0].kva, test_memory(t, TEST_DATA + 1));
	t->v->gpr[X86_RDI] = NOT_CANONICAL;
	KUNIT_EXPECT_EQ(test, x86_emul_map(&e, &e.mem, X86_DS, t->v->gpr[X86_RDI], 2, true),
			X86_EMUL_FAULT);
	emul_test_expect_exception(t, X86_TRAP_GP, true, 0);
}

/* --- segments --- */

static void checks_canonical_addresses(struct kunit *test)
{
	struct emul_test *t = emul_test_create(test);
	u64 *gpr = t->v->gpr;

	gpr[X86_RDI] = NOT_CANONICAL;
	expect_fault(t, "8907", X86_TRAP_GP, 0);
	gpr[X86_RDI] = NOT_CANONICAL - 2;		/* its end alone */
	expect_fault(t, "8907", X86_TRAP_GP, 0);
	gpr[X86_RBP] = NOT_CANONICAL;
	expect_fault(t, "894500", X86_TRAP_SS, 0);
	gpr[X86_RSP] = NOT_CANONICAL;
	expect_fault(t, "8b0424", X86_TRAP_SS, 0);
	gpr[X86_RSP] = NOT_CANONICAL + 8;
	gpr[X86_RDI] = TEST_DEVICE;
	expect_fault(t, "ff37", X86_TRAP_SS, 0);	/* push [rdi] */
	t->tc->seg[X86_FS].base = NOT_CANONICAL;
	expect_fault(t, "648b07", X86_TRAP_GP, 0);
	t->tc->seg[X86_FS].base = 8;
	expect_done(t, "648b07");
	KUNIT_EXPECT_EQ(test, t->log[0].addr, TEST_DEVICE + 8);
	/* Bases of the others do not count, and R12 and R13 are no stack. */
	t->tc->seg[X86_DS].base = 0x100;
	expect_done(t, "8b07");
	KUNIT_EXPECT_EQ(test, t->log[0].addr, TEST_DEVICE);
	gpr[X86_R13] = NOT_CANONICAL;
	expect_fault(t, "41894500", X86_TRAP_GP, 0);
	/* With 57 bits it is canonical, and not mapped. */
	t->v->cr4 |= X86_CR4_LA57;
	t->v->cr3 = TEST_TABLE_GPA(5);
	memset(test_table(t, 5), 0, SZ_4K);
	test_table(t, 5)[0] = TEST_TABLE_GPA(0) | RWU;
	gpr[X86_RDI] = NOT_CANONICAL;
	expect_page_fault(t, "8907", NOT_CANONICAL, X86_PF_WRITE);
}

static void checks_segments(struct kunit *test)
{
	struct emul_test *t = emul_test_create(test);
	struct x86_seg *ds = &t->tc->seg[X86_DS];
	struct x86_seg flat;

	emul_test_protected_mode(t);
	t->v->gpr[X86_RDI] = 0x10;
	ds->base = TEST_DEVICE;
	flat = *ds;
	ds->limit = 0x13;
	expect_done(t, "8907");
	ds->limit = 0x12;
	expect_fault(t, "8907", X86_TRAP_GP, 0);
	expect_fault(t, "8b07", X86_TRAP_GP, 0);
	expect_done(t, "8807");
	*ds = flat;
	ds->attr &= ~X86_SEG_P;				/* null selector */
	expect_fault(t, "8b07", X86_TRAP_GP, 0);
	*ds = flat;
	ds->attr &= ~2;					/* read-only data */
	expect_done(t, "8b07");
	expect_fault(t, "8907", X86_TRAP_GP, 0);
	expect_fault(t, "0107", X86_TRAP_GP, 0);
	ds->attr |= 8;					/* execute-only code */
	expect_fault(t, "8b07", X86_TRAP_GP, 0);
	ds->attr |= 2;					/* readable code */
	expect_done(t, "8b07");
	expect_fault(t, "8907", X86_TRAP_GP, 0);
	*ds = flat;
	ds->attr |= 4;					/* expands down */
	ds->limit = 0xf;
	expect_done(t, "8b07");
	ds->limit = 0x10;
	expect_fault(t, "8b07", X86_TRAP_GP, 0);
	ds->attr &= ~X86_SEG_DB;			/* to 64 KiB */
	ds->limit = 0xf;
	t->v->gpr[X86_RDI] = 0xfffd;
	expect_fault(t, "8b07", X86_TRAP_GP, 0);
}

static void checks_the_stack_segment(struct kunit *test)
{
	struct emul_test *t = emul_test_create(test);

	emul_test_protected_mode(t);
	t->v->gpr[X86_RDI] = TEST_DEVICE;
	t->v->gpr[X86_RSP] = 0x100;
	t->tc->seg[X86_SS].limit = 0xfe;
	expect_fault(t, "ff37", X86_TRAP_SS, 0);
	expect_fault(t, "368b07", X86_TRAP_SS, 0);
	t->tc->seg[X86_SS].limit = 0xff;
	expect_done(t, "ff37");
	KUNIT_EXPECT_EQ(test, t->v->gpr[X86_RSP], 0xfc);
}

/* No error codes there, and limits all the same. */
static void checks_limits_in_real_mode(struct kunit *test)
{
	struct emul_test *t = emul_test_create(test);

	emul_test_real_mode(t);
	t->tc->seg[X86_DS].base = TEST_DEVICE;
	t->v->gpr[X86_RDI] = 0xffff;
	KUNIT_EXPECT_EQ(test, run(t, "8905"), AXVM_RESUME);
	emul_test_expect_exception(t, X86_TRAP_GP, false, 0);
	expect_untouched(t);
	t->tc->seg[X86_SS].base = TEST_DEVICE;
	t->v->gpr[X86_RBP] = 0xffff;
	KUNIT_EXPECT_EQ(test, run(t, "894600"), AXVM_RESUME);
	emul_test_expect_exception(t, X86_TRAP_SS, false, 0);
	expect_untouched(t);
	t->tc->seg[X86_DS].attr &= ~2;			/* types do not count */
	t->v->gpr[X86_RDI] = 0;
	expect_done(t, "8905");
}

/* --- pages --- */

static void checks_privilege(struct kunit *test)
{
	struct emul_test *t = emul_test_create(test);
	u64 *gpr = t->v->gpr;

	t->v->cpl = 3;
	gpr[X86_RDI] = TEST_ADDR(PAGE_DEVICE_SUPERVISOR);
	expect_page_fault(t, "8907", gpr[X86_RDI], X86_PF_PROT | X86_PF_USER | X86_PF_WRITE);
	expect_page_fault(t, "8b07", gpr[X86_RDI], X86_PF_PROT | X86_PF_USER);
	t->v->cpl = 0;
	expect_done(t, "8907");
	gpr[X86_RDI] = TEST_ADDR(PAGE_DEVICE_READ_ONLY);
	expect_page_fault(t, "8907", gpr[X86_RDI], X86_PF_PROT | X86_PF_WRITE);
	expect_page_fault(t, "830f01", gpr[X86_RDI], X86_PF_PROT | X86_PF_WRITE);
	expect_done(t, "8b07");
	expect_done(t, "833f01");			/* cmp only reads */
	expect_done(t, "0fa307");			/* so does bt */
	t->v->cr0 &= ~X86_CR0_WP;
	expect_done(t, "8907");
	gpr[X86_RDI] = TEST_ADDR(PAGE_MISSING) + 5;
	expect_page_fault(t, "8907", gpr[X86_RDI], X86_PF_WRITE);
	expect_page_fault(t, "8b07", gpr[X86_RDI], 0);
	/* What a first access may does not give a second one rights. */
	gpr[X86_RDI] = TEST_ADDR(PAGE_DEVICE_SUPERVISOR);
	expect_done(t, "8b07");
	t->v->cpl = 3;
	expect_page_fault(t, "8b07", gpr[X86_RDI], X86_PF_PROT | X86_PF_USER);
}

static void obeys_smap(struct kunit *test)
{
	struct emul_test *t = emul_test_create(test);

	t->v->gpr[X86_RDI] = TEST_ADDR(PAGE_DEVICE);
	t->v->cr4 |= X86_CR4_SMAP;
	expect_page_fault(t, "8b07", TEST_ADDR(PAGE_DEVICE), X86_PF_PROT);
	t->v->rflags |= X86_EFLAGS_AC;
	expect_done(t, "8b07");
}

static void checks_alignment(struct kunit *test)
{
	struct emul_test *t = emul_test_create(test);

	t->v->gpr[X86_RDI] = TEST_DEVICE + 2;
	t->v->cr0 |= X86_CR0_AM;
	t->v->rflags |= X86_EFLAGS_AC;
	expect_done(t, "8907");
	t->v->cpl = 3;
	expect_fault(t, "8907", X86_TRAP_AC, 0);
	expect_done(t, "668907");
	t->v->rflags &= ~X86_EFLAGS_AC;
	expect_done(t, "8907");
}

/* --- operands in two pages --- */

static void splits_at_page_boundaries(struct kunit *test)
{
	struct emul_test *t = emul_test_create(test);
	u8 *behind = test_memory(t, TEST_DATA + SZ_4K);
	u8 *before = test_memory(t, TEST_DATA + SZ_4K - 8);

	/* Device, then memory: 5 and 3 bytes. */
	t->v->gpr[X86_RDI] = TEST_ADDR(PAGE_RAM_BEHIND) - 5;
	t->v->gpr[X86_RAX] = 0x8877665544332211;
	expect_done(t, "488907");
	KUNIT_ASSERT_EQ(test, t->nr_log, 2);
	KUNIT_EXPECT_EQ(test, t->log[0].addr, TEST_DEVICE + 0xffb);
	KUNIT_EXPECT_EQ(test, t->log[0].len, 1);
	KUNIT_EXPECT_EQ(test, t->log[0].val, 0x11);
	KUNIT_EXPECT_EQ(test, t->log[1].addr, TEST_DEVICE + 0xffc);
	KUNIT_EXPECT_EQ(test, t->log[1].len, 4);
	KUNIT_EXPECT_EQ(test, t->log[1].val, 0x55443322);
	KUNIT_EXPECT_EQ(test, behind[0], 0x66);
	KUNIT_EXPECT_EQ(test, behind[2], 0x88);
	t->v->gpr[X86_RCX] = 0;
	expect_done(t, "488b0f");
	KUNIT_EXPECT_EQ(test, t->v->gpr[X86_RCX], 0x8877665544332211);

	/* Memory, then device. */
	memset(before, 0xcc, 8);
	memset(t->device, 0xdd, 8);
	t->v->gpr[X86_RDI] = TEST_ADDR(PAGE_DEVICE) - 2;
	expect_done(t, "8b0f");
	KUNIT_EXPECT_EQ(test, t->v->gpr[X86_RCX], 0xddddcccc);
	expect_done(t, "830701");		/* add dword [rdi], 1 */
	KUNIT_EXPECT_EQ(test, before[6], 0xcd);
	KUNIT_EXPECT_EQ(test, t->device[0], 0xdd);
}

/* Nothing may have happened when the second half faults. */
static void faults_before_side_effects(struct kunit *test)
{
	struct emul_test *t = emul_test_create(test);
	u64 *ptes = test_table(t, 4);
	u64 second = TEST_ADDR(PAGE_RAM_BEHIND);

	t->v->gpr[X86_RDI] = second - 2;
	ptes[PAGE_RAM_BEHIND] = 0;
	expect_page_fault(t, "8907", second, X86_PF_WRITE);
	expect_page_fault(t, "8b07", second, 0);
	ptes[PAGE_RAM_BEHIND] = TEST_DATA | _PAGE_PRESENT;
	expect_page_fault(t, "8907", second, X86_PF_PROT | X86_PF_WRITE);
	expect_page_fault(t, "0107", second, X86_PF_PROT | X86_PF_WRITE);
	/* Of two operands, the other one. */
	t->v->gpr[X86_RDI] = TEST_DEVICE;
	t->v->gpr[X86_RSP] = TEST_ADDR(PAGE_MISSING) + 8;
	expect_page_fault(t, "ff37", TEST_ADDR(PAGE_MISSING), X86_PF_WRITE);
	t->v->gpr[X86_RSP] = TEST_ADDR(PAGE_MISSING);
	expect_page_fault(t, "8f07", TEST_ADDR(PAGE_MISSING), 0);
}

static void expect_to_be_backed(struct emul_test *t, const char *hex, u64 gpa, u32 access)
{
	KUNIT_EXPECT_EQ_MSG(t->test, run(t, hex), AXVM_DISPATCH, "%s", hex);
	KUNIT_EXPECT_EQ_MSG(t->test, t->v->base.exit.kind, AXVM_EXIT_S2_FAULT, "%s", hex);
	KUNIT_EXPECT_EQ_MSG(t->test, t->v->base.exit.fault.gpa, gpa, "%s", hex);
	KUNIT_EXPECT_EQ_MSG(t->test, t->v->base.exit.fault.access, access, "%s", hex);
	emul_test_expect_no_exception(t);
	expect_untouched(t);
}

static void asks_for_memory_first(struct kunit *test)
{
	struct emul_test *t = emul_test_create(test);
	struct axvm_gmem *gmem = &t->tv->vm.base.gmem;

	test_table(t, 4)[PAGE_RAM_BEHIND] = TEST_UNBACKED | RWU;
	t->v->gpr[X86_RDI] = TEST_ADDR(PAGE_RAM_BEHIND) - 2;
	t->v->gpr[X86_RAX] = 0x44332211;
	expect_to_be_backed(t, "8907", TEST_UNBACKED, AXVM_PROT_WRITE);
	expect_to_be_backed(t, "8b0f", TEST_UNBACKED, AXVM_PROT_READ);
	/* A table that is not there. */
	test_table(t, 2)[1] = TEST_UNBACKED + SZ_4K + RWU;
	t->v->gpr[X86_RDI] = TEST_WINDOW + SZ_1G;
	expect_to_be_backed(t, "8907", TEST_UNBACKED + SZ_4K, AXVM_PROT_READ);
	/* Then it works. */
	KUNIT_ASSERT_EQ(test, axvm_gmem_fault(gmem, TEST_UNBACKED, AXVM_PROT_WRITE),
			AXVM_FAULT_MAPPED);
	t->v->gpr[X86_RDI] = TEST_ADDR(PAGE_RAM_BEHIND) - 2;
	expect_done(t, "8907");
	KUNIT_EXPECT_EQ(test, *(u16 *)test_memory(t, TEST_UNBACKED), 0x4433);
}

static void ignores_writes_to_rom(struct kunit *test)
{
	struct emul_test *t = emul_test_create(test);
	u32 *rom = test_memory(t, TEST_ROM);

	*rom = 0x11223344;
	t->v->gpr[X86_RDI] = TEST_ADDR(PAGE_ROM);
	t->v->gpr[X86_RCX] = 0x01010101;
	expect_done(t, "890f");
	KUNIT_EXPECT_EQ(test, *rom, 0x11223344);
	expect_done(t, "010f");
	KUNIT_EXPECT_EQ(test, *rom, 0x11223344);
	expect_done(t, "0fc10f");		/* xadd reads it */
	KUNIT_EXPECT_EQ(test, t->v->gpr[X86_RCX], 0x11223344);
	KUNIT_EXPECT_EQ(test, *rom, 0x11223344);
}

/* --- accesses that devices do not take --- */

static void reads_ones_where_nobody_is(struct kunit *test)
{
	struct emul_test *t = emul_test_create(test);

	t->v->gpr[X86_RDI] = TEST_NOTHING;
	expect_done(t, "488b0f");
	KUNIT_EXPECT_EQ(test, t->v->gpr[X86_RCX], U64_MAX);
	expect_done(t, "8b0f");
	KUNIT_EXPECT_EQ(test, t->v->gpr[X86_RCX], U32_MAX);
	expect_done(t, "8907");
	KUNIT_EXPECT_EQ(test, t->nr_log, 0);
}

static void splits_for_narrow_devices(struct kunit *test)
{
	struct emul_test *t = emul_test_create(test);
	unsigned int i;

	t->v->gpr[X86_RDI] = TEST_NARROW + 4;
	t->v->gpr[X86_RAX] = 0x44332211;
	expect_done(t, "8907");
	KUNIT_ASSERT_EQ(test, t->nr_log, 4);
	for (i = 0; i < 4; i++) {
		KUNIT_EXPECT_EQ(test, t->log[i].addr, TEST_NARROW + 4 + i);
		KUNIT_EXPECT_EQ(test, t->log[i].val, 0x11 * (i + 1));
	}
	t->v->gpr[X86_RCX] = 0;
	expect_done(t, "8b0f");
	KUNIT_EXPECT_EQ(test, t->v->gpr[X86_RCX], 0x44332211);
	/* The last bytes are beyond it. */
	t->v->gpr[X86_RDI] = TEST_NARROW + SZ_4K - 2;
	t->device[2 * SZ_4K - 2] = 0x12;
	t->device[2 * SZ_4K - 1] = 0x34;
	expect_done(t, "8b0f");
	KUNIT_EXPECT_EQ(test, t->v->gpr[X86_RCX], 0xffff3412);
}

/* --- what is no MMIO --- */

static void gives_memory_back_to_the_guest(struct kunit *test)
{
	struct emul_test *t = emul_test_create(test);
	static const char *const hex[] = {
		"8907", "8b07", "0107", "f00fc70f", "ff37", "8f07", "aa",
	};
	unsigned int i;

	t->v->gpr[X86_RDI] = TEST_DATA;
	t->v->gpr[X86_RSP] = TEST_STACK;
	*(u32 *)test_memory(t, TEST_DATA) = 0x12345678;
	for (i = 0; i < ARRAY_SIZE(hex); i++) {
		t->tc->flushes = 0;
		KUNIT_EXPECT_EQ_MSG(test, run(t, hex[i]), AXVM_RESUME, "%s", hex[i]);
		KUNIT_EXPECT_EQ(test, t->tc->flushes, 1);
		KUNIT_EXPECT_EQ(test, *(u32 *)test_memory(t, TEST_DATA), 0x12345678);
		emul_test_expect_no_exception(t);
		expect_untouched(t);
	}
}

static void expect_failure(struct emul_test *t, const char *hex)
{
	KUNIT_EXPECT_EQ_MSG(t->test, run(t, hex), AXVM_DISPATCH, "%s", hex);
	KUNIT_EXPECT_EQ_MSG(t->test, t->v->base.exit.kind, AXVM_EXIT_FAIL, "%s", hex);
	emul_test_expect_no_exception(t);
	expect_untouched(t);
}

static void refuses_what_it_does_not_know(struct kunit *test)
{
	struct emul_test *t = emul_test_create(test);
	static const char *const hex[] = {
		"62f17c481007",		/* vmovups zmm0, [rdi] */
		"8fe97881c0",		/* XOP */
		"0f04",			/* nothing */
		"d907",			/* fld [rdi] */
		"f737",			/* div [rdi] */
		"ff17",			/* call [rdi] */
		"0f6f07",		/* movq mm0, [rdi] */
		"8e07",			/* mov es, [rdi] */
		"90",			/* no memory operand */
		"89c8",
		"c7c700000000",
		"666666666666666666666666666666",
	};
	unsigned int i;

	t->v->gpr[X86_RDI] = TEST_DEVICE;
	for (i = 0; i < ARRAY_SIZE(hex); i++)
		expect_failure(t, hex[i]);
	/* A page table in a device. */
	test_table(t, 2)[2] = TEST_DEVICE | RWU;
	t->v->gpr[X86_RDI] = TEST_WINDOW + 2ULL * SZ_1G;
	expect_failure(t, "8907");
}

static void refuses_code_in_devices(struct kunit *test)
{
	struct emul_test *t = emul_test_create(test);

	t->v->rip = TEST_DEVICE;
	KUNIT_EXPECT_EQ(test, x86_emulate_mmio(t->v, TEST_DEVICE), AXVM_DISPATCH);
	KUNIT_EXPECT_EQ(test, t->v->base.exit.kind, AXVM_EXIT_FAIL);
	KUNIT_EXPECT_EQ(test, t->nr_log, 0);
}

static void knows_where_lock_is_wrong(struct kunit *test)
{
	struct emul_test *t = emul_test_create(test);
	static const char *const hex[] = { "f08907", "f08b07", "f08507", "f0833f01", "f00fa307" };
	unsigned int i;

	t->v->gpr[X86_RDI] = TEST_DEVICE;
	for (i = 0; i < ARRAY_SIZE(hex); i++) {
		KUNIT_EXPECT_EQ(test, run(t, hex[i]), AXVM_RESUME);
		emul_test_expect_exception(t, X86_TRAP_UD, false, 0);
		expect_untouched(t);
	}
}

/* --- code that is hard to read --- */

static void put_at_page_end(struct emul_test *t, const u8 *code, unsigned int len,
			    unsigned int left)
{
	u8 *end = test_memory(t, TEST_DATA + SZ_4K - left);
	u8 *behind = test_memory(t, TEST_ROM);

	memcpy(end, code, left);
	memcpy(behind, code + left, len - left);
	t->v->rip = TEST_ADDR(PAGE_DEVICE) - left;
	emul_test_clear_log(t);
}

static void fetches_across_pages(struct kunit *test)
{
	static const u8 code[] = { 0xc7, 0x07, 0x44, 0x33, 0x22, 0x11 };
	struct emul_test *t = emul_test_create(test);
	u64 *ptes = test_table(t, 4);
	unsigned int left;
	u64 rip;

	t->v->gpr[X86_RDI] = TEST_DEVICE;
	for (left = 1; left < sizeof(code); left++) {
		put_at_page_end(t, code, sizeof(code), left);
		rip = t->v->rip;
		ptes[PAGE_DEVICE] = 0;			/* gone: the guest faults by itself */
		KUNIT_EXPECT_EQ(test, x86_emulate_mmio(t->v, TEST_DEVICE), AXVM_RESUME);
		KUNIT_EXPECT_EQ(test, t->v->rip, rip);
		ptes[PAGE_DEVICE] = TEST_UNBACKED | RWU;
		KUNIT_EXPECT_EQ(test, x86_emulate_mmio(t->v, TEST_DEVICE), AXVM_DISPATCH);
		KUNIT_EXPECT_EQ(test, t->v->base.exit.kind, AXVM_EXIT_S2_FAULT);
		KUNIT_EXPECT_EQ(test, t->v->base.exit.fault.gpa, TEST_UNBACKED);
		KUNIT_EXPECT_EQ(test, t->nr_log, 0);
		ptes[PAGE_DEVICE] = TEST_ROM | RWU;
		KUNIT_EXPECT_EQ(test, x86_emulate_mmio(t->v, TEST_DEVICE), AXVM_RESUME);
		KUNIT_EXPECT_EQ(test, t->v->rip, rip + sizeof(code));
		KUNIT_EXPECT_EQ(test, t->log[0].val, 0x11223344);
		emul_test_expect_no_exception(t);
	}
}

static void reads_on_where_the_exit_stopped(struct kunit *test)
{
	struct emul_test *t = emul_test_create(test);

	t->v->gpr[X86_RDI] = TEST_DEVICE;
	emul_test_load(t, "c70744332211");
	memcpy(t->v->insn_bytes, "\xc7\x07", 2);
	t->v->nr_insn_bytes = 2;
	KUNIT_EXPECT_EQ(test, x86_emulate_mmio(t->v, TEST_DEVICE), AXVM_RESUME);
	KUNIT_EXPECT_EQ(test, t->log[0].val, 0x11223344);
}

/* The decoded instruction is reused for the same bytes alone. */
static void sees_that_code_changed(struct kunit *test)
{
	struct emul_test *t = emul_test_create(test);

	t->v->gpr[X86_RDI] = TEST_DEVICE;
	t->v->gpr[X86_RAX] = 1;
	expect_done(t, "8907");
	expect_done(t, "8907");
	KUNIT_EXPECT_EQ(test, t->log[0].len, 4);
	expect_done(t, "8807");
	KUNIT_EXPECT_EQ(test, t->log[0].len, 1);
	expect_done(t, "89470c");
	KUNIT_EXPECT_EQ(test, t->log[0].addr, TEST_DEVICE + 0xc);
	expect_done(t, "894708");
	KUNIT_EXPECT_EQ(test, t->log[0].addr, TEST_DEVICE + 8);
	/* And in the same mode alone. */
	expect_done(t, "8907");
	emul_test_protected_mode(t);
	t->tc->seg[X86_CS].attr &= ~X86_SEG_DB;
	t->tc->seg[X86_DS].base = TEST_DEVICE;
	t->v->gpr[X86_RBX] = 0x20;
	expect_done(t, "8907");		/* mov [bx], ax */
	KUNIT_EXPECT_EQ(test, t->log[0].addr, TEST_DEVICE + 0x20);
	KUNIT_EXPECT_EQ(test, t->log[0].len, 2);
}

/* --- anything --- */

static void set_any_mode(struct emul_test *t, u32 how)
{
	switch (how % 4) {
	case 0:
		emul_test_real_mode(t);
		break;
	case 1:
		emul_test_protected_mode(t);
		break;
	default:
		emul_test_long_mode(t);
	}
	t->v->cpl = how & 8 ? 3 : 0;
}

/* Registers that hit devices and memory often. */
static void set_any_registers(struct emul_test *t, struct rnd_state *rnd)
{
	static const u64 bases[] = {
		TEST_DEVICE, TEST_NARROW, TEST_DATA, TEST_ROM, TEST_UNBACKED, TEST_NOTHING,
		TEST_ADDR(PAGE_RAM), TEST_ADDR(PAGE_DEVICE) - 4, TEST_ADDR(PAGE_RAM_BEHIND) - 4,
		TEST_ADDR(PAGE_MISSING), 0, U64_MAX,
	};
	unsigned int i;

	for (i = 0; i < X86_GPRS; i++)
		t->v->gpr[i] = bases[prandom_u32_state(rnd) % ARRAY_SIZE(bases)] +
			       prandom_u32_state(rnd) % 64;
	t->v->rflags = X86_EFLAGS_FIXED | (prandom_u32_state(rnd) & 0x24cd5);
	t->v->events = 0;
}

/* Any bytes at all: there is an answer, and the vCPU is in a state that makes sense. */
static void survives_anything(struct kunit *test)
{
	struct emul_test *t = emul_test_create(test);
	unsigned int i, done = 0, strange = 0;
	enum axvm_verdict verdict;
	struct rnd_state rnd;
	u64 rip;

	prandom_seed_state(&rnd, 42);
	for (i = 0; i < FUZZ_ROUNDS; i++) {
		set_any_mode(t, prandom_u32_state(&rnd));
		set_any_registers(t, &rnd);
		prandom_bytes_state(&rnd, test_memory(t, TEST_CODE), X86_INSN_MAX);
		if (i & 1)	/* of one form that is emulated, with any operand */
			*(u8 *)test_memory(t, TEST_CODE) = 0x80 + (i / 2) % 0x30;
		rip = TEST_CODE;
		t->v->rip = rip;
		t->nr_log = 0;
		verdict = i % 3 ? x86_emulate_mmio(t->v, TEST_DEVICE) : x86_emulate_string_io(t->v);
		done += t->v->rip != rip;
		strange += verdict != AXVM_RESUME && verdict != AXVM_DISPATCH;
		strange += t->v->rip - rip > X86_INSN_MAX;
		strange += verdict == AXVM_DISPATCH && t->v->rip != rip;
		strange += !(t->v->rflags & X86_EFLAGS_FIXED);
		strange += t->nr_log > 600;
	}
	KUNIT_EXPECT_EQ(test, strange, 0);
	KUNIT_EXPECT_GT(test, done, FUZZ_ROUNDS / 50);
}

static struct kunit_case fault_cases[] = {
	KUNIT_CASE(finds_the_operand_of_what_backends_do),
	KUNIT_CASE(checks_canonical_addresses),
	KUNIT_CASE(checks_segments),
	KUNIT_CASE(checks_the_stack_segment),
	KUNIT_CASE(checks_limits_in_real_mode),
	KUNIT_CASE(checks_privilege),
	KUNIT_CASE(obeys_smap),
	KUNIT_CASE(checks_alignment),
	KUNIT_CASE(splits_at_page_boundaries),
	KUNIT_CASE(faults_before_side_effects),
	KUNIT_CASE(asks_for_memory_first),
	KUNIT_CASE(ignores_writes_to_rom),
	KUNIT_CASE(reads_ones_where_nobody_is),
	KUNIT_CASE(splits_for_narrow_devices),
	KUNIT_CASE(gives_memory_back_to_the_guest),
	KUNIT_CASE(refuses_what_it_does_not_know),
	KUNIT_CASE(refuses_code_in_devices),
	KUNIT_CASE(knows_where_lock_is_wrong),
	KUNIT_CASE(fetches_across_pages),
	KUNIT_CASE(reads_on_where_the_exit_stopped),
	KUNIT_CASE(sees_that_code_changed),
	KUNIT_CASE_SLOW(survives_anything),
	{}
};

static struct kunit_suite fault_suite = {
	.name = "axvm_x86_emul_fault",
	.test_cases = fault_cases,
};

kunit_test_suite(fault_suite);
