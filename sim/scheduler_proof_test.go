package sim

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dsnsim/dsnsim/internal/analytic"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/station"
	"github.com/dsnsim/dsnsim/sim/stats"
	"github.com/dsnsim/dsnsim/sim/units"
)

// drive offers arrivals to a scheduler without an engine, and returns the turns until all are served, or until an instant.
func drive(s *Scheduler, list []arrival, until units.Time) []Turn {
	var turns []Turn
	now := units.Time{}
	for {
		at, waits := s.Next(now)
		if len(list) > 0 && (!waits || list[0].at <= at.Ps()) {
			now = units.At(units.Duration(list[0].at))
			s.Offer(now, uint32(list[0].key), &packet.Packet{Class: uint16(list[0].class)}, uint32(list[0].bytes), 0)
			list = list[1:]
			continue
		}
		if !waits || at.After(until) {
			return turns
		}
		now = at
		if t, ok := s.Pick(at); ok {
			turns = append(turns, t)
		}
	}
}

// gbps10 is a link whose byte takes 800 ps.
func gbps10() station.Cost { return station.Transfer{Rate: 10 * units.Gbps}.Cost() }

// poisson draws packets of a size at a share of 10 Gbps.
func poisson(rng *rand.Rand, class int, bytes int64, load float64, n int) []arrival {
	var list []arrival
	at := 0.0
	for range n {
		at += rng.ExpFloat64() * float64(bytes) * 800 / load
		list = append(list, arrival{at: int64(at), class: class, bytes: bytes})
	}
	return list
}

// merge puts lists into the order of time, until the first of them ends.
func merge(lists ...[]arrival) []arrival {
	var all []arrival
	for {
		first := -1
		for i, l := range lists {
			if len(l) == 0 {
				return all
			}
			if first < 0 || l[0].at < lists[first][0].at {
				first = i
			}
		}
		a := lists[first][0]
		a.key = uint64(len(all))
		all = append(all, a)
		lists[first] = lists[first][1:]
	}
}

// A strict class waits for the rest of the service that it finds and for its own, the class below for both: Cobham's
// formula, with packets of two sizes.
func TestStrictPriorityWaits(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long with the race detector, and has one goroutine, or those of tests that stay")
	}
	const high, low, n = 200, 1500, 50_000
	want := analytic.PriorityWaits([]analytic.Priority{{Utilisation: 0.3, Service: high * 0.8}, {Utilisation: 0.4, Service: low * 0.8}})
	var samples [2][]float64
	for seed := range uint64(10) {
		rng := rand.New(rand.NewPCG(seed, 5))
		s := NewScheduler(SchedulerSpec{Name: "port", Cost: gbps10(), Classes: []ClassSpec{{Level: 3}, {Level: 7}}})
		drive(s, merge(poisson(rng, 0, high, 0.3, 10*n), poisson(rng, 1, low, 0.4, n)), units.Forever)
		for i, u := range s.Classes() {
			samples[i] = append(samples[i], u.Wait.Ns()/float64(u.Visits))
		}
	}
	for i, list := range samples {
		e := stats.EstimateMean(list)
		assert.InDelta(t, want[i], e.Mean, 1.44*e.HalfWidth, "class %d", i) // the 99% interval of ten replications
		assert.Less(t, e.HalfWidth, 0.05*want[i], "the interval is too wide to tell anything")
	}
}

// backlog is packets of each class that all wait from the beginning.
func backlog(rng *rand.Rand, classes, bytesOfEach int) []arrival {
	var list []arrival
	for class := range classes {
		for sent := 0; sent < bytesOfEach; {
			n := 64 + rng.IntN(1455)
			if class&1 == 1 {
				n = 9000 - rng.IntN(500) // longer than a turn
			}
			list = append(list, arrival{0, uint64(len(list)), class, int64(n)})
			sent += n
		}
	}
	return list
}

