package steps

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/asic/meter"
	"github.com/dsnsim/dsnsim/asic/policy"
	"github.com/dsnsim/dsnsim/asic/table"
	"github.com/dsnsim/dsnsim/sim/header"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/units"
)

// tight lets one packet of 100 bytes through, as it counts, and then nothing for long.
func tight(t *testing.T, change func(*policy.PolicerSpec)) *policy.Policer {
	s := policy.PolicerSpec{On: [2]bool{true, true}, Meter: meter.Spec{CIR: 1, CBS: 100}, Per: policy.PerVM, Servers: 2, VMs: 4, Tunnels: 8,
		Classes: 3, To: units.Forever}
	s.Actions[meter.Red].Drop = true
	if change != nil {
		change(&s)
	}
	o := &policy.Origins{}
	o.Add(policy.Origin{Server: 0, Class: 1, FirstSA: 0})
	o.Add(policy.Origin{Server: 0, Class: 2, FirstSA: 8})
	o.Add(policy.Origin{Server: 1, Class: 1, FirstSA: 16})
	p, err := policy.NewPolicer(s, o)
	require.NoError(t, err)
	return p
}

// frameOf has 100 bytes of IP.
func frameOf(source int, sa uint32) *packet.Packet {
	return &packet.Packet{Key: packet.MakeKey(source, 0), SA: sa, Bytes: [2]uint32{118, 224}}
}

// Each VM, server or class has a meter of its own, in each direction.
func TestWhoHasAMeter(t *testing.T) {
	for _, c := range []struct {
		per  policy.Per
		sa   uint32
		from int
		way  bool
		free bool
	}{
		{policy.PerVM, 1, 0, false, false}, // two associations of one VM
		{policy.PerVM, 2, 0, false, true},
		{policy.PerVM, 8, 1, false, false}, // of another class, and the first of its own associations
		{policy.PerVM, 0, 0, true, true},   // the other direction
		{policy.PerVM, 16, 2, false, true}, // another server
		{policy.PerServer, 7, 0, false, false},
		{policy.PerServer, 16, 2, false, true},
		{policy.PerClass, 7, 0, false, false},
		{policy.PerClass, 8, 1, false, true},
		{policy.PerClass, 16, 2, false, true},
	} {
		p := tight(t, func(s *policy.PolicerSpec) { s.Per = c.per })
		require.False(t, p.Drops(units.At(0), frameOf(0, 0), false))
		assert.Equal(t, c.free, !p.Drops(units.At(0), frameOf(c.from, c.sa), c.way), "%+v", c)
	}
}

// It counts IP packets in the form in which it meets them, and what it said of them in the window.
func TestWhatIsMetered(t *testing.T) {
	for _, c := range []struct {
		of   packet.Form
		more uint32
		want uint64
	}{{packet.Plain, 0, 100}, {packet.Plain, 50, 150}, {packet.Tunnelled, 0, 206}} {
		p := tight(t, func(s *policy.PolicerSpec) {
			s.Of, s.More, s.Meter.CBS = c.of, c.more, 150
			s.From, s.To = units.At(5), units.At(10)
		})
		var drops []bool
		for _, at := range []units.Duration{4, 5, 9, 10} {
			drops = append(drops, p.Drops(units.At(at), frameOf(0, 0), false))
		}
		assert.Equal(t, []bool{c.want > 150, true, true, true}, drops)
		assert.EqualValues(t, 2*c.want, p.Counts()[meter.Red].Bytes, "in the window")
		assert.Zero(t, p.Counts()[meter.Green].Packets)
	}
}

// Only one direction is looked at where the policer is told so; marks and colours are noted on the packet.
func TestDirectionMarksAndColours(t *testing.T) {
	p := tight(t, func(s *policy.PolicerSpec) {
		s.On[1], s.Aware = false, true
		s.Meter.EBS = 100
		s.Actions = [3]policy.Action{{Mark: packet.Marked}, {Mark: packet.Marked | 12}, {Drop: true, Mark: packet.Marked | 14}}
	})
	for range 3 {
		assert.False(t, p.Drops(units.At(0), frameOf(0, 0), true))
	}
	yellow := frameOf(0, 0)
	yellow.Colour = uint8(meter.Yellow)
	assert.False(t, p.Drops(units.At(0), yellow, false))
	assert.Equal(t, packet.Marked|12, yellow.Mark)
	green := frameOf(0, 0)
	assert.False(t, p.Drops(units.At(0), green, false))
	assert.Equal(t, packet.Marked, green.Mark, "class selector 0")
	red := frameOf(0, 0)
	assert.True(t, p.Drops(units.At(0), red, false))
	assert.EqualValues(t, meter.Red, red.Colour)
}

