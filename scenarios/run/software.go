package run

import (
	"github.com/dsnsim/dsnsim/scenarios/placement"
	"github.com/dsnsim/dsnsim/scenarios/result"
)

// software is the host cores that a placement burns.
type software struct{ job *job }

func newSoftware(j *job) part {
	if j.placement.NeedsChip() {
		return nil
	}
	return &software{j}
}

// softCounts is what the software of a placement did, and how many cores it needs; nil where nothing says so.
type softCounts struct {
	*placement.SoftCounts
	needs *result.Cores
}

func (w *software) measure() measurement {
	r := w.job.rec
	o := &softCounts{needs: w.job.needs}
	if c, ok := w.job.rack.Software(r.to.Sub(r.from)); ok {
		o.SoftCounts = &c
	}
	return o
}

// metrics adds what the software did.
func (o *softCounts) metrics(m map[string]float64, r *rowData) {
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
		m["software.upcalls_per_second"] = float64(c.Upcalls) / r.window.Seconds()
	}
}

func (o *softCounts) newcomers() (n newcomers, tracked bool) {
	if o.SoftCounts == nil {
		return n, false
	}
	return newcomers{first: o.Upcalls}, o.Cached
}
