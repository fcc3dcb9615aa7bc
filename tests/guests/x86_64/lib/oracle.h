/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Instructions with a device register as operand: what they do is what they do
 * with a word of memory, where the processor itself executes them.
 */
#ifndef X86_64_ORACLE_H
#define X86_64_ORACLE_H

#include "runtime.h"

/*
 * A register that keeps what is written in @width bytes; or, with no width, a
 * place where nothing is, which reads as @constant in each 8 bytes.
 */
struct device {
	const char *name;
	u64 addr;
	unsigned int width;
	u64 constant;
};

/* Local APIC's initial count: 4 bytes; only in xAPIC mode, which this begins. */
extern struct device device_word;
/* I/O APIC's index: one byte. */
extern struct device device_byte;
extern struct device device_hole;

void oracle_init(void);

struct oracle_op {
	const char *name;
	struct insn insn;	/* its operand is at RBX, and nothing else depends on RBX */
	unsigned int width;	/* of the operand in bytes, 1 to 32 */
	u64 flags;		/* of RFLAGS that are defined afterwards */
	bool vector;		/* looks at vector registers, too */
};

#define FLAGS_LOGIC	(RFLAGS_STATUS & ~RFLAGS_AF)

/* Runs it on memory and on the device, with the same registers and the same value. */
void oracle_run(const struct oracle_op *op, const struct device *dev);
/* The same with registers prepared: those of the mask have these values. */
void oracle_run_with(const struct oracle_op *op, const struct device *dev,
		     const struct insn_regs *given, u32 mask);

/* A device that can serve an operand of that width. */
const struct device *device_of_width(unsigned int width);
u64 device_get(const struct device *dev);
void device_set(const struct device *dev, u64 val);

#endif /* X86_64_ORACLE_H */
