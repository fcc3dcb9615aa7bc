// SPDX-License-Identifier: GPL-2.0
/*
 * Events into an SVM guest: injection, windows, and what an exit interrupted.
 *
 * Called around world switches, loaded, interrupts off, GIF 0 or 1. APM 15.20 (event
 * injection), 15.21 (virtual interrupts), 15.7.2 (EXITINTINFO).
 */
#include <linux/irq_work.h>
#include <asm/debugreg.h>
#include <asm/trapnr.h>

#include "arch/x86/lapic.h"
#include "arch/x86/svm.h"

/* --- injection --- */

/* The handler of what is injected has an IRET of its own, and that one ends the masking. */
static void restart_iret(struct svm_vcpu *svm)
{
	svm->after &= ~SVM_AFTER_IRET;
	svm->iret_rip = 0;
	svm_intercept(svm, INTERCEPT_IRET);
}

static void inject(struct svm_vcpu *svm, const struct x86_inject *event)
{
	struct vmcb_control_area *ctl = &svm->vmcb->control;

	if (svm->after & SVM_AFTER_IRET)
		restart_iret(svm);
	ctl->event_inj = SVM_EVTINJ_VALID | event->type << SVM_EVTINJ_TYPE_SHIFT | event->vector;
	if (event->has_error)
		ctl->event_inj |= SVM_EVTINJ_VALID_ERR;
	ctl->event_inj_err = event->error;
	if (event->type == X86_TYPE_SOFT && svm_caps.nrips)
		ctl->next_rip = event->next_rip;
	/* The hardware does not know that NMIs are masked until IRET. */
	if (event->type == X86_TYPE_NMI)
		svm_intercept(svm, INTERCEPT_IRET);
	if (event->type == X86_TYPE_INTR)
		axvm_vcpu_count(&svm->base.base, AXVM_COUNT_INJECTED);
	svm->after |= SVM_AFTER_INJECT;
}

/*
 * INT n, INT3 and INTO have not changed anything yet and RIP is still at them:
 * the guest executes them again, which also finds out where they return to.
 */
void svm_save_interrupted(struct svm_vcpu *svm)
{
	const struct vmcb_control_area *ctl = &svm->vmcb->control;
	u32 info = ctl->exit_int_info;
	enum x86_event_type type = (info & SVM_EXITINTINFO_TYPE_MASK) >> SVM_EVTINJ_TYPE_SHIFT;
	u8 vector = info & SVM_EXITINTINFO_VEC_MASK;
	struct x86_vcpu *v = &svm->base;

	if (type == X86_TYPE_SOFT ||
	    (type == X86_TYPE_EXCEPTION && x86_is_soft_exception(vector)))
		return;
	if (type == X86_TYPE_NMI)
		v->nmi_masked = false;
	v->reinject = (struct x86_inject) {
		.vector = vector,
		.type = type,
		.has_error = info & SVM_EXITINTINFO_VALID_ERR,
		.error = ctl->exit_int_info_err,
	};
	set_bit(X86_EV_REINJECT, &v->events);
}

/* --- interrupt window: a virtual interrupt whose only effect is an exit --- */

static void open_irq_window(struct svm_vcpu *svm)
{
	if (svm->irq_window)
		return;
	svm->irq_window = true;
	svm->vmcb->control.int_ctl |= V_IRQ_INJECTION_BITS_MASK;
	svm_dirty(svm, SVM_CLEAN_TPR);
	svm_intercept(svm, INTERCEPT_VINTR);
}

static void close_irq_window(struct svm_vcpu *svm)
{
	if (!svm->irq_window)
		return;
	svm->irq_window = false;
	svm->vmcb->control.int_ctl &= ~V_IRQ_INJECTION_BITS_MASK;
	svm_dirty(svm, SVM_CLEAN_TPR);
	svm_pass(svm, INTERCEPT_VINTR);
}

void svm_irq_window_opened(struct svm_vcpu *svm)
{
	close_irq_window(svm);
	set_bit(X86_EV_IRQ, &svm->base.events);
}

/* --- NMI window: IRET ends an NMI's handler, and is over when RIP has moved --- */

void svm_iret_reached(struct svm_vcpu *svm)
{
	svm_pass(svm, INTERCEPT_IRET);
	svm->iret_rip = svm->base.rip;
	svm->after |= SVM_AFTER_IRET;
}

/* What an exception pushes must not have our TF: those of the stepped instruction exit. */
static void intercept_exceptions(struct svm_vcpu *svm, bool on)
{
	u32 *word = &svm->vmcb->control.intercepts[INTERCEPT_EXCEPTION];

	if (on)
		*word |= SVM_STEP_EXCEPTIONS;
	else
		*word &= ~SVM_STEP_EXCEPTIONS;
	svm_dirty(svm, SVM_CLEAN_INTERCEPTS);
}

static void step_guest(struct svm_vcpu *svm)
{
	struct x86_vcpu *v = &svm->base;

	if (svm->after & SVM_AFTER_STEP)
		return;
	svm->step_tf = v->rflags & X86_EFLAGS_TF;
	svm->step_dr6 = svm->vmcb->save.dr6;
	v->rflags |= X86_EFLAGS_TF;
	svm->after |= SVM_AFTER_STEP;
	intercept_exceptions(svm, true);
}

