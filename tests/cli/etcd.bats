#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Records in a real etcd with TLS, client certificates and users: alone and with a cache above, the way
# to it, who may, and what a killed caller leaves.

load etcd

setup_file() {
	etcd_service
}

# -- Alone, and below a cache --

@test "login, token, refresh, status, trace, list, logout" {
	local first
	stored
	login crm
	run -0 --separate-stderr credence token crm
	[[ $output == 1000.* ]]
	first=$output
	credence refresh crm
	[ "$(credence token crm)" != "$first" ]
	credence status crm
	credence trace crm | grep -E 'etcd .*success .* live for .*answer'
	[[ $(etcd_record) == "credence1 "* ]]
	# The lock was given back.
	[ -z "$(etcd_get "$PREFIX/lock/crm")" ]
	[ "$(etcd_ask 0 /v3/lease/leases '{}' | jq '.leases | length')" = 0 ]
	credence logout crm
	fails 4 credence token crm
	fails 4 credence logout crm
}

@test "with a cache above, a token that is still good opens no connection and not the module" {
	local first
	cached
	login crm
	first=$(credence token crm)
	ASAN_OPTIONS=detect_leaks=0 strace -f -qq -e trace=openat,socket,connect -o "$BATS_TEST_TMPDIR/trace" \
		"$abs_top_builddir/credence" -C "$CONF" token crm >"$BATS_TEST_TMPDIR/token"
	[ "$(<"$BATS_TEST_TMPDIR/token")" = "$first" ]
	grep -q 'state/cache' "$BATS_TEST_TMPDIR/trace"
	run -1 grep -E 'store_etcd|transport_curl|libcurl|libssl|socket\(|connect\(' "$BATS_TEST_TMPDIR/trace"
	# The refresh token is in etcd alone.
	[[ $(etcd_record) == *'"refresh_token"'* ]]
	run -1 grep -q '"refresh_token"' "$CONF/state/cache/crm"
}

@test "a renewal that can't read the authority does not start; what the cache has is given to its end" {
	local first
	cached
	login crm
	first=$(credence token crm)
	cached 'endpoints = [ "https://127.0.0.1:1" ]'
	[ "$(credence token crm)" = "$first" ]
	fails 6 credence refresh crm
	[[ $error == *"etcd: 127.0.0.1:1: "*"connect"* ]]
	[[ $hint == "hint: check endpoints of store etcd, and that they run" ]]
	fails 6 clock +3601 credence token crm
	[ "$(total renewals)" = 0 ]
}

@test "--no-network: servers on this machine are read, others are not" {
	stored
	login crm
	credence --no-network token crm
	stored "endpoints = [ \"https://localhost:${ETCD_PORTS[0]}\" ]"
	fails 6 credence --no-network token crm
	[[ $error == *"--no-network forbids" ]]
}

# -- The way to it --

@test "RFC 6819 5.1.1: another CA, another name, no certificate of our own: refused" {
	stored "ca_file = \"$ETCD/other.pem\""
	fails 10 credence token crm
	[[ $error == *"etcd: 127.0.0.1:"*"certificate"* ]]
	stored 'ca_file ='
	fails 10 credence token crm
	stored "endpoints = [ \"https://localhost:${ETCD_PORTS[0]}\" ]"
	fails 10 credence token crm
	[[ $error == *"etcd: localhost:"*"localhost"* ]]
	stored 'client_cert ='
	fails 6 credence token crm
	[[ $error == *certificate* ]]
	stored
	fails 4 credence token crm
}

@test "files that are not there, or anybody's" {
	stored "ca_file = \"$ETCD/none.pem\""
	fails 3 credence token crm
	[[ $error == *"profiles.d/crm.conf:"*"there is no file $ETCD/none.pem" ]]
	cp "$ETCD/ca.pem" "$BATS_TEST_TMPDIR/ca.pem"
	chmod 666 "$BATS_TEST_TMPDIR/ca.pem"
	stored "ca_file = \"$BATS_TEST_TMPDIR/ca.pem\""
	fails 10 credence token crm
	run -3 credence check
	(umask 077 && cp "$ETCD/client.pem" "$BATS_TEST_TMPDIR/client.pem")
	chmod 644 "$BATS_TEST_TMPDIR/client.pem"
	stored "client_cert = \"$BATS_TEST_TMPDIR/client.pem\""
	fails 10 credence token crm
	[[ $hint == "hint: chmod 600 $BATS_TEST_TMPDIR/client.pem" ]]
}

