// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit suite: the pair of 8259, through its ports, inputs and acknowledge cycles.
 */
#include <linux/bitops.h>
#include <asm/apicdef.h>

#include "arch/x86/test_vm.h"

#define MASTER	0x20
#define SLAVE	0xa0
#define ELCR	0x4d0

#define BASE0	0x30
#define BASE1	0x38

#define ICW4_8086	0x01
#define ICW4_AEOI	0x02
#define ICW4_SFNM	0x10

#define EOI		0x20
#define SPECIFIC_EOI(n)	(0x60 | (n))
#define ROTATE_EOI	0xa0
#define SET_LOWEST(n)	(0xc0 | (n))
#define ROTATE_SPECIFIC(n)	(0xe0 | (n))
#define ROTATE_AEOI_ON	0x80
#define ROTATE_AEOI_OFF	0x00
#define READ_IRR	0x0a
#define READ_ISR	0x0b
#define POLL		0x0c
#define SPECIAL_MASK	0x68
#define NORMAL_MASK	0x48

static void out(struct kunit *test, u16 port, u8 val)
{
	x86_test_vm_out(test->priv, port, val);
}

static u8 in(struct kunit *test, u16 port)
{
	return x86_test_vm_in(test->priv, port);
}

static u8 read_irr(struct kunit *test, u16 chip)
{
	out(test, chip, READ_IRR);
	return in(test, chip);
}

static u8 read_isr(struct kunit *test, u16 chip)
{
	out(test, chip, READ_ISR);
	return in(test, chip);
}

static void init_chips(struct kunit *test, u8 icw4_master, u8 icw4_slave)
{
	out(test, MASTER, 0x11);
	out(test, MASTER + 1, BASE0);
	out(test, MASTER + 1, 4);
	out(test, MASTER + 1, icw4_master);
	out(test, SLAVE, 0x11);
	out(test, SLAVE + 1, BASE1);
	out(test, SLAVE + 1, 2);
	out(test, SLAVE + 1, icw4_slave);
	out(test, MASTER + 1, 0);
	out(test, SLAVE + 1, 0);
}

static int init_case(struct kunit *test)
{
	test->priv = x86_test_vm_create(test, 1, NULL);
	x86_test_vm_add_pic(test->priv);
	init_chips(test, ICW4_8086, ICW4_8086);
	return 0;
}

static struct x86_pic *pic(struct kunit *test)
{
	struct x86_test_vm *tv = test->priv;

	return tv->vm.pic;
}

static void set_irq(struct kunit *test, u32 irq, bool level)
{
	x86_pic_set_level(pic(test), irq, level);
}

static bool output(struct kunit *test)
{
	return x86_pic_output(pic(test));
}

static u8 ack(struct kunit *test)
{
	return x86_pic_ack(pic(test));
}

/* --- life and registers --- */

static void parameters_are_checked(struct kunit *test)
{
	struct x86_test_vm *tv = test->priv;

	KUNIT_EXPECT_EQ(test, x86_test_vm_try_add(tv, &x86_pic_type, 0x20), -EEXIST);
	axvm_devices_exit(&tv->vm.base.devices);
	KUNIT_EXPECT_NULL(test, tv->vm.pic);
	axvm_bus_exit(&tv->vm.base.bus[AXVM_BUS_PIO]);
	axvm_devices_init(&tv->vm.base.devices, tv->vm.base.bus, &tv->vm.base.gmem);
	KUNIT_EXPECT_EQ(test, x86_test_vm_try_add(tv, &x86_pic_type, 0x30), -EINVAL);
	KUNIT_EXPECT_NULL(test, tv->vm.pic);
	KUNIT_EXPECT_EQ(test, tv->vm.base.bus[AXVM_BUS_PIO].nr, 0);
}

static void silent_after_power_on(struct kunit *test)
{
	struct x86_test_vm *tv = test->priv;
	u32 irq;

	set_irq(test, 3, true);
	KUNIT_EXPECT_TRUE(test, output(test));
	axvm_devices_reset(&tv->vm.base.devices);
	KUNIT_EXPECT_FALSE(test, output(test));
	for (irq = 0; irq < 16; irq++)
		set_irq(test, irq, true);
	KUNIT_EXPECT_FALSE(test, output(test));
	KUNIT_EXPECT_EQ(test, in(test, MASTER + 1), 0xff);
	KUNIT_EXPECT_EQ(test, in(test, SLAVE + 1), 0xff);
}

