#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Records in a real PostgreSQL: over TLS and a Unix socket, alone and with a cache above, shared by
# hosts, and with a server that is away, stopped, full, a standby or somebody else's.

load helper
load "$abs_top_srcdir/tests/browser.bash"
load "$abs_top_srcdir/tests/hosts.bash"
load "$abs_top_srcdir/tests/interop/postgres.bash"
load "$abs_top_srcdir/tests/rounds.bash"

setup_file() {
	postgres_start
}

teardown_file() {
	postgres_stop
}

setup() {
	sandbox_start --code-count 100000 --refresh-count 100000
	world
	DB=test$BATS_TEST_NUMBER
	postgres_database "$DB"
}

teardown() {
	sandbox_stop
}

# stored FILE [CACHE [LINE…]]: profile crm with its record in the database that the file is about,
# and those entries before it
stored() {
	local file=$1 cache=${2-}
	shift "$(($# > 2 ? 2 : $#))"
	profile crm "store = ( $cache { use = \"postgres\"; control = \"required\"; connection = \"file:$file\"; } )" "$@"
}

over_socket() {
	postgres_connection "host=$PG port=$PG_PORT dbname=$DB user=app password=$APP_PASSWORD $*"
}

# A word of the same name overrules: libpq takes the last.
over_tls() {
	postgres_connection "host=localhost port=$PG_PORT dbname=$DB user=app password=$APP_PASSWORD sslrootcert=$PG_CA/ca.pem $*"
}

# at HOST COMMAND…: on that configuration
at() {
	command credence -C "$BATS_TEST_TMPDIR/$1" "${@:2}"
}

record() {
	sql "$DB" "SELECT $1 FROM credence.record WHERE key = 'crm'"
}

# cut_off: ends every connection to the database
cut_off() {
	sql "$DB" "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'app' AND datname = '$DB'"
}

# -- Alone, and below a cache --

@test "over TLS: login, token, refresh, status, logout; the tables are made by the first" {
	stored "$(over_tls)"
	login crm
	run -0 --separate-stderr credence token crm
	[[ $output == 1000.* ]]
	local first=$output
	credence refresh crm
	[ "$(credence token crm)" != "$first" ]
	credence status crm
	[ "$(record "revision > 1 AND expires_at IS NULL AND updated_at > now() - interval '1 min'")" = t ]
	[ "$(sql "$DB" 'SELECT version FROM credence.version')" = 1 ]
	credence logout crm
	[ "$(sql "$DB" "SELECT count(*) FROM credence.record WHERE key = 'crm'")" = 0 ]
	fails 4 credence token crm
	fails 4 credence logout crm
}

@test "over a Unix socket, and by URI" {
	stored "$(over_socket)"
	login crm
	local first
	first=$(credence token crm)
	postgres_connection "postgresql://app:$APP_PASSWORD@localhost:$PG_PORT/$DB?sslrootcert=$PG_CA/ca.pem&sslmode=verify-full" >/dev/null
	[ "$(credence token crm)" = "$first" ]
}

@test "with a cache above, a token that is still good opens no connection and not the module" {
	stored "$(over_tls)" "{ use = \"file\"; control = \"sufficient\"; path = \"$CONF/state/cache\"; },"
	login crm
	local first
	first=$(credence token crm)
	ASAN_OPTIONS=detect_leaks=0 strace -f -qq -e trace=openat,socket,connect -o "$BATS_TEST_TMPDIR/trace" \
		"$abs_top_builddir/credence" -C "$CONF" token crm >"$BATS_TEST_TMPDIR/token"
	[ "$(<"$BATS_TEST_TMPDIR/token")" = "$first" ]
	grep -q 'state/cache' "$BATS_TEST_TMPDIR/trace"
	run -1 grep -E 'store_postgres|libpq|libssl|socket\(|connect\(' "$BATS_TEST_TMPDIR/trace"
	# The refresh token is in the database alone.
	credence export crm --format json --with-secrets --output "$BATS_TEST_TMPDIR/secrets" || :
	[ "$(record "convert_from(bytes, 'UTF8') LIKE '%refresh_token%'")" = t ]
	run -1 grep -q '"refresh_token"' "$CONF/state/cache/crm"
}

