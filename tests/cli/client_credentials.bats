#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Tokens of the client's own, without a person (RFC 6749 section 4.4).

load helper

SOID='extra = { token = ( { name = "soid"; value = "ZohoCRM.600" } ); }'

setup() {
	sandbox_start
	world
}

teardown() {
	sandbox_stop
}

# The parameter of the last token request.
param() {
	control log | jq -r --arg name "$1" \
		'[.[] | select(.path == "/oauth/v2/token")][-1].params[] | select(.name == $name).value'
}

service() {
	local name=$1
	shift
	profile "$name" 'grant = "client_credentials"' "$SOID" "$@"
}

@test "RFC 6749 4.4.2: a token without login, of the scope that the profile asks for" {
	service job 'scope = [ "ZohoCRM.modules.READ", "ZohoCRM.settings.READ" ]'
	run -0 --separate-stderr credence --json token job
	[ -z "$stderr" ]
	[ "$(jq -r .scope <<<"$output")" = "ZohoCRM.modules.READ ZohoCRM.settings.READ" ]
	[ "$(param grant_type)" = client_credentials ]
	[ "$(param scope)" = ZohoCRM.modules.READ,ZohoCRM.settings.READ ]
	[ "$(credence token job)" = "$(jq -r .access_token <<<"$output")" ]
	[ "$(total client_credentials)" = 1 ]
	[ "$(credence --json status job | jq .has_refresh_token)" = false ]
}

@test "the organization is a parameter of the profile; without it the catalogue says what to write" {
	service job
	credence token job >/dev/null
	[ "$(param soid)" = ZohoCRM.600 ]
	profile bare 'grant = "client_credentials"'
	run --separate-stderr credence token bare
	[[ ${stderr_lines[0]} == "credence: bare: missing_org_info: "* ]]
	[[ ${stderr_lines[1]} == *'name = "soid"'* ]]
}

@test "RFC 6749 4.4.3: it is renewed by asking again, before it expires" {
	control mode -d access_life=1h >/dev/null
	service job 'refresh_before = "59m 58s"'
	service job 'refresh_before = "3592s"'
	first=$(credence token job)
	[ "$(credence token job)" = "$first" ]
	sleep 8.1
	[ "$(credence token job)" != "$first" ]
	[ "$(total client_credentials)" = 2 ]
	[ "$(total refreshes)" = 0 ]
	run -0 credence refresh job
	[ "$(total client_credentials)" = 3 ]
}

@test "RFC 6749 4.4: a client that can't prove who it is sends nothing" {
	service job 'client = { id = "1000.SANDBOX"; }'
	run --separate-stderr -3 credence token job
	[[ ${stderr_lines[0]} == *"client credentials need a client that authenticates itself"* ]]
	[[ ${stderr_lines[1]} == "hint: "* ]]
	service job 'client = { id = "1000.SANDBOX"; secret = "plain:CANARY-sandbox-secret"; authentication = "none"; }'
	run -3 credence token job
	[ "$(total token_requests)" = 0 ]
}

@test "50 processes on an expired token make one request" {
	local i
	control mode -d access_life=2s >/dev/null
	service job
	# On a slow machine it has expired before it was handed out.
	run credence token job
	[ "$status" = 0 ] || [ "$status" = 6 ]
	sleep 2.1
	control mode -d access_life=1h >/dev/null
	for i in $(seq 50); do
		(credence --timeout 300s token job >"$BATS_TEST_TMPDIR/out.$i" 2>&1; echo $? >"$BATS_TEST_TMPDIR/rc.$i") &
	done
	wait
	[ "$(sort -u "$BATS_TEST_TMPDIR"/rc.*)" = 0 ]
	[ "$(sort -u "$BATS_TEST_TMPDIR"/out.* | wc -l)" = 1 ]
	[ "$(total client_credentials)" = 2 ]
	[ "$(total in_flight_max)" = 1 ]
}

@test "50 processes where there never was a token make one request" {
	local i
	service job
	for i in $(seq 50); do
		(credence --timeout 300s token job >"$BATS_TEST_TMPDIR/out.$i" 2>&1) &
	done
	wait
	[ "$(sort -u "$BATS_TEST_TMPDIR"/out.* | wc -l)" = 1 ]
	[ "$(total client_credentials)" = 1 ]
}

