// SPDX-License-Identifier: GPL-2.0
/*
 * From a trap of the guest to a struct axvm_exit, and back.
 *
 * prepare and enter run with interrupts off, decode with preemption off, all
 * on the vCPU's thread with its state loaded; complete also without.
 */
#include <linux/sched.h>
#include <asm/insn.h>

#include "riscv.h"

/* Unprivileged ISA, "Zicsr": the CSR number of an instruction. */
#define INSN_CSR_SHIFT	20
#define INSN_WFI	0x10500073	/* privileged ISA, "Wait for Interrupt" */

void rv_raise(struct rv_vcpu *v, unsigned long cause, unsigned long tval)
{
	v->exception.pending = true;
	v->exception.cause = cause;
	v->exception.tval = tval;
}

/*
 * What the hardware does for a trap into VS-mode: privileged specification,
 * "Trap Entry". Synchronous exceptions always go to vstvec.BASE.
 */
static void deliver_exception(struct rv_vcpu *v)
{
	unsigned long vsstatus = csr_read(CSR_VSSTATUS);

	vsstatus &= ~(SR_SPP | SR_SPIE);
	if (v->ctx.sstatus & SR_SPP)
		vsstatus |= SR_SPP;
	if (vsstatus & SR_SIE)
		vsstatus |= SR_SPIE;
	csr_write(CSR_VSSTATUS, vsstatus & ~SR_SIE);
	csr_write(CSR_VSCAUSE, v->exception.cause);
	csr_write(CSR_VSTVAL, v->exception.tval);
	csr_write(CSR_VSEPC, v->ctx.x[0]);
	v->ctx.x[0] = csr_read(CSR_VSTVEC) & ~3UL;
	v->ctx.sstatus |= SR_SPP;
	v->ctx.hstatus |= HSTATUS_SPVP;
	v->exception.pending = false;
}

bool rv_vcpu_prepare(struct axvm_vcpu *vcpu)
{
	struct rv_vcpu *v = to_rv_vcpu(vcpu);

	if (axvm_vcpu_take_request(vcpu, RV_REQ_FENCE))
		rv_fence_local();
	if (v->fence_gpa != RV_NO_FENCE) {
		rv_hfence_gvma(v->fence_gpa);
		v->fence_gpa = RV_NO_FENCE;
	}
	if (v->exception.pending)
		deliver_exception(v);
	rv_irq_deliver(v);
	return true;
}

static void switch_to_guest(struct rv_vcpu *v)
{
	rv_switch(&v->ctx);
	v->trap.scause = csr_read(CSR_SCAUSE);
	axvm_vcpu_count(&v->base, AXVM_COUNT_ENTRIES);
}

/*
 * SBI calls that need nothing but the vCPU itself are done here, without
 * opening interrupts. A host interrupt or a kick that came meanwhile is pending and ends the next
 * stay at once; only need_resched can be set without one.
 */
static __always_inline bool run_guest(struct rv_vcpu *v)
{
	for (;;) {
		switch_to_guest(v);
		if (v->trap.scause & CAUSE_IRQ_FLAG)
			return true;
		if (v->trap.scause != EXC_SUPERVISOR_SYSCALL)
			return false;
		if (!rv_sbi_call(v))
			return false;
		axvm_vcpu_count(&v->base, AXVM_COUNT_FAST);
		if (need_resched())
			return true;
		rv_irq_deliver(v);
	}
}

/* scounteren is the host's whenever an interrupt may come: its PMU driver writes it from there. */
bool rv_vcpu_enter(struct axvm_vcpu *vcpu)
{
	struct rv_vcpu *v = to_rv_vcpu(vcpu);
	bool again;

	v->host_scounteren = csr_swap(CSR_SCOUNTEREN, v->csr.scounteren);
	if (rv_host.vector)
		rv_vector_restore(v);
	again = run_guest(v);
	v->csr.scounteren = csr_swap(CSR_SCOUNTEREN, v->host_scounteren);
	if (rv_host.vector)
		rv_vector_save(v);
	if (again)
		return true;
	v->trap.stval = csr_read(CSR_STVAL);
	v->trap.htval = csr_read(CSR_HTVAL);
	v->trap.htinst = csr_read(CSR_HTINST);
	return false;
}

/* --- the instruction that trapped --- */

/* Unprivileged ISA, "Expanded Instruction-Length Encoding": else it is compressed. */
static bool is_full_length(u32 insn)
{
	return (insn & 3) == 3;
}

/*
 * Read it through the guest's own translation. False when that does not work any
 * more (another vCPU changed it): then the guest executes it again, and faults by itself.
 */
static bool fetch_insn(struct rv_vcpu *v, u32 *insn)
{
	unsigned long flags, hstatus;
	long low, high = 0;

	local_irq_save(flags);
	hstatus = csr_swap(CSR_HSTATUS, v->ctx.hstatus);
	low = rv_fetch_halfword(v->ctx.x[0]);
	if (low >= 0 && is_full_length(low))
		high = rv_fetch_halfword(v->ctx.x[0] + 2);
	csr_write(CSR_HSTATUS, hstatus);
	local_irq_restore(flags);

	*insn = low | high << 16;
	return low >= 0 && high >= 0;
}

