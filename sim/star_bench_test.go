package sim

import (
	"context"
	"math/rand/v2"
	"syscall"
	"testing"

	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/queue"
	"github.com/dsnsim/dsnsim/sim/station"
	"github.com/dsnsim/dsnsim/sim/units"
)

// starSource sends 400 B frames with exponential gaps to receivers drawn uniformly.
type starSource struct {
	rng  *rand.Rand
	mean float64 // ps between frames
	at   units.Time
	left int
	path uint16
}

func (s *starSource) Next(p *packet.Packet) bool {
	if s.left == 0 {
		return false
	}
	s.left--
	s.at = s.at.Add(units.Duration(s.rng.ExpFloat64() * s.mean))
	p.Sent = s.at
	p.Bytes = [2]uint32{400, 400}
	p.Path = s.path
	p.Hash = s.rng.Uint32() // chooses the receiver
	return true
}

// sinkhole counts deliveries and their latency.
type sinkhole struct {
	n       uint64
	latency units.Duration
}

func (s *sinkhole) Delivered(p *packet.Packet, at units.Time) { s.n++; s.latency += at.Sub(p.Sent) }
func (s *sinkhole) Dropped(*packet.Packet, units.Time, uint8) {}

// newStar builds 40 senders, one store-and-forward switch and 40 receivers on 100 Gbps links of 500 ns.
func newStar(rec Recorder, hosts, packets int, load float64) *Engine {
	e := NewEngine(rec)
	wire := station.Transfer{Rate: 100 * units.Gbps, Fixed: 8}.Cost()
	port := func(name string) int32 {
		return e.AddFIFO(station.Spec{Name: name, Cost: wire, Gap: (100 * units.Gbps).TimeToSend(12),
			Latency: 500 * units.Nanosecond, Wire: true, Room: station.Room{Bytes: 1 << 20}})
	}
	first := port("out")
	for range hosts - 1 {
		port("out")
	}
	var usedBy [][]int
	for i := range hosts {
		src := &starSource{rng: rand.New(rand.NewPCG(1, uint64(i))), mean: 33600 / load, left: packets / hosts}
		src.path = uint16(e.AddPath(Path{Hops: []Hop{
			{Op: OpVisit, Node: port("in")},
			{Op: OpSelect, N: uint16(hosts)},
			{Op: OpVisit, Node: first, Stride: 1},
		}}))
		usedBy = append(usedBy, []int{e.AddSource(src)})
	}
	e.Prepare(usedBy, station.Window{To: units.Forever})
	return e
}

func cpuSeconds() float64 {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	t := func(v syscall.Timeval) float64 { return float64(v.Sec) + float64(v.Usec)/1e6 }
	return t(u.Utime) + t(u.Stime)
}

// BenchmarkStar is a plain star: 40 senders with Poisson arrivals at 80% load, one switch, 40 receivers. ns/event is what
// an event costs with all that happens at it; BenchmarkQueueHold/pending=40 is the bare queue of the same population.
func BenchmarkStar(b *testing.B) {
	b.ReportAllocs()
	var rec sinkhole
	e := newStar(&rec, 40, max(b.N, 40), 0.8)
	before := cpuSeconds()
	b.ResetTimer()
	if err := e.Run(context.Background()); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(rec.n)/(cpuSeconds()-before), "pkt/cpu-s")
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(e.Steps()), "ns/event")
}

// BenchmarkQueueHold takes out the earliest event and puts it back later, the population staying the same.
func BenchmarkQueueHold(b *testing.B) {
	for _, n := range []int{40, 100, 1000, 10000} {
		b.Run("pending="+itoa(n), func(b *testing.B) {
			q := queue.NewEvents()
			rng := rand.New(rand.NewPCG(1, 2))
			for i := range n {
				q.Push(queue.Event{At: units.At(units.Duration(rng.IntN(1000 * n))), Key: uint64(i)})
			}
			gaps := make([]units.Duration, 4096)
			for i := range gaps {
				gaps[i] = units.Duration(rng.ExpFloat64() * 1000 * float64(n))
			}
			b.ResetTimer()
			for i := range b.N {
				e, _ := q.Pop()
				e.At = e.At.Add(gaps[i&4095])
				q.Push(e)
			}
		})
	}
}

func itoa(n int) string {
	if n < 10 {
		return string(rune('0' + n))
	}
	return itoa(n/10) + itoa(n%10)
}
