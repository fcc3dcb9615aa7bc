// SPDX-License-Identifier: GPL-2.0
/*
 * axvm_test.ko: the KUnit suites; they run when the module is loaded.
 */
#include <linux/module.h>
#include <kunit/visibility.h>

#include "compat.h"

AXVM_IMPORT_NS(EXPORTED_FOR_KUNIT_TESTING);
MODULE_DESCRIPTION("KUnit suites of axvm");
MODULE_LICENSE("GPL");
