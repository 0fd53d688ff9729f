package lb

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dsnsim/dsnsim/asic/policy"
	"github.com/dsnsim/dsnsim/asic/table"
	"github.com/dsnsim/dsnsim/sim/header"
	"github.com/dsnsim/dsnsim/sim/units"
)

// web is a service on port 80 with so many backends on port 8080, in tables of a prime size.
func web(backends, size int) Spec {
	v := VIP{Addrs: netip.MustParsePrefix("203.0.113.10/32"), Port: 80, Proto: header.ProtoTCP}
	for i := range backends {
		v.Backends = append(v.Backends, Backend{Addr: netip.AddrFrom4([4]byte{10, 1, byte(i >> 8), byte(i)}), Port: 8080, Weight: 1})
	}
	return Spec{VIPs: []VIP{v}, Table: size, Timeouts: policy.DefaultTimeouts(), To: units.At(100 * units.Millisecond)}
}

func made(t require.TestingT, s Spec, flows int) *Balancer {
	p, err := NewPlan(s)
	require.NoError(t, err)
	b, err := New(p, flows)
	require.NoError(t, err)
	return b
}

func tcp(src string, sport uint16, dst string, dport uint16) table.Tuple {
	return table.Tuple{Src: table.AddrOf(netip.MustParseAddr(src)), Dst: table.AddrOf(netip.MustParseAddr(dst)),
		SrcPort: sport, DstPort: dport, Proto: header.ProtoTCP}
}

var start = Packet{Size: 64, Begins: true}

func in(b *Balancer, at units.Duration, u table.Tuple) (table.Tuple, Outcome) {
	o, _ := b.Inbound(units.At(at), &u, start)
	return u, o
}

func out(b *Balancer, at units.Duration, u table.Tuple) (wire, net table.Tuple, o Outcome) {
	b.Wire(units.At(at), &u, true)
	wire = u
	o, _ = b.Outbound(units.At(at), &u, start)
	return wire, u, o
}

// A flow goes to a backend, and comes back from the VIP, whether the packet in the simulator bears the VIP or the backend.
func TestThereAndBack(t *testing.T) {
	b := made(t, web(5, 251), 100)
	u := tcp("192.0.2.1", 4000, "203.0.113.10", 80)
	seen, o := in(b, 0, u)
	require.Equal(t, Begun, o)
	assert.Equal(t, u.Src, seen.Src)
	assert.EqualValues(t, 8080, seen.DstPort)
	assert.EqualValues(t, 10<<8|1, seen.Dst.Lo>>16)
	again, o := in(b, 0, u)
	assert.Equal(t, Known, o)
	assert.Equal(t, seen, again)
	for _, answer := range []table.Tuple{u.Reverse(), seen.Reverse()} {
		wire, net, o := out(b, 0, answer)
		assert.Equal(t, Known, o)
		assert.Equal(t, seen.Reverse(), wire)
		assert.Equal(t, u.Reverse(), net)
	}
	wired := seen
	b.Wire(units.At(0), &wired, false)
	assert.Equal(t, u, wired, "what bears the backend was sent to the VIP")
	stranger := tcp("192.0.2.1", 4001, "203.0.113.10", 80)
	wire, net, o := out(b, 0, stranger.Reverse())
	assert.Equal(t, Untouched, o)
	assert.Equal(t, [2]table.Tuple{stranger.Reverse(), stranger.Reverse()}, [2]table.Tuple{wire, net})
	for _, other := range []table.Tuple{tcp("192.0.2.1", 1, "203.0.113.10", 81), tcp("192.0.2.1", 1, "203.0.113.11", 80)} {
		same, o := in(b, 0, other)
		assert.Equal(t, Untouched, o)
		assert.Equal(t, other, same)
	}
	assert.Equal(t, Counts{New: 1, Active: 1}, b.Counts())
}

