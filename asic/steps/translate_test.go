package steps

import (
	"encoding/binary"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dsnsim/dsnsim/asic/lb"
	"github.com/dsnsim/dsnsim/asic/nat"
	"github.com/dsnsim/dsnsim/asic/policy"
	"github.com/dsnsim/dsnsim/asic/table"
	"github.com/dsnsim/dsnsim/sim/header"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/stats"
	"github.com/dsnsim/dsnsim/sim/traffic"
	"github.com/dsnsim/dsnsim/sim/units"
)

func flow(src string, sport uint16, dst string, dport uint16) traffic.Tuple {
	u := traffic.Tuple{IP: true}
	u.Proto, u.SrcPort, u.DstPort = header.ProtoTCP, sport, dport
	copy(u.Src[:], netip.MustParseAddr(src).AsSlice())
	copy(u.Dst[:], netip.MustParseAddr(dst).AsSlice())
	return u
}

// bench is a Program of one chip with its packets: source 0 inbound and 1 outbound have the same flows.
type bench struct {
	*Program
	flows []traffic.Tuple
	// net and vm are what the last packet was on each side.
	net, vm table.Tuple
	at      units.Duration
}

// rules of a firewall and routes, for a bench.
type rules struct {
	deny   []table.Rule
	routes []netip.Prefix
}

func newBench(t require.TestingT, r rules, services ...string) *bench {
	b := &bench{}
	made := func(n uint32) traffic.Tuple { return b.flows[n] }
	sources := &policy.Sources{}
	sources.AddSynthetic(0, false, made)
	sources.AddSynthetic(0, true, made)
	firewall := &policy.Firewall{}
	for _, one := range r.deny {
		firewall.Rules = append(firewall.Rules, policy.Rule{Rule: one, Deny: true})
	}
	p, err := policy.New(firewall, &policy.Routes{Prefixes: r.routes, Default: len(r.routes) == 0})
	require.NoError(t, err)
	spec := &Spec{Services: kindsOf(services...), Sources: sources, Policy: p, To: units.Forever,
		Observe: func(_ *packet.Packet, _, net, vm *table.Tuple) { b.net, b.vm = *net, *vm }}
	plan, err := nat.NewPlan(nat.Spec{Inside: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")},
		Pool: []netip.Prefix{netip.MustParsePrefix("198.51.100.0/31")}, Ports: table.PortRange{Lo: 1024, Hi: 1123},
		Static:   []nat.Static{{Outside: netip.MustParseAddr("198.51.100.9"), Inside: netip.MustParseAddr("203.0.113.10")}},
		Timeouts: policy.DefaultTimeouts(), To: units.Forever})
	require.NoError(t, err)
	vips, err := lb.NewPlan(lb.Spec{Table: 251, Timeouts: policy.DefaultTimeouts(), To: units.Forever, VIPs: []lb.VIP{{
		Addrs: netip.MustParsePrefix("203.0.113.10/32"), Port: 80, Proto: header.ProtoTCP,
		Backends: []lb.Backend{{Addr: netip.MustParseAddr("10.9.0.1"), Port: 8080, Weight: 1}, {Addr: netip.MustParseAddr("10.9.0.2"), Port: 8080, Weight: 1}}}}})
	require.NoError(t, err)
	for _, s := range services {
		switch s {
		case "nat":
			spec.NAT = &NAT{plan, 1000}
		case "lb":
			spec.LB = &LB{vips, 1000}
		}
	}
	b.Program, err = New(spec, Member{Of: 1})
	require.NoError(t, err)
	return b
}

// send shows a packet and returns the reasons for which it is refused. Rules were asked about what the source sends.
func (b *bench) send(outbound bool, u traffic.Tuple, p *policy.Policy) uint32 {
	b.flows = append(b.flows, u)
	source := 0
	if outbound {
		source = 1
	}
	k := &packet.Packet{Key: packet.MakeKey(source, 0), Flow: uint32(len(b.flows) - 1), Record: -1}
	if p != nil {
		k.Refused = p.Refuse(&u, policy.DataFlags)
	}
	b.at++
	b.Judge(units.At(b.at), k)
	return k.Refused
}

