package station

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dsnsim/dsnsim/internal/analytic"
	"github.com/dsnsim/dsnsim/sim/stats"
	"github.com/dsnsim/dsnsim/sim/units"
)

const serviceTime = 10 * units.Nanosecond

// meanWait feeds Poisson arrivals to k servers and returns the mean wait over services.
func meanWait(seed uint64, k int, load float64, exponential bool) float64 {
	rng := rand.New(rand.NewPCG(seed, 1))
	s := NewServer(k, Room{})
	const warmup, n = 20_000, 400_000
	var at units.Time
	var sum float64
	for i := range warmup + n {
		at = at.Add(units.Duration(rng.ExpFloat64() * float64(serviceTime) / (load * float64(k))))
		service := serviceTime
		if exponential {
			service = units.Duration(rng.ExpFloat64() * float64(serviceTime))
		}
		start, _ := s.Start(at, 0)
		s.Finish(at, start, start.Add(service))
		if i >= warmup {
			sum += float64(start.Sub(at))
		}
	}
	return sum / n / float64(serviceTime)
}

// waits checks that the 95% interval over replications covers the closed form. The interval must also be narrow,
// or it would cover anything.
func waits(t *testing.T, k int, load float64, exponential bool, want float64) {
	t.Helper()
	var samples []float64
	for seed := range uint64(10) {
		samples = append(samples, meanWait(seed, k, load, exponential))
	}
	e := stats.EstimateMean(samples)
	assert.InDelta(t, want, e.Mean, e.HalfWidth, "%d servers at load %v", k, load)
	assert.Less(t, e.HalfWidth, 0.12*want, "the interval is too wide to tell anything")
}

func TestServerMatchesMD1(t *testing.T) {
	for _, load := range []float64{0.5, 0.8, 0.95} {
		waits(t, 1, load, false, analytic.MD1Wait(load, 1))
	}
}

func TestServerMatchesMM1(t *testing.T) {
	waits(t, 1, 0.8, true, analytic.MM1Wait(0.8, 1))
}

func TestServersMatchMMc(t *testing.T) {
	for _, k := range []int{2, 4, 8} {
		waits(t, k, 0.8, true, analytic.MMcWait(k, 0.8, 1))
	}
}

func TestServersMatchMDc(t *testing.T) {
	for _, k := range []int{2, 4} {
		waits(t, k, 0.9, false, analytic.MDcWait(k, 0.9, 1))
	}
}

// A finite queue loses what M/M/1/K loses. K counts the packet in service, Room does not.
func TestFiniteQueueMatchesMM1K(t *testing.T) {
	const k, load, n = 5, 0.9, 2_000_000
	rng := rand.New(rand.NewPCG(3, 1))
	s := NewServer(1, Room{Packets: k - 1})
	var at units.Time
	lost := 0.0
	for range n {
		at = at.Add(units.Duration(rng.ExpFloat64() * float64(serviceTime) / load))
		start, ok := s.Start(at, 100)
		if !ok {
			lost++
			continue
		}
		s.Finish(at, start, start.Add(units.Duration(rng.ExpFloat64()*float64(serviceTime))))
	}
	assert.InDelta(t, analytic.MM1KBlocking(k, load), lost/n, 0.002)
}

// naive is the obvious model of a finite FIFO queue before k servers: lists, searched anew for each arrival.
type naive struct {
	room  Room
	frees []int64
	queue []waiter
}

func (q *naive) arrive(at units.Time, n uint32, service units.Duration) (units.Time, bool) {
	slot := 0
	for i, f := range q.frees {
		if f < q.frees[slot] {
			slot = i
		}
	}
	start := max(at.Ps(), q.frees[slot])
	if start > at.Ps() {
		packets, bytes := 0, int64(0)
		for _, w := range q.queue {
			if w.start.After(at) {
				packets++
				bytes += int64(w.bytes)
			}
		}
		if q.room.Packets > 0 && packets+1 > q.room.Packets || q.room.Bytes > 0 && bytes >= int64(q.room.Bytes) {
			return units.Time{}, false
		}
	}
	q.queue = append(q.queue, waiter{units.At(units.Duration(start)), n})
	q.frees[slot] = start + int64(service)
	return units.At(units.Duration(start)), true
}

