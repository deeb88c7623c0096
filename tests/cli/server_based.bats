#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The grant server_based: a person allows access in a browser, and the answer comes back to a loopback
# address or is pasted. curl is the browser. What is not the answer to this login changes nothing.

load helper
load "$abs_top_srcdir/tests/browser.bash"

setup_file() {
	sandbox_start
}

teardown_file() {
	sandbox_stop
}

setup() {
	control reset -X POST >/dev/null
	control mode -d code_count=1000 >/dev/null
	world
	PORT=$(free_port)
	REDIRECT=http://127.0.0.1:$PORT/callback
	web_client
	web_profile crm
}

teardown() {
	login_stop
	[ -z "${CROWD-}" ] || kill "$CROWD"
}

state() {
	control state | jq -r ".clients[\"$WEB_CLIENT\"].$1"
}

# refused BODY STATUS CURL-OPTION… : what a stray request gets, and that the login goes on.
refused() {
	local words=$1 expected=$2
	shift 2
	run -0 curl -sS -m 10 -w '\n%{http_code}' "$@"
	[ "${lines[-1]}" = "$expected" ]
	[[ $output == *"$words"* ]]
	login_waits
}

# finish: the login that still waits succeeds.
finish() {
	curl -sS -o "$BATS_TEST_TMPDIR/page" "$(consent "$LOGIN_URL")"
	grep -q 'You are signed in' "$BATS_TEST_TMPDIR/page"
	login_end
	[ "$status" = 0 ]
}

# ---- the way it should go -------------------------------------------------------------------

@test "a login in one data centre for a user in another, and what it leads to" {
	login_start crm
	to=$(consent "$LOGIN_URL" allow eu)
	run -0 curl -sS -i "$to"
	[[ $output == *"200 OK"* && $output == *"You are signed in"* ]]
	login_end
	[ "$status" = 0 ]
	[[ $output == "crm: logged in at eu ($SANDBOX_ACCOUNTS_eu), scope ZohoCRM.modules.READ"* ]]
	[[ $output == *"refresh token 1 of 20"* ]]
	[ "$(state us.token_requests)" = 0 ]
	[ "$(credence url crm /crm/v8/Leads)" = "$SANDBOX_API_eu/crm/v8/Leads" ]
	credence refresh crm
	[ "$(state eu.renewals)" = 1 ]
	[ "$(state us.renewals)" = 0 ]
}

@test "RFC 6749 4.1.1: the authorization request" {
	sed -i 's/scope = .*/scope = [ "ZohoCRM.modules.READ", "ZohoCRM.users.READ" ];/' "$CONF/profiles.d/crm.conf"
	login_start crm
	[[ $LOGIN_URL == "$SANDBOX_ACCOUNTS_us/oauth/v2/auth?"* ]]
	[ "$(url_param "$LOGIN_URL" response_type)" = code ]
	[ "$(url_param "$LOGIN_URL" client_id)" = "$WEB_CLIENT" ]
	[ "$(url_param "$LOGIN_URL" scope)" = ZohoCRM.modules.READ%2CZohoCRM.users.READ ]
	[ "$(url_param "$LOGIN_URL" access_type)" = offline ]
	[ "$(url_param "$LOGIN_URL" prompt)" = consent ]
	[ "$(url_param "$LOGIN_URL" redirect_uri)" = "http%3A%2F%2F127.0.0.1%3A$PORT%2Fcallback" ]
	[[ $LOGIN_URL != *CANARY* && $LOGIN_URL != *verifier* ]]
	finish
}

@test "RFC 9700 2.1.1: PKCE with S256, and RFC 7636 4.5: the verifier goes with the code" {
	control mode -d consent=allow >/dev/null
	login_start crm
	[ "$(url_param "$LOGIN_URL" code_challenge_method)" = S256 ]
	challenge=$(url_param "$LOGIN_URL" code_challenge)
	[[ $challenge =~ ^[A-Za-z0-9_-]{43}$ ]]
	to=$(curl -sS -o /dev/null -w '%{redirect_url}' "$LOGIN_URL")
	# The server compares: a code that belongs to another challenge is refused.
	other=$(sed "s/code_challenge=[^&]*/code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM/" <<<"$LOGIN_URL")
	stolen=$(url_param "$(curl -sS -o /dev/null -w '%{redirect_url}' "$other")" code)
	curl -sS -o /dev/null "$(sed "s/code=[^&]*/code=$stolen/" <<<"$to")"
	login_end
	[ "$status" = 4 ]
	[[ $stderr == *invalid_code* ]]
	login_start crm
	[ "$(url_param "$LOGIN_URL" code_challenge)" != "$challenge" ]
	curl -sS -o /dev/null "$(curl -sS -o /dev/null -w '%{redirect_url}' "$LOGIN_URL")"
	login_end
	[ "$status" = 0 ]
	[[ $(control log) == *code_verifier* ]]
}

