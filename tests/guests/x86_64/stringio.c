// SPDX-License-Identifier: GPL-2.0
/*
 * INS and OUTS, and MOVS, STOS, LODS, CMPS and SCAS on device registers: counts,
 * directions, sizes, page boundaries and faults in the middle. SDM 2, chapter 4.
 */
#include "cpu.h"
#include "oracle.h"

const char *const guest_name = "stringio";

#define SCRATCH		7	/* register of the UART */
#define DATA		0
#define MCR		4
#define FCR		2
#define LSR		5
#define MCR_LOOP	0x10
#define LSR_READY	0x01
#define REP		0xf3
#define REPNE		0xf2
#define OPSIZE		0x66
#define ADDRSIZE	0x67
#define INSB		0x6c
#define INSW		0x6d
#define OUTSB		0x6e
#define OUTSW		0x6f
#define MOVSB		0xa4
#define MOVSD		0xa5
#define CMPSB		0xa6
#define CMPSD		0xa7
#define STOSB		0xaa
#define STOSD		0xab
#define LODSB		0xac
#define LODSD		0xad
#define SCASB		0xae
#define SCASD		0xaf

static u8 buffer[3 * 4096] __aligned(4096);
static struct insn_regs regs;
static struct trap_info trap;

static bool run(const struct insn *insn)
{
	return insn_run(insn, &regs, &trap);
}

static void begin(u64 rcx, u64 rsi, u64 rdi)
{
	insn_fill(&regs);
	regs.r[RCX] = rcx;
	regs.r[RSI] = rsi;
	regs.r[RDI] = rdi;
}

static void expect_pointers(const char *name, u64 rcx, u64 rsi, u64 rdi)
{
	check(regs.r[RCX] == rcx, "%s: RCX is 0x%lx, not 0x%lx", name, regs.r[RCX], rcx);
	check(regs.r[RSI] == rsi, "%s: RSI is 0x%lx, not 0x%lx", name, regs.r[RSI], rsi);
	check(regs.r[RDI] == rdi, "%s: RDI is 0x%lx, not 0x%lx", name, regs.r[RDI], rdi);
}

static u64 scratch(void)
{
	return uart_port() + SCRATCH;
}

/* --- ports --- */

static void one_out(void)
{
	struct insn_regs before;

	begin(7, (u64)buffer, 9);
	regs.r[RDX] = scratch();
	buffer[0] = 0xa7;
	before = regs;
	check(!run(INSN(OUTSB)), "trap %lu", trap.cause);
	check(inb(scratch()) == 0xa7, "0x%x", inb(scratch()));
	expect_pointers("OUTSB", 7, (u64)buffer + 1, 9);
	check(!insn_changed(&before, &regs, BIT(RSI)), "a register changed");
	check(before.rflags == (regs.rflags & RFLAGS_STATUS), "flags changed");
}

static void one_in(void)
{
	struct insn_regs before;

	begin(7, 9, (u64)buffer);
	regs.r[RDX] = scratch();
	outb(scratch(), 0x5c);
	buffer[0] = 0;
	buffer[1] = 0x33;
	before = regs;
	check(!run(INSN(INSB)), "trap %lu", trap.cause);
	check(buffer[0] == 0x5c && buffer[1] == 0x33, "0x%x 0x%x", buffer[0], buffer[1]);
	expect_pointers("INSB", 7, 9, (u64)buffer + 1);
	check(!insn_changed(&before, &regs, BIT(RDI)), "a register changed");
}

/* Through the loopback of the UART: 16 bytes there, 16 bytes back. */
static void repeated(void)
{
	unsigned int i;

	outb(uart_port() + MCR, MCR_LOOP);
	outb(uart_port() + FCR, 7);
	for (i = 0; i < 16; i++)
		buffer[i] = 0x40 + i;
	begin(8, (u64)buffer, 0);
	regs.r[RDX] = uart_port() + DATA;
	check(!run(INSN(REP, OUTSB)), "REP OUTSB: trap %lu", trap.cause);
	expect_pointers("REP OUTSB", 0, (u64)buffer + 8, 0);
	delay_us(5000);
	memset(buffer, 0, 64);
	begin(8, 0, (u64)buffer);
	regs.r[RDX] = uart_port() + DATA;
	check(!run(INSN(REP, INSB)), "REP INSB: trap %lu", trap.cause);
	expect_pointers("REP INSB", 0, 0, (u64)buffer + 8);
	for (i = 0; i < 8; i++)
		check(buffer[i] == 0x40 + i, "byte %u is 0x%x", i, buffer[i]);
	check(!buffer[8], "one too many");
	outb(uart_port() + MCR, 0);
}

