// SPDX-License-Identifier: GPL-2.0
/*
 * The control block as a vCPU starts with it: what is intercepted, and why.
 *
 * Called at vCPU creation and reset, when nothing runs it. Appendix B of the APM has the layout.
 */
#include <linux/string.h>
#include <asm/trapnr.h>

#include "arch/x86/svm.h"
#include "compat.h"

/* PAUSE in a row before the guest is taken for spinning, and cycles between that end the row. */
#define PAUSE_COUNT		3000
#define PAUSE_THRESHOLD		128

/*
 * Not here, for the guest may do it to itself: reads of CR2, CR3, CR4 and CR8, writes of CR2,
 * CR3 and (while no interrupt waits for a lower TPR) CR8, INVLPG, INVPCID, RDTSC, RDTSCP, PUSHF,
 * POPF, INT n, ICEBP, RSM (there is no SMM, so it is #UD), loads and stores of GDTR, IDTR,
 * LDTR and TR, and all exceptions but three.
 */
static const struct {
	u16 nr;
	const char *why;
} intercepts[] = {
	/* The host's. */
	{ INTERCEPT_INTR,		"interrupts are for the host" },
	{ INTERCEPT_NMI,		"so are NMIs" },
	{ INTERCEPT_SMI,		"so is SMM" },
	{ INTERCEPT_INIT,		"a physical INIT is no INIT of the guest" },
	{ INTERCEPT_FERR_FREEZE,	"the FERR# pin is the host's" },
	{ INTERCEPT_EXCEPTION_OFFSET + X86_TRAP_MC, "machine checks are for the host" },
	/* They could keep the CPU busy for ever without an interrupt window. */
	{ INTERCEPT_EXCEPTION_OFFSET + X86_TRAP_AC, "#AC may raise #AC while it is delivered" },
	{ INTERCEPT_EXCEPTION_OFFSET + X86_TRAP_DB, "#DB may raise #DB while it is delivered" },
	/* State that is the host's, or that axvm has to know. */
	{ INTERCEPT_SELECTIVE_CR0,	"paging and protection; not TS and MP" },
	{ INTERCEPT_CR4_WRITE,		"only bits that the guest's CPUID has" },
	{ INTERCEPT_MSR_PROT,		"by map" },
	{ INTERCEPT_IOIO_PROT,		"by map" },
	{ INTERCEPT_XSETBV,		"XCR0 is not part of what VMRUN switches" },
	{ INTERCEPT_CPUID,		"by table" },
	{ INTERCEPT_TASK_SWITCH,	"the hardware does none for guests" },
	{ INTERCEPT_SHUTDOWN,		"a triple fault ends the VM, not the machine" },
	{ INTERCEPT_HLT,		"a halted guest costs no CPU" },
	{ INTERCEPT_VMMCALL,		"calls to axvm" },
	/* The host's caches are not the guest's to throw away. */
	{ INTERCEPT_INVD,		"would lose the host's data" },
	{ INTERCEPT_WBINVD,		"takes the host milliseconds" },
	/* The host's counters. */
	{ INTERCEPT_RDPMC,		"there are no counters for guests" },
	{ INTERCEPT_RDPRU,		"tells about the host" },
	/* Not announced to guests, so #UD. */
	{ INTERCEPT_MONITOR,		"waiting must not keep the CPU" },
	{ INTERCEPT_MWAIT,		"likewise" },
	{ INTERCEPT_MWAIT_COND,		"likewise" },
	{ INTERCEPT_INVLPGA,		"SVM is hidden" },
	{ INTERCEPT_VMRUN,		"SVM is hidden; VMRUN demands this one" },
	{ INTERCEPT_VMLOAD,		"SVM is hidden" },
	{ INTERCEPT_VMSAVE,		"SVM is hidden" },
	{ INTERCEPT_STGI,		"SVM is hidden" },
	{ INTERCEPT_CLGI,		"SVM is hidden" },
	{ INTERCEPT_SKINIT,		"SVM is hidden" },
};

void svm_intercept_drs(struct svm_vcpu *svm, bool on)
{
	svm->vmcb->control.intercepts[INTERCEPT_DR] = on ? ~0U : 0;
	svm_dirty(svm, SVM_CLEAN_INTERCEPTS);
}

static void set_intercepts(struct svm_vcpu *svm)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(intercepts); i++)
		svm_intercept(svm, intercepts[i].nr);
	/* Debug registers are only switched for guests that use them. */
	svm_intercept_drs(svm, true);
}

static void set_pause_filter(struct svm_vcpu *svm)
{
	if (!svm_caps.pause_filter)
		return;
	svm->vmcb->control.pause_filter_count = PAUSE_COUNT;
	if (svm_caps.pause_threshold)
		svm->vmcb->control.pause_filter_thresh = PAUSE_THRESHOLD;
	svm_intercept(svm, INTERCEPT_PAUSE);
}

static u64 nested_root(struct svm_vcpu *svm)
{
	return __sme_pa(svm->base.base.vm->gmem.s2.root);
}

/* V_INTR_MASKING: the guest's RFLAGS.IF and TPR are its own (APM 15.21.1). */
void svm_vmcb_init(struct svm_vcpu *svm)
{
	struct vmcb_control_area *ctl = &svm->vmcb->control;

	BUILD_BUG_ON(sizeof(struct vmcb) > PAGE_SIZE);
	memset(svm->vmcb, 0, sizeof(*svm->vmcb));
	svm->tag.generation = 0;
	svm->tpr = 0;
	svm->after = 0;
	svm->irq_window = false;
	svm->iret_rip = 0;
	svm->dr.in_cpu = false;
	set_intercepts(svm);
	set_pause_filter(svm);
	ctl->iopm_base_pa = svm_iopm_pa();
	ctl->msrpm_base_pa = svm_msrpm_pa();
	ctl->int_ctl = V_INTR_MASKING_MASK;
	ctl->misc_ctl = SVM_MISC_ENABLE_NP;
	ctl->nested_cr3 = nested_root(svm);
	ctl->clean = 0;
	svm->vmcb->save.efer = EFER_SVME;
}
