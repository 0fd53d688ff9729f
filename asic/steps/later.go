package steps

import (
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/units"
)

// Later has the policers meter packets with Take, when a core takes them from its ring, and not with Look, when they come: what a ring
// that fills takes up is not carried yet. The other services are shown packets as they come, since an answer must find the entry
// of its question. So a packet that a policer refuses later has begun its flow, and has been counted by what samples. Later reports whether
// there are policers.
func (g *Program) Later() bool {
	if g == nil {
		return false
	}
	g.later = make([]uint8, len(g.steps))
	bit := uint8(1)
	for i, step := range g.steps {
		if _, ok := step.(*policer); ok {
			g.later[i] = bit
			bit <<= 1 // those beyond the eighth meter with Look
		}
	}
	return bit != 1
}

// left notes for Take what Look has left: the policers in front of the step that refused, and why that did.
func (g *Program) left(p *packet.Packet, due uint8, refused uint32) {
	if g.side == Clear {
		p.Due, p.Because = due, refused
	}
}

// Take has those of the policers meter a packet that are due, and drops it for the first that does not let it pass: no service behind has
// seen it then.
func (g *Program) Take(at units.Time, p *packet.Packet, due uint8) {
	v := &g.visit
	*v = Visit{At: at, Packet: p, Outbound: g.sources.Outbound(p)}
	for i := range g.steps {
		n := g.nth(i, v.Outbound)
		if v.refused != 0 {
			if s, ok := g.steps[n].(Copier); ok {
				p.Copies &^= s.Copies()
			}
			continue
		}
		if g.later[n]&due == 0 {
			continue
		}
		if g.steps[n].Do(v); v.refused != 0 && g.side == Clear {
			p.Refused &^= p.Because
		}
	}
	p.Refused |= v.refused
}

// Copies returns the copies that steps of the Program decide.
func (g *Program) Copies() uint8 {
	if g == nil {
		return 0
	}
	return g.mirrors
}

// nth returns the number of the i-th step that a packet comes to.
func (g *Program) nth(i int, outbound bool) int {
	if outbound {
		return len(g.steps) - 1 - i
	}
	return i
}
