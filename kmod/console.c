// SPDX-License-Identifier: GPL-2.0
/*
 * Console queues: a ring of output that many follow, a queue of input for one.
 *
 * Created with the device that prints, called by that device in any context
 * (one raw spinlock, held for a memcpy), and by the user side in process context.
 */
#include <linux/irq_work.h>
#include <linux/kref.h>
#include <linux/minmax.h>
#include <linux/mutex.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <kunit/visibility.h>

#include "console.h"

/**
 * struct axvm_console - one console
 * @ref: one for the VM, one per file
 * @index: number in the VM, immutable
 * @out: ring, byte at absolute position p is out[p % AXVM_CONSOLE_OUTPUT] [lock]
 * @in: ring, likewise [lock]
 * @lock: innermost lock of all, any context
 * @out_end: absolute position behind the newest byte [lock; READ_ONCE elsewhere]
 * @in_end: likewise for input [lock]
 * @in_pos: position of the next byte for the device [lock]
 * @ended: nothing more will come until the VM starts again [lock; acquire elsewhere]
 * @wait: readers and writers that sleep or poll
 * @wake: wakes them from a context that may
 * @client_lock: mutex, held across calls to the client; outside of @lock
 * @client: the device [client_lock]
 */
struct axvm_console {
	struct kref ref;
	u32 index;
	u8 *out;
	u8 *in;
	raw_spinlock_t lock;
	u64 out_end;
	u64 in_end;
	u64 in_pos;
	bool ended;
	wait_queue_head_t wait;
	struct irq_work wake;
	struct mutex client_lock;	/* held across calls to the client */
	struct axvm_console_client client;
};

static_assert((AXVM_CONSOLE_OUTPUT & (AXVM_CONSOLE_OUTPUT - 1)) == 0);
static_assert((AXVM_CONSOLE_INPUT & (AXVM_CONSOLE_INPUT - 1)) == 0);

static void copy_to_ring(u8 *ring, size_t size, u64 pos, const u8 *bytes, size_t len)
{
	size_t start = pos & (size - 1);
	size_t first = min(len, size - start);

	memcpy(ring + start, bytes, first);
	memcpy(ring, bytes + first, len - first);
}

static void copy_from_ring(u8 *bytes, const u8 *ring, size_t size, u64 pos, size_t len)
{
	size_t start = pos & (size - 1);
	size_t first = min(len, size - start);

	memcpy(bytes, ring + start, first);
	memcpy(bytes + first, ring, len - first);
}

static void wake_sleepers(struct irq_work *work)
{
	struct axvm_console *con = container_of(work, struct axvm_console, wake);

	wake_up_interruptible_poll(&con->wait, EPOLLIN | EPOLLRDNORM | EPOLLOUT | EPOLLWRNORM |
				   EPOLLHUP);
}

/*
 * Whoever calls us may hold raw spinlocks, under which no wait queue may be
 * touched. wq_has_sleeper() has a barrier between the change that was just
 * made and the look at the queue; it pairs with the one in set_current_state()
 * (or poll_wait()) between entering the queue and looking at the change.
 */
static void notify_sleepers(struct axvm_console *con)
{
	if (wq_has_sleeper(&con->wait))
		irq_work_queue(&con->wake);
}

struct axvm_console *axvm_console_create(u32 index)
{
	struct axvm_console *con = kzalloc(sizeof(*con), GFP_KERNEL_ACCOUNT);

	if (!con)
		return NULL;
	con->out = kvmalloc(AXVM_CONSOLE_OUTPUT, GFP_KERNEL_ACCOUNT);
	if (!con->out)
		goto err_con;
	con->in = kmalloc(AXVM_CONSOLE_INPUT, GFP_KERNEL_ACCOUNT);
	if (!con->in)
		goto err_out;

	kref_init(&con->ref);
	con->index = index;
	raw_spin_lock_init(&con->lock);
	init_waitqueue_head(&con->wait);
	init_irq_work(&con->wake, wake_sleepers);
	mutex_init(&con->client_lock);
	return con;

err_out:
	kvfree(con->out);
err_con:
	kfree(con);
	return NULL;
}
EXPORT_SYMBOL_IF_KUNIT(axvm_console_create);

u32 axvm_console_index(const struct axvm_console *con)
{
	return con->index;
}

struct axvm_console *axvm_console_get(struct axvm_console *con)
{
	kref_get(&con->ref);
	return con;
}
EXPORT_SYMBOL_IF_KUNIT(axvm_console_get);

