/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What kernels from 6.12 on call differently: the code is written for the
 * newest, and this header, the only home of version checks, serves the others.
 */
#ifndef AXVM_COMPAT_H
#define AXVM_COMPAT_H

#include <linux/hrtimer.h>
#include <linux/module.h>
#include <linux/netlink.h>
#include <linux/stringify.h>
#include <linux/version.h>

#if KERNEL_VERSION(6, 13, 0) > LINUX_VERSION_CODE

static inline void hrtimer_setup(struct hrtimer *timer,
				 enum hrtimer_restart (*function)(struct hrtimer *timer),
				 clockid_t clock_id, enum hrtimer_mode mode)
{
	hrtimer_init(timer, clock_id, mode);
	timer->function = function;
}

#define AXVM_IMPORT_NS(ns)	MODULE_IMPORT_NS(ns)

#else

#define AXVM_IMPORT_NS(ns)	MODULE_IMPORT_NS(__stringify(ns))

#endif

/* Later kernels change HK_TYPE_DOMAIN while they run, and keep what they were booted with. */
#if KERNEL_VERSION(7, 0, 0) > LINUX_VERSION_CODE
#define HK_TYPE_DOMAIN_BOOT	HK_TYPE_DOMAIN
#endif

#if defined(CONFIG_X86) && KERNEL_VERSION(6, 16, 0) > LINUX_VERSION_CODE

#include <asm/msr.h>

#define rdmsrq(msr, val)	rdmsrl(msr, val)
#define wrmsrq(msr, val)	wrmsrl(msr, val)
#define rdmsrq_safe(msr, val)	rdmsrl_safe(msr, val)
#define wrmsrq_safe(msr, val)	wrmsrl_safe(msr, val)
#define native_wrmsrq(msr, val)	native_wrmsrl(msr, val)

#elif defined(CONFIG_X86)

#include <asm/cpuid/api.h>	/* asm/processor.h has it no more */

#endif

#ifdef CONFIG_X86

#include <asm/fpu/xstate.h>
#include <asm/perf_event.h>
#include <asm/processor.h>
#include <asm/reboot.h>
#include <asm/svm.h>
#include <asm/tlbflush.h>

/* Names of Linux 7. */
#ifndef CPUID_LEAF_XSTATE
#define CPUID_LEAF_XSTATE	XSTATE_CPUID
#endif
#ifndef SVM_MISC_ENABLE_NP
#define SVM_MISC_ENABLE_NP	SVM_NESTED_CTL_NP_ENABLE
#define misc_ctl		nested_ctl
#endif

/*
 * Have @callback called on a CPU that is about to halt for good or to start another kernel.
 * Kernels with asm/virt.h set GIF and turn SVM or VMX off by themselves then, whoever
 * turned it on, and call KVM alone; those without KVM have no place to ask.
 */
#ifdef __has_include	/* sparse does not know it */
#if __has_include("asm/virt.h")
#define KERNEL_TURNS_VIRT_OFF
#endif
#endif
#if (IS_ENABLED(CONFIG_KVM_INTEL) || IS_ENABLED(CONFIG_KVM_AMD)) && !defined(KERNEL_TURNS_VIRT_OFF)
static inline void axvm_register_emergency(void (*callback)(void))
{
	cpu_emergency_register_virt_callback(callback);
}

static inline void axvm_unregister_emergency(void (*callback)(void))
{
	cpu_emergency_unregister_virt_callback(callback);
}
#else
static inline void axvm_register_emergency(void (*callback)(void)) { }
static inline void axvm_unregister_emergency(void (*callback)(void)) { }
#endif

/*
 * Set and clear bits of CR4 in the register and in what the kernel remembers of it: a bit that
 * it does not know of goes with its next write of the register. Interrupts off. The same kernels
 * link the function to KVM's modules alone; where it cannot be found either, false.
 */
static inline bool axvm_update_cr4(unsigned long set, unsigned long clear)
{
#ifdef KERNEL_TURNS_VIRT_OFF
	void (*update)(unsigned long set, unsigned long clear);

	update = (void *)__symbol_get("cr4_update_irqsoff");
	if (!update)
		return false;
	update(set, clear);
	__symbol_put("cr4_update_irqsoff");
#else
	cr4_update_irqsoff(set, clear);
#endif
	return true;
}

/*
 * VMX operation begins on this CPU, or has ended: some CPUs cannot trace (Intel PT) meanwhile, and
 * the kernel has to know. The same kernels tell nobody; there VMXON fails while such a CPU traces.
 */
static inline void axvm_tell_pt(bool vmx)
{
#ifndef KERNEL_TURNS_VIRT_OFF
	intel_pt_handle_vmx(vmx);
#endif
}

#endif

#ifdef CONFIG_ARM64

#include <asm/cpufeature.h>
#include <asm/cputype.h>
#include <asm/neon.h>

/*
 * This CPU has registers of memory partitioning. Kernels that know MPAM also know CPUs
 * whose firmware keeps them (arm64.nompam); others leave the CPU's word. Preemption off.
 */
