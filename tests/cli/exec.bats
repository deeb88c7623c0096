#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Modules that are programs: the examples, a follower, and programs that do not behave.

load helper
load programs

setup() {
	sandbox_start
	world
	PROGRAMS=$CONF/programs
	mkdir -m 755 "$PROGRAMS"
}

teardown() {
	sandbox_stop
}

# grant NAME [OPTION…]: the setting for a grant that is this program.
grant() {
	local name=$1 options=
	shift
	[ $# -eq 0 ] || options=$(printf ' %s;' "$@")
	printf 'grant = { use = "exec"; command = [ "%s" ];%s }' "$PROGRAMS/$name" "$options"
}

# hub: a second configuration, with profile crm of the sandbox, logged in.
hub() {
	HUB=$BATS_TEST_TMPDIR/hub
	profile crm 'location = "eu"'
	login crm eu
	mv "$CONF" "$HUB"
	world
	mkdir -p -m 755 "$PROGRAMS"
}

# follower [WORD…]: profile crm asks the hub; the words come before the verb.
follower() {
	local words
	words=$(printf ', "%s"' -C "$HUB" "$@" token --json crm)
	profile crm 'client = { id = "1000.SANDBOX"; }' "grant = { use = \"exec\"; protocol = \"token\";
		command = [ \"$abs_top_builddir/credence\"$words ]; }"
}

# -- The examples --

@test "the example in shell logs in, and credence renews and revokes what it got" {
	install -m 755 "$abs_top_srcdir/conf/examples/exec/grant.bash" "$PROGRAMS/"
	profile crm "$(grant grant.bash)"
	run -0 login crm
	first=$(credence token crm)
	run -0 credence refresh --force crm
	[ "$(credence token crm)" != "$first" ]
	[ "$(total renewals)" = 1 ]
	run -0 credence revoke crm
	run -4 credence token crm
}

@test "the example in shell says what the server said" {
	install -m 755 "$abs_top_srcdir/conf/examples/exec/grant.bash" "$PROGRAMS/"
	profile crm "$(grant grant.bash)"
	run -4 credence login crm <<<1000.no.such
	[[ $output == *invalid_code* ]]
	run -4 credence token crm
}

@test "the example in Python finds the data centre and follows the server to another" {
	install -m 755 "$abs_top_srcdir/conf/examples/exec/resolver.py" "$PROGRAMS/"
	profile crm "resolver = { use = \"exec\"; command = [ \"$PROGRAMS/resolver.py\" ]; }"
	run -0 login crm
	run -0 credence token crm
	run -0 credence dc resolve crm
	[[ $output == *us* ]]
	run -0 credence revoke crm
	profile crm "resolver = { use = \"exec\"; command = [ \"$PROGRAMS/resolver.py\" ]; }" \
		'location = "nowhere"'
	run -3 credence login crm <<<x
	[[ $output == *"there is no data centre nowhere"* ]]
}

# -- What a program may ask --

@test "a program gets tokens of its own, renews them its own way, and has options and a secret" {
	printf 'CANARY-program-secret\n' >"$CONF/secret"
	chmod 600 "$CONF/secret"
	program own <<-'EOF'
		#!/bin/bash
		ask() { tr -d '\n\t' <<<"$1"; echo; IFS= read -r reply; }
		IFS= read -r hello
		ask '{"type":"hello","protocol":1,"methods":["acquire","renew","revoke"]}'
		method=$(jq -r .method <<<"$reply")
		ask '{"type":"host_call","function":"option","name":"site"}'
		site=$(jq -r .value <<<"$reply")
		ask '{"type":"host_call","function":"option","name":"none"}'
		[ "$(jq -c .value <<<"$reply")" = null ] || exit 1
		ask '{"type":"host_call","function":"secret"}'
		[ "$(jq -r .value <<<"$reply")" = CANARY-program-secret ] || exit 1
		ask '{"type":"host_call","function":"attribute","name":"scope"}'
		scope=$(jq -r .value <<<"$reply")
		ask '{"type":"host_call","function":"token","name":"refresh_token"}'
		old=$(jq -r '.value // "none"' <<<"$reply")
		ask '{"type":"host_call","function":"now"}'
		[ "$(jq '.value > 1000000000000' <<<"$reply")" = true ] || exit 1
		ask '{"type":"host_call","function":"time_left"}'
		[ "$(jq '.value > 0' <<<"$reply")" = true ] || exit 1
		ask '{"type":"host_call","function":"wait","milliseconds":10}'
		ask '{"type":"host_call","function":"log","level":"warning","text":"heard"}'
		case $method in
		revoke) echo "gave up $old" >&2 ;;
		*) ask '{"type":"host_call","function":"put_token","expires_in":600,
			"access_token":"'"$method-$site-$scope-$old"'","refresh_token":"R-'"$method"'"}' ;;
		esac
		printf '{"type":"result","answer":"success"}\n'
	EOF
	profile crm "$(grant own 'options = [ "sites=no", "site=eu" ]' \
		"secret = \"file:$CONF/secret\"" 'unattended = true')"
	run -0 --separate-stderr credence token crm
	[ "$output" = acquire-eu-ZohoCRM.modules.READ-none ]
	[[ $stderr == *"grant exec: heard"* ]]
	run -0 credence refresh --force crm
	run -0 --separate-stderr credence token crm
	[ "$output" = renew-eu-ZohoCRM.modules.READ-R-acquire ]
	run -0 --separate-stderr credence -v revoke crm
	[[ $stderr == *"gave up R-renew"* ]]
	[ "$(total renewals)" = 0 ]
}

