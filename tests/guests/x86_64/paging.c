// SPDX-License-Identifier: GPL-2.0
/*
 * Page tables of every format, and the ways from one to the other. SDM 3,
 * chapter 4; APM 2, chapter 5.
 */
#include "cpu.h"
#include "legacy.h"

const char *const guest_name = "paging";

#define WINDOW32	0x8000000u	/* 128 MiB: behind what is mapped as it is */
#define BLOCK4M		0x400000u
#define BLOCK2M		0x200000UL
#define GIB		BIT(30)
#define IDENTITY	(16 * BLOCK4M)
#define ALL		(PTE_W | PTE_P)
#define FREE_SLOT	4UL		/* of the root: 2 TiB */
#define SLOT_SIZE	BIT(39)
#define ERROR_P		BIT(0)
#define ERROR_W		BIT(1)
#define ERROR_U		BIT(2)
#define ERROR_RSVD	BIT(3)
#define CR3_NO_FLUSH	BIT(63)
#define HIGH_57		BIT(52)		/* not canonical with 4 levels */

static u32 directory[1024] __aligned(4096), table[1024] __aligned(4096);
static u32 low_tables[5][1024] __aligned(4096);
static u64 pdpt[512] __aligned(4096), pds[4][512] __aligned(4096), pt[512] __aligned(4096);
static u64 pml5[512] __aligned(4096);
static u64 frames[2][512] __aligned(4096);

/* --- outside of long mode --- */

LEGACY_SNIPPET(32, touch, "movl (%esi), %eax\n\tmovl %ebx, 4(%esi)\n\tmovl (%edi), %ecx");
LEGACY_SNIPPET(32, store, "movl %eax, (%esi)");

static void begin_paging(struct legacy_state *state, enum legacy_mode mode, const char *code,
			 const void *root, u32 cr4)
{
	legacy_init();
	legacy_begin(state, mode, code);
	state->cr0 |= CR0_PG | CR0_WP;
	state->cr3 = (u64)root;
	state->cr4 = cr4;
	state->gpr[RSI] = WINDOW32 + 0x10;
	state->gpr[RBX] = 0x600d600d;
	state->gpr[RDI] = ioapic_base();
	mmio_write32(ioapic_base(), 1);
	memset(frames, 0, sizeof(frames));
	frames[0][2] = 0x12345678;
}

static void check_touched(const struct legacy_state *state)
{
	check(state->vector == VEC_BP && state->eip == (u64)touch_end,
	      "vector %u error 0x%x CR2 0x%x at 0x%x", state->vector, state->error, state->cr2,
	      state->eip);
	check(state->gpr[RAX] == 0x12345678 && frames[0][2] >> 32 == 0x600d600d,
	      "read 0x%x, left 0x%lx", state->gpr[RAX], frames[0][2]);
	check(state->gpr[RCX] == 1, "device register 0x%x", state->gpr[RCX]);
}

static void check_fault(const char *name, const struct legacy_state *state, u32 error)
{
	check(state->vector == VEC_PF && state->error == error && state->cr2 == WINDOW32 + 0x10 &&
	      state->eip == (u64)store, "%s: vector %u error 0x%x CR2 0x%x", name, state->vector,
	      state->error, state->cr2);
}

static void make_32(void)
{
	unsigned int i;

	memset(directory, 0, sizeof(directory));
	memset(table, 0, sizeof(table));
	for (i = 0; i < IDENTITY / BLOCK4M; i++)
		directory[i] = i * BLOCK4M | PTE_PS | PTE_U | ALL;
	directory[ioapic_base() / BLOCK4M] = (ioapic_base() & -BLOCK4M) | PTE_PS | PTE_PCD | ALL;
	directory[WINDOW32 / BLOCK4M] = (u64)table | PTE_U | ALL;
	table[0] = (u64)frames[0] | ALL;
}

