#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Back-ups: sealed as a whole, put back without harm to what is newer, and cut off at any moment.

load ../faults/helper

setup() {
	sandbox_start --code-count 1000000 --refresh-live 1000000 --refresh-count 1000000
	world
	(umask 077 && openssl rand -base64 32 >"$CONF/key")
	FILE=$BATS_TEST_TMPDIR/backup
}

teardown() {
	sandbox_stop
	slot_clean
}

# alone NAME [LINE…]: a profile whose requests are counted in its record only
alone() {
	profile "$@" 'limits = { refresh_tokens = { per = "refresh_token"; };
		authorization_codes = { per = "refresh_token"; }; }'
}

# with_key VERB…: backup or restore with the key of this test
with_key() {
	credence "$@" --key "file:$CONF/key"
}

@test "all records and ledgers go out and come back" {
	local a b
	profile a 'limits = { refresh_tokens = { count = 10; window = "10m"; per = "owner"; }; }'
	profile b 'limits = { refresh_tokens = { count = 10; window = "10m"; per = "owner"; }; }'
	profile twin 'credential = "a"'
	profile nobody
	login a
	login b
	a=$(credence token a) b=$(credence token b)
	run -0 --separate-stderr with_key backup "$FILE"
	[ "$stderr" = "wrote $FILE (0600): 2 records, 1 ledger" ]
	[ "$(stat -c %a "$FILE")" = 600 ]
	run ! grep -aF -e "$a" -e "$b" -e '1000.' -e refresh_token "$FILE"
	rm -r "$CONF/state"
	run -0 with_key restore "$FILE"
	[ "$output" = $'a: restored\na: ledger restored\nb: restored' ]
	[ "$(credence token a)" = "$a" ]
	[ "$(credence token b)" = "$b" ]
	[ "$(credence token twin)" = "$a" ]
	credence refresh b
	run -0 with_key restore "$FILE" a
	[ "$output" = $'a: is as in the back-up already\na: ledger is as in the back-up already' ]
	run -0 with_key restore "$FILE" a --json
	[ "$(jq -r '.event' <<<"${lines[0]}")" = unchanged ]
	# Others of the same name under another seal get theirs.
	rm -r "$CONF/state"
	profile a "store = ( { use = \"file\"; seal = { use = \"sodium\"; key = \"file:$CONF/key\"; }; } )"
	with_key restore "$FILE" a
	[[ $(head -n 1 "$CONF/state/records/a") == *" sodium "* ]]
	[ "$(credence token a)" = "$a" ]
}

@test "whoever is named is in it, or nothing happens" {
	alone a
	alone nobody
	login a
	run --separate-stderr -4 with_key backup "$FILE" a nobody
	[[ $stderr == *"nobody: nobody has logged in"$'\n'"hint: credence login nobody, or leave it out"* ]]
	run --separate-stderr -4 credence reseal nobody
	[ "${stderr_lines[1]}" = "hint: credence login nobody" ]
	[ ! -e "$FILE" ]
	with_key backup "$FILE" a
	rm -r "$CONF/state"
	run --separate-stderr -4 with_key restore "$FILE" a typo
	[[ $stderr == *"typo is not in the back-up"* ]]
	[ ! -e "$CONF/state/records/a" ]
	with_key restore "$FILE" a
}

@test "a passphrase, from standard input; to standard output and back" {
	alone crm
	login crm
	echo 'correct horse' | credence backup >"$FILE"
	[ "$(head -n 1 "$FILE")" = credence-backup1 ]
	rm -r "$CONF/state"
	echo 'correct horse' >"$CONF/words"
	run -8 --separate-stderr credence restore "$FILE" <<<'wrong horse'
	[[ $stderr == *"not the passphrase that this was sealed with"* ]]
	[[ $stderr == *"hint: give the passphrase that it was made with, or --key for its key" ]]
	fails 8 with_key restore "$FILE"
	[[ $error == *"sealed with a passphrase, not with a key"* ]]
	[ "$hint" = "hint: --key names what it was made with; without it a passphrase is asked for" ]
	[ ! -e "$CONF/state" ]
	run -0 credence restore "$FILE" <"$CONF/words"
	[ "$output" = "crm: restored" ]
	credence token crm
	with_key backup - | with_key restore - | grep -q already
	with_key backup - >"$CONF/keyed"
	head -c 32 /dev/urandom >"$CONF/other"
	chmod 600 "$CONF/other"
	fails 8 credence restore "$CONF/keyed" --key "file:$CONF/other"
	[ "$hint" = "hint: --key names what it was made with; without it a passphrase is asked for" ]
	# What is no passphrase, no key, or would be in the list of processes.
	run -2 --separate-stderr credence backup "$FILE" <<<short
	[[ $stderr == *"at least 8 characters"* ]]
	run -4 credence backup "$FILE" </dev/null
	fails 2 credence backup "$FILE" --key plain:0123456789abcdef0123456789abcdef
	fails 2 credence backup "$FILE" --key 0123456789abcdef0123456789abcdef
	[[ $error != *0123456789* ]]
	fails 2 credence restore -
	fails 3 credence backup "$FILE" --key "file:$CONF/nowhere"
	fails 2 credence restore "$CONF/nowhere" --key "file:$CONF/key"
}

