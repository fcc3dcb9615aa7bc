// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit suite: the virtual GIC's interrupts on their way to the guest and
 * back: pending, active, priorities, list registers and where there are too few.
 */
#include <kunit/test.h>

#include "vgic_fixture.h"

#define SPI		40
#define PRIORITY	0xa0
#define PENDING		ICH_LR_PENDING_BIT
#define ACTIVE		ICH_LR_ACTIVE_BIT

#define GICD(reg)	(FIX_DIST + (reg))
#define ISENABLER	GICD(0x100)
#define ICENABLER	GICD(0x180)
#define ISPENDR		GICD(0x200)
#define ICPENDR		GICD(0x280)
#define ISACTIVER	GICD(0x300)
#define ICACTIVER	GICD(0x380)
#define ICFGR		GICD(0xc00)
#define IROUTER		GICD(0x6000)
#define WORD(intid)	((intid) / 32 * 4)
#define MASK(intid)	BIT((intid) % 32)

static u64 state_of(struct vgic_fixture *fix, u32 v, u32 intid)
{
	return vgic_fixture_lr(fix, v, intid) & ICH_LR_STATE;
}

static struct vgic_irq *edge_spi(struct vgic_fixture *fix, u32 v, u32 intid, u8 priority)
{
	struct vgic_irq *irq = vgic_fixture_irq(fix, v, intid, priority);

	irq->level = false;
	return irq;
}

static void pulse(struct vgic_fixture *fix, u32 intid)
{
	vgic_fixture_line(fix, intid, true);
	vgic_fixture_line(fix, intid, false);
}

/* From the line to the end of the handler, which makes the device be quiet. */
static void level_once(struct kunit *test)
{
	struct vgic_fixture *fix = vgic_fixture_boot(test, 3);
	u64 lr;

	vgic_fixture_irq(fix, 1, SPI, PRIORITY);
	KUNIT_EXPECT_FALSE(test, vgic_fixture_has_irq(fix, 1));
	vgic_fixture_line(fix, SPI, true);
	KUNIT_EXPECT_EQ(test, fix->kicks[1], 1);
	KUNIT_EXPECT_EQ(test, fix->kicks[0], 0);
	KUNIT_EXPECT_TRUE(test, vgic_fixture_has_irq(fix, 1));
	KUNIT_EXPECT_FALSE(test, vgic_fixture_has_irq(fix, 0));

	vgic_fixture_enter(fix, 1);
	lr = vgic_fixture_lr(fix, 1, SPI);
	KUNIT_EXPECT_EQ(test, lr, PENDING | ICH_LR_GROUP | ICH_LR_EOI |
			(u64)PRIORITY << ICH_LR_PRIORITY_SHIFT | SPI);
	KUNIT_EXPECT_EQ(test, vgic_fixture_ack(fix, 1), SPI);
	vgic_fixture_leave(fix, 1);
	KUNIT_EXPECT_FALSE(test, vgic_fixture_has_irq(fix, 1));
	vgic_fixture_line(fix, SPI, false);

	/* Nothing to look for when it ends: no maintenance interrupt. */
	vgic_fixture_enter(fix, 1);
	lr = vgic_fixture_lr(fix, 1, SPI);
	KUNIT_EXPECT_EQ(test, lr & (ICH_LR_STATE | ICH_LR_EOI), ACTIVE);
	KUNIT_EXPECT_TRUE(test, vgic_fixture_end(fix, 1, SPI));
	vgic_fixture_leave(fix, 1);
	KUNIT_EXPECT_EQ(test, fix->vcpus[1].vgic.nr_queued, 0);
	vgic_fixture_enter(fix, 1);
	KUNIT_EXPECT_EQ(test, fix->ctx[1].vgic.nr_used, 0);
	KUNIT_EXPECT_EQ(test, fix->vcpus[1].base.count[AXVM_COUNT_INJECTED], 1);
}

/* A device that is not quiet when the handler ends interrupts again. */
static void level_again(struct kunit *test)
{
	struct vgic_fixture *fix = vgic_fixture_boot(test, 3);

	vgic_fixture_irq(fix, 0, SPI, PRIORITY);
	vgic_fixture_line(fix, SPI, true);
	vgic_fixture_enter(fix, 0);
	KUNIT_EXPECT_EQ(test, vgic_fixture_ack(fix, 0), SPI);
	vgic_fixture_leave(fix, 0);

	/* Active and not pending, but its end is to be seen. */
	vgic_fixture_enter(fix, 0);
	KUNIT_EXPECT_EQ(test, state_of(fix, 0, SPI), ACTIVE);
	KUNIT_EXPECT_TRUE(test, vgic_fixture_lr(fix, 0, SPI) & ICH_LR_EOI);
	vgic_fixture_end(fix, 0, SPI);
	vgic_fixture_leave(fix, 0);
	KUNIT_EXPECT_TRUE(test, vgic_fixture_has_irq(fix, 0));
	vgic_fixture_enter(fix, 0);
	KUNIT_EXPECT_EQ(test, state_of(fix, 0, SPI), PENDING);
}