@test "RFC 6749 10.12: a state of 256 bits, fresh in every login" {
	login_start crm
	first=$(url_param "$LOGIN_URL" state)
	[[ $first =~ ^[A-Za-z0-9_-]{43}$ ]]
	login_stop
	login_start crm
	[ "$(url_param "$LOGIN_URL" state)" != "$first" ]
}

@test "RFC 8252 8.3: only loopback, only while the answer is waited for" {
	login_start crm
	[ "$(ss -Hltn "sport = :$PORT" | awk '{ print $4 }')" = "127.0.0.1:$PORT" ]
	finish
	[ -z "$(ss -Hltn "sport = :$PORT")" ]
	run -7 curl -sS "$REDIRECT?code=1&state=2"
}

@test "localhost listens on both addresses, [::1] on its own" {
	if ! grep -q . /proc/net/if_inet6; then
		login_start crm # this machine has no IPv6
		finish
		return
	fi
	REDIRECT=http://localhost:$PORT/callback
	web_client
	web_profile crm
	login_start crm
	[ "$(ss -Hltn "sport = :$PORT" | awk '{ print $4 }' | sort | xargs)" = "127.0.0.1:$PORT [::1]:$PORT" ]
	to=$(consent "$LOGIN_URL")
	curl -sS -o /dev/null "${to/localhost/[::1]}" -g -H "Host: localhost:$PORT"
	login_end
	[ "$status" = 0 ]
	REDIRECT=http://[::1]:$PORT/callback
	web_client
	web_profile crm
	login_start crm
	[ "$(ss -Hltn "sport = :$PORT" | awk '{ print $4 }')" = "[::1]:$PORT" ]
	curl -sS -g -o /dev/null "$(consent "$LOGIN_URL")"
	login_end
	[ "$status" = 0 ]
}

@test "RFC 8252 7.3: a port that is free, where the provider's data allow it" {
	control mode -d any_port=1 >/dev/null
	REDIRECT=http://127.0.0.1:0/callback
	web_client http://127.0.0.1/callback
	web_profile crm
	run -3 --separate-stderr credence login crm
	[[ $stderr == *"client.redirect_uri: its port must be the one that is registered"* ]]
	for REDIRECT in http://127.0.0.1:0/callback http://127.0.0.1/callback; do
		web_profile crm 'redirect_any_port = true'
		login_start crm
		uri=$(url_param "$LOGIN_URL" redirect_uri)
		[[ $uri =~ ^http%3A%2F%2F127\.0\.0\.1%3A([0-9]+)%2Fcallback$ ]]
		PORT=${BASH_REMATCH[1]}
		login_waits
		finish
	done
}

@test "options of the entry, then extra, then the provider's data decide what is asked" {
	web_profile crm 'grant = ( { use = "server_based"; access_type = "online"; } )' \
		'extra = { authorize = ( { name = "prompt"; value = ""; }, { name = "login/hint"; value = "a&b"; } ); }'
	login_start crm
	[ "$(url_param "$LOGIN_URL" access_type)" = online ]
	[[ $LOGIN_URL != *prompt=* && $LOGIN_URL == *'&login%2Fhint=a%26b&'* ]]
	[ "$(grep -o access_type <<<"$LOGIN_URL" | wc -l)" = 1 ]
	login_stop
	web_profile crm 'extra = { authorize = ( { name = "response_type"; value = "token"; } ); }'
	run -3 credence login crm
	[[ $output == *"extra.authorize may not set response_type"* ]]
}

@test "RFC 6749 3.1: a query that the endpoint has is kept" {
	web_profile crm 'authorization_endpoint = "/oauth/v2/auth?brand=x"'
	login_start crm
	[[ $LOGIN_URL == "$SANDBOX_ACCOUNTS_us/oauth/v2/auth?brand=x&response_type=code&"* ]]
	finish
}

