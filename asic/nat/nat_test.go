package nat

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/asic/policy"
	"github.com/dsnsim/dsnsim/asic/table"
	"github.com/dsnsim/dsnsim/sim/header"
	"github.com/dsnsim/dsnsim/sim/units"
)

// limited is a Spec with the size of the table of sessions.
type limited struct {
	Spec
	Sessions int
}

// small translates 10.0.0.0/8 to two addresses of so many ports, and 10.0.0.5 to 198.51.100.9.
func small(ports uint16) limited {
	return limited{Sessions: 1000, Spec: Spec{
		Inside:   []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")},
		Pool:     []netip.Prefix{netip.MustParsePrefix("198.51.100.8/31"), netip.MustParsePrefix("198.51.100.20/32")},
		Ports:    table.PortRange{Lo: 1024, Hi: 1023 + ports},
		Static:   []Static{{netip.MustParseAddr("198.51.100.9"), netip.MustParseAddr("10.0.0.5")}},
		Timeouts: policy.DefaultTimeouts(), To: units.At(units.Second),
	}}
}

func made(t require.TestingT, s limited, index, of int) *NAT {
	p, err := NewPlan(s.Spec)
	require.NoError(t, err)
	n, err := New(p, s.Sessions, index, of)
	require.NoError(t, err)
	return n
}

func tuple(src string, sport uint16, dst string, dport uint16, proto uint8) table.Tuple {
	return table.Tuple{Src: table.AddrOf(netip.MustParseAddr(src)), Dst: table.AddrOf(netip.MustParseAddr(dst)),
		SrcPort: sport, DstPort: dport, Proto: proto, V6: netip.MustParseAddr(src).Is6()}
}

func tcp(src string, sport uint16, dst string, dport uint16) table.Tuple {
	return tuple(src, sport, dst, dport, header.ProtoTCP)
}

var start = Packet{Size: 64, Begins: true}

func out(n *NAT, at units.Duration, u table.Tuple) (table.Tuple, Outcome) {
	o, _ := n.Outbound(units.At(at), &u, start)
	return u, o
}

// in returns the headers on the wire and behind NAT.
func in(n *NAT, at units.Duration, u table.Tuple) (wire, vm table.Tuple, o Outcome) {
	n.Wire(units.At(at), &u, false)
	wire = u
	o, _ = n.Inbound(units.At(at), &u, start)
	return wire, u, o
}

// A session and its answers: the mapping is that of the inside endpoint, whoever it talks to, and is turned back.
func TestEndpointIndependentMapping(t *testing.T) {
	n := made(t, small(100), 0, 1)
	first := tcp("10.0.0.1", 5000, "203.0.113.1", 80)
	wire1, o := out(n, 0, first)
	require.Equal(t, Begun, o)
	assert.Equal(t, first.Dst, wire1.Dst)
	assert.EqualValues(t, 80, wire1.DstPort)
	wire2, o := out(n, 0, tcp("10.0.0.1", 5000, "203.0.113.2", 443))
	require.Equal(t, Begun, o)
	assert.Equal(t, [2]any{wire1.Src, wire1.SrcPort}, [2]any{wire2.Src, wire2.SrcPort})
	again, o := out(n, 0, first)
	require.Equal(t, Known, o)
	assert.Equal(t, wire1, again)
	other, _ := out(n, 0, tcp("10.0.0.1", 5001, "203.0.113.1", 80))
	assert.Equal(t, wire1.Src, other.Src, "paired")
	assert.NotEqual(t, wire1.SrcPort, other.SrcPort)

	answer, vm, o := in(n, 0, first.Reverse())
	assert.Equal(t, Known, o)
	assert.Equal(t, wire1.Reverse(), answer)
	assert.Equal(t, first.Reverse(), vm)
	assert.Equal(t, Counts{New: 2, Active: 2}, n.Counts())
}

