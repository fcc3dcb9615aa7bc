// SPDX-License-Identifier: GPL-2.0
/*
 * From configuration files or options to VMs, see launch.h.
 */
#include "launch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "progress.h"
#include "util.h"
#include "util_json.h"
#include "vm_text.h"
#include "vmdev.h"

/* --- options --- */

#define LAUNCH_OPTION(option, letter, kind, field, arg, help) \
	{ option, letter, kind, offsetof(struct vm_values, field), arg, help, NULL }

const struct option_def launch_options[] = {
	LAUNCH_OPTION("kernel", 'k', OPTION_TEXT, kernel, "FILE",
		      "the kernel of a VM without a configuration: a Linux\n"
		      "Image (compressed too) or bzImage, an ELF file, a\n"
		      "multiboot kernel, or plain bytes"),
	LAUNCH_OPTION("initrd", 'i', OPTION_TEXT, initrd, "FILE",
		      "its initial RAM disk"),
	LAUNCH_OPTION("dtb", 'd', OPTION_TEXT, dtb, "FILE",
		      "its device tree, instead of a generated one (not for\n"
		      "x86_64)"),
	LAUNCH_OPTION("name", 'n', OPTION_TEXT, name, "NAME",
		      "name of the VM"),
	LAUNCH_OPTION("id", 0, OPTION_NUMBER, id, "N",
		      "id of the VM; the kernel chooses one otherwise"),
	LAUNCH_OPTION("mem", 'm', OPTION_SIZE, mem, "SIZE",
		      "memory of the VM, such as 2G; 512M without a\nconfiguration"),
	LAUNCH_OPTION("cpus", 'c', OPTION_NUMBER, cpus, "N",
		      "number of vCPUs; 1 without a configuration"),
	LAUNCH_OPTION("cmdline", 'C', OPTION_TEXT, cmdline, "TEXT",
		      "command line of the kernel"),
	LAUNCH_OPTION("append", 'a', OPTION_TEXT, append, "TEXT",
		      "add to the command line, also to a configuration's"),
	LAUNCH_OPTION("entry", 0, OPTION_NUMBER, entry, "ADDR",
		      "where the first vCPU starts; the kernel image says\n"
		      "otherwise"),
	LAUNCH_OPTION("load", 0, OPTION_NUMBER, load, "ADDR",
		      "where the kernel is loaded; needed for plain bytes"),
	LAUNCH_OPTION("arch", 0, OPTION_TEXT, arch, "NAME",
		      "architecture of the VM; found out otherwise"),
	LAUNCH_OPTION("boot-protocol", 0, OPTION_TEXT, protocol, "NAME",
		      "how the kernel starts: multiboot, linux32, pvh, elf,\n"
		      "real or protected (x86_64); found out otherwise"),
	LAUNCH_OPTION("prealloc", 0, OPTION_FLAG, prealloc, NULL,
		      "take all memory when the VM is created"),
	LAUNCH_OPTION("print-config", 0, OPTION_FLAG, print_config, NULL,
		      "print a configuration file that says the same, and\n"
		      "do nothing else"),
	OPTION_JSON_AT(struct vm_values),
	{ 0 },
};

/* --- configurations --- */

static int check_file_values(const struct vm_values *values, int nr_files)
{
	if (values->kernel || values->initrd || values->dtb) {
		say_error("--kernel, --initrd and --dtb are for a VM without a configuration");
		return STATUS_USAGE;
	}
	if (nr_files > 1 && (values->name || values->id.given)) {
		say_error("--name and --id are for one VM, not for %d", nr_files);
		return STATUS_USAGE;
	}
	return STATUS_OK;
}

static int check_numbers(const struct vm_values *values)
{
	if (values->id.value > UINT32_MAX) {
		say_error("--id: larger than 32 bits");
		return STATUS_USAGE;
	}
	if (values->cpus.given && (!values->cpus.value || values->cpus.value > CONFIG_MAX_VCPUS)) {
		say_error("--cpus: a VM has 1 to %d vCPUs", CONFIG_MAX_VCPUS);
		return STATUS_USAGE;
	}
	if (values->mem.given && !values->mem.value) {
		say_error("--mem: a VM needs memory");
		return STATUS_USAGE;
	}
	if (values->arch && config_arch_by_name(values->arch) == CONFIG_ARCH_UNKNOWN) {
		say_error("--arch: '%s' is no architecture; riscv64, aarch64 and x86_64 are",
			  values->arch);
		return STATUS_USAGE;
	}
	return STATUS_OK;
}

