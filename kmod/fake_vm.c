// SPDX-License-Identifier: GPL-2.0
/*
 * What tests do with the fake backend: configurations, VMs, scripts, waiting, events.
 *
 * Also the device and the stage-2 format that fake VMs have. Called by the suites,
 * on the thread of the test.
 */
#include <linux/iopoll.h>
#include <linux/string.h>
#include <kunit/test.h>

#include "arch.h"
#include "fake_arch.h"

#define WAIT_US		5000000
#define POLL_US		200

/* --- stage-2 format: like most, with the protection beside the address --- */

#define S2_PRESENT	BIT(0)
#define S2_LEAF		BIT(1)
#define S2_PROT_SHIFT	2
#define S2_PROT		GENMASK(5, 2)
#define S2_PHYS		GENMASK_ULL(51, 12)

static u64 make_table(u64 phys)
{
	return phys | S2_PRESENT;
}

static u64 make_leaf(u64 phys, unsigned int level, u32 prot)
{
	return phys | prot << S2_PROT_SHIFT | S2_LEAF | S2_PRESENT;
}

static bool is_present(u64 entry)
{
	return entry & S2_PRESENT;
}

static bool is_leaf(u64 entry, unsigned int level)
{
	return entry & S2_LEAF;
}

static u64 entry_phys(u64 entry)
{
	return entry & S2_PHYS;
}

static u32 leaf_prot(u64 entry)
{
	return (entry & S2_PROT) >> S2_PROT_SHIFT;
}

static const struct axvm_s2_fmt fake_s2_fmt = {
	.name = "fake",
	.levels = 4,
	.gpa_bits = 48,
	.leaf_levels = BIT(0) | BIT(1),
	.make_table = make_table,
	.make_leaf = make_leaf,
	.is_present = is_present,
	.is_leaf = is_leaf,
	.entry_phys = entry_phys,
	.leaf_prot = leaf_prot,
};

/* No CPU ever walks these tables. */
static void flush(struct axvm_s2 *s2, u64 gpa, u64 len)
{
}

static const struct axvm_s2_ops fake_s2_ops = {
	.flush = flush,
};

const struct axvm_arch_info fake_arch_info = {
	.cpu_features = "fake",
	.mmu_type = "none",
	.timer_frequency = 1000000,
	.s2_fmt = &fake_s2_fmt,
	.s2_ops = &fake_s2_ops,
};

/* --- device: one register of eight bytes, all other offsets refused --- */

static struct fake_device *to_fake_device(struct axvm_device *dev)
{
	return container_of(dev, struct fake_device, dev);
}

static bool read_device(void *opaque, u64 offset, unsigned int len, u64 *val)
{
	struct fake_device *fake = to_fake_device(opaque);

	if (offset + len > sizeof(fake->value))
		return false;
	*val = fake->value >> offset * BITS_PER_BYTE;
	*val &= GENMASK_ULL(len * BITS_PER_BYTE - 1, 0);
	return true;
}

static bool write_device(void *opaque, u64 offset, unsigned int len, u64 val)
{
	struct fake_device *fake = to_fake_device(opaque);

	if (offset || len != sizeof(fake->value))
		return false;
	fake->value = val;
	return true;
}

static const struct axvm_bus_ops fake_bus_ops = {
	.read = read_device,
	.write = write_device,
};

static int create_in(struct axvm_device *dev, enum axvm_bus_space space, u8 widths,
		     struct axvm_error *err)
{
	int ret = axvm_device_add_window(dev, space, widths, &fake_bus_ops, err);

	if (!ret)
		atomic_inc(&fake_arch.devices);
	return ret;
}

static int create_device(struct axvm_device *dev, struct axvm_error *err)
{
	return create_in(dev, AXVM_BUS_MMIO, 2 | 4 | 8, err);
}

static int create_port_device(struct axvm_device *dev, struct axvm_error *err)
{
	return create_in(dev, AXVM_BUS_PIO, 1 | 8, err);
}

