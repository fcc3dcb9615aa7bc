// SPDX-License-Identifier: GPL-2.0
/*
 * One stay in a VMX guest: from the host's state to the guest's, the loop of exits that
 * are finished at once, and back.
 *
 * prepare and enter are called by the run loop, loaded, interrupts off. An exit leaves interrupts
 * off, and those that are pending stay so; an NMI is the exception: the exit has taken it, and
 * NMIs stay blocked until the host's handler has run.
 */
#include <linux/sched.h>
#include <linux/static_call.h>
#include <asm/debugreg.h>
#include <asm/mce.h>
#include <asm/processor.h>
#include <asm/ptrace.h>
#include <asm/special_insns.h>
#include <asm/trapnr.h>

#include "arch/x86/lapic.h"
#include "arch/x86/spec.h"
#include "arch/x86/vmx.h"
#include "compat.h"

static_assert(offsetof(struct vmx_switch, host_rsp) == VMX_SW_HOST_RSP);
static_assert(offsetof(struct vmx_switch, guest_spec) == VMX_SW_GUEST_SPEC);
static_assert(offsetof(struct vmx_switch, host_spec) == VMX_SW_HOST_SPEC);
static_assert(offsetof(struct vmx_switch, launched) == VMX_SW_LAUNCHED);
static_assert(HOST_RSP == VMX_HOST_RSP_FIELD);
static_assert(X86_RAX == 0 && X86_RCX == 1 && X86_RDX == 2 && X86_RBX == 3 && X86_RBP == 5);
static_assert(X86_RSI == 6 && X86_RDI == 7 && X86_R8 == 8 && X86_R15 == 15);
static_assert((VMX_SWITCHES - 1) == X86_SPEC_SWITCH);

DEFINE_STATIC_CALL(enter_vmx, VMX_SWITCH_ALL);

void vmx_run_init(void)
{
	static_call_update(enter_vmx, vmx_switches[x86_spec & X86_SPEC_SWITCH]);
}

u64 vmx_host_rip(void)
{
	return (u64)vmx_exits[x86_spec & X86_SPEC_SWITCH];
}

/* --- before the stay --- */

static void tell_what_is_first(struct vmx_vcpu *vmx)
{
	if (test_bit(X86_EV_SHUTDOWN, &vmx->base.events))
		vmx_report_shutdown(vmx);
	else
		vmx->base.base.exit.kind = AXVM_EXIT_ARCH;
}

bool vmx_vcpu_prepare(struct axvm_vcpu *vcpu)
{
	struct vmx_vcpu *vmx = to_vmx_vcpu(vcpu);

	if (unlikely(vmx_tlb_is_stale(vmx)))
		vmx_tlb_flush_s2(vmx);
	if (!READ_ONCE(vmx->base.events) || vmx_deliver(vmx))
		return true;
	tell_what_is_first(vmx);
	return false;
}

/* --- from the host's state to the guest's, and back --- */

/* The kernel may have changed them since: another task's page tables, a feature turned on. */
static void put_host_controls(struct vmx_vcpu *vmx)
{
	u64 cr3 = __read_cr3(), cr4 = native_read_cr4();

	if (cr3 != vmx->host_cr3) {
		vmx->host_cr3 = cr3;
		vmx_write(HOST_CR3, cr3);
	}
	if (cr4 != vmx->host_cr4) {
		vmx->host_cr4 = cr4;
		vmx_write(HOST_CR4, cr4);
	}
}

void vmx_load_drs(struct vmx_vcpu *vmx)
{
	if (!x86_dr_load(&vmx->dr, &vmx->base))
		return;
	set_debugreg((unsigned long)vmx->dr6, 6);
	vmx_set_primary(vmx, vmx->primary & ~CPU_BASED_MOV_DR_EXITING);
}

static bool has_breakpoints(void)
{
	return vmx_read(GUEST_DR7) & (DR_LOCAL_ENABLE_MASK | DR_GLOBAL_ENABLE_MASK);
}

/* They do not stay: the host may set a breakpoint before the next entry. */
static void save_drs(struct vmx_vcpu *vmx)
{
	unsigned long dr6;

	if (!x86_dr_save(&vmx->dr, &vmx->base))
		return;
	get_debugreg(dr6, 6);
	vmx->dr6 = dr6;
	vmx->base.has_breakpoints = has_breakpoints();
	set_debugreg(DR6_RESERVED, 6);
	vmx_set_primary(vmx, vmx->primary | CPU_BASED_MOV_DR_EXITING);
}

