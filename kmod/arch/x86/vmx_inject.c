// SPDX-License-Identifier: GPL-2.0
/*
 * Events into a VMX guest: injection, windows, and what an exit interrupted.
 *
 * Called around world switches, loaded, interrupts off. SDM 3, 25.8.3 and 27.6 (event
 * injection), 28.2.4 (IDT-vectoring information), 26.2 (windows).
 */
#include <asm/trapnr.h>
#include <kunit/visibility.h>

#include "arch/x86/lapic.h"
#include "arch/x86/vmx.h"

/* --- injection --- */

u32 vmx_entry_info(const struct x86_inject *event)
{
	u32 type = event->type << 8;

	if (event->type == X86_TYPE_EXCEPTION && x86_is_soft_exception(event->vector))
		type = INTR_TYPE_SOFT_EXCEPTION;
	if (event->has_error)
		type |= INTR_INFO_DELIVER_CODE_MASK;
	return INTR_INFO_VALID_MASK | type | event->vector;
}
EXPORT_SYMBOL_IF_KUNIT(vmx_entry_info);

static void inject(struct vmx_vcpu *vmx, const struct x86_inject *event)
{
	u32 info = vmx_entry_info(event);

	if (event->has_error)
		vmx_write(VM_ENTRY_EXCEPTION_ERROR_CODE, (u16)event->error);
	if ((info & INTR_INFO_INTR_TYPE_MASK) == INTR_TYPE_SOFT_EXCEPTION)
		vmx_write(VM_ENTRY_INSTRUCTION_LEN, 1);
	if (event->type == X86_TYPE_INTR)
		axvm_vcpu_count(&vmx->base.base, AXVM_COUNT_INJECTED);
	vmx_write(VM_ENTRY_INTR_INFO_FIELD, info);
	vmx->injecting = true;
	/* The CPU masks NMIs as it delivers one; before, they must not be (27.3.1.5). */
	vmx->injecting_nmi = event->type == X86_TYPE_NMI;
}

/*
 * INT n, INT3, INTO and INT1 have not changed anything yet and RIP is still at them:
 * the guest executes them again.
 */
bool vmx_find_interrupted(u32 vectoring, struct x86_inject *event)
{
	u32 type = vectoring & VECTORING_INFO_TYPE_MASK;

	if (!(vectoring & VECTORING_INFO_VALID_MASK) ||
	    (type != INTR_TYPE_EXT_INTR && type != INTR_TYPE_NMI_INTR &&
	     type != INTR_TYPE_HARD_EXCEPTION))
		return false;
	*event = (struct x86_inject) {
		.vector = vectoring & VECTORING_INFO_VECTOR_MASK,
		.type = type >> 8,
		.has_error = vectoring & VECTORING_INFO_DELIVER_CODE_MASK,
	};
	return true;
}
EXPORT_SYMBOL_IF_KUNIT(vmx_find_interrupted);

static void save_interrupted(struct vmx_vcpu *vmx, u32 vectoring)
{
	struct x86_vcpu *v = &vmx->base;

	if (!vmx_find_interrupted(vectoring, &v->reinject))
		return;
	if (v->reinject.type == X86_TYPE_NMI)
		v->nmi_masked = false;
	if (v->reinject.has_error)
		v->reinject.error = vmx_read(IDT_VECTORING_ERROR_CODE);
	set_bit(X86_EV_REINJECT, &v->events);
}

/*
 * An IRET that faulted had ended the masking of NMIs already, and will be executed
 * again (28.2.3): bit 12 of what describes the fault.
 */
static void mask_nmis_again(struct vmx_vcpu *vmx, u32 vectoring)
{
	u64 info = 0;

	if (vectoring & VECTORING_INFO_VALID_MASK)
		return;
	if (vmx->reason == EXIT_REASON_EPT_VIOLATION)
		info = vmx_read(EXIT_QUALIFICATION);
	else if (vmx->reason == EXIT_REASON_EXCEPTION_NMI)
		info = vmx->intr_info;
	if (info & INTR_INFO_UNBLOCK_NMI)
		vmx->base.nmi_masked = true;
}

