#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# credence against a certified OpenID provider: what it sends is what others understand, and what
# they answer is what it understands.

load helper
load "$abs_top_srcdir/tests/browser.bash"

setup_file() {
	mkdir -p "$(scratch)/keys"
	serve oidc "$(scratch)/keys"
}

teardown_file() {
	serve_stop
}

setup() {
	world
	ask 'life?access_token=3600&refresh_token=86400' >/dev/null
	ask allow >/dev/null
	SEEN=$(log length)
	# Without discovery: the endpoints of this server, relative to its issuer.
	printf '%s\n' 'extends = "oidc";' 'authorization_endpoint = "/auth";' \
		'token_endpoint = "/token";' 'revocation_endpoint = "/token/revocation";' \
		'introspection_endpoint = "/token/introspection";' \
		'device_authorization_endpoint = "/device/auth";' \
		'userinfo_endpoint = "/me";' 'api_domain = "{issuer}";' >"$CONF/providers.d/bed.conf"
}

teardown() {
	login_stop
	[ -z "${TLS_PID-}" ] || kill "$TLS_PID"
}

secret_of() {
	case $1 in
	basic) printf 'CANARY basic:secret/+%%' ;;
	post) printf 'CANARY-post-secret' ;;
	esac
}

# bed NAME CLIENT METHOD [LINE…]: a profile on the server
bed() {
	local secret
	secret=$(secret_of "$2")
	profile "$1" 'provider = "bed"' "variables = { issuer = \"$SERVER\"; }" \
		"client = { id = \"$2\"; authentication = \"$3\"; ${secret:+secret = \"plain:$secret\";} redirect_uri = \"http://127.0.0.1/callback\"; }" \
		'scope = [ "openid", "offline_access", "api:read" ]' 'location =' 'resolver =' "${@:4}"
}

# consent CLIENT: what a person and a browser do. The code is in $CODE, its PKCE verifier in $VERIFIER.
consent() {
	local challenge answer
	VERIFIER=$(openssl rand 32 | base64url)
	challenge=$(printf '%s' "$VERIFIER" | openssl dgst -sha256 -binary | base64url)
	answer=$(browser "$SERVER/auth?response_type=code&client_id=$1&prompt=consent&state=s&scope=openid%20offline_access%20api%3Aread&redirect_uri=http%3A%2F%2F127.0.0.1%2Fcallback&code_challenge=$challenge&code_challenge_method=S256")
	[[ $answer =~ [?\&]code=([^\&]+) ]] || { echo "no code in $answer" >&2; return 1; }
	CODE=${BASH_REMATCH[1]}
}

# login_by_hand NAME CLIENT METHOD: with a code that somebody pastes
login_by_hand() {
	consent "$2"
	bed "$1" "$2" "$3" "extra = { token = ( { name = \"code_verifier\"; value = \"$VERIFIER\"; }, { name = \"redirect_uri\"; value = \"http://127.0.0.1/callback\"; } ); }"
	credence login "$1" <<<"$CODE"
	bed "$1" "$2" "$3"
}

# active TOKEN: does the server say so?
active() {
	[ "$(curl -sS -m 20 -d client_id=post -d client_secret=CANARY-post-secret -d "token=$1" \
		"$SERVER/token/introspection" | jq -r .active)" = true ]
}

# told NAME CLIENT [LINE…]: a profile whose endpoints are what the server publishes
told() {
	local secret
	secret=$(secret_of "$2")
	profile "$1" 'provider = "oidc"' "variables = { issuer = \"$SERVER\"; }" 'resolver = "discovery"' \
		"client = { id = \"$2\"; ${secret:+secret = \"plain:$secret\";} redirect_uri = \"http://127.0.0.1:${PORT:=$(free_port)}/callback\"; }" \
		'scope = [ "openid", "offline_access", "api:read" ]' 'location =' "${@:3}"
}

# signed NAME ALGORITHM [LINE…]: a profile of the client that has a key instead of a secret
signed() {
	told "$1" "signed-$2" \
		"client = { id = \"signed-$2\"; authentication = \"private_key_jwt\"; }" \
		"signer = { use = \"gnutls\"; key = \"file:$BATS_FILE_TMPDIR/keys/$2.pem\"; key_id = \"$2\"; }" \
		'scope = [ "api:read" ]' 'grant = "client_credentials"' "${@:3}"
}

# new FILTER: of the requests since the test began
new() {
	log ".[$SEEN:] | $1"
}

