package steps

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dsnsim/dsnsim/asic/policy"
	"github.com/dsnsim/dsnsim/asic/table"
	"github.com/dsnsim/dsnsim/internal/frames"
	"github.com/dsnsim/dsnsim/sim/capture"
	"github.com/dsnsim/dsnsim/sim/header"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/traffic"
	"github.com/dsnsim/dsnsim/sim/units"
)

// drawnPacket is a packet of the property test, by its parts: a model of few lines knows them without a parser.
type drawnPacket struct {
	tenant   int
	outbound bool
	src, dst string
	proto    uint8
	ports    [2]uint16 // of TCP, UDP, SCTP; of a query its identifier first
	flags    uint8     // of TCP
	query    uint8     // the type of the request that it is or answers
	answer   bool
	quotes   *drawnPacket // of an error
}

// pastICMP is what a packet of no transport protocol holds.
var pastICMP = make([]byte, 16)

// kinds of drawn packets, by name, in each family: their protocol, and for queries the types of request and answer.
var kinds = map[bool][]struct {
	name            string
	proto           uint8
	request, answer uint8
}{
	false: {{"tcp", header.ProtoTCP, 0, 0}, {"udp", header.ProtoUDP, 0, 0}, {"sctp", header.ProtoSCTP, 0, 0}, {"gre", header.ProtoGRE, 0, 0},
		{"esp", header.ProtoESP, 0, 0}, {"echo", header.ProtoICMP, 8, 0}, {"timestamp", header.ProtoICMP, 13, 14}},
	true: {{"tcp", header.ProtoTCP, 0, 0}, {"udp", header.ProtoUDP, 0, 0}, {"esp", header.ProtoESP, 0, 0}, {"echo", header.ProtoICMPv6, 128, 129}},
}

// tcpFlags are what draws of TCP choose from.
var tcpFlags = []uint8{header.TCPSyn, header.TCPSyn, header.TCPSyn | header.TCPAck, header.TCPAck, header.TCPFin | header.TCPAck, header.TCPRst}

// drawPacket draws a packet, half of the time one like an earlier one: the same again, with other flags, from the other side, or an
// answer to it.
func drawPacket(t *rapid.T, earlier []*drawnPacket, deep int) *drawnPacket {
	if len(earlier) == 0 || rapid.Bool().Draw(t, "new") {
		return freshPacket(t, earlier, deep)
	}
	p := *rapid.SampledFrom(earlier).Draw(t, "like")
	if p.quotes != nil && deep < 2 {
		return freshPacket(t, earlier, deep)
	}
	if rapid.Bool().Draw(t, "back") {
		p.src, p.dst = p.dst, p.src
		p.outbound = !p.outbound
		if p.query == 0 {
			p.ports[0], p.ports[1] = p.ports[1], p.ports[0]
		}
		p.answer = p.query != 0 && !p.answer
	}
	if rapid.IntRange(0, 3).Draw(t, "other side") == 0 {
		p.outbound = !p.outbound
	}
	if p.proto == header.ProtoTCP {
		p.flags = rapid.SampledFrom(tcpFlags).Draw(t, "flags")
	}
	return &p
}

