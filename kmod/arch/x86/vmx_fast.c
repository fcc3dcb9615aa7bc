// SPDX-License-Identifier: GPL-2.0
/*
 * Exits of VMX guests that are finished with interrupts off, in the loop of vmx_run.c.
 *
 * What cannot be finished here is decoded by vmx_exit.c. SDM 3, appendix C: exit reasons;
 * 28.2.1: exit qualifications; 28.2.5: for which exits there is an instruction length.
 */
#include <asm/apicdef.h>
#include <asm/debugreg.h>
#include <asm/trapnr.h>

#include "arch/x86/lapic.h"
#include "arch/x86/vmx.h"

/* --- instructions: their length is known (28.2.5) --- */

/* Outside of 64-bit mode RIP has 32 bits. */
static __always_inline void find_next_rip(struct vmx_vcpu *vmx)
{
	struct x86_vcpu *v = &vmx->base;
	u64 next = v->rip + vmx_read(VM_EXIT_INSTRUCTION_LEN);

	v->next_rip = x86_is_long_mode(v) ? next : (u32)next;
}

static enum x86_go host_event(struct vmx_vcpu *vmx)
{
	return X86_HOST;
}

static enum x86_go access_xcr(struct vmx_vcpu *vmx)
{
	find_next_rip(vmx);
	return x86_fast_xsetbv(&vmx->base);
}

static enum x86_go skip_insn(struct vmx_vcpu *vmx)
{
	find_next_rip(vmx);
	return x86_fast_skip(&vmx->base);
}

static enum x86_go undefined(struct vmx_vcpu *vmx)
{
	return x86_fast_exception(&vmx->base, X86_TRAP_UD);
}

static enum x86_go protection(struct vmx_vcpu *vmx)
{
	return x86_fast_protection(&vmx->base);
}

static noinline enum x86_go write_msr(struct vmx_vcpu *vmx)
{
	enum x86_go go;

	find_next_rip(vmx);
	/* The only one that asks what is in service, and may forget it. */
	if (vmx_has_apicv() && (u32)vmx->base.gpr[X86_RCX] == MSR_IA32_APICBASE)
		vmx_apic_put(vmx);
	go = x86_fast_wrmsr(&vmx->base);
	vmx_put_spec_ctrl(vmx);
	return go;
}

/* --- control registers (table 28-3) --- */

#define CR_TYPE(qual)	(((qual) & CONTROL_REG_ACCESS_TYPE) >> 4)
#define CR_GPR(qual)	(((qual) & CONTROL_REG_ACCESS_REG) >> 8)
#define CR_LMSW(qual)	((u16)((qual) >> LMSW_SOURCE_DATA_SHIFT))

enum cr_access { CR_MOV_TO, CR_MOV_FROM, CR_CLTS, CR_LMSW };

static bool access_cr_by(struct x86_vcpu *v, u64 qual)
{
	unsigned int cr = qual & CONTROL_REG_ACCESS_NUM & 0xf, gpr = CR_GPR(qual);

	switch (CR_TYPE(qual)) {
	case CR_MOV_TO:
		return x86_cr_write(v, cr, v->gpr[gpr]);
	case CR_MOV_FROM:
		v->gpr[gpr] = x86_cr_read(v, cr);
		return true;
	case CR_CLTS:
		return x86_cr0_write(v, v->cr0 & ~(u64)X86_CR0_TS);
	default:
		return x86_lmsw(v, CR_LMSW(qual));
	}
}

static enum x86_go access_cr(struct vmx_vcpu *vmx)
{
	find_next_rip(vmx);
	vmx_sync_controls(vmx);
	if (access_cr_by(&vmx->base, vmx_read(EXIT_QUALIFICATION)))
		x86_skip(&vmx->base, 0);
	return X86_AGAIN;
}

/* From now on the guest uses its debug registers by itself. */
static enum x86_go access_dr(struct vmx_vcpu *vmx)
{
	vmx_load_drs(vmx);
	return X86_AGAIN;
}

/* --- exceptions; the host gets the CPU after those that may repeat while they are delivered --- */

/* SDM 3, 18.2.3 and 18.2.4: general detect. An injected #DB does not clear it (27.6.1.1). */
#define DR6_BD	BIT(13)
#define DR7_GD	BIT(13)

static enum x86_go debug_exception(struct vmx_vcpu *vmx)
{
	u64 what = vmx_read(EXIT_QUALIFICATION) & (DR_TRAP_BITS | DR_STEP | DR6_BD);
	struct x86_vcpu *v = &vmx->base;
	u64 dr6 = x86_hw->get_sysreg(v, X86_DR6);

	x86_hw->set_sysreg(v, X86_DR6, (dr6 & ~(u64)DR_TRAP_BITS) | what);
	x86_hw->set_sysreg(v, X86_DR7, x86_hw->get_sysreg(v, X86_DR7) & ~(u64)DR7_GD);
	x86_queue_exception(v, X86_TRAP_DB);
	return X86_HOST;
}

/* INT1 says so in no bit of DR6, and its exception comes behind it (SDM 3, 6.4.4). */
static enum x86_go int1(struct vmx_vcpu *vmx)
{
	find_next_rip(vmx);
	vmx->base.rip = vmx->base.next_rip;
	vmx->base.shadow = false;
	x86_queue_exception(&vmx->base, X86_TRAP_DB);
	return X86_HOST;
}

static enum x86_go exception(struct vmx_vcpu *vmx)
{
	u32 type = vmx->intr_info & INTR_INFO_INTR_TYPE_MASK;

