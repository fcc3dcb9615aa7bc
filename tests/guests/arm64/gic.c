// SPDX-License-Identifier: GPL-2.0
/*
 * How interrupts are taken, from pending to inactive, by either GIC: priorities,
 * levels and edges, end of interrupt, routes. IHI 0069 (GICv3), chapter 4;
 * IHI 0048 (GICv2), chapter 3. Registers as such: gicregs. SGIs: gicsgi.
 *
 * Interrupts are off in the CPU, and taken by reading the acknowledge register.
 */
#include "cpu.h"
#include "giccpu.h"
#include "pl011.h"

const char *const guest_name = "gic";

#define SECOND		1000000
#define SPI		64		/* this and some more have no device */
#define NR_SPIS		32
#define SOME_PPI	22		/* neither has this */
#define HIGH		0x40
#define MIDDLE		0x80
#define LOW		0xc0
#define IDLE_PRIORITY	0xff

static bool bit_of(u32 set, u32 intid)
{
	return mmio_read32(gic_word_of(set, intid)) >> intid % 32 & 1;
}

static void write_bit(u32 set, u32 intid)
{
	mmio_write32(gic_word_of(set, intid), 1u << intid % 32);
}

static bool is_pending(u32 intid)
{
	return bit_of(GICD_ISPENDR, intid);
}

static bool is_active(u32 intid)
{
	return bit_of(GICD_ISACTIVER, intid);
}

static void pend(u32 intid)
{
	write_bit(GICD_ISPENDR, intid);
	dsb();
}

static void set_priority(u32 intid, u8 priority)
{
	u64 base = intid < 32 && gic_version() == 3 ? gicr_base(arch_cpu_self()) + GICR_SGI :
						      gicd_base();

	mmio_write8(base + GICD_IPRIORITYR + intid, priority);
}

/* An SPI as every case finds it: enabled, of the edge kind, here. */
static void prepare(u32 intid, u8 priority)
{
	gic_disable(intid);
	write_bit(GICD_ICPENDR, intid);
	write_bit(GICD_ICACTIVER, intid);
	set_priority(intid, priority);
	gic_set_group1(intid, true);
	if (intid >= 32) {
		gic_set_edge(intid, true);
		gic_route_to(intid, arch_cpu_self());
	}
	gic_enable(intid);
}

static void settle(void)
{
	unsigned int i;

	gic_set_eoi_mode(false);
	gic_set_mask(0xff);
	gic_set_binary_point(0);
	for (i = 0; i < NR_SPIS; i++) {
		gic_disable(SPI + i);
		write_bit(GICD_ICPENDR, SPI + i);
		write_bit(GICD_ICACTIVER, SPI + i);
	}
}

/* It may take a moment until a CPU interface knows what the distributor sent. */
static u32 ack_within(u64 us)
{
	u64 end = arch_time() + time_from_us(us);
	u32 iar;

	do {
		iar = gic_ack();
	} while (iar == INTID_SPURIOUS && arch_time() < end);
	return iar;
}

static bool take(u32 intid)
{
	u32 iar = ack_within(10 * SECOND);

	return check(iar == intid, "interrupt %u came, not %u", iar, intid);
}

static bool nothing_comes(void)
{
	u32 iar = ack_within(2000);

	return check(iar == INTID_SPURIOUS, "interrupt %u came", iar);
}

static void states(void)
{
	prepare(SPI, MIDDLE);
	check(!is_pending(SPI) && !is_active(SPI), "inactive");
	pend(SPI);
	check(is_pending(SPI) && !is_active(SPI), "pending");
	if (!take(SPI))
		return;
	check(!is_pending(SPI) && is_active(SPI), "active: pending %u, active %u", is_pending(SPI),
	      is_active(SPI));
	pend(SPI);
	check(is_pending(SPI) && is_active(SPI), "active and pending: pending %u, active %u",
	      is_pending(SPI), is_active(SPI));
	check(gic_ack() == INTID_SPURIOUS, "it came while active");
	gic_eoi(SPI);
	if (!take(SPI))
		return;
	gic_eoi(SPI);
	check(!is_pending(SPI) && !is_active(SPI), "inactive in the end");
	nothing_comes();
}

