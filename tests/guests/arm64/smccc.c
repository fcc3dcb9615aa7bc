// SPDX-License-Identifier: GPL-2.0
/*
 * Firmware calls that are not PSCI: the calling convention's own, workarounds
 * (DEN0028, section 7) and random numbers (DEN0098).
 */
#include "cpu.h"
#include "psci.h"
#include "runtime.h"

const char *const guest_name = "smccc";

static s32 features(u64 fn)
{
	return smccc_call(SMCCC_ARCH_FEATURES, fn, 0, 0);
}

static void version(void)
{
	s32 val = smccc_call(SMCCC_VERSION, 0, 0, 0);

	check(val >= 0x10001 && val < 0x20000, "0x%x", val);
	check(psci_call(PSCI_FEATURES, SMCCC_VERSION, 0, 0) >= 0, "PSCI does not name it");
	check(features(SMCCC_VERSION) >= 0, "VERSION is no feature");
	check(features(SMCCC_ARCH_FEATURES) >= 0, "ARCH_FEATURES is no feature");
}

static void features_not_there(void)
{
	static const u64 functions[] = { 0, 0x80001234, 0xc0000000, 0xffffffff, -1UL };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(functions); i++)
		check(features(functions[i]) == SMCCC_NOT_SUPPORTED, "0x%lx", functions[i]);
}

static void workaround(u64 fn)
{
	s32 offered = features(fn);

	check(offered >= SMCCC_NOT_REQUIRED && offered <= 1, "0x%lx: %d", fn, offered);
	if (offered >= 0)
		smccc_call(fn, 0, 0, 0);
	else if (offered == SMCCC_NOT_SUPPORTED)
		check((s32)smccc_call(fn, 0, 0, 0) == SMCCC_NOT_SUPPORTED, "0x%lx answers", fn);
}

static void workarounds(void)
{
	workaround(SMCCC_WORKAROUND_1);
	workaround(SMCCC_WORKAROUND_2);
	workaround(SMCCC_WORKAROUND_3);
}

/* A chip's identity is none of the guest's business; but what is offered has to answer. */
static void soc_id(void)
{
	s32 offered = features(SMCCC_ARCH_SOC_ID);

	if (offered < 0)
		check(offered == SMCCC_NOT_SUPPORTED, "%d", offered);
	else
		check((s32)smccc_call(SMCCC_ARCH_SOC_ID, 0, 0, 0) >= 0, "it does not answer");
}

static bool has_trng(void)
{
	s32 val = smccc_call(TRNG_VERSION, 0, 0, 0);

	if (val == TRNG_NOT_SUPPORTED) {
		test_skip("no TRNG");
		return false;
	}
	return check(val >= 0x10000, "version 0x%x", val);
}

static void trng_features(void)
{
	if (!has_trng())
		return;
	check((s32)smccc_call(TRNG_FEATURES, TRNG_VERSION, 0, 0) >= 0, "VERSION");
	check((s32)smccc_call(TRNG_FEATURES, TRNG_FEATURES, 0, 0) >= 0, "FEATURES");
	check((s32)smccc_call(TRNG_FEATURES, TRNG_GET_UUID, 0, 0) >= 0, "GET_UUID");
	check((s32)smccc_call(TRNG_FEATURES, TRNG_RND32, 0, 0) >= 0, "RND32");
	check((s32)smccc_call(TRNG_FEATURES, TRNG_RND64, 0, 0) >= 0, "RND64");
	check((s32)smccc_call(TRNG_FEATURES, 0x8400005f, 0, 0) == TRNG_NOT_SUPPORTED, "other");
}

static void call(struct smccc_regs *regs)
{
	if (psci_uses_smc())
		smccc_smc(regs);
	else
		smccc_hvc(regs);
}

static void trng_uuid(void)
{
	struct smccc_regs regs = { .x = { TRNG_GET_UUID } };

	if (!has_trng())
		return;
	call(&regs);
	check((u32)regs.x[0] != -1u, "no UUID");
	check(!((regs.x[0] | regs.x[1] | regs.x[2] | regs.x[3]) >> 32), "more than 32 bits each");
}

/* Results start in x3, the lowest bits first; what was not asked for is zero. */
static void check_bits(u64 fn, unsigned int width, unsigned int bits)
{
	struct smccc_regs regs = { .x = { fn, bits } };
	unsigned int i, left = bits;

	call(&regs);
	if ((s32)regs.x[0] == TRNG_NO_ENTROPY)
		return;
	if (!check(!regs.x[0], "%u bits: %d", bits, (s32)regs.x[0]))
		return;
	for (i = 3; i >= 1; i--) {
		unsigned int here = left < width ? left : width;

		if (here < 64)
			check(!(regs.x[i] >> here), "%u bits: x%u is 0x%lx", bits, i, regs.x[i]);
		left -= here;
	}
}

static void trng_numbers(void)
{
	unsigned int bits;

	if (!has_trng())
		return;
	for (bits = 1; bits <= 192; bits++)
		check_bits(TRNG_RND64, 64, bits);
	for (bits = 1; bits <= 96; bits++)
		check_bits(TRNG_RND32, 32, bits);
}

static void trng_wrong_sizes(void)
{
	static const u64 sizes[] = { 0, 193, 256, 1UL << 32 | 193, -1UL };
	unsigned int i;

	if (!has_trng())
		return;
	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		check((s32)smccc_call(TRNG_RND64, sizes[i], 0, 0) == TRNG_INVALID_PARAMETERS,
		      "0x%lx bits", sizes[i]);
	check((s32)smccc_call(TRNG_RND32, 97, 0, 0) == TRNG_INVALID_PARAMETERS, "97 bits of 32");
}

static void trng_differs(void)
{
	struct smccc_regs one = { .x = { TRNG_RND64, 192 } }, two = one;

	if (!has_trng())
		return;
	call(&one);
	call(&two);
	if (!one.x[0] && !two.x[0])
		check(memcmp(&one.x[1], &two.x[1], 24), "the same twice");
}

static const struct test_case cases[] = {
	{ "version", version },
	{ "features_not_there", features_not_there },
	{ "workarounds", workarounds },
	{ "soc_id", soc_id },
	{ "trng_features", trng_features },
	{ "trng_uuid", trng_uuid },
	{ "trng_numbers", trng_numbers },
	{ "trng_wrong_sizes", trng_wrong_sizes },
	{ "trng_differs", trng_differs },
};

static void skipped(void)
{
	test_skip("the reference has PSCI alone");
}

static void reference_answers(void)
{
	check(psci_call(PSCI_VERSION, 0, 0, 0) >= 0x10000, "no PSCI");
}

static const struct test_case reference_cases[] = {
	{ "others", skipped },
	{ "reference", reference_answers },
};

void guest_main(void)
{
	if (arch_is_reference())
		test_run(reference_cases, ARRAY_SIZE(reference_cases));
	else
		test_run(cases, ARRAY_SIZE(cases));
}
