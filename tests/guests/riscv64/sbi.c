// SPDX-License-Identifier: GPL-2.0
/*
 * Firmware calls, honest and hostile. RISC-V Supervisor Binary Interface 2.0;
 * where firmware on the reference machine is known to be lax, only axvm is
 * held to the specification.
 */
#include "cpu.h"
#include "csr.h"
#include "fdt.h"
#include "runtime.h"
#include "sbi.h"

const char *const guest_name = "sbi";

#define SECOND		1000000
#define NO_HART		0x123456
#define FUZZ_CALLS	3000

static const u64 announced[] = {
	SBI_EXT_BASE, SBI_EXT_TIME, SBI_EXT_IPI, SBI_EXT_RFENCE, SBI_EXT_HSM, SBI_EXT_SRST,
};

static const u64 unknown[] = {
	0x20, 0xff, 0x12345678, 0x08ffffff, 0x7fffffff, 0x80000000, 0xffffffff, 0x1054494d45,
	0x8000000000000000, ~0UL,
};

static u64 my_hart(void)
{
	return this_cpu()->hart;
}

static struct cpu *other_cpu(void)
{
	return &cpus[arch_cpu_self() ? 0 : 1];
}

static void base_values(void)
{
	struct sbi_ret ret = sbi_base(SBI_BASE_SPEC_VERSION, 0);
	u64 fn;

	check(!ret.error && ret.value >> 24 >= 1 && !(ret.value >> 31), "version 0x%lx", ret.value);
	for (fn = SBI_BASE_IMPL_ID; fn <= SBI_BASE_MIMPID; fn++) {
		if (fn != SBI_BASE_PROBE)
			check(!sbi_base(fn, 0).error, "function %lu fails", fn);
	}
	check(sbi_base(7, 0).error == SBI_ERR_NOT_SUPPORTED, "function 7: %ld",
	      sbi_base(7, 0).error);
}

static void probing(void)
{
	struct sbi_ret ret;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(announced); i++) {
		ret = sbi_base(SBI_BASE_PROBE, announced[i]);
		check(!ret.error && ret.value, "0x%lx is missing", announced[i]);
	}
	check(arch_is_reference() || sbi_has(SBI_EXT_DBCN), "no debug console");
	for (i = 0; i < ARRAY_SIZE(unknown); i++) {
		ret = sbi_base(SBI_BASE_PROBE, unknown[i]);
		check(!ret.error && !ret.value, "0x%lx: error %ld value 0x%lx", unknown[i],
		      ret.error, ret.value);
	}
}

static void unknown_calls(void)
{
	struct sbi_ret ret;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(unknown); i++) {
		ret = sbi_call(unknown[i], 0, ~0UL, ~0UL, ~0UL, ~0UL, ~0UL);
		check(ret.error == SBI_ERR_NOT_SUPPORTED, "0x%lx: %ld", unknown[i], ret.error);
	}
	for (i = 0; i < ARRAY_SIZE(announced); i++) {
		ret = sbi_call(announced[i], 0x100, 0, 0, 0, 0, 0);
		check(ret.error == SBI_ERR_NOT_SUPPORTED, "0x%lx function 0x100: %ld",
		      announced[i], ret.error);
		ret = sbi_call(announced[i], ~0UL, 0, 0, 0, 0, 0);
		check(ret.error == SBI_ERR_NOT_SUPPORTED, "0x%lx function -1: %ld", announced[i],
		      ret.error);
	}
}

/* All registers but a0 and a1 come back as they were (section "Binary Encoding"). */
static void registers_kept(void)
{
	struct insn_regs before, after;
	struct trap_info trap;

	insn_fill(&before);
	before.x[17] = SBI_EXT_BASE;
	before.x[16] = SBI_BASE_SPEC_VERSION;
	after = before;
	check(!insn_run(INSN_ECALL, &after, &trap), "trap %lu", trap.cause);
	before.x[10] = after.x[10];
	check(!insn_changed(&before, &after, 11), "x%u changed", insn_changed(&before, &after, 11));
	before.x[17] = 0x12345678;
	after = before;
	check(!insn_run(INSN_ECALL, &after, &trap), "unknown: trap %lu", trap.cause);
	before.x[10] = after.x[10];
	check(!insn_changed(&before, &after, 11), "unknown: x%u changed",
	      insn_changed(&before, &after, 11));
}