static void spurious(void)
{
	check(gic_ack() == INTID_SPURIOUS, "not spurious");
	gic_eoi(INTID_SPURIOUS);
	check(gic_running_priority() == IDLE_PRIORITY, "priority 0x%x", gic_running_priority());
	check((gic_highest_pending() & 0x3ff) == INTID_SPURIOUS, "0x%x", gic_highest_pending());
}

static void pending_can_be_cleared(void)
{
	prepare(SPI, MIDDLE);
	pend(SPI);
	write_bit(GICD_ICPENDR, SPI);
	check(!is_pending(SPI), "still pending");
	nothing_comes();
}

static void level_pended_by_software(void)
{
	prepare(SPI, MIDDLE);
	gic_disable(SPI);
	gic_set_edge(SPI, false);
	gic_enable(SPI);
	pend(SPI);
	if (!take(SPI))
		return;
	gic_eoi(SPI);
	nothing_comes();
	check(!is_pending(SPI), "pending for good");
}

static void private_interrupt(void)
{
	prepare(SOME_PPI, MIDDLE);
	pend(SOME_PPI);
	if (!take(SOME_PPI))
		return;
	gic_eoi(SOME_PPI);
	nothing_comes();
	gic_disable(SOME_PPI);
}

static void waits_until_enabled(void)
{
	prepare(SPI, MIDDLE);
	gic_disable(SPI);
	pend(SPI);
	nothing_comes();
	check(is_pending(SPI), "lost");
	gic_enable(SPI);
	take(SPI);
	gic_eoi(SPI);
}

static void disabled_in_time(void)
{
	prepare(SPI, MIDDLE);
	pend(SPI);
	gic_disable(SPI);
	nothing_comes();
	check(is_pending(SPI), "lost");
}

static void distributor_off(void)
{
	u32 ctlr = mmio_read32(gicd_base() + GICD_CTLR);

	prepare(SPI, MIDDLE);
	mmio_write32(gicd_base() + GICD_CTLR, ctlr & ~3u);
	pend(SPI);
	nothing_comes();
	mmio_write32(gicd_base() + GICD_CTLR, ctlr);
	take(SPI);
	gic_eoi(SPI);
}

static void cpu_interface_off(void)
{
	prepare(SPI, MIDDLE);
	gic_cpu_enable(false);
	pend(SPI);
	nothing_comes();
	gic_cpu_enable(true);
	take(SPI);
	gic_eoi(SPI);
}

/* --- priorities --- */

static void priority_mask(void)
{
	prepare(SPI, MIDDLE);
	gic_set_mask(MIDDLE);
	pend(SPI);
	nothing_comes();
	gic_set_mask(MIDDLE + 0x10);
	take(SPI);
	check(gic_running_priority() == MIDDLE, "running at 0x%x", gic_running_priority());
	gic_eoi(SPI);
	check(gic_running_priority() == IDLE_PRIORITY, "then at 0x%x", gic_running_priority());
}

static void mask_readable(void)
{
	gic_set_mask(0);
	check(gic_get_mask() == 0, "0x%x", gic_get_mask());
	gic_set_mask(0xf0);
	check(gic_get_mask() == 0xf0, "0x%x for 0xf0", gic_get_mask());
	gic_set_mask(0xff);
	check(gic_get_mask() >= 0xf0, "0x%x for 0xff", gic_get_mask());
}

/* A higher priority comes while a lower one is handled, an equal one does not. */
static void preemption(void)
{
	prepare(SPI, LOW);
	prepare(SPI + 1, HIGH);
	prepare(SPI + 2, MIDDLE);
	prepare(SPI + 3, MIDDLE);
	pend(SPI);
	take(SPI);
	pend(SPI + 2);
	take(SPI + 2);
	pend(SPI + 3);
	nothing_comes();
	check(gic_running_priority() == MIDDLE, "running at 0x%x", gic_running_priority());
	pend(SPI + 1);
	take(SPI + 1);
	check(gic_running_priority() == HIGH, "running at 0x%x", gic_running_priority());
	gic_eoi(SPI + 1);
	check(gic_running_priority() == MIDDLE, "back at 0x%x", gic_running_priority());
	gic_eoi(SPI + 2);
	take(SPI + 3);
	gic_eoi(SPI + 3);
	check(gic_running_priority() == LOW, "back at 0x%x", gic_running_priority());
	gic_eoi(SPI);
	check(gic_running_priority() == IDLE_PRIORITY, "at last 0x%x", gic_running_priority());
}

