package hw

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dsnsim/dsnsim/hw/profile"
	"github.com/dsnsim/dsnsim/sim"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/rng"
	"github.com/dsnsim/dsnsim/sim/station"
	"github.com/dsnsim/dsnsim/sim/stats"
	"github.com/dsnsim/dsnsim/sim/units"
)

const ns = units.Nanosecond

func at(n int64) units.Time { return units.At(units.Duration(n) * ns) }

// batching returns a core of 1 GHz with v cycles a packet and each for a batch of most.
func batching(v units.Cycles, each units.Duration, most int) *Core {
	c := NewCore("core", calm(), station.Work{Cycles: v}, rng.New(1, 0, "core"))
	c.Turns = &Turns{Most: most, Each: each, Together: true}
	c.Measure(station.Window{To: units.Forever})
	return c
}

// feed sends n packets with a fixed gap and returns the cycles of a packet, at 1 GHz.
func feed(t require.TestingT, c *Core, n int, gap units.Duration) float64 {
	for i := range n {
		_, ok := c.Serve(units.At(gap*units.Duration(i)), &packet.Packet{})
		require.True(t, ok)
	}
	return float64(c.Spent.Work) / float64(c.Spent.Packets) / float64(ns)
}

// A core that has no time to spare takes full batches: a packet costs v + F/N. One that is idle takes them one by one: v + F.
func TestBatchesAmortiseTheirFixedCycles(t *testing.T) {
	for _, most := range []int{1, 4, 32, 256} {
		full := feed(t, batching(1000, 640*ns, most), 256*100, ns)
		// The first packet is a batch of its own.
		assert.InDelta(t, 1000+640/float64(most), full, 640.0/25600+0.1, "batches of %d", most)
		assert.InDelta(t, 1640, feed(t, batching(1000, 640*ns, most), 1000, 10*units.Microsecond), 1e-9)
	}
}

// What a packet holds a core for has its part of a full batch: 640 cycles by 64 packets.
func TestHoldsHasAPartOfABatch(t *testing.T) {
	hold := batching(1000, 640*ns, 64).Holds(&packet.Packet{}, sim.Population{})
	assert.Equal(t, []units.Duration{1010 * ns}, hold)
}

// The more comes, the less a packet takes; in between, batches are as large as what comes while the one before is done.
func TestCyclesFallAsTheLoadRises(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v, each := rapid.Int64Range(100, 5000).Draw(t, "v"), rapid.Int64Range(0, 5000).Draw(t, "each")
		most := rapid.IntRange(1, 64).Draw(t, "most")
		last := math.Inf(1)
		for _, load := range []float64{0.2, 0.6, 0.9, 1, 1.5} {
			gap := units.Duration(float64(v*int64(ns)) / load)
			now := feed(t, batching(units.Cycles(v), units.Duration(each)*ns, most), 4000, gap)
			// Batches are whole: at equal gaps their sizes alternate, which gives or takes a packet.
			require.LessOrEqual(t, now, last*1.01+1)
			last = now
		}
	})
	// With D/D/1 arrivals a batch of n lasts F + n v, in which n come at a gap of g: n = F/(g-v).
	assert.InDelta(t, 1250, feed(t, batching(1000, 2500*ns, 1000), 100_000, 1250*ns), 5)
}

// polled is what a poll loop does, step by step: it looks at the ring, takes up to most packets, works, and sends them together.
func polled(arrivals []int64, v, each, poll int64, most int) (leave []int64) {
	now, next := int64(0), 0
	for next < len(arrivals) {
		if arrivals[next] > now {
			if poll > 0 {
				now += poll
			} else {
				now = arrivals[next]
			}
			continue
		}
		n := 0
		for next+n < len(arrivals) && n < most && arrivals[next+n] <= now {
			n++
		}
		now += each + int64(n)*v
		for range n {
			leave = append(leave, now)
		}
		next += n
	}
	return leave
}

// The core does what a poll loop does, packet by packet.
func TestBatchesAreThoseOfAPollLoop(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v, each := rapid.Int64Range(1, 300).Draw(t, "v"), rapid.Int64Range(0, 300).Draw(t, "each")
		poll := rapid.SampledFrom([]int64{0, 1, 7, 50}).Draw(t, "poll")
		most := rapid.IntRange(1, 8).Draw(t, "most")
		var arrivals []int64
		now := int64(0)
		for range rapid.IntRange(1, 60).Draw(t, "n") {
			now += rapid.Int64Range(0, 500).Draw(t, "gap")
			arrivals = append(arrivals, now)
		}
		c := batching(units.Cycles(v), units.Duration(each)*ns, most)
		c.Turns.Poll = units.Duration(poll) * ns
		burst := NewBurst("burst", c.Turns)
		// As in an engine: packets reach the burst when they are done, and all that came before then have been served.
		var waiting []units.Time
		var got []int64
		settle := func(until units.Time) {
			for len(waiting) > 0 && waiting[0].Before(until) {
				out, ok := burst.Serve(waiting[0], &packet.Packet{})
				require.True(t, ok)
				got = append(got, int64(out.Out.Sub(units.Time{})/ns))
				waiting = waiting[1:]
			}
		}
		for _, a := range arrivals {
			settle(at(a))
			visit, ok := c.Serve(at(a), &packet.Packet{})
			require.True(t, ok)
			waiting = append(waiting, visit.Out)
		}
		settle(units.Forever)
		require.Equal(t, polled(arrivals, v, each, poll, most), got)
	})
}

