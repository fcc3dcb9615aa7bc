/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Consoles: two byte queues between a guest's serial port and whoever looks.
 *
 * Owned by a VM, reference counted because readers may outlive it. The output
 * side is a ring of the newest AXVM_CONSOLE_OUTPUT bytes that any number of
 * readers follow, each at its own position; the guest never waits. The input
 * side is a queue that the device drains at its own speed.
 */
#ifndef AXVM_CONSOLE_H
#define AXVM_CONSOLE_H

#include <linux/types.h>

#define AXVM_MAX_CONSOLES	8
#define AXVM_CONSOLE_OUTPUT	(256u << 10)
#define AXVM_CONSOLE_INPUT	(4u << 10)

struct axvm_console;
struct iov_iter;

/* @ready: input arrived, or room may be used again. Any process context, called under no console lock. */
struct axvm_console_client {
	void (*ready)(void *opaque);
	void *opaque;
};

/* Context: may sleep. Return: console with one reference, or NULL. */
struct axvm_console *axvm_console_create(u32 index);
struct axvm_console *axvm_console_get(struct axvm_console *con);
void axvm_console_put(struct axvm_console *con);

/* The device side. connect/disconnect: process context; afterwards no call to the client is under way. */
void axvm_console_connect(struct axvm_console *con, const struct axvm_console_client *client);
void axvm_console_disconnect(struct axvm_console *con);
/* Any context incl. hard interrupts; readers are woken through irq_work. */
void axvm_console_output(struct axvm_console *con, const u8 *bytes, size_t len);
/* Any context. Return: bytes taken out of the input queue, at most max. */
size_t axvm_console_input(struct axvm_console *con, u8 *bytes, size_t max);
/* Any context. Return: bytes waiting in the input queue. */
size_t axvm_console_input_pending(struct axvm_console *con);
/* Forget input (reset); mark the end (VM stopped: readers get 0 after the rest) and take the mark away (start). */
void axvm_console_flush_input(struct axvm_console *con);
void axvm_console_set_ended(struct axvm_console *con, bool ended);

/* The user side (chardev.c). Return: fd, or negative errno. */
int axvm_console_open_fd(struct axvm_console *con, bool history, bool nonblock);

#endif /* AXVM_CONSOLE_H */
