// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit: what becomes of each kind of exit, through the run loop and the threads.
 */
#include <linux/array_size.h>
#include <linux/delay.h>
#include <kunit/test.h>

#include "fake_arch.h"

/* Run a VM of one vCPU until its script has powered it off. */
static struct axvm_vm *run_script(struct kunit *test, const struct fake_step *script, size_t nr)
{
	struct axvm_vm *vm = fake_vm_create(test, 1);

	fake_vcpu_script(vm, 0, script, nr);
	KUNIT_ASSERT_EQ(test, fake_vm_start(vm), 0);
	KUNIT_ASSERT_TRUE(test, fake_wait_state(vm, AXVM_STATE_STOPPED));
	return vm;
}

static void expect_status(struct kunit *test, struct axvm_vm *vm, unsigned int n,
			  enum axvm_exit_kind kind, enum axvm_status status)
{
	const struct fake_vcpu *fake = fake_vcpu_at(vm, 0);

	KUNIT_ASSERT_GT_MSG(test, fake->nr_done, n, "completion %u", n);
	KUNIT_EXPECT_EQ_MSG(test, fake->done[n].kind, kind, "completion %u", n);
	KUNIT_EXPECT_EQ_MSG(test, fake->done[n].status, status, "completion %u", n);
}

static void expect_data(struct kunit *test, struct axvm_vm *vm, unsigned int n, u64 data)
{
	expect_status(test, vm, n, fake_vcpu_at(vm, 0)->done[n].kind, AXVM_OK);
	KUNIT_EXPECT_EQ_MSG(test, fake_vcpu_at(vm, 0)->done[n].data, data, "completion %u", n);
}

/* --- devices --- */

static void mmio_reaches_device(struct kunit *test)
{
	static const struct fake_step script[] = {
		FAKE_READ(MMIO, FAKE_DEV_GPA, 8),
		FAKE_READ(MMIO, FAKE_DEV_GPA, 4),
		FAKE_READ(MMIO, FAKE_DEV_GPA + 4, 4),
		FAKE_READ(MMIO, FAKE_DEV_GPA + 2, 2),
		FAKE_WRITE(MMIO, FAKE_DEV_GPA, 8, 0x0123456789abcdefULL),
		FAKE_READ(MMIO, FAKE_DEV_GPA, 8),
		FAKE_SYSTEM(POWEROFF, 0),
	};
	struct axvm_vm *vm = run_script(test, script, ARRAY_SIZE(script));

	expect_data(test, vm, 0, FAKE_DEV_VALUE);
	expect_data(test, vm, 1, FAKE_DEV_VALUE & U32_MAX);
	expect_data(test, vm, 2, FAKE_DEV_VALUE >> 32);
	expect_data(test, vm, 3, (FAKE_DEV_VALUE >> 16) & U16_MAX);
	expect_status(test, vm, 4, AXVM_EXIT_MMIO, AXVM_OK);
	expect_data(test, vm, 5, 0x0123456789abcdefULL);
	KUNIT_EXPECT_EQ(test, fake_vcpu_at(vm, 0)->nr_done, 6);
}

static void pio_reaches_device(struct kunit *test)
{
	static const struct fake_step script[] = {
		FAKE_READ(PIO, FAKE_DEV_PORT + 1, 1),
		FAKE_WRITE(PIO, FAKE_DEV_PORT, 8, 0xfeedULL),
		FAKE_READ(PIO, FAKE_DEV_PORT, 8),
		/* Each space is a space of its own. */
		FAKE_READ(MMIO, FAKE_DEV_PORT, 8),
		FAKE_READ(PIO, FAKE_DEV_GPA, 8),
		FAKE_SYSTEM(POWEROFF, 0),
	};
	struct axvm_vm *vm = run_script(test, script, ARRAY_SIZE(script));

	expect_data(test, vm, 0, (FAKE_DEV_VALUE >> 8) & U8_MAX);
	expect_status(test, vm, 1, AXVM_EXIT_PIO, AXVM_OK);
	expect_data(test, vm, 2, 0xfeedULL);
	expect_status(test, vm, 3, AXVM_EXIT_MMIO, AXVM_BUS_ERROR);
	expect_status(test, vm, 4, AXVM_EXIT_PIO, AXVM_BUS_ERROR);
}

