// SPDX-License-Identifier: GPL-2.0
/*
 * "axvm-run check": what configurations amount to, without a module.
 *
 * Called by main.c. Prints findings to standard error, results to standard
 * output.
 */
#include <errno.h>
#include <libfdt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "acpi.h"
#include "boot.h"
#include "cmd.h"
#include "config.h"
#include "fdt.h"
#include "mptable.h"
#include "pc.h"
#include "util.h"
#include "util_json.h"

/**
 * struct check_values - options of the check command
 * @json: print results as JSON
 * @print_dtb: print the device tree as source
 * @dtb_file: write the device tree here
 * @tables_dir: write ACPI and MP tables into this directory
 * @force: overwrite files
 * @print_config: print the configuration as TOML
 * @images: read and place the images too
 * @arch: architecture of the guests
 */
struct check_values {
	bool json;
	bool print_dtb;
	const char *dtb_file;
	const char *tables_dir;
	bool force;
	bool print_config;
	bool images;
	const char *arch;
};

/**
 * struct checker - one check command
 * @values: its options
 * @opts: what they say about every VM
 * @json: where to, with -j
 */
struct checker {
	const struct check_values *values;
	struct config_options opts;
	struct json json;
};

static const char *const verdicts[] = {
	[DIAG_STATUS_OK] = "ok",
	[DIAG_STATUS_INVALID] = "invalid",
	[2] = NULL,
	[DIAG_STATUS_UNSUPPORTED] = "unsupported",
};

/* @kind: how bad it is that an image is not here */
static void check_image(const struct config_file *file, const char *key, enum diag_kind kind,
			struct diag *diag)
{
	struct stat st;

	if (!file->path)
		return;
	if (access(file->path, R_OK) || stat(file->path, &st))
		diag_add(diag, kind, file->pos, key, "%s is not here; running needs it",
			 file->path);
	else if (!S_ISREG(st.st_mode))
		diag_add(diag, kind, file->pos, key, "%s is no regular file; running needs one",
			 file->path);
}

