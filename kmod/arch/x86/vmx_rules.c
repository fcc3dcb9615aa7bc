// SPDX-License-Identifier: GPL-2.0
/*
 * What VM entries demand of a guest's state, in words (SDM 3, 27.3.1).
 *
 * Called by vmx_report.c once an entry was refused; knows nothing of control blocks.
 */
#include <linux/bits.h>
#include <linux/kernel.h>
#include <asm/debugreg.h>
#include <asm/msr-index.h>
#include <asm/processor-flags.h>
#include <asm/processor.h>
#include <kunit/visibility.h>

#include "arch/x86/vmx_rules.h"

static bool is_canonical(u64 addr, bool la57)
{
	unsigned int shift = 64 - (la57 ? 57 : 48);

	return (u64)((s64)(addr << shift) >> shift) == addr;
}

static bool is_long(const struct vmx_state *s)
{
	return s->entry & VM_ENTRY_IA32E_MODE;
}

static bool fixed_cr0(const struct vmx_state *s, const struct vmx_cap_msrs *caps)
{
	u64 set = caps->cr0_set & ~(u64)(X86_CR0_PE | X86_CR0_PG);

	return (s->cr0 & set) != set || (s->cr0 & ~caps->cr0_may);
}

static bool paging_without_protection(const struct vmx_state *s)
{
	return (s->cr0 & X86_CR0_PG) && !(s->cr0 & X86_CR0_PE);
}

static bool fixed_cr4(const struct vmx_state *s, const struct vmx_cap_msrs *caps)
{
	return (s->cr4 & caps->cr4_set) != caps->cr4_set || (s->cr4 & ~caps->cr4_may);
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
	return !(s->cs & VMX_AR_P_MASK) || !(s->cs & VMX_AR_S_MASK) ||
	       (type != 3 && (type & 9) != 9);
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

/* Breakpoints 0 to 3, that one was enabled, a single step, and RTM. */
#define PENDING_BITS	(DR_TRAP_BITS | BIT(12) | DR_STEP | BIT(16))

static bool bad_pending(const struct vmx_state *s)
{
	return s->pending & ~PENDING_BITS;
}

static bool pending_step_differs(const struct vmx_state *s)
{
	bool stepping = (s->rflags & X86_EFLAGS_TF) && !(s->debugctl & DEBUGCTLMSR_BTF);

	if (!(s->shadow & (GUEST_INTR_STATE_STI | GUEST_INTR_STATE_MOV_SS)))
		return false;
	return stepping != !!(s->pending & DR_STEP);
}

/* Types 2 and 3 are reserved (SDM 3, 12.12.2). */
static bool bad_pat(const struct vmx_state *s)
{
	unsigned int i;
	u8 type;

	for (i = 0; i < 64; i += 8) {
		type = s->pat >> i;
		if (type > 7 || type == 2 || type == 3)
			return true;
	}
	return false;
}

/* There is no shadow control block. */
static bool bad_link(const struct vmx_state *s)
{
	return s->link != U64_MAX;
}

/* axvm leaves guests in no other one. */
static bool not_active(const struct vmx_state *s)
{
	return s->activity != GUEST_ACTIVITY_ACTIVE;
}

#define PDPTE_RESERVED	(GENMASK_ULL(2, 1) | GENMASK_ULL(8, 5))

static bool bad_pdpte(const struct vmx_state *s)
{
	u64 reserved = PDPTE_RESERVED | ~GENMASK_ULL(boot_cpu_data.x86_phys_bits - 1, 0);
	unsigned int i;

	if (is_long(s) || !(s->cr0 & X86_CR0_PG) || !(s->cr4 & X86_CR4_PAE))
		return false;
	for (i = 0; i < ARRAY_SIZE(s->pdpte); i++)
		if ((s->pdpte[i] & 1) && (s->pdpte[i] & reserved))
			return true;
	return false;
}

static const struct {
	bool (*is_broken)(const struct vmx_state *s);
	const char *what;
} rules[] = {
	{ paging_without_protection,	"CR0.PG is set without CR0.PE" },
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
	{ bad_pending,			"reserved bits of pending debug exceptions" },
	{ pending_step_differs,		"the pending single step does not fit RFLAGS.TF" },
	{ bad_pat,			"the PAT has a reserved type" },
	{ bad_link,			"the link pointer points to something" },
	{ not_active,			"an activity state that axvm does not use" },
	{ bad_pdpte,			"a PDPTE has reserved bits" },
};

const char *vmx_find_broken_rule(const struct vmx_state *s, const struct vmx_cap_msrs *caps)
{
	unsigned int i;

	if (fixed_cr0(s, caps))
		return "a bit of CR0 that VMX fixes";
	if (fixed_cr4(s, caps))
		return "a bit of CR4 that VMX fixes";
	for (i = 0; i < ARRAY_SIZE(rules); i++)
		if (rules[i].is_broken(s))
			return rules[i].what;
	return NULL;
}
EXPORT_SYMBOL_IF_KUNIT(vmx_find_broken_rule);
