// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit suite: the keyboard controller without a keyboard, as kernels' drivers
 * and boot code use it.
 */
#include <kunit/test.h>
#include <linux/i8042.h>

#include "pc_test.h"

#define PORT_DATA	0x60
#define PORT_COMMAND	0x64
#define LINE		1

static int init_controller(struct kunit *test)
{
	struct test_board *board = test_board_create(test);
	struct axvm_device_cfg cfg = { .name = "kbc", .base = PORT_DATA, .irq = LINE };

	test_board_add(board, &axvm_i8042, &cfg);
	test->priv = board;
	return 0;
}

static u8 status(struct test_board *board)
{
	return test_board_in(board, PORT_COMMAND, 1);
}

static void command(struct test_board *board, u8 val)
{
	test_board_out(board, PORT_COMMAND, 1, val);
}

static void data(struct test_board *board, u8 val)
{
	test_board_out(board, PORT_DATA, 1, val);
}

/* -1 when there is none. */
static int answer(struct test_board *board)
{
	return status(board) & I8042_STR_OBF ? (int)test_board_in(board, PORT_DATA, 1) : -1;
}

static int ask(struct test_board *board, u8 val)
{
	command(board, val);
	return answer(board);
}

static void expect_event(struct kunit *test, unsigned int nr)
{
	struct test_board *board = test->priv;

	KUNIT_EXPECT_EQ(test, board->nr_events, nr);
	if (nr)
		KUNIT_EXPECT_EQ(test, board->event, AXVM_SYSTEM_REBOOT);
}

/* empty_8042() of boot loaders and kernels. */
static void nothing_waits_after_reset(struct kunit *test)
{
	struct test_board *board = test->priv;

	KUNIT_EXPECT_EQ(test, status(board) & (I8042_STR_OBF | I8042_STR_IBF), 0);
	KUNIT_EXPECT_NE(test, status(board) & I8042_STR_KEYLOCK, 0);
	KUNIT_EXPECT_EQ(test, answer(board), -1);
}

static void self_test_passes(struct kunit *test)
{
	struct test_board *board = test->priv;

	KUNIT_EXPECT_EQ(test, ask(board, 0xaa), 0x55);
	KUNIT_EXPECT_EQ(test, answer(board), -1);
	KUNIT_EXPECT_FALSE(test, status(board) & I8042_STR_IBF);
}

/* i8042_controller_init() reads twice, changes, writes back. */
static void control_is_kept(struct kunit *test)
{
	struct test_board *board = test->priv;
	int control = ask(board, 0x20);

	KUNIT_ASSERT_GE(test, control, 0);
	KUNIT_EXPECT_EQ(test, ask(board, 0x20), control);
	command(board, 0x60);
	data(board, I8042_CTR_KBDDIS | I8042_CTR_AUXDIS);
	KUNIT_EXPECT_EQ(test, answer(board), -1);
	KUNIT_EXPECT_EQ(test, ask(board, 0x20), I8042_CTR_KBDDIS | I8042_CTR_AUXDIS);
	command(board, 0xae);
	command(board, 0xa8);
	KUNIT_EXPECT_EQ(test, ask(board, 0x20), 0);
	command(board, 0xad);
	KUNIT_EXPECT_EQ(test, ask(board, 0x20), I8042_CTR_KBDDIS);
	command(board, 0xa7);
	KUNIT_EXPECT_EQ(test, ask(board, 0x20), I8042_CTR_KBDDIS | I8042_CTR_AUXDIS);
}

/* i8042_check_aux(): the loop does not come back as mouse data, and the test fails. */
static void there_is_no_mouse_port(struct kunit *test)
{
	struct test_board *board = test->priv;
	int result;

	command(board, 0xd3);
	data(board, 0x5a);
	KUNIT_EXPECT_EQ(test, status(board) & (I8042_STR_OBF | I8042_STR_AUXDATA), I8042_STR_OBF);
	answer(board);
	result = ask(board, 0xa9);
	KUNIT_EXPECT_NE(test, result, 0);
	KUNIT_EXPECT_NE(test, result, 0xfa);
	KUNIT_EXPECT_NE(test, result, 0xff);
	KUNIT_EXPECT_NE(test, ask(board, 0xab), 0);
}

