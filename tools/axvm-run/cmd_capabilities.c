// SPDX-License-Identifier: GPL-2.0
/*
 * "axvm-run capabilities": what the loaded module and this machine can do.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cmd.h"
#include "nl.h"
#include "util.h"
#include "util_json.h"

static const struct option_def capabilities_options[] = {
	OPTION_JSON_AT(struct common_values),
	{ 0 },
};

/* One string capability: how it is called, and where it is. */
struct text_cap {
	const char *key;
	const char *label;
	size_t offset;
};

/* One numeric capability. */
struct number_cap {
	const char *key;
	const char *label;
	size_t offset;
};

static const struct text_cap texts[] = {
	{ "module_version", "module version", offsetof(struct ax_caps, module_version) },
	{ "arch", "architecture", offsetof(struct ax_caps, arch) },
	{ "backend", "backend", offsetof(struct ax_caps, backend) },
	{ "s2_format", "stage-2 format", offsetof(struct ax_caps, s2_format) },
	{ "cpu_features", "guest CPU features", offsetof(struct ax_caps, cpu_features) },
	{ "mmu_type", "guest MMU type", offsetof(struct ax_caps, mmu_type) },
};

static const struct number_cap numbers[] = {
	{ "api_version", "API version", offsetof(struct ax_caps, api_version) },
	{ "gpa_bits", "guest address bits", offsetof(struct ax_caps, gpa_bits) },
	{ "max_vms", "VMs", offsetof(struct ax_caps, max_vms) },
	{ "max_vcpus", "vCPUs of a VM", offsetof(struct ax_caps, max_vcpus) },
	{ "max_regions", "memory regions of a VM", offsetof(struct ax_caps, max_regions) },
	{ "max_devices", "devices of a VM", offsetof(struct ax_caps, max_devices) },
	{ "vmids", "hardware VMIDs", offsetof(struct ax_caps, vmids) },
};

static const char *text_at(const struct ax_caps *caps, size_t offset)
{
	return (const char *)caps + offset;
}

static uint32_t number_at(const struct ax_caps *caps, size_t offset)
{
	return *(const uint32_t *)((const char *)caps + offset);
}

/* What guests count time with; a PC's is known by its kHz. */
static void print_timer(const struct ax_caps *caps)
{
	if (!caps->timer_frequency)
		return;
	if (!strcmp(caps->arch, "x86_64"))
		printf("%-24s%" PRIu64 " kHz\n", "guest TSC", caps->timer_frequency / 1000);
	else
		printf("%-24s%" PRIu64 " Hz\n", "guest timer", caps->timer_frequency);
}

static void print_text(const struct ax_caps *caps)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(texts); i++)
		if (text_at(caps, texts[i].offset)[0])
			printf("%-24s%s\n", texts[i].label, text_at(caps, texts[i].offset));
	print_timer(caps);
	for (i = 0; i < ARRAY_SIZE(numbers); i++)
		printf("%-24s%u\n", numbers[i].label, number_at(caps, numbers[i].offset));
	printf("%-23s", "device models");
	for (i = 0; i < caps->nr_device_types; i++)
		printf(" %s", caps->device_types[i]);
	printf("\n");
}

static void print_json(const struct ax_caps *caps)
{
	struct json json;
	unsigned int i;

	json_init(&json, stdout);
	json_object(&json);
	for (i = 0; i < ARRAY_SIZE(texts); i++)
		json_key_string(&json, texts[i].key, text_at(caps, texts[i].offset));
	json_key_uint(&json, "timer_frequency", caps->timer_frequency);
	for (i = 0; i < ARRAY_SIZE(numbers); i++)
		json_key_uint(&json, numbers[i].key, number_at(caps, numbers[i].offset));
	json_key(&json, "device_types");
	json_array(&json);
	for (i = 0; i < caps->nr_device_types; i++)
		json_string(&json, caps->device_types[i]);
	json_end(&json);
	json_end(&json);
}

static int capabilities_main(void *values, int nr_args __attribute__((unused)),
			     char **args __attribute__((unused)))
{
	const struct common_values *common = values;
	struct ax *ax = ax_open();
	struct ax_caps caps;
	int status = STATUS_OK;

	if (!ax)
		return STATUS_FAILED;
	if (ax_caps_get(ax, &caps)) {
		ax_complain(ax, "capabilities");
		status = STATUS_FAILED;
	} else if (common->json) {
		print_json(&caps);
	} else {
		print_text(&caps);
	}
	ax_close(ax);
	return status;
}

const struct command cmd_capabilities = {
	.name = "capabilities",
	.args = "",
	.summary = "tell what the loaded module and this machine can do",
	.options = capabilities_options,
	.values_size = sizeof(struct common_values),
	.run = capabilities_main,
};