static void backwards(void)
{
	unsigned int i;

	for (i = 0; i < 4; i++)
		buffer[i] = 0x10 + i;
	begin(4, (u64)buffer + 3, 0);
	regs.r[RDX] = scratch();
	regs.rflags |= RFLAGS_DF;
	check(!run(INSN(REP, OUTSB)), "trap %lu", trap.cause);
	expect_pointers("REP OUTSB", 0, (u64)buffer - 1, 0);
	check(inb(scratch()) == 0x10, "the last was 0x%x", inb(scratch()));
	outb(scratch(), 0x99);
	begin(3, 0, (u64)buffer + 8);
	regs.r[RDX] = scratch();
	regs.rflags |= RFLAGS_DF;
	memset(buffer, 0, 16);
	check(!run(INSN(REP, INSB)), "trap %lu", trap.cause);
	expect_pointers("REP INSB", 0, 0, (u64)buffer + 5);
	check(buffer[8] == 0x99 && buffer[6] == 0x99 && !buffer[5] && !buffer[9], "wrong places");
}

static void no_count(void)
{
	static const u8 ops[] = { INSB, INSW, OUTSB, OUTSW, MOVSB, STOSB, LODSB, CMPSB, SCASB };
	struct insn_regs before;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ops); i++) {
		begin(0, device_word.addr, device_hole.addr);
		regs.r[RDX] = scratch();
		before = regs;
		check(!run(INSN(REP, ops[i])), "0x%x: trap %lu", ops[i], trap.cause);
		check(!insn_changed(&before, &regs, 0), "0x%x: a register changed", ops[i]);
		check(before.rflags == (regs.rflags & RFLAGS_STATUS), "0x%x: flags changed",
		      ops[i]);
	}
}

/* Words: the 8254's and the ACPI timer's, where reads of that width make sense. */
static void wider(void)
{
	u32 *words = (u32 *)buffer;
	unsigned int i;

	if (!acpi_pm_timer()) {
		test_skip("no ACPI timer");
		return;
	}
	memset(buffer, 0, 64);
	begin(8, 0, (u64)buffer);
	regs.r[RDX] = acpi_pm_timer();
	check(!run(INSN(REP, INSW)), "trap %lu", trap.cause);
	expect_pointers("REP INSD", 0, 0, (u64)buffer + 32);
	for (i = 1; i < 8; i++)
		check(words[i] - words[i - 1] < 1000000, "number %u is 0x%x after 0x%x", i,
		      words[i], words[i - 1]);
	check(!words[8], "one too many");
	begin(2, 0, (u64)buffer);
	regs.r[RDX] = scratch() + 1;
	memset(buffer, 0, 16);
	check(!run(INSN(OPSIZE, REP, INSW)), "INSW: trap %lu", trap.cause);
	expect_pointers("REP INSW", 0, 0, (u64)buffer + 4);
	check(!words[1], "INSW: too much");
}

static void address_size(void)
{
	begin(0x100000002, 0, (u64)buffer | 0xabcd00000000);
	regs.r[RDX] = scratch();
	outb(scratch(), 0x61);
	memset(buffer, 0, 8);
	check(!run(INSN(ADDRSIZE, REP, INSB)), "trap %lu", trap.cause);
	check(buffer[0] == 0x61 && buffer[1] == 0x61 && !buffer[2], "0x%x 0x%x 0x%x", buffer[0],
	      buffer[1], buffer[2]);
	check(regs.r[RCX] == 0 && regs.r[RDI] == (u64)buffer + 2, "RCX 0x%lx RDI 0x%lx",
	      regs.r[RCX], regs.r[RDI]);
}

