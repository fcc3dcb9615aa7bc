/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What hostile programs have in common: numbers, memory that nobody may change,
 * and whether the CPU lives on. "seed=N" chooses the numbers, "rounds=N" how many.
 */
#ifndef GUEST_FUZZ_H
#define GUEST_FUZZ_H

#include "guest.h"

void fuzz_init(void);
u64 fuzz_rounds(u64 otherwise);
u64 fuzz_random(void);
/* True once in n. */
static inline bool fuzz_once_in(unsigned int n)
{
	return fuzz_random() % n == 0;
}

/* One element of an array, which is named. */
#define fuzz_pick(name)		name[fuzz_random() % ARRAY_SIZE(name)]
/* A number that is close to something: zero, a power of two, memory, the canary. */
u64 fuzz_odd_number(void);
/* Where the memory is that stays as it is, and whether it did. */
u64 fuzz_canary(void);
bool fuzz_is_intact(void);
/* A case of its own: the CPU still gets its timer. */
void fuzz_still_alive(void);

#endif /* GUEST_FUZZ_H */
