# SPDX-License-Identifier: MIT
# A browser, driven by WebDriver (W3C): chromedriver, spoken to with curl and jq.
#
#	driver_start             # once a file (in setup_file)
#	browser_start            # once a test: a browser that has seen nothing yet
#	go http://…              # opens a page
#	text                     # what is to be read on it
#	click 'button.allow'     # the first that the selector finds
#	screenshot NAME          # into $SCREENSHOTS

bats_require_minimum_version 1.5.0
load "$abs_top_srcdir/tests/world.bash"
load "$abs_top_srcdir/tests/browser.bash"

driver_start() {
	local folder port
	folder=$(scratch)
	port=$(free_port)
	HOME=$folder chromedriver --port="$port" --log-path="$folder/chromedriver.log" >/dev/null 2>&1 3>&- &
	export DRIVER_PID=$! DRIVER=http://127.0.0.1:$port DRIVER_LOG=$folder/chromedriver.log
	until curl -sf "$DRIVER/status" | jq -e .value.ready >/dev/null; do
		kill -0 "$DRIVER_PID"
		sleep 0.1
	done
}

driver_stop() {
	[ -z "${DRIVER_PID-}" ] || kill "$DRIVER_PID"
}

# Without a sandbox of its own: root has to do without, and the pages are ours. Nothing that a browser
# does by itself.
browser_options() {
	jq -cn '$ARGS.positional | {capabilities: {alwaysMatch: {browserName: "chrome", "goog:chromeOptions": {args: .}}}}' \
		--args -- --headless=new --no-sandbox --disable-gpu --disable-quic --disable-sync \
		--disable-background-networking --disable-component-update --disable-field-trial-config --no-first-run \
		--no-proxy-server --window-size=1000,720 "--user-data-dir=$(scratch)/chromium$1"
}

# A browser that does not start, or opens no page, is none: on a machine that is busy it is tried again.
browser_start() {
	local try
	for try in 1 2 3; do
		SESSION=$(curl -sS --fail-with-body -m 60 "$DRIVER/session" -H 'Content-Type: application/json' \
			-d "$(browser_options "$try")" | jq -er .value.sessionId) || continue
		SESSION=$DRIVER/session/$SESSION
		webdriver POST url '{"url":"data:text/html,<h1>ready</h1>"}' >/dev/null && [ "$(text h1)" = ready ] && return 0
		browser_stop
	done
	return 1
}

# Of a test that has failed the driver's last words are told.
browser_stop() {
	[ -n "${BATS_TEST_COMPLETED-}" ] || tail -n 30 "$DRIVER_LOG" | cut -c -200 >&2
	[ -z "${SESSION-}" ] || curl -sS -m 20 -X DELETE "$SESSION" >/dev/null || :
	SESSION=
}

# webdriver METHOD PATH [JSON]: prints the answer's value.
webdriver() {
	curl -sS --fail-with-body -m 60 -X "$1" "$SESSION/$2" ${3+-H 'Content-Type: application/json' -d "$3"} |
		jq -c .value
}

# A page that can't be opened is an answer too.
go() {
	webdriver POST url "$(jq -cn --arg url "$1" '{$url}')" >/dev/null || :
}

address() {
	webdriver GET url | jq -r .
}

element() {
	webdriver POST element "$(jq -cn --arg value "$1" '{using: "css selector", $value}')" | jq -er '.[]'
}

click() {
	webdriver POST "element/$(element "$1")/click" '{}' >/dev/null
}

text() {
	webdriver GET "element/$(element "${1:-body}")/text" | jq -r .
}

# script JAVASCRIPT: what it returns
script() {
	webdriver POST execute/sync "$(jq -cn --arg script "$1" '{$script, args: []}')"
}

# choose SELECTOR OPTION: of a list
choose() {
	script "const list = document.querySelector('$1'); list.value = '$2';
		list.dispatchEvent(new Event('change', {bubbles: true})); return list.value" | grep -qx "\"$2\""
}

# until_text TEXT: the page that is loading has it
until_text() {
	local seen
	for _ in {1..300}; do
		seen=$(text 2>/dev/null) && [[ $seen == *"$1"* ]] && return 0
		sleep 0.1
	done
	printf 'there is no "%s" on %s: %s\n' "$1" "$(address)" "$seen" >&2
	return 1
}

screenshot() {
	mkdir -p "$SCREENSHOTS"
	webdriver GET screenshot | jq -r . | base64 -d >"$SCREENSHOTS/$1.png"
	[ "$(head -c 8 "$SCREENSHOTS/$1.png" | od -An -tx1 | tr -d ' ')" = 89504e470d0a1a0a ]
}
