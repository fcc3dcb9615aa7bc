# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2154
#
# Configurations: what is taken, what is refused, and where the message points.
# Sourced by run.

# toml NAME STATUS TEXT: check standard input. No pipe into it: it counts.
toml() {
	cat >"$tmp/case.toml"
	check_case "$@"
}
check_case() {
	expect "config-$1" "$2" "$3" tool check "$tmp/case.toml"
}

# base and kernel of a good file; cases append or replace lines
good_base='[base]
id = 1
name = "vm"
vm_type = 1
arch = "riscv64"
cpu_num = 2'
good_kernel='[kernel]
entry_point = 0x8020_0000
image_location = "fs"
kernel_path = "Image"
kernel_load_addr = 0x8020_0000
memory_regions = [[0x8000_0000, 0x400_0000, 0x7, 0]]'
good_devices='[devices]
passthrough_devices = []
emu_devices = []'

# with_base NAME STATUS TEXT LINE: a good file with another line in [base]; it is line 7
with_base() {
	printf '%s\n%s\n%s\n%s\n' "$good_base" "$4" "$good_kernel" "$good_devices" >"$tmp/case.toml"
	check_case "$1" "$2" "$3"
}
# in [kernel]; it is line 13
with_kernel() {
	printf '%s\n%s\n%s\n%s\n' "$good_base" "$good_kernel" "$4" "$good_devices" >"$tmp/case.toml"
	check_case "$1" "$2" "$3"
}
# in [devices], in place of everything there; it is line 14
with_devices() {
	printf '%s\n%s\n[devices]\n%s\n' "$good_base" "$good_kernel" "$4" >"$tmp/case.toml"
	check_case "$1" "$2" "$3"
}
# regions NAME STATUS TEXT REGIONS: they are line 5
regions() {
	printf '[base]\ncpu_num = 1\narch = "riscv64"\n[kernel]\nmemory_regions = %s\n%s\n' "$4" \
		'kernel_path = "Image"' >"$tmp/case.toml"
	check_case "$1" "$2" "$3"
}

with_base good 0 ": ok" ""
with_base missing-image-is-a-note 0 "case.toml:11:15: kernel.kernel_path: note:" ""
with_base unknown-key 1 "case.toml:7:1: base.cpu_nun: unknown key; did you mean cpu_num?" \
	'cpu_nun = 3'
with_base unknown-key-nothing-near 1 "7:1: base.something_else: unknown key; [base] may have id, name," \
	'something_else = 3'
with_base wrong-table 1 "7:1: base.cmdline: stands in [base]; it belongs into [kernel]" \
	'cmdline = "x"'
with_base ids 0 "" 'phys_cpu_ids = [0x100, 0x101]'
with_base ids-wrong-number 1 "7:16: base.phys_cpu_ids: has 1 entry; the VM has 2 vCPUs" \
	'phys_cpu_ids = [0]'
with_base ids-twice 1 "7:20: base.phys_cpu_ids[1]: 0x5 is vCPU 0's id too" 'phys_cpu_ids = [5, 5]'
with_base ids-negative 1 "7:20: base.phys_cpu_ids[1]: -1 is negative" 'phys_cpu_ids = [5, -1]'
with_base ids-too-large 1 "7:16: base.phys_cpu_ids: 0x80000000 is no hart id" \
	'phys_cpu_ids = [0, 0x80000000]'
with_base sets 0 "" 'phys_cpu_sets = [0b101, 2]'
with_base sets-lists 0 "" 'phys_cpu_sets = ["0-3,64", "7"]'
with_base sets-zero 1 "7:21: base.phys_cpu_sets[1]: allows no CPU at all" 'phys_cpu_sets = [1, 0]'
with_base sets-bad-list 1 "base.phys_cpu_sets[0]: \"3-1\" is no list" 'phys_cpu_sets = ["3-1", 1]'
with_base sets-huge-list 1 "is no list of CPUs" 'phys_cpu_sets = ["0-99999999999999999999", 1]'
with_base sets-bad-kind 1 "base.phys_cpu_sets[0]: is true or false; an integer is needed" \
	'phys_cpu_sets = [true, 1]'

printf '[base]\nid = "x"\ncpu_num = 0\nname = "9"\nvm_type = 3\narch = "vax"\n%s\n' "$good_kernel" \
	>"$tmp/base.toml"