// A backend that drains keeps its flows and gets no new ones; the flows of others stay where they are.
func TestDrain(t *testing.T) {
	s := web(5, 1009)
	s.VIPs[0].Backends[2].Drain = 2 * units.Millisecond
	b := made(t, s, 10_000)
	const flows = 500
	client := func(i int) table.Tuple { return tcp("192.0.2.1", uint16(i), "203.0.113.10", 80) }
	var before [flows]table.Tuple
	count := map[table.Addr]int{}
	for i := range flows {
		before[i], _ = in(b, units.Millisecond, client(i))
		count[before[i].Dst]++
	}
	require.Len(t, count, 5)
	drained := table.AddrOf(s.VIPs[0].Backends[2].Addr)
	for i := range flows {
		after, o := in(b, 2*units.Millisecond, client(i))
		require.Equal(t, Known, o)
		require.Equal(t, before[i], after)
		fresh, o := in(b, 2*units.Millisecond, client(i+flows))
		require.Equal(t, Begun, o)
		require.NotEqual(t, drained, fresh.Dst)
	}
	s = web(1, 7)
	s.VIPs[0].Backends[0].Drain = 1
	_, o := in(made(t, s, 1), 1, client(0))
	assert.Equal(t, NoBackend, o, "the last one is gone")
}

// A flow ends when it is idle: then its backend is chosen anew, and the answers are no one's.
func TestFlowsEnd(t *testing.T) {
	s := web(5, 251)
	s.VIPs[0].Backends[0].Drain = 100 * units.Microsecond
	for i := range s.VIPs[0].Backends[1:] {
		s.VIPs[0].Backends[i+1].Weight = 0
	}
	s.Timeouts = policy.Timeouts{TCP: 80 * units.Microsecond, UDP: 80 * units.Microsecond, ICMP: 80 * units.Microsecond, Other: 80 * units.Microsecond}
	b := made(t, s, 10)
	u := tcp("192.0.2.1", 4000, "203.0.113.10", 80)
	seen, o := in(b, 0, u)
	require.Equal(t, Begun, o)
	_, _, o = out(b, 70*units.Microsecond, seen.Reverse())
	require.Equal(t, Known, o)
	_, o = in(b, 140*units.Microsecond, u)
	require.Equal(t, Known, o, "the answer kept it")
	_, _, o = out(b, 250*units.Microsecond, seen.Reverse())
	assert.Equal(t, Untouched, o)
	_, o = in(b, 250*units.Microsecond, u)
	assert.Equal(t, NoBackend, o)
	all, _ := b.inside.Len()
	assert.Zero(t, all)
}

// A connection that one of its ends has closed or reset leaves its port to the next one, which is balanced anew: not to a backend
// that drains by then. A SYN that comes again belongs to the connection that it began.
func TestPortsAreUsedAgain(t *testing.T) {
	const syn, ack, finAck, rst = 1 << 1, 1 << 4, 1<<0 | 1<<4, 1 << 2
	s := web(2, 251)
	drained, other := &s.VIPs[0].Backends[0], &s.VIPs[0].Backends[1]
	drained.Drain = units.Millisecond
	u := tcp("192.0.2.1", 4000, "203.0.113.10", 80)
	for {
		if seen, _ := in(made(t, s, 1), 0, u); seen.Dst == table.AddrOf(drained.Addr) {
			break
		}
		u.SrcPort++
	}
	for name, c := range map[string]struct {
		flags  uint16
		server bool
		want   *Backend
	}{
		"client's FIN": {finAck, false, other}, "client's RST": {rst, false, other},
		"server's FIN": {finAck, true, other}, "server's RST": {rst, true, other},
		"data": {ack, false, drained}, "server's data": {ack, true, drained},
	} {
		b := made(t, s, 1)
		packet := func(at units.Duration, flags uint16, server bool) table.Addr {
			v := u
			v.Flags = flags
			if server {
				wire, _, o := out(b, at, v.Reverse())
				require.Equal(t, Known, o)
				return wire.Src
			}
			seen, o := in(b, at, v)
			require.Contains(t, []Outcome{Known, Begun}, o)
			return seen.Dst
		}
		packet(0, syn, false)
		packet(0, c.flags, c.server)
		assert.Equal(t, table.AddrOf(drained.Addr), packet(2*units.Millisecond, ack, false), "%s: what belongs to it stays", name)
		assert.Equal(t, table.AddrOf(c.want.Addr), packet(2*units.Millisecond, syn, false), name)
		assert.Equal(t, table.AddrOf(c.want.Addr), packet(2*units.Millisecond, syn, false), "%s: again", name)
		assert.EqualValues(t, 1, b.Counts().Active)
	}
}

