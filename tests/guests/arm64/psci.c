// SPDX-License-Identifier: GPL-2.0
/*
 * Firmware calls: PSCI (DEN0022), SMCCC (DEN0028) and TRNG (DEN0098), with
 * what a careless or hostile kernel may pass.
 */
#include "cpu.h"
#include "giccpu.h"
#include "psci.h"
#include "runtime.h"
#include "sysreg.h"

const char *const guest_name = "psci";

#define SECOND		1000000
#define ROUNDS		50
#define POWERDOWN	BIT(16)
#define PROCESSOR_SLEEP	BIT(1)		/* GICR_WAKER */
#define ROUTE_ANY	BIT(31)		/* GICD_IROUTER<n> */
#define NO_CPU		0x3f00ff0fUL	/* no board has so many */
#define NOT_SUPPORTED_64 (~0UL)

static unsigned int other_index(void)
{
	return arch_cpu_self() ? 0 : 1;
}

static struct cpu *other_cpu(void)
{
	if (arch_cpu_count() < 2) {
		test_skip("one CPU");
		return NULL;
	}
	return &cpus[other_index()];
}

static void version(void)
{
	u32 val = psci_call(PSCI_VERSION, 0, 0, 0);

	check(val >= 0x10000 && val < 0x20000, "it is 0x%x", val);
	if (!arch_is_reference())
		check(val == 0x10001, "it is 0x%x, not 1.1", val);
}

static void mandatory_functions(void)
{
	static const u64 functions[] = {
		PSCI_VERSION, PSCI_CPU_SUSPEND, PSCI_CPU_SUSPEND | SMCCC_64, PSCI_CPU_OFF,
		PSCI_CPU_ON, PSCI_CPU_ON | SMCCC_64, PSCI_AFFINITY_INFO,
		PSCI_AFFINITY_INFO | SMCCC_64, PSCI_SYSTEM_OFF, PSCI_SYSTEM_RESET, PSCI_FEATURES,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(functions); i++)
		check(psci_call(PSCI_FEATURES, functions[i], 0, 0) >= 0, "0x%lx is missing",
		      functions[i]);
}

static void functions_not_there(void)
{
	static const u64 functions[] = {
		PSCI_SYSTEM_SUSPEND, PSCI_SYSTEM_SUSPEND | SMCCC_64, 0x8400001f, 0xc400001f,
		0x84000100, 0, -1UL, PSCI_VERSION & ~SMCCC_FAST,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(functions); i++)
		check(psci_call(PSCI_FEATURES, functions[i], 0, 0) == PSCI_NOT_SUPPORTED,
		      "0x%lx is there", functions[i]);
}

static void on_unknown_cpu(void)
{
	static const u64 targets[] = {
		NO_CPU, 0x80000000, 0x1000000, 0x100000000, 0x8000000000000000, -1UL,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(targets); i++)
		check(psci_call64(PSCI_CPU_ON, targets[i], (u64)secondary_entry, 0) ==
		      PSCI_INVALID_PARAMETERS, "0x%lx", targets[i]);
}

static void on_itself(void)
{
	s64 ret = psci_call64(PSCI_CPU_ON, this_cpu()->mpidr, (u64)secondary_entry, 0);

	check(ret == PSCI_ALREADY_ON, "%ld", (long)ret);
}

static u64 stage;

static void wait_stage_two(void *arg)
{
	store_shared(&stage, 1);
	wait_for(&stage, 2, 20 * SECOND);
}

static void on_twice(void)
{
	struct cpu *cpu = other_cpu();
	s64 ret;

	if (!cpu)
		return;
	store_shared(&stage, 0);
	check(arch_cpu_start(cpu->index, wait_stage_two, NULL), "it does not start");
	ret = psci_call64(PSCI_CPU_ON, cpu->mpidr, (u64)secondary_entry, (u64)cpu);
	check(ret == PSCI_ON_PENDING || ret == PSCI_ALREADY_ON || (!ret && arch_is_reference()),
	      "at once: %ld", (long)ret);
	check(wait_for(&stage, 1, 20 * SECOND), "it does not come");
	ret = psci_call64(PSCI_CPU_ON, cpu->mpidr, (u64)secondary_entry, (u64)cpu);
	check(ret == PSCI_ALREADY_ON, "running: %ld", (long)ret);
	check(psci_call64(PSCI_AFFINITY_INFO, cpu->mpidr, 0, 0) == PSCI_IS_ON, "it is not on");
	store_shared(&stage, 2);
	check(psci_wait_state(cpu->mpidr, PSCI_IS_OFF, 20 * SECOND), "it does not go off");
}

