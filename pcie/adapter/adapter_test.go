package adapter

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dsnsim/dsnsim/pcie"
	"github.com/dsnsim/dsnsim/sim"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/station"
	"github.com/dsnsim/dsnsim/sim/units"
)

const ns = units.Nanosecond

func link(t require.TestingT, gen, lanes int, mps, mrrs units.Bytes) pcie.Link {
	l, err := pcie.NewLink(gen, lanes, mps, mrrs, 64)
	require.NoError(t, err)
	return l
}

// spec is a card of two functions with round times.
func spec(t require.TestingT) Spec {
	return Spec{Up: "up", Down: "down", MMU: "mmu", Link: link(t, 3, 8, 256, 512), Queues: 2, PerFunction: 1,
		QueueOf: func(p *packet.Packet) int { return int(p.VF) }, Room: units.MiB, Buffer: 10_000, RoomReason: 1, RingReason: 2,
		Rings:   Rings{Size: 64, Batch: 16, Refill: 8, Done: 4, Descriptor: 16, Buffer: 2048},
		Times:   Times{Read: 400 * ns, Write: 200 * ns, Credit: 100 * ns, Doorbell: 300 * ns, Ring: 60 * ns, Handler: 1000 * ns},
		Credits: pcie.CreditSpec{PostedHeaders: 128, PostedData: 1024, NonPosted: 256}}
}

func sized(n uint32, vf uint16, kind uint8) *packet.Packet {
	return &packet.Packet{Bytes: [2]uint32{n, n}, VF: vf, Kind: kind}
}

// The arithmetic without divisions is that of the link.
func TestSizesAreThoseOfTheLink(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := link(t, rapid.IntRange(1, 6).Draw(t, "gen"), 8, rapid.SampledFrom(pcie.PayloadSizes).Draw(t, "mps"),
			rapid.SampledFrom(pcie.PayloadSizes).Draw(t, "mrrs"))
		s := newSizes(l)
		n := units.Bytes(rapid.Int64Range(0, 20_000).Draw(t, "n"))
		require.Equal(t, l.WriteWireBytes(n), s.writes(n))
		require.Equal(t, l.CompletionWireBytes(n), s.completions(n))
		require.Equal(t, l.ReadRequestWireBytes(n), s.reads(n)*s.read)
	})
}

// A card with descriptors in hand hides their fetch; one that has run dry shows it.
func TestDescriptorsInHandHideTheirFetch(t *testing.T) {
	s := Rings{Size: 64, Batch: 16}
	var r ring
	r.fill(&s)
	at := units.At(0)
	for i := range 16 {
		f, ok := r.take(at, 1, &s, 400*ns)
		require.True(t, ok)
		require.Equal(t, at, f.ready, "%d in hand", 16-i)
		require.Equal(t, i == 8, f.fetches == 1, "a batch is asked for when less than half of one is left")
	}
	f, _ := r.take(at, 1, &s, 400*ns)
	assert.Equal(t, at.Add(400*ns), f.ready, "the batch is on its way")
	f, _ = r.take(at, 16, &s, 400*ns)
	assert.Equal(t, at.Add(800*ns), f.ready, "one fetch at a time")
	assert.Equal(t, 1, f.fetches)
	f, _ = r.take(at.Add(5000*ns), 1, &s, 400*ns)
	assert.Equal(t, at.Add(5000*ns), f.ready, "long there")
}

// The driver posts so many descriptors with one doorbell, which the card sees later; until then there are no more.
func TestDescriptorsComeBack(t *testing.T) {
	s := Rings{Size: 64, Batch: 16}
	var r ring
	r.fill(&s)
	for range 64 {
		_, ok := r.take(units.At(0), 1, &s, ns)
		require.True(t, ok)
		r.written(1)
	}
	_, ok := r.take(units.At(0), 1, &s, ns)
	require.False(t, ok, "the ring is used up")
	r.taken(units.At(0), 7, 8, 300*ns)
	_, ok = r.take(units.At(5000*ns), 1, &s, ns)
	assert.False(t, ok, "too few for a doorbell")
	r.taken(units.At(5000*ns), 1, 8, 300*ns)
	_, ok = r.take(units.At(5299*ns), 1, &s, ns)
	assert.False(t, ok, "not seen yet")
	f, ok := r.take(units.At(5300*ns), 8, &s, ns)
	assert.True(t, ok)
	assert.Equal(t, 1, f.doorbells)
}

