#!/usr/bin/env bash
# Fails for functions that no program of the module reaches, but for those of scripts/dead.txt.
# Usage: scripts/dead.sh DEADCODE
set -euo pipefail
cd "$(dirname "$0")/.."
found=$("$1" -f '{{range .Funcs}}{{println $.Path .Name}}{{end}}' ./cmd/... ./scenarios/captures/gen | sed -n 's|^github.com/dsnsim/dsnsim/||p' | sort)
known=$(sed 's/#.*//; s/ *$//; /^$/d' scripts/dead.txt | sort)
new=$(comm -23 <(echo "$found") <(echo "$known"))
gone=$(comm -13 <(echo "$found") <(echo "$known"))
[ -z "$new" ] || printf 'only tests call these; delete them, or move them into a test file:\n%s\n' "$new"
[ -z "$gone" ] || printf 'scripts/dead.txt lists what is not dead:\n%s\n' "$gone"
[ -z "$new$gone" ]
