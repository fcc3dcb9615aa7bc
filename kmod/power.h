/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The host sleeps, restarts, powers off or starts another kernel: hooks for that.
 */
#ifndef AXVM_POWER_H
#define AXVM_POWER_H

/* Process context, after axvm_arch_init() and axvm_vms_init(); exit before their counterparts. */
int axvm_power_init(void);
void axvm_power_exit(void);

#endif /* AXVM_POWER_H */
