// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit: making VMs and failing to, the registry, images, owners, threads.
 */
#include <linux/array_size.h>
#include <linux/cpumask.h>
#include <linux/jiffies.h>
#include <linux/sched.h>
#include <linux/sched/isolation.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <kunit/test.h>

#include "compat.h"
#include "fake_arch.h"

/* --- registry --- */

static struct axvm_vm *create_named(struct kunit *test, const char *name, struct axvm_error *err)
{
	struct fake_cfg *cfg = fake_cfg_create(test, 1);

	strscpy(cfg->cfg.name, name);
	return fake_vm_create_from(cfg, err);
}

static struct axvm_vm *create_with_id(struct kunit *test, u32 id, struct axvm_error *err)
{
	struct fake_cfg *cfg = fake_cfg_create(test, 1);

	cfg->cfg.has_id = true;
	cfg->cfg.id = id;
	return fake_vm_create_from(cfg, err);
}

static void ids_are_lowest_free(struct kunit *test)
{
	struct axvm_vm *second;
	struct axvm_error err = {};

	KUNIT_EXPECT_EQ(test, fake_vm_create(test, 1)->id, 1);
	second = fake_vm_create(test, 1);
	KUNIT_EXPECT_EQ(test, second->id, 2);
	KUNIT_EXPECT_EQ(test, fake_vm_create(test, 1)->id, 3);
	KUNIT_ASSERT_FALSE(test, IS_ERR(create_with_id(test, 4, &err)));
	KUNIT_EXPECT_EQ(test, axvm_vm_count(), 4);

	/* An id is free once its VM is destroyed, also while somebody still looks at it. */
	KUNIT_EXPECT_EQ(test, fake_vm_destroy_now(second), 0);
	KUNIT_EXPECT_EQ(test, fake_vm_create(test, 1)->id, 2);
	KUNIT_EXPECT_EQ(test, fake_vm_create(test, 1)->id, 5);
}

static void ids_are_unique(struct kunit *test)
{
	struct axvm_error err = {};
	struct axvm_vm *vm = create_with_id(test, 7, &err);

	KUNIT_ASSERT_FALSE(test, IS_ERR(vm));
	KUNIT_EXPECT_EQ(test, vm->id, 7);
	KUNIT_EXPECT_STREQ(test, vm->name, "vm7");
	KUNIT_EXPECT_EQ(test, PTR_ERR(create_with_id(test, 7, &err)), -EEXIST);
	KUNIT_EXPECT_NOT_NULL(test, err.msg);
	KUNIT_EXPECT_EQ(test, PTR_ERR(create_with_id(test, INT_MAX, &err)), -EINVAL);
	KUNIT_EXPECT_EQ(test, PTR_ERR(create_with_id(test, U32_MAX, &err)), -EINVAL);
	KUNIT_EXPECT_EQ(test, axvm_vm_count(), 1);
}

static void names_are_unique(struct kunit *test)
{
	struct axvm_error err = {};
	struct axvm_vm *vm = create_named(test, "first", &err);

	KUNIT_ASSERT_FALSE(test, IS_ERR(vm));
	KUNIT_EXPECT_STREQ(test, vm->name, "first");
	KUNIT_EXPECT_EQ(test, PTR_ERR(create_named(test, "first", &err)), -EEXIST);
	KUNIT_EXPECT_NOT_NULL(test, err.msg);
	KUNIT_EXPECT_EQ(test, axvm_vm_count(), 1);

	KUNIT_EXPECT_EQ(test, fake_vm_destroy_now(vm), 0);
	KUNIT_EXPECT_FALSE(test, IS_ERR(create_named(test, "first", &err)));
}

/* The name that a VM would get by default is somebody's own choice. */
static void default_name_may_be_taken(struct kunit *test)
{
	struct fake_cfg *cfg = fake_cfg_create(test, 1);
	struct axvm_error err = {};

	cfg->cfg.has_id = true;
	cfg->cfg.id = 9;
	strscpy(cfg->cfg.name, "vm1");
	KUNIT_ASSERT_FALSE(test, IS_ERR(fake_vm_create_from(cfg, &err)));

	KUNIT_EXPECT_EQ(test, PTR_ERR(create_named(test, "", &err)), -EEXIST);
	KUNIT_EXPECT_NOT_NULL(test, err.msg);
	KUNIT_EXPECT_NULL(test, axvm_vm_lookup(1));
	KUNIT_EXPECT_EQ(test, axvm_vm_count(), 1);
	KUNIT_EXPECT_FALSE(test, IS_ERR(create_named(test, "other", &err)));
}

