package nat

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dsnsim/dsnsim/asic/policy"
	"github.com/dsnsim/dsnsim/asic/table"
	"github.com/dsnsim/dsnsim/sim/header"
	"github.com/dsnsim/dsnsim/sim/units"
)

// end is an address and port of a protocol, in the network of a tenant.
type end struct {
	addr    table.Addr
	port    uint16
	proto   uint8
	network uint32
}

// naive is NAT as the RFC tells it: a list of sessions, and of bindings by inside end. It does not know which free port
// a new binding gets, so it learns that from the NAT under test and checks that it was free to be given.
type naive struct {
	t        *rapid.T
	spec     limited
	bindings map[end]end // inside to outside
	sessions map[table.Tuple]units.Time
	sweep    units.Time
}

func source(u *table.Tuple) end      { return end{u.Src, u.SrcPort, u.Proto, u.Network} }
func destination(u *table.Tuple) end { return end{u.Dst, u.DstPort, u.Proto, u.Network} }

func (n *naive) inside(a table.Addr) bool {
	return a.Lo>>24 == 10
}

// pass ends what was idle, at the instants at which the NAT looks for it.
func (n *naive) pass(at units.Time, timeout, interval units.Duration) {
	if at.Before(n.sweep) {
		return
	}
	n.sweep = at.Add(interval)
	for u, seen := range n.sessions {
		if at.Sub(seen) >= timeout+units.Nanosecond { // a tick, as both stamps are rounded down
			delete(n.sessions, u)
		}
	}
	for in := range n.bindings {
		used := false
		for u := range n.sessions {
			used = used || source(&u) == in
		}
		if !used {
			delete(n.bindings, in)
		}
	}
}

// outbound returns what must become of a packet; Begun stands for any new binding.
func (n *naive) outbound(at units.Time, u table.Tuple, begins bool) (want Outcome, to end) {
	static, out := n.spec.Static[0], source(&u)
	switch {
	case !n.inside(u.Src) || n.inside(u.Dst):
		return Untouched, out
	case u.Src == table.AddrOf(static.Inside):
		out.addr = table.AddrOf(static.Outside)
		return Mapped, out
	}
	if _, known := n.sessions[u]; known {
		n.sessions[u] = at
		return Known, n.bindings[source(&u)]
	}
	if !begins || u.Answer {
		return NoBinding, out
	}
	if u.Proto == header.ProtoESP {
		return NoPort, out
	}
	if b, bound := n.bindings[source(&u)]; bound {
		if len(n.sessions) == n.spec.Sessions {
			return Full, out
		}
		n.sessions[u] = at
		return Begun, b
	}
	return Begun, end{}
}

// learn takes over the binding that the NAT made, or that it refused to make one.
func (n *naive) learn(at units.Time, u table.Tuple, got Outcome, to end) {
	free := func(addr table.Addr) (list []uint16) {
		for port := n.spec.Ports.Lo; port <= n.spec.Ports.Hi; port++ {
			used := false
			for _, b := range n.bindings {
				used = used || b == end{addr, port, u.Proto, 0}
			}
			if !used {
				list = append(list, port)
			}
		}
		return list
	}
	var addrs []table.Addr
	for _, p := range n.spec.Pool {
		for a := p.Addr(); p.Contains(a); a = a.Next() {
			if a != n.spec.Static[0].Outside {
				addrs = append(addrs, table.AddrOf(a))
			}
		}
	}
	full := 0
	for _, a := range addrs {
		if len(free(a)) == 0 {
			full++
		}
	}
	switch got {
	case NoPort:
		if n.spec.Arbitrary {
			require.Equal(n.t, len(addrs), full, "some address had a free port")
		} else {
			require.Positive(n.t, full, "all addresses had free ports")
		}
	case Full:
		require.Len(n.t, n.sessions, n.spec.Sessions)
	default:
		require.Equal(n.t, Begun, got)
		require.Less(n.t, len(n.sessions), n.spec.Sessions)
		require.Contains(n.t, addrs, to.addr)
		require.Contains(n.t, free(to.addr), to.port)
		for in, b := range n.bindings {
			if !n.spec.Arbitrary && in.addr == u.Src && in.network == u.Network {
				require.Equal(n.t, b.addr, to.addr, "paired pooling")
			}
		}
		n.bindings[source(&u)], n.sessions[u] = to, at
	}
}

// inbound returns what the packet is on the wire, and behind NAT.
func (n *naive) inbound(at units.Time, u table.Tuple) (wire, vm end, want Outcome) {
	static := n.spec.Static[0]
	wire = destination(&u)
	if n.inside(u.Dst) && !n.inside(u.Src) {
		if u.Dst == table.AddrOf(static.Inside) {
			wire.addr = table.AddrOf(static.Outside)
		} else if _, known := n.sessions[u.Reverse()]; known {
			wire = n.bindings[destination(&u)]
		}
	}
	pool := false
	for _, p := range n.spec.Pool {
		pool = pool || p.Contains(wire.addr.IP(false))
	}
	if pool && wire.addr != table.AddrOf(static.Outside) {
		wire.network = 0 // outside the tenants are one network
	}
	switch {
	case n.inside(u.Src) && (pool || wire.addr == table.AddrOf(static.Outside)):
		return wire, wire, NoBinding
	case wire.addr == table.AddrOf(static.Outside):
		vm = wire
		vm.addr = table.AddrOf(static.Inside)
		return wire, vm, Mapped
	case n.inside(wire.addr) && !n.inside(u.Src):
		return wire, wire, NoBinding
	case !pool:
		return wire, wire, Untouched
	}
	for in, out := range n.bindings {
		if out == wire {
			back := u.Reverse()
			back.Src, back.SrcPort, back.Network = in.addr, in.port, in.network
			if _, known := n.sessions[back]; known {
				n.sessions[back] = at
			}
			return wire, in, Known
		}
	}
	return wire, wire, NoBinding
}

