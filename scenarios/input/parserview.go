package input

import (
	"github.com/dsnsim/dsnsim/asic/parse"
	"github.com/dsnsim/dsnsim/asic/service"
	"github.com/dsnsim/dsnsim/hw/profile"
	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/sim/header"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/stats"
	"github.com/dsnsim/dsnsim/sim/units"
)

// ParserView says what a chip's parser sees of the packets of a traffic entry, in one direction.
type ParserView struct {
	limit   uint16 // the most bytes of a tenant's headers
	deep    []bool // by record, nil where it sees all headers of all
	tooDeep string // dsn.parser.too_deep
	unseen  []uint32
	flowOf  []uint32
	pieces  []parse.Shape // by record, where fragments go to a general core
}

// reaches works out what the parser sees of captures. Made-up packets have short headers. The error of a chain that does not
// fit the PHV is the placements', which refuse it.
func reaches(s *scenarios.Scenario, p *profile.Profile, inputs []*Input) {
	g, err := parse.Compile(service.Levels(s.Chain()), &p.DSN)
	if err != nil {
		return
	}
	for _, t := range inputs {
		for dir, tunnels := range [2]units.Bytes{Inbound: g.Ahead(), Outbound: 0} {
			r := &t.ParserView[dir]
			r.tooDeep = s.DSN.Parser.TooDeep
			if t.Joined != nil && s.DSN.Parser.Fragments == "punt" {
				r.pieces = t.Shapes
			}
			r.limit = uint16(max(0, min(g.Window-tunnels, 1<<16-1)))
			for i := range t.Shapes {
				if !g.Reaches(t.Shapes[i], tunnels) {
					if r.deep == nil {
						r.deep = make([]bool, len(t.Shapes))
					}
					r.deep[i] = true
				}
			}
		}
	}
}

// passesUnseen reports whether some packets are judged without their ports.
func passesUnseen(inputs []*Input) bool {
	for _, t := range inputs {
		for dir := range t.ParserView {
			if t.ParserView[dir].deep != nil && t.ParserView[dir].tooDeep == "pass" {
				return true
			}
		}
	}
	return false
}

// judge asks about the flows of a capture as they look without ports.
func (r *ParserView) judge(t *Input) {
	if r.deep == nil || r.tooDeep != "pass" || t.Verdicts == nil {
		return
	}
	r.flowOf = t.Trace.FlowOfRecords()
	for _, u := range t.Trace.Tuples() {
		if u.SrcPort, u.DstPort = 0, 0; u.Reading == header.Read {
			u.Reading = beyond(u.V6)
		}
		r.unseen = append(r.unseen, t.Verdicts.Policy.Refuse(&u, 0))
	}
}

// beyond returns what a parser knows of a packet whose headers do not end where it does: IPv6 tells the protocol behind its
// extension headers only.
func beyond(v6 bool) header.Reading {
	if v6 {
		return header.NoProtocol
	}
	return header.NoPorts
}

// See fills in what a chip's parser makes of a packet.
func (r *ParserView) See(p *packet.Packet) {
	p.Header = min(p.Header, r.limit)
	if r.pieces != nil && p.Record >= 0 && r.pieces[p.Record].Piece {
		p.Parsed = packet.PuntedPiece
	}
	if r.deep == nil || p.Record < 0 || !r.deep[p.Record] {
		return
	}
	switch r.tooDeep {
	case "drop":
		p.Parsed = packet.NotParsed
		p.Refused |= 1 << stats.DropParser
	case "punt":
		p.Parsed = packet.Punted
	default:
		p.Parsed = packet.PortsUnseen
		if r.unseen != nil {
			p.Refused = r.unseen[r.flowOf[p.Record]]
		}
	}
}
