// SPDX-License-Identifier: GPL-2.0
/*
 * VMs: making one, the registry, images, references.
 *
 * The state machine is in vm_state.c. Called from the edge (netlink, chardev),
 * in process context.
 */
#include <linux/ctype.h>
#include <linux/idr.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/overflow.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include <kunit/visibility.h>

#include "arch.h"
#include "console_tty.h"
#include "debugfs.h"
#include "vm.h"
#include "vm_state.h"

#define RELOAD_PIECE	SZ_64K

/* Protects the tree and the names in it; taken inside of a VM's state_lock, too. */
static DEFINE_MUTEX(registry_lock);
static DEFINE_IDR(registry);
static unsigned int registry_count;

/* --- making --- */

static bool ids_are_complete(const struct axvm_vm_cfg *cfg, u32 index)
{
	const struct axvm_vcpu_cfg *vcpu = &cfg->vcpus[index];
	u32 i;

	if (vcpu->id >= cfg->nr_vcpus)
		return false;
	for (i = 0; i < index; i++)
		if (cfg->vcpus[i].id == vcpu->id || cfg->vcpus[i].hw_id == vcpu->hw_id)
			return false;
	return true;
}

static int create_vcpus(struct axvm_vm *vm, const struct axvm_vm_cfg *cfg, struct axvm_error *err)
{
	struct axvm_vcpu *vcpu;
	u32 i;

	if (!cfg->nr_vcpus || cfg->nr_vcpus > AXVM_MAX_VCPUS)
		return axvm_fail(err, "a VM has 1 to 64 vCPUs", -EINVAL);
	vm->vcpus = kcalloc(cfg->nr_vcpus, sizeof(*vm->vcpus), GFP_KERNEL_ACCOUNT);
	if (!vm->vcpus)
		return -ENOMEM;

	vm->nr_vcpus = cfg->nr_vcpus;
	for (i = 0; i < cfg->nr_vcpus; i++) {
		err->item = AXVM_ITEM_VCPU;
		err->index = i;
		if (!ids_are_complete(cfg, i))
			return axvm_fail(err, "vCPU ids count from 0, hardware ids are unique",
					 -EINVAL);
		vcpu = axvm_vcpu_create(vm, &cfg->vcpus[i], err);
		if (IS_ERR(vcpu))
			return PTR_ERR(vcpu);
		vm->vcpus[cfg->vcpus[i].id] = vcpu;
	}
	err->item = AXVM_ITEM_NONE;
	return 0;
}

static void destroy_vcpus(struct axvm_vm *vm)
{
	u32 i;

	for (i = 0; i < vm->nr_vcpus; i++)
		if (vm->vcpus[i])
			axvm_vcpu_destroy(vm->vcpus[i]);
	kfree(vm->vcpus);
}

static int add_regions(struct axvm_vm *vm, const struct axvm_vm_cfg *cfg, struct axvm_error *err)
{
	u32 i;
	int ret;

	if (!cfg->nr_regions)
		return axvm_fail(err, "a VM needs a memory region", -EINVAL);
	for (i = 0; i < cfg->nr_regions; i++) {
		err->item = AXVM_ITEM_REGION;
		err->index = i;
		ret = axvm_gmem_add_region(&vm->gmem, &cfg->regions[i], err);
		if (ret)
			return ret;
	}
	err->item = AXVM_ITEM_NONE;
	return 0;
}

static int add_devices(struct axvm_vm *vm, const struct axvm_vm_cfg *cfg, struct axvm_error *err)
{
	u32 i;
	int ret;

	for (i = 0; i < cfg->nr_devices; i++) {
		err->item = AXVM_ITEM_DEVICE;
		err->index = i;
		ret = axvm_devices_add(&vm->devices, &cfg->devices[i], err);
		if (ret)
			return ret;
	}
	err->item = AXVM_ITEM_NONE;
	return 0;
}

static int check_overlaps(struct axvm_vm *vm, struct axvm_error *err)
{
	const struct axvm_region_cfg *region;
	unsigned int i;

	for (i = 0; i < vm->gmem.nr_regions; i++) {
		region = &vm->gmem.regions[i].cfg;
		if (axvm_bus_overlaps(&vm->bus[AXVM_BUS_MMIO], region->gpa, region->len))
			return axvm_fail(err, "a device lies in a memory region", -EEXIST);
	}
	return 0;
}

