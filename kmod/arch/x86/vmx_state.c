// SPDX-License-Identifier: GPL-2.0
/*
 * struct x86_hw of VMX: guest registers in the control block, or in the CPU.
 *
 * Called by the common code on the vCPU's thread, loaded or not. SDM 3, 25.4: the guest-state
 * area; 27.3.1: what VM entries demand of it.
 */
#include <asm/debugreg.h>
#include <asm/msr.h>
#include <asm/processor.h>

#include "arch/x86/vmx.h"
#include "compat.h"

/* --- fields --- */

static u64 get_field(struct vmx_vcpu *vmx, unsigned long field)
{
	u64 val;

	if (!vmx_open(vmx))
		return 0;
	val = vmx_read(field);
	vmx_close(vmx);
	return val;
}

static void set_field(struct vmx_vcpu *vmx, unsigned long field, u64 val)
{
	if (!vmx_open(vmx))
		return;
	vmx_write(field, val);
	vmx_close(vmx);
}

/* --- MSRs that the hardware does not switch: in the CPU from load to put --- */

static const u32 msr_numbers[VMX_MSRS] = {
	[VMX_MSR_STAR]		= MSR_STAR,
	[VMX_MSR_LSTAR]		= MSR_LSTAR,
	[VMX_MSR_CSTAR]		= MSR_CSTAR,
	[VMX_MSR_SFMASK]	= MSR_SYSCALL_MASK,
	[VMX_MSR_KERNEL_GS]	= MSR_KERNEL_GS_BASE,
};

/* The kernel's own are needed when a task of the host goes to user space, not before. */
void vmx_load_msrs(struct vmx_vcpu *vmx)
{
	unsigned int i;

	for (i = 0; i < VMX_MSRS; i++) {
		rdmsrq(msr_numbers[i], vmx->host_msr[i]);
		if (vmx->host_msr[i] != vmx->msr[i])
			wrmsrq(msr_numbers[i], vmx->msr[i]);
	}
}

void vmx_put_msrs(struct vmx_vcpu *vmx)
{
	unsigned int i;

	/* SWAPGS changes it. */
	rdmsrq(MSR_KERNEL_GS_BASE, vmx->msr[VMX_MSR_KERNEL_GS]);
	for (i = 0; i < VMX_MSRS; i++)
		if (vmx->host_msr[i] != vmx->msr[i])
			wrmsrq(msr_numbers[i], vmx->host_msr[i]);
}

static u64 get_msr(struct vmx_vcpu *vmx, enum vmx_msr nr)
{
	u64 val;

	if (!vmx->loaded || nr != VMX_MSR_KERNEL_GS)
		return vmx->msr[nr];
	rdmsrq(MSR_KERNEL_GS_BASE, val);
	return val;
}

static void set_msr(struct vmx_vcpu *vmx, enum vmx_msr nr, u64 val)
{
	vmx->msr[nr] = val;
	if (vmx->loaded)
		wrmsrq(msr_numbers[nr], val);
}

/* --- system registers --- */

static const u16 sysreg_fields[X86_SYSREGS] = {
	[X86_DR7]		= GUEST_DR7,
	[X86_PAT]		= GUEST_IA32_PAT,
	[X86_DEBUGCTL]		= GUEST_IA32_DEBUGCTL,
	[X86_FS_BASE]		= GUEST_FS_BASE,
	[X86_GS_BASE]		= GUEST_GS_BASE,
	[X86_SYSENTER_CS]	= GUEST_SYSENTER_CS,
	[X86_SYSENTER_ESP]	= GUEST_SYSENTER_ESP,
	[X86_SYSENTER_EIP]	= GUEST_SYSENTER_EIP,
};

static u64 get_dr6(struct vmx_vcpu *vmx)
{
	unsigned long val;

	if (!vmx->dr.in_cpu)
		return vmx->dr6;
	get_debugreg(val, 6);
	return val;
}

