// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit suite: the I/O APIC, through its registers and pins, with local APICs behind it.
 */
#include <linux/bitops.h>
#include <linux/delay.h>
#include <asm/apicdef.h>

#include "arch/x86/test_vm.h"

#define BASE		IO_APIC_DEFAULT_PHYS_BASE
#define IOREGSEL	(BASE + 0x00)
#define IOWIN		(BASE + 0x10)
#define EOIR		(BASE + 0x40)

#define PINS		24
#define NR_VCPUS	3
#define VECTOR		0x55
#define PIN		10

#define LEVEL		((u64)APIC_LVT_LEVEL_TRIGGER)
#define MASKED		((u64)APIC_LVT_MASKED)
#define REMOTE_IRR	((u64)APIC_LVT_REMOTE_IRR)
#define POLARITY	((u64)APIC_INPUT_POLARITY)
#define DEST(id)	((u64)(id) << 56)

static int init_case(struct kunit *test)
{
	struct x86_test_vm *tv = x86_test_vm_create(test, NR_VCPUS, NULL);
	u32 i;

	test->priv = tv;
	x86_test_vm_add_ioapic(tv);
	for (i = 0; i < NR_VCPUS; i++)
		x86_test_lapic_enable(x86_test_vcpu(tv, i));
	return 0;
}

static u32 read_reg(struct kunit *test, u8 index)
{
	x86_test_vm_write(test->priv, IOREGSEL, index);
	return x86_test_vm_read(test->priv, IOWIN);
}

static void write_reg(struct kunit *test, u8 index, u32 val)
{
	x86_test_vm_write(test->priv, IOREGSEL, index);
	x86_test_vm_write(test->priv, IOWIN, val);
}

static u64 read_rte(struct kunit *test, u32 pin)
{
	return (u64)read_reg(test, 0x11 + 2 * pin) << 32 | read_reg(test, 0x10 + 2 * pin);
}

/* Masked while it changes, as drivers do it. */
static void write_rte(struct kunit *test, u32 pin, u64 rte)
{
	write_reg(test, 0x10 + 2 * pin, MASKED);
	write_reg(test, 0x11 + 2 * pin, rte >> 32);
	write_reg(test, 0x10 + 2 * pin, rte);
}

static void set_line(struct kunit *test, u32 pin, bool level)
{
	x86_test_vm_set_line(test->priv, pin, level);
}

/* The vector that a vCPU takes, -1: none; it is in service after that. */
static int take(struct kunit *test, u32 n)
{
	return x86_irq_take(x86_test_vcpu(test->priv, n));
}

static void eoi(struct kunit *test, u32 n)
{
	x86_test_lapic_write(x86_test_vcpu(test->priv, n), APIC_EOI, 0);
}

/* --- life --- */

static void one_is_enough(struct kunit *test)
{
	struct x86_test_vm *tv = test->priv;

	KUNIT_EXPECT_NOT_NULL(test, tv->vm.ioapic);
	KUNIT_EXPECT_EQ(test, x86_test_vm_try_add(tv, &x86_ioapic_type, 0xfec10000), -EEXIST);
	axvm_devices_exit(&tv->vm.base.devices);
	KUNIT_EXPECT_NULL(test, tv->vm.ioapic);
	axvm_bus_exit(&tv->vm.base.bus[AXVM_BUS_MMIO]);
	axvm_devices_init(&tv->vm.base.devices, tv->vm.base.bus, &tv->vm.base.gmem);
	tv->vm.base.devices.chip = &tv->vm.chip;
	KUNIT_EXPECT_EQ(test, x86_test_vm_try_add(tv, &x86_ioapic_type, 0xfec10010), -EINVAL);
	KUNIT_EXPECT_NULL(test, tv->vm.ioapic);
	KUNIT_EXPECT_EQ(test, x86_test_vm_try_add(tv, &x86_ioapic_type, 0xfec10000), 0);
	KUNIT_EXPECT_NOT_NULL(test, tv->vm.ioapic);
}

