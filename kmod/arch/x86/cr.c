// SPDX-License-Identifier: GPL-2.0
/*
 * Control registers, EFER and XCR0: what guests may write.
 *
 * Called by the vendor's fast handlers and by the emulator. The rules are those
 * of SDM 3, 2.5, and of APM 2, 3.1; where the manuals differ, both are kept.
 */
#include <asm/fpu/types.h>
#include <asm/trapnr.h>
#include <kunit/visibility.h>

#include "arch/x86/lapic.h"
#include "arch/x86/msr.h"
#include "arch/x86/x86.h"

#define CR0_DEFINED	(X86_CR0_PE | X86_CR0_MP | X86_CR0_EM | X86_CR0_TS | X86_CR0_ET | \
			 X86_CR0_NE | X86_CR0_WP | X86_CR0_AM | X86_CR0_NW | X86_CR0_CD | \
			 X86_CR0_PG)
#define CR0_LMSW	(X86_CR0_PE | X86_CR0_MP | X86_CR0_EM | X86_CR0_TS)

/* PAE paging without long mode: changes of these load the four entries anew (SDM 3, 4.4.1). */
#define CR0_LOADS_PDPTES	(X86_CR0_CD | X86_CR0_NW | X86_CR0_PG)
#define CR4_LOADS_PDPTES	(X86_CR4_PAE | X86_CR4_PGE | X86_CR4_PSE | X86_CR4_SMEP)

/* A page directory pointer of PAE paging (SDM 3, table 4-8). */
#define PDPTES			4
#define PDPTE_PRESENT		BIT_ULL(0)
/* Bit 5 is reserved, too; but QEMU sets it, as in all other entries that it walks through. */
#define PDPTE_RESERVED		(GENMASK_ULL(2, 1) | GENMASK_ULL(8, 6))
#define CR3_PAE_BASE		GENMASK_ULL(31, 5)

static bool fault(struct x86_vcpu *v)
{
	x86_queue_exception_error(v, X86_TRAP_GP, 0);
	return false;
}

static bool is_code_64(struct x86_vcpu *v)
{
	struct x86_seg cs;

	if (!x86_is_long_mode(v))
		return false;
	x86_hw->get_seg(v, X86_CS, &cs);
	return cs.attr & X86_SEG_L;
}

/* Outside of 64-bit mode a move takes 32 bits. */
static u64 operand(struct x86_vcpu *v, u64 val)
{
	return is_code_64(v) ? val : (u32)val;
}

/* Address bits that a CPU with these many does not have. */
static u64 beyond_memory(const struct x86_vcpu *v)
{
	return ~(BIT_ULL(x86_guest_phys_bits(v)) - 1);
}

static bool is_pae_paging(u64 cr0, u64 cr4, u64 efer)
{
	return (cr0 & X86_CR0_PG) && (cr4 & X86_CR4_PAE) && !(efer & EFER_LMA);
}

/* Memory that was never touched is zero: nothing is present. Outside of it all bits are ones. */
static u64 read_pdpte(struct x86_vcpu *v, u64 gpa)
{
	struct axvm_gmem *gmem = &v->base.vm->gmem;
	const u64 *entry = axvm_gmem_kva(gmem, gpa);

	if (entry)
		return READ_ONCE(*entry);
	return axvm_gmem_find(gmem, gpa) ? 0 : U64_MAX;
}

static bool are_pdptes_valid(struct x86_vcpu *v, u64 cr3)
{
	u64 entry, reserved = PDPTE_RESERVED | beyond_memory(v);
	unsigned int i;

	for (i = 0; i < PDPTES; i++) {
		entry = read_pdpte(v, (cr3 & CR3_PAE_BASE) + i * sizeof(entry));
		if ((entry & PDPTE_PRESENT) && (entry & reserved))
			return false;
	}
	return true;
}

/* --- CR0 --- */

static bool is_cr0_consistent(u64 val)
{
	if (upper_32_bits(val))
		return false;
	if ((val & X86_CR0_NW) && !(val & X86_CR0_CD))
		return false;
	return !(val & X86_CR0_PG) || (val & X86_CR0_PE);
}

/* SDM 3, 9.8.5: long mode begins, or paging without it. */
static bool may_start_paging(struct x86_vcpu *v)
{
	struct x86_seg cs;

	if (!(v->efer & EFER_LME))
		return true;
	x86_hw->get_seg(v, X86_CS, &cs);
	return (v->cr4 & X86_CR4_PAE) && !(cs.attr & X86_SEG_L);
}

