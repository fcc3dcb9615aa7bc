// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit suite: time and date in the formats of an MC146818, and its alarm.
 */
#include <kunit/test.h>
#include <linux/bcd.h>
#include <linux/mc146818rtc.h>
#include <linux/string.h>
#include <linux/timekeeping.h>

#include "cmos_time.h"
#include "pc_test.h"

#define DAY	86400

static const u8 formats[] = { 0, RTC_24H, RTC_DM_BINARY, RTC_24H | RTC_DM_BINARY };

static void known_times_look_right(struct kunit *test)
{
	static const struct {
		u8 format;
		u8 hour, year, century;
		u8 minute;
		u8 month;
	} cases[] = {
		{ RTC_24H, 0x23, 0x99, 0x19, 0x59, 0x12 },
		{ RTC_24H | RTC_DM_BINARY, 23, 99, 19, 59, 12 },
		{ 0, 0x91, 0x99, 0x19, 0x59, 0x12 },
		{ RTC_DM_BINARY, 0x8b, 99, 19, 59, 12 },
	};
	u8 cmos[CMOS_LEN] = {};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		cmos[RTC_CONTROL] = cases[i].format;
		axvm_cmos_encode(cmos, mktime64(1999, 12, 31, 23, 59, 58));
		KUNIT_EXPECT_EQ(test, cmos[RTC_HOURS], cases[i].hour);
		KUNIT_EXPECT_EQ(test, cmos[RTC_YEAR], cases[i].year);
		KUNIT_EXPECT_EQ(test, cmos[CMOS_CENTURY], cases[i].century);
		KUNIT_EXPECT_EQ(test, cmos[RTC_MINUTES], cases[i].minute);
		KUNIT_EXPECT_EQ(test, cmos[RTC_MONTH], cases[i].month);
		/* A Friday. */
		KUNIT_EXPECT_EQ(test, cmos[RTC_DAY_OF_WEEK], 6);
	}
}

/* Midnight and noon are twelve. */
static void twelve_hours(struct kunit *test)
{
	static const u8 hours[24] = {
		0x12, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x10, 0x11,
		0x92, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x90, 0x91,
	};
	u8 cmos[CMOS_LEN] = {};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(hours); i++) {
		axvm_cmos_encode(cmos, mktime64(2026, 2, 28, i, 0, 0));
		KUNIT_EXPECT_EQ(test, cmos[RTC_HOURS], hours[i]);
	}
}

static void what_is_encoded_is_decoded(struct kunit *test)
{
	u8 cmos[CMOS_LEN] = {};
	struct rnd_state random;
	time64_t time;
	unsigned int i;

	seed_random(&random);
	for (i = 0; i < 20000; i++) {
		/* Years 1 to 9999. */
		time = mktime64(1 + random_below(&random, 9999), 1, 1, 0, 0, 0) +
		       random_below(&random, 365 * DAY);
		cmos[RTC_CONTROL] = formats[i % ARRAY_SIZE(formats)];
		axvm_cmos_encode(cmos, time);
		KUNIT_ASSERT_EQ(test, axvm_cmos_decode(cmos), time);
	}
}

static void rubbish_gives_some_time(struct kunit *test)
{
	u8 cmos[CMOS_LEN];
	struct rnd_state random;
	unsigned int i, k;
	time64_t time;

	seed_random(&random);
	for (i = 0; i < 20000; i++) {
		for (k = 0; k < CMOS_LEN; k++)
			cmos[k] = prandom_u32_state(&random);
		time = axvm_cmos_decode(cmos);
		axvm_cmos_encode(cmos, time);
		if (cmos[RTC_CONTROL] & RTC_DM_BINARY)
			continue;
		KUNIT_ASSERT_TRUE(test, bcd_is_valid(cmos[RTC_SECONDS]));
		KUNIT_ASSERT_TRUE(test, bcd_is_valid(cmos[RTC_DAY_OF_MONTH]));
		KUNIT_ASSERT_TRUE(test, bcd_is_valid(cmos[RTC_YEAR]));
		KUNIT_ASSERT_TRUE(test, bcd_is_valid(cmos[CMOS_CENTURY]));
	}
	memset(cmos, 0, sizeof(cmos));
	axvm_cmos_encode(cmos, S64_MAX);
	axvm_cmos_encode(cmos, S64_MIN);
	KUNIT_ASSERT_TRUE(test, bcd_is_valid(cmos[RTC_YEAR]));
}

static bool alarm_matches(const u8 *cmos, u8 reg, u8 now)
{
	return cmos[reg] >= RTC_ALARM_DONT_CARE || cmos[reg] == now;
}

