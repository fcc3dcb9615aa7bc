// SPDX-License-Identifier: GPL-2.0
/*
 * Hardware task switches: the old task's state into its TSS, the new one's out of its own.
 *
 * Called by the backends for exits that CPUs make instead of switching tasks for a
 * guest; vCPU thread, loaded, interrupts on. Everything is read and translated before
 * the first write, in two steps: what can fault in the old task, then (with the new task's page
 * tables) what faults in the new one, after the switch. "SDM" is Intel's manual, volume 3:
 * chapter 8, "Task Management"; AMD's is APM volume 2, chapter 12.
 */
#include <linux/export.h>
#include <linux/string.h>
#include <asm/debugreg.h>
#include <asm/trapnr.h>
#include <kunit/visibility.h>

#include "arch/x86/task.h"

#define ATTR_VM86	(X86_SEG_P | X86_SEG_S | X86_SEG_DPL | TYPE_READ_WRITE | TYPE_ACCESSED)

#define DR6_TASK	BIT(15)	/* BT: the T bit of a TSS */
#define DR7_LOCAL	(DR_LOCAL_ENABLE_MASK | DR_LOCAL_SLOWDOWN)

#define EFLAGS_DEFINED	(X86_EFLAGS_CF | X86_EFLAGS_PF | X86_EFLAGS_AF | X86_EFLAGS_ZF | \
			 X86_EFLAGS_SF | X86_EFLAGS_TF | X86_EFLAGS_IF | X86_EFLAGS_DF | \
			 X86_EFLAGS_OF | X86_EFLAGS_IOPL | X86_EFLAGS_NT | X86_EFLAGS_RF | \
			 X86_EFLAGS_VM | X86_EFLAGS_AC | X86_EFLAGS_VIF | X86_EFLAGS_VIP | \
			 X86_EFLAGS_ID)

static const struct x86_tss_layout layout_16 = {
	.len = 0x2c, .width = 2, .ip = 0x0e, .flags = 0x10, .gpr = 0x12,
	.seg = 0x22, .nr_segs = 4, .end = 0x2a, .ldt = 0x2a,
};

static const struct x86_tss_layout layout_32 = {
	.len = 0x68, .width = 4, .ip = 0x20, .flags = 0x24, .gpr = 0x28,
	.seg = 0x48, .nr_segs = 6, .end = 0x60, .ldt = 0x60, .cr3 = 0x1c, .trap = 0x64,
};

/* --- first step: what faults in the old task --- */

/* The program itself asked for it: RIP is at the instruction that did. */
static bool is_insn(const struct x86_task_switch *sw)
{
	if (sw->source != X86_TASK_GATE || sw->type == X86_TYPE_SOFT)
		return true;
	return sw->type == X86_TYPE_EXCEPTION &&
	       (sw->vector == X86_TRAP_BP || sw->vector == X86_TRAP_OF);
}

/* CALL, INT, exceptions and interrupts: the new task returns to the old one. */
static bool is_nested(const struct x86_task_switch *sw)
{
	return sw->source == X86_TASK_CALL || sw->source == X86_TASK_GATE;
}

/* Opcodes and ModRM.reg of their group 5: SDM 2, tables. */
static bool is_opcode_of(const struct x86_insn *insn, enum x86_task_source source)
{
	if (insn->map != X86_MAP_ONE)
		return false;
	switch (source) {
	case X86_TASK_CALL:
		return insn->opcode == 0x9a || (insn->opcode == 0xff && (insn->reg & 7) == 3);
	case X86_TASK_JMP:
		return insn->opcode == 0xea || (insn->opcode == 0xff && (insn->reg & 7) == 5);
	case X86_TASK_IRET:
		return insn->opcode == 0xcf;
	default:	/* INT3, INT n, INTO */
		return insn->opcode >= 0xcc && insn->opcode <= 0xce;
	}
}

/* Where the old task goes on. RETRY: its code has changed meanwhile. */
static enum x86_outcome find_old_rip(struct x86_task *t)
{
	struct x86_vcpu *v = t->v;
	enum x86_outcome outcome;
	struct x86_emul e;

