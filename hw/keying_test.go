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

// keymaker has a handshake of 100 us made before each packet of association 1.
type keymaker struct{ done []units.Time }

func (k *keymaker) Due(_ units.Time, p *packet.Packet) units.Duration {
	if p.SA == 1 {
		return 100 * units.Microsecond
	}
	return 0
}

func (k *keymaker) Done(_ *packet.Packet, at units.Time) { k.done = append(k.done, at) }

// A core makes the handshakes that its packets need before them, and those behind wait; what it has to do first of all comes
// before all packets.
func TestCoreMakesHandshakes(t *testing.T) {
	h := &profile.Host{}
	h.Clock.Value = units.GHz
	h.RingPackets.Value = 10
	k := &keymaker{}
	c := NewCore("core", h, station.Work{Cycles: 1000}, nil)
	c.Keying, c.Backlog = k, 50*units.Microsecond
	leaves := []int{51, 152, 153}
	for i, sa := range []uint32{0, 1, 2} {
		v, ok := c.Serve(units.At(0), &packet.Packet{SA: sa})
		require.True(t, ok)
		assert.Equal(t, units.At(units.Duration(leaves[i])*units.Microsecond), v.Leave)
	}
	assert.Equal(t, []units.Time{units.At(152 * units.Microsecond)}, k.done)
	assert.Zero(t, c.Backlog)
}
