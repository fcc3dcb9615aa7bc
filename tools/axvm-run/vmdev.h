/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Descriptors of VMs and their consoles through /dev/axvm, see linux/axvm.h.
 *
 * Used by the commands that load images or attach to consoles. Functions return
 * a descriptor or 0, or say what is wrong and return a negative errno. The unit
 * tests link simulated ones in their place.
 */
#ifndef AXVM_RUN_VMDEV_H
#define AXVM_RUN_VMDEV_H

#include <stdbool.h>
#include <stdint.h>

#include "boot.h"

/**
 * vmdev_reach() - find out whether the calls below can work
 *
 * Return: 0 or a negative errno.
 */
int vmdev_reach(void);

/**
 * vmdev_open() - get a descriptor of a VM
 * @id: id of the VM
 * @name: its name, for messages
 */
int vmdev_open(uint32_t id, const char *name);

/**
 * vmdev_load() - copy bytes into guest memory
 * @fd: descriptor of a VM that never ran
 * @blob: the bytes and their place
 */
int vmdev_load(int fd, const struct boot_blob *blob);

/**
 * vmdev_console() - get a descriptor of a console; reads do not block
 * @fd: descriptor of a VM
 * @index: 0 for the first console
 * @history: begin with the oldest byte still kept, not with what comes next
 */
int vmdev_console(int fd, uint32_t index, bool history);

#endif /* AXVM_RUN_VMDEV_H */
