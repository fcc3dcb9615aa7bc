// SPDX-License-Identifier: GPL-2.0
/*
 * The pair of 8259A interrupt controllers of a PC, the second behind input 2
 * of the first, with the edge/level control registers of EISA.
 *
 * After the 8259A data sheet (Intel 231468, December 1988), whose headings the
 * comments cite. As in chipsets, ELCR takes the place of LTIM in ICW1, and the
 * 8086 mode that of MCS-80.
 *
 * Owned by a VM's device set. Ports are called by vCPU threads with preemption
 * off, lines and acknowledge cycles in any context.
 */
#include <linux/bitops.h>
#include <linux/cleanup.h>
#include <linux/errno.h>
#include <linux/rcupdate.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <asm/i8259.h>
#include <kunit/visibility.h>

#include "device.h"
#include "lapic_priv.h"

#define CHIPS		2
#define INPUTS		8
#define CASCADE		BIT(PIC_CASCADE_IR)
#define SPURIOUS_IR	7	/* of an acknowledge cycle for a request that went away */

/* "Initialization Command Words", "Operation Command Words". */
#define ICW1		BIT(4)
#define ICW1_SNGL	BIT(1)
#define ICW1_IC4	BIT(0)
#define ICW2_BASE	0xf8
#define ICW4_SFNM	BIT(4)
#define ICW4_AEOI	PIC_ICW4_AEOI
#define OCW2_CMD_SHIFT	5
#define OCW2_IR		0x07
#define OCW3		BIT(3)
#define OCW3_ESMM	BIT(6)
#define OCW3_SMM	BIT(5)
#define OCW3_POLL	BIT(2)
#define OCW3_RR		BIT(1)
#define OCW3_RIS	BIT(0)
#define POLL_IRQ	BIT(7)

/* What chips wait for on their odd port. */
enum icw {
	OPERATING,	/* OCW1: the mask */
	WAITS_ICW2,
	WAITS_ICW3,
	WAITS_ICW4,
};

/**
 * struct chip - one 8259A
 * @line: levels of the inputs
 * @irr: requests
 * @imr: masks
 * @isr: in service
 * @elcr: bit per input: level-triggered
 * @elcr_valid: those that can be
 * @base: vector of input 0
 * @lowest: input with the lowest priority; the one after it has the highest
 * @icw: initialisation under way
 * @icw1: as written, for the words that follow
 * @auto_eoi: "Automatic End of Interrupt Mode"
 * @rotate_auto_eoi: "Automatic Rotation" in it
 * @nested: "Special Fully Nested Mode"
 * @special_mask: "Special Mask Mode"
 * @read_isr: the even port reads ISR, not IRR
 * @poll: the next read is a poll
 */
struct chip {
	u8 line;
	u8 irr;
	u8 imr;
	u8 isr;
	u8 elcr;
	u8 elcr_valid;
	u8 base;
	u8 lowest;
	enum icw icw;
	u8 icw1;
	bool auto_eoi;
	bool rotate_auto_eoi;
	bool nested;
	bool special_mask;
	bool read_isr;
	bool poll;
};

/**
 * struct x86_pic - the pair of one VM
 * @dev: what all devices have
 * @lock: protects everything below; inside of the devices' locks, outside of the I/O APIC's
 * @chips: master and slave
 * @output: INT of the master [READ_ONCE elsewhere]
 */
struct x86_pic {
	struct axvm_device dev;
	raw_spinlock_t lock;
	struct chip chips[CHIPS];
	bool output;
};

static struct x86_vm *vm_of(const struct x86_pic *pic)
{
	return to_x86_vm(axvm_vm_of_device(&pic->dev));
}

/* --- one chip --- */

/* Place of an input in the order of priorities, 0 the highest; "Automatic Rotation". */
static unsigned int rank_of(const struct chip *chip, unsigned int ir)
{
	return (ir - chip->lowest - 1) % INPUTS;
}

/* The input of a set with the highest priority, -1: the set is empty. */
static int find_first(const struct chip *chip, u8 inputs)
{
	unsigned int i, ir;

	for (i = 1; inputs && i <= INPUTS; i++) {
		ir = (chip->lowest + i) % INPUTS;
		if (inputs & BIT(ir))
			return ir;
	}
	return -1;
}

/*
 * What holds others back: "Fully Nested Mode"; masked ones do not in "Special Mask
 * Mode", the slave does not in "Special Fully Nested Mode".
 */
static u8 blocking(const struct chip *chip)
{
	u8 isr = chip->isr;

	if (chip->special_mask)
		isr &= ~chip->imr;
	if (chip->nested)
		isr &= ~CASCADE;
	return isr;
}

