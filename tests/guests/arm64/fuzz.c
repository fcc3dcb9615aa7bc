// SPDX-License-Identifier: GPL-2.0
/*
 * A hostile guest: random firmware calls, system registers, and accesses to
 * devices by loads and stores of every kind. Whatever comes back, the VM goes
 * on, and the host too.
 *
 * "seed=N" chooses the numbers, "rounds=N" how many of each kind; "all" runs
 * everything on the reference board as well.
 */
#include "cpu.h"
#include "fuzz.h"
#include "psci.h"
#include "runtime.h"
#include "sysreg.h"

const char *const guest_name = "fuzz";

#define BASE		9
#define DEVICE_LEN	0x1000

static u64 rounds(void)
{
	return fuzz_rounds(20000);
}

static bool is_intact(void)
{
	return fuzz_is_intact() &&
	       check(psci_call(PSCI_VERSION, 0, 0, 0) > 0, "the firmware is gone");
}

/* Active priorities mask interrupts. How many registers of them there are depends. */
static void drop_priorities(void)
{
	struct insn_regs regs;
	struct trap_info trap;
	unsigned int i;

	for (i = 0; i < 4; i++) {
		if (gic_version() == 3) {
			insn_run(INSN_MSR(SYSREG(3, 0, 12, 8, 4 + i), 31), &regs, &trap);
			insn_run(INSN_MSR(SYSREG(3, 0, 12, 9, i), 31), &regs, &trap);
		} else {
			mmio_write32(gicc_base() + GICC_APR + 4 * i, 0);
			mmio_write32(gicc_base() + GICC_NSAPR + 4 * i, 0);
		}
	}
}

/* As a program finds it: all that could still send an interrupt, or mask it. */
static void settle(void)
{
	unsigned int i;

	arch_irq_off();
	gic_init();
	drop_priorities();
	for (i = 32; i < gic_lines(); i += 32) {
		mmio_write32(gicd_base() + GICD_ICENABLER + i / 8, -1u);
		mmio_write32(gicd_base() + GICD_ICPENDR + i / 8, -1u);
		mmio_write32(gicd_base() + GICD_ICACTIVER + i / 8, -1u);
	}
	gic_private_write(GICD_ICACTIVER, -1u);
	console_init();
	cpu_init();
	is_intact();
}

/* Not those that end a CPU or the VM, start one anywhere, or sleep until somebody comes. */
static bool may_call(u32 fn)
{
	switch (fn & ~SMCCC_64) {
	case PSCI_CPU_OFF:
	case PSCI_CPU_ON:
	case PSCI_CPU_SUSPEND:
	case PSCI_CPU_FREEZE:
	case 0x8400000c:	/* CPU_DEFAULT_SUSPEND */
	case PSCI_SYSTEM_OFF:
	case PSCI_SYSTEM_RESET:
	case PSCI_SYSTEM_RESET2:
	case PSCI_SYSTEM_SUSPEND:
	case 0x84000015:	/* SYSTEM_OFF2 */
		return false;
	default:
		return true;
	}
}

static void one_call(void)
{
	static const u32 bases[] = {
		0x84000000, 0xc4000000, 0x80000000, 0x80008000, 0x80003ff0, 0x84000050, 0xc4000050,
		0x86000000, 0x8600ff00, 0xc6000000, 0xb0000000, 0x00000000,
	};
	struct smccc_regs regs;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(regs.x); i++)
		regs.x[i] = fuzz_odd_number();
	if (fuzz_random() % 8)
		regs.x[0] = fuzz_pick(bases) + fuzz_random() % 32;
	if (!may_call(regs.x[0]))
		return;
	if (fuzz_random() % 2 || arch_is_reference())
		smccc_hvc(&regs);
	else
		smccc_smc(&regs);
}

static void firmware_calls(void)
{
	u64 i;

	for (i = 0; i < rounds(); i++)
		one_call();
	settle();
}

/* What this program stands on. Everything else may be anything, and is set up again. */
static bool may_write(u32 enc)
{
	unsigned int crn = enc >> 7 & 0xf, crm = enc >> 3 & 0xf, op1 = enc >> 11 & 7;

	if (!(enc >> 14))	/* debug: not the one that enables it */
		return enc != SYSREG(2, 0, 0, 2, 2);
	switch (crn) {
	case 1:		/* SCTLR, CPACR */
	case 2:		/* tables, keys */
	case 4:		/* stacks, state; PMR */
	case 10:	/* memory attributes */
		return false;
	case 12:	/* VBAR; not the CPU interface's: they end interrupts */
		return crm >= 8;
	case 13:
		return op1 || crm || (enc & 7) != 4;
	default:
		return true;
	}
}

static bool is_harmless(u64 esr)
{
	switch (ESR_EC(esr)) {
	case EC_UNKNOWN:
	case EC_FP:
	case EC_SYSREG:
	case EC_SVE:
	case 0x1d:
		return true;
	default:
		return false;
	}
}