static void lookup_takes_reference(struct kunit *test)
{
	struct axvm_error err = {};
	struct axvm_vm *vm = create_named(test, "wanted", &err);

	KUNIT_ASSERT_FALSE(test, IS_ERR(vm));
	KUNIT_EXPECT_EQ(test, kref_read(&vm->ref), 2);
	KUNIT_EXPECT_PTR_EQ(test, axvm_vm_lookup(vm->id), vm);
	KUNIT_EXPECT_PTR_EQ(test, axvm_vm_lookup_name("wanted"), vm);
	KUNIT_EXPECT_EQ(test, kref_read(&vm->ref), 4);
	axvm_vm_put(vm);
	axvm_vm_put(vm);

	KUNIT_EXPECT_NULL(test, axvm_vm_lookup(vm->id + 1));
	KUNIT_EXPECT_NULL(test, axvm_vm_lookup(U32_MAX));
	KUNIT_EXPECT_NULL(test, axvm_vm_lookup_name("want"));
	KUNIT_EXPECT_NULL(test, axvm_vm_lookup_name(""));
}

static void lookup_next_walks_in_order(struct kunit *test)
{
	static const u32 ids[] = { 30, 10, 20 };
	static const u32 sorted[] = { 10, 20, 30 };
	struct axvm_error err = {};
	struct axvm_vm *vm;
	u32 id = 0;
	int i;

	for (i = 0; i < ARRAY_SIZE(ids); i++)
		KUNIT_ASSERT_FALSE(test, IS_ERR(create_with_id(test, ids[i], &err)));
	for (i = 0; i < ARRAY_SIZE(sorted); i++, id++) {
		vm = axvm_vm_lookup_next(&id);
		KUNIT_ASSERT_NOT_NULL(test, vm);
		KUNIT_EXPECT_EQ(test, id, sorted[i]);
		KUNIT_EXPECT_EQ(test, vm->id, sorted[i]);
		axvm_vm_put(vm);
	}
	KUNIT_EXPECT_NULL(test, axvm_vm_lookup_next(&id));
	id = U32_MAX;
	KUNIT_EXPECT_NULL(test, axvm_vm_lookup_next(&id));
}

static void references_outlive_destroy(struct kunit *test)
{
	struct axvm_vm *vm = fake_vm_create(test, 2);
	u8 byte = 0;

	KUNIT_ASSERT_EQ(test, fake_vm_start(vm), 0);
	KUNIT_EXPECT_EQ(test, fake_vm_destroy_now(vm), 0);
	KUNIT_EXPECT_NULL(test, axvm_vm_lookup(1));
	KUNIT_EXPECT_EQ(test, axvm_vm_count(), 0);
	KUNIT_EXPECT_EQ(test, kref_read(&vm->ref), 1);
	KUNIT_EXPECT_EQ(test, vm->state, AXVM_STATE_DESTROYED);
	/* Whoever holds it may still look at its memory. */
	KUNIT_EXPECT_EQ(test, axvm_gmem_read(&vm->gmem, FAKE_MEM_GPA, &byte, 1), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&fake_arch.vms), 1);
	fake_vm_put(vm);
	KUNIT_EXPECT_EQ(test, atomic_read(&fake_arch.vms), 0);
}

/* --- failing to make one --- */

static void no_vcpus(struct fake_cfg *cfg)
{
	cfg->cfg.nr_vcpus = 0;
}

static void too_many_vcpus(struct fake_cfg *cfg)
{
	cfg->cfg.nr_vcpus = AXVM_MAX_VCPUS + 1;
}

static void vcpu_id_gap(struct fake_cfg *cfg)
{
	cfg->vcpus[1].id = 3;
}

static void vcpu_id_twice(struct fake_cfg *cfg)
{
	cfg->vcpus[2].id = 0;
}

static void hw_id_twice(struct fake_cfg *cfg)
{
	cfg->vcpus[2].hw_id = cfg->vcpus[1].hw_id;
}

