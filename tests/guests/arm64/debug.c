// SPDX-License-Identifier: GPL-2.0
/*
 * Self-hosted debug: breakpoints, watchpoints and single steps of the guest,
 * which the host's debugger shares with it. Arm ARM, part D2.
 */
#include "cpu.h"
#include "runtime.h"
#include "sysreg.h"

const char *const guest_name = "debug";

#define SECOND		1000000
#define MDSCR_SS	BIT(0)
#define MDSCR_KDE	BIT(13)
#define MDSCR_MDE	BIT(15)
#define BCR_EL1		0x1e3UL			/* E, PMC = EL1, BAS = all */
#define WCR_LOAD	0x08UL
#define WCR_STORE	0x10UL
#define WCR_EL1		0x03UL			/* E, PAC = EL1 */

static u64 watched[2] __aligned(16);

/* Debug exceptions are masked by PSTATE.D, which is set in the handler. */
static void debug_on(u64 bits)
{
	sysreg_write(oslar_el1, 0);
	sysreg_write(mdscr_el1, MDSCR_KDE | bits);
	isb();
	asm volatile("msr daifclr, #8" ::: "memory");
}

static void debug_off(void)
{
	asm volatile("msr daifset, #8" ::: "memory");
	sysreg_write(mdscr_el1, 0);
	sysreg_write(dbgbcr0_el1, 0);
	sysreg_write(dbgwcr0_el1, 0);
	isb();
}

static unsigned int nr_breakpoints(void)
{
	return id_field(sysreg_read(id_aa64dfr0_el1), 12) + 1;
}

static unsigned int nr_watchpoints(void)
{
	return id_field(sysreg_read(id_aa64dfr0_el1), 20) + 1;
}

static void announced(void)
{
	check(id_field(sysreg_read(id_aa64dfr0_el1), 0) >= 6, "ID_AA64DFR0_EL1 0x%lx",
	      sysreg_read(id_aa64dfr0_el1));
	check(nr_breakpoints() >= 2 && nr_watchpoints() >= 2, "%u breakpoints, %u watchpoints",
	      nr_breakpoints(), nr_watchpoints());
}

static noinline void target(void *arg)
{
	add_shared((u64 *)arg, 1);
}

static void enabled_target(void *arg)
{
	debug_on(MDSCR_MDE);
	target(arg);
}

static void breakpoint(void)
{
	struct trap_info trap;
	u64 reached = 0;
	bool trapped;

	sysreg_write(dbgbvr0_el1, (u64)target);
	sysreg_write(dbgbcr0_el1, BCR_EL1);
	isb();
	trapped = arch_try(enabled_target, &reached, &trap);
	debug_off();
	if (!check(trapped, "it is not reached"))
		return;
	check(ESR_EC(trap.cause) == EC_BREAKPOINT, "ESR 0x%lx", trap.cause);
	check(trap.pc == (u64)target && !reached, "at 0x%lx", trap.pc);
}

static void breakpoint_off(void)
{
	struct trap_info trap;
	u64 reached = 0;

	sysreg_write(dbgbvr0_el1, (u64)target);
	sysreg_write(dbgbcr0_el1, BCR_EL1 & ~1UL);
	isb();
	check(!arch_try(enabled_target, &reached, &trap), "ESR 0x%lx", trap.cause);
	debug_off();
	check(reached == 1, "reached %lu times", reached);
}

static void enabled_load(void *arg)
{
	debug_on(MDSCR_MDE);
	load_shared((u64 *)arg);
}

static void enabled_store(void *arg)
{
	debug_on(MDSCR_MDE);
	store_shared((u64 *)arg, 1);
}

static bool watch(u64 addr, u64 control, void (*fn)(void *arg), void *arg, struct trap_info *trap)
{
	bool trapped;

	sysreg_write(dbgwvr0_el1, addr & ~7UL);
	sysreg_write(dbgwcr0_el1, WCR_EL1 | control | 0xff << 5);
	isb();
	trapped = arch_try(fn, arg, trap);
	debug_off();
	return trapped;
}

static void watchpoint(void)
{
	struct trap_info trap;

	if (check(watch((u64)watched, WCR_STORE, enabled_store, watched, &trap), "store"))
		check(ESR_EC(trap.cause) == EC_WATCHPOINT && trap.cause & ABORT_WNR &&
		      trap.addr == (u64)watched, "store: ESR 0x%lx FAR 0x%lx", trap.cause,
		      trap.addr);
	if (check(watch((u64)watched, WCR_LOAD, enabled_load, watched, &trap), "load"))
		check(ESR_EC(trap.cause) == EC_WATCHPOINT && !(trap.cause & ABORT_WNR),
		      "load: ESR 0x%lx", trap.cause);
	check(!watch((u64)watched, WCR_LOAD, enabled_store, watched, &trap), "a store as well");
	check(!watch((u64)watched, WCR_STORE, enabled_load, watched, &trap), "a load as well");
	check(!watch((u64)watched, WCR_STORE, enabled_store, &watched[1], &trap), "next to it");
}

