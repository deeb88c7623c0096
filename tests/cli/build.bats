#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The build's lists: what stands in the tree is built and shipped.

load helper

# make_variable NAME…: the words of variables of the Makefile, one a line
make_variable() {
	local references=
	for name; do
		references+=" \$($name)"
	done
	printf 'include Makefile\nshow-words:\n\t@printf "%%s\\n"%s\n' "$references" |
		env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -s -C "$abs_top_builddir" -f - show-words |
		sort -u
}

# tree NAME-PATTERN…: the files of the source tree with such names, one a line
tree() {
	local tests=(-name "$1")
	shift
	for pattern; do
		tests+=(-o -name "$pattern")
	done
	(cd "$abs_top_srcdir" && find core include modules tests conf man -type f \( "${tests[@]}" \) | sort -u)
}

@test "every source file is in a list of Makefile.am" {
	make_variable DIST_SOURCES HEADERS >"$BATS_TEST_TMPDIR/listed"
	tree '*.[ch]' '*.def' | grep -vE '^tests/(modules/external/|cli/capi\.c)' >"$BATS_TEST_TMPDIR/there"
	[ -s "$BATS_TEST_TMPDIR/there" ]
	run -0 comm -13 "$BATS_TEST_TMPDIR/listed" "$BATS_TEST_TMPDIR/there"
	[ "$output" = "" ]
}

@test "every test is run by make check" {
	make_variable TESTS | sort >"$BATS_TEST_TMPDIR/run"
	tree '*.bats' 'test_*.c' | sed 's/\.c$//' >"$BATS_TEST_TMPDIR/there"
	run -0 comm -13 "$BATS_TEST_TMPDIR/run" "$BATS_TEST_TMPDIR/there"
	[ "$output" = "" ]
}

@test "every file of data, document or test is in the tarball" {
	make_variable DISTFILES | sed "s|^$abs_top_srcdir/||" | sort >"$BATS_TEST_TMPDIR/shipped"
	run -0 comm -13 "$BATS_TEST_TMPDIR/shipped" \
		<(tree '*.[chly1-8]' '*.def' '*.map' '*.bats' '*.bash' '*.sh' '*.py' '*.conf' '*.md' '*.mjs' 'package*.json' Makefile)
	[ "$output" = "" ]
}

@test "no provider is known by name in C" {
	local file name
	for file in "$abs_top_srcdir"/conf/providers/*.conf; do
		name=$(basename "$file" .conf)
		# That is a protocol's name too.
		[ "$name" != oidc ] || continue
		run grep -rniE --include='*.[ch]' --include='*.def' "$name" \
			"$abs_top_srcdir"/{core,include,modules}
		[ "$status" -eq 1 ]
	done
}

@test "nothing is executable that should not be, and scripts are" {
	run -0 find "$abs_top_srcdir"/{core,include,modules,conf,man} -name '*.[chf]*' -type f -perm /111
	[ "$output" = "" ]
	[ -x "$abs_top_srcdir/bootstrap" ]
	[ -x "$abs_top_srcdir/.ci/run" ]
}

# The order is the README's.
@test "no folder of the core includes what stands above it" {
	local level=0 word below=() folder
	declare -A of
	for word in os,call config record module,stack session renew token,migrate conformance cli; do
		for folder in ${word//,/ }; do
			[ -d "$top_srcdir/core/$folder" ]
			of[$folder]=$level
		done
		level=$((level + 1))
	done
	while IFS=: read -r file line; do
		folder=${file#"$top_srcdir/core/"} folder=${folder%%/*}
		word=${line#*\"core/} word=${word%%/*}
		if ((${of[$word]} > ${of[$folder]})); then
			below+=("$file: $line")
		fi
	done < <(grep -r --include='*.[ch]' '^#include "core/' "$top_srcdir/core")
	printf '%s\n' "${below[@]}"
	[ "${#below[@]}" -eq 0 ]
}
