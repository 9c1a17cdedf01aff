# shellcheck shell=bash
# lint.sh - sourced by the checks that call a tool: the files, the report.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

# tools NAME ...: no verdict without them.
tools() {
	local tool
	for tool; do
		command -v "$tool" >/dev/null || { echo "lint: $tool is missing" && exit 1; }
	done
}

# files PATTERN ...: paths, NUL-separated, new files included, what git ignores
# not ("*": all).
files() {
	local file
	git ls-files -z --cached --others --exclude-standard -- "$@" | sort -zu |
		while IFS= read -rd '' file; do
			[ ! -f "$file" ] || printf '%s\0' "$file"
		done
}

# The flags of the build, into the array "flags"; the root is the folder we are in.
read_flags() {
	local build=${EISEN_BUILDDIR:-build}
	make -s -C "$build" Makefile >/dev/null
	mapfile -t flags < <(make -s -C "$build" print-cflags)
	flags+=(-I. -Iinclude)
}

# report FINDINGS: print the verdict and leave.
report() {
	local name=${0##*/}
	if [ -n "$1" ]; then
		printf '%s\nlint: %s: findings above\n' "$1" "$name"
		exit 1
	fi
	printf 'lint: %s ok\n' "$name"
	exit 0
}
