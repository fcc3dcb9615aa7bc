# SPDX-License-Identifier: GPL-2.0
# What scenarios have to know of the architecture, the backend and Linux on it. Sourced by lib.sh.
# shellcheck shell=sh disable=SC2034
#
# RAM_BASE        where a guest's memory begins
# BOARD           words that "show" prints of the default board
# SERIAL_16550    a 16550 that the board's kind of serial port gives way to
# BENCH_CPUS      vCPUs of the guest that measures; from two on, interrupts between them are measured as well
# STATE_PROGRAMS  guest programs that use much of a CPU's state
# KVM_PARTS       KVM's modules in load order; the last one takes the hardware; empty: KVM is no module
# LOADS_UNSEEN    loading changes no register that csrdump knows: axvm answers as the stub at EL2 does
# PANIC_IS_TOLD   the board has a device through which a guest's kernel tells that it has panicked
# NO_HARDWARE     what the refusal names on a machine without virtualization hardware

LOADS_UNSEEN=
PANIC_IS_TOLD=
SERIAL_16550=
BENCH_CPUS=1
case $ARCH in
riscv64)
	RAM_BASE=0x80000000
	BOARD='ns16550a goldfish-rtc 0x0080000000'
	STATE_PROGRAMS='fp csr sfence'
	KVM_PARTS=kvm
	NO_HARDWARE=hypervisor ;;
aarch64)
	RAM_BASE=0x40000000
	BOARD='pl011 pl031 gic-v[23] 0x0040000000'
	SERIAL_16550='["serial", 0x0902_0000, 0x100, 35, 0x2, []]'
	STATE_PROGRAMS='fp smp timer'
	KVM_PARTS=
	LOADS_UNSEEN=yes
	BENCH_CPUS=2
	PANIC_IS_TOLD=yes
	NO_HARDWARE=EL2 ;;
x86_64)
	RAM_BASE=0
	BOARD='isa-serial cmos-rtc ioapic'
	PANIC_IS_TOLD=yes
	STATE_PROGRAMS='fp smp timer'
	BENCH_CPUS=2
	KVM_PARTS='irqbypass kvm kvm-amd'
	! grep -qw vmx /proc/cpuinfo || KVM_PARTS='irqbypass kvm kvm-intel'
	NO_HARDWARE='SVM|AMD-V' ;;
esac
