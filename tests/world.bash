# SPDX-License-Identifier: MIT
# What the tests of the command, the benchmark and the demo share: a configuration of their own that
# finds the modules and the provider data of the build, and a sandbox to talk to.
#
#	sandbox_start            # once a file (in setup_file) or once a test
#	world                    # $CONF with credence.conf, providers.d, profiles.d
#	profile crm              # profiles.d/crm.conf on the sandbox
#	login crm eu             # with a grant token of that data centre
#	credence token crm       # the built command on $CONF
#	expired                  # crm, logged in, with a token that is of no use any more
#	total renewals           # of the sandbox
#	member refresh_token     # of the record that is kept
#	held_up COMMAND…         # in the background, $pid, with its token request under way
#	let_go                   # it gets its answer
#	within 20 COMMAND…       # seconds
#
# The Makefile sets abs_top_srcdir, CREDENCE_TEST_MODULES and PATH, tests/run a TMPDIR of its own.

: "${abs_top_srcdir:?this is run by make}" "${CREDENCE_TEST_MODULES:?}"

# Where this test, this file of tests or this program may write.
scratch() {
	printf '%s' "${BATS_TEST_TMPDIR:-${BATS_FILE_TMPDIR:-${TMPDIR:?}}}"
}

# sandbox_start [OPTION…]: starts credence-sandbox in $SANDBOX_DIR and reads what it says about itself.
sandbox_start() {
	local out folder
	folder=$(scratch)/sandbox
	out=$(credence-sandbox --background --dir "$folder" "$@") || return
	[[ $out =~ ^READY\ (http.*)\ ([0-9]+)$ ]] || return
	export SANDBOX_PID=${BASH_REMATCH[2]}
	set -a
	# shellcheck source=/dev/null
	. "$folder/env"
	set +a
}

sandbox_stop() {
	[ -z "${SANDBOX_PID-}" ] || kill "$SANDBOX_PID"
	unset SANDBOX_PID
}

# control PATH [CURL-OPTION…]: asks the sandbox's control origin.
control() {
	local path=$1
	shift
	curl -sS --fail-with-body -m 20 "$@" "$SANDBOX_CONTROL/$path"
}

# world [LINE…]: a configuration folder $CONF; the lines go into its credence.conf.
world() {
	CONF=$(scratch)/conf
	export CONF
	mkdir -p "$CONF/profiles.d" "$CONF/providers.d"
	cp "$abs_top_srcdir"/conf/providers/*.conf "$CONF/providers.d/"
	[ -z "${SANDBOX_DIR-}" ] || cp "$SANDBOX_DIR/provider.conf" "$CONF/providers.d/sandbox.conf"
	{
		printf 'modules = { path = [ "%s"%s ]; };\n' "$CREDENCE_TEST_MODULES" \
			"${CREDENCE_TEST_STUBS:+, \"$CREDENCE_TEST_STUBS\"}"
		[ $# -eq 0 ] || printf '%s\n' "$@"
	} >"$CONF/credence.conf"
	chmod -R u=rwX,go=rX "$CONF"
}

# profile NAME [LINE…]: a profile on the sandbox. A line replaces the default of the same setting;
# "SETTING =" with nothing behind it leaves the setting out.
profile() {
	local file=$CONF/profiles.d/$1.conf line name
	local -A setting=(
		[provider]='"sandbox"'
		[client]='{ id = "1000.SANDBOX"; secret = "plain:CANARY-sandbox-secret"; }'
		[scope]='[ "ZohoCRM.modules.READ" ]'
		[location]='"us"'
		[grant]='"self_client"'
		[resolver]='"multi_dc"'
	)
	shift
	for line; do
		name=${line%%[ =]*}
		line=${line#*=}
		line=${line%;}
		setting[$name]=${line# }
	done
	for name in "${!setting[@]}"; do
		[ -z "${setting[$name]// /}" ] || printf '%s = %s;\n' "$name" "${setting[$name]}"
	done >"$file"
	chmod 600 "$file"
}

# code [DC [SCOPE]]: a grant token from the sandbox's console.
code() {
	control code -d "dc=${1:-us}" -d client=1000.SANDBOX -d "scope=${2:-ZohoCRM.modules.READ}" |
		jq -er .code
}

# login NAME [DC [SCOPE]]: the first authorization of a profile.
login() {
	code "${2-}" "${3-}" | credence login "$1"
}

# expired: logged in, with a token that is of no use any more
expired() {
	control mode -d access_life=1s >/dev/null
	login crm 2>/dev/null
	sleep 1.1
	control mode -d access_life=1h >/dev/null
}

# key_room BYTES: for who may not keep as much in the kernel's keyrings; root has a limit of its own, and a
# wide one
key_room() {
	[ "$(id -u)" -eq 0 ] || [ "$(</proc/sys/kernel/keys/maxbytes)" -ge "$1" ] ||
		skip "kernel.keys.maxbytes gives a user less than $1 bytes of keys"
}

total() {
	control state | jq ".totals.$1"
}

# member FILTER [FILE]: what a stored record has there; the record is crm's, unless $RECORD says where
# another is; - is standard input
member() {
	tail -n +2 "${2:-${RECORD:-$CONF/state/records/crm}}" | jq -er ".$1"
}

# held_up COMMAND…: in the background, $pid, with its token request under way until let_go
held_up() {
	control fault -d name=slow -d endpoint=token -d count=1 -d ms=600000 >/dev/null
	"$@" 3>&- &
	pid=$!
	until [ "$(total in_flight)" != 0 ]; do
		kill -0 "$pid" || return
		sleep 0.05
	done
}

# The server has nothing under way then.
let_go() {
	control fault -X DELETE >/dev/null
	until [ "$(total in_flight)" = 0 ]; do sleep 0.05; done
}

# within SECONDS COMMAND…: a bound that only what hangs or is waited for exceeds; a slow machine does not
within() {
	local most=$1 start=$EPOCHREALTIME
	shift
	"$@" || return
	awk -v a="$start" -v b="$EPOCHREALTIME" -v most="$most" 'BEGIN { exit !(b - a < most) }'
}

# interrupted COMMAND…: given SIGINT while it waits, it ends with 130, long before its time is over. (The
# shell has what it starts in the background ignore the signal.)
interrupted() {
	local rc=0 pid start
	env --default-signal=INT "$@" 3>&- &
	pid=$!
	sleep 2
	kill -INT "$pid"
	start=$SECONDS
	wait "$pid" || rc=$?
	[ "$rc" = 130 ] && [ $((SECONDS - start)) -lt 15 ]
}

# strace OPTION…: of credence, too, which makes itself unreadable for all but root. Who is not root has
# that left out, else there would be no path and no text in a trace.
strace() {
	local preload=${LD_PRELOAD:+$LD_PRELOAD:}$CREDENCE_TEST_STUBS/dumpable.so
	if [ "$(id -u)" -eq 0 ]; then
		command strace "$@"
	else
		ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}verify_asan_link_order=0 \
			command strace -E "LD_PRELOAD=$preload" "$@"
	fi
}

# traced STRACE-OPTION…: strace of the command that follows; a leak checker can't work then.
traced() {
	ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0 strace -f -o "$BATS_TEST_TMPDIR/trace" "$@"
}

# clock SECONDS COMMAND…: where the wall clock is so far from this machine's
clock() {
	CREDENCE_TEST_CLOCK=$1 LD_PRELOAD=$CREDENCE_TEST_STUBS/clock.so \
		ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}verify_asan_link_order=0 "${@:2}"
}

# The built command on the test's own configuration.
credence() {
	command credence -C "${CONF:?}" "$@"
}
