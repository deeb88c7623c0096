#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# credence module test: every store of ours keeps the promises of the module interface; what the
# verb prints, takes and leaves behind. That it finds stores which don't is in
# tests/faults/conformance.bats; one made outside the tree is in tests/cli/install.bats.

load helper
load "$abs_top_srcdir/tests/browser.bash"
load "$abs_top_srcdir/tests/interop/postgres.bash"
load "$abs_top_srcdir/tests/interop/secret_service.bash"

# How many cases apply to every store, whatever it declares.
UNIVERSAL=80

# Two of them are looked at by several tests.
setup_file() {
	world
	credence module test store memory >"$BATS_FILE_TMPDIR/memory" 3>&- &
	credence module test store file --set "path=$BATS_FILE_TMPDIR/records" >"$BATS_FILE_TMPDIR/file" 3>&- &
	wait
}

setup() {
	world
	mkdir "$BATS_TEST_TMPDIR/kept"
	PG=
}

teardown() {
	keyring_done
	postgres_stop
}

# passed TAP: all cases that apply did, and they are at least as many as there should be
passed() {
	run -1 grep '^not ok' "$1"
	[ "$(grep -c '^ok' "$1")" = "$(sed -n 's/^1\.\.//p' "$1")" ]
	[ "$(grep '^ok' "$1" | grep -vc '# SKIP ')" -ge "$UNIVERSAL" ]
}

# passes STORE [OPTION=VALUE…]
passes() {
	local store=$1 options=() option
	shift
	for option; do
		options+=(--set "$option")
	done
	run -0 credence module test store "$store" "${options[@]}"
	printf '%s\n' "$output" >"$BATS_TEST_TMPDIR/tap"
	passed "$BATS_TEST_TMPDIR/tap"
}

# applying TAP: the cases that did apply
applying() {
	grep '^ok' "$1" | grep -v '# SKIP ' | sed 's/^ok [0-9]* - //' | sort
}

# -- The stores: one line each ---------------------------------------------------------------------

@test "store file" { passed "$BATS_FILE_TMPDIR/file"; }

@test "store memory" { passed "$BATS_FILE_TMPDIR/memory"; }

@test "store keyring" {
	key_room 1000000
	passes keyring "name=credence-conformance-$$"
}

@test "store shared, which plays one of several hosts" { passes shared "folder=$BATS_TEST_TMPDIR/kept"; }

@test "store postgres" {
	postgres_start
	postgres_database records
	passes postgres "connection=file:$(postgres_connection "host=$PG port=$PG_PORT dbname=records user=app password=$APP_PASSWORD")"
	[ "$(sql records 'SELECT count(*) FROM credence.record')" = 0 ]
}

@test "store postgres, by the name of its server" {
	postgres_start
	postgres_database records
	local file
	file=$(postgres_connection "host=localhost port=$PG_PORT dbname=records user=app password=$APP_PASSWORD sslrootcert=$PG_CA/ca.pem")
	for only in 'in the child of' 'twenty selves at once' 'kill -9 of who saves small'; do
		run -0 credence module test store postgres --set "connection=file:$file" --only "$only"
		[[ $output = *$'\n'"ok 1 - "* ]]
	done
}

@test "store secret_service" {
	keyring_start
	passes secret_service "bus=$KR_BUS" timeout=30s
}

@test "store exec, with the example of a script" {
	local program=$BATS_TEST_TMPDIR/store.bash only
	local options=(--set "command=$program" --set "command=$BATS_TEST_TMPDIR/kept" --set traits=durable --set traits=cas)
	install -m 755 "$abs_top_srcdir/conf/examples/exec/store.bash" "$program"
	chmod 700 "$BATS_TEST_TMPDIR/kept"
	# Each look runs a program, so that all of it takes minutes.
	if [ -n "${CREDENCE_TEST_LONG-}" ]; then
		run -0 credence module test store exec "${options[@]}"
		return
	fi
	for only in 'payload of 65536 bytes' 'largest revision' 'goes on after a CONFLICT'; do
		run -0 credence module test store exec "${options[@]}" --only "$only"
		[[ $output = *$'\n'"ok 1 - "* ]]
	done
}

# -- What it prints --------------------------------------------------------------------------------

