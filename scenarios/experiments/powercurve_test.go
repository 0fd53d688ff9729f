package experiments

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/scenarios/arithmetic"
	"github.com/dsnsim/dsnsim/scenarios/result"
	"github.com/dsnsim/dsnsim/scenarios/run"
	"github.com/dsnsim/dsnsim/sim/units"
)

// percents are loads.
func percents(list ...int) (out []units.Ratio) {
	for _, p := range list {
		out = append(out, units.Ratio(p)*units.Percent)
	}
	return out
}

// curvesOf simulates power against load.
func curvesOf(t testing.TB, s *scenarios.Scenario, loads []units.Ratio) *PowerCurves {
	t.Helper()
	x, err := Power(context.Background(), s, loads, run.Options{Jobs: 4})
	require.NoError(t, err)
	require.True(t, x.Complete)
	return x
}

// A point is what the scenario gives with that load, to the bit; at idle a placement takes what it draws at rest.
func TestPointsAreRunsOfTheScenario(t *testing.T) {
	s := scenario(t, plainRack, allPlaces("40%", "run={duration: 300us, warmup: 100us, replications: 2}")...)
	x := curvesOf(t, s, percents(0, 20, 40))
	report := simulate(t, s)
	e, err := arithmetic.Explain(s)
	require.NoError(t, err)
	require.Len(t, x.Placements, 5)
	for i, c := range x.Placements {
		m := row(t, report, c.Placement, result.All, result.All)
		require.Len(t, c.Points, 3)
		p := c.Points[2]
		assert.InDelta(t, 0.4, p.Load, 0)
		for name, got := range map[string]float64{"power.dsn": p.DSNWatts, "power.host": p.HostWatts, "power.total": p.TotalWatts,
			"throughput.mpps": p.ThroughputMpps, "offered.gbps": p.OfferedGbps, "loss.ratio": p.LossRatio, "energy.nj_per_packet": *p.NJPerPacket} {
			assert.Equal(t, m.Metrics[name], got, "%s of %s", name, c.Placement) //nolint:testifylint // bit for bit
		}
		assert.Equal(t, m.Section("power"), p.Components)
		idle := c.Points[0]
		assert.Zero(t, idle.ThroughputMpps)
		assert.Nil(t, idle.NJPerPacket)
		rest := 0.0
		for _, part := range e.Placements[i].Power.Parts {
			rest += part.RestWatts
		}
		assert.InEpsilon(t, rest, idle.TotalWatts, 1e-12)
		if c.Placement != "software" {
			assert.InEpsilon(t, e.Placements[i].Power.RestWatts, idle.DSNWatts, 1e-12, "exactly what is drawn at rest")
			assert.InDelta(t, 1, *idle.ClockRatio, 0)
			assert.Equal(t, e.Placements[i].Power.Budget, c.Budget)
		}
		assert.Less(t, idle.TotalWatts, c.Points[1].TotalWatts)
	}
}

// The entries keep their proportions: of each direction's link, in whatever form their loads are given, and a capture without a
// load gets one.
func TestLoadsAreShares(t *testing.T) {
	const head = "run={duration: 6ms, warmup: 500us}"
	for _, c := range []struct {
		name, traffic string
		gbps          float64 // of frames at half the link, both directions together
	}{
		{"one", "[{sizes: 400B, load: 5%}]", 12.5 * 400 / 420},
		{"packets", "[{sizes: 400B, load: 1kpps, arrivals: constant}]", 12.5 * 400 / 420},
		{"both directions", "[{sizes: 400B, load: 80%, direction: both}]", 2 * 12.5 * 400 / 420},
		{"the busier direction", "[{sizes: 400B, load: 30%, direction: both}, {sizes: 400B, load: 30%}]", 1.5 * 12.5 * 400 / 420},
		{"in proportion", "[{sizes: 400B, load: 3Gbps}, {sizes: 1000B, load: 1Gbps}]", 12.5 * (0.75*400/420 + 0.25*1000/1020)},
	} {
		s := scenario(t, plainRack, "rack.server.nic.rate=25Gbps", head, "traffic="+c.traffic)
		p := curvesOf(t, s, percents(50)).Placements[0].Points[0]
		assert.InEpsilon(t, c.gbps, p.OfferedGbps, 0.02, c.name)
		assert.InDelta(t, 0.5, p.Load, 0)
	}
	s := quickstart(t, head, "traffic=[{pcap: ../captures/mix.pcap}]", "placements=[nic]", "rack.servers=1", "expect=[]")
	half, full := curvesOf(t, s, percents(40, 80)), curvesOf(t, s, percents(80))
	assert.InEpsilon(t, 2*half.Placements[0].Points[0].OfferedGbps, full.Placements[0].Points[0].OfferedGbps, 0.05)
	assert.Equal(t, half.Placements[0].Points[1], full.Placements[0].Points[0], "a point does not depend on the others")
	idle := curvesOf(t, s, percents(0)).Placements[0].Points[0]
	assert.Zero(t, idle.OfferedGbps, "a capture cannot be sent at no load, and is not")
}

