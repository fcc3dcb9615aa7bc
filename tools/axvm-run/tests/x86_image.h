/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Kernels for x86_64 guests that the tests start: made in memory, with a few
 * fields to spoil.
 */
#ifndef AXVM_RUN_TESTS_X86_IMAGE_H
#define AXVM_RUN_TESTS_X86_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <asm/bootparam.h>

#define X86_IMAGE_MAX	0x8000

/**
 * struct x86_image - a file
 * @data: its bytes
 * @len: their number
 */
struct x86_image {
	uint8_t data[X86_IMAGE_MAX];
	size_t len;
};

#define BZ_SETUP	1024	/* bytes before the protected-mode code */
#define BZ_BODY		0x3000	/* bytes of it */
#define BZ_PREFERRED	0x1000000
#define BZ_INIT_SIZE	0x800000

/* A bzImage of protocol 2.15, 64 bits, relocatable. */
void x86_make_bzimage(struct x86_image *image);

/* The setup header in the file, to be changed. */
struct setup_header *x86_setup_header(struct x86_image *image);

#define ELF_BASE	0x100000
#define ELF_ENTRY	(ELF_BASE + 0x20)
#define ELF_PVH		(ELF_BASE + 0x40)
#define ELF_SECOND	(ELF_BASE + 0x4000)
#define ELF_BSS		0x9000	/* bytes of the second segment in memory */

/**
 * x86_make_elf() - an executable with two segments
 * @image: filled
 * @wide: of 64 bits
 * @pvh: with a note for PVH
 * @multiboot: with a multiboot header
 */
void x86_make_elf(struct x86_image *image, bool wide, bool pvh, bool multiboot);

#define MB_LOAD		0x200000
#define MB_HEADER	0x100	/* offset of the header in the file */
#define MB_ENTRY	(MB_LOAD + 0x200)
#define MB_BODY		0x2000
#define MB_MEMORY	0x6000

/* A flat kernel with a multiboot header that has addresses. */
void x86_make_multiboot(struct x86_image *image);

/* A multiboot header, without its addresses. */
void x86_put_multiboot(struct x86_image *image, size_t offset, uint32_t flags);

/* 32-bit word of a file, to be changed. */
void x86_put32(struct x86_image *image, size_t offset, uint32_t value);
uint32_t x86_get32(const struct x86_image *image, size_t offset);

#endif /* AXVM_RUN_TESTS_X86_IMAGE_H */
