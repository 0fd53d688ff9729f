package software

import (
	"fmt"
	"strings"

	"github.com/dsnsim/dsnsim/scenarios/result"
	"github.com/dsnsim/dsnsim/scenarios/trial"
)

// Software is a DSN in software: how many cores it needs by arithmetic, and whether the run confirms that.
type Software struct {
	setup *trial.Setup
	needs *result.Cores // nil where nothing says so
}

// New plans the software of a placement that has no chip.
func New(s *trial.Setup) trial.Feature {
	if s.Placement.NeedsChip() {
		return nil
	}
	return &Software{setup: s}
}

// Prepare finds how many cores the traffic needs, unless that is known.
func (f *Software) Prepare() (err error) {
	if len(f.setup.Inputs) == 0 {
		return nil
	}
	if f.needs = f.setup.Needs; f.needs == nil {
		f.needs, err = CoresNeeded(f.setup)
	}
	return err
}

// Part counts what the cores do in a simulation.
func (f *Software) Part(run *trial.Simulation) trial.Part { return &software{f, run} }

// Report says how many cores the software needs, and what the run makes of it.
func (f *Software) Report(report *result.Report, r *trial.Runs) {
	if f.needs == nil || len(trial.Finished(r.Main())) == 0 {
		return
	}
	all := report.Row(f.setup.Placement.Name, result.All, result.All)
	busiest := 0.0
	for _, s := range all.Stations {
		if strings.HasPrefix(s.Name, "host[") && strings.Contains(s.Name, "].core[") {
			busiest = max(busiest, s.Utilization)
		}
	}
	shown := "no packet was sent in the measured window, so the run says nothing about that"
	if offered := all.Metrics["offered.mpps"] * 1e6 * r.Window.Seconds(); offered > 0 {
		shown = confirmed(f.needs, busiest, all.Metrics["drops.host_queue"]/offered)
	}
	report.Notes = append(report.Notes, "software: "+f.needs.String(), "software: "+shown)
}

// confirmed says what a run with the given cores shows, and whether that confirms the arithmetic.
func confirmed(c *result.Cores, busiest, lost float64) string {
	s := fmt.Sprintf("in the run the busiest core is busy for %.1f%% of the time, and %.3f%% of the packets find its ring full", 100*busiest, 100*lost)
	switch {
	case c.Given < c.Needed:
		return s + fmt.Sprintf(": %d are too few", c.Given)
	case busiest > ConfirmedBusy && busiest > c.Flow+1-c.MostBusy || lost > ConfirmedLost:
		return s + ": the run does not confirm that these are enough"
	}
	return s + ": it confirms that these are enough"
}

// What a run with as many cores as are needed may show. assumed: all of the headroom, and a stall or two that a short run makes too
// much of
const (
	ConfirmedBusy = 0.98
	ConfirmedLost = 0.01
)
