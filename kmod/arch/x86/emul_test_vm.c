// SPDX-License-Identifier: GPL-2.0
/*
 * The machine on which suites of the page walk and the emulator run. Part of axvm_test.ko.
 */
#include <linux/hex.h>
#include <linux/mm.h>
#include <linux/string.h>
#include <asm/cpuid.h>
#include <asm/cpufeatures.h>
#include <asm/pgtable_types.h>
#include <asm/processor.h>

#include "arch/x86/cpuid.h"
#include "arch/x86/emul_test.h"

/* --- memory; nothing ever walks its stage-2 tables --- */

static u64 make_table(u64 phys)
{
	return phys | BIT_ULL(0);
}

static u64 make_leaf(u64 phys, unsigned int level, u32 prot)
{
	return phys | BIT_ULL(0) | BIT_ULL(1);
}

static bool is_present(u64 entry)
{
	return entry & BIT_ULL(0);
}

static bool is_leaf(u64 entry, unsigned int level)
{
	return entry & BIT_ULL(1);
}

static u64 entry_phys(u64 entry)
{
	return entry & GENMASK_ULL(51, 12);
}

static u32 leaf_prot(u64 entry)
{
	return AXVM_PROT_READ;
}

static const struct axvm_s2_fmt test_fmt = {
	.name = "test",
	.levels = 4,
	.gpa_bits = 48,
	.leaf_levels = 0x7,
	.make_table = make_table,
	.make_leaf = make_leaf,
	.is_present = is_present,
	.is_leaf = is_leaf,
	.entry_phys = entry_phys,
	.leaf_prot = leaf_prot,
};

static void flush(struct axvm_s2 *s2, u64 gpa, u64 len)
{
}

static const struct axvm_s2_ops test_s2_ops = { .flush = flush };

static const struct axvm_region_cfg regions[] = {
	{ 0, TEST_RAM_LEN, AXVM_REGION_READ | AXVM_REGION_WRITE | AXVM_REGION_EXEC,
	  AXVM_MAP_ALLOC, true },
	{ TEST_ROM, SZ_4K, AXVM_REGION_READ | AXVM_REGION_EXEC, AXVM_MAP_ALLOC, true },
	{ TEST_UNBACKED, SZ_8K, AXVM_REGION_READ | AXVM_REGION_WRITE | AXVM_REGION_EXEC,
	  AXVM_MAP_ALLOC, false },
};

static void free_memory(void *gmem)
{
	axvm_gmem_exit(gmem);
}

static void add_memory(struct emul_test *t)
{
	struct axvm_gmem *gmem = &t->tv->vm.base.gmem;
	unsigned int i;

	KUNIT_ASSERT_EQ(t->test, axvm_gmem_init(gmem, &test_fmt, &test_s2_ops), 0);
	KUNIT_ASSERT_EQ(t->test, kunit_add_action_or_reset(t->test, free_memory, gmem), 0);
	for (i = 0; i < ARRAY_SIZE(regions); i++)
		KUNIT_ASSERT_EQ(t->test, axvm_gmem_add_region(gmem, &regions[i], NULL), 0);
	KUNIT_ASSERT_EQ(t->test, axvm_gmem_prealloc(gmem, &t->tv->vm.base.unwanted, NULL), 0);
}

/* --- devices --- */

static void note(struct emul_test *t, u64 addr, unsigned int len, u64 val, bool write)
{
	if (t->nr_log < TEST_LOG)
		t->log[t->nr_log] = (struct test_access) { addr, val, len, write };
	t->nr_log++;
}

static bool read_cells(void *opaque, u64 offset, unsigned int len, u64 *val)
{
	struct test_cells *cells = opaque;

	memcpy(val, cells->bytes + offset, len);
	note(cells->t, cells->base + offset, len, *val, false);
	return true;
}

static bool write_cells(void *opaque, u64 offset, unsigned int len, u64 val)
{
	struct test_cells *cells = opaque;

	memcpy(cells->bytes + offset, &val, len);
	note(cells->t, cells->base + offset, len, val, true);
	return true;
}

static const struct axvm_bus_ops cells_ops = {
	.read = read_cells,
	.write = write_cells,
};

