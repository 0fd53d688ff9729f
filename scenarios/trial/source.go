package trial

import (
	"github.com/dsnsim/dsnsim/asic/parse"
	"github.com/dsnsim/dsnsim/scenarios/input"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/traffic"
	"github.com/dsnsim/dsnsim/sim/units"
)

// Source is one source of one server: it turns what the traffic package sends into packets of the engine. It is sim.Source.
type Source struct {
	Replay    *traffic.Replay
	Synthetic *traffic.Synthetic
	End       units.Time
	Path      uint16
	Dir       input.Direction
	sizes     *input.Sizes
	shapes    []parse.Shape     // by record of the capture
	reach     *input.ParserView // nil where no chip parses the packets
	class     uint16            // in the traffic manager
	classes   []uint16          // by record of the capture, nil for one class
	FirstSA   uint32
	tunnels   uint32
	rec       *Recorder           // nil where nothing is counted
	rulings   *input.Verdicts     // nil where no packet can be refused
	opened    *input.Decapsulated // nil where the tunnels of a capture are not opened
	Metadata  *input.Metadata     // nil where no service asks for them
	Server    int
	Entry     int // of the scenario's traffic
	poisson   bool
	bursts    bool
	functions input.Functions
	Peers     *Peers // nil where packets pass the uplink
	digest    Digest
	// sender decides what is sent and when, nil where the source does; reversed says that the source is the end that gets the data.
	Sender   sender
	Reversed bool
	Input    *input.Input
}

// sender decides what a source sends that answers what it hears.
type sender interface {
	// next returns what is sent at the instant of a packet, and fills in what the packet carries.
	Next(f *Source, p *packet.Packet) (traffic.Packet, bool)
}

// Next is sim.Source.
func (f *Source) Next(p *packet.Packet) bool {
	var t traffic.Packet
	var ok bool
	switch {
	case f.Sender != nil:
		t, ok = f.Sender.Next(f, p)
	case f.Replay != nil:
		t, ok = f.Replay.Next()
	default:
		t, ok = f.Synthetic.Next()
	}
	if !ok || !t.At.Before(f.End) {
		return false
	}
	if f.Sender == nil {
		f.digest.Add(&t)
	}
	p.Sent = t.At
	f.Fill(p, &t)
	if f.rec != nil {
		f.rec.offered(p)
	}
	return true
}

// Fill makes a packet of what the traffic package sends.
func (f *Source) Fill(p *packet.Packet, t *traffic.Packet) {
	p.Bytes = f.sizes.Of(t.Frame)
	p.Flow, p.Hash, p.Record = t.Flow, t.Hash, t.Record
	p.Path = f.Path
	var place uint32
	p.VF, place = f.functions.Of(t.Hash)
	p.Queue = f.functions.Queue(t.Hash)
	p.SA = f.FirstSA + uint32(uint64(place)*uint64(f.tunnels)>>32)
	if f.Peers != nil {
		f.Peers.Fill(p, t.Hash)
	}
	p.Header = input.SyntheticHeader
	if t.Record >= 0 && f.shapes != nil {
		p.Header = f.shapes[t.Record].Bytes
	}
	p.Class = f.class
	if f.classes != nil {
		p.Class = f.classes[t.Record]
	}
	if f.rulings != nil {
		f.rulings.Rule(p, f.Dir.Seen())
	}
	if f.reach != nil {
		f.reach.See(p)
	}
	if f.opened != nil {
		f.opened.Fill(p, t.Frame, f.FirstSA, f.tunnels)
	}
	if f.Metadata != nil {
		f.Metadata.Mark(p)
	}
}

// Tuple returns the headers of a made-up flow, which has the same both ways.
func (f *Source) Tuple(flow uint32) traffic.Tuple {
	u := f.Synthetic.Tuple(flow)
	if f.Reversed {
		u.Src, u.Dst, u.SrcPort, u.DstPort = u.Dst, u.Src, u.DstPort, u.SrcPort
	}
	return u
}

func (f *Source) stats() traffic.Stats {
	var s traffic.Stats
	if f.Replay != nil {
		s = f.Replay.Stats()
	} else {
		s = f.Synthetic.Stats()
	}
	if f.poisson || f.bursts {
		// A Poisson source has no wire of its own, and a burst is all due at once: see NewSource.
		s.Spaced, s.MaxSpacing = 0, 0
	}
	return s
}

// pace fills in how the source lays its packets out in time.
func (f *Source) pace(c *traffic.Config, t *input.Input) error {
	if t.Until != (units.Time{}) {
		f.End = t.Until
	}
	switch {
	case t.Burst != nil:
		c.Bursts = t.Burst
	case t.Incast != nil:
		c.Bursts = &traffic.Bursts{Bytes: t.Incast.Burst, Every: t.Incast.Every, Spread: t.Incast.Spread}
	}
	if c.Bursts != nil {
		f.bursts = true // back to back on the sender's wire
		return nil
	}
	c.Modulation = t.Modulation()
	err := c.Pacing.UnmarshalText([]byte(t.Pacing()))
	if c.Pacing == traffic.Poisson {
		// The packets of a Poisson process come from many senders: they meet in the queue of the first port, where
		// they wait, instead of being spaced before they are sent.
		c.LineRate = traffic.MaxRate
		f.poisson = true
	}
	return err
}
