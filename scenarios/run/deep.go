package run

import (
	"github.com/dsnsim/dsnsim/asic/parse"
	"github.com/dsnsim/dsnsim/hw/profile"
	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/sim/header"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/stats"
	"github.com/dsnsim/dsnsim/sim/units"
)

// reach says what a chip's parser sees of the packets of a traffic entry, in one direction.
type reach struct {
	limit   uint16 // the most bytes of a tenant's headers
	deep    []bool // by record, nil where it sees all headers of all
	tooDeep string // dsn.parser.too_deep
	unseen  []uint32
	flowOf  []uint32
	pieces  []parse.Shape // by record, where fragments go to a general core
}

// reaches works out what the parser sees of captures. Made-up packets have short headers. The error of a chain that does not
// fit the PHV is the placements', which refuse it.
func reaches(s *scenarios.Scenario, p *profile.Profile, inputs []*input) {
	g, err := parse.Compile(serviceNames(s), &p.DSN)
	if err != nil {
		return
	}
	for _, t := range inputs {
		for dir, tunnels := range [2]units.Bytes{inbound: g.Ahead(), outbound: 0} {
			r := &t.reach[dir]
			r.tooDeep = s.DSN.Parser.TooDeep
			if t.joined != nil && s.DSN.Parser.Fragments == "punt" {
				r.pieces = t.shapes
			}
			r.limit = uint16(max(0, min(g.Window-tunnels, 1<<16-1)))
			for i := range t.shapes {
				if !g.Reaches(t.shapes[i], tunnels) {
					if r.deep == nil {
						r.deep = make([]bool, len(t.shapes))
					}
					r.deep[i] = true
				}
			}
		}
	}
}

// passesUnseen reports whether some packets are judged without their ports.
func passesUnseen(inputs []*input) bool {
	for _, t := range inputs {
		for dir := range t.reach {
			if t.reach[dir].deep != nil && t.reach[dir].tooDeep == "pass" {
				return true
			}
		}
	}
	return false
}

// judge asks about the flows of a capture as they look without ports.
func (r *reach) judge(t *input) {
	if r.deep == nil || r.tooDeep != "pass" || t.rulings == nil {
		return
	}
	r.flowOf = t.trace.FlowOfRecords()
	for _, u := range t.trace.Tuples() {
		if u.SrcPort, u.DstPort = 0, 0; u.Reading == header.Read {
			u.Reading = beyond(u.V6)
		}
		r.unseen = append(r.unseen, t.rulings.policy.Refuse(&u, 0))
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

// see fills in what a chip's parser makes of a packet.
func (r *reach) see(p *packet.Packet) {
	p.Header = min(p.Header, r.limit)
	if r.pieces != nil && p.Record >= 0 && r.pieces[p.Record].Piece {
		p.Deep = packet.PuntedPiece
	}
	if r.deep == nil || p.Record < 0 || !r.deep[p.Record] {
		return
	}
	switch r.tooDeep {
	case "drop":
		p.Deep = packet.NotParsed
		p.Refused |= 1 << stats.DropParser
	case "punt":
		p.Deep = packet.Punted
	default:
		p.Deep = packet.PortsUnseen
		if r.unseen != nil {
			p.Refused = r.unseen[r.flowOf[p.Record]]
		}
	}
}