@test "online access: that no refresh token came is told" {
	web_profile crm 'grant = ( { use = "server_based"; access_type = "online"; } )'
	login_start crm
	finish
	[[ $stderr == *"gave no refresh token: a person is needed again when this token expires"* ]]
	[[ $output != *"renewed by itself"* ]]
	credence token crm >/dev/null
}

@test "RFC 6749 4.1.2: what is not known in an answer is passed over" {
	login_start crm
	curl -sS -o "$BATS_TEST_TMPDIR/page" "$(consent "$LOGIN_URL")&session_state=x%20y&new=&flag"
	grep -q 'You are signed in' "$BATS_TEST_TMPDIR/page"
	login_end
	[ "$status" = 0 ]
}

@test "RFC 6749 4.1.2: codes and tokens of 8 KiB" {
	control mode -d token_size=8192 >/dev/null
	login_start crm
	finish
}

# ---- the page -------------------------------------------------------------------------------

@test "RFC 6819 5.3.5: the page needs nothing from elsewhere, is not kept and sends no referrer" {
	login_start crm
	run -0 curl -sS -i "$(consent "$LOGIN_URL")"
	[[ $output == *"Content-Security-Policy: default-src 'none'; style-src 'sha256-"* ]]
	[[ $output == *"Cache-Control: no-store"* && $output == *"Referrer-Policy: no-referrer"* ]]
	[[ $output == *"X-Frame-Options: DENY"* && $output == *"X-Content-Type-Options: nosniff"* ]]
	[[ $output != *"<script"* && $output != *"src="* && $output != *"1000."* ]]
	run -1 grep -oE 'https?://' <<<"$output"
	login_end
	[ "$status" = 0 ]
}

@test "the style that the policy allows is the one of the page" {
	login_start crm
	curl -sS -i -o "$BATS_TEST_TMPDIR/page" "$REDIRECT/nothing"
	allowed=$(sed -n "s/.*'sha256-\([^']*\)'.*/\1/p" "$BATS_TEST_TMPDIR/page")
	style=$(sed -n 's|.*<style>\(.*\)</style>.*|\1|p' "$BATS_TEST_TMPDIR/page")
	[ "$allowed" = "$(printf %s "$style" | openssl dgst -sha256 -binary | base64)" ]
	login_stop
}

# ---- refusals -------------------------------------------------------------------------------

@test "RFC 6749 4.1.2.1: the person refuses" {
	login_start crm
	run -0 curl -sS "$(consent "$LOGIN_URL" refuse)"
	[[ $output == *"Access was refused"* ]]
	login_end
	[ "$status" = 5 ]
	[[ $stderr == *"credence: crm: access_denied: the person refused, or ten codes"* ]]
	[[ $stderr == *"hint: credence login crm again"* ]]
	[ "$(control state | jq -r .totals.token_requests)" = 0 ]
}

@test "RFC 6749 appendix A.7: an error is shown without what a terminal would obey" {
	login_start crm
	state=$(url_param "$LOGIN_URL" state)
	run -0 curl -sS "$REDIRECT?error=x%1b%5b2Jy&error_description=a%0acredence:%20b%07&state=$state"
	[[ $output == *"did not succeed"* ]]
	login_end
	[ "$status" = 5 ]
	[[ $stderr != *$'\e'* && $stderr != *$'\a'* ]]
	[ "$(grep -c '^credence:' <<<"$stderr")" = 1 ]
}

@test "an error that the RFC knows and the provider does not" {
	login_start crm
	curl -sS -o /dev/null "$REDIRECT?error=temporarily_unavailable&state=$(url_param "$LOGIN_URL" state)"
	login_end
	[ "$status" = 6 ]
	[[ $stderr == *"temporarily_unavailable: the server is overloaded"* ]]
}

@test "RFC 9207 2.4: iss of another issuer is refused, before the code is sent; of errors too" {
	for answer in "" error; do
		login_start crm
		to="$(consent "$LOGIN_URL" $([ -z "$answer" ] || echo refuse))&iss=https%3A%2F%2Fevil.example"
		run -0 curl -sS "$to"
		[[ $output == *"did not succeed"* ]]
		login_end
		[ "$status" = 10 ]
		[[ $stderr == *"from another issuer"* ]]
	done
	[ "$(control state | jq -r .totals.token_requests)" = 0 ]
}

