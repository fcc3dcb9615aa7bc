/* SPDX-License-Identifier: GPL-2.0 */
/*
 * States and reasons in words, and the exit status that an end amounts to.
 *
 * Used by every command that tells something about a VM.
 */
#ifndef AXVM_RUN_VM_TEXT_H
#define AXVM_RUN_VM_TEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "nl.h"

struct json;

/**
 * struct vm_end - how a VM ended
 * @state: enum axvm_vm_state
 * @reason: enum axvm_vm_reason
 * @code: detail of @reason
 */
struct vm_end {
	uint32_t state;
	uint32_t reason;
	uint64_t code;
};

/* Names as in the netlink specification; "?" for what this program does not know. */
const char *vm_state_name(uint32_t state);
const char *vm_reason_name(uint32_t reason);
const char *vcpu_state_name(uint32_t state);
const char *map_type_name(uint32_t map_type);

/**
 * vm_has_ended() - will a VM in this state never run again by itself?
 * @state: enum axvm_vm_state
 */
bool vm_has_ended(uint32_t state);

/**
 * vm_end_status() - exit status that tells how a VM ended
 * @end: how
 *
 * Return: an enum cmd_status.
 */
int vm_end_status(const struct vm_end *end);

/**
 * vm_end_text() - how a VM ended: "stopped: the guest powered off (guest-poweroff)"
 * @end: how
 *
 * Return: the text, to be freed by the caller.
 */
char *vm_end_text(const struct vm_end *end);

/**
 * worse_status() - which of two exit statuses a command with several VMs has
 * @a: a status
 * @b: a status
 */
int worse_status(int a, int b);

/**
 * format_size() - bytes in the largest unit that leaves no fraction: "512 MiB"
 * @size: bytes
 * @text: gets it
 * @len: bytes of @text
 *
 * Return: @text.
 */
char *format_size(uint64_t size, char *text, size_t len);

/**
 * format_flags() - access rights of a region: "rwx-", and what else is set
 * @flags: AXVM_REGION_FLAGS_*
 * @text: gets it
 * @len: bytes of @text
 *
 * Return: @text.
 */
char *format_flags(uint32_t flags, char *text, size_t len);

/**
 * vm_print_json() - all of one VM as a JSON object
 * @vm: the VM
 * @json: a writer that is ready for a value
 *
 * The object is left open, so that more can be added; the caller ends it.
 */
void vm_print_json(const struct ax_vm *vm, struct json *json);

/**
 * vm_end_json() - how a VM ended, as members of the object that is open
 * @end: how
 * @json: a writer, in an object
 */
void vm_end_json(const struct vm_end *end, struct json *json);

#endif /* AXVM_RUN_VM_TEXT_H */