// Who sends to a binding is let in, from wherever; who sends to an inside address, or to a port that is not bound, is not.
func TestFiltering(t *testing.T) {
	n := made(t, small(100), 0, 1)
	wire, _ := out(n, 0, tcp("10.0.0.1", 5000, "203.0.113.1", 80))
	stranger := tcp("203.0.113.77", 9, "10.0.0.1", 5000)
	_, _, o := in(n, 0, stranger)
	assert.Equal(t, NoBinding, o)
	stranger.Dst, stranger.DstPort = wire.Src, wire.SrcPort
	same, vm, o := in(n, 0, stranger)
	assert.Equal(t, Known, o)
	assert.Equal(t, stranger, same)
	assert.Equal(t, tcp("203.0.113.77", 9, "10.0.0.1", 5000), vm)
	for _, u := range []table.Tuple{
		tcp("203.0.113.1", 80, "198.51.100.8", 60000),                                // not bound
		tuple("203.0.113.77", 9, wire.Src.IP(false).String(), 1024, header.ProtoUDP), // another protocol
		tuple("203.0.113.1", 0, "198.51.100.8", 0, header.ProtoESP),
	} {
		_, _, o := in(n, 0, u)
		assert.Equal(t, NoBinding, o, "%+v", u)
	}
}

func TestUntouched(t *testing.T) {
	n := made(t, small(100), 0, 1)
	for _, u := range []table.Tuple{
		tcp("192.0.2.1", 1, "203.0.113.1", 80),
		tcp("10.0.0.1", 1, "10.0.0.2", 80), // stays inside
		tuple("2001:db8::1", 1, "2001:db8::2", 80, header.ProtoTCP),
	} {
		for _, one := range []table.Tuple{u, u.Reverse()} {
			got, o := out(n, 0, one)
			assert.Equal(t, Untouched, o)
			assert.Equal(t, one, got)
			wire, got, o := in(n, 0, one)
			assert.Equal(t, Untouched, o)
			assert.Equal(t, [2]table.Tuple{one, one}, [2]table.Tuple{wire, got})
		}
	}
	assert.Zero(t, n.Counts())
}

// Static pairs work both ways, begin nothing, and take any protocol; their outside address is not handed out.
func TestStatic(t *testing.T) {
	n := made(t, small(2), 0, 1)
	for _, proto := range []uint8{header.ProtoTCP, header.ProtoGRE} {
		u := tuple("10.0.0.5", 70, "203.0.113.1", 80, proto)
		wire, o := out(n, 0, u)
		assert.Equal(t, Mapped, o)
		assert.Equal(t, tuple("198.51.100.9", 70, "203.0.113.1", 80, proto), wire)
		answered, vm, o := in(n, 0, u.Reverse())
		assert.Equal(t, Mapped, o)
		assert.Equal(t, wire.Reverse(), answered)
		assert.Equal(t, u.Reverse(), vm)
		_, vm, o = in(n, 0, wire.Reverse())
		assert.Equal(t, Mapped, o)
		assert.Equal(t, u.Reverse(), vm)
	}
	for i := range uint16(20) {
		wire, o := out(n, 0, tcp("10.0.1.1", i, "203.0.113.1", 80))
		if o == Begun {
			assert.NotEqual(t, tcp("198.51.100.9", 0, "0.0.0.0", 0).Src, wire.Src)
		}
	}
	assert.EqualValues(t, 2, n.Counts().Active)
}

