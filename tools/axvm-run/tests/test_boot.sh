# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2154
#
# Images and device trees: recognised, unpacked, placed, completed. Sourced by run.

make_image() { "$bin/mkimage" "$@"; }

for kind in riscv riscv-huge riscv-mad arm64 elf elf-pie elf-x86 elf-overlap elf-outside \
	elf-entry elf-phdr elf-wrap elf-program raw zeros; do
	make_image $kind "$tmp/$kind"
done
for packing in gzip xz zstd zboot-gzip zboot-zstd; do
	make_image $packing "$tmp/riscv" "$tmp/riscv.$packing"
done
make_image gzip "$tmp/riscv.zboot-zstd" "$tmp/riscv.twice"
make_image gzip "$tmp/zeros" "$tmp/bomb"
cat "$tmp/riscv.gzip" "$tmp/riscv.gzip" >"$tmp/riscv.members"
head -c 3000 "$tmp/riscv.gzip" >"$tmp/riscv.short"
{ head -c 1000 "$tmp/riscv.xz"; head -c 9000 "$tmp/riscv"; } >"$tmp/riscv.damaged"
head -c 2000 "$tmp/riscv.zboot-gzip" >"$tmp/riscv.zboot-short"
printf 'BZh91AY' >"$tmp/riscv.bzip2"
: >"$tmp/nothing"
head -c 5000 "$tmp/riscv" >"$tmp/initrd"

for kind in riscv riscv.gzip riscv.xz riscv.zstd riscv.zboot-gzip riscv.zboot-zstd riscv.twice \
	elf elf-pie; do
	expect "probe-$kind" 0 riscv64 tool probe "$tmp/$kind"
done
expect probe-arm64 0 aarch64 tool probe "$tmp/arm64"
expect probe-elf-x86 0 x86_64 tool probe "$tmp/elf-x86"
for kind in raw nothing none riscv.bzip2 riscv.damaged; do
	expect "probe-$kind" 0 unknown tool probe "$tmp/$kind"
done

plan() { tool plan --arch riscv64 --mem 64M --kernel "$@"; }

plan "$tmp/riscv" | grep '^kernel' >"$tmp/plain"
expect boot-image 0 'kernel 0x80200000 0x3000' cat "$tmp/plain"
for packing in gzip xz zstd zboot-gzip zboot-zstd twice; do
	plan "$tmp/riscv.$packing" | grep '^kernel' >"$tmp/packed"
	expect "boot-$packing" 0 '' cmp "$tmp/plain" "$tmp/packed"
done
expect boot-members 0 'kernel 0x80200000 0x6000' plan "$tmp/riscv.members"
expect boot-entry 0 'entry 0x80200000' plan "$tmp/riscv"
expect boot-short 1 'cut short' plan "$tmp/riscv.short"
expect boot-damaged 1 'damaged' plan "$tmp/riscv.damaged"
expect boot-zboot-short 1 'damaged: its EFI zboot header' plan "$tmp/riscv.zboot-short"
expect boot-bzip2 1 'gzip, xz and zstd are' plan "$tmp/riscv.bzip2"
expect boot-bomb 1 'larger than' plan "$tmp/bomb"
expect boot-nothing 1 'is empty' plan "$tmp/nothing"
expect boot-no-kernel 1 'cannot be opened' plan "$tmp/none"
expect boot-huge 1 'needs 1024 MiB at 0x80200000' plan "$tmp/riscv-huge"
expect boot-mad 1 'damaged: its Image header' plan "$tmp/riscv-mad"
expect boot-other-arch 1 'is a kernel of aarch64' plan "$tmp/arm64"
expect boot-small-memory 1 'needs' tool plan --arch riscv64 --mem 1M --kernel "$tmp/riscv"
expect boot-load 0 'kernel 0x80400000' plan "$tmp/riscv" --load 0x80400000
expect boot-load-unaligned 1 'needs a multiple of 0x200000' plan "$tmp/riscv" --load 0x80401000
expect boot-load-outside 1 'outside of memory' plan "$tmp/riscv" --load 0x1000
expect boot-own-entry 0 'entry 0x80200100' plan "$tmp/riscv" --entry 0x80200100
expect boot-entry-elsewhere 0 'is not in the kernel' plan "$tmp/riscv" --entry 0x80000000

