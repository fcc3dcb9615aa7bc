// SPDX-License-Identifier: GPL-2.0
/*
 * "axvm-run monitor": tell each change of state of VMs as it happens.
 */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "nl.h"
#include "select.h"
#include "util.h"
#include "util_json.h"
#include "vm_text.h"

struct monitor_values {
	bool json;
	struct option_number count;
};

static const struct option_def monitor_options[] = {
	{ "count", 'n', OPTION_NUMBER, offsetof(struct monitor_values, count), "N",
	  "end after so many events" },
	OPTION_JSON_AT(struct monitor_values),
	{ 0 },
};

/* The newest event that was seen of a VM. */
struct last_seen {
	uint32_t id;
	uint64_t seq;
};

struct monitor {
	const struct monitor_values *values;
	const struct ax_vms *only;	/* empty: all */
	struct last_seen *seen;
	size_t nr_seen;
	uint64_t nr_events;
	uint64_t total;		/* number of the newest event among those of all VMs */
};

static bool is_enough(const struct monitor *monitor)
{
	return monitor->values->count.given && monitor->nr_events >= monitor->values->count.value;
}

static bool is_wanted(const struct monitor *monitor, uint32_t id)
{
	size_t i;

	for (i = 0; i < monitor->only->nr; i++)
		if (monitor->only->list[i].id == id)
			return true;
	return !monitor->only->nr;
}

static struct last_seen *find_seen(struct monitor *monitor, uint32_t id)
{
	size_t i;

	for (i = 0; i < monitor->nr_seen; i++)
		if (monitor->seen[i].id == id)
			return &monitor->seen[i];
	return NULL;
}

static void set_seen(struct monitor *monitor, uint32_t id, uint64_t seq)
{
	struct last_seen *seen = find_seen(monitor, id);

	if (!seen) {
		monitor->seen = xrealloc(monitor->seen,
					 (monitor->nr_seen + 1) * sizeof(*monitor->seen));
		seen = &monitor->seen[monitor->nr_seen++];
		seen->id = id;
	}
	seen->seq = seq;
}

/*
 * Events before @event that were never seen. When all VMs are watched, their common numbers
 * tell; otherwise those of @event's VM, of which a new one begins with 1.
 */
static uint64_t count_missing(struct monitor *monitor, const struct ax_event *event)
{
	const struct last_seen *seen = find_seen(monitor, event->vm_id);

	if (event->total && !monitor->only->nr)
		return event->total > monitor->total + 1 ? event->total - monitor->total - 1 : 0;
	if (!seen || event->seq == 1)
		return event->seq - 1;
	return event->seq > seen->seq ? event->seq - seen->seq - 1 : 0;
}

/* Of VM @name, or of any VM when that is NULL. */
static void print_missing(const struct monitor *monitor, uint32_t id, const char *name,
			  uint64_t missing)
{
	const char *s = missing == 1 ? "" : "s";
	struct json json;

	if (!monitor->values->json) {
		if (name)
			printf("%s (id %u): ", name, id);
		printf("%" PRIu64 " event%s lost\n", missing, s);
		return;
	}
	json_init(&json, stdout);
	json_object(&json);
	json_key_string(&json, "event", "lost");
	if (name) {
		json_key_uint(&json, "id", id);
		json_key_string(&json, "name", name);
	}
	json_key_uint(&json, "count", missing);
	json_end(&json);
}

static void print_json(const struct ax_event *event)
{
	const struct vm_end now = { event->state, event->reason, event->code };
	struct json json;

	json_init(&json, stdout);
	json_object(&json);
	json_key_string(&json, "event", "state");
	json_key_uint(&json, "id", event->vm_id);
	json_key_string(&json, "name", event->vm_name);
	json_key_uint(&json, "seq", event->seq);
	json_key_uint(&json, "time_ns", event->time_ns);
	json_key_string(&json, "old_state", vm_state_name(event->old_state));
	vm_end_json(&now, &json);
	json_end(&json);
}

static void print_text(const struct ax_event *event)
{
	printf("[%5" PRIu64 ".%06" PRIu64 "] %s (id %u): ", event->time_ns / 1000000000,
	       event->time_ns / 1000 % 1000000, event->vm_name, event->vm_id);
	/* A new VM comes from nowhere. */
	if (event->old_state != event->state)
		printf("%s -> ", vm_state_name(event->old_state));
	printf("%s, reason %s", vm_state_name(event->state), vm_reason_name(event->reason));
	if (event->code)
		printf(", code 0x%" PRIx64, event->code);
	printf("\n");
}

static void on_event(const struct ax_event *event, void *arg)
{
	struct monitor *monitor = arg;
	uint64_t missing;

	if (!is_wanted(monitor, event->vm_id) || is_enough(monitor))
		return;
	missing = count_missing(monitor, event);
	if (missing)
		print_missing(monitor, event->vm_id,
			      event->total && !monitor->only->nr ? NULL : event->vm_name, missing);
	set_seen(monitor, event->vm_id, event->seq);
	if (event->total > monitor->total)
		monitor->total = event->total;
	monitor->nr_events++;
	if (monitor->values->json)
		print_json(event);
	else
		print_text(event);
	/* Reading may wait for more; whoever follows a file wants this one now. */
	fflush(stdout);
}

