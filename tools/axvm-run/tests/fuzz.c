// SPDX-License-Identifier: GPL-2.0
/*
 * Hostile configurations, kernels and device trees, for libFuzzer.
 *
 * The first byte of an input chooses what the rest is. "make fuzz" builds it
 * with clang; run it with a directory of inputs, tests/fuzz-seeds makes some.
 */
#include <libfdt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../boot.h"
#include "../config.h"
#include "../fdt.h"
#include "../image.h"
#include "../util.h"

#define MEMORY_LIMIT	(1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static FILE *null_file(void)
{
	static FILE *file;

	if (!file)
		file = fopen("/dev/null", "w");
	return file;
}

static void load_config(const uint8_t *data, size_t len, enum config_arch arch)
{
	struct config_options opts = { .arch = arch };
	int fd = memfd_create("config", MFD_CLOEXEC);
	struct axvm_config cfg;
	struct diag diag;
	char path[64];
	void *fdt;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (write(fd, data, len) != (ssize_t)len)
		abort();
	diag_init(&diag, path);
	if (!config_load(&cfg, path, &opts, &diag)) {
		config_print(&cfg, null_file());
		fdt = cfg.dtb.path ? NULL : boot_device_tree(&cfg, NULL, &diag);
		if (fdt)
			fdt_print(fdt, null_file());
		free(fdt);
	}
	diag_print(&diag, DIAG_NOTE, null_file());
	diag_free(&diag);
	config_free(&cfg);
	close(fd);
}

static void fuzz_config(const uint8_t *data, size_t len)
{
	load_config(data, len, CONFIG_ARCH_RISCV64);
}

static void fuzz_config_arm64(const uint8_t *data, size_t len)
{
	load_config(data, len, CONFIG_ARCH_ARM64);
}

static void fuzz_image(const uint8_t *data, size_t len)
{
	struct image_reader reader = { .limit = MEMORY_LIMIT };
	struct image_bytes bytes = { xcalloc(len, 1), len };
	struct image_error error;
	struct image_info info;
	unsigned int i;

	memcpy(bytes.data, data, len);
	if (image_unpack(&reader, "image", &bytes, &error) &&
	    image_parse(&bytes, &info, &error))
		for (i = 0; i < info.nr_segments; i++)
			if (!range_within(info.segments[i].offset, info.segments[i].file_len, 0,
					  bytes.len))
				abort();
	free(bytes.data);
}

/* Whatever the kernel is, the plan is sound or there is an error. */
static void load_kernel(const uint8_t *data, size_t len, enum config_arch arch)
{
	struct config_options opts = {
		.arch = arch, .mem = 16 * MEMORY_LIMIT, .cmdline = "x",
	};
	int fd = memfd_create("kernel", MFD_CLOEXEC);
	struct boot_plan plan = {0};
	struct axvm_config cfg;
	struct diag diag;
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (write(fd, data, len) != (ssize_t)len)
		abort();
	opts.kernel = path;
	diag_init(&diag, NULL);
	if (!config_from_options(&cfg, &opts, &diag) &&
	    boot_prepare(&plan, &cfg, NULL, NULL, NULL, &diag) && !diag.nr_items)
		abort();
	boot_free(&plan);
	diag_free(&diag);
	config_free(&cfg);
	close(fd);
}

static void fuzz_x86(const uint8_t *data, size_t len)
{
	load_kernel(data, len, CONFIG_ARCH_X86_64);
}

static void fuzz_arm64(const uint8_t *data, size_t len)
{
	load_kernel(data, len, CONFIG_ARCH_ARM64);
}

static void fuzz_tree(const uint8_t *data, size_t len)
{
	struct fdt_tree tree;
	int chosen;

	fdt_tree_open(&tree, data, len, 4096);
	chosen = fdt_tree_node(&tree, 0, "chosen");
	fdt_tree_string(&tree, chosen, "bootargs", "text");
	fdt_tree_reg(&tree, 0, fdt_tree_node(&tree, 0, "memory@%x", 0x1000), 0x1000, 0x1000);
	if (!fdt_tree_finish(&tree))
		fdt_print(tree.fdt, null_file());
	free(tree.fdt);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static void (*const targets[])(const uint8_t *data, size_t len) = {
		fuzz_config, fuzz_image, fuzz_tree, fuzz_x86, fuzz_config_arm64, fuzz_arm64,
	};

	if (len > 1)
		targets[data[0] % ARRAY_SIZE(targets)](data + 1, len - 1);
	return 0;
}
