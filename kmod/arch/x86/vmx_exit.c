// SPDX-License-Identifier: GPL-2.0
/*
 * From an exit of a VMX guest to a struct axvm_exit.
 *
 * Called by the run loop, loaded, preemption off, interrupts on. SDM 3, 28.2.1: exit
 * qualifications.
 */
#include "arch/x86/fault.h"
#include "arch/x86/vmx.h"

/* --- ports (table 28-5) --- */

#define IO_SIZE(qual)	(((qual) & 7) + 1)
#define IO_IN		BIT(3)
#define IO_STRING	BIT(4)
#define IO_PORT_SHIFT	16

static enum axvm_verdict port_access(struct vmx_vcpu *vmx)
{
	u64 qual = vmx_read(EXIT_QUALIFICATION);

	if (qual & IO_STRING)
		return x86_emulate_string_io(&vmx->base);
	return x86_port_io(&vmx->base, qual >> IO_PORT_SHIFT, IO_SIZE(qual), !(qual & IO_IN));
}

/* --- EPT violations (table 28-7) --- */

static u32 fault_access(u64 qual)
{
	if (qual & EPT_VIOLATION_ACC_INSTR)
		return AXVM_PROT_EXEC;
	return qual & EPT_VIOLATION_ACC_WRITE ? AXVM_PROT_WRITE : AXVM_PROT_READ;
}

/* With a linear address that is not the one of the access, it was for an entry of its tables. */
static enum axvm_verdict page_fault(struct vmx_vcpu *vmx)
{
	u64 qual = vmx_read(EXIT_QUALIFICATION);
	const struct x86_s2_fault fault = {
		.gpa = vmx_read(GUEST_PHYSICAL_ADDRESS),
		.access = fault_access(qual),
		.by_walk = (qual & EPT_VIOLATION_GVA_IS_VALID) &&
			   !(qual & EPT_VIOLATION_GVA_TRANSLATED),
		.by_event = vmx_read(IDT_VECTORING_INFO_FIELD) & VECTORING_INFO_VALID_MASK,
	};

	return x86_s2_fault(&vmx->base, &fault);
}

/* --- instructions --- */

static enum axvm_verdict execute_again(struct vmx_vcpu *vmx)
{
	return x86_emulate_again(&vmx->base);
}

static enum axvm_verdict halt_vcpu(struct vmx_vcpu *vmx)
{
	if (!x86_skip(&vmx->base, 0))
		return execute_again(vmx);
	vmx->base.base.exit.kind = AXVM_EXIT_HALT;
	return AXVM_DISPATCH;
}

/* The guest waits for another vCPU, which may wait for this CPU. */
static enum axvm_verdict let_others_run(struct vmx_vcpu *vmx)
{
	vmx->spins = true;
	vmx->base.base.exit.kind = AXVM_EXIT_ARCH;
	return AXVM_DISPATCH;
}

/* --- task switches (table 28-2) --- */

#define TASK_SOURCE(qual)	((qual) >> 30 & 3)

static bool is_fault(u32 vectoring)
{
	u8 vector = vectoring & VECTORING_INFO_VECTOR_MASK;

	return (vectoring & VECTORING_INFO_TYPE_MASK) == INTR_TYPE_HARD_EXCEPTION &&
	       vector != X86_TRAP_DB && vector != X86_TRAP_DF && vector != X86_TRAP_MC;
}

static enum x86_event_type event_type(u32 vectoring)
{
	u32 type = vectoring & VECTORING_INFO_TYPE_MASK;

	/* INT3 and INTO. */
	return type == INTR_TYPE_SOFT_EXCEPTION ? X86_TYPE_EXCEPTION : type >> 8;
}

static enum axvm_verdict task_switch(struct vmx_vcpu *vmx)
{
	u64 qual = vmx_read(EXIT_QUALIFICATION);
	u32 vectoring = vmx_read(IDT_VECTORING_INFO_FIELD);
	const struct x86_task_switch sw = {
		.source = TASK_SOURCE(qual),
		.sel = qual,
		.type = event_type(vectoring),
		.vector = vectoring & VECTORING_INFO_VECTOR_MASK,
		.has_error = vectoring & VECTORING_INFO_DELIVER_CODE_MASK,
		.error = vmx_read(IDT_VECTORING_ERROR_CODE),
		.rf = is_fault(vectoring),
	};
	enum axvm_verdict verdict = x86_task_switch(&vmx->base, &sw);

	if (verdict == AXVM_RESUME && sw.source == X86_TASK_IRET)
		vmx->base.nmi_masked = false;
	return verdict;
}

static enum axvm_verdict triple_fault(struct vmx_vcpu *vmx)
{
	vmx_report_shutdown(vmx);
	return AXVM_DISPATCH;
}

static enum axvm_verdict (*const decoders[])(struct vmx_vcpu *vmx) = {
	[EXIT_REASON_TRIPLE_FAULT]	= triple_fault,
	[EXIT_REASON_TASK_SWITCH]	= task_switch,
	[EXIT_REASON_CPUID]		= execute_again,
	[EXIT_REASON_HLT]		= halt_vcpu,
	[EXIT_REASON_INVD]		= execute_again,
	[EXIT_REASON_VMCALL]		= execute_again,
	[EXIT_REASON_MSR_READ]		= execute_again,
	[EXIT_REASON_MSR_WRITE]		= execute_again,
	[EXIT_REASON_PAUSE_INSTRUCTION]	= let_others_run,
	[EXIT_REASON_EPT_MISCONFIG]	= vmx_report_misconfiguration,
	[EXIT_REASON_WBINVD]		= execute_again,
	[EXIT_REASON_XSETBV]		= execute_again,
};

enum axvm_verdict vmx_vcpu_decode(struct axvm_vcpu *vcpu)
{
	struct vmx_vcpu *vmx = to_vmx_vcpu(vcpu);
	u32 reason = vmx->reason;

	if (unlikely(test_bit(X86_EV_SHUTDOWN, &vmx->base.events)))
		return triple_fault(vmx);
	/* Those that have to be fast. */
	if (reason == EXIT_REASON_IO_INSTRUCTION)
		return port_access(vmx);
	if (reason == EXIT_REASON_EPT_VIOLATION)
		return page_fault(vmx);
	if (reason & VMX_EXIT_REASONS_FAILED_VMENTRY)
		return vmx_report_entry_failure(vmx);
	if (reason >= ARRAY_SIZE(decoders) || !decoders[reason])
		return vmx_report_unknown(vmx);
	return decoders[reason](vmx);
}
