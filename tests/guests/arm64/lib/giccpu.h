/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The CPU interface of either GIC, for programs that take interrupts by
 * reading and not as exceptions. With GICv2, INTIDs of SGIs carry their source.
 */
#ifndef ARM64_GICCPU_H
#define ARM64_GICCPU_H

#include "runtime.h"
#include "sysreg.h"

#define EOI_MODE	BIT(1)		/* ICC_CTLR_EL1 */
#define GICC_EOI_MODE	BIT(9)		/* GICC_CTLR */

static inline u32 gic_ack(void)
{
	u32 iar = gic_version() == 3 ? icc_read(ICC_IAR1) : mmio_read32(gicc_base() + GICC_IAR);

	dsb();
	isb();
	return iar;
}

static inline void gic_eoi(u32 iar)
{
	if (gic_version() == 3)
		icc_write(ICC_EOIR1, iar);
	else
		mmio_write32(gicc_base() + GICC_EOIR, iar);
	isb();
}

static inline void gic_deactivate(u32 iar)
{
	if (gic_version() == 3)
		icc_write(ICC_DIR, iar);
	else
		mmio_write32(gicc_base() + GICC_DIR, iar);
	isb();
}

static inline u32 gic_running_priority(void)
{
	isb();
	if (gic_version() == 3)
		return icc_read(ICC_RPR) & 0xff;
	return mmio_read32(gicc_base() + GICC_RPR) & 0xff;
}

static inline u32 gic_highest_pending(void)
{
	isb();
	return gic_version() == 3 ? icc_read(ICC_HPPIR1) : mmio_read32(gicc_base() + GICC_HPPIR);
}

static inline u32 gic_get_mask(void)
{
	return gic_version() == 3 ? icc_read(ICC_PMR) : mmio_read32(gicc_base() + GICC_PMR);
}

static inline void gic_set_mask(u32 priority)
{
	if (gic_version() == 3)
		icc_write(ICC_PMR, priority);
	else
		mmio_write32(gicc_base() + GICC_PMR, priority);
	isb();
}

static inline u32 gic_get_binary_point(void)
{
	return gic_version() == 3 ? icc_read(ICC_BPR1) : mmio_read32(gicc_base() + GICC_BPR);
}

static inline void gic_set_binary_point(u32 val)
{
	if (gic_version() == 3)
		icc_write(ICC_BPR1, val);
	else
		mmio_write32(gicc_base() + GICC_BPR, val);
	isb();
}

static inline void gic_set_eoi_mode(bool split)
{
	if (gic_version() == 3)
		icc_write(ICC_CTLR, split ? EOI_MODE : 0);
	else
		mmio_write32(gicc_base() + GICC_CTLR, 1 | (split ? GICC_EOI_MODE : 0));
	isb();
}

static inline void gic_cpu_enable(bool on)
{
	if (gic_version() == 3)
		icc_write(ICC_IGRPEN1, on);
	else
		mmio_write32(gicc_base() + GICC_CTLR, on);
	isb();
}

/* --- the distributor, or this CPU's redistributor --- */

static inline u64 gic_word_of(u32 set, u32 intid)
{
	u64 base = intid < 32 && gic_version() == 3 ? gicr_base(arch_cpu_self()) + GICR_SGI :
						      gicd_base();

	return base + set + intid / 32 * 4;
}

static inline void gic_set_edge(u32 intid, bool edge)
{
	u64 addr = gicd_base() + GICD_ICFGR + intid / 16 * 4;
	u32 bit = 2u << intid % 16 * 2;

	mmio_write32(addr, (mmio_read32(addr) & ~bit) | (edge ? bit : 0));
}

static inline void gic_set_group1(u32 intid, bool group1)
{
	u64 addr = gic_word_of(GICD_IGROUPR, intid);
	u32 bit = 1u << intid % 32;

	if (gic_version() == 3)
		mmio_write32(addr, (mmio_read32(addr) & ~bit) | (group1 ? bit : 0));
}

static inline void gic_route_to(u32 intid, unsigned int cpu)
{
	if (gic_version() == 3)
		mmio_write64(gicd_base() + GICD_IROUTER + 8 * intid, cpu_mpidr(cpu));
	else
		mmio_write8(gicd_base() + GICD_ITARGETSR + intid, 1u << cpu);
}

#endif /* ARM64_GICCPU_H */
