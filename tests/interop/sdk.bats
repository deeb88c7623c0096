#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The client library that the provider itself publishes, on the sandbox: it takes the tokens that
# credence hands over, and the sandbox takes its own requests (token requests as multipart bodies),
# so that the sandbox is known to be like the real thing.

load helper

SCOPE=ZohoCRM.modules.READ,ZohoCRM.settings.READ

setup_file() {
	SDK=$(npm_folder sdk)
	export SDK
	sandbox_start
}

teardown_file() {
	sandbox_stop
}

setup() {
	world
	profile crm 'location = "eu"' "scope = [ \"${SCOPE/,/\", \"}\" ]"
	login crm eu "$SCOPE" 2>/dev/null
	credence export crm --format postman --with-secrets --output "$BATS_TEST_TMPDIR/handed.json"
	API=$(handed api-domain) ACCOUNTS=$(handed accounts-url)
	CLIENT_ID=$(handed client-id) CLIENT_SECRET=$(handed client-secret)
	export API ACCOUNTS CLIENT_ID CLIENT_SECRET
}

# handed NAME: a variable of the exported environment
handed() {
	jq -er --arg name "$1" '.values[] | select(.key == $name).value' "$BATS_TEST_TMPDIR/handed.json"
}

@test "an access token that was handed over" {
	ACCESS_TOKEN=$(handed access-token) run -0 --separate-stderr node "$SDK/sdk.mjs" static
	[ "$output" = "200 Kidman,Merced,Sweely" ]
}

@test "a refresh token that was handed over; its own renewal comes as multipart" {
	local before
	before=$(total refreshes)
	REFRESH_TOKEN=$(handed refresh-token) run -0 --separate-stderr node "$SDK/sdk.mjs" refresh
	[ "$output" = "200 Kidman,Merced,Sweely" ]
	[ "$(total refreshes)" -eq $((before + 1)) ]
	control log | grep -q 'multipart/form-data'
	# What the library made is one more beside ours, not instead of it.
	credence token crm >/dev/null
	[ "$(credence token crm)" = "$(handed access-token)" ]
}

@test "its own exchange of a grant token" {
	CODE=$(code eu "$SCOPE") run -0 --separate-stderr node "$SDK/sdk.mjs" code
	[ "$output" = "200 Kidman,Merced,Sweely" ]
}

@test "a token that is not valid, a grant token that is not: the errors that the library knows" {
	ACCESS_TOKEN=1000.bad run -0 --separate-stderr node "$SDK/sdk.mjs" static
	[[ $output == error* && $output == *INVALID_TOKEN* ]]
	CODE=1000.bad run -0 --separate-stderr node "$SDK/sdk.mjs" code
	[[ $output == error* && $output == *invalid_code* ]]
}
