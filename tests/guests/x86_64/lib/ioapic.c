// SPDX-License-Identifier: GPL-2.0
/*
 * I/O APIC, as far as programs need it, and lines of devices through it.
 * Intel 82093AA data sheet.
 */
#include "cpu.h"

#define MADT_IOAPIC	1
#define MAX_LINES	24

static u64 base;
static unsigned int pins;
static void (*handlers[MAX_LINES])(unsigned int line);
static u64 counts[MAX_LINES];

u64 ioapic_base(void)
{
	return base;
}

u32 ioapic_read(u32 reg)
{
	mmio_write32(base, reg);
	return mmio_read32(base + 0x10);
}

void ioapic_write(u32 reg, u32 val)
{
	mmio_write32(base, reg);
	mmio_write32(base + 0x10, val);
}

u64 ioapic_entry(unsigned int pin)
{
	return ioapic_read(IOAPIC_REDIR(pin)) | (u64)ioapic_read(IOAPIC_REDIR(pin) + 1) << 32;
}

/* Masked while its halves differ. */
void ioapic_set_entry(unsigned int pin, u64 entry)
{
	ioapic_write(IOAPIC_REDIR(pin), REDIR_MASKED);
	ioapic_write(IOAPIC_REDIR(pin) + 1, entry >> 32);
	ioapic_write(IOAPIC_REDIR(pin), entry);
}

unsigned int ioapic_pins(void)
{
	return pins;
}

void ioapic_setup(void)
{
	const u8 *entry = NULL;
	unsigned int pin;

	while ((entry = madt_next(entry))) {
		if (entry[0] == MADT_IOAPIC && !*(const u32 *)(entry + 8))
			base = *(const u32 *)(entry + 4);
	}
	if (!base)
		return;
	pins = (ioapic_read(IOAPIC_VERSION) >> 16 & 0xff) + 1;
	if (pins > MAX_LINES)
		pins = MAX_LINES;
	for (pin = 0; pin < pins; pin++)
		ioapic_set_entry(pin, REDIR_MASKED);
}

void line_handle(unsigned int line)
{
	add_shared(&counts[line], 1);
	if (handlers[line])
		handlers[line](line);
}

bool arch_line_enable(unsigned int line, void (*handler)(unsigned int line))
{
	if (line >= pins)
		return false;
	handlers[line] = handler;
	ioapic_set_entry(line, (VECTOR_LINE + line) | (u64)this_cpu()->apic_id << 56);
	return true;
}

void arch_line_disable(unsigned int line)
{
	ioapic_set_entry(line, REDIR_MASKED);
}

u64 arch_line_count(unsigned int line)
{
	return load_shared(&counts[line]);
}
