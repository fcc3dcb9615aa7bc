// SPDX-License-Identifier: GPL-2.0
/*
 * xorshift64*: good enough to be hostile with.
 */
#include "guest.h"

u64 random_next(u64 *state)
{
	u64 x = *state ? *state : 0x9e3779b97f4a7c15;

	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	*state = x;
	return x * 0x2545f4914f6cdd1d;
}