// Where a governor slows the DSN, the points show what that gives, and the fit what it would take without.
func TestCurveOfAGovernedDSN(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long with the race detector, and has one goroutine, or those of tests that stay")
	}
	s := scenario(t, hot)
	x := curvesOf(t, s, percents(0, 40, 60, 70, 80, 95))
	free := curvesOf(t, scenario(t, hot, "dsn.power={budget: 23W, over: violation}"), percents(0, 40, 60, 70, 80, 95))
	c, f := x.Placements[0], free.Placements[0]
	assert.True(t, c.Throttled)
	assert.False(t, f.Throttled)
	for i := range c.Points {
		assert.InDelta(t, f.Points[i].DSNWatts, c.Points[i].FreeWatts, 0)
		assert.InDelta(t, f.Points[i].DSNWatts, f.Points[i].FreeWatts, 0)
		assert.Equal(t, f.Points[i].OverBudget, c.Points[i].OverBudget)
	}
	assert.Equal(t, f.Fit, c.Fit)
	last := c.Points[5]
	assert.LessOrEqual(t, last.DSNWatts, 23.0)
	assert.Greater(t, last.FreeWatts, 23.0)
	assert.Less(t, *last.ClockRatio, 0.9)
	assert.InDelta(t, 1, *c.Points[0].ClockRatio, 0)

	require.NotNil(t, c.Fit.FitsUpTo)
	assert.InDelta(t, last.FreeWatts-23, c.Fit.ExcessWatts, 1e-9)
	at := curvesOf(t, scenario(t, hot, "dsn.power={budget: 23W, over: violation}"),
		[]units.Ratio{units.Ratio(*c.Fit.FitsUpTo * float64(units.Whole))}).Placements[0].Points[0]
	assert.InDelta(t, 23.0, at.DSNWatts, 0.05, "the load that just fits does")

	require.Len(t, c.Fit.Contributors, 3)
	assert.Equal(t, "static", c.Fit.Contributors[0].Component)
	for i, part := range c.Fit.Contributors {
		assert.InEpsilon(t, part.Watts/last.FreeWatts, part.Share, 1e-9)
		sum := 0.0
		for _, o := range part.Operations {
			sum += o.Watts
		}
		assert.InEpsilon(t, part.Watts, sum, 1e-9)
		assert.InEpsilon(t, part.Watts/f.Points[5].ThroughputMpps*1e3, *part.NJPerPacket, 1e-9, "one DSN, and all its packets")
		if i > 0 {
			assert.GreaterOrEqual(t, c.Fit.Contributors[i-1].Watts, part.Watts)
		}
	}
}

// A DSN that takes too much at rest is as slow as it gets, idle or not, and no load fits.
func TestCurveThatNeverFits(t *testing.T) {
	c := curvesOf(t, scenario(t, hot, "dsn.power.budget=15W"), percents(0, 50)).Placements[0]
	assert.InDelta(t, 0.25, *c.Points[0].ClockRatio, 1e-9, "the governor knows of spans in which nothing comes")
	assert.True(t, c.Points[0].OverBudget)
	assert.Nil(t, c.Fit.FitsUpTo)
	assert.Greater(t, c.Fit.ExcessWatts, 5.0)
	c = curvesOf(t, scenario(t, hot, "dsn.power={budget: 100W, over: violation}"), percents(0, 50)).Placements[0]
	assert.Nil(t, c.Fit.FitsUpTo)
	assert.Negative(t, c.Fit.ExcessWatts)
}

// The curves are the same whatever the number of workers, and say when they are not whole.
func TestCurvesAreDeterministic(t *testing.T) {
	s := scenario(t, plainRack, allPlaces("20%", "dsn.power={budget: 20100mW, over: throttle}", "run={duration: 300us, warmup: 100us, replications: 2}")...)
	want := ""
	for _, jobs := range []int{1, 4} {
		x, err := Power(context.Background(), s, percents(0, 50, 90), run.Options{Jobs: jobs})
		require.NoError(t, err)
		got, err := json.Marshal(x)
		require.NoError(t, err)
		if want == "" {
			want = string(got)
		}
		require.Equal(t, want, string(got))
	}
	ctx, cancel := context.WithCancel(context.Background())
	x, err := Power(ctx, s, percents(0, 50, 90), run.Options{Jobs: 1, Progress: func(done, _ int) {
		if done == 5 {
			cancel()
		}
	}})
	require.ErrorIs(t, err, context.Canceled)
	assert.False(t, x.Complete)
	assert.NotEmpty(t, x.Placements[0].Points)
	assert.Empty(t, x.Placements[4].Points)
}

// A placement that cannot run is told, and attacks are left out.
func TestCurvesWithoutAttacks(t *testing.T) {
	s := scenario(t, plainRack, "rack.server.virtualization=bare-metal", "placements=[software, nic]",
		"attacks=[{kind: doorbell_flood, server: 0, vf: 3, rate: 100M/s}]", "rack.server.nic.sriov=true")
	require.Len(t, s.Attacks, 1)
	x := curvesOf(t, s, percents(50))
	assert.Equal(t, result.Undeployable, x.Placements[0].Status)
	assert.Empty(t, x.Placements[0].Points)
	assert.Len(t, x.Placements[1].Points, 1)
	assert.Len(t, s.Attacks, 1, "the scenario stays as it is")
}

func TestCheckLoads(t *testing.T) {
	assert.NoError(t, CheckLoads(percents(0, 10, 200)))
	for _, c := range []struct {
		loads []units.Ratio
		want  string
	}{
		{nil, "expected loads, such as 0%,50%,100%"},
		{percents(10, 10), "expected loads that rise, got 10% behind 10%"},
		{percents(50, 20), "expected loads that rise, got 20% behind 50%"},
		{percents(0, 201), "expected loads from 0% to 200%, got 201%"},
	} {
		assert.EqualError(t, CheckLoads(c.loads), c.want)
	}
}

// The warm-up that is found holds for all loads.
func TestPowerFindsItsWarmup(t *testing.T) {
	c, err := Power(context.Background(), scenario(t, noisy, "run.warmup=auto", "placements=[nic]"), []units.Ratio{0, 50 * units.Percent}, run.Options{Jobs: 2, TraceSeq: -1})
	require.NoError(t, err)
	assert.Regexp(t, `^warm-up [0-9.]+[mun]?s, found by MSER-5`, c.Notes[len(c.Notes)-1])
}