static void masks_can_be_read(struct kunit *test)
{
	out(test, MASTER + 1, 0xa5);
	out(test, SLAVE + 1, 0x5a);
	KUNIT_EXPECT_EQ(test, in(test, MASTER + 1), 0xa5);
	KUNIT_EXPECT_EQ(test, in(test, SLAVE + 1), 0x5a);
}

static void elcr_knows_isa(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, in(test, ELCR), 0);
	out(test, ELCR, 0xff);
	out(test, ELCR + 1, 0xff);
	KUNIT_EXPECT_EQ(test, in(test, ELCR), 0xf8);
	KUNIT_EXPECT_EQ(test, in(test, ELCR + 1), 0xde);
}

static void initialisation_without_icw3_or_icw4(struct kunit *test)
{
	/* Single, no ICW4: two words. */
	out(test, MASTER, 0x12);
	out(test, MASTER + 1, 0x77);
	out(test, MASTER + 1, 0xfe);
	KUNIT_EXPECT_EQ(test, in(test, MASTER + 1), 0xfe);
	set_irq(test, 0, true);
	KUNIT_EXPECT_EQ(test, ack(test), 0x70);
	/* Single, ICW4. */
	out(test, MASTER, 0x13);
	out(test, MASTER + 1, 0x48);
	out(test, MASTER + 1, ICW4_8086 | ICW4_AEOI);
	out(test, MASTER + 1, 0xfd);
	set_irq(test, 1, true);
	KUNIT_EXPECT_EQ(test, ack(test), 0x49);
	KUNIT_EXPECT_EQ(test, read_isr(test, MASTER), 0);
	/* Cascaded, no ICW4: automatic EOI is off again. */
	out(test, MASTER, 0x10);
	out(test, MASTER + 1, 0x50);
	out(test, MASTER + 1, 4);
	out(test, MASTER + 1, 0xfb);
	out(test, SLAVE + 1, 0xff);
	KUNIT_EXPECT_EQ(test, in(test, MASTER + 1), 0xfb);
	set_irq(test, 0, false);
	set_irq(test, 0, true);
	KUNIT_EXPECT_FALSE(test, output(test));
	out(test, MASTER + 1, 0);
	KUNIT_EXPECT_EQ(test, ack(test), 0x50);
	KUNIT_EXPECT_EQ(test, read_isr(test, MASTER), 1);
}

static void nothing_comes_out_during_initialisation(struct kunit *test)
{
	out(test, MASTER, 0x11);
	set_irq(test, 1, true);
	KUNIT_EXPECT_FALSE(test, output(test));
	out(test, MASTER + 1, BASE0);
	KUNIT_EXPECT_FALSE(test, output(test));
	out(test, MASTER + 1, 4);
	KUNIT_EXPECT_FALSE(test, output(test));
	out(test, MASTER + 1, ICW4_8086);
	KUNIT_EXPECT_TRUE(test, output(test));
}

static void icw1_forgets(struct kunit *test)
{
	out(test, ELCR, 0x20);
	set_irq(test, 3, true);
	set_irq(test, 4, true);
	set_irq(test, 5, true);
	KUNIT_EXPECT_EQ(test, ack(test), BASE0 + 3);
	out(test, MASTER + 1, 0xff);
	out(test, MASTER, SET_LOWEST(4));
	init_chips(test, ICW4_8086, ICW4_8086);
	KUNIT_EXPECT_EQ(test, read_isr(test, MASTER), 0);
	/* Edges are gone, the level is not. */
	KUNIT_EXPECT_EQ(test, read_irr(test, MASTER), 0x20);
	KUNIT_EXPECT_EQ(test, ack(test), BASE0 + 5);
}

/* --- inputs --- */

