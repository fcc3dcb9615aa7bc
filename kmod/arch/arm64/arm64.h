/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The AArch64 backends: their VM and vCPU, and what their files offer each other.
 *
 * Two worlds share nearly everything. With VHE the host kernel runs at EL2 and
 * calls the world switch; without it the host runs at EL1 and asks hyp/, a blob
 * of ours that lives at EL2. struct a64_world is the whole difference.
 *
 * Terms and section names: Arm Architecture Reference Manual for A-profile
 * (DDI 0487), GIC architecture (IHI 0069, IHI 0048), PSCI (DEN0022), SMCCC (DEN0028).
 */
#ifndef AXVM_ARM64_H
#define AXVM_ARM64_H

#include <linux/hrtimer.h>
#include <linux/interrupt.h>
#include <linux/types.h>
#include <asm/cpufeature.h>
#include <asm/cputype.h>
#include <asm/debug-monitors.h>
#include <asm/esr.h>
#include <asm/sysreg.h>

#include "arch.h"
#include "context.h"
#include "host.h"
#include "insn.h"
#include "vgic.h"
#include "vm.h"
#include "vmid.h"

/* Feature ID registers: op0 3, op1 0, CRn 0, CRm 1 to 7, op2 0 to 7 (Arm ARM D23.3.1). */
#define A64_NR_ID_REGS	56
#define a64_id_index(crm, op2)	(((crm) - 1) * 8 + (op2))

/**
 * struct a64_host - what this machine's CPUs offer; set once by a64_host_probe()
 * @vhe: the host kernel runs at EL2
 * @ipa_bits: width of guest-physical addresses in use
 * @vmid_bits: 8 or 16
 * @fwb: stage 2 can force write-back (FEAT_S2FWB)
 * @idc: no clean to the point of unification is needed (CTR_EL0.IDC)
 * @dic: no instruction cache invalidation is needed (CTR_EL0.DIC)
 * @pauth: host has pointer authentication
 * @ras: FEAT_RAS
 * @gic: 3 or 2: kind of the host's GIC, as far as guests are concerned
 * @gicv_base: GICv2: physical address of the virtual CPU interface
 * @gich_base: GICv2: mapped hypervisor interface
 * @vtimer_irq: Linux number of the virtual timer's interrupt
 * @maint_irq: Linux number of the GIC's maintenance interrupt
 * @timer_frequency: CNTFRQ_EL0
 * @dcache_line: bytes of the smallest data cache line
 */
struct a64_host {
	bool vhe;
	u8 ipa_bits;
	u8 vmid_bits;
	bool fwb;
	bool idc;
	bool dic;
	bool pauth;
	bool ras;
	u8 gic;
	phys_addr_t gicv_base;
	void __iomem *gich_base;
	unsigned int vtimer_irq;
	unsigned int maint_irq;
	u32 timer_frequency;
	u32 dcache_line;
};

extern struct a64_host a64_host;

/* A field of a feature ID register, as all CPUs have it. Any context. */
static inline unsigned int a64_feature(u32 reg, unsigned int shift)
{
	return cpuid_feature_extract_unsigned_field(read_sanitised_ftr_reg(reg), shift);
}

/*
 * HCRX_EL2 gives guests what it does not keep from them, and the kernel has set it for itself:
 * on each CPU that has it, also when others do not. A kernel without KVM has no capability for it.
 */
static inline bool a64_cpu_has_hcx(void)
{
	return read_cpuid(ID_AA64MMFR1_EL1) & ID_AA64MMFR1_EL1_HCX_MASK;
}

/**
 * struct a64_timer - one of the guest's two timers, as emulated or saved
 * @ctl: CNT*_CTL_EL0 without ISTATUS
 * @cval: CNT*_CVAL_EL0, in guest time
 * @linked: virtual timer, loaded: this CPU's host interrupt is active on its behalf
 */
struct a64_timer {
	u64 ctl;
	u64 cval;
	bool linked;
};

/**
 * struct a64_vm - a VM
 * @base: the core's part
 * @vmid: generation and VMID
 * @counter_offset: host counter minus guest counter (CNTVOFF_EL2); changes only
 *	while no vCPU is loaded
 * @paused_at: host counter at the pause
 * @last_ran: per CPU: vCPU of this VM that was loaded there last, plus 1
 * @vgic: distributor and what else the vCPUs share
 * @id_regs: what guests read from ID registers, by a64_id_index() [I]
 * @sve_len: longest vector in bytes, 0 without SVE [I]
 */
