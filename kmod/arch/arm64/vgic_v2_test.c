// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit suite: GICv2's distributor: banked registers, targets, SGIs and their sources.
 */
#include <kunit/test.h>
#include <linux/bitfield.h>
#include <linux/irqchip/arm-gic-v3.h>

#include "vgic_fixture.h"

#define GICD(reg)	(FIX_DIST + (reg))
#define SGI		5
#define PRIORITY	0x80

static u64 read_as(struct vgic_fixture *fix, u32 v, u64 addr, u32 len)
{
	fix->current_vcpu = v;
	return vgic_fixture_read(fix, addr, len);
}

static void write_as(struct vgic_fixture *fix, u32 v, u64 addr, u32 len, u64 val)
{
	fix->current_vcpu = v;
	vgic_fixture_write(fix, addr, len, val);
}

static void banked(struct kunit *test)
{
	struct vgic_fixture *fix = vgic_fixture_boot(test, 2);

	KUNIT_EXPECT_EQ(test, read_as(fix, 0, GICD(GICD_CTLR), 4), 3);
	KUNIT_EXPECT_EQ(test, read_as(fix, 0, GICD(GICD_TYPER), 4),
			VGIC_DEFAULT_SPIS / 32 | (FIX_VCPUS - 1) << 5);
	KUNIT_EXPECT_EQ(test, read_as(fix, 0, GICD(0xfe8), 4), 0x20);
	write_as(fix, 1, GICD(GICD_ISENABLER), 4, BIT(27));
	KUNIT_EXPECT_EQ(test, read_as(fix, 0, GICD(GICD_ISENABLER), 4), 0);
	KUNIT_EXPECT_EQ(test, read_as(fix, 1, GICD(GICD_ISENABLER), 4), BIT(27));
	write_as(fix, 0, GICD(GICD_ISENABLER + 4), 4, BIT(8));
	KUNIT_EXPECT_EQ(test, read_as(fix, 1, GICD(GICD_ISENABLER + 4), 4), BIT(8));
	write_as(fix, 2, GICD(GICD_IPRIORITYR + 3), 1, 0x40);
	KUNIT_EXPECT_EQ(test, read_as(fix, 3, GICD(GICD_IPRIORITYR), 4), 0);
	KUNIT_EXPECT_EQ(test, read_as(fix, 2, GICD(GICD_IPRIORITYR), 4), 0x40000000);
}

static void targets(struct kunit *test)
{
	struct vgic_fixture *fix = vgic_fixture_boot(test, 2);

	KUNIT_EXPECT_EQ(test, read_as(fix, 2, GICD(GICD_ITARGETSR), 4), 0x04040404);
	write_as(fix, 2, GICD(GICD_ITARGETSR), 4, 0x01010101);
	KUNIT_EXPECT_EQ(test, read_as(fix, 2, GICD(GICD_ITARGETSR + 28), 4), 0x04040404);
	write_as(fix, 0, GICD(GICD_ITARGETSR + 40), 4, 0xff0e0804);
	KUNIT_EXPECT_EQ(test, read_as(fix, 0, GICD(GICD_ITARGETSR + 40), 4), 0x0f0e0804);
	KUNIT_EXPECT_EQ(test, read_as(fix, 0, GICD(GICD_ITARGETSR + 41), 1), 0x08);

	write_as(fix, 0, GICD(GICD_ISENABLER + 4), 4, BIT(8) | BIT(9));
	vgic_fixture_line(fix, 40, true);
	KUNIT_EXPECT_TRUE(test, vgic_fixture_has_irq(fix, 2));
	vgic_fixture_line(fix, 41, true);
	KUNIT_EXPECT_TRUE(test, vgic_fixture_has_irq(fix, 3));
	write_as(fix, 0, GICD(GICD_ITARGETSR + 40), 1, 0);
	KUNIT_EXPECT_FALSE(test, vgic_fixture_has_irq(fix, 2));
	write_as(fix, 0, GICD(GICD_ITARGETSR + 40), 1, BIT(1));
	KUNIT_EXPECT_TRUE(test, vgic_fixture_has_irq(fix, 1));
}

