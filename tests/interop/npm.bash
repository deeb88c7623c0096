# SPDX-License-Identifier: MIT
# Programs of the npm registry that the tests talk to: each folder here with a package.json has its
# exact versions in package-lock.json, installed below the build folder when first needed.

# npm_folder NAME: installs tests/interop/NAME and prints where it is.
npm_folder() {
	local from=$abs_top_srcdir/tests/interop/$1 to=$abs_top_builddir/tests/interop/installed/$1
	mkdir -p "$to"
	(
		flock 9
		if ! cmp -s "$from/package-lock.json" "$to/installed"; then
			rm -rf "$to/node_modules"
			cp "$from"/* "$to/"
			chmod u+w "$to"/*
			(cd "$to" && npm ci --prefer-offline --no-audit --no-fund --ignore-scripts)
			cp "$from/package-lock.json" "$to/installed"
		else
			cp "$from"/*.mjs "$to/"
		fi
	) 9>"$to/lock" >"$to/npm.log" 2>&1 || {
		cat "$to/npm.log" >&2
		return 1
	}
	printf '%s\n' "$to"
}
