#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# tests/RFC.md: each line names a test that there is, or says why there is none; each test of an RFC is there.

load helper

@test "each line of tests/RFC.md names a test that there is, and that has RFC and section in its name" {
	local file name lines=0 missing=0
	while IFS='|' read -r _ _ _ _ test _; do
		test=${test# } test=${test% }
		[[ $test != 'no test: '?* ]] || continue
		file=${test%%: *} name=${test#*: }
		lines=$((lines + 1))
		case $file in
		unit/*) [[ $name == rfc_[0-9]* ]] && grep -Fqx "START_TEST($name)" "$abs_top_srcdir/tests/$file" ;;
		*) grep -E '^@test "' "$abs_top_srcdir/tests/$file" | grep -F -e "$name" |
			grep -qE 'RFC [0-9]{4} ([0-9]|appendix [A-Z])' ;;
		esac || {
			echo "no test $test"
			missing=1
		}
	done < <(grep -E '^\| [0-9A-Z]' "$abs_top_srcdir/tests/RFC.md" | grep -v '^| Section')
	[ "$lines" -gt 80 ]
	[ "$missing" -eq 0 ]
}

# named FILE NAME: a line of $page names that test, or part of its name
named() {
	local line
	for line in "${page[@]}"; do
		[[ $line != "$1: "* || $2 != *"${line#"$1: "}"* ]] || return 0
	done
	echo "not on the page: $1: $2"
	return 1
}

@test "each test that has an RFC in its name is on a line of tests/RFC.md" {
	local file name page tests=0 missing=0
	mapfile -t page < <(sed -nE 's/^\| [0-9A-Z].* \| (.*) \|$/\1/p' "$abs_top_srcdir/tests/RFC.md")
	cd "$abs_top_srcdir/tests"
	while IFS=: read -r file name; do
		tests=$((tests + 1))
		named "$file" "$name" || missing=1
	done < <(
		grep -oE '^@test ".*RFC [0-9]{4}.*" \{' */*.bats | sed -E 's/:@test "(.*)" \{$/:\1/'
		grep -oE '^START_TEST\(rfc_[0-9].*\)' unit/*.c | sed -E 's/:START_TEST\((.*)\)$/:\1/'
	)
	[ "$tests" -gt 110 ]
	[ "$missing" -eq 0 ]
}
