// SPDX-License-Identifier: GPL-2.0
/*
 * One counter of an 8254, after Intel's 8254 data sheet (September 1993), whose
 * headings the comments cite. What pit_counter.h says.
 *
 * Called by i8254.c under its lock, in any context. Elapsed ticks are counted
 * from the CLK pulse that moved the count into the counter, one after the write.
 */
#include <linux/bits.h>
#include <linux/export.h>
#include <linux/limits.h>
#include <linux/math.h>
#include <linux/minmax.h>
#include <linux/string.h>
#include <kunit/visibility.h>

#include "pit_counter.h"

/* "Control Word Format" and "Read-Back Command", status. */
#define CW_BCD		BIT(0)
#define CW_MODE(val)	((val) >> 1 & 7)
#define CW_ACCESS(val)	((val) >> 4 & 3)
#define CW_LOW_HIGH	0x30
#define CW_IN_STATUS	GENMASK(5, 0)
#define STATUS_NULL	BIT(6)
#define STATUS_OUTPUT	BIT(7)

enum access {
	ACCESS_LOW = 1,
	ACCESS_HIGH = 2,
	ACCESS_BOTH = 3,
};

static bool is_periodic(const struct pit_counter *counter)
{
	return counter->mode == 2 || counter->mode == 3;
}

/* The gate triggers these instead of enabling them. */
static bool is_triggered(const struct pit_counter *counter)
{
	return counter->mode == 1 || counter->mode == 5;
}

/* Counts wrap here; a count of zero stands for it, "Operation Common to All Modes". */
static u32 modulus(const struct pit_counter *counter)
{
	return counter->control & CW_BCD ? 10000 : 65536;
}

/* Digits above nine count for what they are worth. */
static u32 decode_count(const struct pit_counter *counter, u16 val)
{
	u32 count = val;

	if (counter->control & CW_BCD)
		count = (val >> 12) * 1000 + (val >> 8 & 15) * 100 + (val >> 4 & 15) * 10 +
			(val & 15);
	return count % modulus(counter) ?: modulus(counter);
}

static u16 encode_count(const struct pit_counter *counter, u32 count)
{
	count %= modulus(counter);
	if (counter->control & CW_BCD)
		count = count / 1000 << 12 | count / 100 % 10 << 8 | count / 10 % 10 << 4 |
			count % 10;
	return count;
}

/* Zero until the count has been loaded. */
static u64 elapsed_ticks(const struct pit_counter *counter, u64 now)
{
	s64 elapsed = now - counter->start;

	if (counter->is_held)
		return counter->held;
	return max(elapsed, 0);
}

/* Mode 3: an odd count gives the high half one tick more. */
static u32 high_half(u32 period)
{
	return (period + 1) / 2;
}

/* Take over the count that was waiting for its moment. */
static void load_next(struct pit_counter *counter, u64 start)
{
	if (counter->has_next)
		counter->period = counter->next;
	counter->has_next = false;
	counter->start = start;
	counter->is_held = false;
	counter->is_counting = true;
}

static void hold(struct pit_counter *counter, u64 now)
{
	counter->held = elapsed_ticks(counter, now);
	counter->is_held = true;
}

static void sync(struct pit_counter *counter, u64 now)
{
	if (counter->has_next && counter->next_at <= now)
		load_next(counter, counter->next_at - counter->next_phase);
}

/*
 * "Mode 2" and "Mode 3": a count written while counting takes effect at the end
 * of the period, or of the half of the square wave.
 */
static void defer_next(struct pit_counter *counter, u64 now)
{
	u64 elapsed = elapsed_ticks(counter, now);
	u32 phase = elapsed % counter->period;
	u32 half = high_half(counter->period);
	u32 end = counter->period;

	counter->next_phase = 0;
	if (counter->mode == 3 && phase < half && half < counter->period) {
		end = half;
		counter->next_phase = high_half(counter->next);
	}
	counter->next_at = counter->start + (elapsed - phase) + end;
}

/* All bytes of a count are there. */
static void set_count(struct pit_counter *counter, u16 val, u64 now)
{
	bool was_loaded = counter->is_counting && (s64)(now - counter->start) >= 0;

	counter->next = decode_count(counter, val);
	counter->has_next = true;
	counter->next_at = U64_MAX;
	if (is_triggered(counter))
		return;
	if (is_periodic(counter) && was_loaded) {
		if (counter->gate)
			defer_next(counter, now);
		return;
	}
	load_next(counter, now + 1);
	if (!counter->gate)
		hold(counter, now);
}

void axvm_pit_reset(struct pit_counter *counter, bool gate)
{
	memset(counter, 0, sizeof(*counter));
	counter->control = CW_LOW_HIGH;
	counter->gate = gate;
}
EXPORT_SYMBOL_IF_KUNIT(axvm_pit_reset);

/* "All Control Logic is immediately reset, and OUT goes to a known initial state". */
void axvm_pit_set_mode(struct pit_counter *counter, u8 control)
{
	u8 mode = CW_MODE(control);

	axvm_pit_reset(counter, counter->gate);
	counter->control = control & CW_IN_STATUS;
	/* M2 does not count for modes 2 and 3. */
	counter->mode = mode > 5 ? mode - 4 : mode;
}
EXPORT_SYMBOL_IF_KUNIT(axvm_pit_set_mode);

