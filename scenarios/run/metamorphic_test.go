package run

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/hw/profile"
	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/scenarios/input"
	"github.com/dsnsim/dsnsim/scenarios/result"
	"github.com/dsnsim/dsnsim/sim/units"
)

// simulateOn runs a scenario on a profile that no file holds.
func simulateOn(t *testing.T, s *scenarios.Scenario, p *profile.Profile) *result.Report {
	t.Helper()
	inputs, err := input.Prepare(s, p, false)
	require.NoError(t, err)
	todo, err := Plans(s, &input.Setting{Profile: p, Spec: input.StepsOf(s), Inputs: inputs}, Options{TraceSeq: -1})
	require.NoError(t, err)
	require.NoError(t, Work(context.Background(), todo, Options{Jobs: 4}))
	r, _ := assemble(s, inputs, todo)
	return r
}

// round makes the delays of a profile whole numbers of 2 ps and its clocks of whole periods, so that half of each is
// exact.
func round(p *profile.Profile) *profile.Profile {
	p.Cable.CopperPerMetre.Value = 4 * units.Nanosecond
	p.Cable.FibrePerMetre.Value = 5 * units.Nanosecond
	p.DSN.Clock.Value, p.DSN.Crypto.Clock.Value, p.Host.Clock.Value = units.GHz, units.GHz, 2*units.GHz
	return p
}

// twiceAsFast returns a profile whose clocks and rates are doubled and whose delays are halved.
func twiceAsFast(base *profile.Profile) *profile.Profile {
	p := *base
	p.Ethernet = nil
	for _, e := range base.Ethernet {
		e.Rate *= 2
		halve(&e.PhyTx.Value, &e.PhyRx.Value, &e.FECRx.Value)
		p.Ethernet = append(p.Ethernet, e)
	}
	halve(&p.Cable.CopperPerMetre.Value, &p.Cable.FibrePerMetre.Value, &p.Switch.Latency.Value, &p.NIC.RxLatency.Value,
		&p.NIC.TxLatency.Value, &p.DSN.Memory.Access.Value, &p.DSN.Memory.Occupancy.Value, &p.PCIe.RootComplexRead.Value,
		&p.PCIe.MemoryWrite.Value, &p.PCIe.Doorbell.Value, &p.PCIe.DoorbellStore.Value, &p.PCIe.Credits.Return.Value,
		&p.Host.Poll.Value, &p.Host.Interrupt.Value, &p.Host.Stall.MeanInterval.Value)
	p.Host.Stall.Durations.Value = nil
	for _, point := range base.Host.Stall.Durations.Value {
		halve(&point.Duration)
		p.Host.Stall.Durations.Value = append(p.Host.Stall.Durations.Value, point)
	}
	p.DSN.SwitchPortRate.Value *= 2
	p.DSN.Clock.Value *= 2
	p.DSN.Crypto.Clock.Value *= 2
	p.Host.Clock.Value *= 2
	return &p
}

func halve(list ...*units.Duration) {
	for _, d := range list {
		*d /= 2
	}
}

// both is traffic both ways, for as long as a run takes.
const both = `version: 1
name: both
rack:
  servers: 2
  server: {cores: 32, vms: 8, pcie: {gen: 4, lanes: 16}, nic: {rate: 25Gbps}}
  uplink: 100Gbps
services: [ipsec, vxlan, firewall, route]
traffic: [{name: a, sizes: imix, load: 50%, arrivals: poisson, direction: both}]
run: {duration: 1ms, warmup: 200us, seed: 5}
`

