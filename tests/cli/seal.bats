#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Sealed records: what is on the disk, which key opens them, and how to get from one key, and from one
# store, to another; with kill -9 at every system call near a save.

load ../faults/helper

setup() {
	sandbox_start --code-count 1000000 --refresh-live 1000000 --refresh-count 1000000
	world
	mkdir -m 700 "$CONF/keys"
	key 2025
	key 2026
}

teardown() {
	sandbox_stop
	slot_clean
}

# key NAME: a new key in a file of that name
key() {
	(umask 077 && openssl rand -base64 32 >"$CONF/keys/$1")
}

# seal ID [FILE]: a seal with that id
seal() {
	printf '{ use = "sodium"; id = "%s"; key = "file:%s/keys/%s"; }' "$1" "$CONF" "${2:-$1}"
}

# sealed NAME SEAL… [LINE…]: a profile whose file store has these seals, newest first
sealed() {
	local name=$1 list='' separator='('
	shift
	while [[ ${1-} == "{"* || ${1-} == '"'* ]]; do
		list+="$separator $1"
		separator=,
		shift
	done
	profile "$name" "store = ( { use = \"file\";${list:+ seal = $list );} } )" "$@"
}

# envelope NAME: the words of the first line of a record
envelope() {
	head -n 1 "$CONF/state/records/$1"
}

# secrets NAME: the halves of its tokens, one a line
secrets() {
	credence export "$1" --format postman --with-secrets -o "$BATS_TEST_TMPDIR/postman" -q
	grep -oE '1000\.[0-9a-f]{32}\.[0-9a-f]{32}' "$BATS_TEST_TMPDIR/postman" | tr . '\n' | grep -E '^.{32}$'
}

# token_in NAME FOLDER: is there a half of a token of this profile's in the folder?
token_in() {
	local halves
	halves=$(secrets "$1")
	[ "$(wc -l <<<"$halves")" -eq 4 ]
	find "$2" -type f -exec strings -a {} + | grep -qFf <(echo "$halves")
}

@test "a sealed record has no token in it, and serves as before" {
	sealed crm "$(seal 2025)"
	credence check
	login crm
	[[ $(envelope crm) == "credence1 1 2025 "* ]]
	run -0 credence token crm
	[ -n "$output" ]
	credence refresh crm
	[[ $(envelope crm) == "credence1 "*" 2025 "* ]]
	run ! token_in crm "$CONF/state"
	# The test itself would find one.
	sealed open "$(seal 2025)"
	login open
	sealed open '"none"' "$(seal 2025)"
	credence reseal open
	token_in open "$CONF/state"
	run ! token_in crm "$CONF/state"
}

