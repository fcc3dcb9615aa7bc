// SPDX-License-Identifier: GPL-2.0
/*
 * Images for the tests: good, packed and damaged ones.
 *
 *   mkimage KIND OUT       one of the kinds in the table below
 *   mkimage PACKING IN OUT gzip, xz, zstd, zboot-gzip, zboot-zstd
 */
#include <elf.h>
#include <lzma.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#include "../util.h"
#include "x86_image.h"

#define BASE	0x80200000ULL
#define BODY	0x3000		/* bytes of every image's contents */

struct buffer {
	unsigned char *data;
	size_t len;
};

static void put(struct buffer *out, size_t at, const void *data, size_t len)
{
	if (at + len > out->len) {
		out->data = xrealloc(out->data, at + len);
		memset(out->data + out->len, 0, at + len - out->len);
		out->len = at + len;
	}
	memcpy(out->data + at, data, len);
}

static void put_le(struct buffer *out, size_t at, uint64_t value, size_t len)
{
	unsigned char bytes[8];
	size_t i;

	for (i = 0; i < len; i++)
		bytes[i] = value >> (8 * i);
	put(out, at, bytes, len);
}

/* Contents that compress a little and differ everywhere. */
static void put_body(struct buffer *out, size_t at, size_t len)
{
	unsigned int state = 1;
	unsigned char byte;
	size_t i;

	for (i = 0; i < len; i++) {
		state = state * 1103515245 + 12345;
		byte = i % 16 < 8 ? 0x13 : state >> 16;
		put(out, at + i, &byte, 1);
	}
}

/* The header that RISC-V and arm64 share. */
static void make_image(struct buffer *out, const char *magic, uint64_t offset, uint64_t size)
{
	put_body(out, 0, BODY);
	put_le(out, 0, 0x0000006f, 8);
	put_le(out, 8, offset, 8);
	put_le(out, 16, size, 8);
	put(out, 56, magic, 4);
}

/* What an ELF file of ours can be told to be. */
struct elf_shape {
	unsigned int type, machine;
	uint64_t base;
	uint64_t entry;
	uint64_t second;	/* offset of the second segment from the first */
	uint64_t file_len;	/* that the second segment claims */
	uint64_t phoff;
	bool program;		/* wants to be started by a loader */
};

static const struct elf_shape good_elf = {
	ET_EXEC, EM_RISCV, BASE, BASE + 0x10, 0x4000, 0x800, sizeof(Elf64_Ehdr),
};

static void make_elf(struct buffer *out, const struct elf_shape *shape)
{
	Elf64_Ehdr ehdr = {
		.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB,
			     EV_CURRENT },
		.e_type = shape->type,
		.e_machine = shape->machine,
		.e_version = EV_CURRENT,
		.e_entry = shape->entry,
		.e_phoff = shape->phoff,
		.e_ehsize = sizeof(ehdr),
		.e_phentsize = sizeof(Elf64_Phdr),
		.e_phnum = 2,
	};
	Elf64_Phdr phdrs[] = {
		{
			.p_type = PT_LOAD, .p_flags = PF_R | PF_X, .p_offset = 0x1000,
			.p_vaddr = shape->base, .p_paddr = shape->base,
			.p_filesz = 0x2000, .p_memsz = 0x2000,
		}, {
			.p_type = PT_LOAD, .p_flags = PF_R | PF_W, .p_offset = 0x3000,
			.p_vaddr = shape->base + shape->second,
			.p_paddr = shape->base + shape->second,
			.p_filesz = shape->file_len, .p_memsz = 0x9000,
		},
	};

	if (shape->program)
		phdrs[1].p_type = PT_INTERP;
	put_body(out, 0x1000, BODY);
	put(out, 0, &ehdr, sizeof(ehdr));
	put(out, sizeof(ehdr), phdrs, sizeof(phdrs));
}

static void make_elf_kind(struct buffer *out, const char *kind)
{
	struct elf_shape shape = good_elf;

	if (!strcmp(kind, "elf-pie")) {
		shape.type = ET_DYN;
		shape.base = 0;
		shape.entry = 0x10;
	} else if (!strcmp(kind, "elf-x86")) {
		shape.machine = EM_X86_64;
	} else if (!strcmp(kind, "elf-arm64")) {
		shape.machine = EM_AARCH64;
		shape.base = 0x40200000;
		shape.entry = 0x40200010;
	} else if (!strcmp(kind, "elf-overlap")) {
		shape.second = 0x1000;
	} else if (!strcmp(kind, "elf-outside")) {
		shape.file_len = 0x5000;
	} else if (!strcmp(kind, "elf-entry")) {
		shape.entry = BASE + 0x3000;
	} else if (!strcmp(kind, "elf-phdr")) {
		shape.phoff = UINT64_MAX - 8;
	} else if (!strcmp(kind, "elf-wrap")) {
		shape.base = UINT64_MAX - 0x1fff;
	} else if (!strcmp(kind, "elf-program")) {
		shape.program = true;
	}
	make_elf(out, &shape);
}