@test "RFC 9207 2.4: the right iss is taken, also of the data centre that the answer names" {
	control mode -d issuer=1 >/dev/null
	login_start crm
	[ -n "$(url_param "$(consent "$LOGIN_URL")" iss)" ]
	finish
	login_start crm
	curl -sS -o /dev/null "$(consent "$LOGIN_URL" allow in)"
	login_end
	[ "$status" = 0 ]
	# Simple string comparison: the slash makes it another one.
	login_start crm
	to=$(consent "$LOGIN_URL")
	iss=$(url_param "$to" iss)
	curl -sS -o /dev/null "${to/iss=$iss/iss=$iss%2F}"
	login_end
	[ "$status" = 10 ]
}

@test "RFC 9207 2.4: no iss from a server that always sends one is refused" {
	web_profile crm 'authorization_response_iss_parameter_supported = true'
	login_start crm
	curl -sS -o /dev/null "$(consent "$LOGIN_URL")"
	login_end
	[ "$status" = 10 ]
	[[ $stderr == *"does not say who issued it"* ]]
	[ "$(control state | jq -r .totals.token_requests)" = 0 ]
	control mode -d issuer=1 >/dev/null
	login_start crm
	finish
}

@test "RFC 9700 4.4: a data centre that is not in the table gets no code" {
	for place in 'location=zz' 'accounts-server=https%3A%2F%2Faccounts.evil.example' \
		"location=in&accounts-server=$(jq -rn --arg s "$SANDBOX_ACCOUNTS_eu" '$s|@uri')"; do
		login_start crm
		to=$(consent "$LOGIN_URL")
		to="$REDIRECT?code=$(url_param "$to" code)&state=$(url_param "$to" state)&$place"
		run -0 curl -sS "$to"
		[[ $output == *"did not succeed"* ]]
		login_end
		[ "$status" = 10 ]
		[[ $stderr == *hint:* ]]
	done
	[ "$(control state | jq -r .totals.token_requests)" = 0 ]
	run -4 credence token crm
}

@test "RFC 6749 3.1: an answer with a parameter twice is refused, and nothing is sent" {
	for more in "code=1000.other" "location=eu&location=us" "x=1&x=1"; do
		login_start crm
		to="$(consent "$LOGIN_URL")&$more"
		run -0 curl -sS "$to"
		login_end
		[ "$status" = 10 ]
		[[ $stderr == *"stands there twice"* ]]
	done
	[ "$(control state | jq -r .totals.token_requests)" = 0 ]
}

@test "answers to this login that make no sense" {
	for query in "" "code=" "code=a%0ab"; do
		login_start crm
		curl -sS -o /dev/null "$REDIRECT?state=$(url_param "$LOGIN_URL" state)&$query"
		login_end
		[ "$status" = 6 ]
		[[ $stderr == *"bad_answer"* ]]
	done
	for query in "code=%zz" "code=a%00b" "code=a&error=b"; do
		login_start crm
		curl -sS -o /dev/null "$REDIRECT?state=$(url_param "$LOGIN_URL" state)&$query"
		login_end
		[ "$status" = 10 ]
	done
	[ "$(control state | jq -r .totals.token_requests)" = 0 ]
}

@test "a token request that fails is told in the terminal, and the page says where to look" {
	control fault -d name=500 -d endpoint=token -d count=1 >/dev/null
	login_start crm
	run -0 curl -sS "$(consent "$LOGIN_URL")"
	[[ $output == *"did not succeed"*"credence login crm"* ]]
	login_end
	[ "$status" = 6 ]
	[ "$(control log | jq '[.. | objects | select(.path? == "/oauth/v2/token")] | length')" = 1 ]
}

# ---- what does not end the wait -------------------------------------------------------------

@test "RFC 8252 8.9: another state, no state, two states: refused, and the wait goes on" {
	login_start crm
	state=$(url_param "$LOGIN_URL" state)
	strange="no answer to the login that waits here"
	refused "$strange" 400 "$REDIRECT"
	refused "$strange" 400 "$REDIRECT?code=x"
	refused "$strange" 400 "$REDIRECT?code=x&state="
	refused "$strange" 400 "$REDIRECT?code=x&state=${state}A"
	refused "$strange" 400 "$REDIRECT?code=x&state=${state:0:42}"
	refused "$strange" 400 "$REDIRECT?code=x&state=$state&state=$state"
	refused "$strange" 400 "$REDIRECT?error=access_denied&state=wrong"
	finish
	[ "$(state us.token_requests)" = 1 ]
}