@test "a renewal that can't read the authority does not start; what the cache has is given to its end" {
	local first
	stored "$(over_tls)" "{ use = \"file\"; control = \"sufficient\"; path = \"$CONF/state/cache\"; },"
	login crm
	first=$(credence token crm)
	over_tls "port=1" >/dev/null
	[ "$(credence token crm)" = "$first" ]
	fails 6 credence refresh crm
	[[ $error == *"no connection to the database at localhost: Connection refused" ]]
	fails 6 clock +3601 credence token crm
	[ "$(total renewals)" = 0 ]
}

# -- The way to it --

@test "RFC 6819 5.1.1: another CA, another name, no TLS: refused" {
	stored "$(over_tls)"
	login crm
	over_tls "sslrootcert=$PG_CA/other.pem" >/dev/null
	fails 10 credence token crm
	[[ $error == *"no connection to the database at localhost: "*certificate* ]]
	[[ $hint == *sslrootcert* ]]
	over_tls "host=127.0.0.1" >/dev/null
	fails 10 credence token crm
	[[ $error == *'certificate for "'*'does not match host name "127.0.0.1"' ]]
	local mode
	for mode in disable allow prefer require verify-ca; do
		over_tls "sslmode=$mode" >/dev/null
		fails 10 credence token crm
		[[ $error == *"sslmode=verify-full or not at all" ]]
	done
	postgres_connection "host=localhost port=$PG_PORT dbname=$DB user=app password=$APP_PASSWORD" >/dev/null
	fails 3 credence token crm
	[[ $error == *"connection does not say sslrootcert" ]]
	over_tls "sslrootcert=$PG/none.pem" >/dev/null
	fails 3 credence token crm
	cp "$PG_CA/ca.pem" "$BATS_TEST_TMPDIR/ca.pem"
	chmod 666 "$BATS_TEST_TMPDIR/ca.pem"
	over_tls "sslrootcert=$BATS_TEST_TMPDIR/ca.pem" >/dev/null
	fails 10 credence token crm
	mkdir -m 777 "$BATS_TEST_TMPDIR/open"
	chmod 777 "$BATS_TEST_TMPDIR/open"
	install -m 644 "$PG_CA/ca.pem" "$BATS_TEST_TMPDIR/open/"
	over_tls "sslrootcert=$BATS_TEST_TMPDIR/open/ca.pem" >/dev/null
	fails 10 credence token crm
	[[ $error == *"$BATS_TEST_TMPDIR/open: others can write to it (mode 0777)" ]]
	# Who may turn a link on the way could have it lead elsewhere afterwards.
	ln -s "$PG_CA/ca.pem" "$BATS_TEST_TMPDIR/open/link.pem"
	over_tls "sslrootcert=$BATS_TEST_TMPDIR/open/link.pem" >/dev/null
	fails 10 credence token crm
	over_tls ssl_min_protocol_version=TLSv1.1 >/dev/null
	fails 10 credence token crm
	# On this machine TLS may be left out, if somebody says so.
	over_tls "host=127.0.0.1 sslmode=disable" >/dev/null
	credence token crm
}

@test "a server without TLS is left alone" {
	sql postgres 'ALTER SYSTEM SET ssl = off'
	sql postgres 'SELECT pg_reload_conf()'
	until [ "$(sql postgres 'SHOW ssl')" = off ]; do sleep 0.05; done
	stored "$(over_tls)"
	fails 10 credence token crm
	[[ $error == *"does not support SSL"* ]]
	sql postgres 'ALTER SYSTEM RESET ssl'
	sql postgres 'SELECT pg_reload_conf()'
	until [ "$(sql postgres 'SHOW ssl')" = on ]; do sleep 0.05; done
}

