/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Device models: what one is, and how a VM makes, resets and destroys them.
 *
 * A model includes this header, bus.h, irq.h, gmem.h and console.h, and
 * nothing of VMs, vCPUs or architectures. Its state embeds struct axvm_device
 * as first member.
 */
#ifndef AXVM_DEVICE_H
#define AXVM_DEVICE_H

#include <linux/list.h>
#include <linux/types.h>

#include "bus.h"
#include "console.h"
#include "host.h"
#include "irq.h"
#include "system.h"

#define AXVM_MAX_DEVICES	64
#define AXVM_NAME_LEN		32	/* with the terminating NUL */
#define AXVM_MAX_CFG		16

struct axvm_device;
struct axvm_gmem;

/**
 * struct axvm_device_cfg - a device as asked for
 * @name: unique in the VM
 * @type: name of the model
 * @base: first address of its window, in the model's bus space
 * @len: size of the window, 0 = the model's own
 * @irq: input of the VM's interrupt controller, 0 = none
 * @cfg: parameters, meaning given by the model
 * @nr_cfg: their number
 */
struct axvm_device_cfg {
	char name[AXVM_NAME_LEN];
	char type[AXVM_NAME_LEN];
	u64 base;
	u64 len;
	u32 irq;
	u32 nr_cfg;
	u64 cfg[AXVM_MAX_CFG];
};

/**
 * struct axvm_device_env - what a device may use of its VM; outlives it
 * @bus: MMIO and port windows, open for axvm_bus_add() during create
 * @gmem: guest memory
 * @vm_id: of the VM, for traces; 0 until it has one
 * @system_event: see axvm_device_system_event()
 */
struct axvm_device_env {
	struct axvm_bus *bus;
	struct axvm_gmem *gmem;
	u32 vm_id;
	void (*system_event)(const struct axvm_device_env *env, enum axvm_system_event event,
			     u64 code);
};

/**
 * struct axvm_device_type - a model
 * @name: as configurations and `axvm-run show` call it
 * @size: of its state, at least a struct axvm_device; zeroed before create
 * @shares_irq: its interrupt's input may be that of others of this type, too
 * @has_console: one console is made for each device of this type and set in
 *	@dev->console before create
 * @create: check dev->cfg, add bus windows; followed by @reset. May sleep.
 *	When it fails, windows from axvm_device_add_window() are taken away.
 * @reset: to the state at power-on, lines low, clocks running. No vCPU runs. May sleep.
 * @destroy: stop timers and wait for them; undo create. No vCPU runs. May sleep.
 * @pause: optional; stop the clocks, if they run. No vCPU runs. At the end of a VM, too:
 *	then a reset or destroy follows.
 * @resume: optional; undo pause.
 * @press_power_button: optional; as if somebody pressed the machine's button. False when the
 *	guest does not listen to it. Process context, vCPUs run.
 */
struct axvm_device_type {
	const char *name;
	size_t size;
	bool shares_irq;
	bool has_console;
	int (*create)(struct axvm_device *dev, struct axvm_error *err);
	void (*reset)(struct axvm_device *dev);
	void (*destroy)(struct axvm_device *dev);
	void (*pause)(struct axvm_device *dev);
	void (*resume)(struct axvm_device *dev);
	bool (*press_power_button)(struct axvm_device *dev);
};

/**
 * struct axvm_device - what all devices have; immutable after seal
 * @node: in the VM's list
 * @type: model
 * @cfg: as configured, @len filled in
 * @env: of the VM
 * @irq: its interrupt line
 * @irq_share: the input of that line, of the first device of those that share it
 * @console: of types with a console, else NULL
 * @console_index: number of the console in its VM
 */
struct axvm_device {
	struct list_head node;
	const struct axvm_device_type *type;
	struct axvm_device_cfg cfg;
	const struct axvm_device_env *env;
	struct axvm_irq_line irq;
	struct axvm_irq_share irq_share;
	struct axvm_console *console;
	u32 console_index;
};

/**
 * struct axvm_device_set - the devices of one VM
 * @list: of struct axvm_device, in configuration order
 * @nr: their number
 * @env: handed to each
 * @chip: where lines go; set by the backend before the first device that has one
 * @consoles: made for devices with a console, by index
 * @nr_consoles: their number
 */
struct axvm_device_set {
	struct list_head list;
	unsigned int nr;
	struct axvm_device_env env;
	struct axvm_irq_chip *chip;
	struct axvm_console *consoles[AXVM_MAX_CONSOLES];
	u32 nr_consoles;
};

