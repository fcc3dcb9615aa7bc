// SPDX-License-Identifier: GPL-2.0
/*
 * The timers of an AArch64 vCPU (Arm ARM D12, "The Generic Timer in AArch64 state").
 *
 * The virtual timer is in the CPU while the vCPU is loaded. Its host interrupt is
 * forwarded: it stays active after its handler, and the guest deactivates it
 * together with its own PPI (ICH_LR<n>.HW). So on each CPU there is one more
 * state to keep: the host interrupt has to be active while the guest's is on its
 * way or in hand, otherwise it fires at once and again, and inactive at all
 * other times, otherwise it never fires.
 *
 * The physical timer is emulated: its registers trap, an hrtimer ends the wait.
 * Both count from 0 at the creation of the VM and stand still while it is paused.
 *
 * Called on the vCPU's thread where not said otherwise.
 */
#include <linux/hrtimer.h>
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/math64.h>
#include <linux/percpu.h>
#include <clocksource/arm_arch_timer.h>
#include <kunit/static_stub.h>
#include <kunit/visibility.h>

#include "compat.h"
#include "arm64.h"
#include "timer.h"
#include "vgic_priv.h"

/* The vCPU whose virtual timer this CPU has. */
static DEFINE_PER_CPU(struct a64_vcpu *, timer_vcpu);

/*
 * The host interrupt is active on this CPU. A guest that has just deactivated
 * it is found out by the next flush.
 */
static DEFINE_PER_CPU(bool, host_active);

/* Host time in ticks; tests have their own. */
VISIBLE_IF_KUNIT u64 a64_timer_host_count(void)
{
	KUNIT_STATIC_STUB_REDIRECT(a64_timer_host_count);
	return arch_timer_read_counter();
}
EXPORT_SYMBOL_IF_KUNIT(a64_timer_host_count);

static u64 guest_count(struct a64_vcpu *v)
{
	return a64_timer_host_count() - a64_vm_of(v)->counter_offset;
}

static bool is_unmasked(const struct a64_timer *t)
{
	return (t->ctl & (ARCH_TIMER_CTRL_ENABLE | ARCH_TIMER_CTRL_IT_MASK)) ==
	       ARCH_TIMER_CTRL_ENABLE;
}

/* Arm ARM, CNTV_CTL_EL0.ISTATUS: the comparison is unsigned. */
static bool is_due(struct a64_vcpu *v, const struct a64_timer *t)
{
	return guest_count(v) >= t->cval;
}

/* --- hrtimers --- */

/* Rounded up: not early. Far deadlines are cut to what ktime_t holds. */
static ktime_t ticks_to_ktime(u64 ticks)
{
	u32 hz = a64_host.timer_frequency;

	if (div64_ul(ticks, hz) >= KTIME_SEC_MAX)
		return KTIME_MAX;
	return mul_u64_u32_div(ticks, NSEC_PER_SEC, hz) + 1;
}

static void start_wait(struct a64_vcpu *v, struct hrtimer *timer, const struct a64_timer *t)
{
	u64 now = guest_count(v);

	hrtimer_start(timer, ticks_to_ktime(t->cval > now ? t->cval - now : 0),
		      HRTIMER_MODE_REL_HARD);
}

/*
 * The host's clock is steered (NTP) and the counter is not: fired too early, go
 * on waiting. Hard interrupt; the thread cancels the timer before it changes @t.
 */
static enum hrtimer_restart end_wait(struct a64_vcpu *v, struct hrtimer *timer,
				     const struct a64_timer *t, u32 ppi)
{
	u64 now = guest_count(v);

	if (now < t->cval) {
		hrtimer_forward_now(timer, ticks_to_ktime(t->cval - now));
		return HRTIMER_RESTART;
	}
	vgic_set_ppi(v, ppi, true);
	return HRTIMER_NORESTART;
}

static enum hrtimer_restart fire_vtimer(struct hrtimer *timer)
{
	struct a64_vcpu *v = container_of(timer, struct a64_vcpu, vtimer_hrtimer);

	return end_wait(v, timer, &v->vtimer, VGIC_PPI_VTIMER);
}

static enum hrtimer_restart fire_ptimer(struct hrtimer *timer)
{
	struct a64_vcpu *v = container_of(timer, struct a64_vcpu, ptimer_hrtimer);

	return end_wait(v, timer, &v->ptimer, VGIC_PPI_PTIMER);
}

