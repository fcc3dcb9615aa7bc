/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What vCPUs did and hold, for "axvm-run show": counters, times, registers.
 */
#ifndef AXVM_RUN_SHOW_VCPUS_H
#define AXVM_RUN_SHOW_VCPUS_H

#include "nl.h"

struct json;

/* Stage-2 tables of the VM, and counters and times of its vCPUs. */
void show_print_stats(const struct ax_vm *vm, const struct ax_vcpus *vcpus);

/**
 * show_print_registers() - registers as a table
 * @vcpus: of a VM
 * @texts: for each, lines "name=value", or NULL
 */
void show_print_registers(const struct ax_vcpus *vcpus, char *const *texts);

/* In an object of JSON: what show_print_stats() prints of a VM, and of a vCPU. */
void show_stage2_json(const struct ax_vm *vm, struct json *json);
void show_counters_json(const struct ax_vcpu *vcpu, struct json *json);

/* Likewise: the object "registers"; @text is as above. */
void show_registers_json(const char *text, struct json *json);

#endif /* AXVM_RUN_SHOW_VCPUS_H */
