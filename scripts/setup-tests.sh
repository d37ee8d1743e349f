#!/bin/sh
# Installs what the tests need beside Go: a C compiler for the race detector,
# Chromium for the browser, Node.js and npm for the certified OpenID provider.
# What is there already stays; on Debian and Ubuntu the rest is installed.
set -eu

missing=""
need() { # COMMAND PACKAGE
	command -v "$1" >/dev/null 2>&1 || missing="$missing $2"
}
need gcc gcc
need chromium chromium
need node nodejs
need npm npm
sudo=""
[ "$(id -u)" = 0 ] || sudo=sudo

if [ -n "$missing" ]; then
	if ! command -v apt-get >/dev/null 2>&1; then
		echo "The tests need these programs:$missing. Install them and try again." >&2
		exit 1
	fi
	$sudo apt-get update -qq
	# shellcheck disable=SC2086 # a list of packages
	DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends $missing
fi

# The provider needs Node.js 20; Debian 12 has 18. npm carries later ones.
hash -r
if [ "$(node -p 'process.versions.node.split(".")[0]')" -lt 20 ]; then
	$sudo npm install --global --silent node@22
	hash -r
	[ "$(node -p 'process.versions.node.split(".")[0]')" -ge 20 ] || {
		echo "The tests need Node.js 20 or later in front of $(command -v node) on the PATH." >&2
		exit 1
	}
fi
