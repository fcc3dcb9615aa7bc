// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit suite: register windows, how they are found, and which accesses reach them.
 */
#include <kunit/test.h>
#include <linux/limits.h>
#include <linux/log2.h>

#include "bus.h"

/**
 * struct probe - stands behind each window and remembers the last access
 * @offset: where
 * @len: how wide
 * @val: what a read gives, or a write brought
 * @calls: how often it was called
 * @refuse: there is no such register
 */
struct probe {
	u64 offset;
	unsigned int len;
	u64 val;
	unsigned int calls;
	bool refuse;
};

struct fixture {
	struct axvm_bus bus;
	struct probe probes[4];
};

static bool probe_read(void *opaque, u64 offset, unsigned int len, u64 *val)
{
	struct probe *probe = opaque;

	probe->offset = offset;
	probe->len = len;
	probe->calls++;
	*val = probe->val;
	return !probe->refuse;
}

static bool probe_write(void *opaque, u64 offset, unsigned int len, u64 val)
{
	struct probe *probe = opaque;

	probe->offset = offset;
	probe->len = len;
	probe->calls++;
	probe->val = val;
	return !probe->refuse;
}

static const struct axvm_bus_ops probe_ops = {
	.read = probe_read,
	.write = probe_write,
};

static int add(struct fixture *fix, unsigned int probe, u64 base, u64 len, u8 widths)
{
	const struct axvm_bus_window window = {
		.base = base,
		.len = len,
		.widths = widths,
		.ops = &probe_ops,
		.opaque = &fix->probes[probe],
	};
	struct axvm_error err = { .index = -1 };
	int ret = axvm_bus_add(&fix->bus, &window, &err);

	/* Each refusal has a reason. */
	return ret && !err.msg ? -EIO : ret;
}

static int init_bus(struct kunit *test)
{
	struct fixture *fix = kunit_kzalloc(test, sizeof(*fix), GFP_KERNEL);

	if (!fix)
		return -ENOMEM;
	axvm_bus_init(&fix->bus);
	test->priv = fix;
	return 0;
}

static void exit_bus(struct kunit *test)
{
	struct fixture *fix = test->priv;

	if (fix)
		axvm_bus_exit(&fix->bus);
}

static void empty_bus_has_nothing(struct kunit *test)
{
	struct fixture *fix = test->priv;
	u64 val = 77;

	KUNIT_EXPECT_EQ(test, axvm_bus_read(&fix->bus, 0, 4, &val), AXVM_BUS_NO_DEVICE);
	KUNIT_EXPECT_EQ(test, axvm_bus_read(&fix->bus, U64_MAX, 1, &val), AXVM_BUS_NO_DEVICE);
	KUNIT_EXPECT_EQ(test, axvm_bus_write(&fix->bus, 0, 4, 0), AXVM_BUS_NO_DEVICE);
	KUNIT_EXPECT_EQ(test, val, 77);
	KUNIT_EXPECT_FALSE(test, axvm_bus_overlaps(&fix->bus, 0, U64_MAX));
}

static void each_window_is_found(struct kunit *test)
{
	static const u64 bases[] = { 0x3000, 0x1000, 0x4000, 0x2000 };
	struct fixture *fix = test->priv;
	unsigned int i;
	u64 val;

	for (i = 0; i < ARRAY_SIZE(bases); i++)
		KUNIT_ASSERT_EQ(test, add(fix, i, bases[i], 0x100, 4), 0);
	axvm_bus_freeze(&fix->bus);
	for (i = 0; i < ARRAY_SIZE(bases); i++) {
		fix->probes[i].val = 100 + i;
		KUNIT_EXPECT_EQ(test, axvm_bus_read(&fix->bus, bases[i] + 0xfc, 4, &val),
				AXVM_BUS_DONE);
		KUNIT_EXPECT_EQ(test, val, 100 + i);
		KUNIT_EXPECT_EQ(test, fix->probes[i].offset, 0xfc);
		KUNIT_EXPECT_EQ(test, axvm_bus_write(&fix->bus, bases[i], 4, 7), AXVM_BUS_DONE);
		KUNIT_EXPECT_EQ(test, fix->probes[i].val, 7);
		KUNIT_EXPECT_EQ(test, fix->probes[i].offset, 0);
		KUNIT_EXPECT_EQ(test, axvm_bus_read(&fix->bus, bases[i] + 0x100, 4, &val),
				AXVM_BUS_NO_DEVICE);
		KUNIT_EXPECT_EQ(test, axvm_bus_read(&fix->bus, bases[i] - 4, 4, &val),
				AXVM_BUS_NO_DEVICE);
	}
}

