# SPDX-License-Identifier: GPL-2.0
# Integer-only code: the floating-point registers belong to the tests.

CROSS_COMPILE ?= riscv64-linux-gnu-
arch-cflags := -march=rv64imac_zicsr_zifencei -mabi=lp64 -mcmodel=medany -mno-relax
arch-ldflags := -Wl,--no-relax
# Portable programs that make no sense here.
arch-without :=
