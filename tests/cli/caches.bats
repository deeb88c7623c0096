#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Caches above the store that decides: they answer sooner, hold no refresh token, are filled again
# after the answer, and never bring back what was erased.

load helper

setup() {
	sandbox_start
	world
	CACHE=$BATS_TEST_TMPDIR/cache HOME_STORE=$CONF/state/records RECORD=$BATS_TEST_TMPDIR/cache/crm
	mkdir -m 700 "$CACHE"
	cached crm
	login crm
}

teardown() {
	sandbox_stop
}

# cached NAME [OPTION]: a profile with a cache in another folder
cached() {
	profile "$1" "store = ( { use = \"file\"; path = \"$CACHE\"; control = \"sufficient\"; ${2-} }, { use = \"file\"; control = \"required\"; } )"
}

# aged: the copy was made 21 minutes ago
aged() {
	python3 "$abs_top_srcdir/tests/faults/rewrite.py" "$CACHE/crm" "cached_at=$(($(member cached_at) - 1260000))"
}

# reads VERB…: how often it opens something of the deciding store, in $READS
reads() {
	traced -e trace=openat,open credence -C "$CONF" "$@" >"$BATS_TEST_TMPDIR/out"
	READS=$(grep -cF "$(basename "$HOME_STORE")" "$BATS_TEST_TMPDIR/trace" || :)
}

@test "a login fills it: the access token, and no refresh token, ID token or ledger" {
	[ "$(member 'access_tokens[0].token')" = "$(credence token crm)" ]
	[ "$(member 'refresh_token, .id_token, .ledger' | sort -u)" = null ]
	[ "$(member cached_at "$HOME_STORE/crm")" = null ]
	run -1 grep -rF "$(member refresh_token "$HOME_STORE/crm")" "$CACHE"
}

@test "a hit asks the cache only" {
	token=$(credence token crm)
	reads token crm
	[ "$(<"$BATS_TEST_TMPDIR/out")" = "$token" ]
	[ "$READS" = 0 ]
}

@test "a copy that is due is renewed as the deciding store's would be" {
	cached crm
	sed -i '$a refresh_before = "3599s";' "$CONF/profiles.d/crm.conf"
	credence refresh crm
	before=$(total renewals)
	sleep 1.2
	credence token crm
	[ "$(total renewals)" = $((before + 1)) ]
	sleep 1.2
	credence refresh --due
	[ "$(total renewals)" = $((before + 2)) ]
}

@test "a cache below the store that decides does not stand for it" {
	profile crm "store = ( { use = \"file\"; control = \"required\"; }, { use = \"file\"; path = \"$CACHE\"; control = \"sufficient\"; } )"
	expired
	credence token crm
	[ "$(total renewals)" = 1 ]
}

@test "two entries that are written alike are one place: refused" {
	profile crm 'store = ( { use = "file"; control = "sufficient"; }, { use = "file"; control = "required"; } )'
	run -3 credence check
	[[ $output == *"profiles.d/crm.conf:"*"two entries of store keep it in the same place"* ]]
	run -3 credence token crm
	profile crm 'store = ( "file", { use = "file"; } )'
	run -3 credence refresh crm
}

@test "a cache that is the very place it stands above: said so, and the refresh token stays" {
	profile crm 'store = ( { use = "file"; path = "'"$HOME_STORE"'"; control = "sufficient"; },
		{ use = "file"; control = "required"; } )'
	run -0 credence login crm < <(code us)
	[[ $output == *"store file is no cache: it is the place that it stands beside"* ]]
	credence refresh crm
	credence refresh crm
	[ "$(tail -n +2 "$HOME_STORE/crm" | jq -r .refresh_token)" != null ]
}

@test "what is exported with secrets, and the status of one, are of the store that decides" {
	credence token crm
	credence export crm --format json --with-secrets -o "$BATS_TEST_TMPDIR/secrets"
	[ "$(jq -r .refresh_token "$BATS_TEST_TMPDIR/secrets")" = "$(member refresh_token "$HOME_STORE/crm")" ]
	[ "$(credence status --json crm | jq .has_refresh_token)" = true ]
	[ "$(credence status --json crm | jq .limits.refresh_tokens.live)" = 1 ]
	# Where it can't be asked, what the cache knows has to do.
	mv "$HOME_STORE/crm" "$HOME_STORE/aside"
	mkdir "$HOME_STORE/crm"
	[ "$(credence status --json crm | jq -r .state)" = ok ]
}

