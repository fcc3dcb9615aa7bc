/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What becomes of two exceptions; for event.c and its tests.
 */
#ifndef AXVM_X86_EVENT_H
#define AXVM_X86_EVENT_H

#include "arch/x86/x86.h"

#define X86_EXCEPTIONS	32

/**
 * enum x86_merge - an exception while another one is delivered
 * @X86_MERGE_SECOND: the second is delivered; the first comes again, if it still has a cause
 * @X86_MERGE_DOUBLE_FAULT: #DF
 * @X86_MERGE_SHUTDOWN: the processor stops
 */
enum x86_merge {
	X86_MERGE_SECOND,
	X86_MERGE_DOUBLE_FAULT,
	X86_MERGE_SHUTDOWN,
};

/* Pure. */
enum x86_merge x86_merge_exceptions(u8 first, u8 second);

#endif /* AXVM_X86_EVENT_H */
