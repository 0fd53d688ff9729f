package lb

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/asic/policy"
	"github.com/dsnsim/dsnsim/sim/units"
)

// What is allowed is allowed to its bound, and refused beyond.
func TestBounds(t *testing.T) {
	const aboveHalf = 1<<26 + 15 // a prime: one such table is within MaxPlaces, two are not
	require.True(t, IsPrime(aboveHalf))
	for name, c := range map[string]struct {
		backends, size int
		change         func(*Backend)
		text           string
	}{
		"the heaviest":       {2, 7, func(b *Backend) { b.Weight = MaxWeight }, ""},
		"too heavy":          {2, 7, func(b *Backend) { b.Weight = MaxWeight + 1 }, "weight"},
		"a place each":       {7, 7, nil, ""},
		"fewer places":       {8, 7, nil, "backends"},
		"most backends":      {MaxBackends, DefaultTable, nil, ""},
		"too many backends":  {MaxBackends + 1, DefaultTable, nil, "backends"},
		"one large table":    {2, aboveHalf, nil, ""},
		"and one of a drain": {2, aboveHalf, func(b *Backend) { b.Drain = 1 }, "together"},
	} {
		s := web(c.backends, c.size)
		if c.change != nil {
			c.change(&s.VIPs[0].Backends[0])
		}
		if err := Check(s); c.text == "" {
			assert.NoError(t, err, name)
		} else {
			assert.ErrorContains(t, err, c.text, name)
		}
	}
	for _, n := range []int{4, 9, 25, 121, 257 * 257} {
		assert.False(t, IsPrime(n), "%d", n)
	}
	assert.Equal(t, 1<<16+1, DefaultTable, "the smaller table of the paper")
}

// Backends that drain at one instant take one more table together.
func TestTablesOfDrains(t *testing.T) {
	v := VIP{Backends: []Backend{{Drain: 2}, {}, {Drain: 1}, {Drain: 2}}}
	assert.Equal(t, []units.Duration{1, 2}, v.drains())
}

// Flows are counted from the window's beginning until its end, which is not of it; those of before are still active.
func TestCountsAreOfTheWindow(t *testing.T) {
	s := web(3, 251)
	s.From, s.To = units.At(units.Millisecond), units.At(2*units.Millisecond)
	b := made(t, s, 100)
	for i, at := range []units.Duration{units.Millisecond - 1, units.Millisecond, 2*units.Millisecond - 1, 2 * units.Millisecond} {
		_, o := in(b, at, tcp("192.0.2.1", uint16(i), "203.0.113.10", 80))
		require.Equal(t, Begun, o)
	}
	assert.Equal(t, Counts{New: 2, Active: 3}, b.Counts())
}

// An ICMP error goes with its flow and does not keep it alive: when the timeout has passed since the flow's own packet, its only entry
// is another's.
func TestErrorsKeepNothingAlive(t *testing.T) {
	const us = units.Microsecond
	s := web(3, 251)
	s.Timeouts = policy.Timeouts{TCP: 800 * us, UDP: 800 * us, ICMP: 800 * us, Other: 800 * us}
	b := made(t, s, 1)
	u := tcp("192.0.2.1", 1, "203.0.113.10", 80)
	_, o := in(b, 0, u)
	require.Equal(t, Begun, o)
	v := u
	o, _ = b.Inbound(units.At(700*us), &v, Packet{Size: 64, About: true})
	require.Equal(t, Known, o)
	_, o = in(b, 1100*us, tcp("192.0.2.1", 2, "203.0.113.10", 80))
	assert.Equal(t, Begun, o)
}

// Only answers of a backend are given the VIP, and only what goes to a backend was sent to it: the same headers the other way are
// somebody else's.
func TestTheOtherWayIsUntouched(t *testing.T) {
	b := made(t, web(3, 251), 10)
	seen, _ := in(b, 0, tcp("192.0.2.1", 1, "203.0.113.10", 80))
	v := seen
	o, _ := b.Outbound(units.At(0), &v, start)
	assert.Equal(t, Untouched, o)
	assert.Equal(t, seen, v)
	v = seen.Reverse()
	b.Wire(units.At(0), &v, false)
	assert.Equal(t, seen.Reverse(), v)
}

// Where the table of what backends see has no room, no half of the flow stays behind.
func TestNoHalfOfAFlow(t *testing.T) {
	b := made(t, web(3, 251), 2)
	for i := range 2 {
		other := tcp("198.51.100.1", uint16(i), "198.51.100.2", 1)
		b.inside.Enter(&other, units.At(0))
	}
	_, o := in(b, 0, tcp("192.0.2.1", 1, "203.0.113.10", 80))
	assert.Equal(t, Full, o)
	n, _ := b.flows.Len()
	assert.Zero(t, n)
}
