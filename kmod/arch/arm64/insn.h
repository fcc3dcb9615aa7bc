/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Loads and stores to devices: from the syndrome, or decoded from the instruction.
 */
#ifndef AXVM_ARM64_INSN_H
#define AXVM_ARM64_INSN_H

#include <linux/types.h>

/**
 * struct a64_access - one access to a device, possibly several transfers
 * @write: store
 * @len: bytes of one transfer: 1, 2, 4 or 8 (16: a SIMD register, as two of 8)
 * @nr: transfers: 1, or 2 for pairs and SIMD quad registers
 * @done: how many have been made
 * @sign: sign-extend what was read
 * @sf: into 64 bits rather than 32
 * @simd: @rt are FP/SIMD registers
 * @rt: register of each transfer
 * @writeback: the base register changes
 * @rn: base register, 31 is SP
 * @base: its new value
 * @gpa: of the first transfer
 */
struct a64_access {
	bool write;
	u8 len;
	u8 nr;
	u8 done;
	bool sign;
	bool sf;
	bool simd;
	u8 rt[2];
	bool writeback;
	u8 rn;
	u64 base;
	u64 gpa;
};

/*
 * Decode a load or store (Arm ARM C4.1.88 "Loads and Stores"); rn_val is the value of its base register.
 * Return: false when it is none that may access a device (exclusives, atomics, vectors of several registers, ...).
 */
bool a64_insn_decode(u32 insn, u64 rn_val, struct a64_access *access);
/* Base register of it, to be asked for first; 31 is SP. */
static inline unsigned int a64_insn_rn(u32 insn)
{
	return (insn >> 5) & 31;
}

#endif /* AXVM_ARM64_INSN_H */
