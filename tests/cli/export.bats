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
	run --separate-stderr -2 credence export crm --format json -o /nonexistent/e
	[[ ${stderr_lines[0]} == *"can't write /nonexistent/e: No such file or directory" ]]
	[[ ${stderr_lines[1]} == "hint: "* ]]
}

@test "what is written is durable, its name too, before it is called good" {
	local folder=$BATS_TEST_TMPDIR/out path
	mkdir "$folder"
	cd "$folder"
	for path in "$folder/e" e; do
		run --separate-stderr -1 traced -P "$folder" -e trace=fsync -e inject=fsync:error=EIO \
			credence -C "$CONF" export crm --format json -o "$path"
		[[ $stderr == *"can't make durable what was written to $path: Input/output error"* ]]
	done
	run --separate-stderr -0 credence export crm --format json -o e
	[ "$stderr" = "wrote e (0600)" ]
}

@test "what is no plain file is not replaced by one" {
	local target
	touch "$BATS_TEST_TMPDIR/there"
	ln -s there "$BATS_TEST_TMPDIR/link"
	mkfifo "$BATS_TEST_TMPDIR/fifo"
	mkdir "$BATS_TEST_TMPDIR/folder"
	for target in link fifo folder; do
		run --separate-stderr -2 credence export crm --format json -o "$BATS_TEST_TMPDIR/$target"
		[[ ${stderr_lines[0]} == *"can't write $BATS_TEST_TMPDIR/$target: it is "* ]]
		[[ ${stderr_lines[1]} == "hint: "* ]]
	done
	[ -L "$BATS_TEST_TMPDIR/link" ] && [ -p "$BATS_TEST_TMPDIR/fifo" ] && [ ! -s "$BATS_TEST_TMPDIR/there" ]
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

@test "import: no token lives for more than ten years" {
	credence export crm --format postman >"$BATS_TEST_TMPDIR/e"
	jq '(.values[] | select(.key == "expiry-time") | .value) = "9223372036854775807"' \
		"$BATS_TEST_TMPDIR/e" >"$BATS_TEST_TMPDIR/long"
	credence import crm <"$BATS_TEST_TMPDIR/long"
	[ "$(credence token --json crm | jq .expires_in)" -le $((10 * 365 * 86400)) ]
	[ "$(credence token --json crm | jq .expires_in)" -gt $((10 * 365 * 86400 - 600)) ]
}

@test "import: a refresh token as a line of standard input, counted as if it had been made here" {
	credence export crm --format postman --with-secrets -o "$BATS_TEST_TMPDIR/e"
	value "$BATS_TEST_TMPDIR/e" refresh-token >"$BATS_TEST_TMPDIR/r"
	[ "$(credence --json status crm | jq .limits.refresh_tokens.live)" = 1 ]
	# The same one again is still one.
	run -0 credence import crm --refresh-token <"$BATS_TEST_TMPDIR/r"
	[[ $output == *"an access token is made when one is asked for, renewed by itself; refresh token 1 of 20"* ]]
	profile desk
	run -0 credence import desk --refresh-token <"$BATS_TEST_TMPDIR/r"
	[[ $output == *"refresh token 2 of 20"* ]]
	[[ $(credence token desk) == 1000.* ]]
	for text in '' ' ' 'two words' $'two\nlines'; do
		run -3 credence import desk --refresh-token <<<"$text"
	done
	[[ $(credence token desk) == 1000.* ]]
}

@test "import: an access token alone leaves the refresh token that is there, at home where it is" {
	code eu | credence login crm --find-dc
	credence export crm --format postman -o "$BATS_TEST_TMPDIR/e"
	jq '.values |= map(select(.key != "accounts-url" and .key != "api-domain"))' "$BATS_TEST_TMPDIR/e" \
		>"$BATS_TEST_TMPDIR/bare"
	for file in e bare; do
		token=$(credence token crm)
		before=$(credence --json status crm | jq -c .limits)
		run -0 credence import crm <"$BATS_TEST_TMPDIR/$file"
		[[ $output == *"imported at eu ($SANDBOX_ACCOUNTS_eu)"*"renewed by itself"* ]]
		# What the server has counted already is not counted twice, nor forgotten.
		[ "$(credence --json status crm | jq -c .limits)" = "$before" ]
		[ "$(credence token crm)" = "$token" ]
	done
	credence refresh crm
	[ "$(credence token crm)" != "$token" ]
	# One of another data centre is another consent's.
	profile desk
	login desk us
	credence export desk --format postman -o "$BATS_TEST_TMPDIR/us"
	run --separate-stderr -3 credence import crm <"$BATS_TEST_TMPDIR/us"
	[ "${stderr_lines[0]}" = "credence: crm: the access token is of $SANDBOX_ACCOUNTS_us, the refresh token that is there of $SANDBOX_ACCOUNTS_eu" ]
	[[ ${stderr_lines[1]} == *"credence logout crm" ]]
	credence refresh crm
}

@test "import: an access token that nothing could renew and nobody could use is not taken" {
	credence export crm --format postman -o "$BATS_TEST_TMPDIR/e"
	jq '.values |= map(select(.key != "expiry-time"))' "$BATS_TEST_TMPDIR/e" >"$BATS_TEST_TMPDIR/none"
	jq '(.values[] | select(.key == "expiry-time") | .value) = "1000"' "$BATS_TEST_TMPDIR/e" >"$BATS_TEST_TMPDIR/old"
	credence logout crm
	run --separate-stderr -3 credence import crm <"$BATS_TEST_TMPDIR/none"
	[ "${stderr_lines[0]}" = "credence: crm: the access token comes without its expiry-time, and there is no refresh token" ]
	[[ ${stderr_lines[1]} == "hint: "*"credence login crm" ]]
	run --separate-stderr -3 credence import crm <"$BATS_TEST_TMPDIR/old"
	[ "${stderr_lines[0]}" = "credence: crm: the access token has expired, and there is no refresh token" ]
	run -4 credence token crm
	# Where one is there, it makes a new one.
	login crm
	run -0 credence import crm <"$BATS_TEST_TMPDIR/old"
	[[ $output == *"an access token is made when one is asked for, renewed by itself"* ]]
	[[ $(credence token crm) == 1000.* ]]
}

@test "import: expiry-time as a number; and as what is none" {
	credence export crm --format postman -o "$BATS_TEST_TMPDIR/e"
	token=$(credence token crm)
	at=$(value "$BATS_TEST_TMPDIR/e" expiry-time)
	credence logout crm
	for text in true '[]' '{}' 1.5 '"1h"'; do
		jq "(.values[] | select(.key == \"expiry-time\") | .value) = $text" "$BATS_TEST_TMPDIR/e" >"$BATS_TEST_TMPDIR/n"
		run --separate-stderr -3 credence import crm <"$BATS_TEST_TMPDIR/n"
		[ "$stderr" = "credence: crm: expiry-time is not a number of milliseconds since 1970" ]
	done
	sed "s/\"$at\"/$at/" "$BATS_TEST_TMPDIR/e" >"$BATS_TEST_TMPDIR/n"
	run -0 credence import crm <"$BATS_TEST_TMPDIR/n"
	[ "$(credence token crm)" = "$token" ]
}

@test "import: the scopes of all profiles that share the credential, which must agree" {
	profile crm 'credential = "shared"'
	profile desk 'credential = "shared"' 'scope = [ "ZohoCRM.settings.READ" ]'
	login crm us ZohoCRM.modules.READ,ZohoCRM.settings.READ
	credence export crm --format postman --with-secrets -o "$BATS_TEST_TMPDIR/e"
	token=$(credence token crm)
	credence logout crm
	run -0 credence import crm <"$BATS_TEST_TMPDIR/e"
	[ "$(credence token desk)" = "$token" ]
	profile desk 'credential = "shared"' 'owner = "somebody"'
	run --separate-stderr -3 credence import crm <"$BATS_TEST_TMPDIR/e"
	[[ ${stderr_lines[0]} == *"share credential shared but not the owner"* ]]
}

@test "import: what is no environment, of another client, or of servers that are not the provider's" {
	credence export crm --format postman --with-secrets -o "$BATS_TEST_TMPDIR/e"
	before=$(credence token crm)
	for text in '' '{' '[]' '{"values":3}' '{"values":[]}' '{"values":[1,{"key":2}]}' \
		'{"values":[{"key":"access-token","value":"x"},{"key":"expiry-time","value":"soon"}]}' \
		'{"values":[{"key":"access-token","value":"x"},{"key":"expiry-time","value":"-1"}]}' \
		'{"values":[{"key":"access-token","value":"x"},{"key":"expiry-time","value":"-9223372036854775808"}]}'; do
		run -3 credence import crm <<<"$text"
	done
	[[ $output == *"expiry-time is not a number of milliseconds since 1970"* ]]
	jq '(.values[] | select(.key == "client-id") | .value) = "1000.OTHER"' "$BATS_TEST_TMPDIR/e" >"$BATS_TEST_TMPDIR/o"
	run -3 credence import crm <"$BATS_TEST_TMPDIR/o"
	jq '(.values[] | select(.key == "api-domain") | .value) = "https://evil.example"' "$BATS_TEST_TMPDIR/e" >"$BATS_TEST_TMPDIR/o"
	run -10 credence import crm <"$BATS_TEST_TMPDIR/o"
	jq '(.values[] | select(.key == "accounts-url") | .value) = "https://evil.example"' "$BATS_TEST_TMPDIR/e" >"$BATS_TEST_TMPDIR/o"
	run -10 credence import crm <"$BATS_TEST_TMPDIR/o"
	[ "$(credence token crm)" = "$before" ]
}

@test "a sink keeps the environment up to date after each renewal" {
	profile crm "hook = ( { use = \"sink\"; path = \"$BATS_TEST_TMPDIR/sink/e\"; format = \"postman\"; } )"
	credence refresh crm
	[ "$(value "$BATS_TEST_TMPDIR/sink/e" access-token)" = "$(credence token crm)" ]
	credence refresh crm
	[ "$(value "$BATS_TEST_TMPDIR/sink/e" access-token)" = "$(credence token crm)" ]
	[ "$(value "$BATS_TEST_TMPDIR/sink/e" refresh-token)" = "" ]
	[ "$(stat -c %a "$BATS_TEST_TMPDIR/sink" "$BATS_TEST_TMPDIR/sink/e" | xargs)" = "700 600" ]
	credence revoke crm
	[ ! -e "$BATS_TEST_TMPDIR/sink/e" ]
}

@test "a sink that is optional and can't be written: nothing is stopped, and -v tells why" {
	touch "$BATS_TEST_TMPDIR/file"
	profile crm "hook = ( { use = \"sink\"; path = \"$BATS_TEST_TMPDIR/file/e\"; control = \"optional\"; } )"
	login crm
	run --separate-stderr -0 credence refresh crm
	[ -z "$stderr" ]
	run --separate-stderr -0 credence refresh -v crm
	[[ $stderr == *"credence: crm: hook sink was not told: "*"$BATS_TEST_TMPDIR/file"* ]]
}