@test "a socket in a folder that everybody may write needs requirepeer" {
	mkdir -m 1777 "$BATS_TEST_TMPDIR/tmp"
	chmod 1777 "$BATS_TEST_TMPDIR/tmp"
	ln -s "$PG/.s.PGSQL.$PG_PORT" "$BATS_TEST_TMPDIR/tmp/"
	stored "$(over_socket "host=$BATS_TEST_TMPDIR/tmp")"
	fails 10 credence token crm
	[[ $hint == *requirepeer* ]]
	over_socket "host=$BATS_TEST_TMPDIR/tmp/missing" >/dev/null
	fails 10 credence token crm
	over_socket "host=$BATS_TEST_TMPDIR/tmp requirepeer=games" >/dev/null
	fails 10 credence token crm
	over_socket "host=$BATS_TEST_TMPDIR/tmp requirepeer=$(stat -c %U "$PG/data")" >/dev/null
	fails 4 credence token crm
}

@test "the first host of a list that is the primary" {
	stored "$(over_tls "host=localhost,127.0.0.1,$PG port=1,1,$PG_PORT")"
	login crm
	credence token crm
	over_tls "host=localhost,127.0.0.1 port=1,1" >/dev/null
	fails 6 credence token crm
}

@test "variables, a password file and a service file decide nothing" {
	stored "$(over_tls "password=CANARY-wrong")"
	export HOME=$BATS_TEST_TMPDIR
	(umask 077 && printf '*:*:*:*:%s\n' "$APP_PASSWORD" >"$HOME/.pgpass")
	PGPASSWORD=$APP_PASSWORD PGPASSFILE=$HOME/.pgpass fails 12 credence token crm
	over_tls >/dev/null
	login crm
	PGHOST=/nowhere PGPORT=1 PGUSER=x PGDATABASE=y PGSSLMODE=disable PGGSSENCMODE=require credence token crm
	# Root's are dropped; others are told (tests/unit/test_module_store_postgres.c).
	[ "$(id -u)" != 0 ] || PGHOSTADDR=127.0.0.2 PGSERVICE=x PGOPTIONS='-c role=x' credence token crm
	postgres_connection "host=localhost port=$PG_PORT dbname=$DB user=app sslrootcert=$PG_CA/ca.pem" >/dev/null
	fails 12 credence token crm
	[[ $hint == "hint: put the password into connection" ]]
}

@test "--no-network: a database on this machine is read, another is not" {
	stored "$(over_socket)"
	login crm
	credence --no-network token crm
	over_tls >/dev/null
	fails 6 credence --no-network token crm
}

# -- What goes wrong --

@test "wrong password, no such user, no such database, nothing listens" {
	stored "$(over_tls "password=CANARY-wrong")"
	fails 12 credence token crm
	[[ $error == *"28P01: the database refused the user or the password" ]]
	over_tls "user=nobody_there" >/dev/null
	fails 12 credence token crm
	over_tls "dbname=nothing_there" >/dev/null
	fails 3 credence token crm
	[[ $error == *"3D000: there is no such database" ]]
	over_tls port=1 >/dev/null
	fails 6 credence token crm
	[[ $error == *"Connection refused"* ]]
	postgres_connection "host=localhost port=$PG_PORT dbname=$DB user=app sslrootcert=$PG_CA/ca.pem" >/dev/null
	fails 12 credence token crm
	[[ $hint == "hint: put the password into connection" ]]
	over_tls host=nothing.invalid >/dev/null
	fails 6 credence token crm
	[[ $error == *"no address of nothing.invalid"* ]]
	over_tls "dbname=nothing_there" >/dev/null
	run credence --json token crm
	[ "$(jq -r .error.code <<<"${lines[0]}")" = 3D000 ]
}