static void reset_device(struct axvm_device *dev)
{
	struct fake_device *fake = to_fake_device(dev);

	fake->value = FAKE_DEV_VALUE;
	fake->is_paused = false;
	fake->resets++;
}

static void destroy_device(struct axvm_device *dev)
{
	atomic_dec(&fake_arch.devices);
}

static void pause_device(struct axvm_device *dev)
{
	to_fake_device(dev)->pauses++;
	to_fake_device(dev)->is_paused = true;
}

static void resume_device(struct axvm_device *dev)
{
	to_fake_device(dev)->resumes++;
	to_fake_device(dev)->is_paused = false;
}

const struct axvm_device_type fake_device_type = {
	.name = "fake",
	.size = sizeof(struct fake_device),
	.create = create_device,
	.reset = reset_device,
	.destroy = destroy_device,
	.pause = pause_device,
	.resume = resume_device,
};

const struct axvm_device_type fake_port_device_type = {
	.name = "fake-port",
	.size = sizeof(struct fake_device),
	.create = create_port_device,
	.reset = reset_device,
	.destroy = destroy_device,
};

/* --- events --- */

static void record_event(const struct axvm_state_event *event)
{
	struct fake_event *fake;

	guard(spinlock)(&fake_arch.events_lock);
	if (fake_arch.nr_events >= FAKE_MAX_EVENTS)
		return;
	fake = &fake_arch.events[fake_arch.nr_events++];
	fake->vm_id = event->vm->id;
	fake->seq = event->seq;
	fake->old_state = event->old_state;
	fake->state = event->state;
	fake->reason = event->reason;
	fake->code = event->code;
}

unsigned int fake_events_so_far(struct axvm_vm *vm)
{
	guard(mutex)(&vm->state_lock);
	guard(spinlock)(&fake_arch.events_lock);
	return fake_arch.nr_events;
}

void fake_expect_events(struct kunit *test, struct axvm_vm *vm, unsigned int first,
			const struct fake_event *expected, unsigned int nr)
{
	unsigned int so_far = fake_events_so_far(vm);
	const struct fake_event *event = &fake_arch.events[first];
	unsigned int i;

	KUNIT_ASSERT_EQ(test, so_far, first + nr);
	for (i = 0; i < nr; i++, event++, expected++) {
		KUNIT_EXPECT_EQ_MSG(test, event->vm_id, vm->id, "event %u", i);
		KUNIT_EXPECT_EQ_MSG(test, event->old_state, expected->old_state, "event %u", i);
		KUNIT_EXPECT_EQ_MSG(test, event->state, expected->state, "event %u", i);
		KUNIT_EXPECT_EQ_MSG(test, event->reason, expected->reason, "event %u", i);
		KUNIT_EXPECT_EQ_MSG(test, event->code, expected->code, "event %u", i);
		if (i)
			KUNIT_EXPECT_EQ(test, event->seq, event[-1].seq + 1);
	}
}

/* --- waiting and holding --- */

void fake_arch_hold(void)
{
	WRITE_ONCE(fake_arch.hold, true);
}

void fake_arch_release(void)
{
	WRITE_ONCE(fake_arch.hold, false);
	wake_up_all(&fake_arch.hold_wait);
}

static void release_work(struct work_struct *work)
{
	fake_arch_release();
}

void fake_arch_release_after(unsigned long ticks)
{
	schedule_delayed_work(&fake_arch.release, ticks);
}

void fake_vcpu_interrupt(struct axvm_vm *vm, u32 id)
{
	WRITE_ONCE(fake_vcpu_at(vm, id)->irq, true);
	axvm_vcpu_kick(vm->vcpus[id]);
}

bool fake_wait_state(struct axvm_vm *vm, enum axvm_state state)
{
	enum axvm_state now;

	if (read_poll_timeout(READ_ONCE, now, now == state, POLL_US, WAIT_US, false, vm->state))
		return false;
	/* The event goes out with the lock held. */
	guard(mutex)(&vm->state_lock);
	return true;
}

