package input

import (
	"slices"

	"github.com/dsnsim/dsnsim/asic/meter"
	"github.com/dsnsim/dsnsim/asic/policy"
	"github.com/dsnsim/dsnsim/asic/table"
	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/scenarios/chain"
	"github.com/dsnsim/dsnsim/sim/capture"
	"github.com/dsnsim/dsnsim/sim/header"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/traffic"
)

// Metadata is what packets of a source bring along for policers and mirrors: their colour, and which mirrors their headers
// match.
type Metadata struct {
	Matchers []*policy.Matcher // by mirror
	Mask     uint8             // of the mirrors that look at the direction
	colours  []uint8           // by record; nil where nobody asks
	copies   []uint8           // by flow
	Made     func(flow uint32) traffic.Tuple
}

// For returns the marks of a source that sends in a direction: made tells the headers of its flows where it makes them up. Without marks,
// there are none.
func (m *Metadata) For(s *scenarios.Scenario, dir Direction, made func(flow uint32) traffic.Tuple) *Metadata {
	if m == nil {
		return nil
	}
	own := *m
	number := 0
	for i := range s.Services {
		if v := s.Services[i].Mirror; v != nil {
			if number++; v.In(dir.Seen().String()) || dir == EastWest && v.In(Inbound.String()) {
				own.Mask |= 1 << number
			}
		}
	}
	own.Made = made
	return &own
}

// notAsked marks flows whose copies are not known yet. It is no set of copies: their bit 0 is never set.
const notAsked = 1

// Mark fills in what a packet brings along.
func (m *Metadata) Mark(p *packet.Packet) {
	if p.Record >= 0 && m.colours != nil {
		p.Colour = m.colours[p.Record]
	}
	for m.Made != nil && int(p.Flow) >= len(m.copies) {
		m.copies = append(m.copies, notAsked)
	}
	bits := m.copies[p.Flow]
	if bits == notAsked {
		t := m.Made(p.Flow)
		bits = Matching(m.Matchers, &t)
		m.copies[p.Flow] = bits
	}
	p.Copies = bits & m.Mask
}

// Matching returns the mirrors that packets with the given headers match.
func Matching(matchers []*policy.Matcher, t *traffic.Tuple) uint8 {
	bits := uint8(0)
	for i, m := range matchers {
		if m.Match(t) {
			bits |= 1 << (i + 1)
		}
	}
	return bits
}

// matchersOf builds the rules of the scenario's mirrors.
func matchersOf(s *scenarios.Scenario) ([]*policy.Matcher, error) {
	var list []*policy.Matcher
	for i := range s.Services {
		v := &s.Services[i]
		if v.Mirror == nil {
			continue
		}
		var rules []table.Rule
		for k := range v.Mirror.Rules {
			rules = append(rules, v.Mirror.Rules[k].Tables()...)
		}
		m, err := policy.NewMatcher(rules)
		if err != nil {
			return nil, inputError(s, v, err)
		}
		list = append(list, m)
	}
	return list, nil
}

// matchFlows works out what services need to know about the flows of the captures, once for all jobs.
func matchFlows(s *scenarios.Scenario, inputs []*Input) error {
	matchers, err := matchersOf(s)
	if err != nil {
		return err
	}
	aware := slices.ContainsFunc(s.Services, func(v chain.Service) bool { return v.Policer != nil && v.Policer.Colour == "aware" })
	if len(matchers) == 0 && !aware {
		return nil
	}
	for _, t := range inputs {
		t.Metadata = &Metadata{Matchers: matchers}
		if t.Trace == nil {
			continue
		}
		tuples := t.Trace.Tuples()
		t.Metadata.copies = make([]uint8, len(tuples))
		for i := range tuples {
			t.Metadata.copies[i] = Matching(matchers, &tuples[i])
		}
		if aware {
			t.Metadata.colours = t.colours
		}
	}
	return nil
}

// coloursOf returns the colour of each record by its DSCP: in assured forwarding the drop precedence, else green.
// source: RFC 2597, section 6.
func coloursOf(c *capture.Capture) []uint8 {
	list := make([]uint8, len(c.Records))
	for i := range c.Records {
		list[i] = colourOf(header.DSCP(c.Records[i].Data))
	}
	return list
}

func colourOf(dscp uint8) uint8 {
	class, precedence := dscp>>3, dscp>>1&3
	if dscp&1 != 0 || class < 1 || class > 4 || precedence < 1 {
		return uint8(meter.Green)
	}
	return precedence - 1
}