// Classes that always have something to send share by weight in bytes, whatever their packets' sizes; in any window of turns,
// to within what one turn and one packet make up.
func TestSharesByWeight(t *testing.T) {
	for _, weights := range [][]int64{{1, 1}, {1, 2, 4}, {5, 3, 1, 1}, {1, 1, 1, 1, 1, 1, 1, 1}} {
		rng := rand.New(rand.NewPCG(7, uint64(len(weights))))
		spec := SchedulerSpec{Name: "port", Cost: gbps10()}
		sum := int64(0)
		for _, w := range weights {
			spec.Classes = append(spec.Classes, ClassSpec{Weight: w})
			sum += w
		}
		const each = 20_000_000
		until := units.At(units.Duration(each * 800)) // so none runs dry
		s := NewScheduler(spec)
		sent, all := make([]int64, len(weights)), int64(0)
		for _, turn := range drive(s, backlog(rng, len(weights), each), until) {
			n := int64(turn.Leave.Sub(turn.Start)) / 800
			sent[turn.Class] += n
			all += n
		}
		for i, w := range weights {
			share := float64(sent[i]) / float64(all)
			assert.InEpsilon(t, float64(w)/float64(sum), share, 0.02, "weights %v, class %d", weights, i)
			for j, v := range weights[:i] {
				// Shreedhar and Varghese: by a quantum and two of the longest packets at most.
				diff := float64(sent[i])/float64(w) - float64(sent[j])/float64(v)
				assert.LessOrEqual(t, max(diff, -diff), float64(DefaultQuantum+2*9000), "weights %v, classes %d and %d", weights, i, j)
			}
		}
	}
}

// In no window does a class begin to send more than its rate and burst allow, to the byte, and where it has enough to send
// it makes use of all of it.
func TestMaxRateToTheByte(t *testing.T) {
	full := 0
	rapid.Check(t, func(t *rapid.T) {
		rate := units.Rate(rapid.Int64Range(1e6, 9e9).Draw(t, "rate"))
		burst := int64(rapid.IntRange(0, 20_000).Draw(t, "burst"))
		size := rapid.IntRange(64, 9000).Draw(t, "longest")
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		var list []arrival
		pauses := rapid.Bool().Draw(t, "pauses")
		at, longest, all := int64(0), int64(0), int64(0)
		for i := range 100 {
			if pauses && rng.IntN(20) == 0 {
				at += rng.Int64N(50_000_000)
			}
			n := int64(1 + rng.IntN(size))
			longest, all = max(longest, n), all+n
			list = append(list, arrival{at, uint64(i), 0, n})
		}
		s := NewScheduler(SchedulerSpec{Name: "port", Cost: station.Work{Clock: units.GHz}.Cost(), Classes: []ClassSpec{{Rate: rate, Burst: units.Bytes(burst)}}})
		turns := drive(s, list, units.Forever)
		require.Len(t, turns, len(list))
		for i := range turns {
			sent := int64(0)
			for j := i; j < len(turns); j++ {
				sent += list[turns[j].ID].bytes
				window := turns[j].Start.Sub(turns[i].Start)
				require.LessOrEqual(t, sent, max(burst, longest)+int64(rate.BytesIn(window))+1, "from %d to %d", i, j) // +1: BytesIn rounds down
			}
		}
		// All that waits from the start goes by when the bucket has let it pass, and a packet longer than it waits for it.
		if !pauses && longest <= burst {
			full++
			last := turns[len(turns)-1]
			require.Equal(t, rate.TimeToSend(units.Bytes(max(0, all-burst))), last.Start.Sub(units.Time{}), "not a picosecond later")
		}
	})
	if !testing.Short() { // rapid draws a fifth of the cases then
		assert.Greater(t, full, 10, "hardly any backlog was tested")
	}
}

