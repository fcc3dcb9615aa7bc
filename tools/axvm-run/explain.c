// SPDX-License-Identifier: GPL-2.0
/*
 * What an errno of the module means, and what people can do about it.
 *
 * See nl.h and vmdev.h. Used for netlink requests and for ioctls of /dev/axvm.
 */
#include <errno.h>
#include <linux/axvm_netlink.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "explain.h"
#include "util.h"

struct errno_advice {
	int err;
	const char *meaning;	/* used when the kernel gave no words of its own */
	const char *advice;
};

static const struct errno_advice advices[] = {
	{ ENOENT, "there is no such VM", "'" PROGRAM " list' shows those there are" },
	{ EEXIST, "a VM with this name or id exists",
	  "choose another name or id, or destroy that VM with '" PROGRAM " destroy'" },
	{ EBUSY, "busy", "'" PROGRAM " show' tells the VM's state" },
	{ EINVAL, "the kernel refuses this request", NULL },
	{ ENOSPC, "a limit is reached", "'" PROGRAM " capabilities' shows the limits" },
	{ ENOMEM, "the host has not enough free memory",
	  "give the VM less memory, or free some on the host" },
	{ ERANGE, "not inside one memory region of the VM",
	  "compare the addresses with the memory regions of the configuration" },
	{ EOPNOTSUPP, "the loaded module cannot do that",
	  "module and tool must be of the same version" },
	{ EINTR, "interrupted", "try again" },
	{ ETIMEDOUT, "it took too long", NULL },
	{ EMFILE, "too many open files", "raise the limit with 'ulimit -n'" },
};

static const struct errno_advice *find_advice(int err)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(advices); i++)
		if (advices[i].err == err)
			return &advices[i];
	return NULL;
}

const char *explain_errno(int err)
{
	const struct errno_advice *advice = find_advice(err);

	if (err == EPERM || err == EACCES)
		return "not permitted";
	return advice ? advice->meaning : strerror(err);
}

const char *explain_advice(int err)
{
	const struct errno_advice *advice = find_advice(err);

	if (err != EPERM && err != EACCES)
		return advice ? advice->advice : NULL;
	if (geteuid())
		return "run it as root";
	return "CAP_SYS_ADMIN in the initial user namespace is needed, which this root has not";
}

struct state_refusal {
	const char *verb;
	uint32_t state;
	const char *text;
};

#define HAS_STOPPED	"it has stopped"
#define HAS_CRASHED	"it has crashed"
#define NOT_STARTED	"it has not been started"
#define STOP_FIRST(what)	what "; '" PROGRAM " stop' it first, or use --force"
#define RESET_FIRST	"'" PROGRAM " reset' makes it ready again"

static const struct state_refusal state_refusals[] = {
	{ "start", AXVM_VM_STATE_RUNNING, "is already running" },
	{ "start", AXVM_VM_STATE_PAUSED, "is paused; '" PROGRAM " resume' lets it go on" },
	{ "start", AXVM_VM_STATE_STOPPED, "has stopped; " RESET_FIRST },
	{ "start", AXVM_VM_STATE_CRASHED, "has crashed; " RESET_FIRST },
	{ "stop", AXVM_VM_STATE_CREATED, "is not running: " NOT_STARTED },
	{ "stop", AXVM_VM_STATE_READY, "is not running: " NOT_STARTED },
	{ "stop", AXVM_VM_STATE_STOPPED, "is not running: " HAS_STOPPED },
	{ "stop", AXVM_VM_STATE_CRASHED, "is not running: " HAS_CRASHED },
	{ "pause", AXVM_VM_STATE_CREATED, "is not running: " NOT_STARTED },
	{ "pause", AXVM_VM_STATE_READY, "is not running: " NOT_STARTED },
	{ "pause", AXVM_VM_STATE_PAUSED, "is already paused" },
	{ "pause", AXVM_VM_STATE_STOPPED, "is not running: " HAS_STOPPED },
	{ "pause", AXVM_VM_STATE_CRASHED, "is not running: " HAS_CRASHED },
	{ "show", AXVM_VM_STATE_RUNNING,
	  "is running: '" PROGRAM " pause' it first to see its registers" },
	{ "destroy", AXVM_VM_STATE_RUNNING, STOP_FIRST("is running") },
	{ "destroy", AXVM_VM_STATE_PAUSED, STOP_FIRST("is paused") },
	{ "destroy", AXVM_VM_STATE_STOPPING, STOP_FIRST("is stopping") },
	{ "resume", AXVM_VM_STATE_CREATED, "is not paused: " NOT_STARTED },
	{ "resume", AXVM_VM_STATE_READY, "is not paused: " NOT_STARTED },
	{ "resume", AXVM_VM_STATE_RUNNING, "is already running" },
	{ "resume", AXVM_VM_STATE_STOPPED, "is not paused: " HAS_STOPPED },
	{ "resume", AXVM_VM_STATE_CRASHED, "is not paused: " HAS_CRASHED },
};

const char *explain_state(const char *verb, uint32_t state)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(state_refusals); i++)
		if (state_refusals[i].state == state && !strcmp(state_refusals[i].verb, verb))
			return state_refusals[i].text;
	return NULL;
}
