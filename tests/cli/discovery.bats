#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The resolver discovery: endpoints from what the server publishes, believed only of the very issuer
# and of hosts that are allowed, and kept in the cache. And multi_dc, which may ask for further data
# centres.

load helper

setup() {
	sandbox_start --code-count 1000 --access-count 1000
	world
	published
	profile crm 'provider = "published"' 'resolver = "discovery"' 'location ='
}

teardown() {
	sandbox_stop
}

# published [LINE…]: a provider of which nothing is known but the issuer
published() {
	issued_by "$SANDBOX_ACCOUNTS_us" "$@"
}

# issued_by ISSUER [LINE…]
issued_by() {
	local issuer=$1
	shift
	printf '%s\n' "issuer = \"$issuer\";" "api_domain = \"$SANDBOX_API_us\";" \
		'scope_separator = ",";' "$@" >"$CONF/providers.d/published.conf"
}

# spoil MEMBER [VALUE [COUNT]]: the documents lie about a member, or lack it
spoil() {
	control fault -d name=member -d endpoint=metadata -d "member=$1" --data-urlencode "value=${2-}" \
		-d "count=${3:-forever}" >/dev/null
}

# asked PATH: how often the accounts server was asked for it
asked() {
	control log | jq --arg path "$1" '[.[] | select(.path == $path)] | length'
}

cache() {
	printf '%s\n' "$CONF"/state/cache/discovery-*
}

# The cache as it will be once its time is over.
expire() {
	local file
	file=$(cache)
	jq -c '.expires_at = 1' "$file" >"$file.new"
	chmod 600 "$file.new"
	mv "$file.new" "$file"
}

OAUTH=/.well-known/oauth-authorization-server
OPENID=/.well-known/openid-configuration

@test "RFC 8414 3.1: the document of an issuer without a path; login, renewal and revocation go where it says" {
	login crm
	credence refresh crm
	credence revoke crm
	[ "$(asked "$OAUTH")" = 1 ]
	[ "$(asked /oauth/v2/token)" = 2 ]
	[ "$(asked /oauth/v2/revoke)" = 1 ]
}

@test "RFC 8414 3.1: the well-known path stands between the issuer's host and its path" {
	issued_by "$SANDBOX_ACCOUNTS_us/realms/one"
	login crm
	[ "$(asked "$OAUTH/realms/one")" = 1 ]
	[ "$(asked /realms/one"$OPENID")" = 0 ]
}

@test "RFC 8414 3.1: a slash at the end of the issuer is left out of the URL, not of the issuer" {
	issued_by "$SANDBOX_ACCOUNTS_us/realms/one/"
	spoil issuer "$SANDBOX_ACCOUNTS_us/realms/one/"
	login crm
	[ "$(asked "$OAUTH/realms/one")" = 1 ]
}

@test "OpenID Connect Discovery 4.1: the well-known path is appended, where the other document is missing" {
	control mode -d metadata=openid >/dev/null
	issued_by "$SANDBOX_ACCOUNTS_us/realms/one"
	login crm
	[ "$(asked "$OAUTH/realms/one")" = 1 ]
	[ "$(asked /realms/one"$OPENID")" = 1 ]
}

@test "only one kind of document is asked for where the profile says so" {
	profile crm 'provider = "published"' 'resolver = { use = "discovery"; document = "openid"; }' 'location ='
	login crm
	[ "$(asked "$OAUTH")" = 0 ]
	[ "$(asked "$OPENID")" = 1 ]
	profile crm 'provider = "published"' 'resolver = { use = "discovery"; document = "none"; }' 'location ='
	run -3 credence refresh crm
	[[ $output == *'document must be "oauth" or "openid"'* ]]
}

@test "RFC 8414 3.3: issuer must be identical, or nothing of the document is used" {
	local other
	for other in https://evil.example "$SANDBOX_ACCOUNTS_us/" "${SANDBOX_ACCOUNTS_us/127.0.0.1/localhost}" \
		"${SANDBOX_ACCOUNTS_us/http/HTTP}" ''; do
		control fault -X DELETE >/dev/null
		spoil issuer "$other"
		run login crm
		[ "$status" = 10 ]
		[[ $output == *"is of another issuer"* ]]
		[[ $output == *hint:* ]]
	done
	[ "$(asked /oauth/v2/token)" = 0 ]
	[ ! -e "$CONF/state/cache" ]
}

