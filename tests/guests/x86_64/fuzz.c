// SPDX-License-Identifier: GPL-2.0
/*
 * A hostile guest: random accesses to ports, device registers, interrupt
 * controllers, control registers and hypercalls, with every kind of instruction.
 * Whatever comes back, the VM goes on, and the host too.
 *
 * "seed=N" chooses the numbers, "rounds=N" how many of each kind.
 */
#include "cpu.h"
#include "fuzz.h"
#include "oracle.h"

const char *const guest_name = "fuzz";

#define MCR		4
#define MCR_LOOP	0x10
#define NON_FIXED	0x700

static u8 stack[4096] __aligned(16);

static u64 rounds(void)
{
	return fuzz_rounds(10000);
}

/* Everything that could still send an interrupt, as a program finds it. */
static void settle(void)
{
	outb(uart_port() + MCR, 0);
	outb(uart_port() + 3, 3);
	outb(uart_port() + 1, 0);
	outb(uart_port() + 2, 7);
	pic_setup();
	pit_stop();
	outb(0x70, 0x0b);
	outb(0x71, 2);
	outw(acpi_pm_event() + 2, 0);
	ioapic_setup();
	if (!arch_is_reference())
		lapic_set_base(lapic_base() | APIC_BASE_BSP);
	lapic_setup();
	if (!lapic_is_x2())
		lapic_write(APIC_DFR, -1u);
	fuzz_is_intact();
}

/* --- ports --- */

/* Ends of the machine, and what a keyboard controller can do to it. */
static bool may_write_port(u16 port, unsigned int len)
{
	static const struct {
		u16 first;
		u16 last;
	} deadly[] = {
		{ 0x60, 0x64 }, { 0x92, 0x92 }, { 0xf4, 0xf4 }, { 0x505, 0x505 }, { 0xcf9, 0xcf9 },
	};
	u16 pm = acpi_pm_event();
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(deadly); i++) {
		if (port + len > deadly[i].first && port <= deadly[i].last)
			return false;
	}
	return port + len <= pm + 4u || port >= pm + 0x40;
}

static u16 random_port(void)
{
	static const u16 bases[] = {
		0x20, 0x40, 0x61, 0x70, 0xa0, 0x3f8, 0x4d0, 0x600, 0xcf8, 0x2f8, 0x3e8, 0x60,
	};
	u64 val = fuzz_random();

	if (val % 8 == 0)
		return val >> 16;
	return bases[val / 8 % ARRAY_SIZE(bases)] + (val >> 32) % 16;
}

static void access_port(u16 port, unsigned int len, bool write, u32 val)
{
	if (write && len == 1)
		outb(port, val);
	else if (write && len == 2)
		outw(port, val);
	else if (write)
		outl(port, val);
	else if (len == 1)
		inb(port);
	else if (len == 2)
		inw(port);
	else
		inl(port);
}

static void port_accesses(void)
{
	unsigned int len;
	bool write;
	u16 port;
	u64 i;

	for (i = 0; i < rounds(); i++) {
		if (i % 16 == 0)
			outb(uart_port() + MCR, MCR_LOOP);
		port = random_port();
		len = 1 << fuzz_random() % 3;
		write = fuzz_random() % 2;
		if (!write || may_write_port(port, len))
			access_port(port, len, write, fuzz_odd_number());
	}
	settle();
}