@test "on a terminal it is asked for, twice, and not shown" {
	profile crm
	login crm
	run python3 - "$FILE" <<-'END'
		import os, pty, sys
		def read(fd):
		    try:
		        return os.read(fd, 1024)
		    except OSError:
		        return b""
		def ask(command, answers):
		    pid, fd = pty.fork()
		    if pid == 0:
		        os.execvp("credence", ["credence", "-C", os.environ["CONF"], *command])
		    seen = b""
		    for prompt, answer in answers:
		        while prompt not in seen:
		            more = read(fd)
		            if not more:
		                sys.exit("no %r in %r" % (prompt, seen))
		            seen += more
		        seen = b""
		        os.write(fd, answer)
		    while True:
		        more = read(fd)
		        if not more:
		            break
		        seen += more
		    print(seen.decode(), os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
		words = b"CANARY-words\n"
		ask(["backup", sys.argv[1]], [(b"passphrase for", words), (b"again", b"CANARY-other\n")])
		ask(["backup", sys.argv[1]], [(b"passphrase for", words), (b"again", words)])
		ask(["restore", sys.argv[1]], [(b"back-up's passphrase", words)])
	END
	[ "$status" -eq 0 ]
	[[ $output == *"not the same"*" 2"*"wrote "*" 0"*"already"*" 0"* ]]
	[[ $output != *CANARY* ]]
}

@test "what is newer here stays, unless somebody insists" {
	local old new
	alone crm
	login crm
	old=$(credence token crm)
	with_key backup "$FILE"
	credence refresh crm
	new=$(credence token crm)
	fails 10 with_key restore "$FILE"
	[[ $error == *"what is here is newer (generation 2) than the back-up (generation 1); it is kept" ]]
	[ "$(credence token crm)" = "$new" ]
	run -0 with_key restore "$FILE" --force
	[ "$output" = "crm: restored in place of what was here" ]
	[ "$(credence token crm)" = "$old" ]
	credence refresh crm
	# A later consent is newer though its generations begin anew.
	with_key backup "$FILE"
	credence logout crm
	sleep 0.01
	login crm
	new=$(credence token crm)
	fails 10 with_key restore "$FILE"
	[ "$(credence token crm)" = "$new" ]
	# And an older state of the same is replaced unasked.
	cp -a "$CONF/state" "$BATS_TEST_TMPDIR/state"
	credence refresh crm
	new=$(credence token crm)
	with_key backup "$FILE"
	rm -r "$CONF/state"
	mv "$BATS_TEST_TMPDIR/state" "$CONF/state"
	run -0 with_key restore "$FILE"
	[ "$output" = "crm: restored in place of what was here" ]
	[ "$(credence token crm)" = "$new" ]
}

@test "one that can't be restored keeps no other from it" {
	alone a
	alone b
	alone c
	login a
	login b
	login c
	with_key backup "$FILE"
	rm -r "$CONF/state"
	rm "$CONF/profiles.d/a.conf"
	alone b 'client = { id = "1000.OTHER"; secret = "plain:x"; }'
	run -11 --separate-stderr with_key restore "$FILE"
	[ "$output" = "c: restored" ]
	[[ $stderr == *'credence: a: there is no profile "a"'* ]]
	[[ $stderr == *"credence: b: what is in the back-up was issued for another client id"* ]]
	credence token c
	fails 4 with_key restore "$FILE" nobody
}

@test "a damaged record is replaced, one under another key only with --force" {
	local token
	alone crm
	login crm
	token=$(credence token crm)
	with_key backup "$FILE"
	truncate -s -9 "$CONF/state/records/crm"
	fails 8 credence token crm
	[[ $hint == *"restore it from a back-up"* ]]
	with_key restore "$FILE"
	[ "$(credence token crm)" = "$token" ]
	echo rubbish >"$CONF/state/records/crm"
	with_key restore "$FILE"
	[ "$(credence token crm)" = "$token" ]
	alone crm "store = ( { use = \"file\"; seal = ( { use = \"sodium\"; id = \"a\"; key = \"file:$CONF/key\"; }, \"none\" ); } )"
	credence reseal crm
	(umask 077 && openssl rand -base64 32 >"$CONF/other")
	alone crm "store = ( { use = \"file\"; seal = { use = \"sodium\"; id = \"b\"; key = \"file:$CONF/other\"; }; } )"
	fails 8 with_key restore "$FILE"
	[[ $error == *'sealed with "a"'* ]]
	with_key restore "$FILE" --force
	[ "$(credence token crm)" = "$token" ]
}

@test "a back-up that was cut off or changed anywhere changes nothing" {
	local size at
	alone crm
	login crm
	with_key backup "$FILE"
	rm -r "$CONF/state"
	size=$(stat -c %s "$FILE")
	for at in 0 10 30 100 $((size - 1)); do
		head -c "$at" "$FILE" >"$FILE.cut"
		fails 8 with_key restore "$FILE.cut"
	done
	cp "$FILE" "$FILE.more"
	echo more >>"$FILE.more"
	fails 8 with_key restore "$FILE.more"
	[[ $error == *"too long"* ]]
	for at in 3 20 60 200 $((size - 1)); do
		cp "$FILE" "$FILE.flip"
		printf '\377' | dd of="$FILE.flip" bs=1 seek="$at" conv=notrunc status=none
		cmp -s "$FILE" "$FILE.flip" || fails 8 with_key restore "$FILE.flip"
	done
	[ ! -e "$CONF/state" ]
}

@test "nothing is written if a record can't be read" {
	alone a
	alone b
	login a
	login b
	echo old >"$FILE"
	truncate -s -9 "$CONF/state/records/b"
	run -8 --separate-stderr with_key backup "$FILE"
	[[ $stderr == *"credence: b: "*"truncated"*"nothing was written: 1 of the profiles"* ]]
	[ "$(<"$FILE")" = old ]
	with_key backup "$FILE" a
	[ "$(head -n 1 "$FILE")" = credence-backup1 ]
	alone c
	credence logout a
	credence logout b
	rm "$FILE"
	fails 4 with_key backup "$FILE"
	[ ! -e "$FILE" ]
}

@test "three hundred of them" {
	local i
	profile p0 'limits = { refresh_tokens = { count = 1000; window = "10m"; per = "owner"; }; }'
	login p0
	for i in {1..299}; do
		sed "1i credential = \"p$i\";" "$CONF/profiles.d/p0.conf" >"$CONF/profiles.d/p$i.conf"
		sed "s/\"credential\":\"p0\"/\"credential\":\"p$i\"/" "$CONF/state/records/p0" >/dev/null
		cp -p "$CONF/state/records/p0" "$CONF/state/records/p$i"
	done
	chmod 600 "$CONF"/profiles.d/*.conf
	run -0 --separate-stderr with_key backup "$FILE" --timeout 5m
	[[ $stderr == *"300 records, 1 ledger"* ]]
	rm -r "$CONF/state"
	run -0 with_key restore "$FILE" --timeout 5m
	[ "${#lines[@]}" -eq 301 ]
	credence token p299
}

@test "kill -9 while restoring: what is there is old or new, and the next call finishes it" {
	needs_strace
	local old new token name ordinal fired=0 trace=$BATS_TEST_TMPDIR/trace
	alone crm
	login crm
	old=$(credence token crm)
	cp -a "$CONF/state" "$BATS_TEST_TMPDIR/state"
	credence refresh crm
	new=$(credence token crm)
	with_key backup "$FILE"
	put_back() {
		rm -rf "$CONF/state"
		cp -a "$BATS_TEST_TMPDIR/state" "$CONF/state"
	}
	put_back
	without_leak_check strace -f -qq -o "$trace" credence -C "$CONF" restore "$FILE" \
		--key "file:$CONF/key"
	awk 'match($2, /^[a-z0-9_]+\(/) {
			name[++n] = substr($2, 1, RLENGTH - 1)
			ordinal[n] = ++count[name[n]]
			if (name[n] ~ /^(fsync|rename.*|unlink.*)$/)
				for (i = n - 8; i <= n + 8; i++) is_near[i] = 1
		}
		END { for (i = 2; i <= n; i++) if (i in is_near) print name[i], ordinal[i] }' "$trace" \
		>"$BATS_TEST_TMPDIR/points"
	while read -r name ordinal; do
		put_back
		inject "$name:signal=KILL:when=$ordinal" credence -C "$CONF" restore "$FILE" \
			--key "file:$CONF/key" >/dev/null 2>&1 </dev/null || fired=$((fired + 1))
		token=$(credence token crm)
		[ "$token" = "$old" ] || [ "$token" = "$new" ] || {
			echo "after kill -9 before $name $ordinal" >&2
			return 1
		}
		with_key restore "$FILE" >/dev/null </dev/null
		[ "$(credence token crm)" = "$new" ]
	done <"$BATS_TEST_TMPDIR/points"
	echo "# $fired points" >&3
	[ "$fired" -ge 15 ]
}