/* Priorities that differ below the binary point belong together: IHI 0069, 4.8.3. */
static void binary_point(void)
{
	prepare(SPI, 0x88);
	prepare(SPI + 1, 0x80);
	gic_set_binary_point(5);
	check(gic_get_binary_point() == 5, "it is %u", gic_get_binary_point());
	pend(SPI);
	take(SPI);
	pend(SPI + 1);
	nothing_comes();
	gic_eoi(SPI);
	take(SPI + 1);
	gic_eoi(SPI + 1);
}

static void highest_first(void)
{
	prepare(SPI, LOW);
	prepare(SPI + 1, HIGH);
	prepare(SPI + 2, MIDDLE);
	gic_cpu_enable(false);
	pend(SPI);
	pend(SPI + 2);
	pend(SPI + 1);
	gic_cpu_enable(true);
	delay_us(1000);
	check((gic_highest_pending() & 0x3ff) == SPI + 1, "highest is %u", gic_highest_pending());
	take(SPI + 1);
	gic_eoi(SPI + 1);
	take(SPI + 2);
	gic_eoi(SPI + 2);
	take(SPI);
	gic_eoi(SPI);
}

/* While it is pending: what the CPU sees next follows. */
static void priority_changed(void)
{
	prepare(SPI, LOW);
	prepare(SPI + 1, MIDDLE);
	gic_cpu_enable(false);
	pend(SPI);
	pend(SPI + 1);
	set_priority(SPI, HIGH);
	gic_cpu_enable(true);
	take(SPI);
	gic_eoi(SPI);
	take(SPI + 1);
	gic_eoi(SPI + 1);
}

/* More than any CPU interface has list registers for, in the order of their priorities. */
static void many_pending(void)
{
	unsigned int i;

	gic_cpu_enable(false);
	for (i = 1; i < NR_SPIS; i++) {
		prepare(SPI + i, 8 * (NR_SPIS - 1 - i));
		pend(SPI + i);
	}
	gic_cpu_enable(true);
	for (i = NR_SPIS - 1; i && !test_failed(); i--) {
		take(SPI + i);
		gic_eoi(SPI + i);
	}
	nothing_comes();
}

static void many_pending_one_by_one(void)
{
	unsigned int i, round;

	for (i = 0; i < NR_SPIS; i++)
		prepare(SPI + i, MIDDLE);
	for (round = 0; round < 20; round++) {
		for (i = 0; i < NR_SPIS; i++)
			pend(SPI + i);
		for (i = 0; i < NR_SPIS && !test_failed(); i++) {
			u32 iar = ack_within(10 * SECOND);

			check(iar >= SPI && iar < SPI + NR_SPIS, "round %u: %u came", round, iar);
			gic_eoi(iar);
		}
	}
	nothing_comes();
}

/* Each interrupts the one before: as many levels as there are priorities of 4 bits. */
static void nested(void)
{
	unsigned int i;

	for (i = 0; i < 15; i++) {
		prepare(SPI + i, 0xf0 - 0x10 * (i + 1));
		pend(SPI + i);
		take(SPI + i);
	}
	for (i = 15; i; i--) {
		check(gic_running_priority() == 0xf0 - 0x10 * i, "level %u: 0x%x", i,
		      gic_running_priority());
		gic_eoi(SPI + i - 1);
	}
	check(gic_running_priority() == IDLE_PRIORITY, "0x%x", gic_running_priority());
}

/* --- end of interrupt in two steps --- */