/* What falls before it was acknowledged is taken back, also from a vCPU that runs. */
static void level_withdrawn(struct kunit *test)
{
	struct vgic_fixture *fix = vgic_fixture_boot(test, 3);

	vgic_fixture_irq(fix, 0, SPI, PRIORITY);
	vgic_fixture_line(fix, SPI, true);
	vgic_fixture_line(fix, SPI, false);
	KUNIT_EXPECT_FALSE(test, vgic_fixture_has_irq(fix, 0));

	vgic_fixture_line(fix, SPI, true);
	vgic_fixture_enter(fix, 0);
	fix->kicks[0] = 0;
	vgic_fixture_line(fix, SPI, false);
	KUNIT_EXPECT_EQ(test, fix->kicks[0], 1);
	vgic_fixture_leave(fix, 0);
	vgic_fixture_enter(fix, 0);
	KUNIT_EXPECT_EQ(test, fix->ctx[0].vgic.nr_used, 0);
	KUNIT_EXPECT_EQ(test, fix->vcpus[0].base.count[AXVM_COUNT_INJECTED], 0);
}

/* Nothing to tell a vCPU whose handler is at work. */
static void level_falls_in_handler(struct kunit *test)
{
	struct vgic_fixture *fix = vgic_fixture_boot(test, 3);

	vgic_fixture_irq(fix, 0, SPI, PRIORITY);
	vgic_fixture_line(fix, SPI, true);
	vgic_fixture_enter(fix, 0);
	vgic_fixture_ack(fix, 0);
	vgic_fixture_leave(fix, 0);
	vgic_fixture_enter(fix, 0);
	fix->kicks[0] = 0;
	vgic_fixture_line(fix, SPI, false);
	KUNIT_EXPECT_EQ(test, fix->kicks[0], 0);
	vgic_fixture_line(fix, SPI, true);
	KUNIT_EXPECT_EQ(test, fix->kicks[0], 1);
}

static void edge_latches(struct kunit *test)
{
	struct vgic_fixture *fix = vgic_fixture_boot(test, 3);

	edge_spi(fix, 0, SPI, PRIORITY);
	pulse(fix, SPI);
	pulse(fix, SPI);
	KUNIT_EXPECT_TRUE(test, vgic_fixture_has_irq(fix, 0));
	vgic_fixture_enter(fix, 0);
	KUNIT_EXPECT_EQ(test, vgic_fixture_lr(fix, 0, SPI) & (ICH_LR_STATE | ICH_LR_EOI), PENDING);
	KUNIT_EXPECT_EQ(test, vgic_fixture_ack(fix, 0), SPI);
	vgic_fixture_end(fix, 0, SPI);
	vgic_fixture_leave(fix, 0);
	KUNIT_EXPECT_FALSE(test, vgic_fixture_has_irq(fix, 0));
}

/* An edge that comes after the first one was acknowledged is another interrupt. */
static void edge_in_handler(struct kunit *test)
{
	struct vgic_fixture *fix = vgic_fixture_boot(test, 3);

	edge_spi(fix, 0, SPI, PRIORITY);
	pulse(fix, SPI);
	vgic_fixture_enter(fix, 0);
	KUNIT_EXPECT_EQ(test, vgic_fixture_ack(fix, 0), SPI);
	fix->kicks[0] = 0;
	pulse(fix, SPI);
	KUNIT_EXPECT_GE(test, fix->kicks[0], 1);
	vgic_fixture_leave(fix, 0);

	vgic_fixture_enter(fix, 0);
	KUNIT_EXPECT_EQ(test, state_of(fix, 0, SPI), PENDING | ACTIVE);
	vgic_fixture_end(fix, 0, SPI);
	KUNIT_EXPECT_EQ(test, vgic_fixture_ack(fix, 0), SPI);
	vgic_fixture_end(fix, 0, SPI);
	vgic_fixture_leave(fix, 0);
	KUNIT_EXPECT_FALSE(test, vgic_fixture_has_irq(fix, 0));
}

/* One that was not acknowledged waits on; exits in between lose nothing. */
static void edge_waits(struct kunit *test)
{
	struct vgic_fixture *fix = vgic_fixture_boot(test, 3);
	unsigned int n;

	edge_spi(fix, 0, SPI, PRIORITY);
	pulse(fix, SPI);
	for (n = 0; n < 3; n++) {
		vgic_fixture_enter(fix, 0);
		KUNIT_EXPECT_EQ(test, state_of(fix, 0, SPI), PENDING);
		KUNIT_EXPECT_TRUE(test, vgic_fixture_read(fix, ISPENDR + WORD(SPI), 4) & MASK(SPI));
		vgic_fixture_leave(fix, 0);
	}
	KUNIT_EXPECT_EQ(test, fix->vcpus[0].base.count[AXVM_COUNT_INJECTED], 0);
}

/*
 * IHI 0069, GICD_ISPENDR: what software made pending ends when it is
 * acknowledged, or by ICPENDR.
 */
static void software_pending(struct kunit *test)
{
	struct vgic_fixture *fix = vgic_fixture_boot(test, 3);

	vgic_fixture_irq(fix, 0, SPI, PRIORITY);
	vgic_fixture_write(fix, ISPENDR + WORD(SPI), 4, MASK(SPI));
	KUNIT_EXPECT_TRUE(test, vgic_fixture_has_irq(fix, 0));
	vgic_fixture_write(fix, ICPENDR + WORD(SPI), 4, MASK(SPI));
	KUNIT_EXPECT_FALSE(test, vgic_fixture_has_irq(fix, 0));

	vgic_fixture_write(fix, ISPENDR + WORD(SPI), 4, MASK(SPI));
	vgic_fixture_enter(fix, 0);
	KUNIT_EXPECT_EQ(test, vgic_fixture_ack(fix, 0), SPI);
	vgic_fixture_end(fix, 0, SPI);
	vgic_fixture_leave(fix, 0);
	KUNIT_EXPECT_FALSE(test, vgic_fixture_has_irq(fix, 0));

	/* The line is not software's to clear. */
	vgic_fixture_line(fix, SPI, true);
	vgic_fixture_write(fix, ICPENDR + WORD(SPI), 4, MASK(SPI));
	KUNIT_EXPECT_TRUE(test, vgic_fixture_has_irq(fix, 0));
}

