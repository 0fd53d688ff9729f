package attacks

import (
	"fmt"
	"math/rand/v2"

	"github.com/dsnsim/dsnsim/asic/management"
	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/scenarios/trial"
	"github.com/dsnsim/dsnsim/sim"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/rng"
	"github.com/dsnsim/dsnsim/sim/stats"
	"github.com/dsnsim/dsnsim/sim/units"
)

// accessSource makes accesses of one sort. It is sim.Source.
type accessSource struct {
	access *Access
	rng    *rand.Rand
	mean   float64 // ps
	slots  uint64
	next   units.Time
	end    units.Time
	path   uint16
	class  uint16 // in the traffic manager
}

func (a *accessSource) Next(p *packet.Packet) bool {
	a.next = a.next.Add(units.Duration(a.rng.ExpFloat64() * a.mean))
	if !a.next.Before(a.end) {
		return false
	}
	a.access.Count.Tried++
	p.Sent, p.Path, p.Record, p.Class = a.next, a.path, -1, a.class
	victim := 0
	if n := len(a.access.Victims); n > 1 {
		victim = a.rng.IntN(n)
	}
	a.access.Aim(p, victim, a.rng.Uint64N(a.slots))
	return true
}

// part is the attacks of one simulation.
type part struct {
	*Attacks
	run      *trial.Simulation
	variant  int
	accesses [][]*Access    // by attack
	states   map[int]*State // by server under attack
	paths    []int          // of the sources of attacks, which come behind those of the traffic
	first    int            // of these sources
	victims  []*Victims
}

// Part makes the attacks of a simulation.
func (a *Attacks) Part(run *trial.Simulation) trial.Part {
	return &part{Attacks: a, run: run, variant: run.Variant.For(a), accesses: make([][]*Access, len(run.Scenario.Attacks)),
		states: map[int]*State{}}
}

// Build prepares the rack for its attacks.
func (a *part) Build() error { return a.arm() }

// Start adds the sources of the attacks, server by server, and the counters of their victims. A simulation whose attacks are left out
// has the counters too: they are what the others are compared with.
func (a *part) Start() error {
	run := a.run
	a.first = len(run.Rec.CountersOf)
	for i := range run.Scenario.Attacks {
		if run.Scenario.Attacks[i].Kind == scenarios.SYNFlood {
			if err := a.flood(i); err != nil {
				return err
			}
		}
	}
	for server := range run.Scenario.Rack.Servers {
		state := a.states[server]
		if state == nil {
			continue
		}
		if a.OnState != nil {
			a.OnState(state)
		}
		for i := range run.Scenario.Attacks {
			if spec := &run.Scenario.Attacks[i]; spec.Server == server && spec.Kind != scenarios.SYNFlood {
				a.Follow(i, spec)
				a.accesses[i] = accessesOf(spec, state.Domain, run.Scenario, run.Profile)
				if a.has(a.variant, i) {
					a.begin(state, i)
				}
			}
		}
	}
	if len(a.paths) > 0 {
		run.Rec.Counters = append(run.Rec.Counters, trial.NewCounters()) // of the attacks, which no row of the report shows
	}
	return nil
}

// begin adds the sources of one attack, one for each of its accesses that has a way.
func (s *part) begin(state *State, i int) {
	run, e := s.run, s.run.Engine
	attack, accesses := &run.Scenario.Attacks[i], s.accesses[i]
	mean := float64(units.Second) * float64(reachable(accesses)) / float64(attack.Rate)
	for k, p := range accesses {
		if p.Outcome == management.NoPath {
			continue
		}
		name := fmt.Sprintf("attack[%d] %s %s %d", i, attack.Kind, p.Target, k)
		path := e.AddPath(sim.Path{Name: name, Hops: run.Rack.Accesses(state.server, p.kind)})
		a := &accessSource{access: p, path: uint16(path), end: run.End, next: units.At(attack.At), slots: p.Slots(), mean: mean,
			rng: rng.New(run.Scenario.Run.Seed, run.Replication, name)}
		if t := run.Scenario.DSN.TrafficManager; t != nil {
			a.class = t.Class("")
		}
		state.addSource(e.AddSource(a), p)
		run.Rec.AddSource(len(run.Rec.Counters), 1)
		s.paths = append(s.paths, path)
	}
}

