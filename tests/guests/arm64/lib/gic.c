// SPDX-License-Identifier: GPL-2.0
/*
 * The interrupt controller, as the device tree names it: GICv3 with system
 * registers (IHI 0069) or GICv2 (IHI 0048). All interrupts are in the group
 * that comes as IRQ.
 */
#include "cpu.h"
#include "fdt.h"
#include "runtime.h"
#include "sysreg.h"

#define MAX_LINES	1020
#define PRIORITY	0xa0a0a0a0u
#define ARE_AND_GROUP1	0x12
#define RWP		31
#define GICR_RWP	3
#define TYPER_LAST	BIT(4)
#define WAKER_SLEEP	BIT(1)
#define WAKER_ASLEEP	BIT(2)
#define FRAME_LEN	0x20000

static unsigned int version;
static u64 gicd, gicr, gicc;
static u64 gicr_len;
static u64 counts[MAX_LINES];
static void (*handlers[MAX_LINES])(unsigned int line);
static void (*watcher)(u32 intid, bool fiq);

unsigned int gic_version(void)
{
	return version;
}

u64 gicd_base(void)
{
	return gicd;
}

u64 gicr_base(unsigned int cpu)
{
	return cpus[cpu].gicr;
}

u64 gicc_base(void)
{
	return gicc;
}

unsigned int gic_lines(void)
{
	unsigned int nr = 32 * ((mmio_read32(gicd + GICD_TYPER) & 0x1f) + 1);

	return nr < MAX_LINES ? nr : MAX_LINES;
}

static void wait_clear(u64 addr, unsigned int bit)
{
	u64 end = arch_time() + time_from_us(1000000);

	while (mmio_read32(addr) >> bit & 1) {
		if (arch_time() > end)
			test_abort("GIC register 0x%lx never settles", addr);
	}
}

static u64 private_base(void)
{
	return version == 3 ? this_cpu()->gicr + GICR_SGI : gicd;
}

u32 gic_private_read(u32 offset)
{
	return mmio_read32(private_base() + offset);
}

void gic_private_write(u32 offset, u32 val)
{
	mmio_write32(private_base() + offset, val);
}

static bool find_v2(void)
{
	int node = fdt_compatible(FDT_NONE, "arm,cortex-a15-gic");
	u64 len;

	if (node == FDT_NONE)
		node = fdt_compatible(FDT_NONE, "arm,gic-400");
	if (node == FDT_NONE || !fdt_reg(node, 0, &gicd, &len) || !fdt_reg(node, 1, &gicc, &len))
		return false;
	version = 2;
	mmio_write32(gicd + GICD_CTLR, 1);
	return true;
}

static bool find_v3(void)
{
	int node = fdt_compatible(FDT_NONE, "arm,gic-v3");
	u64 len;

	if (node == FDT_NONE || !fdt_reg(node, 0, &gicd, &len) ||
	    !fdt_reg(node, 1, &gicr, &gicr_len))
		return false;
	version = 3;
	mmio_write32(gicd + GICD_CTLR, ARE_AND_GROUP1);
	wait_clear(gicd + GICD_CTLR, RWP);
	return true;
}

void gic_init(void)
{
	if (!find_v3() && !find_v2())
		test_abort("no interrupt controller in the device tree");
}

/* GICR_TYPER's affinity has the four fields side by side. */
static u64 find_redistributor(u64 mpidr)
{
	u64 affinity = (mpidr & 0xffffff) | (mpidr >> 32 & 0xff) << 24;
	u64 frame, typer;

	for (frame = gicr; frame < gicr + gicr_len; frame += FRAME_LEN) {
		typer = mmio_read64(frame + GICR_TYPER);
		if (typer >> 32 == affinity)
			return frame;
		if (typer & TYPER_LAST)
			break;
	}
	test_abort("CPU 0x%lx has no redistributor", mpidr);
}

static void cpu_init_v3(struct cpu *cpu)
{
	cpu->gicr = find_redistributor(cpu->mpidr);
	mmio_write32(cpu->gicr + GICR_WAKER,
		     mmio_read32(cpu->gicr + GICR_WAKER) & ~WAKER_SLEEP);
	wait_clear(cpu->gicr + GICR_WAKER, 2);
	gic_private_write(GICD_IGROUPR, -1u);
	icc_write(ICC_SRE, icc_read(ICC_SRE) | 1);
	isb();
	icc_write(ICC_PMR, 0xff);
	icc_write(ICC_BPR1, 0);
	icc_write(ICC_CTLR, 0);
	icc_write(ICC_IGRPEN1, 1);
	isb();
}

static void cpu_init_v2(struct cpu *cpu)
{
	cpu->gic_target = gic_private_read(GICD_ITARGETSR);
	if (!cpu->gic_target)
		cpu->gic_target = 1;
	mmio_write32(gicc + GICC_PMR, 0xff);
	mmio_write32(gicc + GICC_BPR, 0);
	mmio_write32(gicc + GICC_CTLR, 1);
}

