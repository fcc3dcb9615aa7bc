// SPDX-License-Identifier: GPL-2.0
/*
 * Places in guest memory, and files to put there; see boot_arch.h.
 *
 * Used by the boot*.c files while a plan is made. What the configuration places
 * explicitly is taken first; the rest finds room.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "boot_arch.h"

#define MIB		(1ULL << 20)

bool boot_fail(struct booter *b, struct src_pos pos, const char *key, const char *fmt, ...)
{
	va_list args;
	char *text;

	va_start(args, fmt);
	text = xvasprintf(fmt, args);
	va_end(args);
	diag_add(b->diag, DIAG_ERROR, pos, key, "%s", text);
	free(text);
	return false;
}

void *boot_keep(struct boot_plan *plan, void *buffer)
{
	plan->buffers[plan->nr_buffers++] = buffer;
	return buffer;
}

void boot_add_blob(struct boot_plan *plan, enum boot_kind kind, uint64_t gpa, const void *data,
		   uint64_t len, const char *name)
{
	struct boot_blob *blob = &plan->blobs[plan->nr_blobs++];

	blob->gpa = gpa;
	blob->len = len;
	blob->data = data;
	blob->kind = kind;
	blob->name = boot_keep(plan, xstrdup(name));
}

unsigned long long boot_to_mib(uint64_t size)
{
	return size / MIB + !!(size % MIB);
}

/* The first region is what --mem sets. */
const char *boot_how_to_grow(const struct axvm_config *cfg)
{
	return cfg->file ? "raise the size in kernel.memory_regions, or --mem" : "raise --mem";
}

bool boot_reserve(struct booter *b, struct src_pos pos, const char *key, uint64_t gpa,
		  uint64_t len, const char *what)
{
	const struct axvm_config *cfg = b->cfg;
	unsigned int i;

	for (i = 0; i < cfg->nr_regions; i++)
		if (range_within(gpa, len, cfg->regions[i].gpa, cfg->regions[i].size))
			break;
	if (i == cfg->nr_regions)
		return boot_fail(b, pos, key,
			    "%s needs %llu MiB at 0x%llx, which is not all in one memory region; "
			    "main memory is %llu MiB at 0x%llx; %s", what, boot_to_mib(len),
			    (unsigned long long)gpa, boot_to_mib(cfg->regions[0].size),
			    (unsigned long long)cfg->regions[0].gpa, boot_how_to_grow(cfg));
	for (i = 0; i < b->nr_reserved; i++)
		if (ranges_overlap(gpa, len, b->reserved[i].gpa, b->reserved[i].len))
			return boot_fail(b, pos, key, "%s at 0x%llx overlaps %s at 0x%llx", what,
				    (unsigned long long)gpa, b->reserved[i].what,
				    (unsigned long long)b->reserved[i].gpa);
	b->reserved[b->nr_reserved++] = (struct boot_reserved){ gpa, len, what };
	return true;
}

const struct boot_reserved *boot_find_obstacle(const struct booter *b, uint64_t gpa,
					       uint64_t len)
{
	unsigned int i;

	for (i = 0; i < b->nr_reserved; i++)
		if (ranges_overlap(gpa, len, b->reserved[i].gpa, b->reserved[i].len))
			return &b->reserved[i];
	return NULL;
}

static bool is_writable(const struct config_region *region)
{
	const uint32_t need = CONFIG_MEM_READ | CONFIG_MEM_WRITE;

	return (region->flags & need) == need;
}

bool boot_is_free(const struct booter *b, uint64_t gpa, uint64_t len)
{
	unsigned int i;

	for (i = 0; i < b->cfg->nr_regions; i++) {
		const struct config_region *region = &b->cfg->regions[i];

		if (is_writable(region) && range_within(gpa, len, region->gpa, region->size))
			return !boot_find_obstacle(b, gpa, len);
	}
	return false;
}

/* The highest free place in a region; every obstacle is met at most once. */
static bool find_high(const struct booter *b, const struct config_region *region, uint64_t limit,
		      uint64_t len, uint64_t align, uint64_t *gpa)
{
	uint64_t end = region->gpa + region->size;

	if (end > limit)
		end = limit;
	while (end >= len && end - len >= region->gpa) {
		const struct boot_reserved *obstacle;

		*gpa = align_down(end - len, align);
		if (*gpa < region->gpa)
			return false;
		obstacle = boot_find_obstacle(b, *gpa, len);
		if (!obstacle)
			return true;
		end = obstacle->gpa;
	}
	return false;
}

