// SPDX-License-Identifier: GPL-2.0
/*
 * i8042 keyboard controller of a PC to which no keyboard is attached: what is
 * left are the processor's reset line, the A20 gate and the self-test.
 *
 * Owned by a VM's device set. Registers are called by vCPU threads with
 * preemption off, the rest in process context while no vCPU runs.
 *
 * A byte for the keyboard is answered as the controller does when nothing
 * clocks it out: time-out, and RESEND as data. A second (mouse) port does not
 * exist: its loop brings the byte back on the keyboard's side and its test
 * fails, which is how drivers find out at once. A20 is remembered and read back;
 * memory never wraps at 1 MiB.
 */
#include <linux/bits.h>
#include <linux/cleanup.h>
#include <linux/i8042.h>
#include <linux/spinlock.h>
#include <kunit/visibility.h>

#include "pc.h"

#define PORT_DATA	0x60
#define PORT_COMMAND	0x64

/* Command bytes; a driver's numbers for them also say how many bytes go along. */
#define CMD(command)	((command) & 0xff)
#define CMD_READ_INPUT	0xc0
#define CMD_READ_OUTPUT	0xd0
#define CMD_WRITE_OUTPUT 0xd1
#define CMD_A20_OFF	0xdd
#define CMD_A20_ON	0xdf
#define CMD_PULSE	0xf0	/* to 0xff: lines of the output port whose bits are 0 */

#define TEST_PASSED	0x55
#define PORT_FAILED	0x02	/* answer of a port test: clock line is stuck high */
#define KBD_RESEND	0xfe
#define INPUT_UNLOCKED	0x80

/* Output port. The reset line is active low. */
#define OUT_RESET	BIT(0)
#define OUT_A20		BIT(1)

/**
 * struct i8042 - the controller
 * @dev: what all devices have; its line is the keyboard's interrupt
 * @lock: protects everything below; outside of the interrupt controller's lock
 * @status: all of the register but I8042_STR_OBF
 * @control: command byte, I8042_CTR_
 * @output_port: OUT_
 * @argument_of: command that the next data byte belongs to, 0 = the keyboard
 * @data: output buffer
 * @is_full: it has not been read
 */
struct i8042 {
	struct axvm_device dev;
	raw_spinlock_t lock;
	u8 status;
	u8 control;
	u8 output_port;
	u8 argument_of;
	u8 data;
	bool is_full;
};

static struct i8042 *to_kbc(struct axvm_device *dev)
{
	return container_of(dev, struct i8042, dev);
}

static void update_irq(struct i8042 *kbc)
{
	axvm_irq_set_level(&kbc->dev.irq, kbc->is_full && (kbc->control & I8042_CTR_KBDINT));
}

/* What nobody has read yet is overwritten, so that no answer is mistaken for another. */
static void answer(struct i8042 *kbc, u8 data)
{
	kbc->status &= ~I8042_STR_TIMEOUT;
	kbc->data = data;
	kbc->is_full = true;
}

static void write_output_port(struct i8042 *kbc, u8 val)
{
	kbc->output_port = val | OUT_RESET;
	if (!(val & OUT_RESET))
		axvm_device_system_event(&kbc->dev, AXVM_SYSTEM_REBOOT, 0);
}

static void write_argument(struct i8042 *kbc, u8 command, u8 val)
{
	switch (command) {
	case CMD(I8042_CMD_CTL_WCTR):
		kbc->control = val;
		break;
	case CMD_WRITE_OUTPUT:
		write_output_port(kbc, val);
		break;
	case CMD(I8042_CMD_KBD_LOOP):
	case CMD(I8042_CMD_AUX_LOOP):
		answer(kbc, val);
		break;
	}
}

static void send_to_keyboard(struct i8042 *kbc)
{
	answer(kbc, KBD_RESEND);
	kbc->status |= I8042_STR_TIMEOUT;
}

static bool takes_argument(u8 command)
{
	static const u8 commands[] = {
		CMD(I8042_CMD_CTL_WCTR), CMD(I8042_CMD_KBD_LOOP), CMD(I8042_CMD_AUX_LOOP),
		CMD(I8042_CMD_AUX_SEND), CMD_WRITE_OUTPUT,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(commands); i++)
		if (commands[i] == command)
			return true;
	return false;
}

static void set_control(struct i8042 *kbc, u8 clear, u8 set)
{
	kbc->control = (kbc->control & ~clear) | set;
}

