// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit suite of the guest page walk: built tables, every mode, every fault.
 * Part of axvm_test.ko.
 */
#include <linux/kthread.h>
#include <linux/prandom.h>
#include <asm/pgtable_types.h>
#include <asm/pkru.h>
#include <asm/trap_pf.h>

#include "arch/x86/emul_test.h"

#define RWU	(_PAGE_PRESENT | _PAGE_RW | _PAGE_USER)
#define AD	(_PAGE_ACCESSED | _PAGE_DIRTY)

#undef READ
#undef WRITE
#define READ	X86_ACCESS_READ
#define WRITE	X86_ACCESS_WRITE
#define USER	X86_ACCESS_USER
#define FETCH	X86_ACCESS_FETCH

/* Tables that belong to a test case alone. */
#define FIRST_TABLE	8

/* --- modes --- */

/**
 * struct mode - a paging mode and where its tables are for the address under test
 * @name: for people
 * @levels: tables
 * @cr4: bits it needs
 * @efer: likewise
 * @gva: address under test
 * @index: in the table of each level, from the root
 * @pae: entries of the root have no rights, and no accessed bit
 */
struct mode {
	const char *name;
	unsigned int levels;
	u64 cr4;
	u64 efer;
	u64 gva;
	unsigned int index[5];
	bool pae;
};

static const struct mode modes[] = {
	{ "32-bit", 2, X86_CR4_PSE, 0, 0xc0101234, { 0x300, 0x101 } },
	{ "PAE", 3, X86_CR4_PAE, EFER_NX, 0xc0201234, { 3, 1, 1 }, true },
	{ "4-level", 4, X86_CR4_PAE, EFER_NX | EFER_LME | EFER_LMA, 0xffff888040601234,
	  { 0x111, 1, 3, 1 } },
	{ "5-level", 5, X86_CR4_PAE | X86_CR4_LA57, EFER_NX | EFER_LME | EFER_LMA,
	  0xff11000000201234, { 0x111, 0, 0, 1, 1 } },
};

static bool has_wide_entries(const struct mode *m)
{
	return m->cr4 & X86_CR4_PAE;
}

static u64 get_entry(struct emul_test *t, const struct mode *m, unsigned int level)
{
	void *table = test_table(t, FIRST_TABLE + level);

	return has_wide_entries(m) ? ((u64 *)table)[m->index[level]] :
				     ((u32 *)table)[m->index[level]];
}

static void set_entry(struct emul_test *t, const struct mode *m, unsigned int level, u64 val)
{
	void *table = test_table(t, FIRST_TABLE + level);

	if (has_wide_entries(m))
		((u64 *)table)[m->index[level]] = val;
	else
		((u32 *)table)[m->index[level]] = val;
}

static u64 table_entry(const struct mode *m, unsigned int level)
{
	u64 rights = m->pae && !level ? _PAGE_PRESENT : RWU;

	return TEST_TABLE_GPA(FIRST_TABLE + level + 1) | rights;
}

/* All levels present, everything allowed, the page at TEST_DATA. */
static void enter_mode(struct emul_test *t, const struct mode *m)
{
	unsigned int level;

	for (level = 0; level < m->levels; level++) {
		memset(test_table(t, FIRST_TABLE + level), 0, SZ_4K);
		set_entry(t, m, level, level == m->levels - 1 ? TEST_DATA | RWU :
							       table_entry(m, level));
	}
	t->v->cr0 = X86_CR0_PE | X86_CR0_PG | X86_CR0_WP;
	t->v->cr4 = m->cr4;
	t->v->efer = m->efer;
	t->tc->v.cr3 = TEST_TABLE_GPA(FIRST_TABLE);
	x86_walk_forget(t->v);
}

static enum x86_walk_result walk(struct emul_test *t, u64 gva, u32 access, u64 *gpa, u32 *error)
{
	*gpa = U64_MAX;
	*error = U32_MAX;
	return x86_walk(t->v, gva, access, gpa, error);
}

static void expect_gpa(struct emul_test *t, const struct mode *m, u64 gva, u32 access, u64 expected)
{
	u32 error;
	u64 gpa;

	KUNIT_EXPECT_EQ_MSG(t->test, walk(t, gva, access, &gpa, &error), X86_WALK_OK,
			    "%s: %#llx, access %u, error %#x", m->name, gva, access, error);
	KUNIT_EXPECT_EQ_MSG(t->test, gpa, expected, "%s: %#llx", m->name, gva);
}