static void debug_console(void)
{
	static const char text[] = "written by the debug console\n";
	struct sbi_ret ret;

	if (!sbi_has(SBI_EXT_DBCN)) {
		test_skip("no debug console");
		return;
	}
	ret = sbi_call(SBI_EXT_DBCN, SBI_DBCN_WRITE, sizeof(text) - 1, (u64)text, 0, 0, 0);
	check(!ret.error && ret.value && ret.value < sizeof(text), "write: %ld, %lu", ret.error,
	      ret.value);
	ret = sbi_call(SBI_EXT_DBCN, SBI_DBCN_WRITE, 0, (u64)text, 0, 0, 0);
	check(!ret.error && !ret.value, "write of nothing: %ld, %lu", ret.error, ret.value);
	ret = sbi_call(SBI_EXT_DBCN, SBI_DBCN_WRITE_BYTE, '\n', 0, 0, 0, 0);
	check(!ret.error && !ret.value, "byte: %ld, %lu", ret.error, ret.value);
	ret = sbi_call(SBI_EXT_DBCN, SBI_DBCN_READ, 16, (u64)cpus, 0, 0, 0);
	check(!ret.error && !ret.value, "read: %ld, %lu", ret.error, ret.value);
}

static void debug_console_hostile(void)
{
	static const u64 calls[][3] = {
		{ 16, 0x0e000000, 0 }, { 16, 0x10000000, 0 }, { 16, 0, 0 }, { 16, ~0UL - 7, 0 },
		{ 16, 0x80200000, 1 }, { 16, 0x80200000, ~0UL }, { ~0UL, 0x80200000, 0 },
		{ 1UL << 40, 0x80200000, 0 }, { ~0UL, ~0UL, ~0UL }, { 16, 1UL << 63, 0 },
	};
	struct sbi_ret ret;
	unsigned int i, fn;

	if (arch_is_reference()) {
		test_skip("not for the reference");
		return;
	}
	for (i = 0; i < ARRAY_SIZE(calls); i++) {
		for (fn = SBI_DBCN_WRITE; fn <= SBI_DBCN_READ; fn++) {
			ret = sbi_call(SBI_EXT_DBCN, fn, calls[i][0], calls[i][1], calls[i][2], 0,
				       0);
			check(ret.error == SBI_ERR_INVALID_PARAM, "call %u function %u: %ld, %lu",
			      i, fn, ret.error, ret.value);
		}
	}
}

static void legacy_console(void)
{
	const char *text = "written by the legacy call\n";
	long ret;

	while (*text)
		check(!sbi_call(SBI_LEGACY_PUTCHAR, 0, *text++, 0, 0, 0, 0).error, "it fails");
	ret = sbi_call(SBI_LEGACY_GETCHAR, 0, 0, 0, 0, 0, 0).error;
	check(ret == -1, "a character out of nowhere: %ld", ret);
}

static u64 wait_ipis(u64 wanted)
{
	u64 end = arch_time() + time_from_us(10 * SECOND);

	arch_irq_on();
	while (arch_ipi_count(arch_cpu_self()) < wanted && arch_time() < end)
		barrier();
	arch_irq_off();
	return arch_ipi_count(arch_cpu_self());
}

static void ipi_forms(void)
{
	u64 before = arch_ipi_count(arch_cpu_self());

	check(!sbi_send_ipi(1, my_hart()).error, "base form fails");
	check(wait_ipis(before + 1) == before + 1, "base form: no interrupt");
	check(!sbi_send_ipi(BIT(my_hart()), 0).error, "mask form fails");
	check(wait_ipis(before + 2) == before + 2, "mask form: no interrupt");
	check(!sbi_send_ipi(0, 0).error, "empty mask fails");
	delay_us(500);
	check(wait_ipis(before + 2) == before + 2, "empty mask: an interrupt");
	check(!sbi_send_ipi(0, -1UL).error, "base -1 fails");
	check(wait_ipis(before + 3) == before + 3, "base -1: no interrupt");
}

static void expect_invalid_harts(u64 mask, u64 base)
{
	struct sbi_ret ret = sbi_send_ipi(mask, base);

	check(ret.error == SBI_ERR_INVALID_PARAM, "IPI to 0x%lx at 0x%lx: %ld", mask, base,
	      ret.error);
	ret = sbi_rfence(SBI_RFENCE_I, mask, base, 0, 0);
	check(ret.error == SBI_ERR_INVALID_PARAM, "fence to 0x%lx at 0x%lx: %ld", mask, base,
	      ret.error);
}

static void invalid_harts(void)
{
	if (arch_is_reference()) {
		test_skip("not for the reference");
		return;
	}
	expect_invalid_harts(1, NO_HART);
	expect_invalid_harts(~0UL, 0);
	expect_invalid_harts(1UL << 63, 0);
	expect_invalid_harts(~0UL, NO_HART);
	expect_invalid_harts(~0UL, -2UL);
	expect_invalid_harts(4, -2UL);
	expect_invalid_harts(1, 1UL << 63);
}

