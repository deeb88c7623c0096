#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What people, disks and other programs can get wrong around a credential: the documented exit
# status, one error that names the place, and nothing changed.

load helper

setup() {
	sandbox_start --code-count 1000000 --refresh-live 1000000 --refresh-count 1000000
	world
	printf 'CANARY-sandbox-secret\n' >"$CONF/secret"
	chmod 600 "$CONF/secret"
	SECRET="client = { id = \"1000.SANDBOX\"; secret = \"file:$CONF/secret\"; }"
	profile crm "$SECRET"
	fresh crm
	RECORD=$CONF/state/records/crm
	GOOD=$BATS_TEST_TMPDIR/good
	cp "$RECORD" "$GOOD"
}

teardown() {
	[ -z "${MOUNTED-}" ] || umount "$MOUNTED"
	sandbox_stop
	slot_clean
}

# good_again: the record as it was, whatever is in its place now
good_again() {
	rm -rf "$RECORD"
	cp "$GOOD" "$RECORD"
	chmod 600 "$RECORD"
}

# refused STATUS TEXT COMMAND…: fails so, the error names TEXT, and the record is not touched
refused() {
	local expected=$1 text=$2 before after
	shift 2
	before=$(ls -lid "$RECORD"; [ ! -f "$RECORD" ] || cksum <"$RECORD")
	fails "$expected" "$@"
	[[ $error == *"$text"* ]] || {
		printf 'no "%s" in: %s\n' "$text" "$error" >&2
		return 1
	}
	after=$(ls -lid "$RECORD"; [ ! -f "$RECORD" ] || cksum <"$RECORD")
	[ "$before" = "$after" ]
}

@test "RFC 6819 5.1.4.1: a record that others may use, or that is no plain file" {
	local mode
	for mode in 644 620 640 666; do
		chmod "$mode" "$RECORD"
		refused 10 "$RECORD (mode 0$mode)" credence token crm
		[ "$hint" = "hint: chmod 600 $RECORD" ]
		refused 10 "$RECORD" credence refresh crm
		run -10 credence status crm
	done
	good_again
	mv "$RECORD" "$RECORD.real"
	ln -s crm.real "$RECORD"
	refused 10 "$RECORD is a link" credence token crm
	refused 10 "$RECORD is a link" credence refresh crm
	[ "$(cat "$RECORD.real")" = "$(cat "$GOOD")" ]
	good_again
	ln "$RECORD" "$BATS_TEST_TMPDIR/second"
	refused 10 "$RECORD has a second name" credence token crm
	refused 10 "$RECORD has a second name" credence refresh crm
	rm "$BATS_TEST_TMPDIR/second" "$RECORD"
	mkdir "$RECORD"
	refused 10 "$RECORD is no regular file" credence token crm
	rmdir "$RECORD"
	mkfifo "$RECORD"
	refused 10 "$RECORD is no regular file" timeout 60 credence -C "$CONF" token crm
	good_again
	still_good crm
}

@test "folders of the state that others can write to, or that are links" {
	local folder
	for folder in "$CONF/state" "$CONF/state/records"; do
		chmod 777 "$folder"
		refused 10 "others can write to $folder" credence refresh crm
		[ "$hint" = "hint: chmod go-w $folder" ]
		chmod 700 "$folder"
	done
	chmod 770 "$CONF/state/records"
	refused 10 "$CONF/state/records" credence token crm
	chmod 700 "$CONF/state/records"
	mv "$CONF/state/records" "$CONF/state/elsewhere"
	ln -s elsewhere "$CONF/state/records"
	fails 10 credence token crm
	rm "$CONF/state/records"
	mv "$CONF/state/elsewhere" "$CONF/state/records"
	still_good crm
}

