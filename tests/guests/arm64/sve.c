// SPDX-License-Identifier: GPL-2.0
/*
 * SVE: Z, P, FFR and ZCR_EL1 stay what they are across exits, sleep, interrupts
 * and moves between host CPUs, at each vector length; and the FP/SIMD registers
 * below them. Where it is hidden, it is UNDEFINED. Arm ARM, chapter B1.4.
 */
#include "fp.h"
#include "runtime.h"
#include "sysreg.h"

const char *const guest_name = "sve";

#define SECOND		1000000
#define ZCR_EL1		S3_0_C1_C2_0
#define ROUND_US	2000
#define RDVL		0x04bf5020u	/* rdvl x0, #1 */
#define EC_TRAPPED_SVE	0x19

static u64 done;

static bool has_sve(void)
{
	if (sve_bytes())
		return true;
	test_skip("no SVE");
	return false;
}

static void hidden_is_undefined(void)
{
	struct insn_regs regs;
	struct trap_info trap;

	if (sve_bytes()) {
		test_skip("it is there");
		return;
	}
	/* The CPU may still have it, and trap it by these bits. */
	sysreg_write(cpacr_el1, CPACR_FPEN | CPACR_ZEN);
	isb();
	insn_fill(&regs);
	check(insn_run(RDVL, &regs, &trap) && ESR_EC(trap.cause) == EC_UNKNOWN, "RDVL: 0x%lx",
	      trap.cause);
	insn_fill(&regs);
	check(insn_run(INSN_MRS(SYSREG(3, 0, 1, 2, 0), 1), &regs, &trap) &&
	      ESR_EC(trap.cause) == EC_UNKNOWN, "ZCR_EL1: 0x%lx", trap.cause);
	insn_fill(&regs);
	check(!insn_run(INSN_MRS(SYSREG(3, 0, 0, 4, 4), 1), &regs, &trap) && !regs.x[1],
	      "ID_AA64ZFR0_EL1: 0x%lx", regs.x[1]);
}

static void trapped_by_guest(void)
{
	struct insn_regs regs;
	struct trap_info trap;

	if (!has_sve())
		return;
	sysreg_write(cpacr_el1, CPACR_FPEN);
	isb();
	insn_fill(&regs);
	check(insn_run(RDVL, &regs, &trap) && ESR_EC(trap.cause) == EC_TRAPPED_SVE, "0x%lx",
	      trap.cause);
	arch_vector_on();
}

/* Lengths that are not there become the next shorter one: B1.4.4. */
static void lengths(void)
{
	unsigned int asked, got, last = 0, nr = 0;

	if (!has_sve())
		return;
	for (asked = 16; asked <= SVE_MAX_BYTES; asked += 16) {
		got = sve_set_bytes(asked);
		check(got <= asked && got >= 16 && got >= last, "%u bytes for %u", got, asked);
		nr += got != last;
		last = got;
		arch_null_call();
		check(sve_vector_bytes() == got, "%u bytes became %lu by a call", got,
		      sve_vector_bytes());
	}
	print("%u lengths, the longest %u bytes\n", nr, last);
}

static void control_kept(void)
{
	unsigned int i;

	if (!has_sve())
		return;
	for (i = 0; i < 16; i++) {
		icc_write(ZCR_EL1, i);
		isb();
		arch_null_call();
		arch_mmio_read();
		check((icc_read(ZCR_EL1) & 0xf) == i, "0x%lx, not 0x%x", icc_read(ZCR_EL1), i);
	}
	sve_set_bytes(SVE_MAX_BYTES);
}

static void call_some(void)
{
	unsigned int i;

	for (i = 0; i < 20; i++) {
		arch_null_call();
		arch_mmio_read();
	}
}

static void sleep_some(void)
{
	u64 before = arch_timer_count(arch_cpu_self());

	arch_timer_set(arch_time() + time_from_us(ROUND_US));
	halt_while(arch_timer_count, arch_cpu_self(), before);
}

static void spin_some(void)
{
	delay_us(ROUND_US);
}

static void (*const rounds[])(void) = { call_some, sleep_some, spin_some };

static void keep_at_each_length(void)
{
	unsigned int i, bytes, bad, longest = sve_bytes();
	u64 seed = arch_time() ^ (u64)arch_cpu_self() << 40;

	for (bytes = 16; bytes <= longest && !test_failed(); bytes += 16) {
		if (sve_set_bytes(bytes) != bytes)
			continue;
		for (i = 0; i < ARRAY_SIZE(rounds); i++) {
			sve_fill(++seed);
			rounds[i]();
			bad = sve_compare(seed);
			check(!bad, "CPU %u, %u bytes, round %u: register %u changed",
			      arch_cpu_self(), bytes, i, bad - 1);
		}
	}
}

static void worker(void *arg)
{
	u64 end = arch_time() + time_from_us(option_number("ms", 300) * 1000);

	arch_vector_on();
	arch_irq_on();
	do {
		keep_at_each_length();
	} while (arch_time() < end && !test_failed());
	arch_irq_off();
	add_shared(&done, 1);
}

/* On all CPUs, with more of them than the host has they move about. */
static void kept(void)
{
	unsigned int cpu;
	u64 end = arch_time() + time_from_us(20 * SECOND);

	if (!has_sve())
		return;
	for (cpu = 0; cpu < arch_cpu_count(); cpu++) {
		while (cpu != arch_cpu_self() && !arch_cpu_start(cpu, worker, NULL)) {
			if (!check(arch_time() < end, "CPU %u does not start", cpu))
				return;
		}
	}
	worker(NULL);
	check(wait_for(&done, arch_cpu_count(), 60 * SECOND), "only %lu CPUs ended", done);
}

/* What a longer vector had above a shorter one may be gone; the rest is not. */
static void shorter_and_longer(void)
{
	unsigned int bad, longest = sve_bytes();

	if (!has_sve())
		return;
	sve_fill(7);
	sve_set_bytes(16);
	call_some();
	sve_set_bytes(longest);
	sve_fill(8);
	sve_set_bytes(16);
	bad = sve_compare(8);
	check(!bad || bad > 1, "Z0 changed below what was cut off");
	sve_set_bytes(longest);
	sve_fill(9);
	call_some();
	check(!sve_compare(9), "not kept afterwards");
}

/* The FP/SIMD registers are the lowest 128 bits of each. */
static void simd_below(void)
{
	if (!has_sve())
		return;
	arch_fp_fill(3);
	call_some();
	check(!arch_fp_compare(3), "V%u changed", arch_fp_compare(3) - 1);
	sve_fill(5);
	sleep_some();
	check(!sve_compare(5), "Z%u changed", sve_compare(5) - 1);
	arch_irq_off();
}

static const struct test_case cases[] = {
	{ "hidden_is_undefined", hidden_is_undefined },
	{ "trapped_by_guest", trapped_by_guest },
	{ "lengths", lengths },
	{ "control_kept", control_kept },
	{ "kept", kept },
	{ "shorter_and_longer", shorter_and_longer },
	{ "simd_below", simd_below },
};

static void fp_is_there(void)
{
	arch_fp_on();
	arch_fp_fill(1);
	check(!arch_fp_compare(1), "FP/SIMD registers");
}

static const struct test_case always[] = {
	{ "fp_is_there", fp_is_there },
};

void guest_main(void)
{
	test_run(always, ARRAY_SIZE(always));
	test_run(cases, ARRAY_SIZE(cases));
}