@test "ledgers are sealed as well" {
	sealed crm "$(seal 2025)" 'limits = { refresh_tokens = { count = 10; window = "10m"; per = "owner"; }; }'
	login crm
	run -0 cat "$CONF"/state/records/+*
	[[ ${lines[0]} == "credence1 1 2025 "* ]]
	login crm
	sealed crm "$(seal 2026)" "$(seal 2025)" 'limits = { refresh_tokens = { count = 10; window = "10m"; per = "owner"; }; }'
	credence reseal crm
	[[ $(head -qn1 "$CONF"/state/records/*) != *" 2025 "* ]]
}

@test "a seal for all stores, in the profile or the defaults, and none for one" {
	printf 'defaults = { seal = %s; };\n' "$(seal 2025)" >>"$CONF/credence.conf"
	profile crm
	login crm
	[[ $(envelope crm) == "credence1 1 2025 "* ]]
	# Stores of their own, since the ledger is shared by all that are of one client.
	profile plain "store = ( { use = \"file\"; path = \"$CONF/plain\"; seal = \"none\"; } )"
	login plain
	[[ $(head -n 1 "$CONF/plain/plain") == "credence1 1 - "* ]]
	profile own "store = ( { use = \"file\"; path = \"$CONF/own\"; } )" "seal = $(seal 2026)"
	login own
	[[ $(head -n 1 "$CONF/own/own") == "credence1 1 2026 "* ]]
	[[ $(credence config show own) == *seal* ]]
}

@test "keys: raw, in hex, in base64 of either kind" {
	local form
	head -c 32 /dev/urandom | tr '\000' 'x' >"$CONF/keys/raw"
	# With NULs and a newline at its end it is as good.
	printf '\000\001\002\003\004\005\006\007\010\011\012\013\014\015\016\017' >"$CONF/keys/nul"
	printf '\020\021\022\023\024\025\026\027\030\031\032\033\034\035\036\012' >>"$CONF/keys/nul"
	[ "$(stat -c %s "$CONF/keys/nul")" = 32 ]
	openssl rand -hex 32 >"$CONF/keys/hex"
	openssl rand -base64 32 | tr '+/' '-_' | tr -d '=' >"$CONF/keys/url"
	chmod 600 "$CONF"/keys/*
	for form in raw nul hex url; do
		rm -rf "$CONF/state"
		sealed "$form" "$(seal "$form")"
		login "$form"
		credence token "$form"
	done
	# The same key in another form is the same key.
	od -An -v -tx1 "$CONF/keys/nul" | tr -d ' \n' >"$CONF/keys/nul.hex"
	chmod 600 "$CONF/keys/nul.hex"
	rm -rf "$CONF/state"
	sealed nul "$(seal nul)"
	login nul
	sealed nul "$(seal nul nul.hex)"
	credence token nul
	# What is none is told.
	echo short >"$CONF/keys/short"
	chmod 600 "$CONF/keys/short"
	sealed nul "$(seal nul short)"
	fails 3 credence token nul
	[[ $error == *"key is not 32 bytes, raw, in hex or in base64"* ]]
}

@test "a key from systemd's credentials" {
	mkdir -m 700 "$BATS_TEST_TMPDIR/credentials"
	cp "$CONF/keys/2025" "$BATS_TEST_TMPDIR/credentials/seal"
	chmod 400 "$BATS_TEST_TMPDIR/credentials/seal"
	sealed crm '{ use = "sodium"; key = "credential:seal"; }'
	CREDENTIALS_DIRECTORY=$BATS_TEST_TMPDIR/credentials login crm
	[[ $(envelope crm) == "credence1 1 sodium "* ]]
	CREDENTIALS_DIRECTORY=$BATS_TEST_TMPDIR/credentials credence token crm
	fails 3 env -u CREDENTIALS_DIRECTORY credence -C "$CONF" token crm
	[[ $error == *"there are no credentials of systemd"* ]]
}

@test "a passphrase: Argon2id, with its setting in what it sealed" {
	printf 'correct horse\n' >"$CONF/keys/words"
	printf 'wrong horse\n' >"$CONF/keys/other"
	chmod 600 "$CONF"/keys/*
	sealed crm "{ use = \"sodium\"; id = \"w\"; passphrase = \"file:$CONF/keys/words\"; memory = 8; passes = 1; }"
	login crm
	[[ $(envelope crm) == "credence1 1 w "* ]]
	credence token crm
	# Other settings are for what is sealed from now on.
	sealed crm "{ use = \"sodium\"; id = \"w\"; passphrase = \"file:$CONF/keys/words\"; memory = 16; }"
	credence token crm
	sealed crm "{ use = \"sodium\"; id = \"w\"; passphrase = \"file:$CONF/keys/other\"; }"
	fails 8 credence token crm
	[[ $error == *"other_key"*"not the passphrase"* ]]
	sealed crm "$(seal w 2025)"
	fails 8 credence token crm
	[[ $error == *"sealed with a passphrase, not with a key"* ]]
	sealed crm '{ use = "sodium"; id = "w"; }'
	fails 3 credence token crm
	[[ $error == *"either a key or a passphrase"* ]]
	sealed crm "{ use = \"sodium\"; id = \"w\"; passphrase = \"file:$CONF/keys/words\"; memory = 4; }"
	fails 3 credence refresh crm
	[[ $error == *"memory 8 to 1024"* ]]
}

@test "why a record can't be read: no seal, no such key, another key, a key that is not safe" {
	sealed crm "$(seal 2025)"
	login crm
	sealed crm
	fails 8 credence token crm
	[[ $error == *'the record is sealed with "2025", and this store has no seal' ]]
	[[ $hint == *'id = "2025"' ]]
	sealed crm "$(seal 2026)"
	fails 8 credence token crm
	[[ $error == *'sealed with "2025", which is none of this store'* ]]
	sealed crm "$(seal 2025 2026)"
	fails 8 credence token crm
	[[ $error == *"other_key"*"sealed with another key"* ]]
	# Nobody's to replace: with its key it is good.
	code >"$BATS_TEST_TMPDIR/code"
	run -8 --separate-stderr credence login crm <"$BATS_TEST_TMPDIR/code"
	sealed crm "$(seal 2025 none)"
	fails 3 credence token crm
	[[ $error == *"there is no file "* ]]
	chmod 644 "$CONF/keys/2025"
	sealed crm "$(seal 2025)"
	fails 10 credence token crm
	run -3 credence check
	[[ $output == *"keys/2025"* ]]
	chmod 600 "$CONF/keys/2025"
	credence token crm
	# Two of one name, and options that are none.
	sealed crm "$(seal 2025)" "$(seal 2025 2026)"
	fails 3 credence token crm
	[[ $error == *'two seals are called "2025"'* ]]
	sealed crm '{ use = "sodium"; id = "2025"; kee = "file:/x"; }'
	fails 3 credence token crm
	[[ $error == *'unknown option "kee" of seal sodium; did you mean "key"?' ]]
	run -3 credence check
	sealed crm '{ use = "sodiun"; id = "2025"; }'
	fails 9 credence token crm
	[[ $hint == *'did you mean "sodium"?' ]]
}

# patched FILE: writes the envelope's checksum anew, as somebody would who changed the file
patched() {
	python3 - "$1" "$@" <<-'END'
		import sys
		path = sys.argv[1]
		data = open(path, "rb").read()
		head, body = data.split(b"\n", 1)
		words = head.split(b" ")
		for change in sys.argv[3:]:
		    at, value = change.split("=", 1)
		    if at == "revision":
		        words[1] = value.encode()
		    elif at == "seal":
		        words[2] = value.encode()
		    elif at == "flip":
		        at = int(value) % len(body)
		        body = body[:at] + bytes([body[at] ^ 1]) + body[at + 1:]
		def fnv(text):
		    value = 0xcbf29ce484222325
		    for byte in text:
		        value = (value ^ byte) * 0x100000001b3 % 2**64
		    return value
		words[3] = str(len(body)).encode()
		line = b" ".join(words[:4]) + b" "
		a, b = fnv(line), fnv(body)
		open(path, "wb").write(line + b"%016x\n" % (a ^ ((b << 1 | b >> 63) % 2**64)) + body)
	END
}

@test "sealed bytes are good in their own place only" {
	local record=$CONF/state/records/crm at
	sealed crm "$(seal 2025)" "$(seal 2026 2025)"
	sealed other "$(seal 2025)"
	login crm
	login other
	cp -p "$record" "$BATS_TEST_TMPDIR/good"
	patched "$record"
	credence token crm
	# A bit in each part: magic, kind, mark, nonce, bytes, tag.
	for at in 0 4 5 14 50 -1; do
		cp -p "$BATS_TEST_TMPDIR/good" "$record"
		patched "$record" "flip=$at"
		fails 8 credence token crm
		[[ $error == *"seal 2025: "* ]]
	done
	# An older one that says it is newer, another's, one that names another seal of the same key.
	cp -p "$BATS_TEST_TMPDIR/good" "$record"
	patched "$record" revision=7
	fails 8 credence token crm
	[[ $error == *"damaged"*"it was changed, or put in the place of another" ]]
	cp -p "$CONF/state/records/other" "$record"
	fails 8 credence token crm
	cp -p "$BATS_TEST_TMPDIR/good" "$record"
	patched "$record" seal=2026
	fails 8 credence token crm
	# A way out.
	[[ $hint == *"credence logout crm"* ]]
	credence logout crm
	login crm
	credence token crm
}

@test "what is in clear is not believed where there are seals" {
	local token record=$CONF/state/records/crm
	sealed crm
	login crm
	token=$(credence token crm)
	cp -p "$record" "$BATS_TEST_TMPDIR/clear"
	sealed crm "$(seal 2025)"
	fails 8 credence token crm
	[[ $error == *"the record is not sealed"* && $hint == *'"none" behind the others of seal'* ]]
	fails 8 credence refresh crm
	fails 8 credence reseal crm
	cmp "$record" "$BATS_TEST_TMPDIR/clear"
	# Unless the configuration says so: none is one of the seals, and it is sealed at the next save.
	sealed crm "$(seal 2025)" '"none"'
	[ "$(credence token crm)" = "$token" ]
	[[ $(envelope crm) == "credence1 1 - "* ]]
	credence refresh crm
	[[ $(envelope crm) == *" 2025 "* ]]
	# The ledger, in which logins are counted, along with it.
	credence reseal crm
	# Who can write there, but has no key, gets nobody to believe what he makes up.
	sealed crm "$(seal 2025)"
	cp -p "$BATS_TEST_TMPDIR/clear" "$record"
	fails 8 credence token crm
	fails 8 credence url crm /crm/v8/Leads
	# A new login is the other way out.
	credence logout crm
	login crm
	credence token crm
}

@test "reseal: to a new key, from none, back to none; once" {
	local before
	sealed crm
	login crm
	before=$(credence token crm)
	sealed crm "$(seal 2025)" '"none"'
	run -0 credence reseal crm
	[ "$output" = "crm: sealed anew" ]
	[[ $(envelope crm) == "credence1 2 2025 "* ]]
	sealed crm "$(seal 2025)"
	run -0 credence reseal crm
	[ "$output" = "crm: is sealed so already" ]
	[[ $(envelope crm) == "credence1 2 2025 "* ]]
	sealed crm "$(seal 2026)" "$(seal 2025)"
	credence reseal crm
	[[ $(envelope crm) == "credence1 3 2026 "* ]]
	rm "$CONF/keys/2025"
	sealed crm "$(seal 2026)"
	[ "$(credence token crm)" = "$before" ]
	sealed crm '"none"' "$(seal 2026)"
	[ "$(credence token crm)" = "$before" ]
	sealed crm '{ use = "none"; }' "$(seal 2026)"
	run -0 credence reseal crm --json
	[ "$(jq -r .event <<<"$output")" = resealed ]
	[[ $(envelope crm) == "credence1 4 - "* ]]
	[ "$(credence token crm)" = "$before" ]
	credence logout crm
	fails 4 credence reseal crm
	fails 2 credence reseal
	fails 2 credence reseal --all crm
}

@test "reseal --all: each credential once, and one that can't be read keeps none from it" {
	local name
	for name in a b c d; do
		sealed "$name"
		login "$name"
	done
	for name in a b c d; do
		sealed "$name" "$(seal 2025)" '"none"'
	done
	sealed shared "$(seal 2025)" '"none"' 'credential = "a"'
	sealed nobody "$(seal 2025)"
	credence reseal d
	sealed c "$(seal 2025 none)" '"none"'
	run -3 --separate-stderr credence reseal --all
	[ "$output" = $'a: sealed anew\nb: sealed anew' ]
	[[ $stderr == *"credence: c: "*"there is no file"*"2 sealed anew, 1 unchanged, 1 failed"* ]]
	for name in a b d; do
		[[ $(envelope "$name") == *" 2025 "* ]]
		credence token "$name"
	done
}

# near FILE: "NAME ORDINAL" of the system calls in a trace that are near a save
near() {
	awk 'match($2, /^[a-z0-9_]+\(/) {
			name[++n] = substr($2, 1, RLENGTH - 1)
			ordinal[n] = ++count[name[n]]
			if (name[n] ~ /^(fsync|rename.*|unlink.*)$/)
				for (i = n - 6; i <= n + 6; i++) is_near[i] = 1
		}
		END { for (i = 2; i <= n; i++) if (i in is_near) print name[i], ordinal[i] }' "$1"
}

# sweep PREPARE CHECK COMMAND…: kills the command before each of these calls, on what PREPARE made,
# and CHECKs what is left
sweep() {
	local prepare=$1 check=$2 trace=$BATS_TEST_TMPDIR/trace name ordinal fired=0
	shift 2
	"$prepare"
	without_leak_check strace -f -qq -o "$trace" "$@" >/dev/null 2>&1 </dev/null
	near "$trace" >"$BATS_TEST_TMPDIR/points"
	while read -r name ordinal; do
		"$prepare" </dev/null
		inject "$name:signal=KILL:when=$ordinal" "$@" >/dev/null 2>&1 </dev/null || fired=$((fired + 1))
		"$check" </dev/null || {
			echo "after kill -9 before $name $ordinal" >&2
			return 1
		}
	done <"$BATS_TEST_TMPDIR/points"
	echo "# $fired points" >&3
	[ "$fired" -ge 20 ]
}

# kept, put_back: the state as it was, without another login
kept() {
	rm -rf "$BATS_TEST_TMPDIR/state" "$BATS_TEST_TMPDIR/moved"
	cp -a "$CONF/state" "$BATS_TEST_TMPDIR/state"
	token=$(credence token crm)
}

put_back() {
	rm -rf "$CONF/state" "$CONF/moved"
	cp -a "$BATS_TEST_TMPDIR/state" "$CONF/state"
}

check_resealed() {
	[ "$(credence token crm)" = "$token" ] && credence reseal crm >/dev/null &&
		[[ $(envelope crm) == *" 2026 "* ]] && [ "$(credence token crm)" = "$token" ]
}

@test "kill -9 while resealing leaves the old or the new" {
	needs_strace
	sealed crm "$(seal 2025)"
	login crm
	kept
	sealed crm "$(seal 2026)" "$(seal 2025)"
	sweep put_back check_resealed credence -C "$CONF" reseal crm
}

move_profiles() {
	local limits='limits = { refresh_tokens = { count = 10; window = "10m"; per = "owner"; }; }'
	sealed crm "$(seal 2025)" "$limits"
	cp "$CONF/profiles.d/crm.conf" "$CONF/crm.old"
	login crm
	profile crm "store = ( { use = \"file\"; path = \"$CONF/moved\"; seal = $(seal 2026); } )" "$limits"
}

@test "move: to another store, with its ledger, read back before the old one goes" {
	move_profiles
	fails 2 credence move crm
	fails 2 credence move crm --from "$CONF/nowhere"
	fails 4 credence token crm
	run -0 credence move crm --from "$CONF/crm.old"
	[ "$output" = "crm: moved from store file to store file, with 1 ledger" ]
	credence token crm
	[ -z "$(ls "$CONF/state/records")" ]
	[ "$(find "$CONF/moved" -name '+*' | wc -l)" = 1 ]
	[[ $(head -qn1 "$CONF"/moved/*) != *" 2025 "* ]]
	[ -z "$(find "$CONF/state" -type f -size +0)" ]
	# Again: there is nothing to do.
	run -0 credence move crm --from "$CONF/crm.old"
	[[ $output == *"already"* ]]
	credence refresh crm
}

@test "move: a ledger stays where others count in it, and what was counted since is not lost" {
	local limits='limits = { refresh_tokens = { count = 10; window = "10m"; per = "owner"; }; }'
	profile crm "$limits"
	profile other "$limits"
	login crm
	login other
	cp "$CONF/profiles.d/crm.conf" "$CONF/crm.old"
	profile crm "store = ( { use = \"file\"; path = \"$CONF/moved\"; } )" "$limits"
	run -0 credence move crm --from "$CONF/crm.old"
	[[ $output == *"with 1 ledger (kept there too"* ]]
	[ "$(tail -qn+2 "$CONF"/moved/+* | jq '.ledger | length')" = 2 ]
	credence token other
	login other
	cp "$CONF/profiles.d/other.conf" "$CONF/other.old"
	profile other "store = ( { use = \"file\"; path = \"$CONF/moved\"; } )" "$limits"
	credence move other --from "$CONF/other.old"
	[ "$(tail -qn+2 "$CONF"/moved/+* | jq '.ledger | length')" = 3 ]
	[ -z "$(ls "$CONF/state/records")" ]
}

@test "move: the same store is no other, and a record that is there is not replaced" {
	profile crm
	login crm
	cp "$CONF/profiles.d/crm.conf" "$CONF/crm.old"
	fails 3 credence move crm --from "$CONF/crm.old"
	[[ $error == *"already" ]]
	credence token crm
	# By another path.
	profile crm "store = ( { use = \"file\"; path = \"$CONF/state/./records\"; } )"
	fails 3 credence move crm --from "$CONF/crm.old"
	credence token crm
	# Somebody has logged in anew there.
	profile crm "store = ( { use = \"file\"; path = \"$CONF/moved\"; } )"
	login crm
	fails 10 credence move crm --from "$CONF/crm.old"
	[[ $error == *"has a record of its own (generation 1)"* ]]
	[ -f "$CONF/state/records/crm" ]
	credence move crm --from "$CONF/crm.old" --force
	[ ! -e "$CONF/state/records/crm" ]
	credence token crm
	# The credential of another name.
	profile old 'credential = "else"'
	fails 3 credence move crm --from "$CONF/profiles.d/old.conf"
}

check_moved() {
	credence move crm --from "$CONF/crm.old" >/dev/null && credence token crm >/dev/null &&
		[ ! -e "$CONF/state/records/crm" ] && [ "$(credence token crm)" = "$token" ] &&
		[ "$(find "$CONF/moved" -name '+*' | wc -l)" = 1 ]
}

@test "kill -9 while moving leaves one whole copy at least, and the next call finishes it" {
	needs_strace
	local new
	move_profiles
	cp "$CONF/profiles.d/crm.conf" "$CONF/crm.new"
	cp "$CONF/crm.old" "$CONF/profiles.d/crm.conf"
	kept
	cp "$CONF/crm.new" "$CONF/profiles.d/crm.conf"
	sweep put_back check_moved credence -C "$CONF" move crm --from "$CONF/crm.old"
}

@test "logout leaves nothing of it, not even what a killed writer left" {
	needs_strace
	profile crm
	login crm
	run -137 inject renameat:signal=KILL:when=1 credence -C "$CONF" refresh crm
	[ -n "$(find "$CONF/state" -name '*.tmp')" ]
	credence logout crm
	[ -z "$(find "$CONF/state" -name '*.tmp')" ]
	! grep -raE '1000\.[0-9a-f]{32}' "$CONF/state"
	[ ! -e "$(slots)/$(slot)crm" ]
}

@test "what waits in memory is sealed, too" {
	needs_strace
	control mode -d rotation=on >/dev/null
	sealed crm "$(seal 2025)" 'rotation = "may"'
	login crm
	run inject fsync:error=ENOSPC:when=5 credence -C "$CONF" refresh crm
	[ "$status" -eq 8 ]
	[[ $output == *"waits in memory"* ]]
	[[ $(head -n 1 "$(slots)/$(slot)crm") == *" 2025 "* ]]
	still_good crm
}

@test "what is not sealed loads no seal; what is loads libsodium and no network" {
	sealed crm
	login crm
	sealed crm "$(seal 2025)" '"none"'
	without_leak_check strace -f -qq -e trace=open,openat -o "$BATS_TEST_TMPDIR/trace" \
		credence -C "$CONF" token crm
	! grep -E 'libsodium|seal_|keys/' "$BATS_TEST_TMPDIR/trace"
	credence reseal crm
	without_leak_check strace -f -qq -e trace=open,openat,socket,connect -o "$BATS_TEST_TMPDIR/trace" \
		credence -C "$CONF" token crm
	grep -q libsodium "$BATS_TEST_TMPDIR/trace"
	! grep -E 'lib(curl|ssl|crypto|gnutls)|transport_|grant_|providers\.d|socket\(' "$BATS_TEST_TMPDIR/trace"
}
