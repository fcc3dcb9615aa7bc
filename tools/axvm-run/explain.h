/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What an errno of the module means, and what people can do about it.
 *
 * Used where requests to the kernel fail. Single-threaded.
 */
#ifndef AXVM_RUN_EXPLAIN_H
#define AXVM_RUN_EXPLAIN_H

#include <stdint.h>

#define EXPLAIN_NO_MODULE \
	"the axvm module is not loaded; 'modprobe axvm' or 'insmod axvm.ko' loads it"

/**
 * explain_errno() - what went wrong, for people
 * @err: errno, positive
 */
const char *explain_errno(int err);

/**
 * explain_advice() - what can be done about it
 * @err: errno, positive
 *
 * Return: the advice, or NULL when there is none.
 */
const char *explain_advice(int err);

/**
 * explain_state() - why a command does nothing to a VM in a state
 * @verb: the command, such as "stop"
 * @state: AXVM_VM_STATE_*
 *
 * Return: what follows "VM 'name' ", or NULL when the state is not the reason.
 */
const char *explain_state(const char *verb, uint32_t state);

#endif /* AXVM_RUN_EXPLAIN_H */
