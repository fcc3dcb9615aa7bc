// SPDX-License-Identifier: GPL-2.0
/*
 * The vector registers of a RISC-V vCPU.
 *
 * They hold guest state only while interrupts are off: a softirq of the host
 * may use the vector unit as soon as they are on. So they go in before the
 * world switch and come out after it, but not between the calls that are
 * finished on the fast path. Called by trap.c on the vCPU's thread.
 */
#include <linux/slab.h>
#include <asm/vector.h>

#include "riscv.h"

#ifdef CONFIG_RISCV_ISA_V

int rv_vector_init(struct rv_vcpu *v)
{
	if (!rv_host.vector)
		return 0;
	v->vector.datap = kzalloc(riscv_v_vsize, GFP_KERNEL_ACCOUNT);
	return v->vector.datap ? 0 : -ENOMEM;
}

void rv_vector_destroy(struct rv_vcpu *v)
{
	kfree(v->vector.datap);
}

void rv_vector_reset(struct rv_vcpu *v)
{
	void *datap = v->vector.datap;

	if (!rv_host.vector)
		return;
	memset(datap, 0, riscv_v_vsize);
	v->vector = (struct __riscv_v_ext_state){ .datap = datap };
	v->ctx.sstatus |= SR_VS_CLEAN;
}

void rv_vector_restore(struct rv_vcpu *v)
{
	lockdep_assert_irqs_disabled();
	__riscv_v_vstate_restore(&v->vector, v->vector.datap);
}

/* Tasks of the host do not miss what they had: it was saved when they were switched out. */
void rv_vector_save(struct rv_vcpu *v)
{
	lockdep_assert_irqs_disabled();
	if ((v->ctx.sstatus & SR_VS) != SR_VS_DIRTY)
		return;
	__riscv_v_vstate_save(&v->vector, v->vector.datap);
	v->ctx.sstatus = (v->ctx.sstatus & ~SR_VS) | SR_VS_CLEAN;
}

bool rv_vector_usable(void)
{
	return riscv_v_vsize;
}

#else

int rv_vector_init(struct rv_vcpu *v)
{
	return 0;
}

void rv_vector_destroy(struct rv_vcpu *v)
{
}

void rv_vector_reset(struct rv_vcpu *v)
{
}

void rv_vector_restore(struct rv_vcpu *v)
{
}

void rv_vector_save(struct rv_vcpu *v)
{
}

bool rv_vector_usable(void)
{
	return false;
}

#endif
