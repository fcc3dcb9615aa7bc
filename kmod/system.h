/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a guest asks of the whole machine: through firmware calls (exit.h) or
 * through a device (device.h).
 */
#ifndef AXVM_SYSTEM_H
#define AXVM_SYSTEM_H

enum axvm_system_event {
	AXVM_SYSTEM_POWEROFF,
	AXVM_SYSTEM_REBOOT,
	AXVM_SYSTEM_FAILURE,	/* the guest's own report that it failed */
	AXVM_SYSTEM_CPU_SHUTDOWN,	/* a CPU could not deliver an exception, and stopped */
	AXVM_SYSTEM_EVENTS
};

#endif /* AXVM_SYSTEM_H */
