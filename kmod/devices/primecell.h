/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What Arm's PrimeCell peripherals share: 4 KiB of 32-bit registers on an APB,
 * the last eight of which say what it is.
 *
 * Included by models in devices/ alone.
 */
#ifndef AXVM_DEVICES_PRIMECELL_H
#define AXVM_DEVICES_PRIMECELL_H

#include "device.h"

#define PRIMECELL_LEN		0x1000
#define PRIMECELL_ID		0xfe0	/* PeriphID0 to 3, PCellID0 to 3, a byte each */
#define PRIMECELL_NR_IDS	8

/**
 * struct primecell_ops - a peripheral
 * @id: PeriphID0 to 3 and PCellID0 to 3
 * @read: register at a multiple of 4 below PRIMECELL_ID; what is reserved reads zero
 * @write: the same; what is reserved or for reading ignores it
 *
 * The context is that of struct axvm_bus_ops.
 */
struct primecell_ops {
	u8 id[PRIMECELL_NR_IDS];
	u32 (*read)(struct axvm_device *dev, unsigned int offset);
	void (*write)(struct axvm_device *dev, unsigned int offset, u32 val);
};

/* Embedded in each model as its first member; @ops is set by axvm_primecell_create(). */
struct primecell {
	struct axvm_device dev;
	const struct primecell_ops *ops;
};

/**
 * axvm_primecell_create() - check that there are no parameters, add the window; in create
 * @cell: device
 * @ops: its registers
 * @err: gets the reason
 *
 * All widths are let through, for an APB has no byte lanes of its own: the
 * register is read as a whole, and written with zeroes where the access has
 * nothing. Eight bytes are two registers, the lower first.
 *
 * Return: 0, -EINVAL, or what axvm_bus_add() says.
 */
int axvm_primecell_create(struct primecell *cell, const struct primecell_ops *ops,
			  struct axvm_error *err);

#endif /* AXVM_DEVICES_PRIMECELL_H */