static void init_fields(struct axvm_vm *vm, const struct axvm_vm_cfg *cfg)
{
	int space;

	kref_init(&vm->ref);
	vm->flags = cfg->flags;
	vm->created_ns = ktime_get_boottime_ns();
	mutex_init(&vm->lock);
	axvm_state_init(vm);
	atomic_set(&vm->nr_on, 0);
	atomic_set(&vm->nr_owners, 0);
	atomic_set(&vm->creator, 0);
	INIT_LIST_HEAD(&vm->images);
	memset(vm->tty_lines, -1, sizeof(vm->tty_lines));
	vm->entry = cfg->entry;
	memcpy(vm->boot_args, cfg->boot_args, sizeof(vm->boot_args));
	vm->vectors_wanted = cfg->vector_bits;
	axvm_usermap_init(&vm->usermap);
	for (space = 0; space < AXVM_BUS_SPACES; space++)
		axvm_bus_init(&vm->bus[space]);
	axvm_devices_init(&vm->devices, vm->bus, &vm->gmem);
	vm->devices.env.system_event = axvm_vm_device_event;
}

static void exit_buses(struct axvm_vm *vm)
{
	int space;

	for (space = 0; space < AXVM_BUS_SPACES; space++)
		axvm_bus_exit(&vm->bus[space]);
}

static void free_images(struct axvm_vm *vm)
{
	struct axvm_image_copy *image, *next;

	list_for_each_entry_safe(image, next, &vm->images, node) {
		list_del(&image->node);
		kvfree(image->data);
		kfree(image);
	}
}

/* vCPUs first: an interrupt controller wants to know how many there are. */
static int build_parts(struct axvm_vm *vm, const struct axvm_vm_cfg *cfg, struct axvm_error *err)
{
	int ret;

	ret = create_vcpus(vm, cfg, err);
	if (!ret)
		ret = add_regions(vm, cfg, err);
	if (!ret)
		ret = add_devices(vm, cfg, err);
	if (!ret)
		ret = check_overlaps(vm, err);
	return ret;
}

/* Takes any VM apart, also one whose making failed half-way. */
static void free_parts(struct axvm_vm *vm)
{
	axvm_devices_exit(&vm->devices);
	exit_buses(vm);
	destroy_vcpus(vm);
	free_images(vm);
	axvm_usermap_exit(&vm->usermap);
}

static int hold_place(struct axvm_vm *vm, struct axvm_error *err)
{
	struct task_struct *place = axvm_host_hold_place();

	if (IS_ERR(place))
		return axvm_fail(err, "the VM's threads cannot join their creator's cgroup",
				 PTR_ERR(place));
	vm->place = place;
	return 0;
}

static struct axvm_vm *alloc_vm(const struct axvm_vm_cfg *cfg, struct axvm_error *err)
{
	struct axvm_vm *vm = kzalloc(axvm_arch->vm_size, GFP_KERNEL_ACCOUNT);
	int ret = -ENOMEM;

	if (!vm)
		return ERR_PTR(ret);
	init_fields(vm, cfg);
	ret = axvm_arch->vm_init(vm);
	if (ret)
		goto err_free;
	if (vm->vectors_wanted && !vm->vector_bits) {
		ret = axvm_fail(err, "guest CPUs cannot have vectors of this length here",
				-EOPNOTSUPP);
		goto err_arch;
	}
	ret = axvm_gmem_init(&vm->gmem, axvm_arch_info.s2_fmt, axvm_arch_info.s2_ops);
	if (ret)
		goto err_arch;
	ret = hold_place(vm, err);
	if (ret)
		goto err_gmem;
	ret = build_parts(vm, cfg, err);
	if (ret)
		goto err_parts;
	return vm;

err_parts:
	free_parts(vm);
	axvm_host_drop_place(vm->place);
err_gmem:
	axvm_gmem_exit(&vm->gmem);
err_arch:
	axvm_arch->vm_destroy(vm);
err_free:
	kfree(vm);
	return ERR_PTR(ret);
}

static void free_vm(struct axvm_vm *vm)
{
	axvm_state_exit(vm);
	free_parts(vm);
	axvm_host_drop_place(vm->place);
	axvm_gmem_exit(&vm->gmem);
	axvm_arch->vm_destroy(vm);
	kfree(vm);
}

/* --- registry --- */

static struct axvm_vm *find_name_locked(const char *name)
{
	struct axvm_vm *vm;
	int id;

	lockdep_assert_held(&registry_lock);
	/* The name of one that is destroyed is free before its id is. */
	idr_for_each_entry(&registry, vm, id)
		if (!strcmp(vm->name, name) && READ_ONCE(vm->state) != AXVM_STATE_DESTROYED)
			return vm;
	return NULL;
}

static int register_locked(struct axvm_vm *vm, const struct axvm_vm_cfg *cfg,
			   struct axvm_error *err)
{
	u32 first = cfg->has_id ? cfg->id : 1;
	int id;

