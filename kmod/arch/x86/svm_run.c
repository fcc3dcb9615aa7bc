// SPDX-License-Identifier: GPL-2.0
/*
 * One stay in an SVM guest: from the host's state to the guest's, the loop of
 * exits that are finished at once, and back.
 *
 * prepare and enter are called by the run loop, loaded, interrupts off. Inside
 * of the loop GIF is 0 as well: neither NMI nor machine check comes while TR,
 * and with it the stacks for them, is the guest's.
 */
#include <linux/sched.h>
#include <linux/static_call.h>
#include <asm/debugreg.h>
#include <asm/mce.h>
#include <asm/ptrace.h>
#include <asm/trapnr.h>

#include "arch/x86/lapic.h"
#include "arch/x86/spec.h"
#include "arch/x86/svm.h"

static_assert(offsetof(struct svm_switch, vmcb) == SVM_SW_VMCB);
static_assert(offsetof(struct svm_switch, guest_gs) == SVM_SW_GUEST_GS);
static_assert(offsetof(struct svm_switch, host_gs) == SVM_SW_HOST_GS);
static_assert(offsetof(struct svm_switch, guest_spec) == SVM_SW_GUEST_SPEC);
static_assert(offsetof(struct svm_switch, host_spec) == SVM_SW_HOST_SPEC);
static_assert(SVM_INTERRUPT_SHADOW_MASK == 1);
static_assert(X86_RCX == 1 && X86_RDX == 2 && X86_RBX == 3 && X86_RBP == 5);
static_assert(X86_RSI == 6 && X86_RDI == 7 && X86_R8 == 8 && X86_R15 == 15);
static_assert((SVM_SWITCHES - 1) == X86_SPEC_SWITCH);

DEFINE_STATIC_CALL(switch_world, SVM_SWITCH_ALL);

void svm_run_init(void)
{
	static_call_update(switch_world, svm_switches[x86_spec & X86_SPEC_SWITCH]);
}

/* --- before the stay --- */

static void tell_what_is_first(struct svm_vcpu *svm)
{
	if (test_bit(X86_EV_SHUTDOWN, &svm->base.events))
		svm_report_shutdown(svm);
	else
		svm->base.base.exit.kind = AXVM_EXIT_ARCH;
}

bool svm_vcpu_prepare(struct axvm_vcpu *vcpu)
{
	struct svm_vcpu *svm = to_svm_vcpu(vcpu);

	if (unlikely(svm_tlb_is_stale(svm)))
		svm_tlb_flush(svm);
	if (!READ_ONCE(svm->base.events) || svm_deliver(svm))
		return true;
	tell_what_is_first(svm);
	return false;
}

/* --- from the host's state to the guest's, and back --- */

static bool has_breakpoints(const struct svm_vcpu *svm)
{
	return svm->vmcb->save.dr7 & (DR_LOCAL_ENABLE_MASK | DR_GLOBAL_ENABLE_MASK);
}

/* Breakpoints of the host would be hit by the guest, or while its TR is in the CPU. */
static void load_debug_state(struct svm_vcpu *svm)
{
	x86_dr_begin(&svm->dr);
	if (has_breakpoints(svm))
		svm_load_drs(svm);
}

/* Without any the guest's registers were not loaded, and nothing turns one on then. */
static void save_breakpoints(struct svm_vcpu *svm)
{
	svm_save_drs(svm);
	svm->base.has_breakpoints = has_breakpoints(svm);
}

/*
 * #VMEXIT turned all breakpoints off (APM 15.6), and left the guest's DR6. Its other registers
 * do not stay: the host may set a breakpoint before the next entry.
 */
static void restore_debug_state(struct svm_vcpu *svm)
{
	if (svm->vmcb->save.dr6 != DR6_RESERVED)
		set_debugreg(DR6_RESERVED, 6);
	if (unlikely(svm->dr.in_cpu))
		save_breakpoints(svm);
	x86_dr_end(&svm->dr);
}

void svm_put_spec_ctrl(struct svm_vcpu *svm)
{
	svm->vmcb->save.spec_ctrl = svm->base.spec_ctrl;
	if (x86_spec & X86_SPEC_CTRL)
		svm->sw.guest_spec = svm->base.spec_ctrl;
}

static void load_guest(struct svm_vcpu *svm)
{
	struct svm_cpu *cpu = this_cpu_ptr(&svm_cpu);

	load_debug_state(svm);
	svm_clgi();
	svm_vmsave(cpu->host_pa);
	svm_vmload(svm->sw.vmcb);
	cpu->foreign = true;
	svm->in_cpu = true;
}

