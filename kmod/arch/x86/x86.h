/* SPDX-License-Identifier: GPL-2.0 */
/*
 * x86: what its files share, whichever of SVM and VMX runs.
 *
 * The PC platform, CPUID, MSRs, control registers and the instruction decoder
 * know no vendor. What only the vendor's control block knows is reached
 * through struct x86_hw.
 *
 * Contexts that the comments name:
 * vCPU thread: the vCPU's own, anywhere between two entries.
 * fast: vCPU thread, loaded, interrupts off, NMIs possibly too (SVM: GIF = 0):
 *	raw spinlocks alone, nothing that takes long.
 * loaded: vCPU thread, loaded, preemption off, interrupts on.
 * any: other CPUs and hard interrupts, too.
 */
#ifndef AXVM_X86_H
#define AXVM_X86_H

#include <linux/cpumask.h>
#include <linux/hrtimer.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <asm/msr-index.h>
#include <asm/processor-flags.h>
#include <asm/trapnr.h>

#include "arch.h"
#include "arch/x86/insn.h"
#include "vm.h"

/* --- registers --- */

/* In the order of instruction encodings. */
enum x86_gpr {
	X86_RAX, X86_RCX, X86_RDX, X86_RBX, X86_RSP, X86_RBP, X86_RSI, X86_RDI,
	X86_R8, X86_R9, X86_R10, X86_R11, X86_R12, X86_R13, X86_R14, X86_R15,
	X86_GPRS
};

enum x86_seg_nr {
	X86_ES, X86_CS, X86_SS, X86_DS, X86_FS, X86_GS, X86_LDTR, X86_TR,
	X86_SEGS
};

/* Attributes of a segment: bits 40-47 and 52-55 of its descriptor, as in a VMCB (APM 2, 15.5.1). */
#define X86_SEG_TYPE	0x00f
#define X86_SEG_S	0x010
#define X86_SEG_DPL	0x060
#define X86_SEG_P	0x080
#define X86_SEG_AVL	0x100
#define X86_SEG_L	0x200
#define X86_SEG_DB	0x400
#define X86_SEG_G	0x800

struct x86_seg {
	u64 base;
	u32 limit;	/* in bytes, whatever G says */
	u16 sel;
	u16 attr;
};

struct x86_dt {
	u64 base;
	u16 limit;
};

/* Registers that live in the vendor's control block, or in the CPU while loaded. */
enum x86_sysreg {
	X86_CR2,
	X86_DR6, X86_DR7,
	X86_PAT, X86_DEBUGCTL,
	X86_STAR, X86_LSTAR, X86_CSTAR, X86_SFMASK,
	X86_FS_BASE, X86_GS_BASE, X86_KERNEL_GS_BASE,
	X86_SYSENTER_CS, X86_SYSENTER_ESP, X86_SYSENTER_EIP,
	X86_SYSREGS
};

struct x86_vcpu;
struct x86_vm;

/**
 * struct x86_hw - what the vendor's backend does for the common code
 * @get_sysreg: read a register
 * @set_sysreg: write one; the value was checked
 * @get_seg: read a segment register with its hidden part
 * @set_seg: write one
 * @get_dt: read GDTR or (@idt) IDTR
 * @set_dt: write one
 * @update_controls: v->cr0, v->cr4 or v->efer changed: put them into the control block;
 *	translations of this vCPU that depend on them are forgotten
 * @update_tsc: the VM's or the vCPU's TSC offset changed
 * @flush_tlb: forget all guest-virtual translations of this vCPU before its next entry
 * @forget_events: reset or INIT: forget what is on its way into the guest, and NMI handlers
 *
 * All are called on the vCPU's thread, loaded or not, or while no thread exists.
 */
struct x86_hw {
	u64 (*get_sysreg)(struct x86_vcpu *v, enum x86_sysreg reg);
	void (*set_sysreg)(struct x86_vcpu *v, enum x86_sysreg reg, u64 val);
	void (*get_seg)(struct x86_vcpu *v, enum x86_seg_nr nr, struct x86_seg *seg);
	void (*set_seg)(struct x86_vcpu *v, enum x86_seg_nr nr, const struct x86_seg *seg);
	void (*get_dt)(struct x86_vcpu *v, bool idt, struct x86_dt *dt);
	void (*set_dt)(struct x86_vcpu *v, bool idt, const struct x86_dt *dt);
	void (*update_controls)(struct x86_vcpu *v);
	void (*update_tsc)(struct x86_vcpu *v);
	void (*flush_tlb)(struct x86_vcpu *v);
	void (*forget_events)(struct x86_vcpu *v);
};

