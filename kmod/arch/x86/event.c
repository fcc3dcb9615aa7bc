// SPDX-License-Identifier: GPL-2.0
/*
 * Exceptions and interrupts on their way into the guest: which comes first, and what two
 * of them make.
 *
 * Called on the vCPU's thread by whatever raises an exception, and by the vendor's
 * backend before an entry. "SDM" is Intel's manual, volume 3; sections 6.9 and 6.15.
 */
#include <linux/bitops.h>
#include <linux/string.h>
#include <asm/trapnr.h>
#include <kunit/visibility.h>

#include "arch/x86/event.h"

/* --- two exceptions (SDM, table 6-5) --- */

enum exception_class {
	CLASS_BENIGN,
	CLASS_CONTRIBUTORY,
	CLASS_PAGE_FAULT,
	CLASS_DOUBLE_FAULT,
};

static const u8 classes[X86_EXCEPTIONS] = {
	[X86_TRAP_DE]	= CLASS_CONTRIBUTORY,
	[X86_TRAP_DF]	= CLASS_DOUBLE_FAULT,
	[X86_TRAP_TS]	= CLASS_CONTRIBUTORY,
	[X86_TRAP_NP]	= CLASS_CONTRIBUTORY,
	[X86_TRAP_SS]	= CLASS_CONTRIBUTORY,
	[X86_TRAP_GP]	= CLASS_CONTRIBUTORY,
	[X86_TRAP_PF]	= CLASS_PAGE_FAULT,
	[X86_TRAP_CP]	= CLASS_CONTRIBUTORY,
};

enum x86_merge x86_merge_exceptions(u8 first, u8 second)
{
	u8 a = classes[first % X86_EXCEPTIONS], b = classes[second % X86_EXCEPTIONS];

	if (a == CLASS_BENIGN || b == CLASS_BENIGN)
		return X86_MERGE_SECOND;
	if (a == CLASS_DOUBLE_FAULT)
		return X86_MERGE_SHUTDOWN;
	/* The other way round it is a double fault. */
	if (a == CLASS_CONTRIBUTORY && b == CLASS_PAGE_FAULT)
		return X86_MERGE_SECOND;
	return X86_MERGE_DOUBLE_FAULT;
}
EXPORT_SYMBOL_IF_KUNIT(x86_merge_exceptions);

static void put_exception(struct x86_vcpu *v, u8 vector, bool has_error, u32 error)
{
	v->exception = (struct x86_inject) {
		.vector = vector,
		.type = X86_TYPE_EXCEPTION,
		.has_error = has_error,
		.error = error,
	};
	set_bit(X86_EV_EXCEPTION, &v->events);
}

/* The one that the new one follows; false: there is none. */
static bool take_earlier(struct x86_vcpu *v, u8 *vector)
{
	if (test_and_clear_bit(X86_EV_EXCEPTION, &v->events)) {
		*vector = v->exception.vector;
		return true;
	}
	if (!test_bit(X86_EV_REINJECT, &v->events) || v->reinject.type != X86_TYPE_EXCEPTION)
		return false;
	clear_bit(X86_EV_REINJECT, &v->events);
	*vector = v->reinject.vector;
	return true;
}

static void queue(struct x86_vcpu *v, u8 vector, bool has_error, u32 error)
{
	u8 earlier;

	if (test_bit(X86_EV_SHUTDOWN, &v->events))
		return;
	if (!take_earlier(v, &earlier)) {
		put_exception(v, vector, has_error, error);
		return;
	}
	switch (x86_merge_exceptions(earlier, vector)) {
	case X86_MERGE_SECOND:
		put_exception(v, vector, has_error, error);
		break;
	case X86_MERGE_DOUBLE_FAULT:
		put_exception(v, X86_TRAP_DF, true, 0);
		break;
	case X86_MERGE_SHUTDOWN:
		set_bit(X86_EV_SHUTDOWN, &v->events);
		break;
	}
}

void x86_queue_exception(struct x86_vcpu *v, u8 vector)
{
	queue(v, vector, false, 0);
}
EXPORT_SYMBOL_IF_KUNIT(x86_queue_exception);

void x86_queue_exception_error(struct x86_vcpu *v, u8 vector, u32 error)
{
	queue(v, vector, true, error);
}
EXPORT_SYMBOL_IF_KUNIT(x86_queue_exception_error);

void x86_queue_page_fault(struct x86_vcpu *v, u64 gva, u32 error)
{
	x86_hw->set_sysreg(v, X86_CR2, gva);
	queue(v, X86_TRAP_PF, true, error);
}
EXPORT_SYMBOL_IF_KUNIT(x86_queue_page_fault);

/* --- what goes in now --- */