static int check_values(const struct vm_values *values, int nr_files)
{
	int status = check_numbers(values);

	if (status)
		return status;
	if (nr_files)
		return check_file_values(values, nr_files);
	if (values->kernel)
		return STATUS_OK;
	say_error("which VM? name a configuration file, or a kernel with --kernel");
	return STATUS_USAGE;
}

static struct config_options to_options(const struct vm_values *values)
{
	return (struct config_options){
		.kernel = values->kernel,
		.ramdisk = values->initrd,
		.dtb = values->dtb,
		.name = values->name,
		.cmdline = values->cmdline,
		.append = values->append,
		.mem = values->mem.value,
		.cpus = values->cpus.value,
		.id = values->id.value,
		.has_id = values->id.given,
		.entry = values->entry.value,
		.has_entry = values->entry.given,
		.load = values->load.value,
		.has_load = values->load.given,
		.protocol = values->protocol,
		.prealloc = values->prealloc,
		.arch = values->arch ? config_arch_by_name(values->arch) : CONFIG_ARCH_UNKNOWN,
	};
}

/* A value that an option cannot have is wrong usage; a bad file is not. */
static bool is_bad_value(const struct diag_item *item)
{
	static const char *const options[] = {
		"--name", "--mem", "--cpus", "--entry", "--load", "--boot-protocol", "--cmdline",
		"--append",
	};
	unsigned int i;

	for (i = 0; item->key && !item->pos.line && i < ARRAY_SIZE(options); i++)
		if (!strcmp(item->key, options[i]))
			return true;
	return false;
}

static int status_of(const struct diag *diag)
{
	bool usage = false, other = diag->nr_items == DIAG_MAX_ITEMS;
	unsigned int i;

	if (diag_status(diag) != DIAG_STATUS_INVALID)
		return diag_status(diag) ? STATUS_UNSUPPORTED : STATUS_OK;
	for (i = 0; i < diag->nr_items; i++) {
		if (diag->items[i].kind != DIAG_ERROR)
			continue;
		usage |= is_bad_value(&diag->items[i]);
		other |= !is_bad_value(&diag->items[i]);
	}
	return usage && !other ? STATUS_USAGE : STATUS_FAILED;
}

/* Print the findings, free them, and say what they amount to for a command. */
static int finish_diag(struct diag *diag)
{
	int status = status_of(diag);

	diag_print(diag, say_is_quiet() ? DIAG_UNSUPPORTED : DIAG_NOTE, stderr);
	diag_free(diag);
	return status;
}

/* What to call a VM that may have no name yet. */
static const char *label_of(const struct launch *vm)
{
	static char label[CONFIG_NAME_MAX + 8];

	if (!*vm->cfg.name)
		return vm->cfg.file ? "its VM" : "the VM";
	snprintf(label, sizeof(label), "VM '%s'", vm->cfg.name);
	return label;
}

/* @file: NULL: from options. */
static int configure_one(struct launch *vm, const char *file, const struct config_options *options)
{
	struct diag diag;

	diag_init(&diag, file);
	if (file)
		config_load(&vm->cfg, file, options, &diag);
	else
		config_from_options(&vm->cfg, options, &diag);
	return finish_diag(&diag);
}

int launch_configure(struct launch_set *set, const struct vm_values *values, int nr_files,
		     char **files)
{
	struct config_options options = to_options(values);
	int status = check_values(values, nr_files);
	unsigned int i;

	memset(set, 0, sizeof(*set));
	if (status)
		return status;
	set->nr = nr_files ? nr_files : 1;
	set->vms = xcalloc(set->nr, sizeof(*set->vms));
	for (i = 0; i < set->nr; i++)
		set->vms[i].fd = -1;
	/* All files are read, so that all that is wrong is told. */
	for (i = 0; i < set->nr; i++)
		status = worse_status(status, configure_one(&set->vms[i],
							    nr_files ? files[i] : NULL,
							    &options));
	return status;
}

void launch_print(const struct launch_set *set)
{
	unsigned int i;

	for (i = 0; i < set->nr; i++)
		config_print(&set->vms[i].cfg, stdout);
}

