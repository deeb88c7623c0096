#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What the RFCs bind a client to on the wire, seen by a server that writes down every byte and answers
# what it was told to. What other files test by the way is listed in tests/RFC.md.

load helper

GOOD='{"access_token":"AT-1","token_type":"Bearer","expires_in":3600,"refresh_token":"RT-1","scope":"one two"}'

setup_file() {
	serve recorded
}

teardown_file() {
	serve_stop
}

setup() {
	world
	here
	SEEN=$(log length)
}

# here [LINE…]: the provider
here() {
	printf '%s\n' "accounts_server = \"$SERVER\";" 'token_endpoint = "/token";' "api_domain = \"$SERVER\";" \
		'client_authentication = "body";' "$@" >"$CONF/providers.d/here.conf"
}

# client MEMBERS [LINE…]: profile "p"
client() {
	profile p 'provider = "here"' 'scope = [ "one", "two" ]' 'location =' 'resolver =' "client = { $1 }" "${@:2}"
}

# answer STATUS BODY [PARAMETER]
answer() {
	ask "answer?status=$1${3+&$3}" --data-binary "$2"
}

logs_in() {
	answer 200 "${1:-$GOOD}"
	run --separate-stderr -0 credence login p <<<some-code
}

# last FILTER: of the last request
last() {
	log "last | $1"
}

sent() {
	log "length - $SEEN"
}

@test "RFC 6749 3.2: a token request is a POST of a form in UTF-8" {
	client 'id = "id"; secret = "plain:CANARY-secret";' 'extra = { token = ( { name = "who"; value = "Zoë & Co"; } ); }'
	logs_in
	last '.method == "POST" and (.type | startswith("application/x-www-form-urlencoded"))'
	last '.form.who == "Zoë & Co" and (.body | test("who=Zo%C3%AB(%20|[+])%26(%20|[+])Co"))'
}

@test "RFC 6749 3.2: a query of the token endpoint is kept, and a fragment is no part of one" {
	here 'token_endpoint = "/token?tenant=7";'
	sed -i '/token";$/d' "$CONF/providers.d/here.conf"
	client 'id = "id"; secret = "plain:CANARY-secret";'
	logs_in
	last '.path == "/token?tenant=7"'
	sed -i 's/tenant=7/tenant=7#x/' "$CONF/providers.d/here.conf"
	run -3 credence check
	[[ $output == *here.conf:*fragment* ]]
}

@test "RFC 6749 3.1: no parameter twice, none without a value" {
	client 'id = "id"; secret = "plain:CANARY-secret";' 'extra = { token = ( { name = "empty"; value = ""; } ); }'
	logs_in
	last '(.body | split("&") | map(split("=")[0])) as $names | ($names | length) == ($names | unique | length)'
	last '.body | split("&") | all(test("=.")) and (contains(["empty="]) | not)'
}

@test "RFC 6749 3.2: no parameter twice, whoever says it: the grant, the profile, the provider's data" {
	local name
	here 'parameters = { token = ( { name = "a"; value = "provider"; }, { name = "b"; value = "provider"; }, { name = "c"; value = "provider"; } ); };'
	client 'id = "id"; secret = "plain:CANARY-secret";' 'extra = { token = ( { name = "a"; value = "profile"; },
		{ name = "a"; value = "again"; }, { name = "b"; value = ""; }, { name = "grant_type"; value = "x"; } ); }'
	logs_in
	last '(.body | split("&") | map(split("=")[0])) as $names | ($names | length) == ($names | unique | length)'
	last '.form.a == "profile" and (.form | has("b") | not) and .form.c == "provider" and .form.grant_type == "authorization_code"'
	for name in client_id client_secret client_assertion resource audience; do
		client 'id = "id"; secret = "plain:CANARY-secret";' "extra = { token = ( { name = \"$name\"; value = \"x\"; } ); }"
		SEEN=$(log length)
		run -3 credence login p <<<some-code
		[[ $output == *"p.conf:"*"extra.token may not set $name"* ]]
		run -3 credence check
		[[ $output == *"extra.token may not set $name"* ]]
		[ "$(sent)" = 0 ]
	done
}

@test "RFC 6749 2.3.1: id and secret are form-encoded before base64, and never in a URI" {
	client 'id = "id:%+ü"; secret = "plain:se cret:%+ü"; authentication = "basic";'
	logs_in
	[ "$(last .credentials)" = "Basic $(printf 'id%%3A%%25%%2B%%C3%%BC:se%%20cret%%3A%%25%%2B%%C3%%BC' | base64 -w0)" ] ||
		[ "$(last .credentials)" = "Basic $(printf 'id%%3A%%25%%2B%%C3%%BC:se+cret%%3A%%25%%2B%%C3%%BC' | base64 -w0)" ]
	log 'all(.path | contains("secret") | not)'
}

