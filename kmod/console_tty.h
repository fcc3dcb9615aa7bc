/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Consoles as terminals: /dev/ttyAXVM<n>, one for each console of a VM.
 *
 * Called by vm.c when a VM comes and goes, and by main.c; process context.
 */
#ifndef AXVM_CONSOLE_TTY_H
#define AXVM_CONSOLE_TTY_H

#include <linux/types.h>

struct axvm_console;

/**
 * axvm_tty_add() - show a console as a terminal
 * @con: console; referenced as long as somebody has the terminal open
 * @vm_id: of its VM, for people
 * @vm_name: likewise, copied
 *
 * Return: n of ttyAXVM<n>; -ENOSPC all are in use; -ENOMEM.
 */
int axvm_tty_add(struct axvm_console *con, u32 vm_id, const char *vm_name);

/* Hang up and take a terminal away; its number is free when nobody has it open. < 0: none. */
void axvm_tty_remove(int line);

int axvm_ttys_init(void);
void axvm_ttys_exit(void);

#endif /* AXVM_CONSOLE_TTY_H */