void vmx_after_exit(struct vmx_vcpu *vmx, u32 vectoring)
{
	vmx->injecting = false;
	vmx->injecting_nmi = false;
	vmx->sw.launched = 1;
	if (unlikely(vectoring & VECTORING_INFO_VALID_MASK))
		save_interrupted(vmx, vectoring);
	if (vmx->reason == EXIT_REASON_EPT_VIOLATION || vmx->reason == EXIT_REASON_EXCEPTION_NMI)
		mask_nmis_again(vmx, vectoring);
}

/* --- windows --- */

static void close_windows(struct vmx_vcpu *vmx)
{
	vmx_set_primary(vmx, vmx->primary & ~(CPU_BASED_INTR_WINDOW_EXITING |
					      CPU_BASED_NMI_WINDOW_EXITING));
}

void vmx_irq_window_opened(struct vmx_vcpu *vmx)
{
	close_windows(vmx);
	set_bit(X86_EV_IRQ, &vmx->base.events);
}

/* Whatever waits for it has its own event. */
void vmx_nmi_window_opened(struct vmx_vcpu *vmx)
{
	close_windows(vmx);
}

static void open_window(struct vmx_vcpu *vmx, enum x86_next next)
{
	if (next == X86_NEXT_IRQ_WINDOW)
		vmx_set_primary(vmx, vmx->primary | CPU_BASED_INTR_WINDOW_EXITING);
	else if (next == X86_NEXT_NMI_WINDOW)
		vmx_set_primary(vmx, vmx->primary | CPU_BASED_NMI_WINDOW_EXITING);
}

void vmx_forget_events(struct x86_vcpu *v)
{
	struct vmx_vcpu *vmx = vmx_of(v);

	if (!vmx_open(vmx))
		return;
	vmx_write(VM_ENTRY_INTR_INFO_FIELD, 0);
	vmx_write(GUEST_PENDING_DBG_EXCEPTIONS, 0);
	close_windows(vmx);
	vmx_close(vmx);
	vmx->injecting = false;
	vmx->injecting_nmi = false;
}

/* --- before an entry --- */

/* The guest lowers its priority without an exit, unless something waits for that (30.1.2). */
static void watch_tpr(struct vmx_vcpu *vmx)
{
	u32 threshold;

	/* The CPU looks by itself. */
	if (vmx_has_apicv())
		return;
	threshold = x86_irq_blocked_by_tpr(&vmx->base) + 1;
	if (threshold == vmx->threshold)
		return;
	vmx->threshold = threshold;
	vmx_write(TPR_THRESHOLD, threshold);
}

/* What the local APIC requests the CPU delivers as soon as it can, without a window. */
static bool needs_window(struct x86_vcpu *v, enum x86_next more)
{
	return more != X86_NEXT_IRQ_WINDOW || !vmx_has_apicv() ||
	       test_bit(X86_EV_REINJECT, &v->events) || x86_irq_has_extint(v);
}

bool vmx_deliver(struct vmx_vcpu *vmx)
{
	struct x86_vcpu *v = &vmx->base;
	struct x86_inject event;
	enum x86_next more;

	if (!x86_ignore_sipi(v))
		return false;
	if (test_and_clear_bit(X86_EV_TLB, &v->events))
		vmx_tlb_flush(vmx);
	/* The last one was not taken yet: the entry did not happen. */
	if (vmx->injecting)
		return true;
	if (vmx_has_apicv())
		vmx_apic_put(vmx);
	if (x86_next_event(v, &event, &more) == X86_NEXT_INJECT)
		inject(vmx, &event);
	if (needs_window(v, more))
		open_window(vmx, more);
	watch_tpr(vmx);
	return true;
}