// A core that sleeps: the interrupt, no earlier than the moderation allows, the exit from the state that pays for the idle
// time, and the way to the packet. While it works, nothing of that.
func TestWakeUp(t *testing.T) {
	c := NewCore("core", calm(), station.Work{Cycles: 1000}, rng.New(1, 0, "core"))
	c.Turns = &Turns{Most: 64, Each: 100 * ns, Waking: 400 * ns, Sleeps: true, Latency: 3000 * ns, Apart: 16_000 * ns,
		Idle: []profile.IdleState{{Residency: 2000 * ns, Exit: 2000 * ns}, {Residency: 600_000 * ns, Exit: 77_000 * ns}}}
	c.Measure(station.Window{To: units.Forever})
	for _, v := range []struct{ at, out int64 }{
		{1_000_000, 1_081_500}, // asleep for 1 ms: 77 us, 3 us, then 400 + 100 + 1000 cycles
		{1_081_000, 1_082_600}, // while it works: a batch of its own behind the first
		{1_081_200, 1_083_600}, // and with that one
		{1_083_900, 1_088_400}, // idle for 300 ns: not worth a state; 3 us and 1.5 us
		{1_089_000, 1_106_400}, // an interrupt 16 us after the last, at 1,099,900, 11.5 us after it fell asleep: 2 us, 3 us, 1.5 us
		{2_000_000, 2_081_500}, // asleep again
	} {
		visit, ok := c.Serve(at(v.at), &packet.Packet{})
		require.True(t, ok)
		assert.Equal(t, at(v.out), visit.Out, "packet at %d", v.at)
	}
	// 4 wake-ups, 5 batches, 6 packets.
	assert.Equal(t, 4*400*ns+5*100*ns+6*1000*ns, c.Spent.Work)
	for idle, want := range map[units.Duration]units.Duration{2000*ns - 1: 3000 * ns, 2000 * ns: 5000 * ns} {
		assert.Equal(t, want, c.Turns.wake(idle), "a state pays from its residency on")
	}
}

// The reference wakes up as XDP was measured to at 100 packets a second: 61 to 82 us, Linux 82 to 89 us.
func TestWakeUpIsThatOfIdleHosts(t *testing.T) {
	w := &reference(t).Host.Wakeup
	turns := &Turns{Sleeps: true, Latency: w.Latency.Value, Idle: w.IdleStates.Value}
	idle := turns.wake(10 * units.Millisecond)
	assert.GreaterOrEqual(t, idle, 61*units.Microsecond)
	assert.LessOrEqual(t, idle, 89*units.Microsecond)
	assert.Less(t, turns.wake(units.Microsecond), 20*units.Microsecond, "at 1 Mpps 7 to 20 us, most of it moderation")
}

// Wake-ups make a packet dearer at low rates: 3024 cycles at 0.25 Mpps against 750 of a busy core, as Linux was measured.
func TestWakeUpCyclesAreThoseOfLinux(t *testing.T) {
	w := &reference(t).Host.Wakeup
	h := calm()
	h.Clock.Value = 3600 * units.MHz
	c := NewCore("core", h, station.Work{Cycles: 750}, rng.New(1, 0, "core"))
	c.Turns = &Turns{Most: 64, Waking: h.Clock.Value.Span(w.Cycles.Value), Sleeps: true}
	c.Measure(station.Window{To: units.Forever})
	for i := range 1000 {
		c.Serve(units.At(4*units.Microsecond*units.Duration(i)), &packet.Packet{})
	}
	assert.InEpsilon(t, 3024, c.Spent.Work.Seconds()*3.6e9/1000, 0.02)
}

// A core can take as many packets as it has cycles for.
func TestCapacityIsClockByCycles(t *testing.T) {
	h := &reference(t).Host
	c := NewCore("core", h, station.Work{Cycles: 2800, MilliCyclesPerByte: 1000}, rng.New(1, 0, "core"))
	c.stalls = stalls{begin: units.Forever, end: units.Forever}
	served := 0
	for i := range 100_000 {
		if v, ok := c.Serve(units.At(100*ns*units.Duration(i)), &packet.Packet{Bytes: [2]uint32{0, 1400}}); ok && v.Out.Before(units.At(10*units.Millisecond)) {
			served++
		}
	}
	// 2.8 GHz / 4200 cycles = 666,667 a second.
	assert.InDelta(t, 6667, served, 1)
	assert.Equal(t, units.Duration(1_500_000), c.Holds(&packet.Packet{Bytes: [2]uint32{0, 1400}}, sim.Population{})[0])
}

// Remote memory and smaller frames are in the work of a packet, and in the capacity.
func TestRemoteMemoryAndPlainFrames(t *testing.T) {
	p := &packet.Packet{Bytes: [2]uint32{100, 200}}
	serve := func(s Soft) units.Duration {
		c := NewCore("core", calm(), station.Work{Cycles: 1000, MilliCyclesPerByte: 1000}, rng.New(1, 0, "core"))
		c.Soft = s
		v, ok := c.Serve(at(0), p)
		require.True(t, ok)
		assert.Equal(t, v.Leave.Sub(v.Start), c.Holds(p, sim.Population{})[0])
		return v.Leave.Sub(v.Start)
	}
	assert.Equal(t, 1200*ns, serve(Soft{}))
	assert.Equal(t, 1306*ns, serve(Soft{Remote: 106 * ns}))
	assert.Equal(t, 1100*ns, serve(Soft{Plain: true}))
}

func reasonOf(s sim.Station) stats.DropReason { return stats.DropReason(s.DropReason()) }