static void windows_may_touch(struct kunit *test)
{
	struct fixture *fix = test->priv;
	u64 val;

	KUNIT_ASSERT_EQ(test, add(fix, 0, 0x1000, 0x10, 15), 0);
	KUNIT_ASSERT_EQ(test, add(fix, 1, 0x1010, 0x10, 15), 0);
	KUNIT_EXPECT_EQ(test, axvm_bus_read(&fix->bus, 0x100f, 1, &val), AXVM_BUS_DONE);
	KUNIT_EXPECT_EQ(test, axvm_bus_read(&fix->bus, 0x1010, 1, &val), AXVM_BUS_DONE);
	KUNIT_EXPECT_EQ(test, fix->probes[0].offset, 0xf);
	KUNIT_EXPECT_EQ(test, fix->probes[1].offset, 0);
}

static void overlaps_are_refused(struct kunit *test)
{
	static const struct {
		u64 base, len;
		bool overlaps;
	} cases[] = {
		{ 0x1000, 0x100, true },
		{ 0x0fff, 2, true },
		{ 0x10ff, 1, true },
		{ 0x1040, 8, true },
		{ 0x0800, 0x1000, true },
		{ 0x0000, U64_MAX, true },
		{ 0x0800, 0x800, false },
		{ 0x1100, 0x100, false },
		{ 0, 1, false },
	};
	struct fixture *fix = test->priv;
	unsigned int i;

	KUNIT_ASSERT_EQ(test, add(fix, 0, 0x1000, 0x100, 4), 0);
	for (i = 0; i < ARRAY_SIZE(cases); i++)
		KUNIT_EXPECT_EQ_MSG(test, axvm_bus_overlaps(&fix->bus, cases[i].base, cases[i].len),
				    cases[i].overlaps, "case %u", i);
	KUNIT_EXPECT_FALSE(test, axvm_bus_overlaps(&fix->bus, 0x1000, 0));
	KUNIT_EXPECT_TRUE(test, axvm_bus_overlaps(&fix->bus, 0x10f0, U64_MAX));
	KUNIT_EXPECT_EQ(test, add(fix, 1, 0x10ff, 1, 4), -EEXIST);
	KUNIT_EXPECT_EQ(test, add(fix, 1, 0, 0x1001, 4), -EEXIST);
	KUNIT_EXPECT_EQ(test, fix->bus.nr, 1);
}

static void bad_windows_are_refused(struct kunit *test)
{
	struct fixture *fix = test->priv;

	KUNIT_EXPECT_EQ(test, add(fix, 0, 0x1000, 0, 4), -EINVAL);
	KUNIT_EXPECT_EQ(test, add(fix, 0, U64_MAX, 2, 4), -EINVAL);
	KUNIT_EXPECT_EQ(test, add(fix, 0, 0x1000, U64_MAX, 4), -EINVAL);
	KUNIT_EXPECT_EQ(test, add(fix, 0, 0x1000, 0x10, 0), -EINVAL);
	KUNIT_EXPECT_EQ(test, add(fix, 0, 0x1000, 0x10, 16), -EINVAL);
	axvm_bus_freeze(&fix->bus);
	KUNIT_EXPECT_EQ(test, add(fix, 0, 0x1000, 0x10, 4), -EBUSY);
	KUNIT_EXPECT_EQ(test, fix->bus.nr, 0);
}

