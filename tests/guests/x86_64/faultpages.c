// SPDX-License-Identifier: GPL-2.0
/*
 * Page faults: each bit of the error code, by each rule that there is; and
 * faults at memory that was never touched before. SDM 3, 4.6 and 4.7.
 */
#include "cpu.h"

const char *const guest_name = "faultpages";

#define TARGET		30	/* pages of the window */
#define USER_CODE	8
#define USER		(SEL_USER_CODE64 | 3)
#define ERROR_P		BIT(0)
#define ERROR_W		BIT(1)
#define ERROR_U		BIT(2)
#define ERROR_RSVD	BIT(3)
#define ERROR_I		BIT(4)
#define ERROR_PK	BIT(5)
#define PKRU_AD(key)	(1u << 2 * (key))
#define PKRU_WD(key)	(2u << 2 * (key))
#define PTE_KEY(key)	((u64)(key) << 59)
#define BLOCK		0x200000UL
#define IST_TEST	4
#define VECTOR_SOFT	0x50
#define VECTOR_IRQ	0x61

enum kind { LOAD, STORE, FETCH };

static const char *const kinds[] = { "load", "store", "fetch" };

/* For a user and for the kernel: what is loaded and stored is AL. */
#define CODE_SLOT	16
static u8 code[4096] __aligned(4096) = {
	[LOAD * CODE_SLOT] = 0x8a, MODRM(0, RAX, RSI), 0xcc,
	[STORE * CODE_SLOT] = 0x88, MODRM(0, RAX, RSI), 0xcc,
	[FETCH * CODE_SLOT] = 0xff, MODRM(3, 4, RSI), 0xcc,
};

static u8 target[4096] __aligned(4096) = { 0xcc };
static u8 stack[4096] __aligned(4096);

struct access {
	enum kind kind;
	bool user;
	bool smep;
	bool smap;
	bool wp;
	bool ac;
	bool pke;
	u32 pkru;
	u64 pte;
};

static bool breaks_rights(const struct access *a)
{
	if (a->kind == FETCH && (a->pte & PTE_NX))
		return true;
	if (a->user)
		return !(a->pte & PTE_U) || (a->kind == STORE && !(a->pte & PTE_W));
	if (a->kind == FETCH)
		return a->smep && (a->pte & PTE_U);
	if (a->smap && !a->ac && (a->pte & PTE_U))
		return true;
	return a->kind == STORE && a->wp && !(a->pte & PTE_W);
}

static bool breaks_key(const struct access *a)
{
	u32 rights = a->pkru >> (a->pte >> 59 & 15) * 2;

	if (!a->pke || a->kind == FETCH || !(a->pte & PTE_U))
		return false;
	return (rights & 1) || ((rights & 2) && a->kind == STORE && (a->user || a->wp));
}

/* Error code; -1: no fault. */
static int expected_error(const struct access *a)
{
	int error = (a->user ? ERROR_U : 0) | (a->kind == STORE ? ERROR_W : 0) |
		    (a->kind == FETCH ? ERROR_I : 0);

	if (!(a->pte & PTE_P))
		return error;
	if (breaks_key(a))
		return error | ERROR_P | ERROR_PK;
	return breaks_rights(a) ? error | (int)ERROR_P : -1;
}

