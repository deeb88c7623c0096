# SPDX-License-Identifier: MIT
# What the fault tests share: strace as the hand that pulls the plug, and the shape of an error.

bats_require_minimum_version 1.5.0
load "$abs_top_srcdir/tests/world.bash"

needs_strace() {
	strace -o /dev/null true 2>/dev/null || skip "strace cannot trace here"
}

# LeakSanitizer can't look while it is traced.
without_leak_check() {
	ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0 "$@"
}

# inject WHAT COMMAND…: runs a command with one fault put into its system calls, e.g.
# "fsync:error=EIO:when=2". strace counts each name on its own.
inject() {
	local fault=$1
	shift
	without_leak_check strace -f -qq -o /dev/null -e trace="${fault%%:*}" -e inject="$fault" "$@"
}

# fresh NAME [DC]: nothing is kept, then a new credential: limits and ledger start from nothing.
fresh() {
	rm -rf "$CONF/state"
	login "$@" 2>/dev/null
}

# one_error STATUS COMMAND…: the command fails so, says nothing on standard output, and on standard
# error one line and at most one hint. The line is left in $error, the hint in $hint.
one_error() {
	local expected=$1
	shift
	run --separate-stderr "$@"
	if [ "$status" -ne "$expected" ]; then
		printf 'exit %s instead of %s: %s\n%s\n' "$status" "$expected" "$*" "$stderr" >&2
		return 1
	fi
	error=${stderr_lines[0]-}
	hint=${stderr_lines[1]-}
	if [ -n "$output" ] || [ "${#stderr_lines[@]}" -gt 2 ] || [[ $error != "credence: "* ]] ||
		[[ -n $hint && $hint != "hint: "* ]]; then
		printf 'not one error and one hint: %s\n%s\n%s\n' "$*" "$output" "$stderr" >&2
		return 1
	fi
}

# still_good NAME: the credential is there, the server takes it, and no person is needed. (Not with
# --force, which would forgive a credential that was given up.)
still_good() {
	command credence -C "$CONF" refresh "$1" </dev/null >/dev/null &&
		command credence -C "$CONF" token "$1" </dev/null >/dev/null
}

# slot: what the names of the emergency slot's files of this test contain: FNV-1a of the state folder.
slot() {
	local text=$CONF/state hash=$((0xcbf29ce484222325)) i byte
	for ((i = 0; i < ${#text}; i++)); do
		printf -v byte %d "'${text:i:1}"
		hash=$(((hash ^ byte) * 0x100000001b3))
	done
	printf 'slot-%016x-' "$hash"
}

# slot_clean: root's slots are in a folder of the machine; a killed process leaves files there.
slot_clean() {
	[ -z "${CONF-}" ] || rm -f /run/credence/"$(slot)"* /run/credence/."$(slot)"*
}