/* Which of the targets that are on is asked when it becomes pending, not when they are written. */
static void targets_that_are_off(struct kunit *test)
{
	struct vgic_fixture *fix = vgic_fixture_boot(test, 2);

	write_as(fix, 0, GICD(GICD_ITARGETSR + 40), 1, BIT(1) | BIT(2));
	write_as(fix, 0, GICD(GICD_ISENABLER + 4), 4, BIT(8));
	fix->vcpus[1].base.power = AXVM_POWER_OFF;
	vgic_fixture_line(fix, 40, true);
	KUNIT_EXPECT_TRUE(test, vgic_fixture_has_irq(fix, 2));
	vgic_fixture_line(fix, 40, false);
	fix->vcpus[1].base.power = AXVM_POWER_ON;
	vgic_fixture_line(fix, 40, true);
	KUNIT_EXPECT_TRUE(test, vgic_fixture_has_irq(fix, 1));
	vgic_leave(&fix->vcpus[1]);
	KUNIT_EXPECT_TRUE(test, vgic_fixture_has_irq(fix, 2));
	KUNIT_EXPECT_FALSE(test, vgic_fixture_has_irq(fix, 0));
}

static void expect_takers(struct kunit *test, struct vgic_fixture *fix, u8 takers)
{
	u32 i;

	for (i = 0; i < FIX_VCPUS; i++) {
		KUNIT_EXPECT_EQ(test, vgic_fixture_has_irq(fix, i), !!(takers & BIT(i)));
		write_as(fix, i, GICD(GICD_CPENDSGIR + 4), 4, U32_MAX);
	}
}

/* IHI 0048, GICD_SGIR: a list, all others, oneself. */
static void filters(struct kunit *test)
{
	struct vgic_fixture *fix = vgic_fixture_boot(test, 2);
	u32 i;

	for (i = 0; i < FIX_VCPUS; i++)
		vgic_fixture_irq(fix, i, SGI, PRIORITY);
	write_as(fix, 1, GICD(GICD_SGIR), 4, 0xfd << 16 | SGI);
	expect_takers(test, fix, 0xd);
	write_as(fix, 1, GICD(GICD_SGIR), 4, 1 << 24 | 0xff << 16 | SGI);
	expect_takers(test, fix, 0xd);
	write_as(fix, 1, GICD(GICD_SGIR), 4, 2 << 24 | 0xff << 16 | SGI);
	expect_takers(test, fix, 0x2);
	write_as(fix, 1, GICD(GICD_SGIR), 4, 3 << 24 | 0xff << 16 | SGI);
	expect_takers(test, fix, 0);
}

/* The same SGI from two CPUs is two interrupts, each with its source. */
static void sources(struct kunit *test)
{
	struct vgic_fixture *fix = vgic_fixture_boot(test, 2);
	u64 lr;

	vgic_fixture_irq(fix, 0, SGI, PRIORITY);
	write_as(fix, 3, GICD(GICD_SGIR), 4, 1 << 16 | SGI);
	write_as(fix, 1, GICD(GICD_SGIR), 4, 1 << 16 | SGI);
	KUNIT_EXPECT_EQ(test, read_as(fix, 0, GICD(GICD_SPENDSGIR + 4), 4), 0x0a00);
	KUNIT_EXPECT_EQ(test, read_as(fix, 0, GICD(GICD_ISPENDR), 4), BIT(SGI));
	/* Read-only for SGIs. */
	write_as(fix, 0, GICD(GICD_ICPENDR), 4, BIT(SGI));

	vgic_fixture_enter(fix, 0);
	lr = vgic_fixture_lr(fix, 0, SGI);
	KUNIT_EXPECT_EQ(test, FIELD_GET(VGIC_LR_SOURCE, lr), 1);
	KUNIT_EXPECT_EQ(test, lr & (ICH_LR_STATE | ICH_LR_EOI), ICH_LR_PENDING_BIT | ICH_LR_EOI);
	KUNIT_EXPECT_EQ(test, vgic_fixture_ack(fix, 0), SGI);
	vgic_fixture_leave(fix, 0);
	KUNIT_EXPECT_EQ(test, read_as(fix, 0, GICD(GICD_SPENDSGIR + 4), 4), 0x0800);

	vgic_fixture_enter(fix, 0);
	lr = vgic_fixture_lr(fix, 0, SGI);
	KUNIT_EXPECT_EQ(test, FIELD_GET(VGIC_LR_SOURCE, lr), 1);
	KUNIT_EXPECT_EQ(test, lr & (ICH_LR_STATE | ICH_LR_EOI), ICH_LR_ACTIVE_BIT | ICH_LR_EOI);
	vgic_fixture_end(fix, 0, SGI);
	vgic_fixture_leave(fix, 0);
	vgic_fixture_enter(fix, 0);
	lr = vgic_fixture_lr(fix, 0, SGI);
	KUNIT_EXPECT_EQ(test, FIELD_GET(VGIC_LR_SOURCE, lr), 3);
	KUNIT_EXPECT_EQ(test, lr & (ICH_LR_STATE | ICH_LR_EOI), ICH_LR_PENDING_BIT);
	/* Not acknowledged: it goes back to where it came from. */
	vgic_fixture_leave(fix, 0);
	KUNIT_EXPECT_EQ(test, read_as(fix, 0, GICD(GICD_SPENDSGIR + 4), 4), 0x0800);
}