@test "a cache that was lost is filled again, after the answer" {
	token=$(credence token crm)
	rm "$CACHE/crm"
	[ "$(credence token crm)" = "$token" ]
	[ "$(member 'access_tokens[0].token')" = "$token" ]
	[ "$(member refresh_token)" = null ]
	reads token crm
	[ "$READS" = 0 ]
}

@test "an old copy is none: cache_max_age" {
	cached crm 'cache_max_age = "20m";'
	credence refresh crm
	aged
	at=$(member cached_at)
	reads token crm
	[ "$READS" -gt 0 ]
	[ "$(member cached_at)" -gt "$at" ]
	run -0 credence trace crm
	[[ $output != *"too old"* ]]
	aged
	run -0 credence trace crm
	[[ $output == *"a copy that is too old"* ]]
}

@test "while somebody has the lock nobody waits to fill a cache" {
	held_up credence --timeout 10m refresh crm
	rm "$CACHE/crm"
	within 20 credence token crm
	[ ! -e "$CACHE/crm" ]
	let_go
	wait "$pid"
	[ "$(member 'access_tokens[0].token')" = "$(credence token crm)" ]
}

@test "what was renewed elsewhere is found under the lock, and the cache hears of it" {
	expired
	cp "$CACHE/crm" "$BATS_TEST_TMPDIR/old"
	credence refresh crm
	cp -p "$BATS_TEST_TMPDIR/old" "$CACHE/crm"
	before=$(total renewals)
	token=$(credence token crm)
	[ "$(total renewals)" = "$before" ]
	[ "$(member 'access_tokens[0].token')" = "$token" ]
}

@test "of two records of one generation the one that decides is renewed, and the other goes" {
	local id
	id=$(member id | tr '0-9a-f' '1-9a-f0')
	python3 "$abs_top_srcdir/tests/faults/rewrite.py" "$HOME_STORE/crm" "id=\"$id\""
	[ "$(member generation)" = "$(member generation "$HOME_STORE/crm")" ]
	[ "$(member id)" != "$id" ]
	credence refresh crm
	[ "$(member parent "$HOME_STORE/crm")" = "$id" ]
	[ "$(member id)" = "$(member id "$HOME_STORE/crm")" ]
	[ "$(member 'access_tokens[0].token')" = "$(credence token crm)" ]
}

@test "a logout is never undone: not by a cache that is being filled" {
	rm "$CACHE/crm"
	traced -e trace=fcntl -e inject=fcntl:delay_enter=1500000 \
		credence -C "$CONF" token crm >"$BATS_TEST_TMPDIR/token" 3>&- &
	until [ -s "$BATS_TEST_TMPDIR/token" ]; do sleep 0.02; done
	credence logout crm
	wait
	[ ! -e "$CACHE/crm" ]
	[ ! -e "$HOME_STORE/crm" ]
	run -4 credence token crm
}

# failing CALL VERB…: with that system call failing where it concerns the cache
failing() {
	local call=$1
	shift
	traced -P "$CACHE" -e "trace=$call" -e "inject=$call:error=EIO" \
		credence -C "$CONF" "$@"
}

@test "a logout that one of them does not confirm is told, by name" {
	run --separate-stderr -8 failing unlinkat logout crm
	[[ ${stderr_lines[0]} == "credence: crm: store file: crm: "* ]]
	[ ! -e "$HOME_STORE/crm" ]
	credence logout crm
	[ ! -e "$CACHE/crm" ]
}

@test "a cache that can't be written costs a warning, a required one the exit status; the record is saved" {
	run --separate-stderr -0 failing renameat refresh crm
	[[ $stderr == *"store file: crm: "* ]]
	# What it refused it does not keep.
	[ ! -e "$CACHE/crm" ]
	credence token crm >/dev/null
	sed -i 's/"sufficient"/"required"/' "$CONF/profiles.d/crm.conf"
	run --separate-stderr -8 failing renameat refresh crm
	[[ $stderr == *"the record was saved, but not everywhere: store file: crm: can't write "* ]]
	[ "$(member generation "$HOME_STORE/crm")" = 3 ]
	credence refresh crm
}

@test "a required cache that can't be written does not leave an older token in the next" {
	local refuses='{ use = "answers"; save = 10; control = "required"; }'
	sed -i "s/^store = ( /&$refuses, /" "$CONF/profiles.d/crm.conf"
	run -8 login crm
	[[ $output == *"the record was saved, but not everywhere: store answers: crm"* ]]
	[ "$(credence token crm)" = "$(member 'access_tokens[0].token' "$HOME_STORE/crm")" ]
}
