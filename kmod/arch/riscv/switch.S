/* SPDX-License-Identifier: GPL-2.0 */
/*
 * RISC-V world switch, guest instruction fetch, floating-point state.
 *
 * Called by trap.c and vcpu.c with interrupts off. Privileged specification,
 * chapter "H" Extension: sret with hstatus.SPV = 1 enters VS- or VU-mode; a
 * trap into HS-mode comes to the address in stvec.
 */
#include <linux/linkage.h>
#include <asm/asm.h>
#include <asm/csr.h>

#include "switch.h"

	.text

/*
 * void rv_switch(struct rv_context *ctx)
 *
 * Run the guest until it traps to HS-mode. sscratch holds ctx meanwhile: the
 * kernel keeps 0 there while it runs itself. hstatus is given back each time: a stale SPV
 * would turn somebody else's sret into a guest entry.
 */
SYM_FUNC_START(rv_switch)
	sd	ra, RV_CTX_HOST_RA(a0)
	sd	sp, RV_CTX_HOST_SP(a0)
	sd	gp, RV_CTX_HOST_GP(a0)
	sd	tp, RV_CTX_HOST_TP(a0)
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
	sd	s\n, RV_CTX_HOST_S(\n)(a0)
	.endr

	ld	t0, RV_CTX_SSTATUS(a0)
	ld	t1, RV_CTX_HSTATUS(a0)
	la	t2, .Ltrap_from_guest
	ld	t3, RV_CTX_X(0)(a0)
	csrrw	t0, CSR_SSTATUS, t0
	csrrw	t1, CSR_HSTATUS, t1
	csrrw	t2, CSR_STVEC, t2
	csrrw	t4, CSR_SSCRATCH, a0
	csrw	CSR_SEPC, t3
	sd	t0, RV_CTX_HOST_SSTATUS(a0)
	sd	t1, RV_CTX_HOST_HSTATUS(a0)
	sd	t2, RV_CTX_HOST_STVEC(a0)
	sd	t4, RV_CTX_HOST_SSCRATCH(a0)

	.irp	n, 1, 2, 3, 4, 5, 6, 7, 8, 9
	ld	x\n, RV_CTX_X(\n)(a0)
	.endr
	.irp	n, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20
	ld	x\n, RV_CTX_X(\n)(a0)
	.endr
	.irp	n, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	ld	x\n, RV_CTX_X(\n)(a0)
	.endr
	ld	a0, RV_CTX_X(10)(a0)
	sret

	/* stvec.BASE is aligned to 4 bytes, MODE is direct (0). */
	.balign	4
.Ltrap_from_guest:
	csrrw	a0, CSR_SSCRATCH, a0
	.irp	n, 1, 2, 3, 4, 5, 6, 7, 8, 9
	sd	x\n, RV_CTX_X(\n)(a0)
	.endr
	.irp	n, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20
	sd	x\n, RV_CTX_X(\n)(a0)
	.endr
	.irp	n, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	sd	x\n, RV_CTX_X(\n)(a0)
	.endr

	ld	t0, RV_CTX_HOST_SSTATUS(a0)
	ld	t1, RV_CTX_HOST_HSTATUS(a0)
	ld	t2, RV_CTX_HOST_STVEC(a0)
	ld	t3, RV_CTX_HOST_SSCRATCH(a0)
	csrrw	t0, CSR_SSTATUS, t0
	csrrw	t1, CSR_HSTATUS, t1
	csrw	CSR_STVEC, t2
	csrrw	t3, CSR_SSCRATCH, t3
	csrr	t4, CSR_SEPC
	sd	t0, RV_CTX_SSTATUS(a0)
	sd	t1, RV_CTX_HSTATUS(a0)
	sd	t3, RV_CTX_X(10)(a0)
	sd	t4, RV_CTX_X(0)(a0)

	ld	ra, RV_CTX_HOST_RA(a0)
	ld	sp, RV_CTX_HOST_SP(a0)
	ld	gp, RV_CTX_HOST_GP(a0)
	ld	tp, RV_CTX_HOST_TP(a0)
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
	ld	s\n, RV_CTX_HOST_S(\n)(a0)
	.endr
	ret
SYM_FUNC_END(rv_switch)

/*
 * long rv_fetch_halfword(unsigned long gva)
 *
 * Read 16 bits of guest code as the guest's fetch would see them; -1 when the
 * guest's own translation or stage 2 does not allow it. hstatus.SPVP and the
 * VS CSRs are the guest's. The trap of a failed HLVX comes to a handler of
 * our own: the kernel's does not know these causes. It is left by a jump, in the mode it came from
 * with interrupts still off, so no sret is due.
 */
SYM_FUNC_START(rv_fetch_halfword)
	la	t0, .Lfetch_failed
	csrrw	t0, CSR_STVEC, t0
	/* HLVX.HU a0, (a0) */
	.insn	r 0x73, 4, 50, a0, a0, x3
	j	.Lfetch_done
	.balign	4
.Lfetch_failed:
	li	a0, -1
.Lfetch_done:
	csrw	CSR_STVEC, t0
	ret
SYM_FUNC_END(rv_fetch_halfword)

#ifdef CONFIG_FPU
	.option	push
	.option	arch, +f, +d

/* void rv_fp_save(struct rv_fp *fp); sstatus.FS is on */
SYM_FUNC_START(rv_fp_save)
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	fsd	f\n, RV_FP_F(\n)(a0)
	.endr
	.irp	n, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	fsd	f\n, RV_FP_F(\n)(a0)
	.endr
	frcsr	t0
	sd	t0, RV_FP_FCSR(a0)
	ret
SYM_FUNC_END(rv_fp_save)

/* void rv_fp_restore(const struct rv_fp *fp); sstatus.FS is on */
SYM_FUNC_START(rv_fp_restore)
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	fld	f\n, RV_FP_F(\n)(a0)
	.endr
	.irp	n, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	fld	f\n, RV_FP_F(\n)(a0)
	.endr
	ld	t0, RV_FP_FCSR(a0)
	fscsr	t0
	ret
SYM_FUNC_END(rv_fp_restore)

	.option	pop
#endif
