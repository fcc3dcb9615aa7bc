/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The host's interrupt controller and the two interrupts that axvm takes of it.
 */
#ifndef AXVM_ARM64_HOST_IRQ_H
#define AXVM_ARM64_HOST_IRQ_H

struct axvm_error;

/*
 * Find the GIC and the interrupts, from the device tree or ACPI, and see that they
 * are free: fills @gic, @gicv_base, @vtimer_irq, @maint_irq of a64_host. Process context.
 * Return: 0; -ENODEV, -ENOMEM with the reason; -EBUSY, without one: somebody else, KVM, has them.
 */
int a64_host_irqs_probe(struct axvm_error *err);

#endif /* AXVM_ARM64_HOST_IRQ_H */
