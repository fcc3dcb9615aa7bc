/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What an architecture's runtime gives to the programs.
 *
 * Implemented in <arch>/lib/. CPUs are numbered from 0 in the order of the
 * machine description; the boot CPU may have any number.
 */
#ifndef GUEST_ARCH_H
#define GUEST_ARCH_H

#include "guest.h"

#define GUEST_MAX_CPUS	64

/* A synchronous trap that was waited for. */
struct trap_info {
	u64 cause;
	u64 addr;	/* faulting address, or instruction */
	u64 pc;
};

/* A range of addresses. */
struct range {
	u64 base;
	u64 len;
};

/* Console of the firmware; works before anything else. */
void arch_console_write(const char *text, size_t len);
void arch_power_off(bool failed) __noreturn;
/* Returns only when the platform refuses. */
void arch_reboot(void);

/* Is this the real thing that axvm is compared with, not axvm itself? */
bool arch_is_reference(void);

/* Words given to the program, or NULL. */
const char *arch_command_line(void);

unsigned int arch_cpu_self(void);
unsigned int arch_cpu_count(void);
/* Run fn(arg) on another CPU, once. False: it could not be started. */
bool arch_cpu_start(unsigned int cpu, void (*fn)(void *arg), void *arg);

u64 arch_time(void);
u64 arch_time_hz(void);
/* Ways to set the timer: name of the n-th, or NULL; select makes it the one in use. */
const char *arch_timer_kind(unsigned int n);
void arch_timer_select(unsigned int n);
/* Interrupt at or after this time; replaces the one before. */
void arch_timer_set(u64 deadline);
void arch_timer_stop(void);
u64 arch_timer_count(unsigned int cpu);
/* arch_time() when the CPU took its newest timer interrupt. */
u64 arch_timer_taken(unsigned int cpu);

void arch_ipi_send(unsigned int cpu);
u64 arch_ipi_count(unsigned int cpu);

void arch_irq_on(void);
void arch_irq_off(void);
/* Sleep until an interrupt is pending, also with interrupts off. */
void arch_halt(void);

/*
 * Device interrupt lines. The handler runs on the CPU that enabled the line,
 * between claim and end of interrupt; NULL just counts.
 */
bool arch_line_enable(unsigned int line, void (*handler)(unsigned int line));
void arch_line_disable(unsigned int line);
u64 arch_line_count(unsigned int line);

/* Run fn(arg), which may trap. True: it did, and *trap says how. */
bool arch_try(void (*fn)(void *arg), void *arg, struct trap_info *trap);

/* UART of the 16550 kind; its interrupt line, 0 when there is none. */
u8 arch_uart_read(unsigned int reg);
void arch_uart_write(unsigned int reg, u8 val);
unsigned int arch_uart_line(void);

/* Memory that belongs to the program: all of it but its image and reserved parts. */
unsigned int arch_free_memory(struct range *ranges, unsigned int max);

/* Floating-point registers and status: fill from a seed; compare: 0 or a register's number + 1. */
void arch_fp_on(void);
void arch_fp_fill(u64 seed);
unsigned int arch_fp_compare(u64 seed);
/* The same for vector registers; false: there are none. */
bool arch_vector_on(void);
void arch_vector_fill(u64 seed);
unsigned int arch_vector_compare(u64 seed);

/* Cheapest call to the hypervisor, and a cheap device register. */
void arch_null_call(void);
void arch_mmio_read(void);
/* What else is worth a number here; a NULL name ends the list. */
struct bench_case {
	const char *name;
	void (*fn)(void);
};

extern const struct bench_case arch_bench[];
/* Instructions per arch_time() tick when the emulator counts instructions (1 ns each). */
u64 arch_ticks_to_instructions(u64 ticks);

#endif /* GUEST_ARCH_H */
