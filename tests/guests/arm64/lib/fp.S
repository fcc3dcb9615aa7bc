/* SPDX-License-Identifier: GPL-2.0 */
/*
 * FP/SIMD and SVE registers in bulk; no other code touches them.
 */
	.arch	armv8.2-a+sve
	.text

	.macro	each_quad what:req
	\what	q0, q1, [x0, #0]
	\what	q2, q3, [x0, #32]
	\what	q4, q5, [x0, #64]
	\what	q6, q7, [x0, #96]
	\what	q8, q9, [x0, #128]
	\what	q10, q11, [x0, #160]
	\what	q12, q13, [x0, #192]
	\what	q14, q15, [x0, #224]
	\what	q16, q17, [x0, #256]
	\what	q18, q19, [x0, #288]
	\what	q20, q21, [x0, #320]
	\what	q22, q23, [x0, #352]
	\what	q24, q25, [x0, #384]
	\what	q26, q27, [x0, #416]
	\what	q28, q29, [x0, #448]
	\what	q30, q31, [x0, #480]
	.endm

/* void fp_load(const u64 regs[64], u64 fpcr, u64 fpsr) */
	.globl	fp_load
fp_load:
	each_quad ldp
	msr	fpcr, x1
	msr	fpsr, x2
	ret

/* void fp_store(u64 regs[64], u64 state[2]): FPCR and FPSR as well */
	.globl	fp_store
fp_store:
	each_quad stp
	mrs	x2, fpcr
	mrs	x3, fpsr
	stp	x2, x3, [x1]
	ret

	.macro	each_z what:req
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, \
		22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	\what	z\n, [x0, #\n, mul vl]
	.endr
	.endm

	.macro	each_p what:req
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	\what	p\n, [x1, #\n, mul vl]
	.endr
	.endm

/* void sve_load(const u8 *z, const u8 *p): the 17th predicate is for FFR */
	.globl	sve_load
sve_load:
	ldr	p0, [x1, #16, mul vl]
	wrffr	p0.b
	each_z	ldr
	each_p	ldr
	ret

/* void sve_store(u8 *z, u8 *p) */
	.globl	sve_store
sve_store:
	each_z	str
	each_p	str
	rdffr	p0.b
	str	p0, [x1, #16, mul vl]
	ldr	p0, [x1]
	ret

/* u64 sve_vector_bytes(void) */
	.globl	sve_vector_bytes
sve_vector_bytes:
	rdvl	x0, #1
	ret