	lockdep_assert_held(&registry_lock);
	if (registry_count >= AXVM_MAX_VMS)
		return axvm_fail(err, "too many VMs", -ENOSPC);
	if (first > INT_MAX - 1)
		return axvm_fail(err, "the id is too large", -EINVAL);
	if (cfg->name[0] && find_name_locked(cfg->name))
		return axvm_fail(err, "a VM of this name exists", -EEXIST);

	id = idr_alloc(&registry, vm, first, cfg->has_id ? first + 1 : 0, GFP_KERNEL);
	if (id == -ENOSPC)
		return axvm_fail(err, "a VM of this id exists", -EEXIST);
	if (id < 0)
		return id;
	vm->id = id;
	WRITE_ONCE(vm->devices.env.vm_id, id);
	if (cfg->name[0])
		strscpy(vm->name, cfg->name);
	else
		snprintf(vm->name, sizeof(vm->name), "vm%d", id);
	return 0;
}

/* A default name may be somebody's chosen one. */
static int register_vm(struct axvm_vm *vm, const struct axvm_vm_cfg *cfg, struct axvm_error *err)
{
	int ret;

	guard(mutex)(&registry_lock);
	ret = register_locked(vm, cfg, err);
	if (ret)
		return ret;
	if (!cfg->name[0]) {
		idr_replace(&registry, NULL, vm->id);
		if (find_name_locked(vm->name)) {
			idr_remove(&registry, vm->id);
			return axvm_fail(err, "the VM's default name is taken: name it", -EEXIST);
		}
		idr_replace(&registry, vm, vm->id);
	}
	registry_count++;
	return 0;
}

/* Files and terminals of the VM: both carry its id, so they are gone before that is free again. */
static void show_vm(struct axvm_vm *vm)
{
	u32 i;

	lockdep_assert_held(&vm->lock);
	axvm_debugfs_add(vm);
	/* One that cannot be had is missed by few: the console is there without it. */
	for (i = 0; i < vm->devices.nr_consoles; i++)
		WRITE_ONCE(vm->tty_lines[i],
			   axvm_tty_add(vm->devices.consoles[i], vm->id, vm->name));
}

void axvm_vm_hide(struct axvm_vm *vm)
{
	u32 i;

	for (i = 0; i < vm->devices.nr_consoles; i++)
		axvm_tty_remove(vm->tty_lines[i]);
	axvm_debugfs_remove(vm);
}

void axvm_vm_unregister(struct axvm_vm *vm)
{
	scoped_guard(mutex, &registry_lock) {
		idr_remove(&registry, vm->id);
		registry_count--;
	}
	WRITE_ONCE(vm->unregistered, true);
	wake_up_all(&vm->state_wait);
	axvm_vm_put(vm);
}

/* --- who watches over an owned VM until somebody opens it --- */

/* VMs with a creator to watch: most sockets that are closed have none. */
static atomic_t nr_watched = ATOMIC_INIT(0);

static void watch_creator(struct axvm_vm *vm, const struct axvm_vm_cfg *cfg)
{
	if (!(cfg->flags & AXVM_VM_OWNED) || !cfg->creator)
		return;
	atomic_set(&vm->creator, cfg->creator);
	atomic_inc(&nr_watched);
}

static void forget_creator(struct axvm_vm *vm)
{
	if (atomic_xchg(&vm->creator, 0))
		atomic_dec(&nr_watched);
}

/* Now, because another socket may have the number soon. */
static bool orphan_locked(struct axvm_vm *vm, u32 creator)
{
	lockdep_assert_held(&registry_lock);
	if ((u32)atomic_cmpxchg(&vm->creator, creator, 0) != creator)
		return false;
	atomic_dec(&nr_watched);
	vm->orphaned = true;
	return true;
}

bool axvm_vms_creator_gone(u32 creator)
{
	struct axvm_vm *vm;
	bool any = false;
	int id;

	if (!creator || !atomic_read(&nr_watched))
		return false;
	guard(mutex)(&registry_lock);
	idr_for_each_entry(&registry, vm, id)
		any |= orphan_locked(vm, creator);
	return any;
}
EXPORT_SYMBOL_IF_KUNIT(axvm_vms_creator_gone);

static bool take_orphan(struct axvm_vm *vm)
{
	bool orphaned;

	guard(mutex)(&registry_lock);
	orphaned = vm->orphaned;
	vm->orphaned = false;
	return orphaned;
}