@test "an answer of an earlier login, played again" {
	login_start crm
	old=$(consent "$LOGIN_URL")
	curl -sS -o /dev/null "$old"
	login_end
	[ "$status" = 0 ]
	login_start crm
	refused "This is no answer to the login that waits here" 400 "$old"
	finish
	[ "$(state us.token_requests)" = 2 ]
}

@test "RFC 8252 8.10, RFC 9700 2.1: favicon, another path, another method" {
	login_start crm
	state=$(url_param "$LOGIN_URL" state)
	base=http://127.0.0.1:$PORT
	refused "There is nothing here" 404 "$base/favicon.ico"
	refused "There is nothing here" 404 "$base/"
	refused "There is nothing here" 404 "$base/callback/?code=x&state=$state"
	refused "There is nothing here" 404 "$base/callbackx?code=x&state=$state"
	refused "There is nothing here" 404 --path-as-is "$base/x/../callback?code=x&state=$state"
	refused "That is not done here" 405 -d "code=x&state=$state" "$REDIRECT"
	refused "That is not done here" 405 -X PUT "$REDIRECT?code=x&state=$state"
	refused "" 405 -I "$REDIRECT?code=x&state=$state"
	refused "" 405 -X OPTIONS "$REDIRECT?code=x&state=$state"
	finish
}

@test "asked for by another name (DNS rebinding)" {
	login_start crm
	to=$(consent "$LOGIN_URL")
	for name in evil.example "evil.example:$PORT" 127.0.0.1 "127.0.0.1:1" "localhost:$PORT" "127.0.0.1:$PORT.evil.example"; do
		refused "This is not the address" 421 -H "Host: $name" "$to"
	done
	run curl -sS -m 5 -o /dev/null -w '%{http_code}' -H 'Host:' "$to"
	[ "$output" = 400 ]
	login_waits
	curl -sS -o /dev/null "$to"
	login_end
	[ "$status" = 0 ]
}

@test "huge lines and headers, and what is no HTTP" {
	login_start crm
	head -c 1000000 /dev/zero | tr '\0' a >"$BATS_TEST_TMPDIR/long"
	for request in "GET /callback?code=$(head -c 100000 "$BATS_TEST_TMPDIR/long") HTTP/1.1" $'GET / HTTP/1.1\r\nX: '"$(head -c 100000 "$BATS_TEST_TMPDIR/long")" $'\x16\x03\x01\x02\x00\x01' "GET"; do
		printf '%s\r\n\r\n' "$request" | timeout 10 curl -sS -m 3 -o /dev/null "telnet://127.0.0.1:$PORT" || :
		login_waits
	done
	run curl -sS -m 10 -o /dev/null -w '%{http_code}' -H "X-Long: $(head -c 60000 "$BATS_TEST_TMPDIR/long")" "$REDIRECT"
	[[ $output == *4[13]* ]]
	finish
}

# crowd PORT: 300 clients that take their time, one byte now and then, and come back when they are sent away
crowd() {
	exec python3 - "$1" <<-'END'
		import socket, sys, time
		clients = {}
		while True:
		    for number in range(300):
		        try:
		            if number not in clients:
		                clients[number] = socket.socket()
		                clients[number].setblocking(False)
		                clients[number].connect_ex(("127.0.0.1", int(sys.argv[1])))
		            clients[number].send(b"a")
		        except BlockingIOError:
		            pass
		        except OSError:
		            clients.pop(number).close()
		    time.sleep(0.2)
	END
}

@test "many connections, and slow ones, keep nobody from answering" {
	login_start crm
	to=$(consent "$LOGIN_URL")
	crowd "$PORT" 3>&- &
	CROWD=$!
	until (($(ss -Htn "sport = :$PORT" | wc -l) > 60)); do
		sleep 0.05
	done
	sleep 1
	run -0 curl -sS -m 10 "$to"
	[[ $output == *"You are signed in"* ]]
	login_end
	[ "$status" = 0 ]
}

# ---- endings --------------------------------------------------------------------------------

@test "nobody answers in time" {
	web_profile crm 'grant = ( { use = "server_based"; wait = "1s"; } )'
	login_start crm
	login_end
	[ "$status" = 6 ]
	[[ $stderr == *"credence: crm: no_answer: no answer came from the browser in time"*hint:*explain* ]]
	[ -z "$(ss -Hltn "sport = :$PORT")" ]
}

