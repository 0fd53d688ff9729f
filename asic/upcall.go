package asic

import (
	"github.com/dsnsim/dsnsim/hw/profile"
	"github.com/dsnsim/dsnsim/sim/station"
	"github.com/dsnsim/dsnsim/sim/stats"
	"github.com/dsnsim/dsnsim/sim/units"
)

// Insertion says who enters new flows into the flow table of a chip.
type Insertion uint8

// The ways.
const (
	// ByHardware is a learner beside the pipeline.
	ByHardware Insertion = iota
	// ByCores is software on the chip's own cores, which enters the flow while its packet goes on: the pipeline has decided.
	ByCores
	// ByUpcall is software that also decides: the first packet of a flow goes to a core and waits for it, and so do those
	// of the flow that come meanwhile.
	ByUpcall
)

// newInserter returns what enters flows on a chip.
func newInserter(chip string, d *profile.DSN, by Insertion) learner {
	if by == ByHardware {
		return newLearner(chip, &d.Learner)
	}
	a := &d.ARM
	cycles := a.InsertCycles.Value
	if by == ByUpcall {
		cycles += a.UpcallCycles.Value
	}
	return learner{name: chip + ".arm", each: a.Clock.Value.Span(cycles),
		Server: station.NewServer(a.Cores.Value, station.Room{Packets: a.Queue.Value})}
}

// upcalls are the packets that wait for cores of the chip: those that begin flows, and those behind them.
type upcalls struct {
	path units.Duration // from the pipeline to a core, and the same back
	room int            // packets that are held behind the first one of their flow, over all flows
	held int
	// list has the flows that wait, in the order in which they will be ready: all take the same time. of finds a flow's
	// place in it, counted from the first that ever waited.
	list []upcall
	gone int // that were in the list before it begins
	of   map[uint64]int
}

// upcall is a flow whose first packet is with a core.
type upcall struct {
	flow  uint64
	ready units.Time // when its packets go on
	held  int        // packets behind the first
}

func newUpcalls(a *profile.ARM) *upcalls {
	return &upcalls{path: a.Path.Value, room: a.Queue.Value, of: map[uint64]int{}}
}

// forget drops the flows that are ready.
func (u *upcalls) forget(at units.Time) {
	n := 0
	for n < len(u.list) && !u.list[n].ready.After(at) {
		if c := &u.list[n]; u.of[c.flow] == u.gone+n {
			delete(u.of, c.flow)
		}
		u.held -= u.list[n].held
		n++
	}
	u.list, u.gone = u.list[n:], u.gone+n
}

// begin has a flow wait until an instant.
func (u *upcalls) begin(flow uint64, ready units.Time) {
	u.of[flow] = u.gone + len(u.list)
	u.list = append(u.list, upcall{flow: flow, ready: ready})
}

// behind returns when a packet of a flow may go on that could do so at an instant, or false where there is no room to
// hold it until then.
func (u *upcalls) behind(at units.Time, flow uint64, out units.Time) (units.Time, bool) {
	if u.forget(at); len(u.of) == 0 {
		return out, true
	}
	i, waits := u.of[flow]
	if !waits || !u.list[i-u.gone].ready.After(out) {
		return out, true
	}
	if u.held >= u.room {
		return out, false
	}
	c := &u.list[i-u.gone]
	c.held++
	u.held++
	return c.ready, true
}

// upcall takes the first packet of a flow to a core, from the instant at which it has left the flow memory. It returns when
// the packet goes on, or false when there is no room for it in front of the cores.
func (f *flowMemory) upcall(out units.Time) (units.Time, bool) {
	arrive := out.Add(f.upcalls.path)
	start, ok := f.learner.Start(arrive, 0)
	if !ok {
		f.program.Reject()
		return out, false
	}
	leave := start.Add(f.learner.each)
	f.learner.Finish(arrive, start, leave)
	ready := leave.Add(f.upcalls.path)
	if f.program.Enter() {
		if flow, tracked := f.program.Flow(); tracked {
			f.upcalls.begin(flow, ready)
		}
	}
	return ready, true
}

// refuse notes why the packet is dropped, for DropReason.
func (f *flowMemory) refuse(reason stats.DropReason) (station.Visit, bool) {
	f.reason = reason
	return station.Visit{}, false
}
