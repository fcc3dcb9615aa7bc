/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Layout of struct rv_context and struct rv_fp for the assembly in switch.S;
 * the C side asserts it in vcpu.c.
 */
#ifndef AXVM_RISCV_SWITCH_H
#define AXVM_RISCV_SWITCH_H

#define RV_CTX_X(n)		((n) * 8)	/* 0: the program counter */
#define RV_CTX_SSTATUS		(32 * 8)
#define RV_CTX_HSTATUS		(33 * 8)
#define RV_CTX_HOST_SSTATUS	(34 * 8)
#define RV_CTX_HOST_HSTATUS	(35 * 8)
#define RV_CTX_HOST_STVEC	(36 * 8)
#define RV_CTX_HOST_SSCRATCH	(37 * 8)
#define RV_CTX_HOST_RA		(38 * 8)
#define RV_CTX_HOST_SP		(39 * 8)
#define RV_CTX_HOST_GP		(40 * 8)
#define RV_CTX_HOST_TP		(41 * 8)
#define RV_CTX_HOST_S(n)	((42 + (n)) * 8)

#define RV_FP_F(n)		((n) * 8)
#define RV_FP_FCSR		(32 * 8)

#endif /* AXVM_RISCV_SWITCH_H */