/* Cleared by another vCPU while it is in a list register. */
static void cleared_meanwhile(struct kunit *test)
{
	struct vgic_fixture *fix = vgic_fixture_boot(test, 3);
	struct vgic_irq *irq = edge_spi(fix, 0, SPI, PRIORITY);

	pulse(fix, SPI);
	vgic_fixture_enter(fix, 0);
	raw_spin_lock_irq(&irq->lock);
	irq->latched = false;
	irq->lr_latched = false;
	vgic_irq_update(irq);
	raw_spin_unlock_irq(&irq->lock);
	vgic_fixture_leave(fix, 0);
	KUNIT_EXPECT_FALSE(test, vgic_fixture_has_irq(fix, 0));
}

/* ICACTIVER, ISACTIVER while not in a list register, and what the guest sees. */
static void active_by_software(struct kunit *test)
{
	struct vgic_fixture *fix = vgic_fixture_boot(test, 3);

	vgic_fixture_irq(fix, 0, SPI, PRIORITY);
	vgic_fixture_write(fix, ISACTIVER + WORD(SPI), 4, MASK(SPI));
	KUNIT_EXPECT_EQ(test, vgic_fixture_read(fix, ICACTIVER + WORD(SPI), 4), MASK(SPI));
	vgic_fixture_line(fix, SPI, true);
	KUNIT_EXPECT_FALSE(test, vgic_fixture_has_irq(fix, 0));
	vgic_fixture_enter(fix, 0);
	KUNIT_EXPECT_EQ(test, state_of(fix, 0, SPI), ACTIVE);
	vgic_fixture_leave(fix, 0);
	vgic_fixture_write(fix, ICACTIVER + WORD(SPI), 4, MASK(SPI));
	KUNIT_EXPECT_EQ(test, vgic_fixture_read(fix, ISACTIVER + WORD(SPI), 4), 0);
	KUNIT_EXPECT_TRUE(test, vgic_fixture_has_irq(fix, 0));
}

/* Groups: in the distributor, then in the CPU interface; then priorities. */
static void masked(struct kunit *test)
{
	struct vgic_fixture *fix = vgic_fixture_boot(test, 3);
	u32 *vmcr = &fix->ctx[0].vgic.vmcr, on = *vmcr;

	vgic_fixture_irq(fix, 0, SPI, PRIORITY);
	vgic_fixture_line(fix, SPI, true);
	vgic_fixture_write(fix, FIX_DIST, 4, BIT(0));
	KUNIT_EXPECT_FALSE(test, vgic_fixture_has_irq(fix, 0));
	vgic_fixture_enter(fix, 0);
	KUNIT_EXPECT_EQ(test, fix->ctx[0].vgic.nr_used, 0);
	vgic_fixture_leave(fix, 0);
	fix->kicks[0] = 0;
	vgic_fixture_write(fix, FIX_DIST, 4, BIT(1));
	KUNIT_EXPECT_EQ(test, fix->kicks[0], 1);
	KUNIT_EXPECT_TRUE(test, vgic_fixture_has_irq(fix, 0));

	*vmcr = on & ~ICH_VMCR_ENG1_MASK;
	KUNIT_EXPECT_FALSE(test, vgic_fixture_has_irq(fix, 0));
	*vmcr = (on & ~ICH_VMCR_PMR_MASK) | (u32)PRIORITY << ICH_VMCR_PMR_SHIFT;
	KUNIT_EXPECT_FALSE(test, vgic_fixture_has_irq(fix, 0));
	*vmcr = (on & ~ICH_VMCR_PMR_MASK) | (PRIORITY + 8U) << ICH_VMCR_PMR_SHIFT;
	KUNIT_EXPECT_TRUE(test, vgic_fixture_has_irq(fix, 0));
	vgic_fixture_write(fix, ICENABLER + WORD(SPI), 4, MASK(SPI));
	KUNIT_EXPECT_FALSE(test, vgic_fixture_has_irq(fix, 0));
}

/*
 * Powered down by CPU_SUSPEND it wakes for whatever the distributor offers: a guest
 * closes its CPU interface before (IHI 0069, 11.1).
 */
static void wakes_without_interface(struct kunit *test)
{
	struct vgic_fixture *fix = vgic_fixture_boot(test, 3);
	struct a64_vcpu *v = &fix->vcpus[0];

	fix->ctx[0].vgic.vmcr = 0;
	vgic_fixture_irq(fix, 0, SPI, PRIORITY);
	vgic_fixture_line(fix, SPI, true);
	KUNIT_EXPECT_FALSE(test, vgic_fixture_has_irq(fix, 0));
	v->base.power = AXVM_POWER_SUSPENDED;
	KUNIT_EXPECT_FALSE(test, vgic_fixture_has_irq(fix, 0));
	v->suspend_down = true;
	KUNIT_EXPECT_TRUE(test, vgic_fixture_has_irq(fix, 0));
	vgic_fixture_write(fix, FIX_DIST, 4, BIT(0));
	KUNIT_EXPECT_FALSE(test, vgic_fixture_has_irq(fix, 0));
	vgic_fixture_write(fix, FIX_DIST, 4, BIT(1));
	KUNIT_EXPECT_TRUE(test, vgic_fixture_has_irq(fix, 0));
	vgic_fixture_write(fix, ICENABLER + WORD(SPI), 4, MASK(SPI));
	KUNIT_EXPECT_FALSE(test, vgic_fixture_has_irq(fix, 0));
	vgic_fixture_write(fix, ISENABLER + WORD(SPI), 4, MASK(SPI));
	v->base.power = AXVM_POWER_ON;
	KUNIT_EXPECT_FALSE(test, vgic_fixture_has_irq(fix, 0));
}

