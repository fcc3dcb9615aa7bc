/* SPDX-License-Identifier: GPL-2.0 */
/*
 * State of the 16550A model, and the two seams at which its KUnit suite stands
 * in for the console.
 */
#ifndef AXVM_DEVICES_NS16550A_H
#define AXVM_DEVICES_NS16550A_H

#include <linux/spinlock.h>
#include <linux/types.h>

#include "device.h"

#define NS16550A_FIFO_LEN	16

/**
 * struct ns16550a - one port
 * @dev: what all devices have
 * @reg_shift: distance of registers, as a power of two
 * @lock: protects everything below; outside of console and interrupt controller locks
 * @ier: interrupt enable
 * @fcr: FIFO control, as far as it can be seen: enable and trigger level
 * @lcr: line control
 * @mcr: modem control
 * @lsr_errors: error bits that a read of LSR takes away
 * @msr: modem status
 * @scr: scratch
 * @dll: divisor latch, low
 * @dlm: divisor latch, high
 * @thre_pending: the transmitter ran empty and nobody has looked yet
 * @lsr_polls: reads of LSR without anything that tells they are not for input
 * @irq_level: of the interrupt line
 * @rx: received bytes, a ring
 * @rx_head: oldest of them
 * @rx_count: their number
 * @rx_looped: some of them are the guest's own, from loopback mode
 */
struct ns16550a {
	struct axvm_device dev;
	u8 reg_shift;
	raw_spinlock_t lock;
	u8 ier;
	u8 fcr;
	u8 lcr;
	u8 mcr;
	u8 lsr_errors;
	u8 msr;
	u8 scr;
	u8 dll;
	u8 dlm;
	bool thre_pending;
	u8 lsr_polls;
	bool irq_level;
	u8 rx[NS16550A_FIFO_LEN];
	u8 rx_head;
	u8 rx_count;
	bool rx_looped;
};

#if IS_ENABLED(CONFIG_KUNIT)
size_t ns16550a_line_receive(struct ns16550a *uart, u8 *bytes, size_t max);
void ns16550a_line_send(struct ns16550a *uart, u8 byte);
void ns16550a_input_ready(void *opaque);
#endif

#endif /* AXVM_DEVICES_NS16550A_H */
