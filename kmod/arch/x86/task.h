/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A task switch under way; for task.c and task_mem.c.
 */
#ifndef AXVM_X86_TASK_H
#define AXVM_X86_TASK_H

#include "arch/x86/emul.h"

#define SEL_RPL		0x3
#define SEL_LDT		0x4	/* in the LDT, not in the GDT */
#define SEL_INDEX	0xfff8

/* Types of segments (SDM 3.4.5.1, 3.5). */
#define TYPE_ACCESSED	0x1
#define TYPE_READ_WRITE	0x2	/* code: readable, data: writable */
#define TYPE_CONFORMING	0x4	/* code */
#define TYPE_DOWN	0x4	/* data: expands down */
#define TYPE_CODE	0x8
#define TYPE_LDT	0x2
#define TYPE_TSS	0x1	/* with TYPE_BUSY and TYPE_TSS_32 */
#define TYPE_BUSY	0x2
#define TYPE_TSS_32	0x8

/**
 * struct x86_tss_layout - a format of TSS (SDM figures 8-2 and 8-10); fields that it has not are 0
 * @len: bytes that it has at least
 * @width: of its registers
 * @ip: the first of those that change: instruction pointer
 * @flags: (E)FLAGS
 * @gpr: general registers in the order of their numbers
 * @seg: selectors in the order of their numbers, @width apart
 * @nr_segs: their number
 * @end: behind what changes
 * @ldt: selector of the LDT
 * @cr3: page tables
 * @trap: T bit
 */
struct x86_tss_layout {
	u8 len;
	u8 width;
	u8 ip;
	u8 flags;
	u8 gpr;
	u8 seg;
	u8 nr_segs;
	u8 end;
	u8 ldt;
	u8 cr3;
	u8 trap;
};

#define X86_TASK_MAX_TSS	0x68
#define X86_TASK_GPRS	8
#define X86_TASK_SEGS	(X86_GS + 1)

/**
 * struct x86_task_span - a range of linear addresses that is found in memory
 * @part: kernel addresses of its parts; NULL: writes have no effect
 * @first: bytes in the first one, before a page boundary
 */
struct x86_task_span {
	u8 *part[2];
	unsigned int first;
};

/**
 * struct x86_task - a switch under way
 * @v: vCPU
 * @sw: what is asked for
 * @ext: bit for error codes: an event from outside of the program is under way (SDM 6.13)
 * @gdt: where both descriptors are
 * @old_tr: the old task's TSS
 * @old_rip: where it goes on
 * @old_eflags: its flags
 * @from: format of the old TSS
 * @to: format of the new one
 * @old_tss: what changes there
 * @old_type: type byte of its descriptor, when it is to be marked as not busy
 * @link: the new task's link to the old one, when it gets one
 * @new_type: type byte of its descriptor
 * @tss: copy of the new TSS
 * @cpl: privilege level of the new task
 * @eflags: its flags
 * @esp: its stack pointer
 * @seg: its segments, TR and LDTR included
 * @accessed: type bytes of their descriptors that get the accessed bit
 * @stack: where the error code goes
 * @pushes: it does
 */
struct x86_task {
	struct x86_vcpu *v;
	const struct x86_task_switch *sw;
	u16 ext;
	struct x86_dt gdt;
	struct x86_seg old_tr;
	u32 old_rip;
	u32 old_eflags;
	const struct x86_tss_layout *from;
	const struct x86_tss_layout *to;
	struct x86_task_span old_tss;
	struct x86_task_span old_type;
	struct x86_task_span link;
	struct x86_task_span new_type;
	u8 tss[X86_TASK_MAX_TSS];
	u8 cpl;
	u32 eflags;
	u32 esp;
	struct x86_seg seg[X86_SEGS];
	struct x86_task_span accessed[X86_TASK_SEGS];
	struct x86_task_span stack;
	bool pushes;
};

/* A null selector names nothing. */
static inline bool x86_task_is_null(u16 sel)
{
	return !(sel & ~SEL_RPL);
}

/**
 * x86_task_map() - find memory, at most a page of it
 * @t: task switch
 * @linear: where it is
 * @len: bytes
 * @access: X86_ACCESS_*
 * @span: filled
 *
 * Return: X86_EMUL_OK; _FAULT: #PF is queued; _DISPATCH: the exit is filled.
 */
enum x86_outcome x86_task_map(struct x86_task *t, u64 linear, unsigned int len, u32 access,
			      struct x86_task_span *span);
/* The same as the CPU does for its own purposes. */
enum x86_outcome x86_task_map_system(struct x86_task *t, u64 linear, unsigned int len, bool write,
				     struct x86_task_span *span);
void x86_task_read(const struct x86_task_span *span, void *buf, unsigned int len);
void x86_task_write(const struct x86_task_span *span, unsigned int offset, u32 val,
		    unsigned int len);

/* Queue an exception about a selector. */
enum x86_outcome x86_task_fault(struct x86_task *t, u8 vector, u16 sel);
/* Where a descriptor is; false: the selector is beyond its table. */
bool x86_task_find_descriptor(const struct x86_task *t, u16 sel, u64 *linear);
/* Return: as x86_task_map(). */
enum x86_outcome x86_task_read_descriptor(struct x86_task *t, u64 linear, u16 sel,
					  struct x86_seg *seg);
/* Find the byte of a descriptor that holds its type, to be changed. Return: as x86_task_map(). */
enum x86_outcome x86_task_map_type(struct x86_task *t, u64 linear, struct x86_task_span *span);
/* Other vCPUs may do so with the same byte. Nothing happens when it was not mapped. */
void x86_task_change_type(const struct x86_task_span *span, u8 clear, u8 set);

#endif /* AXVM_X86_TASK_H */