static void split_end(void)
{
	gic_set_eoi_mode(true);
	prepare(SPI, MIDDLE);
	pend(SPI);
	if (!take(SPI))
		return;
	gic_eoi(SPI);
	check(gic_running_priority() == IDLE_PRIORITY, "priority 0x%x", gic_running_priority());
	check(is_active(SPI), "inactive after the first step");
	pend(SPI);
	nothing_comes();
	gic_deactivate(SPI);
	take(SPI);
	gic_eoi(SPI);
	gic_deactivate(SPI);
	check(!is_active(SPI), "active after the second step");
}

/* Active ones, too, may be more than there are list registers, and end in any order. */
static void many_active(void)
{
	unsigned int i;

	gic_set_eoi_mode(true);
	for (i = 0; i < NR_SPIS; i++)
		prepare(SPI + i, MIDDLE);
	for (i = 0; i < NR_SPIS && !test_failed(); i++) {
		pend(SPI + i);
		take(SPI + i);
		gic_eoi(SPI + i);
	}
	for (i = 0; i < NR_SPIS; i++)
		check(is_active(SPI + i), "%u is not active", SPI + i);
	for (i = 0; i < NR_SPIS; i++)
		gic_deactivate(SPI + (i * 7 + 3) % NR_SPIS);
	for (i = 0; i < NR_SPIS; i++)
		check(!is_active(SPI + i), "%u is still active", SPI + i);
	pend(SPI + 5);
	take(SPI + 5);
	gic_eoi(SPI + 5);
	gic_deactivate(SPI + 5);
}

static void ended_by_register(void)
{
	gic_set_eoi_mode(true);
	prepare(SPI, MIDDLE);
	pend(SPI);
	take(SPI);
	gic_eoi(SPI);
	write_bit(GICD_ICACTIVER, SPI);
	check(!is_active(SPI), "it stays active");
	pend(SPI);
	take(SPI);
	gic_eoi(SPI);
	gic_deactivate(SPI);
}

static void activated_by_register(void)
{
	prepare(SPI, MIDDLE);
	write_bit(GICD_ISACTIVER, SPI);
	check(is_active(SPI), "it does not become active");
	pend(SPI);
	nothing_comes();
	write_bit(GICD_ICACTIVER, SPI);
	take(SPI);
	gic_eoi(SPI);
}

/* --- a line: the UART's, which says that it can send --- */

static void prepare_line(u32 intid)
{
	mmio_write32(pl011_base() + PL011_IMSC, 0);
	mmio_write32(pl011_base() + PL011_ICR, PL011_INT_ALL);
	prepare(intid, MIDDLE);
	gic_disable(intid);
	gic_set_edge(intid, false);
	gic_enable(intid);
}

static void raise_line(void)
{
	u64 end = arch_time() + time_from_us(SECOND);

	mmio_write32(pl011_base() + PL011_IMSC, PL011_INT_TX);
	mmio_write32(pl011_base() + PL011_DR, '\r');
	while (!(mmio_read32(pl011_base() + PL011_MIS) & PL011_INT_TX) && arch_time() < end)
		barrier();
}

static void lower_line(void)
{
	mmio_write32(pl011_base() + PL011_IMSC, 0);
}

static void level(void)
{
	u32 intid = pl011_intid();
	unsigned int i;

	prepare_line(intid);
	raise_line();
	for (i = 0; i < 5 && !test_failed(); i++) {
		take(intid);
		gic_eoi(intid);
	}
	check(is_pending(intid), "the line is up, and it is not pending");
	write_bit(GICD_ICPENDR, intid);
	check(is_pending(intid), "a register clears what the line says");
	lower_line();
	check(!is_pending(intid), "the line is down, and it is pending");
	nothing_comes();
	gic_disable(intid);
}

static void level_low_in_handler(void)
{
	u32 intid = pl011_intid();

	prepare_line(intid);
	raise_line();
	take(intid);
	check(is_pending(intid) && is_active(intid), "pending %u, active %u", is_pending(intid),
	      is_active(intid));
	lower_line();
	check(!is_pending(intid) && is_active(intid), "down: pending %u, active %u",
	      is_pending(intid), is_active(intid));
	gic_eoi(intid);
	nothing_comes();
	gic_disable(intid);
}

static void level_withdrawn(void)
{
	u32 intid = pl011_intid();

	prepare_line(intid);
	raise_line();
	lower_line();
	check(!is_pending(intid), "pending");
	nothing_comes();
	gic_disable(intid);
}

