package run

import (
	"github.com/dsnsim/dsnsim/scenarios/input"
	"github.com/dsnsim/dsnsim/scenarios/result"
	"github.com/dsnsim/dsnsim/scenarios/state"
	"github.com/dsnsim/dsnsim/scenarios/trial"
	"github.com/dsnsim/dsnsim/sim/station"
	"github.com/dsnsim/dsnsim/sim/stats"
	"github.com/dsnsim/dsnsim/sim/units"
)

// verdict judges what a placement's replications measured, and those of the variants that a feature has judged: the worst counts.
func (p *Plan) verdict() result.State {
	v := p.judged(&p.series, len(p.Jobs))
	for _, one := range p.variants {
		_, judged := one.variant.Of.(trial.Witness)
		if n := len(one.Finished()); judged && n > 0 && v.State == result.Steady {
			v = p.judged(one, n)
		}
	}
	return v
}

// judged judges what some replications measured; wanted is how many there should be.
func (p *Plan) judged(s *series, wanted int) result.State {
	outcomes, run := s.Finished(), &p.Scenario.Run
	window := run.Duration - run.Warmup
	e := &state.Evidence{Placement: outcomes[0].Placement, Warmup: run.Warmup, Window: window, Finished: len(outcomes), Wanted: wanted}
	sent := false
	for class, t := range p.Inputs {
		for _, dir := range input.Directions(t.Traffic) {
			part := trafficPart(t.Name, trial.CountersIndex(class, dir), dir, outcomes, window)
			sent = sent || part.Packets > 0
			if !t.Answered() {
				e.Parts = append(e.Parts, part)
			}
		}
	}
	e.Idle = len(p.Inputs) > 0 && !sent
	for _, f := range p.features {
		if w, ok := f.(trial.Witness); ok {
			e.Parts = append(e.Parts, w.Evidence(s.variant.For(f), outcomes)...)
		}
	}
	for i := range outcomes[0].Usages {
		e.Stations = append(e.Stations, loadOf(i, outcomes, window))
	}
	firstPackets(e, p.Inputs, outcomes)
	return state.Judge(e)
}

// trafficPart returns what became of the packets of one class and direction, in the mean over the replications.
func trafficPart(class string, index int, dir input.Direction, outcomes []*trial.Outcome, window units.Duration) state.Part {
	p := state.Part{Class: class, Direction: dir.String(), OnWay: outcomes[0].OnWay[dir]}
	n := float64(len(outcomes))
	for _, o := range outcomes {
		t := o.Counters[index]
		offered := t.Offered
		for reason, d := range t.Dropped {
			if stats.DropReason(reason).IsQueue() {
				p.QueueDrops += float64(d.Packets) / n
				continue
			}
			offered.Packets -= d.Packets
			offered.Bytes -= d.Bytes
			p.Refused.Mpps += d.Mpps(window) / n
			p.Refused.Gbps += d.Gbps(window) / n
		}
		p.Packets += float64(t.Offered.Packets) / n
		p.Offered.Mpps += offered.Mpps(window) / n
		p.Offered.Gbps += offered.Gbps(window) / n
		p.Carried.Mpps += t.Arrived.Mpps(window) / n
		p.Carried.Gbps += t.Arrived.Gbps(window) / n
		if t.Any && (p.LeastNs == 0 || t.Least.Ns() < p.LeastNs) {
			p.LeastNs = t.Least.Ns()
		}
		trial.AddBacklog(&p, &t.Sent, &t.Ended, n)
	}
	return p
}

// loadOf returns the work that came to a resource, in the mean over the replications. What found no room would have taken as long as
// what did.
func loadOf(i int, outcomes []*trial.Outcome, window units.Duration) state.Station {
	s := state.Station{Name: outcomes[0].Usages[i].Name}
	n := float64(len(outcomes))
	var loads []float64
	for _, o := range outcomes {
		u := &o.Usages[i]
		s.Visits += float64(u.Visits) / n
		s.Drops += float64(u.Drops) / n
		s.WaitNs += u.Wait.Ns() / n
		s.Busy += trial.Utilization(u, window) / n
		loads = append(loads, serverTime(u)/(window.Seconds()*float64(u.Servers)))
	}
	estimate := stats.EstimateMean(loads)
	if s.Load = estimate.Mean; estimate.Known() {
		s.LoadHalf = estimate.HalfWidth
	}
	return s
}

// serverTime returns the server time in seconds that all visits of the window want, those that found no room with them.
func serverTime(u *station.Usage) float64 {
	if u.Visits == 0 {
		return 0
	}
	return u.Service.Seconds() * float64(u.Visits+u.Drops) / float64(u.Visits)
}

// firstPackets fills in how many packets met no entry of their flow in the services that keep state, and how many begin a flow.
func firstPackets(e *state.Evidence, inputs []*input.Input, outcomes []*trial.Outcome) {
	packets, first, wants, refused, crowded := 0.0, 0.0, 0.0, 0.0, 0.0
	for _, o := range outcomes {
		for _, t := range o.Counters {
			packets += float64(t.Offered.Packets)
		}
		most := int64(0)
		for _, m := range o.Measured {
			if d, ok := m.(trial.Doorman); ok {
				n, tracked := d.Newcomers()
				e.Tracked, most = e.Tracked || tracked, max(most, n.First)
				wants, refused, crowded = wants+float64(n.Wants), refused+float64(n.Refused), crowded+float64(n.Crowded)
			}
		}
		first += float64(most)
	}
	if packets == 0 {
		return
	}
	e.FirstPackets, e.FirstExpected = min(1, first/packets), begun(inputs, outcomes)/packets
	if wants > 0 {
		e.Refused, e.Crowded = refused/wants, crowded/wants
		e.Entered = (wants - refused) / packets
	}
}

// begun returns how many of the packets begin a flow by the traffic's own doing.
func begun(inputs []*input.Input, outcomes []*trial.Outcome) float64 {
	first := 0.0
	for class, t := range inputs {
		for _, dir := range input.Directions(t.Traffic) {
			for _, o := range outcomes {
				offered := o.Counters[trial.CountersIndex(class, dir)].Offered
				first += float64(offered.Packets) * t.Fresh(float64(offered.Bytes)/float64(max(1, offered.Packets)))
			}
		}
	}
	return first
}
