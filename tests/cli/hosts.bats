#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# One credential on several hosts: each has a configuration and state of its own, and a store that they
# share (tests/modules/store_shared.c plays it). Its lock is a lease; the intent in the record is the
# fence.

load helper
load "$abs_top_srcdir/tests/rounds.bash"

setup() {
	sandbox_start --code-count 1000 --refresh-count 1000
	SHARED=$BATS_TEST_TMPDIR/shared RECORD=$BATS_TEST_TMPDIR/shared/crm
	mkdir -m 700 "$SHARED"
	world
	MAIN=$CONF
	on_all crm
	login crm
}

teardown() {
	sandbox_stop
	slot_clean
}

load "$abs_top_srcdir/tests/faults/helper.bash"

# on_all NAME [LINE…]: the profile on all hosts, a to c and the first one
on_all() {
	local host
	profile "$1" "store = ( { use = \"shared\"; folder = \"$SHARED\"; } )" "${@:2}"
	for host in a b c; do
		mkdir -p "$BATS_TEST_TMPDIR/$host/profiles.d"
		cp -r "$MAIN/providers.d" "$MAIN/credence.conf" "$BATS_TEST_TMPDIR/$host/"
		cp -p "$MAIN/profiles.d/$1.conf" "$BATS_TEST_TMPDIR/$host/profiles.d/"
	done
}

# on HOST VERB…
on() {
	local host=$1
	shift
	command credence -C "$BATS_TEST_TMPDIR/$host" "$@"
}

rewrite() {
	python3 "$abs_top_srcdir/tests/faults/rewrite.py" "$RECORD" "$@"
}

# intent SECONDS [NAME]: another host has just begun, and gives up after so many
intent() {
	local now=$((${EPOCHREALTIME/./} / 1000))
	rewrite "intent={\"host\":\"${2:-another.example}\",\"lock\":\"another/1/2\",\"pid\":1,\"start\":{\"wall\":$now,\"boot\":1,\"boot_id\":\"x\"},\"deadline\":$((now + $1 * 1000)),\"parent\":\"$(member id)\"}"
}

@test "60 callers on three hosts that find an expired token make one renewal" {
	expired
	for host in a b c; do
		for i in {1..20}; do
			on "$host" --timeout 300s token crm >"$BATS_TEST_TMPDIR/out.$host.$i" 3>&- &
		done
	done
	wait
	[ "$(sort -u "$BATS_TEST_TMPDIR"/out.* | wc -l)" = 1 ]
	[ "$(cat "$BATS_TEST_TMPDIR"/out.* | wc -l)" = 60 ]
	[ "$(total renewals)" = 1 ]
}

@test "a server that revokes the family on reuse: one request a round" {
	rotating crm "store = ( { use = \"shared\"; folder = \"$SHARED\"; } )"
	for host in a b c; do
		cp -p "$CONF/profiles.d/crm.conf" "$BATS_TEST_TMPDIR/$host/profiles.d/"
	done
	login crm
	strict_rounds crm "$BATS_TEST_TMPDIR"/{a,b,c}
}

@test "while another host has the lock a good token is used at once, and a bad one waited for" {
	on_all crm 'refresh_before = "3599s"'
	sleep 1.1
	exec {lock}>>"$SHARED/.lock-crm"
	flock "$lock"
	[ "$(within 20 on a token crm)" = "$(member 'access_tokens[0].token')" ]
	run --separate-stderr -6 on a --timeout 5s refresh crm
	[[ $stderr == *"store shared: crm: "* ]]
	on b --timeout 300s refresh crm 3>&- {lock}>&- &
	sleep 1
	kill -0 "$!"
	[ "$(total renewals)" = 0 ]
	exec {lock}>&-
	wait "$!"
	[ "$(total renewals)" = 1 ]
}

@test "another host's live intent: nothing is sent; a good token is used, a bad one waited for" {
	expired
	intent 60
	within 20 run --separate-stderr -6 on a --timeout 5s token crm
	[[ ${stderr_lines[0]} == *"host another.example is renewing this credential" ]]
	[ "$(total renewals)" = 0 ]
	# What the other host gets is taken.
	on a --timeout 50s token crm >"$BATS_TEST_TMPDIR/token" 3>&- &
	sleep 1
	rewrite 'intent=null'
	wait
	[ "$(<"$BATS_TEST_TMPDIR/token")" = "$(member 'access_tokens[0].token')" ]
	[ "$(total renewals)" = 1 ]
	intent 60
	[ "$(on b token crm)" = "$(<"$BATS_TEST_TMPDIR/token")" ]
}

