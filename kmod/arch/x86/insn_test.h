/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Vectors of the decoder's KUnit suite, which tests/decoder/vectors writes. Part of axvm_test.ko.
 */
#ifndef AXVM_X86_INSN_TEST_H
#define AXVM_X86_INSN_TEST_H

#include <linux/array_size.h>

#include "arch/x86/x86.h"

/**
 * struct insn_vector - an instruction, and what a disassembler says about it
 * @mode: size of the code segment
 * @len: bytes
 * @hex: the bytes
 * @mem: memory operand
 * @mem.check: the others are to be compared, too
 * @mem.base: base register
 * @mem.index: index register
 * @mem.scale: what it is shifted by
 * @mem.seg: segment
 * @mem.rip_relative: counts from the next instruction
 * @mem.disp: displacement
 */
struct insn_vector {
	u8 mode;
	u8 len;
	const char *hex;
	struct {
		bool check;
		u8 base;
		u8 index;
		u8 scale;
		u8 seg;
		bool rip_relative;
		s64 disp;
	} mem;
};

extern const struct insn_vector insn_vectors[];
extern const unsigned int nr_insn_vectors;

/* In the table: */
#define NONE	X86_NO_REG
#define NO_MEM	{ .check = false }
#define MEM(b, i, scale, seg, rip, d)	{ true, b, i, scale, X86_##seg, rip, d }

#endif /* AXVM_X86_INSN_TEST_H */