struct a64_vm {
	struct axvm_vm base;
	atomic64_t vmid;
	u64 counter_offset;
	u64 paused_at;
	u32 __percpu *last_ran;
	struct vgic_vm vgic;
	u64 id_regs[A64_NR_ID_REGS];
	u16 sve_len;
};

#define A64_MAX_BREAKPOINTS	16

/**
 * struct a64_debug - a vCPU's debug registers; every access of the guest traps
 * @mdscr: MDSCR_EL1, what is writable of it
 * @mdccint: MDCCINT_EL1
 * @os_locked: OSLSR_EL1.OSLK
 * @bvr: DBGBVR<n>_EL1
 * @bcr: DBGBCR<n>_EL1
 * @wvr: DBGWVR<n>_EL1
 * @wcr: DBGWCR<n>_EL1
 */
struct a64_debug {
	u64 mdscr;
	u64 mdccint;
	bool os_locked;
	u64 bvr[A64_MAX_BREAKPOINTS];
	u64 bcr[A64_MAX_BREAKPOINTS];
	u64 wvr[A64_MAX_BREAKPOINTS];
	u64 wcr[A64_MAX_BREAKPOINTS];
};

/**
 * struct a64_vcpu - a vCPU
 * @base: the core's part
 * @ctx: registers and all that EL2 touches; memory of its own [t]
 * @vgic: its redistributor and CPU interface
 * @vtimer: virtual timer while not loaded [t]
 * @ptimer: physical timer, emulated [t]
 * @vtimer_hrtimer: ends a halt when the virtual timer is due
 * @ptimer_hrtimer: the physical timer
 * @wait: while it halts: @cval is the end that WFIT asked for [t]
 * @wait_hrtimer: that end
 * @access: the access to a device under way, as its syndrome says [t]
 * @call: function id of the call under way [t]
 * @suspend_entry: CPU_SUSPEND: start address [t]
 * @suspend_arg: and its argument [t]
 * @suspend_down: state is lost, start there [written by t, READ_ONCE elsewhere]
 * @slow: what AXVM_EXIT_ARCH is to do, outside of the loaded section [t]
 * @caches_on: the guest's stage-1 MMU and caches were on when last looked [t]
 * @caches_watched: and it is looked whenever it writes SCTLR_EL1 (HCR_EL2.TVM) [t]
 * @debug: [t]
 * @neon: while loaded, the kernel's place for FP/SIMD registers that a softirq pushes out
 * @sve: Z, P and FFR registers, for vectors of the VM's length; NULL without SVE [t]
 * @sve_host_zcr: the host's vector length while the guest's is in use [t]
 */
struct a64_vcpu {
	struct axvm_vcpu base;
	struct a64_context *ctx;
	struct vgic_cpu vgic;
	struct a64_timer vtimer;
	struct a64_timer ptimer;
	struct hrtimer vtimer_hrtimer;
	struct hrtimer ptimer_hrtimer;
	struct a64_timer wait;
	struct hrtimer wait_hrtimer;
	struct a64_access access;
	u32 call;
	u64 suspend_entry;
	u64 suspend_arg;
	bool suspend_down;
	void (*slow)(struct a64_vcpu *v);
	bool caches_on;
	bool caches_watched;
	struct a64_debug debug;
	struct user_fpsimd_state neon;
	void *sve;
	u64 sve_host_zcr;
};

static inline struct a64_vcpu *to_a64_vcpu(struct axvm_vcpu *vcpu)
{
	return container_of(vcpu, struct a64_vcpu, base);
}

static inline struct a64_vm *to_a64_vm(struct axvm_vm *vm)
{
	return container_of(vm, struct a64_vm, base);
}

static inline struct a64_vm *a64_vm_of(const struct a64_vcpu *v)
{
	return to_a64_vm(v->base.vm);
}

/* General register as instructions name it: 31 is zero, writes to it are lost. */
static inline u64 a64_reg_get(const struct a64_vcpu *v, unsigned int reg)
{
	return reg == 31 ? 0 : v->ctx->x[reg];
}

static inline void a64_reg_set(struct a64_vcpu *v, unsigned int reg, u64 val)
{
	if (reg != 31)
		v->ctx->x[reg] = val;
}

