package trial

import (
	"github.com/dsnsim/dsnsim/scenarios/input"
	"github.com/dsnsim/dsnsim/sim"
	"github.com/dsnsim/dsnsim/sim/station"
	"github.com/dsnsim/dsnsim/sim/stats"
	"github.com/dsnsim/dsnsim/sim/traffic"
	"github.com/dsnsim/dsnsim/sim/units"
)

// Outcome is what a simulation measured.
type Outcome struct {
	evidence
	Placement string
	Counters  []*Counters // by class and direction, as in CountersIndex
	Usages    []station.Usage
	OnWay     [input.DirectionCount][]bool // by direction and usage: whether packets of that direction pass there
	Sources   []sourceStats
	Measured  []Measurement // by the parts
	Balance   sim.Balance
	Traces    []sim.Trace
}

func CountersIndex(class int, dir input.Direction) int {
	return int(input.DirectionCount)*class + int(dir)
}

// ClassAndDirection is the reverse of tallyIndex.
func ClassAndDirection(counters int) (int, input.Direction) {
	return counters / int(input.DirectionCount), input.Direction(counters % int(input.DirectionCount))
}

// outcome collects what the run measured. It holds nothing of the rack or the engine, so that a replication that is done costs its
// results only.
func (s *Simulation) outcome() *Outcome {
	e := s.Engine
	o := &Outcome{Placement: s.Placement.Name, Counters: s.Rec.Counters, Balance: e.Balance(), Traces: e.Traces()}
	paths := [input.DirectionCount][]int{}
	for i, f := range s.Sources {
		o.Sources = append(o.Sources, sourceStats{int(s.Rec.CountersOf[i]), f.stats(), f.digest})
		_, dir := ClassAndDirection(int(s.Rec.CountersOf[i]))
		paths[dir] = append(paths[dir], f.pathsOf()...)
	}
	o.Transient = s.Transient
	o.Usages = e.Usages()
	for i := range o.Usages {
		o.Usages[i].Forget()
	}
	for _, p := range s.Parts {
		if m := p.Measure(); m != nil {
			o.Measured = append(o.Measured, m)
		}
	}
	for dir := range paths {
		o.OnWay[dir] = e.OnPaths(paths[dir])
	}
	return o
}

// sourceStats is what one source sent, and into which tally it went.
type sourceStats struct {
	Index int
	traffic.Stats
	Digest Digest
}

// Summarise computes the metrics of all rows, and lets go of what they are computed of.
func (o *Outcome) Summarise(rows []Selection, window units.Duration) {
	for i := range rows {
		o.Sample(i, &rows[i], window)
	}
	o.Forget()
}

// Forget lets go of the histograms, of which a thousand replications had gigabytes.
func (o *Outcome) Forget() {
	for _, t := range o.Counters {
		t.forget()
	}
}

// evidence is what an outcome is worth by.
type evidence struct {
	Transient *stats.Transient // where the warm-up is sought
	// samples are the metrics by row, once they were asked for.
	samples []map[string]float64
}
