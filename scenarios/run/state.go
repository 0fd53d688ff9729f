package run

import (
	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/scenarios/input"
	"github.com/dsnsim/dsnsim/scenarios/parts/workloads"
	"github.com/dsnsim/dsnsim/scenarios/result"
	"github.com/dsnsim/dsnsim/scenarios/state"
	"github.com/dsnsim/dsnsim/scenarios/trial"
	"github.com/dsnsim/dsnsim/sim"
	"github.com/dsnsim/dsnsim/sim/stats"
	"github.com/dsnsim/dsnsim/sim/units"
)

// stateOf judges what a placement's replications measured, with each size of its workloads: the worst counts.
func (p *Plan) stateOf(s *scenarios.Scenario, inputs []*input.Input) result.State {
	verdict := judged(s, inputs, p.Finished(), len(p.Jobs), 0)
	for k := 1; k < len(p.points) && verdict.State == result.Steady; k++ {
		if finished := p.points[k].Finished(); len(finished) > 0 {
			verdict = judged(s, inputs, finished, len(finished), k)
		}
	}
	return verdict
}

// judged judges what the replications of one size of the workloads measured; wanted is how many there should be.
func judged(s *scenarios.Scenario, inputs []*input.Input, outcomes []*trial.Outcome, wanted, size int) result.State {
	window := s.Run.Duration - s.Run.Warmup
	e := &state.Evidence{Placement: outcomes[0].Placement, Warmup: s.Run.Warmup, Window: window, Finished: len(outcomes), Wanted: wanted}
	sent := false
	for class, t := range inputs {
		for _, dir := range input.Directions(t.Traffic) {
			p := trafficPart(t.Name, trial.TallyIndex(class, dir), dir, outcomes, window)
			sent = sent || p.Packets > 0
			if t.TCP == nil {
				e.Parts = append(e.Parts, p)
			}
		}
	}
	e.Idle = len(inputs) > 0 && !sent
	e.Parts = append(e.Parts, messageParts(s, outcomes, size)...)
	for i := range outcomes[0].Usages {
		e.Stations = append(e.Stations, loadOf(i, outcomes, window))
	}
	firstPackets(e, inputs, outcomes)
	return state.Judge(e)
}

// trafficPart returns what became of the packets of one class and direction, in the mean over the replications.
func trafficPart(class string, index int, dir input.Direction, outcomes []*trial.Outcome, window units.Duration) state.Part {
	p := state.Part{Class: class, Direction: dir.String(), OnWay: outcomes[0].OnWay[dir]}
	n := float64(len(outcomes))
	for _, o := range outcomes {
		t := o.Tallies[index]
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
		addBacklog(&p, &t.Sent, &t.Ended, n)
	}
	return p
}

// addBacklog adds what one of n replications had on its way.
func addBacklog(p *state.Part, sent, ended *trial.Timeline, n float64) {
	for i, b := range trial.Backlog(sent, ended) {
		if len(p.Backlog) <= i {
			p.Backlog = append(p.Backlog, 0)
		}
		p.Backlog[i] += b / n
	}
}

// messageParts are the messages and commands of workloads with a load: these come whether or not those before them are complete.
func messageParts(s *scenarios.Scenario, outcomes []*trial.Outcome, size int) (list []state.Part) {
	window := s.Run.Duration - s.Run.Warmup
	for i := range s.Workloads {
		first, ok := workloads.WorkloadOf(outcomes[0], i)
		if !ok || !s.Workloads[i].Load.Set {
			continue
		}
		p := state.Part{Class: s.Workloads[i].Class(min(size, len(s.Workloads[i].Lengths())-1)), Messages: true, OnWay: first.OnWay}
		n := float64(len(outcomes))
		for _, o := range outcomes {
			w, _ := workloads.WorkloadOf(o, i)
			p.Packets += float64(w.Offered.Packets) / n
			p.Offered.Mpps += w.Offered.Mpps(window) / n
			p.Offered.Gbps += w.Offered.Gbps(window) / n
			p.Carried.Mpps += w.Done.Mpps(window) / n
			p.Carried.Gbps += w.Done.Gbps(window) / n
			if least := w.Least.Ns(); least > 0 && (p.LeastNs == 0 || least < p.LeastNs) {
				p.LeastNs = least
			}
			addBacklog(&p, &w.Sent, &w.Ended, n)
		}
		list = append(list, p)
	}
	return list
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
		loads = append(loads, demand(u)/(window.Seconds()*float64(u.Servers)))
	}
	estimate := stats.EstimateMean(loads)
	if s.Load = estimate.Mean; estimate.Known() {
		s.LoadHalf = estimate.HalfWidth
	}
	return s
}

// demand returns the server time in seconds that all visits of the window want, those that found no room with them.
func demand(u *sim.Usage) float64 {
	if u.Visits == 0 {
		return 0
	}
	return u.Service.Seconds() * float64(u.Visits+u.Drops) / float64(u.Visits)
}

// firstPackets fills in how many packets met no entry of their flow in the services that keep state, and how many begin a flow.
func firstPackets(e *state.Evidence, inputs []*input.Input, outcomes []*trial.Outcome) {
	packets, first, wants, refused, crowded := 0.0, 0.0, 0.0, 0.0, 0.0
	for _, o := range outcomes {
		for _, t := range o.Tallies {
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
				offered := o.Tallies[trial.TallyIndex(class, dir)].Offered
				first += float64(offered.Packets) * t.Fresh(float64(offered.Bytes)/float64(max(1, offered.Packets)))
			}
		}
	}
	return first
}
