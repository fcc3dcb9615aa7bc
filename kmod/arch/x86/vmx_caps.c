// SPDX-License-Identifier: GPL-2.0
/*
 * Which VMX controls are used, and why; what the CPUs must have for it.
 *
 * Called by the probe in process context, and on each CPU that is taken. SDM 3, appendix A: the
 * capability MSRs; 25.6 to 25.8: the controls.
 */
#include <linux/kernel.h>
#include <linux/moduleparam.h>
#include <linux/string.h>
#include <asm/msr.h>
#include <asm/processor.h>
#include <kunit/visibility.h>

#include "arch/x86/vmx_caps.h"
#include "arch/x86/x86.h"
#include "compat.h"

struct vmx_caps vmx_caps;

static bool apicv;
module_param(apicv, bool, 0444);
MODULE_PARM_DESC(apicv, "Intel: let the CPU serve the guests' local APICs, where it can (default: no)");

/* A guest that nothing else makes leave is left after so long: 2^24 ticks, some milliseconds. */
#define PREEMPTION_TSC	BIT_ULL(24)

/*
 * Not here, for the guest may do it to itself: CR3 loads and stores, INVLPG, INVPCID, RDTSC,
 * RDTSCP, PUSHF, loads and stores of GDTR, IDTR, LDTR and TR, RDRAND, RDSEED. Nor, as nobody
 * uses them yet: posted interrupts (a host vector of their own), VM functions, PML, #VE, shadow
 * VMCS.
 */
static const struct {
	u8 group;
	bool needed;
	u32 bit;
	const char *name;
	const char *why;
} controls[] = {
	{ VMX_PIN, true, PIN_BASED_EXT_INTR_MASK, "external-interrupt exiting",
	  "interrupts are for the host" },
	{ VMX_PIN, true, PIN_BASED_NMI_EXITING, "NMI exiting", "so are NMIs" },
	{ VMX_PIN, true, PIN_BASED_VIRTUAL_NMIS, "virtual NMIs",
	  "the CPU knows whether the guest is in an NMI's handler" },
	{ VMX_PIN, false, PIN_BASED_VMX_PREEMPTION_TIMER, "VMX-preemption timer",
	  "a bound on every stay, whatever interrupts come" },

	{ VMX_PRIMARY, true, CPU_BASED_USE_TSC_OFFSETTING, "TSC offsetting",
	  "the guest's TSC starts at 0" },
	{ VMX_PRIMARY, true, CPU_BASED_HLT_EXITING, "HLT exiting", "a halted guest costs no CPU" },
	{ VMX_PRIMARY, true, CPU_BASED_MWAIT_EXITING, "MWAIT exiting",
	  "waiting must not keep the CPU" },
	{ VMX_PRIMARY, true, CPU_BASED_MONITOR_EXITING, "MONITOR exiting", "likewise" },
	{ VMX_PRIMARY, true, CPU_BASED_RDPMC_EXITING, "RDPMC exiting",
	  "there are no counters for guests" },
	{ VMX_PRIMARY, true, CPU_BASED_TPR_SHADOW, "TPR shadow",
	  "CR8 is changed without an exit while nothing waits for it" },
	{ VMX_PRIMARY, true, CPU_BASED_MOV_DR_EXITING, "MOV-DR exiting",
	  "debug registers are only switched for guests that use them" },
	{ VMX_PRIMARY, true, CPU_BASED_UNCOND_IO_EXITING, "unconditional I/O exiting",
	  "all ports are emulated" },
	{ VMX_PRIMARY, true, CPU_BASED_USE_MSR_BITMAPS, "MSR bitmaps", "by map" },
	{ VMX_PRIMARY, true, CPU_BASED_ACTIVATE_SECONDARY_CONTROLS, "secondary controls",
	  "for those below" },

	{ VMX_SECONDARY, true, SECONDARY_EXEC_ENABLE_EPT, "EPT", "stage-2 tables" },
	{ VMX_SECONDARY, true, SECONDARY_EXEC_UNRESTRICTED_GUEST, "unrestricted guest",
	  "real mode and protected mode without paging" },
	{ VMX_SECONDARY, false, SECONDARY_EXEC_ENABLE_VPID, "VPID",
	  "translations survive exits" },
	{ VMX_SECONDARY, false, SECONDARY_EXEC_ENABLE_RDTSCP, "RDTSCP",
	  "otherwise it is #UD, with RDPID" },
	{ VMX_SECONDARY, false, SECONDARY_EXEC_ENABLE_INVPCID, "INVPCID", "otherwise it is #UD" },
	{ VMX_SECONDARY, false, SECONDARY_EXEC_ENABLE_XSAVES, "XSAVES", "otherwise it is #UD" },
	{ VMX_SECONDARY, false, SECONDARY_EXEC_VIRTUAL_INTR_DELIVERY, "virtual-interrupt delivery",
	  "interrupts are delivered, and end, without an exit" },
	{ VMX_SECONDARY, false, SECONDARY_EXEC_APIC_REGISTER_VIRT, "APIC-register virtualization",
	  "what is requested and in service is read without an exit" },
	{ VMX_SECONDARY, false, SECONDARY_EXEC_VIRTUALIZE_X2APIC_MODE, "virtualize x2APIC mode",
	  "only then the CPU sees end of interrupt; set while the guest is in that mode" },
	{ VMX_SECONDARY, true, SECONDARY_EXEC_WBINVD_EXITING, "WBINVD exiting",
	  "takes the host milliseconds" },
	{ VMX_SECONDARY, false, SECONDARY_EXEC_PAUSE_LOOP_EXITING, "PAUSE-loop exiting",
	  "a vCPU that spins lets others run" },
	{ VMX_SECONDARY, false, SECONDARY_EXEC_ENCLS_EXITING, "ENCLS exiting",
	  "there are no enclaves for guests" },
	{ VMX_SECONDARY, false, SECONDARY_EXEC_PT_CONCEAL_VMX, "conceal VMX from PT",
	  "the host's traces do not tell of the guest" },

	{ VMX_EXIT, true, VM_EXIT_HOST_ADDR_SPACE_SIZE, "host address-space size",
	  "the host is in 64-bit mode" },
	{ VMX_EXIT, true, VM_EXIT_SAVE_DEBUG_CONTROLS, "save debug controls",
	  "DR7 and DEBUGCTL of the guest" },
	{ VMX_EXIT, true, VM_EXIT_LOAD_IA32_EFER, "load IA32_EFER", "of the host" },
	{ VMX_EXIT, true, VM_EXIT_LOAD_IA32_PAT, "load IA32_PAT", "of the host" },
	{ VMX_EXIT, false, VM_EXIT_CLEAR_BNDCFGS, "clear IA32_BNDCFGS",
	  "what is left of MPX stays the guest's" },
	{ VMX_EXIT, false, VM_EXIT_PT_CONCEAL_PIP, "conceal VMX from PT", "as above" },

	{ VMX_ENTRY, true, VM_ENTRY_LOAD_DEBUG_CONTROLS, "load debug controls",
	  "DR7 and DEBUGCTL of the guest" },
	{ VMX_ENTRY, true, VM_ENTRY_LOAD_IA32_EFER, "load IA32_EFER", "of the guest" },
	{ VMX_ENTRY, true, VM_ENTRY_LOAD_IA32_PAT, "load IA32_PAT", "of the guest" },
	{ VMX_ENTRY, false, VM_ENTRY_LOAD_BNDCFGS, "load IA32_BNDCFGS", "0 for the guest" },
	{ VMX_ENTRY, false, VM_ENTRY_PT_CONCEAL_PIP, "conceal VMX from PT", "as above" },
};

