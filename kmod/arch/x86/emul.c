// SPDX-License-Identifier: GPL-2.0
/*
 * Runs the emulation of one instruction: fetch, decode, do, step.
 *
 * Called by the backends: x86_find_next() and x86_skip() in fast context, everything else
 * loaded with interrupts on, on the vCPU's thread. "SDM" is Intel's manual, volume 3.
 */
#include <linux/export.h>
#include <linux/mm.h>
#include <linux/printk.h>
#include <linux/string.h>
#include <asm/debugreg.h>
#include <asm/insn.h>
#include <asm/trapnr.h>
#include <kunit/visibility.h>

#include "arch/x86/emul.h"
#include "arch/x86/walk.h"

/* --- stepping --- */

/* SDM 17.3.1.4: with BTF set, branches alone trap, and nothing that is emulated is one. */
void x86_trap_single_step(struct x86_vcpu *v)
{
	if (x86_hw->get_sysreg(v, X86_DEBUGCTL) & DEBUGCTLMSR_BTF)
		return;
	x86_hw->set_sysreg(v, X86_DR6, x86_hw->get_sysreg(v, X86_DR6) | DR_STEP);
	x86_queue_exception(v, X86_TRAP_DB);
}

/* Outside of 64-bit mode EIP wraps. */
static noinline u64 wrap_rip(struct x86_vcpu *v, u64 rip)
{
	struct x86_code code;

	x86_code_get(v, &code);
	return code.mode == 8 ? rip : (u32)rip;
}

static __always_inline u64 rip_after(struct x86_vcpu *v, unsigned int len)
{
	u64 rip = v->rip + len;

	if (unlikely((rip ^ v->rip) >> 32))
		rip = wrap_rip(v, rip);
	return rip;
}

/* --- the length of an instruction that was intercepted --- */

/* Of 0F xx; 0: see below or decode. */
static const u8 two_byte_lengths[256] = {
	[0x05 ... 0x09] = 2,	/* SYSCALL CLTS SYSRET INVD WBINVD */
	[0x0b] = 2,		/* UD2 */
	[0x20 ... 0x23] = 3,	/* MOV of control and debug registers */
	[0x30 ... 0x35] = 2,	/* WRMSR RDTSC RDMSR RDPMC SYSENTER SYSEXIT */
	[0xa2] = 2,		/* CPUID */
	[0xaa] = 2,		/* RSM */
};

static const u8 one_byte_lengths[256] = {
	[0xe4 ... 0xe7] = 2,	/* IN and OUT of an immediate port */
	[0xec ... 0xef] = 1,	/* IN and OUT of DX */
	[0xf4] = 1,		/* HLT */
};

#define OP_GROUP7	0x01	/* VMCALL VMMCALL XSETBV ...: 3 bytes when mod is 3 */

/* What has no prefix and no memory operand. Return: its length; 0 = something else. */
static __always_inline unsigned int short_length(u32 code)
{
	u8 second = code >> 8;

	if ((code & 0xff) != 0x0f)
		return one_byte_lengths[code & 0xff];
	if (second == OP_GROUP7)
		return X86_MODRM_MOD((code >> 16) & 0xff) == 3 ? 3 : 0;
	return two_byte_lengths[second];
}

static unsigned int decoded_length(struct x86_vcpu *v, const struct x86_code *code)
{
	u64 words[X86_CODE_WORDS], gpa;
	struct x86_insn insn;
	unsigned int len;

	if (x86_code_fetch(v, code, words, &len, &gpa) != X86_WALK_OK)
		return 0;
	if (x86_insn_decode((const u8 *)words, len, code->mode, &insn) != X86_DECODE_OK)
		return 0;
	return insn.len;
}

static bool has_word(const u8 *bytes)
{
	return offset_in_page(bytes) <= PAGE_SIZE - sizeof(u32);
}