for text in '2:6: base.id: is a string; an integer is needed' \
	'3:11: base.cpu_num: 0 is too small; 1 to 64 is allowed' '4:8: base.name: "9" cannot be a name' \
	'5:11: base.vm_type: 3 is too large; 0 to 2' '6:8: base.arch: "vax" is no architecture'; do
	expect "config-all-errors-${text%%:*}" 1 "$text" tool check "$tmp/base.toml"
done

printf '[base]\ncpu_num = 65\nname = "%s"\nvm_type = 0\n%s\n' \
	aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa "$good_kernel" >"$tmp/base.toml"
expect config-too-many-cpus 1 '2:11: base.cpu_num: 65 is too large; 1 to 64 is allowed' \
	tool check "$tmp/base.toml"
expect config-name-too-long 1 '3:8: base.name:' tool check "$tmp/base.toml"
expect config-host-vm 1 '4:11: base.vm_type: unsupported: 0 (host VM)' tool check "$tmp/base.toml"

with_kernel cmdline 0 "" 'cmdline = "console=ttyS0"'
with_kernel prealloc 0 "" 'prealloc = true'
with_kernel disk 3 '13:13: kernel.disk_path: unsupported: disks' 'disk_path = "disk.img"'
with_kernel empty-path 1 '13:12: kernel.dtb_path: is empty' 'dtb_path = ""'
with_kernel nul-in-path 1 '13:12: kernel.dtb_path: has a control character' 'dtb_path = "a\u0000b"'
with_kernel nul-in-key 1 '13:1: kernel.\0: unknown key' '"\u0000" = 1'
with_kernel bios 3 '13:13: kernel.bios_path: unsupported: firmware' \
	'bios_path = "x"
bios_load_addr = 0x8000'
with_kernel bios-without-address 1 'kernel.bios_load_addr: is missing' 'bios_path = "x"'
with_kernel uefi 3 '14:17: kernel.boot_protocol: unsupported: UEFI firmware is not' 'enable_bios = true
boot_protocol = "uefi"
uefi_firmware_path = "x"
bios_load_addr = 0xffc0_0000'
with_kernel uefi-without-firmware 1 '"uefi" goes with uefi_firmware_path, which is missing' 'enable_bios = true
boot_protocol = "uefi"
bios_load_addr = 0xffc0_0000'
with_kernel direct-contradicts 1 'boot_protocol: "direct" contradicts enable_bios = true' \
	'enable_bios = true
boot_protocol = "direct"'
with_kernel uefi-without-address 1 '"uefi" goes with bios_load_addr, which is missing' \
	'enable_bios = true
boot_protocol = "uefi"
uefi_firmware_path = "x"'
with_kernel uefi-path-alone 3 'kernel.uefi_firmware_path: unsupported: UEFI firmware' \
	'enable_bios = true
uefi_firmware_path = "x"
bios_load_addr = 0xffc0_0000'
with_kernel uefi-contradicts 1 '"uefi" goes with enable_bios = true, which is missing' \
	'boot_protocol = "uefi"'
with_kernel direct 0 '' 'enable_bios = false
boot_protocol = "direct"'
with_kernel protocol-unknown 1 '"x" is no boot protocol' 'boot_protocol = "x"'
with_kernel dtb-outside 1 '13:17: kernel.dtb_load_addr: 0x9000 is outside of memory' \
	'dtb_load_addr = 0x9000'
with_kernel ramdisk-address-alone 0 'kernel.ramdisk_load_addr: warning:' \
	'ramdisk_load_addr = 0x8100_0000'

regions regions-table 0 "" '[{ gpa = 0x80000000, size = 0x400000, flags = 7, map_type = 0 }]'
regions regions-table-unknown 1 '5:56: kernel.memory_regions[0].flag: unknown key; did you mean flags?' \
	'[{ gpa = 0x80000000, size = 0x400000, flag = 7, map_type = 0 }]'
regions regions-flat 1 '[0]: is an integer; an array [gpa, size, flags, map_type] is needed' \
	'[0x80000000, 4096, 7, 0]'
regions regions-index 1 'memory_regions[1]: is not aligned' \
	'[[0x80000000, 4096, 7, 3], [0x90000001, 4096, 7, 0]]'