static void nothing(void *arg)
{
	store_shared((u64 *)arg, 1);
}

/* DEN0022, 6.4 "CPU_ON": EL1h with everything masked, MMU and caches off. */
static void state_at_entry(void)
{
	struct cpu *cpu = other_cpu();
	u64 done = 0;

	if (!cpu)
		return;
	check(arch_cpu_start(cpu->index, nothing, &done) && wait_for(&done, 1, 20 * SECOND),
	      "it does not come");
	psci_wait_state(cpu->mpidr, PSCI_IS_OFF, 20 * SECOND);
	check(cpu->entry[0] == 1 << 2 && cpu->entry[1] == 1, "CurrentEL %lx, SPSel %lx",
	      cpu->entry[0], cpu->entry[1]);
	check(cpu->entry[2] == PSTATE_DAIF, "DAIF %lx", cpu->entry[2]);
	check(!(cpu->entry[3] & (SCTLR_M | SCTLR_C | 1 << 25)), "SCTLR_EL1 %lx", cpu->entry[3]);
}

/* The registers of a 32-bit call have 32 bits: DEN0028, 3.1. */
static void upper_halves_ignored(void)
{
	struct cpu *cpu = other_cpu();
	u64 done = 0, garbage = 0xdead0000UL << 32;

	if (!cpu)
		return;
	if (arch_is_reference()) {
		test_skip("the reference takes all of a register");
		return;
	}
	cpu->start_fn = nothing;
	cpu->start_arg = &done;
	dsb();
	check(!psci_call(PSCI_CPU_ON | garbage, cpu->mpidr | garbage,
			 (u64)secondary_entry | garbage, (u64)cpu | garbage), "refused");
	check(wait_for(&done, 1, 20 * SECOND), "it does not come");
	psci_wait_state(cpu->mpidr, PSCI_IS_OFF, 20 * SECOND);
	check((u32)psci_call(PSCI_VERSION | garbage, 0, 0, 0) >> 16 == 1, "version");
}

static void affinity_info(void)
{
	struct cpu *cpu = other_cpu();

	check(psci_call64(PSCI_AFFINITY_INFO, this_cpu()->mpidr, 0, 0) == PSCI_IS_ON, "self");
	check(psci_call(PSCI_AFFINITY_INFO, this_cpu()->mpidr, 0, 0) == PSCI_IS_ON, "32 bits");
	check(psci_call64(PSCI_AFFINITY_INFO, NO_CPU, 0, 0) == PSCI_INVALID_PARAMETERS, "unknown");
	if (cpu)
		check(psci_call64(PSCI_AFFINITY_INFO, cpu->mpidr, 0, 0) == PSCI_IS_OFF, "other");
}

static void affinity_info_of_odd_levels(void)
{
	static const u64 levels[] = { 4, 5, 0xff, 0x7fffffff, -1UL };
	unsigned int i;

	if (arch_is_reference()) {
		test_skip("to the reference they are on");
		return;
	}
	for (i = 0; i < ARRAY_SIZE(levels); i++)
		check(psci_call64(PSCI_AFFINITY_INFO, this_cpu()->mpidr, levels[i], 0) ==
		      PSCI_INVALID_PARAMETERS, "level %lu", levels[i]);
}

/* Optional above level 0; what answers has to be right. */
static void affinity_info_of_clusters(void)
{
	s64 ret = psci_call64(PSCI_AFFINITY_INFO, this_cpu()->mpidr, 1, 0);

	check(ret == PSCI_IS_ON || ret == PSCI_INVALID_PARAMETERS, "%ld", (long)ret);
	ret = psci_call64(PSCI_AFFINITY_INFO, this_cpu()->mpidr, 3, 0);
	check(ret == PSCI_IS_ON || ret == PSCI_INVALID_PARAMETERS, "%ld", (long)ret);
}

static void off_and_on(void)
{
	struct cpu *cpu = other_cpu();
	unsigned int i;
	u64 done;

	for (i = 0; cpu && i < ROUNDS && !test_failed(); i++) {
		store_shared(&done, 0);
		check(arch_cpu_start(cpu->index, nothing, &done), "round %u: it does not start", i);
		check(wait_for(&done, 1, 20 * SECOND), "round %u: it does not come", i);
		check(psci_wait_state(cpu->mpidr, PSCI_IS_OFF, 20 * SECOND), "round %u: on", i);
	}
}