/* Faults are restarted: RF keeps the instruction from its breakpoint then (SDM 18.3.1.1). */
static bool is_fault(u8 vector)
{
	return vector != X86_TRAP_DB && vector != X86_TRAP_BP && vector != X86_TRAP_OF &&
	       vector != X86_TRAP_DF && vector != X86_TRAP_MC;
}

static void give_exception(struct x86_vcpu *v, struct x86_inject *inject)
{
	*inject = v->exception;
	/* Real mode knows no error codes. */
	if (!(v->cr0 & X86_CR0_PE))
		inject->has_error = false;
	if (is_fault(inject->vector))
		v->rflags |= X86_EFLAGS_RF;
	clear_bit(X86_EV_EXCEPTION, &v->events);
}

static bool may_take_irq(struct x86_vcpu *v)
{
	return (v->rflags & X86_EFLAGS_IF) && !v->shadow;
}

static bool may_take_nmi(struct x86_vcpu *v)
{
	return !v->nmi_masked && !v->shadow;
}

/* An interrupt whose delivery failed with an exception waits until that was handled. */
static bool may_reinject(struct x86_vcpu *v)
{
	switch (v->reinject.type) {
	case X86_TYPE_INTR:
		return may_take_irq(v);
	case X86_TYPE_NMI:
		return may_take_nmi(v);
	default:
		return true;
	}
}

static void give_nmi(struct x86_vcpu *v, struct x86_inject *inject)
{
	*inject = (struct x86_inject) { .vector = X86_TRAP_NMI, .type = X86_TYPE_NMI };
	v->nmi_masked = true;
	/* In this order: pairs with take_nmi() in lapic_msg.c. */
	clear_bit(X86_EV_NMI, &v->events);
	if (xchg(&v->nmi_waiting, false))
		set_bit(X86_EV_NMI, &v->events);
}

static bool give_irq(struct x86_vcpu *v, struct x86_inject *inject)
{
	int vector = x86_irq_take(v);

	if (vector < 0)
		return false;
	*inject = (struct x86_inject) { .vector = vector, .type = X86_TYPE_INTR };
	return true;
}

/* The bit goes before the look: what changes after that sets it again. */
static bool ask_irq(struct x86_vcpu *v)
{
	clear_bit(X86_EV_IRQ, &v->events);
	smp_mb__after_atomic(); /* x86_raise_event() */
	return x86_irq_has(v);
}

/* The window that what still waits has to be given. */
static enum x86_next find_waiting(struct x86_vcpu *v)
{
	if (test_bit(X86_EV_REINJECT, &v->events))
		return v->reinject.type == X86_TYPE_NMI ? X86_NEXT_NMI_WINDOW :
							  X86_NEXT_IRQ_WINDOW;
	if (test_bit(X86_EV_NMI, &v->events)) {
		/* A processor remembers one while NMIs are masked, not two. */
		if (v->nmi_masked)
			WRITE_ONCE(v->nmi_waiting, false);
		return X86_NEXT_NMI_WINDOW;
	}
	return ask_irq(v) ? X86_NEXT_IRQ_WINDOW : X86_NEXT_NONE;
}

static bool give_reinject(struct x86_vcpu *v, struct x86_inject *inject)
{
	if (!may_reinject(v))
		return false;
	*inject = v->reinject;
	if (inject->type == X86_TYPE_NMI)
		v->nmi_masked = true;
	clear_bit(X86_EV_REINJECT, &v->events);
	return true;
}

static bool choose(struct x86_vcpu *v, struct x86_inject *inject)
{
	if (test_bit(X86_EV_EXCEPTION, &v->events)) {
		give_exception(v, inject);
		return true;
	}
	if (test_bit(X86_EV_REINJECT, &v->events))
		return give_reinject(v, inject);
	if (test_bit(X86_EV_NMI, &v->events) && may_take_nmi(v)) {
		give_nmi(v, inject);
		return true;
	}
	if (!test_bit(X86_EV_IRQ, &v->events) || !may_take_irq(v))
		return false;
	return ask_irq(v) && give_irq(v, inject);
}

bool x86_ignore_sipi(struct x86_vcpu *v)
{
	unsigned long events = READ_ONCE(v->events);

	do {
		if (events & (X86_EV_SLOW | BIT(X86_EV_SHUTDOWN)))
			return false;
		if (likely(!(events & BIT(X86_EV_SIPI))))
			return true;
	} while (!try_cmpxchg(&v->events, &events, events & ~BIT(X86_EV_SIPI)));
	return true;
}

enum x86_next x86_next_event(struct x86_vcpu *v, struct x86_inject *inject, enum x86_next *more)
{
	bool chosen = choose(v, inject);

	*more = find_waiting(v);
	if (chosen)
		return X86_NEXT_INJECT;
	return *more;
}
EXPORT_SYMBOL_IF_KUNIT(x86_next_event);
