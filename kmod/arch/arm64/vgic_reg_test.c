// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit suite: registers of GICv3's distributor and redistributors at every
 * width, and what configurations of the models are refused.
 */
#include <kunit/test.h>
#include <linux/irqchip/arm-gic-v3.h>
#include <linux/sizes.h>

#include "vgic_fixture.h"

#define GICD(reg)	(FIX_DIST + (reg))
#define RD(v, reg)	(FIX_REDIST + (v) * SZ_128K + (reg))
#define SGI(v, reg)	(RD(v, reg) + SZ_64K)
#define NR_SPIS		VGIC_DEFAULT_SPIS

static void identification(struct kunit *test)
{
	struct vgic_fixture *fix = vgic_fixture_boot(test, 3);
	u32 v;

	KUNIT_EXPECT_EQ(test, vgic_fixture_read(fix, GICD(GICD_CTLR), 4), 0x53);
	KUNIT_EXPECT_EQ(test, vgic_fixture_read(fix, GICD(GICD_TYPER), 4),
			NR_SPIS / 32 | GICD_TYPER_MBIS | 9 << 19 | BIT(24));
	KUNIT_EXPECT_EQ(test, vgic_fixture_read(fix, GICD(GICD_IIDR), 4) & 0xfff, 0x43b);
	KUNIT_EXPECT_EQ(test, vgic_fixture_read(fix, GICD(GICD_PIDR2), 4) & GIC_PIDR2_ARCH_MASK,
			GIC_PIDR2_ARCH_GICv3);
	for (v = 0; v < FIX_VCPUS; v++) {
		u64 typer = (u64)v << 32 | v << 8 | (v == FIX_VCPUS - 1 ? GICR_TYPER_LAST : 0);

		KUNIT_EXPECT_EQ(test, vgic_fixture_read(fix, RD(v, GICR_TYPER), 8), typer);
		KUNIT_EXPECT_EQ(test, vgic_fixture_read(fix, RD(v, GICR_TYPER), 4),
				lower_32_bits(typer));
		KUNIT_EXPECT_EQ(test, vgic_fixture_read(fix, RD(v, GICR_TYPER + 4), 4), v);
		KUNIT_EXPECT_EQ(test, vgic_fixture_read(fix, RD(v, GICR_PIDR2), 4) &
				GIC_PIDR2_ARCH_MASK, GIC_PIDR2_ARCH_GICv3);
		KUNIT_EXPECT_EQ(test, vgic_fixture_read(fix, RD(v, GICR_WAKER), 4),
				GICR_WAKER_ProcessorSleep | GICR_WAKER_ChildrenAsleep);
	}
	vgic_fixture_write(fix, RD(1, GICR_WAKER), 4, 0);
	KUNIT_EXPECT_EQ(test, vgic_fixture_read(fix, RD(1, GICR_WAKER), 4), 0);
	KUNIT_EXPECT_NE(test, vgic_fixture_read(fix, RD(2, GICR_WAKER), 4), 0);
}

/* Affinity as GICR_TYPER has it. */
static void affinities(struct kunit *test)
{
	struct vgic_fixture *fix = vgic_fixture_boot(test, 3);

	KUNIT_EXPECT_FALSE(test, vgic_fixture_read(fix, GICD(GICD_TYPER), 4) & GICD_TYPER_RSS);
	fix->vcpus[1].base.hw_id = 0x1200345678ULL;
	KUNIT_EXPECT_EQ(test, vgic_fixture_read(fix, RD(1, GICR_TYPER), 8) >> 32, 0x12345678);
	KUNIT_EXPECT_TRUE(test, vgic_fixture_read(fix, GICD(GICD_TYPER), 4) & GICD_TYPER_RSS);
	vgic_fixture_write(fix, GICD(GICD_IROUTER) + 40 * 8, 8, 0x1200345678ULL);
	KUNIT_EXPECT_PTR_EQ(test, fix->vm.vgic.spis[8].target, &fix->vcpus[1]);
}

static const struct {
	u32 set;
	u32 clear;
} bit_pairs[] = {
	{ GICD_ISENABLER, GICD_ICENABLER },
	{ GICD_ISPENDR, GICD_ICPENDR },
	{ GICD_ISACTIVER, GICD_ICACTIVER },
};

