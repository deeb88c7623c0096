# SPDX-License-Identifier: MIT
# Servers that Debian packages and that the tests start by themselves: unpacked below the build folder
# when first needed, not installed, so that no service of them ever runs on this machine.

# Of the lists, the machine's own or those in $DEB_LISTS.
deb_apt() {
	local tool=$1
	shift
	"$tool" ${DEB_LISTS:+-o "Dir::State::lists=$DEB_LISTS" -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache=} \
		-o APT::Sandbox::User=root "$@"
}

# deb_missing PACKAGE…: those, and the libraries that they need and this machine lacks
deb_missing() {
	local package
	printf '%s\n' "$@"
	deb_apt apt-cache depends --recurse --important "$@" | sed -n '/^lib[^ <]*$/p' | sort -u |
		while read -r package; do
			dpkg-query -W -f '${db:Status-Status}\n' "${package%:*}" 2>/dev/null | grep -qx installed ||
				printf '%s\n' "$package"
		done
}

deb_download() {
	local -a packages
	mapfile -t packages < <(deb_missing "$@")
	((${#packages[@]} >= $#)) && deb_apt apt-get -qq download "${packages[@]}"
}

# Lists that are old or not there are got once more, for here alone.
deb_unpack() {
	local package
	rm -rf root deb && mkdir root deb && cd deb || return
	deb_download "$@" || {
		DEB_LISTS=$PWD/lists
		rm -f ./*.deb
		mkdir -p "$DEB_LISTS/partial"
		deb_apt apt-get -qq update && deb_download "$@" || return
	}
	for package in *.deb; do
		dpkg-deb -x "$package" ../root || return
	done
	cd .. && rm -rf deb
}

# deb_folder NAME PACKAGE…: unpacks them and prints where; deb_library FOLDER is for LD_LIBRARY_PATH.
deb_folder() {
	local to=$abs_top_builddir/tests/interop/installed/$1
	mkdir -p "$to"
	(
		flock 9
		cd "$to" || exit
		[ "$(cat unpacked 2>/dev/null)" = "$*" ] ||
			{ deb_unpack "${@:2}" && printf '%s' "$*" >unpacked; }
	) 9>"$to/lock" >"$to/log" 2>&1 || {
		cat "$to/log" >&2
		return 1
	}
	printf '%s/root\n' "$to"
}

deb_library() {
	printf '%s' "$1"/usr/lib/*-linux-*
}