@test "endpoints that are none, by credence check and before anything is sent" {
	local text
	for text in '"http://192.0.2.1:2379"' '"https://192.0.2.1:2379/v3"' '"https://u:p@db.example:2379"' '"db.example:2379"'; do
		stored "endpoints = [ $text ]"
		fails 3 credence token crm
		[[ $error == *"profiles.d/crm.conf:"*"option endpoints of store etcd can't be "* ]]
		run -3 credence check
	done
	stored 'endpoints ='
	fails 3 credence token crm
	[[ $error == *"store etcd needs option endpoints"* ]]
	stored 'prefix = "credence"'
	fails 3 credence token crm
	stored
	credence check
}

@test "a server that speaks something else" {
	stored "endpoints = [ \"http://127.0.0.1:${ETCD_PORTS[0]}\" ]"
	fails 6 credence token crm
	[[ $error == *"etcd: 127.0.0.1:"* ]]
	# The sandbox knows no such path.
	stored "endpoints = [ \"$SANDBOX_ACCOUNTS_us\" ]"
	fails 3 credence token crm
	[[ $error == *"$SANDBOX_ACCOUNTS_us has no JSON gateway of version 3" ]]
}

@test "the provider's CA, certificate and proxy are not the store's" {
	profile crm "store = ( $(etcd_entry) )" \
		"http = { ca_file = \"$ETCD/other.pem\"; client_cert = \"/nonexistent\"; proxy = \"http://127.0.0.1:1\"; }"
	fails 4 credence token crm
}

# -- Users --

@test "wrong password, no such user, no user, no permission" {
	(umask 077 && echo CANARY-wrong >"$CONF/wrong")
	stored "password = \"file:$CONF/wrong\""
	fails 12 credence token crm
	[[ $error == *"etcd refused the user or the password" ]]
	stored 'user = "nobody-there"'
	fails 12 credence token crm
	stored 'user =' 'password ='
	fails 12 credence token crm
	[[ $error == *"etcd wants to know a user" ]]
	stored 'password ='
	fails 3 credence token crm
	[[ $error == *"a user without a password" ]]
	stored 'prefix = "/elsewhere"'
	fails 12 credence token crm
	[[ $error == *"the user may not do that in etcd" ]]
	chmod 644 "$CONF/password"
	stored
	fails 10 credence token crm
}

# -- What goes wrong --

@test "a cluster that is full: exit 8, the old record stays" {
	local before member alarm
	stored
	login crm
	before=$(etcd_record | md5sum)
	member=$(etcd_ask 0 /v3/maintenance/status '{}' | jq -r .header.member_id)
	alarm="{\"action\": \"%s\", \"memberID\": \"$member\", \"alarm\": \"NOSPACE\"}"
	# shellcheck disable=SC2059
	etcd_ask 0 /v3/maintenance/alarm "$(printf "$alarm" ACTIVATE)"
	fails 8 credence refresh crm
	[[ $error == *"etcd has no space left" ]]
	# shellcheck disable=SC2059
	etcd_ask 0 /v3/maintenance/alarm "$(printf "$alarm" DEACTIVATE)"
	[ "$(etcd_record | md5sum)" = "$before" ]
	[ "$(total renewals)" = 0 ]
	credence refresh crm
}

@test "a record that somebody changed, or that is none: not replaced" {
	stored
	login crm
	etcd_ask 0 /v3/kv/put "{\"key\": \"$(etcd_b64 "$PREFIX/record/crm")\", \"value\": \"$(etcd_b64 'no record')\"}" >/dev/null
	fails 8 credence token crm
	fails 8 credence refresh crm
	[ "$(etcd_record)" = 'no record' ]
	[ "$(total renewals)" = 0 ]
	# What is damaged for everybody a login replaces.
	login crm
	credence token crm
}

