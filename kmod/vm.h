/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Virtual machines: configuration, state machine, registry, images.
 *
 * Field letters: I immutable after seal, v vm->lock, s vm->state_lock,
 * r the registry's lock, a atomic or READ_ONCE.
 */
#ifndef AXVM_VM_H
#define AXVM_VM_H

#include <linux/kref.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/ratelimit_types.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "bus.h"
#include "device.h"
#include "gmem.h"
#include "usermap.h"
#include "vcpu.h"

struct dentry;
struct seq_file;

#define AXVM_MAX_VMS	4096
#define AXVM_MAX_VCPUS	64
#define AXVM_MAX_IMAGES	64
#define AXVM_BOOT_ARGS	4

/* Values of the uapi enums of the same names; asserted in netlink.c. */
enum axvm_state {
	AXVM_STATE_CREATED,
	AXVM_STATE_READY,
	AXVM_STATE_RUNNING,
	AXVM_STATE_PAUSED,
	AXVM_STATE_STOPPING,
	AXVM_STATE_STOPPED,
	AXVM_STATE_CRASHED,
	AXVM_STATE_DESTROYED,
	AXVM_STATES
};

enum axvm_reason {
	AXVM_REASON_NONE,
	AXVM_REASON_REQUEST,
	AXVM_REASON_GUEST_POWEROFF,
	AXVM_REASON_GUEST_REBOOT,
	AXVM_REASON_GUEST_FAILURE,
	AXVM_REASON_OWNER_CLOSED,
	AXVM_REASON_NO_MEMORY,
	AXVM_REASON_BAD_EXIT,
	AXVM_REASON_NO_VCPUS,
	AXVM_REASON_MODULE,
	AXVM_REASON_CPU_SHUTDOWN,
	AXVM_REASON_NO_THREADS,
	AXVM_REASONS
};

#define AXVM_VECTORS_LONGEST	U32_MAX	/* the longest vectors that the host has */

#define AXVM_VM_OWNED	BIT(0)	/* the VM ends with its last file descriptor */

/**
 * struct axvm_vm_cfg - a VM as asked for; built by the edge, used during create only
 * @id: wanted id, used when @has_id
 * @has_id: otherwise the lowest free id
 * @name: unique; empty = "vm<id>"
 * @flags: AXVM_VM_*
 * @vcpus: array
 * @regions: array
 * @devices: array
 * @nr_vcpus: length of @vcpus
 * @nr_regions: length of @regions
 * @nr_devices: length of @devices
 * @entry: start of the boot vCPU, until axvm_vm_start() gives another
 * @boot_args: its argument registers, likewise
 * @vector_bits: wanted length of vectors, where a VM can choose; AXVM_VECTORS_LONGEST; 0 none
 * @creator: number of whoever asked, for axvm_vms_creator_gone(); 0: nobody to watch
 */
struct axvm_vm_cfg {
	u32 id;
	bool has_id;
	char name[AXVM_NAME_LEN];
	u32 flags;
	struct axvm_vcpu_cfg *vcpus;
	struct axvm_region_cfg *regions;
	struct axvm_device_cfg *devices;
	u32 nr_vcpus;
	u32 nr_regions;
	u32 nr_devices;
	u64 entry;
	u64 boot_args[AXVM_BOOT_ARGS];
	u32 vector_bits;
	u32 creator;
};

/* An image as remembered for reset. */
struct axvm_image_copy {
	struct list_head node;
	u64 gpa;
	u64 len;
	u32 kind;
	void *data;
};

/**
 * struct axvm_vm - a VM; the backend's own type starts with it
 * @ref: one for the registry, one per file descriptor and lookup
 * @id: registry id [I]
 * @name: [I]
 * @flags: AXVM_VM_* [I]
 * @created_ns: CLOCK_BOOTTIME [I]
 * @lock: serialises operations on the VM (start, stop, load, ...); outermost
 * @state_lock: mutex, held for the length of one transition and its event; inside @lock
 * @state: enum axvm_state [s; READ_ONCE elsewhere]
 * @reason: enum axvm_reason [s]
 * @reason_code: detail [s]
 * @end_state: where stopping leads to [s]
 * @seq: number of the newest event [s]
 * @state_wait: woken at each transition
 * @end_work: second phase of stopping: joins the threads
 * @urge_work: looks after threads that should be gone
 * @end_task: the worker, while it is at it [s]
 * @halted: the threads are joined, and a restart has still to be done [@end_work]
 * @restart_waits: @end_work is delayed [s]
 * @vcpus: array [I]
 * @nr_vcpus: its length [I]
 * @nr_on: vCPUs that are not off [a]
 * @gmem: memory
 * @usermap: what user space has mapped of it
 * @bus: by enum axvm_bus_space, frozen at seal
 * @devices: [I]
 * @images: to load again at reset [v]
 * @nr_images: their number [v]
 * @entry: start of the boot vCPU [v]
 * @boot_args: its argument registers [v]
 * @vectors_wanted: vector_bits of the configuration, for the backend's vm_init [I]
 * @vector_bits: what the backend granted, 0 where it cannot [I]
 * @device_event_taken: bit 0: a device ended the machine [a]
 * @device_event: what it asked for [written once after that, read after AXVM_REQ_SYSTEM]
 * @device_event_code: its detail, likewise
 * @tty_lines: n of ttyAXVM<n> by console, negative: none [a]
 * @debugfs: directory, of debugfs.c [written while the VM comes and goes]
 * @nr_owners: open file descriptors, when AXVM_VM_OWNED [a]
 * @creator: who asked for an AXVM_VM_OWNED, until somebody opens it; then 0 [a]
 * @unwanted: its making is given up [a]
 * @orphaned: the creator has gone before anybody opened it [the registry's lock]
 * @unregistered: id and name are free [READ_ONCE]
 * @asleep: paused because the host sleeps [s]
 * @place: in the creator's cgroups, for the threads of vCPUs [I]
 * @reboots: how often the guest restarted itself [owner of the threads]
 */
