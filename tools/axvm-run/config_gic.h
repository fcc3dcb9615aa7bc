/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Devices of aarch64 guests: the interrupt controller, and the default board.
 *
 * Private to config*.c, but for config_fit_gic() in config.h.
 */
#ifndef AXVM_RUN_CONFIG_GIC_H
#define AXVM_RUN_CONFIG_GIC_H

#include "config_loader.h"
#include "config_pc.h"

/* The devices of the default board of aarch64 guests; the last has no name. */
extern const struct config_device config_gic_board[];

/**
 * config_gic_stands_for() - is a device of the default board not wanted?
 * @cfg: a configuration
 * @type: model on the default board
 *
 * Return: true when there is a device of another type in its place.
 */
bool config_gic_stands_for(const struct axvm_config *cfg, const char *type);

/**
 * config_gic_take_redistributor() - AxVisor names redistributors apart from their distributor
 * @ld: the loader
 * @device: with its cfg_list: vCPUs, stride, host CPU
 */
void config_gic_take_redistributor(struct config_loader *ld, const struct config_device *device);

/**
 * config_gic_window() - the second window of a GIC
 * @cfg: a configuration
 * @device: any device
 * @window: filled
 *
 * Return: number of windows: 0 or 1.
 */
unsigned int config_gic_window(const struct axvm_config *cfg, const struct config_device *device,
			       struct config_window *window);

/**
 * config_gic_complete() - give the vCPUs their MPIDR and the GIC its redistributors
 * @ld: the loader
 */
void config_gic_complete(struct config_loader *ld);

/**
 * config_gic_check() - rules of aarch64 guests alone
 * @ld: the loader, after config_gic_complete()
 */
void config_gic_check(struct config_loader *ld);

#endif /* AXVM_RUN_CONFIG_GIC_H */
