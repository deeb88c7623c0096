#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# A signed assertion as authorization (RFC 7523 section 2.1), as service accounts have it.

load helper

ROBOT=robot@project.example

setup_file() {
	openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$BATS_FILE_TMPDIR/key.pem" 2>/dev/null
	openssl pkey -in "$BATS_FILE_TMPDIR/key.pem" -pubout -out "$BATS_FILE_TMPDIR/public.pem"
	openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$BATS_FILE_TMPDIR/other.pem" 2>/dev/null
	chmod 600 "$BATS_FILE_TMPDIR"/*.pem
}

setup() {
	sandbox_start
	world
	control clients -d "id=$ROBOT" -d secret=unused >/dev/null
	register
}

teardown() {
	sandbox_stop
}

# Why the server refused the last assertion.
reason() {
	control log | jq -r '[.[] | select(.path == "/oauth/v2/token")][-1].reason'
}

register() {
	control key -d "client=$ROBOT" --data-urlencode "public_key@$BATS_FILE_TMPDIR/public.pem" "$@" >/dev/null
}

# account [JQ-FILTER]: the file of a service account, as a console makes it.
account() {
	jq -n --rawfile key "$BATS_FILE_TMPDIR/key.pem" --arg email "$ROBOT" \
		--arg uri "$SANDBOX_ACCOUNTS_us/oauth/v2/token" '{type: "service_account",
		project_id: "project", private_key_id: "kid-1", private_key: $key, client_email: $email,
		client_id: "123", token_uri: $uri} | '"${1-.}" >"$BATS_TEST_TMPDIR/account.json"
	chmod 600 "$BATS_TEST_TMPDIR/account.json"
	printf 'signer = { use = "gnutls"; key = "file:%s"; }' "$BATS_TEST_TMPDIR/account.json"
}

pem() {
	printf 'signer = { use = "gnutls"; key = "file:%s"; key_id = "kid-1"; }' "$BATS_FILE_TMPDIR/${1:-key.pem}"
}

robot() {
	local name=$1
	shift
	profile "$name" 'grant = "jwt_bearer"' 'client =' "$@"
}

@test "RFC 7523 2.1: a service account's file is all it needs" {
	register -d kid=kid-1
	robot job "$(account)" 'assertion = { scope = "claim"; }'
	run -0 --separate-stderr credence --json token job
	[ -z "$stderr" ]
	[ "$(jq -r .scope <<<"$output")" = ZohoCRM.modules.READ ]
	[ "$(total jwt_bearer)" = 1 ]
	[ "$(total assertions)" = 1 ]
	# Who it is, is in the assertion and nowhere else.
	control log | jq -e '[.[] | select(.path == "/oauth/v2/token")][-1] |
		(.params | map(.name) == ["grant_type", "assertion"]) and (has("authorization") | not)'
	[ "$(credence token job)" = "$(jq -r .access_token <<<"$output")" ]
	[ "$(total jwt_bearer)" = 1 ]
}

@test "RFC 7523 2.1: the scope is a parameter unless the provider's data say otherwise" {
	robot job "$(account)"
	credence token job >/dev/null
	[ "$(control log | jq -r '[.[] | select(.path == "/oauth/v2/token")][-1].params[] |
		select(.name == "scope").value')" = ZohoCRM.modules.READ ]
}

@test "RFC 7523 3: issuer, subject and audience of a PEM key come from the grant's options" {
	register -d aud=https://issuer.example
	robot job "$(pem)" "grant = { use = \"jwt_bearer\"; issuer = \"$ROBOT\";
		subject = \"user@example.com\"; audience = \"https://issuer.example\"; lifetime = \"1m\"; }"
	credence token job
	robot wrong "$(pem)" "grant = { use = \"jwt_bearer\"; issuer = \"$ROBOT\"; audience = \"https://other.example\"; }"
	run --separate-stderr -5 credence token wrong
	[[ ${stderr_lines[0]} == "credence: wrong: invalid_grant: "* ]]
	[ "$(reason)" = "aud is another" ]
}

@test "RFC 7523 3: the client id issues what nobody else does, and is its subject" {
	robot job "$(pem)" "client = { id = \"$ROBOT\"; }"
	credence token job
	robot nobody "$(pem)"
	run --separate-stderr -3 credence token nobody
	[[ ${stderr_lines[0]} == *"nobody.conf:"*": nobody knows who issues the assertion" ]]
	robot nosub "$(account)" 'assertion = { subject = "none"; }'
	run --separate-stderr -5 credence token nosub
	[[ $(reason) == "sub is missing"* ]]
}

@test "RFC 7523 3: an assertion too long-lived, or of another time, is the server's to refuse" {
	robot job "$(account)" 'grant = { use = "jwt_bearer"; lifetime = "3h"; }'
	run -5 credence token job
	[ "$(reason)" = "iat or exp is out of time" ]
	control clock -d advance=7200 >/dev/null
	robot late "$(account)"
	run -5 credence token late
	[ "$(reason)" = "iat or exp is out of time" ]
}

@test "RFC 7523 3.1: what the server refuses is the admin's to mend, and asked again later" {
	robot job "$(pem other.pem)" "client = { id = \"$ROBOT\"; }"
	run --separate-stderr -5 credence token job
	[[ ${stderr_lines[0]} == "credence: job: invalid_grant: "* ]]
	[ "$(reason)" = "the signature is wrong" ]
	[[ ${stderr_lines[1]} == *"credence refresh --force job" ]]
	run -5 credence token job
	[ "$(total jwt_bearer)" = 1 ]
	run -0 credence status
	[[ $output != *"login"* ]]
	# Another key is another chance, at once.
	robot job "$(pem)" "client = { id = \"$ROBOT\"; }"
	credence token job
}

@test "a signer is needed: exit 3 with the place" {
	robot job
	run --separate-stderr -3 credence token job
	[[ ${stderr_lines[0]} =~ job\.conf:[0-9]+:\ this\ grant\ needs\ a\ signer ]]
	[[ ${stderr_lines[1]} == "hint: add signer = "* ]]
	run -3 credence check
	[[ $output =~ job\.conf:[0-9]+:\ this\ grant\ needs\ a\ signer ]]
	[ "$(total token_requests)" = 0 ]
}

@test "files that are no service account's say so, and nothing of them is shown" {
	robot job "$(account 'del(.private_key)')"
	run --separate-stderr -3 credence token job
	[[ ${stderr_lines[0]} == *"no service account's: it has no private_key"* ]]
	robot job "$(account '.private_key = "-----BEGIN CANARY"')"
	run -3 credence token job
	[[ $output != *CANARY* ]]
	account >/dev/null
	chmod 644 "$BATS_TEST_TMPDIR/account.json"
	run -10 credence token job
}

@test "50 processes on an expired token make one request" {
	local i
	control mode -d access_life=2s >/dev/null
	robot job "$(account)"
	# On a slow machine it has expired before it was handed out.
	run credence token job
	[ "$status" = 0 ] || [ "$status" = 6 ]
	sleep 2.1
	control mode -d access_life=1h >/dev/null
	for i in $(seq 50); do
		(credence --timeout 300s token job >"$BATS_TEST_TMPDIR/out.$i" 2>&1) &
	done
	wait
	[ "$(sort -u "$BATS_TEST_TMPDIR"/out.* | wc -l)" = 1 ]
	[ "$(total jwt_bearer)" = 2 ]
}

@test "neither key nor assertion is shown, however much is asked for" {
	robot job "$(account)"
	run -0 credence -v -v token job
	[[ $output != *"PRIVATE KEY"* && $output != *eyJ* ]]
	run -0 credence -v -v trace --live job
	[[ $output != *"PRIVATE KEY"* && $output != *eyJ* ]]
	run -0 credence config show job
	[[ $output != *"PRIVATE KEY"* ]]
	run ! grep -rqE 'PRIVATE KEY|eyJ' "$CONF/state"
}
