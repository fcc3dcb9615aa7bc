/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files of the local APIC, the I/O APIC and the 8259 share among
 * themselves: lapic*.c, ioapic.c, i8259.c, irq.c.
 */
#ifndef AXVM_X86_LAPIC_PRIV_H
#define AXVM_X86_LAPIC_PRIV_H

#include <asm/apicdef.h>
#include <asm/msr-index.h>

#include "arch/x86/lapic.h"

/* Delivery modes, bits 10-8 of ICR, LVT and RTE: those that apicdef.h has no unshifted name for. */
#define X86_APIC_MODE(dm)	((dm) >> 8)
#define X86_APIC_MODES		8

/* Vectors below are no interrupts (SDM 3, 11.5.2). */
#define X86_APIC_FIRST_VECTOR	16

#define X86_LVT_TIMER_MODE	(APIC_LVT_TIMER_PERIODIC | APIC_LVT_TIMER_TSCDEADLINE)

#define X86_IOAPIC_PINS		24
#define X86_PIC_IRQS		16

/* Index into struct x86_lapic.lvt: in register order, APIC_LVTT first. */
enum x86_lvt {
	X86_LVT_TIMER,
	X86_LVT_THERMAL,
	X86_LVT_PMC,
	X86_LVT_LINT0,
	X86_LVT_LINT1,
	X86_LVT_ERROR,
	X86_LVTS
};

static inline u32 x86_lapic_id(const struct x86_vcpu *v)
{
	return v->base.hw_id;
}

/* SDM 3, 11.4.7.2: bit 8 of the spurious-interrupt vector register, and IA32_APIC_BASE. Any. */
static inline bool x86_lapic_is_on(const struct x86_vcpu *v)
{
	return x86_lapic_is_enabled(v) && READ_ONCE(v->lapic.svr) & APIC_SPIV_APIC_ENABLED;
}

/* Index of the highest bit of a map of vectors, -1: none. */
static inline int x86_apic_highest(const unsigned long *map)
{
	int i;

	for (i = X86_APIC_WORDS - 1; i >= 0; i--) {
		unsigned long bits = READ_ONCE(map[i]);

		if (bits)
			return i * BITS_PER_LONG + __fls(bits);
	}
	return -1;
}

/* --- lapic.c --- */

/* Processor priority (SDM 3, 11.8.3.1). vCPU thread; elsewhere a hint. */
u32 x86_lapic_ppr(const struct x86_vcpu *v);
/* A fixed interrupt arrives. Any. Return: the APIC took it. */
bool x86_lapic_accept(struct x86_vcpu *v, u8 vector, bool level);
/* Errors for the ESR, APIC_ESR_*. Any. */
void x86_lapic_error(struct x86_vcpu *v, u32 errors);
/* Something happened that an entry of the local vector table is for. Any. */
void x86_lapic_local_event(struct x86_vcpu *v, enum x86_lvt nr);
/* The pin LINT0 rose, or an entry that watches its level was changed. Any. */
void x86_lapic_lint0_high(struct x86_vcpu *v);
void x86_lapic_eoi(struct x86_vcpu *v);
/* Logical id in x2APIC mode (SDM 3, 11.12.10.2). */
u32 x86_lapic_x2apic_ldr(const struct x86_vcpu *v);

/* --- lapic_msg.c --- */

/* Does a message go to this vCPU? @wide: 32-bit destinations, as in x2APIC mode. Any. */
bool x86_apic_matches(const struct x86_vcpu *v, u32 dest, bool logical, bool wide);
/* Have a vCPU take a message, whoever it was for. Any. Return: it did. */
bool x86_apic_deliver(struct x86_vcpu *v, const struct x86_apic_msg *msg);

/* --- lapic_timer.c; all on the vCPU's thread, or while it has none --- */

void x86_lapic_timer_init(struct x86_vcpu *v);
void x86_lapic_timer_destroy(struct x86_vcpu *v);
void x86_lapic_timer_reset(struct x86_vcpu *v);
void x86_lapic_timer_set_lvt(struct x86_vcpu *v, u32 val);
void x86_lapic_timer_set_initial(struct x86_vcpu *v, u32 val);
void x86_lapic_timer_set_divide(struct x86_vcpu *v, u32 val);
u32 x86_lapic_timer_current(struct x86_vcpu *v);

/* --- ioapic.c --- */

/* Pins that are still asserted and reached nobody so far: try again. Any. */
void x86_ioapic_retry(struct x86_ioapic *ioapic);
/* Does the pin to which the 8259 is wired let its interrupts through to this vCPU? Any. */
bool x86_ioapic_passes_pic(const struct x86_ioapic *ioapic, const struct x86_vcpu *v);

/* --- irq.c --- */

/* The vCPU may take now what it could not before: look before the next entry. vCPU thread. */
void x86_irq_recheck(struct x86_vcpu *v);

#endif /* AXVM_X86_LAPIC_PRIV_H */
