#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What leaves the process: tokens whole or not at all, errors as text and JSON, exit statuses, tables,
# questions on a terminal.

load helper

setup_file() {
	sandbox_start
}

teardown_file() {
	sandbox_stop
}

setup() {
	control reset -X POST
	world
	profile crm
}

# on_terminal TYPED COMMAND: what a terminal shows when that is typed once a prompt is there.
on_terminal() {
	local typed=$1
	shift
	(
		until grep -q ': $' "$BATS_TEST_TMPDIR/screen" 2>/dev/null; do sleep 0.05; done
		sleep 0.1
		# shellcheck disable=SC2059
		printf "$typed"
		until [ -e "$BATS_TEST_TMPDIR/done" ]; do sleep 0.05; done
	) | script -qfec "$*; echo STATUS=\$?; stty -a | grep -o -e '-\\?echo '; touch $BATS_TEST_TMPDIR/done" \
		"$BATS_TEST_TMPDIR/screen" >/dev/null
	tr -d '\r' <"$BATS_TEST_TMPDIR/screen"
}

renewals() {
	control state | jq .totals.renewals
}

@test "a generation that is far ahead: no renewal could help, and no person is called for" {
	login crm
	for generation in 2 1000000; do
		run --separate-stderr -6 credence token crm --newer-than "$generation"
		[[ ${stderr_lines[0]} == "credence: crm: the token is of generation 1, and a later one than the next was asked for" ]]
		[[ ${stderr_lines[1]} == "hint: "* ]]
	done
	[ "$(renewals)" = 0 ]
	[ "$(credence token --json crm | jq .generation)" = 1 ]
	[ "$(credence token --json crm --newer-than 1 | jq .generation)" = 2 ]
}

@test "good for longer than any token of the server is: no renewal could help" {
	login crm
	for time in 2h 1h 2h; do
		run --separate-stderr -6 credence token crm --min-valid "$time"
		[[ ${stderr_lines[0]} == "credence: crm: a new token is good for no more than 1 h" ]]
		[[ ${stderr_lines[1]} == "hint: ask for less with --min-valid" ]]
	done
	[ "$(renewals)" = 0 ]
	# What is due shows whether the server gives more by now, once a life.
	profile crm 'refresh_before = "59m"'
	credence refresh crm
	sleep 1.1
	control mode -d access_life=2h >/dev/null
	clock 120 credence token crm --min-valid 90m
	[ "$(renewals)" = 2 ]
}

@test "of a token that was brought from elsewhere nobody knows how long a new one lives" {
	login crm
	credence export crm --format postman --with-secrets -o "$BATS_TEST_TMPDIR/tokens"
	jq '(.values[] | select(.key == "expiry-time") | .value) |= ((now + 600) * 1000 | floor | tostring)' \
		"$BATS_TEST_TMPDIR/tokens" | credence import crm
	run -0 credence status --json crm
	[ "$(jq .expires_in <<<"$output")" -le 600 ]
	[ "$(credence token --json crm --min-valid 30m | jq .generation)" = 3 ]
}

@test "a token is one line on standard output and nothing else anywhere" {
	login crm
	run --separate-stderr -0 credence token crm
	[[ $output =~ ^1000\.[0-9a-f]+\.[0-9a-f]+$ ]]
	[ -z "$stderr" ]
	[ "$(credence token crm | wc -l)" -eq 1 ]
}

@test "a token that is still valid is written by one write, and nothing is asked of a terminal" {
	login crm
	# A leak checker can't work in a process that is traced.
	ASAN_OPTIONS="${ASAN_OPTIONS-}:detect_leaks=0" strace -f -o "$BATS_TEST_TMPDIR/strace" -e trace=write,ioctl,fsync,rename,unlink \
		"$(type -P credence)" -C "$CONF" token crm >"$BATS_TEST_TMPDIR/token"
	[ "$(grep -c 'write(' "$BATS_TEST_TMPDIR/strace")" -eq 1 ]
	run -1 grep -E 'ioctl|fsync|rename|unlink' "$BATS_TEST_TMPDIR/strace"
}

