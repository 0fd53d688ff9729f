package run

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/hw/profile"
	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/scenarios/result"
	"github.com/dsnsim/dsnsim/scenarios/trial"
	"github.com/dsnsim/dsnsim/sim"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/station"
	"github.com/dsnsim/dsnsim/sim/stats"
	"github.com/dsnsim/dsnsim/sim/units"
)

// flood is a server's link of 25 Gbps that gets 37.5 Gbps from an uplink of 100 Gbps, and an outbound class besides.
const flood = `version: 1
name: flood
rack:
  servers: 2
  server: {cores: 32, vms: 8, pcie: {gen: 4, lanes: 16}, nic: {rate: 25Gbps}}
  uplink: 100Gbps
services: [ipsec, vxlan, firewall, route]
traffic:
  - {name: in, sizes: 400B, load: 150%, direction: inbound}
  - {name: out, sizes: imix, load: 80%, direction: outbound}
run: {duration: 600us, warmup: 200us, seed: 3}
`

// shallow makes every queue short, so that all of them can overflow in a short run.
func shallow(t testing.TB) string {
	return fixture(t, "switch.port_buffer", "60kB", "dsn.ingress_buffer", "4kB", "dsn.crypto.queue", "16", "dsn.memory.queue", "2",
		"pcie.queue", "16kB", "host.ring_packets", "32", "nic.rings.size", "80")
}

// outcomesOf runs a scenario and returns what each job measured.
func outcomesOf(t *testing.T, s *scenarios.Scenario) []*trial.Outcome {
	t.Helper()
	p, err := profile.Load(s.DSN.Profile)
	require.NoError(t, err)
	var list []*trial.Outcome
	for _, j := range jobsOf(t, s, p) {
		o, err := j.Run(context.Background())
		require.NoError(t, err)
		list = append(list, o)
	}
	return list
}

// What comes in is delivered or dropped for a reason, and nothing is left on its way; over the whole run, in the measured
// window, and class by class.
func TestPacketsAreConservedUnderOverload(t *testing.T) {
	for _, o := range outcomesOf(t, scenario(t, flood, shallow(t), "run.replications=2")) {
		b := o.Balance
		assert.Equal(t, b.In, b.Delivered+b.Dropped, o.Placement)
		assert.Zero(t, b.InFlight, o.Placement)
		assert.Greater(t, b.Dropped, uint64(1000), o.Placement)
		var offered, gone uint64
		for i, m := range o.Counters {
			assert.Zero(t, m.InFlight(), "%s tally %d", o.Placement, i)
			assert.Equal(t, m.Offered.Bytes, m.Delivered.Bytes+m.Lost().Bytes, "%s tally %d", o.Placement, i)
			assert.Equal(t, m.Latency.Count(), m.Delivered.Packets, o.Placement)
			assert.Equal(t, m.Jitter.Tracked, m.Delivered.Packets, o.Placement)
			offered += m.Offered.Packets
			gone += m.Delivered.Packets + m.Lost().Packets
		}
		assert.Equal(t, offered, gone, o.Placement)
		assert.Less(t, offered, b.In, "the warm-up is not measured")
	}
}

// dropped sums the drops of a row.
func dropped(x *result.Result) float64 {
	total := 0.0
	for name, n := range x.Metrics {
		if strings.HasPrefix(name, "drops.") {
			total += n
		}
	}
	return total
}

// packetsOf is how many packets the sources of a row offered in the window.
func packetsOf(r *result.Report, x *result.Result) float64 {
	total := 0.0
	for _, s := range r.Sources {
		if (x.Class == result.All || x.Class == s.Class) && (x.Direction == result.All || x.Direction == s.Direction) {
			total += float64(s.Packets)
		}
	}
	return total
}

