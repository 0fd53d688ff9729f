package asic

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/asic/keying"
	"github.com/dsnsim/dsnsim/hw/profile"
	"github.com/dsnsim/dsnsim/sim"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/station"
	"github.com/dsnsim/dsnsim/sim/stats"
	"github.com/dsnsim/dsnsim/sim/units"
)

// asymmetric is an engine of two units that make a handshake in 1 ms, with 100 us of messages and room for three packets.
func asymmetric(spec *keying.Spec, tunnels uint32) *handshakes {
	a := &profile.Asymmetric{}
	a.Units.Value, a.Handshake.Value, a.Exchange.Value, a.Queue.Value = 2, units.Millisecond, 100*units.Microsecond, 3
	return newHandshakes("chip", a, spec, 1, tunnels)
}

// The first packet of a tunnel asks for its keys and waits for them; those of both directions are made at once.
func TestHandshakesOnDemand(t *testing.T) {
	h := asymmetric(&keying.Spec{Tunnels: 10}, 10)
	out := func(us int, sa uint32) units.Duration {
		at := units.At(units.Duration(us) * units.Microsecond)
		v, ok := h.Serve(at, &packet.Packet{SA: sa})
		require.True(t, ok)
		return v.Out.Sub(units.At(0)) / units.Microsecond
	}
	assert.EqualValues(t, 1100, out(0, 4))
	assert.EqualValues(t, 1100, out(200, 14), "the other direction")
	assert.EqualValues(t, 1400, out(300, 5), "the other unit")
	assert.EqualValues(t, 1100, out(1100, 4))
	assert.EqualValues(t, 2400, out(1300, 6), "a unit is free since 1 ms")
	assert.EqualValues(t, 3000, out(3000, 6))
	u := h.Usage()[0]
	assert.EqualValues(t, 3, u.Visits)
	assert.Equal(t, "chip.handshake", u.Name)
	assert.Equal(t, keying.Counts{Done: 3, Total: 3300 * units.Microsecond, Max: 1100 * units.Microsecond}, h.counts)
}

// At most so many packets wait, over all tunnels; the others are lost for want of an association.
func TestPacketsWithoutKeysAreBounded(t *testing.T) {
	h := asymmetric(&keying.Spec{Tunnels: 10}, 10)
	for i := range uint32(6) {
		_, ok := h.Serve(units.At(0), &packet.Packet{SA: i % 2})
		assert.Equal(t, i < 3, ok, "packet %d", i)
	}
	assert.EqualValues(t, stats.DropNoSA, h.DropReason())
	assert.EqualValues(t, 3, h.Usage()[0].Drops)
	_, ok := h.Serve(units.At(1100*units.Microsecond), &packet.Packet{SA: 2})
	assert.True(t, ok, "those before have gone")
}

// All tunnels of a box get keys from the start of the run, so many a millisecond. A card's are those of its server.
func TestHandshakesAtStart(t *testing.T) {
	h := asymmetric(&keying.Spec{Tunnels: 10, AtStart: true}, 10)
	// Server 3: associations 60 to 69 inbound and 70 to 79 outbound.
	for i, want := range []int{1100, 1100, 2100, 2100, 3100} {
		v, ok := h.Serve(units.At(0), &packet.Packet{SA: 60 + uint32(i)})
		assert.Equal(t, i < 3, ok)
		if ok {
			assert.Equal(t, units.At(units.Duration(want)*units.Microsecond), v.Out)
		}
	}
	v, _ := h.Serve(units.At(5*units.Millisecond), &packet.Packet{SA: 79})
	assert.Equal(t, units.At(5100*units.Microsecond), v.Out, "the last of ten")
	assert.EqualValues(t, 10, h.Usage()[0].Visits)
}

// Handshakes count in the window in which they are complete.
func TestHandshakesOfTheWindow(t *testing.T) {
	h := asymmetric(&keying.Spec{Tunnels: 10, AtStart: true}, 10)
	h.Measure(station.Window{From: units.At(2 * units.Millisecond), To: units.At(4 * units.Millisecond)})
	h.Serve(units.At(0), &packet.Packet{})
	assert.EqualValues(t, 4, h.counts.Done, "at 2.1 and 3.1 ms")
}

// Chips of a box share one engine of all their units; without a word about keys there is none.
func TestChipsShareTheirKeys(t *testing.T) {
	p := reference(t)
	chain, err := newChain(p, "ipsec")
	require.NoError(t, err)
	d := New(sim.NewEngine(&last{}), p, chain, "box", 4)
	_, keyed := d.Handshakes()
	assert.False(t, keyed)
	assert.Len(t, d.cipher(nil, toDecrypt), 2)

	chain.Keying = &keying.Spec{Tunnels: 8}
	e := sim.NewEngine(&last{})
	d = New(e, p, chain, "box", 4)
	assert.Equal(t, 4*p.DSN.Asymmetric.Units.Value, d.handshakes[0].Servers())
	assert.Len(t, d.cipher(nil, toDecrypt), 3)
	_, keyed = d.Handshakes()
	assert.True(t, keyed)
	usages := e.Usages()
	assert.Equal(t, "box.handshake", usages[len(usages)-1].Name)
}
