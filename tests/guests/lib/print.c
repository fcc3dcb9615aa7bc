// SPDX-License-Identifier: GPL-2.0
/*
 * Formatted output. Any CPU, any context; one call is one console write.
 */
#include "arch.h"

struct output {
	char *to;
	size_t size;
	size_t len;
};

struct conversion {
	unsigned int width;
	char pad;
	bool is_long;
	char kind;
};

static void put_char(struct output *out, char c)
{
	if (out->len + 1 < out->size)
		out->to[out->len++] = c;
}

static void put_text(struct output *out, const char *text, unsigned int width)
{
	size_t len = strlen(text);

	for (; width > len; width--)
		put_char(out, ' ');
	while (*text)
		put_char(out, *text++);
}

static void put_number(struct output *out, u64 val, unsigned int base, struct conversion conv,
		       bool negative)
{
	char digits[24];
	unsigned int nr = 0;

	do {
		digits[nr++] = "0123456789abcdef"[val % base];
		val /= base;
	} while (val);
	if (negative)
		digits[nr++] = '-';
	for (; conv.width > nr; conv.width--)
		put_char(out, conv.pad);
	while (nr)
		put_char(out, digits[--nr]);
}

static const char *parse_conversion(const char *fmt, struct conversion *conv)
{
	*conv = (struct conversion){ .pad = ' ' };
	if (*fmt == '0') {
		conv->pad = '0';
		fmt++;
	}
	while (*fmt >= '0' && *fmt <= '9')
		conv->width = conv->width * 10 + *fmt++ - '0';
	while (*fmt == 'l' || *fmt == 'z') {
		conv->is_long = true;
		fmt++;
	}
	conv->kind = *fmt;
	return *fmt ? fmt + 1 : fmt;
}

static void put_signed(struct output *out, struct conversion conv, s64 val)
{
	put_number(out, val < 0 ? -(u64)val : (u64)val, 10, conv, val < 0);
}

static void put_conversion(struct output *out, struct conversion conv, va_list *args)
{
	u64 val;

	switch (conv.kind) {
	case 's':
		put_text(out, va_arg(*args, const char *), conv.width);
		break;
	case 'c':
		put_char(out, va_arg(*args, int));
		break;
	case 'd':
		put_signed(out, conv, conv.is_long ? va_arg(*args, s64) : va_arg(*args, int));
		break;
	case 'u':
	case 'x':
		val = conv.is_long ? va_arg(*args, u64) : va_arg(*args, unsigned int);
		put_number(out, val, conv.kind == 'x' ? 16 : 10, conv, false);
		break;
	case 'p':
		put_text(out, "0x", 0);
		put_number(out, (u64)va_arg(*args, void *), 16, conv, false);
		break;
	default:
		put_char(out, conv.kind);
	}
}

size_t format(char *to, size_t size, const char *fmt, va_list args)
{
	struct output out = { .to = to, .size = size };
	struct conversion conv;
	va_list copy;

	va_copy(copy, args);
	while (*fmt) {
		if (*fmt != '%') {
			put_char(&out, *fmt++);
			continue;
		}
		fmt = parse_conversion(fmt + 1, &conv);
		put_conversion(&out, conv, &copy);
	}
	va_end(copy);
	to[out.len] = '\0';
	return out.len;
}

void print(const char *fmt, ...)
{
	char text[PRINT_MAX];
	va_list args;
	size_t len;

	va_start(args, fmt);
	len = format(text, sizeof(text), fmt, args);
	va_end(args);
	arch_console_write(text, len);
}