@test "the server is what its clients need: discovery, device, client credentials, signed assertions" {
	local document device answer header claims signature
	document=$(curl -sS -m 20 "$SERVER/.well-known/openid-configuration")
	jq -e --arg issuer "$SERVER" '.issuer == $issuer and .token_endpoint == $issuer + "/token"
		and .device_authorization_endpoint == $issuer + "/device/auth"
		and .revocation_endpoint == $issuer + "/token/revocation"
		and .introspection_endpoint == $issuer + "/token/introspection"
		and (.code_challenge_methods_supported == ["S256"])
		and (.token_endpoint_auth_methods_supported | contains(["private_key_jwt"]))' <<<"$document"
	device=$(curl -sS -m 20 -d client_id=public -d 'scope=openid offline_access' "$SERVER/device/auth")
	poll() {
		curl -sS -m 20 -d client_id=public -d grant_type=urn:ietf:params:oauth:grant-type:device_code \
			-d "device_code=$(jq -r .device_code <<<"$device")" "$SERVER/token"
	}
	[ "$(poll | jq -r .error)" = authorization_pending ]
	type_code "$(jq -r .verification_uri <<<"$device")" "$(jq -r .user_code <<<"$device")"
	[ "$(poll | jq -r .token_type)" = Bearer ]
	answer=$(curl -sS -m 20 -d client_id=post -d client_secret=CANARY-post-secret \
		-d grant_type=client_credentials "$SERVER/token")
	[ "$(jq -r .token_type <<<"$answer")" = Bearer ]
	header=$(printf '{"alg":"RS256","kid":"rs256"}' | base64url)
	claims=$(printf '{"iss":"signed-rs256","sub":"signed-rs256","aud":"%s","jti":"%s","exp":%d}' \
		"$SERVER" "$RANDOM$RANDOM" "$((EPOCHSECONDS + 60))" | base64url)
	signature=$(printf '%s.%s' "$header" "$claims" |
		openssl dgst -sha256 -sign "$BATS_FILE_TMPDIR/keys/rs256.pem" | base64url)
	assert() {
		curl -sS -m 20 -d grant_type=client_credentials -d "client_assertion=$header.$claims.$signature" \
			-d client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer "$SERVER/token"
	}
	[ "$(assert | jq -r .token_type)" = Bearer ]
	# It sees an assertion that is sent twice.
	[ "$(assert | jq -r .error)" = invalid_client ]
}

@test "RFC 6749 3.2.1: a code with PKCE, and each way in which a client shows its secret" {
	local client method
	while read -r client method; do
		SEEN=$(log length)
		login_by_hand "$client" "$client" "$method"
		run -0 credence token "$client"
		active "$output"
		[ "$(new 'map(select(.endpoint == "token")) | length')" -eq 1 ]
		[ "$(new '.[0] | [.client, .grant_type, .status] | join(" ")')" = "$client authorization_code 200" ]
		case $method in
		basic) new '.[0] | .basic and (.parameters | index("client_secret") | not)' ;;
		body) new '.[0] | (.basic | not) and (.parameters | index("client_secret") != null)' ;;
		none) new '.[0] | (.basic | not) and (.parameters | index("client_secret") | not) and (.parameters | index("client_id") != null)' ;;
		esac
	done <<-'END'
		basic basic
		post body
		public none
	END
	run -1 grep -r 'CANARY' "$CONF/state"
}

@test "renewal: both tokens are new, the scopes stay, and nobody is asked" {
	local access refresh
	login_by_hand crm basic basic
	access=$(credence token crm)
	refresh=$(member refresh_token)
	run -0 credence refresh crm </dev/null
	[ "$(credence token crm)" != "$access" ]
	[ "$(member refresh_token)" != "$refresh" ]
	[ "$(credence token --json crm | jq -r .scope | tr ' ' '\n' | sort | xargs)" = "api:read offline_access openid" ]
	active "$(credence token crm)"
	[ "$(new 'map(select(.grant_type == "refresh_token")) | length')" -eq 1 ]
	run -0 credence status crm
}

@test "a token that has expired is renewed by who asks first, once" {
	local i
	ask 'life?access_token=2' >/dev/null
	login_by_hand crm basic basic
	sleep 2.1
	ask 'life?access_token=3600' >/dev/null
	for i in 1 2 3 4 5 6 7 8; do
		credence token crm >"$BATS_TEST_TMPDIR/token$i" 3>&- &
	done
	wait
	[ "$(cat "$BATS_TEST_TMPDIR"/token* | sort -u | wc -l)" -eq 1 ]
	[ "$(cat "$BATS_TEST_TMPDIR"/token* | wc -l)" -eq 8 ]
	active "$(cat "$BATS_TEST_TMPDIR/token1")"
	[ "$(new 'map(select(.grant_type == "refresh_token")) | length')" -eq 1 ]
}