static void expect_bits(struct kunit *test, struct vgic_fixture *fix, u64 set, u64 clear)
{
	vgic_fixture_write(fix, set, 4, 0xf0f0f0f0);
	KUNIT_EXPECT_EQ(test, vgic_fixture_read(fix, set, 4), 0xf0f0f0f0);
	KUNIT_EXPECT_EQ(test, vgic_fixture_read(fix, clear, 4), 0xf0f0f0f0);
	vgic_fixture_write(fix, clear, 4, 0xff00ff00);
	KUNIT_EXPECT_EQ(test, vgic_fixture_read(fix, set, 4), 0x00f000f0);
	vgic_fixture_write(fix, clear, 4, U32_MAX);
	KUNIT_EXPECT_EQ(test, vgic_fixture_read(fix, set, 4), 0);
}

static void bits(struct kunit *test)
{
	struct vgic_fixture *fix = vgic_fixture_boot(test, 3);
	unsigned int i, word;

	for (i = 0; i < ARRAY_SIZE(bit_pairs); i++) {
		for (word = 1; word <= NR_SPIS / 32; word++)
			expect_bits(test, fix, GICD(bit_pairs[i].set + 4 * word),
				    GICD(bit_pairs[i].clear + 4 * word));
		expect_bits(test, fix, SGI(2, bit_pairs[i].set), SGI(2, bit_pairs[i].clear));
		KUNIT_EXPECT_EQ(test, vgic_fixture_read(fix, SGI(1, bit_pairs[i].set), 4), 0);
	}
	vgic_fixture_write(fix, GICD(GICD_IGROUPR + 4), 4, 0x12345678);
	KUNIT_EXPECT_EQ(test, vgic_fixture_read(fix, GICD(GICD_IGROUPR + 4), 4), 0x12345678);
	vgic_fixture_write(fix, GICD(GICD_IGROUPR + 4), 4, 0x1);
	KUNIT_EXPECT_EQ(test, vgic_fixture_read(fix, GICD(GICD_IGROUPR + 4), 4), 0x1);
}

/* Affinity routing: the first 32 are not in the distributor; nor are those that do not exist. */
static void absent(struct kunit *test)
{
	struct vgic_fixture *fix = vgic_fixture_boot(test, 3);

	vgic_fixture_write(fix, GICD(GICD_ISENABLER), 4, U32_MAX);
	KUNIT_EXPECT_EQ(test, vgic_fixture_read(fix, GICD(GICD_ISENABLER), 4), 0);
	KUNIT_EXPECT_EQ(test, vgic_fixture_read(fix, SGI(0, GICR_ISENABLER0), 4), 0);
	vgic_fixture_write(fix, GICD(GICD_ISENABLER + 4 + NR_SPIS / 8), 4, U32_MAX);
	KUNIT_EXPECT_EQ(test, vgic_fixture_read(fix, GICD(GICD_ISENABLER + 4 + NR_SPIS / 8), 4), 0);
	vgic_fixture_write(fix, GICD(GICD_ITARGETSR + 32), 4, U32_MAX);
	KUNIT_EXPECT_EQ(test, vgic_fixture_read(fix, GICD(GICD_ITARGETSR + 32), 4), 0);
	vgic_fixture_write(fix, GICD(GICD_SGIR), 4, 2 << 24 | 1);
	KUNIT_EXPECT_EQ(test, vgic_fixture_read(fix, SGI(0, GICR_ISPENDR0), 4), 0);
	vgic_fixture_write(fix, GICD(GICD_IROUTER + 8), 8, 1);
	KUNIT_EXPECT_EQ(test, vgic_fixture_read(fix, GICD(GICD_IROUTER + 8), 8), 0);
}

/* IHI 0069, 12.1.3: bytes and words; low bits are not implemented. */
static void priorities(struct kunit *test)
{
	struct vgic_fixture *fix = vgic_fixture_boot(test, 3);

	vgic_fixture_write(fix, GICD(GICD_IPRIORITYR + 40), 4, 0xffa55a0f);
	KUNIT_EXPECT_EQ(test, vgic_fixture_read(fix, GICD(GICD_IPRIORITYR + 40), 4), 0xf8a05808);
	vgic_fixture_write(fix, GICD(GICD_IPRIORITYR + 42), 1, 0x81);
	KUNIT_EXPECT_EQ(test, vgic_fixture_read(fix, GICD(GICD_IPRIORITYR + 40), 4), 0xf8805808);
	KUNIT_EXPECT_EQ(test, vgic_fixture_read(fix, GICD(GICD_IPRIORITYR + 42), 1), 0x80);
	KUNIT_EXPECT_EQ(test, vgic_fixture_read(fix, GICD(GICD_IPRIORITYR + 40), 2), 0);
	KUNIT_EXPECT_EQ(test, vgic_fixture_read(fix, GICD(GICD_IPRIORITYR + 40), 8), 0);
	vgic_fixture_write(fix, GICD(GICD_IPRIORITYR + 40), 2, 0);
	vgic_fixture_write(fix, GICD(GICD_IPRIORITYR + 40), 8, 0);
	KUNIT_EXPECT_EQ(test, vgic_fixture_read(fix, GICD(GICD_IPRIORITYR + 40), 4), 0xf8805808);
	vgic_fixture_write(fix, SGI(3, GICR_IPRIORITYR0 + 27), 1, 0x48);
	KUNIT_EXPECT_EQ(test, vgic_fixture_read(fix, SGI(3, GICR_IPRIORITYR0 + 24), 4), 0x48000000);
}

