/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the suites of a PC's devices share: random accesses, refusals.
 */
#ifndef AXVM_DEVICES_PC_TEST_H
#define AXVM_DEVICES_PC_TEST_H

#include <linux/prandom.h>

#include "test_board.h"

/* The same numbers in each run: a failure can be repeated. */
static inline void seed_random(struct rnd_state *random)
{
	prandom_seed_state(random, 0x8254);
}

static inline u32 random_below(struct rnd_state *random, u32 limit)
{
	return prandom_u32_state(random) % limit;
}

/* Accesses of all widths in and around a window. */
static inline void access_at_random(struct test_board *board, u64 base, u64 len,
				    unsigned int rounds)
{
	struct axvm_bus *bus = &board->bus[AXVM_BUS_PIO];
	struct rnd_state random;
	unsigned int width;
	u64 val, port;

	seed_random(&random);
	while (rounds--) {
		port = base - 4 + random_below(&random, len + 8);
		width = 1 << random_below(&random, 4);
		val = (u64)prandom_u32_state(&random) << 32 | prandom_u32_state(&random);
		preempt_disable();
		if (random_below(&random, 2))
			axvm_bus_write(bus, port, width, val);
		else
			axvm_bus_read(bus, port, width, &val);
		preempt_enable();
		cond_resched();
	}
}

/* A device that has its place gets no other, and no parameters. */
static inline void expect_fixed_place(struct kunit *test, const struct axvm_device_type *type,
				      u64 base, u64 len)
{
	struct test_board *board = test_board_create(test);
	const struct axvm_device_cfg bad[] = {
		{ .name = "a", .base = base + 8 },
		{ .name = "a", .base = 0 },
		{ .name = "a", .base = base, .len = len + 1 },
		{ .name = "a", .base = base, .nr_cfg = 1 },
	};
	const struct axvm_device_cfg good = { .name = "a", .base = base, .len = len };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		struct axvm_error err = { .index = -1 };

		KUNIT_EXPECT_EQ_MSG(test, axvm_devices_add_model(&board->devices, type, &bad[i],
								 &err), -EINVAL, "case %u", i);
		KUNIT_EXPECT_NOT_NULL(test, err.msg);
	}
	KUNIT_EXPECT_EQ(test, test_board_add(board, type, &good)->cfg.len, len);
}

#endif /* AXVM_DEVICES_PC_TEST_H */
