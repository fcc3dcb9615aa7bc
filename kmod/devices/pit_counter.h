/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One counter of an 8254: what its registers and its output are at a tick of
 * its clock. Pure state; the caller, i8254.c, has the clock, locks and lines.
 */
#ifndef AXVM_DEVICES_PIT_COUNTER_H
#define AXVM_DEVICES_PIT_COUNTER_H

#include <linux/types.h>

/**
 * struct pit_counter - one counter
 * @control: RW, M and BCD bits of the control word
 * @mode: 0 to 5
 * @gate: level of the gate input
 * @is_counting: a count was loaded and, in modes 1 and 5, the gate has triggered it
 * @is_held: the gate or half a count keep it from counting; @held is valid
 * @period: count that was loaded, 1 to 65536
 * @start: tick at which @period is in the counter
 * @held: ticks since @start when it was stopped
 * @has_next: a count was written that is not loaded yet
 * @next: that count
 * @next_at: tick at which it is loaded in modes 2 and 3, or U64_MAX: when the gate rises
 * @next_phase: elapsed ticks that the counter has then
 * @write_is_high: the next byte written is the upper one of a pair
 * @write_low: the lower one
 * @read_is_high: the next byte read is the upper one of a pair
 * @is_latched: @latch holds a count that was not read yet
 * @latch: that count
 * @has_status: @status was not read yet
 * @status: latched status
 */
struct pit_counter {
	u8 control;
	u8 mode;
	bool gate;
	bool is_counting;
	bool is_held;
	u32 period;
	u64 start;
	u64 held;
	bool has_next;
	u32 next;
	u64 next_at;
	u32 next_phase;
	bool write_is_high;
	u8 write_low;
	bool read_is_high;
	bool is_latched;
	u16 latch;
	bool has_status;
	u8 status;
};

/* Not programmed, output low. */
void axvm_pit_reset(struct pit_counter *counter, bool gate);

/* Control word other than a latch or read-back command. */
void axvm_pit_set_mode(struct pit_counter *counter, u8 control);

/* Byte to and from the counter's port. @now: current tick, never less than the last time. */
void axvm_pit_write(struct pit_counter *counter, u8 val, u64 now);
u8 axvm_pit_read(struct pit_counter *counter, u64 now);

/* A latch that was not read yet stays. */
void axvm_pit_latch_count(struct pit_counter *counter, u64 now);
void axvm_pit_latch_status(struct pit_counter *counter, u64 now);

void axvm_pit_set_gate(struct pit_counter *counter, bool gate, u64 now);

/* Level of the output. */
bool axvm_pit_output(struct pit_counter *counter, u64 now);

/**
 * axvm_pit_next_edge() - when does the output rise?
 * @counter: counter
 * @now: current tick
 * @min_ticks: shortest distance of two edges in periodic modes; shorter periods
 *	are counted in bunches
 * @edge: gets the tick, greater than @now
 *
 * Return: false when it does not, as things are.
 */
bool axvm_pit_next_edge(struct pit_counter *counter, u64 now, u32 min_ticks, u64 *edge);

#endif /* AXVM_DEVICES_PIT_COUNTER_H */
