package sim

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/station"
	"github.com/dsnsim/dsnsim/sim/units"
)

// spaced sends packets of given sizes and hashes, far apart.
type spaced struct {
	list []packet.Packet
	next int
}

func (s *spaced) Next(p *packet.Packet) bool {
	if s.next == len(s.list) {
		return false
	}
	key, fresh := p.Key, p.Fresh
	*p = s.list[s.next]
	p.Key, p.Fresh = key, fresh
	p.Sent = units.At(units.Duration(s.next) * units.Millisecond)
	s.next++
	return true
}

type noRecord struct{}

func (noRecord) Delivered(*packet.Packet, units.Time)      {}
func (noRecord) Dropped(*packet.Packet, units.Time, uint8) {}

// fixed is a Station of two resources that holds the first for a time by the packet's hash, and tells so.
type fixed struct{ stat [2]station.ServerStats }

func (f *fixed) hold(p *packet.Packet) [2]units.Duration {
	return [2]units.Duration{units.Duration(p.Hash % 100), 7}
}

func (f *fixed) Serve(at units.Time, p *packet.Packet) (station.Visit, bool) {
	h := f.hold(p)
	for i := range f.stat {
		f.stat[i].Visits++
		f.stat[i].Service += h[i]
	}
	leave := at.Add(h[0])
	return station.Visit{Start: at, Leave: leave, Out: leave}, true
}
func (*fixed) Name() string           { return "fixed" }
func (*fixed) DropReason() uint8      { return 0 }
func (*fixed) Ordered() bool          { return true }
func (*fixed) Measure(station.Window) {}
func (f *fixed) Usage() []station.Usage {
	return []station.Usage{{Name: "a", Servers: 1, ServerStats: f.stat[0]}, {Name: "b", Servers: 1, ServerStats: f.stat[1]}}
}
func (f *fixed) Holds(p *packet.Packet, of Population) []units.Duration {
	h := f.hold(p)
	return h[:]
}

// What the survey says of packets is what the engine measures when it serves them: through a group of stations, with
// gaps, other costs and header reads, and a Station.
func TestDemandsAreWhatTheEngineMeasures(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := NewEngine(noRecord{})
		group := e.AddFIFO(station.Spec{Name: "m0", Cost: station.Transfer{Rate: units.Gbps, Fixed: 8}.Cost(), Gap: 96})
		e.AddFIFO(station.Spec{Name: "m1", Cost: station.Transfer{Rate: units.Gbps, Fixed: 8}.Cost(), Gap: 96})
		both := e.AddFIFO(station.Spec{Name: "both", Cost: station.Work{Clock: units.GHz, Cycles: 3, Chunk: 32, CyclesPerChunk: 1}.Cost(),
			Other: station.Transfer{Rate: units.Gbps, Fixed: 24, NoPayload: true}.Cost(), Clock: units.GHz})
		special := e.AddStation(&fixed{})
		path := e.AddPath(Path{Hops: []Hop{
			{Op: OpVisit, Node: both, Other: 1}, {Op: OpSelect, N: 2}, {Op: OpVisit, Node: group, Stride: 1, Form: packet.Tunnelled},
			{Op: OpDelay, Delay: 5}, {Op: OpVisit, Node: both, Reads: HeadersOnly, Bytes: 20}, {Op: OpStation, Node: special},
		}})
		src := &spaced{}
		for range rapid.IntRange(1, 20).Draw(t, "n") {
			n := rapid.Uint32Range(64, 9000).Draw(t, "bytes")
			src.list = append(src.list, packet.Packet{Bytes: [2]uint32{n, n + 50}, Header: 54, Hash: rapid.Uint32().Draw(t, "hash")})
		}
		e.AddSource(src)
		want := make([]units.Duration, 5)
		visits := make([]int64, 5)
		survey := e.Resources()
		for i := range src.list {
			for _, d := range survey.Demands(nil, path, &src.list[i], Population{}) {
				want[d.Resource] += d.Hold
				visits[d.Resource]++
			}
		}
		e.Prepare([][]int{{0}}, station.Window{To: units.Forever})
		require.NoError(t, e.Run(context.Background()))
		for i, u := range e.Usages() {
			require.Equal(t, want[i], u.Service, u.Name)
			require.Equal(t, visits[i], u.Visits, u.Name)
		}
	})
}