static void last_address_is_usable(struct kunit *test)
{
	struct fixture *fix = test->priv;
	u64 val;

	KUNIT_ASSERT_EQ(test, add(fix, 0, U64_MAX - 7, 8, 15), 0);
	KUNIT_EXPECT_EQ(test, axvm_bus_read(&fix->bus, U64_MAX - 7, 8, &val), AXVM_BUS_DONE);
	KUNIT_EXPECT_EQ(test, axvm_bus_read(&fix->bus, U64_MAX, 1, &val), AXVM_BUS_DONE);
	KUNIT_EXPECT_EQ(test, fix->probes[0].offset, 7);
	KUNIT_EXPECT_EQ(test, axvm_bus_read(&fix->bus, U64_MAX, 8, &val), AXVM_BUS_BAD_ACCESS);
	KUNIT_EXPECT_TRUE(test, axvm_bus_overlaps(&fix->bus, U64_MAX, 1));
}

static void table_is_bounded(struct kunit *test)
{
	struct fixture *fix = test->priv;
	unsigned int i;
	u64 val;

	for (i = 0; i < AXVM_BUS_MAX_WINDOWS; i++)
		KUNIT_ASSERT_EQ(test, add(fix, i % 4, (i * 37 % 256) * 0x100ULL, 0x10, 4), 0);
	KUNIT_EXPECT_EQ(test, add(fix, 0, 0x1000000, 0x10, 4), -ENOSPC);
	for (i = 0; i < AXVM_BUS_MAX_WINDOWS; i++) {
		KUNIT_EXPECT_EQ(test, axvm_bus_read(&fix->bus, i * 0x100ULL, 4, &val),
				AXVM_BUS_DONE);
		KUNIT_EXPECT_EQ(test, axvm_bus_read(&fix->bus, i * 0x100ULL + 0x10, 4, &val),
				AXVM_BUS_NO_DEVICE);
	}
}

static void widths_are_checked(struct kunit *test)
{
	struct fixture *fix = test->priv;
	unsigned int widths, len;
	u64 base, val;

	for (widths = 1; widths <= 15; widths++)
		KUNIT_ASSERT_EQ(test, add(fix, 0, widths * 0x1000, 0x100, widths), 0);
	for (widths = 1; widths <= 15; widths++) {
		base = widths * 0x1000;
		for (len = 0; len <= 64; len++) {
			bool is_allowed = len < 16 && is_power_of_2(len) && (widths & len);
			enum axvm_bus_result want = is_allowed ? AXVM_BUS_DONE :
								 AXVM_BUS_BAD_ACCESS;

			KUNIT_EXPECT_EQ(test, axvm_bus_read(&fix->bus, base, len, &val), want);
			KUNIT_EXPECT_EQ(test, axvm_bus_write(&fix->bus, base, len, 0), want);
		}
	}
	KUNIT_EXPECT_EQ(test, axvm_bus_read(&fix->bus, 0x1000, U32_MAX, &val), AXVM_BUS_BAD_ACCESS);
}

static void accesses_are_aligned_and_inside(struct kunit *test)
{
	struct fixture *fix = test->priv;
	unsigned int len, offset;
	u64 val;

	KUNIT_ASSERT_EQ(test, add(fix, 0, 0x1000, 0x1c, 15), 0);
	for (len = 1; len <= 8; len *= 2) {
		for (offset = 0; offset < 0x1c; offset++) {
			bool is_allowed = offset % len == 0 && offset + len <= 0x1c;

			KUNIT_EXPECT_EQ_MSG(test,
					    axvm_bus_read(&fix->bus, 0x1000 + offset, len, &val),
					    is_allowed ? AXVM_BUS_DONE : AXVM_BUS_BAD_ACCESS,
					    "%u bytes at %u", len, offset);
		}
	}
}

