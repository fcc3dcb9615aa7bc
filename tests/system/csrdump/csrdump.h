/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Table of registers that a hypervisor may change and has to put back.
 */
#ifndef CSRDUMP_H
#define CSRDUMP_H

#include <linux/types.h>

/**
 * struct csr_entry - one register
 * @name: as the architecture calls it
 * @read: its value on this CPU; interrupts are off
 * @present: is it there; NULL: always
 */
struct csr_entry {
	const char *name;
	u64 (*read)(void);
	bool (*present)(void);
};

extern const struct csr_entry csr_table[];
extern const unsigned int csr_table_len;

/* Does this machine have any of them? */
bool csr_table_usable(void);

#endif /* CSRDUMP_H */
