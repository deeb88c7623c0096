#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# credence against glewlwyd, an authorization server in C that shares no code with the other one:
# its quirks are other quirks.

load "$abs_top_srcdir/tests/cli/helper.bash"
load "$abs_top_srcdir/tests/browser.bash"
load "$abs_top_srcdir/tests/interop/glewlwyd.bash"

setup_file() {
	PORT=$(free_port)
	REDIRECT=http://127.0.0.1:$PORT/cb
	export PORT REDIRECT
	glewlwyd_start "$REDIRECT"
}

teardown_file() {
	glewlwyd_stop
}

setup() {
	world
	profile crm 'provider = "oidc"' "variables = { issuer = \"$SERVER\"; }" 'resolver = "discovery"' \
		"client = { id = \"conf\"; secret = \"plain:CANARY-conf-secret\"; redirect_uri = \"$REDIRECT\"; }" \
		'scope = [ "openid", "api_read" ]' 'location =' 'grant = "server_based"' \
		'extra = { authorize = ( { name = "nonce"; value = "of no use here"; } ); }' # it wants one
}

teardown() {
	login_stop
}

sign_in() {
	login_start "$1"
	curl -sS -m 20 -o "$BATS_TEST_TMPDIR/page" "$(glewlwyd_browser "$LOGIN_URL")"
	login_end
	[ "$status" = 0 ] || { echo "$stderr"; false; }
}

active() {
	[ "$(curl -sS -m 20 -u 'conf:CANARY-conf-secret' -d "token=$1" "$SERVER/introspect" | jq -r .active)" = true ]
}

@test "discovery, code and PKCE" {
	sign_in crm
	grep -q 'You are signed in' "$BATS_TEST_TMPDIR/page"
	active "$(credence token crm)"
	[ "$(credence token --json crm | jq -r '.scope | split(" ") | sort | join(" ")')" = "api_read openid" ]
	# "bearer" is how this one writes it.
	[[ $(credence header crm) == "Authorization: Bearer "* ]]
}

@test "renewal: each refresh token once, and one that was used elsewhere is the end of it" {
	local old
	sign_in crm
	old=$(member refresh_token)
	credence refresh crm </dev/null
	[ "$(member refresh_token)" != "$old" ]
	active "$(credence token crm)"
	curl -sS -m 20 -o /dev/null -u conf:CANARY-conf-secret -d grant_type=refresh_token -d "refresh_token=$old" "$SERVER/token"
	# It refuses without a word (400, empty), which might as well be a proxy's: nothing is given up.
	run --separate-stderr -6 credence refresh crm </dev/null
	[[ ${stderr_lines[0]} == *"answered HTTP 400 with something that is not the answer: empty" ]]
	[ -n "$(credence token crm)" ]
	sign_in crm
	credence refresh crm </dev/null
}

@test "device" {
	profile tv 'provider = "oidc"' "variables = { issuer = \"$SERVER\"; }" 'resolver = "discovery"' \
		'client = { id = "conf"; secret = "plain:CANARY-conf-secret"; }' \
		'scope = [ "openid", "api_read" ]' 'location =' 'grant = "device"'
	login_start tv
	code=$(login_shows 's/^  code: //p')
	sleep 1.5
	kill -0 "$LOGIN_PID"
	glewlwyd_browser "$SERVER/device?code=$code" >/dev/null
	login_end
	[ "$status" = 0 ] || { echo "$stderr"; false; }
	active "$(credence token tv)"
	credence refresh tv </dev/null
	active "$(credence token tv)"
}

@test "client credentials" {
	profile job 'provider = "oidc"' "variables = { issuer = \"$SERVER\"; }" 'resolver = "discovery"' \
		'client = { id = "conf"; secret = "plain:CANARY-conf-secret"; }' \
		'scope = [ "api_read" ]' 'location =' 'grant = "client_credentials"'
	run -0 credence token job </dev/null
	active "$output"
}

@test "introspection and revocation" {
	sign_in crm
	token=$(credence token crm)
	run -0 credence status --remote --json crm
	jq -e '.remote.active == true' <<<"$output"
	credence revoke crm
	run -4 credence token crm </dev/null
}
