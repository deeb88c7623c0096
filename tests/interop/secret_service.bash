# SPDX-License-Identifier: MIT
# A real GNOME Keyring on a session bus of its own, without a desktop and with nobody to ask: Debian's,
# unpacked and not installed. The bus starts nothing by itself.
#
#	keyring_start [PASSWORD]   # in the folder $KR, which is kept from one start to the next
#	keyring_stop               # daemon and bus
#	$KR_BUS                    # the address; $KR_PID and $KR_BUS_PID are the processes
#	keyring_tool WORDS…        # secret-tool on that bus
#	keyring_call PATH METHOD ARGUMENT…   # one call to the service, by dbus-send

load "$abs_top_srcdir/tests/interop/deb.bash"
KR_AS=()

# keyring_env: the words that run a command with the keyring's own folders and none of this machine's
# session, in $KR_ENV. (A function would put a shell between.) Those of $KR_AS come first.
keyring_env() {
	KR_ENV=("${KR_AS[@]}" env -u DISPLAY -u WAYLAND_DISPLAY -u GNOME_KEYRING_CONTROL HOME="$KR"
		XDG_RUNTIME_DIR="$KR/run" XDG_DATA_HOME="$KR/data" XDG_CACHE_HOME="$KR/cache"
		XDG_CONFIG_HOME="$KR/config" DBUS_SESSION_BUS_ADDRESS="$KR_BUS" LD_LIBRARY_PATH="$KR_LIBRARY")
}

keyring_programs() {
	local root
	[ -z "${KR_BIN-}" ] || return 0
	root=$(deb_folder keyring gnome-keyring libsecret-tools dbus-daemon dbus-bin) || return
	KR_LIBRARY=$(deb_library "$root") KR_BIN=$root/usr/bin
	export KR_LIBRARY KR_BIN
}

keyring_owned() {
	"${KR_ENV[@]}" "$KR_BIN/dbus-send" --session --print-reply --dest=org.freedesktop.DBus / \
		org.freedesktop.DBus.NameHasOwner string:org.freedesktop.secrets 2>/dev/null | grep -q true
}

# The socket's path must be short.
keyring_bus() {
	cat >"$KR/bus.conf" <<-EOF
		<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
		 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
		<busconfig>
			<type>session</type>
			<listen>unix:path=$KR/bus</listen>
			<auth>EXTERNAL</auth>
			<policy context="default">
				<allow send_destination="*" eavesdrop="true"/>
				<allow eavesdrop="true"/>
				<allow own="*"/>
			</policy>
		</busconfig>
	EOF
	"${KR_ENV[@]}" "$KR_BIN/dbus-daemon" --config-file="$KR/bus.conf" --nofork --nopidfile \
		>"$KR/bus.log" 2>&1 3>&- &
	KR_BUS_PID=$!
	until [ -S "$KR/bus" ]; do
		kill -0 "$KR_BUS_PID" || { cat "$KR/bus.log" >&2; return 1; }
		sleep 0.05
	done
}

# keyring_daemon PASSWORD: unlocks with it, and makes the keyring "login" if there is none; with a wrong
# one, and with none, it stays locked.
keyring_daemon() {
	local unlock=(--unlock)
	[ -n "$1" ] || unlock=()
	"${KR_ENV[@]}" "$KR_BIN/gnome-keyring-daemon" --foreground "${unlock[@]}" --components=secrets \
		< <(printf %s "$1") >"$KR/log" 2>&1 3>&- &
	KR_PID=$!
	until keyring_owned; do
		kill -0 "$KR_PID" || { cat "$KR/log" >&2; return 1; }
		sleep 0.05
	done
}

keyring_start() {
	[ -n "${KR-}" ] || KR=$(mktemp -d /tmp/credence-keyring.XXXXXX)
	KR_BUS=unix:path=$KR/bus
	export KR KR_BUS
	mkdir -p -m 700 "$KR/run" "$KR/data"
	keyring_programs || return
	keyring_env
	keyring_bus && keyring_daemon "${1-password}"
}

# keyring_end PID: whatever state it is in
keyring_end() {
	[ -n "${1-}" ] || return 0
	kill -CONT "$1" 2>/dev/null || return 0
	kill "$1" 2>/dev/null || :
	wait "$1" 2>/dev/null || :
}

keyring_stop() {
	keyring_end "${KR_PID-}"
	keyring_end "${KR_BUS_PID-}"
	KR_PID='' KR_BUS_PID=''
	[ -z "${KR-}" ] || rm -f "$KR/bus"
}

# keyring_done: nothing is left
keyring_done() {
	keyring_stop
	[ -z "${KR-}" ] || rm -rf "$KR"
}

keyring_tool() {
	"${KR_ENV[@]}" "$KR_BIN/secret-tool" "$@"
}

keyring_call() {
	local path=$1 method=$2
	shift 2
	"${KR_ENV[@]}" "$KR_BIN/dbus-send" --session --print-reply --dest=org.freedesktop.secrets "$path" "$method" "$@"
}
