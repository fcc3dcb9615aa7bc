# SPDX-License-Identifier: GPL-2.0
# Kernels for the emulated hosts: Debian's own, and debug ones built from Debian's source. Sourced by tests/lab/lab.
# shellcheck shell=bash

KERNEL_SOURCE=linux-source-6.12

# For the kernel command line: KUnit suites run when their module is loaded.
declare -A KERNEL_APPEND=([debug]='kunit.enable=1')

require_kernel()
{
	case $1 in
	stock | debug) ;;
	*) die "unknown kernel '$1' (known: stock debug)" ;;
	esac
}

# Where a kernel's pieces are: image, version, lib/modules/ and kdir (the path that builds modules for it).
kernel_dir()
{
	printf '%s' "$CACHE/kernels/$1-$2"
}

kernel_setup()
{
	require_kernel "$2"
	"$2_kernel" "$1"
}

# usage: real_package META:ARCH   the versioned package behind a metapackage
real_package()
{
	local meta=$1 real

	real=$(in_root apt-cache show --no-all-versions "$meta" |
		sed -n 's/^Depends: \(linux-[^ ,]*\).*/\1/p' | head -n 1)
	[ -n "$real" ] || die "the archive has no package $meta"
	printf '%s:%s' "$real" "${meta##*:}"
}

# usage: unpack DEB DIR   keeps DIR's links to directories (/lib) as they are
unpack()
{
	dpkg-deb --fsys-tarfile "$1" | tar -x --keep-directory-symlink -C "$2"
}

stock_kernel()
{
	local arch=$1 hash

	hash=$(hash_of "${KERNEL_FLAVOUR[$arch]} layout 1")
	stamp_is "stock-$arch" "$hash" && return 0
	lock setup
	stamp_is "stock-$arch" "$hash" && return 0
	stock_fetch "$arch"
	stock_install "$arch"
	stamp_set "stock-$arch" "$hash"
	unlock setup
}

stock_fetch()
{
	local arch=$1 deb=${DEB_ARCH[$1]} flavour=${KERNEL_FLAVOUR[$1]} dir image headers kbuild

	dir=$CACHE/packages/$arch
	say "fetching Debian's kernel and headers for $arch"
	rm -rf "$dir"
	mkdir -p "$dir"
	image=$(real_package "linux-image-$flavour:$deb")
	headers=$(real_package "linux-headers-$flavour:$deb")
	kbuild=$(in_root apt-cache show --no-all-versions "$headers" |
		sed -n 's/^Depends:.*\(linux-kbuild-[^ ,:]*\).*/\1/p' | head -n 1)
	[ -n "$kbuild" ] || die "$headers names no linux-kbuild package"
	logged "stock-$arch-fetch" root_apt sh -c 'cd "$1" && shift && apt-get download "$@"' - "$dir" \
		"$image" "$headers" "$(common_headers "$headers"):all" "busybox-static:$deb"
	logged "stock-$arch-kbuild" root_apt apt-get install -y "$kbuild"
}

common_headers()
{
	in_root apt-cache show --no-all-versions "$1" |
		sed -n 's/^Depends:.*\(linux-headers-[^ ,]*-common\).*/\1/p' | head -n 1
}

