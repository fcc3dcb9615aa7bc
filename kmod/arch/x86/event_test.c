// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit suite of events on their way into a guest: what two exceptions make, and what comes first.
 *
 * Part of axvm_test.ko. Expected results are from SDM 3, 6.9 and table 6-5.
 */
#include <asm/trapnr.h>

#include "arch/x86/event.h"
#include "arch/x86/test_vm.h"

/* --- two exceptions --- */

static const struct {
	u8 first, second;
	enum x86_merge result;
} merges[] = {
	/* benign ones are handled one after the other */
	{ X86_TRAP_UD, X86_TRAP_GP, X86_MERGE_SECOND },
	{ X86_TRAP_GP, X86_TRAP_UD, X86_MERGE_SECOND },
	{ X86_TRAP_DB, X86_TRAP_PF, X86_MERGE_SECOND },
	{ X86_TRAP_PF, X86_TRAP_DB, X86_MERGE_SECOND },
	{ X86_TRAP_AC, X86_TRAP_AC, X86_MERGE_SECOND },
	{ X86_TRAP_BP, X86_TRAP_NP, X86_MERGE_SECOND },
	/* contributory ones are #DE, #TS, #NP, #SS, #GP and #CP */
	{ X86_TRAP_DE, X86_TRAP_DE, X86_MERGE_DOUBLE_FAULT },
	{ X86_TRAP_TS, X86_TRAP_GP, X86_MERGE_DOUBLE_FAULT },
	{ X86_TRAP_NP, X86_TRAP_SS, X86_MERGE_DOUBLE_FAULT },
	{ X86_TRAP_SS, X86_TRAP_NP, X86_MERGE_DOUBLE_FAULT },
	{ X86_TRAP_GP, X86_TRAP_CP, X86_MERGE_DOUBLE_FAULT },
	/* page faults */
	{ X86_TRAP_GP, X86_TRAP_PF, X86_MERGE_SECOND },
	{ X86_TRAP_PF, X86_TRAP_GP, X86_MERGE_DOUBLE_FAULT },
	{ X86_TRAP_PF, X86_TRAP_PF, X86_MERGE_DOUBLE_FAULT },
	/* a double fault that cannot be delivered */
	{ X86_TRAP_DF, X86_TRAP_GP, X86_MERGE_SHUTDOWN },
	{ X86_TRAP_DF, X86_TRAP_PF, X86_MERGE_SHUTDOWN },
	{ X86_TRAP_DF, X86_TRAP_DF, X86_MERGE_SHUTDOWN },
	{ X86_TRAP_DF, X86_TRAP_DB, X86_MERGE_SECOND },
};

static void test_merge(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(merges); i++)
		KUNIT_EXPECT_EQ_MSG(test,
				    x86_merge_exceptions(merges[i].first, merges[i].second),
				    merges[i].result, "%u, then %u", merges[i].first,
				    merges[i].second);
}

/* --- what comes next --- */

static struct x86_vcpu *make_vcpu(struct kunit *test)
{
	struct x86_test_vm *tv = x86_test_vm_create(test, 1, NULL);
	struct x86_vcpu *v = x86_test_vcpu(tv, 0);

	v->cr0 = X86_CR0_PE;
	v->rflags = X86_EFLAGS_FIXED | X86_EFLAGS_IF;
	x86_test_lapic_enable(v);
	v->events = 0;
	return v;
}

static void raise_irq(struct x86_vcpu *v, u8 vector)
{
	set_bit(vector % 64, &v->lapic.irr[vector / 64]);
	set_bit(X86_EV_IRQ, &v->events);
}

static void expect_injected(struct kunit *test, struct x86_vcpu *v, u8 vector,
			    enum x86_event_type type, enum x86_next then)
{
	struct x86_inject event = {};
	enum x86_next more = X86_NEXT_INJECT;

	KUNIT_EXPECT_EQ(test, x86_next_event(v, &event, &more), X86_NEXT_INJECT);
	KUNIT_EXPECT_EQ(test, event.vector, vector);
	KUNIT_EXPECT_EQ(test, event.type, type);
	KUNIT_EXPECT_EQ(test, more, then);
}

static void expect_next(struct kunit *test, struct x86_vcpu *v, enum x86_next next)
{
	struct x86_inject event;
	enum x86_next more;

	KUNIT_EXPECT_EQ(test, x86_next_event(v, &event, &more), next);
	KUNIT_EXPECT_EQ(test, more, next);
}

static void test_nothing(struct kunit *test)
{
	expect_next(test, make_vcpu(test), X86_NEXT_NONE);
}

