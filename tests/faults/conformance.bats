#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The conformance suite finds what it looks for: a store that breaks one promise fails the case about
# that promise. In the long form the whole suite is run over each, and ends.

bats_require_minimum_version 1.5.0
load "$abs_top_srcdir/tests/world.bash"

# Two cores wait for locks and ends more than they work.
AT_ONCE=6

# The fault of tests/modules/store_faulty.c, and the case that finds it.
faults() {
	cat <<-'END'
		tears|threads read while one saves: never half of a record
		tears|kill -9 of who saves large records: old or new
		leaves the longer's end|replaces longer by shorter and shorter by longer
		ends at a NUL|keeps NULs only
		ends at 32767|keeps a record of 32768 bytes
		counts in 16 bits|keeps a record of 65536 bytes
		cuts newlines|keeps a newline at the end
		has 7 bits|keeps every byte value
		puts twice|keeps a payload of 0 bytes
		has no miss|MISS where nothing is to be loaded
		folds case|tells upper case from lower case
		cuts long keys|takes keys of 64 characters that differ in the last
		replaces signs|tells . - _ and @ apart
		reads keys as numbers|takes keys of digits that no number has room for
		uses names of records|takes keys that end like temporary files
		forgets revisions|CONFLICT where nothing is expected and something is
		wants newer only|CONFLICT where a newer revision is expected
		writes in a conflict|CONFLICT where an older revision is expected
		crashes in a conflict|CONFLICT where an older revision is expected
		exits in a conflict|CONFLICT where an older revision is expected
		exits in a conflict|one of four processes makes a record
		counts in floating point|tells revisions around 2^53 apart
		counts in 32 bits|tells revisions around 2^32 apart
		looks before it locks|four hosts save without a common lock: nothing is lost
		erases nothing|erases a record
		erases what is not there|MISS where nothing is to be erased
		lists nothing|lists a key once, however often it is saved
		lists twice|lists a key once, however often it is saved
		lists locks|a lock is not in the list, nor is it a record
		remembers|selves see at once what others do
		does not close NULL|close accepts NULL
		crashes without time|methods end at once where no time is left
		never ends|forgets a record at its end
		ends too early|keeps a record that ends later
		excludes nobody|a lock keeps others out, and tells them in their time
		does not wait for a lock|a lock keeps others out, and tells them in their time
		does not unlock|a lock keeps others out, and tells them in their time
		keeps locks|a lock ends when its self is closed
		has one lock for all|a lock is of one key
		locks readers out|a lock keeps no reader out
		forgets at exit|another process loads, replaces and erases
		prints|prints nothing on standard output
		leaks a descriptor|leaves no descriptors open
		lets programs inherit|opens no descriptor that programs inherit
		leaves a process|leaves no process behind
		changes folder|leaves the working directory
		changes umask|leaves the umask
		changes handlers|leaves signal handlers and mask
		changes mask|leaves signal handlers and mask
		changes locale|leaves the locale
		changes environment|leaves the environment
	END
}

# finds FAULT CASE: is it found? Else what came instead is told.
finds() {
	local folder only=(--only "$2") out status=0
	folder=$(mktemp -d "$BATS_TEST_TMPDIR/kept.XXXXXX")
	[ -z "${CREDENCE_TEST_LONG-}" ] || only=()
	out=$(credence module test store faulty --set "folder=$folder" --set "fault=$1" "${only[@]}" 2>&1) ||
		status=$?
	if [ "$status" -eq 9 ] && grep -qE "^not ok [0-9]+ - $(sed 's/[.^$*+?()[\]/\\&/g' <<<"$2")\$" <<<"$out"; then
		echo "$1" >>"$BATS_TEST_TMPDIR/found"
	else
		printf '%s: exit status %s\n%s\n' "$1" "$status" "$out" >>"$BATS_TEST_TMPDIR/missed"
	fi
}

@test "each fault fails the case that is about it" {
	local fault case running=0
	world
	while IFS='|' read -r fault case; do
		if ((running >= AT_ONCE)); then
			wait -n || :
			running=$((running - 1))
		fi
		finds "${fault#"${fault%%[![:space:]]*}"}" "$case" 3>&- &
		running=$((running + 1))
	done < <(faults)
	wait
	[ ! -s "$BATS_TEST_TMPDIR/missed" ] || { cat "$BATS_TEST_TMPDIR/missed"; false; }
	[ "$(wc -l <"$BATS_TEST_TMPDIR/found")" = "$(faults | wc -l)" ]
}

@test "without a fault every case passes" {
	world
	mkdir "$BATS_TEST_TMPDIR/kept"
	run -0 credence module test store faulty --set "folder=$BATS_TEST_TMPDIR/kept"
	[[ $output != *"not ok"* && $output != *SKIP* ]]
	[ "$(find "$BATS_TEST_TMPDIR/kept" -name 'conformance-*' -o -name '+*')" = "" ]
}
