// SPDX-License-Identifier: GPL-2.0
/*
 * A board for tests of device models.
 *
 * Made and used by KUnit cases in process context; lines are set by devices in
 * any context.
 */
#include <linux/preempt.h>

#include "test_board.h"

static void set_level(struct axvm_irq_chip *chip, u32 nr, bool level)
{
	struct test_board *board = container_of(chip, struct test_board, chip);

	if (level && !board->level[nr])
		board->rises[nr]++;
	WRITE_ONCE(board->level[nr], level);
}

static bool check(const struct axvm_irq_chip *chip, u32 nr)
{
	return nr && nr < TEST_BOARD_LINES;
}

static const struct axvm_irq_chip_ops chip_ops = {
	.set_level = set_level,
	.check = check,
};

static void system_event(const struct axvm_device_env *env, enum axvm_system_event event, u64 code)
{
	struct test_board *board = container_of(env, struct test_board, devices.env);

	board->nr_events++;
	board->event = event;
	board->event_code = code;
}

static void take_apart(void *data)
{
	struct test_board *board = data;
	int space;

	axvm_devices_exit(&board->devices);
	for (space = 0; space < AXVM_BUS_SPACES; space++)
		axvm_bus_exit(&board->bus[space]);
}

struct test_board *test_board_create(struct kunit *test)
{
	struct test_board *board = kunit_kzalloc(test, sizeof(*board), GFP_KERNEL);
	int space;

	KUNIT_ASSERT_NOT_NULL(test, board);
	board->test = test;
	for (space = 0; space < AXVM_BUS_SPACES; space++)
		axvm_bus_init(&board->bus[space]);
	axvm_devices_init(&board->devices, board->bus, NULL);
	board->devices.env.system_event = system_event;
	board->chip.ops = &chip_ops;
	board->devices.chip = &board->chip;
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, take_apart, board), 0);
	return board;
}

struct axvm_device *test_board_add(struct test_board *board, const struct axvm_device_type *type,
				   const struct axvm_device_cfg *cfg)
{
	struct axvm_error err = { .index = -1 };
	int ret = axvm_devices_add_model(&board->devices, type, cfg, &err);

	KUNIT_ASSERT_EQ_MSG(board->test, ret, 0, "%s", err.msg);
	return list_last_entry(&board->devices.list, struct axvm_device, node);
}

static u64 read_bus(struct test_board *board, enum axvm_bus_space space, u64 addr,
		    unsigned int len)
{
	enum axvm_bus_result result;
	u64 val = 0;

	preempt_disable();
	result = axvm_bus_read(&board->bus[space], addr, len, &val);
	preempt_enable();
	KUNIT_EXPECT_EQ_MSG(board->test, result, AXVM_BUS_DONE, "read of %#llx", addr);
	return val;
}

static void write_bus(struct test_board *board, enum axvm_bus_space space, u64 addr,
		      unsigned int len, u64 val)
{
	enum axvm_bus_result result;

	preempt_disable();
	result = axvm_bus_write(&board->bus[space], addr, len, val);
	preempt_enable();
	KUNIT_EXPECT_EQ_MSG(board->test, result, AXVM_BUS_DONE, "write to %#llx", addr);
}

u64 test_board_read(struct test_board *board, u64 addr, unsigned int len)
{
	return read_bus(board, AXVM_BUS_MMIO, addr, len);
}

void test_board_write(struct test_board *board, u64 addr, unsigned int len, u64 val)
{
	write_bus(board, AXVM_BUS_MMIO, addr, len, val);
}

u64 test_board_in(struct test_board *board, u16 port, unsigned int len)
{
	return read_bus(board, AXVM_BUS_PIO, port, len);
}

void test_board_out(struct test_board *board, u16 port, unsigned int len, u64 val)
{
	write_bus(board, AXVM_BUS_PIO, port, len, val);
}
