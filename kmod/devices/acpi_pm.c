// SPDX-License-Identifier: GPL-2.0
/*
 * ACPI power management registers: PM1 event and control, PM timer and reset,
 * after "ACPI Register Model", chapter 4.8 of the ACPI specification 6.5, whose
 * sections the comments cite.
 *
 * Owned by a VM's device set. Registers are called by vCPU threads with
 * preemption off, carry_expired by a hard interrupt, the power button by
 * process context, the rest in process context while no vCPU runs.
 *
 * The machine is always in ACPI mode: there is no SMI command port, and SCI_EN
 * is on. The PM timer is computed when it is read and stands still while the
 * VM is paused.
 */
#include <linux/acpi_pmtmr.h>
#include <linux/bits.h>
#include <linux/cleanup.h>
#include <linux/errno.h>
#include <linux/hrtimer.h>
#include <linux/nospec.h>
#include <linux/spinlock.h>
#include <kunit/visibility.h>

#include "compat.h"
#include "pc.h"

/* Registers by words of four bytes; accesses may be narrower. */
#define REG_EVENT	0x0	/* PM1_STS, and PM1_EN in the upper half */
#define REG_CONTROL	0x4	/* PM1_CNT */
#define REG_TIMER	0x8	/* PM_TMR */
#define REG_RESET	0xc
#define REGS_LEN	0x10
#define WINDOW_LEN	0x40

/* 4.8.3.1.1 and 4.8.3.1.2: a status and its enable are the same bit. */
#define PM1_TMR		BIT(0)
#define PM1_GBL		BIT(5)
#define PM1_PWRBTN	BIT(8)
#define PM1_SLPBTN	BIT(9)
#define PM1_RTC		BIT(10)
#define PM1_EN_BITS	(PM1_TMR | PM1_GBL | PM1_PWRBTN | PM1_SLPBTN | PM1_RTC)
#define PM1_EN_SHIFT	16

/* 4.8.3.2.1. GBL_RLS and SLP_EN are for writing. */
#define CNT_SCI_EN	BIT(0)
#define CNT_BM_RLD	BIT(1)
#define CNT_SLP_TYP	GENMASK(12, 10)
#define CNT_SLP_TYP_S5	(5 << 10)
#define CNT_SLP_EN	BIT(13)
#define CNT_KEPT	(CNT_BM_RLD | CNT_SLP_TYP)

/* What has to be written to REG_RESET: the value that resets through port 0xcf9, too. */
#define RESET_VALUE	6

/* 4.8.3.3: TMR_STS is set when the most significant bit changes. */
#define CARRY_SHIFT	31

/**
 * struct acpi_pm - the registers
 * @dev: what all devices have
 * @timer: runs while the carry has to interrupt, on CLOCK_MONOTONIC
 * @lock: protects everything below; outside of the interrupt controller's lock
 * @clock: of the PM timer
 * @carries: changes of the timer's upper bit that the status has seen
 * @status: PM1_STS
 * @enable: PM1_EN
 * @control: PM1_CNT, the bits that are kept
 */
struct acpi_pm {
	struct axvm_device dev;
	struct hrtimer timer;
	raw_spinlock_t lock;
	struct pc_clock clock;
	u64 carries;
	u16 status;
	u16 enable;
	u16 control;
};

static struct acpi_pm *to_pm(struct axvm_device *dev)
{
	return container_of(dev, struct acpi_pm, dev);
}

/* The SCI is level-triggered, 4.8.1.1. */
static void update_irq(struct acpi_pm *pm)
{
	axvm_irq_set_level(&pm->dev.irq, pm->status & pm->enable);
}

static void note_carry(struct acpi_pm *pm)
{
	u64 carries = pc_clock_ticks(&pm->clock) >> CARRY_SHIFT;

	if (carries != pm->carries)
		pm->status |= PM1_TMR;
	pm->carries = carries;
}

/* Bring status, line and timer up to date. */
static void update(struct acpi_pm *pm)
{
	bool is_wanted;

	note_carry(pm);
	update_irq(pm);
	is_wanted = (pm->enable & PM1_TMR) && !(pm->status & PM1_TMR) && !pm->clock.is_paused;
	if (is_wanted)
		hrtimer_start(&pm->timer,
			      pc_clock_when(&pm->clock, (pm->carries + 1) << CARRY_SHIFT),
			      HRTIMER_MODE_ABS_HARD);
}

static enum hrtimer_restart carry_expired(struct hrtimer *timer)
{
	struct acpi_pm *pm = container_of(timer, struct acpi_pm, timer);

	guard(raw_spinlock_irqsave)(&pm->lock);
	update(pm);
	return HRTIMER_NORESTART;
}

static u32 read_event(struct acpi_pm *pm)
{
	note_carry(pm);
	return pm->status | (u32)pm->enable << PM1_EN_SHIFT;
}

static u32 read_control(struct acpi_pm *pm)
{
	return pm->control | CNT_SCI_EN;
}

static u32 read_timer(struct acpi_pm *pm)
{
	return pc_clock_ticks(&pm->clock);
}

static u32 read_zero(struct acpi_pm *pm)
{
	return 0;
}

/* Status bits are cleared by writing ones. */
static void write_event(struct acpi_pm *pm, u32 val, u32 mask)
{
	u16 enable_mask = mask >> PM1_EN_SHIFT;

	note_carry(pm);
	pm->status &= ~(u16)(val & mask);
	pm->enable = (pm->enable & ~enable_mask) |
		     (val >> PM1_EN_SHIFT & enable_mask & PM1_EN_BITS);
	update(pm);
}