@test "one who may not make tables is told what to ask for; the tables of the manual do" {
	local file
	sql postgres "DROP ROLE IF EXISTS guest"
	PGOPTIONS="-c log_statement=none" sql postgres "CREATE ROLE guest LOGIN PASSWORD '$APP_PASSWORD'"
	stored "$(over_tls user=guest)"
	fails 3 credence token crm
	[[ $error == *"are not in schema credence, and the database user may not make them" ]]
	[[ $hint == *'credence-profile(5)'* ]]
	file=$BATS_TEST_TMPDIR/tables.sql
	awk '/^\.Ed/ { if (on && index(block, "CREATE TABLE credence")) { printf "%s", block; exit } on = 0 }
		on { block = block $0 "\n" } /^\.Bd -literal/ { on = 1; block = "" }' \
		"$abs_top_srcdir/man/credence-profile.5" | sed 's/ROLE/guest/' >"$file"
	[ -s "$file" ]
	sql "$DB" "$(<"$file")"
	login crm
	credence refresh crm
	credence logout crm
	# The same as the module makes.
	sql "$DB" "SELECT table_name, column_name, data_type, is_nullable, column_default, collation_name
		FROM information_schema.columns WHERE table_schema = 'credence' ORDER BY 1, 2" >"$BATS_TEST_TMPDIR/theirs"
	sql "$DB" "DROP SCHEMA credence CASCADE"
	over_tls >/dev/null
	login crm
	sql "$DB" "SELECT table_name, column_name, data_type, is_nullable, column_default, collation_name
		FROM information_schema.columns WHERE table_schema = 'credence' ORDER BY 1, 2" |
		diff "$BATS_TEST_TMPDIR/theirs" -
	# Who is let in but may not write.
	sql "$DB" "GRANT USAGE ON SCHEMA credence TO guest; GRANT SELECT ON ALL TABLES IN SCHEMA credence TO guest"
	over_tls user=guest >/dev/null
	credence token crm
	fails 12 credence refresh crm
	[[ $error == *"42501: "*"may not do that" ]]
	sql "$DB" "DROP OWNED BY guest; DROP ROLE guest"
}

@test "a schema of another name; tables of a newer credence; tables of somebody else" {
	local file
	file=$(over_socket)
	profile crm "store = { use = \"postgres\"; connection = \"file:$file\"; schema = \"tokens_1\"; }"
	login crm
	[ "$(sql "$DB" 'SELECT count(*) FROM tokens_1.record')" -ge 1 ]
	sql "$DB" 'INSERT INTO tokens_1.version VALUES (2)'
	fails 3 credence token crm
	[[ $error == *"have version 2, and this credence knows 1" ]]
	sql "$DB" 'DROP TABLE tokens_1.record; DELETE FROM tokens_1.version WHERE version = 2'
	fails 3 credence token crm
	sql "$DB" 'CREATE TABLE tokens_1.record (id int); ALTER TABLE tokens_1.record OWNER TO app'
	fails 3 credence token crm
	profile crm "store = { use = \"postgres\"; connection = \"file:$file\"; schema = \"a\\\"b\"; }"
	fails 3 credence token crm
	[[ $error == *"no plain name" ]]
}

@test "twenty that find no tables: they are made once" {
	stored "$(over_socket)"
	callers 20 "$BATS_TEST_TMPDIR/calls" credence token crm
	[ "$(sort -u "$BATS_TEST_TMPDIR"/calls/rc.*)" = 4 ]
	[ "$(sql "$DB" 'SELECT count(*) FROM credence.version')" = 1 ]
}

@test "a standby, a server that starts, one that takes no more connections" {
	stored "$(over_socket)"
	login crm
	sql postgres "ALTER DATABASE $DB SET default_transaction_read_only = on"
	credence token crm
	fails 6 credence refresh crm
	[[ $error == *"25006: "*"only reads"* ]]
	[ "$(total renewals)" = 0 ]
	sql postgres "ALTER DATABASE $DB RESET default_transaction_read_only"
	sql postgres "ALTER DATABASE $DB CONNECTION LIMIT 0"
	fails 6 credence --timeout 10s token crm
	[[ $error == *"53300: "*"no more connections" ]]
}

