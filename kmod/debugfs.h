/* SPDX-License-Identifier: GPL-2.0 */
/*
 * VMs in debugfs: /sys/kernel/debug/axvm/<id>/.
 *
 * Called by vm.c when a VM comes and goes, and by main.c; process context. As
 * debugfs is for people who look for mistakes, nothing fails without it.
 */
#ifndef AXVM_DEBUGFS_H
#define AXVM_DEBUGFS_H

struct axvm_vm;

/* The VM has its id and name; vm->lock is held. */
void axvm_debugfs_add(struct axvm_vm *vm);

/*
 * The files are gone when this returns, and nobody is in one: a descriptor that is
 * still open gives EIO. Without vm->lock, which those who are in one may want.
 */
void axvm_debugfs_remove(struct axvm_vm *vm);

void axvm_debugfs_init(void);
void axvm_debugfs_exit(void);

#endif /* AXVM_DEBUGFS_H */
