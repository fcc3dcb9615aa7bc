// SPDX-License-Identifier: GPL-2.0
/*
 * The time-stamp counter: one time for all CPUs, writes, adjustment, and what
 * depends on it. SDM 3, 18.17; the paravirtual clock page as Linux knows it.
 */
#include "cpu.h"

const char *const guest_name = "tsc";

#define SECOND		1000000
#define HOUR		time_from_us(3600UL * SECOND)
#define U32_MASK	0xffffffffUL
#define MSR_KVM_WALL	0x4b564d00
#define MSR_KVM_TIME	0x4b564d01

static void monotonic(void)
{
	u64 last = rdtsc(), now;
	unsigned int i;

	for (i = 0; i < 100000; i++) {
		now = rdtsc();
		if (!check(now >= last, "%lu after %lu", now, last))
			return;
		last = now;
		if (i % 1000 == 0)
			arch_mmio_read();
	}
}

/* --- across CPUs: a word with the latest time that anybody has seen --- */

static u64 latest, worst, rounds_done;

static bool replace_latest(u64 *seen, u64 now)
{
	return __atomic_compare_exchange_n(&latest, seen, now, false, __ATOMIC_ACQ_REL,
					   __ATOMIC_ACQUIRE);
}

static void race(void *arg)
{
	u64 end = rdtsc() + time_from_us(300000), seen, now;

	while (rdtsc() < end) {
		seen = load_shared(&latest);
		now = rdtsc();
		if (now < seen && seen - now > load_shared(&worst))
			store_shared(&worst, seen - now);
		while (now > seen && !replace_latest(&seen, now))
			barrier();
	}
	add_shared(&rounds_done, 1);
}

static void one_time(void)
{
	unsigned int cpu;

	store_shared(&latest, 0);
	store_shared(&worst, 0);
	store_shared(&rounds_done, 0);
	for (cpu = 0; cpu < arch_cpu_count(); cpu++) {
		if (cpu != arch_cpu_self())
			check(arch_cpu_start(cpu, race, NULL), "CPU %u does not start", cpu);
	}
	race(NULL);
	check(wait_for(&rounds_done, arch_cpu_count(), 20 * SECOND), "%lu ended", rounds_done);
	check(!worst, "a CPU is %lu ticks behind", worst);
}

/* --- writes --- */

static void write_moves(void)
{
	u64 before = rdtsc(), after;

	if (reference_differs("ignores them"))
		return;
	wrmsr(MSR_TSC, before + HOUR);
	after = rdtsc();
	check(after >= before + HOUR && after < before + HOUR + time_from_us(10 * SECOND),
	      "0x%lx after a write of 0x%lx", after, before + HOUR);
	check(rdmsr(MSR_TSC) >= after, "RDMSR says 0x%lx", rdmsr(MSR_TSC));
	wrmsr(MSR_TSC, rdtsc() - HOUR);
	after = rdtsc();
	check(after >= before && after < before + time_from_us(10 * SECOND), "0x%lx afterwards",
	      after);
}

static void zero(void)
{
	u64 before = rdtsc(), after;

	if (reference_differs("ignores them"))
		return;
	wrmsr(MSR_TSC, 0);
	after = rdtsc();
	check(after < time_from_us(10 * SECOND), "0x%lx after 0", after);
	wrmsr(MSR_TSC, before);
}

static bool no_adjust(void)
{
	if (!HAS_TSC_ADJUST)
		test_skip("no TSC_ADJUST");
	return !HAS_TSC_ADJUST;
}

/* SDM 3, 18.17.3: each write of one of them moves the other. */
static void adjust_moves(void)
{
	u64 adjust, before;

	if (no_adjust())
		return;
	adjust = rdmsr(MSR_TSC_ADJUST);
	before = rdtsc();
	wrmsr(MSR_TSC_ADJUST, adjust + HOUR);
	check(rdmsr(MSR_TSC_ADJUST) == adjust + HOUR, "0x%lx", rdmsr(MSR_TSC_ADJUST));
	check(rdtsc() >= before + HOUR, "the TSC did not move");
	wrmsr(MSR_TSC_ADJUST, adjust);
	check(rdtsc() < before + HOUR && rdtsc() > before, "the TSC did not move back");
}

static void adjust_follows(void)
{
	u64 adjust, moved;

	if (no_adjust())
		return;
	adjust = rdmsr(MSR_TSC_ADJUST);
	wrmsr(MSR_TSC, rdtsc() + HOUR);
	moved = rdmsr(MSR_TSC_ADJUST) - adjust;
	check(moved <= HOUR && moved + time_from_us(SECOND) > HOUR, "it moved by 0x%lx, not 0x%lx",
	      moved, HOUR);
	wrmsr(MSR_TSC_ADJUST, adjust);
}

static u64 other_time, other_asked;

static void tell_time(void *arg)
{
	store_shared(&other_time, rdtsc());
	store_shared(&other_asked, 1);
}

/* One CPU's write is its own. */
static void others_stay(void)
{
	u64 before = rdtsc(), adjust;

	if (arch_cpu_count() < 2) {
		test_skip("one CPU");
		return;
	}
	if (no_adjust())
		return;
	adjust = rdmsr(MSR_TSC_ADJUST);
	wrmsr(MSR_TSC, rdtsc() + HOUR);
	store_shared(&other_asked, 0);
	check(arch_cpu_start(!arch_cpu_self(), tell_time, NULL), "no other CPU");
	check(wait_for(&other_asked, 1, 10 * SECOND), "it does not answer");
	wrmsr(MSR_TSC_ADJUST, adjust);
	check(other_time < before + HOUR, "the other moved, too");
}

/* --- user mode --- */

