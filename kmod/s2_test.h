/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Checks of the stage-2 walker that a backend runs on its own formats.
 *
 * Part of axvm_test.ko; called from KUnit cases.
 */
#ifndef AXVM_S2_TEST_H
#define AXVM_S2_TEST_H

#include <linux/types.h>

struct axvm_s2;
struct axvm_s2_entry;
struct axvm_s2_fmt;
struct kunit;

/* What hardware would find for an address: a walk of its own, without the lock. */
bool axvm_s2_test_walk(const struct axvm_s2 *s2, u64 gpa, struct axvm_s2_entry *found);

/* Map, look up, protect, split, unmap at both ends of the format's range. */
void axvm_s2_test_round_trip(struct kunit *test, const struct axvm_s2_fmt *fmt);

/* Random operations against a model of the mappings and of a TLB; in s2_model_test.c. */
void axvm_s2_test_model(struct kunit *test, const struct axvm_s2_fmt *fmt);

/* What people are shown: no leaf is lost or comes twice; in s2_dump_test.c. */
void axvm_s2_test_dump(struct kunit *test, const struct axvm_s2_fmt *fmt);

#endif /* AXVM_S2_TEST_H */