@test "configuration, provider data and modules that others can write to" {
	local file
	for file in credence.conf profiles.d/crm.conf profiles.d; do
		chmod go+w "$CONF/$file"
		refused 10 "$CONF/$file" credence token crm
		[ "$hint" = "hint: chmod go-w $CONF/$file" ]
		chmod go-w "$CONF/$file"
	done
	for file in providers.d/sandbox.conf providers.d/zoho.conf; do
		chmod o+w "$CONF/$file"
		refused 10 "$CONF/$file" credence refresh crm
		chmod o-w "$CONF/$file"
	done
	mkdir "$BATS_TEST_TMPDIR/modules"
	cp "$CREDENCE_TEST_MODULES"/{store_file,grant_self_client,resolver_multi_dc,transport_curl}.so \
		"$BATS_TEST_TMPDIR/modules"
	chmod 755 "$BATS_TEST_TMPDIR/modules" "$BATS_TEST_TMPDIR/modules"/*
	printf 'modules = { path = [ "%s" ]; };\n' "$BATS_TEST_TMPDIR/modules" >"$CONF/credence.conf"
	chmod 666 "$BATS_TEST_TMPDIR/modules/store_file.so"
	refused 10 "$BATS_TEST_TMPDIR/modules/store_file.so" credence token crm
	chmod 755 "$BATS_TEST_TMPDIR/modules/store_file.so"
	chmod 777 "$BATS_TEST_TMPDIR/modules"
	refused 10 "$BATS_TEST_TMPDIR/modules" credence token crm
	chmod 755 "$BATS_TEST_TMPDIR/modules"
	printf 'no module\n' >"$BATS_TEST_TMPDIR/modules/store_file.so"
	refused 9 "$BATS_TEST_TMPDIR/modules/store_file.so" credence token crm
	rm "$BATS_TEST_TMPDIR/modules/store_file.so"
	refused 9 "no module store_file" credence token crm
}

@test "a module that calls exit, with whatever status, does not end well" {
	profile crm "store = ( { use = \"faulty\"; folder = \"$BATS_TEST_TMPDIR\"; fault = [ \"exits at once\" ]; } )"
	refused 9 "store faulty called exit in open" credence token crm
	run -9 --separate-stderr credence token --json crm
	[ "$(jq .error.status <<<"$output")" = 9 ]
}

@test "files that belong to somebody else" {
	[ "$(id -u)" -eq 0 ] || skip "only root can give files away"
	chown nobody "$CONF/profiles.d/crm.conf"
	refused 10 "$CONF/profiles.d/crm.conf belongs to user" credence token crm
	chown root "$CONF/profiles.d/crm.conf"
	chown nobody "$RECORD"
	refused 10 "$RECORD" credence token crm
	chown root "$RECORD"
	chown nobody "$CONF/secret"
	refused 10 "$CONF/secret" credence refresh crm
	chown root "$CONF/secret"
	still_good crm
}

# without_rights COMMAND…: with no more rights to files than their modes give
without_rights() {
	local setpriv=()
	[ "$(id -u)" -ne 0 ] || setpriv=(setpriv --bounding-set=-dac_override,-dac_read_search)
	"${setpriv[@]}" "$@"
}

@test "a state that this user may not touch: exit 12, and nobody is asked for a code" {
	local folder verb
	for folder in "$CONF/state" "$CONF/state/records"; do
		chmod 000 "$folder"
		for verb in "token crm" "refresh crm" "logout crm" "revoke crm" "reseal crm" "login crm"; do
			# shellcheck disable=SC2086
			fails 12 without_rights credence -C "$CONF" $verb </dev/null
			[[ $error == "credence: crm: "*"can't open $CONF/state"*": Permission denied" ]]
			[[ $hint == "hint: run it as the user whose file that is"* ]]
		done
		chmod 700 "$folder"
	done
	chmod 000 "$CONF/profiles.d/crm.conf"
	fails 12 without_rights credence -C "$CONF" token crm
	chmod 600 "$CONF/profiles.d/crm.conf"
	cmp "$RECORD" "$GOOD"
}

@test "the state belongs to another user: root keeps nothing there, and looks at the configuration" {
	local verb
	[ "$(id -u)" -eq 0 ] || skip "only root is told to be somebody else"
	echo 'user = "daemon";' >>"$CONF/credence.conf"
	for verb in token refresh login status logout; do
		fails 12 credence "$verb" crm </dev/null
		[[ $error == "credence: crm: the state of the system's profiles belongs to user daemon" ]]
		[ "$hint" = "hint: run it as that user: runuser -u daemon -- credence ..." ]
	done
	cmp "$RECORD" "$GOOD"
	credence check
	sed -i 's/daemon/nobody-of-that-name/' "$CONF/credence.conf"
	run -3 credence check
	[[ ${lines[0]} == "$CONF/credence.conf:"*': there is no user "nobody-of-that-name"' ]]
	sed -i 's/nobody-of-that-name/root/' "$CONF/credence.conf"
	still_good crm
}

@test "a folder on the way that others may write: nothing is kept below it" {
	local open=$BATS_TEST_TMPDIR/open
	mkdir -p "$open/records"
	chmod 700 "$open/records"
	profile crm "store = ( { use = \"file\"; path = \"$open/records\"; } )"
	credence login crm < <(code us)
	chmod 777 "$open"
	fails 10 credence refresh crm
	[[ $error == *"$open: others can write to it (mode 0777)" ]]
	fails 10 credence logout crm
	chmod 755 "$open"
	credence refresh crm
	# The state folder, whatever the store.
	cp -r "$CONF" "$open/conf"
	chmod 777 "$open"
	fails 10 credence -C "$open/conf" refresh crm
}

@test "a truncated, empty, edited or newer record: nothing is sent, nothing is overwritten" {
	local length
	for length in 1 10 40 200 $(($(stat -c %s "$GOOD") - 1)); do
		head -c "$length" "$GOOD" >"$RECORD"
		refused 8 "store file: crm: " credence token crm
		[ "$hint" = "hint: restore it from a back-up, or: credence login crm" ]
		refused 8 "store file: crm: " credence refresh crm
	done
	: >"$RECORD"
	refused 8 "the record is empty" credence refresh crm
	sed 's/"location":"us"/"location":"eu"/' "$GOOD" >"$RECORD"
	refused 8 "checksum does not match" credence token crm
	sed 's/^credence1/credence2/' "$GOOD" >"$RECORD"
	refused 8 "written by a newer credence" credence token crm
	[ "$hint" = "hint: upgrade credence on this host" ]
	refused 8 "written by a newer credence" credence refresh crm
	# A login would be the end of what the newer one knows.
	run -8 login crm
	[[ $output == *"store file: crm: written by a newer credence"* ]]
	[ "$(head -c 9 "$RECORD")" = credence2 ]
	# A damaged one is replaced, as the hint says.
	head -c 200 "$GOOD" >"$RECORD"
	login crm
	still_good crm
}

@test "a disk that can't be read does not make a login throw the record away" {
	local n
	needs_strace
	for n in $(seq 2 40); do
		good_again
		# (Not with run: where it is the loader that can't read, it ends with 127.)
		! output=$(inject "read:error=EIO:when=$n" credence -C "$CONF" login crm \
			<<<"no-code-at-all" 2>&1) || return 1
		[ "$(member refresh_token)" = "$(member refresh_token "$GOOD")" ] || {
			echo "lost at read $n: $output" >&2
			return 1
		}
	done
	still_good crm
}

@test "a profile that no longer fits its record: exit 4, naming the member, nothing deleted" {
	profile crm 'client = { id = "1000.OTHER"; secret = "plain:x"; }'
	refused 4 "the client id of the profile" credence token crm
	refused 4 "the client id of the profile" credence refresh crm
	profile crm "$SECRET" 'owner = "somebody"'
	refused 4 "the owner of the profile" credence refresh crm
	profile crm "$SECRET" 'provider = "zoho"'
	refused 4 "the provider of the profile" credence refresh crm
	profile crm "$SECRET" 'scope = [ "ZohoCRM.other.ALL" ]'
	refused 4 "scope ZohoCRM.other.ALL was not granted" credence token crm
	profile crm "$SECRET"
	still_good crm
}

@test "the client secret: not there, readable by others, empty, bare" {
	rm "$CONF/secret"
	credence token crm >/dev/null
	refused 3 "there is no file $CONF/secret" credence refresh crm
	[[ $error =~ crm.conf:[0-9]+:\  ]]
	[[ $hint == *"$CONF/secret"* ]]
	printf 'CANARY-sandbox-secret\n' >"$CONF/secret"
	chmod 644 "$CONF/secret"
	refused 10 "$CONF/secret: others can read it (mode 0644)" credence refresh crm
	[ "$hint" = "hint: chmod 600 $CONF/secret" ]
	chmod 600 "$CONF/secret"
	: >"$CONF/secret"
	run --separate-stderr -3 credence refresh crm
	profile crm 'client = { id = "1000.SANDBOX"; secret = "CANARY-bare"; }'
	refused 3 "client.secret is a bare string" credence token crm
	[[ $error$hint != *CANARY* ]]
	printf 'CANARY-sandbox-secret\n' >"$CONF/secret"
	profile crm "$SECRET"
	still_good crm
}

@test "the program that gives the client secret: not there, fails, ends by a signal" {
	local program=$BATS_TEST_TMPDIR/program
	profile crm "client = { id = \"1000.SANDBOX\"; secret = \"exec:$program x\"; }"
	refused 3 "$program is not there" credence refresh crm
	[[ $error =~ crm.conf:[0-9]+:\  ]]
	for body in 'exit 3' 'kill -9 $$' none-such; do
		printf '#!/bin/sh\n%s 2>/dev/null\n' "$body" >"$program"
		chmod 700 "$program"
		refused 3 "$program " credence refresh crm
		[[ $error =~ crm.conf:[0-9]+:\  && $hint == "hint: "* ]]
	done
	printf '#!/bin/sh\necho CANARY-sandbox-secret\n' >"$program"
	still_good crm
}

@test "unknown profiles, settings, modules, providers, verbs and options" {
	fails 11 credence token nobody
	fails 11 credence refresh nobody
	fails 2 credence tokn crm
	fails 2 credence token --jsn crm
	fails 2 credence token
	fails 2 credence token crm extra
	fails 2 credence token ../crm
	fails 2 credence --timeout soon token crm
	fails 2 credence
	profile crm 'locaton = "us"'
	refused 3 'crm.conf:' credence token crm
	[[ $error == *'unknown setting "locaton"; did you mean "location"?' ]]
	profile crm 'scope = 7'
	refused 3 'crm.conf:' credence token crm
	profile crm 'scope = [ "A'
	refused 3 'crm.conf:' credence token crm
	profile crm "$SECRET" 'store = "fil"'
	refused 9 "no module store_fil" credence token crm
	[ "$hint" = 'hint: did you mean "file"?' ]
	profile other "$SECRET" 'provider = "sandbx"'
	run -3 credence login other
	[[ $output =~ other.conf:[0-9]+:\ no\ provider\ \"sandbx\"\;\ did\ you\ mean\ \"sandbox\"\? ]]
	profile crm "$SECRET" 'grant = "grant_of_nobody"'
	refused 3 "self_client, which the profile no longer lists" credence refresh crm
	profile crm "$SECRET"
	still_good crm
}

@test "a renewal without time or network: nothing is counted, nobody is kept waiting" {
	refused 6 "crm: timeout: no time is left" credence --timeout 0 refresh crm
	refused 6 "crm: no_network: " credence --no-network refresh crm
	generation=$(credence token --json crm | jq .generation)
	refused 6 "crm: timeout: no time is left" credence --timeout 0 token crm --newer-than "$generation"
	refused 6 "crm: no_network: " credence --no-network token crm --newer-than "$generation"
	[ -z "$(find "$CONF/state" -name '*.tmp')" ]
	run -6 credence --no-network login crm <<<"$(code)"
	credence refresh crm
	[ "$(credence status --json crm | jq -c '[.limits.access_tokens.used, (.outcomes | length)]')" = '[2,2]' ]
	still_good crm
}

@test "each error of each write, fsync, rename and open of a renewal: exit 8 or 12, credential kept" {
	local fault fired=0
	needs_strace
	for fault in fsync:error=EIO:when={1,2,3,4} write:error={ENOSPC,EDQUOT,EIO}:when={1,2} \
		write:retval=1:when={1,2} renameat:error={EROFS,EIO,ENOSPC}:when={1,2} \
		fchmod:error=EROFS:when={1,2} renameat:error=EACCES:when=1; do
		fresh crm
		run --separate-stderr inject "$fault" credence -C "$CONF" refresh crm
		[[ $fault == *EACCES* && $status -eq 12 || $status -eq 8 ]] || {
			echo "exit $status with $fault: $stderr" >&2
			return 1
		}
		[[ ${stderr_lines[0]} == "credence: crm: store file: crm: can't "*"$CONF/state/records/"* ]]
		[ -z "$(find "$CONF/state" -name '*.tmp')" ]
		still_good crm
		fired=$((fired + 1))
	done
	[ "$fired" -ge 20 ]
}

@test "a store that can't be written: a login says so before it takes the code" {
	local before
	needs_strace
	for before in nothing record; do
		fresh crm
		[ "$before" = record ] || rm -r "$CONF/state/records"
		code us >"$BATS_TEST_TMPDIR/code"
		{
			run --separate-stderr -8 inject fsync:error=ENOSPC credence -C "$CONF" login crm
			[[ ${stderr_lines[-2]} == "credence: crm: store file: "*": No space left on device" ]]
			[ "$(cat)" = "$(cat "$BATS_TEST_TMPDIR/code")" ]
		} <"$BATS_TEST_TMPDIR/code"
	done
}

@test "no descriptors, no network, no memory for secrets that can be locked" {
	local fault
	needs_strace
	for fault in socket:error=EMFILE:when=1 connect:error=ENETUNREACH:when=1 sendto:error=EPIPE:when=1; do
		fresh crm
		run --separate-stderr inject "$fault" credence -C "$CONF" refresh crm
		[ "$status" -eq 6 ]
		sleep 1.1
		still_good crm
	done
	fresh crm
	inject mlock2:error=ENOMEM:when=1 credence -C "$CONF" refresh crm
	for fault in 4 6 8 10 12; do
		(ulimit -n "$fault" && command credence -C "$CONF" refresh crm) || true
		sleep 1.1
		still_good crm
	done
}

@test "a ledger that is damaged: exit 8, and what to do about it" {
	local ledger code
	login crm 2>/dev/null
	ledger=$(echo "$CONF"/state/records/+*)
	credence backup "$BATS_TEST_TMPDIR/saved" <<<"a passphrase"
	for text in junk 'credence1 1 - 2 0123456789abcdef'; do
		printf '%s\n' "$text" >"$ledger"
		code=$(code us)
		fails 8 credence -C "$CONF" login crm <<<"$code"
		[[ $error == *"${ledger##*/}"* ]]
		[[ $hint == *"credence restore --force"*"remove it"* ]]
	done
	credence restore --force "$BATS_TEST_TMPDIR/saved" <<<"a passphrase"
	login crm
}

