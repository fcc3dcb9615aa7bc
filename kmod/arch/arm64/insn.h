/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Loads and stores to devices: from the syndrome, or decoded from the instruction.
 */
#ifndef AXVM_ARM64_INSN_H
#define AXVM_ARM64_INSN_H

#include <linux/types.h>

/**
 * struct a64_access - one load or store
 * @write: store
 * @len: bytes of one register: 1, 2, 4, 8, or 16 of a SIMD register
 * @nr: registers: 1, or 2 for a pair
 * @sign: sign-extend what was read
 * @sf: into 64 bits rather than 32
 * @simd: @rt are FP/SIMD registers
 * @rt: the registers, in the order of their addresses
 * @writeback: the base register changes
 * @rn: base register, 31 is SP
 * @step: what is added to it then
 * @offset: of the first register's address from the base before that; for pairs
 */
struct a64_access {
	bool write;
	u8 len;
	u8 nr;
	bool sign;
	bool sf;
	bool simd;
	u8 rt[2];
	bool writeback;
	u8 rn;
	s16 step;
	s16 offset;
};

/**
 * a64_insn_decode() - what an A64 load or store does
 * @insn: the instruction
 * @access: to fill
 *
 * Context: any; pure.
 *
 * Return: false when it is none that may reach a device: exclusives, atomics,
 * vectors of several structures, tags, prefetches.
 */
bool a64_insn_decode(u32 insn, struct a64_access *access);

#endif /* AXVM_ARM64_INSN_H */
