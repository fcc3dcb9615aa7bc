/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tell how VMs ended, and end them.
 *
 * Used by the commands that attach to consoles, and by wait.
 */
#ifndef AXVM_RUN_REPORT_H
#define AXVM_RUN_REPORT_H

#include <stdio.h>

#include "attach.h"
#include "nl.h"

/* Say on standard error how a VM ended; on_over of struct attach. */
void tell_end(const struct attach_vm *vm);

/* The same as a JSON object on a line of its own. */
void tell_end_json(const struct attach_vm *vm);

/* That object, somewhere else. */
void print_end_json(const struct attach_vm *vm, FILE *out);

/**
 * stop_and_tell() - stop a VM that is watched
 * @ax: session
 * @vm: the VM; @vm->over and @vm->end are set
 * @tell: called when it has stopped, may be NULL
 *
 * A VM that ended meanwhile by itself is no error.
 */
void stop_and_tell(struct ax *ax, struct attach_vm *vm, void (*tell)(const struct attach_vm *vm));

#endif /* AXVM_RUN_REPORT_H */
