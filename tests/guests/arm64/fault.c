// SPDX-License-Identifier: GPL-2.0
/*
 * Exceptions as on hardware: class, syndrome, address and return address of
 * each kind; accesses to where nothing is; and that the guest goes on.
 * Arm ARM D1.3 "Exceptions", D24.2.40 "ESR_EL1".
 */
#include "cpu.h"
#include "fdt.h"
#include "runtime.h"
#include "sysreg.h"

const char *const guest_name = "fault";

#define BASE		9
#define RT		11
#define HOLE		0x0b000000UL	/* the board has nothing there */
#define VA(page)	(PAGING_WINDOW + (page) * PAGE_SIZE)

static u8 page[PAGE_SIZE] __aligned(4096);

/* It traps, there, with all registers as they were. */
static bool expect(const char *name, u32 insn, u64 base, u64 class, u64 *esr)
{
	struct insn_regs before, after;
	struct trap_info trap;

	insn_fill(&before);
	before.x[BASE] = base;
	after = before;
	if (!check(insn_run(insn, &after, &trap), "%s: it does not trap", name))
		return false;
	*esr = trap.cause;
	check(ESR_EC(trap.cause) == class, "%s: ESR 0x%lx", name, trap.cause);
	check(trap.pc == insn_address(), "%s: ELR 0x%lx", name, trap.pc);
	check(insn_changed(&before, &after, 0) < 0, "%s: register %d changed", name,
	      insn_changed(&before, &after, 0));
	check(trap.cause & ESR_IL, "%s: not a 32-bit instruction: 0x%lx", name, trap.cause);
	if (class == EC_DABORT)
		check(trap.addr == base, "%s: FAR 0x%lx, not 0x%lx", name, trap.addr, base);
	return !test_failed();
}

static void undefined(void)
{
	static const u32 insns[] = {
		0x00000000, 0x0000ffff, 0xffffffff, 0xe7f000f0,
		0xd4000003 | 1 << 21,			/* among exception generation */
		0xd50b0000 & ~(1u << 20),		/* among MSR (immediate) */
		0xd53cd040,				/* MRS TPIDR_EL2 */
		0xd53e1100,				/* MRS SCR_EL3 */
		0xd51c1100,				/* MSR HCR_EL2 */
		0xd50e871f,				/* TLBI ALLE3 */
		0xd50c871f,				/* TLBI ALLE2 */
		0xd50c7800 | BASE,			/* AT S1E2R */
	};
	unsigned int i;
	u64 esr;

	for (i = 0; i < ARRAY_SIZE(insns); i++) {
		if (expect("undefined", insns[i], 0, EC_UNKNOWN, &esr))
			check(!ESR_ISS(esr), "0x%08x: ESR 0x%lx", insns[i], esr);
	}
}

static void breakpoint_insn(void)
{
	u64 esr;

	if (expect("BRK", 0xd4200000 | 0x1234 << 5, 0, EC_BRK, &esr))
		check((esr & 0xffff) == 0x1234, "ESR 0x%lx", esr);
}

/* ELR of a call points behind it. */
static void supervisor_call(void)
{
	struct insn_regs regs;
	struct trap_info trap;

	insn_fill(&regs);
	check(insn_run(0xd4000001 | 0xabcd << 5, &regs, &trap), "it does not trap");
	check(ESR_EC(trap.cause) == EC_SVC && (trap.cause & 0xffff) == 0xabcd, "ESR 0x%lx",
	      trap.cause);
	check(trap.pc == insn_address() + 4, "ELR 0x%lx", trap.pc);
}

static void fp_disabled(void)
{
	u64 cpacr = sysreg_read(cpacr_el1), esr;

	sysreg_write(cpacr_el1, 0);
	isb();
	expect("FMOV", 0x1e604000, 0, EC_FP, &esr);	/* fmov d0, d0 */
	expect("LDR Q", 0x3dc00000 | BASE << 5, (u64)page, EC_FP, &esr);
	sysreg_write(cpacr_el1, cpacr);
	isb();
}

static void stack_alignment(void)
{
	struct insn_regs regs;
	struct trap_info trap;

	insn_fill(&regs);
	regs.sp = (u64)page + 0x808;
	if (!insn_run(0xf9400000 | 31 << 5 | RT, &regs, &trap)) {
		test_skip("the CPU does not look");
		return;
	}
	check(ESR_EC(trap.cause) == EC_SP_ALIGN, "ESR 0x%lx", trap.cause);
	check(regs.sp == (u64)page + 0x808, "SP 0x%lx", regs.sp);
}

static void jump(void *arg)
{
	void (*there)(void) = arg;

	there();
}

