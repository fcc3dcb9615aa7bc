/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tracepoints of axvm: /sys/kernel/tracing/events/axvm, Documentation/observing.rst.
 *
 * Called by the core on vCPU threads and in VM operations, axvm_irq in any
 * context. A tracepoint that is off is a jump that the kernel patches out; those on
 * the path of an exit share one, see axvm_watched.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM axvm

#if !defined(AXVM_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define AXVM_TRACE_H

#include <linux/tracepoint.h>

#include "vm.h"

#ifndef AXVM_TRACE_ONCE
#define AXVM_TRACE_ONCE

/* In a trace: a host interrupt ended the stay in the guest, and nothing is to be handled. */
#define AXVM_TRACE_HOST_IRQ	AXVM_EXIT_KINDS

/* What tells most about an exit: an address or a number. */
static inline u64 axvm_trace_detail(const struct axvm_exit *exit, unsigned int kind)
{
	switch (kind) {
	case AXVM_EXIT_MMIO:
	case AXVM_EXIT_PIO:
		return exit->io.addr;
	case AXVM_EXIT_S2_FAULT:
		return exit->fault.gpa;
	case AXVM_EXIT_CPU_ON:
		return exit->cpu_on.hw_id;
	case AXVM_EXIT_SYSTEM:
		return exit->system.code;
	case AXVM_EXIT_FAIL:
		return exit->fail.code;
	default:
		return 0;
	}
}

#endif

/* Values by name, for programs that read the binary trace. The names are those of the counters. */
#define AXVM_TRACE_EXITS					\
	AXVM_TRACE_NAME(AXVM_EXIT_NONE, "none")			\
	AXVM_TRACE_NAME(AXVM_EXIT_MMIO, "mmio")			\
	AXVM_TRACE_NAME(AXVM_EXIT_PIO, "pio")			\
	AXVM_TRACE_NAME(AXVM_EXIT_S2_FAULT, "s2-fault")		\
	AXVM_TRACE_NAME(AXVM_EXIT_HALT, "halt")			\
	AXVM_TRACE_NAME(AXVM_EXIT_SUSPEND, "suspend")		\
	AXVM_TRACE_NAME(AXVM_EXIT_CPU_ON, "cpu-on")		\
	AXVM_TRACE_NAME(AXVM_EXIT_CPU_OFF, "cpu-off")		\
	AXVM_TRACE_NAME(AXVM_EXIT_SYSTEM, "system")		\
	AXVM_TRACE_NAME(AXVM_EXIT_ARCH, "firmware")		\
	AXVM_TRACE_NAME(AXVM_EXIT_FAIL, "fail")			\
	AXVM_TRACE_LAST(AXVM_EXIT_KINDS, "host-irq")

#define AXVM_TRACE_FAULTS					\
	AXVM_TRACE_NAME(AXVM_FAULT_MAPPED, "mapped")		\
	AXVM_TRACE_NAME(AXVM_FAULT_NO_REGION, "no-region")	\
	AXVM_TRACE_NAME(AXVM_FAULT_DENIED, "denied")		\
	AXVM_TRACE_LAST(AXVM_FAULT_NO_MEMORY, "no-memory")

#define AXVM_TRACE_STATES					\
	AXVM_TRACE_NAME(AXVM_STATE_CREATED, "created")		\
	AXVM_TRACE_NAME(AXVM_STATE_READY, "ready")		\
	AXVM_TRACE_NAME(AXVM_STATE_RUNNING, "running")		\
	AXVM_TRACE_NAME(AXVM_STATE_PAUSED, "paused")		\
	AXVM_TRACE_NAME(AXVM_STATE_STOPPING, "stopping")	\
	AXVM_TRACE_NAME(AXVM_STATE_STOPPED, "stopped")		\
	AXVM_TRACE_NAME(AXVM_STATE_CRASHED, "crashed")		\
	AXVM_TRACE_LAST(AXVM_STATE_DESTROYED, "destroyed")

