/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What boot.c needs of each architecture.
 *
 * Private to the boot*.c files. One table row per architecture in boot.c.
 */
#ifndef AXVM_RUN_BOOT_ARCH_H
#define AXVM_RUN_BOOT_ARCH_H

#include "boot.h"
#include "fdt.h"

/**
 * struct boot_arch - how guests of an architecture are started
 * @arch: which one
 * @build_tree: fill an empty device tree with CPUs and devices
 * @complete_tree: add what a given tree lacks: CPUs
 */
struct boot_arch {
	enum config_arch arch;
	void (*build_tree)(struct fdt_tree *tree, const struct axvm_config *cfg,
			   const struct boot_host_info *host);
	void (*complete_tree)(struct fdt_tree *tree, const struct axvm_config *cfg,
			      const struct boot_host_info *host);
};

extern const struct boot_arch boot_riscv;

#endif /* AXVM_RUN_BOOT_ARCH_H */
