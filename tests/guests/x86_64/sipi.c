// SPDX-License-Identifier: GPL-2.0
/*
 * INIT and start-up IPIs: where and as what a CPU begins, what INIT keeps, and
 * INIT at any time. SDM 3, 9.4 and table 10-1.
 */
#include "cpu.h"

const char *const guest_name = "sipi";

#define SECOND		1000000

/* What real_begin (real.S) leaves in its page. */
#define REPORT_DONE	0x100	/* offsets in its page */
#define REPORT_REGS	0x110	/* eax ebx ecx edx esi edi ebp esp */
#define REPORT_FLAGS	0x130
#define REPORT_CR0	0x134
#define REPORT_CR2	0x138
#define REPORT_CR3	0x13c
#define REPORT_CR4	0x140
#define REPORT_SEGS	0x150	/* cs ds es ss fs gs */
#define REPORT_DR6	0x160
#define REPORT_DR7	0x164
#define COUNTER		0x180
#define PAGE_OF(cpu)	((LOW_TEST >> 12) + (cpu) % 16)

static u8 *page_of(unsigned int cpu)
{
	return (u8 *)((u64)PAGE_OF(cpu) << 12);
}

static u32 *word(unsigned int cpu, u32 offset)
{
	return (u32 *)(page_of(cpu) + offset);
}

static u16 segment(unsigned int cpu, unsigned int n)
{
	return *(u16 *)(page_of(cpu) + REPORT_SEGS + 2 * n);
}

static void put_program(unsigned int cpu, const u8 *begin, const u8 *end)
{
	memset(page_of(cpu), 0, PAGE_SIZE);
	memcpy(page_of(cpu), begin, end - begin);
}

static bool wait_word(unsigned int cpu, u32 offset, u32 wanted)
{
	u64 end = arch_time() + time_from_us(10 * SECOND);

	while (load_shared(word(cpu, offset)) < wanted) {
		if (arch_time() > end)
			return load_shared(word(cpu, offset)) >= wanted;
	}
	return true;
}

static void init_and_start(unsigned int cpu)
{
	cpu_send_init(cpu);
	delay_us(200);
	cpu_send_startup(cpu, PAGE_OF(cpu));
}

static bool is_other(unsigned int cpu)
{
	return cpu != arch_cpu_self();
}

static bool alone(void)
{
	if (arch_cpu_count() < 2)
		test_skip("one CPU");
	return arch_cpu_count() < 2;
}

static unsigned int some_cpu(void)
{
	return arch_cpu_self() ? 0 : 1;
}

static void park_all(void)
{
	unsigned int cpu;

	for (cpu = 0; cpu < arch_cpu_count(); cpu++) {
		if (is_other(cpu)) {
			cpu_send_init(cpu);
			cpu_forget(cpu);
		}
	}
	delay_us(1000);
}

/* --- what a CPU begins as --- */

static void check_registers(unsigned int cpu)
{
	unsigned int i;

	for (i = 0; i < 8; i++) {
		u32 val = *word(cpu, REPORT_REGS + 4 * i);

		if (i != 3)
			check(!val, "CPU %u: register %u is 0x%x", cpu, i, val);
	}
	check(*word(cpu, REPORT_REGS + 12) == cpuid(1, 0).eax, "CPU %u: EDX is 0x%x, not 0x%x",
	      cpu, *word(cpu, REPORT_REGS + 12), cpuid(1, 0).eax);
	check(*word(cpu, REPORT_FLAGS) == RFLAGS_FIXED, "CPU %u: flags are 0x%x", cpu,
	      *word(cpu, REPORT_FLAGS));
}

static void check_system_registers(unsigned int cpu)
{
	unsigned int i;

	check((*word(cpu, REPORT_CR0) & ~(u32)(CR0_CD | CR0_NW)) == CR0_ET,
	      "CPU %u: CR0 is 0x%x", cpu, *word(cpu, REPORT_CR0));
	check(!*word(cpu, REPORT_CR2) && !*word(cpu, REPORT_CR3) && !*word(cpu, REPORT_CR4),
	      "CPU %u: CR2 0x%x CR3 0x%x CR4 0x%x", cpu, *word(cpu, REPORT_CR2),
	      *word(cpu, REPORT_CR3), *word(cpu, REPORT_CR4));
	check(segment(cpu, 0) == PAGE_OF(cpu) << 8, "CPU %u: CS is 0x%x", cpu, segment(cpu, 0));
	for (i = 1; i < 6; i++)
		check(!segment(cpu, i), "CPU %u: segment %u is 0x%x", cpu, i, segment(cpu, i));
	check(*word(cpu, REPORT_DR6) == 0xffff0ff0 && *word(cpu, REPORT_DR7) == 0x400,
	      "CPU %u: DR6 0x%x DR7 0x%x", cpu, *word(cpu, REPORT_DR6), *word(cpu, REPORT_DR7));
}