/* Set by the vendor's probe. */
extern const struct x86_hw *x86_hw;

/* --- the local APIC (lapic.h has its functions) --- */

#define X86_APIC_WORDS	4	/* 256 vectors of 64 bits */

/**
 * struct x86_lapic - the local APIC of a vCPU
 * @base_msr: IA32_APIC_BASE [c]
 * @irr: requested [atomic, any CPU]
 * @tmr: of these, level-triggered [atomic, any CPU]
 * @isr: in service [c]
 * @id: xAPIC id register, bits 31-24 hold it [c; READ_ONCE elsewhere]
 * @ldr: logical destination [c; READ_ONCE elsewhere]
 * @dfr: destination format [c; READ_ONCE elsewhere]
 * @svr: spurious-interrupt vector, and software enable [c; READ_ONCE elsewhere]
 * @tpr: task priority [c; READ_ONCE elsewhere]
 * @esr: error status as read [c]
 * @esr_pending: errors since [atomic]
 * @icr: interrupt command [c]
 * @lvt: local vector table, by enum x86_lvt of lapic_priv.h [c; READ_ONCE elsewhere]
 * @tdcr: divide configuration [t]
 * @tmict: initial count [t]
 * @timer: counts down, or waits for the deadline
 * @timer_lock: keeps register writes and the timer's callback apart; innermost but for wake-ups
 * @timer_start: CLOCK_MONOTONIC ns at which the count began [t]
 * @period_ns: of one countdown, 0 = stopped [t]
 * @tsc_deadline: guest TSC, 0 = disarmed [t]
 * @paused_ns: time since @timer_start when the VM was paused, -1 = not paused [t]
 *
 * Letters: c the vCPU's own thread (or nobody, while it does not run), t timer_lock.
 */
struct x86_lapic {
	u64 base_msr;
	unsigned long irr[X86_APIC_WORDS];
	unsigned long tmr[X86_APIC_WORDS];
	unsigned long isr[X86_APIC_WORDS];
	u32 id;
	u32 ldr;
	u32 dfr;
	u32 svr;
	u32 tpr;
	u32 esr;
	atomic_t esr_pending;
	u64 icr;
	u32 lvt[8];
	u32 tdcr;
	u32 tmict;
	struct hrtimer timer;
	raw_spinlock_t timer_lock;	/* see [t] above */
	u64 timer_start;
	u64 period_ns;
	u64 tsc_deadline;
	s64 paused_ns;
};

/* --- virtual machine and virtual CPU --- */

struct x86_ioapic;
struct x86_pic;

/**
 * struct x86_vm - a VM; the vendor's own type starts with it
 * @base: the core's part
 * @chip: its interrupt inputs: global system interrupts; set in x86_vm_init()
 * @ioapic: the I/O APIC, NULL when the VM has none [I]
 * @pic: the pair of 8259, NULL when the VM has none [I]
 * @tsc_offset: guest TSC minus host TSC, scaled; changes only while no vCPU is loaded
 * @paused_at: host TSC of the pause
 * @s2_changed: counts the times that stage-2 entries were taken away [atomic]
 * @cpus: where one of its vCPUs is loaded [atomic]
 */
struct x86_vm {
	struct axvm_vm base;
	struct axvm_irq_chip chip;
	struct x86_ioapic *ioapic;
	struct x86_pic *pic;
	u64 tsc_offset;
	u64 paused_at;
	atomic64_t s2_changed;
	struct cpumask cpus;
};

/* What has to be looked at before the next entry; bits of x86_vcpu.events. */
enum x86_event {
	X86_EV_IRQ,		/* interrupt controllers changed: ask x86_irq_has() again */
	X86_EV_NMI,		/* an NMI is pending; one more is remembered */
	X86_EV_EXCEPTION,	/* v->exception is filled */
	X86_EV_REINJECT,	/* v->reinject is filled */
	X86_EV_INIT,		/* INIT arrived */
	X86_EV_SIPI,		/* start-up IPI arrived, v->sipi_vector */
	X86_EV_TLB,		/* forget guest-virtual translations */
	X86_EV_SHUTDOWN,	/* an exception while #DF was delivered: the guest is dead */
	X86_EV_CLOCK,		/* the paravirtual clock's page has to be backed, then written */
	X86_EV_VENDOR,		/* first of the vendor's own */
};

