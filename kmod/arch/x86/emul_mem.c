// SPDX-License-Identifier: GPL-2.0
/*
 * Memory operands of emulated instructions: address, segment checks, translation, access.
 *
 * Called by the emulator, loaded, interrupts on. All operands of an instruction
 * are mapped here before the first of them is accessed: whatever can go wrong does
 * so while nothing has happened yet. "SDM" is Intel's manual, volume 3.
 */
#include <linux/bitops.h>
#include <linux/export.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/string.h>
#include <asm/trapnr.h>
#include <kunit/visibility.h>

#include "arch/x86/emul.h"

u64 x86_emul_offset(const struct x86_emul *e)
{
	const struct x86_insn *insn = e->insn;
	u64 offset = insn->disp;

	if (insn->base != X86_NO_REG)
		offset += e->v->gpr[insn->base];
	if (insn->index != X86_NO_REG)
		offset += e->v->gpr[insn->index] << insn->scale;
	if (insn->rip_relative)
		offset += e->v->rip + insn->len;
	return offset & x86_mask(insn->addr_size);
}

/* --- segments --- */

static bool is_protected(const struct x86_vcpu *v)
{
	return (v->cr0 & X86_CR0_PE) && !(v->rflags & X86_EFLAGS_VM);
}

#define TYPE_CODE	0x8
#define TYPE_DOWN	0x4	/* of data: expands down */
#define TYPE_READ_WRITE	0x2	/* code: readable, data: writable */

/* SDM 5.5. A null selector left a segment that is not present. */
static bool type_allows(const struct x86_seg *s, bool write)
{
	if (!(s->attr & X86_SEG_P))
		return false;
	if (s->attr & TYPE_CODE)
		return !write && (s->attr & TYPE_READ_WRITE);
	return !write || (s->attr & TYPE_READ_WRITE);
}

/* SDM 5.3. */
static bool limit_allows(const struct x86_seg *s, u64 offset, unsigned int len)
{
	u64 last = offset + len - 1;

	if ((s->attr & (TYPE_CODE | TYPE_DOWN)) != TYPE_DOWN)
		return last <= s->limit;
	return offset > s->limit && last <= (s->attr & X86_SEG_DB ? U32_MAX : U16_MAX);
}

static bool is_canonical(const struct x86_vcpu *v, u64 linear)
{
	unsigned int shift = v->cr4 & X86_CR4_LA57 ? 64 - 57 : 64 - 48;

	return (u64)((s64)(linear << shift) >> shift) == linear;
}

static bool linear_64bit(struct x86_emul *e, enum x86_seg_nr seg, u64 offset, unsigned int len,
			 u64 *linear)
{
	struct x86_seg s;

	*linear = offset;
	if (seg >= X86_FS) {
		x86_hw->get_seg(e->v, seg, &s);
		*linear += s.base;
	}
	return is_canonical(e->v, *linear) && is_canonical(e->v, *linear + len - 1);
}

static bool linear_32bit(struct x86_emul *e, enum x86_seg_nr seg, u64 offset, unsigned int len,
			 bool write, u64 *linear)
{
	struct x86_seg s;

	x86_hw->get_seg(e->v, seg, &s);
	*linear = (u32)(s.base + offset);
	if (is_protected(e->v) && !type_allows(&s, write))
		return false;
	return limit_allows(&s, offset, len);
}

static enum x86_outcome get_linear(struct x86_emul *e, enum x86_seg_nr seg, u64 offset,
				   unsigned int len, bool write, u64 *linear)
{
	bool good = e->code.mode == 8 ? linear_64bit(e, seg, offset, len, linear) :
					linear_32bit(e, seg, offset, len, write, linear);

	if (good)
		return X86_EMUL_OK;
	return x86_emul_raise(e, seg == X86_SS ? X86_TRAP_SS : X86_TRAP_GP);
}

