// SPDX-License-Identifier: GPL-2.0
/*
 * Exits that are finished without leaving the guest's side: GIF = 0, the state of VMLOAD
 * in the CPU.
 *
 * Called from the loop in svm_run.c after each exit. What cannot be finished here is
 * decoded by svm_exit.c, after which the guest may execute the instruction again: so
 * where it ends is found out before it has its effect. APM, appendix C: exit codes.
 */
#include <asm/trapnr.h>

#include "arch/x86/emul.h"
#include "arch/x86/svm.h"

static enum svm_go host_event(struct svm_vcpu *svm)
{
	return SVM_HOST;
}

static enum svm_go emulate_cpuid(struct svm_vcpu *svm)
{
	if (!x86_skip(&svm->base, 0))
		return SVM_DECODE;
	x86_cpuid_emulate(&svm->base);
	return SVM_AGAIN;
}

static enum svm_go call_axvm(struct svm_vcpu *svm)
{
	if (!x86_skip(&svm->base, 0))
		return SVM_DECODE;
	x86_hypercall(&svm->base);
	return SVM_AGAIN;
}

static enum svm_go skip_insn(struct svm_vcpu *svm)
{
	return x86_skip(&svm->base, 0) ? SVM_AGAIN : SVM_DECODE;
}

static noinline enum svm_go write_msr(struct svm_vcpu *svm)
{
	u64 next = x86_find_next(&svm->base);

	if (unlikely(!next))
		return SVM_DECODE;
	if (x86_wrmsr_emulate(&svm->base)) {
		svm_put_spec_ctrl(svm);
		x86_step_to(&svm->base, next);
	}
	return SVM_AGAIN;
}

/* EXITINFO1: 0 for RDMSR, 1 for WRMSR. To read twice does no harm. */
static enum svm_go access_msr(struct svm_vcpu *svm)
{
	if (svm->vmcb->control.exit_info_1)
		return write_msr(svm);
	return x86_rdmsr_emulate(&svm->base) ? skip_insn(svm) : SVM_AGAIN;
}

static enum svm_go set_xcr(struct svm_vcpu *svm)
{
	u64 next = x86_find_next(&svm->base);

	if (!next)
		return SVM_DECODE;
	if (x86_xsetbv(&svm->base))
		x86_step_to(&svm->base, next);
	return SVM_AGAIN;
}

static enum svm_go undefined(struct svm_vcpu *svm)
{
	x86_queue_exception(&svm->base, X86_TRAP_UD);
	return SVM_AGAIN;
}

static enum svm_go protection(struct svm_vcpu *svm)
{
	x86_queue_exception_error(&svm->base, X86_TRAP_GP, 0);
	return SVM_AGAIN;
}

/*
 * Delivering #AC or #DB may raise the next one before the CPU looks for interrupts: events are
 * injected before that (APM 15.20). So the host has to get the CPU after each.
 *
 * EXITINFO1 has the error code.
 */
static enum svm_go alignment_check(struct svm_vcpu *svm)
{
	x86_queue_exception_error(&svm->base, X86_TRAP_AC, svm->vmcb->control.exit_info_1);
	return SVM_HOST;
}

static enum svm_go debug_exception(struct svm_vcpu *svm)
{
	if (!svm_step_done(svm))
		x86_queue_exception(&svm->base, X86_TRAP_DB);
	return SVM_HOST;
}

static enum svm_go irq_window(struct svm_vcpu *svm)
{
	svm_irq_window_opened(svm);
	return SVM_AGAIN;
}

static enum svm_go reach_iret(struct svm_vcpu *svm)
{
	svm_iret_reached(svm);
	return SVM_AGAIN;
}