// A pool address gives out each port once for each protocol, then refuses; arbitrary pooling goes on to the next.
func TestExhaustion(t *testing.T) {
	for _, arbitrary := range []bool{false, true} {
		s := small(70)
		s.Arbitrary = arbitrary
		n := made(t, s, 0, 1)
		want := 70
		if arbitrary {
			want = 140 // of two addresses, the third being static
		}
		for _, proto := range []uint8{header.ProtoTCP, header.ProtoUDP, header.ProtoICMP} {
			taken := map[[2]any]bool{}
			for i := range uint16(200) {
				u := tuple("10.0.0.1", 5000+i, "203.0.113.1", 0, proto)
				wire, o := out(n, 0, u)
				if len(taken) == want {
					require.Equal(t, NoPort, o)
					require.Equal(t, u, wire, "what is refused keeps its headers")
					continue
				}
				require.Equal(t, Begun, o)
				key := [2]any{wire.Src, wire.SrcPort}
				require.False(t, taken[key])
				taken[key] = true
				require.True(t, wire.SrcPort >= 1024 && wire.SrcPort < 1094)
			}
		}
	}
	n := made(t, small(10), 0, 1)
	_, o := out(n, 0, tuple("10.0.0.1", 0, "203.0.113.1", 0, header.ProtoESP))
	assert.Equal(t, NoPort, o, "a protocol without ports")
	reply := tuple("10.0.0.1", 0, "203.0.113.1", 7, header.ProtoICMP)
	reply.Query, reply.Answer = header.ICMPEchoRequest, true
	_, o = out(n, 0, reply)
	assert.Equal(t, NoBinding, o, "a reply to nobody")
	u := tcp("10.0.0.1", 1, "203.0.113.1", 80)
	o, _ = n.Outbound(units.At(0), &u, Packet{Size: 64})
	assert.Equal(t, NoBinding, o, "a fragment begins nothing")
}

// A full table of sessions refuses, and so does who enters them; the port is free again.
func TestFull(t *testing.T) {
	s := small(3)
	s.Sessions = 2
	n := made(t, s, 0, 1)
	no := Packet{Begins: true, Admit: func() bool { return false }}
	for i := range uint16(10) {
		u := tcp("10.0.0.1", i, "203.0.113.1", 80)
		o, _ := n.Outbound(units.At(0), &u, no)
		require.Equal(t, Full, o)
	}
	for i, want := range []Outcome{Begun, Begun, Full, Full} {
		_, o := out(n, 0, tcp("10.0.0.1", uint16(i), "203.0.113.1", 80))
		require.Equal(t, want, o)
	}
	_, o := out(n, 0, tcp("10.0.0.1", 0, "203.0.113.2", 80))
	assert.Equal(t, Full, o, "a session of a known endpoint needs room too")
	assert.Equal(t, Counts{New: 2, Active: 2}, n.Counts())
}

// A binding lives as long as one of its sessions, kept alive by packets in both directions; then its port is free. What
// goes to the binding from elsewhere does not keep it.
func TestTimeouts(t *testing.T) {
	s := small(1)
	s.To = units.At(10 * units.Millisecond)
	s.Timeouts = policy.Timeouts{TCP: 800 * units.Microsecond, UDP: 400 * units.Microsecond, ICMP: 400 * units.Microsecond, Other: 400 * units.Microsecond}
	n := made(t, s, 0, 1)
	u, other := tcp("10.0.0.1", 1, "203.0.113.1", 80), tcp("10.0.0.1", 2, "203.0.113.1", 80)
	wire, _ := out(n, 0, u)
	us := units.Microsecond
	_, _, o := in(n, 700*us, u.Reverse())
	require.Equal(t, Known, o)
	_, o = out(n, 1400*us, other)
	require.Equal(t, NoPort, o, "the answer kept the only port")
	stranger := wire.Reverse()
	stranger.SrcPort = 81
	_, _, o = in(n, 1450*us, stranger)
	require.Equal(t, Known, o)
	_, o = out(n, 1600*us, other)
	require.Equal(t, Begun, o)
	_, _, o = in(n, 1600*us, u.Reverse())
	assert.Equal(t, NoBinding, o)
	assert.Equal(t, Counts{New: 2, Active: 0}, n.Counts())
}

// Servers are networks of their own: each has the whole pool.
func TestServersAreApart(t *testing.T) {
	n := made(t, small(1), 0, 1)
	u := tcp("10.0.0.1", 1, "203.0.113.1", 80)
	one, o := out(n, 0, u)
	require.Equal(t, Begun, o)
	u.VRF = 1
	two, o := out(n, 0, u)
	require.Equal(t, Begun, o)
	one.VRF = 1
	assert.Equal(t, one, two)
}

