/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Decode the load and store instructions that a guest uses on device registers.
 *
 * Pure functions of their arguments: they read no memory and no registers.
 * Called by the backend's decode on vCPU threads; any context.
 */
#ifndef AXVM_RISCV_INSN_H
#define AXVM_RISCV_INSN_H

#include <linux/bits.h>
#include <linux/types.h>

/*
 * Transformed instructions: Privileged, "Hypervisor Extension", "Transformed
 * Instruction or Pseudoinstruction for mtinst or htinst". Bit 0 is set in a
 * transformed instruction, bit 1 is clear when a compressed one was expanded; both
 * are clear in a pseudoinstruction.
 */
#define RV_HTINST_TRANSFORMED	BIT(0)
#define RV_HTINST_NOT_EXPANDED	BIT(1)
#define RV_HTINST_KIND_MASK	GENMASK(1, 0)
/* "Special guest-page-fault pseudoinstructions": 0x2020 and 0x3020 write, the others read. */
#define RV_HTINST_PSEUDO_WRITE	BIT(5)

/**
 * struct rv_mmio_insn - one load or store
 * @write: a store
 * @sign_extend: a load into an integer register that extends the sign, not zeros
 * @fp: @reg is a floating-point register; a load narrower than the register is
 *	NaN-boxed by the caller
 * @len: width of the access: 1, 2, 4 or 8 bytes
 * @reg: destination of a load, source of a store: 0 to 31; what is loaded into
 *	integer register 0 is dropped by the caller
 * @size: length of the instruction in the guest: 2 or 4 bytes
 */
struct rv_mmio_insn {
	bool write;
	bool sign_extend;
	bool fp;
	u8 len;
	u8 reg;
	u8 size;
};

/**
 * rv_insn_decode() - decode an instruction as it stands in memory
 * @insn: the instruction; of a compressed one the upper half is ignored
 * @out: filled when true is returned
 *
 * Knows the loads and stores of RV64I, F, D, Zfh, C and Zcb. Atomic, vector, quad,
 * cache-block and hypervisor accesses and reserved encodings are not emulated.
 *
 * Return: true when @insn is one of them.
 */
bool rv_insn_decode(u32 insn, struct rv_mmio_insn *out);

/**
 * rv_htinst_decode() - decode a transformed instruction
 * @htinst: value of the CSR, not 0
 * @out: filled when true is returned
 *
 * Refuses the second half of a misaligned access that was split by the CPU
 * (Address Offset not 0): the faulting address is not the one that the
 * instruction names, and what its first half did is done.
 *
 * Return: true when @htinst is a load or store that rv_insn_decode() knows.
 * False is final: the instruction in memory has no more to tell.
 */
bool rv_htinst_decode(unsigned long htinst, struct rv_mmio_insn *out);

/**
 * rv_htinst_is_pseudo() - is it about an access that no instruction made?
 * @htinst: value of the CSR
 *
 * True for an implicit access, a walk of the guest's own page tables: it needs
 * memory behind it, there is nothing to emulate.
 *
 * Return: true for a pseudoinstruction.
 */
static inline bool rv_htinst_is_pseudo(unsigned long htinst)
{
	return htinst && !(htinst & RV_HTINST_KIND_MASK);
}

#endif /* AXVM_RISCV_INSN_H */