// pick draws the headers of a packet from few, so that they meet.
func pick(t *rapid.T) table.Tuple {
	proto := rapid.SampledFrom([]uint8{header.ProtoTCP, header.ProtoTCP, header.ProtoUDP, header.ProtoICMP, header.ProtoESP}).Draw(t, "proto")
	in := rapid.SampledFrom([]string{"10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.5", "10.9.9.9"}).Draw(t, "in")
	out := rapid.SampledFrom([]string{"203.0.113.1", "203.0.113.2", "10.0.0.9", "198.51.100.8", "198.51.100.9", "198.51.100.20"}).Draw(t, "out")
	u := tuple(in, 0, out, 0, proto)
	u.Network = uint32(rapid.IntRange(0, 1).Draw(t, "tenant"))
	if proto != header.ProtoESP {
		u.SrcPort = rapid.Uint16Range(0, 3).Draw(t, "sport")
		if proto == header.ProtoICMP {
			u.Query, u.Answer = header.ICMPEchoRequest, rapid.IntRange(0, 9).Draw(t, "reply") == 0
		}
		if u.Answer {
			u.SrcPort, u.DstPort = 0, u.SrcPort
		} else if proto != header.ProtoICMP {
			u.DstPort = rapid.Uint16Range(1023, 1028).Draw(t, "dport")
		}
	}
	return u
}

// NAT and the naive list agree on every packet: what becomes of it, and its headers on both sides. No two bindings share
// an address, port and protocol, and what is translated comes back as it was.
func TestAgreesWithNaiveList(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		spec := small(rapid.Uint16Range(1, 5).Draw(t, "ports"))
		spec.Arbitrary, spec.Sessions = rapid.Bool().Draw(t, "arbitrary"), rapid.IntRange(1, 8).Draw(t, "sessions")
		const timeout = 80 * units.Microsecond
		spec.Timeouts = policy.Timeouts{TCP: timeout, UDP: timeout, ICMP: timeout, Other: timeout}
		n := made(t, spec, 0, 1)
		ref := &naive{t: t, spec: spec, bindings: map[end]end{}, sessions: map[table.Tuple]units.Time{}, sweep: units.At(timeout / 8)}
		var at units.Duration
		var seen []table.Tuple // on the wire, outbound
		for range 150 {
			at += units.Duration(rapid.IntRange(0, 15).Draw(t, "later")) * units.Microsecond
			now := units.At(at)
			ref.pass(now, timeout, timeout/8)
			u := pick(t)
			switch rapid.IntRange(0, 3).Draw(t, "kind") {
			case 0, 1:
				p := Packet{Size: 64, Begins: rapid.IntRange(0, 7).Draw(t, "begins") > 0}
				want, to := ref.outbound(now, u, p.Begins)
				v := u
				got, _ := n.Outbound(now, &v, p)
				if want == Begun && to == (end{}) {
					ref.learn(now, u, got, source(&v))
				} else {
					require.Equal(t, want, got)
					require.Equal(t, to, source(&v))
				}
				require.Equal(t, end{u.Dst, u.DstPort, u.Proto, v.Network}, destination(&v))
				if got == Known || got == Begun || got == Mapped {
					back := v // as the far end sees it, and would have it in a capture of its own
					back.Network = u.Network
					n.Wire(now, &back, true)
					require.Equal(t, u, back)
				}
				if got == Begun {
					seen = append(seen, v)
					wire, vm, _ := in(n, at, u.Reverse())
					require.Equal(t, [2]table.Tuple{v.Reverse(), u.Reverse()}, [2]table.Tuple{wire, vm}, "and back")
				}
			case 2:
				if rapid.IntRange(0, 3).Draw(t, "turned") > 0 {
					u = u.Reverse()
				}
				requireInbound(t, n, ref, now, u)
			default:
				if len(seen) > 0 {
					sent := rapid.SampledFrom(seen).Draw(t, "seen")
					requireInbound(t, n, ref, now, sent.Reverse())
				}
			}
			taken := map[end]bool{}
			for _, b := range ref.bindings {
				require.False(t, taken[b])
				taken[b] = true
			}
			require.Len(t, ref.bindings, n.live)
		}
	})
}

func requireInbound(t *rapid.T, n *NAT, ref *naive, now units.Time, u table.Tuple) {
	wire, vm, want := ref.inbound(now, u)
	v := u
	n.Wire(now, &v, false)
	require.Equal(t, wire, destination(&v), "on the wire")
	got, _ := n.Inbound(now, &v, start)
	require.Equal(t, want, got, "%+v", u)
	require.Equal(t, vm, destination(&v), "behind NAT")
	require.Equal(t, [2]any{u.Src, u.SrcPort}, [2]any{v.Src, v.SrcPort})
}