@test "more callers than the server takes connections wait for one another" {
	stored "$(over_socket)"
	expired
	sql postgres "ALTER DATABASE $DB CONNECTION LIMIT 10"
	callers 40 "$BATS_TEST_TMPDIR/calls" credence --timeout 300s token crm
	all_agree "$BATS_TEST_TMPDIR/calls" 40
	[ "$(total renewals)" = 1 ]
}

@test "a server that is full: exit 8, the old record stays" {
	stored "$(over_socket)"
	login crm
	local before
	before=$(record 'md5(bytes)')
	# A trigger says what a full disk makes the server say.
	sql "$DB" "CREATE FUNCTION filled() RETURNS trigger LANGUAGE plpgsql AS
		\$\$ BEGIN RAISE EXCEPTION USING ERRCODE = '53100', MESSAGE = 'CANARY'; END \$\$;
		CREATE TRIGGER filled BEFORE UPDATE ON credence.record FOR EACH ROW EXECUTE FUNCTION filled()"
	fails 8 credence refresh crm
	[[ $error == *"the disk of the database is full" ]]
	[ "$(record 'md5(bytes)')" = "$before" ]
	[ "$(total renewals)" = 0 ]
}

# -- Somebody wrote first --

# Another host's save of the record, which no longer says that somebody is at it.
without_intent() {
	local file=$BATS_TEST_TMPDIR/record
	record "encode(bytes, 'base64')" | base64 -d >"$file"
	python3 "$abs_top_srcdir/tests/faults/rewrite.py" "$file" intent=null
	sql "$DB" "UPDATE credence.record SET revision = revision + 1, bytes = decode('$(base64 -w 0 "$file")', 'base64') WHERE key = 'crm'"
}

@test "two renewals of one parent, since the lock was lost: both callers get what was saved first" {
	local last
	stored "$(over_socket)"
	host alpha
	host beta
	expired
	held_up at alpha --timeout 60s token crm >"$BATS_TEST_TMPDIR/first"
	# Without its lock and its intent nothing keeps the other off.
	cut_off
	without_intent
	last=$(at beta token crm)
	let_go
	wait "$pid"
	[ "$(total renewals)" = 2 ]
	[ "$(<"$BATS_TEST_TMPDIR/first")" = "$last" ]
	[ "$(at beta token crm)" = "$last" ]
}

@test "a record that is there already is not replaced, whatever its revision" {
	stored "$(over_socket)"
	login crm
	# Nothing can be read of it, and what it has is not what is expected.
	sql "$DB" "UPDATE credence.record SET revision = 1000000 WHERE key = 'crm'"
	fails 6 credence refresh crm
	[[ $error == *"was changed meanwhile" ]]
	[ "$(record revision)" = 1000000 ]
	[ "$(total renewals)" = 0 ]
}

# -- Lost connections and servers that don't answer --

@test "the server is started again between two calls" {
	stored "$(over_tls)"
	login crm
	postgres_down fast
	fails 6 credence token crm
	postgres_up
	credence token crm
	credence refresh crm
}

@test "the server is started again within a call: what was received is saved" {
	stored "$(over_socket)"
	login crm
	held_up credence -v --timeout 60s refresh crm 2>"$BATS_TEST_TMPDIR/err"
	postgres_down immediate
	postgres_up
	let_go
	wait "$pid"
	grep -q 'the connection to the database was lost, and with it the lock' "$BATS_TEST_TMPDIR/err"
	[ "$(total renewals)" = 1 ]
	credence token crm
	[[ $(record "convert_from(bytes, 'UTF8')") == *'"renewed"'* ]]
}

