/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the boot*.c files share: the state of one boot_prepare(), places in
 * guest memory, and what boot.c needs of each architecture.
 *
 * Private to them. One table row per architecture in boot.c. Functions that
 * return false have told the user why.
 */
#ifndef AXVM_RUN_BOOT_ARCH_H
#define AXVM_RUN_BOOT_ARCH_H

#include "boot.h"
#include "fdt.h"
#include "image.h"
#include "util.h"

#define BOOT_PAGE	4096ULL
#define BOOT_NO_LIMIT	UINT64_MAX

struct booter;

/**
 * struct boot_arch - how guests of an architecture are started
 * @arch: which one
 * @load: place kernel, RAM disk and what tells the guest about them
 * @build_tree: fill an empty device tree with CPUs and devices; NULL: there
 *	are no device trees for these guests
 * @complete_tree: add what a given tree lacks: CPUs
 * @max_tree: bytes that a tree may have, 0: any number
 * @initrd_window: the initial RAM disk lies in so many bytes from the GiB on that
 *	the kernel begins in, 0: anywhere
 * @kaslr_seed: the kernel looks for one in the tree
 */
struct boot_arch {
	enum config_arch arch;
	bool (*load)(struct booter *b);
	void (*build_tree)(struct fdt_tree *tree, const struct axvm_config *cfg,
			   const struct boot_host_info *host);
	void (*complete_tree)(struct fdt_tree *tree, const struct axvm_config *cfg,
			      const struct boot_host_info *host);
	uint64_t max_tree;
	uint64_t initrd_window;
	bool kaslr_seed;
};

extern const struct boot_arch boot_riscv;
extern const struct boot_arch boot_arm64;
extern const struct boot_arch boot_x86;

/**
 * struct boot_reserved - memory that is taken
 * @gpa: first byte
 * @len: bytes
 * @what: by what, for messages
 */
struct boot_reserved {
	uint64_t gpa;
	uint64_t len;
	const char *what;
};

/**
 * struct booter - the state of one boot_prepare()
 * @plan: what is being filled
 * @cfg: the configuration
 * @host: what guest CPUs will be
 * @arch: how its architecture starts
 * @reader: how images are read
 * @diag: takes the findings
 * @initrd: the initial RAM disk, owned by the plan
 * @initrd_gpa: where it is
 * @reserved: memory that is taken
 * @nr_reserved: valid entries of it
 */
struct booter {
	struct boot_plan *plan;
	const struct axvm_config *cfg;
	const struct boot_host_info *host;
	const struct boot_arch *arch;
	struct image_reader reader;
	struct diag *diag;
	struct image_bytes initrd;
	uint64_t initrd_gpa;
	struct boot_reserved reserved[BOOT_MAX_BLOBS];
	unsigned int nr_reserved;
};

/* boot_place.c */

/**
 * boot_fail() - report an error
 * @b: the booter
 * @pos: where in the configuration
 * @key: key that is to blame
 * @fmt: what is wrong; what would be right
 *
 * Return: false.
 */
bool boot_fail(struct booter *b, struct src_pos pos, const char *key, const char *fmt, ...)
	__printf(4, 5);

/**
 * boot_keep() - let a plan own memory
 * @plan: the plan
 * @buffer: from malloc() and its like
 *
 * Return: @buffer.
 */
void *boot_keep(struct boot_plan *plan, void *buffer);

/**
 * boot_add_blob() - add bytes for guest memory to a plan
 * @plan: the plan, with room left
 * @kind: what they are
 * @gpa: where they go
 * @data: the bytes, which outlive the plan or are owned by it
 * @len: their number
 * @name: for people, copied
 */
void boot_add_blob(struct boot_plan *plan, enum boot_kind kind, uint64_t gpa, const void *data,
		   uint64_t len, const char *name);

/**
 * boot_reserve() - take memory for something
 * @b: the booter
 * @pos: where the configuration asks for it
 * @key: key that does
 * @gpa: first byte
 * @len: bytes; all in one memory region, and free
 * @what: what for; the string stays
 */
