package sim

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/station"
	"github.com/dsnsim/dsnsim/sim/units"
)

// arrivalsOf is a source of packets that arrive as listed.
type arrivalsOf struct {
	list []arrival
	path uint16
}

func (s *arrivalsOf) Next(p *packet.Packet) bool {
	if len(s.list) == 0 {
		return false
	}
	a := s.list[0]
	s.list = s.list[1:]
	p.Sent, p.Class, p.Path = units.At(units.Duration(a.at)), uint16(a.class), s.path
	p.Bytes = [2]uint32{uint32(a.bytes), uint32(a.bytes)}
	return true
}

// fates keeps what became of each packet, as the reference does. Delivery is when service begins: see inOneScheduler.
type schedulerFates struct {
	fates map[uint64]fate
	cost  func(int64) int64
	order map[int][]uint64 // the keys of each class as they left
}

func (f *schedulerFates) Delivered(p *packet.Packet, at units.Time) {
	f.fates[p.Key] = fate{marked: p.CE, start: at.Ps() - f.cost(int64(p.Bytes[0]))}
	f.order[int(p.Class)] = append(f.order[int(p.Class)], p.Key)
}

func (f *schedulerFates) Dropped(p *packet.Packet, _ units.Time, _ uint8) {
	f.fates[p.Key] = fate{dropped: true}
}

// randomClasses draws what a scheduler serves.
func randomClasses(t *rapid.T) []ClassSpec {
	var list []ClassSpec
	for i := range rapid.IntRange(1, 6).Draw(t, "classes") {
		c := ClassSpec{Name: fmt.Sprint(i), Level: rapid.SampledFrom([]uint8{0, 0, 1, 1, 1, 63}).Draw(t, "level"),
			Weight: rapid.Int64Range(0, 4).Draw(t, "weight"), Alpha: int8(rapid.IntRange(-2, 2).Draw(t, "alpha")),
			Reserve: units.Bytes(rapid.SampledFrom([]int{0, 0, 1000}).Draw(t, "reserve")), MarkAbove: units.Bytes(rapid.SampledFrom([]int{0, 1, 1500}).Draw(t, "mark"))}
		if rapid.Bool().Draw(t, "shaped") {
			c.Rate = units.Rate(rapid.SampledFrom([]int64{7, 1e6, 1e9, 12_345_678_901, 20e9}).Draw(t, "rate"))
			c.Burst = units.Bytes(rapid.SampledFrom([]int{0, 100, 1500, 4000}).Draw(t, "burst"))
			if c.Rate < units.Mbps { // a packet a second or so: as good as stopped
				c.Burst = 1500
			}
		}
		if rapid.IntRange(0, 3).Draw(t, "room") == 0 {
			c.Room = station.Room{Packets: rapid.IntRange(0, 3).Draw(t, "packets"), Bytes: units.Bytes(rapid.SampledFrom([]int{0, 2000}).Draw(t, "bytes"))}
		}
		list = append(list, c)
	}
	return list
}

// randomArrivals draws what comes of one source. Many come at the same instant as another or as a departure.
func randomArrivals(t *rapid.T, source, classes int) []arrival {
	var list []arrival
	at := int64(0)
	for i := range rapid.IntRange(0, 40).Draw(t, "arrivals") {
		at += rapid.SampledFrom([]int64{0, 0, 500, 1000, 3700, 64_000, 512_000, 1_200_000, 2_000_000}).Draw(t, "gap")
		list = append(list, arrival{at, packet.MakeKey(source, uint64(i)), rapid.IntRange(0, classes-1).Draw(t, "class"),
			int64(rapid.SampledFrom([]int{64, 64, 500, 1000, 1500, 9000}).Draw(t, "bytes"))})
	}
	return list
}

// inOneScheduler runs sources through one scheduler and returns what became of each packet.
func inOneScheduler(spec SchedulerSpec, sources [][]arrival, cost func(int64) int64, stepwise bool) (*schedulerFates, *Engine) {
	rec := &schedulerFates{map[uint64]fate{}, cost, map[int][]uint64{}}
	e := NewEngine(rec)
	e.Stepwise = stepwise
	n := e.AddScheduler(spec)
	var usedBy [][]int
	for _, list := range sources {
		path := e.AddPath(Path{Hops: []Hop{{Op: OpQueue, Node: n}}})
		usedBy = append(usedBy, []int{e.AddSource(&arrivalsOf{list, uint16(path)})})
	}
	e.Prepare(usedBy, station.Window{To: units.Forever})
	if err := e.Run(context.Background()); err != nil {
		panic(err)
	}
	return rec, e
}

