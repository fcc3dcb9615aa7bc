// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit suite: the table of models, and making and unmaking of devices.
 */
#include <kunit/test.h>
#include <linux/string.h>

#include "test_board.h"

#define TOY_ORDER	16

/* What happened to toys, in order of happening; cases run one after another. */
static struct {
	unsigned int creates;
	unsigned int resets;
	unsigned int pauses;
	unsigned int resumes;
	unsigned int nr_destroyed;
	char destroyed[TOY_ORDER];
	int create_result;
} toys;

static bool toy_read(void *opaque, u64 offset, unsigned int len, u64 *val)
{
	struct axvm_device *dev = opaque;

	*val = dev->cfg.name[0];
	return true;
}

static bool toy_write(void *opaque, u64 offset, unsigned int len, u64 val)
{
	return true;
}

static const struct axvm_bus_ops toy_ops = {
	.read = toy_read,
	.write = toy_write,
};

/* Fails after its windows are on the buses, which is the hard case. */
static int toy_create(struct axvm_device *dev, struct axvm_error *err)
{
	int ret;

	toys.creates++;
	ret = axvm_device_set_len(dev, 8, 0x100, err);
	if (!ret)
		ret = axvm_device_add_window(dev, AXVM_BUS_MMIO, 4, &toy_ops, err);
	if (!ret)
		ret = axvm_device_add_window(dev, AXVM_BUS_PIO, 4, &toy_ops, err);
	if (!ret && toys.create_result)
		ret = axvm_fail(err, "toy is broken", toys.create_result);
	return ret;
}

static void toy_reset(struct axvm_device *dev)
{
	toys.resets++;
	axvm_irq_set_level(&dev->irq, false);
}

static void toy_destroy(struct axvm_device *dev)
{
	toys.destroyed[toys.nr_destroyed++ % TOY_ORDER] = dev->cfg.name[0];
}

static void toy_pause(struct axvm_device *dev)
{
	toys.pauses++;
}

static void toy_resume(struct axvm_device *dev)
{
	toys.resumes++;
}

static const struct axvm_device_type toy = {
	.name = "toy",
	.size = sizeof(struct axvm_device),
	.create = toy_create,
	.reset = toy_reset,
	.destroy = toy_destroy,
};

static const struct axvm_device_type sharing_toy = {
	.name = "sharing-toy",
	.size = sizeof(struct axvm_device),
	.shares_irq = true,
	.create = toy_create,
	.reset = toy_reset,
	.destroy = toy_destroy,
};

/* With everything optional. */
static const struct axvm_device_type talking_toy = {
	.name = "talking-toy",
	.size = sizeof(struct axvm_device),
	.has_console = true,
	.create = toy_create,
	.reset = toy_reset,
	.destroy = toy_destroy,
	.pause = toy_pause,
	.resume = toy_resume,
};

static int init_toys(struct kunit *test)
{
	memset(&toys, 0, sizeof(toys));
	test->priv = test_board_create(test);
	return 0;
}

static struct axvm_device_cfg make_cfg(const char *name, u64 base, u32 irq)
{
	struct axvm_device_cfg cfg = { .base = base, .irq = irq };

	strscpy(cfg.name, name);
	return cfg;
}

static int try_add(struct test_board *board, const struct axvm_device_type *type,
		   const struct axvm_device_cfg *cfg)
{
	struct axvm_error err = { .index = -1 };
	int ret = axvm_devices_add_model(&board->devices, type, cfg, &err);

	/* Each refusal has a reason. */
	return ret && !err.msg ? -EIO : ret;
}

static void models_have_unique_names(struct kunit *test)
{
	const struct axvm_device_type *type;
	unsigned int n;

	for (n = 0; (type = axvm_device_type_at(n)); n++) {
		KUNIT_EXPECT_PTR_EQ(test, axvm_device_type_find(type->name), type);
		KUNIT_EXPECT_GE(test, type->size, sizeof(struct axvm_device));
		KUNIT_EXPECT_LT(test, strlen(type->name), AXVM_NAME_LEN);
		KUNIT_EXPECT_NOT_NULL(test, type->create);
		KUNIT_EXPECT_NOT_NULL(test, type->reset);
		KUNIT_EXPECT_NOT_NULL(test, type->destroy);
	}
	KUNIT_EXPECT_GE(test, n, 2);
	KUNIT_EXPECT_NOT_NULL(test, axvm_device_type_find("ns16550a"));
	KUNIT_EXPECT_NOT_NULL(test, axvm_device_type_find("goldfish-rtc"));
	KUNIT_EXPECT_NULL(test, axvm_device_type_find("no-such-model"));
	KUNIT_EXPECT_NULL(test, axvm_device_type_find(""));
}

