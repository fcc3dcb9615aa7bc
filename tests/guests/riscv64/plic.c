// SPDX-License-Identifier: GPL-2.0
/*
 * Platform-level interrupt controller: registers and interrupt flow, with the
 * UART's transmitter-empty interrupt as source.
 * RISC-V Platform-Level Interrupt Controller Specification 1.0.0.
 */
#include "cpu.h"
#include "csr.h"
#include "runtime.h"

const char *const guest_name = "plic";

#define SECOND		1000000
#define IER		1
#define IER_THRI	2
#define IIR		2

static unsigned int line;
static u32 context;

static u32 enable_reg(unsigned int source)
{
	return PLIC_ENABLE(context) + source / 32 * 4;
}

static bool is_pending(unsigned int source)
{
	return plic_read(PLIC_PENDING + source / 32 * 4) >> source % 32 & 1;
}

static bool seip(void)
{
	return csr_read(CSR_SIP) & SIE_SEIE;
}

static u32 claim(void)
{
	return plic_read(PLIC_CLAIM(context));
}

static void complete(u32 source)
{
	plic_write(PLIC_CLAIM(context), source);
}

static void set_enabled(unsigned int source, bool on)
{
	u32 val = plic_read(enable_reg(source)) & ~(1u << source % 32);

	plic_write(enable_reg(source), val | (u32)on << source % 32);
}

/* The transmitter is empty: switching its interrupt on raises the line, off lowers it. */
static void set_line(bool high)
{
	arch_uart_write(IER, high ? IER_THRI : 0);
}

/* Known state: line low, nothing claimed, enabled at priority 1. */
static void set_up(void)
{
	u32 source;

	set_line(false);
	set_enabled(line, true);
	plic_write(4 * line, 1);
	plic_write(PLIC_THRESHOLD(context), 0);
	while ((source = claim()))
		complete(source);
	complete(line);
}

static void priorities(void)
{
	unsigned int source;

	for (source = 1; source <= plic_sources(); source++) {
		u32 before = plic_read(4 * source);

		plic_write(4 * source, 1);
		check(plic_read(4 * source) == 1, "source %u: 0x%x", source,
		      plic_read(4 * source));
		plic_write(4 * source, 0);
		check(plic_read(4 * source) == 0, "source %u stays", source);
		plic_write(4 * source, before);
	}
	plic_write(0, 1);
	check(!plic_read(0), "source 0 has a priority");
}

static void priority_is_bounded(void)
{
	u32 val;

	plic_write(4 * line, ~0u);
	val = plic_read(4 * line);
	check(val <= 7 || val == ~0u, "0x%x", val);
	plic_write(4 * line, 1);
}

static void enables(void)
{
	unsigned int source;

	set_up();
	for (source = 1; source <= plic_sources(); source++) {
		bool was = plic_read(enable_reg(source)) >> source % 32 & 1;

		set_enabled(source, !was);
		check((plic_read(enable_reg(source)) >> source % 32 & 1) != was, "source %u",
		      source);
		set_enabled(source, was);
	}
}

static void source_zero(void)
{
	set_enabled(0, true);
	check(arch_is_reference() || !(plic_read(PLIC_ENABLE(context)) & 1), "it can be enabled");
	set_enabled(0, false);
	check(!is_pending(0), "it is pending");
}

static void pending_is_read_only(void)
{
	set_up();
	plic_write(PLIC_PENDING, ~0u);
	check(!is_pending(line), "a guest can make it pending");
	check(!seip(), "an interrupt came");
}

static void threshold_keeps(void)
{
	u32 val;

	for (val = 0; val < 8; val++) {
		plic_write(PLIC_THRESHOLD(context), val);
		check(plic_read(PLIC_THRESHOLD(context)) == val, "0x%x for 0x%x",
		      plic_read(PLIC_THRESHOLD(context)), val);
	}
	plic_write(PLIC_THRESHOLD(context), 0);
}

static void claim_flow(void)
{
	u32 source;

	set_up();
	check(!claim(), "claimed out of nothing");
	set_line(true);
	check(is_pending(line), "not pending");
	check(seip(), "the CPU does not see it");
	source = claim();
	check(source == line, "claimed %u", source);
	check(!is_pending(line), "pending while claimed");
	check(!seip(), "the CPU sees it while claimed");
	check(!claim(), "claimed twice");
	set_line(false);
	complete(line);
	check(!is_pending(line) && !seip(), "there again after its end");
}

/* The gateway forwards a level again when it is still high at completion (section 2). */
static void level_comes_again(void)
{
	unsigned int i;

	if (arch_is_reference()) {
		test_skip("the reference forgets the level");
		return;
	}
	set_up();
	set_line(true);
	for (i = 0; i < 5; i++) {
		check(claim() == line, "round %u", i);
		complete(line);
		check(is_pending(line) && seip(), "round %u: gone, though the line is high", i);
	}
	set_line(false);
	claim();
	complete(line);
	check(!is_pending(line) && !seip(), "there, though the line is low");
}

static void disabled_source(void)
{
	set_up();
	set_enabled(line, false);
	set_line(true);
	check(!seip(), "the CPU sees it");
	check(!claim(), "it can be claimed");
	set_enabled(line, true);
	check(seip() || arch_is_reference(), "not seen once enabled");
	check(claim() == line, "cannot be claimed once enabled");
	set_line(false);
	complete(line);
}