/* --- images --- */

static int check_arch(const struct launch *vm, const struct ax_caps *caps)
{
	const char *arch = config_arch_name(vm->cfg.arch);

	if (!caps->arch[0] || !strcmp(arch, caps->arch))
		return STATUS_OK;
	say_error("%s is made for %s, this host runs %s", label_of(vm), arch, caps->arch);
	return STATUS_UNSUPPORTED;
}

static bool has_word(const char *text, const char *word)
{
	size_t len = strlen(word);

	for (; *text; text += strspn(text, " ")) {
		if (!strncmp(text, word, len) && strchr(" ", text[len]))
			return true;
		text += strcspn(text, " ");
	}
	return false;
}

/* What the default board has of a host's kind, where hosts are of two kinds. */
static int fit_board(struct launch *vm, const struct ax_caps *caps)
{
	if (vm->cfg.arch != CONFIG_ARCH_ARM64 || !has_word(caps->cpu_features, "gicv2") ||
	    config_fit_gic(&vm->cfg))
		return STATUS_OK;
	say_error("%s has %u vCPUs; this host has a GICv2, which is for up to 8", label_of(vm),
		  vm->cfg.nr_vcpus);
	return STATUS_UNSUPPORTED;
}

static int check_sve(const struct launch *vm, const struct ax_caps *caps)
{
	if (!vm->cfg.sve || has_word(caps->cpu_features, "sve"))
		return STATUS_OK;
	say_error("%s wants SVE, which this host's CPUs have not", label_of(vm));
	return STATUS_UNSUPPORTED;
}

static int prepare_one(struct launch *vm, const struct ax_caps *caps)
{
	const struct boot_host_info host = {
		.isa = caps->cpu_features[0] ? caps->cpu_features : NULL,
		.mmu_type = caps->mmu_type[0] ? caps->mmu_type : NULL,
		.timer_frequency = caps->timer_frequency,
	};
	struct progress progress;
	struct diag diag;
	int status = check_arch(vm, caps);

	if (!status)
		status = fit_board(vm, caps);
	if (!status)
		status = check_sve(vm, caps);
	if (status)
		return status;
	diag_init(&diag, vm->cfg.file);
	progress_init(&progress);
	boot_prepare(&vm->plan, &vm->cfg, &host, progress_show, &progress, &diag);
	progress_end(&progress);
	return finish_diag(&diag);
}

int launch_prepare(struct launch_set *set, struct ax *ax)
{
	struct ax_caps caps;
	unsigned int i;
	int status;

	if (ax_caps_get(ax, &caps)) {
		ax_complain(ax, "capabilities");
		return STATUS_FAILED;
	}
	for (i = 0; i < set->nr; i++) {
		status = prepare_one(&set->vms[i], &caps);
		if (status)
			return status;
	}
	return STATUS_OK;
}

/* --- VMs --- */

/* The place in the configuration of what the kernel found fault with. */
static struct src_pos find_place(const struct axvm_config *cfg, const char *attr)
{
	unsigned int index = 0;
	char what[16];

	if (sscanf(attr, "%15[a-z][%u]", what, &index) < 1)
		return (struct src_pos){ 0 };
	if (!strcmp(what, "device") && index < cfg->nr_devices)
		return cfg->devices[index].pos;
	if (!strcmp(what, "region") && index < cfg->nr_regions)
		return cfg->regions[index].pos;
	return (struct src_pos){ 0 };
}

/* The id or the name belongs to another VM: say to which, and how to get another one. */
static bool complain_taken(const struct launch *vm, struct ax *ax)
{
	const struct axvm_config *cfg = &vm->cfg;
	struct ax_vm other;

	if (ax_last_fault(ax)->err != EEXIST)
		return false;
	if (!cfg->auto_id && !ax_vm_get(ax, cfg->id, &other)) {
		say_error("%s cannot be created: id %u is that of VM '%s'; --id gives it another"
			  "%s", label_of(vm), cfg->id, other.name,
			  cfg->file ? ", and without base.id it gets a free one" : "");
		return true;
	}
	if (!*cfg->name || ax_vm_find(ax, cfg->name, &other))
		return false;
	say_error("%s cannot be created: that is the name of the VM with id %u; --name gives it "
		  "another, '" PROGRAM " destroy %s' removes that VM", label_of(vm), other.id,
		  cfg->name);
	return true;
}

