// SPDX-License-Identifier: GPL-2.0
/*
 * Address to device: the sorted table of register windows.
 *
 * Owned by a VM, one per address space. Filled in process context while the VM
 * is created; read without a lock by vCPU threads once it is frozen. The table
 * is visible to them because their threads are created after the freeze.
 */
#include <linux/bitops.h>
#include <linux/errno.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <kunit/visibility.h>

#include "bus.h"

#define WIDTHS_ALL	(1 | 2 | 4 | 8)

const u64 axvm_bus_value_masks[9] = {
	[1] = U8_MAX,
	[2] = U16_MAX,
	[4] = U32_MAX,
	[8] = U64_MAX,
};
EXPORT_SYMBOL_IF_KUNIT(axvm_bus_value_masks);

/* Index of the first window that starts above @addr. */
static unsigned int upper_bound(const struct axvm_bus *bus, u64 addr)
{
	unsigned int low = 0, high = bus->nr;

	while (low < high) {
		unsigned int mid = (low + high) / 2;

		if (bus->windows[mid].base <= addr)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

const struct axvm_bus_window *axvm_bus_search(struct axvm_bus *bus, u64 addr)
{
	unsigned int n = upper_bound(bus, addr);

	if (!n || !axvm_bus_holds(&bus->windows[n - 1], addr))
		return NULL;
	WRITE_ONCE(bus->hit, &bus->windows[n - 1]);
	return &bus->windows[n - 1];
}
EXPORT_SYMBOL_IF_KUNIT(axvm_bus_search);

void axvm_bus_init(struct axvm_bus *bus)
{
	memset(bus, 0, sizeof(*bus));
}
EXPORT_SYMBOL_IF_KUNIT(axvm_bus_init);

void axvm_bus_exit(struct axvm_bus *bus)
{
	kfree(bus->windows);
	memset(bus, 0, sizeof(*bus));
}
EXPORT_SYMBOL_IF_KUNIT(axvm_bus_exit);

static int check_window(const struct axvm_bus *bus, const struct axvm_bus_window *window,
			struct axvm_error *err)
{
	if (bus->frozen)
		return axvm_fail(err, "the VM's devices are fixed", -EBUSY);
	if (!window->len || window->base + (window->len - 1) < window->base)
		return axvm_fail(err, "register window is empty or wraps around", -EINVAL);
	if (!window->widths || (window->widths & ~WIDTHS_ALL))
		return axvm_fail(err, "register window allows no access width", -EINVAL);
	if (axvm_bus_overlaps(bus, window->base, window->len))
		return axvm_fail(err, "address range belongs to another device", -EEXIST);
	if (bus->nr >= AXVM_BUS_MAX_WINDOWS)
		return axvm_fail(err, "too many register windows", -ENOSPC);
	return 0;
}

int axvm_bus_add(struct axvm_bus *bus, const struct axvm_bus_window *window, struct axvm_error *err)
{
	struct axvm_bus_window *windows;
	unsigned int n;
	int ret;

	ret = check_window(bus, window, err);
	if (ret)
		return ret;
	windows = krealloc_array(bus->windows, bus->nr + 1, sizeof(*windows), GFP_KERNEL_ACCOUNT);
	if (!windows)
		return axvm_fail(err, "out of memory", -ENOMEM);

	bus->windows = windows;
	bus->hit = NULL;
	n = upper_bound(bus, window->base);
	memmove(&windows[n + 1], &windows[n], (bus->nr - n) * sizeof(*windows));
	windows[n] = *window;
	bus->nr++;
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(axvm_bus_add);

void axvm_bus_remove(struct axvm_bus *bus, const void *opaque)
{
	unsigned int from, to = 0;

	if (bus->frozen)
		return;
	bus->hit = NULL;
	for (from = 0; from < bus->nr; from++)
		if (bus->windows[from].opaque != opaque)
			bus->windows[to++] = bus->windows[from];
	bus->nr = to;
}
EXPORT_SYMBOL_IF_KUNIT(axvm_bus_remove);

void axvm_bus_freeze(struct axvm_bus *bus)
{
	bus->frozen = true;
}
EXPORT_SYMBOL_IF_KUNIT(axvm_bus_freeze);

bool axvm_bus_overlaps(const struct axvm_bus *bus, u64 base, u64 len)
{
	u64 last = base + (len - 1);
	unsigned int n;

	if (!len)
		return false;
	if (last < base)
		last = U64_MAX;
	/* Windows are disjoint: only the last that starts in or before the range can touch it. */
	n = upper_bound(bus, last);
	return n && bus->windows[n - 1].base + (bus->windows[n - 1].len - 1) >= base;
}
EXPORT_SYMBOL_IF_KUNIT(axvm_bus_overlaps);