/* "Mode 0": the first byte of two stops the counter and takes OUT down. */
void axvm_pit_write(struct pit_counter *counter, u8 val, u64 now)
{
	enum access access = CW_ACCESS(counter->control);

	sync(counter, now);
	if (access == ACCESS_BOTH && !counter->write_is_high) {
		counter->write_is_high = true;
		counter->write_low = val;
		if (counter->mode == 0)
			counter->is_counting = false;
		return;
	}
	if (access == ACCESS_BOTH)
		set_count(counter, val << 8 | counter->write_low, now);
	else
		set_count(counter, access == ACCESS_HIGH ? val << 8 : val, now);
	counter->write_is_high = false;
}
EXPORT_SYMBOL_IF_KUNIT(axvm_pit_write);

/* Mode 3: down in steps of two, once for each half; an odd count starts one lower. */
static u32 square_wave_count(const struct pit_counter *counter, u32 phase)
{
	u32 half = high_half(counter->period);

	if (phase >= half)
		phase -= half;
	return (counter->period & ~1u) - 2 * phase;
}

/* A counter that has not started reads zero. */
static u16 current_count(struct pit_counter *counter, u64 now)
{
	u64 elapsed;
	u32 count;

	sync(counter, now);
	if (!counter->is_counting)
		return 0;
	elapsed = elapsed_ticks(counter, now);
	if (counter->mode == 2)
		count = counter->period - elapsed % counter->period;
	else if (counter->mode == 3)
		count = square_wave_count(counter, elapsed % counter->period);
	else
		count = counter->period + modulus(counter) - elapsed % modulus(counter);
	return encode_count(counter, count);
}

u8 axvm_pit_read(struct pit_counter *counter, u64 now)
{
	enum access access = CW_ACCESS(counter->control);
	bool is_high = access == ACCESS_HIGH || counter->read_is_high;
	u16 val;

	if (counter->has_status) {
		counter->has_status = false;
		return counter->status;
	}
	val = counter->is_latched ? counter->latch : current_count(counter, now);
	if (access == ACCESS_BOTH)
		counter->read_is_high = !is_high;
	if (access != ACCESS_BOTH || is_high)
		counter->is_latched = false;
	return is_high ? val >> 8 : val;
}
EXPORT_SYMBOL_IF_KUNIT(axvm_pit_read);

void axvm_pit_latch_count(struct pit_counter *counter, u64 now)
{
	if (counter->is_latched)
		return;
	counter->latch = current_count(counter, now);
	counter->is_latched = true;
}
EXPORT_SYMBOL_IF_KUNIT(axvm_pit_latch_count);

/* "Null count": what was written last is not in the counter yet. */
static bool is_null_count(const struct pit_counter *counter, u64 now)
{
	return !counter->is_counting || counter->has_next || (s64)(now - counter->start) < 0;
}

void axvm_pit_latch_status(struct pit_counter *counter, u64 now)
{
	if (counter->has_status)
		return;
	counter->status = counter->control;
	if (axvm_pit_output(counter, now))
		counter->status |= STATUS_OUTPUT;
	if (is_null_count(counter, now))
		counter->status |= STATUS_NULL;
	counter->has_status = true;
}
EXPORT_SYMBOL_IF_KUNIT(axvm_pit_latch_status);

/* "Gate Pin Operations Summary". */
static void raise_gate(struct pit_counter *counter, u64 now)
{
	bool has_count = counter->period || counter->has_next;

	if (is_triggered(counter) ? has_count : is_periodic(counter) && counter->is_counting)
		load_next(counter, now + 1);
	else if (counter->is_held && (s64)(now - counter->start) >= 0)
		counter->start = now - counter->held;
	counter->is_held = false;
}

static void lower_gate(struct pit_counter *counter, u64 now)
{
	if (is_triggered(counter) || !counter->is_counting)
		return;
	hold(counter, now);
	counter->next_at = U64_MAX;
}

void axvm_pit_set_gate(struct pit_counter *counter, bool gate, u64 now)
{
	if (gate == counter->gate)
		return;
	sync(counter, now);
	counter->gate = gate;
	if (gate)
		raise_gate(counter, now);
	else
		lower_gate(counter, now);
}
EXPORT_SYMBOL_IF_KUNIT(axvm_pit_set_gate);

bool axvm_pit_output(struct pit_counter *counter, u64 now)
{
	u64 elapsed;

	sync(counter, now);
	if (!counter->is_counting)
		return counter->mode != 0;
	elapsed = elapsed_ticks(counter, now);
	switch (counter->mode) {
	case 2:
		return !counter->gate || elapsed % counter->period != counter->period - 1;
	case 3:
		return !counter->gate || elapsed % counter->period < high_half(counter->period);
	case 4:
	case 5:
		return elapsed != counter->period;
	default:
		return elapsed >= counter->period;
	}
}
EXPORT_SYMBOL_IF_KUNIT(axvm_pit_output);

static u64 next_periodic_edge(const struct pit_counter *counter, u64 elapsed, u32 min_ticks)
{
	u32 bunch = roundup(max(min_ticks, counter->period), counter->period);

	if (!counter->has_next)
		return counter->start + (elapsed / bunch + 1) * bunch;
	if (!counter->next_phase)
		return counter->next_at;
	return counter->next_at + counter->next - counter->next_phase;
}

bool axvm_pit_next_edge(struct pit_counter *counter, u64 now, u32 min_ticks, u64 *edge)
{
	u64 elapsed, last;

	sync(counter, now);
	if (!counter->is_counting || counter->is_held)
		return false;
	elapsed = elapsed_ticks(counter, now);
	if (is_periodic(counter)) {
		*edge = next_periodic_edge(counter, elapsed, min_ticks);
		return true;
	}
	/* The strobe of modes 4 and 5 ends one tick after the count. */
	last = counter->mode >= 4 ? counter->period + 1 : counter->period;
	*edge = counter->start + last;
	return elapsed < last;
}
EXPORT_SYMBOL_IF_KUNIT(axvm_pit_next_edge);