@test "Ctrl-C ends the wait at once" {
	login_start crm
	kill -INT "$LOGIN_PID"
	SECONDS=0
	login_end
	((SECONDS < 3))
	[ "$status" = 130 ]
	[[ $stderr == *interrupted* ]]
	[ -z "$(ss -Hltn "sport = :$PORT")" ]
}

@test "a port that is taken" {
	login_start crm
	run -6 --separate-stderr credence login crm
	[[ $stderr == *"can't listen on 127.0.0.1 port $PORT: Address already in use"* ]]
	[[ $stderr == *"hint: another login may be waiting"* ]]
	finish
}

@test "nobody logs in by asking for a token" {
	run -4 credence token crm
	[[ $output == *"hint: credence login crm"* ]]
}

@test "a login that fails leaves the tokens that were there" {
	login_start crm
	finish
	before=$(credence token crm)
	login_start crm
	curl -sS -o /dev/null "$(consent "$LOGIN_URL" refuse)"
	login_end
	[ "$status" = 5 ]
	[ "$(credence token crm)" = "$before" ]
}

# ---- redirect URIs --------------------------------------------------------------------------

@test "RFC 6749 3.1.2: redirect URIs that can't be" {
	for REDIRECT in 'http://example.com/cb' 'http://127.0.0.1.evil.example:80/cb' 'http://0.0.0.0:8765/cb' \
		'http://localhost.evil:8765/' "http://127.0.0.1:$PORT/cb#x" callback 'http://127.0.0.1:99999/cb' \
		'http://127.0.0.1:/cb' 'http://user@127.0.0.1:8765/cb' 'http://127.0.0.1:8765\cb'; do
		web_profile crm
		run -3 --separate-stderr credence login crm
		[[ $stderr == *redirect_uri* ]]
	done
	profile crm 'client = { id = "1000.WEB0"; secret = "plain:CANARY-web"; }' 'grant = "server_based"'
	run -3 --separate-stderr credence login crm
	[[ $stderr == *"client.redirect_uri is not set"* ]]
}

@test "nobody is asked for what could then not be sent: no network, no time" {
	for option in --no-network --timeout=0; do
		run --separate-stderr -6 within 20 credence "$option" login crm
		[[ $stderr != *"Open this page"* ]]
	done
	profile self
	for option in --no-network --timeout=0; do
		run --separate-stderr -6 credence "$option" login self <<<1000.abc
		[[ $stderr != *"make an authorization code"* ]]
	done
	[ ! -e "$CONF/state/records" ]
}

@test "a redirect URI elsewhere: only by --paste, and that is said" {
	REDIRECT=https://app.example.org/oauth
	web_client
	web_profile crm
	run -4 --separate-stderr credence login crm
	[[ $stderr == *"goes to https://app.example.org/oauth, which is not an address of this computer alone"* ]]
	[[ $stderr == *"hint: bring it yourself: credence login crm --paste"* ]]
	paste_start crm
	paste_answer "$(consent "$LOGIN_URL" allow eu)"
	[ "$status" = 0 ]
	[[ $output == *"logged in at eu"* ]]
}

# ---- --paste --------------------------------------------------------------------------------

