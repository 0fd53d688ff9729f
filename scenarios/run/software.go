package run

import (
	"github.com/dsnsim/dsnsim/scenarios/placement"
	"github.com/dsnsim/dsnsim/sim/units"
)

// warm has the virtual switch of a server know the flows of a source that are open when the run begins.
func (j *job) warm(rack *placement.Rack, t *input, server, source int) {
	n := int(t.Flows.Concurrent)
	if t.trace != nil {
		n = t.trace.Flows()
	}
	rack.WarmFlows(server, source, n)
}

// softCounts returns what the software of a placement did, nil where there is none.
func (j *job) softCounts(rack *placement.Rack) *placement.SoftCounts {
	c, ok := rack.Software(j.rec.to.Sub(j.rec.from))
	if !ok {
		return nil
	}
	return &c
}

// softMetrics adds what the software did.
func (o *outcome) softMetrics(m map[string]float64, window units.Duration) {
	if o.needs != nil {
		m["host.cores_needed"] = float64(o.needs.Needed)
	}
	c := o.soft
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
		m["software.upcalls_per_second"] = float64(c.Upcalls) / window.Seconds()
	}
}