static void free_console(struct kref *ref)
{
	struct axvm_console *con = container_of(ref, struct axvm_console, ref);

	irq_work_sync(&con->wake);
	kfree(con->in);
	kvfree(con->out);
	kfree(con);
}

void axvm_console_put(struct axvm_console *con)
{
	if (con)
		kref_put(&con->ref, free_console);
}
EXPORT_SYMBOL_IF_KUNIT(axvm_console_put);

void axvm_console_connect(struct axvm_console *con, const struct axvm_console_client *client)
{
	mutex_lock(&con->client_lock);
	con->client = *client;
	mutex_unlock(&con->client_lock);
}
EXPORT_SYMBOL_IF_KUNIT(axvm_console_connect);

void axvm_console_disconnect(struct axvm_console *con)
{
	mutex_lock(&con->client_lock);
	con->client = (struct axvm_console_client){};
	mutex_unlock(&con->client_lock);
	axvm_console_set_ended(con, true);
}
EXPORT_SYMBOL_IF_KUNIT(axvm_console_disconnect);

void axvm_console_output(struct axvm_console *con, const u8 *bytes, size_t len)
{
	unsigned long flags;
	size_t skip = len > AXVM_CONSOLE_OUTPUT ? len - AXVM_CONSOLE_OUTPUT : 0;

	if (!len)
		return;
	raw_spin_lock_irqsave(&con->lock, flags);
	copy_to_ring(con->out, AXVM_CONSOLE_OUTPUT, con->out_end + skip, bytes + skip, len - skip);
	WRITE_ONCE(con->out_end, con->out_end + len);
	raw_spin_unlock_irqrestore(&con->lock, flags);
	notify_sleepers(con);
}
EXPORT_SYMBOL_IF_KUNIT(axvm_console_output);

size_t axvm_console_input(struct axvm_console *con, u8 *bytes, size_t max)
{
	unsigned long flags;
	size_t len;

	raw_spin_lock_irqsave(&con->lock, flags);
	len = min_t(u64, max, con->in_end - con->in_pos);
	copy_from_ring(bytes, con->in, AXVM_CONSOLE_INPUT, con->in_pos, len);
	WRITE_ONCE(con->in_pos, con->in_pos + len);
	raw_spin_unlock_irqrestore(&con->lock, flags);
	if (len)
		notify_sleepers(con);
	return len;
}
EXPORT_SYMBOL_IF_KUNIT(axvm_console_input);

size_t axvm_console_input_pending(struct axvm_console *con)
{
	unsigned long flags;
	size_t len;

	raw_spin_lock_irqsave(&con->lock, flags);
	len = con->in_end - con->in_pos;
	raw_spin_unlock_irqrestore(&con->lock, flags);
	return len;
}
EXPORT_SYMBOL_IF_KUNIT(axvm_console_input_pending);

void axvm_console_flush_input(struct axvm_console *con)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&con->lock, flags);
	WRITE_ONCE(con->in_pos, con->in_end);
	raw_spin_unlock_irqrestore(&con->lock, flags);
	notify_sleepers(con);
}
EXPORT_SYMBOL_IF_KUNIT(axvm_console_flush_input);

void axvm_console_set_ended(struct axvm_console *con, bool ended)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&con->lock, flags);
	/* Pairs with axvm_console_ended(): who sees the end sees all output before it. */
	smp_store_release(&con->ended, ended);
	raw_spin_unlock_irqrestore(&con->lock, flags);
	notify_sleepers(con);
}
EXPORT_SYMBOL_IF_KUNIT(axvm_console_set_ended);

/* Position of the oldest byte still in the ring. */
static u64 oldest_output(const struct axvm_console *con)
{
	lockdep_assert_held(&con->lock);
	return con->out_end - min_t(u64, con->out_end, AXVM_CONSOLE_OUTPUT);
}

void axvm_console_reader_init(struct axvm_console_reader *reader, struct axvm_console *con,
			      bool history)
{
	unsigned long flags;

	*reader = (struct axvm_console_reader){ .con = con };
	raw_spin_lock_irqsave(&con->lock, flags);
	reader->pos = history ? oldest_output(con) : con->out_end;
	raw_spin_unlock_irqrestore(&con->lock, flags);
}
EXPORT_SYMBOL_IF_KUNIT(axvm_console_reader_init);

static void set_notice(struct axvm_console_reader *reader, u64 lost)
{
	unsigned int len = scnprintf(reader->notice, sizeof(reader->notice),
				     "\r\n[axvm: %llu bytes lost]\r\n", lost);

	reader->notice_pos = 0;
	WRITE_ONCE(reader->notice_len, len);
}