static void with_4m_pages(void)
{
	struct legacy_state state;

	make_32();
	begin_paging(&state, LEGACY_FLAT, touch, directory, CR4_PSE);
	legacy_run(&state);
	check_touched(&state);
	check((table[0] & (PTE_A | PTE_D)) == (PTE_A | PTE_D), "entry 0x%x", table[0]);
	check((directory[WINDOW32 / BLOCK4M] & (PTE_A | PTE_PS)) == PTE_A, "directory entry 0x%x",
	      directory[WINDOW32 / BLOCK4M]);
	/* As a block: 4 MiB from where the frame is. */
	directory[WINDOW32 / BLOCK4M] = ((u64)frames[0] & -BLOCK4M) | PTE_PS | ALL;
	begin_paging(&state, LEGACY_FLAT, touch, directory, CR4_PSE);
	state.gpr[RSI] += (u64)frames[0] & (BLOCK4M - 1);
	legacy_run(&state);
	check_touched(&state);
	check((directory[WINDOW32 / BLOCK4M] & (PTE_A | PTE_D)) == (PTE_A | PTE_D), "block 0x%x",
	      directory[WINDOW32 / BLOCK4M]);
}

/* Without CR4.PSE the bit means nothing. */
static void with_4k_pages(void)
{
	struct legacy_state state;
	unsigned int i;

	make_32();
	for (i = 0; i < 4 * 1024; i++)
		low_tables[i / 1024][i % 1024] = i * PAGE_SIZE | ALL;
	for (i = 0; i < 4; i++)
		directory[i] = (u64)low_tables[i] | ALL;
	directory[WINDOW32 / BLOCK4M] |= PTE_PS;
	directory[ioapic_base() / BLOCK4M] = (u64)low_tables[4] | ALL;
	low_tables[4][ioapic_base() / PAGE_SIZE % 1024] = ioapic_base() | PTE_PCD | ALL;
	begin_paging(&state, LEGACY_FLAT, touch, directory, 0);
	legacy_run(&state);
	check_touched(&state);
}

static void faults_32(void)
{
	struct legacy_state state;

	make_32();
	begin_paging(&state, LEGACY_USER, store, directory, CR4_PSE);
	legacy_run(&state);
	check_fault("kernel's page", &state, ERROR_U | ERROR_W | ERROR_P);
	table[0] = (u64)frames[0] | PTE_U | PTE_P;
	begin_paging(&state, LEGACY_USER, store, directory, CR4_PSE);
	legacy_run(&state);
	check_fault("read-only", &state, ERROR_U | ERROR_W | ERROR_P);
	begin_paging(&state, LEGACY_FLAT, store, directory, CR4_PSE);
	legacy_run(&state);
	check_fault("read-only for the kernel", &state, ERROR_W | ERROR_P);
	begin_paging(&state, LEGACY_FLAT, store, directory, CR4_PSE);
	state.cr0 &= ~CR0_WP;
	legacy_run(&state);
	check(state.vector == VEC_BP, "without WP: vector %u", state.vector);
	table[0] = 0;
	begin_paging(&state, LEGACY_FLAT, store, directory, CR4_PSE);
	legacy_run(&state);
	check_fault("absent", &state, ERROR_W);
	directory[WINDOW32 / BLOCK4M] = 0;
	begin_paging(&state, LEGACY_USER, store, directory, CR4_PSE);
	legacy_run(&state);
	check_fault("absent table", &state, ERROR_U | ERROR_W);
}

/* The root is 32 bytes, anywhere. */
static u64 *pae_root(void)
{
	return &pdpt[8];
}

static void make_pae(void)
{
	unsigned int i;
	u64 addr;

	memset(pdpt, 0, sizeof(pdpt));
	memset(pt, 0, sizeof(pt));
	for (i = 0; i < 4; i++)
		pae_root()[i] = (u64)pds[i] | PTE_P;
	for (i = 0; i < 4 * 512; i++) {
		addr = i * BLOCK2M;
		if (addr < IDENTITY || addr == (ioapic_base() & -BLOCK2M))
			pds[i / 512][i % 512] = addr | PTE_PS | PTE_U | ALL;
		else
			pds[i / 512][i % 512] = 0;
	}
	pds[0][WINDOW32 / BLOCK2M] = (u64)pt | PTE_U | ALL;
	pt[0] = (u64)frames[0] | ALL;
}