@test "a connection that is cut while the request is under way: another host sends nothing" {
	local before
	stored "$(over_socket)"
	host alpha
	host beta
	expired
	before=$(total token_requests)
	held_up on alpha --timeout 60s token crm >"$BATS_TEST_TMPDIR/token"
	cut_off
	fails 6 on beta --timeout 8s token crm
	[[ $error == *"host alpha is renewing this credential" ]]
	let_go
	wait "$pid"
	[ "$(total token_requests)" = $((before + 1)) ]
	[ "$(on beta token crm)" = "$(<"$BATS_TEST_TMPDIR/token")" ]
}

@test "a stopped server is given up at the deadline, and Ctrl-C is heard at once" {
	stored "$(over_socket)"
	login crm
	postgres_signal STOP
	within 20 fails 6 credence --timeout 3s token crm
	[[ $error == *"did not answer in time" ]]
	interrupted "$abs_top_builddir/credence" -C "$CONF" token crm
	postgres_signal CONT
	credence token crm
}

@test "a server that stops within a session is given up at the deadline, too" {
	local start pid
	stored "$(over_socket)"
	login crm
	start=$SECONDS
	held_up credence --timeout 10s refresh crm 2>"$BATS_TEST_TMPDIR/err"
	sql "$DB" "SELECT pid FROM pg_stat_activity WHERE usename = 'app' AND datname = '$DB'" >"$BATS_TEST_TMPDIR/pids"
	xargs kill -STOP <"$BATS_TEST_TMPDIR/pids"
	let_go
	wait "$pid" && false
	[ $((SECONDS - start)) -lt 25 ]
	xargs kill -CONT <"$BATS_TEST_TMPDIR/pids"
	cat "$BATS_TEST_TMPDIR/err"
	grep -q 'did not answer in time' "$BATS_TEST_TMPDIR/err"
	# Nothing that was received is lost.
	credence token crm
	credence refresh crm
}

@test "a statement may take as long as the call has, though the lock was tried in less" {
	stored "$(over_socket)" '' 'limits = { refresh_tokens = { count = 0; window = "10m"; live = 0; per = "refresh_token"; }; }'
	login crm
	credence logout crm
	sql "$DB" "CREATE FUNCTION public.late() RETURNS trigger LANGUAGE plpgsql AS
		\$\$ BEGIN PERFORM pg_sleep(1.5); RETURN NEW; END \$\$;
		CREATE TRIGGER late BEFORE INSERT OR UPDATE ON credence.record FOR EACH ROW EXECUTE FUNCTION public.late()"
	login crm
	credence refresh crm
}

@test "a holder that is stopped loses the lock when its time is over" {
	local pid start=$SECONDS
	stored "$(over_socket)"
	host alpha
	host beta
	expired
	held_up command credence -C "$BATS_TEST_TMPDIR/alpha" --timeout 8s token crm
	kill -STOP "$pid"
	let_go
	# 8 s of its own, 5 s more.
	at beta --timeout 60s token crm
	[ $((SECONDS - start)) -ge 11 ]
	kill -CONT "$pid"
	wait "$pid" || :
}

# -- Clocks --

@test "what hosts write whose clocks are 90 s off is as old to all of them" {
	stored "$(over_socket)" '' 'refresh_before = "1s"'
	host ahead
	host behind
	login crm
	control mode -d access_life=40s >/dev/null
	clock +90 at ahead refresh crm
	# It is not thought to have expired, nor to live longer.
	clock -90 at behind token crm
	clock +45 at behind token crm
	[ "$(total renewals)" = 1 ]
	clock -90 at behind --json token crm >"$BATS_TEST_TMPDIR/token"
	jq -e '.expires_in <= 40' "$BATS_TEST_TMPDIR/token"
	[ "$(clock -90 date -d "$(jq -r .expires_at "$BATS_TEST_TMPDIR/token")" +%s)" -le $(($(date +%s) - 90 + 41)) ]
	run -0 --separate-stderr clock -90 at behind -v token crm --newer-than 1
	[[ $stderr == *"the clock of store postgres is 90 s ahead of this machine's"* ]]
}

