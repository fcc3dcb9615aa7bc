/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The interrupt controller of aarch64 guests, as configurations, device trees
 * and the kernel's models know it.
 *
 * Parameters of gic-v3 and gic-v2: cfg[0] number of SPIs, cfg[1] base of the
 * redistributors or of the CPU interface; 0 or absent: the defaults below.
 */
#ifndef AXVM_RUN_GIC_H
#define AXVM_RUN_GIC_H

#include "config.h"

#define GIC_V3			"gic-v3"
#define GIC_V2			"gic-v2"

#define GIC_FIRST_SPI		32	/* IHI 0069, 2.2.1 "INTIDs" */
#define GIC_MAX_SPIS		988
#define GIC_DEFAULT_SPIS	96

#define GIC_V3_DIST_SIZE	0x10000ULL
#define GIC_V2_DIST_SIZE	0x1000ULL
#define GIC_V2_CPU_SIZE		0x2000ULL	/* with GICC_DIR in its second page */
#define GIC_V2_MAX_CPUS		8
#define GIC_REDIST_SIZE		0x20000ULL	/* of each vCPU: RD_base and SGI_base */
#define GIC_REDIST_OFFSET	0xa0000ULL	/* from the distributor, as on QEMU's "virt" */
#define GIC_V2_CPU_OFFSET	0x10000ULL

/**
 * gic_find() - the GIC of a VM
 * @cfg: a configuration
 *
 * Return: the device, borrowed from @cfg, or NULL.
 */
const struct config_device *gic_find(const struct axvm_config *cfg);

bool gic_is_v3(const struct config_device *gic);

/**
 * gic_second_base() - where the redistributors or the CPU interface are
 * @gic: the device
 */
uint64_t gic_second_base(const struct config_device *gic);

/**
 * gic_second_size() - their size
 * @cfg: a configuration
 * @gic: its GIC
 */
uint64_t gic_second_size(const struct axvm_config *cfg, const struct config_device *gic);

/**
 * gic_last_irq() - highest interrupt that a device can have
 * @gic: the device
 */
uint64_t gic_last_irq(const struct config_device *gic);

#endif /* AXVM_RUN_GIC_H */