func TestServerMatchesANaiveQueue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := rapid.IntRange(1, 4).Draw(t, "servers")
		room := Room{rapid.IntRange(0, 6).Draw(t, "packets"), units.Bytes(rapid.IntRange(0, 4000).Draw(t, "bytes"))}
		s, ref := NewServer(k, room), naive{room: room, frees: make([]int64, k)}
		var at units.Time
		for range rapid.IntRange(1, 120).Draw(t, "arrivals") {
			at = at.Add(units.Duration(rapid.Int64Range(0, 30).Draw(t, "gap")))
			n := uint32(rapid.IntRange(64, 1518).Draw(t, "bytes"))
			service := units.Duration(rapid.Int64Range(1, 60).Draw(t, "service"))
			start, ok := s.Start(at, n)
			want, wantOK := ref.arrive(at, n, service)
			require.Equal(t, wantOK, ok)
			if ok {
				require.Equal(t, want, start)
				s.Finish(at, start, start.Add(service))
			}
		}
	})
}

// Busy time is what falls into the window, not what begins in it.
func TestBusyTimeIsCutAtTheWindow(t *testing.T) {
	s := NewServer(1, Room{})
	s.Measure(Window{From: units.At(100), To: units.At(200)})
	for _, v := range [][2]units.Duration{{90, 110}, {150, 160}, {190, 260}} {
		start, _ := s.Start(units.At(v[0]), 0)
		s.Finish(units.At(v[0]), start, units.At(v[1]))
	}
	u := s.Usage("s", 0)
	assert.Equal(t, units.Duration(10+10+10), u.Busy)
	assert.EqualValues(t, 2, u.Visits)
}

func TestCostOfATransfer(t *testing.T) {
	wire := Transfer{Rate: 100 * units.Gbps, Fixed: 8}.Cost()
	assert.Equal(t, 120_640*units.Picosecond, wire.Of(1500))
	tlps := Transfer{Rate: 1 * units.Gbps, Segment: 256, PerSegment: 24}.Cost()
	assert.Equal(t, (512+2*24)*8*units.Nanosecond, tlps.Of(512))
	assert.Equal(t, (513+3*24)*8*units.Nanosecond, tlps.Of(513))
	odd := Transfer{Rate: 3 * units.BitPerSecond}.Cost()
	assert.Equal(t, units.Duration(math.Ceil(8e12/3)), odd.Of(1))
}

func TestCostOfWork(t *testing.T) {
	parser := Work{Clock: units.GHz, Chunk: 32, CyclesPerChunk: 1, MinCycles: 2}.Cost()
	assert.Equal(t, 2*units.Nanosecond, parser.Of(20))
	assert.Equal(t, 4*units.Nanosecond, parser.Of(97))
	core := Work{Clock: 2 * units.GHz, Cycles: 100, MilliCyclesPerByte: 1500}.Cost()
	assert.Equal(t, 125*units.Nanosecond, core.Of(100))
}

// A clock whose period is not whole does not drift: an edge is computed from its number.
func TestClockDoesNotDrift(t *testing.T) {
	c := NewClock(1_220_000_000)
	at := units.Time{}
	for range 1_220 {
		at = c.After(at, 1)
	}
	assert.Equal(t, units.At(units.Microsecond), at)
	assert.Equal(t, at, c.Align(at))
	assert.Equal(t, c.After(at, 1), c.Align(at.Add(1)))
}

