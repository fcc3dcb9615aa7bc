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

#if defined(CONFIG_X86) && KERNEL_VERSION(6, 16, 0) > LINUX_VERSION_CODE

#include <asm/msr.h>

#define rdmsrq(msr, val)	rdmsrl(msr, val)
#define wrmsrq(msr, val)	wrmsrl(msr, val)
#define rdmsrq_safe(msr, val)	rdmsrl_safe(msr, val)
#define wrmsrq_safe(msr, val)	wrmsrl_safe(msr, val)

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

#ifndef NL_ASSERT_CTX_FITS
#define NL_ASSERT_CTX_FITS(type)	NL_ASSERT_DUMP_CTX_FITS(type)
#endif

#endif /* AXVM_COMPAT_H */