/* Reset and identify: each byte times out. */
static void keyboard_does_not_answer(struct kunit *test)
{
	struct test_board *board = test->priv;

	data(board, 0xff);
	KUNIT_EXPECT_TRUE(test, status(board) & I8042_STR_TIMEOUT);
	KUNIT_EXPECT_FALSE(test, board->level[LINE]);
	KUNIT_EXPECT_EQ(test, answer(board), 0xfe);
	KUNIT_EXPECT_FALSE(test, status(board) & I8042_STR_TIMEOUT);
	command(board, 0x60);
	data(board, I8042_CTR_KBDINT);
	data(board, 0xf2);
	KUNIT_EXPECT_TRUE(test, board->level[LINE]);
	KUNIT_EXPECT_EQ(test, answer(board), 0xfe);
	KUNIT_EXPECT_FALSE(test, board->level[LINE]);
	/* An answer to a command takes the place of what was not read. */
	data(board, 0xf2);
	KUNIT_EXPECT_EQ(test, ask(board, 0xaa), 0x55);
	KUNIT_EXPECT_EQ(test, answer(board), -1);
}

/* enable_a20_kbc() of Linux, and its reading back. */
static void a20_is_remembered(struct kunit *test)
{
	struct test_board *board = test->priv;

	KUNIT_EXPECT_EQ(test, ask(board, 0xd0) & 3, 3);
	command(board, 0xdd);
	KUNIT_EXPECT_EQ(test, ask(board, 0xd0) & 3, 1);
	command(board, 0xd1);
	data(board, 0xdf);
	command(board, 0xff);
	KUNIT_EXPECT_EQ(test, ask(board, 0xd0) & 3, 3);
	command(board, 0xdd);
	command(board, 0xdf);
	KUNIT_EXPECT_EQ(test, ask(board, 0xd0) & 3, 3);
	expect_event(test, 0);
}

static void pulse_reboots(struct kunit *test)
{
	struct test_board *board = test->priv;

	/* Only the line whose bit is zero is pulsed. */
	command(board, 0xff);
	command(board, 0xf1);
	command(board, 0xfd);
	expect_event(test, 0);
	command(board, 0xfe);
	expect_event(test, 1);
	command(board, 0xf0);
	expect_event(test, 2);
}

static void output_port_reboots(struct kunit *test)
{
	struct test_board *board = test->priv;

	command(board, 0xd1);
	data(board, 0x03);
	expect_event(test, 0);
	command(board, 0xd1);
	data(board, 0x02);
	expect_event(test, 1);
}

static void command_forgets_an_argument(struct kunit *test)
{
	struct test_board *board = test->priv;

	command(board, 0xd1);
	command(board, 0xaa);
	data(board, 0x00);
	expect_event(test, 0);
}

static void random_accesses_do_no_harm(struct kunit *test)
{
	struct test_board *board = test->priv;

	access_at_random(board, PORT_DATA, 5, 20000);
	axvm_devices_reset(&board->devices);
	KUNIT_EXPECT_FALSE(test, board->level[LINE]);
	nothing_waits_after_reset(test);
	self_test_passes(test);
}

static void place_is_fixed(struct kunit *test)
{
	expect_fixed_place(test, &axvm_i8042, PORT_DATA, 1);
}

static struct kunit_case i8042_cases[] = {
	KUNIT_CASE(nothing_waits_after_reset),
	KUNIT_CASE(self_test_passes),
	KUNIT_CASE(control_is_kept),
	KUNIT_CASE(there_is_no_mouse_port),
	KUNIT_CASE(keyboard_does_not_answer),
	KUNIT_CASE(a20_is_remembered),
	KUNIT_CASE(pulse_reboots),
	KUNIT_CASE(output_port_reboots),
	KUNIT_CASE(command_forgets_an_argument),
	KUNIT_CASE(random_accesses_do_no_harm),
	KUNIT_CASE(place_is_fixed),
	{}
};

static struct kunit_suite i8042_suite = {
	.name = "axvm-i8042",
	.init = init_controller,
	.test_cases = i8042_cases,
};

kunit_test_suite(i8042_suite);