@test "RFC 6749 2.3: one way of authentication a request" {
	client 'id = "id"; secret = "plain:CANARY-secret"; authentication = "basic";'
	logs_in
	last '.credentials != null and (.form | has("client_secret") | not)'
	client 'id = "id"; secret = "plain:CANARY-secret"; authentication = "body";'
	logs_in
	last '.credentials == null and .form.client_secret == "CANARY-secret"'
}

@test "RFC 6749 3.2.1: a public client says who it is" {
	client 'id = "id";'
	logs_in
	last '.credentials == null and .form.client_id == "id" and (.form | has("client_secret") | not)'
}

@test "RFC 6749 5.1: the scope is the answer's, and the one asked for if it has none" {
	client 'id = "id"; secret = "plain:CANARY-secret";'
	logs_in '{"access_token":"AT","token_type":"Bearer","expires_in":3600,"refresh_token":"RT","scope":"two one three"}'
	[ "$(credence token --json p | jq -r .scope)" = "two one three" ]
	logs_in '{"access_token":"AT","token_type":"Bearer","expires_in":3600,"refresh_token":"RT"}'
	[ "$(credence token --json p | jq -r .scope)" = "one two" ]
}

@test "RFC 6749 5.1: what is not known in an answer is passed over; token_type in any case" {
	client 'id = "id"; secret = "plain:CANARY-secret";'
	logs_in '{"access_token":"AT","token_type":"bEARER","expires_in":3600,"refresh_token":"RT","new":{"a":[1,2,{"b":null}]},"x":1.5}'
	run -0 credence header p
	[ "$output" = "Authorization: Bearer AT" ]
}

@test "RFC 6749 7.1: a token of a type that is not known is not used" {
	client 'id = "id"; secret = "plain:CANARY-secret";'
	answer 200 '{"access_token":"CANARY-AT","token_type":"mac","expires_in":3600,"refresh_token":"RT"}'
	run credence login p <<<some-code
	[ "$status" -ne 0 ]
	[[ $output != *CANARY-AT* ]]
	run -4 credence token p </dev/null
}

@test "RFC 6749 5.2: an error is one with any status, and says what the server says" {
	local status
	client 'id = "id"; secret = "plain:CANARY-secret";'
	for status in 400 401 403 200; do
		answer "$status" '{"error":"invalid_request","error_description":"no\u0007 such\u001b[31m thing"}'
		run --separate-stderr credence login p <<<some-code
		[ "$status" -ne 0 ]
		[[ ${stderr_lines[*]} == *invalid_request* ]]
		[[ $stderr != *$'\a'* && $stderr != *$'\033'* ]]
	done
}

@test "RFC 6749 6: a renewal without a new refresh token keeps the old one; it asks for no scope" {
	client 'id = "id"; secret = "plain:CANARY-secret";'
	logs_in
	answer 200 '{"access_token":"AT-2","token_type":"Bearer","expires_in":3600}'
	credence refresh p </dev/null
	last '.form.grant_type == "refresh_token" and .form.refresh_token == "RT-1" and (.form | has("scope") | not)'
	[ "$(member refresh_token "$CONF/state/records/p")" = RT-1 ]
	[ "$(credence token p)" = AT-2 ]
	# What was granted stays what it was.
	[ "$(credence token --json p | jq -r .scope)" = "one two" ]
}

@test "RFC 6749 4.3, RFC 9700 2.4: the password grant is not offered" {
	client 'id = "id"; secret = "plain:CANARY-secret";' 'grant = "password"'
	run -3 credence check
	run -0 credence module list
	[[ $output != *password* ]]
}