/* Commands that need no argument; unknown ones do nothing. */
static void run_command(struct i8042 *kbc, u8 command)
{
	switch (command) {
	case CMD(I8042_CMD_CTL_RCTR):
		answer(kbc, kbc->control);
		break;
	case CMD(I8042_CMD_CTL_TEST):
		answer(kbc, TEST_PASSED);
		break;
	case CMD(I8042_CMD_KBD_TEST):
	case CMD(I8042_CMD_AUX_TEST):
		answer(kbc, PORT_FAILED);
		break;
	case CMD(I8042_CMD_KBD_DISABLE):
		set_control(kbc, 0, I8042_CTR_KBDDIS);
		break;
	case CMD(I8042_CMD_KBD_ENABLE):
		set_control(kbc, I8042_CTR_KBDDIS, 0);
		break;
	case CMD(I8042_CMD_AUX_DISABLE):
		set_control(kbc, 0, I8042_CTR_AUXDIS);
		break;
	case CMD(I8042_CMD_AUX_ENABLE):
		set_control(kbc, I8042_CTR_AUXDIS, 0);
		break;
	case CMD_READ_INPUT:
		answer(kbc, INPUT_UNLOCKED);
		break;
	case CMD_READ_OUTPUT:
		answer(kbc, kbc->output_port);
		break;
	case CMD_A20_OFF:
		kbc->output_port &= ~OUT_A20;
		break;
	case CMD_A20_ON:
		kbc->output_port |= OUT_A20;
		break;
	}
}

static void write_command(struct i8042 *kbc, u8 command)
{
	kbc->status |= I8042_STR_CMDDAT;
	kbc->argument_of = takes_argument(command) ? command : 0;
	if (command < CMD_PULSE)
		run_command(kbc, command);
	else if (!(command & OUT_RESET))
		axvm_device_system_event(&kbc->dev, AXVM_SYSTEM_REBOOT, 0);
}

static void write_data(struct i8042 *kbc, u8 val)
{
	u8 command = kbc->argument_of;

	kbc->status &= ~I8042_STR_CMDDAT;
	kbc->argument_of = 0;
	if (command)
		write_argument(kbc, command, val);
	else
		send_to_keyboard(kbc);
}

static u8 read_data(struct i8042 *kbc)
{
	kbc->is_full = false;
	kbc->status &= ~I8042_STR_TIMEOUT;
	return kbc->data;
}

static u8 read_status(struct i8042 *kbc)
{
	return kbc->status | (kbc->is_full ? I8042_STR_OBF : 0);
}

/* One window begins at the data port, the other at the command port. */
static bool read_data_port(void *opaque, u64 offset, unsigned int len, u64 *val)
{
	struct i8042 *kbc = opaque;

	guard(raw_spinlock)(&kbc->lock);
	*val = read_data(kbc);
	update_irq(kbc);
	return true;
}

static bool write_data_port(void *opaque, u64 offset, unsigned int len, u64 val)
{
	struct i8042 *kbc = opaque;

	guard(raw_spinlock)(&kbc->lock);
	write_data(kbc, val);
	update_irq(kbc);
	return true;
}

static bool read_command_port(void *opaque, u64 offset, unsigned int len, u64 *val)
{
	struct i8042 *kbc = opaque;

	guard(raw_spinlock)(&kbc->lock);
	*val = read_status(kbc);
	return true;
}

static bool write_command_port(void *opaque, u64 offset, unsigned int len, u64 val)
{
	struct i8042 *kbc = opaque;

	guard(raw_spinlock)(&kbc->lock);
	write_command(kbc, val);
	update_irq(kbc);
	return true;
}

static const struct axvm_bus_ops data_ops = {
	.read = read_data_port,
	.write = write_data_port,
};

static const struct axvm_bus_ops command_ops = {
	.read = read_command_port,
	.write = write_command_port,
};

static int create(struct axvm_device *dev, struct axvm_error *err)
{
	int ret = pc_check_place(dev, PORT_DATA, 1, err);

	if (ret)
		return ret;
	raw_spin_lock_init(&to_kbc(dev)->lock);
	ret = axvm_device_add_window(dev, AXVM_BUS_PIO, 1, &data_ops, err);
	if (ret)
		return ret;
	return pc_add_ports(dev, PORT_COMMAND, 1, &command_ops, err);
}

/* As firmware leaves it: self-test passed, ports off, A20 on. */
static void reset(struct axvm_device *dev)
{
	struct i8042 *kbc = to_kbc(dev);

	guard(raw_spinlock)(&kbc->lock);
	kbc->status = I8042_STR_KEYLOCK;
	kbc->control = I8042_CTR_KBDDIS | I8042_CTR_AUXDIS | I8042_CTR_XLATE;
	kbc->output_port = OUT_RESET | OUT_A20;
	kbc->argument_of = 0;
	kbc->data = 0;
	kbc->is_full = false;
	update_irq(kbc);
}

static void destroy(struct axvm_device *dev)
{
}

const struct axvm_device_type axvm_i8042 = {
	.name = "i8042",
	.size = sizeof(struct i8042),
	.create = create,
	.reset = reset,
	.destroy = destroy,
};
EXPORT_SYMBOL_IF_KUNIT(axvm_i8042);