@test "a first login by a host whose clock is 90 s off is as old to all of them, too" {
	local seconds left
	stored "$(over_socket)"
	host other
	control mode -d access_life=60s >/dev/null
	for seconds in +90 -90; do
		clock "$seconds" at other login crm < <(code)
		left=$(($(record "convert_from(bytes, 'UTF8')" | member 'access_tokens[0].expires_at' -) / 1000 - EPOCHSECONDS))
		[ "$left" -gt 30 ]
		[ "$left" -le 61 ]
		credence token crm
		[ "$(total renewals)" = 0 ]
		# Nobody has written there yet.
		sql "$DB" "DELETE FROM credence.record"
	done
}

@test "a limit's window holds where clocks are 90 s off" {
	control mode -d window=60s -d access_count=2 >/dev/null
	stored "$(over_socket)" '' 'limits = { access_tokens = { count = 2; window = "60s"; per = "refresh_token"; }; }'
	host ahead
	host behind
	login crm
	clock +90 at ahead refresh crm
	fails 7 clock -90 at behind refresh crm
	fails 7 clock +90 at ahead refresh crm
	run clock -90 at behind --json refresh crm
	# No longer than it takes.
	[ "$(jq -r .error.retry_after <<<"${lines[0]}")" -le 67 ]
	[ "$(total access_evictions)" = 0 ]
}

# in_file HOST: the profile has its record in a file from now on; as it was it is $was
in_file() {
	local profiles=$BATS_TEST_TMPDIR/$1/profiles.d
	was=$BATS_TEST_TMPDIR/$1/was.conf
	cp "$profiles/crm.conf" "$was"
	sed -i 's|^store = .*|store = "file";|' "$profiles/crm.conf"
}

# lives HOST: for how many seconds the host, whose clock is 90 s ahead, thinks the token good
lives() {
	clock +90 at "$1" --json token crm | jq .expires_in
}

@test "a record that is moved to a store with another clock keeps its age, there and back" {
	local was back life
	stored "$(over_socket)"
	login crm
	host ahead
	in_file ahead
	clock +90 at ahead move crm --from "$was"
	life=$(lives ahead)
	[ "$life" -gt 3560 ]
	[ "$life" -le 3600 ]
	back=$BATS_TEST_TMPDIR/back.conf
	cp "$BATS_TEST_TMPDIR/ahead/profiles.d/crm.conf" "$back"
	cp "$was" "$BATS_TEST_TMPDIR/ahead/profiles.d/crm.conf"
	clock +90 at ahead move crm --from "$back"
	life=$(credence --json token crm | jq .expires_in)
	[ "$life" -gt 3560 ]
	[ "$life" -le 3600 ]
}

@test "a back-up says the times by the clock of its host, and is the same where it is restored" {
	local was life file=$BATS_TEST_TMPDIR/backup key=file:$BATS_TEST_TMPDIR/key
	(umask 077 && head -c 32 /dev/urandom >"$BATS_TEST_TMPDIR/key")
	stored "$(over_socket)" '' 'limits = { access_tokens = { count = 2; window = "10m"; per = "refresh_token"; }; }'
	login crm
	host ahead
	host behind
	clock +90 at ahead backup "$file" --key "$key"
	clock +90 at ahead --json restore "$file" --key "$key" >"$BATS_TEST_TMPDIR/same"
	[ "$(jq -r .event "$BATS_TEST_TMPDIR/same" | sort -u)" = unchanged ]
	[ "$(wc -l <"$BATS_TEST_TMPDIR/same")" = 2 ]
	in_file ahead
	clock +90 at ahead restore "$file" --key "$key"
	life=$(lives ahead)
	[ "$life" -gt 3560 ]
	[ "$life" -le 3600 ]
	# To where it came from, by a host that has another clock than the one that made it.
	credence logout crm
	clock +90 at ahead backup "$file" --key "$key"
	clock +90 at behind restore "$file" --key "$key"
	life=$(credence --json token crm | jq .expires_in)
	[ "$life" -gt 3560 ]
	[ "$life" -le 3600 ]
}

