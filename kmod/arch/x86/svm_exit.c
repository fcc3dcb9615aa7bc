// SPDX-License-Identifier: GPL-2.0
/*
 * From an exit of an SVM guest to a struct axvm_exit.
 *
 * Called by the run loop, loaded, preemption off, interrupts on. APM, appendix
 * C: exit codes and what EXITINFO1 and EXITINFO2 say.
 */
#include <linux/string.h>
#include <asm/trap_pf.h>

#include "arch/x86/fault.h"
#include "arch/x86/svm.h"

/* --- ports: EXITINFO1 describes the access, EXITINFO2 is the next RIP (APM 15.10.2) --- */

#define IOIO_PORT_SHIFT	16

static enum axvm_verdict port_access(struct svm_vcpu *svm)
{
	const struct vmcb_control_area *ctl = &svm->vmcb->control;
	u64 info = ctl->exit_info_1;
	unsigned int len = (info & SVM_IOIO_SIZE_MASK) >> SVM_IOIO_SIZE_SHIFT;
	bool write = !(info & SVM_IOIO_TYPE_MASK);

	svm->base.next_rip = ctl->exit_info_2;
	if (info & SVM_IOIO_STR_MASK)
		return x86_emulate_string_io(&svm->base);
	return x86_port_io(&svm->base, info >> IOIO_PORT_SHIFT, len, write);
}

/* --- nested page faults: EXITINFO1 is an error code, EXITINFO2 the address (APM 15.25.6) --- */

#define NPF_TABLE_WALK	BIT_ULL(33)	/* for an entry of the guest's own tables */

static u32 fault_access(u64 error)
{
	if (error & X86_PF_INSTR)
		return AXVM_PROT_EXEC;
	return error & X86_PF_WRITE ? AXVM_PROT_WRITE : AXVM_PROT_READ;
}

/* With decode assist the bytes of the instruction come along (APM 15.8.4). */
static void take_insn_bytes(struct svm_vcpu *svm)
{
	const struct vmcb_control_area *ctl = &svm->vmcb->control;

	if (!svm_caps.assists)
		return;
	svm->base.nr_insn_bytes = min_t(u8, ctl->insn_len, X86_INSN_MAX);
	memcpy(svm->base.insn_bytes, ctl->insn_bytes, X86_INSN_MAX);
}

static noinline enum axvm_verdict page_fault(struct svm_vcpu *svm)
{
	const struct vmcb_control_area *ctl = &svm->vmcb->control;
	const struct x86_s2_fault fault = {
		.gpa = ctl->exit_info_2,
		.access = fault_access(ctl->exit_info_1),
		.by_walk = ctl->exit_info_1 & NPF_TABLE_WALK,
		.by_event = ctl->exit_int_info & SVM_EXITINTINFO_VALID,
	};
	enum axvm_verdict verdict;

	take_insn_bytes(svm);
	verdict = x86_s2_fault(&svm->base, &fault);
	svm->base.nr_insn_bytes = 0;
	return verdict;
}

/* --- instructions --- */

/* Its code was not readable, so it has done nothing yet. */
static enum axvm_verdict execute_again(struct svm_vcpu *svm)
{
	return x86_emulate_again(&svm->base);
}

static enum axvm_verdict halt_vcpu(struct svm_vcpu *svm)
{
	if (!x86_skip(&svm->base, 0))
		return execute_again(svm);
	svm->base.base.exit.kind = AXVM_EXIT_HALT;
	return AXVM_DISPATCH;
}

/* The guest waits for another vCPU, which may wait for this CPU. */
static enum axvm_verdict let_others_run(struct svm_vcpu *svm)
{
	svm->spins = true;
	svm->base.base.exit.kind = AXVM_EXIT_ARCH;
	return AXVM_DISPATCH;
}

/* --- task switches: EXITINFO1 is the new TSS's selector (APM 15.14.1) --- */