/* AArch32, which only EL0 may be in: IT bits, and what else is not A64. */
void a64_skip_aarch32(struct a64_vcpu *v);

/*
 * Step over the instruction that trapped. Also ends the effect of a branch (BTYPE) and
 * of single step's arming.
 */
static inline void a64_skip(struct a64_vcpu *v)
{
	if (unlikely(v->ctx->pstate & PSR_MODE32_BIT)) {
		a64_skip_aarch32(v);
		return;
	}
	v->ctx->pc += 4;
	v->ctx->pstate &= ~(PSR_BTYPE_MASK | DBG_SPSR_SS);
}

static inline unsigned int a64_exit_class(const struct a64_vcpu *v)
{
	return ESR_ELx_EC(v->ctx->exit.esr);
}

/* --- host.c: what is there, and taking EL2 --- */

/* Fill a64_host. Changes nothing. Return: 0; -ENODEV, -EBUSY with the reason. Process context. */
int a64_host_probe(struct axvm_arch_info *info, struct axvm_error *err, bool vhe);
/* The interrupts of the virtual timer and of GIC maintenance. hw_init and hw_exit. */
int a64_host_irqs_init(void);
void a64_host_irqs_exit(void);
/* This CPU's part of them; from cpu_enable and cpu_disable. */
void a64_host_irqs_enable(void);
void a64_host_irqs_disable(void);

/**
 * struct a64_world - how EL2 is reached: directly (VHE) or through hyp/ (nVHE)
 * @init: once, before the first @cpu_enable; process context
 * @exit: undo
 * @cpu_enable: take EL2 of this CPU, remembering what was there; thread context, preemption off
 * @cpu_disable: put back exactly that. Also from CPU_PM notifiers: interrupts off, no sleeping
 * @share: let EL2 reach the kernel memory [addr, addr + len), page-aligned, linear
 *	map. Process context
 * @unshare: end that; returns when no CPU's EL2 reaches it any more
 * @load: put EL1 state that the host has no use for into the CPU. Loaded section begins
 * @put: save it
 * @run: one world switch; what happened is in v->ctx->exit. Interrupts off
 * @tlb: one operation of enum a64_tlb_op for a VM's VTTBR (with VMID); any CPU, preemption
 *	off, interrupts on
 * @ich_vtr: this CPU's ICH_VTR_EL2; GICv3, taken, preemption off
 */
struct a64_world {
	int (*init)(void);
	void (*exit)(void);
	int (*cpu_enable)(void);
	void (*cpu_disable)(void);
	int (*share)(void *addr, size_t len);
	void (*unshare)(void *addr, size_t len);
	void (*load)(struct a64_vcpu *v);
	void (*put)(struct a64_vcpu *v);
	void (*run)(struct a64_vcpu *v);
	void (*tlb)(enum a64_tlb_op op, u64 vttbr, u64 vtcr, u64 arg);
	u64 (*ich_vtr)(void);
};

extern const struct a64_world a64_world_vhe;
extern const struct a64_world a64_world_nvhe;

/* The one in use; set by probe's caller before hw_init. */
extern const struct a64_world *a64_world;

/* The VHE world switch without the indirect call. */
void a64_vhe_run(struct a64_vcpu *v);
/* For vcpu.c: registers of a guest that is loaded, with VHE. */
u64 a64_vhe_sys_get(const struct a64_context *ctx, enum a64_sys reg);
void a64_vhe_sys_set(struct a64_context *ctx, enum a64_sys reg, u64 val);

/* --- enter.c: the loop around the world switch, and the table of exits --- */
bool a64_vcpu_enter(struct axvm_vcpu *vcpu);
bool a64_vcpu_prepare(struct axvm_vcpu *vcpu);
enum axvm_verdict a64_vcpu_decode(struct axvm_vcpu *vcpu);
void a64_vcpu_complete(struct axvm_vcpu *vcpu, enum axvm_status status);
void a64_vcpu_slow(struct axvm_vcpu *vcpu);
/*
 * End the VM with a code and a line in the log (ratelimited): what axvm cannot handle.
 * vCPU thread.
 */
enum axvm_verdict a64_fail(struct a64_vcpu *v, const char *what, u64 code);

