// SPDX-License-Identifier: GPL-2.0
/*
 * What to do about an exit, whatever architecture it came from.
 *
 * Called from the run loop in vcpu.c, on the vCPU's thread: first the fast
 * handlers with the vCPU's state still loaded, then, for what has to sleep, the slow ones.
 */
#include <linux/kstrtox.h>
#include <linux/moduleparam.h>

#include "arch.h"
#include "exit.h"
#include "trace.h"
#include "vm.h"

static const char *const exit_names[AXVM_EXIT_KINDS] = {
	[AXVM_EXIT_NONE]	= "none",
	[AXVM_EXIT_MMIO]	= "mmio",
	[AXVM_EXIT_PIO]		= "pio",
	[AXVM_EXIT_S2_FAULT]	= "s2-fault",
	[AXVM_EXIT_HALT]	= "halt",
	[AXVM_EXIT_SUSPEND]	= "suspend",
	[AXVM_EXIT_CPU_ON]	= "cpu-on",
	[AXVM_EXIT_CPU_OFF]	= "cpu-off",
	[AXVM_EXIT_SYSTEM]	= "system",
	[AXVM_EXIT_ARCH]	= "firmware",
	[AXVM_EXIT_FAIL]	= "fail",
};

const char *axvm_exit_name(enum axvm_exit_kind kind)
{
	return kind < AXVM_EXIT_KINDS ? exit_names[kind] : "unknown";
}

static __always_inline enum axvm_verdict handle_io(struct axvm_vcpu *vcpu,
						   enum axvm_bus_space space, bool watched)
{
	struct axvm_bus *bus = &vcpu->vm->bus[space];
	struct axvm_exit *exit = &vcpu->exit;
	enum axvm_bus_result result;

	if (exit->io.write)
		result = axvm_bus_write(bus, exit->io.addr, exit->io.len, exit->io.data);
	else
		result = axvm_bus_read(bus, exit->io.addr, exit->io.len, &exit->io.data);
	if (watched)
		trace_axvm_mmio(vcpu, space == AXVM_BUS_PIO, result == AXVM_BUS_DONE);

	axvm_arch->vcpu_complete(vcpu, result == AXVM_BUS_DONE ? AXVM_OK : AXVM_BUS_ERROR);
	return AXVM_RESUME;
}

static enum axvm_verdict handle_pio(struct axvm_vcpu *vcpu)
{
	return handle_io(vcpu, AXVM_BUS_PIO, false);
}

static enum axvm_verdict handle_none(struct axvm_vcpu *vcpu)
{
	return AXVM_RESUME;
}

/* Kinds without an entry have to sleep, or may. */
static enum axvm_verdict (*const fast_handlers[AXVM_EXIT_KINDS])(struct axvm_vcpu *vcpu) = {
	[AXVM_EXIT_NONE]	= handle_none,
	[AXVM_EXIT_PIO]		= handle_pio,
};

enum axvm_verdict axvm_exit_handle_fast(struct axvm_vcpu *vcpu)
{
	enum axvm_exit_kind kind = vcpu->exit.kind;

	if (kind == AXVM_EXIT_MMIO) {	/* the one that has to be fast */
		axvm_vcpu_count(vcpu, kind);
		return handle_io(vcpu, AXVM_BUS_MMIO, false);
	}
	if (!fast_handlers[kind])
		return AXVM_SLOW;
	axvm_vcpu_count(vcpu, kind);
	return fast_handlers[kind](vcpu);
}

/* --- for those who watch --- */

DEFINE_STATIC_KEY_FALSE(axvm_watched);

int axvm_watch_begin(void)
{
	static_branch_inc(&axvm_watched);
	return 0;
}

void axvm_watch_end(void)
{
	static_branch_dec(&axvm_watched);
}

/* Looking at the clock costs more than many a handler does, so only who wants it pays for it. */
static bool exit_times;

/* Writers are serialised by the kernel's lock of parameters. */
static int set_exit_times(const char *text, const struct kernel_param *param)
{
	bool on;
	int ret = kstrtobool(text, &on);

	if (ret || on == exit_times)
		return ret;
	WRITE_ONCE(exit_times, on);
	if (on)
		return axvm_watch_begin();
	axvm_watch_end();
	return 0;
}

static const struct kernel_param_ops exit_times_ops = {
	.set = set_exit_times,
	.get = param_get_bool,
};

module_param_cb(exit_times, &exit_times_ops, &exit_times, 0600);
MODULE_PARM_DESC(exit_times, "measure the time of exits that need not sleep, too (default N)");

static enum axvm_verdict handle_watched(struct axvm_vcpu *vcpu, enum axvm_exit_kind kind)
{
	if (kind == AXVM_EXIT_MMIO)
		return handle_io(vcpu, AXVM_BUS_MMIO, true);
	if (kind == AXVM_EXIT_PIO)
		return handle_io(vcpu, AXVM_BUS_PIO, true);
	return fast_handlers[kind](vcpu);
}

enum axvm_verdict axvm_exit_handle_fast_watched(struct axvm_vcpu *vcpu)
{
	enum axvm_exit_kind kind = vcpu->exit.kind;
	enum axvm_verdict verdict;
	u64 start_ns;

	if (kind != AXVM_EXIT_MMIO && !fast_handlers[kind])
		return AXVM_SLOW;
	axvm_vcpu_count(vcpu, kind);
	if (!READ_ONCE(exit_times))
		return handle_watched(vcpu, kind);
	start_ns = ktime_get_ns();
	verdict = handle_watched(vcpu, kind);
	axvm_vcpu_add_time(&vcpu->time_ns[kind], start_ns);
	return verdict;
}

