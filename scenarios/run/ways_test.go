package run

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/scenarios/arithmetic"
	"github.com/dsnsim/dsnsim/scenarios/input"
	"github.com/dsnsim/dsnsim/sim/capture"
	"github.com/dsnsim/dsnsim/sim/header"
	"github.com/dsnsim/dsnsim/sim/traffic"
)

// bothWays replays the shipped capture, whose clients are in these prefixes, for as long as it takes.
const bothWays = `version: 1
rack: {server: {nic: {rate: 100Gbps}}, uplink: 100Gbps}
services: [firewall, route]
traffic: [{name: c, pcap: ../captures/mix.pcap, inside: [10.1.0.0/16, 2001:db8:1::/48]}]
run: {duration: capture}
placements: [nic]
`

// TestInsideSplitsACapture: every packet of the capture is sent once, the way that its addresses say.
func TestInsideSplitsACapture(t *testing.T) {
	c, err := capture.Read("../captures/mix.pcap")
	require.NoError(t, err)
	var packets, bytes [2]int
	for i := range c.Records {
		h := header.Parse(c.Records[i].Data)
		for dir, addr := range [][16]byte{h.Key.Dst, h.Key.Src} {
			if h.Version == 4 && addr[0] == 10 && addr[1] == 1 || h.Version == 6 && addr[5] == 1 {
				packets[dir]++
				bytes[dir] += max(c.Records[i].Wire+traffic.FCS, traffic.MinFrame)
			}
		}
	}
	require.Greater(t, packets[input.Inbound]+packets[input.Outbound], len(c.Records)*9/10)
	for _, load := range []string{"", "40%", "2Mpps"} {
		var sets []string
		if load != "" {
			sets = append(sets, "traffic.0.load="+load)
		}
		r := simulate(t, scenario(t, bothWays, sets...))
		require.Len(t, r.Sources, 2, load)
		for dir, s := range r.Sources {
			assert.InDelta(t, packets[dir], float64(s.Packets), 1, "%s %s", load, s.Direction)
		}
		if load == "40%" {
			assert.InDelta(t, 0.4, r.Sources[0].Wanted+r.Sources[1].Wanted, 0.001)
			assert.InDelta(t, r.Sources[1].Wanted, r.Sources[1].LinkLoad, 0.002)
			assert.InEpsilon(t, float64(bytes[input.Inbound]+24*packets[input.Inbound]-4*packets[input.Inbound])/float64(bytes[input.Outbound]+20*packets[input.Outbound]),
				r.Sources[0].Wanted/r.Sources[1].Wanted, 0.01)
		}
	}
	// Explain says the same of each direction.
	e, err := arithmetic.Explain(scenario(t, bothWays, "traffic.0.load=2Mpps"))
	require.NoError(t, err)
	require.Len(t, e.Offers, 2)
	assert.InDelta(t, 2, e.Offers[0].Mpps+e.Offers[1].Mpps, 0.01)
	assert.InEpsilon(t, float64(packets[input.Inbound])/float64(packets[input.Outbound]), e.Offers[0].Mpps/e.Offers[1].Mpps, 0.001)
}

// Without inside, both directions have the whole capture, and the report says so.
func TestBothWaysIsSaid(t *testing.T) {
	r := simulate(t, scenario(t, bothWays, "traffic.0.inside=10.1.0.0/16", "traffic.0.direction=inbound"))
	require.Len(t, r.Sources, 1)
	r = simulate(t, scenario(t, `version: 1
rack: {server: {nic: {rate: 100Gbps}}, uplink: 100Gbps}
traffic: [{name: c, pcap: ../captures/mix.pcap, direction: both}]
run: {duration: capture}
placements: [nic]
`))
	require.Len(t, r.Sources, 2)
	assert.Equal(t, r.Sources[0].Packets, r.Sources[1].Packets)
	assert.Contains(t, r.Notes, "c: direction: both sends the whole capture inbound and the whole of it outbound; inside: 10.0.0.0/8, the prefix of its VMs, would split it")
}

// TestInsideOfNothing names the addresses that are not there.
func TestInsideOfNothing(t *testing.T) {
	_, _, err := Scenario(context.Background(), scenario(t, bothWays, "traffic.0.inside=240.0.0.0/4"), Options{Jobs: 1, TraceSeq: -1})
	assert.EqualError(t, err, "test.yaml:4:11: no packet of ../captures/mix.pcap goes to or from 240.0.0.0/4; inside names the addresses of the VMs in the capture")
	_, _, err = Scenario(context.Background(), scenario(t, bothWays, "traffic.0.inside=[0.0.0.0/0, '::/0']"), Options{Jobs: 1, TraceSeq: -1})
	assert.ErrorContains(t, err, " packets of ../captures/mix.pcap have both ends in ")
}