static void values_are_cut(struct kunit *test)
{
	struct fixture *fix = test->priv;
	struct probe *probe = &fix->probes[0];
	u64 val;

	KUNIT_ASSERT_EQ(test, add(fix, 0, 0x1000, 8, 15), 0);
	probe->val = U64_MAX;
	axvm_bus_read(&fix->bus, 0x1000, 1, &val);
	KUNIT_EXPECT_EQ(test, val, 0xff);
	axvm_bus_read(&fix->bus, 0x1000, 2, &val);
	KUNIT_EXPECT_EQ(test, val, 0xffff);
	axvm_bus_read(&fix->bus, 0x1000, 4, &val);
	KUNIT_EXPECT_EQ(test, val, 0xffffffffULL);
	axvm_bus_read(&fix->bus, 0x1000, 8, &val);
	KUNIT_EXPECT_EQ(test, val, U64_MAX);
	axvm_bus_write(&fix->bus, 0x1000, 2, U64_MAX);
	KUNIT_EXPECT_EQ(test, probe->val, 0xffff);
}

static void refused_register_is_a_bad_access(struct kunit *test)
{
	struct fixture *fix = test->priv;
	u64 val = 5;

	KUNIT_ASSERT_EQ(test, add(fix, 0, 0x1000, 8, 4), 0);
	fix->probes[0].refuse = true;
	fix->probes[0].val = 9;
	KUNIT_EXPECT_EQ(test, axvm_bus_read(&fix->bus, 0x1000, 4, &val), AXVM_BUS_BAD_ACCESS);
	KUNIT_EXPECT_EQ(test, axvm_bus_write(&fix->bus, 0x1000, 4, 1), AXVM_BUS_BAD_ACCESS);
	KUNIT_EXPECT_EQ(test, axvm_bus_read(&fix->bus, 0x1000, 2, &val), AXVM_BUS_BAD_ACCESS);
	KUNIT_EXPECT_EQ(test, fix->probes[0].calls, 2);
}

static void windows_are_removed_by_owner(struct kunit *test)
{
	struct fixture *fix = test->priv;
	u64 val;

	KUNIT_ASSERT_EQ(test, add(fix, 0, 0x1000, 8, 4), 0);
	KUNIT_ASSERT_EQ(test, add(fix, 1, 0x2000, 8, 4), 0);
	KUNIT_ASSERT_EQ(test, add(fix, 0, 0x3000, 8, 4), 0);
	axvm_bus_remove(&fix->bus, &fix->probes[0]);
	KUNIT_EXPECT_EQ(test, fix->bus.nr, 1);
	KUNIT_EXPECT_EQ(test, axvm_bus_read(&fix->bus, 0x1000, 4, &val), AXVM_BUS_NO_DEVICE);
	KUNIT_EXPECT_EQ(test, axvm_bus_read(&fix->bus, 0x2000, 4, &val), AXVM_BUS_DONE);
	KUNIT_EXPECT_EQ(test, axvm_bus_read(&fix->bus, 0x3000, 4, &val), AXVM_BUS_NO_DEVICE);
	axvm_bus_freeze(&fix->bus);
	axvm_bus_remove(&fix->bus, &fix->probes[1]);
	KUNIT_EXPECT_EQ(test, fix->bus.nr, 1);
}

static struct kunit_case bus_cases[] = {
	KUNIT_CASE(empty_bus_has_nothing),
	KUNIT_CASE(each_window_is_found),
	KUNIT_CASE(windows_may_touch),
	KUNIT_CASE(overlaps_are_refused),
	KUNIT_CASE(bad_windows_are_refused),
	KUNIT_CASE(last_address_is_usable),
	KUNIT_CASE(table_is_bounded),
	KUNIT_CASE(widths_are_checked),
	KUNIT_CASE(accesses_are_aligned_and_inside),
	KUNIT_CASE(values_are_cut),
	KUNIT_CASE(refused_register_is_a_bad_access),
	KUNIT_CASE(windows_are_removed_by_owner),
	{}
};

static struct kunit_suite bus_suite = {
	.name = "axvm-bus",
	.init = init_bus,
	.exit = exit_bus,
	.test_cases = bus_cases,
};

kunit_test_suite(bus_suite);
