# SPDX-License-Identifier: MIT
# What the fault tests share: strace as the hand that pulls the plug, and (errors.bash) the shape of an error.

bats_require_minimum_version 1.5.0
load "$abs_top_srcdir/tests/world.bash"
load "$abs_top_srcdir/tests/errors.bash"

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

# slots: the folder of this user's emergency slots
slots() {
	if [ "$(id -u)" -eq 0 ]; then
		printf '/run/credence'
	else
		printf '%s/credence' "$XDG_RUNTIME_DIR"
	fi
}

# slot_clean: root's slots are in a folder of the machine; a killed process leaves files there.
slot_clean() {
	[ -z "${CONF-}" ] || rm -f "$(slots)/$(slot)"* "$(slots)/.$(slot)"*
}

NEAR=10 # calls before and after a save or request that count as near

# calls TRACE: "NAME ORDINAL" of each system call in a trace, in order; strace counts each name apart
calls() {
	awk '
		{ sub(/^[0-9]+ +/, "") }
		match($0, /^[a-z0-9_]+\(/) {
			name = substr($0, 1, RLENGTH - 1)
			print name, ++count[name]
		}' "$1"
}

# all_points TRACE: "near NAME ORDINAL" or "far NAME ORDINAL" of its calls but the first, which is the
# execve by which the program comes to be
all_points() {
	calls "$1" | awk -v near="$NEAR" '
		{ call[NR] = $0 }
		$1 ~ /^(fsync|rename.*|write|connect|sendto|recvfrom|add_key)$/ {
			for (i = NR - near; i <= NR + near; i++)
				is_near[i] = 1
		}
		END {
			for (i = 2; i <= NR; i++)
				print (i in is_near ? "near" : "far"), call[i]
		}'
}

# in_all TRACE…: of the points on standard input those that each of these runs came to: who waits
# longer polls more often
in_all() {
	local trace
	for trace; do
		calls "$trace"
	done | sort | uniq -c | awk -v runs=$# '$1 == runs { print $2, $3 }' >"$BATS_TEST_TMPDIR/reached"
	grep -Fxf "$BATS_TEST_TMPDIR/reached"
}

# points TRACE [NEAR [FAR]]: "NAME ORDINAL" of those to run, of the near and of the far ones no more
# than so many
points() {
	if [ -n "${CREDENCE_TEST_LONG-}" ]; then
		all_points "$1" | cut -d' ' -f2-
	else
		all_points "$1" | sed -n 's/^near //p' | sort -R --random-source=<(yes 10) | head -n "${2:-100000}"
		all_points "$1" | sed -n 's/^far //p' | sort -R --random-source=<(yes 20) | head -n "${3:-20}"
	fi
}
