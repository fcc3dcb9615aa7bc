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

/*
 * The access is in the exit, as any other is, so that what is rare finds it there: with fewer
 * registers to keep, the rest is shorter.
 */
static __always_inline struct axvm_exit *begin_access(struct x86_vcpu *v, u16 port,
						      unsigned int len)
{
	struct axvm_exit *exit = &v->base.exit;

	axvm_vcpu_count(&v->base, AXVM_EXIT_PIO);
	exit->io.addr = port;
	exit->io.len = len;
	return exit;
}

static noinline void trap_watched_port(struct x86_vcpu *v)
{
	const struct axvm_exit *exit = &v->base.exit;

	x86_trap_breakpoints(v, x86_find_port_breakpoints(v, exit->io.addr, exit->io.len));
}

static __always_inline enum axvm_verdict end_access(struct x86_vcpu *v)
{
	x86_step_to(v, v->next_rip);
	if (unlikely(v->has_breakpoints))
		trap_watched_port(v);
	return AXVM_RESUME;
}

static noinline void read_port_in_parts(struct x86_vcpu *v)
{
	struct axvm_exit *exit = &v->base.exit;

	read_in_parts(&v->base.vm->bus[AXVM_BUS_PIO], exit->io.addr, exit->io.len,
		      &exit->io.data);
}

enum axvm_verdict x86_port_read(struct x86_vcpu *v, u16 port, unsigned int len)
{
	struct axvm_bus *bus = &v->base.vm->bus[AXVM_BUS_PIO];
	struct axvm_exit *exit = begin_access(v, port, len);
	u64 *rax = &v->gpr[X86_RAX];

	if (axvm_bus_read(bus, port, len, &exit->io.data) != AXVM_BUS_DONE)
		read_port_in_parts(v);
	*rax = (*rax & rax_kept[len]) | exit->io.data;
	return end_access(v);
}
EXPORT_SYMBOL_IF_KUNIT(x86_port_read);

enum axvm_verdict x86_port_write(struct x86_vcpu *v, u16 port, unsigned int len)
{
	begin_access(v, port, len);
	bus_write(v, AXVM_BUS_PIO, port, len, v->gpr[X86_RAX]);
	return end_access(v);
}
EXPORT_SYMBOL_IF_KUNIT(x86_port_write);
