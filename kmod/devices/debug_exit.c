// SPDX-License-Identifier: GPL-2.0
/*
 * Debug exit: a port through which a test program ends its VM with a verdict.
 *
 * Owned by a VM's device set. The register is called by vCPU threads with
 * preemption off, the rest in process context while no vCPU runs.
 *
 * It is on a board only when the configuration asks for it: any guest code that
 * may use ports can stop the machine through it.
 */
#include <linux/errno.h>
#include <kunit/visibility.h>

#include "device.h"

#define REGS_LEN	4

static bool read_register(void *opaque, u64 offset, unsigned int len, u64 *val)
{
	*val = 0;
	return true;
}

/* One register, whatever the byte that is hit. */
static bool write_register(void *opaque, u64 offset, unsigned int len, u64 val)
{
	struct axvm_device *dev = opaque;

	if (val)
		axvm_device_system_event(dev, AXVM_SYSTEM_FAILURE, val);
	else
		axvm_device_system_event(dev, AXVM_SYSTEM_POWEROFF, 0);
	return true;
}

static const struct axvm_bus_ops bus_ops = {
	.read = read_register,
	.write = write_register,
};

static int create(struct axvm_device *dev, struct axvm_error *err)
{
	int ret;

	if (dev->cfg.nr_cfg)
		return axvm_fail(err, "debug-exit takes no parameters", -EINVAL);
	ret = axvm_device_set_len(dev, 1, REGS_LEN, err);
	if (ret)
		return ret;
	return axvm_device_add_window(dev, AXVM_BUS_PIO, 1 | 2 | 4, &bus_ops, err);
}

static void reset(struct axvm_device *dev)
{
}

static void destroy(struct axvm_device *dev)
{
}

const struct axvm_device_type axvm_debug_exit = {
	.name = "debug-exit",
	.size = sizeof(struct axvm_device),
	.create = create,
	.reset = reset,
	.destroy = destroy,
};
EXPORT_SYMBOL_IF_KUNIT(axvm_debug_exit);
