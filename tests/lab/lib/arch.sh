# SPDX-License-Identifier: GPL-2.0
# What differs between architectures and backends, as tables. Sourced by tests/lab/lab.
# shellcheck shell=bash disable=SC2034

ARCHES='riscv64 arm64 x86_64'

declare -A DEB_ARCH=([riscv64]=riscv64 [arm64]=arm64 [x86_64]=amd64)
declare -A KERNEL_ARCH=([riscv64]=riscv [arm64]=arm64 [x86_64]=x86)
# What configurations and uname call an architecture, where that differs.
declare -A OTHER_NAME=([arm64]=aarch64)
declare -A TRIPLET=([riscv64]=riscv64-linux-gnu [arm64]=aarch64-linux-gnu [x86_64]=x86_64-linux-gnu)
declare -A KERNEL_FLAVOUR=([riscv64]=riscv64 [arm64]=arm64 [x86_64]=cloud-amd64)
declare -A FULL_FLAVOUR=([x86_64]=amd64)
# Modules that a guest loads: its way to tell that it has crashed.
declare -A GUEST_MODULES=([x86_64]=pvpanic-mmio)
declare -A DEBUG_IMAGE=(
	[riscv64]=arch/riscv/boot/Image
	[arm64]=arch/arm64/boot/Image
	[x86_64]=arch/x86/boot/bzImage
)

declare -A EMULATOR=(
	[riscv64]=qemu-system-riscv64
	[arm64]=qemu-system-aarch64
	[x86_64]=qemu-system-x86_64
)
declare -A EMULATOR_PACKAGES=(
	[riscv64]='qemu-system-riscv opensbi'
	[arm64]='qemu-system-arm qemu-efi-aarch64'
	[x86_64]='qemu-system-x86 seabios ipxe-qemu bochsbios vgabios patch'
)

# Machines that are described by a device tree unless this starts them.
declare -A ACPI_FIRMWARE=(
	[arm64]=/usr/share/qemu-efi-aarch64/QEMU_EFI.fd
)

# The early console is there before the first driver, so that an early crash is seen.
declare -A CONSOLE_ARGS=(
	[riscv64]='console=ttyS0 earlycon=sbi'
	[arm64]='console=ttyAMA0 earlycon=pl011,0x9000000'
	[x86_64]='console=ttyS0 earlycon=uart8250,io,0x3f8'
)

declare -A DEFAULT_BACKEND=([riscv64]=riscv [arm64]=vhe [x86_64]=svm)
declare -A BACKEND_ARCH=(
	[riscv]=riscv64 [vhe]=arm64 [nvhe]=arm64 [svm]=x86_64 [vmx]=x86_64
)
declare -A BACKEND_MACHINE=(
	[riscv]='virt'
	[vhe]='virt,virtualization=on,gic-version=3'
	[nvhe]='virt,virtualization=on,gic-version=3'
	[svm]='q35'
)
declare -A BACKEND_CPU=(
	[riscv]='rv64,h=true'
	[vhe]='max,pauth-impdef=on'
	[nvhe]='cortex-a72'
	[svm]='max'
	[vmx]='corei7_haswell_4770'
)
# KVM is built into Debian's arm64 kernel and would own EL2. In Bochs, whose time passes with each
# instruction, the kernel's self-tests of ciphers would take half of the CPU for its first minute.
declare -A BACKEND_APPEND=(
	[riscv]=''
	[vhe]='kvm-arm.mode=none'
	[nvhe]='kvm-arm.mode=none'
	[svm]=''
	[vmx]='cryptomgr.notests'
)
# QEMU's emulated SVM is safe on all processors but the first (Documentation/x86.rst): guests keep off it.
declare -A BACKEND_SPARE_CPU=(
	[svm]=1
)
# Those whose hardware QEMU does not emulate.
declare -A BACKEND_EMULATOR=(
	[vmx]=bochs
)

# Cross compiler prefix: empty where the root's own compiler is the right one.
cross_prefix()
{
	[ "${DEB_ARCH[$1]}" = amd64 ] || printf '%s-' "${TRIPLET[$1]}"
}

require_arch()
{
	[ -n "${DEB_ARCH[$1]:-}" ] || die "unknown architecture '$1' (known: $ARCHES)"
}

require_backend()
{
	local arch=$1 backend=$2

	[ -n "${BACKEND_ARCH[$backend]:-}" ] ||
		die "unknown backend '$backend' (known: ${!BACKEND_ARCH[*]})"
	[ "${BACKEND_ARCH[$backend]}" = "$arch" ] ||
		die "backend $backend is for ${BACKEND_ARCH[$backend]}, not for $arch"
}

# usage: require_acpi ARCH KERNEL   the debug kernels are small ones and know no firmware
require_acpi()
{
	[ -n "${ACPI_FIRMWARE[$1]:-}" ] || die "--acpi is for ${!ACPI_FIRMWARE[*]}"
	[ "$2" = stock ] || die '--acpi is for the stock kernel'
}