static void check_access(const struct access *a)
{
	u64 va = paging_va(TARGET);
	u64 where = (a->user ? paging_va(USER_CODE) : (u64)code) + a->kind * CODE_SLOT;
	struct insn insn = { .where = where, .len = 2, .cs = a->user ? USER : 0, .placed = true };
	u64 stop = a->kind == FETCH ? va : where + 2;
	int error = expected_error(a);
	struct insn_regs regs;
	struct trap_info trap;

	paging_set(TARGET, (u64)target | a->pte);
	insn_fill(&regs);
	regs.r[RAX] = 0xcc;
	regs.r[RSI] = va;
	regs.r[RSP] = (u64)stack + sizeof(stack);
	regs.rflags |= a->ac ? RFLAGS_AC : 0;
	insn_run(&insn, &regs, &trap);
	if (error < 0) {
		check(trap.cause == VEC_BP && trap.pc == stop + 1,
		      "%s, user %u, PTE 0x%lx, SMEP %u, SMAP %u, WP %u, AC %u: trap %lu error 0x%lx",
		      kinds[a->kind], a->user, a->pte, a->smep, a->smap, a->wp, a->ac, trap.cause,
		      trap_last()->error);
		return;
	}
	check(trap.cause == VEC_PF && trap_last()->error == (u64)error,
	      "%s, user %u, PTE 0x%lx, SMEP %u, SMAP %u, WP %u, AC %u: trap %lu error 0x%lx, not 0x%x",
	      kinds[a->kind], a->user, a->pte, a->smep, a->smap, a->wp, a->ac, trap.cause,
	      trap_last()->error, error);
	check(trap.addr == va && trap.pc == (a->kind == FETCH ? va : where),
	      "%s: CR2 0x%lx at 0x%lx",
	      kinds[a->kind], trap.addr, trap.pc);
}

static void each_kind(struct access *a)
{
	unsigned int i;

	for (i = 0; i < 6 && !test_failed(); i++) {
		a->kind = i % 3;
		a->user = i / 3;
		check_access(a);
	}
}

static void each_entry(struct access *a)
{
	unsigned int i;

	for (i = 0; i < 16 && !test_failed(); i++) {
		a->pte = (i & 1 ? PTE_P : 0) | (i & 2 ? PTE_W : 0) | (i & 4 ? PTE_U : 0) |
			 (i & 8 ? PTE_NX : 0);
		each_kind(a);
	}
}

static void with_controls(u64 cr4, bool wp)
{
	struct access a = { .smep = cr4 & CR4_SMEP, .smap = cr4 & CR4_SMAP, .wp = wp };
	u64 cr0_before = read_cr0(), cr4_before = read_cr4();

	write_cr4(cr4_before | cr4);
	write_cr0(wp ? cr0_before | CR0_WP : cr0_before & ~CR0_WP);
	each_entry(&a);
	a.ac = true;
	each_entry(&a);
	write_cr0(cr0_before);
	write_cr4(cr4_before);
}

static void rights(void)
{
	with_controls(0, true);
	with_controls(0, false);
}

static void smep(void)
{
	if (!HAS_SMEP) {
		test_skip("no SMEP");
		return;
	}
	with_controls(CR4_SMEP, true);
	with_controls(CR4_SMEP, false);
}

static void smap(void)
{
	if (!HAS_SMAP) {
		test_skip("no SMAP");
		return;
	}
	with_controls(CR4_SMAP, true);
	with_controls(CR4_SMAP, false);
	if (HAS_SMEP)
		with_controls(CR4_SMAP | CR4_SMEP, true);
}

static void write_pkru(u32 val)
{
	asm volatile("wrpkru" : : "a" (val), "c" (0), "d" (0) : "memory");
}

static u32 read_pkru(void)
{
	u32 val;

	asm volatile("rdpkru" : "=a" (val) : "c" (0) : "rdx");
	return val;
}

static void do_rdpkru(void *arg)
{
	read_pkru();
}

static void protection_keys(void)
{
	static const u32 values[] = { 0, PKRU_AD(5), PKRU_WD(5), PKRU_AD(5) | PKRU_WD(5),
				      ~(PKRU_AD(5) | PKRU_WD(5)) };
	u64 cr0 = read_cr0(), cr4 = read_cr4();
	struct access a = { .pke = true };
	struct trap_info trap;
	unsigned int i;

	if (!HAS_PKU) {
		test_skip("no protection keys");
		return;
	}
	check(arch_try(do_rdpkru, NULL, &trap) && trap.cause == VEC_UD, "without PKE: trap %lu",
	      trap.cause);
	write_cr4(cr4 | CR4_PKE);
	check(cpuid_has(7, 0, ECX, 4), "CPUID does not tell that it is on");
	for (i = 0; i < 2 * ARRAY_SIZE(values); i++) {
		a.wp = i & 1;
		write_cr0(a.wp ? cr0 | CR0_WP : cr0 & ~CR0_WP);
		a.pkru = values[i / 2];
		write_pkru(a.pkru);
		arch_mmio_read();
		check(read_pkru() == a.pkru, "PKRU 0x%x, not 0x%x", read_pkru(), a.pkru);
		a.pte = PTE_KEY(5) | PTE_U | PTE_W | PTE_P;
		each_kind(&a);
		a.pte = PTE_KEY(5) | PTE_W | PTE_P;
		each_kind(&a);
	}
	write_pkru(0);
	write_cr0(cr0);
	write_cr4(cr4);
}