/* Return: false when nobody reads what we print. */
static bool wait_for_events(const struct ax_events *events)
{
	struct pollfd fds[] = {
		{ .fd = ax_events_fd(events), .events = POLLIN },
		{ .fd = STDOUT_FILENO },
	};

	while (poll(fds, ARRAY_SIZE(fds), -1) < 0)
		if (errno != EINTR)
			return false;
	return !(fds[1].revents & (POLLERR | POLLNVAL));
}

/* Of each VM that is watched: events that have happened, and will not arrive any more. */
static void tell_missing_of(struct monitor *monitor, const struct ax_vms *now)
{
	size_t i;

	for (i = 0; i < now->nr; i++) {
		const struct ax_vm *vm = &now->list[i];
		const struct last_seen *seen = find_seen(monitor, vm->id);
		uint64_t last = seen ? seen->seq : 0;

		if (!is_wanted(monitor, vm->id) || vm->seq <= last)
			continue;
		print_missing(monitor, vm->id, vm->name, vm->seq - last);
		set_seen(monitor, vm->id, vm->seq);
	}
}

static int read_rest(struct monitor *monitor, struct ax_events *events)
{
	int err;

	do {
		err = ax_events_read(events, on_event, monitor);
	} while (err == -ENOBUFS);
	return err;
}

static void tell_missing_of_all(struct monitor *monitor, uint64_t total)
{
	if (total <= monitor->total)
		return;
	print_missing(monitor, 0, NULL, total - monitor->total);
	monitor->total = total;
}

/*
 * The kernel says that something was lost, which may be the newest: ask what has happened.
 * What has happened until then, and is not here after that, does not come.
 */
static int tell_lost(struct monitor *monitor, struct ax *ax, struct ax_events *events)
{
	bool all = !monitor->only->nr;
	struct ax_vms now = { 0 };
	struct ax_caps caps;
	int err = read_rest(monitor, events);

	if (!err)
		err = all ? ax_caps_get(ax, &caps) : ax_vm_list(ax, &now);
	if (!err)
		err = read_rest(monitor, events);
	if (!err && !is_enough(monitor) && all)
		tell_missing_of_all(monitor, caps.events);
	else if (!err && !is_enough(monitor))
		tell_missing_of(monitor, &now);
	ax_vms_free(&now);
	return err;
}

static int watch(struct monitor *monitor, struct ax *ax, struct ax_events *events)
{
	while (!is_enough(monitor) && wait_for_events(events)) {
		int err = ax_events_read(events, on_event, monitor);

		if (err == -ENOBUFS)
			err = tell_lost(monitor, ax, events);
		if (err) {
			say_error("monitor: no more events: %s", strerror(-err));
			return STATUS_FAILED;
		}
		if (fflush(stdout) || ferror(stdout))
			return STATUS_FAILED;
	}
	return STATUS_OK;
}

/* VMs that exist, and all events so far: these are not missing. */
static int note_present(struct monitor *monitor, struct ax *ax)
{
	struct ax_vms vms = { 0 };
	struct ax_caps caps;
	size_t i;

	if (ax_vm_list(ax, &vms) || ax_caps_get(ax, &caps)) {
		ax_complain(ax, "monitor");
		ax_vms_free(&vms);
		return STATUS_FAILED;
	}
	for (i = 0; i < vms.nr; i++)
		set_seen(monitor, vms.list[i].id, vms.list[i].seq);
	monitor->total = caps.events;
	ax_vms_free(&vms);
	return STATUS_OK;
}

static int monitor_vms(struct ax *ax, const struct monitor_values *values,
		       const struct ax_vms *only)
{
	struct monitor monitor = { .values = values, .only = only };
	struct ax_events *events = ax_events_open(ax);
	int status;

	if (!events) {
		ax_complain(ax, "monitor");
		return STATUS_FAILED;
	}
	status = note_present(&monitor, ax);
	if (!status)
		status = watch(&monitor, ax, events);
	free(monitor.seen);
	ax_events_close(events);
	return status;
}

static int monitor_main(void *values, int nr_args, char **args)
{
	struct ax *ax = ax_open();
	struct ax_vms only = { 0 };
	int status = STATUS_OK;

	if (!ax)
		return STATUS_FAILED;
	if (nr_args)
		status = select_vms(ax, "monitor", nr_args, args, &only);
	if (!status)
		status = monitor_vms(ax, values, &only);
	ax_vms_free(&only);
	ax_close(ax);
	return status;
}

const struct command cmd_monitor = {
	.name = "monitor",
	.args = "[VM]...",
	.summary = "tell each change of state as it happens",
	.details =
"A VM is an id or a name; without one, all VMs are watched, later ones too. Times are\n"
"seconds of CLOCK_BOOTTIME. With -j each event is one JSON object on a line of its own.\n"
"Events that got lost are noticed by their numbers, and their count is told: of all VMs\n"
"together, or of each of the VMs that were named.\n",
	.options = monitor_options,
	.values_size = sizeof(struct monitor_values),
	.min_args = 0,
	.max_args = -1,
	.run = monitor_main,
};
