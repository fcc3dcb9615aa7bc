/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a guest wants when it left: a small value that knows no architecture.
 *
 * Filled by the backend's decode, handled in exit.c, completed by the backend.
 * Lives in struct axvm_vcpu and belongs to the vCPU's thread.
 */
#ifndef AXVM_EXIT_H
#define AXVM_EXIT_H

#include <linux/jump_label.h>
#include <linux/types.h>

#include "system.h"

struct axvm_vcpu;
struct axvm_vm;

/**
 * enum axvm_exit_kind - why the guest left
 * @AXVM_EXIT_NONE: nothing left to do, enter again
 * @AXVM_EXIT_MMIO: access to an address outside memory; struct axvm_exit.io
 * @AXVM_EXIT_PIO: access to a port; .io
 * @AXVM_EXIT_S2_FAULT: memory that is not mapped yet; .fault
 * @AXVM_EXIT_HALT: sleep until an interrupt
 * @AXVM_EXIT_SUSPEND: as HALT, and the guest asked for it through firmware
 * @AXVM_EXIT_CPU_ON: start another vCPU; .cpu_on
 * @AXVM_EXIT_CPU_OFF: this vCPU is done
 * @AXVM_EXIT_SYSTEM: the whole VM ends or restarts; .system
 * @AXVM_EXIT_ARCH: the backend has more to do that may sleep: vcpu_slow()
 * @AXVM_EXIT_FAIL: hardware reported what axvm cannot handle: crash; .fail
 * @AXVM_EXIT_KINDS: their number
 */
enum axvm_exit_kind {
	AXVM_EXIT_NONE,
	AXVM_EXIT_MMIO,
	AXVM_EXIT_PIO,
	AXVM_EXIT_S2_FAULT,
	AXVM_EXIT_HALT,
	AXVM_EXIT_SUSPEND,
	AXVM_EXIT_CPU_ON,
	AXVM_EXIT_CPU_OFF,
	AXVM_EXIT_SYSTEM,
	AXVM_EXIT_ARCH,
	AXVM_EXIT_FAIL,
	AXVM_EXIT_KINDS
};

/**
 * enum axvm_verdict - what the run loop does next
 * @AXVM_RESUME: enter the guest again without leaving the loaded section
 * @AXVM_DISPATCH: (from decode) vcpu->exit is filled
 * @AXVM_SLOW: handle vcpu->exit in process context, then go on
 */
enum axvm_verdict {
	AXVM_RESUME,
	AXVM_DISPATCH,
	AXVM_SLOW,
};

/**
 * enum axvm_status - how an exit was handled; input of vcpu_complete()
 * @AXVM_OK: done, results are in vcpu->exit
 * @AXVM_BUS_ERROR: nothing there, or the access was refused
 * @AXVM_PERMISSION: memory is there, the region forbids the access
 * @AXVM_ALREADY_ON: CPU_ON of a vCPU that is not off
 * @AXVM_NO_CPU: CPU_ON of a vCPU that does not exist
 */
enum axvm_status {
	AXVM_OK,
	AXVM_BUS_ERROR,
	AXVM_PERMISSION,
	AXVM_ALREADY_ON,
	AXVM_NO_CPU,
};

/**
 * struct axvm_exit - one exit
 * @kind: selects the member of the union
 * @io: address (or port), value (to write, or as read), width in bytes, direction
 * @fault: address and AXVM_PROT_* of the access
 * @cpu_on: hardware id of the target, entry point, argument
 * @system: event and the guest's detail code
 * @fail: backend's own code, reported to people
 */
struct axvm_exit {
	enum axvm_exit_kind kind;
	union {
		struct {
			u64 addr;
			u64 data;
			u8 len;
			bool write;
		} io;
		struct {
			u64 gpa;
			u32 access;
		} fault;
		struct {
			u64 hw_id;
			u64 entry;
			u64 arg;
		} cpu_on;
		struct {
			enum axvm_system_event event;
			u64 code;
		} system;
		struct {
			u64 code;
		} fail;
	};
};

/**
 * axvm_exit_handle_fast() - try to finish an exit at once
 * @vcpu: loaded, its exit decoded
 *
 * Context: vCPU thread, loaded, preemption off, interrupts on.
 * Return: AXVM_RESUME when done and completed, AXVM_SLOW when
 * axvm_exit_handle_slow() has to see it.
 */
enum axvm_verdict axvm_exit_handle_fast(struct axvm_vcpu *vcpu);

/*
 * Somebody wants to know of each exit: a tracepoint, or the parameter exit_times. The run
 * loop looks once, and goes another way then; so that this costs nothing otherwise.
 */
DECLARE_STATIC_KEY_FALSE(axvm_watched);
int axvm_watch_begin(void);
void axvm_watch_end(void);

/* As axvm_exit_handle_fast(), with trace and time. */
enum axvm_verdict axvm_exit_handle_fast_watched(struct axvm_vcpu *vcpu);

/* Context: vCPU thread, not loaded, may sleep. */
void axvm_exit_handle_slow(struct axvm_vcpu *vcpu);

/* The guest ends or restarts its machine. Process context, may be a vCPU's own thread. */
void axvm_exit_system(struct axvm_vm *vm, enum axvm_system_event event, u64 code);

/* Name of a kind for counters and traces. */
const char *axvm_exit_name(enum axvm_exit_kind kind);

#endif /* AXVM_EXIT_H */