#define AXVM_TRACE_REASONS						\
	AXVM_TRACE_NAME(AXVM_REASON_NONE, "none")			\
	AXVM_TRACE_NAME(AXVM_REASON_REQUEST, "request")			\
	AXVM_TRACE_NAME(AXVM_REASON_GUEST_POWEROFF, "guest-poweroff")	\
	AXVM_TRACE_NAME(AXVM_REASON_GUEST_REBOOT, "guest-reboot")	\
	AXVM_TRACE_NAME(AXVM_REASON_GUEST_FAILURE, "guest-failure")	\
	AXVM_TRACE_NAME(AXVM_REASON_OWNER_CLOSED, "owner-closed")	\
	AXVM_TRACE_NAME(AXVM_REASON_NO_MEMORY, "no-memory")		\
	AXVM_TRACE_NAME(AXVM_REASON_BAD_EXIT, "bad-exit")		\
	AXVM_TRACE_NAME(AXVM_REASON_NO_VCPUS, "no-vcpus")		\
	AXVM_TRACE_NAME(AXVM_REASON_MODULE, "module")			\
	AXVM_TRACE_NAME(AXVM_REASON_CPU_SHUTDOWN, "cpu-shutdown")	\
	AXVM_TRACE_LAST(AXVM_REASON_NO_THREADS, "no-threads")

#undef AXVM_TRACE_NAME
#undef AXVM_TRACE_LAST
#define AXVM_TRACE_NAME(value, name)	TRACE_DEFINE_ENUM(value);
#define AXVM_TRACE_LAST(value, name)	TRACE_DEFINE_ENUM(value);

AXVM_TRACE_EXITS
AXVM_TRACE_FAULTS
AXVM_TRACE_STATES
AXVM_TRACE_REASONS

#undef AXVM_TRACE_NAME
#undef AXVM_TRACE_LAST
#define AXVM_TRACE_NAME(value, name)	{ value, name },
#define AXVM_TRACE_LAST(value, name)	{ value, name }

/* About to enter the guest; interrupts are off. */
TRACE_EVENT_FN(axvm_enter,
	TP_PROTO(const struct axvm_vcpu *vcpu),
	TP_ARGS(vcpu),
	TP_STRUCT__entry(
		__field(u32, vm)
		__field(u32, vcpu)
		__field(u64, entries)
	),
	TP_fast_assign(
		__entry->vm = vcpu->vm->id;
		__entry->vcpu = vcpu->id;
		__entry->entries = vcpu->count[AXVM_COUNT_ENTRIES];
	),
	TP_printk("vm=%u vcpu=%u entries=%llu", __entry->vm, __entry->vcpu, __entry->entries),
	axvm_watch_begin, axvm_watch_end
);

/*
 * The guest was left and the exit is decoded. Exits that the backend finishes with
 * interrupts off do not come here: between two events, the number of entries tells how many.
 */
TRACE_EVENT_FN(axvm_exit,
	TP_PROTO(const struct axvm_vcpu *vcpu, unsigned int kind),
	TP_ARGS(vcpu, kind),
	TP_STRUCT__entry(
		__field(u32, vm)
		__field(u32, vcpu)
		__field(u32, kind)
		__field(u64, detail)
		__field(u64, entries)
	),
	TP_fast_assign(
		__entry->vm = vcpu->vm->id;
		__entry->vcpu = vcpu->id;
		__entry->kind = kind;
		__entry->detail = axvm_trace_detail(&vcpu->exit, kind);
		__entry->entries = vcpu->count[AXVM_COUNT_ENTRIES];
	),
	TP_printk("vm=%u vcpu=%u reason=%s detail=0x%llx entries=%llu", __entry->vm,
		  __entry->vcpu, __print_symbolic(__entry->kind, AXVM_TRACE_EXITS),
		  __entry->detail, __entry->entries),
	axvm_watch_begin, axvm_watch_end
);

