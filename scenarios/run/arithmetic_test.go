package run

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/scenarios/result"
	"github.com/dsnsim/dsnsim/scenarios/trial"
	"github.com/dsnsim/dsnsim/sim/units"
)

// 400 B and 20 B of preamble and gap on 100 Gbps are 29.76 million a second, and all of them arrive.
func TestLineRateOf400ByteFrames(t *testing.T) {
	m := metrics(t, plainRack)
	assert.InEpsilon(t, 29.7619, m["offered.mpps"], 1e-3)
	assert.InEpsilon(t, m["offered.mpps"], m["throughput.mpps"], 1e-3)
	assert.Zero(t, m["loss.ratio"])
	assert.InEpsilon(t, 29.7619*400*8/1000, m["throughput.gbps"], 1e-3)
}

// Frames of any size saturate the link at its rate over 8 (n + 20) bits.
func TestLineRateOfEachSize(t *testing.T) {
	for _, size := range []int{64, 128, 256, 594, 1500, 1518, 9018} {
		m := metrics(t, plainRack, fmt.Sprintf("traffic.0.sizes=%dB", size), "run.duration=200us")
		want := 100e3 / float64(8*(size+20))
		// A frame more or less fits into the window.
		frame := 1 / (190 * want)
		assert.InEpsilon(t, want, m["offered.mpps"], frame+1e-9, "%d B", size)
		assert.InEpsilon(t, want, m["throughput.mpps"], 2*frame+1e-9, "%d B", size)
		assert.Zero(t, m["loss.ratio"], "%d B", size)
	}
}

// A slot of generation 3 with 4 lanes carries less than the link: 31.5 Gbit/s, less 16 B of DLLPs in each interval of the
// specification and less skip ordered sets. A frame of 400 B takes two headers of 24 B more, and a descriptor of 16 B
// behind one.
func TestSlotBoundThroughput(t *testing.T) {
	m := metrics(t, plainRack, "rack.server.pcie={gen: 3, lanes: 4}", "run.duration=2ms", "run.warmup=500us")
	const limit = 214 // (256+28)*1.4/4 + 115 symbols
	rate := 4 * 8e9 * 128 / 130 * (1 - 16.0/limit - 4.0/1538)
	assert.InEpsilon(t, rate/(8*(400+2*24+16+24))/1e6, m["throughput.mpps"], 2e-3)
	assert.Positive(t, m["drops.pcie_queue"])
	assert.InDelta(t, 1, m["pcie.utilization"], 1e-6)
	assert.InDelta(t, 1, m["bottleneck.utilization"], 1e-6)
}

// 100 m more between ToR and spine adds 500 ns to every packet: exactly to the shortest, longest and mean latency, and
// to the quantiles as finely as these are kept (0.1%). That is a whole number of clock cycles, and the traffic goes one
// way, so nothing else moves. Stalls are off: a core is away at instants of its own.
func TestHundredMetresMoreAreFiveHundredNanoseconds(t *testing.T) {
	calm := fixture(t, "host.stall.mean_interval", "0s")
	near := simulate(t, quickstart(t, calm, "traffic.0.direction=inbound", "traffic.0.load=60%"))
	far := simulate(t, quickstart(t, calm, "traffic.0.direction=inbound", "traffic.0.load=60%", "rack.cables.tor_spine=200m"))
	for _, name := range scenarios.AllPlacements() {
		a, b := row(t, near, name, "all", "all").Metrics, row(t, far, name, "all", "all").Metrics
		for _, exact := range []string{"min", "max", "mean"} {
			assert.InDelta(t, 500, b["latency."+exact]-a["latency."+exact], 1e-9, "%s %s", name, exact)
		}
		for _, quantile := range []string{"p50", "p90", "p99", "p999"} {
			assert.InDelta(t, 500, b["latency."+quantile]-a["latency."+quantile], b["latency."+quantile]*1e-3, "%s %s", name, quantile)
		}
		assert.InDelta(t, 0, b["chain.latency.mean"]-a["chain.latency.mean"], 1e-9, name)
	}
}

// The only packet in the measured window has the latency that its trace adds up to.
func TestLatencyIsThatOfTheTrace(t *testing.T) {
	for _, direction := range []string{"inbound", "outbound"} {
		// Packets are 100 us apart; the second is measured.
		s := scenario(t, plainRack, "traffic.0.load=10kpps", "traffic.0.direction="+direction, "services=[ipsec, vxlan, firewall, route]",
			"run.duration=150us", "run.warmup=50us", "placements=[software, nic, bump-in-the-wire, tor, appliance]")
		r, traces, err := Scenario(context.Background(), s, Options{Jobs: 1, TraceSeq: 1})
		require.NoError(t, err)
		require.Len(t, traces, 5)
		for _, trace := range traces {
			m := row(t, r, trace.Placement, "all", "all").Metrics
			at, sum := trace.Sent, units.Duration(0)
			for _, hop := range trace.Rows {
				require.Equal(t, at, hop.Arrive, "%s: a gap before %s", trace.Placement, hop.Name)
				sum += hop.Wait + hop.Service + hop.Latency
				at = hop.Leave
			}
			require.Equal(t, at, trace.Sent.Add(sum))
			for _, name := range []string{"min", "mean", "max", "p50", "p999"} {
				assert.InDelta(t, sum.Ns(), m["latency."+name], 1e-9, "%s %s", trace.Placement, name)
			}
		}
	}
}

// A trace does not change the result.
func TestTraceChangesNothing(t *testing.T) {
	s := quickstart(t)
	traced, traces, err := Scenario(context.Background(), s, Options{Jobs: 2, TraceSeq: 7})
	require.NoError(t, err)
	assert.Len(t, traces, 5*4, "five placements, two servers, two directions")
	assert.Equal(t, text(t, simulate(t, s)), text(t, traced))
}

// Of stations that are equally busy the first is named, so that the name does not depend on how many there are.
func TestTheFirstOfEqualStationsIsTheBusiest(t *testing.T) {
	list := []result.Station{{Name: "a", Utilization: 0.3}, {Name: "b", Utilization: 0.7}, {Name: "c", Utilization: 0.7}}
	assert.Equal(t, "b", trial.Busiest(list).Name)
	assert.Equal(t, "idle", trial.Busiest([]result.Station{{Name: "idle"}, {Name: "too"}}).Name)
	assert.Empty(t, trial.Busiest(nil).Name)
}