/* Those for which vcpu_prepare() asks for AXVM_EXIT_ARCH: x86_vcpu_slow() handles them. */
#define X86_EV_SLOW	(BIT(X86_EV_INIT) | BIT(X86_EV_CLOCK))

/* An event for the guest, as VMCB.EVENTINJ and the VM-entry interruption field know it. */
enum x86_event_type {
	X86_TYPE_INTR = 0,
	X86_TYPE_NMI = 2,
	X86_TYPE_EXCEPTION = 3,
	X86_TYPE_SOFT = 4,
};

struct x86_inject {
	u8 vector;
	enum x86_event_type type;
	bool has_error;
	u32 error;
	u64 next_rip;	/* X86_TYPE_SOFT: of the instruction after INT n */
};

#define X86_WALK_LEVELS	5

/**
 * struct x86_walk_memo - the last walk: valid while every table entry is what it was
 * @valid: filled
 * @page: guest-virtual page
 * @cr3: root then
 * @controls: cr0, cr4, efer bits and privilege that the walk depended on
 * @cpl: privilege level of a code fetch
 * @word: of code: the first four bytes of the last instruction that was stepped over
 * @len: its length, 0 = none yet
 * @nr: entries
 * @slot: kernel addresses of the entries (guest memory stays where it is while the VM runs)
 * @entry: their values
 * @gpa: guest-physical page
 * @code: of a code fetch: kernel address of the page
 */
struct x86_walk_memo {
	bool valid;
	u64 page;
	u64 cr3;
	u64 controls;
	u8 cpl;
	u8 len;
	u32 word;
	unsigned int nr;
	const void *slot[X86_WALK_LEVELS];
	u64 entry[X86_WALK_LEVELS];
	u64 gpa;
	const u8 *code;
};

/**
 * struct x86_fpu - extended state of a vCPU, and what the host had
 * @xcr0: the guest's XCR0
 * @xss: the guest's IA32_XSS
 * @host_xcr0: while loaded
 * @host_xss: while loaded
 * @host_pkru: while loaded
 * @area: XSAVE area, standard format, 64-byte aligned, of the size that all of
 *	the guest's features need; guest state while not loaded
 */
struct x86_fpu {
	u64 xcr0;
	u64 xss;
	u64 host_xcr0;
	u64 host_xss;
	u32 host_pkru;
	struct xregs_state *area;
};

struct x86_cpuid_entry;

/**
 * struct x86_vcpu - a vCPU; the vendor's own type starts with it
 * @base: the core's part
 * @gpr: general registers; the vendor keeps RAX and RSP current between exit and entry
 * @rip: instruction pointer, likewise
 * @rflags: flags, likewise
 * @cr3: likewise
 * @cpl: privilege level, likewise: 0 in real mode, 3 in virtual-8086 mode; follows SS
 * @shadow: interrupts are held back after STI or MOV SS, likewise
 * @cs_attr: attributes of CS at the last exit; 0: find out
 * @cr0: as the guest sees it
 * @cr4: as the guest sees it
 * @efer: as the guest sees it
 * @cr4_allowed: CR4 bits that the guest may set
 * @spec_ctrl: IA32_SPEC_CTRL of the guest; the vendor puts it in place at entry
 * @dr: DR0 to DR3 while the vendor has not put them into the CPU
 * @has_breakpoints: DR7 enables some, and @dr is current; from the vendor, after each exit that
 *	leaves fast context
 * @events: bits of enum x86_event [atomic]
 * @exception: to raise at the next entry, with X86_EV_EXCEPTION
 * @reinject: delivery was under way at the last exit, with X86_EV_REINJECT
 * @sipi_vector: with X86_EV_SIPI
 * @nmi_masked: between an NMI's delivery and IRET
 * @nmi_waiting: one more NMI arrived meanwhile [atomic]
 * @lapic: local APIC
 * @fpu: extended state
 * @tsc_adjust: IA32_TSC_ADJUST
 * @tsc_offset: this vCPU's own, on top of the VM's: TSC writes
 * @tsc_aux: IA32_TSC_AUX of the guest
 * @host_tsc_aux: of the host, while loaded
 * @msr: values of MSRs that are plain storage, by index into the table in msr.c
 * @cpuid: what the guest sees; array made at creation
 * @nr_cpuid: its length
 * @is_amd: the guest's CPU follows AMD's manual, not Intel's
 * @insn_bytes: bytes of the instruction under way, from decode assist
 * @nr_insn_bytes: their number, 0 = none were given
 * @next_rip: after the instruction under way, 0 = the hardware did not say
 * @memo: last code fetch
 * @data_memo: last access to a device's registers
 * @insn: private to the decoder: the last decoded instruction
 * @retry_rip: where the guest was sent back to an instruction, for emul.c to notice an endless loop
 * @retry_entry: number of the entry into the guest before that
 * @retries: how often that was so in a row
 * @kvm_clock: where the guest wants its clock page, MSR value, 0 = nowhere
 * @kvm_wall_clock: where it wants the wall clock once that memory is backed, 0 = nowhere
 */