/* A guest that exits often does so at the same few instructions. */
static __always_inline unsigned int recall_length(struct x86_vcpu *v)
{
	const u8 *bytes = x86_code_recall(v);
	u32 word;

	if (!bytes || !has_word(bytes))
		return 0;
	word = READ_ONCE(*(const u32 *)bytes);
	if (likely(word == v->memo.word && v->memo.len))
		return v->memo.len;
	v->memo.word = word;
	v->memo.len = short_length(word);
	return v->memo.len;
}

static noinline unsigned int insn_length(struct x86_vcpu *v)
{
	struct x86_code code;
	unsigned int len = 0;
	const u8 *bytes;

	x86_code_get(v, &code);
	bytes = x86_code_peek(v, &code);
	if (bytes && has_word(bytes))
		len = short_length(READ_ONCE(*(const u32 *)bytes));
	return len ? len : decoded_length(v, &code);
}

static __always_inline unsigned int find_length(struct x86_vcpu *v)
{
	unsigned int len = recall_length(v);

	if (!len)
		len = insn_length(v);
	return len;
}

u64 x86_find_next(struct x86_vcpu *v)
{
	unsigned int len;

	if (v->next_rip)
		return v->next_rip;
	len = find_length(v);
	return likely(len) ? rip_after(v, len) : 0;
}
EXPORT_SYMBOL_IF_KUNIT(x86_find_next);

bool x86_skip(struct x86_vcpu *v, unsigned int len)
{
	if (!len && v->next_rip) {
		x86_step_to(v, v->next_rip);
		return true;
	}
	if (!len)
		len = find_length(v);
	if (unlikely(!len))
		return false;
	x86_step_to(v, rip_after(v, len));
	return true;
}
EXPORT_SYMBOL_IF_KUNIT(x86_skip);

/* --- outcomes --- */

enum x86_outcome x86_emul_back(struct x86_vcpu *v, u64 gpa, u32 access)
{
	v->base.exit.kind = AXVM_EXIT_S2_FAULT;
	v->base.exit.fault.gpa = gpa;
	v->base.exit.fault.access = access;
	return X86_EMUL_DISPATCH;
}

/* In real mode nothing pushes an error code (SDM 20.1.4). */
enum x86_outcome x86_emul_raise(struct x86_emul *e, u8 vector)
{
	static const u32 with_error = BIT(X86_TRAP_SS) | BIT(X86_TRAP_GP) | BIT(X86_TRAP_AC);

	if ((with_error & BIT(vector)) && (e->v->cr0 & X86_CR0_PE))
		x86_queue_exception_error(e->v, vector, 0);
	else
		x86_queue_exception(e->v, vector);
	return X86_EMUL_FAULT;
}

static const char *mode_name(const struct x86_vcpu *v, const struct x86_code *code)
{
	if (!(v->cr0 & X86_CR0_PE))
		return "real mode";
	if (v->rflags & X86_EFLAGS_VM)
		return "virtual-8086 mode";
	if (code->mode == 8)
		return "64-bit mode";
	return code->mode == 4 ? "32-bit mode" : "16-bit mode";
}

static enum axvm_verdict report(struct x86_vcpu *v, const struct x86_code *code, const u8 *bytes,
				unsigned int len, const char *what)
{
	struct axvm_vm *vm = v->base.vm;

	pr_warn_ratelimited("axvm: VM %s: vCPU %u: %s: rip %#llx, %s, CPL %u, bytes %*ph\n",
			    vm->name, v->base.id, what, v->rip, mode_name(v, code), code->cpl,
			    (int)len, bytes);
	v->base.exit.kind = AXVM_EXIT_FAIL;
	v->base.exit.fail.code = v->rip;
	return AXVM_DISPATCH;
}

enum axvm_verdict x86_fail(struct x86_vcpu *v, const char *what)
{
	u64 words[X86_CODE_WORDS] = {}, gpa;
	unsigned int len = 0;
	struct x86_code code;

