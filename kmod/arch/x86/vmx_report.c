// SPDX-License-Identifier: GPL-2.0
/*
 * Why a VMX guest cannot go on, in words.
 *
 * Called by vmx_exit.c and vmx_run.c for exits that end a VM. SDM 3, 31.4: VM-instruction error
 * numbers; 27.8: entries that fail.
 */
#include <linux/kernel.h>
#include <linux/printk.h>
#include <kunit/visibility.h>

#include "arch/x86/vmx.h"
#include "arch/x86/vmx_rules.h"

/* --- VM-instruction errors (table 31-1) --- */

static const char *const instruction_errors[] = {
	[VMXERR_VMLAUNCH_NONCLEAR_VMCS]	= "VMLAUNCH with a control block that is launched",
	[VMXERR_VMRESUME_NONLAUNCHED_VMCS] = "VMRESUME with one that is not",
	[VMXERR_VMRESUME_AFTER_VMXOFF]	= "VMRESUME after VMXOFF",
	[VMXERR_ENTRY_INVALID_CONTROL_FIELD] = "an invalid control field",
	[VMXERR_ENTRY_INVALID_HOST_STATE_FIELD] = "an invalid host-state field",
	[VMXERR_ENTRY_INVALID_EXECUTIVE_VMCS_POINTER] = "an invalid pointer to the control block",
	[VMXERR_ENTRY_EVENTS_BLOCKED_BY_MOV_SS] = "events blocked by MOV SS",
};

static const char *find_instruction_error(u32 nr)
{
	if (nr < ARRAY_SIZE(instruction_errors) && instruction_errors[nr])
		return instruction_errors[nr];
	return "an error that axvm does not know";
}

/* --- the state that was refused --- */

static void read_state(struct vmx_state *s)
{
	*s = (struct vmx_state) {
		.cr0 = vmx_read(GUEST_CR0), .cr3 = vmx_read(GUEST_CR3),
		.cr4 = vmx_read(GUEST_CR4), .efer = vmx_read(GUEST_IA32_EFER),
		.rflags = vmx_read(GUEST_RFLAGS), .rip = vmx_read(GUEST_RIP),
		.dr7 = vmx_read(GUEST_DR7), .debugctl = vmx_read(GUEST_IA32_DEBUGCTL),
		.entry = vmx_read(VM_ENTRY_CONTROLS),
		.event = vmx_read(VM_ENTRY_INTR_INFO_FIELD),
		.shadow = vmx_read(GUEST_INTERRUPTIBILITY_INFO),
		.pending = vmx_read(GUEST_PENDING_DBG_EXCEPTIONS),
		.cs = vmx_read(GUEST_CS_AR_BYTES), .ss = vmx_read(GUEST_SS_AR_BYTES),
		.ldtr = vmx_read(GUEST_LDTR_AR_BYTES), .tr = vmx_read(GUEST_TR_AR_BYTES),
		.gdt_base = vmx_read(GUEST_GDTR_BASE), .gdt_limit = vmx_read(GUEST_GDTR_LIMIT),
		.idt_base = vmx_read(GUEST_IDTR_BASE), .idt_limit = vmx_read(GUEST_IDTR_LIMIT),
		.pat = vmx_read(GUEST_IA32_PAT), .link = vmx_read(VMCS_LINK_POINTER),
		.activity = vmx_read(GUEST_ACTIVITY_STATE),
		.pdpte = { vmx_read(GUEST_PDPTR0), vmx_read(GUEST_PDPTR1),
			   vmx_read(GUEST_PDPTR2), vmx_read(GUEST_PDPTR3) },
	};
}

static void print_state(u32 vm, const struct vmx_state *s)
{
	pr_notice_ratelimited("axvm: vm %u: cr0 %llx cr3 %llx cr4 %llx efer %llx rflags %llx rip %llx\n",
			      vm, s->cr0, s->cr3, s->cr4, s->efer, s->rflags, s->rip);
	pr_notice_ratelimited("axvm: vm %u: cs %x ss %x ldtr %x tr %x gdt %llx/%x idt %llx/%x event %x blocking %x\n",
			      vm, s->cs, s->ss, s->ldtr, s->tr, s->gdt_base, s->gdt_limit,
			      s->idt_base, s->idt_limit, s->event, s->shadow);
}

/* VM-entry failures have exit reasons, failed instructions an error number. */
static const char *find_entry_error(const struct vmx_vcpu *vmx, const struct vmx_state *s)
{
	switch ((u16)vmx->reason) {
	case EXIT_REASON_INVALID_STATE:
		return vmx_find_broken_rule(s, &vmx_caps.msrs) ?:
		       "a segment register, or a field that axvm does not check";
	case EXIT_REASON_MSR_LOAD_FAIL:
		return "an MSR could not be loaded";
	case EXIT_REASON_MCE_DURING_VMENTRY:
		return "a machine check";
	default:
		return find_instruction_error(vmx_read(VM_INSTRUCTION_ERROR));
	}
}

const char *vmx_explain_entry_failure(const struct vmx_vcpu *vmx)
{
	struct vmx_state state;

	read_state(&state);
	return find_entry_error(vmx, &state);
}
EXPORT_SYMBOL_IF_KUNIT(vmx_explain_entry_failure);

enum axvm_verdict vmx_report_entry_failure(struct vmx_vcpu *vmx)
{
	u32 vm = vmx->base.base.vm->id;
	struct vmx_state state;

	read_state(&state);
	print_state(vm, &state);
	pr_notice_ratelimited("axvm: vm %u: VM entry refused: %s\n", vm,
			      find_entry_error(vmx, &state));
	return x86_fail(&vmx->base, "a state that VM entry refuses");
}

enum axvm_verdict vmx_report_unknown(struct vmx_vcpu *vmx)
{
	pr_notice_ratelimited("axvm: vm %u: exit reason %x, qualification %lx\n",
			      vmx->base.base.vm->id, vmx->reason, vmx_read(EXIT_QUALIFICATION));
	return x86_fail(&vmx->base, "an exit that axvm did not ask for");
}

/* A mistake in the tables, which are ours. */
enum axvm_verdict vmx_report_misconfiguration(struct vmx_vcpu *vmx)
{
	pr_err_ratelimited("axvm: vm %u: EPT misconfiguration at %lx: this is a bug of axvm\n",
			   vmx->base.base.vm->id, vmx_read(GUEST_PHYSICAL_ADDRESS));
	return x86_fail(&vmx->base, "an EPT misconfiguration");
}

/* A PC would reset, and likely fail again: the VM has crashed. */
void vmx_report_shutdown(struct vmx_vcpu *vmx)
{
	struct axvm_exit *exit = &vmx->base.base.exit;
	u32 vm = vmx->base.base.vm->id;
	struct vmx_state state;

	pr_notice_ratelimited("axvm: vm %u: vCPU %u: triple fault, rip about %llx\n", vm,
			      vmx->base.base.id, vmx->base.rip);
	read_state(&state);
	print_state(vm, &state);
	exit->kind = AXVM_EXIT_SYSTEM;
	exit->system.event = AXVM_SYSTEM_CPU_SHUTDOWN;
	exit->system.code = X86_TRIPLE_FAULT;
}