regions regions-over-board 1 \
	"5:19: kernel.memory_regions[0]: memory at 0x8000000 overlaps the default board's plic" \
	'[[0x8000000, 0x8000000, 7, 0]]'
regions regions-none 3 '5:18: kernel.memory_regions: unsupported: a VM without memory' '[]'
regions regions-three 1 '5:19: kernel.memory_regions[0].map_type: is missing' '[[0x80000000, 4096, 7]]'
regions regions-five 1 'kernel.memory_regions[0]: has 5 elements' '[[0x80000000, 4096, 7, 0, 0]]'
regions regions-not-aligned 1 'kernel.memory_regions[0]: is not aligned' '[[0x80000001, 4096, 7, 0]]'
regions regions-empty 1 'kernel.memory_regions[0]: has no bytes' '[[0x80000000, 0, 7, 0]]'
regions regions-too-high 1 'is too high' '[[0x7ffffffff000, 4096, 7, 0]]'
regions regions-overlap 1 '5:48: kernel.memory_regions[1]: overlaps region 0' \
	'[[0x80000000, 0x10000, 7, 0], [0x8000f000, 4096, 7, 0]]'
regions regions-apart 0 '' '[[0x80000000, 0x10000, 7, 0], [0x80010000, 4096, 5, 0]]'
regions regions-identical 3 'unsupported: map_type 1 (MapIdentical)' '[[0x80000000, 4096, 7, 1]]'
regions regions-identical-overlap 3 'MapIdentical' '[[0, 8192, 7, 1], [0, 4096, 7, 0]]'
regions regions-reserved 3 'unsupported: map_type 2 (MapReserved)' '[[0x80000000, 4096, 7, 2]]'
regions regions-map-type 1 '0x3 is too large' '[[0x80000000, 4096, 7, 3]]'
regions regions-no-access 1 'allow neither reading nor executing' '[[0x80000000, 4096, 7, 0], [0x90000000, 4096, 8, 0]]'
regions regions-write-only 1 'writing but not reading' '[[0x80000000, 4096, 7, 0], [0x90000000, 4096, 6, 0]]'
regions regions-main 1 '5:19: kernel.memory_regions[0]: is main memory, as the first region, but flags 0x1' \
	'[[0x80000000, 4096, 1, 0]]'
regions regions-device 3 'unsupported: flags 0x10' '[[0x80000000, 4096, 0x17, 0]]'
regions regions-unknown-flag 1 'flags: 0x40 is too large' '[[0x80000000, 4096, 0x40, 0]]'

plic='["plic", 0xc000000, 0x600000, 0, 0x30, [2]]'
with_devices devices 0 '' "emu_devices = [$plic, [\"uart\", 0x10000000, 0x100, 10, 0x2, []]]"
with_devices devices-table 0 '' "emu_devices = [$plic, { name = \"uart\", base_gpa = 0x10000000, length = 0x100, irq_id = 10, emu_type = 2, cfg_list = [0, 1] }]"
with_devices devices-axvisor-plic 0 '' 'emu_devices = [["plic", 0xc000000, 0x600000, 0, 0x30, [4]]]'
with_devices devices-none 0 '' 'default_board = false'
with_devices devices-missing 1 '14:16: devices.emu_devices[0].cfg_list: is missing' \
	'emu_devices = [["x", 0, 4096, 0, 2]]'
with_devices devices-unknown-type 1 '14:43: devices.emu_devices[0].emu_type: 0x4 is no device type' \
	'emu_devices = [["bad", 0x1000, 0x1000, 0, 0x4, []]]'
with_devices devices-other-arch 3 '0x21 (GPPTDistributor) is a device of aarch64; the guest is riscv64' \
	'emu_devices = [["gicd", 0x8000000, 0x10000, 0, 0x21, []]]'
with_devices devices-virtio 3 'unsupported: 0xe1 (VirtioBlk)' \
	'emu_devices = [["disk", 0x8000000, 0x1000, 1, 0xe1, []]]'
with_devices devices-name-twice 1 "name too" \
	'emu_devices = [["a", 0x1000, 0x100, 0, 2, []], ["a", 0x2000, 0x100, 0, 2, []]]'
with_devices devices-overlap 1 '14:47: devices.emu_devices[1]: b: overlaps a at 0x1000' \
	'emu_devices = [["a", 0x1000, 0x100, 0, 2, []],["b", 0x10ff, 0x100, 0, 2, []]]'
