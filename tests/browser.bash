# SPDX-License-Identifier: MIT
# A login with a redirect, as seen by whoever has the browser: started, its page's address read, its end
# awaited; and curl as that browser, which fills in the sandbox's consent form.
#
#	REDIRECT=http://127.0.0.1:$PORT/callback
#	web_client [URI]         # a client of the sandbox, $WEB_CLIENT, with that redirect URI
#	web_profile crm [LINE…]  # a profile of it
#	login_start crm          # in the background: $LOGIN_URL
#	to=$(consent "$LOGIN_URL" allow eu)
#	curl "$to"
#	login_end                # $status, $output, $stderr

# A port that nobody listens on, and that no other test of this build was told within half an hour: it
# may be a while until somebody listens.
free_port() {
	local port told=$abs_top_builddir/tests/ports
	mkdir -p "$told"
	find "$told" -mindepth 1 -mmin +30 -delete 2>/dev/null || :
	while :; do
		port=$((20000 + RANDOM % 12000))
		mkdir "$told/$port" 2>/dev/null || continue
		[ -n "$(ss -Hltn "sport = :$port")" ] || break
	done
	printf '%s' "$port"
}

# web_client [URI]: registered is that one, else $REDIRECT.
web_client() {
	WEB_CLIENT=1000.WEB$((WEB_CLIENTS++))
	control clients -d "id=$WEB_CLIENT&secret=CANARY-web&kind=server&multi_dc=1" \
		--data-urlencode "redirect_uri=${1:-$REDIRECT}" >/dev/null
}

# web_profile NAME [LINE…]: of $WEB_CLIENT, with redirect URI $REDIRECT.
web_profile() {
	local name=$1
	shift
	profile "$name" "client = { id = \"$WEB_CLIENT\"; secret = \"plain:CANARY-web\"; redirect_uri = \"$REDIRECT\"; }" \
		'grant = "server_based"' "$@"
}

# login_start NAME [OPTION…]
login_start() {
	local folder
	folder=$(scratch)
	LOGIN_OUT=$folder/login.out LOGIN_ERR=$folder/login.err
	rm -f "$LOGIN_OUT" "$LOGIN_ERR"
	# The shell has what it starts in the background ignore Ctrl-C.
	env --default-signal=INT credence -C "$CONF" login "$@" >"$LOGIN_OUT" 2>"$LOGIN_ERR" </dev/null 3>&- &
	LOGIN_PID=$!
	LOGIN_URL=$(login_shows 's/^  \(http.*\)$/\1/p')
}

# login_shows SED-COMMAND: the first line that it prints of what the login says, once it is there
login_shows() {
	local ended=
	until sed -n "$1" "$LOGIN_ERR" 2>/dev/null | grep -m 1 .; do
		[ -z "$ended" ] || { cat "$LOGIN_ERR" >&2; return 1; }
		# What it said before it ended counts.
		kill -0 "$LOGIN_PID" 2>/dev/null || ended=1
		sleep 0.05
	done
}

# Is it still waiting?
login_waits() {
	kill -0 "$LOGIN_PID" && [ -n "$(ss -Hltn "sport = :$PORT")" ]
}

login_end() {
	status=0
	wait "$LOGIN_PID" || status=$?
	output=$(cat "$LOGIN_OUT")
	stderr=$(cat "$LOGIN_ERR")
	LOGIN_PID=
}

# For teardown: whatever the test left.
login_stop() {
	[ -z "${LOGIN_PID-}" ] || { kill "$LOGIN_PID" && wait "$LOGIN_PID"; } 2>/dev/null || :
	LOGIN_PID=
}

# url_param URL NAME: a parameter of a query, as it stands there.
url_param() {
	sed -n "s/.*[?&]$2=\([^&#]*\).*/\1/p" <<<"$1"
}

# consent URL [ACTION [DC [USER]]]: opens the page, answers its form, prints where it leads.
consent() {
	local page name value form=() action
	page=$(curl -sS -m 20 "$1")
	action=$(sed -n 's/.*<form method="post" action="\([^"]*\)".*/\1/p' <<<"$page")
	if [ -z "$action" ]; then
		printf '%s\n' "$page" >&2
		return 1
	fi
	while IFS=$'\t' read -r name value; do
		form+=(--data-urlencode "$name=$value")
	done < <(grep -o '<input type="hidden" name="[^"]*" value="[^"]*"' <<<"$page" |
		sed 's/.*name="\([^"]*\)" value="\([^"]*\)"/\1\t\2/; s/&quot;/"/g; s/&lt;/</g; s/&gt;/>/g; s/&amp;/\&/g')
	curl -sS -m 20 -o /dev/null -w '%{redirect_url}' "${form[@]}" --data-urlencode "action=${2:-allow}" \
		--data-urlencode "location=${3:-us}" --data-urlencode "user=${4:-user@sandbox.example}" \
		"$(sed 's|\(//[^/]*\).*|\1|' <<<"$1")$action"
}
