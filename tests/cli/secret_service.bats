#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The store secret_service on a real GNOME Keyring: records that come and go, a keyring that is locked,
# and a bus or a service that is away, dead or stopped, which never holds anybody up.

load ../faults/helper
load "$abs_top_srcdir/tests/interop/secret_service.bash"

setup() {
	sandbox_start --code-count 100000 --refresh-count 100000
	world
	keyring_start
}

teardown() {
	keyring_done
	sandbox_stop
	slot_clean
}

# entry [OPTION…]: the entry of a store stack, with time enough for a slow machine
entry() {
	local options=
	[ $# -eq 0 ] || options=$(printf ' %s;' "$@")
	printf '{ use = "secret_service"; bus = "%s"; timeout = "30s";%s }' "$KR_BUS" "$options"
}

# stored NAME [OPTION…]: a profile with nothing but that store
stored() {
	profile "$1" "store = ( $(entry "${@:2}") )"
}

# impatient NAME [WORD…]: the same with the time that it has by itself; what is behind it in the stack
impatient() {
	profile "$1" "store = ( { use = \"secret_service\"; bus = \"$KR_BUS\"; ${2-} } ${3-} )"
}

# secret: what the keyring has of crm; item NAME: its attribute
secret() {
	keyring_tool search --all xdg:schema credence key crm 2>/dev/null | sed -n 's/^secret = //p; /^{/p'
}

items() {
	keyring_tool search --all xdg:schema credence key "${1-crm}" 2>/dev/null | grep -c '^secret = ' || :
}

found() {
	keyring_tool lookup xdg:schema credence key crm | member "$1" -
}

lock() {
	keyring_call /org/freedesktop/secrets org.freedesktop.Secret.Service.Lock \
		array:objpath:/org/freedesktop/secrets/collection/login >/dev/null
}

# at_once STATUS TEXT COMMAND…: fails so, with one error that has the text, long before the 60 s that it
# was given: a hang would take those. A slow machine is no hang.
at_once() {
	local expected=$1 text=$2 begun=$SECONDS
	shift 2
	fails "$expected" credence --timeout 60s "$@"
	[ $((SECONDS - begun)) -lt 20 ]
	[[ $error == *"store secret_service: "*"$text"* ]] || { echo "$error"; false; }
	[ -n "$hint" ]
}

@test "log in, a hit, renew, log out" {
	stored crm
	login crm
	[ ! -e "$CONF/state/records" ]
	token=$(credence token crm)
	[ "$(found 'access_tokens[0].token')" = "$token" ]
	credence refresh crm
	[ "$(credence token crm)" != "$token" ]
	[ "$(found generation)" = 2 ]
	[ "$(items)" = 1 ]
	run -0 keyring_tool search xdg:schema credence key crm
	[[ $output == *"label = credence crm"* ]]
	[[ $output == *"attribute.state = $CONF/state"* ]]
	# Another configuration of the same person has a record of its own.
	cp -r "$CONF" "$BATS_TEST_TMPDIR/other"
	rm -rf "$BATS_TEST_TMPDIR/other/state"
	run -4 command credence -C "$BATS_TEST_TMPDIR/other" token crm
	run -0 credence logout crm
	[ "$(items)" = 0 ]
	run -4 credence token crm
	run -4 credence logout crm
}

@test "a hit asks the bus, and loads no library of the network" {
	stored crm
	login crm
	token=$(credence token crm)
	traced -e trace=openat,connect,clone,clone3,execve credence -C "$CONF" token crm >"$BATS_TEST_TMPDIR/out"
	[ "$(<"$BATS_TEST_TMPDIR/out")" = "$token" ]
	grep -F "$KR/bus" "$BATS_TEST_TMPDIR/trace"
	run -1 grep -E 'libcurl|libglib|libsecret' "$BATS_TEST_TMPDIR/trace"
	# No thread and no process.
	run -1 grep -E 'clone3?\(|AF_INET' "$BATS_TEST_TMPDIR/trace"
	[ "$(grep -c 'execve(' "$BATS_TEST_TMPDIR/trace")" = 1 ]
}

@test "no secret is in the bus's messages, in the log or in an error" {
	stored crm
	"${KR_ENV[@]}" "$KR_BIN/dbus-monitor" --session >"$BATS_TEST_TMPDIR/messages" 3>&- &
	monitor=$!
	until grep -q NameAcquired "$BATS_TEST_TMPDIR/messages"; do sleep 0.05; done
	code=$(code)
	credence -v login crm <<<"$code" >"$BATS_TEST_TMPDIR/log" 2>&1
	credence -v refresh crm >>"$BATS_TEST_TMPDIR/log" 2>&1
	token=$(credence token crm)
	kill "$monitor"
	wait "$monitor" || :
	grep -q CreateItem "$BATS_TEST_TMPDIR/messages"
	grep -q GetSecret "$BATS_TEST_TMPDIR/messages"
	run -1 grep -aF -e "$token" -e "$(found refresh_token)" -e CANARY -e refresh_token "$BATS_TEST_TMPDIR/messages"
	run -1 grep -F -e "$token" -e "$(found refresh_token)" -e CANARY -e "$code" "$BATS_TEST_TMPDIR/log"
}

@test "what was saved is there after the daemon was killed, and when it is unlocked again" {
	stored crm
	login crm
	credence refresh crm
	kill -9 "$KR_PID"
	keyring_stop
	keyring_start
	[ "$(found generation)" = 2 ]
	[ "$(credence token crm)" = "$(found 'access_tokens[0].token')" ]
	credence refresh crm
}

@test "bytes that are no text, and more than 64 KiB of them" {
	(umask 077 && head -c 32 /dev/urandom >"$CONF/key")
	stored crm "seal = { use = \"sodium\"; key = \"file:$CONF/key\"; }"
	code=$(code)
	control mode -d token_size=65536 >/dev/null
	credence login crm <<<"$code"
	[ "$(credence token crm | wc -c)" -ge 65536 ]
	run -1 grep -aF refresh_token <(secret)
	(umask 077 && openssl rand -base64 32 >"$CONF/backup-key")
	credence backup "$BATS_TEST_TMPDIR/backup" --key "file:$CONF/backup-key"
	token=$(credence token crm)
	credence logout crm
	credence restore "$BATS_TEST_TMPDIR/backup" --key "file:$CONF/backup-key"
	[ "$(credence token crm)" = "$token" ]
}

@test "from a file to the keyring and back, ledgers too" {
	local limits='limits = { refresh_tokens = { count = 10; window = "10m"; per = "owner"; }; }'
	profile crm "$limits"
	login crm
	token=$(credence token crm)
	cp -p "$CONF/profiles.d/crm.conf" "$CONF/file.conf"
	profile crm "$limits" "store = ( $(entry) )"
	cp -p "$CONF/profiles.d/crm.conf" "$CONF/keyring.conf"
	run -0 credence move crm --from "$CONF/file.conf"
	[ "$(ls "$CONF/state/records")" = "" ]
	[ "$(keyring_tool search --all xdg:schema credence 2>/dev/null | grep -c '^secret = ')" = 2 ]
	[ "$(credence token crm)" = "$token" ]
	# An item of others under the same schema keeps nobody from it.
	printf x | keyring_tool store --label other xdg:schema credence state "$CONF/state" key '/no key'
	cp -p "$CONF/file.conf" "$CONF/profiles.d/crm.conf"
	run -0 credence move crm --from "$CONF/keyring.conf"
	[ "$output" = "crm: moved from store secret_service to store file, with 1 ledger" ]
	[ "$(items)" = 0 ]
	[ "$(credence token crm)" = "$token" ]
}

@test "64 callers that find an expired token make one renewal" {
	stored crm
	expired
	before=$(total renewals)
	for i in {1..64}; do
		credence --timeout 300s token crm >"$BATS_TEST_TMPDIR/out.$i" 3>&- &
	done
	for i in $(jobs -p); do
		[ "$i" = "$KR_PID" ] || [ "$i" = "$KR_BUS_PID" ] || wait "$i" || :
	done
	[ "$(cat "$BATS_TEST_TMPDIR"/out.* | wc -l)" = 64 ]
	[ "$(sort -u "$BATS_TEST_TMPDIR"/out.* | wc -l)" = 1 ]
	[ "$(total renewals)" = $((before + 1)) ]
}

# -- Locked --

@test "a locked keyring is not an empty one: exit 6, and nothing is asked or sent" {
	stored crm
	login crm
	token=$(credence token crm)
	lock
	at_once 6 "collection default is locked" token crm
	[[ $error == "credence: crm: locked: "* ]]
	at_once 6 "collection default is locked" refresh crm
	at_once 6 "collection default is locked" logout crm
	run --separate-stderr -6 login crm
	[ "$(total renewals)" = 0 ]
	# The wrong password, which the daemon does not even mention.
	keyring_stop
	keyring_start wrong
	at_once 6 "collection default is locked" token crm
	keyring_stop
	keyring_start
	[ "$(credence token crm)" = "$token" ]
}

@test "a person who was never there: no keyring at all" {
	keyring_stop
	rm -rf "$KR/data"
	keyring_start ''
	stored crm
	at_once 6 "collection" token crm
	[[ $error == *no_collection* || $error == *locked* ]]
	run --separate-stderr -6 login crm
}

# -- Away --

@test "no bus, a socket without one, and one that is no socket" {
	stored crm
	login crm
	kill -9 "$KR_BUS_PID"
	[ -S "$KR/bus" ]
	at_once 6 "there is no session bus at unix:path=$KR/bus: Connection refused" token crm
	rm "$KR/bus"
	at_once 6 "there is no session bus at unix:path=$KR/bus: No such file or directory" token crm
	[[ $error == "credence: crm: no_bus: "* ]]
	profile crm 'store = ( { use = "secret_service"; bus = "unixexec:path=/bin/true"; } )'
	at_once 3 "unixexec:path=/bin/true is no Unix socket of a session bus" token crm
	run -3 credence check
	[[ $output == *"unixexec:path=/bin/true is no Unix socket"* ]]
	profile crm 'store = ( { use = "secret_service"; bus = "unix:path=/x;tcp:host=127.0.0.1,port=1"; } )'
	at_once 3 "is no Unix socket" token crm
}

@test "a daemon that was killed, and one that is stopped" {
	impatient crm
	stored patient 'collection = "default"'
	login patient
	kill -STOP "$KR_PID"
	at_once 6 "the secret service did not answer in time" token crm
	[[ $error == "credence: crm: timeout: "* ]]
	at_once 6 "the secret service did not answer in time" refresh crm
	run --separate-stderr -6 login crm
	# The call's own time may be shorter.
	fails 6 credence --timeout 300ms token patient
	kill -9 "$KR_PID"
	wait "$KR_PID" || :
	at_once 6 "nobody on the session bus keeps secrets" token crm
	[[ $error == "credence: crm: no_service: "* ]]
}

@test "a daemon that goes away while it is asked" {
	stored crm
	login crm
	kill -STOP "$KR_PID"
	credence --timeout 60s token crm >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
	call=$!
	sleep 0.5
	kill -9 "$KR_PID"
	rc=0
	wait "$call" || rc=$?
	[ "$rc" = 6 ]
	grep -q no_service "$BATS_TEST_TMPDIR/out"
}

@test "a bus that is stopped" {
	impatient crm
	kill -STOP "$KR_BUS_PID"
	at_once 6 "the session bus did not answer in time" token crm
	# So is a socket that nobody listens to any more with patience.
	kill -CONT "$KR_BUS_PID"
	run -4 credence token crm
}

@test "Ctrl-C is heard while the daemon is stopped" {
	local stub=()
	stored crm
	login crm
	kill -STOP "$KR_PID"
	# Who is not root sees the descriptors of a process only if it is dumpable.
	[ "$(id -u)" -eq 0 ] || stub=(LD_PRELOAD="$CREDENCE_TEST_STUBS/dumpable.so"
		ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}verify_asan_link_order=0")
	env "${stub[@]}" credence -C "$CONF" token crm 2>"$BATS_TEST_TMPDIR/err" 3>&- &
	call=$!
	until find "/proc/$call/fd" -lname 'socket:*' | grep -q .; do kill -0 "$call"; sleep 0.05; done
	begun=$SECONDS
	kill -TERM "$call"
	rc=0
	wait "$call" || rc=$?
	[ "$rc" = 143 ]
	[ $((SECONDS - begun)) -lt 10 ]
	grep -q interrupted "$BATS_TEST_TMPDIR/err"
}

# -- In a stack --

@test "a cache above a file: no refresh token, and its trouble costs little" {
	impatient crm 'control = "sufficient"; timeout = "30s";' ', "file"'
	login crm
	[ "$(found refresh_token)" = null ]
	token=$(credence token crm)
	traced -e trace=openat credence -C "$CONF" token crm >/dev/null
	run -1 grep -F state/records "$BATS_TEST_TMPDIR/trace"
	# Taken away by hand: it is filled again.
	keyring_tool clear xdg:schema credence key crm
	[ "$(credence token crm)" = "$token" ]
	[ "$(items)" = 1 ]
	impatient crm 'control = "sufficient";' ', "file"'
	kill -STOP "$KR_PID"
	begun=$SECONDS
	[ "$(credence --timeout 60s token crm)" = "$token" ]
	# It is waited for once a call, not once a question.
	run --separate-stderr -0 credence --timeout 60s refresh crm
	[ $((SECONDS - begun)) -lt 40 ]
	[[ $stderr == *"the secret service did not answer in time"* ]]
	[ "$(credence --timeout 60s token crm)" != "$token" ]
}

@test "deleted from outside: a person must log in again" {
	stored crm
	login crm
	keyring_tool clear xdg:schema credence key crm
	run -4 credence token crm
	login crm
	credence token crm
}

@test "several items with the same attributes: the newest record counts, and the others go" {
	stored crm
	login crm
	keyring_tool lookup xdg:schema credence key crm >"$BATS_TEST_TMPDIR/old"
	credence refresh crm
	new=$(credence token crm)
	keyring_tool store --label old xdg:schema credence key crm state "$CONF/state" copy 1 <"$BATS_TEST_TMPDIR/old"
	[ "$(items)" = 2 ]
	[ "$(credence token crm)" = "$new" ]
	credence refresh crm
	[ "$(items)" = 1 ]
	[ "$(credence token crm)" != "$new" ]
	keyring_tool store --label old xdg:schema credence key crm state "$CONF/state" copy 1 <"$BATS_TEST_TMPDIR/old"
	credence logout crm
	[ "$(items)" = 0 ]
	# What somebody else put there is no record.
	echo nonsense | keyring_tool store --label x xdg:schema credence key crm state "$CONF/state"
	run --separate-stderr -8 credence token crm
	[[ $stderr == *"this is no record of credence"* ]]
}

# -- Which collection, which bus --

@test "the desktop among the examples is a good profile" {
	sed 's|file:/home/USER/.*"|plain:x"|' "$abs_top_srcdir/conf/examples/profiles/desktop.conf" \
		>"$CONF/profiles.d/desktop.conf"
	run -0 credence check
}

@test "a collection by its name, the session's, and one that is not there" {
	stored crm 'collection = "Login"' 'label = "OAuth"'
	login crm
	credence token crm
	run -0 keyring_tool search xdg:schema credence key crm
	[[ $output == *"label = OAuth crm"* ]]
	stored crm 'collection = "/no/such"'
	at_once 6 "there is no collection /no/such" token crm
	stored crm 'collection = "session"'
	run --separate-stderr -3 credence login crm <<<some-code
	[[ $stderr == *"no required store of profile crm is durable"* ]]
	profile crm "store = ( $(entry 'collection = "session"') )" 'volatile = true'
	login crm
	credence token crm
	keyring_stop
	keyring_start
	run -4 credence token crm
}

# other_user: all that there is in copies of another user's, since this folder may be closed to them
other_user() {
	cp -r "$(dirname "$KR_BIN")" "$KR/root"
	KR_BIN=$KR/root/bin KR_LIBRARY=$(echo "$KR"/root/lib/*-linux-*)
	mkdir "$KR/modules"
	cp "$CREDENCE_TEST_MODULES"/*.so "$KR/modules"
	cp "$abs_top_builddir/credence" "$KR/"
	cp -r "$CONF" "$KR/conf"
	rm -rf "$KR/conf/state"
	printf 'modules = { path = [ "%s" ]; };\n' "$KR/modules" >"$KR/conf/credence.conf"
	chown -R "$1" "$KR"
	KR_AS=(setpriv "--reuid=$1" "--regid=$(id -gn "$1")" --clear-groups)
}

@test "the session's own bus is asked, but not by a process with more rights than its caller" {
	local own=(command credence -C "$CONF")
	profile crm 'store = ( { use = "secret_service"; timeout = "30s"; } )'
	if [ "$(id -u)" = 0 ]; then
		DBUS_SESSION_BUS_ADDRESS=$KR_BUS XDG_RUNTIME_DIR=$KR run --separate-stderr -6 "${own[@]}" token crm
		[[ $stderr == *"no_bus"*"/run/user/0/bus"* ]]
		keyring_stop
		other_user nobody
		keyring_start
		own=("${KR_AS[@]}" "$KR/credence" -C "$KR/conf")
	fi
	export HOME=$KR XDG_RUNTIME_DIR=$KR/none
	code | DBUS_SESSION_BUS_ADDRESS=$KR_BUS "${own[@]}" login crm
	DBUS_SESSION_BUS_ADDRESS=$KR_BUS "${own[@]}" token crm
	DBUS_SESSION_BUS_ADDRESS=autolaunch: run --separate-stderr -6 "${own[@]}" token crm
	[[ $stderr == *"autolaunch: is no Unix socket"* ]]
	unset DBUS_SESSION_BUS_ADDRESS
	run --separate-stderr -6 "${own[@]}" token crm
	[[ $stderr == *"no session bus at unix:path=$KR/none/bus"* ]]
	# What an address writes otherwise.
	ln -s "$KR" "$KR/a;b %"
	XDG_RUNTIME_DIR="$KR/a;b %" run -0 "${own[@]}" token crm
}
