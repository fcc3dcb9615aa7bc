// SPDX-License-Identifier: GPL-2.0
/*
 * Accesses to where nothing is, and the exceptions that a guest takes by
 * itself: the right cause and address arrive, and the guest goes on.
 * RISC-V Privileged Architecture, sections "scause" and "stval".
 */
#include "cpu.h"
#include "csr.h"
#include "fdt.h"
#include "runtime.h"

const char *const guest_name = "fault";

#define OP_AMO		0x2f
#define HOLE		0x0e000000UL	/* between interrupt controller and UART */

/* Where the board has nothing; the reference decodes only the first. */
static const u64 holes[] = {
	HOLE, HOLE + 4, 0x70000000, 0x1000000000, 0x10000000000, 0x20000000000, 0x40000000000,
	0x100000000000000, 0x8000000000000000, 0xfffffffffffffff0,
};

static void expect_insn(const char *name, u32 insn, u64 addr, u64 cause)
{
	struct insn_regs before, after;
	struct trap_info trap;

	insn_fill(&before);
	before.x[10] = addr;
	after = before;
	if (!check(insn_run(insn, &after, &trap), "%s at 0x%lx does not trap", name, addr))
		return;
	check(trap.cause == cause, "%s at 0x%lx: cause %lu", name, addr, trap.cause);
	check(trap.addr == addr, "%s at 0x%lx: stval 0x%lx", name, addr, trap.addr);
	check(trap.pc == (u64)&insn_slot, "%s at 0x%lx: sepc 0x%lx", name, addr, trap.pc);
	check(!insn_changed(&before, &after, 0), "%s at 0x%lx changes a register", name, addr);
}

static void each_hole(void (*fn)(u64 addr))
{
	unsigned int i, nr = arch_is_reference() ? 2 : ARRAY_SIZE(holes);

	for (i = 0; i < nr; i++)
		fn(holes[i]);
}

static void load_at(u64 addr)
{
	unsigned int f3;

	for (f3 = 0; f3 < 7; f3++)
		expect_insn("load", INSN_LOAD(f3, 11, 10, 0), addr & ~7UL, CAUSE_LOAD_ACCESS);
	expect_insn("c.lw", 0x4000 | 2 << 7 | 3 << 2, addr, CAUSE_LOAD_ACCESS);
}

static void store_at(u64 addr)
{
	unsigned int f3;

	for (f3 = 0; f3 < 4; f3++)
		expect_insn("store", INSN_STORE(f3, 10, 11, 0), addr & ~7UL, CAUSE_STORE_ACCESS);
	expect_insn("c.sw", 0xc000 | 2 << 7 | 3 << 2, addr, CAUSE_STORE_ACCESS);
}

static void atomic_at(u64 addr)
{
	expect_insn("amoadd.w", INSN_R(OP_AMO, 2, 0, 12, 10, 11), addr, CAUSE_STORE_ACCESS);
	expect_insn("lr.w", INSN_R(OP_AMO, 2, 8, 12, 10, 0), addr, CAUSE_LOAD_ACCESS);
}

static void jump(void *arg)
{
	void (*there)(void) = arg;

	there();
}

static void fetch_at(u64 addr)
{
	struct trap_info trap;

	addr &= ~3UL;
	if (!check(arch_try(jump, (void *)addr, &trap), "fetch at 0x%lx does not trap", addr))
		return;
	check(trap.cause == CAUSE_FETCH_ACCESS, "fetch at 0x%lx: cause %lu", addr, trap.cause);
	check(trap.addr == addr, "fetch at 0x%lx: stval 0x%lx", addr, trap.addr);
	check(trap.pc == addr, "fetch at 0x%lx: sepc 0x%lx", addr, trap.pc);
}

static void load_outside(void)
{
	each_hole(load_at);
}

static void store_outside(void)
{
	each_hole(store_at);
}

static void atomic_outside(void)
{
	each_hole(atomic_at);
}

static void fetch_outside(void)
{
	each_hole(fetch_at);
}

/* The UART's registers are no instructions. */
static void fetch_from_device(void)
{
	if (arch_is_reference())
		test_skip("the reference fetches from devices");
	else
		fetch_at(uart_base());
}

static u64 memory_end(void)
{
	u64 base = 0, len = 0;

	fdt_reg(fdt_path("memory"), 0, &base, &len);
	return base + len;
}