/* The interrupt that this makes ends the stay before the first instruction. */
static void nothing(struct irq_work *work)
{
}

void svm_inject_init(struct svm_vcpu *svm)
{
	svm->poke = IRQ_WORK_INIT_HARD(nothing);
}

/*
 * While an NMI's handler runs there is nothing to do: the intercept of IRET is on.
 * With an event on its way into the guest stepping would push our TF.
 */
static void open_nmi_window(struct svm_vcpu *svm)
{
	if (svm->base.nmi_masked && !(svm->after & SVM_AFTER_IRET))
		return;
	if (svm->after & SVM_AFTER_INJECT)
		irq_work_queue(&svm->poke);
	else
		step_guest(svm);
}

/*
 * An IRET that was stepped took the flags from the guest's stack, TF with them:
 * they are its own. Other instructions leave our TF behind.
 */
static void end_step(struct svm_vcpu *svm)
{
	struct x86_vcpu *v = &svm->base;
	bool popped = svm->iret_rip && svm->iret_rip != v->rip;

	svm->after &= ~SVM_AFTER_STEP;
	intercept_exceptions(svm, false);
	if (popped)
		svm->iret_rip = 0;
	else if (!svm->step_tf)
		v->rflags &= ~X86_EFLAGS_TF;
}

/* The trap is the guest's too when it had TF set itself, or hit a breakpoint of its own. */
bool svm_step_done(struct svm_vcpu *svm)
{
	struct vmcb_save_area *save = &svm->vmcb->save;
	bool theirs;

	if (!(svm->after & SVM_AFTER_STEP))
		return false;
	end_step(svm);
	theirs = svm->step_tf || (save->dr6 & DR_TRAP_BITS) || !(save->dr6 & DR_STEP);
	if (!svm->step_tf) {
		save->dr6 = (save->dr6 & ~(u64)DR_STEP) | (svm->step_dr6 & DR_STEP);
		svm_dirty(svm, SVM_CLEAN_DR);
	}
	return !theirs;
}

/* --- after an exit --- */

static void after_iret(struct svm_vcpu *svm)
{
	if (svm->base.rip == svm->iret_rip)
		return;
	svm->after &= ~SVM_AFTER_IRET;
	svm->base.nmi_masked = false;
	/* end_step() wants to know what was stepped. */
	if (!(svm->after & SVM_AFTER_STEP))
		svm->iret_rip = 0;
}

void svm_after_exit(struct svm_vcpu *svm)
{
	if (svm->after & SVM_AFTER_INJECT) {
		svm->vmcb->control.event_inj = 0;
		svm->after &= ~SVM_AFTER_INJECT;
	}
	if (svm->after & SVM_AFTER_TLB) {
		svm_tlb_flushed(svm);
		svm->after &= ~SVM_AFTER_TLB;
	}
	if (svm->after & SVM_AFTER_IRET)
		after_iret(svm);
	/* Another exit came first: look again what has to be done. */
	if ((svm->after & SVM_AFTER_STEP) &&
	    svm->vmcb->control.exit_code != SVM_EXIT_EXCP_BASE + X86_TRAP_DB)
		end_step(svm);
}

/* Neither is an NMI's handler waited for any more. */
void svm_forget_events(struct x86_vcpu *v)
{
	struct svm_vcpu *svm = svm_of(v);

	svm->vmcb->control.event_inj = 0;
	if (svm->after & SVM_AFTER_STEP)
		intercept_exceptions(svm, false);
	svm->after &= SVM_AFTER_TLB;
	svm->iret_rip = 0;
	svm_pass(svm, INTERCEPT_IRET);
	close_irq_window(svm);
}

/* --- before an entry --- */

/*
 * Writes of CR8 need no exit while they cannot let anything through. With an open
 * window emulators of SVM look at its virtual interrupt then, and QEMU 10 dies of it.
 */
static void watch_tpr(struct svm_vcpu *svm)
{
	struct vmcb_control_area *ctl = &svm->vmcb->control;
	bool watched = ctl->intercepts[INTERCEPT_CR] & BIT(INTERCEPT_CR8_WRITE);
	bool needed = svm->irq_window || x86_irq_blocked_by_tpr(&svm->base) >= 0;

	if (needed && !watched)
		svm_intercept(svm, INTERCEPT_CR8_WRITE);
	else if (watched && !needed)
		svm_pass(svm, INTERCEPT_CR8_WRITE);
}

static void open_window(struct svm_vcpu *svm, enum x86_next next)
{
	if (next == X86_NEXT_IRQ_WINDOW)
		open_irq_window(svm);
	else if (next == X86_NEXT_NMI_WINDOW)
		open_nmi_window(svm);
}

bool svm_deliver(struct svm_vcpu *svm)
{
	struct x86_vcpu *v = &svm->base;
	struct x86_inject event;
	enum x86_next more;

	if (!x86_ignore_sipi(v))
		return false;
	if (test_and_clear_bit(X86_EV_TLB, &v->events))
		svm_tlb_flush(svm);
	/* The last one was not taken yet: the entry did not happen. */
	if (svm->after & SVM_AFTER_INJECT)
		return true;
	if (x86_next_event(v, &event, &more) == X86_NEXT_INJECT)
		inject(svm, &event);
	open_window(svm, more);
	watch_tpr(svm);
	return true;
}
