// SPDX-License-Identifier: GPL-2.0
/*
 * Local APIC: what is requested, what is in service, what the vCPU sees of it.
 *
 * Owned by the vCPU. Requests come from anywhere, also from hard interrupts,
 * and take no lock: a bit in the IRR, then the event that makes the vCPU look.
 * All else belongs to the vCPU's thread, in the fast context at the earliest.
 *
 * Sections are those of SDM 3, chapter 11; AMD's APM 2, chapter 16 agrees.
 */
#include <linux/bitops.h>
#include <asm/cpufeatures.h>
#include <kunit/visibility.h>

#include "lapic_priv.h"

bool x86_lapic_is_enabled(const struct x86_vcpu *v)
{
	return READ_ONCE(v->lapic.base_msr) & MSR_IA32_APICBASE_ENABLE;
}
EXPORT_SYMBOL_IF_KUNIT(x86_lapic_is_enabled);

bool x86_lapic_is_x2apic(const struct x86_vcpu *v)
{
	return READ_ONCE(v->lapic.base_msr) & X2APIC_ENABLE;
}
EXPORT_SYMBOL_IF_KUNIT(x86_lapic_is_x2apic);

static u64 base_address(u64 base_msr)
{
	return base_msr & PAGE_MASK;
}

bool x86_lapic_owns(const struct x86_vcpu *v, u64 gpa)
{
	u64 base = v->lapic.base_msr;

	return (base & (XAPIC_ENABLE | X2APIC_ENABLE)) == XAPIC_ENABLE &&
	       gpa - base_address(base) < X86_APIC_LEN;
}
EXPORT_SYMBOL_IF_KUNIT(x86_lapic_owns);

u32 x86_lapic_x2apic_ldr(const struct x86_vcpu *v)
{
	u32 id = x86_lapic_id(v);

	return (id >> 4) << 16 | 1u << (id & 0xf);
}

/* --- errors --- */

/*
 * 11.5.3: the first error after a write of the ESR raises the error interrupt.
 * That of an illegal vector in this very entry of the table only adds its bit.
 */
void x86_lapic_error(struct x86_vcpu *v, u32 errors)
{
	if (!atomic_fetch_or(errors, &v->lapic.esr_pending))
		x86_lapic_local_event(v, X86_LVT_ERROR);
}

/* --- requests --- */

static void put_bit(unsigned int vector, unsigned long *map, bool val)
{
	if (test_bit(vector, map) == val)
		return;
	if (val)
		set_bit(vector, map);
	else
		clear_bit(vector, map);
}

/*
 * 11.8.4. A vector that is requested already is the same request: whoever made it
 * makes the vCPU look. The bit is set with a full barrier before the vCPU is told.
 */
bool x86_lapic_accept(struct x86_vcpu *v, u8 vector, bool level)
{
	struct x86_lapic *lapic = &v->lapic;

	if (unlikely(!x86_lapic_is_on(v)))
		return false;
	if (unlikely(vector < X86_APIC_FIRST_VECTOR)) {
		x86_lapic_error(v, APIC_ESR_RECVILL);
		return false;
	}
	put_bit(vector, lapic->tmr, level);
	if (!test_and_set_bit(vector, lapic->irr))
		x86_raise_event(v, X86_EV_IRQ);
	return true;
}
EXPORT_SYMBOL_IF_KUNIT(x86_lapic_accept);

/* 11.5.1: the timer and the error entry have no delivery mode: it reads as fixed. */
void x86_lapic_local_event(struct x86_vcpu *v, enum x86_lvt nr)
{
	u32 lvt = READ_ONCE(v->lapic.lvt[nr]);
	struct x86_apic_msg msg = {
		.mode = GET_APIC_DELIVERY_MODE(lvt),
		.vector = lvt & APIC_VECTOR_MASK,
		.assert = true,
	};

	if (!(lvt & APIC_LVT_MASKED))
		x86_apic_deliver(v, &msg);
}

static bool is_level_sensitive(u32 lvt)
{
	return (lvt & (APIC_LVT_MASKED | APIC_MODE_MASK | APIC_LVT_LEVEL_TRIGGER)) ==
	       (APIC_DM_FIXED | APIC_LVT_LEVEL_TRIGGER);
}

/* Without an APIC the pin is INTR (11.4.3). */
void x86_lapic_lint0_high(struct x86_vcpu *v)
{
	u32 lvt = READ_ONCE(v->lapic.lvt[X86_LVT_LINT0]);

	if (!x86_lapic_is_enabled(v))
		x86_raise_event(v, X86_EV_IRQ);
	else if (is_level_sensitive(lvt))
		x86_lapic_accept(v, lvt & APIC_VECTOR_MASK, true);
	else
		x86_lapic_local_event(v, X86_LVT_LINT0);
}

