/* SPDX-License-Identifier: GPL-2.0 */
/*
 * DR0 to DR3 of guests and of the host, which no world switch exchanges.
 */
#ifndef AXVM_X86_DR_H
#define AXVM_X86_DR_H

#include <linux/types.h>
#include <asm/debugreg.h>

struct x86_vcpu;

/**
 * struct x86_dr - who has the debug registers during a stay
 * @in_cpu: the guest's are in the CPU, accesses do not exit
 * @host: the host's, when it had breakpoints
 * @host_dr7: its DR7; 0 = it had none
 */
struct x86_dr {
	bool in_cpu;
	unsigned long host[4];
	unsigned long host_dr7;
};

/* The host's breakpoints go out of the CPU, and come back. Interrupts off. */
void x86_dr_take_host(struct x86_dr *dr);
void x86_dr_give_host(struct x86_dr *dr);

/* A stay begins or ends: that, where it has some. Interrupts off. */
static __always_inline void x86_dr_begin(struct x86_dr *dr)
{
	if (unlikely(hw_breakpoint_active()))
		x86_dr_take_host(dr);
}

static __always_inline void x86_dr_end(struct x86_dr *dr)
{
	if (unlikely(dr->host_dr7))
		x86_dr_give_host(dr);
}

/* The guest's registers: to the CPU, and back. Within a stay. False: they are there already. */
bool x86_dr_load(struct x86_dr *dr, const struct x86_vcpu *v);
bool x86_dr_save(struct x86_dr *dr, struct x86_vcpu *v);

#endif /* AXVM_X86_DR_H */
