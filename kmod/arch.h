/* SPDX-License-Identifier: GPL-2.0 */
/*
 * THE CONTRACT between the core and a backend: one flat table of functions.
 *
 * Chosen at load time by probing; every pointer is mandatory and registration
 * rejects a table with holes. Backend objects embed the core's as first
 * member; the core allocates them with the sizes given here, zeroed.
 */
#ifndef AXVM_ARCH_H
#define AXVM_ARCH_H

#include <linux/static_call_types.h>
#include <linux/types.h>

#include "exit.h"
#include "s2.h"

struct axvm_device_type;
struct axvm_error;
struct axvm_vcpu;
struct axvm_vm;
struct seq_file;

/**
 * struct axvm_arch_info - what a backend offers on this machine; filled by probe
 * @cpu_features: what guest CPUs have, in the architecture's notation
 * @mmu_type: largest translation mode of guests
 * @timer_frequency: Hz of the guest's counter
 * @s2_fmt: stage-2 format in use
 * @s2_ops: flush for it
 * @vmids: number of TLB tags, 0 none
 */
struct axvm_arch_info {
	char cpu_features[1536];
	char mmu_type[16];
	u64 timer_frequency;
	const struct axvm_s2_fmt *s2_fmt;
	const struct axvm_s2_ops *s2_ops;
	u32 vmids;
};

/**
 * struct axvm_arch_ops - a backend
 * @name: "riscv", "vhe", "nvhe", "svm", "vmx", "fake"
 * @vm_size: size of its VM type
 * @vcpu_size: size of its vCPU type
 * @device_types: models that live with the backend (interrupt controllers), NULL-terminated
 *
 * @probe: is the hardware there and free? Process context, any CPU, changes
 *	nothing. 0 with @info filled, -ENODEV when it is absent: then the next backend is
 *	asked. -EBUSY when somebody else holds it, -EOPNOTSUPP when it lacks something: no
 *	other backend can do instead. err says so in one line and names the cure.
 * @hw_init: once before the first cpu_enable; process context.
 * @hw_exit: undo, after the last cpu_disable.
 * @cpu_enable: take the hardware of this CPU, remembering what was there. Called on the CPU
 *	(cpuhp: its hotplug thread, interrupts on; after the host slept: interrupts off).
 * @cpu_disable: put back exactly what cpu_enable found. The same contexts, and an
 *	interrupt when the host goes away; never twice.
 *
 * @vm_init: backend part of a new VM (tags); process context. Where vm->vectors_wanted
 *	is set and can be had, sets vm->vector_bits.
 * @vm_destroy: undo; no vCPU exists any more.
 * @vm_check: last check before seal: is all there that a VM needs? err says what is missing.
 *
 * @vcpu_init: backend part of a new vCPU; process context.
 * @vcpu_destroy: undo; its thread is gone, timers are stopped here.
 * @vcpu_reset: registers as at power-on, then start at entry with arg (for the
 *	boot vCPU: the VM's first boot argument). vCPU thread, not loaded.
 * @vcpu_load: put guest state that the host does not use into the CPU. vCPU
 *	thread, preemption off, interrupts on.
 * @vcpu_put: save it. Same context, same CPU.
 *
 * @vcpu_prepare: deliver what is pending before an entry. Loaded, interrupts
 *	off. False: do not enter, see requests again; vcpu->exit, which is
 *	AXVM_EXIT_NONE before, may be filled for axvm_exit_handle_slow().
 * @vcpu_enter: run the guest, finishing what it can on the fast path, until
 *	something else has to be done. Loaded, interrupts off before and after.
 *	True when a host interrupt was the cause: nothing to decode.
 * @vcpu_decode: fill vcpu->exit. Loaded, preemption off, interrupts on.
 *	AXVM_RESUME (done) or AXVM_DISPATCH.
 * @vcpu_complete: put the results of vcpu->exit into the guest and step over the
 *	instruction; for a stage-2 fault that was resolved: make this CPU
 *	forget that there was nothing. vCPU thread, loaded or not.
 * @vcpu_slow: AXVM_EXIT_ARCH; vCPU thread, not loaded, may sleep.
 *
 * @vcpu_has_irq: would an interrupt wake this vCPU? Any context.
 * @vcpu_halt_begin: about to sleep: arm the wake-up timer. vCPU thread, not loaded.
 * @vcpu_halt_end: awake again: disarm it.
 * @vm_pause: guest time stops; all vCPUs are parked, or their threads are gone: then a
 *	reset or destroy follows, and the VM may have been paused before. Process context.
 * @vm_resume: guest time goes on from there.
 * @vcpu_dump: registers for people. No thread runs it (or it is parked); of one that is
 *	loaded nevertheless nothing may be read.
 */
