#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What the linker sees: the library's symbols, the modules' symbols, and which libraries are loaded.

load helper

network='lib(curl|ssl|crypto|gnutls|sodium|nettle|hogweed|ssh|ldap|nghttp|krb5|gssapi|microhttpd)'

setup_file() {
	sandbox_start
}

teardown_file() {
	sandbox_stop
}

# exported FILE: the names of the symbols it defines for others
exported() {
	nm -D --defined-only --format=posix "$1" | awk '$2 != "A" { sub(/@.*/, "", $1); print $1 }' | sort
}

# needed FILE: the libraries that it names
needed() {
	readelf -d "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p'
}

@test "libcredence exports what its header declares, and nothing else" {
	"${CC%% *}" -E -P "$abs_top_srcdir/include/credence/credence.h" |
		grep -oE '\bcredence_[a-z_]+ *\(' | tr -d ' (' | sort -u >"$BATS_TEST_TMPDIR/declared"
	[ -s "$BATS_TEST_TMPDIR/declared" ]
	run -0 diff "$BATS_TEST_TMPDIR/declared" <(exported "$abs_top_builddir/.libs/libcredence.so")
}

@test "a module exports one function, named after ABI, role and name" {
	local file name
	for file in "$CREDENCE_TEST_MODULES"/*_*.so; do
		name=${file##*/}
		run -0 exported "$file"
		[ "$output" = "credence1_${name%.so}" ]
	done
}

@test "a module links nothing of credence" {
	local file
	for file in "$CREDENCE_TEST_MODULES"/*_*.so; do
		run needed "$file"
		[[ ! $output =~ lib(credence|config) ]]
	done
}

@test "neither the command nor the library names a network or crypto library" {
	for file in "$abs_top_builddir/credence" "$abs_top_builddir/.libs/libcredence.so"; do
		run -0 needed "$file"
		[[ ! $output =~ $network ]]
	done
	run -0 needed "$abs_top_builddir/credence"
	[[ ! $output =~ libcredence ]]
}

@test "a token that is still good opens no network library, no provider file, no locale" {
	world
	profile crm
	login crm
	# Under strace a leak checker can't work.
	ASAN_OPTIONS=detect_leaks=0 strace -f -qq -e trace=open,openat,openat2,socket,connect \
		-o "$BATS_TEST_TMPDIR/trace" "$abs_top_builddir/credence" -C "$CONF" token crm
	grep -q 'records' "$BATS_TEST_TMPDIR/trace"
	run grep -E "$network|transport_|grant_|seal_|providers\.d|locale|socket\(|connect\(" "$BATS_TEST_TMPDIR/trace"
	[ "$status" -eq 1 ]
}

@test "what a renewal needs is opened then: the trace would show it" {
	world
	profile crm
	login crm
	ASAN_OPTIONS=detect_leaks=0 strace -f -qq -e trace=open,openat,openat2 -o "$BATS_TEST_TMPDIR/trace" \
		"$abs_top_builddir/credence" -C "$CONF" refresh --force crm
	grep -qE 'libcurl' "$BATS_TEST_TMPDIR/trace"
}
