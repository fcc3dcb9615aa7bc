// SPDX-License-Identifier: GPL-2.0
/*
 * A small builder of AML, see aml.h.
 */
#include "aml.h"

#include <stdlib.h>
#include <string.h>

#include "util.h"

/* Opcodes (20.3). */
#define OP_ZERO		0x00
#define OP_ONE		0x01
#define OP_NAME		0x08
#define OP_BYTE		0x0a
#define OP_WORD		0x0b
#define OP_DWORD	0x0c
#define OP_STRING	0x0d
#define OP_QWORD	0x0e
#define OP_SCOPE	0x10
#define OP_BUFFER	0x11
#define OP_PACKAGE	0x12
#define OP_EXT		0x5b
#define OP_EXT_DEVICE	0x82

/* Tags of resource descriptors (6.4). */
#define TAG_IRQ_NO_FLAGS	0x22	/* small, 2 bytes */
#define TAG_IO			0x47	/* small, 7 bytes */
#define TAG_END			0x79	/* small, 1 byte: a checksum, 0 is right */
#define TAG_MEMORY32_FIXED	0x86
#define TAG_INTERRUPT		0x89

#define NAME_SEG	4
#define ISA_IRQS	16

/* A package length of one byte; of more, the first has 4 bits of it (20.2.4). */
#define PKG_SHORT_MAX	0x3f
#define PKG_MAX_BYTES	4

void aml_free(struct aml *aml)
{
	free(aml->data);
	memset(aml, 0, sizeof(*aml));
}

static void make_room(struct aml *aml, size_t len)
{
	if (aml->len + len <= aml->size)
		return;
	aml->size = 2 * (aml->len + len);
	aml->data = xrealloc(aml->data, aml->size);
}

void aml_bytes(struct aml *aml, const void *data, size_t len)
{
	make_room(aml, len);
	memcpy(aml->data + aml->len, data, len);
	aml->len += len;
}

static void add_byte(struct aml *aml, uint8_t byte)
{
	aml_bytes(aml, &byte, 1);
}

static void add_le(struct aml *aml, uint64_t value, unsigned int len)
{
	for (; len; len--, value >>= 8)
		add_byte(aml, value);
}

static void add_path(struct aml *aml, const char *path)
{
	aml_bytes(aml, path, NAME_SEG + (*path == '\\'));
}

size_t aml_open_scope(struct aml *aml, const char *path)
{
	size_t mark;

	add_byte(aml, OP_SCOPE);
	mark = aml->len;
	add_path(aml, path);
	return mark;
}

size_t aml_open_device(struct aml *aml, const char *name)
{
	size_t mark;

	add_byte(aml, OP_EXT);
	add_byte(aml, OP_EXT_DEVICE);
	mark = aml->len;
	add_path(aml, name);
	return mark;
}

/* The length counts its own bytes. */
static unsigned int encode_length(uint8_t *bytes, size_t len)
{
	unsigned int i, more;

	if (len + 1 <= PKG_SHORT_MAX) {
		bytes[0] = len + 1;
		return 1;
	}
	for (more = 1; (len + 1 + more) >> (4 + 8 * more); more++)
		;
	len += 1 + more;
	bytes[0] = more << 6 | (len & 0xf);
	for (i = 0; i < more; i++)
		bytes[1 + i] = len >> (4 + 8 * i);
	return 1 + more;
}

void aml_close(struct aml *aml, size_t mark)
{
	uint8_t bytes[PKG_MAX_BYTES + 1];
	size_t body = aml->len - mark;
	unsigned int nr = encode_length(bytes, body);

	make_room(aml, nr);
	memmove(aml->data + mark + nr, aml->data + mark, body);
	memcpy(aml->data + mark, bytes, nr);
	aml->len += nr;
}