static void port_strings(void)
{
	static const u8 opcodes[] = { 0x6c, 0x6d, 0x6e, 0x6f };
	struct insn_regs regs;
	struct trap_info trap;
	u8 opcode;
	u64 i;

	for (i = 0; i < rounds() / 4; i++) {
		if (i % 16 == 0)
			outb(uart_port() + MCR, MCR_LOOP);
		opcode = fuzz_pick(opcodes);
		insn_fill(&regs);
		regs.r[RDX] = random_port();
		regs.r[RCX] = fuzz_random() % 64;
		regs.r[RSI] = fuzz_random() % 4 ? (u64)stack +
			fuzz_random() % 2048 : fuzz_odd_number();
		regs.r[RDI] = fuzz_random() % 4 ? (u64)stack +
			fuzz_random() % 2048 : fuzz_random() | BIT(62);
		regs.r[RSP] = (u64)stack + sizeof(stack);
		regs.rflags |= fuzz_random() % 2 ? RFLAGS_DF : 0;
		if (opcode >= 0x6e && !may_write_port(regs.r[RDX], 4))
			continue;
		if (insn_run(fuzz_random() % 2 ? INSN(0xf3, opcode) : INSN(0x66, opcode), &regs,
			     &trap))
			check(trap.cause == VEC_GP || trap.cause == VEC_PF || trap.cause == VEC_SS,
			      "0x%x: trap %lu", opcode, trap.cause);
	}
	settle();
}

/* --- device registers --- */

static void ioapic_accesses(void)
{
	u32 index, val;
	u64 i;

	for (i = 0; i < rounds(); i++) {
		index = fuzz_random() % 4 ? 0x10 + fuzz_random() % 0x30 : fuzz_random();
		val = fuzz_odd_number();
		if (fuzz_random() % 4)	/* fixed or lowest; NMI and ExtINT now and then */
			val &= ~(u32)(NON_FIXED & ~ICR_LOWEST);
		else
			val = (val & ~(u32)NON_FIXED) | (fuzz_random() % 2 ? ICR_NMI : 0x700);
		mmio_write32(ioapic_base(), index);
		if (fuzz_random() % 2)
			mmio_write32(ioapic_base() + 0x10, val);
		else
			mmio_read32(ioapic_base() + fuzz_random() % 0x400 * 4);
		if (i % 8 == 0)
			uart_raise();
		if (i % 8 == 4)
			uart_lower();
	}
	settle();
}

/* Not ICR: INIT and start-up IPIs have a program of their own. */
static u32 apic_value(u32 reg)
{
	u32 val = fuzz_odd_number();

	if (reg >= APIC_LVT_TIMER && reg <= APIC_LVT_ERROR)
		val &= ~(u32)NON_FIXED;
	return val;
}

static void apic_accesses(void)
{
	u32 reg;
	u64 i;

	lapic_prefer(false);
	lapic_setup();
	for (i = 0; i < rounds(); i++) {
		reg = fuzz_random() % 0x100 * 0x10;
		if (reg == APIC_ICR || reg == APIC_ICR2)
			lapic_write(APIC_ICR, ICR_SELF | ICR_ASSERT | (fuzz_random() & 0xff));
		else if (fuzz_random() % 2)
			mmio_write32(lapic_base() + reg, apic_value(reg));
		else
			mmio_read32(lapic_base() + reg + fuzz_random() % 4);
	}
	settle();
}

/* Instructions of every kind that devices take, with any registers, prefixes and immediates. */
static const u8 opcodes[][2] = {
	{ 0, 0x00 }, { 0, 0x01 }, { 0, 0x02 }, { 0, 0x03 }, { 0, 0x29 }, { 0, 0x2b }, { 0, 0x31 },
	{ 0, 0x33 }, { 0, 0x38 }, { 0, 0x3b }, { 0, 0x63 }, { 0, 0x80 }, { 0, 0x81 }, { 0, 0x83 },
	{ 0, 0x84 }, { 0, 0x85 }, { 0, 0x86 }, { 0, 0x87 }, { 0, 0x88 }, { 0, 0x89 }, { 0, 0x8a },
	{ 0, 0x8b }, { 0, 0xc6 }, { 0, 0xc7 }, { 0x0f, 0xa3 }, { 0x0f, 0xab }, { 0x0f, 0xb0 },
	{ 0x0f, 0xb1 }, { 0x0f, 0xb6 }, { 0x0f, 0xb7 }, { 0x0f, 0xbe }, { 0x0f, 0xbf },
	{ 0x0f, 0xc0 }, { 0x0f, 0xc1 }, { 0x0f, 0xc3 }, { 0x0f, 0x10 }, { 0x0f, 0x11 },
	{ 0x0f, 0x28 }, { 0x0f, 0x29 }, { 0x0f, 0x6f }, { 0x0f, 0x7f }, { 0x0f, 0xd6 },
};

