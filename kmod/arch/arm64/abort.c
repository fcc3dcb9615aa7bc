// SPDX-License-Identifier: GPL-2.0
/*
 * Stage-2 faults of a guest: memory that is not there yet, and devices.
 *
 * Arm ARM, "ISS encoding for an exception from a Data Abort". Runs on the
 * vCPU's thread with its state loaded and interrupts on.
 */
#include <linux/swab.h>
#include <asm/kvm_arm.h>
#include <kunit/visibility.h>

#include "arm64.h"
#include "compat.h"

static u64 fault_gpa(const struct a64_exit_info *exit)
{
	return (exit->hpfar & HPFAR_MASK) << 8 | (exit->far & ~PAGE_MASK);
}

static bool is_insn_abort(const struct a64_vcpu *v)
{
	return a64_exit_class(v) == ESR_ELx_EC_IABT_LOW;
}

static bool is_walk(const struct a64_exit_info *exit)
{
	return exit->esr & ESR_ELx_S1PTW;
}

static enum axvm_verdict inject_abort(struct a64_vcpu *v)
{
	a64_inject_abort(v, is_insn_abort(v), v->ctx->exit.far);
	return AXVM_RESUME;
}

/* --- data of devices, in the byte order that the guest has chosen --- */

/* As a64_sys_get(), on the path of each access. */
static __always_inline u64 guest_sctlr(const struct a64_vcpu *v)
{
	if (v->ctx->flags & A64_CTX_LOADED)
		return read_sysreg_s(SYS_SCTLR_EL12);
	return v->ctx->sys[A64_SCTLR];
}

/* PSTATE.E in AArch32; SCTLR_EL1.E0E and EE in AArch64. */
static __always_inline bool is_big_endian(const struct a64_vcpu *v)
{
	u64 pstate = v->ctx->pstate;

	if (unlikely(pstate & PSR_MODE32_BIT))
		return pstate & PSR_AA32_E_BIT;
	return guest_sctlr(v) &
	       ((pstate & PSR_MODE_MASK) == PSR_MODE_EL0t ? SCTLR_EL1_E0E : SCTLR_ELx_EE);
}

static noinline u64 swap_bytes(u64 data, unsigned int len)
{
	return swab64(data) >> (64 - 8 * len);
}

static u64 cut(u64 data, unsigned int len)
{
	return data & (U64_MAX >> (64 - 8 * len));
}

static __always_inline u64 to_device(struct a64_vcpu *v, u64 data, unsigned int len)
{
	data = cut(data, len);
	return unlikely(is_big_endian(v)) ? swap_bytes(data, len) : data;
}

static __always_inline u64 from_device(struct a64_vcpu *v, u64 data,
				       const struct a64_access *access)
{
	unsigned int unused = 64 - 8 * access->len;

	if (unlikely(is_big_endian(v)))
		data = swap_bytes(data, access->len);
	data <<= unused;
	data = access->sign ? (s64)data >> unused : data >> unused;
	return access->sf ? data : (u32)data;
}

/* --- accesses with a syndrome: one general register --- */

static void decode_syndrome(u64 esr, struct a64_access *access)
{
	access->write = esr & ESR_ELx_WNR;
	access->len = 1 << ((esr & ESR_ELx_SAS) >> ESR_ELx_SAS_SHIFT);
	access->sign = esr & ESR_ELx_SSE;
	access->sf = esr & ESR_ELx_SF;
	access->rt[0] = (esr & ESR_ELx_SRT_MASK) >> ESR_ELx_SRT_SHIFT;
}

static enum axvm_verdict start_access(struct a64_vcpu *v, u64 gpa)
{
	struct axvm_exit *exit = &v->base.exit;

	decode_syndrome(v->ctx->exit.esr, &v->access);
	exit->kind = AXVM_EXIT_MMIO;
	exit->io.addr = gpa;
	exit->io.len = v->access.len;
	exit->io.write = v->access.write;
	exit->io.data = v->access.write ?
			to_device(v, a64_reg_get(v, v->access.rt[0]), v->access.len) : 0;
	return AXVM_DISPATCH;
}

