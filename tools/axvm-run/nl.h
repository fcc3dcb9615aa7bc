/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The generic-netlink family "axvm" as plain C: requests, answers, events.
 *
 * Used by the commands, which know nothing of netlink. nl.c talks to the
 * kernel; the unit tests link a simulated kernel in its place. Functions that
 * return int return 0 or a negative errno; then ax_complain() can tell people
 * what happened. Single-threaded.
 */
#ifndef AXVM_RUN_NL_H
#define AXVM_RUN_NL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "boot.h"
#include "config.h"

#define AX_NAME_LEN	(CONFIG_NAME_MAX + 1)
#define AX_MAX_TYPES	64
#define AX_MAX_LEVELS	8

struct ax;
struct ax_events;

/**
 * enum ax_fault_kind - what kind of failure it was
 * @AX_FAULT_NONE: none
 * @AX_FAULT_KERNEL: the kernel refused the request
 * @AX_FAULT_LOCAL: the request never got there, or the answer not back
 */
enum ax_fault_kind {
	AX_FAULT_NONE,
	AX_FAULT_KERNEL,
	AX_FAULT_LOCAL,
};

/**
 * struct ax_fault - the newest failure
 * @kind: what kind
 * @err: errno, positive
 * @message: the kernel's own words, may be empty
 * @attr: path of the offending or missing attribute, may be empty
 * @attr_missing: @attr is missing rather than wrong
 */
struct ax_fault {
	enum ax_fault_kind kind;
	int err;
	char message[256];
	char attr[96];
	bool attr_missing;
};

/**
 * struct ax_caps - what module and machine can do
 *
 * Strings are empty and numbers 0 where the kernel does not tell.
 */
struct ax_caps {
	uint32_t api_version;
	char module_version[64];
	char arch[32];
	char backend[32];
	uint32_t gpa_bits;
	uint32_t max_vcpus;
	uint32_t max_vms;
	uint32_t max_regions;
	uint32_t max_devices;
	uint32_t vmids;
	char cpu_features[2048];
	char mmu_type[32];
	uint64_t timer_frequency;
	char s2_format[32];
	uint64_t events;
	unsigned int nr_device_types;
	char device_types[AX_MAX_TYPES][AX_NAME_LEN];
};

/**
 * struct ax_vm - one VM
 * @id: its id
 * @name: its name
 * @flags: AXVM_VM_FLAGS_*
 * @state: enum axvm_vm_state
 * @reason: enum axvm_vm_reason
 * @code: detail of @reason
 * @nr_vcpus: number of vCPUs
 * @memory: bytes of guest memory
 * @backed: bytes backed now
 * @backed_huge: bytes of these in blocks of 2 MiB or more
 * @has_entry: @entry is known
 * @entry: where the boot vCPU starts
 * @boot_args: its argument registers
 * @nr_boot_args: valid entries of @boot_args
 * @vector_bits: longest vectors of its CPUs, where it could choose; else 0
 * @seq: number of the newest event
 * @created_ns: CLOCK_BOOTTIME of the creation
 * @s2_tables: pages of stage-2 tables
 * @s2_leaves: mappings by size: 4 KiB, and each 512 times the one before
 * @nr_s2_leaves: valid entries of @s2_leaves
 */
struct ax_vm {
	uint32_t id;
	char name[AX_NAME_LEN];
	uint32_t flags;
	uint32_t state;
	uint32_t reason;
	uint64_t code;
	uint32_t nr_vcpus;
	uint64_t memory;
	uint64_t backed;
	uint64_t backed_huge;
	bool has_entry;
	uint64_t entry;
	uint64_t boot_args[BOOT_MAX_ARGS];
	unsigned int nr_boot_args;
	uint32_t vector_bits;
	uint64_t seq;
	uint64_t created_ns;
	uint64_t s2_tables;
	uint64_t s2_leaves[AX_MAX_LEVELS];
	unsigned int nr_s2_leaves;
};

