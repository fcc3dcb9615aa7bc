// SPDX-License-Identifier: GPL-2.0
/*
 * The parts of nl.h that need no netlink: complaints, and freeing of lists.
 */
#include "nl.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "explain.h"
#include "util.h"

static char *describe_attr(const struct ax_fault *fault)
{
	if (!fault->attr[0])
		return xstrdup("");
	return xasprintf(" (%s%s)", fault->attr_missing ? "missing: " : "", fault->attr);
}

static void complain(const struct ax_fault *fault, const char *fmt, va_list args)
{
	const char *advice = explain_advice(fault->err);
	const char *words = fault->message;
	char *what = xvasprintf(fmt, args);
	char *attr = describe_attr(fault);

	if (!words[0])
		words = explain_errno(fault->err);
	say_error("%s: %s%s%s%s", what, words, attr, advice ? "; " : "", advice ? advice : "");
	free(attr);
	free(what);
}

void ax_complain(const struct ax *ax, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	complain(ax_last_fault(ax), fmt, args);
	va_end(args);
}

void ax_complain_about(const struct ax_fault *fault, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	complain(fault, fmt, args);
	va_end(args);
}

void ax_complain_vm(const struct ax *ax, const char *verb, const struct ax_vm *vm)
{
	int err = ax_last_fault(ax)->err;
	const char *reason = NULL;

	if (err == EINVAL || err == EBUSY)
		reason = explain_state(verb, vm->state);
	if (reason)
		say_error("%s: VM '%s' %s", verb, vm->name, reason);
	else
		ax_complain(ax, "%s: VM '%s'", verb, vm->name);
}

void ax_vms_free(struct ax_vms *vms)
{
	free(vms->list);
	memset(vms, 0, sizeof(*vms));
}

void ax_vcpus_free(struct ax_vcpus *vcpus)
{
	size_t i;

	for (i = 0; i < vcpus->nr; i++)
		free(vcpus->list[i].counters);
	free(vcpus->list);
	memset(vcpus, 0, sizeof(*vcpus));
}

void ax_regions_free(struct ax_regions *regions)
{
	free(regions->list);
	memset(regions, 0, sizeof(*regions));
}

void ax_devices_free(struct ax_devices *devices)
{
	free(devices->list);
	memset(devices, 0, sizeof(*devices));
}