bool x86_lapic_accepts_pic(const struct x86_vcpu *v)
{
	u32 lvt = READ_ONCE(v->lapic.lvt[X86_LVT_LINT0]);

	return !x86_lapic_is_enabled(v) ||
	       (lvt & (APIC_LVT_MASKED | APIC_MODE_MASK)) == APIC_DM_EXTINT;
}
EXPORT_SYMBOL_IF_KUNIT(x86_lapic_accepts_pic);

/* --- priorities --- */

/* 11.8.3.1: the task's class or that of what is in service, whichever is higher. */
u32 x86_lapic_ppr(const struct x86_vcpu *v)
{
	int in_service = x86_apic_highest(v->lapic.isr);
	u32 tpr = READ_ONCE(v->lapic.tpr);
	u32 class = in_service < 0 ? 0 : in_service & 0xf0;

	return (tpr & 0xf0) >= class ? tpr : class;
}

int x86_lapic_pending(struct x86_vcpu *v)
{
	int vector = x86_apic_highest(v->lapic.irr);

	if (vector < 0 || !x86_lapic_is_enabled(v))
		return -1;
	return (vector & 0xf0) > (x86_lapic_ppr(v) & 0xf0) ? vector : -1;
}
EXPORT_SYMBOL_IF_KUNIT(x86_lapic_pending);

/* Other CPUs read the ISR when they look for the lowest priority. */
static void write_isr(struct x86_lapic *lapic, u8 vector, bool val)
{
	unsigned long *word = &lapic->isr[vector / BITS_PER_LONG];
	unsigned long bit = 1UL << (vector % BITS_PER_LONG);

	WRITE_ONCE(*word, val ? *word | bit : *word & ~bit);
}

void x86_lapic_ack(struct x86_vcpu *v, u8 vector)
{
	write_isr(&v->lapic, vector, true);
	clear_bit(vector, v->lapic.irr);
}
EXPORT_SYMBOL_IF_KUNIT(x86_lapic_ack);

/*
 * 11.8.5: level-triggered interrupts end at their source, too. The I/O APIC is told
 * unless software does that itself; LINT0 is looked at again.
 */
static void end_level(struct x86_vcpu *v, u8 vector)
{
	struct x86_vm *vm = x86_vm_of(v);
	u32 lint0 = v->lapic.lvt[X86_LVT_LINT0];

	if (!(v->lapic.svr & APIC_SPIV_DIRECTED_EOI))
		x86_ioapic_eoi(vm, vector);
	if (is_level_sensitive(lint0) && (lint0 & APIC_VECTOR_MASK) == vector &&
	    vm->pic && x86_pic_output(vm->pic))
		x86_lapic_lint0_high(v);
}

void x86_lapic_end(struct x86_vcpu *v, u8 vector)
{
	if (test_bit(vector, v->lapic.tmr))
		end_level(v, vector);
}
EXPORT_SYMBOL_IF_KUNIT(x86_lapic_end);

void x86_lapic_eoi(struct x86_vcpu *v)
{
	int vector = x86_apic_highest(v->lapic.isr);

	if (vector < 0)
		return;
	write_isr(&v->lapic, vector, false);
	x86_lapic_end(v, vector);
	x86_irq_recheck(v);
}
EXPORT_SYMBOL_IF_KUNIT(x86_lapic_eoi);

u8 x86_lapic_get_cr8(const struct x86_vcpu *v)
{
	return v->lapic.tpr >> 4;
}
EXPORT_SYMBOL_IF_KUNIT(x86_lapic_get_cr8);

void x86_lapic_set_cr8(struct x86_vcpu *v, u8 val)
{
	if (x86_lapic_get_cr8(v) == (val & 0xf))
		return;
	WRITE_ONCE(v->lapic.tpr, (val & 0xf) << 4);
	x86_irq_recheck(v);
}
EXPORT_SYMBOL_IF_KUNIT(x86_lapic_set_cr8);

/* --- life, and IA32_APIC_BASE --- */