# -- One renewal --

@test "two hosts of eight callers each: one renewal, one token" {
	stored "$(over_socket)"
	eight_each
}

@test "kill -9 around each word to the database: old or new, and no person is needed" {
	local n rc words fired=0
	stored "$(over_socket)" '' 'limits = { access_tokens = { count = 0; window = "10m"; per = "refresh_token"; }; }'
	control mode -d access_count=1000000 >/dev/null
	login crm
	ASAN_OPTIONS=detect_leaks=0 strace -f -qq -e trace=sendto,recvfrom -o "$BATS_TEST_TMPDIR/trace" \
		credence -C "$CONF" refresh crm
	for call in sendto recvfrom; do
		words=$(grep -c " $call(" "$BATS_TEST_TMPDIR/trace")
		for ((n = 1; n <= words; n++)); do
			rc=0
			ASAN_OPTIONS=detect_leaks=0 strace -f -qq -o /dev/null -e trace=$call -e inject=$call:signal=KILL:when=$n \
				credence -C "$CONF" refresh crm >/dev/null 2>&1 || rc=$?
			[ "$rc" != 137 ] || fired=$((fired + 1))
			[[ $(record "convert_from(bytes, 'UTF8')") == "credence1 $(record revision) "* ]]
			credence refresh crm </dev/null
			credence token crm </dev/null >/dev/null
		done
	done
	echo "# $fired deaths" >&3
	[ "$fired" -ge 20 ]
}

# -- Secrets --

@test "no secret in the arguments, the server's log or a message, with -v either" {
	stored "$(over_tls)"
	login crm
	ASAN_OPTIONS=detect_leaks=0 strace -f -qq -s 4096 -e trace=execve,write -o "$BATS_TEST_TMPDIR/trace" \
		credence -C "$CONF" -v refresh crm 2>"$BATS_TEST_TMPDIR/err"
	run -1 grep -E "CANARY|$(credence token crm)" "$BATS_TEST_TMPDIR/err"
	run -1 grep -F "$APP_PASSWORD" "$BATS_TEST_TMPDIR/trace"
	run -1 grep -F "$APP_PASSWORD" "$PG/log"
	grep -q 'UPDATE "credence".record' "$PG/log"
	run -1 grep -F "$(credence token crm | od -An -tx1 | tr -d ' \n' | head -c 40)" "$PG/log"
}

@test "the settings that a role or a database has set otherwise do not count" {
	stored "$(over_socket)"
	login crm
	sql postgres "ALTER DATABASE $DB SET synchronous_commit = off"
	sql postgres "ALTER DATABASE $DB SET search_path = evil"
	sql postgres "ALTER DATABASE $DB SET default_transaction_isolation = serializable"
	sql "$DB" "CREATE FUNCTION public.note() RETURNS trigger LANGUAGE plpgsql AS \$\$ BEGIN
			INSERT INTO public.note SELECT name, setting FROM pg_settings WHERE name IN ('synchronous_commit',
				'search_path', 'transaction_isolation', 'idle_session_timeout', 'tcp_user_timeout'); RETURN NEW; END \$\$;
		CREATE TABLE public.note (name text, setting text); GRANT ALL ON public.note TO app;
		CREATE TRIGGER note BEFORE UPDATE ON credence.record FOR EACH ROW EXECUTE FUNCTION public.note()"
	credence refresh crm
	[ "$(sql "$DB" "SELECT DISTINCT setting FROM public.note WHERE name = 'synchronous_commit'")" = on ]
	[ "$(sql "$DB" "SELECT DISTINCT setting FROM public.note WHERE name = 'search_path'")" = "pg_catalog, pg_temp" ]
	[ "$(sql "$DB" "SELECT DISTINCT setting FROM public.note WHERE name = 'transaction_isolation'")" = "read committed" ]
}