@test "import: a refresh token that another program got is renewed like one's own" {
	local answer
	consent post
	answer=$(curl -sS -m 20 -d client_id=post -d client_secret=CANARY-post-secret \
		-d grant_type=authorization_code -d "code=$CODE" -d "code_verifier=$VERIFIER" \
		-d redirect_uri=http://127.0.0.1/callback "$SERVER/token")
	bed crm post body
	run -0 imported crm "$(jq '{ refresh_token }' <<<"$answer")"
	run -0 credence token crm </dev/null
	[ "$output" != "$(jq -r .access_token <<<"$answer")" ]
	active "$output"
	[ "$(member refresh_token)" != "$(jq -r .refresh_token <<<"$answer")" ]
}

@test "a refresh token that somebody else used too: the server revokes all, a person must log in" {
	local stolen
	login_by_hand crm basic basic
	stolen=$(member refresh_token)
	credence refresh crm </dev/null
	run -0 curl -sS -m 20 -u 'basic:CANARY+basic%3Asecret%2F%2B%25' -d grant_type=refresh_token \
		-d "refresh_token=$stolen" "$SERVER/token"
	[ "$(jq -r .error <<<"$output")" = invalid_grant ]
	run --separate-stderr -4 credence refresh crm </dev/null
	[[ ${stderr_lines[0]} == "credence: crm: invalid_grant: "* ]]
	[ "${stderr_lines[1]}" = "hint: credence login crm" ]
	# It is not sent again.
	SEEN=$(log length)
	run -4 credence refresh crm </dev/null
	[ "$(log length)" -eq "$SEEN" ]
	login_by_hand crm basic basic
	run -0 credence refresh crm </dev/null
}

@test "revocation: both tokens are dead at the server, and gone here" {
	local client method access
	while read -r client method; do
		login_by_hand "$client" "$client" "$method"
		access=$(credence token "$client")
		active "$access"
		run -0 credence revoke "$client"
		run -1 active "$access"
		run -4 credence token "$client" </dev/null
		[ "$(new 'map(select(.endpoint == "revocation")) | last | .status')" = 200 ]
	done <<-'END'
		basic basic
		post body
		public none
	END
}

@test "a wrong secret is the administrator's to mend, and costs nothing" {
	local access
	login_by_hand crm post body
	access=$(credence token crm)
	sed -i 's/CANARY-post-secret/wrong/' "$CONF/profiles.d/crm.conf"
	run --separate-stderr -5 credence refresh crm </dev/null
	[[ ${stderr_lines[0]} == "credence: crm: invalid_client: "* ]]
	[ "$(new 'last | .status')" -eq 401 ]
	bed crm post body
	run -0 credence refresh crm </dev/null
	active "$(credence token crm)"
	[ "$(credence token crm)" != "$access" ]
}

@test "userinfo is an API like any other: the token is taken, and renewed when it is not" {
	login_by_hand crm basic basic
	run -0 credence api crm /me
	[ "$(jq -r .sub <<<"$output")" = alice ]
}

# ---- with its own grants and resolver --------------------------------------------------------

@test "RFC 9700 2.6: discovery, code and PKCE: somebody signs in with a browser" {
	local to
	told crm basic 'grant = { use = "server_based"; prompt = "consent"; }'
	login_start crm
	[ "$(url_param "$LOGIN_URL" code_challenge_method)" = S256 ]
	[[ $LOGIN_URL == "$SERVER/auth?"* ]]
	to=$(browser "$LOGIN_URL")
	[[ $to == "http://127.0.0.1:$PORT/callback?"* ]]
	# RFC 9207: this server says who it is.
	[ -n "$(url_param "$to" iss)" ]
	curl -sS -m 20 "$to" | grep -q 'You are signed in'
	login_end
	[ "$status" = 0 ]
	active "$(credence token crm)"
	new 'map(select(.grant_type == "authorization_code")) | length == 1 and .[0].basic
		and (.[0].parameters | contains(["code", "code_verifier", "redirect_uri"]))'
	credence refresh crm </dev/null
	active "$(credence token crm)"
}

@test "RFC 9207 2.4: an answer of another issuer, or of none, is refused, and no code is sent" {
	local to
	told crm public 'grant = { use = "server_based"; prompt = "consent"; }'
	login_start crm
	to=$(browser "$LOGIN_URL")
	curl -sS -m 20 -o /dev/null "${to/iss=/iss=https%3A%2F%2Fevil.example%2F}"
	login_end
	[ "$status" = 10 ]
	[[ $stderr == *"another issuer"* ]]
	login_start crm
	to=$(browser "$LOGIN_URL")
	curl -sS -m 20 -o /dev/null "${to/iss=/other=}"
	login_end
	[ "$status" = 10 ]
	[[ $stderr == *"does not say who issued it"* ]]
	[ "$(log length)" -eq "$SEEN" ]
}

@test "the person refuses" {
	ask deny >/dev/null
	told crm basic 'grant = "server_based"'
	login_start crm
	curl -sS -m 20 -o /dev/null "$(browser "$LOGIN_URL")"
	login_end
	[ "$status" = 5 ]
	[[ $stderr == *access_denied* ]]
	[ "$(log length)" -eq "$SEEN" ]
}

@test "device: the code is typed in elsewhere, and the token is renewed like any other" {
	local client
	for client in public basic; do
		told "$client" "$client" 'grant = "device"'
		login_start "$client"
		CODE=$(login_shows 's/^  code: //p')
		type_code "$LOGIN_URL" "$CODE"
		login_end
		[ "$status" = 0 ] || { echo "$stderr"; false; }
		active "$(credence token "$client")"
		credence refresh "$client" </dev/null
		active "$(credence token "$client")"
	done
	new 'map(select(.grant_type == "urn:ietf:params:oauth:grant-type:device_code" and .status == 400 and
		.error != "authorization_pending")) == []'
}