@test "a token that can't be written is a failure" {
	login crm
	run -1 bash -c "'$(type -P credence)' -C '$CONF' token crm >/dev/full"
	[[ $output == *"can't write to standard output: No space left on device"* ]]
	run bash -c "set -o pipefail; { (trap '' PIPE; while echo; do sleep 0.05; done) 2>/dev/null; '$(type -P credence)' -C '$CONF' token crm; echo \$? >'$BATS_TEST_TMPDIR/status'; } | true"
	[ "$(cat "$BATS_TEST_TMPDIR/status")" -eq 1 ]
	# Closed descriptors are not taken for files that are opened later.
	run -1 bash -c "'$(type -P credence)' -C '$CONF' token crm <&- >&- 2>&-"
	credence status crm
}

@test "token --json has its members in order, and none is missing" {
	profile crm 'location = "eu"'
	login crm eu
	run -0 credence token --json crm
	[ "$(jq -rc 'keys_unsorted' <<<"$output")" = '["version","profile","credential","generation","access_token","token_type","header","scope","api_domain","location","accounts_server","issued_at","expires_at","expires_in","expires_in_ms"]' ]
	[ "$(jq -r .header.value <<<"$output")" = "Zoho-oauthtoken $(credence token crm)" ]
	[ "$(jq -r .header.name <<<"$output")" = Authorization ]
	[ "$(jq -r .api_domain <<<"$output")" = "$SANDBOX_API_eu" ]
	jq -e '.expires_in <= 3600 and .expires_in > 3500' <<<"$output"
	jq -e '(.expires_at | fromdateiso8601) - (.issued_at | fromdateiso8601) == 3600' <<<"$output"
	jq -e '(.expires_in_ms / 1000 | floor) == .expires_in' <<<"$output"
	[ "${#lines[@]}" -eq 1 ]
}

@test "header, env and url agree with the token" {
	login crm
	run -0 credence header crm
	[ "$output" = "Authorization: Zoho-oauthtoken $(credence token crm)" ]
	eval "$(credence env crm)"
	[ "$CREDENCE_PROFILE" = crm ]
	[ "$CREDENCE_ACCESS_TOKEN" = "$(credence token crm)" ]
	[ "$CREDENCE_API_DOMAIN" = "$SANDBOX_API_us" ]
	[ "$CREDENCE_EXPIRES_AT" = "$(credence token --json crm | jq -r .expires_at)" ]
	curl -fsS -H "Authorization: $CREDENCE_TOKEN_TYPE $CREDENCE_ACCESS_TOKEN" \
		"$(credence url crm /crm/v8/Leads)" | jq -e .data
	run -2 credence url crm no-slash
	run -10 credence url crm https://elsewhere.example/x
	# The record has it: neither a valid token nor the network is needed.
	[ "$(credence --no-network url crm /x)" = "$SANDBOX_API_us/x" ]
	profile desk
	run -4 credence url desk /x
}

@test "--newer-than renews only if nobody did; --min-valid asks for more" {
	login crm
	first=$(credence token crm)
	[ "$(credence token --newer-than 0 crm)" = "$first" ]
	second=$(credence token --newer-than 1 crm)
	[ "$second" != "$first" ]
	[ "$(credence token --newer-than 1 crm)" = "$second" ]
	[ "$(credence token --min-valid 50m crm)" = "$second" ]
}

@test "header, env and url with --json are objects" {
	login crm
	[ "$(credence --json header crm | jq -r '.header | .name + ": " + .value')" = "$(credence header crm)" ]
	[ "$(credence env --json crm | jq -r .access_token)" = "$(credence token crm)" ]
	[ "$(credence url --json crm /crm/v8/Leads | jq -r '"\(.version) \(.profile) \(.url)"')" = "1 crm $(credence url crm /crm/v8/Leads)" ]
}

