// SPDX-License-Identifier: GPL-2.0
/*
 * Exceptions that a guest takes to its EL1, as the CPU would take them.
 *
 * Arm ARM, shared pseudocode AArch64.TakeException() and AArch64.Undefined(),
 * AArch64.InstructionAbort(), AArch64.DataAbort(). Called on the vCPU's thread.
 */
#include <asm/cpufeature.h>
#include <kunit/visibility.h>

#include "arm64.h"

/* Offsets of vectors: Arm ARM D1.3.1, "Vector offsets from vector table base address". */
#define FROM_CURRENT_SP0	0x000
#define FROM_CURRENT_SPX	0x200
#define FROM_LOWER_A64		0x400
#define FROM_LOWER_A32		0x600

static u64 vector_offset(u64 pstate)
{
	if (pstate & PSR_MODE32_BIT)
		return FROM_LOWER_A32;
	switch (pstate & PSR_MODE_MASK) {
	case PSR_MODE_EL1t:
		return FROM_CURRENT_SP0;
	case PSR_MODE_EL1h:
		return FROM_CURRENT_SPX;
	default:
		return FROM_LOWER_A64;
	}
}

/* As the guest is told, whatever the kernel uses. */
static bool has_pan(void)
{
	return a64_feature(SYS_ID_AA64MMFR1_EL1, ID_AA64MMFR1_EL1_PAN_SHIFT);
}

/* PSTATE in the handler. Bits that are kept: NZCV and DIT; the others as the features say. */
static u64 handler_pstate(struct a64_vcpu *v)
{
	u64 old = v->ctx->pstate, sctlr = a64_sys_get(v, A64_SCTLR);
	u64 new = PSR_MODE_EL1h | PSR_D_BIT | PSR_A_BIT | PSR_I_BIT | PSR_F_BIT;

	new |= old & (PSR_N_BIT | PSR_Z_BIT | PSR_C_BIT | PSR_V_BIT | PSR_DIT_BIT);
	new |= old & PSR_PAN_BIT;
	if (!(sctlr & SCTLR_EL1_SPAN) && has_pan())
		new |= PSR_PAN_BIT;
	if (sctlr & SCTLR_ELx_DSSBS)
		new |= PSR_SSBS_BIT;
	return new;
}

static void take_exception(struct a64_vcpu *v, u64 esr)
{
	u64 old = v->ctx->pstate;

	a64_sys_set(v, A64_ESR, esr);
	a64_sys_set(v, A64_ELR, v->ctx->pc);
	a64_sys_set(v, A64_SPSR, old);
	v->ctx->pc = a64_sys_get(v, A64_VBAR) + vector_offset(old);
	v->ctx->pstate = handler_pstate(v);
}

/* IL is that of the instruction that trapped; 1 for all that are not one of 16 bits. */
static u64 il_of(const struct a64_vcpu *v)
{
	return v->ctx->exit.esr & ESR_ELx_IL;
}

void a64_inject_undef(struct a64_vcpu *v)
{
	take_exception(v, (u64)ESR_ELx_EC_UNKNOWN << ESR_ELx_EC_SHIFT | il_of(v));
}
EXPORT_SYMBOL_IF_KUNIT(a64_inject_undef);

static u64 abort_class(bool insn, bool from_el1)
{
	if (insn)
		return from_el1 ? ESR_ELx_EC_IABT_CUR : ESR_ELx_EC_IABT_LOW;
	return from_el1 ? ESR_ELx_EC_DABT_CUR : ESR_ELx_EC_DABT_LOW;
}

/*
 * Arm ARM ESR_ELx, ISS encodings for aborts, FSC: a synchronous external abort, and on
 * a walk of the guest's tables at which level. The exit's own status speaks of stage 2.
 */
static u64 abort_status(struct a64_vcpu *v, u64 far)
{
	unsigned int ec = a64_exit_class(v);

	if (ec != ESR_ELx_EC_DABT_LOW && ec != ESR_ELx_EC_IABT_LOW)
		return ESR_ELx_FSC_EXTABT;
	return v->ctx->exit.esr & ESR_ELx_S1PTW ? ESR_ELx_FSC_SEA_TTW(a64_walk_level(v, far)) :
						  ESR_ELx_FSC_EXTABT;
}

void a64_inject_abort(struct a64_vcpu *v, bool insn, u64 far)
{
	u64 mode = v->ctx->pstate & (PSR_MODE_MASK | PSR_MODE32_BIT);
	bool from_el1 = mode == PSR_MODE_EL1t || mode == PSR_MODE_EL1h;
	u64 status = abort_status(v, far), write = insn ? 0 : v->ctx->exit.esr & ESR_ELx_WNR;

	a64_sys_set(v, A64_FAR, far);
	take_exception(v, abort_class(insn, from_el1) << ESR_ELx_EC_SHIFT | ESR_ELx_IL | write |
			  status);
}
EXPORT_SYMBOL_IF_KUNIT(a64_inject_abort);

/*
 * Virtual SError: pending in HCR_EL2.VSE until the guest unmasks it. Its syndrome
 * says: uncategorized.
 */
void a64_inject_serror(struct a64_vcpu *v)
{
	v->ctx->el2.vsesr = ESR_ELx_ISV;
	v->ctx->el2.hcr |= HCR_VSE;
}
EXPORT_SYMBOL_IF_KUNIT(a64_inject_serror);

/* Arm ARM G1.9.1: ITSTATE advances with each instruction of a Thumb IT block. */
void a64_skip_aarch32(struct a64_vcpu *v)
{
	u64 pstate = v->ctx->pstate;
	u64 it = (pstate & PSR_AA32_IT_MASK & GENMASK(15, 10)) >> 8 |
		 (pstate & GENMASK(26, 25)) >> 25;

	v->ctx->pc += v->ctx->exit.esr & ESR_ELx_IL ? 4 : 2;
	if (!(pstate & PSR_AA32_T_BIT))
		return;
	it = it & 7 ? (it & 0xe0) | ((it << 1) & 0x1f) : 0;
	pstate &= ~(u64)PSR_AA32_IT_MASK;
	v->ctx->pstate = pstate | (it & 0xfc) << 8 | (it & 3) << 25;
}
EXPORT_SYMBOL_IF_KUNIT(a64_skip_aarch32);