static bool may_stop_paging(struct x86_vcpu *v)
{
	return !is_code_64(v) && !(v->cr4 & X86_CR4_PCIDE);
}

static u64 efer_for_cr0(const struct x86_vcpu *v, u64 cr0)
{
	bool active = (cr0 & X86_CR0_PG) && (v->efer & EFER_LME);

	return active ? v->efer | EFER_LMA : v->efer & ~(u64)EFER_LMA;
}

static bool is_cr0_allowed(struct x86_vcpu *v, u64 val)
{
	u64 changed = val ^ v->cr0;

	if (!is_cr0_consistent(val))
		return false;
	if (changed & X86_CR0_PG & val && !may_start_paging(v))
		return false;
	if (changed & X86_CR0_PG & ~val && !may_stop_paging(v))
		return false;
	if (!(changed & CR0_LOADS_PDPTES) || !is_pae_paging(val, v->cr4, efer_for_cr0(v, val)))
		return true;
	return are_pdptes_valid(v, v->cr3);
}

/* Undefined bits of the lower half are ignored, ET is fixed. */
static bool change_cr0(struct x86_vcpu *v, u64 val)
{
	if (!is_cr0_allowed(v, val))
		return fault(v);
	val = (val & CR0_DEFINED) | X86_CR0_ET;
	if (val == v->cr0)
		return true;
	v->efer = efer_for_cr0(v, val);
	v->cr0 = val;
	x86_update_controls(v);
	return true;
}

bool x86_cr0_write(struct x86_vcpu *v, u64 val)
{
	return change_cr0(v, operand(v, val));
}
EXPORT_SYMBOL_IF_KUNIT(x86_cr0_write);

/* SDM 2, LMSW: may set PE, but not clear it. */
bool x86_lmsw(struct x86_vcpu *v, u16 val)
{
	u64 kept = v->cr0 & ~(CR0_LMSW & ~X86_CR0_PE);

	return change_cr0(v, kept | (val & CR0_LMSW));
}
EXPORT_SYMBOL_IF_KUNIT(x86_lmsw);

/* --- CR3 --- */

bool x86_cr3_write(struct x86_vcpu *v, u64 val)
{
	bool keep_tlb;

	val = operand(v, val);
	keep_tlb = (v->cr4 & X86_CR4_PCIDE) && (val & X86_CR3_PCID_NOFLUSH);
	if (v->cr4 & X86_CR4_PCIDE)
		val &= ~X86_CR3_PCID_NOFLUSH;
	if (x86_is_long_mode(v) && (val & beyond_memory(v)))
		return fault(v);
	if (is_pae_paging(v->cr0, v->cr4, v->efer) && !are_pdptes_valid(v, val))
		return fault(v);
	v->cr3 = val;
	if (!keep_tlb)
		x86_hw->flush_tlb(v);
	return true;
}
EXPORT_SYMBOL_IF_KUNIT(x86_cr3_write);

/* --- CR4 --- */

u64 x86_cr4_allowed(const struct x86_vcpu *v)
{
	return v->cr4_allowed;
}
EXPORT_SYMBOL_IF_KUNIT(x86_cr4_allowed);

static bool is_cr4_possible_in_long_mode(u64 val, u64 changed)
{
	return (val & X86_CR4_PAE) && !(changed & X86_CR4_LA57);
}

/* SDM 3, 4.10.1 */
static bool may_set_pcide(struct x86_vcpu *v)
{
	return x86_is_long_mode(v) && !(v->cr3 & X86_CR3_PCID_MASK);
}

static bool is_cr4_allowed(struct x86_vcpu *v, u64 val)
{
	u64 changed = val ^ v->cr4;

	if (val & ~v->cr4_allowed)
		return false;
	if (x86_is_long_mode(v) && !is_cr4_possible_in_long_mode(val, changed))
		return false;
	if (changed & val & X86_CR4_PCIDE && !may_set_pcide(v))
		return false;
	if (!(changed & CR4_LOADS_PDPTES) || !is_pae_paging(v->cr0, val, v->efer))
		return true;
	return are_pdptes_valid(v, v->cr3);
}

bool x86_cr4_write(struct x86_vcpu *v, u64 val)
{
	u64 changed;

	val = operand(v, val);
	if (!is_cr4_allowed(v, val))
		return fault(v);
	changed = val ^ v->cr4;
	if (!changed)
		return true;
	v->cr4 = val;
	x86_update_controls(v);
	if (changed & (X86_CR4_OSXSAVE | X86_CR4_PKE))
		x86_cpuid_update(v);
	return true;
}
EXPORT_SYMBOL_IF_KUNIT(x86_cr4_write);