// Whatever comes and goes, no descriptor is used twice: those in use never exceed the ring.
func TestRingIsNeverOverdrawn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := Rings{Size: rapid.IntRange(10, 80).Draw(t, "size"), Batch: rapid.IntRange(1, 10).Draw(t, "batch")}
		refill := rapid.IntRange(1, s.Size/2).Draw(t, "refill")
		var r ring
		r.fill(&s)
		var out []int
		inUse, posted := 0, s.Size
		at := units.At(0)
		for range rapid.IntRange(1, 200).Draw(t, "steps") {
			at = at.Add(units.Duration(rapid.IntRange(0, 2).Draw(t, "gap")) * 200 * ns)
			if rapid.Bool().Draw(t, "take") {
				k := rapid.IntRange(1, 5).Draw(t, "k")
				f, ok := r.take(at, k, &s, 400*ns)
				if !ok {
					require.Greater(t, int(r.used)+k, int(r.posted))
					continue
				}
				require.False(t, f.ready.Before(at))
				r.written(k)
				out = append(out, k)
				inUse += k
			} else if len(out) > 0 {
				r.taken(at, 1, refill, 300*ns)
				inUse -= out[0]
				out = out[1:]
			}
			require.LessOrEqual(t, inUse, posted)
			require.LessOrEqual(t, r.used, r.posted)
			require.LessOrEqual(t, r.fetched, r.posted)
			require.LessOrEqual(t, int(r.posted-r.used)+inUse, s.Size)
		}
	})
}

// A packet alone pays for its doorbell, its descriptor and its write-back; those that come while the driver rings share.
func TestDoorbellsAndFetchesAreShared(t *testing.T) {
	c := New(spec(t))
	post := func(at units.Duration) (units.Duration, [2]uint16) {
		p := sized(64, 0, 0)
		v, ok := c.Post().Serve(units.At(at), p)
		require.True(t, ok)
		return v.Out.Sub(units.At(at)), p.Along
	}
	wait, along := post(0)
	assert.Zero(t, wait, "the latencies come behind")
	assert.Equal(t, [2]uint16{16 + 24 + 24, 20 + 28}, along)
	wait, along = post(10 * ns) // rings at 60, is known at 360, when the fetch from 300 to 700 is under way
	assert.Equal(t, 700*ns-10*ns-300*ns, wait)
	assert.Equal(t, [2]uint16{16 + 24 + 24, 20 + 28}, along, "another doorbell, another fetch")
	wait, along = post(30 * ns) // with the doorbell of 60 and the fetch of 700
	assert.Equal(t, 700*ns-30*ns-300*ns, wait)
	assert.Equal(t, [2]uint16{16, 0}, along)
	wait, along = post(100 * ns) // rings at 120, and is in time for the fetch of 700
	assert.Equal(t, 700*ns-100*ns-300*ns, wait)
	assert.Equal(t, [2]uint16{16, 28}, along)
	wait, _ = post(9000 * ns)
	assert.Zero(t, wait)
}

// Posted writes wait for credits that come back when they are visible.
func TestWritesWaitForCredits(t *testing.T) {
	s := spec(t)
	s.Credits.PostedHeaders = 4 // two packets of one TLP with their completions
	c := New(s)
	wire := s.Link.Rate().TimeToSend(64 + 24 + 40)
	var starts []units.Time
	for range 5 {
		v, ok := c.Up().Serve(units.At(0), sized(64, 0, Write))
		require.True(t, ok)
		starts = append(starts, v.Start)
	}
	loop := s.Times.Write + s.Times.Credit
	assert.Equal(t, units.At(0), starts[0])
	assert.Equal(t, units.At(wire), starts[1])
	for i := 2; i < 5; i++ {
		assert.Equal(t, starts[i-2].Add(wire+loop), starts[i], "packet %d has the credits of packet %d", i, i-2)
	}
}

