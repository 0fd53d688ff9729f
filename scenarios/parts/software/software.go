package software

import (
	"github.com/dsnsim/dsnsim/scenarios/placement"
	"github.com/dsnsim/dsnsim/scenarios/result"
	"github.com/dsnsim/dsnsim/scenarios/trial"
)

// software is the host cores of a simulation.
type software struct {
	*Software
	run *trial.Simulation
}

// softCounts is what the software of a placement did, and how many cores it needs; nil where nothing says so.
type softCounts struct {
	*placement.SoftCounts
	needs *result.Cores
}

func (w *software) Measure() trial.Measurement {
	r := w.run.Rec
	o := &softCounts{needs: w.needs}
	if c, ok := w.run.Rack.Software(r.To.Sub(r.From)); ok {
		o.SoftCounts = &c
	}
	return o
}

// Metrics adds what the software did.
func (o *softCounts) Metrics(m map[string]float64, r *trial.RowData) {
	if o.needs != nil {
		m["host.cores_needed"] = float64(o.needs.Needed)
	}
	c := o.SoftCounts
	if c == nil {
		return
	}
	m["host.cores"] = c.Cores
	if c.Packets > 0 {
		m["software.cycles_per_packet"] = c.Cycles
		if c.Relieves {
			m["software.offloaded_cycles"] = c.Relieved
		}
	}
	if c.Cached {
		if c.Looked > 0 {
			m["software.cache_hit_ratio"] = float64(c.Hit) / float64(c.Looked)
		}
		m["software.upcalls_per_second"] = float64(c.Upcalls) / r.Window.Seconds()
	}
}

func (o *softCounts) Newcomers() (n trial.Newcomers, tracked bool) {
	if o.SoftCounts == nil {
		return n, false
	}
	return trial.Newcomers{First: o.Upcalls}, o.Cached
}
