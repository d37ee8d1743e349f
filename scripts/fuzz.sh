#!/usr/bin/env bash
# Runs every fuzz target, one after the other, each for FUZZTIME: a time (10s)
# or a count of inputs (2000x). A count begins with the seeds alone, so that
# the work is the same everywhere; a time goes on from what earlier runs found,
# which Go keeps in its cache. An argument picks targets by a pattern:
#
#	FUZZTIME=2m scripts/fuzz.sh Cookies
#
# "context deadline exceeded" without an input is no finding: Go says so now and
# then where a time is over (golang/go, internal/fuzz). Counts are never over so.
#
# An input that fails is left below the package's testdata/fuzz, where go test
# runs it again until it is mended. Each package is built once, and without the
# race detector: go test has run the seeds under it.
set -euo pipefail
cd "$(dirname "$0")/.."

fuzztime=${FUZZTIME:-10s}
pattern=${1:-.}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
case $fuzztime in
*x) found=$work/found ;;
*) found=$(go env GOCACHE)/fuzz ;;
esac

run() { # PACKAGE BINARY TARGET
	(cd "$1" && "$2" -test.run='^$' -test.fuzz="^$3\$" -test.fuzztime="$fuzztime" \
		-test.fuzzminimizetime=5s -test.fuzzcachedir="$found/$(go list .)" -test.parallel="$(nproc)")
}

failed=()
for package in $(grep -rl --include='*_test.go' '^func Fuzz' . | xargs -n1 dirname | sort -u); do
	targets=$(grep -h '^func Fuzz' "$package"/*_test.go | sed 's/^func \(Fuzz[A-Za-z0-9_]*\).*/\1/' | grep -E "$pattern" || true)
	[ -n "$targets" ] || continue
	go test -c -fuzz=. -o "$work/test" "$package"
	for target in $targets; do
		if output=$(run "$package" "$work/test" "$target" 2>&1); then
			echo "ok  $package $target: $(grep -o 'execs: [0-9]* ([0-9]*/sec).*' <<<"$output" | tail -n 1)"
			continue
		fi
		printf '%s\nFAIL %s %s\n' "$output" "$package" "$target"
		input=$(grep -o -m 1 'testdata/fuzz/[^ ]*' <<<"$output") || input="no input: see above"
		failed+=("$package $target $input")
	done
done

if [ ${#failed[@]} -gt 0 ]; then
	echo "Fuzzing failed; package, target and the input that fails:" >&2
	printf '\t%s\n' "${failed[@]}" >&2
	exit 1
fi