static void pae(void)
{
	struct legacy_state state;

	make_pae();
	begin_paging(&state, LEGACY_FLAT, touch, pae_root(), CR4_PAE);
	legacy_run(&state);
	check_touched(&state);
	check((pt[0] & (PTE_A | PTE_D)) == (PTE_A | PTE_D), "entry 0x%lx", pt[0]);
	pt[0] = (u64)frames[0] | PTE_U | PTE_P;
	begin_paging(&state, LEGACY_USER, store, pae_root(), CR4_PAE);
	legacy_run(&state);
	check_fault("read-only", &state, ERROR_U | ERROR_W | ERROR_P);
	pt[0] = 0;
	begin_paging(&state, LEGACY_FLAT, store, pae_root(), CR4_PAE);
	legacy_run(&state);
	check_fault("absent", &state, ERROR_W);
	pae_root()[1] = 0;
	pae_root()[2] = 0;
	begin_paging(&state, LEGACY_FLAT, store, pae_root(), CR4_PAE);
	state.gpr[RSI] = 0x50000000;
	legacy_run(&state);
	check(state.vector == VEC_PF && state.error == ERROR_W && state.cr2 == 0x50000000,
	      "absent directory: vector %u error 0x%x CR2 0x%x", state.vector, state.error,
	      state.cr2);
}

LEGACY_SNIPPET(32, jump_away, "jmp *%esi");

static void pae_no_execute(void)
{
	struct legacy_state state;

	make_pae();
	wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_NXE);
	pt[0] = (u64)frames[0] | PTE_NX | ALL;
	begin_paging(&state, LEGACY_FLAT, jump_away, pae_root(), CR4_PAE);
	legacy_run(&state);
	check(state.vector == VEC_PF && state.error == (BIT(4) | ERROR_P) &&
	      state.eip == WINDOW32 + 0x10, "vector %u error 0x%x at 0x%x", state.vector,
	      state.error, state.eip);
}

LEGACY_SNIPPET(32, load_cr3, "movl %esi, %cr3");

/* Reserved bits of the four entries are looked at when CR3 is loaded (SDM 3, 4.4.1). */
static void pae_bad_root(void)
{
	static u64 bad[4] __aligned(32);
	struct legacy_state state;

	if (emulator_differs("looks at them when it uses them, if at all"))
		return;
	make_pae();
	memcpy(bad, pae_root(), sizeof(bad));
	bad[2] |= PTE_W;
	begin_paging(&state, LEGACY_FLAT, touch, bad, CR4_PAE);
	legacy_run(&state);
	check(state.vector == VEC_GP && state.eip == (u64)legacy_paging_on,
	      "CR0.PG: vector %u at 0x%x", state.vector, state.eip);
	begin_paging(&state, LEGACY_FLAT, load_cr3, pae_root(), CR4_PAE);
	state.gpr[RSI] = (u64)bad;
	legacy_run(&state);
	check(state.vector == VEC_GP && state.eip == (u64)load_cr3 &&
	      state.cr3 == (u64)pae_root(), "CR3: vector %u at 0x%x", state.vector, state.eip);
}

/* Another root in the middle of it. */
LEGACY_SNIPPET(32, switch_root, "movl (%esi), %eax\n\tmovl %edi, %cr3\n\tmovl (%esi), %ecx");

static void pae_other_root(void)
{
	static u64 root[4] __aligned(32), pd[512] __aligned(4096), other_pt[512] __aligned(4096);
	struct legacy_state state;

	make_pae();
	memcpy(root, pae_root(), sizeof(root));
	memcpy(pd, pds[0], sizeof(pd));
	root[0] = (u64)pd | PTE_P;
	pd[WINDOW32 / BLOCK2M] = (u64)other_pt | ALL;
	other_pt[0] = (u64)frames[1] | ALL;
	begin_paging(&state, LEGACY_FLAT, switch_root, pae_root(), CR4_PAE);
	frames[1][2] = 0xfedcba98;
	state.gpr[RDI] = (u64)root;
	legacy_run(&state);
	check(state.vector == VEC_BP, "vector %u", state.vector);
	check(state.gpr[RAX] == 0x12345678 && state.gpr[RCX] == 0xfedcba98,
	      "read 0x%x, then 0x%x", state.gpr[RAX], state.gpr[RCX]);
}

/* Long mode wants PAE. */
static void long_without_pae(void)
{
	struct legacy_state state;

	if (reference_differs("just does not do it"))
		return;
	make_32();
	begin_paging(&state, LEGACY_FLAT, touch, directory, CR4_PSE);
	state.keep_lme = 1;
	legacy_run(&state);
	check(state.vector == VEC_GP && !state.error && state.eip == (u64)legacy_paging_on,
	      "vector %u error 0x%x at 0x%x", state.vector, state.error, state.eip);
}

