// SPDX-License-Identifier: GPL-2.0
/*
 * Code that changes: seen by this CPU after fence.i, and by others after the
 * firmware's remote fence.
 */
#include "cpu.h"
#include "runtime.h"
#include "sbi.h"

const char *const guest_name = "icache";

#define SECOND		1000000
#define ROUNDS		1000
#define REMOTE_ROUNDS	200

static u32 code[2] __aligned(64);

/* addi a0, zero, val; ret */
static void set_code(u32 val)
{
	store_shared(&code[0], INSN_I(0x13, 0, 10, 0, val));
	store_shared(&code[1], INSN_RET);
}

static u64 run_code(void)
{
	u64 (*fn)(void) = (u64 (*)(void))code;

	return fn();
}

static void local(void)
{
	unsigned int i;

	for (i = 0; i < ROUNDS; i++) {
		set_code(i & 0x7ff);
		asm volatile("fence.i" ::: "memory");
		if (!check(run_code() == (i & 0x7ff), "round %u: old code runs", i))
			return;
	}
}

static u64 asked, answered, answer;

static void answerer(void *arg)
{
	u64 round;

	for (round = 1; round <= REMOTE_ROUNDS; round++) {
		if (!wait_for(&asked, round, 30 * SECOND))
			return;
		store_shared(&answer, run_code());
		store_shared(&answered, round);
	}
}

static void remote(void)
{
	struct cpu *cpu = &cpus[arch_cpu_self() ? 0 : 1];
	u64 round;

	if (arch_cpu_count() < 2) {
		test_skip("one CPU");
		return;
	}
	check(arch_cpu_start(cpu->index, answerer, NULL), "no other CPU");
	for (round = 1; round <= REMOTE_ROUNDS && !test_failed(); round++) {
		set_code(round);
		check(!sbi_rfence(SBI_RFENCE_I, 1, cpu->hart, 0, 0).error, "the call fails");
		store_shared(&asked, round);
		check(wait_for(&answered, round, 30 * SECOND), "round %lu: no answer", round);
		check(load_shared(&answer) == round, "round %lu: %lu", round, answer);
	}
}

static const struct test_case cases[] = {
	{ "local", local },
	{ "remote", remote },
};

void guest_main(void)
{
	test_run(cases, ARRAY_SIZE(cases));
}