with_devices devices-over-memory 1 'a: at 0x80000000 overlaps memory' \
	'emu_devices = [["a", 0x80000000, 0x100, 0, 2, []]]'
with_devices devices-same-irq 1 'irq_id 3 is that of a too' "emu_devices = [$plic,
	[\"a\", 0x1000, 0x100, 3, 2, []], [\"b\", 0x2000, 0x100, 3, 2, []]]"
with_devices devices-irq-too-large 1 'PLIC has 1 to 127' \
	"emu_devices = [$plic, [\"a\", 0x1000, 0x100, 128, 2, []]]"
with_devices devices-more-sources 0 '' 'emu_devices = [
	["plic", 0xc000000, 0x600000, 0, 0x30, [2, 200]], ["a", 0x1000, 0x100, 128, 2, []]]'
with_devices devices-no-plic 1 'there is no PLIC' 'emu_devices = [["a", 0x1000, 0x100, 3, 2, []]]'
with_devices devices-two-plics 1 'second PLIC' \
	"emu_devices = [$plic, [\"p\", 0x20000000, 0x600000, 0, 0x30, []]]"
with_devices devices-plic-contexts 1 'has 1 contexts for 2 vCPUs' \
	'emu_devices = [["plic", 0xc000000, 0x600000, 0, 0x30, [1]]]'
with_devices devices-plic-short 1 'plic: is too short for its contexts' \
	'emu_devices = [["plic", 0xc000000, 0x201000, 0, 0x30, [2]]]'
with_devices devices-uart-shift 1 'reg-shift' 'emu_devices = [["a", 0x1000, 0x100, 0, 2, [3]]]'
with_devices devices-uart-width 1 'reg-io-width' 'emu_devices = [["a", 0x1000, 0x100, 0, 2, [1, 4]]]'
with_devices devices-cfg 1 'cfg_list has 3 entries' 'emu_devices = [["a", 0x1000, 0x100, 0, 2, [0, 1, 2]]]'
with_devices devices-cfg-long 1 'at most 16' \
	'emu_devices = [["a", 0x1000, 0x100, 0, 2, [1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]]]'
with_devices devices-name 1 'name: "a b" cannot be a name; use at most 31 letters, digits and . _ -' \
	'emu_devices = [["a b", 0x1000, 0x100, 0, 2, []]]'
with_devices devices-name-at 1 'name: "uart@1000" cannot be a name' \
	'emu_devices = [["uart@1000", 0x1000, 0x100, 0, 2, []]]'
with_devices devices-irq-negative 1 'irq_id: -1 is negative; 0 to 4294967295 is allowed' \
	'emu_devices = [["a", 0x1000, 0x100, -1, 2, []]]'
with_devices devices-index 1 'devices.emu_devices[1]: b: at 0x80000000 overlaps memory' \
	'emu_devices = [["bad", 0x1000, 0x1000, 0, 0x4, []], ["b", 0x80000000, 0x100, 0, 2, []]]'
with_devices devices-board-irq 1 "emu_devices[0]: a: irq_id 11 is that of the default board's rtc too" \
	'default_board = true
emu_devices = [["a", 0x1000, 0x100, 11, 2, []]]'
with_devices interrupt-mode 0 '' 'interrupt_mode = "emulated"'
with_devices interrupt-none 0 'devices.interrupt_mode: note:' 'interrupt_mode = "no_irq"'
with_devices interrupt-passthrough 3 '14:18: devices.interrupt_mode: unsupported: "pt" needs' \
	'interrupt_mode = "pt"'
with_devices interrupt-unknown 1 \
	'"x" is no value for this key; one of "emu", "emulated", "no_irq"' 'interrupt_mode = "x"'
with_devices policy 3 'devices.address_space_policy: unsupported' 'address_space_policy = "passthrough"'
with_devices passthrough 3 '14:24: devices.passthrough_devices[0]: unsupported:' \
	'passthrough_devices = [["/soc/serial@10000000"]]'
with_devices passthrough-no-length 1 'has no length' 'passthrough_devices = [["x", 0x1000, 0x1000]]'
with_devices passthrough-addresses 3 'passthrough_addresses[0]: unsupported' \
	'passthrough_addresses = [[0x1000, 0x1000]]'