static void save_guest(struct svm_vcpu *svm)
{
	struct svm_cpu *cpu = this_cpu_ptr(&svm_cpu);

	svm->in_cpu = false;
	svm_vmsave(svm->sw.vmcb);
	svm_vmload(cpu->host_pa);
	cpu->foreign = false;
	svm_stgi();
	if (svm_caps.spec_ctrl)
		svm->base.spec_ctrl = svm->vmcb->save.spec_ctrl;
	restore_debug_state(svm);
	svm_sync_cr0(svm);
}

/* --- the loop --- */

static __always_inline void put_registers(struct svm_vcpu *svm)
{
	struct vmcb *vmcb = svm->vmcb;
	struct vmcb_save_area *save = &vmcb->save;
	const struct x86_vcpu *v = &svm->base;

	save->rax = v->gpr[X86_RAX];
	save->rsp = v->gpr[X86_RSP];
	save->rip = v->rip;
	save->rflags = v->rflags;
	if (unlikely(save->cr3 != v->cr3)) {
		save->cr3 = v->cr3;
		svm_dirty(svm, SVM_CLEAN_CR);
	}
	vmcb->control.int_state = v->shadow;
}

static __always_inline void get_registers(struct svm_vcpu *svm)
{
	const struct vmcb_save_area *save = &svm->vmcb->save;
	struct x86_vcpu *v = &svm->base;

	v->gpr[X86_RAX] = save->rax;
	v->gpr[X86_RSP] = save->rsp;
	v->rip = save->rip;
	v->rflags = save->rflags;
	v->cr3 = save->cr3;
	v->cpl = save->cpl;
	v->cs_attr = save->cs.attrib;
	v->shadow = svm->vmcb->control.int_state & SVM_INTERRUPT_SHADOW_MASK;
	v->next_rip = svm->vmcb->control.next_rip;
}

/* The local APIC's TPR changed by other ways than CR8. */
static __always_inline void put_tpr(struct svm_vcpu *svm)
{
	u32 tpr = svm->base.lapic.tpr >> 4;

	if (likely(tpr == svm->tpr))
		return;
	svm->tpr = tpr;
	svm->vmcb->control.int_ctl = (svm->vmcb->control.int_ctl & ~V_TPR_MASK) | tpr;
	svm_dirty(svm, SVM_CLEAN_TPR);
}

/*
 * V_INTR_MASKING is always set, and no CPU clears it in memory. Without it, this is not
 * what the guest left: see svm_report_shutdown().
 */
static noinline void take_tpr(struct svm_vcpu *svm, u32 seen)
{
	if (!(seen & V_INTR_MASKING_MASK)) {
		set_bit(X86_EV_SHUTDOWN, &svm->base.events);
		return;
	}
	svm->tpr = seen & V_TPR_MASK;
	x86_lapic_set_cr8(&svm->base, svm->tpr);
}

static __always_inline void get_tpr(struct svm_vcpu *svm)
{
	u32 seen = svm->vmcb->control.int_ctl & (V_TPR_MASK | V_INTR_MASKING_MASK);

	if (unlikely(seen != (svm->tpr | V_INTR_MASKING_MASK)))
		take_tpr(svm, seen);
}

static __always_inline void run_guest(struct svm_vcpu *svm)
{
	put_registers(svm);
	put_tpr(svm);
	static_call(switch_world)(&svm->sw, svm->base.gpr);
	svm->vmcb->control.clean = svm_caps.clean;
	get_registers(svm);
	get_tpr(svm);
	axvm_vcpu_count(&svm->base.base, AXVM_COUNT_ENTRIES);
	if (unlikely(svm->vmcb->control.exit_int_info & SVM_EXITINTINFO_VALID))
		svm_save_interrupted(svm);
	if (unlikely(svm->after))
		svm_after_exit(svm);
}

/*
 * A host interrupt or a kick that came meanwhile is pending and ends the next stay
 * at once; what handlers raised on their own CPU has to be looked at.
 */
static __always_inline bool may_go_on(struct svm_vcpu *svm)
{
	if (need_resched())
		return false;
	return likely(!READ_ONCE(svm->base.events)) || svm_deliver(svm);
}

bool svm_vcpu_enter(struct axvm_vcpu *vcpu)
{
	struct svm_vcpu *svm = to_svm_vcpu(vcpu);
	enum x86_go go;

	load_guest(svm);
	do {
		run_guest(svm);
		go = svm_exit_fast(svm);
	} while (go == X86_AGAIN && may_go_on(svm));
	save_guest(svm);
	if (svm->vmcb->control.exit_code == SVM_EXIT_EXCP_BASE + X86_TRAP_MC)
		x86_handle_machine_check();
	return go != X86_DECODE;
}