static void no_regions(struct fake_cfg *cfg)
{
	cfg->cfg.nr_regions = 0;
}

static void region_misaligned(struct fake_cfg *cfg)
{
	cfg->regions[1].gpa += 0x800;
}

static void regions_overlap(struct fake_cfg *cfg)
{
	cfg->regions[1].gpa = FAKE_MEM_GPA + FAKE_MEM_LEN - 0x1000;
}

static void device_type_unknown(struct fake_cfg *cfg)
{
	strscpy(cfg->devices[1].type, "flux-capacitor");
}

static void device_name_twice(struct fake_cfg *cfg)
{
	strscpy(cfg->devices[1].name, cfg->devices[0].name);
}

static void devices_overlap(struct fake_cfg *cfg)
{
	cfg->devices[2] = cfg->devices[0];
	strscpy(cfg->devices[2].name, "third");
	cfg->devices[2].base += FAKE_DEV_LEN - 8;
	cfg->cfg.nr_devices = 3;
}

static void device_in_memory(struct fake_cfg *cfg)
{
	cfg->devices[0].base = FAKE_ROM_GPA + FAKE_ROM_LEN - 8;
}

static void irq_without_controller(struct fake_cfg *cfg)
{
	cfg->devices[1].irq = 1;
}

static void unknown_flag(struct fake_cfg *cfg)
{
	cfg->cfg.flags = BIT(31);
}

static void vectors_too_long(struct fake_cfg *cfg)
{
	cfg->cfg.vector_bits = 2 * FAKE_VECTOR_BITS;
}

static void backend_refuses_vm(struct fake_cfg *cfg)
{
	fake_arch.fail_vm_init = -ENODEV;
}

static void backend_refuses_vcpu(struct fake_cfg *cfg)
{
	fake_arch.fail_vcpu_init = -ENODEV;
	fake_arch.fail_vcpu_id = 2;
}

static const struct refusal {
	const char *name;
	void (*spoil)(struct fake_cfg *cfg);
	int ret;
	enum axvm_item item;
	int index;
} refusals[] = {
	{ "no vCPUs", no_vcpus, -EINVAL },
	{ "too many vCPUs", too_many_vcpus, -EINVAL },
	{ "gap in the vCPU ids", vcpu_id_gap, -EINVAL, AXVM_ITEM_VCPU, 1 },
	{ "vCPU id twice", vcpu_id_twice, -EINVAL, AXVM_ITEM_VCPU, 2 },
	{ "hardware id twice", hw_id_twice, -EINVAL, AXVM_ITEM_VCPU, 2 },
	{ "backend refuses a vCPU", backend_refuses_vcpu, -ENODEV, AXVM_ITEM_VCPU, 2 },
	{ "no memory region", no_regions, -EINVAL },
	{ "region misaligned", region_misaligned, -EINVAL, AXVM_ITEM_REGION, 1 },
	{ "regions overlap", regions_overlap, -EEXIST, AXVM_ITEM_REGION, 1 },
	{ "device type unknown", device_type_unknown, -ENOENT, AXVM_ITEM_DEVICE, 1 },
	{ "device name twice", device_name_twice, -EEXIST, AXVM_ITEM_DEVICE, 1 },
	{ "devices overlap", devices_overlap, -EEXIST, AXVM_ITEM_DEVICE, 2 },
	{ "interrupt without controller", irq_without_controller, -EINVAL, AXVM_ITEM_DEVICE, 1 },
	{ "device in memory", device_in_memory, -EEXIST },
	{ "unknown flag", unknown_flag, -EINVAL },
	{ "vectors too long", vectors_too_long, -EOPNOTSUPP },
	{ "backend refuses the VM", backend_refuses_vm, -ENODEV },
};

KUNIT_ARRAY_PARAM_DESC(refusal, refusals, name);

