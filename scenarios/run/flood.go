package run

import (
	"fmt"

	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/scenarios/placement"
	"github.com/dsnsim/dsnsim/sim"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/stats"
	"github.com/dsnsim/dsnsim/sim/units"
)

// synFlood is the packets of a SYN flood that is an attack: a source of traffic like others, from when it begins, whose
// packets count for the attack instead of a class. It is sim.Source.
type synFlood struct {
	*feed
	source int
	begin  units.Time
	probe  *placement.Probe
	// limited says that the firewall bounds the connections that nobody completes: what it lets through is within that.
	limited bool
}

// Next is sim.Source.
func (f *synFlood) Next(p *packet.Packet) bool {
	for f.feed.Next(p) {
		if !p.Sent.Before(f.begin) {
			f.probe.Count.Tried++
			return true
		}
	}
	return false
}

// flood adds the source of a SYN flood.
func (s *attacks) flood(i int) error {
	j, e := s.job, s.job.engine
	a := &j.scenario.Attacks[i]
	domain, err := j.placement.Domain(j.scenario, j.profile)
	if err != nil {
		return err
	}
	s.follow(i, a)
	s.probes[i] = placement.Probes(a, domain, j.scenario, j.profile)
	if !j.attacks.has(i) {
		return nil
	}
	t := &input{Traffic: a.Class(fmt.Sprintf("attack[%d]", i)), sizes: j.inputs[0].sizes}
	if j.inputs[0].OnWire {
		t.sizes = newSizes(serviceNames(j.scenario), false)
	}
	feed, err := j.newFeed(t, a.Server, inbound)
	if err != nil {
		return scenarios.InputError{File: j.scenario.FileOf(a.File), Line: a.Line, Col: a.Col, Msg: err.Error() + lineOf(inbound)}
	}
	path := e.AddPath(sim.Path{Name: t.Name + " " + a.Kind, Hops: append([]sim.Hop(nil), j.inbound[a.Server].Hops...)})
	feed.path = uint16(path)
	f := &synFlood{feed: feed, begin: units.At(a.At), probe: s.probes[i][0]}
	if tracks := stateful(j.scenario); tracks != nil {
		f.limited = tracks.EmbryonicLimit > 0
	}
	f.source = e.AddSource(f)
	each(j.parts, func(p follower) { p.follow(feed, f.source) })
	j.rec.addSource(len(j.rec.tallies), 1)
	j.rec.watchers = append(j.rec.watchers, f)
	s.strikes = append(s.strikes, path)
	return nil
}

// watch is watcher: it notes what became of a packet of the flood.
func (f *synFlood) watch(p *packet.Packet, _ units.Time, reason int) {
	if f.source != p.Source() {
		return
	}
	c := &f.probe.Count
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