/* More than there are list registers: the best go in, the end of these is noticed. */
static void too_many_pending(struct kunit *test)
{
	struct vgic_fixture *fix = vgic_fixture_boot(test, 3);
	u32 i, wanted = ICH_HCR_EN | ICH_HCR_NPIE | VGIC_HCR_VGRP0DIE | VGIC_HCR_VGRP1DIE;

	for (i = 0; i < FIX_LRS + 2; i++) {
		edge_spi(fix, 0, SPI + i, 0xf0 - 8 * i);
		pulse(fix, SPI + i);
	}
	vgic_fixture_enter(fix, 0);
	KUNIT_EXPECT_EQ(test, fix->ctx[0].vgic.nr_used, FIX_LRS);
	KUNIT_EXPECT_EQ(test, fix->ctx[0].vgic.hcr, wanted);
	for (i = FIX_LRS + 1; i >= 2; i--) {
		KUNIT_EXPECT_EQ(test, vgic_fixture_ack(fix, 0), SPI + i);
		vgic_fixture_end(fix, 0, SPI + i);
	}
	KUNIT_EXPECT_EQ(test, vgic_fixture_ack(fix, 0), FIX_SPURIOUS);
	vgic_fixture_leave(fix, 0);
	vgic_fixture_enter(fix, 0);
	KUNIT_EXPECT_EQ(test, fix->ctx[0].vgic.hcr, ICH_HCR_EN);
	KUNIT_EXPECT_EQ(test, vgic_fixture_ack(fix, 0), SPI + 1);
	KUNIT_EXPECT_EQ(test, vgic_fixture_ack(fix, 0), SPI);
}

/* A group that the CPU interface has off does not keep the other one out. */
static void too_many_of_a_group(struct kunit *test)
{
	struct vgic_fixture *fix = vgic_fixture_boot(test, 3);
	struct a64_vgic_hw *hw = &fix->ctx[0].vgic;
	u32 i;

	for (i = 0; i < FIX_LRS + 1; i++)
		edge_spi(fix, 0, SPI + i, 0x10)->group1 = i == FIX_LRS;
	for (i = 0; i < FIX_LRS + 1; i++)
		pulse(fix, SPI + i);
	hw->vmcr &= ~ICH_VMCR_ENG0_MASK;
	vgic_fixture_enter(fix, 0);
	KUNIT_EXPECT_EQ(test, state_of(fix, 0, SPI + FIX_LRS), PENDING);
	KUNIT_EXPECT_TRUE(test, hw->hcr & VGIC_HCR_VGRP0EIE);
	KUNIT_EXPECT_FALSE(test, hw->hcr & VGIC_HCR_VGRP0DIE);
	KUNIT_EXPECT_TRUE(test, hw->hcr & VGIC_HCR_VGRP1DIE);
}

/* Acknowledge n of them, each in a stay of its own, without an end. */
static void nest(struct vgic_fixture *fix, u32 n)
{
	struct kunit *test = kunit_get_current_test();
	u32 i;

	for (i = 0; i < n; i++) {
		edge_spi(fix, 0, SPI + i, 0xf0 - 8 * i);
		pulse(fix, SPI + i);
		vgic_fixture_enter(fix, 0);
		KUNIT_EXPECT_EQ(test, vgic_fixture_ack(fix, 0), SPI + i);
		vgic_fixture_leave(fix, 0);
	}
}

/* All list registers could hold active ones: one that is pending still gets in. */
static void too_many_active(struct kunit *test)
{
	struct vgic_fixture *fix = vgic_fixture_boot(test, 3);
	struct a64_vgic_hw *hw = &fix->ctx[0].vgic;

	nest(fix, FIX_LRS);
	edge_spi(fix, 0, SPI + 10, 0xf8);
	pulse(fix, SPI + 10);
	vgic_fixture_enter(fix, 0);
	KUNIT_EXPECT_EQ(test, hw->nr_used, FIX_LRS);
	KUNIT_EXPECT_EQ(test, state_of(fix, 0, SPI + 10), PENDING);
	KUNIT_EXPECT_EQ(test, hw->hcr, ICH_HCR_EN | VGIC_HCR_LRENPIE | ICH_HCR_TDIR);
	/* The lowest of the active ones had to give way. */
	KUNIT_EXPECT_EQ(test, state_of(fix, 0, SPI), 0);
	KUNIT_EXPECT_EQ(test, state_of(fix, 0, SPI + 1), ACTIVE);

	/* The guest ends all four, innermost first: the last without a list register. */
	vgic_fixture_end(fix, 0, SPI + 3);
	vgic_fixture_end(fix, 0, SPI + 2);
	vgic_fixture_end(fix, 0, SPI + 1);
	KUNIT_EXPECT_FALSE(test, vgic_fixture_end(fix, 0, SPI));
	hw->seen = hw->hcr | 1U << ICH_HCR_EOIcount_SHIFT;
	vgic_fixture_leave(fix, 0);
	KUNIT_EXPECT_EQ(test, vgic_fixture_read(fix, ISACTIVER + WORD(SPI), 4), 0);
	KUNIT_EXPECT_EQ(test, fix->vcpus[0].vgic.nr_queued, 1);
}

