// SPDX-License-Identifier: GPL-2.0
/*
 * RISC-V vCPU: its registers at power-on, and the part of its state that moves
 * in and out of the CPU with load and put.
 *
 * Called by the core's vcpu.c: load and put on the vCPU's thread with
 * preemption off, the rest in process context.
 */
#include <linux/build_bug.h>
#include <linux/io.h>
#include <linux/seq_file.h>

#include "riscv.h"
#include "switch.h"

static_assert(offsetof(struct rv_context, sstatus) == RV_CTX_SSTATUS);
static_assert(offsetof(struct rv_context, hstatus) == RV_CTX_HSTATUS);
static_assert(offsetof(struct rv_context, host) == RV_CTX_HOST_SSTATUS);
static_assert(sizeof(struct rv_context) == RV_CTX_HOST_S(12));
static_assert(offsetof(struct rv_fp, fcsr) == RV_FP_FCSR);

int rv_vcpu_init(struct axvm_vcpu *vcpu)
{
	struct rv_vcpu *v = to_rv_vcpu(vcpu);

	rv_timer_init(v);
	return rv_vector_init(v);
}

void rv_vcpu_destroy(struct axvm_vcpu *vcpu)
{
	struct rv_vcpu *v = to_rv_vcpu(vcpu);

	rv_timer_stop(v);
	rv_vector_destroy(v);
}

/*
 * SBI specification, "Hart State Management Extension", register state after
 * sbi_hart_start and after a non-retentive suspend: satp and sstatus.SIE are
 * 0, a0 has the hart id, a1 the argument.
 *
 * The HS-level sstatus.FS must be on for the guest to use the unit; its own
 * switch is vsstatus.FS. The same goes for VS, where guests have vectors.
 */
static void set_registers(struct rv_vcpu *v, u64 entry, u64 arg)
{
	memset(&v->ctx, 0, sizeof(v->ctx));
	memset(&v->csr, 0, sizeof(v->csr));
	memset(&v->fp, 0, sizeof(v->fp));
	memset(&v->exception, 0, sizeof(v->exception));
	v->fence_gpa = RV_NO_FENCE;
	v->ctx.x[0] = entry;
	v->ctx.x[RV_A0] = v->base.hw_id;
	v->ctx.x[RV_A1] = arg;
	v->ctx.sstatus = SR_SPP | SR_SPIE | (rv_host.fpu ? SR_FS_CLEAN : 0);
	rv_vector_reset(v);
	v->ctx.hstatus = HSTATUS_SPV | HSTATUS_SPVP | HSTATUS_VTW;
}

/* Software and timer interrupts do not survive; a device's line is what it is. */
void rv_vcpu_reset(struct axvm_vcpu *vcpu, u64 entry, u64 arg)
{
	struct rv_vcpu *v = to_rv_vcpu(vcpu);

	rv_timer_stop(v);
	set_registers(v, entry, arg);
	v->csr.vstimecmp = ULONG_MAX;
	rv_irq_clear(v, IRQ_VS_SOFT);
	rv_irq_clear(v, IRQ_VS_TIMER);
	rv_irq_refresh(v, IRQ_VS_EXT);
	/* The images are written anew by whichever CPU resets: fetch nothing old. */
	vcpu->last_cpu = -1;
}

/* Timer and pending interrupts survive: one of them is what ended the suspend. */
void rv_vcpu_resume(struct rv_vcpu *v, u64 entry, u64 arg)
{
	unsigned long hvip = v->csr.hvip, vstimecmp = v->csr.vstimecmp;

	set_registers(v, entry, arg);
	v->csr.hvip = hvip;
	v->csr.vstimecmp = vstimecmp;
}

static void load_csrs(struct rv_vcpu *v)
{
	const struct rv_csrs *csr = &v->csr;

	csr_write(CSR_VSSTATUS, csr->vsstatus);
	csr_write(CSR_VSTVEC, csr->vstvec);
	csr_write(CSR_VSSCRATCH, csr->vsscratch);
	csr_write(CSR_VSEPC, csr->vsepc);
	csr_write(CSR_VSCAUSE, csr->vscause);
	csr_write(CSR_VSTVAL, csr->vstval);
	csr_write(CSR_HVIP, csr->hvip);
	csr_write(CSR_VSIE, csr->vsie);
	csr_write(CSR_HTIMEDELTA, rv_vm_of(v)->time_delta);
	if (rv_host.sstc)
		csr_write(CSR_VSTIMECMP, csr->vstimecmp);
}

/*
 * vsie and hvip are left empty: an interrupt pending and enabled for a guest
 * that is not loaded would keep the host's WFI from sleeping.
 */
static void put_csrs(struct rv_vcpu *v)
{
	struct rv_csrs *csr = &v->csr;

	csr->vsie = csr_swap(CSR_VSIE, 0);
	csr->hvip = csr_swap(CSR_HVIP, 0);
	csr->vsstatus = csr_read(CSR_VSSTATUS);
	csr->vstvec = csr_read(CSR_VSTVEC);
	csr->vsscratch = csr_read(CSR_VSSCRATCH);
	csr->vsepc = csr_read(CSR_VSEPC);
	csr->vscause = csr_read(CSR_VSCAUSE);
	csr->vstval = csr_read(CSR_VSTVAL);
	if (rv_host.sstc)
		csr->vstimecmp = csr_read(CSR_VSTIMECMP);
}

