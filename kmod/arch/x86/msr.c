// SPDX-License-Identifier: GPL-2.0
/*
 * Model-specific registers of guests.
 *
 * What is not in the table raises #GP. Called by the vendor's fast handlers; all
 * of a vCPU's registers belong to its thread. No value from a guest reaches a
 * register of the host unchecked.
 *
 * References are to SDM 4 and to the BIOS and kernel developer's guides of AMD.
 */
#include <linux/nospec.h>
#include <linux/slab.h>
#include <asm/cpufeature.h>
#include <asm/mtrr.h>
#include <asm/trapnr.h>
#include <asm/tsc.h>
#include <uapi/asm/kvm_para.h>
#include <kunit/visibility.h>

#include "compat.h"
#include "arch/x86/lapic.h"
#include "arch/x86/msr.h"
#include "arch/x86/tsc.h"
#include "arch/x86/x86.h"

/* Values that are kept in v->msr; ranges are as long as in the table. */
enum {
	SLOT_MTRR_VARIABLE,
	SLOT_MTRR_FIX64K = SLOT_MTRR_VARIABLE + 16,
	SLOT_MTRR_FIX16K,
	SLOT_MTRR_FIX4K = SLOT_MTRR_FIX16K + 2,
	SLOT_MTRR_DEFAULT = SLOT_MTRR_FIX4K + 8,
	SLOT_MCG_STATUS,
	SLOT_MISC_ENABLE,
	SLOT_HWCR,
	SLOT_SYSCFG,
	SLOT_NB_CFG,
	SLOT_WALL_CLOCK,
	SLOT_SPEC_CTRL_BITS,	/* not a register: what may be written to IA32_SPEC_CTRL */
	SLOTS
};

enum vendor {
	ANY,
	INTEL,
	AMD,
};

/**
 * struct msr_row - a register, or some of a kind
 * @first: number
 * @more: how many follow
 * @vendor: whose CPUs have it
 * @slot: index into v->msr, or enum x86_sysreg
 * @mask: bits that may be written
 * @reset: value after power-on, of what is kept in v->msr
 * @read: NULL: #GP
 * @write: NULL: #GP
 */
struct msr_row {
	u32 first;
	u8 more;
	u8 vendor;
	u8 slot;
	u64 mask;
	u64 reset;
	int (*read)(struct x86_vcpu *v, const struct msr_row *row, u32 msr, u64 *val);
	int (*write)(struct x86_vcpu *v, const struct msr_row *row, u32 msr, u64 val);
};

/* --- kinds of registers --- */

static u64 *kept(struct x86_vcpu *v, const struct msr_row *row, u32 msr)
{
	return &v->msr[row->slot + array_index_nospec(msr - row->first, row->more + 1)];
}

static int read_kept(struct x86_vcpu *v, const struct msr_row *row, u32 msr, u64 *val)
{
	*val = *kept(v, row, msr);
	return 0;
}

static int write_kept(struct x86_vcpu *v, const struct msr_row *row, u32 msr, u64 val)
{
	if (val & ~row->mask)
		return -1;
	*kept(v, row, msr) = val;
	return 0;
}

/* Other bits are not refused, and stay as they are. */
static int write_some(struct x86_vcpu *v, const struct msr_row *row, u32 msr, u64 val)
{
	u64 *reg = kept(v, row, msr);

	*reg = (*reg & ~row->mask) | (val & row->mask);
	return 0;
}

static int read_zero(struct x86_vcpu *v, const struct msr_row *row, u32 msr, u64 *val)
{
	*val = 0;
	return 0;
}

static int write_ignored(struct x86_vcpu *v, const struct msr_row *row, u32 msr, u64 val)
{
	return 0;
}

static int read_reset(struct x86_vcpu *v, const struct msr_row *row, u32 msr, u64 *val)
{
	*val = row->reset;
	return 0;
}

/* --- registers in the vendor's control block --- */

/* The width is that of the CPU, whatever the paging mode (SDM 2, WRMSR). */
static bool is_canonical(const struct x86_vcpu *v, u64 val)
{
	unsigned int bits = x86_guest_has(v, X86_FEATURE_LA57) ? 57 : 48;

	return sign_extend64(val, bits - 1) == val;
}