struct axvm_vm {
	struct kref ref;
	u32 id;
	char name[AXVM_NAME_LEN];
	u32 flags;
	u64 created_ns;
	struct mutex lock;
	struct mutex state_lock;
	enum axvm_state state;
	enum axvm_reason reason;
	u64 reason_code;
	enum axvm_state end_state;
	u64 seq;
	wait_queue_head_t state_wait;
	struct delayed_work end_work;
	struct delayed_work urge_work;
	struct task_struct *end_task;
	bool halted;
	bool restart_waits;
	struct axvm_vcpu **vcpus;
	u32 nr_vcpus;
	atomic_t nr_on;
	struct axvm_gmem gmem;
	struct axvm_usermap usermap;
	struct axvm_bus bus[AXVM_BUS_SPACES];
	struct axvm_device_set devices;
	struct list_head images;
	u32 nr_images;
	u64 entry;
	u64 boot_args[AXVM_BOOT_ARGS];
	u32 vectors_wanted;
	u32 vector_bits;
	unsigned long device_event_taken;
	enum axvm_system_event device_event;
	u64 device_event_code;
	int tty_lines[AXVM_MAX_CONSOLES];
	struct dentry *debugfs;
	atomic_t nr_owners;
	atomic_t creator;
	bool unwanted;
	bool orphaned;
	bool unregistered;
	bool asleep;
	struct task_struct *place;
	struct ratelimit_state reboots;
};

/**
 * axvm_vm_create() - make a VM and enter it into the registry
 * @cfg: whole configuration
 * @err: gets the reason of a failure
 *
 * Context: process.
 *
 * Return: the VM with a reference for the caller, or ERR_PTR:
 * -EEXIST id or name taken, -EINVAL, -ENOSPC, -ENOMEM, and what regions and devices say.
 */
struct axvm_vm *axvm_vm_create(const struct axvm_vm_cfg *cfg, struct axvm_error *err);

/*
 * The steps of axvm_vm_create(). alloc: in the context of the creator, in whose cgroups the VM
 * stays; nobody finds the VM yet. back: memory that is wanted in advance, which may take long;
 * axvm_vm_give_up() lets it fail soon, from any context. publish: enter the VM into the registry,
 * if ret is 0; when that fails, or ret was an error, the VM is gone. Process context.
 */
struct axvm_vm *axvm_vm_alloc(const struct axvm_vm_cfg *cfg, struct axvm_error *err);
int axvm_vm_back(struct axvm_vm *vm, struct axvm_error *err);
void axvm_vm_give_up(struct axvm_vm *vm);
int axvm_vm_publish(struct axvm_vm *vm, const struct axvm_vm_cfg *cfg, int ret,
		    struct axvm_error *err);

/* Lookup takes a reference. Context: process. Return: VM or NULL. */
struct axvm_vm *axvm_vm_lookup(u32 id);
struct axvm_vm *axvm_vm_lookup_name(const char *name);
/* The VM with the lowest id >= *id, with a reference; *id is set to it. For dumps. */
struct axvm_vm *axvm_vm_lookup_next(u32 *id);
struct axvm_vm *axvm_vm_get(struct axvm_vm *vm);
void axvm_vm_put(struct axvm_vm *vm);

/**
 * axvm_vm_start() - seal if new, and run
 * @vm: in state created or ready
 * @entry: start of the boot vCPU; NULL = as given before
 * @args: AXVM_BOOT_ARGS values, NULL = as given before
 * @err: gets the reason
 *
 * All of these: context process, take vm->lock.
 *
 * Return: 0; -EINVAL illegal
 * in this state (the reason names it); -EINTR; -ENOMEM.
 */