@test "RFC 6749 10.3, 10.4: nothing goes over http but to this machine itself" {
	here 'accounts_server = "http://accounts.example.org";'
	sed -i "/$(printf '%s' "${SERVER##*:}")\";\$/d" "$CONF/providers.d/here.conf"
	client 'id = "id"; secret = "plain:CANARY-secret";'
	run credence check
	[ "$status" -eq 3 ]
	[[ $output == *https* ]]
	run credence login p <<<some-code
	[ "$status" -ne 0 ]
	[ "$(sent)" = 0 ]
}

@test "RFC 8707 2: resource and audience go with every token request" {
	client 'id = "id"; secret = "plain:CANARY-secret";' 'resource = "https://api.example.org/"' 'audience = "things"'
	logs_in
	last '.form.resource == "https://api.example.org/" and .form.audience == "things"'
	credence refresh p </dev/null
	last '.form.grant_type == "refresh_token" and .form.resource == "https://api.example.org/"'
}

@test "RFC 6750 2.1, 2.3: a token goes in the Authorization header, in no URL and no form" {
	client 'id = "id"; secret = "plain:CANARY-secret";'
	logs_in
	answer 200 '{}'
	credence api p '/things?x=1'
	last '.credentials == "Bearer AT-1" and .path == "/things?x=1" and .body == ""'
}

@test "RFC 6750 3.1: a 401 is worth one renewal and one more try, not more" {
	local before file=$CONF/state/records/p
	client 'id = "id"; secret = "plain:CANARY-secret";'
	logs_in
	answer 200 '{"access_token":"AT-2","token_type":"Bearer","expires_in":3600}'
	answer 401 '{"error":"invalid_token"}' path=/things
	# Of a token that is a minute old: of a younger one it means something else.
	python3 "$abs_top_srcdir/tests/faults/rewrite.py" "$file" "access_tokens=$(member access_tokens "$file" |
		jq -c 'map(.issued.wall -= 61000 | .issued.boot -= 61000)')"
	before=$(log length)
	run -5 credence api p /things
	log ".[$before:] | map([.path, .credentials]) ==
		[[\"/things\", \"Bearer AT-1\"], [\"/token\", null], [\"/things\", \"Bearer AT-2\"]]"
	before=$(log length)
	run -5 credence api p /things
	log ".[$before:] | map(.path) == [\"/things\"]"
}

@test "RFC 8628 5.4: the page for the code is https, and nothing in its address misleads a terminal or a person" {
	local uri
	here 'device_authorization_endpoint = "/device";'
	client 'id = "id"; secret = "plain:CANARY-secret";' 'grant = "device"'
	for uri in http://a.example/ http://127.0.0.1.a.example/ javascript:alert\(1\) 'https://a.example/\u001b[2J' \
		https://good.example@a.example/ 'https://a.example/ x' 'https://a.example/\"x'; do
		answer 200 "{\"device_code\":\"DC\",\"user_code\":\"AB-CD\",\"verification_uri\":\"$uri\",\"expires_in\":600}"
		run -6 credence login p </dev/null
		[[ $output == *"no verification_uri with https"* && $output != *AB-CD* && $output != *$'\033'* ]]
	done
	answer 200 '{"device_code":"CANARY-DC","user_code":"AB-CD","verification_uri":"https://a.example/","expires_in":1,
		"verification_uri_complete":"http://a.example/?code=AB-CD"}'
	run -4 credence login p </dev/null
	[[ $output == *"  https://a.example/"* && $output == *"code: AB-CD"* && $output != *http://* && $output != *CANARY* ]]
	log ".[$SEEN:] | all(.path == \"/device\")"
}

@test "RFC 9700 4.12: a 307 or 308 never takes the form elsewhere" {
	local status
	client 'id = "id"; secret = "plain:CANARY-secret";'
	for status in 301 302 307 308; do
		answer "$status" '' "location=$SERVER/elsewhere"
		run -6 credence login p <<<some-code
	done
	log 'all(.path != "/elsewhere")'
}

@test "RFC 8414 3.2: only a 200 with JSON is a document; its redirects are not followed" {
	local type
	cat >"$CONF/providers.d/here.conf" <<<"issuer = \"$SERVER\"; accounts_server = \"$SERVER\";"
	client 'id = "id"; secret = "plain:CANARY-secret";' 'resolver = "discovery"'
	answer 200 "{\"issuer\":\"$SERVER\",\"token_endpoint\":\"$SERVER/token\"}" type=text/html
	run credence login p <<<some-code
	[ "$status" -ne 0 ]
	answer 302 '' "location=$SERVER/elsewhere"
	run credence login p <<<some-code
	[ "$status" -ne 0 ]
	log 'all(.path != "/elsewhere" and .path != "/token" or .method == "POST")'
	[ "$(log "[.[$SEEN:][] | select(.method == \"POST\")] | length")" = 0 ]
}

@test "RFC 7636 7.2: never plain, whatever the server says that it can" {
	run -1 grep -rniE '"plain"' "$abs_top_srcdir/modules/grant/server_based"
	! strings -a "$CREDENCE_TEST_MODULES/grant_server_based.so" | grep -x plain
}

@test "RFC 8252 8.5, RFC 6819 5.3.1: no client secret comes with credence" {
	run -1 grep -rniE '^[^#]*secret[[:space:]]*=[[:space:]]*"' "$abs_top_srcdir/conf/providers"
	for file in "$CREDENCE_TEST_MODULES"/*.so "$abs_top_builddir/credence"; do
		run -1 grep -aiE 'client_secret=[^%&]|1000\.[A-Z0-9]{30}' "$file"
	done
}
