// SPDX-License-Identifier: GPL-2.0
/*
 * Options of a program: words of the kernel command line.
 */
#include "arch.h"

static const char *find_word(const char *name)
{
	const char *args = arch_command_line();
	size_t len = strlen(name);

	while (args && *args) {
		if (!strncmp(args, name, len) &&
		    (!args[len] || args[len] == ' ' || args[len] == '='))
			return args + len;
		while (*args && *args != ' ')
			args++;
		while (*args == ' ')
			args++;
	}
	return NULL;
}

u64 option_number(const char *name, u64 otherwise)
{
	const char *text = find_word(name);
	u64 val = 0;

	if (!text || *text++ != '=' || *text < '0' || *text > '9')
		return otherwise;
	while (*text >= '0' && *text <= '9')
		val = val * 10 + *text++ - '0';
	return val;
}

bool option_given(const char *name)
{
	return find_word(name);
}
