package run

import (
	"fmt"
	"strings"

	"github.com/dsnsim/dsnsim/scenarios/arithmetic"
	"github.com/dsnsim/dsnsim/scenarios/result"
	"github.com/dsnsim/dsnsim/sim/units"
)

// countCores finds how many cores a plan of software needs, unless that is known.
func (p *Plan) countCores(c *result.Cores) error {
	if p.Placement.Name != "software" || len(p.Jobs) == 0 || len(p.Jobs[0].Inputs) == 0 {
		return nil
	}
	if c == nil {
		var err error
		if c, err = arithmetic.CoresNeeded(p.Jobs[0]); err != nil {
			return err
		}
	}
	for _, v := range p.variants() {
		for _, j := range v.Jobs {
			j.Needs = c
		}
	}
	p.needs = c
	return nil
}

// coreNotes says how many cores the software needs, and what the run makes of it.
func (p *Plan) coreNotes(all *result.Result, window units.Duration) []string {
	if p.needs == nil {
		return nil
	}
	busiest := 0.0
	for _, s := range all.Stations {
		if strings.HasPrefix(s.Name, "host[") && strings.Contains(s.Name, "].core[") {
			busiest = max(busiest, s.Utilization)
		}
	}
	offered := all.Metrics["offered.mpps"] * 1e6 * window.Seconds()
	if offered <= 0 {
		return []string{"software: " + p.needs.String(), "software: no packet was sent in the measured window, so the run says nothing about that"}
	}
	lost := all.Metrics["drops.host_queue"] / offered
	return []string{"software: " + p.needs.String(), "software: " + confirmed(p.needs, busiest, lost)}
}

// confirmed says what a run with the given cores shows, and whether that confirms the arithmetic.
func confirmed(c *result.Cores, busiest, lost float64) string {
	s := fmt.Sprintf("in the run the busiest core is busy for %.1f%% of the time, and %.3f%% of the packets find its ring full", 100*busiest, 100*lost)
	switch {
	case c.Given < c.Needed:
		return s + fmt.Sprintf(": %d are too few", c.Given)
	case busiest > confirmedBusy && busiest > c.Flow+1-c.MostBusy || lost > confirmedLost:
		return s + ": the run does not confirm that these are enough"
	}
	return s + ": it confirms that these are enough"
}

// What a run with as many cores as are needed may show. assumed: all of the headroom, and a stall or two that a short run makes too
// much of
const (
	confirmedBusy = 0.98
	confirmedLost = 0.01
)