static void create_refuses(struct kunit *test)
{
	const struct refusal *refusal = test->param_value;
	struct fake_cfg *cfg = fake_cfg_create(test, 3);
	long pages = axvm_host_pages_in_use();
	struct axvm_error err = {};

	refusal->spoil(cfg);
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(fake_vm_create_from(cfg, &err)), refusal->ret);
	if (refusal->spoil != backend_refuses_vm)
		KUNIT_EXPECT_NOT_NULL(test, err.msg);
	if (refusal->item) {
		KUNIT_EXPECT_EQ(test, err.item, refusal->item);
		KUNIT_EXPECT_EQ(test, err.index, refusal->index);
	}
	KUNIT_EXPECT_EQ(test, axvm_vm_count(), 0);
	KUNIT_EXPECT_EQ(test, axvm_host_pages_in_use(), pages);
	KUNIT_EXPECT_EQ(test, atomic_read(&fake_arch.vms), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&fake_arch.vcpus), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&fake_arch.devices), 0);
	KUNIT_EXPECT_EQ(test, fake_arch.nr_events, 0);

	fake_arch.fail_vm_init = 0;
	fake_arch.fail_vcpu_init = 0;
	fake_vm_create(test, 3);
}

/* --- images --- */

#define IMAGE_LEN	5000	/* more than a page, and not whole pages */

/* Bytes that differ from image to image and from page to page. */
static u8 image_byte(u8 seed, unsigned int n)
{
	return seed + n * 7 + n / 256;
}

static int load_image(struct axvm_vm *vm, u64 gpa, u64 len, u8 seed)
{
	u8 *data = kvmalloc(max(len, 1ULL), GFP_KERNEL);
	unsigned int n;
	int ret;

	if (!data)
		return -ENOMEM;
	for (n = 0; n < len; n++)
		data[n] = image_byte(seed, n);
	ret = axvm_vm_load_image(vm, gpa, data, len, 0);
	if (ret)
		kvfree(data);
	return ret;
}

static void expect_image(struct kunit *test, struct axvm_vm *vm, u64 gpa, u8 seed)
{
	u8 *data = kunit_kzalloc(test, IMAGE_LEN, GFP_KERNEL);
	unsigned int n, wrong = 0;

	KUNIT_ASSERT_NOT_NULL(test, data);
	KUNIT_ASSERT_EQ(test, axvm_gmem_read(&vm->gmem, gpa, data, IMAGE_LEN), 0);
	for (n = 0; n < IMAGE_LEN; n++)
		wrong += data[n] != image_byte(seed, n);
	KUNIT_EXPECT_EQ(test, wrong, 0);
}

static void scribble(struct kunit *test, struct axvm_vm *vm, u64 gpa)
{
	const u64 garbage = 0xdeadbeefdeadbeefULL;

	KUNIT_ASSERT_EQ(test, axvm_gmem_write(&vm->gmem, gpa, &garbage, sizeof(garbage)), 0);
}

static u64 peek(struct axvm_vm *vm, u64 gpa)
{
	u64 value = ~0ULL;

	axvm_gmem_read(&vm->gmem, gpa, &value, sizeof(value));
	return value;
}

static void images_are_in_memory(struct kunit *test)
{
	struct axvm_vm *vm = fake_vm_create(test, 1);
	const u64 last = FAKE_MEM_GPA + FAKE_MEM_LEN - IMAGE_LEN;

	KUNIT_EXPECT_EQ(test, load_image(vm, FAKE_MEM_GPA + 3, IMAGE_LEN, 1), 0);
	KUNIT_EXPECT_EQ(test, load_image(vm, last, IMAGE_LEN, 2), 0);
	/* The guest's permissions do not bind whoever loads. */
	KUNIT_EXPECT_EQ(test, load_image(vm, FAKE_ROM_GPA, IMAGE_LEN, 3), 0);
	KUNIT_EXPECT_EQ(test, vm->nr_images, 3);
	expect_image(test, vm, FAKE_MEM_GPA + 3, 1);
	expect_image(test, vm, last, 2);
	expect_image(test, vm, FAKE_ROM_GPA, 3);
}

static void images_stay_inside_regions(struct kunit *test)
{
	struct axvm_vm *vm = fake_vm_create(test, 1);
	const u64 end = FAKE_MEM_GPA + FAKE_MEM_LEN;

	KUNIT_EXPECT_EQ(test, load_image(vm, 0, 16, 1), -ERANGE);
	KUNIT_EXPECT_EQ(test, load_image(vm, FAKE_MEM_GPA - 1, 16, 1), -ERANGE);
	KUNIT_EXPECT_EQ(test, load_image(vm, end - 15, 16, 1), -ERANGE);
	KUNIT_EXPECT_EQ(test, load_image(vm, end, 16, 1), -ERANGE);
	KUNIT_EXPECT_EQ(test, load_image(vm, U64_MAX, 16, 1), -ERANGE);
	KUNIT_EXPECT_EQ(test, vm->nr_images, 0);
}