static void user_rdtsc(void *arg)
{
	asm volatile("rdtsc" : : : "rax", "rdx");
}

static void for_users(void)
{
	struct trap_info trap;

	user_run(user_rdtsc, NULL, &trap);
	check(trap.cause == VEC_BP, "trap %lu", trap.cause);
	write_cr4(read_cr4() | CR4_TSD);
	user_run(user_rdtsc, NULL, &trap);
	check(trap.cause == VEC_GP, "with TSD: trap %lu", trap.cause);
	check(rdtsc(), "the kernel's is 0");
	write_cr4(read_cr4() & ~CR4_TSD);
}

/* --- frequency --- */

static void keeps_pace(void)
{
	u64 start = rdtsc(), ticks;
	u32 from, passed;

	if (!acpi_pm_timer()) {
		test_skip("no ACPI timer");
		return;
	}
	from = inl(acpi_pm_timer());
	start = rdtsc();
	delay_us(200000);
	passed = (inl(acpi_pm_timer()) - from) & 0xffffff;
	ticks = time_to_us(rdtsc() - start) * 3579545 / SECOND;
	check(passed > ticks * 97 / 100 && passed < ticks * 103 / 100,
	      "%u ticks of the ACPI timer, not %lu", passed, ticks);
}

/* --- paravirtual clock: asm/pvclock-abi.h --- */

struct clock_page {
	u32 version;
	u32 pad0;
	u64 tsc;
	u64 ns;
	u32 mul;
	s8 shift;
	u8 flags;
	u8 pad[2];
} __packed;

static struct clock_page clock __aligned(64);

static bool no_clock(void)
{
	struct cpuid_regs r = cpuid(0x40000100, 0);
	bool has = !memcmp(&r.ebx, "KVMKVMKVM\0\0\0", 12) && (cpuid(0x40000101, 0).eax & 8);

	if (!has)
		test_skip("no paravirtual clock");
	return !has;
}

static u64 clock_ns(void)
{
	u64 delta = rdtsc() - clock.tsc;

	delta = clock.shift < 0 ? delta >> -clock.shift : delta << clock.shift;
	return clock.ns + (delta >> 32) * clock.mul + ((delta & U32_MASK) * clock.mul >> 32);
}

static void clock_page_is_filled(void)
{
	u64 first, second, start;

	if (no_clock())
		return;
	memset(&clock, 0xff, sizeof(clock));
	wrmsr(MSR_KVM_TIME, (u64)&clock | 1);
	check(!(clock.version & 1), "version 0x%x", clock.version);
	check(clock.mul && clock.tsc <= rdtsc(), "mul 0x%x tsc 0x%lx", clock.mul, clock.tsc);
	first = clock_ns();
	start = rdtsc();
	delay_us(50000);
	second = clock_ns();
	start = time_to_us(rdtsc() - start);
	check((second - first) / 1000 > start * 98 / 100 &&
	      (second - first) / 1000 < start * 102 / 100, "%lu ns in %lu us", second - first,
	      start);
	check(clock.flags & 1, "not announced as stable");
	wrmsr(MSR_KVM_TIME, 0);
}

static void write_clock(void *arg)
{
	wrmsr(MSR_KVM_TIME, (u64)arg);
}

static void write_wall(void *arg)
{
	wrmsr(MSR_KVM_WALL, (u64)arg);
}

/* Wherever the guest puts it: nothing worse than a fault. */
static void clock_page_anywhere(void)
{
	static const u64 places[] = { 0xfee00001, 0xfffffffffffff001, 0xd0000001, 0x7ffffffffff001,
				      0x8000000000000001, 0xfec00001, 0xfffff001 };
	struct trap_info trap;
	unsigned int i;

	if (no_clock())
		return;
	for (i = 0; i < ARRAY_SIZE(places); i++) {
		if (arch_try(write_clock, (void *)places[i], &trap))
			check(trap.cause == VEC_GP, "0x%lx: trap %lu", places[i], trap.cause);
		if (arch_try(write_wall, (void *)(places[i] & ~1UL), &trap))
			check(trap.cause == VEC_GP, "0x%lx: trap %lu", places[i], trap.cause);
		arch_mmio_read();
		delay_us(100);
	}
	/* Across the end of a page of memory. */
	if (arch_try(write_clock, (void *)((((u64)&clock + 4096) & ~4095UL) - 16 + 1), &trap))
		check(trap.cause == VEC_GP, "across pages: trap %lu", trap.cause);
	wrmsr(MSR_KVM_TIME, 0);
}

static void wall_clock(void)
{
	static struct {
		u32 version;
		u32 seconds;
		u32 ns;
	} wall __aligned(64);

	if (no_clock())
		return;
	memset(&wall, 0xff, sizeof(wall));
	wrmsr(MSR_KVM_WALL, (u64)&wall);
	check(!(wall.version & 1), "version 0x%x", wall.version);
	check(wall.seconds > 1577836800 && wall.ns < 1000000000, "%u.%09u", wall.seconds, wall.ns);
}

static const struct test_case cases[] = {
	{ "monotonic", monotonic },
	{ "one_time", one_time },
	{ "write_moves", write_moves },
	{ "zero", zero },
	{ "adjust_moves", adjust_moves },
	{ "adjust_follows", adjust_follows },
	{ "others_stay", others_stay },
	{ "for_users", for_users },
	{ "keeps_pace", keeps_pace },
	{ "clock_page_is_filled", clock_page_is_filled },
	{ "clock_page_anywhere", clock_page_anywhere },
	{ "wall_clock", wall_clock },
};

void guest_main(void)
{
	test_run(cases, ARRAY_SIZE(cases));
}