static void add_cells(struct emul_test *t, unsigned int n, enum axvm_bus_space space,
		      struct axvm_bus_window window, u8 *bytes)
{
	t->cells[n] = (struct test_cells) { t, bytes, window.base };
	window.ops = &cells_ops;
	window.opaque = &t->cells[n];
	KUNIT_ASSERT_EQ(t->test, axvm_bus_add(&t->tv->vm.base.bus[space], &window, NULL), 0);
}

static void add_devices(struct emul_test *t)
{
	add_cells(t, 0, AXVM_BUS_MMIO,
		  (struct axvm_bus_window) { TEST_DEVICE, SZ_4K, 1 | 2 | 4 | 8 }, t->device);
	add_cells(t, 1, AXVM_BUS_MMIO,
		  (struct axvm_bus_window) { TEST_NARROW, SZ_4K, 1 }, t->device + SZ_4K);
	add_cells(t, 2, AXVM_BUS_PIO,
		  (struct axvm_bus_window) { TEST_PORT, 16, 1 | 2 | 4 }, t->ports[0]);
	add_cells(t, 3, AXVM_BUS_PIO,
		  (struct axvm_bus_window) { TEST_BYTE_PORT, 16, 1 }, t->ports[1]);
}

/* --- the processor --- */

/* Every feature of the two words that hold those of interest. */
static void read_cpuid(u32 leaf, u32 subleaf, u32 *reg)
{
	memset(reg, 0, 4 * sizeof(*reg));
	if (!leaf)
		reg[CPUID_EAX] = 0x1f;
	if (leaf == 0x80000000)
		reg[CPUID_EAX] = 0x80000020;
	if (leaf == 0x80000008)
		reg[CPUID_EAX] = TEST_PHYS_BITS;
	if (leaf == 1 || leaf == 0x80000001)
		reg[CPUID_EDX] = U32_MAX;
}

static bool has_everything(unsigned int feature)
{
	return true;
}

static const struct x86_cpuid_host test_cpu = {
	.read = read_cpuid,
	.has = has_everything,
	.vendor = X86_VENDOR_AMD,
	.phys_bits = TEST_PHYS_BITS,
	.tsc_khz = 1000000,
};

static void replace_cpuid(struct emul_test *t)
{
	x86_cpuid_destroy(t->v);
	KUNIT_ASSERT_EQ(t->test, x86_cpuid_build(t->v, &test_cpu), 0);
	KUNIT_ASSERT_EQ(t->test, x86_guest_phys_bits(t->v), TEST_PHYS_BITS);
	KUNIT_ASSERT_TRUE(t->test, x86_guest_has(t->v, X86_FEATURE_GBPAGES));
	KUNIT_ASSERT_TRUE(t->test, x86_guest_has(t->v, X86_FEATURE_PSE36));
}

#define CODE_SEG	(X86_SEG_P | X86_SEG_S | 0xb)
#define DATA_SEG	(X86_SEG_P | X86_SEG_S | 0x3)

static void set_segments(struct emul_test *t, u32 limit, u16 code, u16 data)
{
	unsigned int i;

	for (i = X86_ES; i <= X86_GS; i++)
		t->tc->seg[i] = (struct x86_seg) { .limit = limit, .attr = DATA_SEG | data };
	t->tc->seg[X86_CS].attr = CODE_SEG | code;
}

void emul_test_real_mode(struct emul_test *t)
{
	t->v->cr0 = X86_CR0_ET;
	t->v->efer = 0;
	t->v->cr4 = 0;
	set_segments(t, U16_MAX, 0, 0);
	x86_walk_forget(t->v);
}

void emul_test_protected_mode(struct emul_test *t)
{
	t->v->cr0 = X86_CR0_ET | X86_CR0_PE;
	t->v->efer = 0;
	t->v->cr4 = 0;
	set_segments(t, U32_MAX, X86_SEG_DB | X86_SEG_G, X86_SEG_DB | X86_SEG_G);
	x86_walk_forget(t->v);
}

#define RWU	(_PAGE_PRESENT | _PAGE_RW | _PAGE_USER)