/* Not with a hypervisor: its abort comes before the watchpoint, D1.3.6. */
static void watchpoint_on_device(void)
{
	u64 addr = gicd_base() + GICD_IPRIORITYR + 64;
	struct trap_info trap;

	if (!arch_is_reference()) {
		test_skip("an abort comes before");
		return;
	}
	if (check(watch(addr, WCR_LOAD, enabled_load, (void *)addr, &trap), "it is not reached"))
		check(ESR_EC(trap.cause) == EC_WATCHPOINT && trap.addr == addr,
		      "ESR 0x%lx FAR 0x%lx", trap.cause, trap.addr);
}

static void registers_kept(void)
{
	unsigned int i;
	u64 state = 5;

	for (i = 0; i < 20; i++) {
		u64 bvr = random_next(&state) & 0x0000fffffffffffc;
		u64 wvr = random_next(&state) & 0x0000fffffffffff8;

		sysreg_write(dbgbvr0_el1, bvr);
		sysreg_write(dbgwvr1_el1, wvr);
		sysreg_write(dbgbcr1_el1, 0xf << 5 | 1 << 1);
		arch_null_call();
		delay_us(2000);
		check(sysreg_read(dbgbvr0_el1) == bvr, "DBGBVR0_EL1 0x%lx, not 0x%lx",
		      sysreg_read(dbgbvr0_el1), bvr);
		check(sysreg_read(dbgwvr1_el1) == wvr, "DBGWVR1_EL1 0x%lx, not 0x%lx",
		      sysreg_read(dbgwvr1_el1), wvr);
	}
	sysreg_write(dbgbcr1_el1, 0);
}

/* Armed, kept over exits and sleep, and still there. */
static void breakpoint_kept(void)
{
	struct trap_info trap;
	u64 reached = 0;
	bool trapped;

	sysreg_write(dbgbvr0_el1, (u64)target);
	sysreg_write(dbgbcr0_el1, BCR_EL1);
	arch_timer_set(arch_time() + time_from_us(5000));
	arch_halt();
	arch_timer_stop();
	arch_null_call();
	trapped = arch_try(enabled_target, &reached, &trap);
	debug_off();
	check(trapped && ESR_EC(trap.cause) == EC_BREAKPOINT, "ESR 0x%lx", trap.cause);
}

/* --- single step: of EL0, which is where kernels use it --- */

static void user_steps(void *arg)
{
	asm volatile("nop\n\tnop\n\tnop");
}

struct step_call {
	u64 pc;
	void *arg;
};

static void step_once(void *arg)
{
	struct step_call *call = arg;

	sysreg_write(mdscr_el1, MDSCR_SS);
	isb();
	user_enter((void (*)(void *))call->pc, call->arg, (u64)user_alias(watched) + 8,
		   PSTATE_EL0 | (PSTATE_DAIF & ~PSTATE_D) | PSTATE_SS);
}

static void single_step(void)
{
	struct step_call call = { .pc = (u64)user_alias(user_steps) };
	struct trap_info trap;
	unsigned int i;

	for (i = 0; i < 3; i++) {
		if (!check(arch_try(step_once, &call, &trap), "step %u does not trap", i))
			break;
		check(ESR_EC(trap.cause) == EC_STEP_LOWER, "step %u: ESR 0x%lx", i, trap.cause);
		check(trap.pc == call.pc + 4, "step %u: from 0x%lx to 0x%lx", i, call.pc, trap.pc);
		call.pc = trap.pc;
	}
	debug_off();
}

static void step_over(u32 insn, const char *name)
{
	static u32 code[2] __aligned(16);
	struct step_call call = {
		.pc = (u64)user_alias(code),
		.arg = (void *)user_device(gicd_base() + GICD_IPRIORITYR + 64),
	};
	struct trap_info trap;

	code[0] = insn;
	code[1] = INSN_NOP;
	code_publish(code, sizeof(code));
	check(arch_try(step_once, &call, &trap), "%s: no trap", name);
	debug_off();
	check(ESR_EC(trap.cause) == EC_STEP_LOWER && trap.pc == call.pc + 4,
	      "%s: ESR 0x%lx at 0x%lx", name, trap.cause, trap.pc);
}

/* The hypervisor does the instruction; the step ends behind it nevertheless: D2.12. */
static void single_step_over_exit(void)
{
	step_over(0xd503201f, "NOP");
	step_over(0xb9400001, "LDR");			/* ldr w1, [x0] */
	step_over(0xb8404401, "LDR, post-indexed");	/* ldr w1, [x0], #4 */
	step_over(0xa9400801, "LDP");			/* ldp x1, x2, [x0] */
	step_over(0xd53be042, "MRS CNTVCT_EL0");
	step_over(0xd53be022, "MRS CNTPCT_EL0");
	step_over(0xd503205f, "WFE");
}

static const struct test_case cases[] = {
	{ "announced", announced },
	{ "breakpoint", breakpoint },
	{ "breakpoint_off", breakpoint_off },
	{ "breakpoint_kept", breakpoint_kept },
	{ "watchpoint", watchpoint },
	{ "watchpoint_on_device", watchpoint_on_device },
	{ "registers_kept", registers_kept },
	{ "single_step", single_step },
	{ "single_step_over_exit", single_step_over_exit },
};

void guest_main(void)
{
	debug_off();
	test_run(cases, ARRAY_SIZE(cases));
}