/* Parameter n of a device, or a default when the configuration stops before it. */
static inline u64 axvm_device_param(const struct axvm_device *dev, u32 n, u64 missing)
{
	return n < dev->cfg.nr_cfg ? dev->cfg.cfg[n] : missing;
}

/**
 * axvm_device_system_event() - the guest ends or restarts its machine through a device
 * @dev: through which
 * @event: what it asked for
 * @code: detail, for people
 *
 * The first event wins. No vCPU enters its guest again after it; the one that
 * wrote the register does not come back to the instruction behind it.
 *
 * Context: any.
 */
static inline void axvm_device_system_event(const struct axvm_device *dev,
					    enum axvm_system_event event, u64 code)
{
	dev->env->system_event(dev->env, event, code);
}

/**
 * axvm_device_set_len() - settle the size of a device's window, in create
 * @dev: device whose cfg.len is as configured, 0 = the model's own
 * @min: what the registers need
 * @preferred: the model's own
 * @err: gets the reason
 *
 * Return: 0, or -EINVAL when the configured window is too small.
 */
int axvm_device_set_len(struct axvm_device *dev, u64 min, u64 preferred, struct axvm_error *err);

/**
 * axvm_device_add_window() - put a device on a bus at cfg.base, cfg.len bytes; in create
 * @dev: device; its functions get it as opaque pointer
 * @space: which bus
 * @widths: access sizes allowed
 * @ops: register functions
 * @err: gets the reason
 *
 * Return: 0, or what axvm_bus_add() says.
 */
int axvm_device_add_window(struct axvm_device *dev, enum axvm_bus_space space, u8 widths,
			   const struct axvm_bus_ops *ops, struct axvm_error *err);

/* No devices yet; @bus is the array of the VM's buses. */
void axvm_devices_init(struct axvm_device_set *set, struct axvm_bus *bus, struct axvm_gmem *gmem);

/**
 * axvm_devices_add() - make one device
 * @set: devices of a VM that is not sealed
 * @cfg: what to make; bad names, types, interrupts and overlaps are refused with a reason
 * @err: gets the reason
 *
 * Return: 0; -EINVAL; -ENOENT unknown type; -EEXIST name or address taken; -ENOSPC; -ENOMEM.
 */
int axvm_devices_add(struct axvm_device_set *set, const struct axvm_device_cfg *cfg,
		     struct axvm_error *err);

/* The same with the model given instead of cfg->type. */
int axvm_devices_add_model(struct axvm_device_set *set, const struct axvm_device_type *type,
			   const struct axvm_device_cfg *cfg, struct axvm_error *err);

/* For all devices, in order of creation. Process context, no vCPU runs. */
void axvm_devices_reset(struct axvm_device_set *set);
void axvm_devices_pause(struct axvm_device_set *set);
void axvm_devices_resume(struct axvm_device_set *set);

/* Press the machine's power button, if a device has one. False: none that the guest listens to. */
bool axvm_devices_press_power_button(struct axvm_device_set *set);

/* Destroys in reverse order of creation; each console is put after its device is destroyed. */
void axvm_devices_exit(struct axvm_device_set *set);

/* Model by name, NULL when there is none. */
const struct axvm_device_type *axvm_device_type_find(const char *name);

/* n-th model known to the module, NULL past the end. */
const struct axvm_device_type *axvm_device_type_at(unsigned int n);

extern const struct axvm_device_type axvm_ns16550a;
extern const struct axvm_device_type axvm_goldfish_rtc;
extern const struct axvm_device_type axvm_pl011;
extern const struct axvm_device_type axvm_pl031;
extern const struct axvm_device_type axvm_isa_serial;
extern const struct axvm_device_type axvm_i8254;
extern const struct axvm_device_type axvm_cmos_rtc;
extern const struct axvm_device_type axvm_acpi_pm;
extern const struct axvm_device_type axvm_i8042;
extern const struct axvm_device_type axvm_reset_port;
extern const struct axvm_device_type axvm_pvpanic;
extern const struct axvm_device_type axvm_pvpanic_mmio;
extern const struct axvm_device_type axvm_debug_exit;
/* The example of Documentation/devices.rst, in axvm_test.ko. */
extern const struct axvm_device_type axvm_doorbell;

#endif /* AXVM_DEVICE_H */