LEGACY_SNIPPET(32, leave_pae,
	       "movl (%esi), %eax\n\t"
	       "movl %cr0, %ecx\n\tandl $0x7fffffff, %ecx\n\tmovl %ecx, %cr0\n\t"
	       "movl %edi, %cr3\n\tmovl %cr4, %edx\n\tandl $~0x20, %edx\n\torl $0x10, %edx\n\t"
	       "movl %edx, %cr4\n\torl $0x80000000, %ecx\n\tmovl %ecx, %cr0\n\t"
	       "movl (%esi), %ebx");

static void every_way(void)
{
	struct legacy_state state;
	unsigned int i;

	make_32();
	make_pae();
	table[0] = (u64)frames[1] | ALL;
	for (i = 0; i < 100 && !test_failed(); i++) {
		begin_paging(&state, LEGACY_FLAT, leave_pae, pae_root(), CR4_PAE);
		state.gpr[RDI] = (u64)directory;
		frames[1][2] = i;
		legacy_run(&state);
		check(state.vector == VEC_BP && state.eip == (u64)leave_pae_end,
		      "vector %u error 0x%x at 0x%x", state.vector, state.error, state.eip);
		check(state.gpr[RAX] == 0x12345678 && state.gpr[RBX] == i, "read 0x%x, then 0x%x",
		      state.gpr[RAX], state.gpr[RBX]);
		legacy_begin(&state, i & 1 ? LEGACY_VM86 : LEGACY_REAL, NULL);
		legacy_place(touch_break, touch_end);
		legacy_run(&state);
		check(state.vector == VEC_BP && state.eip == 1, "vector %u", state.vector);
	}
}

/* --- long mode --- */

static u64 word __aligned(8);

static void map_slot(u64 pdpte)
{
	memset(pdpt, 0, sizeof(pdpt));
	pdpt[0] = pdpte;
	boot_pml4[FREE_SLOT] = (u64)pdpt | ALL;
	write_cr3(read_cr3());
}

static void unmap_slot(void)
{
	boot_pml4[FREE_SLOT] = 0;
	write_cr3(read_cr3());
}

static u64 read_at(u64 addr)
{
	u64 val;

	asm volatile("movq (%1), %0" : "=r" (val) : "r" (addr) : "memory");
	return val;
}

static void write_at(u64 addr, u64 val)
{
	asm volatile("movq %0, (%1)" : : "r" (val), "r" (addr) : "memory");
}

static void check_alias(u64 alias, u64 *leaf, const char *name)
{
	store_shared(&word, 0x1111222233334444);
	check(read_at(alias) == load_shared(&word), "%s: read 0x%lx", name, read_at(alias));
	check((*leaf & (PTE_A | PTE_D)) == PTE_A, "%s: after a load 0x%lx", name, *leaf);
	write_at(alias, 0x5555);
	check(load_shared(&word) == 0x5555, "%s: 0x%lx was written", name, word);
	check((*leaf & (PTE_A | PTE_D)) == (PTE_A | PTE_D), "%s: after a store 0x%lx", name, *leaf);
}

static void blocks(void)
{
	u64 slot = FREE_SLOT * SLOT_SIZE, addr = (u64)&word;

	memset(pds[0], 0, PAGE_SIZE);
	pds[0][3] = (addr & -BLOCK2M) | PTE_PS | ALL;
	map_slot((u64)pds[0] | ALL);
	check_alias(slot + 3 * BLOCK2M + addr % BLOCK2M, &pds[0][3], "2M");
	check(boot_pml4[FREE_SLOT] & PTE_A && pdpt[0] & PTE_A, "the tables above have no A");
	if (HAS_1G_PAGES) {
		map_slot(PTE_PS | ALL);
		check_alias(slot + addr, &pdpt[0], "1G");
		map_slot((ioapic_base() & -GIB) | PTE_PS | PTE_PCD | ALL);
		mmio_write32(ioapic_base(), 1);
		check(mmio_read32(slot + ioapic_base() % GIB) == 1, "device register 0x%x",
		      mmio_read32(slot + ioapic_base() % GIB));
	}
	unmap_slot();
}

static void read_word(void *arg)
{
	read_at((u64)arg);
}