static const struct {
	u64 start;
	u64 len;
} ranges[] = {
	{ 0, 0 }, { 0, -1UL }, { 0x1234, 0x5678 }, { 0, 4096 }, { 1UL << 38, 1UL << 40 },
	{ -4096UL, 4096 }, { 0xffff, 1 }, { 0x80200000, 64 << 20 },
};

static void remote_fences(void)
{
	struct sbi_ret ret;
	unsigned int i, fn;

	for (fn = SBI_RFENCE_I; fn <= SBI_RFENCE_VMA_ASID; fn++) {
		for (i = 0; i < ARRAY_SIZE(ranges); i++) {
			ret = sbi_call(SBI_EXT_RFENCE, fn, 0, -1UL, ranges[i].start, ranges[i].len,
				       i * 0x1111);
			check(!ret.error, "function %u range %u: %ld", fn, i, ret.error);
		}
	}
}

/* Wrapping ranges: refused or done, but answered. */
static void wild_fences(void)
{
	struct sbi_ret ret;
	unsigned int fn;

	for (fn = SBI_RFENCE_I; fn <= SBI_RFENCE_VMA_ASID; fn++) {
		ret = sbi_call(SBI_EXT_RFENCE, fn, 0, -1UL, -1UL, -1UL, ~0UL);
		check(!ret.error || ret.error == SBI_ERR_INVALID_ADDRESS ||
		      ret.error == SBI_ERR_INVALID_PARAM, "function %u: %ld", fn, ret.error);
		ret = sbi_call(SBI_EXT_RFENCE, fn, 0, -1UL, 1UL << 63, (1UL << 63) + 4096, 0);
		check(!ret.error || ret.error == SBI_ERR_INVALID_ADDRESS ||
		      ret.error == SBI_ERR_INVALID_PARAM, "function %u: %ld", fn, ret.error);
	}
	for (fn = 3; fn <= 6; fn++) {
		ret = sbi_call(SBI_EXT_RFENCE, fn, 0, -1UL, 0, 4096, 0);
		check(ret.error == SBI_ERR_NOT_SUPPORTED, "hypervisor fence %u: %ld", fn,
		      ret.error);
	}
}

static void hart_states(void)
{
	struct sbi_ret ret = sbi_hart_status(my_hart());

	check(!ret.error && ret.value == SBI_HSM_STARTED, "own: %ld, %lu", ret.error, ret.value);
	check(sbi_hart_status(NO_HART).error == SBI_ERR_INVALID_PARAM, "unknown: %ld",
	      sbi_hart_status(NO_HART).error);
	check(sbi_hart_status(-1UL).error == SBI_ERR_INVALID_PARAM, "-1: %ld",
	      sbi_hart_status(-1UL).error);
	if (arch_cpu_count() < 2)
		return;
	ret = sbi_hart_status(other_cpu()->hart);
	check(!ret.error && ret.value == SBI_HSM_STOPPED, "other: %ld, %lu", ret.error, ret.value);
}

static void hart_start_errors(void)
{
	struct sbi_ret ret = sbi_hart_start(NO_HART, (u64)secondary_entry, 0);

	check(ret.error == SBI_ERR_INVALID_PARAM, "unknown hart: %ld", ret.error);
	ret = sbi_hart_start(-1UL, (u64)secondary_entry, 0);
	check(ret.error == SBI_ERR_INVALID_PARAM, "hart -1: %ld", ret.error);
	ret = sbi_hart_start(my_hart(), (u64)secondary_entry, 0);
	check(ret.error == SBI_ERR_ALREADY_AVAILABLE, "started hart: %ld", ret.error);
	if (arch_is_reference() || arch_cpu_count() < 2)
		return;
	ret = sbi_hart_start(other_cpu()->hart, 0x0e000000, 0);
	check(ret.error == SBI_ERR_INVALID_ADDRESS, "start outside memory: %ld", ret.error);
	ret = sbi_hart_start(other_cpu()->hart, -4UL, 0);
	check(ret.error == SBI_ERR_INVALID_ADDRESS, "start at the end: %ld", ret.error);
	check(sbi_hart_status(other_cpu()->hart).value == SBI_HSM_STOPPED, "it is not stopped");
}

static u64 starts, start_satp, start_sie, start_seen;

static void note_start(void *arg)
{
	start_seen = (u64)arg;
	start_satp = csr_read(CSR_SATP);
	start_sie = csr_read(CSR_SSTATUS) & SSTATUS_SIE;
	add_shared(&starts, 1);
}