/* --- what is not as in the last entry alone --- */

static void expect_fault(const char *name, const struct insn *insn, u64 rsi, u64 error, u64 addr)
{
	struct insn_regs regs;
	struct trap_info trap;

	insn_fill(&regs);
	regs.r[RSI] = rsi;
	regs.r[RSP] = (u64)stack + sizeof(stack);
	check(insn_run(insn, &regs, &trap) && trap.cause == VEC_PF, "%s: trap %lu", name,
	      trap.cause);
	/* Emulated processors leave P out when a bit is reserved. */
	if (cpu_is_emulated() && (error & ERROR_RSVD))
		error &= ~ERROR_P;
	check(trap_last()->error == error && trap.addr == addr, "%s: error 0x%lx CR2 0x%lx", name,
	      trap_last()->error, trap.addr);
	check(trap.pc == (insn->where ? insn->where : insn_place()), "%s: at 0x%lx", name, trap.pc);
}

static void reserved_bits(void)
{
	const struct insn *load = INSN(0x8a, MODRM(0, RAX, RSI));
	const struct insn *store = INSN(0x88, MODRM(0, RAX, RSI));
	unsigned int width = cpuid(0x80000008, 0).eax & 0xff;
	u64 efer = rdmsr(MSR_EFER);

	if (width < 52) {
		paging_set(TARGET, (u64)target | BIT(51) | PTE_W | PTE_P);
		expect_fault("bit 51", load, paging_va(TARGET), ERROR_RSVD | ERROR_P,
			     paging_va(TARGET));
		paging_set(TARGET, (u64)target | BIT(width) | PTE_W | PTE_P);
		expect_fault("first bit beyond the width", store, paging_va(TARGET) + 5,
			     ERROR_RSVD | ERROR_W | ERROR_P, paging_va(TARGET) + 5);
	}
	paging_set_table(2, ((u64)target & ~(BLOCK - 1)) | BIT(13) | PTE_PS | PTE_W | PTE_P);
	expect_fault("bit 13 of a block", load, paging_va(1024) + 8, ERROR_RSVD | ERROR_P,
		     paging_va(1024) + 8);
	paging_set_table(2, 0);
	wrmsr(MSR_EFER, efer & ~EFER_NXE);
	paging_set(TARGET, (u64)target | PTE_NX | PTE_W | PTE_P);
	expect_fault("bit 63 without NXE", load, paging_va(TARGET), ERROR_RSVD | ERROR_P,
		     paging_va(TARGET));
	wrmsr(MSR_EFER, efer);
	paging_set(TARGET, 0);
}

/* Rights of the levels are combined. */
static void upper_levels(void)
{
	static u64 table[512] __aligned(4096);
	const struct insn *load = INSN(0x8a, MODRM(0, RAX, RSI));
	const struct insn *store = INSN(0x88, MODRM(0, RAX, RSI));
	struct insn user = { .where = paging_va(USER_CODE), .len = 2, .cs = USER, .placed = true };
	u64 va = paging_va(512);

	table[0] = (u64)target | PTE_U | PTE_W | PTE_P;
	paging_set_table(1, (u64)table | PTE_U | PTE_P);
	expect_fault("read-only table", store, va, ERROR_W | ERROR_P, va);
	paging_set_table(1, (u64)table | PTE_W | PTE_P);
	expect_fault("kernel's table", &user, va, ERROR_U | ERROR_P, va);
	paging_set_table(1, (u64)table | PTE_NX | PTE_W | PTE_U | PTE_P);
	expect_fault("table without code", &(struct insn){ .where = va, .len = 1, .placed = true },
		     0,
		     ERROR_I | ERROR_P, va);
	paging_set_table(1, (u64)table | PTE_U | PTE_W);
	expect_fault("absent table", load, va, 0, va);
	paging_set_table(1, 0);
}

