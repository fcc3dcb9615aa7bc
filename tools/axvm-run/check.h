/* SPDX-License-Identifier: GPL-2.0 */
/*
 * "axvm-run check": what a configuration amounts to, without a module.
 *
 * Called by main.c with the command's own arguments.
 */
#ifndef AXVM_RUN_CHECK_H
#define AXVM_RUN_CHECK_H

/**
 * cmd_check() - the check command
 * @argc: number of arguments, "check" included
 * @argv: arguments, argv[0] is "check"
 *
 * Return: exit status: 0 all files run, 3 a valid file needs something that
 * axvm lacks, 1 a file is invalid (wins over 3), 2 wrong usage.
 */
int cmd_check(int argc, char **argv);

#endif /* AXVM_RUN_CHECK_H */