static int read_sysreg(struct x86_vcpu *v, const struct msr_row *row, u32 msr, u64 *val)
{
	*val = x86_hw->get_sysreg(v, row->slot);
	return 0;
}

static int write_sysreg(struct x86_vcpu *v, const struct msr_row *row, u32 msr, u64 val)
{
	if (val & ~row->mask)
		return -1;
	x86_hw->set_sysreg(v, row->slot, val);
	return 0;
}

static int write_address(struct x86_vcpu *v, const struct msr_row *row, u32 msr, u64 val)
{
	if (!is_canonical(v, val))
		return -1;
	x86_hw->set_sysreg(v, row->slot, val);
	return 0;
}

/* SDM 3, 12.12.2: UC, WC, WT, WP, WB, UC-. */
#define PAT_TYPES	(BIT(X86_MEMTYPE_UC) | BIT(X86_MEMTYPE_WC) | BIT(X86_MEMTYPE_WT) | \
			 BIT(X86_MEMTYPE_WP) | BIT(X86_MEMTYPE_WB) | BIT(X86_MEMTYPE_UC_MINUS))
#define MTRR_TYPES	(PAT_TYPES & ~BIT(X86_MEMTYPE_UC_MINUS))

static bool is_type(u8 type, u32 types)
{
	return type < 8 && types & BIT(type);
}

static bool are_types(u64 val, u32 types)
{
	unsigned int i;

	for (i = 0; i < sizeof(val); i++, val >>= 8)
		if (!is_type(val, types))
			return false;
	return true;
}

static int write_pat(struct x86_vcpu *v, const struct msr_row *row, u32 msr, u64 val)
{
	if (!are_types(val, PAT_TYPES))
		return -1;
	x86_hw->set_sysreg(v, X86_PAT, val);
	return 0;
}

static int read_efer(struct x86_vcpu *v, const struct msr_row *row, u32 msr, u64 *val)
{
	*val = v->efer;
	return 0;
}

static int write_efer(struct x86_vcpu *v, const struct msr_row *row, u32 msr, u64 val)
{
	return x86_efer_set(v, val) ? 0 : -1;
}

/* --- clocks --- */

static int read_tsc(struct x86_vcpu *v, const struct msr_row *row, u32 msr, u64 *val)
{
	*val = x86_guest_tsc(v, rdtsc());
	return 0;
}

static int write_tsc(struct x86_vcpu *v, const struct msr_row *row, u32 msr, u64 val)
{
	x86_tsc_write(v, val);
	return 0;
}

static int read_tsc_adjust(struct x86_vcpu *v, const struct msr_row *row, u32 msr, u64 *val)
{
	*val = v->tsc_adjust;
	return 0;
}

static int write_tsc_adjust(struct x86_vcpu *v, const struct msr_row *row, u32 msr, u64 val)
{
	x86_tsc_adjust_write(v, val);
	return 0;
}

static bool has_tsc_aux(const struct x86_vcpu *v)
{
	return x86_guest_has(v, X86_FEATURE_RDTSCP) || x86_guest_has(v, X86_FEATURE_RDPID);
}

static int read_tsc_aux(struct x86_vcpu *v, const struct msr_row *row, u32 msr, u64 *val)
{
	if (!has_tsc_aux(v))
		return -1;
	*val = v->tsc_aux;
	return 0;
}

static bool is_loaded(const struct x86_vcpu *v)
{
	return v->base.cpu >= 0;
}

static int write_tsc_aux(struct x86_vcpu *v, const struct msr_row *row, u32 msr, u64 val)
{
	if (!has_tsc_aux(v) || upper_32_bits(val))
		return -1;
	v->tsc_aux = val;
	if (is_loaded(v))
		wrmsrq(MSR_TSC_AUX, val);
	return 0;
}

static int read_kvm_clock(struct x86_vcpu *v, const struct msr_row *row, u32 msr, u64 *val)
{
	*val = v->kvm_clock;
	return 0;
}

static int write_kvm_clock(struct x86_vcpu *v, const struct msr_row *row, u32 msr, u64 val)
{
	return x86_kvm_clock_write(v, val);
}

