package reports

import (
	"cmp"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dsnsim/dsnsim/scenarios/result"
)

// busyAs returns stations that are busy by that much, the busiest first.
func busyAs(busy float64, names ...string) []result.Station {
	var list []result.Station
	for _, name := range names {
		list = append(list, result.Station{Name: name, Servers: 1, Utilization: busy, Visits: 1})
	}
	return list
}

func gatheredNames(list []result.Station) []string {
	var names []string
	for _, s := range gather(list) {
		names = append(names, s.Name)
	}
	return names
}

func TestGatherNames(t *testing.T) {
	for _, c := range []struct{ in, want []string }{
		{nil, nil},
		{[]string{"spine.port", "tor.uplink"}, []string{"spine.port", "tor.uplink"}},
		{[]string{"port[1]"}, []string{"port[1]"}},
		{[]string{"port[1]", "port[0]"}, []string{"port[0..1]"}},
		{[]string{"port[10]", "port[9]", "port[2]"}, []string{"port[2,9..10]"}},
		{[]string{"port[1]", "spine", "port[0]"}, []string{"port[0..1]", "spine"}},
		{[]string{"host[0].core[0]", "host[0].core[1]", "host[1].core[0]", "host[1].core[1]"}, []string{"host[0..1].core[0..1]"}},
		{[]string{"host[1].core[1]", "host[0].core[1]"}, []string{"host[0..1].core[1]"}},
		{[]string{"host[1].core[1]", "host[0].core[1]", "host[0].core[0]"}, []string{"host[1].core[1] and 2 alike"}},
		{[]string{"p[0]", "p[2]", "p[4]", "p[6]"}, []string{"p[0] and 3 alike"}},
		{[]string{"p[1]", "p[01]"}, []string{"p[1] and 1 alike"}},
		{[]string{"p[1]", "q[1]", "p[x]", "p[1234567]"}, []string{"p[1]", "q[1]", "p[x]", "p[1234567]"}},
	} {
		assert.Equal(t, c.want, gatheredNames(busyAs(0.5, c.in...)), "%v", c.in)
	}
}

// A hot port stands out of 23 idle ones, and ports that differ in servers are not alike.
func TestGatherKeepsWhatDiffers(t *testing.T) {
	list := slices.Concat(busyAs(0.9, "port[7]"), busyAs(0.2, "port[5]"), busyAs(0.19, "port[6]"), busyAs(0.18, "port[8]"))
	assert.Equal(t, []string{"port[7]", "port[5..6]", "port[8]"}, gatheredNames(list))
	list = busyAs(0.5, "dsn[0].crypto", "dsn[1].crypto")
	list[1].Servers = 2
	assert.Equal(t, []string{"dsn[0].crypto", "dsn[1].crypto"}, gatheredNames(list))
}

func TestGatherSumsUp(t *testing.T) {
	got := gather([]result.Station{
		{Name: "p[0]", Servers: 2, Visits: 100, Utilization: 0.5, ServiceMeanNs: 10, WaitMeanNs: 4, WaitMaxNs: 70, Drops: 1},
		{Name: "p[1]", Servers: 2, Visits: 300, Utilization: 0.49, ServiceMeanNs: 20, WaitMeanNs: 8, WaitMaxNs: 90, Drops: 2},
	})
	assert.Equal(t, []stations{{result.Station{Name: "p[0..1]", Servers: 2, Visits: 400, Utilization: 0.5, ServiceMeanNs: 17.5, WaitMeanNs: 7,
		WaitMaxNs: 90, Drops: 3}, 2}}, got)
	idle := gather([]result.Station{{Name: "p[0]", ServiceMeanNs: 5}, {Name: "p[1]", ServiceMeanNs: 6}})
	assert.Equal(t, 5.0, idle[0].ServiceMeanNs, "nothing came by: there is no mean to take")
}

// Whatever is gathered, no station, visit or drop gets lost, and the busiest row is that of the busiest station.
func TestGatherLosesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := randomStations(t)
		slices.SortStableFunc(list, func(a, b result.Station) int { return cmp.Compare(b.Utilization, a.Utilization) })
		got := gather(list)
		count, visits, drops := 0, 0.0, 0.0
		for i, s := range got {
			count += s.count
			visits += s.Visits
			drops += s.Drops
			if i > 0 {
				require.LessOrEqual(t, s.Utilization, got[i-1].Utilization)
			}
		}
		require.Equal(t, len(list), count)
		for _, s := range list {
			visits -= s.Visits
			drops -= s.Drops
		}
		require.Zero(t, visits)
		require.Zero(t, drops)
		if len(list) > 0 {
			require.Equal(t, list[0].Utilization, got[0].Utilization)
		}
	})
}

func randomStations(t *rapid.T) []result.Station {
	var list []result.Station
	for range rapid.IntRange(0, 12).Draw(t, "stations") {
		list = append(list, result.Station{
			Name:        fmt.Sprintf("%s[%d].q[%d]", rapid.SampledFrom([]string{"a", "b"}).Draw(t, "name"), rapid.IntRange(0, 2).Draw(t, "i"), rapid.IntRange(0, 2).Draw(t, "k")),
			Servers:     rapid.IntRange(1, 2).Draw(t, "servers"),
			Utilization: rapid.Float64Range(0, 1).Draw(t, "busy"),
			Visits:      float64(rapid.IntRange(0, 1000).Draw(t, "visits")),
			Drops:       float64(rapid.IntRange(0, 9).Draw(t, "drops")),
		})
	}
	return list
}

func TestRanges(t *testing.T) {
	assert.Equal(t, []string{"0..3", "5", "7..8"}, ranges([]int{0, 1, 2, 3, 5, 7, 8}))
	assert.Empty(t, ranges(nil))
}

// The three busiest rows are shown, and beyond them the one that drops most.
func TestWorthShowing(t *testing.T) {
	list := gather(slices.Concat(busyAs(0.9, "a"), busyAs(0.8, "b"), busyAs(0.7, "c"), busyAs(0.6, "d"), busyAs(0.5, "e"), busyAs(0.4, "f")))
	shown := func() string {
		names := ""
		for _, s := range worthShowing(list) {
			names += s.Name
		}
		return names
	}
	assert.Equal(t, "abc", shown())
	list[1].Drops, list[3].Drops, list[4].Drops = 100, 2, 7
	assert.Equal(t, "abce", shown())
	list = list[:2]
	assert.Equal(t, "ab", shown())
	list = nil
	assert.Empty(t, shown())
}
