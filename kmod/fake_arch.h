/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A backend for KUnit: guests are scripts, each entry runs into the next exit.
 *
 * Part of axvm_test.ko. A test puts it in place of the machine's backend while no VM
 * exists, makes VMs through the core's own functions, and reads afterwards what the
 * core asked of it. It also checks the contexts that arch.h promises.
 */
#ifndef AXVM_FAKE_ARCH_H
#define AXVM_FAKE_ARCH_H

#include <kunit/test.h>
#include <linux/types.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "exit.h"
#include "vm.h"

#define FAKE_MAX_DONE		32
#define FAKE_MAX_EVENTS		64
#define FAKE_MAX_REFS		16

#define FAKE_MEM_GPA		0x80000000ULL	/* readable, writable, executable */
#define FAKE_MEM_LEN		(4ULL << 20)
#define FAKE_ROM_GPA		0x90000000ULL	/* readable only */
#define FAKE_ROM_LEN		(64ULL << 10)
#define FAKE_DEV_GPA		0x10000000ULL	/* the fake device's window */
#define FAKE_DEV_LEN		0x1000ULL
#define FAKE_DEV_PORT		0x3f8ULL	/* the fake port device's */
#define FAKE_DEV_VALUE	0x8877665544332211ULL	/* what both hold after a reset */
#define FAKE_ENTRY		(FAKE_MEM_GPA + 0x1000)
#define FAKE_HW_ID		100		/* of vCPU 0; the others follow */
#define FAKE_MAX_VCPUS		4
#define FAKE_VECTOR_BITS	256	/* the only vectors that VMs can have */
#define FAKE_MAX_REGIONS	3
#define FAKE_MAX_DEVICES	3

/**
 * enum fake_step_kind - what happens at an entry
 * @FAKE_EXIT: the guest leaves with struct fake_step.exit
 * @FAKE_HOST_IRQ: a host interrupt ends the stay
 * @FAKE_DECODED: the backend's decode finishes it by itself
 * @FAKE_SPIN: the guest runs on, host interrupts come and go; never left behind
 */
enum fake_step_kind {
	FAKE_EXIT,
	FAKE_HOST_IRQ,
	FAKE_DECODED,
	FAKE_SPIN,
};

/**
 * struct fake_step - one entry of a vCPU
 * @kind: what happens
 * @exit: for FAKE_EXIT
 */
struct fake_step {
	enum fake_step_kind kind;
	struct axvm_exit exit;
};

