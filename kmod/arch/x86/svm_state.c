// SPDX-License-Identifier: GPL-2.0
/*
 * struct x86_hw of SVM: guest registers in the control block, or in the CPU.
 *
 * Called by the common code on the vCPU's thread, in the fast context too: then
 * what VMLOAD loads is still in the CPU, and is written back and loaded again around
 * a change.
 */
#include <asm/debugreg.h>
#include <asm/processor.h>

#include "arch/x86/svm.h"

/* --- registers of VMLOAD and VMSAVE --- */

/* The GS base in the CPU is the host's meanwhile; the guest's is in svm->sw. */
static struct vmcb_save_area *save_area_from_cpu(struct svm_vcpu *svm)
{
	if (svm->in_cpu)
		svm_vmsave(svm->sw.vmcb);
	return &svm->vmcb->save;
}

static void save_area_to_cpu(struct svm_vcpu *svm)
{
	if (svm->in_cpu)
		svm_vmload(svm->sw.vmcb);
}

/* --- system registers --- */

#define FIELD(reg, field, group_)	\
	[reg] = { offsetof(struct vmcb_save_area, field), group_, false }
/* Those of VMLOAD are not cached by VMRUN. */
#define LOADED(reg, field)	\
	[reg] = { offsetof(struct vmcb_save_area, field), SVM_CLEAN_GROUPS, true }

static const struct {
	u16 offset;
	u8 group;
	bool loaded;
} sysregs[X86_SYSREGS] = {
	FIELD(X86_CR2, cr2, SVM_CLEAN_CR2),
	FIELD(X86_DR6, dr6, SVM_CLEAN_DR),
	FIELD(X86_DR7, dr7, SVM_CLEAN_DR),
	FIELD(X86_PAT, g_pat, SVM_CLEAN_NP),
	/* Without LBR virtualization the hardware does not look at it. */
	FIELD(X86_DEBUGCTL, dbgctl, SVM_CLEAN_GROUPS),
	LOADED(X86_STAR, star),
	LOADED(X86_LSTAR, lstar),
	LOADED(X86_CSTAR, cstar),
	LOADED(X86_SFMASK, sfmask),
	LOADED(X86_FS_BASE, fs.base),
	LOADED(X86_KERNEL_GS_BASE, kernel_gs_base),
	LOADED(X86_SYSENTER_CS, sysenter_cs),
	LOADED(X86_SYSENTER_ESP, sysenter_esp),
	LOADED(X86_SYSENTER_EIP, sysenter_eip),
};

static u64 get_sysreg(struct x86_vcpu *v, enum x86_sysreg reg)
{
	struct svm_vcpu *svm = svm_of(v);
	void *save = &svm->vmcb->save;

	if (reg == X86_GS_BASE)
		return svm->sw.guest_gs;
	if (sysregs[reg].loaded)
		save = save_area_from_cpu(svm);
	return *(u64 *)(save + sysregs[reg].offset);
}

static void set_sysreg(struct x86_vcpu *v, enum x86_sysreg reg, u64 val)
{
	struct svm_vcpu *svm = svm_of(v);
	void *save = &svm->vmcb->save;

	if (reg == X86_GS_BASE) {
		svm->sw.guest_gs = val;
		return;
	}
	if (sysregs[reg].loaded) {
		save = save_area_from_cpu(svm);
		*(u64 *)(save + sysregs[reg].offset) = val;
		save_area_to_cpu(svm);
		return;
	}
	*(u64 *)(save + sysregs[reg].offset) = val;
	if (sysregs[reg].group < SVM_CLEAN_GROUPS)
		svm_dirty(svm, sysregs[reg].group);
}

/* --- segments --- */

static const u16 seg_offsets[X86_SEGS] = {
	[X86_ES]	= offsetof(struct vmcb_save_area, es),
	[X86_CS]	= offsetof(struct vmcb_save_area, cs),
	[X86_SS]	= offsetof(struct vmcb_save_area, ss),
	[X86_DS]	= offsetof(struct vmcb_save_area, ds),
	[X86_FS]	= offsetof(struct vmcb_save_area, fs),
	[X86_GS]	= offsetof(struct vmcb_save_area, gs),
	[X86_LDTR]	= offsetof(struct vmcb_save_area, ldtr),
	[X86_TR]	= offsetof(struct vmcb_save_area, tr),
};

static bool is_loaded_seg(enum x86_seg_nr nr)
{
	return nr >= X86_FS;
}

static struct vmcb_seg *find_seg(struct svm_vcpu *svm, enum x86_seg_nr nr)
{
	void *save = &svm->vmcb->save;

	if (is_loaded_seg(nr))
		save = save_area_from_cpu(svm);
	return save + seg_offsets[nr];
}

/* Some CPUs do not keep G of what is in bytes (or pages) anyway. */
static void get_seg(struct x86_vcpu *v, enum x86_seg_nr nr, struct x86_seg *seg)
{
	struct svm_vcpu *svm = svm_of(v);
	const struct vmcb_seg *s = find_seg(svm, nr);

	seg->base = nr == X86_GS ? svm->sw.guest_gs : s->base;
	seg->limit = s->limit;
	seg->sel = s->selector;
	seg->attr = s->attrib & ~X86_SEG_G;
	if (seg->limit > 0xfffff)
		seg->attr |= X86_SEG_G;
}

