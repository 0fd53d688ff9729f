#!/usr/bin/env bash
# Compares the JSON of every shipped scenario between a revision and the program as built, versions left out.
# Usage: scripts/same.sh REVISION
set -euo pipefail
cd "$(dirname "$0")/.."
old=$(mktemp -d)
trap 'git worktree remove --force "$old/tree" >/dev/null 2>&1 || true; rm -rf "$old"' EXIT
git worktree add --detach "$old/tree" "${1:?which revision to compare with}" >/dev/null 2>&1
(cd "$old/tree" && go build -trimpath -o "$old/dsnsim" ./cmd/dsnsim)
# What a run prints: exit codes other than 0 (an expectation that fails) are as good as others here.
print() { "$1" run "$2" --quiet --format json 2>/dev/null | sed -E 's/"(version|revision)": *"[^"]*"//' || true; }
rc=0
for file in scenarios/*.yaml; do
	if ! cmp -s <(print "$old/dsnsim" "$file") <(print bin/dsnsim "$file"); then
		echo "other bytes: $file"
		rc=1
	fi
done
exit $rc