void axvm_vms_destroy_orphans(void)
{
	struct axvm_vm *vm;
	u32 id = 0;

	while ((vm = axvm_vm_lookup_next(&id))) {
		if (take_orphan(vm))
			axvm_vm_destroy(vm, true, AXVM_REASON_OWNER_CLOSED, NULL);
		axvm_vm_put(vm);
		id++;
	}
}
EXPORT_SYMBOL_IF_KUNIT(axvm_vms_destroy_orphans);

/* --- making, continued --- */

/* Whoever finds the VM in the registry at once does not get ahead of its first event. */
static int announce_vm(struct axvm_vm *vm, const struct axvm_vm_cfg *cfg, struct axvm_error *err)
{
	int ret;

	guard(mutex)(&vm->state_lock);
	ret = register_vm(vm, cfg, err);
	if (!ret)
		axvm_state_announce_locked(vm);
	return ret;
}

/* With vm->lock, so that nobody destroys it before all that shows it is there. */
static int enter_registry(struct axvm_vm *vm, const struct axvm_vm_cfg *cfg, struct axvm_error *err)
{
	struct mem_cgroup *charged;
	int ret;

	guard(mutex)(&vm->lock);
	ret = announce_vm(vm, cfg, err);
	if (ret)
		return ret;
	/* It may be a worker that publishes what a creator asked for. */
	charged = axvm_host_charge_to(vm->gmem.memcg);
	show_vm(vm);
	axvm_host_charge_to(charged);
	return 0;
}

/* Every VM holds the module, from before it exists: an unload may be waiting for us already. */
struct axvm_vm *axvm_vm_alloc(const struct axvm_vm_cfg *cfg, struct axvm_error *err)
{
	struct axvm_vm *vm;

	if (cfg->flags & ~AXVM_VM_OWNED)
		return ERR_PTR(axvm_fail(err, "unknown flags", -EINVAL));
	if (!try_module_get(THIS_MODULE))
		return ERR_PTR(axvm_fail(err, "the module is being unloaded", -ENODEV));
	vm = alloc_vm(cfg, err);
	if (IS_ERR(vm))
		module_put(THIS_MODULE);
	return vm;
}
EXPORT_SYMBOL_IF_KUNIT(axvm_vm_alloc);

int axvm_vm_back(struct axvm_vm *vm, struct axvm_error *err)
{
	return axvm_gmem_prealloc(&vm->gmem, &vm->unwanted, err);
}
EXPORT_SYMBOL_IF_KUNIT(axvm_vm_back);

void axvm_vm_give_up(struct axvm_vm *vm)
{
	WRITE_ONCE(vm->unwanted, true);
}
EXPORT_SYMBOL_IF_KUNIT(axvm_vm_give_up);

int axvm_vm_publish(struct axvm_vm *vm, const struct axvm_vm_cfg *cfg, int ret,
		    struct axvm_error *err)
{
	if (ret)
		goto err_vm;
	watch_creator(vm, cfg);
	axvm_vm_get(vm);	/* the caller's; the first is the registry's */
	ret = enter_registry(vm, cfg, err);
	if (ret)
		goto err_creator;
	return 0;

err_creator:
	forget_creator(vm);
err_vm:
	free_vm(vm);
	module_put(THIS_MODULE);
	return ret;
}
EXPORT_SYMBOL_IF_KUNIT(axvm_vm_publish);

struct axvm_vm *axvm_vm_create(const struct axvm_vm_cfg *cfg, struct axvm_error *err)
{
	struct axvm_vm *vm = axvm_vm_alloc(cfg, err);
	int ret;

	if (IS_ERR(vm))
		return vm;
	ret = axvm_vm_publish(vm, cfg, axvm_vm_back(vm, err), err);
	return ret ? ERR_PTR(ret) : vm;
}
EXPORT_SYMBOL_IF_KUNIT(axvm_vm_create);

static void release_vm(struct kref *ref)
{
	struct axvm_vm *vm = container_of(ref, struct axvm_vm, ref);

	forget_creator(vm);
	free_vm(vm);
	module_put(THIS_MODULE);
}

struct axvm_vm *axvm_vm_get(struct axvm_vm *vm)
{
	kref_get(&vm->ref);
	return vm;
}
EXPORT_SYMBOL_IF_KUNIT(axvm_vm_get);

void axvm_vm_put(struct axvm_vm *vm)
{
	kref_put(&vm->ref, release_vm);
}
EXPORT_SYMBOL_IF_KUNIT(axvm_vm_put);

struct axvm_vm *axvm_vm_lookup(u32 id)
{
	struct axvm_vm *vm;

	guard(mutex)(&registry_lock);
	vm = id <= INT_MAX ? idr_find(&registry, id) : NULL;
	return vm ? axvm_vm_get(vm) : NULL;
}
EXPORT_SYMBOL_IF_KUNIT(axvm_vm_lookup);