static void refused_accesses_are_bus_errors(struct kunit *test)
{
	static const struct fake_step script[] = {
		FAKE_READ(MMIO, 0, 4),				/* nothing there */
		FAKE_WRITE(MMIO, FAKE_DEV_GPA - 8, 8, 1),	/* just before the window */
		FAKE_READ(MMIO, FAKE_DEV_GPA + FAKE_DEV_LEN, 4),/* just after */
		FAKE_READ(MMIO, U64_MAX - 3, 4),		/* the last address */
		FAKE_READ(MMIO, FAKE_DEV_GPA, 1),		/* width */
		FAKE_READ(MMIO, FAKE_DEV_GPA + 2, 4),		/* alignment */
		FAKE_READ(MMIO, FAKE_DEV_GPA, 3),		/* no width at all */
		FAKE_READ(MMIO, FAKE_DEV_GPA, 0),
		FAKE_READ(MMIO, FAKE_DEV_GPA, 255),
		FAKE_READ(MMIO, FAKE_DEV_GPA + 8, 4),		/* the device knows no register */
		FAKE_WRITE(MMIO, FAKE_DEV_GPA, 4, 1),
		FAKE_READ(PIO, FAKE_DEV_PORT + 16, 1),
		FAKE_READ(MMIO, FAKE_DEV_GPA, 8),
		FAKE_SYSTEM(POWEROFF, 0),
	};
	struct axvm_vm *vm = run_script(test, script, ARRAY_SIZE(script));
	unsigned int n;

	for (n = 0; n < ARRAY_SIZE(script) - 2; n++)
		expect_status(test, vm, n, script[n].exit.kind, AXVM_BUS_ERROR);
	expect_data(test, vm, n, FAKE_DEV_VALUE);
}

/* --- memory --- */

static void expect_mapped(struct kunit *test, struct axvm_vm *vm, u64 gpa, u32 prot)
{
	struct axvm_s2_entry entry = {};

	KUNIT_EXPECT_TRUE_MSG(test, axvm_s2_lookup(&vm->gmem.s2, gpa, &entry), "%#llx", gpa);
	KUNIT_EXPECT_EQ_MSG(test, entry.prot, prot, "%#llx", gpa);
}

static void faults_map_memory(struct kunit *test)
{
	static const struct fake_step script[] = {
		FAKE_FAULT(FAKE_MEM_GPA + 0x1234, AXVM_PROT_WRITE),
		FAKE_FAULT(FAKE_MEM_GPA + FAKE_MEM_LEN - 1, AXVM_PROT_EXEC),
		FAKE_FAULT(FAKE_ROM_GPA, AXVM_PROT_READ),
		FAKE_SYSTEM(POWEROFF, 0),
	};
	struct axvm_vm *vm = run_script(test, script, ARRAY_SIZE(script));
	const u32 all = AXVM_PROT_READ | AXVM_PROT_WRITE | AXVM_PROT_EXEC;
	unsigned int n;

	for (n = 0; n < ARRAY_SIZE(script) - 1; n++)
		expect_status(test, vm, n, AXVM_EXIT_S2_FAULT, AXVM_OK);
	expect_mapped(test, vm, FAKE_MEM_GPA + 0x1000, all);
	expect_mapped(test, vm, FAKE_MEM_GPA + FAKE_MEM_LEN - 0x1000, all);
	expect_mapped(test, vm, FAKE_ROM_GPA, AXVM_PROT_READ);
}

static void forbidden_accesses_are_told(struct kunit *test)
{
	static const struct fake_step script[] = {
		FAKE_FAULT(FAKE_ROM_GPA, AXVM_PROT_WRITE),
		FAKE_FAULT(FAKE_ROM_GPA + FAKE_ROM_LEN - 1, AXVM_PROT_EXEC),
		FAKE_SYSTEM(POWEROFF, 0),
	};
	struct axvm_vm *vm = run_script(test, script, ARRAY_SIZE(script));

	expect_status(test, vm, 0, AXVM_EXIT_S2_FAULT, AXVM_PERMISSION);
	expect_status(test, vm, 1, AXVM_EXIT_S2_FAULT, AXVM_PERMISSION);
}

