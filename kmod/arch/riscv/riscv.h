/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The RISC-V backend: its VM and vCPU, and what its files offer each other.
 *
 * Terms and section names: RISC-V Instruction Set Manual, Volume II, chapter
 * "H" Extension for Hypervisor Support; RISC-V SBI specification 2.0.
 */
#ifndef AXVM_RISCV_H
#define AXVM_RISCV_H

#include <linux/hrtimer.h>
#include <linux/types.h>
#include <asm/csr.h>
#include <asm/ptrace.h>

#include "arch.h"
#include "host.h"
#include "insn.h"
#include "vm.h"
#include "vmid.h"

/* Requests of the backend's own. */
#define RV_REQ_FENCE	AXVM_REQ_ARCH	/* forget VS-stage translations and fetched code */

#define RV_NO_FENCE	U64_MAX

/* Register numbers of the calling convention. */
#define RV_RA	1
#define RV_A0	10
#define RV_A1	11
#define RV_A2	12
#define RV_A3	13
#define RV_A4	14
#define RV_A6	16
#define RV_A7	17

/**
 * struct rv_context - what the world switch exchanges; layout in switch.h
 * @x: guest registers; x[0], which is always zero, has the program counter instead
 * @sstatus: sstatus while the guest runs
 * @hstatus: hstatus while the guest runs
 * @host: the host's sstatus, hstatus, stvec, sscratch, ra, sp, gp, tp, s0 to s11
 */
struct rv_context {
	unsigned long x[32];
	unsigned long sstatus;
	unsigned long hstatus;
	unsigned long host[20];
};

struct rv_fp {
	u64 f[32];
	unsigned long fcsr;
};

/* CSRs that hold guest state and that the host has no use for while a vCPU is loaded. */
struct rv_csrs {
	unsigned long vsstatus;
	unsigned long vsie;
	unsigned long vstvec;
	unsigned long vsscratch;
	unsigned long vsepc;
	unsigned long vscause;
	unsigned long vstval;
	unsigned long vsatp;
	unsigned long hvip;
	unsigned long vstimecmp;
	unsigned long scounteren;
	unsigned long senvcfg;
	unsigned long sstateen0;
};

/* What the hardware said about a trap; copied once. */
struct rv_trap {
	unsigned long scause;
	unsigned long stval;
	unsigned long htval;
	unsigned long htinst;
};

/* An exception to raise in the guest at the next entry. */
struct rv_exception {
	bool pending;
	unsigned long cause;
	unsigned long tval;
};

/* Which vCPU, and under which VMID: translations of any other are not ours. */
struct rv_last_ran {
	u64 vmid;
	u32 vcpu;
};

/**
 * struct rv_vm - a VM
 * @base: the core's part
 * @vmid: generation and VMID
 * @time_delta: guest time minus host time; changes only while no vCPU is loaded
 * @paused_at: host time of the pause
 * @last_ran: per CPU: what of this VM was loaded there last
 * @cpus: CPUs that may hold translations of this VM
 * @flush_cpus: scratch for flushes, under the stage-2 lock
 */
struct rv_vm {
	struct axvm_vm base;
	atomic64_t vmid;
	u64 time_delta;
	u64 paused_at;
	struct rv_last_ran __percpu *last_ran;
	struct cpumask cpus;
	struct cpumask flush_cpus;
};

/**
 * struct rv_vcpu - a vCPU
 * @base: the core's part
 * @ctx: registers
 * @csr: guest CSRs while not loaded
 * @fp: floating-point state while not loaded
 * @vector: vector state while interrupts are on; its registers are allocated
 * @trap: the trap under way
 * @exception: to raise at the next entry
 * @mmio: the decoded access under way
 * @mmio_htinst: the transformed instruction that @mmio was decoded from, 0 none
 * @irq_pending: hvip bits wanted [atomic]
 * @irq_dirty: hvip bits that differ from what @irq_pending says [atomic]
 * @timer: wakes a halted vCPU, and is the guest's timer where Sstc is missing
 * @timer_cmp: guest time at which that fires, U64_MAX never
 * @host_scounteren: the host's value while loaded
 * @host_senvcfg: the same
 * @host_sstateen0: the same
 * @fence_gpa: forget this address of stage 2 at the next entry, or RV_NO_FENCE
 * @suspend_resume: non-retentive suspend: start address
 * @suspend_opaque: and its argument
 * @suspend_retentive: the other kind
 * @fence_cpus: scratch for remote fences
 */
