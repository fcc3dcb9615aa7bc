// SPDX-License-Identifier: GPL-2.0
/*
 * The one place where the tracepoints of trace.h are made.
 */
#define CREATE_TRACE_POINTS
#include "trace.h"

#if IS_ENABLED(CONFIG_KUNIT)
/* Tests set lines, too. */
EXPORT_TRACEPOINT_SYMBOL_GPL(axvm_irq);
#endif

/* Whatever is added to an enum has a line in trace.h. */
#undef AXVM_TRACE_NAME
#undef AXVM_TRACE_LAST
#define AXVM_TRACE_NAME(value, name)	+ 1
#define AXVM_TRACE_LAST(value, name)	+ 1
static_assert(0 AXVM_TRACE_EXITS == AXVM_EXIT_KINDS + 1);
static_assert(0 AXVM_TRACE_FAULTS == AXVM_FAULT_NO_MEMORY + 1);
static_assert(0 AXVM_TRACE_STATES == AXVM_STATES);
static_assert(0 AXVM_TRACE_REASONS == AXVM_REASONS);
