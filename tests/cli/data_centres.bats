#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Which data centre a credential belongs to: learned, kept, believed only if the table has it.

load helper

setup() {
	sandbox_start --code-count 1000
	world
}

teardown() {
	sandbox_stop
}

state() {
	control state | jq -r ".clients[\"1000.SANDBOX\"].$1"
}

@test "a code of another data centre is explained, and found with --find-dc" {
	profile crm 'location = "us"'
	run login crm eu
	[ "$status" -ne 0 ]
	[[ $output == *"data cent"* ]]
	code=$(code eu)
	credence login crm --find-dc <<<"$code"
	run credence dc resolve crm
	[ "$status" = 0 ]
	[[ $output == *eu* ]]
	[[ $output == *"$SANDBOX_ACCOUNTS_eu"* ]]
	[[ $output == *"learned from the search of all data centres of "*"(the profile starts at us)"* ]]
	[ "$(credence dc resolve --json crm | jq -r .source)" = "search of all data centres" ]
	# Nobody searched where the first one knew the code.
	credence login crm --find-dc <<<"$(code us)"
	[[ $(credence dc resolve crm) != *search* ]]
}

@test "what the server said decides where a renewal goes, after a restart too" {
	profile crm 'location = "us"'
	code=$(code eu)
	credence login crm --find-dc <<<"$code"
	credence refresh crm
	[ "$(state eu.renewals)" = 1 ]
	[ "$(state us.renewals)" = 0 ]
	[ "$(credence url crm /crm/v8/Leads)" = "$SANDBOX_API_eu/crm/v8/Leads" ]
	credence api crm /crm/v8/Leads | grep -q '"Data_Center":"eu"'
}

@test "an api_domain that is not in the table is refused, and nothing is sent there" {
	profile crm
	login crm
	old=$(credence token crm)
	control fault -d name=wrong_api_domain -d endpoint=token -d count=1 >/dev/null
	run credence refresh crm
	[ "$status" = 10 ]
	[[ $output == *hint:* ]]
	credence url crm / | grep -qx "$SANDBOX_API_us/"
	# The credential is kept: the next renewal needs nobody.
	credence refresh crm
	[ "$(credence token crm)" != "$old" ]
}

@test "a recorded server that the table no longer has is not sent anything" {
	profile crm
	login crm eu || { code=$(code eu); credence login crm --find-dc <<<"$code"; }
	sed -i "s|$SANDBOX_ACCOUNTS_eu|http://127.0.0.1:1|" "$CONF/providers.d/sandbox.conf"
	run -10 credence refresh crm
	run -10 credence api crm /crm/v8/Leads
	[ "$(state eu.renewals)" = 0 ]
}

@test "a token that is used in the wrong data centre is explained and costs no renewal" {
	profile crm
	login crm us
	run credence api crm "$SANDBOX_API_eu/crm/v8/Leads"
	[ "$status" = 5 ]
	[[ $output == *"less than a minute old: not renewed"* ]]
	[ "$(state us.renewals)" = 0 ]
}

@test "where the API has its error code is the provider's to say" {
	profile crm 'api_error_members = [ "error.deep", "error.list" ]'
	login crm us
	control fault -d name=member -d endpoint=api -d member=error \
		--data-urlencode 'value={"deep":7,"list":["INVALID_OAUTHTOKEN"]}' -d count=1 >/dev/null
	run credence api crm "$SANDBOX_API_eu/crm/v8/Leads"
	[[ $output == *"INVALID_OAUTHTOKEN for a token"* ]]
	run credence api crm "$SANDBOX_API_eu/crm/v8/Leads"
	[[ $output == *"401 for a token"* ]]
	profile crm
	run credence api crm "$SANDBOX_API_eu/crm/v8/Leads"
	[[ $output == *"INVALID_TOKEN for a token"* ]]
}

@test "an absolute URL on a host that is not the provider's gets no token" {
	profile crm
	login crm us
	run -10 credence api crm https://evil.example/crm
	[[ $output == *"no host of provider"* ]]
}

@test "a secret for each data centre" {
	control clients -d id=1000.OTHER -d secret=us-secret -d secret_eu=eu-secret -d multi_dc=1 >/dev/null
	profile crm 'client = { id = "1000.OTHER"; secret = { us = "plain:us-secret"; eu = "plain:eu-secret"; }; }' 'location = "eu"'
	control code -d dc=eu -d client=1000.OTHER -d scope=ZohoCRM.modules.READ | jq -er .code | credence login crm
	credence refresh crm
}

@test "RFC 6749 10.9: https with a CA of one's own; without it nothing is sent" {
	sandbox_stop
	rm -rf "$(scratch)/sandbox"
	sandbox_start --https
	world
	profile crm
	login crm
	credence refresh crm
	profile crm 'http = { ca_file = "/etc/ssl/certs/ca-certificates.crt"; }'
	run credence refresh crm
	[ "$status" = 10 ]
	[ "$(total renewals)" = 1 ]
}

@test "RFC 6749 10.9, RFC 6750 5.3: a certificate of a CA that is trusted, but for another name: nothing is sent" {
	local port name server
	load "$abs_top_srcdir/tests/browser.bash"
	port=$(free_port)
	for name in DNS:other.example IP:127.0.0.1; do
		openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=127.0.0.1 \
			-addext "subjectAltName=$name" -keyout "$BATS_TEST_TMPDIR/key" -out "$BATS_TEST_TMPDIR/cert" 2>/dev/null
		openssl s_server -accept "127.0.0.1:$port" -cert "$BATS_TEST_TMPDIR/cert" -key "$BATS_TEST_TMPDIR/key" \
			>"$BATS_TEST_TMPDIR/seen" 2>&1 < <(exec sleep 120 3>&-) 3>&- &
		server=$!
		until [ -n "$(ss -Hltn "sport = :$port")" ]; do kill -0 "$server"; sleep 0.05; done
		printf '%s\n' "accounts_server = \"https://127.0.0.1:$port\";" 'token_endpoint = "/token";' >"$CONF/providers.d/here.conf"
		profile named 'provider = "here"' 'resolver =' 'location =' "http = { ca_file = \"$BATS_TEST_TMPDIR/cert\"; }"
		if [ "$name" = IP:127.0.0.1 ]; then
			command credence -C "$CONF" --timeout 60s login named <<<some-code 3>&- &
			until grep -aq some-code "$BATS_TEST_TMPDIR/seen"; do kill -0 $!; sleep 0.05; done
			kill $!
			wait $! || :
			kill "$server"
		else
			run -10 credence --timeout 60s login named <<<some-code
			kill "$server"
			wait "$server" || :
			run -1 grep -aq some-code "$BATS_TEST_TMPDIR/seen"
		fi
	done
}