static void images_are_limited(struct kunit *test)
{
	struct axvm_vm *vm = fake_vm_create(test, 1);
	int i;

	for (i = 0; i < AXVM_MAX_IMAGES; i++)
		KUNIT_ASSERT_EQ(test, load_image(vm, FAKE_MEM_GPA + i * 64, 64, i), 0);
	KUNIT_EXPECT_EQ(test, load_image(vm, FAKE_MEM_GPA, 64, 0), -ENOSPC);
}

static void reset_restores_images(struct kunit *test)
{
	struct axvm_vm *vm = fake_vm_create(test, 1);
	const u64 elsewhere = FAKE_MEM_GPA + 0x200000;
	unsigned int resets;

	KUNIT_ASSERT_EQ(test, load_image(vm, FAKE_MEM_GPA, IMAGE_LEN, 1), 0);
	/* The later one wins where they meet, again and again. */
	KUNIT_ASSERT_EQ(test, load_image(vm, FAKE_MEM_GPA + 16, IMAGE_LEN, 2), 0);
	KUNIT_ASSERT_EQ(test, fake_vm_start(vm), 0);
	KUNIT_ASSERT_EQ(test, axvm_vm_stop(vm, NULL), 0);
	scribble(test, vm, FAKE_MEM_GPA + 32);
	scribble(test, vm, elsewhere);
	resets = fake_device_at(vm, 0)->resets;

	KUNIT_EXPECT_EQ(test, axvm_vm_reset(vm, NULL), 0);
	expect_image(test, vm, FAKE_MEM_GPA + 16, 2);
	KUNIT_EXPECT_EQ(test, peek(vm, FAKE_MEM_GPA) & U8_MAX, image_byte(1, 0));
	KUNIT_EXPECT_EQ(test, peek(vm, elsewhere), 0);
	KUNIT_EXPECT_EQ(test, fake_device_at(vm, 0)->resets, resets + 1);
}

static void reboot_restores_images(struct kunit *test)
{
	static const struct fake_step script[] = {
		FAKE_PLAIN(HALT),
		FAKE_SYSTEM(REBOOT, 0),
		FAKE_SYSTEM(POWEROFF, 0),
	};
	struct axvm_vm *vm = fake_vm_create(test, 1);
	const u64 elsewhere = FAKE_MEM_GPA + FAKE_MEM_LEN - 8;

	KUNIT_ASSERT_EQ(test, load_image(vm, FAKE_MEM_GPA, IMAGE_LEN, 1), 0);
	fake_vcpu_script(vm, 0, script, ARRAY_SIZE(script));
	KUNIT_ASSERT_EQ(test, fake_vm_start(vm), 0);
	KUNIT_ASSERT_TRUE(test, fake_wait_done(vm, 0, 1));
	scribble(test, vm, FAKE_MEM_GPA + 4096);
	scribble(test, vm, elsewhere);
	fake_vcpu_interrupt(vm, 0);

	KUNIT_ASSERT_TRUE(test, fake_wait_state(vm, AXVM_STATE_STOPPED));
	KUNIT_EXPECT_EQ(test, fake_vcpu_at(vm, 0)->resets, 2);
	expect_image(test, vm, FAKE_MEM_GPA, 1);
	KUNIT_EXPECT_EQ(test, peek(vm, elsewhere), 0);
}

/* --- owners --- */

static struct axvm_vm *create_owned(struct kunit *test, u32 flags)
{
	struct fake_cfg *cfg = fake_cfg_create(test, 1);
	struct axvm_error err = {};
	struct axvm_vm *vm;

	cfg->cfg.flags = flags;
	vm = fake_vm_create_from(cfg, &err);
	KUNIT_ASSERT_FALSE(test, IS_ERR(vm));
	axvm_vm_owner_get(vm);
	axvm_vm_owner_get(vm);
	return vm;
}