static void state(void)
{
	unsigned int cpu;

	if (alone())
		return;
	for (cpu = 0; cpu < arch_cpu_count(); cpu++) {
		if (!is_other(cpu))
			continue;
		put_program(cpu, real_begin, real_end);
		init_and_start(cpu);
		if (!check(wait_word(cpu, REPORT_DONE, 1), "CPU %u does not start", cpu))
			return;
		check_registers(cpu);
		check_system_registers(cpu);
	}
	park_all();
}

/* The same after it was in 64-bit mode, with paging, debug registers and all. */
static void dirty(void *arg)
{
	write_dr7(0x455);
	write_dr0(0x1234);
	write_cr2(0xdead);
	write_cr4(read_cr4() | CR4_PGE | CR4_OSFXSR);
	wrmsr(MSR_KERNEL_GS_BASE, 0x123456789abc);
	wrmsr(MSR_STAR, 0x1122334455667788);
	wrmsr(MSR_SYSENTER_CS, 0x77);
	wrmsr(MSR_PAT, 0x0007040600070401);
	lapic_write(APIC_TPR, 0x40);
	lapic_write(APIC_LVT0, 0x99);
	lapic_write(APIC_LVT_TIMER, 0x98);
	lapic_write(APIC_TMICT, 0x80000000);
	add_shared((u64 *)arg, 1);
	asm volatile("sti" : : : "memory");
	for (;;)
		barrier();
}

static u64 went;

static void state_after_long_mode(void)
{
	unsigned int cpu = some_cpu();

	if (alone())
		return;
	store_shared(&went, 0);
	check(arch_cpu_start(cpu, dirty, &went) && wait_for(&went, 1, 10 * SECOND),
	      "CPU %u does not start", cpu);
	put_program(cpu, real_begin, real_end);
	init_and_start(cpu);
	cpu_forget(cpu);
	if (!check(wait_word(cpu, REPORT_DONE, 1), "CPU %u does not start again", cpu))
		return;
	check_registers(cpu);
	check_system_registers(cpu);
	park_all();
}

/* INIT keeps model-specific registers. */
static struct {
	u64 kernel_gs, star, sysenter, pat, tsc;
} kept;

static u64 look_done;

static void look(void *arg)
{
	kept.kernel_gs = rdmsr(MSR_KERNEL_GS_BASE);
	kept.star = rdmsr(MSR_STAR);
	kept.sysenter = rdmsr(MSR_SYSENTER_CS);
	kept.pat = rdmsr(MSR_PAT);
	kept.tsc = rdtsc();
	store_shared(&look_done, 1);
}

static void kept_by_init(void)
{
	unsigned int cpu = some_cpu();
	u64 before, after;

	if (alone())
		return;
	store_shared(&went, 0);
	store_shared(&look_done, 0);
	check(arch_cpu_start(cpu, dirty, &went) && wait_for(&went, 1, 10 * SECOND),
	      "CPU %u does not start", cpu);
	cpu_send_init(cpu);
	cpu_forget(cpu);
	before = rdtsc();
	check(arch_cpu_start(cpu, look, NULL) && wait_for(&look_done, 1, 10 * SECOND),
	      "CPU %u does not start again", cpu);
	after = rdtsc();
	check(kept.kernel_gs == 0x123456789abc, "KERNEL_GS_BASE is 0x%lx", kept.kernel_gs);
	check(kept.star == 0x1122334455667788, "STAR is 0x%lx", kept.star);
	check(kept.sysenter == 0x77, "SYSENTER_CS is 0x%lx", kept.sysenter);
	check(kept.pat == 0x0007040600070401, "PAT is 0x%lx", kept.pat);
	check(kept.tsc >= before && kept.tsc <= after, "TSC is 0x%lx, not between 0x%lx and 0x%lx",
	      kept.tsc, before, after);
}

static u32 apic_seen[6];

static void look_at_apic(void)
{
	apic_seen[0] = lapic_read(APIC_TPR);
	apic_seen[1] = lapic_read(APIC_LVT0);
	apic_seen[2] = lapic_read(APIC_TMICT);
	apic_seen[3] = lapic_read(APIC_TMCCT);
	apic_seen[4] = lapic_read(APIC_SVR);
	apic_seen[5] = lapic_read(APIC_ID);
}

