// SPDX-License-Identifier: GPL-2.0
/*
 * Why a VMX guest cannot go on, in words.
 *
 * Called by vmx_exit.c and vmx_run.c for exits that end a VM. SDM 3, 31.4: VM-instruction error
 * numbers; 27.3.1: what VM entries check of the guest's state; 27.8: entries that fail.
 */
#include <linux/kernel.h>
#include <linux/printk.h>
#include <asm/debugreg.h>
#include <asm/processor-flags.h>
#include <asm/processor.h>
#include <asm/trapnr.h>

#include "arch/x86/vmx.h"

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

/* --- rules of the guest-state area --- */

/**
 * struct vmx_state - what the rules look at
 */
struct vmx_state {
	u64 cr0, cr3, cr4, efer, rflags, rip, dr7, debugctl;
	u32 entry, event, shadow, pending;
	u32 cs, ss, ldtr, tr;
	u32 tr_sel;
	u64 tr_base, gdt_base, idt_base;
	u32 gdt_limit, idt_limit;
};

static bool is_canonical(u64 addr, bool la57)
{
	unsigned int shift = 64 - (la57 ? 57 : 48);

	return (u64)((s64)(addr << shift) >> shift) == addr;
}

static bool is_long(const struct vmx_state *s)
{
	return s->entry & VM_ENTRY_IA32E_MODE;
}

static bool fixed_cr0(const struct vmx_state *s)
{
	u64 set = vmx_caps.cr0_set & ~(u64)(X86_CR0_PE | X86_CR0_PG);

	return (s->cr0 & set) != set || (s->cr0 & ~vmx_caps.cr0_may);
}

static bool paging_without_protection(const struct vmx_state *s)
{
	return (s->cr0 & X86_CR0_PG) && !(s->cr0 & X86_CR0_PE);
}

static bool fixed_cr4(const struct vmx_state *s)
{
	return (s->cr4 & vmx_caps.cr4_set) != vmx_caps.cr4_set || (s->cr4 & ~vmx_caps.cr4_may);
}

static bool long_without_paging(const struct vmx_state *s)
{
	return is_long(s) && !((s->cr0 & X86_CR0_PG) && (s->cr4 & X86_CR4_PAE));
}

static bool pcid_without_long(const struct vmx_state *s)
{
	return !is_long(s) && (s->cr4 & X86_CR4_PCIDE);
}

static bool wide_cr3(const struct vmx_state *s)
{
	return s->cr3 & ~GENMASK_ULL(boot_cpu_data.x86_phys_bits - 1, 0);
}

static bool wide_dr7(const struct vmx_state *s)
{
	return upper_32_bits(s->dr7);
}

static bool efer_differs(const struct vmx_state *s)
{
	bool lma = s->efer & EFER_LMA, lme = s->efer & EFER_LME;

	return lma != is_long(s) || ((s->cr0 & X86_CR0_PG) && lma != lme);
}

static bool bad_rflags(const struct vmx_state *s)
{
	return !(s->rflags & X86_EFLAGS_FIXED) || (s->rflags & ~GENMASK_ULL(21, 0)) ||
	       (s->rflags & (BIT(3) | BIT(5) | BIT(15)));
}

static bool vm86_in_long(const struct vmx_state *s)
{
	return (s->rflags & X86_EFLAGS_VM) && (is_long(s) || !(s->cr0 & X86_CR0_PE));
}

static bool irq_while_off(const struct vmx_state *s)
{
	return (s->event & INTR_INFO_VALID_MASK) &&
	       (s->event & INTR_INFO_INTR_TYPE_MASK) == INTR_TYPE_EXT_INTR &&
	       !(s->rflags & X86_EFLAGS_IF);
}

static bool wide_rip(const struct vmx_state *s)
{
	bool code64 = is_long(s) && (s->cs & VMX_AR_L_MASK);

	return code64 ? !is_canonical(s->rip, s->cr4 & X86_CR4_LA57) : upper_32_bits(s->rip);
}

static bool bad_cs(const struct vmx_state *s)
{
	u32 type = s->cs & VMX_AR_TYPE_MASK;

	if (s->rflags & X86_EFLAGS_VM)
		return false;
	return (s->cs & VMX_AR_UNUSABLE_MASK) || !(s->cs & VMX_AR_P_MASK) ||
	       !(s->cs & VMX_AR_S_MASK) || (type != 3 && (type & 9) != 9);
}

static bool long_and_default(const struct vmx_state *s)
{
	u32 both = VMX_AR_L_MASK | VMX_AR_DB_MASK;

	return is_long(s) && (s->cs & both) == both;
}

static bool bad_ss(const struct vmx_state *s)
{
	u32 type = s->ss & VMX_AR_TYPE_MASK;

	if ((s->ss & VMX_AR_UNUSABLE_MASK) || (s->rflags & X86_EFLAGS_VM))
		return false;
	return (type != 3 && type != 7) || !(s->ss & VMX_AR_P_MASK) || !(s->ss & VMX_AR_S_MASK);
}

