// SPDX-License-Identifier: GPL-2.0
/*
 * Costs in emulated instructions: meaningful where the emulator counts them
 * (one instruction is one nanosecond of guest time), one CPU.
 */
#include "arch.h"

const char *const guest_name = "bench";

#define SECOND		1000000
#define CALLS		500
#define SAMPLES		64
#define INTERVAL_US	100

/*
 * The host's own work falls into some samples: its ticks, and whoever else
 * wants the one CPU. Half of them are free of it, and their mean is told.
 */
static u64 samples[SAMPLES];

static void empty(void)
{
	barrier();
}

static void sort_samples(void)
{
	unsigned int i, j;
	u64 sample;

	for (i = 1; i < SAMPLES; i++) {
		sample = samples[i];
		for (j = i; j && samples[j - 1] > sample; j--)
			samples[j] = samples[j - 1];
		samples[j] = sample;
	}
}

static u64 sum_of_lower_half(void)
{
	u64 sum = 0;
	unsigned int i;

	sort_samples();
	for (i = 0; i < SAMPLES / 2; i++)
		sum += samples[i];
	return sum;
}

static void report(const char *name, u64 ticks, u64 times)
{
	print("bench %s: %lu instructions\n", name, arch_ticks_to_instructions(ticks) / times);
}

static u64 time_calls(void (*fn)(void))
{
	u64 start = arch_time();
	unsigned int i;

	for (i = 0; i < CALLS; i++)
		fn();
	return arch_time() - start;
}

static u64 measure(void (*fn)(void))
{
	unsigned int i;

	for (i = 0; i < SAMPLES; i++)
		samples[i] = time_calls(fn);
	return sum_of_lower_half();
}

static void cost(const char *name, void (*fn)(void))
{
	u64 loop = measure(empty);
	u64 all = measure(fn);

	report(name, all > loop ? all - loop : 0, CALLS * SAMPLES / 2);
}

static void null_call(void)
{
	cost("null_call", arch_null_call);
}

static void mmio_read(void)
{
	cost("mmio_read", arch_mmio_read);
}

/* From the time asked for to the first instructions of the handler. */
static u64 time_interrupt(void (*wait)(unsigned int cpu, u64 before))
{
	unsigned int cpu = arch_cpu_self();
	u64 before = arch_timer_count(cpu);
	u64 deadline = arch_time() + time_from_us(INTERVAL_US);

	arch_timer_set(deadline);
	wait(cpu, before);
	return arch_timer_taken(cpu) - deadline;
}

static void interrupt_cost(const char *name, void (*wait)(unsigned int cpu, u64 before))
{
	unsigned int i;

	arch_irq_on();
	for (i = 0; i < SAMPLES; i++)
		samples[i] = time_interrupt(wait);
	arch_irq_off();
	report(name, sum_of_lower_half(), SAMPLES / 2);
}

static void spin_while(unsigned int cpu, u64 before)
{
	while (arch_timer_count(cpu) == before)
		barrier();
}

static void timer_interrupt(void)
{
	interrupt_cost("timer_interrupt", spin_while);
}

static void sleep_while(unsigned int cpu, u64 before)
{
	halt_while(arch_timer_count, cpu, before);
}

/* The same out of a halt: what waking up adds. */
static void timer_wakeup(void)
{
	interrupt_cost("timer_wakeup", sleep_while);
}

static u64 echo_ready;

/* Sends back what comes, for good: the end of the program ends it, too. */
static void echo(void *arg)
{
	unsigned int self = arch_cpu_self(), to = (u64)arg;
	u64 before = arch_ipi_count(self);

	store_shared(&echo_ready, 1);
	for (;;) {
		halt_while(arch_ipi_count, self, before);
		arch_irq_off();
		before++;
		arch_ipi_send(to);
	}
}

static u64 time_round_trip(unsigned int other)
{
	unsigned int self = arch_cpu_self();
	u64 before = arch_ipi_count(self), start = arch_time();

	arch_ipi_send(other);
	halt_while(arch_ipi_count, self, before);
	return arch_time() - start;
}

/* From one CPU to another that sleeps: half of the way there and back. */
static void ipi(void)
{
	unsigned int i, self = arch_cpu_self(), other = !self;

	if (arch_cpu_count() < 2) {
		test_skip("one CPU");
		return;
	}
	if (!check(arch_cpu_start(other, echo, (void *)(u64)self) &&
		   wait_for(&echo_ready, 1, 10 * SECOND), "CPU %u does not start", other))
		return;
	for (i = 0; i < SAMPLES; i++)
		samples[i] = time_round_trip(other);
	arch_irq_off();
	report("ipi", sum_of_lower_half(), SAMPLES);
}

static const struct bench_case *of_arch;

static void arch_cost(void)
{
	cost(of_arch->name, of_arch->fn);
}

static void arch_costs(void)
{
	for (of_arch = arch_bench; of_arch->name; of_arch++) {
		struct test_case one = { of_arch->name, arch_cost };

		test_run(&one, 1);
	}
}

static const struct test_case cases[] = {
	{ "null_call", null_call },
	{ "mmio_read", mmio_read },
	{ "timer_interrupt", timer_interrupt },
	{ "timer_wakeup", timer_wakeup },
	{ "ipi", ipi },
};

void guest_main(void)
{
	arch_costs();
	test_run(cases, ARRAY_SIZE(cases));
}