/* SGIs and PPIs are what they are. */
static void configuration(struct kunit *test)
{
	struct vgic_fixture *fix = vgic_fixture_boot(test, 3);

	vgic_fixture_write(fix, GICD(GICD_ICFGR + 8), 4, 0xffff0009);
	KUNIT_EXPECT_EQ(test, vgic_fixture_read(fix, GICD(GICD_ICFGR + 8), 4), 0xaaaa0008);
	vgic_fixture_write(fix, SGI(0, GICR_ICFGR0), 4, 0);
	KUNIT_EXPECT_EQ(test, vgic_fixture_read(fix, SGI(0, GICR_ICFGR0), 4), 0xaaaaaaaa);
	vgic_fixture_write(fix, SGI(0, GICR_ICFGR0 + 4), 4, U32_MAX);
	KUNIT_EXPECT_EQ(test, vgic_fixture_read(fix, SGI(0, GICR_ICFGR0 + 4), 4), 0);
	KUNIT_EXPECT_EQ(test, vgic_fixture_read(fix, GICD(GICD_ICFGR + 8), 1), 0);
}

static void routes(struct kunit *test)
{
	struct vgic_fixture *fix = vgic_fixture_boot(test, 3);
	u64 addr = GICD(GICD_IROUTER) + 50 * 8;

	vgic_fixture_write(fix, addr, 8, U64_MAX);
	KUNIT_EXPECT_EQ(test, vgic_fixture_read(fix, addr, 8), 0xff80ffffffULL);
	vgic_fixture_write(fix, addr, 4, 0x3);
	KUNIT_EXPECT_EQ(test, vgic_fixture_read(fix, addr, 8), 0xff00000003ULL);
	vgic_fixture_write(fix, addr + 4, 4, 0);
	KUNIT_EXPECT_EQ(test, vgic_fixture_read(fix, addr, 8), 3);
	KUNIT_EXPECT_EQ(test, vgic_fixture_read(fix, addr + 4, 4), 0);
	KUNIT_EXPECT_EQ(test, vgic_fixture_read(fix, addr, 2), 0);
	KUNIT_EXPECT_PTR_EQ(test, fix->vm.vgic.spis[18].target, &fix->vcpus[3]);
}

/* GICD_SETSPI_NSR and CLRSPI: halfwords and words; edges latch, levels follow. */
static void messages(struct kunit *test)
{
	struct vgic_fixture *fix = vgic_fixture_boot(test, 3);

	vgic_fixture_irq(fix, 0, 60, 0x80);
	vgic_fixture_write(fix, GICD(GICD_SETSPI_NSR), 4, 60);
	KUNIT_EXPECT_TRUE(test, vgic_fixture_has_irq(fix, 0));
	vgic_fixture_write(fix, GICD(GICD_CLRSPI_NSR), 2, 60);
	KUNIT_EXPECT_FALSE(test, vgic_fixture_has_irq(fix, 0));
	vgic_fixture_irq(fix, 0, 61, 0x80)->level = false;
	vgic_fixture_write(fix, GICD(GICD_SETSPI_NSR), 2, 61);
	KUNIT_EXPECT_TRUE(test, vgic_fixture_has_irq(fix, 0));
	vgic_fixture_write(fix, GICD(GICD_CLRSPI_NSR), 4, 61);
	KUNIT_EXPECT_FALSE(test, vgic_fixture_has_irq(fix, 0));
	vgic_fixture_write(fix, GICD(GICD_SETSPI_NSR), 4, 5);
	vgic_fixture_write(fix, GICD(GICD_SETSPI_NSR), 4, 1000);
	vgic_fixture_write(fix, GICD(GICD_SETSPI_SR), 4, 60);
	KUNIT_EXPECT_FALSE(test, vgic_fixture_has_irq(fix, 0));
	KUNIT_EXPECT_EQ(test, vgic_fixture_read(fix, GICD(GICD_SETSPI_NSR), 4), 0);
}

