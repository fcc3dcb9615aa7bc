/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The terminal on standard input: raw while a console is attached.
 *
 * Used by attach.c. However the program ends, the terminal is put back as it
 * was found, SIGKILL aside. Single-threaded.
 */
#ifndef AXVM_RUN_TERM_H
#define AXVM_RUN_TERM_H

#include <stdbool.h>

/* Ctrl-] leaves a console. */
#define TERM_ESCAPE	0x1d

/**
 * term_usable() - may standard input be made raw?
 *
 * Return: true when it is a terminal and this process is in its foreground.
 */
bool term_usable(void);

/**
 * term_raw() - make the terminal raw; nothing when it is no usable terminal
 *
 * Return: true when it is raw now.
 */
bool term_raw(void);

/**
 * term_restore() - put the terminal back as term_raw() found it
 */
void term_restore(void);

/**
 * term_forget() - the terminal was taken away: there is nothing to put back
 */
void term_forget(void);

/**
 * term_is_raw() - is the terminal raw?
 */
bool term_is_raw(void);

#endif /* AXVM_RUN_TERM_H */
