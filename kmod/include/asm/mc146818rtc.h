/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Stands in on architectures without a CMOS clock of their own, where the
 * kernel's <linux/mc146818rtc.h> includes a header that is not there: models
 * need the register numbers alone. The kernel's own comes first where it exists.
 */
#ifndef AXVM_ASM_MC146818RTC_H
#define AXVM_ASM_MC146818RTC_H

#endif /* AXVM_ASM_MC146818RTC_H */
