# SPDX-License-Identifier: GPL-2.0
# Integer-only code: the floating-point and vector registers belong to the tests.

CROSS_COMPILE ?= aarch64-linux-gnu-
arch-cflags := -march=armv8-a -mgeneral-regs-only -mno-outline-atomics -mcmodel=small \
	-mbranch-protection=none -ffixed-x18
arch-ldflags := -Wl,-z,max-page-size=4096
# There for a scenario: no tests. A 16550 is here only when a VM asks for one.
arch-helpers := uart
# Portable programs that make no sense here.
arch-without :=
