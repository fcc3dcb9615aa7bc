/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The generic-netlink family "axvm".
 */
#ifndef AXVM_NETLINK_H
#define AXVM_NETLINK_H

/* Register and unregister the family; module load and unload. Return: 0 or negative errno. */
int axvm_netlink_init(void);
void axvm_netlink_exit(void);

#endif /* AXVM_NETLINK_H */