/* The local APIC begins anew, but for its id and its mode. */
static void apic_begins_anew(void)
{
	unsigned int cpu = some_cpu();
	u32 id = cpu_apic_id(cpu);

	if (alone())
		return;
	store_shared(&went, 0);
	store_shared(&look_done, 0);
	check(arch_cpu_start(cpu, dirty, &went) && wait_for(&went, 1, 10 * SECOND),
	      "CPU %u does not start", cpu);
	cpu_send_init(cpu);
	cpu_forget(cpu);
	cpu_on_start(look_at_apic);
	check(arch_cpu_start(cpu, look, NULL) && wait_for(&look_done, 1, 10 * SECOND),
	      "CPU %u does not start again", cpu);
	cpu_on_start(NULL);
	check(!apic_seen[0], "TPR is 0x%x", apic_seen[0]);
	check(apic_seen[1] & APIC_MASKED, "LVT0 is 0x%x", apic_seen[1]);
	check(!apic_seen[2] && !apic_seen[3], "the timer counts: 0x%x, 0x%x", apic_seen[2],
	      apic_seen[3]);
	check(apic_seen[4] == 0xff, "SVR is 0x%x", apic_seen[4]);
	check(apic_seen[5] == (lapic_is_x2() ? id : id << 24), "id is 0x%x", apic_seen[5]);
}

/* --- when --- */

static void every_page(void)
{
	unsigned int page, cpu = some_cpu();

	if (alone())
		return;
	for (page = 0; page < LOW_TEST_SIZE >> 12 && !test_failed(); page++) {
		put_program(page, real_begin, real_end);
		cpu_send_init(cpu);
		delay_us(200);
		cpu_send_startup(cpu, PAGE_OF(page));
		check(wait_word(page, REPORT_DONE, 1), "page 0x%x", PAGE_OF(page));
		check(segment(page, 0) == PAGE_OF(page) << 8, "CS is 0x%x", segment(page, 0));
	}
	park_all();
}

static void starts_once(void)
{
	unsigned int i, cpu = some_cpu();

	if (alone())
		return;
	put_program(cpu, real_begin, real_end);
	init_and_start(cpu);
	for (i = 0; i < 20; i++) {
		cpu_send_startup(cpu, PAGE_OF(cpu));
		delay_us(200);
	}
	wait_word(cpu, COUNTER, 1000);
	check(*word(cpu, REPORT_DONE) == 1, "it started %u times", *word(cpu, REPORT_DONE));
	park_all();
}

static bool stands_still(unsigned int cpu)
{
	u32 before;

	delay_us(50000);
	before = load_shared(word(cpu, COUNTER));
	delay_us(5000);
	return load_shared(word(cpu, COUNTER)) == before;
}

/* Between INIT and start-up nothing runs, whatever comes. */
static void waits_for_startup(void)
{
	unsigned int cpu = some_cpu();

	if (alone())
		return;
	put_program(cpu, real_begin, real_end);
	init_and_start(cpu);
	check(wait_word(cpu, COUNTER, 100), "it does not start");
	cpu_send_init(cpu);
	check(stands_still(cpu), "it runs on after INIT");
	lapic_send(cpu_apic_id(cpu), ICR_FIXED | ICR_ASSERT | 0x55);
	check(stands_still(cpu), "an interrupt started it");
	cpu_send_init(cpu);
	check(stands_still(cpu), "INIT started it");
	cpu_send_startup(cpu, PAGE_OF(cpu));
	check(wait_word(cpu, REPORT_DONE, 2), "it does not start again");
	park_all();
}

static void init_while_running(void)
{
	unsigned int i, cpu = some_cpu();
	u64 state = 5;

	if (alone())
		return;
	put_program(cpu, real_begin, real_end);
	for (i = 1; i <= 200 && !test_failed(); i++) {
		init_and_start(cpu);
		check(wait_word(cpu, REPORT_DONE, i), "round %u: it does not start", i);
		delay_us(random_next(&state) % 300);
	}
	park_all();
}

static void init_while_halted(void)
{
	unsigned int i, cpu = some_cpu();

	if (alone())
		return;
	put_program(cpu, halt_begin, halt_end);
	for (i = 1; i <= 100 && !test_failed(); i++) {
		init_and_start(cpu);
		check(wait_word(cpu, REPORT_DONE, i), "round %u: it does not start", i);
		delay_us(i % 3 * 100);
	}
	park_all();
}