static void reset_forgets(struct kunit *test)
{
	struct x86_test_vm *tv = test->priv;
	u32 pin;

	for (pin = 0; pin < PINS; pin++)
		write_rte(test, pin, LEVEL | 0x30 | pin);
	set_line(test, PIN, true);
	write_reg(test, 0, U32_MAX);
	axvm_devices_reset(&tv->vm.base.devices);
	KUNIT_EXPECT_EQ(test, x86_test_vm_read(tv, IOREGSEL), 0);
	KUNIT_EXPECT_EQ(test, read_reg(test, 0), 0);
	for (pin = 0; pin < PINS; pin++)
		KUNIT_EXPECT_EQ(test, read_rte(test, pin), MASKED);
	/* The line, too. */
	take(test, 0);
	write_rte(test, PIN, LEVEL | VECTOR);
	KUNIT_EXPECT_FALSE(test, read_rte(test, PIN) & REMOTE_IRR);
}

/* --- registers --- */

static void registers_hold_their_bits(struct kunit *test)
{
	u32 pin;

	write_reg(test, 0, U32_MAX);
	KUNIT_EXPECT_EQ(test, read_reg(test, 0), 0x0f000000);
	KUNIT_EXPECT_EQ(test, read_reg(test, 2), 0x0f000000);
	write_reg(test, 1, 0);
	KUNIT_EXPECT_EQ(test, read_reg(test, 1), 0x00170020);
	for (pin = 0; pin < PINS; pin++) {
		KUNIT_EXPECT_EQ(test, read_rte(test, pin), MASKED);
		write_reg(test, 0x11 + 2 * pin, U32_MAX);
		write_reg(test, 0x10 + 2 * pin, U32_MAX);
		KUNIT_EXPECT_EQ(test, read_rte(test, pin), 0xff0000000001afffULL);
		write_reg(test, 0x10 + 2 * pin, MASKED | pin);
		KUNIT_EXPECT_EQ(test, read_rte(test, pin), 0xff00000000010000ULL | pin);
	}
}

static void every_index_is_safe(struct kunit *test)
{
	u32 index, pin;

	for (index = 0; index < 0x100; index++) {
		write_reg(test, index, U32_MAX);
		if (index > 3 && (index < 0x10 || index > 0x3f))
			KUNIT_EXPECT_EQ_MSG(test, read_reg(test, index), 0, "index %#x", index);
	}
	KUNIT_EXPECT_EQ(test, read_reg(test, 1), 0x00170020);
	for (pin = 0; pin < PINS; pin++)
		KUNIT_EXPECT_EQ(test, read_rte(test, pin), 0xff0000000001afffULL);
	/* Only eight bits of it count. */
	x86_test_vm_write(test->priv, IOREGSEL, 0xffffff01);
	KUNIT_EXPECT_EQ(test, x86_test_vm_read(test->priv, IOREGSEL), 1);
	KUNIT_EXPECT_EQ(test, x86_test_vm_read(test->priv, IOWIN), 0x00170020);
}

static void reserved_space_reads_zero(struct kunit *test)
{
	u32 offset;

	for (offset = 4; offset < 0x1000; offset += 4) {
		if (offset == 0x10)
			continue;
		x86_test_vm_write(test->priv, BASE + offset, U32_MAX);
		KUNIT_EXPECT_EQ(test, x86_test_vm_read(test->priv, BASE + offset), 0);
	}
}

/* --- edges --- */

static void edges_interrupt_once(struct kunit *test)
{
	write_rte(test, PIN, DEST(1) | VECTOR);
	set_line(test, PIN, true);
	set_line(test, PIN, true);
	KUNIT_EXPECT_EQ(test, take(test, 0), -1);
	KUNIT_EXPECT_EQ(test, take(test, 1), VECTOR);
	eoi(test, 1);
	KUNIT_EXPECT_EQ(test, take(test, 1), -1);
	set_line(test, PIN, false);
	KUNIT_EXPECT_EQ(test, take(test, 1), -1);
	set_line(test, PIN, true);
	KUNIT_EXPECT_EQ(test, take(test, 1), VECTOR);
	KUNIT_EXPECT_FALSE(test, read_rte(test, PIN) & REMOTE_IRR);
}

/* 82093AA, 3.2.4, bit 16. */
static void masked_edges_are_lost(struct kunit *test)
{
	write_rte(test, PIN, MASKED | DEST(1) | VECTOR);
	set_line(test, PIN, true);
	write_rte(test, PIN, DEST(1) | VECTOR);
	KUNIT_EXPECT_EQ(test, take(test, 1), -1);
	set_line(test, PIN, false);
	set_line(test, PIN, true);
	KUNIT_EXPECT_EQ(test, take(test, 1), VECTOR);
}