stock_install()
{
	local arch=$1 dir=$CACHE/packages/$1 out version

	out=$(kernel_dir "$arch" stock)
	rm -rf "$out" "$out.new"
	mkdir -p "$out.new/tree" "$CACHE/busybox"
	unpack "$dir"/linux-image-*.deb "$out.new/tree"
	for deb in "$dir"/linux-headers-*.deb; do
		unpack "$deb" "$ROOT"
	done
	dpkg-deb --fsys-tarfile "$dir"/busybox-static_*.deb |
		tar -xO ./usr/bin/busybox > "$CACHE/busybox/$arch"
	chmod +x "$CACHE/busybox/$arch"
	version=$(basename "$(echo "$out.new"/tree/boot/config-*)")
	version=${version#config-}
	printf '%s\n' "$version" > "$out.new/version"
	printf '%s\n' "/usr/src/linux-headers-$version" > "$out.new/kdir"
	mv "$out.new"/tree/boot/vmlinu*-"$version" "$out.new/image"
	mkdir "$out.new/lib"
	mv "$out.new"/tree/usr/lib/modules "$out.new/lib/modules" 2> /dev/null ||
		mv "$out.new"/tree/lib/modules "$out.new/lib/modules"
	mv "$out.new"/tree/boot/config-* "$out.new/config"
	rm -rf "$out.new/tree" "$out.new/lib/modules/$version"/{build,source}
	logged "stock-$arch-depmod" in_root depmod -b "$out.new" "$version"
	mv "$out.new" "$out"
	rm -f "$dir"/linux-*.deb
}

# usage: guest_kernels ARCH   names of other kernels of Debian's that guests boot there
guest_kernels()
{
	[ -z "${FULL_FLAVOUR[$1]:-}" ] || echo full
}

# Where the stock kernel is a small one, guests also boot the full one. Its headers are not needed.
full_kernel()
{
	local arch=$1 flavour=${FULL_FLAVOUR[$1]:-} hash

	[ -n "$flavour" ] || return 0
	hash=$(hash_of "$flavour ${GUEST_MODULES[$arch]:-} layout 1")
	stamp_is "full-$arch" "$hash" && return 0
	lock setup
	stamp_is "full-$arch" "$hash" && return 0
	full_install "$arch" "$flavour"
	stamp_set "full-$arch" "$hash"
	unlock setup
}

full_install()
{
	local arch=$1 dir=$CACHE/packages/$1-full out version name

	out=$(kernel_dir "$arch" full)
	say "fetching Debian's full kernel for guests on $arch"
	rm -rf "$dir" "$out" "$out.new"
	mkdir -p "$dir" "$out.new"
	logged "full-$arch-fetch" root_apt sh -c 'cd "$1" && apt-get download "$2"' - "$dir" \
		"$(real_package "linux-image-$2:${DEB_ARCH[$arch]}")"
	dpkg-deb --fsys-tarfile "$dir"/linux-image-*.deb > "$dir/files.tar"
	tar -xf "$dir/files.tar" -C "$out.new" --wildcards './boot/vmlinu?-*' '*/lib/modules/*/modules.*'
	for name in ${GUEST_MODULES[$arch]:-}; do
		# Files of a driver that has several are neighbours.
		tar -xf "$dir/files.tar" -C "$out.new" --wildcards "*/${name%%-*}*.ko*"
	done
	rm -rf "$dir"
	version=$(basename "$out.new"/boot/vmlinu?-*)
	version=${version#*-}
	printf '%s\n' "$version" > "$out.new/version"
	mv "$out.new"/boot/vmlinu?-* "$out.new/image"
	[ -d "$out.new/lib" ] || mv "$out.new/usr/lib" "$out.new/lib"
	rm -rf "$out.new"/{boot,usr}
	logged "full-$arch-depmod" in_root depmod -b "$out.new" "$version"
	mv "$out.new" "$out"
}

# The source serves every architecture; what nobody compiles here is left out.
debug_source()
{
	local tarball=$ROOT/usr/src/$KERNEL_SOURCE.tar.xz hash

	hash=$(hash_of "$KERNEL_SOURCE" "$(stat -c '%s %Y' "$tarball")")
	stamp_is source "$hash" && return 0
	say "unpacking $KERNEL_SOURCE"
	rm -rf "$CACHE/source"
	mkdir -p "$CACHE/source"
	in_root tar -xf "${tarball#"$ROOT"}" -C "$CACHE/source" --strip-components=1 \
		--exclude='*/drivers/gpu/drm/amd/include/*' --exclude='*/Documentation/translations/*' \
		--exclude='*/Documentation/devicetree/*'
	stamp_set source "$hash"
}

debug_kernel()
{
	local arch=$1 hash

	[ -f "$LAB/kernel/$arch.config" ] || die "no debug kernel for $arch yet"
	hash=$(hash_of "@$LAB/kernel/debug.config" "@$LAB/kernel/$arch.config" \
		"$(stat -c '%s %Y' "$ROOT/usr/src/$KERNEL_SOURCE.tar.xz")")
	stamp_is "debug-$arch" "$hash" && return 0
	lock "debug-$arch"
	stamp_is "debug-$arch" "$hash" && return 0
	stamp_drop "debug-$arch"
	lock setup
	debug_source
	unlock setup
	debug_configure "$arch"
	debug_build "$arch"
	stamp_set "debug-$arch" "$hash"
	unlock "debug-$arch"
}

# usage: source_make ARCH MAKEARG...
source_make()
{
	local arch=$1

	shift
	in_root make -C "$CACHE/source" O="$(kernel_dir "$arch" debug)/build" \
		ARCH="${KERNEL_ARCH[$arch]}" CROSS_COMPILE="$(cross_prefix "$arch")" \
		KBUILD_BUILD_USER=axvm KBUILD_BUILD_HOST=lab -j"$(nproc)" "$@"
}

debug_configure()
{
	local out

	out=$(kernel_dir "$1" debug)
	mkdir -p "$out/build"
	cat "$LAB/kernel/debug.config" "$LAB/kernel/$1.config" > "$out/wanted"
	logged "debug-$1-config" source_make "$1" KCONFIG_ALLCONFIG="$out/wanted" allnoconfig
	missing_symbols "$out/wanted" "$out/build/.config" > "$out/missing"
	[ ! -s "$out/missing" ] || die "the debug kernel would lack: $(tr '\n' ' ' < "$out/missing")"
}

# usage: missing_symbols WANTED CONFIG   what was asked for and did not come; the last word on a symbol counts
missing_symbols()
{
	grep '^CONFIG_' "$1" | awk -F= '{ last[$1] = $0 } END { for (name in last) print last[name] }' |
		grep -v '=n$' | grep -vxFf "$2" || true
}

debug_build()
{
	local arch=$1 out start=$SECONDS

	out=$(kernel_dir "$arch" debug)
	say "building the debug kernel for $arch (about 10 CPU-minutes, once; log: $LOGS/debug-$arch.log)"
	logged "debug-$arch" source_make "$arch" all
	rm -rf "${out:?}/lib"
	logged "debug-$arch-modules" source_make "$arch" INSTALL_MOD_PATH="$out" modules_install
	ln -sfn "build/${DEBUG_IMAGE[$arch]}" "$out/image"
	cp "$out/build/include/config/kernel.release" "$out/version"
	rm -f "$out"/lib/modules/*/{build,source}
	printf '%s\n' "$out/build" > "$out/kdir"
	say "debug kernel built in $((SECONDS - start)) s"
}