struct axvm_vm *axvm_vm_lookup_name(const char *name)
{
	struct axvm_vm *vm;

	guard(mutex)(&registry_lock);
	vm = find_name_locked(name);
	return vm ? axvm_vm_get(vm) : NULL;
}
EXPORT_SYMBOL_IF_KUNIT(axvm_vm_lookup_name);

struct axvm_vm *axvm_vm_lookup_next(u32 *id)
{
	struct axvm_vm *vm;
	int next = *id;

	if (*id > INT_MAX)
		return NULL;
	guard(mutex)(&registry_lock);
	vm = idr_get_next(&registry, &next);
	if (!vm)
		return NULL;
	*id = next;
	return axvm_vm_get(vm);
}
EXPORT_SYMBOL_IF_KUNIT(axvm_vm_lookup_next);

unsigned int axvm_vm_count(void)
{
	return READ_ONCE(registry_count);
}
EXPORT_SYMBOL_IF_KUNIT(axvm_vm_count);

/* --- images --- */

static int check_image(struct axvm_vm *vm, u64 gpa, u64 len)
{
	const struct axvm_region *region = axvm_gmem_find(&vm->gmem, gpa);
	u64 end;

	lockdep_assert_held(&vm->lock);
	if (READ_ONCE(vm->state) != AXVM_STATE_CREATED)
		return -EBUSY;
	if (vm->nr_images >= AXVM_MAX_IMAGES)
		return -ENOSPC;
	if (!region || check_add_overflow(gpa, len, &end) ||
	    end > region->cfg.gpa + region->cfg.len)
		return -ERANGE;
	return 0;
}

static int remember_image(struct axvm_vm *vm, const struct axvm_image_copy *src)
{
	struct axvm_image_copy *image = kmemdup(src, sizeof(*src), GFP_KERNEL_ACCOUNT);

	lockdep_assert_held(&vm->lock);
	if (!image)
		return -ENOMEM;
	list_add_tail(&image->node, &vm->images);
	vm->nr_images++;
	return 0;
}

int axvm_vm_load_image(struct axvm_vm *vm, u64 gpa, void *data, u64 len, u32 kind)
{
	const struct axvm_image_copy image = { .gpa = gpa, .len = len, .kind = kind, .data = data };
	int ret;

	guard(mutex)(&vm->lock);
	ret = check_image(vm, gpa, len);
	if (ret)
		return ret;
	ret = axvm_gmem_write(&vm->gmem, gpa, data, len);
	if (ret)
		return ret;
	return remember_image(vm, &image);
}
EXPORT_SYMBOL_IF_KUNIT(axvm_vm_load_image);

/* Loaded again by a worker, for a restart that somebody has called off? */
static bool is_in_vain(const struct axvm_vm *vm)
{
	return READ_ONCE(vm->state) == AXVM_STATE_STOPPING &&
	       READ_ONCE(vm->end_state) != AXVM_STATE_READY;
}

/* In pieces: where the creator's memory is short, each may take a while. */
static int reload_image(struct axvm_vm *vm, const struct axvm_image_copy *image)
{
	u64 done, part;
	int ret;

	for (done = 0; done < image->len; done += part) {
		if (is_in_vain(vm))
			return -EINTR;
		part = min_t(u64, image->len - done, RELOAD_PIECE);
		ret = axvm_gmem_write(&vm->gmem, image->gpa + done, image->data + done, part);
		if (ret)
			return ret;
		cond_resched();
	}
	return 0;
}

int axvm_vm_reload_images(struct axvm_vm *vm)
{
	const struct axvm_image_copy *image;
	int ret;

	list_for_each_entry(image, &vm->images, node) {
		ret = reload_image(vm, image);
		if (ret)
			return ret;
	}
	return 0;
}

/* --- owners --- */

void axvm_vm_owner_get(struct axvm_vm *vm)
{
	atomic_inc(&vm->nr_owners);
	forget_creator(vm);
}
EXPORT_SYMBOL_IF_KUNIT(axvm_vm_owner_get);

void axvm_vm_owner_put(struct axvm_vm *vm)
{
	if (atomic_dec_and_test(&vm->nr_owners) && (vm->flags & AXVM_VM_OWNED))
		axvm_vm_destroy(vm, true, AXVM_REASON_OWNER_CLOSED, NULL);
}
EXPORT_SYMBOL_IF_KUNIT(axvm_vm_owner_put);

int axvm_vms_init(void)
{
	return axvm_states_init();
}

void axvm_vms_exit(void)
{
	axvm_states_exit();
	idr_destroy(&registry);
}