/* EOImode 1: the end is ICC_DIR_EL1, which traps when it may be for one without a list register. */
static void end_by_trap(struct kunit *test)
{
	struct vgic_fixture *fix = vgic_fixture_boot(test, 3);
	u64 val = SPI;

	nest(fix, FIX_LRS + 1);
	vgic_fixture_enter(fix, 0);
	KUNIT_EXPECT_TRUE(test, fix->ctx[0].vgic.hcr & ICH_HCR_TDIR);
	vgic_fixture_leave(fix, 0);
	KUNIT_EXPECT_TRUE(test, vgic_icc_access(&fix->vcpus[0], SYS_ICC_DIR_EL1, true, &val));
	KUNIT_EXPECT_EQ(test, vgic_fixture_read(fix, ISACTIVER + WORD(SPI), 4), 0x1e << SPI % 32);
	vgic_fixture_enter(fix, 0);
	KUNIT_EXPECT_EQ(test, fix->ctx[0].vgic.hcr, ICH_HCR_EN);
	vgic_fixture_leave(fix, 0);
	val = 1023;
	KUNIT_EXPECT_TRUE(test, vgic_icc_access(&fix->vcpus[0], SYS_ICC_DIR_EL1, true, &val));
	val = GENMASK_ULL(63, 0);
	KUNIT_EXPECT_TRUE(test, vgic_icc_access(&fix->vcpus[0], SYS_ICC_DIR_EL1, true, &val));
	KUNIT_EXPECT_FALSE(test, vgic_icc_access(&fix->vcpus[0], SYS_ICC_DIR_EL1, false, &val));
}

/* Registers that trap together with ICC_DIR_EL1 where that cannot trap alone. */
static void trapped_interface(struct kunit *test)
{
	struct vgic_fixture *fix = vgic_fixture_boot(test, 3);
	struct a64_vcpu *v = &fix->vcpus[0];
	u64 val = 0xff;

	KUNIT_EXPECT_TRUE(test, vgic_icc_access(v, SYS_ICC_PMR_EL1, true, &val));
	KUNIT_EXPECT_TRUE(test, vgic_icc_access(v, SYS_ICC_PMR_EL1, false, &val));
	KUNIT_EXPECT_EQ(test, val, 0xf8);
	KUNIT_EXPECT_EQ(test, fix->ctx[0].vgic.flags, A64_VGIC_VMCR_WRITTEN);
	val = 3;
	KUNIT_EXPECT_TRUE(test, vgic_icc_access(v, SYS_ICC_CTLR_EL1, true, &val));
	val = 0;
	KUNIT_EXPECT_TRUE(test, vgic_icc_access(v, SYS_ICC_CTLR_EL1, false, &val));
	KUNIT_EXPECT_EQ(test, val, 3);
	fix->ctx[0].vgic.ap1r[0] = BIT(20) | BIT(24);
	KUNIT_EXPECT_TRUE(test, vgic_icc_access(v, SYS_ICC_RPR_EL1, false, &val));
	KUNIT_EXPECT_EQ(test, val, 0xa0);
	KUNIT_EXPECT_TRUE(test, vgic_icc_access(v, SYS_ICC_SRE_EL1, false, &val));
	KUNIT_EXPECT_EQ(test, val, 7);
	KUNIT_EXPECT_FALSE(test, vgic_icc_access(v, sys_reg(3, 0, 12, 12, 0), false, &val));
	fix->vm.vgic.model = 0;
	KUNIT_EXPECT_FALSE(test, vgic_icc_access(v, SYS_ICC_SRE_EL1, false, &val));
	fix->vm.vgic.model = 3;
}

/* A waiting interrupt follows its route, an active one stays. */
static void routed(struct kunit *test)
{
	struct vgic_fixture *fix = vgic_fixture_boot(test, 3);

	vgic_fixture_irq(fix, 0, SPI, PRIORITY);
	vgic_fixture_line(fix, SPI, true);
	vgic_fixture_write(fix, IROUTER + SPI * 8, 8, 2);
	KUNIT_EXPECT_FALSE(test, vgic_fixture_has_irq(fix, 0));
	KUNIT_EXPECT_TRUE(test, vgic_fixture_has_irq(fix, 2));
	vgic_fixture_write(fix, IROUTER + SPI * 8, 8, 77);	/* nobody */
	KUNIT_EXPECT_FALSE(test, vgic_fixture_has_irq(fix, 2));
	vgic_fixture_write(fix, IROUTER + SPI * 8, 8, 3);
	KUNIT_EXPECT_TRUE(test, vgic_fixture_has_irq(fix, 3));

	vgic_fixture_enter(fix, 3);
	KUNIT_EXPECT_EQ(test, vgic_fixture_ack(fix, 3), SPI);
	vgic_fixture_write(fix, IROUTER + SPI * 8, 8, 1);
	vgic_fixture_leave(fix, 3);
	KUNIT_EXPECT_FALSE(test, vgic_fixture_has_irq(fix, 1));
	vgic_fixture_enter(fix, 3);
	KUNIT_EXPECT_EQ(test, state_of(fix, 3, SPI), ACTIVE);
	vgic_fixture_end(fix, 3, SPI);
	fix->kicks[1] = 0;
	vgic_fixture_leave(fix, 3);
	KUNIT_EXPECT_TRUE(test, vgic_fixture_has_irq(fix, 1));
	KUNIT_EXPECT_EQ(test, fix->kicks[1], 1);
}