/* The device tree may lie there, and the reference's firmware. */
static bool is_in_use(u64 addr)
{
	u64 fdt = (u64)fdt_blob();

	return addr >= fdt && addr < fdt + fdt_size();
}

static void behind_memory(void)
{
	u64 end = memory_end();

	load_at(end);
	store_at(end);
	fetch_at(end);
}

static void load_across_end(void)
{
	struct insn_regs regs;
	struct trap_info trap;
	u64 end = memory_end();

	regs.x[10] = end - 4;
	if (!check(insn_run(INSN_LOAD(3, 11, 10, 0), &regs, &trap), "it does not trap"))
		return;
	check(trap.cause == CAUSE_LOAD_ACCESS || trap.cause == CAUSE_LOAD_MISALIGNED, "cause %lu",
	      trap.cause);
	check(trap.addr == end - 4 || trap.addr == end, "stval 0x%lx", trap.addr);
}

static void fetch_across_end(void)
{
	struct trap_info trap;
	u64 end = memory_end();

	if (is_in_use(end - 2)) {
		test_skip("the end of memory is in use");
		return;
	}
	*(u16 *)(end - 2) = INSN_NOP & 0xffff;
	asm volatile("fence.i" ::: "memory");
	if (!check(arch_try(jump, (void *)(end - 2), &trap), "it does not trap"))
		return;
	check(trap.cause == CAUSE_FETCH_ACCESS, "cause %lu", trap.cause);
	check(trap.addr == end, "stval 0x%lx", trap.addr);
	check(trap.pc == end - 2, "sepc 0x%lx", trap.pc);
}

static void many(void)
{
	unsigned int i;

	for (i = 0; i < 2000 && !test_failed(); i++)
		expect_insn("load", INSN_LOAD(3, 11, 10, 0), HOLE + 8 * i, CAUSE_LOAD_ACCESS);
}

static void illegal(void)
{
	struct insn_regs regs;
	struct trap_info trap;

	check(insn_run(0xffffffff, &regs, &trap) && trap.cause == CAUSE_ILLEGAL,
	      "all ones: cause %lu", trap.cause);
	check(!trap.addr || trap.addr == 0xffffffff, "stval 0x%lx", trap.addr);
	check(insn_run(INSN_EBREAK, &regs, &trap) && trap.cause == CAUSE_BREAKPOINT,
	      "ebreak: cause %lu", trap.cause);
}

static u64 user_word;

static void user_ecall(void *arg)
{
}

static void user_load(void *arg)
{
	user_word = *(u32 *)arg;
	barrier();
}

static void user_csr(void *arg)
{
	csr_read(CSR_SSTATUS);
}

static void user_sret(void *arg)
{
	asm volatile("sret");
}

static void expect_user(const char *name, void (*fn)(void *arg), void *arg, u64 cause)
{
	struct trap_info trap;

	user_run(fn, arg, &trap);
	check(trap.cause == cause, "%s: cause %lu", name, trap.cause);
	if (cause == CAUSE_LOAD_ACCESS)
		check(trap.addr == (u64)arg, "%s: stval 0x%lx", name, trap.addr);
}

static void user_mode(void)
{
	expect_user("ecall", user_ecall, NULL, CAUSE_USER_ECALL);
	expect_user("load", user_load, (void *)HOLE, CAUSE_LOAD_ACCESS);
	expect_user("sstatus", user_csr, NULL, CAUSE_ILLEGAL);
	if (!arch_is_reference())	/* whose firmware complains in the middle of our lines */
		expect_user("sret", user_sret, NULL, CAUSE_ILLEGAL);
	expect_user("load of memory", user_load, &user_word, CAUSE_USER_ECALL);
}

static void user_device(void)
{
	mmio_write8(uart_base() + 7, 0x3c);
	expect_user("load", user_load, (void *)rtc_base(), CAUSE_USER_ECALL);
}

#define VA(page)	(PAGING_WINDOW + (page) * PAGE_SIZE)

static u64 frames[2][512] __aligned(4096);

static void page_faults(void)
{
	paging_set(0, 0, 0);
	paging_set(1, (u64)frames[0], PTE_R);
	paging_set(2, (u64)frames[0], PTE_R | PTE_W | PTE_U);
	paging_on(0);
	expect_insn("load", INSN_LOAD(3, 11, 10, 0), VA(0) + 8, CAUSE_LOAD_PAGE);
	expect_insn("store", INSN_STORE(3, 10, 11, 0), VA(0) + 8, CAUSE_STORE_PAGE);
	expect_insn("store to read-only", INSN_STORE(3, 10, 11, 0), VA(1) + 8, CAUSE_STORE_PAGE);
	expect_insn("load of user page", INSN_LOAD(3, 11, 10, 0), VA(2) + 8, CAUSE_LOAD_PAGE);
	paging_off();
}

