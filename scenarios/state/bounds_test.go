package state

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/dsnsim/dsnsim/scenarios/result"
)

// keeping is evidence of queues that take up a share of what is offered: from the least backlog of the first quarter to that of the
// last, which lies 49 of 64 parts of the window behind and is taken for three quarters of it.
func keeping(packets, share, load float64) *Evidence {
	return evidence(packets, 0, share*0.75*packets*64/49, 0, load)
}

// losing is evidence of full queues that lose so many of 10,000 packets.
func losing(dropped float64) *Evidence { return evidence(10_000, 10, 10, dropped, 0.5) }

// first is evidence of flows that meet no entry, one packet in twenty by the traffic's own doing.
func first(packets, share, refused float64) *Evidence {
	e := evidence(packets, 10, 10, 0, 0.5)
	e.Tracked, e.FirstPackets, e.FirstExpected, e.Refused = true, share, 0.05, refused
	e.Stations = append(e.Stations, Station{Name: "dsn[0].learner", Load: 2, Busy: 1, Visits: 1})
	return e
}

// known is evidence of 1% too much work, known to a half-width.
func known(half float64) *Evidence {
	e := keeping(10_000, 0.002, 1.01)
	e.Stations[0].LoadHalf = half
	return e
}

// Each bound holds where it is said to be: a little less is another state than a little more.
func TestBounds(t *testing.T) {
	const steady, over, short, cold = result.Steady, result.Overloaded, result.TooShort, result.Cold
	for name, c := range map[string]struct {
		below, above *Evidence
		was, is      string
	}{
		"1% lost":                        {losing(100), losing(101), steady, over},
		"2% kept":                        {keeping(1e4, 0.019, 0.5), keeping(1e4, 0.021, 0.5), steady, short},
		"5% kept":                        {keeping(1e4, 0.049, 0.5), keeping(1e4, 0.051, 0.5), short, over},
		"1% kept by a busy station":      {keeping(1e4, 0.009, 0.98), keeping(1e4, 0.011, 0.98), steady, over},
		"97% busy":                       {keeping(1e4, 0.015, 0.96), keeping(1e4, 0.015, 0.97), steady, over},
		"0.1% kept of what is too much":  {keeping(1e6, 0.0009, 1.5), keeping(1e6, 0.0011, 1.5), steady, over},
		"10% first packets":              {first(1e4, 0.14, 0), first(1e4, 0.16, 0), steady, cold},
		"1% refused by a learner":        {first(1e4, 0.05, 0.009), first(1e4, 0.05, 0.011), steady, over},
		"100 packets of 3 replications":  {first(33, 0.5, 0), first(34, 0.5, 0), steady, cold},
		"1% too much, known within that": {known(0.015), known(0.005), steady, over},
	} {
		assert.Equal(t, c.was, Judge(c.below).State, "less than %s", name)
		assert.Equal(t, c.is, Judge(c.above).State, "more than %s", name)
	}
}

// Of two stations the one that loses most limits where packets are lost, then the one that gets most work, of those that get no more
// than they can do the one where packets wait longest; whichever is on the way first.
func TestWhichStationLimits(t *testing.T) {
	for name, c := range map[string]struct {
		less, more Station
		loses      bool
	}{
		"drops before load":        {Station{Drops: 5, Load: 1.5, WaitNs: 9}, Station{Drops: 6, Load: 0.5}, true},
		"load before time":         {Station{Load: 0.96, WaitNs: 9}, Station{Load: 0.97, WaitNs: 1}, false},
		"more load":                {Station{Load: 1.2, WaitNs: 9}, Station{Load: 1.3, WaitNs: 1}, false},
		"time, at as much load":    {Station{Load: 1.2, WaitNs: 1}, Station{Load: 1.2, WaitNs: 9}, false},
		"time where none is busy":  {Station{Load: 0.9, WaitNs: 1}, Station{Load: 0.2, WaitNs: 9}, false},
		"nothing lost, though one": {Station{Drops: 5, WaitNs: 1}, Station{WaitNs: 9}, false},
	} {
		c.less.Name, c.more.Name, c.less.Visits, c.more.Visits = "less", "more", 1, 1
		p := &Part{OnWay: []bool{true, true}}
		for _, list := range [][]Station{{c.less, c.more}, {c.more, c.less}} {
			assert.Equal(t, "more", (&Evidence{Stations: list}).limit(p, c.loses).Name, name)
		}
	}
}

// Backlogs of 100 come apart by four deviations of their mean over three replications by chance, 4 sqrt(105/3) = 23.7, and not by more.
func TestWhatIsChance(t *testing.T) {
	growing := func(by float64) *Evidence { return evidence(1000, 100, 100+by*64/49, 0, 0.5) }
	assert.Equal(t, result.Steady, Judge(growing(23)).State)
	assert.Equal(t, result.TooShort, Judge(growing(24.5)).State)
}

// While tables fill, what is lost at who enters flows is their filling; what is lost elsewhere is too much.
func TestLossesOfALearner(t *testing.T) {
	for station, want := range map[string]string{"dsn[0].learner": result.Cold, "tor.port[0]": result.Overloaded} {
		e := evidence(10_000, 10, 10, 200, 0.5)
		e.Stations[0].Name = station
		e.Tracked, e.FirstPackets, e.FirstExpected = true, 0.5, 0.05
		assert.Equal(t, want, Judge(e).State, station)
	}
}
