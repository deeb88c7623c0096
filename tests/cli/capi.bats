#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# libcredence as a program uses it: capi.c, built with the public header alone.

load helper

setup_file() {
	export CAPI=$BATS_FILE_TMPDIR/capi
	# shellcheck disable=SC2086
	$CC -std=c11 -D_GNU_SOURCE -Wall -Wextra -Werror $SANITIZE -pthread "-I$abs_top_srcdir/include" -o "$CAPI" \
		"$abs_top_srcdir/tests/cli/capi.c" "-L$CREDENCE_TEST_MODULES" -lcredence
	export LD_LIBRARY_PATH=$CREDENCE_TEST_MODULES
}

setup() {
	sandbox_start
	world
	profile crm
	login crm
}

teardown() {
	sandbox_stop
}

# capi STATUS VERB [ARGUMENT…]: what it found is in $FOUND; nothing else was written.
capi() {
	local status=$1
	FOUND=$BATS_TEST_TMPDIR/found
	shift
	run "-$status" "$CAPI" "$CONF" "$@" 9>"$FOUND"
	[ -z "$output" ] || { echo "$output"; false; }
}

# found LINE: what was found has that line
found() {
	grep -Fxq -e "$1" "$FOUND" || { cat "$FOUND"; false; }
}

@test "every member of an answer" {
	capi 0 get crm
	found status=0
	found profile=crm
	found credential=crm
	found "access_token=$(credence token crm)"
	found "header=$(credence header crm | sed 's/^Authorization: //')"
	found token_type=Bearer
	found scope=ZohoCRM.modules.READ
	found "api_domain=$SANDBOX_API_us"
	found location=us
	found "accounts_server=$SANDBOX_ACCOUNTS_us"
	found generation=1
	[ "$(sed -n 's/^expires_at=//p' "$FOUND")" -gt "$(sed -n 's/^issued_at=//p' "$FOUND")" ]
	run -1 grep -E '^(error|code|hint|retry_after|returned)=' "$FOUND"
}

@test "a failure: the status of the command, one line, a code, what to do" {
	capi 11 get nobody
	found status=11
	grep -q '^error=.*nobody' "$FOUND"
	grep -q '^hint=' "$FOUND"
	run -1 grep -E '^(access_token|header|generation)=' "$FOUND"
	profile new
	capi 4 get new
	grep -q '^hint=.*credence login new' "$FOUND"
	profile odd 'scope = 7'
	capi 3 get odd
	grep -q "^error=$CONF/profiles.d/odd.conf:[0-9]*: " "$FOUND"
	control fault -d name=error -d code=invalid_code -d count=1 >/dev/null
	capi 4 get crm 1 0 0 1
	found code=invalid_code
}

@test "a folder that is none" {
	run -3 "$CAPI" "$BATS_TEST_TMPDIR/nowhere" get crm 9>"$BATS_TEST_TMPDIR/found"
	[ "$output" = "" ]
	[ "$(<"$BATS_TEST_TMPDIR/found")" = "open=3 context=none" ]
}

@test "what may be asked for: a newer one, a longer one, no network, no waiting" {
	old=$(credence token crm)
	capi 0 get crm 1 0 0 1
	found generation=2
	run -1 grep -Fx "access_token=$old" "$FOUND"
	capi 0 get crm 1 0 0 1
	found generation=2
	capi 0 get crm 0 0 60000
	found generation=2
	capi 6 get crm 3 0 0 2
	control fault -d name=hang -d count=1 >/dev/null
	capi 6 get crm 1 300 0 2
}

@test "the time of a call is what credence.conf says, unless the call says another" {
	local begun
	echo 'deadline = "1s";' >>"$CONF/credence.conf"
	control fault -d name=slow -d ms=2000 -d count=1 >/dev/null
	capi 0 get crm 1 20000 0 1
	begun=$SECONDS
	control fault -d name=hang -d count=1 >/dev/null
	capi 6 get crm 1 0 0 2
	[ $((SECONDS - begun)) -lt 15 ]
}

@test "a limit: how long to wait, and --wait's flag" {
	for _ in {1..9}; do credence refresh crm; done
	capi 7 get crm 1 0 0 10
	[ "$(sed -n 's/^retry_after=//p' "$FOUND")" -gt 60000 ]
	capi 7 get crm 5 20000 0 10
}

@test "32 threads that find no good token make one request" {
	expired
	capi 0 threads crm
	[ "$(wc -l <"$FOUND")" = 32 ]
	[ "$(sort -u "$FOUND")" = "0 $(credence token crm)" ]
	[ "$(total renewals)" = 1 ]
}

@test "a child of fork opens its own" {
	capi 0 fork crm
	token=$(credence token crm)
	[ "$(<"$FOUND")" = $'child '"$token"$'\nparent '"$token" ]
}

@test "the store memory: a program renews once, however many contexts it has; nothing is left of it" {
	profile job 'grant = "client_credentials"' 'store = "memory"' 'volatile = true' \
		'extra = { token = ( { name = "soid"; value = "ZohoCRM.600" } ); }'
	capi 0 memory job
	[ "$(cut -d' ' -f2 "$FOUND" | sort -u | wc -l)" = 1 ]
	[ "$(cut -d' ' -f1 "$FOUND" | xargs)" = "first second child" ]
	[ "$(total client_credentials)" = 1 ]
	token=$(sed -n 's/^first //p' "$FOUND")
	run -1 grep -r "$token" "$CONF"
	# The command forgets it when it ends.
	credence token job
	credence token job
	[ "$(total client_credentials)" = 3 ]
}

@test "the program keeps its descriptors, signal handlers, umask, locale and folder" {
	expired
	capi 0 repeat 40 crm
	[ "$(total renewals)" = 1 ]
	found files=0
	found handlers=0
	found umask=027
	found locale=C
	found folder=same
}

@test "what is missing is an error, not a crash" {
	capi 0 nothing
	found open=2
	grep -q '^no profile=2 .' "$FOUND"
	found "no name=none -1"
	found "other name=none -1"
	found "no context=2"
	found "no answer=2"
	found "of no answer=1 none -1"
	grep -qE '^version=[0-9]+\.[0-9]+' "$FOUND"
}

@test "both headers are C++, too" {
	for header in credence module; do
		printf '#include <credence/%s.h>\n' "$header" >"$BATS_TEST_TMPDIR/$header.cc"
		# shellcheck disable=SC2086
		${CXX:-g++} -std=c++11 -Wall -Wextra -Werror -fsyntax-only "-I$abs_top_srcdir/include" "$BATS_TEST_TMPDIR/$header.cc"
	done
}
