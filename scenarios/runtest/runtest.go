// Package runtest is what tests of runs have in common: scenarios in short, and where to look in a report. Tests only use it.
package runtest

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/hw/profiles"
	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/scenarios/load"
	"github.com/dsnsim/dsnsim/scenarios/result"
)

// PlainRack is one server at 100 Gbps without services, measured for 90 us.
const PlainRack = `version: 1
name: test
rack:
  server: {cores: 32, vms: 8, pcie: {gen: 4, lanes: 16}, nic: {rate: 100Gbps}}
  uplink: 100Gbps
dsn: {profile: reference-100g}
services: []
traffic: [{name: a, sizes: 400B, load: 100%, arrivals: constant}]
run: {duration: 100us, warmup: 10us, seed: 1}
placements: [nic]
`

// Scenario reads a scenario's text with overrides.
func Scenario(t testing.TB, text string, sets ...string) *scenarios.Scenario {
	t.Helper()
	s, err := load.Bytes("test.yaml", []byte(text), sets)
	require.NoError(t, err)
	return s
}

// Quickstart reads the Scenario that the program ships, shortened.
func Quickstart(t testing.TB, sets ...string) *scenarios.Scenario {
	t.Helper()
	s, err := load.File("../quickstart.yaml", append([]string{"run.duration=200us", "run.warmup=20us"}, sets...))
	require.NoError(t, err)
	return s
}

// Row finds a result.
func Row(t testing.TB, r *result.Report, placement, class, direction string) *result.Result {
	t.Helper()
	for i := range r.Results {
		x := &r.Results[i]
		if x.Placement == placement && x.Class == class && x.Direction == direction {
			return x
		}
	}
	require.Failf(t, "no such row", "%s %s %s", placement, class, direction)
	return nil
}

// Station finds a Station of a result.
func Station(t testing.TB, x *result.Result, name string) result.Station {
	t.Helper()
	for _, s := range x.Stations {
		if s.Name == name {
			return s
		}
	}
	require.Failf(t, "no such station", "%s in %s", name, x.Placement)
	return result.Station{}
}

// Text is the report as JSON.
func Text(t testing.TB, r *result.Report) string {
	t.Helper()
	b, err := json.MarshalIndent(r, "", " ")
	require.NoError(t, err)
	return string(b)
}

// Fixture writes the reference profile with other values, given as path and value in turn, and returns the override
// that makes a Scenario use it.
func Fixture(t testing.TB, changes ...string) string {
	t.Helper()
	src, err := profiles.Files.ReadFile("reference-100g.yaml")
	require.NoError(t, err)
	lines := strings.Split(string(src), "\n")
	for i := 0; i < len(changes); i += 2 {
		change(t, lines, strings.Split(changes[i], "."), changes[i+1])
	}
	dir, err := os.MkdirTemp("", "dsn") // shorter than t.TempDir
	require.NoError(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	path := filepath.Join(dir, "fixture.yaml")
	require.NoError(t, os.WriteFile(path, []byte(strings.Join(lines, "\n")), 0o600))
	return "dsn.profile=" + path
}

// change replaces the constant at a path of keys, whose range goes with its value.
func change(t testing.TB, lines []string, path []string, value string) {
	t.Helper()
	depth := 0
	for i, line := range lines {
		indent := len(line) - len(strings.TrimLeft(line, " "))
		key, _, _ := strings.Cut(strings.TrimSpace(line), ":")
		if indent < 2*depth && strings.TrimSpace(line) != "" {
			break // the mapping ended
		}
		if indent != 2*depth || key != path[depth] {
			continue
		}
		if depth++; depth == len(path) {
			lines[i] = strings.Repeat(" ", indent) + key + ": {value: " + value + `, assumed: "for a test"}`
			return
		}
	}
	require.Failf(t, "no such constant", "%v", path)
}

// Hot is a card whose crypto cores, on the pipeline's clock, are the bottleneck of what it is sent.
const Hot = `version: 1
name: hot
rack: {server: {pcie: {gen: 5, lanes: 16}, nic: {rate: 100Gbps}}, uplink: 200Gbps}
dsn: {profile: reference-100g, power: {budget: 23W, over: throttle}}
services: [ipsec, vxlan, firewall, route]
traffic: [{name: a, sizes: 400B, load: 95%, direction: both, arrivals: poisson}]
run: {duration: 6ms, warmup: 4ms, seed: 1}
placements: [nic]
`

// AllPlaces is the plain rack in every placement, with the whole chain.
func AllPlaces(load string, sets ...string) []string {
	return append([]string{"services=[ipsec, vxlan, firewall, route]", "placements=[software, nic, bump-in-the-wire, tor, appliance]",
		"rack.server.nic.rate=25Gbps", strings.Replace(EvenLoad, "LOAD", load, 1)}, sets...)
}

// EvenLoad is a load whose figures double exactly when the load does: constant arrivals, one size, one flow for the caches.
const EvenLoad = "traffic=[{name: t, sizes: 400B, arrivals: constant, load: LOAD, direction: outbound, flows: {concurrent: 10}}]"

// Noisy is a server's link that is well loaded by packets that come at random, so that its delays differ between replications.
const Noisy = `version: 1
name: noisy
rack:
  server: {cores: 32, vms: 8, pcie: {gen: 4, lanes: 16}, nic: {rate: 25Gbps}}
  uplink: 100Gbps
services: [firewall]
traffic: [{name: web, sizes: imix, load: 80%, arrivals: poisson}]
run: {duration: 200us, warmup: 40us, seed: 3}
placements: [nic, tor]
`