static int write_wall_clock(struct x86_vcpu *v, const struct msr_row *row, u32 msr, u64 val)
{
	if (x86_kvm_wall_clock_write(v, val))
		return -1;
	*kept(v, row, msr) = val;
	return 0;
}

/* --- interrupts --- */

#define X2APIC_MSRS	256	/* SDM 3, 11.12.1.2: 0x800 to 0x8ff */

static int read_apic_base(struct x86_vcpu *v, const struct msr_row *row, u32 msr, u64 *val)
{
	*val = v->lapic.base_msr;
	return 0;
}

/* CPUID mirrors whether the APIC is enabled. */
static int write_apic_base(struct x86_vcpu *v, const struct msr_row *row, u32 msr, u64 val)
{
	if (x86_lapic_base_write(v, val))
		return -1;
	x86_cpuid_update(v);
	return 0;
}

static int read_deadline(struct x86_vcpu *v, const struct msr_row *row, u32 msr, u64 *val)
{
	*val = x86_lapic_deadline_read(v);
	return 0;
}

static int write_deadline(struct x86_vcpu *v, const struct msr_row *row, u32 msr, u64 val)
{
	x86_lapic_deadline_write(v, val);
	return 0;
}

/* Numbers of x2APIC registers; kernels use them more than all others, so no search. */
static __always_inline bool is_x2apic(u32 msr)
{
	return msr - APIC_BASE_MSR < X2APIC_MSRS;
}

/* --- memory types: kept, as stage 2 decides --- */

#define MTRR_VALID		BIT_ULL(11)
#define MTRR_DEFAULT_ENABLE	BIT_ULL(11)
#define MTRR_DEFAULT_FIXED	BIT_ULL(10)
#define MTRR_TYPE		GENMASK_ULL(7, 0)

/* IA32_MTRRCAP: 8 variable ranges, fixed ranges, write-combining. */
#define MTRR_VARIABLE_RANGES	8
#define MTRR_CAP		(MTRR_VARIABLE_RANGES | BIT_ULL(8) | BIT_ULL(10))

static u64 address_bits(const struct x86_vcpu *v)
{
	return GENMASK_ULL(x86_guest_phys_bits(v) - 1, PAGE_SHIFT);
}

/* Even numbers are bases, odd ones masks. */
static int write_mtrr_variable(struct x86_vcpu *v, const struct msr_row *row, u32 msr, u64 val)
{
	bool is_mask = (msr - row->first) & 1;
	u64 allowed = address_bits(v) | (is_mask ? MTRR_VALID : MTRR_TYPE);

	if (val & ~allowed || (!is_mask && !is_type(val, MTRR_TYPES)))
		return -1;
	*kept(v, row, msr) = val;
	return 0;
}

static int write_mtrr_fixed(struct x86_vcpu *v, const struct msr_row *row, u32 msr, u64 val)
{
	if (!are_types(val, MTRR_TYPES))
		return -1;
	*kept(v, row, msr) = val;
	return 0;
}

static int write_mtrr_default(struct x86_vcpu *v, const struct msr_row *row, u32 msr, u64 val)
{
	if (!is_type(val, MTRR_TYPES))
		return -1;
	return write_kept(v, row, msr, val);
}

/* --- speculation --- */

/* PSFD: "Security analysis of AMD predictive store forwarding". */
#define SPEC_CTRL_PSFD	BIT(7)

static const struct {
	u32 bit;
	unsigned int feature;
} spec_ctrl_bits[] = {
	{ SPEC_CTRL_IBRS, X86_FEATURE_SPEC_CTRL },
	{ SPEC_CTRL_IBRS, X86_FEATURE_AMD_IBRS },
	{ SPEC_CTRL_STIBP, X86_FEATURE_INTEL_STIBP },
	{ SPEC_CTRL_STIBP, X86_FEATURE_AMD_STIBP },
	{ SPEC_CTRL_SSBD, X86_FEATURE_SPEC_CTRL_SSBD },
	{ SPEC_CTRL_SSBD, X86_FEATURE_AMD_SSBD },
	{ SPEC_CTRL_PSFD, X86_FEATURE_AMD_PSFD },
};