/*
 * These have no VS counterpart: guest and host share the register itself. The
 * host writes them only when it switches tasks (scounteren: trap.c).
 */
static void swap_in_shared(struct rv_vcpu *v)
{
	v->host_senvcfg = csr_swap(CSR_SENVCFG, v->csr.senvcfg);
	if (rv_host.smstateen)
		v->host_sstateen0 = csr_swap(CSR_SSTATEEN0, v->csr.sstateen0);
}

static void swap_out_shared(struct rv_vcpu *v)
{
	v->csr.senvcfg = csr_swap(CSR_SENVCFG, v->host_senvcfg);
	if (rv_host.smstateen)
		v->csr.sstateen0 = csr_swap(CSR_SSTATEEN0, v->host_sstateen0);
}

/* The unit is on only for as long as we touch it: the kernel runs with it off. */
static void save_fp(struct rv_vcpu *v)
{
	csr_set(CSR_SSTATUS, SR_FS_CLEAN);
	rv_fp_save(&v->fp);
	csr_clear(CSR_SSTATUS, SR_FS);
}

static void restore_fp(struct rv_vcpu *v)
{
	csr_set(CSR_SSTATUS, SR_FS_CLEAN);
	rv_fp_restore(&v->fp);
	csr_clear(CSR_SSTATUS, SR_FS);
	v->ctx.sstatus = (v->ctx.sstatus & ~SR_FS) | SR_FS_CLEAN;
}

static void load_fp(struct rv_vcpu *v)
{
	if (IS_ENABLED(CONFIG_FPU) && rv_host.fpu)
		restore_fp(v);
}

/* The registers of user tasks are in memory while a kernel thread runs, so ours may go. */
static void put_fp(struct rv_vcpu *v)
{
	if (!IS_ENABLED(CONFIG_FPU) || !rv_host.fpu)
		return;
	if ((v->ctx.sstatus & SR_FS) == SR_FS_DIRTY)
		save_fp(v);
}

u64 rv_fp_read(struct rv_vcpu *v, unsigned int reg)
{
	if (!IS_ENABLED(CONFIG_FPU))
		return 0;	/* no guest gets here: its access was an illegal instruction */
	save_fp(v);
	return v->fp.f[reg];
}

/* What the instruction itself would have done, to vsstatus.FS too. */
void rv_fp_write(struct rv_vcpu *v, unsigned int reg, unsigned int len, u64 val)
{
	if (!IS_ENABLED(CONFIG_FPU))
		return;
	save_fp(v);
	v->fp.f[reg] = len < 8 ? val | GENMASK_ULL(63, 8 * len) : val;
	restore_fp(v);
	csr_set(CSR_VSSTATUS, SR_FS_DIRTY);
}

/*
 * vsatp is the guest's only while hgatp is too: a speculative walk must not
 * take the guest's page table entries for host-physical addresses.
 */
static void load_translation(struct rv_vcpu *v)
{
	struct rv_vm *vm = rv_vm_of(v);
	unsigned long root = virt_to_phys(vm->base.gmem.s2.root);

	csr_write(CSR_HGATP, (rv_hgatp_mode() << HGATP_MODE_SHIFT) |
			     ((u64)axvm_vmid_load(&vm->vmid) << HGATP_VMID_SHIFT) |
			     (root >> HGATP_PAGE_SHIFT));
	rv_tlb_sanitize(v);
	csr_write(CSR_VSATP, v->csr.vsatp);
}

/* Bare again: no walker may follow tables that are freed later. */
static void put_translation(struct rv_vcpu *v)
{
	v->csr.vsatp = csr_swap(CSR_VSATP, 0);
	csr_write(CSR_HGATP, 0);
}

void rv_vcpu_load(struct axvm_vcpu *vcpu)
{
	struct rv_vcpu *v = to_rv_vcpu(vcpu);

	load_csrs(v);
	swap_in_shared(v);
	load_translation(v);
	load_fp(v);
}

void rv_vcpu_put(struct axvm_vcpu *vcpu)
{
	struct rv_vcpu *v = to_rv_vcpu(vcpu);

	put_fp(v);
	put_translation(v);
	swap_out_shared(v);
	put_csrs(v);
}

static const char *const register_names[32] = {
	"pc", "ra", "sp", "gp", "tp", "t0", "t1", "t2", "s0", "s1", "a0", "a1", "a2", "a3", "a4",
	"a5", "a6", "a7", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "t3",
	"t4", "t5", "t6",
};

void rv_vcpu_dump(struct axvm_vcpu *vcpu, struct seq_file *m)
{
	struct rv_vcpu *v = to_rv_vcpu(vcpu);
	int i;

	for (i = 0; i < ARRAY_SIZE(register_names); i++)
		seq_printf(m, "%s=%016lx\n", register_names[i], v->ctx.x[i]);
	seq_printf(m, "mode=%s\n", v->ctx.sstatus & SR_SPP ? "VS" : "VU");
	seq_printf(m, "vsstatus=%016lx\nvsatp=%016lx\nvstvec=%016lx\n",
		   v->csr.vsstatus, v->csr.vsatp, v->csr.vstvec);
	seq_printf(m, "vsepc=%016lx\nvscause=%016lx\nvstval=%016lx\n",
		   v->csr.vsepc, v->csr.vscause, v->csr.vstval);
	seq_printf(m, "vsie=%016lx\nhvip=%016lx\n", v->csr.vsie, v->csr.hvip);
}
