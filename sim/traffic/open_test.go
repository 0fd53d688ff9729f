package traffic

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dsnsim/dsnsim/sim/units"
)

// What a replay says is ahead is what it sends then, at the same times where these are recorded, wherever it begins.
func TestAheadIsWhatComes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		trace := mixedTrace(t)
		c := ReplayConfig{Config: base(PacketLoad(units.PacketRate(rapid.Int64Range(1000, 100_000).Draw(t, "pps"))), Pacing(rapid.IntRange(0, 2).Draw(t, "pacing"))),
			Loop: rapid.Bool().Draw(t, "loop")}
		c.Replication = rapid.IntRange(0, 3).Draw(t, "replication")
		r, err := NewReplay(c, trace)
		require.NoError(t, err)
		var ats []int64
		var list []Packet
		r.Ahead(func(at int64, p Packet) { ats, list = append(ats, at), append(list, p) })
		require.Len(t, list, 100)
		for i := range list {
			p, ok := r.Next()
			require.True(t, ok)
			if c.Pacing == Recorded {
				require.InDelta(t, p.At.Ps(), ats[i], float64(units.Microsecond)/10, "spaced, or rounded")
			}
			p.At = units.Time{}
			require.Equal(t, p, list[i])
		}
	})
}

// The flows that are open are those that the next packets are of, by whatever they come.
func TestOpenFlows(t *testing.T) {
	c := imix(PacketLoad(1_000_000), Constant)
	c.Flows = 50
	byFlows := c
	byFlows.Level = &FlowLevel{Sizes: Exponential(100_000)}
	for _, c := range []SyntheticConfig{c, byFlows} {
		s, err := NewSynthetic(c)
		require.NoError(t, err)
		open := map[FlowID]bool{}
		for i := range s.OpenCount() {
			open[s.Open(i)] = true
		}
		assert.Len(t, open, s.OpenCount())
		p, _ := s.Next()
		assert.True(t, open[p.FlowID])
	}
}