static void expect_fetch(const char *name, u64 addr, u64 class, u64 status)
{
	struct trap_info trap;

	if (!check(arch_try(jump, (void *)addr, &trap), "%s: it does not trap", name))
		return;
	check(ESR_EC(trap.cause) == class, "%s: ESR 0x%lx", name, trap.cause);
	if (class == EC_IABORT)
		check(ABORT_FSC(trap.cause) == status, "%s: ESR 0x%lx", name, trap.cause);
	check(trap.addr == addr && trap.pc == addr, "%s: FAR 0x%lx ELR 0x%lx, not 0x%lx", name,
	      trap.addr, trap.pc, addr);
}

static void pc_alignment(void)
{
	expect_fetch("misaligned", (u64)page + 2, EC_PC_ALIGN, 0);
}

/* --- translation --- */

static void data_translation(void)
{
	u64 esr;

	paging_set(0, 0);
	if (expect("load", 0xf9400000 | BASE << 5 | RT, VA(0) + 8, EC_DABORT, &esr))
		check(ABORT_FSC(esr) == FSC_TRANSLATION(3) && !(esr & ABORT_WNR), "ESR 0x%lx", esr);
	if (expect("store", 0xf9000000 | BASE << 5 | RT, VA(0) + 16, EC_DABORT, &esr))
		check(ABORT_FSC(esr) == FSC_TRANSLATION(3) && esr & ABORT_WNR, "ESR 0x%lx", esr);
	if (expect("level 2", 0x39400000 | BASE << 5 | RT, VA(512), EC_DABORT, &esr))
		check(ABORT_FSC(esr) == FSC_TRANSLATION(2), "ESR 0x%lx", esr);
	if (expect("level 1", 0x39400000 | BASE << 5 | RT, 200UL << 30, EC_DABORT, &esr))
		check(ABORT_FSC(esr) == FSC_TRANSLATION(1), "ESR 0x%lx", esr);
	if (expect("level 0", 0x39400000 | BASE << 5 | RT, 1UL << 40, EC_DABORT, &esr))
		check(ABORT_FSC(esr) == FSC_TRANSLATION(0), "ESR 0x%lx", esr);
	if (expect("outside", 0x39400000 | BASE << 5 | RT, 1UL << 52, EC_DABORT, &esr))
		check(ABORT_FSC(esr) == FSC_TRANSLATION(0), "ESR 0x%lx", esr);
	expect("upper half", 0x39400000 | BASE << 5 | RT, -4096UL, EC_DABORT, &esr);
}

static void data_permission(void)
{
	u64 esr;

	paging_set(0, (u64)page | PTE_MEMORY | PTE_READONLY);
	if (expect("store", 0xb9000000 | BASE << 5 | RT, VA(0), EC_DABORT, &esr))
		check(ABORT_FSC(esr) == FSC_PERMISSION(3) && esr & ABORT_WNR, "ESR 0x%lx", esr);
	if (id_field(sysreg_read(id_aa64isar0_el1), 20) &&
	    expect("LDADD", 0xb8200000 | BASE << 5 | RT, VA(0), EC_DABORT, &esr))
		check(ABORT_FSC(esr) == FSC_PERMISSION(3), "ESR 0x%lx", esr);
	if (expect("DC ZVA", 0xd50b7420 | BASE, VA(0), EC_DABORT, &esr))
		check(ABORT_FSC(esr) == FSC_PERMISSION(3) && esr & ABORT_WNR, "ESR 0x%lx", esr);
	paging_set(0, (u64)page | PTE_MEMORY);
}

static void data_access_flag(void)
{
	u64 esr;

	paging_set(0, ((u64)page | PTE_MEMORY) & ~PTE_AF);
	if (expect("load", 0xb9400000 | BASE << 5 | RT, VA(0), EC_DABORT, &esr))
		check(ABORT_FSC(esr) == FSC_ACCESS(3), "ESR 0x%lx", esr);
}

static void clean_line(void *arg)
{
	asm volatile("dc civac, %0" : : "r" (arg) : "memory");
}

static void cache_maintenance(void)
{
	struct trap_info trap;

	paging_set(0, 0);
	if (!arch_try(clean_line, (void *)VA(0), &trap)) {
		test_skip("the CPU does not look");
		return;
	}
	check(ESR_EC(trap.cause) == EC_DABORT && trap.addr == VA(0) && trap.cause & ABORT_CM &&
	      ABORT_FSC(trap.cause) == FSC_TRANSLATION(3), "ESR 0x%lx", trap.cause);
}

