// SPDX-License-Identifier: GPL-2.0
/*
 * Memory and string functions; the compiler may call the first four itself.
 */
#include "guest.h"

void *memset(void *to, int byte, size_t len)
{
	u8 *p = to;

	while (len--)
		*p++ = byte;
	return to;
}

void *memcpy(void *to, const void *from, size_t len)
{
	const u8 *source = from;
	u8 *p = to;

	while (len--)
		*p++ = *source++;
	return to;
}

int memcmp(const void *a, const void *b, size_t len)
{
	const u8 *x = a, *y = b;

	for (; len; len--, x++, y++) {
		if (*x != *y)
			return *x - *y;
	}
	return 0;
}

size_t strlen(const char *s)
{
	const char *end = s;

	while (*end)
		end++;
	return end - s;
}

int strcmp(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return (u8)*a - (u8)*b;
}

int strncmp(const char *a, const char *b, size_t len)
{
	for (; len; len--, a++, b++) {
		if (*a != *b)
			return (u8)*a - (u8)*b;
		if (!*a)
			break;
	}
	return 0;
}

const char *strstr(const char *text, const char *what)
{
	size_t len = strlen(what);

	for (; *text; text++) {
		if (!strncmp(text, what, len))
			return text;
	}
	return NULL;
}
