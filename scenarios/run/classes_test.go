package run

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/asic"

	"github.com/dsnsim/dsnsim/scenarios/demand"
	"github.com/dsnsim/dsnsim/scenarios/input"
	"github.com/dsnsim/dsnsim/scenarios/load"
	"github.com/dsnsim/dsnsim/scenarios/result"
	"github.com/dsnsim/dsnsim/sim/capture"
	"github.com/dsnsim/dsnsim/sim/traffic"
)

// flooded sends 10 Gbps of one class and 150 Gbps of another out of a port of 100 Gbps.
const flooded = `version: 1
name: test
rack:
  server: {cores: 32, vms: 8, pcie: {gen: 5, lanes: 16}, nic: {rate: 100Gbps}}
  uplink: 400Gbps
traffic:
  - {name: web, sizes: 400B, load: 10Gbps, direction: outbound}
  - {name: flood, sizes: 1000B, load: 150Gbps, direction: outbound}
run: {duration: 400us, warmup: 100us, seed: 1}
placements: [nic]
`

// by returns overrides for a traffic manager with the given classes, of which web is gold.
func by(classes string) []string {
	return []string{"traffic.0.class=gold", "dsn.traffic_manager={buffer: 200kB, classes: " + classes + "}"}
}

// class returns what the traffic manager did with a class, by key.
func class(t *testing.T, r *result.Report, name string) map[string]float64 {
	t.Helper()
	s := r.Results[0].Section("queues")
	require.NotNil(t, s)
	for i := range s.Rows {
		if s.Rows[i].Label == "server.port[0] "+name {
			m := map[string]float64{}
			for _, c := range s.Columns {
				m[c.Key] = s.Number(i, c.Key)
			}
			return m
		}
	}
	t.Fatalf("no class %s", name)
	return nil
}

// A flood loses nothing of another class's packets: neither where that goes first, nor where both share by weight, since the
// dynamic threshold leaves it room. In one queue both lose.
func TestFloodInAnotherClass(t *testing.T) {
	lost := func(sets ...string) (web, flood float64) {
		r := simulate(t, scenario(t, flooded, sets...))
		return row(t, r, "nic", "web", "all").Metrics["loss.ratio"], row(t, r, "nic", "flood", "all").Metrics["loss.ratio"]
	}
	for _, classes := range []string{
		"[{name: gold, priority: strict}, {name: bulk}]",
		"[{name: gold}, {name: bulk}]",
		"[{name: gold}, {name: bulk, alpha: 8}]",
	} {
		web, flood := lost(by(classes)...)
		assert.Zero(t, web, classes)
		assert.InDelta(t, 0.41, flood, 0.03, classes) // 100 - 10*420/400 Gbps are left for 150*1020/1000
	}
	web, flood := lost("dsn.traffic_manager={buffer: 200kB, classes: [{name: all}]}")
	assert.InDelta(t, 0.37, flood, 0.03)
	assert.Greater(t, web, 0.02)
}

// A maximum rate bounds a class though the port is idle, and what it does not send the other may.
func TestMaxRate(t *testing.T) {
	r := simulate(t, scenario(t, flooded, by("[{name: gold}, {name: bulk, max_rate: 30Gbps}]")...))
	assert.InDelta(t, 30, class(t, r, "bulk")["gbps"], 0.2)
	assert.InDelta(t, 30, row(t, r, "nic", "flood", "all").Metrics["throughput.gbps"], 0.5)
	assert.InDelta(t, 10, class(t, r, "gold")["gbps"], 1)
}

// Marks are counted at the port and on the packets alike, and only of classes with a threshold.
func TestMarks(t *testing.T) {
	r := simulate(t, scenario(t, flooded, by("[{name: gold, ecn_threshold: 400B}, {name: bulk, ecn_threshold: 10kB}]")...))
	gold, bulk := class(t, r, "gold"), class(t, r, "bulk")
	assert.Positive(t, gold["marked"])
	assert.Greater(t, bulk["marked"], 0.9*bulk["packets"], "the queue is always long")
	web, flood := row(t, r, "nic", "web", "all"), row(t, r, "nic", "flood", "all")
	assert.InDelta(t, gold["marked"]/gold["packets"], web.Metrics["ecn.marked_ratio"], 0.01)
	assert.InDelta(t, 1, flood.Metrics["ecn.marked_ratio"], 0.001)
	all := r.Results[0].Metrics
	assert.Greater(t, all["ecn.marked_ratio"], web.Metrics["ecn.marked_ratio"])
	assert.Less(t, all["ecn.marked_ratio"], flood.Metrics["ecn.marked_ratio"])

	r = simulate(t, scenario(t, flooded, by("[{name: gold}, {name: bulk}]")...))
	assert.Zero(t, r.Results[0].Metrics["ecn.marked_ratio"])
}

