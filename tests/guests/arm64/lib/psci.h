/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Calls to the firmware: SMC Calling Convention (DEN0028), PSCI (DEN0022) and TRNG (DEN0098).
 */
#ifndef ARM64_PSCI_H
#define ARM64_PSCI_H

#include "guest.h"

#define SMCCC_FAST		BIT(31)
#define SMCCC_64		BIT(30)
#define SMCCC_VERSION		0x80000000UL
#define SMCCC_ARCH_FEATURES	0x80000001UL
#define SMCCC_ARCH_SOC_ID	0x80000002UL
#define SMCCC_WORKAROUND_1	0x80008000UL
#define SMCCC_WORKAROUND_2	0x80007fffUL
#define SMCCC_WORKAROUND_3	0x80003fffUL
#define SMCCC_VENDOR_UID	0x8600ff01UL
#define SMCCC_NOT_SUPPORTED	(-1)
#define SMCCC_NOT_REQUIRED	(-2)

#define PSCI_VERSION		0x84000000UL
#define PSCI_CPU_SUSPEND	0x84000001UL
#define PSCI_CPU_OFF		0x84000002UL
#define PSCI_CPU_ON		0x84000003UL
#define PSCI_AFFINITY_INFO	0x84000004UL
#define PSCI_MIGRATE		0x84000005UL
#define PSCI_MIGRATE_INFO_TYPE	0x84000006UL
#define PSCI_MIGRATE_INFO_UP_CPU 0x84000007UL
#define PSCI_SYSTEM_OFF		0x84000008UL
#define PSCI_SYSTEM_RESET	0x84000009UL
#define PSCI_FEATURES		0x8400000aUL
#define PSCI_CPU_FREEZE		0x8400000bUL
#define PSCI_SYSTEM_SUSPEND	0x8400000eUL
#define PSCI_SYSTEM_RESET2	0x84000012UL

#define PSCI_SUCCESS		0
#define PSCI_NOT_SUPPORTED	(-1)
#define PSCI_INVALID_PARAMETERS	(-2)
#define PSCI_DENIED		(-3)
#define PSCI_ALREADY_ON		(-4)
#define PSCI_ON_PENDING		(-5)
#define PSCI_INTERNAL_FAILURE	(-6)
#define PSCI_INVALID_ADDRESS	(-9)

#define PSCI_IS_ON		0
#define PSCI_IS_OFF		1

#define TRNG_VERSION		0x84000050UL
#define TRNG_FEATURES		0x84000051UL
#define TRNG_GET_UUID		0x84000052UL
#define TRNG_RND32		0x84000053UL
#define TRNG_RND64		0xc4000053UL
#define TRNG_SUCCESS		0
#define TRNG_NOT_SUPPORTED	(-1)
#define TRNG_INVALID_PARAMETERS	(-2)
#define TRNG_NO_ENTROPY		(-3)

struct smccc_regs {
	u64 x[18];
};

/* By instruction; all of x0 to x17 are given and come back. */
void smccc_hvc(struct smccc_regs *regs);
void smccc_smc(struct smccc_regs *regs);

/* By the conduit that the device tree names. */
u64 smccc_call(u64 fn, u64 arg1, u64 arg2, u64 arg3);
bool psci_uses_smc(void);

static inline s32 psci_call(u64 fn, u64 arg1, u64 arg2, u64 arg3)
{
	return smccc_call(fn, arg1, arg2, arg3);
}

/* The SMC64 form, whose result has 64 bits. */
static inline s64 psci_call64(u64 fn, u64 arg1, u64 arg2, u64 arg3)
{
	return smccc_call(fn | SMCCC_64, arg1, arg2, arg3);
}

/* Wait until the firmware says that the CPU is in this state. */
bool psci_wait_state(u64 mpidr, s64 state, u64 us);

#endif /* ARM64_PSCI_H */
