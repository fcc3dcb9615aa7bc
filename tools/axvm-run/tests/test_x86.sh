# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2154
#
# x86_64 guests: configurations, architectures found out, places, tables as
# other programs see them. Sourced by run.

for kind in bz bz-zimage bz-old bz-fixed bz-huge elf64 elf32 elf64-pvh elf32-mb multiboot \
	multiboot-video; do
	make_image "x86-$kind" "$tmp/x86-$kind"
done
make_image gzip "$tmp/x86-multiboot" "$tmp/x86-multiboot.gzip"
for kind in bz elf64 elf32 elf64-pvh elf32-mb multiboot multiboot.gzip; do
	expect "probe-x86-$kind" 0 x86_64 tool probe "$tmp/x86-$kind"
done

# pc_plan NAME STATUS TEXT KIND OPTION...
pc_plan() {
	name=$1 want=$2 text=$3 kind=$4
	shift 4
	expect "pc-$name" "$want" "$text" tool plan --mem 64M --kernel "$tmp/x86-$kind" "$@"
}
pc_plan linux 0 'entry 0x1000200' bz
pc_plan linux-tables 0 'firmware 0xe0000' bz
pc_plan linux-mp 0 'firmware 0xf0000' bz
pc_plan linux-initrd 0 'initrd 0x3ffe000 0x1388' bz --initrd "$tmp/initrd"
pc_plan zimage 1 'is a zImage' bz-zimage
pc_plan old 1 'boot protocol 2.01' bz-old
pc_plan huge 1 'needs 4096 MiB' bz-huge
pc_plan elf64 0 'arg0 0x2' elf64
pc_plan elf32 0 'arg0 0x1' elf32
pc_plan multiboot 0 'arg0 0x2badb00200000001' multiboot
pc_plan multiboot-packed 0 'kernel 0x200000 0x2000' multiboot.gzip
pc_plan multiboot-video 1 'wants a video mode' multiboot-video
pc_plan protocol 0 'entry 0x100020' elf64-pvh --boot-protocol elf
pc_plan protocol-other 1 '--boot-protocol: is "linux32", but' elf32 --boot-protocol linux32
pc_plan protocol-unknown 1 '"grub" is no boot protocol' elf32 --boot-protocol grub
pc_plan protocol-uefi 3 '"uefi" is not supported' elf32 --boot-protocol uefi
pc_plan dtb 3 'x86_64 guests get ACPI tables' bz --dtb "$tmp/raw"
expect pc-raw 0 'entry 0x100000' tool plan --arch x86_64 --load 0x100000 --kernel "$tmp/raw"
expect pc-raw-protected 0 'entry 0x100000' \
	tool plan --arch x86_64 --boot-protocol protected --kernel "$tmp/raw"
expect pc-raw-unsaid 1 'none of the kernels that are known' \
	tool plan --arch x86_64 --kernel "$tmp/raw"
expect pc-raw-real 0 'arg0 0x0' tool plan --arch x86_64 --load 0x7c00 --kernel "$tmp/raw"
expect pc-large-memory 0 '[0x100000000, 0x40000000, 0x7, 0]' \
	tool options --kernel "$tmp/x86-bz" --mem 4G
expect pc-cmdline 0 'cmdline = "console=ttyS0"' tool options --kernel "$tmp/x86-bz"

# A file: base, kernel, devices; pc NAME STATUS TEXT KERNEL-LINES DEVICE-LINES
pc() {
	printf '[base]\ncpu_num = 2\narch = "x86_64"\n[kernel]\nkernel_path = "%s"\n' \
		"${kernel:-none}" >"$tmp/case.toml"
	printf '%s\n[devices]\n%s\n' "${4:-memory_regions = [[0, 0x4000000, 7, 0]]}" "$5" \
		>>"$tmp/case.toml"
	expect "pc-$1" "$2" "$3" tool check ${images:+--images} "$tmp/case.toml"
}
memory='memory_regions = [[0, 0x4000000, 7, 0]]'
com1='["com1", 0x3f8, 8, 0, 2, []]'
ioapic='["ioapic", 0xfec00000, 0x1000, 0, 0x23, []]'
pc board 0 ': ok' '' ''
pc axvisor 0 ': ok' '' "emu_devices = [$com1, $ioapic, [\"pit\", 0x40, 0x22, 0, 0x24, []]]"
pc port 0 '' '' "emu_devices = [$com1, [\"exit\", 0xf4, 4, 0, 0x47, []]]"
pc port-too-high 1 'emu_devices[0]: a: is too high; it has to end by 0x10000' '' \
	'emu_devices = [["a", 0xfff8, 16, 0, 2, []]]'