func TestRefusals(t *testing.T) {
	b := made(t, web(3, 7), 2)
	u := tcp("192.0.2.1", 1, "203.0.113.10", 80)
	v := u
	o, _ := b.Inbound(units.At(0), &v, Packet{})
	assert.Equal(t, NoBackend, o, "an ICMP error about no flow")
	o, _ = b.Inbound(units.At(0), &v, Packet{Begins: true, Admit: func() bool { return false }})
	assert.Equal(t, Full, o)
	assert.Equal(t, u, v)
	for i, want := range []Outcome{Begun, Begun, Full} {
		_, o := in(b, 0, tcp("192.0.2.1", uint16(i), "203.0.113.10", 80))
		assert.Equal(t, want, o)
	}
	n, _ := b.inside.Len()
	assert.Equal(t, 2, n)
}

// Two VIPs share backends: a client that uses the same port for both gets two backends, which can tell the flows apart;
// where there is one backend only, the second flow is refused.
func TestClash(t *testing.T) {
	for _, backends := range []int{1, 2} {
		s := web(backends, 7)
		second := s.VIPs[0]
		second.Addrs = netip.MustParsePrefix("203.0.113.11/32")
		s.VIPs = append(s.VIPs, second)
		b := made(t, s, 100)
		one, o := in(b, 0, tcp("192.0.2.1", 1, "203.0.113.10", 80))
		require.Equal(t, Begun, o)
		two, o := in(b, 0, tcp("192.0.2.1", 1, "203.0.113.11", 80))
		if backends == 1 {
			assert.Equal(t, NoBackend, o)
			continue
		}
		require.Equal(t, Begun, o)
		assert.NotEqual(t, one, two)
		_, net, _ := out(b, 0, two.Reverse())
		assert.EqualValues(t, 11, net.Src.Lo&0xff)
	}
}

// Sixteen places are tried for a client whose port is in use at their backends, and no more.
func TestHowManyPlacesAreTried(t *testing.T) {
	for clashes, want := range map[int]Outcome{15: Begun, 16: NoBackend} {
		b := made(t, web(20, 251), 100)
		places := b.plan.services[0].epochs[0].table
		for i := range places {
			places[i] = int16(i % 20)
		}
		u := tcp("192.0.2.1", 1, "203.0.113.10", 80)
		for i := range clashes {
			seen := b.toBackend(&u, uint32(places[(place(&u, len(places))+i)%len(places)]))
			b.inside.Enter(&seen, units.At(0))
		}
		_, o := in(b, 0, u)
		assert.Equal(t, want, o, "%d clashes", clashes)
	}
}

// The service of one address is found before that of a prefix, that of a port before that of all.
func TestFind(t *testing.T) {
	s := web(1, 7)
	for _, c := range []struct {
		addrs string
		port  uint16
	}{{"203.0.113.10/32", 0}, {"203.0.113.0/24", 80}, {"203.0.113.0/24", 0}} {
		s.VIPs = append(s.VIPs, VIP{Addrs: netip.MustParsePrefix(c.addrs), Port: c.port, Proto: header.ProtoTCP,
			Backends: []Backend{{Addr: netip.MustParseAddr("10.0.0.9"), Weight: 1}}})
	}
	p, err := NewPlan(s)
	require.NoError(t, err)
	for want, c := range []end{{203<<24 | 113<<8 | 10, 80, 6}, {203<<24 | 113<<8 | 10, 81, 6}, {203<<24 | 113<<8 | 11, 80, 6}, {203<<24 | 113<<8 | 11, 81, 6}} {
		assert.Same(t, &p.services[want], p.find(c.addr, c.port, c.proto))
	}
	assert.Nil(t, p.find(203<<24|113<<8|10, 80, 17))
	b, err := New(p, 10)
	require.NoError(t, err)
	seen, _ := in(b, 0, tcp("192.0.2.1", 1, "203.0.113.11", 99))
	assert.EqualValues(t, 99, seen.DstPort, "the port is kept")
	_, net, o := out(b, 0, seen.Reverse())
	assert.Equal(t, Known, o)
	assert.EqualValues(t, 99, net.SrcPort)
}