static void alignment(void)
{
	u64 sctlr = sysreg_read(sctlr_el1), esr;

	sysreg_write(sctlr_el1, sctlr | SCTLR_A);
	isb();
	if (expect("load", 0xb9400000 | BASE << 5 | RT, (u64)page + 2, EC_DABORT, &esr))
		check(ABORT_FSC(esr) == FSC_ALIGNMENT, "ESR 0x%lx", esr);
	sysreg_write(sctlr_el1, sctlr);
	isb();
	if (expect("exclusive", 0x885f7c00 | BASE << 5 | RT, (u64)page + 14, EC_DABORT, &esr))
		check(ABORT_FSC(esr) == FSC_ALIGNMENT, "ESR 0x%lx", esr);
}

static void fetch_translation(void)
{
	paging_set(0, 0);
	expect_fetch("page", VA(0) + 16, EC_IABORT, FSC_TRANSLATION(3));
	expect_fetch("level 2", VA(512), EC_IABORT, FSC_TRANSLATION(2));
	expect_fetch("level 0", 1UL << 40, EC_IABORT, FSC_TRANSLATION(0));
}

static void fetch_permission(void)
{
	paging_set(0, (u64)page | PTE_MEMORY | PTE_PXN);
	expect_fetch("PXN", VA(0), EC_IABORT, FSC_PERMISSION(3));
	paging_set(0, (u64)page | PTE_MEMORY | PTE_USER);
	expect_fetch("writable by EL0", VA(0), EC_IABORT, FSC_PERMISSION(3));
}

/* --- where nothing is: an external abort, whose syndrome names no register --- */

/* The reference has a bus at the last ones, which answers. */
static const u64 holes[] = {
	HOLE, HOLE + 0xff8, 0x08040000, 0x09100000, 0x0c000000, 0x38000000,
};

static unsigned int nr_holes(void)
{
	return arch_is_reference() ? 4 : ARRAY_SIZE(holes);
}

static void check_external(const char *name, u64 addr, u64 esr, bool write)
{
	check(ABORT_FSC(esr) == FSC_EXTERNAL, "%s at 0x%lx: ESR 0x%lx", name, addr, esr);
	check(!(esr & ABORT_WNR) == !write, "%s at 0x%lx: ESR 0x%lx", name, addr, esr);
}

static void external_load(void)
{
	unsigned int i, size;
	u64 esr;

	for (i = 0; i < nr_holes(); i++) {
		for (size = 0; size < 4; size++) {
			if (expect("load", size << 30 | 0x39400000 | BASE << 5 | RT, holes[i],
				   EC_DABORT, &esr))
				check_external("load", holes[i], esr, false);
		}
		if (expect("post-indexed", 0xb8404400 | BASE << 5 | RT, holes[i], EC_DABORT, &esr))
			check_external("post-indexed", holes[i], esr, false);
		if (expect("pair", 0xa9400000 | 12 << 10 | BASE << 5 | RT, holes[i], EC_DABORT,
			   &esr))
			check_external("pair", holes[i], esr, false);
	}
}

static void external_store(void)
{
	unsigned int i, size;
	u64 esr;

	for (i = 0; i < nr_holes(); i++) {
		for (size = 0; size < 4; size++) {
			if (expect("store", size << 30 | 0x39000000 | BASE << 5 | RT, holes[i],
				   EC_DABORT, &esr))
				check_external("store", holes[i], esr, true);
		}
		if (expect("pre-indexed", 0xb8000c00 | BASE << 5 | RT, holes[i], EC_DABORT, &esr))
			check_external("pre-indexed", holes[i], esr, true);
	}
}

static void external_atomic(void)
{
	u64 esr;

	expect("LDXR", 0x885f7c00 | BASE << 5 | RT, HOLE, EC_DABORT, &esr);
	if (id_field(sysreg_read(id_aa64isar0_el1), 20))
		expect("LDADD", 0xb8200000 | BASE << 5 | RT, HOLE, EC_DABORT, &esr);
	arch_fp_on();
	expect("LD1", 0x0c407000 | BASE << 5, HOLE, EC_DABORT, &esr);
}

/* Memory by its attributes, and there is none. */
static void external_normal(void)
{
	u64 esr;

	paging_set(0, HOLE | PTE_MEMORY);
	if (expect("load", 0xf9400000 | BASE << 5 | RT, VA(0) + 8, EC_DABORT, &esr))
		check(ABORT_FSC(esr) == FSC_EXTERNAL, "load: ESR 0x%lx", esr);
	if (expect("store", 0xf9000000 | BASE << 5 | RT, VA(0) + 8, EC_DABORT, &esr))
		check(ABORT_FSC(esr) == FSC_EXTERNAL, "store: ESR 0x%lx", esr);
	paging_set(0, 0);
}

