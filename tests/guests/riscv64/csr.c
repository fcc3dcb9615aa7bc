// SPDX-License-Identifier: GPL-2.0
/*
 * All 4096 CSR numbers, and instructions of more privileged modes: what the
 * guest may not use is an illegal instruction, what it may use works.
 * RISC-V Privileged Architecture, "CSR Listing" and "Hypervisor Extension".
 */
#include "cpu.h"
#include "csr.h"
#include "runtime.h"

const char *const guest_name = "csr";

#define NR_CSRS		4096
#define PRIVILEGE(csr)	((csr) >> 8 & 3)
#define IS_READ_ONLY(csr)	((csr) >> 10 == 3)
#define SUPERVISOR	1

/* Illegal instruction, with stval 0 or the instruction's bits. */
static bool is_illegal(u32 insn, struct insn_regs *regs)
{
	struct trap_info trap;

	return insn_run(insn, regs, &trap) && trap.cause == CAUSE_ILLEGAL &&
	       (!trap.addr || trap.addr == insn);
}

/* The reference's firmware plays some of them for its own guests. */
static bool is_played_by_firmware(unsigned int csr)
{
	return arch_is_reference() && PRIVILEGE(csr) == 2;
}

static void higher_privilege(void)
{
	struct insn_regs regs = { 0 };
	unsigned int csr;

	for (csr = 0; csr < NR_CSRS; csr++) {
		if (PRIVILEGE(csr) <= SUPERVISOR || is_played_by_firmware(csr))
			continue;
		check(is_illegal(INSN_CSRRS(11, csr, 0), &regs), "reading 0x%03x", csr);
		check(is_illegal(INSN_CSRRW(11, csr, 10), &regs), "writing 0x%03x", csr);
	}
}

/* Everything readable is either there or illegal; nothing hangs, nothing else traps. */
static void all_readable(void)
{
	struct insn_regs regs = { 0 };
	struct trap_info trap;
	unsigned int csr, present = 0;

	for (csr = 0; csr < NR_CSRS; csr++) {
		if (PRIVILEGE(csr) > SUPERVISOR)
			continue;
		if (insn_run(INSN_CSRRS(11, csr, 0), &regs, &trap))
			check(trap.cause == CAUSE_ILLEGAL, "0x%03x: cause %lu", csr, trap.cause);
		else
			present++;
	}
	check(present >= 10, "only %u are there", present);
}

static void read_only_ones(void)
{
	struct insn_regs regs = { 0 };
	unsigned int csr;

	for (csr = 0; csr < NR_CSRS; csr++) {
		if (IS_READ_ONLY(csr))
			check(is_illegal(INSN_CSRRW(0, csr, 10), &regs), "writing 0x%03x", csr);
	}
}

static void read_time(void *arg)
{
	csr_read(CSR_TIME);
}

static void counters(void)
{
	struct trap_info trap;
	struct insn_regs regs;
	u64 first;

	check(!arch_try(read_time, NULL, &trap), "time: cause %lu", trap.cause);
	if (insn_run(INSN_CSRRS(11, CSR_INSTRET, 0), &regs, &trap)) {
		check(trap.cause == CAUSE_ILLEGAL, "instret: cause %lu", trap.cause);
		return;
	}
	first = regs.x[11];
	insn_run(INSN_CSRRS(11, CSR_INSTRET, 0), &regs, &trap);
	check(regs.x[11] > first, "instret stands still");
}

/* The reference's firmware complains about each in the middle of our lines. */
static bool is_talkative(void)
{
	if (arch_is_reference())
		test_skip("not for the reference");
	return arch_is_reference();
}

static u32 hypervisor_load(unsigned int f7, unsigned int rs2)
{
	return INSN_R(0x73, 4, f7, 11, 10, rs2);
}

static void hypervisor_instructions(void)
{
	struct insn_regs regs = { .x[10] = 0x80200000 };
	unsigned int f7;

	if (is_talkative())
		return;
	for (f7 = 0x30; f7 < 0x38; f7++) {
		check(is_illegal(hypervisor_load(f7, 0), &regs), "hlv or hsv 0x%x", f7);
		check(is_illegal(hypervisor_load(f7, 1), &regs), "hlv or hsv 0x%x unsigned", f7);
		check(is_illegal(hypervisor_load(f7, 3), &regs), "hlvx 0x%x", f7);
	}
	check(is_illegal(INSN_R(0x73, 0, 0x11, 0, 0, 0), &regs), "hfence.vvma");
	check(is_illegal(INSN_R(0x73, 0, 0x31, 0, 0, 0), &regs), "hfence.gvma");
	check(is_illegal(INSN_R(0x73, 0, 0x13, 0, 0, 0), &regs), "hinval.vvma");
	check(is_illegal(INSN_R(0x73, 0, 0x33, 0, 0, 0), &regs), "hinval.gvma");
}

static void machine_instructions(void)
{
	struct insn_regs regs = { 0 };

	if (is_talkative())
		return;
	check(is_illegal(0x30200073, &regs), "mret");
	check(is_illegal(0x7b200073, &regs), "dret");
}