@test "an error is a line and a hint; with --json an object beside" {
	run --separate-stderr -4 credence token crm
	[ -z "$output" ]
	[ "${stderr_lines[0]}" = "credence: crm: nobody has logged in yet" ]
	[ "${stderr_lines[1]}" = "hint: credence login crm" ]
	[ "${#stderr_lines[@]}" -eq 2 ]
	run --separate-stderr -4 credence token --json crm
	[ "$(jq -c '[.version,.error.status,.error.message,.error.hint]' <<<"$output")" = \
		'[1,4,"nobody has logged in yet","credence login crm"]' ]
	[ "${#stderr_lines[@]}" -eq 2 ]
	run --separate-stderr -4 credence token --json -q crm
	[ -z "$stderr" ]
	jq -e .error <<<"$output"
	# -q alone never hides an error.
	run --separate-stderr -4 credence token -q crm
	[ "${#stderr_lines[@]}" -eq 2 ]
}

@test "the server's code and the remedy of the catalogue are shown; try later says when" {
	run --separate-stderr -4 credence login crm <<<"1000.wrong.wrong"
	[[ $stderr == *"credence: crm: invalid_code: "* ]]
	login crm
	for i in 1 2 3 4 5 6 7 8 9; do credence refresh -q crm; done
	run --separate-stderr -7 credence refresh --json crm
	jq -e '.error.retry_after > 0 and .error.retry_after <= 610' <<<"$output"
	[[ ${stderr_lines[1]} == "hint: try again in "*", or use --wait" ]]
}

@test "no escape sequences unless somebody can see them, and none with NO_COLOR" {
	login crm
	run credence status
	[[ $output != *$'\033'* ]]
	run credence token nope
	[[ $output != *$'\033'* ]]
	NO_COLOR= run script -qec "$(type -P credence) -C $CONF status" /dev/null
	[[ $output == *$'\033[1mPROFILE'* ]]
	NO_COLOR=1 run script -qec "$(type -P credence) -C $CONF status" /dev/null
	[[ $output != *$'\033'* ]]
}

@test "status: a table, a page, JSON, and the exit status that token would have" {
	profile desk 'location = "eu"'
	login crm
	run -0 credence status
	[[ ${lines[0]} == "PROFILE  DC  STATE    TOKEN   REFRESH TOKEN  LIMITS                 LAST" ]]
	[[ ${lines[1]} =~ ^crm\ +us\ +ok\ +[0-9]+\ min\ .*1\ of\ 20\ +access\ 1/10\ in\ 10\ min\ +logged\ in\ [0-9]+\ s\ ago$ ]]
	[[ ${lines[2]} =~ ^desk\ +-\ +not\ yet\ +-\ +-\ +-\ +-$ ]]
	run -0 credence status crm
	run -4 credence status desk
	run -4 credence status --json desk
	[ "$(jq -r '.state' <<<"$output")" = "not yet" ]
	run -0 credence status --json
	[ "$(jq -r 'map(.profile + " " + .state) | join(",")' <<<"$output")" = "crm ok,desk not yet" ]
	[[ $output != *"$(credence token crm)"* ]]
	run -0 credence status -v crm
	[[ $output == *"accounts       $SANDBOX_ACCOUNTS_us"* ]]
	[[ $output == *"logged in  HTTP 200"* ]]
	run -11 credence status nope
}

@test "status neither sends nor writes" {
	login crm
	before=$(find "$CONF/state" -type f -exec sha256sum {} + | sort)
	requests=$(control state | jq -c .totals)
	credence status
	credence status -v crm
	credence trace crm
	credence list
	[ "$(find "$CONF/state" -type f -exec sha256sum {} + | sort)" = "$before" ]
	[ "$(control state | jq -c .totals)" = "$requests" ]
}