/* Writers of scripts. */
#define FAKE_READ(space, a, n) \
	{ .exit = { .kind = AXVM_EXIT_##space, .io = { .addr = (a), .len = (n) } } }
#define FAKE_WRITE(space, a, n, v) \
	{ .exit = { .kind = AXVM_EXIT_##space, \
		    .io = { .addr = (a), .len = (n), .data = (v), .write = true } } }
#define FAKE_FAULT(a, prot) \
	{ .exit = { .kind = AXVM_EXIT_S2_FAULT, .fault = { .gpa = (a), .access = (prot) } } }
#define FAKE_CPU_ON(id, e, a) \
	{ .exit = { .kind = AXVM_EXIT_CPU_ON, \
		    .cpu_on = { .hw_id = (id), .entry = (e), .arg = (a) } } }
#define FAKE_SYSTEM(what, c) \
	{ .exit = { .kind = AXVM_EXIT_SYSTEM, \
		    .system = { .event = AXVM_SYSTEM_##what, .code = (c) } } }
#define FAKE_FAIL(c) \
	{ .exit = { .kind = AXVM_EXIT_FAIL, .fail = { .code = (c) } } }
#define FAKE_PLAIN(what)	{ .exit = { .kind = AXVM_EXIT_##what } }
#define FAKE_STEP(what)		{ .kind = FAKE_##what }

/* One call of vcpu_complete(). */
struct fake_done {
	enum axvm_exit_kind kind;
	enum axvm_status status;
	u64 data;
};

/**
 * struct fake_vcpu - a scripted vCPU; what it counts is written by its thread
 * @vcpu: the core's part
 * @script: exits to come
 * @nr_steps: their number; a script that is used up goes on as FAKE_SPIN
 * @pos: next step, also across resets
 * @current_step: the step of the exit under way
 * @done: what was completed, in order
 * @nr_done: how much
 * @entries: entries so far
 * @resets: calls of vcpu_reset()
 * @slows: calls of vcpu_slow()
 * @halts: calls of vcpu_halt_begin() that were followed by vcpu_halt_end()
 * @entry: from the last reset
 * @arg: from the last reset
 * @irq: an interrupt is pending
 * @loaded: between load and put
 * @halting: between halt_begin and halt_end
 */
struct fake_vcpu {
	struct axvm_vcpu vcpu;
	const struct fake_step *script;
	unsigned int nr_steps;
	unsigned int pos;
	const struct fake_step *current_step;
	struct fake_done done[FAKE_MAX_DONE];
	unsigned int nr_done;
	unsigned long entries;
	unsigned int resets;
	unsigned int slows;
	unsigned int halts;
	u64 entry;
	u64 arg;
	bool irq;
	bool loaded;
	bool halting;
};

/**
 * struct fake_vm - a VM of the fake backend
 * @vm: the core's part
 * @pauses: calls of vm_pause()
 * @resumes: calls of vm_resume()
 */
struct fake_vm {
	struct axvm_vm vm;
	unsigned int pauses;
	unsigned int resumes;
};

/* State of the fake device; the core's part first. */
struct fake_device {
	struct axvm_device dev;
	u64 value;
	unsigned int resets;
	unsigned int pauses;
	unsigned int resumes;
	bool is_paused;
};

/* One event as it was sent. */
struct fake_event {
	u32 vm_id;
	u64 seq;
	enum axvm_state old_state;
	enum axvm_state state;
	enum axvm_reason reason;
	u64 code;
};

/**
 * struct fake_arch - the backend's own state, cleared by fake_arch_init()
 * @vms: VMs alive
 * @vcpus: vCPUs alive
 * @devices: fake devices alive
 * @broken_promise: the first call out of the context or order that arch.h promises
 * @fail_vm_init: vm_init() fails so
 * @fail_vm_check: vm_check() fails so
 * @fail_vcpu_init: vcpu_init() fails so, for the vCPU @fail_vcpu_id
 * @fail_vcpu_id: see there
 * @hold: vcpu_slow() does not return while it is set
 * @hold_wait: where it waits
 * @held: vCPUs in vcpu_slow()
 * @release: lets them go on, a moment after it was queued
 * @refs: VMs to which tests have a reference
 * @events_lock: innermost
 * @events: as sent [events_lock]
 * @nr_events: their number [events_lock]
 */
struct fake_arch {
	atomic_t vms;
	atomic_t vcpus;
	atomic_t devices;
	const char *broken_promise;
	int fail_vm_init;
	int fail_vm_check;
	int fail_vcpu_init;
	u32 fail_vcpu_id;
	bool hold;
	wait_queue_head_t hold_wait;
	atomic_t held;
	struct delayed_work release;
	struct axvm_vm *refs[FAKE_MAX_REFS];
	spinlock_t events_lock;	/* events and nr_events */
	struct fake_event events[FAKE_MAX_EVENTS];
	unsigned int nr_events;
};

extern struct fake_arch fake_arch;
extern const struct axvm_arch_ops fake_arch_ops;
extern const struct axvm_arch_info fake_arch_info;
extern const struct axvm_device_type fake_device_type;
extern const struct axvm_device_type fake_port_device_type;

/* --- for suites: init and exit of each case --- */

/* Put the backend in place. Return: 0; -EBUSY when a VM exists. */
int fake_arch_init(struct kunit *test);
/* Take down what the case left, put the machine's backend back, report leaks and violations. */
void fake_arch_exit(struct kunit *test);

/* --- configurations and VMs --- */

/* A whole configuration, in the memory of a test. */
struct fake_cfg {
	struct axvm_vm_cfg cfg;
	struct axvm_vcpu_cfg vcpus[FAKE_MAX_VCPUS];
	struct axvm_region_cfg regions[FAKE_MAX_REGIONS];
	struct axvm_device_cfg devices[FAKE_MAX_DEVICES];
};

/* A valid configuration: memory, ROM, the fake device at a window and at a port. */
struct fake_cfg *fake_cfg_create(struct kunit *test, u32 nr_vcpus);

/* As axvm_vm_create(); the reference is put by fake_vm_put(), or at the end of the case. */
struct axvm_vm *fake_vm_create_from(const struct fake_cfg *cfg, struct axvm_error *err);
/* One of fake_cfg_create(); the case ends when that fails. */
struct axvm_vm *fake_vm_create(struct kunit *test, u32 nr_vcpus);
void fake_vm_put(struct axvm_vm *vm);

/* Start at FAKE_ENTRY with the arguments 1, 2, 3, 4. Return: as axvm_vm_start(). */
int fake_vm_start(struct axvm_vm *vm);
/* Destroy by force. Return: as axvm_vm_destroy(). */
int fake_vm_destroy_now(struct axvm_vm *vm);

struct fake_vm *fake_vm_of(struct axvm_vm *vm);
struct fake_vcpu *fake_vcpu_at(struct axvm_vm *vm, u32 id);
struct fake_device *fake_device_at(struct axvm_vm *vm, u32 n);

/* The script of a vCPU, from its next entry on; only while its VM does not run. */
void fake_vcpu_script(struct axvm_vm *vm, u32 id, const struct fake_step *script, size_t nr_steps);

/* --- what happens meanwhile --- */

/* Raise an interrupt for a vCPU. */
void fake_vcpu_interrupt(struct axvm_vm *vm, u32 id);

/* Keep vCPUs in vcpu_slow(); let them go on, now or after so many jiffies. */
void fake_arch_hold(void);
void fake_arch_release(void);
void fake_arch_release_after(unsigned long ticks);

/*
 * Wait for another thread, for no longer than a generous time.
 * Return: true when it happened.
 */
bool fake_wait_state(struct axvm_vm *vm, enum axvm_state state);
bool fake_wait_vcpu_state(struct axvm_vm *vm, u32 id, enum axvm_vcpu_activity state);
bool fake_wait_done(struct axvm_vm *vm, u32 id, unsigned int nr);
bool fake_wait_entries(struct axvm_vm *vm, u32 id, unsigned long nr);
bool fake_wait_held(int nr);

/* Return: number of events so far; no transition of vm is under way. */
unsigned int fake_events_so_far(struct axvm_vm *vm);

/* The events of vm from number first on are these, in this order, and no more. */
void fake_expect_events(struct kunit *test, struct axvm_vm *vm, unsigned int first,
			const struct fake_event *expected, unsigned int nr);

#endif /* AXVM_FAKE_ARCH_H */