static const struct {
	const char *kind;
	const char *magic;
	uint64_t offset;
	uint64_t size;
} image_kinds[] = {
	{ "riscv", "RSC\x05", 0x200000, 0x10000 },
	{ "riscv-huge", "RSC\x05", 0x200000, 0x40000000 },
	{ "riscv-mad", "RSC\x05", 0x200000, UINT64_MAX },
	{ "arm64", "ARM\x64", 0, 0x10000 },
	{ "arm64-offset", "ARM\x64", 0x80000, 0x10000 },
	/* Before Linux 3.17, and big endian. */
	{ "arm64-old", "ARM\x64", 0x0000080000000000, 0 },
};

/* Kernels of x86_64 guests; what is spoilt is in the name. */
static void make_x86(struct buffer *out, const char *kind)
{
	struct x86_image image = {0};

	if (!strncmp(kind, "bz", 2))
		x86_make_bzimage(&image);
	else if (!strncmp(kind, "multiboot", 9))
		x86_make_multiboot(&image);
	else
		x86_make_elf(&image, strstr(kind, "64"), strstr(kind, "pvh"), strstr(kind, "mb"));
	if (!strcmp(kind, "bz-zimage"))
		x86_setup_header(&image)->loadflags = 0;
	else if (!strcmp(kind, "bz-old"))
		x86_setup_header(&image)->version = 0x201;
	else if (!strcmp(kind, "bz-fixed"))
		x86_setup_header(&image)->relocatable_kernel = 0;
	else if (!strcmp(kind, "bz-huge"))
		x86_setup_header(&image)->init_size = UINT32_MAX;
	else if (!strcmp(kind, "multiboot-video"))
		x86_put_multiboot(&image, MB_HEADER, 0x10007);
	put(out, 0, image.data, image.len);
}

static void make(struct buffer *out, const char *kind)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(image_kinds); i++)
		if (!strcmp(image_kinds[i].kind, kind))
			make_image(out, image_kinds[i].magic, image_kinds[i].offset,
				   image_kinds[i].size);
	if (!strncmp(kind, "x86-", 4))
		make_x86(out, kind + 4);
	else if (!strncmp(kind, "elf", 3))
		make_elf_kind(out, kind);
	else if (!strcmp(kind, "raw"))
		put_body(out, 0, BODY);
	else if (!strcmp(kind, "zeros"))
		put_le(out, 64 << 20, 0, 8);
}

static void pack_gzip(struct buffer *out, const struct buffer *in)
{
	z_stream z = { .next_in = in->data, .avail_in = in->len };

	out->len = in->len + 4096;
	out->data = xcalloc(out->len, 1);
	z.next_out = out->data;
	z.avail_out = out->len;
	if (deflateInit2(&z, 9, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY) != Z_OK ||
	    deflate(&z, Z_FINISH) != Z_STREAM_END)
		exit(1);
	out->len = z.total_out;
	deflateEnd(&z);
}

static void pack_xz(struct buffer *out, const struct buffer *in)
{
	size_t size = lzma_stream_buffer_bound(in->len);

	out->data = xcalloc(size, 1);
	if (lzma_easy_buffer_encode(6, LZMA_CHECK_CRC32, NULL, in->data, in->len, out->data,
				    &out->len, size) != LZMA_OK)
		exit(1);
}

static void pack_zstd(struct buffer *out, const struct buffer *in)
{
	size_t size = ZSTD_compressBound(in->len);

	out->data = xcalloc(size, 1);
	out->len = ZSTD_compress(out->data, size, in->data, in->len, 3);
}

static void pack(struct buffer *out, const char *how, const struct buffer *in)
{
	struct buffer packed = {0};

	if (!strncmp(how, "zboot-", 6)) {
		pack(&packed, how + 6, in);
		put(out, 0, "MZ\0\0zimg", 8);
		put_le(out, 8, 0x400, 4);
		put_le(out, 12, packed.len, 4);
		put(out, 24, how + 6, strlen(how + 6));
		put(out, 0x400, packed.data, packed.len);
		put_le(out, out->len, in->len, 4);
		free(packed.data);
	} else if (!strcmp(how, "gzip")) {
		pack_gzip(out, in);
	} else if (!strcmp(how, "xz")) {
		pack_xz(out, in);
	} else {
		pack_zstd(out, in);
	}
}

static void read_file(const char *path, struct buffer *in)
{
	FILE *file = fopen(path, "rb");

	if (!file || fseek(file, 0, SEEK_END))
		exit(1);
	in->len = ftell(file);
	in->data = xcalloc(in->len, 1);
	rewind(file);
	if (fread(in->data, in->len, 1, file) != 1 || fclose(file))
		exit(1);
}

int main(int argc, char **argv)
{
	struct buffer in = {0}, out = {0};
	FILE *file;

	if (argc == 4) {
		read_file(argv[2], &in);
		pack(&out, argv[1], &in);
	} else if (argc == 3) {
		make(&out, argv[1]);
	}
	if (!out.len)
		return 2;
	file = fopen(argv[argc - 1], "wb");
	if (!file || fwrite(out.data, out.len, 1, file) != 1 || fclose(file))
		return 1;
	free(in.data);
	free(out.data);
	return 0;
}
