#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What a server can do to a renewal: the documented exit status and one error with a hint, within the
# deadline; the credential is kept, nobody asks again before it makes sense, and what is still good
# is still served.

load helper

setup() {
	NAMES=()
	sandbox_start --code-count 1000000 --refresh-live 1000000 --refresh-count 1000000
	world
}

teardown() {
	sandbox_stop
	slot_clean
}

requests() {
	control 'log' | jq '[.. | objects | select(.path? == "/oauth/v2/token")] | length'
}

# fault PARAMETER…: of the next token requests
fault() {
	control fault "${@/#/-d}" -d count=forever >/dev/null
}

no_fault() {
	control fault -X DELETE >/dev/null
}

# left_alone NAME: until when the server is, by the record, in ms; for ever if that does not say
left_alone() {
	member 'not_before.until // 9999999999999' "$CONF/state/records/$1"
}

# passed MS: it is later than that. (Where the machine is so slow that the second for which a server is left
# alone has passed, asking again is right.)
passed() {
	[ $((${EPOCHREALTIME/./} / 1000)) -ge "$1" ]
}

# silent_until COUNT MS: nothing was sent before then
silent_until() {
	[ "$(requests)" -eq "$1" ] || passed "$2"
}

# one_more: a profile with a credential of its own in $NAME, so that many can wait at the same time
one_more() {
	NAME=p$((${#NAMES[@]} + 1))
	NAMES+=("$NAME")
	profile "$NAME" 'limits = { refresh_tokens = { count = 0; window = "10m"; live = 0; per = "owner"; }; }'
	login "$NAME" 2>/dev/null
}

# fails_well STATUS PARAMETER…: with such a fault a renewal fails so, and leaves all in order. A server that
# hangs is left after four seconds.
fails_well() {
	local expected=$1 before until failure token time=20s
	shift
	echo "fault: $*" >&2
	one_more
	token=$(refresh_token "$NAME")
	fault "$@"
	[[ $1 != name=hang ]] || time=4s
	within 25 fails "$expected" credence --timeout "$time" refresh "$NAME"
	[ -n "$hint" ]
	[[ $error$hint != *CANARY* ]]
	failure=$error
	until=$(left_alone "$NAME")
	# At once: the same answer, and nothing is sent.
	before=$(requests)
	[ "$before" -ge 1 ]
	fails "$expected" credence --timeout "$time" refresh "$NAME"
	[ "$error" = "$failure" ] || passed "$until"
	run --separate-stderr credence --timeout "$time" --json refresh "$NAME"
	[ "$status" -eq "$expected" ]
	jq -e --argjson status "$expected" '.error.status == $status' <<<"$output"
	[ "$expected" -ne 6 ] || jq -e '.error.retry_after >= 1' <<<"$output"
	silent_until "$before" "$until"
	before=$(requests)
	# The access token that was there is still there, and so is the refresh token.
	run --separate-stderr -0 credence token "$NAME"
	[ -n "$output" ] && [ -z "$stderr" ]
	[ "$(requests)" -eq "$before" ]
	[ "$(refresh_token "$NAME")" = "$token" ]
	no_fault
}

# refresh_token NAME: the one in the record, which is not dead
refresh_token() {
	[ "$(member dead "$CONF/state/records/$1")" = null ] && member refresh_token "$CONF/state/records/$1"
}

# recover: once the server is well again every credential is renewed, without a person. The wait is
# one second where the server was away.
recover() {
	local name
	sleep 1.1
	for name in "${NAMES[@]}"; do
		credence refresh --force "$name" </dev/null
	done
}

@test "errors, pages, nothing, half of it, redirects, throttling" {
	fails_well 6 name=500
	[[ $error == *"server_error: 127.0.0.1 answered HTTP 500" ]]
	fails_well 6 name=html
	fails_well 6 name=no_json
	fails_well 6 name=empty
	fails_well 6 name=truncated
	fails_well 6 name=cut
	fails_well 6 name=redirect to=http://127.0.0.1:1/elsewhere
	[[ $error == *"a redirect, which is never followed" ]]
	fails_well 6 name=500 status=408
	recover
	# Who asks too often waits for a minute at least.
	fails_well 6 name=throttle
	fails_well 6 name=500 status=429
	# Who is told to wait does not ask again at once.
	profile told 'rotation = "may"' 'limits = { refresh_tokens = { count = 0; window = "10m"; live = 0; per = "owner"; }; }'
	login told 2>/dev/null
	fault name=500 status=429 retry_after=30
	before=$(requests)
	fails 6 credence refresh told
	[ "$(requests)" = $((before + 1)) ]
	no_fault
}

@test "connections that break, hang or never end" {
	fails_well 6 name=reset
	fails_well 6 name=lost
	fails_well 6 name=hang seconds=60
	[[ $error == *timeout* ]]
	fails_well 6 name=endless
	[[ $error == *"longer than the 1048576 bytes that are read" ]]
	recover
}

@test "RFC 6749 5.1: token answers that are wrong" {
	local what
	for what in expires_in_text expires_in_zero expires_in_negative token_type no_token_type \
		no_access_token access_token_empty access_token_number access_token_newline \
		access_token_control array null nan nul duplicate nested; do
		fails_well 6 name=garbage what=$what
		[[ $error == *": bad_answer: "* ]]
	done
	recover
}

@test "RFC 6749 5.1: token answers that are odd but good" {
	local what life
	profile crm
	while read -r what life; do
		fresh crm
		fault name=garbage "what=$what"
		credence refresh crm
		run -0 credence token --json crm
		jq -e --argjson life "$life" '.expires_in <= $life and .expires_in > $life - 60' <<<"$output"
		no_fault
	done <<-END
		expires_in_string 3600
		no_expires_in 3600
		expires_in_huge 315360000
	END
}

@test "an api_domain that is not in the table: not believed, its token not used, the old one kept" {
	profile crm
	fresh crm
	old=$(credence token crm)
	fault name=wrong_api_domain
	fails 10 credence refresh crm
	[[ $error == *"is not in the provider's data centres" ]]
	[[ $hint == *"providers.d/sandbox.conf" ]]
	[ "$(credence token crm)" = "$old" ]
	run -0 credence token --json crm
	[ "$(jq -r .api_domain <<<"$output")" = "$SANDBOX_API_us" ]
	# Nothing is waited for: an admin who mends the table wants to see the effect.
	no_fault
	still_good crm
}

@test "refused: the client is the admin's to mend, a code that nobody knows, a credential that is dead" {
	local before
	fails_well 5 name=error code=invalid_client
	fails_well 5 name=error code=unheard_of
	[[ $error == *": unheard_of: "* ]]
	recover
	profile crm
	fresh crm
	fault name=error code=invalid_code
	fails 4 credence refresh crm
	[ "$hint" = "hint: credence login crm" ]
	before=$(requests)
	fails 4 credence refresh crm
	[[ $error == *"is not sent again" ]]
	[ "$(requests)" -eq "$before" ]
	# The bytes are kept: what was a mistake of the server's is mended without a person.
	no_fault
	credence refresh --force crm
	still_good crm
}

@test "while a token is good, a renewal that is due and fails costs nothing" {
	local name old before until
	profile crm 'refresh_before = "1h"'
	for name in 500 html reset hang endless throttle error; do
		fresh crm
		old=$(member 'access_tokens[0].token')
		fault "name=$name" seconds=60 code=invalid_client
		before=$(requests)
		run --separate-stderr -0 credence --timeout 5s token crm
		[ "$output" = "$old" ]
		[ "$(requests)" -gt "$before" ]
		before=$(requests)
		until=$(left_alone crm)
		run --separate-stderr -0 credence --timeout 5s token crm
		[ "$output" = "$old" ]
		silent_until "$before" "$until"
		no_fault
	done
}

@test "Retry-After is kept to, and told" {
	local before until
	profile crm
	fresh crm
	fault name=500 status=503 retry_after=10
	run -6 credence refresh crm
	until=$(left_alone crm)
	no_fault
	# Nobody is at it any more.
	[ "$(credence --json status crm | jq -r .state)" = ok ]
	before=$(requests)
	sleep 1
	run --separate-stderr -6 credence --json refresh crm
	jq -e '.error.retry_after | . >= 1 and . <= 10' <<<"$output"
	[ "$(requests)" -eq "$before" ]
	until passed "$until"; do sleep 0.1; done
	credence refresh crm
	# Not for longer than an hour, whatever a server says.
	fresh crm
	fault name=500 status=503 retry_after=1000000
	run -6 credence refresh crm
	run --separate-stderr -6 credence --json refresh crm
	jq -e '.error.retry_after | . > 3500 and . <= 3600' <<<"$output"
}

@test "RFC 9700 4.14.2: while a replaced refresh token is still taken, nobody waits until it is not" {
	local i
	control mode -d rotation=on -d reuse_window=1h >/dev/null
	profile crm 'rotation = "may"' 'reuse_window = "8s"'
	fresh crm
	fault name=lost
	# A server that is away is left alone for 1, 2, 4, 8 s…, but not for more than half of the window.
	for i in 1 2 3 4; do
		run --separate-stderr -6 credence --json refresh crm
		jq -e '.error.retry_after | . >= 1 and . <= 4' <<<"$output"
		while [ $((${EPOCHREALTIME/./} / 1000)) -lt "$(left_alone crm)" ]; do sleep 0.2; done
	done
	no_fault
	credence refresh crm
}

@test "a rotated refresh token that comes with an answer of no other use is kept" {
	local what
	control mode -d rotation=family >/dev/null
	profile crm 'rotation = "may"'
	for what in expires_in_zero token_type no_token_type; do
		fresh crm
		control fault -d name=garbage -d "what=$what" >/dev/null
		run -6 credence refresh crm
		sleep 1.1
		still_good crm
	done
	fresh crm
	control fault -d name=wrong_api_domain >/dev/null
	run -10 credence refresh crm
	credence refresh --force crm
	[ "$(total reuses)" -eq 0 ]
}

@test "a login that fails leaves the credential that works" {
	local name
	profile crm
	fresh crm
	for name in 500 html truncated reset endless wrong_api_domain error; do
		fault "name=$name" code=invalid_client
		run login crm
		[ "$status" -ne 0 ]
		no_fault
		still_good crm
	done
	run credence login crm <<<"1000.not.a-code"
	[ "$status" -ne 0 ]
	still_good crm
}

@test "nobody listens" {
	profile crm
	fresh crm
	sandbox_stop
	fails 6 credence --timeout 5s refresh crm
	[ -n "$hint" ]
	credence token crm >/dev/null
	fails 6 credence --no-network refresh crm
}
