#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What make install leaves behind, and that a module can be made from it alone.

load helper

setup_file() {
	export DESTDIR=$BATS_FILE_TMPDIR/dest
	make_quietly install DESTDIR="$DESTDIR"
	# Where configure was told to put things.
	local name
	while read -r name; do
		export "$name"
	done < <(folders | make_quietly -f - show-folders)
	export PKG_CONFIG_SYSROOT_DIR=$DESTDIR PKG_CONFIG_PATH=$DESTDIR$pkgconfigdir
	sandbox_start
}

teardown_file() {
	sandbox_stop
}

folders() {
	printf 'include Makefile\nshow-folders:\n'
	for name in bindir libdir includedir pkglibdir pkgdatadir mandir pkgconfigdir; do
		printf '\t@echo %s=$(%s)\n' "$name" "$name"
	done
}

make_quietly() {
	env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -s -C "$abs_top_builddir" "$@" 2>&1
}

@test "commands, library, headers, modules, data and manual are where they belong" {
	local file
	for file in "$bindir/credence" "$bindir/credence-sandbox" "$libdir/libcredence.so" \
		"$includedir/credence/credence.h" "$includedir/credence/module.h" \
		"$pkgconfigdir/credence.pc" "$pkgdatadir/providers.d/zoho.conf" \
		"$pkglibdir/grant_self_client.so" "$pkglibdir/resolver_multi_dc.so" \
		"$pkglibdir/resolver_static.so" "$pkglibdir/store_file.so" \
		"$pkglibdir/transport_curl.so" "$pkglibdir/hook_syslog.so" "$pkglibdir/hook_sink.so" \
		"$mandir/man5/credence-profile.5"; do
		[ -f "$DESTDIR$file" ] || { echo "missing: $file"; false; }
	done
}

@test "modules are plain files, without version" {
	run -0 find "$DESTDIR$pkglibdir" -name '*.so*' ! -type f
	[ "$output" = "" ]
	run -0 find "$DESTDIR$pkglibdir" -name '*.so.*'
	[ "$output" = "" ]
}

@test "nothing of the tests is installed, nor writable by others" {
	cd "$DESTDIR"
	run -0 find . -path '*test*' -o -name '*.a' -o -type f -perm /022
	[ "$output" = "" ]
}

@test "nothing that is installed looks for anything in the build's folder" {
	local file
	run grep -rlF -e "$abs_top_builddir" -e "$abs_top_srcdir" "$DESTDIR$pkgconfigdir" \
		"$DESTDIR$pkgdatadir" "$DESTDIR$includedir" "$DESTDIR$mandir"
	[ "$status" -eq 1 ]
	for file in "$DESTDIR$bindir"/* "$DESTDIR$libdir"/*.so "$DESTDIR$pkglibdir"/*.so; do
		run -0 readelf -d "$file"
		[[ ! $output =~ RPATH|RUNPATH ]]
	done
}

@test "pkg-config tells where modules go and for which ABI" {
	run -0 pkg-config --variable=moduledir credence
	[[ $output = *"$pkglibdir" ]]
	run -0 pkg-config --variable=abi credence
	[ "$output" = "$(sed -n 's/^#define CREDENCE_ABI  *\([0-9]*\)u.*/\1/p' \
		"$DESTDIR$includedir/credence/module.h")" ]
}

@test "the public headers stand alone, in C99, C11 and C17" {
	local header
	for header in credence module; do
		printf '#include <credence/%s.h>\n' "$header" >"$BATS_TEST_TMPDIR/alone.c"
		for standard in c99 c11 gnu17; do
			run -0 "${CC%% *}" -std=$standard -Wall -Wextra -Wpedantic -Werror -fsyntax-only \
				"-I$DESTDIR$includedir" "$BATS_TEST_TMPDIR/alone.c"
		done
	done
}

@test "a program is built against the installed library" {
	cat >"$BATS_TEST_TMPDIR/program.c" <<-'END'
		#include <credence/credence.h>
		#include <stdio.h>
		int main(void)
		{
			return puts(credence_version()) < 0;
		}
	END
	# shellcheck disable=SC2046
	$CC $SANITIZE -o "$BATS_TEST_TMPDIR/program" "$BATS_TEST_TMPDIR/program.c" \
		$(pkg-config --cflags --libs credence)
	LD_LIBRARY_PATH=$DESTDIR$libdir run -0 "$BATS_TEST_TMPDIR/program"
	[ "$output" = "$(pkg-config --modversion credence)" ]
}

@test "a module made outside the tree is configured by name and used" {
	local outside=$BATS_TEST_TMPDIR/outside
	cp -r "$abs_top_srcdir/tests/modules/external" "$outside"
	chmod -R u+w "$outside"
	env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -C "$outside" CC="$CC" \
		CFLAGS="-g -O2 -Wall -Wextra -Werror $SANITIZE"

	world
	printf 'modules = { path = [ "%s", "%s" ]; };\n' "$outside" "$DESTDIR$pkglibdir" \
		>"$CONF/credence.conf"
	profile crm "hook = ( { use = \"stamp\"; control = \"required\"; path = \"$BATS_TEST_TMPDIR/stamp\"; } )"
	PATH=$DESTDIR$bindir:$PATH
	login crm
	[ "$(<"$BATS_TEST_TMPDIR/stamp")" = "logged_in crm" ]
	credence refresh --force crm
	[ "$(<"$BATS_TEST_TMPDIR/stamp")" = "renewed crm" ]
	run -0 credence module list
	[[ $output = *stamp* ]]
}

@test "a store made outside the tree is tested from where it was made" {
	local outside=$BATS_TEST_TMPDIR/outside
	cp -r "$abs_top_srcdir/tests/modules/external" "$outside"
	chmod -R u+w "$outside"
	env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -C "$outside" CC="$CC" \
		CFLAGS="-g -O2 -Wall -Wextra -Werror $SANITIZE"
	world
	printf 'modules = { path = [ "%s" ]; };\n' "$DESTDIR$pkglibdir" >"$CONF/credence.conf"
	PATH=$DESTDIR$bindir:$PATH
	mkdir "$BATS_TEST_TMPDIR/kept"
	cd "$outside"
	run -0 credence module test store ./store_folder.so --set "path=$BATS_TEST_TMPDIR/kept"
	[ "$(grep -c '^ok' <<<"$output")" = "$(sed -n 's/^1\.\.//p' <<<"$output")" ]
	[ "$(grep '^ok' <<<"$output" | grep -vc '# SKIP ')" -ge 80 ]
	[ "$(ls -A "$BATS_TEST_TMPDIR/kept")" = .locks ]
}