static void expect_fault(struct emul_test *t, const struct mode *m, u64 gva, u32 access,
			 u32 expected)
{
	u32 error;
	u64 gpa;

	KUNIT_EXPECT_EQ_MSG(t->test, walk(t, gva, access, &gpa, &error), X86_WALK_FAULT,
			    "%s: access %u", m->name, access);
	KUNIT_EXPECT_EQ_MSG(t->test, error, expected, "%s: access %u", m->name, access);
}

static void in_each_mode(struct kunit *test,
			 void (*run)(struct emul_test *t, const struct mode *m))
{
	struct emul_test *t = emul_test_create(test);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(modes); i++) {
		enter_mode(t, &modes[i]);
		run(t, &modes[i]);
	}
}

/* --- translations --- */

static void walk_small_pages(struct emul_test *t, const struct mode *m)
{
	expect_gpa(t, m, m->gva, READ, TEST_DATA + 0x234);
	expect_gpa(t, m, m->gva | 0xfff, WRITE | USER, TEST_DATA + 0xfff);
	expect_gpa(t, m, m->gva, FETCH, TEST_DATA + 0x234);
	expect_fault(t, m, m->gva + SZ_4K, READ, 0);
	if (!(m->efer & EFER_LMA))
		expect_gpa(t, m, m->gva | 0x5500000000, READ, TEST_DATA + 0x234);
}

static void translates_small_pages(struct kunit *test)
{
	in_each_mode(test, walk_small_pages);
}

static void translates_nothing_without_paging(struct kunit *test)
{
	struct emul_test *t = emul_test_create(test);

	emul_test_protected_mode(t);
	expect_gpa(t, &modes[0], 0xfee00123, READ, 0xfee00123);
	expect_gpa(t, &modes[0], 0x1fee00123, WRITE | USER, 0xfee00123);
}

static void translates_4m_pages(struct kunit *test)
{
	struct emul_test *t = emul_test_create(test);
	const struct mode *m = &modes[0];

	enter_mode(t, m);
	set_entry(t, m, 0, 0xd0000000 | RWU | _PAGE_PSE | _PAGE_PAT_LARGE);
	expect_gpa(t, m, 0xc0101234, WRITE, 0xd0101234);
	/* PSE-36: SDM 3, 4.3, table 4-4. */
	set_entry(t, m, 0, 0xd0000000 | BIT(13) | BIT(18) | RWU | _PAGE_PSE);
	expect_gpa(t, m, 0xc0101234, READ, 0x21d0101234);
	set_entry(t, m, 0, 0xd0000000 | BIT(20) | RWU | _PAGE_PSE);
	expect_gpa(t, m, 0xc0101234, READ, 0x80d0101234);
	set_entry(t, m, 0, 0xd0000000 | BIT(21) | RWU | _PAGE_PSE);
	expect_fault(t, m, m->gva, WRITE, X86_PF_PROT | X86_PF_WRITE | X86_PF_RSVD);
	/* Without PSE the bit means nothing. */
	t->v->cr4 = 0;
	set_entry(t, m, 0, table_entry(m, 0) | _PAGE_PSE);
	expect_gpa(t, m, m->gva, READ, TEST_DATA + 0x234);
}

static void translates_2m_pages(struct kunit *test)
{
	struct emul_test *t = emul_test_create(test);
	unsigned int i;

	for (i = 1; i < ARRAY_SIZE(modes); i++) {
		const struct mode *m = &modes[i];

		enter_mode(t, m);
		set_entry(t, m, m->levels - 2,
			  0x3d0000000000ULL | RWU | _PAGE_PSE | _PAGE_PAT_LARGE);
		expect_gpa(t, m, m->gva, WRITE | USER, 0x3d0000000000ULL | (m->gva & 0x1fffff));
		set_entry(t, m, m->levels - 2, 0x3d0000000000ULL | BIT(13) | RWU | _PAGE_PSE);
		expect_fault(t, m, m->gva, READ, X86_PF_PROT | X86_PF_RSVD);
		set_entry(t, m, m->levels - 2, 0x3d0000000000ULL | BIT(20) | RWU | _PAGE_PSE);
		expect_fault(t, m, m->gva, READ, X86_PF_PROT | X86_PF_RSVD);
	}
}