static void owned_vm_ends_with_last_owner(struct kunit *test)
{
	static const struct fake_event expected[] = {
		{ .old_state = AXVM_STATE_RUNNING, .state = AXVM_STATE_STOPPING,
		  .reason = AXVM_REASON_OWNER_CLOSED },
		{ .old_state = AXVM_STATE_STOPPING, .state = AXVM_STATE_STOPPED,
		  .reason = AXVM_REASON_OWNER_CLOSED },
		{ .old_state = AXVM_STATE_STOPPED, .state = AXVM_STATE_DESTROYED,
		  .reason = AXVM_REASON_OWNER_CLOSED },
	};
	struct axvm_vm *vm = create_owned(test, AXVM_VM_OWNED);

	KUNIT_ASSERT_EQ(test, fake_vm_start(vm), 0);
	axvm_vm_owner_put(vm);
	KUNIT_EXPECT_EQ(test, vm->state, AXVM_STATE_RUNNING);
	axvm_vm_owner_put(vm);
	fake_expect_events(test, vm, 3, expected, ARRAY_SIZE(expected));
	KUNIT_EXPECT_EQ(test, axvm_vm_count(), 0);
}

/* Destroyed before: the last owner finds nothing left to do. */
static void owned_vm_may_be_destroyed(struct kunit *test)
{
	struct axvm_vm *vm = create_owned(test, AXVM_VM_OWNED);
	unsigned int events;

	KUNIT_EXPECT_EQ(test, fake_vm_destroy_now(vm), 0);
	events = fake_events_so_far(vm);
	axvm_vm_owner_put(vm);
	axvm_vm_owner_put(vm);
	KUNIT_EXPECT_EQ(test, fake_events_so_far(vm), events);
}

static void plain_vm_outlives_descriptors(struct kunit *test)
{
	struct axvm_vm *vm = create_owned(test, 0);

	KUNIT_ASSERT_EQ(test, fake_vm_start(vm), 0);
	axvm_vm_owner_put(vm);
	axvm_vm_owner_put(vm);
	KUNIT_EXPECT_EQ(test, vm->state, AXVM_STATE_RUNNING);
	KUNIT_EXPECT_EQ(test, axvm_vm_count(), 1);
}

/* --- threads --- */

static void threads_are_named(struct kunit *test)
{
	struct axvm_error err = {};
	struct fake_cfg *cfg = fake_cfg_create(test, 2);
	struct axvm_vm *vm;

	strscpy(cfg->cfg.name, "web");
	vm = fake_vm_create_from(cfg, &err);
	KUNIT_ASSERT_FALSE(test, IS_ERR(vm));
	KUNIT_EXPECT_NULL(test, vm->vcpus[0]->task);
	KUNIT_ASSERT_EQ(test, fake_vm_start(vm), 0);
	KUNIT_EXPECT_STREQ(test, vm->vcpus[0]->task->comm, "axvm/web/0");
	KUNIT_EXPECT_STREQ(test, vm->vcpus[1]->task->comm, "axvm/web/1");
}

/* A thread sets its CPUs itself, as the first thing that it does. */
static bool has_cpus(const struct axvm_vcpu *vcpu, const struct cpumask *cpus)
{
	unsigned long end = jiffies + 10 * HZ;

	while (!cpumask_equal(cpus, vcpu->task->cpus_ptr)) {
		if (time_after(jiffies, end))
			return false;
		schedule_timeout_uninterruptible(1);
	}
	return true;
}

/* All but those that are set apart with isolcpus=, if there is no wish. */
static void threads_keep_to_their_cpus(struct kunit *test)
{
	const struct cpumask *all = housekeeping_cpumask(HK_TYPE_DOMAIN_BOOT);
	struct fake_cfg *cfg = fake_cfg_create(test, 2);
	int cpu = cpumask_last(cpu_online_mask);
	struct axvm_error err = {};
	struct axvm_vm *vm;

	cpumask_set_cpu(cpu, &cfg->vcpus[1].affinity);
	vm = fake_vm_create_from(cfg, &err);
	KUNIT_ASSERT_FALSE(test, IS_ERR(vm));
	KUNIT_ASSERT_EQ(test, fake_vm_start(vm), 0);
	KUNIT_EXPECT_TRUE(test, has_cpus(vm->vcpus[0], all));
	KUNIT_EXPECT_TRUE(test, has_cpus(vm->vcpus[1], cpumask_of(cpu)));
}