@test "moved from a file and back" {
	local first
	profile crm 'store = { use = "file"; }'
	login crm
	first=$(credence token crm)
	cp -p "$CONF/profiles.d/crm.conf" "$CONF/file.conf"
	stored
	cp -p "$CONF/profiles.d/crm.conf" "$CONF/etcd.conf"
	credence move crm --from "$CONF/file.conf"
	[ "$(credence token crm)" = "$first" ]
	[ ! -e "$CONF/state/records/crm" ]
	cp -p "$CONF/file.conf" "$CONF/profiles.d/crm.conf"
	credence move crm --from "$CONF/etcd.conf"
	[ "$(credence token crm)" = "$first" ]
	[ -z "$(etcd_record)" ]
}

# -- What a killed caller leaves --

# dies CALL N: killed at the N-th such system call of a renewal, which leaves the old or the new; then
# a renewal without a person
dies() {
	local rc=0
	ASAN_OPTIONS=detect_leaks=0 strace -f -qq -o /dev/null -e trace="$1" -e inject="$1":signal=KILL:when="$2" \
		credence -C "$CONF" refresh crm >/dev/null 2>&1 || rc=$?
	[ "$rc" != 137 ] || fired=$((fired + 1))
	[[ $(etcd_record) == "credence1 "*'"refresh_token"'* ]]
	credence refresh crm </dev/null
}

@test "kill -9 around each request of a renewal: old or new, and no person is needed" {
	local n fired=0 calls call
	profile crm "store = ( $(etcd_entry) )" \
		'limits = { access_tokens = { count = 0; window = "10m"; per = "refresh_token"; }; }'
	control mode -d access_count=1000000 >/dev/null
	login crm
	ASAN_OPTIONS=detect_leaks=0 strace -f -qq -e trace=connect,sendto,recvfrom -o "$BATS_TEST_TMPDIR/trace" \
		credence -C "$CONF" refresh crm
	calls=$(grep -c ' connect(' "$BATS_TEST_TMPDIR/trace")
	[ "$calls" -ge 9 ]
	# Before each of them …
	for ((n = 1; n <= calls; n++)); do
		dies connect "$n"
	done
	# … and when it was sent (the first that is sent and answered is TLS's), but the answer was not read.
	for n in $(awk '/ connect\(/ { times = 0 } / sendto\(/ { sent = 1 }
		/ recvfrom\(/ { n++; if (sent && ++times == 2) print n; sent = 0 }' "$BATS_TEST_TMPDIR/trace"); do
		dies recvfrom "$n"
	done
	[ "$fired" -ge 16 ]
	[ -z "${CREDENCE_TEST_LONG-}" ] || for call in sendto recvfrom; do
		for ((n = 1; n <= $(grep -c " $call(" "$BATS_TEST_TMPDIR/trace"); n++)); do
			dies "$call" "$n"
		done
	done
	echo "# $fired deaths" >&3
	credence token crm
}

# -- Secrets --

@test "no secret in the arguments, the servers' logs or a message, with -v either" {
	stored
	login crm
	ASAN_OPTIONS=detect_leaks=0 strace -f -qq -s 4096 -e trace=execve,write -o "$BATS_TEST_TMPDIR/trace" \
		credence -C "$CONF" -v refresh crm 2>"$BATS_TEST_TMPDIR/err"
	run -1 grep -E "CANARY|$(credence token crm)" "$BATS_TEST_TMPDIR/err"
	run -1 grep -F CANARY "$BATS_TEST_TMPDIR/trace"
	run -1 grep -F CANARY "$ETCD"/n?.log
	run -1 grep -F "$(credence token crm)" "$ETCD"/n?.log
}

@test "every case of credence module test" {
	stored
	run -0 credence module test store etcd --profile crm
}
