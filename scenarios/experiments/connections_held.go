package experiments

import (
	"context"
	"math"
	"strings"

	"github.com/dsnsim/dsnsim/scenarios/parts/services"
	"github.com/dsnsim/dsnsim/scenarios/trial"
	"github.com/dsnsim/dsnsim/sim/station"
	"github.com/dsnsim/dsnsim/sim/units"
)

// failedOf counts the connections of the window that failed: flows that were not entered or that took another's entry, packets that were
// lost, and what piled up in front of who enters flows and elsewhere.
func failedOf(o *trial.Outcome, spec *ConnectionsSpec, window units.Duration, random bool) float64 {
	offered, dropped, arrived := countedOf(o)
	slack := 3 * float64(spec.Frames*len(o.Sources))
	if random {
		slack += 4 * math.Sqrt(offered)
	}
	kept := max(0, offered-dropped-arrived-slack)
	return float64(trial.MeasuredBy[*services.ServiceCounts](o).Flows.Rejected+trial.MeasuredBy[*services.ServiceCounts](o).Flows.Evicted) + dropped + kept + unenteredOf(o, window)
}

// unenteredOf counts the flows that came to those who enter them beyond what these can do in the window: they wait, and others behind them
// will find the queue full. One more of each source may be in the window, and where the flows of a source are spread over devices by their
// hash, how many come to one is random.
func unenteredOf(o *trial.Outcome, window units.Duration) float64 {
	sum, shared := 0.0, map[string]bool{}
	for i := range o.Usages {
		if enters(&o.Usages[i]) {
			box, _, _ := strings.Cut(o.Usages[i].Name, "[")
			_, again := shared[box]
			shared[box] = again
		}
	}
	for i := range o.Usages {
		u := &o.Usages[i]
		if u.Visits == 0 || !enters(u) {
			continue
		}
		each := float64(u.Service) / float64(u.Visits)
		slack := 2 + float64(len(o.Sources))
		if box, _, _ := strings.Cut(u.Name, "["); box != "dsn" && shared[box] {
			slack += 4 * math.Sqrt(float64(u.Visits))
		}
		sum += max(0, float64(u.Visits)-float64(u.Servers)*float64(window)/each-slack)
	}
	return sum
}

// enters reports whether a resource is what enters flows on a chip.
func enters(u *station.Usage) bool {
	return strings.HasSuffix(u.Name, ".learner") || strings.HasSuffix(u.Name, ".arm")
}

// mostHeld bounds the connections that are opened to fill a flow table. assumed: what is simulated in a few seconds
const mostHeld = 4_000_000

// hold opens connections, none of which ends, at half of the rate that was found, until the first one finds no room, or those that are idle
// for too long leave as fast as others come. A second run that ends
// there counts those that there are.
func (t *connector) hold(ctx context.Context) error {
	rate := t.row.Goals[0].PerServer / 2
	if rate == 0 {
		return nil
	}
	servers, from := []int{0}, 1
	if t.plan.Placement.Shared() {
		servers, from = nil, t.scenario.Rack.Servers
	}
	open := func(last units.Duration) (*trial.Outcome, error) {
		j := t.under(t.plan, rate, 1, servers)
		j.Scenario.Run.Warmup, j.Scenario.Run.Duration = 0, last
		return j.Run(ctx)
	}
	lasting := func(n int) units.Duration {
		return units.Duration(float64(n) / rate / float64(from) * float64(units.Second))
	}
	var o *trial.Outcome
	var err error
	for n := min(t.Setting.Spec.Tracking.Flows+1000, mostHeld); ; n = min(2*n, mostHeld) {
		if o, err = open(lasting(n)); err != nil {
			return err
		}
		if steady := lasting(n) > 2*t.Setting.Spec.Tracking.Timeouts.TCP; steady || trial.MeasuredBy[*services.ServiceCounts](o).Flows.Full != (units.Time{}) || n == mostHeld {
			break
		}
	}
	h := &Held{Connections: trial.MeasuredBy[*services.ServiceCounts](o).Flows.Active, Full: trial.MeasuredBy[*services.ServiceCounts](o).Flows.Full != (units.Time{}), Servers: from}
	if h.Full {
		if o, err = open(trial.MeasuredBy[*services.ServiceCounts](o).Flows.Full.Sub(units.Time{})); err != nil {
			return err
		}
		h.Connections = trial.MeasuredBy[*services.ServiceCounts](o).Flows.Active
		timeouts := t.Setting.Spec.Tracking.Timeouts
		closing := timeouts.Closing
		if closing == 0 {
			closing = timeouts.TCP
		}
		h.ClosingSeconds = closing.Seconds()
		h.Sustained = float64(h.Connections) / h.ClosingSeconds
	}
	t.row.Held = h
	return nil
}
