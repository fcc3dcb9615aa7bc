// SPDX-License-Identifier: GPL-2.0
/*
 * Time in microseconds, and waiting.
 */
#include "arch.h"

u64 time_from_us(u64 us)
{
	return us * arch_time_hz() / 1000000;
}

u64 time_to_us(u64 ticks)
{
	return ticks * 1000000 / arch_time_hz();
}

void delay_us(u64 us)
{
	u64 end = arch_time() + time_from_us(us);

	while (arch_time() < end)
		barrier();
}

bool wait_for(const u64 *value, u64 wanted, u64 us)
{
	u64 end = arch_time() + time_from_us(us);

	while (load_shared(value) < wanted) {
		if (arch_time() >= end)
			return load_shared(value) >= wanted;
	}
	return true;
}

u64 halt_while(u64 (*count)(unsigned int arg), unsigned int arg, u64 before)
{
	u64 halts = 0;

	arch_irq_off();
	while (count(arg) == before) {
		arch_halt();
		halts++;
		arch_irq_on();
		arch_irq_off();
	}
	arch_irq_on();
	return halts;
}

bool await_line(unsigned int line, u64 before, u64 us)
{
	u64 end = arch_time() + time_from_us(us);

	arch_irq_on();
	while (arch_line_count(line) == before && arch_time() < end)
		barrier();
	arch_irq_off();
	return arch_line_count(line) != before;
}
