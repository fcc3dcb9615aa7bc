// SPDX-License-Identifier: GPL-2.0
/*
 * The device models that exist, and the devices of one VM.
 *
 * Sets are owned by a VM and change only in process context while it is
 * created or taken apart; from the seal on, what is here is read-only.
 */
#include <linux/ctype.h>
#include <linux/errno.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <kunit/visibility.h>

#include "arch.h"
#include "device.h"

/* Models that know no architecture; a backend brings its own besides. */
static const struct axvm_device_type *const generic_models[] = {
	&axvm_ns16550a,
	&axvm_goldfish_rtc,
	&axvm_pl011,
	&axvm_pl031,
	&axvm_isa_serial,
	&axvm_i8254,
	&axvm_cmos_rtc,
	&axvm_acpi_pm,
	&axvm_i8042,
	&axvm_reset_port,
	&axvm_pvpanic,
	&axvm_pvpanic_mmio,
	&axvm_debug_exit,
};

static const struct axvm_device_type *arch_model_at(unsigned int n)
{
	const struct axvm_device_type *const *type = axvm_arch ? axvm_arch->device_types : NULL;

	while (type && *type && n--)
		type++;
	return type ? *type : NULL;
}

const struct axvm_device_type *axvm_device_type_at(unsigned int n)
{
	if (n < ARRAY_SIZE(generic_models))
		return generic_models[n];
	return arch_model_at(n - ARRAY_SIZE(generic_models));
}
EXPORT_SYMBOL_IF_KUNIT(axvm_device_type_at);

const struct axvm_device_type *axvm_device_type_find(const char *name)
{
	const struct axvm_device_type *type;
	unsigned int n;

	for (n = 0; (type = axvm_device_type_at(n)); n++)
		if (!strcmp(type->name, name))
			return type;
	return NULL;
}
EXPORT_SYMBOL_IF_KUNIT(axvm_device_type_find);

