package steps

import (
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/units"
)

// Warm shows the services a packet of a flow that is open when the run begins. Those that keep entries of flows make them, if
// rules and tables let the flow begin now: what they would refuse then, they refuse in the run. Rates and samples are not
// touched, and nobody observes it.
func (g *Program) Warm(p *packet.Packet) { g.Warmed(p) }

// Warmed is Warm that returns what the tables say of the flow's next packet.
func (g *Program) Warmed(p *packet.Packet) Found {
	if g.warm == nil {
		g.warm = g.withEntriesOnly()
	}
	found := g.warm.Look(units.Time{}, p)
	if found.Enter {
		g.warm.Enter()
	}
	switch {
	case !found.New || p.Refused&g.owned != 0:
	case found.Enter && len(g.translators) == 0:
		var known bool
		found.Key, known = g.warm.Flow()
		found.New = !known
	default:
		found = g.warm.Look(units.Time{}, p)
	}
	return found
}

// withEntriesOnly returns the Program without the services that keep no entries of flows. The others have the same tables.
func (g *Program) withEntriesOnly() *Program {
	w := &Program{}
	*w = *g
	w.steps, w.later, w.observe, w.mirrors, w.ongoing = nil, nil, nil, 0, true
	for _, step := range g.steps {
		if f, ok := step.(Flowless); !ok || !f.Flowless() {
			w.steps = append(w.steps, step)
		}
	}
	return w
}

// Begin ends the time before the run: what was counted in it is forgotten.
func (g *Program) Begin() {
	if g.firewall != nil {
		g.firewall.tracker.Begin()
	}
	for _, t := range g.translators {
		t.Begin()
	}
	g.warm = nil
}