@test "a program calls the provider through credence and no one else" {
	speaker caller acquire <<-'EOF'
		ask '{"type":"host_call","function":"attribute","name":"accounts_server"}'
		url=$(value)
		ask "{\"type\":\"host_call\",\"function\":\"http\",\"method\":\"GET\",\"url\":\"$url/no/such\",\"headers\":{\"accept\":\"x/y\"}}"
		echo "provider: $(jq -r .answer,.status <<<"$reply" | xargs)" >&2
		ask '{"type":"host_call","function":"http","method":"GET","url":"https://other.example/"}'
		echo "other: $(jq -r .answer <<<"$reply")" >&2
		say '{"type":"result","answer":"unsafe"}'
	EOF
	profile crm "$(grant caller)"
	run -10 --separate-stderr credence -v login crm
	[[ $stderr == *"provider: success 404"* ]]
	[[ $stderr == *"other: unsafe"* ]]
	[[ $stderr == *"other.example is no host of provider sandbox"* ]]
}

@test "nobody is asked where nobody is, and no program is run for a token that needs a person" {
	speaker asks acquire <<-EOF
		touch "$BATS_TEST_TMPDIR/ran"
		ask '{"type":"host_call","function":"talk","style":"ask","text":"Who?"}'
		say '{"type":"result","answer":"'"\$(jq -r .answer <<<"\$reply")"'"}'
	EOF
	profile crm "$(grant asks)"
	run -4 credence token crm
	[ ! -e "$BATS_TEST_TMPDIR/ran" ]
	profile crm "$(grant asks 'unattended = true')"
	run -4 credence token crm
	[ -e "$BATS_TEST_TMPDIR/ran" ]
	[[ $output == *"a person is needed"* ]]
}

@test "a program's answers come to their exit statuses" {
	local answer status
	while read -r answer status; do
		speaker answers acquire <<-EOF
			say '{"type":"result","answer":"$answer","code":"c_$answer","message":"because $answer","hint":"try else"}'
		EOF
		profile crm "$(grant answers 'unattended = true')"
		rm -rf "$CONF/state"
		refuses "$status" "grant exec: because $answer" "c_$answer"
		[[ $stderr == *"hint: try else"* ]]
	done <<-'EOF'
		miss 4
		login 4
		denied 5
		limited 7
		unavail 6
		config 3
		unsafe 10
		error 9
	EOF
}

