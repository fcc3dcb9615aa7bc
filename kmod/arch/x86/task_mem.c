// SPDX-License-Identifier: GPL-2.0
/*
 * Guest memory and descriptors, as task switches need them: found first, changed later.
 *
 * Called by task.c; vCPU thread, loaded, interrupts on. "SDM" is Intel's manual, volume 3.
 */
#include <linux/mm.h>

#include "arch/x86/task.h"

#define DESC_LEN	8
#define DESC_TYPE	5	/* offset of the byte that holds type, DPL and P */

/* A guest that changes a descriptor under our hands all the time keeps what it wrote. */
#define MAX_TRIES	8

/* --- guest memory --- */

static enum x86_outcome no_memory(struct x86_task *t)
{
	x86_fail(t->v, "a task's state, descriptors or page tables in what is no memory");
	return X86_EMUL_DISPATCH;
}

static enum x86_outcome walk_failed(struct x86_task *t, enum x86_walk_result result, u64 linear,
				    u64 gpa, u32 error)
{
	if (result == X86_WALK_NOT_BACKED)
		return x86_emul_back(t->v, gpa, AXVM_PROT_READ);
	if (result != X86_WALK_FAULT)
		return no_memory(t);
	x86_queue_page_fault(t->v, linear, error);
	return X86_EMUL_FAULT;
}

static enum x86_outcome map_page(struct x86_task *t, u64 linear, u32 access, u8 **kva)
{
	struct axvm_gmem *gmem = &t->v->base.vm->gmem;
	const struct axvm_region *region;
	enum x86_walk_result result;
	bool write;
	u32 error;
	u64 gpa;

	result = x86_walk(t->v, linear, access, &gpa, &error);
	if (result != X86_WALK_OK)
		return walk_failed(t, result, linear, gpa, error);
	region = axvm_gmem_find(gmem, gpa);
	if (!region)
		return no_memory(t);
	write = (access & X86_ACCESS_WRITE) && (region->cfg.flags & AXVM_REGION_WRITE);
	*kva = axvm_gmem_kva(gmem, gpa);
	if (!*kva)
		return x86_emul_back(t->v, gpa, write ? AXVM_PROT_WRITE : AXVM_PROT_READ);
	/* Writes to ROM have no effect. */
	if ((access & X86_ACCESS_WRITE) && !write)
		*kva = NULL;
	return X86_EMUL_OK;
}

enum x86_outcome x86_task_map(struct x86_task *t, u64 linear, unsigned int len, u32 access,
			      struct x86_task_span *span)
{
	enum x86_outcome outcome;

	linear = (u32)linear;
	span->first = PAGE_SIZE - offset_in_page(linear);
	outcome = map_page(t, linear, access, &span->part[0]);
	if (outcome != X86_EMUL_OK || len <= span->first)
		return outcome;
	return map_page(t, (u32)(linear + span->first), access, &span->part[1]);
}

enum x86_outcome x86_task_map_system(struct x86_task *t, u64 linear, unsigned int len, bool write,
				     struct x86_task_span *span)
{
	u32 access = write ? X86_ACCESS_WRITE : X86_ACCESS_READ;

	return x86_task_map(t, linear, len, access | X86_ACCESS_IMPLICIT, span);
}

static u8 *find_byte(const struct x86_task_span *span, unsigned int offset)
{
	if (offset < span->first)
		return span->part[0] ? span->part[0] + offset : NULL;
	return span->part[1] ? span->part[1] + offset - span->first : NULL;
}

void x86_task_read(const struct x86_task_span *span, void *buf, unsigned int len)
{
	unsigned int i;
	u8 *to = buf;

	for (i = 0; i < len; i++)
		to[i] = READ_ONCE(*find_byte(span, i));
}

void x86_task_write(const struct x86_task_span *span, unsigned int offset, u32 val,
		    unsigned int len)
{
	u8 *byte;

	for (; len; len--, val >>= 8) {
		byte = find_byte(span, offset++);
		if (byte)
			WRITE_ONCE(*byte, val);
	}
}

void x86_task_change_type(const struct x86_task_span *span, u8 clear, u8 set)
{
	unsigned int tries = MAX_TRIES;
	u8 *byte = span->part[0], old;

	if (!byte)
		return;
	old = READ_ONCE(*byte);
	while (!try_cmpxchg(byte, &old, (u8)((old & ~clear) | set)) && --tries)
		;
}

/* --- descriptors --- */

enum x86_outcome x86_task_fault(struct x86_task *t, u8 vector, u16 sel)
{
	x86_queue_exception_error(t->v, vector, (sel & ~SEL_RPL) | t->ext);
	return X86_EMUL_FAULT;
}

static void parse_descriptor(u64 desc, u16 sel, struct x86_seg *seg)
{
	u32 limit = (desc & 0xffff) | ((desc >> 32) & 0xf0000);

	seg->sel = sel;
	seg->base = ((desc >> 16) & 0xffffff) | (desc >> 56) << 24;
	seg->attr = ((desc >> 40) & 0xff) | ((desc >> 44) & 0xf00 & ~X86_SEG_L);
	seg->limit = seg->attr & X86_SEG_G ? limit << 12 | 0xfff : limit;
}

bool x86_task_find_descriptor(const struct x86_task *t, u16 sel, u64 *linear)
{
	const struct x86_seg *ldt = &t->seg[X86_LDTR];

	if (!(sel & SEL_LDT)) {
		*linear = t->gdt.base + (sel & SEL_INDEX);
		return (sel | (DESC_LEN - 1)) <= t->gdt.limit;
	}
	*linear = ldt->base + (sel & SEL_INDEX);
	return (ldt->attr & X86_SEG_P) && ((sel & SEL_INDEX) + DESC_LEN - 1) <= ldt->limit;
}

enum x86_outcome x86_task_read_descriptor(struct x86_task *t, u64 linear, u16 sel,
					  struct x86_seg *seg)
{
	enum x86_outcome outcome;
	struct x86_task_span span;
	u64 desc;

	outcome = x86_task_map_system(t, linear, sizeof(desc), false, &span);
	if (outcome != X86_EMUL_OK)
		return outcome;
	x86_task_read(&span, &desc, sizeof(desc));
	parse_descriptor(desc, sel, seg);
	return X86_EMUL_OK;
}

enum x86_outcome x86_task_map_type(struct x86_task *t, u64 linear, struct x86_task_span *span)
{
	return x86_task_map_system(t, linear + DESC_TYPE, 1, true, span);
}