@test "api: the body as it is, the exit status by the server's" {
	login crm
	run -0 --separate-stderr credence api crm /crm/v8/Leads
	jq -e '.data | length > 0' <<<"$output"
	[ -z "$stderr" ]
	run -5 --separate-stderr credence api crm GET /crm/v8/nope
	jq -e .code <<<"$output"
	[ "$stderr" = "credence: crm: the API answered HTTP 404" ]
	run -10 --separate-stderr credence api crm https://evil.example/x
	[ -z "$output" ]
	run -2 credence api crm 'G ET' /x
	run -2 credence api crm /x -H 'no colon'
	run -2 credence api crm /x -H 'Authorization: mine'
	run -2 credence api crm /x -H $'X: a\nY: b'
	run -2 credence api crm /x -d @/nonexistent
}

@test "api: the headers that say whose token it is and whom it is for are not the caller's" {
	login crm
	for header in "authorization: Bearer x" "Host: api.example" "HOST:api.example"; do
		run --separate-stderr -2 credence api crm /crm/v8/echo -H "$header"
		[[ $stderr == *"is credence's to set"* ]]
	done
	run -0 credence api crm /crm/v8/Leads -H "X-Host: api.example"
}

@test "api -v: what a server puts into a header does nothing to the terminal" {
	login crm
	control fault -d 'name=redirect&endpoint=api' \
		--data-urlencode $'to=https://evil.example/\033]0;x\a'
	run -5 --separate-stderr credence -v api crm /crm/v8/Leads
	[[ ${stderr,,} == *'location: https://evil.example/?]0;x?'* ]]
	[[ $stderr != *[$'\033\a']* ]]
}

@test "run: the variables, the exit status, the descriptors" {
	login crm
	run -0 credence run crm -- printenv CREDENCE_ACCESS_TOKEN
	[ "$output" = "$(credence token crm)" ]
	run -3 credence run crm -- sh -c 'exit 3'
	run -127 credence run crm -- /nonexistent
	run -126 credence run crm -- /etc/passwd
	run -125 credence run nope -- true
	# What can't be run is an error like any other.
	run --separate-stderr -127 credence run --json crm -- /nonexistent
	jq -e '.error.status == 127 and (.error.message | startswith("can'"'"'t run /nonexistent: "))' <<<"$output"
	[[ ${stderr_lines[1]} == "hint: "* ]]
	run -143 credence run crm -- sh -c 'kill -TERM $$'
	# The command's options are its own.
	run -0 credence run crm printf '%s %s' --json -q
	[ "$output" = "--json -q" ]
	[ "$(credence run crm -- sh -c 'ls /proc/self/fd')" = "$(sh -c 'ls /proc/self/fd')" ]
	[ "$(credence run crm -- sh -c 'ulimit -c; grep Sig[IC] /proc/self/status')" = \
		"$(sh -c 'ulimit -c; grep Sig[IC] /proc/self/status')" ]
}

@test "run, env: no variable of another credential is left beside the token" {
	printf '%s\n' "accounts_server = \"$SANDBOX_ACCOUNTS_us\";" 'token_endpoint = "/oauth/v2/token";' \
		>"$CONF/providers.d/plain.conf"
	profile plain 'provider = "plain"' 'resolver =' 'location ='
	login crm
	login plain
	eval "$(credence env crm)"
	[ "$CREDENCE_API_DOMAIN" = "$SANDBOX_API_us" ]
	export CREDENCE_CLIENT_SECRET=of-crm
	run -0 credence run plain -- sh -c 'env | grep -o "^CREDENCE_[A-SU-Z][A-Z_]*\|^CREDENCE_TOKEN_TYPE" | sort | xargs'
	[ "$output" = "CREDENCE_ACCESS_TOKEN CREDENCE_EXPIRES_AT CREDENCE_PROFILE CREDENCE_TOKEN_TYPE" ]
	eval "$(credence env plain)"
	[ "$CREDENCE_ACCESS_TOKEN" = "$(credence token plain)" ]
	[ -z "${CREDENCE_API_DOMAIN+set}" ]
	[ "$CREDENCE_CLIENT_SECRET" = of-crm ]
	credence export plain --format env --with-secrets -o "$BATS_TEST_TMPDIR/e"
	. "$BATS_TEST_TMPDIR/e"
	[ "$CREDENCE_CLIENT_SECRET" = CANARY-sandbox-secret ]
}