static void external_fetch(void)
{
	paging_set(0, HOLE | PTE_MEMORY);
	expect_fetch("hole", VA(0) + 16, EC_IABORT, FSC_EXTERNAL);
	if (!arch_is_reference()) {
		paging_set(0, (pl011_base() & -PAGE_SIZE) | PTE_MEMORY);
		expect_fetch("device", VA(0) + 0x20, EC_IABORT, FSC_EXTERNAL);
	}
	paging_set(0, 0);
}

/* A table where no memory is: told apart from the access by its status code. */
static void external_walk(void)
{
	u64 esr;

	if (arch_is_reference()) {
		test_skip("the reference reads holes as zero");
		return;
	}
	paging_set_table(1, HOLE | 3);
	if (expect("load", 0xf9400000 | BASE << 5 | RT, VA(512), EC_DABORT, &esr))
		check(ABORT_FSC(esr) == FSC_EXTERNAL_WALK(3), "hole: ESR 0x%lx", esr);
	expect_fetch("fetch", VA(512), EC_IABORT, FSC_EXTERNAL_WALK(3));
	paging_set_table(1, (pl011_base() & -PAGE_SIZE) | 3);
	if (expect("load", 0xf9400000 | BASE << 5 | RT, VA(512), EC_DABORT, &esr))
		check(ABORT_FSC(esr) == FSC_EXTERNAL_WALK(3), "device: ESR 0x%lx", esr);
	paging_set_table(1, 0);
}

static void beyond_memory(void)
{
	u64 base = 0, len = 0, esr;

	fdt_reg(fdt_path("memory"), 0, &base, &len);
	paging_set(0, (base + len) | PTE_MEMORY);
	if (expect("load", 0xf9400000 | BASE << 5 | RT, VA(0), EC_DABORT, &esr))
		check(ABORT_FSC(esr) == FSC_EXTERNAL, "ESR 0x%lx", esr);
	expect_fetch("fetch", VA(0), EC_IABORT, FSC_EXTERNAL);
	paging_set(0, 0);
}

static void many(void)
{
	unsigned int i;
	u64 esr;

	for (i = 0; i < 1000 && !test_failed(); i++)
		expect("load", 0xf9400000 | BASE << 5 | RT, HOLE + 8 * i, EC_DABORT, &esr);
}

/* --- EL0 --- */

static u64 user_word;

static void user_nothing(void *arg)
{
}

static void user_load(void *arg)
{
	load_shared((u64 *)arg);
}

static void user_jump(void *arg)
{
	void (*there)(void) = arg;

	there();
}

static void user_undefined(void *arg)
{
	asm volatile("udf #0");
}

static void user_wfi(void *arg)
{
	asm volatile("wfi");
}

static void expect_user(const char *name, void (*fn)(void *arg), const void *arg, u64 class,
			u64 status)
{
	struct trap_info trap;

	user_run(fn, (void *)arg, &trap);
	check(ESR_EC(trap.cause) == class, "%s: ESR 0x%lx", name, trap.cause);
	if (status)
		check(ABORT_FSC(trap.cause) == status && trap.addr == (u64)arg,
		      "%s: ESR 0x%lx FAR 0x%lx", name, trap.cause, trap.addr);
}

static void from_el0(void)
{
	expect_user("SVC", user_nothing, NULL, EC_SVC, 0);
	expect_user("UDF", user_undefined, NULL, EC_UNKNOWN, 0);
	expect_user("own memory", user_load, user_alias(&user_word), EC_SVC, 0);
	expect_user("EL1's memory", user_load, &user_word, EC_DABORT_LOWER, FSC_PERMISSION(1));
	expect_user("EL1's code", user_jump, &user_word, EC_IABORT_LOWER, FSC_PERMISSION(1));
	expect_user("hole", user_load, (void *)user_device(HOLE), EC_DABORT_LOWER, FSC_EXTERNAL);
	expect_user("device", user_load, (void *)user_device(gicd_base() + GICD_ISENABLER),
		    EC_SVC, 0);
}

/*
 * SCTLR_EL1.nTWI traps what would sleep: not with an interrupt pending. The timer's may still be
 * so, in a list register, after it was stopped: the call makes the hypervisor look at its line.
 */
