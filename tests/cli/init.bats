#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# init: a profile that works, from answers on a terminal and without one; nothing overwritten.

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
}

# type_answers LINE…: each once a question stands at the end of the screen.
type_answers() {
	local screen=$BATS_TEST_TMPDIR/screen seen=0 size line
	for line; do
		until size=$(stat -c %s "$screen" 2>/dev/null) && ((size > seen)) &&
			tail -c 2 "$screen" | grep -q '^: $'; do
			[ ! -e "$BATS_TEST_TMPDIR/done" ] || return 0
			sleep 0.05
		done
		seen=$size
		sleep 0.1
		printf '%s\n' "$line"
	done
	until [ -e "$BATS_TEST_TMPDIR/done" ]; do sleep 0.05; done
}

init_on_terminal() {
	local arguments=$1
	shift
	type_answers "$@" | script -qfec \
		"$(type -P credence) -C $CONF init $arguments; echo STATUS=\$?; touch $BATS_TEST_TMPDIR/done" \
		"$BATS_TEST_TMPDIR/screen" >/dev/null
	output=$(tr -d '\r' <"$BATS_TEST_TMPDIR/screen")
}

init_by_options() {
	credence init sandbox "$1" --client self --client-id 1000.SANDBOX --scope ZohoCRM.modules.READ,ZohoCRM.users.READ \
		--location eu "${@:2}"
}

@test "without a terminal: options, and the secret from standard input" {
	run -0 --separate-stderr init_by_options crm <<<CANARY-sandbox-secret
	[ "${lines[0]}" = "Wrote $CONF/profiles.d/crm.conf and $CONF/secrets/crm (0600)." ]
	[ "${lines[1]}" = "Next: credence -C $CONF login crm" ]
	[ -z "$stderr" ]
	[ "$(stat -c %a "$CONF/profiles.d/crm.conf" "$CONF/secrets/crm" "$CONF/secrets" | xargs)" = "644 600 700" ]
	[ "$(cat "$CONF/secrets/crm")" = CANARY-sandbox-secret ]
	run -1 grep -r CANARY "$CONF/profiles.d"
	run -0 credence check
	login crm eu ZohoCRM.modules.READ,ZohoCRM.users.READ
	[ "$(credence token --json crm | jq -r .location)" = eu ]
}

@test "on a terminal: every question, wrong answers asked again, the secret not shown" {
	init_on_terminal "sandbox crm" both self 1000.SANDBOX CANARY-sandbox-secret "ZohoCRM.modules.READ ZohoCRM.users.READ" mars eu
	[[ $output == *"Which one? [self/server/device/service]"*"that is none of self/server/device/service"* ]]
	[[ $output == *"Client ID: 1000.SANDBOX"* ]]
	[[ $output == *"Client secret (not shown): ********"* ]]
	[[ $output != *CANARY* ]]
	[[ $output == *"the data centres are us eu in au jp ca sa uk cn ae"* ]]
	[[ $output == *"Next: credence -C $CONF login crm"* && $output == *STATUS=0* ]]
	login crm eu ZohoCRM.modules.READ,ZohoCRM.users.READ
}

@test "a client that signs: its key is asked for, and nothing that it has not" {
	openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$BATS_TEST_TMPDIR/key.pem" 2>/dev/null
	chmod 600 "$BATS_TEST_TMPDIR/key.pem"
	init_on_terminal "google robot" service https://www.googleapis.com/auth/drive \
		"$BATS_TEST_TMPDIR/key.pem" "file:$BATS_TEST_TMPDIR/key.pem"
	[[ $output != *"Client ID"* && $output != *"Client secret"* && $output != *"Redirect"* ]]
	[[ $output == *"The JSON file of the key, e.g. file:/"*"is not taken: a file is written file:/PATH"* ]]
	[[ $output == *"Next: credence -C $CONF token robot"* && $output == *STATUS=0* ]]
	run -0 credence init salesforce jobs --client jwt --client-id 3MVG --set subject=jobs@example.com --set key=pkcs11:object=jobs
	run -0 credence check
	run -0 credence config show jobs
	[[ $output == *jobs@example.com* && $output == *pkcs11:object=jobs* ]]
	run -2 credence init google other --client service --scope a.b
	[[ $output == *"--set key is missing"* ]]
}

@test "a parameter that the provider wants to know, unless it is not needed" {
	init_by() {
		credence init sandbox "$1" --client service --client-id 1000.SANDBOX --scope ZohoCRM.modules.READ \
			--location us "${@:2}" <<<CANARY-sandbox-secret
	}
	run -0 init_by org --set soid=ZohoCRM.1
	run -0 credence check
	run -0 credence token org
	control log | jq -e '[.[] | select(.path == "/oauth/v2/token")][-1].params |
		any(.name == "soid" and .value == "ZohoCRM.1")'
	run -0 init_by one
	run -1 grep soid "$CONF/profiles.d/one.conf"
	run -5 credence token one
	[[ $output == *missing_org_info* ]]
	run -2 init_by two --set sooid=x
}