pc serial-length 1 'length is 0x10; the serial port has 0x8' '' \
	'emu_devices = [["a", 0x3f8, 16, 0, 2, []]]'
pc serial-align 1 'is at 0x3fc; a multiple of 0x8' '' 'emu_devices = [["a", 0x3fc, 8, 0, 2, []]]'
pc serial-cfg 1 'takes 0' '' 'emu_devices = [["a", 0x3f8, 8, 0, 2, [0]]]'
pc pit-elsewhere 1 'is at 0x50; the 8254 of a PC is at 0x40' '' \
	'emu_devices = [["a", 0x50, 4, 0, 0x24, []]]'
pc overlap 1 'kbc: overlaps pit at 0x61' '' \
	'emu_devices = [["pit", 0x40, 4, 0, 0x24, []], ["kbc", 0x61, 8, 0, 2, []]]'
pc overlap-second 1 'b: overlaps pic at 0xa0' '' \
	'emu_devices = [["pic", 0x20, 2, 0, 0x41, []], ["b", 0xa0, 8, 0, 2, []]]'
pc ports-and-memory 0 '' '' "emu_devices = [$com1, [\"rtc\", 0x8000000, 0x1000, 0, 0x40, []]]"
pc no-chip 1 'has an irq_id but there is no I/O APIC' '' \
	'emu_devices = [["a", 0x3f8, 8, 4, 2, []]]'
pc irq-too-large 1 'irq_id 24 is too large; 1 to 23' '' \
	"emu_devices = [$ioapic, [\"a\", 0x3f8, 8, 24, 2, []]]"
pc irq-too-large-pic 1 'irq_id 16 is too large; 1 to 15' '' \
	'emu_devices = [["pic", 0x20, 2, 0, 0x41, []], ["a", 0x3f8, 8, 16, 2, []]]'
pc second-ioapic 1 'b: is a second I/O APIC' '' \
	"emu_devices = [$ioapic, [\"b\", 0xfed00000, 0x1000, 0, 0x23, []]]"
pc lapic 1 'overlaps the local APICs at 0xfee00000' \
	'memory_regions = [[0, 0x1000, 7, 0], [0xfee00000, 0x1000, 7, 0]]' ''
pc board-memory 1 "overlaps the default board's ioapic" \
	'memory_regions = [[0, 0xff000000, 7, 0]]' ''
pc plic 3 'is a device of riscv64' '' 'emu_devices = [["p", 0xc000000, 0x600000, 0, 0x30, []]]'
pc unknown-device 1 '0x5 is no device type; 0x2 isa-serial, 0x23 ioapic, 0x24 i8254, 0x40 goldfish-rtc, 0x41 i8259' '' \
	'emu_devices = [["p", 0x100, 8, 0, 5, []]]'
pc ports-passed 3 'passing the host' '' 'passthrough_ports = [[0x6000, 0x80]]'
printf '[base]\ncpu_num = 1\nphys_cpu_ids = [0x100]\narch = "x86_64"\n[kernel]\n%s\n%s\n' \
	'kernel_path = "none"' "$memory" >"$tmp/case.toml"
expect pc-apic-id 3 '0x100 is no APIC id' tool check "$tmp/case.toml"

# Interrupts that AxVisor's files do not say, lengths that they say otherwise.
pc axvisor-again 0 '' '' "emu_devices = [$com1, $ioapic, [\"pit\", 0x40, 0x22, 0, 0x24, []]]"
for line in '["com1", 0x3f8, 0x8, 4, 0x2, []]' '["pit", 0x40, 0x4, 2, 0x24, []]'; do
	expect "pc-completed-${line%%,*}" 0 "$line" tool check --print-config "$tmp/case.toml"