// A world with all rates and clocks doubled and all delays halved is the same world at twice the speed: every latency
// is half, every rate double, every share the same. What is left is the rounding of arrivals to whole ps: it can cost a
// packet an edge of a clock or a shared doorbell, which shows in a mean as parts in 10^4. A term that someone forgot to scale
// shows as more. Drivers poll all the time: a packet that misses a look at the ring would wait for the next, 50 ns.
//
// The appliance is not here: its links are 100 Gbps by a constant of the code, not of the profile.
func TestTwiceAsFastIsHalfTheTime(t *testing.T) {
	base := round(reference(t))
	base.Host.Poll.Value = 0
	placements := "placements=[software, nic, bump-in-the-wire, tor]"
	slow := simulateOn(t, scenario(t, both, placements), base)
	// Generation 5 is twice generation 4.
	fast := simulateOn(t, scenario(t, both, placements, "rack.server.nic.rate=50Gbps", "rack.uplink=200Gbps",
		"rack.server.pcie.gen=5", "run.duration=500us", "run.warmup=100us"), twiceAsFast(base))
	require.Len(t, fast.Results, len(slow.Results))
	for i := range slow.Results {
		a, b := slow.Results[i], fast.Results[i]
		at := a.Placement + " " + a.Class + " " + a.Direction
		for name, v := range a.Metrics {
			switch {
			case strings.HasPrefix(name, "latency.") || strings.HasPrefix(name, "chain.latency.") || strings.HasPrefix(name, "jitter."):
				// The extremes and quantiles are those of single packets: a ns of clock, and 0.1% of the histogram.
				assert.InDelta(t, v/2, b.Metrics[name], 0.6+v*1.1e-3, "%s %s", at, name)
				if strings.HasSuffix(name, "mean") {
					assert.InEpsilon(t, v/2, b.Metrics[name], 2e-4, "%s %s", at, name)
				}
			case strings.HasSuffix(name, ".gbps") || strings.HasSuffix(name, ".mpps"):
				assert.InEpsilon(t, 2*v, b.Metrics[name], 2e-4, "%s %s", at, name)
			case strings.HasPrefix(name, "power.") || strings.HasPrefix(name, "energy.") || strings.HasPrefix(name, "thermal."):
				// What is at rest does not depend on the speed: see power_test.go.
			default:
				assert.InDelta(t, v, b.Metrics[name], 1e-4, "%s %s", at, name)
			}
		}
	}
}

// classes is three classes with sources of their own. Flows are few, so that after the warm-up every cache has them.
var classes = []string{
	"{name: a, sizes: 400B, load: 10%, arrivals: poisson, direction: both, flows: {concurrent: 50}}",
	"{name: b, sizes: imix, load: 20%, arrivals: poisson, direction: inbound, flows: {concurrent: 50}}",
	"{name: c, sizes: 1500B, load: 15%, arrivals: poisson, direction: both, flows: {concurrent: 50}}",
}

// permuted runs the classes in an order.
func permuted(t *testing.T, services string, order ...int) *result.Report {
	var items []string
	for _, i := range order {
		items = append(items, classes[i])
	}
	return simulate(t, scenario(t, both, "traffic=["+strings.Join(items, ", ")+"]", "run.warmup=500us", "run.seed=4", "services="+services,
		"dsn.count={tor: 1, appliance: 1}"))
}

// The order in which traffic is listed is that of the report and nothing else, where no two packets reach a place at the
// same instant: no services that hold packets back, and one chip, since the edges of all chips are the same. A fetch of descriptors
// that serves two entries is such an instant; there is none with this seed, and about half of all others.
func TestOrderOfTrafficDoesNotMatter(t *testing.T) {
	base := permuted(t, "[vxlan, route]", 0, 1, 2)
	for _, order := range [][]int{{2, 0, 1}, {1, 0, 2}, {2, 1, 0}} {
		other := permuted(t, "[vxlan, route]", order...)
		for i := range base.Results {
			a := &base.Results[i]
			b := row(t, other, a.Placement, a.Class, a.Direction)
			require.Equal(t, a.Metrics, b.Metrics, "%s %s %s in order %v", a.Placement, a.Class, a.Direction, order)
			require.Equal(t, a.Bottleneck, b.Bottleneck)
		}
		assert.ElementsMatch(t, base.Sources, other.Sources)
	}
}

// Crypto and flow table release packets that were done early together with the one that they waited for, at one instant,
// and a place with several upstreams takes those in the order of their sources. That moves a latency by less than 1% in
// the mean, and no packet from the delivered to the lost.
func TestOrderOfTrafficHardlyMatters(t *testing.T) {
	const full = "[ipsec, vxlan, firewall, route]"
	base, other := permuted(t, full, 0, 1, 2), permuted(t, full, 2, 1, 0)
	for i := range base.Results {
		a := &base.Results[i]
		b := row(t, other, a.Placement, a.Class, a.Direction)
		at := a.Placement + " " + a.Class + " " + a.Direction
		assert.Equal(t, a.Metrics["offered.mpps"], b.Metrics["offered.mpps"], at)
		assert.Equal(t, a.Metrics["loss.ratio"], b.Metrics["loss.ratio"], at)
		assert.InDelta(t, a.Metrics["throughput.mpps"], b.Metrics["throughput.mpps"], 3/500.0, at)
		assert.InEpsilon(t, a.Metrics["latency.mean"], b.Metrics["latency.mean"], 0.01, at)
	}
}