/* Taken from a vCPU that runs and has not acknowledged. */
static void routed_away(struct kunit *test)
{
	struct vgic_fixture *fix = vgic_fixture_boot(test, 3);

	vgic_fixture_irq(fix, 0, SPI, PRIORITY);
	vgic_fixture_line(fix, SPI, true);
	vgic_fixture_enter(fix, 0);
	fix->kicks[0] = 0;
	vgic_fixture_write(fix, IROUTER + SPI * 8, 8, 1);
	KUNIT_EXPECT_EQ(test, fix->kicks[0], 1);
	KUNIT_EXPECT_FALSE(test, vgic_fixture_has_irq(fix, 1));
	vgic_fixture_leave(fix, 0);
	KUNIT_EXPECT_TRUE(test, vgic_fixture_has_irq(fix, 1));
	vgic_fixture_enter(fix, 0);
	KUNIT_EXPECT_EQ(test, fix->ctx[0].vgic.nr_used, 0);
}

/* "1 of N": someone who is on. */
static void routed_to_any(struct kunit *test)
{
	struct vgic_fixture *fix = vgic_fixture_boot(test, 3);
	u32 i, takers = 0;

	for (i = 0; i < FIX_VCPUS; i++)
		fix->vcpus[i].base.power = i == 2 ? AXVM_POWER_ON : AXVM_POWER_OFF;
	vgic_fixture_irq(fix, 0, SPI, PRIORITY);
	vgic_fixture_write(fix, IROUTER + SPI * 8, 8, VGIC_ROUTE_ANY);
	vgic_fixture_line(fix, SPI, true);
	for (i = 0; i < FIX_VCPUS; i++)
		takers += vgic_fixture_has_irq(fix, i);
	KUNIT_EXPECT_EQ(test, takers, 1);
	KUNIT_EXPECT_TRUE(test, vgic_fixture_has_irq(fix, 2));
}

/* One that cannot take it keeps nothing that another one can. */
static void leaves_who_goes_off(struct kunit *test)
{
	struct vgic_fixture *fix = vgic_fixture_boot(test, 3);
	u32 first = SPI % FIX_VCPUS, next = (first + 1) % FIX_VCPUS, i;

	vgic_fixture_irq(fix, 0, SPI, PRIORITY);
	vgic_fixture_write(fix, IROUTER + SPI * 8, 8, VGIC_ROUTE_ANY);
	vgic_fixture_line(fix, SPI, true);
	KUNIT_EXPECT_TRUE(test, vgic_fixture_has_irq(fix, first));
	fix->kicks[next] = 0;
	vgic_leave(&fix->vcpus[first]);
	KUNIT_EXPECT_FALSE(test, vgic_fixture_has_irq(fix, first));
	KUNIT_EXPECT_TRUE(test, vgic_fixture_has_irq(fix, next));
	KUNIT_EXPECT_EQ(test, fix->kicks[next], 1);

	/* Another one whose CPU interface is closed is not asked either, unless all are. */
	fix->ctx[next].vgic.vmcr &= ~ICH_VMCR_ENG1_MASK;
	vgic_fixture_write(fix, ISPENDR + WORD(SPI), 4, MASK(SPI));
	KUNIT_EXPECT_TRUE(test, vgic_fixture_has_irq(fix, (first + 2) % FIX_VCPUS));
	for (i = 0; i < FIX_VCPUS; i++)
		fix->ctx[i].vgic.vmcr &= ~ICH_VMCR_ENG1_MASK;
	vgic_fixture_write(fix, ISPENDR + WORD(SPI), 4, MASK(SPI));
	KUNIT_EXPECT_EQ(test, fix->vcpus[next].vgic.nr_queued, 1);
	/* Active, it stays where it was acknowledged. */
	vgic_fixture_enter(fix, next);
	KUNIT_EXPECT_EQ(test, vgic_fixture_ack(fix, next), SPI);
	vgic_fixture_leave(fix, next);
	vgic_leave(&fix->vcpus[next]);
	KUNIT_EXPECT_EQ(test, fix->vcpus[next].vgic.nr[VGIC_ACTIVE], 1);
}

#define HOST_INTID	59

/* Linked to a hardware interrupt: given with it, deactivated with it, released by it. */
static void linked(struct kunit *test)
{
	struct vgic_fixture *fix = vgic_fixture_boot(test, 3);
	struct a64_vcpu *v = &fix->vcpus[1];

	vgic_fixture_irq(fix, 1, VGIC_PPI_VTIMER, PRIORITY);
	vgic_link_ppi(v, VGIC_PPI_VTIMER, HOST_INTID);
	vgic_set_ppi(v, VGIC_PPI_VTIMER, true);
	vgic_fixture_enter(fix, 1);
	KUNIT_EXPECT_EQ(test, vgic_fixture_lr(fix, 1, VGIC_PPI_VTIMER),
			PENDING | ICH_LR_GROUP | ICH_LR_HW |
			(u64)HOST_INTID << ICH_LR_PHYS_ID_SHIFT |
			(u64)PRIORITY << ICH_LR_PRIORITY_SHIFT | VGIC_PPI_VTIMER);
	KUNIT_EXPECT_EQ(test, vgic_fixture_ack(fix, 1), VGIC_PPI_VTIMER);
	vgic_fixture_leave(fix, 1);
	KUNIT_EXPECT_TRUE(test, vgic_ppi_active(v, VGIC_PPI_VTIMER));
	KUNIT_EXPECT_FALSE(test, vgic_ppi_take_released(v, VGIC_PPI_VTIMER));
	vgic_set_ppi(v, VGIC_PPI_VTIMER, false);
	vgic_fixture_enter(fix, 1);
	KUNIT_EXPECT_EQ(test, vgic_fixture_lr(fix, 1, VGIC_PPI_VTIMER) &
			(ICH_LR_STATE | ICH_LR_HW), ACTIVE | ICH_LR_HW);
	vgic_fixture_end(fix, 1, VGIC_PPI_VTIMER);
	vgic_fixture_leave(fix, 1);
	KUNIT_EXPECT_FALSE(test, vgic_ppi_active(v, VGIC_PPI_VTIMER));
	KUNIT_EXPECT_TRUE(test, vgic_ppi_take_released(v, VGIC_PPI_VTIMER));
	KUNIT_EXPECT_FALSE(test, vgic_ppi_take_released(v, VGIC_PPI_VTIMER));
}