void gic_cpu_init(void)
{
	unsigned int i;

	if (version == 3)
		cpu_init_v3(this_cpu());
	else
		cpu_init_v2(this_cpu());
	gic_private_write(GICD_ICENABLER, -1u);
	for (i = 0; i < 32; i += 4)
		gic_private_write(GICD_IPRIORITYR + i, PRIORITY);
	gic_private_write(GICD_ICPENDR, -1u);
	gic_private_write(GICD_ISENABLER, 0xffff | 1u << timer_intid(false) |
			  1u << timer_intid(true));
}

void gic_cpu_off(void)
{
	gic_private_write(GICD_ICENABLER, -1u);
	if (version == 3)
		icc_write(ICC_IGRPEN1, 0);
	else
		mmio_write32(gicc + GICC_CTLR, 0);
	isb();
}

static u32 acknowledge(bool fiq)
{
	u32 iar;

	if (version == 2)
		return mmio_read32(gicc + GICC_IAR);
	iar = fiq ? icc_read(ICC_IAR0) : icc_read(ICC_IAR1);
	dsb();
	return iar;
}

static void finish(u32 iar, bool fiq)
{
	if (version == 2)
		mmio_write32(gicc + GICC_EOIR, iar);
	else if (fiq)
		icc_write(ICC_EOIR0, iar);
	else
		icc_write(ICC_EOIR1, iar);
	isb();
}

static void dispatch(u32 intid, bool fiq)
{
	if (watcher) {
		watcher(intid, fiq);
	} else if (intid < 16) {
		add_shared(&this_cpu()->ipi_count, 1);
	} else if (intid == timer_intid(timer_is_physical())) {
		timer_handle();
	} else {
		add_shared(&counts[intid], 1);
		if (handlers[intid])
			handlers[intid](intid);
	}
}

void gic_handle(bool fiq)
{
	u32 iar = acknowledge(fiq);
	u32 intid = version == 2 ? iar & 0x3ff : iar;

	if (intid >= MAX_LINES)
		return;
	dispatch(intid, fiq);
	finish(iar, fiq);
}

void gic_watch(void (*handler)(u32 intid, bool fiq))
{
	watcher = handler;
	barrier();
}

void gic_enable(u32 intid)
{
	u32 bit = 1u << intid % 32;

	if (intid < 32)
		gic_private_write(GICD_ISENABLER, bit);
	else
		mmio_write32(gicd + GICD_ISENABLER + intid / 32 * 4, bit);
}

void gic_disable(u32 intid)
{
	u32 bit = 1u << intid % 32;

	if (intid < 32) {
		gic_private_write(GICD_ICENABLER, bit);
		if (version == 3)
			wait_clear(this_cpu()->gicr + GICR_CTLR, GICR_RWP);
		return;
	}
	mmio_write32(gicd + GICD_ICENABLER + intid / 32 * 4, bit);
	if (version == 3)
		wait_clear(gicd + GICD_CTLR, RWP);
}

static void set_group1(u32 intid)
{
	u64 addr = gicd + GICD_IGROUPR + intid / 32 * 4;

	mmio_write32(addr, mmio_read32(addr) | 1u << intid % 32);
}

bool arch_line_enable(unsigned int line, void (*handler)(unsigned int line))
{
	if (line < 32 || line >= gic_lines())
		return false;
	handlers[line] = handler;
	mmio_write8(gicd + GICD_IPRIORITYR + line, PRIORITY & 0xff);
	if (version == 3) {
		set_group1(line);
		mmio_write64(gicd + GICD_IROUTER + line * 8, this_cpu()->mpidr);
	} else {
		mmio_write8(gicd + GICD_ITARGETSR + line, this_cpu()->gic_target);
	}
	gic_enable(line);
	return true;
}

void arch_line_disable(unsigned int line)
{
	gic_disable(line);
}

u64 arch_line_count(unsigned int line)
{
	return load_shared(&counts[line]);
}

/* ICC_SGI1R_EL1: four affinity fields apart, and a list of CPUs within the lowest. */
static u64 sgi_target(u64 mpidr)
{
	return (mpidr >> 32 & 0xff) << 48 | (mpidr >> 16 & 0xff) << 32 | (mpidr >> 8 & 0xff) << 16 |
	       (mpidr >> 4 & 0xf) << 44 | BIT(mpidr & 0xf);
}

void arch_ipi_send(unsigned int cpu)
{
	dsb();
	if (version == 3)
		icc_write(ICC_SGI1R, sgi_target(cpus[cpu].mpidr));
	else
		mmio_write32(gicd + GICD_SGIR, (u32)cpus[cpu].gic_target << 16);
	isb();
}