/* The first second after a time whose registers match, looking at each. */
static time64_t search_alarm(const u8 *alarm, time64_t after)
{
	u8 cmos[CMOS_LEN];
	time64_t time;

	cmos[RTC_CONTROL] = alarm[RTC_CONTROL];
	for (time = after + 1; time <= after + DAY; time++) {
		axvm_cmos_encode(cmos, time);
		if (alarm_matches(alarm, RTC_SECONDS_ALARM, cmos[RTC_SECONDS]) &&
		    alarm_matches(alarm, RTC_MINUTES_ALARM, cmos[RTC_MINUTES]) &&
		    alarm_matches(alarm, RTC_HOURS_ALARM, cmos[RTC_HOURS]))
			return time;
	}
	return CMOS_NEVER;
}

static void set_random_alarm(u8 *cmos, struct rnd_state *random)
{
	static const u8 alarms[] = { RTC_SECONDS_ALARM, RTC_MINUTES_ALARM, RTC_HOURS_ALARM };
	unsigned int i;

	cmos[RTC_CONTROL] = formats[random_below(random, ARRAY_SIZE(formats))];
	axvm_cmos_encode(cmos, prandom_u32_state(random));
	for (i = 0; i < ARRAY_SIZE(alarms); i++) {
		cmos[alarms[i]] = cmos[alarms[i] - 1];
		if (random_below(random, 2))
			cmos[alarms[i]] = RTC_ALARM_DONT_CARE | prandom_u32_state(random);
	}
}

static void alarms_are_the_next_match(struct kunit *test)
{
	u8 cmos[CMOS_LEN] = {};
	struct rnd_state random;
	time64_t after;
	unsigned int i;

	seed_random(&random);
	for (i = 0; i < 60; i++) {
		set_random_alarm(cmos, &random);
		after = prandom_u32_state(&random);
		KUNIT_ASSERT_EQ(test, axvm_cmos_next_alarm(cmos, after), search_alarm(cmos, after));
		cond_resched();
	}
}

/* The last second before the alarm, the alarm itself, and before 1970. */
static void alarm_at_its_edges(struct kunit *test)
{
	time64_t noon = mktime64(2026, 3, 1, 12, 30, 15);
	u8 cmos[CMOS_LEN] = {};

	cmos[RTC_CONTROL] = RTC_24H;
	cmos[RTC_HOURS_ALARM] = 0x12;
	cmos[RTC_MINUTES_ALARM] = 0x30;
	cmos[RTC_SECONDS_ALARM] = 0x15;
	KUNIT_EXPECT_EQ(test, axvm_cmos_next_alarm(cmos, noon - 1), noon);
	KUNIT_EXPECT_EQ(test, axvm_cmos_next_alarm(cmos, noon), noon + DAY);
	KUNIT_EXPECT_EQ(test, axvm_cmos_next_alarm(cmos, noon + 1), noon + DAY);
	KUNIT_EXPECT_EQ(test, axvm_cmos_next_alarm(cmos, -DAY), -DAY / 2 + 30 * 60 + 15);
	cmos[RTC_HOURS_ALARM] = RTC_ALARM_DONT_CARE;
	cmos[RTC_MINUTES_ALARM] = 0xff;
	KUNIT_EXPECT_EQ(test, axvm_cmos_next_alarm(cmos, noon), noon + 60);
	cmos[RTC_SECONDS_ALARM] = 0xc0;
	KUNIT_EXPECT_EQ(test, axvm_cmos_next_alarm(cmos, noon), noon + 1);
}

static void impossible_alarms_never_come(struct kunit *test)
{
	static const struct {
		u8 reg;
		u8 val;
	} cases[] = {
		{ RTC_SECONDS_ALARM, 0x60 }, { RTC_MINUTES_ALARM, 0x99 }, { RTC_HOURS_ALARM, 0x24 },
		{ RTC_HOURS_ALARM, 0xbf }, { RTC_SECONDS_ALARM, 0xbf },
	};
	u8 cmos[CMOS_LEN];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		memset(cmos, 0, sizeof(cmos));
		cmos[RTC_CONTROL] = RTC_24H;
		cmos[cases[i].reg] = cases[i].val;
		KUNIT_EXPECT_EQ_MSG(test, axvm_cmos_next_alarm(cmos, 0), CMOS_NEVER, "case %u", i);
	}
}

static struct kunit_case cmos_time_cases[] = {
	KUNIT_CASE(known_times_look_right),
	KUNIT_CASE(twelve_hours),
	KUNIT_CASE(what_is_encoded_is_decoded),
	KUNIT_CASE(rubbish_gives_some_time),
	KUNIT_CASE(alarms_are_the_next_match),
	KUNIT_CASE(alarm_at_its_edges),
	KUNIT_CASE(impossible_alarms_never_come),
	{}
};

static struct kunit_suite cmos_time_suite = {
	.name = "axvm-cmos-time",
	.test_cases = cmos_time_cases,
};

kunit_test_suite(cmos_time_suite);
