#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# status --remote: what the server says of a token.

load helper

setup() {
	sandbox_start --code-count 1000
	world
	provider
	profile crm 'provider = "server"' 'resolver = "static"' 'location ='
	login crm
}

teardown() {
	sandbox_stop
}

# provider [LINE…]
provider() {
	[ $# -gt 0 ] || set -- 'introspection_endpoint = "/oauth/v2/introspect";'
	printf '%s\n' "accounts_server = \"$SANDBOX_ACCOUNTS_us\";" "api_domain = \"$SANDBOX_API_us\";" \
		'token_endpoint = "/oauth/v2/token";' 'scope_separator = ",";' "$@" >"$CONF/providers.d/server.conf"
}

# sent: the last request to the introspection endpoint
sent() {
	control log | jq -c '[.[] | select(.path == "/oauth/v2/introspect")][-1]'
}

fault() {
	control fault -d endpoint=introspect "$@" >/dev/null
}

@test "RFC 7662 2.1: a POST with token and token_type_hint in the body, and the client authenticated" {
	credence status --remote crm
	[ "$(sent | jq -r .method)" = POST ]
	[ "$(sent | jq -r .content_type)" = application/x-www-form-urlencoded ]
	[ "$(sent | jq -r .authorization.scheme)" = Basic ]
	[ "$(sent | jq -c '[.params[] | [.name, .in]]')" = '[["token","body"],["token_type_hint","body"]]' ]
	[ "$(sent | jq -r '.params[1].value')" = access_token ]
	# Neither the token nor the secret is shown.
	run credence -vv status --remote crm
	[[ $output != *"$(credence token crm)"* && $output != *CANARY* ]]
}

@test "RFC 7662 2.2: active, scope, client, subject and expiry are shown" {
	run -0 credence status --remote crm
	[[ $output == *"crm"*"ok"* ]]
	[[ $output == *"at the server the access token is active"* ]]
	[[ $output == *"scope"*"ZohoCRM.modules.READ"* ]]
	[[ $output == *"client"*"1000.SANDBOX"* ]]
	[[ $output == *"until"* ]]
	[[ $output == *"subject"*"@"* ]]
}

@test "RFC 7662 2.2: the same as JSON" {
	credence status --remote crm --json >"$BATS_TEST_TMPDIR/json"
	jq -e '.state == "ok" and .status == 0 and .remote.active == true and .remote.token == "access_token" and
		.remote.scope == "ZohoCRM.modules.READ" and .remote.client_id == "1000.SANDBOX" and
		.remote.token_type == "Bearer"' "$BATS_TEST_TMPDIR/json"
	[ "$(jq -r .remote.issuer "$BATS_TEST_TMPDIR/json")" = "$SANDBOX_ACCOUNTS_us" ]
	expires=$(jq -r '.remote.expires_at | fromdateiso8601' "$BATS_TEST_TMPDIR/json")
	[ $((expires - $(date +%s))) -gt 3500 ]
	# Without --remote nothing of it.
	[ "$(credence status crm --json | jq .remote)" = null ]
}

@test "RFC 7662 2.2: a token that is not active there exits with 5, though it looks good here" {
	control revoke-all -X POST >/dev/null
	credence status crm
	run -5 credence status --remote crm
	[[ $output == *"not active"* ]]
	[[ $output == *"hint: credence refresh crm"* ]]
	run -5 --separate-stderr credence status --remote crm --json
	[ "$(jq -c .remote <<<"$output")" = '{"token":"access_token","active":false}' ]
	[ "$(jq .status <<<"$output")" = 5 ]
}

@test "RFC 7662 2.2: an answer that does not say if the token is active is none" {
	local value
	for value in '' '"yes"' 1 null; do
		fault -d name=member -d member=active --data-urlencode "value=$value"
		run -6 credence status --remote crm
		[[ $output == *"does not say if the token is active"* ]]
	done
}

@test "RFC 7662 2.3: a client that is not accepted" {
	profile crm 'provider = "server"' 'resolver = "static"' 'location =' \
		'client = { id = "1000.SANDBOX"; secret = "plain:wrong"; }'
	run -5 credence status --remote crm
	[[ $output == *invalid_client* ]]
	[[ $output != *wrong* ]]
}

@test "RFC 7662 4: the endpoint is https, or on this machine" {
	provider 'introspection_endpoint = "http://127.0.0.1:1/introspect";'
	run -6 credence status --remote crm
	provider 'introspection_endpoint = "http://login.example/introspect";'
	run -3 credence status --remote crm
	[ "$(control log | jq '[.[] | select(.path == "/oauth/v2/introspect")] | length')" = 0 ]
}

@test "where introspection is not offered, that is said" {
	provider 'rotation = "never";'
	run -3 credence status --remote crm
	[[ $output == *"provider server offers no introspection of tokens"* ]]
	[[ $output == *hint:* ]]
	credence status crm
}

@test "the endpoint may come from what the server publishes" {
	printf '%s\n' "issuer = \"$SANDBOX_ACCOUNTS_us\";" >"$CONF/providers.d/server.conf"
	profile crm 'provider = "server"' 'resolver = "discovery"' 'location ='
	run -0 credence status --remote crm
	[[ $output == *"is active"* ]]
}

@test "nothing is asked without a token, without network, or for all profiles at once" {
	run -6 credence --no-network status --remote crm
	credence logout crm
	run -4 credence status --remote crm
	[[ $output == *"logged in"* ]]
	run -2 credence status --remote
	[[ $output == *"one profile"* ]]
	run -11 credence status --remote nobody
	[ "$(control log | jq '[.[] | select(.path == "/oauth/v2/introspect")] | length')" = 0 ]
}

@test "a server in trouble is told as such, and nothing changes here" {
	before=$(sha256sum "$CONF"/state/records/*)
	fault -d name=500 -d status=503 -d retry_after=30
	run -6 --separate-stderr credence --json status --remote crm
	[ "$(jq .error.retry_after <<<"$output")" = 30 ]
	fault -d name=html
	run -6 credence status --remote crm
	fault -d name=redirect
	run -6 credence status --remote crm
	[ "$(sha256sum "$CONF"/state/records/*)" = "$before" ]
}

@test "what a server says is shown without control characters" {
	fault -d name=member -d member=username --data-urlencode $'value=eve\e]0;owned\a'
	run -0 credence status --remote crm
	[[ $output == *eve* ]]
	[[ $output != *$'\e'* && $output != *$'\a'* ]]
}