static void sysreg_accesses(void)
{
	struct insn_regs regs;
	struct trap_info trap;
	u32 enc, insn;
	u64 i;

	for (i = 0; i < rounds(); i++) {
		enc = fuzz_random() % 0x8000;
		insn_fill(&regs);
		regs.x[BASE] = fuzz_odd_number();
		insn = INSN_MRS(enc, BASE);
		if (fuzz_random() % 2 && may_write(enc))
			insn = INSN_MSR(enc, BASE);
		if (insn_run(insn, &regs, &trap) &&
		    !check(is_harmless(trap.cause), "0x%08x: ESR 0x%lx", insn, trap.cause))
			break;
	}
	for (i = 0; i < 16; i++) {
		insn_run(INSN_MSR(SYSREG(2, 0, 0, i, 5), 31), &regs, &trap);
		insn_run(INSN_MSR(SYSREG(2, 0, 0, i, 7), 31), &regs, &trap);
	}
	settle();
}

/* Any load or store with the device's address in its base register: Arm ARM C4.1.94. */
static u32 random_access(void)
{
	u32 insn = fuzz_random();

	insn = (insn & ~(1u << 27 | 1u << 25 | 31u << 5)) | 1u << 27 | BASE << 5;
	switch (fuzz_random() % 4) {
	case 0:			/* unsigned offset, a short one */
		return (insn & ~0x3a3ff800u) | 0x39000000;
	case 1:			/* pairs */
		return (insn & ~0x12000000u) | 0x28000000;
	case 2:			/* indexed, unscaled, unprivileged */
		return (insn & ~0x03200000u) | 0x38000000;
	default:
		/* Literals take their address from the PC. */
		return (insn & 0x3b000000) == 0x18000000 ? INSN_NOP : insn;
	}
}

static u64 random_device_address(void)
{
	u64 offset = fuzz_random() % 8 ? fuzz_random() % 0x1000 & ~3UL : fuzz_random();

	switch (fuzz_random() % 6) {
	case 0:
		return pl011_base() + offset % 0x50;
	case 1:
		return rtc_base() + offset % DEVICE_LEN;
	case 2:
		return gicd_base() + offset % 0x1000;
	case 3:
		return gicd_base() + (fuzz_random() & 0xffff);
	case 4:
		return gic_version() == 3 ? gicr_base(0) + fuzz_random() % 0x20000 :
					    gicc_base() + 0x10 + offset % 0xff0;
	default:
		return gic_version() == 3 ? gicr_base(0) + 0x10000 + offset : 0x0b000000 + offset;
	}
}

static bool is_abort(u64 esr)
{
	return is_harmless(esr) || ESR_EC(esr) == EC_DABORT || ESR_EC(esr) == EC_PC_ALIGN ||
	       ESR_EC(esr) == EC_SP_ALIGN;
}

/* Not those whose address is not that of the base register alone. */
static bool may_run(u32 insn)
{
	/* Register offset: the address is the sum of two. */
	if ((insn & 0x3b200c00) == 0x38200800)
		return false;
	/* Tag stores, and PRFM by literal. */
	return (insn & 0xff000000) != 0xd9000000;
}

static void device_accesses(void)
{
	struct insn_regs regs;
	struct trap_info trap;
	u32 insn;
	u64 i;

	arch_fp_on();
	for (i = 0; i < rounds(); i++) {
		insn_fill(&regs);
		regs.x[BASE] = random_device_address();
		insn = random_access();
		if (may_run(insn) && insn_run(insn, &regs, &trap) &&
		    !check(is_abort(trap.cause), "0x%08x at 0x%lx: ESR 0x%lx", insn,
			   regs.x[BASE], trap.cause))
			break;
	}
	settle();
}

static void interrupts_anyhow(u32 intid, bool fiq)
{
	gic_disable(intid);
}

/* Interrupts of all kinds made pending, active, routed and enabled at random, and taken. */
static void interrupts(void)
{
	static const u32 sets[] = {
		GICD_IGROUPR, GICD_ISENABLER, GICD_ICENABLER, GICD_ISPENDR, GICD_ICPENDR,
		GICD_ISACTIVER, GICD_ICACTIVER, GICD_IPRIORITYR, GICD_ICFGR,
	};
	u64 i;

	gic_watch(interrupts_anyhow);
	for (i = 0; i < rounds(); i++) {
		u32 offset = fuzz_pick(sets) + (fuzz_random() % 16) * 4;

		if (fuzz_random() % 4)
			mmio_write32(gicd_base() + offset, fuzz_random());
		else
			gic_private_write(fuzz_pick(sets), fuzz_random());
		if (i % 16 == 0) {
			arch_irq_on();
			arch_ipi_send(fuzz_random() % arch_cpu_count());
			arch_irq_off();
		}
	}
	gic_watch(NULL);
	settle();
}

static const struct test_case cases[] = {
	{ "firmware_calls", firmware_calls },
	{ "sysreg_accesses", sysreg_accesses },
	{ "device_accesses", device_accesses },
	{ "interrupts", interrupts },
	{ "still_alive", fuzz_still_alive },
};

void guest_main(void)
{
	fuzz_init();
	if (!arch_is_reference() || option_given("all"))
		test_run(cases, ARRAY_SIZE(cases));
	else
		test_run(&cases[ARRAY_SIZE(cases) - 1], 1);
}
