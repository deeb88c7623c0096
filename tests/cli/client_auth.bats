#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# How a client proves who it is: one way a request (RFC 6749 section 2.3), by a signed assertion
# (RFC 7523 section 2.2) or by a certificate (RFC 8705).

load helper

SOID='extra = { token = ( { name = "soid"; value = "ZohoCRM.600" } ); }'

setup_file() {
	cd "$BATS_FILE_TMPDIR"
	openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out rsa.pem 2>/dev/null
	openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:1024 -out weak.pem 2>/dev/null
	openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out p256.pem
	openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384 -out p384.pem
	openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-521 -out p521.pem
	openssl genpkey -algorithm ED25519 -out ed25519.pem
	local key
	for key in rsa p256 p384 p521 ed25519; do
		openssl pkey -in $key.pem -pubout -out $key.pub
	done
	openssl pkcs8 -topk8 -in p256.pem -passout pass:CANARY-passphrase -out sealed.pem
	printf 'CANARY-passphrase\n' >passphrase
	chmod 600 ./*.pem passphrase
}

setup() {
	[[ $BATS_TEST_DESCRIPTION == "RFC 8705"* ]] || sandbox_start
	[[ $BATS_TEST_DESCRIPTION != "RFC 8705"* ]] || sandbox_start --https
	world
}

teardown() {
	sandbox_stop
	[ -z "${TOKEN-}" ] || softhsm2-util --delete-token --token "$TOKEN" >/dev/null
}

# register KEY [CURL-OPTION…]: the public key of client 1000.SANDBOX
register() {
	local key=$1
	shift
	control key --data-urlencode "public_key@$BATS_FILE_TMPDIR/$key.pub" "$@" >/dev/null
}

# job KEY [SIGNER-OPTIONS [LINE…]]: a profile whose client signs
job() {
	local key=$1 options=${2-}
	shift $(($# > 1 ? 2 : 1))
	profile job 'grant = "client_credentials"' "$SOID" \
		'client = { id = "1000.SANDBOX"; secret = "plain:CANARY-sandbox-secret"; authentication = "private_key_jwt"; }' \
		"signer = { use = \"gnutls\"; key = \"file:$BATS_FILE_TMPDIR/$key.pem\"; $options }" "$@"
}

@test "RFC 7518 3: each algorithm of each kind of key is verified by the server" {
	local key algorithm
	while read -r key algorithm; do
		register "$key"
		job "$key" "algorithm = \"$algorithm\";"
		credence refresh job >/dev/null || {
			echo "$key $algorithm" >&2
			return 1
		}
	done <<-'END'
		rsa RS256
		rsa RS384
		rsa RS512
		rsa PS256
		rsa PS384
		rsa PS512
		p256 ES256
		p384 ES384
		p521 ES512
		ed25519 EdDSA
	END
	[ "$(total assertions)" = 10 ]
}

@test "RFC 7518 3.4: an ES256 signature is r and s in full length, each time" {
	local i
	register p256
	job p256 '' 'limits = { access_tokens = { count = 1000; window = "10m"; }; }'
	control mode -d access_count=1000 >/dev/null
	# One in 128 has a leading zero in one of the two.
	for ((i = 0; i < 60; i++)); do
		credence refresh job >/dev/null
	done
	[ "$(total assertions)" = 60 ]
	[ "$(total assertions_refused)" = 0 ]
}

@test "RFC 7523 2.2: the usual algorithm for each key; the kid is what the profile says" {
	local key
	for key in rsa p256 ed25519; do
		register "$key" -d kid=key-2026
		job "$key" 'key_id = "key-2026";'
		credence refresh job
	done
	job rsa 'key_id = "key-2025";'
	run --separate-stderr -5 credence refresh job
	[[ ${stderr_lines[0]} == *invalid_client* ]]
}

@test "RFC 6749 2.3: one way a request: no secret beside an assertion" {
	register rsa
	job rsa
	credence token job >/dev/null
	[ "$(total double_auth)" = 0 ]
	control log | jq -e '[.[] | select(.path == "/oauth/v2/token")][-1] |
		(has("authorization") | not) and (.params | map(.name) | contains(["client_secret"]) | not)'
	[ "$(control log | jq -r '[.[].params[]? | select(.name == "client_assertion_type").value][0]')" = null ]
}

@test "RFC 7523 3: the audience is the token endpoint, the issuer or what the provider's data say" {
	local issuer=https://issuer.example
	register rsa
	job rsa '' 'assertion = { audience = "token_endpoint"; }'
	credence refresh job
	register rsa -d "aud=$SANDBOX_ACCOUNTS_us"
	job rsa '' "datacenters = ( { location = \"us\"; accounts_server = \"$SANDBOX_ACCOUNTS_us\";
		api_domain = \"$SANDBOX_API_us\"; issuer = \"$SANDBOX_ACCOUNTS_us\"; } )"
	credence refresh job
	job rsa '' "datacenters = ( { location = \"us\"; accounts_server = \"$SANDBOX_ACCOUNTS_us\";
		api_domain = \"$SANDBOX_API_us\"; issuer = \"$SANDBOX_ACCOUNTS_us\"; } )" \
		'assertion = { audience = "issuer"; }'
	credence refresh job
	register rsa -d "aud=$issuer"
	job rsa '' "assertion = { audience = \"$issuer\"; }"
	credence refresh job
	job rsa '' 'assertion = { audience = "issuer"; }'
	run --separate-stderr -3 credence refresh job
	[[ ${stderr_lines[0]} == *"job.conf:"*"the provider has no issuer" ]]
}

@test "RFC 7523 3: no assertion is sent twice, and each is good for minutes" {
	register rsa
	job rsa
	credence refresh job
	credence refresh job
	credence refresh job
	[ "$(total assertions)" = 3 ]
	job rsa '' 'assertion = { lifetime = "2h"; }'
	run --separate-stderr -5 credence refresh job
	[[ ${stderr_lines[0]} == *invalid_client* ]]
}

@test "RFC 7523 2.2: a person's consent is redeemed and renewed with the key, and revoked with it" {
	register rsa
	job rsa '' 'grant = "self_client"' 'extra ='
	login job
	credence refresh job
	[ "$(total assertions)" = 2 ]
	credence revoke job
	[ "$(total revocations)" = 1 ]
}

@test "RFC 6749 2.3: without what its way needs a client sends nothing: exit 3, the place, a hint" {
	profile job 'grant = "client_credentials"' "$SOID" \
		'client = { id = "1000.SANDBOX"; authentication = "private_key_jwt"; }'
	run --separate-stderr -3 credence token job
	[[ ${stderr_lines[0]} =~ job\.conf:[0-9]+:\ client\ authentication\ with\ private_key_jwt\ needs\ a\ signer ]]
	[[ ${stderr_lines[1]} == "hint: add signer = "* ]]
	run -3 credence check
	[[ $output == *"private_key_jwt needs a signer"* ]]
	profile job 'grant = "client_credentials"' "$SOID" \
		'client = { id = "1000.SANDBOX"; authentication = "tls_client_auth"; }'
	run --separate-stderr -3 credence token job
	[[ ${stderr_lines[0]} =~ job\.conf:[0-9]+:\ client\ authentication\ with\ tls_client_auth\ needs\ a\ certificate ]]
	run -3 credence check
	[[ $output == *"tls_client_auth needs a certificate"* ]]
	[ "$(total token_requests)" = 0 ]
	[ ! -e "$CONF/state/records/job" ]
}

@test "keys that can't be used: each says why, and nothing is sent" {
	job weak
	run --separate-stderr -3 credence token job
	[[ ${stderr_lines[0]} == *"less than 2048 bits" ]]
	job p256 'algorithm = "RS256";'
	run --separate-stderr -3 credence token job
	[[ ${stderr_lines[0]} == *"does not sign with the option's algorithm" ]]
	job rsa 'algorithm = "none";'
	run -3 credence token job
	job missing
	run --separate-stderr -3 credence token job
	[[ ${stderr_lines[0]} == *"job.conf:"*"there is no file"* ]]
	run -3 credence check
	job passphrase
	mv "$BATS_FILE_TMPDIR/passphrase" "$BATS_FILE_TMPDIR/passphrase.pem"
	run -3 credence token job
	mv "$BATS_FILE_TMPDIR/passphrase.pem" "$BATS_FILE_TMPDIR/passphrase"
	[[ $output != *CANARY* ]]
	chmod 644 "$BATS_FILE_TMPDIR/rsa.pem"
	job rsa
	run -10 credence token job
	run -3 credence check
	chmod 600 "$BATS_FILE_TMPDIR/rsa.pem"
	profile job 'signer = { use = "gnutls"; key = "/etc/key.pem"; }'
	run --separate-stderr -3 credence check
	[[ $output == *"option key of signer gnutls must be a reference to a key"* ]]
	profile job 'signer = { use = "gnutls"; }'
	run -3 credence check
	[[ $output == *"needs option key"* ]]
	[ "$(total token_requests)" = 0 ]
}

@test "an encrypted key is opened with the option pin" {
	register p256
	job sealed
	run --separate-stderr -3 credence token job
	[[ ${stderr_lines[1]} == *"pin"* ]]
	job sealed 'pin = "plain:wrong";'
	run -3 credence token job
	job sealed "pin = \"file:$BATS_FILE_TMPDIR/passphrase\";"
	credence token job
}

@test "another key is another chance, at once" {
	register rsa
	job p256
	run -5 credence token job
	run -5 credence token job
	[ "$(total token_requests)" = 1 ]
	job rsa
	credence token job
}

# token: a PKCS#11 token with two keys. Root's processes are told nothing by the environment, so that
# as root it is among the system's tokens for as long as the test runs.
token() {
	TOKEN=credence-test-$$-$BATS_TEST_NUMBER
	if [ "$EUID" -ne 0 ]; then
		export SOFTHSM2_CONF=$BATS_TEST_TMPDIR/softhsm2.conf
		mkdir "$BATS_TEST_TMPDIR/tokens"
		printf 'directories.tokendir = %s/tokens\n' "$BATS_TEST_TMPDIR" >"$SOFTHSM2_CONF"
	fi
	softhsm2-util --init-token --free --label "$TOKEN" --so-pin 9876543210 --pin CANARY-1234 >/dev/null
	softhsm2-util --import "$BATS_FILE_TMPDIR/rsa.pem" --token "$TOKEN" --label rsa --id 01 --pin CANARY-1234 >/dev/null
	softhsm2-util --import "$BATS_FILE_TMPDIR/p256.pem" --token "$TOKEN" --label p256 --id 02 --pin CANARY-1234 >/dev/null
}

# in_token LABEL [OPTIONS]
in_token() {
	profile job 'grant = "client_credentials"' "$SOID" \
		'client = { id = "1000.SANDBOX"; authentication = "private_key_jwt"; }' \
		"signer = { use = \"gnutls\"; key = \"pkcs11:token=$TOKEN;object=$1;type=private\"; $2 }"
}

@test "RFC 7512 2.5: a key in a token signs there" {
	local algorithm
	token
	register rsa
	for algorithm in RS256 PS256; do
		in_token rsa "pin = \"plain:CANARY-1234\"; algorithm = \"$algorithm\";"
		credence refresh job
	done
	register p256
	in_token p256 'pin = "plain:CANARY-1234";'
	credence refresh job
	[ "$(total assertions)" = 3 ]
}

@test "RFC 7512 7: no PIN, a wrong one, no such key: each says so and shows no PIN" {
	token
	in_token rsa ''
	run --separate-stderr -3 credence token job
	[[ $stderr == *"pin = "* ]]
	in_token rsa 'pin = "plain:CANARY-wrong";'
	run --separate-stderr -3 credence token job
	[[ ${stderr_lines[0]} == *"the token did not take the PIN"* ]]
	[[ $stderr != *CANARY* ]]
	in_token nothing 'pin = "plain:CANARY-1234";'
	run --separate-stderr -3 credence token job
	[[ ${stderr_lines[0]} == *"no token that is here has the key" ]]
	profile job "signer = { use = \"gnutls\"; key = \"pkcs11:token=$TOKEN;object=rsa?pin-value=CANARY-1234\"; }" \
		'grant = "client_credentials"' 'client = { id = "1000.SANDBOX"; authentication = "private_key_jwt"; }'
	run --separate-stderr -3 credence token job
	[[ ${stderr_lines[0]} == *"the PIN does not belong in the key's URI" ]]
	[[ $stderr != *CANARY* ]]
	[ "$(total token_requests)" = 0 ]
}

@test "RFC 8705 2.1: the certificate says who the client is, the form only names it" {
	control key --data-urlencode 'certificate=CN=credence sandbox client' >/dev/null
	profile job 'grant = "client_credentials"' "$SOID" \
		'client = { id = "1000.SANDBOX"; secret = "plain:CANARY-sandbox-secret"; authentication = "tls_client_auth"; }' \
		"http = { client_cert = \"$SANDBOX_DIR/client.pem\"; }"
	credence token job
	[ "$(total certificates)" = 1 ]
	control log | jq -e '[.[] | select(.path == "/oauth/v2/token")][-1] |
		(has("authorization") | not) and (.params | map(.name) |
		(contains(["client_id"]) and (contains(["client_secret"]) | not)))'
}

@test "RFC 8705 2.1: another's certificate is refused, and so is none" {
	control key --data-urlencode 'certificate=CN=somebody else' >/dev/null
	profile job 'grant = "client_credentials"' "$SOID" \
		'client = { id = "1000.SANDBOX"; authentication = "tls_client_auth"; }' \
		"http = { client_cert = \"$SANDBOX_DIR/client.pem\"; }"
	run --separate-stderr -5 credence token job
	[[ ${stderr_lines[0]} == *invalid_client* ]]
	profile none 'grant = "client_credentials"' "$SOID"
	run -5 credence token none
	[ "$(total certificates)" = 0 ]
}

@test "RFC 8705 2: a certificate whose key is encrypted is an error, and nobody is asked: not even standard input" {
	local start=$SECONDS
	openssl pkey -in "$SANDBOX_DIR/client.pem" -aes256 -passout pass:CANARY >"$BATS_TEST_TMPDIR/encrypted.pem"
	openssl x509 -in "$SANDBOX_DIR/client.pem" >>"$BATS_TEST_TMPDIR/encrypted.pem"
	chmod 600 "$BATS_TEST_TMPDIR/encrypted.pem"
	profile job 'grant = "client_credentials"' "$SOID" "http = { client_cert = \"$BATS_TEST_TMPDIR/encrypted.pem\"; }"
	printf 'CANARY\nleft\n' >"$BATS_TEST_TMPDIR/lines"
	{
		setsid -w "$abs_top_builddir/credence" -C "$CONF" token job >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" || echo $? >"$BATS_TEST_TMPDIR/rc"
		cat >"$BATS_TEST_TMPDIR/left"
	} <"$BATS_TEST_TMPDIR/lines"
	[ "$(<"$BATS_TEST_TMPDIR/rc")" = 3 ]
	cmp "$BATS_TEST_TMPDIR/lines" "$BATS_TEST_TMPDIR/left"
	[ $((SECONDS - start)) -lt 20 ]
	grep -q 'client_cert' "$BATS_TEST_TMPDIR/err"
}

@test "a proxy's password is not told, whatever is wrong with it" {
	local proxy
	profile job 'grant = "client_credentials"' "$SOID" 'http = { proxy = "env:"; }' 'token_endpoint = "https://a.example.org/token"'
	for proxy in 'http://svc:CANARY#1@127.0.0.1:1' 'gopher://svc:CANARY@127.0.0.1:1' 'svc:CANARY/@127.0.0.1:1'; do
		rm -rf "$CONF/state"
		https_proxy=$proxy run --separate-stderr credence -v token job
		[ "$status" -ne 0 ]
		[[ $stderr != *CANARY* ]]
		run -1 grep -r CANARY "$CONF/state"
	done
	profile job 'grant = "client_credentials"' "$SOID" 'http = { proxy = "http://svc:CANARY#1@127.0.0.1:1"; }'
	run --separate-stderr -3 credence token job
	[[ $stderr == *"http.proxy must be"* && $stderr != *CANARY* ]]
}

@test "RFC 8705 2: a certificate whose key others can read, and a CA that others can write, are not used" {
	local before
	cp "$SANDBOX_DIR/client.pem" "$BATS_TEST_TMPDIR/client.pem"
	chmod 644 "$BATS_TEST_TMPDIR/client.pem"
	profile job 'grant = "client_credentials"' "$SOID" "http = { client_cert = \"$BATS_TEST_TMPDIR/client.pem\"; }"
	before=$(total token_requests)
	run --separate-stderr -10 credence token job
	[[ ${stderr_lines[0]} == *"$BATS_TEST_TMPDIR/client.pem"*"mode 0644"* ]]
	cp "$SANDBOX_DIR/ca.pem" "$BATS_TEST_TMPDIR/ca.pem"
	chmod 666 "$BATS_TEST_TMPDIR/ca.pem"
	profile job 'grant = "client_credentials"' "$SOID" "http = { ca_file = \"$BATS_TEST_TMPDIR/ca.pem\"; }"
	run -10 credence token job
	profile job 'grant = "client_credentials"' "$SOID" "http = { ca_file = \"$BATS_TEST_TMPDIR/none\"; }"
	run --separate-stderr -3 credence token job
	[[ ${stderr_lines[0]} == *"job.conf:"*"there is no file $BATS_TEST_TMPDIR/none" ]]
	[ "$(total token_requests)" = "$before" ]
	# Nothing was noted for the next call.
	profile job 'grant = "client_credentials"' "$SOID"
	run -0 credence token job
}