static void translates_1g_pages(struct kunit *test)
{
	struct emul_test *t = emul_test_create(test);
	unsigned int i;

	for (i = 2; i < ARRAY_SIZE(modes); i++) {
		const struct mode *m = &modes[i];

		enter_mode(t, m);
		set_entry(t, m, m->levels - 3, 0x80000000 | RWU | _PAGE_PSE | _PAGE_PAT_LARGE);
		expect_gpa(t, m, m->gva, WRITE, 0x80000000 | (m->gva & 0x3fffffff));
		set_entry(t, m, m->levels - 3, 0x80000000 | BIT(29) | RWU | _PAGE_PSE);
		expect_fault(t, m, m->gva, READ, X86_PF_PROT | X86_PF_RSVD);
	}
}

/* --- faults --- */

static void walk_absent(struct emul_test *t, const struct mode *m)
{
	u32 fetch = m->efer & EFER_NX ? X86_PF_INSTR : 0;
	unsigned int level;

	for (level = 0; level < m->levels; level++) {
		enter_mode(t, m);
		set_entry(t, m, level, get_entry(t, m, level) & ~_PAGE_PRESENT);
		expect_fault(t, m, m->gva, READ, 0);
		expect_fault(t, m, m->gva, WRITE, X86_PF_WRITE);
		expect_fault(t, m, m->gva, READ | USER, X86_PF_USER);
		expect_fault(t, m, m->gva, FETCH | USER, X86_PF_USER | fetch);
		t->v->cr4 |= X86_CR4_SMEP;
		expect_fault(t, m, m->gva, FETCH, X86_PF_INSTR);
	}
}

static void faults_where_an_entry_is_absent(struct kunit *test)
{
	in_each_mode(test, walk_absent);
}

/* SDM 3, 4.4 and 4.5. */
static u64 reserved_everywhere(const struct mode *m, unsigned int level)
{
	u64 reserved = GENMASK_ULL(m->pae ? 62 : 51, TEST_PHYS_BITS);

	if (m->pae && !level)
		/* Bit 5 too; but an emulator sets it there, so it is let through. */
		return reserved | _PAGE_NX | 0x1c6;
	if (m->levels - level >= 4)
		reserved |= _PAGE_PSE;
	return reserved;
}

static void walk_reserved(struct emul_test *t, const struct mode *m)
{
	unsigned int level, bit;
	u64 entry, reserved;

	if (!has_wide_entries(m))
		return;
	for (level = 0; level < m->levels; level++) {
		enter_mode(t, m);
		entry = get_entry(t, m, level);
		reserved = reserved_everywhere(m, level);
		for (bit = 0; bit < 64; bit++) {
			if (!(reserved & BIT_ULL(bit)))
				continue;
			set_entry(t, m, level, entry | BIT_ULL(bit));
			expect_fault(t, m, m->gva, READ | USER,
				     X86_PF_PROT | X86_PF_RSVD | X86_PF_USER);
		}
		t->v->efer &= ~EFER_NX;
		set_entry(t, m, level, entry | _PAGE_NX);
		expect_fault(t, m, m->gva, WRITE, X86_PF_PROT | X86_PF_RSVD | X86_PF_WRITE);
	}
}

static void faults_on_reserved_bits(struct kunit *test)
{
	in_each_mode(test, walk_reserved);
}

/* SDM 3, 4.6.1, in its own words; @user, @write and @nx are the page's. */
static bool may(const struct x86_vcpu *v, u32 access, bool user, bool write, bool nx)
{
	bool from_user = access & USER;

	if (access & FETCH) {
		if (nx)
			return false;
		return from_user ? user : !(user && (v->cr4 & X86_CR4_SMEP));
	}
	if (from_user && !user)
		return false;
	if (!from_user && user && (v->cr4 & X86_CR4_SMAP) &&
	    ((access & X86_ACCESS_IMPLICIT) || !(v->rflags & X86_EFLAGS_AC)))
		return false;
	if (!(access & WRITE) || write)
		return true;
	return !from_user && !(v->cr0 & X86_CR0_WP);
}

static u32 error_of(const struct x86_vcpu *v, u32 access)
{
	return X86_PF_PROT | (access & WRITE ? X86_PF_WRITE : 0) |
	       (access & USER ? X86_PF_USER : 0) | (access & FETCH ? X86_PF_INSTR : 0);
}

static const u32 accesses[] = {
	READ, WRITE, READ | USER, WRITE | USER, FETCH, FETCH | USER,
	READ | X86_ACCESS_IMPLICIT, WRITE | X86_ACCESS_IMPLICIT,
};

