// SPDX-License-Identifier: GPL-2.0
/*
 * For hostile programs: see fuzz.h.
 */
#include "arch.h"
#include "fuzz.h"

#define SECOND		1000000
#define NEAR		0x10000000UL	/* memory is within that */

static u64 state;
static u64 canary[512] __aligned(4096);

static u64 canary_value(unsigned int i)
{
	return i * 3;
}

void fuzz_init(void)
{
	unsigned int i;

	state = option_number("seed", 1);
	for (i = 0; i < ARRAY_SIZE(canary); i++)
		canary[i] = canary_value(i);
}

u64 fuzz_rounds(u64 otherwise)
{
	return option_number("rounds", otherwise);
}

u64 fuzz_random(void)
{
	return random_next(&state);
}

u64 fuzz_odd_number(void)
{
	u64 val = fuzz_random();

	switch (val >> 61) {
	case 0:
		return val & 0xff;
	case 1:
		return -(val & 0xff);
	case 2:
		return ((u64)canary & -NEAR) + (val & (NEAR - 1));
	case 3:
		return BIT(val & 63);
	case 4:
		return BIT(val & 63) - 1;
	case 5:
		return (u64)canary + (val & 0xfff);
	default:
		return val;
	}
}

u64 fuzz_canary(void)
{
	return (u64)canary;
}

bool fuzz_is_intact(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(canary); i++) {
		if (!check(load_shared(&canary[i]) == canary_value(i), "memory at %p changed",
			   &canary[i]))
			return false;
	}
	return true;
}

void fuzz_still_alive(void)
{
	u64 before = arch_timer_count(arch_cpu_self());
	u64 end = arch_time() + time_from_us(20 * SECOND);

	arch_timer_set(arch_time() + time_from_us(1000));
	arch_irq_on();
	while (arch_timer_count(arch_cpu_self()) == before && arch_time() < end)
		barrier();
	arch_irq_off();
	check(arch_timer_count(arch_cpu_self()) > before, "no timer interrupt");
}
