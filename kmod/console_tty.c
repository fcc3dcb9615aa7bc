// SPDX-License-Identifier: GPL-2.0
/*
 * Consoles as terminals: /dev/ttyAXVM<n>, one for each console of a VM.
 *
 * Made and taken away by vm.c; opened, read, written by anyone with
 * CAP_SYS_ADMIN through the kernel's terminal layer. A work item moves bytes
 * from the console's ring to the terminal while that is open, beginning with the
 * oldest: nobody knows how much of it those who had it open before have read.
 */
#include <linux/capability.h>
#include <linux/delay.h>
#include <linux/device.h>
#include <linux/idr.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/tty.h>
#include <linux/tty_driver.h>
#include <linux/tty_flip.h>
#include <linux/tty_port.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "console.h"
#include "console_tty.h"
#include "device.h"

#define MAX_TTYS	512
#define CHUNK		1024u
#define CHUNKS_AT_ONCE	64		/* then others get the worker */
#define RETRY_DELAY	(HZ / 50 + 1)	/* the terminal had no room */
#define HANGUP_DELAY	(HZ / 2)	/* readers get what was printed last, then the end */
#define REMOVE_DELAY_MS	100		/* the same when the VM is destroyed at once */

/**
 * struct console_tty - one terminal
 * @port: of the terminal layer; its reference count is ours
 * @line: n of ttyAXVM<n>; in use until this is freed
 * @con: referenced
 * @vm_id: for people
 * @vm_name: likewise
 * @removed: the VM is gone, nobody new may open this [READ_ONCE]
 * @wait: in the console's wait queue while the terminal is open
 * @pump: moves output, tells of input, hangs up
 * @reader: position in the output [pump]
 * @hangup_at: jiffies of the hang-up that is due [pump]
 * @hangup_due: there is one [pump]
 * @chunk: bytes on their way [pump]
 */
struct console_tty {
	struct tty_port port;
	int line;
	struct axvm_console *con;
	u32 vm_id;
	char vm_name[AXVM_NAME_LEN];
	bool removed;
	struct wait_queue_entry wait;
	struct delayed_work pump;
	struct axvm_console_reader reader;
	unsigned long hangup_at;
	bool hangup_due;
	u8 chunk[CHUNK];
};

static struct tty_driver *driver;
static struct workqueue_struct *pumps;
static DEFINE_IDA(lines);

/* Terminals that can be opened, by line. */
static DEFINE_MUTEX(ttys_lock);
static struct console_tty *ttys[MAX_TTYS];

/* Any context. */
static void run_pump(struct console_tty *ct, unsigned long delay)
{
	mod_delayed_work(pumps, &ct->pump, delay);
}

/* --- the pump --- */

enum push_result {
	PUSH_ALL,	/* nothing is left */
	PUSH_MORE,	/* there is more, and room for it */
	PUSH_FULL,	/* the terminal has no room */
	PUSH_LATER,	/* nobody reads now: we are told when that changes */
};

static bool wants_output(struct console_tty *ct)
{
	struct tty_struct *tty = tty_port_tty_get(&ct->port);
	bool wants = tty && !tty_throttled(tty);

	tty_kref_put(tty);
	return wants;
}

static enum push_result push_chunk(struct console_tty *ct)
{
	size_t len, room;

	if (!wants_output(ct))
		return PUSH_LATER;
	room = tty_buffer_space_avail(&ct->port);
	if (!room)
		return PUSH_FULL;
	len = axvm_console_peek(&ct->reader, ct->chunk, min_t(size_t, room, CHUNK));
	if (!len)
		return PUSH_ALL;
	room = tty_insert_flip_string(&ct->port, ct->chunk, len);
	axvm_console_advance(&ct->reader, room);
	tty_flip_buffer_push(&ct->port);
	return room < len ? PUSH_FULL : PUSH_MORE;
}

static enum push_result push_output(struct console_tty *ct)
{
	enum push_result result = PUSH_MORE;
	unsigned int chunks;

	for (chunks = 0; result == PUSH_MORE && chunks < CHUNKS_AT_ONCE; chunks++)
		result = push_chunk(ct);
	return result;
}

/* The console has ended and all was pushed: leave some time to read it. */
static void hang_up(struct console_tty *ct)
{
	if (!ct->hangup_due) {
		ct->hangup_due = true;
		ct->hangup_at = jiffies + HANGUP_DELAY;
	}
	if (time_before(jiffies, ct->hangup_at)) {
		run_pump(ct, ct->hangup_at - jiffies);
		return;
	}
	ct->hangup_due = false;
	tty_port_tty_hangup(&ct->port, false);
}

static void pump(struct work_struct *work)
{
	struct console_tty *ct = container_of(to_delayed_work(work), struct console_tty, pump);
	/* Looked at before the bytes: what was printed before the end is shown before the end. */
	bool ended = axvm_console_ended(ct->con);
	enum push_result result = push_output(ct);

	axvm_console_tell(ct->con);
	if (axvm_console_writable(ct->con))
		tty_port_tty_wakeup(&ct->port);

	if (!ended)
		ct->hangup_due = false;
	if (result == PUSH_MORE)
		run_pump(ct, 0);
	else if (result == PUSH_FULL)
		run_pump(ct, RETRY_DELAY);
	else if (result == PUSH_ALL && ended)
		hang_up(ct);
}