static void check_rights(struct emul_test *t, const struct mode *m, bool user, bool write, bool nx)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(accesses); i++) {
		if (may(t->v, accesses[i], user, write, nx))
			expect_gpa(t, m, m->gva, accesses[i], TEST_DATA + 0x234);
		else
			expect_fault(t, m, m->gva, accesses[i], error_of(t->v, accesses[i]));
	}
}

/* Take a right away at one level, under all controls. */
static void walk_rights(struct emul_test *t, const struct mode *m)
{
	unsigned int level, what, how;

	for (level = m->pae ? 1 : 0; level < m->levels; level++) {
		for (what = 0; what < 8; what++) {
			bool user = what & 1, write = what & 2, nx = what & 4;

			if (nx && !(m->efer & EFER_NX))
				continue;
			for (how = 0; how < 16; how++) {
				enter_mode(t, m);
				set_entry(t, m, level, (get_entry(t, m, level) & ~RWU) |
					  _PAGE_PRESENT | (user ? _PAGE_USER : 0) |
					  (write ? _PAGE_RW : 0) | (nx ? _PAGE_NX : 0));
				t->v->cr0 = X86_CR0_PE | X86_CR0_PG | (how & 1 ? X86_CR0_WP : 0);
				/* Without NX and SMEP the error code tells no fetch. */
				t->v->cr4 |= (how & 2) || !(m->efer & EFER_NX) ? X86_CR4_SMEP : 0;
				t->v->cr4 |= how & 4 ? X86_CR4_SMAP : 0;
				t->v->rflags = how & 8 ? X86_EFLAGS_AC : 0;
				check_rights(t, m, user, write, nx);
			}
		}
	}
}

static void gives_rights_as_the_manual_says(struct kunit *test)
{
	in_each_mode(test, walk_rights);
}

/* PKRU is the CPU's own: the one of this thread is borrowed. */
static void check_keys(struct emul_test *t, const struct mode *m, u32 pkru)
{
	bool disabled = pkru & BIT(2 * 5), read_only = pkru & BIT(2 * 5 + 1);
	u32 pk = X86_PF_PROT | X86_PF_PK;

	expect_gpa(t, m, m->gva, FETCH | USER, TEST_DATA + 0x234);
	if (disabled)
		expect_fault(t, m, m->gva, READ | USER, pk | X86_PF_USER);
	else
		expect_gpa(t, m, m->gva, READ | USER, TEST_DATA + 0x234);
	if (disabled || read_only)
		expect_fault(t, m, m->gva, WRITE | USER, pk | X86_PF_USER | X86_PF_WRITE);
	else
		expect_gpa(t, m, m->gva, WRITE | USER, TEST_DATA + 0x234);
	t->v->cr0 &= ~X86_CR0_WP;
	if (disabled)
		expect_fault(t, m, m->gva, WRITE, pk | X86_PF_WRITE);
	else
		expect_gpa(t, m, m->gva, WRITE, TEST_DATA + 0x234);
	t->v->cr0 |= X86_CR0_WP;
}

static void obeys_protection_keys(struct kunit *test)
{
	struct emul_test *t = emul_test_create(test);
	const struct mode *m = &modes[2];
	u32 own, pkru;

	if (!cpu_feature_enabled(X86_FEATURE_OSPKE))
		kunit_skip(test, "the CPU has no protection keys");
	enter_mode(t, m);
	t->v->cr4 |= X86_CR4_PKE;
	set_entry(t, m, 3, get_entry(t, m, 3) | 5ULL << _PAGE_BIT_PKEY_BIT0);
	own = read_pkru();
	for (pkru = 0; pkru < 4; pkru++) {
		write_pkru(pkru << (2 * 5));
		check_keys(t, m, pkru << (2 * 5));
	}
	/* Not for supervisor pages, and not for other keys. */
	write_pkru(~(3U << (2 * 5)));
	expect_gpa(t, m, m->gva, WRITE | USER, TEST_DATA + 0x234);
	write_pkru(~0U);
	set_entry(t, m, 2, get_entry(t, m, 2) & ~_PAGE_USER);
	expect_gpa(t, m, m->gva, WRITE, TEST_DATA + 0x234);
	write_pkru(own);
}

/* --- accessed and dirty --- */