static void priority_zero(void)
{
	set_up();
	plic_write(4 * line, 0);
	set_line(true);
	check(!seip(), "the CPU sees it");
	check(!claim(), "it can be claimed");
	plic_write(4 * line, 1);
	check(seip(), "not seen once it has a priority");
	check(claim() == line, "cannot be claimed once it has a priority");
	set_line(false);
	complete(line);
}

/* The threshold keeps an interrupt from the CPU, not from being claimed. */
static void threshold_masks(void)
{
	set_up();
	plic_write(PLIC_THRESHOLD(context), 1);
	set_line(true);
	check(!seip(), "seen at the threshold");
	plic_write(PLIC_THRESHOLD(context), 0);
	check(seip(), "not seen above the threshold");
	plic_write(PLIC_THRESHOLD(context), 7);
	check(!seip(), "seen below the threshold");
	plic_write(PLIC_THRESHOLD(context), 0);
	check(claim() == line, "it cannot be claimed");
	set_line(false);
	complete(line);
}

/* Completions of what is not claimed or does not exist are ignored. */
static void wrong_completion(void)
{
	static const u32 ids[] = { 0, 2, 1023, 1024, 0x7fffffff, ~0u };
	unsigned int i;

	set_up();
	set_line(true);
	check(claim() == line, "cannot be claimed");
	for (i = 0; i < ARRAY_SIZE(ids); i++)
		complete(ids[i]);
	check(!seip() && !claim(), "another completion ended it");
	set_line(false);
	complete(line);
	complete(line);
	check(!seip(), "there after a second completion");
}

static void count_handler(unsigned int source)
{
	set_line(false);
}

static void delivered(void)
{
	u64 end, before;
	unsigned int i;

	set_up();
	arch_line_enable(line, count_handler);
	arch_irq_on();
	for (i = 0; i < 200; i++) {
		before = arch_line_count(line);
		end = arch_time() + time_from_us(10 * SECOND);
		set_line(true);
		while (arch_line_count(line) == before && arch_time() < end)
			barrier();
		if (!check(arch_line_count(line) == before + 1, "round %u: %lu", i,
			   arch_line_count(line) - before))
			break;
	}
	arch_irq_off();
}

static u64 waker_go;

static void raise_later(void *arg)
{
	wait_for(&waker_go, 1, 10 * SECOND);
	delay_us(5000);
	set_line(true);
}

static void wakes_from_halt(void)
{
	u64 before = arch_line_count(line);

	if (arch_cpu_count() < 2) {
		test_skip("one CPU");
		return;
	}
	set_up();
	arch_timer_stop();
	check(arch_cpu_start(arch_cpu_self() ? 0 : 1, raise_later, NULL), "no other CPU");
	add_shared(&waker_go, 1);
	halt_while(arch_line_count, line, before);
	arch_irq_off();
}

/* Two contexts enabled for one source: whoever claims first gets it. */
static void other_context(void)
{
	u32 mine = context, theirs = plic_context(arch_cpu_self() ? 0 : 1);

	if (arch_cpu_count() < 2) {
		test_skip("one CPU");
		return;
	}
	set_up();
	context = theirs;
	set_enabled(line, true);
	plic_write(PLIC_THRESHOLD(context), 0);
	set_line(true);
	check(claim() == line, "the other context cannot claim");
	context = mine;
	check(!claim() && !seip(), "claimed twice");
	set_line(false);
	context = theirs;
	complete(line);
	set_enabled(line, false);
	context = mine;
	check(!seip(), "there after its end");
}

static u32 probe_offset;

static void touch(void *arg)
{
	plic_write(probe_offset, plic_read(probe_offset));
}

/* Unimplemented registers read as zero, ignore writes, or are access faults. */
static void wild_offsets(void)
{
	struct trap_info trap;
	u64 state = 7;
	unsigned int i;

	set_up();
	for (i = 0; i < 2000; i++) {
		probe_offset = random_next(&state) % plic_len() & ~3u;
		if (probe_offset >= 0x200000 && (probe_offset & 0xfff) == 4)
			continue;
		if (arch_try(touch, NULL, &trap))
			check(trap.cause == CAUSE_LOAD_ACCESS || trap.cause == CAUSE_STORE_ACCESS,
			      "0x%x: cause %lu", probe_offset, trap.cause);
	}
	check(!seip(), "an interrupt came out of it");
}

static const struct test_case cases[] = {
	{ "priorities", priorities },
	{ "priority_is_bounded", priority_is_bounded },
	{ "enables", enables },
	{ "source_zero", source_zero },
	{ "pending_is_read_only", pending_is_read_only },
	{ "threshold_keeps", threshold_keeps },
	{ "claim_flow", claim_flow },
	{ "level_comes_again", level_comes_again },
	{ "disabled_source", disabled_source },
	{ "priority_zero", priority_zero },
	{ "threshold_masks", threshold_masks },
	{ "wrong_completion", wrong_completion },
	{ "delivered", delivered },
	{ "wakes_from_halt", wakes_from_halt },
	{ "other_context", other_context },
	{ "wild_offsets", wild_offsets },
};

void guest_main(void)
{
	line = arch_uart_line();
	context = plic_context(arch_cpu_self());
	if (!plic_base() || !line)
		test_abort("no interrupt controller or no UART");
	test_run(cases, ARRAY_SIZE(cases));
}