@test "a code is asked for on the terminal, is not shown, and the terminal is put right" {
	local code
	code=$(code us)
	run on_terminal "$code\\n" "$(type -P credence) -C $CONF login crm"
	[[ $output == *"Paste the code: ********"* ]]
	[[ $output != *"$code"* ]]
	[[ $output == *"crm: logged in at us"* ]]
	[[ $output == *"STATUS=0"* && $output == *$'\necho'* ]]
}

@test "Ctrl-C while a code is asked for: 130, the terminal is put right" {
	run on_terminal '\003' "trap : INT; $(type -P credence) -C $CONF login crm"
	[[ $output == *"interrupted"* && $output == *"STATUS=130"* && $output == *$'\necho'* ]]
	run -4 credence status crm
}

@test "SIGQUIT while a code is asked for: 131, the terminal is put right" {
	run on_terminal '\034' "trap : QUIT; $(type -P credence) -C $CONF login crm"
	[[ $output == *"interrupted"* && $output == *"STATUS=131"* && $output == *$'\necho'* ]]
	run -4 credence status crm
}

@test "a deadline that no clock reaches is not over, however long a person takes" {
	local ever=9223372036854775807ms
	code >"$BATS_TEST_TMPDIR/code"
	run -0 credence --timeout "$ever" login crm < <(sleep 0.2 && cat "$BATS_TEST_TMPDIR/code")
	run -0 credence --timeout "$ever" backup "$BATS_TEST_TMPDIR/backup" \
		< <(sleep 0.2 && echo 'correct horse')
	run -0 credence --timeout "$ever" restore "$BATS_TEST_TMPDIR/backup" --force \
		< <(sleep 0.2 && echo 'correct horse')
	profile twin 'credential = "crm"'
	run -0 credence --timeout "$ever" refresh --due
	printf 'deadline = "%s";\n' "$ever" >>"$CONF/credence.conf"
	run -0 credence refresh --force crm
}

@test "a signal ends what is waited for, the server and the lock: 128 and its number" {
	login crm
	for signal in INT:130 TERM:143 HUP:129 QUIT:131; do
		# The shell has what it starts in the background ignore these keys.
		held_up env --default-signal=INT,QUIT credence -C "$CONF" token --newer-than 1 crm 2>"$BATS_TEST_TMPDIR/err"
		kill "-${signal%:*}" "$pid"
		start=$SECONDS status=0
		wait "$pid" || status=$?
		[ "$status" = "${signal#*:}" ]
		[ $((SECONDS - start)) -lt 15 ]
		grep -q interrupted "$BATS_TEST_TMPDIR/err"
		let_go
		credence logout crm
		login crm
	done
	held_up credence token --newer-than 1 --timeout 10m crm 2>/dev/null
	holder=$pid
	interrupted credence -C "$CONF" token --newer-than 1 crm
	# A pipe that nobody writes to is opened, not read.
	mkfifo "$BATS_TEST_TMPDIR/pipe"
	interrupted credence -C "$CONF" api crm /crm/v8/Leads -d "@$BATS_TEST_TMPDIR/pipe"
	run -6 credence token --newer-than 1 --timeout 0 crm
	let_go
	wait "$holder"
}

@test "nobody there: login says so at once" {
	run -4 --separate-stderr credence login crm </dev/null
	[[ $stderr == *"nobody is there"* ]]
}

@test "a terminal shows what is waited for; a script sees nothing of it" {
	login crm
	control fault -d 'name=hang&endpoint=token&count=1'
	run -6 script -qec "$(type -P credence) -C $CONF refresh crm --timeout 8s" /dev/null
	[[ $output == *"127.0.0.1 … "* ]]
	control fault -d 'name=hang&endpoint=token&count=1'
	run -6 --separate-stderr credence refresh --force crm --timeout 3s
	[[ $stderr != *"…"* ]]
}