/* Soft off is the one sleeping state that the tables announce; others are not entered. */
static void write_control(struct acpi_pm *pm, u32 val, u32 mask)
{
	pm->control = (pm->control & ~mask) | (val & mask & CNT_KEPT);
	if ((val & mask & CNT_SLP_EN) && (pm->control & CNT_SLP_TYP) == CNT_SLP_TYP_S5)
		axvm_device_system_event(&pm->dev, AXVM_SYSTEM_POWEROFF, 0);
}

static void write_reset(struct acpi_pm *pm, u32 val, u32 mask)
{
	if ((val & mask) == RESET_VALUE)
		axvm_device_system_event(&pm->dev, AXVM_SYSTEM_REBOOT, 0);
}

/* The timer is for reading. */
static void write_nothing(struct acpi_pm *pm, u32 val, u32 mask)
{
}

static const struct {
	u32 (*read)(struct acpi_pm *pm);
	void (*write)(struct acpi_pm *pm, u32 val, u32 mask);
} registers[REGS_LEN / 4] = {
	[REG_EVENT / 4] = { read_event, write_event },
	[REG_CONTROL / 4] = { read_control, write_control },
	[REG_TIMER / 4] = { read_timer, write_nothing },
	[REG_RESET / 4] = { read_zero, write_reset },
};

/* Behind the registers the window reads zero. The bus cuts what is read to its length. */
static bool read_register(void *opaque, u64 offset, unsigned int len, u64 *val)
{
	unsigned int shift = offset % 4 * 8;
	struct acpi_pm *pm = opaque;
	u64 reg = offset / 4;

	*val = 0;
	if (reg >= ARRAY_SIZE(registers))
		return true;
	reg = array_index_nospec(reg, ARRAY_SIZE(registers));
	guard(raw_spinlock_irqsave)(&pm->lock);
	*val = registers[reg].read(pm) >> shift;
	return true;
}

static bool write_register(void *opaque, u64 offset, unsigned int len, u64 val)
{
	unsigned int shift = offset % 4 * 8;
	struct acpi_pm *pm = opaque;
	u64 reg = offset / 4;

	if (reg >= ARRAY_SIZE(registers))
		return true;
	reg = array_index_nospec(reg, ARRAY_SIZE(registers));
	guard(raw_spinlock_irqsave)(&pm->lock);
	registers[reg].write(pm, val << shift, GENMASK(len * 8 - 1, 0) << shift);
	return true;
}

static const struct axvm_bus_ops bus_ops = {
	.read = read_register,
	.write = write_register,
};

/* A system that wants to hear of the button has enabled it: the FADT says that there is one. */
static bool press_power_button(struct axvm_device *dev)
{
	struct acpi_pm *pm = to_pm(dev);

	guard(raw_spinlock_irqsave)(&pm->lock);
	if (!(pm->enable & PM1_PWRBTN))
		return false;
	pm->status |= PM1_PWRBTN;
	update_irq(pm);
	return true;
}

static int create(struct axvm_device *dev, struct axvm_error *err)
{
	struct acpi_pm *pm = to_pm(dev);
	int ret;

	if (dev->cfg.nr_cfg)
		return axvm_fail(err, "acpi-pm takes no parameters", -EINVAL);
	if (dev->cfg.base % 4)
		return axvm_fail(err, "acpi-pm: base is not a multiple of 4", -EINVAL);
	raw_spin_lock_init(&pm->lock);
	pm->clock.hz = PMTMR_TICKS_PER_SEC;
	hrtimer_setup(&pm->timer, carry_expired, CLOCK_MONOTONIC, HRTIMER_MODE_ABS_HARD);
	ret = axvm_device_set_len(dev, REGS_LEN, WINDOW_LEN, err);
	if (ret)
		return ret;
	return axvm_device_add_window(dev, AXVM_BUS_PIO, 1 | 2 | 4, &bus_ops, err);
}

static void reset_registers(struct acpi_pm *pm)
{
	guard(raw_spinlock_irqsave)(&pm->lock);
	pc_clock_reset(&pm->clock);
	pm->carries = 0;
	pm->status = 0;
	pm->enable = 0;
	pm->control = 0;
	update_irq(pm);
}

/* The enable is off before the timer is waited for, so that it cannot start again. */
static void reset(struct axvm_device *dev)
{
	struct acpi_pm *pm = to_pm(dev);

	reset_registers(pm);
	hrtimer_cancel(&pm->timer);
}

static void stop_clock(struct acpi_pm *pm)
{
	guard(raw_spinlock_irqsave)(&pm->lock);
	pc_clock_pause(&pm->clock);
}

static void pause(struct axvm_device *dev)
{
	struct acpi_pm *pm = to_pm(dev);

	stop_clock(pm);
	hrtimer_cancel(&pm->timer);
}

static void resume(struct axvm_device *dev)
{
	struct acpi_pm *pm = to_pm(dev);

	guard(raw_spinlock_irqsave)(&pm->lock);
	pc_clock_resume(&pm->clock);
	update(pm);
}

const struct axvm_device_type axvm_acpi_pm = {
	.name = "acpi-pm",
	.size = sizeof(struct acpi_pm),
	.create = create,
	.reset = reset,
	.destroy = reset,
	.pause = pause,
	.resume = resume,
	.press_power_button = press_power_button,
};
EXPORT_SYMBOL_IF_KUNIT(axvm_acpi_pm);