static u64 find_spec_ctrl_bits(const struct x86_vcpu *v)
{
	u64 bits = 0;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(spec_ctrl_bits); i++)
		if (x86_guest_has(v, spec_ctrl_bits[i].feature))
			bits |= spec_ctrl_bits[i].bit;
	return bits;
}

static int read_spec_ctrl(struct x86_vcpu *v, const struct msr_row *row, u32 msr, u64 *val)
{
	if (!v->msr[SLOT_SPEC_CTRL_BITS])
		return -1;
	*val = v->spec_ctrl;
	return 0;
}

/* The guest has no bit that the host's CPU lacks: the vendor may load the value as it is. */
static int write_spec_ctrl(struct x86_vcpu *v, const struct msr_row *row, u32 msr, u64 val)
{
	u64 bits = v->msr[SLOT_SPEC_CTRL_BITS];

	if (!bits || val & ~bits)
		return -1;
	v->spec_ctrl = val;
	return 0;
}

static u64 pred_cmd_bits(const struct x86_vcpu *v)
{
	u64 bits = 0;

	if (x86_guest_has(v, X86_FEATURE_SPEC_CTRL) || x86_guest_has(v, X86_FEATURE_AMD_IBPB))
		bits |= PRED_CMD_IBPB;
	if (x86_guest_has(v, X86_FEATURE_SBPB))
		bits |= PRED_CMD_SBPB;
	return bits;
}

static int write_pred_cmd(struct x86_vcpu *v, const struct msr_row *row, u32 msr, u64 val)
{
	u64 bits = pred_cmd_bits(v);

	if (!bits || val & ~bits)
		return -1;
	if (val && boot_cpu_has(X86_FEATURE_IBPB))
		wrmsrq(MSR_IA32_PRED_CMD, val);
	return 0;
}

static int write_flush_cmd(struct x86_vcpu *v, const struct msr_row *row, u32 msr, u64 val)
{
	if (!x86_guest_has(v, X86_FEATURE_FLUSH_L1D) || val & ~L1D_FLUSH)
		return -1;
	if (val && boot_cpu_has(X86_FEATURE_FLUSH_L1D))
		wrmsrq(MSR_IA32_FLUSH_CMD, L1D_FLUSH);
	return 0;
}

/* What the CPU says about itself that also holds for guests. */
#define ARCH_CAP_GUEST	(ARCH_CAP_RDCL_NO | ARCH_CAP_IBRS_ALL | ARCH_CAP_RSBA | ARCH_CAP_SSB_NO | \
			 ARCH_CAP_MDS_NO | ARCH_CAP_PSCHANGE_MC_NO | ARCH_CAP_TAA_NO | \
			 ARCH_CAP_SBDR_SSDP_NO | \
			 ARCH_CAP_FBSDP_NO | ARCH_CAP_PSDP_NO | ARCH_CAP_FB_CLEAR | \
			 ARCH_CAP_RRSBA | ARCH_CAP_BHI_NO | ARCH_CAP_PBRSB_NO | ARCH_CAP_GDS_NO | \
			 ARCH_CAP_RFDS_NO | ARCH_CAP_RFDS_CLEAR | ARCH_CAP_ITS_NO)

/* The kernel knows of older CPUs that are not affected, although they cannot say so. */
static const struct {
	u64 bit;
	unsigned int bug;
} not_affected[] = {
	{ ARCH_CAP_RDCL_NO, X86_BUG_CPU_MELTDOWN },
	{ ARCH_CAP_SSB_NO, X86_BUG_SPEC_STORE_BYPASS },
	{ ARCH_CAP_MDS_NO, X86_BUG_MDS },
	{ ARCH_CAP_GDS_NO, X86_BUG_GDS },
	{ ARCH_CAP_ITS_NO, X86_BUG_ITS },
};

static int read_arch_capabilities(struct x86_vcpu *v, const struct msr_row *row, u32 msr,
				  u64 *val)
{
	u64 caps = 0;
	unsigned int i;

	if (!x86_guest_has(v, X86_FEATURE_ARCH_CAPABILITIES))
		return -1;
	if (boot_cpu_has(X86_FEATURE_ARCH_CAPABILITIES))
		rdmsrq(MSR_IA32_ARCH_CAPABILITIES, caps);
	caps &= ARCH_CAP_GUEST;
	for (i = 0; i < ARRAY_SIZE(not_affected); i++)
		if (!boot_cpu_has_bug(not_affected[i].bug))
			caps |= not_affected[i].bit;
	*val = caps;
	return 0;
}

