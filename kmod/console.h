/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Consoles: two byte queues between a guest's serial port and whoever looks.
 *
 * Owned by a VM, reference counted because readers may outlive it. The output
 * side is a ring of the newest AXVM_CONSOLE_OUTPUT bytes that any number of
 * readers follow, each at its own position; the guest never waits. The input
 * side is a queue that the device drains at its own speed.
 *
 * Locks: the console's raw spinlock is innermost and guards both queues; its
 * client mutex is taken by process context only, outside of it.
 */
#ifndef AXVM_CONSOLE_H
#define AXVM_CONSOLE_H

#include <linux/types.h>
#include <linux/wait.h>

#define AXVM_MAX_CONSOLES	8
#define AXVM_CONSOLE_OUTPUT	(256u << 10)	/* power of two */
#define AXVM_CONSOLE_INPUT	(4u << 10)	/* power of two */

struct axvm_console;

/**
 * struct axvm_console_client - the device behind a console
 * @ready: input arrived; process context, no spinlock held. Must not connect or disconnect.
 * @opaque: its argument
 */
struct axvm_console_client {
	void (*ready)(void *opaque);
	void *opaque;
};

/* Context: may sleep. Return: console with one reference, or NULL. */
struct axvm_console *axvm_console_create(u32 index);
/* Number in its VM. */
u32 axvm_console_index(const struct axvm_console *con);
/* Any context. Return: its argument. */
struct axvm_console *axvm_console_get(struct axvm_console *con);
/* Context: process, may sleep. NULL is fine. */
void axvm_console_put(struct axvm_console *con);

/* The device side. Process context; after disconnect no call to the client is under way. */
void axvm_console_connect(struct axvm_console *con, const struct axvm_console_client *client);
/* Marks the end too: nothing will be printed any more. */
void axvm_console_disconnect(struct axvm_console *con);
/* Any context incl. hard interrupts; readers are woken through irq_work. */
void axvm_console_output(struct axvm_console *con, const u8 *bytes, size_t len);
/* Any context. Return: bytes taken out of the input queue, at most max. */
size_t axvm_console_input(struct axvm_console *con, u8 *bytes, size_t max);
/* Any context. Return: bytes waiting in the input queue. */
size_t axvm_console_input_pending(struct axvm_console *con);
/* Forget input (reset). Any context. */
void axvm_console_flush_input(struct axvm_console *con);
/*
 * Mark the end (VM stopped: readers get 0 after the rest) or take the mark away
 * (start). Any context.
 */
void axvm_console_set_ended(struct axvm_console *con, bool ended);

/**
 * struct axvm_console_reader - somebody who follows the output
 * @con: what is read; the reader's owner holds a reference
 * @pos: absolute position of the next byte, counted from the console's creation
 * @notice: text about lost bytes, read before what is at @pos
 * @notice_len: its length, 0 none
 * @notice_pos: how much of it was read
 *
 * Serialised by its owner; axvm_console_readable() may run beside.
 */
struct axvm_console_reader {
	struct axvm_console *con;
	u64 pos;
	char notice[48];
	unsigned int notice_len;
	unsigned int notice_pos;
};

/* The user side: chardev.c and whatever else shows a console. */

/* Start at the oldest byte still kept, or with what is printed from now on. Any context. */
void axvm_console_reader_init(struct axvm_console_reader *reader, struct axvm_console *con,
			      bool history);

/**
 * axvm_console_peek() - look at the next bytes without taking them
 * @reader: position
 * @buf: destination
 * @max: its size
 *
 * A reader that was too slow sees "[axvm: N bytes lost]" on a line of its own
 * in place of what it missed.
 *
 * Any context.
 *
 * Return: bytes put into @buf, 0 nothing there now.
 */
size_t axvm_console_peek(struct axvm_console_reader *reader, u8 *buf, size_t max);
/* Take bytes that the last axvm_console_peek() gave; at most so many. */
void axvm_console_advance(struct axvm_console_reader *reader, size_t len);

/* Would a read return at once (with bytes, or 0 at the end)? */
bool axvm_console_readable(const struct axvm_console_reader *reader);
bool axvm_console_ended(const struct axvm_console *con);
bool axvm_console_writable(const struct axvm_console *con);

/**
 * axvm_console_write() - input for the guest
 * @con: console
 * @bytes: what was typed
 * @len: how much
 *
 * Takes what there is room for and tells the device. Context: process, may sleep.
 *
 * Return: bytes taken, 0 when the queue is full; -EPIPE after the end.
 */
ssize_t axvm_console_write(struct axvm_console *con, const u8 *bytes, size_t len);

/* Its two halves: queue what there is room for (any context); tell the device (process). */
size_t axvm_console_queue(struct axvm_console *con, const u8 *bytes, size_t len);
void axvm_console_tell(struct axvm_console *con);

/* Woken when there is something to read, room to write, or the end. */
wait_queue_head_t *axvm_console_wait_queue(struct axvm_console *con);

/* In console_file.c. Return: fd (close-on-exec), or negative errno. */
int axvm_console_open_fd(struct axvm_console *con, bool history, bool nonblock);

#endif /* AXVM_CONSOLE_H */
