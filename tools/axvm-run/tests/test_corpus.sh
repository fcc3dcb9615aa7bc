# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2154
#
# AxVisor's own configurations: each runs (0), needs a named thing that axvm
# lacks (3), or is invalid (1), and never anything else. Sourced by run.

# The ones that are wrong by AxVisor's own rules say so in their names; the
# others that are invalid are fragments of files.
corpus_status() {
	case $1 in
	*guestconfig*-err-* | *error_handling* | *invalid* | *test_rejects_* | \
	*interrupt_mode_deser* | *boot_protocol_deser*)
		echo 1 ;;
	*)
		echo "0 3" ;;
	esac
}

if [ -d "${AXVISOR_CONFIGS:-}" ]; then
	find "$AXVISOR_CONFIGS" -name '*.toml' | sort >"$tmp/corpus"
	while read -r file; do
		name="corpus-${file#"$AXVISOR_CONFIGS"/}"
		want=$(corpus_status "$file")
		tool check "$file" >"$tmp/out" 2>&1 </dev/null
		got=$?
		case " $want " in
		*" $got "*) ok "$name" ;;
		*) not_ok "$name" "status $got, not $want: $(head -2 "$tmp/out" | tr '\n' ' ')" ;;
		esac
	done <"$tmp/corpus"
else
	skip corpus "AXVISOR_CONFIGS names no folder"
fi