static void across_pages(void)
{
	static u8 frames[2][4096] __aligned(4096);
	u64 second = paging_va(TARGET + 1);
	unsigned int i;

	memset(frames, 0x5a, sizeof(frames));
	paging_set(TARGET, (u64)frames[0] | PTE_W | PTE_P);
	paging_set(TARGET + 1, 0);
	expect_fault("load", INSN(0x48, 0x8b, MODRM(0, RAX, RSI)), second - 3, 0, second);
	expect_fault("store", INSN(0x48, 0x89, MODRM(0, RAX, RSI)), second - 3, ERROR_W, second);
	for (i = 0; i < 3; i++)
		check(frames[0][4093 + i] == 0x5a, "a part was stored");
	paging_set(TARGET + 1, (u64)frames[1] | PTE_P);
	expect_fault("store to read-only", INSN(0x48, 0x89, MODRM(0, RAX, RSI)), second - 3,
		     ERROR_W | ERROR_P, second);
	expect_fault("add to read-only", INSN(0x00, MODRM(0, RAX, RSI)), second + 1, ERROR_W |
		     ERROR_P,
		     second + 1);
	expect_fault("xchg with read-only", INSN(0x86, MODRM(0, RAX, RSI)), second + 1,
		     ERROR_W | ERROR_P, second + 1);
	/* lea 0x5a5a5a5a(%rax), %eax that lacks its end */
	frames[0][4094] = 0x8d;
	frames[0][4095] = 0x80;
	paging_set(TARGET + 1, 0);
	expect_fault("code", &(struct insn){ .where = second - 2, .placed = true }, 0, ERROR_I,
		     second);
	paging_set(TARGET, 0);
}

/* What was done is done, and the registers tell what is left. */
static void repeated(void)
{
	struct insn_regs regs;
	struct trap_info trap;

	paging_set(TARGET, (u64)target | PTE_W | PTE_P);
	paging_set(TARGET + 1, 0);
	insn_fill(&regs);
	regs.r[RSI] = (u64)stack;
	regs.r[RDI] = paging_va(TARGET) + 4096 - 40;
	regs.r[RCX] = 100;
	regs.r[RSP] = (u64)stack + sizeof(stack);
	memset(stack, 0x77, 100);
	check(insn_run(INSN(0xf3, 0xa4), &regs, &trap) && trap.cause == VEC_PF, "trap %lu",
	      trap.cause);
	check(trap.addr == paging_va(TARGET + 1) && trap_last()->error == ERROR_W,
	      "CR2 0x%lx error 0x%lx", trap.addr, trap_last()->error);
	check(regs.r[RCX] == 60 && regs.r[RDI] == trap.addr && regs.r[RSI] == (u64)stack + 40,
	      "RCX %lu RDI 0x%lx RSI 0x%lx", regs.r[RCX], regs.r[RDI], regs.r[RSI]);
	check(target[4095] == 0x77 && trap.pc == insn_place(), "at 0x%lx", trap.pc);
	paging_set(TARGET, 0);
}