/* GICD_SPENDSGIR and CPENDSGIR, by bytes and words. */
static void sources_by_register(struct kunit *test)
{
	struct vgic_fixture *fix = vgic_fixture_boot(test, 2);

	vgic_fixture_irq(fix, 2, SGI, PRIORITY);
	write_as(fix, 2, GICD(GICD_SPENDSGIR + SGI), 1, 0xff);
	KUNIT_EXPECT_EQ(test, read_as(fix, 2, GICD(GICD_CPENDSGIR + 4), 4), 0x0f00);
	write_as(fix, 2, GICD(GICD_CPENDSGIR + SGI), 1, 0x5);
	KUNIT_EXPECT_EQ(test, read_as(fix, 2, GICD(GICD_SPENDSGIR + SGI), 1), 0xa);
	KUNIT_EXPECT_TRUE(test, vgic_fixture_has_irq(fix, 2));
	write_as(fix, 2, GICD(GICD_CPENDSGIR + 4), 4, 0x0a00);
	KUNIT_EXPECT_FALSE(test, vgic_fixture_has_irq(fix, 2));
	KUNIT_EXPECT_EQ(test, read_as(fix, 2, GICD(GICD_ISPENDR), 4), 0);
}

/* GICV_DIR, at the second page of the CPU interface. */
static void deactivated(struct kunit *test)
{
	struct vgic_fixture *fix = vgic_fixture_boot(test, 2);
	u64 dir = FIX_DIST + 0x11000;

	write_as(fix, 0, GICD(GICD_ISACTIVER + 4), 4, BIT(8) | BIT(9));
	write_as(fix, 1, GICD(GICD_ISACTIVER), 4, BIT(27));
	write_as(fix, 0, dir, 4, 40);
	KUNIT_EXPECT_EQ(test, read_as(fix, 0, GICD(GICD_ISACTIVER + 4), 4), BIT(9));
	write_as(fix, 0, dir, 4, 27);
	write_as(fix, 0, dir, 4, 1023);
	write_as(fix, 0, dir, 2, 41);
	write_as(fix, 0, dir + 4, 4, 41);
	KUNIT_EXPECT_EQ(test, read_as(fix, 0, GICD(GICD_ISACTIVER + 4), 4), BIT(9));
	KUNIT_EXPECT_EQ(test, read_as(fix, 1, GICD(GICD_ISACTIVER), 4), BIT(27));
	write_as(fix, 1, dir, 4, 27);
	KUNIT_EXPECT_EQ(test, read_as(fix, 1, GICD(GICD_ISACTIVER), 4), 0);
	KUNIT_EXPECT_EQ(test, read_as(fix, 0, dir, 4), 0);
}

/* GICD_SGIR without the bus: from whoever writes it. */
static void sgi_fast(struct kunit *test)
{
	struct vgic_fixture *fix = vgic_fixture_boot(test, 2);
	u64 val;

	vgic_fixture_irq(fix, 2, SGI, PRIORITY);
	KUNIT_EXPECT_TRUE(test, vgic_fast_write(&fix->vcpus[3], GICD(GICD_SGIR), 4,
						BIT(18) | SGI));
	KUNIT_EXPECT_TRUE(test, vgic_fixture_has_irq(fix, 2));
	KUNIT_EXPECT_FALSE(test, vgic_fixture_has_irq(fix, 0));
	KUNIT_EXPECT_TRUE(test, vgic_fast_read(&fix->vcpus[2], GICD(GICD_SPENDSGIR + SGI), 1,
					       &val));
	KUNIT_EXPECT_EQ(test, val, BIT(3));
	KUNIT_EXPECT_FALSE(test, vgic_fast_write(&fix->vcpus[3], GICD(GICD_CTLR), 4, 0));
}

static struct kunit_case cases[] = {
	KUNIT_CASE(banked),
	KUNIT_CASE(targets),
	KUNIT_CASE(targets_that_are_off),
	KUNIT_CASE(filters),
	KUNIT_CASE(sources),
	KUNIT_CASE(sources_by_register),
	KUNIT_CASE(deactivated),
	KUNIT_CASE(sgi_fast),
	{}
};

static struct kunit_suite suite = {
	.name = "axvm-vgic-v2",
	.test_cases = cases,
};

kunit_test_suite(suite);
