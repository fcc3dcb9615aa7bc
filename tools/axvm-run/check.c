// SPDX-License-Identifier: GPL-2.0
/*
 * "axvm-run check": what configurations amount to, without a module.
 *
 * Called by main.c. Prints findings to standard error, results to standard
 * output.
 */
#include "check.h"

#include <getopt.h>
#include <libfdt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "boot.h"
#include "config.h"
#include "fdt.h"
#include "util.h"
#include "util_json.h"

#define STATUS_USAGE	2

/**
 * struct checker - options and state of one check command
 * @opts: what the command line says about every VM
 * @print_dtb: print the device tree as source
 * @dtb_file: write the device tree here
 * @print_config: print the configuration as TOML
 * @images: read and place the images too
 * @with_json: print results as JSON
 * @json: where to, when @with_json
 */
struct checker {
	struct config_options opts;
	bool print_dtb;
	const char *dtb_file;
	bool print_config;
	bool images;
	bool with_json;
	struct json json;
};

static const char usage[] =
	"Usage: axvm-run check [OPTION]... FILE...\n"
	"Say what is wrong with configurations, without creating VMs.\n"
	"\n"
	"  --images          read the images too: missing or unfit ones are errors\n"
	"  --print-dtb       print the guest's device tree as source\n"
	"  --write-dtb FILE  write the guest's device tree\n"
	"  --print-config    print the configuration as it was understood\n"
	"  --arch ARCH       architecture of the guests (default: their kernels')\n"
	"  -j, --json        print results as JSON\n"
	"  -h, --help        print this\n"
	"\n"
	"The exit status is 0 when every file can run, 3 when a valid file needs\n"
	"something that axvm lacks, 1 when a file is invalid, 2 for wrong usage.\n";

static const char *const verdicts[] = {
	[DIAG_STATUS_OK] = "ok",
	[DIAG_STATUS_INVALID] = "invalid",
	[2] = NULL,
	[DIAG_STATUS_UNSUPPORTED] = "unsupported",
};

static void check_image(const struct config_file *file, const char *key, struct diag *diag)
{
	struct stat st;

	if (!file->path)
		return;
	if (access(file->path, R_OK) || stat(file->path, &st))
		diag_add(diag, DIAG_NOTE, file->pos, key, "%s is not here; running needs it",
			 file->path);
	else if (!S_ISREG(st.st_mode))
		diag_add(diag, DIAG_NOTE, file->pos, key,
			 "%s is no regular file; running needs one", file->path);
}

static bool have_image(const struct config_file *file)
{
	struct stat st;

	return !file->path || (!access(file->path, R_OK) && !stat(file->path, &st) &&
			       S_ISREG(st.st_mode));
}

/* The tree with images placed where they are here, else the tree alone. */
static void *make_tree(const struct axvm_config *cfg, struct boot_plan *plan, struct diag *diag)
{
	const struct boot_blob *blob = boot_find(plan, BOOT_DTB);
	void *copy;

	if (!blob && have_image(&cfg->kernel) && have_image(&cfg->ramdisk)) {
		boot_prepare(plan, cfg, NULL, NULL, NULL, diag);
		blob = boot_find(plan, BOOT_DTB);
	} else if (!blob) {
		return boot_device_tree(cfg, NULL, diag);
	}
	if (!blob)
		return NULL;
	copy = xcalloc(blob->len, 1);
	memcpy(copy, blob->data, blob->len);
	return copy;
}

static void write_tree(const char *path, const void *fdt, struct diag *diag)
{
	FILE *out = fopen(path, "wb");

	if (!out || fwrite(fdt, fdt_totalsize(fdt), 1, out) != 1)
		diag_add(diag, DIAG_ERROR, (struct src_pos){0}, "--write-dtb",
			 "%s cannot be written", path);
	if (out && fclose(out))
		diag_add(diag, DIAG_ERROR, (struct src_pos){0}, "--write-dtb",
			 "%s cannot be written", path);
}

static void show_tree(struct checker *checker, const struct axvm_config *cfg,
		      struct boot_plan *plan, struct diag *diag)
{
	void *fdt = make_tree(cfg, plan, diag);

	if (fdt && checker->print_dtb)
		fdt_print(fdt, stdout);
	if (fdt && checker->dtb_file)
		write_tree(checker->dtb_file, fdt, diag);
	free(fdt);
}

static void show_results(struct checker *checker, const struct axvm_config *cfg,
			 struct diag *diag)
{
	struct boot_plan plan = {0};