/* The interrupt controller's registers, in the loop of runs. */
bool a64_abort_fast(struct a64_vcpu *v)
{
	const struct a64_exit_info *info = &v->ctx->exit;
	struct a64_access *access = &v->access;
	u64 *data = &v->base.exit.io.data;

	if (!(info->esr & ESR_ELx_ISV) || !esr_fsc_is_translation_fault(info->esr))
		return false;
	decode_syndrome(info->esr, access);
	if (access->write) {
		*data = to_device(v, a64_reg_get(v, access->rt[0]), access->len);
		if (!vgic_fast_write(v, fault_gpa(info), access->len, *data))
			return false;
	} else {
		if (!vgic_fast_read(v, fault_gpa(info), access->len, data))
			return false;
		a64_reg_set(v, access->rt[0], from_device(v, *data, access));
	}
	a64_skip(v);
	return true;
}

void a64_access_complete(struct a64_vcpu *v, enum axvm_status status)
{
	if (status != AXVM_OK) {
		inject_abort(v);
		return;
	}
	if (!v->access.write)
		a64_reg_set(v, v->access.rt[0], from_device(v, v->base.exit.io.data, &v->access));
	a64_skip(v);
}
EXPORT_SYMBOL_IF_KUNIT(a64_access_complete);

/* --- accesses without: the instruction tells --- */

static enum a64_sys stack_pointer(const struct a64_vcpu *v)
{
	u64 mode = v->ctx->pstate & PSR_MODE_MASK;

	return mode == PSR_MODE_EL1h ? A64_SP_EL1 : A64_SP_EL0;
}

static u64 base_value(struct a64_vcpu *v, unsigned int rn)
{
	return rn == 31 ? a64_sys_get(v, stack_pointer(v)) : v->ctx->x[rn];
}

static void write_base(struct a64_vcpu *v, const struct a64_access *access)
{
	u64 base = base_value(v, access->rn) + access->step;

	if (!access->writeback)
		return;
	if (access->rn == 31)
		a64_sys_set(v, stack_pointer(v), base);
	else
		v->ctx->x[access->rn] = base;
}

/* Up to 8 bytes; wider registers go in two transfers, as a device's bus is 8 wide. */
static bool transfer(struct a64_vcpu *v, u64 gpa, bool write, unsigned int len, u64 *data)
{
	struct axvm_bus *bus = &v->base.vm->bus[AXVM_BUS_MMIO];

	if (write)
		return axvm_bus_write(bus, gpa, len, *data) == AXVM_BUS_DONE;
	return axvm_bus_read(bus, gpa, len, data) == AXVM_BUS_DONE;
}

static bool transfer_simd(struct a64_vcpu *v, u64 gpa, const struct a64_access *access,
			  unsigned int rt)
{
	unsigned int len = min_t(unsigned int, access->len, 8), done;
	union {
		__uint128_t reg;
		u64 half[2];
	} val = {};

	if (access->write)
		a64_fp_get(v, rt, &val.reg);
	for (done = 0; done < access->len; done += len) {
		u64 data = cut(val.half[done / 8], len);

		if (!transfer(v, gpa + done, access->write, len, &data))
			return false;
		val.half[done / 8] = cut(data, len);
	}
	if (!access->write)
		a64_fp_set(v, rt, &val.reg);
	return true;
}

static bool transfer_general(struct a64_vcpu *v, u64 gpa, const struct a64_access *access,
			     unsigned int rt)
{
	u64 data = to_device(v, a64_reg_get(v, rt), access->len);

	if (!transfer(v, gpa, access->write, access->len, &data))
		return false;
	if (!access->write)
		a64_reg_set(v, rt, from_device(v, data, access));
	return true;
}

static bool transfer_all(struct a64_vcpu *v, u64 gpa, const struct a64_access *access)
{
	unsigned int i;

	for (i = 0; i < access->nr; i++, gpa += access->len)
		if (!(access->simd ? transfer_simd(v, gpa, access, access->rt[i]) :
				     transfer_general(v, gpa, access, access->rt[i])))
			return false;
	return true;
}

/* What lies behind may be anything, as the fault told of the first page alone. */
static bool crosses_page(const struct a64_access *access, u64 far)
{
	return (far & ~PAGE_MASK) + access->nr * access->len > PAGE_SIZE;
}

/*
 * The first register of a pair lies where the fault was, or the instruction is none that
 * may be used on a device: it reaches into memory, or the other one changed it meanwhile.
 */