struct x86_vcpu {
	struct axvm_vcpu base;
	u64 gpr[X86_GPRS];
	u64 rip;
	u64 rflags;
	u64 cr3;
	u8 cpl;
	bool shadow;
	u16 cs_attr;
	u64 cr0;
	u64 cr4;
	u64 efer;
	u64 cr4_allowed;
	u64 spec_ctrl;
	u64 dr[4];
	bool has_breakpoints;
	unsigned long events;
	struct x86_inject exception;
	struct x86_inject reinject;
	u8 sipi_vector;
	bool nmi_masked;
	bool nmi_waiting;
	struct x86_lapic lapic;
	struct x86_fpu fpu;
	u64 tsc_adjust;
	u64 tsc_offset;
	u64 tsc_aux;
	u64 host_tsc_aux;
	u64 *msr;
	struct x86_cpuid_entry *cpuid;
	unsigned int nr_cpuid;
	bool is_amd;
	u8 insn_bytes[X86_INSN_MAX];
	u8 nr_insn_bytes;
	u64 next_rip;
	struct x86_walk_memo memo;
	struct x86_walk_memo data_memo;
	struct x86_insn insn;
	u64 retry_rip;
	u64 retry_entry;
	unsigned int retries;
	u64 kvm_clock;
	u64 kvm_wall_clock;
};

static inline struct x86_vcpu *to_x86_vcpu(struct axvm_vcpu *vcpu)
{
	return container_of(vcpu, struct x86_vcpu, base);
}

static inline struct x86_vm *to_x86_vm(struct axvm_vm *vm)
{
	return container_of(vm, struct x86_vm, base);
}

static inline struct x86_vm *x86_vm_of(const struct x86_vcpu *v)
{
	return to_x86_vm(v->base.vm);
}

static inline bool x86_is_long_mode(const struct x86_vcpu *v)
{
	return v->efer & EFER_LMA;
}

static inline bool x86_is_paging(const struct x86_vcpu *v)
{
	return v->cr0 & X86_CR0_PG;
}

/* v->cr0, v->cr4 or v->efer changed: forget what was remembered of translations. vCPU thread. */
static inline void x86_update_controls(struct x86_vcpu *v)
{
	v->memo.valid = false;
	v->data_memo.valid = false;
	x86_hw->update_controls(v);
}

/* Note that something has to be looked at before the next entry, and make the vCPU look. Any. */
static inline void x86_raise_event(struct x86_vcpu *v, enum x86_event event)
{
	set_bit(event, &v->events);
	axvm_vcpu_kick(&v->base);
}

/* --- vcpu.c: registers at power-on, and the vendor-neutral part of the contract --- */

/* Code of AXVM_SYSTEM_FAILURE for a triple fault: as SVM numbers its exits. */
#define X86_TRIPLE_FAULT	0x7f

/* An entry address with this bit is a start-up IPI: real mode at vector << 12. */
#define X86_ENTRY_SIPI	BIT_ULL(63)

/* Not so the upper half of the address space, where a boot vCPU in long mode may start. */
static inline bool x86_is_sipi_entry(u64 entry)
{
	return (entry & ~GENMASK_ULL(19, 12)) == X86_ENTRY_SIPI;
}