func reversed(u traffic.Tuple) traffic.Tuple {
	u.Key = u.Reverse()
	return u
}

func to(dst string) table.Rule {
	return table.Rule{Dst: table.PrefixOf(netip.MustParsePrefix(dst)), SrcPort: table.AnyPort(), DstPort: table.AnyPort()}
}

// A rule and a route look at the headers that a packet has where they stand: behind nat the VM's, in front of it those of
// the binding, in both directions.
func TestRulesSeeWhatTheyStandBefore(t *testing.T) {
	u := flow("10.0.0.1", 5000, "192.0.2.1", 80)
	for _, c := range []struct {
		chain []string
		dst   string // what the rule denies
		deny  bool   // the answer
	}{
		{[]string{"nat", "firewall"}, "10.0.0.1/32", true},
		{[]string{"nat", "firewall"}, "198.51.100.0/31", false},
		{[]string{"firewall", "nat"}, "10.0.0.1/32", false},
		{[]string{"firewall", "nat"}, "198.51.100.0/31", true},
	} {
		r := rules{deny: []table.Rule{to(c.dst)}}
		b := newBench(t, r, c.chain...)
		pol := policyOf(t, r)
		require.Zero(t, b.send(true, u, pol))
		got := b.send(false, reversed(u), pol)
		assert.Equal(t, c.deny, got == policy.Denied, "%v denies %s", c.chain, c.dst)
		assert.Equal(t, c.deny, got != 0)
		if !c.deny {
			assert.Equal(t, policy.KeyOfTuple(&b.vm), reversed(u).Key)
		}
	}
	r := rules{routes: []netip.Prefix{netip.MustParsePrefix("10.9.0.1/32")}}
	b := newBench(t, r, "lb", "route")
	pol := policyOf(t, r)
	seen := map[uint32]int{}
	for port := range uint16(64) {
		u := flow("192.0.2.1", port, "203.0.113.10", 80)
		got := b.send(false, u, pol)
		require.Equal(t, b.net.Dst == b.vm.Dst, got != 0, "what is refused is seen on one side only")
		seen[got]++
	}
	assert.Len(t, seen, 2)
	assert.Greater(t, seen[0], 16, "to the backend with a route, though the VIP has none")
	assert.Greater(t, seen[policy.NoRoute], 16)
}

func policyOf(t require.TestingT, r rules) *policy.Policy {
	firewall := &policy.Firewall{}
	for _, one := range r.deny {
		firewall.Rules = append(firewall.Rules, policy.Rule{Rule: one, Deny: true})
	}
	p, err := policy.New(firewall, &policy.Routes{Prefixes: r.routes, Default: len(r.routes) == 0})
	require.NoError(t, err)
	return p
}

// A packet may be translated twice: the address that clients know is that of nat, behind it the VIP, and behind that the
// backend. Its answer comes back in steps, whichever of the three it bears.
func TestTranslatedTwice(t *testing.T) {
	b := newBench(t, rules{}, "nat", "lb")
	ask := flow("192.0.2.1", 6000, "198.51.100.9", 80)
	require.Zero(t, b.send(false, ask, nil))
	net, vm := b.net, b.vm
	assert.Equal(t, policy.KeyOfTuple(&net), ask.Key)
	require.EqualValues(t, 10<<24|9<<16, vm.Dst.Lo&^3)
	far := flow("198.51.100.9", 80, "192.0.2.1", 6000)
	mid, near := far, far
	mid.Src = [16]byte{203, 0, 113, 10}
	near.Key = policy.KeyOfTuple(&vm)
	near.Key = near.Reverse()
	for _, answer := range []traffic.Tuple{far, mid, near} {
		require.Zero(t, b.send(true, answer, nil))
		assert.Equal(t, [2]table.Tuple{net.Reverse(), vm.Reverse()}, [2]table.Tuple{b.net, b.vm})
	}
	again := ask
	again.Key = policy.KeyOfTuple(&vm)
	require.Zero(t, b.send(false, again, nil))
	assert.Equal(t, [2]table.Tuple{net, vm}, [2]table.Tuple{b.net, b.vm}, "as a capture at the backend has it")
}

