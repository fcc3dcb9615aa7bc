/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Be at the consoles of VMs until they end, or somebody has enough.
 *
 * Used by run, start, console and wait. Standard input goes to the first VM; on a
 * terminal Ctrl-] leaves. Single-threaded.
 */
#ifndef AXVM_RUN_ATTACH_H
#define AXVM_RUN_ATTACH_H

#include <stdbool.h>
#include <stdint.h>

#include "nl.h"
#include "vm_text.h"

/**
 * struct attach_vm - one VM that is watched
 * @id: its id
 * @name: its name, borrowed
 * @console: its console, from vmdev_console(), closed when it ends; negative:
 *	it has none
 * @over: out: it ended
 * @end: out: how
 * @told: private: @on_over was called
 * @over_since: private: milliseconds
 */
struct attach_vm {
	uint32_t id;
	const char *name;
	int console;
	bool over;
	struct vm_end end;
	bool told;
	uint64_t over_since;
};

/**
 * enum attach_outcome - why attach_run() returned
 * @ATTACH_ENDED: all VMs ended
 * @ATTACH_LEFT: somebody typed Ctrl-]
 * @ATTACH_SIGNALLED: a signal asked us to end
 * @ATTACH_NO_READER: nobody reads our standard output any more
 * @ATTACH_FAILED: something else, a message says what
 */
enum attach_outcome {
	ATTACH_ENDED,
	ATTACH_LEFT,
	ATTACH_SIGNALLED,
	ATTACH_NO_READER,
	ATTACH_FAILED,
};

/**
 * struct attach - what attach_run() works on
 * @ax: session, to ask how a VM ended
 * @events: opened before the VMs could end
 * @vms: array
 * @nr_vms: its length, at least 1
 * @no_reboot: a guest that wants to reboot has ended; its VM is stopped
 * @no_input: standard input is not ours
 * @on_over: called when a VM ended and all that it printed was passed on
 * @signal: out: which, after ATTACH_SIGNALLED
 */
struct attach {
	struct ax *ax;
	struct ax_events *events;
	struct attach_vm *vms;
	unsigned int nr_vms;
	bool no_reboot;
	bool no_input;
	void (*on_over)(const struct attach_vm *vm);
	int signal;
};

/**
 * attach_run() - pass bytes between consoles and standard input and output
 * @attach: see there
 *
 * The terminal is raw meanwhile and as before afterwards. SIGINT, SIGTERM and
 * SIGHUP are taken; they have their usual effect again afterwards, but stay
 * blocked when one of them was the reason to return.
 */
enum attach_outcome attach_run(struct attach *attach);

/**
 * attach_status() - exit status that an outcome amounts to
 * @attach: after attach_run()
 * @outcome: what that returned
 */
int attach_status(const struct attach *attach, enum attach_outcome outcome);

#endif /* AXVM_RUN_ATTACH_H */