static bool complain_vectors(const struct launch *vm, struct ax *ax)
{
	if (ax_last_fault(ax)->err != EOPNOTSUPP || !vm->cfg.sve_bits)
		return false;
	say_error("%s cannot be created: guests here cannot have SVE vectors of %u bits; with "
		  "sve = true they get the longest there are", label_of(vm), vm->cfg.sve_bits);
	return true;
}

static void complain_new(const struct launch *vm, struct ax *ax)
{
	const struct ax_fault fault = *ax_last_fault(ax);
	struct src_pos pos = find_place(&vm->cfg, fault.attr);

	if (complain_taken(vm, ax))
		return;
	if (vm->cfg.file && pos.line)
		ax_complain_about(&fault, "%s:%u:%u: %s cannot be created", vm->cfg.file,
				  pos.line, pos.column, label_of(vm));
	else if (vm->cfg.file && !*vm->cfg.name)
		ax_complain_about(&fault, "%s: %s cannot be created", vm->cfg.file,
				  label_of(vm));
	else
		ax_complain_about(&fault, "%s cannot be created", label_of(vm));
}

static int load_images(const struct launch *vm)
{
	unsigned int i;

	for (i = 0; i < vm->plan.nr_blobs; i++)
		if (vmdev_load(vm->fd, &vm->plan.blobs[i]))
			return STATUS_FAILED;
	return STATUS_OK;
}

static int create_one(struct launch *vm, struct ax *ax, bool owned)
{
	if (ax_vm_new(ax, &vm->cfg, &vm->plan, owned, &vm->vm)) {
		if (complain_vectors(vm, ax))
			return STATUS_UNSUPPORTED;
		complain_new(vm, ax);
		return STATUS_FAILED;
	}
	vm->created = true;
	vm->fd = vmdev_open(vm->vm.id, vm->vm.name);
	return vm->fd < 0 ? STATUS_FAILED : load_images(vm);
}

int launch_create(struct launch_set *set, struct ax *ax, bool owned)
{
	unsigned int i;
	int status;

	/* A VM that could not be opened would be made for nothing. */
	if (vmdev_reach())
		return STATUS_FAILED;
	for (i = 0; i < set->nr; i++) {
		status = create_one(&set->vms[i], ax, owned);
		if (status) {
			launch_destroy(set, ax);
			return status;
		}
	}
	return STATUS_OK;
}

void launch_destroy(struct launch_set *set, struct ax *ax)
{
	unsigned int i;

	for (i = 0; i < set->nr; i++) {
		struct launch *vm = &set->vms[i];

		if (!vm->created)
			continue;
		vm->created = false;
		/* Somebody else may have been faster. */
		if (ax_vm_del(ax, vm->vm.id, true) && ax_last_fault(ax)->err != ENOENT)
			ax_complain(ax, "destroy: VM '%s'", vm->vm.name);
	}
}

static int report_json(const struct launch_set *set, struct ax *ax)
{
	struct json json;
	unsigned int i;
	int status = STATUS_OK;

	json_init(&json, stdout);
	json_array(&json);
	for (i = 0; i < set->nr; i++) {
		struct ax_vm vm;

		if (ax_vm_get(ax, set->vms[i].vm.id, &vm)) {
			ax_complain(ax, "VM '%s'", set->vms[i].vm.name);
			status = STATUS_FAILED;
			continue;
		}
		vm_print_json(&vm, &json);
		json_end(&json);
	}
	json_end(&json);
	return status;
}

int launch_report(const struct launch_set *set, struct ax *ax, bool json)
{
	unsigned int i;

	if (json)
		return report_json(set, ax);
	for (i = 0; i < set->nr; i++)
		printf("%u\n", set->vms[i].vm.id);
	return STATUS_OK;
}

void launch_free(struct launch_set *set)
{
	unsigned int i;

	for (i = 0; i < set->nr; i++) {
		if (set->vms[i].fd >= 0)
			close(set->vms[i].fd);
		boot_free(&set->vms[i].plan);
		config_free(&set->vms[i].cfg);
	}
	free(set->vms);
	memset(set, 0, sizeof(*set));
}
