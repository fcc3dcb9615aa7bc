// SPDX-License-Identifier: GPL-2.0
/*
 * The output of several consoles as one stream of bytes, see mux.h.
 */
#include "mux.h"

#include <stdlib.h>
#include <string.h>

#include "util.h"

void mux_init(struct mux *mux, unsigned int nr_streams, bool raw)
{
	memset(mux, 0, sizeof(*mux));
	mux->streams = xcalloc(nr_streams, sizeof(*mux->streams));
	mux->nr_streams = nr_streams;
	mux->newline = raw ? "\r\n" : "\n";
}

void mux_free(struct mux *mux)
{
	free(mux->streams);
	free(mux->out);
	memset(mux, 0, sizeof(*mux));
}

static void emit(struct mux *mux, const char *bytes, size_t len)
{
	if (mux->out_size - mux->out_len < len) {
		mux->out_size = 2 * (mux->out_len + len);
		mux->out = xrealloc(mux->out, mux->out_size);
	}
	memcpy(mux->out + mux->out_len, bytes, len);
	mux->out_len += len;
}

static void emit_text(struct mux *mux, const char *text)
{
	emit(mux, text, strlen(text));
}

void mux_end_line(struct mux *mux)
{
	if (mux->line_open)
		emit_text(mux, mux->newline);
	mux->line_open = false;
}

/* Make the open line one of stream @index, ending somebody else's. */
static void take_line(struct mux *mux, unsigned int index)
{
	if (mux->line_open && mux->owner != index)
		mux_end_line(mux);
	mux->owner = index;
}

/* Pass on what a line has so far; all of it when others printed since its beginning. */
static void emit_piece(struct mux *mux, unsigned int index)
{
	struct mux_stream *stream = &mux->streams[index];

	take_line(mux, index);
	if (!mux->line_open) {
		emit_text(mux, "[");
		emit_text(mux, stream->name);
		emit_text(mux, "] ");
		stream->shown = 0;
	}
	emit(mux, stream->line + stream->shown, stream->len - stream->shown);
	stream->shown = stream->len;
	mux->line_open = true;
}

static void begin_line(struct mux_stream *stream)
{
	stream->len = 0;
	stream->shown = 0;
}

static void put_byte(struct mux *mux, unsigned int index, char byte)
{
	struct mux_stream *stream = &mux->streams[index];

	/* A carriage return alone would print over the name. */
	if (byte == '\r')
		return;
	if (byte == '\n') {
		emit_piece(mux, index);
		mux_end_line(mux);
		begin_line(stream);
		return;
	}
	if (stream->len == MUX_LINE_MAX) {
		emit_piece(mux, index);
		begin_line(stream);
	}
	stream->line[stream->len++] = byte;
}

void mux_put(struct mux *mux, unsigned int index, const char *bytes, size_t len)
{
	size_t i;

	if (!len)
		return;
	if (mux->streams[index].name) {
		for (i = 0; i < len; i++)
			put_byte(mux, index, bytes[i]);
		return;
	}
	take_line(mux, index);
	emit(mux, bytes, len);
	mux->line_open = bytes[len - 1] != '\n';
}

bool mux_has_partial(const struct mux *mux, unsigned int index)
{
	return mux->streams[index].len > mux->streams[index].shown;
}

void mux_show(struct mux *mux, unsigned int index)
{
	if (mux_has_partial(mux, index))
		emit_piece(mux, index);
}

void mux_flush(struct mux *mux)
{
	unsigned int i;

	for (i = 0; i < mux->nr_streams; i++)
		mux_show(mux, i);
}

void mux_consume(struct mux *mux, size_t len)
{
	mux->out_len -= len;
	memmove(mux->out, mux->out + len, mux->out_len);
}