static void add_integer(struct aml *aml, uint64_t value)
{
	static const struct {
		uint64_t max;
		uint8_t op;
		uint8_t len;
	} forms[] = {
		{ UINT8_MAX, OP_BYTE, 1 },
		{ UINT16_MAX, OP_WORD, 2 },
		{ UINT32_MAX, OP_DWORD, 4 },
		{ UINT64_MAX, OP_QWORD, 8 },
	};
	unsigned int i = 0;

	if (value <= 1) {
		add_byte(aml, value ? OP_ONE : OP_ZERO);
		return;
	}
	while (value > forms[i].max)
		i++;
	add_byte(aml, forms[i].op);
	add_le(aml, value, forms[i].len);
}

static void add_name(struct aml *aml, const char *name)
{
	add_byte(aml, OP_NAME);
	add_path(aml, name);
}

void aml_name_integer(struct aml *aml, const char *name, uint64_t value)
{
	add_name(aml, name);
	add_integer(aml, value);
}

void aml_name_string(struct aml *aml, const char *name, const char *value)
{
	add_name(aml, name);
	add_byte(aml, OP_STRING);
	aml_bytes(aml, value, strlen(value) + 1);
}

/* Three letters of 5 bits and four hexadecimal digits, big endian (19.6.36). */
static uint32_t pack_eisa_id(const char *id)
{
	uint32_t digits = strtoul(id + 3, NULL, 16);
	uint32_t letters = (id[0] & 0x1f) << 10 | (id[1] & 0x1f) << 5 | (id[2] & 0x1f);

	return __builtin_bswap32(letters << 16 | digits);
}

void aml_name_id(struct aml *aml, const char *name, const char *id)
{
	if (strlen(id) != 7) {
		aml_name_string(aml, name, id);
		return;
	}
	add_name(aml, name);
	add_integer(aml, pack_eisa_id(id));
}

void aml_name_package(struct aml *aml, const char *name, const uint64_t *values, unsigned int nr)
{
	size_t mark;
	unsigned int i;

	add_name(aml, name);
	add_byte(aml, OP_PACKAGE);
	mark = aml->len;
	add_byte(aml, nr);
	for (i = 0; i < nr; i++)
		add_integer(aml, values[i]);
	aml_close(aml, mark);
}

void aml_name_resources(struct aml *aml, const char *name, const struct aml *resources)
{
	static const uint8_t end[] = { TAG_END, 0 };
	size_t mark;

	add_name(aml, name);
	add_byte(aml, OP_BUFFER);
	mark = aml->len;
	add_integer(aml, resources->len + sizeof(end));
	if (resources->len)
		aml_bytes(aml, resources->data, resources->len);
	aml_bytes(aml, end, sizeof(end));
	aml_close(aml, mark);
}

void aml_io(struct aml *resources, uint16_t port, uint8_t len)
{
	add_byte(resources, TAG_IO);
	add_byte(resources, 1);		/* decodes 16 bits */
	add_le(resources, port, 2);	/* lowest and */
	add_le(resources, port, 2);	/* highest base */
	add_byte(resources, 1);		/* alignment */
	add_byte(resources, len);
}

void aml_memory(struct aml *resources, uint32_t base, uint32_t len)
{
	add_byte(resources, TAG_MEMORY32_FIXED);
	add_le(resources, 9, 2);
	add_byte(resources, 1);		/* writable */
	add_le(resources, base, 4);
	add_le(resources, len, 4);
}

/* Extended interrupt (6.4.3.6): bit 0 consumer, bit 1 edge. */
static void add_interrupt(struct aml *resources, uint8_t flags, uint32_t gsi)
{
	add_byte(resources, TAG_INTERRUPT);
	add_le(resources, 6, 2);
	add_byte(resources, flags);
	add_byte(resources, 1);		/* one interrupt */
	add_le(resources, gsi, 4);
}

void aml_irq(struct aml *resources, uint32_t irq)
{
	if (irq >= ISA_IRQS) {
		add_interrupt(resources, 0x3, irq);
		return;
	}
	add_byte(resources, TAG_IRQ_NO_FLAGS);
	add_le(resources, 1u << irq, 2);
}

void aml_level_irq(struct aml *resources, uint32_t gsi)
{
	add_interrupt(resources, 0x1, gsi);
}
