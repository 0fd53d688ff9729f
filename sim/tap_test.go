package sim

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/station"
	"github.com/dsnsim/dsnsim/sim/units"
)

// sightings is a Tap that writes down what it is told.
type sightings struct {
	e    *Engine
	list []string
}

func (s *sightings) Passed(p *packet.Packet, at units.Time, op Op) {
	s.list = append(s.list, fmt.Sprintf("%d at %d op %d", p.Key, at.Ps(), op))
}

func (s *sightings) Dropped(p *packet.Packet, at units.Time, hop int, reason uint8) {
	name := s.e.Place(p)
	s.list = append(s.list, fmt.Sprintf("%d at %d dropped by %s for %d", p.Key, at.Ps(), name, reason))
}

// tapped runs two sources through a DSN of one slow station and returns what became of their packets, and what a tap saw.
func tapped(t *testing.T, stepwise, tap bool) (journal, []string, Balance) {
	j := journal{}
	e := NewEngine(j)
	e.Stepwise = stepwise
	slow := e.AddFIFO(station.Spec{Name: "slow", Cost: station.Transfer{Rate: units.Gbps}.Cost(), Room: station.Room{Packets: 3}, DropReason: 7})
	var usedBy [][]int
	for i := range 2 {
		s := &listSource{rng: rand.New(rand.NewPCG(1, uint64(i)))}
		for range 100 {
			s.gaps = append(s.gaps, units.Duration(s.rng.IntN(20_000_000)))
		}
		s.path = uint16(e.AddPath(Path{Hops: []Hop{{Op: OpDelay, Delay: 5}, {Op: OpEnterChain},
			{Op: OpVisit, Node: slow}, {Op: OpDelay, Delay: 11}, {Op: OpLeaveChain}, {Op: OpDelay, Delay: 3}}}))
		usedBy = append(usedBy, []int{e.AddSource(s)})
	}
	e.Prepare(usedBy, station.Window{To: units.Forever})
	s := &sightings{e: e}
	if tap {
		e.Tap = s
	}
	require.NoError(t, e.Run(context.Background()))
	slices.Sort(s.list)
	return j, s.list, e.Balance()
}

// A tap changes nothing, sees each packet enter and then leave or be lost, and sees the same however the engine runs.
func TestTap(t *testing.T) {
	plain, none, _ := tapped(t, false, false)
	assert.Empty(t, none)
	with, seen, b := tapped(t, false, true)
	assert.Equal(t, plain, with)
	assert.Positive(t, b.Dropped)
	assert.Positive(t, b.Delivered)
	assert.EqualValues(t, b.In+b.Delivered+b.Dropped, len(seen))
	stepwise, same, _ := tapped(t, true, true)
	assert.Equal(t, plain, stepwise)
	assert.Equal(t, seen, same)
	for key, fate := range plain {
		var at, reason int64
		if n, _ := fmt.Sscanf(fate, "dropped at %d for %d", &at, &reason); n == 2 {
			assert.Contains(t, seen, fmt.Sprintf("%d at %d dropped by slow for 7", key, at))
			continue
		}
		_, err := fmt.Sscanf(fate, "delivered at %d", &at)
		require.NoError(t, err)
		assert.Contains(t, seen, fmt.Sprintf("%d at %d op %d", key, at-3, OpLeaveChain), "3 ps before its end")
	}
}
