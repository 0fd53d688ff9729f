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
	latency, chain *stats.Histogram // nil where they are forgotten
	// least is the shortest time on the way of all packets of the run, those before the window too, when no queue had grown yet; any
	// says that there is one.
	least       units.Duration
	any         bool
	jitter      stats.Jitter
	marked      uint64 // of those delivered
	tooDeep     uint64 // sent packets whose headers a chip's parser does not reach
	sent, ended timeline
}

func newTally() *tally {
	return &tally{latency: stats.NewHistogram(), chain: stats.NewHistogram()}
}

// newTallyOf is newTally for packets of a window.
func newTallyOf(from, to units.Time) *tally {
	t := newTally()
	t.sent, t.ended = newTimeline(from, to), newTimeline(from, to)
	return t
}

// forget lets go of the histograms, once their quantiles are known.
func (t *tally) forget() {
	t.latency, t.chain = nil, nil
}

// took notes how long a packet was on its way.
func (t *tally) took(way units.Duration) {
	if !t.any || way < t.least {
		t.least, t.any = way, true
	}
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
	t.sent.merge(&o.sent)
	t.ended.merge(&o.ended)
	if o.any {
		t.took(o.least)
	}
}

// recorder sorts what the engine reports into tallies.
type recorder struct {
	from, to units.Time
	tallies  []*tally
	tallyOf  []int32 // by source
	jitters  []*stats.FlowJitter
	serverOf []int // by source of traffic
	// onEnd, when set, is told what became of each packet and copy: a drop reason or -1. Tests use it.
	onEnd     func(p *packet.Packet, reason int)
	listeners []listener // by source; nil where nobody listens
	watchers  []watcher
	copies    owner // of packets, nil where nobody makes any
	others    owner // of the packets of sources without a tally, which come behind all others
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
	if !p.Sent.Before(r.to) {
		return
	}
	t := r.tallies[r.tallyOf[p.Source()]]
	t.sent.add(p.Sent)
	if r.measured(p) {
		t.Offered.Add(units.Bytes(p.Bytes[packet.Plain]))
		if p.Deep != packet.Seen && p.Deep != packet.PuntedPiece {
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
	source := p.Source()
	if source >= len(r.tallyOf) {
		r.stay(p, at)
		r.others.ended(p, at, true)
		return
	}
	if p.Copy != 0 {
		r.copies.ended(p, at, true)
		return
	}
	for _, w := range r.watchers {
		w.watch(p, at, -1)
	}
	if source < len(r.listeners) && r.listeners[source] != nil {
		r.listeners[source].heard(source, p, at)
	}
	t := r.tallies[r.tallyOf[source]]
	t.ended.add(at)
	t.took(at.Sub(p.Sent))
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
	if p.Source() >= len(r.tallyOf) {
		r.others.ended(p, at, false)
		return
	}
	if p.Copy != 0 {
		r.copies.ended(p, at, false)
		return
	}
	for _, w := range r.watchers {
		w.watch(p, at, int(reason))
	}
	t := r.tallies[r.tallyOf[p.Source()]]
	t.ended.add(at)
	if r.measured(p) {
		t.Meter.Dropped[reason].Add(units.Bytes(p.Bytes[packet.Plain]))
	}
}
