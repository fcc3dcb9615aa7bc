/* SPDX-License-Identifier: GPL-2.0 */
/*
 * From the VMs that somebody names on a command line to what the kernel says of them.
 *
 * Used by the commands that work on existing VMs. Single-threaded.
 */
#ifndef AXVM_RUN_SELECT_H
#define AXVM_RUN_SELECT_H

#include "nl.h"

/**
 * select_one() - find a VM by id or name, or say that it is not there
 * @ax: session
 * @verb: command, for the message
 * @text: id or name
 * @vm: filled
 *
 * Return: an enum cmd_status.
 */
int select_one(struct ax *ax, const char *verb, const char *text, struct ax_vm *vm);

/**
 * select_vms() - find several VMs
 * @ax: session
 * @verb: command, for messages
 * @nr: number of @texts; 0: all VMs
 * @texts: ids or names
 * @vms: gets those that were found, for ax_vms_free() whatever is returned
 *
 * Return: an enum cmd_status, STATUS_FAILED also when only some were found.
 */
int select_vms(struct ax *ax, const char *verb, int nr, char **texts, struct ax_vms *vms);

#endif /* AXVM_RUN_SELECT_H */