	x86_code_get(v, &code);
	if (x86_code_fetch(v, &code, words, &len, &gpa) != X86_WALK_OK)
		len = 0;
	return report(v, &code, (const u8 *)words, len, what);
}

enum x86_outcome x86_emul_refuse(struct x86_emul *e, const char *what)
{
	report(e->v, &e->code, (const u8 *)e->words, e->nr_bytes, what);
	return X86_EMUL_DISPATCH;
}

/* --- fetch and decode --- */

/* What the guest executed a moment ago cannot be read now. */
static enum x86_outcome fetch_failed(struct x86_emul *e, enum x86_walk_result result, u64 gpa)
{
	switch (result) {
	case X86_WALK_OK:
	case X86_WALK_FAULT:
		return X86_EMUL_RETRY;	/* its tables changed: it will fault, or find it there */
	case X86_WALK_NOT_BACKED:
		return x86_emul_back(e->v, gpa, AXVM_PROT_READ);
	default:
		return x86_emul_refuse(e, "code or a table on the way to it is outside of memory");
	}
}

static enum x86_outcome fetch(struct x86_emul *e)
{
	enum x86_walk_result result;
	u64 gpa = 0;

	e->nr_bytes = 0;
	result = x86_code_fetch(e->v, &e->code, e->words, &e->nr_bytes, &gpa);
	return result == X86_WALK_OK ? X86_EMUL_OK : fetch_failed(e, result, gpa);
}

/* The hardware may give less than we can read ourselves. */
static enum x86_outcome fetch_more(struct x86_emul *e)
{
	enum x86_walk_result result;
	u64 gpa = 0;

	if (e->v->nr_insn_bytes) {
		e->v->nr_insn_bytes = 0;
		return fetch(e);
	}
	result = x86_code_missing(e->v, &e->code, e->nr_bytes, &gpa);
	return fetch_failed(e, result, gpa);
}

static enum x86_decode decode(struct x86_emul *e)
{
	return x86_insn_decode((const u8 *)e->words, e->nr_bytes, e->code.mode, &e->v->insn);
}

static noinline enum x86_outcome decode_new(struct x86_emul *e)
{
	enum x86_decode result = decode(e);
	enum x86_outcome outcome;

	if (result == X86_DECODE_SHORT) {
		outcome = fetch_more(e);
		if (outcome != X86_EMUL_OK)
			return outcome;
		result = decode(e);
	}
	if (result == X86_DECODE_SHORT)
		return fetch_more(e);
	if (result != X86_DECODE_OK)
		return x86_emul_refuse(e, x86_decode_name(result));
	e->v->insn.form = x86_form_find(&e->v->insn);
	return X86_EMUL_OK;
}

enum x86_outcome x86_emul_begin(struct x86_emul *e, struct x86_vcpu *v)
{
	enum x86_outcome outcome;

	e->v = v;
	e->insn = &v->insn;
	e->mem.again = false;
	e->other.again = false;
	e->saw_device = false;
	e->hits = 0;
	x86_code_get(v, &e->code);
	outcome = fetch(e);
	if (outcome != X86_EMUL_OK)
		return outcome;
	/* A driver's loop uses one instruction: what decoded once needs no second look. */
	if (likely(e->nr_bytes == X86_INSN_MAX &&
		   x86_insn_is_same(&v->insn, e->words, e->code.mode)))
		return X86_EMUL_OK;
	return decode_new(e);
}
EXPORT_SYMBOL_IF_KUNIT(x86_emul_begin);

/* In a row, without anything else that the guest did. */
#define MAX_RETRIES	100

/* False: what the CPU executes is something else than what is read here, and stays so. */
static bool may_retry(struct x86_vcpu *v)
{
	u64 entry = v->base.count[AXVM_COUNT_ENTRIES];

	if (v->rip != v->retry_rip || entry - v->retry_entry > 1)
		v->retries = 0;
	v->retry_rip = v->rip;
	v->retry_entry = entry;
	return v->retries++ < MAX_RETRIES;
}

