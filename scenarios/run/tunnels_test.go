package run

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// single is one constant stream of 400 B frames, slow enough that no packet waits.
const single = `version: 1
name: single
rack:
  server: {cores: 32, vms: 1, pcie: {gen: 4, lanes: 16}, nic: {rate: 100Gbps}}
  uplink: 100Gbps
dsn: {profile: reference-100g}
services: [ipsec]
traffic: [{name: a, sizes: 400B, load: 1%, arrivals: constant, direction: outbound, flows: {concurrent: 1}}]
run: {duration: 200us, warmup: 20us, seed: 1}
placements: [nic]
`

// What the tunnels of a chain add is on the wire, in the cipher and in the time of the DSN, to the byte and the cycle.
func TestTunnelsCostWhatTheyAre(t *testing.T) {
	chain := func(services string, sets ...string) map[string]float64 {
		return metrics(t, single, append(sets, "services="+services)...)
	}
	// A cycle is 1 ns; packets come at any time between two edges, the same for every chain.
	short, long := chain("[{ipsec: {key_bits: 128}}]"), chain("[{ipsec: {key_bits: 256}}]")
	assert.Equal(t, 4.0, long["chain.latency.min"]-short["chain.latency.min"], "four rounds")
	assert.Equal(t, short["crypto.gbps"], long["crypto.gbps"])
	assert.Equal(t, short, chain("[{ipsec: {esn: true, anti_replay: 128}}]"), "a longer number takes no room in the packet")

	// A frame of 400 B is 396 B without FCS, and a packet of 382 B.
	packets := short["offered.mpps"]
	ciphered := func(services string) float64 { return chain(services)["crypto.gbps"] / packets / 8 * 1000 }
	for services, want := range map[string]float64{
		"[ipsec]":                    384, // 382 B of packet and 2 of trailer
		"[ipsec, vxlan]":             436, // 20 + 8 + 8 + 396 + 2 = 434
		"[ipsec, geneve]":            436,
		"[ipsec, geneve, telemetry]": 476, // 40 more
		"[ipsec, gre]":               428, // 20 + 8 + 396 + 2 = 426
	} {
		assert.InDelta(t, want, ciphered(services), 0.001, services)
	}
	plain, watched := chain("[ipsec, geneve]"), chain("[ipsec, geneve, telemetry]")
	assert.Greater(t, watched["chain.latency.min"], plain["chain.latency.min"])
	assert.Greater(t, watched["latency.min"]-plain["latency.min"], watched["chain.latency.min"]-plain["chain.latency.min"], "and the links")
}

// Software pays for each tunnel service by the packet, and for a longer key by the byte.
func TestSoftwarePaysForTunnels(t *testing.T) {
	spent := func(services string) float64 {
		r := simulate(t, scenario(t, single, "placements=[software]", "services="+services))
		var service float64
		for _, s := range r.Results[0].Stations {
			if s.Name[:4] == "host" {
				service += s.ServiceMeanNs
			}
		}
		return service * 2.8 // cycles
	}
	none := spent("[]")
	for services, cycles := range map[string]float64{"[vxlan]": 150, "[geneve]": 150, "[gre]": 150, "[geneve, telemetry]": 250} {
		// The copies move the tunnelled bytes: two of 0.1 cycles a byte, of 50, 50, 42 and 90 B.
		assert.InDelta(t, cycles, spent(services)-none, 2*0.1*90+1, services)
	}
	short, long := spent("[ipsec]"), spent("[{ipsec: {key_bits: 256}}]")
	assert.InDelta(t, (0.82-0.63)*454, long-short, 1, "454 B under ESP")
}
