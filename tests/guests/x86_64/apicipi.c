// SPDX-License-Identifier: GPL-2.0
/*
 * Interrupts between local APICs: every form of destination and of delivery,
 * in xAPIC mode (flat and cluster model) and in x2APIC mode. SDM 3, 11.6.
 */
#include "cpu.h"

const char *const guest_name = "apicipi";

#define SECOND		1000000
#define VECTOR		0x63
#define ROUNDS		50

static bool x2, cluster_model;
static u64 ready, leave;
static u64 before[GUEST_MAX_CPUS];
static u32 ldrs[GUEST_MAX_CPUS];

static u32 logical_id(unsigned int cpu)
{
	if (cluster_model)
		return (cpu / 4) << 28 | 1u << (24 + cpu % 4);
	return 1u << (24 + cpu % 8);
}

static void set_logical(void)
{
	unsigned int self = arch_cpu_self();

	if (!x2) {
		lapic_write(APIC_DFR, cluster_model ? 0x0fffffff : -1u);
		lapic_write(APIC_LDR, logical_id(self));
	}
	ldrs[self] = x2 ? lapic_read(APIC_LDR) : lapic_read(APIC_LDR) >> 24;
}

static void listener(void *arg)
{
	set_logical();
	arch_irq_on();
	add_shared(&ready, 1);
	while (!load_shared(&leave)) {
		if (arg)
			arch_halt();
	}
	arch_irq_off();
	add_shared(&ready, -1UL);
}

static bool start_listeners(bool halting)
{
	unsigned int cpu;

	set_logical();
	store_shared(&leave, 0);
	for (cpu = 0; cpu < arch_cpu_count(); cpu++) {
		if (cpu != arch_cpu_self() &&
		    !check(arch_cpu_start(cpu, listener, (void *)halting), "CPU %u does not start",
			   cpu))
			return false;
	}
	return check(wait_for(&ready, arch_cpu_count() - 1, 10 * SECOND), "%lu CPUs came", ready);
}

static void stop_listeners(void)
{
	u64 end = arch_time() + time_from_us(10 * SECOND);
	unsigned int cpu;

	store_shared(&leave, 1);
	while (load_shared(&ready) && arch_time() < end)
		lapic_send(0, ICR_OTHERS | ICR_ASSERT | 0x62);
	check(!ready, "%lu CPUs do not leave", ready);
	for (cpu = 0; cpu < arch_cpu_count(); cpu++) {
		while (cpu != arch_cpu_self() && cpu_is_alive(cpu) && arch_time() < end)
			barrier();
	}
}

static void count_before(unsigned int vector)
{
	unsigned int cpu;

	for (cpu = 0; cpu < arch_cpu_count(); cpu++)
		before[cpu] = vector_count(cpu, vector);
}

static u64 came(unsigned int cpu, unsigned int vector)
{
	return vector_count(cpu, vector) - before[cpu];
}

static u64 all_came(unsigned int vector)
{
	unsigned int cpu;
	u64 sum = 0;

	for (cpu = 0; cpu < arch_cpu_count(); cpu++)
		sum += came(cpu, vector);
	return sum;
}

/* To these CPUs (a mask) once each, and to nobody else. */
static void expect(const char *what, u64 mask, unsigned int vector)
{
	u64 end = arch_time() + time_from_us(10 * SECOND);
	unsigned int cpu, nr = 0;

	for (cpu = 0; cpu < arch_cpu_count(); cpu++)
		nr += mask >> cpu & 1;
	while (all_came(vector) < nr && arch_time() < end)
		barrier();
	delay_us(200);
	for (cpu = 0; cpu < arch_cpu_count(); cpu++)
		check(came(cpu, vector) == (mask >> cpu & 1), "%s: %lu to CPU %u, mask 0x%lx", what,
		      came(cpu, vector), cpu, mask);
}

static void send(const char *what, u32 dest, u32 low, u64 mask)
{
	count_before(VECTOR);
	arch_irq_on();
	lapic_send(dest, low | ICR_ASSERT | VECTOR);
	expect(what, mask, VECTOR);
	arch_irq_off();
}

static u64 everybody(void)
{
	return BIT(arch_cpu_count()) - 1;
}

static void physical(void)
{
	unsigned int cpu, i;

	for (i = 0; i < ROUNDS && !test_failed(); i++) {
		cpu = i % arch_cpu_count();
		send("physical", cpu_apic_id(cpu), ICR_FIXED, BIT(cpu));
	}
}

static void shorthands(void)
{
	u64 self = BIT(arch_cpu_self());

	send("self", 0, ICR_SELF, self);
	send("all", 0, ICR_ALL, everybody());
	send("others", 0, ICR_OTHERS, everybody() & ~self);
	send("broadcast", x2 ? -1u : 0xff, ICR_FIXED, everybody());
	send("logical broadcast", x2 ? -1u : 0xff, ICR_LOGICAL, everybody());
}

static void logical_each(void)
{
	unsigned int cpu;

	for (cpu = 0; cpu < arch_cpu_count() && !test_failed(); cpu++)
		send("logical", ldrs[cpu], ICR_LOGICAL, BIT(cpu));
}

