/* SPDX-License-Identifier: GPL-2.0 */
/* What Arm's PrimeCell peripherals share: the last eight registers say what it is. */
#ifndef ARM64_PRIMECELL_H
#define ARM64_PRIMECELL_H

#include "guest.h"

/* Is it this part of Arm's, of whatever revision? Fails the case otherwise. */
void primecell_check(u64 base, u32 part);

#endif /* ARM64_PRIMECELL_H */
