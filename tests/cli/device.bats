#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# login by a code that is typed in on another device: as RFC 8628 has it, and as a provider's data
# say it differs. The sandbox's person answers at its control origin.

load helper

setup() {
	sandbox_start --device-interval=1s
	world
	# A provider of which nothing is known but its endpoints.
	cat >"$CONF/providers.d/rfc.conf" <<-END
		accounts_server = "$SANDBOX_ACCOUNTS_us";
		api_domain = "$SANDBOX_API_us";
		token_endpoint = "/oauth/v2/token";
		device_authorization_endpoint = "/oauth/v2/device_authorization";
		client_authentication = "basic";
	END
	profile dev 'grant = "device"'
	profile rfc 'grant = "device"' 'provider = "rfc"' 'resolver = "static"' 'location ='
	OUT=$BATS_TEST_TMPDIR/out ERR=$BATS_TEST_TMPDIR/err PID=
}

teardown() {
	[ -z "$PID" ] || kill "$PID" 2>/dev/null || true
	sandbox_stop
}

# begin PROFILE [OPTION…]: a login in the background, once it has shown its code, which is in $CODE
begin() {
	: >"$ERR"
	# The shell has what it starts in the background ignore Ctrl-C.
	env --default-signal=INT credence -C "$CONF" login "$@" >"$OUT" 2>"$ERR" </dev/null 3>&- &
	PID=$!
	until CODE=$(sed -n 's/^  code: //p' "$ERR") && [ -n "$CODE" ]; do
		kill -0 "$PID" || { cat "$ERR" >&2; return 1; }
		sleep 0.05
	done
}

# person PARAMETER…: the person's answer
person() {
	control device -d "user_code=$CODE" "${@/#/-d}" >/dev/null
}

# end STATUS: the login ends so
end() {
	local status=0
	wait "$PID" || status=$?
	PID=
	[ "$status" -eq "$1" ] || { echo "exit $status" >&2; cat "$OUT" "$ERR" >&2; return 1; }
}

# told TEXT: standard error has it
told() {
	grep -Fq -e "$1" "$ERR" || { cat "$ERR" >&2; return 1; }
}

state() {
	control state | jq -r ".$1"
}

# polled COUNT: the server was asked for the token that often
polled() {
	until [ "$(state totals.device_polls)" -ge "$1" ]; do
		kill -0 "$PID" || { cat "$ERR" >&2; return 1; }
		sleep 0.05
	done
}

# requests PATH: those that were made there, as the sandbox saw them
requests() {
	control log | jq -c --arg path "$1" '.[] | select(.path == $path)'
}

# gaps PATH: ms between one request and the next
gaps() {
	requests "$1" | jq -s '[.[].time_ms] as $t | range(1; $t | length) | $t[.] - $t[. - 1]'
}

# names: the parameters of a request, one line
names() {
	jq -r '[.params[].name] | sort | join(" ")'
}

value() {
	jq -r --arg name "$1" '.params[] | select(.name == $name) | .value'
}

@test "RFC 8628 3.1, 3.4: the requests are those of the standard, the client authenticated once each" {
	begin rfc
	person action=allow
	end 0
	request=$(requests /oauth/v2/device_authorization)
	[ "$(names <<<"$request")" = "scope" ]
	[ "$(jq -r .authorization.scheme <<<"$request")" = Basic ]
	request=$(requests /oauth/v2/token | head -n 1)
	[ "$(names <<<"$request")" = "device_code grant_type" ]
	[ "$(value grant_type <<<"$request")" = urn:ietf:params:oauth:grant-type:device_code ]
	[ "$(jq -r .authorization.scheme <<<"$request")" = Basic ]
	[ "$(state totals.double_auth)" = 0 ]
	[ "$(state totals.secrets_in_url)" = 0 ]
	grep -q '^rfc: logged in at http://127.0.0.1:' "$OUT"
	credence refresh rfc </dev/null
	[ "$(state totals.renewals)" = 1 ]
}