static u64 get_sysreg(struct x86_vcpu *v, enum x86_sysreg reg)
{
	struct vmx_vcpu *vmx = vmx_of(v);

	switch (reg) {
	case X86_CR2:
		return vmx->cr2;
	case X86_DR6:
		return get_dr6(vmx);
	case X86_STAR:
		return get_msr(vmx, VMX_MSR_STAR);
	case X86_LSTAR:
		return get_msr(vmx, VMX_MSR_LSTAR);
	case X86_CSTAR:
		return get_msr(vmx, VMX_MSR_CSTAR);
	case X86_SFMASK:
		return get_msr(vmx, VMX_MSR_SFMASK);
	case X86_KERNEL_GS_BASE:
		return get_msr(vmx, VMX_MSR_KERNEL_GS);
	default:
		return get_field(vmx, sysreg_fields[reg]);
	}
}

static void set_dr6(struct vmx_vcpu *vmx, u64 val)
{
	vmx->dr6 = val;
	if (vmx->dr.in_cpu)
		set_debugreg((unsigned long)val, 6);
}

static void set_sysreg(struct x86_vcpu *v, enum x86_sysreg reg, u64 val)
{
	struct vmx_vcpu *vmx = vmx_of(v);

	switch (reg) {
	case X86_CR2:
		vmx->cr2 = val;
		break;
	case X86_DR6:
		set_dr6(vmx, val);
		break;
	case X86_STAR:
		set_msr(vmx, VMX_MSR_STAR, val);
		break;
	case X86_LSTAR:
		set_msr(vmx, VMX_MSR_LSTAR, val);
		break;
	case X86_CSTAR:
		set_msr(vmx, VMX_MSR_CSTAR, val);
		break;
	case X86_SFMASK:
		set_msr(vmx, VMX_MSR_SFMASK, val);
		break;
	case X86_KERNEL_GS_BASE:
		set_msr(vmx, VMX_MSR_KERNEL_GS, val);
		break;
	default:
		set_field(vmx, sysreg_fields[reg], val);
		break;
	}
}

/* --- segments (25.4.1); fields of one kind follow each other in the order of encodings --- */

#define FIELD_STEP	2	/* from the field of ES to that of CS, and so on */

#define AR_LOW		0xff	/* type, S, DPL, P */
#define AR_HIGH		(VMX_AR_L_MASK | VMX_AR_DB_MASK | VMX_AR_G_MASK | BIT(12))
#define AR_HIGH_SHIFT	4	/* in struct x86_seg they follow at once */
#define TYPE_ACCESSED	BIT(0)

static u32 seg_field(u32 of_es, enum x86_seg_nr nr)
{
	return of_es + nr * FIELD_STEP;
}

static u16 attr_of(u32 rights)
{
	if (rights & VMX_AR_UNUSABLE_MASK)
		return rights & AR_LOW & ~X86_SEG_P;
	return (rights & AR_LOW) | (rights & AR_HIGH) >> AR_HIGH_SHIFT;
}

static void get_seg(struct x86_vcpu *v, enum x86_seg_nr nr, struct x86_seg *seg)
{
	struct vmx_vcpu *vmx = vmx_of(v);

	*seg = (struct x86_seg){};
	if (!vmx_open(vmx))
		return;
	seg->base = vmx_read(seg_field(GUEST_ES_BASE, nr));
	seg->limit = vmx_read(seg_field(GUEST_ES_LIMIT, nr));
	seg->sel = vmx_read(seg_field(GUEST_ES_SELECTOR, nr));
	seg->attr = attr_of(vmx_read(seg_field(GUEST_ES_AR_BYTES, nr)));
	vmx_close(vmx);
}