/**
 * struct ax_counter - one counter of a vCPU
 * @name: what it counts
 * @value: how many
 * @has_time: @time_ns is known: it is an exit
 * @time_ns: how long the host took over them
 */
struct ax_counter {
	char name[AX_NAME_LEN];
	uint64_t value;
	bool has_time;
	uint64_t time_ns;
};

/**
 * struct ax_vcpu - one vCPU
 * @id: its number in the VM
 * @hw_id: id that the guest sees
 * @state: enum axvm_vcpu_state
 * @thread: thread id, 0: none
 * @host_cpu: CPU on which it last ran, negative: none yet
 * @exits: how often it left the guest
 * @loaded_ns: how long it was loaded on a CPU
 * @counters: array, owned by the list
 * @nr_counters: its length
 */
struct ax_vcpu {
	uint32_t id;
	uint64_t hw_id;
	uint32_t state;
	uint32_t thread;
	int32_t host_cpu;
	uint64_t exits;
	uint64_t loaded_ns;
	struct ax_counter *counters;
	unsigned int nr_counters;
};

/**
 * struct ax_region - one memory region
 * @gpa: first guest-physical address
 * @size: bytes
 * @flags: AXVM_REGION_FLAGS_*
 * @map_type: enum axvm_map_type
 * @prealloc: backed at creation
 */
struct ax_region {
	uint64_t gpa;
	uint64_t size;
	uint32_t flags;
	uint32_t map_type;
	bool prealloc;
};

/**
 * struct ax_device - one device
 * @name: its name in the VM
 * @type: its model
 * @base: first address
 * @size: bytes
 * @irq: interrupt input, 0: none
 * @cfg: parameters of the model
 * @nr_cfg: valid entries of @cfg
 * @console: number of the console that it feeds, negative: none
 * @tty: n of /dev/ttyAXVM<n>, which is that console, negative: none
 */
struct ax_device {
	char name[AX_NAME_LEN];
	char type[AX_NAME_LEN];
	uint64_t base;
	uint64_t size;
	uint32_t irq;
	uint64_t cfg[CONFIG_CFG_MAX];
	unsigned int nr_cfg;
	int console;
	int tty;
};

/**
 * struct ax_event - one change of state
 * @vm_id: whose
 * @vm_name: whose
 * @seq: number of the event, from 1 for each VM
 * @time_ns: CLOCK_BOOTTIME
 * @old_state: enum axvm_vm_state
 * @state: enum axvm_vm_state
 * @reason: enum axvm_vm_reason
 * @code: detail of @reason
 * @total: number of the event among those of all VMs, 0: unknown
 */
struct ax_event {
	uint32_t vm_id;
	char vm_name[AX_NAME_LEN];
	uint64_t seq;
	uint64_t time_ns;
	uint32_t old_state;
	uint32_t state;
	uint32_t reason;
	uint64_t code;
	uint64_t total;
};

/* Growing arrays that the calls below fill; release with the free function. */
struct ax_vms {
	struct ax_vm *list;
	size_t nr;
};

struct ax_vcpus {
	struct ax_vcpu *list;
	size_t nr;
};

struct ax_regions {
	struct ax_region *list;
	size_t nr;
};

struct ax_devices {
	struct ax_device *list;
	size_t nr;
};

/**
 * enum ax_verb - requests that name a VM and nothing else
 */
enum ax_verb {
	AX_PAUSE,
	AX_RESUME,
	AX_STOP,
	AX_RESET,
	AX_ASK,
	AX_NR_VERBS,
};

/**
 * ax_open() - reach the kernel module
 *
 * Says what is wrong when that fails (module not loaded, ...).
 *
 * Return: a session for ax_close(), or NULL.
 */
struct ax *ax_open(void);

/**
 * ax_close() - end a session
 * @ax: session, may be NULL
 */
void ax_close(struct ax *ax);

/**
 * ax_last_fault() - what happened to the call that failed last
 * @ax: session
 */
const struct ax_fault *ax_last_fault(const struct ax *ax);