static void every_input_has_its_vector(struct kunit *test)
{
	u32 irq;

	for (irq = 0; irq < 16; irq++) {
		if (irq == 2)
			continue;
		set_irq(test, irq, true);
		KUNIT_EXPECT_TRUE(test, output(test));
		KUNIT_EXPECT_EQ(test, ack(test), BASE0 + irq);
		KUNIT_EXPECT_FALSE(test, output(test));
		if (irq >= 8)
			out(test, SLAVE, EOI);
		out(test, MASTER, EOI);
		set_irq(test, irq, false);
	}
	/* The cascade is no input, and there are sixteen. */
	set_irq(test, 2, true);
	set_irq(test, 16, true);
	set_irq(test, U32_MAX, true);
	KUNIT_EXPECT_FALSE(test, output(test));
}

static void edges_are_remembered_while_high(struct kunit *test)
{
	set_irq(test, 3, true);
	KUNIT_EXPECT_EQ(test, read_irr(test, MASTER), 0x08);
	set_irq(test, 3, false);
	KUNIT_EXPECT_FALSE(test, output(test));
	set_irq(test, 3, true);
	KUNIT_EXPECT_EQ(test, ack(test), BASE0 + 3);
	out(test, MASTER, EOI);
	KUNIT_EXPECT_FALSE(test, output(test));
	set_irq(test, 3, true);
	KUNIT_EXPECT_FALSE(test, output(test));
}

static void levels_come_again(struct kunit *test)
{
	out(test, ELCR, 0x08);
	set_irq(test, 3, true);
	KUNIT_EXPECT_EQ(test, ack(test), BASE0 + 3);
	KUNIT_EXPECT_FALSE(test, output(test));
	out(test, MASTER, EOI);
	KUNIT_EXPECT_TRUE(test, output(test));
	KUNIT_EXPECT_EQ(test, ack(test), BASE0 + 3);
	set_irq(test, 3, false);
	out(test, MASTER, EOI);
	KUNIT_EXPECT_FALSE(test, output(test));
}

static void masks_hold_back(struct kunit *test)
{
	out(test, MASTER + 1, 0x08);
	set_irq(test, 3, true);
	KUNIT_EXPECT_FALSE(test, output(test));
	out(test, MASTER + 1, 0);
	KUNIT_EXPECT_TRUE(test, output(test));
	/* The cascade masks all of the slave. */
	out(test, MASTER, EOI);
	set_irq(test, 3, false);
	out(test, MASTER + 1, 0x04);
	set_irq(test, 9, true);
	KUNIT_EXPECT_FALSE(test, output(test));
	out(test, MASTER + 1, 0);
	KUNIT_EXPECT_EQ(test, ack(test), BASE1 + 1);
}

static void spurious_requests_have_vectors(struct kunit *test)
{
	set_irq(test, 3, true);
	set_irq(test, 3, false);
	KUNIT_EXPECT_EQ(test, ack(test), BASE0 + 7);
	KUNIT_EXPECT_EQ(test, read_isr(test, MASTER), 0);
}

static void slaves_can_take_requests_back(struct kunit *test)
{
	set_irq(test, 9, true);
	set_irq(test, 9, false);
	KUNIT_EXPECT_FALSE(test, output(test));
	set_irq(test, 9, true);
	out(test, SLAVE + 1, 0xff);
	KUNIT_EXPECT_FALSE(test, output(test));
	out(test, SLAVE + 1, 0);
	KUNIT_EXPECT_TRUE(test, output(test));
	out(test, SLAVE, 0x11);
	KUNIT_EXPECT_FALSE(test, output(test));
	KUNIT_EXPECT_EQ(test, ack(test), BASE0 + 7);
	KUNIT_EXPECT_EQ(test, read_isr(test, MASTER), 0);
}

/* --- priorities --- */

static void low_inputs_come_first(struct kunit *test)
{
	static const u8 order[] = { 0, 1, 8, 9, 12, 15, 3, 5, 7 };
	int i;

	for (i = ARRAY_SIZE(order) - 1; i >= 0; i--)
		set_irq(test, order[i], true);
	for (i = 0; i < ARRAY_SIZE(order); i++) {
		KUNIT_EXPECT_EQ(test, ack(test), BASE0 + order[i]);
		if (order[i] >= 8)
			out(test, SLAVE, EOI);
		out(test, MASTER, EOI);
	}
	KUNIT_EXPECT_FALSE(test, output(test));
}

