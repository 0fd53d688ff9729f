package placement

import (
	"context"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/internal/named"
	"github.com/dsnsim/dsnsim/sim"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/rng"
	"github.com/dsnsim/dsnsim/sim/station"
	"github.com/dsnsim/dsnsim/sim/units"
)

// gate is a place without service that notes when packets come by.
type gate struct{ times []units.Time }

func (g *gate) Serve(at units.Time, _ *packet.Packet) (station.Visit, bool) {
	g.times = append(g.times, at)
	return station.Visit{Start: at, Leave: at, Out: at}, true
}
func (g *gate) Name() string           { return "gate" }
func (g *gate) DropReason() uint8      { return 0 }
func (g *gate) Ordered() bool          { return true }
func (g *gate) Measure(station.Window) {}
func (g *gate) Usage() []station.Usage { return nil }

// gates puts one before and one behind each visit of a place.
func gates(r *Rack, hops []sim.Hop, name string) (out []sim.Hop, before, behind *gate) {
	before, behind = &gate{}, &gate{}
	first, second := r.AddStation(before), r.AddStation(behind)
	for _, h := range hops {
		if h.Op.Serves() && r.NameAt(&h, 0) == name {
			out = append(out, sim.Hop{Op: sim.OpStation, Node: first}, h, sim.Hop{Op: sim.OpStation, Node: second})
			continue
		}
		out = append(out, h)
	}
	return out, before, behind
}

// crowd is a Poisson source of frames of two sizes and a hundred flows.
type crowd struct {
	left   int
	mean   float64
	now    units.Time
	random *rand.Rand
}

func (c *crowd) Next(p *packet.Packet) bool {
	if c.left == 0 {
		return false
	}
	c.left--
	c.now = c.now.Add(units.Duration(c.random.ExpFloat64() * c.mean))
	frame := uint32(64)
	if c.random.IntN(2) == 0 {
		frame = 1500
	}
	p.Sent, p.Bytes, p.Header, p.Record = c.now, [2]uint32{frame, named.Tunnelled(full, frame)}, header, -1
	p.Flow = c.random.Uint32N(100)
	p.Hash = p.Flow << 25
	return true
}

// meanNumber looks a million times how many packets are between two gates.
func meanNumber(before, behind []units.Time, span units.Duration) float64 {
	const looks = 1_000_000
	in, out, sum := 0, 0, 0
	for i := range looks {
		now := units.At(span / looks * units.Duration(i))
		for in < len(before) && !before[in].After(now) {
			in++
		}
		for out < len(behind) && !behind[out].After(now) {
			out++
		}
		sum += in - out
	}
	return float64(sum) / looks
}

// Little's law: the mean number of packets at a station, found by looking, is their rate times the mean time that the
// station itself reports for them. The gates see arrivals and departures only; they know nothing of queues.
func TestLittlesLaw(t *testing.T) {
	const packets = 20_000
	for _, c := range []struct {
		station string
		visits  int64 // of each packet
		atLeast float64
		beyond  func(p *sum) units.Duration // fixed time between the gates that is no service, less service that holds no packet
	}{
		{"tor.port[0]", 1, 1, func(s *sum) units.Duration { return -units.Duration(12 * 8 * 40) }}, // the gap: 12 B at 25 Gbps
		{"dsn[0].parser", 2, 0.1, func(s *sum) units.Duration { return s.p.DSN.Clock.Value.Span(s.p.DSN.ParserLatency.Value) }},
		{"pcie.up[0]", 1, 0.05, func(*sum) units.Duration { return 0 }},
	} {
		p := calm(t)
		r := rack(t, &journal{}, scenario(t, full), p)
		in, _ := ways(t, "nic", r)
		resource := stationNamed(t, r, c.station)
		hops, before, behind := gates(r, in.Hops, c.station)
		r.AddPath(sim.Path{Hops: hops})
		// 85% of the server's link: 64 B are 170 B in the tunnels, 1500 B are 1606 B.
		mean := float64((170+1606)/2+20) * 8 * 40 / 0.85
		r.AddSource(&crowd{left: packets, mean: mean, random: rng.New(1, 0, c.station)})
		r.Prepare([][]int{{0}}, station.Window{To: units.Forever})
		require.NoError(t, r.Run(context.Background()))

		u := r.Usages()[resource]
		require.EqualValues(t, packets*c.visits, u.Visits, "%s: nothing is lost", c.station)
		require.Len(t, before.times, int(u.Visits))
		require.Len(t, behind.times, int(u.Visits))
		span := behind.times[len(behind.times)-1].Sub(units.At(0))
		stay := u.Wait + u.Service + units.Duration(u.Visits)*c.beyond(&sum{p: p})
		number := meanNumber(before.times, behind.times, span)
		assert.InEpsilon(t, float64(stay)/float64(span), number, 1e-3, c.station)
		assert.Greater(t, number, c.atLeast, "%s: hardly anything was there", c.station)
	}
}

// stationNamed returns the number of a station.
func stationNamed(t *testing.T, r *Rack, name string) int32 {
	t.Helper()
	for i, u := range r.Usages() {
		if u.Name == name {
			return int32(i)
		}
	}
	require.Failf(t, "no such station", "%s", name)
	return -1
}