static const u64 pages[TEST_PAGES] = {
	[PAGE_RAM]			= TEST_DATA | RWU,
	[PAGE_DEVICE]			= TEST_DEVICE | RWU,
	[PAGE_RAM_BEHIND]		= (TEST_DATA + SZ_4K) | RWU,
	[PAGE_DEVICE_READ_ONLY]		= TEST_DEVICE | _PAGE_PRESENT | _PAGE_USER,
	[PAGE_DEVICE_SUPERVISOR]	= TEST_DEVICE | _PAGE_PRESENT | _PAGE_RW,
	[PAGE_ROM]			= TEST_ROM | RWU,
	[PAGE_NOT_BACKED]		= TEST_UNBACKED | RWU,
	[PAGE_NARROW]			= TEST_NARROW | RWU,
};

/* The first 4 GiB one to one, and the window. Tables 0 to 4 are in use. */
static void fill_tables(struct emul_test *t)
{
	unsigned int i;

	for (i = 0; i < 5; i++)
		memset(test_table(t, i), 0, SZ_4K);
	test_table(t, 0)[0] = TEST_TABLE_GPA(1) | RWU;
	for (i = 0; i < 4; i++)
		test_table(t, 1)[i] = (u64)i * SZ_1G | RWU | _PAGE_PSE;
	test_table(t, 0)[1] = TEST_TABLE_GPA(2) | RWU;
	test_table(t, 2)[0] = TEST_TABLE_GPA(3) | RWU;
	test_table(t, 3)[0] = TEST_TABLE_GPA(4) | RWU;
	memcpy(test_table(t, 4), pages, sizeof(pages));
	t->tc->v.cr3 = TEST_TABLE_GPA(0);
}

void emul_test_long_mode(struct emul_test *t)
{
	t->v->cr0 = X86_CR0_ET | X86_CR0_PE | X86_CR0_PG | X86_CR0_WP | X86_CR0_NE;
	t->v->efer = EFER_LME | EFER_LMA | EFER_NX;
	t->v->cr4 = X86_CR4_PAE | X86_CR4_OSFXSR;
	set_segments(t, 0, X86_SEG_L, 0);
	fill_tables(t);
	x86_walk_forget(t->v);
}

struct emul_test *emul_test_create(struct kunit *test)
{
	struct emul_test *t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, t);
	t->test = test;
	t->tv = x86_test_vm_create(test, 1, NULL);
	t->tc = &t->tv->vcpus[0];
	t->v = &t->tc->v;
	strscpy(t->tv->vm.base.name, "test");
	replace_cpuid(t);
	add_memory(t);
	add_devices(t);
	t->v->rip = TEST_CODE;
	t->v->rflags = X86_EFLAGS_FIXED;
	emul_test_long_mode(t);
	return t;
}

void emul_test_load(struct emul_test *t, const char *hex)
{
	unsigned int len = strlen(hex) / 2;
	u8 bytes[X86_INSN_MAX];

	KUNIT_ASSERT_LE(t->test, len, sizeof(bytes));
	memset(bytes, 0x90, sizeof(bytes));
	KUNIT_ASSERT_EQ(t->test, hex2bin(bytes, hex, len), 0);
	t->v->rip = TEST_CODE;
	memcpy(test_memory(t, TEST_CODE), bytes, sizeof(bytes));
}

void emul_test_clear_log(struct emul_test *t)
{
	t->nr_log = 0;
}

void emul_test_expect_exception(struct emul_test *t, u8 vector, bool has_error, u32 error)
{
	KUNIT_ASSERT_TRUE(t->test, x86_test_take_event(t->v, X86_EV_EXCEPTION));
	KUNIT_EXPECT_EQ(t->test, t->v->exception.vector, vector);
	KUNIT_EXPECT_EQ(t->test, t->v->exception.has_error, has_error);
	if (has_error)
		KUNIT_EXPECT_EQ(t->test, t->v->exception.error, error);
}

void emul_test_expect_no_exception(struct emul_test *t)
{
	KUNIT_EXPECT_FALSE(t->test, x86_test_take_event(t->v, X86_EV_EXCEPTION));
}