static void higher_ones_nest(struct kunit *test)
{
	set_irq(test, 5, true);
	KUNIT_EXPECT_EQ(test, ack(test), BASE0 + 5);
	set_irq(test, 6, true);
	KUNIT_EXPECT_FALSE(test, output(test));
	set_irq(test, 1, true);
	KUNIT_EXPECT_EQ(test, ack(test), BASE0 + 1);
	KUNIT_EXPECT_EQ(test, read_isr(test, MASTER), 0x22);
	out(test, MASTER, EOI);
	KUNIT_EXPECT_EQ(test, read_isr(test, MASTER), 0x20);
	KUNIT_EXPECT_FALSE(test, output(test));
	out(test, MASTER, EOI);
	KUNIT_EXPECT_EQ(test, ack(test), BASE0 + 6);
}

static void specific_eoi_ends_any(struct kunit *test)
{
	set_irq(test, 5, true);
	ack(test);
	set_irq(test, 1, true);
	ack(test);
	out(test, MASTER, SPECIFIC_EOI(5));
	KUNIT_EXPECT_EQ(test, read_isr(test, MASTER), 0x02);
	out(test, MASTER, SPECIFIC_EOI(7));
	KUNIT_EXPECT_EQ(test, read_isr(test, MASTER), 0x02);
}

static void priorities_rotate(struct kunit *test)
{
	set_irq(test, 4, true);
	ack(test);
	out(test, MASTER, ROTATE_EOI);
	/* Now 5 is the highest, 4 the lowest. */
	out(test, MASTER + 1, 0xff);
	set_irq(test, 4, false);
	set_irq(test, 4, true);
	set_irq(test, 3, true);
	set_irq(test, 5, true);
	out(test, MASTER + 1, 0);
	KUNIT_EXPECT_EQ(test, ack(test), BASE0 + 5);
	out(test, MASTER, SPECIFIC_EOI(5));
	KUNIT_EXPECT_EQ(test, ack(test), BASE0 + 3);
	out(test, MASTER, ROTATE_SPECIFIC(3));
	KUNIT_EXPECT_EQ(test, ack(test), BASE0 + 4);
	out(test, MASTER, EOI);
	out(test, MASTER, SET_LOWEST(0));
	set_irq(test, 0, true);
	set_irq(test, 7, true);
	KUNIT_EXPECT_EQ(test, ack(test), BASE0 + 7);
}

static void automatic_eoi_leaves_nothing(struct kunit *test)
{
	init_chips(test, ICW4_8086 | ICW4_AEOI, ICW4_8086 | ICW4_AEOI);
	set_irq(test, 3, true);
	set_irq(test, 9, true);
	set_irq(test, 10, true);
	KUNIT_EXPECT_EQ(test, ack(test), BASE1 + 1);
	KUNIT_EXPECT_EQ(test, read_isr(test, SLAVE), 0);
	KUNIT_EXPECT_EQ(test, ack(test), BASE1 + 2);
	KUNIT_EXPECT_EQ(test, ack(test), BASE0 + 3);
	KUNIT_EXPECT_EQ(test, read_isr(test, MASTER), 0);
	KUNIT_EXPECT_FALSE(test, output(test));
}

static void automatic_rotation_is_fair(struct kunit *test)
{
	out(test, ELCR, 0x18);
	init_chips(test, ICW4_8086 | ICW4_AEOI, ICW4_8086);
	out(test, MASTER, ROTATE_AEOI_ON);
	set_irq(test, 3, true);
	set_irq(test, 4, true);
	KUNIT_EXPECT_EQ(test, ack(test), BASE0 + 3);
	KUNIT_EXPECT_EQ(test, ack(test), BASE0 + 4);
	KUNIT_EXPECT_EQ(test, ack(test), BASE0 + 3);
	out(test, MASTER, ROTATE_AEOI_OFF);
	KUNIT_EXPECT_EQ(test, ack(test), BASE0 + 4);
	KUNIT_EXPECT_EQ(test, ack(test), BASE0 + 4);
}