@test "a full disk: exit 8, what was there is kept, and it goes on when there is room" {
	local folder=$BATS_TEST_TMPDIR/small full=(inject fsync:error=ENOSPC)
	mkdir "$folder"
	# Where nobody may mount: a disk that says only when it is flushed that it is full.
	if mount -t tmpfs -o size=64k,mode=700 tmpfs "$folder" 2>/dev/null; then
		MOUNTED=$folder full=()
	fi
	profile crm "$SECRET" "store = ( { use = \"file\"; path = \"$folder\"; } )"
	login crm 2>/dev/null
	RECORD=$folder/crm
	[ -z "$MOUNTED" ] || dd if=/dev/zero of="$folder/fill" bs=1k count=128 2>/dev/null || true
	refused 8 "No space left on device" "${full[@]}" credence -C "$CONF" refresh crm
	[[ $hint == *"free some space"* ]]
	credence token crm >/dev/null
	rm -f "$folder/fill"
	still_good crm
}

@test "a state folder that is mounted read-only: exit 8, and tokens that are still good" {
	login crm 2>/dev/null
	mount --bind "$CONF/state" "$CONF/state" 2>/dev/null || skip "nobody may mount here"
	MOUNTED=$CONF/state
	mount -o remount,bind,ro "$CONF/state"
	refused 8 "locks: Read-only file system" credence -C "$CONF" refresh crm
	[[ $hint == *"mounted read-only"* ]]
	credence token crm >/dev/null
	mount -o remount,bind,rw "$CONF/state"
	still_good crm
}

