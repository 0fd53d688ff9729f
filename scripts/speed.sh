#!/usr/bin/env bash
# Runs the benchmarks once and writes their figures, and ratios of that run, between the two marks in README.md.
# BENCHTIME chooses how many packets or events each is run for.
set -euo pipefail
cd "$(dirname "$0")/.."
n=${BENCHTIME:-200000x}
args="./sim ./scenarios/run -run '^\$' -bench '^Benchmark(QueueHold|Star|Compare|Policy)\$' -benchtime $n"
out=$(mktemp)
trap 'rm -f "$out" "$out.new"' EXIT
eval go test "$args" | tee "$out" >&2
# From a line's unit back to its figure; names without the count of CPUs.
awk -v command="go test $args" '
	function figure(unit,   i) { for (i = 3; i < NF; i++) if ($(i + 1) == unit) return $i; return "" }
	/^cpu:/ { cpu = substr($0, 6) }
	/^Benchmark/ {
		name = $1; sub(/-[0-9]+$/, "", name); sub(/^Benchmark/, "", name)
		if (name == "QueueHold/pending=40") queue = figure("ns/op")
		if (name ~ /^Star/) { star = figure("ns/event"); rate = figure("pkt/cpu-s") }
		if (name ~ /^(Compare|Policy)/) { list[++n] = name; rates[name] = figure("pkt/cpu-s") }
	}
	function mega(x) { return sprintf("%.1f M", x / 1e6) }
	END {
		if (queue == "" || star == "" || !n || !rates["Compare/placement=nic"]) exit 1
		print "    " command "\n"
		print "| benchmark | what | packets a CPU second | CPU time a packet, nic = 1 |\n|---|---|--:|--:|"
		printf "| `Star` | the bare kernel: 40 senders, a switch, 40 receivers | %s | %.2f |\n", mega(rate), rates["Compare/placement=nic"] / rate
		for (i = 1; i <= n; i++) {
			what = "the quickstart in one placement"
			if (list[i] ~ /none$/) what = "in nic, a firewall without rules"
			if (list[i] ~ /stateless$/) what = "in nic, 1,000 rules and routes"
			if (list[i] ~ /stateful$/) what = "in nic, and connections followed"
			printf "| `%s` | %s | %s | %.2f |\n", list[i], what, mega(rates[list[i]]), rates["Compare/placement=nic"] / rates[list[i]]
		}
		printf "\nAn event of `Star`, with all that happens at it, takes %.1f times the bare event queue (`QueueHold`, as many events pending).\n", star / queue
		printf "Measured on %s, shared with other work.\n", cpu
	}' "$out" > "$out.new"
awk -v block="$out.new" '
	/^<!-- end of speed -->/ { skip = 0 }
	!skip { print }
	/^<!-- speed:/ { skip = 1; while ((getline line < block) > 0) print line }' README.md > "$out"
cat "$out" > README.md
