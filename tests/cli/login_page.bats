#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The page that a login shows: opened by the desktop's opener, with care; printed always; as a QR code
# where a person has to carry it to another device.

load helper
load "$abs_top_srcdir/tests/browser.bash"

setup() {
	sandbox_start
	world
	PORT=$(free_port)
	REDIRECT=http://127.0.0.1:$PORT/callback
	web_client
	web_profile crm
	desktop
}

teardown() {
	login_stop
	sandbox_stop
	[ -z "${USER_FOLDER-}" ] || rm -rf "$USER_FOLDER"
}

# A desktop whose opener writes down what it was given. Nothing is opened for root, so that root's test
# is somebody else's: with a copy of the build that they may read.
desktop() {
	AS=()
	BIN=$BATS_TEST_TMPDIR/bin
	mkdir "$BIN"
	cp "$abs_top_builddir/credence" "$BIN/"
	if [ "$(id -u)" -eq 0 ]; then
		USER_FOLDER=$(mktemp -d /tmp/credence-user.XXXXXX)
		mv "$BIN" "$USER_FOLDER/"
		BIN=$USER_FOLDER/bin
		cp -r "$CREDENCE_TEST_MODULES" "$USER_FOLDER/modules"
		cp -r "$CONF" "$USER_FOLDER/conf"
		CONF=$USER_FOLDER/conf
		printf 'modules = { path = [ "%s" ]; };\n' "$USER_FOLDER/modules" >"$CONF/credence.conf"
		chown -R 65534:65534 "$USER_FOLDER"
		AS=(setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all)
	fi
	OPENED=$BIN/opened
	cat >"$BIN/xdg-open" <<-'END'
		#!/bin/bash
		STREAMS=$(readlink "/proc/$$/fd/0" "/proc/$$/fd/1" "/proc/$$/fd/2" | xargs)
		LEFT=$(find "/proc/$$/fd" -lname 'socket:*' | wc -l)
		{
			printf '%s\n' "$#" "$@"
			printf '%s\n' "$STREAMS" "$LEFT"
			[ "$(ps -o sid= -p $$ | tr -d ' ')" != "$CALLER_SESSION" ] && echo "a session of its own"
			echo end
		} >"${0%/*}/opened"
	END
	chmod 755 "$BIN/xdg-open"
}

# The command on that desktop. Not a function: the process that is started must be the command.
user_command() {
	USER_COMMAND=(env "${AS[@]}" env "DISPLAY=${SCREEN-:9}" "HOME=$CONF" XDG_RUNTIME_DIR=
		"CALLER_SESSION=$(ps -o sid= -p $$ | tr -d ' ')" "PATH=${SEARCH-$BIN:$PATH}"
		"$BIN/credence" -C "$CONF")
}

# start [OPTION…]: logs in on that desktop
start() {
	LOGIN_OUT=$BATS_TEST_TMPDIR/login.out LOGIN_ERR=$BATS_TEST_TMPDIR/login.err
	rm -f "$LOGIN_ERR"
	user_command
	"${USER_COMMAND[@]}" login crm "$@" >"$LOGIN_OUT" 2>"$LOGIN_ERR" </dev/null 3>&- &
	LOGIN_PID=$!
	until grep -qs "^  until" "$LOGIN_ERR"; do
		kill -0 "$LOGIN_PID"
		sleep 0.05
	done
	LOGIN_URL=$(sed -n 's/^  \(http.*\)$/\1/p' "$LOGIN_ERR")
}

@test "RFC 6749 10.13, RFC 8252 8.12: the desktop's opener gets the address, as one argument, and nothing else" {
	start
	grep -qx '  (opened in your browser)' "$LOGIN_ERR"
	until grep -qx end "$OPENED" 2>/dev/null; do sleep 0.05; done
	mapfile -t opened <"$OPENED"
	[ "${opened[0]}" = 1 ]
	[ "${opened[1]}" = "$LOGIN_URL" ]
	[ "${opened[2]}" = "/dev/null /dev/null /dev/null" ]
	[ "${opened[3]}" = 0 ]
	[ "${opened[4]}" = "a session of its own" ]
	curl -sS -o /dev/null "$(consent "$LOGIN_URL")"
	login_end
	[ "$status" = 0 ]
}

