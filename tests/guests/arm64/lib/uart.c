// SPDX-License-Identifier: GPL-2.0
/*
 * Serial ports: the PL011 (DDI 0183) or a 16550, whichever is the console, and
 * whichever the programs that know a 16550 get to see.
 */
#include "cpu.h"
#include "fdt.h"
#include "pl011.h"
#include "runtime.h"
#include "sysreg.h"

/* The registers of a 16550 that have a counterpart. */
#define DATA		0
#define IER		1
#define LSR		5
#define IER_RDI		0x01
#define IER_THRI	0x02
#define LSR_READY	0x01
#define LSR_THRE	0x20
#define LSR_TEMT	0x40

struct port {
	u64 base;
	u32 intid;
	u32 shift;
};

static struct port pl011, ns16550;
static u64 console_lock;

/* Interrupt specifiers: 0 for an SPI, its number, flags. */
static u32 interrupt_of(int node)
{
	return fdt_cell(node, "interrupts", 0, 1) ? 0 : 32 + fdt_cell(node, "interrupts", 1, -32u);
}

static void find_port(const char *compatible, struct port *port)
{
	int node = fdt_compatible(FDT_NONE, compatible);
	u64 len;

	if (node == FDT_NONE || !fdt_reg(node, 0, &port->base, &len))
		return;
	port->intid = interrupt_of(node);
	port->shift = fdt_cell(node, "reg-shift", 0, 0);
}

void console_init(void)
{
	find_port("arm,pl011", &pl011);
	find_port("ns16550a", &ns16550);
	if (pl011.base) {
		mmio_write32(pl011.base + PL011_LCR_H, PL011_8BITS | PL011_FIFOS);
		mmio_write32(pl011.base + PL011_CR, PL011_ENABLE);
	}
}

static void put_char(char c)
{
	if (pl011.base) {
		while (mmio_read32(pl011.base + PL011_FR) & PL011_TXFF)
			barrier();
		mmio_write32(pl011.base + PL011_DR, c);
	} else if (ns16550.base) {
		while (!(mmio_read8(ns16550.base + (LSR << ns16550.shift)) & LSR_THRE))
			barrier();
		mmio_write8(ns16550.base, c);
	}
}

/* A text stays in one piece when several CPUs write. */
void arch_console_write(const char *text, size_t len)
{
	u64 daif = sysreg_read(daif);

	asm volatile("msr daifset, #3" ::: "memory");
	while (__atomic_exchange_n(&console_lock, 1, __ATOMIC_ACQUIRE))
		barrier();
	while (len--)
		put_char(*text++);
	store_shared(&console_lock, 0);
	sysreg_write(daif, daif);
}

u64 pl011_base(void)
{
	return pl011.base;
}

u32 pl011_intid(void)
{
	return pl011.intid;
}

u64 uart_base(void)
{
	return ns16550.base;
}

unsigned int arch_uart_line(void)
{
	return ns16550.base ? ns16550.intid : pl011.intid;
}

static u8 read_line_status(void)
{
	u32 flags = mmio_read32(pl011.base + PL011_FR);

	return (flags & PL011_RXFE ? 0 : LSR_READY) |
	       (flags & PL011_TXFF ? 0 : LSR_THRE) |
	       (flags & (PL011_BUSY | PL011_TXFF) ? 0 : LSR_TEMT);
}

u8 arch_uart_read(unsigned int reg)
{
	if (ns16550.base)
		return mmio_read8(ns16550.base + (reg << ns16550.shift));
	switch (reg) {
	case DATA:
		return mmio_read32(pl011.base + PL011_DR);
	case LSR:
		return read_line_status();
	default:
		return 0;
	}
}

void arch_uart_write(unsigned int reg, u8 val)
{
	if (ns16550.base)
		mmio_write8(ns16550.base + (reg << ns16550.shift), val);
	else if (reg == DATA)
		mmio_write32(pl011.base + PL011_DR, val);
	else if (reg == IER)
		mmio_write32(pl011.base + PL011_IMSC,
			     (val & IER_RDI ? PL011_INT_RX | PL011_INT_RT : 0) |
			     (val & IER_THRI ? PL011_INT_TX : 0));
}
