// SPDX-License-Identifier: GPL-2.0
/*
 * Reset control register of PC chipsets at port 0xcf9, after "RST_CNT: Reset
 * Control Register" of Intel's I/O Controller Hub 9 data sheet.
 *
 * Owned by a VM's device set. The register is called by vCPU threads with
 * preemption off, the rest in process context while no vCPU runs.
 *
 * The kind of reset that SYS_RST and FULL_RST choose makes no difference here:
 * a VM starts anew from its configuration.
 *
 * The register lies within PCI's CONFIG_ADDRESS, which is another register of
 * four bytes. The window takes in all of it, so that an access to it is never
 * cut into bytes: a kernel that looks for PCI must not restart its machine.
 */
#include <linux/cleanup.h>
#include <linux/limits.h>
#include <linux/spinlock.h>
#include <kunit/visibility.h>

#include "pc.h"

#define PORT		0xcf9
#define PORT_PCI	0xcf8	/* CONFIG_ADDRESS, PCI Local Bus Specification 3.0, 3.2.2.3.2 */
#define LEN_PCI		4

#define SYS_RST		0x02
#define RST_CPU		0x04
#define FULL_RST	0x08
#define RST_CNT_BITS	(SYS_RST | RST_CPU | FULL_RST)

/**
 * struct reset_port - the register
 * @dev: what all devices have
 * @lock: protects what follows
 * @control: as written
 */
struct reset_port {
	struct axvm_device dev;
	raw_spinlock_t lock;
	u8 control;
};

static struct reset_port *to_port(struct axvm_device *dev)
{
	return container_of(dev, struct reset_port, dev);
}

static bool is_control(u64 offset, unsigned int len)
{
	return offset == PORT - PORT_PCI && len == 1;
}

/* Of PCI nothing is there. */
static bool read_register(void *opaque, u64 offset, unsigned int len, u64 *val)
{
	struct reset_port *port = opaque;

	guard(raw_spinlock)(&port->lock);
	*val = is_control(offset, len) ? port->control : U64_MAX;
	return true;
}

/* "RST_CPU: When this bit transitions from a 0 to a 1, it initiates a reset". */
static bool write_register(void *opaque, u64 offset, unsigned int len, u64 val)
{
	struct reset_port *port = opaque;
	bool is_reset;

	if (!is_control(offset, len))
		return true;
	guard(raw_spinlock)(&port->lock);
	is_reset = val & ~port->control & RST_CPU;
	port->control = val & RST_CNT_BITS;
	if (is_reset)
		axvm_device_system_event(&port->dev, AXVM_SYSTEM_REBOOT, 0);
	return true;
}

static const struct axvm_bus_ops bus_ops = {
	.read = read_register,
	.write = write_register,
};

static int create(struct axvm_device *dev, struct axvm_error *err)
{
	int ret = pc_check_place(dev, PORT, 1, err);

	if (ret)
		return ret;
	raw_spin_lock_init(&to_port(dev)->lock);
	return pc_add_ports(dev, PORT_PCI, LEN_PCI, 1 | 2 | 4, &bus_ops, err);
}

static void reset(struct axvm_device *dev)
{
	struct reset_port *port = to_port(dev);

	guard(raw_spinlock)(&port->lock);
	port->control = 0;
}

static void destroy(struct axvm_device *dev)
{
}

const struct axvm_device_type axvm_reset_port = {
	.name = "reset-port",
	.size = sizeof(struct reset_port),
	.create = create,
	.reset = reset,
	.destroy = destroy,
};
EXPORT_SYMBOL_IF_KUNIT(axvm_reset_port);
