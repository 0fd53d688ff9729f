package asic

import (
	"fmt"

	"github.com/dsnsim/dsnsim/sim"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/station"
	"github.com/dsnsim/dsnsim/sim/stats"
	"github.com/dsnsim/dsnsim/sim/units"
)

// TrafficManager is what stands between a chip's pipeline and its ports: packets wait by class in a buffer that the ports
// share, and each port chooses which class sends next. Without one, a port serves packets in the order in which they come
// and has a queue of its own.
type TrafficManager struct {
	// Buffer is the chip's. What waits for a port is in it until its transmission begins.
	Buffer  units.Bytes
	Classes []TrafficClass
	// ByDSCP is the number of the class of each code point.
	ByDSCP [64]uint16
}

// ByHeader in a packet's Class says that the code point of its header gave it the class: one that a service writes there gives
// it another.
const ByHeader uint16 = 1 << 15

// classOf returns the class of a packet at a port.
func (t *TrafficManager) classOf(p *packet.Packet) int {
	switch {
	case p.Class&ByHeader == 0:
		return int(p.Class)
	case p.Mark&packet.Marked != 0:
		return int(t.ByDSCP[p.Mark&^packet.Marked&63])
	}
	return int(p.Class &^ ByHeader)
}

// TrafficClass is one queue of each port.
type TrafficClass struct {
	Name string
	// Strict classes go before all later ones in the list, and before classes that share by weight.
	Strict bool
	// Weight is the share of a class that is not strict, at least 1.
	Weight int64
	// MaxRate bounds the class at each port, 0 for no bound, and Burst is how much it may send at once after a pause. Both count
	// frames as the port sends them with their FCS, without preamble and gap.
	MaxRate units.Rate
	Burst   units.Bytes
	// Reserve is the class's own part of the buffer, at each port.
	Reserve units.Bytes
	// Alpha is log2 of the dynamic threshold's factor: see sim.ClassSpec.
	Alpha int8
	// ECNThreshold, when not zero, marks packets that find more bytes of their class waiting.
	ECNThreshold units.Bytes
}

// ChipPorts is the most ports that one chip has: towards the network and towards the servers.
const ChipPorts = 2

// Check says that the buffer is too small for what is reserved in it.
func (t *TrafficManager) Check() error {
	reserved := units.Bytes(0)
	for i := range t.Classes {
		reserved += ChipPorts * t.Classes[i].Reserve
	}
	if reserved > t.Buffer {
		return fmt.Errorf("the classes reserve %s at the %d ports of a chip, more than the buffer of %s", reserved, ChipPorts, t.Buffer)
	}
	return nil
}

// Port makes a scheduler of a port of a chip. Where the port has visits of another kind, such as the read requests among a
// PCIe link's writes, those go first: they are short, and the data that they ask for is not in the buffer yet.
func (t *TrafficManager) Port(port station.Spec, chip *sim.Buffer) sim.SchedulerSpec {
	s := sim.SchedulerSpec{Name: port.Name, Cost: port.Cost, Other: port.Other, OtherClass: len(t.Classes), ClassOf: t.classOf, Gap: port.Gap,
		Latency: port.Latency, Wire: port.Wire, DropReason: uint8(stats.DropDSNQueue), Buffer: chip}
	level := uint8(0)
	requests := port.Other != (station.Cost{})
	if requests {
		level++
	}
	divisor := t.commonWeight()
	for i := range t.Classes {
		c := &t.Classes[i]
		spec := sim.ClassSpec{Name: c.Name, Rate: c.MaxRate, Burst: c.Burst, Reserve: c.Reserve, Alpha: c.Alpha, MarkAbove: c.ECNThreshold}
		if c.Strict {
			spec.Level = level
			level++
		} else {
			spec.Weight = c.Weight / divisor
		}
		s.Classes = append(s.Classes, spec)
	}
	for i := range t.Classes {
		if !t.Classes[i].Strict {
			s.Classes[i].Level = level
		}
	}
	if requests {
		s.Classes = append(s.Classes, sim.ClassSpec{}) // nameless: it is no class of traffic
	}
	return s
}

// commonWeight returns the greatest common divisor of the weights: turns are as short as their ratios allow.
func (t *TrafficManager) commonWeight() int64 {
	divisor := int64(0)
	for i := range t.Classes {
		if c := &t.Classes[i]; !c.Strict {
			for w := c.Weight; w != 0; {
				divisor, w = w, divisor%w
			}
		}
	}
	return max(1, divisor)
}