	if (checker->images) {
		boot_prepare(&plan, cfg, NULL, NULL, NULL, diag);
	} else {
		check_image(&cfg->kernel, "kernel.kernel_path", diag);
		check_image(&cfg->ramdisk, "kernel.ramdisk_path", diag);
		check_image(&cfg->dtb, "kernel.dtb_path", diag);
	}
	if (!diag_status(diag) && (checker->print_dtb || checker->dtb_file))
		show_tree(checker, cfg, &plan, diag);
	if (!diag_status(diag) && checker->print_config)
		config_print(cfg, stdout);
	boot_free(&plan);
}

static void print_json(struct checker *checker, const char *path, const struct axvm_config *cfg,
		       const struct diag *diag)
{
	struct json *json = &checker->json;

	json_object(json);
	json_key_string(json, "file", path);
	json_key_uint(json, "status", diag_status(diag));
	json_key_string(json, "verdict", verdicts[diag_status(diag)]);
	json_key_string(json, "name", cfg->name);
	json_key_string(json, "arch", config_arch_name(cfg->arch));
	json_key_uint(json, "vcpus", cfg->nr_vcpus);
	json_key_uint(json, "memory", config_memory(cfg));
	json_key(json, "findings");
	diag_print_json(diag, json);
	json_end(json);
}

static int check_file(struct checker *checker, const char *path)
{
	struct axvm_config cfg;
	struct diag diag;
	int status;

	diag_init(&diag, path);
	if (!config_load(&cfg, path, &checker->opts, &diag))
		show_results(checker, &cfg, &diag);
	status = diag_status(&diag);
	if (checker->with_json) {
		print_json(checker, path, &cfg, &diag);
	} else {
		diag_print(&diag, stderr);
		if (!checker->print_dtb && !checker->print_config)
			printf("%s: %s\n", path, verdicts[status]);
	}
	config_free(&cfg);
	diag_free(&diag);
	return status;
}

enum { OPT_IMAGES = 256, OPT_PRINT_DTB, OPT_WRITE_DTB, OPT_PRINT_CONFIG, OPT_ARCH };

static const struct option options[] = {
	{ "images", no_argument, NULL, OPT_IMAGES },
	{ "print-dtb", no_argument, NULL, OPT_PRINT_DTB },
	{ "write-dtb", required_argument, NULL, OPT_WRITE_DTB },
	{ "print-config", no_argument, NULL, OPT_PRINT_CONFIG },
	{ "arch", required_argument, NULL, OPT_ARCH },
	{ "json", no_argument, NULL, 'j' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static bool take_arch(struct checker *checker, const char *name)
{
	struct diag diag;
	bool good;

	diag_init(&diag, NULL);
	good = config_set_option(&checker->opts, "arch", name, &diag);
	diag_print(&diag, stderr);
	diag_free(&diag);
	return good;
}

/* Return: false when the option is bad. */
static bool take_option(struct checker *checker, int option)
{
	switch (option) {
	case OPT_IMAGES:
		checker->images = true;
		return true;
	case OPT_PRINT_DTB:
		checker->print_dtb = true;
		return true;
	case OPT_WRITE_DTB:
		checker->dtb_file = optarg;
		return true;
	case OPT_PRINT_CONFIG:
		checker->print_config = true;
		return true;
	case OPT_ARCH:
		return take_arch(checker, optarg);
	case 'j':
		checker->with_json = true;
		return true;
	default:
		return false;
	}
}

static int check_files(struct checker *checker, int nr, char **files)
{
	int i, status = DIAG_STATUS_OK;

	json_init(&checker->json, stdout);
	if (checker->with_json)
		json_array(&checker->json);
	for (i = 0; i < nr; i++)
		status = diag_worse(status, check_file(checker, files[i]));
	if (checker->with_json)
		json_end(&checker->json);
	return status;
}

int cmd_check(int argc, char **argv)
{
	struct checker checker = {0};
	int option;

	optind = 1;
	while ((option = getopt_long(argc, argv, "jh", options, NULL)) != -1) {
		if (option == 'h') {
			fputs(usage, stdout);
			return 0;
		}
		if (!take_option(&checker, option)) {
			fputs("Try \"axvm-run check --help\".\n", stderr);
			return STATUS_USAGE;
		}
	}
	if (optind == argc) {
		fputs("axvm-run check: which file? Try \"axvm-run check --help\".\n", stderr);
		return STATUS_USAGE;
	}
	if (checker.with_json && (checker.print_dtb || checker.print_config)) {
		fputs("axvm-run check: --json goes with neither --print-dtb nor --print-config\n",
		      stderr);
		return STATUS_USAGE;
	}
	return check_files(&checker, argc - optind, argv + optind);
}