static void random_insn(struct code *code)
{
	static const u8 prefixes[] = { 0x66, 0xf2, 0xf3, 0xf0, 0x67, 0x64, 0x2e };
	const u8 *opcode = fuzz_pick(opcodes);
	bool immediate = !opcode[0] && (opcode[1] >> 4 == 8 || opcode[1] >> 4 == 0xc);
	unsigned int i, nr = fuzz_random() % 3;
	/* Of those that have a meaning for vector moves, the one that names a move. */
	bool is_vector = opcode[0] && (opcode[1] < 0xa0 || opcode[1] == 0xc3 || opcode[1] == 0xd6);

	code->len = 0;
	if (is_vector && (opcode[1] == 0x6f || opcode[1] == 0x7f || opcode[1] == 0xd6))
		code_put(code, 0x66);
	for (i = 0; i < nr; i++)
		code_put(code, prefixes[is_vector ? 4 + fuzz_random() % 3 :
					fuzz_random() % ARRAY_SIZE(prefixes)]);
	if (fuzz_random() % 2)
		code_put(code, REX | (fuzz_random() & (REX_W | REX_R)));
	if (opcode[0])
		code_put(code, opcode[0]);
	code_put(code, opcode[1]);
	/* Groups of C6 and C7 have one member. */
	code_put(code, MODRM(1, immediate && opcode[1] >= 0xc0 ? 0 : fuzz_random() % 8, RSI));
	code_put(code, fuzz_random() & 0x7f);
	if (immediate && (opcode[1] < 0x84 || opcode[1] >= 0xc0))
		code_put_imm(code, fuzz_random(), opcode[1] == 0x81 || opcode[1] == 0xc7 ? 2 : 1);
	code_put_imm(code, 0x9090, 2);	/* NOPs, or the rest of a longer immediate */
}

static u64 random_device_address(void)
{
	switch (fuzz_random() % 4) {
	case 0:
		return device_hole.addr + fuzz_random() % 0x1000;
	case 1:
		return ioapic_base() + 0x20 + fuzz_random() % 0xf00;
	case 2:		/* its version, which takes no writes */
		return lapic_base() + APIC_VERSION - 0x40 + fuzz_random() % 0x10;
	default:
		return device_hole.addr + 0xff0 + fuzz_random() % 0x10;
	}
}

static bool is_harmless(u64 cause)
{
	return cause == VEC_UD || cause == VEC_GP || cause == VEC_PF || cause == VEC_SS ||
	       cause == VEC_BP || cause == VEC_AC;
}

static void instructions(void)
{
	struct code code = { .len = 0 };
	struct insn insn = { .code = code.bytes };
	struct insn_regs regs;
	struct trap_info trap;
	u64 i;

	for (i = 0; i < rounds(); i++) {
		random_insn(&code);
		insn.len = code.len;
		insn_fill(&regs);
		regs.r[RSI] = random_device_address();
		regs.r[RSP] = (u64)stack + sizeof(stack);
		/* Bit offsets of BT* that stay close. */
		regs.r[RAX] = fuzz_random() % 64;
		if (insn_run(&insn, &regs, &trap) &&
		    !check(is_harmless(trap.cause), "%02x %02x %02x %02x %02x: trap %lu",
			   code.bytes[0], code.bytes[1], code.bytes[2], code.bytes[3],
			   code.bytes[4], trap.cause))
			break;
	}
	settle();
}

/* --- the processor --- */

static void write_cr0_to(void *arg)
{
	write_cr0((u64)arg);
}

static void write_cr4_to(void *arg)
{
	write_cr4((u64)arg);
}

static void write_cr8_to(void *arg)
{
	write_cr8((u64)arg);
}

