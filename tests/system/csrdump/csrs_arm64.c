// SPDX-License-Identifier: GPL-2.0
/*
 * The EL2 registers of AArch64: with VHE as this kernel sees them; without it
 * only what the stub at EL2 answers, which shows that it is the stub.
 */
#include <linux/arm-smccc.h>
#include <asm/cpufeature.h>
#include <asm/sysreg.h>
#include <asm/virt.h>

#include "csrdump.h"

#define NO_SUCH_CALL	0xfffffff0UL

static bool is_vhe(void)
{
	return is_kernel_in_hyp_mode();
}

static bool is_nvhe(void)
{
	return !is_kernel_in_hyp_mode();
}

static unsigned int id_field(u64 reg, unsigned int shift)
{
	return cpuid_feature_extract_unsigned_field(reg, shift);
}

static bool has_gic_registers(void)
{
	u64 pfr0 = read_sysreg(id_aa64pfr0_el1);

	return is_vhe() && id_field(pfr0, ID_AA64PFR0_EL1_GIC_SHIFT);
}

static bool has_fine_grained_traps(void)
{
	return is_vhe() && id_field(read_sysreg(id_aa64mmfr0_el1), ID_AA64MMFR0_EL1_FGT_SHIFT);
}

static bool has_counter_offset(void)
{
	return is_vhe() && id_field(read_sysreg(id_aa64mmfr0_el1), ID_AA64MMFR0_EL1_ECV_SHIFT) > 1;
}

static bool has_hcrx(void)
{
	return is_vhe() && id_field(read_sysreg(id_aa64mmfr1_el1), ID_AA64MMFR1_EL1_HCX_SHIFT);
}

#define READER(reg) \
static u64 read_##reg(void) \
{ \
	return read_sysreg_s(SYS_##reg); \
}

READER(HCR_EL2)
READER(HSTR_EL2)
READER(MDCR_EL2)
READER(VTCR_EL2)
READER(VTTBR_EL2)
READER(VPIDR_EL2)
READER(VMPIDR_EL2)
READER(CNTHCTL_EL2)
READER(CNTVOFF_EL2)
READER(VBAR_EL1)
READER(ICH_HCR_EL2)
READER(ICH_VMCR_EL2)
READER(HFGRTR_EL2)
READER(HFGWTR_EL2)
READER(HFGITR_EL2)
READER(HDFGRTR_EL2)
READER(HDFGWTR_EL2)
READER(CNTPOFF_EL2)
READER(HCRX_EL2)

static u64 read_stub(void)
{
	struct arm_smccc_res res;

	arm_smccc_1_1_hvc(NO_SUCH_CALL, &res);
	return res.a0;
}

#define ENTRY(reg, is_present) { .name = #reg, .read = read_##reg, .present = is_present }

const struct csr_entry csr_table[] = {
	ENTRY(HCR_EL2, is_vhe),
	ENTRY(HSTR_EL2, is_vhe),
	ENTRY(MDCR_EL2, is_vhe),
	ENTRY(VTCR_EL2, is_vhe),
	ENTRY(VTTBR_EL2, is_vhe),
	ENTRY(VPIDR_EL2, is_vhe),
	ENTRY(VMPIDR_EL2, is_vhe),
	ENTRY(CNTHCTL_EL2, is_vhe),
	ENTRY(CNTVOFF_EL2, is_vhe),
	ENTRY(VBAR_EL1, NULL),
	ENTRY(ICH_HCR_EL2, has_gic_registers),
	ENTRY(ICH_VMCR_EL2, has_gic_registers),
	ENTRY(HFGRTR_EL2, has_fine_grained_traps),
	ENTRY(HFGWTR_EL2, has_fine_grained_traps),
	ENTRY(HFGITR_EL2, has_fine_grained_traps),
	ENTRY(HDFGRTR_EL2, has_fine_grained_traps),
	ENTRY(HDFGWTR_EL2, has_fine_grained_traps),
	ENTRY(CNTPOFF_EL2, has_counter_offset),
	ENTRY(HCRX_EL2, has_hcrx),
	ENTRY(stub, is_nvhe),
};

const unsigned int csr_table_len = ARRAY_SIZE(csr_table);

bool csr_table_usable(void)
{
	return true;
}
