#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The provider files that are shipped, against the answers that the providers document.

load helper

setup_file() {
	serve recorded
}

teardown_file() {
	serve_stop
}

setup() {
	world
}

# answer STATUS BODY
answer() {
	ask "answer?status=$1" --data-binary "$2"
}

# at PROVIDER [LINE…]: profile "p" with all of its data, but its servers here
at() {
	printf '%s\n' "extends = \"$1\";" "accounts_server = \"$SERVER\";" \
		"token_endpoint = \"$SERVER/token\";" >"$CONF/providers.d/here.conf"
	profile p 'provider = "here"' 'scope = [ "one", "two" ]' 'location =' 'resolver =' \
		'client = { id = "id"; secret = "plain:CANARY-secret"; }' "${@:2}"
	rm -rf "$CONF/state"
}

# last FILTER: of the last request
last() {
	log "last | $1"
}

# login STATUS: with some code
logs_in() {
	run --separate-stderr "-$1" credence login p <<<some-code
}

life_left() {
	credence token --json p | jq -e .expires_in
}

@test "a token without an end and scopes with commas" {
	at github
	answer 200 '{"access_token":"gho_1","scope":"two,one","token_type":"bearer"}'
	logs_in 0
	[ "$(last .accept)" = application/json ]
	[[ $(last .agent) == credence/* ]]
	[ "$(last .form.client_secret)" = CANARY-secret ]
	[ "$(last .authorization)" = null ]
	[ "$(credence token p)" = gho_1 ]
	[ "$(life_left)" -gt $((9 * 365 * 86400)) ]
	[ "$(credence token --json p | jq -r .scope)" = "two one" ]
	# Less than was asked for is seen through the commas.
	at github
	answer 200 '{"access_token":"gho_1","scope":"one","token_type":"bearer"}'
	run --separate-stderr credence login p <<<some-code
	run --separate-stderr -4 credence token p
	[[ $stderr == *two* ]]
}

@test "tokens that expire, and a refresh token that is good once" {
	at github 'scope ='
	answer 200 '{"access_token":"ghu_1","expires_in":28800,"refresh_token":"ghr_1","refresh_token_expires_in":15811200,"scope":"","token_type":"bearer"}'
	logs_in 0
	[ "$(life_left)" -le 28800 ]
	answer 200 '{"access_token":"ghu_2","expires_in":28800,"refresh_token":"ghr_2","refresh_token_expires_in":15811200,"scope":"","token_type":"bearer"}'
	run -0 credence refresh p
	[ "$(last .form.refresh_token)" = ghr_1 ]
	[ "$(member refresh_token "$CONF/state/records/p")" = ghr_2 ]
	# Errors have status 200.
	answer 200 '{"error":"bad_refresh_token","error_description":"The refresh token passed is incorrect or expired.","error_uri":"https://docs.github.com"}'
	run --separate-stderr -4 credence refresh p
	[[ ${stderr_lines[0]} == "credence: p: bad_refresh_token: "* ]]
	[ "${stderr_lines[1]}" = "hint: credence login p" ]
}

@test "errors of the first request, by their class" {
	at github
	answer 200 '{"error":"incorrect_client_credentials","error_description":"The client_id and/or client_secret passed are incorrect."}'
	logs_in 5
	answer 200 '{"error":"bad_verification_code","error_description":"The code passed is incorrect or expired."}'
	logs_in 4
}

@test "an API of one's own, named by the answer; no lifetime in it" {
	at salesforce 'variables = { host = "acme.my.salesforce.com"; }'
	answer 200 '{"access_token":"00D!1","refresh_token":"5Aep","instance_url":"https://acme.my.salesforce.com","id":"https://login.salesforce.com/id/0/1","token_type":"Bearer","issued_at":"1708058728442","signature":"x","scope":"one two"}'
	logs_in 0
	[ "$(credence url p /services/data)" = https://acme.my.salesforce.com/services/data ]
	[ "$(life_left)" -le 900 ]
	[ "$(credence token --json p | jq -r .api_domain)" = https://acme.my.salesforce.com ]
	run -0 credence url p https://other.my.salesforce.com/x
	run -10 credence url p https://other.my.salesforce.com.evil.org/x
	run -10 credence url p https://evil.org/.my.salesforce.com
	run -10 credence url p https://other.my.salesforce.com:8443/x
	# A renewal names it again, and brings no refresh token.
	answer 200 '{"access_token":"00D!2","instance_url":"https://acme.my.salesforce.com","token_type":"Bearer","scope":"one two"}'
	run -0 credence refresh p
	[ "$(credence url p /x)" = https://acme.my.salesforce.com/x ]
	[ "$(member refresh_token "$CONF/state/records/p")" = 5Aep ]
}

@test "an API that the table does not list is refused" {
	at salesforce
	answer 200 '{"access_token":"00D!1","refresh_token":"5Aep","instance_url":"https://evil.example.org","token_type":"Bearer","scope":"one two"}'
	run --separate-stderr -10 credence login p <<<some-code
	[[ $stderr == *evil.example.org* ]]
}

@test "the words behind invalid_grant" {
	at salesforce
	answer 200 '{"access_token":"1","refresh_token":"r","instance_url":"https://a.my.salesforce.com","token_type":"Bearer","scope":"one two"}'
	logs_in 0
	answer 400 '{"error":"invalid_grant","error_description":"expired access/refresh token"}'
	run --separate-stderr -4 credence refresh p
	[[ ${stderr_lines[0]} == "credence: p: expired access/refresh token: the refresh token expired by the policy"* ]]
	answer 400 '{"error":"invalid_grant","error_description":"ip restricted"}'
	run --separate-stderr -5 credence refresh --force p
	# The same code with words that nobody foresaw is the code.
	answer 400 '{"error":"invalid_grant","error_description":"something new"}'
	run --separate-stderr -4 credence refresh --force p
	[[ ${stderr_lines[0]} == "credence: p: invalid_grant: "* ]]
	# The words alone, with another code, are not that case.
	answer 400 '{"error":"invalid_scope","error_description":"expired access/refresh token"}'
	run --separate-stderr -5 credence refresh --force p
	[[ ${stderr_lines[0]} == "credence: p: invalid_scope: "* ]]
}

@test "numbers that an error begins with" {
	at microsoft
	answer 200 '{"token_type":"Bearer","scope":"one two","expires_in":3736,"ext_expires_in":3736,"access_token":"ey","refresh_token":"0.A"}'
	logs_in 0
	answer 400 '{"error":"invalid_grant","error_description":"AADSTS700082: The refresh token has expired due to inactivity.\r\nTrace ID: 1","error_codes":[700082],"timestamp":"2026-01-01 00:00:00Z","trace_id":"1","correlation_id":"2"}'
	run --separate-stderr -4 credence refresh p
	[[ ${stderr_lines[0]} == "credence: p: AADSTS700082: the refresh token was not used for 90 days"* ]]
	answer 401 '{"error":"invalid_client","error_description":"AADSTS7000222: The provided client secret keys for app are expired.","error_codes":[7000222]}'
	run --separate-stderr -5 credence refresh --force p
	[[ ${stderr_lines[0]} == "credence: p: AADSTS7000222: the client secret expired"* ]]
}

@test "a scope that the answer never names was granted all the same" {
	at microsoft 'scope = [ "offline_access", "one" ]'
	answer 200 '{"token_type":"Bearer","scope":"one","expires_in":3736,"access_token":"ey1","refresh_token":"0.A"}'
	logs_in 0
	[[ $stderr != *"granted less"* ]]
	[ "$(credence token p)" = ey1 ]
	answer 200 '{"token_type":"Bearer","scope":"one","expires_in":3736,"access_token":"ey2","refresh_token":"0.B"}'
	credence refresh p
	[ "$(credence token p)" = ey2 ]
	[ "$(last .form.scope)" = null ]
	# Another that it does not name was not.
	at microsoft 'scope = [ "offline_access", "one", "two" ]'
	logs_in 0
	[[ $stderr == *"no two"* ]]
	run --separate-stderr -4 credence token p
	[[ $stderr == *"scope two was not granted"* ]]
}

@test "RFC 8707 2.2: a renewal for one resource of several says nothing of what was granted" {
	at okta 'variables = { domain = "example.okta.com"; }' 'resource = "https://one.example"'
	answer 200 '{"token_type":"Bearer","scope":"one two","expires_in":3600,"access_token":"a1","refresh_token":"r1"}'
	logs_in 0
	answer 200 '{"token_type":"Bearer","scope":"one","expires_in":3600,"access_token":"a2"}'
	run credence refresh p
	[ "$(member scope "$CONF/state/records/p")" = "one two" ]
}

@test "a realm of one's own host" {
	printf 'extends = "keycloak";\n' >"$CONF/providers.d/here.conf"
	profile p 'provider = "here"' "variables = { realm = \"$SERVER/realms/main/\"; }" \
		'scope = [ "one" ]' 'location =' 'resolver =' 'client = { id = "id"; secret = "plain:s"; }'
	answer 200 '{"access_token":"a","expires_in":300,"refresh_expires_in":1800,"refresh_token":"r","token_type":"Bearer","not-before-policy":0,"session_state":"x","scope":"one email profile"}'
	logs_in 0
	[ "$(last .path)" = /realms/main/protocol/openid-connect/token ]
	[ "$(last .authorization)" = Basic ]
	answer 400 '{"error":"invalid_grant","error_description":"Token is not active"}'
	run --separate-stderr -4 credence refresh p
	[[ ${stderr_lines[0]} == "credence: p: Token is not active: the refresh token expired"* ]]
}

@test "what an API says of a token, wherever it says it" {
	local at
	at google "api_domain = \"$SERVER\""
	answer 200 '{"access_token":"ya29.1","expires_in":3599,"refresh_token":"1//0","scope":"one two","token_type":"Bearer"}'
	logs_in 0
	run -0 credence refresh p
	# Older than a minute, so that a new one may help.
	answer 401 '{"error":{"code":401,"message":"Request had invalid authentication credentials.","status":"UNAUTHENTICATED"}}'
	run --separate-stderr -5 credence api p /drive/v3/files
	[[ $stderr == *"UNAUTHENTICATED for a token that is less than a minute old"* ]]
	at microsoft "api_domain = \"$SERVER\""
	answer 200 '{"token_type":"Bearer","scope":"one two","expires_in":3736,"access_token":"ey","refresh_token":"0.A"}'
	logs_in 0
	answer 401 '{"error":{"code":"InvalidAuthenticationToken","message":"Access token has expired or is not yet valid."}}'
	run --separate-stderr -5 credence api p /v1.0/me
	[[ $stderr == *"InvalidAuthenticationToken for a token that is less than a minute old"* ]]
}

# claims: of the assertion that was sent last
claims() {
	local body
	body=$(last .form.assertion)
	body=${body#*.}
	body=$(tr -- '-_' '+/' <<<"${body%.*}")
	base64 -d <<<"$body$(head -c $(((4 - ${#body} % 4) % 4)) <<<===)"
}

@test "a service account: scope and server stand in the assertion, a person only if one is meant" {
	local key=$BATS_TEST_TMPDIR/account.json
	openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 2>/dev/null | jq -Rs '{ type: "service_account",
		private_key_id: "kid", private_key: ., client_email: "robot@p.iam.gserviceaccount.com",
		token_uri: "https://oauth2.googleapis.com/token" }' >"$key"
	chmod 600 "$key"
	answer 200 '{"access_token":"ya29.c.1","expires_in":3599,"token_type":"Bearer"}'
	at google 'grant = "jwt_bearer"' 'client =' "signer = { use = \"gnutls\"; key = \"file:$key\"; }"
	[ "$(credence token p)" = ya29.c.1 ]
	last '.form | keys == ["assertion", "grant_type"]'
	claims | jq -e --arg server "$SERVER" '.iss == "robot@p.iam.gserviceaccount.com" and .aud == $server + "/token"
		and .scope == "one two" and .exp - .iat <= 3600 and (has("sub") | not)'
	at google 'grant = { use = "jwt_bearer"; subject = "ann@example.com"; }' 'client =' \
		"signer = { use = \"gnutls\"; key = \"file:$key\"; }"
	credence token p
	claims | jq -e '.sub == "ann@example.com"'
}
