package steps

import (
	"github.com/dsnsim/dsnsim/asic/lb"
	"github.com/dsnsim/dsnsim/asic/nat"
	"github.com/dsnsim/dsnsim/asic/table"
	"github.com/dsnsim/dsnsim/sim/header"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/units"
)

// comeIn gives the packet the headers with which it arrives. Each service that rewrites headers puts its own on answers, the
// last one that the packet will pass first.
func (g *Program) comeIn(v *Visit) {
	v.number = g.sources.Session(v.Packet, &v.session)
	switch v.Packet.Parsed {
	case packet.NotParsed: // it is dropped, and begins nothing
		v.session.Kind = header.NoSession
	case packet.PortsUnseen:
		v.session.Unsee()
	}
	v.Tuple, v.IP = v.session.Tuple, v.session.Kind != header.NoSession
	if !v.IP {
		return
	}
	for i := range g.translators {
		if !v.Outbound {
			i = len(g.translators) - 1 - i
		}
		g.translators[i].Wire(v)
	}
}

// report calls the observer with the packet, which came with the given headers.
func (g *Program) report(v *Visit, came table.Tuple) {
	net, vm := came, v.Tuple
	if v.refused != 0 {
		vm = came
	} else if v.Outbound {
		net, vm = vm, net
	}
	g.observe(v.Packet, &v.session.Tuple, &net, &vm)
}

// Room tells the services how to ask whether a session can be entered, which makes the entry: of the learner.
func (g *Program) Room(ask func(at units.Time) bool) {
	for _, t := range g.translators {
		t.Room(ask)
	}
}

// Translated returns what NAT and load balancing counted, nil where there is none.
func (g *Program) Translated() (n *nat.Counts, b *lb.Counts) {
	for _, t := range g.translators {
		t.counted(&n, &b)
	}
	return n, b
}

// headers returns what rules, routes and connections are judged by: the packet's own headers as the services before have
// left them. Those of an ICMP error are not its session's; protocols without ports have none.
func (v *Visit) headers() table.Tuple {
	u := v.Tuple
	if v.session.Kind == header.AboutPacket {
		u = v.session.Own
		if !v.Outbound {
			u.Dst = v.Tuple.Dst
		} else if u.Src == v.session.Tuple.Src {
			u.Src = v.Tuple.Src
		}
		u.Network = v.Tuple.Network
	}
	if v.session.Reading != header.Read || u.Proto != header.ProtoTCP && u.Proto != header.ProtoUDP && u.Proto != header.ProtoSCTP {
		u.SrcPort, u.DstPort = 0, 0
	}
	return u
}

// rewritten reports whether the services before have changed what the source sent.
func (v *Visit) rewritten() bool {
	return v.session.Kind != header.NoSession && v.Tuple != v.session.Tuple
}

// verdicts remembers a table's verdict on each session of each source, as long as its headers are the same: 16 bytes each.
type verdicts struct{ bySource [][]verdict }

type verdict struct {
	src, dst     uint32
	sport, dport uint16
	known, no    bool
}

// of returns what the table says of a packet, asking it where that is not known.
func (l *verdicts) of(v *Visit, ask func(u *table.Tuple, r header.Reading) bool) bool {
	source := v.Packet.Source()
	for len(l.bySource) <= source {
		l.bySource = append(l.bySource, nil)
	}
	list := l.bySource[source]
	for int(v.number) >= len(list) {
		list = append(list, verdict{})
	}
	l.bySource[source] = list
	u := v.headers()
	e := &list[v.number]
	now := verdict{uint32(u.Src.Lo), uint32(u.Dst.Lo), u.SrcPort, u.DstPort, true, e.no}
	if *e != now { // only IPv4 is rewritten, so this is all that can change
		now.no = ask(&u, v.session.Reading)
		*e = now
	}
	return e.no
}