static enum svm_go (*const handlers[])(struct svm_vcpu *svm) = {
	[SVM_EXIT_READ_CR0]		= svm_cr_exit,
	[SVM_EXIT_READ_CR4]		= svm_cr_exit,
	[SVM_EXIT_WRITE_CR0]		= svm_cr_exit,
	[SVM_EXIT_WRITE_CR4]		= svm_cr_exit,
	[SVM_EXIT_WRITE_CR8]		= svm_cr_exit,
	[SVM_EXIT_EXCP_BASE + X86_TRAP_DB] = debug_exception,
	[SVM_EXIT_EXCP_BASE + X86_TRAP_AC] = alignment_check,
	[SVM_EXIT_EXCP_BASE + X86_TRAP_MC] = host_event,
	[SVM_EXIT_INTR]			= host_event,
	[SVM_EXIT_NMI]			= host_event,
	[SVM_EXIT_SMI]			= host_event,
	[SVM_EXIT_INIT]			= host_event,
	[SVM_EXIT_VINTR]		= irq_window,
	[SVM_EXIT_CR0_SEL_WRITE]	= svm_cr_exit,
	[SVM_EXIT_RDPMC]		= protection,
	[SVM_EXIT_IRET]			= reach_iret,
	[SVM_EXIT_INVD]			= skip_insn,
	[SVM_EXIT_INVLPGA]		= undefined,
	[SVM_EXIT_FERR_FREEZE]		= host_event,
	[SVM_EXIT_VMRUN]		= undefined,
	[SVM_EXIT_VMLOAD]		= undefined,
	[SVM_EXIT_VMSAVE]		= undefined,
	[SVM_EXIT_STGI]			= undefined,
	[SVM_EXIT_CLGI]			= undefined,
	[SVM_EXIT_SKINIT]		= undefined,
	[SVM_EXIT_WBINVD]		= skip_insn,
	[SVM_EXIT_MONITOR]		= undefined,
	[SVM_EXIT_MWAIT]		= undefined,
	[SVM_EXIT_MWAIT_COND]		= undefined,
	[SVM_EXIT_XSETBV]		= set_xcr,
	[SVM_EXIT_RDPRU]		= undefined,
};

static bool is_dr_access(u32 code)
{
	return code >= SVM_EXIT_READ_DR0 && code <= SVM_EXIT_WRITE_DR7 + 8;
}

/* Of an instruction that is stepped. EXITINFO1 has the error code, EXITINFO2 the address. */
static bool is_step_exception(u32 code)
{
	return code >= SVM_EXIT_EXCP_BASE && code < SVM_EXIT_EXCP_BASE + 32 &&
	       (SVM_STEP_EXCEPTIONS & BIT(code - SVM_EXIT_EXCP_BASE));
}

static enum svm_go return_exception(struct svm_vcpu *svm, u8 vector)
{
	const struct vmcb_control_area *ctl = &svm->vmcb->control;

	if (vector == X86_TRAP_PF)
		x86_queue_page_fault(&svm->base, ctl->exit_info_2, ctl->exit_info_1);
	else if (vector >= X86_TRAP_TS && vector <= X86_TRAP_GP)
		x86_queue_exception_error(&svm->base, vector, ctl->exit_info_1);
	else
		x86_queue_exception(&svm->base, vector);
	return SVM_AGAIN;
}

/* From now on the guest uses its debug registers by itself. */
static enum svm_go try_other(struct svm_vcpu *svm, u32 code)
{
	if (is_step_exception(code))
		return return_exception(svm, code - SVM_EXIT_EXCP_BASE);
	if (!is_dr_access(code))
		return SVM_DECODE;
	svm_load_drs(svm);
	return SVM_AGAIN;
}

enum svm_go svm_exit_fast(struct svm_vcpu *svm)
{
	u32 code = svm->vmcb->control.exit_code;
	enum svm_go go;

	/* The most frequent ones: an indirect call costs more than it is worth. */
	if (code == SVM_EXIT_MSR)
		go = access_msr(svm);
	else if (code == SVM_EXIT_CPUID)
		go = emulate_cpuid(svm);
	else if (code == SVM_EXIT_VMMCALL)
		go = call_axvm(svm);
	else if (code == SVM_EXIT_IOIO || code == SVM_EXIT_NPF)
		return SVM_DECODE;
	else if (likely(code < ARRAY_SIZE(handlers) && handlers[code]))
		go = handlers[code](svm);
	else
		go = try_other(svm, code);
	if (go == SVM_AGAIN)
		axvm_vcpu_count(&svm->base.base, AXVM_COUNT_FAST);
	return go;
}