static void affinity_needs_cpu_online(struct kunit *test)
{
	struct fake_cfg *cfg = fake_cfg_create(test, 1);
	unsigned int cpu = cpumask_first_zero(cpu_online_mask);
	struct axvm_error err = {};

	if (cpu >= nr_cpumask_bits)
		kunit_skip(test, "every CPU that there can be is online");
	__set_bit(cpu, cpumask_bits(&cfg->vcpus[0].affinity));
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(fake_vm_create_from(cfg, &err)), -EINVAL);
	KUNIT_EXPECT_NOT_NULL(test, err.msg);
}

static void vectors_are_granted(struct kunit *test)
{
	static const u32 wanted[] = { 0, FAKE_VECTOR_BITS, AXVM_VECTORS_LONGEST };
	struct fake_cfg *cfg = fake_cfg_create(test, 1);
	struct axvm_error err = {};
	struct axvm_vm *vm;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(wanted); i++) {
		cfg->cfg.vector_bits = wanted[i];
		vm = fake_vm_create_from(cfg, &err);
		KUNIT_ASSERT_FALSE(test, IS_ERR(vm));
		KUNIT_EXPECT_EQ(test, vm->vector_bits, wanted[i] ? FAKE_VECTOR_BITS : 0);
	}
}

/* --- leaks --- */

static void cycles_leave_nothing(struct kunit *test)
{
	static const struct fake_step script[] = {
		FAKE_FAULT(FAKE_MEM_GPA + 0x3000, AXVM_PROT_WRITE),
		FAKE_FAULT(FAKE_ROM_GPA, AXVM_PROT_READ),
		FAKE_SYSTEM(POWEROFF, 0),
	};
	long pages = axvm_host_pages_in_use();
	struct axvm_vm *vm;
	int i;

	for (i = 0; i < 10; i++) {
		vm = fake_vm_create(test, 2);
		KUNIT_ASSERT_EQ(test, load_image(vm, FAKE_MEM_GPA, IMAGE_LEN, i), 0);
		fake_vcpu_script(vm, 0, script, ARRAY_SIZE(script));
		KUNIT_ASSERT_EQ(test, fake_vm_start(vm), 0);
		KUNIT_ASSERT_TRUE(test, fake_wait_state(vm, AXVM_STATE_STOPPED));
		KUNIT_EXPECT_GT(test, axvm_host_pages_in_use(), pages);
		KUNIT_EXPECT_EQ(test, fake_vm_destroy_now(vm), 0);
		fake_vm_put(vm);
		KUNIT_EXPECT_EQ(test, axvm_host_pages_in_use(), pages);
		KUNIT_EXPECT_EQ(test, axvm_vm_count(), 0);
	}
}

static struct kunit_case vm_cases[] = {
	KUNIT_CASE(ids_are_lowest_free),
	KUNIT_CASE(ids_are_unique),
	KUNIT_CASE(names_are_unique),
	KUNIT_CASE(default_name_may_be_taken),
	KUNIT_CASE(lookup_takes_reference),
	KUNIT_CASE(lookup_next_walks_in_order),
	KUNIT_CASE(references_outlive_destroy),
	KUNIT_CASE_PARAM(create_refuses, refusal_gen_params),
	KUNIT_CASE(images_are_in_memory),
	KUNIT_CASE(images_stay_inside_regions),
	KUNIT_CASE(images_are_limited),
	KUNIT_CASE(reset_restores_images),
	KUNIT_CASE(reboot_restores_images),
	KUNIT_CASE(owned_vm_ends_with_last_owner),
	KUNIT_CASE(owned_vm_may_be_destroyed),
	KUNIT_CASE(plain_vm_outlives_descriptors),
	KUNIT_CASE(threads_are_named),
	KUNIT_CASE(threads_keep_to_their_cpus),
	KUNIT_CASE(affinity_needs_cpu_online),
	KUNIT_CASE(vectors_are_granted),
	KUNIT_CASE(cycles_leave_nothing),
	{}
};

static struct kunit_suite vm_suite = {
	.name = "axvm-vm",
	.init = fake_arch_init,
	.exit = fake_arch_exit,
	.test_cases = vm_cases,
};

kunit_test_suite(vm_suite);