// A group of devices shares the population; a device that is alone has all of it.
func TestGroupsShareThePopulation(t *testing.T) {
	seen := Population{}
	of := Population{Flows: 1001, SAs: 8, Fresh: 5}
	e := NewEngine(noRecord{})
	s := &spy{seen: &seen}
	e.AddStation(s)
	e.AddStation(s)
	group := e.AddPath(Path{Hops: []Hop{{Op: OpSelect, N: 2}, {Op: OpStation, Node: 0, Stride: 1}}})
	alone := e.AddPath(Path{Hops: []Hop{{Op: OpSelect, N: 2}, {Op: OpStation, Node: 0}}})
	e.Resources().Demands(nil, group, &packet.Packet{}, of)
	assert.Equal(t, Population{Flows: 501, SAs: 8, Fresh: 5}, seen, "each meets all associations")
	few := Population{Flows: 1000, SAs: 1000}
	e.Resources().Demands(nil, group, &packet.Packet{}, few)
	assert.Equal(t, Population{Flows: 500, SAs: 394}, seen, "1 - 1/sqrt(e) of them")
	few.Polarised = true
	e.Resources().Demands(nil, group, &packet.Packet{}, few)
	assert.Equal(t, Population{Flows: 500, SAs: 500, Polarised: true}, seen)
	e.Resources().Demands(nil, alone, &packet.Packet{}, of)
	assert.Equal(t, of, seen)
}

type spy struct {
	fixed
	seen *Population
}

func (s *spy) Holds(_ *packet.Packet, of Population) []units.Duration {
	*s.seen = of
	return nil
}

// A packet that is refused takes nothing behind the filter.
func TestRefusedPacketsEndAtTheFilter(t *testing.T) {
	e := NewEngine(noRecord{})
	a := e.AddFIFO(station.Spec{Name: "a", Cost: station.Transfer{Rate: units.Gbps}.Cost()})
	b := e.AddFIFO(station.Spec{Name: "b", Cost: station.Transfer{Rate: units.Gbps}.Cost()})
	path := e.AddPath(Path{Hops: []Hop{{Op: OpVisit, Node: a}, {Op: OpFilter}, {Op: OpVisit, Node: b}}})
	p := packet.Packet{Bytes: [2]uint32{125, 0}}
	assert.Equal(t, []Demand{{Hold: units.Microsecond, MilliBytes: 125_000}, {Resource: 1, Hold: units.Microsecond, MilliBytes: 125_000}}, e.Resources().Demands(nil, path, &p, Population{}))
	p.Refused = 1
	assert.Equal(t, []Demand{{Hold: units.Microsecond, MilliBytes: 125_000}}, e.Resources().Demands(nil, path, &p, Population{}))
}

// A Station that cannot say is left out, and those behind it keep their numbers.
func TestSpecialsThatCannotSay(t *testing.T) {
	e := NewEngine(noRecord{})
	e.AddStation(mute{&fixed{}})
	e.AddStation(&fixed{})
	path := e.AddPath(Path{Hops: []Hop{{Op: OpStation, Node: 0}, {Op: OpStation, Node: 1}}})
	assert.Equal(t, []Demand{{Resource: 2}, {Resource: 3, Hold: 7}}, e.Resources().Demands(nil, path, &packet.Packet{}, Population{}))
}

// mute hides that a Station is Capable.
type mute struct{ Station }

// A Station may say what it counts of bytes.
func TestSpecialsThatCountBytes(t *testing.T) {
	e := NewEngine(noRecord{})
	e.AddStation(&heavy{})
	path := e.AddPath(Path{Hops: []Hop{{Op: OpStation, Node: 0}}})
	assert.Equal(t, []Demand{{MilliBytes: 2500}, {Resource: 1, Hold: 7}}, e.Resources().Demands(nil, path, &packet.Packet{}, Population{}))
}

type heavy struct{ fixed }

func (*heavy) Weighs(*packet.Packet, Population) []int64 { return []int64{2500} }
