#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# One renewal however many ask, and what a provider's limits allow.

load helper

setup() {
	sandbox_start --code-count 1000 --refresh-count 1000
	world
}

teardown() {
	sandbox_stop
}

state() {
	control state | jq -r ".totals.$1"
}

# callers N DIR COMMAND…: N processes at once; each leaves its output and exit status in DIR.
callers() {
	local n=$1 dir=$2 i
	shift 2
	mkdir -p "$dir"
	for ((i = 0; i < n; i++)); do
		("$@" >"$dir/out.$i" 2>"$dir/err.$i"; echo $? >"$dir/rc.$i") &
	done
	wait
}

# All of them succeeded, with one and the same answer.
all_agree() {
	[ "$(cat "$1"/rc.* | sort | uniq -c | awk '{print $1, $2}')" = "$2 0" ] || {
		cat "$1"/err.* | sort | uniq -c >&2
		return 1
	}
	[ "$(sort -u "$1"/out.* | wc -l)" = 1 ]
}

# expire: the token is of no use any more, without waiting for it.
short_lived() {
	control mode -d "access_life=$1" >/dev/null
}

@test "300 processes that find an expired token make one renewal and get one token" {
	short_lived 2s
	profile crm
	login crm
	sleep 2.1
	short_lived 1h
	callers 300 "$BATS_TEST_TMPDIR/calls" credence --timeout 60s token crm
	all_agree "$BATS_TEST_TMPDIR/calls" 300
	[ "$(state renewals)" = 1 ]
	[ "$(state in_flight_max)" = 1 ]
}

@test "64 callers at a server that revokes the family on reuse: one request a round" {
	local rounds=5 round
	[ -z "${CREDENCE_TEST_LONG-}" ] || rounds=100
	control mode -d rotation=family >/dev/null
	profile crm 'rotation = "may"' 'limits = { access_tokens = { count = 0; window = "10m"; per = "refresh_token"; }; }'
	control mode -d access_count=100000 >/dev/null
	short_lived 1s
	login crm
	for ((round = 1; round <= rounds; round++)); do
		sleep 1.1
		short_lived 1h
		callers 64 "$BATS_TEST_TMPDIR/calls.$round" credence --timeout 60s token crm
		all_agree "$BATS_TEST_TMPDIR/calls.$round" 64
		[ "$(state renewals)" = "$((2 * round - 1))" ]
		# The next round begins with a token that dies at once.
		short_lived 1s
		credence refresh crm
		[ "$(state reuses)" = 0 ]
	done
}

@test "twelve forced renewals: what would cost a live token is refused with the time to wait" {
	local i refused=0
	profile crm
	login crm
	for i in $(seq 12); do
		run --separate-stderr credence refresh crm
		if [ "$status" = 7 ]; then
			refused=$((refused + 1))
			[[ $stderr == *"10 access tokens in 10 min are made"* ]]
			[[ $stderr == *"hint: try again in "*", or use --wait"* ]]
		else
			[ "$status" = 0 ]
		fi
	done
	# The token that came with the code is one of the ten.
	[ "$refused" = 3 ]
	[ "$(state access_evictions)" = 0 ]
	# The token that is there can still be had.
	credence token crm >/dev/null
	run credence --json refresh crm
	[ "$status" = 7 ]
	[ "$(jq -r .error.status <<<"${lines[0]}")" = 7 ]
	[ "$(jq -r .error.retry_after <<<"${lines[0]}")" -gt 500 ]
}

@test "--wait waits until the limit allows one more, and the server evicts nothing" {
	control mode -d window=4s -d access_count=2 >/dev/null
	profile crm 'limits = { access_tokens = { count = 2; window = "4s"; per = "refresh_token"; }; }'
	login crm
	credence refresh crm
	run -7 credence refresh crm
	local start=$SECONDS
	credence --wait refresh crm
	[ $((SECONDS - start)) -ge 2 ]
	[ "$(state access_evictions)" = 0 ]
}

@test "two profiles on one credential make one refresh token, with the scopes of both" {
	profile crm
	profile report 'credential = "crm"' 'scope = [ "ZohoCRM.settings.READ" ]'
	login crm us ZohoCRM.modules.READ,ZohoCRM.settings.READ
	[ "$(credence token crm)" = "$(credence token report)" ]
	[ "$(state refresh_live)" = 1 ]
}

@test "the 21st refresh token of an owner is refused, and names whose would be deleted" {
	local i
	for i in $(seq 20); do
		profile "p$i" 'limits = { refresh_tokens = { count = 100; window = "10m"; live = 20; per = "owner"; }; }'
		login "p$i"
	done
	profile p21 'limits = { refresh_tokens = { count = 100; window = "10m"; live = 20; per = "owner"; }; }'
	# A log-out here does not make the server forget.
	credence logout p5
	run -7 login p21
	[[ $output == *"would delete that of credential p1"* ]]
	[ "$(state refresh_evictions)" = 0 ]
	# A revocation does.
	credence revoke p2
	login p21
	[ "$(state refresh_evictions)" = 0 ]
}

@test "a process that finds another renewing uses the token that is still good" {
	short_lived 1h
	profile crm 'refresh_before = "59m"'
	login crm
	sleep 1
	profile crm 'refresh_before = "59m"'
	# Nobody holds the lock for long: the server is slow.
	control fault -d name=slow -d endpoint=token -d count=1 -d ms=3000 >/dev/null
	credence refresh crm &
	sleep 0.5
	local start=$EPOCHREALTIME
	credence token crm
	awk -v a="$start" -v b="$EPOCHREALTIME" 'BEGIN { exit !(b - a < 1) }'
	wait
}
