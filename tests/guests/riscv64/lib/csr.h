/* SPDX-License-Identifier: GPL-2.0 */
/*
 * CSRs that the toolchain of the time may not know by name, and their bits.
 * Numbers: RISC-V Privileged Architecture, chapter 2.
 */
#ifndef RISCV64_CSR_H
#define RISCV64_CSR_H

#include "guest.h"

#define SSTATUS_SIE	BIT(1)
#define SSTATUS_SPIE	BIT(5)
#define SSTATUS_SPP	BIT(8)
#define SSTATUS_VS	(3UL << 9)
#define SSTATUS_FS	(3UL << 13)
#define SSTATUS_SUM	BIT(18)

#define SIE_SSIE	BIT(1)
#define SIE_STIE	BIT(5)
#define SIE_SEIE	BIT(9)

#define CAUSE_IRQ	BIT(63)
#define IRQ_SOFT	1
#define IRQ_TIMER	5
#define IRQ_EXTERNAL	9

#define CAUSE_FETCH_MISALIGNED	0
#define CAUSE_FETCH_ACCESS	1
#define CAUSE_ILLEGAL		2
#define CAUSE_BREAKPOINT	3
#define CAUSE_LOAD_MISALIGNED	4
#define CAUSE_LOAD_ACCESS	5
#define CAUSE_STORE_MISALIGNED	6
#define CAUSE_STORE_ACCESS	7
#define CAUSE_USER_ECALL	8
#define CAUSE_SUPERVISOR_ECALL	9
#define CAUSE_FETCH_PAGE	12
#define CAUSE_LOAD_PAGE		13
#define CAUSE_STORE_PAGE	15

#define CSR_STIMECMP	0x14d
#define CSR_CYCLE	0xc00
#define CSR_TIME	0xc01
#define CSR_INSTRET	0xc02

#define csr_read(csr) ({						\
	u64 csr_val;							\
									\
	asm volatile("csrr %0, %1" : "=r" (csr_val) : "i" (csr) : "memory"); \
	csr_val;							\
})
#define csr_write(csr, val) ({						\
	asm volatile("csrw %0, %1" : : "i" (csr), "rK" ((u64)(val)) : "memory"); \
})
#define csr_set(csr, bits) ({						\
	asm volatile("csrs %0, %1" : : "i" (csr), "rK" ((u64)(bits)) : "memory"); \
})
#define csr_clear(csr, bits) ({						\
	asm volatile("csrc %0, %1" : : "i" (csr), "rK" ((u64)(bits)) : "memory"); \
})

#define CSR_SSTATUS	0x100
#define CSR_SIE		0x104
#define CSR_STVEC	0x105
#define CSR_SCOUNTEREN	0x106
#define CSR_SSCRATCH	0x140
#define CSR_SEPC	0x141
#define CSR_SCAUSE	0x142
#define CSR_STVAL	0x143
#define CSR_SIP		0x144
#define CSR_SATP	0x180

#endif /* RISCV64_CSR_H */
