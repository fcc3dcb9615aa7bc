/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Floating-point and vector registers in bulk; no other code touches them.
 */
	.option	arch, +f, +d
	.text

	.macro	each_freg what:req
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, \
		22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	\what	f\n, (\n * 8)(a0)
	.endr
	.endm

/* void fp_load(const u64 regs[32], u64 fcsr) */
	.globl	fp_load
fp_load:
	each_freg fld
	csrw	fcsr, a1
	ret

/* u64 fp_store(u64 regs[32]): returns fcsr */
	.globl	fp_store
fp_store:
	each_freg fsd
	csrr	a0, fcsr
	ret

	.option	arch, +v

	.macro	each_group what:req
	.irp	n, 0, 8, 16, 24
	\what	v\n, (a0)
	add	a0, a0, t0
	.endr
	.endm

/* void vector_load(const u8 *regs): 32 registers of vlenb bytes */
	.globl	vector_load
vector_load:
	csrr	t0, vlenb
	slli	t0, t0, 3
	each_group vl8re8.v
	vsetivli zero, 3, e16, m2, ta, ma
	ret

/* void vector_store(u8 *regs, u64 state[2]): vtype and vl as well */
	.globl	vector_store
vector_store:
	csrr	t1, vtype
	csrr	t2, vl
	sd	t1, 0(a1)
	sd	t2, 8(a1)
	csrr	t0, vlenb
	slli	t0, t0, 3
	each_group vs8r.v
	ret
