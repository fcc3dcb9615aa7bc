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
 * @check_mem: the rest is to be compared, too
 * @base: base register
 * @index: index register
 * @scale: what it is shifted by
 * @seg: segment
 * @rip_relative: counts from the next instruction
 * @disp: displacement
 */
struct insn_vector {
	u8 mode;
	u8 len;
	const char *hex;
	bool check_mem;
	u8 base;
	u8 index;
	u8 scale;
	u8 seg;
	bool rip_relative;
	s64 disp;
};

extern const struct insn_vector insn_vectors[];
extern const unsigned int nr_insn_vectors;

/* In the table: */
#define NONE				X86_NO_REG
#define NO_MEM				false, 0, 0, 0, 0, false, 0
#define MEM(base, index, scale, seg, rip, disp)	true, base, index, scale, X86_##seg, rip, disp

#endif /* AXVM_X86_INSN_TEST_H */
