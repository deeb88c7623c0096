# SPDX-License-Identifier: MIT
# An etcd of Debian's, of one node or several, with TLS by a CA of its own, $ETCD/ca.pem.
#
#	etcd_start [ADDRESS…]           # once a file: a node at each address; without one at 127.0.0.1
#	etcd_users                      # passwords from now on: root, and app, who has /credence/ alone
#	etcd_endpoints                  # for a profile: "https://127.0.0.1:PORT", …
#	etcd_ask NODE PATH JSON         # as root; prints the answer
#	etcd_get KEY                    # the value
#	etcd_leader                     # the number of the node that leads
#	etcd_kill NODE [SIGNAL]         # KILL, or STOP and CONT
#	etcd_kill_leader                # prints which it was
#	etcd_up NODE                    # again, with its data
#	etcd_heal                       # all of them, and waits until they are of use
#	etcd_stop
#
#	etcd_entry [OPTION…]            # a store's entry: records below $PREFIX
#	etcd_record [NODE]              # crm's
#	etcd_cut_off                    # every lock is lost
#
# Nodes count from 0. Clients need a certificate if $ETCD_CLIENT_CERT is set; $ETCD/client.pem is one,
# with its key. $ETCD_MORE holds more options for each node. A test that has its nodes elsewhere (in a
# network namespace) redefines etcd_in NODE COMMAND….

load "$abs_top_srcdir/tests/interop/deb.bash"

APP_PASSWORD='CANARY-"etcd"-password'
ROOT_PASSWORD='root-of-etcd'
ETCD_HOSTS=()

etcd_in() {
	"${@:2}"
}

etcd_ca() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout "$ETCD/$1.key" \
		-subj "/CN=$1" -days 2 -out "$ETCD/$1.pem" 2>/dev/null
}

# etcd_certificate NAME USAGE SUBJECT-ALTERNATIVE-NAME: $ETCD/NAME.pem and its key, of the CA
etcd_certificate() {
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout "$ETCD/$1.key" \
		-subj "/O=$1" -out "$ETCD/$1.csr" 2>/dev/null
	openssl x509 -req -in "$ETCD/$1.csr" -CA "$ETCD/ca.pem" -CAkey "$ETCD/ca.key" -CAcreateserial -days 2 \
		-extfile <(printf 'extendedKeyUsage=%s\nsubjectAltName=%s\n' "$2" "$3") -out "$ETCD/$1.pem" 2>/dev/null
}

