# SPDX-License-Identifier: MIT
# A glewlwyd of Debian's, in a database of its own, with one plugin (OpenID Connect), one scope, two
# clients and one person, who is signed in and has consented. Its issuer is in $SERVER.
#
#	glewlwyd_start REDIRECT-URI     # once a file
#	glewlwyd_browser URL            # where it sends her in the end

load "$abs_top_srcdir/tests/interop/deb.bash"

# glewlwyd_api PATH [CURL-OPTION…]: as the administrator
glewlwyd_api() {
	curl -sS --fail-with-body -m 20 -b "$GLEWLWYD/jar" -c "$GLEWLWYD/jar" -H 'Content-Type: application/json' \
		"$GLEWLWYD_URL/api/$1" "${@:2}"
}

glewlwyd_configure() {
	openssl genrsa -out "$GLEWLWYD/key.pem" 2048 2>/dev/null
	openssl rsa -in "$GLEWLWYD/key.pem" -pubout -out "$GLEWLWYD/public.pem" 2>/dev/null
	glewlwyd_api auth/ -d '{"username":"admin","password":"password"}'
	jq -n --rawfile key "$GLEWLWYD/key.pem" --rawfile cert "$GLEWLWYD/public.pem" --arg iss "$SERVER" '{
		module: "oidc", name: "oidc", display_name: "oidc", parameters: {
			$iss, $key, $cert, "jwt-type": "rsa", "jwt-key-size": "256",
			"access-token-duration": 3600, "refresh-token-duration": 7200, "code-duration": 60,
			"allow-non-oidc": true, "auth-type-code-enabled": true, "auth-type-client-enabled": true,
			"auth-type-refresh-enabled": true, "auth-type-device-enabled": true,
			"auth-type-id-token-enabled": true, "auth-type-token-enabled": false,
			"auth-type-none-enabled": false, "auth-type-password-enabled": false,
			"pkce-allowed": true, "pkce-required": true, "pkce-method-plain-allowed": false,
			"introspection-revocation-allowed": true,
			"introspection-revocation-allow-target-client": true,
			"device-authorization-expiration": 600, "device-authorization-interval": 1,
			"refresh-token-rolling": true, "refresh-token-one-use": "always",
			"allowed-scope": ["openid"], "subject-type": "public" } }' |
		glewlwyd_api mod/plugin/ -d @-
	glewlwyd_api scope/ -d '{"name":"api_read","display_name":"r","password_required":false,"password_max_age":0,"scheme":{}}'
	jq -n --arg uri "$1" '{ client_id: "conf", name: "conf", password: "CANARY-conf-secret", confidential: true,
			enabled: true, redirect_uri: [$uri], scope: ["api_read"],
			authorization_type: ["code", "refresh_token", "client_credentials", "device_authorization"],
			token_endpoint_auth_method: ["client_secret_basic", "client_secret_post"] }' |
		glewlwyd_api 'client/?source=database' -d @-
	glewlwyd_api 'user/admin?source=database' -X PUT \
		-d '{"username":"admin","name":"a","email":"","enabled":true,"scope":["g_admin","g_profile","openid","api_read"]}'
	glewlwyd_api auth/grant/conf -X PUT -d '{"scope":"openid api_read"}'
}

glewlwyd_start() {
	local root libraries port
	root=$(deb_folder glewlwyd glewlwyd sqlite3) || return
	libraries=$(deb_library "$root")
	port=$(free_port)
	GLEWLWYD=$(scratch)/glewlwyd GLEWLWYD_URL=http://127.0.0.1:$port SERVER=http://127.0.0.1:$port/api/oidc
	export GLEWLWYD GLEWLWYD_URL SERVER
	mkdir "$GLEWLWYD"
	sed "s|@PORT@|$port|; s|@ROOT@|$root|; s|@DIR@|$GLEWLWYD|" \
		"$abs_top_srcdir/tests/interop/glewlwyd/glewlwyd.conf" >"$GLEWLWYD/conf"
	LD_LIBRARY_PATH=$libraries "$root/usr/bin/sqlite3" "$GLEWLWYD/glewlwyd.db" \
		<"$root/usr/share/dbconfig-common/data/glewlwyd/install/sqlite3"
	LD_LIBRARY_PATH=$libraries "$root/usr/bin/glewlwyd" --config-file="$GLEWLWYD/conf" \
		>"$GLEWLWYD/log" 2>&1 3>&- &
	export GLEWLWYD_PID=$!
	for _ in {1..1200}; do
		curl -sf -m 5 -o /dev/null "$GLEWLWYD_URL/config" && break
		kill -0 "$GLEWLWYD_PID" || break
		sleep 0.05
	done
	glewlwyd_configure "$1" >"$GLEWLWYD/configured" || { cat "$GLEWLWYD/configured" "$GLEWLWYD/log" >&2; return 1; }
}

glewlwyd_stop() {
	[ -z "${GLEWLWYD_PID-}" ] || kill "$GLEWLWYD_PID"
}

# She agrees without being asked.
glewlwyd_browser() {
	curl -sS -m 20 -b "$GLEWLWYD/jar" -c "$GLEWLWYD/jar" -o /dev/null -w '%{redirect_url}' "$1&g_continue"
}