/* --- virtual instructions --- */

static u64 *guest_reg(struct rv_vcpu *v, unsigned int reg)
{
	return (u64 *)&v->ctx.x[reg];
}

/* A CSR read that changes nothing: csrrs or csrrc from x0. */
static bool is_csr_read(u32 insn)
{
	return (insn & BIT(RV_INSN_FUNCT3_OPOFF + 1)) && !RV_EXTRACT_RS1_REG(insn);
}

static bool may_read_counter(const struct rv_vcpu *v, unsigned int bit)
{
	return (v->ctx.sstatus & SR_SPP) || (v->csr.scounteren & BIT(bit));
}

/* The cycle and instruction counters are not virtualized; they advance with the time. */
static bool read_counter(struct rv_vcpu *v, u32 insn)
{
	unsigned int csr = insn >> INSN_CSR_SHIFT;
	unsigned int rd = RV_EXTRACT_RD_REG(insn);

	if (csr != CSR_CYCLE && csr != CSR_INSTRET)
		return false;
	if (!is_csr_read(insn) || !may_read_counter(v, csr - CSR_CYCLE))
		return false;
	if (rd)
		*guest_reg(v, rd) = rv_guest_time(v);
	v->ctx.x[0] += 4;
	return true;
}

/*
 * WFI of the guest's kernel traps because of hstatus.VTW, everything else because the guest reached
 * for what only a hypervisor has: then it gets what hardware without the extension would give.
 */
static enum axvm_verdict decode_virtual_insn(struct rv_vcpu *v)
{
	u32 insn = v->trap.stval;

	if (!is_full_length(insn) && !fetch_insn(v, &insn))
		return AXVM_RESUME;
	if (insn == INSN_WFI && (v->ctx.sstatus & SR_SPP)) {
		v->base.exit.kind = AXVM_EXIT_HALT;
		return AXVM_DISPATCH;
	}
	if (!read_counter(v, insn))
		rv_raise(v, EXC_INST_ILLEGAL, insn);
	return AXVM_RESUME;
}

/* --- guest page faults --- */

static const struct {
	u32 access;
	unsigned long error;	/* what the guest gets when there is nothing */
} fault_kinds[] = {
	[EXC_INST_GUEST_PAGE_FAULT]	= { AXVM_PROT_EXEC, EXC_INST_ACCESS },
	[EXC_LOAD_GUEST_PAGE_FAULT]	= { AXVM_PROT_READ, EXC_LOAD_ACCESS },
	[EXC_STORE_GUEST_PAGE_FAULT]	= { AXVM_PROT_WRITE, EXC_STORE_ACCESS },
};

static void raise_access_fault(struct rv_vcpu *v)
{
	rv_raise(v, fault_kinds[v->trap.scause].error, v->trap.stval);
}

/* "The two least-significant bits of the guest physical address are those of stval." */
static u64 fault_gpa(const struct rv_trap *trap)
{
	return (u64)trap->htval << 2 | (trap->stval & 3);
}

/*
 * The access itself faulted, not a walk of the guest's tables for it. Where
 * htinst does not tell, the offsets within the page do for all but one PTE in 512.
 */
static bool is_explicit_access(const struct rv_trap *trap)
{
	if (rv_htinst_is_pseudo(trap->htinst))
		return false;
	return trap->htinst || !((fault_gpa(trap) ^ trap->stval) & ~PAGE_MASK);
}

/* A driver's loop uses one instruction: what decoded once needs no second look. */
static bool decode_access(struct rv_vcpu *v, bool *again)
{
	u32 insn;

	*again = false;
	if (v->trap.htinst && v->trap.htinst == v->mmio_htinst)
		return true;
	v->mmio_htinst = 0;
	if (v->trap.htinst) {
		if (!rv_htinst_decode(v->trap.htinst, &v->mmio))
			return false;
		v->mmio_htinst = v->trap.htinst;
		return true;
	}
	if (!fetch_insn(v, &insn)) {
		*again = true;
		return false;
	}
	return rv_insn_decode(insn, &v->mmio);
}

static u64 read_source(struct rv_vcpu *v)
{
	if (v->mmio.fp)
		return rv_fp_read(v, v->mmio.reg);
	return v->mmio.reg ? v->ctx.x[v->mmio.reg] : 0;
}

static enum axvm_verdict decode_mmio(struct rv_vcpu *v, u64 gpa)
{
	struct axvm_exit *exit = &v->base.exit;
	bool again;

