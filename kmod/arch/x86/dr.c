// SPDX-License-Identifier: GPL-2.0
/*
 * DR0 to DR3 of guests and of the host, which no world switch exchanges.
 *
 * Called by the vendors' run loops, interrupts off. Breakpoints of the host must not be
 * hit by the guest; the guest's are put into the CPU when it uses them, and do not
 * stay there: the host may set a breakpoint before the next entry.
 */
#include <asm/debugreg.h>

#include "arch/x86/dr.h"
#include "arch/x86/x86.h"

/* Nobody else changes them meanwhile: the kernel does so in interrupts, on the CPU itself. */
void x86_dr_take_host(struct x86_dr *dr)
{
	get_debugreg(dr->host[0], 0);
	get_debugreg(dr->host[1], 1);
	get_debugreg(dr->host[2], 2);
	get_debugreg(dr->host[3], 3);
	get_debugreg(dr->host_dr7, 7);
	set_debugreg(0UL, 7);
}

void x86_dr_give_host(struct x86_dr *dr)
{
	set_debugreg(dr->host[0], 0);
	set_debugreg(dr->host[1], 1);
	set_debugreg(dr->host[2], 2);
	set_debugreg(dr->host[3], 3);
	set_debugreg(dr->host_dr7, 7);
	dr->host_dr7 = 0;
}

bool x86_dr_load(struct x86_dr *dr, const struct x86_vcpu *v)
{
	if (dr->in_cpu)
		return false;
	set_debugreg(v->dr[0], 0);
	set_debugreg(v->dr[1], 1);
	set_debugreg(v->dr[2], 2);
	set_debugreg(v->dr[3], 3);
	dr->in_cpu = true;
	return true;
}

bool x86_dr_save(struct x86_dr *dr, struct x86_vcpu *v)
{
	if (!dr->in_cpu)
		return false;
	get_debugreg(v->dr[0], 0);
	get_debugreg(v->dr[1], 1);
	get_debugreg(v->dr[2], 2);
	get_debugreg(v->dr[3], 3);
	dr->in_cpu = false;
	return true;
}