static bool is_consistent(struct a64_vcpu *v, const struct a64_access *access)
{
	if (access->write != !!(v->ctx->exit.esr & ESR_ELx_WNR))
		return false;
	if (access->simd && is_big_endian(v))
		return false;
	if (crosses_page(access, v->ctx->exit.far))
		return false;
	return access->nr == 1 ||
	       base_value(v, access->rn) + access->offset == v->ctx->exit.far;
}

/*
 * Where the instruction lies: the world switch asked the CPU's translation for it, as
 * the guest's own would be. False when it is not there any more: the guest shall meet that itself.
 */
static bool insn_gpa(const struct a64_vcpu *v, u64 *gpa)
{
	u64 par = v->ctx->exit.insn_par;

	if (par & SYS_PAR_EL1_F)
		return false;
	*gpa = (par & GENMASK_ULL(47, 12)) | (v->ctx->pc & ~PAGE_MASK);
	return true;
}

static enum axvm_verdict back_insn(struct a64_vcpu *v, u64 gpa)
{
	v->base.exit.kind = AXVM_EXIT_S2_FAULT;
	v->base.exit.fault.gpa = gpa;
	v->base.exit.fault.access = AXVM_PROT_EXEC;
	return AXVM_DISPATCH;
}

static enum axvm_verdict emulate_access(struct a64_vcpu *v, u64 gpa)
{
	struct a64_access access;
	const __le32 *insn;
	u64 where;

	if (v->ctx->pstate & PSR_MODE32_BIT)
		return inject_abort(v);
	if (!insn_gpa(v, &where))
		return AXVM_RESUME;
	insn = axvm_gmem_kva(&v->base.vm->gmem, where);
	if (!insn)
		return axvm_gmem_find(&v->base.vm->gmem, where) ? back_insn(v, where) :
								  inject_abort(v);
	if (!a64_insn_decode(le32_to_cpu(READ_ONCE(*insn)), &access) ||
	    !is_consistent(v, &access) || !transfer_all(v, gpa, &access))
		return inject_abort(v);
	write_base(v, &access);
	a64_skip(v);
	return AXVM_RESUME;
}

/* --- which of all that it is --- */

static enum axvm_verdict decode_device(struct a64_vcpu *v, u64 gpa)
{
	const struct a64_exit_info *exit = &v->ctx->exit;

	if (exit->esr & ESR_ELx_ISV)
		return start_access(v, gpa);
	/* Cache maintenance by address where no memory is has nothing to do. */
	if (exit->esr & ESR_ELx_CM) {
		a64_skip(v);
		return AXVM_RESUME;
	}
	return emulate_access(v, gpa);
}

/* A walk of the guest's own tables reads them, or sets their flags. */
static u32 wanted_access(const struct a64_vcpu *v)
{
	u64 esr = v->ctx->exit.esr;

	if (is_insn_abort(v) && !is_walk(&v->ctx->exit))
		return AXVM_PROT_EXEC;
	if (esr & ESR_ELx_CM)
		return AXVM_PROT_READ;
	/* A walk that may read but not go on wanted to set a flag, whatever it was made for. */
	if (is_walk(&v->ctx->exit) && esr_fsc_is_permission_fault(esr))
		return AXVM_PROT_WRITE;
	return esr & ESR_ELx_WNR ? AXVM_PROT_WRITE : AXVM_PROT_READ;
}

static bool is_stage2_fault(u64 esr)
{
	return esr_fsc_is_translation_fault(esr) || esr_fsc_is_permission_fault(esr) ||
	       esr_fsc_is_access_flag_fault(esr);
}

enum axvm_verdict a64_abort_decode(struct a64_vcpu *v)
{
	const struct a64_exit_info *info = &v->ctx->exit;
	struct axvm_exit *exit = &v->base.exit;
	u64 gpa = fault_gpa(info);

	/* Others: beyond what stage 2 can address, or an error of the memory itself. */
	if (!is_stage2_fault(info->esr))
		return inject_abort(v);
	if (!axvm_gmem_find(&v->base.vm->gmem, gpa)) {
		if (is_insn_abort(v) || is_walk(info))
			return inject_abort(v);
		return decode_device(v, gpa);
	}
	exit->kind = AXVM_EXIT_S2_FAULT;
	exit->fault.gpa = gpa;
	exit->fault.access = wanted_access(v);
	return AXVM_DISPATCH;
}
EXPORT_SYMBOL_IF_KUNIT(a64_abort_decode);
