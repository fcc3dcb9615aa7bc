// SPDX-License-Identifier: GPL-2.0
/*
 * Undoing the compression of kernel images, see image.h.
 *
 * gzip, xz and zstd through their libraries, and the EFI zboot format
 * ("vmlinuz.efi") that wraps one of them. Output is bounded by the reader.
 */
#include <lzma.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#include "image.h"
#include "util.h"

#define MAX_LAYERS	4		/* packings around each other */
#define FIRST_CHUNK	(256 * 1024)
#define XZ_MEMORY	(1024ULL * 1024 * 1024)	/* the decoder's own, for the largest presets */

/**
 * struct unpacker - one compressed run of bytes on its way
 * @reader: progress and limit
 * @path: for progress
 * @in: packed bytes
 * @in_len: number of packed bytes
 * @in_pos: consumed so far
 * @out: unpacked bytes
 * @cap: allocated for @out
 * @want: enough bytes; decoding stops there
 */
struct unpacker {
	const struct image_reader *reader;
	const char *path;
	const uint8_t *in;
	size_t in_len;
	size_t in_pos;
	struct image_bytes out;
	size_t cap;
	size_t want;
};

enum step { STEP_MORE, STEP_END, STEP_BAD };

/**
 * struct codec - a way to pack
 * @name: for messages
 * @magic: bytes that a stream begins with, perhaps with the NUL that ends the string
 * @magic_len: their number
 * @open: make a decoder; NULL: known but not supported
 * @step: consume from @in, append to @out where there is room
 * @close: free the decoder
 */
struct codec {
	const char *name;
	const char *magic;
	size_t magic_len;
	void *(*open)(void);
	enum step (*step)(void *decoder, struct unpacker *u);
	void (*close)(void *decoder);
};

static void *gzip_open(void)
{
	z_stream *z = xcalloc(1, sizeof(*z));

	if (inflateInit2(z, 16 + MAX_WBITS) == Z_OK)
		return z;
	free(z);
	return NULL;
}

static unsigned int at_most_uint(size_t len)
{
	return len < UINT32_MAX ? len : UINT32_MAX;
}

static enum step gzip_step(void *decoder, struct unpacker *u)
{
	z_stream *z = decoder;
	unsigned int in = at_most_uint(u->in_len - u->in_pos);
	unsigned int out = at_most_uint(u->cap - u->out.len);
	int ret;

	z->next_in = (uint8_t *)u->in + u->in_pos;
	z->avail_in = in;
	z->next_out = u->out.data + u->out.len;
	z->avail_out = out;
	ret = inflate(z, Z_NO_FLUSH);
	u->in_pos += in - z->avail_in;
	u->out.len += out - z->avail_out;
	if (ret == Z_STREAM_END)
		return STEP_END;
	return ret == Z_OK || ret == Z_BUF_ERROR ? STEP_MORE : STEP_BAD;
}

static void gzip_close(void *decoder)
{
	inflateEnd(decoder);
	free(decoder);
}

static void *xz_open(void)
{
	lzma_stream *s = xcalloc(1, sizeof(*s));

	if (lzma_stream_decoder(s, XZ_MEMORY, 0) == LZMA_OK)
		return s;
	free(s);
	return NULL;
}

static enum step xz_step(void *decoder, struct unpacker *u)
{
	lzma_stream *s = decoder;
	lzma_ret ret;

	s->next_in = u->in + u->in_pos;
	s->avail_in = u->in_len - u->in_pos;
	s->next_out = u->out.data + u->out.len;
	s->avail_out = u->cap - u->out.len;
	ret = lzma_code(s, LZMA_RUN);
	u->in_pos = u->in_len - s->avail_in;
	u->out.len = u->cap - s->avail_out;
	if (ret == LZMA_STREAM_END)
		return STEP_END;
	return ret == LZMA_OK || ret == LZMA_BUF_ERROR ? STEP_MORE : STEP_BAD;
}

static void xz_close(void *decoder)
{
	lzma_end(decoder);
	free(decoder);
}

static void *zstd_open(void)
{
	return ZSTD_createDStream();
}

static enum step zstd_step(void *decoder, struct unpacker *u)
{
	ZSTD_inBuffer in = { u->in, u->in_len, u->in_pos };
	ZSTD_outBuffer out = { u->out.data, u->cap, u->out.len };
	size_t ret = ZSTD_decompressStream(decoder, &out, &in);

	u->in_pos = in.pos;
	u->out.len = out.pos;
	if (ZSTD_isError(ret))
		return STEP_BAD;
	return ret ? STEP_MORE : STEP_END;
}

static void zstd_close(void *decoder)
{
	ZSTD_freeDStream(decoder);
}

static const struct codec codecs[] = {
	{ "gzip", "\x1f\x8b", 2, gzip_open, gzip_step, gzip_close },
	{ "xz", "\xfd\x37zXZ", 6, xz_open, xz_step, xz_close },
	{ "zstd", "\x28\xb5\x2f\xfd", 4, zstd_open, zstd_step, zstd_close },
	{ "bzip2", "BZh", 3, NULL, NULL, NULL },
	{ "lz4", "\x04\x22\x4d\x18", 4, NULL, NULL, NULL },
	{ "lz4", "\x02\x21\x4c\x18", 4, NULL, NULL, NULL },
	{ "lzop", "\x89LZO", 4, NULL, NULL, NULL },
	{ "lzma", "\x5d\0\0", 3, NULL, NULL, NULL },
};

