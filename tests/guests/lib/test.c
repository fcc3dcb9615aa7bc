// SPDX-License-Identifier: GPL-2.0
/*
 * Test cases and their verdicts. Cases run on the boot CPU, one at a time;
 * any CPU may report a failure of the running case.
 */
#include "arch.h"

enum verdict {
	VERDICT_OK,
	VERDICT_SKIP,
	VERDICT_FAILED,
};

static u64 case_verdict;
static u64 reason_taken;
static char reason[PRINT_MAX / 2];
static const char *running;
static const char *group_name;
static u64 passed, failed, skipped;

static void set_verdict(enum verdict verdict, const char *fmt, va_list args)
{
	if (verdict == VERDICT_FAILED && load_shared(&case_verdict) == VERDICT_SKIP)
		store_shared(&reason_taken, 0);
	if (!__atomic_exchange_n(&reason_taken, 1, __ATOMIC_ACQ_REL))
		format(reason, sizeof(reason), fmt, args);
	if (load_shared(&case_verdict) < (u64)verdict)
		store_shared(&case_verdict, (u64)verdict);
}

void test_fail(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	set_verdict(VERDICT_FAILED, fmt, args);
	va_end(args);
}

void test_skip(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	set_verdict(VERDICT_SKIP, fmt, args);
	va_end(args);
}

bool test_failed(void)
{
	return load_shared(&case_verdict) == VERDICT_FAILED;
}

void test_group(const char *name)
{
	group_name = name;
}

static void print_verdict(const char *verdict, const char *name, const char *why)
{
	print("%s %s.%s%s%s%s%s\n", verdict, guest_name, group_name ? group_name : "",
	      group_name ? "." : "", name, why ? ": " : "", why ? why : "");
}

static void report_case(void)
{
	switch (load_shared(&case_verdict)) {
	case VERDICT_OK:
		passed++;
		print_verdict("ok", running, NULL);
		break;
	case VERDICT_SKIP:
		skipped++;
		print_verdict("skip", running, reason);
		break;
	default:
		failed++;
		print_verdict("not ok", running, reason);
	}
}

void test_run(const struct test_case *cases, size_t nr)
{
	for (; nr; nr--, cases++) {
		store_shared(&case_verdict, VERDICT_OK);
		store_shared(&reason_taken, 0);
		running = cases->name;
		cases->run();
		report_case();
	}
	running = NULL;
}

void test_end(void)
{
	print("end %s: %lu passed, %lu failed, %lu skipped\n", guest_name, passed, failed,
	      skipped);
	arch_power_off(failed || !passed);
}

void test_abort(const char *fmt, ...)
{
	char text[PRINT_MAX / 2];
	va_list args;

	va_start(args, fmt);
	format(text, sizeof(text), fmt, args);
	va_end(args);
	print_verdict("not ok", running ? running : "start", text);
	failed++;
	test_end();
}
