# SPDX-License-Identifier: MIT
# A PostgreSQL of Debian's, in a cluster of its own: a Unix socket in $PG, TLS on $PGPORT_ of the
# loopback addresses with a certificate for localhost of a CA of its own, $PG_CA/ca.pem.
#
#	postgres_start                  # once a file
#	postgres_database NAME          # with user app, who owns it; password in $APP_PASSWORD
#	sql NAME 'SELECT …'             # as the superuser
#	postgres_connection WORDS…      # a 0600 file with that connection string; prints its path
#
# $PG_ADDRESS, if it is set, is one more to listen on.
#
# PostgreSQL refuses to run as root; for root it is nobody's.

load "$abs_top_srcdir/tests/interop/deb.bash"

APP_PASSWORD='CANARY-database-password'

# As the user of the server.
postgres_user() {
	if [ "$(id -u)" = 0 ]; then
		setpriv --reuid=nobody --regid="$(id -gn nobody)" --clear-groups \
			env HOME="$PG" LD_LIBRARY_PATH="$PG_LIBRARY" "$@"
	else
		env HOME="$PG" LD_LIBRARY_PATH="$PG_LIBRARY" "$@"
	fi
}

postgres_root() {
	deb_folder postgres postgresql-15 postgresql-client-15
}

# Where that user can't reach the build folder, a copy.
postgres_programs() {
	local root
	root=$(postgres_root) || return
	PG_LIBRARY=$(deb_library "$root") PG_BIN=$root/usr/lib/postgresql/15/bin
	if ! (cd / && postgres_user test -x "$PG_BIN/postgres"); then
		cp -r "$root" "$PG/root" && chmod -R go+rX "$PG/root" || return
		PG_LIBRARY=$(deb_library "$PG/root") PG_BIN=$PG/root/usr/lib/postgresql/15/bin
	fi
	export PG_LIBRARY PG_BIN
}

# postgres_certificate NAME SUBJECT-ALTERNATIVE-NAME: $PG/NAME.pem and its key, of the CA
postgres_certificate() {
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout "$PG/$1.key" \
		-subj "/CN=$1" -out "$PG/$1.csr" 2>/dev/null
	openssl x509 -req -in "$PG/$1.csr" -CA "$PG_CA/ca.pem" -CAkey "$PG_CA/ca.key" -CAcreateserial -days 2 \
		-extfile <(printf 'subjectAltName=%s\n' "$2") -out "$PG/$1.pem" 2>/dev/null
}

postgres_ca() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout "$PG_CA/$1.key" \
		-subj "/CN=$1" -days 2 -out "$PG_CA/$1.pem" 2>/dev/null
}

postgres_up() {
	(cd "$PG" && postgres_user "$PG_BIN/pg_ctl" -D "$PG/data" -w -t 60 -l "$PG/log" start) \
		>"$PG/start.log" 3>&- || {
		cat "$PG/start.log" "$PG/log" >&2
		return 1
	}
}

# postgres_signal NAME: to the server's first process
postgres_signal() {
	kill "-$1" "$(head -n 1 "$PG/data/postmaster.pid")"
}

# postgres_down [MODE]
postgres_down() {
	(cd "$PG" && postgres_user "$PG_BIN/pg_ctl" -D "$PG/data" -w -t 30 -m "${1:-fast}" stop) >/dev/null
}

postgres_start() {
	PG=$(mktemp -d /tmp/credence-postgres.XXXXXX)
	# What says whom to trust is not the server's to write.
	PG_CA=$(mktemp -d /tmp/credence-postgres-ca.XXXXXX)
	PG_PORT=$(free_port)
	export PG PG_CA PG_PORT
	chmod 755 "$PG"
	postgres_programs || return
	postgres_ca ca
	postgres_ca other
	postgres_certificate server DNS:localhost
	chmod 600 "$PG"/*.key "$PG_CA"/*.key
	[ "$(id -u)" != 0 ] || chown nobody "$PG" "$PG/server.key"
	(cd "$PG" && postgres_user "$PG_BIN/initdb" -D "$PG/data" -A trust -U super --no-sync --locale=C -E UTF8) \
		>"$PG/initdb.log" 2>&1 || { cat "$PG/initdb.log" >&2; return 1; }
	cat >"$PG/data/pg_hba.conf" <<-EOF
		local all super trust
		local all all scram-sha-256
		hostssl all all all scram-sha-256
		hostnossl all all 127.0.0.1/32 scram-sha-256
	EOF
	cat >>"$PG/data/postgresql.conf" <<-EOF
		listen_addresses = '127.0.0.1,::1${PG_ADDRESS:+,$PG_ADDRESS}'
		port = $PG_PORT
		unix_socket_directories = '$PG'
		ssl = on
		ssl_cert_file = '$PG/server.pem'
		ssl_key_file = '$PG/server.key'
		fsync = off
		max_connections = 100
		shared_buffers = 16MB
		log_statement = all
		log_parameter_max_length = 0
	EOF
	ip -6 addr show dev lo 2>/dev/null | grep -q ::1 || sed -i 's/,::1//' "$PG/data/postgresql.conf"
	postgres_up
}

postgres_stop() {
	[ -n "${PG-}" ] || return 0
	{ postgres_signal CONT && postgres_down immediate; } 2>/dev/null || :
	rm -rf "$PG" "$PG_CA"
}

sql() {
	LD_LIBRARY_PATH=$PG_LIBRARY "$PG_BIN/psql" -X -q -A -t -v ON_ERROR_STOP=1 -h "$PG" -p "$PG_PORT" -U super \
		-d "$1" -c "$2"
}

postgres_database() {
	# The log is searched for it.
	PGOPTIONS='-c log_statement=none' sql postgres "DO \$\$ BEGIN IF to_regrole('app') IS NULL THEN CREATE ROLE app LOGIN PASSWORD '$APP_PASSWORD'; END IF; END \$\$"
	sql postgres "DROP DATABASE IF EXISTS $1 WITH (FORCE)" 2>/dev/null
	sql postgres "CREATE DATABASE $1 OWNER app"
}

postgres_connection() {
	local file=${CONF:?}/connection
	(umask 077 && printf '%s\n' "$*" >"$file")
	printf '%s\n' "$file"
}