// The index is that of the throughputs; a class alone and a scenario without a traffic manager have none.
func TestFairness(t *testing.T) {
	r := simulate(t, scenario(t, flooded, append(by("[{name: gold}, {name: bulk}]"), "traffic.0.load=150Gbps", "traffic.0.sizes=1000B")...))
	all := r.Results[0].Metrics
	assert.InDelta(t, 1, all["fairness.jain"], 1e-3, "equal weights share equally")
	assert.NotContains(t, row(t, r, "nic", "web", "all").Metrics, "fairness.jain")

	r = simulate(t, scenario(t, flooded, by("[{name: gold}, {name: bulk}]")...))
	a, b := row(t, r, "nic", "web", "all").Metrics["throughput.gbps"], row(t, r, "nic", "flood", "all").Metrics["throughput.gbps"]
	assert.InDelta(t, (a+b)*(a+b)/2/(a*a+b*b), r.Results[0].Metrics["fairness.jain"], 1e-9)

	r = simulate(t, scenario(t, flooded))
	for _, name := range []string{"fairness.jain", "ecn.marked_ratio"} {
		assert.NotContains(t, r.Results[0].Metrics, name)
	}
	assert.Nil(t, r.Results[0].Section("queues"))
}

// A traffic manager without need of one changes nothing that is measured: one class, room for all. A DSN that is the card
// is not here: with a traffic manager it does not let functions wait for the port, since that is what classes do.
func TestOneClassIsAQueue(t *testing.T) {
	sets := []string{"traffic.1.load=60Gbps", "placements=[software, bump-in-the-wire, tor, appliance]"}
	plain := simulate(t, scenario(t, flooded, sets...))
	one := simulate(t, scenario(t, flooded, append(sets, "dsn.traffic_manager={buffer: 1GiB, classes: [{name: all}]}")...))
	require.Len(t, one.Results, len(plain.Results))
	for i := range plain.Results {
		got := one.Results[i].Metrics
		delete(got, "ecn.marked_ratio")
		delete(got, "fairness.jain")
		// A scheduler counts what it serves when it begins, a station when the packet comes: the packets at the ends differ.
		for _, name := range []string{"power.dsn", "power.dsn_peak", "power.total", "energy.nj_per_packet", "energy.pj_per_bit", "thermal.junction"} {
			if v, ok := got[name]; ok {
				// The buffer is only charged where a traffic manager is asked for: up to 30 mW.
				assert.InDelta(t, plain.Results[i].Metrics[name], v, 0.03+2e-3*v, name)
				delete(got, name)
				delete(plain.Results[i].Metrics, name)
			}
		}
		assert.Equal(t, plain.Results[i].Metrics, got, plain.Results[i].Placement)
	}
}

// frameOf returns an Ethernet frame whose IP header has a code point.
func frameOf(version byte, dscp uint8) []byte {
	frame := make([]byte, 60)
	switch version {
	case 4:
		frame[12], frame[13] = 0x08, 0x00
		frame[14], frame[15], frame[17] = 0x45, dscp<<2|1, 46
	case 6:
		frame[12], frame[13] = 0x86, 0xdd
		frame[14], frame[15] = 0x60|dscp>>2, dscp<<6|0x3f
	default:
		frame[12], frame[13] = 0x08, 0x06
	}
	return frame
}

// A packet's class is that which its entry names, else that of the code point in its record, else the default.
func TestClassOfARecord(t *testing.T) {
	s := scenario(t, flooded, "dsn.traffic_manager={default: rest, classes: [{name: rest}, {name: gold, dscp: [ef]}, {name: zero, dscp: [0]}]}")
	c := &capture.Capture{}
	for _, data := range [][]byte{frameOf(4, 46), frameOf(6, 46), frameOf(4, 10), frameOf(4, 0), frameOf(6, 0), frameOf(0, 0), {1, 2}} {
		c.Records = append(c.Records, capture.Record{Data: data})
	}
	in := &input.Input{Traffic: &demand.Traffic{}, Prepared: input.Prepared{Trace: &traffic.Trace{}, Dscp: input.DscpOf(c)}}
	in.Classify(s.DSN.TrafficManager)
	const by = asic.ByHeader
	assert.Equal(t, []uint16{1 | by, 1 | by, by, 2 | by, 2 | by, 0, 0}, in.Queues)

	in = &input.Input{Traffic: &demand.Traffic{Class: "rest"}, Prepared: in.Prepared}
	in.Classify(s.DSN.TrafficManager)
	assert.Nil(t, in.Queues)
	assert.Zero(t, in.Queue)

	in = &input.Input{Traffic: &demand.Traffic{}} // made up
	in.Classify(s.DSN.TrafficManager)
	assert.EqualValues(t, 2|by, in.Queue)
}

// The shipped scenario shows what it says, and its expectations can fail: with gold sharing by weight one does.
func TestShippedClasses(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long with the race detector, and has one goroutine, or those of tests that stay")
	}
	verdicts := func(sets ...string) (list []string) {
		s, err := load.File("../classes.yaml", sets)
		require.NoError(t, err)
		for _, e := range simulate(t, s).Expectations {
			list = append(list, e.Verdict)
		}
		return list
	}
	for _, v := range verdicts() {
		assert.Equal(t, "holds", v)
	}
	assert.Contains(t, verdicts("dsn.traffic_manager.classes.0={name: gold, weight: 8}"), "fails")
}