bool fake_wait_vcpu_state(struct axvm_vm *vm, u32 id, enum axvm_vcpu_activity state)
{
	enum axvm_vcpu_activity now;

	return !read_poll_timeout(axvm_vcpu_state, now, now == state, POLL_US, WAIT_US, false,
				  vm->vcpus[id]);
}

bool fake_wait_done(struct axvm_vm *vm, u32 id, unsigned int nr)
{
	unsigned int now;

	/* Pairs with smp_store_release() in fake_vcpu_complete(). */
	return !read_poll_timeout(smp_load_acquire, now, now >= nr, POLL_US, WAIT_US, false,
				  &fake_vcpu_at(vm, id)->nr_done);
}

bool fake_wait_entries(struct axvm_vm *vm, u32 id, unsigned long nr)
{
	unsigned long now;

	return !read_poll_timeout(READ_ONCE, now, now >= nr, POLL_US, WAIT_US, false,
				  fake_vcpu_at(vm, id)->entries);
}

bool fake_wait_held(int nr)
{
	int now;

	return !read_poll_timeout(atomic_read, now, now == nr, POLL_US, WAIT_US, false,
				  &fake_arch.held);
}

/* --- configurations and VMs --- */

static const struct axvm_region_cfg default_regions[] = {
	{
		.gpa = FAKE_MEM_GPA,
		.len = FAKE_MEM_LEN,
		.flags = AXVM_REGION_READ | AXVM_REGION_WRITE | AXVM_REGION_EXEC,
	},
	{
		.gpa = FAKE_ROM_GPA,
		.len = FAKE_ROM_LEN,
		.flags = AXVM_REGION_READ,
	},
};

static const struct axvm_device_cfg default_devices[] = {
	{
		.name = "window",
		.type = "fake",
		.base = FAKE_DEV_GPA,
		.len = FAKE_DEV_LEN,
	},
	{
		.name = "port",
		.type = "fake-port",
		.base = FAKE_DEV_PORT,
		.len = 16,
	},
};

struct fake_cfg *fake_cfg_create(struct kunit *test, u32 nr_vcpus)
{
	struct fake_cfg *fake = kunit_kzalloc(test, sizeof(*fake), GFP_KERNEL);
	u32 i;

	KUNIT_ASSERT_NOT_NULL(test, fake);
	KUNIT_ASSERT_LE(test, nr_vcpus, FAKE_MAX_VCPUS);
	memcpy(fake->regions, default_regions, sizeof(default_regions));
	memcpy(fake->devices, default_devices, sizeof(default_devices));
	for (i = 0; i < nr_vcpus; i++) {
		fake->vcpus[i].id = i;
		fake->vcpus[i].hw_id = FAKE_HW_ID + i;
	}
	fake->cfg.vcpus = fake->vcpus;
	fake->cfg.nr_vcpus = nr_vcpus;
	fake->cfg.regions = fake->regions;
	fake->cfg.nr_regions = ARRAY_SIZE(default_regions);
	fake->cfg.devices = fake->devices;
	fake->cfg.nr_devices = ARRAY_SIZE(default_devices);
	return fake;
}

static bool keep_ref(struct axvm_vm *vm)
{
	int i;

	for (i = 0; i < FAKE_MAX_REFS; i++) {
		if (fake_arch.refs[i])
			continue;
		fake_arch.refs[i] = vm;
		return true;
	}
	return false;
}

struct axvm_vm *fake_vm_create_from(const struct fake_cfg *cfg, struct axvm_error *err)
{
	struct axvm_vm *vm = axvm_vm_create(&cfg->cfg, err);

	if (IS_ERR(vm) || keep_ref(vm))
		return vm;
	fake_vm_destroy_now(vm);
	axvm_vm_put(vm);
	return ERR_PTR(-E2BIG);
}

