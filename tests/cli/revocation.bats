#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Revoking at the server: what is sent, and what each answer means for what is kept here.

load helper
load ../faults/helper

setup() {
	sandbox_start --code-count 1000
	world
	provider
	profile crm 'provider = "server"' 'resolver = "static"' 'location ='
}

teardown() {
	sandbox_stop
}

# provider [LINE…]
provider() {
	[ $# -gt 0 ] || set -- 'revocation_endpoint = "/oauth/v2/revoke";'
	printf '%s\n' "accounts_server = \"$SANDBOX_ACCOUNTS_us\";" "api_domain = \"$SANDBOX_API_us\";" \
		'token_endpoint = "/oauth/v2/token";' 'scope_separator = ",";' "$@" >"$CONF/providers.d/server.conf"
}

# sent [PATH]: the last request there
sent() {
	control log | jq -c --arg path "${1:-/oauth/v2/revoke}" '[.[] | select(.path == $path)][-1]'
}

fault() {
	control fault -d endpoint=revoke "$@" >/dev/null
}

live() {
	control state | jq '.clients["1000.SANDBOX"].us | .refresh_live + .access_live'
}

# The record is there, and its token still good here.
kept() {
	credence status crm
}

# How a refusal looks: kept here, and said what to do.
refused() {
	local want=$1
	run credence revoke crm
	echo "$output"
	[ "$status" = "$want" ]
	[[ $output == *hint:* ]]
	kept
}

@test "RFC 7009 2.1: a POST with token and token_type_hint in the body, and the client authenticated" {
	login crm
	credence revoke crm
	[ "$(sent | jq -r .method)" = POST ]
	[ "$(sent | jq -r .content_type)" = application/x-www-form-urlencoded ]
	[ "$(sent | jq -r .authorization.scheme)" = Basic ]
	[ "$(sent | jq -c '[.params[] | [.name, .in]]')" = '[["token","body"],["token_type_hint","body"]]' ]
	[ "$(sent | jq -r '.params[1].value')" = refresh_token ]
	[ "$(total secrets_in_url)" = 0 ]
}

@test "RFC 7009 2.1: revoking the refresh token takes the access tokens along; here everything goes" {
	login crm
	credence refresh crm
	[ "$(total access_live)" = 2 ]
	credence revoke crm
	[ "$(control state | jq '.totals.access_live + .totals.refresh_live')" = 0 ]
	run -4 credence token crm
	run -4 credence revoke crm
}

@test "where there is nothing to revoke nobody says that it was" {
	profile job 'grant = "client_credentials"'
	run -5 credence token job
	run --separate-stderr -4 credence revoke job
	[[ $output$stderr != *"revoked at the server"* ]]
}

@test "RFC 7009 2.2: 200 for a token that the server does not know" {
	login crm
	control revoke-all -X POST >/dev/null
	credence revoke crm
	[ "$(sent | jq .status)" = 200 ]
	run -4 credence status crm
}

@test "RFC 7009 2.2: the content of the answer is ignored" {
	login crm
	fault -d name=html
	credence revoke crm
	run -4 credence status crm
}

@test "RFC 7009 2.2.1: unsupported_token_type: the credential is kept" {
	login crm
	fault -d name=error -d code=unsupported_token_type -d status=400
	refused 5
	[[ $output == *"unsupported_token_type"*"does not revoke tokens of this type"* ]]
}

@test "RFC 7009 2.2.1: 503 with Retry-After: still there, and told when to try again" {
	login crm
	fault -d name=500 -d status=503 -d retry_after=77
	run -6 --separate-stderr credence --json revoke crm
	[ "$(jq .error.retry_after <<<"$output")" = 77 ]
	kept
	credence revoke crm
}

@test "RFC 6749 5.2: an error with status 400 or 401 is the server's own" {
	login crm
	local code
	for code in invalid_request invalid_client unauthorized_client; do
		fault -d name=error -d "code=$code" -d status=400
		refused 5
		[[ $output == *"$code"* ]]
	done
	profile crm 'provider = "server"' 'resolver = "static"' 'location =' \
		'client = { id = "1000.SANDBOX"; secret = "plain:wrong"; }'
	refused 5
	[[ $output == *invalid_client* ]]
}

@test "an error with status 200 is one, and what is no answer of the server's confirms nothing" {
	login crm
	fault -d name=error -d code=access_denied -d status=200
	refused 5
	fault -d name=redirect -d status=302
	refused 6
	fault -d name=html -d status=404
	refused 6
	fault -d name=reset
	refused 6
	fault -d name=endless
	refused 6
	credence revoke crm
}

@test "RFC 7009 2.2: a provider that is known to put no error there has confirmed" {
	provider 'revocation_endpoint = "/oauth/v2/revoke";' 'errors_with_status_200 = false;'
	login crm
	fault -d name=error -d code=access_denied -d status=200
	credence revoke crm
	run -4 credence status crm
}

@test "what another client was given, or another provider gave, is neither revoked nor asked about" {
	local requests
	login crm
	requests=$(control state | jq .totals.token_requests+.totals.revocations)
	profile crm 'provider = "server"' 'resolver = "static"' 'location =' \
		'client = { id = "1000.OTHER"; secret = "plain:sandbox-secret"; }'
	fails 4 credence revoke crm
	[[ $error == *"the client id of the profile is not the one that the token was issued for" ]]
	fails 4 credence status crm --remote
	cp "$CONF/providers.d/server.conf" "$CONF/providers.d/other.conf"
	profile crm 'provider = "other"' 'resolver = "static"' 'location ='
	fails 4 credence revoke crm
	[[ $error == *"the provider of the profile is not the one"* ]]
	[ "$(control state | jq .totals.token_requests+.totals.revocations)" = "$requests" ]
	profile crm 'provider = "server"' 'resolver = "static"' 'location ='
	credence token crm
	credence revoke crm
}

@test "a grant that the profile no longer lists: its way to revoke is not known, and nothing is sent" {
	login crm
	profile crm 'provider = "server"' 'resolver = "static"' 'location =' 'grant = "client_credentials"'
	refused 3
	[[ $output == *"was acquired by grant self_client, which the profile no longer lists"* ]]
}

@test "what can't be erased is not revoked; what is revoked and can't be erased is not handed out" {
	needs_strace
	login crm
	run -12 inject renameat:error=EACCES:when=1 credence -C "$CONF" revoke crm
	[ "$(control state | jq .totals.revocations)" = 0 ]
	kept
	run inject unlinkat:error=EROFS credence -C "$CONF" revoke crm
	[ "$status" != 0 ]
	[[ $output == *"it is revoked at the server, but not erased here: "*"hint: then: credence logout crm" ]]
	[ "$(control state | jq .totals.revocations)" = 1 ]
	fails 4 credence token crm
	[[ $error == *"the refresh token was revoked on "* ]]
	credence logout crm
}

@test "an answer that is lost: what was revoked is then not known, which is as good" {
	login crm
	fault -d name=lost
	refused 6
	[ "$(total refresh_live)" = 0 ]
	credence revoke crm
	run -4 credence status crm
}

@test "a server with a form of its own: token_type, and 400 for what it does not know" {
	profile crm
	login crm
	credence revoke crm
	[ "$(sent /oauth/v2/revoke/token | jq -c '[.params[] | .name]')" = '["token","token_type"]' ]
	[ "$(sent /oauth/v2/revoke/token | jq -r .authorization.scheme)" = Basic ]
	login crm
	control revoke-all -X POST >/dev/null
	credence revoke crm
	[ "$(sent /oauth/v2/revoke/token | jq .status)" = 400 ]
	run -4 credence status crm
}

@test "a server that wants the token in the URL, and nobody's authentication" {
	profile crm 'revocation_endpoint = "/oauth/v2/token/revoke"' 'parameters = { revoke = (); }' \
		'revocation = { token_place = "query"; client_authentication = "none"; }'
	login crm
	credence revoke crm
	[ "$(sent /oauth/v2/token/revoke | jq -c '[.params[] | select(.name == "token") | .in]')" = '["query"]' ]
	[ "$(sent /oauth/v2/token/revoke | jq .authorization)" = null ]
	[ "$(total refresh_live)" = 0 ]
}

@test "the token's type under a name of the server's" {
	provider 'revocation_endpoint = "/oauth/v2/revoke";' 'revocation = { type_parameter = "kind"; };'
	login crm
	credence revoke crm
	[ "$(sent | jq -c '[.params[] | .name]')" = '["token","kind"]' ]
}

@test "a provider without revocation: said so, with what to do" {
	provider 'rotation = "never";'
	login crm
	refused 3
	[[ $output == *"provider server has no revocation endpoint"* ]]
	[[ $output == *"credence logout --force crm"* ]]
}

@test "RFC 7009 2: the endpoint is https" {
	login crm
	provider 'revocation_endpoint = "http://login.example/revoke";'
	run -3 credence revoke crm
	[[ $output == *"write https://"* ]]
}

@test "without network nothing is revoked, and everything is kept" {
	login crm
	run -6 credence --no-network revoke crm
	kept
	[ "$(sent)" = null ]
}