/* --- levels --- */

static void levels_interrupt_until_they_fall(struct kunit *test)
{
	u32 i;

	write_rte(test, PIN, LEVEL | DEST(1) | VECTOR);
	set_line(test, PIN, true);
	for (i = 0; i < 3; i++) {
		KUNIT_EXPECT_TRUE(test, read_rte(test, PIN) & REMOTE_IRR);
		KUNIT_EXPECT_EQ(test, take(test, 1), VECTOR);
		KUNIT_EXPECT_EQ(test, take(test, 1), -1);
		eoi(test, 1);
	}
	set_line(test, PIN, false);
	/* The one that was sent already. */
	KUNIT_EXPECT_EQ(test, take(test, 1), VECTOR);
	eoi(test, 1);
	KUNIT_EXPECT_EQ(test, take(test, 1), -1);
	KUNIT_EXPECT_FALSE(test, read_rte(test, PIN) & REMOTE_IRR);
}

static void levels_are_sent_once_per_service(struct kunit *test)
{
	write_rte(test, PIN, LEVEL | DEST(1) | VECTOR);
	set_line(test, PIN, true);
	KUNIT_EXPECT_EQ(test, take(test, 1), VECTOR);
	set_line(test, PIN, false);
	set_line(test, PIN, true);
	set_line(test, PIN, false);
	set_line(test, PIN, true);
	eoi(test, 1);
	KUNIT_EXPECT_EQ(test, take(test, 1), VECTOR);
	set_line(test, PIN, false);
	eoi(test, 1);
	KUNIT_EXPECT_EQ(test, take(test, 1), -1);
}

static void unmasked_levels_count(struct kunit *test)
{
	set_line(test, PIN, true);
	write_rte(test, PIN, MASKED | LEVEL | DEST(2) | VECTOR);
	KUNIT_EXPECT_EQ(test, take(test, 2), -1);
	write_reg(test, 0x10 + 2 * PIN, LEVEL | VECTOR);
	KUNIT_EXPECT_EQ(test, take(test, 2), VECTOR);
	/* Masked meanwhile, it ends without another. */
	write_reg(test, 0x10 + 2 * PIN, MASKED | LEVEL | VECTOR);
	KUNIT_EXPECT_TRUE(test, read_rte(test, PIN) & REMOTE_IRR);
	eoi(test, 2);
	KUNIT_EXPECT_FALSE(test, read_rte(test, PIN) & REMOTE_IRR);
	KUNIT_EXPECT_EQ(test, take(test, 2), -1);
	write_reg(test, 0x10 + 2 * PIN, LEVEL | VECTOR);
	KUNIT_EXPECT_EQ(test, take(test, 2), VECTOR);
}

/* Lines are asserted or not, whatever the bit says. */
static void polarity_changes_nothing(struct kunit *test)
{
	write_rte(test, PIN, POLARITY | LEVEL | DEST(1) | VECTOR);
	KUNIT_EXPECT_EQ(test, take(test, 1), -1);
	set_line(test, PIN, true);
	KUNIT_EXPECT_EQ(test, take(test, 1), VECTOR);
	KUNIT_EXPECT_EQ(test, read_rte(test, PIN),
			POLARITY | LEVEL | REMOTE_IRR | DEST(1) | VECTOR);
}

static void becoming_an_edge_ends_it(struct kunit *test)
{
	write_rte(test, PIN, LEVEL | DEST(1) | VECTOR);
	set_line(test, PIN, true);
	KUNIT_EXPECT_TRUE(test, read_rte(test, PIN) & REMOTE_IRR);
	write_reg(test, 0x10 + 2 * PIN, MASKED | VECTOR);
	KUNIT_EXPECT_FALSE(test, read_rte(test, PIN) & REMOTE_IRR);
	/* Software cannot set it. */
	write_reg(test, 0x10 + 2 * PIN, MASKED | LEVEL | REMOTE_IRR | VECTOR);
	KUNIT_EXPECT_FALSE(test, read_rte(test, PIN) & REMOTE_IRR);
}

