// SPDX-License-Identifier: GPL-2.0
/*
 * Descriptors of VMs and their consoles, see vmdev.h.
 */
#include "vmdev.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/axvm.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/ioctl.h>

#include "cmd.h"
#include "explain.h"
#include "util.h"

#define DEVICE	"/dev/axvm"

static int complain(int err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static int complain(int err, const char *fmt, ...)
{
	const char *advice = explain_advice(err);
	va_list args;
	char *what;

	va_start(args, fmt);
	what = xvasprintf(fmt, args);
	va_end(args);
	say_error("%s: %s%s%s", what, explain_errno(err), advice ? "; " : "",
		  advice ? advice : "");
	free(what);
	return -err;
}

/* Once open, it stays open until the program ends. */
static int device = -1;

int vmdev_reach(void)
{
	int err;

	if (device < 0)
		device = open(DEVICE, O_RDWR | O_CLOEXEC);
	if (device >= 0)
		return 0;
	err = errno;
	if (err != ENOENT && err != ENXIO && err != ENODEV)
		return complain(err, "%s", DEVICE);
	/* The family is there, or nobody would come here: only the node is missing. */
	say_error(DEVICE " is missing; mount devtmpfs on /dev, or make the node by hand");
	return -err;
}

int vmdev_open(uint32_t id, const char *name)
{
	struct axvm_vm_open open = { .id = id };
	int fd = vmdev_reach();

	if (fd)
		return fd;
	fd = ioctl(device, AXVM_VM_OPEN, &open);
	return fd >= 0 ? fd : complain(errno, "VM '%s'", name);
}

int vmdev_load(int fd, const struct boot_blob *blob)
{
	struct axvm_image image = {
		.gpa = blob->gpa,
		.len = blob->len,
		.addr = (uintptr_t)blob->data,
		.kind = blob->kind,
	};

	if (!ioctl(fd, AXVM_VM_LOAD, &image))
		return 0;
	return complain(errno, "%s: cannot be loaded at 0x%" PRIx64 " to 0x%" PRIx64, blob->name,
			blob->gpa, blob->gpa + blob->len);
}

int vmdev_console(int fd, uint32_t index, bool history)
{
	struct axvm_console_open open = {
		.index = index,
		.flags = AXVM_CONSOLE_NONBLOCK | (history ? AXVM_CONSOLE_HISTORY : 0),
	};
	int console = ioctl(fd, AXVM_VM_CONSOLE, &open);

	if (console >= 0)
		return console;
	if (errno != ENOENT)
		return complain(errno, "console %u", index);
	say_error("the VM has no console %u", index);
	return -ENOENT;
}