@test "descriptors 0, 1 and 2 closed, and an output that is full" {
	command credence -C "$CONF" refresh -q crm <&- >&- 2>&-
	run -1 bash -c 'credence -C "$CONF" token crm <&- >&- 2>&-'
	run -4 bash -c 'credence -C "$CONF" token none-such <&- >&- 2>&- || exit 4'
	# Nothing that was meant for them is in a file that took their numbers.
	run grep -rlE "credence:|crm: renewed" "$CONF/state"
	[ "$status" -eq 1 ]
	still_good crm
	local verb
	for verb in "token crm" "token --json crm" "backup --key file:$BATS_TEST_TMPDIR/key -" "config show crm"; do
		head -c 32 /dev/urandom >"$BATS_TEST_TMPDIR/key"
		chmod 600 "$BATS_TEST_TMPDIR/key"
		# shellcheck disable=SC2086
		run -1 bash -c 'credence -C "$CONF" "$@" >&-' - $verb
		[[ $output == *"can't write to standard output: it is closed" ]]
	done
	for verb in "token crm" "header crm" "env crm" "status crm" "list" "config show crm" "token --json crm"; do
		# shellcheck disable=SC2086
		run bash -c 'credence -C "$CONF" "$@" >/dev/full' - $verb
		[ "$status" -ne 0 ]
		[[ $output == *"can't write to standard output: No space left on device"* ]]
	done
}