expect boot-elf 0 'kernel 0x80200000 0x2000' plan "$tmp/elf"
expect boot-elf-second 0 'kernel 0x80204000 0x800' plan "$tmp/elf"
expect boot-elf-entry 0 'entry 0x80200010' plan "$tmp/elf"
expect boot-elf-load-differs 1 'linked for 0x80200000' plan "$tmp/elf" --load 0x80400000
expect boot-pie 0 'entry 0x80200010' plan "$tmp/elf-pie"
expect boot-pie-load 0 'kernel 0x80304000 0x800' plan "$tmp/elf-pie" --load 0x80300000
expect boot-elf-x86 1 'is a kernel of x86_64' plan "$tmp/elf-x86"
expect boot-elf-overlap 1 'segments overlap' plan "$tmp/elf-overlap"
expect boot-elf-outside 1 'segment is outside of the file' plan "$tmp/elf-outside"
expect boot-elf-entry-outside 1 'is in no segment' plan "$tmp/elf-entry"
expect boot-elf-phdr 1 'program headers are outside' plan "$tmp/elf-phdr"
expect boot-elf-wrap 1 'which guests cannot have' plan "$tmp/elf-wrap"
expect boot-elf-program 1 'is a program that runs under an operating system, no kernel' \
	plan "$tmp/elf-program"
expect boot-raw 0 'kernel 0x80200000 0x3000' plan "$tmp/raw" --load 0x80200000
expect boot-raw-unsaid 1 "--kernel: $tmp/raw is none of the kernels that are known" plan "$tmp/raw"
printf '[base]\ncpu_num = 1\narch = "riscv64"\n[kernel]\nkernel_path = "raw"\n%s\n' \
	'memory_regions = [[0x80000000, 0x4000000, 7, 0]]' >"$tmp/unsaid.toml"
expect boot-raw-unsaid-file 1 'if it is plain bytes, say where they go with kernel.kernel_load_addr' \
	tool check --images "$tmp/unsaid.toml"
expect boot-passwd 1 'none of the kernels that are known' plan /etc/passwd
expect boot-raw-load 0 'entry 0x80001234' plan "$tmp/raw" --load 0x80001234

expect boot-dtb-high 0 'arg0 0x83fff000' plan "$tmp/riscv"
expect boot-initrd 0 'initrd 0x83ffd000 0x1388' plan "$tmp/riscv" --initrd "$tmp/initrd"
head -c 3145728 /dev/zero >"$tmp/3m"
expect boot-larger-than-memory 1 "--kernel: $tmp/3m has 3 MiB, the VM has 2 MiB; raise --mem" \
	tool plan --arch riscv64 --kernel "$tmp/3m" --mem 2M
expect boot-large-kernel 1 "needs 3 MiB at 0x80200000, which is not all in one memory region; main" \
	tool plan --arch riscv64 --kernel "$tmp/3m" --mem 4M --load 0x80200000
expect boot-no-initrd 1 '--initrd: ' plan "$tmp/riscv" --initrd "$tmp/none"

# places NAME STATUS TEXT LINES: addresses given in [kernel]
places() {
	printf '[base]\ncpu_num = 1\narch = "riscv64"\n[kernel]\nkernel_path = "riscv"\n%s\n%s\n' \
		'memory_regions = [[0x80000000, 0x800000, 7, 0], [0x90000000, 0x1000, 5, 0]]' "$4" \
		>"$tmp/places.toml"
	expect "boot-$1" "$2" "$3" tool plan "$tmp/places.toml"
}
places fixed-dtb 0 'arg0 0x80100000' 'dtb_load_addr = 0x80100000'
places fixed-initrd 0 'initrd 0x80400008 0x1388' 'ramdisk_path = "initrd"
ramdisk_load_addr = 0x80400008'
places initrd-on-bss 1 'overlaps the kernel at 0x80200000' 'ramdisk_path = "initrd"
ramdisk_load_addr = 0x8020f000'
places dtb-on-initrd 1 'overlaps the initial RAM disk' 'ramdisk_path = "initrd"
ramdisk_load_addr = 0x80400000
dtb_load_addr = 0x80401000'
places dtb-unaligned 1 'needs a multiple of 8' 'dtb_load_addr = 0x80100004'
places dtb-end 1 'not all in one memory region' 'dtb_load_addr = 0x807ffff8'
places initrd-avoids-top 0 'initrd 0x807fd000' 'ramdisk_path = "initrd"
dtb_load_addr = 0x807ff000'