static void shared_vectors_end_together(struct kunit *test)
{
	write_rte(test, 10, LEVEL | DEST(1) | VECTOR);
	write_rte(test, 11, LEVEL | DEST(1) | VECTOR);
	write_rte(test, 12, LEVEL | DEST(1) | (VECTOR + 1));
	set_line(test, 10, true);
	set_line(test, 11, true);
	set_line(test, 12, true);
	KUNIT_EXPECT_EQ(test, take(test, 1), VECTOR + 1);
	eoi(test, 1);
	KUNIT_EXPECT_EQ(test, take(test, 1), VECTOR + 1);
	set_line(test, 12, false);
	eoi(test, 1);
	KUNIT_EXPECT_FALSE(test, read_rte(test, 12) & REMOTE_IRR);
	KUNIT_EXPECT_EQ(test, take(test, 1), VECTOR);
	set_line(test, 10, false);
	eoi(test, 1);
	KUNIT_EXPECT_FALSE(test, read_rte(test, 10) & REMOTE_IRR);
	KUNIT_EXPECT_TRUE(test, read_rte(test, 11) & REMOTE_IRR);
	KUNIT_EXPECT_EQ(test, take(test, 1), VECTOR);
}

/* --- ends of interrupts --- */

static void eoi_register_ends_one(struct kunit *test)
{
	write_rte(test, PIN, LEVEL | DEST(1) | VECTOR);
	set_line(test, PIN, true);
	set_line(test, PIN, false);
	x86_test_vm_write(test->priv, EOIR, VECTOR + 1);
	KUNIT_EXPECT_TRUE(test, read_rte(test, PIN) & REMOTE_IRR);
	x86_test_vm_write(test->priv, EOIR, VECTOR);
	KUNIT_EXPECT_FALSE(test, read_rte(test, PIN) & REMOTE_IRR);
}

/* SDM 3, 11.8.5 */
static void broadcast_can_be_suppressed(struct kunit *test)
{
	struct x86_vcpu *v = x86_test_vcpu(test->priv, 1);

	x86_test_lapic_write(v, APIC_SPIV, APIC_SPIV_DIRECTED_EOI | APIC_SPIV_APIC_ENABLED | 0xff);
	write_rte(test, PIN, LEVEL | DEST(1) | VECTOR);
	set_line(test, PIN, true);
	KUNIT_EXPECT_EQ(test, take(test, 1), VECTOR);
	eoi(test, 1);
	KUNIT_EXPECT_TRUE(test, read_rte(test, PIN) & REMOTE_IRR);
	KUNIT_EXPECT_EQ(test, take(test, 1), -1);
	x86_test_vm_write(test->priv, EOIR, VECTOR);
	KUNIT_EXPECT_EQ(test, take(test, 1), VECTOR);
}

static void edges_of_the_same_vector_end_nothing(struct kunit *test)
{
	struct x86_vcpu *v = x86_test_vcpu(test->priv, 2);

	write_rte(test, PIN, LEVEL | DEST(1) | VECTOR);
	set_line(test, PIN, true);
	x86_test_lapic_write(v, APIC_ICR, APIC_DEST_SELF | VECTOR);
	KUNIT_EXPECT_EQ(test, take(test, 2), VECTOR);
	eoi(test, 2);
	KUNIT_EXPECT_TRUE(test, read_rte(test, PIN) & REMOTE_IRR);
}

static void tmr_tells_levels_from_edges(struct kunit *test)
{
	struct x86_vcpu *v = x86_test_vcpu(test->priv, 1);
	u32 reg = APIC_TMR + VECTOR / 32 * 0x10;

	write_rte(test, PIN, LEVEL | DEST(1) | VECTOR);
	set_line(test, PIN, true);
	KUNIT_EXPECT_EQ(test, x86_test_lapic_read(v, reg), 1u << (VECTOR % 32));
	KUNIT_EXPECT_EQ(test, take(test, 1), VECTOR);
	set_line(test, PIN, false);
	eoi(test, 1);
	x86_test_lapic_write(v, APIC_ICR, APIC_DEST_SELF | VECTOR);
	KUNIT_EXPECT_EQ(test, x86_test_lapic_read(v, reg), 0);
}