@test "RFC 8414 6.2: an endpoint of a foreign host is refused by name, and nothing is sent" {
	local endpoint
	for endpoint in token_endpoint authorization_endpoint revocation_endpoint introspection_endpoint \
		device_authorization_endpoint pushed_authorization_request_endpoint; do
		control fault -X DELETE >/dev/null
		spoil "$endpoint" https://evil.example/oauth
		run login crm
		[ "$status" = 10 ]
		[[ $output == *"$endpoint"*"https://evil.example/oauth"* ]]
		[[ $output == *"hint:"*hosts* ]]
	done
	[ "$(asked /oauth/v2/token)" = 0 ]
}

@test "RFC 6819 5.1.1: an endpoint that is no plain https URL is refused" {
	local url
	for url in http://login.example/token "javascript:alert(1)" "file:///etc/passwd" '-flag' \
		"$SANDBOX_ACCOUNTS_us@evil.example/token" "$SANDBOX_ACCOUNTS_us\\@evil.example/" \
		"$SANDBOX_ACCOUNTS_us/token#x" "$SANDBOX_ACCOUNTS_us/\$(touch /x)\`id\`" '["x"]' 17; do
		control fault -X DELETE >/dev/null
		spoil token_endpoint "$url"
		run login crm
		[ "$status" = 10 ]
		[[ $output == *token_endpoint* ]]
	done
	[ "$(asked /oauth/v2/token)" = 0 ]
}

@test "a host that the provider's data list may be named" {
	spoil token_endpoint "$SANDBOX_ACCOUNTS_eu/oauth/v2/token"
	run -10 login crm
	published "hosts = [ \"$SANDBOX_ACCOUNTS_eu\" ];"
	login crm eu
	[ "$(control state | jq -r '.clients["1000.SANDBOX"].eu.code_exchanges')" = 1 ]
}

@test "hosts are origins or all that is below a domain, and check says what is neither" {
	local host
	for host in https://login.example https://login.example:8443 'https://*.login.example' http://127.0.0.1:99; do
		published "hosts = [ \"$host\" ];"
		credence check
	done
	for host in login.example 'https://*' 'https://*.com' 'https://a*.login.example' https://login.example/path \
		http://login.example '*.login.example' 'https://*.login.example:99' 'https://*.login.example/'; do
		published "hosts = [ \"$host\" ];"
		run -3 credence check
		[[ $output == *"published.conf"*"is no host"* ]]
	done
}

@test "what is configured goes before what is published" {
	published 'revocation_endpoint = "/oauth/v2/token/revoke";'
	spoil revocation_endpoint https://evil.example/
	login crm
	credence revoke crm
	[ "$(asked /oauth/v2/token/revoke)" = 1 ]
}

@test "a document is kept, and asked for again when its time is over" {
	login crm
	credence refresh crm
	[ "$(asked "$OAUTH")" = 1 ]
	[ "$(stat -c %a "$(cache)")" = 600 ]
	expire
	credence refresh crm
	[ "$(asked "$OAUTH")" = 2 ]
	credence refresh crm
	[ "$(asked "$OAUTH")" = 2 ]
}

# life: for how many seconds the cache is good
life() {
	jq '(.expires_at - .fetched_at) / 1000' "$(cache)"
}

@test "RFC 9111 5.2.2.1: max-age decides how long it is kept, between bounds" {
	login crm
	[ "$(life)" = 3600 ]
	local pair
	for pair in 7200:7200 60:3600 999999:86400; do
		control mode -d "metadata_life=${pair%:*}" >/dev/null
		expire
		credence refresh crm
		[ "$(life)" = "${pair#*:}" ]
	done
	profile crm 'provider = "published"' 'location =' \
		'resolver = { use = "discovery"; cache_min = "1s"; cache_max = "30s"; }'
	expire
	credence refresh crm
	[ "$(life)" = 30 ]
}

@test "a token that is valid costs no look at the server or its document" {
	login crm
	rm -r "$CONF/state/cache"
	sandbox_stop
	credence token crm
	credence header crm
	[ ! -e "$CONF/state/cache" ]
}

@test "a server that is away is spared by what it published before, with a line in the log" {
	login crm
	expire
	control fault -d name=500 -d endpoint=metadata -d status=503 -d count=forever >/dev/null
	run credence -v refresh crm
	[ "$status" = 0 ]
	[[ $output == *"can't be asked; what it published"*"min ago is used"* ]]
	control fault -X DELETE >/dev/null
	control fault -d name=html -d endpoint=metadata -d count=forever >/dev/null
	credence refresh crm
}