	t->old_rip = v->rip;
	if (!is_insn(t->sw))
		return X86_EMUL_OK;
	if (v->next_rip) {
		t->old_rip = v->next_rip;
		return X86_EMUL_OK;
	}
	outcome = x86_emul_begin(&e, v);
	if (outcome != X86_EMUL_OK)
		return outcome;
	if (!is_opcode_of(e.insn, t->sw->source))
		return X86_EMUL_RETRY;
	t->old_rip += e.insn->len;
	return X86_EMUL_OK;
}

static const struct x86_tss_layout *layout_of(const struct x86_seg *tr)
{
	return tr->attr & TYPE_TSS_32 ? &layout_32 : &layout_16;
}

/* SDM table 8-1, and IRET, CALL, JMP and INT n in volume 2. */
static enum x86_outcome check_new_tss(struct x86_task *t, const struct x86_seg *tr, u8 bad)
{
	u16 expected = TYPE_TSS | (t->sw->source == X86_TASK_IRET ? TYPE_BUSY : 0);

	if ((tr->attr & (X86_SEG_S | X86_SEG_TYPE) & ~TYPE_TSS_32) != expected)
		return x86_task_fault(t, bad, tr->sel);
	if (!(tr->attr & X86_SEG_P))
		return x86_task_fault(t, X86_TRAP_NP, tr->sel);
	t->to = layout_of(tr);
	if (tr->limit < t->to->len - 1)
		return x86_task_fault(t, X86_TRAP_TS, tr->sel);
	return X86_EMUL_OK;
}

static enum x86_outcome find_new_tss(struct x86_task *t)
{
	u8 bad = t->sw->source == X86_TASK_IRET ? X86_TRAP_TS : X86_TRAP_GP;
	struct x86_seg *tr = &t->seg[X86_TR];
	enum x86_outcome outcome;
	u16 sel = t->sw->sel;
	u64 desc;

	if (x86_task_is_null(sel) || (sel & SEL_LDT) || !x86_task_find_descriptor(t, sel, &desc))
		return x86_task_fault(t, bad, sel);
	outcome = x86_task_read_descriptor(t, desc, sel, tr);
	if (outcome == X86_EMUL_OK)
		outcome = check_new_tss(t, tr, bad);
	if (outcome != X86_EMUL_OK)
		return outcome;
	tr->attr |= TYPE_BUSY;
	if (t->sw->source == X86_TASK_IRET)
		return X86_EMUL_OK;
	return x86_task_map_type(t, desc, &t->new_type);
}

/* With a TR that never was loaded there is no descriptor. */
static enum x86_outcome find_old_tss(struct x86_task *t)
{
	enum x86_outcome outcome;

	x86_hw->get_seg(t->v, X86_TR, &t->old_tr);
	t->from = layout_of(&t->old_tr);
	if (t->old_tr.limit < t->from->end - 1)
		return x86_task_fault(t, X86_TRAP_TS, t->old_tr.sel);
	outcome = x86_task_map_system(t, t->old_tr.base + t->from->ip,
				      t->from->end - t->from->ip, true, &t->old_tss);
	if (outcome != X86_EMUL_OK || is_nested(t->sw) || x86_task_is_null(t->old_tr.sel))
		return outcome;
	return x86_task_map_type(t, t->gdt.base + (t->old_tr.sel & SEL_INDEX), &t->old_type);
}

static enum x86_outcome read_new_tss(struct x86_task *t)
{
	u64 base = t->seg[X86_TR].base;
	enum x86_outcome outcome;
	struct x86_task_span span;

	outcome = x86_task_map_system(t, base, t->to->len, false, &span);
	if (outcome != X86_EMUL_OK)
		return outcome;
	x86_task_read(&span, t->tss, t->to->len);
	if (!is_nested(t->sw))
		return X86_EMUL_OK;
	return x86_task_map_system(t, base, sizeof(u16), true, &t->link);
}

/* SDM 8.3, step 7. */
static u32 find_old_flags(const struct x86_task *t)
{
	u32 eflags = t->v->rflags & ~X86_EFLAGS_RF;

	if (t->sw->rf)
		eflags |= X86_EFLAGS_RF;
	if (t->sw->source == X86_TASK_IRET)
		eflags &= ~X86_EFLAGS_NT;
	return eflags;
}