/* A guest whose handler ends it and never serves the device: it gets a break. */
static void unserved_levels_get_a_break(struct kunit *test)
{
	u32 pin, i;

	for (pin = 1; pin < PINS; pin++) {
		write_rte(test, pin, LEVEL | DEST(1) | VECTOR);
		set_line(test, pin, true);
	}
	for (i = 0; i < 100000 && take(test, 1) == VECTOR; i++)
		eoi(test, 1);
	KUNIT_EXPECT_GE(test, i, 10000);
	KUNIT_EXPECT_LT(test, i, 100000);
	msleep(50);
	KUNIT_EXPECT_EQ(test, take(test, 1), VECTOR);
	/* One that falls now and then needs none. */
	for (pin = 2; pin < PINS; pin++)
		set_line(test, pin, false);
	for (i = 0; i < 30000; i++) {
		if (i % 1000 == 0) {
			set_line(test, 1, false);
			set_line(test, 1, true);
		}
		eoi(test, 1);
		if (take(test, 1) != VECTOR)
			break;
	}
	KUNIT_EXPECT_EQ(test, i, 30000);
}

static void vms_end_during_a_break(struct kunit *test)
{
	struct x86_test_vm *tv = test->priv;
	u32 i;

	write_rte(test, PIN, LEVEL | DEST(1) | VECTOR);
	set_line(test, PIN, true);
	for (i = 0; i < 100000 && take(test, 1) == VECTOR; i++)
		eoi(test, 1);
	axvm_devices_reset(&tv->vm.base.devices);
	write_rte(test, PIN, LEVEL | DEST(1) | VECTOR);
	msleep(50);
	KUNIT_EXPECT_EQ(test, take(test, 1), -1);
}

/* --- nobody takes it --- */

static void levels_wait_for_their_apic(struct kunit *test)
{
	struct x86_vcpu *v = x86_test_vcpu(test->priv, 1);

	x86_test_lapic_write(v, APIC_SPIV, 0xff);
	write_rte(test, PIN, LEVEL | DEST(1) | VECTOR);
	set_line(test, PIN, true);
	KUNIT_EXPECT_FALSE(test, read_rte(test, PIN) & REMOTE_IRR);
	KUNIT_EXPECT_EQ(test, take(test, 1), -1);
	v->events = 0;
	x86_test_lapic_enable(v);
	KUNIT_EXPECT_TRUE(test, x86_test_take_event(v, X86_EV_IRQ));
	KUNIT_EXPECT_EQ(test, take(test, 1), VECTOR);
	KUNIT_EXPECT_TRUE(test, read_rte(test, PIN) & REMOTE_IRR);
}

static void levels_wait_for_their_logical_id(struct kunit *test)
{
	struct x86_vcpu *v = x86_test_vcpu(test->priv, 1);

	write_rte(test, PIN, LEVEL | APIC_DEST_LOGICAL | DEST(0x20) | VECTOR);
	set_line(test, PIN, true);
	KUNIT_EXPECT_EQ(test, take(test, 1), -1);
	x86_test_lapic_write(v, APIC_LDR, 0x20000000);
	KUNIT_EXPECT_EQ(test, take(test, 1), VECTOR);
	set_line(test, PIN, false);
	eoi(test, 1);
	/* The same by the way into x2APIC mode. */
	write_rte(test, PIN, LEVEL | APIC_DEST_LOGICAL | DEST(0x02) | VECTOR);
	set_line(test, PIN, true);
	KUNIT_EXPECT_EQ(test, take(test, 1), -1);
	x86_test_lapic_to_x2apic(v);
	KUNIT_EXPECT_EQ(test, take(test, 1), VECTOR);
}

static void wrong_destinations_are_harmless(struct kunit *test)
{
	u32 dest;

	set_line(test, PIN, true);
	for (dest = NR_VCPUS; dest < 0xff; dest++) {
		write_rte(test, PIN, LEVEL | DEST(dest) | VECTOR);
		KUNIT_EXPECT_FALSE(test, read_rte(test, PIN) & REMOTE_IRR);
	}
	write_rte(test, PIN, LEVEL | DEST(2) | VECTOR);
	KUNIT_EXPECT_EQ(test, take(test, 2), VECTOR);
}

/* --- delivery modes --- */

static void nmis_are_edges(struct kunit *test)
{
	struct x86_vcpu *v = x86_test_vcpu(test->priv, 1);

	write_rte(test, PIN, LEVEL | APIC_DM_NMI | DEST(1));
	set_line(test, PIN, true);
	KUNIT_EXPECT_TRUE(test, x86_test_take_event(v, X86_EV_NMI));
	KUNIT_EXPECT_FALSE(test, read_rte(test, PIN) & REMOTE_IRR);
	x86_test_vm_write(test->priv, EOIR, 0);
	write_rte(test, PIN, LEVEL | APIC_DM_NMI | DEST(1));
	KUNIT_EXPECT_FALSE(test, x86_test_take_event(v, X86_EV_NMI));
}