# spied VERB PROFILE: every program that starts, with its arguments and environment, is noted
spied() {
	env -i PATH="$PATH" HOME="$HOME" ASAN_OPTIONS=detect_leaks=0 strace -f -qq -v -s 4096 \
		-A -o "$BATS_TEST_TMPDIR/programs" -e trace=execve credence -C "$CONF" "$@" 2>/dev/null
}

@test "RFC 6819 5.1.6: no secret is shown, by any verb that is not asked for one" {
	local verb token
	needs_strace
	local log=$BATS_TEST_TMPDIR/log
	control mode -d mark=CANARY >/dev/null
	fresh crm
	token=$(credence token crm)
	[[ $token == *CANARY* ]]
	while read -r verb; do
		# shellcheck disable=SC2086
		command credence -C "$CONF" $verb </dev/null >>"$log" 2>&1 || true
	done <<-END
		status crm
		status -v -v crm
		status --json -v crm
		list --json -v
		trace crm
		trace --live -v -v crm
		trace --json crm
		check -v
		config show -v crm
		config show -v --json crm
		refresh -v -v crm
		refresh --json -v crm
		dc list crm
		dc resolve -v crm
		url crm /crm/v8/Leads
		explain invalid_code
		api -v -v crm /crm/v8/nope
		-v -v refresh nobody
	END
	control fault -d name=error -d code=invalid_client >/dev/null
	command credence -C "$CONF" -v -v refresh crm >>"$log" 2>&1 || true
	control fault -d name=garbage -d what=access_token_newline >/dev/null
	command credence -C "$CONF" -v -v refresh --force crm >>"$log" 2>&1 || true
	code | command credence -C "$CONF" -v -v login crm >>"$log" 2>&1
	[ "$(wc -l <"$log")" -gt 60 ]
	run grep -n CANARY "$log"
	[ "$status" -eq 1 ] || {
		echo "$output" >&2
		return 1
	}
	# Nor does it reach the arguments or the environment of a program.
	profile crm "client = { id = \"1000.SANDBOX\"; secret = \"exec:/bin/cat $CONF/secret\"; }"
	code | spied login crm
	spied refresh crm
	[ "$(grep -c execve "$BATS_TEST_TMPDIR/programs")" -ge 4 ]
	run grep -n CANARY "$BATS_TEST_TMPDIR/programs"
	[ "$status" -eq 1 ] || {
		echo "$output" >&2
		return 1
	}
}

@test "a first login whose store takes nothing: the code is not used up" {
	local call code before
	before=$(total code_exchanges)
	profile first 'limits = { refresh_tokens = { count = 0; window = "10m"; live = 0; per = "refresh_token"; }; }'
	code=$(code)
	for call in renameat write fsync; do
		needs_strace
		run inject "$call:error=ENOSPC:when=1+" "$(type -P credence)" -C "$CONF" login first <<<"$code"
		[ "$status" -ne 0 ]
		[ "$(total code_exchanges)" = "$before" ]
	done
	credence login first <<<"$code"
	[ "$(find "$CONF/state/records" -name '+login*')" = "" ]
}
