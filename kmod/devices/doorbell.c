// SPDX-License-Identifier: GPL-2.0
/*
 * Doorbell: counts rings and tells about them. An example: in axvm_test.ko, in no VM.
 *
 * Owned by a VM's device set. Registers are called by vCPU threads with
 * preemption off, the rest in process context while no vCPU runs.
 *
 * Parameters: cfg[0] rings for an interrupt, default 1.
 */
#include <linux/cleanup.h>
#include <linux/errno.h>
#include <linux/limits.h>
#include <linux/spinlock.h>

#include "device.h"

#define REG_RING	0x0	/* write: one ring, whatever the value */
#define REG_COUNT	0x4	/* read: rings since the last read */
#define REGS_LEN	0x8
#define WINDOW_LEN	0x1000

/**
 * struct doorbell - one bell
 * @dev: what all devices have
 * @threshold: rings for an interrupt; immutable
 * @lock: protects what follows
 * @count: rings since the last look
 */
struct doorbell {
	struct axvm_device dev;
	u32 threshold;
	raw_spinlock_t lock;	/* see above */
	u32 count;
};

static void update_irq(struct doorbell *bell)
{
	lockdep_assert_held(&bell->lock);
	axvm_irq_set_level(&bell->dev.irq, bell->count >= bell->threshold);
}

static bool read_register(void *opaque, u64 offset, unsigned int len, u64 *val)
{
	struct doorbell *bell = opaque;

	if (offset != REG_COUNT)
		return false;
	guard(raw_spinlock)(&bell->lock);
	*val = bell->count;
	bell->count = 0;
	update_irq(bell);
	return true;
}

static bool write_register(void *opaque, u64 offset, unsigned int len, u64 val)
{
	struct doorbell *bell = opaque;

	if (offset != REG_RING)
		return false;
	guard(raw_spinlock)(&bell->lock);
	if (bell->count < U32_MAX)
		bell->count++;
	update_irq(bell);
	return true;
}

static const struct axvm_bus_ops bus_ops = {
	.read = read_register,
	.write = write_register,
};

static int create(struct axvm_device *dev, struct axvm_error *err)
{
	struct doorbell *bell = container_of(dev, struct doorbell, dev);
	u64 threshold = axvm_device_param(dev, 0, 1);
	int ret;

	if (!threshold || threshold > U32_MAX)
		return axvm_fail(err, "doorbell: number of rings is out of range", -EINVAL);
	bell->threshold = threshold;
	raw_spin_lock_init(&bell->lock);
	ret = axvm_device_set_len(dev, REGS_LEN, WINDOW_LEN, err);
	if (ret)
		return ret;
	return axvm_device_add_window(dev, AXVM_BUS_MMIO, 4, &bus_ops, err);
}

static void reset(struct axvm_device *dev)
{
	struct doorbell *bell = container_of(dev, struct doorbell, dev);

	guard(raw_spinlock)(&bell->lock);
	bell->count = 0;
	update_irq(bell);
}

/* Windows go with the bus, and there is nothing else. */
static void destroy(struct axvm_device *dev)
{
}

const struct axvm_device_type axvm_doorbell = {
	.name = "doorbell",
	.size = sizeof(struct doorbell),
	.create = create,
	.reset = reset,
	.destroy = destroy,
};