@test "a program runs in its own group, in /, with little of the environment and no other descriptor" {
	program looks <<-'EOF'
		#!/bin/bash
		exec >&2
		pwd
		env | cut -d= -f1 | grep -vE '^(_|SHLVL|PWD|OLDPWD)$' | sort | xargs
		ls -m /proc/$$/fd
		[ "$(ps -o pgid= -p $$ | tr -d ' ')" = $$ ] && echo leader
		echo "$*"
		echo "path $PATH"
		exit 5
	EOF
	profile crm "grant = { use = \"exec\"; protocol = \"token\"; environment = [ \"WANTED\", \"UNSET\" ];
		command = [ \"$PROGRAMS/looks\", \"a b\", \"\$HOME;*\" ]; }"
	exec 7<"$CONF/credence.conf"
	run -5 --separate-stderr env -i PATH="$PATH" HOME=/root WANTED=1 OTHER=2 LD_LIBRARY_PATH=/x \
		"$abs_top_builddir/credence" -v -C "$CONF" token crm
	exec 7<&-
	[[ $stderr == *"exec: /"$'\n'* ]]
	[[ $stderr == *"exec: HOME PATH WANTED"$'\n'* ]]
	[[ $stderr == *"exec: 0, 1, 2, 255"$'\n'* ]]
	[[ $stderr == *"exec: leader"* ]]
	[[ $stderr == *'exec: a b $HOME;*'* ]]
	if [ "$(id -u)" -eq 0 ]; then
		[[ $stderr == *"exec: path /usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"* ]]
	else
		[[ $stderr == *"exec: path $PATH"* ]]
	fi
}

@test "a program's end is seen where ended children are ignored" {
	program prints <<<$'#!/bin/sh\necho \'{"access_token":"T"}\''
	profile crm "$(grant prints 'protocol = "token"')"
	run -0 env --ignore-signal=CHLD "$abs_top_builddir/credence" -C "$CONF" token crm
	[ "$output" = T ]
}

@test "no program is run for a token with --no-network" {
	program prints <<-EOF
		#!/bin/sh
		touch "$BATS_TEST_TMPDIR/ran"
	EOF
	profile crm "$(grant prints 'protocol = "token"')"
	run -6 credence --no-network token crm
	[[ $output == *no_network* ]]
	[ ! -e "$BATS_TEST_TMPDIR/ran" ]
}

# -- Programs that nobody should run --

@test "a program that others could have written is not run" {
	printf '#!/bin/sh\ntouch "%s/ran"\n' "$BATS_TEST_TMPDIR" | program loose
	profile crm "$(grant loose 'unattended = true')"
	chmod o+w "$PROGRAMS/loose"
	refuses 10 "grant exec" "$PROGRAMS/loose" "others can write to it"
	chmod o-w "$PROGRAMS/loose"
	chmod g+w "$PROGRAMS"
	refuses 10 "grant exec" "$PROGRAMS: others can write to it"
	chmod g-w "$PROGRAMS"
	ln -s loose "$PROGRAMS/link"
	profile crm "$(grant link 'unattended = true')"
	chmod o+w "$PROGRAMS/loose"
	refuses 10 "grant exec" "others can write to it"
	[ ! -e "$BATS_TEST_TMPDIR/ran" ]
}

@test "a secret's program: others can write it, and what of the environment it gets" {
	program prints <<-EOF
		#!/bin/sh
		env >"$BATS_TEST_TMPDIR/ran"
		echo CANARY-sandbox-secret
	EOF
	profile crm "client = { id = \"1000.SANDBOX\"; secret = \"exec:$PROGRAMS/prints\"; }"
	code=$(code)
	chmod g+w "$PROGRAMS/prints"
	run -10 credence login crm <<<"$code"
	[[ $output == *"$PROGRAMS/prints: others can write to it"*"hint: chmod go-w $PROGRAMS/prints"* ]]
	run -3 credence check
	[[ $output == *"$PROGRAMS/prints: others can write to it"* ]]
	chmod g-w "$PROGRAMS/prints"
	chmod o+w "$PROGRAMS"
	run -10 credence login crm <<<"$code"
	chmod o-w "$PROGRAMS"
	[ ! -e "$BATS_TEST_TMPDIR/ran" ]
	OTHER=2 credence login crm <<<"$code"
	grep '^PATH=' "$BATS_TEST_TMPDIR/ran"
	if [ "$(id -u)" -eq 0 ]; then
		run -1 grep '^OTHER=' "$BATS_TEST_TMPDIR/ran"
	else
		grep -x OTHER=2 "$BATS_TEST_TMPDIR/ran"
	fi
}

@test "a program that is not there, can't be run or has no path" {
	profile crm "$(grant nothing 'unattended = true')"
	refuses 9 "grant exec" "$PROGRAMS/nothing is not there"
	echo text | program plain
	chmod 644 "$PROGRAMS/plain"
	profile crm "$(grant plain 'unattended = true')"
	rm -rf "$CONF/state"
	refuses 9 "grant exec" "can't run $PROGRAMS/plain"
	rm -rf "$CONF/state"
	profile crm 'grant = { use = "exec"; command = [ "true" ]; unattended = true; }'
	refuses 3 "grant exec" '"true" is no absolute path'
	profile crm 'grant = { use = "exec"; command = [ ]; unattended = true; }'
	refuses 3 'is no absolute path'
	profile crm "$(grant plain 'protocol = "other"')"
	run -3 credence login crm
	[[ $output == *'neither "credence" nor "token"'* ]]
}

# -- Programs that do not behave --

@test "a program that prints garbage" {
	program bad <<<$'#!/bin/sh\necho {not json; exec sleep 6077'
	profile crm "$(grant bad 'unattended = true')"
	refuses 9 "grant exec: $PROGRAMS/bad printed a line that is no message: not JSON"
	nothing_runs
}

@test "a program that prints a line without end" {
	program bad <<<$'#!/bin/sh\nexec tr "\\\\0" x </dev/zero'
	profile crm "$(grant bad 'unattended = true')"
	refuses 9 "grant exec: $PROGRAMS/bad printed a line of more than 1048576 bytes"
	nothing_runs
}

@test "a program that never answers, and one that ignores SIGTERM" {
	program bad <<<$'#!/bin/sh\nexec sleep 6077'
	profile crm "$(grant bad 'unattended = true')"
	MOST=5 refuses 6 "grant exec: $PROGRAMS/bad did not answer in time"
	program bad <<<$'#!/bin/sh\ntrap "" TERM\nwhile :; do sleep 1; done'
	rm -rf "$CONF/state"
	MOST=5 refuses 6 "grant exec: $PROGRAMS/bad did not answer in time"
	nothing_runs
}

@test "a program that closes its output" {
	program bad <<<$'#!/bin/sh\nexec >&-\nexec sleep 6077'
	profile crm "$(grant bad 'unattended = true')"
	refuses 9 "grant exec: $PROGRAMS/bad closed its output before its result"
	nothing_runs
}

@test "a program that leaves a child which holds its output" {
	program bad <<<$'#!/bin/sh\nsleep 6077 &\nexit 3'
	profile crm "$(grant bad 'unattended = true')"
	refuses 9 "grant exec: $PROGRAMS/bad ended with exit status 3 before its result"
	nothing_runs
	# One that left the group can't be reached, and holds up nobody.
	program bad <<<$'#!/bin/sh\nsetsid sleep 60 &\nsleep .3; exit 3'
	rm -rf "$CONF/state"
	refuses 9 "grant exec: $PROGRAMS/bad ended with exit status 3 before its result"
}

@test "a program that ends early, with its last words" {
	speaker bad acquire <<<$'echo "no more of this" >&2; exit 17'
	profile crm "$(grant bad 'unattended = true')"
	refuses 9 "grant exec: $PROGRAMS/bad ended with exit status 17 before its result: no more of this"
	speaker bad acquire <<<'kill -SEGV $$'
	rm -rf "$CONF/state"
	refuses 9 "grant exec: $PROGRAMS/bad ended with exit status 139"
}

@test "a program of another version, and one that says no hello" {
	program bad <<<$'#!/bin/sh\necho \'{"type":"hello","protocol":2,"methods":["acquire"]}\'; sleep 6077'
	profile crm "$(grant bad 'unattended = true')"
	refuses 9 "grant exec: $PROGRAMS/bad speaks version 2 of the protocol; this credence speaks 1"
	program bad <<<$'#!/bin/sh\necho \'{"type":"hello"}\'; sleep 6077'
	rm -rf "$CONF/state"
	refuses 9 "$PROGRAMS/bad does not say which protocol it speaks"
	program bad <<<$'#!/bin/sh\necho \'{"type":"result","answer":"success"}\'; sleep 6077'
	rm -rf "$CONF/state"
	refuses 9 "$PROGRAMS/bad did not say hello first"
	nothing_runs
}

@test "a program that breaks the protocol" {
	local message
	profile crm "$(grant bad 'unattended = true')"
	while read -r message; do
		speaker bad acquire <<<"say '$message'"
		rm -rf "$CONF/state"
		refuses 9 "grant exec: $PROGRAMS/bad "
	done <<-'EOF'
		[]
		{}
		{"type":1}
		{"type":"hello"}
		{"type":"result"}
		{"type":"result","answer":"yes"}
		{"type":"result","answer":"success"}
		{"type":"result","type":"result","answer":"login"}
		{"type":"result","answer":"login\u0000"}
	EOF
}

@test "host calls that are none fail by themselves" {
	local call
	profile crm "$(grant bad 'unattended = true')"
	while read -r call; do
		speaker bad acquire <<-EOF
			ask '{"type":"host_call",$call}'
			say '{"type":"result","answer":'"\$(jq .answer <<<"\$reply")"'}'
		EOF
		rm -rf "$CONF/state"
		refuses 9
	done <<-'EOF'
		"function":"reboot"
		"function":7
		"function":"put_token"
		"function":"put_token","access_token":"T","expires_in":"soon"
		"function":"put_token","access_token":"T","expires_in":-1
		"function":"put_token","access_token":"T","expires_in":-9223372036854772208
		"function":"put_token","access_token":"T","expires_at":"tomorrow"
		"function":"put_attribute","name":"profile","value":"x"
		"function":"talk","style":"shout"
		"function":"token_request","parameters":[]
		"function":"token_request","parameters":{"grant_type":1}
		"function":"http","method":"GET"
		"function":"wait"
	EOF
}

@test "a token with control characters is none" {
	speaker bad acquire <<-'EOF'
		ask '{"type":"host_call","function":"put_token","access_token":"a\nb"}'
		say '{"type":"result","answer":"success"}'
	EOF
	profile crm "$(grant bad 'unattended = true')"
	refuses 9 "grant exec: $PROGRAMS/bad has the result success, but put no token"
	program bad <<<$'#!/bin/bash\necho \'{"access_token":"a\\nb"}\''
	profile crm "$(grant bad 'protocol = "token"')"
	rm -rf "$CONF/state"
	refuses 9 "grant exec: $PROGRAMS/bad printed a token with characters that no token has"
}

@test "a program that writes to standard error without end" {
	program bad <<<$'#!/bin/bash\nwhile :; do echo $\'\\e[2Jnoise\' >&2; done'
	profile crm "$(grant bad 'unattended = true')"
	MOST=5 refuses 6 "grant exec: $PROGRAMS/bad did not answer in time"
	rm -rf "$CONF/state"
	run -6 --separate-stderr credence -v --timeout 5s token crm
	[[ $stderr == *"grant exec: ?[2Jnoise"* ]]
	[ "$(grep -c noise <<<"$stderr")" -le 101 ]
	[[ $stderr == *"is dropped"* ]]
	nothing_runs
}

@test "an interrupted credence takes its program along" {
	program bad <<<$'#!/bin/sh\ntouch "$0.ran"; exec sleep 6077'
	profile crm "$(grant bad 'unattended = true')"
	local rc=0
	command credence -C "$CONF" token crm 3>&- &
	until [ -e "$PROGRAMS/bad.ran" ]; do
		kill -0 $!
		sleep 0.05
	done
	kill -TERM $!
	wait $! || rc=$?
	[ "$rc" -eq 143 ]
	nothing_runs
}

@test "after its result a program is given a moment, and its end changes nothing" {
	speaker slow acquire <<-'EOF'
		ask '{"type":"host_call","function":"put_token","access_token":"T","expires_in":60}'
		say '{"type":"result","answer":"success"}'
		trap "" TERM
		while :; do sleep 1; done
	EOF
	profile crm "$(grant slow 'unattended = true')"
	run -0 --separate-stderr credence token crm
	[ "$output" = T ]
	nothing_runs
}

@test "a program that failed is not asked again at once" {
	program bad <<-EOF
		#!/bin/sh
		echo >>"$BATS_TEST_TMPDIR/ran"
		exit 6
	EOF
	profile crm "$(grant bad 'protocol = "token"')"
	refuses 6 "grant exec: $PROGRAMS/bad ended with exit status 6"
	refuses 6 "grant exec: $PROGRAMS/bad ended with exit status 6"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/ran")" = 1 ]
}