static void faults_outside_memory_are_bus_errors(struct kunit *test)
{
	static const struct fake_step script[] = {
		FAKE_FAULT(0, AXVM_PROT_READ),
		FAKE_FAULT(FAKE_MEM_GPA - 1, AXVM_PROT_EXEC),
		FAKE_FAULT(FAKE_MEM_GPA + FAKE_MEM_LEN, AXVM_PROT_WRITE),
		FAKE_FAULT(U64_MAX, AXVM_PROT_READ),
		FAKE_SYSTEM(POWEROFF, 0),
	};
	struct axvm_vm *vm = run_script(test, script, ARRAY_SIZE(script));
	unsigned int n;

	for (n = 0; n < ARRAY_SIZE(script) - 1; n++)
		expect_status(test, vm, n, AXVM_EXIT_S2_FAULT, AXVM_BUS_ERROR);
}

/* --- sleep --- */

static void halt_sleeps_until_interrupt(struct kunit *test)
{
	static const struct fake_step script[] = {
		FAKE_PLAIN(HALT),
		FAKE_SYSTEM(POWEROFF, 0),
	};
	struct axvm_vm *vm = fake_vm_create(test, 1);
	struct fake_vcpu *fake = fake_vcpu_at(vm, 0);

	fake_vcpu_script(vm, 0, script, ARRAY_SIZE(script));
	KUNIT_ASSERT_EQ(test, fake_vm_start(vm), 0);
	KUNIT_ASSERT_TRUE(test, fake_wait_vcpu_state(vm, 0, AXVM_VCPU_HALTED));
	/* The instruction is done before the sleep. */
	KUNIT_EXPECT_TRUE(test, fake_wait_done(vm, 0, 1));
	expect_status(test, vm, 0, AXVM_EXIT_HALT, AXVM_OK);
	/* A kick without an interrupt does not end it. */
	axvm_vcpu_kick(vm->vcpus[0]);
	usleep_range(1000, 2000);
	KUNIT_EXPECT_EQ(test, READ_ONCE(fake->halts), 0);
	KUNIT_EXPECT_EQ(test, READ_ONCE(fake->entries), 1);

	fake_vcpu_interrupt(vm, 0);
	KUNIT_ASSERT_TRUE(test, fake_wait_state(vm, AXVM_STATE_STOPPED));
	KUNIT_EXPECT_EQ(test, fake->halts, 1);
}

static void halt_with_interrupt_pending_goes_on(struct kunit *test)
{
	static const struct fake_step script[] = {
		FAKE_PLAIN(HALT),
		FAKE_SYSTEM(POWEROFF, 0),
	};
	struct axvm_vm *vm = fake_vm_create(test, 1);

	fake_vcpu_script(vm, 0, script, ARRAY_SIZE(script));
	fake_vcpu_interrupt(vm, 0);
	KUNIT_ASSERT_EQ(test, fake_vm_start(vm), 0);
	KUNIT_ASSERT_TRUE(test, fake_wait_state(vm, AXVM_STATE_STOPPED));
	KUNIT_EXPECT_EQ(test, fake_vcpu_at(vm, 0)->halts, 1);
}

static void suspend_completes_after_waking(struct kunit *test)
{
	static const struct fake_step script[] = {
		FAKE_PLAIN(SUSPEND),
		FAKE_SYSTEM(POWEROFF, 0),
	};
	struct axvm_vm *vm = fake_vm_create(test, 1);

	fake_vcpu_script(vm, 0, script, ARRAY_SIZE(script));
	KUNIT_ASSERT_EQ(test, fake_vm_start(vm), 0);
	KUNIT_ASSERT_TRUE(test, fake_wait_vcpu_state(vm, 0, AXVM_VCPU_SUSPENDED));
	KUNIT_EXPECT_EQ(test, READ_ONCE(fake_vcpu_at(vm, 0)->nr_done), 0);
	/* It is not off. */
	KUNIT_EXPECT_EQ(test, atomic_read(&vm->nr_on), 1);

	fake_vcpu_interrupt(vm, 0);
	KUNIT_ASSERT_TRUE(test, fake_wait_state(vm, AXVM_STATE_STOPPED));
	expect_status(test, vm, 0, AXVM_EXIT_SUSPEND, AXVM_OK);
}

/* --- power of single CPUs --- */

