/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The threads of a VM's vCPUs, all of them at a time.
 *
 * Called by the state machine alone. Process context, unless said otherwise.
 */
#ifndef AXVM_VM_THREADS_H
#define AXVM_VM_THREADS_H

#include <linux/jiffies.h>
#include <linux/types.h>

struct axvm_vm;

/* How long those may take who have only to end, before something is done about what keeps them. */
#define AXVM_URGE_INTERVAL	(HZ / 20 + 1)

/* Once, before there are threads. */
void axvm_threads_init(struct axvm_vm *vm);

/* Make, and take back, a request (enum axvm_request) of every vCPU. Any context. */
void axvm_threads_request(struct axvm_vm *vm, unsigned int req);
void axvm_threads_withdraw(struct axvm_vm *vm, unsigned int req);

/**
 * axvm_threads_create() - threads that sleep until axvm_threads_wake()
 * @vm: has none
 *
 * Context: process, may sleep.
 * Return: 0; an error, and then none is left: -ENOMEM, -EINTR, and what the cgroups say.
 */
int axvm_threads_create(struct axvm_vm *vm);
void axvm_threads_wake(struct axvm_vm *vm);

/* Stop those that have begun to leave, or have not run. Sleeps. */
void axvm_threads_join(struct axvm_vm *vm);

/**
 * axvm_threads_leave() - wait until all that were told to stop are gone
 * @vm: its vCPUs have the request
 *
 * Threads that a limit of the creator's cgroups keeps from leaving are taken out of these.
 * Context: process, sleeps; well below a second whatever the limits are.
 */
void axvm_threads_leave(struct axvm_vm *vm);

/* All have found the request to pause. Any context. */
bool axvm_threads_are_parked(const struct axvm_vm *vm);

#endif /* AXVM_VM_THREADS_H */