/* With what the tables say now. */
static noinline enum axvm_verdict retry(struct x86_emul *e)
{
	if (!may_retry(e->v))
		return report(e->v, &e->code, (const u8 *)e->words, e->nr_bytes,
			      "an instruction that exits as what it is not");
	x86_hw->flush_tlb(e->v);
	return AXVM_RESUME;
}

enum axvm_verdict x86_emul_finish(struct x86_emul *e, enum x86_outcome outcome)
{
	switch (outcome) {
	case X86_EMUL_OK:
		x86_step_to(e->v, rip_after(e->v, e->insn->len));
		x86_trap_breakpoints(e->v, e->hits);
		return AXVM_RESUME;
	case X86_EMUL_AGAIN:	/* SDM 17.3.1.4: each iteration is a step */
		if (e->v->rflags & X86_EFLAGS_TF)
			x86_trap_single_step(e->v);
		x86_trap_breakpoints(e->v, e->hits);
		return AXVM_RESUME;
	case X86_EMUL_RETRY:
		return retry(e);
	case X86_EMUL_FAULT:
		return AXVM_RESUME;
	case X86_EMUL_DISPATCH:
		return AXVM_DISPATCH;
	}
	return AXVM_RESUME;
}

/* --- what the backends call --- */

/* SDM 2, LOCK: an instruction that may not have it is #UD. */
static bool lock_is_wrong(const struct x86_insn *insn)
{
	return (insn->prefixes & X86_PREFIX_LOCK) && !(insn->form->flags & X86_FORM_LOCK);
}

static enum x86_outcome run(struct x86_emul *e)
{
	const struct x86_form *form = e->insn->form;

	if (!form || (!e->insn->is_mem && !(form->flags & X86_FORM_STRING)))
		return x86_emul_refuse(e, x86_decode_name(X86_DECODE_OK));
	if (lock_is_wrong(e->insn))
		return x86_emul_raise(e, X86_TRAP_UD);
	return form->run(e);
}

enum axvm_verdict x86_emulate_mmio(struct x86_vcpu *v, u64 gpa)
{
	enum x86_outcome outcome;
	struct x86_emul e;

	outcome = x86_emul_begin(&e, v);
	if (outcome == X86_EMUL_OK)
		outcome = run(&e);
	if (outcome <= X86_EMUL_AGAIN)
		axvm_vcpu_count(&v->base, AXVM_EXIT_MMIO);
	return x86_emul_finish(&e, outcome);
}
EXPORT_SYMBOL_IF_KUNIT(x86_emulate_mmio);

static bool is_string_io(const struct x86_insn *insn)
{
	return insn->map == X86_MAP_ONE && insn->opcode >= 0x6c && insn->opcode <= 0x6f;
}

enum axvm_verdict x86_emulate_string_io(struct x86_vcpu *v)
{
	enum x86_outcome outcome;
	struct x86_emul e;

	outcome = x86_emul_begin(&e, v);
	if (outcome == X86_EMUL_OK)
		outcome = is_string_io(e.insn) ? run(&e) : X86_EMUL_RETRY;
	if (outcome <= X86_EMUL_AGAIN)
		axvm_vcpu_count(&v->base, AXVM_EXIT_PIO);
	return x86_emul_finish(&e, outcome);
}
EXPORT_SYMBOL_IF_KUNIT(x86_emulate_string_io);

enum axvm_verdict x86_emulate_again(struct x86_vcpu *v)
{
	struct x86_emul e;
	enum x86_outcome outcome = x86_emul_begin(&e, v);

	return x86_emul_finish(&e, outcome == X86_EMUL_OK ? X86_EMUL_RETRY : outcome);
}
EXPORT_SYMBOL_IF_KUNIT(x86_emulate_again);