bool boot_reserve(struct booter *b, struct src_pos pos, const char *key, uint64_t gpa,
		  uint64_t len, const char *what);

/**
 * boot_find_obstacle() - what is in the way?
 * @b: the booter
 * @gpa: first byte
 * @len: bytes
 *
 * Return: something that overlaps, or NULL.
 */
const struct boot_reserved *boot_find_obstacle(const struct booter *b, uint64_t gpa,
					       uint64_t len);

/**
 * boot_is_free() - is this writable memory that nobody has taken?
 * @b: the booter
 * @gpa: first byte
 * @len: bytes
 */
bool boot_is_free(const struct booter *b, uint64_t gpa, uint64_t len);

/**
 * boot_place_high() - take memory as high as possible, main memory first
 * @b: the booter
 * @file: what it is for
 * @key: key that names it
 * @len: bytes
 * @align: a power of two
 * @limit: end of the memory that will do
 * @what: what for; the string stays
 * @gpa: the result
 */
bool boot_place_high(struct booter *b, const struct config_file *file, const char *key,
		     uint64_t len, uint64_t align, uint64_t limit, const char *what,
		     uint64_t *gpa);

/**
 * boot_find_low() - the lowest free place in writable memory
 * @b: the booter
 * @from: where to begin
 * @limit: end of the memory that will do
 * @len: bytes
 * @align: a power of two
 * @gpa: the result; not taken
 *
 * Return: false when there is none; nothing is said about it.
 */
bool boot_find_low(const struct booter *b, uint64_t from, uint64_t limit, uint64_t len,
		   uint64_t align, uint64_t *gpa);

/**
 * boot_read_file() - read a file that is owned by the plan
 * @b: the booter
 * @file: the file
 * @key: key that names it
 * @unpack: undo compression
 * @bytes: the result
 */
bool boot_read_file(struct booter *b, const struct config_file *file, const char *key,
		    bool unpack, struct image_bytes *bytes);

/**
 * boot_to_mib() - a size for people, rounded up
 * @size: bytes
 */
unsigned long long boot_to_mib(uint64_t size);

/**
 * boot_how_to_grow() - what to raise when something does not fit
 * @cfg: the configuration
 */
const char *boot_how_to_grow(const struct axvm_config *cfg);

/**
 * boot_check_raw() - is a kernel of no known format meant to be plain bytes?
 * @b: the booter
 *
 * It is when the configuration says where the bytes go.
 *
 * Return: false when not, and that was reported.
 */
bool boot_check_raw(struct booter *b);

/**
 * boot_load_initrd() - read the initial RAM disk, take its memory if that is given
 * @b: the booter
 */
bool boot_load_initrd(struct booter *b);

/**
 * boot_place_initrd() - find a place for the initial RAM disk, if that is not given
 * @b: the booter, after boot_load_initrd()
 * @limit: end of the memory that the guest finds it in
 */
bool boot_place_initrd(struct booter *b, uint64_t limit);

/* boot_tree.c */

/**
 * boot_load_with_tree() - struct boot_arch.load for guests that get a device tree
 * @b: the booter
 */
bool boot_load_with_tree(struct booter *b);

/**
 * boot_make_tree() - the device tree
 * @b: the booter
 *
 * Return: the finished tree, to be freed by the caller, or NULL.
 */
void *boot_make_tree(struct booter *b);

/* Nodes of devices that several architectures can have, but for their place and interrupt. */
void boot_describe_serial(struct fdt_tree *tree, int node, const struct config_device *device);
void boot_describe_goldfish(struct fdt_tree *tree, int node, const struct config_device *device);

/**
 * boot_add_consoles() - aliases of the serial ports; the first is the console
 * @tree: the tree, with nodes /soc/serial@ADDRESS
 * @cfg: the configuration
 */
void boot_add_consoles(struct fdt_tree *tree, const struct axvm_config *cfg);

#endif /* AXVM_RUN_BOOT_ARCH_H */
