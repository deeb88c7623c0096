#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Stores that are programs: the example, promises, several hosts, and programs that do not behave.

load ../faults/helper
load programs
load "$abs_top_srcdir/tests/hosts.bash"

setup() {
	sandbox_start --code-count 1000 --refresh-count 1000
	world
	PROGRAMS=$CONF/programs
	FOLDER=$BATS_TEST_TMPDIR/records
	RECORD=$FOLDER/crm
	mkdir -m 755 "$PROGRAMS"
	install -m 755 "$abs_top_srcdir/conf/examples/exec/store.bash" "$PROGRAMS/"
}

teardown() {
	sandbox_stop
	slot_clean
}

# entry NAME [OPTION…]: the entry of a store stack that is this program
entry() {
	local name=$1 options=
	shift
	[ $# -eq 0 ] || options=$(printf ' %s;' "$@")
	printf '{ use = "exec"; command = [ "%s", "%s" ];%s }' "$PROGRAMS/$name" "$FOLDER" "$options"
}

DURABLE='traits = [ "durable" ]'
SAFE='traits = [ "durable", "cas" ]'

# stored NAME PROGRAM [OPTION…]: a profile with nothing but that store
stored() {
	profile "$1" "store = ( $(entry "${@:2}") )"
}

# A store of the least: load and save, with nothing compared and nothing safe. What it is given it
# leaves in calls.
simple() {
	speaker "$1" load,save,erase,list <<-EOF
		echo "\$call" >>"$BATS_TEST_TMPDIR/calls"
		f=$FOLDER/\$(jq -r .key <<<"\$call")
		case \$(jq -r .method <<<"\$call") in
		load) [ -e "\$f" ] || { say '{"type":"result","answer":"miss"}'; exit; }
			ask "{\"type\":\"host_call\",\"function\":\"put_bytes\",\"bytes\":\"\$(base64 -w0 "\$f")\"}" ;;
		save) jq -r .bytes <<<"\$call" | base64 -d >"\$f" ;;
		erase) rm "\$f" ;;
		esac
		say '{"type":"result","answer":"success"}'
	EOF
	mkdir -p "$FOLDER"
}

# -- The example --

@test "a shell script is a store: log in, renew, log out" {
	stored crm store.bash "$SAFE"
	login crm
	[ "$(stat -c '%a %U' "$FOLDER" "$FOLDER/crm" | sort -u)" = "600 $(id -un)"$'\n'"700 $(id -un)" ]
	[ ! -e "$CONF/state/records" ]
	first=$(credence token crm)
	[ "$(member 'access_tokens[0].token')" = "$first" ]
	credence refresh crm
	[ "$(credence token crm)" != "$first" ]
	[ "$(credence token crm)" = "$(member 'access_tokens[0].token')" ]
	[ ! -e "$FOLDER/.new" ]
	run -0 credence trace crm
	[[ $output == *exec*"live for"* ]]
	run -0 credence logout crm
	[ ! -e "$FOLDER/crm" ]
	run -4 credence token crm
	run -4 credence logout crm
	nothing_runs
}

