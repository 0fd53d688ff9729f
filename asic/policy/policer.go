package policy

import (
	"github.com/dsnsim/dsnsim/asic/meter"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/stats"
	"github.com/dsnsim/dsnsim/sim/units"
)

// Per is what has a meter of its own.
type Per uint8

// The owners of meters.
const (
	PerVM Per = iota
	PerServer
	PerClass
)

// Action is what happens to packets of a colour. Mark is packet.Marked and a DSCP, or 0 for none.
type Action struct {
	Drop bool
	Mark uint8
}

// PolicerSpec describes a policer.
type PolicerSpec struct {
	// On says whether it looks at packets inbound, and outbound.
	On    [2]bool
	Meter meter.Spec
	Per   Per
	// Aware says that packets keep the colour they have, or get a worse one.
	Aware   bool
	Actions [meter.Colours]Action
	// Of is the form of packets where the policer stands, and More how much longer they are there.
	Of   packet.Form
	More uint32
	// Servers, VMs of each, security associations for each direction of a server, and classes.
	Servers, VMs, Tunnels, Classes int
	// From and To are the measured window.
	From, To units.Time
}

// meters returns how many meters a server has in each direction.
func (s *PolicerSpec) meters() int {
	switch s.Per {
	case PerVM:
		return s.VMs
	case PerClass:
		return s.Classes
	}
	return 1
}

// Policer meters the packets of one device, and marks those that exceed their rate or has them refused. Packets come to it in
// time order. The chips of a box share one, as the cores of a server do: a tenant's rate holds wherever its flows are steered.
type Policer struct {
	spec    PolicerSpec
	origins *Origins
	banks   [2][]*meter.Bank // by server; a chip in a server has only one
	counts  Conformance
}

// Conformance counts packets and the bytes that were metered, by colour.
type Conformance [meter.Colours]stats.Count

// Merge adds the counts of another Policer.
func (c *Conformance) Merge(o *Conformance) {
	for i := range c {
		c[i].Merge(o[i])
	}
}

// NewPolicer returns the policer of a device. The error says what is out of range.
func NewPolicer(s PolicerSpec, origins *Origins) (*Policer, error) {
	if err := meter.Check(s.Meter); err != nil {
		return nil, err
	}
	p := &Policer{spec: s, origins: origins}
	for way := range p.banks {
		p.banks[way] = make([]*meter.Bank, s.Servers)
	}
	return p, nil
}

// bank returns the meters of a server, which are made when its first packet comes.
func (pl *Policer) bank(way, server int) *meter.Bank {
	b := pl.banks[way][server]
	if b == nil {
		b, _ = meter.NewBank(pl.spec.Meter, pl.spec.meters()) // the spec has been checked
		pl.banks[way][server] = b
	}
	return b
}

// link is what of a frame is not the IP packet: an Ethernet header without tags and the FCS. The RFCs count IP packets.
const link = 14 + 4

// Drops meters a packet and reports whether it is to be dropped.
func (pl *Policer) Drops(at units.Time, p *packet.Packet, outbound bool) bool {
	way := 0
	if outbound {
		way = 1
	}
	if !pl.spec.On[way] {
		return false
	}
	o := pl.origins.Of(p)
	was := meter.Green
	if pl.spec.Aware {
		was = meter.Colour(p.Colour)
	}
	n := p.Bytes[pl.spec.Of] + pl.spec.More - link
	server := o.Server
	if p.Received {
		server = int(p.To)
	}
	c := pl.bank(way, server).Mark(pl.index(o, p), at, n, was)
	p.Colour = uint8(c)
	if !at.Before(pl.spec.From) && at.Before(pl.spec.To) {
		pl.counts[c].Add(units.Bytes(n))
	}
	a := &pl.spec.Actions[c]
	if a.Mark != 0 {
		p.Mark = a.Mark
	}
	return a.Drop
}

// index returns the number of the packet's meter within its server.
func (pl *Policer) index(o *Origin, p *packet.Packet) int {
	s := &pl.spec
	switch s.Per {
	case PerVM:
		if o.Among { // VMs of the rack
			return int(p.VF)
		}
		return int(p.SA-o.FirstSA) * s.VMs / s.Tunnels
	case PerClass:
		return o.Class
	}
	return 0
}

// Counts returns what was metered in the measured window.
func (pl *Policer) Counts() *Conformance { return &pl.counts }
