/* SPDX-License-Identifier: GPL-2.0 */
/*
 * User mappings of a VM's memory: one address space for all its descriptors,
 * so that everything mapped can be taken away at once.
 *
 * Embedded in struct axvm_vm. chardev.c maps and faults; whoever takes backing
 * away from guest memory blocks the mappings meanwhile:
 *
 *	axvm_usermap_block(&vm->usermap);
 *	axvm_gmem_clear(&vm->gmem);
 *	axvm_usermap_unblock(&vm->usermap);
 *
 * Lock order: mmap_lock, then @lock, then gmem->lock.
 */
#ifndef AXVM_USERMAP_H
#define AXVM_USERMAP_H

#include <linux/rwsem.h>
#include <linux/types.h>

struct file;
struct inode;

/**
 * struct axvm_usermap - what user space has mapped of one VM
 * @lock: read: while a page is found and entered into a page table; write: while pages leave
 * @inode: its address space holds all mappings; NULL until the first descriptor [lock]
 */
struct axvm_usermap {
	struct rw_semaphore lock;
	struct inode *inode;
};

/* Process context. The VM is not reachable yet, or not any more. */
void axvm_usermap_init(struct axvm_usermap *map);
void axvm_usermap_exit(struct axvm_usermap *map);

/* Let a new descriptor of the VM map through the VM's address space. Process context. */
void axvm_usermap_join(struct axvm_usermap *map, struct file *file);

/* Take all pages out of user page tables and let none in until unblocked. Process context. */
void axvm_usermap_block(struct axvm_usermap *map);
void axvm_usermap_unblock(struct axvm_usermap *map);

#endif /* AXVM_USERMAP_H */
