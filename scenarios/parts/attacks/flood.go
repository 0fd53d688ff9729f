package attacks

import (
	"fmt"

	"github.com/dsnsim/dsnsim/scenarios/input"
	"github.com/dsnsim/dsnsim/scenarios/trial"
	"github.com/dsnsim/dsnsim/sim"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/stats"
	"github.com/dsnsim/dsnsim/sim/units"
)

// synFlood is the packets of a SYN flood that is an attack: a source of traffic like others, from when it begins, whose
// packets count for the attack instead of a class. It is sim.Source.
type synFlood struct {
	*trial.Source
	number int // of the source
	begin  units.Time
	access *Access
	// limited says that the firewall bounds the connections that nobody completes: what it lets through is within that.
	limited bool
}

func (f *synFlood) Next(p *packet.Packet) bool {
	for f.Source.Next(p) {
		if !p.Sent.Before(f.begin) {
			f.access.Count.Tried++
			return true
		}
	}
	return false
}

// flood adds the source of a SYN flood.
func (s *part) flood(i int) error {
	run, e := s.run, s.run.Engine
	a := &run.Scenario.Attacks[i]
	domain, err := run.Placement.Domain(run.Scenario, run.Profile)
	if err != nil {
		return err
	}
	s.Follow(i, a)
	s.accesses[i] = accessesOf(a, domain, run.Scenario, run.Profile)
	if !s.has(s.variant, i) {
		return nil
	}
	t := &input.Input{Traffic: a.Class(fmt.Sprintf("attack[%d]", i)), Forms: run.Inputs[0].Forms}
	if run.Inputs[0].OnWire {
		t.Forms = input.NewSizes(run.Scenario.Stack(), false)
	}
	source, err := run.NewSource(t, a.Server, input.Inbound)
	if err != nil {
		return err
	}
	path := e.AddPath(sim.Path{Name: t.Name + " " + a.Kind, Hops: run.Inbound[a.Server].Hops})
	source.Path = uint16(path)
	f := &synFlood{Source: source, begin: units.At(a.At), access: s.accesses[i][0]}
	if tracks := input.Stateful(run.Scenario); tracks != nil {
		f.limited = tracks.EmbryonicLimit > 0
	}
	f.number = e.AddSource(f)
	trial.Each(run.Parts, func(p trial.Follower) { p.Follow(source, f.number) })
	run.Rec.AddSource(len(run.Rec.Counters), 1)
	run.Rec.Watchers = append(run.Rec.Watchers, f)
	s.paths = append(s.paths, path)
	return nil
}

// Watch is watcher: it notes what became of a packet of the flood.
func (f *synFlood) Watch(p *packet.Packet, _ units.Time, reason int) {
	if f.number != p.Source() {
		return
	}
	c := &f.access.Count
	switch {
	case reason < 0 && f.limited:
		c.Within++
	case reason < 0:
		c.Succeeded++
	case reason == int(stats.DropSYNCookie), reason == int(stats.DropPolicer):
		c.Refused++
		c.Throttled++
	case reason == int(stats.DropPolicy), reason == int(stats.DropNoRoute):
		c.Refused++
	}
}