# paste_start NAME: with a standard input that waits for the answer
paste_start() {
	rm -f "$BATS_TEST_TMPDIR/in"
	mkfifo "$BATS_TEST_TMPDIR/in"
	LOGIN_OUT=$BATS_TEST_TMPDIR/login.out LOGIN_ERR=$BATS_TEST_TMPDIR/login.err
	command credence -C "$CONF" login "$@" --paste <"$BATS_TEST_TMPDIR/in" >"$LOGIN_OUT" 2>"$LOGIN_ERR" 3>&- &
	LOGIN_PID=$!
	exec {PASTE}>"$BATS_TEST_TMPDIR/in"
	until LOGIN_URL=$(grep -oE '^  http.*' "$LOGIN_ERR"); do
		kill -0 "$LOGIN_PID"
		sleep 0.05
	done
	LOGIN_URL=${LOGIN_URL#  }
}

# paste_answer TEXT
paste_answer() {
	printf '%s\n' "$1" >&"$PASTE"
	exec {PASTE}>&-
	login_end
}

@test "--paste takes the whole address, opens no port" {
	paste_start crm
	[ -z "$(ss -Hltn "sport = :$PORT")" ]
	[ "$(url_param "$LOGIN_URL" redirect_uri)" = "http%3A%2F%2F127.0.0.1%3A$PORT%2Fcallback" ]
	paste_answer "  $(consent "$LOGIN_URL" allow eu)#_=_ "
	[ "$status" = 0 ]
	[[ $output == "crm: logged in at eu"* ]]
}

@test "--paste takes the query alone" {
	for mark in '?' ''; do
		paste_start crm
		to=$(consent "$LOGIN_URL")
		paste_answer "$mark${to#*\?}"
		[ "$status" = 0 ]
	done
}

@test "RFC 9700 2.1: --paste refuses what has no state of this login" {
	paste_start crm
	to=$(consent "$LOGIN_URL")
	code=$(url_param "$to" code)
	paste_answer "$code"
	[ "$status" = 4 ]
	[[ $stderr == *"a code alone is not enough, since its state can't be checked"* ]]
	paste_start crm
	paste_answer "$to"
	[ "$status" = 10 ]
	[[ $stderr == *"its state is another's"* ]]
	paste_start crm
	paste_answer "https://evil.example/callback?${to#*\?}"
	[ "$status" = 4 ]
	paste_start crm
	paste_answer ""
	[ "$status" = 4 ]
	[ "$(control state | jq -r .totals.token_requests)" = 0 ]
	[[ $stderr != *"$code"* ]]
}

@test "--paste: the person refuses; another issuer; a free port" {
	paste_start crm
	paste_answer "$(consent "$LOGIN_URL" refuse)"
	[ "$status" = 5 ]
	paste_start crm
	paste_answer "$(consent "$LOGIN_URL")&iss=https://evil.example"
	[ "$status" = 10 ]
	control mode -d any_port=1 >/dev/null
	REDIRECT=http://127.0.0.1:0/callback
	web_client http://127.0.0.1/callback
	web_profile crm 'redirect_any_port = true'
	paste_start crm
	paste_answer "$(consent "$LOGIN_URL")"
	[ "$status" = 0 ]
}

@test "--paste on a terminal: what is pasted is not shown, may be long and can be mended" {
	control mode -d consent=allow -d token_size=8192 >/dev/null
	mkfifo "$BATS_TEST_TMPDIR/keys"
	script -qfec "$(type -P credence) -C $CONF login crm --paste; echo STATUS=\$?" "$BATS_TEST_TMPDIR/screen" \
		<"$BATS_TEST_TMPDIR/keys" >/dev/null 3>&- &
	exec {keys}>"$BATS_TEST_TMPDIR/keys"
	until grep -q 'sent to afterwards: $' "$BATS_TEST_TMPDIR/screen" 2>/dev/null; do sleep 0.05; done
	url=$(tr -d '\r' <"$BATS_TEST_TMPDIR/screen" | sed -n 's/^  \(http.*\)/\1/p')
	to=$(curl -sS -o /dev/null -w '%{redirect_url}' "$url")
	printf 'not this\025nor\177\177\177%s\n' "$to" >&"$keys"
	# The screen begins with the command, which has the word without a number.
	until grep -q 'STATUS=[0-9]' "$BATS_TEST_TMPDIR/screen"; do sleep 0.05; done
	exec {keys}>&-
	wait
	grep -q 'STATUS=0' "$BATS_TEST_TMPDIR/screen" || {
		tail -n 5 "$BATS_TEST_TMPDIR/screen" | cut -c1-500 >&2
		return 1
	}
	run -1 grep -F "$(url_param "$to" code)" "$BATS_TEST_TMPDIR/screen"
}

# ---- configuration --------------------------------------------------------------------------

@test "check knows its options" {
	web_profile crm 'grant = ( { use = "server_based"; acces_type = "online"; } )'
	run -3 credence check
	[[ $output == *'unknown option "acces_type" of grant server_based; did you mean "access_type"?'* ]]
	web_profile crm 'grant = ( { use = "server_based"; wait = 5; } )'
	run -3 credence check
}

@test "init writes a profile that works" {
	rm "$CONF/profiles.d/crm.conf"
	run -0 credence init sandbox crm --client server --client-id "$WEB_CLIENT" --scope ZohoCRM.modules.READ \
		--location us --redirect-uri "$REDIRECT" <<<CANARY-web
	run -0 credence check
	login_start crm
	finish
	[ "$(stat -c %a "$CONF/secrets/crm")" = 600 ]
}