/* --- identity and configuration --- */

/* Intel has the revision in the upper half, and wants 0 written before it is read. */
static int read_microcode(struct x86_vcpu *v, const struct msr_row *row, u32 msr, u64 *val)
{
	u64 revision = boot_cpu_data.microcode;

	*val = v->is_amd ? revision : revision << 32;
	return 0;
}

/* Maximum ratio without turbo, of 100 MHz, in bits 15-8. */
static int read_platform_info(struct x86_vcpu *v, const struct msr_row *row, u32 msr, u64 *val)
{
	*val = (x86_tsc_khz() / 100000 & 0xff) << 8;
	return 0;
}

static int read_de_cfg(struct x86_vcpu *v, const struct msr_row *row, u32 msr, u64 *val)
{
	*val = boot_cpu_has(X86_FEATURE_LFENCE_RDTSC) ? MSR_AMD64_DE_CFG_LFENCE_SERIALIZE : 0;
	return 0;
}

static int read_xss(struct x86_vcpu *v, const struct msr_row *row, u32 msr, u64 *val)
{
	if (!x86_guest_has(v, X86_FEATURE_XSAVES))
		return -1;
	*val = v->fpu.xss;
	return 0;
}

/* There is no supervisor state to turn on. */
static int write_xss(struct x86_vcpu *v, const struct msr_row *row, u32 msr, u64 val)
{
	return x86_guest_has(v, X86_FEATURE_XSAVES) && !val ? 0 : -1;
}

/* --- the table --- */

#define ONE(msr)		.first = (msr)
#define RANGE(from, nr)		.first = (from), .more = (nr) - 1
#define KEPT(index, bits)	.slot = (index), .mask = (bits), .read = read_kept, \
				.write = write_kept
#define SYSREG(index, bits)	.slot = (index), .mask = (bits), .read = read_sysreg, \
				.write = write_sysreg
#define ADDRESS(index)		.slot = (index), .read = read_sysreg, .write = write_address
#define INERT			.read = read_zero, .write = write_ignored
#define RW(name)		.read = read_##name, .write = write_##name

#define MCG_STATUS_BITS		GENMASK_ULL(2, 0)
#define DEBUGCTL_BITS		(DEBUGCTLMSR_LBR | DEBUGCTLMSR_BTF)
#define MISC_ENABLE_RESET	(MSR_IA32_MISC_ENABLE_FAST_STRING | \
				 MSR_IA32_MISC_ENABLE_BTS_UNAVAIL | \
				 MSR_IA32_MISC_ENABLE_PEBS_UNAVAIL)
/* HWCR: McStatusWrEn, and TscFreqSel: the TSC counts at the P0 rate. */
#define HWCR_BITS		BIT_ULL(18)
#define HWCR_TSC_FREQ_SEL	BIT_ULL(24)
/* SYSCFG: how fixed and variable MTRRs and TOP_MEM2 are used. */
#define SYSCFG_BITS		GENMASK_ULL(22, 18)
/* NB_CFG: EnableCf8ExtCfg */
#define NB_CFG_BITS		BIT_ULL(46)