static bool bad_tr(const struct vmx_state *s)
{
	u32 type = s->tr & VMX_AR_TYPE_MASK;

	return (s->tr & (VMX_AR_UNUSABLE_MASK | VMX_AR_S_MASK)) || !(s->tr & VMX_AR_P_MASK) ||
	       (type != VMX_AR_TYPE_BUSY_64_TSS && (is_long(s) || type != VMX_AR_TYPE_BUSY_16_TSS));
}

static bool bad_ldtr(const struct vmx_state *s)
{
	return !(s->ldtr & VMX_AR_UNUSABLE_MASK) &&
	       ((s->ldtr & VMX_AR_TYPE_MASK) != VMX_AR_TYPE_LDT || !(s->ldtr & VMX_AR_P_MASK));
}

static bool bad_tables(const struct vmx_state *s)
{
	bool la57 = s->cr4 & X86_CR4_LA57;

	return !is_canonical(s->gdt_base, la57) || !is_canonical(s->idt_base, la57) ||
	       (s->gdt_limit | s->idt_limit) > U16_MAX;
}

static bool bad_shadow(const struct vmx_state *s)
{
	u32 both = GUEST_INTR_STATE_STI | GUEST_INTR_STATE_MOV_SS;

	return (s->shadow & both) == both ||
	       ((s->shadow & GUEST_INTR_STATE_STI) && !(s->rflags & X86_EFLAGS_IF));
}

/* What an injected event must not meet (27.3.1.5). */
static bool event_held_back(const struct vmx_state *s)
{
	u32 type = s->event & INTR_INFO_INTR_TYPE_MASK;

	if (!(s->event & INTR_INFO_VALID_MASK))
		return false;
	if (type == INTR_TYPE_EXT_INTR)
		return s->shadow & (GUEST_INTR_STATE_STI | GUEST_INTR_STATE_MOV_SS);
	return type == INTR_TYPE_NMI_INTR &&
	       (s->shadow & (GUEST_INTR_STATE_MOV_SS | GUEST_INTR_STATE_NMI));
}

static bool pending_step_differs(const struct vmx_state *s)
{
	bool stepping = (s->rflags & X86_EFLAGS_TF) && !(s->debugctl & DEBUGCTLMSR_BTF);

	if (!(s->shadow & (GUEST_INTR_STATE_STI | GUEST_INTR_STATE_MOV_SS)))
		return false;
	return stepping != !!(s->pending & DR_STEP);
}

static const struct {
	bool (*is_broken)(const struct vmx_state *s);
	const char *what;
} rules[] = {
	{ fixed_cr0,			"a bit of CR0 that VMX fixes" },
	{ paging_without_protection,	"CR0.PG is set without CR0.PE" },
	{ fixed_cr4,			"a bit of CR4 that VMX fixes" },
	{ long_without_paging,		"long mode without paging and CR4.PAE" },
	{ pcid_without_long,		"CR4.PCIDE outside of long mode" },
	{ wide_cr3,			"CR3 is wider than physical addresses" },
	{ wide_dr7,			"DR7 has bits above 31" },
	{ efer_differs,			"EFER.LMA and EFER.LME do not fit the mode" },
	{ bad_rflags,			"a reserved bit of RFLAGS" },
	{ vm86_in_long,			"RFLAGS.VM in real or long mode" },
	{ irq_while_off,		"an interrupt is injected with RFLAGS.IF clear" },
	{ wide_rip,			"RIP is no address of this mode" },
	{ bad_cs,			"CS is no code segment" },
	{ long_and_default,		"CS has both L and D" },
	{ bad_ss,			"SS is no writable data segment" },
	{ bad_tr,			"TR is no busy TSS" },
	{ bad_ldtr,			"LDTR is no LDT" },
	{ bad_tables,			"GDTR or IDTR is out of range" },
	{ bad_shadow,			"interrupts are blocked in a way that cannot be" },
	{ event_held_back,		"the injected event is blocked" },
	{ pending_step_differs,		"the pending single step does not fit RFLAGS.TF" },
};

static const char *find_broken_rule(const struct vmx_state *s)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rules); i++)
		if (rules[i].is_broken(s))
			return rules[i].what;
	return "a segment register, a PDPTE, the PAT, or a field that axvm does not check";
}

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
static const char *find_entry_error(struct vmx_vcpu *vmx, const struct vmx_state *s)
{
	switch ((u16)vmx->reason) {
	case EXIT_REASON_INVALID_STATE:
		return find_broken_rule(s);
	case EXIT_REASON_MSR_LOAD_FAIL:
		return "an MSR could not be loaded";
	case EXIT_REASON_MCE_DURING_VMENTRY:
		return "a machine check";
	default:
		return find_instruction_error(vmx_read(VM_INSTRUCTION_ERROR));
	}
}

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
	exit->system.event = AXVM_SYSTEM_FAILURE;
	exit->system.code = X86_TRIPLE_FAULT;
}
