// SPDX-License-Identifier: GPL-2.0
/*
 * vectors SECONDS: keeps the CPU's vector registers full without a system call in
 * between, and fails when one of them changes. Status 77: this CPU has no vectors to lose.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define NO_VECTORS	77

#ifdef __aarch64__
#include <sys/auxv.h>

#define REGS		32
#define MAX_LEN		256

static unsigned char before[REGS * MAX_LEN], after[REGS * MAX_LEN];

#define EACH(op)								\
	op(0) op(1) op(2) op(3) op(4) op(5) op(6) op(7) op(8) op(9) op(10) op(11)	\
	op(12) op(13) op(14) op(15) op(16) op(17) op(18) op(19) op(20) op(21) op(22)	\
	op(23) op(24) op(25) op(26) op(27) op(28) op(29) op(30) op(31)
#define LOAD(n)		"ldr z" #n ", [%[from], #" #n ", mul vl]\n"
#define STORE(n)	"str z" #n ", [%[to], #" #n ", mul vl]\n"
#define CLOBBERED(n)	"v" #n,

/* In between nothing else uses the registers. The length of what they hold, in bytes. */
static unsigned long hold(unsigned long turns)
{
	unsigned long len;

	asm volatile(".arch_extension sve\n"
		     EACH(LOAD)
		     "1: subs %[turns], %[turns], #1\n"
		     "b.ne 1b\n"
		     EACH(STORE)
		     "cntb %[len]\n"
		     : [turns] "+r" (turns), [len] "=r" (len)
		     : [from] "r" (before), [to] "r" (after)
		     : EACH(CLOBBERED) "cc", "memory");
	return REGS * len;
}

static int vectors_are_kept(int seconds)
{
	time_t end = time(NULL) + seconds;
	unsigned int i;

	if (!(getauxval(AT_HWCAP) & HWCAP_SVE))
		return NO_VECTORS;
	for (i = 0; i < sizeof(before); i++)
		before[i] = i * 7 + 1;
	do {
		unsigned long len = hold(5000000);

		if (memcmp(before, after, len))
			return EXIT_FAILURE;
	} while (time(NULL) < end);
	return EXIT_SUCCESS;
}

#else

static int vectors_are_kept(int seconds)
{
	return seconds < 0 ? EXIT_FAILURE : NO_VECTORS;
}

#endif

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: vectors SECONDS\n");
		return 2;
	}
	return vectors_are_kept(atoi(argv[1]));
}