struct axvm_vm *fake_vm_create(struct kunit *test, u32 nr_vcpus)
{
	struct axvm_error err = {};
	struct axvm_vm *vm = fake_vm_create_from(fake_cfg_create(test, nr_vcpus), &err);

	KUNIT_ASSERT_FALSE_MSG(test, IS_ERR(vm), "%ld: %s", PTR_ERR(vm), err.msg);
	return vm;
}

void fake_vm_put(struct axvm_vm *vm)
{
	int i;

	for (i = 0; i < FAKE_MAX_REFS; i++) {
		if (fake_arch.refs[i] != vm)
			continue;
		fake_arch.refs[i] = NULL;
		axvm_vm_put(vm);
		return;
	}
}

int fake_vm_start(struct axvm_vm *vm)
{
	static const u64 args[AXVM_BOOT_ARGS] = { 1, 2, 3, 4 };
	const u64 entry = FAKE_ENTRY;

	return axvm_vm_start(vm, &entry, args, NULL);
}

int fake_vm_destroy_now(struct axvm_vm *vm)
{
	return axvm_vm_destroy(vm, true, AXVM_REASON_REQUEST, NULL);
}

struct fake_vm *fake_vm_of(struct axvm_vm *vm)
{
	return container_of(vm, struct fake_vm, vm);
}

struct fake_vcpu *fake_vcpu_at(struct axvm_vm *vm, u32 id)
{
	return container_of(vm->vcpus[id], struct fake_vcpu, vcpu);
}

struct fake_device *fake_device_at(struct axvm_vm *vm, u32 n)
{
	struct axvm_device *dev;

	list_for_each_entry(dev, &vm->devices.list, node)
		if (!n--)
			return to_fake_device(dev);
	return NULL;
}

void fake_vcpu_script(struct axvm_vm *vm, u32 id, const struct fake_step *script, size_t nr_steps)
{
	struct fake_vcpu *fake = fake_vcpu_at(vm, id);

	fake->script = script;
	fake->nr_steps = nr_steps;
	fake->pos = 0;
}

/* --- each case --- */

static const struct axvm_arch_ops *machine_ops;
static struct axvm_arch_info swapped_info;
static long pages_before;

int fake_arch_init(struct kunit *test)
{
	if (axvm_vm_count())
		return -EBUSY;
	memset(&fake_arch, 0, sizeof(fake_arch));
	init_waitqueue_head(&fake_arch.hold_wait);
	spin_lock_init(&fake_arch.events_lock);
	INIT_DELAYED_WORK(&fake_arch.release, release_work);
	pages_before = axvm_host_pages_in_use();
	swapped_info = fake_arch_info;
	machine_ops = axvm_arch_swap_for_test(&fake_arch_ops, &swapped_info);
	axvm_event_observe_for_test(record_event);
	return 0;
}

static void destroy_vms(void)
{
	struct axvm_vm *vm;
	u32 id = 0;
	int i;

	while ((vm = axvm_vm_lookup_next(&id))) {
		fake_vm_destroy_now(vm);
		axvm_vm_put(vm);
	}
	for (i = 0; i < FAKE_MAX_REFS; i++)
		if (fake_arch.refs[i])
			fake_vm_put(fake_arch.refs[i]);
}

void fake_arch_exit(struct kunit *test)
{
	if (!machine_ops && axvm_arch != &fake_arch_ops)
		return;
	cancel_delayed_work_sync(&fake_arch.release);
	fake_arch_release();
	destroy_vms();
	axvm_event_observe_for_test(NULL);
	axvm_arch_swap_for_test(machine_ops, &swapped_info);
	machine_ops = NULL;

	KUNIT_EXPECT_EQ(test, axvm_vm_count(), 0);
	KUNIT_EXPECT_EQ(test, axvm_host_pages_in_use(), pages_before);
	KUNIT_EXPECT_EQ(test, atomic_read(&fake_arch.vms), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&fake_arch.vcpus), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&fake_arch.devices), 0);
	KUNIT_EXPECT_STREQ(test, fake_arch.broken_promise ?: "", "");
}
