// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit suite: what stage-2 faults ask for, from their syndrome (Arm ARM, "ISS encoding for an
 * exception from a Data Abort"), and what devices answer. Part of axvm_test.ko.
 */
#include <kunit/test.h>
#include <linux/swab.h>

#include "guest_fixture.h"

#define DEVICE		0x09000018ULL
#define TRANSLATION	(ESR_ELx_FSC_FAULT | 3)
#define PERMISSION	(ESR_ELx_FSC_PERM | 3)
#define PATTERN		0x8899aabbccddeeffULL
#define OLD		0x0123456789abcdefULL

static struct a64_vcpu *boot(struct kunit *test)
{
	return &guest_fixture_boot(test)->vcpus[0];
}

/* HPFAR_EL2.FIPA is from bit 12 of the address on, in bit 4; the rest is FAR_EL2's. */
static enum axvm_verdict fault(struct a64_vcpu *v, u32 class, u32 iss, u64 gpa)
{
	guest_fixture_exit(v, class, iss);
	v->ctx->exit.hpfar = gpa >> 12 << 4;
	v->ctx->exit.far = 0xffff800000000000ULL | (gpa & ~PAGE_MASK);
	v->base.exit = (struct axvm_exit){};
	v->ctx->pc = FIX_PC;
	return a64_abort_decode(v);
}

static u32 access_iss(unsigned int size, bool sign, unsigned int rt, bool sf, bool write)
{
	return ESR_ELx_ISV | size << ESR_ELx_SAS_SHIFT | (sign ? ESR_ELx_SSE : 0) |
	       rt << ESR_ELx_SRT_SHIFT | (sf ? ESR_ELx_SF : 0) | (write ? ESR_ELx_WNR : 0) |
	       TRANSLATION;
}

static void expect_io(struct kunit *test, struct a64_vcpu *v, unsigned int len, bool write)
{
	const struct axvm_exit *exit = &v->base.exit;

	KUNIT_EXPECT_EQ(test, exit->kind, AXVM_EXIT_MMIO);
	KUNIT_EXPECT_EQ(test, exit->io.addr, DEVICE);
	KUNIT_EXPECT_EQ(test, exit->io.len, len);
	KUNIT_EXPECT_EQ(test, exit->io.write, write);
}

static u64 low_bytes(u64 val, unsigned int len)
{
	return len == 8 ? val : val & (BIT_ULL(8 * len) - 1);
}

/* --- stores --- */

static void store(struct kunit *test, struct a64_vcpu *v, unsigned int size, unsigned int rt,
		  bool swapped)
{
	unsigned int len = 1 << size;
	u64 val = rt == 31 ? 0 : low_bytes(PATTERN, len);

	if (rt != 31)
		v->ctx->x[rt] = PATTERN;
	KUNIT_EXPECT_EQ(test, fault(v, ESR_ELx_EC_DABT_LOW,
				    access_iss(size, false, rt, size == 3, true), DEVICE),
			AXVM_DISPATCH);
	expect_io(test, v, len, true);
	if (swapped)
		val = swab64(val) >> (64 - 8 * len);
	KUNIT_EXPECT_EQ(test, v->base.exit.io.data, val);
	a64_access_complete(v, AXVM_OK);
	KUNIT_EXPECT_EQ(test, v->ctx->pc, FIX_PC + 4);
	if (rt != 31)
		KUNIT_EXPECT_EQ(test, v->ctx->x[rt], PATTERN);
}

static void stores(struct kunit *test)
{
	struct a64_vcpu *v = boot(test);
	unsigned int size, rt;

	for (size = 0; size < 4; size++)
		for (rt = 0; rt < 32; rt++)
			store(test, v, size, rt, false);
}

/* --- loads --- */

/* The register afterwards: C6.2, LDR, LDRB, LDRSB and so on. */
static u64 loaded(u64 data, unsigned int len, bool sign, bool sf)
{
	static const u64 sign_bits[] = { [1] = 0x80, [2] = 0x8000, [4] = 0x80000000 };

	if (sign && len < 8 && data & sign_bits[len])
		data |= ~(2 * sign_bits[len] - 1);
	return sf ? data : data & U32_MAX;
}

static void load(struct kunit *test, struct a64_vcpu *v, u32 iss, u64 data, unsigned int rt)
{
	unsigned int len = 1 << ((iss & ESR_ELx_SAS) >> ESR_ELx_SAS_SHIFT);

	if (rt != 31)
		v->ctx->x[rt] = OLD;
	KUNIT_EXPECT_EQ(test, fault(v, ESR_ELx_EC_DABT_LOW, iss, DEVICE), AXVM_DISPATCH);
	expect_io(test, v, len, false);
	/* A device that says more than it was asked for. */
	v->base.exit.io.data = data;
	a64_access_complete(v, AXVM_OK);
	KUNIT_EXPECT_EQ(test, v->ctx->pc, FIX_PC + 4);
	if (rt != 31)
		KUNIT_EXPECT_EQ_MSG(test, v->ctx->x[rt],
				    loaded(low_bytes(data, len), len, iss & ESR_ELx_SSE,
					   iss & ESR_ELx_SF), "ISS %#x", iss);
}