/* An access to a device, done: of a read, data is what the guest gets. */
TRACE_EVENT_FN(axvm_mmio,
	TP_PROTO(const struct axvm_vcpu *vcpu, bool port, bool good),
	TP_ARGS(vcpu, port, good),
	TP_STRUCT__entry(
		__field(u32, vm)
		__field(u32, vcpu)
		__field(u64, addr)
		__field(u64, data)
		__field(u8, len)
		__field(bool, write)
		__field(bool, port)
		__field(bool, good)
	),
	TP_fast_assign(
		__entry->vm = vcpu->vm->id;
		__entry->vcpu = vcpu->id;
		__entry->addr = vcpu->exit.io.addr;
		__entry->data = vcpu->exit.io.data;
		__entry->len = vcpu->exit.io.len;
		__entry->write = vcpu->exit.io.write;
		__entry->port = port;
		__entry->good = good;
	),
	TP_printk("vm=%u vcpu=%u %s %s=0x%llx len=%u data=0x%llx%s", __entry->vm, __entry->vcpu,
		  __entry->write ? "write" : "read", __entry->port ? "port" : "gpa",
		  __entry->addr, __entry->len, __entry->data,
		  __entry->good ? "" : " nothing-there"),
	axvm_watch_begin, axvm_watch_end
);

/* A device sets its interrupt line; also when the line has that level already. */
TRACE_EVENT(axvm_irq,
	TP_PROTO(u32 vm, u32 input, bool level),
	TP_ARGS(vm, input, level),
	TP_STRUCT__entry(
		__field(u32, vm)
		__field(u32, input)
		__field(bool, level)
	),
	TP_fast_assign(
		__entry->vm = vm;
		__entry->input = input;
		__entry->level = level;
	),
	TP_printk("vm=%u irq=%u level=%u", __entry->vm, __entry->input, __entry->level)
);

/* A touch of guest memory that was not mapped, handled. */
TRACE_EVENT(axvm_s2_fault,
	TP_PROTO(const struct axvm_vcpu *vcpu, u64 gpa, u32 access, unsigned int result),
	TP_ARGS(vcpu, gpa, access, result),
	TP_STRUCT__entry(
		__field(u32, vm)
		__field(u32, vcpu)
		__field(u64, gpa)
		__field(u32, access)
		__field(u32, result)
	),
	TP_fast_assign(
		__entry->vm = vcpu->vm->id;
		__entry->vcpu = vcpu->id;
		__entry->gpa = gpa;
		__entry->access = access;
		__entry->result = result;
	),
	TP_printk("vm=%u vcpu=%u gpa=0x%llx access=%s result=%s", __entry->vm, __entry->vcpu,
		  __entry->gpa,
		  __print_flags(__entry->access, "|", { 1, "r" }, { 2, "w" }, { 4, "x" }),
		  __print_symbolic(__entry->result, AXVM_TRACE_FAULTS))
);

/* A VM changed its state: what subscribers of the netlink group "events" are told. */
TRACE_EVENT(axvm_state,
	TP_PROTO(const struct axvm_state_event *event),
	TP_ARGS(event),
	TP_STRUCT__entry(
		__field(u32, vm)
		__field(u32, old_state)
		__field(u32, state)
		__field(u32, reason)
		__field(u64, code)
		__field(u64, seq)
		__string(name, event->vm->name)
	),
	TP_fast_assign(
		__entry->vm = event->vm->id;
		__entry->old_state = event->old_state;
		__entry->state = event->state;
		__entry->reason = event->reason;
		__entry->code = event->code;
		__entry->seq = event->seq;
		__assign_str(name);
	),
	TP_printk("vm=%u name=%s %s -> %s reason=%s code=0x%llx seq=%llu", __entry->vm,
		  __get_str(name), __print_symbolic(__entry->old_state, AXVM_TRACE_STATES),
		  __print_symbolic(__entry->state, AXVM_TRACE_STATES),
		  __print_symbolic(__entry->reason, AXVM_TRACE_REASONS), __entry->code,
		  __entry->seq)
);

#endif /* AXVM_TRACE_H */

#undef TRACE_INCLUDE_PATH
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_PATH kmod
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