/* --- vcpu.c --- */
int a64_vcpu_init(struct axvm_vcpu *vcpu);
void a64_vcpu_destroy(struct axvm_vcpu *vcpu);
void a64_vcpu_reset(struct axvm_vcpu *vcpu, u64 entry, u64 arg);
/* As reset, for the end of a suspend that lost the state. */
void a64_vcpu_resume(struct a64_vcpu *v, u64 entry, u64 arg);
void a64_vcpu_load(struct axvm_vcpu *vcpu);
void a64_vcpu_put(struct axvm_vcpu *vcpu);
/* What ends a halt: an interrupt, or the time that WFIT named. */
bool a64_vcpu_has_irq(struct axvm_vcpu *vcpu);
void a64_vcpu_dump(struct axvm_vcpu *vcpu, struct seq_file *m);
/* An EL1 system register of the guest, wherever it is just now. vCPU thread, loaded or not. */
u64 a64_sys_get(struct a64_vcpu *v, enum a64_sys reg);
void a64_sys_set(struct a64_vcpu *v, enum a64_sys reg, u64 val);
/* FP/SIMD register as 16 bytes; vCPU thread, loaded. */
void a64_fp_get(struct a64_vcpu *v, unsigned int reg, __uint128_t *val);
void a64_fp_set(struct a64_vcpu *v, unsigned int reg, const __uint128_t *val);

/*
 * --- inject.c: exceptions taken to the guest's EL1 (Arm ARM D1.3, R_TFBHS and J1.1
 * TakeException) ---
 */
void a64_inject_undef(struct a64_vcpu *v);
/* Synchronous external abort for data or instruction: of the access, or of the walk that failed. */
void a64_inject_abort(struct a64_vcpu *v, bool insn, u64 far);
void a64_inject_serror(struct a64_vcpu *v);

/* walk.c: the level at which a walk of the guest's stage 1 finds no memory. vCPU thread. */
unsigned int a64_walk_level(struct a64_vcpu *v, u64 va);

/*
 * --- trap handlers ---
 * Fast: loaded, interrupts off; true when done (the instruction stepped over as
 * needed), false to leave the fast loop. Decode: loaded, interrupts on; fills
 * vcpu->exit and returns AXVM_DISPATCH, or AXVM_RESUME.
 */

/*
 * sysreg.c: MSR, MRS and system instructions (EC 0x18). Table driven; what it does not
 * have is UNDEFINED.
 */
bool a64_sysreg_fast(struct a64_vcpu *v);
enum axvm_verdict a64_sysreg_decode(struct a64_vcpu *v);
/* idregs.c: sanitised feature registers of a new VM; process context. */
void a64_idregs_init(struct a64_vm *vm);

/* smccc.c: HVC and SMC (EC 0x16, 0x17) */
bool a64_smccc_fast(struct a64_vcpu *v);
enum axvm_verdict a64_smccc_decode(struct a64_vcpu *v);
void a64_smccc_complete(struct a64_vcpu *v, enum axvm_status status);

/* abort.c: data and instruction aborts from the guest (EC 0x24, 0x20). */
bool a64_abort_fast(struct a64_vcpu *v);
enum axvm_verdict a64_abort_decode(struct a64_vcpu *v);
void a64_access_complete(struct a64_vcpu *v, enum axvm_status status);

/* wfx.c: WFI, WFE, WFIT, WFET (EC 0x01); and, before world->load, whether WFE traps. */
enum axvm_verdict a64_wfx_decode(struct a64_vcpu *v);
void a64_wfe_load(struct a64_vcpu *v);
#if IS_ENABLED(CONFIG_KUNIT)
/* Another task wants this CPU. Preemption off. */
bool a64_cpu_is_wanted(void);
#endif

/* --- timer.c --- */
void a64_timer_init(struct a64_vcpu *v);
void a64_timer_destroy(struct a64_vcpu *v);
void a64_timer_reset(struct a64_vcpu *v);
/*
 * Loaded section: the virtual timer's registers into the CPU, its interrupt linked to
 * the guest's.
 */