// A station is not ready a picosecond early, and ready on time.
func TestStationTiming(t *testing.T) {
	s := NewFIFO(Spec{Name: "wire", Cost: Transfer{Rate: 100 * units.Gbps, Fixed: 8}.Cost(), Gap: 960, Latency: 500 * units.Nanosecond})
	v, _ := s.Visit(units.At(0), 1500, 0)
	assert.Equal(t, Visit{units.At(0), units.At(120_640), units.At(620_640)}, v)
	v, _ = s.Visit(units.At(121_599), 64, 0)
	assert.Equal(t, units.At(121_600), v.Start, "the gap holds the wire until 121.6 ns")
	v, _ = s.Visit(units.At(200_000), 64, 0)
	assert.Equal(t, units.At(200_000), v.Start)
}

// Align finds the first edge at or after any instant, at any whole period.
func TestAlignMatchesDivision(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		period := rapid.SampledFrom([]int64{1, 2, 5, 250, 400, 625, 800, 1000, 1250, 4000}).Draw(t, "period")
		c := NewClock(units.Freq(int64(units.Second) / period))
		at := rapid.Int64Range(0, 1<<62).Draw(t, "at")
		require.Equal(t, (at+period-1)/period*period, c.Align(units.At(units.Duration(at))).Ps())
	})
}

// The reciprocal gives what the exact 128-bit division gives.
func TestTransferTimeIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tr := Transfer{Rate: units.Rate(rapid.Int64Range(1000, 2e12).Draw(t, "rate")),
			Fixed: units.Bytes(rapid.IntRange(0, 100).Draw(t, "fixed")), Segment: units.Bytes(rapid.IntRange(0, 600).Draw(t, "segment")),
			PerSegment: units.Bytes(rapid.IntRange(0, 40).Draw(t, "per"))}
		n := rapid.Uint32Range(0, 2_000_000).Draw(t, "bytes")
		bytes := units.Bytes(n) + tr.Fixed
		if tr.Segment > 0 {
			bytes += (units.Bytes(n) + tr.Segment - 1) / tr.Segment * tr.PerSegment
		}
		c := tr.Cost()
		require.Equal(t, tr.Rate.TimeToSend(bytes), c.Of(n))
	})
}

// A station that is nothing but one server takes a shorter way through the code. It does what the longer one does, which a
// station that keeps the order takes too: one server keeps it anyway.
func TestPlainStationsAreStations(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		spec := Spec{Name: "port", Cost: Transfer{Rate: 10 * units.Gbps, Fixed: 8}.Cost(), Other: Transfer{Rate: units.Gbps}.Cost(),
			Gap: units.Duration(rapid.IntRange(0, 10_000).Draw(t, "gap")), Latency: units.Duration(rapid.IntRange(0, 500_000).Draw(t, "latency")),
			Room: Room{Packets: rapid.IntRange(0, 4).Draw(t, "packets"), Bytes: units.Bytes(rapid.IntRange(0, 4000).Draw(t, "bytes"))}, DropReason: 3}
		plain := NewFIFO(spec)
		spec.InOrder = true
		other := NewFIFO(spec)
		require.True(t, plain.plain)
		require.False(t, other.plain)
		window := Window{From: units.At(100_000), To: units.At(20_000_000)}
		plain.Measure(window)
		other.Measure(window)
		at := units.Time{}
		for range rapid.IntRange(1, 60).Draw(t, "visits") {
			at = at.Add(units.Duration(rapid.IntRange(0, 1_000_000).Draw(t, "gap")))
			n, kind := rapid.Uint32Range(64, 1518).Draw(t, "size"), uint8(rapid.IntRange(0, 1).Draw(t, "kind"))
			v, ok := plain.Visit(at, n, kind)
			w, same := other.Visit(at, n, kind)
			require.Equal(t, same, ok)
			require.Equal(t, w, v)
		}
		require.Equal(t, other.Stats(), plain.Stats())
		require.Equal(t, other.Latest(), plain.Latest())
	})
}
