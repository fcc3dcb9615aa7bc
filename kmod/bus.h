/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Address to device: a sorted table of register windows, one for memory-mapped
 * and one for port I/O per VM.
 *
 * Filled while devices are created and frozen when the VM is sealed: the hot
 * path finds a window without a lock.
 */
#ifndef AXVM_BUS_H
#define AXVM_BUS_H

#include <linux/compiler.h>
#include <linux/types.h>

#include "host.h"

#define AXVM_BUS_MAX_WINDOWS	256

enum axvm_bus_space {
	AXVM_BUS_MMIO,
	AXVM_BUS_PIO,
	AXVM_BUS_SPACES
};

enum axvm_bus_result {
	AXVM_BUS_DONE,		/* the device took it */
	AXVM_BUS_NO_DEVICE,	/* nothing there */
	AXVM_BUS_BAD_ACCESS,	/* width, alignment or register refused */
};

/**
 * struct axvm_bus_ops - the registers of a window
 * @read: read @len (1, 2, 4 or 8) bytes at @offset into *@val, zero-extended
 * @write: write the low @len bytes of @val
 *
 * @offset + @len is within the window, aligned to @len, and @len is one of the
 * window's widths. Called with preemption disabled and interrupts enabled on
 * any vCPU's thread, several at a time: must not sleep, takes raw spinlocks
 * (irqsave where a timer or line takes the same).
 * Values are cut to @len bytes by the bus on their way in and out.
 * Return: false when there is no such register (the access then has the
 * effect that the architecture gives to a bus error).
 */
struct axvm_bus_ops {
	bool (*read)(void *opaque, u64 offset, unsigned int len, u64 *val);
	bool (*write)(void *opaque, u64 offset, unsigned int len, u64 val);
};

/**
 * struct axvm_bus_window - one contiguous range of registers
 * @base: first address
 * @len: bytes
 * @widths: bitwise or of the access sizes allowed: 1 | 2 | 4 | 8
 * @ops: register functions
 * @opaque: their first argument
 */
struct axvm_bus_window {
	u64 base;
	u64 len;
	u8 widths;
	const struct axvm_bus_ops *ops;
	void *opaque;
};

/**
 * struct axvm_bus - the windows of one space of one VM
 * @windows: sorted by base
 * @nr: their number
 * @hit: a window that was found lately, or NULL; only a hint, any CPU writes it
 * @frozen: no more changes
 */
struct axvm_bus {
	struct axvm_bus_window *windows;
	unsigned int nr;
	const struct axvm_bus_window *hit;
	bool frozen;
};

void axvm_bus_init(struct axvm_bus *bus);
void axvm_bus_exit(struct axvm_bus *bus);

/**
 * axvm_bus_add() - add a register window
 * @bus: not frozen
 * @window: copied
 * @err: gets the reason of a failure
 *
 * Context: process; the VM's creation is the only caller.
 * Return: 0; -EBUSY frozen; -EINVAL empty, wraps, or no width; -EEXIST overlap; -ENOSPC; -ENOMEM.
 */
int axvm_bus_add(struct axvm_bus *bus, const struct axvm_bus_window *window,
		 struct axvm_error *err);

/* Forget all windows with this opaque pointer. Process context; does nothing once frozen. */
void axvm_bus_remove(struct axvm_bus *bus, const void *opaque);
void axvm_bus_freeze(struct axvm_bus *bus);

/* Does [base, base + len) touch a window? For the check against memory regions. */
bool axvm_bus_overlaps(const struct axvm_bus *bus, u64 base, u64 len);

/* The value that an access of 1, 2, 4 or 8 bytes carries. */
extern const u64 axvm_bus_value_masks[9];

/* The window that holds @addr, or NULL; for axvm_bus_read() and axvm_bus_write(). */
const struct axvm_bus_window *axvm_bus_search(struct axvm_bus *bus, u64 addr);

static inline bool axvm_bus_holds(const struct axvm_bus_window *window, u64 addr)
{
	return addr - window->base < window->len;
}

/* A guest that talks to a device does so for a while: look where the last access went first. */
static __always_inline const struct axvm_bus_window *axvm_bus_find(struct axvm_bus *bus, u64 addr)
{
	const struct axvm_bus_window *hit = READ_ONCE(bus->hit);

	if (likely(hit && axvm_bus_holds(hit, addr)))
		return hit;
	return axvm_bus_search(bus, addr);
}

static __always_inline bool axvm_bus_allows(const struct axvm_bus_window *window, u64 offset,
					    unsigned int len)
{
	/* Its widths are 1, 2, 4 and 8 at most: one of them, and no sum of several. */
	if (!(window->widths & len) || (len & (len - 1)))
		return false;
	/* The offset is inside, so the subtraction cannot wrap. */
	return !(offset & (len - 1)) && window->len - offset >= len;
}

/**
 * axvm_bus_read() - read a register
 * @bus: frozen
 * @addr: guest-physical address or port
 * @len: bytes
 * @val: gets the value, zero-extended; of no meaning unless AXVM_BUS_DONE
 *
 * An access that is only partly within a window is a bad one, whatever follows the window.
 * Inline, as each access of a guest to a device passes here.
 *
 * Context: preemption disabled, interrupts enabled.
 *
 * Return: enum axvm_bus_result.
 */
static __always_inline enum axvm_bus_result axvm_bus_read(struct axvm_bus *bus, u64 addr,
							  unsigned int len, u64 *val)
{
	const struct axvm_bus_window *window = axvm_bus_find(bus, addr);

	if (!window)
		return AXVM_BUS_NO_DEVICE;
	addr -= window->base;
	*val = 0;
	if (!axvm_bus_allows(window, addr, len) ||
	    !window->ops->read(window->opaque, addr, len, val))
		return AXVM_BUS_BAD_ACCESS;
	*val &= axvm_bus_value_masks[len];
	return AXVM_BUS_DONE;
}

/* The same for a write. */
static __always_inline enum axvm_bus_result axvm_bus_write(struct axvm_bus *bus, u64 addr,
							   unsigned int len, u64 val)
{
	const struct axvm_bus_window *window = axvm_bus_find(bus, addr);

	if (!window)
		return AXVM_BUS_NO_DEVICE;
	addr -= window->base;
	if (!axvm_bus_allows(window, addr, len) ||
	    !window->ops->write(window->opaque, addr, len, val & axvm_bus_value_masks[len]))
		return AXVM_BUS_BAD_ACCESS;
	return AXVM_BUS_DONE;
}

#endif /* AXVM_BUS_H */
