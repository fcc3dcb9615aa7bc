// SPDX-License-Identifier: GPL-2.0
/*
 * Software-generated interrupts: every way to say who gets them. GICv3: the
 * ICC_SGI*R_EL1 registers (IHI 0069, 12.2); GICv2: GICD_SGIR (IHI 0048, 4.3.15).
 */
#include "cpu.h"
#include "giccpu.h"

const char *const guest_name = "gicsgi";

#define SECOND		1000000
#define NR_SGIS		16
#define ALL_BUT_SELF	BIT(40)		/* ICC_SGI1R_EL1.IRM */
#define FILTER_OTHERS	0x01000000u	/* GICD_SGIR */
#define FILTER_SELF	0x02000000u
#define STORM		200
#define TYPER_RSS	BIT(26)

static u64 counts[GUEST_MAX_CPUS][NR_SGIS];
static u64 fiqs[GUEST_MAX_CPUS];
static u64 ready, leave;

static void count(u32 intid, bool fiq)
{
	unsigned int cpu = arch_cpu_self();

	if (intid >= NR_SGIS) {
		test_fail("CPU %u took %u", cpu, intid);
		return;
	}
	if (fiq)
		add_shared(&fiqs[cpu], 1);
	add_shared(&counts[cpu][intid], 1);
}

static u64 count_of(unsigned int cpu, unsigned int intid)
{
	return load_shared(&counts[cpu][intid]);
}

static void listener(void *arg)
{
	if (gic_version() == 3)
		icc_write(ICC_IGRPEN0, 1);
	arch_irq_on();
	add_shared(&ready, 1);
	while (!load_shared(&leave))
		arch_halt();
	arch_irq_off();
}

static bool is_v3(void)
{
	if (gic_version() != 3)
		test_skip("GICv2");
	return gic_version() == 3;
}

static bool is_v2(void)
{
	if (gic_version() != 2)
		test_skip("GICv3");
	return gic_version() == 2;
}

static u64 affinity(u64 mpidr)
{
	return (mpidr >> 32 & 0xff) << 48 | (mpidr >> 16 & 0xff) << 32 | (mpidr >> 8 & 0xff) << 16 |
	       (mpidr >> 4 & 0xf) << 44;
}

static u64 to_cpu(unsigned int cpu, unsigned int intid)
{
	return affinity(cpu_mpidr(cpu)) | (u64)intid << 24 | BIT(cpu_mpidr(cpu) & 0xf);
}

static void send(u64 val)
{
	dsb();
	icc_write(ICC_SGI1R, val);
	isb();
}

static bool came(unsigned int cpu, unsigned int intid, u64 before)
{
	return wait_for(&counts[cpu][intid], before + 1, 10 * SECOND) &&
	       count_of(cpu, intid) == before + 1;
}

static u64 total(void)
{
	unsigned int cpu, intid;
	u64 sum = 0;

	for (cpu = 0; cpu < arch_cpu_count(); cpu++) {
		for (intid = 0; intid < NR_SGIS; intid++)
			sum += count_of(cpu, intid);
	}
	return sum;
}

/* Nobody else got anything: after this many in all. */
static void check_total(u64 wanted)
{
	delay_us(2000);
	check(total() == wanted, "%lu came in all, not %lu", total(), wanted);
}

static void each_to_each(void)
{
	unsigned int cpu, intid;
	u64 before, all = total();

	if (!is_v3())
		return;
	for (cpu = 0; cpu < arch_cpu_count(); cpu++) {
		for (intid = 0; intid < NR_SGIS; intid++) {
			before = count_of(cpu, intid);
			send(to_cpu(cpu, intid));
			check(came(cpu, intid, before), "%u to CPU %u", intid, cpu);
		}
	}
	check_total(all + NR_SGIS * arch_cpu_count());
}

