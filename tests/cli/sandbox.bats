#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The local accounts server: each of the provider's rules, its faults and its control origin.
# Needs credence-sandbox in $PATH, curl, jq, openssl.

setup_file() {
	local out
	out=$(credence-sandbox --background --dir "$BATS_FILE_TMPDIR/box")
	[[ $out =~ ^READY\ (http://127\.0\.0\.1:[0-9]+)\ ([0-9]+)$ ]]
	export SANDBOX_PID=${BASH_REMATCH[2]}
}

teardown_file() {
	kill "$SANDBOX_PID"
}

setup() {
	set -a
	. "$BATS_FILE_TMPDIR/box/env"
	set +a
	AUTH="client_id=1000.SANDBOX&client_secret=CANARY-sandbox-secret"
	SCOPE=ZohoCRM.modules.READ
	control reset -X POST
}

# control PATH CURL-OPTIONS…
control() {
	local path=$1
	shift
	curl -sS -m 20 "$@" "$SANDBOX_CONTROL/$path"
}

# dc_url accounts|api DC
dc_url() {
	local name=SANDBOX_${1^^}_$2
	printf '%s' "${!name}"
}

# token DC FORM: a token request
token() {
	curl -sS -m 20 -d "$AUTH&$2" "$(dc_url accounts "$1")/oauth/v2/token"
}

# new_code DC [FORM]
new_code() {
	control code -d "dc=$1&scope=$SCOPE${2:+&$2}" | jq -r .code
}

# log_in DC [FORM]: the whole token answer
log_in() {
	token "$1" "grant_type=authorization_code&code=$(new_code "$@")"
}

# renew DC REFRESH-TOKEN
renew() {
	token "$1" "grant_type=refresh_token&refresh_token=$2"
}

# api DC ACCESS-TOKEN [PATH]: "STATUS BODY"
api() {
	curl -sS -m 20 -w '\n%{http_code}' -H "Authorization: Zoho-oauthtoken $2" \
		"$(dc_url api "$1")${3:-/crm/v8/Leads}" | tac | tr '\n' ' '
}

# is JSON FILTER VALUE
is() {
	local got
	got=$(jq -r "$2" <<<"$1")
	[[ $got == "$3" ]] || { echo "$2 is $got, not $3, in: $1" >&2; return 1; }
}

total() {
	control state | jq -r ".totals.$1"
}

web_client() {
	control clients -d "id=1000.WEB&secret=CANARY-web&kind=server&multi_dc=${1:-1}" \
		--data-urlencode 'redirect_uri=http://127.0.0.1:8765/callback' >"$BATS_TEST_TMPDIR/web"
	AUTH="client_id=1000.WEB&client_secret=CANARY-web"
}

# authorize DC [FORM]: the redirect's target, or the page
authorize() {
	curl -sS -m 20 -G -w '%{redirect_url}' "$(dc_url accounts "$1")/oauth/v2/auth" \
		-d "client_id=1000.WEB&response_type=code&scope=$SCOPE" \
		--data-urlencode 'redirect_uri=http://127.0.0.1:8765/callback' ${2:+-d "$2"}
}

# param URL NAME
param() {
	sed -n "s/.*[?&]$2=\([^&]*\).*/\1/p" <<<"$1"
}

# ---- files and life -------------------------------------------------------------------------

@test "the folder holds a provider file and shell variables that agree" {
	grep -qx 'extends = "zoho";' "$SANDBOX_DIR/provider.conf"
	for dc in us eu in au jp ca sa uk cn ae; do
		grep -q "location = \"$dc\"; accounts_server = \"$(dc_url accounts $dc)\"; api_domain = \"$(dc_url api $dc)\";" \
			"$SANDBOX_DIR/provider.conf"
	done
	[[ $(grep -c location "$SANDBOX_DIR/provider.conf") == 10 ]]
}

@test "only 127.0.0.1 is bound" {
	run ss -Hltnp
	[[ $status == 0 ]]
	mine=$(grep "pid=$SANDBOX_PID," <<<"$output" | awk '{print $4}')
	[[ $(wc -l <<<"$mine") == 21 ]]
	! grep -v '^127\.0\.0\.1:' <<<"$mine"
}

@test "it ends with standard input, by signal and by /quit, and removes its own folder" {
	mkfifo "$BATS_TEST_TMPDIR/in"
	credence-sandbox --with-stdin <"$BATS_TEST_TMPDIR/in" >"$BATS_TEST_TMPDIR/out" 3>&- &
	exec 9>"$BATS_TEST_TMPDIR/in"
	until grep -q READY "$BATS_TEST_TMPDIR/out"; do sleep 0.05; done
	exec 9>&-
	wait $!

	for how in TERM INT quit; do
		out=$(TMPDIR=$BATS_TEST_TMPDIR credence-sandbox --background)
		pid=${out##* } url=${out#READY } url=${url% *}
		dir=$(ls -d "$BATS_TEST_TMPDIR"/credence-sandbox.*)
		[[ -f $dir/provider.conf ]]
		if [[ $how == quit ]]; then curl -sS -X POST "$url/quit"; else kill -$how "$pid"; fi
		for i in $(seq 1000); do [[ -d $dir ]] || break; sleep 0.05; done
		[[ ! -e $dir ]]
	done
}

@test "--port gives consecutive ports; a taken one is an error" {
	base=$((10000 + RANDOM % 9000))
	out=$(credence-sandbox --background --port $base --dir "$BATS_TEST_TMPDIR/d")
	[[ $out == "READY http://127.0.0.1:$base "* ]]
	. "$BATS_TEST_TMPDIR/d/env"
	[[ $SANDBOX_ACCOUNTS_us == http://127.0.0.1:$((base + 1)) ]]
	[[ $SANDBOX_API_us == http://127.0.0.1:$((base + 2)) ]]
	[[ $SANDBOX_ACCOUNTS_ae == http://127.0.0.1:$((base + 19)) ]]
	run credence-sandbox --port $base
	kill "${out##* }"
	[[ $status == 1 && $output == *"can't have the port"* ]]
}

@test "wrong options are usage errors" {
	for option in --nonsense --port=65530 --code-life=soon --rotation=maybe --consent-dc=mars extra; do
		run credence-sandbox $option
		[[ $status == 2 ]]
	done
	run credence-sandbox --help
	[[ $status == 0 && $output == *--access-strict* ]]
}

@test "--https: the certificate holds for the loopback names, and can be made not to" {
	out=$(credence-sandbox --background --https --dir "$BATS_TEST_TMPDIR/d")
	. "$BATS_TEST_TMPDIR/d/env"
	grep -q "ca_file = \"$BATS_TEST_TMPDIR/d/ca.pem\"" "$BATS_TEST_TMPDIR/d/provider.conf"
	[[ $SANDBOX_CONTROL == http:* && $SANDBOX_ACCOUNTS_eu == https:* && $SANDBOX_API_eu == https:* ]]
	for host in 127.0.0.1 localhost; do
		curl -sS --cacert "$SANDBOX_DIR/ca.pem" "https://$host:${SANDBOX_ACCOUNTS_eu##*:}/oauth/serverinfo"
	done
	run curl -sS "$SANDBOX_ACCOUNTS_eu/oauth/serverinfo"
	kill "${out##* }"
	[[ $status == 60 ]]
	for kind in expired wrong-host untrusted; do
		out=$(credence-sandbox --background --certificate $kind --dir "$BATS_TEST_TMPDIR/$kind")
		. "$BATS_TEST_TMPDIR/$kind/env"
		run curl -sS --cacert "$SANDBOX_DIR/ca.pem" "$SANDBOX_ACCOUNTS_us/oauth/serverinfo"
		kill "${out##* }"
		[[ $status == 60 ]]
	done
}

# ---- token endpoint -------------------------------------------------------------------------

@test "a console code gives tokens; the answer has the provider's shape" {
	answer=$(log_in eu)
	is "$answer" .token_type Bearer
	is "$answer" .scope ZohoCRM.modules.READ
	is "$answer" .expires_in 3600
	is "$answer" .api_domain "$SANDBOX_API_eu"
	is "$answer" '.access_token | test("^1000\\.[0-9a-f]{32}\\.[0-9a-f]{32}$")' true
	is "$answer" '.refresh_token | test("^1000\\.")' true
}

@test "scopes are asked for with commas and answered with spaces" {
	SCOPE=ZohoCRM.modules.READ,ZohoCRM.settings.ALL
	is "$(log_in us)" .scope "ZohoCRM.modules.READ ZohoCRM.settings.ALL"
}

@test "parameters in query, form, multipart and Basic are all taken" {
	R=$(log_in us | jq -r .refresh_token)
	url=$SANDBOX_ACCOUNTS_us/oauth/v2/token
	is "$(curl -sS -X POST "$url?$AUTH&grant_type=refresh_token&refresh_token=$R")" .token_type Bearer
	is "$(curl -sS -F client_id=1000.SANDBOX -F client_secret=CANARY-sandbox-secret \
		-F grant_type=refresh_token -F "refresh_token=$R" "$url")" .token_type Bearer
	is "$(curl -sS -u 1000.SANDBOX:CANARY-sandbox-secret \
		-d "grant_type=refresh_token&refresh_token=$R" "$url")" .token_type Bearer
	is "$(curl -sS -u 1000.SANDBOX:CANARY%2Dsandbox-secret \
		-d "grant_type=refresh_token&refresh_token=$R" "$url")" .token_type Bearer
	[[ $(total secrets_in_url) == 1 && $(total double_auth) == 0 ]]
	curl -sS -u 1000.SANDBOX:CANARY-sandbox-secret -d "$AUTH&grant_type=refresh_token&refresh_token=$R" "$url"
	[[ $(total double_auth) == 1 ]]
}

@test "errors come with status 200, but not POST or no grant_type with 400" {
	url=$SANDBOX_ACCOUNTS_us/oauth/v2/token
	[[ $(curl -sS -o /dev/null -w '%{http_code}' -d "$AUTH&grant_type=refresh_token" "$url") == 200 ]]
	[[ $(curl -sS -o /dev/null -w '%{http_code}' -d "$AUTH" "$url") == 400 ]]
	[[ $(curl -sS -o /dev/null -w '%{http_code}' "$url?$AUTH&grant_type=refresh_token") == 400 ]]
}

@test "the error catalogue of the token step" {
	code=$(new_code us)
	is "$(token us grant_type=authorization_code)" .error invalid_code
	is "$(token us grant_type=refresh_token)" .error invalid_code
	is "$(token us "grant_type=refresh_token&refresh_token=1000.no.no")" .error invalid_code
	is "$(token us grant_type=password)" .error invalid_client
	AUTH="client_id=1000.NOBODY&client_secret=x"
	is "$(token us "grant_type=authorization_code&code=$code")" .error invalid_client
	AUTH="client_id=1000.SANDBOX&client_secret=wrong"
	is "$(token us "grant_type=authorization_code&code=$code")" .error invalid_client_secret
	AUTH="client_id=1000.SANDBOX"
	is "$(token us "grant_type=authorization_code&code=$code")" .error invalid_client_secret
	[[ $(total invalid_client_secret) == 2 ]]
}

@test "a code works once" {
	code=$(new_code us)
	is "$(token us "grant_type=authorization_code&code=$code")" .token_type Bearer
	is "$(token us "grant_type=authorization_code&code=$code")" .error invalid_code
	[[ $(total code_reuses) == 1 ]]
}

@test "a code lives two minutes, or as long as the console was told" {
	code=$(new_code us)
	control clock -d advance=121
	is "$(token us "grant_type=authorization_code&code=$code")" .error invalid_code
	code=$(new_code us duration=10m)
	control clock -d advance=570
	is "$(token us "grant_type=authorization_code&code=$code")" .token_type Bearer
	is "$(control code -d "scope=$SCOPE&duration=11m")" .error invalid_request
}

@test "ten codes a window, then access_denied" {
	for i in $(seq 10); do [[ $(new_code us) == 1000.* ]]; done
	is "$(control code -d "scope=$SCOPE")" .error access_denied
	control clock -d advance=600
	[[ $(new_code us) == 1000.* ]]
	[[ $(total codes_refused) == 1 ]]
}

@test "another data centre answers invalid_client, and nothing is spent" {
	code=$(new_code eu)
	is "$(token us "grant_type=authorization_code&code=$code")" .error invalid_client
	answer=$(token eu "grant_type=authorization_code&code=$code")
	R=$(jq -r .refresh_token <<<"$answer")
	is "$(renew in "$R")" .error invalid_client
	is "$(renew eu "$R")" .token_type Bearer
}

@test "a secret may differ by data centre" {
	control clients -d 'id=1000.PER&secret=CANARY-us&secret_eu=CANARY-eu&multi_dc=1'
	code=$(control code -d "client=1000.PER&dc=eu&scope=$SCOPE" | jq -r .code)
	AUTH="client_id=1000.PER&client_secret=CANARY-us"
	is "$(token eu "grant_type=authorization_code&code=$code")" .error invalid_client_secret
	AUTH="client_id=1000.PER&client_secret=CANARY-eu"
	is "$(token eu "grant_type=authorization_code&code=$code")" .token_type Bearer
}

@test "a client without multi_dc is unknown outside its data centre" {
	control clients -d 'id=1000.HOME&secret=CANARY-h&dc=in'
	is "$(control code -d "client=1000.HOME&dc=eu&scope=$SCOPE")" .error invalid_client
	code=$(control code -d "client=1000.HOME&scope=$SCOPE" | jq -r .code)
	AUTH="client_id=1000.HOME&client_secret=CANARY-h"
	is "$(token us "grant_type=authorization_code&code=$code")" .error invalid_client
	is "$(token in "grant_type=authorization_code&code=$code")" .token_type Bearer
}

@test "client credentials: soid, no refresh token" {
	is "$(token us "grant_type=client_credentials&scope=$SCOPE")" .error missing_org_info
	answer=$(token us "grant_type=client_credentials&scope=$SCOPE&soid=ZohoCRM.600")
	is "$answer" .token_type Bearer
	is "$answer" 'has("refresh_token")' false
	[[ $(api us "$(jq -r .access_token <<<"$answer")") == 200* ]]
}

# ---- limits ---------------------------------------------------------------------------------

@test "an access token lives an hour" {
	A=$(log_in us | jq -r .access_token)
	control clock -d advance=59m
	[[ $(api us "$A") == 200* ]]
	control clock -d advance=1m
	[[ $(api us "$A") == 401*INVALID_TOKEN* ]]
}

@test "the 11th access token of a window deletes the first" {
	answer=$(log_in us)
	A=$(jq -r .access_token <<<"$answer") R=$(jq -r .refresh_token <<<"$answer")
	for i in $(seq 9); do renew us "$R"; done
	[[ $(api us "$A") == 200* && $(total access_evictions) == 0 ]]
	renew us "$R"
	[[ $(api us "$A") == 401*INVALID_TOKEN* && $(total access_evictions) == 1 ]]
	[[ $(total access_live) == 10 ]]
	control clock -d advance=10m
	renew us "$R"
	[[ $(total access_evictions) == 1 && $(total renewals) == 11 ]]
}

@test "access_strict throttles instead; the wording and the status can change" {
	control mode -d access_strict=1
	R=$(log_in us | jq -r .refresh_token)
	for i in $(seq 9); do is "$(renew us "$R")" .token_type Bearer; done
	answer=$(renew us "$R")
	is "$answer" .error "Access Denied"
	is "$answer" .status failure
	control mode -d 'localised=1&throttle_status=400'
	answer=$(curl -sS -w '%{http_code}' -d "$AUTH&grant_type=refresh_token&refresh_token=$R" "$SANDBOX_ACCOUNTS_us/oauth/v2/token")
	[[ $answer == *拒绝访问*failure*400 ]]
	[[ $(total throttles) == 2 && $(total access_evictions) == 0 ]]
	control clock -d advance=10m
	is "$(renew us "$R")" .token_type Bearer
}

@test "access_live caps the active ones" {
	control mode -d access_live=3
	answer=$(log_in us)
	R=$(jq -r .refresh_token <<<"$answer")
	for i in 1 2 3; do renew us "$R"; done
	[[ $(total access_live) == 3 ]]
	[[ $(api us "$(jq -r .access_token <<<"$answer")") == 401* ]]
}

@test "the 21st refresh token deletes the oldest with its access tokens" {
	first=$(log_in us)
	for i in $(seq 19); do
		control clock -d advance=61 >"$BATS_TEST_TMPDIR/clock"
		log_in us >"$BATS_TEST_TMPDIR/answer"
	done
	[[ $(total refresh_live) == 20 && $(total refresh_evictions) == 0 ]]
	[[ $(api us "$(jq -r .access_token <<<"$first")") == 200* ]]
	control clock -d advance=61
	log_in us
	[[ $(total refresh_live) == 20 && $(total refresh_evictions) == 1 ]]
	[[ $(api us "$(jq -r .access_token <<<"$first")") == 401* ]]
	is "$(renew us "$(jq -r .refresh_token <<<"$first")")" .error invalid_code
}

@test "another user's refresh tokens are counted apart" {
	control mode -d refresh_live=1
	R=$(log_in us user=a@example.org | jq -r .refresh_token)
	log_in us user=b@example.org
	is "$(renew us "$R")" .token_type Bearer
	log_in us user=a@example.org
	is "$(renew us "$R")" .error invalid_code
}

@test "ten refresh tokens a window" {
	control mode -d code_count=100
	for i in $(seq 10); do is "$(log_in us)" .token_type Bearer; done
	is "$(log_in us)" .status failure
}

@test "the rules can be shortened by options" {
	out=$(credence-sandbox --background --dir "$BATS_TEST_TMPDIR/d" --access-life 5s --window 1m \
		--access-count=2 --access-strict --secret eu=CANARY-eu --client 1000.OTHER)
	. "$BATS_TEST_TMPDIR/d/env"
	AUTH="client_id=1000.OTHER&client_secret=CANARY-eu"
	answer=$(log_in eu)
	mode=$(control mode)
	is "$answer" .expires_in 5
	R=$(jq -r .refresh_token <<<"$answer")
	one=$(renew eu "$R") two=$(renew eu "$R")
	control clock -d advance=1m
	three=$(renew eu "$R")
	kill "${out##* }"
	is "$mode" .window 60
	is "$one" .token_type Bearer
	is "$two" .status failure
	is "$three" .token_type Bearer
}

# ---- rotation -------------------------------------------------------------------------------

@test "refresh tokens do not rotate" {
	R=$(log_in us | jq -r .refresh_token)
	is "$(renew us "$R")" 'has("refresh_token")' false
	is "$(renew us "$R")" .token_type Bearer
}

@test "rotation: the old one is dead, the new one works" {
	control mode -d rotation=on
	R=$(log_in us | jq -r .refresh_token)
	N=$(renew us "$R" | jq -r .refresh_token)
	[[ $N == 1000.* && $N != "$R" ]]
	is "$(renew us "$R")" .error invalid_code
	is "$(renew us "$N")" .token_type Bearer
	[[ $(total reuses) == 1 ]]
}

@test "rotation: within the reuse window the same tokens again" {
	control mode -d 'rotation=on&reuse_window=30s'
	R=$(log_in us | jq -r .refresh_token)
	first=$(renew us "$R") again=$(renew us "$R")
	is "$again" .refresh_token "$(jq -r .refresh_token <<<"$first")"
	is "$again" .access_token "$(jq -r .access_token <<<"$first")"
	[[ $(total renewals) == 1 && $(total reuses) == 0 ]]
	control clock -d advance=30
	is "$(renew us "$R")" .error invalid_code
	[[ $(total reuses) == 1 ]]
}

@test "rotation in families: reuse revokes the whole family" {
	control mode -d rotation=family
	R=$(log_in us | jq -r .refresh_token)
	answer=$(renew us "$R")
	is "$(renew us "$R")" .error invalid_code
	is "$(renew us "$(jq -r .refresh_token <<<"$answer")")" .error invalid_code
	[[ $(api us "$(jq -r .access_token <<<"$answer")") == 401* ]]
	[[ $(total reuses) == 1 && $(total refresh_live) == 0 ]]
}

@test "milliseconds, marks and long tokens" {
	control mode -d 'millis=1&mark=CANARY&token_size=8192'
	answer=$(log_in us)
	is "$answer" .expires_in 3600000
	is "$answer" .expires_in_sec 3600
	is "$answer" '.access_token | startswith("1000.CANARY")' true
	is "$answer" '.access_token | length >= 8192' true
	[[ $(api us "$(jq -r .access_token <<<"$answer")") == 200* ]]
	is "$(renew us "$(jq -r .refresh_token <<<"$answer")")" .token_type Bearer
}

# ---- revoke ---------------------------------------------------------------------------------

@test "revoke with client authentication" {
	answer=$(log_in us)
	R=$(jq -r .refresh_token <<<"$answer") A=$(jq -r .access_token <<<"$answer")
	revoke() { curl -sS -o /dev/null -w '%{http_code}' -u "$1" -d "$2" "$SANDBOX_ACCOUNTS_us/oauth/v2/revoke/token"; }
	[[ $(revoke 1000.SANDBOX:wrong "token=$R") == 400 ]]
	[[ $(revoke "1000.SANDBOX:$SANDBOX_SECRET_us" "token=$A") == 400 ]]
	[[ $(revoke "1000.SANDBOX:$SANDBOX_SECRET_us" "token=$R&token_type=access_token") == 400 ]]
	[[ $(revoke "1000.SANDBOX:$SANDBOX_SECRET_us" "token=$A&token_type=access_token") == 200 ]]
	[[ $(api us "$A") == 401* ]]
	A=$(renew us "$R" | jq -r .access_token)
	[[ $(api us "$A") == 200* ]]
	[[ $(revoke "1000.SANDBOX:$SANDBOX_SECRET_us" "token=$R") == 200 ]]
	[[ $(api us "$A") == 401* ]]
	is "$(renew us "$R")" .error invalid_code
	[[ $(revoke "1000.SANDBOX:$SANDBOX_SECRET_us" "token=$R") == 400 ]]
	[[ $(total revocations) == 2 ]]
}

@test "the older revoke needs the token only" {
	R=$(log_in eu | jq -r .refresh_token)
	url=oauth/v2/token/revoke?token=$R
	[[ $(curl -sS -o /dev/null -w '%{http_code}' -X POST "$SANDBOX_ACCOUNTS_us/$url") == 400 ]]
	is "$(curl -sS -X POST "$SANDBOX_ACCOUNTS_eu/$url")" .status success
	[[ $(curl -sS -o /dev/null -w '%{http_code}' -X POST "$SANDBOX_ACCOUNTS_eu/$url") == 400 ]]
}

@test "revoke-all is what a user does" {
	R=$(log_in us | jq -r .refresh_token)
	E=$(log_in eu | jq -r .refresh_token)
	is "$(control revoke-all -d dc=us)" .revoked 1
	is "$(renew us "$R")" .error invalid_code
	is "$(renew eu "$E")" .token_type Bearer
	is "$(control revoke-all -X POST)" .revoked 1
}

# ---- authorization --------------------------------------------------------------------------

@test "the consent page, Allow and Refuse, with the user's data centre" {
	web_client
	page=$(authorize us 'state=CANARY%26x&access_type=offline')
	[[ $page == *'Allow access?'*'value="CANARY&amp;x"'* ]]
	form=(--data-urlencode 'redirect_uri=http://127.0.0.1:8765/callback' --data-urlencode 'state=CANARY&x'
		-d "client_id=1000.WEB&response_type=code&scope=$SCOPE&access_type=offline")
	url=$(curl -sS -o /dev/null -w '%{redirect_url}' "${form[@]}" -d 'action=refuse' "$SANDBOX_ACCOUNTS_us/oauth/v2/approve")
	[[ $url == 'http://127.0.0.1:8765/callback?error=access_denied&state=CANARY%26x' ]]
	url=$(curl -sS -o /dev/null -w '%{redirect_url}' "${form[@]}" -d 'action=allow&location=in' "$SANDBOX_ACCOUNTS_us/oauth/v2/approve")
	[[ $(param "$url" location) == in && $(param "$url" state) == CANARY%26x ]]
	[[ $(param "$url" accounts-server) == "http%3A%2F%2F127.0.0.1%3A${SANDBOX_ACCOUNTS_in##*:}" ]]
	uri='redirect_uri=http%3A%2F%2F127.0.0.1%3A8765%2Fcallback'
	code=$(param "$url" code)
	is "$(token us "grant_type=authorization_code&code=$code&$uri")" .error invalid_client
	is "$(token in "grant_type=authorization_code&code=$code")" .error invalid_redirect_uri
	is "$(token in "grant_type=authorization_code&code=$code&$uri%2F")" .error invalid_redirect_uri
	is "$(token in "grant_type=authorization_code&code=$code&$uri")" '.refresh_token != null' true
}

@test "a refresh token comes with offline access, the first time or with prompt=consent" {
	web_client
	control mode -d consent=allow
	uri='redirect_uri=http%3A%2F%2F127.0.0.1%3A8765%2Fcallback'
	try() {
		token us "grant_type=authorization_code&code=$(param "$(authorize us "$1")" code)&$uri" | jq 'has("refresh_token")'
	}
	[[ $(try access_type=offline) == true ]]
	[[ $(try access_type=offline) == false ]]
	[[ $(try 'access_type=offline&prompt=consent') == true ]]
	[[ $(try prompt=consent) == false ]]
	[[ $(try access_type=online) == false ]]
}

@test "PKCE is checked when a challenge was given" {
	web_client
	control mode -d consent=allow
	uri='redirect_uri=http%3A%2F%2F127.0.0.1%3A8765%2Fcallback'
	verifier=dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk # RFC 7636 appendix B
	challenge="code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256"
	code=$(param "$(authorize us "$challenge")" code)
	is "$(token us "grant_type=authorization_code&code=$code&$uri&code_verifier=$verifier")" .token_type Bearer
	for wrong in '' "&code_verifier=${verifier}x"; do
		code=$(param "$(authorize us "$challenge")" code)
		is "$(token us "grant_type=authorization_code&code=$code&$uri$wrong")" .error invalid_code
	done
}

@test "what is wrong with an authorization request is said in HTML" {
	web_client 0
	url=$SANDBOX_ACCOUNTS_us/oauth/v2/auth
	good="client_id=1000.WEB&response_type=code&scope=$SCOPE&redirect_uri=http%3A%2F%2F127.0.0.1%3A8765%2Fcallback"
	[[ $(curl -sS "$url?$good") == *'Allow access?'* ]]
	[[ $(curl -sS "$url?${good/response_type=code/x=y}") == *'Invalid response type'* ]]
	[[ $(curl -sS "$url?${good/1000.WEB/1000.NO}") == *'Invalid Client'* ]]
	[[ $(curl -sS "$url?${good/=code/=token}") == *'Invalid Client'* ]]
	[[ $(curl -sS -w '%{http_code}' "$url?${good/=code/=cod}") == *'An error occurred'*500 ]]
	[[ $(curl -sS "$url?${good/ZohoCRM.modules.READ/what?}") == *'Invalid OAuth scope'* ]]
	[[ $(curl -sS "$url?${good/8765/8766}") == *'Invalid Redirect Uri'* ]]
	[[ $(curl -sS -w '%{http_code}' -d "$good" "$url") == *400 ]]
	[[ $(curl -sS "$SANDBOX_ACCOUNTS_eu/oauth/v2/auth?$good") == *'Invalid Client'* ]]
	control mode -d 'consent=allow&consent_dc=eu'
	[[ $(curl -sS "$url?$good") == *'Invalid Client'* ]]
}

@test "pages escape what they are given" {
	web_client
	page=$(authorize us 'state=%22%3E%3Cscript%3Ealert(1)%3C/script%3E')
	[[ $page != *'<script'* && $page == *'&quot;&gt;&lt;script'* ]]
}

# ---- device ---------------------------------------------------------------------------------

device_start() {
	curl -sS -d "client_id=1000.SANDBOX&grant_type=device_request&scope=$SCOPE&access_type=offline" \
		"$SANDBOX_ACCOUNTS_us/oauth/v3/device/code"
}

# poll DC CODE
poll() {
	curl -sS -d "$AUTH&grant_type=device_token&code=$2" "$(dc_url accounts "$1")/oauth/v3/device/token"
}

@test "device: milliseconds, pending, slow_down, then tokens" {
	start=$(device_start)
	is "$start" .interval 30000
	is "$start" .expires_in 300000
	is "$start" .verification_url "$SANDBOX_ACCOUNTS_us/oauth/v3/device"
	code=$(jq -r .device_code <<<"$start") user_code=$(jq -r .user_code <<<"$start")
	is "$(poll us "$code")" .error authorization_pending
	is "$(poll us "$code")" .error slow_down
	[[ $(curl -sS "$(jq -r .verification_uri_complete <<<"$start")") == *'Allow this device?'* ]]
	[[ $(curl -sS -d "user_code=$user_code&action=allow&location=us" "$SANDBOX_ACCOUNTS_us/oauth/v3/device") == *Allowed* ]]
	control clock -d advance=30
	answer=$(poll us "$code")
	is "$answer" '.access_token | startswith("1004.")' true
	is "$answer" .expires_in 3600
	is "$(renew us "$(jq -r .refresh_token <<<"$answer")")" .token_type Bearer
	control clock -d advance=30
	is "$(poll us "$code")" .error invalid_code
}

@test "device: a user of another data centre, refusal, expiry" {
	start=$(device_start)
	code=$(jq -r .device_code <<<"$start")
	is "$(control device -d "user_code=$(jq -r .user_code <<<"$start")&dc=eu")" .status success
	answer=$(poll us "$code")
	is "$answer" .error other_dc
	is "$answer" .user_location eu
	is "$(poll eu "$code")" .api_domain "$SANDBOX_API_eu"

	start=$(device_start)
	control device -d "user_code=$(jq -r .user_code <<<"$start")&action=refuse"
	is "$(poll us "$(jq -r .device_code <<<"$start")")" .error access_denied

	start=$(device_start)
	control clock -d advance=301
	is "$(poll us "$(jq -r .device_code <<<"$start")")" .error expired
}

# ---- API ------------------------------------------------------------------------------------

@test "the API tells its data centre, for both schemes and all versions" {
	SCOPE=ZohoCRM.modules.ALL,ZohoCRM.settings.ALL,ZohoCRM.users.READ,ZohoCRM.org.READ
	A=$(log_in eu | jq -r .access_token)
	for v in 2 3 4 5 6 7 8; do
		[[ $(api eu "$A" "/crm/v$v/Leads") == 200*'"Data_Center":"eu"'* ]]
	done
	[[ $(curl -sS -H "Authorization: Bearer $A" "$SANDBOX_API_eu/crm/v8/Leads/42") == *'"id":"42"'* ]]
	for path in settings/fields?module=Leads settings/modules users org; do
		[[ $(api eu "$A" "/crm/v8/$path") == 200* ]]
	done
	[[ $(api eu "$A" /crm/v9/Leads) == 404* && $(api eu "$A" /crm/v8/Nothing) == 404* ]]
	is "$(curl -sS -H "Authorization: Bearer $A" -d hello "$SANDBOX_API_eu/crm/v8/echo")" .body hello
}

@test "the API refuses: no token, unknown, other data centre, scope" {
	A=$(log_in eu | jq -r .access_token)
	[[ $(curl -sS -w '%{http_code}' "$SANDBOX_API_eu/crm/v8/Leads") == *AUTHENTICATION_FAILURE*401 ]]
	[[ $(api eu 1000.no.no) == 401*INVALID_TOKEN* ]]
	[[ $(api us "$A") == 401*INVALID_TOKEN* ]]
	[[ $(api eu "$A" /crm/v8/users) == 401*OAUTH_SCOPE_MISMATCH* ]]
	[[ $(total api_refused) == 4 ]]
}

@test "server and user information" {
	info=$(curl -sS "$SANDBOX_ACCOUNTS_us/oauth/serverinfo")
	is "$info" .result success
	is "$info" .locations.ca "$SANDBOX_ACCOUNTS_ca"
	SCOPE=AaaServer.profile.READ
	A=$(log_in us user=ann@example.org | jq -r .access_token)
	is "$(curl -sS -H "Authorization: Bearer $A" "$SANDBOX_ACCOUNTS_us/oauth/user/info")" .Email ann@example.org
	SCOPE=ZohoCRM.modules.READ
	A=$(log_in us | jq -r .access_token)
	is "$(curl -sS -H "Authorization: Bearer $A" "$SANDBOX_ACCOUNTS_us/oauth/user/info")" .cause INVALID_OAUTHSCOPE
}

# ---- faults ---------------------------------------------------------------------------------

# fault FORM [SECONDS]: orders it and tries a renewal, for so long; sets status and output
fault() {
	[[ -n ${R:-} ]] || R=$(log_in us | jq -r .refresh_token)
	is "$(control fault -d "$1")" .status success
	run curl -sS -m "${2:-20}" -w '%{http_code}' -d "$AUTH&grant_type=refresh_token&refresh_token=$R" "$SANDBOX_ACCOUNTS_us/oauth/v2/token"
}

@test "faults of HTTP and of the connection" {
	fault name=500
	[[ $status == 0 && $output == *'<html>'*500 ]]
	fault 'name=500&status=503&retry_after=7'
	[[ $output == *503 ]]
	fault name=html
	[[ $output == *'<html>'*200 ]]
	fault name=no_json
	[[ $output == OK*200 ]]
	fault name=empty
	[[ $output == 200 ]]
	fault 'name=redirect&to=http://127.0.0.1:9/x'
	[[ $output == 307 ]]
	fault name=throttle
	[[ $output == *'Access Denied'* ]]
	fault 'name=error&code=general_error&status=400'
	[[ $output == '{"error":"general_error"}400' ]]
	before=$(total renewals)
	fault name=reset
	[[ $status == 56 ]]
	fault 'name=hang&seconds=60' 2
	[[ $status == 28 ]]
	fault 'name=hang&seconds=1'
	[[ $status == 52 ]]
	[[ $(total renewals) == "$before" ]]
	fault name=lost
	[[ $status == 56 && $(total renewals) == $((before + 1)) ]]
	fault name=cut
	[[ $status == 18 ]]
	fault name=truncated
	[[ $status == 0 ]]
	run jq . <<<"${output%200}"
	[[ $status != 0 ]]
	fault name=endless 2
	[[ $status == 28 && ${#output} -gt 100000 ]]
	fault 'name=slow&ms=300&when=after'
	[[ $status == 0 && $output == *Bearer* ]]
}

@test "faults of content" {
	control mode -d access_count=1000
	expect() {
		fault "name=garbage&what=$1"
		is "${output%200}" "$2" "$3"
	}
	expect expires_in_text .expires_in soon
	expect expires_in_string '.expires_in | type' string
	expect expires_in_zero .expires_in 0
	expect expires_in_negative .expires_in -3600
	expect expires_in_huge '.expires_in > 1e17' true
	expect no_expires_in 'has("expires_in")' false
	expect no_access_token 'has("access_token")' false
	expect token_type .token_type mac
	expect access_token_newline '.access_token | contains("\n")' true
	expect array type array
	expect null type null
	fault name=wrong_api_domain
	is "${output%200}" '.api_domain | test("evil")' true
	run control fault -d 'name=garbage&what=nothing'
	is "$output" .error invalid_request
}

@test "faults are counted, bound to a data centre and an endpoint, and can be dropped" {
	A=$(log_in eu | jq -r .access_token)
	control fault -d 'name=500&dc=eu&endpoint=api&count=2'
	control fault -d 'name=500&dc=eu&endpoint=revoke&count=forever'
	is "$(control fault)" length 2
	is "$(renew eu x)" .error invalid_code
	[[ $(api us "$A") == 401* ]]
	[[ $(api eu "$A") == 500* && $(api eu "$A") == 500* && $(api eu "$A") == 200* ]]
	is "$(control fault -X DELETE)" .status success
	is "$(control fault)" length 0
	for wrong in name=nothing 'name=500&dc=mars' 'name=500&endpoint=x' 'name=500&count=-1' 'name=500&status=99'; do
		is "$(control fault -d "$wrong")" .error invalid_request
	done
}

@test "a hanging request hinders no other" {
	R=$(log_in us | jq -r .refresh_token)
	control fault -d 'name=hang&seconds=120&count=100'
	for i in $(seq 100); do
		curl -s -m 120 -d "$AUTH&grant_type=refresh_token&refresh_token=$R" "$SANDBOX_ACCOUNTS_us/oauth/v2/token" &
		pids[i]=$!
	done
	for i in $(seq 1000); do
		[[ $(total in_flight) == 100 ]] && break
		sleep 0.05
	done
	[[ $(total in_flight) == 100 ]]
	is "$(renew us "$R")" .token_type Bearer
	kill "${pids[@]}"
	for i in $(seq 1000); do
		[[ $(total in_flight) == 0 ]] && break
		sleep 0.05
	done
	[[ $(total in_flight) == 0 ]]
}

# ---- control --------------------------------------------------------------------------------

@test "the log names parameters and shows no secret" {
	control mode -d mark=CANARY
	R=$(log_in eu | jq -r .refresh_token)
	A=$(renew eu "$R" | jq -r .access_token)
	api eu "$A"
	log=$(control log)
	[[ $log != *CANARY* && $(control state) != *CANARY* ]]
	is "$log" '[.[] | select(.path == "/oauth/v2/token")] | length' 2
	is "$log" '.[-2].params | map(.name) | join(" ")' "client_id client_secret grant_type refresh_token"
	is "$log" '.[-2].params[3].hash' "sha256:$(printf %s "$R" | sha256sum | cut -c1-8)"
	is "$log" '.[-2] | "\(.method) \(.origin) \(.dc) \(.status)"' "POST accounts eu 200"
	is "$log" '.[-1] | "\(.origin) \(.authorization.scheme) \(.authorization.hash)"' \
		"api Zoho-oauthtoken sha256:$(printf %s "$A" | sha256sum | cut -c1-8)"
	last=$(jq '.[-1].n' <<<"$log")
	is "$(control "log?since=$last")" 'map(select(.origin != "control")) | length' 0
}

@test "state is kept by client and data centre" {
	R=$(log_in eu | jq -r .refresh_token)
	renew eu "$R"
	state=$(control state)
	is "$state" '.clients["1000.SANDBOX"].eu | "\(.codes) \(.code_exchanges) \(.refreshes) \(.renewals) \(.access_live) \(.refresh_live)"' "1 1 1 1 2 1"
	is "$state" '.clients["1000.SANDBOX"].us.token_requests' 0
	is "$(control clients)" '.[0].id' 1000.SANDBOX
}

# shows TIME JSON: a clock that was there less than a minute ago
shows() {
	local now
	now=$(jq .now <<<"$2")
	((now >= $1 && now < $1 + 60))
}

@test "the clock can be read, set and moved" {
	local now
	shows 2000000000 "$(control clock -d set=2000000000)"
	shows 2000003600 "$(control clock -d advance=1h)"
	shows 2000000000 "$(control clock -d advance=-1h)"
	control reset -X POST
	now=$(date +%s)
	shows "$now" "$(control clock)"
}

@test "settings change all together or not at all" {
	is "$(control mode -d 'access_life=10s&window=nonsense')" .error invalid_request
	is "$(control mode)" .access_life 3600
	is "$(control mode -d 'access-life=10s&consent=refuse')" '"\(.access_life) \(.consent)"' "10 refuse"
}

# ---- robustness -----------------------------------------------------------------------------

@test "hostile requests do not harm it" {
	big=$BATS_TEST_TMPDIR/big
	head -c 1100000 /dev/zero | tr '\0' a >"$big"
	url=$SANDBOX_ACCOUNTS_us/oauth/v2/token
	[[ $(curl -sS -o /dev/null -w '%{http_code}' --data-binary @"$big" "$url") == 413 ]]
	[[ $(curl -sS -o /dev/null -w '%{http_code}' -H 'Transfer-Encoding: chunked' --data-binary @"$big" "$url") == 413 ]]
	head -c 1000000 "$big" >"$big.code"
	is "$(curl -sS -d "$AUTH&grant_type=authorization_code" --data-urlencode "code@$big.code" "$url")" .error invalid_code
	is "$(curl -sS -d "$AUTH&grant_type=refresh_token&refresh_token=%00%ff%zz%" "$url")" .error invalid_code
	many=$(printf 'x%s=1&' $(seq 500))
	[[ $(curl -sS -o /dev/null -w '%{http_code}' -d "${many}grant_type=x" "$url") == 400 ]]
	curl -sS -o /dev/null -H 'Content-Type: multipart/form-data; boundary=' -d x "$url"
	curl -sS -o /dev/null -H 'Authorization: Basic !!!' -d grant_type=x "$url"
	curl -sS -o /dev/null -u ":" -d grant_type=x "$url"
	curl -sS -o /dev/null -X "$(head -c 200 "$big")" "$url"
	printf '\0\377\r\n\r\n' | timeout 20 bash -c "cat >/dev/tcp/127.0.0.1/${SANDBOX_ACCOUNTS_us##*:}"
	is "$(control log)" type array
	is "$(log_in us)" .token_type Bearer
}

@test "pages from elsewhere cannot steer it" {
	[[ $(curl -sS -o /dev/null -w '%{http_code}' -H 'Host: evil.example' "$SANDBOX_CONTROL/state") == 403 ]]
	[[ $(curl -sS -o /dev/null -w '%{http_code}' -H 'Host: 127.0.0.1.evil.example' "$SANDBOX_CONTROL/state") == 403 ]]
	[[ $(curl -sS -o /dev/null -w '%{http_code}' -H 'Origin: http://evil.example' -X POST "$SANDBOX_CONTROL/reset") == 403 ]]
}

@test "300 clients at once" {
	control mode -d access_count=100000
	R=$(log_in us | jq -r .refresh_token)
	list=$BATS_TEST_TMPDIR/list
	for i in $(seq 300); do
		printf 'url = "%s"\ndata = "%s"\noutput = "/dev/null"\n' "$SANDBOX_ACCOUNTS_us/oauth/v2/token" \
			"$AUTH&grant_type=refresh_token&refresh_token=$R"
	done >"$list"
	curl -sS --parallel --parallel-immediate --parallel-max 300 --fail -m 120 -K "$list"
	[[ $(total renewals) == 300 && $(total in_flight) == 0 ]]
}
