#!/bin/bash
# SPDX-License-Identifier: MIT
# What "./bootstrap demo" shows: credence's main job on the bundled sandbox, from a profile to a token,
# an API answer from the EU data centre, a renewal and a trace. Needs nothing but the build and bash.
set -euo pipefail

# shellcheck source=/dev/null
. "$abs_top_srcdir/tests/world.bash"
unset -f credence
trap sandbox_stop EXIT

say() {
	printf '\n# %s\n' "$*"
}

# show COMMAND…: prints it as one would type it, and runs it.
show() {
	printf '$ %s\n' "$*"
	"$@"
}

# A grant token, as somebody makes one in the provider's console; without curl, which may not be here.
console_code() {
	local address=${SANDBOX_CONTROL#http://} body='dc=eu&scope=ZohoCRM.modules.READ' answer
	exec 9<>"/dev/tcp/${address%:*}/${address#*:}"
	printf 'POST /code HTTP/1.1\r\nHost: %s\r\nConnection: close\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s' \
		"$address" application/x-www-form-urlencoded "${#body}" "$body" >&9
	answer=$(cat <&9)
	exec 9>&-
	[[ $answer =~ \"code\":\"([^\"]+)\" ]]
	printf '%s\n' "${BASH_REMATCH[1]}"
}

say 'A sandbox of the provider: accounts servers and APIs of ten data centres, on loopback'
sandbox_start
world
printf '  us %s\n  eu %s  …\n' "$SANDBOX_ACCOUNTS_us" "$SANDBOX_ACCOUNTS_eu"
credence() { command credence -C "$CONF" "$@"; }

say 'A profile, as a sysadmin writes it (or "credence init" does)'
profile crm 'location = "eu"'
show cat "$CONF/profiles.d/crm.conf" | sed 's/plain:[^"]*/plain:…/'

say 'Somebody logs in once, with a grant token from the console'
printf '$ credence login crm\n'
console_code | credence login crm

say 'From now on scripts ask for a token, for ever after'
token=$(credence token crm)
printf '$ credence token crm\n%s…\n' "${token:0:20}"

say 'The API answers, in the data centre that the credential belongs to'
answer=$(credence api crm GET /crm/v8/Leads)
printf '$ credence api crm GET /crm/v8/Leads\n%.160s…\n' "$answer"
[[ $answer == *'"Data_Center":"eu"'* ]]

say 'A renewal: one request, however many ask'
show credence refresh crm
renewed=$(credence token crm)
[[ $renewed != "$token" ]]

say 'Where everything came from, and how it stands'
show credence trace crm
show credence status

say 'That was all: a token, an answer from eu, a renewal, a trace.'
