/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Small helpers of axvm-run: memory that cannot fail, strings, ranges, files.
 *
 * Used everywhere in the tool. Running out of memory ends the program with a
 * message: the tool has nothing better to do.
 */
#ifndef AXVM_RUN_UTIL_H
#define AXVM_RUN_UTIL_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Names of attributes, as the kernel has them. */
#define __attr(what)		__attribute__((what))
#define __printf(fmt, args)	__attr(format(printf, fmt, args))

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

/**
 * xcalloc() - zeroed memory, or the end of the program
 * @nr: elements
 * @size: bytes of one
 */
void *xcalloc(size_t nr, size_t size);

/**
 * xrealloc() - grown or shrunk memory, or the end of the program
 * @old: memory, may be NULL
 * @size: bytes
 */
void *xrealloc(void *old, size_t size);

/**
 * xstrdup() - a copy of a string, or the end of the program
 * @text: the string; NULL gives NULL
 */
char *xstrdup(const char *text);

/**
 * copy_text() - copy a string into an array
 * @to: the array; always terminated
 * @size: its bytes
 * @from: the string; what does not fit is cut off
 */
void copy_text(char *to, size_t size, const char *from);

/**
 * xasprintf() - a formatted string, or the end of the program
 * @fmt: format
 *
 * Return: the string, to be freed by the caller.
 */
char *xasprintf(const char *fmt, ...) __printf(1, 2);

/**
 * xvasprintf() - xasprintf() with its arguments in a va_list
 * @fmt: format
 * @args: arguments
 */
char *xvasprintf(const char *fmt, va_list args);

/**
 * ranges_overlap() - do [a, a+alen) and [b, b+blen) share a byte?
 * @a: first range
 * @alen: its length; 0 overlaps nothing
 * @b: second range
 * @blen: its length
 *
 * Neither range may wrap.
 */
bool ranges_overlap(uint64_t a, uint64_t alen, uint64_t b, uint64_t blen);

/**
 * range_within() - does [a, a+alen) lie inside [b, b+blen)?
 * @a: inner range, may wrap (then it does not lie inside)
 * @alen: its length
 * @b: outer range, must not wrap
 * @blen: its length
 */
bool range_within(uint64_t a, uint64_t alen, uint64_t b, uint64_t blen);

/**
 * align_up() - the next multiple
 * @value: the value
 * @align: a power of two
 *
 * Return: 0 on wrap.
 */
uint64_t align_up(uint64_t value, uint64_t align);

/**
 * align_down() - the multiple at or below
 * @value: the value
 * @align: a power of two
 */
uint64_t align_down(uint64_t value, uint64_t align);

/**
 * read_le32() - a little-endian number anywhere in memory
 * @at: its first byte
 */
uint32_t read_le32(const void *at);

/**
 * read_le64() - a little-endian number anywhere in memory
 * @at: its first byte
 */
uint64_t read_le64(const void *at);

/**
 * nearest_name() - the known name that is most like a misspelt one
 * @name: what was written
 * @known: known names, NULL-terminated
 *
 * Return: a name from @known, or NULL when none is close.
 */
const char *nearest_name(const char *name, const char *const *known);

#endif /* AXVM_RUN_UTIL_H */
