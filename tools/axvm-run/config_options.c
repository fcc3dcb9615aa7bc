// SPDX-License-Identifier: GPL-2.0
/*
 * The options of the command line that describe a VM.
 *
 * Called by the commands that take them, which own the parsing of argv.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "util.h"

const struct config_option config_option_list[] = {
	{ "kernel", "FILE", "kernel: Linux Image or bzImage, ELF, multiboot or plain bytes" },
	{ "initrd", "FILE", "initial RAM disk" },
	{ "dtb", "FILE", "device tree to complete instead of making one" },
	{ "name", "NAME", "name of the VM (default: vm<id>)" },
	{ "id", "N", "id of the VM (default: the lowest free one)" },
	{ "mem", "SIZE", "memory, such as 512M or 2G (default: 512M)" },
	{ "cpus", "N", "number of vCPUs (default: 1)" },
	{ "cmdline", "TEXT", "kernel command line instead of the default" },
	{ "append", "TEXT", "text to add to the kernel command line" },
	{ "entry", "ADDR", "where the guest starts (default: the kernel says)" },
	{ "load", "ADDR", "where the kernel goes (default: chosen)" },
	{ "boot-protocol", "NAME", "how the kernel starts (x86_64; default: the kernel says)" },
	{ "prealloc", NULL, "back all memory when the VM is created" },
	{ "arch", "ARCH", "architecture (default: the kernel's, else the host's)" },
	{ NULL, NULL, NULL },
};

/* What kind of value an option has, and where it goes. */
enum value_kind { VALUE_TEXT, VALUE_SIZE, VALUE_NUMBER, VALUE_FLAG, VALUE_ARCH };

#define OPTION(name, kind, field, has)	\
	{ name, kind, offsetof(struct config_options, field), has }
#define HAS(field)			offsetof(struct config_options, field)

static const struct {
	const char *name;
	enum value_kind kind;
	size_t offset;
	size_t has;		/* of the flag that says it was given; 0: none */
} rules[] = {
	OPTION("kernel", VALUE_TEXT, kernel, 0),
	OPTION("initrd", VALUE_TEXT, ramdisk, 0),
	OPTION("dtb", VALUE_TEXT, dtb, 0),
	OPTION("name", VALUE_TEXT, name, 0),
	OPTION("id", VALUE_NUMBER, id, HAS(has_id)),
	OPTION("mem", VALUE_SIZE, mem, 0),
	OPTION("cpus", VALUE_NUMBER, cpus, 0),
	OPTION("cmdline", VALUE_TEXT, cmdline, 0),
	OPTION("append", VALUE_TEXT, append, 0),
	OPTION("entry", VALUE_SIZE, entry, HAS(has_entry)),
	OPTION("load", VALUE_SIZE, load, HAS(has_load)),
	OPTION("boot-protocol", VALUE_TEXT, protocol, 0),
	OPTION("prealloc", VALUE_FLAG, prealloc, 0),
	OPTION("arch", VALUE_ARCH, arch, 0),
};

static bool parse_number(const char *text, uint32_t *number)
{
	uint64_t value;

	if (!config_parse_size(text, &value) || value > INT32_MAX)
		return false;
	*number = value;
	return true;
}

static bool set_value(void *at, enum value_kind kind, const char *value)
{
	switch (kind) {
	case VALUE_TEXT:
		*(const char **)at = value;
		return true;
	case VALUE_SIZE:
		return config_parse_size(value, at);
	case VALUE_NUMBER:
		return parse_number(value, at);
	case VALUE_FLAG:
		*(bool *)at = true;
		return true;
	case VALUE_ARCH:
		*(enum config_arch *)at = config_arch_by_name(value);
		return *(enum config_arch *)at != CONFIG_ARCH_UNKNOWN;
	}
	return false;
}

static const char *const kind_needs[] = {
	[VALUE_TEXT] = "text",
	[VALUE_SIZE] = "a number, perhaps with K, M, G or T",
	[VALUE_NUMBER] = "a number",
	[VALUE_FLAG] = "no value",
	[VALUE_ARCH] = "riscv64, aarch64, x86_64 or loongarch64",
};

/* 0 is what the fields mean by "not given". */
static bool is_zero_size(const char *name, const struct config_options *opts)
{
	return (!strcmp(name, "mem") && !opts->mem) || (!strcmp(name, "cpus") && !opts->cpus);
}

bool config_set_option(struct config_options *opts, const char *name, const char *value,
		       struct diag *diag)
{
	char dashed[32];
	unsigned int i;

	snprintf(dashed, sizeof(dashed), "--%s", name);
	for (i = 0; i < ARRAY_SIZE(rules) && strcmp(rules[i].name, name); i++)
		;
	if (i == ARRAY_SIZE(rules)) {
		diag_add(diag, DIAG_ERROR, (struct src_pos){0}, dashed, "is no option of a VM");
		return false;
	}
	if (!set_value((char *)opts + rules[i].offset, rules[i].kind, value) ||
	    is_zero_size(name, opts)) {
		diag_add(diag, DIAG_ERROR, (struct src_pos){0}, dashed, "\"%s\" is not %s", value,
			 kind_needs[rules[i].kind]);
		return false;
	}
	if (rules[i].has)
		*(bool *)((char *)opts + rules[i].has) = true;
	return true;
}
