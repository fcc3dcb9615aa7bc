// SPDX-License-Identifier: GPL-2.0
/*
 * From names on a command line to VMs, see select.h.
 */
#include "select.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "util.h"

/* The name of the VM that is meant, NULL when no name is close. */
static char *guess_name(struct ax *ax, const char *text)
{
	struct ax_vms vms = { 0 };
	const char **names;
	char *guess = NULL;
	size_t i;

	if (!ax_vm_list(ax, &vms)) {
		names = xcalloc(vms.nr + 1, sizeof(*names));
		for (i = 0; i < vms.nr; i++)
			names[i] = vms.list[i].name;
		guess = xstrdup(nearest_name(text, names));
		free(names);
	}
	ax_vms_free(&vms);
	return guess;
}

int select_one(struct ax *ax, const char *verb, const char *text, struct ax_vm *vm)
{
	int err = ax_vm_find(ax, text, vm);
	char *guess;

	if (!err)
		return STATUS_OK;
	if (err != -ENOENT) {
		ax_complain(ax, "%s: VM '%s'", verb, text);
		return STATUS_FAILED;
	}
	guess = guess_name(ax, text);
	if (guess)
		say_error("%s: there is no VM '%s'; did you mean '%s'?", verb, text, guess);
	else
		say_error("%s: there is no VM '%s'; '" PROGRAM " list' shows those there are",
			  verb, text);
	free(guess);
	return STATUS_FAILED;
}

int select_vms(struct ax *ax, const char *verb, int nr, char **texts, struct ax_vms *vms)
{
	int status = STATUS_OK;
	int i;

	memset(vms, 0, sizeof(*vms));
	if (!nr) {
		if (!ax_vm_list(ax, vms))
			return STATUS_OK;
		ax_complain(ax, "%s", verb);
		return STATUS_FAILED;
	}
	vms->list = xcalloc(nr, sizeof(*vms->list));
	for (i = 0; i < nr; i++) {
		if (select_one(ax, verb, texts[i], &vms->list[vms->nr]))
			status = STATUS_FAILED;
		else
			vms->nr++;
	}
	return status;
}
