// SPDX-License-Identifier: GPL-2.0
/*
 * Consoles as files: read, write, poll.
 *
 * Made by chardev.c for AXVM_VM_CONSOLE; each file holds a reference to its
 * console and a reading position of its own. Process context.
 */
#include <linux/anon_inodes.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/poll.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/uio.h>

#include "console.h"

#define COPY_CHUNK	1024u

/**
 * struct console_file - an open console
 * @con: referenced
 * @lock: serialises reads; never held while waiting for output
 * @reader: position [lock]
 * @chunk: bytes on their way to the reader [lock]
 */
struct console_file {
	struct axvm_console *con;
	struct mutex lock;	/* serialises reads */
	struct axvm_console_reader reader;
	u8 chunk[COPY_CHUNK];
};

static ssize_t read_available_locked(struct console_file *cf, struct iov_iter *to)
{
	ssize_t done = 0;
	size_t len, copied;

	lockdep_assert_held(&cf->lock);
	while (iov_iter_count(to)) {
		len = axvm_console_peek(&cf->reader, cf->chunk,
					min_t(size_t, iov_iter_count(to), COPY_CHUNK));
		if (!len)
			break;
		copied = copy_to_iter(cf->chunk, len, to);
		axvm_console_advance(&cf->reader, copied);
		done += copied;
		if (copied < len)
			return done ? done : -EFAULT;
	}
	return done;
}

/* Return: bytes read, 0 at the end, -EAGAIN when nothing is there yet. */
static ssize_t read_available(struct console_file *cf, struct iov_iter *to)
{
	/* Looked at before the bytes: what was printed before the end is read before the end. */
	bool ended = axvm_console_ended(cf->con);
	ssize_t ret;

	if (mutex_lock_interruptible(&cf->lock))
		return -ERESTARTSYS;
	ret = read_available_locked(cf, to);
	mutex_unlock(&cf->lock);
	return ret || ended ? ret : -EAGAIN;
}

static bool is_nonblocking(const struct kiocb *iocb)
{
	return iocb->ki_filp->f_flags & O_NONBLOCK || iocb->ki_flags & IOCB_NOWAIT;
}

static ssize_t read_console(struct kiocb *iocb, struct iov_iter *to)
{
	struct console_file *cf = iocb->ki_filp->private_data;
	wait_queue_head_t *wait = axvm_console_wait_queue(cf->con);
	ssize_t ret;

	if (!iov_iter_count(to))
		return 0;
	for (;;) {
		ret = read_available(cf, to);
		if (ret != -EAGAIN || is_nonblocking(iocb))
			return ret;
		if (wait_event_interruptible(*wait, axvm_console_readable(&cf->reader)))
			return -ERESTARTSYS;
	}
}

/* Queue one chunk, of which the caller may have to give some back to its iterator. */
static ssize_t write_chunk(struct axvm_console *con, struct iov_iter *from)
{
	u8 chunk[128];
	size_t len = min(iov_iter_count(from), sizeof(chunk));
	size_t copied = copy_from_iter(chunk, len, from);
	ssize_t taken;

	if (!copied)
		return -EFAULT;
	taken = axvm_console_write(con, chunk, copied);
	iov_iter_revert(from, copied - max_t(ssize_t, taken, 0));
	return taken;
}

static ssize_t write_console(struct kiocb *iocb, struct iov_iter *from)
{
	struct console_file *cf = iocb->ki_filp->private_data;
	wait_queue_head_t *wait = axvm_console_wait_queue(cf->con);
	ssize_t done = 0, ret = 0;

	while (iov_iter_count(from)) {
		ret = write_chunk(cf->con, from);
		if (ret < 0)
			break;
		done += ret;
		if (ret)
			continue;
		ret = -EAGAIN;
		if (is_nonblocking(iocb))
			break;
		ret = wait_event_interruptible(*wait, axvm_console_writable(cf->con));
		if (ret)
			break;
	}
	return done ? done : ret;
}

static __poll_t poll_console(struct file *file, poll_table *table)
{
	struct console_file *cf = file->private_data;
	__poll_t mask = 0;

	poll_wait(file, axvm_console_wait_queue(cf->con), table);
	if (axvm_console_readable(&cf->reader))
		mask |= EPOLLIN | EPOLLRDNORM;
	if (axvm_console_ended(cf->con))
		mask |= EPOLLHUP;
	else if (axvm_console_writable(cf->con))
		mask |= EPOLLOUT | EPOLLWRNORM;
	return mask;
}

static void show_console(struct seq_file *m, struct file *file)
{
	struct console_file *cf = file->private_data;

	seq_printf(m, "axvm-console:\t%u\n", axvm_console_index(cf->con));
}

static int release_console(struct inode *inode, struct file *file)
{
	struct console_file *cf = file->private_data;

	axvm_console_put(cf->con);
	mutex_destroy(&cf->lock);
	kfree(cf);
	return 0;
}

static const struct file_operations console_fops = {
	.owner = THIS_MODULE,
	.read_iter = read_console,
	.write_iter = write_console,
	.poll = poll_console,
	.release = release_console,
	.show_fdinfo = show_console,
};

static struct console_file *create_console_file(struct axvm_console *con, bool history)
{
	struct console_file *cf = kzalloc(sizeof(*cf), GFP_KERNEL_ACCOUNT);

	if (!cf)
		return NULL;
	cf->con = axvm_console_get(con);
	mutex_init(&cf->lock);
	axvm_console_reader_init(&cf->reader, con, history);
	return cf;
}

int axvm_console_open_fd(struct axvm_console *con, bool history, bool nonblock)
{
	int fd = get_unused_fd_flags(O_CLOEXEC);
	struct console_file *cf;
	struct file *file;
	int ret;

	if (fd < 0)
		return fd;
	ret = -ENOMEM;
	cf = create_console_file(con, history);
	if (!cf)
		goto err_fd;
	file = anon_inode_getfile("[axvm-console]", &console_fops, cf,
				  O_RDWR | (nonblock ? O_NONBLOCK : 0));
	if (IS_ERR(file)) {
		ret = PTR_ERR(file);
		goto err_cf;
	}
	stream_open(file_inode(file), file);
	fd_install(fd, file);
	return fd;

err_cf:
	axvm_console_put(con);
	kfree(cf);
err_fd:
	put_unused_fd(fd);
	return ret;
}
