package asic

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/dsnsim/dsnsim/sim"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/station"
	"github.com/dsnsim/dsnsim/sim/stats"
	"github.com/dsnsim/dsnsim/sim/units"
)

// Strict classes take a level each in the order of the list, the others share the last; read requests go before all.
func TestPortOfATrafficManager(t *testing.T) {
	m := &TrafficManager{Buffer: units.MiB, Classes: []TrafficClass{
		{Name: "gold", Strict: true, Weight: 1, MaxRate: units.Gbps, Burst: 9000, Reserve: 1000},
		{Name: "bulk", Weight: 4, Alpha: -1},
		{Name: "voice", Strict: true, Weight: 1},
		{Name: "silver", Weight: 6, ECNThreshold: 7000},
	}}
	buffer := sim.NewBuffer(m.Buffer)
	wire := station.Transfer{Rate: units.Gbps}.Cost()
	port := station.Spec{Name: "port", Cost: wire, Gap: 5, Latency: 6, Wire: true, DropReason: uint8(stats.DropNICQueue)}
	classes := []sim.ClassSpec{
		{Name: "gold", Level: 0, Rate: units.Gbps, Burst: 9000, Reserve: 1000},
		{Name: "bulk", Level: 2, Weight: 2, Alpha: -1},
		{Name: "voice", Level: 1},
		{Name: "silver", Level: 2, Weight: 3, MarkAbove: 7000},
	}
	got := m.Port(port, buffer)
	got.ClassOf = nil // functions do not compare
	assert.Equal(t, sim.SchedulerSpec{Name: "port", Cost: wire, OtherClass: 4, Gap: 5, Latency: 6, Wire: true,
		DropReason: uint8(stats.DropDSNQueue), Buffer: buffer, Classes: classes}, got)

	port.Other = station.Transfer{Rate: units.Gbps, NoPayload: true}.Cost()
	for i := range classes {
		classes[i].Level++
	}
	assert.Equal(t, append(classes, sim.ClassSpec{}), m.Port(port, buffer).Classes)
}

// The entry's class stays; one by the header gives way to the code point that a service writes.
func TestClassOfAPacket(t *testing.T) {
	m := &TrafficManager{Classes: make([]TrafficClass, 4)}
	m.ByDSCP[10] = 3
	for _, c := range []struct {
		packet packet.Packet
		want   int
	}{
		{packet.Packet{Class: 2}, 2},
		{packet.Packet{Class: 2, Mark: packet.Marked | 10}, 2},
		{packet.Packet{Class: 2 | ByHeader}, 2},
		{packet.Packet{Class: 2 | ByHeader, Mark: packet.Marked | 10}, 3},
		{packet.Packet{Class: 2 | ByHeader, Mark: packet.Marked}, 0},
	} {
		assert.Equal(t, c.want, m.classOf(&c.packet))
	}
}

// The reserves of both ports must fit.
func TestReservesMustFit(t *testing.T) {
	m := &TrafficManager{Buffer: 100_000, Classes: []TrafficClass{{Name: "a", Reserve: 20_000}, {Name: "b", Reserve: 30_000}}}
	assert.NoError(t, m.Check())
	m.Buffer--
	assert.EqualError(t, m.Check(), "the classes reserve 100kB at the 2 ports of a chip, more than the buffer of 99999B")
}