// A class that hardly sends does not change what the other is offered, nor what it gets through, but for the packets that
// cross the edges of the window.
func TestQuietClassDoesNotDisturb(t *testing.T) {
	quiet := "{name: quiet, sizes: 64B, load: 20kpps, arrivals: constant}"
	// Cold, so that there is something in which the classes meet.
	alone := simulate(t, scenario(t, both, "traffic=["+classes[0]+"]", "run.cold=true"))
	together := simulate(t, scenario(t, both, "traffic=["+classes[0]+", "+quiet+"]", "run.cold=true"))
	for _, name := range scenarios.AllPlacements() {
		a, b := row(t, alone, name, "all", "all").Metrics, row(t, together, name, "a", "all").Metrics
		assert.Equal(t, a["offered.mpps"], b["offered.mpps"], name)
		assert.InDelta(t, a["throughput.mpps"], b["throughput.mpps"], 2/800.0, "%s: two packets in 800 us", name)
		assert.Equal(t, a["loss.ratio"], b["loss.ratio"], name)
		assert.InEpsilon(t, a["latency.mean"], b["latency.mean"], 0.02, name)
		assert.NotEqual(t, a["latency.mean"], b["latency.mean"], "%s: the quiet class is there", name)
		sent := row(t, together, name, "quiet", "all").Metrics
		assert.InDelta(t, 0.04, sent["throughput.mpps"], 0.002, "20,000 a second for each of two servers")
	}
}

// Better parts are never slower, where nothing is overloaded: a wider slot, a quicker switch, more cores. Stalls are off but
// for their own line, since they hit other packets when something else moves. Both directions share a slot, so that a packet
// may meet one there that used to be somewhere else: the shortest latency is that of one packet, and may grow by less than a
// request takes on the link.
func TestBetterPartsAreNeverSlower(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long with the race detector, and has one goroutine, or those of tests that stay")
	}
	const calm = "host.stall.mean_interval"
	for _, c := range []struct{ name, worse, better string }{
		{"slot", "rack.server.pcie={gen: 3, lanes: 8}", "rack.server.pcie={gen: 5, lanes: 16}"},
		{"link", "rack.server.nic.rate=25Gbps", "rack.server.nic.rate=100Gbps"},
		{"cable", "rack.cables.server_tor=30m", "rack.cables.server_tor=3m"},
		{"switch", fixture(t, calm, "0s", "switch.latency", "900ns"), fixture(t, calm, "0s", "switch.latency", "300ns")},
		{"crypto", fixture(t, calm, "0s", "dsn.crypto.cores", "1"), fixture(t, calm, "0s", "dsn.crypto.cores", "8")},
		{"memory", fixture(t, calm, "0s", "dsn.memory.access", "200ns"), fixture(t, calm, "0s", "dsn.memory.access", "50ns")},
		{"host", fixture(t, calm, "0s", "host.clock", "2.1GHz"), fixture(t, calm, "0s", "host.clock", "3.6GHz")},
		{"stalls", fixture(t, calm, "500us"), fixture(t, calm, "0s")},
	} {
		// Cold, so that there is something to look up in memory.
		sets := []string{"traffic.0.load=10Gbps", "run.cold=true", "dsn.software.cores=24", fixture(t, calm, "0s")}
		worse := simulate(t, scenario(t, both, append(sets, c.worse)...))
		better := simulate(t, scenario(t, both, append(sets, c.better)...))
		faster := 0
		for _, name := range scenarios.AllPlacements() {
			a, b := row(t, worse, name, "all", "all").Metrics, row(t, better, name, "all", "all").Metrics
			for _, metric := range []string{"latency.min", "latency.mean"} {
				const request = 1 // ns
				assert.LessOrEqual(t, b[metric], a[metric]+request, "%s: %s %s", c.name, name, metric)
				if b[metric] < a[metric] {
					faster++
				}
			}
		}
		assert.Positive(t, faster, "%s: it makes no difference anywhere", c.name)
	}
}
