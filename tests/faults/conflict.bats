#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Somebody else writes the record while a renewal is under way, as another host may whose lock was only
# a lease: what was received is not lost, what they saved is not overwritten, what they erased stays
# erased.

load helper

setup() {
	sandbox_start
	world
	control mode -d rotation=on >/dev/null
	profile crm 'rotation = "may"'
	login crm
	RECORD=$CONF/state/records/crm
}

teardown() {
	sandbox_stop
	slot_clean
}

# rewrite MEMBER=JSON…
rewrite() {
	python3 "$abs_top_srcdir/tests/faults/rewrite.py" "$RECORD" "$@"
}

# in_background COMMAND…: one whose token request is not answered before "end"; returns when it was sent
in_background() {
	local before
	before=$(sent)
	control fault -d name=slow -d ms=60000 -d when=after -d count=1 >/dev/null
	"$@" >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" 3>&- &
	RENEWAL=$!
	until [ "$(sent)" -gt "$before" ]; do
		kill -0 "$RENEWAL"
		sleep 0.05
	done
}

renew_slowly() {
	in_background credence refresh crm
}

# What arrived, answered or not.
sent() {
	control log | jq '[.[] | select(.path == "/oauth/v2/token")] | length'
}

# end STATUS: the answer comes, and the command ends so
end() {
	local status=0
	control fault -X DELETE >/dev/null
	wait "$RENEWAL" || status=$?
	[ "$status" -eq "$1" ] || { echo "exit $status" >&2; cat "$BATS_TEST_TMPDIR"/{out,err} >&2; false; }
}

@test "notes of another host are kept, and ours goes on top" {
	renew_slowly
	rewrite 'ledger=[]' 'by_another="kept"'
	end 0
	[ "$(member generation)" = 2 ]
	[ "$(member 'ledger | length')" = 0 ]
	credence refresh crm
	[ "$(member generation)" = 3 ]
}

@test "another host has renewed from the same parent: theirs is used, ours is the spare, and saves the day" {
	local parent id
	parent=$(member id)
	renew_slowly
	id=$(member id | tr '0-9a-f' '1-9a-f0')
	rewrite "parent=\"$parent\"" "id=\"$id\"" 'refresh_token="1000.theirs.refused"' 'intent=null'
	end 0
	[ "$(member refresh_token)" = 1000.theirs.refused ]
	[[ $(member spare_refresh_token) == 1000.* ]]
	# Theirs turns out to be the one that the server has forgotten.
	credence refresh crm </dev/null
	[ "$(member dead)" = null ]
	[ "$(member spare_refresh_token)" = null ]
	credence refresh crm </dev/null
	run -0 credence status crm
}

@test "a spare is tried once, and then the credential is dead" {
	rewrite 'refresh_token="1000.one"' 'spare_refresh_token="1000.two"'
	before=$(sent)
	run -4 credence refresh crm </dev/null
	[ "$(sent)" = $((before + 2)) ]
	[ "$(member dead.code)" = invalid_code ]
	run -4 credence refresh crm </dev/null
	[ "$(sent)" = $((before + 2)) ]
}

@test "another login in between is not touched" {
	renew_slowly
	rewrite 'parent="ffffffffffffffffffffffffffffffff"' 'id="eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee"' \
		'refresh_token="1000.another.login"' 'intent=null'
	end 0
	[ "$(member refresh_token)" = 1000.another.login ]
	[ "$(member spare_refresh_token)" = null ]
}

@test "a credential that was erased meanwhile stays erased" {
	renew_slowly
	rm "$RECORD"
	end 4
	grep -q 'erased while it was being renewed' "$BATS_TEST_TMPDIR/err"
	[ ! -e "$RECORD" ]
	run -4 credence token crm
}

@test "a refusal that another host's renewal has made meaningless is none" {
	local token
	token=$(member refresh_token)
	rewrite 'refresh_token="1000.old"'
	renew_slowly
	rewrite "refresh_token=\"$token\"" 'id="dddddddddddddddddddddddddddddddd"' 'intent=null'
	end 0
	[ "$(member dead)" = null ]
}

@test "an intent is nobody else's where no other host has the store, whatever this one is called now" {
	local now=$((${EPOCHREALTIME/./} / 1000))
	rewrite "intent={\"host\":\"another.example\",\"pid\":1,\"start\":{\"wall\":$now,\"boot\":1,\"boot_id\":\"x\"},\"deadline\":$((now + 60000)),\"parent\":\"$(member id)\"}"
	run -0 credence refresh crm
	[ "$(member intent)" = null ]
}

@test "an import keeps away from a renewal that was cut short: there may be a newer refresh token" {
	local now=$((${EPOCHREALTIME/./} / 1000))
	credence export crm --format postman -o "$BATS_TEST_TMPDIR/e"
	rewrite "intent={\"host\":\"$HOSTNAME\",\"pid\":1,\"start\":{\"wall\":$now,\"boot\":1,\"boot_id\":\"x\"},\"deadline\":$now,\"parent\":\"$(member id)\"}"
	fails 6 credence import crm <"$BATS_TEST_TMPDIR/e"
	[ "$error" = "credence: crm: a renewal of this credential has not come to its end" ]
	[ "$hint" = "hint: first: credence refresh crm" ]
	run -0 credence refresh crm
	run -0 credence import crm <"$BATS_TEST_TMPDIR/e"
}

@test "a login whose record somebody wrote meanwhile is saved all the same" {
	local token
	token=$(member refresh_token)
	in_background login crm
	rewrite 'generation=7' 'ledger=[]'
	end 0
	[ "$(member generation)" = 8 ]
	[ "$(member refresh_token)" != "$token" ]
	run -0 credence token crm
}