/* Into the TSS, or into the copy of the new one. */
static void save(struct x86_task *t, bool copy, unsigned int offset, u32 val, unsigned int len)
{
	if (copy)
		memcpy(t->tss + offset, &val, len);
	else
		x86_task_write(&t->old_tss, offset - t->from->ip, val, len);
}

/* SDM 8.3, step 8. */
static void save_old_task(struct x86_task *t, bool copy)
{
	const struct x86_tss_layout *from = t->from;
	struct x86_seg seg;
	unsigned int i;

	save(t, copy, from->ip, t->old_rip, from->width);
	save(t, copy, from->flags, t->old_eflags, from->width);
	for (i = 0; i < X86_TASK_GPRS; i++)
		save(t, copy, from->gpr + i * from->width, t->v->gpr[i], from->width);
	for (i = 0; i < from->nr_segs; i++) {
		x86_hw->get_seg(t->v, i, &seg);
		save(t, copy, from->seg + i * from->width, seg.sel, sizeof(seg.sel));
	}
}

static enum x86_outcome leave_old_task(struct x86_task *t)
{
	enum x86_outcome outcome = find_old_rip(t);

	x86_hw->get_dt(t->v, false, &t->gdt);
	if (outcome == X86_EMUL_OK)
		outcome = find_new_tss(t);
	if (outcome == X86_EMUL_OK)
		outcome = find_old_tss(t);
	if (outcome == X86_EMUL_OK)
		outcome = read_new_tss(t);
	if (outcome != X86_EMUL_OK)
		return outcome;
	t->old_eflags = find_old_flags(t);
	/* A task that returns to itself finds what it was saved as. */
	if (t->seg[X86_TR].base == t->old_tr.base)
		save_old_task(t, true);
	return X86_EMUL_OK;
}

/* --- second step: what faults in the new task --- */

static u32 get(const struct x86_task *t, unsigned int offset, unsigned int len)
{
	u32 val = 0;

	memcpy(&val, t->tss + offset, len);
	return val;
}

/* In a 16-bit TSS the upper halves are ones. */
static u32 get_gpr(const struct x86_task *t, unsigned int nr)
{
	u32 val = get(t, t->to->gpr + nr * t->to->width, t->to->width);

	return t->to->width == 2 ? val | GENMASK(31, 16) : val;
}

/* A 16-bit TSS has no FS and GS: they become null. */
static u16 get_sel(const struct x86_task *t, enum x86_seg_nr nr)
{
	return nr < t->to->nr_segs ? get(t, t->to->seg + nr * t->to->width, sizeof(u16)) : 0;
}

/*
 * All selectors are loaded before the first descriptor is looked at, so after a fault the rest
 * is as after a null selector. CS has to be code all the time: without a byte that could run.
 */
static void set_selectors(struct x86_task *t)
{
	u16 dpl = (u16)t->cpl << 5;
	unsigned int i;

	for (i = 0; i < X86_TASK_SEGS; i++)
		t->seg[i] = (struct x86_seg) { .sel = get_sel(t, i) };
	t->seg[X86_CS].attr = X86_SEG_P | X86_SEG_S | TYPE_CODE | TYPE_READ_WRITE |
			      TYPE_ACCESSED | dpl;
	t->seg[X86_SS].attr = dpl;
	t->seg[X86_LDTR] = (struct x86_seg) { .sel = get(t, t->to->ldt, sizeof(u16)) };
}

static void set_vm86_segments(struct x86_task *t)
{
	unsigned int i;

	for (i = 0; i < X86_TASK_SEGS; i++) {
		t->seg[i].base = t->seg[i].sel << 4;
		t->seg[i].limit = U16_MAX;
		t->seg[i].attr = ATTR_VM86;
	}
}

static void set_registers(struct x86_task *t)
{
	t->eflags = get(t, t->to->flags, t->to->width) & EFLAGS_DEFINED;
	t->eflags |= X86_EFLAGS_FIXED;
	if (is_nested(t->sw))
		t->eflags |= X86_EFLAGS_NT;
	t->esp = get_gpr(t, X86_RSP);
	t->cpl = t->eflags & X86_EFLAGS_VM ? 3 : get_sel(t, X86_CS) & SEL_RPL;
	set_selectors(t);
}