static void test_priorities(struct kunit *test)
{
	struct x86_vcpu *v = make_vcpu(test);

	raise_irq(v, 0x41);
	set_bit(X86_EV_NMI, &v->events);
	x86_queue_exception(v, X86_TRAP_UD);

	expect_injected(test, v, X86_TRAP_UD, X86_TYPE_EXCEPTION, X86_NEXT_NMI_WINDOW);
	expect_injected(test, v, X86_TRAP_NMI, X86_TYPE_NMI, X86_NEXT_IRQ_WINDOW);
	KUNIT_EXPECT_TRUE(test, v->nmi_masked);
	set_bit(X86_EV_IRQ, &v->events);
	expect_injected(test, v, 0x41, X86_TYPE_INTR, X86_NEXT_NONE);
	expect_next(test, v, X86_NEXT_NONE);
}

static void test_irq_waits_for_flag_and_shadow(struct kunit *test)
{
	struct x86_vcpu *v = make_vcpu(test);
	struct x86_test_vcpu *t = container_of(v, struct x86_test_vcpu, v);

	v->rflags &= ~X86_EFLAGS_IF;
	raise_irq(v, 0x41);
	expect_next(test, v, X86_NEXT_IRQ_WINDOW);
	v->rflags |= X86_EFLAGS_IF;
	t->v.shadow = true;
	set_bit(X86_EV_IRQ, &v->events);
	expect_next(test, v, X86_NEXT_IRQ_WINDOW);
	t->v.shadow = false;
	set_bit(X86_EV_IRQ, &v->events);
	expect_injected(test, v, 0x41, X86_TYPE_INTR, X86_NEXT_NONE);
}

/* The second one needs a window: the first's handler decides when. */
static void test_two_irqs(struct kunit *test)
{
	struct x86_vcpu *v = make_vcpu(test);

	raise_irq(v, 0x41);
	raise_irq(v, 0x61);
	expect_injected(test, v, 0x61, X86_TYPE_INTR, X86_NEXT_NONE);
	/* The lower class is not above the one in service: nothing to wait for until its EOI. */
	expect_next(test, v, X86_NEXT_NONE);
	raise_irq(v, 0x81);
	v->rflags &= ~X86_EFLAGS_IF;
	expect_next(test, v, X86_NEXT_IRQ_WINDOW);
}

/* Two that arrive before the first is taken are two, but while one is handled one is remembered. */
static void test_nmi_while_masked(struct kunit *test)
{
	struct x86_vcpu *v = make_vcpu(test);

	set_bit(X86_EV_NMI, &v->events);
	v->nmi_waiting = true;
	expect_injected(test, v, X86_TRAP_NMI, X86_TYPE_NMI, X86_NEXT_NMI_WINDOW);
	v->nmi_waiting = true;
	expect_next(test, v, X86_NEXT_NMI_WINDOW);
	v->nmi_masked = false;
	expect_injected(test, v, X86_TRAP_NMI, X86_TYPE_NMI, X86_NEXT_NONE);
	v->nmi_masked = false;
	expect_next(test, v, X86_NEXT_NONE);
}

/* --- exceptions --- */

static void test_error_codes(struct kunit *test)
{
	struct x86_vcpu *v = make_vcpu(test);
	struct x86_inject event;
	enum x86_next more;

	x86_queue_exception_error(v, X86_TRAP_GP, 0x18);
	x86_next_event(v, &event, &more);
	KUNIT_EXPECT_TRUE(test, event.has_error);
	KUNIT_EXPECT_EQ(test, event.error, 0x18);
	KUNIT_EXPECT_TRUE(test, v->rflags & X86_EFLAGS_RF);

	/* Real mode has none. */
	v->cr0 &= ~X86_CR0_PE;
	x86_queue_exception_error(v, X86_TRAP_GP, 0x18);
	x86_next_event(v, &event, &more);
	KUNIT_EXPECT_FALSE(test, event.has_error);
}

/* Traps are not restarted, so a breakpoint at the next instruction counts. */
static void test_trap_keeps_rf(struct kunit *test)
{
	struct x86_vcpu *v = make_vcpu(test);

	x86_queue_exception(v, X86_TRAP_DB);
	expect_injected(test, v, X86_TRAP_DB, X86_TYPE_EXCEPTION, X86_NEXT_NONE);
	KUNIT_EXPECT_FALSE(test, v->rflags & X86_EFLAGS_RF);
}