struct rv_vcpu {
	struct axvm_vcpu base;
	struct rv_context ctx;
	struct rv_csrs csr;
	struct rv_fp fp;
	struct __riscv_v_ext_state vector;
	struct rv_trap trap;
	struct rv_exception exception;
	struct rv_mmio_insn mmio;
	unsigned long mmio_htinst;
	unsigned long irq_pending;
	unsigned long irq_dirty;
	struct hrtimer timer;
	u64 timer_cmp;
	unsigned long host_scounteren;
	unsigned long host_senvcfg;
	unsigned long host_sstateen0;
	u64 fence_gpa;
	unsigned long suspend_resume;
	unsigned long suspend_opaque;
	bool suspend_retentive;
	struct cpumask fence_cpus;
};

static inline struct rv_vcpu *to_rv_vcpu(struct axvm_vcpu *vcpu)
{
	return container_of(vcpu, struct rv_vcpu, base);
}

static inline struct rv_vm *to_rv_vm(struct axvm_vm *vm)
{
	return container_of(vm, struct rv_vm, base);
}

static inline struct rv_vm *rv_vm_of(const struct rv_vcpu *v)
{
	return to_rv_vm(v->base.vm);
}

static inline u64 rv_guest_time(const struct rv_vcpu *v)
{
	return csr_read(CSR_TIME) + rv_vm_of(v)->time_delta;
}

/* switch.S; interrupts off */
void rv_switch(struct rv_context *ctx);
long rv_fetch_halfword(unsigned long gva);
void rv_fp_save(struct rv_fp *fp);
void rv_fp_restore(const struct rv_fp *fp);

/**
 * struct rv_host - what this machine's CPUs offer to guests; set once by rv_isa_probe()
 * @sstc: guests have stimecmp
 * @smstateen: hstateen0 exists
 * @fpu: guests have F and D
 * @vector: guests have V
 * @henvcfg: bits that guests are given
 * @machine_id: mvendorid, marchid, mimpid
 */
struct rv_host {
	bool sstc;
	bool smstateen;
	bool fpu;
	bool vector;
	u64 henvcfg;
	unsigned long machine_id[3];
};

extern struct rv_host rv_host;

/* isa.c: fill rv_host and the notation of guest CPUs. */
void rv_isa_probe(struct axvm_arch_info *info);

/* host.c: this CPU's hypervisor CSRs. */
bool rv_host_is_taken(void);
const struct axvm_s2_fmt *rv_host_s2_format(void);
unsigned long rv_hgatp_mode(void);
int rv_cpu_enable(void);
void rv_cpu_disable(void);

/* vcpu.c */
int rv_vcpu_init(struct axvm_vcpu *vcpu);
void rv_vcpu_destroy(struct axvm_vcpu *vcpu);
void rv_vcpu_reset(struct axvm_vcpu *vcpu, u64 entry, u64 arg);
/* As reset, for the end of a non-retentive suspend. */
void rv_vcpu_resume(struct rv_vcpu *v, u64 entry, u64 arg);
void rv_vcpu_load(struct axvm_vcpu *vcpu);
void rv_vcpu_put(struct axvm_vcpu *vcpu);
void rv_vcpu_dump(struct axvm_vcpu *vcpu, struct seq_file *m);
/* One floating-point register; vCPU thread, loaded. Narrow values are NaN-boxed. */
u64 rv_fp_read(struct rv_vcpu *v, unsigned int reg);
void rv_fp_write(struct rv_vcpu *v, unsigned int reg, unsigned int len, u64 val);

/* vector.c; restore and save: interrupts off, only where rv_host.vector */
bool rv_vector_usable(void);
int rv_vector_init(struct rv_vcpu *v);
void rv_vector_destroy(struct rv_vcpu *v);
void rv_vector_reset(struct rv_vcpu *v);
void rv_vector_restore(struct rv_vcpu *v);
void rv_vector_save(struct rv_vcpu *v);