/* Sorted; without those of the x2APIC. */
static const struct msr_row table[] = {
	{ ONE(MSR_IA32_TSC), RW(tsc) },
	{ ONE(MSR_IA32_PLATFORM_ID), .vendor = INTEL, .read = read_zero },
	{ ONE(MSR_IA32_APICBASE), RW(apic_base) },
	{ ONE(MSR_IA32_EBL_CR_POWERON), .vendor = INTEL, .read = read_zero },
	{ ONE(MSR_SMI_COUNT), .vendor = INTEL, .read = read_zero },
	{ ONE(MSR_IA32_FEAT_CTL), .vendor = INTEL, .reset = FEAT_CTL_LOCKED, .read = read_reset },
	{ ONE(MSR_IA32_TSC_ADJUST), RW(tsc_adjust) },
	{ ONE(MSR_IA32_SPEC_CTRL), RW(spec_ctrl) },
	{ ONE(MSR_IA32_PRED_CMD), .write = write_pred_cmd },
	{ ONE(MSR_IA32_UCODE_WRITE), .vendor = INTEL, .write = write_ignored },
	{ ONE(MSR_IA32_UCODE_REV), .read = read_microcode, .write = write_ignored },
	{ ONE(MSR_PLATFORM_INFO), .vendor = INTEL, .read = read_platform_info },
	{ ONE(MSR_MTRRcap), .reset = MTRR_CAP, .read = read_reset },
	{ ONE(MSR_IA32_ARCH_CAPABILITIES), .read = read_arch_capabilities },
	{ ONE(MSR_IA32_FLUSH_CMD), .write = write_flush_cmd },
	{ ONE(MSR_IA32_SYSENTER_CS), SYSREG(X86_SYSENTER_CS, U32_MAX) },
	{ ONE(MSR_IA32_SYSENTER_ESP), ADDRESS(X86_SYSENTER_ESP) },
	{ ONE(MSR_IA32_SYSENTER_EIP), ADDRESS(X86_SYSENTER_EIP) },
	{ ONE(MSR_IA32_MCG_CAP), .read = read_zero },
	{ ONE(MSR_IA32_MCG_STATUS), KEPT(SLOT_MCG_STATUS, MCG_STATUS_BITS) },
	{ ONE(MSR_IA32_MISC_ENABLE), .vendor = INTEL, .slot = SLOT_MISC_ENABLE,
	  .mask = MSR_IA32_MISC_ENABLE_FAST_STRING, .reset = MISC_ENABLE_RESET,
	  .read = read_kept, .write = write_some },
	{ ONE(MSR_IA32_DEBUGCTLMSR), SYSREG(X86_DEBUGCTL, DEBUGCTL_BITS) },
	{ RANGE(MSR_IA32_LASTBRANCHFROMIP, 4), INERT },
	{ RANGE(MTRRphysBase_MSR(0), 2 * MTRR_VARIABLE_RANGES), .slot = SLOT_MTRR_VARIABLE,
	  .read = read_kept, .write = write_mtrr_variable },
	{ ONE(MSR_MTRRfix64K_00000), .slot = SLOT_MTRR_FIX64K,
	  .read = read_kept, .write = write_mtrr_fixed },
	{ RANGE(MSR_MTRRfix16K_80000, 2), .slot = SLOT_MTRR_FIX16K,
	  .read = read_kept, .write = write_mtrr_fixed },
	{ RANGE(MSR_MTRRfix4K_C0000, 8), .slot = SLOT_MTRR_FIX4K,
	  .read = read_kept, .write = write_mtrr_fixed },
	{ ONE(MSR_IA32_CR_PAT), .slot = X86_PAT, .read = read_sysreg, .write = write_pat },
	{ ONE(MSR_MTRRdefType), .slot = SLOT_MTRR_DEFAULT,
	  .mask = MTRR_DEFAULT_ENABLE | MTRR_DEFAULT_FIXED | MTRR_TYPE,
	  .read = read_kept, .write = write_mtrr_default },
	{ ONE(MSR_IA32_TSC_DEADLINE), RW(deadline) },
	{ ONE(MSR_IA32_XSS), RW(xss) },
	{ ONE(MSR_KVM_WALL_CLOCK_NEW), .slot = SLOT_WALL_CLOCK,
	  .read = read_kept, .write = write_wall_clock },
	{ ONE(MSR_KVM_SYSTEM_TIME_NEW), RW(kvm_clock) },
	{ ONE(MSR_EFER), RW(efer) },
	{ ONE(MSR_STAR), SYSREG(X86_STAR, U64_MAX) },
	{ ONE(MSR_LSTAR), ADDRESS(X86_LSTAR) },
	{ ONE(MSR_CSTAR), ADDRESS(X86_CSTAR) },
	{ ONE(MSR_SYSCALL_MASK), SYSREG(X86_SFMASK, U32_MAX) },
	{ ONE(MSR_FS_BASE), ADDRESS(X86_FS_BASE) },
	{ ONE(MSR_GS_BASE), ADDRESS(X86_GS_BASE) },
	{ ONE(MSR_KERNEL_GS_BASE), ADDRESS(X86_KERNEL_GS_BASE) },
	{ ONE(MSR_TSC_AUX), RW(tsc_aux) },
	/* No CPUID bit can say that AMD's four first performance counters are not there. */
	{ RANGE(MSR_K7_EVNTSEL0, 8), .vendor = AMD, INERT },
	{ ONE(MSR_AMD64_SYSCFG), .vendor = AMD, KEPT(SLOT_SYSCFG, SYSCFG_BITS) },
	{ ONE(MSR_K7_HWCR), .vendor = AMD, .slot = SLOT_HWCR, .mask = HWCR_BITS,
	  .reset = HWCR_TSC_FREQ_SEL, .read = read_kept, .write = write_some },
	{ ONE(MSR_K8_TOP_MEM1), .vendor = AMD, INERT },
	{ ONE(MSR_K8_TOP_MEM2), .vendor = AMD, INERT },
	{ ONE(MSR_AMD64_NB_CFG), .vendor = AMD, .slot = SLOT_NB_CFG, .mask = NB_CFG_BITS,
	  .read = read_kept, .write = write_some },
	{ ONE(MSR_AMD64_PATCH_LOADER), .vendor = AMD, .write = write_ignored },
	{ ONE(MSR_K8_INT_PENDING_MSG), .vendor = AMD, INERT },
	{ ONE(MSR_FAM10H_MMIO_CONF_BASE), .vendor = AMD, INERT },
	{ ONE(MSR_AMD64_DC_CFG), .vendor = AMD, INERT },
	{ ONE(MSR_AMD64_TW_CFG), .vendor = AMD, INERT },
	{ ONE(MSR_AMD64_DE_CFG), .vendor = AMD, .read = read_de_cfg, .write = write_ignored },
	{ ONE(MSR_AMD64_BU_CFG2), .vendor = AMD, INERT },
	{ ONE(MSR_F15H_EX_CFG), .vendor = AMD, INERT },
};

