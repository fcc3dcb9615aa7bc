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

#include "arch/x86/fast.h"
#include "arch/x86/svm.h"

static enum x86_go host_event(struct svm_vcpu *svm)
{
	return X86_HOST;
}

static enum x86_go skip_insn(struct svm_vcpu *svm)
{
	return x86_fast_skip(&svm->base);
}

static noinline enum x86_go write_msr(struct svm_vcpu *svm)
{
	enum x86_go go = x86_fast_wrmsr(&svm->base);

	svm_put_spec_ctrl(svm);
	return go;
}

/* EXITINFO1: 0 for RDMSR, 1 for WRMSR. */
static enum x86_go access_msr(struct svm_vcpu *svm)
{
	if (svm->vmcb->control.exit_info_1)
		return write_msr(svm);
	return x86_fast_rdmsr(&svm->base);
}

static enum x86_go set_xcr(struct svm_vcpu *svm)
{
	return x86_fast_xsetbv(&svm->base);
}

static enum x86_go undefined(struct svm_vcpu *svm)
{
	return x86_fast_exception(&svm->base, X86_TRAP_UD);
}

static enum x86_go protection(struct svm_vcpu *svm)
{
	return x86_fast_protection(&svm->base);
}

/*
 * Delivering #AC or #DB may raise the next one before the CPU looks for interrupts: events are
 * injected before that (APM 15.20). So the host has to get the CPU after each.
 *
 * EXITINFO1 has the error code.
 */
static enum x86_go alignment_check(struct svm_vcpu *svm)
{
	x86_queue_exception_error(&svm->base, X86_TRAP_AC, svm->vmcb->control.exit_info_1);
	return X86_HOST;
}

static enum x86_go debug_exception(struct svm_vcpu *svm)
{
	if (!svm_step_done(svm))
		x86_queue_exception(&svm->base, X86_TRAP_DB);
	return X86_HOST;
}

static enum x86_go irq_window(struct svm_vcpu *svm)
{
	svm_irq_window_opened(svm);
	return X86_AGAIN;
}

static enum x86_go reach_iret(struct svm_vcpu *svm)
{
	svm_iret_reached(svm);
	return X86_AGAIN;
}

static enum x86_go (*const handlers[])(struct svm_vcpu *svm) = {
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

static enum x86_go return_exception(struct svm_vcpu *svm, u8 vector)
{
	const struct vmcb_control_area *ctl = &svm->vmcb->control;

	if (vector == X86_TRAP_PF)
		x86_queue_page_fault(&svm->base, ctl->exit_info_2, ctl->exit_info_1);
	else if (vector >= X86_TRAP_TS && vector <= X86_TRAP_GP)
		x86_queue_exception_error(&svm->base, vector, ctl->exit_info_1);
	else
		x86_queue_exception(&svm->base, vector);
	return X86_AGAIN;
}

/* From now on the guest uses its debug registers by itself. */
static enum x86_go try_other(struct svm_vcpu *svm, u32 code)
{
	if (is_step_exception(code))
		return return_exception(svm, code - SVM_EXIT_EXCP_BASE);
	if (!is_dr_access(code))
		return X86_DECODE;
	svm_load_drs(svm);
	return X86_AGAIN;
}

enum x86_go svm_exit_fast(struct svm_vcpu *svm)
{
	u32 code = svm->vmcb->control.exit_code;
	enum x86_go go;

	/* The most frequent ones: an indirect call costs more than it is worth. */
	if (code == SVM_EXIT_MSR)
		go = access_msr(svm);
	else if (code == SVM_EXIT_CPUID)
		go = x86_fast_cpuid(&svm->base);
	else if (code == SVM_EXIT_VMMCALL)
		go = x86_fast_hypercall(&svm->base);
	else if (code == SVM_EXIT_IOIO || code == SVM_EXIT_NPF)
		return X86_DECODE;
	else if (likely(code < ARRAY_SIZE(handlers) && handlers[code]))
		go = handlers[code](svm);
	else
		go = try_other(svm, code);
	if (go == X86_AGAIN)
		axvm_vcpu_count(&svm->base.base, AXVM_COUNT_FAST);
	return go;
}