static void walk_bits(struct emul_test *t, const struct mode *m)
{
	unsigned int level, last = m->levels - 1;

	expect_gpa(t, m, m->gva, READ, TEST_DATA + 0x234);
	for (level = m->pae ? 1 : 0; level < m->levels; level++)
		KUNIT_EXPECT_EQ_MSG(t->test, get_entry(t, m, level) & AD, _PAGE_ACCESSED,
				    "%s, level %u", m->name, level);
	expect_gpa(t, m, m->gva, WRITE, TEST_DATA + 0x234);
	for (level = m->pae ? 1 : 0; level < last; level++)
		KUNIT_EXPECT_EQ_MSG(t->test, get_entry(t, m, level),
				    table_entry(m, level) | _PAGE_ACCESSED, "%s", m->name);
	KUNIT_EXPECT_EQ_MSG(t->test, get_entry(t, m, last), TEST_DATA | RWU | AD, "%s", m->name);
	if (m->pae)
		KUNIT_EXPECT_EQ(t->test, get_entry(t, m, 0), table_entry(m, 0));
	/* What faults is not dirty. */
	enter_mode(t, m);
	set_entry(t, m, last, TEST_DATA | _PAGE_PRESENT | _PAGE_USER);
	expect_fault(t, m, m->gva, WRITE, X86_PF_PROT | X86_PF_WRITE);
	KUNIT_EXPECT_FALSE(t->test, get_entry(t, m, last) & _PAGE_DIRTY);
}

static void sets_accessed_and_dirty(struct kunit *test)
{
	in_each_mode(test, walk_bits);
}

static void leaves_tables_in_rom_alone(struct kunit *test)
{
	struct emul_test *t = emul_test_create(test);
	const struct mode *m = &modes[2];
	u64 *rom = test_memory(t, TEST_ROM);

	enter_mode(t, m);
	rom[m->index[3]] = TEST_DATA | RWU;
	set_entry(t, m, 2, TEST_ROM | RWU);
	expect_gpa(t, m, m->gva, WRITE, TEST_DATA + 0x234);
	KUNIT_EXPECT_EQ(test, rom[m->index[3]], TEST_DATA | RWU);
	KUNIT_EXPECT_EQ(test, get_entry(t, m, 2), TEST_ROM | RWU | _PAGE_ACCESSED);
}

/* --- memory that is not there --- */

static void walk_missing(struct emul_test *t, const struct mode *m)
{
	unsigned int level, len = has_wide_entries(m) ? 8 : 4;
	u32 error;
	u64 gpa;

	for (level = 1; level < m->levels; level++) {
		enter_mode(t, m);
		set_entry(t, m, level - 1, TEST_UNBACKED | (table_entry(m, level - 1) & 0xfff));
		KUNIT_EXPECT_EQ(t->test, walk(t, m->gva, READ, &gpa, &error),
				X86_WALK_NOT_BACKED);
		KUNIT_EXPECT_EQ(t->test, gpa, TEST_UNBACKED + m->index[level] * len);
		set_entry(t, m, level - 1, TEST_DEVICE | (table_entry(m, level - 1) & 0xfff));
		KUNIT_EXPECT_EQ(t->test, walk(t, m->gva, READ, &gpa, &error), X86_WALK_NO_MEMORY);
	}
	t->tc->v.cr3 = TEST_UNBACKED;
	KUNIT_EXPECT_EQ(t->test, walk(t, m->gva, READ, &gpa, &error), X86_WALK_NOT_BACKED);
	t->tc->v.cr3 = TEST_DEVICE;
	KUNIT_EXPECT_EQ(t->test, walk(t, m->gva, READ, &gpa, &error), X86_WALK_NO_MEMORY);
	KUNIT_EXPECT_EQ(t->test, t->nr_log, 0);
}

static void tells_missing_tables(struct kunit *test)
{
	in_each_mode(test, walk_missing);
}

/* Low bits of CR3 are PCID, PWT and PCD; PAE tables need no page of their own. */
static void takes_the_root_from_cr3(struct kunit *test)
{
	struct emul_test *t = emul_test_create(test);

	enter_mode(t, &modes[2]);
	t->tc->v.cr3 |= 0xfff;
	expect_gpa(t, &modes[2], modes[2].gva, READ, TEST_DATA + 0x234);
	enter_mode(t, &modes[1]);
	memcpy((void *)test_table(t, FIRST_TABLE) + 0xfe0, test_table(t, FIRST_TABLE), 32);
	t->tc->v.cr3 += 0xfe0;
	set_entry(t, &modes[1], 0, 0);
	expect_gpa(t, &modes[1], modes[1].gva, READ, TEST_DATA + 0x234);
}

/* --- code --- */