static void loads(struct kunit *test)
{
	struct a64_vcpu *v = boot(test);
	unsigned int size, rt, form;

	for (size = 0; size < 4; size++)
		for (form = 0; form < 4; form++)
			for (rt = 0; rt < 32; rt++) {
				u32 iss = access_iss(size, form & 1, rt, form & 2, false);

				load(test, v, iss, PATTERN, rt);
				load(test, v, iss, ~PATTERN, rt);
			}
}

/* --- byte order: SCTLR_EL1.EE at EL1, .E0E at EL0, PSTATE.E in AArch32 --- */

static void byte_order(struct kunit *test)
{
	static const struct {
		u64 pstate;
		u64 sctlr;
		bool swapped;
	} orders[] = {
		{ PSR_MODE_EL1h, 0, false },
		{ PSR_MODE_EL1h, SCTLR_EL1_E0E, false },
		{ PSR_MODE_EL1h, SCTLR_ELx_EE, true },
		{ PSR_MODE_EL1t, SCTLR_ELx_EE, true },
		{ PSR_MODE_EL0t, SCTLR_ELx_EE, false },
		{ PSR_MODE_EL0t, SCTLR_EL1_E0E, true },
		{ PSR_MODE32_BIT | PSR_AA32_MODE_USR, SCTLR_EL1_E0E | SCTLR_ELx_EE, false },
		{ PSR_MODE32_BIT | PSR_AA32_MODE_USR | PSR_AA32_E_BIT, 0, true },
	};
	struct a64_vcpu *v = boot(test);
	unsigned int i, size;

	for (i = 0; i < ARRAY_SIZE(orders); i++)
		for (size = 0; size < 4; size++) {
			v->ctx->pstate = orders[i].pstate;
			v->ctx->sys[A64_SCTLR] = orders[i].sctlr;
			store(test, v, size, 3, orders[i].swapped);
			fault(v, ESR_ELx_EC_DABT_LOW, access_iss(size, false, 3, true, false),
			      DEVICE);
			v->base.exit.io.data = orders[i].swapped ?
					       swab64(0x11ULL) >> (64 - (8 << size)) : 0x11;
			a64_access_complete(v, AXVM_OK);
			KUNIT_EXPECT_EQ(test, v->ctx->x[3], 0x11);
		}
}

/* --- what is no access of a device --- */

static void nobody_there(struct kunit *test)
{
	struct a64_vcpu *v = boot(test);

	v->ctx->x[3] = OLD;
	fault(v, ESR_ELx_EC_DABT_LOW, access_iss(2, false, 3, false, false), DEVICE);
	a64_access_complete(v, AXVM_BUS_ERROR);
	KUNIT_EXPECT_EQ(test, v->ctx->x[3], OLD);
	KUNIT_EXPECT_EQ(test, v->ctx->sys[A64_ELR], FIX_PC);
	KUNIT_EXPECT_EQ(test, ESR_ELx_EC(v->ctx->sys[A64_ESR]), ESR_ELx_EC_DABT_CUR);
	KUNIT_EXPECT_EQ(test, v->ctx->sys[A64_ESR] & ESR_ELx_FSC, ESR_ELx_FSC_EXTABT);
}

static void expect_injected(struct kunit *test, struct a64_vcpu *v, u32 class, u32 iss, u64 gpa)
{
	u32 to = class == ESR_ELx_EC_IABT_LOW ? ESR_ELx_EC_IABT_CUR : ESR_ELx_EC_DABT_CUR;

	v->ctx->pstate = PSR_MODE_EL1h;
	KUNIT_EXPECT_EQ_MSG(test, fault(v, class, iss, gpa), AXVM_RESUME, "ISS %#x", iss);
	KUNIT_EXPECT_EQ_MSG(test, ESR_ELx_EC(v->ctx->sys[A64_ESR]), to, "ISS %#x", iss);
	KUNIT_EXPECT_EQ(test, v->ctx->sys[A64_ELR], FIX_PC);
	KUNIT_EXPECT_EQ(test, v->ctx->pc, FIX_VBAR + 0x200);
	KUNIT_EXPECT_EQ(test, v->ctx->sys[A64_FAR], v->ctx->exit.far);
}