	if (v->trap.scause == EXC_INST_GUEST_PAGE_FAULT || !is_explicit_access(&v->trap)) {
		raise_access_fault(v);
		return AXVM_RESUME;
	}
	if (!decode_access(v, &again) || (v->mmio.fp && !rv_host.fpu)) {
		if (!again)
			raise_access_fault(v);
		return AXVM_RESUME;
	}
	exit->kind = AXVM_EXIT_MMIO;
	exit->io.addr = gpa;
	exit->io.len = v->mmio.len;
	exit->io.write = v->mmio.write;
	exit->io.data = v->mmio.write ? read_source(v) : 0;
	return AXVM_DISPATCH;
}

/*
 * A walk of the guest's own tables reads them, or sets A and D bits there,
 * whatever access it was made for. Bit 5 tells in a pseudoinstruction.
 */
static u32 fault_access(const struct rv_trap *trap)
{
	if (is_explicit_access(trap))
		return fault_kinds[trap->scause].access;
	return trap->htinst & RV_HTINST_PSEUDO_WRITE ? AXVM_PROT_WRITE : AXVM_PROT_READ;
}

static enum axvm_verdict decode_guest_fault(struct rv_vcpu *v)
{
	u64 gpa = fault_gpa(&v->trap);
	struct axvm_exit *exit = &v->base.exit;

	if (!axvm_gmem_find(&v->base.vm->gmem, gpa))
		return decode_mmio(v, gpa);
	exit->kind = AXVM_EXIT_S2_FAULT;
	exit->fault.gpa = gpa;
	exit->fault.access = fault_access(&v->trap);
	return AXVM_DISPATCH;
}

static enum axvm_verdict decode_unknown(struct rv_vcpu *v)
{
	v->base.exit.kind = AXVM_EXIT_FAIL;
	v->base.exit.fail.code = v->trap.scause;
	return AXVM_DISPATCH;
}

static enum axvm_verdict decode_sbi(struct rv_vcpu *v)
{
	return AXVM_DISPATCH;	/* rv_sbi_call() filled the exit */
}

static enum axvm_verdict (*const decoders[])(struct rv_vcpu *v) = {
	[EXC_SUPERVISOR_SYSCALL]	= decode_sbi,
	[EXC_INST_GUEST_PAGE_FAULT]	= decode_guest_fault,
	[EXC_LOAD_GUEST_PAGE_FAULT]	= decode_guest_fault,
	[EXC_VIRTUAL_INST_FAULT]	= decode_virtual_insn,
	[EXC_STORE_GUEST_PAGE_FAULT]	= decode_guest_fault,
};

enum axvm_verdict rv_vcpu_decode(struct axvm_vcpu *vcpu)
{
	struct rv_vcpu *v = to_rv_vcpu(vcpu);
	unsigned long cause = v->trap.scause;

	if (cause == EXC_LOAD_GUEST_PAGE_FAULT)	/* the one that has to be fast */
		return decode_guest_fault(v);
	if (cause >= ARRAY_SIZE(decoders) || !decoders[cause])
		return decode_unknown(v);
	return decoders[cause](v);
}

/* --- and back --- */

static u64 extend(const struct rv_mmio_insn *mmio, u64 data)
{
	unsigned int shift = 64 - 8 * mmio->len;

	return mmio->sign_extend ? (s64)(data << shift) >> shift : data << shift >> shift;
}

static void complete_mmio(struct rv_vcpu *v, enum axvm_status status)
{
	if (status != AXVM_OK) {
		raise_access_fault(v);
		return;
	}
	if (!v->mmio.write && v->mmio.fp)
		rv_fp_write(v, v->mmio.reg, v->mmio.len, v->base.exit.io.data);
	else if (!v->mmio.write && v->mmio.reg)
		v->ctx.x[v->mmio.reg] = extend(&v->mmio, v->base.exit.io.data);
	v->ctx.x[0] += v->mmio.size;
}

static void complete_fault(struct rv_vcpu *v, enum axvm_status status)
{
	if (status == AXVM_OK)
		v->fence_gpa = v->base.exit.fault.gpa;
	else
		raise_access_fault(v);
}

static void complete_halt(struct rv_vcpu *v, enum axvm_status status)
{
	v->ctx.x[0] += 4;
}

static void (*const completions[AXVM_EXIT_KINDS])(struct rv_vcpu *v, enum axvm_status status) = {
	[AXVM_EXIT_S2_FAULT]	= complete_fault,
	[AXVM_EXIT_HALT]	= complete_halt,
	[AXVM_EXIT_SUSPEND]	= rv_sbi_complete,
	[AXVM_EXIT_CPU_ON]	= rv_sbi_complete,
};

void rv_vcpu_complete(struct axvm_vcpu *vcpu, enum axvm_status status)
{
	if (vcpu->exit.kind == AXVM_EXIT_MMIO)	/* the one that has to be fast */
		complete_mmio(to_rv_vcpu(vcpu), status);
	else if (completions[vcpu->exit.kind])
		completions[vcpu->exit.kind](to_rv_vcpu(vcpu), status);
}