static void unknown_models_are_refused(struct kunit *test)
{
	struct test_board *board = test->priv;
	struct axvm_device_cfg cfg = make_cfg("a", 0x1000, 0);
	struct axvm_error err = { .index = -1 };

	strscpy(cfg.type, "no-such-model");
	KUNIT_EXPECT_EQ(test, axvm_devices_add(&board->devices, &cfg, &err), -ENOENT);
	KUNIT_EXPECT_NOT_NULL(test, err.msg);
	memset(cfg.type, 'x', sizeof(cfg.type));
	KUNIT_EXPECT_EQ(test, axvm_devices_add(&board->devices, &cfg, &err), -ENOENT);
	strscpy(cfg.type, "goldfish-rtc");
	KUNIT_EXPECT_EQ(test, axvm_devices_add(&board->devices, &cfg, &err), 0);
	KUNIT_EXPECT_EQ(test, board->devices.nr, 1);
}

static void devices_are_made_and_unmade(struct kunit *test)
{
	struct test_board *board = test->priv;
	struct axvm_device_cfg cfg = make_cfg("a", 0x1000, 3);
	struct axvm_device *dev = test_board_add(board, &toy, &cfg);

	KUNIT_EXPECT_EQ(test, toys.creates, 1);
	KUNIT_EXPECT_EQ(test, toys.resets, 1);
	KUNIT_EXPECT_EQ(test, dev->cfg.len, 0x100);
	KUNIT_EXPECT_PTR_EQ(test, dev->irq.chip, &board->chip);
	KUNIT_EXPECT_EQ(test, dev->irq.nr, 3);
	KUNIT_EXPECT_NULL(test, dev->console);
	KUNIT_EXPECT_EQ(test, test_board_read(board, 0x1000, 4), 'a');

	cfg = make_cfg("b", 0x2000, 0);
	cfg.len = 8;
	dev = test_board_add(board, &toy, &cfg);
	KUNIT_EXPECT_EQ(test, dev->cfg.len, 8);
	KUNIT_EXPECT_NULL(test, dev->irq.chip);
	cfg = make_cfg("c", 0x3000, 0);
	test_board_add(board, &toy, &cfg);
	KUNIT_EXPECT_EQ(test, board->devices.nr, 3);

	axvm_devices_exit(&board->devices);
	KUNIT_EXPECT_EQ(test, toys.nr_destroyed, 3);
	KUNIT_EXPECT_EQ(test, memcmp(toys.destroyed, "cba", 3), 0);
	KUNIT_EXPECT_EQ(test, board->devices.nr, 0);
	KUNIT_EXPECT_TRUE(test, list_empty(&board->devices.list));
}

static void names_are_checked(struct kunit *test)
{
	static const char *const bad[] = { "", "two words", "new\nline", "tab\t", "\x7f", "\xc3" };
	struct test_board *board = test->priv;
	struct axvm_device_cfg cfg;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		cfg = make_cfg(bad[i], 0x1000, 0);
		KUNIT_EXPECT_EQ_MSG(test, try_add(board, &toy, &cfg), -EINVAL, "name %u", i);
	}
	memset(cfg.name, 'x', sizeof(cfg.name));
	KUNIT_EXPECT_EQ(test, try_add(board, &toy, &cfg), -EINVAL);
	cfg.name[AXVM_NAME_LEN - 1] = 0;
	KUNIT_EXPECT_EQ(test, try_add(board, &toy, &cfg), 0);
	cfg.base = 0x2000;
	KUNIT_EXPECT_EQ(test, try_add(board, &toy, &cfg), -EEXIST);
	KUNIT_EXPECT_EQ(test, toys.creates, 1);
}