// Uses is pathUser.
func (s *part) Uses(use func(path uint16, source int)) {
	for i, path := range s.paths {
		use(uint16(path), s.first+i)
	}
}

// reachable counts the accesses that have a way: they share the attack's rate.
func reachable(accesses []*Access) int {
	n := 0
	for _, p := range accesses {
		if p.Outcome != management.NoPath {
			n++
		}
	}
	return n
}

// Victims is the fate of packets that do not belong to an attack: its server's packets for other VMs, from when it
// begins.
type Victims struct {
	Attack, vf int        // vf is -1 where all VMs are victims
	from, to   units.Time // when they are followed
	// sources are the server's.
	sources          []bool
	Offered, Arrived stats.Count
	lost             uint64
	Latency          *stats.Histogram
}

// Follow follows the victims of an attack.
func (s *part) Follow(attack int, a *scenarios.Attack) {
	r := s.run.Rec
	v := &Victims{Attack: attack, vf: a.VF, from: units.Later(r.From, units.At(a.At)), to: r.To, Latency: stats.NewHistogram()}
	if !a.FromVM() {
		v.vf = -1
	}
	for _, server := range r.ServerOf {
		v.sources = append(v.sources, server == a.Server)
	}
	s.victims = append(s.victims, v)
	r.Watchers = append(r.Watchers, v)
}

// of reports whether a packet is a victim's.
func (v *Victims) of(p *packet.Packet) bool {
	source := p.Source()
	return p.Copy == 0 && source < len(v.sources) && v.sources[source] && int(p.VF) != v.vf
}

// Watch is watcher.
func (v *Victims) Watch(p *packet.Packet, at units.Time, reason int) {
	if !v.of(p) {
		return
	}
	frame, delivered := units.Bytes(p.Bytes[packet.Plain]), reason < 0
	if delivered && !at.Before(v.from) && at.Before(v.to) {
		v.Arrived.Add(frame)
	}
	if p.Sent.Before(v.from) || !p.Sent.Before(v.to) {
		return
	}
	v.Offered.Add(frame)
	if delivered {
		v.Latency.Record(at.Sub(p.Sent))
	} else {
		v.lost++
	}
}

// Outcome is what a simulation tells of its attacks.
type Outcome struct {
	Accesses [][]*Access // by attack
	Victims  []*Victims
	// reported and silent are the firewalls' refusals, all servers together.
	Reported, Silent uint64
	// security is nil until the replication is compared with one without attacks.
	Security *Security
}

func (s *part) Measure() trial.Measurement {
	run := s.run
	o := &Outcome{Accesses: s.accesses, Victims: s.victims}
	for server := range run.Scenario.Rack.Servers {
		if state := s.states[server]; state != nil && state.Firewall != nil {
			reported, silent := state.Firewall.Telemetry()
			o.Reported += reported
			o.Silent += silent
		}
	}
	return o
}

// Security is what a replication's attacks achieved, each by itself.
type Security struct {
	Breaches float64
	// rise is the largest relative rise of the p99 that the victims of an attack saw; known says that there is one.
	Rise  float64
	Known bool
}

// Metrics adds what attacks achieved.
func (o *Outcome) Metrics(m map[string]float64, _ *trial.RowData) {
	if o.Security == nil {
		return
	}
	m["security.breaches"] = o.Security.Breaches
	if o.Security.Known {
		m["security.victim_p99_rise"] = o.Security.Rise
	}
}

func (v *Victims) LossRatio() float64 {
	if v.Offered.Packets == 0 {
		return 0
	}
	return float64(v.lost) / float64(v.Offered.Packets)
}