@test "a server that hangs costs a third of the time, and then what it published before is used" {
	login crm
	expire
	control fault -d name=hang -d endpoint=metadata -d seconds=60 >/dev/null
	credence --timeout 15s refresh crm
	[ "$(total renewals)" = 1 ]
}

@test "a stale document does not outlive what the server says of its issuer" {
	login crm
	expire
	spoil issuer https://evil.example
	run -10 credence refresh crm
}

@test "a cache that was made for other rules is looked at again" {
	spoil token_endpoint "$SANDBOX_ACCOUNTS_eu/oauth/v2/token"
	published "hosts = [ \"$SANDBOX_ACCOUNTS_eu\" ];"
	login crm eu
	published
	run -10 credence refresh crm
	[[ $output == *token_endpoint* ]]
	run -10 credence --no-network dc resolve crm
}

@test "a damaged cache, or one that others may write, is not used" {
	login crm
	echo '{' >"$(cache)"
	credence refresh crm
	[ "$(asked "$OAUTH")" = 2 ]
	chmod 666 "$(cache)"
	credence refresh crm
	[ "$(asked "$OAUTH")" = 3 ]
}

@test "without network the cache is used, however old, or it is said what is missing" {
	run -6 credence --no-network dc resolve crm
	[[ $output == *"what $SANDBOX_ACCOUNTS_us publishes is not in the cache"* ]]
	[[ $output == *hint:* ]]
	[ "$(asked "$OAUTH")" = 0 ]
	login crm
	expire
	credence --no-network dc resolve crm
	[ "$(asked "$OAUTH")" = 1 ]
}

@test "neither trace nor check asks the server" {
	run credence trace crm
	[[ $output == *"is not in the cache"* ]]
	credence check
	[ "$(asked "$OAUTH")" = 0 ]
	login crm
	expire
	credence trace crm
	[ "$(asked "$OAUTH")" = 1 ]
}

@test "a document that is none: one line and what to do" {
	local fault want
	while IFS='|' read -r fault status want; do
		control fault -X DELETE >/dev/null
		# shellcheck disable=SC2086
		control fault -d endpoint=metadata -d count=forever $fault >/dev/null
		run login crm
		[ "$status" != 0 ]
		echo "$output"
		[[ $output == *"$want"* ]]
		[[ $output == *hint:* ]]
		[ "${#lines[@]}" = 2 ]
	done <<-END
		-d name=html|6|is text/html;charset=UTF-8, not application/json
		-d name=no_json|6|is text/plain;charset=UTF-8, not application/json
		-d name=empty|6|is not to be read
		-d name=truncated|6|is not to be read
		-d name=endless|6|longer than
		-d name=500|6|answered HTTP 500
		-d name=500 -d status=404|3|answered HTTP 404
		-d name=redirect -d status=302 -d to=https://evil.example/|3|redirects to https://evil.example/, and redirects are never followed
	END
	[ "$(asked /oauth/v2/token)" = 0 ]
}

@test "a server that can't be reached is named" {
	control fault -d endpoint=metadata -d count=forever -d name=reset >/dev/null
	run -6 login crm
	[[ $output == *"${SANDBOX_ACCOUNTS_us#http://}"* ]]
	[ "$(asked "$OPENID")" = 0 ]
}

@test "an issuer that publishes nothing" {
	control mode -d metadata=off >/dev/null
	run -3 login crm
	[[ $output == *"answered HTTP 404"* ]]
	[[ $output == *"resolver static"* ]]
}

@test "RFC 8414 2: an issuer has no query" {
	issued_by "$SANDBOX_ACCOUNTS_us/?tenant=1"
	run -3 login crm
	[[ $output == *"can't be an issuer: it has a query"* ]]
}

@test "without an issuer the resolver knows nothing, and the next one is asked" {
	profile crm 'resolver = [ "discovery", "multi_dc" ]'
	login crm
	profile crm 'resolver = "discovery"'
	run -3 credence dc resolve crm
}