// A write whose descriptors are on their way waits for them, and is not in the way of another queue's. When those that wait
// fill the card's buffer, further ones are lost.
func TestRunDry(t *testing.T) {
	s := spec(t)
	s.Rings.Batch, s.Buffer = 2, 200
	c := New(s)
	serve := func(vf uint16) (units.Duration, bool) {
		v, ok := c.Up().Serve(units.At(0), sized(100, vf, Write))
		return v.Out.Sub(v.Leave), ok
	}
	for range 2 {
		wait, ok := serve(0)
		require.True(t, ok)
		require.Zero(t, wait)
	}
	wait, ok := serve(0)
	require.True(t, ok)
	assert.Greater(t, wait, 300*ns)
	wait, ok = serve(1)
	require.True(t, ok)
	assert.Zero(t, wait)
	_, ok = serve(0)
	require.True(t, ok)
	_, ok = serve(0)
	assert.False(t, ok, "200 B wait")
	assert.EqualValues(t, 2, c.Up().DropReason())
}

// With pages of 4 KiB each second buffer of 2 KiB is on a new page; the first packet walks for its buffer and its completion.
func TestPageWalks(t *testing.T) {
	s := spec(t)
	s.Page, s.IOMMU = 4*units.KiB, pcie.IOMMUSpec{Entries: 64, Walkers: 6, Pending: 40, Accesses: 2, Access: 140 * ns}
	c := New(s)
	at := units.At(0)
	var waits []units.Duration
	for range 6 {
		at = at.Add(10 * units.Microsecond)
		v, ok := c.Up().Serve(at, sized(1500, 0, Write))
		require.True(t, ok)
		waits = append(waits, v.Out.Sub(v.Leave))
	}
	assert.Equal(t, []units.Duration{280 * ns, 0, 280 * ns, 0, 280 * ns, 0}, waits)
	list := c.Up().Usage()
	require.Len(t, list, 2)
	assert.EqualValues(t, 4, list[1].Visits, "and one for the completions")
	assert.False(t, c.Up().Ordered())
}

// Functions have pages of their own: what one has translated is no hit for another.
func TestFunctionsHaveTheirOwnPages(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := spec(t)
		s.PerFunction = rapid.IntRange(1, 4).Draw(t, "queues")
		s.Queues = 3 * s.PerFunction
		c := New(s)
		q := rapid.IntRange(0, s.Queues-1).Draw(t, "queue")
		n := units.Bytes(rapid.Int64Range(1, 9218).Draw(t, "n"))
		k := rapid.Int64Range(0, 1<<40).Draw(t, "number")
		a := c.inBuffers(q, k, n, true)
		require.Equal(t, q/s.PerFunction, a.function)
		for _, other := range []span{c.inBuffers(q, k, 1, false), c.inRing(q, k, true), c.inRing(q, k, false)} {
			require.Equal(t, a.function, other.function)
			require.NotEqual(t, a.addr, other.addr)
			require.Less(t, other.addr, int64(s.PerFunction)*c.region())
		}
		require.EqualValues(t, (n+2047)/2048, c.buffers(n))
	})
}

// What a packet makes the card fetch crosses down too, in the order of the instants at which it does.
func TestFetchesCrossDown(t *testing.T) {
	s := spec(t)
	s.Rings.Batch = 4
	c := New(s)
	for range 20 {
		_, ok := c.Up().Serve(units.At(0), sized(64, 0, Write))
		require.True(t, ok)
	}
	assert.Positive(t, c.Down().owing.Len())
	_, ok := c.Down().Serve(units.At(units.Millisecond), sized(64, 0, Data))
	require.True(t, ok)
	assert.Zero(t, c.Down().owing.Len())
	fetch := s.Link.Rate().TimeToSend(4*16 + 20)
	fetches := units.Duration(c.Up().rings[0].fetched-4) / 4
	assert.GreaterOrEqual(t, int64(fetches), int64(4))
	u := c.Down().Usage()[0]
	assert.InDelta(t, int64(fetches*fetch+s.Link.Rate().TimeToSend(64+20+16)), int64(u.Busy), 20, "20 descriptors and more in batches of four")
	assert.EqualValues(t, 64, u.Bytes)
}

func TestPollSeesPacketsAtItsLooks(t *testing.T) {
	s := spec(t)
	s.Times.Poll = 50 * ns
	poll := New(s).Poll()
	for at, want := range map[units.Duration]units.Duration{0: 0, 1: 50 * ns, 50 * ns: 50 * ns, 51 * ns: 100 * ns} {
		v, ok := poll.Serve(units.At(at), nil)
		require.True(t, ok)
		assert.Equal(t, units.At(want), v.Out)
	}
	assert.True(t, poll.Ordered())
}