// freshPacket draws a packet from few ends, so that they meet.
func freshPacket(t *rapid.T, earlier []*drawnPacket, deep int) *drawnPacket {
	v6 := rapid.Bool().Draw(t, "v6")
	vm, far := "10.0.0.1", rapid.SampledFrom([]string{"203.0.113.1", "10.0.0.2"}).Draw(t, "far")
	if v6 {
		vm, far = "fd00::1", rapid.SampledFrom([]string{"2001:db8::1", "fd00::2"}).Draw(t, "far")
	}
	p := &drawnPacket{tenant: rapid.IntRange(0, 1).Draw(t, "tenant"), outbound: rapid.Bool().Draw(t, "outbound"), src: vm, dst: far}
	if rapid.Bool().Draw(t, "turned") {
		p.src, p.dst = far, vm
	}
	if deep > 0 && rapid.IntRange(0, 3).Draw(t, "error") == 0 {
		q := drawPacket(t, earlier, deep-1)
		p.tenant, p.outbound = q.tenant, q.outbound == (rapid.IntRange(0, 3).Draw(t, "forged") == 0)
		if rapid.IntRange(0, 7).Draw(t, "stranger") == 0 {
			p.tenant = 1 - p.tenant
		}
		p.quotes, p.src, p.dst, p.proto = q, rapid.SampledFrom([]string{q.dst, q.src}).Draw(t, "from"), rapid.SampledFrom([]string{q.src, q.src, q.dst}).Draw(t, "to"), header.ProtoICMP
		if q.v6() {
			p.proto = header.ProtoICMPv6
		}
		return p
	}
	k := rapid.SampledFrom(kinds[v6]).Draw(t, "kind")
	p.proto = k.proto
	switch {
	case k.request != 0:
		p.query, p.answer = k.request, rapid.Bool().Draw(t, "answer")
		p.ports[0] = rapid.SampledFrom([]uint16{0, 7}).Draw(t, "id")
	case k.name == "tcp" || k.name == "udp" || k.name == "sctp":
		p.ports = [2]uint16{5000, rapid.Uint16Range(80, 81).Draw(t, "port")}
		if p.src == far {
			p.ports = [2]uint16{p.ports[1], p.ports[0]}
		}
	}
	if k.name == "tcp" {
		p.flags = rapid.SampledFrom(tcpFlags).Draw(t, "flags")
	}
	return p
}

func (p *drawnPacket) v6() bool {
	return p.src[0] == 'f' || p.src[0] == '2' && p.src[3] == '1' && p.src[4] == ':'
}

// frame returns the packet's bytes.
func (p *drawnPacket) frame() []byte {
	switch {
	case p.quotes != nil:
		return frames.Error(p.quotes.frame(), map[bool]uint8{false: 3, true: 1}[p.v6()], p.src, p.dst, 1000)
	case p.proto == header.ProtoTCP:
		return frames.TCP(p.src, p.ports[0], p.dst, p.ports[1], p.flags)
	case p.proto == header.ProtoUDP:
		return frames.UDP(p.src, p.ports[0], p.dst, p.ports[1])
	case p.query != 0:
		kind := p.query
		if p.answer {
			kind = map[uint8]uint8{8: 0, 13: 14, 128: 129}[p.query]
		}
		return frames.ICMP(p.src, p.dst, kind, p.ports[0], pastICMP)
	case p.proto == header.ProtoSCTP:
		return frames.IP(p.src, p.dst, p.proto, append([]byte{byte(p.ports[0] >> 8), byte(p.ports[0]), byte(p.ports[1] >> 8), byte(p.ports[1])}, pastICMP...))
	}
	return frames.IP(p.src, p.dst, p.proto, pastICMP)
}

// name is what a flow is known by from the end that sends the packet, and reverse from the other end.
func (p *drawnPacket) name() string {
	return fmt.Sprint(p.tenant, p.proto, p.src, p.dst, p.ports, p.query, p.answer)
}

func (p *drawnPacket) reverse() string {
	r := *p
	r.src, r.dst = p.dst, p.src
	if r.query == 0 {
		r.ports = [2]uint16{p.ports[1], p.ports[0]}
	}
	r.answer = p.query != 0 && !p.answer
	return r.name()
}

// modelFlow is a flow of the model, named from the end that began it.
type modelFlow struct {
	outbound bool
	state    string // of TCP: "asked", "open", "over"
}

// model is the firewall as its rules are written: what belongs to a flow passes, and the rules decide on the rest.
type model map[string]*modelFlow

// find returns the flow of a packet, and whether the packet goes as the one that began it.
func (m model) find(p *drawnPacket) (f *modelFlow, forth bool) {
	if f = m[p.name()]; f != nil {
		return f, true
	}
	return m[p.reverse()], false
}