static void cpu_on_starts_another(struct kunit *test)
{
	static const struct fake_step script[] = {
		FAKE_CPU_ON(FAKE_HW_ID + 1, FAKE_ENTRY + 0x100, 42),
		FAKE_CPU_ON(FAKE_HW_ID + 1, FAKE_ENTRY, 0),	/* on, or about to be */
		FAKE_CPU_ON(FAKE_HW_ID, FAKE_ENTRY, 0),		/* itself */
		FAKE_CPU_ON(FAKE_HW_ID + 3, FAKE_ENTRY, 0),	/* nobody */
		FAKE_CPU_ON(1, FAKE_ENTRY, 0),			/* an index is no hardware id */
		FAKE_PLAIN(HALT),
		FAKE_SYSTEM(POWEROFF, 0),
	};
	static const enum axvm_status expected[] = {
		AXVM_OK, AXVM_ALREADY_ON, AXVM_ALREADY_ON, AXVM_NO_CPU, AXVM_NO_CPU,
	};
	struct axvm_vm *vm = fake_vm_create(test, 3);
	unsigned int n;

	fake_vcpu_script(vm, 0, script, ARRAY_SIZE(script));
	KUNIT_ASSERT_EQ(test, fake_vm_start(vm), 0);
	KUNIT_ASSERT_TRUE(test, fake_wait_vcpu_state(vm, 0, AXVM_VCPU_HALTED));
	KUNIT_ASSERT_TRUE(test, fake_wait_entries(vm, 1, 1));
	KUNIT_EXPECT_EQ(test, axvm_vcpu_state(vm->vcpus[1]), AXVM_VCPU_RUNNING);
	KUNIT_EXPECT_EQ(test, axvm_vcpu_state(vm->vcpus[2]), AXVM_VCPU_OFF);
	KUNIT_EXPECT_EQ(test, atomic_read(&vm->nr_on), 2);

	fake_vcpu_interrupt(vm, 0);
	KUNIT_ASSERT_TRUE(test, fake_wait_state(vm, AXVM_STATE_STOPPED));
	for (n = 0; n < ARRAY_SIZE(expected); n++)
		expect_status(test, vm, n, AXVM_EXIT_CPU_ON, expected[n]);
	KUNIT_EXPECT_EQ(test, fake_vcpu_at(vm, 1)->resets, 1);
	KUNIT_EXPECT_EQ(test, fake_vcpu_at(vm, 1)->entry, FAKE_ENTRY + 0x100);
	KUNIT_EXPECT_EQ(test, fake_vcpu_at(vm, 1)->arg, 42);
	KUNIT_EXPECT_EQ(test, fake_vcpu_at(vm, 2)->resets, 0);
}

static void cpu_on_finds_sleeping_cpus_on(struct kunit *test)
{
	static const struct fake_step first[] = {
		FAKE_CPU_ON(FAKE_HW_ID + 1, FAKE_ENTRY, 0),
		FAKE_CPU_ON(FAKE_HW_ID + 2, FAKE_ENTRY, 0),
		FAKE_PLAIN(HALT),
		FAKE_CPU_ON(FAKE_HW_ID + 1, FAKE_ENTRY, 0),
		FAKE_CPU_ON(FAKE_HW_ID + 2, FAKE_ENTRY, 0),
		FAKE_SYSTEM(POWEROFF, 0),
	};
	static const struct fake_step halting[] = { FAKE_PLAIN(HALT) };
	static const struct fake_step suspending[] = { FAKE_PLAIN(SUSPEND) };
	struct axvm_vm *vm = fake_vm_create(test, 3);

	fake_vcpu_script(vm, 0, first, ARRAY_SIZE(first));
	fake_vcpu_script(vm, 1, halting, ARRAY_SIZE(halting));
	fake_vcpu_script(vm, 2, suspending, ARRAY_SIZE(suspending));
	KUNIT_ASSERT_EQ(test, fake_vm_start(vm), 0);
	KUNIT_ASSERT_TRUE(test, fake_wait_vcpu_state(vm, 0, AXVM_VCPU_HALTED));
	KUNIT_ASSERT_TRUE(test, fake_wait_vcpu_state(vm, 1, AXVM_VCPU_HALTED));
	KUNIT_ASSERT_TRUE(test, fake_wait_vcpu_state(vm, 2, AXVM_VCPU_SUSPENDED));

	fake_vcpu_interrupt(vm, 0);
	KUNIT_ASSERT_TRUE(test, fake_wait_state(vm, AXVM_STATE_STOPPED));
	expect_status(test, vm, 3, AXVM_EXIT_CPU_ON, AXVM_ALREADY_ON);
	expect_status(test, vm, 4, AXVM_EXIT_CPU_ON, AXVM_ALREADY_ON);
}

