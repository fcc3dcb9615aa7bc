/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The timers' own, for their tests.
 */
#ifndef AXVM_ARM64_TIMER_H
#define AXVM_ARM64_TIMER_H

#include <linux/types.h>

#if IS_ENABLED(CONFIG_KUNIT)
u64 a64_timer_host_count(void);
#endif

#endif /* AXVM_ARM64_TIMER_H */