/* Made pending by software there is no hardware interrupt to deactivate. */
static void linked_by_software(struct kunit *test)
{
	struct vgic_fixture *fix = vgic_fixture_boot(test, 3);
	struct a64_vcpu *v = &fix->vcpus[0];

	vgic_fixture_irq(fix, 0, VGIC_PPI_VTIMER, PRIORITY);
	vgic_link_ppi(v, VGIC_PPI_VTIMER, HOST_INTID);
	vgic_fixture_write(fix, FIX_REDIST + 0x10200, 4, BIT(VGIC_PPI_VTIMER));
	vgic_fixture_enter(fix, 0);
	KUNIT_EXPECT_FALSE(test, vgic_fixture_lr(fix, 0, VGIC_PPI_VTIMER) & ICH_LR_HW);
	KUNIT_EXPECT_EQ(test, vgic_fixture_ack(fix, 0), VGIC_PPI_VTIMER);
	vgic_fixture_leave(fix, 0);
	KUNIT_EXPECT_FALSE(test, vgic_ppi_active(v, VGIC_PPI_VTIMER));
	/* Now the timer fires: it follows when this one ends. */
	vgic_set_ppi(v, VGIC_PPI_VTIMER, true);
	vgic_fixture_enter(fix, 0);
	KUNIT_EXPECT_EQ(test, vgic_fixture_lr(fix, 0, VGIC_PPI_VTIMER) &
			(ICH_LR_STATE | ICH_LR_HW | ICH_LR_EOI), ACTIVE | ICH_LR_EOI);
	vgic_fixture_end(fix, 0, VGIC_PPI_VTIMER);
	vgic_fixture_leave(fix, 0);
	vgic_fixture_enter(fix, 0);
	KUNIT_EXPECT_EQ(test, vgic_fixture_lr(fix, 0, VGIC_PPI_VTIMER) &
			(ICH_LR_STATE | ICH_LR_HW), PENDING | ICH_LR_HW);
}

/* ICC_SGI1R_EL1: Aff3.Aff2.Aff1, a range of 16, and a list. */
static void sgi_targets(struct kunit *test)
{
	struct vgic_fixture *fix = vgic_fixture_boot(test, 3);
	u64 far = 7ULL << 24 | 3ULL << 48 | 2ULL << 32 | 1ULL << 16 | BIT(1);
	u32 i;

	fix->vcpus[1].base.hw_id = 3ULL << 32 | 1 << 8 | 1;
	fix->vcpus[2].base.hw_id = 33;
	for (i = 0; i < FIX_VCPUS; i++)
		vgic_fixture_irq(fix, i, 7, PRIORITY);

	vgic_send_sgi(&fix->vcpus[0], 7ULL << 24 | BIT(3), 1);
	KUNIT_EXPECT_TRUE(test, vgic_fixture_has_irq(fix, 3));
	vgic_send_sgi(&fix->vcpus[0], 7ULL << 24 | 2ULL << 44 | BIT(1), 1);
	KUNIT_EXPECT_TRUE(test, vgic_fixture_has_irq(fix, 2));
	KUNIT_EXPECT_FALSE(test, vgic_fixture_has_irq(fix, 0));
	KUNIT_EXPECT_FALSE(test, vgic_fixture_has_irq(fix, 1));
	vgic_send_sgi(&fix->vcpus[0], far, 1);
	KUNIT_EXPECT_FALSE(test, vgic_fixture_has_irq(fix, 1));
	fix->vcpus[1].base.hw_id = 3ULL << 32 | 2 << 16 | 1 << 8 | 1;
	vgic_send_sgi(&fix->vcpus[0], far, 1);
	KUNIT_EXPECT_TRUE(test, vgic_fixture_has_irq(fix, 1));
	KUNIT_EXPECT_FALSE(test, vgic_fixture_has_irq(fix, 0));
}

static void sgi_to_others(struct kunit *test)
{
	struct vgic_fixture *fix = vgic_fixture_boot(test, 3);
	u32 i;

	for (i = 0; i < FIX_VCPUS; i++)
		vgic_fixture_irq(fix, i, 15, PRIORITY);
	vgic_send_sgi(&fix->vcpus[2], 15ULL << 24 | BIT_ULL(40) | BIT(2), 1);
	for (i = 0; i < FIX_VCPUS; i++)
		KUNIT_EXPECT_EQ(test, vgic_fixture_has_irq(fix, i), i != 2);
}