/* trap.c */
bool rv_vcpu_prepare(struct axvm_vcpu *vcpu);
bool rv_vcpu_enter(struct axvm_vcpu *vcpu);
enum axvm_verdict rv_vcpu_decode(struct axvm_vcpu *vcpu);
void rv_vcpu_complete(struct axvm_vcpu *vcpu, enum axvm_status status);
/* Raise an exception in the guest at the next entry. vCPU thread. */
void rv_raise(struct rv_vcpu *v, unsigned long cause, unsigned long tval);

/* irq.c; any context */
void rv_irq_set(struct rv_vcpu *v, unsigned int irq);
void rv_irq_clear(struct rv_vcpu *v, unsigned int irq);
void rv_irq_refresh(struct rv_vcpu *v, unsigned int irq);
void rv_vcpu_set_external_irq(struct axvm_vcpu *vcpu, bool level);
bool rv_vcpu_has_irq(struct axvm_vcpu *vcpu);
/* Loaded, interrupts off. */
void rv_irq_deliver_slow(struct rv_vcpu *v);
static inline void rv_irq_deliver(struct rv_vcpu *v)
{
	if (READ_ONCE(v->irq_dirty))
		rv_irq_deliver_slow(v);
}

/* timer.c */
void rv_timer_init(struct rv_vcpu *v);
void rv_timer_stop(struct rv_vcpu *v);
/* SBI set_timer; vCPU thread, loaded. */
void rv_timer_set(struct rv_vcpu *v, u64 time);
bool rv_timer_due(const struct rv_vcpu *v);
void rv_timer_halt_begin(struct axvm_vcpu *vcpu);
void rv_timer_halt_end(struct axvm_vcpu *vcpu);
void rv_timer_pause(struct axvm_vm *vm);
void rv_timer_resume(struct axvm_vm *vm);

/* vmid.c */
u32 rv_vmid_probe(void);
int rv_vmid_init(void);

/* tlb.c */
extern const struct axvm_s2_ops rv_s2_ops;
/* This CPU, the current VMID: what another vCPU or CPU left behind. Loaded, preemption off. */
void rv_tlb_sanitize(struct rv_vcpu *v);
void rv_fence_local(void);
void rv_hfence_gvma_all(void);
void rv_hfence_gvma(u64 gpa);

/*
 * SBI. A handler returns true when the call is done and *ret filled, false
 * when vcpu->exit says how it goes on. Loaded, interrupts off.
 */
struct rv_sbi_ret {
	long error;
	unsigned long value;
};

struct rv_sbi_ext {
	unsigned long first;
	unsigned long last;
	bool (*handle)(struct rv_vcpu *v, struct rv_sbi_ret *ret);
	bool (*present)(const struct rv_vcpu *v);	/* NULL: always */
};

/* The call in the guest's registers; false: see vcpu->exit. */
bool rv_sbi_call(struct rv_vcpu *v);
/* How an exit that an SBI call made went. */
void rv_sbi_complete(struct rv_vcpu *v, enum axvm_status status);
void rv_sbi_return(struct rv_vcpu *v, const struct rv_sbi_ret *ret);
/*
 * Call fn for each vCPU of an SBI hart mask; -EINVAL when the mask names one
 * that does not exist (then fn was called for none).
 */
int rv_sbi_on_harts(struct rv_vcpu *v, unsigned long mask, unsigned long base,
		    void (*fn)(struct rv_vcpu *v, struct rv_vcpu *target));

bool rv_sbi_rfence(struct rv_vcpu *v, struct rv_sbi_ret *ret);
bool rv_sbi_dbcn(struct rv_vcpu *v, struct rv_sbi_ret *ret);
bool rv_sbi_has_console(const struct rv_vcpu *v);
/* On the VM's first console. */
void rv_sbi_print(struct rv_vcpu *v, const u8 *bytes, size_t len);
void rv_sbi_dbcn_slow(struct axvm_vcpu *vcpu);

#endif /* AXVM_RISCV_H */