if command -v dtc >/dev/null; then
	# tree NAME PATTERN: a line of the tree just written
	tree() { expect "dtb-$1" 0 "$2" dtc -q -I dtb -O dts "$tmp/tree.dtb"; }

	cat >"$tmp/tree.toml" <<-X
		[base]
		cpu_num = 2
		arch = "riscv64"
		phys_cpu_ids = [0, 4]
		[kernel]
		kernel_path = "riscv"
		ramdisk_path = "initrd"
		cmdline = "root=/dev/ram0"
		memory_regions = [[0x80000000, 0x4000000, 7, 0], [0x100000000, 0x200000, 0xf, 0],
			[0x200000000, 0x1000, 5, 0]]
	X
	expect dtb-write 0 '' tool check --write-dtb "$tmp/tree.dtb" "$tmp/tree.toml"
	dtc -I dtb -O dtb -o /dev/null "$tmp/tree.dtb" >"$tmp/warnings" 2>&1
	expect dtb-no-warnings 1 '' grep . "$tmp/warnings"
	tree bootargs 'bootargs = "root=/dev/ram0"'
	tree initrd-start 'linux,initrd-start = <0x00 0x83ffd000>'
	tree initrd-end 'linux,initrd-end = <0x00 0x83ffe388>'
	tree seed 'rng-seed = <'
	tree memory 'reg = <0x00 0x80000000 0x00 0x4000000>'
	tree memory-high 'memory@100000000 {'
	tree cpu 'cpu@4 {'
	tree stdout 'stdout-path = "serial0:115200n8"'
	tree serial 'compatible = "ns16550a"'
	tree rtc 'compatible = "google,goldfish-rtc"'
	tree plic 'riscv,ndev = <0x7f>'
	tree isa 'riscv,isa-base = "rv64i"'
	expect dtb-no-rom-as-memory 1 '' grep -q memory@200000000 "$tmp/out"

	# Source to binary and back is the same tree.
	tool check --print-dtb "$tmp/tree.toml" 2>/dev/null >"$tmp/a.dts"
	dtc -q -I dts -O dtb -o "$tmp/b.dtb" "$tmp/a.dts"
	dtc -q -s -I dtb -O dts "$tmp/b.dtb" | grep -v rng-seed >"$tmp/b.sorted"
	dtc -q -s -I dtb -O dts "$tmp/tree.dtb" | grep -v rng-seed >"$tmp/c.sorted"
	expect dtb-print-roundtrip 0 '' cmp "$tmp/b.sorted" "$tmp/c.sorted"

	# A given tree is completed and otherwise kept.
	cat >"$tmp/given.dts" <<-X
		/dts-v1/;
		/memreserve/ 0x1000 0x2000;
		/ { #address-cells = <1>; #size-cells = <1>; compatible = "given";
			chosen { bootargs = "old"; rng-seed = <1 2>; other = "kept"; };
			gadget { mine = <&gadget>; gadget: sub { }; }; };
	X
	dtc -q -I dts -O dtb -o "$tmp/given.dtb" "$tmp/given.dts"
	sed -e 's/, \[0x100000000.*//' -e 's/^\t*\[0x2000.*/]/' -e '/memory_regions/a]' \
		-e 's/^\[kernel\]/&\ndtb_path = "given.dtb"/' "$tmp/tree.toml" |
		awk '/^\]$/ { if (seen++) next } { print }' >"$tmp/given.toml"
	expect dtb-given 0 '' tool check --force --write-dtb "$tmp/tree.dtb" "$tmp/given.toml"
	tree given-kept 'compatible = "given"'
	tree given-bootargs 'bootargs = "root=/dev/ram0"'
	tree given-other 'other = "kept"'
	tree given-seed 'rng-seed = <0x01 0x02>'
	tree given-memory 'reg = <0x80000000 0x4000000>'
	tree given-cpus 'timebase-frequency'
	tree given-reserved '/memreserve/'
	head -c 100 "$tmp/given.dtb" >"$tmp/short.dtb"
	sed 's/given.dtb/short.dtb/' "$tmp/given.toml" >"$tmp/short.toml"
	expect dtb-given-short 1 'kernel.dtb_path' tool check --images "$tmp/short.toml"
	sed 's/given.dtb/riscv/' "$tmp/given.toml" >"$tmp/nodtb.toml"
	expect dtb-given-none 1 'FDT_ERR_BADMAGIC' tool check --images "$tmp/nodtb.toml"
	expect dtb-without-images 0 '/dts-v1/' tool check --print-dtb "$tmp/good.toml"
else
	skip dtb "no dtc; install device-tree-compiler"
fi

for config in "$top"/configs/*.toml; do
	expect "example-$(basename "$config")" 0 '' tool check "$config"
done