/* SDM 6.15, #AC: user mode alone, and only where the guest asked for it. */
static bool is_misaligned(const struct x86_emul *e, u64 linear, unsigned int len)
{
	if (!(e->v->cr0 & X86_CR0_AM) || !(e->v->rflags & X86_EFLAGS_AC) || e->code.cpl != 3)
		return false;
	return len <= 8 && (linear & (len - 1));
}

/* --- translation --- */

static enum x86_outcome walk_failed(struct x86_emul *e, enum x86_walk_result result, u64 linear,
				    u64 gpa, u32 error)
{
	switch (result) {
	case X86_WALK_FAULT:
		x86_queue_page_fault(e->v, linear, error);
		return X86_EMUL_FAULT;
	case X86_WALK_NOT_BACKED:
		return x86_emul_back(e->v, gpa, AXVM_PROT_READ);
	default:
		return x86_emul_refuse(e, "a page table is outside of memory");
	}
}

/* Where the last access to a device's registers went there is no memory, ever. */
static bool is_known_device(const struct x86_vcpu *v, u64 gpa)
{
	return v->data_memo.valid && v->data_memo.gpa == (gpa & PAGE_MASK);
}

static enum x86_outcome look_up_memory(struct x86_emul *e, struct x86_part *part, bool write)
{
	struct axvm_gmem *gmem = &e->v->base.vm->gmem;
	const struct axvm_region *region = axvm_gmem_find(gmem, part->gpa);

	if (!region)
		return X86_EMUL_OK;
	part->rom = !(region->cfg.flags & AXVM_REGION_WRITE);
	part->kva = axvm_gmem_kva(gmem, part->gpa);
	if (part->kva)
		return X86_EMUL_OK;
	return x86_emul_back(e->v, part->gpa,
			     write && !part->rom ? AXVM_PROT_WRITE : AXVM_PROT_READ);
}

/* Device registers, ROM or plain memory? */
static enum x86_outcome look_up(struct x86_emul *e, struct x86_part *part, bool write)
{
	part->kva = NULL;
	part->rom = false;
	if (is_known_device(e->v, part->gpa))
		return X86_EMUL_OK;
	return look_up_memory(e, part, write);
}

/* Is it something that the guest cannot access by itself? */
static bool needs_emulation(const struct x86_part *part, u32 access)
{
	return !part->kva || (part->rom && (access & X86_ACCESS_WRITE));
}

static enum x86_outcome map_part(struct x86_emul *e, struct x86_part *part, u64 linear,
				 unsigned int len, u32 access)
{
	enum x86_walk_result result;
	enum x86_outcome outcome;
	u32 error;

	part->len = len;
	result = x86_walk_data(e->v, linear, access, &part->gpa, &error);
	if (result != X86_WALK_OK)
		return walk_failed(e, result, linear, part->gpa, error);
	outcome = look_up(e, part, access & X86_ACCESS_WRITE);
	if (outcome == X86_EMUL_OK && needs_emulation(part, access))
		e->saw_device = true;
	return outcome;
}

/* The second half of an operand that crosses a page. */
static enum x86_outcome map_rest(struct x86_emul *e, struct x86_memop *op, u64 linear,
				 unsigned int len, u32 access)
{
	if (e->code.mode != 8)
		linear = (u32)linear;
	op->nr = 2;
	op->again = false;
	return map_part(e, &op->part[1], linear, len, access);
}

/* The next element of a string, in the page of the last one: as from a TLB. */
static bool map_again(struct x86_emul *e, struct x86_memop *op, u64 linear, unsigned int len,
		      u32 access)
{
	struct x86_part *part = &op->part[0];

	if (!op->again || op->page != (linear & PAGE_MASK) || op->access != access ||
	    offset_in_page(linear) + len > PAGE_SIZE)
		return false;
	part->gpa = (part->gpa & PAGE_MASK) | offset_in_page(linear);
	if (part->kva)
		part->kva = PTR_ALIGN_DOWN(part->kva, PAGE_SIZE) + offset_in_page(linear);
	if (needs_emulation(part, access))
		e->saw_device = true;
	return true;
}