/* --- CR8 --- */

bool x86_cr8_write(struct x86_vcpu *v, u64 val)
{
	if (val & ~X86_CR8_TPR)
		return fault(v);
	x86_lapic_set_cr8(v, val);
	return true;
}
EXPORT_SYMBOL_IF_KUNIT(x86_cr8_write);

u64 x86_cr8_read(struct x86_vcpu *v)
{
	return x86_lapic_get_cr8(v);
}
EXPORT_SYMBOL_IF_KUNIT(x86_cr8_read);

/* --- by number --- */

bool x86_cr_write(struct x86_vcpu *v, unsigned int cr, u64 val)
{
	switch (cr) {
	case 0:
		return x86_cr0_write(v, val);
	case 2:
		x86_hw->set_sysreg(v, X86_CR2, val);
		return true;
	case 3:
		return x86_cr3_write(v, val);
	case 4:
		return x86_cr4_write(v, val);
	case 8:
		return x86_cr8_write(v, val);
	default:
		x86_queue_exception(v, X86_TRAP_UD);
		return false;
	}
}

u64 x86_cr_read(struct x86_vcpu *v, unsigned int cr)
{
	switch (cr) {
	case 0:
		return v->cr0;
	case 2:
		return x86_hw->get_sysreg(v, X86_CR2);
	case 3:
		return v->cr3;
	case 8:
		return x86_cr8_read(v);
	default:
		return v->cr4;
	}
}

/* --- EFER --- */

static const struct {
	u64 bit;
	unsigned int feature;
} efer_bits[] = {
	{ EFER_SCE, X86_FEATURE_SYSCALL },
	{ EFER_LME, X86_FEATURE_LM },
	{ EFER_NX, X86_FEATURE_NX },
	{ EFER_FFXSR, X86_FEATURE_FXSR_OPT },
	{ EFER_AUTOIBRS, X86_FEATURE_AUTOIBRS },
};

static u64 allowed_efer(const struct x86_vcpu *v)
{
	u64 allowed = EFER_LMA;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(efer_bits); i++)
		if (x86_guest_has(v, efer_bits[i].feature))
			allowed |= efer_bits[i].bit;
	return allowed;
}

/* LMA is read-only, and writes to it are ignored. */
bool x86_efer_set(struct x86_vcpu *v, u64 val)
{
	if (val & ~allowed_efer(v))
		return false;
	if (x86_is_paging(v) && (val ^ v->efer) & EFER_LME)
		return false;
	val = (val & ~(u64)EFER_LMA) | (v->efer & EFER_LMA);
	if (val == v->efer)
		return true;
	v->efer = val;
	x86_update_controls(v);
	return true;
}

bool x86_efer_write(struct x86_vcpu *v, u64 val)
{
	return x86_efer_set(v, val) || fault(v);
}
EXPORT_SYMBOL_IF_KUNIT(x86_efer_write);

/* --- XCR0 --- */

static bool has_all_or_none(u64 val, u64 group)
{
	return !(val & group) || (val & group) == group;
}

/* SDM 1, 13.3 */
static bool is_xcr0_allowed(u64 val)
{
	if (val & ~x86_fpu_guest_features() || !(val & XFEATURE_MASK_FP))
		return false;
	if (val & XFEATURE_MASK_YMM && !(val & XFEATURE_MASK_SSE))
		return false;
	if (val & XFEATURE_MASK_AVX512 && !(val & XFEATURE_MASK_YMM))
		return false;
	return has_all_or_none(val, XFEATURE_MASK_AVX512);
}

bool x86_xsetbv(struct x86_vcpu *v)
{
	u64 val = (u32)v->gpr[X86_RAX] | v->gpr[X86_RDX] << 32;

	if (!(v->cr4 & X86_CR4_OSXSAVE)) {
		x86_queue_exception(v, X86_TRAP_UD);
		return false;
	}
	if ((u32)v->gpr[X86_RCX] || v->cpl || !is_xcr0_allowed(val))
		return fault(v);
	if (val == v->fpu.xcr0)
		return true;
	x86_fpu_set_xcr0(v, val);
	x86_cpuid_update(v);
	return true;
}
EXPORT_SYMBOL_IF_KUNIT(x86_xsetbv);
