// SPDX-License-Identifier: GPL-2.0
/*
 * Time and date in the registers of an MC146818, after Motorola's MC146818A
 * data sheet (1984), whose headings the comments cite. What cmos_time.h says.
 *
 * Called by cmos_rtc.c under its lock, in any context.
 */
#include <linux/bcd.h>
#include <linux/math64.h>
#include <linux/mc146818rtc.h>
#include <linux/minmax.h>
#include <linux/time.h>
#include <linux/timekeeping.h>
#include <kunit/visibility.h>

#include "cmos_time.h"

#define HOUR_PM		0x80	/* "Time, Calendar, and Alarm Locations", 12-hour mode */
#define SECONDS_A_DAY	86400U
#define NO_MATCH	-1
#define ANY_MATCH	-2

/* "Data Mode". */
static u8 encode(const u8 *cmos, unsigned int val)
{
	return cmos[RTC_CONTROL] & RTC_DM_BINARY ? val : bin2bcd(val);
}

static unsigned int decode(const u8 *cmos, u8 val)
{
	return cmos[RTC_CONTROL] & RTC_DM_BINARY ? val : bcd2bin(val);
}

/* "24/12": the hours are 12, 1, ... 11 before noon and the same with HOUR_PM after. */
static u8 encode_hour(const u8 *cmos, unsigned int hour)
{
	if (cmos[RTC_CONTROL] & RTC_24H)
		return encode(cmos, hour);
	return encode(cmos, hour % 12 ?: 12) | (hour >= 12 ? HOUR_PM : 0);
}

static unsigned int decode_hour(const u8 *cmos, u8 val)
{
	if (cmos[RTC_CONTROL] & RTC_24H)
		return decode(cmos, val);
	return decode(cmos, val & ~HOUR_PM) % 12 + (val & HOUR_PM ? 12 : 0);
}

void axvm_cmos_encode(u8 *cmos, time64_t seconds)
{
	unsigned int year;
	struct tm tm;

	time64_to_tm(seconds, 0, &tm);
	/* Years have four digits. */
	year = (u64)(tm.tm_year + 1900) % 10000;
	cmos[RTC_SECONDS] = encode(cmos, tm.tm_sec);
	cmos[RTC_MINUTES] = encode(cmos, tm.tm_min);
	cmos[RTC_HOURS] = encode_hour(cmos, tm.tm_hour);
	cmos[RTC_DAY_OF_WEEK] = encode(cmos, tm.tm_wday + 1);
	cmos[RTC_DAY_OF_MONTH] = encode(cmos, tm.tm_mday);
	cmos[RTC_MONTH] = encode(cmos, tm.tm_mon + 1);
	cmos[RTC_YEAR] = encode(cmos, year % 100);
	cmos[CMOS_CENTURY] = encode(cmos, year / 100);
}
EXPORT_SYMBOL_IF_KUNIT(axvm_cmos_encode);

/* mktime64() carries what is too large, but knows no month 0 and no year 0. */
time64_t axvm_cmos_decode(const u8 *cmos)
{
	unsigned int year = decode(cmos, cmos[CMOS_CENTURY]) * 100 + decode(cmos, cmos[RTC_YEAR]);
	unsigned int month = decode(cmos, cmos[RTC_MONTH]);

	return mktime64(max(year, 1), clamp(month, 1, 12), decode(cmos, cmos[RTC_DAY_OF_MONTH]),
			decode_hour(cmos, cmos[RTC_HOURS]), decode(cmos, cmos[RTC_MINUTES]),
			decode(cmos, cmos[RTC_SECONDS]));
}
EXPORT_SYMBOL_IF_KUNIT(axvm_cmos_decode);

bool axvm_cmos_is_time(u8 reg)
{
	switch (reg) {
	case RTC_SECONDS:
	case RTC_MINUTES:
	case RTC_HOURS:
	case RTC_DAY_OF_WEEK:
	case RTC_DAY_OF_MONTH:
	case RTC_MONTH:
	case RTC_YEAR:
	case CMOS_CENTURY:
		return true;
	default:
		return false;
	}
}

/* What an alarm register waits for: a value, anything, or what never comes. */
static int alarm_value(const u8 *cmos, u8 reg, unsigned int limit)
{
	u8 val = cmos[reg];
	unsigned int wanted;

	if ((val & RTC_ALARM_DONT_CARE) == RTC_ALARM_DONT_CARE)
		return ANY_MATCH;
	wanted = reg == RTC_HOURS_ALARM ? decode_hour(cmos, val) : decode(cmos, val);
	return wanted < limit ? wanted : NO_MATCH;
}

static bool matches(int wanted, unsigned int val)
{
	return wanted == ANY_MATCH || wanted == val;
}

/* Seconds of the day that the loop passes over: the rest of the hour, of the minute, or one. */
static u32 step(u32 now, int hour, int minute)
{
	if (!matches(hour, now / 3600))
		return 3600 - now % 3600;
	if (!matches(minute, now / 60 % 60))
		return 60 - now % 60;
	return 1;
}

/*
 * Whole hours and minutes are passed over, so that the loop is short: at most a
 * day of hours twice, and an hour of minutes and of seconds at either end.
 */
time64_t axvm_cmos_next_alarm(const u8 *cmos, time64_t after)
{
	int hour = alarm_value(cmos, RTC_HOURS_ALARM, 24);
	int minute = alarm_value(cmos, RTC_MINUTES_ALARM, 60);
	int second = alarm_value(cmos, RTC_SECONDS_ALARM, 60);
	u32 now, start, passed;
	s32 rest;

	if (hour == NO_MATCH || minute == NO_MATCH || second == NO_MATCH)
		return CMOS_NEVER;
	div_s64_rem(after + 1, SECONDS_A_DAY, &rest);
	start = (rest + SECONDS_A_DAY) % SECONDS_A_DAY;
	for (passed = 0; passed <= SECONDS_A_DAY; passed += step(now, hour, minute)) {
		now = (start + passed) % SECONDS_A_DAY;
		if (matches(hour, now / 3600) && matches(minute, now / 60 % 60) &&
		    matches(second, now % 60))
			return after + 1 + passed;
	}
	return CMOS_NEVER;
}
EXPORT_SYMBOL_IF_KUNIT(axvm_cmos_next_alarm);