with_devices passthrough-ports 3 'passthrough_ports[0]: unsupported' 'passthrough_ports = [[0x6000, 0x80]]'
with_devices passthrough-ports-overflow 1 'below 0x10000' 'passthrough_ports = [[0xffff, 2]]'
with_devices excluded 0 'there is none to exclude' 'excluded_devices = [["/gic"]]'
with_devices excluded-bad 1 'excluded_devices[0]: is a string; an array' 'excluded_devices = ["/gic"]'

toml location 1 '5:18: kernel.image_location: "there" is no place' <<'X'
[base]
cpu_num = 1
[kernel]
memory_regions = [[0x80000000, 4096, 7, 0]]
image_location = "there"
kernel_path = "Image"
X
toml not-toml 1 'case.toml:1:6: not TOML:' <<'X'
[base
X
toml bad-header 1 'case.toml:3:2: not TOML: this cannot stand here' <<'X'
[base]
cpu_num = 1
[!x]
[kernel]
X
toml letters 1 'case.toml:2:3: not TOML' <<'X'
[base]
größe = 1
X
toml letters-in-strings 0 '' <<'X'
# Größe, größer, ρ, ж
[base]
cpu_num = 1
arch = "riscv64"
[kernel]
cmdline = "größe=ρ"
kernel_path = "Bär"
memory_regions = [[0x80000000, 4096, 7, 0]]
X
toml empty 1 'base: is missing' <<'X'
# nothing
X
toml no-kernel 1 'kernel: is missing' <<'X'
[base]
cpu_num = 1
X
toml table-twice 1 'not TOML' <<'X'
[base]
[base]
X
toml no-table 1 '1:8: base: is an integer; a table is needed' <<'X'
base = 1
X
toml misspelt-table 1 '1:2: kernal: unknown key; did you mean [kernel]?' <<'X'
[kernal]
X
toml flat-fragment 1 'interrupt_mode: stands at the top; it belongs into the table [devices]' <<'X'
interrupt_mode = "emu"
X
toml dialect-flat 3 'flat dialect (G1, to March 2025)' <<'X'
id = 1
name = "x"
cpu_num = 1
kernel_path = "x"
memory_regions = [[0, 4096, 7, 0]]
X
toml dialect-first-flat 3 'first flat dialect (G0, 2024)' <<'X'
id = 1
plat = "qemu"
kernel_path = "x"
memory_regions = [[0, 4096, 7]]
X
toml dialect-machine 3 'typed-machine dialect (G3' <<'X'
[machine]
mode = "virtual"
[[memory.regions]]
guest_base = 0
X
toml dialect-guest 3 'GuestConfig dialect (G4' <<'X'
[base]
guest_type = "virtualized"
[[devices.virtual]]
id = "data0"
model = "virtio-blk"
X
toml dialect-guest-invalid 1 'devices.virtual[0].irq_id: may not be given' <<'X'
[[devices.virtual]]
id = "data0"
model = "virtio-blk"
irq_id = 3
X
toml dialect-guest-conflict 1 'devices.disabled[0].path: "/a/b" is listed before' <<'X'
[devices]
passthrough = [{ path = "/a/b" }]
disabled = [{ path = "/a/b" }]
X

expect config-no-file 1 "$tmp/none.toml: cannot be opened" tool check "$tmp/none.toml"
expect config-directory 1 'is no regular file' tool check "$tmp"
mkfifo "$tmp/fifo" && expect config-fifo 1 'is no regular file' tool check "$tmp/fifo"
dd if=/dev/zero of="$tmp/big.toml" bs=1024 count=1025 2>/dev/null
expect config-too-big 1 'at most 1048576 fit' tool check "$tmp/big.toml"
{ echo '[base]'; i=0; while [ $i -lt 200 ]; do echo "k$i = 1"; i=$((i + 1)); done; } >"$tmp/many.toml"
expect config-many-errors 1 'more not shown' tool check "$tmp/many.toml"

with_base good-again 0 "" ""
cp "$tmp/case.toml" "$tmp/good.toml"
echo '[machine]' >"$tmp/unsupported.toml"
echo '[base' >"$tmp/invalid.toml"
expect check-worst-3 3 '' tool check "$tmp/good.toml" "$tmp/unsupported.toml"
expect check-worst-1 1 '' tool check "$tmp/unsupported.toml" "$tmp/invalid.toml" "$tmp/good.toml"
expect check-json 1 '"status":3,"verdict":"unsupported"' \
	tool check -j "$tmp/unsupported.toml" "$tmp/invalid.toml"
expect check-bad-arch 2 "check: --arch: 'vax' is no architecture" tool check --arch vax x
expect check-stdin 0 '-: ok' sh -c '"$0" check - <"$1"' "$bin/tool" "$tmp/good.toml"
expect check-stdin-pipe 1 '-:1:6: not TOML' sh -c 'echo "[base" | "$0" check -' "$bin/tool"
expect check-stdin-large 1 'more than 1048576 bytes' sh -c '"$0" check - <"$1"' "$bin/tool" "$tmp/big.toml"
expect check-images-missing 1 "$tmp/Image is not here" tool check --images "$tmp/good.toml"
printf '[base]\ncpu_num = 1\n%s\n[kernel]\n%s\nkernel_path = "k"\nramdisk_path = "r"\n' \
	'arch = "riscv64"' 'memory_regions = [[0x80000000, 0x4000000, 7, 0]]' >"$tmp/absent.toml"
expect check-images-all 1 '7:16: kernel.ramdisk_path:' tool check --images "$tmp/absent.toml"
expect check-images-all-kernel 1 '6:15: kernel.kernel_path:' tool check --images "$tmp/absent.toml"
expect check-other-arch 0 '3:8: base.arch: warning: is riscv64, but --arch says x86_64, which' \
	tool check --arch x86_64 "$tmp/absent.toml"
expect check-same-arch 1 '' sh -c '"$0" check --arch riscv "$1" 2>&1 | grep warning' "$bin/tool" \
	"$tmp/absent.toml"
sed 's/"k"/""/' "$tmp/absent.toml" >"$tmp/empty.toml"
expect check-empty-kernel 1 '6:15: kernel.kernel_path: is empty; a VM needs a kernel' \
	tool check "$tmp/empty.toml"
: >"$tmp/precious.dtb"
expect check-keeps-files 1 "$tmp/precious.dtb cannot be written: File exists; --force overwrites" \
	tool check --write-dtb "$tmp/precious.dtb" "$tmp/absent.toml"
expect check-overwrites-files 0 '' tool check -f --write-dtb "$tmp/precious.dtb" "$tmp/absent.toml"
sed "s|\"Image\"|\"$tmp\"|" "$tmp/good.toml" >"$tmp/dir.toml"
expect check-image-directory 0 "kernel.kernel_path: note: $tmp is no regular file" \
	tool check "$tmp/dir.toml"
expect check-arch 3 'loongarch64 guests are not supported (so says --arch)' \
	tool check --arch loong64 "$tmp/good.toml"


# no_arch NAME STATUS TEXT LINE: nothing but LINE, in [base], can tell the architecture
no_arch() {
	printf '# a guest\n[base]\ncpu_num = 1\n%s\n%s\n' "$4" "$good_kernel" >"$tmp/case.toml"
	if foreign true; then
		expect "config-$1" "$2" "$3" foreign "$bin/tool" check "$tmp/case.toml"
	else
		skip "config-$1" "guests are like this host"
	fi
}
# foreign COMMAND...: on a host that has no guests of its own
foreign() {
	case $(uname -m) in
	x86_64) setarch i686 "$@" ;;
	riscv64 | aarch64) return 1 ;;
	*) "$@" ;;
	esac
}
# once NAME TEXT: the last case printed it exactly once
once() {
	if [ "$(grep -cF -- "$2" "$tmp/out")" = 1 ]; then ok "$1"; else not_ok "$1" "$(cat "$tmp/out")"; fi
}
no_arch arch-unknown 3 "case.toml:2:1: base.arch: unsupported: the guest's architecture is not known" ''
once config-arch-unknown-once 'arch'
no_arch arch-invalid 1 '4:8: base.arch: "mips" is no architecture' 'arch = "mips"'
once config-arch-invalid-once 'arch'
no_arch arch-no-string 1 '4:8: base.arch: is an integer' 'arch = 5'
once config-arch-no-string-once 'base.arch'
if foreign true; then
	expect options-no-kernel-no-arch 1 '--kernel: /none cannot be read: No such file' \
		foreign "$bin/tool" options --kernel /none
	expect options-no-arch 1 "--arch: unsupported: the guest's architecture is not known; say --arch" \
		foreign "$bin/tool" options --kernel /none
