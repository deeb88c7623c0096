#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# kill -9 before each system call of a renewal: the credential survives, and the next call needs no
# person. All points that are near a save or the request are run, of the others a sample; all of them
# with CREDENCE_TEST_LONG=1.

load helper

setup() {
	needs_strace
	sandbox_start --code-count 1000000 --refresh-live 1000000 --refresh-count 1000000
	world
}

teardown() {
	sandbox_stop
	slot_clean
}

# sweep_points: kills a renewal of profile crm, with a new credential each time, at each point
sweep_points() {
	local trace=$BATS_TEST_TMPDIR/trace name ordinal rc i fired=0 unfired=0 torn=0
	for i in 1 2 3; do
		fresh crm
		without_leak_check strace -f -qq -o "$trace.$i" credence -C "$CONF" refresh crm 2>/dev/null
	done
	points "$trace.1" | in_all "$trace".* >"$BATS_TEST_TMPDIR/points"
	while read -r name ordinal; do
		# Another time it may come to it.
		for i in 1 2 3; do
			fresh crm </dev/null
			rc=0
			inject "$name:signal=KILL:when=$ordinal" credence -C "$CONF" refresh crm \
				</dev/null >/dev/null 2>&1 || rc=$?
			[ "$rc" -eq 0 ] || break
		done
		if [ "$rc" -eq 137 ]; then
			fired=$((fired + 1))
		elif [ "$rc" -eq 0 ]; then
			unfired=$((unfired + 1))
		else
			echo "exit $rc instead of a death at $name $ordinal" >&2
			return 1
		fi
		[ -z "$(find "$CONF/state" -name '*.tmp')" ] || torn=$((torn + 1))
		still_good crm || {
			echo "lost by kill -9 before $name $ordinal" >&2
			return 1
		}
	done <"$BATS_TEST_TMPDIR/points"
	echo "# $fired points, $unfired not reached, $torn within a save" >&3
	# A point that was not reached (a poll, a mapping of the allocator less) was a renewal like any other.
	[ "$fired" -ge 60 ]
	# Both saves were hit: before each write, fchmod, fsync, close and rename.
	[ "$torn" -ge 8 ]
}

@test "a provider that does not rotate" {
	profile crm
	sweep_points
}

@test "RFC 6749 6: a provider that rotates, and answers again for a while" {
	control mode -d rotation=on -d reuse_window=1h >/dev/null
	profile crm 'rotation = "may"'
	sweep_points
}

@test "what a killed writer leaves behind is swept later, not while it may be somebody's" {
	local left
	profile crm
	fresh crm
	run -137 inject renameat:signal=KILL:when=1 credence -C "$CONF" refresh crm
	left=$(find "$CONF/state" -name '*.tmp')
	[ -f "$left" ]
	[ "$(stat -c %a "$left")" = 600 ]
	credence refresh crm
	[ -f "$left" ]
	touch -d '2 days ago' "$left"
	credence refresh crm
	[ ! -e "$left" ]
	[ -z "$(find "$CONF/state" -name '*.tmp')" ]
}

@test "an answer that is lost at a server that forgets at once: said so, and nothing is sent again" {
	local renewals
	control mode -d rotation=on >/dev/null
	profile crm 'rotation = "may"'
	fresh crm
	run -137 inject recvfrom:signal=KILL:when=1 credence -C "$CONF" refresh crm
	fails 4 credence refresh crm
	[[ $error == *"an answer was lost at "* ]]
	[ "$hint" = "hint: credence login crm" ]
	renewals=$(total token_requests)
	fails 4 credence refresh crm
	[[ $error == *"an answer was lost at "*"is not sent again" ]]
	[ "$(total token_requests)" = "$renewals" ]
	# What is still good is still served.
	credence token crm >/dev/null
}

@test "a rotated refresh token that can't be saved waits in memory" {
	control mode -d rotation=on >/dev/null
	profile crm 'rotation = "may"'
	fresh crm
	# The first save (file and folder) and the slot are fine, the one after the answer is not.
	run inject fsync:error=ENOSPC:when=5 credence -C "$CONF" refresh crm
	[ "$status" -eq 8 ]
	[[ $output == *"waits in memory"* ]]
	still_good crm
	[ "$(total reuses)" = 0 ]
}

# login_unsaved [first]: a login of crm (the first one) whose last save fails, and that one only
login_unsaved() {
	local n
	for n in {3..20}; do
		[ "${1-}" != first ] || rm -rf "$CONF/state"
		run inject "fsync:error=ENOSPC:when=$n" "$(type -P credence)" -C "$CONF" login crm <<<"$(code)"
		[[ $output != *"waits in memory"* ]] || break
	done
	[ "$status" -eq 8 ]
	[[ $output == *"waits in memory"* ]]
}

@test "a first login that can't be saved waits in memory" {
	local made
	profile crm
	login_unsaved first
	[ ! -e "$CONF/state/records/crm" ]
	made=$(total token_requests)
	credence token crm >/dev/null
	[ "$(total token_requests)" = "$made" ]
	[ -e "$CONF/state/records/crm" ]
	credence refresh crm
	# Once.
	credence logout crm
	fails 4 credence token crm
}

@test "what waits in memory of a login is found by logout and revoke, too" {
	profile crm
	login_unsaved first
	credence logout crm
	fails 4 credence token crm
	login_unsaved first
	credence revoke crm
	fails 4 credence token crm
	[ "$(total revocations)" = 1 ]
}

@test "a new login that can't be saved waits in memory, and takes the old one's place" {
	local old
	profile crm
	fresh crm
	old=$(member refresh_token)
	login_unsaved
	credence refresh crm
	[ "$(member refresh_token)" != "$old" ]
	[ "$(total reuses)" = 0 ]
	# What was written since is not undone by what waited.
	login_unsaved
	login crm 2>/dev/null
	old=$(member refresh_token)
	credence refresh crm
	[ "$(member refresh_token)" = "$old" ]
}