static void segment(void)
{
	u64 before = rdmsr(MSR_FS_BASE);

	buffer[0x123] = 0x47;
	begin(1, 0x23, 0);
	regs.r[RDX] = scratch();
	wrmsr(MSR_FS_BASE, (u64)buffer + 0x100);
	check(!run(INSN(0x64, OUTSB)), "trap %lu", trap.cause);
	wrmsr(MSR_FS_BASE, before);
	check(inb(scratch()) == 0x47, "0x%x", inb(scratch()));
}

static void across_pages(void)
{
	unsigned int i;

	for (i = 0; i < 64; i++)
		buffer[4096 - 32 + i] = i;
	begin(64, (u64)buffer + 4096 - 32, 0);
	regs.r[RDX] = scratch();
	check(!run(INSN(REP, OUTSB)), "trap %lu", trap.cause);
	expect_pointers("REP OUTSB", 0, (u64)buffer + 4096 + 32, 0);
	check(inb(scratch()) == 63, "the last was 0x%x", inb(scratch()));
	outb(scratch(), 0xee);
	memset(buffer, 0, sizeof(buffer));
	begin(5000, 0, (u64)buffer + 100);
	regs.r[RDX] = scratch();
	check(!run(INSN(REP, INSB)), "trap %lu", trap.cause);
	expect_pointers("REP INSB", 0, 0, (u64)buffer + 5100);
	for (i = 0; i < sizeof(buffer); i++)
		check(buffer[i] == (i >= 100 && i < 5100 ? 0xee : 0), "byte %u is 0x%x", i,
		      buffer[i]);
}

/* The operand of a word lies in two pages that are not neighbours. */
static void word_across_pages(void)
{
	u32 val;

	if (!acpi_pm_timer()) {
		test_skip("no ACPI timer");
		return;
	}
	paging_set(0, (u64)buffer | PTE_W | PTE_P);
	paging_set(1, ((u64)buffer + 8192) | PTE_W | PTE_P);
	memset(buffer, 0, sizeof(buffer));
	begin(1, 0, paging_va(1) - 2);
	regs.r[RDX] = acpi_pm_timer();
	check(!run(INSN(INSW)), "trap %lu", trap.cause);
	val = *(u16 *)(buffer + 4094) | (u32)*(u16 *)(buffer + 8192) << 16;
	check(inl(acpi_pm_timer()) - val < 10000000, "0x%x, and the timer is at 0x%x", val,
	      inl(acpi_pm_timer()));
	check(!*(u16 *)(buffer + 4096), "the neighbour was written");
	paging_set(0, 0);
	paging_set(1, 0);
}

/* It stops where the page is missing; what was done is done, and shows. */
static void fault_in_the_middle(void)
{
	memset(buffer, 0, sizeof(buffer));
	paging_set(0, (u64)buffer | PTE_W | PTE_P);
	paging_set(1, 0);
	outb(scratch(), 0x1f);
	begin(100, 0, paging_va(1) - 10);
	regs.r[RDX] = scratch();
	check(run(INSN(REP, INSB)) && trap.cause == VEC_PF, "INSB: trap %lu", trap.cause);
	check(trap.addr == paging_va(1) && trap_last()->error == 2, "INSB: CR2 0x%lx error 0x%lx",
	      trap.addr, trap_last()->error);
	check(trap.pc == insn_place(), "INSB: at 0x%lx", trap.pc);
	expect_pointers("INSB", 90, 0, paging_va(1));
	check(buffer[4095] == 0x1f && buffer[4086] == 0x1f && !buffer[4085], "INSB: wrong bytes");
	begin(100, paging_va(1) - 6, 0);
	regs.r[RDX] = scratch();
	check(run(INSN(REP, OUTSB)) && trap.cause == VEC_PF, "OUTSB: trap %lu", trap.cause);
	check(trap.addr == paging_va(1) && trap_last()->error == 0, "OUTSB: CR2 0x%lx error 0x%lx",
	      trap.addr, trap_last()->error);
	expect_pointers("OUTSB", 94, paging_va(1), 0);
	paging_set(1, (u64)buffer | PTE_P);
	begin(4, 0, paging_va(1) - 2);
	regs.r[RDX] = scratch();
	check(run(INSN(REP, INSB)) && trap.cause == VEC_PF, "read-only: trap %lu", trap.cause);
	check(trap_last()->error == 3, "read-only: error 0x%lx", trap_last()->error);
	expect_pointers("read-only", 2, 0, paging_va(1));
	paging_set(0, 0);
	paging_set(1, 0);
}