int x86_vm_init(struct axvm_vm *vm);
void x86_vm_destroy(struct axvm_vm *vm);
int x86_vm_check(struct axvm_vm *vm, struct axvm_error *err);
void x86_vm_pause(struct axvm_vm *vm);
void x86_vm_resume(struct axvm_vm *vm);
/* Vendor-neutral parts; the vendor's functions of the same names call them. */
int x86_vcpu_init(struct axvm_vcpu *vcpu);
void x86_vcpu_destroy(struct axvm_vcpu *vcpu);
void x86_vcpu_reset(struct axvm_vcpu *vcpu, u64 entry, u64 arg);
/* FPU, TSC_AUX; debug registers are the vendor's, who knows whether the guest uses them. Loaded. */
void x86_vcpu_load(struct x86_vcpu *v);
void x86_vcpu_put(struct x86_vcpu *v);
/* X86_EV_SLOW: INIT becomes "wait for start-up IPI". Process context; AXVM_EXIT_ARCH. */
void x86_vcpu_slow(struct axvm_vcpu *vcpu);
void x86_vcpu_complete(struct axvm_vcpu *vcpu, enum axvm_status status);
bool x86_vcpu_has_irq(struct axvm_vcpu *vcpu);
void x86_vcpu_halt_begin(struct axvm_vcpu *vcpu);
void x86_vcpu_halt_end(struct axvm_vcpu *vcpu);
void x86_vcpu_dump(struct axvm_vcpu *vcpu, struct seq_file *m);

/* --- event.c: exceptions and interrupts on their way into the guest --- */

/*
 * Raise an exception at the next entry; a second one becomes #DF or shutdown
 * (SDM 3, 6.15). vCPU thread.
 */
void x86_queue_exception(struct x86_vcpu *v, u8 vector);
void x86_queue_exception_error(struct x86_vcpu *v, u8 vector, u32 error);
/* #PF with its address. */
void x86_queue_page_fault(struct x86_vcpu *v, u64 gva, u32 error);

/**
 * enum x86_next - what event.c wants of the next entry
 * @X86_NEXT_NONE: nothing
 * @X86_NEXT_INJECT: an event was chosen
 * @X86_NEXT_IRQ_WINDOW: exit as soon as interrupts can be taken
 * @X86_NEXT_NMI_WINDOW: exit as soon as an NMI can be taken
 */
enum x86_next {
	X86_NEXT_NONE,
	X86_NEXT_INJECT,
	X86_NEXT_IRQ_WINDOW,
	X86_NEXT_NMI_WINDOW,
};

/**
 * x86_next_event() - choose and consume what goes into the guest now
 * @v: vCPU
 * @inject: filled for X86_NEXT_INJECT
 * @more: set when another event waits behind it: the vendor arranges an exit
 *	once it can be taken, in the way of the window returned in @more
 *
 * Priorities: reinjected event, exception, NMI, external interrupt (SDM 3, 6.9). fast.
 *
 * Return: X86_NEXT_INJECT, or what has to be waited for.
 */
enum x86_next x86_next_event(struct x86_vcpu *v, struct x86_inject *inject, enum x86_next *more);

/*
 * A CPU that runs does not listen to start-up IPIs, but one that gets an INIT does. False: there
 * is something to do before the next entry that takes longer.
 */
bool x86_ignore_sipi(struct x86_vcpu *v);

/* #BP and #OF: of INT3 and INTO, which have not changed anything when they are interrupted. */
static inline bool x86_is_soft_exception(u8 vector)
{
	return vector == X86_TRAP_BP || vector == X86_TRAP_OF;
}

/* --- cpuid.c --- */

/* Hide an X86_FEATURE_* that needs what the vendor's hardware lacks. Before x86_cpuid_probe(). */
void x86_cpuid_hide(unsigned int feature);
/* The vCPU's table, from the host's. Process context. */
int x86_cpuid_init(struct x86_vcpu *v);
void x86_cpuid_destroy(struct x86_vcpu *v);
/* What guests may have at all: flags for people ("fpu vme de ..."), once at probe. */
void x86_cpuid_probe(struct axvm_arch_info *info);
/* CPUID instruction: from gpr to gpr. Does not step. fast. */
void x86_cpuid_emulate(struct x86_vcpu *v);
/* Does the guest's table announce this X86_FEATURE_*? vCPU thread. */
bool x86_guest_has(const struct x86_vcpu *v, unsigned int feature);
/* Leaves that mirror state (OSXSAVE, OSPKE, APIC on, XCR0 size) changed. vCPU thread. */
void x86_cpuid_update(struct x86_vcpu *v);
/* Physical address bits of the guest. */
unsigned int x86_guest_phys_bits(const struct x86_vcpu *v);

