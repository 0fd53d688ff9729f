package experiments

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/internal/named"

	"github.com/dsnsim/dsnsim/scenarios/demand"
	"github.com/dsnsim/dsnsim/scenarios/input"
	"github.com/dsnsim/dsnsim/scenarios/result"
	"github.com/dsnsim/dsnsim/scenarios/run"
)

// lab is one server at 25 Gbps.
const lab = `version: 1
name: lab
rack:
  server: {cores: 32, vms: 8, pcie: {gen: 4, lanes: 16}, nic: {rate: 25Gbps}}
  uplink: 100Gbps
services: [ipsec, vxlan, firewall, route]
traffic: [{name: a, sizes: 400B, load: 10%, direction: both}]
run: {duration: 1ms, warmup: 100us, seed: 1}
`

// found searches with one frame size in one placement.
func found(t *testing.T, placement, frames string, spec ThroughputSpec, sets ...string) *ThroughputRow {
	t.Helper()
	sizes, ordered, err := demand.ParseSizes(frames)
	require.NoError(t, err)
	spec.Frames = []Frames{{Name: frames, Sizes: sizes, Ordered: ordered}}
	if spec.Losses == nil {
		spec.Losses = []float64{0}
	}
	if spec.Packets == 0 {
		spec.Packets = 20_000
	}
	spec.Width = 0.0005
	x, err := Throughput(context.Background(), scenario(t, lab, append(sets, "placements=["+placement+"]")...), spec, run.Options{Jobs: 2})
	require.NoError(t, err)
	require.True(t, x.Complete)
	require.Len(t, x.Rows, 1)
	require.Equal(t, result.OK, x.Rows[0].Status, x.Rows[0].Reasons)
	for _, g := range x.Rows[0].Goals {
		require.True(t, g.Done, "%+v", x.Rows[0])
	}
	return &x.Rows[0]
}

// Tunnels of n bytes make a frame of s bytes one of s+n on the server's link, with 20 B around it: it is full at a load of
// (s+20)/(s+n+20), and with g of the packets lost at 1/(1-g) of that. The search finds it within 0.1%, from below.
func TestNDRIsTheTunnelledLineRate(t *testing.T) {
	for _, size := range []int{64, 400, 1518} {
		if size != 400 && testing.Short() {
			continue
		}
		sizes := input.NewSizes(named.Stack("ipsec", "vxlan", "firewall", "route"), false).Of(uint32(size))
		r := found(t, "bump-in-the-wire", fmt.Sprint(size), ThroughputSpec{Losses: []float64{0, 0.005}})
		want := float64(size+20) / float64(sizes[1]+20)
		assert.InEpsilon(t, want, r.Goals[0].Load, 0.001, "%d B", size)
		assert.InEpsilon(t, want/0.995, r.Goals[1].Load, 0.001, "%d B", size)
		assert.InEpsilon(t, 2*want*25e3/8/float64(size+20), r.Goals[0].Mpps, 0.001, "%d B, both ways", size)
	}
}

// Where a station of known rate is the bottleneck, the search finds its rate within 0.1%: the survey's, which is arithmetic.
func TestNDRIsTheBottlenecksRate(t *testing.T) {
	for name, c := range map[string]struct {
		placement, station string
		sets               []string
	}{
		"one slow crypto core": {"nic", "dsn[0].crypto", []string{fixture(t, "dsn.crypto.cores", "1", "dsn.crypto.bytes_per_cycle", "2")}},
		"a slow parser":        {"tor", "tor.dsn.parser", []string{fixture(t, "dsn.clock", "20MHz", "dsn.parser.deparser_bytes", "128"), "dsn.count={tor: 1, appliance: 1}"}},
		"one host core":        {"software", "host[0].core[0]", []string{fixture(t, "host.stall.mean_interval", "0s"), "dsn.software={cores: 1}"}},
	} {
		if name != "one host core" && testing.Short() {
			continue
		}
		sets := append(c.sets, "placements=["+c.placement+"]", "traffic.0.sizes=512B", "traffic.0.arrivals=constant")
		e := explained(t, scenario(t, lab, sets...))
		require.Equal(t, c.station, e.Bottleneck, name)
		r := found(t, c.placement, "512", ThroughputSpec{}, sets...)
		assert.InEpsilon(t, e.Limit.Mpps, r.Goals[0].Mpps, 0.001, name)
		assert.Equal(t, c.station, r.Goals[0].Bottleneck, name)
	}
}

