# SPDX-License-Identifier: GPL-2.0
# Builds axvm.ko, axvm_test.ko and axvm-run for one kernel in build/<arch>-<kernel>/. Sourced by tests/lab/lab.
# shellcheck shell=bash

cmd_build()
{
	local arch='' kernel=stock

	while [ $# -gt 0 ]; do
		case $1 in
		--arch) arch=${2:?--arch needs a value}; shift 2 ;;
		--kernel) kernel=${2:?--kernel needs a value}; shift 2 ;;
		*) die "build: unknown argument '$1'" ;;
		esac
	done
	require_arch "$arch"
	arch_setup "$arch"
	kernel_setup "$arch" "$kernel"
	build "$arch" "$kernel"
}

build_dir()
{
	printf '%s' "$TOP/build/$1-$2"
}

has_backend()
{
	[ -f "$TOP/kmod/arch/${KERNEL_ARCH[$1]}/Kbuild" ]
}

# Links to the sources, so that each kernel has objects of its own.
mirror_sources()
{
	local dir=$1 part

	for part in $(cd "$TOP" && find kmod uapi -type d); do
		mkdir -p "$dir/$part"
		find "$TOP/$part" -maxdepth 1 -type f \( -name '*.[chS]' -o -name Kbuild \) \
			-exec ln -sft "$dir/$part" {} +
	done
	ln -sf "$TOP/Kbuild" "$dir/Kbuild"
	find "$dir" -xtype l -delete
}

# usage: inside PATH   what it is called where the compiler runs
inside()
{
	printf '%s' "${1/#"$TOP"\//"$SAME_TOP/"}"
}

# usage: kernel_make ARCH KERNEL DIR MAKEARG...   kbuild over DIR for that kernel; messages name the
# checkout's files as they are called outside
kernel_make()
{
	local arch=$1 kernel=$2 dir=$3 kdir

	shift 3
	kdir=$(cat "$(kernel_dir "$arch" "$kernel")/kdir")
	in_root make --no-print-directory -j"$(nproc)" -C "$kdir" M="$(inside "$dir")" \
		ARCH="${KERNEL_ARCH[$arch]}" CROSS_COMPILE="$(cross_prefix "$arch")" "$@" 2>&1 |
		sed "s|$SAME_TOP/build/|$TOP/build/|g"
}

# Leaves the lock of the directory with the caller, who may want to copy what is there.
build()
{
	local arch=$1 kernel=$2 dir

	dir=$(build_dir "$arch" "$kernel")
	mkdir -p "$dir"
	lock "build-$arch-$kernel"
	if has_backend "$arch"; then
		mirror_sources "$dir"
		build_quietly "$dir/module.log" kernel_make "$arch" "$kernel" "$dir" modules
		! grep -q 'warning: objtool' "$dir/module.log" || {
			rm -f "$dir/axvm.ko" "$dir/axvm_test.ko"
			die "objtool complains about the module (log: $dir/module.log)"
		}
	else
		say "no backend for $arch yet: axvm.ko is left out"
		rm -f "$dir/axvm.ko" "$dir/axvm_test.ko"
	fi
	build_tool "$arch" "$dir"
}

# The output of a build is only interesting when it warns or fails.
build_quietly()
{
	local log=$1 status=0

	shift
	"$@" > "$log" 2>&1 < /dev/null || status=$?
	if [ "$status" != 0 ]; then
		cat "$log" >&2
		die "build failed (log: $log)"
	fi
	grep -E 'warning:|WARNING:' "$log" | grep -v 'in statically linked applications' >&2 || true
}

build_tool()
{
	local arch=$1 dir=$2 triplet=${TRIPLET[$1]}

	build_quietly "$dir/tool.log" in_root env \
		PKG_CONFIG_LIBDIR="/usr/lib/$triplet/pkgconfig:/usr/share/pkgconfig" \
		make --no-print-directory -j"$(nproc)" -C "$TOP/tools/axvm-run" O="$TOP/build/$arch-tools" \
		CROSS_COMPILE="$(cross_prefix "$arch")" STATIC=1
	ln -f "$TOP/build/$arch-tools/axvm-run" "$dir/axvm-run"
}
