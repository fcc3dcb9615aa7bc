// SPDX-License-Identifier: GPL-2.0
/*
 * pvpanic: the register through which a guest kernel tells that it has panicked,
 * a port of a PC or memory on other boards.
 *
 * Owned by a VM's device set. The register is called by vCPU threads with
 * preemption off, the rest in process context while no vCPU runs.
 *
 * Reading gives the events that are understood. A guest that announces a panic
 * with a crash kernel loaded goes on: it is about to boot that kernel, which
 * writes a dump and restarts the machine. The other events end the VM.
 */
#include <kunit/visibility.h>
#include <misc/pvpanic.h>

#include "pc.h"

#define PORT		0x505
#define MMIO_LEN	2	/* as QEMU's; the second byte is not there */
#define EVENTS		(PVPANIC_PANICKED | PVPANIC_CRASH_LOADED | PVPANIC_SHUTDOWN)

static bool read_register(void *opaque, u64 offset, unsigned int len, u64 *val)
{
	*val = EVENTS;
	return true;
}

static bool write_register(void *opaque, u64 offset, unsigned int len, u64 val)
{
	struct axvm_device *dev = opaque;

	if (val & PVPANIC_PANICKED)
		axvm_device_system_event(dev, AXVM_SYSTEM_FAILURE, val);
	else if (val & PVPANIC_SHUTDOWN)
		axvm_device_system_event(dev, AXVM_SYSTEM_POWEROFF, 0);
	return true;
}

static const struct axvm_bus_ops bus_ops = {
	.read = read_register,
	.write = write_register,
};

/* There is one register; what lies behind it reads zero and ignores writes. */
static bool read_mmio(void *opaque, u64 offset, unsigned int len, u64 *val)
{
	*val = 0;
	return offset || read_register(opaque, offset, len, val);
}

static bool write_mmio(void *opaque, u64 offset, unsigned int len, u64 val)
{
	return offset || write_register(opaque, offset, len, val);
}

static const struct axvm_bus_ops bus_ops_mmio = {
	.read = read_mmio,
	.write = write_mmio,
};

static int create(struct axvm_device *dev, struct axvm_error *err)
{
	int ret = pc_check_place(dev, PORT, 1, err);

	if (ret)
		return ret;
	return axvm_device_add_window(dev, AXVM_BUS_PIO, 1, &bus_ops, err);
}

static int create_mmio(struct axvm_device *dev, struct axvm_error *err)
{
	int ret = axvm_device_set_len(dev, MMIO_LEN, MMIO_LEN, err);

	if (ret)
		return ret;
	if (dev->cfg.nr_cfg)
		return axvm_fail(err, "this device takes no parameters", -EINVAL);
	return axvm_device_add_window(dev, AXVM_BUS_MMIO, 1, &bus_ops_mmio, err);
}

static void reset(struct axvm_device *dev)
{
}

static void destroy(struct axvm_device *dev)
{
}

const struct axvm_device_type axvm_pvpanic = {
	.name = "pvpanic",
	.size = sizeof(struct axvm_device),
	.create = create,
	.reset = reset,
	.destroy = destroy,
};
EXPORT_SYMBOL_IF_KUNIT(axvm_pvpanic);

const struct axvm_device_type axvm_pvpanic_mmio = {
	.name = "pvpanic-mmio",
	.size = sizeof(struct axvm_device),
	.create = create_mmio,
	.reset = reset,
	.destroy = destroy,
};
EXPORT_SYMBOL_IF_KUNIT(axvm_pvpanic_mmio);
