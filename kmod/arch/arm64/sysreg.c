// SPDX-License-Identifier: GPL-2.0
/*
 * System registers and instructions of guests that trap.
 *
 * Arm ARM, "ISS encoding for an exception from MSR, MRS, or System instruction
 * execution". One table; what is not in it is UNDEFINED. Loaded; fast ones
 * with interrupts off, the others leave the loaded section.
 */
#include <kunit/visibility.h>

#include "arm64.h"

/**
 * struct sysreg - one register, or a range
 * @first: its encoding, as sys_reg() makes it
 * @last: of the range
 * @access: read or write it; false: UNDEFINED after all
 * @slow: instead, for writes: what to do outside of the loaded section
 */
struct sysreg {
	u32 first;
	u32 last;
	bool (*access)(struct a64_vcpu *v, u32 encoding, bool write, u64 *val);
	void (*slow)(struct a64_vcpu *v);
};

static bool send_sgi(struct a64_vcpu *v, u32 encoding, bool write, u64 *val)
{
	if (!write || a64_vm_of(v)->vgic.model != 3)
		return false;
	/* ICC_ASGI1R_EL1: with one security state as ICC_SGI0R_EL1 (IHI 0069, 12.2.1). */
	vgic_send_sgi(v, *val, encoding == SYS_ICC_SGI1R_EL1 ? 1 : 0);
	return true;
}

static bool read_id(struct a64_vcpu *v, u32 encoding, bool write, u64 *val)
{
	if (write)
		return false;
	*val = a64_vm_of(v)->id_regs[a64_id_index(sys_reg_CRm(encoding), sys_reg_Op2(encoding))];
	/* Without the system registers of GICv3: a VM may have a GICv2. */
	if (encoding == SYS_ID_AA64PFR0_EL1 && a64_vm_of(v)->vgic.model != 3)
		*val &= ~ID_AA64PFR0_EL1_GIC_MASK;
	return true;
}

static bool ignore(struct a64_vcpu *v, u32 encoding, bool write, u64 *val)
{
	if (!write)
		*val = 0;
	return true;
}

/* HCR_EL2.TVM traps writes alone. */
static const struct {
	u32 encoding;
	enum a64_sys reg;
} vm_registers[] = {
	{ SYS_SCTLR_EL1, A64_SCTLR },
	{ SYS_TTBR0_EL1, A64_TTBR0 },
	{ SYS_TTBR1_EL1, A64_TTBR1 },
	{ SYS_TCR_EL1, A64_TCR },
	{ SYS_ESR_EL1, A64_ESR },
	{ SYS_AFSR0_EL1, A64_AFSR0 },
	{ SYS_AFSR1_EL1, A64_AFSR1 },
	{ SYS_FAR_EL1, A64_FAR },
	{ SYS_MAIR_EL1, A64_MAIR },
	{ SYS_AMAIR_EL1, A64_AMAIR },
	{ SYS_CONTEXTIDR_EL1, A64_CONTEXTIDR },
};

static bool write_vm_register(struct a64_vcpu *v, u32 encoding, bool write, u64 *val)
{
	unsigned int i;

	if (!write)
		return false;
	for (i = 0; i < ARRAY_SIZE(vm_registers); i++)
		if (vm_registers[i].encoding == encoding) {
			a64_sys_set(v, vm_registers[i].reg, *val);
			return true;
		}
	return false;
}

#define SYS_ONE(reg, access_)		{ (reg), (reg), (access_) }
#define SYS_SLOW(reg, access_, slow_)	{ (reg), (reg), (access_), (slow_) }

