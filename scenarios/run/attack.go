package run

import (
	"fmt"
	"math/rand/v2"

	"github.com/dsnsim/dsnsim/asic/management"
	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/scenarios/placement"
	"github.com/dsnsim/dsnsim/sim"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/rng"
	"github.com/dsnsim/dsnsim/sim/stats"
	"github.com/dsnsim/dsnsim/sim/units"
)

// assault makes the accesses of one probe. It is sim.Source.
type assault struct {
	probe *placement.Probe
	rng   *rand.Rand
	mean  float64 // ps
	slots uint64
	next  units.Time
	end   units.Time
	path  uint16
	class uint16 // in the traffic manager
}

// Next is sim.Source.
func (a *assault) Next(p *packet.Packet) bool {
	a.next = a.next.Add(units.Duration(a.rng.ExpFloat64() * a.mean))
	if !a.next.Before(a.end) {
		return false
	}
	a.probe.Count.Tried++
	p.Sent, p.Path, p.Record, p.Class = a.next, a.path, -1, a.class
	victim := 0
	if n := len(a.probe.Victims); n > 1 {
		victim = a.rng.IntN(n)
	}
	a.probe.Aim(p, victim, a.rng.Uint64N(a.slots))
	return true
}

// attacks are those of a job.
type attacks struct {
	job     *job
	probes  [][]*placement.Probe // by attack
	strikes []int                // paths of the sources of attacks, which come behind those of the traffic
	first   int                  // source of them
	victims []*victims
}

func newAttacks(j *job) part {
	if len(j.scenario.Attacks) == 0 {
		return nil
	}
	return &attacks{job: j, probes: make([][]*placement.Probe, len(j.scenario.Attacks))}
}

// build prepares the rack for its attacks.
func (a *attacks) build() error { return a.job.rack.Besiege(a.job.placement) }

// start adds the sources of the attacks, server by server, and the tallies of their victims. A job whose attacks are left out
// has the tallies too: they are what the others are compared with.
func (a *attacks) start() error {
	j := a.job
	a.first = len(j.rec.tallyOf)
	for i := range j.scenario.Attacks {
		if j.scenario.Attacks[i].Kind == scenarios.SYNFlood {
			if err := a.flood(i); err != nil {
				return err
			}
		}
	}
	for server := range j.scenario.Rack.Servers {
		siege := j.rack.Siege(server)
		if siege == nil {
			continue
		}
		if j.onSiege != nil {
			j.onSiege(siege)
		}
		for i := range j.scenario.Attacks {
			if spec := &j.scenario.Attacks[i]; spec.Server == server && spec.Kind != scenarios.SYNFlood {
				a.follow(i, spec)
				a.probes[i] = placement.Probes(spec, siege.Domain, j.scenario, j.profile)
				if j.attacks.has(i) {
					a.assail(siege, i)
				}
			}
		}
	}
	if len(a.strikes) > 0 {
		j.rec.tallies = append(j.rec.tallies, newTally()) // of the attacks, which no row of the report shows
	}
	return nil
}

// assail adds the sources of one attack, one for each of its probes that has a way.
func (s *attacks) assail(siege *placement.Siege, i int) {
	j, e := s.job, s.job.engine
	attack, probes := &j.scenario.Attacks[i], s.probes[i]
	mean := float64(units.Second) * float64(reachable(probes)) / float64(attack.Rate)
	for k, p := range probes {
		if p.Outcome == management.NoPath {
			continue
		}
		name := fmt.Sprintf("attack[%d] %s %s %d", i, attack.Kind, p.Target, k)
		path := e.AddPath(sim.Path{Name: name, Hops: j.rack.ProbeWay(siege, p).Hops})
		a := &assault{probe: p, path: uint16(path), end: j.end, next: units.At(attack.At), slots: p.Slots(), mean: mean,
			rng: rng.New(j.scenario.Run.Seed, j.replication, name)}
		if t := j.scenario.DSN.TrafficManager; t != nil {
			a.class = t.Class("")
		}
		siege.AddProbe(e.AddSource(a), p)
		j.rec.addSource(len(j.rec.tallies), 1)
		s.strikes = append(s.strikes, path)
	}
}

// uses is pathUser.
func (s *attacks) uses(use func(path uint16, source int)) {
	for i, path := range s.strikes {
		use(uint16(path), s.first+i)
	}
}

// reachable counts the probes that have a way: they share the attack's rate.
func reachable(probes []*placement.Probe) int {
	n := 0
	for _, p := range probes {
		if p.Outcome != management.NoPath {
			n++
		}
	}
	return n
}

// victims is what became of the packets that an attack is not from: those of its server for other VMs, from when it
// begins.
type victims struct {
	attack, vf int        // vf is -1 where all VMs are victims
	from, to   units.Time // when they are followed
	// sources are those of the server.
	sources          []bool
	offered, arrived stats.Tally
	lost             uint64
	latency          *stats.Histogram
}

// follow follows the victims of an attack.
func (s *attacks) follow(attack int, a *scenarios.Attack) {
	r := s.job.rec
	v := &victims{attack: attack, vf: a.VF, from: units.Later(r.from, units.At(a.At)), to: r.to, latency: stats.NewHistogram()}
	if !a.FromVM() {
		v.vf = -1
	}
	for _, server := range r.serverOf {
		v.sources = append(v.sources, server == a.Server)
	}
	s.victims = append(s.victims, v)
	r.watchers = append(r.watchers, v)
}

// of reports whether a packet is a victim's.
func (v *victims) of(p *packet.Packet) bool {
	source := p.Source()
	return p.Copy == 0 && source < len(v.sources) && v.sources[source] && int(p.VF) != v.vf
}

// watch is watcher.
func (v *victims) watch(p *packet.Packet, at units.Time, reason int) {
	if !v.of(p) {
		return
	}
	frame, delivered := units.Bytes(p.Bytes[packet.Plain]), reason < 0
	if delivered && !at.Before(v.from) && at.Before(v.to) {
		v.arrived.Add(frame)
	}
	if p.Sent.Before(v.from) || !p.Sent.Before(v.to) {
		return
	}
	v.offered.Add(frame)
	if delivered {
		v.latency.Record(at.Sub(p.Sent))
	} else {
		v.lost++
	}
}

// siegeOutcome is what a job tells of its attacks.
type siegeOutcome struct {
	probes  [][]*placement.Probe // by attack
	victims []*victims
	// reported and silent are the firewalls' refusals, all servers together.
	reported, silent uint64
	// security is nil until the replication is compared with one without attacks.
	security *security
}

func (s *attacks) measure() measurement {
	j := s.job
	o := &siegeOutcome{probes: s.probes, victims: s.victims}
	for server := range j.scenario.Rack.Servers {
		if siege := j.rack.Siege(server); siege != nil && siege.Firewall != nil {
			reported, silent := siege.Firewall.Telemetry()
			o.reported += reported
			o.silent += silent
		}
	}
	return o
}

// security is what a replication's attacks achieved, each by itself.
type security struct {
	breaches float64
	// rise is the largest relative rise of the p99 that the victims of an attack saw; known says that there is one.
	rise  float64
	known bool
}

// metrics adds what attacks achieved.
func (o *siegeOutcome) metrics(m map[string]float64, _ *rowData) {
	if o.security == nil {
		return
	}
	m["security.breaches"] = o.security.breaches
	if o.security.known {
		m["security.victim_p99_rise"] = o.security.rise
	}
}

func (v *victims) lossRatio() float64 {
	if v.offered.Packets == 0 {
		return 0
	}
	return float64(v.lost) / float64(v.offered.Packets)
}