static void start_and_stop(void)
{
	struct cpu *cpu = other_cpu();
	unsigned int i;

	if (arch_cpu_count() < 2) {
		test_skip("one CPU");
		return;
	}
	for (i = 1; i <= 20; i++) {
		if (!check(arch_cpu_start(cpu->index, note_start, (void *)(u64)i), "start %u", i))
			return;
		check(wait_for(&starts, i, 10 * SECOND), "start %u: it does not run", i);
		check(start_seen == i && !start_satp && !start_sie, "start %u: 0x%lx, satp 0x%lx",
		      i, start_seen, start_satp);
		if (!check(sbi_wait_status(cpu->hart, SBI_HSM_STOPPED, 10 * SECOND),
			   "start %u: it does not stop", i))
			return;
	}
}

static u64 spinner_leaves;

static void spinner(void *arg)
{
	while (!load_shared(&spinner_leaves))
		barrier();
}

static void start_running_hart(void)
{
	struct cpu *cpu = other_cpu();
	struct sbi_ret ret;

	if (arch_cpu_count() < 2) {
		test_skip("one CPU");
		return;
	}
	check(arch_cpu_start(cpu->index, spinner, NULL), "it does not start");
	check(sbi_wait_status(cpu->hart, SBI_HSM_STARTED, 10 * SECOND), "it is not started");
	ret = sbi_hart_start(cpu->hart, (u64)secondary_entry, (u64)cpu);
	check(ret.error == SBI_ERR_ALREADY_AVAILABLE, "second start: %ld", ret.error);
	store_shared(&spinner_leaves, 1);
	check(sbi_wait_status(cpu->hart, SBI_HSM_STOPPED, 10 * SECOND), "it does not stop");
}

static struct sbi_ret suspend(u64 type, u64 entry, u64 arg)
{
	return sbi_call(SBI_EXT_HSM, SBI_HSM_SUSPEND, type, entry, arg, 0, 0);
}

static void suspend_errors(void)
{
	long error = suspend(1, 0, 0).error;

	check(error == SBI_ERR_INVALID_PARAM, "reserved type: %ld", error);
	error = suspend(0x80000001, 0, 0).error;
	check(error == SBI_ERR_INVALID_PARAM, "reserved non-retentive type: %ld", error);
	error = suspend(0x10000000, 0, 0).error;
	check(error == SBI_ERR_INVALID_PARAM || error == SBI_ERR_NOT_SUPPORTED,
	      "platform type: %ld", error);
	error = suspend(0xffffffff, 0, 0).error;
	check(error == SBI_ERR_INVALID_PARAM || error == SBI_ERR_NOT_SUPPORTED,
	      "type 0xffffffff: %ld", error);
	if (arch_is_reference())
		return;
	error = suspend(SBI_SUSPEND_NON_RETENTIVE, 0x0e000000, 0).error;
	check(error == SBI_ERR_INVALID_ADDRESS || error == SBI_ERR_NOT_SUPPORTED,
	      "resume outside memory: %ld", error);
}

static void suspend_retentive(void)
{
	u64 before = arch_timer_count(arch_cpu_self());
	u64 deadline = arch_time() + time_from_us(20000);
	struct sbi_ret ret;

	arch_irq_off();
	arch_timer_set(deadline);
	do {
		ret = suspend(SBI_SUSPEND_RETENTIVE, 0, 0);
	} while (!ret.error && arch_time() < deadline);
	check(!ret.error, "error %ld", ret.error);
	arch_irq_on();
	delay_us(1000);
	arch_irq_off();
	check(arch_timer_count(arch_cpu_self()) == before + 1, "no timer interrupt after it");
}

static u64 resumed;

/* Runs as a new start does: note_resume is what the entry code calls. */
static void note_resume(void *arg)
{
	add_shared(&resumed, 1);
}

static void suspender(void *arg)
{
	struct cpu *cpu = this_cpu();

	arch_timer_set(arch_time() + time_from_us(5000));
	cpu->start_fn = note_resume;
	suspend(SBI_SUSPEND_NON_RETENTIVE, (u64)secondary_entry, (u64)cpu);
	test_fail("the suspend call came back");
}

static void suspend_non_retentive(void)
{
	struct cpu *cpu = other_cpu();

	if (arch_cpu_count() < 2) {
		test_skip("one CPU");
		return;
	}
	check(arch_cpu_start(cpu->index, suspender, NULL), "it does not start");
	check(wait_for(&resumed, 1, 10 * SECOND), "it does not resume");
	check(sbi_wait_status(cpu->hart, SBI_HSM_STOPPED, 10 * SECOND), "it does not stop");
}