# A node's gateway is a client of the node, with the node's certificate.
etcd_certificates() {
	local names
	names=$(printf 'IP:%s\n' 127.0.0.1 ::1 "${ETCD_HOSTS[@]}" | sort -u | paste -sd ,)
	etcd_ca ca
	etcd_ca other
	etcd_certificate server serverAuth,clientAuth "$names"
	etcd_certificate client clientAuth DNS:client
	(umask 077 && cat "$ETCD/client.key" >>"$ETCD/client.pem")
	chmod 600 "$ETCD"/*.key "$ETCD/client.pem"
}

# etcd_url NODE
etcd_url() {
	printf 'https://%s:%s' "${ETCD_HOSTS[$1]}" "${ETCD_PORTS[$1]}"
}

etcd_endpoints() {
	local i separator=
	for i in "${!ETCD_HOSTS[@]}"; do
		printf '%s"%s"' "$separator" "$(etcd_url "$i")"
		separator=', '
	done
}

etcd_members() {
	local i separator=
	for i in "${!ETCD_HOSTS[@]}"; do
		printf '%sn%s=http://%s:%s' "$separator" "$i" "${ETCD_HOSTS[$i]}" "${ETCD_PEER_PORTS[$i]}"
		separator=,
	done
}

# etcd_up NODE: starts it, and does not wait until it is of use
etcd_up() {
	local i=$1 peer=http://${ETCD_HOSTS[$1]}:${ETCD_PEER_PORTS[$1]}
	# shellcheck disable=SC2016,SC2086
	ETCD_UNSUPPORTED_ARCH=$(dpkg --print-architecture) etcd_in "$i" \
		setsid bash -c 'echo $$ >"$0" && exec "$@"' "$ETCD/n$i.pid" "$ETCD_BIN" --name "n$i" \
		--data-dir "$ETCD/n$i" --listen-client-urls "$(etcd_url "$i")" --advertise-client-urls "$(etcd_url "$i")" \
		--listen-peer-urls "$peer" --initial-advertise-peer-urls "$peer" --initial-cluster "$(etcd_members)" \
		--cert-file "$ETCD/server.pem" --key-file "$ETCD/server.key" \
		${ETCD_CLIENT_CERT:+--client-cert-auth --trusted-ca-file "$ETCD/ca.pem"} --unsafe-no-fsync --log-level warn ${ETCD_MORE-} \
		>>"$ETCD/n$i.log" 2>&1 </dev/null 3>&- &
	disown
}

# etcd_ready NODE: waits until it answers with a quorum behind it
etcd_ready() {
	local try
	for ((try = 0; try < 1200; try++)); do
		[ "$(etcd_curl "$1" /health 2>/dev/null | jq -r .health 2>/dev/null)" != true ] || return 0
		sleep 0.1
	done
	cat "$ETCD/n$1.log" >&2
	return 1
}

etcd_runs() {
	[ -s "$ETCD/n$1.pid" ] && kill -0 "$(<"$ETCD/n$1.pid")" 2>/dev/null
}

etcd_heal() {
	local i
	for i in "${!ETCD_HOSTS[@]}"; do
		if etcd_runs "$i"; then etcd_kill "$i" CONT; else etcd_up "$i"; fi
	done
	for i in "${!ETCD_HOSTS[@]}"; do
		etcd_ready "$i" || return
	done
}

etcd_start() {
	local root i
	root=$(deb_folder etcd etcd-server) || return
	ETCD_BIN=$root/usr/bin/etcd
	ETCD=$(mktemp -d /tmp/credence-etcd.XXXXXX)
	export ETCD
	ETCD_HOSTS=("$@") ETCD_PORTS=() ETCD_PEER_PORTS=()
	[ $# -gt 0 ] || ETCD_HOSTS=(127.0.0.1)
	for i in "${!ETCD_HOSTS[@]}"; do
		ETCD_PORTS+=("$(free_port)")
		ETCD_PEER_PORTS+=("$(free_port)")
	done
	etcd_certificates
	etcd_heal && etcd_export
}

# Arrays do not reach the tests of a file, which are other processes.
etcd_export() {
	declare -p ETCD_BIN ETCD_HOSTS ETCD_PORTS ETCD_PEER_PORTS >"$ETCD/variables"
}

# etcd_import: in setup()
etcd_import() {
	local line
	while IFS= read -r line; do
		eval "${line/declare/declare -g}"
	done <"$ETCD/variables"
}

etcd_stop() {
	local pid
	[ -n "${ETCD-}" ] || return 0
	for pid in "$ETCD"/*.pid; do
		[ ! -s "$pid" ] || kill -KILL "$(<"$pid")" 2>/dev/null || :
	done
	rm -rf "$ETCD"
}

etcd_kill() {
	local pid
	pid=$(<"$ETCD/n$1.pid")
	kill "-${2:-KILL}" "$pid"
	[ "${2:-KILL}" != KILL ] || while kill -0 "$pid" 2>/dev/null; do sleep 0.02; done
}

# -- Talking to it --

# etcd_curl NODE PATH [OPTION…]
etcd_curl() {
	local node=$1 path=$2
	shift 2
	etcd_in "$node" curl -sS -m 10 --cacert "$ETCD/ca.pem" --cert "$ETCD/client.pem" "$@" "$(etcd_url "$node")$path"
}

etcd_ask() {
	local token=
	[ ! -e "$ETCD/users" ] || token=$(etcd_curl "$1" /v3/auth/authenticate \
		-d "$(jq -nc --arg p "$ROOT_PASSWORD" '{name: "root", password: $p}')" | jq -r .token)
	etcd_curl "$1" "$2" ${token:+-H "Authorization: $token"} -d "$3"
}

etcd_b64() {
	printf %s "$1" | base64 -w 0
}

# etcd_get KEY [NODE]
etcd_get() {
	etcd_ask "${2:-0}" /v3/kv/range "{\"key\": \"$(etcd_b64 "$1")\"}" | jq -r '.kvs[0].value // empty' | base64 -d
}

etcd_users() {
	local from to
	from=$(etcd_b64 /credence/) to=$(etcd_b64 /credence0)
	{
		etcd_ask 0 /v3/auth/user/add "{\"name\": \"root\", \"password\": \"$ROOT_PASSWORD\"}"
		etcd_ask 0 /v3/auth/user/add "$(jq -nc --arg p "$APP_PASSWORD" '{name: "app", password: $p}')"
		etcd_ask 0 /v3/auth/role/add '{"name": "root"}'
		etcd_ask 0 /v3/auth/role/add '{"name": "app"}'
		etcd_ask 0 /v3/auth/user/grant '{"user": "root", "role": "root"}'
		etcd_ask 0 /v3/auth/user/grant '{"user": "app", "role": "app"}'
		etcd_ask 0 /v3/auth/role/grant \
			"{\"name\": \"app\", \"perm\": {\"permType\": 2, \"key\": \"$from\", \"range_end\": \"$to\"}}"
		etcd_ask 0 /v3/auth/enable '{}'
	} >"$ETCD/users.log" && touch "$ETCD/users"
	! grep error "$ETCD/users.log"
}

# The node that says that it leads; waits until there is one.
etcd_leader() {
	local i try status
	for ((try = 0; try < 100; try++)); do
		for i in "${!ETCD_HOSTS[@]}"; do
			status=$(etcd_curl "$i" /v3/maintenance/status -m 5 -d '{}' 2>/dev/null) || continue
			if [ "$(jq -r '.leader == .header.member_id and .leader != null' <<<"$status")" = true ]; then
				echo "$i"
				return
			fi
		done
		sleep 0.1
	done
	return 1
}

etcd_kill_leader() {
	local leader
	leader=$(etcd_leader) && etcd_kill "$leader" && echo "$leader"
}

# -- A store's entry --

# An option replaces the one of that name; "NAME =" leaves it out.
etcd_entry() {
	local line name
	local -A option=(
		[endpoints]="[ $(etcd_endpoints) ]"
		[ca_file]="\"$ETCD/ca.pem\""
		[client_cert]="\"$ETCD/client.pem\""
		[user]='"app"'
		[password]="\"file:$CONF/password\""
		[prefix]="\"$PREFIX\""
	)
	[ -e "$ETCD/users" ] || option[user]='' option[password]=''
	for line; do
		name=${line%%[ =]*}
		line=${line#*=}
		option[$name]=${line# }
	done
	printf '{ use = "etcd"; control = "required"; '
	for name in "${!option[@]}"; do
		[ -z "${option[$name]}" ] || printf '%s = %s; ' "$name" "${option[$name]}"
	done
	printf '}'
}

etcd_record() {
	etcd_get "$PREFIX/record/crm" "$@"
}

# Every lease ends, and with it every lock.
etcd_cut_off() {
	local lease
	for lease in $(etcd_ask 0 /v3/lease/leases '{}' | jq -r '.leases[]?.ID'); do
		etcd_ask 0 /v3/lease/revoke "{\"ID\": \"$lease\"}" >/dev/null
	done
}