@test "another host's live intent: a token that is due is used at once" {
	on_all crm 'refresh_before = "3599s"'
	sleep 1.2
	before=$(total renewals)
	intent 60
	[ "$(within 30 on a --timeout 50s token crm)" = "$(member 'access_tokens[0].token')" ]
	[ "$(total renewals)" = "$before" ]
}

@test "a request that could not leave leaves no intent behind" {
	sed -i '$a transport = "nope";' "$BATS_TEST_TMPDIR/a/profiles.d/crm.conf"
	run -9 on a refresh crm
	[ "$(member intent)" = null ]
	on b --timeout 60s refresh crm
}

@test "a move waits for another host's renewal, and takes along what that brought" {
	local old=$BATS_TEST_TMPDIR/old.conf mover
	control mode -d rotation=on >/dev/null
	on_all crm 'rotation = "may"'
	login crm
	cp -p "$CONF/profiles.d/crm.conf" "$old"
	profile crm 'store = "file"' 'rotation = "may"'
	held_up on a refresh crm
	credence --timeout 300s move crm --from "$old" 3>&- &
	mover=$!
	sleep 1
	let_go
	wait "$pid"
	wait "$mover"
	[ ! -e "$RECORD" ]
	credence refresh crm
	[ "$(total reuses)" = 0 ]
}

@test "what waits in memory is taken up whatever another host has made of the record" {
	local force
	for force in '' --force; do
		control mode -d rotation=on >/dev/null
		on_all crm 'rotation = "may"'
		login crm
		control fault -d name=slow -d ms=60000 -d when=after -d count=1 >/dev/null
		on a refresh crm 2>"$BATS_TEST_TMPDIR/err" 3>&- &
		until [ "$(total in_flight)" = 1 ]; do sleep 0.1; done
		mv "$SHARED" "$SHARED.away"
		control fault -X DELETE >/dev/null
		wait
		mv "$SHARED.away" "$SHARED"
		grep -q "the new token waits in memory" "$BATS_TEST_TMPDIR/err"
		# Another host waits for its deadline, tries, and is refused.
		rewrite "intent={\"host\":\"a\",\"lock\":\"another/1/2\",\"pid\":1,\"start\":{\"wall\":1,\"boot\":1,\"boot_id\":\"x\"},\"deadline\":2,\"parent\":\"$(member id)\"}"
		run -4 on b refresh crm
		[ "$(member dead.at)" != null ]
		# shellcheck disable=SC2086
		on a refresh $force crm
		[ "$(member dead)" = null ]
		on b token crm
	done
}

@test "another host of the same name is another host; this one's own intent is taken up at once" {
	expired
	intent 60 "$(uname -n)"
	run -6 on a --timeout 1s token crm
	[ "$(total renewals)" = 0 ]
	rewrite 'intent=null'
	run -137 inject recvfrom:signal=KILL:when=1 credence -C "$BATS_TEST_TMPDIR/a" refresh crm
	[ "$(member intent.host)" = "$(uname -n)" ]
	run -6 on b --timeout 1s token crm
	on a --timeout 60s token crm
	[ "$(total renewals)" = 2 ]
}

@test "an intent whose host is gone: after its deadline, and what clocks may differ, it is taken up" {
	expired
	intent -60
	run -6 on a --timeout 500ms token crm
	intent -121
	on a token crm
	[ "$(total renewals)" = 1 ]
	[ "$(member intent)" = null ]
}

@test "what counts per owner counts on all hosts, whoever counts at the same time" {
	local name host
	LIMIT='limits = { refresh_tokens = { count = 100; window = "10m"; live = 100; per = "owner"; }; }'
	for name in one two three four five six; do
		on_all "$name" "$LIMIT"
	done
	for name in one two three four five six; do
		host=$(echo a b c | xargs -n1 | shuf -n1)
		code | on "$host" login "$name" >/dev/null 2>&1 3>&- &
	done
	wait
	[ "$(find "$SHARED" -name '+*' | wc -l)" = 1 ]
	[ "$(member 'ledger | map(select(.kind == "refresh")) | length' "$(find "$SHARED" -name '+*')")" = 7 ]
}

@test "a limit's window holds where clocks are 90 s apart, and nobody tells the time" {
	control mode -d window=60s -d access_count=2 >/dev/null
	on_all crm 'limits = { access_tokens = { count = 2; window = "60s"; per = "refresh_token"; }; }'
	clock 0 on a refresh crm
	# To one they are all of yesterday, to the other of tomorrow.
	run -7 clock +90 on b refresh crm
	run -7 clock -90 on c refresh crm
	[ "$(total access_evictions)" = 0 ]
}