/* WFIT has no line: the vCPU asks a64_timer_wait_is_over() when it is woken. */
static enum hrtimer_restart fire_wait(struct hrtimer *timer)
{
	struct a64_vcpu *v = container_of(timer, struct a64_vcpu, wait_hrtimer);
	u64 now = guest_count(v);

	if (now < v->wait.cval) {
		hrtimer_forward_now(timer, ticks_to_ktime(v->wait.cval - now));
		return HRTIMER_RESTART;
	}
	vgic_kick(v);
	return HRTIMER_NORESTART;
}

/* The line as it is now, and the end of the wait for what it will be. */
static void run_timer(struct a64_vcpu *v, struct hrtimer *timer, const struct a64_timer *t, u32 ppi)
{
	bool unmasked = is_unmasked(t), due = unmasked && is_due(v, t);

	vgic_set_ppi(v, ppi, due);
	if (unmasked && !due)
		start_wait(v, timer, t);
}

/* --- the physical timer --- */

static void run_ptimer(struct a64_vcpu *v)
{
	run_timer(v, &v->ptimer_hrtimer, &v->ptimer, VGIC_PPI_PTIMER);
}

static u64 read_ctl(struct a64_vcpu *v)
{
	const struct a64_timer *t = &v->ptimer;

	if (!(t->ctl & ARCH_TIMER_CTRL_ENABLE) || !is_due(v, t))
		return t->ctl;
	return t->ctl | ARCH_TIMER_CTRL_IT_STAT;
}

static void write_ctl(struct a64_vcpu *v, u64 val)
{
	v->ptimer.ctl = val & (ARCH_TIMER_CTRL_ENABLE | ARCH_TIMER_CTRL_IT_MASK);
}

static u64 read_cval(struct a64_vcpu *v)
{
	return v->ptimer.cval;
}

static void write_cval(struct a64_vcpu *v, u64 val)
{
	v->ptimer.cval = val;
}

/* Arm ARM, CNTP_TVAL_EL0: 32 bits, signed when written. */
static u64 read_tval(struct a64_vcpu *v)
{
	return lower_32_bits(v->ptimer.cval - guest_count(v));
}

static void write_tval(struct a64_vcpu *v, u64 val)
{
	v->ptimer.cval = guest_count(v) + (s64)(s32)lower_32_bits(val);
}

static const struct {
	u32 encoding;
	u64 (*read)(struct a64_vcpu *v);
	void (*write)(struct a64_vcpu *v, u64 val);
} timer_regs[] = {
	{ SYS_CNTP_CTL_EL0, read_ctl, write_ctl },
	{ SYS_CNTP_CVAL_EL0, read_cval, write_cval },
	{ SYS_CNTP_TVAL_EL0, read_tval, write_tval },
	{ SYS_CNTPCT_EL0, guest_count, NULL },
	{ SYS_CNTPCTSS_EL0, guest_count, NULL },
};

/*
 * The callback may be running on another CPU: it takes no lock that is held
 * here, so waiting for it with interrupts off is short.
 */
static bool write_timer(struct a64_vcpu *v, void (*write)(struct a64_vcpu *v, u64 val), u64 val)
{
	if (!write)
		return false;
	hrtimer_cancel(&v->ptimer_hrtimer);
	write(v, val);
	run_ptimer(v);
	return true;
}

bool a64_timer_access(struct a64_vcpu *v, u32 encoding, bool write, u64 *val)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(timer_regs); i++) {
		if (timer_regs[i].encoding != encoding)
			continue;
		if (write)
			return write_timer(v, timer_regs[i].write, *val);
		*val = timer_regs[i].read(v);
		return true;
	}
	return false;
}
EXPORT_SYMBOL_IF_KUNIT(a64_timer_access);

/* --- the virtual timer in the CPU --- */

/* VHE: the guest's by its _EL02 name; without, the host at EL1 has no use for the register. */
static u64 read_cntv_ctl(void)
{
	return a64_host.vhe ? read_sysreg_s(SYS_CNTV_CTL_EL02) : read_sysreg(cntv_ctl_el0);
}

static void write_cntv_ctl(u64 val)
{
	if (a64_host.vhe)
		write_sysreg_s(val, SYS_CNTV_CTL_EL02);
	else
		write_sysreg(val, cntv_ctl_el0);
}

static u64 read_cntv_cval(void)
{
	return a64_host.vhe ? read_sysreg_s(SYS_CNTV_CVAL_EL02) : read_sysreg(cntv_cval_el0);
}

static void write_cntv_cval(u64 val)
{
	if (a64_host.vhe)
		write_sysreg_s(val, SYS_CNTV_CVAL_EL02);
	else
		write_sysreg(val, cntv_cval_el0);
}