static void several(void)
{
	unsigned int cpu, nr = 0;
	u64 val = 5 << 24, all = total(), before[GUEST_MAX_CPUS];

	if (!is_v3())
		return;
	for (cpu = 0; cpu < arch_cpu_count(); cpu++) {
		before[cpu] = count_of(cpu, 5);
		if (affinity(cpu_mpidr(cpu)) != affinity(cpu_mpidr(0)))
			continue;
		val |= to_cpu(cpu, 5);
		nr++;
	}
	send(val);
	for (cpu = 0; cpu < arch_cpu_count(); cpu++) {
		if (affinity(cpu_mpidr(cpu)) == affinity(cpu_mpidr(0)))
			check(came(cpu, 5, before[cpu]), "to CPU %u", cpu);
	}
	check_total(all + nr);
}

static void broadcast(void)
{
	unsigned int cpu, intid;
	u64 all = total(), before[GUEST_MAX_CPUS];

	if (!is_v3())
		return;
	for (intid = 0; intid < NR_SGIS; intid++) {
		for (cpu = 0; cpu < arch_cpu_count(); cpu++)
			before[cpu] = count_of(cpu, intid);
		send(ALL_BUT_SELF | (u64)intid << 24 | 0xff00ffffff);
		for (cpu = 0; cpu < arch_cpu_count(); cpu++) {
			if (cpu != arch_cpu_self())
				check(came(cpu, intid, before[cpu]), "%u to CPU %u", intid, cpu);
		}
	}
	check_total(all + NR_SGIS * (arch_cpu_count() - 1));
}

static void to_nobody(void)
{
	u64 all = total();

	if (!is_v3())
		return;
	send(3UL << 24);				/* an empty list */
	send(3UL << 24 | 0x7fUL << 16 | 0xffff);	/* no such Aff1 */
	send(3UL << 24 | 0x7fUL << 32 | 0xffff);	/* Aff2 */
	send(3UL << 24 | 0x7fUL << 48 | 0xffff);	/* Aff3 */
	if (mmio_read32(gicd_base() + GICD_TYPER) & TYPER_RSS)
		send(3UL << 24 | 15UL << 44 | 0xffff);	/* range of Aff0 */
	check_total(all);
}

static void nonexistent_in_list(void)
{
	u64 all = total(), before = count_of(arch_cpu_self(), 2);

	if (!is_v3())
		return;
	send(to_cpu(arch_cpu_self(), 2) | 0x8000);
	check(came(arch_cpu_self(), 2, before), "it does not come");
	check_total(all + 1);
}

static void waits_in_cpu(void)
{
	unsigned int self = arch_cpu_self();
	u64 before = count_of(self, 4);

	if (!is_v3())
		return;
	arch_irq_off();
	send(to_cpu(self, 4));
	send(to_cpu(self, 4));
	delay_us(1000);
	check(gic_private_read(GICD_ISPENDR) & 1 << 4, "it is not pending");
	check(count_of(self, 4) == before, "it came");
	arch_irq_on();
	check(came(self, 4, before), "it came %lu times", count_of(self, 4) - before);
	delay_us(2000);
	check(count_of(self, 4) == before + 1, "twice");
}

/* SGIs can be made pending, and not, by their redistributor's registers, too. */
static void by_register(void)
{
	unsigned int self = arch_cpu_self();
	u64 before = count_of(self, 6);

	if (!is_v3())
		return;
	arch_irq_off();
	gic_private_write(GICD_ISPENDR, 1 << 6 | 1 << 7);
	gic_private_write(GICD_ICPENDR, 1 << 7);
	check((gic_private_read(GICD_ISPENDR) & 0xffff) == 1 << 6, "pending: 0x%x",
	      gic_private_read(GICD_ISPENDR));
	arch_irq_on();
	check(came(self, 6, before), "it does not come");
}