static enum x86_outcome load_ldt(struct x86_task *t)
{
	u16 sel = t->seg[X86_LDTR].sel;
	enum x86_outcome outcome;
	struct x86_seg seg;
	u64 desc;

	if (x86_task_is_null(sel))
		return X86_EMUL_OK;
	if ((sel & SEL_LDT) || !x86_task_find_descriptor(t, sel, &desc))
		return x86_task_fault(t, X86_TRAP_TS, sel);
	outcome = x86_task_read_descriptor(t, desc, sel, &seg);
	if (outcome != X86_EMUL_OK)
		return outcome;
	if ((seg.attr & (X86_SEG_S | X86_SEG_TYPE | X86_SEG_P)) != (TYPE_LDT | X86_SEG_P))
		return x86_task_fault(t, X86_TRAP_TS, sel);
	t->seg[X86_LDTR] = seg;
	return X86_EMUL_OK;
}

static bool is_conforming(u16 attr)
{
	return (attr & (TYPE_CODE | TYPE_CONFORMING)) == (TYPE_CODE | TYPE_CONFORMING);
}

static bool is_right_code(u16 attr, unsigned int dpl, unsigned int rpl)
{
	if (!(attr & TYPE_CODE))
		return false;
	return is_conforming(attr) ? dpl <= rpl : dpl == rpl;
}

static bool is_right_stack(const struct x86_task *t, u16 attr, unsigned int dpl, unsigned int rpl)
{
	return (attr & (TYPE_CODE | TYPE_READ_WRITE)) == TYPE_READ_WRITE &&
	       dpl == t->cpl && rpl == t->cpl;
}

static bool is_right_data(const struct x86_task *t, u16 attr, unsigned int dpl, unsigned int rpl)
{
	if ((attr & TYPE_CODE) && !(attr & TYPE_READ_WRITE))
		return false;
	return is_conforming(attr) || (dpl >= rpl && dpl >= t->cpl);
}

/* SDM table 8-1. */
static bool is_right_segment(const struct x86_task *t, enum x86_seg_nr nr,
			     const struct x86_seg *seg)
{
	unsigned int dpl = (seg->attr & X86_SEG_DPL) >> 5, rpl = seg->sel & SEL_RPL;

	if (!(seg->attr & X86_SEG_S))
		return false;
	if (nr == X86_CS)
		return is_right_code(seg->attr, dpl, rpl);
	if (nr == X86_SS)
		return is_right_stack(t, seg->attr, dpl, rpl);
	return is_right_data(t, seg->attr, dpl, rpl);
}

static enum x86_outcome mark_accessed(struct x86_task *t, enum x86_seg_nr nr, struct x86_seg *seg,
				      u64 desc)
{
	if (seg->attr & TYPE_ACCESSED)
		return X86_EMUL_OK;
	seg->attr |= TYPE_ACCESSED;
	return x86_task_map_type(t, desc, &t->accessed[nr]);
}

static enum x86_outcome load_descriptor(struct x86_task *t, enum x86_seg_nr nr, u16 sel)
{
	enum x86_outcome outcome;
	struct x86_seg seg;
	u64 desc;

	if (!x86_task_find_descriptor(t, sel, &desc))
		return x86_task_fault(t, X86_TRAP_TS, sel);
	outcome = x86_task_read_descriptor(t, desc, sel, &seg);
	if (outcome != X86_EMUL_OK)
		return outcome;
	if (!is_right_segment(t, nr, &seg))
		return x86_task_fault(t, X86_TRAP_TS, sel);
	if (!(seg.attr & X86_SEG_P))
		return x86_task_fault(t, nr == X86_SS ? X86_TRAP_SS : X86_TRAP_NP, sel);
	outcome = mark_accessed(t, nr, &seg, desc);
	if (outcome == X86_EMUL_OK)
		t->seg[nr] = seg;
	return outcome;
}

static enum x86_outcome load_segment(struct x86_task *t, enum x86_seg_nr nr)
{
	u16 sel = t->seg[nr].sel;