/* All sets of the first four CPUs; they share a cluster. */
static void logical_sets(void)
{
	unsigned int cpu, nr = arch_cpu_count() < 4 ? arch_cpu_count() : 4;
	u64 set;
	u32 dest;

	for (set = 1; set < BIT(nr) && !test_failed(); set++) {
		dest = 0;
		for (cpu = 0; cpu < nr; cpu++)
			dest |= set >> cpu & 1 ? ldrs[cpu] : 0;
		send("set", dest, ICR_LOGICAL, set);
	}
}

static void lowest_priority(void)
{
	u32 dest = 0;
	unsigned int cpu, i, nr = arch_cpu_count() < 4 ? arch_cpu_count() : 4;
	u64 end;

	for (cpu = 0; cpu < nr; cpu++)
		dest |= ldrs[cpu];
	arch_irq_on();
	for (i = 0; i < ROUNDS && !test_failed(); i++) {
		count_before(VECTOR);
		lapic_send(dest, ICR_LOGICAL | ICR_LOWEST | ICR_ASSERT | VECTOR);
		end = arch_time() + time_from_us(10 * SECOND);
		while (!all_came(VECTOR) && arch_time() < end)
			barrier();
		delay_us(100);
		check(all_came(VECTOR) == 1, "it came %lu times", all_came(VECTOR));
	}
	arch_irq_off();
}

static void nmi(void)
{
	unsigned int cpu;

	for (cpu = 0; cpu < arch_cpu_count() && !test_failed(); cpu++) {
		if (cpu == arch_cpu_self())
			continue;
		count_before(VEC_NMI);
		lapic_send(cpu_apic_id(cpu), ICR_NMI | ICR_ASSERT);
		expect("NMI", BIT(cpu), VEC_NMI);
	}
	count_before(VEC_NMI);
	lapic_send(0, ICR_OTHERS | ICR_NMI | ICR_ASSERT);
	expect("NMI to others", everybody() & ~BIT(arch_cpu_self()), VEC_NMI);
}

/* A level-triggered INIT that ends: of old to synchronise, today for nothing. */
static void init_deassert(void)
{
	lapic_send(0, ICR_ALL | ICR_INIT | ICR_LEVEL);
	delay_us(1000);
	send("others", 0, ICR_OTHERS, everybody() & ~BIT(arch_cpu_self()));
}

/* Start-up does nothing to who runs. The reference loses what comes together with it. */
static void stray_startup(void)
{
	lapic_send(0, ICR_OTHERS | ICR_STARTUP | 0x99);
	delay_us(50000);
	send("others", 0, ICR_OTHERS, everybody() & ~BIT(arch_cpu_self()));
}

static bool came_to_all(u64 deadline)
{
	unsigned int cpu;
	u64 sum;

	do {
		sum = 0;
		for (cpu = 0; cpu < arch_cpu_count(); cpu++)
			sum += !!came(cpu, 0xc1);
		if (sum + 1 >= arch_cpu_count())
			return true;
	} while (arch_time() < deadline);
	return false;
}

/* As many rounds as a busy machine finds time for. */
static void storm(void)
{
	u64 end = arch_time() + time_from_us(20 * SECOND);
	bool all = true;
	unsigned int i;

	arch_irq_on();
	for (i = 0; i < 300 && all && arch_time() < end; i++) {
		count_before(0xc1);
		lapic_send(0, ICR_OTHERS | ICR_ASSERT | 0xc1);
		lapic_send(0, ICR_OTHERS | ICR_ASSERT | 0x41);
		lapic_send(0, ICR_OTHERS | ICR_ASSERT | 0xc1);
		all = came_to_all(arch_time() + time_from_us(10 * SECOND));
	}
	arch_irq_off();
	check(all, "round %u: somebody missed it", i);
}

static const struct test_case cases[] = {
	{ "physical", physical },
	{ "shorthands", shorthands },
	{ "logical_each", logical_each },
	{ "logical_sets", logical_sets },
	{ "lowest_priority", lowest_priority },
	{ "nmi", nmi },
	{ "init_deassert", init_deassert },
	{ "stray_startup", stray_startup },
	{ "storm", storm },
};

static void start_spinning(void)
{
	start_listeners(false);
}

static void start_halting(void)
{
	start_listeners(true);
}

static void run_model(const char *name, bool msrs, bool cluster, bool halting)
{
	struct test_case first = { "start", halting ? start_halting : start_spinning };
	struct test_case last = { "stop", stop_listeners };

	x2 = msrs;
	cluster_model = cluster;
	lapic_prefer(x2);
	lapic_setup();
	test_group(name);
	test_run(&first, 1);
	test_run(cases, ARRAY_SIZE(cases));
	test_run(&last, 1);
	if (!x2)
		lapic_write(APIC_DFR, -1u);
}

void guest_main(void)
{
	run_model("flat", false, false, false);
	run_model("flat_halted", false, false, true);
	run_model("cluster", false, true, false);
	if (!HAS_X2APIC)
		return;
	run_model("x2apic", true, false, false);
	run_model("x2apic_halted", true, false, true);
}
