package policy

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/asic/meter"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/units"
)

// policing lets one IP packet of 100 bytes through in each direction for each owner of a meter, of two servers with four VMs.
func policing(t *testing.T, among bool) *Policer {
	s := PolicerSpec{On: [2]bool{true, true}, Meter: meter.Spec{CIR: 1, CBS: 100}, Per: PerVM, Servers: 2, VMs: 4, Tunnels: 8, To: units.Forever}
	s.Actions[meter.Red].Drop = true
	o := &Origins{}
	o.Add(Origin{Among: among})
	p, err := NewPolicer(s, o)
	require.NoError(t, err)
	return p
}

// sized is a frame with 100 bytes of IP.
func sized(change func(*packet.Packet)) *packet.Packet {
	p := &packet.Packet{Bytes: [2]uint32{14 + 100 + 4, 0}}
	if change != nil {
		change(p)
	}
	return p
}

// Where an action has no mark, one that an earlier policer made stays.
func TestMarksStay(t *testing.T) {
	pl := policing(t, false)
	p := sized(func(p *packet.Packet) { p.Mark = packet.Marked | 12 })
	require.False(t, pl.Drops(units.At(0), p, false))
	assert.Equal(t, packet.Marked|12, p.Mark)
}

// A packet from VM to VM is metered for its sender's VM where it is sent, whatever association carries it, and in the server that it
// comes to where it is received.
func TestMetersAmongServers(t *testing.T) {
	for name, c := range map[string]struct {
		second func(*packet.Packet)
		free   bool
	}{
		"the same VM":             {nil, false},
		"by another association":  {func(p *packet.Packet) { p.SA = 6 }, false},
		"another VM":              {func(p *packet.Packet) { p.VF = 1 }, true},
		"received by the other":   {func(p *packet.Packet) { p.Received, p.To = true, 1 }, true},
		"received by the same":    {func(p *packet.Packet) { p.Received, p.To = true, 0 }, false},
		"sent to the other as is": {func(p *packet.Packet) { p.To = 1 }, false},
	} {
		pl := policing(t, true)
		require.False(t, pl.Drops(units.At(0), sized(nil), true))
		assert.Equal(t, c.free, !pl.Drops(units.At(0), sized(c.second), true), name)
	}
}

// A policer that is not told to be aware of colours does not see the one that an earlier policer gave.
func TestBlindToColours(t *testing.T) {
	for _, aware := range []bool{false, true} {
		pl := policing(t, false)
		pl.spec.Aware = aware
		p := sized(func(p *packet.Packet) { p.Colour = uint8(meter.Red) })
		assert.Equal(t, aware, pl.Drops(units.At(0), p, false))
	}
}