// Both directions of a flow are known by the same end outside, however the packet is addressed.
func TestSteers(t *testing.T) {
	p, err := NewPlan(web(3, 7))
	require.NoError(t, err)
	u := tcp("192.0.2.1", 4000, "203.0.113.10", 80)
	b, err := New(p, 10)
	require.NoError(t, err)
	seen, _ := in(b, 0, u)
	back, behind := u.Reverse(), seen.Reverse()
	for _, c := range []struct {
		u        table.Tuple
		outbound bool
	}{{u, false}, {seen, false}, {back, true}, {behind, true}} {
		far, port, ok := p.Steers(&c.u, c.outbound)
		assert.True(t, ok)
		assert.Equal(t, [2]any{u.Src, u.SrcPort}, [2]any{far, port})
	}
	_, _, ok := p.Steers(&back, false)
	assert.False(t, ok)
}

func TestBadSpecs(t *testing.T) {
	for text, change := range map[string]func(*Spec){
		"prime":    func(s *Spec) { s.Table = 100 },
		"no IPv4 ": func(s *Spec) { s.VIPs[0].Addrs = netip.MustParsePrefix("::/0") },
		"backends": func(s *Spec) { s.VIPs[0].Backends = nil },
		"weight":   func(s *Spec) { s.VIPs[0].Backends[0].Weight = -1 },
		"twice":    func(s *Spec) { s.VIPs = append(s.VIPs, s.VIPs[0]) },
		"together": func(s *Spec) { s.Table = 134217757 },
		"::1":      func(s *Spec) { s.VIPs[0].Backends[0].Addr = netip.MustParseAddr("::1") },
	} {
		s := web(2, 7)
		change(&s)
		_, err := NewPlan(s)
		assert.ErrorContains(t, err, text)
	}
	p, err := NewPlan(web(2, 7))
	require.NoError(t, err)
	_, err = New(p, 0)
	assert.ErrorContains(t, err, "flows")
}

