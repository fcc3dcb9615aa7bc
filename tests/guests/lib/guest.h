/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What every bare-metal test program may use; knows no architecture.
 *
 * The programs run alone in a VM (or, as reference, on an emulated machine).
 * They print "ok NAME", "not ok NAME: why" or "skip NAME: why" for each case
 * and end by powering the VM off: as passed, or as failed.
 */
#ifndef GUEST_H
#define GUEST_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

typedef __UINT8_TYPE__ u8;
typedef __UINT16_TYPE__ u16;
typedef __UINT32_TYPE__ u32;
typedef __UINT64_TYPE__ u64;
typedef __INT8_TYPE__ s8;
typedef __INT16_TYPE__ s16;
typedef __INT32_TYPE__ s32;
typedef __INT64_TYPE__ s64;

#define ARRAY_SIZE(a)		(sizeof(a) / sizeof((a)[0]))
#define BIT(n)			(1UL << (n))

/* Memory that another CPU or an interrupt handler touches. */
#define load_shared(p)		__atomic_load_n(p, __ATOMIC_ACQUIRE)
#define store_shared(p, v)	__atomic_store_n(p, v, __ATOMIC_RELEASE)
#define add_shared(p, v)	__atomic_add_fetch(p, v, __ATOMIC_ACQ_REL)

#define barrier()		({ asm volatile("" ::: "memory"); })

/* The program: its name, and what it does. Runs on the boot CPU. */
extern const char *const guest_name;
void guest_main(void);

/* string.c */
void *memset(void *to, int byte, size_t len);
void *memcpy(void *to, const void *from, size_t len);
int memcmp(const void *a, const void *b, size_t len);
size_t strlen(const char *s);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t len);
const char *strstr(const char *text, const char *what);

/*
 * print.c: %d %u %x %lx %s %c %p and %%, with field width and a leading zero.
 * A call is one write to the console, cut at PRINT_MAX bytes.
 */
#define PRINT_MAX	256

void print(const char *fmt, ...) __printf(1, 2);
size_t format(char *to, size_t size, const char *fmt, va_list args);

/* test.c */
struct test_case {
	const char *name;
	void (*run)(void);
};

void test_run(const struct test_case *cases, size_t nr);
/* Prefix of the names that follow: "PROGRAM.GROUP.CASE"; NULL ends it. */
void test_group(const char *name);
void test_fail(const char *fmt, ...) __printf(1, 2);
void test_skip(const char *fmt, ...) __printf(1, 2);
bool test_failed(void);
/* Report what was counted and power off; never returns. */
void test_end(void) __noreturn;
/* The program cannot go on. */
void test_abort(const char *fmt, ...) __printf(1, 2) __noreturn;

/* Check a condition; the first one that fails names the reason of the case. */
#define check(cond, ...) ({			\
	bool check_ok = (cond);			\
						\
	if (!check_ok)				\
		test_fail(__VA_ARGS__);		\
	check_ok;				\
})

/* options.c: words of the kernel command line, "name=number" and "name". */
u64 option_number(const char *name, u64 otherwise);
bool option_given(const char *name);

/* time.c */
u64 time_from_us(u64 us);
u64 time_to_us(u64 ticks);
void delay_us(u64 us);
/* Wait until *value reaches at least wanted. False: it did not within us. */
bool wait_for(const u64 *value, u64 wanted, u64 us);

/*
 * Leave interrupts on until a device's line was taken more often than before.
 * False: not within us.
 */
bool await_line(unsigned int line, u64 before, u64 us);

/*
 * Sleep with interrupts on until count(arg) is no longer before. A check and a
 * halt that follows need interrupts off between them: what comes then wakes the
 * halt, and is not lost. Returns how often the CPU woke.
 */
u64 halt_while(u64 (*count)(unsigned int arg), unsigned int arg, u64 before);

/* random.c: the same numbers in each run, so that a failure repeats. */
u64 random_next(u64 *state);

#endif /* GUEST_H */