/* The CPU writes samples of the host to a linear address, which would be the guest's. */
static void stop_sampling(struct vmx_vcpu *vmx)
{
	if (!boot_cpu_has(X86_FEATURE_PEBS))
		return;
	rdmsrq(MSR_IA32_PEBS_ENABLE, vmx->host_pebs);
	if (unlikely(vmx->host_pebs))
		wrmsrq(MSR_IA32_PEBS_ENABLE, 0);
}

/* An NMI that came meanwhile may have turned it on again, as it should be by now. */
static noinline void resume_sampling(const struct vmx_vcpu *vmx)
{
	u64 now;

	rdmsrq(MSR_IA32_PEBS_ENABLE, now);
	if (!now)
		wrmsrq(MSR_IA32_PEBS_ENABLE, vmx->host_pebs);
}

static void load_guest(struct vmx_vcpu *vmx)
{
	x86_dr_begin(&vmx->dr);
	if (has_breakpoints())
		vmx_load_drs(vmx);
	put_host_controls(vmx);
	rdmsrq(MSR_IA32_DEBUGCTLMSR, vmx->host_debugctl);
	stop_sampling(vmx);
	x86_spec_enter();
}

/* An exit leaves DEBUGCTL 0 and DR7 without breakpoints (28.5.1). */
static void save_guest(struct vmx_vcpu *vmx)
{
	if (unlikely(vmx->host_debugctl))
		wrmsrq(MSR_IA32_DEBUGCTLMSR, vmx->host_debugctl);
	if (unlikely(vmx->host_pebs))
		resume_sampling(vmx);
	if (unlikely(vmx->dr.in_cpu))
		save_drs(vmx);
	x86_dr_end(&vmx->dr);
	vmx_sync_controls(vmx);
	if (vmx_has_apicv())
		vmx_apic_put(vmx);
}

/* --- the loop --- */

/* STI holds interrupts back only where they are on (27.3.1.5). */
static u32 find_shadow(const struct vmx_vcpu *vmx)
{
	const struct x86_vcpu *v = &vmx->base;
	u32 shadow = v->nmi_masked ? GUEST_INTR_STATE_NMI : 0;
	u32 old = vmx->hw_shadow & (GUEST_INTR_STATE_STI | GUEST_INTR_STATE_MOV_SS);

	if (!v->shadow)
		return shadow;
	if (!(v->rflags & X86_EFLAGS_IF) || !old)
		return shadow | GUEST_INTR_STATE_MOV_SS;
	return shadow | old;
}

/* What waited for the shadow to end was the trap of the instruction that made it. */
static noinline void put_shadow(struct vmx_vcpu *vmx, u32 shadow)
{
	const u32 held = GUEST_INTR_STATE_STI | GUEST_INTR_STATE_MOV_SS;

	if ((vmx->hw_shadow & held) && !(shadow & held))
		vmx_write(GUEST_PENDING_DBG_EXCEPTIONS, 0);
	vmx->hw_shadow = shadow;
	vmx_write(GUEST_INTERRUPTIBILITY_INFO, shadow);
}

static __always_inline void put_registers(struct vmx_vcpu *vmx)
{
	struct x86_vcpu *v = &vmx->base;
	u32 shadow;

	if (v->rip != vmx->hw_rip)
		vmx_write(GUEST_RIP, v->rip);
	if (v->gpr[X86_RSP] != vmx->hw_rsp)
		vmx_write(GUEST_RSP, v->gpr[X86_RSP]);
	if (v->rflags != vmx->hw_rflags)
		vmx_write(GUEST_RFLAGS, v->rflags);
	if (unlikely(v->cr3 != vmx->hw_cr3)) {
		vmx_write(GUEST_CR3, v->cr3);
		vmx_load_pdptes(vmx);
	}
	shadow = vmx->injecting_nmi ? 0 : find_shadow(vmx);
	if (unlikely(shadow != vmx->hw_shadow))
		put_shadow(vmx, shadow);
	if (unlikely(native_read_cr2() != vmx->cr2))
		native_write_cr2(vmx->cr2);
}

/* SS has the privilege level whatever the mode (25.4.1). */
static __always_inline void get_registers(struct vmx_vcpu *vmx)
{
	struct x86_vcpu *v = &vmx->base;

	v->rip = vmx_read(GUEST_RIP);
	v->gpr[X86_RSP] = vmx_read(GUEST_RSP);
	v->rflags = vmx_read(GUEST_RFLAGS);
	v->cr3 = vmx_read(GUEST_CR3);
	v->cpl = VMX_AR_DPL(vmx_read(GUEST_SS_AR_BYTES));
	v->cs_attr = 0;
	vmx->hw_rip = v->rip;
	vmx->hw_rsp = v->gpr[X86_RSP];
	vmx->hw_rflags = v->rflags;
	vmx->hw_cr3 = v->cr3;
	vmx->hw_shadow = vmx_read(GUEST_INTERRUPTIBILITY_INFO);
	v->shadow = vmx->hw_shadow & (GUEST_INTR_STATE_STI | GUEST_INTR_STATE_MOV_SS);
	v->nmi_masked = vmx->hw_shadow & GUEST_INTR_STATE_NMI;
	vmx->cr2 = native_read_cr2();
}