static void put_code(struct emul_test *t, u64 gpa, u8 first)
{
	u8 *to = test_memory(t, gpa);
	unsigned int i;

	for (i = 0; i < min_t(u64, X86_INSN_MAX, SZ_4K - (gpa & (SZ_4K - 1))); i++)
		to[i] = first + i;
}

static void expect_code(struct emul_test *t, u8 first, unsigned int expected)
{
	u8 bytes[X86_INSN_MAX] = {};
	unsigned int len = 0, i;
	u64 gpa;

	KUNIT_ASSERT_EQ(t->test, x86_fetch(t->v, bytes, &len, &gpa), X86_WALK_OK);
	KUNIT_EXPECT_EQ(t->test, len, expected);
	for (i = 0; i < len; i++)
		KUNIT_EXPECT_EQ_MSG(t->test, bytes[i], (u8)(first + i), "byte %u", i);
}

static void fetches_code(struct kunit *test)
{
	struct emul_test *t = emul_test_create(test);

	put_code(t, TEST_CODE + 0x10, 0x30);
	t->v->rip = TEST_CODE + 0x10;
	expect_code(t, 0x30, 15);
	expect_code(t, 0x30, 15);
	/* CS.base counts, but not in 64-bit mode. */
	t->tc->seg[X86_CS].base = 0x10;
	expect_code(t, 0x30, 15);
	emul_test_real_mode(t);
	t->tc->seg[X86_CS].base = TEST_CODE;
	t->v->rip = 0x10;
	expect_code(t, 0x30, 15);
	emul_test_protected_mode(t);
	t->tc->seg[X86_CS].base = 0xffffffff;
	t->v->rip = TEST_CODE + 0x11;
	expect_code(t, 0x30, 15);
}

static void fetches_across_pages(struct kunit *test)
{
	struct emul_test *t = emul_test_create(test);

	put_code(t, TEST_DATA + 0xffb, 1);
	put_code(t, TEST_DATA + 0x1000, 0x60);
	put_code(t, TEST_ROM, 6);
	t->v->rip = TEST_ADDR(PAGE_RAM) + 0xffb;
	expect_code(t, 1, 5);	/* a device is behind it */
	test_table(t, 4)[PAGE_DEVICE] = TEST_ROM | RWU;
	expect_code(t, 1, 15);
	test_table(t, 4)[PAGE_DEVICE] = 0;
	expect_code(t, 1, 5);
	test_table(t, 4)[PAGE_DEVICE] = TEST_UNBACKED | RWU;
	expect_code(t, 1, 5);
}

static void prefers_what_the_exit_gave(struct kunit *test)
{
	struct emul_test *t = emul_test_create(test);

	put_code(t, TEST_CODE, 1);
	t->v->nr_insn_bytes = 3;
	t->v->insn_bytes[0] = 0x77;
	t->v->insn_bytes[1] = 0x78;
	t->v->insn_bytes[2] = 0x79;
	expect_code(t, 0x77, 3);
	t->v->nr_insn_bytes = 0;
	expect_code(t, 1, 15);
}

static enum x86_walk_result fetch(struct emul_test *t, u64 *gpa)
{
	u8 bytes[X86_INSN_MAX];
	unsigned int len;

	return x86_fetch(t->v, bytes, &len, gpa);
}

