package run

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/asic"
	"github.com/dsnsim/dsnsim/asic/service"
	"github.com/dsnsim/dsnsim/internal/named"
	"github.com/dsnsim/dsnsim/scenarios/result"
)

// Each test turns one knob and wants the effect that the knob has on real hardware, by as much as arithmetic says.

// crowd is 400 B frames of many flows through the full chain at 60% of 100 Gbps.
const crowd = `version: 1
name: crowd
rack:
  server: {cores: 32, vms: 8, pcie: {gen: 4, lanes: 16}, nic: {rate: 100Gbps}}
  uplink: 100Gbps
dsn: {profile: reference-100g}
services: [{ipsec: {tunnels: 8}}, vxlan, firewall, route]
traffic: [{name: a, sizes: 400B, load: 60%, flows: {concurrent: 10k}}]
run: {duration: 700us, warmup: 350us, seed: 1}
placements: [nic]
`

// 400 B are 506 B under the tunnels, of which 436 B are ciphered: 10 cycles and 28 blocks at 1 GHz.
const cipher = 38.0

// With more tunnels than the cache of contexts holds, the memory has to bring them, and the chip carries no more than it
// can bring.
func TestMoreTunnelsThanTheCacheCostThroughput(t *testing.T) {
	// A context is three accesses. One slow channel brings one each 120 ns.
	cache := fixture(t, "dsn.crypto.sa_cache", "64", "dsn.crypto.sa_ways", "64", "dsn.memory.occupancy", "40ns",
		"dsn.memory.channels", "1", "dsn.crypto.queue", "64")
	few := metrics(t, crowd, cache, "services=[{ipsec: {tunnels: 8}}]")
	assert.InEpsilon(t, 0.6*29.7619, few["throughput.mpps"], 0.02)
	assert.Zero(t, few["loss.ratio"])

	for _, tunnels := range []float64{96, 256, 1024} {
		r := simulate(t, scenario(t, crowd, cache, "traffic.0.flows.concurrent=200k", "run.duration=2ms",
			fmt.Sprintf("services=[{ipsec: {tunnels: %g}}]", tunnels)))
		nic := &r.Results[0]
		packets := stationOf(t, nic, "dsn[0].crypto").Visits
		fetches := stationOf(t, nic, "dsn[0].crypto-contexts").Visits / packets
		// Tunnels are as good as equally likely, so a cache of 64 has 64/tunnels of them.
		p := 1 - 64/tunnels
		assert.InDelta(t, p, fetches, 4*math.Sqrt(p*(1-p)/packets), "%g tunnels", tunnels)
		// 400 B are 448 B under ESP, of which 384 B are ciphered: 10 cycles and 24 blocks.
		carried := min(2/34.0, 1/(120*fetches)) * 1000
		assert.InEpsilon(t, min(nic.Metrics["offered.mpps"], carried), nic.Metrics["throughput.mpps"], 0.01, "%g tunnels", tunnels)
		if carried < nic.Metrics["offered.mpps"] {
			assert.Equal(t, "dsn[0].crypto-contexts", nic.Bottleneck)
			assert.Positive(t, nic.Metrics["drops.crypto_queue"])
			assert.InDelta(t, 1, nic.Metrics["bottleneck.utilization"], 1e-3)
		}
	}
}

// Flow table and contexts have one memory: what the one takes of its channels the other has not.
func TestFlowsAndContextsShareTheMemory(t *testing.T) {
	both := fixture(t, "dsn.crypto.sa_cache", "0", "dsn.flow_cache.entries", "0", "dsn.memory.occupancy", "40ns", "dsn.memory.channels", "1")
	busy := func(load string) (flows, contexts, waits float64) {
		r := simulate(t, scenario(t, crowd, both, "services=[ipsec, firewall]", "traffic.0.load="+load))
		f, c := stationOf(t, &r.Results[0], "dsn[0].flow-memory"), stationOf(t, &r.Results[0], "dsn[0].crypto-contexts")
		assert.Equal(t, 1, f.Servers)
		return f.Utilization, c.Utilization, f.WaitMeanNs
	}
	// A packet takes one access for its flow and three in a row for its context.
	flows, contexts, waits := busy("2500kpps")
	assert.InEpsilon(t, 2.5e6*40e-9, flows, 0.05)
	assert.InEpsilon(t, 2.5e6*120e-9, contexts, 0.05)
	assert.Greater(t, waits, 30.0, "flows wait for contexts, of which one holds a channel for 120 ns")
	flows, contexts, _ = busy("70%")
	assert.InDelta(t, 1, flows+contexts, 0.001, "they are all the work that the channels have")
	assert.Less(t, flows, contexts)
}

