# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2154
#
# aarch64 guests: their devices, images and device trees. Sourced by run.

for kind in arm64 arm64-offset arm64-old elf-arm64; do
	make_image $kind "$tmp/$kind"
done
for packing in gzip xz zstd zboot-gzip zboot-zstd; do
	make_image $packing "$tmp/arm64" "$tmp/arm64.$packing"
	expect "arm64-probe-$packing" 0 aarch64 tool probe "$tmp/arm64.$packing"
done
expect arm64-probe-elf 0 aarch64 tool probe "$tmp/elf-arm64"

arm64_plan() { tool plan --mem 64M --kernel "$@"; }

# --- nothing but a kernel and a RAM disk is needed ---

expect arm64-image 0 'kernel 0x40000000 0x3000' arm64_plan "$tmp/arm64"
expect arm64-entry 0 'entry 0x40000000' arm64_plan "$tmp/arm64"
expect arm64-initrd 0 'initrd 0x43ffd000 0x1388' arm64_plan "$tmp/arm64" --initrd "$tmp/initrd"
expect arm64-dtb 0 'arg0 0x43fff000' arm64_plan "$tmp/arm64"
arm64_plan "$tmp/arm64" | grep '^kernel' >"$tmp/plain"
for packing in gzip xz zstd zboot-gzip zboot-zstd; do
	arm64_plan "$tmp/arm64.$packing" | grep '^kernel' >"$tmp/packed"
	expect "arm64-$packing" 0 '' cmp "$tmp/plain" "$tmp/packed"
done
expect arm64-offset 0 'kernel 0x40080000' arm64_plan "$tmp/arm64-offset"
expect arm64-old 0 'kernel 0x40080000' arm64_plan "$tmp/arm64-old"
expect arm64-elf 0 'entry 0x40200010' arm64_plan "$tmp/elf-arm64"
expect arm64-raw 0 'kernel 0x40200000 0x3000' arm64_plan "$tmp/raw" --arch arm64 --load 0x40200000
expect arm64-raw-unsaid 1 'none of the kernels that are known' arm64_plan "$tmp/raw" --arch arm64
expect arm64-load 0 'kernel 0x40400000' arm64_plan "$tmp/arm64" --load 0x40400000
expect arm64-load-unaligned 1 'needs a multiple of 0x200000' \
	arm64_plan "$tmp/arm64" --load 0x40480000
expect arm64-load-offset 0 'kernel 0x40480000' arm64_plan "$tmp/arm64-offset" --load 0x40480000
expect arm64-load-no-offset 1 'needs a multiple of 0x200000 plus 0x80000' \
	arm64_plan "$tmp/arm64-offset" --load 0x40400000
expect arm64-other-arch 1 'is a kernel of riscv64' arm64_plan "$tmp/riscv" --arch arm64

# The RAM disk stays in the window that booting.rst asks for, whatever the memory.
expect arm64-initrd-window 0 'initrd 0x83fffe000' tool plan --kernel "$tmp/arm64" --mem 64G \
	--initrd "$tmp/initrd"
printf '[base]\ncpu_num = 1\n[kernel]\nkernel_path = "arm64"\nramdisk_path = "initrd"\n%s\n%s\n' \
	'ramdisk_load_addr = 0x900000000' 'memory_regions = [[0x40000000, 0x1000000000, 7, 0]]' \
	>"$tmp/window.toml"
expect arm64-initrd-outside 1 'the kernel looks for it from 0x40000000 to 0x840000000' \
	tool plan "$tmp/window.toml"

expect arm64-cmdline 0 'cmdline = "console=ttyAMA0 earlycon"' tool options --kernel "$tmp/arm64"
roundtrip_arch=aarch64
roundtrip arm64 --kernel "$tmp/arm64" --cpus 4
roundtrip arm64-many --kernel "$tmp/arm64" --cpus 40
expect arm64-mpidr-default 0 '0xe, 0xf, 0x100, 0x101]' tool options --kernel "$tmp/arm64" --cpus 18

# --- devices ---

