/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Self-hosted debug of guests, around each world switch of both backends.
 */
#ifndef AXVM_ARM64_DEBUG_H
#define AXVM_ARM64_DEBUG_H

#include <asm/debug-monitors.h>

#include "arm64.h"

/*
 * Bits of MDSCR_EL1 that make exceptions: single step, breakpoints and
 * watchpoints. The rest stays the host's: it is about the debug communications channel.
 */
#define A64_MDSCR_LIVE	(DBG_MDSCR_SS | DBG_MDSCR_KDE | DBG_MDSCR_MDE)

/* MDSCR_EL1 while the guest runs: the OS lock turns all of it off (Arm ARM, OSLSR_EL1.OSLK). */
static __always_inline u64 a64_mdscr_live(const struct a64_debug *debug)
{
	return debug->os_locked ? 0 : debug->mdscr & A64_MDSCR_LIVE;
}

void a64_debug_swap_in(struct a64_vcpu *v);
void a64_debug_swap_out(struct a64_vcpu *v);

/*
 * Debug exceptions are masked (DAIF). Where neither host nor guest debugs, which
 * is nearly always, there is nothing to change. Return: whether the way back has something to undo.
 */
static __always_inline bool a64_debug_to_guest(struct a64_vcpu *v)
{
	if (likely(!((read_sysreg(mdscr_el1) & A64_MDSCR_LIVE) | a64_mdscr_live(&v->debug))))
		return false;
	a64_debug_swap_in(v);
	return true;
}

static __always_inline void a64_debug_to_host(struct a64_vcpu *v, bool swapped)
{
	if (unlikely(swapped))
		a64_debug_swap_out(v);
}

#endif /* AXVM_ARM64_DEBUG_H */