// Crypto cores bring their share of throughput until all the load is carried.
func TestMoreCryptoCoresCarryMore(t *testing.T) {
	for cores := 1.0; cores <= 4; cores++ {
		m := metrics(t, crowd, "traffic.0.load=100%", "traffic.0.sizes=1500B",
			fixture(t, "dsn.crypto.cores", fmt.Sprint(cores), "dsn.crypto.bytes_per_cycle", "4", "dsn.crypto.queue", "64"))
		// 1500 B are 1606 B, 1536 of them ciphered, at 4 B a cycle; the server's link carries 1606 B and 20 B at 100 Gbps.
		want := min(cores*1000/(10+384), 100e3/8/(1606+20))
		assert.InEpsilon(t, want, m["throughput.mpps"], 0.01, "%g cores", cores)
		assert.InEpsilon(t, want*1536*8/1000, m["crypto.gbps"], 0.01, "%g cores", cores)
	}
}

// hits is the share of N equally likely flows that a cache of sets of ways holds, when as many flows belong to each set as
// chance has it (Poisson): a set with more flows than ways holds as many as it has ways.
func hits(entries, ways, flows float64) float64 {
	mean := flows * ways / entries
	held, p := 0.0, math.Exp(-mean)
	for k := 0.0; k < mean+200; k++ {
		held += min(k, ways) * p
		p *= mean / (k + 1)
	}
	return held / mean
}

// A cache that holds few of the flows misses most packets, one that holds all of them none.
func TestBiggerFlowCacheSparesTheMemory(t *testing.T) {
	before := 1e18
	for _, entries := range []float64{48, 200, 400, 800, 1600} {
		r := simulate(t, scenario(t, crowd, "services=[firewall]", "traffic.0.flows.concurrent=1000",
			fixture(t, "dsn.flow_cache.entries", fmt.Sprint(entries), "dsn.flow_cache.ways", "8")))
		nic := &r.Results[0]
		require.Equal(t, result.OK, nic.Status, nic.Reasons)
		visits, packets := stationOf(t, nic, "dsn[0].flow-memory").Visits, stationOf(t, nic, "dsn[0].parser").Visits
		// Beside the chance of a packet there is that of how the flows fall into the sets.
		assert.InDelta(t, 1-hits(entries, 8, 1000), visits/packets, 0.03, "%g entries", entries)
		assert.Less(t, visits, before)
		before = visits
	}
	r := simulate(t, scenario(t, crowd, "services=[firewall]", "traffic.0.flows.concurrent=500"))
	for _, s := range r.Results[0].Stations {
		assert.NotEqual(t, "dsn[0].flow-memory", s.Name, "500 flows are in the cache after the warm-up")
	}
}

// A faster clock never raises the shortest latency, in any placement that has a chip.
func TestFasterClockNeverRaisesLatency(t *testing.T) {
	before := map[string]float64{}
	for _, mhz := range []int{400, 600, 830, 1000, 1220, 1500, 2000, 3000} {
		r := simulate(t, scenario(t, crowd, "traffic.0.load=5%", "run.duration=60us", "run.warmup=20us",
			"placements=[nic, bump-in-the-wire, tor, appliance]", fixture(t, "dsn.clock", fmt.Sprintf("%dMHz", mhz))))
		for _, x := range r.Results {
			for _, name := range []string{"latency.min", "latency.mean", "chain.latency.min"} {
				key := x.Placement + " " + name
				if was, ok := before[key]; ok {
					assert.Less(t, x.Metrics[name], was, "%s at %d MHz", key, mhz)
				}
				before[key] = x.Metrics[name]
			}
		}
	}
}

// The pipeline takes what the dependency rule says (asic and asic/alloc prove it): one pass for each chain, the longer the
// more look-ups wait for each other. VXLAN's headers take the parser from 54 B, 2 words of 32 B, to 104 B, 4 words. IPsec
// adds a cipher, and all stages once more.
func TestLongerChainsTakeLonger(t *testing.T) {
	chain := func(services ...string) (measured, stages float64) {
		// One flow and few packets: every entry is at hand, nothing waits but for an edge of the clock.
		m := metrics(t, crowd, "services=["+strings.Join(services, ", ")+"]", "traffic.0.load=100kpps", "traffic.0.arrivals=constant",
			"traffic.0.flows.concurrent=1", "run.duration=100us", "run.warmup=50us")
		c, err := asic.Compile(named.Chain(services...), reference(t), service.DefaultSizes(1, 8))
		require.NoError(t, err)
		return m["chain.latency.min"], float64(c.Latency)
	}
	none, least := chain()
	for _, c := range []struct {
		services []string
		parser   float64
	}{
		{[]string{"route"}, 0}, {[]string{"vxlan"}, 2}, {[]string{"firewall"}, 0}, {[]string{"firewall", "route"}, 0},
		{[]string{"vxlan", "firewall", "route"}, 2},
	} {
		measured, stages := chain(c.services...)
		assert.Greater(t, stages, least, "%v", c.services)
		assert.InDelta(t, none+stages-least+c.parser, measured, 1, "%v", c.services)
	}
	long, stages := chain("ipsec", "vxlan", "firewall", "route")
	// Two passes instead of one, the parser's and deparser's 20 cycles and 4 words each once more, the cipher and its latency.
	assert.InDelta(t, none+stages-least+2+stages+20+20+4+cipher+30, long, 2)
}