# arm64_file NAME STATUS TEXT LINES [BASE]: the lines are in [devices], from line 8 on
arm64_file() {
	printf '[base]\ncpu_num = 2\narch = "aarch64"\n%s\n[kernel]\nkernel_path = "%s"\n%s\n%s\n' \
		"${5:-# nothing}" "$tmp/arm64" 'memory_regions = [[0x40000000, 0x4000000, 7, 0]]
[devices]' "$4" >"$tmp/arm64.toml"
	expect "arm64-$1" "$2" "$3" tool check "$tmp/arm64.toml"
}
gic='["gic", 0x8000000, 0x10000, 0, 0x21, []]'
uart='["serial0", 0x9000000, 0x1000, 33, 0x48, []]'
arm64_file board 0 ': ok' ''
arm64_file named 0 ': ok' "emu_devices = [$uart, $gic, [\"rtc\", 0x9010000, 0x1000, 34, 0x49, []]]"
tool check --print-config "$tmp/arm64.toml" >"$tmp/order.toml" 2>/dev/null
expect arm64-gic-first 0 '"gic"' grep -m1 -A1 '^emu_devices = ' "$tmp/order.toml"
expect arm64-named-again 0 '' tool check "$tmp/order.toml"
arm64_file spis 0 ': ok' 'emu_devices = [["gic", 0x8000000, 0x10000, 0, 0x21, [988]],
	["a", 0x9000000, 0x1000, 1019, 0x48, []]]'
arm64_file many-spis 1 'gic: has too many SPIs; a GIC has up to 988' \
	'emu_devices = [["gic", 0x8000000, 0x10000, 0, 0x21, [989]]]'
arm64_file irq-large 1 'irq_id 128 is no interrupt of a device; 32 (SPI 0) to 127 are' \
	"emu_devices = [$gic, [\"a\", 0x9000000, 0x1000, 128, 0x48, []]]"
arm64_file irq-private 1 'irq_id 1 is no interrupt of a device' \
	"emu_devices = [$gic, [\"a\", 0x9000000, 0x1000, 1, 0x48, []]]"
arm64_file no-gic 1 'there is no GIC; add one of type 0x21' "emu_devices = [$uart]"
arm64_file no-irq 0 ': ok' 'emu_devices = [["a", 0x9000000, 0x1000, 0, 0x48, []]]'
arm64_file gic-irq 1 'is the interrupt controller; its irq_id is 0' \
	'emu_devices = [["gic", 0x8000000, 0x10000, 40, 0x21, []]]'
arm64_file two-gics 1 'is a second GIC' \
	"emu_devices = [$gic, [\"g\", 0x20000000, 0x10000, 0, 0x1, []]]"
arm64_file gic-unaligned 1 'multiples of 0x10000 are right' \
	'emu_devices = [["gic", 0x8001000, 0x10000, 0, 0x21, []]]'
arm64_file gic-length 1 'a gic-v3 has 0x10000 bytes' \
	'emu_devices = [["gic", 0x8000000, 0x1000, 0, 0x21, []]]'
arm64_file redistributors-over-device 1 'a: overlaps gic at 0x80a0000' \
	"emu_devices = [$gic, [\"a\", 0x80d0000, 0x1000, 33, 0x48, []]]"
arm64_file redistributors-over-memory 1 'gic: at 0x40010000 overlaps memory' \
	'emu_devices = [["gic", 0x8000000, 0x10000, 0, 0x21, [0, 0x40010000]]]'
arm64_file redistributors-over-distributor 1 'gic: overlaps itself at 0x8000000' \
	'emu_devices = [["gic", 0x8000000, 0x10000, 0, 0x21, [0, 0x8000000]]]'
arm64_file uart-length 1 'a pl011 has 0x1000 bytes' \
	'emu_devices = [["a", 0x9000000, 0x100, 0, 0x48, []]]'
arm64_file uart-parameters 1 'cfg_list has 1 entry; 0x48 (Pl011) takes 0' \
	'emu_devices = [["a", 0x9000000, 0x1000, 0, 0x48, [1]]]'
arm64_file foreign-device 3 '0x30 (PPPTGlobal) is a device of riscv64; the guest is aarch64' \
	'emu_devices = [["plic", 0xc000000, 0x600000, 0, 0x30, []]]'
arm64_file unknown 1 '0x1 gic-v2, 0x2 ns16550a, 0x20 GPPTRedistributor, 0x21 gic-v3, 0x40 goldfish-rtc, 0x48 pl011' \
	'emu_devices = [["a", 0x9000000, 0x1000, 0, 0x4, []]]'