// Members divide the ports without gap or overlap, and a hash of a port steers to the member that has it.
func TestMembersDividePorts(t *testing.T) {
	for _, of := range []int{1, 2, 3, 7, 64} {
		s := small(100)
		owner := map[uint16]int{}
		for m := range of {
			n := made(t, s, m, of)
			for i := range uint16(200) {
				if wire, o := out(n, 0, tcp("10.0.0.1", i, "203.0.113.1", 80)); o == Begun {
					_, twice := owner[wire.SrcPort]
					require.False(t, twice)
					owner[wire.SrcPort] = m
					require.Equal(t, m, memberOf(s.PortHash(wire.SrcPort), of))
				}
			}
		}
		assert.Len(t, owner, 100)
	}
}

// All packets of a binding are steered to the member that made it, however they are addressed.
func TestSteer(t *testing.T) {
	s := small(100)
	plan, err := NewPlan(s.Spec)
	require.NoError(t, err)
	member := func(u table.Tuple, outbound bool, of int) int {
		hash, ok := plan.Steer(&u, outbound)
		require.True(t, ok)
		return memberOf(hash, of)
	}
	for i := range uint16(50) {
		const of = 3
		u := tcp("10.0.0.1", i, "203.0.113.1", 80)
		m := member(u, true, of)
		n := made(t, s, m, of)
		wire, o := out(n, 0, u)
		require.Equal(t, Begun, o)
		other := tcp("10.0.0.1", i, "203.0.113.2", 443)
		assert.Equal(t, m, member(other, true, of))
		assert.Equal(t, m, member(u.Reverse(), false, of))
		assert.Equal(t, m, member(wire.Reverse(), false, of))
		static := tcp("10.0.0.5", i, "203.0.113.1", 80)
		mapped, _ := out(n, 0, static)
		assert.Equal(t, member(static, true, of), member(mapped.Reverse(), false, of))
	}
	for _, u := range []table.Tuple{tcp("10.0.0.1", 1, "10.0.0.2", 80), tuple("::1", 1, "::2", 80, header.ProtoTCP)} {
		for _, outbound := range []bool{false, true} {
			_, ok := plan.Steer(&u, outbound)
			assert.False(t, ok)
		}
	}
}

func TestBadSpecs(t *testing.T) {
	for text, change := range map[string]func(*limited){
		"only IPv4": func(s *limited) { s.Inside = []netip.Prefix{netip.MustParsePrefix("2001:db8::/32")} },
		"more than": func(s *limited) { s.Pool = []netip.Prefix{netip.MustParsePrefix("198.0.0.0/8")} },
		"static":    func(s *limited) { s.Static[0].Inside = netip.MustParseAddr("::1") },
		"flows":     func(s *limited) { s.Sessions = 0 },
		"ports":     func(s *limited) { s.Ports.Hi = 1 },
		"two":       func(s *limited) { s.Static = append(s.Static, s.Static[0]) },
	} {
		s := small(1)
		change(&s)
		p, err := NewPlan(s.Spec)
		if err == nil {
			_, err = New(p, s.Sessions, 0, 1)
		}
		assert.ErrorContains(t, err, text)
	}
}

func BenchmarkKnown(b *testing.B) {
	s := small(60000)
	s.Sessions = 100_000
	n := made(b, s, 0, 1)
	const flows = 50_000
	for i := range uint16(flows) {
		out(n, 0, tcp("10.0.0.1", i, "203.0.113.1", 80))
	}
	u := tcp("10.0.0.1", 0, "203.0.113.1", 80)
	b.ReportAllocs()
	for i := range b.N {
		v := u
		v.SrcPort = uint16(i * 7919 % flows)
		n.Outbound(units.At(0), &v, start)
	}
}