/* The input whose request raises INT, -1: none. */
static int find_request(const struct chip *chip)
{
	int ir = find_first(chip, chip->irr & ~chip->imr);
	int in_service = find_first(chip, blocking(chip));

	if (ir < 0 || chip->icw != OPERATING)
		return -1;
	if (in_service >= 0 && rank_of(chip, ir) >= rank_of(chip, in_service))
		return -1;
	return ir;
}

/* "Edge and Level Triggered Modes": an edge is only remembered while the line stays high. */
static void set_input(struct chip *chip, unsigned int ir, bool level)
{
	u8 bit = BIT(ir);

	if (!level)
		chip->irr &= ~bit;
	else if (chip->elcr & bit || !(chip->line & bit))
		chip->irr |= bit;
	if (level)
		chip->line |= bit;
	else
		chip->line &= ~bit;
}

/* "Interrupt Sequence": the last cycle of INTA, or a poll. */
static void acknowledge(struct chip *chip, unsigned int ir)
{
	u8 bit = BIT(ir);

	if (!(chip->elcr & bit))
		chip->irr &= ~bit;
	if (!chip->auto_eoi)
		chip->isr |= bit;
	else if (chip->rotate_auto_eoi)
		chip->lowest = ir;
}

/* --- the pair --- */

static struct chip *master_of(struct x86_pic *pic)
{
	return &pic->chips[0];
}

static struct chip *slave_of(struct x86_pic *pic)
{
	return &pic->chips[1];
}

/* The slave's INT is an input of the master, whose INT goes to the processors. */
static void update_output(struct x86_pic *pic)
{
	bool output;

	set_input(master_of(pic), PIC_CASCADE_IR, find_request(slave_of(pic)) >= 0);
	output = find_request(master_of(pic)) >= 0;
	if (output == pic->output)
		return;
	WRITE_ONCE(pic->output, output);
	x86_pic_notify(vm_of(pic));
}

void x86_pic_set_level(struct x86_pic *pic, u32 irq, bool level)
{
	if (irq >= X86_PIC_IRQS || irq == PIC_CASCADE_IR)
		return;
	guard(raw_spinlock_irqsave)(&pic->lock);
	set_input(irq < INPUTS ? master_of(pic) : slave_of(pic), irq % INPUTS, level);
	update_output(pic);
}
EXPORT_SYMBOL_IF_KUNIT(x86_pic_set_level);

bool x86_pic_output(const struct x86_pic *pic)
{
	return READ_ONCE(pic->output);
}
EXPORT_SYMBOL_IF_KUNIT(x86_pic_output);

/* Its INT falls in the cycle, and rises again for another request. */
static u8 ack_slave(struct x86_pic *pic)
{
	struct chip *slave = slave_of(pic);
	int ir = find_request(slave);

	if (ir < 0)
		return slave->base + SPURIOUS_IR;
	acknowledge(slave, ir);
	set_input(master_of(pic), PIC_CASCADE_IR, false);
	return slave->base + ir;
}

static u8 ack_master(struct x86_pic *pic)
{
	struct chip *master = master_of(pic);
	int ir = find_request(master);

	if (ir < 0)
		return master->base + SPURIOUS_IR;
	acknowledge(master, ir);
	return ir == PIC_CASCADE_IR ? ack_slave(pic) : master->base + ir;
}

u8 x86_pic_ack(struct x86_pic *pic)
{
	u8 vector;

	guard(raw_spinlock_irqsave)(&pic->lock);
	vector = ack_master(pic);
	update_output(pic);
	return vector;
}
EXPORT_SYMBOL_IF_KUNIT(x86_pic_ack);

/* --- command words --- */

/* "ICW1": edges seen before do not count; levels are what they are. */
static void begin_init(struct chip *chip, u8 val)
{
	chip->icw = WAITS_ICW2;
	chip->icw1 = val;
	chip->irr &= chip->elcr;
	chip->imr = 0;
	chip->isr = 0;
	chip->lowest = INPUTS - 1;
	chip->special_mask = false;
	chip->read_isr = false;
	chip->poll = false;
	chip->rotate_auto_eoi = false;
	/* Without ICW4 its functions are off. */
	chip->auto_eoi = false;
	chip->nested = false;
}

/* "Non-Specific EOI", which in special mask mode leaves masked inputs alone. */
static int end_highest(struct chip *chip)
{
	int ir = find_first(chip, chip->special_mask ? chip->isr & ~chip->imr : chip->isr);

	if (ir >= 0)
		chip->isr &= ~BIT(ir);
	return ir;
}

static void clear_rotate_auto_eoi(struct chip *chip, unsigned int ir)
{
	chip->rotate_auto_eoi = false;
}

static void set_rotate_auto_eoi(struct chip *chip, unsigned int ir)
{
	chip->rotate_auto_eoi = true;
}