// A naive list of flows agrees on every packet. It looks the backend of a new flow up in the table, and takes the next
// other one of the table where the client has that backend already.
func TestAgreesWithNaiveList(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const size = 13
		s := web(rapid.IntRange(1, 4).Draw(t, "backends"), size)
		for i := range s.VIPs[0].Backends {
			b := &s.VIPs[0].Backends[i]
			b.Weight = rapid.IntRange(0, 2).Draw(t, "weight")
			b.Drain = units.Duration(rapid.IntRange(0, 300).Draw(t, "drain")) * units.Microsecond
		}
		second := s.VIPs[0]
		second.Addrs, second.Port = netip.MustParsePrefix("203.0.113.16/30"), 0
		s.VIPs = append(s.VIPs, second)
		const timeout = 80 * units.Microsecond
		s.Timeouts = policy.Timeouts{TCP: timeout, UDP: timeout, ICMP: timeout, Other: timeout}
		balancer := made(t, s, 6)
		type state struct {
			backend table.Tuple // its end, as Dst
			seen    units.Duration
			ended   bool
		}
		flows := map[table.Tuple]state{}
		var at, sweep units.Duration = 0, timeout / 8
		for range 100 {
			at += units.Duration(rapid.IntRange(0, 12).Draw(t, "later")) * units.Microsecond
			if at >= sweep {
				sweep = at + timeout/8
				for u, f := range flows {
					if at-f.seen >= timeout+units.Nanosecond {
						delete(flows, u)
					}
				}
			}
			vip := rapid.SampledFrom([]string{"203.0.113.10", "203.0.113.17", "203.0.113.18", "203.0.113.20"}).Draw(t, "vip")
			u := tcp(fmt.Sprintf("192.0.2.%d", rapid.IntRange(1, 2).Draw(t, "client")), rapid.Uint16Range(1, 2).Draw(t, "port"), vip, 80)
			u.Network = uint32(rapid.IntRange(0, 1).Draw(t, "tenant"))
			flags := rapid.SampledFrom([]uint16{1 << 4, 1 << 4, 1 << 1, 1 << 2, 1<<4 | 1}).Draw(t, "flags")
			ends := flags&5 != 0
			service := map[string]int{"203.0.113.10": 0, "203.0.113.17": 1, "203.0.113.18": 1, "203.0.113.20": -1}[vip]
			f, known := flows[u]
			if rapid.IntRange(0, 2).Draw(t, "answer") == 0 {
				want := u.Reverse()
				sent := want
				sent.Flags = flags
				wire, net, o := out(balancer, at, sent)
				wire.Flags, net.Flags = 0, 0
				if !known {
					require.Equal(t, Untouched, o)
					require.Equal(t, want, wire)
					continue
				}
				require.Equal(t, Known, o)
				require.Equal(t, f.backend.Reverse(), wire)
				require.Equal(t, want, net)
				flows[u] = state{f.backend, at, f.ended || ends}
				continue
			}
			sent := u
			sent.Flags = flags
			got, o := in(balancer, at, sent)
			got.Flags = 0
			if known && f.ended && flags == 1<<1 {
				delete(flows, u)
				known = false
			}
			switch {
			case service < 0:
				require.Equal(t, Untouched, o)
			case known:
				require.Equal(t, Known, o)
				require.Equal(t, f.backend, got)
				flows[u] = state{f.backend, at, f.ended || ends}
			default:
				want, found := naiveChoice(s.VIPs[service].Backends, &u, at, size, func(end table.Tuple) bool {
					return slices.ContainsFunc(slices.Collect(maps.Values(flows)), func(f state) bool { return f.backend == end })
				})
				switch {
				case !found:
					require.Equal(t, NoBackend, o)
				case len(flows) == 6:
					require.Equal(t, Full, o)
				default:
					require.Equal(t, Begun, o)
					require.Equal(t, want, got)
					flows[u] = state{got, at, ends}
				}
			}
		}
	})
}

// naiveChoice returns the end of a new flow at the backend that Maglev's table names for it, or at the next of the table where that end
// is taken; false where none is free.
func naiveChoice(backends []Backend, u *table.Tuple, at units.Duration, size int, taken func(table.Tuple) bool) (table.Tuple, bool) {
	var weights []int
	var ids []uint64
	for _, b := range backends {
		w := b.Weight
		if b.Drain > 0 && at >= b.Drain {
			w = 0
		}
		weights, ids = append(weights, w), append(ids, uint64(table.AddrOf(b.Addr).Lo)<<16|uint64(b.Port))
	}
	places := Maglev(ids, weights, size)
	for i := range size {
		if n := places[(place(u, size)+i)%size]; n >= 0 {
			end := *u
			end.Dst, end.DstPort = table.AddrOf(backends[n].Addr), backends[n].Port
			if !taken(end) {
				return end, true
			}
		}
	}
	return table.Tuple{}, false
}

func BenchmarkKnown(b *testing.B) {
	l := made(b, web(100, DefaultTable), 100_000)
	for i := range uint16(50_000) {
		in(l, 0, tcp("192.0.2.1", i, "203.0.113.10", 80))
	}
	u := tcp("192.0.2.1", 0, "203.0.113.10", 80)
	b.ReportAllocs()
	for i := range b.N {
		v := u
		v.SrcPort = uint16(i * 7919 % 50_000)
		l.Inbound(units.At(0), &v, start)
	}
}