/* --- msr.c --- */

/* 0, or -1: #GP(0). fast. */
int x86_msr_read(struct x86_vcpu *v, u32 msr, u64 *val);
int x86_msr_write(struct x86_vcpu *v, u32 msr, u64 val);
/* RDMSR and WRMSR: from gpr to gpr; true: step over it, false: #GP was queued. fast. */
bool x86_rdmsr_emulate(struct x86_vcpu *v);
bool x86_wrmsr_emulate(struct x86_vcpu *v);
int x86_msr_init(struct x86_vcpu *v);
void x86_msr_destroy(struct x86_vcpu *v);
void x86_msr_reset(struct x86_vcpu *v);
/* n-th MSR that guests may access without an exit, because the hardware switches it; 0: no more. */
u32 x86_msr_direct(unsigned int n);

/* --- tlb.c: who may hold translations of a VM --- */

/* For stage-2 tables: every vCPU leaves the guest, and sees s2_changed before its next entry. */
extern const struct axvm_s2_ops x86_s2_ops;
/* A vCPU is put on this CPU: look at s2_changed after that; or leaves it. Loaded. */
void x86_tlb_join(struct x86_vm *vm);
void x86_tlb_leave(struct x86_vm *vm);

/* --- cr.c: control registers, XSETBV; true: done, false: #GP(0) was queued. fast --- */

bool x86_cr0_write(struct x86_vcpu *v, u64 val);
bool x86_cr3_write(struct x86_vcpu *v, u64 val);
bool x86_cr4_write(struct x86_vcpu *v, u64 val);
bool x86_cr8_write(struct x86_vcpu *v, u64 val);
u64 x86_cr8_read(struct x86_vcpu *v);
/* MOV to and from a control register, by number; #UD where there is none. */
bool x86_cr_write(struct x86_vcpu *v, unsigned int cr, u64 val);
u64 x86_cr_read(struct x86_vcpu *v, unsigned int cr);
bool x86_efer_write(struct x86_vcpu *v, u64 val);
bool x86_xsetbv(struct x86_vcpu *v);
bool x86_lmsw(struct x86_vcpu *v, u16 val);
/* CR4 bits that the guest may set. */
u64 x86_cr4_allowed(const struct x86_vcpu *v);

/* --- fpu.c: x87, SSE, AVX and what else XSAVE manages --- */

/* What XSAVE features guests may have; once at probe. */
void x86_fpu_probe(void);
u64 x86_fpu_guest_features(void);
/* Size of the standard and the compacted area for a set of features. */
u32 x86_fpu_size(u64 features, bool compacted);
int x86_fpu_init(struct x86_vcpu *v);
void x86_fpu_destroy(struct x86_vcpu *v);
void x86_fpu_reset(struct x86_vcpu *v, bool init);
/* Loaded; between them the registers hold guest state and the kernel may not use them. */
void x86_fpu_load(struct x86_vcpu *v);
void x86_fpu_put(struct x86_vcpu *v);
/* XCR0 of the guest changed while loaded. fast. */
void x86_fpu_set_xcr0(struct x86_vcpu *v, u64 xcr0);
/* SSE/AVX registers for the decoder: lane bytes of xmm/ymm n. Loaded, interrupts on or off. */
void x86_fpu_read_vector(struct x86_vcpu *v, unsigned int n, void *buf, unsigned int len);
void x86_fpu_write_vector(struct x86_vcpu *v, unsigned int n, const void *buf, unsigned int len,
			  bool zero_upper);

/* --- tsc.c --- */