	if (!x86_task_is_null(sel))
		return load_descriptor(t, nr, sel);
	return nr == X86_CS || nr == X86_SS ? x86_task_fault(t, X86_TRAP_TS, 0) : X86_EMUL_OK;
}

static enum x86_outcome load_segments(struct x86_task *t)
{
	static const u8 order[] = { X86_CS, X86_SS, X86_ES, X86_DS, X86_FS, X86_GS };
	enum x86_outcome outcome = load_ldt(t);
	unsigned int i;

	if (outcome == X86_EMUL_OK && (t->eflags & X86_EFLAGS_VM)) {
		set_vm86_segments(t);
		return outcome;
	}
	for (i = 0; outcome == X86_EMUL_OK && i < ARRAY_SIZE(order); i++)
		outcome = load_segment(t, order[i]);
	return outcome;
}

/* SDM 5.3. */
static bool is_within(const struct x86_seg *ss, u32 offset, unsigned int len)
{
	u64 last = (u64)offset + len - 1;

	if (!(ss->attr & TYPE_DOWN))
		return last <= ss->limit;
	return offset > ss->limit && last <= (ss->attr & X86_SEG_DB ? U32_MAX : U16_MAX);
}

/* With the width of the TSS, whatever that of the stack is. */
static enum x86_outcome find_stack(struct x86_task *t)
{
	const struct x86_seg *ss = &t->seg[X86_SS];
	u32 mask = ss->attr & X86_SEG_DB ? U32_MAX : U16_MAX;
	u32 access = X86_ACCESS_WRITE | (t->cpl == 3 ? X86_ACCESS_USER : 0);
	u32 esp = (t->esp - t->to->width) & mask;
	enum x86_outcome outcome;

	if (!t->sw->has_error)
		return X86_EMUL_OK;
	if (!is_within(ss, esp, t->to->width))
		return x86_task_fault(t, X86_TRAP_SS, 0);
	outcome = x86_task_map(t, ss->base + esp, t->to->width, access, &t->stack);
	if (outcome != X86_EMUL_OK)
		return outcome;
	t->esp = (t->esp & ~mask) | esp;
	t->pushes = true;
	return X86_EMUL_OK;
}

static enum x86_outcome check_rip(struct x86_task *t)
{
	if (get(t, t->to->ip, t->to->width) > t->seg[X86_CS].limit)
		return x86_task_fault(t, X86_TRAP_GP, 0);
	return X86_EMUL_OK;
}

/* SDM 8.3: without paging CR3 stays what it is. */
static bool load_root(struct x86_task *t)
{
	if (!t->to->cr3 || !x86_is_paging(t->v))
		return true;
	return x86_cr3_write(t->v, get(t, t->to->cr3, sizeof(u32)));
}

/* From here on with its page tables and flags. */
static enum x86_outcome enter_new_task(struct x86_task *t)
{
	enum x86_outcome outcome;

	set_registers(t);
	t->v->rflags = t->eflags;
	if (!load_root(t))
		return X86_EMUL_FAULT;
	outcome = load_segments(t);
	if (outcome == X86_EMUL_OK)
		outcome = find_stack(t);
	if (outcome == X86_EMUL_OK)
		outcome = check_rip(t);
	return outcome;
}

/* --- then: do it --- */

static void mark_old_task(struct x86_task *t)
{
	x86_task_change_type(&t->old_type, TYPE_BUSY, 0);
	save_old_task(t, false);
}

/* SDM 8.3, steps 9 to 11, and what became of the new task's memory. */
static void mark_new_task(struct x86_task *t)
{
	unsigned int i;

	if (is_nested(t->sw))
		x86_task_write(&t->link, 0, t->old_tr.sel, sizeof(u16));
	x86_task_change_type(&t->new_type, 0, TYPE_BUSY);
	for (i = 0; i < X86_TASK_SEGS; i++)
		x86_task_change_type(&t->accessed[i], 0, TYPE_ACCESSED);
	if (t->pushes)
		x86_task_write(&t->stack, 0, t->sw->error, t->to->width);
}