static void paged_access(void)
{
	paging_set(0, HOLE, PTE_R | PTE_W);
	paging_on(0);
	expect_insn("load", INSN_LOAD(3, 11, 10, 0), VA(0) + 0x18, CAUSE_LOAD_ACCESS);
	expect_insn("store", INSN_STORE(3, 10, 11, 0), VA(0) + 0x18, CAUSE_STORE_ACCESS);
	paging_off();
}

/* A page table where no memory is: an access fault of the access that needed it. */
static void page_table_at(u64 gpa)
{
	paging_set_table(1, gpa);
	paging_on(0);
	expect_insn("load", INSN_LOAD(3, 11, 10, 0), VA(512), CAUSE_LOAD_ACCESS);
	expect_insn("store", INSN_STORE(3, 10, 11, 0), VA(512) + 0x808, CAUSE_STORE_ACCESS);
	paging_off();
	paging_set_table(1, 0);
}

static void page_table_outside(void)
{
	page_table_at(HOLE);
}

static void page_table_in_device(void)
{
	if (arch_is_reference()) {
		test_skip("the reference reads tables from devices");
		return;
	}
	page_table_at(plic_base());
	page_table_at(uart_base());
	page_table_at(rtc_base() & ~(PAGE_SIZE - 1));
}

/* lw a0, (a0) and ret, of which the first lies across two pages of unrelated addresses. */
static void put_code(u32 insn)
{
	u16 *first = (u16 *)frames[0] + 2047, *second = (u16 *)frames[1];

	*first = insn;
	second[0] = insn >> 16;
	second[1] = INSN_RET & 0xffff;
	second[2] = INSN_RET >> 16;
	asm volatile("fence.i" ::: "memory");
}

typedef u64 (*paged_fn)(u64 addr);

static void call_paged(u64 prot, u64 device, u32 wanted)
{
	paged_fn fn = (paged_fn)(VA(1) - 2);
	u64 val;

	paging_set(0, (u64)frames[0], prot);
	paging_set(1, (u64)frames[1], prot);
	paging_set(2, device & ~(PAGE_SIZE - 1), PTE_R | PTE_W);
	paging_on(0);
	val = fn(VA(2) + device % PAGE_SIZE);
	paging_off();
	check((u32)val == wanted, "read 0x%lx, not 0x%x", val, wanted);
}

/* The hypervisor has to read the instruction through the guest's page tables. */
static void code_across_pages(void)
{
	put_code(INSN_LOAD(2, 10, 10, 0));
	mmio_write32(rtc_base() + 0xc, 0x1badcafe);
	call_paged(PTE_R | PTE_X, rtc_base() + 0xc, 0x1badcafe);
}

static void code_execute_only(void)
{
	put_code(INSN_LOAD(2, 10, 10, 0));
	mmio_write32(rtc_base() + 0xc, 0x2badcafe);
	call_paged(PTE_X, rtc_base() + 0xc, 0x2badcafe);
}

static void paged_device(void)
{
	put_code(INSN_LOAD(4, 10, 10, 0));
	mmio_write8(uart_base() + 7, 0x77);
	call_paged(PTE_R | PTE_X, uart_base() + 7, 0x77);
}

static const struct test_case cases[] = {
	{ "load_outside", load_outside },
	{ "store_outside", store_outside },
	{ "atomic_outside", atomic_outside },
	{ "fetch_outside", fetch_outside },
	{ "fetch_from_device", fetch_from_device },
	{ "behind_memory", behind_memory },
	{ "load_across_end", load_across_end },
	{ "fetch_across_end", fetch_across_end },
	{ "many", many },
	{ "illegal", illegal },
	{ "user_mode", user_mode },
	{ "user_device", user_device },
	{ "page_faults", page_faults },
	{ "paged_access", paged_access },
	{ "page_table_outside", page_table_outside },
	{ "page_table_in_device", page_table_in_device },
	{ "code_across_pages", code_across_pages },
	{ "code_execute_only", code_execute_only },
	{ "paged_device", paged_device },
};

void guest_main(void)
{
	paging_init();
	test_run(cases, ARRAY_SIZE(cases));
}
