/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Netlink messages of the family "axvm": built here, parsed here, nowhere else.
 *
 * Used by nl.c, and by the unit tests without a socket. Builders return NULL
 * when memory ran out or something does not fit in a message.
 */
#ifndef AXVM_RUN_NL_MSG_H
#define AXVM_RUN_NL_MSG_H

#include <netlink/netlink.h>
#include <netlink/msg.h>

#include "nl.h"

#define AX_MSG_SIZE	(512u << 10)

struct nl_msg *ax_msg_simple(int family, int cmd, int flags);
struct nl_msg *ax_msg_vm(int family, int cmd, int flags, uint32_t id);
struct nl_msg *ax_msg_vm_name(int family, int cmd, const char *name);
struct nl_msg *ax_msg_vm_force(int family, uint8_t cmd, uint32_t id, bool force);
struct nl_msg *ax_msg_vm_new(int family, const struct axvm_config *cfg,
			     const struct boot_plan *plan, bool owned);
struct nl_msg *ax_msg_vm_start(int family, uint32_t id, const struct boot_plan *plan);
struct nl_msg *ax_msg_vcpu_get(int family, uint32_t id);
struct nl_msg *ax_msg_vcpu_regs_get(int family, uint32_t vm_id, uint32_t id);

/*
 * Parsers add what one answer says to @to (see the names for its type) and
 * return 0 or a negative errno. Attributes that this program does not know are
 * skipped, those that are absent leave zeroes.
 */
int ax_parse_caps(struct nlmsghdr *nlh, void *to);	/* struct ax_caps */
int ax_parse_vm(struct nlmsghdr *nlh, void *to);	/* struct ax_vm */
int ax_parse_vms(struct nlmsghdr *nlh, void *to);	/* struct ax_vms */
int ax_parse_vcpus(struct nlmsghdr *nlh, void *to);	/* struct ax_vcpus */
int ax_parse_regions(struct nlmsghdr *nlh, void *to);	/* struct ax_regions */
int ax_parse_devices(struct nlmsghdr *nlh, void *to);	/* struct ax_devices */
int ax_parse_registers(struct nlmsghdr *nlh, void *to);	/* char *, allocated */
int ax_parse_event(struct nlmsghdr *nlh, void *to);	/* struct ax_event */

/**
 * ax_parse_fault() - what an error message of the kernel says
 * @fault: filled; @fault->err is @err
 * @request: the message that was refused, for names of attributes; may be NULL
 * @err: errno, positive
 * @tlvs: attributes NLMSGERR_ATTR_*, may be NULL
 * @len: their bytes
 */
void ax_parse_fault(struct ax_fault *fault, struct nlmsghdr *request, int err,
		    struct nlattr *tlvs, int len);

#endif /* AXVM_RUN_NL_MSG_H */