// The scheduler does with each packet what the obvious one does: the same are lost, the same marked, and each is served at the
// same instant. Nothing is lost on the way, and a class stays in order.
func TestSchedulerMatchesANaiveOne(t *testing.T) {
	dropped, marked, waited, shaped := 0, 0, 0, 0
	rapid.Check(t, func(t *rapid.T) {
		classes := randomClasses(t)
		size := rapid.Int64Range(6000, 40_000).Draw(t, "buffer")
		quantum := rapid.SampledFrom([]int64{64, 1000, 2048}).Draw(t, "quantum")
		rate := rapid.SampledFrom([]units.Rate{8 * units.Gbps, 8 * units.Gbps, 80 * units.Gbps}).Draw(t, "rate")
		wire := station.Transfer{Rate: rate}.Cost()
		if rapid.IntRange(0, 5).Draw(t, "instantly") == 0 {
			wire = station.Work{Clock: units.GHz}.Cost()
		}
		gap := units.Duration(rapid.SampledFrom([]int{0, 0, 1000}).Draw(t, "gap"))
		var sources [][]arrival
		var all []arrival
		for i := range rapid.IntRange(1, 3).Draw(t, "sources") {
			list := randomArrivals(t, i, len(classes))
			sources = append(sources, list)
			all = append(all, list...)
		}
		slices.SortFunc(all, func(a, b arrival) int {
			if a.at != b.at {
				return int(a.at - b.at)
			}
			return int(int64(a.key) - int64(b.key))
		})
		cost := func(n int64) int64 { return int64(wire.Of(uint32(n))) }
		want := newNaive(classes, size, quantum, func(n int64) int64 { return cost(n) + int64(gap) }).run(all)
		spec := SchedulerSpec{Name: "port", Cost: wire, Gap: gap, Classes: classes, Quantum: units.Bytes(quantum)}
		for _, stepwise := range []bool{false, true} {
			spec.Buffer = NewBuffer(units.Bytes(size))
			got, e := inOneScheduler(spec, sources, cost, stepwise)
			require.Equal(t, want, got.fates)
			require.True(t, e.Balance().Holds())
			require.Zero(t, e.Balance().InFlight)
			checkClassUsage(t, e, classes, all, want, size, spec.Buffer)
			for _, keys := range got.order {
				if len(sources) == 1 {
					require.True(t, slices.IsSorted(keys), "a class is a queue")
				}
			}
		}
		for _, a := range all {
			f := want[a.key]
			dropped += count(f.dropped)
			marked += count(f.marked)
			waited += count(f.start > a.at)
			shaped += count(classes[a.class].Rate > 0 && f.start > a.at)
		}
	})
	for _, n := range []int{dropped, marked, waited, shaped} {
		if !testing.Short() { // rapid draws a fifth of the cases then
			assert.Greater(t, n, 100, "hardly anything was tested")
		}
	}
}

func count(b bool) int {
	if b {
		return 1
	}
	return 0
}

// checkClassUsage compares what the scheduler says of its classes with what became of the packets.
func checkClassUsage(t *rapid.T, e *Engine, classes []ClassSpec, all []arrival, fates map[uint64]fate, size int64, left *Buffer) {
	want := make([]ClassUsage, len(classes))
	for _, a := range all {
		u, f := &want[a.class], fates[a.key]
		if f.dropped {
			u.Drops++
			continue
		}
		u.Visits++
		u.Bytes += a.bytes
		u.Marked += int64(count(f.marked))
		wait := units.Duration(f.start - a.at)
		u.Wait += wait
		u.MaxWait = max(u.MaxWait, wait)
	}
	var sum station.Usage
	for i, u := range e.Classes() {
		w := &want[i]
		w.Scheduler, w.Class = "port", classes[i].Name
		w.Busy, w.Service, w.MaxBytes = u.Busy, u.Service, u.MaxBytes
		require.Equal(t, *w, u)
		require.Equal(t, u.Busy, u.Service, "nothing overlaps in one server")
		require.LessOrEqual(t, u.MaxBytes, size)
		sum.Visits += u.Visits
		sum.Drops += u.Drops
		sum.Bytes += u.Bytes
		sum.Wait += u.Wait
		sum.Busy += u.Busy
		size -= int64(classes[i].Reserve)
	}
	require.EqualValues(t, size, left.Free(), "the buffer is empty in the end")
	whole := e.Usages()[0]
	require.Equal(t, [5]int64{sum.Visits, sum.Drops, sum.Bytes, int64(sum.Wait), int64(sum.Busy)},
		[5]int64{whole.Visits, whole.Drops, whole.Bytes, int64(whole.Wait), int64(whole.Busy)})
}

// BenchmarkScheduler is what a packet costs at an overloaded scheduler: its arrival, its turn and both events.
func BenchmarkScheduler(b *testing.B) {
	for _, n := range []int{1, 8, 256} {
		for _, shaped := range []bool{false, true} {
			b.Run(fmt.Sprintf("classes=%d/shaped=%v", n, shaped), func(b *testing.B) {
				spec := SchedulerSpec{Name: "port", Cost: station.Transfer{Rate: 100 * units.Gbps}.Cost(), Buffer: NewBuffer(units.MiB)}
				for i := range n {
					c := ClassSpec{Level: uint8(i & 1), Weight: int64(1 + i&3)}
					if shaped {
						c.Rate, c.Burst = 80*units.Gbps/units.Rate(n), 10_000
					}
					spec.Classes = append(spec.Classes, c)
				}
				b.ReportAllocs()
				var rec sinkhole
				e := NewEngine(&rec)
				path := e.AddPath(Path{Hops: []Hop{{Op: OpQueue, Node: e.AddScheduler(spec)}}})
				e.AddSource(&classSource{rng: rand.New(rand.NewPCG(1, 1)), left: b.N, classes: n, path: uint16(path)})
				e.Prepare([][]int{{0}}, station.Window{To: units.Forever})
				b.ResetTimer()
				if err := e.Run(context.Background()); err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(float64(e.Steps())/float64(b.N), "events/op")
			})
		}
	}
}

// classSource sends 400 B packets, a little more than 100 Gbps of them, in classes drawn at random.
type classSource struct {
	rng           *rand.Rand
	at            units.Time
	left, classes int
	path          uint16
}

func (s *classSource) Next(p *packet.Packet) bool {
	if s.left == 0 {
		return false
	}
	s.left--
	s.at = s.at.Add(units.Duration(20_000 + s.rng.IntN(20_000)))
	p.Sent, p.Path, p.Class, p.Bytes = s.at, s.path, uint16(s.rng.IntN(s.classes)), [2]uint32{400, 400}
	return true
}