@test "a hit runs one program, without the network or its library" {
	stored crm store.bash "$SAFE"
	login crm
	token=$(credence token crm)
	traced -e trace=execve,openat credence -C "$CONF" --no-network token crm >"$BATS_TEST_TMPDIR/out"
	[ "$(<"$BATS_TEST_TMPDIR/out")" = "$token" ]
	[ "$(grep -c "execve(\"$PROGRAMS/store.bash\"" "$BATS_TEST_TMPDIR/trace")" = 1 ]
	run -1 grep -F libcurl "$BATS_TEST_TMPDIR/trace"
}

@test "no secret is on a command line or in an environment" {
	stored crm store.bash "$SAFE"
	code=$(code)
	traced -e trace=execve -v -s 10000 credence -C "$CONF" login crm <<<"$code"
	cp "$BATS_TEST_TMPDIR/trace" "$BATS_TEST_TMPDIR/trace.login"
	refresh=$(member refresh_token)
	traced -e trace=execve -v -s 10000 credence -C "$CONF" refresh crm
	[ "$(grep -c store.bash "$BATS_TEST_TMPDIR/trace")" -ge 4 ]
	# This test's own environment has secrets of the sandbox.
	grep -hv "execve(\"$abs_top_builddir/credence\"" "$BATS_TEST_TMPDIR"/trace{.login,} >"$BATS_TEST_TMPDIR/programs"
	run -1 grep -F -e "$refresh" -e "$code" -e "$(member 'access_tokens[0].token')" -e CANARY \
		-e "$(base64 -w 0 "$FOLDER/crm" | head -c 60)" "$BATS_TEST_TMPDIR/programs"
	# The example of a grant keeps to it, too.
	install -m 755 "$abs_top_srcdir/conf/examples/exec/grant.bash" "$PROGRAMS/"
	profile crm "grant = { use = \"exec\"; command = [ \"$PROGRAMS/grant.bash\" ]; }"
	code=$(code)
	traced -e trace=execve -v -s 10000 credence -C "$CONF" login crm <<<"$code"
	[ "$(grep -c grant.bash "$BATS_TEST_TMPDIR/trace")" -ge 1 ]
	run -1 grep -F "$code" "$BATS_TEST_TMPDIR/trace"
}

@test "bytes that are no text" {
	(umask 077 && head -c 32 /dev/urandom >"$CONF/key")
	stored crm store.bash "$SAFE" "seal = { use = \"sodium\"; key = \"file:$CONF/key\"; }"
	login crm
	run -1 grep -aF refresh_token "$FOLDER/crm"
	credence refresh crm
	token=$(credence token crm)
	(umask 077 && openssl rand -base64 32 >"$CONF/backup-key")
	credence backup "$BATS_TEST_TMPDIR/backup" --key "file:$CONF/backup-key"
	rm -r "$FOLDER"
	run -4 credence token crm
	credence restore "$BATS_TEST_TMPDIR/backup" --key "file:$CONF/backup-key"
	[ "$(credence token crm)" = "$token" ]
}

@test "from a file to a script and back, ledgers too" {
	local limits='limits = { refresh_tokens = { count = 10; window = "10m"; per = "owner"; }; }'
	profile crm "$limits"
	login crm
	token=$(credence token crm)
	cp -p "$CONF/profiles.d/crm.conf" "$CONF/file.conf"
	profile crm "$limits" "store = ( $(entry store.bash "$SAFE") )"
	cp -p "$CONF/profiles.d/crm.conf" "$CONF/script.conf"
	run -0 credence move crm --from "$CONF/file.conf"
	[ "$(ls "$CONF/state/records")" = "" ]
	[ "$(ls "$FOLDER" | wc -l)" = 2 ]
	[ "$(credence token crm)" = "$token" ]
	cp -p "$CONF/file.conf" "$CONF/profiles.d/crm.conf"
	run -0 credence move crm --from "$CONF/script.conf"
	[ "$(ls "$FOLDER")" = "" ]
	[ "$(credence token crm)" = "$token" ]
}

@test "20 callers that find an expired token make one renewal" {
	stored crm store.bash "$SAFE"
	expired
	before=$(total renewals)
	for i in {1..20}; do
		credence --timeout 300s token crm >"$BATS_TEST_TMPDIR/out.$i" 3>&- &
	done
	wait
	[ "$(cat "$BATS_TEST_TMPDIR"/out.* | wc -l)" = 20 ]
	[ "$(sort -u "$BATS_TEST_TMPDIR"/out.* | wc -l)" = 1 ]
	[ "$(total renewals)" = $((before + 1)) ]
}

@test "the example refuses a folder or a record that others can get at, and a folder that is none" {
	stored crm store.bash "$SAFE"
	login crm
	chmod o+r "$FOLDER/crm"
	refuses 10 "store exec: $FOLDER/crm is not this user's alone"
	chmod 600 "$FOLDER/crm"
	chmod g+w "$FOLDER"
	refuses 10 "store exec: $FOLDER is not this user's alone"
	chmod 700 "$FOLDER"
	mv "$FOLDER/crm" "$BATS_TEST_TMPDIR/elsewhere"
	ln -s "$BATS_TEST_TMPDIR/elsewhere" "$FOLDER/crm"
	refuses 10 "store exec: $FOLDER/crm is not this user's alone"
	FOLDER=records stored crm store.bash "$SAFE"
	refuses 3 'store exec: the command names no folder'
}

@test "a disk that is full: the old record stays, and somebody says so" {
	stored crm store.bash "$SAFE"
	login crm
	cp "$FOLDER/crm" "$BATS_TEST_TMPDIR/before"
	sed -i 's|base64 -d >"$new"|base64 -d >/dev/full|' "$PROGRAMS/store.bash"
	run --separate-stderr -8 credence refresh crm
	[ "$(grep -c '^credence: ' <<<"$stderr")" -eq 1 ]
	[[ $stderr == *"store exec: $PROGRAMS/store.bash ended with exit status 1 before its result: "*"No space left"* ]]
	cmp "$FOLDER/crm" "$BATS_TEST_TMPDIR/before"
	[ "$(total renewals)" = 0 ]
}

# -- Promises --

@test "what a store does not promise it is not trusted with" {
	stored crm store.bash
	run --separate-stderr -3 credence login crm <<<some-code
	[[ $stderr == *"no required store of profile crm is durable"* ]]
	run -3 credence check
	[[ $output == *"crm.conf:"*"no required store of profile crm is durable"* ]]
	stored crm store.bash 'traits = [ "durable", "fast" ]'
	refuses 3 'store exec: traits has a word that is none' 'hint: the words are "durable"'
	run -3 credence check
	[[ $output == *"traits has a word that is none"* ]]
	stored crm store.bash 'traits = [ "durable", "shared" ]'
	refuses 3 'store exec: traits has "shared" without "cas"'
	stored crm store.bash "$SAFE"
	run -0 credence check
	run -0 credence module info store exec
	[[ $output == *"flags  as its options say"* ]]
	[ "$(credence module info store exec --json | jq .flags_by_options)" = true ]
}

@test "a cache in front of a file gets no refresh token, and hears when it is of no use any more" {
	simple cache
	profile crm "store = ( $(entry cache 'control = "sufficient"'), \"file\" )"
	login crm
	refresh=$(member refresh_token "$CONF/state/records/crm")
	[ -n "$refresh" ]
	run -1 grep -F "$refresh" <(jq -r 'select(.bytes) | .bytes' "$BATS_TEST_TMPDIR/calls" | base64 -d)
	[ "$(jq -rs 'map(select(.method == "save"))[0] | .key, .expected, .revision > 0' "$BATS_TEST_TMPDIR/calls" | xargs)" = "crm 0 true" ]
	left=$(($(date -d "$(jq -rs 'map(select(.method == "save"))[0].expires_at' "$BATS_TEST_TMPDIR/calls")" +%s) - EPOCHSECONDS))
	[ "$left" -gt 3000 ] && [ "$left" -le 3600 ]
	: >"$BATS_TEST_TMPDIR/calls"
	token=$(credence token crm)
	[ "$(jq -r .method "$BATS_TEST_TMPDIR/calls")" = load ]
	# A cache that fails costs a warning.
	program cache <<<$'#!/bin/sh\nexit 3'
	run --separate-stderr -0 credence token crm
	[ "$output" = "$token" ]
	run --separate-stderr -0 credence refresh crm
	[[ $stderr == *"store exec: $PROGRAMS/cache ended with exit status 3"* ]]
}

@test "a store that compares nothing itself: what was changed meanwhile is not overwritten" {
	simple least
	control mode -d rotation=on >/dev/null
	stored crm least "$DURABLE"
	login crm
	# Another writes just before the record with the new token is compared.
	sed -i "3i[ ! -e $BATS_TEST_TMPDIR/armed ] || echo >>$BATS_TEST_TMPDIR/armed" "$PROGRAMS/least"
	sed -i "4i[ \"\$(cat $BATS_TEST_TMPDIR/armed 2>/dev/null | wc -l)\" != 5 ] || python3 $abs_top_srcdir/tests/faults/rewrite.py $FOLDER/crm 'by_another=\"kept\"'" "$PROGRAMS/least"
	touch "$BATS_TEST_TMPDIR/armed"
	credence refresh crm
	# Theirs was the third revision, and what was received went on top of it.
	[[ $(head -n 1 "$FOLDER/crm") == "credence1 4 "* ]]
	[ "$(member generation)" = 2 ]
	[ "$(total renewals)" = 1 ]
	[ "$(credence token crm)" = "$(member 'access_tokens[0].token')" ]
}

@test "three hosts that share a script's store: one renewal" {
	local shared='traits = [ "durable", "shared", "cas" ]' host
	stored crm store.bash "$shared"
	control mode -d access_life=1s >/dev/null
	login crm
	for host in a b c; do
		host "$host"
	done
	sleep 1.1
	control mode -d access_life=1h >/dev/null
	before=$(total renewals)
	for host in a b c; do
		for i in {1..8}; do
			on "$host" --timeout 300s token crm \
				>"$BATS_TEST_TMPDIR/out.$host.$i" 2>"$BATS_TEST_TMPDIR/err.$host.$i" 3>&- &
		done
	done
	wait
	cat "$BATS_TEST_TMPDIR"/err.*
	[ "$(cat "$BATS_TEST_TMPDIR"/out.* | wc -l)" = 24 ]
	[ "$(sort -u "$BATS_TEST_TMPDIR"/out.* | wc -l)" = 1 ]
	[ "$(total renewals)" = $((before + 1)) ]
}

@test "a grant and a store that are programs, at once" {
	install -m 755 "$abs_top_srcdir/conf/examples/exec/grant.bash" "$PROGRAMS/"
	profile crm "grant = { use = \"exec\"; command = [ \"$PROGRAMS/grant.bash\" ]; }" \
		"store = ( $(entry store.bash "$SAFE") )"
	login crm
	first=$(credence token crm)
	credence refresh crm
	[ "$(credence token crm)" != "$first" ]
	# One that needs no person: its request is counted, durable, while it runs.
	speaker own acquire <<-'EOF'
		ask '{"type":"host_call","function":"put_token","access_token":"T","expires_in":600}'
		say '{"type":"result","answer":"success"}'
	EOF
	credence logout crm
	profile crm "grant = { use = \"exec\"; command = [ \"$PROGRAMS/own\" ]; unattended = true; }" \
		"store = ( $(entry store.bash "$SAFE") )"
	[ "$(credence token crm)" = T ]
	[ "$(member 'access_tokens[0].token')" = T ]
	nothing_runs
}

# clocked MS: a program that does what the example does, in a store whose clock is so far ahead
clocked() {
	speaker clocked load,save,erase,list <<-EOF
		ahead=$1
		$(cat <<-'END'
			if [ "$(jq -r .method <<<"$call")" = load ]; then
				ask '{"type":"host_call","function":"put_time","now":'$(($(date +%s%3N) + ahead))'}'
			fi
			coproc ours { "${0%/*}/store.bash" "$1"; }
			say "$hello" >&"${ours[1]}"
			read -r _ <&"${ours[0]}"
			say "$call" >&"${ours[1]}"
			while IFS= read -r line <&"${ours[0]}"; do
				say "$line"
				[ "$(jq -r .type <<<"$line")" = host_call ] || break
				IFS= read -r reply
				say "$reply" >&"${ours[1]}"
			done
		END
		)
	EOF
}

@test "a cache that hosts share is kept by its own clock" {
	local left
	clocked 50000
	profile crm "store = ( $(entry clocked 'control = "sufficient"' 'traits = [ "cas", "shared" ]'), { use = \"file\"; control = \"required\"; } )"
	control mode -d access_life=60s >/dev/null
	login crm
	left=$(($(member 'access_tokens[0].expires_at') - ${EPOCHREALTIME/./} / 1000))
	[ "$left" -gt 80000 ]
	[ "$left" -le 110000 ]
	[ "$(credence --json token crm | jq .expires_in)" -le 60 ]
	# Another host, whose clock is ahead, sees through it.
	[ "$(clock +600 credence --json token crm | jq .expires_in)" -le 60 ]
	[ "$(total renewals)" = 0 ]
}

@test "a record that another host is renewing is not moved, by whatever clock that says so" {
	clocked -50000
	profile crm "store = ( $(entry clocked 'traits = [ "durable", "cas", "shared" ]') )"
	login crm
	cp -p "$CONF/profiles.d/crm.conf" "$BATS_TEST_TMPDIR/old.conf"
	now=$((${EPOCHREALTIME/./} / 1000 - 50000))
	python3 "$abs_top_srcdir/tests/faults/rewrite.py" "$FOLDER/crm" \
		"intent={\"host\":\"other\",\"lock\":\"another/1/2\",\"pid\":1,\"start\":{\"wall\":$now,\"boot\":1,\"boot_id\":\"x\"},\"deadline\":$((now + 40000)),\"parent\":\"$(member id)\"}"
	profile crm 'store = "file"'
	fails 6 credence move --from "$BATS_TEST_TMPDIR/old.conf" crm
	[[ $error == *"other is renewing it" ]]
	[ -e "$FOLDER/crm" ]
}

@test "what a login received is saved, whatever is left of its time" {
	local start
	# One that needs long for a save, once the answer is under way.
	sed "s|^save() {|&\n\t[ ! -e '$BATS_TEST_TMPDIR/answered' ] \|\| sleep 6|" "$PROGRAMS/store.bash" >"$PROGRAMS/slow"
	chmod 755 "$PROGRAMS/slow"
	profile crm "store = ( $(entry slow "$SAFE") )" 'transport = { use = "curl"; stall = "60s"; }' \
		'limits = { refresh_tokens = { count = 0; window = "10m"; live = 0; per = "refresh_token"; }; }'
	control fault -d name=slow -d ms=60000 -d when=after -d count=1 >/dev/null
	start=${EPOCHREALTIME/./}
	credence --timeout 30s login crm < <(code) 2>"$BATS_TEST_TMPDIR/err" 3>&- &
	until [ "$(total in_flight)" = 1 ]; do sleep 0.1; done
	touch "$BATS_TEST_TMPDIR/answered"
	# Less is left than a save takes.
	while [ $((${EPOCHREALTIME/./} - start)) -lt 25500000 ]; do sleep 0.1; done
	control fault -X DELETE >/dev/null
	wait "$!" || {
		cat "$BATS_TEST_TMPDIR/err" >&2
		return 1
	}
	[ $((${EPOCHREALTIME/./} - start)) -gt 30000000 ]
	credence token crm
}

@test "a program that tells the time: hosts whose clocks differ agree on how long a token lives" {
	profile crm "store = ( $(entry clocked 'traits = [ "durable", "cas", "shared" ]') )"
	# The example's work, in a store whose clock is 50 s ahead.
	clocked 50000
	control mode -d access_life=60s >/dev/null
	login crm
	run -0 --separate-stderr credence -v --json token crm
	[[ $stderr == *"the clock of store exec is 50 s ahead of this machine's"* ]]
	[ "$(jq .expires_in <<<"$output")" -le 60 ]
	[ "$(jq .expires_in <<<"$output")" -gt 30 ]
	# Another host, whose clock is ahead of both.
	run -0 --separate-stderr clock +90 credence -v --json token crm
	[[ $stderr == *"the clock of store exec is 40 s behind this machine's"* ]]
	[ "$(jq .expires_in <<<"$output")" -gt 25 ]
	[ "$(total renewals)" = 0 ]
	speaker bad load <<-'EOF'
		ask '{"type":"host_call","function":"put_time"}'
		say '{"type":"result","answer":"error"}'
	EOF
	stored crm bad "$DURABLE"
	fails 8 credence token crm
	[[ $error == *"put a time without now" ]]
}

# -- Programs that do not behave --

@test "a program's answers come to their exit statuses" {
	local answer status
	stored crm answers "$DURABLE"
	while read -r answer status; do
		speaker answers load <<-EOF
			say '{"type":"result","answer":"$answer","code":"c_$answer","message":"because $answer","hint":"try else"}'
		EOF
		refuses "$status" "store exec: because $answer" "c_$answer" "hint: try else"
	done <<-'EOF'
		denied 12
		unavail 6
		config 3
		unsafe 10
		error 8
	EOF
	speaker answers load <<<"say '{\"type\":\"result\",\"answer\":\"miss\"}'"
	refuses 4 "nobody has logged in"
}

@test "a program that breaks the protocol" {
	local message
	stored crm bad "$DURABLE"
	while read -r message; do
		speaker bad load <<<"say '$message'; exec sleep 6077"
		refuses 8 "store exec: $PROGRAMS/bad "
	done <<-'EOF'
		nonsense
		{}
		{"type":"result"}
		{"type":"result","answer":"yes"}
		{"type":"result","answer":"success"}
	EOF
	nothing_runs
	# A function that fails ends nothing, but leaves its reason.
	while read -r message; do
		speaker bad load <<-EOF
			ask '{"type":"host_call",$message}'
			say '{"type":"result","answer":"error"}'
		EOF
		refuses 8 "credence: crm: "
	done <<-'EOF'
		"function":"put_bytes"
		"function":"put_bytes","bytes":7
		"function":"put_bytes","bytes":"AAA"
		"function":"put_bytes","bytes":"AAAA "
		"function":"put_bytes","bytes":"AAB="
		"function":"put_bytes","bytes":"=AAA"
		"function":"put_bytes","bytes":"A-_A"
		"function":"revision"
	EOF
	for message in '"put_name","name":"crm"' '"put_token","access_token":"T"' \
		'"token_request","parameters":{"grant_type":"x"}'; do
		speaker bad load <<-EOF
			ask '{"type":"host_call","function":$message}'
			say '{"type":"result","answer":"error"}'
		EOF
		run --separate-stderr -8 credence token crm
		[[ $stderr == *"is not offered to load"* ]]
	done
	speaker bad load <<-'EOF'
		ask '{"type":"host_call","function":"put_bytes","bytes":"AAAA"}'
		ask '{"type":"host_call","function":"put_bytes","bytes":"AAAA"}'
		say '{"type":"result","answer":"'"$(jq -r .answer <<<"$reply")"'"}'
	EOF
	refuses 8 "store exec put bytes twice in load"
	speaker bad load <<-'EOF'
		ask '{"type":"host_call","function":"put_bytes","bytes":"AAAA"}'
		say '{"type":"result","answer":"success"}'
	EOF
	refuses 8 "store exec: crm: this is no record of credence"
}

@test "a program without the method, one that is not there, and one of others" {
	stored crm bad "$DURABLE"
	speaker bad save,list <<<'exit 0'
	refuses 8 "store exec: $PROGRAMS/bad has no method load"
	rm "$PROGRAMS/bad"
	refuses 8 "store exec: $PROGRAMS/bad is not there"
	program bad <<<$'#!/bin/sh\ntouch "$0.ran"'
	chmod o+w "$PROGRAMS/bad"
	refuses 10 "store exec" "$PROGRAMS/bad: others can write to it"
	[ ! -e "$PROGRAMS/bad.ran" ]
}

@test "a program that ends early, and one that never answers" {
	stored crm bad "$DURABLE"
	speaker bad load <<<'echo "no more of this" >&2; exit 17'
	refuses 8 "store exec: $PROGRAMS/bad ended with exit status 17 before its result: no more of this"
	program bad <<<$'#!/bin/sh\nexec sleep 6077'
	MOST=5 refuses 6 "store exec: $PROGRAMS/bad did not answer in time"
	program bad <<<$'#!/bin/sh\ntrap "" TERM\nwhile :; do sleep 1; done'
	MOST=5 refuses 6 "store exec: $PROGRAMS/bad did not answer in time"
	nothing_runs
}

@test "an interrupted credence takes its program along" {
	stored crm bad "$DURABLE"
	program bad <<<$'#!/bin/sh\ntouch "$0.ran"; exec sleep 6077'
	local rc=0
	command credence -C "$CONF" token crm 3>&- &
	until [ -e "$PROGRAMS/bad.ran" ]; do
		kill -0 $!
		sleep 0.05
	done
	kill -INT $! || kill -TERM $!
	kill -TERM $! 2>/dev/null || :
	wait $! || rc=$?
	[ "$rc" -ge 130 ]
	nothing_runs
}

@test "a save that fails: nothing was sent, and the old record is there" {
	simple least
	stored crm least "$DURABLE"
	login crm
	token=$(credence token crm)
	sed -i -E 's/^(save|erase)\) .*/\1) exit 9 ;;/' "$PROGRAMS/least"
	run --separate-stderr -8 credence refresh crm
	[ "$(grep -c '^credence: ' <<<"$stderr")" -eq 1 ]
	[[ $stderr == *"credence: crm: store exec: $PROGRAMS/least ended with exit status 9"* ]]
	[ "$(total renewals)" = 0 ]
	[ "$(credence token crm)" = "$token" ]
	run --separate-stderr -8 credence logout crm
}