/* The console's wait queue is woken: by irq_work, with interrupts off. */
static int on_wake(struct wait_queue_entry *wait, unsigned int mode, int flags, void *key)
{
	run_pump(container_of(wait, struct console_tty, wait), 0);
	return 0;
}

/* --- what the terminal layer asks of a port; port->mutex is held --- */

static int activate_port(struct tty_port *port, struct tty_struct *tty)
{
	struct console_tty *ct = container_of(port, struct console_tty, port);

	ct->hangup_due = false;
	axvm_console_reader_init(&ct->reader, ct->con, true);
	add_wait_queue(axvm_console_wait_queue(ct->con), &ct->wait);
	run_pump(ct, 0);
	return 0;
}

/* What was typed last may not have been told of yet. */
static void shut_down_port(struct tty_port *port)
{
	struct console_tty *ct = container_of(port, struct console_tty, port);

	remove_wait_queue(axvm_console_wait_queue(ct->con), &ct->wait);
	cancel_delayed_work_sync(&ct->pump);
	axvm_console_tell(ct->con);
}

static void free_tty(struct console_tty *ct)
{
	cancel_delayed_work_sync(&ct->pump);
	axvm_console_put(ct->con);
	ida_free(&lines, ct->line);
	kfree(ct);
}

static void destruct_port(struct tty_port *port)
{
	free_tty(container_of(port, struct console_tty, port));
}

static const struct tty_port_operations port_ops = {
	.activate = activate_port,
	.shutdown = shut_down_port,
	.destruct = destruct_port,
};

/* --- what it asks of the driver --- */

/*
 * The first call of every open: a file's mode, and the groups that own it, do not decide who
 * talks to a guest. The terminal layer holds its mutex.
 */
static struct tty_struct *look_up_tty(struct tty_driver *drv, struct file *file, int line)
{
	struct tty_struct *tty;

	if (!capable(CAP_SYS_ADMIN))
		return ERR_PTR(-EPERM);
	if (line < 0 || line >= MAX_TTYS)
		return ERR_PTR(-ENODEV);
	tty = drv->ttys[line];
	if (tty && READ_ONCE(((struct console_tty *)tty->driver_data)->removed))
		return ERR_PTR(-ENODEV);
	return tty;
}

static struct console_tty *get_tty(unsigned int line)
{
	struct console_tty *ct;

	guard(mutex)(&ttys_lock);
	ct = line < MAX_TTYS ? ttys[line] : NULL;
	if (ct)
		tty_port_get(&ct->port);
	return ct;
}

static int install_tty(struct tty_driver *drv, struct tty_struct *tty)
{
	struct console_tty *ct = get_tty(tty->index);
	int ret;

	if (!ct)
		return -ENODEV;
	tty->driver_data = ct;
	ret = tty_port_install(&ct->port, drv, tty);
	if (ret)
		tty_port_put(&ct->port);
	return ret;
}

static void clean_up_tty(struct tty_struct *tty)
{
	tty_port_put(tty->port);
}

static int open_tty(struct tty_struct *tty, struct file *file)
{
	return tty_port_open(tty->port, tty, file);
}

static void close_tty(struct tty_struct *tty, struct file *file)
{
	tty_port_close(tty->port, tty, file);
}

static void hang_up_tty(struct tty_struct *tty)
{
	tty_port_hangup(tty->port);
}

/* Any context: line disciplines may hold spinlocks. */
static ssize_t write_tty(struct tty_struct *tty, const u8 *bytes, size_t len)
{
	struct console_tty *ct = tty->driver_data;

	if (axvm_console_ended(ct->con))
		return -EIO;
	len = axvm_console_queue(ct->con, bytes, len);
	if (len)
		run_pump(ct, 0);
	return len;
}

static unsigned int write_room(struct tty_struct *tty)
{
	struct console_tty *ct = tty->driver_data;

	return AXVM_CONSOLE_INPUT - axvm_console_input_pending(ct->con);
}

static void unthrottle_tty(struct tty_struct *tty)
{
	run_pump(tty->driver_data, 0);
}

static const struct tty_operations tty_ops = {
	.lookup = look_up_tty,
	.install = install_tty,
	.cleanup = clean_up_tty,
	.open = open_tty,
	.close = close_tty,
	.hangup = hang_up_tty,
	.write = write_tty,
	.write_room = write_room,
	.unthrottle = unthrottle_tty,
};

/* --- sysfs: whose it is, for udev and people --- */

static ssize_t vm_id_show(struct device *dev, struct device_attribute *attr, char *text)
{
	struct console_tty *ct = dev_get_drvdata(dev);

	return sysfs_emit(text, "%u\n", ct->vm_id);
}
static DEVICE_ATTR_ADMIN_RO(vm_id);