	if (type == INTR_TYPE_NMI_INTR)
		return X86_HOST;
	if (type == INTR_TYPE_PRIV_SW_EXCEPTION)
		return int1(vmx);
	switch (vmx->intr_info & INTR_INFO_VECTOR_MASK) {
	case X86_TRAP_DB:
		return debug_exception(vmx);
	case X86_TRAP_AC:
		x86_queue_exception_error(&vmx->base, X86_TRAP_AC,
					  vmx_read(VM_EXIT_INTR_ERROR_CODE));
		return X86_HOST;
	case X86_TRAP_MC:
		return X86_HOST;
	default:
		return X86_DECODE;
	}
}

/* --- windows --- */

static enum x86_go irq_window(struct vmx_vcpu *vmx)
{
	vmx_irq_window_opened(vmx);
	return X86_AGAIN;
}

static enum x86_go nmi_window(struct vmx_vcpu *vmx)
{
	vmx_nmi_window_opened(vmx);
	return X86_AGAIN;
}

/* get_apic() has told the local APIC. */
static enum x86_go tpr_below(struct vmx_vcpu *vmx)
{
	set_bit(X86_EV_IRQ, &vmx->base.events);
	return X86_AGAIN;
}

/* The CPU has ended it in the local APIC (30.1.4); what is pending is looked at anyway. */
static enum x86_go level_eoi(struct vmx_vcpu *vmx)
{
	x86_lapic_end(&vmx->base, vmx_read(EXIT_QUALIFICATION));
	return X86_AGAIN;
}

/* A vector that is none was sent to itself, and the instruction is over (30.5). */
static enum x86_go self_ipi(struct vmx_vcpu *vmx)
{
	const u32 *val = vmx->apic_page + APIC_SELF_IPI;

	x86_lapic_msr_write(&vmx->base, APIC_BASE_MSR + (APIC_SELF_IPI >> 4), *val);
	return X86_AGAIN;
}

static enum x86_go (*const handlers[])(struct vmx_vcpu *vmx) = {
	[EXIT_REASON_EXCEPTION_NMI]	= exception,
	[EXIT_REASON_EXTERNAL_INTERRUPT] = host_event,
	[EXIT_REASON_INIT_SIGNAL]	= host_event,
	[EXIT_REASON_SIPI_SIGNAL]	= host_event,
	[EXIT_REASON_INTERRUPT_WINDOW]	= irq_window,
	[EXIT_REASON_NMI_WINDOW]	= nmi_window,
	[EXIT_REASON_INVD]		= skip_insn,
	[EXIT_REASON_RDPMC]		= protection,
	[EXIT_REASON_VMCLEAR]		= undefined,
	[EXIT_REASON_VMLAUNCH]		= undefined,
	[EXIT_REASON_VMPTRLD]		= undefined,
	[EXIT_REASON_VMPTRST]		= undefined,
	[EXIT_REASON_VMREAD]		= undefined,
	[EXIT_REASON_VMRESUME]		= undefined,
	[EXIT_REASON_VMWRITE]		= undefined,
	[EXIT_REASON_VMOFF]		= undefined,
	[EXIT_REASON_VMON]		= undefined,
	[EXIT_REASON_CR_ACCESS]		= access_cr,
	[EXIT_REASON_DR_ACCESS]		= access_dr,
	[EXIT_REASON_MWAIT_INSTRUCTION]	= undefined,
	[EXIT_REASON_MONITOR_INSTRUCTION] = undefined,
	[EXIT_REASON_MCE_DURING_VMENTRY] = host_event,
	[EXIT_REASON_TPR_BELOW_THRESHOLD] = tpr_below,
	[EXIT_REASON_EOI_INDUCED]	= level_eoi,
	[EXIT_REASON_INVEPT]		= undefined,
	[EXIT_REASON_PREEMPTION_TIMER]	= host_event,
	[EXIT_REASON_INVVPID]		= undefined,
	[EXIT_REASON_WBINVD]		= skip_insn,
	[EXIT_REASON_XSETBV]		= access_xcr,
	[EXIT_REASON_APIC_WRITE]	= self_ipi,
	[EXIT_REASON_VMFUNC]		= undefined,
	[EXIT_REASON_ENCLS]		= undefined,
};

enum x86_go vmx_exit_fast(struct vmx_vcpu *vmx)
{
	u32 reason = vmx->reason;
	enum x86_go go;

	/* The most frequent ones: an indirect call costs more than it is worth. */
	if (reason == EXIT_REASON_MSR_WRITE) {
		go = write_msr(vmx);
	} else if (reason == EXIT_REASON_MSR_READ) {
		find_next_rip(vmx);
		go = x86_fast_rdmsr(&vmx->base);
	} else if (reason == EXIT_REASON_CPUID) {
		find_next_rip(vmx);
		go = x86_fast_cpuid(&vmx->base);
	} else if (reason == EXIT_REASON_VMCALL) {
		find_next_rip(vmx);
		go = x86_fast_hypercall(&vmx->base);
	} else if (reason == EXIT_REASON_EPT_VIOLATION) {
		return X86_DECODE;
	} else if (reason < ARRAY_SIZE(handlers) && handlers[reason]) {
		go = handlers[reason](vmx);
	} else {
		/* What is left of the instructions: HLT, I/O, PAUSE, task switches. */
		find_next_rip(vmx);
		return X86_DECODE;
	}
	if (go == X86_AGAIN)
		axvm_vcpu_count(&vmx->base.base, AXVM_COUNT_FAST);
	return go;
}