@test "a resolver that does not behave" {
	program bad <<<$'#!/bin/sh\necho nonsense'
	profile crm "resolver = { use = \"exec\"; command = [ \"$PROGRAMS/bad\" ]; }"
	run -9 credence login crm <<<x
	[[ $output == *"resolver exec: $PROGRAMS/bad printed a line that is no message"* ]]
	speaker bad resolve <<-'EOF'
		ask '{"type":"host_call","function":"put_attribute","name":"token_endpoint","value":"https://evil.example/token"}'
		say '{"type":"result","answer":"success"}'
	EOF
	run -10 login crm
	[[ $output == *"https://evil.example/token is on no host of provider sandbox"* ]]
}

# -- A follower --

@test "the follower among the examples is a good profile" {
	cp "$abs_top_srcdir/conf/examples/profiles/follower.conf" "$CONF/profiles.d/"
	run -0 credence check
}

@test "a follower has the hub's access token, and no refresh token or secret" {
	hub
	follower
	run -0 --separate-stderr credence token crm
	[ "$output" = "$(command credence -C "$HUB" token crm)" ]
	run -0 --separate-stderr credence token --json crm
	[ "$(jq -r '.location, .api_domain' <<<"$output")" = \
		"$(command credence -C "$HUB" token --json crm | jq -r '.location, .api_domain')" ]
	run -0 jq -r .location <<<"$output"
	[ "$output" = eu ]
	run ! grep -r refresh_token\" "$CONF/state/records"
	[ "$(total renewals)" = 0 ]
	# From now on it needs no hub.
	mv "$HUB" "$HUB.away"
	run -0 credence token crm
	run -5 credence revoke crm
	[[ $output == *"the credential is another host's"* ]]
	run -0 credence logout crm
}