@test "RFC 8628 3.3, 3.3.1: page, code, and the page with the code in it are shown, without a terminal too" {
	begin rfc
	person action=allow
	end 0
	page=$SANDBOX_ACCOUNTS_us/oauth/v3/device
	[ "$(sed '/^  until /d' "$ERR")" = "Asking for a code, scope ZohoCRM.modules.READ
On any device with a browser, open this page and type the code:
  $page
  code: $CODE
or, with the code in it:
  $page?user_code=$CODE" ]
	grep -qE '^  until .*[0-9:]{8}$' "$ERR"
	# Nothing moves where there is no terminal, and the device code is nobody's to see.
	run ! grep -q $'[\r\033]' "$ERR"
	run ! grep -q '1004\.' "$ERR" "$OUT"
	# Quiet is quiet, but for what the person has to know.
	begin rfc -q
	person action=allow
	end 0
	[ "$(head -n 1 "$ERR")" = "On any device with a browser, open this page and type the code:" ]
	[ ! -s "$OUT" ]
}

@test "a provider with names of its own, milliseconds, and no secret in the request for a code" {
	begin dev
	person dc=us
	end 0
	request=$(requests /oauth/v3/device/code)
	[ "$(names <<<"$request")" = "access_type client_id grant_type prompt scope" ]
	[ "$(value grant_type <<<"$request")" = device_request ]
	[ "$(jq -r .authorization <<<"$request")" = null ]
	request=$(requests /oauth/v3/device/token | head -n 1)
	[ "$(names <<<"$request")" = "client_id client_secret code grant_type" ]
	[ "$(value grant_type <<<"$request")" = device_token ]
	run ! grep -q access_token "$ERR" "$OUT"
	grep -q 'refresh token 1 of 20$' "$OUT"
	credence refresh dev </dev/null
	# Five minutes, though the number is 300000.
	until=$(sed -n 's/^  until //p' "$ERR")
	left=$(($(date -d "$until" +%s) - $(date +%s)))
	((left < 0)) && left=$((left + 86400))
	((left > 250 && left <= 300))
}

@test "RFC 8628 3.5: while the person is not done the server is asked again, never before the interval is over" {
	begin rfc
	polled 3
	person action=allow
	end 0
	[ "$(gaps /oauth/v2/token | wc -l)" -ge 3 ]
	for gap in $(gaps /oauth/v2/token); do
		((gap >= 1000))
	done
	[ "$(state totals.slow_downs)" = 0 ]
	# However often it was asked: one refresh token was counted.
	begin dev
	polled $(($(state totals.device_polls) + 2))
	person dc=us
	end 0
	[ "$(grep -o '"kind":"refresh"' "$CONF"/state/records/+* | wc -l)" = 1 ]
}

@test "RFC 8628 3.5: slow_down makes the interval five seconds longer" {
	control fault -d name=error -d code=slow_down -d status=400 >/dev/null
	begin rfc
	person action=allow
	end 0
	[ "$(gaps /oauth/v2/token | wc -l)" = 1 ]
	(($(gaps /oauth/v2/token) >= 6000))
	[ "$(state totals.slow_downs)" = 0 ]
}

@test "RFC 8628 3.5: access_denied ends it at once, with an exit status of its own" {
	for name in rfc dev; do
		begin "$name"
		person action=refuse
		end 5
		told "credence: $name: access_denied: the person"
		told "hint: credence login $name"
		before=$(state totals.device_polls)
		sleep 1.2
		[ "$(state totals.device_polls)" = "$before" ]
		run -4 credence token "$name"
	done
}

@test "RFC 8628 3.5: a code that has expired is given up, and a person is needed" {
	for name in rfc dev; do
		begin "$name"
		control clock -d advance=301 >/dev/null
		end 4
		told "hint: credence login $name"
	done
	told "credence: dev: expired: the code was not typed in"
	# Our own clock is enough: nothing is asked after its time.
	control mode -d device_life=2s -d device_interval=10s >/dev/null
	before=$(state totals.device_polls)
	begin rfc
	end 4
	told "credence: rfc: expired_token: the code expired before anybody had signed in"
	[ "$(state totals.device_polls)" = "$before" ]
}

@test "RFC 8628 3.5: a connection that is lost while polling is tried again, less often" {
	control fault -d name=reset -d count=1 >/dev/null
	begin rfc
	person action=allow
	end 0
	[ "$(gaps /oauth/v2/token | wc -l)" -ge 1 ]
	(($(gaps /oauth/v2/token | head -n 1) >= 2000))
	# So is a server that is in trouble.
	control fault -d name=500 -d status=503 -d count=1 >/dev/null
	begin dev
	person dc=us
	end 0
	(($(gaps /oauth/v3/device/token | head -n 1) >= 2000))
}

@test "RFC 8628 3.5: who is not reached until the code expires is told so" {
	control mode -d device_life=4s >/dev/null
	control fault -d name=reset -d count=forever >/dev/null
	begin rfc
	person action=allow
	end 6
	told "credence: rfc: unavailable: "
	told "hint: the code expired meanwhile: credence login rfc"
}

@test "a code whose answer was lost is good for nothing, and that is said" {
	# Time enough to agree before the first question, whose answer it is.
	control mode -d device_interval=5s >/dev/null
	control fault -d name=lost -d count=1 >/dev/null
	begin rfc
	person action=allow
	end 4
	told "credence: rfc: invalid_grant: "
	run -4 credence token rfc
}

@test "other_dc: the server of the person's data centre is asked, with the same code and its own secret" {
	control clients -d id=1000.OTHER -d secret=us-secret -d secret_eu=eu-secret -d multi_dc=1 >/dev/null
	profile dev 'grant = "device"' \
		'client = { id = "1000.OTHER"; secret = { us = "plain:us-secret"; eu = "plain:eu-secret"; }; }'
	begin dev
	person dc=eu
	end 0
	[ "$(state 'clients["1000.OTHER"].us.device_polls')" = 1 ]
	[ "$(state 'clients["1000.OTHER"].eu.device_polls')" = 1 ]
	[ "$(requests /oauth/v3/device/token | jq -r '.params[] | select(.name == "code") | .hash' | sort -u | wc -l)" = 1 ]
	run -0 credence dc resolve dev
	[[ $output == *"eu"*"$SANDBOX_ACCOUNTS_eu"* ]]
	credence refresh dev </dev/null
	[ "$(state 'clients["1000.OTHER"].eu.renewals')" = 1 ]
}

@test "other_dc: a data centre that is not in the table is refused, and nothing is sent there" {
	sed -i '/location = "ae"/d; s/\(location = "cn".*\),$/\1/' "$CONF/providers.d/sandbox.conf"
	begin dev
	person dc=ae
	end 10
	told "location ae is not in the provider's data centres"
	told "hint: "
	[ "$(state 'clients["1000.SANDBOX"].ae.device_polls')" = 0 ]
	run -4 credence token dev
}

@test "other_dc: without a name, or without a resolver that knows it" {
	begin dev
	control fault -d name=error -d code=other_dc >/dev/null
	end 6
	told "credence: dev: bad_answer: "
	profile dev 'grant = "device"' 'resolver = "static"' "accounts_server = \"$SANDBOX_ACCOUNTS_us\"" \
		"api_domain = \"$SANDBOX_API_us\""
	begin dev
	person dc=eu
	end 3
	told "the resolver does not know where that is"
}

@test "a client that the data centre does not know gets no code" {
	control clients -d id=1000.HERE -d secret=s -d multi_dc=0 >/dev/null
	profile dev 'grant = "device"' 'client = { id = "1000.HERE"; secret = "plain:s"; }' 'location = "eu"'
	run -5 credence login dev </dev/null
	[[ $output == *"invalid_client"*"data centre"* ]]
	[[ $output != *"code:"* ]]
	profile dev 'grant = "device"' 'scope = [ "no such scope" ]'
	run credence login dev </dev/null
	[ "$status" -ne 0 ]
	[ "$(state totals.device_polls)" = 0 ]
}

@test "RFC 8628 3.2: answers to the request for a code that are of no use" {
	local fault
	for fault in html empty no_json truncated; do
		control fault -d "name=$fault" -d endpoint=device -d count=1 >/dev/null
		run -6 credence login rfc </dev/null
		[[ $output == *"bad_answer"* ]]
	done
	control fault -d name=500 -d endpoint=device -d count=1 >/dev/null
	run -6 credence login rfc </dev/null
	control fault -d name=error -d code=unauthorized_client -d status=400 -d endpoint=device -d count=1 >/dev/null
	run -5 credence login rfc </dev/null
	[[ $output == *"unauthorized_client"* ]]
	control fault -d name=throttle -d endpoint=device -d count=1 >/dev/null
	run -6 credence login dev </dev/null
	[[ $output == *"wait ten minutes"* ]]
	run -6 credence --no-network login rfc </dev/null
	profile none 'grant = "device"' 'provider = "rfc"' 'resolver = "static"' 'location =' \
		'device_authorization_endpoint = "https://elsewhere.example/"'
	sed -i '/^device_authorization_endpoint/d' "$CONF/providers.d/rfc.conf"
	run -3 credence login rfc </dev/null
	[[ $output == *"no device_authorization_endpoint is known"* ]]
	[ "$(state totals.device_polls)" = 0 ]
}

@test "Ctrl-C ends it: exit 130, nothing kept, nothing asked any more" {
	begin rfc
	kill -INT "$PID"
	end 130
	[ "$(tail -n 1 "$ERR")" = "credence: rfc: interrupted" ]
	before=$(state totals.device_polls)
	sleep 1.2
	[ "$(state totals.device_polls)" = "$before" ]
	run -4 credence token rfc
	# Also when the last question had no answer.
	control fault -d name=reset -d count=forever >/dev/null
	before=$(requests /oauth/v2/token | wc -l)
	begin rfc
	until [ "$(requests /oauth/v2/token | wc -l)" -gt "$before" ]; do kill -0 "$PID"; sleep 0.05; done
	kill -INT "$PID"
	end 130
	[ "$(tail -n 1 "$ERR")" = "credence: rfc: interrupted" ]
}

@test "on a terminal the time that is left is shown, and taken away in the end" {
	: >"$ERR"
	script -qfec "$(type -P credence) -C $CONF login rfc; echo STATUS=\$?" "$ERR" >/dev/null </dev/null 3>&- &
	PID=$!
	until CODE=$(tr -d '\r' <"$ERR" | sed -n 's/^  code: //p') && [ -n "$CODE" ]; do sleep 0.05; done
	polled 2
	person action=allow
	end 0
	told "STATUS=0"
	[ "$(grep -o 'waiting until you are done there … [^ ]* min [^ ]* s left' "$ERR" | sort -u | wc -l)" -ge 2 ]
	# Every line of it is wiped before another text comes.
	! grep -a 'left' "$ERR" | grep -av $'left\033\[K\r'
}

@test "a person's time is not the call's, and keeps nobody else from the credential" {
	begin dev
	person dc=us
	end 0
	begin dev --timeout 4s
	polled $(($(state totals.device_polls) + 5))
	credence refresh --timeout 20s dev </dev/null
	old=$(credence token dev)
	person dc=us
	end 0
	[ "$(credence token dev)" != "$old" ]
	[ "$(credence token --json dev | jq .generation)" = 3 ]
}

@test "a login that fails leaves the credential that works" {
	begin dev
	person dc=us
	end 0
	old=$(credence token dev)
	begin dev
	person action=refuse
	end 5
	[ "$(credence token dev)" = "$old" ]
	credence refresh dev </dev/null
}

@test "RFC 6749 4.1.2: only a device asks again: an authorization code is sent once, whatever is answered" {
	profile crm 'grant = "twice"'
	for fault in "name=error code=authorization_pending" "name=error code=slow_down" name=reset name=500; do
		before=$(requests /oauth/v2/token | wc -l)
		# shellcheck disable=SC2086
		control fault $(printf -- '-d %s ' $fault) -d count=1 >/dev/null
		run login crm
		[ "$status" -ne 0 ]
		[[ $output != *"may be sent again"* ]]
		[ "$(requests /oauth/v2/token | wc -l)" = $((before + 1)) ]
	done
}

@test "nobody is asked by a verb that never asks" {
	run -4 credence token dev </dev/null
	[ "$(state totals.device_requests)" = 0 ]
}

@test "init knows the kind of client" {
	credence init sandbox tv --client device --client-id 1000.SANDBOX --scope ZohoCRM.modules.READ \
		--location us <<<CANARY-sandbox-secret
	grep -qx 'grant = "device";' "$CONF/profiles.d/tv.conf"
	begin tv
	person dc=us
	end 0
}