/* Whatever a remembered walk depended on may change. */
static void forgets_code_that_changed(struct kunit *test)
{
	struct emul_test *t = emul_test_create(test);
	u64 *ptes = test_table(t, 4);
	u64 gpa;

	put_code(t, TEST_DATA, 0x10);
	put_code(t, TEST_DATA + 0x1000, 0x20);
	put_code(t, TEST_ROM, 0x30);
	t->v->rip = TEST_ADDR(PAGE_RAM);
	expect_code(t, 0x10, 15);
	ptes[PAGE_RAM] = (TEST_DATA + 0x1000) | RWU;	/* entry */
	expect_code(t, 0x20, 15);
	put_code(t, TEST_DATA + 0x1000, 0x28);		/* bytes */
	expect_code(t, 0x28, 15);
	ptes[PAGE_RAM] |= _PAGE_NX;
	KUNIT_EXPECT_EQ(test, fetch(t, &gpa), X86_WALK_FAULT);
	ptes[PAGE_RAM] &= ~_PAGE_NX;
	expect_code(t, 0x28, 15);
	test_table(t, 3)[0] = 0;			/* upper entry */
	KUNIT_EXPECT_EQ(test, fetch(t, &gpa), X86_WALK_FAULT);
	test_table(t, 3)[0] = TEST_TABLE_GPA(4) | RWU;
	ptes[PAGE_RAM] = TEST_ROM | _PAGE_PRESENT;
	expect_code(t, 0x30, 15);
	t->tc->v.cpl = 3;					/* privilege */
	KUNIT_EXPECT_EQ(test, fetch(t, &gpa), X86_WALK_FAULT);
	t->tc->v.cpl = 0;
	expect_code(t, 0x30, 15);
	ptes[PAGE_RAM] = TEST_ROM | RWU;
	expect_code(t, 0x30, 15);
	t->v->cr4 |= X86_CR4_SMEP;			/* controls */
	KUNIT_EXPECT_EQ(test, fetch(t, &gpa), X86_WALK_FAULT);
	t->v->cr4 &= ~X86_CR4_SMEP;
	expect_code(t, 0x30, 15);
	t->tc->v.cr3 = TEST_TABLE_GPA(1);	/* root */
	KUNIT_EXPECT_EQ(test, fetch(t, &gpa), X86_WALK_FAULT);
	t->tc->v.cr3 = TEST_TABLE_GPA(0);
	ptes[PAGE_RAM] = TEST_UNBACKED | RWU;		/* backing */
	KUNIT_EXPECT_EQ(test, fetch(t, &gpa), X86_WALK_NOT_BACKED);
	KUNIT_EXPECT_EQ(test, gpa, TEST_UNBACKED);
	ptes[PAGE_RAM] = TEST_DEVICE | RWU;
	KUNIT_EXPECT_EQ(test, fetch(t, &gpa), X86_WALK_NO_MEMORY);
	KUNIT_EXPECT_EQ(test, t->nr_log, 0);
}

/* A cleared accessed bit is a change, too: it has to be set again. */
static void sets_accessed_each_time(struct kunit *test)
{
	struct emul_test *t = emul_test_create(test);
	u64 *ptes = test_table(t, 4);

	t->v->rip = TEST_ADDR(PAGE_RAM);
	put_code(t, TEST_DATA, 0x10);
	expect_code(t, 0x10, 15);
	ptes[PAGE_RAM] &= ~_PAGE_ACCESSED;
	expect_code(t, 0x10, 15);
	KUNIT_EXPECT_EQ(test, ptes[PAGE_RAM] & AD, _PAGE_ACCESSED);
}

/* --- data --- */

static void expect_data(struct emul_test *t, u64 gva, u32 access, u64 expected)
{
	u64 gpa = U64_MAX;
	u32 error;

	KUNIT_EXPECT_EQ(t->test, x86_walk_data(t->v, gva, access, &gpa, &error), X86_WALK_OK);
	KUNIT_EXPECT_EQ(t->test, gpa, expected);
}

static void expect_data_fault(struct emul_test *t, u64 gva, u32 access, u32 expected)
{
	u32 error = U32_MAX;
	u64 gpa;

	KUNIT_EXPECT_EQ(t->test, x86_walk_data(t->v, gva, access, &gpa, &error), X86_WALK_FAULT);
	KUNIT_EXPECT_EQ(t->test, error, expected);
}

static void forgets_data_that_changed(struct kunit *test)
{
	struct emul_test *t = emul_test_create(test);
	u64 *ptes = test_table(t, 4);
	u64 gva = TEST_ADDR(PAGE_DEVICE);

	expect_data(t, gva + 8, READ, TEST_DEVICE + 8);
	expect_data(t, gva + 12, READ, TEST_DEVICE + 12);
	KUNIT_EXPECT_FALSE(test, ptes[PAGE_DEVICE] & _PAGE_DIRTY);
	expect_data(t, gva + 8, WRITE, TEST_DEVICE + 8);
	KUNIT_EXPECT_TRUE(test, ptes[PAGE_DEVICE] & _PAGE_DIRTY);
	expect_data(t, gva + 8, WRITE | USER, TEST_DEVICE + 8);
	ptes[PAGE_DEVICE] = TEST_NARROW | _PAGE_PRESENT | _PAGE_USER;
	expect_data_fault(t, gva, WRITE | USER, X86_PF_PROT | X86_PF_WRITE | X86_PF_USER);
	expect_data(t, gva + 8, READ | USER, TEST_NARROW + 8);
	t->v->cr4 |= X86_CR4_SMAP;
	expect_data_fault(t, gva, READ, X86_PF_PROT);
	t->v->rflags |= X86_EFLAGS_AC;
	expect_data(t, gva, READ, TEST_NARROW);
	expect_data_fault(t, gva, READ | X86_ACCESS_IMPLICIT, X86_PF_PROT);
	t->v->rflags &= ~X86_EFLAGS_AC;
	expect_data_fault(t, gva, READ, X86_PF_PROT);
	t->v->cr4 &= ~X86_CR4_SMAP;
	expect_data_fault(t, gva, WRITE, X86_PF_PROT | X86_PF_WRITE);
	t->v->cr0 &= ~X86_CR0_WP;
	expect_data(t, gva, WRITE, TEST_NARROW);
	t->v->cr0 |= X86_CR0_WP;
	expect_data_fault(t, gva, WRITE, X86_PF_PROT | X86_PF_WRITE);
}