static void user_descriptor_tables(void)
{
	static const struct {
		const char *name;
		u8 code[4];
		u8 len;
	} insns[] = {
		{ "sgdt", { 0x0f, 0x01, MODRM(0, 0, RSI) }, 3 },
		{ "sidt", { 0x0f, 0x01, MODRM(0, 1, RSI) }, 3 },
		{ "sldt", { 0x0f, 0x00, MODRM(3, 0, RAX) }, 3 },
		{ "str", { 0x0f, 0x00, MODRM(3, 1, RAX) }, 3 },
		{ "smsw", { 0x0f, 0x01, MODRM(3, 4, RAX) }, 3 },
		{ "smsw to memory", { 0x0f, 0x01, MODRM(0, 4, RSI) }, 3 },
	};
	u64 cr4 = read_cr4();
	unsigned int i;

	if (!HAS_UMIP) {
		test_skip("no UMIP");
		return;
	}
	for (i = 0; i < 3 * ARRAY_SIZE(insns); i++) {
		unsigned int n = i / 3;
		bool user = i % 3, umip = i % 3 == 2;
		struct insn insn = { .code = insns[n].code, .len = insns[n].len,
				     .cs = user ? USER : 0 };
		struct insn_regs regs;
		struct trap_info trap;

		write_cr4(umip || !user ? cr4 | CR4_UMIP : cr4);
		insn_fill(&regs);
		regs.r[RSI] = (u64)stack;
		regs.r[RSP] = (u64)stack + sizeof(stack);
		if (insn_run(&insn, &regs, &trap))
			check(umip && trap.cause == VEC_GP && !trap_last()->error,
			      "%s, user %u, UMIP %u: trap %lu", insns[n].name, user, umip,
			      trap.cause);
		else
			check(!umip, "%s with UMIP: no fault", insns[n].name);
	}
	write_cr4(cr4);
}

/* --- memory that nobody touched yet --- */

/* A block that was never used; the hypervisor has to back it in the middle of what happens. */
static u64 fresh(void)
{
	static struct range ranges[8];
	static unsigned int nr;
	unsigned int i;
	u64 base;

	if (!nr)
		nr = arch_free_memory(ranges, ARRAY_SIZE(ranges));
	for (i = 0; i < nr; i++) {
		base = (ranges[i].base + BLOCK - 1) & ~(BLOCK - 1);
		if (base + BLOCK > ranges[i].base + ranges[i].len)
			continue;
		ranges[i].len -= base + BLOCK - ranges[i].base;
		ranges[i].base = base + BLOCK;
		return base;
	}
	test_abort("no more memory");
}

/* Zeroes: add %al, (%rax), whose load comes first where the processor is emulated. */
static void fresh_code(void)
{
	u64 page = fresh(), data = fresh();
	struct insn insn = { .where = paging_va(40), .placed = true };
	struct insn_regs regs;
	struct trap_info trap;

	paging_set(40, page | PTE_P);
	paging_set(41, 0);
	insn_fill(&regs);
	regs.r[RAX] = paging_va(41) + 0x123;
	check(insn_run(&insn, &regs, &trap) && trap.cause == VEC_PF, "trap %lu", trap.cause);
	check(trap.pc == paging_va(40) && trap.addr == paging_va(41) + 0x123 &&
	      trap_last()->error == (cpu_is_emulated() ? 0 : ERROR_W),
		      "at 0x%lx CR2 0x%lx error 0x%lx", trap.pc, trap.addr,
	      trap_last()->error);
	page = fresh();
	paging_set(40, page | PTE_P);
	insn_fill(&regs);
	regs.r[RAX] = data + 1;
	check(insn_run(&insn, &regs, &trap) && trap.cause == VEC_PF, "trap %lu", trap.cause);
	check(trap.pc == paging_va(41) && trap.addr == paging_va(41) &&
	      trap_last()->error == ERROR_I, "at 0x%lx CR2 0x%lx error 0x%lx", trap.pc, trap.addr,
	      trap_last()->error);
	/* Each of the 2048 has added AL. */
	check(*(u8 *)(data + 1) == (u8)(2048 * (regs.r[RAX] & 0xff)), "0x%x was left",
	      *(u8 *)(data + 1));
	paging_set(40, 0);
}