arm64_file gicv2 0 ': ok' 'emu_devices = [["gicd", 0x8000000, 0x10000, 0, 0x1, []]]'
sed -i 's/cpu_num = 2/cpu_num = 9/' "$tmp/arm64.toml"
expect arm64-gicv2-nine-cpus 1 'is for 8 vCPUs at most; the VM has 9' tool check "$tmp/arm64.toml"
arm64_file mpidr 0 ': ok' '' 'phys_cpu_ids = [0x0, 0xff00ffff0f]'
arm64_file mpidr-bits 1 '0x80000000 is no affinity' '' 'phys_cpu_ids = [0, 0x8000_0000]'
arm64_file mpidr-range 0 ': ok' '' 'phys_cpu_ids = [0, 0xff]'

# AxVisor's forms: redistributors apart, for GICs that it forwards in part.
redistributor='["gicr", 0x80a0000, 0x20000, 0, 0x20, [2, 0x20000, 0]]'
arm64_file gppt 0 ': ok' "emu_devices = [[\"gicd\", 0x8000000, 0x10000, 0, 0x21, []], $redistributor]"
arm64_file gppt-apart 0 ': ok' "emu_devices = [$redistributor,
	[\"gicd\", 0x3000000, 0x10000, 0, 0x21, []]]"
expect arm64-gppt-place 0 '0x21, [0, 0x80a0000]' tool check --print-config "$tmp/arm64.toml"
arm64_file gppt-board 0 ': ok' "default_board = true
emu_devices = [$redistributor]"
arm64_file gppt-alone 1 'gicr: has no distributor; add one of type 0x21' \
	"emu_devices = [$redistributor]"
arm64_file gppt-twice 1 'is a second range of redistributors' \
	"emu_devices = [$gic, $redistributor, $redistributor]"
arm64_file gppt-stride 1 'has a stride of 0x10000 (cfg_list[1]); 0x20000 is right' \
	"emu_devices = [$gic, [\"gicr\", 0x80a0000, 0x20000, 0, 0x20, [1, 0x10000, 0]]]"
arm64_file gppt-contradicts 1 'cfg_list of gic says 0x8200000' \
	"emu_devices = [[\"gic\", 0x8000000, 0x10000, 0, 0x21, [0, 0x8200000]], $redistributor]"
arm64_file gppt-its 3 '0x22 (GPPTITS) is not supported' \
	"emu_devices = [$gic, [\"gits\", 0x8080000, 0x20000, 0, 0x22, [0x8080000]]]"

# --- device trees ---

if command -v dtc >/dev/null; then
	# arm64_tree NAME: write the tree of the file last checked; dtc has nothing to say about it
	arm64_tree() {
		expect "arm64-dtb-$1" 0 '' tool check -f --write-dtb "$tmp/tree.dtb" "$tmp/arm64.toml"
		dtc -I dtb -O dtb -o /dev/null "$tmp/tree.dtb" >"$tmp/warnings" 2>&1
		expect "arm64-dtb-$1-no-warnings" 1 '' grep . "$tmp/warnings"
	}

	arm64_file tree 0 ': ok' '' 'phys_cpu_ids = [0x0, 0x100]'
	arm64_tree board
	tree arm64-cpu 'cpu@100 {'
	tree arm64-enable-method 'enable-method = "psci"'
	tree arm64-psci 'arm,psci-1.0'
	tree arm64-conduit 'method = "hvc"'
	tree arm64-gic 'compatible = "arm,gic-v3"'
	tree arm64-gic-reg 'reg = <0x00 0x8000000 0x00 0x10000 0x00 0x80a0000 0x00 0x40000>'
	tree arm64-timer 'interrupts = <0x01 0x0d 0x04 0x01 0x0e 0x04 0x01 0x0b 0x04 0x01 0x0a 0x04>'
	tree arm64-always-on 'always-on;'
	tree arm64-uart 'arm,pl011'
	tree arm64-uart-irq 'interrupts = <0x00 0x01 0x04>'
	tree arm64-rtc 'arm,pl031'
	tree arm64-panic 'compatible = "qemu,pvpanic-mmio"'
	tree arm64-panic-reg 'reg = <0x00 0x9070000 0x00 0x02>'
	tree arm64-clock 'compatible = "fixed-clock"'
	tree arm64-stdout 'stdout-path = "serial0:115200n8"'
	tree arm64-alias 'serial0 = "/soc/serial@9000000"'
	tree arm64-kaslr 'kaslr-seed = <'
	tree arm64-seed 'rng-seed = <'
	tree arm64-memory 'memory@40000000 {'
	arm64_file aff3 0 ': ok' '' 'phys_cpu_ids = [0x0, 0x100000000]'
	arm64_tree aff3
	tree arm64-aff3-reg 'reg = <0x01 0x00>'

	arm64_file tree-v2 0 ': ok' 'default_board = true
emu_devices = [["gicd", 0x8000000, 0x1000, 0, 0x1, []], ["com", 0x9020000, 0x100, 35, 0x2, []]]' 'vm_type = 2'
	arm64_tree v2
	tree arm64-v2-gic 'compatible = "arm,cortex-a15-gic"'
	tree arm64-v2-reg 'reg = <0x00 0x8000000 0x00 0x1000 0x00 0x8010000 0x00 0x2000>'
	tree arm64-v2-timer 'interrupts = <0x01 0x0d 0x304 '
	tree arm64-v2-serial 'compatible = "ns16550a"'
	expect arm64-v2-one-serial 1 '' grep -q pl011 "$tmp/out"
	expect arm64-v2-cmdline 0 'console=ttyS0 earlycon' tool check --print-config \
		"$tmp/arm64.toml"

	arm64_file tree-two 0 ': ok' "emu_devices = [$gic, $uart,
	[\"com\", 0x9020000, 0x100, 35, 0x2, []]]"
	arm64_tree two
	tree arm64-two-aliases 'serial1 = "/soc/serial@9020000"'
	arm64_file tree-bare 0 ': ok' 'default_board = false'
	arm64_tree bare
	expect arm64-bare-no-timer 1 '' grep -q armv8-timer "$tmp/out"

	# A given tree gets what a guest cannot do without.
	sed 's/^\[kernel\]/&\ndtb_path = "given.dtb"/' "$tmp/arm64.toml" >"$tmp/arm64-given.toml"
	expect arm64-dtb-given 0 '' tool check -f --write-dtb "$tmp/tree.dtb" "$tmp/arm64-given.toml"
	tree arm64-given-kept 'compatible = "given"'
	tree arm64-given-cpus 'enable-method = "psci"'
	tree arm64-given-psci 'method = "hvc"'
	tree arm64-given-kaslr 'kaslr-seed = <'
	{
		printf '/dts-v1/;\n/ { #address-cells = <1>; #size-cells = <1>; big = ['
		head -c 2097152 /dev/zero | tr '\0' x | sed 's/x/00/g'
		echo ']; };'
	} | dtc -q -I dts -O dtb -o "$tmp/given.dtb"
	expect arm64-dtb-large 1 'at most 2097152 are allowed' \
		tool check --images "$tmp/arm64-given.toml"
else
	skip arm64-dtb "no dtc; install device-tree-compiler"
fi

# SVE: sve NAME STATUS TEXT ARCH KEYS
sve() {
	printf '[base]\ncpu_num = 1\narch = "%s"\n%s\n[kernel]\nkernel_path = "none"\n%s\n' "$4" "$5" \
		'memory_regions = [[0x80000000, 0x4000000, 7, 0]]' >"$tmp/sve.toml"
	expect "sve-$1" "$2" "$3" tool check --print-config "$tmp/sve.toml"
}
sve on 0 'sve = true' aarch64 'sve = true'
sve length 0 'sve_vector_length = 512' aarch64 'sve_vector_length = 512'
sve both 0 'sve_vector_length = 512' aarch64 'sve = true
sve_vector_length = 512'
sve off 0 '' aarch64 'sve = false'
sve contradiction 1 '5:21: base.sve_vector_length: contradicts sve = false' aarch64 'sve = false
sve_vector_length = 512'
sve odd 1 '4:21: base.sve_vector_length: 200 is no length of vectors' aarch64 'sve_vector_length = 200'
sve large 1 '4096 is too large; 128 to 2048' aarch64 'sve_vector_length = 4096'
sve riscv 3 '4:7: base.sve: unsupported: SVE is a part of aarch64 CPUs; the guest is riscv64' riscv64 \
	'sve = true'