static enum x86_outcome map_linear(struct x86_emul *e, struct x86_memop *op, u64 linear,
				   unsigned int len, u32 access)
{
	unsigned int first = min(len, (unsigned int)(PAGE_SIZE - offset_in_page(linear)));
	enum x86_outcome outcome;

	if (map_again(e, op, linear, len, access))
		return X86_EMUL_OK;
	op->again = false;
	op->nr = 1;
	outcome = map_part(e, &op->part[0], linear, first, access);
	if (outcome != X86_EMUL_OK)
		return outcome;
	if (first != len)
		return map_rest(e, op, linear + first, len - first, access);
	op->again = true;
	op->page = linear & PAGE_MASK;
	op->access = access;
	return X86_EMUL_OK;
}

/* Those that a backend does by itself (LMSW, SMSW) have no form. */
static bool must_be_aligned(const struct x86_emul *e)
{
	return e->insn->form && (e->insn->form->flags & X86_FORM_ALIGNED);
}

enum x86_outcome x86_emul_map(struct x86_emul *e, struct x86_memop *op, enum x86_seg_nr seg,
			      u64 offset, unsigned int len, bool write)
{
	u32 access = (write ? X86_ACCESS_WRITE : X86_ACCESS_READ) |
		     (e->code.cpl == 3 ? X86_ACCESS_USER : 0);
	enum x86_outcome outcome;
	u64 linear;

	outcome = get_linear(e, seg, offset, len, write, &linear);
	if (outcome != X86_EMUL_OK)
		return outcome;
	if (is_misaligned(e, linear, len))
		return x86_emul_raise(e, X86_TRAP_AC);
	if (must_be_aligned(e) && (linear & (len - 1)))
		return x86_emul_raise(e, X86_TRAP_GP);
	if (unlikely(e->v->has_breakpoints))
		e->hits |= x86_find_data_breakpoints(e->v, linear, len, write);
	return map_linear(e, op, linear, len, access);
}
EXPORT_SYMBOL_IF_KUNIT(x86_emul_map);

enum x86_outcome x86_emul_map_only(struct x86_emul *e, u64 offset, unsigned int len, bool write)
{
	enum x86_outcome outcome = x86_emul_map(e, &e->mem, e->insn->seg, offset, len, write);

	if (outcome == X86_EMUL_OK && !e->saw_device)
		return X86_EMUL_RETRY;
	return outcome;
}

/* --- access --- */

/* What one bus cycle can carry: naturally aligned, at most 8 bytes. */
static unsigned int cycle_len(u64 gpa, unsigned int left)
{
	unsigned int len = 8;

	while (len > left || (gpa & (len - 1)))
		len /= 2;
	return len;
}

static void read_device(struct x86_vcpu *v, u64 gpa, unsigned int left, u8 *buf)
{
	unsigned int len;
	u64 val;

	for (; left; left -= len) {
		len = cycle_len(gpa, left);
		x86_mmio_read(v, gpa, len, &val);
		memcpy(buf, &val, len);
		buf += len;
		gpa += len;
	}
}

static void write_device(struct x86_vcpu *v, u64 gpa, unsigned int left, const u8 *buf)
{
	unsigned int len;
	u64 val;

	for (; left; left -= len) {
		len = cycle_len(gpa, left);
		val = 0;
		memcpy(&val, buf, len);
		x86_mmio_write(v, gpa, len, val);
		buf += len;
		gpa += len;
	}
}

/* Memory that other vCPUs use, too: in one access where the width allows it. */
static void copy_shared(void *to, const void *from, unsigned int len)
{
	switch (len) {
	case 2:
		WRITE_ONCE(*(u16 *)to, READ_ONCE(*(const u16 *)from));
		break;
	case 4:
		WRITE_ONCE(*(u32 *)to, READ_ONCE(*(const u32 *)from));
		break;
	case 8:
		WRITE_ONCE(*(u64 *)to, READ_ONCE(*(const u64 *)from));
		break;
	default:
		memcpy(to, from, len);
	}
}