// Each refusal has its reason.
func TestReasons(t *testing.T) {
	b := newBench(t, rules{}, "nat", "lb")
	assert.EqualValues(t, 1<<stats.DropNATNoBinding, b.send(false, flow("192.0.2.1", 1, "10.0.0.1", 2), nil))
	esp := flow("10.0.0.1", 0, "192.0.2.1", 0)
	esp.Proto = header.ProtoESP
	assert.EqualValues(t, 1<<stats.DropNATNoPort, b.send(true, esp, nil))
	full := func(units.Time) bool { return false }
	b.Room(full)
	assert.EqualValues(t, 1<<stats.DropSessionTable, b.send(true, flow("10.0.0.1", 1, "192.0.2.1", 2), nil))
	assert.EqualValues(t, 1<<stats.DropSessionTable, b.send(false, flow("192.0.2.1", 1, "203.0.113.10", 80), nil))
	asked := 0
	b.Room(func(units.Time) bool { asked++; return true })
	assert.Zero(t, b.send(true, flow("10.0.0.1", 1, "192.0.2.1", 2), nil))
	assert.Zero(t, b.send(true, flow("10.0.0.1", 1, "192.0.2.1", 2), nil))
	assert.Zero(t, b.send(false, flow("192.0.2.1", 1, "203.0.113.10", 80), nil))
	assert.Equal(t, 2, asked, "a session is entered once")
	n, l := b.Translated()
	assert.EqualValues(t, [2]int64{1, 1}, [2]int64{n.Active, l.Active})
	assert.EqualValues(t, [2]int64{1, 1}, [2]int64{n.New, l.New})

	var fresh traffic.Tuple
	assert.Zero(t, b.send(true, fresh, nil), "not IP")
}

// The keys of entries differ between services and from those of what has none.
func TestKeysOfEntries(t *testing.T) {
	b := newBench(t, rules{}, "nat", "lb")
	look := func(outbound bool, u traffic.Tuple) Found {
		b.send(outbound, u, nil)
		return b.visit.found
	}
	out := flow("10.0.0.1", 1, "192.0.2.1", 2)
	begun, known, answer := look(true, out), look(true, out), look(false, reversed(out))
	assert.True(t, begun.New && begun.Keyed && !known.New && !answer.New)
	assert.Equal(t, [2]uint64{begun.Key, begun.Key}, [2]uint64{known.Key, answer.Key})
	vip := look(false, flow("192.0.2.1", 1, "203.0.113.10", 80))
	assert.NotEqual(t, begun.Key, vip.Key)
	refused := look(false, flow("192.0.2.1", 1, "10.0.0.1", 9))
	assert.True(t, refused.New)
	assert.NotZero(t, refused.Key&noEntry)
	assert.False(t, look(false, flow("192.0.2.1", 1, "192.0.2.2", 9)).Keyed, "neither looks at it")
	assert.True(t, look(false, traffic.Tuple{}).Skip)
}

