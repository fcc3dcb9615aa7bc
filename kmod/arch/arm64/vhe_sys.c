// SPDX-License-Identifier: GPL-2.0
/*
 * One EL1 register of a guest that is loaded, under the name that it has for a host at EL2.
 *
 * Called by vcpu.c on the vCPU's thread, preemption off.
 */
#include <asm/sysreg.h>

#include "arm64.h"

/* Those that are not in this list are in memory: they move at each switch, or trap. */
u64 a64_vhe_sys_get(const struct a64_context *ctx, enum a64_sys reg)
{
	switch (reg) {
	case A64_CPACR:
		return read_sysreg_s(SYS_CPACR_EL12);
	case A64_TTBR0:
		return read_sysreg_s(SYS_TTBR0_EL12);
	case A64_TTBR1:
		return read_sysreg_s(SYS_TTBR1_EL12);
	case A64_ESR:
		return read_sysreg_s(SYS_ESR_EL12);
	case A64_AFSR0:
		return read_sysreg_s(SYS_AFSR0_EL12);
	case A64_AFSR1:
		return read_sysreg_s(SYS_AFSR1_EL12);
	case A64_FAR:
		return read_sysreg_s(SYS_FAR_EL12);
	case A64_MAIR:
		return read_sysreg_s(SYS_MAIR_EL12);
	case A64_AMAIR:
		return read_sysreg_s(SYS_AMAIR_EL12);
	case A64_VBAR:
		return read_sysreg_s(SYS_VBAR_EL12);
	case A64_CONTEXTIDR:
		return read_sysreg_s(SYS_CONTEXTIDR_EL12);
	case A64_CNTKCTL:
		return read_sysreg_s(SYS_CNTKCTL_EL12);
	case A64_ELR:
		return read_sysreg_s(SYS_ELR_EL12);
	case A64_SPSR:
		return read_sysreg_s(SYS_SPSR_EL12);
	case A64_SCTLR:
		return read_sysreg_s(SYS_SCTLR_EL12);
	case A64_TCR:
		return read_sysreg_s(SYS_TCR_EL12);
	case A64_TPIDR_EL0:
		return read_sysreg(tpidr_el0);
	case A64_TPIDRRO_EL0:
		return read_sysreg(tpidrro_el0);
	case A64_TPIDR_EL1:
		return read_sysreg(tpidr_el1);
	case A64_SP_EL1:
		return read_sysreg(sp_el1);
	case A64_CSSELR:
		return read_sysreg(csselr_el1);
	case A64_PAR:
		return read_sysreg_par();
	default:
		return ctx->sys[reg];
	}
}

void a64_vhe_sys_set(struct a64_context *ctx, enum a64_sys reg, u64 val)
{
	switch (reg) {
	case A64_CPACR:
		write_sysreg_s(val, SYS_CPACR_EL12);
		break;
	case A64_TTBR0:
		write_sysreg_s(val, SYS_TTBR0_EL12);
		break;
	case A64_TTBR1:
		write_sysreg_s(val, SYS_TTBR1_EL12);
		break;
	case A64_ESR:
		write_sysreg_s(val, SYS_ESR_EL12);
		break;
	case A64_AFSR0:
		write_sysreg_s(val, SYS_AFSR0_EL12);
		break;
	case A64_AFSR1:
		write_sysreg_s(val, SYS_AFSR1_EL12);
		break;
	case A64_FAR:
		write_sysreg_s(val, SYS_FAR_EL12);
		break;
	case A64_MAIR:
		write_sysreg_s(val, SYS_MAIR_EL12);
		break;
	case A64_AMAIR:
		write_sysreg_s(val, SYS_AMAIR_EL12);
		break;
	case A64_VBAR:
		write_sysreg_s(val, SYS_VBAR_EL12);
		break;
	case A64_CONTEXTIDR:
		write_sysreg_s(val, SYS_CONTEXTIDR_EL12);
		break;
	case A64_CNTKCTL:
		write_sysreg_s(val, SYS_CNTKCTL_EL12);
		break;
	case A64_ELR:
		write_sysreg_s(val, SYS_ELR_EL12);
		break;
	case A64_SPSR:
		write_sysreg_s(val, SYS_SPSR_EL12);
		break;
	case A64_SCTLR:
		write_sysreg_s(val, SYS_SCTLR_EL12);
		break;
	case A64_TCR:
		write_sysreg_s(val, SYS_TCR_EL12);
		break;
	case A64_TPIDR_EL0:
		write_sysreg(val, tpidr_el0);
		break;
	case A64_TPIDRRO_EL0:
		write_sysreg(val, tpidrro_el0);
		break;
	case A64_TPIDR_EL1:
		write_sysreg(val, tpidr_el1);
		break;
	case A64_SP_EL1:
		write_sysreg(val, sp_el1);
		break;
	case A64_CSSELR:
		write_sysreg(val, csselr_el1);
		break;
	case A64_PAR:
		write_sysreg(val, par_el1);
		break;
	default:
		ctx->sys[reg] = val;
	}
}