// The server is idle only while no class has a packet that may go: with classes that are not shaped, it works exactly when
// the same packets in one queue keep a server busy.
func TestWorkConservation(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		spec := SchedulerSpec{Name: "port", Cost: gbps10()}
		for range rapid.IntRange(1, 5).Draw(t, "classes") {
			spec.Classes = append(spec.Classes, ClassSpec{Level: uint8(rapid.IntRange(0, 2).Draw(t, "level")), Weight: rapid.Int64Range(1, 3).Draw(t, "weight")})
		}
		list := randomArrivals(t, 0, len(spec.Classes))
		turns := drive(NewScheduler(spec), list, units.Forever)
		require.Len(t, turns, len(list))
		queue := station.NewServer(1, station.Room{})
		cost := gbps10()
		var want [][2]units.Time // when one queue is busy
		for _, a := range list {
			at := units.At(units.Duration(a.at))
			start, _ := queue.Start(at, 0)
			end := start.Add(cost.Of(uint32(a.bytes)))
			queue.Finish(at, start, end)
			want = extend(want, start, end)
		}
		var got [][2]units.Time
		for _, turn := range turns {
			got = extend(got, turn.Start, turn.Leave)
		}
		require.Equal(t, want, got)
	})
}

// extend adds a span to a list of spans, joining it to the last where they touch.
func extend(list [][2]units.Time, start, end units.Time) [][2]units.Time {
	if n := len(list); n > 0 && list[n-1][1] == start {
		list[n-1][1] = end
		return list
	}
	return append(list, [2]units.Time{start, end})
}

// A shaped class keeps the server idle only until its tokens suffice, and others may go meanwhile.
func TestShapedClassLeavesRoomForOthers(t *testing.T) {
	spec := SchedulerSpec{Name: "port", Cost: gbps10(), Classes: []ClassSpec{{Rate: units.Gbps, Burst: 1000}, {Level: 1}}}
	// Two packets of 1000 B of the strict class: the second has its tokens at 8 us. One of the other comes at 2 us.
	turns := drive(NewScheduler(spec), []arrival{{0, 0, 0, 1000}, {0, 1, 0, 1000}, {2e6, 2, 1, 500}}, units.Forever)
	var got [][2]int64
	for _, turn := range turns {
		got = append(got, [2]int64{int64(turn.ID), turn.Start.Ps()})
	}
	assert.Equal(t, [][2]int64{{0, 0}, {2, 2e6}, {1, 8e6}}, got)
}

// Classes whose tokens come at the same instant take their turns by number, before one whose packet comes then.
func TestTiesOfShapedClasses(t *testing.T) {
	for _, order := range [][]int{{0, 1, 2}, {2, 1, 0}, {1, 2, 0}} {
		shaped := ClassSpec{Rate: units.Gbps, Burst: 1000}
		spec := SchedulerSpec{Name: "port", Cost: station.Work{Clock: units.GHz}.Cost(), Classes: []ClassSpec{shaped, shaped, shaped, {}}}
		var list []arrival
		for range 2 {
			for _, class := range order {
				list = append(list, arrival{0, uint64(len(list)), class, 1000})
			}
		}
		list = append(list, arrival{8e6, 6, 3, 1000})
		turns := drive(NewScheduler(spec), list, units.Forever)
		require.Len(t, turns, 7)
		var got []int32
		for _, turn := range turns[3:] {
			assert.EqualValues(t, 8e6, turn.Start.Ps())
			got = append(got, turn.Class)
		}
		assert.Equal(t, []int32{0, 1, 2, 3}, got)
	}
}

