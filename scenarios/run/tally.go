package run

import (
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/stats"
	"github.com/dsnsim/dsnsim/sim/units"
)

// tally is what became of the packets of one class and direction. Packets sent in the measured window are followed to
// their end, however late; throughput counts what arrives in the window, whenever it was sent.
type tally struct {
	stats.Meter
	arrived        stats.Tally
	latency, chain *stats.Histogram
	jitter         stats.Jitter
	marked         uint64 // of those delivered
	tooDeep        uint64 // sent packets whose headers a chip's parser does not reach
}

func newTally() *tally {
	return &tally{latency: stats.NewHistogram(), chain: stats.NewHistogram()}
}

// merge adds the tally of other packets.
func (t *tally) merge(o *tally) {
	t.Meter.Merge(&o.Meter)
	t.arrived.Merge(o.arrived)
	t.latency.Merge(o.latency)
	t.chain.Merge(o.chain)
	t.jitter.Merge(o.jitter)
	t.marked += o.marked
	t.tooDeep += o.tooDeep
}

// copyTally is what became of the copies that mirrors make: those made in the measured window, and what arrives in it. Bytes
// are those on the wire.
type copyTally struct{ made, arrived, dropped stats.Tally }

// delivered is told of a copy that the collector gets.
func (c *copyTally) delivered(r *recorder, p *packet.Packet, at units.Time) {
	frame := units.Bytes(p.Bytes[packet.Tunnelled])
	if !at.Before(r.from) && at.Before(r.to) {
		c.arrived.Add(frame)
	}
	if r.measured(p) {
		c.made.Add(frame)
	}
}

// lost is told of a copy that finds no room.
func (c *copyTally) lost(r *recorder, p *packet.Packet) {
	if r.measured(p) {
		c.made.Add(units.Bytes(p.Bytes[packet.Tunnelled]))
		c.dropped.Add(units.Bytes(p.Bytes[packet.Tunnelled]))
	}
}

// recorder sorts what the engine reports into tallies.
type recorder struct {
	from, to units.Time
	tallies  []*tally
	tallyOf  []int32 // by source
	jitters  []*stats.FlowJitter
	copies   copyTally
	// onEnd, when set, is told what became of each packet and copy: a drop reason or -1. Tests use it.
	// serverOf is that of each source of packets; victims watch attacks.
	serverOf []int
	victims  []*victims
	floods   []*synFlood
	onEnd    func(p *packet.Packet, reason int)
	loops    []*loop  // by source, of connections
	works    *workSet // of workloads, whose sources come last
	// stays is by source how long packets were on their way within the window, as far as no latency says so.
	stays []uint64
	// transient, when set, is told of each packet's latency, measured or not.
	transient *stats.Transient
}

// addSource says into which tally the packets of the next source go, and how many of its flows are followed for jitter.
func (r *recorder) addSource(tally, flows int) {
	r.tallyOf = append(r.tallyOf, int32(tally))
	r.jitters = append(r.jitters, stats.NewFlowJitter(flows))
}

// close completes the tallies after the run.
func (r *recorder) close() {
	for i, j := range r.jitters {
		r.tallies[r.tallyOf[i]].jitter.Merge(j.Result())
	}
}

// measured reports whether a packet counts: it was sent in the window.
func (r *recorder) measured(p *packet.Packet) bool {
	return !p.Sent.Before(r.from) && p.Sent.Before(r.to)
}

// offered is told of each packet as it is sent.
func (r *recorder) offered(p *packet.Packet) {
	if r.measured(p) {
		t := r.tallies[r.tallyOf[p.Source()]]
		t.Offered.Add(units.Bytes(p.Bytes[packet.Plain]))
		if p.Deep != packet.Seen {
			t.tooDeep++
		}
	}
}

// Delivered is sim.Recorder.
func (r *recorder) Delivered(p *packet.Packet, at units.Time) {
	if r.onEnd != nil {
		r.onEnd(p, -1)
	}
	if r.transient != nil && p.Copy == 0 {
		r.transient.Record(p.Sent, at.Sub(p.Sent))
	}
	if r.works.has(p) {
		r.stay(p, at)
		r.works.ended(p, at, true)
		return
	}
	if p.Copy != 0 {
		r.copies.delivered(r, p, at)
		return
	}
	if len(r.victims) > 0 {
		r.suffer(p, at, true)
	}
	if len(r.floods) > 0 {
		r.stem(p, -1)
	}
	source := p.Source()
	if source < len(r.loops) && r.loops[source] != nil {
		r.loops[source].heard(source, p, at)
	}
	t := r.tallies[r.tallyOf[source]]
	frame := units.Bytes(p.Bytes[packet.Plain])
	if !at.Before(r.from) && at.Before(r.to) {
		t.arrived.Add(frame)
	}
	if !r.measured(p) {
		r.stay(p, at)
		return
	}
	t.Meter.Delivered.Add(frame)
	if p.CE {
		t.marked++
	}
	r.overstay(source, at)
	t.latency.Record(at.Sub(p.Sent))
	t.chain.Record(p.ChainTime)
	r.jitters[source].Record(p.Flow, p.Seq(), p.Sent, at)
}

// Dropped is sim.Recorder.
func (r *recorder) Dropped(p *packet.Packet, at units.Time, reason uint8) {
	if r.onEnd != nil {
		r.onEnd(p, int(reason))
	}
	r.stay(p, at)
	if r.works.has(p) {
		r.works.ended(p, at, false)
		return
	}
	if p.Copy != 0 {
		r.copies.lost(r, p)
		return
	}
	if len(r.victims) > 0 {
		r.suffer(p, at, false)
	}
	if len(r.floods) > 0 {
		r.stem(p, int(reason))
	}
	if r.measured(p) {
		r.tallies[r.tallyOf[p.Source()]].Meter.Dropped[reason].Add(units.Bytes(p.Bytes[packet.Plain]))
	}
}
