#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# One renewal however many ask, and what a provider's limits allow.

load helper
load "$abs_top_srcdir/tests/rounds.bash"

setup() {
	sandbox_start --code-count 1000 --refresh-count 1000
	world
}

teardown() {
	sandbox_stop
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
	callers 300 "$BATS_TEST_TMPDIR/calls" credence --timeout 300s token crm
	all_agree "$BATS_TEST_TMPDIR/calls" 300
	[ "$(total renewals)" = 1 ]
	[ "$(total in_flight_max)" = 1 ]
}

@test "the file of locks is removed while somebody has one: still one renewal" {
	local calls=$BATS_TEST_TMPDIR/calls
	short_lived 2s
	profile crm
	login crm
	sleep 2.1
	short_lived 1h
	control fault -d name=slow -d endpoint=token -d count=1 -d ms=3000 >/dev/null
	callers 1 "$calls/first" credence --timeout 60s token crm &
	until [ "$(total in_flight)" = 1 ]; do sleep 0.05; done
	rm "$CONF/state/locks"
	callers 3 "$calls/later" credence --timeout 60s token crm
	wait
	all_agree "$calls/first" 1
	all_agree "$calls/later" 3
	[ "$(<"$calls/first/out.0")" = "$(<"$calls/later/out.0")" ]
	[ "$(total renewals)" = 1 ]
	[ "$(total in_flight_max)" = 1 ]
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
	[ "$(total access_evictions)" = 0 ]
	# The token that is there can still be had.
	credence token crm >/dev/null
	run credence --json refresh crm
	[ "$status" = 7 ]
	[ "$(jq -r .error.status <<<"${lines[0]}")" = 7 ]
	[ "$(jq -r .error.retry_after <<<"${lines[0]}")" -gt 500 ]
}

@test "--wait waits until the limit allows one more, and the server evicts nothing" {
	control mode -d window=12s -d access_count=2 >/dev/null
	profile crm 'limits = { access_tokens = { count = 2; window = "12s"; per = "refresh_token"; }; }'
	login crm
	credence refresh crm
	run -7 credence refresh crm
	local start=$SECONDS
	credence --wait refresh crm
	[ $((SECONDS - start)) -ge 2 ]
	[ "$(total access_evictions)" = 0 ]
}

# login_left STATUS ARGUMENT…: a login ends so, and what it has not read of its input is left in $rest
login_left() {
	local code expected=$1
	shift
	code=$(code us)
	run --separate-stderr "-$expected" bash -c '"$0" -C "$CONF" login "$@"; rc=$?; cat; exit "$rc"' \
		"$(type -P credence)" "$@" <<<"$code"
	rest=$output
	[ "$rest" = "$code" ] || [ "$expected" -eq 0 ]
}

@test "login knows of the limit before it takes a code, and waits there with --wait" {
	local start per
	for per in refresh_tokens access_tokens; do
		profile "$per" "owner = \"$per\"" \
			"limits = { $per = { count = 1; window = \"6s\"; live = 20; per = \"owner\"; }; }"
		login "$per"
		login_left 7 "$per"
		[[ $stderr == *"limit: 1 ${per/_/ } in 6 s are made"*"hint: try again in "*", or use --wait"* ]]
		login_left 7 "$per" --wait --timeout 100ms
		[[ $stderr == *"hint: try again in "*", or give more time with --timeout"* ]]
		start=$SECONDS
		login_left 0 "$per" --wait
		[ $((SECONDS - start)) -ge 2 ]
	done
	[ "$(total refresh_issued)" = 4 ]
}

@test "21 profiles on one credential make one refresh token, with the scopes of all" {
	local i
	profile crm
	profile report 'credential = "crm"' 'scope = [ "ZohoCRM.settings.READ" ]'
	for i in {3..21}; do
		profile "p$i" 'credential = "crm"'
	done
	login crm us ZohoCRM.modules.READ,ZohoCRM.settings.READ
	for i in report p{3..21}; do
		[ "$(credence token "$i")" = "$(credence token crm)" ]
	done
	[ "$(total refresh_live)" = 1 ]
	[ "$(total refresh_issued)" = 1 ]
	[ "$(total renewals)" = 0 ]
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
	[ "$(total refresh_evictions)" = 0 ]
	# A revocation does.
	credence revoke p2
	login p21
	[ "$(total refresh_evictions)" = 0 ]
}

# live LIMIT NAME…: profiles of one owner, who may have so many refresh tokens
live() {
	local name limit=$1
	shift
	for name; do
		profile "$name" "limits = { refresh_tokens = { count = 100; window = \"10m\"; live = $limit; per = \"owner\"; }; }"
	done
}

counted() {
	credence status --json "$1" | jq -r '.limits.refresh_tokens | "\(.used) \(.live)"'
}

@test "a code that is refused makes no refresh token: asked for, not alive" {
	local i
	live 3 a l
	login a
	for i in 1 2 3; do
		run -4 credence login l <<<"1000.none.$i"
	done
	[ "$(counted a)" = "4 1" ]
	login l
	[ "$(counted a)" = "5 2" ]
	# Nor does it stand for the one that its credential has.
	run -4 credence login a <<<1000.none.4
	live 2 c
	run -7 login c
	[[ $output == *"would delete that of credential a"* ]]
	[ "$(total refresh_evictions)" = 0 ]
}

@test "an answer that is lost may have brought a refresh token" {
	live 3 a b
	control fault -d 'name=lost&endpoint=token&count=1' >/dev/null
	run -6 login a
	login b
	[ "$(counted b)" = "2 2" ]
}

@test "a refresh token that the server no longer knows does not count as alive" {
	live 2 a b
	login a
	login b
	control revoke-all -X POST >/dev/null
	run -4 credence refresh a
	[ "$(counted b)" = "2 1" ]
	run -4 credence refresh --force a
	[ "$(counted b)" = "2 1" ]
	live 2 c
	login c
	[ "$(total refresh_evictions)" = 0 ]
}

@test "what was erased here and revoked elsewhere no longer counts, once that is said" {
	live 1 a b
	login a
	credence logout a
	run -7 login b
	[[ $output == *"on the provider's page, then: credence logout --force a"* ]]
	run -4 credence revoke a
	[[ $output == *"credence logout --force a"* ]]
	run -4 credence logout a
	run -7 login b
	run -0 credence logout --force a
	[ "$output" = "a: erased here; its refresh tokens no longer count as alive" ]
	run -4 credence logout --force a
	login b
	[ "$(counted b)" = "2 1" ]
	# The same at once, by a profile of the credential.
	live 1 p
	echo 'credential = "b";' >>"$CONF/profiles.d/p.conf"
	rm "$CONF/profiles.d/b.conf"
	run -7 login a
	[[ $output == *"that of credential b"*"credence revoke p;"*"credence logout --force p" ]]
	credence logout --force p
	login a
}

@test "a process that finds another renewing uses the token that is still good" {
	local first
	profile crm 'refresh_before = "3599s"'
	login crm
	first=$(member 'access_tokens[0].token')
	sleep 1.1
	held_up credence --timeout 10m refresh crm
	[ "$(within 20 credence token crm)" = "$first" ]
	let_go
	wait "$pid"
	[ "$(total renewals)" = 1 ]
}