// In the report, the drops of all reasons are the loss, in every row; and the rows of the classes add up to that of
// everything.
func TestReportedDropsAreTheLoss(t *testing.T) {
	r := simulate(t, scenario(t, flood, shallow(t)))
	for i := range r.Results {
		x := &r.Results[i]
		at := x.Placement + " " + x.Class + " " + x.Direction
		offered := packetsOf(r, x)
		require.Positive(t, offered, at)
		assert.InDelta(t, x.Metrics["loss.ratio"], dropped(x)/offered, 1e-12, at)
		assert.InDelta(t, offered/400, x.Metrics["offered.mpps"], 1e-9, "%s: the window is 400 us", at)
	}
	for _, name := range scenarios.AllPlacements() {
		all := row(t, r, name, "all", "all")
		in, out := row(t, r, name, "in", "all"), row(t, r, name, "out", "all")
		for metric, v := range all.Metrics {
			if strings.HasPrefix(metric, "drops.") || strings.HasPrefix(metric, "throughput.") || strings.HasPrefix(metric, "offered.") {
				assert.InDelta(t, v, in.Metrics[metric]+out.Metrics[metric], 1e-9, "%s %s", name, metric)
			}
		}
		assert.Equal(t, row(t, r, name, "all", "inbound").Metrics, in.Metrics, "the only inbound class")
	}
}

// lost counts the drops of a run by reason.
type lost [stats.DropReasons]int64

// Every drop is counted at the station where it happened, under that station's reason.
func TestDropsAreThoseOfTheStations(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long with the race detector, and has one goroutine, or those of tests that stay")
	}
	var seen lost
	for _, sets := range [][]string{
		{shallow(t)},
		{fixture(t, "dsn.crypto.bytes_per_cycle", "1", "dsn.crypto.queue", "16")},
		{fixture(t, "dsn.flow_cache.entries", "0", "dsn.memory.channels", "1", "dsn.memory.occupancy", "200ns")},
		{fixture(t, "dsn.ingress_buffer", "2kB", "dsn.clock", "5MHz")},
		{"rack.server.pcie={gen: 1, lanes: 1}", shallow(t)},
		{"rack.server.pcie={gen: 1, lanes: 16}", "dsn.count.appliance=1", "rack.servers=8", shallow(t)},
		// More than the server's link out of the host, and more tunnelled bytes out of an appliance of one chip than in.
		{"traffic.1.load=150%", "traffic.1.sizes=1500B", shallow(t)},
		{"dsn.count.appliance=1", "rack.servers=6", "traffic=[{sizes: 400B, load: 80%, direction: outbound, arrivals: constant}]",
			fixture(t, "switch.port_buffer", "60kB")},
	} {
		s := scenario(t, flood, sets...)
		p, err := profile.Load(s.DSN.Profile)
		require.NoError(t, err)
		for _, j := range jobsOf(t, s, p) {
			byReason, byStation := &lost{}, &lost{}
			j.OnEnd = func(_ *packet.Packet, reason int) {
				if reason >= 0 {
					byReason[reason]++
				}
			}
			run, err := j.Build(t.Context())
			require.NoError(t, err)
			run.Window = station.Window{To: units.Forever} // stations count in the drain too
			run.Prepare()
			require.NoError(t, run.Engine.Run(t.Context()))
			for _, u := range run.Engine.Usages() {
				byStation[u.DropReason] += u.Drops
				seen[u.DropReason] += u.Drops
			}
			assert.Equal(t, byReason, byStation, "%s", j.Placement.Name)
		}
	}
	for reason := range stats.DropReason(stats.DropReasons) {
		switch reason {
		case stats.DropPolicy, stats.DropNoRoute, stats.DropSYNCookie, stats.DropPolicer:
			// verdicts, not queues: policy_test.go, flood_test.go, steps_test.go
			continue
		case stats.DropParser, stats.DropMalformed, stats.DropFragment: // deep_test.go, fragments_test.go
			continue
		case stats.DropNATNoPort, stats.DropNATNoBinding, stats.DropLBNoBackend, stats.DropSessionTable: // translate_test.go
			continue
		case stats.DropNoSA, stats.DropReplay, stats.DropAuth, stats.DropTunnel, stats.DropECN: // tap/feedback_test.go, asic/tunnel/class_test.go
			continue
		case stats.DropUpcallQueue: // needs connections: insertion_test.go
			continue
		case stats.DropAttack: // attack_test.go
			continue
		}
		assert.Positive(t, seen[reason], "nothing is lost for %s; the test shows nothing of it", reason)
	}
}