int axvm_vm_start(struct axvm_vm *vm, const u64 *entry, const u64 *args, struct axvm_error *err);
int axvm_vm_pause(struct axvm_vm *vm, struct axvm_error *err);
int axvm_vm_resume(struct axvm_vm *vm, struct axvm_error *err);
int axvm_vm_stop(struct axvm_vm *vm, struct axvm_error *err);
int axvm_vm_reset(struct axvm_vm *vm, struct axvm_error *err);
/* Ask the guest to power itself off. -EOPNOTSUPP when there is no button that it listens to. */
int axvm_vm_ask_poweroff(struct axvm_vm *vm, struct axvm_error *err);
/* Destroy; a VM that runs only with @force. Its memory is freed with the last reference. */
int axvm_vm_destroy(struct axvm_vm *vm, bool force, enum axvm_reason reason,
		    struct axvm_error *err);

/**
 * axvm_vm_show_registers() - the registers of one vCPU, for people
 * @vm: in any state but running and stopping
 * @index: which vCPU
 * @m: gets lines "name=value"
 * @err: gets the reason
 *
 * What a vCPU of a VM that ended had in its registers stays until the VM starts again. No
 * VM is paused for it: that is for the caller to decide.
 *
 * Context: process; takes vm->lock.
 *
 * Return: 0; -ENOENT no such vCPU; -EBUSY the VM runs; -EINTR.
 */
int axvm_vm_show_registers(struct axvm_vm *vm, u32 index, struct seq_file *m,
			   struct axvm_error *err);

/**
 * axvm_vm_load_image() - put bytes into guest memory and remember them
 * @vm: in state created
 * @gpa: first address
 * @data: kvmalloc'ed bytes; the VM owns them on success
 * @len: their number
 * @kind: AXVM_IMAGE_*
 *
 * Return: 0; -EBUSY sealed; -ERANGE not inside one region; -ENOSPC; -ENOMEM.
 */
int axvm_vm_load_image(struct axvm_vm *vm, u64 gpa, void *data, u64 len, u32 kind);

/**
 * axvm_vm_end() - begin to stop a VM: phase one
 * @vm: any state
 * @end: STOPPED, CRASHED, or READY for a reboot
 * @reason: why
 * @code: detail
 *
 * Tells every vCPU to stop and returns; phase two (join, event) follows in a
 * worker. The first reason wins. Context: process, may be a vCPU's own thread.
 */
void axvm_vm_end(struct axvm_vm *vm, enum axvm_state end, enum axvm_reason reason, u64 code);

/* A device ends the machine: the devices' environment calls this. Any context. */
void axvm_vm_device_event(const struct axvm_device_env *env, enum axvm_system_event event,
			  u64 code);

/* A file descriptor of an owned VM came or went. Process context. */
void axvm_vm_owner_get(struct axvm_vm *vm);
void axvm_vm_owner_put(struct axvm_vm *vm);

/*
 * A creator has gone: take note of its AXVM_VM_OWNED that nobody opened; true if there are any.
 * Somebody who may wait has them destroyed after that. Process context.
 */
bool axvm_vms_creator_gone(u32 creator);
void axvm_vms_destroy_orphans(void);

/*
 * The host is about to sleep: between axvm_vms_sleep() and axvm_vms_wake() no VM begins to run,
 * and axvm_vm_host_sleeps() pauses one that does; axvm_vm_host_wakes() lets it go on, after
 * axvm_vms_wake(). Process context; those for one VM take vm->lock.
 */
void axvm_vms_sleep(void);
void axvm_vms_wake(void);
void axvm_vm_host_sleeps(struct axvm_vm *vm);
void axvm_vm_host_wakes(struct axvm_vm *vm);

/*
 * The host goes away: from axvm_vms_close() on no VM starts any more. axvm_vm_host_ends() begins to
 * end one; axvm_vm_wait_for_end() is false when it has not ended at @deadline, in jiffies.
 */
void axvm_vms_close(void);
void axvm_vm_host_ends(struct axvm_vm *vm);
bool axvm_vm_wait_for_end(struct axvm_vm *vm, unsigned long deadline);

/* Names for people: those of the netlink specification. */
const char *axvm_state_name(enum axvm_state state);
const char *axvm_reason_name(enum axvm_reason reason);

/* Number of VMs in the registry. */
unsigned int axvm_vm_count(void);

int axvm_vms_init(void);
void axvm_vms_exit(void);

static inline struct axvm_vm *axvm_vm_of_device(const struct axvm_device *dev)
{
	return container_of(dev->env, struct axvm_vm, devices.env);
}

/**
 * struct axvm_state_event - one transition, as subscribers see it
 * @vm: VM (borrowed)
 * @old_state: before
 * @state: after
 * @reason: why
 * @code: detail
 * @seq: number, from 1, per VM
 * @time_ns: CLOCK_BOOTTIME
 */
struct axvm_state_event {
	struct axvm_vm *vm;
	enum axvm_state old_state;
	enum axvm_state state;
	enum axvm_reason reason;
	u64 code;
	u64 seq;
	u64 time_ns;
};

/* In netlink.c: multicast one event. Process context, vm->state_lock held. */
void axvm_event_send(const struct axvm_state_event *event);

/* For KUnit: see every event, under the VM's state_lock; set while no VM exists. */
void axvm_event_observe_for_test(void (*observe)(const struct axvm_state_event *event));

#endif /* AXVM_VM_H */
