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

struct command;

/**
 * struct i8042 - the controller
 * @dev: what all devices have; its line is the keyboard's interrupt
 * @lock: protects everything below; outside of the interrupt controller's lock
 * @status: all of the register but I8042_STR_OBF
 * @control: command byte, I8042_CTR_
 * @output_port: OUT_
 * @waiting: command that the next data byte belongs to, NULL = the keyboard
 * @data: output buffer
 * @is_full: it has not been read
 */
struct i8042 {
	struct axvm_device dev;
	raw_spinlock_t lock;
	u8 status;
	u8 control;
	u8 output_port;
	const struct command *waiting;
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

static void send_to_keyboard(struct i8042 *kbc)
{
	answer(kbc, KBD_RESEND);
	kbc->status |= I8042_STR_TIMEOUT;
}

/* A byte for the mouse goes nowhere. */
static void drop(struct i8042 *kbc, u8 val)
{
}

static void write_output_port(struct i8042 *kbc, u8 val)
{
	kbc->output_port = val | OUT_RESET;
	if (!(val & OUT_RESET))
		axvm_device_system_event(&kbc->dev, AXVM_SYSTEM_REBOOT, 0);
}

static void write_control(struct i8042 *kbc, u8 val)
{
	kbc->control = val;
}

/* Commands, with the constants of the table below. */

static void answer_control(struct i8042 *kbc, u8 unused)
{
	answer(kbc, kbc->control);
}

static void answer_output_port(struct i8042 *kbc, u8 unused)
{
	answer(kbc, kbc->output_port);
}

static void disable(struct i8042 *kbc, u8 bit)
{
	kbc->control |= bit;
}

static void enable(struct i8042 *kbc, u8 bit)
{
	kbc->control &= ~bit;
}

static void set_a20(struct i8042 *kbc, u8 level)
{
	kbc->output_port = (kbc->output_port & ~OUT_A20) | level;
}

/* What a command does at once, or (@take) with the data byte that follows. */
static const struct command {
	u8 number;
	void (*run)(struct i8042 *kbc, u8 constant);
	u8 constant;
	void (*take)(struct i8042 *kbc, u8 val);
} commands[] = {
	{ CMD(I8042_CMD_CTL_RCTR), answer_control },
	{ CMD(I8042_CMD_CTL_WCTR), .take = write_control },
	{ CMD(I8042_CMD_CTL_TEST), answer, TEST_PASSED },
	{ CMD(I8042_CMD_KBD_TEST), answer, PORT_FAILED },
	{ CMD(I8042_CMD_AUX_TEST), answer, PORT_FAILED },
	{ CMD(I8042_CMD_KBD_DISABLE), disable, I8042_CTR_KBDDIS },
	{ CMD(I8042_CMD_KBD_ENABLE), enable, I8042_CTR_KBDDIS },
	{ CMD(I8042_CMD_AUX_DISABLE), disable, I8042_CTR_AUXDIS },
	{ CMD(I8042_CMD_AUX_ENABLE), enable, I8042_CTR_AUXDIS },
	{ CMD(I8042_CMD_KBD_LOOP), .take = answer },
	{ CMD(I8042_CMD_AUX_LOOP), .take = answer },
	{ CMD(I8042_CMD_AUX_SEND), .take = drop },
	{ CMD_READ_INPUT, answer, INPUT_UNLOCKED },
	{ CMD_READ_OUTPUT, answer_output_port },
	{ CMD_WRITE_OUTPUT, .take = write_output_port },
	{ CMD_A20_OFF, set_a20, 0 },
	{ CMD_A20_ON, set_a20, OUT_A20 },
};

/* Commands that nobody knows do nothing. */
static const struct command *find_command(u8 number)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(commands); i++)
		if (commands[i].number == number)
			return &commands[i];
	return NULL;
}

static void write_command(struct i8042 *kbc, u8 number)
{
	const struct command *command = find_command(number);

	kbc->status |= I8042_STR_CMDDAT;
	kbc->waiting = command && command->take ? command : NULL;
	if (command && command->run)
		command->run(kbc, command->constant);
	if (number >= CMD_PULSE && !(number & OUT_RESET))
		axvm_device_system_event(&kbc->dev, AXVM_SYSTEM_REBOOT, 0);
}

static void write_data(struct i8042 *kbc, u8 val)
{
	const struct command *command = kbc->waiting;

	kbc->status &= ~I8042_STR_CMDDAT;
	kbc->waiting = NULL;
	if (command)
		command->take(kbc, val);
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
	return pc_add_ports(dev, PORT_COMMAND, 1, 1, &command_ops, err);
}

/* As firmware leaves it: self-test passed, ports off, A20 on. */
static void reset(struct axvm_device *dev)
{
	struct i8042 *kbc = to_kbc(dev);

	guard(raw_spinlock)(&kbc->lock);
	kbc->status = I8042_STR_KEYLOCK;
	kbc->control = I8042_CTR_KBDDIS | I8042_CTR_AUXDIS | I8042_CTR_XLATE;
	kbc->output_port = OUT_RESET | OUT_A20;
	kbc->waiting = NULL;
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