/* Bits and their neighbours that a supervisor sees as writable or not. */
static void status_bits(void)
{
	u64 before = csr_read(CSR_SSTATUS), after;

	csr_write(CSR_SSTATUS, before | SSTATUS_SUM | BIT(5));
	after = csr_read(CSR_SSTATUS);
	csr_write(CSR_SSTATUS, before);
	check(after & SSTATUS_SUM, "SUM cannot be set");
	check(csr_read(CSR_SSTATUS) == before, "it is not as before");
	check((before >> 32 & 3) == 2, "UXL is %lu", before >> 32 & 3);
}

static void enables(void)
{
	csr_write(CSR_SIE, ~0UL);
	check((csr_read(CSR_SIE) & (SIE_SSIE | SIE_STIE | SIE_SEIE)) ==
	      (SIE_SSIE | SIE_STIE | SIE_SEIE), "sie is 0x%lx", csr_read(CSR_SIE));
	check(!(csr_read(CSR_SIE) & 0x1444), "hypervisor bits: sie is 0x%lx", csr_read(CSR_SIE));
	csr_write(CSR_SIE, 0);
	check(!csr_read(CSR_SIE), "sie stays 0x%lx", csr_read(CSR_SIE));
	cpu_init();
}

static void pending_bits(void)
{
	u64 sip;

	csr_write(CSR_SIP, ~0UL);
	sip = csr_read(CSR_SIP);
	check(sip & SIE_SSIE, "SSIP cannot be set");
	check(!(sip & (SIE_STIE | SIE_SEIE)), "sip is 0x%lx", sip);
	csr_write(CSR_SIP, 0);
	check(!(csr_read(CSR_SIP) & SIE_SSIE), "SSIP cannot be cleared");
}

/* One that the guest sets itself is taken as an interrupt. */
static void own_software_interrupt(void)
{
	u64 before = arch_ipi_count(arch_cpu_self());

	csr_set(CSR_SIP, SIE_SSIE);
	arch_irq_on();
	delay_us(500);
	arch_irq_off();
	check(arch_ipi_count(arch_cpu_self()) == before + 1, "taken %lu times",
	      arch_ipi_count(arch_cpu_self()) - before);
}

static void scratch_registers(void)
{
	u64 scounteren = csr_read(CSR_SCOUNTEREN), sepc = csr_read(CSR_SEPC);

	csr_write(CSR_SEPC, 0x80201234);
	check(csr_read(CSR_SEPC) == 0x80201234, "sepc");
	csr_write(CSR_STVAL, 0x123456789abcdef0);
	check(csr_read(CSR_STVAL) == 0x123456789abcdef0, "stval");
	csr_write(CSR_SCAUSE, 13);
	check(csr_read(CSR_SCAUSE) == 13, "scause");
	csr_write(CSR_SCOUNTEREN, 2);
	check(csr_read(CSR_SCOUNTEREN) & 2, "scounteren.TM");
	csr_write(CSR_SCOUNTEREN, scounteren);
	csr_write(CSR_SEPC, sepc);
}

/* A mode that does not exist leaves satp as it is. */
static void satp_modes(void)
{
	csr_write(CSR_SATP, 15UL << 60 | 0x80200);
	check(!csr_read(CSR_SATP), "satp is 0x%lx", csr_read(CSR_SATP));
	csr_write(CSR_SATP, 0);
}

/* Registers survive sleep and calls: those of other guests are not seen. */
static void kept_across_exits(void)
{
	unsigned int i;

	csr_write(CSR_STVAL, 0x1122334455667788);
	csr_write(CSR_SEPC, 0x80203456);
	csr_write(CSR_SCAUSE, 15);
	for (i = 0; i < 1000; i++) {
		arch_null_call();
		arch_mmio_read();
	}
	check(csr_read(CSR_STVAL) == 0x1122334455667788, "stval is 0x%lx", csr_read(CSR_STVAL));
	check(csr_read(CSR_SEPC) == 0x80203456, "sepc is 0x%lx", csr_read(CSR_SEPC));
	check(csr_read(CSR_SCAUSE) == 15, "scause is %lu", csr_read(CSR_SCAUSE));
}

static void user_time(void *arg)
{
	csr_read(CSR_TIME);
}

static void user_counters(void)
{
	struct trap_info trap;

	csr_write(CSR_SCOUNTEREN, 0);
	user_run(user_time, NULL, &trap);
	check(trap.cause == CAUSE_ILLEGAL, "forbidden: cause %lu", trap.cause);
	csr_write(CSR_SCOUNTEREN, 2);
	user_run(user_time, NULL, &trap);
	check(trap.cause == CAUSE_USER_ECALL, "allowed: cause %lu", trap.cause);
}

static const struct test_case cases[] = {
	{ "higher_privilege", higher_privilege },
	{ "all_readable", all_readable },
	{ "read_only_ones", read_only_ones },
	{ "counters", counters },
	{ "hypervisor_instructions", hypervisor_instructions },
	{ "machine_instructions", machine_instructions },
	{ "status_bits", status_bits },
	{ "enables", enables },
	{ "pending_bits", pending_bits },
	{ "own_software_interrupt", own_software_interrupt },
	{ "scratch_registers", scratch_registers },
	{ "satp_modes", satp_modes },
	{ "kept_across_exits", kept_across_exits },
	{ "user_counters", user_counters },
};

void guest_main(void)
{
	test_run(cases, ARRAY_SIZE(cases));
}