// Choudhury and Hahne: n classes that want all of the buffer hold alpha/(1+n*alpha) of it each, and a class that wants little
// always finds room, however they flood.
func TestDynamicThreshold(t *testing.T) {
	const size, bytes = 1_000_000, 100
	for _, c := range []struct {
		flooding int
		alpha    int8
	}{{1, 0}, {1, -1}, {1, 3}, {2, 0}, {4, 1}, {7, -2}} {
		b := NewBuffer(size)
		spec := SchedulerSpec{Name: "port", Cost: gbps10(), Buffer: b}
		for range c.flooding {
			spec.Classes = append(spec.Classes, ClassSpec{Alpha: c.alpha, Weight: 1})
		}
		quiet := c.flooding
		spec.Classes = append(spec.Classes, ClassSpec{})
		s := NewScheduler(spec)
		for range 2 * size / bytes {
			for i := range c.flooding {
				s.Offer(units.At(0), 0, &packet.Packet{Class: uint16(i)}, bytes, 0)
			}
		}
		alpha := float64(scale(1<<MaxAlpha, c.alpha)) / (1 << MaxAlpha)
		for _, u := range s.Classes()[:quiet] {
			assert.InDelta(t, alpha/(1+float64(c.flooding)*alpha)*size, u.MaxBytes, 2*bytes*(1+alpha)*float64(c.flooding), "%+v", c)
			assert.Positive(t, u.Drops)
		}
		left := size / (1 + float64(c.flooding)*alpha)
		assert.InDelta(t, left, float64(b.Free()), 2*bytes*(1+alpha)*float64(c.flooding), "%+v", c)
		n := int(left/2/bytes) - 2*c.flooding*int(1+alpha)
		for range n {
			require.True(t, s.Offer(units.At(0), 0, &packet.Packet{Class: uint16(quiet)}, bytes, 0), "half of what the others leave is its")
		}
	}
}

// What a flood does in one class changes no loss of another: with its own part of the buffer, and a share of the link that
// suffices for it, a class fares the same with and without.
func TestFloodDoesNotMoveAnothersLoss(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long with the race detector, and has one goroutine, or those of tests that stay")
	}
	for _, reserve := range []units.Bytes{0, 20_000} {
		for _, flood := range []float64{0.1, 1, 5, 20} {
			rng := rand.New(rand.NewPCG(11, 1))
			spec := SchedulerSpec{Name: "port", Cost: gbps10(), Buffer: NewBuffer(100_000), Classes: []ClassSpec{{Reserve: reserve}, {}}}
			s := NewScheduler(spec)
			drive(s, merge(poisson(rng, 0, 500, 0.3, 20_000), poisson(rand.New(rand.NewPCG(12, 2)), 1, 1000, flood, 700_000)), units.Forever)
			u := s.Classes()
			assert.Zero(t, u[0].Drops, "flood of %v", flood)
			assert.Equal(t, flood > 0.7, u[1].Drops > 0)
			if flood > 1 {
				total := float64(u[0].Bytes + u[1].Bytes)
				assert.InEpsilon(t, 0.3, float64(u[0].Bytes)/total, 0.03, "what it offers, it gets")
			}
		}
	}
}

// Visits of the other kind are of a class of their own and hold no room, even in a full buffer.
func TestOtherVisitsHoldNoRoom(t *testing.T) {
	b := NewBuffer(1000)
	s := NewScheduler(SchedulerSpec{Name: "up", Cost: gbps10(), Other: station.Work{Clock: units.GHz, Cycles: 3}.Cost(), OtherClass: 1, Buffer: b,
		Classes: []ClassSpec{{Level: 1, Alpha: MaxAlpha}, {}}})
	require.True(t, s.Offer(units.At(0), 1, &packet.Packet{}, 1000, 0))
	assert.Zero(t, b.Free())
	require.False(t, s.Offer(units.At(0), 2, &packet.Packet{}, 1, 0))
	require.True(t, s.Offer(units.At(0), 3, &packet.Packet{}, 1000, 1))
	first, ok := s.Pick(units.At(0))
	require.True(t, ok)
	assert.Equal(t, Turn{3, 1, units.At(0), station.Visit{Start: units.At(0), Leave: units.At(3000), Out: units.At(3000)}}, first)
	second, ok := s.Pick(units.At(3000))
	require.True(t, ok)
	assert.EqualValues(t, 1, second.ID)
	assert.EqualValues(t, 1000, b.Free())
	assert.Equal(t, 3*units.Nanosecond, s.ServiceOf(1000, 1))
}