/* The task priority is in the virtual-APIC page; the guest changes it by CR8 alone. */
static u32 *find_tpr(struct vmx_vcpu *vmx)
{
	return vmx->apic_page + APIC_TASKPRI;
}

static __always_inline void put_apic(struct vmx_vcpu *vmx)
{
	u32 tpr = vmx->base.lapic.tpr;

	if (vmx_has_apicv()) {
		if (unlikely(!vmx->apic_loaded))
			vmx_apic_load(vmx);
		return;
	}
	if (likely(tpr == vmx->tpr))
		return;
	vmx->tpr = tpr;
	*find_tpr(vmx) = tpr;
}

/* What the CPU serves stays with it until somebody looks. */
static __always_inline void get_apic(struct vmx_vcpu *vmx)
{
	u32 tpr = *find_tpr(vmx);

	if (vmx_has_apicv() || likely(tpr == vmx->tpr))
		return;
	vmx->tpr = tpr;
	x86_lapic_set_cr8(&vmx->base, tpr >> 4);
	vmx->tpr = vmx->base.lapic.tpr;
	*find_tpr(vmx) = vmx->tpr;
}

/*
 * The exit has taken the NMI, and blocks further ones until an IRET: that of the kernel's own
 * handler, which INT reaches with the same stack as an NMI would. The stay ends then.
 */
static __always_inline void take_host_nmi(struct vmx_vcpu *vmx)
{
	vmx->intr_info = vmx_read(VM_EXIT_INTR_INFO);
	if ((vmx->intr_info & (INTR_INFO_INTR_TYPE_MASK | INTR_INFO_VALID_MASK)) ==
	    (INTR_TYPE_NMI_INTR | INTR_INFO_VALID_MASK))
		asm volatile("int $2" : : : "memory");
}

static __always_inline void run_guest(struct vmx_vcpu *vmx)
{
	int failed;

	put_registers(vmx);
	put_apic(vmx);
	failed = static_call(enter_vmx)(&vmx->sw, vmx->base.gpr);
	if (unlikely(failed)) {
		vmx->reason = VMX_EXIT_REASONS_FAILED_VMENTRY;
	} else {
		vmx->reason = vmx_read(VM_EXIT_REASON);
		if ((u16)vmx->reason == EXIT_REASON_EXCEPTION_NMI)
			take_host_nmi(vmx);
	}
	get_registers(vmx);
	get_apic(vmx);
	vmx->base.next_rip = 0;
	axvm_vcpu_count(&vmx->base.base, AXVM_COUNT_ENTRIES);
	if (likely(!(vmx->reason & VMX_EXIT_REASONS_FAILED_VMENTRY)))
		vmx_after_exit(vmx, vmx_read(IDT_VECTORING_INFO_FIELD));
}

/*
 * A host interrupt or a kick that came meanwhile is pending and ends the next stay
 * at once; what handlers raised on their own CPU has to be looked at.
 */
static __always_inline bool may_go_on(struct vmx_vcpu *vmx)
{
	if (need_resched())
		return false;
	return likely(!READ_ONCE(vmx->base.events)) || vmx_deliver(vmx);
}

static bool is_machine_check(const struct vmx_vcpu *vmx)
{
	if ((u16)vmx->reason == EXIT_REASON_MCE_DURING_VMENTRY)
		return true;
	return (u16)vmx->reason == EXIT_REASON_EXCEPTION_NMI &&
	       (vmx->intr_info & (INTR_INFO_INTR_TYPE_MASK | INTR_INFO_VECTOR_MASK)) ==
	       (INTR_TYPE_HARD_EXCEPTION | X86_TRAP_MC);
}

bool vmx_vcpu_enter(struct axvm_vcpu *vcpu)
{
	struct vmx_vcpu *vmx = to_vmx_vcpu(vcpu);
	enum x86_go go;

	load_guest(vmx);
	do {
		run_guest(vmx);
		go = vmx_exit_fast(vmx);
	} while (go == X86_AGAIN && may_go_on(vmx));
	save_guest(vmx);
	if (unlikely(is_machine_check(vmx)))
		x86_handle_machine_check();
	return go != X86_DECODE;
}