/* 11.4.7.1, 11.4.7.3: all but the id and IA32_APIC_BASE. */
static void reset_registers(struct x86_vcpu *v)
{
	struct x86_lapic *lapic = &v->lapic;
	unsigned int i;

	x86_lapic_timer_reset(v);
	for (i = 0; i < X86_APIC_WORDS; i++) {
		WRITE_ONCE(lapic->isr[i], 0);
		xchg(&lapic->irr[i], 0);
		xchg(&lapic->tmr[i], 0);
	}
	for (i = 0; i < X86_LVTS; i++)
		WRITE_ONCE(lapic->lvt[i], APIC_LVT_MASKED);
	WRITE_ONCE(lapic->ldr, x86_lapic_is_x2apic(v) ? x86_lapic_x2apic_ldr(v) : 0);
	WRITE_ONCE(lapic->dfr, APIC_DFR_FLAT);
	WRITE_ONCE(lapic->svr, APIC_VECTOR_MASK);
	WRITE_ONCE(lapic->tpr, 0);
	atomic_set(&lapic->esr_pending, 0);
	lapic->esr = 0;
	lapic->icr = 0;
}

/*
 * The boot processor is found as a PC's firmware leaves it, for there is none: in the virtual
 * wire mode of the MultiProcessor Specification 1.4, 3.6.2.2. Interrupts of the 8259 pass.
 */
static void connect_virtual_wire(struct x86_vcpu *v)
{
	WRITE_ONCE(v->lapic.svr, APIC_SPIV_APIC_ENABLED | APIC_VECTOR_MASK);
	WRITE_ONCE(v->lapic.lvt[X86_LVT_LINT0], APIC_DM_EXTINT);
	WRITE_ONCE(v->lapic.lvt[X86_LVT_LINT1], APIC_DM_NMI);
}

void x86_lapic_reset(struct x86_vcpu *v, bool init)
{
	bool is_boot_cpu = !v->base.id;

	if (!init)
		WRITE_ONCE(v->lapic.base_msr, X86_APIC_DEFAULT_BASE | XAPIC_ENABLE |
			   (is_boot_cpu ? MSR_IA32_APICBASE_BSP : 0));
	reset_registers(v);
	if (!init && is_boot_cpu)
		connect_virtual_wire(v);
}
EXPORT_SYMBOL_IF_KUNIT(x86_lapic_reset);

void x86_lapic_init(struct x86_vcpu *v)
{
	v->lapic.id = x86_lapic_id(v) << 24;
	x86_lapic_timer_init(v);
	x86_lapic_reset(v, false);
}
EXPORT_SYMBOL_IF_KUNIT(x86_lapic_init);

void x86_lapic_destroy(struct x86_vcpu *v)
{
	x86_lapic_timer_destroy(v);
}
EXPORT_SYMBOL_IF_KUNIT(x86_lapic_destroy);

/* Bits 11 and 10 of IA32_APIC_BASE, figure "Local APIC States" of 11.12.5. */
enum apic_state {
	STATE_OFF,
	STATE_INVALID,
	STATE_XAPIC,
	STATE_X2APIC,
	STATES
};

static enum apic_state state_of(u64 base_msr)
{
	return base_msr >> 10 & 3;
}

static const bool may_change[STATES][STATES] = {
	[STATE_OFF]	= { [STATE_OFF] = true, [STATE_XAPIC] = true },
	[STATE_XAPIC]	= { [STATE_OFF] = true, [STATE_XAPIC] = true, [STATE_X2APIC] = true },
	[STATE_X2APIC]	= { [STATE_OFF] = true, [STATE_X2APIC] = true },
};

static bool base_is_valid(const struct x86_vcpu *v, u64 val)
{
	u64 valid = GENMASK_ULL(x86_guest_phys_bits(v) - 1, PAGE_SHIFT) |
		    XAPIC_ENABLE | MSR_IA32_APICBASE_BSP;

	if (x86_guest_has(v, X86_FEATURE_X2APIC))
		valid |= X2APIC_ENABLE;
	return !(val & ~valid);
}

/* 11.4.3: disabled, it forgets everything; 11.12.5.1: x2APIC mode keeps all but the LDR. */
static void change_state(struct x86_vcpu *v, enum apic_state from, enum apic_state to)
{
	struct x86_vm *vm = x86_vm_of(v);

	if (to == STATE_OFF)
		reset_registers(v);
	else if (to == STATE_X2APIC)
		WRITE_ONCE(v->lapic.ldr, x86_lapic_x2apic_ldr(v));
	if (to == STATE_OFF || from == STATE_OFF)
		x86_cpuid_update(v);
	if (vm->ioapic)
		x86_ioapic_retry(vm->ioapic);
	x86_irq_recheck(v);
}

int x86_lapic_base_write(struct x86_vcpu *v, u64 val)
{
	enum apic_state from = state_of(v->lapic.base_msr), to = state_of(val);

	if (!base_is_valid(v, val) || !may_change[from][to])
		return -1;
	WRITE_ONCE(v->lapic.base_msr, val);
	if (from != to)
		change_state(v, from, to);
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(x86_lapic_base_write);
