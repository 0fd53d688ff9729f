package asic

import (
	"github.com/dsnsim/dsnsim/asic/steps"
	"github.com/dsnsim/dsnsim/hw/profile"
	"github.com/dsnsim/dsnsim/sim/station"
	"github.com/dsnsim/dsnsim/sim/units"
)

// learner enters new flows into the flow table, at a fixed rate. It works beside the pipeline: the packet that begins
// a flow has its verdict from the rules and does not wait for the entry.
type learner struct {
	station.Server
	name string
	each units.Duration
}

func newLearner(chip string, l *profile.Learner) learner {
	return learner{name: chip + ".learner", each: units.Second / units.Duration(max(1, l.Rate.Value)),
		Server: station.NewServer(1, station.Room{Packets: l.Queue.Value})}
}

// learn has the learner enter the packet's flow. Where its queue is full, the flow is refused, and its next packet tries
// again. The entry counts from now on: what the packets of the flow find before the learner gets to it is the request
// in its queue, which is matched too.
func (f *flowMemory) learn(at units.Time) {
	start, ok := f.learner.Start(at, 0)
	if !ok {
		f.program.Reject()
		return
	}
	if f.program.Enter() {
		f.learner.Finish(at, start, start.Add(f.learner.each))
	}
}

// admit has the learner enter a session whose packet cannot pass without it, and reports whether its queue has room. The
// packet does not wait for the entry, since its headers are known.
func (f *flowMemory) admit(at units.Time) bool {
	if f.warming {
		return true
	}
	start, ok := f.learner.Start(at, 0)
	if ok {
		f.learner.Finish(at, start, start.Add(f.learner.each))
	}
	return ok
}

// load gives the chip its services that keep state, and the ageing of their flow table where that is charged for.
func (f *flowMemory) load(p *steps.Program) {
	f.program = p
	p.Room(f.admit)
	if entries, pass := p.Sweep(); entries > 0 {
		f.mem.ageing = newAgeing(f.mem, entries, pass)
	}
}

// Learns reports whether the chips enter flows into their flow tables, and Ages whether these are swept in memory. Both are known
// once the services are loaded (Load).
func (d *DSN) Learns() bool { return d.memories[0].program != nil }

// Ages is described at Learns.
func (d *DSN) Ages() bool { return d.memories[0].mem.ageing != nil }
