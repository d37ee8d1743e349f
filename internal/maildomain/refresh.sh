#!/bin/sh
# Replaces public.txt by the list of another version of the npm package
# free-email-domains: refresh.sh [VERSION]. The package is only unpacked; none
# of its scripts run. Needs npm and node; look at the diff before committing.
# What the package lacks stands in more.txt, which this leaves alone.
set -eu
version="${1:-latest}"
here="$(cd "$(dirname "$0")" && pwd)"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

cd "$work"
npm pack --silent --ignore-scripts "free-email-domains@$version" >/dev/null
tar -xzf free-email-domains-*.tgz
node >public.txt <<'SCRIPT'
const { version, license } = require("./package/package.json")
const domains = new Set(require("./package/domains.json").map((d) => d.trim().toLowerCase()))
const wellFormed = /^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z0-9-]+$/
console.log("# Public mail domains, from the npm package free-email-domains " + version + " (" + license + ").")
console.log("# Made by refresh.sh; do not edit.")
console.log([...domains].filter((d) => wellFormed.test(d)).sort().join("\n"))
SCRIPT
test "$(wc -l <public.txt)" -gt 5000 || { echo "the list has shrunk beyond belief; nothing was replaced" >&2; exit 1; }
mv public.txt "$here/public.txt"
install -m 644 package/LICENSE.md "$here/LICENSE.free-email-domains"