static ssize_t vm_name_show(struct device *dev, struct device_attribute *attr, char *text)
{
	struct console_tty *ct = dev_get_drvdata(dev);

	return sysfs_emit(text, "%s\n", ct->vm_name);
}
static DEVICE_ATTR_ADMIN_RO(vm_name);

static ssize_t console_show(struct device *dev, struct device_attribute *attr, char *text)
{
	struct console_tty *ct = dev_get_drvdata(dev);

	return sysfs_emit(text, "%u\n", axvm_console_index(ct->con));
}
static DEVICE_ATTR_ADMIN_RO(console);

static struct attribute *tty_attrs[] = {
	&dev_attr_vm_id.attr,
	&dev_attr_vm_name.attr,
	&dev_attr_console.attr,
	NULL
};
ATTRIBUTE_GROUPS(tty);

/* --- coming and going --- */

static struct console_tty *create_tty(struct axvm_console *con, u32 vm_id, const char *vm_name)
{
	struct console_tty *ct = kzalloc(sizeof(*ct), GFP_KERNEL_ACCOUNT);
	int line;

	if (!ct)
		return ERR_PTR(-ENOMEM);
	line = ida_alloc_max(&lines, MAX_TTYS - 1, GFP_KERNEL);
	if (line < 0) {
		kfree(ct);
		return ERR_PTR(line);
	}
	ct->line = line;
	ct->con = axvm_console_get(con);
	ct->vm_id = vm_id;
	strscpy(ct->vm_name, vm_name);
	init_waitqueue_func_entry(&ct->wait, on_wake);
	INIT_DELAYED_WORK(&ct->pump, pump);
	tty_port_init(&ct->port);
	ct->port.ops = &port_ops;
	return ct;
}

static void publish_tty(int line, struct console_tty *ct)
{
	guard(mutex)(&ttys_lock);
	ttys[line] = ct;
}

int axvm_tty_add(struct axvm_console *con, u32 vm_id, const char *vm_name)
{
	struct console_tty *ct = create_tty(con, vm_id, vm_name);
	struct device *dev;

	if (IS_ERR(ct))
		return PTR_ERR(ct);
	publish_tty(ct->line, ct);
	dev = tty_port_register_device_attr(&ct->port, driver, ct->line, NULL, ct, tty_groups);
	if (!IS_ERR(dev))
		return ct->line;

	publish_tty(ct->line, NULL);
	tty_port_put(&ct->port);
	return PTR_ERR(dev);
}

/* Give readers a moment for what the guest printed last. */
static void end_readers(struct console_tty *ct)
{
	struct tty_struct *tty = tty_port_tty_get(&ct->port);

	if (!tty)
		return;
	flush_delayed_work(&ct->pump);
	msleep(REMOVE_DELAY_MS);
	tty_vhangup(tty);
	tty_kref_put(tty);
}

void axvm_tty_remove(int line)
{
	struct console_tty *ct;

	if (line < 0)
		return;
	scoped_guard(mutex, &ttys_lock) {
		ct = ttys[line];
		ttys[line] = NULL;
	}
	WRITE_ONCE(ct->removed, true);
	end_readers(ct);
	tty_unregister_device(driver, line);
	tty_port_put(&ct->port);
}

/* Like a cable: no echo, no lines, until somebody sets it otherwise. */
static void set_termios(struct ktermios *termios)
{
	*termios = tty_std_termios;
	termios->c_iflag = 0;
	termios->c_oflag = 0;
	termios->c_lflag = 0;
	termios->c_cflag = B115200 | CS8 | CREAD | HUPCL | CLOCAL;
	termios->c_ispeed = 115200;
	termios->c_ospeed = 115200;
}

static struct tty_driver *create_driver(void)
{
	struct tty_driver *drv;
	int ret;

	drv = tty_alloc_driver(MAX_TTYS, TTY_DRIVER_REAL_RAW | TTY_DRIVER_DYNAMIC_DEV |
			       TTY_DRIVER_RESET_TERMIOS);
	if (IS_ERR(drv))
		return drv;
	drv->driver_name = "axvm";
	drv->name = "ttyAXVM";
	drv->type = TTY_DRIVER_TYPE_SERIAL;
	drv->subtype = SERIAL_TYPE_NORMAL;
	set_termios(&drv->init_termios);
	tty_set_operations(drv, &tty_ops);
	ret = tty_register_driver(drv);
	if (!ret)
		return drv;
	tty_driver_kref_put(drv);
	return ERR_PTR(ret);
}

int axvm_ttys_init(void)
{
	pumps = alloc_workqueue("axvm-tty", WQ_UNBOUND, 0);
	if (!pumps)
		return -ENOMEM;
	driver = create_driver();
	if (!IS_ERR(driver))
		return 0;
	destroy_workqueue(pumps);
	return PTR_ERR(driver);
}

void axvm_ttys_exit(void)
{
	tty_unregister_driver(driver);
	tty_driver_kref_put(driver);
	destroy_workqueue(pumps);
	ida_destroy(&lines);
}