static const u32 group_msrs[VMX_GROUPS] = {
	[VMX_PIN]	= MSR_IA32_VMX_TRUE_PINBASED_CTLS,
	[VMX_PRIMARY]	= MSR_IA32_VMX_TRUE_PROCBASED_CTLS,
	[VMX_SECONDARY]	= MSR_IA32_VMX_PROCBASED_CTLS2,
	[VMX_EXIT]	= MSR_IA32_VMX_TRUE_EXIT_CTLS,
	[VMX_ENTRY]	= MSR_IA32_VMX_TRUE_ENTRY_CTLS,
};

/* The probe runs once, and other CPUs give no error. */
static int lacks(struct axvm_error *err, const char *what)
{
	static char text[96];

	if (err)
		scnprintf(text, sizeof(text), "this machine's CPUs have VMX but lack %s", what);
	return axvm_fail(err, text, -EOPNOTSUPP);
}

static int choose_controls(struct vmx_caps *caps, struct axvm_error *err)
{
	unsigned int i;
	u64 may;

	for (i = 0; i < VMX_GROUPS; i++)
		caps->controls[i] = lower_32_bits(caps->msrs.controls[i]);
	for (i = 0; i < ARRAY_SIZE(controls); i++) {
		may = upper_32_bits(caps->msrs.controls[controls[i].group]);
		if (may & controls[i].bit)
			caps->controls[controls[i].group] |= controls[i].bit;
		else if (controls[i].needed)
			return lacks(err, controls[i].name);
	}
	return 0;
}