// All that the link carries comes through: the search needs one trial for each phase.
func TestFullLinkIsFoundAtOnce(t *testing.T) {
	r := found(t, "nic", "1518", ThroughputSpec{Bisect: true}, "services=[]")
	assert.Equal(t, 1.0, r.Goals[0].Load)
	assert.Zero(t, r.Goals[0].UpTo)
	assert.Equal(t, 2, r.Trials)
	assert.InEpsilon(t, 2*25e3/8/1538, r.Goals[0].Mpps, 0.001)
}

// On a path in hardware it needs fewer trials than bisection for the same goals, and less simulated time.
func TestFewerTrialsThanBisection(t *testing.T) {
	r := found(t, "nic", "400", ThroughputSpec{Losses: []float64{0, 0.005}, Bisect: true, Packets: 5000})
	assert.Less(t, r.Trials, r.BisectionTrials)
	assert.Less(t, 1.5*r.TrialSeconds, r.BisectionSeconds)
}

// Two sources of 100 and 25 Gbps: bursts of n frames from the spine meet in the port to the server, which takes away a quarter. What
// piles up must fit its buffer.
func TestBackToBackFillsTheBuffer(t *testing.T) {
	r := found(t, "nic", "1000", ThroughputSpec{Burst: true, Packets: 2000}, "services=[]", "traffic.0.direction=inbound",
		fixture(t, "switch.port_buffer", "600kB"))
	require.NotNil(t, r.Burst)
	assert.False(t, r.Burst.Unbounded)
	want := 600e3 / 1000 / (1 - 25.0/100)
	assert.InEpsilon(t, want, r.Burst.Frames, 0.01)
	r = found(t, "nic", "1000", ThroughputSpec{Burst: true, Packets: 2000}, "services=[]", "traffic.0.direction=outbound")
	assert.True(t, r.Burst.Unbounded, "a port as fast as the sender's needs no buffer")
}

// The loss above capacity is what does not fit: 1 - capacity/load. After an overload the queue that it left is full: the last
// loss is of a packet that was sent about when the overload ended.
func TestLossCurveAndRecovery(t *testing.T) {
	r := found(t, "bump-in-the-wire", "400", ThroughputSpec{LossCurve: true, Recovery: true, Packets: 8000}, fixture(t, "switch.port_buffer", "60kB"))
	for _, p := range r.Loss {
		assert.InDelta(t, max(0, 1-r.Goals[0].Load/p.Load), p.Ratio, 0.004, "%v", p.Load)
	}
	assert.Equal(t, 1.0, r.Loss[0].Load)
	require.NotNil(t, r.Recovery)
	assert.InEpsilon(t, min(1, 1.1*r.Goals[0].Load), r.Recovery.Overload, 1e-9)
	assert.True(t, r.Recovery.Lost)
	assert.Less(t, r.Recovery.Ns, 60e3*8/25) // ns: the time in which a port sends all that its buffer holds
}

// Latency rises towards the load without loss.
func TestLatencyAtShares(t *testing.T) {
	r := found(t, "bump-in-the-wire", "400", ThroughputSpec{Shares: []float64{0.1, 0.9}, Packets: 4000})
	require.Len(t, r.Latency, 2)
	assert.InEpsilon(t, 0.1*r.Goals[0].Load, r.Latency[0].Load, 1e-9)
	assert.LessOrEqual(t, r.Latency[0].P99Ns, r.Latency[1].P99Ns)
	assert.Positive(t, r.Latency[0].MeanNs)
}

// The report is the same whatever the number of workers, and a placement that cannot be deployed says why.
func TestThroughputIsDeterministic(t *testing.T) {
	s := scenario(t, lab, "placements=[nic, bump-in-the-wire, software]", "rack.server.virtualization=bare-metal")
	spec := ThroughputSpec{Losses: []float64{0}, Width: 0.01, Packets: 1000, Shares: []float64{0.5}}
	for _, f := range []string{"64", "imix"} {
		sizes, ordered, err := demand.ParseSizes(f)
		require.NoError(t, err)
		spec.Frames = append(spec.Frames, Frames{Name: f, Sizes: sizes, Ordered: ordered})
	}
	spec.Frames = append(spec.Frames, Frames{Name: "scenario"})
	one, err := Throughput(context.Background(), s, spec, run.Options{Jobs: 1})
	require.NoError(t, err)
	four, err := Throughput(context.Background(), s, spec, run.Options{Jobs: 4})
	require.NoError(t, err)
	assert.Equal(t, one, four)
	require.Len(t, one.Rows, 9)
	assert.Equal(t, "nic", one.Rows[2].Placement)
	assert.Equal(t, "scenario", one.Rows[2].Frames)
	assert.Equal(t, result.Undeployable, one.Rows[8].Status)
	assert.NotEmpty(t, one.Rows[8].Reasons)
}
