/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the parts of the edge in netlink*.c know of each other; nobody else includes it.
 */
#ifndef AXVM_NETLINK_PRIV_H
#define AXVM_NETLINK_PRIV_H

#include <net/genetlink.h>

#include "netlink_gen.h"
#include "vm.h"

/**
 * axvm_nl_refuse() - say why a request is refused, and which attribute is to blame
 * @extack: of the request, may be NULL
 * @attr: attribute, or NULL
 * @msg: static string
 * @code: negative errno
 *
 * Return: @code.
 */
int axvm_nl_refuse(struct netlink_ext_ack *extack, const struct nlattr *attr, const char *msg,
		   int code);

/**
 * axvm_nl_refuse_repeats() - refuse attributes that come twice and must not
 * @head: first attribute
 * @len: bytes of attributes
 * @multi: bit n set: type n may repeat
 * @extack: of the request
 *
 * Return: 0 or -EINVAL.
 */
int axvm_nl_refuse_repeats(const struct nlattr *head, int len, u64 multi,
			   struct netlink_ext_ack *extack);

/**
 * axvm_nl_report() - hand the core's note to the one who asked
 * @info: the request
 * @err: the note
 * @ret: what the core returned
 *
 * Return: @ret.
 */
int axvm_nl_report(const struct genl_info *info, const struct axvm_error *err, int ret);

/* The worker that runs commands. Module load and unload; exit waits for what is under way. */
int axvm_nl_commands_init(void);
void axvm_nl_commands_exit(void);

/* Nobody waits any more for commands from this port: what can be cut short is. Process context. */
void axvm_nl_give_up(u32 port);

/* VMs whose creators have gone are destroyed soon. Any context. */
void axvm_nl_bury_orphans(void);

/**
 * axvm_nl_send_registers() - answer vcpu-regs-get, but for the acknowledgment
 * @info: the request
 * @vm: the VM
 * @index: id of the vCPU, any
 *
 * Takes vm->lock, whose holder may take long.
 *
 * Return: 0 or a negative errno, with extack set.
 */
int axvm_nl_send_registers(struct genl_info *info, struct axvm_vm *vm, u32 index);

/* Boot arguments of a request, 0 for those not given. Return: number of those given, or -EINVAL. */
int axvm_nl_parse_boot_args(const struct genl_info *info, u64 args[AXVM_BOOT_ARGS]);

/**
 * axvm_nl_parse_vm_cfg() - what a vm-new request asks for
 * @info: the request
 * @cfg: filled; free it with axvm_nl_free_vm_cfg() also after a failure
 *
 * Return: 0; -EINVAL, -ENOSPC, -ENOMEM, with extack set.
 */
int axvm_nl_parse_vm_cfg(const struct genl_info *info, struct axvm_vm_cfg *cfg);
void axvm_nl_free_vm_cfg(struct axvm_vm_cfg *cfg);

/* The n-th attribute of a type in a request, NULL when there are fewer. */
const struct nlattr *axvm_nl_nth_attr(const struct genl_info *info, int type, int n);

/* What a dump is about, from its start callback on; lives in cb->ctx. */
struct axvm_nl_dump {
	u64 created_ns;	/* tells a VM from a later one with the same id */
	u32 id;
	u32 index;
};

/* Events of all VMs so far. */
u64 axvm_nl_nr_events(void);

/* Changes whenever a VM comes or goes, never 0. */
u32 axvm_nl_generation(void);

#endif /* AXVM_NETLINK_PRIV_H */