// An ICMP error is translated with the session that it is about, and judged by its own headers.
func TestErrorsFollowTheirSession(t *testing.T) {
	r := rules{deny: []table.Rule{{Proto: header.ProtoICMP, ProtoMask: 0xff, Dst: table.PrefixOf(netip.MustParsePrefix("10.0.0.2/32")),
		SrcPort: table.AnyPort(), DstPort: table.AnyPort()}}}
	b := newBench(t, r, "nat", "firewall")
	pol := policyOf(t, r)
	for host, want := range map[string]uint32{"10.0.0.1": 0, "10.0.0.2": policy.Denied} {
		u := flow(host, 5000, "192.0.2.1", 80)
		require.Zero(t, b.send(true, u, pol))
		wire := b.net
		v := &Visit{At: units.At(b.at), Packet: &packet.Packet{}, IP: true}
		about := policy.TupleOf(&u)
		v.session = policy.Session{Kind: header.AboutPacket, Tuple: about.Reverse(),
			Own: table.Tuple{Src: table.AddrOf(netip.MustParseAddr("192.0.2.254")), Dst: about.Src, Proto: header.ProtoICMP}}
		v.Judged = want // by its headers as they are behind nat
		v.Tuple = v.session.Tuple
		b.translators[0].Wire(v)
		assert.Equal(t, wire.Src, v.Tuple.Dst, "on the wire it goes to the binding")
		for _, s := range b.steps {
			if s.Do(v); v.refused != 0 {
				break
			}
		}
		assert.Equal(t, want, v.refused)
		assert.Equal(t, about.Src, v.Tuple.Dst)
		assert.Equal(t, about.Src, v.headers().Dst)
		assert.EqualValues(t, "192.0.2.254", v.headers().Src.IP(false).String())
	}
}

// Verdicts about rewritten headers are remembered, and asked for again when the headers change.
func TestVerdictsAreRemembered(t *testing.T) {
	asked := 0
	ask := func(u *table.Tuple, _ header.Reading) bool { asked++; return u.DstPort == 7 }
	var l verdicts
	v := &Visit{Packet: &packet.Packet{Key: packet.MakeKey(3, 0)}, number: 5, session: policy.Session{Kind: header.Packet}}
	v.Tuple.Proto = header.ProtoTCP
	for _, c := range []struct {
		port  uint16
		no    bool
		asked int
	}{{7, true, 1}, {7, true, 1}, {8, false, 2}, {8, false, 2}, {7, true, 3}} {
		v.Tuple.DstPort = c.port
		assert.Equal(t, c.no, l.of(v, ask))
		assert.Equal(t, c.asked, asked)
	}
	v.number = 6
	assert.True(t, l.of(v, ask))
	assert.Equal(t, 4, asked)
}

// Whatever comes, what passes outbound and is answered comes back to where it began: on the wire the answer has the
// headers of the question, turned round, and behind the services too. No two flows are the same on the wire.
func TestAnswersComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		chain := rapid.SampledFrom([][]string{{"nat", "lb", "firewall", "route"}, {"firewall", "nat", "route", "lb"}, {"nat", "lb"}, {"nat"}, {"lb"}}).Draw(t, "chain")
		b := newBench(t, rules{}, chain...)
		wire := map[table.Tuple]table.Tuple{}
		for range 60 {
			hosts := []string{"10.0.0.1", "10.0.0.2", "10.9.0.1", "192.0.2.1", "192.0.2.2", "203.0.113.10", "198.51.100.0"}
			u := flow(rapid.SampledFrom(hosts).Draw(t, "src"), rapid.Uint16Range(0, 3).Draw(t, "sport"),
				rapid.SampledFrom(hosts).Draw(t, "dst"), rapid.SampledFrom([]uint16{80, 8080, 1024}).Draw(t, "dport"))
			outbound := rapid.Bool().Draw(t, "outbound")
			if b.send(outbound, u, nil) != 0 {
				require.Equal(t, b.net, b.vm)
				continue
			}
			net, vm := b.net, b.vm
			// The question, seen from outside, belongs to one flow inside; VIPs are outside of nat and lb alike.
			if before, known := wire[net]; known && outbound {
				require.Equal(t, before, vm)
			} else if outbound {
				wire[net] = vm
			}
			if b.send(!outbound, reversed(u), nil) != 0 {
				continue // nobody outside can send to an inside address unasked
			}
			if !outbound && net == vm {
				continue
			}
			require.Equal(t, net.Reverse(), b.net)
			require.Equal(t, vm.Reverse(), b.vm)
		}
	})
}