// programOf makes a Program of services around one policer and one mirror.
func programOf(t *testing.T, side Side, mirror Mirror, services ...string) *Program {
	mirror.Number, mirror.On = 1, [2]bool{true, true}
	g, err := New(&Spec{Services: kindsOf(services...), Side: side, Sources: twoWays(), Policers: []*policy.Policer{tight(t, nil)},
		Mirrors: []Mirror{mirror}}, Member{Of: 1})
	require.NoError(t, err)
	return g
}

// see shows a packet of a source and returns what became of it.
func see(g *Program, source int, refused uint32) (uint32, uint8) {
	p := frameOf(source, uint32(8*source))
	p.Refused, p.Copies = refused, 1<<1|1<<2
	g.Judge(units.At(0), p)
	if g.later != nil {
		due := p.Due
		if g.side == Encrypted {
			due = 0xff
		}
		g.Take(units.At(0), p, due)
	}
	return p.Refused, p.Copies
}

// atOnceAndLater runs a test with policers that meter with the other services, and with such that meter when a packet is taken, which
// it is at once.
func atOnceAndLater(t *testing.T, test func(t *testing.T, program func(Side, Mirror, ...string) *Program)) {
	for _, later := range []bool{false, true} {
		t.Run(fmt.Sprint("later ", later), func(t *testing.T) {
			test(t, func(side Side, mirror Mirror, services ...string) *Program {
				g := programOf(t, side, mirror, services...)
				if later {
					require.True(t, g.Later())
				}
				return g
			})
		})
	}
}

// A policer that meters later meters what is taken: of packets that come at once those pass for which there are tokens by then.
func TestPolicersMeterWhatIsTaken(t *testing.T) {
	come := func(later bool) (passed int) {
		spec := &Spec{Services: kindsOf("policer", "firewall"), Sources: twoWays(), Policers: []*policy.Policer{tight(t, func(s *policy.PolicerSpec) {
			s.Meter.CIR = units.Gbps // 100 B are 800 ns
		})}}
		g, err := New(spec, Member{Of: 1})
		require.NoError(t, err)
		if later {
			require.True(t, g.Later())
		}
		var list []*packet.Packet
		for range 4 {
			list = append(list, frameOf(0, 0))
			g.Judge(units.At(0), list[len(list)-1])
		}
		for i, p := range list {
			if later {
				g.Take(units.At(units.Duration(i)*units.Microsecond), p, p.Due)
			}
			if p.Refused == 0 {
				passed++
			}
		}
		return passed
	}
	assert.Equal(t, 1, come(false))
	assert.Equal(t, 4, come(true))
}

// What one service refuses, those behind it do not see: neither are its tokens taken nor is it copied. Behind is the other
// side outbound.
func TestOrderOfPolicersAndMirrors(t *testing.T) {
	atOnceAndLater(t, orderOfPolicersAndMirrors)
}

func orderOfPolicersAndMirrors(t *testing.T, program func(Side, Mirror, ...string) *Program) {
	const other, copied = 1 << 2, 1<<1 | 1<<2 // the second mirror is on the other side
	exceeds := Policing.Refuses
	g := program(Clear, Mirror{OneIn: 1}, "mirror", "policer", "firewall", "route")
	for i, want := range []uint32{0, exceeds} {
		refused, copies := see(g, 0, 0)
		assert.Equal(t, want, refused, i)
		assert.EqualValues(t, copied, copies, "the mirror comes first")
	}
	refused, copies := see(g, 0, policy.Denied)
	assert.Equal(t, exceeds, refused, "the policer comes first")
	assert.EqualValues(t, copied, copies)
	refused, copies = see(g, 1, policy.Denied)
	assert.Equal(t, policy.Denied, refused, "outbound the firewall comes first")
	assert.EqualValues(t, other, copies)
	refused, copies = see(g, 1, 0)
	assert.Zero(t, refused, "and what it dropped took no tokens")
	assert.EqualValues(t, copied, copies)
	refused, copies = see(g, 1, policy.NoRoute)
	assert.Equal(t, policy.NoRoute, refused)
	assert.EqualValues(t, other, copies)
}

