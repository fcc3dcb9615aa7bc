// SPDX-License-Identifier: GPL-2.0
/*
 * Why an SVM guest cannot go on, in words.
 *
 * Called by svm_exit.c and svm_run.c for exits that end a VM. Rules of VMRUN: APM 15.5.1,
 * "Canonicalization and consistency checks", and 15.20 for event injection.
 */
#include <linux/kernel.h>
#include <linux/printk.h>
#include <asm/processor-flags.h>
#include <asm/trapnr.h>
#include <kunit/visibility.h>

#include "arch/x86/svm.h"

#define HIGH_HALF	GENMASK_ULL(63, 32)
#define EFER_KNOWN	(EFER_SCE | EFER_LME | EFER_LMA | EFER_NX | EFER_SVME | EFER_LMSLE | \
			 EFER_FFXSR | EFER_AUTOIBRS | BIT_ULL(15) | BIT_ULL(17) | BIT_ULL(18) | \
			 BIT_ULL(20))	/* TCE, MCOMMIT, INTWB, UAIE */

static bool is_long(const struct vmcb_save_area *s)
{
	return (s->efer & EFER_LME) && (s->cr0 & X86_CR0_PG);
}

static bool no_svme(const struct vmcb *vmcb)
{
	return !(vmcb->save.efer & EFER_SVME);
}

static bool unknown_efer(const struct vmcb *vmcb)
{
	return vmcb->save.efer & ~EFER_KNOWN;
}

static bool nw_without_cd(const struct vmcb *vmcb)
{
	return (vmcb->save.cr0 & (X86_CR0_CD | X86_CR0_NW)) == X86_CR0_NW;
}

static bool wide_cr0(const struct vmcb *vmcb)
{
	return vmcb->save.cr0 & HIGH_HALF;
}

static bool wide_drs(const struct vmcb *vmcb)
{
	return (vmcb->save.dr6 | vmcb->save.dr7) & HIGH_HALF;
}

static bool paging_without_protection(const struct vmcb *vmcb)
{
	return (vmcb->save.cr0 & X86_CR0_PG) && !(vmcb->save.cr0 & X86_CR0_PE);
}

static bool long_without_pae(const struct vmcb *vmcb)
{
	return is_long(&vmcb->save) && !(vmcb->save.cr4 & X86_CR4_PAE);
}

static bool long_and_default(const struct vmcb *vmcb)
{
	u16 both = SVM_SELECTOR_L_MASK | SVM_SELECTOR_DB_MASK;

	return is_long(&vmcb->save) && (vmcb->save.cs.attrib & both) == both;
}

/* 0 UC, 1 WC, 4 WT, 5 WP, 6 WB, 7 UC- (APM 7.8.1). */
static bool bad_pat(const struct vmcb *vmcb)
{
	const u8 known = BIT(0) | BIT(1) | BIT(4) | BIT(5) | BIT(6) | BIT(7);
	unsigned int i;
	u8 type;

	for (i = 0; i < 64; i += 8) {
		type = vmcb->save.g_pat >> i;
		if (type > 7 || !(known & BIT(type)))
			return true;
	}
	return false;
}

static bool no_vmrun_intercept(const struct vmcb *vmcb)
{
	return !(vmcb->control.intercepts[INTERCEPT_VMRUN / 32] & BIT(INTERCEPT_VMRUN % 32));
}

/* An exception has to be one; #BP and #OF are, NMI is not. */
static bool bad_injection(const struct vmcb *vmcb)
{
	u32 inj = vmcb->control.event_inj;
	u32 type = (inj & SVM_EVTINJ_TYPE_MASK) >> SVM_EVTINJ_TYPE_SHIFT;
	u32 vector = inj & SVM_EVTINJ_VEC_MASK;

	if (!(inj & SVM_EVTINJ_VALID))
		return false;
	if (type == X86_TYPE_EXCEPTION)
		return vector > 31 || vector == X86_TRAP_NMI;
	return type != X86_TYPE_INTR && type != X86_TYPE_NMI && type != X86_TYPE_SOFT;
}

