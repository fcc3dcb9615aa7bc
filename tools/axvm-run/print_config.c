// SPDX-License-Identifier: GPL-2.0
/*
 * A configuration as TOML: what --print-config prints.
 *
 * Called by the commands; reads a configuration of status 0. Loading the text
 * gives the same configuration again, so every key that matters is written.
 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config_loader.h"
#include "util.h"

static void print_string(FILE *out, const char *text)
{
	fputc('"', out);
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			fprintf(out, "\\%c", *text);
		else if ((unsigned char)*text < 0x20 || *text == 0x7f)
			fprintf(out, "\\u%04x", *text);
		else
			fputc(*text, out);
	}
	fputc('"', out);
}

static void print_key_string(FILE *out, const char *key, const char *text)
{
	fprintf(out, "%s = ", key);
	print_string(out, text);
	fputc('\n', out);
}

/* The text may be saved anywhere, so paths in it start at the root. */
static void print_file(FILE *out, const char *name, const struct config_file *file)
{
	char cwd[PATH_MAX], *path;

	if (file->path) {
		if (*file->path == '/' || !getcwd(cwd, sizeof(cwd)))
			path = xstrdup(file->path);
		else
			path = xasprintf("%s/%s", cwd, file->path);
		fprintf(out, "%s_path = ", name);
		print_string(out, path);
		fputc('\n', out);
		free(path);
	}
	if (file->load.set)
		fprintf(out, "%s_load_addr = 0x%llx\n", name,
			(unsigned long long)file->load.value);
}

static bool cpu_in_mask(const struct config_vcpu *vcpu, unsigned int cpu)
{
	return cpu / 8 < vcpu->mask_len && vcpu->mask[cpu / 8] >> (cpu % 8) & 1;
}

/* "0-3,8" */
static void print_cpu_list(FILE *out, const struct config_vcpu *vcpu)
{
	unsigned int first, last, nr = 8 * vcpu->mask_len;
	const char *comma = "";

	fputc('"', out);
	for (first = 0; first < nr; first = last + 1) {
		last = first;
		if (!cpu_in_mask(vcpu, first))
			continue;
		while (cpu_in_mask(vcpu, last + 1))
			last++;
		fprintf(out, "%s%u", comma, first);
		if (last > first)
			fprintf(out, "-%u", last);
		comma = ",";
	}
	fputc('"', out);
}

static void print_cpus(const struct axvm_config *cfg, FILE *out)
{
	bool ids = false;
	unsigned int i;

	fprintf(out, "cpu_num = %u\n", cfg->nr_vcpus);
	for (i = 0; i < cfg->nr_vcpus; i++)
		ids |= cfg->vcpus[i].hw_id != i;
	for (i = 0; ids && i < cfg->nr_vcpus; i++)
		fprintf(out, "%s0x%llx", i ? ", " : "phys_cpu_ids = [",
			(unsigned long long)cfg->vcpus[i].hw_id);
	if (ids)
		fputs("]\n", out);
	if (!cfg->vcpus[0].mask_len)
		return;
	fputs("# Host CPUs on which each vCPU may run.\n", out);
	for (i = 0; i < cfg->nr_vcpus; i++) {
		fputs(i ? ", " : "phys_cpu_sets = [", out);
		print_cpu_list(out, &cfg->vcpus[i]);
	}
	fputs("]\n", out);
}

static void print_base(const struct axvm_config *cfg, FILE *out)
{
	fputs("[base]\n", out);
	if (!cfg->auto_id)
		fprintf(out, "id = %u\n", cfg->id);
	if (*cfg->name)
		print_key_string(out, "name", cfg->name);
	fprintf(out, "vm_type = %d\n", cfg->vm_type);
	print_key_string(out, "arch", config_arch_name(cfg->arch));
	print_cpus(cfg, out);
	if (cfg->sve_bits)
		fprintf(out, "sve_vector_length = %u\n", cfg->sve_bits);
	else if (cfg->sve)
		fputs("sve = true\n", out);
}

static void print_regions(const struct axvm_config *cfg, FILE *out)
{
	unsigned int i;

	fputs("# [gpa, size, flags (1 read, 2 write, 4 execute), map_type (0 allocate)]\n", out);
	fputs("memory_regions = [\n", out);
	for (i = 0; i < cfg->nr_regions; i++)
		fprintf(out, "\t[0x%llx, 0x%llx, 0x%x, %d],\n",
			(unsigned long long)cfg->regions[i].gpa,
			(unsigned long long)cfg->regions[i].size, cfg->regions[i].flags,
			cfg->regions[i].map_type);
	fputs("]\n", out);
	if (cfg->regions[0].prealloc)
		fputs("prealloc = true\n", out);
}

static void print_kernel(const struct axvm_config *cfg, FILE *out)
{
	fputs("\n[kernel]\nimage_location = \"fs\"\n", out);
	print_file(out, "kernel", &cfg->kernel);
	if (cfg->entry.set)
		fprintf(out, "entry_point = 0x%llx\n", (unsigned long long)cfg->entry.value);
	print_file(out, "dtb", &cfg->dtb);
	print_file(out, "ramdisk", &cfg->ramdisk);
	if (cfg->bios.path || cfg->protocol == CONFIG_BOOT_MULTIBOOT)
		fputs("enable_bios = true\n", out);
	print_file(out, "bios", &cfg->bios);
	if (cfg->protocol != CONFIG_BOOT_AUTO)
		print_key_string(out, "boot_protocol", config_protocol_name(cfg->protocol));
	if (cfg->cmdline)
		print_key_string(out, "cmdline", cfg->cmdline);
	print_regions(cfg, out);
}

static void print_device(const struct config_device *device, FILE *out)
{
	unsigned int i;

	fputs("\t[", out);
	print_string(out, device->name);
	fprintf(out, ", 0x%llx, 0x%llx, %u, 0x%llx, [", (unsigned long long)device->base,
		(unsigned long long)device->size, device->irq,
		(unsigned long long)config_device_number(device->type));
	for (i = 0; i < device->nr_cfg; i++)
		fprintf(out, device->cfg[i] < 0x10000 ? "%s%llu" : "%s0x%llx", i ? ", " : "",
			(unsigned long long)device->cfg[i]);
	fprintf(out, "]], # %s\n", device->type);
}

static void print_devices(const struct axvm_config *cfg, FILE *out)
{
	unsigned int i;

	fputs("\n[devices]\npassthrough_devices = []\n", out);
	if (!cfg->nr_devices)
		fputs("default_board = false\n", out);
	fputs("# [name, base_gpa, length, irq_id, emu_type, cfg_list]\nemu_devices = [\n", out);
	for (i = 0; i < cfg->nr_devices; i++)
		print_device(&cfg->devices[i], out);
	fputs("]\n", out);
}

void config_print(const struct axvm_config *cfg, FILE *out)
{
	print_base(cfg, out);
	print_kernel(cfg, out);
	print_devices(cfg, out);
}
