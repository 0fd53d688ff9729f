package run

import (
	"fmt"

	"github.com/dsnsim/dsnsim/asic/parse"
	"github.com/dsnsim/dsnsim/scenarios/placement"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/rng"
	"github.com/dsnsim/dsnsim/sim/traffic"
	"github.com/dsnsim/dsnsim/sim/units"
)

// feed is one source of one server: it turns what the traffic package sends into packets of the engine. It is sim.Source.
type feed struct {
	replay    *traffic.Replay
	synthetic *traffic.Synthetic
	end       units.Time
	path      uint16
	dir       direction
	sizes     *sizes
	shapes    []parse.Shape // by record of the capture
	reach     *reach        // nil where no chip parses the packets
	class     uint16        // in the traffic manager
	classes   []uint16      // by record of the capture, nil for one class
	firstSA   uint32
	tunnels   uint32
	rec       *recorder
	rulings   *rulings // nil where no packet can be refused
	opened    *opened  // nil where the tunnels of a capture are not opened
	marks     *marks   // nil where no service asks for them
	server    int
	entry     int // of the scenario's traffic
	poisson   bool
	bursts    bool
	functions functions
	peers     *peers // nil where packets pass the uplink
	digest    digest
	// sender decides what is sent and when, nil where the source does; reversed says that the source is the end that gets the data.
	sender   sender
	reversed bool
	input    *input
}

// sender decides what a source sends that answers what it hears.
type sender interface {
	// next returns what is sent at the instant of a packet, and fills in what the packet carries.
	next(f *feed, p *packet.Packet) (traffic.Packet, bool)
}

// Next is sim.Source.
func (f *feed) Next(p *packet.Packet) bool {
	var t traffic.Packet
	var ok bool
	switch {
	case f.sender != nil:
		t, ok = f.sender.next(f, p)
	case f.replay != nil:
		t, ok = f.replay.Next()
	default:
		t, ok = f.synthetic.Next()
	}
	if !ok || !t.At.Before(f.end) {
		return false
	}
	if f.sender == nil {
		f.digest.add(&t)
	}
	p.Sent = t.At
	f.fill(p, &t)
	f.rec.offered(p)
	return true
}

// fill makes a packet of what the traffic package sends.
func (f *feed) fill(p *packet.Packet, t *traffic.Packet) {
	p.Bytes = f.sizes.of(t.Frame)
	p.Flow, p.Hash, p.Record = t.Flow, t.Hash, t.Record
	p.Path = f.path
	var place uint32
	p.VF, place = f.functions.of(t.Hash)
	p.Queue = f.functions.queue(t.Hash)
	p.SA = f.firstSA + uint32(uint64(place)*uint64(f.tunnels)>>32)
	if f.peers != nil {
		f.peers.fill(p, t.Hash)
	}
	p.Header = syntheticHeader
	if t.Record >= 0 && f.shapes != nil {
		p.Header = f.shapes[t.Record].Bytes
	}
	p.Class = f.class
	if f.classes != nil {
		p.Class = f.classes[t.Record]
	}
	if f.rulings != nil {
		f.rulings.rule(p, f.dir.seen())
	}
	if f.reach != nil {
		f.reach.see(p)
	}
	if f.opened != nil {
		f.opened.fill(p, t.Frame, f.firstSA, f.tunnels)
	}
	if f.marks != nil {
		f.marks.mark(p)
	}
}

// tuple returns the headers of a made-up flow, which has the same both ways.
func (f *feed) tuple(flow uint32) traffic.Tuple {
	u := f.synthetic.Tuple(flow)
	if f.reversed {
		u.Src, u.Dst, u.SrcPort, u.DstPort = u.Dst, u.Src, u.DstPort, u.SrcPort
	}
	return u
}

func (f *feed) stats() traffic.Stats {
	var s traffic.Stats
	if f.replay != nil {
		s = f.replay.Stats()
	} else {
		s = f.synthetic.Stats()
	}
	if f.poisson || f.bursts {
		// A Poisson source has no wire of its own, and a burst is all due at once: see newFeed.
		s.Spaced, s.MaxSpacing = 0, 0
	}
	return s
}

// newFeed builds the source of one traffic entry for one server and direction.
func (j *job) newFeed(t *input, server int, dir direction) (*feed, error) {
	link := j.scenario.Rack.Server.NIC.Rate
	line := link
	if dir == inbound {
		line = j.scenario.Rack.OutOfRack(traffic.MaxRate)
	}
	tunnels := j.tunnels()
	f := &feed{end: j.end, server: server, dir: dir, sizes: t.sizes, shapes: t.shapes, class: t.class, classes: t.classes, opened: t.opened, rec: j.rec, tunnels: tunnels,
		firstSA: uint32(2*server+int(dir.seen())) * tunnels, functions: newFunctions(t.Traffic, &j.scenario.Rack.Server, placement.Salt(j.scenario, rng.Place))}
	if j.placement.NeedsChip() {
		f.reach = &t.reach[dir.seen()]
	}
	c := traffic.Config{
		Name: fmt.Sprintf("%s/server[%d]/%s", t.Name, server, dir),
		Seed: j.scenario.Run.Seed,
		// Each server counts as a replication of its own, so that a capture does not start at all servers in step.
		Replication: j.replication*j.scenario.Rack.Servers + server,
		LineRate:    line,
		Load:        load(t.Load.InPattern(share(t.Traffic, dir)), link),
		End:         j.end,
	}
	if f.input = t; t.answered() {
		c.Name, f.reversed = fmt.Sprintf("%s/server[%d]/flows", t.Name, server), dir.String() != t.Direction
	}
	if t.parted != nil {
		c.Name = fmt.Sprintf("%s/server[%d]/capture", t.Name, server) // one for both directions, which keep step
	}
	if err := f.pace(&c, t); err != nil {
		return nil, err
	}
	var err error
	if t.trace != nil {
		f.replay, err = traffic.NewReplay(traffic.ReplayConfig{Config: c, Loop: t.Loop, Only: t.parted.of(dir)}, t.trace)
	} else {
		f.synthetic, err = traffic.NewSynthetic(traffic.SyntheticConfig{Config: c, Sizes: weighted(t.Sizes),
			Flows: t.Flows.Concurrent, FlowSize: t.Flows.Size, Ordered: t.Ordered, Level: t.Level()})
	}
	if err == nil {
		j.rule(f, t)
		j.bring(f, t, dir)
	}
	return f, err
}

// pace fills in how the source lays its packets out in time.
func (f *feed) pace(c *traffic.Config, t *input) error {
	if t.until != (units.Time{}) {
		f.end = t.until
	}
	switch {
	case t.burst != nil:
		c.Bursts = t.burst
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