static u64 runs;

static void count_run(void *arg)
{
	add_shared(&runs, 1);
}

static bool is_on_or_starts(s64 ret)
{
	return ret == PSCI_ALREADY_ON || ret == PSCI_ON_PENDING;
}

/* One that is about to go off is on until then: each call that succeeds is one more run. */
static void on_while_it_goes_off(void)
{
	u64 started = 1, end = arch_time() + time_from_us(20 * SECOND);
	struct cpu *cpu = other_cpu();
	s64 ret;

	if (!cpu)
		return;
	store_shared(&runs, 0);
	if (!check(arch_cpu_start(cpu->index, count_run, NULL), "it does not start"))
		return;
	while (started < ROUNDS && !test_failed() && arch_time() < end) {
		ret = psci_call64(PSCI_CPU_ON, cpu->mpidr, (u64)secondary_entry, (u64)cpu);
		if (!ret)
			started++;
		else
			check(is_on_or_starts(ret), "%ld", (long)ret);
	}
	check(started == ROUNDS, "only %lu starts", started);
	/* To the reference it is also a success to start what is about to start. */
	if (!arch_is_reference())
		check(wait_for(&runs, started, 20 * SECOND), "%lu runs of %lu", runs, started);
	check(psci_wait_state(cpu->mpidr, PSCI_IS_OFF, 20 * SECOND), "it does not go off");
}

static void suspend_until_timer(u64 fn, const char *what)
{
	u64 before = arch_timer_count(arch_cpu_self());
	u64 deadline = arch_time() + time_from_us(20000);
	s64 ret;

	arch_irq_off();
	arch_timer_set(deadline);
	do {
		ret = (s32)smccc_call(fn, 0, 0, 0);
	} while (ret == PSCI_SUCCESS && arch_time() < deadline);
	check(ret == PSCI_SUCCESS, "%s: %ld", what, (long)ret);
	check(arch_timer_count(arch_cpu_self()) == before, "%s: interrupts were on", what);
	arch_timer_stop();
}

static void standby(void)
{
	suspend_until_timer(PSCI_CPU_SUSPEND, "32 bits");
	suspend_until_timer(PSCI_CPU_SUSPEND | SMCCC_64, "64 bits");
}

static void suspend_odd_states(void)
{
	s64 ret = psci_call64(PSCI_CPU_SUSPEND, 0xfffe0000, (u64)secondary_entry, 0);

	check(ret == PSCI_INVALID_PARAMETERS || ret == PSCI_SUCCESS, "%ld", (long)ret);
}

static u64 suspend_end, suspend_ret;

static void resumed(void *arg)
{
	store_shared(&suspend_end, 2);
}

/* As kernels do before they lose power: nothing is signalled, and the redistributor knows. */
static void close_gic(void)
{
	u64 waker;

	gic_cpu_enable(false);
	gic_set_mask(0);
	if (gic_version() != 3)
		return;
	waker = gicr_base(arch_cpu_self()) + GICR_WAKER;
	mmio_write32(waker, mmio_read32(waker) | PROCESSOR_SLEEP);
}

static void suspend_worker(void *arg)
{
	struct cpu *cpu = this_cpu();

	arch_irq_off();
	if (arg)
		close_gic();
	cpu->start_fn = resumed;
	arch_timer_set(arch_time() + time_from_us(20000));
	suspend_ret = psci_call64(PSCI_CPU_SUSPEND, POWERDOWN, (u64)secondary_entry, (u64)cpu);
	arch_timer_stop();
	store_shared(&suspend_end, 1);
}

/* It comes back where it was told, or was lighter sleep and just returns: DEN0022, 5.4.6. */
static void suspend_other(void *closed)
{
	struct cpu *cpu = other_cpu();

	if (!cpu)
		return;
	store_shared(&suspend_end, 0);
	check(arch_cpu_start(cpu->index, suspend_worker, closed), "it does not start");
	if (!check(wait_for(&suspend_end, 1, 20 * SECOND), "it does not come back"))
		return;
	if (suspend_end == 1)
		check(!suspend_ret || (s64)suspend_ret == PSCI_INVALID_PARAMETERS, "%ld",
		      (long)suspend_ret);
	else
		check(cpu->entry[2] == PSTATE_DAIF && !(cpu->entry[3] & SCTLR_M), "state at entry");
	check(psci_wait_state(cpu->mpidr, PSCI_IS_OFF, 20 * SECOND), "it does not go off");
}