static const struct msr_row *find_row(const struct x86_vcpu *v, u32 msr)
{
	unsigned int low = 0, high = ARRAY_SIZE(table), mid;
	const struct msr_row *row;

	while (high - low > 1) {
		mid = (low + high) / 2;
		if (msr < table[mid].first)
			high = mid;
		else
			low = mid;
	}
	row = &table[low];
	if (msr - row->first > row->more)
		return NULL;
	return row->vendor == ANY || (row->vendor == AMD) == v->is_amd ? row : NULL;
}

static __always_inline int read_msr(struct x86_vcpu *v, u32 msr, u64 *val)
{
	const struct msr_row *row;

	if (is_x2apic(msr))
		return x86_lapic_msr_read(v, msr, val);
	row = find_row(v, msr);
	return row && row->read ? row->read(v, row, msr, val) : -1;
}

int x86_msr_read(struct x86_vcpu *v, u32 msr, u64 *val)
{
	return read_msr(v, msr, val);
}
EXPORT_SYMBOL_IF_KUNIT(x86_msr_read);

static __always_inline int write_msr(struct x86_vcpu *v, u32 msr, u64 val)
{
	const struct msr_row *row;

	if (is_x2apic(msr))
		return x86_lapic_msr_write(v, msr, val);
	row = find_row(v, msr);
	return row && row->write ? row->write(v, row, msr, val) : -1;
}

int x86_msr_write(struct x86_vcpu *v, u32 msr, u64 val)
{
	return write_msr(v, msr, val);
}
EXPORT_SYMBOL_IF_KUNIT(x86_msr_write);

bool x86_rdmsr_emulate(struct x86_vcpu *v)
{
	u64 val = 0;

	if (read_msr(v, v->gpr[X86_RCX], &val)) {
		x86_queue_exception_error(v, X86_TRAP_GP, 0);
		return false;
	}
	v->gpr[X86_RAX] = lower_32_bits(val);
	v->gpr[X86_RDX] = upper_32_bits(val);
	return true;
}
EXPORT_SYMBOL_IF_KUNIT(x86_rdmsr_emulate);