@test "revoke, logout, and again" {
	login crm
	run -0 credence revoke crm
	[ "$output" = "crm: revoked at the server, and erased here" ]
	run -4 credence logout crm
	login crm
	run -0 credence logout crm --json
	[ "$(jq -r .event <<<"$output")" = erased ]
	run -4 credence token crm
}

@test "refresh --due: only what is due, and one failure stops no other" {
	profile desk 'refresh_before = "59m"'
	profile never
	login crm
	login desk
	control clock -d advance=120
	run -0 credence refresh --due
	[ "$output" = "" ] || [[ $output == "desk: renewed"* ]]
	printf 'broken' >"$CONF/state/records/crm"
	run --separate-stderr -8 credence refresh --due
	[[ $stderr == *"credence: crm: "* ]]
}

@test "trace shows the walk and where the answer came from" {
	login crm
	run -0 credence trace crm
	[[ ${lines[0]} == "crm  profile $CONF/profiles.d/crm.conf (admin), provider sandbox (admin)" ]]
	[[ $output == *"file  required  [success=done miss=ignore default=bad]  success"*"← answer"* ]]
	[[ $output == *"would renew with the refresh token"* ]]
	run -0 credence trace --json crm
	[ "$(jq -r '.steps[0] | .role + " " + .module + " " + .answer' <<<"$output")" = "store file success" ]
	profile desk
	run -4 --separate-stderr credence trace desk
	[[ $output == *"miss"* && $stderr == *"nobody has logged in yet"* ]]
	[[ $output == *"would acquire a token: credence login"* ]]
}

# traced_grant PROFILE: what trace says of its grant
traced_grant() {
	command credence -C "$CONF" trace --json "$1" 2>/dev/null |
		jq -r '.steps[] | select(.role == "grant") | .note'
}

@test "trace: what the grant would do is known from the store that decides, or not at all" {
	mkdir -m 700 "$BATS_TEST_TMPDIR/cache"
	profile crm "store = ( { use = \"file\"; path = \"$BATS_TEST_TMPDIR/cache\"; control = \"sufficient\"; }, { use = \"file\"; } )"
	login crm
	[[ $(traced_grant crm) == "would renew with the refresh token at "* ]]
	profile crm 'owner = "somebody"'
	[ "$(traced_grant crm)" = "the owner is not the one that the token was issued for" ]
	profile crm
	printf 'broken' >"$CONF/state/records/crm"
	[ "$(traced_grant crm)" = "would do nothing before the store can be read" ]
	run -8 credence trace crm
}

@test "dc list and dc resolve" {
	run -0 credence dc list sandbox
	[ "${lines[0]%% *}" = LOCATION ]
	[ "${#lines[@]}" -eq 11 ]
	run -3 credence dc list sandbx
	run -0 credence dc resolve crm
	[[ $output == *"nobody has logged in yet"* ]]
	code eu | credence login --find-dc crm
	run -0 credence dc resolve --json crm
	[ "$(jq -r .location <<<"$output")" = eu ]
}

@test "module list and module info" {
	run -0 credence module list
	[[ $output == *"hook_other_abi.so was built for module ABI 2, this credence has 1"* ]]
	CREDENCE_TEST_STUBS='' world
	run -0 credence module list
	[[ $output =~ store\ +file\ +1\.0 ]]
	run -0 credence module list --json
	jq -e 'map(select(.error)) | length == 0' <<<"$output"
	run -0 credence module info hook sink
	[[ $output == *"path"*"(required)"* ]]
	cd "$CREDENCE_TEST_MODULES"
	run -0 credence module info hook ./hook_sink.so
	[[ $output == *"$PWD/hook_sink.so"* ]]
	run -2 credence module info hook ./hook_nothing.so
	[[ $output == *"there is no file ./hook_nothing.so"* ]]
	run -9 credence module info hook nothing
	run -2 credence module info huk syslog
}
