package run

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/asic/service"
	"github.com/dsnsim/dsnsim/asic/steps"
	"github.com/dsnsim/dsnsim/hw/profile"
	"github.com/dsnsim/dsnsim/scenarios/chain"
	"github.com/dsnsim/dsnsim/scenarios/services"
	"github.com/dsnsim/dsnsim/sim/stats"
)

// sink is a service that exists in this test only: it counts packets, and drops each of them.
type sink struct{ seen *int }

func (s sink) Do(v *steps.Visit) {
	*s.seen++
	v.Refuse(stats.DropPolicy)
}

// withSink adds the service to the list while the test runs, and returns its counter.
func withSink(t *testing.T) *int {
	seen := new(int)
	kind := &steps.Kind{Name: "sink", Make: func(*steps.Spec, steps.Member) (steps.Step, error) { return sink{seen}, nil }}
	all := services.All
	services.All = append(all[:len(all):len(all)], &chain.Kind{
		Chip: &service.Service{Name: "sink", Filters: true, Step: kind},
		Work: func(costs *profile.Software, _ *chain.Service) profile.Work { return costs.Route }})
	t.Cleanup(func() { services.All = all })
	return seen
}

// A service is one value in a list: with nothing else said of it, it does its work and is reported alike wherever the DSN is, and what it
// refuses is no loss of a queue.
func TestAServiceIsOneValue(t *testing.T) {
	seen := withSink(t)
	for _, place := range []string{"software", "nic", "bump-in-the-wire", "tor", "appliance", "discrete"} {
		*seen = 0
		s := scenario(t, plainRack, "services=[vxlan, sink]", "placements=["+place+"]", "traffic.0.load=10%", "traffic.0.direction=both")
		r := simulate(t, s)
		m := row(t, r, place, "all", "all").Metrics
		require.Positive(t, m["offered.mpps"], place)
		assert.InDelta(t, 1, m["loss.ratio"], 1e-9, place)
		assert.Positive(t, m["drops.policy"], place)
		assert.GreaterOrEqual(t, float64(*seen), m["drops.policy"], place)
		for reason := range stats.DropReason(stats.DropReasons) {
			if reason.CountsAsLoss() {
				assert.Zero(t, m["drops."+reason.String()], "%s: %s", place, reason)
			}
		}
		assert.Contains(t, text(t, r), `"drops.policy"`, place)
	}
}