// A core that does nothing else carries 2.8 GHz over the cycles of a packet; more cores carry more, until they
// carry all.
func TestSoftwareScalesWithItsCores(t *testing.T) {
	calm := fixture(t, "host.stall.mean_interval", "0s")
	// The switch twice, a copy twice with 0.1 cycles a byte, connection tracking, a route.
	const cycles = 2*850 + 2*300 + 1250 + 100 + 0.2*400
	const one = 2800 / cycles // Mpps
	before := 0.0
	for _, cores := range []float64{1, 2, 3, 4, 6, 8, 12, 16, 24} {
		m := metrics(t, crowd, calm, "services=[firewall, route]", "placements=[software]", "traffic.0.load=5Mpps",
			"run.duration=5ms", "run.warmup=3ms", fmt.Sprintf("dsn.software.cores=%g", cores))
		got := m["throughput.mpps"]
		assert.Equal(t, cores, m["host.cores"])
		assert.GreaterOrEqual(t, got, before*0.995, "%g cores", cores)
		assert.Less(t, got, cores*one*1.001, "%g cores", cores)
		assert.Less(t, got, 5.05)
		switch {
		case cores*one < 4.5: // the flows spread over the cores well enough to keep all of them busy
			assert.InEpsilon(t, cores*one, got, 1e-3, "%g cores", cores)
			assert.Positive(t, m["drops.host_queue"])
		case cores*one > 7:
			assert.InEpsilon(t, m["offered.mpps"], got, 0.002, "%g cores", cores)
			assert.Zero(t, m["loss.ratio"], "%g cores", cores)
		}
		before = got
	}
}

// A core that is taken away a share of the time carries as much less.
func TestStallsCostTheirShare(t *testing.T) {
	base := []string{"services=[firewall, route]", "placements=[software]", "traffic.0.load=5Mpps", "run.duration=120ms",
		"run.warmup=20ms", "dsn.software.cores=1"}
	calm := metrics(t, crowd, append(base, fixture(t, "host.stall.mean_interval", "0s"))...)
	away := metrics(t, crowd, append(base, fixture(t, "host.stall.mean_interval", "200us"))...)
	// Between two points of the table the length is log-linear: its mean there is the logarithmic mean of both.
	mean, table := 0.0, reference(t).Host.Stall.Durations.Value
	for i := 1; i < len(table); i++ {
		a, b := table[i-1].Duration.Seconds(), table[i].Duration.Seconds()
		mean += (b - a) / math.Log(b/a) * float64(table[i].Quantile-table[i-1].Quantile) / 1e6
	}
	assert.InDelta(t, 200e-6/(200e-6+mean), away["throughput.mpps"]/calm["throughput.mpps"], 0.03)
	assert.Less(t, away["throughput.mpps"], 0.95*calm["throughput.mpps"])
}

// More chips in a shared box carry more: what one is too slow for, four take.
func TestMoreChipsCarryMore(t *testing.T) {
	for _, name := range []string{"tor", "appliance"} {
		before := 0.0
		for _, chips := range []int{1, 2, 4} {
			m := metrics(t, crowd, "placements=["+name+"]", "rack.servers=2", "traffic.0.load=40%", "traffic.0.direction=inbound",
				fmt.Sprintf("dsn.count.%s=%d", name, chips), fixture(t, "dsn.crypto.cores", "1", "dsn.crypto.bytes_per_cycle", "4"),
				"services.0={ipsec: {tunnels: 256}}")
			// 436 B at 4 B a cycle and 10 cycles are 119 ns.
			want := min(float64(chips)*1000/119, m["offered.mpps"])
			assert.InEpsilon(t, want, m["throughput.mpps"], 0.02, "%s with %d chips", name, chips)
			assert.Greater(t, m["throughput.mpps"], before)
			before = m["throughput.mpps"]
		}
	}
}

// Metrics that count things count them.
func TestPlacementsTakeWhatTheyTake(t *testing.T) {
	r := simulate(t, scenario(t, crowd, "run.duration=20us", "run.warmup=2us", "traffic.0.direction=both",
		"dsn.software.cores=5", "dsn.count.appliance=3",
		"placements=[software, nic, bump-in-the-wire, tor, appliance]"))
	for _, x := range r.Results {
		cores, ports, crossings := 0.0, 0.0, 0.0
		switch x.Placement {
		case "software":
			cores = 5
		case "appliance":
			ports, crossings = 6, 2
		}
		require.Equal(t, cores, x.Metrics["host.cores"], x.Placement)
		require.Equal(t, ports, x.Metrics["tor.extra_ports"], x.Placement)
		require.Equal(t, crossings, x.Metrics["tromboning.link_crossings"], x.Placement)
		_, hasCrypto := x.Metrics["crypto.gbps"]
		require.Equal(t, x.Placement != "software", hasCrypto, x.Placement)
	}
}
