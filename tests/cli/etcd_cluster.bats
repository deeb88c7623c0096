#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Records in a real etcd of three members, shared by hosts: members that are killed, stopped or started
# anew, no quorum, locks that are lost, and a few callers of each host.

load etcd
load "$abs_top_srcdir/tests/rounds.bash"

setup_file() {
	etcd_service 127.0.0.1 127.0.0.1 127.0.0.1
}

# beta_is_told TEXT: it can't have a token now
beta_is_told() {
	fails 6 on beta --timeout 8s token crm
	[[ $error == *"$1" ]]
}

# -- Members that are killed, stopped, started anew --

@test "members that are started anew within a call have forgotten the user's token: it is asked for again" {
	local node
	stored
	login crm
	held_up credence --timeout 60s refresh crm
	for node in 0 1 2; do etcd_kill "$node"; done
	etcd_heal
	let_go
	wait "$pid"
	[ "$(total renewals)" = 1 ]
	[[ $(etcd_record) == *'"renewed"'* ]]
}

@test "the leader is killed: the next call is answered within its time" {
	local leader first
	stored
	login crm
	first=$(credence token crm)
	leader=$(etcd_kill_leader)
	credence refresh crm
	[ "$(credence token crm)" != "$first" ]
	# And so are those whose list begins with the dead.
	stored "endpoints = [ \"$(etcd_url "$leader")\", $(etcd_endpoints) ]"
	within 25 credence refresh crm
}

@test "the leader is killed while the request is under way: what was received is saved" {
	stored
	login crm
	held_up credence --timeout 60s refresh crm
	etcd_kill_leader
	let_go
	wait "$pid"
	[ "$(total renewals)" = 1 ]
	credence token crm
	[[ $(etcd_record "$(etcd_leader)") == *'"renewed"'* ]]
}

@test "a follower is killed: nothing is noticed" {
	local leader
	stored
	login crm
	leader=$(etcd_leader)
	etcd_kill $(((leader + 1) % 3))
	credence token crm
	credence refresh crm
}

@test "a member that is stopped: the next one is asked in time" {
	local leader
	stored
	login crm
	leader=$(etcd_leader)
	etcd_kill "$leader" STOP
	stored "endpoints = [ \"$(etcd_url "$leader")\", $(etcd_endpoints) ]" 'timeout = "1s"'
	within 40 credence --timeout 60s token crm
	credence --timeout 60s refresh crm
}

@test "without a quorum: exit 6 in time, and a token that is still good is given" {
	local leader first
	cached
	login crm
	first=$(credence token crm)
	leader=$(etcd_leader)
	etcd_kill $(((leader + 1) % 3))
	etcd_kill $(((leader + 2) % 3))
	[ "$(credence token crm)" = "$first" ]
	within 20 fails 6 credence --timeout 4s refresh crm
	within 20 fails 6 credence --timeout 4s token crm --newer-than 1
	[ "$(total renewals)" = 0 ]
	stored
	# A single member would still tell what it had; that is not asked for.
	within 20 fails 6 credence --timeout 4s token crm
	etcd_heal
	[ "$(credence token crm)" = "$first" ]
	credence refresh crm
}

@test "all are stopped: given up at the deadline, and Ctrl-C is heard at once" {
	local node
	stored
	login crm
	for node in 0 1 2; do etcd_kill "$node" STOP; done
	within 20 fails 6 credence --timeout 3s token crm
	interrupted "$abs_top_builddir/credence" -C "$CONF" token crm
	etcd_heal
	credence token crm
}

# -- Locks --

@test "a lock that is lost while the request is under way: another host sends nothing" {
	local before
	stored
	host alpha
	host beta
	expired
	before=$(total token_requests)
	held_up on alpha --timeout 60s -v token crm >"$BATS_TEST_TMPDIR/token" 2>"$BATS_TEST_TMPDIR/err"
	beta_is_told "host alpha is busy with crm"
	etcd_cut_off
	beta_is_told "host alpha is renewing this credential"
	let_go
	wait "$pid"
	grep -q 'the lease of the lock has ended meanwhile' "$BATS_TEST_TMPDIR/err"
	[ "$(total token_requests)" = $((before + 1)) ]
	[ "$(on beta token crm)" = "$(<"$BATS_TEST_TMPDIR/token")" ]
}

@test "whom a call has waited for is said even if etcd stops answering" {
	local node waiter rc=0 err=$BATS_TEST_TMPDIR/waiter
	stored
	host alpha
	host beta
	expired
	held_up on alpha --timeout 60s token crm >/dev/null
	etcd_cut_off
	on beta --timeout 12s -v token crm 2>"$err" &
	waiter=$!
	sleep 8
	for node in 0 1 2; do etcd_kill "$node" STOP; done
	wait "$waiter" || rc=$?
	[ "$rc" = 6 ]
	grep -q "host alpha is renewing this credential" "$err"
	etcd_heal
	let_go
	wait "$pid"
}

@test "a holder that is killed holds nothing up on its machine" {
	stored
	expired
	held_up command credence -C "$CONF" token crm
	kill -9 "$pid"
	wait "$pid" || :
	let_go
	# Its lease would have lasted half a minute.
	within 25 credence --timeout 60s token crm
}

@test "two hosts of eight callers each: one renewal, one token" {
	stored
	eight_each
}
