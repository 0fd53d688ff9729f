package cores

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dsnsim/dsnsim/hw"
	"github.com/dsnsim/dsnsim/hw/profile"
	"github.com/dsnsim/dsnsim/scenarios/result"
	"github.com/dsnsim/dsnsim/sim"
	"github.com/dsnsim/dsnsim/sim/rng"
	"github.com/dsnsim/dsnsim/sim/station"
	"github.com/dsnsim/dsnsim/sim/units"
)

// server is one whose cores work for some ns on each packet, and are taken away as a profile says, or never.
func server(t require.TestingT, ns int, stalls bool, loads ...Load) *Server {
	p, err := profile.Load("reference-100g")
	require.NoError(t, err)
	host := p.Host
	host.Clock.Value = units.GHz
	if !stalls {
		host.Stall.MeanInterval.Value = 0
	}
	return &Server{Loads: loads, Ring: 1024, Cores: func(n int) (list []*hw.Core, err error) {
		for range n {
			list = append(list, hw.NewCore("core", &host, station.Work{Cycles: units.Cycles(ns)}, rng.New(1, 0, "core")))
		}
		return list, nil
	}}
}

// evenly is a load of so many packets a second, of flows that are spread evenly.
func evenly(pps float64, flows int) Load {
	hashes := make([]uint32, flows)
	for i := range hashes {
		hashes[i] = uint32((uint64(2*i+1) << 31) / uint64(flows))
	}
	return Load{Samples: []Sample{{Share: 1}}, PPS: pps, Draws: [][]uint32{hashes}, Evenness: 1, Flow: 1 / float64(flows)}
}

func needed(t require.TestingT, s *Server) *result.Cores {
	c, err := s.Needed()
	require.NoError(t, err)
	return c
}

// 5 Mpps of 199 ns keep one core busy, so that two have time to spare, whatever rings lose while cores are taken away: that is
// said beside, with what would make it less.
func TestWorkComesFirst(t *testing.T) {
	c := needed(t, server(t, 199, false, evenly(5e6, 4096)))
	assert.InDelta(t, 0.995, c.Work, 1e-9)
	assert.Equal(t, 2, c.Needed)
	assert.InDelta(t, 0.4975, c.Busiest, 1e-9)
	assert.Zero(t, c.Lost)
	stalled := needed(t, server(t, 199, true, evenly(5e6, 4096)))
	assert.Equal(t, 2, stalled.Needed)
	assert.Greater(t, stalled.Lost, MostLost)
	assert.Greater(t, stalled.CoresFor, 8)
	assert.Contains(t, []int{2048, 4096, 8192, 16384}, stalled.RingFor)
	longer := server(t, 199, true, evenly(5e6, 4096))
	longer.Ring = stalled.RingFor
	assert.LessOrEqual(t, needed(t, longer).Lost, MostLost, "as it says")
}

// A small load beside adds its work and no more.
func TestSmallEntries(t *testing.T) {
	big, small := evenly(5e6, 4096), evenly(1000, 1)
	assert.Equal(t, 2, needed(t, server(t, 199, true, big, small)).Needed)
	assert.Equal(t, 1, needed(t, server(t, 199, true, small)).Needed)
}

// One flow has one core: what is beyond that is said, and no number of cores is searched for.
func TestOneFlow(t *testing.T) {
	for pps, want := range map[float64]string{
		4e6: "the busiest is then busy for 79.6% of the time (at most 90%)",
		5e6: "one flow alone needs 100% of a core, and more cores do not help that flow",
		9e6: "one flow alone needs 179% of a core, and more cores do not help that flow",
	} {
		c := needed(t, server(t, 199, false, evenly(pps, 1)))
		assert.Equal(t, 1, c.Needed)
		c.Server = 32
		assert.Equal(t, pps < 5.03e6, c.Enough())
		assert.Contains(t, c.String(), want)
	}
	// Others beside it need cores of their own.
	c := needed(t, server(t, 199, false, evenly(4.5e6, 1), evenly(5e6, 4096)))
	assert.Greater(t, c.Needed, 8)
	assert.LessOrEqual(t, c.Needed, 32)
}