#define TASK_IRET	BIT_ULL(SVM_EXITINFOSHIFT_TS_REASON_IRET)
#define TASK_JMP	BIT_ULL(SVM_EXITINFOSHIFT_TS_REASON_JMP)
#define TASK_ERROR	BIT_ULL(SVM_EXITINFOSHIFT_TS_HAS_ERROR_CODE)
#define TASK_RF		BIT_ULL(48)	/* RFLAGS.RF as it goes into the old TSS */

static enum x86_task_source task_source(const struct vmcb_control_area *ctl)
{
	if (ctl->exit_info_2 & TASK_IRET)
		return X86_TASK_IRET;
	if (ctl->exit_info_2 & TASK_JMP)
		return X86_TASK_JMP;
	return ctl->exit_int_info & SVM_EXITINTINFO_VALID ? X86_TASK_GATE : X86_TASK_CALL;
}

static enum axvm_verdict task_switch(struct svm_vcpu *svm)
{
	const struct vmcb_control_area *ctl = &svm->vmcb->control;
	u32 event = ctl->exit_int_info;
	const struct x86_task_switch sw = {
		.source = task_source(ctl),
		.sel = ctl->exit_info_1,
		.type = (event & SVM_EXITINTINFO_TYPE_MASK) >> SVM_EVTINJ_TYPE_SHIFT,
		.vector = event & SVM_EXITINTINFO_VEC_MASK,
		.has_error = ctl->exit_info_2 & TASK_ERROR,
		.error = lower_32_bits(ctl->exit_info_2),
		.rf = ctl->exit_info_2 & TASK_RF,
	};
	enum axvm_verdict verdict = x86_task_switch(&svm->base, &sw);

	if (sw.source == X86_TASK_IRET && !svm->base.nmi_masked)
		svm_iret_done(svm);
	return verdict;
}

static noinline enum axvm_verdict triple_fault(struct svm_vcpu *svm)
{
	svm_report_shutdown(svm);
	return AXVM_DISPATCH;
}

static enum axvm_verdict (*const decoders[])(struct svm_vcpu *svm) = {
	[SVM_EXIT_READ_CR0]		= svm_cr_decode,
	[SVM_EXIT_READ_CR4]		= svm_cr_decode,
	[SVM_EXIT_WRITE_CR0]		= svm_cr_decode,
	[SVM_EXIT_WRITE_CR4]		= svm_cr_decode,
	[SVM_EXIT_WRITE_CR8]		= svm_cr_decode,
	[SVM_EXIT_CR0_SEL_WRITE]	= svm_cr_decode,
	[SVM_EXIT_CPUID]		= execute_again,
	[SVM_EXIT_INVD]			= execute_again,
	[SVM_EXIT_PAUSE]		= let_others_run,
	[SVM_EXIT_HLT]			= halt_vcpu,
	[SVM_EXIT_MSR]			= execute_again,
	[SVM_EXIT_TASK_SWITCH]		= task_switch,
	[SVM_EXIT_SHUTDOWN]		= triple_fault,
	[SVM_EXIT_VMMCALL]		= execute_again,
	[SVM_EXIT_WBINVD]		= execute_again,
	[SVM_EXIT_XSETBV]		= execute_again,
};

enum axvm_verdict svm_vcpu_decode(struct axvm_vcpu *vcpu)
{
	struct svm_vcpu *svm = to_svm_vcpu(vcpu);
	u32 code = svm->vmcb->control.exit_code;

	if (unlikely(test_bit(X86_EV_SHUTDOWN, &svm->base.events)))
		return triple_fault(svm);
	/* Those that have to be fast. */
	if (code == SVM_EXIT_IOIO)
		return port_access(svm);
	if (code == SVM_EXIT_NPF)
		return page_fault(svm);
	if (code == (u32)SVM_EXIT_ERR)
		return svm_report_invalid(svm);
	if (code >= ARRAY_SIZE(decoders) || !decoders[code])
		return svm_report_unknown(svm);
	return decoders[code](svm);
}