// A saturated link carries what it can: not a frame more, and hardly one less. In the server's link that is the tunnelled
// frame where the DSN is in the server, and the tenant's where it is before it.
func TestThroughputIsThatOfTheLink(t *testing.T) {
	const tenant, tunnelled = 400, 506
	s := []string{"traffic=[{name: in, sizes: 400B, load: 150%}]", "rack.servers=1", fixture(t, "switch.port_buffer", "60kB"),
		"run.duration=2ms", "run.warmup=200us"}
	r := simulate(t, scenario(t, flood, s...))
	for name, frame := range map[string]float64{"nic": tunnelled, "bump-in-the-wire": tunnelled, "tor": tenant, "appliance": tenant} {
		m := row(t, r, name, "all", "all").Metrics
		line := 25e3 / 8 / (frame + 20)
		assert.LessOrEqual(t, m["throughput.mpps"], line+2/1800.0, name)
		assert.InEpsilon(t, line, m["throughput.mpps"], 1e-3, name)
		assert.InDelta(t, 1-line/m["offered.mpps"], m["loss.ratio"], 0.005, name)
		assert.Positive(t, m["drops.tor_queue"], name)
		x := row(t, r, name, "all", "all")
		assert.Equal(t, "tor.port[0]", x.Bottleneck, name)
		assert.InDelta(t, 1, x.Metrics["bottleneck.utilization"], 1e-6, name)
	}
}

// More load never means less loss, and no load loses nothing.
func TestLossRisesWithLoad(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long with the race detector, and has one goroutine, or those of tests that stay")
	}
	before := map[string]float64{}
	loads := []int{10, 30, 60, 80, 90, 100, 110, 130, 160, 200}
	for i, load := range loads {
		r := simulate(t, scenario(t, flood, shallow(t), "dsn.software.cores=4", "traffic=[{name: in, sizes: 400B}]",
			fmt.Sprintf("traffic.0.load=%d%%", load)))
		for _, name := range scenarios.AllPlacements() {
			loss := row(t, r, name, "all", "all").Metrics["loss.ratio"]
			assert.GreaterOrEqual(t, loss, before[name], "%s at %d%%", name, load)
			before[name] = loss
			if i == 0 {
				assert.Zero(t, loss, "%s at %d%%", name, load)
			}
		}
	}
	for name, loss := range before {
		// The link of tenants' frames carries 25 of the 50 Gbps offered; that of tunnelled ones less.
		assert.Greater(t, loss, 0.49, name)
	}
}

// A deeper queue in front of the bottleneck never loses more, and a deep one loses less than a shallow one.
func TestMoreBufferNeverLosesMore(t *testing.T) {
	for _, c := range []struct {
		constant, placement string
		depths              []string
		sets                []string
	}{
		{"switch.port_buffer", "nic", []string{"2kB", "4kB", "10kB", "40kB", "200kB", "6.7MB"}, nil},
		{"switch.port_buffer", "tor", []string{"2kB", "4kB", "10kB", "40kB", "200kB", "6.7MB"}, nil},
		{"host.ring_packets", "software", []string{"8", "16", "64", "256", "1024", "8192"}, []string{"dsn.software.cores=6"}},
		{"pcie.queue", "nic", []string{"1kB", "2kB", "8kB", "64kB", "1MB"}, []string{"rack.server.pcie={gen: 1, lanes: 8}"}},
	} {
		before, first := 1.0, 0.0
		for i, depth := range c.depths {
			sets := append([]string{"traffic=[{name: in, sizes: 400B, load: 75%}]", "rack.servers=1", "placements=[" + c.placement + "]",
				fixture(t, c.constant, depth)}, c.sets...)
			loss := metrics(t, flood, sets...)["loss.ratio"]
			assert.LessOrEqual(t, loss, before, "%s of %s", c.constant, depth)
			before = loss
			if i == 0 {
				first = loss
			}
		}
		assert.Less(t, before, first, c.constant)
	}
}

// The tool notices when packets are nowhere.
func TestLostPacketsAreTheToolsOwnError(t *testing.T) {
	require.NoError(t, trial.Conserved("nic", sim.Balance{In: 5, Delivered: 3, Dropped: 2}))
	for _, b := range []sim.Balance{
		{In: 5, Delivered: 3, Dropped: 1},
		{In: 5, Delivered: 4, Dropped: 2},
		{In: 5, Delivered: 3, Dropped: 1, InFlight: 1}, // accounted for, but nothing may be on its way after the drain
	} {
		err := trial.Conserved("nic", b)
		require.ErrorIs(t, err, trial.ErrBalance)
		require.ErrorContains(t, err, fmt.Sprintf("nic: packets are not conserved: 5 in, %d delivered, %d dropped, %d in flight",
			b.Delivered, b.Dropped, b.InFlight))
	}
}
