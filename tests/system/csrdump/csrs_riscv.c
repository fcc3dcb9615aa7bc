// SPDX-License-Identifier: GPL-2.0
/*
 * The registers of RISC-V's hypervisor extension, as the hypervisor sees them.
 *
 * Those that only show what is pending are left out: they change by themselves.
 */
#include <asm/cpufeature.h>
#include <asm/csr.h>
#include <asm/hwcap.h>

#include "csrdump.h"

static bool has_sstc(void)
{
	return riscv_isa_extension_available(NULL, SSTC);
}

static bool has_smstateen(void)
{
	return riscv_isa_extension_available(NULL, SMSTATEEN);
}

#define READER(csr) \
static u64 read_##csr(void) \
{ \
	return csr_read(CSR_##csr); \
}

READER(HSTATUS)
READER(HEDELEG)
READER(HIDELEG)
READER(HIE)
READER(HGEIE)
READER(HCOUNTEREN)
READER(HTIMEDELTA)
READER(HENVCFG)
READER(HSTATEEN0)
READER(HGATP)
READER(HTVAL)
READER(HTINST)
READER(VSSTATUS)
READER(VSIE)
READER(VSTVEC)
READER(VSSCRATCH)
READER(VSEPC)
READER(VSCAUSE)
READER(VSTVAL)
READER(VSATP)
READER(VSTIMECMP)
READER(STVEC)
READER(SIE)
READER(SCOUNTEREN)

/* Emulators show other interrupts that happen to be pending in it, too. */
static u64 read_HVIP(void)
{
	return csr_read(CSR_HVIP) & (BIT(IRQ_VS_SOFT) | BIT(IRQ_VS_TIMER) | BIT(IRQ_VS_EXT));
}

#define ENTRY(csr, is_present) { .name = #csr, .read = read_##csr, .present = is_present }

const struct csr_entry csr_table[] = {
	ENTRY(HSTATUS, NULL),
	ENTRY(HEDELEG, NULL),
	ENTRY(HIDELEG, NULL),
	ENTRY(HIE, NULL),
	ENTRY(HVIP, NULL),
	ENTRY(HGEIE, NULL),
	ENTRY(HCOUNTEREN, NULL),
	ENTRY(HTIMEDELTA, NULL),
	ENTRY(HENVCFG, NULL),
	ENTRY(HSTATEEN0, has_smstateen),
	ENTRY(HGATP, NULL),
	ENTRY(HTVAL, NULL),
	ENTRY(HTINST, NULL),
	ENTRY(VSSTATUS, NULL),
	ENTRY(VSIE, NULL),
	ENTRY(VSTVEC, NULL),
	ENTRY(VSSCRATCH, NULL),
	ENTRY(VSEPC, NULL),
	ENTRY(VSCAUSE, NULL),
	ENTRY(VSTVAL, NULL),
	ENTRY(VSATP, NULL),
	ENTRY(VSTIMECMP, has_sstc),
	ENTRY(STVEC, NULL),
	ENTRY(SIE, NULL),
	ENTRY(SCOUNTEREN, NULL),
};

const unsigned int csr_table_len = ARRAY_SIZE(csr_table);

bool csr_table_usable(void)
{
	return riscv_isa_extension_available(NULL, h);
}