static void cpu_off_and_on_again(struct kunit *test)
{
	static const struct fake_step first[] = {
		FAKE_CPU_ON(FAKE_HW_ID + 1, FAKE_ENTRY, 1),
		FAKE_PLAIN(HALT),
		FAKE_CPU_ON(FAKE_HW_ID + 1, FAKE_ENTRY, 2),
	};
	static const struct fake_step second[] = {
		FAKE_PLAIN(CPU_OFF),
		FAKE_SYSTEM(POWEROFF, 2),
	};
	struct axvm_vm *vm = fake_vm_create(test, 2);

	fake_vcpu_script(vm, 0, first, ARRAY_SIZE(first));
	fake_vcpu_script(vm, 1, second, ARRAY_SIZE(second));
	KUNIT_ASSERT_EQ(test, fake_vm_start(vm), 0);
	KUNIT_ASSERT_TRUE(test, fake_wait_entries(vm, 1, 1));
	KUNIT_ASSERT_TRUE(test, fake_wait_vcpu_state(vm, 1, AXVM_VCPU_OFF));
	KUNIT_ASSERT_TRUE(test, fake_wait_vcpu_state(vm, 0, AXVM_VCPU_HALTED));
	KUNIT_EXPECT_EQ(test, atomic_read(&vm->nr_on), 1);

	fake_vcpu_interrupt(vm, 0);
	KUNIT_ASSERT_TRUE(test, fake_wait_state(vm, AXVM_STATE_STOPPED));
	expect_status(test, vm, 2, AXVM_EXIT_CPU_ON, AXVM_OK);
	KUNIT_EXPECT_EQ(test, fake_vcpu_at(vm, 1)->resets, 2);
	KUNIT_EXPECT_EQ(test, fake_vcpu_at(vm, 1)->arg, 2);
	KUNIT_EXPECT_EQ(test, fake_vcpu_at(vm, 1)->nr_done, 0);
	KUNIT_EXPECT_EQ(test, vm->reason_code, 2);
}

static void last_cpu_off_ends_vm(struct kunit *test)
{
	static const struct fake_step first[] = {
		FAKE_CPU_ON(FAKE_HW_ID + 1, FAKE_ENTRY, 0),
		FAKE_PLAIN(CPU_OFF),
	};
	static const struct fake_step second[] = { FAKE_PLAIN(CPU_OFF) };
	struct axvm_vm *vm = fake_vm_create(test, 2);

	fake_vcpu_script(vm, 0, first, ARRAY_SIZE(first));
	fake_vcpu_script(vm, 1, second, ARRAY_SIZE(second));
	KUNIT_ASSERT_EQ(test, fake_vm_start(vm), 0);
	KUNIT_ASSERT_TRUE(test, fake_wait_state(vm, AXVM_STATE_STOPPED));
	KUNIT_EXPECT_EQ(test, vm->reason, AXVM_REASON_NO_VCPUS);
	KUNIT_EXPECT_EQ(test, fake_vcpu_at(vm, 1)->resets, 1);
}

/* --- the whole VM --- */

static const struct system_case {
	const char *name;
	struct fake_step step;
	enum axvm_state state;
	enum axvm_reason reason;
} system_cases[] = {
	{
		"power-off", FAKE_SYSTEM(POWEROFF, 7),
		AXVM_STATE_STOPPED, AXVM_REASON_GUEST_POWEROFF,
	}, {
		"failure", FAKE_SYSTEM(FAILURE, 7),
		AXVM_STATE_CRASHED, AXVM_REASON_GUEST_FAILURE,
	}, {
		"CPU shutdown", FAKE_SYSTEM(CPU_SHUTDOWN, 7),
		AXVM_STATE_CRASHED, AXVM_REASON_CPU_SHUTDOWN,
	}, {
		"unknown exit of the hardware", FAKE_FAIL(7),
		AXVM_STATE_CRASHED, AXVM_REASON_BAD_EXIT,
	},
};

