// SPDX-License-Identifier: GPL-2.0
/*
 * Floating-point and vector registers stay what they are across exits, sleep,
 * interrupts and other users of the same host CPU. Run two VMs at once, or
 * more vCPUs than host CPUs; "ms=N" says for how long.
 */
#include "arch.h"

const char *const guest_name = "fp";

#define SECOND		1000000
#define ROUND_US	3000

struct bank {
	void (*fill)(u64 seed);
	unsigned int (*compare)(u64 seed);
};

static const struct bank fp_bank = { arch_fp_fill, arch_fp_compare };
static const struct bank vector_bank = { arch_vector_fill, arch_vector_compare };
static const struct bank *bank;
static u64 done;

static void spin_a_round(void)
{
	delay_us(ROUND_US);
}

static void sleep_a_round(void)
{
	u64 before = arch_timer_count(arch_cpu_self());

	arch_timer_set(arch_time() + time_from_us(ROUND_US));
	halt_while(arch_timer_count, arch_cpu_self(), before);
}

static void interrupt_a_round(void)
{
	u64 before = arch_timer_count(arch_cpu_self());

	arch_timer_set(arch_time() + time_from_us(ROUND_US / 2));
	while (arch_timer_count(arch_cpu_self()) == before)
		barrier();
}

static void call_a_round(void)
{
	u64 end = arch_time() + time_from_us(ROUND_US);

	while (arch_time() < end)
		arch_null_call();
}

static void mmio_a_round(void)
{
	u64 end = arch_time() + time_from_us(ROUND_US);

	while (arch_time() < end)
		arch_mmio_read();
}

static void (*const rounds[])(void) = {
	spin_a_round, sleep_a_round, interrupt_a_round, call_a_round, mmio_a_round,
};

/* The start time makes VMs that run side by side differ. */
static void keep_registers(void)
{
	u64 end = arch_time() + time_from_us(option_number("ms", 500) * 1000);
	u64 seed = arch_time() ^ (u64)arch_cpu_self() << 32;
	unsigned int i, bad;

	for (i = 0; arch_time() < end && !test_failed(); i++) {
		bank->fill(++seed);
		rounds[i % ARRAY_SIZE(rounds)]();
		bad = bank->compare(seed);
		check(!bad, "CPU %u round %u: register %u changed", arch_cpu_self(), i, bad - 1);
	}
}

static void worker(void *arg)
{
	if (bank == &fp_bank)
		arch_fp_on();
	else
		arch_vector_on();
	arch_irq_on();
	keep_registers();
	arch_irq_off();
	add_shared(&done, 1);
}

static void run_everywhere(const struct bank *which)
{
	unsigned int cpu;
	u64 end = arch_time() + time_from_us(20 * SECOND);

	bank = which;
	store_shared(&done, 0);
	for (cpu = 0; cpu < arch_cpu_count(); cpu++) {
		while (cpu != arch_cpu_self() && !arch_cpu_start(cpu, worker, NULL)) {
			if (!check(arch_time() < end, "CPU %u does not start", cpu))
				return;
		}
	}
	worker(NULL);
	check(wait_for(&done, arch_cpu_count(), 60 * SECOND), "only %lu CPUs ended", done);
}

static void kept(void)
{
	run_everywhere(&fp_bank);
}

static void vector_kept(void)
{
	if (arch_vector_on())
		run_everywhere(&vector_bank);
	else
		test_skip("no vector registers");
}

static const struct test_case cases[] = {
	{ "kept", kept },
	{ "vector_kept", vector_kept },
};

void guest_main(void)
{
	test_run(cases, ARRAY_SIZE(cases));
}