u64 x86_tsc_khz(void);
/* The guest's TSC at a host TSC. Any. */
u64 x86_guest_tsc(const struct x86_vcpu *v, u64 host_tsc);
/* Guest TSC ticks to ns. */
u64 x86_tsc_to_ns(u64 ticks);
/* MSR_KVM_SYSTEM_TIME_NEW: the page is written where the guest wants it. loaded or process. */
int x86_kvm_clock_write(struct x86_vcpu *v, u64 val);
int x86_kvm_wall_clock_write(struct x86_vcpu *v, u64 gpa);

/* --- irq.c: wiring of LAPIC, I/O APIC and 8259 --- */

/* Would an interrupt be taken if RFLAGS.IF allowed it? vCPU thread. */
bool x86_irq_has(struct x86_vcpu *v);
/* And is it one of the 8259, for which there is no bit in the local APIC? vCPU thread. */
bool x86_irq_has_extint(const struct x86_vcpu *v);
/*
 * Acknowledge it: LAPIC: IRR to ISR, 8259: INTA. Return: its vector, -1: it
 * went away. vCPU thread.
 */
int x86_irq_take(struct x86_vcpu *v);
/*
 * Priority class to which the guest would have to lower TPR for something to
 * happen; -1: nothing waits.
 */
int x86_irq_blocked_by_tpr(struct x86_vcpu *v);
/* Device lines: the VM's chip. */
extern const struct axvm_irq_chip_ops x86_irq_chip_ops;

/* --- walk.c: guest-virtual to guest-physical --- */

#define X86_ACCESS_READ		0
#define X86_ACCESS_WRITE	BIT(0)
#define X86_ACCESS_USER		BIT(1)	/* as if from CPL 3 */
#define X86_ACCESS_FETCH	BIT(2)
#define X86_ACCESS_IMPLICIT	BIT(3)	/* the CPU's own, as supervisor: AC does not count */

enum x86_walk_result {
	X86_WALK_OK,
	X86_WALK_FAULT,		/* *fault_error has the #PF error code */
	X86_WALK_NOT_BACKED,	/* *gpa: memory that has to be backed first; try again after that */
	X86_WALK_NO_MEMORY,	/* a table is outside of memory */
};

/**
 * x86_walk() - translate as the CPU would
 * @v: vCPU, its current paging mode
 * @gva: linear address
 * @access: X86_ACCESS_*
 * @gpa: result
 * @error: #PF error code
 *
 * Sets accessed and dirty bits as hardware does. fast.
 *
 * Return: enum x86_walk_result.
 */
enum x86_walk_result x86_walk(struct x86_vcpu *v, u64 gva, u32 access, u64 *gpa, u32 *error);

/* Forget where guest memory was: x86_vcpu_reset() has to, the pages may be others now. */
static inline void x86_walk_forget(struct x86_vcpu *v)
{
	v->memo.valid = false;
	v->data_memo.valid = false;
}

/**
 * x86_fetch() - bytes of the instruction under way
 * @v: vCPU
 * @bytes: gets up to X86_INSN_MAX
 * @len: gets their number
 * @gpa: for X86_WALK_NOT_BACKED
 *
 * From the decode assist, else through @v->memo, else by a walk. fast.
 *
 * Return: enum x86_walk_result.
 */
enum x86_walk_result x86_fetch(struct x86_vcpu *v, u8 *bytes, unsigned int *len, u64 *gpa);

/* --- insn.c, emul*.c --- */

/**
 * x86_find_next() - where the instruction after the one under way is
 * @v: vCPU
 *
 * For instructions with an effect: known before it, RIP is no matter of what the guest's
 * code and tables become by it or meanwhile. fast.
 *
 * Return: its address; 0: as when x86_skip() returns false.
 */
u64 x86_find_next(struct x86_vcpu *v);

/**
 * x86_skip() - step over the instruction under way
 * @v: vCPU
 * @len: its length when the exit says, 0 = find out (next_rip, or decode)
 *
 * Ends the interrupt shadow; raises the single-step trap where RFLAGS.TF asks for it. fast.
 *
 * Return: false: the code is not readable now; x86_emulate_again() from the
 * loaded context then says what to do.
 */
bool x86_skip(struct x86_vcpu *v, unsigned int len);

/**
 * x86_emulate_mmio() - do what the instruction under way does, an operand of it being no memory
 * @v: vCPU; RIP is at the instruction
 * @gpa: address that faulted
 *
 * Bus and LAPIC accesses are made from here. Loaded.
 *
 * Return: AXVM_RESUME: done, or an exception is queued; AXVM_DISPATCH: the
 * exit is filled: memory to back first (then the guest runs into it again), or
 * AXVM_EXIT_FAIL after a report.
 */