KUNIT_ARRAY_PARAM_DESC(system, system_cases, name);

/* The state that follows STOPPING, with the reason that began it; reboot is in vm_state_test.c. */
static void system_event_ends_vm(struct kunit *test)
{
	const struct system_case *param = test->param_value;
	struct axvm_vm *vm = fake_vm_create(test, 2);

	fake_vcpu_script(vm, 0, &param->step, 1);
	KUNIT_ASSERT_EQ(test, fake_vm_start(vm), 0);
	KUNIT_ASSERT_TRUE(test, fake_wait_state(vm, param->state));
	KUNIT_EXPECT_EQ(test, vm->reason, param->reason);
	KUNIT_EXPECT_EQ(test, vm->reason_code, 7);
	KUNIT_EXPECT_NULL(test, vm->vcpus[0]->task);
	KUNIT_EXPECT_NULL(test, vm->vcpus[1]->task);
	/* The guest's instruction never returns. */
	KUNIT_EXPECT_EQ(test, fake_vcpu_at(vm, 0)->nr_done, 0);
}

static const struct device_event_case {
	const char *name;
	enum axvm_system_event event;
	enum axvm_state state;
	enum axvm_reason reason;
} device_event_cases[] = {
	{
		"power-off", AXVM_SYSTEM_POWEROFF,
		AXVM_STATE_STOPPED, AXVM_REASON_GUEST_POWEROFF,
	}, {
		"failure", AXVM_SYSTEM_FAILURE,
		AXVM_STATE_CRASHED, AXVM_REASON_GUEST_FAILURE,
	},
};

KUNIT_ARRAY_PARAM_DESC(device_event, device_event_cases, name);

/* Also when all vCPUs sleep, from any context; the first event wins. */
static void device_event_ends_vm(struct kunit *test)
{
	static const struct fake_step script[] = { FAKE_PLAIN(HALT), FAKE_SYSTEM(FAILURE, 1) };
	const struct device_event_case *param = test->param_value;
	struct axvm_vm *vm = fake_vm_create(test, 2);
	struct axvm_device *dev = &fake_device_at(vm, 0)->dev;

	fake_vcpu_script(vm, 0, script, ARRAY_SIZE(script));
	KUNIT_ASSERT_EQ(test, fake_vm_start(vm), 0);
	KUNIT_ASSERT_TRUE(test, fake_wait_vcpu_state(vm, 0, AXVM_VCPU_HALTED));

	local_irq_disable();
	axvm_device_system_event(dev, param->event, 7);
	axvm_device_system_event(dev, AXVM_SYSTEM_REBOOT, 8);
	local_irq_enable();
	KUNIT_ASSERT_TRUE(test, fake_wait_state(vm, param->state));
	KUNIT_EXPECT_EQ(test, vm->reason, param->reason);
	KUNIT_EXPECT_EQ(test, vm->reason_code, 7);
	KUNIT_EXPECT_EQ(test, fake_vcpu_at(vm, 0)->entries, 1);
}

/* --- the backend's own --- */

static void arch_exits_may_sleep(struct kunit *test)
{
	static const struct fake_step script[] = {
		FAKE_PLAIN(ARCH),
		FAKE_PLAIN(ARCH),
		FAKE_SYSTEM(POWEROFF, 0),
	};
	struct axvm_vm *vm = run_script(test, script, ARRAY_SIZE(script));

	KUNIT_EXPECT_EQ(test, fake_vcpu_at(vm, 0)->slows, 2);
	KUNIT_EXPECT_EQ(test, fake_vcpu_at(vm, 0)->nr_done, 0);
}

static void nothing_to_do_enters_again(struct kunit *test)
{
	static const struct fake_step script[] = {
		FAKE_STEP(HOST_IRQ),
		FAKE_STEP(DECODED),
		FAKE_PLAIN(NONE),
		FAKE_STEP(HOST_IRQ),
		FAKE_SYSTEM(POWEROFF, 0),
	};
	struct axvm_vm *vm = run_script(test, script, ARRAY_SIZE(script));

	KUNIT_EXPECT_EQ(test, fake_vcpu_at(vm, 0)->entries, ARRAY_SIZE(script));
	KUNIT_EXPECT_EQ(test, fake_vcpu_at(vm, 0)->nr_done, 0);
	KUNIT_EXPECT_EQ(test, fake_vcpu_at(vm, 0)->slows, 0);
}