@test "many callers of a follower run one program" {
	hub
	program counts <<-EOF
		#!/bin/sh
		echo >>"$BATS_TEST_TMPDIR/ran"
		exec "$abs_top_builddir/credence" -C "$HUB" token --json crm
	EOF
	profile crm "$(grant counts 'protocol = "token"')"
	for _ in {1..20}; do
		credence token crm >>"$BATS_TEST_TMPDIR/out" &
	done
	wait
	[ "$(wc -l <"$BATS_TEST_TMPDIR/out")" = 20 ]
	[ "$(sort -u "$BATS_TEST_TMPDIR/out" | wc -l)" = 1 ]
	[ "$(wc -l <"$BATS_TEST_TMPDIR/ran")" = 1 ]
}

@test "a follower asks again when its token has expired" {
	control mode -d access_life=10s >/dev/null
	hub
	follower
	first=$(credence token crm)
	sleep 10.1
	second=$(credence token crm)
	[ "$first" != "$second" ]
	[ "$second" = "$(command credence -C "$HUB" token crm)" ]
	[ "$(total renewals)" = 1 ]
}

@test "a hub that has no better token: the follower says so, and keeps what it has" {
	hub
	follower
	first=$(credence token crm)
	run -6 credence token --newer-than 1 crm
	[[ $output == *"gave the token that is here already"* ]]
	[ "$(credence token crm)" = "$first" ]
	rm -r "$CONF/state"
	follower --timeout 20s
	run -0 credence token crm
}

