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