bool boot_place_high(struct booter *b, const struct config_file *file, const char *key,
		     uint64_t len, uint64_t align, uint64_t limit, const char *what,
		     uint64_t *gpa)
{
	unsigned int i;

	for (i = 0; i < b->cfg->nr_regions; i++)
		if (is_writable(&b->cfg->regions[i]) &&
		    find_high(b, &b->cfg->regions[i], limit, len, align, gpa))
			return boot_reserve(b, file->pos, key, *gpa, len, what);
	return boot_fail(b, file->pos, key,
			 "%s of %llu MiB finds no room in %llu MiB of memory; %s", what,
			 boot_to_mib(len), boot_to_mib(config_memory(b->cfg)),
			 boot_how_to_grow(b->cfg));
}

/* The lowest free place in a region; every obstacle is met at most once. */
static bool find_low(const struct booter *b, const struct config_region *region, uint64_t from,
		     uint64_t limit, uint64_t len, uint64_t align, uint64_t *gpa)
{
	uint64_t start = align_up(from > region->gpa ? from : region->gpa, align);
	uint64_t end = region->gpa + region->size;

	if (end > limit)
		end = limit;
	while (range_within(start, len, 0, end)) {
		const struct boot_reserved *obstacle = boot_find_obstacle(b, start, len);

		*gpa = start;
		if (!obstacle)
			return true;
		start = align_up(obstacle->gpa + obstacle->len, align);
	}
	return false;
}

bool boot_find_low(const struct booter *b, uint64_t from, uint64_t limit, uint64_t len,
		   uint64_t align, uint64_t *gpa)
{
	bool found = false;
	uint64_t place;
	unsigned int i;

	for (i = 0; i < b->cfg->nr_regions; i++)
		if (is_writable(&b->cfg->regions[i]) &&
		    find_low(b, &b->cfg->regions[i], from, limit, len, align, &place) &&
		    (!found || place < *gpa)) {
			*gpa = place;
			found = true;
		}
	return found;
}

bool boot_read_file(struct booter *b, const struct config_file *file, const char *key,
		    bool unpack, struct image_bytes *bytes)
{
	struct image_error error;
	struct stat st;

	if (!stat(file->path, &st) && S_ISREG(st.st_mode) &&
	    (uint64_t)st.st_size > b->reader.limit)
		return boot_fail(b, file->pos, key, "%s has %llu MiB, the VM has %llu MiB; %s",
			    file->path, boot_to_mib(st.st_size), boot_to_mib(b->reader.limit),
			    boot_how_to_grow(b->cfg));
	if (!image_read(&b->reader, file->path, bytes, &error))
		return boot_fail(b, file->pos, key, "%s %s", file->path, error.text);
	if (unpack && !image_unpack(&b->reader, file->path, bytes, &error)) {
		free(bytes->data);
		return boot_fail(b, file->pos, key, "%s %s", file->path, error.text);
	}
	boot_keep(b->plan, bytes->data);
	return true;
}

bool boot_check_raw(struct booter *b)
{
	const struct axvm_config *cfg = b->cfg;

	if (cfg->kernel.load.set || cfg->entry.set || cfg->protocol == CONFIG_BOOT_REAL ||
	    cfg->protocol == CONFIG_BOOT_PROTECTED)
		return true;
	return boot_fail(b, cfg->kernel.pos, "kernel.kernel_path",
			 "%s is none of the kernels that are known (Linux Image or bzImage, ELF, "
			 "multiboot); if it is plain bytes, say where they go with %s",
			 cfg->kernel.path, cfg->file ? "kernel.kernel_load_addr" : "--load ADDR");
}

bool boot_load_initrd(struct booter *b)
{
	const struct config_file *file = &b->cfg->ramdisk;

	if (!file->path)
		return true;
	if (!boot_read_file(b, file, "kernel.ramdisk_path", false, &b->initrd))
		return false;
	b->initrd_gpa = file->load.value;
	return !file->load.set || boot_reserve(b, file->load.pos, "kernel.ramdisk_load_addr",
					  file->load.value, b->initrd.len, "the initial RAM disk");
}

bool boot_place_initrd(struct booter *b, uint64_t limit)
{
	const struct config_file *file = &b->cfg->ramdisk;
	char *name;

	if (!file->path)
		return true;
	if (!file->load.set &&
	    !boot_place_high(b, file, "kernel.ramdisk_path", b->initrd.len, BOOT_PAGE, limit,
			     "the initial RAM disk", &b->initrd_gpa))
		return false;
	name = xasprintf("initrd %s", file->path);
	boot_add_blob(b->plan, BOOT_INITRD, b->initrd_gpa, b->initrd.data, b->initrd.len, name);
	free(name);
	return true;
}