/* A device that must not be read when the destination is not there. */
static void fault_before_access(void)
{
	outb(uart_port() + MCR, MCR_LOOP);
	outb(uart_port() + FCR, 7);
	outb(uart_port() + DATA, 0x42);
	delay_us(5000);
	paging_set(0, 0);
	begin(1, 0, paging_va(0));
	regs.r[RDX] = uart_port() + DATA;
	check(run(INSN(INSB)) && trap.cause == VEC_PF, "trap %lu", trap.cause);
	check(inb(uart_port() + LSR) & LSR_READY, "the byte was taken from the device");
	check(inb(uart_port() + DATA) == 0x42, "it is another one");
	outb(uart_port() + MCR, 0);
}

static void user_ports(void)
{
	struct insn insn = { .code = (const u8[]){ REP, OUTSB }, .len = 2,
			     .cs = SEL_USER_CODE64 | 3 };

	begin(1, (u64)buffer, 0);
	regs.r[RDX] = scratch();
	check(insn_run(&insn, &regs, &trap) && trap.cause == VEC_GP, "trap %lu", trap.cause);
	check(!trap_last()->error, "error 0x%lx", trap_last()->error);
}

static void single_step(void)
{
	begin(3, (u64)buffer, 0);
	regs.r[RDX] = scratch();
	regs.rflags |= RFLAGS_TF;
	check(run(INSN(REP, OUTSB)) && trap.cause == VEC_DB, "trap %lu", trap.cause);
	check(trap.pc == insn_place() && regs.r[RCX] == 2, "at 0x%lx, RCX 0x%lx", trap.pc,
	      regs.r[RCX]);
}

/* A long one lets interrupts in. */
static void interruptible(void)
{
	u64 before = vector_count(arch_cpu_self(), VECTOR_IPI);
	static u8 stack[4096] __aligned(16);

	lapic_send(0, ICR_SELF | ICR_ASSERT | VECTOR_IPI);
	begin(8000, (u64)buffer, 0);
	regs.r[RDX] = scratch();
	regs.r[RSP] = (u64)stack + sizeof(stack);
	regs.rflags |= RFLAGS_IF;
	check(!run(INSN(REP, OUTSB)), "trap %lu", trap.cause);
	expect_pointers("REP OUTSB", 0, (u64)buffer + 8000, 0);
	check(vector_count(arch_cpu_self(), VECTOR_IPI) == before + 1, "%lu interrupts",
	      vector_count(arch_cpu_self(), VECTOR_IPI) - before);
}

/* --- device registers --- */

static void store(void)
{
	begin(5, 0, device_hole.addr);
	check(!run(INSN(REP, STOSD)), "STOSD: trap %lu", trap.cause);
	expect_pointers("REP STOSD", 0, 0, device_hole.addr + 20);
	begin(1, 0, device_word.addr);
	regs.r[RAX] = 0x1122334455667788;
	check(!run(INSN(STOSD)), "STOSD: trap %lu", trap.cause);
	check(device_get(&device_word) == 0x55667788, "0x%lx", device_get(&device_word));
	begin(1, 0, device_byte.addr);
	regs.r[RAX] = 0x1122334455667799;
	check(!run(INSN(STOSB)), "STOSB: trap %lu", trap.cause);
	check(device_get(&device_byte) == 0x99, "0x%lx", device_get(&device_byte));
	begin(3, 0, device_hole.addr);
	check(!run(INSN(REP, REX | REX_W, STOSD)), "STOSQ: trap %lu", trap.cause);
	expect_pointers("REP STOSQ", 0, 0, device_hole.addr + 24);
}