void a64_timer_load(struct a64_vcpu *v);
void a64_timer_put(struct a64_vcpu *v);
/* The virtual timer's output just now. Loaded, interrupts off. */
bool a64_timer_line(struct a64_vcpu *v);
/* CNTHCTL_EL2 while a guest runs. */
u64 a64_timer_cnthctl(void);
/* Before an entry and before vgic_flush(), interrupts off: the timers' lines as they are now. */
void a64_timer_flush(struct a64_vcpu *v);
/* Host interrupt of the virtual timer on this CPU; hard interrupt. */
irqreturn_t a64_timer_host_irq(int irq, void *dev);
/*
 * Physical timer registers (CNTP_*, CNTPCT), trapped: for the table in sysreg.c.
 * Loaded, interrupts off.
 */
bool a64_timer_access(struct a64_vcpu *v, u32 encoding, bool write, u64 *val);
/*
 * WFIT, WFET: what follows ends at this count of the virtual counter at the latest.
 * vCPU thread. And whether it has: any context.
 */
void a64_timer_wait_until(struct a64_vcpu *v, u64 deadline);
bool a64_timer_wait_is_over(struct a64_vcpu *v);
void a64_timer_halt_begin(struct axvm_vcpu *vcpu);
void a64_timer_halt_end(struct axvm_vcpu *vcpu);
void a64_vm_pause(struct axvm_vm *vm);
void a64_vm_resume(struct axvm_vm *vm);

/* --- s2_fmt.c, tlb.c, cache.c --- */
const struct axvm_s2_fmt *a64_s2_format(unsigned int ipa_bits);
u64 a64_vtcr(const struct axvm_s2_fmt *fmt);
extern const struct axvm_s2_ops a64_s2_ops;
int a64_vmid_init(void);
/*
 * Into ctx->el2.vttbr: VTTBR_EL2 with a VMID that is valid on this CPU; what other
 * vCPUs of the VM left in its TLB is forgotten. Preemption off, before the VM's
 * registers are loaded.
 */
void a64_vttbr_load(struct a64_vcpu *v);
/* Clean and invalidate to the point of coherency; any context. */
void a64_cache_clean(void *addr, size_t len);
/* Instruction caches of all CPUs. */
void a64_cache_inval_code(void);
/* See struct axvm_s2_ops. */
void a64_cache_publish(u64 phys, u64 len, u32 prot);
/* MMU and caches are off. */
void a64_cache_reset(struct a64_vcpu *v);
/*
 * A set/way operation was seen (HCR_EL2.TSW), or a write to a register of the
 * stage-1 MMU that may turn caches on or off (HCR_EL2.TVM): sets what traps from now
 * on. vCPU thread, not loaded, may sleep.
 */
void a64_cache_set_way(struct a64_vcpu *v);
void a64_cache_toggled(struct a64_vcpu *v);
/*
 * CTR_EL0 is not the same on all CPUs: then guests are told what serves on all of them, by
 * traps of CTR, CLIDR, CCSIDR and CSSELR (HCR_EL2.TID2). Any context; loaded, interrupts off.
 */
bool a64_cache_ids_differ(void);
bool a64_cache_id_access(struct a64_vcpu *v, u32 encoding, bool write, u64 *val);

/* --- fpsimd.c, debug.c --- */
void a64_fp_load(struct a64_vcpu *v);
void a64_fp_put(struct a64_vcpu *v);
/* sve.c. Around the loop of runs, interrupts off: what a softirq of the host would not keep. */
void a64_sve_enter(struct a64_vcpu *v);
void a64_sve_leave(struct a64_vcpu *v);
/* With a vCPU; process context. 0 or -ENOMEM. */
int a64_sve_vcpu_init(struct a64_vcpu *v);
/* After the rest of the registers. */
void a64_sve_reset(struct a64_vcpu *v);
/*
 * This CPU's vector lengths; on each CPU when its EL2 is taken. And the longest
 * that all of them can give to guests, in bytes; 0 none.
 */
void a64_sve_probe_cpu(void);
unsigned int a64_sve_max_len(void);
/*
 * A VM with vectors of at most @len bytes, a power of two from 16 on or a length
 * that the CPUs have; after a64_idregs_init(), before its vCPUs exist. Return: 0,
 * -EINVAL when the CPUs cannot do it.
 */
int a64_sve_vm_init(struct a64_vm *vm, unsigned int len);
void a64_debug_reset(struct a64_vcpu *v);
/* Debug registers that trap (op0 2): true when known. Loaded, interrupts off. */
bool a64_debug_access(struct a64_vcpu *v, u32 encoding, bool write, u64 *val);

#endif /* AXVM_ARM64_H */