static const struct {
	bool (*is_broken)(const struct vmcb *vmcb);
	const char *what;
} rules[] = {
	{ no_svme,			"EFER.SVME is clear" },
	{ unknown_efer,			"a reserved bit of EFER is set" },
	{ nw_without_cd,		"CR0.NW is set without CR0.CD" },
	{ wide_cr0,			"CR0 has bits above 31" },
	{ wide_drs,			"DR6 or DR7 has bits above 31" },
	{ paging_without_protection,	"CR0.PG is set without CR0.PE" },
	{ long_without_pae,		"long mode without CR4.PAE" },
	{ long_and_default,		"CS has both L and D" },
	{ bad_pat,			"the guest's PAT has an unknown memory type" },
	{ no_vmrun_intercept,		"VMRUN itself is not intercepted" },
	{ bad_injection,		"the injected event does not exist" },
};

const char *svm_find_invalid(const struct vmcb *vmcb, u32 nr_asids)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rules); i++)
		if (rules[i].is_broken(vmcb))
			return rules[i].what;
	if (!vmcb->control.asid || vmcb->control.asid >= nr_asids)
		return "the ASID is out of range";
	return NULL;
}
EXPORT_SYMBOL_IF_KUNIT(svm_find_invalid);

enum axvm_verdict svm_report_invalid(struct svm_vcpu *svm)
{
	const struct vmcb *vmcb = svm->vmcb;
	const char *rule = svm_find_invalid(vmcb, svm_caps.nr_asids);

	pr_notice_ratelimited("axvm: vm %u: cr0 %llx cr3 %llx cr4 %llx efer %llx cs %x asid %u event %x\n",
			      svm->base.base.vm->id, vmcb->save.cr0, vmcb->save.cr3,
			      vmcb->save.cr4, vmcb->save.efer, vmcb->save.cs.attrib,
			      vmcb->control.asid, vmcb->control.event_inj);
	pr_notice_ratelimited("axvm: vm %u: VMRUN refused: %s\n", svm->base.base.vm->id,
			      rule ?: "a reserved bit of CR3 or CR4, or an address too wide");
	return x86_fail(&svm->base, "a state that VMRUN refuses");
}

enum axvm_verdict svm_report_unknown(struct svm_vcpu *svm)
{
	const struct vmcb_control_area *ctl = &svm->vmcb->control;

	pr_notice_ratelimited("axvm: vm %u: exit code %llx, info %llx %llx\n",
			      svm->base.base.vm->id, (u64)ctl->exit_code, ctl->exit_info_1,
			      ctl->exit_info_2);
	return x86_fail(&svm->base, "an exit that axvm did not ask for");
}

/* What the CPU could not deliver, and what with. */
static void report_state(struct svm_vcpu *svm)
{
	const struct vmcb_control_area *ctl = &svm->vmcb->control;
	const struct vmcb_save_area *save = &svm->vmcb->save;
	u32 vm = svm->base.base.vm->id;

	pr_notice_ratelimited("axvm: vm %u: event %x error %x, cr0 %llx cr2 %llx cr3 %llx cr4 %llx efer %llx\n",
			      vm, ctl->exit_int_info, ctl->exit_int_info_err, save->cr0, save->cr2,
			      save->cr3, save->cr4, save->efer);
	pr_notice_ratelimited("axvm: vm %u: rsp %llx rflags %llx cpl %u idt %llx/%x gdt %llx/%x tr %x %llx/%x\n",
			      vm, save->rsp, save->rflags, save->cpl, save->idtr.base,
			      save->idtr.limit, save->gdtr.base, save->gdtr.limit,
			      save->tr.selector, save->tr.base, save->tr.limit);
}

/*
 * A PC would reset, and likely fail again: the VM has crashed. RIP is undefined (APM 15.14.3).
 * Or the guest is gone: an emulator made a second #VMEXIT without VMRUN, which saved the
 * host's state in the place of the guest's (Documentation/x86.rst, "Emulated hosts").
 */
void svm_report_shutdown(struct svm_vcpu *svm)
{
	bool lost = !(svm->vmcb->control.int_ctl & V_INTR_MASKING_MASK);
	struct axvm_exit *exit = &svm->base.base.exit;

	pr_notice_ratelimited("axvm: vm %u: vCPU %u: %s, rip about %llx\n",
			      svm->base.base.vm->id, svm->base.base.id,
			      lost ? "an exit that was none has overwritten its state" :
				     "triple fault", svm->base.rip);
	exit->kind = lost ? AXVM_EXIT_FAIL : AXVM_EXIT_SYSTEM;
	if (lost) {
		exit->fail.code = SVM_EXIT_SHUTDOWN;
		return;
	}
	report_state(svm);
	exit->system.event = AXVM_SYSTEM_CPU_SHUTDOWN;
	exit->system.code = 0;
}
