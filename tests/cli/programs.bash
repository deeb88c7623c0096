# SPDX-License-Identifier: MIT
# Programs that tests make for the exec modules, in $PROGRAMS, and how they are refused.

# program NAME <TEXT: a program of that text in $PROGRAMS.
program() {
	cat >"$PROGRAMS/$1"
	chmod 755 "$PROGRAMS/$1"
}

# speaker NAME METHOD[,METHOD…]: a program that says hello with these methods and hears its call; the
# rest of it is read from standard input. Its shell functions: say MESSAGE, ask MESSAGE (sets reply),
# value.
speaker() {
	{
		cat <<-EOF
			#!/bin/bash
			say() { printf '%s\n' "\$1"; }
			ask() { say "\$1"; IFS= read -r reply; }
			value() { jq -r '.value // empty' <<<"\$reply"; }
			IFS= read -r hello
			say '{"type":"hello","protocol":1,"methods":["${2//,/\",\"}"]}'
			IFS= read -r call
		EOF
		cat
	} | program "$1"
}

# Nothing that was started is left: no program, and no sleep of one (others may run this test, too).
nothing_runs() {
	local pid
	run -1 pgrep -f "$PROGRAMS/"
	for pid in $(pgrep -x -f 'sleep 6077'); do
		run -1 grep -zFx "XDG_RUNTIME_DIR=$XDG_RUNTIME_DIR" "/proc/$pid/environ"
	done
}

# refuses STATUS TEXT…: token crm exits with that, in time, with one line that has all of the texts. What
# does not answer is waited for: MOST=5 refuses 6 …
refuses() {
	local status=$1 begun=$SECONDS most=${MOST:-30}
	shift
	run --separate-stderr "-$status" credence --timeout "${most}s" token crm
	[ "$output" = "" ]
	[ $((SECONDS - begun)) -le $((most + 15)) ]
	[ "$(grep -c '^credence: ' <<<"$stderr")" -eq 1 ]
	for text; do
		[[ $stderr == *"$text"* ]]
	done
}
