// SPDX-License-Identifier: GPL-2.0
/*
 * Breakpoints of the guest on ports and memory that axvm accesses in its place.
 *
 * Called by the emulator and by io.c, loaded, interrupts on. The CPU sees to all other
 * accesses by itself. SDM 3, 17.2.4 and 17.2.5, and APM 2, 13.1.1: these are traps, they
 * come after the instruction or after an iteration of it.
 */
#include <asm/debugreg.h>
#include <asm/trapnr.h>
#include <kunit/visibility.h>

#include "arch/x86/emul.h"

#define ON_WRITE	BIT(DR_RW_WRITE)
#define ON_ACCESS	BIT(DR_RW_READ)
#define ON_PORT		BIT(2)	/* with CR4.DE */

/* LEN of DR7, as it is coded. */
static const u8 lens[] = { 1, 2, 8, 4 };

static u64 field(u64 dr7, unsigned int n)
{
	return dr7 >> (DR_CONTROL_SHIFT + n * DR_CONTROL_SIZE);
}

static bool is_on(u64 dr7, unsigned int n)
{
	return (dr7 >> (n * DR_ENABLE_SIZE)) & (DR_LOCAL_ENABLE | DR_GLOBAL_ENABLE);
}

/* Of the breakpoint's address the bits within its length do not count. */
static bool overlaps(u64 at, unsigned int size, u64 addr, unsigned int len)
{
	at &= ~((u64)size - 1);
	return addr - at < size || at - addr < len;
}

u64 x86_find_breakpoints(struct x86_vcpu *v, u8 kinds, u64 addr, unsigned int len)
{
	u64 dr7 = x86_hw->get_sysreg(v, X86_DR7), hits = 0;
	unsigned int n;

	for (n = 0; n < ARRAY_SIZE(v->dr); n++)
		if (is_on(dr7, n) && (kinds & BIT(field(dr7, n) & 3)) &&
		    overlaps(v->dr[n], lens[(field(dr7, n) >> 2) & 3], addr, len))
			hits |= DR_TRAP0 << n;
	return hits;
}
EXPORT_SYMBOL_IF_KUNIT(x86_find_breakpoints);

u64 x86_find_port_breakpoints(struct x86_vcpu *v, u16 port, unsigned int len)
{
	return v->cr4 & X86_CR4_DE ? x86_find_breakpoints(v, ON_PORT, port, len) : 0;
}
EXPORT_SYMBOL_IF_KUNIT(x86_find_port_breakpoints);

u64 x86_find_data_breakpoints(struct x86_vcpu *v, u64 linear, unsigned int len, bool write)
{
	return x86_find_breakpoints(v, write ? ON_WRITE | ON_ACCESS : ON_ACCESS, linear, len);
}
EXPORT_SYMBOL_IF_KUNIT(x86_find_data_breakpoints);

/* Those of earlier exceptions go, all else in DR6 stays (SDM 17.2.3). */
void x86_trap_breakpoints(struct x86_vcpu *v, u64 hits)
{
	u64 dr6;

	if (likely(!hits))
		return;
	dr6 = x86_hw->get_sysreg(v, X86_DR6) & ~(u64)DR_TRAP_BITS;
	x86_hw->set_sysreg(v, X86_DR6, dr6 | hits);
	x86_queue_exception(v, X86_TRAP_DB);
}
EXPORT_SYMBOL_IF_KUNIT(x86_trap_breakpoints);