/* The granularity has to fit the limit, and what is in use was accessed (27.3.1.2). */
static u32 rights_of(const struct x86_seg *seg)
{
	u32 rights = (seg->attr & AR_LOW) | ((u32)(seg->attr & ~AR_LOW) << AR_HIGH_SHIFT & AR_HIGH);

	if (!(seg->attr & X86_SEG_P))
		return rights | VMX_AR_UNUSABLE_MASK;
	if (seg->attr & X86_SEG_S)
		rights |= TYPE_ACCESSED;
	if (seg->limit > 0xfffff)
		return rights | VMX_AR_G_MASK;
	if ((seg->limit & 0xfff) != 0xfff)
		return rights & ~VMX_AR_G_MASK;
	return rights;
}

/* The privilege level is that of SS (25.4.1). */
static void set_seg(struct x86_vcpu *v, enum x86_seg_nr nr, const struct x86_seg *seg)
{
	struct vmx_vcpu *vmx = vmx_of(v);

	if (!vmx_open(vmx))
		return;
	vmx_write(seg_field(GUEST_ES_BASE, nr), seg->base);
	vmx_write(seg_field(GUEST_ES_LIMIT, nr), seg->limit);
	vmx_write(seg_field(GUEST_ES_SELECTOR, nr), seg->sel);
	vmx_write(seg_field(GUEST_ES_AR_BYTES, nr), rights_of(seg));
	vmx_close(vmx);
	if (nr == X86_SS)
		v->cpl = VMX_AR_DPL(seg->attr);
}

static void get_dt(struct x86_vcpu *v, bool idt, struct x86_dt *dt)
{
	struct vmx_vcpu *vmx = vmx_of(v);

	dt->base = get_field(vmx, idt ? GUEST_IDTR_BASE : GUEST_GDTR_BASE);
	dt->limit = get_field(vmx, idt ? GUEST_IDTR_LIMIT : GUEST_GDTR_LIMIT);
}

static void set_dt(struct x86_vcpu *v, bool idt, const struct x86_dt *dt)
{
	struct vmx_vcpu *vmx = vmx_of(v);

	set_field(vmx, idt ? GUEST_IDTR_BASE : GUEST_GDTR_BASE, dt->base);
	set_field(vmx, idt ? GUEST_IDTR_LIMIT : GUEST_GDTR_LIMIT, dt->limit);
}

/* --- control registers (26.3, 27.3.1.1) --- */

/* With these set the CPU would run the guest without caches. */
#define CR0_HIDDEN	(X86_CR0_CD | X86_CR0_NW)
/* Free in an unrestricted guest. */
#define CR0_FREE	(X86_CR0_PE | X86_CR0_PG)
/* The guest changes these without an exit, and reads of all others give the read shadow. */
#define CR0_OWN		(X86_CR0_TS | X86_CR0_MP)
#define CR4_OWN		X86_CR4_PGE

/* What translations depend on (SDM 3, 4.10.4.1). */
#define CR0_PAGING	(X86_CR0_PG | X86_CR0_WP)
#define CR4_PAGING	(X86_CR4_PSE | X86_CR4_PAE | X86_CR4_PGE | X86_CR4_PCIDE | X86_CR4_SMEP | \
			 X86_CR4_SMAP | X86_CR4_PKE | X86_CR4_LA57)
#define EFER_PAGING	(EFER_LMA | EFER_NX)

static u64 hw_cr0(const struct x86_vcpu *v)
{
	u64 cr0 = (v->cr0 & ~(u64)CR0_HIDDEN) | (vmx_caps.msrs.cr0_set & ~(u64)CR0_FREE);

	return cr0 & vmx_caps.msrs.cr0_may;
}

/* With CR4.MCE clear a machine check would be a shutdown. */
static u64 hw_cr4(const struct x86_vcpu *v)
{
	return v->cr4 | (native_read_cr4() & X86_CR4_MCE) | vmx_caps.msrs.cr4_set;
}

/* Long mode takes no TSS but its own, which the one in TR becomes (27.3.1.2). */
static void widen_tss(void)
{
	u32 rights = vmx_read(GUEST_TR_AR_BYTES);

	if ((rights & VMX_AR_TYPE_MASK) == VMX_AR_TYPE_BUSY_16_TSS)
		vmx_write(GUEST_TR_AR_BYTES, rights | VMX_AR_TYPE_BUSY_64_TSS);
}