/* With exits of all kinds. */
static void spin(void *arg)
{
	add_shared(&went, 1);
	asm volatile("sti" : : : "memory");
	for (;;)
		cpuid(0, 0);
}

static void send_storm(unsigned int cpu, unsigned int nr)
{
	for (; nr; nr--) {
		lapic_send(cpu_apic_id(cpu), ICR_FIXED | ICR_ASSERT | 0x55);
		lapic_send(cpu_apic_id(cpu), ICR_NMI | ICR_ASSERT);
	}
}

/* What was on its way into a CPU when INIT came is gone: in real mode it would lead nowhere. */
static void init_in_a_storm(void)
{
	unsigned int i, cpu = some_cpu();
	u64 state = 7;

	if (alone())
		return;
	for (i = 1; i <= 50 && !test_failed(); i++) {
		store_shared(&went, 0);
		check(arch_cpu_start(cpu, spin, NULL) && wait_for(&went, 1, 10 * SECOND),
		      "round %u: CPU %u does not start", i, cpu);
		put_program(cpu, real_begin, real_end);
		send_storm(cpu, 1 + random_next(&state) % 20);
		init_and_start(cpu);
		cpu_forget(cpu);
		check(wait_word(cpu, COUNTER, 1000), "round %u: it does not start again", i);
		check(*word(cpu, REPORT_DONE) == 1, "round %u: it started %u times", i,
		      *word(cpu, REPORT_DONE));
	}
	park_all();
}

/* No time between them. */
static void init_and_startup_at_once(void)
{
	unsigned int i, cpu = some_cpu();

	if (alone() || reference_differs("may lose the second"))
		return;
	put_program(cpu, real_begin, real_end);
	for (i = 1; i <= 200 && !test_failed(); i++) {
		cpu_send_init(cpu);
		cpu_send_startup(cpu, PAGE_OF(cpu));
		check(wait_word(cpu, REPORT_DONE, i), "round %u: it does not start", i);
	}
	park_all();
}

static void shorthand(void)
{
	unsigned int cpu, round, last = 0;

	if (alone())
		return;
	for (round = 0; round < 20 && !test_failed(); round++) {
		lapic_send(0, ICR_OTHERS | ICR_INIT | ICR_ASSERT | ICR_LEVEL);
		lapic_send(0, ICR_OTHERS | ICR_INIT | ICR_LEVEL);
		delay_us(500);
		/* Now nobody executes it. */
		put_program(0, real_begin, real_end);
		lapic_send(0, ICR_OTHERS | ICR_STARTUP | PAGE_OF(0));
		check(wait_word(0, REPORT_DONE, arch_cpu_count() - 1), "%u started",
		      *word(0, REPORT_DONE));
		last = round;
	}
	for (cpu = 0; cpu < arch_cpu_count(); cpu++)
		cpu_forget(cpu);
	check(last == 19 || test_failed(), "round %u", last);
	park_all();
}

static u64 runs;

static void run_once(void *arg)
{
	add_shared(&runs, 1);
}

/* And then as CPUs of a kernel. */
static void long_mode_again(void)
{
	unsigned int cpu, round;

	if (alone())
		return;
	store_shared(&runs, 0);
	for (round = 0; round < 10; round++) {
		for (cpu = 0; cpu < arch_cpu_count(); cpu++) {
			if (!is_other(cpu))
				continue;
			check(arch_cpu_start(cpu, run_once, NULL), "CPU %u does not start", cpu);
			while (cpu_is_alive(cpu) && !test_failed())
				barrier();
		}
	}
	check(runs == 10 * (arch_cpu_count() - 1), "%lu runs", runs);
}

static const struct test_case cases[] = {
	{ "state", state },
	{ "state_after_long_mode", state_after_long_mode },
	{ "kept_by_init", kept_by_init },
	{ "apic_begins_anew", apic_begins_anew },
	{ "every_page", every_page },
	{ "starts_once", starts_once },
	{ "waits_for_startup", waits_for_startup },
	{ "init_while_running", init_while_running },
	{ "init_while_halted", init_while_halted },
	{ "init_in_a_storm", init_in_a_storm },
	{ "init_and_startup_at_once", init_and_startup_at_once },
	{ "shorthand", shorthand },
	{ "long_mode_again", long_mode_again },
};

void guest_main(void)
{
	test_run(cases, ARRAY_SIZE(cases));
}