/* Another CPU's frame is as good as one's own. */
static void by_other_register(void)
{
	unsigned int other = !arch_cpu_self();
	u64 before = count_of(other, 8);

	if (!is_v3())
		return;
	if (arch_cpu_count() < 2) {
		test_skip("one CPU");
		return;
	}
	mmio_write32(gicr_base(other) + GICR_SGI + GICD_ISPENDR, 1 << 8);
	check(came(other, 8, before), "it does not come");
}

static void disabled(void)
{
	unsigned int self = arch_cpu_self();
	u64 before = count_of(self, 9);

	if (!is_v3())
		return;
	gic_disable(9);
	send(to_cpu(self, 9));
	delay_us(2000);
	check(count_of(self, 9) == before, "it came");
	gic_enable(9);
	check(came(self, 9, before), "it does not come");
}

/* --- groups --- */

static void set_group0(u32 mask)
{
	gic_private_write(GICD_IGROUPR, ~mask);
	dsb();
}

static void group0_sgi(void)
{
	unsigned int self = arch_cpu_self();
	u64 before = count_of(self, 10), fiq_before = fiqs[self];
	u64 ctlr = gicd_base() + GICD_CTLR;

	if (!is_v3())
		return;
	set_group0(1 << 10);
	mmio_write32(ctlr, mmio_read32(ctlr) | 1);
	icc_write(ICC_IGRPEN0, 1);
	dsb();
	icc_write(ICC_SGI0R, to_cpu(self, 10));
	isb();
	check(came(self, 10, before), "it does not come");
	check(fiqs[self] == fiq_before + 1, "not as FIQ");
	set_group0(0);
}

/* A register of the wrong group: IHI 0069, "Use of control registers for SGI forwarding". */
static void wrong_group(void)
{
	u64 all = total();

	if (!is_v3())
		return;
	dsb();
	icc_write(ICC_SGI0R, to_cpu(arch_cpu_self(), 11));
	isb();
	check_total(all);
	set_group0(1 << 11);
	send(to_cpu(arch_cpu_self(), 11));
	check_total(all);
	set_group0(0);
}

static void alias_register(void)
{
	if (!is_v3())
		return;
	icc_write(ICC_ASGI1R, to_cpu(arch_cpu_self(), 12));
	isb();
	delay_us(1000);
}

/* --- GICv2 --- */

static void v2_send(u32 val)
{
	dsb();
	mmio_write32(gicd_base() + GICD_SGIR, val);
}

static void v2_filters(void)
{
	unsigned int cpu, self = arch_cpu_self(), intid;
	u64 all = total();

	if (!is_v2())
		return;
	for (intid = 0; intid < NR_SGIS; intid++) {
		u64 before = count_of(self, intid);

		v2_send(FILTER_SELF | intid);
		check(came(self, intid, before), "%u to itself", intid);
		v2_send(FILTER_OTHERS | 0xff << 16 | intid);
		for (cpu = 0; cpu < arch_cpu_count(); cpu++)
			check(wait_for(&counts[cpu][intid], 1, 10 * SECOND), "%u to CPU %u", intid,
			      cpu);
	}
	check_total(all + NR_SGIS * arch_cpu_count());
}

static void v2_list(void)
{
	unsigned int cpu;
	u64 all = total();

	if (!is_v2())
		return;
	for (cpu = 0; cpu < arch_cpu_count(); cpu++) {
		u64 before = count_of(cpu, 3);

		v2_send(1u << (16 + cpu) | 3);
		check(came(cpu, 3, before), "to CPU %u", cpu);
	}
	v2_send(3);
	check_total(all + arch_cpu_count());
}