/**
 * ax_complain() - tell people why a call failed and what to do about it
 * @ax: session
 * @fmt: what was attempted: "stop: VM 'x'"
 */
void ax_complain(const struct ax *ax, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/**
 * ax_complain_about() - the same about a fault that may not be the last any more
 * @fault: copied from ax_last_fault()
 * @fmt: what was attempted
 */
void ax_complain_about(const struct ax_fault *fault, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Ask for the capabilities. */
int ax_caps_get(struct ax *ax, struct ax_caps *caps);

/**
 * ax_vm_new() - create a VM
 * @ax: session
 * @cfg: its configuration
 * @plan: for its entry point and boot arguments
 * @owned: the VM ends with the last descriptor of it
 * @vm: gets id and name
 */
int ax_vm_new(struct ax *ax, const struct axvm_config *cfg, const struct boot_plan *plan,
	      bool owned, struct ax_vm *vm);

/**
 * ax_vm_get() - one VM by id
 * @ax: session
 * @id: id
 * @vm: filled
 */
int ax_vm_get(struct ax *ax, uint32_t id, struct ax_vm *vm);

/**
 * ax_vm_find() - one VM by what people call it
 * @ax: session
 * @text: an id, or else a name
 * @vm: filled
 */
int ax_vm_find(struct ax *ax, const char *text, struct ax_vm *vm);

/* All VMs. */
int ax_vm_list(struct ax *ax, struct ax_vms *vms);

/**
 * ax_vm_start() - seal a new VM, and run it
 * @ax: session
 * @id: id
 * @plan: entry point and boot arguments; NULL: as given before
 */
int ax_vm_start(struct ax *ax, uint32_t id, const struct boot_plan *plan);

/* Pause, resume, stop or reset a VM; AX_ASK: press its power button, -EOPNOTSUPP without one. */
int ax_vm_do(struct ax *ax, uint32_t id, enum ax_verb verb);

/* Destroy a VM; with @force also one that runs. */
int ax_vm_del(struct ax *ax, uint32_t id, bool force);

/* What a VM consists of. */
int ax_vcpu_list(struct ax *ax, uint32_t id, struct ax_vcpus *vcpus);
int ax_region_list(struct ax *ax, uint32_t id, struct ax_regions *regions);
int ax_device_list(struct ax *ax, uint32_t id, struct ax_devices *devices);

/**
 * ax_vcpu_regs() - the registers of a vCPU whose VM does not run
 * @ax: session
 * @vm_id: the VM
 * @id: the vCPU
 * @text: gets lines "name=value", to be freed by the caller
 */
int ax_vcpu_regs(struct ax *ax, uint32_t vm_id, uint32_t id, char **text);

void ax_vms_free(struct ax_vms *vms);
void ax_vcpus_free(struct ax_vcpus *vcpus);
void ax_regions_free(struct ax_regions *regions);
void ax_devices_free(struct ax_devices *devices);

/**
 * ax_events_open() - hear of all changes of state from now on
 * @ax: session, takes the blame when this fails
 *
 * Return: for ax_events_close(), or NULL.
 */
struct ax_events *ax_events_open(struct ax *ax);

/* The descriptor to poll for input. */
int ax_events_fd(const struct ax_events *events);

/**
 * ax_events_read() - take what has arrived, without waiting
 * @events: from ax_events_open()
 * @fn: called for each event
 * @arg: for @fn
 *
 * Return: 0; -ENOBUFS: events were lost; other negative errno: no more will come.
 */
int ax_events_read(struct ax_events *events, void (*fn)(const struct ax_event *event, void *arg),
		   void *arg);

/* @events may be NULL. */
void ax_events_close(struct ax_events *events);

/**
 * ax_complain_vm() - say why a command did nothing to a VM
 * @ax: session whose last request failed
 * @verb: the command
 * @vm: the VM as it was before
 */
void ax_complain_vm(const struct ax *ax, const char *verb, const struct ax_vm *vm);

#endif /* AXVM_RUN_NL_H */