static void unaligned_block(void)
{
	u64 slot = FREE_SLOT * SLOT_SIZE, error = ERROR_RSVD | ERROR_P;
	struct trap_info trap;

	if (!HAS_1G_PAGES) {
		test_skip("no pages of 1 GiB");
		return;
	}
	if (cpu_is_emulated())	/* it leaves P out */
		error &= ~ERROR_P;
	map_slot(BIT(21) | PTE_PS | ALL);
	check(arch_try(read_word, (void *)slot, &trap) && trap.cause == VEC_PF &&
	      trap_last()->error == error, "trap %lu error 0x%lx", trap.cause, trap_last()->error);
	unmap_slot();
}

/* Each way to tell the processor that an entry has changed. */
static void by_page(u64 addr)
{
	flush_page(addr);
}

static void by_cr3(u64 addr)
{
	write_cr3(read_cr3());
}

static void by_pge(u64 addr)
{
	write_cr4(read_cr4() & ~CR4_PGE);
	write_cr4(read_cr4() | CR4_PGE);
}

static void by_paging_bits(u64 addr)
{
	write_cr4(read_cr4() ^ CR4_PGE);
	write_cr4(read_cr4() ^ CR4_PGE);
}

static void change(const char *name, void (*flush)(u64 addr), u64 bits)
{
	u64 addr = paging_va(3);
	unsigned int i;

	frames[0][0] = 0xaaaa;
	frames[1][0] = 0xbbbb;
	for (i = 0; i < 50 && !test_failed(); i++) {
		store_shared(paging_pte(3), (u64)frames[i & 1] | bits | ALL);
		flush(addr);
		check(read_at(addr) == (i & 1 ? 0xbbbb : 0xaaaa), "%s, round %u: 0x%lx", name, i,
		      read_at(addr));
	}
	/* Away, and the next access faults. */
	store_shared(paging_pte(3), 0);
	flush(addr);
	{
		struct trap_info trap;

		check(arch_try(read_word, (void *)addr, &trap) && trap.cause == VEC_PF,
		      "%s: still there", name);
	}
}

static void flushes(void)
{
	u64 cr4 = read_cr4();

	change("INVLPG", by_page, 0);
	change("CR3", by_cr3, 0);
	write_cr4(cr4 | CR4_PGE);
	change("INVLPG of a global page", by_page, PTE_G);
	change("CR4.PGE", by_pge, PTE_G);
	change("CR4.PGE twice", by_paging_bits, PTE_G);
	write_cr4(cr4);
}

static u64 round_nr, answer;

static void read_again(void *arg)
{
	u64 seen = 0;

	while (load_shared(&round_nr) != -1UL) {
		if (load_shared(&round_nr) == seen)
			continue;
		seen = load_shared(&round_nr);
		flush_page(paging_va(3));
		store_shared(&answer, read_at(paging_va(3)) << 32 | seen);
	}
}

/* The other CPU sees the change once it has flushed. */
static void flushes_of_others(void)
{
	unsigned int self = arch_cpu_self();
	u64 i, end;

	if (arch_cpu_count() < 2) {
		test_skip("one CPU");
		return;
	}
	frames[0][0] = 0xaaaa;
	frames[1][0] = 0xbbbb;
	store_shared(paging_pte(3), (u64)frames[0] | ALL);
	check(arch_cpu_start(!self, read_again, NULL), "no other CPU");
	for (i = 1; i < 200 && !test_failed(); i++) {
		store_shared(paging_pte(3), (u64)frames[i & 1] | ALL);
		store_shared(&round_nr, i);
		end = arch_time() + time_from_us(20000000);
		while ((u32)load_shared(&answer) != i && arch_time() < end)
			barrier();
		check(load_shared(&answer) >> 32 == (i & 1 ? 0xbbbb : 0xaaaa), "round %lu: 0x%lx",
		      i, load_shared(&answer));
	}
	store_shared(&round_nr, -1UL);
	while (cpu_is_alive(!self))
		barrier();
	paging_set(3, 0);
}