/* The privilege level is that of SS (APM 15.5.1: VMRUN takes CPL from its own field). */
static void set_seg(struct x86_vcpu *v, enum x86_seg_nr nr, const struct x86_seg *seg)
{
	struct svm_vcpu *svm = svm_of(v);
	struct vmcb_seg *s = find_seg(svm, nr);

	s->base = seg->base;
	s->limit = seg->limit;
	s->selector = seg->sel;
	s->attrib = seg->attr;
	if (nr == X86_SS) {
		v->cpl = (seg->attr & X86_SEG_DPL) >> SVM_SELECTOR_DPL_SHIFT;
		svm->vmcb->save.cpl = v->cpl;
	}
	if (nr == X86_GS) {
		svm->sw.guest_gs = seg->base;
		s->base = svm->sw.host_gs;
	}
	if (is_loaded_seg(nr))
		save_area_to_cpu(svm);
	else
		svm_dirty(svm, SVM_CLEAN_SEG);
}

static struct vmcb_seg *find_dt(struct svm_vcpu *svm, bool idt)
{
	return idt ? &svm->vmcb->save.idtr : &svm->vmcb->save.gdtr;
}

static void get_dt(struct x86_vcpu *v, bool idt, struct x86_dt *dt)
{
	const struct vmcb_seg *s = find_dt(svm_of(v), idt);

	dt->base = s->base;
	dt->limit = s->limit;
}

static void set_dt(struct x86_vcpu *v, bool idt, const struct x86_dt *dt)
{
	struct vmcb_seg *s = find_dt(svm_of(v), idt);

	s->base = dt->base;
	s->limit = dt->limit;
	svm_dirty(svm_of(v), SVM_CLEAN_DT);
}

/* --- control registers --- */

/* With these set the CPU would run the guest without caches. */
#define CR0_HIDDEN	(X86_CR0_CD | X86_CR0_NW)

/* What translations depend on (APM 5.5.2). */
#define CR0_PAGING	(X86_CR0_PG | X86_CR0_WP)
#define CR4_PAGING	(X86_CR4_PSE | X86_CR4_PAE | X86_CR4_PGE | X86_CR4_PCIDE | X86_CR4_SMEP | \
			 X86_CR4_SMAP | X86_CR4_PKE | X86_CR4_LA57)
#define EFER_PAGING	(EFER_LMA | EFER_NX)

/* Where the guest does not have what it sees, reads are answered by us. */
static void shadow(struct svm_vcpu *svm, unsigned int read, bool differs)
{
	if (differs)
		svm_intercept(svm, read);
	else
		svm_pass(svm, read);
}

static bool update_cr0(struct svm_vcpu *svm)
{
	u64 real = (svm->base.cr0 & ~CR0_HIDDEN) | X86_CR0_ET;
	bool differs = real != svm->base.cr0;

	svm->vmcb->save.cr0 = real;
	/* Selective intercepts compare with what is in the CPU. */
	shadow(svm, INTERCEPT_CR0_WRITE, differs);
	return differs;
}

/* With CR4.MCE clear a machine check would be a shutdown. */
static bool update_cr4(struct svm_vcpu *svm)
{
	svm->vmcb->save.cr4 = svm->base.cr4 | (native_read_cr4() & X86_CR4_MCE);
	return svm->vmcb->save.cr4 != svm->base.cr4;
}

/* QEMU's processors look at the intercept of CR0 when any control register is read. */
static void update_cr_intercepts(struct svm_vcpu *svm)
{
	bool cr0 = update_cr0(svm), cr4 = update_cr4(svm);

	shadow(svm, INTERCEPT_CR0_READ, cr0 || cr4);
	shadow(svm, INTERCEPT_CR4_READ, cr4);
}

/*
 * LME means nothing before paging is on. QEMU 10 goes back to the host with the guest's
 * CR4 still there: with LME and without PAE the host's paging would stay off.
 */
static u64 hw_efer(const struct x86_vcpu *v)
{
	u64 efer = v->efer | EFER_SVME;

	return v->cr0 & X86_CR0_PG ? efer : efer & ~(u64)EFER_LME;
}

static void update_controls(struct x86_vcpu *v)
{
	struct svm_vcpu *svm = svm_of(v);
	const struct vmcb_save_area *save = &svm->vmcb->save;
	u64 cr0 = save->cr0, cr4 = save->cr4, efer = save->efer;

	update_cr_intercepts(svm);
	svm->vmcb->save.efer = hw_efer(v);
	svm_dirty(svm, SVM_CLEAN_CR);
	if (((cr0 ^ save->cr0) & CR0_PAGING) || ((cr4 ^ save->cr4) & CR4_PAGING) ||
	    ((efer ^ save->efer) & EFER_PAGING))
		set_bit(X86_EV_TLB, &v->events);
}

static void update_tsc(struct x86_vcpu *v)
{
	struct svm_vcpu *svm = svm_of(v);

	svm->vmcb->control.tsc_offset = x86_vm_of(v)->tsc_offset + v->tsc_offset;
	svm_dirty(svm, SVM_CLEAN_INTERCEPTS);
}

/* --- the rest --- */

static void flush_tlb(struct x86_vcpu *v)
{
	set_bit(X86_EV_TLB, &v->events);
}

const struct x86_hw svm_hw = {
	.get_sysreg	= get_sysreg,
	.set_sysreg	= set_sysreg,
	.get_seg	= get_seg,
	.set_seg	= set_seg,
	.get_dt		= get_dt,
	.set_dt		= set_dt,
	.update_controls = update_controls,
	.update_tsc	= update_tsc,
	.flush_tlb	= flush_tlb,
	.forget_events	= svm_forget_events,
};

/* --- debug registers: DR0 to DR3, which VMRUN does not switch --- */

void svm_load_drs(struct svm_vcpu *svm)
{
	if (x86_dr_load(&svm->dr, &svm->base))
		svm_intercept_drs(svm, false);
}

void svm_save_drs(struct svm_vcpu *svm)
{
	if (x86_dr_save(&svm->dr, &svm->base))
		svm_intercept_drs(svm, true);
}
