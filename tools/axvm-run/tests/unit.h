/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the unit tests share: each prints "ok NAME" or "not ok NAME: why".
 *
 * Included once by each test program.
 */
#ifndef AXVM_RUN_TESTS_UNIT_H
#define AXVM_RUN_TESTS_UNIT_H

#include <stdbool.h>
#include <stdio.h>

/**
 * struct unit_test - one test
 * @name: as it is reported
 * @run: calls CHECK()
 */
struct unit_test {
	const char *name;
	void (*run)(void);
};

static const char *unit_current;
static int unit_failures;

#define CHECK(cond)	unit_check(cond, #cond)

/* The first failure of a test is told. */
static inline bool unit_check(bool good, const char *text)
{
	static const char *reported;

	if (!good && reported != unit_current) {
		printf("not ok %s: %s\n", unit_current, text);
		reported = unit_current;
		unit_failures++;
	}
	return good;
}

/* Return: status for main(). */
static inline int unit_run(const struct unit_test *tests, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		int before = unit_failures;

		unit_current = tests[i].name;
		tests[i].run();
		if (unit_failures == before)
			printf("ok %s\n", unit_current);
	}
	return unit_failures != 0;
}

#endif /* AXVM_RUN_TESTS_UNIT_H */