// passes says whether a packet passes, and does to the flows what it does.
func (m model) passes(p *drawnPacket) bool {
	permitted := p.src[:2] == "10" || p.src[:2] == "fd"
	if q := p.quotes; q != nil {
		if q.quotes != nil || p.dst != q.src {
			return permitted
		}
		inside := *q
		inside.tenant = p.tenant
		f, forth := m.find(&inside)
		// The quoted packet went with its flow, and the error goes against it.
		return permitted || f != nil && p.outbound != (f.outbound == forth)
	}
	f, forth := m.find(p)
	syn := p.proto == header.ProtoTCP && p.flags == header.TCPSyn
	if f != nil && !(syn && (f.state == "over" || f.state == "open" && !forth && !permitted)) {
		switch {
		case p.flags&(header.TCPFin|header.TCPRst) != 0:
			f.state = "over"
		case f.state == "asked" && forth && p.flags == header.TCPAck:
			f.state = "open"
		}
		return true
	}
	if !permitted {
		return false
	}
	if f != nil {
		delete(m, p.name())
		delete(m, p.reverse())
	}
	switch {
	case p.answer || p.flags&(header.TCPFin|header.TCPRst) != 0 || p.flags == header.TCPSyn|header.TCPAck:
	case syn:
		m[p.name()] = &modelFlow{p.outbound, "asked"}
	default:
		m[p.name()] = &modelFlow{p.outbound, "open"}
	}
	return true
}

// Whatever comes in which order, from two tenants with the same addresses and from both sides, a stateful firewall says of every
// packet what the written rules say: flows of all protocols, queries and their answers, errors about packets and about errors.
func TestFirewallAgreesWithTheWrittenRules(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := make([]*drawnPacket, rapid.IntRange(1, 60).Draw(t, "packets"))
		records := make([]capture.Record, len(list))
		for i := range list {
			list[i] = drawPacket(t, list[:i], 2)
			data := frames.Tagged(list[i].frame(), uint16(list[i].tenant))
			records[i] = capture.Record{TimeNs: int64(i), Wire: len(data), Data: data}
		}
		g, rules, trace := stateful(t, records)
		m := model{}
		for i, p := range list {
			flow := trace.FlowOfRecords()[i]
			one := &packet.Packet{Key: packet.MakeKey(0, uint64(i)), Flow: flow, Record: int32(i)}
			if p.outbound {
				one.Key = packet.MakeKey(1, uint64(i))
			}
			one.Refused = rules.Refuse(&trace.Tuples()[flow], 0)
			g.Judge(units.At(units.Duration(i)), one)
			require.Equal(t, m.passes(p), one.Refused == 0, "packet %d: %+v, quotes %+v", i, p, p.quotes)
		}
		c, _ := g.Tracked()
		require.EqualValues(t, len(m), c.Active)
	})
}

// stateful returns a firewall that permits what comes from 10.0.0.0/8 and fd00::/16, over a capture that is sent inbound as source 0
// and outbound as source 1.
func stateful(t require.TestingT, records []capture.Record) (*Program, *policy.Policy, *traffic.Trace) {
	trace, err := traffic.NewTrace(&capture.Capture{Records: records}, nil)
	require.NoError(t, err)
	rules, err := policy.New(&policy.Firewall{DefaultDeny: true, Rules: []policy.Rule{
		{Rule: table.Rule{Src: table.Prefix{Addr: table.Addr{Lo: 10 << 24}, Len: 8}, SrcPort: table.AnyPort(), DstPort: table.AnyPort()}},
		{Rule: table.Rule{V6: true, Src: table.Prefix{Addr: table.Addr{Hi: 0xfd00 << 48}, Len: 16}, SrcPort: table.AnyPort(), DstPort: table.AnyPort()}}}}, nil)
	require.NoError(t, err)
	flows := policy.NewFlows(trace.Tuples()).Of(0, trace.Tuples(), policy.NewTenants()).WithSessions(policy.NewSessions(records, nil))
	sources := &policy.Sources{}
	sources.AddTrace(0, false, flows)
	sources.AddTrace(0, true, flows)
	g, err := New(&Spec{Services: []*Kind{&Firewall}, Sources: sources, Policy: rules, To: units.Forever,
		Tracking: &policy.Spec{Flows: 1000, Timeouts: policy.DefaultTimeouts()}}, Member{Of: 1})
	require.NoError(t, err)
	return g, rules, trace
}