bool a64_timer_line(struct a64_vcpu *v)
{
	KUNIT_STATIC_STUB_REDIRECT(a64_timer_line, v);
	return (read_cntv_ctl() & (ARCH_TIMER_CTRL_ENABLE | ARCH_TIMER_CTRL_IT_MASK |
				   ARCH_TIMER_CTRL_IT_STAT)) ==
	       (ARCH_TIMER_CTRL_ENABLE | ARCH_TIMER_CTRL_IT_STAT);
}
EXPORT_SYMBOL_IF_KUNIT(a64_timer_line);

static void set_host_active(bool active)
{
	if (__this_cpu_read(host_active) == active)
		return;
	__this_cpu_write(host_active, active);
	irq_set_irqchip_state(a64_host.vtimer_irq, IRQCHIP_STATE_ACTIVE, active);
}

/*
 * What is forwarded stays active. It goes to the guest in the flush before the
 * next entry. Without a guest it is the trace of one that has left just now.
 */
irqreturn_t a64_timer_host_irq(int irq, void *dev)
{
	struct a64_vcpu *v = __this_cpu_read(timer_vcpu);

	__this_cpu_write(host_active, true);
	if (!v) {
		set_host_active(false);
		return IRQ_HANDLED;
	}
	v->vtimer.linked = true;
	/* What the guest deactivated was the one before. */
	vgic_ppi_take_released(v, VGIC_PPI_VTIMER);
	return IRQ_HANDLED;
}

/*
 * While the host interrupt is active on behalf of the guest. That ends when the guest
 * has deactivated it, or had no need to: it stopped the timer before it acknowledged.
 */
static void flush_linked(struct a64_vcpu *v)
{
	bool asserted = a64_timer_line(v);

	vgic_set_ppi(v, VGIC_PPI_VTIMER, asserted);
	if (asserted || vgic_ppi_active(v, VGIC_PPI_VTIMER))
		return;
	if (vgic_ppi_take_released(v, VGIC_PPI_VTIMER))
		__this_cpu_write(host_active, false);
	else
		set_host_active(false);
	v->vtimer.linked = false;
}

/* A rising line is an interrupt of the host: nothing to look for. */
void a64_timer_flush(struct a64_vcpu *v)
{
	if (unlikely(v->vtimer.linked))
		flush_linked(v);
}

/*
 * CNTHCTL_EL2: physical timer and physical counter trap (EL1PCTEN and EL1PCEN,
 * with E2H EL1PCTEN and EL1PTEN, are 0). The counter could be offset instead where
 * CNTPOFF_EL2 is (FEAT_ECV), but only if firmware lets EL2 have it
 * (SCR_EL3.ECVEN), which EL2 cannot see.
 */
u64 a64_timer_cnthctl(void)
{
	return 0;
}

/*
 * Before it is enabled the host interrupt is as the guest's, so that none
 * comes for what is known. It is inactive between put and load, whatever a guest
 * did: active it would never come again, for any guest.
 */
void a64_timer_load(struct a64_vcpu *v)
{
	struct a64_timer *t = &v->vtimer;
	bool due = is_unmasked(t) && is_due(v, t);

	v->wait.ctl = 0;
	vgic_set_ppi(v, VGIC_PPI_VTIMER, due);
	/* What the guest deactivated before its last put says nothing of this CPU. */
	vgic_ppi_take_released(v, VGIC_PPI_VTIMER);
	t->linked = due || vgic_ppi_active(v, VGIC_PPI_VTIMER);
	set_host_active(t->linked);
	__this_cpu_write(timer_vcpu, v);
	write_cntv_cval(t->cval);
	isb();	/* the comparator, before the comparison counts */
	write_cntv_ctl(t->ctl);
}

/*
 * Stopped first: while the line is high and the interrupt inactive, nothing but the
 * interrupt runs. One that comes after that finds the vCPU, or nobody and goes.
 */
void a64_timer_put(struct a64_vcpu *v)
{
	struct a64_timer *t = &v->vtimer;

	t->ctl = read_cntv_ctl() & (ARCH_TIMER_CTRL_ENABLE | ARCH_TIMER_CTRL_IT_MASK);
	t->cval = read_cntv_cval();
	write_cntv_ctl(0);
	isb();	/* the line falls now, not some time later */
	__this_cpu_write(timer_vcpu, NULL);
	set_host_active(false);
	t->linked = false;
}

/* --- halts, pauses, life --- */

