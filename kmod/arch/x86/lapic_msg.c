// SPDX-License-Identifier: GPL-2.0
/*
 * Interrupt messages: whom they are for, and what they do there.
 *
 * Sent by local APICs, the I/O APIC and devices, in any context. No lock: the
 * registers that say who is addressed are read as they are at that moment.
 *
 * Sections are those of SDM 3, chapter 11.
 */
#include <linux/bitops.h>
#include <linux/nospec.h>
#include <kunit/visibility.h>

#include "lapic_priv.h"

/* Values of struct x86_apic_msg.shorthand. */
enum shorthand {
	TO_DESTINATION,
	TO_SELF,
	TO_ALL,
	TO_OTHERS,
	SHORTHANDS
};

#define BROADCAST	0xffu		/* destination in xAPIC mode, and of the I/O APIC */
#define WIDE_BROADCAST	0xffffffffu	/* in x2APIC mode */

/* --- destinations --- */

/* 11.6.2.2: 8 bits, compared in the flat or the cluster model. */
static bool matches_xapic_logical(const struct x86_lapic *lapic, u32 dest)
{
	u32 ldr = GET_APIC_LOGICAL_ID(READ_ONCE(lapic->ldr));

	if (dest > BROADCAST)
		return false;
	if (READ_ONCE(lapic->dfr) == APIC_DFR_FLAT)
		return ldr & dest;
	/* Cluster 15 is all clusters. */
	return (dest >> 4 == 0xf || dest >> 4 == ldr >> 4) && (ldr & dest & 0xf);
}

/* 11.12.10.2: cluster in the upper half, its members in the lower one. */
static bool matches_x2apic_logical(const struct x86_lapic *lapic, u32 dest)
{
	u32 ldr = READ_ONCE(lapic->ldr);

	return dest >> 16 == ldr >> 16 && (dest & ldr & 0xffff);
}

static bool is_broadcast(u32 dest, bool wide)
{
	return dest == (wide ? WIDE_BROADCAST : BROADCAST);
}

/* A disabled APIC sees no messages (11.4.3). */
bool x86_apic_matches(const struct x86_vcpu *v, u32 dest, bool logical, bool wide)
{
	if (!x86_lapic_is_enabled(v))
		return false;
	if (is_broadcast(dest, wide))
		return true;
	if (!logical)
		return dest == x86_lapic_id(v);
	return x86_lapic_is_x2apic(v) ? matches_x2apic_logical(&v->lapic, dest) :
					matches_xapic_logical(&v->lapic, dest);
}

static struct x86_vcpu *vcpu_at(const struct x86_vm *vm, u32 n)
{
	return to_x86_vcpu(vm->base.vcpus[n]);
}

/* Ids mostly count as indices do. */
static struct x86_vcpu *find_by_id(const struct x86_vm *vm, u32 id)
{
	u32 nr = vm->base.nr_vcpus, i;

	if (id < nr) {
		i = array_index_nospec(id, nr);
		if (x86_lapic_id(vcpu_at(vm, i)) == id)
			return vcpu_at(vm, i);
	}
	for (i = 0; i < nr; i++)
		if (x86_lapic_id(vcpu_at(vm, i)) == id)
			return vcpu_at(vm, i);
	return NULL;
}

static_assert(AXVM_MAX_VCPUS <= 64);

static u64 find_all(const struct x86_vm *vm)
{
	u64 targets = 0;
	u32 i;

	for (i = 0; i < vm->base.nr_vcpus; i++)
		if (x86_lapic_is_enabled(vcpu_at(vm, i)))
			targets |= BIT_ULL(i);
	return targets;
}

static u64 find_addressed(const struct x86_vm *vm, const struct x86_apic_msg *msg, bool wide)
{
	u64 targets = 0;
	u32 i;

	for (i = 0; i < vm->base.nr_vcpus; i++)
		if (x86_apic_matches(vcpu_at(vm, i), msg->dest, msg->logical, wide))
			targets |= BIT_ULL(i);
	return targets;
}

static u64 find_targets(const struct x86_vm *vm, const struct x86_vcpu *from,
			const struct x86_apic_msg *msg)
{
	switch (from ? msg->shorthand : TO_DESTINATION) {
	case TO_DESTINATION:
		return find_addressed(vm, msg, from && x86_lapic_is_x2apic(from));
	case TO_SELF:
		return BIT_ULL(from->base.id);
	case TO_ALL:
		return find_all(vm);
	case TO_OTHERS:
		return find_all(vm) & ~BIT_ULL(from->base.id);
	default:
		return 0;
	}
}

/*
 * 11.6.2.4: one of those with the lowest priority takes it. Among equals the vector
 * chooses, so that each interrupt stays where it is and they spread nevertheless.
 */
static u64 arbitrate(const struct x86_vm *vm, u64 targets, u8 vector)
{
	u32 lowest = U32_MAX, class, i, nth;
	u64 best = 0;

	for (i = 0; i < vm->base.nr_vcpus; i++) {
		if (!(targets & BIT_ULL(i)) || !x86_lapic_is_on(vcpu_at(vm, i)))
			continue;
		class = x86_lapic_ppr(vcpu_at(vm, i)) >> 4;
		if (class > lowest)
			continue;
		best = class < lowest ? BIT_ULL(i) : best | BIT_ULL(i);
		lowest = class;
	}
	if (!best)
		return 0;
	for (nth = vector % hweight64(best); nth; nth--)
		best &= best - 1;
	return best & -best;
}