static inline bool axvm_cpu_has_mpam(void)
{
#ifdef ARM64_MPAM
	return cpus_have_final_cap(ARM64_MPAM);
#else
	return read_cpuid(ID_AA64PFR0_EL1) & ID_AA64PFR0_EL1_MPAM_MASK ||
	       read_cpuid(ID_AA64PFR1_EL1) & ID_AA64PFR1_EL1_MPAM_frac_MASK;
#endif
}

#include <asm/kvm_arm.h>
#include <asm/sysreg.h>

/* Registers whose fields have other names since the kernel makes asm/sysreg-defs.h of them. */
#ifndef HPFAR_MASK
#define HPFAR_MASK		HPFAR_EL2_FIPA
#endif
/* From the address in PAR_EL1 to the same in HPFAR_EL2.FIPA. */
#ifndef PAR_TO_HPFAR
#define PAR_TO_HPFAR(par)	(((par) & GENMASK_ULL(47, 12)) >> 8)
#endif
#ifndef ICH_HCR_EN
#define ICH_HCR_EN		ICH_HCR_EL2_En
#define ICH_HCR_NPIE		ICH_HCR_EL2_NPIE
#define ICH_HCR_TC		ICH_HCR_EL2_TC
#define ICH_HCR_TALL0		ICH_HCR_EL2_TALL0
#define ICH_HCR_TALL1		ICH_HCR_EL2_TALL1
#define ICH_HCR_TDIR		ICH_HCR_EL2_TDIR
#define ICH_HCR_EOIcount_MASK	ICH_HCR_EL2_EOIcount_MASK
#define ICH_HCR_EOIcount_SHIFT	ICH_HCR_EL2_EOIcount_SHIFT
#endif
#ifndef ICH_VTR_TDS_MASK
#define ICH_VTR_TDS_MASK	ICH_VTR_EL2_TDS_MASK
#define ICH_VTR_A3V_MASK	ICH_VTR_EL2_A3V_MASK
#define ICH_VTR_SEIS_MASK	ICH_VTR_EL2_SEIS_MASK
#define ICH_VTR_ID_BITS_MASK	ICH_VTR_EL2_IDbits_MASK
#endif
#ifndef ICH_VMCR_ENG0_MASK
#define ICH_VMCR_ENG0_MASK	ICH_VMCR_EL2_VENG0_MASK
#define ICH_VMCR_ENG1_MASK	ICH_VMCR_EL2_VENG1_MASK
#define ICH_VMCR_CBPR_MASK	ICH_VMCR_EL2_VCBPR_MASK
#define ICH_VMCR_EOIM_MASK	ICH_VMCR_EL2_VEOIM_MASK
#define ICH_VMCR_PMR_MASK	ICH_VMCR_EL2_VPMR_MASK
#define ICH_VMCR_PMR_SHIFT	ICH_VMCR_EL2_VPMR_SHIFT
#endif

/* Where the kernel keeps the registers when a softirq wants the unit meanwhile. */
#if KERNEL_VERSION(6, 19, 0) > LINUX_VERSION_CODE
static inline void axvm_neon_begin(struct user_fpsimd_state *state)
{
	kernel_neon_begin();
}

static inline void axvm_neon_end(struct user_fpsimd_state *state)
{
	kernel_neon_end();
}

#else
#define axvm_neon_begin(state)	kernel_neon_begin(state)
#define axvm_neon_end(state)	kernel_neon_end(state)
#endif

#endif

/*
 * Hooks of the system core (syscore) get a pointer in newer kernels, and in stable releases that
 * followed them: Kbuild looks into the kernel's header.
 */
#include <linux/syscore_ops.h>

#ifdef AXVM_HAS_STRUCT_SYSCORE
#define AXVM_SYSCORE_ARGS		void *unused
#define AXVM_SYSCORE(name, on_suspend, on_resume, on_shutdown)		\
	static const struct syscore_ops name##_ops = {			\
		.suspend = on_suspend,					\
		.resume = on_resume,					\
		.shutdown = on_shutdown,				\
	};								\
	static struct syscore name = { .ops = &name##_ops }
#define axvm_syscore_register(hooks)	register_syscore(hooks)
#define axvm_syscore_unregister(hooks)	unregister_syscore(hooks)
#else
#define AXVM_SYSCORE_ARGS		void
#define AXVM_SYSCORE(name, on_suspend, on_resume, on_shutdown)		\
	static struct syscore_ops name = {				\
		.suspend = on_suspend,					\
		.resume = on_resume,					\
		.shutdown = on_shutdown,				\
	}
#define axvm_syscore_register(hooks)	register_syscore_ops(hooks)
#define axvm_syscore_unregister(hooks)	unregister_syscore_ops(hooks)
#endif

#ifndef NL_ASSERT_CTX_FITS
#define NL_ASSERT_CTX_FITS(type)	NL_ASSERT_DUMP_CTX_FITS(type)
#endif

#endif /* AXVM_COMPAT_H */
