// SPDX-License-Identifier: GPL-2.0
/*
 * Entropy for guests: Arm True Random Number Generator Firmware Interface (DEN0098).
 *
 * Loaded, interrupts off; the numbers themselves are drawn outside of that.
 */
#include <linux/random.h>
#include <linux/string.h>

#include "arm64.h"
#include "smccc.h"

#define TRNG_RND32	ARM_SMCCC_TRNG_RND32
#define TRNG_RND64	ARM_SMCCC_TRNG_RND64
#define REGS		3	/* that entropy is returned in */
#define RET_SUCCESS	0
#define RET_NOT_SUPPORTED	-1
#define RET_INVALID	-2

/* This implementation's name, 2.1.4 "TRNG_GET_UUID". */
static const u32 uuid[4] = { 0x0d21e000, 0x4384b4f8, 0x11ebb6a3, 0x6d767861 };

static bool result(struct smccc_ret *ret, long val)
{
	ret->x[0] = val;
	return true;
}

static bool is_offered(u32 fn)
{
	return fn == ARM_SMCCC_TRNG_VERSION || fn == ARM_SMCCC_TRNG_FEATURES ||
	       fn == ARM_SMCCC_TRNG_GET_UUID || fn == TRNG_RND32 || fn == TRNG_RND64;
}

static bool get_uuid(struct smccc_ret *ret)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(uuid); i++)
		ret->x[i] = uuid[i];
	return true;
}

/* "2.1.5 TRNG_RND": the least significant bits are in the last register, unused ones are zero. */
static void get_random(u64 *x, u64 nr_bits, unsigned int reg_bits)
{
	unsigned int i;
	u64 word;

	for (i = REGS; i > 0; i--) {
		get_random_bytes(&word, sizeof(word));
		if (nr_bits < reg_bits)
			word &= nr_bits ? GENMASK_ULL(nr_bits - 1, 0) : 0;
		else if (reg_bits == 32)
			word = (u32)word;
		x[i] = word;
		nr_bits -= min_t(u64, nr_bits, reg_bits);
	}
	memzero_explicit(&word, sizeof(word));
	x[0] = RET_SUCCESS;
}

static unsigned int reg_bits_of(u32 fn)
{
	return fn == TRNG_RND64 ? 64 : 32;
}

static void answer_random(struct a64_vcpu *v)
{
	get_random(v->ctx->x, smccc_arg(v, v->call, 1), reg_bits_of(v->call));
}

/* The kernel's generator may take its time: not with exceptions masked. */
static bool begin_random(struct a64_vcpu *v, u32 fn, struct smccc_ret *ret)
{
	u64 nr_bits = smccc_arg(v, fn, 1);

	if (!nr_bits || nr_bits > REGS * reg_bits_of(fn))
		return result(ret, RET_INVALID);
	v->base.exit.kind = AXVM_EXIT_ARCH;
	v->slow = answer_random;
	return false;
}

bool trng_call(struct a64_vcpu *v, u32 fn, struct smccc_ret *ret)
{
	switch (fn) {
	case ARM_SMCCC_TRNG_VERSION:
		return result(ret, ARM_SMCCC_VERSION_1_0);
	case ARM_SMCCC_TRNG_FEATURES:
		return result(ret, is_offered(v->ctx->x[1]) ? RET_SUCCESS : RET_NOT_SUPPORTED);
	case ARM_SMCCC_TRNG_GET_UUID:
		return get_uuid(ret);
	case TRNG_RND32:
	case TRNG_RND64:
		return begin_random(v, fn, ret);
	default:
		return result(ret, RET_NOT_SUPPORTED);
	}
}