static void reset_errors(void)
{
	static const u64 types[] = { 3, 0x10, 0xefffffff };
	long error;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(types); i++) {
		error = sbi_call(SBI_EXT_SRST, 0, types[i], 0, 0, 0, 0).error;
		check(error == SBI_ERR_INVALID_PARAM, "type 0x%lx: %ld", types[i], error);
	}
	if (arch_is_reference())
		return;
	error = sbi_call(SBI_EXT_SRST, 0, SBI_RESET_SHUTDOWN, 2, 0, 0, 0).error;
	check(error == SBI_ERR_INVALID_PARAM, "reserved reason: %ld", error);
}

/* Extensions that take addresses and counts: hostile ones must be errors, never more. */
static void other_extensions(void)
{
	static const u64 exts[] = { SBI_EXT_PMU, SBI_EXT_SUSP, SBI_EXT_STA };
	struct sbi_ret ret;
	unsigned int i, fn;

	if (arch_is_reference()) {
		test_skip("not for the reference");
		return;
	}
	for (i = 0; i < ARRAY_SIZE(exts); i++) {
		for (fn = 0; fn < 10; fn++) {
			ret = sbi_call(exts[i], fn, ~0UL, ~0UL, ~0UL, ~0UL, ~0UL);
			check(ret.error || sbi_has(exts[i]), "0x%lx function %u succeeds", exts[i],
			      fn);
		}
	}
}

static u64 random_argument(u64 *state)
{
	u64 val = random_next(state);

	switch (val >> 61) {
	case 0:
		return val & 0xff;
	case 1:
		return -(val & 0xff);
	case 2:
		return 0x80000000 + (val & 0xfffffff);
	case 3:
		return 1UL << (val & 63);
	case 4:
		return (u64)ranges;
	default:
		return val;
	}
}

/* Not those that end or redirect a CPU, nor what would write where it pleases. */
static bool may_fuzz(u64 ext, u64 fn)
{
	if (ext == SBI_EXT_SRST || ext == SBI_EXT_SUSP || ext == 8)
		return false;
	if (ext == SBI_EXT_DBCN && fn != SBI_DBCN_WRITE_BYTE)
		return false;
	if (ext == 1)
		return false;
	return ext != SBI_EXT_HSM || fn == SBI_HSM_STATUS || fn > SBI_HSM_SUSPEND;
}

static void fuzz(void)
{
	static const u64 exts[] = {
		SBI_EXT_BASE, SBI_EXT_TIME, SBI_EXT_IPI, SBI_EXT_RFENCE, SBI_EXT_HSM, SBI_EXT_PMU,
		SBI_EXT_STA, 0, 2, 3, 4, 5, 6, 7, 9,
	};
	u64 state = option_number("seed", 1);
	unsigned int i;

	if (arch_is_reference()) {
		test_skip("not for the reference");
		return;
	}
	arch_irq_on();
	for (i = 0; i < FUZZ_CALLS; i++) {
		u64 ext = exts[random_next(&state) % ARRAY_SIZE(exts)];
		u64 fn = random_next(&state) % 8;

		if (may_fuzz(ext, fn))
			sbi_call(ext, fn, random_argument(&state), random_argument(&state),
				 random_argument(&state), random_argument(&state),
				 random_argument(&state));
	}
	arch_timer_stop();
	arch_irq_off();
	check(!sbi_base(SBI_BASE_SPEC_VERSION, 0).error, "the base extension is gone");
}

static const struct test_case cases[] = {
	{ "base_values", base_values },
	{ "probing", probing },
	{ "unknown_calls", unknown_calls },
	{ "registers_kept", registers_kept },
	{ "debug_console", debug_console },
	{ "debug_console_hostile", debug_console_hostile },
	{ "legacy_console", legacy_console },
	{ "ipi_forms", ipi_forms },
	{ "invalid_harts", invalid_harts },
	{ "remote_fences", remote_fences },
	{ "wild_fences", wild_fences },
	{ "hart_states", hart_states },
	{ "hart_start_errors", hart_start_errors },
	{ "start_and_stop", start_and_stop },
	{ "start_running_hart", start_running_hart },
	{ "suspend_errors", suspend_errors },
	{ "suspend_retentive", suspend_retentive },
	{ "suspend_non_retentive", suspend_non_retentive },
	{ "reset_errors", reset_errors },
	{ "other_extensions", other_extensions },
	{ "fuzz", fuzz },
};

void guest_main(void)
{
	test_run(cases, ARRAY_SIZE(cases));
}