done
pc second-com 0 '' '' "emu_devices = [$ioapic, $com1, [\"com3\", 0x3e8, 8, 0, 2, []]]"
expect pc-irq-shared 0 '["com3", 0x3e8, 0x8, 4, 0x2, []]' tool check --print-config "$tmp/case.toml"
pc irq-taken 0 '' '' "emu_devices = [$ioapic, [\"rtc\", 0x8000000, 0x1000, 4, 0x40, []], $com1]"
expect pc-irq-not-shared 0 '["com1", 0x3f8, 0x8, 0, 0x2, []]' tool check --print-config "$tmp/case.toml"
pc irq-given-twice 1 'irq_id 4 is that of rtc too' '' \
	"emu_devices = [$ioapic, [\"rtc\", 0x8000000, 0x1000, 4, 0x40, []], [\"a\", 0x3f8, 8, 4, 2, []]]"
pc irq-shared-by-name 0 '' '' \
	"emu_devices = [$ioapic, [\"a\", 0x2f8, 8, 4, 2, []], [\"b\", 0x3f8, 8, 4, 2, []]]"

# Firmware and boot protocols.
bios='enable_bios = true
bios_path = "initrd"
bios_load_addr = 0x8000
kernel_load_addr = 0x200000'
kernel=raw images=1
pc bios 0 '' "$memory
$bios" ''
pc bios-protocol 0 '' "$memory
$bios
boot_protocol = \"multiboot\"" ''
pc bios-without-kernel-address 1 'kernel.kernel_load_addr: is missing' "$memory
enable_bios = true
bios_path = \"initrd\"
bios_load_addr = 0x8000" ''
pc bios-on-kernel 1 'the kernel at 0x8800 overlaps the firmware at 0x8000' "$memory
enable_bios = true
bios_path = \"initrd\"
bios_load_addr = 0x8000
kernel_load_addr = 0x8800" ''
pc bios-disabled 1 'kernel.bios_path: contradicts enable_bios = false' "$memory
enable_bios = false
bios_path = \"initrd\"
bios_load_addr = 0x8000" ''
pc bios-outside 1 'kernel.bios_load_addr: 0x9000000 is outside of memory' "$memory
bios_path = \"initrd\"
bios_load_addr = 0x9000000
kernel_load_addr = 0x200000" ''
pc multiboot-without-header 1 'case.toml:8:17: kernel.boot_protocol: is "multiboot", but' "$memory
enable_bios = true
boot_protocol = \"multiboot\"" ''
pc multiboot-disabled 1 '"multiboot" contradicts enable_bios = false' "$memory
boot_protocol = \"multiboot\"" ''
pc real 0 '' "$memory
boot_protocol = \"real\"" ''
pc real-too-high 1 '7:15: kernel.entry_point: 0x200000 cannot be reached in real mode' "$memory
entry_point = 0x200000
boot_protocol = \"real\"" ''
pc pvh-with-bios 1 '"pvh" contradicts enable_bios = true' "$memory
$bios
boot_protocol = \"pvh\"" ''
pc raw-ramdisk 1 'kernel.ramdisk_load_addr: is missing' "$memory
kernel_load_addr = 0x100000
ramdisk_path = \"initrd\"" ''
pc raw-ramdisk-placed 0 '' "$memory
kernel_load_addr = 0x100000
ramdisk_path = \"initrd\"
ramdisk_load_addr = 0x300000" ''
pc reset-vector 0 ': ok' 'memory_regions = [[0, 0x4000000, 7, 0], [0xffff0000, 0x10000, 5, 0]]
bios_path = "initrd"
bios_load_addr = 0xffffec78
kernel_load_addr = 0x200000
entry_point = 0xfffffff0' ''
pc bios-nowhere 0 'kernel.bios_load_addr: warning: there is no bios_path' "$memory
bios_load_addr = 0x8000
kernel_load_addr = 0x100000" ''
pc dtb-nowhere 3 'kernel.dtb_load_addr: unsupported: x86_64 guests' "$memory
dtb_load_addr = 0x8000" ''
kernel=x86-multiboot
pc axvisor-multiboot 0 "kernel.entry_point: note: 0x8000 is AxVisor's own" "$memory
entry_point = 0x8000
kernel_load_addr = 0x20_0000
enable_bios = true
boot_protocol = \"multiboot\"" ''
kernel=x86-bz
pc axvisor-linux 0 "kernel.entry_point: note: 0x8000 is AxVisor's own" "$memory
entry_point = 0x8000
kernel_load_addr = 0x20_0000
enable_bios = false
cmdline = \"console=ttyS0\"" ''
unset kernel images