static void load(void)
{
	u64 before;

	device_set(&device_word, 0xcafebabe);
	begin(1, device_word.addr, 0);
	check(!run(INSN(LODSD)), "LODSD: trap %lu", trap.cause);
	check(regs.r[RAX] == 0xcafebabe, "RAX is 0x%lx", regs.r[RAX]);
	expect_pointers("LODSD", 1, device_word.addr + 4, 0);
	device_set(&device_byte, 0x3b);
	begin(1, device_byte.addr, 0);
	before = regs.r[RAX];
	check(!run(INSN(LODSB)), "LODSB: trap %lu", trap.cause);
	check(regs.r[RAX] == ((before & ~0xffUL) | 0x3b), "RAX is 0x%lx", regs.r[RAX]);
	begin(4, device_hole.addr, 0);
	check(!run(INSN(REP, REX | REX_W, LODSD)), "LODSQ: trap %lu", trap.cause);
	check(regs.r[RAX] == device_hole.constant, "RAX is 0x%lx", regs.r[RAX]);
	expect_pointers("REP LODSQ", 0, device_hole.addr + 32, 0);
}

static void move(void)
{
	u32 *words = (u32 *)buffer;
	unsigned int i;

	words[0] = 0x01020304;
	begin(1, (u64)buffer, device_word.addr);
	check(!run(INSN(MOVSD)), "to the device: trap %lu", trap.cause);
	check(device_get(&device_word) == 0x01020304, "0x%lx", device_get(&device_word));
	expect_pointers("to the device", 1, (u64)buffer + 4, device_word.addr + 4);
	memset(buffer, 0, 64);
	begin(1, device_word.addr, (u64)buffer + 8);
	check(!run(INSN(MOVSD)), "from the device: trap %lu", trap.cause);
	check(words[2] == 0x01020304 && !words[3], "0x%x 0x%x", words[2], words[3]);
	begin(16, device_hole.addr, (u64)buffer + 4096 - 24);
	memset(buffer, 0x5a, sizeof(buffer));
	check(!run(INSN(REP, MOVSD)), "from nowhere: trap %lu", trap.cause);
	for (i = 0; i < 16; i++)
		check(words[1024 - 6 + i] == (u32)device_hole.constant, "word %u is 0x%x", i,
		      words[1024 - 6 + i]);
	check(words[1024 - 7] == 0x5a5a5a5a && words[1024 + 10] == 0x5a5a5a5a, "too much");
	begin(40, (u64)buffer, device_hole.addr);
	check(!run(INSN(REP, MOVSB)), "to nowhere: trap %lu", trap.cause);
	expect_pointers("to nowhere", 0, (u64)buffer + 40, device_hole.addr + 40);
}

static void device_to_device(void)
{
	device_set(&device_word, 0x13);
	begin(1, device_word.addr, ioapic_base());
	check(!run(INSN(MOVSD)), "trap %lu", trap.cause);
	check(mmio_read32(ioapic_base()) == 0x13, "0x%x", mmio_read32(ioapic_base()));
	begin(1, device_word.addr + 4, device_word.addr + 4);
	regs.rflags |= RFLAGS_DF;
	check(!run(INSN(REP, MOVSD)), "backwards: trap %lu", trap.cause);
	expect_pointers("backwards", 0, device_word.addr, device_word.addr);
}

static void compare(void)
{
	u32 *words = (u32 *)buffer;

	words[0] = 0x80000001;
	device_set(&device_word, 0x80000001);
	begin(1, (u64)buffer, device_word.addr);
	check(!run(INSN(CMPSD)) && (regs.rflags & RFLAGS_ZF), "equal: flags 0x%lx", regs.rflags);
	expect_pointers("CMPSD", 1, (u64)buffer + 4, device_word.addr + 4);
	device_set(&device_word, 0x80000002);
	begin(1, (u64)buffer, device_word.addr);
	check(!run(INSN(CMPSD)) && (regs.rflags & (RFLAGS_ZF | RFLAGS_CF)) == RFLAGS_CF,
	      "less: flags 0x%lx", regs.rflags);
	memset(buffer, (u8)device_hole.constant, 64);
	buffer[37] ^= 1;
	begin(64, device_hole.addr, (u64)buffer);
	check(!run(INSN(REP, CMPSB)), "REPE: trap %lu", trap.cause);
	expect_pointers("REPE CMPSB", 64 - 38, device_hole.addr + 38, (u64)buffer + 38);
	check(!(regs.rflags & RFLAGS_ZF), "REPE: flags 0x%lx", regs.rflags);
}