static void end_non_specific(struct chip *chip, unsigned int ir)
{
	end_highest(chip);
}

static void end_non_specific_rotate(struct chip *chip, unsigned int ir)
{
	int ended = end_highest(chip);

	if (ended >= 0)
		chip->lowest = ended;
}

static void do_nothing(struct chip *chip, unsigned int ir)
{
}

static void end_specific(struct chip *chip, unsigned int ir)
{
	chip->isr &= ~BIT(ir);
}

static void set_priority(struct chip *chip, unsigned int ir)
{
	chip->lowest = ir;
}

static void end_specific_rotate(struct chip *chip, unsigned int ir)
{
	end_specific(chip, ir);
	set_priority(chip, ir);
}

/* "OCW2": R, SL, EOI. */
static void (*const ocw2_commands[8])(struct chip *chip, unsigned int ir) = {
	[0] = clear_rotate_auto_eoi,
	[1] = end_non_specific,
	[2] = do_nothing,
	[3] = end_specific,
	[4] = set_rotate_auto_eoi,
	[5] = end_non_specific_rotate,
	[6] = set_priority,
	[7] = end_specific_rotate,
};

static void write_ocw3(struct chip *chip, u8 val)
{
	if (val & OCW3_ESMM)
		chip->special_mask = val & OCW3_SMM;
	/* The poll command wins over the read command. */
	if (val & OCW3_POLL)
		chip->poll = true;
	else if (val & OCW3_RR)
		chip->read_isr = val & OCW3_RIS;
}

static void write_even(struct chip *chip, u8 val)
{
	if (val & ICW1)
		begin_init(chip, val);
	else if (val & OCW3)
		write_ocw3(chip, val);
	else
		ocw2_commands[val >> OCW2_CMD_SHIFT](chip, val & OCW2_IR);
}

static enum icw icw4_or_done(const struct chip *chip)
{
	return chip->icw1 & ICW1_IC4 ? WAITS_ICW4 : OPERATING;
}

static void write_odd(struct chip *chip, u8 val)
{
	switch (chip->icw) {
	case OPERATING:
		chip->imr = val;
		break;
	case WAITS_ICW2:
		chip->base = val & ICW2_BASE;
		chip->icw = chip->icw1 & ICW1_SNGL ? icw4_or_done(chip) : WAITS_ICW3;
		break;
	case WAITS_ICW3:
		/* How the two are wired is known. */
		chip->icw = icw4_or_done(chip);
		break;
	case WAITS_ICW4:
		chip->auto_eoi = val & ICW4_AEOI;
		/* Says something about a master alone: only it has a slave. */
		chip->nested = val & ICW4_SFNM && chip->elcr_valid & BIT(INPUTS - 1);
		chip->icw = OPERATING;
		break;
	}
}

/* "Poll Command": the read is the acknowledge cycle. */
static u8 read_poll(struct x86_pic *pic, struct chip *chip)
{
	int ir = find_request(chip);

	chip->poll = false;
	if (ir < 0)
		return SPURIOUS_IR;
	acknowledge(chip, ir);
	if (chip == slave_of(pic))
		set_input(master_of(pic), PIC_CASCADE_IR, false);
	update_output(pic);
	return POLL_IRQ | ir;
}

/* --- ports --- */

static u8 read_byte(const struct chip *chip, u64 offset)
{
	if (offset)
		return READ_ONCE(chip->imr);
	return READ_ONCE(chip->read_isr) ? READ_ONCE(chip->isr) : READ_ONCE(chip->irr);
}

static noinline u8 poll_chip(struct x86_pic *pic, struct chip *chip, u64 offset)
{
	guard(raw_spinlock_irqsave)(&pic->lock);
	return chip->poll ? read_poll(pic, chip) : read_byte(chip, offset);
}

/* One byte takes no lock; only a poll, which acknowledges, does. */
static u8 read_chip(struct x86_pic *pic, struct chip *chip, u64 offset)
{
	if (unlikely(READ_ONCE(chip->poll)))
		return poll_chip(pic, chip, offset);
	return read_byte(chip, offset);
}

static void write_chip(struct x86_pic *pic, struct chip *chip, u64 offset, u8 val)
{
	if (offset)
		write_odd(chip, val);
	else
		write_even(chip, val);
	update_output(pic);
}

static bool read_master(void *opaque, u64 offset, unsigned int len, u64 *val)
{
	struct x86_pic *pic = opaque;

	*val = read_chip(pic, master_of(pic), offset);
	return true;
}

static bool write_master(void *opaque, u64 offset, unsigned int len, u64 val)
{
	struct x86_pic *pic = opaque;

	guard(raw_spinlock_irqsave)(&pic->lock);
	write_chip(pic, master_of(pic), offset, val);
	return true;
}