static void put_registers(struct x86_task *t)
{
	struct x86_vcpu *v = t->v;
	unsigned int i;

	for (i = 0; i < X86_TASK_GPRS; i++)
		v->gpr[i] = get_gpr(t, i);
	v->gpr[X86_RSP] = t->esp;
	v->rip = get(t, t->to->ip, t->to->width);
	v->rflags = t->eflags;
	v->shadow = false;
	for (i = 0; i < X86_SEGS; i++)
		x86_hw->set_seg(v, i, &t->seg[i]);
	v->cs_attr = t->seg[X86_CS].attr;
	v->cpl = t->cpl;
}

/* SDM 8.3 and 18.2.4; IRET ends the masking of NMIs in a task, too (SDM 6.7.1). */
static void put_controls(struct x86_task *t)
{
	struct x86_vcpu *v = t->v;

	v->cr0 |= X86_CR0_TS;
	x86_update_controls(v);
	x86_hw->set_sysreg(v, X86_DR7, x86_hw->get_sysreg(v, X86_DR7) & ~(u64)DR7_LOCAL);
	if (t->sw->source == X86_TASK_IRET)
		v->nmi_masked = false;
}

/* SDM 18.3.1.5: after the switch, before the first instruction. */
static void trap_new_task(struct x86_task *t)
{
	struct x86_vcpu *v = t->v;

	if (!t->to->trap || !(t->tss[t->to->trap] & 1))
		return;
	x86_hw->set_sysreg(v, X86_DR6, x86_hw->get_sysreg(v, X86_DR6) | DR6_TASK);
	x86_queue_exception(v, X86_TRAP_DB);
}

/*
 * Its delivery is over, one way or the other: as on hardware, an interrupt whose task cannot be
 * reached does not come again.
 */
static void end_event(struct x86_task *t)
{
	if (t->sw->source != X86_TASK_GATE)
		return;
	clear_bit(X86_EV_REINJECT, &t->v->events);
	if (t->sw->type == X86_TYPE_NMI)
		t->v->nmi_masked = true;
}

static void switch_over(struct x86_task *t, enum x86_outcome outcome)
{
	mark_old_task(t);
	mark_new_task(t);
	put_registers(t);
	put_controls(t);
	end_event(t);
	if (outcome == X86_EMUL_OK)
		trap_new_task(t);
}

static enum axvm_verdict give_up(struct x86_task *t, enum x86_outcome outcome)
{
	if (outcome == X86_EMUL_DISPATCH)
		return AXVM_DISPATCH;
	if (outcome == X86_EMUL_RETRY)
		return x86_emulate_again(t->v);
	end_event(t);
	return AXVM_RESUME;
}

/* Not for us: real mode has no tasks, and long mode none of this kind (APM 2, 12.1). */
static bool has_tasks(const struct x86_vcpu *v)
{
	return (v->cr0 & X86_CR0_PE) && !x86_is_long_mode(v);
}

static enum axvm_verdict refuse(struct x86_task *t)
{
	const struct x86_task_switch *sw = t->sw;
	u32 error = 0;

	if (sw->source == X86_TASK_GATE)
		error = sw->vector << 3 | 2 | t->ext;
	else if (sw->source != X86_TASK_IRET)
		error = sw->sel & ~SEL_RPL;
	x86_queue_exception_error(t->v, X86_TRAP_GP, error);
	return give_up(t, X86_EMUL_FAULT);
}

enum axvm_verdict x86_task_switch(struct x86_vcpu *v, const struct x86_task_switch *sw)
{
	struct x86_task t = { .v = v, .sw = sw, .ext = !is_insn(sw) };
	u64 rflags = v->rflags, cr3 = v->cr3;
	enum x86_outcome outcome;

	if (!has_tasks(v))
		return refuse(&t);
	outcome = leave_old_task(&t);
	if (outcome != X86_EMUL_OK)
		return give_up(&t, outcome);
	outcome = enter_new_task(&t);
	if (outcome == X86_EMUL_DISPATCH) {
		v->rflags = rflags;
		v->cr3 = cr3;
		return AXVM_DISPATCH;
	}
	switch_over(&t, outcome);
	return AXVM_RESUME;
}
EXPORT_SYMBOL_IF_KUNIT(x86_task_switch);
