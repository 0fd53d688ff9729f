package sim

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/station"
	"github.com/dsnsim/dsnsim/sim/units"
)

// warmed is a Station that notes what it is shown.
type warmed struct {
	name string
	log  *[]string
}

func (w *warmed) Serve(at units.Time, _ *packet.Packet) (station.Visit, bool) {
	return station.Visit{Start: at, Leave: at, Out: at}, true
}
func (w *warmed) Name() string           { return w.name }
func (w *warmed) DropReason() uint8      { return 0 }
func (w *warmed) Ordered() bool          { return true }
func (w *warmed) Measure(station.Window) {}
func (w *warmed) Usage() []station.Usage { return nil }
func (w *warmed) Warm(p *packet.Packet)  { *w.log = append(*w.log, w.name) }

// A packet of an open flow is shown to the stations on its way: to the member that its hash chooses, up to the filter that
// refuses it, and nobody counts it.
func TestWarm(t *testing.T) {
	var log []string
	e := NewEngine(nil)
	first := e.AddStation(&warmed{"a", &log})
	e.AddStation(&warmed{"b", &log})
	last := e.AddStation(&warmed{"c", &log})
	path := uint16(e.AddPath(Path{Hops: []Hop{{Op: OpDelay, Delay: 5}, {Op: OpSelect, N: 2}, {Op: OpStation, Node: first, Stride: 1},
		{Op: OpFilter, Bytes: 1 << 3}, {Op: OpSelect, N: 1}, {Op: OpStation, Node: last}}}))
	for _, c := range []struct {
		hash, refused uint32
		want          []string
	}{{0, 0, []string{"a", "c"}}, {1 << 31, 0, []string{"b", "c"}}, {0, 1 << 2, []string{"a"}}, {0, 1 << 3, []string{"a", "c"}}} {
		log = nil
		p := &packet.Packet{Path: path, Hash: c.hash, Refused: c.refused}
		e.Warm(4, p)
		assert.Equal(t, c.want, log)
		assert.Equal(t, 4, p.Source())
	}
	assert.Equal(t, Balance{}, e.Balance())
}

// What serves behind a scheduler is shown it too, as the kind of the hop.
func TestWarmBehindAScheduler(t *testing.T) {
	var log []string
	e := NewEngine(nil)
	node := e.AddScheduler(SchedulerSpec{Name: "rings", By: &served{warmed{"core", &log}}, Quantum: 1, Classes: []ClassSpec{{Name: "all"}}})
	path := uint16(e.AddPath(Path{Hops: []Hop{{Op: OpQueue, Node: node, Other: 2}}}))
	p := &packet.Packet{Path: path}
	e.Warm(0, p)
	assert.Equal(t, []string{"core"}, log)
	assert.EqualValues(t, 2, p.Kind)
}

// served is one that a scheduler has its packets served by.
type served struct{ warmed }

func (s *served) ServeQueued(_, at units.Time, p *packet.Packet) (station.Visit, bool) {
	return s.Serve(at, p)
}
func (s *served) OrderedKind(uint8) bool          { return true }
func (s *served) Refuse(units.Time)               {}
func (s *served) Came(units.Time, *packet.Packet) {}
