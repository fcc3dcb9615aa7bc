// SPDX-License-Identifier: GPL-2.0
/*
 * Time and timers: the virtual timer and the physical one. Each CPU sets its
 * own only. Arm ARM, chapter D12 "The Generic Timer in AArch64 state".
 */
#include "cpu.h"
#include "fdt.h"
#include "runtime.h"
#include "sysreg.h"

#define CTL_ENABLE	1
#define CTL_IMASK	2
#define CTL_ISTATUS	4

static bool physical;

bool timer_is_physical(void)
{
	return physical;
}

/* The node lists secure, non-secure physical, virtual and hypervisor timer: three cells each. */
static u32 find_intid(bool of_physical)
{
	int node = fdt_compatible(FDT_NONE, "arm,armv8-timer");
	u32 otherwise = (of_physical ? INTID_PTIMER : INTID_VTIMER) - 16;

	return 16 + fdt_cell(node, "interrupts", of_physical ? 4 : 7, otherwise);
}

/* Each interrupt asks, and reading the device tree takes longer than all else about it. */
u32 timer_intid(bool of_physical)
{
	static u32 intids[2];

	if (!intids[of_physical])
		intids[of_physical] = find_intid(of_physical);
	return intids[of_physical];
}

u64 arch_time(void)
{
	isb();
	return physical ? sysreg_read(cntpct_el0) : sysreg_read(cntvct_el0);
}

u64 arch_time_hz(void)
{
	return sysreg_read(cntfrq_el0);
}

void arch_timer_set(u64 deadline)
{
	if (physical) {
		sysreg_write(cntp_cval_el0, deadline);
		sysreg_write(cntp_ctl_el0, CTL_ENABLE);
	} else {
		sysreg_write(cntv_cval_el0, deadline);
		sysreg_write(cntv_ctl_el0, CTL_ENABLE);
	}
	isb();
}

void arch_timer_stop(void)
{
	if (physical)
		sysreg_write(cntp_ctl_el0, 0);
	else
		sysreg_write(cntv_ctl_el0, 0);
	isb();
}

static bool is_asserted(void)
{
	u64 ctl = physical ? sysreg_read(cntp_ctl_el0) : sysreg_read(cntv_ctl_el0);

	return (ctl & (CTL_ENABLE | CTL_IMASK | CTL_ISTATUS)) == (CTL_ENABLE | CTL_ISTATUS);
}

/*
 * Not for a timer that was stopped when its interrupt was on its way already: a virtual
 * one is pending in a list register (IHI 0069, ICH_LR<n>_EL2.State), which follows the
 * line only when the hypervisor runs. Linux asks the same (arch_timer_handler_virt()).
 */
void timer_handle(void)
{
	struct cpu *cpu = this_cpu();

	if (!is_asserted())
		return;
	cpu->timer_time = arch_time();
	arch_timer_stop();
	add_shared(&cpu->timer_count, 1);
}

u64 arch_timer_count(unsigned int cpu)
{
	return load_shared(&cpus[cpu].timer_count);
}

u64 arch_timer_taken(unsigned int cpu)
{
	return load_shared(&cpus[cpu].timer_time);
}

const char *arch_timer_kind(unsigned int n)
{
	static const char *const names[] = { "virtual", "physical" };

	return n < ARRAY_SIZE(names) ? names[n] : NULL;
}

void arch_timer_select(unsigned int n)
{
	arch_timer_stop();
	physical = n;
}

u64 arch_ticks_to_instructions(u64 ticks)
{
	return ticks * 1000000000 / arch_time_hz();
}

void cpu_init(void)
{
	sysreg_write(cntp_ctl_el0, 0);
	sysreg_write(cntv_ctl_el0, 0);
	sysreg_write(cntkctl_el1, 3);
	/* Neither FP nor SVE until a test asks for it; no debug exceptions. */
	sysreg_write(cpacr_el1, 0);
	sysreg_write(mdscr_el1, 0);
	isb();
	gic_cpu_init();
	asm volatile("msr daifclr, #4");
}