bool x86_wrmsr_emulate(struct x86_vcpu *v)
{
	u64 val = lower_32_bits(v->gpr[X86_RAX]) | v->gpr[X86_RDX] << 32;

	if (write_msr(v, v->gpr[X86_RCX], val)) {
		x86_queue_exception_error(v, X86_TRAP_GP, 0);
		return false;
	}
	return true;
}
EXPORT_SYMBOL_IF_KUNIT(x86_wrmsr_emulate);

/* --- life --- */

int x86_msr_init(struct x86_vcpu *v)
{
	v->msr = kcalloc(SLOTS, sizeof(*v->msr), GFP_KERNEL_ACCOUNT);
	return v->msr ? 0 : -ENOMEM;
}
EXPORT_SYMBOL_IF_KUNIT(x86_msr_init);

void x86_msr_destroy(struct x86_vcpu *v)
{
	kfree(v->msr);
	v->msr = NULL;
}
EXPORT_SYMBOL_IF_KUNIT(x86_msr_destroy);

/* SDM 3, 12.12.4 */
#define PAT_RESET	PAT_VALUE(WB, WT, UC_MINUS, UC, WB, WT, UC_MINUS, UC)

static const enum x86_sysreg zero_at_reset[] = {
	X86_DEBUGCTL, X86_STAR, X86_LSTAR, X86_CSTAR, X86_SFMASK, X86_KERNEL_GS_BASE,
	X86_SYSENTER_CS, X86_SYSENTER_ESP, X86_SYSENTER_EIP,
};

static bool is_kept(const struct msr_row *row)
{
	return row->read == read_kept;
}

void x86_msr_reset(struct x86_vcpu *v)
{
	unsigned int i;

	memset(v->msr, 0, SLOTS * sizeof(*v->msr));
	for (i = 0; i < ARRAY_SIZE(table); i++)
		if (is_kept(&table[i]) && table[i].reset)
			v->msr[table[i].slot] = table[i].reset;
	v->msr[SLOT_SPEC_CTRL_BITS] = find_spec_ctrl_bits(v);
	for (i = 0; i < ARRAY_SIZE(zero_at_reset); i++)
		x86_hw->set_sysreg(v, zero_at_reset[i], 0);
	x86_hw->set_sysreg(v, X86_PAT, PAT_RESET);
	v->spec_ctrl = 0;
	v->tsc_aux = 0;
}
EXPORT_SYMBOL_IF_KUNIT(x86_msr_reset);

/* Devices are between 3 and 4 GiB, and where the screen of a PC was. */
#define DEVICES_BASE	0xc0000000ULL
#define DEVICES_LEN	0x40000000ULL
#define ALL_WB		(X86_MEMTYPE_WB * 0x0101010101010101ULL)

void x86_msr_set_firmware(struct x86_vcpu *v)
{
	unsigned int i;

	v->msr[SLOT_MTRR_VARIABLE] = DEVICES_BASE | X86_MEMTYPE_UC;
	v->msr[SLOT_MTRR_VARIABLE + 1] = (address_bits(v) & ~(DEVICES_LEN - 1)) | MTRR_VALID;
	for (i = SLOT_MTRR_FIX64K; i < SLOT_MTRR_DEFAULT; i++)
		v->msr[i] = ALL_WB;
	v->msr[SLOT_MTRR_FIX16K + MSR_MTRRfix16K_A0000 - MSR_MTRRfix16K_80000] = X86_MEMTYPE_UC;
	v->msr[SLOT_MTRR_DEFAULT] = MTRR_DEFAULT_ENABLE | MTRR_DEFAULT_FIXED | X86_MEMTYPE_WB;
}

/* The world switch or VMLOAD and VMSAVE exchange these, and the CPU checks what is written. */
static const u32 direct[] = {
	MSR_STAR, MSR_LSTAR, MSR_CSTAR, MSR_SYSCALL_MASK,
	MSR_FS_BASE, MSR_GS_BASE, MSR_KERNEL_GS_BASE,
	MSR_IA32_SYSENTER_CS, MSR_IA32_SYSENTER_ESP, MSR_IA32_SYSENTER_EIP,
};

u32 x86_msr_direct(unsigned int n)
{
	return n < ARRAY_SIZE(direct) ? direct[n] : 0;
}
EXPORT_SYMBOL_IF_KUNIT(x86_msr_direct);