// Statistics cover the window: visits by when their service begins, drops and marks by when the packet comes.
func TestClassesAreMeasuredInTheWindow(t *testing.T) {
	s := NewScheduler(SchedulerSpec{Name: "port", Cost: gbps10(), Classes: []ClassSpec{{Room: station.Room{Packets: 3}, MarkAbove: 1}}})
	s.Measure(station.Window{From: units.At(1e6), To: units.At(2e6)})
	var list []arrival
	for i := range 10 { // at 0, three wait and one is lost; each takes 0.8 us
		list = append(list, arrival{int64(i/5) * 1_500_000, uint64(i), 0, 1000})
	}
	drive(s, list, units.Forever)
	u := s.Classes()[0]
	assert.EqualValues(t, 1, u.Visits, "the one that begins at 1.6 us")
	assert.EqualValues(t, 1000, u.Bytes)
	assert.EqualValues(t, 1_600_000, u.Wait)
	assert.EqualValues(t, 1_000_000, u.Busy)
	assert.EqualValues(t, 3, u.Drops)
	assert.EqualValues(t, 2, u.Marked)
	assert.EqualValues(t, 3000, u.MaxBytes)
}

// The way of a packet through a scheduler is traced without a gap, and surveys and paths know of it.
func TestSchedulerOnAPath(t *testing.T) {
	j := journal{}
	e := NewEngine(j)
	e.TraceSeq = 3
	n := e.AddScheduler(SchedulerSpec{Name: "port", Cost: gbps10(), Gap: 5, Latency: 70, Classes: []ClassSpec{{}}})
	e.AddScheduler(SchedulerSpec{Name: "other", Cost: gbps10(), Classes: []ClassSpec{{}}})
	first := e.AddFIFO(stay("first", 10))
	e.AddPath(Path{Hops: []Hop{{Op: OpVisit, Node: first}, {Op: OpQueue, Node: n}, {Op: OpDelay, Delay: 9, Name: e.Label("cable")}}})
	assert.Equal(t, []bool{true, true, false}, e.OnPaths([]int{0}))
	p := packet.Packet{Bytes: [2]uint32{100, 100}}
	assert.Equal(t, []Demand{{Resource: 0, Hold: 10, MilliBytes: 100_000}, {Resource: 1, Hold: 80_005, MilliBytes: 100_000}}, e.Resources().Demands(nil, 0, &p, Population{}))

	e.AddSource(&arrivalsOf{[]arrival{{0, 0, 0, 100}, {0, 0, 0, 100}, {0, 0, 0, 100}, {0, 0, 0, 100}}, 0})
	e.Prepare([][]int{{0}}, station.Window{To: units.Forever})
	require.NoError(t, e.Run(context.Background()))
	rows := e.Traces()[0].Rows
	require.Len(t, rows, 3)
	assert.Equal(t, TraceRow{Name: "port", Arrive: units.At(40), Wait: 10 + 3*80_005 - 40, Service: 80_000, Latency: 70,
		Leave: units.At(10 + 3*80_005 + 80_070), Uses: []Use{{"port", 100, 80_005}}}, rows[1])
	at := units.Time{}
	for _, r := range rows {
		assert.Equal(t, at, r.Arrive)
		at = r.Leave
	}
	assert.Equal(t, fmt.Sprintf("delivered at %d", at.Ps()), j[3])
}

// Mistakes in the layout are found before the run.
func TestSchedulerMistakes(t *testing.T) {
	cost := gbps10()
	for _, spec := range []SchedulerSpec{
		{Classes: []ClassSpec{{}}},
		{Cost: cost},
		{Cost: cost, Classes: []ClassSpec{{Level: MaxLevels}}},
		{Cost: cost, Classes: []ClassSpec{{Alpha: MaxAlpha + 1}}},
		{Cost: cost, Classes: []ClassSpec{{Weight: -1}}},
		{Cost: cost, Classes: []ClassSpec{{Reserve: 600}, {Reserve: 600}}, Buffer: NewBuffer(1000)},
	} {
		assert.Panics(t, func() { NewScheduler(spec) }, "%+v", spec)
	}
	s := NewScheduler(SchedulerSpec{Cost: cost, Classes: []ClassSpec{{}}})
	assert.Panics(t, func() { s.Offer(units.At(0), 0, &packet.Packet{Class: 1}, 64, 0) })
}
