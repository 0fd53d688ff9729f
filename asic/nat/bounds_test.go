package nat

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dsnsim/dsnsim/asic/policy"
	"github.com/dsnsim/dsnsim/sim/header"
	"github.com/dsnsim/dsnsim/sim/units"
)

// A pool may be a /16 and no more; the default ports are all but the well-known ones, 0 to 1023 (RFC 4787, section 4.2.2).
func TestTheLargestPool(t *testing.T) {
	s := small(1)
	s.Pool = []netip.Prefix{netip.MustParsePrefix("198.18.0.0/16")}
	_, err := NewPlan(s.Spec)
	require.NoError(t, err)
	s.Pool = append(s.Pool, netip.MustParsePrefix("198.51.100.8/32"))
	_, err = NewPlan(s.Spec)
	require.ErrorContains(t, err, "more than 65536")
	assert.Equal(t, [2]int{1<<10 - 1 + 1, 1<<16 - 1}, [2]int{DefaultFirstPort, DefaultLastPort})
}

// However many ports there are, and whichever come back, one is handed out that is in the range and free while any is.
func TestPortsStayInTheirRange(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ports := rapid.SampledFrom([]uint16{1, 2, 63, 64, 65, 66, 129}).Draw(t, "ports")
		s := small(ports)
		s.Pool = s.Pool[1:] // one address
		plan, err := NewPlan(s.Spec)
		require.NoError(t, err)
		p := newPool(plan, 0, 1)
		taken := map[uint16]bool{}
		var list []uint16
		take := func() {
			_, port, ok := p.take(0, 0, 1, classTCP)
			require.True(t, ok)
			require.True(t, port >= 1024 && port < 1024+ports && !taken[port], "%d", port)
			taken[port], list = true, append(list, port)
		}
		for range ports {
			take()
		}
		_, _, ok := p.take(0, 0, 1, classTCP)
		require.False(t, ok)
		for range 200 {
			i := rapid.IntRange(0, len(list)-1).Draw(t, "back")
			port := list[i]
			list = append(list[:i], list[i+1:]...)
			delete(taken, port)
			p.give(0, p.addrs[0], port, classTCP)
			take()
		}
	})
}

// A port that has come back is not the next to be handed out, while others are free.
func TestPortsRest(t *testing.T) {
	s := small(10)
	plan, err := NewPlan(s.Spec)
	require.NoError(t, err)
	p := newPool(plan, 0, 1)
	addr, port, _ := p.take(0, 0, 1, classTCP)
	p.give(0, addr, port, classTCP)
	_, next, _ := p.take(0, 0, 1, classTCP)
	assert.Equal(t, port+1, next)
}

// Bindings are counted from the window's beginning until its end, which is not of it; those of before are still active.
func TestCountsAreOfTheWindow(t *testing.T) {
	s := small(100)
	s.From, s.To = units.At(units.Millisecond), units.At(2*units.Millisecond)
	n := made(t, s, 0, 1)
	for i, at := range []units.Duration{units.Millisecond - 1, units.Millisecond, 2*units.Millisecond - 1, 2 * units.Millisecond} {
		_, o := out(n, at, tcp("10.0.0.1", uint16(i), "203.0.113.1", 80))
		require.Equal(t, Begun, o)
	}
	assert.Equal(t, Counts{New: 2, Active: 3}, n.Counts())
}

// An ICMP error goes with its session in either direction, and does not keep it alive (RFC 5508, REQ-6): the only port is free when
// the timeout has passed since the session's own packet.
func TestErrorsKeepNothingAlive(t *testing.T) {
	const us = units.Microsecond
	for _, outbound := range []bool{false, true} {
		s := small(1)
		s.Timeouts = policy.Timeouts{TCP: 800 * us, UDP: 800 * us, ICMP: 800 * us, Other: 800 * us}
		n := made(t, s, 0, 1)
		u := tcp("10.0.0.1", 1, "203.0.113.1", 80)
		_, o := out(n, 0, u)
		require.Equal(t, Begun, o)
		about := Packet{Size: 64, About: true}
		if outbound {
			v := u
			o, _ = n.Outbound(units.At(700*us), &v, about)
		} else {
			v := u.Reverse()
			n.Wire(units.At(700*us), &v, false)
			o, _ = n.Inbound(units.At(700*us), &v, about)
		}
		require.Equal(t, Known, o)
		_, o = out(n, 1100*us, tcp("10.0.0.1", 2, "203.0.113.1", 80))
		assert.Equal(t, Begun, o, "outbound: %v", outbound)
	}
}

// What a tenant sends from a bound address of the pool is from its own inside address only where the binding is its own.
func TestAnotherTenantsBinding(t *testing.T) {
	n := made(t, small(100), 0, 1)
	u := tuple("10.0.0.1", 5000, "203.0.113.1", 80, header.ProtoTCP)
	u.Network = 1
	wire, o := out(n, 0, u)
	require.Equal(t, Begun, o)
	for network, want := range map[uint32]uint16{1: u.SrcPort, 2: wire.SrcPort} {
		v := wire
		v.Network = network
		n.Wire(units.At(0), &v, true)
		assert.Equal(t, want, v.SrcPort, "tenant %d", network)
	}
}
