// SPDX-License-Identifier: GPL-2.0
/*
 * What vCPUs did and hold, see show_vcpus.h.
 */
#include "show_vcpus.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util.h"
#include "util_json.h"
#include "vm_text.h"

#define LINE_WIDTH	96
#define CELL_WIDTH	24

/* --- counters and times --- */

static void print_stage2(const struct ax_vm *vm)
{
	uint64_t size = 4096;
	char text[32];
	unsigned int i;

	printf("  stage 2  %" PRIu64 " table%s", vm->s2_tables, vm->s2_tables == 1 ? "" : "s");
	for (i = 0; i < vm->nr_s2_leaves; i++, size *= 512)
		if (vm->s2_leaves[i])
			printf(", %" PRIu64 " x %s", vm->s2_leaves[i],
			       format_size(size, text, sizeof(text)));
	printf("\n");
}

static void print_counters(const struct ax_vcpu *vcpu)
{
	unsigned int i;

	printf("  counters of vCPU %u, %.6f s on a CPU\n", vcpu->id, vcpu->loaded_ns / 1e9);
	for (i = 0; i < vcpu->nr_counters; i++) {
		const struct ax_counter *counter = &vcpu->counters[i];

		printf("    %-16s %16" PRIu64, counter->name, counter->value);
		if (counter->time_ns)
			printf(" %14.6f s", counter->time_ns / 1e9);
		printf("\n");
	}
}

void show_print_stats(const struct ax_vm *vm, const struct ax_vcpus *vcpus)
{
	size_t i;

	print_stage2(vm);
	for (i = 0; i < vcpus->nr; i++)
		print_counters(&vcpus->list[i]);
}

void show_stage2_json(const struct ax_vm *vm, struct json *json)
{
	uint64_t size = 4096;
	unsigned int i;

	json_key(json, "stage2");
	json_object(json);
	json_key_uint(json, "tables", vm->s2_tables);
	json_key(json, "leaves");
	json_array(json);
	for (i = 0; i < vm->nr_s2_leaves; i++, size *= 512) {
		json_object(json);
		json_key_uint(json, "size", size);
		json_key_uint(json, "count", vm->s2_leaves[i]);
		json_end(json);
	}
	json_end(json);
	json_end(json);
}

void show_counters_json(const struct ax_vcpu *vcpu, struct json *json)
{
	unsigned int i;

	json_key(json, "counters");
	json_object(json);
	for (i = 0; i < vcpu->nr_counters; i++)
		json_key_uint(json, vcpu->counters[i].name, vcpu->counters[i].value);
	json_end(json);
	json_key(json, "times_ns");
	json_object(json);
	json_key_uint(json, "loaded", vcpu->loaded_ns);
	for (i = 0; i < vcpu->nr_counters; i++)
		if (vcpu->counters[i].has_time)
			json_key_uint(json, vcpu->counters[i].name, vcpu->counters[i].time_ns);
	json_end(json);
}

/* --- registers --- */

/* Lines "name=value", as many in a row as fit into cells of the same width. */
static void print_lines(const char *text)
{
	int at = 0, used = 0, width, len;

	for (; *text; text += len + (text[len] == '\n')) {
		len = strcspn(text, "\n");
		width = (len / CELL_WIDTH + 1) * CELL_WIDTH;
		if (used && used + width > LINE_WIDTH) {
			printf("\n");
			at = 0;
			used = 0;
		}
		printf("%*s%.*s", used ? used - at : 4, "", len, text);
		at = used + len;
		used += width;
	}
	printf("\n");
}

void show_print_registers(const struct ax_vcpus *vcpus, char *const *texts)
{
	size_t i;

	for (i = 0; i < vcpus->nr; i++) {
		if (!texts[i])
			continue;
		printf("  registers of vCPU %u\n", vcpus->list[i].id);
		print_lines(texts[i]);
	}
}

void show_registers_json(const char *text, struct json *json)
{
	char *copy = xstrdup(text), *rest = copy, *line, *value;

	json_key(json, "registers");
	json_object(json);
	while ((line = strsep(&rest, "\n"))) {
		value = strchr(line, '=');
		if (!value)
			continue;
		*value = '\0';
		json_key_string(json, line, value + 1);
	}
	json_end(json);
	free(copy);
}
