// SPDX-License-Identifier: GPL-2.0
/*
 * Exits of instructions on control registers: MOV, LMSW, SMSW, CLTS.
 *
 * svm_cr_exit() is a fast handler, svm_cr_decode() runs loaded: for operands in
 * memory, and where the guest's code cannot be read at once. With decode assist
 * the hardware names the register of a MOV (APM 15.8.1).
 */
#include <asm/trapnr.h>

#include "arch/x86/emul.h"
#include "arch/x86/svm.h"
#include "arch/x86/walk.h"

#define MOV_CR_ASSIST	BIT_ULL(63)

/* Second bytes of the opcodes (APM volume 3). */
#define OP_GROUP7	0x01
#define OP_CLTS		0x06
#define OP_MOV_FROM_CR	0x20
#define OP_MOV_TO_CR	0x22

/* --- MOV --- */

static u64 read_operand(struct x86_vcpu *v, unsigned int reg, u8 mode)
{
	return mode == 8 ? v->gpr[reg] : (u32)v->gpr[reg];
}

/* @len is 0 only where the hardware said what comes next. */
static enum x86_go step(struct svm_vcpu *svm, bool done, unsigned int len)
{
	if (done)
		x86_skip(&svm->base, len);
	return X86_AGAIN;
}

static enum x86_go mov_to_cr(struct svm_vcpu *svm, unsigned int cr, unsigned int reg, u8 mode,
			     unsigned int len)
{
	return step(svm, x86_cr_write(&svm->base, cr, read_operand(&svm->base, reg, mode)), len);
}

static enum x86_go mov_from_cr(struct svm_vcpu *svm, unsigned int cr, unsigned int reg, u8 mode,
			       unsigned int len)
{
	x86_put_reg(&svm->base.gpr[reg], mode == 8 ? 8 : 4, x86_cr_read(&svm->base, cr));
	return step(svm, true, len);
}

static bool is_write(u32 code)
{
	return code >= SVM_EXIT_WRITE_CR0;
}

static enum x86_go run_assisted(struct svm_vcpu *svm, u8 mode)
{
	const struct vmcb_control_area *ctl = &svm->vmcb->control;
	unsigned int reg = ctl->exit_info_1 & SVM_EXITINFO_REG_MASK;
	unsigned int cr = ctl->exit_code % 16;

	if (ctl->exit_code == SVM_EXIT_CR0_SEL_WRITE)
		return mov_to_cr(svm, 0, reg, mode, 0);
	if (is_write(ctl->exit_code))
		return mov_to_cr(svm, cr, reg, mode, 0);
	return mov_from_cr(svm, cr, reg, mode, 0);
}

/* --- by the bytes of the instruction --- */

static enum x86_go run_group7(struct svm_vcpu *svm, const struct x86_insn *insn)
{
	struct x86_vcpu *v = &svm->base;

	if (insn->is_mem)
		return X86_DECODE;
	if ((insn->reg & 7) == X86_GROUP7_LMSW)
		return step(svm, x86_lmsw(v, v->gpr[insn->rm]), insn->len);
	if ((insn->reg & 7) != X86_GROUP7_SMSW)
		return X86_DECODE;
	x86_put_reg(&v->gpr[insn->rm], insn->op_size, v->cr0);
	return step(svm, true, insn->len);
}

static enum x86_go run_decoded(struct svm_vcpu *svm, const struct x86_insn *insn)
{
	struct x86_vcpu *v = &svm->base;
	unsigned int cr = insn->reg;

	/* AMD's way to CR8 outside of 64-bit mode (APM 3.1.5). */
	if (insn->prefixes & X86_PREFIX_LOCK)
		cr |= 8;
	if (insn->map != X86_MAP_0F)
		return X86_DECODE;
	switch (insn->opcode) {
	case OP_MOV_TO_CR:
		return mov_to_cr(svm, cr, insn->rm, insn->mode, insn->len);
	case OP_MOV_FROM_CR:
		return mov_from_cr(svm, cr, insn->rm, insn->mode, insn->len);
	case OP_CLTS:
		return step(svm, x86_cr0_write(v, v->cr0 & ~X86_CR0_TS), insn->len);
	case OP_GROUP7:
		return run_group7(svm, insn);
	default:
		return X86_DECODE;
	}
}

enum x86_go svm_cr_exit(struct svm_vcpu *svm)
{
	u64 words[X86_CODE_WORDS], gpa;
	struct x86_insn insn = {};
	struct x86_code code;
	unsigned int len;

	svm_sync_cr0(svm);
	x86_code_get(&svm->base, &code);
	if (svm_caps.assists && svm->base.next_rip &&
	    (svm->vmcb->control.exit_info_1 & MOV_CR_ASSIST))
		return run_assisted(svm, code.mode);
	if (x86_code_fetch(&svm->base, &code, words, &len, &gpa) != X86_WALK_OK ||
	    x86_insn_decode((u8 *)words, len, code.mode, &insn) != X86_DECODE_OK)
		return X86_DECODE;
	return run_decoded(svm, &insn);
}

/* --- loaded --- */

enum axvm_verdict svm_cr_decode(struct svm_vcpu *svm)
{
	return x86_emulate_msw(&svm->base);
}