static void special_mask_lets_lower_ones_in(struct kunit *test)
{
	set_irq(test, 3, true);
	ack(test);
	set_irq(test, 6, true);
	KUNIT_EXPECT_FALSE(test, output(test));
	out(test, MASTER + 1, 0x08);
	KUNIT_EXPECT_FALSE(test, output(test));
	out(test, MASTER, SPECIAL_MASK);
	KUNIT_EXPECT_EQ(test, ack(test), BASE0 + 6);
	/* A non-specific EOI does not touch the masked one. */
	out(test, MASTER, EOI);
	KUNIT_EXPECT_EQ(test, read_isr(test, MASTER), 0x08);
	out(test, MASTER, EOI);
	KUNIT_EXPECT_EQ(test, read_isr(test, MASTER), 0x08);
	out(test, MASTER, NORMAL_MASK);
	out(test, MASTER, EOI);
	KUNIT_EXPECT_EQ(test, read_isr(test, MASTER), 0);
}

static void special_nesting_lets_the_slave_through(struct kunit *test)
{
	set_irq(test, 12, true);
	KUNIT_EXPECT_EQ(test, ack(test), BASE1 + 4);
	set_irq(test, 9, true);
	KUNIT_EXPECT_FALSE(test, output(test));
	out(test, SLAVE, SPECIFIC_EOI(4));
	out(test, MASTER, EOI);
	KUNIT_EXPECT_EQ(test, ack(test), BASE1 + 1);

	set_irq(test, 9, false);
	set_irq(test, 12, false);
	init_chips(test, ICW4_8086 | ICW4_SFNM, ICW4_8086);
	set_irq(test, 12, true);
	KUNIT_EXPECT_EQ(test, ack(test), BASE1 + 4);
	set_irq(test, 13, true);
	KUNIT_EXPECT_FALSE(test, output(test));
	set_irq(test, 9, true);
	KUNIT_EXPECT_EQ(test, ack(test), BASE1 + 1);
}

/* --- poll --- */

static void poll_acknowledges(struct kunit *test)
{
	out(test, MASTER, POLL);
	KUNIT_EXPECT_EQ(test, in(test, MASTER) & 0x80, 0);
	set_irq(test, 4, true);
	out(test, MASTER, POLL);
	KUNIT_EXPECT_EQ(test, in(test, MASTER), 0x84);
	KUNIT_EXPECT_FALSE(test, output(test));
	KUNIT_EXPECT_EQ(test, read_isr(test, MASTER), 0x10);
	/* One read, then registers again. */
	KUNIT_EXPECT_EQ(test, in(test, MASTER), 0x10);
	out(test, MASTER, EOI);
	set_irq(test, 9, true);
	out(test, SLAVE, POLL);
	KUNIT_EXPECT_EQ(test, in(test, SLAVE), 0x81);
	KUNIT_EXPECT_FALSE(test, output(test));
	out(test, SLAVE, EOI);
	/* From the odd port, too. */
	set_irq(test, 3, true);
	out(test, MASTER, POLL);
	KUNIT_EXPECT_EQ(test, in(test, MASTER + 1), 0x83);
	KUNIT_EXPECT_EQ(test, in(test, MASTER + 1), 0);
}

static struct kunit_case pic_cases[] = {
	KUNIT_CASE(parameters_are_checked),
	KUNIT_CASE(silent_after_power_on),
	KUNIT_CASE(masks_can_be_read),
	KUNIT_CASE(elcr_knows_isa),
	KUNIT_CASE(initialisation_without_icw3_or_icw4),
	KUNIT_CASE(nothing_comes_out_during_initialisation),
	KUNIT_CASE(icw1_forgets),
	KUNIT_CASE(every_input_has_its_vector),
	KUNIT_CASE(edges_are_remembered_while_high),
	KUNIT_CASE(levels_come_again),
	KUNIT_CASE(masks_hold_back),
	KUNIT_CASE(spurious_requests_have_vectors),
	KUNIT_CASE(slaves_can_take_requests_back),
	KUNIT_CASE(low_inputs_come_first),
	KUNIT_CASE(higher_ones_nest),
	KUNIT_CASE(specific_eoi_ends_any),
	KUNIT_CASE(priorities_rotate),
	KUNIT_CASE(automatic_eoi_leaves_nothing),
	KUNIT_CASE(automatic_rotation_is_fair),
	KUNIT_CASE(special_mask_lets_lower_ones_in),
	KUNIT_CASE(special_nesting_lets_the_slave_through),
	KUNIT_CASE(poll_acknowledges),
	{}
};

static struct kunit_suite pic_suite = {
	.name = "axvm-i8259",
	.init = init_case,
	.test_cases = pic_cases,
};

kunit_test_suite(pic_suite);
