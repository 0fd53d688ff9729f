package run

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/scenarios/result"
)

// overload is a server that gets more than its slot, or its cores, can carry.
type overload struct{ placement, slot, sizes, direction, cores string }

// overloads are by what is short: the wire up a slot, its credits, page walks, tags, host cores.
var overloads = []overload{
	{"nic", "{gen: 3, lanes: 8}", "64B", "both", "4"},
	{"nic", "{gen: 4, lanes: 4}", "64B", "both", "4"},
	{"nic", "{gen: 3, lanes: 8}", "64B", "inbound", "4"},
	{"nic", "{gen: 3, lanes: 8}", "64B", "outbound", "4"},
	{"nic", "{gen: 3, lanes: 4}", "imix", "both", "4"},
	{"nic", "{gen: 4, lanes: 1}", "1518B", "both", "4"},
	{"nic", "{gen: 4, lanes: 4, iommu: true, page: 4KiB}", "256B", "both", "4"},
	{"software", "{gen: 4, lanes: 16}", "64B", "inbound", "2"},
	{"software", "{gen: 4, lanes: 16}", "64B", "both", "4"},
	{"software", "{gen: 4, lanes: 1}", "9218B", "both", "8"},
	{"software", "{gen: 3, lanes: 1}", "64B", "both", "31"},
	{"bump-in-the-wire", "{gen: 3, lanes: 4}", "200B", "both", "4"},
	{"appliance", "{gen: 3, lanes: 2}", "400B", "both", "4"},
}

// at returns the scenario of an overload at a load in percent of a port of 100 Gbps.
func (c *overload) at(load int) string {
	entry := fmt.Sprintf("sizes: %s, load: %g%%, direction: %s", c.sizes, float64(load)/2, c.direction)
	return fmt.Sprintf(`version: 1
name: overload
rack: {server: {cores: 32, vms: 4, pcie: %s, nic: {rate: 100Gbps}}, uplink: 400Gbps}
dsn: {software: {cores: %s}}
services: [route]
traffic: [{name: a, %s}, {name: b, %s}]
run: {duration: 700us, warmup: 300us, seed: 1}
placements: [%s]
`, c.slot, c.cores, entry, entry, c.placement)
}

// In overload nothing breaks (each run checks that packets are conserved and Little's law), more load carries no less, and no
// direction starves the other. Short queues overflow within the warm-up.
func TestOverload(t *testing.T) {
	short := fixture(t, "pcie.queue", "128KiB", "nic.rings.size", "256", "host.ring_packets", "256")
	for _, c := range overloads {
		t.Run(strings.Join([]string{c.placement, c.slot, c.sizes, c.direction}, " "), func(t *testing.T) {
			loads := []int{25, 50, 100, 200, 300}
			if testing.Short() || c.placement == "software" { // which takes its time to find out how many cores it would need
				loads = []int{25, 300}
			}
			before := 0.0
			for _, load := range loads {
				s := scenario(t, c.at(load), short)
				r, _, err := Scenario(context.Background(), s, Options{Jobs: 2, TraceSeq: -1})
				require.NoError(t, err)
				carried := func(direction string) float64 {
					return row(t, r, c.placement, result.All, direction).Metrics["throughput.gbps"]
				}
				all := carried(result.All)
				if assert.Greater(t, all, 0.98*before, "%d%%: more load carries less", load); c.direction == "both" {
					in, out := carried("inbound"), carried("outbound")
					assert.Greater(t, min(in, out), 0.3*max(in, out), "%d%%: %.2f Gbps in and %.2f out", load, in, out)
				}
				before = max(before, all)
				if load == 300 {
					assert.Positive(t, dropped(row(t, r, c.placement, result.All, result.All)), "or the test says nothing")
					stepwise, _, err := Scenario(context.Background(), s, Options{Jobs: 1, TraceSeq: -1, Stepwise: true})
					require.NoError(t, err)
					same(t, text(t, r), text(t, stepwise), "hop by hop")
				}
			}
		})
	}
}

// Both directions of 64 B get what the wire up has for a pair of packets: payload, completion and its headers, a request, and its
// share of descriptors. Measured hosts do about 23 Gb/s each way (pcie-bench, gen3 x8).
func TestDirectionsShareASlot(t *testing.T) {
	c := overloads[0]
	r := simulate(t, scenario(t, c.at(100)))
	const pair = (64 + 24) + (16 + 24) + 24./40 + 24 + 16 + 24./8 + 24./40 // B on the wire
	const rate = 57.88                                                     // Gbps, anchor V15
	for _, direction := range []string{"inbound", "outbound"} {
		assert.InEpsilon(t, rate/pair*64, row(t, r, "nic", result.All, direction).Metrics["throughput.gbps"], 0.02, direction)
	}
}

// What a policer lets through does not depend on how fast the rings of overloaded cores fill: it meters what the cores take, also where
// the chain has a service that sees packets as they come.
func TestPolicedCoresCarryNoLess(t *testing.T) {
	const text = `version: 1
name: policed
rack: {server: {cores: 64, nic: {rate: 100Gbps}}, uplink: 400Gbps}
dsn: {software: {cores: 4}}
services: [{policer: {mode: srtcm, per: server, cir: 2Gbps, cbs: 64kB, red: drop}}%s, route]
traffic: [{name: a, sizes: 700B, load: %d%%, direction: both}]
run: {duration: 1ms, warmup: 300us, seed: 3}
placements: [software]
`
	for _, keeper := range []string{"", ", {firewall: {stateful: true}}"} {
		before := 0.0
		for _, load := range []int{25, 100, 200} {
			s := scenario(t, fmt.Sprintf(text, keeper, load))
			r := simulate(t, s)
			all := row(t, r, "software", result.All, result.All).Metrics["throughput.gbps"]
			assert.Greater(t, all, 0.98*before, "%d%%%s", load, keeper)
			assert.InDelta(t, 2*2, all, 0.8, "%d%%%s: the committed rate each way, and a burst", load, keeper)
			before = max(before, all)
		}
	}
}