static void write_mode(struct x86_vcpu *v)
{
	u32 entry = vmx_caps.controls[VMX_ENTRY];

	if (x86_is_long_mode(v)) {
		entry |= VM_ENTRY_IA32E_MODE;
		widen_tss();
	}
	vmx_write(VM_ENTRY_CONTROLS, entry);
	vmx_write(GUEST_IA32_EFER, v->efer);
}

static bool is_pae_paging(const struct x86_vcpu *v)
{
	return (v->cr0 & X86_CR0_PG) && (v->cr4 & X86_CR4_PAE) && !x86_is_long_mode(v);
}

/* Memory that was never touched is zero. */
static u64 read_pdpte(struct x86_vcpu *v, unsigned int nr)
{
	u64 gpa = (v->cr3 & GENMASK_ULL(31, 5)) + nr * sizeof(u64);
	const u64 *entry = axvm_gmem_kva(&v->base.vm->gmem, gpa);

	return entry ? READ_ONCE(*entry) : 0;
}

/* MOV to CR3 loads them by itself; VM entry takes them from the control block (27.3.2.4). */
void vmx_load_pdptes(struct vmx_vcpu *vmx)
{
	struct x86_vcpu *v = &vmx->base;
	unsigned int i;

	if (!is_pae_paging(v))
		return;
	for (i = 0; i < 4; i++)
		vmx_write(GUEST_PDPTR0 + i * FIELD_STEP, read_pdpte(v, i));
}

static void update_controls(struct x86_vcpu *v)
{
	struct vmx_vcpu *vmx = vmx_of(v);
	u64 cr0, cr4, efer;

	if (!vmx_open(vmx))
		return;
	cr0 = vmx_read(GUEST_CR0);
	cr4 = vmx_read(GUEST_CR4);
	efer = vmx_read(GUEST_IA32_EFER);
	vmx_write(CR0_GUEST_HOST_MASK, ~(unsigned long)CR0_OWN);
	vmx_write(CR4_GUEST_HOST_MASK, ~(unsigned long)CR4_OWN);
	vmx_write(CR0_READ_SHADOW, v->cr0);
	vmx_write(CR4_READ_SHADOW, v->cr4);
	vmx_write(GUEST_CR0, hw_cr0(v));
	vmx_write(GUEST_CR4, hw_cr4(v));
	write_mode(v);
	vmx_load_pdptes(vmx);
	vmx_close(vmx);
	if (((cr0 ^ v->cr0) & CR0_PAGING) || ((cr4 ^ v->cr4) & CR4_PAGING) ||
	    ((efer ^ v->efer) & EFER_PAGING))
		set_bit(X86_EV_TLB, &v->events);
}

void vmx_sync_controls(struct vmx_vcpu *vmx)
{
	struct x86_vcpu *v = &vmx->base;

	v->cr0 = (v->cr0 & ~(u64)CR0_OWN) | (vmx_read(GUEST_CR0) & CR0_OWN);
	v->cr4 = (v->cr4 & ~(u64)CR4_OWN) | (vmx_read(GUEST_CR4) & CR4_OWN);
}

/* --- the rest --- */

static void update_tsc(struct x86_vcpu *v)
{
	set_field(vmx_of(v), TSC_OFFSET, x86_vm_of(v)->tsc_offset + v->tsc_offset);
}

static void flush_tlb(struct x86_vcpu *v)
{
	set_bit(X86_EV_TLB, &v->events);
}

const struct x86_hw vmx_hw = {
	.get_sysreg	= get_sysreg,
	.set_sysreg	= set_sysreg,
	.get_seg	= get_seg,
	.set_seg	= set_seg,
	.get_dt		= get_dt,
	.set_dt		= set_dt,
	.update_controls = update_controls,
	.update_tsc	= update_tsc,
	.flush_tlb	= flush_tlb,
	.forget_events	= vmx_forget_events,
};
