/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The output of several consoles as one stream of bytes.
 *
 * Lines of a console are kept whole and get its name in front, unless it is the
 * one that people work with: that passes through as it is. An incomplete line that
 * was shown, and then others came between, is shown again when it goes on. No input or output
 * happens here. Used by attach.c. Single-threaded.
 */
#ifndef AXVM_RUN_MUX_H
#define AXVM_RUN_MUX_H

#include <stdbool.h>
#include <stddef.h>

/* Longer lines are passed on in pieces. */
#define MUX_LINE_MAX	1024

/* Above so many bytes waiting, nothing should be put. */
#define MUX_FULL	(64u << 10)

/**
 * struct mux_stream - the output of one console
 * @name: put in front of its lines; NULL: passes through
 * @line: bytes of a line that is not complete
 * @len: their number
 * @shown: how many of them were passed on already
 */
struct mux_stream {
	const char *name;
	char line[MUX_LINE_MAX];
	size_t len;
	size_t shown;
};

/**
 * struct mux - several consoles and what is to be written
 * @streams: array
 * @nr_streams: its length
 * @newline: what ends a line
 * @line_open: the last byte to be written did not end a line
 * @owner: stream to which the open line belongs
 * @out: bytes to be written
 * @out_len: their number
 * @out_size: private: room in @out
 */
struct mux {
	struct mux_stream *streams;
	unsigned int nr_streams;
	const char *newline;
	bool line_open;
	unsigned int owner;
	char *out;
	size_t out_len;
	size_t out_size;
};

/**
 * mux_init() - prepare for a number of consoles, all of which pass through
 * @mux: the multiplexer
 * @nr_streams: how many
 * @raw: the output goes to a raw terminal
 */
void mux_init(struct mux *mux, unsigned int nr_streams, bool raw);

/* Release what @mux owns. */
void mux_free(struct mux *mux);

/**
 * mux_put() - a console printed something
 * @mux: the multiplexer
 * @index: which console
 * @bytes: what it printed
 * @len: number of bytes
 */
void mux_put(struct mux *mux, unsigned int index, const char *bytes, size_t len);

/**
 * mux_has_partial() - is an incomplete line of a console held back?
 * @mux: the multiplexer
 * @index: which console
 */
bool mux_has_partial(const struct mux *mux, unsigned int index);

/**
 * mux_show() - pass on a console's incomplete line, such as a prompt
 * @mux: the multiplexer
 * @index: which console
 */
void mux_show(struct mux *mux, unsigned int index);

/**
 * mux_flush() - pass on the incomplete lines of all consoles
 * @mux: the multiplexer
 */
void mux_flush(struct mux *mux);

/**
 * mux_end_line() - end the line that is open, if one is
 * @mux: the multiplexer
 */
void mux_end_line(struct mux *mux);

/**
 * mux_consume() - forget bytes that were written
 * @mux: the multiplexer
 * @len: number of bytes from the start of @mux->out
 */
void mux_consume(struct mux *mux, size_t len);

#endif /* AXVM_RUN_MUX_H */