@test "a hub whose tokens are good for less than the follower's caller wants" {
	hub
	follower
	run -6 credence token --min-valid 2h crm
	[[ $output == *"a new token is good for no more than 59 min"* ]]
	[[ $output == *--min-valid* ]]
	run -0 credence token --min-valid 30m crm
}

@test "what keeps the hub from answering is the follower's answer too" {
	hub
	follower
	command credence -C "$HUB" logout crm
	refuses 4 "grant exec: $abs_top_builddir/credence ended with exit status 4: nobody has logged in"
	[[ $stderr == *"hint: there: credence login crm"* ]]
	mv "$HUB/profiles.d/crm.conf" "$HUB/profiles.d/other.conf"
	refuses 3 "ended with exit status 11"
	local status expected
	while read -r status expected; do
		program exits <<-EOF
			#!/bin/sh
			echo "last words" >&2
			exit $status
		EOF
		profile crm "$(grant exits 'protocol = "token"')"
		rm -rf "$CONF/state"
		refuses "$expected" "exit status $status: last words"
	done <<-'EOF'
		1 9
		2 3
		5 5
		7 7
		8 9
		10 10
		12 5
		127 9
		255 6
	EOF
}

@test "a program that prints no token" {
	local text
	profile crm "$(grant bad 'protocol = "token"')"
	while read -r text; do
		program bad <<<$'#!/bin/sh\ncat <<\'EOF\'\n'"$text"$'\nEOF'
		rm -rf "$CONF/state"
		refuses 9 "grant exec: $PROGRAMS/bad printed"
	done <<-'EOF'
		
		token
		{}
		{"access_token":7}
		{"access_token":"T","expires_in":0}
		{"access_token":"T","expires_in":-9223372036854772208}
		{"access_token":"T","expires_at":"2001-01-01T00:00:00Z"}
		{"access_token":"T"} {"access_token":"T"}
		{"access_token":"T","access_token":"U"}
	EOF
	program bad <<<$'#!/bin/sh\necho \'{"access_token":"T"}\'; sleep 6077'
	rm -rf "$CONF/state"
	MOST=5 refuses 6 "$PROGRAMS/bad did not answer in time"
	program bad <<<$'#!/bin/sh\necho \'{"access_token":"T"}\'; exec >&-; sleep 6077'
	rm -rf "$CONF/state"
	MOST=5 refuses 9 "$PROGRAMS/bad did not end"
}

@test "a place that the hub names is believed only if the table has it" {
	program prints <<<$'#!/bin/sh\necho \'{"access_token":"T","api_domain":"https://evil.example"}\''
	profile crm "$(grant prints 'protocol = "token"')"
	refuses 10 evil.example
}
