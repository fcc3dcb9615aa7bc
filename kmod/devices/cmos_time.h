/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Time and date in the registers of an MC146818: to and from seconds, and when
 * its alarm goes off. Pure functions for cmos_rtc.c.
 */
#ifndef AXVM_DEVICES_CMOS_TIME_H
#define AXVM_DEVICES_CMOS_TIME_H

#include <linux/limits.h>
#include <linux/time64.h>
#include <linux/types.h>

#define CMOS_LEN	128

/* Upper two digits of the year: where the ACPI tables say it is. */
#define CMOS_CENTURY	0x32

#define CMOS_NEVER	S64_MAX

/**
 * axvm_cmos_encode() - what the registers show
 * @cmos: RTC_CONTROL is valid; gets time, date and century
 * @seconds: since 1970
 */
void axvm_cmos_encode(u8 *cmos, time64_t seconds);

/* Seconds since 1970; registers that make no sense give some time. */
time64_t axvm_cmos_decode(const u8 *cmos);

/* Is this register part of time and date? */
bool axvm_cmos_is_time(u8 reg);

/**
 * axvm_cmos_next_alarm() - when does the alarm go off?
 * @cmos: RTC_CONTROL and the alarm registers are valid
 * @after: seconds since 1970
 *
 * Return: seconds since 1970, greater than @after by a day at most, or CMOS_NEVER.
 */
time64_t axvm_cmos_next_alarm(const u8 *cmos, time64_t after);

#endif /* AXVM_DEVICES_CMOS_TIME_H */
