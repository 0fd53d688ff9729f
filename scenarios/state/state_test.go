package state

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/scenarios/result"
	"github.com/dsnsim/dsnsim/sim/units"
)

// evidence is of one part that passes one station, with a backlog that goes straight from one number to another.
func evidence(packets, from, to, dropped, load float64) *Evidence {
	p := Part{Class: "web", Direction: "inbound", Packets: packets, QueueDrops: dropped, OnWay: []bool{true}, LeastNs: 1000,
		Offered: result.Load{Gbps: 36}, Carried: result.Load{Gbps: 24}}
	for i := range 65 {
		p.Backlog = append(p.Backlog, from+(to-from)*float64(i)/64)
	}
	return &Evidence{Placement: "nic", Warmup: 100 * units.Microsecond, Window: units.Millisecond, Finished: 3, Wanted: 3, Parts: []Part{p},
		Stations: []Station{{Name: "tor.port[0]", Load: load, Busy: min(1, load), Visits: packets - dropped, Drops: dropped, WaitNs: 1}}}
}

func TestStates(t *testing.T) {
	tracked := func(first, expected, refused float64) *Evidence {
		e := evidence(10000, 10, 10, 0, 0.5)
		e.Tracked, e.FirstPackets, e.FirstExpected, e.Refused = true, first, expected, refused
		e.Stations = append(e.Stations, Station{Name: "dsn[0].learner", Load: 2, Busy: 1, Visits: 1})
		return e
	}
	part := func(change func(*Evidence)) *Evidence {
		e := evidence(10000, 10, 10, 0, 0.5)
		change(e)
		return e
	}
	for name, c := range map[string]struct {
		e    *Evidence
		want string
		says string
	}{
		"sound":                           {evidence(10000, 10, 12, 0, 0.9), result.Steady, "no queue grows"},
		"queues grow and nothing is lost": {evidence(10000, 10, 3300, 0, 1.5), result.Overloaded, "tor.port[0] gets 150% of what it can do"},
		"a full queue loses":              {evidence(10000, 100, 100, 3300, 1.5), result.Overloaded, "33.0% lost in full queues"},
		"a little too much, surely":       {evidence(4e6, 10, 20000, 0, 1.005), result.Overloaded, "packets more wait at the end"},
		"by chance":                       {evidence(1000, 0, 4, 0, 1.01), result.Steady, ""},
		"bursts that find no room": {part(func(e *Evidence) {
			*e = *evidence(10000, 100, 100, 3300, 0.6)
			for i := range e.Parts[0].Backlog {
				e.Parts[0].Backlog[i] = 100 * float64(i%8)
			}
		}), result.Overloaded, "is full when bursts come, though only 60.0% busy"},
		"a rate limit with a full queue":     {evidence(10000, 100, 100, 3300, 0.6), result.Overloaded, "limits though it is only 60.0% busy: by a rate"},
		"growth without a busy station":      {evidence(10000, 10, 1000, 0, 0.4), result.Overloaded, "tor.port[0] limits"},
		"stalls of cores lose a little":      {evidence(10000, 10, 10, 9, 0.9), result.Steady, "0.09% of web inbound are lost in bursts"},
		"queues that have not settled":       {evidence(10000, 10, 350, 0, 0.9), result.TooShort, "queues still took up"},
		"nothing sent":                       {&Evidence{Idle: true, Window: units.Microsecond, Finished: 1, Wanted: 1}, result.TooShort, "no packet was sent"},
		"only closed loops":                  {&Evidence{Finished: 1, Wanted: 1}, result.Steady, ""},
		"interrupted":                        {&Evidence{Finished: 1, Wanted: 3}, result.Incomplete, "1 of 3 replications"},
		"first packets":                      {tracked(0.5, 0.02, 0), result.Cold, "50.0% of the packets met no entry"},
		"each packet is a flow":              {tracked(0.9, 0.9, 0), result.Steady, ""},
		"more flows than the learner enters": {tracked(0.05, 0.05, 0.3), result.Overloaded, "dsn[0].learner"},
		"a table that is full stays full": {part(func(e *Evidence) {
			e.Tracked, e.FirstPackets, e.Refused, e.Crowded = true, 1, 1, 1
		}), result.Overloaded, "more flows are open than a table holds"},
		"flows that take the place of idle ones": {part(func(e *Evidence) {
			e.Tracked, e.FirstPackets, e.FirstExpected, e.Crowded, e.Entered = true, 0.1, 0.1, 1, 0.1
		}), result.Steady, ""},
		"flows begin faster than the learner enters, and send several packets": {part(func(e *Evidence) {
			*e = *tracked(0.5, 0.1, 0.9)
			e.Entered = 0.05
		}), result.Overloaded, "dsn[0].learner"},
		"a learner that catches up": {part(func(e *Evidence) {
			*e = *tracked(0.9, 0.1, 0.7)
			e.Entered = 0.2
		}), result.Cold, "still filling"},
		"a window shorter than a packet": {part(func(e *Evidence) { // which keeps the port busy for longer than the window
			e.Window, e.Warmup, e.Parts[0].Packets, e.Parts[0].LeastNs = 100, 0, 1, 3000
			e.Stations[0].Busy, e.Stations[0].Load = 1, 5
		}), result.TooShort, "on its way for 3.0us at least"},
		"a queue of packets that are refused": {part(func(e *Evidence) {
			*e = *evidence(10000, 10, 3300, 0, 1.5)
			e.Parts[0].Offered, e.Parts[0].Carried, e.Parts[0].Refused = result.Load{}, result.Load{}, result.Load{Gbps: 4.5}
		}), result.Overloaded, "beside 4.5 Gbps that rules or policers refuse, 0 Gbps offered"},
		"the way is longer than the window": {part(func(e *Evidence) {
			e.Window, e.Warmup, e.Parts[0].LeastNs = units.Microsecond, 0, 3000
		}), result.TooShort, "on its way for 3.0us at least"},
		"the way fills and no queue does": {part(func(e *Evidence) { // 300 us of 1 ms
			e.Warmup, e.Parts[0].LeastNs = 0, 300_000
			for i := range e.Parts[0].Backlog {
				e.Parts[0].Backlog[i] = min(3000, 10000*float64(i)/64)
			}
		}), result.Steady, ""},
		"a burst that is absorbed": {part(func(e *Evidence) { // the window ends in the middle of one
			for i := range e.Parts[0].Backlog {
				e.Parts[0].Backlog[i] = 1000 * float64(i%8)
			}
		}), result.Steady, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := Judge(c.e)
			assert.Equal(t, c.want, s.State, s.Summary)
			assert.Contains(t, s.Summary, c.says)
		})
	}
}

// What misses most is what the state's numbers are of, and a part that is overloaded goes before one that has not settled.
func TestTheWorstPartSpeaks(t *testing.T) {
	e := evidence(10000, 10, 10, 0, 0.5)
	bad := evidence(10000, 10, 2000, 0, 1.3)
	bad.Parts[0].Class, bad.Parts[0].OnWay = "bulk", []bool{false, true}
	bad.Stations[0].Name = "spine.port"
	e.Parts, e.Stations = append(e.Parts, bad.Parts...), append(e.Stations, bad.Stations...)
	s := Judge(e)
	require.Equal(t, result.Overloaded, s.State)
	assert.Equal(t, []string{"bulk", "spine.port"}, []string{s.Class, s.Station})
	assert.InDelta(t, 1.3, s.StationLoad, 1e-9)
	assert.InDelta(t, 1990, s.BacklogEnd-s.BacklogBegin, 1e-6)
}

// A station that has nothing to do is not what limits.
func TestNoStationLimits(t *testing.T) {
	e := evidence(10000, 10, 2000, 0, 0)
	e.Stations[0] = Station{Name: "idle"}
	assert.Empty(t, Judge(e).Station)
	assert.Equal(t, "incomplete", Unfinished("nic", 3).State)
}