static void edge_of_line(void)
{
	u32 intid = pl011_intid();

	prepare_line(intid);
	gic_disable(intid);
	gic_set_edge(intid, true);
	gic_enable(intid);
	raise_line();
	take(intid);
	gic_eoi(intid);
	nothing_comes();
	lower_line();
	nothing_comes();
	raise_line();
	take(intid);
	gic_eoi(intid);
	lower_line();
	gic_disable(intid);
	gic_set_edge(intid, false);
}

/* --- another CPU --- */

static u64 other_took, other_ready, other_leave;

static void listener(void *arg)
{
	u64 end = arch_time() + time_from_us(30 * SECOND);
	u32 iar;

	store_shared(&other_ready, 1);
	while (!load_shared(&other_leave) && arch_time() < end) {
		iar = gic_ack();
		if ((iar & 0x3ff) == INTID_SPURIOUS)
			continue;
		gic_eoi(iar);
		store_shared(&other_took, iar);
	}
}

static bool start_listener(void)
{
	if (arch_cpu_count() < 2) {
		test_skip("one CPU");
		return false;
	}
	store_shared(&other_leave, 0);
	store_shared(&other_ready, 0);
	store_shared(&other_took, 0);
	return check(arch_cpu_start(!arch_cpu_self(), listener, NULL) &&
		     wait_for(&other_ready, 1, 10 * SECOND), "no other CPU");
}

static void stop_listener(void)
{
	u64 end = arch_time() + time_from_us(10 * SECOND);

	store_shared(&other_leave, 1);
	while (load_shared(&cpus[!arch_cpu_self()].is_on) && arch_time() < end)
		barrier();
	delay_us(1000);
}

static void routed(void)
{
	if (!start_listener())
		return;
	prepare(SPI, MIDDLE);
	gic_route_to(SPI, !arch_cpu_self());
	pend(SPI);
	check(wait_for(&other_took, SPI, 10 * SECOND), "it does not come there");
	check(gic_ack() == INTID_SPURIOUS, "it comes here");
	stop_listener();
}

/* Pending here and masked; then somebody else shall take it. */
static void routed_while_pending(void)
{
	if (!start_listener())
		return;
	prepare(SPI, MIDDLE);
	gic_set_mask(0);
	pend(SPI);
	delay_us(1000);
	gic_route_to(SPI, !arch_cpu_self());
	check(wait_for(&other_took, SPI, 10 * SECOND), "it does not come there");
	gic_set_mask(0xff);
	nothing_comes();
	stop_listener();
}

static void wakes_other(void *arg)
{
	u64 *stage = arg;

	store_shared(stage, 1);
	while (gic_ack() != SPI)
		arch_halt();
	gic_eoi(SPI);
	store_shared(stage, 2);
}

static void routed_to_sleeper(void)
{
	u64 stage = 0, end;

	if (arch_cpu_count() < 2) {
		test_skip("one CPU");
		return;
	}
	prepare(SPI, MIDDLE);
	gic_route_to(SPI, !arch_cpu_self());
	check(arch_cpu_start(!arch_cpu_self(), wakes_other, &stage), "no other CPU");
	check(wait_for(&stage, 1, 10 * SECOND), "it does not come");
	delay_us(20000);
	pend(SPI);
	check(wait_for(&stage, 2, 10 * SECOND), "it does not wake");
	end = arch_time() + time_from_us(10 * SECOND);
	while (load_shared(&cpus[!arch_cpu_self()].is_on) && arch_time() < end)
		barrier();
	delay_us(1000);
}

/* Interrupt routing mode: any CPU that takes part. */
static void routed_to_any(void)
{
	u64 end = arch_time() + time_from_us(10 * SECOND);
	u32 iar = INTID_SPURIOUS;

	if (gic_version() != 3) {
		test_skip("GICv2");
		return;
	}
	prepare(SPI, MIDDLE);
	mmio_write64(gicd_base() + GICD_IROUTER + 8 * SPI, BIT(31));
	if (!(mmio_read64(gicd_base() + GICD_IROUTER + 8 * SPI) & BIT(31))) {
		test_skip("not there");
		return;
	}
	pend(SPI);
	while (iar == INTID_SPURIOUS && arch_time() < end)
		iar = gic_ack();
	check(iar == SPI, "%u came", iar);
	gic_eoi(iar);
}