# What is printed says the same when it is read again.
pc printed 0 '' "$memory
$bios" ''
tool check --print-config "$tmp/case.toml" 2>/dev/null >"$tmp/first.toml"
expect pc-print-bios 0 'bios_load_addr = 0x8000' cat "$tmp/first.toml"
tool check --print-config "$tmp/first.toml" 2>/dev/null >"$tmp/second.toml"
expect pc-print-roundtrip 0 '' cmp "$tmp/first.toml" "$tmp/second.toml"
tool options --kernel "$tmp/x86-elf64" --boot-protocol elf --mem 4G >"$tmp/first.toml"
tool check --print-config "$tmp/first.toml" 2>/dev/null >"$tmp/second.toml"
expect pc-print-protocol 0 'boot_protocol = "elf"' cat "$tmp/first.toml"
expect pc-print-options-roundtrip 0 '' cmp "$tmp/first.toml" "$tmp/second.toml"
printf '%s\n%s\n%s\n' "$good_base" "$good_kernel" "$good_devices" >"$tmp/riscv.toml"
expect tables-other-arch 3 '--write-dtb is for them' \
	tool check --write-tables "$tmp/tables" "$tmp/riscv.toml"
expect dtb-other-arch 3 'x86_64 guests get no device tree' \
	tool check --print-dtb "$top/configs/linux-x86_64-smp2.toml"
expect tables-no-directory 1 'cannot be made' \
	tool check --write-tables "$tmp/none/tables" "$top/configs/linux-x86_64-smp2.toml"

# table NAME: iasl takes it apart and makes it again without a complaint, the same bytes
table() {
	if ! iasl -d "$1.dat" >"$1.out" 2>&1 || grep -qiE 'error|warning|invalid' "$1.out"; then
		not_ok "acpi-iasl-$1" "not understood: $(tail -3 "$1.out" | tr '\n' ' ')"
		return
	fi
	iasl -oa -p "again-$1" "$1.dsl" >"$1.out" 2>&1
	if ! grep -q ' 0 Errors, 0 Warnings, 0 Remarks' "$1.out"; then
		not_ok "acpi-iasl-$1" "$(grep -E 'Error|Warning|Remark' "$1.out" | tr '\n' ' ')"
	elif ! cmp -s -i 36 "$1.dat" "again-$1.aml"; then
		not_ok "acpi-iasl-$1" "is not the same when made again"
	else
		ok "acpi-iasl-$1"
	fi
}
if command -v iasl >/dev/null; then
	cat >"$tmp/iasl.toml" <<-X
		[base]
		cpu_num = 4
		arch = "x86_64"
		[kernel]
		kernel_path = "none"
		memory_regions = [[0, 0x4000000, 7, 0]]
		[devices]
		default_board = true
		emu_devices = [["com2", 0x2f8, 8, 3, 2, []], ["com5", 0x1000, 8, 17, 2, []]]
	X
	expect acpi-keep 0 '' tool check -f --write-tables "$tmp/tables" "$tmp/iasl.toml"
	expect acpi-kept 1 'facp.dat cannot be written: File exists' \
		tool check --write-tables "$tmp/tables" "$tmp/iasl.toml"
	expect acpi-write 0 '' tool check --force --write-tables "$tmp/tables" "$tmp/iasl.toml"
	cd "$tmp/tables" || exit 1
	for name in dsdt facp apic xsdt facs; do table $name; done
	expect acpi-serial 0 'COM2' grep Device dsdt.dsl
	expect acpi-serial-gsi 0 '0x00000011' cat dsdt.dsl
	cd "$here" || exit 1
else
	skip acpi-iasl "no iasl; install acpica-tools"
fi