/* --- figures and names --- */

static void exits_are_counted(struct kunit *test)
{
	static const struct fake_step script[] = {
		FAKE_READ(MMIO, FAKE_DEV_GPA, 8),
		FAKE_READ(MMIO, 0, 8),
		FAKE_READ(PIO, FAKE_DEV_PORT, 1),
		FAKE_STEP(HOST_IRQ),
		FAKE_FAULT(FAKE_MEM_GPA, AXVM_PROT_READ),
		FAKE_FAULT(0, AXVM_PROT_READ),
		FAKE_PLAIN(ARCH),
		FAKE_SYSTEM(POWEROFF, 0),
	};
	struct axvm_vm *vm = run_script(test, script, ARRAY_SIZE(script));
	const u64 *count = vm->vcpus[0]->count;

	KUNIT_EXPECT_EQ(test, count[AXVM_EXIT_MMIO], 2);
	KUNIT_EXPECT_EQ(test, count[AXVM_EXIT_PIO], 1);
	KUNIT_EXPECT_EQ(test, count[AXVM_EXIT_S2_FAULT], 2);
	KUNIT_EXPECT_EQ(test, count[AXVM_EXIT_ARCH], 1);
	KUNIT_EXPECT_EQ(test, count[AXVM_EXIT_SYSTEM], 1);
	KUNIT_EXPECT_EQ(test, count[AXVM_EXIT_HALT], 0);
	KUNIT_EXPECT_EQ(test, count[AXVM_COUNT_HOST_IRQ], 1);
	KUNIT_EXPECT_EQ(test, count[AXVM_COUNT_ENTRIES], ARRAY_SIZE(script));
	/* Four of these cannot be handled while loaded; a reschedule may add loads. */
	KUNIT_EXPECT_GE(test, count[AXVM_COUNT_LOADS], 4);
}

static void counters_have_names(struct kunit *test)
{
	unsigned int n, other;

	for (n = 0; n < AXVM_COUNTERS; n++) {
		KUNIT_ASSERT_NOT_NULL_MSG(test, axvm_counter_name(n), "counter %u", n);
		for (other = 0; other < n; other++)
			KUNIT_EXPECT_STRNEQ(test, axvm_counter_name(n), axvm_counter_name(other));
	}
	KUNIT_EXPECT_NULL(test, axvm_counter_name(AXVM_COUNTERS));
	KUNIT_EXPECT_NULL(test, axvm_counter_name(UINT_MAX));
}

static struct kunit_case exit_cases[] = {
	KUNIT_CASE(mmio_reaches_device),
	KUNIT_CASE(pio_reaches_device),
	KUNIT_CASE(refused_accesses_are_bus_errors),
	KUNIT_CASE(faults_map_memory),
	KUNIT_CASE(forbidden_accesses_are_told),
	KUNIT_CASE(faults_outside_memory_are_bus_errors),
	KUNIT_CASE(halt_sleeps_until_interrupt),
	KUNIT_CASE(halt_with_interrupt_pending_goes_on),
	KUNIT_CASE(suspend_completes_after_waking),
	KUNIT_CASE(cpu_on_starts_another),
	KUNIT_CASE(cpu_on_finds_sleeping_cpus_on),
	KUNIT_CASE(cpu_off_and_on_again),
	KUNIT_CASE(last_cpu_off_ends_vm),
	KUNIT_CASE_PARAM(system_event_ends_vm, system_gen_params),
	KUNIT_CASE_PARAM(device_event_ends_vm, device_event_gen_params),
	KUNIT_CASE(arch_exits_may_sleep),
	KUNIT_CASE(nothing_to_do_enters_again),
	KUNIT_CASE(exits_are_counted),
	KUNIT_CASE(counters_have_names),
	{}
};

static struct kunit_suite exit_suite = {
	.name = "axvm-exit",
	.init = fake_arch_init,
	.exit = fake_arch_exit,
	.test_cases = exit_cases,
};

kunit_test_suite(exit_suite);