static void sweep(struct vgic_fixture *fix, u64 base, u64 len, u64 val)
{
	u64 offset;
	u32 width;

	for (offset = 0; offset < len; offset += 4)
		for (width = 1; width <= 8; width *= 2) {
			if (offset % width)
				continue;
			vgic_fixture_write(fix, base + offset, width, val);
			vgic_fixture_read(fix, base + offset, width);
		}
}

/* Every address at every width with anything: no fault, and a reset forgets it all. */
static void everything(struct kunit *test)
{
	struct vgic_fixture *fix = vgic_fixture_boot(test, 3);
	u32 i;

	sweep(fix, FIX_DIST, SZ_64K, U64_MAX);
	sweep(fix, FIX_REDIST, FIX_VCPUS * SZ_128K, U64_MAX);
	for (i = 0; i < FIX_VCPUS; i++) {
		vgic_fixture_enter(fix, i);
		vgic_fixture_leave(fix, i);
	}
	sweep(fix, FIX_DIST, SZ_64K, 0x5a5a5a5a5a5a5a5aULL);
	sweep(fix, FIX_REDIST, FIX_VCPUS * SZ_128K, 0);
	axvm_devices_reset(&fix->vm.base.devices);
	for (i = 0; i < FIX_VCPUS; i++)
		KUNIT_EXPECT_EQ(test, fix->vcpus[i].vgic.nr_queued, 0);
	KUNIT_EXPECT_EQ(test, vgic_fixture_read(fix, SGI(0, GICR_ISENABLER0), 4), 0);
	KUNIT_EXPECT_EQ(test, vgic_fixture_read(fix, GICD(GICD_ISPENDR + 4), 4), 0);
}

static void many_spis(struct kunit *test)
{
	struct vgic_fixture *fix = vgic_fixture_create(test, 3);
	struct axvm_device_cfg cfg = {
		.name = "gic", .base = FIX_DIST, .nr_cfg = 1, .cfg = { VGIC_MAX_SPIS },
	};

	KUNIT_ASSERT_EQ(test, vgic_fixture_add(fix, &cfg), 0);
	KUNIT_EXPECT_EQ(test, vgic_fixture_read(fix, GICD(GICD_TYPER), 4) & 0x1f, 31);
	vgic_fixture_write(fix, GICD(GICD_ISENABLER + 31 * 4), 4, U32_MAX);
	/* INTIDs 1020 to 1023 are special. */
	KUNIT_EXPECT_EQ(test, vgic_fixture_read(fix, GICD(GICD_ISENABLER + 31 * 4), 4), 0x0fffffff);
	vgic_fixture_irq(fix, 2, 1019, 0x80)->group1 = false;
	vgic_fixture_write(fix, FIX_DIST, 4, 1);
	vgic_fixture_line(fix, 1019, true);
	fix->ctx[2].vgic.vmcr = ICH_VMCR_ENG0_MASK | ICH_VMCR_PMR_MASK;
	KUNIT_EXPECT_TRUE(test, vgic_fixture_has_irq(fix, 2));
	vgic_fixture_enter(fix, 2);
	KUNIT_EXPECT_EQ(test, vgic_fixture_ack(fix, 2), 1019);
}

static const struct refusal {
	u8 kind;
	u32 nr_cfg;
	u64 cfg[3];
	u64 base;
	u64 len;
	int ret;
} refusals[] = {
	{ 3, 1, { VGIC_MAX_SPIS + 1 }, FIX_DIST, 0, -EINVAL },
	{ 3, 3, { 0, 0, 0 }, FIX_DIST, 0, -EINVAL },
	{ 3, 0, {}, FIX_DIST + 0x1000, 0, -EINVAL },
	{ 3, 0, {}, FIX_DIST, 0x1000, -EINVAL },
	{ 3, 2, { 0, FIX_DIST }, FIX_DIST, 0, -EEXIST },
	{ 3, 2, { 0, FIX_DIST + 0x10800 }, FIX_DIST, 0, -EINVAL },
	{ 2, 1, { VGIC_MAX_SPIS + 1 }, FIX_DIST, 0, -EINVAL },
	{ 2, 2, { 0, FIX_DIST }, FIX_DIST, 0, -EEXIST },
	{ 2, 2, { 0, 1ULL << 40 }, FIX_DIST, 0, -ERANGE },
	{ 2, 2, { 0, ~0xfffULL }, FIX_DIST, 0, -ERANGE },
};

