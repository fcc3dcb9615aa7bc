/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the models of a PC's fixed devices share: places that guests know by
 * heart, and clocks that stand still while the VM is paused.
 *
 * Included by models in devices/ alone. A clock is protected by its device's lock.
 */
#ifndef AXVM_DEVICES_PC_H
#define AXVM_DEVICES_PC_H

#include <linux/errno.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/timekeeping.h>

#include "device.h"

/**
 * pc_check_place() - refuse a device that is not where guests look for it; in create
 * @dev: device, which takes no parameters; gets its length
 * @base: the only first port
 * @len: number of ports
 * @err: gets the reason
 *
 * Return: 0 or -EINVAL.
 */
static inline int pc_check_place(struct axvm_device *dev, u64 base, u64 len,
				 struct axvm_error *err)
{
	if (dev->cfg.nr_cfg)
		return axvm_fail(err, "this device takes no parameters", -EINVAL);
	if (dev->cfg.base != base)
		return axvm_fail(err, "this device has a fixed place on a PC, and it is another",
				 -EINVAL);
	if (dev->cfg.len && dev->cfg.len != len)
		return axvm_fail(err, "this device has a fixed number of ports, and it is another",
				 -EINVAL);
	dev->cfg.len = len;
	return 0;
}

/**
 * pc_add_ports() - a window of ports at another place than cfg.base; in create
 * @dev: device; its functions get it as opaque pointer
 * @base: first port
 * @len: number of ports
 * @widths: access sizes allowed
 * @ops: register functions
 * @err: gets the reason
 *
 * Taken away with those from axvm_device_add_window().
 *
 * Return: 0, or what axvm_bus_add() says.
 */
static inline int pc_add_ports(struct axvm_device *dev, u16 base, u16 len, u8 widths,
			       const struct axvm_bus_ops *ops, struct axvm_error *err)
{
	const struct axvm_bus_window window = {
		.base = base,
		.len = len,
		.widths = widths,
		.ops = ops,
		.opaque = dev,
	};

	return axvm_bus_add(&dev->env->bus[AXVM_BUS_PIO], &window, err);
}

/**
 * struct pc_clock - counts the periods of an oscillator from the reset on
 * @hz: its frequency; set by the owner
 * @zero_ns: CLOCK_MONOTONIC time of tick 0; pauses move it
 * @paused_ns: CLOCK_MONOTONIC time of the pause
 * @is_paused: the clock stands still
 */
struct pc_clock {
	u32 hz;
	u64 zero_ns;
	u64 paused_ns;
	bool is_paused;
};

/* Tick 0 is now, and the clock runs. */
static inline void pc_clock_reset(struct pc_clock *clock)
{
	clock->zero_ns = ktime_get_ns();
	clock->is_paused = false;
}

static inline void pc_clock_pause(struct pc_clock *clock)
{
	if (!clock->is_paused)
		clock->paused_ns = ktime_get_ns();
	clock->is_paused = true;
}

static inline void pc_clock_resume(struct pc_clock *clock)
{
	if (clock->is_paused)
		clock->zero_ns += ktime_get_ns() - clock->paused_ns;
	clock->is_paused = false;
}

/* Ticks since the reset. Never goes back. */
static inline u64 pc_clock_ticks(const struct pc_clock *clock)
{
	u64 now = clock->is_paused ? clock->paused_ns : ktime_get_ns();

	return mul_u64_u32_div(now - clock->zero_ns, clock->hz, NSEC_PER_SEC);
}

/* CLOCK_MONOTONIC time at which a tick has been reached, when no pause comes between. */
static inline ktime_t pc_clock_when(const struct pc_clock *clock, u64 tick)
{
	return ns_to_ktime(clock->zero_ns + mul_u64_u32_div(tick, NSEC_PER_SEC, clock->hz) + 1);
}

#endif /* AXVM_DEVICES_PC_H */