@test "the console and the kinds of client are the provider's words" {
	init_on_terminal "zoho crm --location ca" self 1000.A s A.b
	[[ $output == *"Zoho needs a client. On https://api-console.zohocloud.ca choose"* ]]
	[[ $output == *"Self Client               no domain, no redirect: back-end jobs such as a data sync"* ]]
	[[ $output == *"Server-based Application  people sign in with a browser"* ]]
	grep -q 'location = "ca";' "$CONF/profiles.d/crm.conf"
}

@test "what the provider's URLs leave open is asked first, and the console is told with it" {
	printf '%s\n' 'extends = "okta"; clients = ( { grant = "self_client"; name = "x"; title = "X"; text = "y"; } );' \
		>"$CONF/providers.d/any.conf"
	init_on_terminal "any crm" https://dev-1.okta.com dev-1.okta.com '' 1000.A s A.b
	[[ $output == *"Okta domain, without -admin, e.g. dev-123456.okta.com: "* ]]
	[[ $output == *'"https://dev-1.okta.com" is not taken: '* ]]
	[[ $output == *"Authorization server, its ID [default]: "* ]]
	[[ $output == *"On https://dev-1.okta.com/admin/apps/active choose"* ]]
	[[ $output == *STATUS=0* ]]
	run -0 credence dc resolve crm
	[[ $output == *"https://dev-1.okta.com/oauth2/default "* ]]
}

@test "a kind of client whose grant is not installed is not offered" {
	nowhere='{ grant = "nowhere"; name = "x"; title = "X"; text = "y"; }'
	self='{ grant = "self_client"; name = "self"; title = "S"; text = "s"; }'
	printf '%s\n' "extends = \"zoho\"; clients = ( $nowhere, $self );" >"$CONF/providers.d/other.conf"
	run -2 credence init other crm --client x --client-id a --scope b </dev/null
	[[ $output == *"--client: that is none of self"* ]]
	printf '%s\n' "extends = \"zoho\"; clients = ( $nowhere );" >"$CONF/providers.d/other.conf"
	run -3 credence init other crm --client-id a --scope b </dev/null
	[[ $output == *"name no kind of client with a grant that is installed"* ]]
	[ ! -e "$CONF/profiles.d/crm.conf" ]
}

@test "a client without a secret" {
	run -0 init_by_options open <<<''
	[ "${lines[0]}" = "Wrote $CONF/profiles.d/open.conf." ]
	[ ! -e "$CONF/secrets/open" ]
	run -0 credence check
}

@test "what is missing or wrong is told before anything is written" {
	run -2 credence init sandbox crm --client self --scope A.b </dev/null
	[[ $output == *"--client-id is missing, and there is no terminal to ask on"* ]]
	run -2 init_by_options crm --location mars <<<s
	[[ $output == *"--location: the data centres are us eu"* ]]
	for uri in ZohoCRM.modules.READ /callback 'http://127.0.0.1:8765/callback#x' 'http://a b/'; do
		run -2 init_by_options crm --redirect-uri "$uri" <<<s
		[[ $output == *"--redirect-uri: "* ]]
	done
	run -2 init_by_options crm --scope ' ,' <<<s
	run -2 init_by_options crm --scope 'A.b"' <<<s
	[[ $output == *"--scope: "* ]]
	run -2 init_by_options crm </dev/null
	[[ $output == *"the client secret is missing"* ]]
	run -2 init_by_options ../crm <<<s
	run -3 credence init nobody crm --client-id a --scope b <<<s
	[ "$(find "$CONF/profiles.d" -type f | wc -l)" -eq 0 ]
	[ ! -e "$CONF/secrets" ]
}

@test "files that are there are kept, unless --force says otherwise" {
	init_by_options crm <<<first
	run --separate-stderr -2 init_by_options crm <<<second
	[ "${stderr_lines[1]}" = "hint: choose another name, or replace it with --force" ]
	[ "$(cat "$CONF/secrets/crm")" = first ]
	init_by_options crm --force <<<second
	[ "$(cat "$CONF/secrets/crm")" = second ]
}

@test "quotes and backslashes are written so that they are read back" {
	run -0 credence init sandbox odd --client self --client-id 'a"b\c' --scope "x'y" --location us <<<s
	run -0 credence config show --json odd
	[ "$(jq -r '.[] | select(.setting == "client.id").value' <<<"$output")" = 'a"b\c' ]
}

@test "a redirect URI is written when it is given; JSON for scripts" {
	run -0 --separate-stderr init_by_options crm --json --redirect-uri http://127.0.0.1:8765/callback <<<s
	[ "$(jq -r .secret_file <<<"$output")" = "$CONF/secrets/crm" ]
	grep -q 'redirect_uri = "http://127.0.0.1:8765/callback";' "$CONF/profiles.d/crm.conf"
}