fi

# The PLIC comes first, as the kernel wants it.
with_devices devices-order 0 "" \
	"emu_devices = [[\"uart\", 0x10000000, 0x100, 10, 0x2, []], $plic]"
tool check --print-config "$tmp/case.toml" >"$tmp/order.toml" 2>/dev/null
expect devices-plic-first 0 '"plic"' grep -m1 -A1 '^emu_devices = ' "$tmp/order.toml"

# Options make the same configuration as the TOML that they print.
roundtrip() {
	name=$1
	shift
	if tool options --arch "${roundtrip_arch:-riscv64}" "$@" >"$tmp/a.toml" 2>"$tmp/err" &&
	   tool check --print-config "$tmp/a.toml" >"$tmp/b.toml" 2>>"$tmp/err" &&
	   cmp -s "$tmp/a.toml" "$tmp/b.toml"; then
		ok "options-$name"
	else
		not_ok "options-$name" "$(head -3 "$tmp/err" | tr '\n' ' ')"
	fi
}
roundtrip defaults --kernel /none
roundtrip all --kernel /none --initrd /none2 --dtb /none3 --name x --id 7 --mem 1G --cpus 3 \
	--cmdline 'a "b" \c' --append 'd=é' --entry 0x80201000 --load 0x80200000 --prealloc