static void injected(struct kunit *test)
{
	/* Address size, external, parity or ECC, alignment, TLB conflict, Exclusive. */
	static const u8 others[] = { 0x00, 0x03, 0x10, 0x18, 0x21, 0x30, 0x35 };
	struct a64_vcpu *v = boot(test);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(others); i++) {
		expect_injected(test, v, ESR_ELx_EC_DABT_LOW, others[i], FIX_RAM);
		expect_injected(test, v, ESR_ELx_EC_DABT_LOW, ESR_ELx_ISV | others[i], DEVICE);
		expect_injected(test, v, ESR_ELx_EC_IABT_LOW, others[i], FIX_RAM);
	}
	expect_injected(test, v, ESR_ELx_EC_IABT_LOW, TRANSLATION, DEVICE);
	expect_injected(test, v, ESR_ELx_EC_DABT_LOW, ESR_ELx_S1PTW | TRANSLATION, DEVICE);
	expect_injected(test, v, ESR_ELx_EC_IABT_LOW, ESR_ELx_S1PTW | TRANSLATION, DEVICE);
}

/* DC and IC by address, where there is nothing to maintain. */
static void maintenance(struct kunit *test)
{
	struct a64_vcpu *v = boot(test);

	KUNIT_EXPECT_EQ(test, fault(v, ESR_ELx_EC_DABT_LOW,
				    ESR_ELx_CM | ESR_ELx_WNR | TRANSLATION, DEVICE), AXVM_RESUME);
	KUNIT_EXPECT_EQ(test, v->ctx->pc, FIX_PC + 4);
	KUNIT_EXPECT_EQ(test, v->base.exit.kind, AXVM_EXIT_NONE);
}

/* --- memory --- */

static void memory(struct kunit *test)
{
	static const struct {
		u32 class;
		u32 iss;
		u32 access;
	} faults[] = {
		{ ESR_ELx_EC_DABT_LOW, TRANSLATION, AXVM_PROT_READ },
		{ ESR_ELx_EC_DABT_LOW, ESR_ELx_WNR | TRANSLATION, AXVM_PROT_WRITE },
		{ ESR_ELx_EC_DABT_LOW, ESR_ELx_WNR | PERMISSION, AXVM_PROT_WRITE },
		{ ESR_ELx_EC_DABT_LOW, ESR_ELx_FSC_ACCESS | 2, AXVM_PROT_READ },
		/* Cache maintenance says that it writes: "WnR", and does not. */
		{ ESR_ELx_EC_DABT_LOW, ESR_ELx_CM | ESR_ELx_WNR | TRANSLATION, AXVM_PROT_READ },
		{ ESR_ELx_EC_IABT_LOW, TRANSLATION, AXVM_PROT_EXEC },
		{ ESR_ELx_EC_IABT_LOW, PERMISSION, AXVM_PROT_EXEC },
		/* A walk reads the guest's tables, or sets their flags. */
		{ ESR_ELx_EC_IABT_LOW, ESR_ELx_S1PTW | TRANSLATION, AXVM_PROT_READ },
		{ ESR_ELx_EC_DABT_LOW, ESR_ELx_S1PTW | TRANSLATION, AXVM_PROT_READ },
		{ ESR_ELx_EC_DABT_LOW, ESR_ELx_S1PTW | PERMISSION, AXVM_PROT_WRITE },
		{ ESR_ELx_EC_IABT_LOW, ESR_ELx_S1PTW | PERMISSION, AXVM_PROT_WRITE },
	};
	struct a64_vcpu *v = boot(test);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(faults); i++) {
		u64 gpa = FIX_RAM + i * 0x1238;

		KUNIT_EXPECT_EQ(test, fault(v, faults[i].class, faults[i].iss, gpa),
				AXVM_DISPATCH);
		KUNIT_EXPECT_EQ(test, v->base.exit.kind, AXVM_EXIT_S2_FAULT);
		KUNIT_EXPECT_EQ(test, v->base.exit.fault.gpa, gpa);
		KUNIT_EXPECT_EQ_MSG(test, v->base.exit.fault.access, faults[i].access,
				    "class %#x, ISS %#x", faults[i].class, faults[i].iss);
		KUNIT_EXPECT_EQ(test, v->ctx->pc, FIX_PC);
	}
}

static struct kunit_case cases[] = {
	KUNIT_CASE(stores),
	KUNIT_CASE(loads),
	KUNIT_CASE(byte_order),
	KUNIT_CASE(nobody_there),
	KUNIT_CASE(injected),
	KUNIT_CASE(maintenance),
	KUNIT_CASE(memory),
	{}
};

static struct kunit_suite suite = {
	.name = "axvm_a64_abort",
	.test_cases = cases,
};

kunit_test_suite(suite);