static bool has_magic(const uint8_t *data, size_t len, const struct codec *codec)
{
	return len >= codec->magic_len && !memcmp(data, codec->magic, codec->magic_len);
}

static const struct codec *find_codec(const uint8_t *data, size_t len)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(codecs); i++)
		if (has_magic(data, len, &codecs[i]))
			return &codecs[i];
	return NULL;
}

/* Room for more output: up to one byte more than the limit, to see it crossed. */
static bool make_room(struct unpacker *u)
{
	uint64_t cap = u->cap ? 2 * (uint64_t)u->cap : FIRST_CHUNK;

	if (u->out.len < u->cap)
		return true;
	if (u->out.len > u->reader->limit)
		return false;
	if (cap > u->reader->limit + 1)
		cap = u->reader->limit + 1;
	u->out.data = xrealloc(u->out.data, cap);
	u->cap = cap;
	return true;
}

static void tell_progress(const struct unpacker *u)
{
	if (u->reader->progress)
		u->reader->progress(u->path, u->in_pos, u->in_len, u->reader->arg);
}

/* One stream. Each step consumes or produces something, or it is the last. */
static const char *decode_stream(struct unpacker *u, const struct codec *codec, void *decoder)
{
	for (;;) {
		size_t in = u->in_pos, out = u->out.len;
		enum step step;

		if (!make_room(u))
			return "is larger than the VM's memory when unpacked";
		step = codec->step(decoder, u);
		if (step == STEP_END || u->out.len >= u->want)
			return NULL;
		if (step == STEP_BAD)
			return "is damaged: it cannot be unpacked";
		if (u->in_pos == in && u->out.len == out)
			return "is cut short: its packed part ends early";
		tell_progress(u);
	}
}

/* Streams of one kind may follow each other; what follows them is ignored. */
static const char *decode_all(struct unpacker *u, const struct codec *codec)
{
	const char *fault = NULL;

	while (!fault && u->out.len < u->want &&
	       has_magic(u->in + u->in_pos, u->in_len - u->in_pos, codec)) {
		void *decoder = codec->open();

		if (!decoder)
			return "cannot be unpacked: no memory for the decoder";
		fault = decode_stream(u, codec, decoder);
		codec->close(decoder);
	}
	if (!fault && u->out.len > u->reader->limit)
		fault = "is larger than the VM's memory when unpacked";
	tell_progress(u);
	return fault;
}

/*
 * EFI zboot header (drivers/firmware/efi/libstub/zboot-header.S): "MZ", "zimg"
 * at 4, offset of the payload at 8, its length at 12, both little endian.
 */
#define ZBOOT_HEADER	64

static bool is_zboot(const struct image_bytes *bytes)
{
	return bytes->len >= ZBOOT_HEADER && !memcmp(bytes->data, "MZ", 2) &&
	       !memcmp(bytes->data + 4, "zimg", 4);
}

/* Where the packed bytes are: everything, or a zboot file's payload. */
static const char *find_packed(const struct image_bytes *bytes, bool whole_file, struct unpacker *u)
{
	uint64_t offset, len;

	u->in = bytes->data;
	u->in_len = bytes->len;
	if (!is_zboot(bytes))
		return NULL;
	offset = read_le32(bytes->data + 8);
	len = read_le32(bytes->data + 12);
	if (!whole_file && offset < bytes->len && len > bytes->len - offset)
		len = bytes->len - offset;
	if (!len || !range_within(offset, len, 0, bytes->len))
		return "is damaged: its EFI zboot header points outside of the file";
	u->in += offset;
	u->in_len = len;
	return NULL;
}

/* Undo one layer. @done: there was none. */
static const char *unpack_layer(struct unpacker *u, struct image_bytes *bytes, bool whole_file,
				bool *done)
{
	const char *fault = find_packed(bytes, whole_file, u);
	const struct codec *codec;

	if (fault)
		return fault;
	codec = find_codec(u->in, u->in_len);
	*done = !codec;
	if (!codec)
		return is_zboot(bytes) ? "is an EFI zboot file, but not of gzip, xz or zstd" : NULL;
	if (!codec->open)
		return "is packed in a way that is not supported; gzip, xz and zstd are";
	fault = decode_all(u, codec);
	if (fault) {
		free(u->out.data);
		return fault;
	}
	free(bytes->data);
	*bytes = u->out;
	return NULL;
}

static const char *unpack_layers(const struct image_reader *reader, const char *path,
				 struct image_bytes *bytes, size_t want, bool whole_file)
{
	const char *fault = NULL;
	bool done = false;
	unsigned int i;

	for (i = 0; i < MAX_LAYERS && !fault && !done; i++) {
		struct unpacker u = { .reader = reader, .path = path, .want = want };

		fault = unpack_layer(&u, bytes, whole_file, &done);
	}
	return fault || done ? fault : "is packed too many times";
}

bool image_unpack(const struct image_reader *reader, const char *path, struct image_bytes *bytes,
		  struct image_error *error)
{
	const char *fault = unpack_layers(reader, path, bytes, SIZE_MAX, true);

	if (fault)
		snprintf(error->text, sizeof(error->text), "%s", fault);
	return !fault;
}

bool image_unpack_start(struct image_bytes *bytes, size_t len)
{
	struct image_reader reader = { .limit = 64 * 1024 * 1024 };

	return !unpack_layers(&reader, "", bytes, len, false);
}