@test "RFC 8414 2: the client authenticates itself in a way that the server supports" {
	login crm
	[ "$(control log | jq -r '[.[] | select(.path == "/oauth/v2/token")][-1].authorization.scheme')" = Basic ]
	spoil token_endpoint_auth_methods_supported '["private_key_jwt","client_secret_post"]'
	expire
	credence refresh crm
	[ "$(control log | jq -r '[.[] | select(.path == "/oauth/v2/token")][-1].authorization')" = null ]
	[ "$(total invalid_client_secret)" = 0 ]
	# What is configured decides.
	published 'client_authentication = "basic";'
	credence refresh crm
	[ "$(control log | jq -r '[.[] | select(.path == "/oauth/v2/token")][-1].authorization.scheme')" = Basic ]
}

# -- multi_dc: data centres that the table lacks --

# small [HOST…]: a provider whose table has one data centre, and which lists hosts
small() {
	local list='' host
	for host; do
		list+=", \"$host\""
	done
	printf '%s\n' 'extends = "sandbox";' "hosts = [ ${list#, } ];" \
		"datacenters = ( { location = \"us\"; accounts_server = \"$SANDBOX_ACCOUNTS_us\"; api_domain = \"$SANDBOX_API_us\"; } );" \
		>"$CONF/providers.d/small.conf"
	profile crm 'provider = "small"' 'location = "eu"' 'resolver = { use = "multi_dc"; refresh = true; }'
}

@test "a data centre that the table lacks is found where the provider lists it, and kept" {
	small "$SANDBOX_ACCOUNTS_eu" "$SANDBOX_API_eu"
	login crm eu
	credence refresh crm
	[ "$(asked /oauth/serverinfo)" = 1 ]
	run -0 credence dc resolve crm
	[[ $output == *"$SANDBOX_ACCOUNTS_eu"*"$SANDBOX_API_eu"* ]]
	credence api crm /crm/v8/Leads | grep -q '"Data_Center":"eu"'
	credence revoke crm
	[ "$(total refresh_live)" = 0 ]
}

@test "a data centre on a host that is not listed is refused by name" {
	small
	run -10 login crm eu
	[[ $output == *"location eu is at $SANDBOX_ACCOUNTS_eu"* ]]
	[[ $output == *hint:*hosts* ]]
	# Nor is an API that nobody listed.
	small "$SANDBOX_ACCOUNTS_eu"
	run -10 login crm eu
	[[ $output == *"$SANDBOX_API_eu"* ]]
}

@test "nobody is asked unless the administrator says so, or for what the table has" {
	small "$SANDBOX_ACCOUNTS_eu" "$SANDBOX_API_eu"
	profile crm 'provider = "small"' 'location = "eu"'
	run -3 credence dc resolve crm
	profile crm 'provider = "small"' 'location = "us"' 'resolver = { use = "multi_dc"; refresh = true; }'
	login crm us
	[ "$(asked /oauth/serverinfo)" = 0 ]
}

@test "what the table has of a location is not overruled" {
	small "$SANDBOX_ACCOUNTS_eu" "$SANDBOX_API_eu"
	control fault -d name=member -d endpoint=serverinfo -d member=locations -d count=forever \
		--data-urlencode "value={\"us\":\"$SANDBOX_ACCOUNTS_eu\"}" >/dev/null
	run -3 credence dc resolve crm
	profile crm 'provider = "small"' 'location = "us"' 'resolver = { use = "multi_dc"; refresh = true; }'
	run -0 credence dc resolve crm
	[[ $output == *"$SANDBOX_ACCOUNTS_us"* ]]
}

@test "a list of data centres that is none, or is away, and what is kept of it" {
	small "$SANDBOX_ACCOUNTS_eu" "$SANDBOX_API_eu"
	run -6 credence --no-network dc resolve crm
	[[ $output == *"is not in the cache"* ]]
	local value
	for value in '' '[]' '"x"' '{"eu":17}' '{"eu":"http://login.example"}' '{"EU\u0020":"https://login.example"}' \
		'{"eu":"https://login.example/path"}'; do
		control fault -d name=member -d endpoint=serverinfo -d member=locations --data-urlencode "value=$value" >/dev/null
		run -6 credence dc resolve crm
		[[ $output == *"is no list of data centres"* ]]
	done
	credence dc resolve crm
	control fault -d name=500 -d endpoint=serverinfo -d count=forever >/dev/null
	jq -c '.expires_at = 1' "$CONF"/state/cache/serverinfo-* >"$BATS_TEST_TMPDIR/old"
	cat "$BATS_TEST_TMPDIR/old" >"$(printf '%s' "$CONF"/state/cache/serverinfo-*)"
	run -0 credence -v dc resolve crm
	[[ $output == *"min ago is used"* ]]
}