static size_t peek_notice(const struct axvm_console_reader *reader, u8 *buf, size_t max)
{
	size_t len = min_t(size_t, max, reader->notice_len - reader->notice_pos);

	memcpy(buf, reader->notice + reader->notice_pos, len);
	return len;
}

/* Return: bytes copied; *lost is what the ring no longer has (then the reader was moved on). */
static size_t peek_output(struct axvm_console_reader *reader, u8 *buf, size_t max, u64 *lost)
{
	struct axvm_console *con = reader->con;
	unsigned long flags;
	size_t len = 0;
	u64 oldest;

	raw_spin_lock_irqsave(&con->lock, flags);
	oldest = oldest_output(con);
	*lost = oldest - min(oldest, reader->pos);
	if (*lost) {
		WRITE_ONCE(reader->pos, oldest);
	} else {
		len = min_t(u64, max, con->out_end - reader->pos);
		copy_from_ring(buf, con->out, AXVM_CONSOLE_OUTPUT, reader->pos, len);
	}
	raw_spin_unlock_irqrestore(&con->lock, flags);
	return len;
}

size_t axvm_console_peek(struct axvm_console_reader *reader, u8 *buf, size_t max)
{
	size_t len;
	u64 lost;

	if (!reader->notice_len) {
		len = peek_output(reader, buf, max, &lost);
		if (!lost)
			return len;
		set_notice(reader, lost);
	}
	return peek_notice(reader, buf, max);
}
EXPORT_SYMBOL_IF_KUNIT(axvm_console_peek);

void axvm_console_advance(struct axvm_console_reader *reader, size_t len)
{
	if (!reader->notice_len) {
		WRITE_ONCE(reader->pos, reader->pos + len);
		return;
	}
	reader->notice_pos += len;
	if (reader->notice_pos == reader->notice_len)
		WRITE_ONCE(reader->notice_len, 0);
}
EXPORT_SYMBOL_IF_KUNIT(axvm_console_advance);

bool axvm_console_readable(const struct axvm_console_reader *reader)
{
	return READ_ONCE(reader->notice_len) ||
	       READ_ONCE(reader->con->out_end) != READ_ONCE(reader->pos) ||
	       axvm_console_ended(reader->con);
}
EXPORT_SYMBOL_IF_KUNIT(axvm_console_readable);

bool axvm_console_ended(const struct axvm_console *con)
{
	/* Pairs with axvm_console_set_ended(). */
	return smp_load_acquire(&con->ended);
}
EXPORT_SYMBOL_IF_KUNIT(axvm_console_ended);

/* Would a write return at once (with progress, or an error after the end)? */
bool axvm_console_writable(const struct axvm_console *con)
{
	/* Both only grow: with the older in_pos, room is never overrated. */
	u64 pos = READ_ONCE(con->in_pos);

	return READ_ONCE(con->in_end) - pos < AXVM_CONSOLE_INPUT || axvm_console_ended(con);
}
EXPORT_SYMBOL_IF_KUNIT(axvm_console_writable);

size_t axvm_console_queue(struct axvm_console *con, const u8 *bytes, size_t len)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&con->lock, flags);
	len = min_t(u64, len, AXVM_CONSOLE_INPUT - (con->in_end - con->in_pos));
	copy_to_ring(con->in, AXVM_CONSOLE_INPUT, con->in_end, bytes, len);
	WRITE_ONCE(con->in_end, con->in_end + len);
	raw_spin_unlock_irqrestore(&con->lock, flags);
	return len;
}

void axvm_console_tell(struct axvm_console *con)
{
	if (!axvm_console_input_pending(con))
		return;
	mutex_lock(&con->client_lock);
	if (con->client.ready)
		con->client.ready(con->client.opaque);
	mutex_unlock(&con->client_lock);
}

ssize_t axvm_console_write(struct axvm_console *con, const u8 *bytes, size_t len)
{
	if (axvm_console_ended(con))
		return -EPIPE;
	len = axvm_console_queue(con, bytes, len);
	if (len)
		axvm_console_tell(con);
	return len;
}
EXPORT_SYMBOL_IF_KUNIT(axvm_console_write);

wait_queue_head_t *axvm_console_wait_queue(struct axvm_console *con)
{
	return &con->wait;
}
EXPORT_SYMBOL_IF_KUNIT(axvm_console_wait_queue);