void a64_timer_wait_until(struct a64_vcpu *v, u64 deadline)
{
	v->wait.ctl = ARCH_TIMER_CTRL_ENABLE;
	v->wait.cval = deadline;
}
EXPORT_SYMBOL_IF_KUNIT(a64_timer_wait_until);

bool a64_timer_wait_is_over(struct a64_vcpu *v)
{
	return is_unmasked(&v->wait) && is_due(v, &v->wait);
}
EXPORT_SYMBOL_IF_KUNIT(a64_timer_wait_is_over);

void a64_timer_halt_begin(struct axvm_vcpu *vcpu)
{
	struct a64_vcpu *v = to_a64_vcpu(vcpu);

	run_timer(v, &v->vtimer_hrtimer, &v->vtimer, VGIC_PPI_VTIMER);
	if (is_unmasked(&v->wait))
		start_wait(v, &v->wait_hrtimer, &v->wait);
}
EXPORT_SYMBOL_IF_KUNIT(a64_timer_halt_begin);

void a64_timer_halt_end(struct axvm_vcpu *vcpu)
{
	struct a64_vcpu *v = to_a64_vcpu(vcpu);

	hrtimer_cancel(&v->vtimer_hrtimer);
	hrtimer_cancel(&v->wait_hrtimer);
}
EXPORT_SYMBOL_IF_KUNIT(a64_timer_halt_end);

/* Process context, all vCPUs parked: their halts have ended too. */
void a64_vm_pause(struct axvm_vm *vm)
{
	u32 i;

	for (i = 0; i < vm->nr_vcpus; i++)
		hrtimer_cancel(&to_a64_vcpu(vm->vcpus[i])->ptimer_hrtimer);
	to_a64_vm(vm)->paused_at = a64_timer_host_count();
}
EXPORT_SYMBOL_IF_KUNIT(a64_vm_pause);

/*
 * CNTVOFF_EL2 follows with the next load. After a restart vCPUs have the timers of before it
 * until they start.
 */
void a64_vm_resume(struct axvm_vm *vm)
{
	struct a64_vm *a64 = to_a64_vm(vm);
	u32 i;

	a64->counter_offset += a64_timer_host_count() - a64->paused_at;
	for (i = 0; i < vm->nr_vcpus; i++)
		if (axvm_vcpu_has_power(vm->vcpus[i]))
			run_ptimer(to_a64_vcpu(vm->vcpus[i]));
}
EXPORT_SYMBOL_IF_KUNIT(a64_vm_resume);

/* The number that the GIC knows the host's interrupt by. */
static u32 host_intid(void)
{
	struct irq_data *data = irq_get_irq_data(a64_host.vtimer_irq);

	if (!data)
		return 0;
	/* The GIC is the innermost of the interrupt controllers. */
	while (data->parent_data)
		data = data->parent_data;
	return irqd_to_hwirq(data);
}

void a64_timer_init(struct a64_vcpu *v)
{
	hrtimer_setup(&v->vtimer_hrtimer, fire_vtimer, CLOCK_MONOTONIC, HRTIMER_MODE_REL_HARD);
	hrtimer_setup(&v->ptimer_hrtimer, fire_ptimer, CLOCK_MONOTONIC, HRTIMER_MODE_REL_HARD);
	hrtimer_setup(&v->wait_hrtimer, fire_wait, CLOCK_MONOTONIC, HRTIMER_MODE_REL_HARD);
	vgic_link_ppi(v, VGIC_PPI_VTIMER, host_intid());
}
EXPORT_SYMBOL_IF_KUNIT(a64_timer_init);

/* Process context; the thread is gone. */
void a64_timer_destroy(struct a64_vcpu *v)
{
	hrtimer_cancel(&v->vtimer_hrtimer);
	hrtimer_cancel(&v->ptimer_hrtimer);
	hrtimer_cancel(&v->wait_hrtimer);
}
EXPORT_SYMBOL_IF_KUNIT(a64_timer_destroy);

/* Arm ARM: ENABLE is 0 after reset. Not loaded. */
void a64_timer_reset(struct a64_vcpu *v)
{
	a64_timer_destroy(v);
	v->vtimer = (struct a64_timer){};
	v->ptimer = (struct a64_timer){};
	v->wait = (struct a64_timer){};
	vgic_set_ppi(v, VGIC_PPI_VTIMER, false);
	vgic_set_ppi(v, VGIC_PPI_PTIMER, false);
}
EXPORT_SYMBOL_IF_KUNIT(a64_timer_reset);
