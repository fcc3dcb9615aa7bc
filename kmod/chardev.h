/* SPDX-License-Identifier: GPL-2.0 */
/*
 * /dev/axvm: file descriptors for what does not fit in netlink messages.
 */
#ifndef AXVM_CHARDEV_H
#define AXVM_CHARDEV_H

/* Make and remove the device; module load and unload. Return: 0 or negative errno. */
int axvm_chardev_init(void);
void axvm_chardev_exit(void);

#endif /* AXVM_CHARDEV_H */