/* The interrupt's group has to be that of the register. */
static void sgi_groups(struct kunit *test)
{
	struct vgic_fixture *fix = vgic_fixture_boot(test, 3);
	struct vgic_irq *irq = vgic_fixture_irq(fix, 0, 3, PRIORITY);

	vgic_send_sgi(&fix->vcpus[1], 3ULL << 24 | BIT(0), 0);
	KUNIT_EXPECT_FALSE(test, vgic_fixture_has_irq(fix, 0));
	irq->group1 = false;
	vgic_send_sgi(&fix->vcpus[1], 3ULL << 24 | BIT(0), 1);
	KUNIT_EXPECT_FALSE(test, vgic_fixture_has_irq(fix, 0));
	vgic_send_sgi(&fix->vcpus[1], 3ULL << 24 | BIT(0), 0);
	KUNIT_EXPECT_TRUE(test, vgic_fixture_has_irq(fix, 0));
	vgic_fixture_enter(fix, 0);
	KUNIT_EXPECT_FALSE(test, vgic_fixture_lr(fix, 0, 3) & ICH_LR_GROUP);
}

/* All that there are: the best come first, and one whose priority changes finds its place. */
static void all_pending(struct kunit *test)
{
	struct vgic_fixture *fix = vgic_fixture_boot(test, 3);
	u32 i;

	for (i = 0; i < VGIC_DEFAULT_SPIS; i++) {
		vgic_fixture_irq(fix, 0, VGIC_NR_PRIVATE + i, 0xf0 - i % 30 * 8);
		vgic_fixture_line(fix, VGIC_NR_PRIVATE + i, true);
	}
	KUNIT_EXPECT_EQ(test, fix->vcpus[0].vgic.nr[VGIC_GROUP1], VGIC_DEFAULT_SPIS);
	vgic_fixture_enter(fix, 0);
	for (i = 29; i < VGIC_DEFAULT_SPIS; i += 30)
		KUNIT_EXPECT_EQ(test, state_of(fix, 0, VGIC_NR_PRIVATE + i), PENDING);
	KUNIT_EXPECT_EQ(test, state_of(fix, 0, VGIC_NR_PRIVATE + 28), PENDING);
	KUNIT_EXPECT_EQ(test, fix->ctx[0].vgic.nr_used, FIX_LRS);
	vgic_fixture_leave(fix, 0);

	vgic_fixture_write(fix, GICD(0x400) + VGIC_NR_PRIVATE, 1, 0);
	vgic_fixture_write(fix, GICD(0x400) + VGIC_NR_PRIVATE + 29, 1, 0xf8);
	vgic_fixture_enter(fix, 0);
	KUNIT_EXPECT_EQ(test, vgic_fixture_ack(fix, 0), VGIC_NR_PRIVATE);
	KUNIT_EXPECT_EQ(test, state_of(fix, 0, VGIC_NR_PRIVATE + 29), 0);
	vgic_fixture_leave(fix, 0);
	for (i = 0; i < VGIC_DEFAULT_SPIS; i++)
		vgic_fixture_line(fix, VGIC_NR_PRIVATE + i, false);
	KUNIT_EXPECT_EQ(test, fix->vcpus[0].vgic.nr_queued, 1);
}

/* In the middle of everything: as after power-on. */
static void reset_forgets(struct kunit *test)
{
	struct vgic_fixture *fix = vgic_fixture_boot(test, 3);
	u32 i;

	nest(fix, FIX_LRS + 1);
	vgic_fixture_irq(fix, 1, 5, PRIORITY);
	vgic_send_sgi(&fix->vcpus[0], 5ULL << 24 | BIT(1), 1);
	vgic_fixture_line(fix, SPI + 9, true);
	axvm_devices_reset(&fix->vm.base.devices);
	for (i = 0; i < FIX_VCPUS; i++) {
		KUNIT_EXPECT_EQ(test, fix->vcpus[i].vgic.nr_queued, 0);
		KUNIT_EXPECT_EQ(test, fix->vcpus[i].vgic.nr[VGIC_ACTIVE], 0);
	}
	KUNIT_EXPECT_EQ(test, vgic_fixture_read(fix, FIX_DIST, 4), 0x50);
	KUNIT_EXPECT_EQ(test, vgic_fixture_read(fix, ISPENDR + 4, 4), 0);
	KUNIT_EXPECT_EQ(test, vgic_fixture_read(fix, ISACTIVER + 4, 4), 0);
	KUNIT_EXPECT_EQ(test, vgic_fixture_read(fix, ISENABLER + 4, 4), 0);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(level_once),
	KUNIT_CASE(level_again),
	KUNIT_CASE(level_withdrawn),
	KUNIT_CASE(level_falls_in_handler),
	KUNIT_CASE(edge_latches),
	KUNIT_CASE(edge_in_handler),
	KUNIT_CASE(edge_waits),
	KUNIT_CASE(software_pending),
	KUNIT_CASE(cleared_meanwhile),
	KUNIT_CASE(active_by_software),
	KUNIT_CASE(masked),
	KUNIT_CASE(wakes_without_interface),
	KUNIT_CASE(too_many_pending),
	KUNIT_CASE(too_many_of_a_group),
	KUNIT_CASE(too_many_active),
	KUNIT_CASE(end_by_trap),
	KUNIT_CASE(trapped_interface),
	KUNIT_CASE(routed),
	KUNIT_CASE(routed_away),
	KUNIT_CASE(routed_to_any),
	KUNIT_CASE(leaves_who_goes_off),
	KUNIT_CASE(linked),
	KUNIT_CASE(linked_by_software),
	KUNIT_CASE(sgi_targets),
	KUNIT_CASE(sgi_to_others),
	KUNIT_CASE(sgi_groups),
	KUNIT_CASE(all_pending),
	KUNIT_CASE(reset_forgets),
	{}
};

static struct kunit_suite suite = {
	.name = "axvm-vgic",
	.test_cases = cases,
};

kunit_test_suite(suite);