// All packets of a flow are steered alike, however they are addressed, in both directions.
func TestSteering(t *testing.T) {
	b := newBench(t, rules{}, "nat", "lb")
	spec := &Spec{NAT: &NAT{Plan: b.steps[0].(*natStep).Plan}}
	vips, err := lb.NewPlan(lb.Spec{Table: 251, Timeouts: policy.DefaultTimeouts(), VIPs: []lb.VIP{{Addrs: netip.MustParsePrefix("203.0.113.10/32"),
		Port: 80, Proto: header.ProtoTCP, Backends: []lb.Backend{{Addr: netip.MustParseAddr("10.9.0.1"), Port: 8080, Weight: 1}}}}})
	require.NoError(t, err)
	spec.LB = &LB{Plan: vips}
	hash := func(u traffic.Tuple, outbound bool) uint32 {
		return spec.Steer(&policy.Session{Kind: header.Packet, Tuple: policy.TupleOf(&u)}, outbound)
	}
	u := flow("10.0.0.1", 5000, "192.0.2.1", 80)
	assert.Equal(t, hash(u, true), hash(reversed(u), false))
	assert.Equal(t, hash(u, true), hash(flow("10.0.0.1", 5000, "192.0.2.77", 443), true), "an inside endpoint has one binding")
	vip := flow("192.0.2.1", 6000, "203.0.113.10", 80)
	assert.Equal(t, hash(vip, false), hash(reversed(vip), true))
	assert.Equal(t, hash(vip, false), hash(flow("10.9.0.1", 8080, "192.0.2.1", 6000), true), "from the backend")
	other := flow("192.0.2.1", 6000, "192.0.2.2", 80)
	assert.Equal(t, hash(other, false), hash(reversed(other), true))
	tuple := policy.TupleOf(&other)
	assert.Equal(t, policy.SteerTuple(&tuple), hash(other, true))
	assert.Zero(t, spec.Steer(&policy.Session{}, true))
	spread := map[uint32]int{}
	for i := range uint32(4000) {
		u := flow("10.0.0.1", 5000, "192.0.2.1", 80)
		binary.BigEndian.PutUint32(u.Src[:], 10<<24|i)
		spread[hash(u, true)>>30]++
	}
	for _, n := range spread {
		assert.InDelta(t, 1000, n, 150)
	}
}

// Cores share a table of sessions; chips have one each.
func TestMembersShareSessions(t *testing.T) {
	plan, err := nat.NewPlan(nat.Spec{Inside: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}, Pool: []netip.Prefix{netip.MustParsePrefix("198.51.100.0/28")},
		Ports: table.PortRange{Lo: 1024, Hi: 65535}, Timeouts: policy.DefaultTimeouts(), To: units.Forever})
	require.NoError(t, err)
	for shared, want := range map[bool]int64{false: 8, true: 2} {
		var list []traffic.Tuple
		for i := range uint16(20) {
			list = append(list, flow("10.0.0.1", i, "192.0.2.1", 80))
		}
		sources := &policy.Sources{}
		sources.AddSynthetic(0, true, func(n uint32) traffic.Tuple { return list[n] })
		g, err := New(&Spec{Services: []*Kind{&Translation}, Sources: sources, NAT: &NAT{plan, 8}, To: units.Forever}, Member{Index: 1, Of: 4, Shared: shared})
		require.NoError(t, err)
		for i := range list {
			g.Judge(units.At(0), &packet.Packet{Flow: uint32(i), Record: -1})
		}
		n, _ := g.Translated()
		assert.Equal(t, want, n.Active)
	}
}
