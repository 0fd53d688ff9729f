package run

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/hw/profiles"
	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/scenarios/result"
)

// plainRack is one server at 100 Gbps without services, measured for 90 us.
const plainRack = `version: 1
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

// scenario reads a scenario's text with overrides.
func scenario(t testing.TB, text string, sets ...string) *scenarios.Scenario {
	t.Helper()
	s, err := scenarios.LoadBytes("test.yaml", []byte(text), sets)
	require.NoError(t, err)
	return s
}

// quickstart reads the scenario that the program ships, shortened.
func quickstart(t testing.TB, sets ...string) *scenarios.Scenario {
	t.Helper()
	s, err := scenarios.LoadFile("../quickstart.yaml", append([]string{"run.duration=200us", "run.warmup=20us"}, sets...))
	require.NoError(t, err)
	return s
}

// simulate runs a scenario.
func simulate(t testing.TB, s *scenarios.Scenario) *result.Report {
	t.Helper()
	r, _, err := Scenario(context.Background(), s, Options{Jobs: 4, TraceSeq: -1})
	require.NoError(t, err)
	require.True(t, r.Complete)
	return r
}

// metrics runs a scenario of one placement and returns what it measured of everything.
func metrics(t testing.TB, text string, sets ...string) map[string]float64 {
	t.Helper()
	r := simulate(t, scenario(t, text, sets...))
	require.Equal(t, result.OK, r.Results[0].Status, r.Results[0].Reasons)
	require.Equal(t, result.All, r.Results[0].Class)
	return r.Results[0].Metrics
}

// row finds a result.
func row(t testing.TB, r *result.Report, placement, class, direction string) *result.Result {
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

// station finds a station of a result.
func station(t testing.TB, x *result.Result, name string) result.Station {
	t.Helper()
	for _, s := range x.Stations {
		if s.Name == name {
			return s
		}
	}
	require.Failf(t, "no such station", "%s in %s", name, x.Placement)
	return result.Station{}
}

// text is the report as JSON.
func text(t testing.TB, r *result.Report) string {
	t.Helper()
	b, err := json.MarshalIndent(r, "", " ")
	require.NoError(t, err)
	return string(b)
}

// fixture writes the reference profile with other values, given as path and value in turn, and returns the override
// that makes a scenario use it.
func fixture(t testing.TB, changes ...string) string {
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