printf '%s\nphys_cpu_ids = [7, 9]\nphys_cpu_sets = ["0-3,9,64-65", 5]\n%s\ncmdline = ""\n%s' \
	"$good_base" "$good_kernel" '[devices]
default_board = false' >"$tmp/c.toml"
tool check --print-config "$tmp/c.toml" >"$tmp/d.toml" 2>/dev/null
expect options-from-file 0 'phys_cpu_sets = ["0-3,9,64-65", "0,2"]' cat "$tmp/d.toml"
tool check --print-config "$tmp/d.toml" >"$tmp/e.toml" 2>/dev/null
expect options-from-file-again 0 '' cmp "$tmp/d.toml" "$tmp/e.toml"
expect options-default-cmdline 0 'cmdline = "console=ttyS0 earlycon=sbi quiet"' \
	tool options --arch riscv64 --kernel /none --append quiet
expect options-no-kernel 1 'axvm-run: --kernel: is missing' tool options
expect options-bad-size 2 '--mem: "x" is not a number' tool options --kernel /none --mem x
expect options-no-cpus 2 '--cpus: "0" is not a number' tool options --kernel /none --cpus 0
expect options-many-cpus 1 '--cpus: 65 is too many' tool options --arch riscv64 --kernel /n --cpus 65
expect options-bad-name 1 '--name: "a b" cannot be a name' \
	tool options --arch riscv64 --kernel /none --name 'a b'
for name in a@b a+b a:b aé 17; do
	expect "options-name-$name" 1 "--name: \"$name\" cannot be a name" \
		tool options --arch riscv64 --kernel /none --name "$name"
done
expect options-name-good 0 'name = "a.B_c-9"' \
	tool options --arch riscv64 --kernel /none --name a.B_c-9
expect options-no-fit 1 '--mem: 16777216000000 MiB is too much' tool options --arch riscv64 --kernel /none --mem 16000000T
expect options-odd-size 1 '--mem: 12345 bytes is not a multiple of 4 KiB; 12288 is' \
	tool options --arch riscv64 --kernel /none --mem 12345
expect options-small-size 1 '--mem: 512 bytes is not a multiple of 4 KiB; did you mean 512M?' \
	tool options --arch riscv64 --kernel /none --mem 512
expect options-kernel-missing 1 'axvm-run: --kernel: /none cannot be opened' \
	tool plan --arch riscv64 --kernel /none
expect options-load-outside 1 'axvm-run: --load: 0x1000 is outside of memory' \
	tool options --arch riscv64 --kernel /none --load 0x1000
expect options-long-append 1 'axvm-run: --append: has' tool options --arch riscv64 --kernel /none \
	--append "$(head -c 65536 /dev/zero | tr '\0' x)"