static void wait_from_el0(void)
{
	u64 sctlr = sysreg_read(sctlr_el1);

	arch_timer_set(arch_time() + time_from_us(2000));
	expect_user("allowed", user_wfi, NULL, EC_SVC, 0);
	arch_timer_stop();
	arch_null_call();
	sysreg_write(sctlr_el1, sctlr & ~(1UL << 16));
	isb();
	expect_user("trapped", user_wfi, NULL, EC_WFX, 0);
	sysreg_write(sctlr_el1, sctlr);
	isb();
}

/* --- illegal state, and returning to where nobody can be --- */

static void return_to(void *arg)
{
	asm volatile("msr spsr_el1, %0\n\tadr x9, 1f\n\tmsr elr_el1, x9\n\teret\n1:\tnop\n\tnop"
		     : : "r" (arg) : "x9", "memory");
}

static void illegal_return(void)
{
	static const u64 states[] = {
		PSTATE_DAIF | 9,	/* EL2h */
		PSTATE_DAIF | 13,	/* EL3h */
		PSTATE_DAIF | 1,	/* EL0 with its own stack */
		PSTATE_DAIF | 0x13,	/* AArch32 at EL1 */
	};
	struct trap_info trap;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(states); i++) {
		check(arch_try(return_to, (void *)states[i], &trap), "0x%lx: no trap", states[i]);
		check(ESR_EC(trap.cause) == EC_ILLEGAL_STATE, "0x%lx: ESR 0x%lx", states[i],
		      trap.cause);
		check(this_cpu()->trap_pstate & PSTATE_IL, "0x%lx: SPSR 0x%lx", states[i],
		      this_cpu()->trap_pstate);
	}
}

/* --- pointer authentication: a wrong signature traps, or gives an address that does --- */

static bool has_pauth(void)
{
	u64 isar1 = sysreg_read(id_aa64isar1_el1), isar2 = sysreg_read(S3_0_C0_C6_2);

	return id_field(isar1, 4) || id_field(isar1, 8) || id_field(isar2, 12);
}

static void pointer_authentication(void)
{
	u64 sctlr = sysreg_read(sctlr_el1), plain = (u64)page, one, two, back;

	if (!has_pauth()) {
		test_skip("no pointer authentication");
		return;
	}
	sysreg_write(S3_0_C2_C1_0, 0x0123456789abcdef);	/* APIAKey */
	sysreg_write(S3_0_C2_C1_1, 0xfedcba9876543210);
	sysreg_write(sctlr_el1, sctlr | 1UL << 31);	/* EnIA */
	isb();
	asm volatile(".arch armv8.3-a\n\tmov %0, %2\n\tpacia %0, %3\n\tmov %1, %2\n\tpacia %1, %4"
		     : "=&r" (one), "=&r" (two) : "r" (plain), "r" (1UL), "r" (2UL));
	arch_null_call();
	delay_us(2000);
	asm volatile(".arch armv8.3-a\n\tmov %0, %1\n\tautia %0, %2"
		     : "=&r" (back) : "r" (one), "r" (1UL));
	check(one != plain && one != two, "0x%lx and 0x%lx of 0x%lx", one, two, plain);
	check(back == plain, "0x%lx came back", back);
	check(sysreg_read(S3_0_C2_C1_0) == 0x0123456789abcdef, "the key changed");
	sysreg_write(sctlr_el1, sctlr);
	isb();
}

/* --- SError, and what is first touched by an access that has no syndrome --- */

static void no_serror(void)
{
	check(!serror_count(arch_cpu_self()), "%lu SErrors", serror_count(arch_cpu_self()));
}

static const struct test_case cases[] = {
	{ "undefined", undefined },
	{ "breakpoint_insn", breakpoint_insn },
	{ "supervisor_call", supervisor_call },
	{ "fp_disabled", fp_disabled },
	{ "stack_alignment", stack_alignment },
	{ "pc_alignment", pc_alignment },
	{ "data_translation", data_translation },
	{ "data_permission", data_permission },
	{ "data_access_flag", data_access_flag },
	{ "cache_maintenance", cache_maintenance },
	{ "alignment", alignment },
	{ "fetch_translation", fetch_translation },
	{ "fetch_permission", fetch_permission },
	{ "external_load", external_load },
	{ "external_store", external_store },
	{ "external_atomic", external_atomic },
	{ "external_normal", external_normal },
	{ "external_fetch", external_fetch },
	{ "external_walk", external_walk },
	{ "beyond_memory", beyond_memory },
	{ "many", many },
	{ "from_el0", from_el0 },
	{ "wait_from_el0", wait_from_el0 },
	{ "illegal_return", illegal_return },
	{ "pointer_authentication", pointer_authentication },
	{ "no_serror", no_serror },
};

void guest_main(void)
{
	test_run(cases, ARRAY_SIZE(cases));
}
