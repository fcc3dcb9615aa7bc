/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Calls to the firmware: RISC-V Supervisor Binary Interface, version 2.0.
 */
#ifndef RISCV64_SBI_H
#define RISCV64_SBI_H

#include "guest.h"

#define SBI_SUCCESS		0
#define SBI_ERR_FAILED		(-1L)
#define SBI_ERR_NOT_SUPPORTED	(-2L)
#define SBI_ERR_INVALID_PARAM	(-3L)
#define SBI_ERR_DENIED		(-4L)
#define SBI_ERR_INVALID_ADDRESS	(-5L)
#define SBI_ERR_ALREADY_AVAILABLE (-6L)
#define SBI_ERR_ALREADY_STARTED	(-7L)
#define SBI_ERR_ALREADY_STOPPED	(-8L)

#define SBI_LEGACY_PUTCHAR	1
#define SBI_LEGACY_GETCHAR	2

#define SBI_EXT_BASE		0x10
#define SBI_BASE_SPEC_VERSION	0
#define SBI_BASE_IMPL_ID	1
#define SBI_BASE_IMPL_VERSION	2
#define SBI_BASE_PROBE		3
#define SBI_BASE_MVENDORID	4
#define SBI_BASE_MARCHID	5
#define SBI_BASE_MIMPID		6

#define SBI_EXT_TIME		0x54494d45
#define SBI_EXT_IPI		0x735049
#define SBI_EXT_RFENCE		0x52464e43
#define SBI_RFENCE_I		0
#define SBI_RFENCE_VMA		1
#define SBI_RFENCE_VMA_ASID	2

#define SBI_EXT_HSM		0x48534d
#define SBI_HSM_START		0
#define SBI_HSM_STOP		1
#define SBI_HSM_STATUS		2
#define SBI_HSM_SUSPEND		3
#define SBI_HSM_STARTED		0
#define SBI_HSM_STOPPED		1
#define SBI_HSM_SUSPENDED	4
#define SBI_SUSPEND_RETENTIVE		0
#define SBI_SUSPEND_NON_RETENTIVE	0x80000000UL

#define SBI_EXT_SRST		0x53525354
#define SBI_RESET_SHUTDOWN	0
#define SBI_RESET_COLD		1
#define SBI_RESET_WARM		2
#define SBI_RESET_NO_REASON	0
#define SBI_RESET_FAILURE	1

#define SBI_EXT_PMU		0x504d55
#define SBI_EXT_DBCN		0x4442434e
#define SBI_DBCN_WRITE		0
#define SBI_DBCN_READ		1
#define SBI_DBCN_WRITE_BYTE	2
#define SBI_EXT_SUSP		0x53555350
#define SBI_EXT_STA		0x535441

#define SBI_IMPL_OPENSBI	1

struct sbi_ret {
	long error;
	u64 value;
};

static inline struct sbi_ret sbi_call(u64 ext, u64 fn, u64 arg0, u64 arg1, u64 arg2, u64 arg3,
				      u64 arg4)
{
	register u64 a0 asm("a0") = arg0;
	register u64 a1 asm("a1") = arg1;
	register u64 a2 asm("a2") = arg2;
	register u64 a3 asm("a3") = arg3;
	register u64 a4 asm("a4") = arg4;
	register u64 a6 asm("a6") = fn;
	register u64 a7 asm("a7") = ext;

	asm volatile("ecall" : "+r" (a0), "+r" (a1)
		     : "r" (a2), "r" (a3), "r" (a4), "r" (a6), "r" (a7) : "memory");
	return (struct sbi_ret){ .error = a0, .value = a1 };
}

static inline struct sbi_ret sbi_base(u64 fn, u64 arg)
{
	return sbi_call(SBI_EXT_BASE, fn, arg, 0, 0, 0, 0);
}

static inline struct sbi_ret sbi_hart_start(u64 hart, u64 entry, u64 arg)
{
	return sbi_call(SBI_EXT_HSM, SBI_HSM_START, hart, entry, arg, 0, 0);
}

static inline struct sbi_ret sbi_hart_status(u64 hart)
{
	return sbi_call(SBI_EXT_HSM, SBI_HSM_STATUS, hart, 0, 0, 0, 0);
}

static inline struct sbi_ret sbi_send_ipi(u64 mask, u64 base)
{
	return sbi_call(SBI_EXT_IPI, 0, mask, base, 0, 0, 0);
}

static inline struct sbi_ret sbi_set_timer(u64 deadline)
{
	return sbi_call(SBI_EXT_TIME, 0, deadline, 0, 0, 0, 0);
}

static inline struct sbi_ret sbi_rfence(u64 fn, u64 mask, u64 base, u64 start, u64 len)
{
	return sbi_call(SBI_EXT_RFENCE, fn, mask, base, start, len, 0);
}

bool sbi_has(u64 ext);
/* Wait until the firmware says that hart is in this state. */
bool sbi_wait_status(u64 hart, u64 status, u64 us);

#endif /* RISCV64_SBI_H */
