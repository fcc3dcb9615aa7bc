/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A vCPU with memory, page tables and devices that take notes: for the suites of the page walk
 * and of the emulator. Part of axvm_test.ko.
 */
#ifndef AXVM_X86_EMUL_TEST_H
#define AXVM_X86_EMUL_TEST_H

#include <linux/sizes.h>

#include "arch/x86/emul.h"
#include "arch/x86/test_vm.h"

/* Guest-physical addresses. */
#define TEST_RAM_LEN	SZ_2M
#define TEST_CODE	0x1000		/* where programs start */
#define TEST_DATA	0x8000
#define TEST_STACK	0xa000		/* grows down */
#define TEST_TABLES	0x10000		/* page tables, a page each */
#define TEST_ROM	0x400000
#define TEST_UNBACKED	0x600000
#define TEST_DEVICE	0xd0000000ULL	/* any width */
#define TEST_NARROW	0xd0001000ULL	/* bytes alone */
#define TEST_NOTHING	0xd0004000ULL
#define TEST_PORT	0x100		/* 16 ports, any width */
#define TEST_BYTE_PORT	0x200		/* 16 ports, bytes alone */

#define TEST_PHYS_BITS	46

/* Linear addresses in 64-bit mode, beside the identity map: pages of 4 KiB. */
#define TEST_WINDOW	0x8000000000ULL

enum test_page {
	PAGE_RAM,		/* TEST_DATA */
	PAGE_DEVICE,		/* TEST_DEVICE */
	PAGE_RAM_BEHIND,	/* the page behind TEST_DATA */
	PAGE_DEVICE_READ_ONLY,
	PAGE_DEVICE_SUPERVISOR,
	PAGE_MISSING,
	PAGE_ROM,
	PAGE_NOT_BACKED,
	PAGE_NARROW,
	TEST_PAGES
};

#define TEST_ADDR(page)	(TEST_WINDOW + (page) * SZ_4K)

#define TEST_LOG	1024

/* One access that a device saw. */
struct test_access {
	u64 addr;
	u64 val;
	u8 len;
	bool write;
};

struct emul_test;

/* Registers of a device that do nothing but hold what was written. */
struct test_cells {
	struct emul_test *t;
	u8 *bytes;
	u64 base;
};

/**
 * struct emul_test - the machine
 * @test: case
 * @tv: PC with a vCPU
 * @tc: the vCPU and what the fake backend keeps of it
 * @v: the vCPU
 * @cells: what is on the buses
 * @device: contents of both devices' registers
 * @ports: contents of both ranges of ports
 * @log: accesses
 * @nr_log: their number
 */
struct emul_test {
	struct kunit *test;
	struct x86_test_vm *tv;
	struct x86_test_vcpu *tc;
	struct x86_vcpu *v;
	struct test_cells cells[4];
	u8 device[2 * SZ_4K];
	u8 ports[2][16];
	struct test_access log[TEST_LOG];
	unsigned int nr_log;
};

/* The case ends when it cannot be made. In 64-bit mode, with the tables above, CPL 0. */
struct emul_test *emul_test_create(struct kunit *test);

/* Modes: flat segments, paging off (16, 32) or on (64). */
void emul_test_real_mode(struct emul_test *t);
void emul_test_protected_mode(struct emul_test *t);
void emul_test_long_mode(struct emul_test *t);

/* Put an instruction where RIP is to be, and RIP there; what the decoder knew is kept. */
void emul_test_load(struct emul_test *t, const char *hex);

/* Forget what devices saw. */
void emul_test_clear_log(struct emul_test *t);

/* Exactly this exception is queued; take it. */
void emul_test_expect_exception(struct emul_test *t, u8 vector, bool has_error, u32 error);
void emul_test_expect_no_exception(struct emul_test *t);

#define TEST_TABLE_GPA(n)	(TEST_TABLES + (u64)(n) * SZ_4K)

/* Memory, good to the end of the page. */
static inline void *test_memory(struct emul_test *t, u64 gpa)
{
	return axvm_gmem_kva(&t->tv->vm.base.gmem, gpa);
}

static inline u64 *test_table(struct emul_test *t, unsigned int n)
{
	return test_memory(t, TEST_TABLE_GPA(n));
}

#endif /* AXVM_X86_EMUL_TEST_H */
