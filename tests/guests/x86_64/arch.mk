# SPDX-License-Identifier: GPL-2.0
# Integer-only code: the floating-point and vector registers belong to the tests.

CROSS_COMPILE ?= x86_64-linux-gnu-
arch-cflags := -m64 -march=x86-64 -mcmodel=small -mno-red-zone -mgeneral-regs-only \
	-fcf-protection=none -mindirect-branch=keep
arch-ldflags := -Wl,-z,max-page-size=4096
# There for a scenario: no tests.
arch-helpers := button fuzz triple
# Portable programs that make no sense here.
arch-without :=

# See Makefile. msr measures no time; but a random value may set a timer, and then it
# matters how long the rest takes.
arch-timed := acpipm apictimer msr pit rtc tsc