struct axvm_arch_ops {
	const char *name;
	size_t vm_size;
	size_t vcpu_size;
	const struct axvm_device_type *const *device_types;

	int (*probe)(struct axvm_arch_info *info, struct axvm_error *err);
	int (*hw_init)(void);
	void (*hw_exit)(void);
	int (*cpu_enable)(void);
	void (*cpu_disable)(void);

	int (*vm_init)(struct axvm_vm *vm);
	void (*vm_destroy)(struct axvm_vm *vm);
	int (*vm_check)(struct axvm_vm *vm, struct axvm_error *err);

	int (*vcpu_init)(struct axvm_vcpu *vcpu);
	void (*vcpu_destroy)(struct axvm_vcpu *vcpu);
	void (*vcpu_reset)(struct axvm_vcpu *vcpu, u64 entry, u64 arg);
	void (*vcpu_load)(struct axvm_vcpu *vcpu);
	void (*vcpu_put)(struct axvm_vcpu *vcpu);

	bool (*vcpu_prepare)(struct axvm_vcpu *vcpu);
	bool (*vcpu_enter)(struct axvm_vcpu *vcpu);
	enum axvm_verdict (*vcpu_decode)(struct axvm_vcpu *vcpu);
	void (*vcpu_complete)(struct axvm_vcpu *vcpu, enum axvm_status status);
	void (*vcpu_slow)(struct axvm_vcpu *vcpu);

	bool (*vcpu_has_irq)(struct axvm_vcpu *vcpu);
	void (*vcpu_halt_begin)(struct axvm_vcpu *vcpu);
	void (*vcpu_halt_end)(struct axvm_vcpu *vcpu);
	void (*vm_pause)(struct axvm_vm *vm);
	void (*vm_resume)(struct axvm_vm *vm);
	void (*vcpu_dump)(struct axvm_vcpu *vcpu, struct seq_file *m);
};

/* The backends compiled in, in order of preference, NULL-terminated; in arch/. */
extern const struct axvm_arch_ops *const axvm_arch_backends[];

/* The backend in use; set once in arch.c before anything else runs. */
extern const struct axvm_arch_ops *axvm_arch;
extern struct axvm_arch_info axvm_arch_info;

/*
 * The three of its functions that every exit calls, as static calls: where the
 * kernel has to keep the CPU from guessing indirect branches, those are dear.
 */
bool axvm_arch_no_entry(struct axvm_vcpu *vcpu);
enum axvm_verdict axvm_arch_no_decode(struct axvm_vcpu *vcpu);
DECLARE_STATIC_CALL(axvm_vcpu_prepare, axvm_arch_no_entry);
DECLARE_STATIC_CALL(axvm_vcpu_enter, axvm_arch_no_entry);
DECLARE_STATIC_CALL(axvm_vcpu_decode, axvm_arch_no_decode);

/* Find and take the hardware on all CPUs (cpuhp keeps it so); give it back. Process context. */
int axvm_arch_init(struct axvm_error *err);
void axvm_arch_exit(void);

/*
 * The hardware of this CPU, given back while the host sleeps, and taken again. On the last
 * CPU, interrupts off, no vCPU is loaded.
 */
void axvm_arch_suspend_cpu(void);
int axvm_arch_resume_cpu(void);

/* Give back the hardware of every CPU, for good: the host goes away. No vCPU has a thread. */
void axvm_arch_shutdown(void);

/* May a vCPU be loaded on this CPU? Not while it comes up or goes down. Preemption off. */
bool axvm_arch_cpu_is_ready(void);

/* For KUnit: put another backend in place while no VM exists. Return: the one before. */
const struct axvm_arch_ops *axvm_arch_swap_for_test(const struct axvm_arch_ops *ops,
						    struct axvm_arch_info *info);

#endif /* AXVM_ARCH_H */
