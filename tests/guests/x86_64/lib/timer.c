// SPDX-License-Identifier: GPL-2.0
/*
 * Time is the TSC; the timer is that of the local APIC, in any of its modes.
 * Frequencies: as the hypervisor tells, else measured. Each CPU sets its own
 * timer only.
 */
#include "cpu.h"

#define HV_LEAVES	0x40000000
#define HV_FREQUENCIES	0x40000010
#define CALIBRATE_MS	20
#define CALIBRATIONS	8
#define PORT_PIT0	0x40
#define PORT_PIT2	0x42
#define PORT_PIT_MODE	0x43
#define PORT_SPEAKER	0x61
#define SPEAKER_GATE	0x01
#define SPEAKER_OUT	0x20
#define SHORTEST_PERIOD	10000	/* a fraction of a second: shorter ones keep emulators busy */

enum kind { KIND_DEADLINE, KIND_ONE_SHOT, KIND_PERIODIC, KINDS };

static const char *const kind_names[] = { "deadline", "one-shot", "periodic" };
static u64 tsc_hz, timer_hz;
static enum kind kind = KINDS;

static bool told(void)
{
	return cpuid_has(1, 0, ECX, 31) && cpuid(HV_LEAVES, 0).eax >= HV_FREQUENCIES;
}

static void pit_program(u8 mode, unsigned int us)
{
	unsigned int count = (u64)PIT_HZ * us / 1000000;

	outb(PORT_PIT_MODE, 0x30 | mode << 1);
	outb(PORT_PIT0, count & 0xff);
	outb(PORT_PIT0, count >> 8);
}

void pit_once(unsigned int us)
{
	pit_program(0, us);
}

void pit_periodic(unsigned int us)
{
	pit_program(2, us);
}

/* A mode without a count: the output of mode 0 is low then, for good. */
void pit_stop(void)
{
	outb(PORT_PIT_MODE, 0x30);
}

/* Channel 2 counts down once; both clocks are read at its ends. */
static void measure_once(void)
{
	unsigned int count = PIT_HZ * CALIBRATE_MS / 1000;
	u64 start, end, hz;
	u32 ticks;

	lapic_write(APIC_TDCR, APIC_DIVIDE_BY_1);
	outb(PORT_SPEAKER, (inb(PORT_SPEAKER) & 0xfc) | SPEAKER_GATE);
	outb(PORT_PIT_MODE, 0xb0);
	outb(PORT_PIT2, count & 0xff);
	outb(PORT_PIT2, count >> 8);
	lapic_write(APIC_TMICT, -1u);
	start = rdtsc();
	while (!(inb(PORT_SPEAKER) & SPEAKER_OUT))
		barrier();
	ticks = -1u - lapic_read(APIC_TMCCT);
	end = rdtsc();
	lapic_write(APIC_TMICT, 0);
	hz = (end - start) * 1000 / CALIBRATE_MS;
	if (tsc_hz && hz > tsc_hz)
		return;
	tsc_hz = hz;
	timer_hz = (u64)ticks * 1000 / CALIBRATE_MS;
}

/* Whatever else the machine does makes it longer: the shortest is the best. */
static void measure(void)
{
	unsigned int i;

	tsc_hz = 0;
	for (i = 0; i < CALIBRATIONS; i++)
		measure_once();
}

static void find_frequencies(void)
{
	struct cpuid_regs r;

	if (told()) {
		r = cpuid(HV_FREQUENCIES, 0);
		tsc_hz = (u64)r.eax * 1000;
		timer_hz = (u64)r.ebx * 1000;
	}
	if (!tsc_hz || !timer_hz)
		measure();
}

u64 arch_time(void)
{
	return rdtsc();
}

u64 arch_time_hz(void)
{
	if (!tsc_hz)
		find_frequencies();
	return tsc_hz;
}

u64 lapic_timer_hz(void)
{
	if (!timer_hz)
		find_frequencies();
	return timer_hz;
}

static enum kind first_kind(void)
{
	return HAS_DEADLINE ? KIND_DEADLINE : KIND_ONE_SHOT;
}

static enum kind kind_in_use(void)
{
	if (kind == KINDS)
		kind = first_kind();
	return kind;
}

const char *arch_timer_kind(unsigned int n)
{
	return n + first_kind() < KINDS ? kind_names[n + first_kind()] : NULL;
}

void arch_timer_select(unsigned int n)
{
	arch_timer_stop();
	kind = first_kind() + n;
}

/* Still to come although it was replaced or stopped: requested, or held. */
static bool is_under_way(const struct cpu *cpu)
{
	return lapic_bit(APIC_IRR, VECTOR_TIMER) || cpu->held == VECTOR_TIMER;
}

void arch_timer_stop(void)
{
	struct cpu *cpu = this_cpu();

	cpu->timer_armed = false;
	if (kind_in_use() == KIND_DEADLINE)
		wrmsr(MSR_TSC_DEADLINE, 0);
	else
		lapic_write(APIC_TMICT, 0);
	cpu->timer_stale |= is_under_way(cpu);
}

static void set_deadline(u64 deadline)
{
	lapic_write(APIC_LVT_TIMER, VECTOR_TIMER | APIC_DEADLINE);
	asm volatile("mfence" : : : "memory");
	wrmsr(MSR_TSC_DEADLINE, deadline ? deadline : 1);
}

/* The clocks agree to some hundreds of parts per million: rather late than early. */
static void set_countdown(struct cpu *cpu, u64 deadline)
{
	u64 now = arch_time(), left = deadline > now ? deadline - now : 0;
	u64 most = 2 * arch_time_hz(), ticks;

	cpu->timer_again = left > most;
	if (left > most)
		left = most;
	ticks = left * (lapic_timer_hz() / 1000) / (arch_time_hz() / 1000);
	lapic_write(APIC_TDCR, APIC_DIVIDE_BY_1);
	lapic_write(APIC_LVT_TIMER, VECTOR_TIMER | (kind == KIND_PERIODIC ? APIC_PERIODIC : 0));
	ticks += ticks / 1024 + 2;
	if (kind == KIND_PERIODIC && ticks < lapic_timer_hz() / SHORTEST_PERIOD)
		ticks = lapic_timer_hz() / SHORTEST_PERIOD;
	lapic_write(APIC_TMICT, ticks);
}

void arch_timer_set(u64 deadline)
{
	struct cpu *cpu = this_cpu();
	u64 irqs = read_rflags() & RFLAGS_IF;

	asm volatile("cli" : : : "memory");
	arch_timer_stop();
	cpu->timer_deadline = deadline;
	cpu->timer_armed = true;
	cpu->timer_again = false;
	if (kind == KIND_DEADLINE)
		set_deadline(deadline);
	else
		set_countdown(cpu, deadline);
	if (irqs)
		asm volatile("sti" : : : "memory");
}

u64 arch_timer_count(unsigned int cpu)
{
	return load_shared(&cpus[cpu].timer_count);
}

u64 arch_timer_taken(unsigned int cpu)
{
	return load_shared(&cpus[cpu].timer_time);
}

u64 arch_ticks_to_instructions(u64 ticks)
{
	return ticks * 1000000 / (arch_time_hz() / 1000);
}
