// SPDX-License-Identifier: GPL-2.0
/*
 * Arm's PrimeCell peripherals on a bus, see primecell.h.
 *
 * Called by the models that embed a struct primecell; register functions run
 * on vCPU threads with preemption off.
 */
#include <linux/bits.h>
#include <linux/errno.h>
#include <linux/nospec.h>

#include "primecell.h"

static u32 read_word(struct primecell *cell, unsigned int offset)
{
	unsigned int nr;

	if (offset < PRIMECELL_ID)
		return cell->ops->read(&cell->dev, offset);
	nr = array_index_nospec((offset - PRIMECELL_ID) / 4, PRIMECELL_NR_IDS);
	return cell->ops->id[nr];
}

static void write_word(struct primecell *cell, unsigned int offset, u32 val)
{
	if (offset < PRIMECELL_ID)
		cell->ops->write(&cell->dev, offset, val);
}

static bool read_register(void *opaque, u64 offset, unsigned int len, u64 *val)
{
	struct primecell *cell = opaque;

	*val = read_word(cell, offset & ~3ULL) >> offset % 4 * BITS_PER_BYTE;
	if (len == 8)
		*val |= (u64)read_word(cell, offset + 4) << 32;
	return true;
}

static bool write_register(void *opaque, u64 offset, unsigned int len, u64 val)
{
	struct primecell *cell = opaque;

	write_word(cell, offset & ~3ULL, val << offset % 4 * BITS_PER_BYTE);
	if (len == 8)
		write_word(cell, offset + 4, val >> 32);
	return true;
}

static const struct axvm_bus_ops bus_ops = {
	.read = read_register,
	.write = write_register,
};

int axvm_primecell_create(struct primecell *cell, const struct primecell_ops *ops,
			  struct axvm_error *err)
{
	struct axvm_device *dev = &cell->dev;

	cell->ops = ops;
	if (dev->cfg.nr_cfg)
		return axvm_fail(err, "this device takes no parameters", -EINVAL);
	if (dev->cfg.len && dev->cfg.len != PRIMECELL_LEN)
		return axvm_fail(err, "this device has 0x1000 bytes of registers", -EINVAL);
	if (dev->cfg.base % PRIMECELL_LEN)
		return axvm_fail(err, "this device is at a multiple of 0x1000", -EINVAL);
	dev->cfg.len = PRIMECELL_LEN;
	return axvm_device_add_window(dev, AXVM_BUS_MMIO, 1 | 2 | 4 | 8, &bus_ops, err);
}