enum axvm_verdict x86_emulate_mmio(struct x86_vcpu *v, u64 gpa);
/* INS and OUTS with or without REP. Loaded. Return: as above. */
enum axvm_verdict x86_emulate_string_io(struct x86_vcpu *v);
/*
 * x86_find_next() or x86_skip() did not work, and the instruction has not had its effect: back
 * the code and let the guest execute it again; when it cannot be decoded, or this repeats
 * without an end, a report. Loaded. Return: as above.
 */
enum axvm_verdict x86_emulate_again(struct x86_vcpu *v);
/* emul_msw.c: SMSW and LMSW with a memory operand. Loaded. Return: as above. */
enum axvm_verdict x86_emulate_msw(struct x86_vcpu *v);

/* io.c: IN and OUT of a register, to @v->next_rip, which hardware tells of these. Loaded. */
enum axvm_verdict x86_port_read(struct x86_vcpu *v, u16 port, unsigned int len);
enum axvm_verdict x86_port_write(struct x86_vcpu *v, u16 port, unsigned int len);

static inline enum axvm_verdict x86_port_io(struct x86_vcpu *v, u16 port, unsigned int len,
					    bool write)
{
	return write ? x86_port_write(v, port, len) : x86_port_read(v, port, len);
}

/* One access for the decoder: the LAPIC page or the bus; nothing there: all ones. Loaded. */
void x86_mmio_read(struct x86_vcpu *v, u64 gpa, unsigned int len, u64 *val);
void x86_mmio_write(struct x86_vcpu *v, u64 gpa, unsigned int len, u64 val);
u64 x86_pio_read(struct x86_vcpu *v, u16 port, unsigned int len);
void x86_pio_write(struct x86_vcpu *v, u16 port, unsigned int len, u64 val);

/* Report what cannot be emulated, with bytes and registers, and fill the exit. Loaded. */
enum axvm_verdict x86_fail(struct x86_vcpu *v, const char *what);

/* --- task.c: hardware task switches, none of which the hardware does for guests --- */

/* Numbered as in the exit qualification of VMX. */
enum x86_task_source {
	X86_TASK_CALL,
	X86_TASK_IRET,
	X86_TASK_JMP,
	X86_TASK_GATE,		/* a task gate in the IDT */
};

/**
 * struct x86_task_switch - a task switch that the hardware left to us
 * @source: what asks for it
 * @sel: selector of the new task's TSS
 * @type: X86_TASK_GATE: of the event; of an instruction that raised it: X86_TYPE_SOFT, or
 *	X86_TYPE_EXCEPTION for #BP and #OF
 * @vector: likewise
 * @has_error: X86_TASK_GATE: @error goes on the new task's stack
 * @error: error code
 * @rf: the old task keeps RFLAGS.RF set: it was interrupted by a fault
 */
struct x86_task_switch {
	enum x86_task_source source;
	u16 sel;
	enum x86_event_type type;
	u8 vector;
	bool has_error;
	u32 error;
	bool rf;
};

/**
 * x86_task_switch() - go on with another task
 * @v: vCPU; RIP is at the instruction that asks, or where an event found the old task
 * @sw: who asks for which task
 *
 * The hardware has checked privileges; the rest is checked here. An event that
 * came through a task gate may be in @v->reinject, and is consumed. Loaded.
 *
 * Return: AXVM_RESUME: the new task runs, or an exception is queued, in the old task or in the
 * new one; AXVM_DISPATCH: the exit is filled, as by x86_emulate_mmio(), and nothing has happened.
 */
enum axvm_verdict x86_task_switch(struct x86_vcpu *v, const struct x86_task_switch *sw);

/* --- hypercall.c: VMCALL and VMMCALL; from gpr to gpr. fast --- */

void x86_hypercall(struct x86_vcpu *v);

/* --- host.c --- */

/* Keeps kvm_intel and kvm_amd from initialising while axvm is loaded. */
int x86_host_init(void);
/* A machine check ended a stay. vCPU thread, interrupts off. */
void x86_handle_machine_check(void);
void x86_host_exit(void);

#endif /* AXVM_X86_H */