static void check_images(const struct axvm_config *cfg, enum diag_kind kind, struct diag *diag)
{
	check_image(&cfg->kernel, "kernel.kernel_path", kind, diag);
	check_image(&cfg->ramdisk, "kernel.ramdisk_path", kind, diag);
	check_image(&cfg->dtb, "kernel.dtb_path", kind, diag);
	check_image(&cfg->bios, "kernel.bios_path", kind, diag);
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

/* What is there already is overwritten only by force. */
static void write_file(const struct checker *checker, const char *option, const char *path,
		       const void *data, size_t len, struct diag *diag)
{
	FILE *out = fopen(path, checker->values->force ? "wbe" : "wbex");
	bool good = out && fwrite(data, len, 1, out) == 1;

	if (out && fclose(out))
		good = false;
	if (!good)
		diag_add(diag, DIAG_ERROR, (struct src_pos){0}, option,
			 "%s cannot be written: %s%s", path, strerror(errno),
			 !out && errno == EEXIST ? "; --force overwrites it" : "");
}

static void show_tree(struct checker *checker, const struct axvm_config *cfg,
		      struct boot_plan *plan, struct diag *diag)
{
	void *fdt = make_tree(cfg, plan, diag);

	if (fdt && checker->values->print_dtb)
		fdt_print(fdt, stdout);
	if (fdt && checker->values->dtb_file)
		write_file(checker, "--write-dtb", checker->values->dtb_file, fdt,
			   fdt_totalsize(fdt), diag);
	free(fdt);
}

static void write_table(const struct checker *checker, const char *name, const void *data,
			size_t len, struct diag *diag)
{
	char *path = xasprintf("%s/%s.dat", checker->values->tables_dir, name);

	write_file(checker, "--write-tables", path, data, len, diag);
	free(path);
}

/* Named as acpidump names them. */
static void write_acpi(const struct checker *checker, const struct axvm_config *cfg,
		       struct diag *diag)
{
	struct acpi acpi;
	unsigned int i;

	acpi_build(&acpi, cfg, PC_ACPI_BASE);
	for (i = 0; i < acpi.nr_tables; i++)
		write_table(checker, acpi.tables[i].name, acpi.data + acpi.tables[i].offset,
			    acpi.tables[i].len, diag);
	acpi_free(&acpi);
}

static void write_tables(const struct checker *checker, const struct axvm_config *cfg,
			 struct diag *diag)
{
	const char *dir = checker->values->tables_dir;
	uint8_t *table;
	size_t len;

	if (cfg->arch != CONFIG_ARCH_X86_64) {
		diag_add(diag, DIAG_UNSUPPORTED, (struct src_pos){0}, "--write-tables",
			 "%s guests get no such tables; --write-dtb is for them",
			 config_arch_name(cfg->arch));
		return;
	}
	if (mkdir(dir, 0777) && errno != EEXIST) {
		diag_add(diag, DIAG_ERROR, (struct src_pos){0}, "--write-tables",
			 "%s cannot be made: %s", dir, strerror(errno));
		return;
	}
	write_acpi(checker, cfg, diag);
	if (!mptable_build(&table, &len, cfg, PC_MP_BASE))
		return;
	write_table(checker, "mptable", table, len, diag);
	free(table);
}

static void show_results(struct checker *checker, const struct axvm_config *cfg,
			 struct diag *diag)
{
	struct boot_plan plan = {0};

	check_images(cfg, checker->values->images ? DIAG_ERROR : DIAG_NOTE, diag);
	if (checker->values->images && !diag_status(diag))
		boot_prepare(&plan, cfg, NULL, NULL, NULL, diag);
	if (!diag_status(diag) && (checker->values->print_dtb || checker->values->dtb_file))
		show_tree(checker, cfg, &plan, diag);
	if (!diag_status(diag) && checker->values->tables_dir)
		write_tables(checker, cfg, diag);
	if (!diag_status(diag) && checker->values->print_config)
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
	if (checker->values->json) {
		print_json(checker, path, &cfg, &diag);
	} else {
		diag_print(&diag, DIAG_NOTE, stderr);
		if (!checker->values->print_dtb && !checker->values->print_config)
			printf("%s: %s\n", path, verdicts[status]);
	}
	config_free(&cfg);
	diag_free(&diag);
	return status;
}

#define CHECK_OPTION(option, letter, kind, field, arg, help) \
	{ option, letter, kind, offsetof(struct check_values, field), arg, help, NULL }

static const struct option_def check_options[] = {
	CHECK_OPTION("images", 0, OPTION_FLAG, images, NULL,
		     "read the images too: missing or unfit ones are errors"),
	CHECK_OPTION("print-dtb", 0, OPTION_FLAG, print_dtb, NULL,
		     "print the guest's device tree as source"),
	CHECK_OPTION("write-dtb", 0, OPTION_TEXT, dtb_file, "FILE",
		     "write the guest's device tree"),
	CHECK_OPTION("write-tables", 0, OPTION_TEXT, tables_dir, "DIR",
		     "write the guest's ACPI and MP tables, one a file"),
	CHECK_OPTION("force", 'f', OPTION_FLAG, force, NULL,
		     "overwrite files with what is written"),
	CHECK_OPTION("print-config", 0, OPTION_FLAG, print_config, NULL,
		     "print the configuration as it was understood"),
	CHECK_OPTION("arch", 0, OPTION_TEXT, arch, "NAME",
		     "architecture of the guests; found out otherwise"),
	OPTION_JSON_AT(struct check_values),
	{ 0 },
};

static int check_files(struct checker *checker, int nr, char **files)
{
	int i, status = DIAG_STATUS_OK;

	json_init(&checker->json, stdout);
	if (checker->values->json)
		json_array(&checker->json);
	for (i = 0; i < nr; i++)
		status = diag_worse(status, check_file(checker, files[i]));
	if (checker->values->json)
		json_end(&checker->json);
	return status;
}

#define ARCHS	"riscv64, aarch64, x86_64, loongarch64"

static int check_main(void *values, int nr_args, char **args)
{
	struct checker checker = { .values = values };
	const struct check_values *given = values;

	checker.opts.from_stdin = true;
	if (given->json && (given->print_dtb || given->print_config)) {
		say_error("check: --json goes with neither --print-dtb nor --print-config");
		return STATUS_USAGE;
	}
	if (given->arch)
		checker.opts.arch = config_arch_by_name(given->arch);
	if (given->arch && checker.opts.arch == CONFIG_ARCH_UNKNOWN) {
		say_error("check: --arch: '%s' is no architecture; " ARCHS " are", given->arch);
		return STATUS_USAGE;
	}
	return check_files(&checker, nr_args, args);
}

const struct command cmd_check = {
	.name = "check",
	.args = "FILE...",
	.summary = "check configuration files; needs no module",
	.details =
"Says what is wrong with configurations, without creating VMs. The file - is standard\n"
"input.\n"
"\n"
"Exit status: 0 every file can run; 3 a valid file needs something that axvm lacks;\n"
"1 a file is invalid; 2 wrong usage.\n",
	.options = check_options,
	.values_size = sizeof(struct check_values),
	.min_args = 1,
	.max_args = -1,
	.run = check_main,
};