static void test_page_fault_address(struct kunit *test)
{
	struct x86_vcpu *v = make_vcpu(test);

	x86_queue_page_fault(v, 0x1234567, 2);
	KUNIT_EXPECT_EQ(test, x86_hw->get_sysreg(v, X86_CR2), 0x1234567);
	expect_injected(test, v, X86_TRAP_PF, X86_TYPE_EXCEPTION, X86_NEXT_NONE);
}

/* An exception while one is delivered again: #DF, then shutdown; what was interrupted is gone. */
static void test_exception_while_reinjecting(struct kunit *test)
{
	struct x86_vcpu *v = make_vcpu(test);
	struct x86_inject event;
	enum x86_next more;

	v->reinject = (struct x86_inject) { .vector = X86_TRAP_GP, .type = X86_TYPE_EXCEPTION };
	set_bit(X86_EV_REINJECT, &v->events);
	x86_queue_exception_error(v, X86_TRAP_NP, 8);
	KUNIT_EXPECT_EQ(test, x86_next_event(v, &event, &more), X86_NEXT_INJECT);
	KUNIT_EXPECT_EQ(test, event.vector, X86_TRAP_DF);
	KUNIT_EXPECT_TRUE(test, event.has_error);
	KUNIT_EXPECT_EQ(test, event.error, 0);
	KUNIT_EXPECT_EQ(test, more, X86_NEXT_NONE);

	v->reinject = (struct x86_inject) { .vector = X86_TRAP_DF, .type = X86_TYPE_EXCEPTION };
	set_bit(X86_EV_REINJECT, &v->events);
	x86_queue_exception_error(v, X86_TRAP_NP, 8);
	KUNIT_EXPECT_TRUE(test, test_bit(X86_EV_SHUTDOWN, &v->events));
	KUNIT_EXPECT_FALSE(test, test_bit(X86_EV_EXCEPTION, &v->events));
}

static void test_reinjected_irq(struct kunit *test)
{
	struct x86_vcpu *v = make_vcpu(test);

	v->reinject = (struct x86_inject) { .vector = 0x41, .type = X86_TYPE_INTR };
	set_bit(X86_EV_REINJECT, &v->events);
	raise_irq(v, 0x81);
	expect_injected(test, v, 0x41, X86_TYPE_INTR, X86_NEXT_IRQ_WINDOW);
}

/* Its delivery raised an exception: that comes first, and the interrupt when IF is set again. */
static void test_exception_before_reinjected_irq(struct kunit *test)
{
	struct x86_vcpu *v = make_vcpu(test);

	v->reinject = (struct x86_inject) { .vector = 0x41, .type = X86_TYPE_INTR };
	set_bit(X86_EV_REINJECT, &v->events);
	x86_queue_exception_error(v, X86_TRAP_NP, 8);
	expect_injected(test, v, X86_TRAP_NP, X86_TYPE_EXCEPTION, X86_NEXT_IRQ_WINDOW);
	v->rflags &= ~X86_EFLAGS_IF;
	expect_next(test, v, X86_NEXT_IRQ_WINDOW);
	v->rflags |= X86_EFLAGS_IF;
	expect_injected(test, v, 0x41, X86_TYPE_INTR, X86_NEXT_NONE);
}

static void test_reinjected_nmi_masks(struct kunit *test)
{
	struct x86_vcpu *v = make_vcpu(test);

	v->reinject = (struct x86_inject) { .vector = X86_TRAP_NMI, .type = X86_TYPE_NMI };
	set_bit(X86_EV_REINJECT, &v->events);
	expect_injected(test, v, X86_TRAP_NMI, X86_TYPE_NMI, X86_NEXT_NONE);
	KUNIT_EXPECT_TRUE(test, v->nmi_masked);
}

static struct kunit_case event_cases[] = {
	KUNIT_CASE(test_merge),
	KUNIT_CASE(test_nothing),
	KUNIT_CASE(test_priorities),
	KUNIT_CASE(test_irq_waits_for_flag_and_shadow),
	KUNIT_CASE(test_two_irqs),
	KUNIT_CASE(test_nmi_while_masked),
	KUNIT_CASE(test_error_codes),
	KUNIT_CASE(test_trap_keeps_rf),
	KUNIT_CASE(test_page_fault_address),
	KUNIT_CASE(test_exception_while_reinjecting),
	KUNIT_CASE(test_reinjected_irq),
	KUNIT_CASE(test_exception_before_reinjected_irq),
	KUNIT_CASE(test_reinjected_nmi_masks),
	{}
};

static struct kunit_suite event_suite = {
	.name = "axvm_x86_event",
	.test_cases = event_cases,
};

kunit_test_suite(event_suite);