@test "what would cost a live token is refused with the time to wait" {
	local i refused=0
	service job
	for i in $(seq 12); do
		run credence refresh job
		[ "$status" = 0 ] || {
			[ "$status" = 7 ]
			refused=$((refused + 1))
		}
	done
	[ "$refused" = 2 ]
	[ "$(total access_evictions)" = 0 ]
	credence token job
}

@test "kill -9 during the request: the next call needs no person" {
	service job
	for verb in token refresh; do
		held_up command credence -C "$CONF" "$verb" job >/dev/null
		kill -9 "$pid"
		wait "$pid" || [ $? = 137 ]
		let_go
		credence "$verb" job
	done
}

@test "an answer that is lost costs nothing: it is asked for again, later" {
	service job
	control fault -d name=lost -d endpoint=token -d count=1 >/dev/null
	run -6 credence token job
	[ "$(total client_credentials)" = 1 ]
	sleep 1.1
	credence token job
	[ "$(total client_credentials)" = 2 ]
}

@test "a refused client is not asked again at once; a mended secret is tried at once" {
	service job 'client = { id = "1000.SANDBOX"; secret = "plain:wrong"; }'
	run -5 credence token job
	run -5 credence token job
	[ "$(total token_requests)" = 1 ]
	service job
	credence token job
	[ "$(total token_requests)" = 2 ]
}

@test "RFC 6749 3.3: less scope than was asked for is no token for this profile, and is not asked for in a loop" {
	service job
	control fault -d name=garbage -d what=scope -d endpoint=token -d count=1 >/dev/null
	run --separate-stderr -5 credence token job
	[[ ${stderr_lines[0]} == "credence: job: insufficient_scope: the server did not grant scope ZohoCRM.modules.READ" ]]
	run -5 credence token job
	[ "$(total client_credentials)" = 1 ]
	# What was granted is there for a profile that needs no more.
	service less 'credential = "job"' 'scope = [ "ZohoCRM.org.READ" ]'
	credence token less
	[ "$(total client_credentials)" = 1 ]
}

@test "profiles of one credential with different scopes have a token each" {
	service job
	service other 'credential = "job"' 'scope = [ "ZohoCRM.settings.READ" ]'
	a=$(credence token job)
	b=$(credence token other)
	[ "$a" != "$b" ]
	[ "$(credence token job)" = "$a" ]
	[ "$(credence token other)" = "$b" ]
	[ "$(total client_credentials)" = 2 ]
}

@test "another client: its token is not used, but a person's refresh token is never overwritten" {
	control clients -d id=1000.OTHER -d secret=other >/dev/null
	service job
	old=$(credence token job)
	service job 'client = { id = "1000.OTHER"; secret = "plain:other"; }'
	[ "$(credence token job)" != "$old" ]
	profile crm
	login crm
	before=$(sha256sum "$CONF/state/records/crm")
	service crm 'client = { id = "1000.OTHER"; secret = "plain:other"; }'
	run --separate-stderr -4 credence token crm
	[[ ${stderr_lines[0]} == *"client id"* ]]
	[ "$(sha256sum "$CONF/state/records/crm")" = "$before" ]
}

@test "a grant that needs no person steps in for one whose consent is gone" {
	profile crm "$SOID" 'grant = ( { use = "self_client"; }, { use = "client_credentials"; } )'
	login crm
	control revoke-all -X POST >/dev/null
	run -4 credence refresh crm
	credence refresh crm
	[ "$(total client_credentials)" = 1 ]
}

@test "login, trace, status, revoke: no person is called for" {
	service job
	run -0 credence trace job
	[[ $output == *"would acquire a token now, without a person"* ]]
	run -0 --separate-stderr credence login job
	[ -z "$stderr" ]
	[[ $output == "job: logged in at us"* ]]
	[ "$(total refresh_issued)" = 0 ]
	token=$(credence token job)
	run -0 credence revoke job
	[ "$(total revocations)" = 1 ]
	[ "$(total access_live)" = 0 ]
	[ "$(credence token job)" != "$token" ]
	run -0 credence refresh --due
}