@test "client credentials: no person, and no refresh token" {
	told job basic 'grant = "client_credentials"' 'scope = [ "api:read" ]'
	run -0 credence token job </dev/null
	active "$output"
	credence refresh job </dev/null
	[ "$(credence token job)" != "$output" ]
	[ "$(new 'map(select(.grant_type == "client_credentials" and .status == 200)) | length')" = 2 ]
	[ "$(member refresh_token "$CONF/state/records/job")" = null ]
}

@test "RFC 9700 2.5: private_key_jwt: a client that signs instead of showing a secret, RS256 and ES256" {
	local alg
	for alg in rs256 es256; do
		signed "$alg" "$alg"
		run -0 credence token "$alg" </dev/null
		active "$output"
		# Each assertion is another one: the server takes none twice.
		credence refresh "$alg" </dev/null
	done
	new 'map(select(.grant_type == "client_credentials")) | length == 4 and
		all(.status == 200 and (.basic | not) and (.parameters | contains(["client_assertion", "client_assertion_type"])))'
	# Another key is not believed.
	signed rs256 rs256
	sed -i 's|keys/rs256.pem|keys/es256.pem|' "$CONF/profiles.d/rs256.conf"
	run --separate-stderr -5 credence refresh rs256 </dev/null
	[[ ${stderr_lines[0]} == "credence: rs256: invalid_client: "* ]]
}

@test "what the server publishes is enough to look at a token and to revoke it" {
	local access
	told crm basic 'grant = { use = "server_based"; prompt = "consent"; }'
	login_start crm
	curl -sS -m 20 -o /dev/null "$(browser "$LOGIN_URL")"
	login_end
	access=$(credence token crm)
	run -0 credence status --remote --json crm
	jq -e '.remote.active == true' <<<"$output"
	credence revoke crm
	run -1 active "$access"
}

# certificate NAME SUBJECT [EXTENSION…]: NAME.pem with its key, of the CA ca.pem, which is made by the first
certificate() {
	local name=$1 subject=$2
	shift 2
	[ -e ca.pem ] || openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=ca \
		-keyout ca.key -out ca.pem 2>/dev/null
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$subject" -keyout "$name.pem" \
		-out "$name.csr" 2>/dev/null
	openssl x509 -req -in "$name.csr" -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 \
		-extfile <(printf '%s\n' "$@") 2>/dev/null >>"$name.pem"
	chmod 600 "$name.pem"
}

@test "RFC 8705 2.1: a certificate instead of a secret, and discovery over TLS" {
	local file
	mkdir "$BATS_TEST_TMPDIR/tls"
	cd "$BATS_TEST_TMPDIR/tls"
	certificate server server subjectAltName=IP:127.0.0.1
	certificate machine machine
	certificate other other
	serve oidc "$PWD" tls
	TLS_PID=$SERVER_PID
	shows() {
		told job machine 'client = { id = "machine"; authentication = "tls_client_auth"; }' \
			'grant = "client_credentials"' 'scope = [ "api:read" ]' "http = { ca_file = \"$PWD/ca.pem\"; $1 }"
	}
	shows "client_cert = \"$PWD/machine.pem\";"
	run -0 credence token job </dev/null
	credence refresh job </dev/null
	[ "$(credence token job)" != "$output" ]
	curl -sS --cacert ca.pem -m 20 "$SERVER/control/log" | jq -e 'length == 2 and all(.client == "machine" and
		.status == 200 and (.basic | not) and (.parameters | contains(["client_secret"]) | not))'
	# Somebody else's is none.
	shows "client_cert = \"$PWD/other.pem\";"
	run --separate-stderr -5 credence refresh --force job </dev/null
	[[ ${stderr_lines[0]} == "credence: job: invalid_client: "* ]]
	shows ''
	run -3 credence check
}