static void set_xcr0_to(void *arg)
{
	xsetbv(0, (u64)arg);
}

static void write_dr7_to(void *arg)
{
	write_dr7((u64)arg);
}

static void write_dr6_to(void *arg)
{
	write_dr6((u64)arg);
}

/* Bits without which the program does not run. */
#define CR0_NEEDED	(CR0_PE | CR0_PG | CR0_WP)
#define CR4_NEEDED	(CR4_PAE | CR4_LA57 | CR4_PCIDE)
#define DR7_ENABLES	0x20ff

static void control_registers(void)
{
	u64 cr0 = read_cr0(), cr4 = read_cr4() | CR4_OSXSAVE, i;
	struct trap_info trap;

	write_cr4(cr4);
	for (i = 0; i < rounds(); i++) {
		u64 val = fuzz_odd_number();

		trap.cause = VEC_GP;
		switch (fuzz_random() % 6) {
		case 0:
			arch_try(write_cr0_to, (void *)((cr0 & CR0_NEEDED) | (val & ~CR0_NEEDED)),
				 &trap);
			break;
		case 1:
			arch_try(write_cr4_to, (void *)((cr4 & CR4_NEEDED) | (val & ~CR4_NEEDED)),
				 &trap);
			write_cr4(cr4);
			break;
		case 2:
			arch_try(write_cr8_to, (void *)val, &trap);
			break;
		case 3:
			arch_try(set_xcr0_to, (void *)val, &trap);
			break;
		case 4:
			arch_try(write_dr7_to, (void *)(val & ~DR7_ENABLES), &trap);
			break;
		default:
			arch_try(write_dr6_to, (void *)val, &trap);
		}
		if (!check(trap.cause == VEC_GP, "trap %lu", trap.cause))
			break;
	}
	write_cr0(cr0);
	write_cr4(cr4);
	write_cr8(0);
	write_dr7(0x400);
	write_dr6(0xffff0ff0);
	settle();
}

static void hypercalls(void)
{
	struct insn_regs regs;
	struct trap_info trap;
	u64 i;

	for (i = 0; i < rounds(); i++) {
		insn_fill(&regs);
		regs.r[RAX] = fuzz_random() % 2 ? fuzz_random() % 32 : fuzz_odd_number();
		regs.r[RBX] = fuzz_odd_number();
		if (insn_run(INSN(0x0f, 0x01, fuzz_random() % 2 ? 0xd9 : 0xc1), &regs, &trap) &&
		    !check(trap.cause == VEC_UD || trap.cause == VEC_GP, "trap %lu", trap.cause))
			break;
	}
	settle();
}

/* Of virtualization itself, which is hidden. */
static void hidden_instructions(void)
{
	static const u8 last[] = { 0xd8, 0xda, 0xdb, 0xdc, 0xdd, 0xde, 0xdf, 0xc2, 0xc3, 0xc4 };
	struct insn_regs regs;
	struct trap_info trap;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(last); i++) {
		insn_fill(&regs);
		regs.r[RAX] = fuzz_canary();
		check(insn_run(INSN(0x0f, 0x01, last[i]), &regs, &trap) && trap.cause == VEC_UD,
		      "0f 01 %02x: trap %lu", last[i], trap.cause);
	}
	fuzz_is_intact();
}

static const struct test_case cases[] = {
	{ "port_accesses", port_accesses },
	{ "port_strings", port_strings },
	{ "ioapic_accesses", ioapic_accesses },
	{ "apic_accesses", apic_accesses },
	{ "instructions", instructions },
	{ "control_registers", control_registers },
	{ "hypercalls", hypercalls },
	{ "hidden_instructions", hidden_instructions },
	{ "still_alive", fuzz_still_alive },
};

void guest_main(void)
{
	fuzz_init();
	oracle_init();
	if (!arch_is_reference())
		test_run(cases, ARRAY_SIZE(cases));
	else
		test_run(&cases[ARRAY_SIZE(cases) - 1], 1);
}