static void routed_to_nobody(void)
{
	if (gic_version() != 3) {
		test_skip("GICv2");
		return;
	}
	prepare(SPI, MIDDLE);
	mmio_write64(gicd_base() + GICD_IROUTER + 8 * SPI, 0x7f00ffff07);
	pend(SPI);
	nothing_comes();
	check(is_pending(SPI), "lost");
	gic_route_to(SPI, arch_cpu_self());
	take(SPI);
	gic_eoi(SPI);
}

/* --- group 0, which is FIQ to the CPU --- */

static void group0(void)
{
	u32 iar;
	u64 end;

	if (gic_version() != 3) {
		test_skip("GICv2");
		return;
	}
	prepare(SPI, MIDDLE);
	gic_set_group1(SPI, false);
	icc_write(ICC_IGRPEN0, 1);
	isb();
	mmio_write32(gicd_base() + GICD_CTLR, mmio_read32(gicd_base() + GICD_CTLR) | 1);
	pend(SPI);
	nothing_comes();
	end = arch_time() + time_from_us(10 * SECOND);
	do {
		iar = icc_read(ICC_IAR0);
	} while (iar == INTID_SPURIOUS && arch_time() < end);
	check(iar == SPI, "%u came", iar);
	icc_write(ICC_EOIR0, iar);
	isb();
	check(!is_active(SPI), "it stays active");
}

static u64 fiqs, irqs;

static void count_kinds(u32 intid, bool fiq)
{
	add_shared(fiq ? &fiqs : &irqs, 1);
}

static void group0_is_fiq(void)
{
	if (gic_version() != 3) {
		test_skip("GICv2");
		return;
	}
	prepare(SPI, MIDDLE);
	gic_set_group1(SPI, false);
	gic_watch(count_kinds);
	arch_irq_on();
	pend(SPI);
	wait_for(&fiqs, 1, 10 * SECOND);
	arch_irq_off();
	gic_watch(NULL);
	check(fiqs == 1 && !irqs, "%lu as FIQ, %lu as IRQ", fiqs, irqs);
	icc_write(ICC_IGRPEN0, 0);
	isb();
	mmio_write32(gicd_base() + GICD_CTLR, mmio_read32(gicd_base() + GICD_CTLR) & ~1u);
}

static const struct test_case cases[] = {
	{ "spurious", spurious },
	{ "states", states },
	{ "pending_can_be_cleared", pending_can_be_cleared },
	{ "level_pended_by_software", level_pended_by_software },
	{ "private_interrupt", private_interrupt },
	{ "waits_until_enabled", waits_until_enabled },
	{ "disabled_in_time", disabled_in_time },
	{ "distributor_off", distributor_off },
	{ "cpu_interface_off", cpu_interface_off },
	{ "mask_readable", mask_readable },
	{ "priority_mask", priority_mask },
	{ "preemption", preemption },
	{ "binary_point", binary_point },
	{ "highest_first", highest_first },
	{ "priority_changed", priority_changed },
	{ "many_pending", many_pending },
	{ "many_pending_one_by_one", many_pending_one_by_one },
	{ "nested", nested },
	{ "split_end", split_end },
	{ "many_active", many_active },
	{ "ended_by_register", ended_by_register },
	{ "activated_by_register", activated_by_register },
	{ "level", level },
	{ "level_low_in_handler", level_low_in_handler },
	{ "level_withdrawn", level_withdrawn },
	{ "edge_of_line", edge_of_line },
	{ "routed", routed },
	{ "routed_while_pending", routed_while_pending },
	{ "routed_to_sleeper", routed_to_sleeper },
	{ "routed_to_any", routed_to_any },
	{ "routed_to_nobody", routed_to_nobody },
	{ "group0", group0 },
	{ "group0_is_fiq", group0_is_fiq },
};

void guest_main(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		settle();
		test_run(&cases[i], 1);
	}
	settle();
}