int axvm_device_set_len(struct axvm_device *dev, u64 min, u64 preferred, struct axvm_error *err)
{
	if (!dev->cfg.len)
		dev->cfg.len = preferred;
	if (dev->cfg.len < min)
		return axvm_fail(err, "device window is smaller than the registers", -EINVAL);
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(axvm_device_set_len);

int axvm_device_add_window(struct axvm_device *dev, enum axvm_bus_space space, u8 widths,
			   const struct axvm_bus_ops *ops, struct axvm_error *err)
{
	const struct axvm_bus_window window = {
		.base = dev->cfg.base,
		.len = dev->cfg.len,
		.widths = widths,
		.ops = ops,
		.opaque = dev,
	};

	return axvm_bus_add(&dev->env->bus[space], &window, err);
}
EXPORT_SYMBOL_IF_KUNIT(axvm_device_add_window);

void axvm_devices_init(struct axvm_device_set *set, struct axvm_bus *bus, struct axvm_gmem *gmem)
{
	memset(set, 0, sizeof(*set));
	INIT_LIST_HEAD(&set->list);
	set->env.bus = bus;
	set->env.gmem = gmem;
}
EXPORT_SYMBOL_IF_KUNIT(axvm_devices_init);

/* A name is printed, matched and put into device trees: visible ASCII, terminated. */
static bool name_is_valid(const char *name)
{
	size_t len = strnlen(name, AXVM_NAME_LEN);
	size_t i;

	for (i = 0; i < len; i++)
		if (!isascii(name[i]) || !isgraph(name[i]))
			return false;
	return len && len < AXVM_NAME_LEN;
}

/* The first device, in order of creation, whose line goes to this input. */
static struct axvm_device *find_user(const struct axvm_device_set *set, u32 irq)
{
	struct axvm_device *dev;

	list_for_each_entry(dev, &set->list, node)
		if (dev->cfg.irq == irq)
			return dev;
	return NULL;
}

static int check_irq(const struct axvm_device_set *set, const struct axvm_device_type *type,
		     u32 irq, struct axvm_error *err)
{
	const struct axvm_device *user;

	if (!irq)
		return 0;
	if (!set->chip)
		return axvm_fail(err, "an interrupt needs a controller before the device", -EINVAL);
	if (!set->chip->ops->check(set->chip, irq))
		return axvm_fail(err, "the interrupt controller has no such input", -EINVAL);
	user = find_user(set, irq);
	if (user && (user->type != type || !type->shares_irq))
		return axvm_fail(err, "interrupt is taken by another device", -EEXIST);
	return 0;
}

static int check_cfg(const struct axvm_device_set *set, const struct axvm_device_type *type,
		     const struct axvm_device_cfg *cfg, struct axvm_error *err)
{
	const struct axvm_device *dev;

	if (!name_is_valid(cfg->name))
		return axvm_fail(err, "device name is empty, too long or has blanks", -EINVAL);
	if (cfg->nr_cfg > AXVM_MAX_CFG)
		return axvm_fail(err, "too many device parameters", -EINVAL);
	if (set->nr >= AXVM_MAX_DEVICES)
		return axvm_fail(err, "too many devices", -ENOSPC);
	list_for_each_entry(dev, &set->list, node)
		if (!strcmp(dev->cfg.name, cfg->name))
			return axvm_fail(err, "two devices with one name", -EEXIST);
	return check_irq(set, type, cfg->irq, err);
}

/* The console becomes the set's own only when the device is there. */
static int add_console(struct axvm_device_set *set, struct axvm_device *dev,
		       struct axvm_error *err)
{
	if (!dev->type->has_console)
		return 0;
	if (set->nr_consoles >= AXVM_MAX_CONSOLES)
		return axvm_fail(err, "too many consoles", -ENOSPC);
	dev->console_index = set->nr_consoles;
	dev->console = axvm_console_create(dev->console_index);
	if (!dev->console)
		return axvm_fail(err, "out of memory", -ENOMEM);
	return 0;
}

static void free_device(struct axvm_device *dev)
{
	if (dev->console)
		axvm_console_put(dev->console);
	kvfree(dev);
}

/* Devices go in reverse order, so the first one's part outlives the other lines. */
static void wire_irq(struct axvm_device_set *set, struct axvm_device *dev)
{
	struct axvm_device *user;

	if (!dev->cfg.irq)
		return;
	dev->irq.chip = set->chip;
	dev->irq.nr = dev->cfg.irq;
	dev->irq.env = &set->env;
	if (!dev->type->shares_irq)
		return;
	user = find_user(set, dev->cfg.irq);
	if (!user)
		axvm_irq_share_init(&dev->irq_share);
	dev->irq.share = user ? user->irq.share : &dev->irq_share;
}

static struct axvm_device *alloc_device(struct axvm_device_set *set,
					const struct axvm_device_type *type,
					const struct axvm_device_cfg *cfg)
{
	struct axvm_device *dev = kvzalloc(type->size, GFP_KERNEL_ACCOUNT);

	if (!dev)
		return NULL;
	dev->type = type;
	dev->cfg = *cfg;
	dev->env = &set->env;
	wire_irq(set, dev);
	return dev;
}

static void remove_windows(struct axvm_device *dev)
{
	unsigned int space;

	for (space = 0; space < AXVM_BUS_SPACES; space++)
		axvm_bus_remove(&dev->env->bus[space], dev);
}

static void commit_device(struct axvm_device_set *set, struct axvm_device *dev)
{
	list_add_tail(&dev->node, &set->list);
	set->nr++;
	if (dev->console)
		set->consoles[set->nr_consoles++] = dev->console;
}

int axvm_devices_add_model(struct axvm_device_set *set, const struct axvm_device_type *type,
			   const struct axvm_device_cfg *cfg, struct axvm_error *err)
{
	struct axvm_device *dev;
	int ret;

	ret = check_cfg(set, type, cfg, err);
	if (ret)
		return ret;
	dev = alloc_device(set, type, cfg);
	if (!dev)
		return axvm_fail(err, "out of memory", -ENOMEM);
	ret = add_console(set, dev, err);
	if (ret)
		goto err_free_device;
	ret = type->create(dev, err);
	if (ret)
		goto err_remove_windows;

	commit_device(set, dev);
	type->reset(dev);
	return 0;

err_remove_windows:
	remove_windows(dev);
err_free_device:
	free_device(dev);
	return ret;
}
EXPORT_SYMBOL_IF_KUNIT(axvm_devices_add_model);

int axvm_devices_add(struct axvm_device_set *set, const struct axvm_device_cfg *cfg,
		     struct axvm_error *err)
{
	const struct axvm_device_type *type = NULL;

	if (strnlen(cfg->type, AXVM_NAME_LEN) < AXVM_NAME_LEN)
		type = axvm_device_type_find(cfg->type);
	if (!type)
		return axvm_fail(err, "no device model of this name", -ENOENT);
	return axvm_devices_add_model(set, type, cfg, err);
}
EXPORT_SYMBOL_IF_KUNIT(axvm_devices_add);

void axvm_devices_reset(struct axvm_device_set *set)
{
	struct axvm_device *dev;

	list_for_each_entry(dev, &set->list, node)
		dev->type->reset(dev);
}
EXPORT_SYMBOL_IF_KUNIT(axvm_devices_reset);

void axvm_devices_pause(struct axvm_device_set *set)
{
	struct axvm_device *dev;

	list_for_each_entry(dev, &set->list, node)
		if (dev->type->pause)
			dev->type->pause(dev);
}
EXPORT_SYMBOL_IF_KUNIT(axvm_devices_pause);

void axvm_devices_resume(struct axvm_device_set *set)
{
	struct axvm_device *dev;

	list_for_each_entry(dev, &set->list, node)
		if (dev->type->resume)
			dev->type->resume(dev);
}
EXPORT_SYMBOL_IF_KUNIT(axvm_devices_resume);

bool axvm_devices_press_power_button(struct axvm_device_set *set)
{
	struct axvm_device *dev;

	list_for_each_entry(dev, &set->list, node)
		if (dev->type->press_power_button && dev->type->press_power_button(dev))
			return true;
	return false;
}
EXPORT_SYMBOL_IF_KUNIT(axvm_devices_press_power_button);

void axvm_devices_exit(struct axvm_device_set *set)
{
	struct axvm_device *dev, *next;

	/* The interrupt controller comes first in the list and so goes last. */
	list_for_each_entry_safe_reverse(dev, next, &set->list, node) {
		dev->type->destroy(dev);
		list_del(&dev->node);
		remove_windows(dev);
		free_device(dev);
	}
	set->nr = 0;
	set->nr_consoles = 0;
	set->chip = NULL;
}
EXPORT_SYMBOL_IF_KUNIT(axvm_devices_exit);
