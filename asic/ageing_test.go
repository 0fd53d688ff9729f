package asic

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dsnsim/dsnsim/asic/policy"
	"github.com/dsnsim/dsnsim/asic/steps"
	"github.com/dsnsim/dsnsim/hw/profile"
	"github.com/dsnsim/dsnsim/sim/rng"
	"github.com/dsnsim/dsnsim/sim/station"
	"github.com/dsnsim/dsnsim/sim/units"
)

// ageingChip has a table of so many flows on a memory of some channels, all of it read in a time.
func ageingChip(t require.TestingT, channels, flows int, pass units.Duration) *flowMemory {
	d := profile.DSN{}
	d.Memory.Channels.Value = channels
	d.Memory.Occupancy.Value, d.Memory.Access.Value = 10*units.Nanosecond, 100*units.Nanosecond
	d.Learner.Rate.Value, d.Learner.Queue.Value = 1e9, 100
	f := newFlowMemory("chip", &d)
	sources := &policy.Sources{}
	sources.AddSynthetic(0, false, flowNumber)
	program, err := steps.New(&steps.Spec{Services: []*steps.Kind{&steps.Firewall}, Sources: sources, To: units.Forever,
		Tracking: &policy.Spec{Flows: flows, Timeouts: policy.DefaultTimeouts(), Sweep: pass}}, steps.Member{Of: 1})
	require.NoError(t, err)
	f.load(program)
	return f
}

// A table of 32,000 entries that is passed in 10 ms takes 3.2 million accesses a second, on all channels alike, also while
// no packet comes.
func TestAgeingReadsTheTable(t *testing.T) {
	f := ageingChip(t, 4, 32_000, 10*units.Millisecond)
	f.Measure(station.Window{To: units.At(20 * units.Millisecond)})
	u := f.Usage()
	require.Len(t, u, 3)
	ageing := u[2]
	assert.Equal(t, "chip.ageing", ageing.Name)
	assert.Equal(t, 4, ageing.Servers)
	assert.InDelta(t, 64_000, ageing.Visits, 4)
	assert.Equal(t, units.Duration(ageing.Visits)*10*units.Nanosecond, ageing.Busy)
	assert.Zero(t, ageing.Wait)
	for i := range f.mem.channels {
		assert.InDelta(t, 16_000, f.mem.channels[i].Usage("", 0).Visits, 1)
	}
	assert.Equal(t, u, f.Usage(), "asking changes nothing")
}

// Without a time for the pass there is no ageing to report and nothing on the channels.
func TestNoAgeingUnlessAsked(t *testing.T) {
	f := ageingChip(t, 4, 32_000, 0)
	f.Measure(station.Window{To: units.At(units.Millisecond)})
	assert.Len(t, f.Usage(), 2)
	assert.Nil(t, f.mem.ageing)
}

// Packets wait for the accesses of ageing as if those were accesses of packets that came at their times: against a list of
// all accesses in time order.
func TestPacketsWaitForAgeing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const hold = 10 * units.Nanosecond
		flows := rapid.IntRange(1, 50).Draw(t, "flows")
		pass := units.Duration(rapid.IntRange(1, 2000).Draw(t, "pass")) * units.Nanosecond
		f := ageingChip(t, 1, flows, pass)
		each := max(1, pass/units.Duration(flows))
		channel := station.NewServer(1, station.Room{})
		due, now := units.At(each), units.At(0)
		for range 40 {
			now = now.Add(units.Duration(rapid.IntRange(0, 300).Draw(t, "gap")) * units.Nanosecond)
			for ; due.Before(now); due = due.Add(each) {
				start := channel.StartAnyway(due, 0)
				channel.Finish(due, start, start.Add(hold))
			}
			start := channel.StartAnyway(now, 0)
			channel.Finish(now, start, start.Add(hold))
			require.Equal(t, start.Add(100*units.Nanosecond), f.mem.fetch(now, rng.Mix(1), 1, 1, &f.account))
		}
	})
}