@test "--no-browser only prints" {
	start --no-browser
	curl -sS -o /dev/null "$(consent "$LOGIN_URL")"
	login_end
	[ "$status" = 0 ]
	[[ $stderr == *"in a browser on this machine; for one elsewhere: credence login crm --paste"* ]]
	[ ! -e "$OPENED" ]
}

@test "without a desktop, or without an opener, it is printed" {
	SCREEN='' start
	[[ $(cat "$LOGIN_ERR") != *"(opened"* ]]
	login_stop
	[ ! -e "$OPENED" ]
	rm "$BIN/xdg-open"
	SEARCH=$BIN start
	[[ $(cat "$LOGIN_ERR") != *"(opened"* ]]
	[[ $(cat "$LOGIN_ERR") == *"in a browser on this machine"* ]]
}

@test "root opens no browser" {
	[ "$(id -u)" -eq 0 ] || return 0 # whoever is not sees it opened above
	rm -rf "$CONF"
	world
	web_profile crm
	DISPLAY=:9 PATH=$BIN:$PATH login_start crm
	[ ! -e "$OPENED" ]
}

@test "RFC 8252 8.12, CVE-2017-18266: what is no plain URL of the web is not given to the opener" {
	user_command
	for endpoint in 'javascript:alert(1)' 'file:///etc/passwd' '-h' 'https://a.example/$(id)' 'https://a.example/`id`' \
		"https://a.example/'x" 'https://a.example/;id' 'https://a.example/|id' 'http://a.example/'; do
		rm -f "$OPENED"
		web_profile crm "authorization_endpoint = \"$endpoint\"" 'grant = ( { use = "server_based"; wait = "100ms"; } )'
		run "${USER_COMMAND[@]}" login crm
		[ "$status" -ne 0 ]
		[[ $output != *"(opened"* ]]
		[ ! -e "$OPENED" ]
	done
	web_profile crm "authorization_endpoint = \"https://a.example/x?y=z\"" 'grant = ( { use = "server_based"; wait = "100ms"; } )'
	run "${USER_COMMAND[@]}" login crm
	[[ $output == *"(opened"* ]]
}

# seen COLUMNS ROWS OPTION…: what a login shows on a terminal of that size
seen() {
	script -qfec "stty cols $1 rows $2; $(type -P credence) -C $CONF login crm ${*:3} </dev/null" \
		"$BATS_TEST_TMPDIR/typescript" >/dev/null </dev/null 3>&- || :
	tr -d '\r' <"$BATS_TEST_TMPDIR/typescript" >"$BATS_TEST_TMPDIR/screen"
}

@test "a QR code of the page, if there is room, and else how much it takes" {
	rm -rf "$CONF"
	world
	web_profile crm 'grant = ( { use = "server_based"; wait = "100ms"; } )'
	for option in --paste --no-browser; do
		seen 200 120 "$option"
		grep -a $'\e\[30;107m' "$BATS_TEST_TMPDIR/screen" >"$BATS_TEST_TMPDIR/qr"
		url=$(sed -n 's/^  \(http.*\)$/\1/p' "$BATS_TEST_TMPDIR/screen")
		[[ $url == "$SANDBOX_ACCOUNTS_us/"* ]]
		[ "$(qr_read <"$BATS_TEST_TMPDIR/qr")" = "$url" ]
		for size in "200 20" "20 120"; do
			# shellcheck disable=SC2086
			seen $size "$option"
			run -1 grep -a $'\e\[30;107m' "$BATS_TEST_TMPDIR/screen"
			grep -aqE '^  \(its QR code takes [0-9]+ columns and [0-9]+ lines\)$' "$BATS_TEST_TMPDIR/screen"
		done
	done
	# Who has a browser here needs none.
	seen 200 120
	run -1 grep -a 'QR code' "$BATS_TEST_TMPDIR/screen"
}

# qr_read: what a camera would see on the terminal
qr_read() {
	sed $'s/\e\\[[0-9;]*m//g' | PYTHONIOENCODING=utf-8 python3 -c '
import sys
rows = []
for line in sys.stdin.read().splitlines():
    for black in "▀█", "▄█":
        rows += [" ".join("1 1 1 1" if c in black else "0 0 0 0" for c in line)] * 4
print("P1", len(line) * 4, len(rows), *rows, sep="\n")' >"$BATS_TEST_TMPDIR/qr.pbm"
	zbarimg -q --raw "$BATS_TEST_TMPDIR/qr.pbm"
}