static void suspend_to_entry(void)
{
	suspend_other(NULL);
}

/* IHI 0069, 11.1: without power the redistributor wakes it, not the CPU interface. */
static void suspend_with_gic_closed(void)
{
	if (arch_is_reference()) {
		test_skip("the reference does not take power away");
		return;
	}
	suspend_other(this_cpu());
}

static void stay_masked(void *arg)
{
	arch_irq_off();
	store_shared(&stage, 1);
	wait_for(&stage, 2, 20 * SECOND);
}

/* An interrupt for whichever CPU takes it, numbered so that the other one would be asked first. */
static u32 line_for_any(const struct cpu *cpu)
{
	u32 line = 3 * 32;

	while (line % arch_cpu_count() != cpu->index)
		line++;
	arch_line_enable(line, NULL);
	gic_set_edge(line, true);
	if (gic_version() == 3)
		mmio_write64(gicd_base() + GICD_IROUTER + 8 * line, ROUTE_ANY);
	else
		mmio_write8(gicd_base() + GICD_ITARGETSR + line, 3);
	return line;
}

static bool wait_line(u32 line, u64 wanted)
{
	u64 end = arch_time() + time_from_us(20 * SECOND);

	while (arch_line_count(line) != wanted && arch_time() < end)
		;
	return arch_line_count(line) == wanted;
}

/* IHI 0069, 3.2.3: what a CPU that goes off has not taken is another one's. */
static void off_with_interrupt_waiting(void)
{
	struct cpu *cpu = other_cpu();
	u64 before;
	u32 line;

	if (!cpu)
		return;
	if (arch_is_reference()) {
		test_skip("the reference asks one CPU alone");
		return;
	}
	store_shared(&stage, 0);
	check(arch_cpu_start(cpu->index, stay_masked, NULL) &&
	      wait_for(&stage, 1, 20 * SECOND), "it does not come");
	line = line_for_any(cpu);
	before = arch_line_count(line);
	arch_irq_on();
	mmio_write32(gicd_base() + GICD_ISPENDR + line / 32 * 4, 1u << line % 32);
	store_shared(&stage, 2);
	check(psci_wait_state(cpu->mpidr, PSCI_IS_OFF, 20 * SECOND), "it does not go off");
	check(wait_line(line, before + 1), "nobody takes the interrupt");
	arch_irq_off();
	arch_line_disable(line);
}

static void system_suspend_refused(void)
{
	s64 ret = psci_call64(PSCI_SYSTEM_SUSPEND, (u64)secondary_entry, 0, 0);

	check(ret == PSCI_NOT_SUPPORTED || ret == PSCI_DENIED, "%ld", (long)ret);
}

static void no_migration(void)
{
	s64 ret = psci_call(PSCI_MIGRATE_INFO_TYPE, 0, 0, 0);

	check(ret == 2 || ret == PSCI_NOT_SUPPORTED, "type %ld", (long)ret);
	check(psci_call64(PSCI_MIGRATE, this_cpu()->mpidr, 0, 0) == PSCI_NOT_SUPPORTED, "MIGRATE");
}

static const u64 strange_ids[] = {
	0x8400001f, 0xc400001f, 0x840000ff, 0x8400ffff, 0xc400ffff,	/* standard, not assigned */
	PSCI_VERSION | SMCCC_64, PSCI_CPU_OFF | SMCCC_64, PSCI_SYSTEM_OFF | SMCCC_64,
	0x8000ffff, 0xc000ffff, 0x81000000, 0x82000000, 0xc2000000, 0x83000000, 0x85000000,
	0x8600ffff, 0xc6000000, 0x87000000, 0x90000000, 0xb0000000, 0xb2000000, 0xbf00ff01,
	0xff000000, 0xffffffff, 0x00000000, 0x00000001, 0x32000000, 0x7fffffff,
};

static void unknown_ids(void)
{
	unsigned int i;
	u64 ret;

	if (arch_is_reference()) {
		test_skip("the reference knows no other services");
		return;
	}
	for (i = 0; i < ARRAY_SIZE(strange_ids); i++) {
		ret = smccc_call(strange_ids[i], 1, 2, 3);
		check(ret == NOT_SUPPORTED_64 || ret == 0xffffffff, "0x%lx: 0x%lx",
		      strange_ids[i], ret);
	}
}