static void logical_and_lowest_priority_work(struct kunit *test)
{
	u32 i;

	for (i = 0; i < NR_VCPUS; i++) {
		x86_test_lapic_write(x86_test_vcpu(test->priv, i), APIC_LDR, BIT(24 + i));
		x86_test_lapic_write(x86_test_vcpu(test->priv, i), APIC_TASKPRI, i == 2 ? 0 : 0x20);
	}
	write_rte(test, PIN, LEVEL | APIC_DM_LOWEST | APIC_DEST_LOGICAL | DEST(7) | VECTOR);
	set_line(test, PIN, true);
	KUNIT_EXPECT_EQ(test, take(test, 0), -1);
	KUNIT_EXPECT_EQ(test, take(test, 1), -1);
	KUNIT_EXPECT_EQ(test, take(test, 2), VECTOR);
	set_line(test, PIN, false);
	eoi(test, 2);
	write_rte(test, PIN, APIC_DEST_LOGICAL | DEST(3) | VECTOR);
	set_line(test, PIN, true);
	KUNIT_EXPECT_EQ(test, take(test, 0), VECTOR);
	KUNIT_EXPECT_EQ(test, take(test, 1), VECTOR);
	KUNIT_EXPECT_EQ(test, take(test, 2), -1);
}

static void illegal_vectors_are_errors(struct kunit *test)
{
	struct x86_vcpu *v = x86_test_vcpu(test->priv, 1);

	write_rte(test, PIN, DEST(1) | 7);
	set_line(test, PIN, true);
	KUNIT_EXPECT_EQ(test, take(test, 1), -1);
	x86_test_lapic_write(v, APIC_ESR, 0);
	KUNIT_EXPECT_EQ(test, x86_test_lapic_read(v, APIC_ESR), APIC_ESR_RECVILL);
}

static void every_pin_has_its_entry(struct kunit *test)
{
	u32 pin;

	for (pin = 1; pin < PINS; pin++)
		write_rte(test, pin, DEST(1) | (0x40 + pin));
	for (pin = 1; pin < PINS; pin++) {
		set_line(test, pin, true);
		KUNIT_EXPECT_EQ(test, take(test, 1), 0x40 + pin);
		eoi(test, 1);
	}
	KUNIT_EXPECT_EQ(test, take(test, 1), -1);
}

static struct kunit_case ioapic_cases[] = {
	KUNIT_CASE(one_is_enough),
	KUNIT_CASE(reset_forgets),
	KUNIT_CASE(registers_hold_their_bits),
	KUNIT_CASE(every_index_is_safe),
	KUNIT_CASE(reserved_space_reads_zero),
	KUNIT_CASE(edges_interrupt_once),
	KUNIT_CASE(masked_edges_are_lost),
	KUNIT_CASE(levels_interrupt_until_they_fall),
	KUNIT_CASE(levels_are_sent_once_per_service),
	KUNIT_CASE(unmasked_levels_count),
	KUNIT_CASE(polarity_changes_nothing),
	KUNIT_CASE(becoming_an_edge_ends_it),
	KUNIT_CASE(shared_vectors_end_together),
	KUNIT_CASE(eoi_register_ends_one),
	KUNIT_CASE(broadcast_can_be_suppressed),
	KUNIT_CASE(edges_of_the_same_vector_end_nothing),
	KUNIT_CASE(tmr_tells_levels_from_edges),
	KUNIT_CASE(unserved_levels_get_a_break),
	KUNIT_CASE(vms_end_during_a_break),
	KUNIT_CASE(levels_wait_for_their_apic),
	KUNIT_CASE(levels_wait_for_their_logical_id),
	KUNIT_CASE(wrong_destinations_are_harmless),
	KUNIT_CASE(nmis_are_edges),
	KUNIT_CASE(logical_and_lowest_priority_work),
	KUNIT_CASE(illegal_vectors_are_errors),
	KUNIT_CASE(every_pin_has_its_entry),
	{}
};

static struct kunit_suite ioapic_suite = {
	.name = "axvm-ioapic",
	.init = init_case,
	.test_cases = ioapic_cases,
};

kunit_test_suite(ioapic_suite);