static void process_contexts(void)
{
	static u64 roots[2][512] __aligned(4096), tops[2][512] __aligned(4096);
	u64 cr3 = read_cr3(), cr4 = read_cr4(), addr = FREE_SLOT * SLOT_SIZE;
	unsigned int i;

	if (!HAS_PCID) {
		test_skip("no PCIDs");
		return;
	}
	frames[0][0] = 0xaaaa;
	frames[1][0] = 0xbbbb;
	for (i = 0; i < 2; i++) {
		memcpy(roots[i], boot_pml4, PAGE_SIZE);
		pds[i][0] = (u64)pds[i + 2] | ALL;
		pds[i + 2][0] = (u64)frames[i] | ALL;
		tops[i][0] = (u64)pds[i] | ALL;
		roots[i][FREE_SLOT] = (u64)tops[i] | ALL;
	}
	write_cr4(cr4 | CR4_PCIDE);
	for (i = 0; i < 100 && !test_failed(); i++) {
		write_cr3((u64)roots[i & 1] | (1 + (i & 1)) | (i < 2 ? 0 : CR3_NO_FLUSH));
		check(read_at(addr) == (i & 1 ? 0xbbbb : 0xaaaa), "round %u: 0x%lx", i,
		      read_at(addr));
		check((read_cr3() & 0xfff) == 1 + (i & 1), "CR3 0x%lx", read_cr3());
	}
	write_cr3(cr3);
	write_cr4(cr4);
}

static void set_cr4(void *arg)
{
	write_cr4((u64)arg);
}

/* Only outside of long mode, and there and back again. */
static void five_levels(void)
{
	u64 cr4 = read_cr4(), cr3 = read_cr3(), alias;
	struct trap_info trap;
	unsigned int i;

	if (!HAS_LA57) {
		test_skip("no LA57");
		return;
	}
	legacy_init();
	if (!arch_is_reference())
		check(arch_try(set_cr4, (void *)(cr4 | CR4_LA57), &trap) && trap.cause == VEC_GP,
		      "in long mode: trap %lu", trap.cause);
	pml5[0] = (u64)boot_pml4 | PTE_U | ALL;
	pml5[HIGH_57 >> 48] = (u64)boot_pml4 | ALL;
	alias = HIGH_57 | (u64)&word;
	for (i = 0; i < 20 && !test_failed(); i++) {
		legacy_reenter((u64)pml5, cr4 | CR4_LA57);
		check(read_cr4() & CR4_LA57 && read_cr3() == (u64)pml5, "CR4 0x%lx CR3 0x%lx",
		      read_cr4(), read_cr3());
		store_shared(&word, (u64)i);
		check(read_at(alias) == i, "read 0x%lx", read_at(alias));
		mmio_write32(ioapic_base(), i & 1);
		check(mmio_read32(HIGH_57 | ioapic_base()) == (i & 1), "device register 0x%x",
		      mmio_read32(HIGH_57 | ioapic_base()));
		check(arch_try(read_word, (void *)(HIGH_57 << 1), &trap) && trap.cause == VEC_PF,
		      "absent: trap %lu", trap.cause);
		check(arch_try(read_word, (void *)(HIGH_57 << 5), &trap) && trap.cause == VEC_GP,
		      "not canonical: trap %lu", trap.cause);
		wrmsr(MSR_KERNEL_GS_BASE, HIGH_57 << 1);
		check(rdmsr(MSR_KERNEL_GS_BASE) == HIGH_57 << 1, "base 0x%lx",
		      rdmsr(MSR_KERNEL_GS_BASE));
		wrmsr(MSR_KERNEL_GS_BASE, 0);
		legacy_reenter(cr3, cr4);
		check(!(read_cr4() & CR4_LA57), "CR4 0x%lx", read_cr4());
		check(arch_try(read_word, (void *)alias, &trap) && trap.cause == VEC_GP,
		      "with 4 levels: trap %lu", trap.cause);
	}
}

static const struct test_case cases[] = {
	{ "with_4m_pages", with_4m_pages },
	{ "with_4k_pages", with_4k_pages },
	{ "faults_32", faults_32 },
	{ "pae", pae },
	{ "pae_no_execute", pae_no_execute },
	{ "pae_bad_root", pae_bad_root },
	{ "pae_other_root", pae_other_root },
	{ "long_without_pae", long_without_pae },
	{ "every_way", every_way },
	{ "blocks", blocks },
	{ "unaligned_block", unaligned_block },
	{ "flushes", flushes },
	{ "flushes_of_others", flushes_of_others },
	{ "process_contexts", process_contexts },
	{ "five_levels", five_levels },
};

void guest_main(void)
{
	test_run(cases, ARRAY_SIZE(cases));
}