// A few flows that nearly fill a core each and have the same hash cannot be told apart by any number of cores.
func TestFlowsThatMeet(t *testing.T) {
	l := evenly(8e6, 2)
	l.Draws = [][]uint32{{7, 7}}
	c := needed(t, server(t, 199, false, l))
	assert.True(t, c.Uneven)
	assert.Equal(t, 2, c.Needed, "the work")
	assert.False(t, c.Enough())
	assert.Contains(t, c.String(), "flows are too few to be spread by their hashes: the busiest core is asked for 159%")
}

// The busiest core of any draw counts, and with as many cores as are needed each draw has time to spare; with more work never
// fewer are needed.
func TestEveryDrawHasTimeToSpare(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := rng.New(rapid.Uint64().Draw(t, "seed"), 0, "hashes")
		draws := make([][]uint32, rapid.IntRange(1, 4).Draw(t, "draws"))
		for i := range draws {
			for range 200 {
				draws[i] = append(draws[i], r.Uint32())
			}
		}
		l := Load{Samples: []Sample{{Share: 1}}, PPS: 1e6 * float64(rapid.IntRange(1, 30).Draw(t, "mpps")), Draws: draws, Evenness: 1, Flow: 1.0 / 200}
		s := server(t, 200, false, l)
		c := needed(t, s)
		require.False(t, c.Uneven)
		require.LessOrEqual(t, c.Busiest, MostBusy)
		require.GreaterOrEqual(t, float64(c.Needed)*MostBusy, c.Work)
		for i := range draws {
			one := l
			one.Draws = draws[i : i+1]
			cores, err := s.Cores(c.Needed)
			require.NoError(t, err)
			require.LessOrEqual(t, (&Server{Loads: []Load{one}}).on(cores).busy, MostBusy)
		}
		l.PPS *= 1.5
		require.GreaterOrEqual(t, needed(t, server(t, 200, false, l)).Needed, c.Needed)
	})
}

// A core sees its part of the flows and tunnels, and never less than one.
func TestPopulationOfACore(t *testing.T) {
	l := Load{Population: sim.Population{Flows: 10, SAs: 1}}
	of := l.population(3)
	assert.Equal(t, [2]int64{4, 1}, [2]int64{of.Flows, of.SAs})
	of = l.population(5)
	assert.Equal(t, [2]int64{2, 1}, [2]int64{of.Flows, of.SAs})
}

// Flows that are half as uneven as those that were drawn: where all of these come to one of two cores, it has three quarters.
func TestEvenness(t *testing.T) {
	l := evenly(1e6, 2)
	l.Draws, l.Evenness = [][]uint32{{0, 0}}, 0.5
	s := server(t, 1000, false, l)
	cores, err := s.Cores(2)
	require.NoError(t, err)
	b := s.on(cores)
	assert.InDelta(t, 0.75, b.busy, 1e-9)
	assert.InDelta(t, 0.75e6, b.pps, 1e-3)
	assert.InDelta(t, 1, b.sum, 1e-9)
}

// The headroom is a tenth of the time of the busiest core, and half of the loss of one packet in a thousand.
func TestHeadroom(t *testing.T) {
	c := needed(t, server(t, 199, false, evenly(1e6, 64)))
	assert.InDelta(t, 1-1.0/10, c.MostBusy, 1e-12)
	assert.InDelta(t, 1.0/1000/2, c.MostLost, 1e-12)
	for ns, want := range map[int]int{898: 1, 902: 2} { // 1 Mpps of so many ns
		assert.Equal(t, want, needed(t, server(t, ns, false, evenly(1e6, 4096))).Needed, "%d ns", ns)
	}
}