/* --- a guest that changes its tables meanwhile --- */

#define HOSTILE_ROUNDS	200000

/* Absent, two pages, and garbage in the bits that are the guest's own. */
static const u64 hostile_values[] = {
	0, TEST_DATA | RWU, TEST_ROM | RWU | 0xe00, TEST_DATA | RWU | BIT_ULL(55),
	0xdeadbeef000ULL & ~_PAGE_PRESENT,
};

static int change_entries(void *data)
{
	u64 *entry = data;
	unsigned int i = 0;

	while (!kthread_should_stop()) {
		WRITE_ONCE(*entry, hostile_values[i++ % ARRAY_SIZE(hostile_values)]);
		if (!(i % 4096))
			cond_resched();
	}
	return 0;
}

/* Exactly what was written, with nothing but accessed and dirty added. */
static bool is_clean(u64 entry)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(hostile_values); i++)
		if ((entry & ~AD) == hostile_values[i])
			return !(entry & AD) || (entry & _PAGE_PRESENT);
	return false;
}

static bool is_possible(enum x86_walk_result result, u64 gpa, u32 error)
{
	if (result == X86_WALK_FAULT)
		return error == X86_PF_WRITE;
	return result == X86_WALK_OK && (gpa == TEST_DATA + 0x234 || gpa == TEST_ROM + 0x234);
}

static void survives_concurrent_changes(struct kunit *test)
{
	struct emul_test *t = emul_test_create(test);
	const struct mode *m = &modes[2];
	unsigned int i, impossible = 0, dirty = 0;
	struct task_struct *task;
	u64 *entry, gpa;
	u32 error;

	enter_mode(t, m);
	entry = &test_table(t, FIRST_TABLE + 3)[m->index[3]];
	task = kthread_run(change_entries, entry, "axvm-walk-test");
	KUNIT_ASSERT_FALSE(test, IS_ERR(task));
	for (i = 0; i < HOSTILE_ROUNDS; i++) {
		enum x86_walk_result result = walk(t, m->gva, WRITE, &gpa, &error);

		impossible += !is_possible(result, gpa, error);
		dirty += !is_clean(READ_ONCE(*entry));
		if (!(i % 1024))
			cond_resched();
	}
	kthread_stop(task);
	KUNIT_EXPECT_EQ(test, impossible, 0);
	KUNIT_EXPECT_EQ(test, dirty, 0);
}

static struct kunit_case walk_cases[] = {
	KUNIT_CASE(translates_small_pages),
	KUNIT_CASE(translates_nothing_without_paging),
	KUNIT_CASE(translates_4m_pages),
	KUNIT_CASE(translates_2m_pages),
	KUNIT_CASE(translates_1g_pages),
	KUNIT_CASE(faults_where_an_entry_is_absent),
	KUNIT_CASE(faults_on_reserved_bits),
	KUNIT_CASE(gives_rights_as_the_manual_says),
	KUNIT_CASE(obeys_protection_keys),
	KUNIT_CASE(sets_accessed_and_dirty),
	KUNIT_CASE(leaves_tables_in_rom_alone),
	KUNIT_CASE(tells_missing_tables),
	KUNIT_CASE(takes_the_root_from_cr3),
	KUNIT_CASE(fetches_code),
	KUNIT_CASE(fetches_across_pages),
	KUNIT_CASE(prefers_what_the_exit_gave),
	KUNIT_CASE(forgets_code_that_changed),
	KUNIT_CASE(sets_accessed_each_time),
	KUNIT_CASE(forgets_data_that_changed),
	KUNIT_CASE_SLOW(survives_concurrent_changes),
	{}
};

static struct kunit_suite walk_suite = {
	.name = "axvm_x86_walk",
	.test_cases = walk_cases,
};

kunit_test_suite(walk_suite);