// On the encrypted side nobody knows yet what rules will say, and tunnels are not open; on the clear side what could not be
// opened is not there.
func TestSides(t *testing.T) { atOnceAndLater(t, sides) }

func sides(t *testing.T, program func(Side, Mirror, ...string) *Program) {
	g := program(Encrypted, Mirror{OneIn: 1}, "mirror", "policer")
	refused, copies := see(g, 0, policy.Denied|Unopened)
	assert.Equal(t, policy.Denied|Unopened, refused)
	assert.EqualValues(t, 1<<1|1<<2, copies)
	refused, _ = see(g, 0, policy.Denied)
	assert.Equal(t, policy.Denied|Policing.Refuses, refused, "it took the tokens")
	g = program(Clear, Mirror{OneIn: 1}, "mirror", "policer")
	refused, copies = see(g, 0, Unopened)
	assert.Equal(t, Unopened, refused)
	assert.EqualValues(t, 1<<2, copies)
	refused, _ = see(g, 0, 0)
	assert.Zero(t, refused, "it took no tokens")
}

// The members of a device share its policers, and say so; those of no services share nothing.
func TestSharing(t *testing.T) {
	spec := &Spec{Services: []*Kind{&Policing}, Sources: twoWays(), Policers: []*policy.Policer{tight(t, nil)}}
	a, err := New(spec, Member{Of: 2})
	require.NoError(t, err)
	b, err := New(spec, Member{Index: 1, Of: 2})
	require.NoError(t, err)
	assert.True(t, a.Shares())
	refused, _ := see(a, 0, 0)
	assert.Zero(t, refused)
	refused, _ = see(b, 0, 0)
	assert.Equal(t, Policing.Refuses, refused)
	assert.False(t, programOf(t, Clear, Mirror{OneIn: 1}, "mirror").Shares())
	assert.False(t, (*Program)(nil).Shares())
}

// The first of so many packets that match is copied, in each direction for itself; by flow, all of the flows in the sample.
func TestSampling(t *testing.T) {
	g := programOf(t, Clear, Mirror{OneIn: 3}, "mirror")
	var got [2][]bool
	for i := range 14 {
		_, copies := see(g, i%2, 0)
		got[i%2] = append(got[i%2], copies&(1<<1) != 0)
	}
	want := []bool{true, false, false, true, false, false, true}
	assert.Equal(t, [2][]bool{want, want}, got)

	g = programOf(t, Clear, Mirror{OneIn: 8, ByFlow: true}, "mirror")
	copied := 0
	for flow := range uint32(8000) {
		first := false
		for again := range 3 {
			p := frameOf(0, 0)
			p.Hash, p.Copies = flow*0x9e3779b9, 1<<1
			g.Judge(units.At(0), p)
			if again == 0 {
				first = p.Copies != 0
			}
			assert.Equal(t, first, p.Copies != 0, "a flow is copied whole")
		}
		if first {
			copied++
		}
	}
	assert.InDelta(t, 1000, copied, 100)
}

// A mirror asks its rules about headers that the services before have rewritten; about others they were asked before.
func TestRulesAskedAboutLate(t *testing.T) {
	rules, err := policy.NewMatcher([]table.Rule{{SrcPort: table.AnyPort(), DstPort: table.PortRange{Lo: 80, Hi: 80},
		Proto: header.ProtoTCP, ProtoMask: 0xff}})
	require.NoError(t, err)
	g := programOf(t, Clear, Mirror{OneIn: 1, Rules: rules}, "mirror")
	to := func(sent, port uint16, matched uint8) bool {
		v := &Visit{Packet: &packet.Packet{}, IP: true, Matched: matched, session: policy.Session{Kind: header.Packet}}
		v.session.Tuple.Proto, v.session.Tuple.DstPort = header.ProtoTCP, sent
		v.Tuple = v.session.Tuple
		v.Tuple.DstPort = port
		g.steps[0].Do(v)
		return v.Packet.Copies != 0
	}
	assert.True(t, to(8080, 80, 0))
	assert.False(t, to(8080, 81, 1<<1))
	assert.True(t, to(80, 80, 1<<1))
	assert.False(t, to(80, 80, 0))
}