/* The same SGI of two CPUs is pending twice: IHI 0048, 4.3.16. */
static void v2_sources(void)
{
	u32 offset = GICD_SPENDSGIR + 4, cleared;
	unsigned int self = arch_cpu_self();
	u64 before = count_of(self, 5);

	if (!is_v2())
		return;
	if (arch_is_reference()) {
		test_skip("the reference does not survive it");
		return;
	}
	arch_irq_off();
	gic_private_write(offset, 0x0300);
	check(gic_private_read(offset) == 0x0300, "0x%x", gic_private_read(offset));
	arch_irq_on();
	wait_for(&counts[self][5], before + 2, 10 * SECOND);
	check(count_of(self, 5) == before + 2, "%lu times", count_of(self, 5) - before);
	arch_irq_off();
	gic_private_write(offset, 0x0300);
	gic_private_write(GICD_CPENDSGIR + 4, 0x0100);
	cleared = gic_private_read(offset);
	check(cleared == 0x0200, "0x%x", cleared);
	gic_private_write(GICD_CPENDSGIR + 4, 0xff00);
	arch_irq_on();
}

/* --- many --- */

static u64 storm_done;

static void send_to_all(void)
{
	unsigned int i, cpu;

	for (i = 0; i < STORM; i++) {
		for (cpu = 0; cpu < arch_cpu_count(); cpu++)
			arch_ipi_send(cpu);
	}
}

static void storm_worker(void *arg)
{
	arch_irq_on();
	send_to_all();
	add_shared(&storm_done, 1);
	while (!load_shared(&leave))
		arch_halt();
	arch_irq_off();
}

static void start_others(void (*fn)(void *arg))
{
	unsigned int cpu;
	u64 end = arch_time() + time_from_us(20 * SECOND);

	store_shared(&ready, 0);
	store_shared(&leave, 0);
	for (cpu = 0; cpu < arch_cpu_count(); cpu++) {
		while (cpu != arch_cpu_self() && !arch_cpu_start(cpu, fn, NULL)) {
			if (!check(arch_time() < end, "CPU %u does not start", cpu))
				return;
		}
	}
}

static void stop_others(void)
{
	unsigned int cpu;
	u64 end = arch_time() + time_from_us(20 * SECOND);

	store_shared(&leave, 1);
	for (cpu = 0; cpu < arch_cpu_count(); cpu++) {
		while (cpu != arch_cpu_self() && load_shared(&cpus[cpu].is_on)) {
			arch_ipi_send(cpu);
			if (!check(arch_time() < end, "CPU %u does not leave", cpu))
				return;
		}
	}
}

/* All CPUs at all others; at the end each has got at least one that was sent last. */
static void storm(void)
{
	unsigned int cpu;

	stop_others();
	start_others(storm_worker);
	send_to_all();
	check(wait_for(&storm_done, arch_cpu_count() - 1, 60 * SECOND), "%lu ended", storm_done);
	for (cpu = 0; cpu < arch_cpu_count(); cpu++) {
		u64 before = count_of(cpu, 0);

		arch_ipi_send(cpu);
		check(wait_for(&counts[cpu][0], before + 1, 10 * SECOND), "CPU %u is deaf", cpu);
	}
}

static const struct test_case cases[] = {
	{ "each_to_each", each_to_each },
	{ "several", several },
	{ "broadcast", broadcast },
	{ "to_nobody", to_nobody },
	{ "nonexistent_in_list", nonexistent_in_list },
	{ "waits_in_cpu", waits_in_cpu },
	{ "by_register", by_register },
	{ "by_other_register", by_other_register },
	{ "disabled", disabled },
	{ "group0_sgi", group0_sgi },
	{ "wrong_group", wrong_group },
	{ "alias_register", alias_register },
	{ "v2_filters", v2_filters },
	{ "v2_list", v2_list },
	{ "v2_sources", v2_sources },
	{ "storm", storm },
};

void guest_main(void)
{
	gic_watch(count);
	start_others(listener);
	if (!wait_for(&ready, arch_cpu_count() - 1, 20 * SECOND))
		test_abort("%lu CPUs came", ready);
	arch_irq_on();
	test_run(cases, ARRAY_SIZE(cases));
	stop_others();
	arch_irq_off();
}
