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

@test "https with a CA of one's own; without it nothing is sent" {
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
	[ "$(control state | jq -r .totals.renewals)" = 1 ]
}