static void refused(struct kunit *test)
{
	struct vgic_fixture *fix = vgic_fixture_create(test, 3);
	const struct refusal *r;

	for (r = refusals; r < refusals + ARRAY_SIZE(refusals); r++) {
		struct axvm_device_cfg cfg = {
			.name = "gic", .base = r->base, .len = r->len, .nr_cfg = r->nr_cfg,
		};

		memcpy(cfg.cfg, r->cfg, sizeof(r->cfg));
		fix->kind = r->kind;
		KUNIT_EXPECT_EQ_MSG(test, vgic_fixture_add(fix, &cfg), r->ret, "%zu",
				    (size_t)(r - refusals));
		KUNIT_EXPECT_EQ(test, fix->vm.base.bus[AXVM_BUS_MMIO].nr, 0);
		KUNIT_EXPECT_NULL(test, fix->vm.base.devices.chip);
	}
}

/* One controller, and the one that the host's hardware can be. */
static void one_of_the_hosts_kind(struct kunit *test)
{
	struct vgic_fixture *fix = vgic_fixture_create(test, 3);
	struct axvm_device_cfg cfg = { .name = "gic", .base = FIX_DIST };
	struct axvm_error err = { .index = -1 };

	KUNIT_EXPECT_EQ(test, axvm_devices_add_model(&fix->vm.base.devices, &axvm_gic_v2, &cfg,
						     &err), -EOPNOTSUPP);
	KUNIT_EXPECT_EQ(test, vgic_fixture_add(fix, &cfg), 0);
	strscpy(cfg.name, "other");
	cfg.base += SZ_16M;
	KUNIT_EXPECT_EQ(test, vgic_fixture_add(fix, &cfg), -EEXIST);
}

/* Without the bus: reads that take no time, of what the bus leads to. */
static void fast(struct kunit *test)
{
	struct vgic_fixture *fix = vgic_fixture_boot(test, 3);
	struct a64_vcpu *v = &fix->vcpus[0];
	u64 val;

	vgic_fixture_irq(fix, 0, 40, 0xa0);
	KUNIT_EXPECT_TRUE(test, vgic_fast_read(v, GICD(GICD_ISENABLER + 4), 4, &val));
	KUNIT_EXPECT_EQ(test, val, BIT(40 % 32));
	KUNIT_EXPECT_TRUE(test, vgic_fast_read(v, GICD(GICD_IPRIORITYR + 40), 1, &val));
	KUNIT_EXPECT_EQ(test, val, 0xa0);
	KUNIT_EXPECT_TRUE(test, vgic_fast_read(v, GICD(GICD_CTLR), 1, &val));
	KUNIT_EXPECT_EQ(test, val, 0);
	KUNIT_EXPECT_TRUE(test, vgic_fast_read(v, RD(2, GICR_TYPER + 4), 4, &val));
	KUNIT_EXPECT_EQ(test, (u32)val, 2);
	KUNIT_EXPECT_TRUE(test, vgic_fast_read(v, GICD(GICD_PIDR2), 4, &val));
	KUNIT_EXPECT_EQ(test, val & GIC_PIDR2_ARCH_MASK, GIC_PIDR2_ARCH_GICv3);

	KUNIT_EXPECT_FALSE(test, vgic_fast_read(v, GICD(GICD_ISACTIVER + 4), 4, &val));
	KUNIT_EXPECT_FALSE(test, vgic_fast_read(v, GICD(GICD_CTLR + 2), 4, &val));
	KUNIT_EXPECT_FALSE(test, vgic_fast_read(v, GICD(0x20), 4, &val));
	KUNIT_EXPECT_FALSE(test, vgic_fast_read(v, GICD(-4), 4, &val));
	KUNIT_EXPECT_FALSE(test, vgic_fast_read(v, RD(FIX_VCPUS, 0), 4, &val));
	KUNIT_EXPECT_FALSE(test, vgic_fast_write(v, GICD(GICD_CTLR), 4, 0));
	KUNIT_EXPECT_TRUE(test, vgic_fast_write(v, GICD(GICD_SETSPI_NSR), 4, 40));
	KUNIT_EXPECT_TRUE(test, vgic_fixture_has_irq(fix, 0));
}

static struct kunit_case cases[] = {
	KUNIT_CASE(identification),
	KUNIT_CASE(affinities),
	KUNIT_CASE(bits),
	KUNIT_CASE(absent),
	KUNIT_CASE(priorities),
	KUNIT_CASE(configuration),
	KUNIT_CASE(routes),
	KUNIT_CASE(messages),
	KUNIT_CASE(everything),
	KUNIT_CASE(many_spis),
	KUNIT_CASE(fast),
	KUNIT_CASE(refused),
	KUNIT_CASE(one_of_the_hosts_kind),
	{}
};

static struct kunit_suite suite = {
	.name = "axvm-vgic-registers",
	.test_cases = cases,
};

kunit_test_suite(suite);