static void fresh_data(void)
{
	u64 from = fresh() + BLOCK - 100, to = fresh() + 50;
	struct insn_regs regs;
	struct trap_info trap;
	unsigned int i;

	insn_fill(&regs);
	regs.r[RSI] = from;
	regs.r[RDI] = to;
	regs.r[RCX] = 100;
	check(!insn_run(INSN(0xf3, 0xa4), &regs, &trap), "rep movsb: trap %lu", trap.cause);
	check(!regs.r[RCX] && regs.r[RDI] == to + 100, "RCX %lu RDI 0x%lx", regs.r[RCX],
	      regs.r[RDI]);
	for (i = 0; i < 100; i++)
		check(!*(u8 *)(to + i), "byte %u is 0x%x", i, *(u8 *)(to + i));
	insn_fill(&regs);
	regs.r[RSP] = fresh() + 0x800;
	check(!insn_run(INSN(0x50), &regs, &trap), "push: trap %lu", trap.cause);
	check(*(u64 *)regs.r[RSP] == regs.r[RAX], "0x%lx was pushed", *(u64 *)regs.r[RSP]);
}

static void fresh_table(void)
{
	const struct insn *load = INSN(0x8a, MODRM(0, RAX, RSI));

	paging_set_table(3, fresh() | PTE_U | PTE_W | PTE_P);
	expect_fault("load", load, paging_va(3 * 512 + 7) + 9, 0, paging_va(3 * 512 + 7) + 9);
	paging_set_table(3, 0);
}

static u64 seen_rip, seen_rsp, seen_error;

static bool see(struct trap_frame *frame)
{
	seen_rip = frame->rip;
	seen_rsp = (u64)frame;
	seen_error = frame->error;
	if (frame->vector == VECTOR_IRQ)
		lapic_eoi();
	return frame->vector == VECTOR_IRQ || frame->vector == VEC_NMI ||
	       frame->vector == VECTOR_SOFT;
}

struct event {
	const char *name;
	u8 code[8];
	u8 len;
	u8 vector;
	u8 offset;
	u8 error;
	bool ends;	/* it does not go on by itself */
};

/* The handler's stack is what is fresh: the event is on its way when that is found out. */
static void deliver(const struct event *event)
{
	struct insn insn = { .code = event->code, .len = event->len };
	u64 top = fresh() + 0x1000;
	struct insn_regs regs;
	struct trap_info trap;
	bool trapped;

	this_cpu()->tss.ist[IST_TEST - 1] = top;
	vector_use_stack(event->vector, IST_TEST);
	vector_hook(event->vector, see);
	seen_rip = 0;
	insn_fill(&regs);
	regs.r[RSI] = paging_va(TARGET);
	regs.r[RCX] = 0;
	regs.r[RBX] = 0x8000000000001000;
	regs.r[RSP] = (u64)stack + sizeof(stack);
	regs.rflags |= event->vector == VEC_DB ? RFLAGS_TF : 0;
	if (event->vector == VECTOR_IRQ)
		lapic_send(0, ICR_SELF | ICR_ASSERT | VECTOR_IRQ);
	write_cr2(0x1111);
	trapped = insn_run(&insn, &regs, &trap);
	vector_hook(event->vector, NULL);
	vector_reset_gate(event->vector);
	check(trapped == event->ends, "%s: trap %lu at 0x%lx", event->name, trap.cause, trap.pc);
	check(!event->ends || trap.cause == event->vector, "%s: trap %lu", event->name, trap.cause);
	check(seen_rip == insn_place() + event->offset, "%s: at 0x%lx", event->name, seen_rip);
	check(seen_error == event->error, "%s: error 0x%lx", event->name, seen_error);
	check(seen_rsp < top && seen_rsp > top - 0x1000, "%s: stack 0x%lx", event->name, seen_rsp);
	check(read_cr2() == (event->vector == VEC_PF ? paging_va(TARGET) : 0x1111),
	      "%s: CR2 0x%lx", event->name, read_cr2());
}