void x86_emul_read(struct x86_emul *e, const struct x86_memop *op, void *buf)
{
	unsigned int i;
	u8 *to = buf;

	for (i = 0; i < op->nr; i++) {
		const struct x86_part *part = &op->part[i];

		if (part->kva)
			copy_shared(to, part->kva, part->len);
		else
			read_device(e->v, part->gpa, part->len, to);
		to += part->len;
	}
}

void x86_emul_write(struct x86_emul *e, const struct x86_memop *op, const void *buf)
{
	const u8 *from = buf;
	unsigned int i;

	for (i = 0; i < op->nr; i++) {
		const struct x86_part *part = &op->part[i];

		if (!part->kva)
			write_device(e->v, part->gpa, part->len, from);
		else if (!part->rom)
			copy_shared(part->kva, from, part->len);
		from += part->len;
	}
}

/* A register of a device, accessed as devices are: that one is fast. */
static bool is_one_cycle(const struct x86_memop *op)
{
	const struct x86_part *part = &op->part[0];

	return op->nr == 1 && !part->kva && !(part->gpa & (part->len - 1));
}

u64 x86_emul_read_int(struct x86_emul *e, const struct x86_memop *op)
{
	u64 val = 0;

	if (is_one_cycle(op))
		x86_mmio_read(e->v, op->part[0].gpa, op->part[0].len, &val);
	else
		x86_emul_read(e, op, &val);
	return val;
}

void x86_emul_write_int(struct x86_emul *e, const struct x86_memop *op, u64 val)
{
	if (is_one_cycle(op))
		x86_mmio_write(e->v, op->part[0].gpa, op->part[0].len, val);
	else
		x86_emul_write(e, op, &val);
}

/* --- ports --- */

#define TSS_IO_BASE	102	/* offset of the I/O map base in a 32-bit and 64-bit TSS */

/* Read from the TSS as the CPU does. */
static enum x86_outcome read_tss(struct x86_emul *e, const struct x86_seg *tr, u32 offset,
				 u16 *val)
{
	enum x86_outcome outcome;

	if (offset + sizeof(*val) - 1 > tr->limit)
		return x86_emul_raise(e, X86_TRAP_GP);
	e->other.again = false;
	outcome = map_linear(e, &e->other, tr->base + offset, sizeof(*val), X86_ACCESS_IMPLICIT);
	e->other.again = false;
	if (outcome != X86_EMUL_OK)
		return outcome;
	*val = 0;
	x86_emul_read(e, &e->other, val);
	return X86_EMUL_OK;
}

/* SDM 1, 19.5.2: a bit for each port, all of those accessed must be clear. */
static enum x86_outcome check_io_map(struct x86_emul *e, u16 port, unsigned int len)
{
	enum x86_outcome outcome;
	struct x86_seg tr;
	u16 base, bits;

	x86_hw->get_seg(e->v, X86_TR, &tr);
	if (!(tr.attr & X86_SEG_P) || (tr.attr & X86_SEG_TYPE & ~2) != 9)
		return x86_emul_raise(e, X86_TRAP_GP);
	outcome = read_tss(e, &tr, TSS_IO_BASE, &base);
	if (outcome != X86_EMUL_OK)
		return outcome;
	outcome = read_tss(e, &tr, base + port / 8, &bits);
	if (outcome != X86_EMUL_OK)
		return outcome;
	if ((bits >> (port & 7)) & (BIT(len) - 1))
		return x86_emul_raise(e, X86_TRAP_GP);
	return X86_EMUL_OK;
}

enum x86_outcome x86_emul_check_port(struct x86_emul *e, u16 port, unsigned int len)
{
	const struct x86_vcpu *v = e->v;
	unsigned int iopl = (v->rflags & X86_EFLAGS_IOPL) >> X86_EFLAGS_IOPL_BIT;

	if (!(v->cr0 & X86_CR0_PE))
		return X86_EMUL_OK;
	if (is_protected(v) && e->code.cpl <= iopl)
		return X86_EMUL_OK;
	return check_io_map(e, port, len);
}
