// SPDX-License-Identifier: GPL-2.0
/*
 * WFI and WFE of guests, and their forms with a timeout, WFIT and WFET (FEAT_WFxT).
 *
 * WFI always traps: the vCPU's thread sleeps. WFE traps while somebody else wants the
 * host's CPU: the event may be one that only they can send, such as the end of a lock
 * that another vCPU holds. Otherwise the CPU itself waits, which costs no exit.
 *
 * Guests are not told of the timeouts, but CPUs that have them execute them. All of the
 * four are hints, and may end at any time.
 *
 * On the vCPU's thread, loaded.
 */
#include <linux/bitfield.h>
#include <linux/sched/stat.h>
#include <asm/kvm_arm.h>
#include <kunit/static_stub.h>
#include <kunit/visibility.h>

#include "arm64.h"

VISIBLE_IF_KUNIT bool a64_cpu_is_wanted(void)
{
	KUNIT_STATIC_STUB_REDIRECT(a64_cpu_is_wanted);
	return !single_task_running();
}
EXPORT_SYMBOL_IF_KUNIT(a64_cpu_is_wanted);

/* Whoever comes later takes the CPU away for a while, and then there is another load. */
void a64_wfe_load(struct a64_vcpu *v)
{
	if (a64_cpu_is_wanted())
		v->ctx->el2.hcr |= HCR_TWE;
	else
		v->ctx->el2.hcr &= ~(u64)HCR_TWE;
}
EXPORT_SYMBOL_IF_KUNIT(a64_wfe_load);

static void give_way(struct a64_vcpu *v)
{
	axvm_vcpu_give_way(&v->base);
}

/*
 * Arm ARM, ISS encoding for an exception from a WF* instruction: TI tells which one, RN
 * and RV where the time is. One whose time is not known is over at once. The time is one
 * of the virtual counter, and the comparison unsigned.
 */
static bool is_over(struct a64_vcpu *v, u64 esr)
{
	v->wait.ctl = 0;
	if (!(esr & ESR_ELx_WFx_ISS_WFxT))
		return false;
	if (!(esr & ESR_ELx_WFx_ISS_RV))
		return true;
	a64_timer_wait_until(v, a64_reg_get(v, FIELD_GET(ESR_ELx_WFx_ISS_RN, esr)));
	return a64_timer_wait_is_over(v);
}

/* WFE does not sleep: events of other vCPUs go from CPU to CPU, where nobody sees them. */
enum axvm_verdict a64_wfx_decode(struct a64_vcpu *v)
{
	u64 esr = v->ctx->exit.esr;
	bool over = is_over(v, esr), event = esr & ESR_ELx_WFx_ISS_WFE;

	a64_skip(v);
	if (over || event)
		v->wait.ctl = 0;
	if (over)
		return AXVM_RESUME;
	v->base.exit.kind = event ? AXVM_EXIT_ARCH : AXVM_EXIT_HALT;
	v->slow = give_way;
	return AXVM_DISPATCH;
}
EXPORT_SYMBOL_IF_KUNIT(a64_wfx_decode);