static void scan(void)
{
	device_set(&device_word, 0x12345678);
	begin(1, 0, device_word.addr);
	regs.r[RAX] = 0x12345678;
	check(!run(INSN(SCASD)) && (regs.rflags & RFLAGS_ZF), "equal: flags 0x%lx", regs.rflags);
	begin(9, 0, device_hole.addr);
	regs.r[RAX] = device_hole.constant;
	check(!run(INSN(REPNE, SCASB)), "REPNE: trap %lu", trap.cause);
	expect_pointers("REPNE SCASB", 8, 0, device_hole.addr + 1);
	begin(9, 0, device_hole.addr);
	regs.r[RAX] = device_hole.constant;
	check(!run(INSN(REP, SCASB)), "REPE: trap %lu", trap.cause);
	expect_pointers("REPE SCASB", 0, 0, device_hole.addr + 9);
}

/* From memory into a device over the end of a page, in the middle of which there is none. */
static void move_faults(void)
{
	paging_set(0, (u64)buffer | PTE_W | PTE_P);
	paging_set(1, 0);
	begin(8, paging_va(1) - 16, device_hole.addr);
	check(run(INSN(REP, MOVSD)) && trap.cause == VEC_PF, "trap %lu", trap.cause);
	check(trap.addr == paging_va(1), "CR2 0x%lx", trap.addr);
	expect_pointers("from memory", 4, paging_va(1), device_hole.addr + 16);
	begin(8, device_hole.addr, paging_va(1) - 16);
	check(run(INSN(REP, MOVSD)) && trap.cause == VEC_PF, "trap %lu", trap.cause);
	check(trap_last()->error == 2, "error 0x%lx", trap_last()->error);
	expect_pointers("to memory", 4, device_hole.addr + 16, paging_va(1));
	paging_set(0, 0);
}

/* From memory that continues as a device, and into such. */
static void memory_then_device(void)
{
	memset(buffer, 0x21, 4096);
	memset(buffer + 4096, 0, 4096);
	paging_set(0, (u64)buffer | PTE_W | PTE_P);
	paging_set(1, (device_hole.addr & PTE_ADDR) | PTE_W | PTE_P);
	begin(12, paging_va(1) - 24, (u64)buffer + 4096);
	check(!run(INSN(REP, MOVSD)), "trap %lu", trap.cause);
	check(*(u64 *)(buffer + 4096) == 0x2121212121212121 &&
	      *(u64 *)(buffer + 4096 + 24) == device_hole.constant, "0x%lx 0x%lx",
	      *(u64 *)(buffer + 4096), *(u64 *)(buffer + 4096 + 24));
	expect_pointers("from both", 0, paging_va(1) + 24, (u64)buffer + 4096 + 48);
	begin(12, (u64)buffer, paging_va(1) - 24);
	check(!run(INSN(REP, MOVSD)), "trap %lu", trap.cause);
	expect_pointers("to both", 0, (u64)buffer + 48, paging_va(1) + 24);
	paging_set(0, 0);
	paging_set(1, 0);
}

static const struct test_case cases[] = {
	{ "one_out", one_out },
	{ "one_in", one_in },
	{ "repeated", repeated },
	{ "backwards", backwards },
	{ "no_count", no_count },
	{ "wider", wider },
	{ "address_size", address_size },
	{ "segment", segment },
	{ "across_pages", across_pages },
	{ "word_across_pages", word_across_pages },
	{ "fault_in_the_middle", fault_in_the_middle },
	{ "fault_before_access", fault_before_access },
	{ "user_ports", user_ports },
	{ "single_step", single_step },
	{ "interruptible", interruptible },
	{ "store", store },
	{ "load", load },
	{ "move", move },
	{ "device_to_device", device_to_device },
	{ "compare", compare },
	{ "scan", scan },
	{ "move_faults", move_faults },
	{ "memory_then_device", memory_then_device },
};

void guest_main(void)
{
	oracle_init();
	test_run(cases, ARRAY_SIZE(cases));
}