static bool read_slave(void *opaque, u64 offset, unsigned int len, u64 *val)
{
	struct x86_pic *pic = opaque;

	*val = read_chip(pic, slave_of(pic), offset);
	return true;
}

static bool write_slave(void *opaque, u64 offset, unsigned int len, u64 val)
{
	struct x86_pic *pic = opaque;

	guard(raw_spinlock_irqsave)(&pic->lock);
	write_chip(pic, slave_of(pic), offset, val);
	return true;
}

/* Two ports of a byte each: the offset is 0 or 1. */
static bool read_elcr(void *opaque, u64 offset, unsigned int len, u64 *val)
{
	struct x86_pic *pic = opaque;

	guard(raw_spinlock_irqsave)(&pic->lock);
	*val = (offset ? slave_of(pic) : master_of(pic))->elcr;
	return true;
}

/* An input that becomes level-triggered requests what its line says. */
static bool write_elcr(void *opaque, u64 offset, unsigned int len, u64 val)
{
	struct x86_pic *pic = opaque;
	struct chip *chip = offset ? slave_of(pic) : master_of(pic);

	guard(raw_spinlock_irqsave)(&pic->lock);
	chip->elcr = val & chip->elcr_valid;
	chip->irr |= chip->line & chip->elcr;
	update_output(pic);
	return true;
}

static const struct axvm_bus_ops master_ops = { .read = read_master, .write = write_master };
static const struct axvm_bus_ops slave_ops = { .read = read_slave, .write = write_slave };
static const struct axvm_bus_ops elcr_ops = { .read = read_elcr, .write = write_elcr };

static const struct {
	u16 port;
	const struct axvm_bus_ops *ops;
} port_pairs[] = {
	{ PIC_MASTER_CMD, &master_ops },
	{ PIC_SLAVE_CMD, &slave_ops },
	{ PIC_ELCR1, &elcr_ops },
};

#define PORTS	2

/* --- life --- */

static int add_windows(struct axvm_device *dev, struct axvm_error *err)
{
	unsigned int i;
	int ret;

	for (i = 0; i < ARRAY_SIZE(port_pairs); i++) {
		struct axvm_bus_window window = {
			.base = port_pairs[i].port,
			.len = PORTS,
			.widths = 1,
			.ops = port_pairs[i].ops,
			.opaque = dev,
		};

		ret = axvm_bus_add(&dev->env->bus[AXVM_BUS_PIO], &window, err);
		if (ret)
			return ret;
	}
	return 0;
}

static int create(struct axvm_device *dev, struct axvm_error *err)
{
	struct x86_vm *vm = to_x86_vm(axvm_vm_of_device(dev));
	struct x86_pic *pic = container_of(dev, struct x86_pic, dev);
	int ret;

	if (vm->pic)
		return axvm_fail(err, "the VM has an i8259 already", -EEXIST);
	if (dev->cfg.nr_cfg || dev->cfg.irq)
		return axvm_fail(err, "i8259 takes no parameters and no interrupt", -EINVAL);
	if (dev->cfg.base != PIC_MASTER_CMD)
		return axvm_fail(err, "i8259 has its place at port 0x20", -EINVAL);
	ret = axvm_device_set_len(dev, PORTS, PORTS, err);
	if (ret)
		return ret;
	ret = add_windows(dev, err);
	if (ret)
		return ret;
	raw_spin_lock_init(&pic->lock);
	WRITE_ONCE(vm->pic, pic);
	return 0;
}

/* Inputs that ISA has as edges: 82801BA data sheet, 9.4.11 and 9.4.12. */
static void reset_chip(struct chip *chip, u8 elcr_valid)
{
	memset(chip, 0, sizeof(*chip));
	chip->lowest = INPUTS - 1;
	chip->elcr_valid = elcr_valid;
	/* Before its first initialisation it is silent. */
	chip->imr = 0xff;
}

/* Whoever listened is reset, too: the output falls without a word. */
static void reset(struct axvm_device *dev)
{
	struct x86_pic *pic = container_of(dev, struct x86_pic, dev);

	guard(raw_spinlock_irqsave)(&pic->lock);
	reset_chip(master_of(pic), 0xf8);
	reset_chip(slave_of(pic), 0xde);
	WRITE_ONCE(pic->output, false);
}

/* Lines of devices that go later: see set_level() in irq.c. */
static void destroy(struct axvm_device *dev)
{
	WRITE_ONCE(to_x86_vm(axvm_vm_of_device(dev))->pic, NULL);
	synchronize_rcu();
}

const struct axvm_device_type x86_pic_type = {
	.name = "i8259",
	.size = sizeof(struct x86_pic),
	.create = create,
	.reset = reset,
	.destroy = destroy,
};
EXPORT_SYMBOL_IF_KUNIT(x86_pic_type);
