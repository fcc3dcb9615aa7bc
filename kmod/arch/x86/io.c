// SPDX-License-Identifier: GPL-2.0
/*
 * Accesses to ports and device registers: from the vCPU to the bus or its local APIC.
 *
 * Called by the backends for IN and OUT, and by the emulator; vCPU thread, loaded,
 * interrupts on.
 */
#include <linux/bitops.h>
#include <linux/export.h>
#include <linux/mm.h>
#include <kunit/visibility.h>

#include "arch/x86/emul.h"
#include "arch/x86/lapic.h"

/* --- accesses that no device takes as they are --- */

/* Bytes of the widest access that may be tried at @pos of @len bytes, below the whole. */
static unsigned int first_width(unsigned int pos, unsigned int len)
{
	unsigned int width = len / 2;

	while (pos & (width - 1))
		width /= 2;
	return width;
}

/* Several cycles, as behind an ISA or PCI bridge; what nobody answers is all ones. */
static noinline void read_in_parts(struct axvm_bus *bus, u64 addr, unsigned int len, u64 *val)
{
	unsigned int pos, width;
	u64 part;

	*val = x86_mask(len);
	if (len == 1 || !axvm_bus_overlaps(bus, addr, len))
		return;
	for (pos = 0; pos < len; pos += width ? width : 1) {
		for (width = first_width(pos, len); width; width /= 2)
			if (axvm_bus_read(bus, addr + pos, width, &part) == AXVM_BUS_DONE)
				break;
		if (width) {
			*val &= ~(x86_mask(width) << (8 * pos));
			*val |= part << (8 * pos);
		}
	}
}

static noinline void write_in_parts(struct axvm_bus *bus, u64 addr, unsigned int len, u64 val)
{
	unsigned int pos, width;

	if (len == 1 || !axvm_bus_overlaps(bus, addr, len))
		return;
	for (pos = 0; pos < len; pos += width ? width : 1)
		for (width = first_width(pos, len); width; width /= 2)
			if (axvm_bus_write(bus, addr + pos, width, val >> (8 * pos)) ==
			    AXVM_BUS_DONE)
				break;
}

static __always_inline void bus_read(struct x86_vcpu *v, enum axvm_bus_space space, u64 addr,
				     unsigned int len, u64 *val)
{
	struct axvm_bus *bus = &v->base.vm->bus[space];

	if (axvm_bus_read(bus, addr, len, val) != AXVM_BUS_DONE)
		read_in_parts(bus, addr, len, val);
}

static __always_inline void bus_write(struct x86_vcpu *v, enum axvm_bus_space space, u64 addr,
				      unsigned int len, u64 val)
{
	struct axvm_bus *bus = &v->base.vm->bus[space];

	if (axvm_bus_write(bus, addr, len, val) != AXVM_BUS_DONE)
		write_in_parts(bus, addr, len, val);
}

/* --- device registers --- */

/* The local APIC is the CPU's own: its accesses never reach the bus. */
static __always_inline bool hits_lapic(const struct x86_vcpu *v, u64 gpa)
{
	return !((gpa ^ v->lapic.base_msr) >> PAGE_SHIFT) && x86_lapic_owns(v, gpa);
}

void x86_mmio_read(struct x86_vcpu *v, u64 gpa, unsigned int len, u64 *val)
{
	if (hits_lapic(v, gpa))
		x86_lapic_mmio_read(v, offset_in_page(gpa), len, val);
	else
		bus_read(v, AXVM_BUS_MMIO, gpa, len, val);
}
EXPORT_SYMBOL_IF_KUNIT(x86_mmio_read);

void x86_mmio_write(struct x86_vcpu *v, u64 gpa, unsigned int len, u64 val)
{
	if (hits_lapic(v, gpa))
		x86_lapic_mmio_write(v, offset_in_page(gpa), len, val);
	else
		bus_write(v, AXVM_BUS_MMIO, gpa, len, val);
}
EXPORT_SYMBOL_IF_KUNIT(x86_mmio_write);

/* --- ports --- */

u64 x86_pio_read(struct x86_vcpu *v, u16 port, unsigned int len)
{
	u64 val;

	bus_read(v, AXVM_BUS_PIO, port, len, &val);
	return val;
}
EXPORT_SYMBOL_IF_KUNIT(x86_pio_read);

void x86_pio_write(struct x86_vcpu *v, u16 port, unsigned int len, u64 val)
{
	bus_write(v, AXVM_BUS_PIO, port, len, val);
}
EXPORT_SYMBOL_IF_KUNIT(x86_pio_write);

/* What a result of 1, 2 or 4 bytes leaves of RAX: 32-bit results are extended with zeroes. */
static const u64 rax_kept[] = {
	[1] = ~(u64)U8_MAX,
	[2] = ~(u64)U16_MAX,
	[4] = 0,
};

/* The value passes through the exit, as any other access's does. */
static __always_inline void read_port(struct x86_vcpu *v, u16 port, unsigned int len, u64 *rax)
{
	u64 *val = &v->base.exit.io.data;

	bus_read(v, AXVM_BUS_PIO, port, len, val);
	*rax = (*rax & rax_kept[len]) | *val;
}

enum axvm_verdict x86_port_io(struct x86_vcpu *v, u16 port, unsigned int len, bool write)
{
	u64 *rax = &v->gpr[X86_RAX];

	axvm_vcpu_count(&v->base, AXVM_EXIT_PIO);
	if (write)
		bus_write(v, AXVM_BUS_PIO, port, len, *rax);
	else
		read_port(v, port, len, rax);
	x86_step_to(v, v->next_rip);
	return AXVM_RESUME;
}
EXPORT_SYMBOL_IF_KUNIT(x86_port_io);
