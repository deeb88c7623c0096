#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# export and import: the formats, the long-lived secrets, and the way back.

load helper

setup_file() {
	sandbox_start
}

teardown_file() {
	sandbox_stop
}

setup() {
	control reset -X POST
	world
	profile crm 'client = { id = "1000.SANDBOX"; secret = "plain:CANARY-sandbox-secret"; redirect_uri = "http://127.0.0.1:8765/callback"; }'
	login crm
}

# value FILE KEY
value() {
	jq -r --arg key "$2" '.values[] | select(.key == $key) | .value' "$1"
}

@test "postman: the variables by their names, no long-lived secret" {
	credence export crm --format postman >"$BATS_TEST_TMPDIR/e"
	[ "$(jq -c '[.values[].key]' "$BATS_TEST_TMPDIR/e")" = \
		'["client-id","redirect-uri","accounts-url","access-token","api-domain","expiry-time"]' ]
	[ "$(jq -c '[.name, ._postman_variable_scope, (.values | all(.enabled))]' "$BATS_TEST_TMPDIR/e")" = \
		'["credence crm","environment",true]' ]
	[ "$(value "$BATS_TEST_TMPDIR/e" access-token)" = "$(credence token crm)" ]
	[ "$(value "$BATS_TEST_TMPDIR/e" accounts-url)" = "$SANDBOX_ACCOUNTS_us" ]
	[ "$(($(value "$BATS_TEST_TMPDIR/e" expiry-time) / 1000))" -eq \
		"$(date -d "$(credence token --json crm | jq -r .expires_at)" +%s)" ]
	run -1 grep CANARY "$BATS_TEST_TMPDIR/e"
	# The same id every time, so that an import replaces the one before.
	[ "$(jq -r .id "$BATS_TEST_TMPDIR/e")" = "$(credence export crm --format postman | jq -r .id)" ]
	[[ $(jq -r .id "$BATS_TEST_TMPDIR/e") =~ ^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$ ]]
}

@test "with secrets: only into a file, 0600, whole" {
	run -2 credence export crm --format postman --with-secrets
	run -2 credence export crm --format postman --with-secrets -o -
	umask 000
	printf 'old' >"$BATS_TEST_TMPDIR/e"
	run --separate-stderr -0 credence export crm --format postman --with-secrets -o "$BATS_TEST_TMPDIR/e"
	[ -z "$output" ]
	[ "$stderr" = "wrote $BATS_TEST_TMPDIR/e (0600)" ]
	[ "$(stat -c %a "$BATS_TEST_TMPDIR/e")" = 600 ]
	[ "$(value "$BATS_TEST_TMPDIR/e" client-secret)" = CANARY-sandbox-secret ]
	[[ $(value "$BATS_TEST_TMPDIR/e" refresh-token) == 1000.* ]]
	[ "$(jq -r '.values[] | select(.type == "secret") | .key' "$BATS_TEST_TMPDIR/e" | xargs)" = \
		"client-secret access-token refresh-token" ]
	[ "$(find "$BATS_TEST_TMPDIR" -name 'e.*')" = "" ]
	run -1 credence export crm --format json -o /nonexistent/e
}

@test "json is token --json; env can be read by a shell" {
	[ "$(credence export crm --format json | jq -S 'del(.expires_in, .expires_in_ms)')" = \
		"$(credence token --json crm | jq -S 'del(.expires_in, .expires_in_ms)')" ]
	[ "$(credence export crm --format env)" = "$(credence env crm)" ]
	eval "$(credence export crm --format env)"
	[ "$CREDENCE_ACCESS_TOKEN" = "$(credence token crm)" ]
	credence export crm --format env --with-secrets -o "$BATS_TEST_TMPDIR/e"
	. "$BATS_TEST_TMPDIR/e"
	[ "$CREDENCE_CLIENT_SECRET" = CANARY-sandbox-secret ]
	[[ $CREDENCE_REFRESH_TOKEN == 1000.* ]]
}

@test "an unknown format, none at all, nobody logged in" {
	run --separate-stderr -2 credence export crm --format postmn
	[ "${stderr_lines[1]}" = "hint: did you mean postman?" ]
	run -2 credence export crm
	profile desk
	run -4 credence export desk --format json
}

@test "import: what was exported works elsewhere" {
	credence export crm --format postman --with-secrets -o "$BATS_TEST_TMPDIR/e"
	token=$(credence token crm)
	credence logout crm
	run -0 credence import crm <"$BATS_TEST_TMPDIR/e"
	[[ $output == "crm: imported at us ($SANDBOX_ACCOUNTS_us)"* ]]
	[ "$(credence token crm)" = "$token" ]
	[[ $(credence url crm /x) == "$SANDBOX_API_us/x" ]]
	credence refresh crm
	[ "$(credence token crm)" != "$token" ]
}

@test "import: a refresh token alone is enough" {
	credence export crm --format postman --with-secrets -o "$BATS_TEST_TMPDIR/e"
	jq '.values |= map(select(.key | IN("access-token", "expiry-time") | not))' "$BATS_TEST_TMPDIR/e" \
		>"$BATS_TEST_TMPDIR/r"
	credence logout crm
	run -0 credence import crm <"$BATS_TEST_TMPDIR/r"
	[[ $(credence token crm) == 1000.* ]]
}

@test "import: what is no environment, of another client, or of servers that are not the provider's" {
	credence export crm --format postman --with-secrets -o "$BATS_TEST_TMPDIR/e"
	before=$(credence token crm)
	for text in '' '{' '[]' '{"values":3}' '{"values":[]}' '{"values":[1,{"key":2}]}' \
		'{"values":[{"key":"access-token","value":"x"},{"key":"expiry-time","value":"soon"}]}'; do
		run -3 credence import crm <<<"$text"
	done
	jq '(.values[] | select(.key == "client-id") | .value) = "1000.OTHER"' "$BATS_TEST_TMPDIR/e" >"$BATS_TEST_TMPDIR/o"
	run -3 credence import crm <"$BATS_TEST_TMPDIR/o"
	jq '(.values[] | select(.key == "api-domain") | .value) = "https://evil.example"' "$BATS_TEST_TMPDIR/e" >"$BATS_TEST_TMPDIR/o"
	run -10 credence import crm <"$BATS_TEST_TMPDIR/o"
	jq '(.values[] | select(.key == "accounts-url") | .value) = "https://evil.example"' "$BATS_TEST_TMPDIR/e" >"$BATS_TEST_TMPDIR/o"
	run -10 credence import crm <"$BATS_TEST_TMPDIR/o"
	[ "$(credence token crm)" = "$before" ]
}

@test "a sink keeps the environment up to date after each renewal" {
	mkdir -m 700 "$BATS_TEST_TMPDIR/sink"
	profile crm "hook = ( { use = \"sink\"; path = \"$BATS_TEST_TMPDIR/sink/e\"; format = \"postman\"; } )"
	credence refresh crm
	[ "$(value "$BATS_TEST_TMPDIR/sink/e" access-token)" = "$(credence token crm)" ]
	credence refresh crm
	[ "$(value "$BATS_TEST_TMPDIR/sink/e" access-token)" = "$(credence token crm)" ]
	[ "$(value "$BATS_TEST_TMPDIR/sink/e" refresh-token)" = "" ]
	credence revoke crm
	[ ! -e "$BATS_TEST_TMPDIR/sink/e" ]
}