/* Often used ones first. */
static const struct sysreg sysregs[] = {
	SYS_ONE(SYS_ICC_SGI1R_EL1, send_sgi),
	{ SYS_CNTP_TVAL_EL0, SYS_CNTP_CVAL_EL0, a64_timer_access },
	SYS_ONE(SYS_CNTPCT_EL0, a64_timer_access),
	SYS_ONE(SYS_CNTPCTSS_EL0, a64_timer_access),
	{ SYS_ID_PFR0_EL1, sys_reg(3, 0, 0, 7, 7), read_id },
	SYS_SLOW(SYS_SCTLR_EL1, write_vm_register, a64_cache_toggled),
	SYS_ONE(SYS_TTBR0_EL1, write_vm_register),
	SYS_ONE(SYS_TTBR1_EL1, write_vm_register),
	SYS_ONE(SYS_TCR_EL1, write_vm_register),
	SYS_ONE(SYS_AFSR0_EL1, write_vm_register),
	SYS_ONE(SYS_AFSR1_EL1, write_vm_register),
	SYS_ONE(SYS_ESR_EL1, write_vm_register),
	SYS_ONE(SYS_FAR_EL1, write_vm_register),
	SYS_ONE(SYS_MAIR_EL1, write_vm_register),
	SYS_ONE(SYS_AMAIR_EL1, write_vm_register),
	SYS_ONE(SYS_CONTEXTIDR_EL1, write_vm_register),
	SYS_SLOW(SYS_DC_ISW, ignore, a64_cache_set_way),
	SYS_SLOW(SYS_DC_CSW, ignore, a64_cache_set_way),
	SYS_SLOW(SYS_DC_CISW, ignore, a64_cache_set_way),
	SYS_ONE(SYS_ICC_SGI0R_EL1, send_sgi),
	SYS_ONE(SYS_ICC_ASGI1R_EL1, send_sgi),
	{ SYS_ICC_PMR_EL1, SYS_ICC_PMR_EL1, vgic_icc_access },
	{ sys_reg(3, 0, 12, 8, 0), sys_reg(3, 0, 12, 12, 7), vgic_icc_access },
	SYS_ONE(SYS_CTR_EL0, a64_cache_id_access),
	{ SYS_CCSIDR_EL1, SYS_CLIDR_EL1, a64_cache_id_access },
	SYS_ONE(SYS_CSSELR_EL1, a64_cache_id_access),
	SYS_ONE(SYS_ACTLR_EL1, ignore),
	/* Error records: there are none (ERRIDR_EL1.NUM = 0). */
	{ SYS_ERRIDR_EL1, sys_reg(3, 0, 5, 5, 7), ignore },
	{ sys_reg(2, 0, 0, 0, 0), sys_reg(2, 7, 15, 15, 7), a64_debug_access },
};

static const struct sysreg *find(u32 encoding)
{
	const struct sysreg *reg;

	for (reg = sysregs; reg < sysregs + ARRAY_SIZE(sysregs); reg++)
		if (encoding >= reg->first && encoding <= reg->last)
			return reg;
	return NULL;
}

static bool is_write(u64 esr)
{
	return (esr & ESR_ELx_SYS64_ISS_DIR_MASK) == ESR_ELx_SYS64_ISS_DIR_WRITE;
}

/* False: UNDEFINED. */
static bool do_access(struct a64_vcpu *v, const struct sysreg *reg)
{
	u64 esr = v->ctx->exit.esr, val = 0;
	unsigned int rt = ESR_ELx_SYS64_ISS_RT(esr);
	bool write = is_write(esr);

	if (write)
		val = a64_reg_get(v, rt);
	if (!reg->access(v, esr_sys64_to_sysreg(esr), write, &val))
		return false;
	if (!write)
		a64_reg_set(v, rt, val);
	a64_skip(v);
	return true;
}

bool a64_sysreg_fast(struct a64_vcpu *v)
{
	const struct sysreg *reg = find(esr_sys64_to_sysreg(v->ctx->exit.esr));

	if (!reg || reg->slow)
		return false;
	if (!do_access(v, reg))
		a64_inject_undef(v);
	return true;
}
EXPORT_SYMBOL_IF_KUNIT(a64_sysreg_fast);

enum axvm_verdict a64_sysreg_decode(struct a64_vcpu *v)
{
	const struct sysreg *reg = find(esr_sys64_to_sysreg(v->ctx->exit.esr));

	if (!reg || !do_access(v, reg)) {
		a64_inject_undef(v);
		return AXVM_RESUME;
	}
	v->slow = reg->slow;
	v->base.exit.kind = AXVM_EXIT_ARCH;
	return AXVM_DISPATCH;
}
EXPORT_SYMBOL_IF_KUNIT(a64_sysreg_decode);