/* --- what arrives --- */

static bool take_fixed(struct x86_vcpu *v, const struct x86_apic_msg *msg)
{
	return x86_lapic_accept(v, msg->vector, msg->level);
}

/* Guests have no system management mode, and two modes are reserved. */
static bool take_nothing(struct x86_vcpu *v, const struct x86_apic_msg *msg)
{
	return false;
}

/*
 * The one that waits for its delivery, and one behind it. When that was delivered just
 * now, the other is no longer behind it. Pairs with give_nmi() in event.c, which clears
 * the event first.
 */
static bool take_nmi(struct x86_vcpu *v, const struct x86_apic_msg *msg)
{
	if (test_and_set_bit(X86_EV_NMI, &v->events)) {
		xchg(&v->nmi_waiting, true);
		if (!test_bit(X86_EV_NMI, &v->events) && xchg(&v->nmi_waiting, false))
			set_bit(X86_EV_NMI, &v->events);
	}
	axvm_vcpu_kick(&v->base);
	return true;
}

/*
 * Does it wait for a start-up IPI, or will it once it has seen its INIT? The bit first: it
 * is cleared after the power is off. Pairs with x86_vcpu_slow().
 */
static bool is_waiting_for_sipi(const struct x86_vcpu *v)
{
	return test_bit_acquire(X86_EV_INIT, &v->events) ||
	       READ_ONCE(v->base.power) == AXVM_POWER_OFF;
}

/* 11.4.7.3. De-assertion is for processors of long ago (11.6.1, "Level"). */
static bool take_init(struct x86_vcpu *v, const struct x86_apic_msg *msg)
{
	if (msg->level && !msg->assert)
		return false;
	clear_bit(X86_EV_SIPI, &v->events);
	if (READ_ONCE(v->base.power) != AXVM_POWER_OFF)
		x86_raise_event(v, X86_EV_INIT);
	return true;
}

/* 9.4.3: ignored unless it is waited for. Whoever turns the power on, the vector is there. */
static bool take_startup(struct x86_vcpu *v, const struct x86_apic_msg *msg)
{
	if (!is_waiting_for_sipi(v))
		return false;
	WRITE_ONCE(v->sipi_vector, msg->vector);
	smp_mb__before_atomic(); /* the vector before its bit; test_bit() in x86_vcpu_slow() */
	set_bit(X86_EV_SIPI, &v->events);
	axvm_vcpu_power_on(&v->base, X86_ENTRY_SIPI | (u64)msg->vector << PAGE_SHIFT, 0);
	return true;
}

/* Its vector comes from the 8259: the vCPU looks there (x86_irq_has()). */
static bool take_extint(struct x86_vcpu *v, const struct x86_apic_msg *msg)
{
	x86_raise_event(v, X86_EV_IRQ);
	return true;
}

static bool (*const take[X86_APIC_MODES])(struct x86_vcpu *v, const struct x86_apic_msg *msg) = {
	[X86_APIC_MODE(APIC_DM_FIXED)]		= take_fixed,
	[X86_APIC_MODE(APIC_DM_LOWEST)]		= take_fixed,
	[X86_APIC_MODE(APIC_DM_SMI)]		= take_nothing,
	[X86_APIC_MODE(APIC_DM_REMRD)]		= take_nothing,
	[X86_APIC_MODE(APIC_DM_NMI)]		= take_nmi,
	[X86_APIC_MODE(APIC_DM_INIT)]		= take_init,
	[X86_APIC_MODE(APIC_DM_STARTUP)]	= take_startup,
	[X86_APIC_MODE(APIC_DM_EXTINT)]		= take_extint,
};

bool x86_apic_deliver(struct x86_vcpu *v, const struct x86_apic_msg *msg)
{
	u32 mode = msg->mode;

	if (likely(mode == X86_APIC_MODE(APIC_DM_FIXED)))
		return take_fixed(v, msg);
	if (mode >= X86_APIC_MODES)
		return false;
	return take[array_index_nospec(mode, X86_APIC_MODES)](v, msg);
}

/* The most frequent message: a fixed one for one vCPU. */
static bool is_for_one(const struct x86_vcpu *from, const struct x86_apic_msg *msg)
{
	return msg->shorthand == TO_DESTINATION && !msg->logical &&
	       !is_broadcast(msg->dest, from && x86_lapic_is_x2apic(from));
}

static unsigned int send_to_one(struct x86_vm *vm, const struct x86_apic_msg *msg)
{
	struct x86_vcpu *v = find_by_id(vm, msg->dest);

	return v && x86_lapic_is_enabled(v) && x86_apic_deliver(v, msg);
}

unsigned int x86_apic_send(struct x86_vm *vm, struct x86_vcpu *from,
			   const struct x86_apic_msg *msg)
{
	unsigned int taken = 0;
	u64 targets;

	if (is_for_one(from, msg))
		return send_to_one(vm, msg);
	targets = find_targets(vm, from, msg);
	if (msg->mode == X86_APIC_MODE(APIC_DM_LOWEST))
		targets = arbitrate(vm, targets, msg->vector);
	for (; targets; targets &= targets - 1)
		taken += x86_apic_deliver(vcpu_at(vm, __ffs64(targets)), msg);
	return taken;
}
EXPORT_SYMBOL_IF_KUNIT(x86_apic_send);
