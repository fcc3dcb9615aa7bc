/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Devices of x86_64 guests: their places, interrupts, and the default board.
 *
 * Private to config*.c.
 */
#ifndef AXVM_RUN_CONFIG_PC_H
#define AXVM_RUN_CONFIG_PC_H

#include "config_loader.h"

#define CONFIG_PC_WINDOWS	3

/**
 * struct config_window - addresses that a device answers to
 * @port: I/O ports, else memory-mapped
 * @base: the first
 * @size: their number
 */
struct config_window {
	bool port;
	uint64_t base;
	uint64_t size;
};

/**
 * config_pc_windows() - all windows of a device, whatever its architecture
 * @device: the device
 * @windows: filled
 *
 * Return: their number.
 */
unsigned int config_pc_windows(const struct config_device *device,
			       struct config_window windows[CONFIG_PC_WINDOWS]);

/* May both have the same interrupt? As COM1 and COM3 of a PC. */
bool config_pc_share_irq(const struct config_device *a, const struct config_device *b);

/* The devices of the default board of x86_64 guests; the last has no name. */
extern const struct config_device config_pc_board[];

/**
 * config_pc_complete() - check the place of PC devices, fill in what a file need not say
 * @ld: the loader; its devices get the length and the interrupt that they always have
 */
void config_pc_complete(struct config_loader *ld);

/**
 * config_pc_check() - rules of x86_64 guests alone
 * @ld: the loader, after config_pc_complete()
 */
void config_pc_check(struct config_loader *ld);

#endif /* AXVM_RUN_CONFIG_PC_H */
