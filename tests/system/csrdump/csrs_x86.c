// SPDX-License-Identifier: GPL-2.0
/*
 * Registers of x86 that SVM and VMX change, or that a world switch has to put back.
 *
 * Those that change by themselves are left out: CR3, FS.base, time stamps.
 */
#include <asm/cpufeature.h>
#include <asm/debugreg.h>
#include <asm/desc.h>
#include <asm/fpu/xcr.h>
#include <asm/msr.h>
#include <asm/special_insns.h>

#include "csrdump.h"

static bool has_svm(void)
{
	return boot_cpu_has(X86_FEATURE_SVM);
}

static bool has_xsave(void)
{
	return boot_cpu_has(X86_FEATURE_OSXSAVE);
}

static bool has_xsaves(void)
{
	return boot_cpu_has(X86_FEATURE_XSAVES);
}

static bool has_rdtscp(void)
{
	return boot_cpu_has(X86_FEATURE_RDTSCP);
}

static bool has_spec_ctrl(void)
{
	return boot_cpu_has(X86_FEATURE_MSR_SPEC_CTRL);
}

#define MSR_READER(msr) \
static u64 read_##msr(void) \
{ \
	u64 val = 0; \
	\
	rdmsrl_safe(MSR_##msr, &val); \
	return val; \
}

MSR_READER(EFER)
MSR_READER(VM_CR)
MSR_READER(VM_HSAVE_PA)
MSR_READER(STAR)
MSR_READER(LSTAR)
MSR_READER(CSTAR)
MSR_READER(SYSCALL_MASK)
MSR_READER(IA32_SYSENTER_CS)
MSR_READER(IA32_SYSENTER_ESP)
MSR_READER(IA32_SYSENTER_EIP)
MSR_READER(IA32_CR_PAT)
MSR_READER(IA32_APICBASE)
MSR_READER(IA32_DEBUGCTLMSR)
MSR_READER(IA32_SPEC_CTRL)
MSR_READER(IA32_XSS)
MSR_READER(MTRRdefType)
MSR_READER(TSC_AUX)
MSR_READER(GS_BASE)

static u64 read_CR0(void)
{
	return read_cr0();
}

/* As the CPU has it, not as the kernel remembers it. */
static u64 read_CR4(void)
{
	return native_read_cr4();
}

static u64 read_XCR0(void)
{
	return xgetbv(XCR_XFEATURE_ENABLED_MASK);
}

static u64 read_DR7(void)
{
	return native_get_debugreg(7);
}

static u64 read_TR(void)
{
	unsigned long tr;

	store_tr(tr);
	return tr;
}

static u64 read_LDTR(void)
{
	u16 ldt;

	store_ldt(ldt);
	return ldt;
}

static u64 read_GDT(void)
{
	struct desc_ptr table;

	native_store_gdt(&table);
	return table.address;
}

static u64 read_GDT_limit(void)
{
	struct desc_ptr table;

	native_store_gdt(&table);
	return table.size;
}

static u64 read_IDT(void)
{
	struct desc_ptr table;

	store_idt(&table);
	return table.address;
}

static u64 read_IDT_limit(void)
{
	struct desc_ptr table;

	store_idt(&table);
	return table.size;
}

#define ENTRY(reg, is_present) { .name = #reg, .read = read_##reg, .present = is_present }

const struct csr_entry csr_table[] = {
	ENTRY(CR0, NULL),
	ENTRY(CR4, NULL),
	ENTRY(XCR0, has_xsave),
	ENTRY(IA32_XSS, has_xsaves),
	ENTRY(DR7, NULL),
	ENTRY(TR, NULL),
	ENTRY(LDTR, NULL),
	ENTRY(GDT, NULL),
	ENTRY(GDT_limit, NULL),
	ENTRY(IDT, NULL),
	ENTRY(IDT_limit, NULL),
	ENTRY(EFER, NULL),
	ENTRY(VM_CR, has_svm),
	ENTRY(VM_HSAVE_PA, has_svm),
	ENTRY(STAR, NULL),
	ENTRY(LSTAR, NULL),
	ENTRY(CSTAR, NULL),
	ENTRY(SYSCALL_MASK, NULL),
	ENTRY(IA32_SYSENTER_CS, NULL),
	ENTRY(IA32_SYSENTER_ESP, NULL),
	ENTRY(IA32_SYSENTER_EIP, NULL),
	ENTRY(IA32_CR_PAT, NULL),
	ENTRY(IA32_APICBASE, NULL),
	ENTRY(IA32_DEBUGCTLMSR, NULL),
	ENTRY(IA32_SPEC_CTRL, has_spec_ctrl),
	ENTRY(MTRRdefType, NULL),
	ENTRY(TSC_AUX, has_rdtscp),
	ENTRY(GS_BASE, NULL),
};

const unsigned int csr_table_len = ARRAY_SIZE(csr_table);

bool csr_table_usable(void)
{
	return has_svm() || boot_cpu_has(X86_FEATURE_VMX);
}
