// SPDX-License-Identifier: GPL-2.0
/*
 * The timer of a RISC-V vCPU.
 *
 * With Sstc the guest programs vstimecmp itself and the hardware raises the
 * interrupt while it runs; the hrtimer then only ends a halt. Without Sstc the
 * SBI TIME extension programs the hrtimer, which raises VSTIP.
 */
#include <linux/math64.h>
#include <asm/delay.h>

#include "compat.h"
#include "riscv.h"

static u64 comparator(const struct rv_vcpu *v)
{
	return rv_host.sstc ? v->csr.vstimecmp : v->timer_cmp;
}

/* Not loaded, or without Sstc. */
bool rv_timer_due(const struct rv_vcpu *v)
{
	return rv_guest_time(v) >= comparator(v);
}

/* Rounded up: not early. Far deadlines are cut to what ktime_t holds. */
static ktime_t ticks_to_ktime(u64 ticks)
{
	if (div64_ul(ticks, riscv_timebase) >= KTIME_SEC_MAX)
		return KTIME_MAX;
	return mul_u64_u32_div(ticks, NSEC_PER_SEC, riscv_timebase) + 1;
}

/* The host's clock is steered (NTP) and the guest's is not: fired too early, go on waiting. */
static enum hrtimer_restart fire(struct hrtimer *timer)
{
	struct rv_vcpu *v = container_of(timer, struct rv_vcpu, timer);
	u64 now = rv_guest_time(v), cmp = comparator(v);

	if (now < cmp) {
		hrtimer_forward_now(timer, ticks_to_ktime(cmp - now));
		return HRTIMER_RESTART;
	}
	if (rv_host.sstc)
		axvm_vcpu_kick(&v->base);
	else
		rv_irq_set(v, IRQ_VS_TIMER);
	return HRTIMER_NORESTART;
}

static void arm(struct rv_vcpu *v)
{
	u64 now = rv_guest_time(v), cmp = comparator(v);

	if (cmp == U64_MAX)
		return;
	hrtimer_start(&v->timer, ticks_to_ktime(cmp > now ? cmp - now : 0), HRTIMER_MODE_REL_HARD);
}

void rv_timer_init(struct rv_vcpu *v)
{
	hrtimer_setup(&v->timer, fire, CLOCK_MONOTONIC, HRTIMER_MODE_REL_HARD);
	v->timer_cmp = U64_MAX;
}

void rv_timer_stop(struct rv_vcpu *v)
{
	hrtimer_cancel(&v->timer);
	v->timer_cmp = U64_MAX;
}

/*
 * SBI, "Timer Extension": also clears a pending timer interrupt. The callback may be
 * running on another CPU: it takes no lock, so waiting for it with interrupts off is short.
 */
void rv_timer_set(struct rv_vcpu *v, u64 time)
{
	if (rv_host.sstc) {
		csr_write(CSR_VSTIMECMP, time);
		return;
	}
	hrtimer_cancel(&v->timer);
	rv_irq_clear(v, IRQ_VS_TIMER);
	v->timer_cmp = time;
	if (rv_timer_due(v))
		rv_irq_set(v, IRQ_VS_TIMER);
	else
		arm(v);
}

void rv_timer_halt_begin(struct axvm_vcpu *vcpu)
{
	if (rv_host.sstc)
		arm(to_rv_vcpu(vcpu));
}

void rv_timer_halt_end(struct axvm_vcpu *vcpu)
{
	if (rv_host.sstc)
		hrtimer_cancel(&to_rv_vcpu(vcpu)->timer);
}

void rv_timer_pause(struct axvm_vm *vm)
{
	u32 i;

	for (i = 0; i < vm->nr_vcpus; i++)
		hrtimer_cancel(&to_rv_vcpu(vm->vcpus[i])->timer);
	to_rv_vm(vm)->paused_at = csr_read(CSR_TIME);
}

/* After a restart vCPUs have the timers of before it until they start. */
void rv_timer_resume(struct axvm_vm *vm)
{
	struct rv_vm *rv = to_rv_vm(vm);
	u32 i;

	rv->time_delta -= csr_read(CSR_TIME) - rv->paused_at;
	if (rv_host.sstc)
		return;
	for (i = 0; i < vm->nr_vcpus; i++)
		if (axvm_vcpu_has_power(vm->vcpus[i]))
			arm(to_rv_vcpu(vm->vcpus[i]));
}