typedef void (*conduit_fn)(struct smccc_regs *regs);

/* DEN0028, 2.6: what carries no result keeps its value. */
static void keeps_registers(conduit_fn conduit, u64 fn)
{
	struct smccc_regs before, after;
	u64 state = fn;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(before.x); i++)
		before.x[i] = random_next(&state);
	before.x[0] = fn;
	after = before;
	conduit(&after);
	for (i = 4; i < ARRAY_SIZE(before.x); i++)
		check(after.x[i] == before.x[i], "0x%lx: x%u changed", fn, i);
}

static conduit_fn main_conduit(void)
{
	return psci_uses_smc() ? smccc_smc : smccc_hvc;
}

static void registers_kept(void)
{
	keeps_registers(main_conduit(), PSCI_VERSION);
	if (arch_is_reference())
		return;
	keeps_registers(main_conduit(), 0xffffffff);
	keeps_registers(main_conduit(), SMCCC_VERSION);
	keeps_registers(main_conduit(), 0x84001234);
}

static void call_smc(void *arg)
{
	smccc_smc(arg);
}

static void call_hvc(void *arg)
{
	smccc_hvc(arg);
}

static void check_conduit(const char *name, void (*fn)(void *arg))
{
	struct smccc_regs regs = { .x = { PSCI_VERSION } };
	struct trap_info trap;

	if (!check(!arch_try(fn, &regs, &trap), "%s traps: ESR 0x%lx", name, trap.cause))
		return;
	check(regs.x[0] >> 16 == 1, "%s: version 0x%lx", name, regs.x[0]);
}

static void both_conduits(void)
{
	if (arch_is_reference()) {
		test_skip("the reference has one");
		return;
	}
	check_conduit("HVC", call_hvc);
	check_conduit("SMC", call_smc);
	keeps_registers(smccc_hvc, 0xffffffff);
	keeps_registers(smccc_smc, 0xffffffff);
}

static void user_hvc(void *arg)
{
	asm volatile("hvc #0");
}

static void user_smc(void *arg)
{
	asm volatile("smc #0");
}

static void not_from_el0(void)
{
	struct trap_info trap;

	user_run(user_hvc, NULL, &trap);
	check(ESR_EC(trap.cause) == EC_UNKNOWN, "HVC: ESR 0x%lx", trap.cause);
	user_run(user_smc, NULL, &trap);
	check(ESR_EC(trap.cause) == EC_UNKNOWN, "SMC: ESR 0x%lx", trap.cause);
}

static void odd_immediates(void)
{
	struct insn_regs regs;
	struct trap_info trap;
	u32 imm;

	for (imm = 1; imm < 0x10000; imm <<= 1) {
		insn_fill(&regs);
		regs.x[0] = PSCI_VERSION;
		if (insn_run(0xd4000002 | imm << 5, &regs, &trap))
			check(ESR_EC(trap.cause) == EC_UNKNOWN, "HVC #%u: 0x%lx", imm, trap.cause);
	}
}

static const struct test_case psci_cases[] = {
	{ "version", version },
	{ "mandatory_functions", mandatory_functions },
	{ "functions_not_there", functions_not_there },
	{ "on_unknown_cpu", on_unknown_cpu },
	{ "on_itself", on_itself },
	{ "on_twice", on_twice },
	{ "state_at_entry", state_at_entry },
	{ "upper_halves_ignored", upper_halves_ignored },
	{ "affinity_info", affinity_info },
	{ "affinity_info_of_odd_levels", affinity_info_of_odd_levels },
	{ "affinity_info_of_clusters", affinity_info_of_clusters },
	{ "off_and_on", off_and_on },
	{ "on_while_it_goes_off", on_while_it_goes_off },
	{ "standby", standby },
	{ "suspend_odd_states", suspend_odd_states },
	{ "suspend_to_entry", suspend_to_entry },
	{ "suspend_with_gic_closed", suspend_with_gic_closed },
	{ "off_with_interrupt_waiting", off_with_interrupt_waiting },
	{ "system_suspend_refused", system_suspend_refused },
	{ "no_migration", no_migration },
	{ "unknown_ids", unknown_ids },
	{ "registers_kept", registers_kept },
	{ "both_conduits", both_conduits },
	{ "not_from_el0", not_from_el0 },
	{ "odd_immediates", odd_immediates },
};

void guest_main(void)
{
	test_run(psci_cases, ARRAY_SIZE(psci_cases));
}
