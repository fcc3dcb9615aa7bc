/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where the instruction under way is, and translations that are remembered:
 * between walk.c and the emulator. vCPU thread; any of its contexts.
 */
#ifndef AXVM_X86_WALK_H
#define AXVM_X86_WALK_H

#include <linux/mm.h>

#include "arch/x86/x86.h"

/**
 * struct x86_code - what executes
 * @linear: linear address of the instruction under way
 * @mode: code size: 2, 4 or 8 (64-bit mode)
 * @cpl: current privilege level
 */
struct x86_code {
	u64 linear;
	u8 mode;
	u8 cpl;
};

void x86_code_get(struct x86_vcpu *v, struct x86_code *code);

/**
 * x86_code_peek() - where the instruction under way is in the kernel
 * @v: vCPU
 * @code: from x86_code_get()
 *
 * The guest may write there at any moment.
 *
 * Return: its first byte, good to the end of the page; NULL when it cannot be read now.
 */
const u8 *x86_code_peek(struct x86_vcpu *v, const struct x86_code *code);

/* Are the tables' entries what they were? Then the walk would lead to the same place. */
static __always_inline bool x86_memo_is_current(const struct x86_walk_memo *memo)
{
	u64 diff = 0;
	unsigned int i;

	for (i = 0; i < memo->nr; i++)
		diff |= READ_ONCE(*(const u64 *)memo->slot[i]) ^ memo->entry[i];
	return !diff;
}

/**
 * x86_code_recall() - where the instruction under way is, when the last fetch was near
 * @v: vCPU
 *
 * For 64-bit code. Exact, as every table entry is compared, and a change of
 * the paging mode forgets the memo (x86_update_controls()).
 *
 * Return: the first byte, or NULL: x86_code_get() and x86_code_peek() may know.
 */
static __always_inline const u8 *x86_code_recall(const struct x86_vcpu *v)
{
	const struct x86_walk_memo *memo = &v->memo;

	if (!(v->cs_attr & X86_SEG_L) || !x86_is_long_mode(v) || !memo->valid)
		return NULL;
	if ((v->rip & PAGE_MASK) != memo->page || v->cr3 != memo->cr3 ||
	    v->cpl != memo->cpl || !x86_memo_is_current(memo))
		return NULL;
	return memo->code + offset_in_page(v->rip);
}

/* Two words of code; unaligned, so that any 15 bytes fit. */
#define X86_CODE_WORDS	2

/**
 * x86_code_fetch() - read the instruction under way
 * @v: vCPU
 * @code: from x86_code_get()
 * @words: gets the bytes
 * @len: gets their number; less than 15 when a second page could not be read
 * @gpa: for X86_WALK_NOT_BACKED
 *
 * Return: enum x86_walk_result of the first page.
 */
enum x86_walk_result x86_code_fetch(struct x86_vcpu *v, const struct x86_code *code,
				    u64 words[X86_CODE_WORDS], unsigned int *len, u64 *gpa);

/* Why were there only @len bytes? X86_WALK_OK: it was a passing thing. */
enum x86_walk_result x86_code_missing(struct x86_vcpu *v, const struct x86_code *code,
				      unsigned int len, u64 *gpa);

/* As x86_walk(), remembering the last translation to what is no memory. */
enum x86_walk_result x86_walk_data(struct x86_vcpu *v, u64 gva, u32 access, u64 *gpa, u32 *error);

#endif /* AXVM_X86_WALK_H */
