package hw

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/hw/profile"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/station"
	"github.com/dsnsim/dsnsim/sim/units"
)

type judged []units.Time

func (j *judged) Judge(at units.Time, p *packet.Packet) {
	*j = append(*j, at)
	p.Refused = 4
}

// A core's judge is told of each packet that finds room, when it comes; what the packet costs stays.
func TestCoreAsksItsJudge(t *testing.T) {
	h := profile.Host{}
	h.Clock.Value, h.RingPackets.Value = units.GHz, 1
	core := NewCore("core", &h, station.Work{Cycles: 10}, nil)
	j := &judged{}
	core.Judge = j
	for came, begin := range []units.Duration{0, 10 * units.Nanosecond} {
		p := &packet.Packet{}
		core.Came(units.At(units.Duration(came)), p)
		v, ok := core.ServeQueued(units.At(units.Duration(came)), units.At(begin), p)
		require.True(t, ok)
		assert.Equal(t, 10*units.Nanosecond, v.Leave.Sub(v.Start))
		assert.EqualValues(t, 4, p.Refused)
	}
	assert.Equal(t, judged{units.At(0), units.At(1)}, *j)
}

// What is told of packets that are taken is told then.
func TestCoreTellsWhatItTakes(t *testing.T) {
	h := profile.Host{}
	h.Clock.Value, h.RingPackets.Value = units.GHz, 1
	core, j := NewCore("core", &h, station.Work{Cycles: 10}, nil), &judged{}
	core.Taken = j
	p := &packet.Packet{}
	core.Came(units.At(1), p)
	assert.Empty(t, *j)
	_, ok := core.ServeQueued(units.At(1), units.At(7), p)
	require.True(t, ok)
	assert.Equal(t, judged{units.At(7)}, *j)
	assert.EqualValues(t, 4, p.Refused)
}