static void interrupts_are_checked(struct kunit *test)
{
	struct test_board *board = test->priv;
	struct axvm_device_cfg cfg = make_cfg("a", 0x1000, TEST_BOARD_LINES);

	KUNIT_EXPECT_EQ(test, try_add(board, &toy, &cfg), -EINVAL);
	cfg.irq = U32_MAX;
	KUNIT_EXPECT_EQ(test, try_add(board, &toy, &cfg), -EINVAL);
	cfg.irq = 5;
	KUNIT_EXPECT_EQ(test, try_add(board, &toy, &cfg), 0);
	cfg = make_cfg("b", 0x2000, 5);
	KUNIT_EXPECT_EQ(test, try_add(board, &toy, &cfg), -EEXIST);
	board->devices.chip = NULL;
	cfg.irq = 6;
	KUNIT_EXPECT_EQ(test, try_add(board, &toy, &cfg), -EINVAL);
	cfg.irq = 0;
	KUNIT_EXPECT_EQ(test, try_add(board, &toy, &cfg), 0);
}

/* Only with its like. */
static void interrupts_may_be_shared(struct kunit *test)
{
	struct test_board *board = test->priv;
	struct axvm_device_cfg cfg = make_cfg("a", 0x1000, 5);

	KUNIT_EXPECT_EQ(test, try_add(board, &sharing_toy, &cfg), 0);
	cfg = make_cfg("b", 0x2000, 5);
	KUNIT_EXPECT_EQ(test, try_add(board, &toy, &cfg), -EEXIST);
	KUNIT_EXPECT_EQ(test, try_add(board, &sharing_toy, &cfg), 0);
	cfg = make_cfg("c", 0x3000, 6);
	KUNIT_EXPECT_EQ(test, try_add(board, &toy, &cfg), 0);
	cfg = make_cfg("d", 0x4000, 6);
	KUNIT_EXPECT_EQ(test, try_add(board, &sharing_toy, &cfg), -EEXIST);
}

/* The input is high while one of the lines is, however often each says so. */
static void shared_lines_are_joined(struct kunit *test)
{
	static const char *const names[] = { "a", "b", "c" };
	struct test_board *board = test->priv;
	struct axvm_irq_line *line[ARRAY_SIZE(names)];
	struct axvm_device_cfg cfg;
	unsigned int i, step, levels;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		cfg = make_cfg(names[i], 0x1000 * (i + 1), 5);
		line[i] = &test_board_add(board, &sharing_toy, &cfg)->irq;
	}
	/* Every change of each line in every state of the others. */
	for (step = 0, levels = 0; step < 1000; step++) {
		i = (step * 7 + step / 3) % ARRAY_SIZE(names);
		levels ^= step % 5 ? BIT(i) : 0;
		axvm_irq_set_level(line[i], levels & BIT(i));
		KUNIT_ASSERT_EQ_MSG(test, board->level[5], levels != 0, "step %u", step);
	}
	for (i = 0; i < ARRAY_SIZE(names); i++)
		axvm_irq_set_level(line[i], true);
	axvm_devices_reset(&board->devices);
	KUNIT_EXPECT_FALSE(test, board->level[5]);
}

static void bad_configurations_are_refused(struct kunit *test)
{
	struct test_board *board = test->priv;
	struct axvm_device_cfg cfg = make_cfg("a", 0x1000, 0);

	cfg.nr_cfg = AXVM_MAX_CFG + 1;
	KUNIT_EXPECT_EQ(test, try_add(board, &toy, &cfg), -EINVAL);
	cfg.nr_cfg = U32_MAX;
	KUNIT_EXPECT_EQ(test, try_add(board, &toy, &cfg), -EINVAL);
	cfg.nr_cfg = 0;
	cfg.len = 7;
	KUNIT_EXPECT_EQ(test, try_add(board, &toy, &cfg), -EINVAL);
	cfg.len = U64_MAX;
	KUNIT_EXPECT_EQ(test, try_add(board, &toy, &cfg), -EINVAL);
	cfg.len = 0x100;
	cfg.base = U64_MAX - 3;
	KUNIT_EXPECT_EQ(test, try_add(board, &toy, &cfg), -EINVAL);
	KUNIT_EXPECT_EQ(test, board->devices.nr, 0);
	KUNIT_EXPECT_EQ(test, board->bus[AXVM_BUS_MMIO].nr, 0);
}