@test "the output is TAP: a plan, a line each, what does not apply as skipped with the reason" {
	tap=$BATS_FILE_TMPDIR/memory
	[ "$(head -n 1 "$tap")" = "# store memory 1.0: the memory of the program that asks, as long as it lives" ]
	[ "$(sed -n 3p "$tap")" = "# declares: compare-and-swap expiry" ]
	grep -qE '^# keys: conformance-[0-9a-f]{8}-…; nothing else is touched$' "$tap"
	[ "$(grep -E '^(not )?ok' "$tap" | sed -E 's/^(not )?ok ([0-9]+) - .*/\2/')" = \
		"$(seq "$(sed -n 's/^1\.\.//p' "$tap")")" ]
	grep -q '^ok .* - a lock is of one key # SKIP store does not declare LOCK$' "$tap"
	grep -q '^ok .* - another process lists # SKIP store declares neither DURABLE nor SHARED' "$tap"
	grep -q '^ok .* - forgets a record at its end$' "$tap"
	run -0 tail -n 1 "$tap"
	[[ $output =~ ^#\ [0-9]+\ passed,\ 0\ failed,\ [0-9]+\ skipped$ ]]
}

@test "every case has a name of its own, and eighty apply to every store" {
	applying "$BATS_FILE_TMPDIR/memory" >"$BATS_TEST_TMPDIR/memory"
	applying "$BATS_FILE_TMPDIR/file" >"$BATS_TEST_TMPDIR/file"
	[ "$(uniq -d "$BATS_TEST_TMPDIR/file")" = "" ]
	[ "$(comm -12 "$BATS_TEST_TMPDIR/memory" "$BATS_TEST_TMPDIR/file" | wc -l)" -ge "$UNIVERSAL" ]
	for size in 0 1 65536; do
		grep -q "payload of $size bytes" "$BATS_TEST_TMPDIR/file"
	done
}

@test "with --json a list; a case that failed says what was expected and what was found" {
	run -9 --separate-stderr credence module test store faulty --set "folder=$BATS_TEST_TMPDIR/kept" \
		--set 'fault=ends at 32767' --only 'a record of 3276' --json
	[ "$(jq -c '[.[] | [.number, .result]]' <<<"$output")" = \
		'[[1,"passed"],[2,"passed"],[3,"failed"],[4,"failed"]]' ]
	jq -e '.[2] | .name == "keeps a record of 32768 bytes" and (.ms >= 0) and
		(.expected | test("32768 bytes of conformance-")) and
		(.found | test("32767 bytes, which are only the first"))' <<<"$output"
	[ "$stderr" = "credence: store faulty failed 2 of 4 cases" ]
	run -9 --separate-stderr credence -q module test store faulty --set "folder=$BATS_TEST_TMPDIR/kept" \
		--set 'fault=ends at 32767' --only 'a record of 32768' --json
	[ "$stderr" = "" ]
}

@test "a failure is a diagnostic behind its line, and exit status 9" {
	run -9 credence module test store faulty --set "folder=$BATS_TEST_TMPDIR/kept" \
		--set 'fault=counts in floating point' --only '2^53'
	[[ $output = *'not ok 1 - tells revisions around 2^53 apart'*'# expected: the save (expected revision 9007199254740993'*'to answer conflict'*'# found: success'* ]]
}

# -- What it takes ---------------------------------------------------------------------------------

# refuses STATUS WORDS ARGUMENT…: with one error and one hint, before anything is done
refuses() {
	local status=$1 words=$2
	shift 2
	run "-$status" --separate-stderr credence module test "$@"
	[ "$output" = "" ]
	[[ ${stderr_lines[0]} = "credence: "*$words* ]] || { echo "$stderr"; false; }
	[[ ${#stderr_lines[@]} -eq 2 && ${stderr_lines[1]} = "hint: "* ]] || { echo "$stderr"; false; }
}

@test "mistakes are told before anything is done" {
	refuses 2 'knows the role store, not grant' grant self_client
	refuses 2 '"sore" is no role' sore file
	refuses 9 'no module store_fille' store fille
	refuses 2 'there is no file ./nothing.so' store ./nothing.so
	refuses 2 '--set pahth: store file has no such option' store file --set pahth=/tmp
	[ "${stderr_lines[1]}" = "hint: did you mean path?" ]
	refuses 2 '--set path lacks its value' store file --set path
	refuses 2 'store shared needs option folder' store shared
	refuses 2 'is no time with a unit' store postgres --set connection=file:/x --set connect_timeout=soon
	refuses 2 'can be seen by everybody' store postgres --set connection=plain:CANARY
	refuses 2 'no case has "nonsense" in its name' store memory --only nonsense
	refuses 11 'there is no profile "nobody"' store file --profile nobody
	profile crm
	refuses 2 'profile crm has no store keyring' store keyring --profile crm
	refuses 2 "the options are the profile's" store file --profile crm --set path=/tmp
}

@test "a store that can't be had is its own error, and no failed case" {
	(umask 077 && echo 'host=127.0.0.1 port=1 dbname=x user=a password=CANARY sslmode=disable' >"$CONF/connection")
	run -6 --separate-stderr credence module test store postgres --set "connection=file:$CONF/connection"
	[ "$output" = "" ]
	[[ $stderr = "credence: "*127.0.0.1* && $stderr != *CANARY* ]]
	run -3 --separate-stderr credence module test store file --set path=records
	[[ $stderr = *"not an absolute path"* ]]
}

@test "a store that ends the process, however well, is its own error, too" {
	run -9 --separate-stderr credence module test store faulty --set "folder=$BATS_TEST_TMPDIR/kept" \
		--set 'fault=exits at once' --only 'erases a record'
	[ "$output" = "" ]
	[ "$stderr" = "credence: store faulty ends the process (exit) when it is first asked" ]
}

@test "--profile takes options and state folder from the profile" {
	profile crm "store = ( { use = \"keyring\"; control = \"sufficient\"; name = \"credence-conformance-$$\"; }, { use = \"file\"; control = \"required\"; } )"
	run -0 credence module test store keyring --profile crm --only 'lists nothing'
	run -0 credence module test store file --profile crm --only 'keeps every byte'
	[ -d "$CONF/state/records" ]
	[ "$(ls -A "$CONF/state/records")" = "" ]
}

@test "several --set of one list are its words, and any text is one" {
	run -9 credence module test store faulty --set "folder=$BATS_TEST_TMPDIR/kept" \
		--set fault=prints --set 'fault=changes umask' --only 'the umask'
	run -9 credence module test store faulty --set "folder=$BATS_TEST_TMPDIR/kept" \
		--set fault=prints --set 'fault=changes umask' --only 'prints nothing'
	run -0 credence module test store faulty --set "folder=$BATS_TEST_TMPDIR/kept" \
		--set 'fault=a "quoted\" }; word' --only 'prints nothing'
}

# -- What it leaves --------------------------------------------------------------------------------

@test "other records are left as they are, and nothing is left of its own" {
	sandbox_start
	world
	profile crm "store = ( { use = \"file\"; path = \"$BATS_TEST_TMPDIR/records\"; } )"
	login crm
	before=$(cd "$BATS_TEST_TMPDIR/records" && sha256sum ./* | sort)
	run -0 credence module test store file --set "path=$BATS_TEST_TMPDIR/records" --only lists
	[ "$(cd "$BATS_TEST_TMPDIR/records" && sha256sum ./* | sort)" = "$before" ]
	sandbox_stop
}

@test "what a module leaves that crashes is taken away all the same" {
	run -9 credence module test store faulty --set "folder=$BATS_TEST_TMPDIR/kept" \
		--set 'fault=crashes in a conflict' --only CONFLICT
	[[ $output = *'# found: signal 6 (Aborted)'* ]]
	[ "$(find "$BATS_TEST_TMPDIR/kept" -name 'conformance-*')" = "" ]
}

@test "a signal ends it at once, and nothing is left" {
	# env, so that it is the process itself that gets the signal.
	env credence -C "$CONF" module test store faulty --set "folder=$BATS_TEST_TMPDIR/kept" --only 'forgets a' \
		>"$BATS_TEST_TMPDIR/tap" 2>&1 3>&- &
	until [ "$(find "$BATS_TEST_TMPDIR/kept" -name 'conformance-*-1-stays' | wc -l)" = 1 ]; do
		sleep 0.05
	done
	# SIGINT would be ignored: so it is in the jobs of a shell without job control.
	kill -TERM $!
	status=0
	wait $! || status=$?
	[ "$status" -eq 143 ]
	[ "$(find "$BATS_TEST_TMPDIR/kept" -name 'conformance-*')" = "" ]
	run -0 cat "$BATS_TEST_TMPDIR/tap"
	[[ $output = *"credence: interrupted"* && $output != *"not ok"* ]]
}

@test "a module that hangs is ended with the call's time, and the case is named" {
	run -6 --separate-stderr credence module test --timeout 8s store faulty \
		--set "folder=$BATS_TEST_TMPDIR/kept" --set 'fault=hangs in a conflict' --only 'an older revision'
	[[ $stderr = *"the time was over in case 1 (CONFLICT where an older revision is expected)"* ]]
	[ "$(find "$BATS_TEST_TMPDIR/kept" -name 'conformance-*')" = "" ]
}

@test "keys that can't be erased are told" {
	run -9 --separate-stderr credence module test store faulty --set "folder=$BATS_TEST_TMPDIR/kept" \
		--set 'fault=erases nothing' --only 'erases a record'
	[[ $stderr = *"keys of the test could not be erased; they begin with conformance-"* ]]
}