// Visits of a kind of their own use no ring.
func TestAccessesWithoutARing(t *testing.T) {
	c := New(spec(t))
	v, ok := c.Up().Serve(units.At(0), sized(600, 0, Raw))
	require.True(t, ok)
	assert.Equal(t, c.Link.Rate().TimeToSend(600+3*24), v.Leave.Sub(v.Start))
	v, _ = c.Up().Serve(v.Leave, sized(600, 0, Ask))
	assert.Equal(t, c.Link.Rate().TimeToSend(2*24), v.Leave.Sub(v.Start))
	d, _ := c.Down().Serve(units.At(0), sized(8, 0, Access))
	assert.Equal(t, c.Link.Rate().TimeToSend(8+24), d.Leave.Sub(d.Start))
	assert.Zero(t, c.Up().rings[0].used)
	for _, special := range []sim.Station{c.Up(), c.Down(), c.Post(), c.Poll()} {
		assert.NotEmpty(t, special.Name())
	}
}

// What the card has asked for is accepted however much waits for the wire; what the host writes to registers is not.
func TestCompletionsAreAlwaysAccepted(t *testing.T) {
	s := spec(t)
	s.Room = 1000
	c := New(s)
	for _, kind := range []uint8{Data, Answer, Bare} {
		for range 100 {
			_, ok := c.Down().Serve(units.At(0), sized(64, 0, kind))
			require.True(t, ok)
		}
	}
	_, ok := c.Down().Serve(units.At(0), sized(64, 0, Access))
	assert.False(t, ok)
}

// The engines of a card take turns by bytes on the way up, and a flood of one kind takes no room of another. A read request is
// never refused: nobody would give back its tag.
func TestKindsShareTheWireUp(t *testing.T) {
	s := spec(t)
	s.Room = 10_000
	c := New(s)
	a := sim.NewScheduler(c.Arbiter())
	offer := func(n uint32, kind uint8) int {
		taken := 0
		for i := range 1000 {
			if a.Offer(units.At(0), uint32(i), sized(n, 0, kind), n, kind) {
				taken++
			}
		}
		return taken
	}
	assert.Equal(t, 157, offer(64, Write), "until 10,000 B wait")
	assert.Equal(t, 1000, offer(64, Request))
	assert.Equal(t, 7, offer(1500, Raw))
	sent := map[int32]int{}
	for range 120 { // in turns of four packets of 64 B, and one of 1500 B in six turns
		turn, ok := a.Pick(units.At(0))
		require.True(t, ok)
		sent[turn.Class]++
	}
	assert.InDelta(t, sent[int32(Write)], sent[int32(Request)], 4)
	assert.Equal(t, 2, sent[int32(Raw)])
}

// A sending ring holds what waits for its descriptor's fetch too: what finds it full is lost there.
func TestSendingRingIsBounded(t *testing.T) {
	c := New(spec(t))
	c.Post().Ring = sim.NewScheduler(sim.SchedulerSpec{Name: "turns", Cost: station.Held(ns), Admits: true,
		Classes: []sim.ClassSpec{{Room: station.Room{Packets: 8}}}})
	for i := range 12 {
		_, ok := c.Post().Serve(units.At(0), sized(64, 0, 0))
		require.Equal(t, i < 8, ok)
	}
	assert.EqualValues(t, 2, c.Post().DropReason())
}

// Ordered places of a card: a write that waits for descriptors is overtaken by those of other rings, and by nobody in its own.
func TestWhatKeepsItsOrderUp(t *testing.T) {
	two, one := spec(t), spec(t)
	one.Queues = 1
	assert.False(t, New(two).Up().OrderedKind(Write))
	assert.True(t, New(one).Up().OrderedKind(Write))
	assert.True(t, New(two).Up().OrderedKind(Request))
	two.Page, two.IOMMU = 4*units.KiB, pcie.IOMMUSpec{Entries: 64, Walkers: 6, Pending: 40, Accesses: 2, Access: 140 * ns}
	assert.False(t, New(two).Up().OrderedKind(Request), "walks")
}