static void fresh_stack(void)
{
	static const struct event events[] = {
		{ "#DE", { 0xf7, MODRM(3, 6, RCX) }, 2, VEC_DE, 0, 0, true },
		{ "#UD", { 0x0f, 0x0b }, 2, VEC_UD, 0, 0, true },
		{ "#GP", { 0x8b, MODRM(0, RAX, RBX) }, 2, VEC_GP, 0, 0, true },
		{ "#PF", { 0x88, MODRM(0, RAX, RSI) }, 2, VEC_PF, 0, ERROR_W, true },
		{ "#DB", { 0x90 }, 1, VEC_DB, 1, 0, true },
		{ "step over CPUID", { 0x0f, 0xa2 }, 2, VEC_DB, 2, 0, true },
		{ "INT3", { 0x90, 0xcc }, 2, VEC_BP, 2, 0, true },
		{ "INT n", { 0xcd, VECTOR_SOFT }, 2, VECTOR_SOFT, 2, 0, false },
		{ "interrupt", { 0xfb, 0x90, 0x90, 0xfa }, 4, VECTOR_IRQ, 2, 0, false },
	};
	unsigned int i;

	paging_set(TARGET, 0);
	for (i = 0; i < ARRAY_SIZE(events); i++)
		deliver(&events[i]);
}

static void fresh_nmi_stack(void)
{
	struct cpu *cpu = this_cpu();
	u64 before = vector_count(arch_cpu_self(), VEC_NMI), end, ist = cpu->tss.ist[IST_NMI - 1];
	unsigned int i;

	for (i = 1; i <= 2; i++) {
		cpu->tss.ist[IST_NMI - 1] = fresh() + 0x1000;
		lapic_send(cpu_apic_id(arch_cpu_self()), ICR_NMI | ICR_ASSERT);
		end = arch_time() + time_from_us(1000000);
		while (vector_count(arch_cpu_self(), VEC_NMI) < before + i && arch_time() < end)
			barrier();
		check(vector_count(arch_cpu_self(), VEC_NMI) == before + i, "%lu came",
		      vector_count(arch_cpu_self(), VEC_NMI) - before);
	}
	cpu->tss.ist[IST_NMI - 1] = ist;
}

/* What waits for the instruction behind STI still does when that needs memory. */
static void fresh_behind_sti(void)
{
	static const u8 bytes[] = { 0xfb, 0x8a, MODRM(0, RAX, RSI), 0x90, 0xfa };
	struct insn insn = { .code = bytes, .len = sizeof(bytes) };
	struct insn_regs regs;
	struct trap_info trap;

	vector_hook(VECTOR_IRQ, see);
	insn_fill(&regs);
	regs.r[RSI] = fresh();
	regs.r[RSP] = (u64)stack + sizeof(stack);
	lapic_send(0, ICR_SELF | ICR_ASSERT | VECTOR_IRQ);
	seen_rip = 0;
	check(!insn_run(&insn, &regs, &trap), "trap %lu", trap.cause);
	vector_hook(VECTOR_IRQ, NULL);
	check(seen_rip == insn_place() + 3, "the interrupt came at 0x%lx, not 0x%lx", seen_rip,
	      insn_place() + 3);
}

static const struct test_case cases[] = {
	{ "rights", rights },
	{ "smep", smep },
	{ "smap", smap },
	{ "protection_keys", protection_keys },
	{ "reserved_bits", reserved_bits },
	{ "upper_levels", upper_levels },
	{ "across_pages", across_pages },
	{ "repeated", repeated },
	{ "user_descriptor_tables", user_descriptor_tables },
	{ "fresh_code", fresh_code },
	{ "fresh_data", fresh_data },
	{ "fresh_table", fresh_table },
	{ "fresh_stack", fresh_stack },
	{ "fresh_nmi_stack", fresh_nmi_stack },
	{ "fresh_behind_sti", fresh_behind_sti },
};

void guest_main(void)
{
	wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_NXE);
	paging_set(USER_CODE, (u64)code | PTE_U | PTE_P);
	test_run(cases, ARRAY_SIZE(cases));
}