static void failed_device_leaves_nothing(struct kunit *test)
{
	struct test_board *board = test->priv;
	struct axvm_device_cfg cfg = make_cfg("a", 0x1000, 4);

	toys.create_result = -EDOM;
	KUNIT_EXPECT_EQ(test, try_add(board, &toy, &cfg), -EDOM);
	KUNIT_EXPECT_EQ(test, try_add(board, &talking_toy, &cfg), -EDOM);
	KUNIT_EXPECT_EQ(test, board->bus[AXVM_BUS_MMIO].nr, 0);
	KUNIT_EXPECT_EQ(test, board->bus[AXVM_BUS_PIO].nr, 0);
	KUNIT_EXPECT_EQ(test, board->devices.nr, 0);
	KUNIT_EXPECT_EQ(test, board->devices.nr_consoles, 0);
	KUNIT_EXPECT_EQ(test, toys.resets, 0);
	KUNIT_EXPECT_EQ(test, toys.nr_destroyed, 0);
	toys.create_result = 0;
	KUNIT_EXPECT_EQ(test, try_add(board, &toy, &cfg), 0);
	/* Port window taken: the MMIO window that was added first goes too. */
	cfg = make_cfg("b", 0x1080, 0);
	KUNIT_EXPECT_EQ(test, try_add(board, &toy, &cfg), -EEXIST);
	KUNIT_EXPECT_EQ(test, board->bus[AXVM_BUS_MMIO].nr, 1);
}

static void consoles_are_numbered(struct kunit *test)
{
	struct test_board *board = test->priv;
	struct axvm_device_cfg cfg;
	struct axvm_device *dev;
	char name[] = "a";
	u32 i;

	for (i = 0; i < AXVM_MAX_CONSOLES; i++, name[0]++) {
		cfg = make_cfg(name, 0x1000 * (i + 1), 0);
		dev = test_board_add(board, &talking_toy, &cfg);
		KUNIT_ASSERT_NOT_NULL(test, dev->console);
		KUNIT_EXPECT_EQ(test, dev->console_index, i);
		KUNIT_EXPECT_PTR_EQ(test, board->devices.consoles[i], dev->console);
	}
	KUNIT_EXPECT_EQ(test, board->devices.nr_consoles, AXVM_MAX_CONSOLES);
	cfg = make_cfg("z", 0x100000, 0);
	KUNIT_EXPECT_EQ(test, try_add(board, &talking_toy, &cfg), -ENOSPC);
	KUNIT_EXPECT_EQ(test, try_add(board, &toy, &cfg), 0);
}

static void number_of_devices_is_bounded(struct kunit *test)
{
	struct test_board *board = test->priv;
	struct axvm_device_cfg cfg;
	char name[8];
	u32 i;

	for (i = 0; i < AXVM_MAX_DEVICES; i++) {
		snprintf(name, sizeof(name), "toy%u", i);
		cfg = make_cfg(name, 0x1000 * (i + 1), 0);
		test_board_add(board, &toy, &cfg);
	}
	cfg = make_cfg("z", 0x1000000, 0);
	KUNIT_EXPECT_EQ(test, try_add(board, &toy, &cfg), -ENOSPC);
}

static void operations_reach_all_devices(struct kunit *test)
{
	struct test_board *board = test->priv;
	struct axvm_device_cfg cfg = make_cfg("a", 0x1000, 0);

	test_board_add(board, &toy, &cfg);
	cfg = make_cfg("b", 0x2000, 0);
	test_board_add(board, &talking_toy, &cfg);
	axvm_devices_reset(&board->devices);
	KUNIT_EXPECT_EQ(test, toys.resets, 4);
	axvm_devices_pause(&board->devices);
	KUNIT_EXPECT_EQ(test, toys.pauses, 1);
	axvm_devices_resume(&board->devices);
	KUNIT_EXPECT_EQ(test, toys.resumes, 1);
}

static struct kunit_case device_cases[] = {
	KUNIT_CASE(models_have_unique_names),
	KUNIT_CASE(unknown_models_are_refused),
	KUNIT_CASE(devices_are_made_and_unmade),
	KUNIT_CASE(names_are_checked),
	KUNIT_CASE(interrupts_are_checked),
	KUNIT_CASE(interrupts_may_be_shared),
	KUNIT_CASE(shared_lines_are_joined),
	KUNIT_CASE(bad_configurations_are_refused),
	KUNIT_CASE(failed_device_leaves_nothing),
	KUNIT_CASE(consoles_are_numbered),
	KUNIT_CASE(number_of_devices_is_bounded),
	KUNIT_CASE(operations_reach_all_devices),
	{}
};

static struct kunit_suite device_suite = {
	.name = "axvm-device",
	.init = init_toys,
	.test_cases = device_cases,
};

kunit_test_suite(device_suite);