/* Tables of four levels in write-back memory, leaves of 2 MiB: whoever has the rest has these. */
#define EPT_NEEDED	(VMX_EPT_PAGE_WALK_4_BIT | VMX_EPTP_WB_BIT | VMX_EPT_2MB_PAGE_BIT | \
			 VMX_EPT_INVEPT_BIT | VMX_EPT_EXTENT_CONTEXT_BIT | \
			 VMX_EPT_EXTENT_GLOBAL_BIT)
#define VPID_NEEDED	((u64)(VMX_VPID_INVVPID_BIT | VMX_VPID_EXTENT_SINGLE_CONTEXT_BIT | \
			       VMX_VPID_EXTENT_GLOBAL_CONTEXT_BIT) << 32)

static int check_ept(struct vmx_caps *caps, struct axvm_error *err)
{
	u64 has = caps->msrs.ept_vpid;

	if ((has & EPT_NEEDED) != EPT_NEEDED)
		return lacks(err, "EPT of four levels with leaves of 2 MiB and INVEPT");
	/* A tag that cannot be forgotten is of no use. */
	if ((has & VPID_NEEDED) != VPID_NEEDED)
		caps->controls[VMX_SECONDARY] &= ~SECONDARY_EXEC_ENABLE_VPID;
	return 0;
}

#define APICV	(SECONDARY_EXEC_VIRTUAL_INTR_DELIVERY | SECONDARY_EXEC_APIC_REGISTER_VIRT | \
		 SECONDARY_EXEC_VIRTUALIZE_X2APIC_MODE)

/* All of it or nothing, and x2APIC mode is the guest's choice (vmx_apic.c). */
static void choose_apicv(struct vmx_caps *caps, bool wanted)
{
	u32 *secondary = &caps->controls[VMX_SECONDARY];
	u32 off = SECONDARY_EXEC_VIRTUALIZE_X2APIC_MODE;

	caps->apicv = wanted && (*secondary & APICV) == APICV;
	if (!caps->apicv)
		off = APICV;
	*secondary &= ~off | lower_32_bits(caps->msrs.controls[VMX_SECONDARY]);
}

/* The timer counts down every 2^rate ticks of the TSC (A.6). */
static u32 preemption_value(const struct vmx_caps *caps)
{
	if (!(caps->controls[VMX_PIN] & PIN_BASED_VMX_PREEMPTION_TIMER))
		return 0;
	return PREEMPTION_TSC >> vmx_misc_preemption_timer_rate(caps->msrs.misc);
}

int vmx_caps_choose(struct vmx_caps *caps, bool apicv_wanted, struct axvm_error *err)
{
	u64 basic = caps->msrs.basic;
	int ret;

	if (!(basic & VMX_BASIC_TRUE_CTLS))
		return lacks(err, "the TRUE capability MSRs");
	if (vmx_basic_vmcs_size(basic) > PAGE_SIZE ||
	    vmx_basic_vmcs_mem_type(basic) != X86_MEMTYPE_WB)
		return lacks(err, "control blocks of a page in write-back memory");
	ret = choose_controls(caps, err);
	if (ret)
		return ret;
	ret = check_ept(caps, err);
	if (ret)
		return ret;
	choose_apicv(caps, apicv_wanted);
	caps->preemption = preemption_value(caps);
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(vmx_caps_choose);

/* --- this CPU's --- */

static u64 read_msr(u32 msr)
{
	u64 val = 0;

	if (rdmsrq_safe(msr, &val))
		return 0;
	return val;
}

static void read_msrs(struct vmx_cap_msrs *msrs)
{
	unsigned int i;

	msrs->basic = read_msr(MSR_IA32_VMX_BASIC);
	for (i = 0; i < VMX_GROUPS; i++)
		msrs->controls[i] = read_msr(group_msrs[i]);
	msrs->misc = read_msr(MSR_IA32_VMX_MISC);
	msrs->cr0_set = read_msr(MSR_IA32_VMX_CR0_FIXED0);
	msrs->cr0_may = read_msr(MSR_IA32_VMX_CR0_FIXED1);
	msrs->cr4_set = read_msr(MSR_IA32_VMX_CR4_FIXED0);
	msrs->cr4_may = read_msr(MSR_IA32_VMX_CR4_FIXED1);
	msrs->ept_vpid = read_msr(MSR_IA32_VMX_EPT_VPID_CAP);
}

int vmx_caps_probe(struct axvm_error *err)
{
	memset(&vmx_caps, 0, sizeof(vmx_caps));
	read_msrs(&vmx_caps.msrs);
	return vmx_caps_choose(&vmx_caps, apicv, err);
}

bool vmx_caps_match(void)
{
	struct vmx_cap_msrs mine;

	read_msrs(&mine);
	return !memcmp(&mine, &vmx_caps.msrs, sizeof(mine));
}