static void fail_vm(struct axvm_vcpu *vcpu, enum axvm_reason reason, u64 code)
{
	axvm_vm_end(vcpu->vm, AXVM_STATE_CRASHED, reason, code);
}

static void handle_s2_fault(struct axvm_vcpu *vcpu)
{
	const u32 access = vcpu->exit.fault.access;
	const u64 gpa = vcpu->exit.fault.gpa;
	enum axvm_gmem_fault_result result = axvm_gmem_fault(&vcpu->vm->gmem, gpa, access);

	trace_axvm_s2_fault(vcpu, gpa, access, result);
	switch (result) {
	case AXVM_FAULT_MAPPED:
		axvm_arch->vcpu_complete(vcpu, AXVM_OK);
		break;
	case AXVM_FAULT_NO_REGION:
		axvm_arch->vcpu_complete(vcpu, AXVM_BUS_ERROR);
		break;
	case AXVM_FAULT_DENIED:
		axvm_arch->vcpu_complete(vcpu, AXVM_PERMISSION);
		break;
	case AXVM_FAULT_NO_MEMORY:
		fail_vm(vcpu, AXVM_REASON_NO_MEMORY, gpa);
		break;
	}
}

static void handle_halt(struct axvm_vcpu *vcpu)
{
	axvm_arch->vcpu_complete(vcpu, AXVM_OK);
	axvm_vcpu_halt(vcpu);
}

/* Unlike after a halt, the guest learns how it went when it is awake again. */
static void handle_suspend(struct axvm_vcpu *vcpu)
{
	WRITE_ONCE(vcpu->power, AXVM_POWER_SUSPENDED);
	axvm_vcpu_halt(vcpu);
	WRITE_ONCE(vcpu->power, AXVM_POWER_ON);
	axvm_arch->vcpu_complete(vcpu, AXVM_OK);
}

static void handle_cpu_on(struct axvm_vcpu *vcpu)
{
	struct axvm_vcpu *target = axvm_vcpu_find(vcpu->vm, vcpu->exit.cpu_on.hw_id);
	enum axvm_status status = AXVM_OK;

	if (!target)
		status = AXVM_NO_CPU;
	else if (axvm_vcpu_power_on(target, vcpu->exit.cpu_on.entry, vcpu->exit.cpu_on.arg))
		status = AXVM_ALREADY_ON;
	axvm_arch->vcpu_complete(vcpu, status);
}

static void handle_cpu_off(struct axvm_vcpu *vcpu)
{
	axvm_vcpu_power_off(vcpu);
	if (!atomic_read(&vcpu->vm->nr_on))
		axvm_vm_end(vcpu->vm, AXVM_STATE_STOPPED, AXVM_REASON_NO_VCPUS, 0);
}

static const struct {
	enum axvm_state end;
	enum axvm_reason reason;
} system_events[AXVM_SYSTEM_EVENTS] = {
	[AXVM_SYSTEM_POWEROFF]	= { AXVM_STATE_STOPPED, AXVM_REASON_GUEST_POWEROFF },
	[AXVM_SYSTEM_REBOOT]	= { AXVM_STATE_READY, AXVM_REASON_GUEST_REBOOT },
	[AXVM_SYSTEM_FAILURE]	= { AXVM_STATE_CRASHED, AXVM_REASON_GUEST_FAILURE },
	[AXVM_SYSTEM_CPU_SHUTDOWN] = { AXVM_STATE_CRASHED, AXVM_REASON_CPU_SHUTDOWN },
};

void axvm_exit_system(struct axvm_vm *vm, enum axvm_system_event event, u64 code)
{
	axvm_vm_end(vm, system_events[event].end, system_events[event].reason, code);
}

static void handle_system(struct axvm_vcpu *vcpu)
{
	axvm_exit_system(vcpu->vm, vcpu->exit.system.event, vcpu->exit.system.code);
}

static void handle_arch(struct axvm_vcpu *vcpu)
{
	axvm_arch->vcpu_slow(vcpu);
}

static void handle_fail(struct axvm_vcpu *vcpu)
{
	fail_vm(vcpu, AXVM_REASON_BAD_EXIT, vcpu->exit.fail.code);
}

static void (*const slow_handlers[AXVM_EXIT_KINDS])(struct axvm_vcpu *vcpu) = {
	[AXVM_EXIT_S2_FAULT]	= handle_s2_fault,
	[AXVM_EXIT_HALT]	= handle_halt,
	[AXVM_EXIT_SUSPEND]	= handle_suspend,
	[AXVM_EXIT_CPU_ON]	= handle_cpu_on,
	[AXVM_EXIT_CPU_OFF]	= handle_cpu_off,
	[AXVM_EXIT_SYSTEM]	= handle_system,
	[AXVM_EXIT_ARCH]	= handle_arch,
	[AXVM_EXIT_FAIL]	= handle_fail,
};

void axvm_exit_handle_slow(struct axvm_vcpu *vcpu)
{
	enum axvm_exit_kind kind = vcpu->exit.kind;

	axvm_vcpu_begin_time(vcpu, &vcpu->time_ns[kind]);
	/* Here, because some come from the backend without a look at the fast handlers. */
	axvm_vcpu_count(vcpu, kind);
	if (slow_handlers[kind])
		slow_handlers[kind](vcpu);
	else
		handle_fail(vcpu);
	axvm_vcpu_end_time(vcpu);
}
