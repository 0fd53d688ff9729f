package scenarios_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/scenarios/load"
	"github.com/dsnsim/dsnsim/sim/units"
)

// scale is what a target sets.
type scale struct {
	NIC, Uplink                    units.Rate
	VMs                            int
	Rules, Routes, Tracked, Opened units.Count
}

func scaleOf(s *scenarios.Scenario) scale {
	return scale{s.Rack.Server.NIC.Rate, s.Rack.Uplink, s.Rack.Server.VMs, s.Services[0].Rules, s.Services[1].Routes, s.Services[0].FlowEntries,
		s.Traffic[0].Flows.Concurrent}
}

const forTargets = "version: 1\nservices: [{firewall: {stateful: true}}, route]\ntraffic: [{sizes: imix, load: 5%}]\n"

// What a target sets is what docs/targets.md says, from the chapter.
func TestTargets(t *testing.T) {
	provider := scale{100 * units.Gbps, 400 * units.Gbps, 100, 0, 0, 1_000_000, 100_000}
	for name, want := range map[string]scale{
		"":                         {100 * units.Gbps, 100 * units.Gbps, 8, 0, 0, 0, 1000},
		"target: enterprise":       {25 * units.Gbps, 100 * units.Gbps, 8, 1000, 1000, 0, 25_000},
		"target: cloud":            provider,
		"target: service-provider": provider,
	} {
		assert.Equal(t, want, scaleOf(loaded(t, forTargets+name)), name)
	}
}

// A target never overrides what the file or the command line says, not even a default in words.
func TestTargetsGiveWay(t *testing.T) {
	const said = `version: 1
rack: {server: {nic: {rate: 50Gbps}, vms: 8}, uplink: 200Gbps}
services: [{firewall: {stateful: true, flows: 77, rules: 0}}, {route: {routes: 5}}]
traffic: [{sizes: imix, load: 5%, flows: {concurrent: 1000}}]
`
	want := scale{50 * units.Gbps, 200 * units.Gbps, 8, 0, 5, 77, 1000}
	for _, name := range []string{"", "target: enterprise", "target: cloud"} {
		assert.Equal(t, want, scaleOf(loaded(t, said+name)), name)
	}
	s, err := load.Bytes("t.yaml", []byte(forTargets+"target: cloud"), []string{"rack.server.vms=9", "services.1={route: {routes: 6}}", "traffic.0.flows.size=1Mb"})
	require.NoError(t, err)
	assert.Equal(t, 9, s.Rack.Server.VMs)
	assert.EqualValues(t, 6, s.Services[1].Routes)
	assert.EqualValues(t, 100_000, s.Traffic[0].Flows.Concurrent, "other keys of the same map leave it open")
	s, err = load.Bytes("t.yaml", []byte(forTargets+"target: cloud"), []string{"target=enterprise"})
	require.NoError(t, err)
	assert.Equal(t, 25*units.Gbps, s.Rack.Server.NIC.Rate)
}

// Only synthetic classes and tables without a file are filled in.
func TestTargetsLeaveOtherThingsAlone(t *testing.T) {
	s := loaded(t, `version: 1
target: cloud
services: [firewall, {ipsec: {tunnels: 3}}]
traffic: [{pcap: a.pcap}, {syn_flood: 1Mpps}]
`)
	assert.Zero(t, s.Services[0].FlowEntries, "it follows no connections")
	assert.EqualValues(t, 3, s.Services[1].Tunnels)
	assert.EqualValues(t, scenarios.DefaultFlows, s.Traffic[0].Flows.Concurrent)
	listed := loaded(t, `version: 1
target: enterprise
services: [{firewall: {rules: [{action: permit}]}}]
traffic: [{pcap: a.pcap}]
`)
	assert.EqualValues(t, 1, listed.Services[0].Rules)
	_, err := load.Bytes("t.yaml", []byte(forTargets+"target: clowd"), nil)
	assert.ErrorContains(t, err, `did you mean "cloud"?`)
}

// The page of the presets names every one of them.
func TestTargetsAreDocumented(t *testing.T) {
	page, err := os.ReadFile(filepath.FromSlash("../docs/targets.md"))
	require.NoError(t, err)
	for _, want := range []string{"25Gbps", "100Gbps", "400Gbps", "| 100 |", "1,000,000", "25,000", "100,000", "rack.server.vms", "services.*.firewall.flows", "traffic.*.flows.concurrent"} {
		assert.Contains(t, string(page), want)
	}
}
