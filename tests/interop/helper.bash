# SPDX-License-Identifier: MIT
# What the interop tests share: servers that are programs of somebody else, or of node's, and the part
# of a person with a browser.

bats_require_minimum_version 1.5.0
load "$abs_top_srcdir/tests/world.bash"
load "$abs_top_srcdir/tests/interop/npm.bash"

# serve FOLDER [ARGUMENT…]: starts tests/interop/FOLDER/server.mjs; its address is in $SERVER, its
# process in $SERVER_PID.
serve() {
	local folder=$1 run program i
	run=$(scratch)/$folder
	shift
	mkdir -p "$run"
	program=$abs_top_srcdir/tests/interop/$folder/server.mjs
	if [ -e "${program%/*}/package.json" ]; then
		program=$(npm_folder "$folder")/server.mjs
	fi
	node "$program" "$@" >"$run/out" 2>"$run/err" 3>&- &
	SERVER_PID=$!
	for ((i = 0; i < 300; i++)); do
		if read -r _ SERVER < <(grep '^READY ' "$run/out"); then
			export SERVER SERVER_PID
			return 0
		fi
		kill -0 "$SERVER_PID" || break
		sleep 0.1
	done
	cat "$run/err" >&2
	return 1
}

serve_stop() {
	[ -z "${SERVER_PID-}" ] || kill "$SERVER_PID"
	unset SERVER_PID
}

# ask PATH [CURL-OPTION…]: of the server's own control
ask() {
	curl -sS --fail-with-body -m 20 "$SERVER/control/$1" "${@:2}"
}

# log FILTER: of the requests that the server saw, by jq
log() {
	ask log | jq -er "$1"
}

# browser URL: what a person's browser does with it. Prints where it was sent in the end, which is on
# no server of ours: the redirect URI with its answer.
browser() {
	local url=$1 jar i
	jar=$(scratch)/cookies
	for ((i = 0; i < 10; i++)); do
		url=$(curl -sS -m 20 -o /dev/null -w '%{redirect_url}' -b "$jar" -c "$jar" "$url")
		[[ $url == "$SERVER"/* ]] || break
	done
	printf '%s\n' "$url"
}

# type_code URL CODE: a person types the code of a device into its page and agrees
type_code() {
	local jar page xsrf
	jar=$(scratch)/cookies
	page=$(curl -sS -m 20 -L -b "$jar" -c "$jar" "$1")
	xsrf=$(sed -n 's/.*name="xsrf" value="\([^"]*\)".*/\1/p' <<<"$page" | head -n 1)
	curl -sS -m 20 -o /dev/null -b "$jar" -c "$jar" -d "xsrf=$xsrf" -d "user_code=$2" "$1"
	curl -sS -m 20 -L -o /dev/null -b "$jar" -c "$jar" -d "xsrf=$xsrf" -d "user_code=$2" -d confirm=yes "$1"
}

base64url() {
	openssl base64 -A | tr '+/' '-_' | tr -d =
}

# imported NAME ANSWER: gives a credential the tokens of a token answer that another client got
imported() {
	jq -n --argjson answer "$2" '{ name: "credence", values: [
		{ key: "refresh-token", value: $answer.refresh_token },
		{ key: "access-token", value: $answer.access_token } ] | map(select(.value)) }' |
		credence import "$1"
}
