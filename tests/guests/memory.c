// SPDX-License-Identifier: GPL-2.0
/*
 * All memory: zero at the start (nobody else's data), and each word keeps what
 * was written.
 */
#include "arch.h"

const char *const guest_name = "memory";

#define MAX_RANGES	16

static struct range ranges[MAX_RANGES];
static unsigned int nr_ranges;

static u64 mix(u64 addr)
{
	return addr * 0x9e3779b97f4a7c15 ^ addr >> 7;
}

static void found(void)
{
	u64 total = 0;
	unsigned int i;

	nr_ranges = arch_free_memory(ranges, MAX_RANGES);
	for (i = 0; i < nr_ranges; i++) {
		if (ranges[i].len)
			print("memory at 0x%lx: %lu KiB\n", ranges[i].base, ranges[i].len / 1024);
		total += ranges[i].len;
	}
	check(total >= 1 << 20, "only %lu bytes", total);
}

static void is_zero(const struct range *range)
{
	const u64 *word = (const u64 *)range->base;
	const u64 *end = (const u64 *)(range->base + range->len);

	for (; word < end; word++) {
		if (!check(!*word, "0x%lx at %p", *word, word))
			return;
	}
}

static void write_all(const struct range *range)
{
	u64 addr;

	for (addr = range->base; addr < range->base + range->len; addr += sizeof(u64))
		*(u64 *)addr = mix(addr);
}

static void check_all(const struct range *range)
{
	u64 addr;

	for (addr = range->base; addr < range->base + range->len; addr += sizeof(u64)) {
		u64 val = *(u64 *)addr;

		if (!check(val == mix(addr), "0x%lx at 0x%lx, not 0x%lx", val, addr, mix(addr)))
			return;
	}
}

static void each_range(void (*fn)(const struct range *range))
{
	unsigned int i;

	for (i = 0; i < nr_ranges; i++)
		fn(&ranges[i]);
}

static void zero(void)
{
	each_range(is_zero);
}

static void kept(void)
{
	each_range(write_all);
	barrier();
	each_range(check_all);
}

static const struct test_case cases[] = {
	{ "found", found },
	{ "zero", zero },
	{ "kept", kept },
};

void guest_main(void)
{
	test_run(cases, ARRAY_SIZE(cases));
}
